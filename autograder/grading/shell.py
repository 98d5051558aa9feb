"""IPython as a kernel has it, without a kernel: magics, `display`, the value of the last line, tracebacks."""

from __future__ import annotations

import sys
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from autograder.grading.outputs import Displays, Outputs, Results, Stream


class Shell(InteractiveShell):
    """Runs cells in this process and collects what they show."""

    displayhook_class = Results
    display_pub_class = Displays

    def init_history(self) -> None:
        super().init_history()
        self.history_manager.enabled = False

    def init_readline(self) -> None:
        pass

    def enable_gui(self, gui: str | None = None) -> None:
        pass

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.collected.error(etype.__name__, str(evalue), list(stb))

    def collect(self) -> None:
        """From now on everything that is shown is collected."""
        self.collected = Outputs()
        self.displayhook.outputs = self.display_pub.outputs = self.collected
        sys.stdout, sys.stderr = Stream("stdout", self.collected), Stream("stderr", self.collected)


def make_shell() -> Shell:
    """The one shell of this process; nothing is read from or written to a profile."""
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "neutral"
    config.InteractiveShell.cache_size = 0
    shell: Any = Shell.instance(config=config)
    return shell

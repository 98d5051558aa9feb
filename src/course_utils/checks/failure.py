"""How a failed check reaches the learner.

It is an AssertionError, so nbgrader sees an ordinary failure. IPython shows only our message (no stack of frames that a
beginner did not write, and no line of a test), and in a notebook a picture of given, expected and yours stands above it.
"""

from __future__ import annotations

import textwrap
from typing import Any

RED, BOLD, PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[0m"
WIDTH = 100


class CheckFailed(AssertionError):
    """A check did not hold.

    Attributes:
        headline: one line: what was called and that it is not right, or that the exercise is still to do.
        lines: the rest of the message.
    """

    def __init__(self, headline: str, lines: list[str] | None = None) -> None:
        self.headline = headline
        self.lines = lines or []
        super().__init__("\n".join([headline, *self.lines]))

    def _render_traceback_(self) -> list[str]:
        """IPython's hook for exceptions that know how to show themselves."""
        return [f"{RED}✗{PLAIN} {BOLD}{self.headline}{PLAIN}", *self.lines]


class NotStarted(CheckFailed):
    """The exercise still holds its starter."""

    def _render_traceback_(self) -> list[str]:
        return [f"○ {BOLD}{self.headline}{PLAIN}", *self.lines]


def wrapped(mark: str, sentence: str) -> str:
    """A sentence behind a mark, folded at a readable width with its later lines indented."""
    lines = [textwrap.fill(part, WIDTH, subsequent_indent="    ") for part in sentence.splitlines()]
    return f"  {mark} " + "\n    ".join(lines)


def show(picture: Any) -> bool:
    """Display something above the message when this is a notebook; say whether it was shown."""
    shell = notebook_shell()
    if shell is None:
        return False
    from IPython.display import display

    display(picture)
    return True


def notebook_shell() -> Any:
    """The IPython kernel's shell, or None in a terminal or a plain Python program."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    shell = get_ipython()
    return shell if shell is not None and hasattr(shell, "kernel") else None

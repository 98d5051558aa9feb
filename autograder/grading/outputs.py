"""What a cell shows, collected as a notebook keeps it, and bounded."""

from __future__ import annotations

import io
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

LEFT_OUT = "\n… the rest of this output was left out, because it was too long.\n"


class Outputs:
    """The outputs of the cell that is running now."""

    def __init__(self) -> None:
        self.most = 0
        self.items: list[dict[str, Any]] = []
        self._used = 0

    def begin(self, most: int) -> None:
        """Forget what was there; the next cell may show ``most`` bytes."""
        self.most, self.items, self._used = most, [], 0

    def stream(self, name: str, text: str) -> None:
        room = self.most - self._used
        if room <= 0:
            return
        if len(text) > room:
            text = text[:room] + LEFT_OUT
        self._used += len(text)
        last = self.items[-1] if self.items else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["parts"].append(text)
        else:
            self.items.append({"output_type": "stream", "name": name, "parts": [text]})

    def shown(self, kind: str, data: dict[str, Any], metadata: dict[str, Any] | None) -> None:
        fitting = {}
        for mime, content in data.items():
            size = len(str(content))
            if self._used + size <= self.most:
                self._used += size
                fitting[mime] = content
        if not fitting and data:
            self.stream("stdout", LEFT_OUT)
            return
        output = {"output_type": kind, "data": fitting, "metadata": dict(metadata or {})}
        if kind == "execute_result":
            output["execution_count"] = None
        self.items.append(output)

    def error(self, name: str, value: str, lines: list[str]) -> None:
        half = max(2000, self.most // 4)
        self.items.append(
            {
                "output_type": "error",
                "ename": name[:200],
                "evalue": value[:half],
                "traceback": [t[:half] for t in lines[:100]],
            }
        )

    def as_data(self) -> list[dict[str, Any]]:
        """The outputs as nbformat has them."""
        return [
            {"output_type": "stream", "name": o["name"], "text": "".join(o["parts"])} if "parts" in o else o
            for o in self.items
        ]


class Stream(io.TextIOBase):
    """Takes the place of sys.stdout or sys.stderr."""

    encoding = "utf-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name, self._outputs = name, outputs

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.stream(self._name, text)
        return len(text)


class Results(DisplayHook):
    """The value of a cell's last line."""

    outputs: Outputs

    def start_displayhook(self) -> None:
        pass

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.outputs.shown("execute_result", format_dict, md_dict)

    def finish_displayhook(self) -> None:
        pass


class Displays(DisplayPublisher):
    """What a cell shows by ``display``."""

    outputs: Outputs

    def publish(self, data: dict[str, Any], metadata: dict[str, Any] | None = None, **_: Any) -> None:  # type: ignore[override]
        self.outputs.shown("display_data", data, metadata)

    def clear_output(self, wait: bool = False) -> None:
        self.outputs.items.clear()

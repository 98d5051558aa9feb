"""A widget whose picture changes, and which hears the page even while a cell runs.

JupyterLab sends a widget's messages to a subshell: a thread of the kernel beside the one that runs cells. From version 7.4 on,
ipykernel sends them instead to whichever of the two last spoke to the page; for a widget that a loop keeps up to date that
is the busy one, and the message would wait until the cell ends. So this widget leaves the choice to the page. Older
kernels have no subshells; there messages wait, as they do for every widget.
"""

from __future__ import annotations

from typing import Any

from course_utils.widgets.base import CourseWidget


class LiveWidget(CourseWidget):
    """A `CourseWidget` that can be drawn anew where it stands."""

    def redraw(self, data: dict[str, Any], *, svg: str, text: str) -> None:
        """Show other data, in all three ways of seeing it."""
        self._svg, self._text = svg, text
        self.data = data

    def open(self) -> None:
        super().open()
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = _where_the_page_says


def _where_the_page_says(_data: object, default: str | None) -> str | None:
    """Which subshell takes a message, in place of ipykernel's own rule: the one that the page named."""
    return default

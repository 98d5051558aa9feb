"""The good news: an exercise holds, and here is one more way to do it."""

from __future__ import annotations

import html

# Green that has enough contrast on white and on JupyterLab's dark background; the tick and the words say the same.
GREEN = "var(--jp-success-color1, #2e7d32)"


class Cheer:
    """What `solved` shows: HTML in a notebook, one or two lines of text elsewhere."""

    def __init__(self, name: str, examples: int, way: str | None) -> None:
        held = {0: "holds", 1: "1 example holds"}.get(examples, f"all {examples} examples hold")
        self._headline = f"{name}: {held}."
        self._way = way

    def __repr__(self) -> str:
        return f"✔ {self._headline}" + (f"\n  Another good way: {self._way}" if self._way else "")

    def _repr_html_(self) -> str:
        way = (
            f'<div style="margin-top:4px"><b>Another good way:</b> {html.escape(self._way)}</div>' if self._way else ""
        )
        return (
            f'<div role="status" style="border-left:4px solid {GREEN};padding:6px 12px;line-height:1.5;'
            f'font-family:var(--jp-ui-font-family, system-ui, sans-serif);font-size:13px">'
            f'<b style="color:{GREEN}">✔ {html.escape(self._headline)}</b>{way}</div>'
        )

"""What every function here returns: one picture in two forms.

A notebook shows the HTML; a terminal, a log and a diff show the text. Both are made when the picture is, so that a
tensor that changes later does not change the picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class Picture:
    """A picture as self-contained HTML and as plain text; IPython displays it by itself."""

    html: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

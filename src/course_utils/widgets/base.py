"""What all widgets are: data of a known kind, and three ways to see it.

In JupyterLab the engine shows the data and answers to keys; `to_html` writes the same as a page that needs no kernel;
and wherever neither can run (print, GitHub, nbviewer, feedback) the SVG that is part of the output is seen instead.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anywidget
from ipywidgets import Widget, widget_serialization
from traitlets import Dict, Instance, Unicode

from course_utils.notebooks import write_text
from course_utils.widgets.engine import LOADER, shared_engine
from course_utils.widgets.page import page


class CourseWidget(anywidget.AnyWidget):
    """One picture that answers.

    Args:
        kind: which view of the engine shows it.
        data: plain data: JSON types only, non-finite numbers as words; `data["name"]` names the picture.
        svg: the same as a still picture, for places where no script runs.
        text: the same in words, for a terminal and for people who cannot see it.
    """

    _esm = LOADER
    kind = Unicode().tag(sync=True)
    data = Dict().tag(sync=True)
    engine = Instance(Widget).tag(sync=True, **widget_serialization)

    def __init__(self, kind: str, data: dict[str, Any], *, svg: str, text: str) -> None:
        self._svg, self._text = svg, text
        super().__init__(kind=kind, data=data, engine=shared_engine())

    @property
    def text(self) -> str:
        """The picture in words."""
        return self._text

    def to_svg(self) -> str:
        """The still picture, as the text of an SVG file."""
        return self._svg

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """The widget as one HTML page that works without a kernel and without a network.

        Args:
            path: where to write it as well; the file appears whole or not at all.

        Raises:
            CourseError: the file cannot be written.
        """
        made = page(self.kind, self.data, str(self.data.get("name") or self.kind), self._text)
        if path is not None:
            write_text(Path(path), made)
        return made

    def __repr__(self) -> str:
        return self._text

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        # A page without scripts knows this picture by its type; JupyterLab prefers the widget.
        content, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**content, "image/svg+xml": self._svg, "text/plain": self._text}, metadata

"""The still picture of a captured graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from course_utils.pictures.graph import describe_graph, draw_graph
from course_utils.pictures.svg import element, label
from course_utils.widgets.still import still


def graph_svg(data: Mapping[str, Any]) -> str:
    """An SVG document of graph data."""
    width, height, parts = draw_graph(data)
    return still(width, height, f"Graph of {data['title']}", describe_graph(data), *parts)


GAP, TITLE = 40.0, 24.0


def graphs_svg(graphs: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> str:
    """Several graphs side by side in one document, each under its label."""
    parts, x, height = [], 0.0, 0.0
    for data, words in zip(graphs, labels, strict=True):
        wide, high, drawn = draw_graph(data)
        parts.append(label(x, 8.0, str(words)[:60], anchor="start", font_weight="600"))
        parts.append(element("g", *drawn, transform=f"translate({x:g} {TITLE:g})"))
        x, height = x + wide + GAP, max(height, high)
    described = "; ".join(describe_graph(data) for data in graphs)
    return still(x - GAP, height + TITLE, " and ".join(map(str, labels)), described, *parts)

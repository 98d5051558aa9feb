"""`show_graph`: what autograd did, forward and backward, a step at a time."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

from torch import Tensor

from course_utils.errors import CourseError
from course_utils.graphs import Tape, capture
from course_utils.graphs.names import Params
from course_utils.pictures.graph import describe_graph
from course_utils.pictures.values import in_words, kind
from course_utils.widgets.base import CourseWidget
from course_utils.widgets.graph_still import graph_svg, graphs_svg


def show_graph(
    what: Tensor | Tape, *, names: Mapping[str, Tensor] | None = None, params: Params | None = None
) -> CourseWidget:
    """Open the computation graph of a tensor, or of a whole recording, to step through.

    Forward, each operation shows what it takes and gives. Backward, each shows the gradient that arrives, its local
    rule, what it sends on, and where that is added up. Keys: arrows, space, home, end; + and − zoom, 0 fits.

    Args:
        what: a tensor of any shape, made earlier; or the tape of ``with record() as tape:``, which knows more.
        names: names for tensors; by default the caller's variables, and the parameters of modules among them.
        params: further names, for parameters: a module, a mapping, or what ``named_parameters()`` gives.

    The gradients are autograd's own, recorded or from a pass on the side; nobody's ``.grad`` is changed.

    Raises:
        CourseError: ``what`` is neither, or nothing was recorded.
    """
    return graph_widget(_graph_data(what, names, params, sys._getframe(1)))


def compare_graphs(
    before: Tensor | Tape, after: Tensor | Tape, labels: tuple[str, str] = ("before", "after")
) -> CourseWidget:
    """Open two graphs side by side, stepped through together: a step of an optimizer, with and without detach.

    Args:
        before: shown on the left; a tensor or a tape, as for `show_graph`.
        after: shown on the right.
        labels: what stands above them.

    Raises:
        CourseError: one of them is no tensor or tape, or there are not two labels.
    """
    if len(labels) != 2:
        raise CourseError(f"compare_graphs shows two graphs and was given {len(labels)} labels; give one for each.")
    frame = sys._getframe(1)
    parts = [_graph_data(what, None, None, frame) for what in (before, after)]
    shown = [{"label": str(label), "graph": data} for label, data in zip(labels, parts, strict=True)]
    text = "\n\n".join(f"{label}\n{describe_graph(data)}" for label, data in zip(labels, parts, strict=True))
    name = f"{labels[0]} and {labels[1]}"
    return CourseWidget("graph", {"name": name, "graphs": shown}, svg=graphs_svg(parts, labels), text=text)


def graph_widget(data: dict[str, Any]) -> CourseWidget:
    """A widget of captured graph data (docs/graph-format.md)."""
    ends = [node["name"] for node in data["nodes"] if node["output"] and node["name"]]
    named = {"name": f"Graph of {', '.join(ends[:3]) or data['title']}", **data}
    return CourseWidget("graph", named, svg=graph_svg(data), text=describe_graph(data))


def _graph_data(
    what: object, names: Mapping[str, Tensor] | None, params: Params | None, frame: FrameType
) -> dict[str, Any]:
    if isinstance(what, Tape):
        return what.graph(names=names)
    if isinstance(what, Tensor):
        return capture(what, names, params, frame)
    raise CourseError(
        f"show_graph draws the graph behind a tensor or a tape, and was given {kind(what)} {in_words(what)}; "
        "pass the tensor itself, before .item() or .tolist()."
    )

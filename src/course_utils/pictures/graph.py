"""`show_graph`: the autograd graph of a tensor, drawn from top to bottom as the data flowed.

`graph_walk` knows torch, `graph_layout` knows geometry; this module knows how the kinds of nodes look. Every kind has a
shape of its own, which the legend names, so that no colour is needed to read it.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from types import FrameType

from torch import Tensor, nn

from course_utils.errors import CourseError
from course_utils.pictures.cells import facts
from course_utils.pictures.graph_layout import Point, layout
from course_utils.pictures.graph_walk import (
    LEAF,
    MORE,
    NO_GRAD,
    OPERATION,
    OUTPUT,
    Graph,
    Node,
    about,
    condense,
    reason_without_graph,
    shortened,
    walk,
)
from course_utils.pictures.picture import Picture
from course_utils.pictures.svg import (
    BLUE,
    FAINT,
    GREEN,
    PURPLE,
    block,
    card,
    element,
    escape,
    image,
    label,
    number,
    row,
    width_of,
)
from course_utils.pictures.values import in_words, kind

MARGIN = 8.0
TITLE, DETAIL = 12.5, 10.5

_COLOURS = {LEAF: GREEN, OPERATION: BLUE, OUTPUT: PURPLE}
_LEGEND = {
    LEAF: "leaf: a tensor that collects .grad",
    OPERATION: "operation",
    OUTPUT: "output",
    NO_GRAD: "a value that needs no gradient",
    MORE: "several nodes drawn as one",
}

Params = nn.Module | Mapping[str, Tensor] | Iterable[tuple[str, Tensor]]


def show_graph(tensor: Tensor, *, names: Mapping[str, Tensor] | None = None, params: Params | None = None) -> Picture:
    """Draw the operations that led to ``tensor``, as autograd recorded them.

    Args:
        tensor: the output; one without a ``grad_fn`` is drawn alone, with the reason.
        names: names for tensors in the graph; by default the caller's own variables, and the parameters of modules
            among them.
        params: further names, for parameters: a module, a dict, or what ``named_parameters()`` returns.

    A graph of more than 150 nodes or 40 layers is condensed, and says so.

    Raises:
        CourseError: ``tensor`` is not a tensor.
    """
    if not isinstance(tensor, Tensor):
        raise CourseError(
            f"show_graph draws the graph behind a tensor, and was given {kind(tensor)} {in_words(tensor)}; "
            "pass the tensor itself, before .item() or .tolist()."
        )
    known = [*_pairs(params), *(names.items() if names is not None else _variables(sys._getframe(1)))]
    if tensor.grad_fn is None:
        return _alone(tensor, known)
    whole = walk(tensor, known)
    return _draw(condense(whole), len(whole.nodes))


def _pairs(params: Params | None) -> list[tuple[str, Tensor]]:
    if params is None:
        return []
    if isinstance(params, nn.Module):
        return list(params.named_parameters())
    return [(str(name), value) for name, value in (params.items() if isinstance(params, Mapping) else params)]


def _variables(frame: FrameType | None) -> list[tuple[str, Tensor]]:
    """The tensors that the caller has names for: variables first, then the parameters of modules."""
    if frame is None:
        return []
    tensors, parameters = [], []
    for scope in (frame.f_locals, frame.f_globals):
        for name, value in list(scope.items()):
            # Notebooks keep every output under names such as _ and _12.
            if name.startswith("_"):
                continue
            if isinstance(value, Tensor):
                tensors.append((name, value))
            elif isinstance(value, nn.Module):
                parameters += [(f"{name}.{inner}", p) for inner, p in value.named_parameters()]
    return tensors + parameters


def _size(node: Node) -> tuple[float, float]:
    if node.kind == NO_GRAD:
        return 58.0, 20.0
    text = max([width_of(node.title, TITLE), *(width_of(line, DETAIL) for line in node.details)])
    height = 20.0 + 14.0 * len(node.details)
    if node.kind == OPERATION:
        return max(64.0, text * 1.12 + 34), height * 1.12 + 10
    return max(58.0, text + 26), height + 8


def _draw(graph: Graph, real_size: int) -> Picture:
    sizes = {n: _size(graph.nodes[n]) for n in sorted(graph.nodes, reverse=True)}
    edges = [(e.source, e.target) for e in graph.edges]
    plan = layout(sizes, edges)
    places = {n: (x + MARGIN, y + MARGIN) for n, (x, y) in plan.centres.items()}
    ways = [[(x + MARGIN, y + MARGIN) for x, y in way] for way in plan.waypoints]
    parts = _arrows(graph, sizes, places, edges, ways)
    parts += [_node_svg(graph.nodes[n], places[n], sizes[n]) for n in places]
    condensed = real_size > len(graph.nodes)
    counts = Counter(node.kind for node in graph.nodes.values())
    name = f"Autograd graph of {graph.nodes[graph.output].title}"
    lines = _text(graph)
    svg = image(plan.width + 2 * MARGIN, plan.height + 2 * MARGIN, name, "; ".join(line.strip() for line in lines),
                *parts)
    notes = []
    if condensed:
        notes.append(f"The real graph has {real_size:,} nodes; the repeated part of it is drawn as one.")
    body = [svg, _legend([k for k in _LEGEND if counts[k]])]
    body += [block(escape(note), style="margin-top:6px") for note in notes]
    return Picture(card(*body), "\n".join([name, *lines, *notes]))


def _arrows(
    graph: Graph,
    sizes: Mapping[int, tuple[float, float]],
    places: Mapping[int, Point],
    edges: list[tuple[int, int]],
    ways: list[list[Point]],
) -> list[str]:
    """An arrow per edge; those that share a node leave and enter it side by side."""
    leaving, entering = defaultdict(list), defaultdict(list)
    for i, (source, target) in enumerate(edges):
        leaving[source].append((ways[i][0][0] if ways[i] else places[target][0], i))
        entering[target].append((ways[i][-1][0] if ways[i] else places[source][0], i))
    start, end = {}, {}
    for found, at, side in ((leaving, start, 1), (entering, end, -1)):
        for node, wires in found.items():
            for slot, (_, i) in enumerate(sorted(wires)):
                at[i] = _port(graph.nodes[node], places[node], sizes[node], slot, len(wires), side)
    return [_arrow([start[i], *ways[i], end[i]]) for i in range(len(edges))]


def _port(node: Node, centre: Point, size: tuple[float, float], slot: int, count: int, side: int) -> Point:
    """Where an arrow touches a node: the slots share the middle of its edge, below (1) or above (-1) it."""
    half_width, half_height = size[0] / 2, size[1] / 2
    spread = min(16.0 * (count - 1), half_width * 1.2)
    dx = 0.0 if count == 1 else spread * (slot / (count - 1) - 0.5)
    dy = half_height * (1 - (dx / half_width) ** 2) ** 0.5 if node.kind == OPERATION else half_height
    return centre[0] + dx, centre[1] + side * dy


def _arrow(points: list[Point]) -> str:
    n = number
    path = f"M{n(points[0][0])} {n(points[0][1])}"
    x, y = points[-1]
    stops = [*points[1:-1], (x, y - 6)]
    for (x0, y0), (x1, y1) in zip(points, stops, strict=False):
        bend = (y1 - y0) / 2
        path += f"C{n(x0)} {n(y0 + bend)} {n(x1)} {n(y1 - bend)} {n(x1)} {n(y1)}"
    head = f"M{n(x)} {n(y)}l-3.8 -7.5h7.6z"
    return element("path", d=path, style="fill:none;stroke:currentColor;stroke-opacity:.5;stroke-width:1.4") + element(
        "path", d=head, style="fill:currentColor;fill-opacity:.7"
    )


def _node_svg(node: Node, centre: Point, size: tuple[float, float]) -> str:
    (x, y), lines = centre, len(node.details)
    parts = [element("title", escape(f"{node.kind}: {node.true_name}")), _shape(node.kind, x, y, *size)]
    if node.kind == NO_GRAD:
        parts.append(label(x, y, node.title, size=10, fill_opacity=FAINT + 0.1))
        return element("g", *parts)
    top = y - 7.0 * lines
    parts.append(label(x, top, node.title, size=TITLE, font_weight="600"))
    parts += [
        label(x, top + 15 + 14.0 * i, line, size=DETAIL, fill_opacity=None if line.startswith("=") else FAINT + 0.12)
        for i, line in enumerate(node.details)
    ]
    return element("g", *parts)


def _shape(kind_: str, x: float, y: float, width: float, height: float) -> str:
    colour = _COLOURS.get(kind_, "currentColor")
    paint = f"fill:{colour};fill-opacity:.1;stroke:{colour};stroke-width:1.5"
    box = dict(x=x - width / 2, y=y - height / 2, width=width, height=height)
    if kind_ == OPERATION:
        return element("ellipse", cx=x, cy=y, rx=width / 2, ry=height / 2, style=paint)
    if kind_ == LEAF:
        return element("rect", **box, rx=9, style=paint)
    if kind_ == OUTPUT:
        inner = dict(x=x - width / 2 + 3, y=y - height / 2 + 3, width=width - 6, height=height - 6)
        return element("rect", **box, style=paint) + element(
            "rect", **inner, style=f"fill:none;stroke:{colour};stroke-width:1"
        )
    dashes = "2 3" if kind_ == NO_GRAD else "6 3"
    return element("rect", **box, rx=10 if kind_ == NO_GRAD else 3,
                   style=f"fill:none;stroke:currentColor;stroke-opacity:.6;stroke-dasharray:{dashes}")


def _legend(kinds: list[str]) -> str:
    entries = []
    for word in kinds:
        sample = element("svg", _shape(word, 15, 9, 26, 14), width=30, height=18, viewBox="0 0 30 18", aria_hidden="true",
                         xmlns="http://www.w3.org/2000/svg", style="vertical-align:-4px;margin-right:6px")
        entries.append(element("span", sample, escape(_LEGEND[word]), style="white-space:nowrap"))
    return block(row(*entries, gap="4px 18px"), style="margin-top:12px;font-size:11.5px;opacity:.85")


def _text(graph: Graph) -> list[str]:
    """A line per node, inputs first: what it is, and what it was made from."""
    inputs = graph.in_edges()
    order: list[int] = []
    seen: set[int] = set()
    stack = [(graph.output, False)]
    while stack:
        node, finished = stack.pop()
        if finished:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(source, False) for source in reversed(inputs[node])]
    shown = [n for n in order if graph.nodes[n].kind != NO_GRAD]
    place = {n: i for i, n in enumerate(shown, 1)}
    lines = []
    for n in shown:
        node = graph.nodes[n]
        sources = [f"{graph.nodes[s].title}#{place[s]}" if s in place else "no grad" for s in inputs[n]]
        made = f"  <- {', '.join(sources)}" if sources else ""
        details = "  ".join(node.details)
        lines.append(f"  #{place[n]} {node.kind}: {node.title}{'  ' + details if details else ''}{made}")
    return lines


def _alone(tensor: Tensor, known: list[tuple[str, Tensor]]) -> Picture:
    """A tensor with no graph behind it: one box, and the reason."""
    title = shortened(next((name for name, value in known if value is tensor), "tensor"))
    kind_ = LEAF if tensor.requires_grad else NO_GRAD
    node = Node(0, kind_, title, about(tensor))
    width, height = _size(Node(0, LEAF, title, node.details))
    x, y = width / 2 + 2, height / 2 + 2
    reason = reason_without_graph(tensor)
    drawn = [_shape(kind_, x, y, width, height), label(x, y - 7.0 * len(node.details), title, size=TITLE, font_weight="600")]
    drawn += [label(x, y - 7.0 * len(node.details) + 15 + 14.0 * i, line, size=DETAIL) for i, line in
              enumerate(node.details)]
    name = f"{title} has no graph"
    svg = image(width + 4, height + 4, name, reason, *drawn)
    words = block(element("b", f"{escape(name)}. "), escape(reason), style="margin-top:8px")
    return Picture(card(svg, words), f"{name}: {' · '.join(facts(tensor))}. {reason}")

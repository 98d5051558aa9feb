"""A captured graph as a still picture, from top to bottom as the data flowed.

It is what print, GitHub and feedback show instead of the widget. `graph_condense` knows how large a graph may be drawn,
`graph_layout` knows geometry; this module knows how the kinds of nodes look. Every kind has a shape of its own, which
the legend names, so that no colour is needed to read it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from course_utils.pictures.graph_condense import (
    LEAF,
    MORE,
    NO_GRAD,
    OPERATION,
    OUTPUT,
    UNTRACKED,
    Edge,
    Graph,
    Node,
    condense,
    shortened,
)
from course_utils.pictures.graph_layout import Point, layout
from course_utils.pictures.svg import BLUE, FAINT, GREEN, PURPLE, element, escape, label, number, width_of
from course_utils.pictures.values import short

TITLE, DETAIL = 12.5, 10.5
SMALL = 6

_COLOURS = {LEAF: GREEN, OPERATION: BLUE, OUTPUT: PURPLE}
_LEGEND = {
    LEAF: "leaf: a tensor that collects .grad",
    OPERATION: "operation",
    OUTPUT: "output",
    NO_GRAD: "a tensor that needs no gradient",
    UNTRACKED: "an operation that autograd did not record",
    MORE: "several nodes drawn as one",
}


def draw_graph(data: Mapping[str, Any]) -> tuple[float, float, list[str]]:
    """Width, height and markup of the picture of captured graph data (docs/graph-format.md)."""
    whole = _graph(data)
    graph = condense(whole)
    notes = [data["error"]["text"]] if data["error"] else []
    if len(whole.nodes) > len(graph.nodes):
        notes.insert(0, f"The real graph has {len(whole.nodes):,} nodes; the repeated part of it is drawn as one.")
    sizes = {n: _size(graph.nodes[n]) for n in sorted(graph.nodes, reverse=True)}
    edges = [(e.source, e.target) for e in graph.edges]
    plan = layout(sizes, edges)
    parts = _arrows(graph, sizes, plan.centres, edges, plan.waypoints)
    parts += [_node_svg(graph.nodes[n], plan.centres[n], sizes[n]) for n in plan.centres]
    legend, width, height = _legend([k for k in _LEGEND if any(n.kind == k for n in graph.nodes.values())], plan.height)
    for note in notes:
        height += 16
        parts.append(label(0, height - 6, note[:160], size=10.5, anchor="start", fill_opacity=FAINT + 0.12))
        width = max(width, width_of(note[:160], 10.5))
    return max(plan.width, width), height, parts + legend


def describe_graph(data: Mapping[str, Any]) -> str:
    """The same in words: a line per node, inputs first, each with what it was made from; then the notes."""
    graph = condense(_graph(data))
    notes = [*data["notes"], *([data["error"]["text"]] if data["error"] else [])]
    if len(data["nodes"]) > len(graph.nodes):
        notes.append(f"The real graph has {len(data['nodes']):,} nodes; the repeated part of it stands as one line.")
    return "\n".join([f"Graph of {data['title']}", *_text(graph), *notes])


def _graph(data: Mapping[str, Any]) -> Graph:
    numbers = {node["id"]: i for i, node in enumerate(data["nodes"])}
    nodes = {numbers[node["id"]]: _node(numbers[node["id"]], node) for node in data["nodes"]}
    edges = [Edge(numbers[e["from"]], numbers[e["to"]], e["cut"] is not None) for e in data["edges"]]
    return Graph(nodes, edges)


def _node(place: int, node: Mapping[str, Any]) -> Node:
    if node["kind"] != "operation":
        kind = LEAF if node["kind"] == "leaf" else NO_GRAD
        return Node(place, kind, shortened(node["name"] or ("leaf" if kind == LEAF else "constant")), _about(node), node["kind"])
    kind = OUTPUT if node["output"] else OPERATION if node["tracked"] else UNTRACKED
    named = [f"= {shortened(node['name'])}"] if node["name"] else []
    return Node(place, kind, shortened(node["op"]), named + _about(node), node["true_name"] or node["op"])


def _about(node: Mapping[str, Any]) -> list[str]:
    """A shape, with the values when there are few, and .grad when there is one."""
    if node["shape"] is None:
        return []
    shape = str(tuple(node["shape"]))
    lines = [shape]
    if node["value"] is not None and len(node["value"].get("data") or range(SMALL + 1)) <= SMALL:
        lines = [f"{shape}  {_values(node['value'])}" if node["shape"] else _values(node["value"])]
    if node["grad"] is not None:
        few = len(node["grad"].get("data") or range(SMALL + 1)) <= SMALL
        lines.append(f".grad {_values(node['grad']) if few else shape}")
    return lines


def _values(value: Mapping[str, Any]) -> str:
    words = [v if isinstance(v, str) else short(v) for v in value["data"]]
    return words[0] if not value["shape"] else f"[{', '.join(words)}]"


def _size(node: Node) -> tuple[float, float]:
    text = max([width_of(node.title, TITLE), *(width_of(line, DETAIL) for line in node.details)])
    height = 20.0 + 14.0 * len(node.details)
    if node.kind == OPERATION:
        return max(64.0, text * 1.12 + 34), height * 1.12 + 10
    return max(58.0, text + 26), height + 8


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
    return [_arrow([start[i], *ways[i], end[i]], graph.edges[i].cut) for i in range(len(edges))]


def _port(node: Node, centre: Point, size: tuple[float, float], slot: int, count: int, side: int) -> Point:
    """Where an arrow touches a node: the slots share the middle of its edge, below (1) or above (-1) it."""
    half_width, half_height = size[0] / 2, size[1] / 2
    spread = min(16.0 * (count - 1), half_width * 1.2)
    dx = 0.0 if count == 1 else spread * (slot / (count - 1) - 0.5)
    dy = half_height * (1 - (dx / half_width) ** 2) ** 0.5 if node.kind == OPERATION else half_height
    return centre[0] + dx, centre[1] + side * dy


def _arrow(points: list[Point], cut: bool) -> str:
    n = number
    path = f"M{n(points[0][0])} {n(points[0][1])}"
    x, y = points[-1]
    stops = [*points[1:-1], (x, y - 6)]
    for (x0, y0), (x1, y1) in zip(points, stops, strict=False):
        bend = (y1 - y0) / 2
        path += f"C{n(x0)} {n(y0 + bend)} {n(x1)} {n(y1 - bend)} {n(x1)} {n(y1)}"
    head = f"M{n(x)} {n(y)}l-3.8 -7.5h7.6z"
    dashes = "2 4" if cut else None
    line = "fill:none;stroke:currentColor;stroke-opacity:.5;stroke-width:1.4"
    return element("path", d=path, stroke_dasharray=dashes, style=line) + element(
        "path", d=head, style="fill:currentColor;fill-opacity:.7"
    )


def _node_svg(node: Node, centre: Point, size: tuple[float, float]) -> str:
    (x, y), lines = centre, len(node.details)
    parts = [element("title", escape(f"{node.kind}: {node.true_name}")), _shape(node.kind, x, y, *size)]
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
    dashes = {NO_GRAD: "2 3", UNTRACKED: "1 3"}.get(kind_, "6 3")
    return element("rect", **box, rx=10 if kind_ == NO_GRAD else 3,
                   style=f"fill:none;stroke:currentColor;stroke-opacity:.6;stroke-dasharray:{dashes}")


def _legend(kinds: list[str], top: float) -> tuple[list[str], float, float]:
    """A row for each kind, below the picture; with its width and the height of all."""
    parts, width, y = [], 0.0, top + 14
    for word in kinds:
        y += 18
        parts += [_shape(word, 15, y, 26, 13), label(36, y, _LEGEND[word], size=10.5, anchor="start", fill_opacity=FAINT + 0.12)]
        width = max(width, 40 + width_of(_LEGEND[word], 10.5))
    return parts, width, y + 12


def _text(graph: Graph) -> list[str]:
    """A line per node, inputs first: what it is, and what it was made from."""
    inputs = graph.in_edges()
    order: list[int] = []
    seen: set[int] = set()
    stack = [(end, False) for end in reversed(graph.ends())]
    while stack:
        node, finished = stack.pop()
        if finished:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(source, False) for source in reversed(inputs[node])]
    place = {n: i for i, n in enumerate(order, 1)}
    lines = []
    for n in order:
        node = graph.nodes[n]
        sources = [f"{graph.nodes[s].title}#{place[s]}" for s in inputs[n]]
        made = f"  <- {', '.join(sources)}" if sources else ""
        details = "  ".join(node.details)
        lines.append(f"  #{place[n]} {node.kind}: {node.title}{'  ' + details if details else ''}{made}")
    return lines

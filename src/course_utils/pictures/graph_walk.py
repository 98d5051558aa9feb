"""From a tensor to the autograd graph behind it, as plain data.

The walk follows ``grad_fn`` and ``next_functions`` with a list of its own instead of recursion, so a graph as deep as a
long training loop is no different from a short one. Nodes are numbered in the order that the walk meets them, which is
the same on every run. How a graph looks is not known here; how big a graph may be drawn is `condense`'s affair.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from course_utils.pictures.cells import dense
from course_utils.pictures.values import in_words, short

LEAF, OPERATION, NO_GRAD, OUTPUT, MORE = "leaf", "operation", "no grad", "output", "more"

SMALL = 6
LONGEST_NAME = 28


@dataclass
class Node:
    """One thing to draw.

    ``kind`` is one of the five words above; ``title`` its main word, ``details`` further lines, ``true_name`` what torch
    calls it, ``stands_for`` how many nodes of the real graph it is.
    """

    number: int
    kind: str
    title: str
    details: list[str] = field(default_factory=list)
    true_name: str = ""
    stands_for: int = 1


@dataclass(frozen=True)
class Edge:
    """Data flows from ``source`` to ``target``, which are node numbers; a value used twice has two edges."""

    source: int
    target: int


@dataclass
class Graph:
    """Nodes by number, and edges in the direction in which data flowed."""

    nodes: dict[int, Node]
    edges: list[Edge]
    output: int

    def in_edges(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for edge in self.edges:
            found[edge.target].append(edge.source)
        return found


def friendly(true_name: str) -> str:
    """What a learner calls an operation: ``MulBackward0`` is mul, ``LogSoftmaxBackward0`` log_softmax."""
    bare = re.sub(r"(?<=.)Backward\d*$", "", true_name)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", bare).lower()


def shortened(name: str) -> str:
    """A name that fits into a node; the end of a long one says more than its beginning."""
    return name if len(name) <= LONGEST_NAME else "…" + name[1 - LONGEST_NAME :]


def walk(tensor: Tensor, names: Iterable[tuple[str, Tensor]]) -> Graph:
    """The graph of ``tensor``, which must have a ``grad_fn``; ``names`` are shown on leaves and on named results.

    Args:
        tensor: the output.
        names: names with the tensors that they mean; the first name of a tensor counts.
    """
    leaf_names: dict[int, str] = {}
    result_names: dict[object, list[tuple[str, Tensor]]] = defaultdict(list)
    output_name = ""
    for name, value in names:
        if value is tensor:
            output_name = output_name or name
        elif value.grad_fn is None:
            leaf_names.setdefault(id(value), name)
        elif all(value is not other for _, other in result_names[value.grad_fn]):
            result_names[value.grad_fn].append((name, value))

    graph = Graph({0: Node(0, OUTPUT, shortened(output_name or "output"), about(tensor), "the tensor you asked for")}, [], 0)
    numbers: dict[object, int] = {}
    waiting = [tensor.grad_fn]
    numbers[tensor.grad_fn] = 1
    graph.edges.append(Edge(1, 0))
    while waiting:
        function = waiting.pop()
        number = numbers[function]
        graph.nodes[number] = _node(number, function, leaf_names, result_names)
        for parent, _ in reversed(function.next_functions):
            if parent is None:
                blank = -len(graph.edges)
                graph.nodes[blank] = Node(blank, NO_GRAD, "no grad", [], "a value that asks for no gradient", 0)
                graph.edges.append(Edge(blank, number))
                continue
            if parent not in numbers:
                numbers[parent] = len(numbers) + 1
                waiting.append(parent)
            graph.edges.append(Edge(numbers[parent], number))
    return graph


def _node(
    number: int, function: object, leaf_names: Mapping[int, str], result_names: Mapping[object, list[tuple[str, Tensor]]]
) -> Node:
    true_name = str(function.name())
    variable = getattr(function, "variable", None)
    if isinstance(variable, Tensor):
        return Node(number, LEAF, shortened(leaf_names.get(id(variable), "leaf")), about(variable), true_name)
    node = Node(number, OPERATION, shortened(friendly(true_name)), [], true_name)
    named = result_names.get(function, [])
    if named:
        node.details.append("= " + shortened(", ".join(name for name, _ in named[:3])))
        node.details += about(named[0][1]) if len(named) == 1 else []
    else:
        node.details += _output_shape(function)
    return node


def _output_shape(function: object) -> list[str]:
    """The shape of an operation's result, where this version of torch keeps it, there is only one, and it is no number."""
    try:
        metadata = function._input_metadata
        shapes = [tuple(m.shape) for m in metadata]
        return [str(shapes[0])] if len(shapes) == 1 and shapes[0] else []
    except (AttributeError, TypeError, RuntimeError):
        return []


def about(tensor: Tensor) -> list[str]:
    """Lines on a tensor: its shape, with its values when it has few, and its .grad when it has one."""
    lines = [f"{tuple(tensor.shape)}"]
    if tensor.numel() <= SMALL:
        lines = [f"{tuple(tensor.shape)}  {_small(tensor)}" if tensor.dim() else _small(tensor)]
    grad = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
    if grad is not None:
        lines.append(f".grad {_small(grad) if grad.numel() <= SMALL else tuple(grad.shape)}")
    return lines


def _small(tensor: Tensor) -> str:
    try:
        return in_words(_Written(_nested(dense(tensor).tolist())), 44)
    except Exception:
        return "no values"


class _Written(str):
    """Text whose repr is itself, so that `in_words` shortens it without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _nested(value: object) -> str:
    return f"[{', '.join(map(_nested, value))}]" if isinstance(value, list) else short(value)


def levels(graph: Graph) -> dict[int, int]:
    """How far each node is from the output along the longest way; the output has 0, and an edge always climbs."""
    inputs = graph.in_edges()
    pending = Counter(edge.source for edge in graph.edges)
    level = dict.fromkeys(graph.nodes, 0)
    ready = [graph.output]
    while ready:
        node = ready.pop()
        for source in inputs[node]:
            level[source] = max(level[source], level[node] + 1)
            pending[source] -= 1
            if not pending[source]:
                ready.append(source)
    return level


def condense(graph: Graph, most_nodes: int = 150, most_levels: int = 40) -> Graph:
    """The same graph small enough to draw.

    Runs of one operation become one node first. If that is not enough, everything between the part near the output and
    the part near the inputs becomes one node: a range of levels, so that what is left is still free of cycles.
    """
    if _fits(graph, most_nodes, most_levels):
        return graph
    graph = _join_runs(graph)
    return graph if _fits(graph, most_nodes, most_levels) else _join_middle(graph, most_nodes, most_levels)


def _fits(graph: Graph, most_nodes: int, most_levels: int) -> bool:
    return len(graph.nodes) <= most_nodes and max(levels(graph).values()) <= most_levels


def _join_runs(graph: Graph, least: int = 4) -> Graph:
    """Make one node of each chain of the same operation; markers of missing gradients in it go along."""
    inputs = graph.in_edges()
    uses = Counter(edge.source for edge in graph.edges)
    follows: dict[int, int] = {}
    for number, node in graph.nodes.items():
        above = {n for n in inputs[number] if graph.nodes[n].kind != NO_GRAD}
        if node.kind != OPERATION or len(above) != 1:
            continue
        (before,) = above
        same = graph.nodes[before].kind == OPERATION and graph.nodes[before].true_name == node.true_name
        if same and uses[before] == 1:
            follows[number] = before
    followed = set(follows.values())
    groups: dict[int, list[int]] = {}
    for last in (n for n in follows if n not in followed):
        chain = [last]
        while chain[-1] in follows:
            chain.append(follows[chain[-1]])
        if len(chain) >= least:
            members = chain + [b for n in chain for b in inputs[n] if graph.nodes[b].kind == NO_GRAD]
            groups[last] = members
    return _joined(graph, groups)


def _join_middle(graph: Graph, most_nodes: int, most_levels: int) -> Graph:
    level = levels(graph)
    on_level = Counter(level.values())
    last = max(on_level)
    room, low, high = most_nodes // 2, 0, last
    # One level from each end in turn, so that beginning and end both stay in sight.
    for _ in range(most_levels // 2):
        if low > high or on_level[low] > room:
            break
        room -= on_level[low]
        low += 1
        if low > high or on_level[high] > room:
            break
        room -= on_level[high]
        high -= 1
    members = [n for n in graph.nodes if low <= level[n] <= high]
    return _joined(graph, {members[0]: members}) if members else graph


def _joined(graph: Graph, groups: Mapping[int, list[int]]) -> Graph:
    """Each group as one node, under the number that it has in ``groups``; several edges between two become one."""
    into = {n: number for number, members in groups.items() for n in members}
    nodes = {n: node for n, node in graph.nodes.items() if n not in into}
    for number, members in groups.items():
        inside = [graph.nodes[n] for n in members]
        nodes[number] = _more(number, inside)
    edges: list[Edge] = []
    met: set[Edge] = set()
    for edge in graph.edges:
        new = Edge(into.get(edge.source, edge.source), into.get(edge.target, edge.target))
        changed = new != edge or edge.source in into or edge.target in into
        if new.source == new.target or (changed and new in met):
            continue
        met.add(new)
        edges.append(new)
    return Graph(nodes, edges, graph.output)


def _more(number: int, inside: list[Node]) -> Node:
    total = sum(node.stands_for for node in inside)
    kinds: Counter[str] = Counter()
    for node in inside:
        kinds[node.true_name and node.title if node.kind in (OPERATION, MORE) else "leaf"] += node.stands_for
    common = kinds.most_common(3)
    if len(common) == 1:
        return Node(number, MORE, f"{common[0][0]} × {total:,}", ["one after the other"], "condensed", total)
    words = ", ".join(f"{count:,} {shortened(kind)}" for kind, count in common) + (", …" if len(kinds) > 3 else "")
    return Node(number, MORE, f"… {total:,} more nodes …", [words], "condensed", total)


def reason_without_graph(tensor: Tensor) -> str:
    """Why a tensor has no ``grad_fn``, in a sentence."""
    if tensor.requires_grad:
        return "requires_grad is True, but it is a leaf: you made it yourself, and no operation led to it."
    if torch.is_inference(tensor):
        return "It was made under torch.inference_mode(), where torch records no operations."
    if not (tensor.is_floating_point() or tensor.is_complex()):
        name = str(tensor.dtype).removeprefix("torch.")
        return f"requires_grad is False: values of dtype {name} cannot have gradients, only float and complex ones."
    return (
        "requires_grad is False: nothing that it was made from asked for gradients, or it was made under "
        "torch.no_grad() or by .detach()."
    )

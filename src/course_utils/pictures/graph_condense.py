"""A graph small enough to draw: runs of one operation become one node, and then the middle of what is left.

What is drawn on paper cannot be unfolded, so a still picture of a large graph shows its beginning and its end, and says
how many nodes the rest is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

LEAF, OPERATION, NO_GRAD, UNTRACKED, OUTPUT, MORE = "leaf", "operation", "no grad", "not tracked", "output", "more"

LONGEST_NAME = 28


@dataclass
class Node:
    """One thing to draw.

    ``kind`` is one of the words above; ``title`` its main word, ``details`` further lines, ``true_name`` what torch
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
    """Data flows from ``source`` to ``target``, which are node numbers; where ``cut`` is true no gradient comes back."""

    source: int
    target: int
    cut: bool = False


@dataclass
class Graph:
    """Nodes by number, and edges in the direction in which data flowed."""

    nodes: dict[int, Node]
    edges: list[Edge]

    def in_edges(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for edge in self.edges:
            found[edge.target].append(edge.source)
        return found

    def ends(self) -> list[int]:
        """The nodes that nothing was made from."""
        sources = {edge.source for edge in self.edges}
        return [number for number in self.nodes if number not in sources]


def shortened(name: str) -> str:
    """A name that fits into a node; the end of a long one says more than its beginning."""
    return name if len(name) <= LONGEST_NAME else "…" + name[1 - LONGEST_NAME :]


def levels(graph: Graph) -> dict[int, int]:
    """How far each node is from an end along the longest way; an end has 0, and an edge always climbs."""
    inputs = graph.in_edges()
    pending = Counter(edge.source for edge in graph.edges)
    level = dict.fromkeys(graph.nodes, 0)
    ready = graph.ends()
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
        new = Edge(into.get(edge.source, edge.source), into.get(edge.target, edge.target), edge.cut)
        changed = new != edge or edge.source in into or edge.target in into
        if new.source == new.target or (changed and new in met):
            continue
        met.add(new)
        edges.append(new)
    return Graph(nodes, edges)


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

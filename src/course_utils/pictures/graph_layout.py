"""Where the nodes of a directed graph go: a layered drawing, from top to bottom.

Nodes stand on layers such that every edge runs down; edges over several layers get invisible way-points. The order on
each layer comes from barycentre sweeps, of which the one with the fewest crossings is kept; then nodes are moved as near
to their neighbours as their order allows. It knows sizes and edges only, nothing of tensors.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

GAP_X, GAP_Y = 26.0, 34.0
WAYPOINT_WIDTH = 10.0
SWEEPS = 12

Key = Hashable
Point = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Centres of the nodes, the way-points of each edge in order (ends left out), and the size of the whole."""

    centres: dict[Key, Point]
    waypoints: list[list[Point]]
    width: float
    height: float


def layout(sizes: Mapping[Key, tuple[float, float]], edges: Sequence[tuple[Key, Key]]) -> Layout:
    """Place nodes of the given (width, height) so that each edge (source, target) runs down.

    ``edges`` must be free of cycles; two edges between the same nodes are allowed.
    """
    rank = _ranks(sizes, edges)
    layers: list[list[Key]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for key in sizes:
        layers[rank[key]].append(key)
    links: list[tuple[Key, Key]] = []
    chains: list[list[Key]] = []
    widths = {key: size[0] for key, size in sizes.items()}
    for i, (source, target) in enumerate(edges):
        chain = [("waypoint", i, r) for r in range(rank[source] + 1, rank[target])]
        for point in chain:
            layers[point[2]].append(point)
            widths[point] = WAYPOINT_WIDTH
        stops = [source, *chain, target]
        links += zip(stops, stops[1:], strict=False)
        chains.append(chain)
    layers = _order(layers, links)
    x = _columns(layers, links, widths)
    left = min((x[k] - widths[k] / 2 for k in x), default=0.0)
    y, centres, middle = 0.0, {}, []
    for layer in layers:
        tallest = max((sizes[k][1] for k in layer if k in sizes), default=0.0)
        middle.append(y + tallest / 2)
        for k in layer:
            centres[k] = (x[k] - left, y + tallest / 2)
        y += tallest + GAP_Y
    width = max((centres[k][0] + widths[k] / 2 for k in centres), default=0.0)
    return Layout(
        {k: centres[k] for k in sizes},
        [[centres[k] for k in chain] for chain in chains],
        width,
        max(0.0, y - GAP_Y),
    )


def _ranks(sizes: Mapping[Key, object], edges: Sequence[tuple[Key, Key]]) -> dict[Key, int]:
    """The layer of each node, 0 at the top: the longest way to a sink, counted from below, so inputs hang low."""
    above: dict[Key, list[Key]] = defaultdict(list)
    pending = dict.fromkeys(sizes, 0)
    for source, target in edges:
        above[target].append(source)
        pending[source] += 1
    climb = dict.fromkeys(sizes, 0)
    ready = [k for k in sizes if not pending[k]]
    while ready:
        key = ready.pop()
        for source in above[key]:
            climb[source] = max(climb[source], climb[key] + 1)
            pending[source] -= 1
            if not pending[source]:
                ready.append(source)
    highest = max(climb.values(), default=0)
    return {key: highest - value for key, value in climb.items()}


def _order(layers: list[list[Key]], links: Sequence[tuple[Key, Key]]) -> list[list[Key]]:
    """The order on every layer with the fewest crossings that the sweeps met."""
    up, down = _neighbours(links)
    best, fewest = [list(layer) for layer in layers], crossings(layers, links)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        downwards = sweep % 2 == 0
        near = up if downwards else down
        place: dict[Key, float] = {}
        for layer in layers if downwards else reversed(layers):
            old = {k: i for i, k in enumerate(layer)}
            weight = {
                k: sum(place[n] for n in near[k]) / len(near[k]) if near[k] else float(old[k]) for k in layer
            }
            layer.sort(key=lambda k, weight=weight, old=old: (weight[k], old[k]))
            place.update({k: float(i) for i, k in enumerate(layer)})
        count = crossings(layers, links)
        if count < fewest:
            best, fewest = [list(layer) for layer in layers], count
    return best


def crossings(layers: Sequence[Sequence[Key]], links: Sequence[tuple[Key, Key]]) -> int:
    """How many pairs of links between neighbouring layers cross."""
    place = {k: i for layer in layers for i, k in enumerate(layer)}
    rank = {k: r for r, layer in enumerate(layers) for k in layer}
    between: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for source, target in links:
        between[rank[source]].append((place[source], place[target]))
    total = 0
    for pairs in between.values():
        ends: list[int] = []
        for _, end in sorted(pairs):
            total += len(ends) - bisect_left(ends, end + 1)
            insort(ends, end)
    return total


def _neighbours(links: Sequence[tuple[Key, Key]]) -> tuple[dict[Key, list[Key]], dict[Key, list[Key]]]:
    up: dict[Key, list[Key]] = defaultdict(list)
    down: dict[Key, list[Key]] = defaultdict(list)
    for source, target in links:
        down[source].append(target)
        up[target].append(source)
    return up, down


def _columns(
    layers: Sequence[Sequence[Key]], links: Sequence[tuple[Key, Key]], widths: Mapping[Key, float]
) -> dict[Key, float]:
    """An x for each node: as near to its neighbours' mean as the order and the gaps on its layer allow."""
    up, down = _neighbours(links)
    x: dict[Key, float] = {}
    for layer in layers:
        x.update(zip(layer, _spaced(layer, [0.0] * len(layer), widths), strict=True))
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            near = [(up[k] if sweep % 2 == 0 else down[k]) if sweep < SWEEPS - 2 else up[k] + down[k] for k in layer]
            wanted = [sum(x[n] for n in ns) / len(ns) if ns else x[k] for k, ns in zip(layer, near, strict=True)]
            x.update(zip(layer, _spaced(layer, wanted, widths), strict=True))
    return x


def _spaced(layer: Sequence[Key], wanted: Sequence[float], widths: Mapping[Key, float]) -> list[float]:
    """The places nearest to ``wanted`` (least squares) that keep the order and the gaps: pool adjacent violators."""
    offsets, offset = [], 0.0
    for i, key in enumerate(layer):
        if i:
            offset += (widths[layer[i - 1]] + widths[key]) / 2 + GAP_X
        offsets.append(offset)
    pools: list[tuple[float, int]] = []
    for want, shift in zip(wanted, offsets, strict=True):
        pools.append((want - shift, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, n), (other, m) = pools[-2:]
            pools[-2:] = [((one * n + other * m) / (n + m), n + m)]
    starts = [value for value, count in pools for _ in range(count)]
    return [start + shift for start, shift in zip(starts, offsets, strict=True)]

"""Two boards of cells, one above the other, and a wire for each element that moves from the upper to the lower.

Wires never cross a cell. Each leaves its cell to the right into the channel beside that column, runs down, bends over
in the space between the boards, and comes down the channel left of its target's column. Within a channel the lanes are
given out so that a wire need not cross another one to reach its row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from course_utils.pictures.cells import Window
from course_utils.pictures.moves import Coordinate, Move
from course_utils.pictures.svg import FAINT, INK, PAPER, SERIES, WRONG, element, escape, hatch, label, number, width_of

LANE, CHANNEL, ROW_GAP, SLICE_GAP, LABELS = 7.0, 20.0, 8.0, 22.0, 20.0
WIDEST_CHANNEL = 80.0


@dataclass(frozen=True)
class Spot:
    """What one cell of a board shows: ``before → text``, and ``small`` below; ``sign`` marks a collision."""

    text: str
    before: str = ""
    small: str = ""
    faint: bool = False
    sign: str = ""
    alarming: bool = False

    @property
    def width(self) -> float:
        whole = f"{self.before} → {self.text}" if self.before else self.text
        return max(width_of(whole) + 22, width_of(self.small, 9.5) + 18, 48.0)


class Board:
    """The places of the shown cells of one tensor, with a channel beside every column."""

    def __init__(self, shown: Window, spots: Mapping[Coordinate, Spot], title: str, *, channel: str) -> None:
        self.shown, self.spots, self.title = shown, spots, title
        self.channel = channel
        self.visible = set(shown.coordinates)
        self.cell = max((spot.width for spot in spots.values()), default=48.0)

    def column_of(self, where: Coordinate) -> tuple[Coordinate, int]:
        return where[:-2], where[-1]

    def row_of(self, where: Coordinate) -> int:
        return where[-2] if len(where) > 1 else 0

    def place(self, top: float, users: Mapping[Coordinate, Sequence[int]]) -> None:
        """Give every cell its corner; ``users`` are the wires at each cell, by number."""
        lanes: dict[tuple[Coordinate, int], int] = defaultdict(int)
        for where, wires in users.items():
            lanes[self.column_of(where)] += len(wires)
        self.height = max(40.0, 12 + 8.0 * min(8, max(map(len, users.values()), default=1)))
        self.top = top
        first_row = top + 20 + (16 if any(s.lead for s in self.shown.slices) else 0) + 14
        self.xs: dict[tuple[Coordinate, int], float] = {}
        self.ys: dict[int, float] = {}
        self.channels: dict[tuple[Coordinate, int], float] = {}
        self.gaps: list[tuple[float, float]] = []
        self.slice_x: list[float] = []
        x = 0.0
        for part in self.shown.slices:
            x += LABELS if part.dims == 2 else 0.0
            self.slice_x.append(x)
            for c in part.columns:
                if c is None:
                    self.gaps.append((x + 8, first_row + self.height / 2))
                    x += 18
                    continue
                key = (part.lead, c)
                self.channels[key] = min(WIDEST_CHANNEL, CHANNEL + LANE * max(0, lanes[key] - 1))
                self.xs[key] = x + (self.channels[key] if self.channel == "left" else 0.0)
                x += self.cell + self.channels[key]
            x += SLICE_GAP
        y = first_row
        for r in self.shown.slices[0].rows if self.shown.slices else ():
            if r is None:
                y += 18
                continue
            self.ys[r] = y
            y += self.height + ROW_GAP
        self.width = max(x - SLICE_GAP, width_of(self.title, 12) + 4)
        self.bottom = y - ROW_GAP
        self._give_lanes(users)

    def _give_lanes(self, users: Mapping[Coordinate, Sequence[int]]) -> None:
        """A height at its cell and a lane in its channel for every wire: the lower it joins, the further left."""
        self.joint: dict[int, tuple[float, float]] = {}
        self.lane: dict[int, float] = {}
        by_column: dict[tuple[Coordinate, int], list[tuple[float, int]]] = defaultdict(list)
        for where, wires in users.items():
            key, y = self.column_of(where), self.ys[self.row_of(where)]
            edge = self.xs[key] + (self.cell if self.channel == "right" else 0.0)
            for i, wire in enumerate(wires):
                level = y + self.height * (i + 1) / (len(wires) + 1)
                self.joint[wire] = (edge, level)
                by_column[key].append((-level, wire))
        for key, found in by_column.items():
            left = self.xs[key] + self.cell if self.channel == "right" else self.xs[key] - self.channels[key]
            inner = 14.0, 4.0
            near, far = inner if self.channel == "right" else inner[::-1]
            room = self.channels[key] - near - far
            for i, (_, wire) in enumerate(sorted(found)):
                share = 0.5 if len(found) == 1 else i / (len(found) - 1)
                self.lane[wire] = left + near + room * share

    def heading(self) -> str:
        """The title; drawn last and with a halo, for wires pass behind it."""
        halo = f"paint-order:stroke;stroke:{PAPER};stroke-width:7px;stroke-linejoin:round"
        return label(0, self.top + 8, self.title, anchor="start", font_weight="600", style=halo)

    def draw(self) -> str:
        parts = []
        for part, x in zip(self.shown.slices, self.slice_x, strict=True):
            if part.lead:
                parts.append(label(x, self.top + 28, part.label, size=11.5, anchor="start", font_weight="600"))
            first = min(self.ys.values())
            for r in part.rows:
                if r is not None and part.dims == 2:
                    parts.append(label(x - 7, self.ys[r] + self.height / 2, str(r), size=9.5, anchor="end",
                                       fill_opacity=FAINT))
            for c in part.columns:
                if c is not None:
                    key = (part.lead, c)
                    parts.append(label(self.xs[key] + self.cell / 2, first - 7, str(c), size=9.5, fill_opacity=FAINT))
                    parts += [self._cell(part.coordinate(r, c), self.xs[key], self.ys[r]) for r in self.ys]
        parts += [label(x, y, "…", fill_opacity=FAINT) for x, y in self.gaps]
        return "".join(parts)

    def _cell(self, where: Coordinate, x: float, y: float) -> str:
        spot = self.spots[where]
        box = dict(x=x, y=y, width=self.cell, height=self.height, rx=4)
        ink = "stroke-opacity:.3" if spot.faint else "stroke-opacity:.6"
        parts = [element("rect", **box, style=f"fill:{PAPER};stroke:currentColor;{ink}")]
        if spot.sign:
            colour = WRONG if spot.alarming else "currentColor"
            parts.append(hatch(x, y, self.cell, self.height))
            parts.append(element("rect", **box, style=f"fill:none;stroke:{colour};stroke-width:2.2"))
        middle = x + self.cell / 2
        line = y + self.height / 2 - (7 if spot.small else 0)
        strength = 0.5 if spot.faint else 1
        if spot.before:
            words = element("tspan", f"{escape(spot.before)} → ", fill_opacity=FAINT) + element(
                "tspan", escape(spot.text), font_weight="600"
            )
        else:
            words = escape(spot.text)
        halo = f"paint-order:stroke;stroke:{PAPER};stroke-width:3px"
        parts.append(
            element("text", words, x=middle, y=line + 4.2, font_size=12, text_anchor="middle",
                    fill_opacity=strength, style=halo)
        )
        if spot.small:
            parts.append(label(middle, line + 16, spot.small, size=9.5, fill_opacity=0.8 * strength, style=halo))
        if spot.sign:
            parts.append(self._sign(x + self.cell, y, spot))
        return "".join(parts)

    def _sign(self, x: float, y: float, spot: Spot) -> str:
        width = width_of(spot.sign, 9.5) + 8
        fill, ink = (WRONG, "#fff") if spot.alarming else (INK, PAPER)
        return element("rect", x=x - width, y=y - 6, width=width, height=13, rx=3, style=f"fill:{fill}") + label(
            x - width / 2, y + 0.5, spot.sign, size=9.5, font_weight="700", style=f"fill:{ink}"
        )


def draw_wires(upper: Board, lower: Board, moves: Sequence[Move], *, badges: str) -> tuple[str, float, float]:
    """Both boards with their wires: the markup, its width and its height.

    Wires are numbered from 1 in the order of ``moves``; the number stands at its source or target, as ``badges`` says.
    A move whose ends are not both visible has its number, but no wire.
    """
    drawn = [
        (k, m) for k, m in enumerate(moves, 1) if m.source in upper.visible and m.target in lower.visible
    ]
    sources, targets = defaultdict(list), defaultdict(list)
    for k, m in drawn:
        sources[m.source].append(k)
        targets[m.target].append(k)
    upper.place(0.0, sources)
    between = upper.bottom + 26 + min(70.0, 3.0 * len(drawn)) if drawn else upper.bottom + 12
    lower.place(between, targets)
    bend = upper.bottom + 6, min(lower.ys.values(), default=lower.top) - 18
    parts = [upper.draw(), lower.draw()]
    tops = []
    for k, m in drawn:
        colour = _colour(upper, m.source)
        tops.append(_wire(upper, lower, k, colour, bend))
        x, y = upper.joint[k] if badges == "source" else lower.joint[k]
        tops.append(_badge(k, x, y, colour))
    return "".join([*parts, *tops, upper.heading(), lower.heading()]), max(upper.width, lower.width) + 4, lower.bottom + 8


def _colour(board: Board, source: Coordinate) -> str:
    rows = board.shown.shape[-2] if len(source) > 1 else 1
    flat = 0
    for index, size in zip(source[:-2], board.shown.shape[:-2], strict=True):
        flat = flat * size + index
    return SERIES[(flat * rows + board.row_of(source)) % len(SERIES)]


def _wire(upper: Board, lower: Board, wire: int, colour: str, bend: tuple[float, float]) -> str:
    x0, y0 = upper.joint[wire]
    x1, x2 = upper.lane[wire], lower.lane[wire]
    x3, y3 = lower.joint[wire]
    r = min(5.0, abs(x1 - x0), abs(x3 - x2))
    middle = (bend[0] + bend[1]) / 2
    n = number
    path = (
        f"M{n(x0)} {n(y0)}H{n(x1 - r)}Q{n(x1)} {n(y0)} {n(x1)} {n(y0 + r)}V{n(bend[0])}"
        f"C{n(x1)} {n(middle)} {n(x2)} {n(middle)} {n(x2)} {n(bend[1])}"
        f"V{n(y3 - r)}Q{n(x2)} {n(y3)} {n(x2 + r)} {n(y3)}H{n(x3 - 4)}"
    )
    head = f"M{n(x3)} {n(y3)}l-7 -3.4v6.8z"
    return element("path", d=path, style=f"fill:none;stroke:{colour};stroke-width:1.7;stroke-opacity:.9") + element(
        "path", d=head, style=f"fill:{colour}"
    )


def _badge(wire: int, x: float, y: float, colour: str) -> str:
    return element("circle", cx=x, cy=y, r=7.5, style=f"fill:{colour};stroke:{PAPER};stroke-width:1.2") + label(
        x, y, str(wire), size=9, font_weight="700", style="fill:#fff"
    )

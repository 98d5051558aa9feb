"""A tensor of any shape as flat grids side by side: which cells are drawn, and what stands in each, as plain data.

The engine (web/src/slabs.js) and the still pictures (`draw_slabs`) lay out the same data, so that what is learned from
one can be found in the other.
"""

from __future__ import annotations

from collections.abc import Sequence

from course_utils.pictures.cells import Coordinate, Slice, Window, window
from course_utils.pictures.svg import FAINT, label

COLUMN_LABELS, SLAB_LABEL, SLAB_GAP, SKIP = 18.0, 20.0, 22.0, 20.0


def window_for(shape: Sequence[int], most: int = 64) -> Window:
    """All cells of a shape that has at most ``most``; of a larger one rows, columns and slabs until about that many."""
    shape = tuple(shape)
    whole = window(shape, rows=most, columns=most, slices=most) if _count(shape) <= most else None
    if whole is not None and (not shape or shape[-1] <= 16):
        return whole
    return window(shape, rows=5, columns=6 if len(shape) > 1 else 9, slices=4)


def window_around(shape: Sequence[int], wanted: Sequence[Coordinate], most: int = 64) -> Window:
    """A window like `window_for`, whose rows and columns are chosen so that as many of ``wanted`` as fit are in it."""
    shape = tuple(shape)
    plain = window_for(shape, most)
    if plain.whole or not wanted or 0 in shape:
        return plain
    dims = min(2, len(shape))
    leads: list[Coordinate] = []
    for where in wanted:
        if where[: len(shape) - dims] not in leads:
            leads.append(where[: len(shape) - dims])
    rows, columns = ((0, 0),) * (2 - dims) + tuple(zip(*(where[len(shape) - dims :] for where in wanted), strict=True))
    padded = (1, 1, *shape)
    shown = tuple(
        Slice(lead, _chosen(rows, padded[-2], 6), _chosen(columns, padded[-1], 8), dims) for lead in sorted(leads[:4])
    )
    return Window(shape, shown, _count(shape[: len(shape) - dims]) - len(shown))


def _chosen(wanted: Sequence[int], count: int, limit: int) -> tuple[int | None, ...]:
    """The first and last entry of ``range(count)``, wanted ones and then the next ones, with None between strangers."""
    found = {0, count - 1}
    for number in (*wanted, *range(count)):
        if len(found) >= min(limit, count):
            break
        found.add(number)
    entries: list[int | None] = []
    for number in sorted(found):
        if entries and number - entries[-1] > 1:
            entries.append(None)
        entries.append(number)
    return tuple(entries)


def slabs(shown: Window) -> list[dict]:
    """The grids of a window: the leading index of each, and its rows and columns, None for left-out ones."""
    return [
        {"lead": list(part.lead), "rows": list(part.rows), "columns": list(part.columns)} for part in shown.slices
    ]


def left_out(shown: Window) -> str:
    """What is not drawn, as a sentence; empty when all is."""
    if shown.whole:
        return ""
    return f"{len(shown.coordinates):,} of {_count(shown.shape):,} elements are drawn; … stands for the others."


class Layout:
    """Where each cell of some slabs stands: grids side by side, wrapped at ``most`` units.

    Args:
        parts: what `slabs` returns.
        dims: how many dimensions the tensor has.
        cell, gap: width and height.

    Attributes:
        corners: the upper left corner of each cell, by index.
        width, height: the size of the whole.
    """

    def __init__(
        self, parts: Sequence[dict], dims: int, cell: tuple[float, float], gap: tuple[float, float], most: float
    ) -> None:
        self.corners: dict[Coordinate, tuple[float, float]] = {}
        self._words: list[tuple[float, float, str, str]] = []
        self.width = self.height = x = y = 0.0
        digits = max((len(str(r)) for part in parts for r in part["rows"] if r is not None), default=1)
        left = 15.0 + 7 * digits if dims > 1 else 0.0
        for part in parts:
            xs, right = _spread(part["columns"], cell[0] + gap[0], left)
            if x and x + right > most:
                x, y = 0.0, self.height + SLAB_GAP
            top = y + (SLAB_LABEL if part["lead"] else 0.0) + (COLUMN_LABELS if dims else 0.0)
            ys, bottom = _spread(part["rows"], cell[1] + gap[1], top)
            if part["lead"]:
                self._words.append((x + left, y + 9, f"[{', '.join(map(str, part['lead']))}]", "start"))
            for c, at in zip(part["columns"], xs, strict=True):
                if dims:
                    centre = x + at + (cell[0] if c is not None else SKIP - gap[0]) / 2
                    self._words.append((centre, top - 9, "…" if c is None else str(c), "middle"))
            for r, at in zip(part["rows"], ys, strict=True):
                if dims > 1:
                    centre = at + (cell[1] if r is not None else SKIP - gap[1]) / 2
                    self._words.append((x + left - 8, centre, "⋮" if r is None else str(r), "end"))
                for c, across in zip(part["columns"], xs, strict=True):
                    if r is not None and c is not None:
                        self.corners[(*part["lead"], *(r, c)[2 - min(2, dims) :])] = (x + across, at)
            self.width, self.height = max(self.width, x + right - gap[0]), max(self.height, bottom - gap[1])
            x += right + SLAB_GAP

    def words(self) -> list[str]:
        """The row and column numbers, and each grid's leading index, as markup."""
        return [label(x, y, text, size=11, anchor=anchor, fill_opacity=FAINT) for x, y, text, anchor in self._words]


def _spread(indices: Sequence[int | None], step: float, start: float) -> tuple[list[float], float]:
    places = []
    for index in indices:
        places.append(start)
        start += step if index is not None else SKIP
    return places, start


def _count(shape: Sequence[int]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total

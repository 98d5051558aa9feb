"""What happens at each element of a scatter or gather, with torch's own value after every single write."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from course_utils.pictures.cells import Coordinate
from course_utils.pictures.scattering import carried_out
from course_utils.pictures.values import short

MOST_TERMS = 6


def scatter_steps(
    base: Tensor, dim: int, index: Tensor, src: Tensor | complex, reduce: str | None, after: Tensor,
    shown: Sequence[Coordinate],
) -> list[dict]:
    """A step for each shown place of index: from where, to where, and what the cell holds before and after it.

    Only elements in one fibre along ``dim`` can meet in a cell, so a step costs no more than that fibre, whatever the
    size of the whole. After the last write a cell shows what the whole call left there.
    """
    steps = []
    for where in sorted(shown):
        target = replaced(where, dim, int(index[where]))
        fibre = (*where[:dim], slice(None), *where[dim + 1 :])
        met = (index[fibre] == index[where]).nonzero().flatten()
        nth = int((met <= where[dim]).sum())
        values = src[fibre][met] if isinstance(src, Tensor) else torch.full((len(met),), src, dtype=base.dtype)
        start = base[target].reshape(1)
        before = _after(start, values[: nth - 1], reduce)
        now = after[target].reshape(1) if nth == len(met) else _after(start, values[:nth], reduce)
        steps.append({
            "source": list(where) if isinstance(src, Tensor) else None,
            "at": list(where),
            "target": list(target),
            "index": int(index[where]),
            "value": short(values[nth - 1].item()),
            "before": short(before.item()),
            "after": short(now.item()),
            "nth": nth,
            "of": len(met),
            "terms": [short(v) for v in [start.item(), *values[:nth].tolist()]] if nth < MOST_TERMS else None,
        })
    return steps


def gather_steps(base: Tensor, dim: int, index: Tensor, shown: Sequence[Coordinate]) -> list[dict]:
    """A step for each shown place of the result: from where it is read."""
    steps = []
    for where in sorted(shown):
        source = replaced(where, dim, int(index[where]))
        value = short(base[source].item())
        steps.append({
            "source": list(source), "at": list(where), "target": list(where), "index": int(index[where]),
            "value": value, "before": "", "after": value, "nth": 1, "of": 1, "terms": None,
        })
    return steps


def replaced(where: Coordinate, dim: int, value: int) -> Coordinate:
    """``where`` with the coordinate of ``dim`` replaced."""
    return (*where[:dim], value, *where[dim + 1 :])


def _after(start: Tensor, values: Tensor, reduce: str | None) -> Tensor:
    """One cell after some writes, in their order."""
    if not len(values):
        return start
    return carried_out(start, 0, torch.zeros(len(values), dtype=torch.int64), values, reduce)

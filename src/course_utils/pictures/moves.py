"""Which cell goes where in `scatter` and `gather`, and which rule a call breaks.

This is the arithmetic alone, in plain Python, so that a test can hold it to what torch really does; `scatter` draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Coordinate = tuple[int, ...]


@dataclass(frozen=True)
class Move:
    """One element on its way from a cell to a cell; ``at`` is the place in index that sends it."""

    source: Coordinate
    target: Coordinate
    at: Coordinate


def positions(shape: Sequence[int], limit: int) -> list[Coordinate]:
    """The first ``limit`` indices of a shape, the last dimension fastest."""
    found: list[Coordinate] = []
    total = 1
    for size in shape:
        total *= size
    for number in range(min(total, limit)):
        where = []
        for size in reversed(shape):
            where.append(number % size)
            number //= size
        found.append(tuple(reversed(where)))
    return found


def scatter_moves(index: Tensor, dim: int, limit: int) -> list[Move]:
    """The first ``limit`` moves of ``self.scatter(dim, index, src)``: src[p] goes to self[p with index[p] at dim]."""
    return [Move(p, _replaced(p, dim, int(index[p])), p) for p in positions(index.shape, limit)]


def gather_moves(index: Tensor, dim: int, limit: int) -> list[Move]:
    """The first ``limit`` moves of ``input.gather(dim, index)``: input[p with index[p] at dim] goes to out[p]."""
    return [Move(_replaced(p, dim, int(index[p])), p, p) for p in positions(index.shape, limit)]


def _replaced(where: Coordinate, dim: int, value: int) -> Coordinate:
    if not where:
        return where
    dim %= len(where)
    return (*where[:dim], value, *where[dim + 1 :])


def broken_rules(base: Tensor, dim: int, index: Tensor, src: Tensor | None, *, gather: bool) -> list[str]:
    """The rules of torch that a call breaks, a sentence for each; none are broken when the list is empty.

    ``base`` is self for scatter, and input for gather; ``src`` is None for gather and for a number as src.
    """
    name = "input" if gather else "self"
    broken: list[str] = []
    if index.dtype not in (torch.int64, torch.int32):
        broken.append(f"index must hold whole numbers of dtype int64; here it has {_dtype(index)}.")
    others = [(name, base)] + ([("src", src)] if src is not None else [])
    for word, tensor in others:
        if max(1, tensor.dim()) != max(1, index.dim()):
            broken.append(
                f"index and {word} must have the same number of dimensions; here they have "
                f"{index.dim()} and {tensor.dim()}."
            )
    if src is not None and src.dtype != base.dtype:
        broken.append(f"src and self must have the same dtype; here they have {_dtype(src)} and {_dtype(base)}.")
    rank = max(1, base.dim())
    if not -rank <= dim < rank:
        broken.append(f"dim must lie between {-rank} and {rank - 1} here; it is {dim}.")
    if broken:
        return broken
    dim %= rank
    sizes, base_sizes = tuple(index.shape) or (1,), tuple(base.shape) or (1,)
    for d, size in enumerate(sizes):
        if src is not None and size > (tuple(src.shape) or (1,))[d]:
            broken.append(
                f"index may not be larger than src in any dimension; in dimension {d} index has {size} and src "
                f"{(tuple(src.shape) or (1,))[d]}."
            )
        if d != dim and size > base_sizes[d]:
            broken.append(
                f"index may not be larger than {name} in any dimension but dim={dim}; in dimension {d} index has "
                f"{size} and {name} {base_sizes[d]}."
            )
    outside = out_of_range(index, base_sizes[dim])
    if outside is not None:
        value = int(index[outside])
        place = f"[{', '.join(map(str, outside))}]"
        broken.append(
            f"Every value of index must lie between 0 and {base_sizes[dim] - 1}, for {name} has size "
            f"{base_sizes[dim]} along dim={dim}; index{place} is {value}."
        )
    return broken


def out_of_range(index: Tensor, size: int) -> Coordinate | None:
    """Where the first value of ``index`` stands that is not in ``range(size)``; None when all are."""
    bad = ((index < 0) | (index >= size)).nonzero()
    return tuple(bad[0].tolist()) if len(bad) else None


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")

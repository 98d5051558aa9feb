"""When shapes do not fit: the nearest change of one of them that makes them fit, tried out with torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Repair:
    """One call on the operand numbered ``operand``, the shape that it then has, and the shape of the result."""

    operand: int
    call: str
    shape: Shape
    result: Shape


def nearest_repair(shapes: Sequence[Shape]) -> Repair | None:
    """The single `unsqueeze` or transposition of one operand after which all fit; None where there is none.

    Of several, the one with the smallest result: a repair that blows the result up is seldom what was meant.
    """
    found = []
    for operand, shape in enumerate(shapes):
        for call, changed in _changes(shape):
            try:
                result = tuple(torch.broadcast_shapes(*shapes[:operand], changed, *shapes[operand + 1 :]))
            except RuntimeError:
                continue
            found.append(Repair(operand, call, changed, result))
    return min(found, key=lambda repair: math.prod(repair.result), default=None)


def _changes(shape: Shape) -> Iterator[tuple[str, Shape]]:
    for d in range(1, len(shape) + 1):
        yield f"unsqueeze({d})", (*shape[:d], 1, *shape[d:])
    if len(shape) > 1:
        yield "t()" if len(shape) == 2 else "mT", (*shape[:-2], shape[-1], shape[-2])

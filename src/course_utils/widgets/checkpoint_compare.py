"""Two tensors of one name: are they the same, and if not, how far apart.

Tensors of a checkpoint can be large, so nothing here makes a second copy of one: they are read in pieces.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from course_utils.graphs.values import value_of
from course_utils.pictures.values import in_words, kind

PIECE = 1 << 20
BINS = 24
# Up to here a tensor's numbers are shown themselves.
ROOM = 32

STATUSES = ("missing", "unexpected", "shape", "dtype", "changed", "same")


def compared(key: str, a: object, b: object, *, in_a: bool, in_b: bool) -> dict[str, Any]:
    """One row: ``status`` (of `STATUSES`), what is known of each side, and ``change`` where both can be subtracted."""
    row = {"key": key, "a": _side(a) if in_a else None, "b": _side(b) if in_b else None, "change": None}
    if not in_b:
        return {**row, "status": "missing"}
    if not in_a:
        return {**row, "status": "unexpected"}
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return {**row, "status": "same" if _alike(a, b) else "changed"}
    if a.shape != b.shape:
        return {**row, "status": "shape"}
    if not (a.is_meta or b.is_meta):
        row["change"] = difference(a, b)
    if a.dtype != b.dtype:
        return {**row, "status": "dtype"}
    return {**row, "status": "changed" if row["change"] and row["change"]["count"] else "same"}


def difference(a: Tensor, b: Tensor) -> dict[str, Any]:
    """b − a of two tensors of one shape.

    Returns:
        ``count``: how many elements differ (two nan at one place do not); ``of``: how many there are; ``max`` and
        ``mean`` of the sizes of the finite differences; ``share``: the norm of the difference over the norm of a, None
        where a is zero; ``odd``: differences that are not finite; ``histogram`` of the differences; ``first``: the
        index of the first that differs, None where there is none.
    """
    one, other = _flat(a), _flat(b)
    count = odd = 0
    total = most = squares = own = 0.0
    low, high, first = math.inf, -math.inf, None
    for start in range(0, one.numel(), PIECE):
        x, y = _wide(one[start : start + PIECE]), _wide(other[start : start + PIECE])
        unequal = (x != y) & ~(x.isnan() & y.isnan())
        count += int(unequal.sum())
        if first is None and unequal.any():
            first = start + int(unequal.to(torch.uint8).argmax())
        delta = _real(y - x, unequal)
        finite = delta[delta.isfinite()]
        odd += delta.numel() - finite.numel()
        known = x[x.isfinite()]
        own += float(known.abs().square().sum())
        if finite.numel():
            total += float(finite.abs().sum())
            squares += float(finite.square().sum())
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
            most = max(most, float(finite.abs().max()))
    size = one.numel()
    return {
        "count": count,
        "of": size,
        "max": _told(most),
        "mean": _told(total / max(1, size - odd)),
        "share": _told(math.sqrt(squares / own)) if own > 0 else None,
        "odd": odd,
        "first": None if first is None else [int(i) for i in torch.unravel_index(torch.tensor(first), a.shape)],
        "histogram": _histogram(one, other, low, high) if count and high > low else None,
    }


def _histogram(one: Tensor, other: Tensor, low: float, high: float) -> dict[str, Any]:
    counts = torch.zeros(BINS, dtype=torch.float64)
    for start in range(0, one.numel(), PIECE):
        x, y = _wide(one[start : start + PIECE]), _wide(other[start : start + PIECE])
        delta = _real(y - x, (x != y) & ~(x.isnan() & y.isnan()))
        counts += torch.histc(delta[delta.isfinite()], BINS, low, high)
    return {"low": _told(low), "high": _told(high), "counts": [int(n) for n in counts.tolist()]}


def _flat(tensor: Tensor) -> Tensor:
    dense = tensor.detach()
    if dense.is_quantized:
        dense = dense.dequantize()
    if dense.layout is not torch.strided:
        dense = dense.to_dense()
    return dense.cpu().reshape(-1)


def _wide(piece: Tensor) -> Tensor:
    return piece.to(torch.complex128 if piece.is_complex() else torch.float64)


def _real(delta: Tensor, unequal: Tensor) -> Tensor:
    """Differences as real numbers; exactly 0 where the two are equal, infinities and nan included."""
    return torch.where(unequal, delta.abs() if delta.is_complex() else delta, 0.0)


def _told(value: float) -> float | str:
    return float(f"{value:.6g}") if math.isfinite(value) else str(value)


def _side(value: object) -> dict[str, Any]:
    if not isinstance(value, Tensor):
        return {"words": f"{kind(value)} {in_words(value)}"}
    told = value_of(value)
    if len(told.get("data", ())) > ROOM:
        # Statistics say more of many numbers, and a thousand such rows stay a small page.
        numbers = [n for n in told.pop("data") if isinstance(n, int | float)]
        low, high = min(numbers, default=0), max(numbers, default=0)
        if high > low:
            counts = torch.histc(torch.tensor(numbers, dtype=torch.float64), BINS, low, high)
            told["histogram"] = {"low": low, "high": high, "counts": [int(n) for n in counts.tolist()]}
    return told


def _alike(a: object, b: object) -> bool:
    try:
        return a is b or bool(a == b)
    except Exception:
        return False

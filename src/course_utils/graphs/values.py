"""A tensor as plain data: all of a small one, statistics of a large one.

A recording of a thousand operations may neither keep a thousand large tensors alive nor take longer than the operations
themselves. So a small tensor is copied in full, and of a large one a strided sample; a sample is shown as a few numbers and a
histogram, and says that it is one.
"""

from __future__ import annotations

import math
import threading
from copy import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor

# The largest tensor that is kept in full, and how many elements of a larger one are looked at.
WHOLE = 256
SAMPLE = 1024
BINS = 24
# Nobody needs the mean of so few numbers, and a graph has thousands of them.
READ_AT_A_GLANCE = 4

Value = dict[str, Any]


class Snapshot:
    """What is kept of a tensor at one moment: enough to describe it later, when there is time."""

    __slots__ = ("shape", "dtype", "flat", "count")

    def __init__(self, tensor: Tensor) -> None:
        self.shape, self.dtype = tensor.shape, tensor.dtype
        self.flat, self.count = _flat(tensor)

    def plus(self, other: Snapshot) -> Snapshot:
        """The sum of two snapshots of tensors of the same shape."""
        if self.flat is None or other.flat is None or self.flat.shape != other.flat.shape:
            return other
        made = copy(self)
        made.flat = self.flat + other.flat
        return made

    def value(self, whole: int = WHOLE, histogram: bool = True) -> Value:
        """The moment as the data format has it; more than ``whole`` elements become statistics, with a histogram or not."""
        described: Value = {"shape": list(self.shape), "dtype": str(self.dtype).removeprefix("torch."), "sampled": None}
        if self.flat is None:
            return described
        if self.count <= whole:
            described["data"] = [_plain(number) for number in self.flat.tolist()]
            if self.count <= READ_AT_A_GLANCE:
                return described
        if self.flat.numel() < self.count:
            described["sampled"] = self.flat.numel()
        with np.errstate(over="ignore", invalid="ignore"):
            statistics, bars = _reduced(self.flat, self.count, histogram and "data" not in described)
        described["stats"] = statistics
        if bars is not None:
            described["histogram"] = bars
        return described


def value_of(tensor: Tensor, whole: int = WHOLE, histogram: bool = True) -> Value:
    """``tensor`` as the data format has it (docs/graph-format.md, "Value").

    Args:
        tensor: any shape, dtype, device and layout; one without values (``device="meta"``) gives its shape only.
        whole: the most elements that are written out one by one.
        histogram: whether more than that are shown by a histogram as well as by statistics.
    """
    return Snapshot(tensor).value(whole, histogram)


def _flat(tensor: Tensor) -> tuple[Tensor | None, int]:
    """A copy of at most `SAMPLE` elements on the CPU in one dimension, and how many there are in all."""
    if tensor.is_meta:
        return None, 0
    try:
        dense = tensor.detach()
        if dense.layout is not torch.strided:
            dense = dense.to_dense()
        if dense.is_quantized:
            dense = dense.dequantize()
        count = dense.numel()
        step = max(1, -(-count // SAMPLE)) if count > WHOLE else 1
        if step == 1:
            flat = dense.reshape(-1)
        elif dense.is_contiguous():
            flat = dense.view(-1)[::step]
        else:
            places = torch.arange(0, count, step, device=dense.device)
            flat = dense[torch.unravel_index(places, dense.shape)]
        return _kept(flat.resolve_conj().resolve_neg().cpu()), count
    except (RuntimeError, NotImplementedError, TypeError):
        # A layout or a dtype that torch cannot copy out still has a shape to show.
        return None, 0


class _Room(threading.local):
    """The block of memory that copies are put into now."""

    block: Tensor | None = None
    used = 0


BLOCK_BYTES = 1 << 20
_ROOM = _Room()


def _kept(flat: Tensor) -> Tensor:
    """A copy in a block that many copies share.

    Thousands of small copies between the learner's large tensors would leave the memory full of holes that no large
    tensor fits into.
    """
    size = flat.numel() * flat.element_size()
    if not size or size > BLOCK_BYTES // 4:
        return flat.clone()
    start = -(-_ROOM.used // 16) * 16
    if _ROOM.block is None or start + size > BLOCK_BYTES:
        # A block made in inference mode could not be written to outside it.
        with torch.inference_mode(False):
            _ROOM.block, start = torch.empty(BLOCK_BYTES, dtype=torch.uint8), 0
    _ROOM.used = start + size
    return _ROOM.block[start : start + size].view(flat.dtype).copy_(flat)


def _plain(number: bool | int | float | complex) -> bool | int | float | str:
    """A number that JSON knows: six significant digits; nan, inf and complex ones as words."""
    if isinstance(number, bool | int):
        return number if abs(number) < 2**53 else str(number)
    if isinstance(number, complex):
        return f"{number.real:.6g}{number.imag:+.6g}j"
    return float(f"{number:.6g}") if math.isfinite(number) else str(number)


def _reduced(flat: Tensor, count: int, histogram: bool) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Statistics of the finite elements, with how many are not; and their histogram, if there are any."""
    # NumPy's bare ufuncs, because for so few numbers the calls around them cost most: a graph asks for thousands of these.
    # Squares need the range of float64.
    real = (flat.abs() if flat.is_complex() else flat).to(torch.float64).numpy()
    total = np.add.reduce(real)
    if math.isfinite(total):
        finite = real
    else:
        finite = real[np.isfinite(real)]
        total = np.add.reduce(finite)
    size = finite.size
    low, high = (float(np.minimum.reduce(finite)), float(np.maximum.reduce(finite))) if size else (math.nan, math.nan)
    mean = float(total) / size if size else math.nan
    around = finite - mean
    std = math.sqrt(np.dot(around, around) / size) if size else math.nan
    statistics = {
        "count": count,
        "min": _plain(low),
        "max": _plain(high),
        "mean": _plain(mean),
        "std": _plain(std),
        "zeros": int(real.size - np.count_nonzero(real)),
        "nan": 0 if size == real.size else int(np.isnan(real).sum()),
        "inf": 0 if size == real.size else int(np.isinf(real).sum()),
    }
    if not size or not histogram:
        return statistics, None
    return statistics, {"low": _plain(low), "high": _plain(high), "counts": _counts(finite, low, high)}


def _counts(finite: np.ndarray, low: float, high: float) -> list[int]:
    """How many elements lie in each of `BINS` bins of the same width from ``low`` to ``high``, both counted in."""
    # Halved, the whole range of floats has a width that is a float too.
    scale = 1.0 if math.isfinite(high - low) else 0.5
    width = high * scale - low * scale
    # So little may lie between low and high that floats have no room for the bins.
    if not width or not math.isfinite(BINS / width) or low * scale + width / BINS == low * scale:
        return [finite.size]
    bins = ((finite * scale - low * scale) * (BINS / width)).astype(np.intp)
    return np.bincount(np.minimum(bins, BINS - 1), minlength=BINS).tolist()

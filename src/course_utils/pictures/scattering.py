"""What a scatter or gather comes to, and the words for it: shared by the still pictures and the widgets."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor

SIGNS = {None: "=", "add": "+=", "sum": "+=", "multiply": "*=", "prod": "*="}


def carried_out(base: Tensor, dim: int, index: Tensor, src: Tensor | complex, reduce: str | None) -> Tensor:
    """What torch makes of the call; its deprecation warnings say nothing about the picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if reduce is None:
            return base.scatter(dim, index, src)
        if reduce in ("add", "multiply"):
            return base.scatter(dim, index, src, reduce=reduce)
        values = src if isinstance(src, Tensor) else torch.full(index.shape, src, dtype=base.dtype)
        return base.scatter_reduce(dim, index, values, reduce)


def hits_of(base: Tensor, dim: int, index: Tensor) -> Tensor:
    """How many elements are written to each cell of ``base``; int64, its shape."""
    count = torch.zeros(base.shape, dtype=torch.int64)
    return count.scatter_add(dim, index.long(), torch.ones(index.shape, dtype=torch.int64)) if index.numel() else count


def counted(number: int, thing: str) -> str:
    """``1 cell``, ``2 cells``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def letters_for(dims: int) -> list[str]:
    """The names of a place's coordinates: i, j, k …"""
    return list("ijklmnop"[:dims]) if dims <= 8 else [f"i{d}" for d in range(dims)]

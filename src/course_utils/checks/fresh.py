"""Fresh random inputs for tests, so that an answer written for one example fails on the next.

Draws come from a generator of their own: the learner's `torch.manual_seed` is left alone, and so is what they draw after.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import torch

_generator = torch.Generator()
_generator.manual_seed(int(os.environ.get("COURSE_FRESH_SEED") or int.from_bytes(os.urandom(7), "big")))


def integer(low: int, high: int) -> int:
    """A whole number from ``low`` up to and including ``high``."""
    return int(torch.randint(low, high + 1, (), generator=_generator))


def integers(low: int, high: int, *shape: int) -> torch.Tensor:
    """An int64 tensor of whole numbers from ``low`` up to and including ``high``."""
    return torch.randint(low, high + 1, shape, generator=_generator)


def floats(*shape: int, dtype: torch.dtype = torch.float32, requires_grad: bool = False) -> torch.Tensor:
    """Normally distributed numbers, rounded to two decimals so that a message can show them."""
    values = torch.randn(shape, generator=_generator, dtype=torch.float64).mul(2).mul(100).round().div(100)
    return values.to(dtype).requires_grad_(requires_grad)


def bools(*shape: int) -> torch.Tensor:
    """A bool tensor, about half of it True."""
    return torch.rand(shape, generator=_generator) < 0.5


def shape(dims: int, low: int = 1, high: int = 5) -> tuple[int, ...]:
    """A shape with ``dims`` sizes from ``low`` up to and including ``high``."""
    return tuple(integer(low, high) for _ in range(dims))


def permutation(n: int) -> torch.Tensor:
    """The numbers 0 … n-1 in random order, int64."""
    return torch.randperm(n, generator=_generator)


def layouts(values: torch.Tensor) -> Iterator[torch.Tensor]:
    """The same values in memory laid out differently: contiguous; transposed (2-D and up); every second of a larger one."""
    yield values.clone(memory_format=torch.contiguous_format)
    if values.dim() >= 2:
        yield values.transpose(0, -1).contiguous().transpose(0, -1)
    if values.dim() >= 1:
        larger = torch.zeros(*values.shape[:-1], values.shape[-1] * 2, dtype=values.dtype, device=values.device)
        larger[..., ::2] = values
        yield larger[..., ::2]

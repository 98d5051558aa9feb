"""What is remembered of a call's arguments, so that it can be said afterwards what the call did to them."""

from __future__ import annotations

import copy
from typing import Any

import torch

from course_utils.checks.diagnose import close_values


def share_memory(a: torch.Tensor, b: Any) -> bool:
    """Whether two tensors stand on the same storage."""
    if a is b:
        return True
    if not isinstance(b, torch.Tensor) or a.is_sparse or b.is_sparse or "meta" in (a.device.type, b.device.type):
        return False
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr() != 0


def is_simple(value: Any) -> bool:
    """Whether a second, independent copy of this argument is safe to make."""
    if isinstance(value, (list, tuple)):
        return all(is_simple(v) for v in value)
    if isinstance(value, dict):
        return all(is_simple(v) for v in value.values())
    if isinstance(value, torch.Tensor):
        return value.is_leaf
    return value is None or isinstance(value, (bool, int, float, complex, str, slice, torch.dtype, torch.device))


def remember(value: Any) -> Any:
    """A copy that keeps strides and requires_grad; what cannot be copied is kept as it is."""
    if isinstance(value, torch.Tensor):
        with torch.no_grad():
            kept = value.detach().clone(memory_format=torch.preserve_format)
            if (
                kept.layout is torch.strided
                and kept.stride() != value.stride()
                and not (value.is_conj() or value.is_neg())
            ):
                # clone closes the gaps of a slice; the second call should see the layout that the first one saw.
                whole = value.untyped_storage().clone()
                kept = value.new_empty(0).set_(whole, value.storage_offset(), value.shape, value.stride())
        return kept.requires_grad_(value.requires_grad) if value.is_leaf else kept
    if type(value) in (list, tuple):
        return type(value)(remember(v) for v in value)
    if type(value) is dict:
        return {k: remember(v) for k, v in value.items()}
    if type(value).__module__ == "numpy":
        return copy.deepcopy(value)
    return value


def unchanged(before: Any, now: Any) -> bool:
    if isinstance(before, torch.Tensor):
        if before.shape != now.shape or before.dtype != now.dtype:
            return False
        return now.device.type == "meta" or close_values(now, before, (0.0, 0.0))
    if isinstance(before, (list, tuple)) and type(before) is type(now):
        return len(before) == len(now) and all(unchanged(b, n) for b, n in zip(before, now, strict=True))
    if isinstance(before, dict) and isinstance(now, dict):
        return before.keys() == now.keys() and all(unchanged(before[k], now[k]) for k in before)
    if type(before).__module__ == "numpy":
        return bool((before == now).all()) if hasattr(before, "all") else before == now
    return True

"""Calls of torch in a learner's words: what they are called, and why autograd recorded nothing of one."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

# Of torch's attributes only these make a new tensor; reading .shape or .grad is no operation.
_OPERATING_ATTRIBUTES = {"T", "mT", "H", "mH", "real", "imag", "data"}
# Asking, showing and steering: nothing that belongs in a graph, although some return a tensor.
NOT_OPERATIONS = {
    *("requires_grad_", "retain_grad", "register_hook", "item", "tolist", "numpy", "backward"),
    *("repr", "str", "format", "len", "bool", "hash", "deepcopy", "reduce_ex", "contains", "array"),
}
# a += b is a call of __iadd__.
_IN_PLACE = {"iadd", "isub", "imul", "idiv", "itruediv", "ifloordiv", "ipow", "imod", "iand", "ior", "ixor", "imatmul"}


def name_of(func: Any) -> str | None:
    """What a learner calls it: ``mul`` for ``__mul__`` and ``add_`` for ``__iadd__``; None for what is no operation."""
    name = getattr(func, "__name__", "")
    if name == "__get__":
        name = getattr(getattr(func, "__self__", None), "__name__", "")
        return name if name in _OPERATING_ATTRIBUTES else None
    if name in ("__set__", "__delete__"):
        return None
    if name.startswith("__") and name.endswith("__"):
        name = name.strip("_")
        name = f"{name[1:]}_" if name in _IN_PLACE else name
    return name


def why_cut(name: str, result: Tensor) -> tuple[str, str]:
    """A word and a sentence for a result that has no history although its input had one."""
    if name in ("detach", "detach_"):
        return "detach", "detach() gives the same values without their history: no gradient passes here."
    if name == "data":
        return (
            "data",
            ".data gives the same values without their history, and without autograd's care for changes in place.",
        )
    if not (result.is_floating_point() or result.is_complex()):
        kind = str(result.dtype).removeprefix("torch.")
        return "integer", f"The result has dtype {kind}: it jumps from value to value, so it has no gradient."
    if torch.is_inference_mode_enabled():
        return "inference_mode", "torch.inference_mode() is on: autograd records nothing here."
    if not torch.is_grad_enabled():
        return "no_grad", "torch.no_grad() is on: autograd records nothing here."
    return "not_differentiable", f"{name} has no gradient: its result does not change smoothly with its input."

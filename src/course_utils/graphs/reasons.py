"""Why a tensor has no graph."""

from __future__ import annotations

import torch
from torch import Tensor


def reason_without_graph(tensor: Tensor) -> str:
    """Why a tensor has no ``grad_fn``, in a sentence."""
    if tensor.requires_grad:
        return "requires_grad is True, but it is a leaf: you made it yourself, and no operation led to it."
    if torch.is_inference(tensor):
        return "It was made under torch.inference_mode(), where torch records no operations."
    if not (tensor.is_floating_point() or tensor.is_complex()):
        name = str(tensor.dtype).removeprefix("torch.")
        return f"requires_grad is False: values of dtype {name} cannot have gradients, only float and complex ones."
    return (
        "requires_grad is False: nothing that it was made from asked for gradients, or it was made under "
        "torch.no_grad() or by .detach()."
    )

"""How large the gradients are, layer by layer: the first place to look when a network does not learn."""

from __future__ import annotations

import torch
from torch import nn

# A picture has room for so many rows; where there are more parameters, those of one module share a row.
ROWS = 16


class GradientNorms:
    """Reads the norm of ``.grad`` of a model's parameters, grouped so that the rows fit a picture.

    Attributes:
        names: what each row is: a parameter, or a module that stands for all parameters in it.
    """

    def __init__(self, model: nn.Module) -> None:
        named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        groups = _groups([name for name, _ in named])
        self.names = list(dict.fromkeys(groups))
        self._rows = [self.names.index(group) for group in groups]
        self._parameters = [p for _, p in named]
        self.elements = sum(p.numel() for p in self._parameters)

    def read(self) -> list[float] | None:
        """The norm of each row, 0 for one without gradients; None where no parameter has any."""
        rows, grads = [], []
        for row, parameter in zip(self._rows, self._parameters, strict=True):
            if parameter.grad is not None:
                rows.append(row)
                grads.append(parameter.grad.detach())
        if not grads:
            return None
        if any(grad.layout is not torch.strided for grad in grads):
            grads = [grad if grad.layout is torch.strided else grad.to_dense() for grad in grads]
        with torch.no_grad():
            by_device = torch._foreach_norm([g.float() if g.dtype in (torch.float16, torch.bfloat16) else g for g in grads])
            norms = torch.stack([norm.to("cpu", torch.float64) for norm in by_device]).tolist()
        squares = [0.0] * len(self.names)
        for row, norm in zip(rows, norms, strict=True):
            squares[row] += norm * norm
        return [square**0.5 for square in squares]


def _groups(names: list[str]) -> list[str]:
    """For each parameter the row that it belongs to: as fine as there is room for."""
    if len(names) <= ROWS:
        return names
    deepest = max(name.count(".") for name in names)
    for depth in range(deepest, 0, -1):
        groups = [".".join(name.split(".")[: min(depth, max(1, name.count(".")))]) for name in names]
        if len(set(groups)) <= ROWS:
            return groups
    kept = list(dict.fromkeys(groups))[: ROWS - 1]
    return [group if group in kept else "all others" for group in groups]

"""Random computations: leaves, constants, and operations on what there is so far.

A program is plain data, so that it can be run again, unwatched, and compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": lambda a: (a / 4).exp(),
    "sin": torch.sin,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "square": lambda a: a**2,
    "minus": lambda a: 1 - a,
    "half": lambda a: a / 2,
    "sum": torch.sum,
    "mean_of_columns": lambda a: a.mean(0) if a.dim() else a.clone(),
    "turned": lambda a: a.t() if a.dim() == 2 else a.view(-1, 1) if a.dim() == 1 else a.expand(3),
    "softmax": lambda a: a.softmax(-1) if a.dim() else a.sigmoid(),
    "first": lambda a: a[0] if a.dim() else a.abs(),
    "detached": lambda a: a.detach(),
    "largest": lambda a: a.max(0).values if a.dim() else a.neg(),
    "second_half": lambda a: a.split(2)[-1] if a.dim() else a.cos(),
    "in_place": lambda a: (a * 1).mul_(2).add_(1),
    "into_a_view": lambda a: _into_a_view(a),
    "twice_in_one": lambda a: a * a,
}
BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": lambda a, b: a / (b.abs() + 1),
    "maximum": torch.maximum,
    "where": lambda a, b: torch.where(a > b, a, b),
    "product": lambda a, b: a @ b,
    "outer_sum": lambda a, b: (a.reshape(-1, 1) + b.reshape(1, -1))[:3, :3],
    "cat": lambda a, b: torch.cat([a.reshape(-1), b.reshape(-1)])[:4],
}
SHAPES = ((), (3,), (1, 3), (3, 3), (3, 1))


def _into_a_view(a: Tensor) -> Tensor:
    whole = a * 1
    whole.view(-1)[0] = 2.0
    return whole


@dataclass(frozen=True)
class Program:
    """Shapes of the inputs, which of them ask for gradients, and operations: a name and the places of its inputs."""

    seed: int
    inputs: tuple[tuple[tuple[int, ...], bool], ...]
    operations: tuple[tuple[str, int, int], ...]

    def leaves(self) -> list[Tensor]:
        generator = torch.Generator().manual_seed(self.seed)
        made = [torch.randn(shape, generator=generator) for shape, _ in self.inputs]
        return [t.requires_grad_(asks) for t, (_, asks) in zip(made, self.inputs, strict=True)]

    def run(self, inputs: list[Tensor]) -> list[Tensor]:
        """Every operation's result, in order; operations whose shapes do not fit are passed over."""
        found = list(inputs)
        for name, i, j in self.operations:
            a, b = found[i % len(found)], found[j % len(found)]
            try:
                found.append(UNARY[name](a) if name in UNARY else BINARY[name](a, b))
            except (RuntimeError, IndexError):
                continue
        return found[len(inputs) :]


def programs() -> st.SearchStrategy[Program]:
    """Up to five inputs and twelve operations; what comes last is picked most, so that graphs grow deep."""
    places = st.integers(0, 400)
    return st.builds(
        Program,
        st.integers(0, 2**31),
        st.lists(st.tuples(st.sampled_from(SHAPES), st.booleans()), min_size=1, max_size=5).map(
            lambda rest: (((3,), True), *rest)
        ),
        st.lists(
            st.tuples(st.sampled_from([*UNARY, *BINARY]), places | st.just(-1), places | st.just(-1)),
            min_size=1,
            max_size=12,
        ).map(tuple),
    )

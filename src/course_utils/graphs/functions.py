"""Autograd's own graph, read: nodes by number, their edges, what they saved.

The nodes that ``grad_fn`` and ``next_functions`` give are autograd's, not copies. What is read from them here is plain:
numbers, names, tensors that they saved. Every walk has its own list, so a chain of fifty thousand operations is no
different from one of five.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

Function = Any  # torch's nodes have no common public class that all versions share

_VERSIONS = re.compile(r"is at version (\d+); expected version (\d+)")


def true_name(function: Function) -> str:
    """What torch calls it: ``MulBackward0``."""
    return str(function.name())


@lru_cache(maxsize=4096)
def friendly(name: str) -> str:
    """What a learner calls an operation: ``MulBackward0`` is mul, ``LogSoftmaxBackward0`` log_softmax."""
    bare = re.sub(r"(?<=.)Backward\d*$", "", name.rpartition("::")[2])
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", bare).lower()


def variable_of(function: Function) -> Tensor | None:
    """The leaf that an AccumulateGrad node collects for; None for every other node."""
    variable = getattr(function, "variable", None)
    return variable if isinstance(variable, Tensor) else None


def key_of(function: Function) -> tuple[str, int]:
    """A name for a node that outlives it: leaves by a number of ours, operations by autograd's running number.

    The number is taken anew for each operation of a thread, so it tells operations apart without keeping them alive.
    """
    variable = variable_of(function)
    return leaf_key(variable) if variable is not None else ("op", function._sequence_nr())


# Numbers, because the id of a leaf that is gone may belong to another leaf by now.
_LEAVES = WeakIdKeyDictionary()
_LEAF_NUMBERS = itertools.count()


def leaf_key(tensor: Tensor) -> tuple[str, int]:
    """The key of a leaf: the same as long as it lives, and no other leaf's ever."""
    number = _LEAVES.get(tensor)
    if number is None:
        number = _LEAVES[tensor] = next(_LEAF_NUMBERS)
    return "leaf", number


def is_custom(function: Function) -> bool:
    """Whether it is the node of a `torch.autograd.Function` written in Python."""
    return isinstance(function, torch.autograd.function.BackwardCFunction)


def walk(roots: Iterable[Function]) -> list[Function]:
    """Every node behind ``roots``, each once, results before what they were made from."""
    found: dict[Function, None] = {}
    waiting = [root for root in roots if root is not None]
    while waiting:
        function = waiting.pop()
        if function in found:
            continue
        found[function] = None
        waiting += [parent for parent, _ in reversed(function.next_functions) if parent is not None]
    return list(found)


def output_metadata(function: Function) -> list[Any]:
    """Shape, dtype and device of each result, where this version of torch keeps them."""
    try:
        return list(function._input_metadata)
    except (AttributeError, RuntimeError):
        return []


@dataclass(frozen=True)
class SavedTensor:
    """A tensor that an operation kept for its backward.

    Attributes:
        name: torch's name for it: self, other, result, mat1 …
        tensor: None if it cannot be read any more.
        freed: a backward pass has freed it.
        version_saved: how often it had been changed in place when it was saved.
        version_now: how often it has been by now; where the two differ backward refuses.
    """

    name: str
    tensor: Tensor | None
    freed: bool = False
    version_saved: int | None = None
    version_now: int | None = None

    @property
    def broken(self) -> bool:
        return self.version_saved is not None and self.version_saved != self.version_now


@cache
def _saved_names(kind: type) -> tuple[str, ...]:
    return tuple(name for name in dir(kind) if name.startswith("_saved_"))


def saved_by(function: Function) -> Iterator[SavedTensor]:
    """The tensors that a node saved, in the order of their names."""
    if is_custom(function):
        yield from _saved_by_custom(function)
        return
    for name in _saved_names(type(function)):
        short = name.removeprefix("_saved_")
        try:
            kept = getattr(function, name)
        except RuntimeError as error:
            yield _unreadable(short, str(error))
            continue
        for i, tensor in enumerate(kept if isinstance(kept, tuple | list) else [kept]):
            if isinstance(tensor, Tensor):
                label = f"{short}[{i}]" if isinstance(kept, tuple | list) else short
                yield SavedTensor(label, tensor, False, tensor._version, tensor._version)


def _saved_by_custom(function: Function) -> Iterator[SavedTensor]:
    try:
        kept = function.saved_tensors
    except RuntimeError as error:
        yield _unreadable("saved_tensors", str(error))
        return
    for i, tensor in enumerate(kept):
        if isinstance(tensor, Tensor):
            yield SavedTensor(f"saved_tensors[{i}]", tensor, False, tensor._version, tensor._version)


def _unreadable(name: str, reason: str) -> SavedTensor:
    versions = _VERSIONS.search(reason)
    if versions:
        return SavedTensor(name, None, False, int(versions[2]), int(versions[1]))
    return SavedTensor(name, None, freed=True)


def saved_scalar(function: Function, name: str) -> Any:
    """Something else that a node saved: an exponent, a dim; None where there is no such thing."""
    try:
        return getattr(function, f"_saved_{name}", None)
    except RuntimeError:
        return None

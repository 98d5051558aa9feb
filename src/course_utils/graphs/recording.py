"""What a recording holds: operations, tensors and what happened, as plain data and weak references.

Nodes have keys that outlive them (`functions.key_of`), so nothing here keeps a tensor or a graph alive.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from course_utils.graphs.functions import Function, is_custom, key_of, leaf_key, true_name
from course_utils.graphs.gradients import Key, Pass
from course_utils.graphs.modules import Call, Paths
from course_utils.graphs.names import Named, inside
from course_utils.graphs.source_lines import Line
from course_utils.graphs.values import Snapshot

# A tensor that came into an operation: its node, which of the node's results, and whether it can have a gradient.
Arrival = tuple[Key, int, bool]


# Where an autograd node keeps the recording that it is part of.
RECORDING = "course_utils.graphs"
# One row of numbers for all recordings, because one inside another becomes part of it.
_HELD_NUMBERS = itertools.count()


@dataclass
class Input:
    """One tensor that went into an operation: where it came from, and which of autograd's input places it took."""

    key: Key
    output: int = 0
    place: int = -1


@dataclass
class Operation:
    """One operation that ran: an autograd node, or something that autograd did not record.

    ``values`` has its results by output number; ``cut`` says why autograd did not record it; ``packed`` that hooks of
    the learner's hold what it saved, so that looking at it would run them.
    """

    key: Key
    name: str
    values: dict[int, Snapshot]
    inputs: list[Input]
    line: Line | None = None
    call: Call | None = None
    cut: tuple[str, str] | None = None
    in_place: bool = False
    layer: int = 0
    version: int | None = None
    result: weakref.ref[Tensor] | None = None
    packed: bool = False


@dataclass
class Held:
    """A tensor that needs no gradient, at one version: a constant, or a result that autograd did not record."""

    key: Key
    tensor: weakref.ref[Tensor]
    version: int
    value: Snapshot


@dataclass
class Note:
    """Something that happened between operations; ``say`` makes its sentence when the names are known."""

    what: str
    keys: list[Key]
    say: Callable[[Callable[[Key], str]], str]


@dataclass
class Leaf:
    """A leaf that asks for a gradient, with its values when it was last used and its .grad when it was last looked at."""

    tensor: weakref.ref[Tensor]
    value: Snapshot
    call: Call | None = None
    grad: Snapshot | None = None


class Recording:
    """Everything that was seen.

    ``events`` are operations (by key), passes and notes in the order in which they happened; ``calls`` the calls of modules,
    ``functions`` those of custom functions; ``names`` and ``labels`` what the caller calls nodes and calls.
    """

    def __init__(self) -> None:
        self.events: list[Key | Pass | Note] = []
        self.operations: dict[Key, Operation] = {}
        self.held: dict[Key, Held] = {}
        self.leaves: dict[Key, Leaf] = {}
        self.functions: list[Call] = []
        self.names: list[tuple[str, Key, weakref.ref[Tensor]]] = []
        self.labels: dict[int, str] = {}
        self.calls: list[Call] = []
        self.error: str | None = None
        self.outer: Recording | None = None
        self._held_by_id: dict[int, Key] = {}

    def key_in_recording(self, tensor: Tensor) -> Key:
        """The node of a tensor as it is now, whether it was recorded or not."""
        if tensor.grad_fn is not None:
            return key_of(tensor.grad_fn)
        if not tensor.requires_grad:
            held = self._held_by_id.get(id(tensor))
            if held is not None and self.held[held].tensor() is tensor:
                return held
        return leaf_key(tensor)

    def learn_names(self, named: Named, modules: list[tuple[str, nn.Module]]) -> None:
        """Remember what the caller calls the nodes: soon their variables may hold something else."""
        every = named + inside(modules)
        known = {*self.operations, *self.held, *self.leaves}
        self.names = [(name, key, weakref.ref(t)) for name, t in every if (key := self.key_in_recording(t)) in known]
        taken = {key for _, key, _ in self.names}
        for name, tensor in every:
            grad = tensor.grad if tensor.is_leaf else None
            if grad is not None and (key := self.key_in_recording(grad)) in known - taken:
                self.names.append((f"{name}.grad", key, weakref.ref(grad)))
        paths = Paths(modules)
        self.labels = {id(call): paths.of(call) for call in self.calls}

    def absorb(self, inner: Recording) -> None:
        """Take over what a recording inside this one recorded in its place."""
        for mine, theirs in ((self.operations, inner.operations), (self.held, inner.held), (self.leaves, inner.leaves)):
            for key, item in theirs.items():
                mine.setdefault(key, item)
        self._held_by_id.update(inner._held_by_id)
        self.events += inner.events
        self.functions += inner.functions
        self.calls += inner.calls

    def key_of_tensor(self, tensor: Tensor) -> tuple[Key, int]:
        """The node that a tensor stands for, met for the first time or not."""
        function = tensor.grad_fn
        if function is not None:
            key = key_of(function)
            if key not in self.operations:
                self._met(function, key, tensor)
            return key, tensor.output_nr
        if tensor.requires_grad:
            key = leaf_key(tensor)
            known = self.leaves.get(key)
            if known is None or known.tensor() is not tensor:
                self.leaves[key] = Leaf(
                    weakref.ref(tensor),
                    Snapshot(tensor),
                    grad=None if tensor.grad is None else Snapshot(tensor.grad),
                )
            return key, 0
        return self._held(tensor).key, 0

    def _met(self, function: Function, key: Key, tensor: Tensor) -> None:
        """A result that no recorded call made: it is older than the tape, or a custom function's."""
        made = Operation(key, true_name(function), {tensor.output_nr: Snapshot(tensor)}, placed(function, []))
        made.version, made.result = tensor._version, weakref.ref(tensor)
        self.operations[key] = made
        if is_custom(function):
            function.metadata[RECORDING] = self
            made.call = next((c for c in reversed(self.functions) if f"{c.type}Backward" == made.name), None)
            made.line = made.call.line if made.call is not None else None
            self.events.append(key)

    def _held(self, tensor: Tensor) -> Held:
        known = self.held.get(self._held_by_id.get(id(tensor), ("", 0)))
        if known is not None and known.tensor() is tensor and known.version == version_of(tensor):
            return known
        key = ("held", next(_HELD_NUMBERS))
        self.held[key] = Held(key, weakref.ref(tensor), version_of(tensor), Snapshot(tensor))
        self._held_by_id[id(tensor)] = key
        return self.held[key]


def version_of(tensor: Tensor) -> int:
    """How often a tensor was changed in place."""
    # Inference tensors do not count their versions.
    return -1 if tensor.is_inference() else tensor._version


def placed(function: Function, inputs: list[tuple[Key, int, bool]]) -> list[Input]:
    """Each input with the place that autograd gave it; the places that no input explains are added from the node."""
    free = [
        (place, None if parent is None else (key_of(parent), number))
        for place, (parent, number) in enumerate(function.next_functions)
    ]
    placed = []
    for key, number, differentiable in inputs:
        tracked = key[0] != "held"
        match = (
            next((item for item in free if item[1] == (key, number if key[0] == "op" else 0)), None)
            if tracked
            else next((item for item in free if item[1] is None), None)
            if differentiable
            else None
        )
        if match is not None:
            free.remove(match)
        placed.append(Input(key, number, match[0] if match else -1))
    placed += [Input(edge[0], edge[1], place) for place, edge in free if edge is not None]
    return placed

"""Which nodes a graph has, in which order, and what they are called.

Every node has a key: autograd's running number, or a number of ours for a leaf or a held tensor. What is known of a key comes from
the tape where there is one, and from autograd's own graph where that is still alive; here the two are joined.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from torch import Tensor

from course_utils.graphs import functions as fn
from course_utils.graphs.gradients import Key
from course_utils.graphs.modules import Paths
from course_utils.graphs.names import Named, inside
from course_utils.graphs.recording import Input, Operation, Recording
from course_utils.graphs.values import WHOLE

# In a graph of at most so many nodes, tensors of at most so many elements are written out, and larger ones have a histogram
# or not; larger graphs must stay small enough to send to a browser.
DETAIL = ((150, WHOLE, True), (600, 64, True), (2000, 12, True), (math.inf, 4, False))
BRIEF = "The graph is large, so tensors of more than a few elements are shown by their range and mean alone."


class Selection:
    """The nodes of one graph.

    Attributes:
        tape: what was recorded; an empty one if nothing was.
        plain: nothing was recorded.
        tensor: the output that was asked for; None for everything.
        outputs: the outputs that are at hand.
        functions: autograd's node for each key, where it is still alive.
        inputs: what each node was made from.
        second: the nodes that `create_graph` made.
        keys: all nodes, inputs before results; ``ids`` names them for the data.
        named, tensors: the names of each node, and the tensor that it is, where known.
        detail: how many elements of a tensor are written out, and whether larger ones have a histogram.
        notes: sentences for the reader, collected on the way.
    """

    def __init__(self, tape: Recording | None, tensor: Tensor | None, names: Named | None, modules: list[Any]) -> None:
        self.tape = tape or Recording()
        self.plain = tape is None
        self.tensor = tensor
        self.paths = Paths(modules)
        self.notes: list[str] = []
        self.functions: dict[Key, Any] = {}
        self.outputs: list[Tensor] = [tensor] if tensor is not None else self._last_results()
        for function in fn.walk(t.grad_fn for t in [*self.outputs, *self._alive()]):
            self.functions.setdefault(fn.key_of(function), function)
        self.second = self._grown_by_create_graph()
        self.inputs = self._inputs()
        self.keys = self._ordered(self._wanted())
        self.ids = {key: f"n{i}" for i, key in enumerate(self.keys)}
        self.detail = next((whole, histogram) for nodes, whole, histogram in DETAIL if len(self.keys) <= nodes)
        if not self.detail[1]:
            self.notes.append(BRIEF)
        self.known = None if names is None else names + inside(modules)
        self.named, self.tensors = self._names()

    def _alive(self) -> list[Tensor]:
        """Recorded results that are still at hand."""
        found = [op.result() for op in self.tape.operations.values() if op.result is not None and op.key[0] == "op"]
        return [t for t in found if t is not None and t.grad_fn is not None]

    @cached_property
    def ends(self) -> set[Key]:
        """What was asked for: the tensor, or every result that nothing recorded was made from."""
        if self.tensor is not None:
            return {self.tape.key_in_recording(self.tensor)}
        used = {item.key for op in self.tape.operations.values() if op.key[0] == "op" for item in op.inputs}
        return {key for key in self.tape.operations if key[0] == "op" and key not in used}

    def _last_results(self) -> list[Tensor]:
        return [t for t in self._alive() if fn.key_of(t.grad_fn) in self.ends]

    def _grown_by_create_graph(self) -> set[Key]:
        """The nodes that only the gradients of leaves lead to."""
        leaves = [fn.variable_of(f) for f in self.functions.values()]
        roots = [leaf.grad.grad_fn for leaf in leaves if leaf is not None and leaf.grad is not None]
        found = {fn.key_of(f): f for f in fn.walk(roots)}
        new = {key for key in found if key not in self.functions}
        self.functions.update(found)
        return new | {key for key, op in self.tape.operations.items() if op.layer}

    def _inputs(self) -> dict[Key, list[Input]]:
        """What each node was made from: as recorded, and else as autograd has it."""
        found = {key: list(op.inputs) for key, op in self.tape.operations.items()}
        for key, function in self.functions.items():
            if key not in found:
                edges = enumerate(function.next_functions)
                found[key] = [
                    Input(fn.key_of(parent), number, place) for place, (parent, number) in edges if parent is not None
                ]
        return found

    def _wanted(self) -> set[Key]:
        if self.tensor is None:
            return {*self.inputs, *(item.key for items in self.inputs.values() for item in items)}
        wanted = self._behind([self.tape.key_in_recording(self.tensor), *self.second])
        # What was cut off from these nodes is part of their story.
        beside = [key for key, op in self.tape.operations.items() if op.cut and any(i.key in wanted for i in op.inputs)]
        inner = [key for key, op in self.tape.operations.items() if self._inside_custom(op, wanted)]
        return self._behind([*wanted, *beside, *inner])

    def _inside_custom(self, op: Operation, wanted: set[Key]) -> bool:
        if op.call is None or op.call.kind != "function" or op.key in wanted:
            return False
        return any(other.call is op.call for key in wanted if (other := self.tape.operations.get(key)) is not None)

    def _behind(self, start: Iterable[Key]) -> set[Key]:
        found: set[Key] = set()
        waiting = list(start)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting += [item.key for item in self.inputs.get(key, [])]
        return found

    def _ordered(self, wanted: set[Key]) -> list[Key]:
        """Operations as they ran, each after the tensors that it took."""
        happened = {key: i for i, key in enumerate(k for k in self.tape.events if isinstance(k, tuple))}
        operations = [key for key in wanted if key in self.inputs and key[0] != "leaf"]
        # Older than the tape, or read from grad_fn: autograd's numbers are their order.
        operations.sort(key=lambda key: (key in happened, happened.get(key, 0), key))
        order: dict[Key, None] = {}
        for key in operations:
            for item in self.inputs[key]:
                if item.key not in self.inputs or item.key[0] == "leaf":
                    order.setdefault(item.key)
            order.setdefault(key)
        for key in sorted(wanted - set(order)):
            order.setdefault(key)
        return list(order)

    def _names(self) -> tuple[dict[Key, list[str]], dict[Key, Tensor]]:
        """The names of each node, and the tensor that it is where that is at hand."""
        named: dict[Key, list[str]] = {}
        tensors: dict[Key, Tensor] = {}
        for name, key, tensor in self._known():
            if key not in self.ids:
                continue
            named.setdefault(key, [])
            if name not in named[key]:
                named[key].append(name)
            if tensor is not None and (key not in tensors or tensor.output_nr < tensors[key].output_nr):
                tensors[key] = tensor
        if self.tensor is not None:
            tensors.setdefault(self.tape.key_in_recording(self.tensor), self.tensor)
        return named, tensors

    def _known(self) -> Iterator[tuple[str, Key, Tensor | None]]:
        if self.known is None:
            yield from ((name, key, reference()) for name, key, reference in self.tape.names)
            return
        for name, tensor in self.known:
            yield name, self.tape.key_in_recording(tensor), tensor
        for name, tensor in self.known:
            if tensor.is_leaf and tensor.grad is not None:
                yield f"{name}.grad", self.tape.key_in_recording(tensor.grad), tensor.grad

    def name(self, key: Key) -> str:
        """What a sentence calls a node."""
        if self.named.get(key):
            return ", ".join(self.named[key][:2])
        if key[0] == "op" or key in self.tape.operations:
            return f"the result of {self.op(key)}"
        return "a leaf" if key[0] == "leaf" else "a constant"

    def op(self, key: Key) -> str:
        recorded = self.tape.operations.get(key)
        true = self.true_name(key)
        short = fn.friendly(true) if true and key[0] == "op" else (recorded.name if recorded else "operation")
        in_place = recorded is not None and recorded.in_place and key[0] == "op" and short != "copy_slices"
        return f"{short}_" if in_place else short

    def true_name(self, key: Key) -> str | None:
        if key in self.functions:
            return fn.true_name(self.functions[key])
        recorded = self.tape.operations.get(key)
        return recorded.name if recorded is not None and key[0] == "op" else None

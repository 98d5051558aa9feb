"""Listening to torch while a learner's code runs.

Two of torch's own modes listen. A function mode sees the calls as the learner wrote them and knows the line; a dispatch
mode sees the operations that each call was made of, and after the call each of their results knows the autograd node
that it came from. Nothing of the computation is changed.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from course_utils.graphs.calls import NOT_OPERATIONS, name_of, why_cut
from course_utils.graphs.changes import change, changed_in_place, few, has_none, was_cleared
from course_utils.graphs.functions import Function, key_of, leaf_key, true_name
from course_utils.graphs.gradients import Key, Pass, Visit, watched
from course_utils.graphs.modules import Call, ModuleStack
from course_utils.graphs.recording import (
    RECORDING,
    Arrival,
    Input,
    Leaf,
    Note,
    Operation,
    Recording,
    placed,
    version_of,
)
from course_utils.graphs.source_lines import Line, in_custom_function, in_optimizer, line_of, user_frame
from course_utils.graphs.values import Snapshot

MOST_PARAMETERS_IN_A_NOTE = 3


@dataclass
class _Made:
    """What all operations of one call share, and which they are."""

    line: Line | None
    call: Call | None
    in_place: bool
    keys: list[Key] = field(default_factory=list)


class _Operations(TorchDispatchMode):
    """The operations inside one call. A result gets its autograd node only after the operation has returned, so each
    is handed to ``settle`` when the next one begins, or at the end."""

    def __init__(
        self, tape: Recording, settle: Callable[[Tensor, list[Arrival]], None], constants: bool = True
    ) -> None:
        super().__init__()
        self._tape, self._settle, self._constants = tape, settle, constants
        self._waiting: list[tuple[list[Tensor], list[Arrival]]] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Shielding this mode from torch.compile would import the compiler: more than a second at the first recording.
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        self.settle()
        inputs = [
            (*self._tape.key_of_tensor(t), t.is_floating_point() or t.is_complex())
            for t in tree_iter((args, kwargs))
            if isinstance(t, Tensor) and (self._constants or t.requires_grad)
        ]
        out = func(*args, **kwargs)
        self._waiting.append(([t for t in tree_iter(out) if isinstance(t, Tensor)], inputs))
        return out

    def settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        for results, inputs in waiting:
            for result in results:
                if result.grad_fn is not None:
                    self._settle(result, inputs)


# Who listens in each thread: the innermost recording.
_LISTENING: dict[int, Listener] = {}


class Listener(TorchFunctionMode):
    """Turns what torch calls into the tape's events."""

    def __init__(self, tape: Recording, code: Any = None) -> None:
        super().__init__()
        self._tape = tape
        self._code = code
        self.frame: FrameType | None = None
        self._modules = ModuleStack(tape.calls)
        self._functions: dict[int, Call] = {}
        self._frames: list[Any] = []
        self._quiet = self._paused = False
        self._outer: Listener | None = None
        self._thread = threading.get_ident()
        self._undo: list[Callable[[], None]] = []
        self._before_step: dict[Key, tuple[Tensor, Snapshot]] = {}
        # The leaves that had a gradient at the last look.
        self._graded: list[tuple[Key, Leaf]] = []

    def begin(self) -> None:
        self._outer = _LISTENING.get(self._thread)
        if self._outer is not None:
            # Two listeners would hear each other at work; the outer one gets what this one hears when it ends.
            self._outer._paused = True
        _LISTENING[self._thread] = self
        _patch()
        self._modules.begin()
        self._undo = [
            register_optimizer_step_pre_hook(self._optimizer_begins).remove,
            register_optimizer_step_post_hook(self._optimizer_ended).remove,
        ]
        self.__enter__()

    def end(self) -> None:
        try:
            self.__exit__(None, None, None)
            # Now: after the handing over, an outer recording would hear this look, and would not get its note.
            self._look_for_cleared()
        finally:
            for undo in self._undo:
                undo()
            self._modules.end()
            self._frames.clear()
            _unpatch()
            self._hand_over()

    @property
    def _listens(self) -> bool:
        return not self._paused and threading.get_ident() == self._thread

    def _hand_over(self) -> None:
        if self._outer is None:
            _LISTENING.pop(self._thread, None)
            return
        _LISTENING[self._thread] = self._outer
        self._outer._paused = False
        self._outer._tape.absorb(self._tape)
        self._tape.outer = self._outer._tape

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = name_of(func)
        if self._quiet or self._paused or name is None or threading.get_ident() != self._thread:
            return func(*args, **kwargs)
        if name == "retain_grad" and args[0].grad_fn is not None:
            self._retains(args[0])
        if name in NOT_OPERATIONS or in_optimizer(sys._getframe(1)):
            return func(*args, **kwargs)
        self._look_for_cleared()
        before = [
            (t, version_of(t), *self._tape.key_of_tensor(t)) for t in tree_iter((args, kwargs)) if isinstance(t, Tensor)
        ]
        frame = user_frame(sys._getframe(1))
        if self.frame is None and frame is not None and frame.f_code is self._code:
            self.frame = frame
        made = _Made(line_of(frame), self._call_around(frame), name.endswith("_") or name == "setitem")
        settle = functools.partial(self._operation, made)
        with _Operations(self._tape, settle) as operations:
            out = func(*args, **kwargs)
        operations.settle()
        results = [t for t in tree_iter(out) if isinstance(t, Tensor)]
        # Writing into a view gives the whole tensor a node of its own, which no operation returned.
        inputs = [(key, number, True) for _, _, key, number in before]
        for tensor in [t for t, *_ in before] + results:
            if tensor.grad_fn is not None:
                settle(tensor, inputs)
        if not made.keys:
            self._untracked(name, before, results, made)
        return out

    def _operation(self, made: _Made, result: Tensor, inputs: list[Arrival]) -> None:
        function = result.grad_fn
        key = key_of(function)
        known = self._tape.operations.get(key)
        if known is not None:
            known.values.setdefault(result.output_nr, Snapshot(result))
            return
        # The recording lives as long as anything that it recorded.
        function.metadata[RECORDING] = self._tape
        taken = placed(function, [i for i in inputs if i[0] != key])
        self._tape.operations[key] = Operation(
            key,
            true_name(function),
            {result.output_nr: Snapshot(result)},
            taken,
            made.line,
            made.call,
            in_place=made.in_place,
            version=result._version,
            result=weakref.ref(result),
            packed=_packs(),
        )
        made.keys.append(key)
        self._tape.events.append(key)
        if made.in_place:
            self._tape.events.append(changed_in_place(key, result._version))
        for item in taken:
            leaf = self._tape.leaves.get(item.key)
            if leaf is not None and leaf.call is None:
                leaf.call = made.call

    def _call_around(self, frame: Any) -> Call | None:
        if torch.is_grad_enabled():
            return self._modules.innermost
        applied = in_custom_function(frame)
        if applied is None:
            return self._modules.innermost
        if id(applied) not in self._functions:
            cls = applied.f_locals.get("cls")
            line = line_of(user_frame(applied.f_back))
            call = Call("function", getattr(cls, "__name__", "Function"), self._modules.innermost, line=line)
            self._functions[id(applied)] = call
            self._tape.functions.append(call)
            # Held, so that no later frame can have the same id.
            self._frames.append(applied)
        return self._functions[id(applied)]

    def _untracked(self, name: str, before: list[Any], results: list[Tensor], made: _Made) -> None:
        tape = self._tape
        for tensor, version, key, _ in before:
            if key[0] == "leaf" and version_of(tensor) != version:
                self._leaf_changed(key, tensor, name)
        as_before = {id(tensor) for tensor, version, *_ in before if version == version_of(tensor)}
        fresh = [t for t in results if id(t) not in as_before and not t.requires_grad]
        # What is written into a view is written into the tensor that it is a view of.
        fresh += [
            base
            for t, *_ in before
            if id(t) not in as_before and (base := t._base) is not None and not base.requires_grad
        ]
        if name == "setitem":
            fresh += [before[0][0]] if before and not before[0][0].requires_grad else []
        if not before or not fresh:
            return
        key = tape.key_of_tensor(fresh[0])[0]
        if key in tape.operations:
            return
        inside = made.call is not None and made.call.kind == "function"
        cut = why_cut(name, fresh[0]) if not inside and any(t.requires_grad for t, *_ in before) else None
        tape.operations[key] = Operation(
            key,
            name,
            {i: Snapshot(t) for i, t in enumerate(fresh)},
            [Input(key, number) for _, _, key, number in before],
            made.line,
            made.call,
            cut,
            made.in_place,
            version=version_of(fresh[0]),
            result=weakref.ref(fresh[0]),
        )
        tape.events.append(key)

    def _retains(self, tensor: Tensor) -> None:
        key, _ = self._tape.key_of_tensor(tensor)
        text = "retain_grad() asks {}, which is no leaf, to keep its gradient too."
        self._tape.events.append(Note("retain_grad", [key], lambda name: text.format(name(key))))

    def _leaf_changed(self, key: Key, tensor: Tensor, name: str) -> None:
        leaf = self._tape.leaves[key]
        was, leaf.value = leaf.value, Snapshot(tensor)
        now = leaf.value
        self._tape.events.append(
            Note("in_place", [key], lambda say: f"{name} changed {say(key)} in place, unrecorded: {change(was, now)}.")
        )

    # Gradients -------------------------------------------------------------------------------------------------------

    def _watch(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """`torch.autograd.backward` or `torch.autograd.grad`, seen."""
        if self._quiet or self._paused or threading.get_ident() != self._thread:
            return original(*args, **kwargs)
        asked = inspect.signature(original).bind(*args, **kwargs).arguments
        self._quiet = True
        try:
            return self._watched_pass(original, asked, args, kwargs)
        finally:
            self._quiet = False

    def _watched_pass(self, original: Callable[..., Any], asked: dict[str, Any], args: Any, kwargs: Any) -> Any:
        self._look_for_cleared()
        outputs = asked.get("tensors", asked.get("outputs"))
        tensors = [outputs] if isinstance(outputs, Tensor) else list(outputs)
        asking = [t for t in tensors if isinstance(t, Tensor) and t.requires_grad]
        for tensor in asking:
            # The result of a custom function is met here if nothing else was made from it.
            self._tape.key_of_tensor(tensor)
        roots = [_root(t) for t in asking]
        made = Pass()
        self._tape.events.append(made)
        known = set(self._tape.operations)
        try:
            packed = {key for key, operation in self._tape.operations.items() if operation.packed}
            with watched(roots, made, packed):
                if asked.get("create_graph"):
                    grown = _Made(None, None, False)
                    # Inside a pass torch fills tensors after it made them: what they hold before is nobody's constant.
                    with _Operations(self._tape, functools.partial(self._operation, grown), False) as operations:
                        out = original(*args, **kwargs)
                    operations.settle()
                    self._second_graph(grown, known)
                else:
                    out = original(*args, **kwargs)
        except RuntimeError as error:
            made.error = self._tape.error = str(error)
            raise
        finally:
            self._remember_gradients()
        if "outputs" in asked:
            made.visits += self._returned(asked["inputs"], out)
        keep = asked.get("retain_graph")
        keep = asked.get("create_graph", False) if keep is None else keep
        if not keep:
            made.freed = True
        return out

    def _returned(self, inputs: Any, gradients: Any) -> list[Visit]:
        """What `torch.autograd.grad` hands out instead of adding it to the .grad of leaves."""
        asked = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        pairs = [(t, g) for t, g in zip(asked, gradients, strict=False) if isinstance(t, Tensor) and g is not None]
        return [Visit(self._tape.key_of_tensor(t)[0], [Snapshot(g)]) for t, g in pairs if t.is_leaf]

    def _second_graph(self, made: _Made, known: set[Key]) -> None:
        for key in set(self._tape.operations) - known:
            self._tape.operations[key].layer = 1
        text = "create_graph=True: the backward pass was recorded too, so its gradients can be differentiated again."
        self._tape.events.append(Note("create_graph", list(made.keys), lambda name: text))

    def _remember_gradients(self) -> None:
        for leaf in self._tape.leaves.values():
            tensor = leaf.tensor()
            leaf.grad = Snapshot(tensor.grad) if tensor is not None and tensor.grad is not None else None
        self._graded = [(key, leaf) for key, leaf in self._tape.leaves.items() if leaf.grad is not None]

    def _look_for_cleared(self) -> None:
        """Notice .grad that was set to None, or to zero, since the last look."""
        if not self._graded or not (was_cleared(self._graded[0][1]) or any(map(has_none, self._graded))):
            return
        cleared = []
        for key, leaf in self._graded:
            if was_cleared(leaf):
                leaf.grad = None
                cleared.append(key)
        self._graded = [item for item in self._graded if item[1].grad is not None]
        zero = any((t := self._tape.leaves[key].tensor()) is not None and t.grad is not None for key in cleared)
        state = "zeros" if zero else "None"
        self._tape.events.append(
            Note(
                "zero_grad",
                cleared,
                lambda name: f"The gradients were cleared: .grad of {few(cleared, name)} is {state} again.",
            )
        )

    def _optimizer_begins(self, optimizer: Any, _args: Any, _kwargs: Any) -> None:
        if self._listens:
            with torch._C.DisableTorchFunction():
                self._before_step = {
                    leaf_key(p): (p, Snapshot(p)) for group in optimizer.param_groups for p in group["params"]
                }

    def _optimizer_ended(self, optimizer: Any, _args: Any, _kwargs: Any) -> None:
        if not self._listens:
            return
        changes = []
        with torch._C.DisableTorchFunction():
            for key, (tensor, was) in self._before_step.items():
                leaf = self._tape.leaves.get(key)
                if leaf is not None:
                    leaf.value = Snapshot(tensor)
                    changes.append((key, was, leaf.value))
        self._before_step = {}
        kind = type(optimizer).__name__

        def say(name: Callable[[Key], str]) -> str:
            shown = "; ".join(
                f"{name(key)} {change(was, now)}" for key, was, now in changes[:MOST_PARAMETERS_IN_A_NOTE]
            )
            more = (
                f"; and {len(changes) - MOST_PARAMETERS_IN_A_NOTE} more"
                if len(changes) > MOST_PARAMETERS_IN_A_NOTE
                else ""
            )
            return f"{kind}.step() moved the parameters: {shown}{more}."

        self._tape.events.append(Note("optimizer", [key for key, _, _ in changes], say))


# torch's own backward and grad while somebody listens, in whichever thread; and how many do.
_ORIGINALS = {"backward": torch.autograd.backward, "grad": torch.autograd.grad}
_PATCHED = [0]
_LOCK = threading.Lock()


def _patch() -> None:
    with _LOCK:
        _PATCHED[0] += 1
        for name, original in _ORIGINALS.items():
            setattr(torch.autograd, name, _watched_by_whoever_listens(original))


def _unpatch() -> None:
    with _LOCK:
        _PATCHED[0] -= 1
        if not _PATCHED[0]:
            for name, original in _ORIGINALS.items():
                setattr(torch.autograd, name, original)


@functools.cache
def _watched_by_whoever_listens(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def instead(*args: Any, **kwargs: Any) -> Any:
        listener = _LISTENING.get(threading.get_ident())
        return original(*args, **kwargs) if listener is None else listener._watch(original, *args, **kwargs)

    return instead


def _root(tensor: Tensor) -> Function:
    return tensor.grad_fn if tensor.grad_fn is not None else torch.autograd.graph.get_gradient_edge(tensor).node


def _packs() -> bool:
    """Whether `torch.autograd.graph.saved_tensors_hooks`, or a checkpoint, packs what operations save now."""
    top = getattr(torch._C._autograd, "_top_saved_tensors_default_hooks", None)
    return top is not None and top(True) is not None

"""A backward pass, watched: what arrived at each node and what it sent on, as autograd did it.

Hooks on the nodes see the real gradients. They are copied into plain data at once and the hooks are taken away again,
so a pass that is watched computes what it would have computed unwatched.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor

from course_utils.graphs.functions import Function, key_of, true_name, variable_of, walk
from course_utils.graphs.rules import TIMES, local_of, rule_for
from course_utils.graphs.values import WHOLE, Snapshot

Key = tuple[str, int]


@dataclass
class Visit:
    """One node of a backward pass.

    Attributes:
        key: which node.
        incoming: the gradient of each of its results; None where none arrived.
        sent: the gradient for each input place that got one.
        local: the local derivative for each input place whose rule is a product.
        before: for a leaf, its .grad until then.
        after: for a leaf, its .grad from then on.
    """

    key: Key
    incoming: list[Snapshot | None]
    sent: dict[int, Snapshot] = field(default_factory=dict)
    local: dict[int, Snapshot] = field(default_factory=dict)
    before: Snapshot | None = None
    after: Snapshot | None = None


@dataclass
class Pass:
    """One backward pass: its nodes in the order in which autograd came to them."""

    visits: list[Visit] = field(default_factory=list)
    error: str | None = None
    aside: bool = False
    freed: bool = False


@contextmanager
def watched(roots: Sequence[Function], into: Pass, packed: Set[Key] = frozenset()) -> Iterator[None]:
    """Watch the backward pass that is made inside, from ``roots`` on; what ``packed`` nodes saved is not looked at."""
    handles = []
    try:
        for function in walk(roots):
            handles += _watch(function, into, packed)
        yield
    finally:
        for handle in handles:
            handle.remove()


def _watch(function: Function, into: Pass, packed: Set[Key]) -> list[torch.utils.hooks.RemovableHandle]:
    leaf = variable_of(function)
    key = key_of(function)
    open_visits: list[Visit] = []
    locals_: list[dict[int, Tensor]] = []

    def before(arriving: tuple[Tensor | None, ...]) -> None:
        visit = Visit(key, [None if g is None else Snapshot(g) for g in arriving])
        if leaf is not None:
            visit.before = None if leaf.grad is None else Snapshot(leaf.grad)
        locals_.append({} if leaf is not None or key in packed else _locals(function))
        open_visits.append(visit)
        into.visits.append(visit)

    def after(sent: tuple[Tensor | None, ...], arrived: tuple[Tensor | None, ...]) -> None:
        visit, made = open_visits.pop(), locals_.pop()
        if leaf is not None:
            visit.after = None if leaf.grad is None else Snapshot(leaf.grad)
            return
        visit.sent = {place: Snapshot(g) for place, g in enumerate(sent) if g is not None}
        visit.local = {
            place: Snapshot(local)
            for place, local in made.items()
            if place in visit.sent and _is_product(arrived[0], local, sent[place])
        }

    return [function.register_prehook(before), function.register_hook(after)]


def _locals(function: Function) -> dict[int, Tensor]:
    found = {}
    for place, (parent, _) in enumerate(function.next_functions):
        if parent is None:
            continue
        rule = rule_for(true_name(function), place)
        local = local_of(function, rule) if rule.how == TIMES else None
        if local is not None and local.numel() <= WHOLE:
            found[place] = local
    return found


def _is_product(arrived: Tensor | None, local: Tensor, sent: Tensor) -> bool:
    """Whether autograd sent what the rule says: at the edge of a domain (0 · inf) and for complex numbers it may not."""
    if arrived is None or arrived.numel() > WHOLE or arrived.is_complex() or sent.is_complex():
        return False
    try:
        with torch.no_grad():
            product = arrived.detach() * local.to(arrived.device)
            if product.shape != sent.shape:
                product = product.sum_to_size(sent.shape)
            return torch.allclose(product.to(sent.dtype), sent.detach(), rtol=1e-3, atol=1e-6, equal_nan=True)
    except RuntimeError:
        return False


@contextmanager
def _retained_as_they_were() -> Iterator[None]:
    """Results that retain their gradient would add this pass to it; they get back what they had."""
    kept = [(t, t.grad) for t in gc.get_objects() if type(t) is Tensor and t.grad_fn is not None and t.retains_grad]
    # Added to in place by torch, so the old sum must be a copy.
    kept = [(t, None if grad is None else grad.clone()) for t, grad in kept]
    try:
        yield
    finally:
        for tensor, grad in kept:
            tensor.grad = grad


def pass_aside(outputs: Sequence[Tensor], packed: Set[Key] = frozenset()) -> Pass:
    """A backward pass of our own that leaves every ``.grad`` as it is.

    Args:
        outputs: tensors with a ``grad_fn``; of one with several elements the sum is taken.
    """
    made = Pass(aside=True)
    roots = [output.grad_fn for output in outputs]
    leaves = {}
    for function in walk(roots):
        leaf = variable_of(function)
        if leaf is not None:
            leaves[key_of(function)] = leaf
    wanted = [leaf for leaf in leaves.values() if leaf.requires_grad]
    if not wanted:
        return made
    try:
        with _retained_as_they_were(), watched(roots, made, packed), torch.enable_grad():
            seeds = [torch.ones_like(output) for output in outputs]
            gradients = torch.autograd.grad(list(outputs), wanted, seeds, retain_graph=True, allow_unused=True)
    except RuntimeError as error:
        made.error = str(error)
        return made
    arrived = {key: gradient for key, gradient in zip(leaves, gradients, strict=True) if gradient is not None}
    made.visits = _with_leaves(made.visits, roots, leaves, arrived)
    return made


def _with_leaves(
    visits: list[Visit], roots: Sequence[Function], leaves: dict[Key, Tensor], arrived: dict[Key, Tensor]
) -> list[Visit]:
    """Each leaf's turn put where a real pass has it: right after the last operation that sends to it."""
    senders: dict[Key, set[Key]] = {}
    for function in walk(roots):
        for parent, _ in function.next_functions:
            if parent is not None and variable_of(parent) is not None:
                senders.setdefault(key_of(parent), set()).add(key_of(function))
    last = {}
    turn = {visit.key: i for i, visit in enumerate(visits)}
    for key in arrived:
        last.setdefault(max((turn.get(k, -1) for k in senders.get(key, ())), default=-1), []).append(key)
    ordered: list[Visit] = []
    for i in range(-1, len(visits)):
        ordered += [visits[i]] if i >= 0 else []
        for key in last.get(i, ()):
            leaf, gradient = leaves[key], arrived[key]
            before = None if leaf.grad is None else Snapshot(leaf.grad)
            after = Snapshot(gradient if leaf.grad is None else leaf.grad + gradient)
            ordered.append(Visit(key, [Snapshot(gradient)], before=before, after=after))
    return ordered

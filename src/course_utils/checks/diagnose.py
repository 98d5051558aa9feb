"""What differs between a result and what was expected, told by name.

The order is the lesson: a beginner should hear "you forgot return" before "wrong shape", and "wrong shape" before "wrong
values", because each hides the next. Values are compared by `torch.testing.assert_close`, with its tolerances for each dtype.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import torch

from course_utils.checks.describe import dtype_name, kind, shape_name, short
from course_utils.checks.fault import Fault
from course_utils.tolerance import Tolerance, default_tolerance


def diagnose(
    yours: Any, expected: Any, *, tolerance: Tolerance | None = None, path: str = "the result"
) -> Fault | None:
    """The first fault of ``yours`` measured against ``expected``, or None when it is right.

    Args:
        yours: anything; nested tuples, lists and dicts are compared part by part.
        expected: what it should be. Where it is a tensor that requires grad, ``yours`` must be connected to a graph.
        tolerance: ``(rtol, atol)``; torch's own for the dtype when None.
        path: what to call the thing compared, in the message.
    """
    if expected is not None and yours is None:
        return Fault(
            "returned-none",
            f"{path} is None.",
            ("A function without a return statement gives None: did you forget `return`?",)
            if path == "the result"
            else (),
        )
    if isinstance(expected, torch.Tensor):
        return _tensor(yours, expected, tolerance, path)
    if isinstance(expected, torch.Size) or (isinstance(expected, (tuple, list)) and _plain(expected)):
        return _plain_sequence(yours, expected, path)
    if isinstance(expected, (tuple, list)):
        return _parts(yours, expected, tolerance, path)
    if isinstance(expected, dict):
        return _mapping(yours, expected, tolerance, path)
    return _single(yours, expected, tolerance, path)


def _plain(values: tuple | list) -> bool:
    return not any(isinstance(v, (torch.Tensor, tuple, list, dict, float)) for v in values)


def _plain_sequence(yours: Any, expected: Any, path: str) -> Fault | None:
    if isinstance(yours, torch.Tensor):
        return Fault(
            "type",
            f"{path} is a tensor; a {type(expected).__name__} was asked for.",
            ("tensor.tolist() gives a list, tensor.shape gives the sizes.",),
        )
    if not isinstance(yours, (tuple, list)):
        return Fault("type", f"{path} is {_a(yours)}, not a tuple or list: {short(yours)}.")
    if isinstance(expected, list) and isinstance(yours, tuple) or type(expected) is tuple and isinstance(yours, list):
        return Fault("type", f"{path} is a {type(yours).__name__}; a {type(expected).__name__} was asked for.")
    if list(yours) != list(expected):
        return Fault("values", f"{path} is {short(yours)}, expected {short(expected)}.")
    return None


def _parts(yours: Any, expected: tuple | list, tolerance: Tolerance | None, path: str) -> Fault | None:
    if isinstance(yours, torch.Tensor) or not isinstance(yours, (tuple, list)):
        return Fault(
            "type", f"{path} is {_a(yours)}; {len(expected)} values in a {type(expected).__name__} were asked for."
        )
    if len(yours) != len(expected):
        return Fault("length", f"{path} has {len(yours)} parts; {len(expected)} were asked for.")
    for i, (mine, right) in enumerate(zip(yours, expected, strict=True)):
        place = f"part {i} of {path}" if path == "the result" else f"{path}[{i}]"
        fault = diagnose(mine, right, tolerance=tolerance, path=place)
        if fault is not None:
            return fault
    return None


def _mapping(yours: Any, expected: dict, tolerance: Tolerance | None, path: str) -> Fault | None:
    if not isinstance(yours, dict):
        return Fault("type", f"{path} is {_a(yours)}; a dict was asked for.")
    missing = [k for k in expected if k not in yours]
    extra = [k for k in yours if k not in expected]
    if missing or extra:
        said = [f"without {', '.join(map(repr, missing))}"] if missing else []
        said += [f"with {', '.join(map(repr, extra))} that nobody asked for"] if extra else []
        return Fault("keys", f"{path} is a dict {' and '.join(said)}.")
    for key, right in expected.items():
        fault = diagnose(yours[key], right, tolerance=tolerance, path=f"{path}[{key!r}]")
        if fault is not None:
            return fault
    return None


def _single(yours: Any, expected: Any, tolerance: Tolerance | None, path: str) -> Fault | None:
    if isinstance(yours, torch.Tensor):
        return Fault(
            "type",
            f"{path} is a tensor; a Python {type(expected).__name__} was asked for.",
            (".item() takes the number out of a tensor with one element.",),
        )
    if isinstance(expected, float):
        if isinstance(yours, bool) or not isinstance(yours, (int, float)):
            return Fault("type", f"{path} is {_a(yours)}; a number was asked for.")
        rtol, atol = tolerance or (1e-5, 1e-7)
        same = math.isclose(yours, expected, rel_tol=rtol, abs_tol=atol) or (math.isnan(yours) and math.isnan(expected))
        return None if same else Fault("values", f"{path} is {yours!r}, expected {expected!r}.")
    if type(yours) is not type(expected) and (isinstance(expected, (bool, int, str)) or expected is None):
        return Fault("type", f"{path} is {_a(yours)} ({short(yours)}); {_a(expected)} was asked for.")
    try:
        same = bool(yours == expected)
    except Exception:
        same = False
    return None if same else Fault("values", f"{path} is {short(yours)}, expected {short(expected)}.")


def _a(value: Any) -> str:
    word = kind(value)
    return word if value is None else f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _tensor(yours: Any, expected: torch.Tensor, tolerance: Tolerance | None, path: str) -> Fault | None:
    if not isinstance(yours, torch.Tensor):
        return Fault("not-a-tensor", f"{path} is {_a(yours)}, not a tensor.", _make_it_a_tensor(yours))
    if yours.shape != expected.shape:
        return Fault(
            "shape",
            f"{path} has shape {shape_name(yours)}; expected {shape_name(expected)}.",
            tuple(_explain_shape(yours, expected, tolerance)),
        )
    if yours.dtype != expected.dtype:
        close = (
            close_values(yours.to(expected.dtype), expected, tolerance) if yours.device == expected.device else False
        )
        return Fault(
            "dtype",
            f"{path} has dtype {dtype_name(yours.dtype)}; expected {dtype_name(expected.dtype)}.",
            ("The values are right; only the dtype is not.",) if close else (),
        )
    if yours.device != expected.device:
        return Fault(
            "device",
            f"{path} is on {yours.device}; expected {expected.device}.",
            ("Create it with device=…, or move it with .to(…).",),
        )
    if expected.requires_grad and not yours.requires_grad:
        return Fault(
            "lost-graph",
            f"{path} is cut off from the graph: requires_grad is False and grad_fn is None.",
            ("Something on the way cut it: detach(), .data, .item(), .numpy(), torch.tensor(…) or no_grad().",),
        )
    if yours.layout != expected.layout:
        return Fault("layout", f"{path} has layout {yours.layout}; expected {expected.layout}.")
    return _values(yours, expected, tolerance, path)


def _make_it_a_tensor(yours: Any) -> tuple[str, ...]:
    if type(yours).__module__ == "numpy":
        return ("torch.from_numpy(…) turns an array into a tensor, but stay with torch functions and you never leave.",)
    if isinstance(yours, (int, float, bool)):
        return ("It looks as if .item() or float() took the number out of its tensor.",)
    if isinstance(yours, (list, tuple)):
        if any(isinstance(v, torch.Tensor) for v in yours):
            return ("torch.stack joins tensors along a new dimension, torch.cat along an existing one.",)
        return ("torch.tensor(…) makes a tensor of it.",)
    if callable(yours):
        return ("You returned a function: the call's round brackets may be missing.",)
    return ()


def close_values(yours: torch.Tensor, expected: torch.Tensor, tolerance: Tolerance | None = None) -> bool:
    """Whether two tensors of the same dtype agree in shape and values; NaN equals NaN."""
    rtol, atol = tolerance or (None, None)
    try:
        torch.testing.assert_close(yours.detach(), expected.detach(), rtol=rtol, atol=atol, equal_nan=True)
    except (AssertionError, RuntimeError, TypeError, NotImplementedError):
        return False
    return True


def _explain_shape(yours: torch.Tensor, expected: torch.Tensor, tolerance: Tolerance | None) -> Iterator[str]:
    """Say whether one ordinary step would turn one shape into the other, and whether the values then agree."""
    mine, right = tuple(yours.shape), tuple(expected.shape)

    def then(candidate: torch.Tensor) -> str:
        agree = candidate.dtype == expected.dtype and close_values(candidate, expected, tolerance)
        return " With that, the values are right too." if agree else ""

    if len(mine) == len(right) + 1:
        for d in range(len(mine)):
            if mine[d] == 1 and mine[:d] + mine[d + 1 :] == right:
                yield (
                    f"You have one dimension too many: dim {d} has size 1. "
                    f"A keepdim=True, an unsqueeze or a slice like x[0:1] leaves one; squeeze({d}) takes it away."
                    + then(yours.squeeze(d))
                )
                return
    if len(mine) + 1 == len(right):
        for d in range(len(right)):
            if right[d] == 1 and right[:d] + right[d + 1 :] == mine:
                yield (
                    f"One dimension is missing: expected size 1 at dim {d}; keepdim=True keeps it, unsqueeze({d}) adds it."
                    + then(yours.unsqueeze(d))
                )
                return
    if len(mine) == len(right) and sorted(mine) == sorted(right) and 2 <= len(mine) <= 4:
        if len(mine) == 2:
            yield "The two dimensions are swapped: a transpose, yours.t(), has the right shape." + then(yours.t())
            return
        orders = [o for o in itertools.permutations(range(len(mine))) if tuple(mine[d] for d in o) == right]
        order = next((o for o in orders if close_values(yours.permute(o), expected, tolerance)), orders[0])
        yield f"The dimensions are in another order: permute{order} has the right shape." + then(yours.permute(order))
        return
    if len(mine) == len(right) + 1:
        for d in range(len(mine)):
            if mine[:d] + mine[d + 1 :] == right:
                yield f"Dim {d}, of size {mine[d]}, should be gone: was something to be reduced, chosen or summed over it?"
                return
    if len(mine) + 1 == len(right):
        for d in range(len(right)):
            if right[:d] + right[d + 1 :] == mine:
                yield f"Dim {d}, of size {right[d]}, has disappeared: was it reduced or indexed away?"
                return
    if yours.numel() == expected.numel():
        yield "The number of elements is right; their arrangement is not." + then(yours.reshape(right))
        return
    if len(mine) == len(right):
        wrong = [d for d in range(len(mine)) if mine[d] != right[d]]
        said = ", ".join(f"dim {d}: {mine[d]} instead of {right[d]}" for d in wrong)
        yield f"The sizes differ in {said}."


def _values(yours: torch.Tensor, expected: torch.Tensor, tolerance: Tolerance | None, path: str) -> Fault | None:
    if close_values(yours, expected, tolerance):
        return None
    mine, right = yours.detach(), expected.detach()
    if mine.is_floating_point() or mine.is_complex():
        for word, found in (("NaN", torch.isnan), ("inf", torch.isinf)):
            surprise = found(mine) & ~found(right)
            if surprise.any():
                where = first_place(surprise)
                return Fault(
                    "not-finite",
                    f"{path} holds {word} where a number was expected{f', first at {where}' if where else ''}.",
                    ()
                    if found(right).any()
                    else ("0/0, log(0), a division by zero or memory from torch.empty make such values.",),
                )
    differs = differing(mine, right, tolerance)
    count, total = int(differs.sum()), differs.numel()
    where = first_place(differs)
    at = tuple(int(i) for i in differs.nonzero()[0]) if differs.dim() else ()
    if total == 1:
        headline = f"{path} is {_number(mine)}, expected {_number(right)}."
    else:
        headline = (
            f"{count} of {total} values of {path} {'differs' if count == 1 else 'differ'}, first at {where}: "
            f"yours {_number(mine[at])}, expected {_number(right[at])}."
        )
    return Fault("values", headline, tuple(_explain_values(mine, right, tolerance)))


def _number(value: torch.Tensor) -> str:
    number = value.item()
    return f"{number:.6g}" if isinstance(number, float) else str(number)


def differing(yours: torch.Tensor, expected: torch.Tensor, tolerance: Tolerance | None = None) -> torch.Tensor:
    """A bool tensor, True where two tensors of one shape differ beyond the tolerance of `torch.testing.assert_close`."""
    rtol, atol = tolerance or default_tolerance(yours.dtype, expected.dtype)
    if not (yours.is_floating_point() or yours.is_complex()):
        return yours != expected
    return ~torch.isclose(yours, expected, rtol=rtol, atol=atol, equal_nan=True)


def first_place(mask: torch.Tensor) -> str:
    """The index of the first True, as one writes it: ``[0, 2]``; empty for a 0-d tensor."""
    if mask.dim() == 0 or not mask.any():
        return ""
    return str([int(i) for i in mask.nonzero()[0]])


def _explain_values(mine: torch.Tensor, right: torch.Tensor, tolerance: Tolerance | None) -> Iterator[str]:
    """Say whether one simple relation explains every difference."""
    if mine.numel() < 2 or mine.dtype == torch.bool:
        return
    if mine.dim() == 2 and mine.shape[0] == mine.shape[1] and close_values(mine.t(), right, tolerance):
        yield "Your result is the expected one transposed: rows and columns changed places."
        return
    if not torch.equal(mine, torch.zeros_like(mine)):
        if close_values(-mine, right, tolerance):
            yield "Every sign is turned round."
            return
        for d in range(mine.dim()):
            if close_values(mine.flip(d), right, tolerance):
                yield f"Your result is the expected one read backwards along dim {d}."
                return
        zero = right == 0
        if mine.is_floating_point() and not zero.all() and torch.equal(mine == 0, zero):
            ratio = mine[~zero] / right[~zero]
            if close_values(ratio, ratio[0].expand_as(ratio), (1e-4, 1e-6)):
                yield f"Every value is {ratio[0].item():.4g} times the expected one."
                return
    shift = mine - right
    if close_values(shift, shift.flatten()[0].expand_as(shift), (1e-4, 1e-6)):
        yield f"Every value is off by the same {shift.flatten()[0].item():.4g}."
        return
    if close_values(mine.flatten().sort().values, right.flatten().sort().values, tolerance):
        yield "The right values are all there, in other places."
    elif torch.equal(mine, torch.zeros_like(mine)):
        yield "Your result is all zeros, as if nothing had been written into it."

"""`check`: call a learner's function on one example, and say what is wrong in words and in a picture.

    check(one_hot, torch.tensor([2, 0]), 3).gives(torch.tensor([[0., 0., 1.], [1., 0., 0.]]))

reads as the example that it is. Everything that makes the message helpful (what was given before the call, whether an
argument changed, whether a second call agrees, which line raised) is gathered around that one call.
"""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import torch

from course_utils.checks.arguments import is_simple, remember, share_memory, unchanged
from course_utils.checks.coach import coach_here, example_key
from course_utils.checks.describe import call_text, name_of, short
from course_utils.checks.diagnose import diagnose
from course_utils.checks.failure import CheckFailed, NotStarted, show, wrapped
from course_utils.checks.fault import Fault
from course_utils.checks.raised import is_starter, is_tests_own, raised_fault, waiting_name
from course_utils.tolerance import Tolerance

_PLAIN_WORDS = frozenset(["the", "two", "after", "no", "part", "every"])

_HOW_TO_CHANGE = (
    "{name} was not changed at all: the in-place forms end in an underscore, or are written -=, += and x[...] = ."
)

_held: dict[str, int] = {}
_listeners: list[Callable[[str, Fault | None], None]] = []


@contextlib.contextmanager
def listening(listener: Callable[[str, Fault | None], None]):
    """While open, tell ``listener(example_key, fault_or_None)`` of every example; `course build` learns slips this way."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def check(target: Callable, /, *args: Any, **kwargs: Any) -> Check:
    """One example: ``target`` will be called with these arguments by the method that follows.

    Args:
        target: the learner's function (or anything callable).
        args, kwargs: given to it as they are; tensors are remembered first, so that a change of them is noticed.

    Returns:
        A `Check`; nothing is called until one of its methods is.
    """
    return Check(target, args, kwargs)


class Check:
    """One call of a learner's function, waiting to be judged. Made by `check`."""

    def __init__(self, target: Any, args: tuple, kwargs: dict) -> None:
        self._target = target
        self._args = args
        self._kwargs = kwargs
        self.name = name_of(target)
        self._given = remember(args), remember(kwargs)
        self._key = example_key(self.name, args, kwargs)

    def gives(
        self,
        expected: Any,
        *,
        tolerance: Tolerance | None = None,
        changes: Mapping[str, Any] | None = None,
        shares_memory_with: str | None = None,
        own_memory: bool = False,
        graph: bool | None = None,
        gradients: Mapping[str, torch.Tensor] | None = None,
        repeatable: bool = True,
    ) -> Any:
        """The call must return ``expected``.

        Args:
            expected: a tensor, number, string, shape, or tuples, lists and dicts of them. Tensors must agree in shape, dtype,
                device and, within `torch.testing.assert_close`'s tolerances, values.
            tolerance: ``(rtol, atol)`` in place of torch's own.
            changes: parameters that the call must change in place, with what they must hold after it. Any other tensor
                argument must be left as it was.
            shares_memory_with: a parameter that the result must be a view of.
            own_memory: the result must be a copy that shares memory with no argument.
            graph: True when the result must be connected to autograd's graph, False when it must not be; None to ask
                only what ``expected.requires_grad`` asks.
            gradients: for parameters that require grad, the gradient of the result's sum that must arrive at them.
            repeatable: also call a second time and expect the same; turn off for functions that draw random numbers.

        Returns:
            What the call returned.

        Raises:
            CheckFailed: it does not hold; the message says why. `NotStarted` when the starter is still there.
        """
        yours, raised = self._call(self._args, self._kwargs)
        if raised is not None:
            self._fail(raised)
        fault = (
            diagnose(yours, _attached(expected) if graph else expected, tolerance=tolerance)
            or self._unwanted_graph(yours, graph)
            or self._memory(yours, shares_memory_with, own_memory)
        )
        mutation = self._mutation(changes or {}, tolerance)
        if mutation is not None and (fault is None or fault.kind in ("values", "returned-none")):
            fault = mutation
        if fault is None and gradients:
            fault = self._gradients(yours, gradients, tolerance)
        if repeatable and not changes and (fault is None or fault.kind == "values"):
            fault = self._second_call(yours, tolerance) or fault
        if fault is not None:
            self._fail(_with(fault, yours, expected))
        self._hold()
        return yours

    def raises(self, error: type[BaseException], saying: str | None = None) -> None:
        """The call must raise ``error`` (or a subclass), with ``saying`` somewhere in its message.

        Raises:
            CheckFailed: it returned, or raised something else.
        """
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                yours = self._target(*self._args, **self._kwargs)
        except error as got:
            if isinstance(got, NotImplementedError) and is_starter(got):
                self._not_started(got)
            if saying and saying.lower() not in str(got).lower():
                self._fail(
                    Fault(
                        "other-message",
                        f"It raised {type(got).__name__} as it should, but its message does not "
                        f"speak of “{saying}”: {short(str(got))}",
                        yours=str(got),
                    )
                )
            self._hold()
            return
        except NotImplementedError as got:
            if is_starter(got):
                self._not_started(got)
            self._fail(raised_fault(got, self._target))
        except Exception as got:
            fault = raised_fault(got, self._target)
            self._fail(
                Fault(
                    "raised",
                    f"It raised {type(got).__name__}; {error.__name__} was asked for.",
                    fault.advice,
                    yours=fault.yours,
                )
            )
        self._fail(
            Fault("did-not-raise", f"It returned {short(yours)}; it should have raised {error.__name__}.", yours=yours)
        )

    def satisfies(self, condition: Callable[[Any], Any], saying: str) -> Any:
        """What the call returns must make ``condition`` true; ``saying`` states the condition: "the rows sum to 1".

        Raises:
            CheckFailed: it does not.
        """
        yours, raised = self._call(self._args, self._kwargs)
        if raised is not None:
            self._fail(raised)
        if yours is None:
            self._fail(_with(diagnose(None, 0), None, None))
        try:
            held = bool(condition(yours))
        except Exception as error:
            self._fail(
                Fault(
                    "condition",
                    f"This should hold: {saying}. It could not even be tried on {short(yours)} "
                    f"({type(error).__name__}: {short(str(error))}).",
                    yours=yours,
                )
            )
        if not held:
            self._fail(Fault("condition", f"This should hold: {saying}. It does not for {short(yours)}.", yours=yours))
        self._hold()
        return yours

    def _call(self, args: tuple, kwargs: dict) -> tuple[Any, Fault | None]:
        try:
            return self._target(*args, **kwargs), None
        except NotImplementedError as error:
            if is_starter(error):
                self._not_started(error)
            return None, raised_fault(error, self._target)
        except Exception as error:
            return None, raised_fault(error, self._target)

    def _unwanted_graph(self, yours: Any, graph: bool | None) -> Fault | None:
        if graph is False and isinstance(yours, torch.Tensor) and yours.requires_grad:
            return Fault(
                "unwanted-graph",
                "the result still belongs to a graph: its requires_grad is True.",
                ("It was asked for without one; detach() or no_grad() give the values alone.",),
            )
        return None

    def _memory(self, yours: Any, shares_with: str | None, own: bool) -> Fault | None:
        if not isinstance(yours, torch.Tensor):
            return None
        if shares_with is not None and not share_memory(yours, self._argument(shares_with)):
            return Fault(
                "copy-not-view",
                f"the result is a copy; a view that shares {shares_with}'s memory was asked for.",
                (
                    "Indexing with a tensor or a list, clone(), + and most arithmetic copy. "
                    "Slices, view, t, transpose and expand do not.",
                ),
            )
        if own:
            for name, value in self._named().items():
                if isinstance(value, torch.Tensor) and share_memory(yours, value):
                    what = f"is {name} itself" if yours is value else f"is a view that shares memory with {name}"
                    return Fault(
                        "view-not-copy",
                        f"the result {what}; a copy of its own was asked for.",
                        (f"Whoever changes the result would change {name} too: clone() copies.",),
                    )
        return None

    def _mutation(self, changes: Mapping[str, Any], tolerance: Tolerance | None) -> Fault | None:
        before = self._named(*self._given)
        for name, now in self._named().items():
            if name in changes:
                fault = diagnose(now, changes[name], tolerance=tolerance, path=f"{name} after the call")
                if fault is not None:
                    untouched = diagnose(now, before[name]) is None
                    advice = (_HOW_TO_CHANGE.format(name=name),) if untouched else ()
                    return Fault(
                        "not-changed" if untouched else "values-in-place",
                        fault.headline,
                        advice + fault.advice,
                        yours=now,
                        expected=changes[name],
                    )
            elif isinstance(now, torch.Tensor) and now.is_leaf and now.requires_grad != before[name].requires_grad:
                return Fault(
                    "changed-flag",
                    f"the call turned requires_grad {'on' if now.requires_grad else 'off'} for {name}, "
                    "which belongs to the caller.",
                    (f"Work on {name}.detach().clone() and set the flag there.",),
                    yours=now,
                    expected=before[name],
                    labels=(f"{name} before", f"{name} after"),
                )
            elif not unchanged(before[name], now):
                return Fault(
                    "changed-argument",
                    f"the call changed {name}, which belongs to the caller.",
                    ("Work on a clone(), or use the operation without the underscore.",),
                    yours=now,
                    expected=before[name],
                    labels=(f"{name} before", f"{name} after"),
                )
        return None

    def _gradients(
        self, yours: Any, gradients: Mapping[str, torch.Tensor], tolerance: Tolerance | None
    ) -> Fault | None:
        wanted = [self._argument(name) for name in gradients]
        if not isinstance(yours, torch.Tensor) or not yours.requires_grad:
            return Fault(
                "lost-graph",
                "the result is cut off from the graph: no gradient can flow back.",
                ("Something on the way cut it: detach(), .data, .item(), .numpy(), torch.tensor(…) or no_grad().",),
            )
        try:
            arrived = torch.autograd.grad(yours.sum(), wanted, allow_unused=True, retain_graph=True)
        except NotImplementedError as error:
            if is_starter(error):
                self._not_started(error)
            return raised_fault(error, self._target)
        except Exception as error:
            return raised_fault(error, self._target, "Running backward through the result")
        for (name, right), got in zip(gradients.items(), arrived, strict=True):
            if got is None:
                return Fault(
                    "lost-graph",
                    f"no gradient reaches {name}: the result does not depend on it.",
                    (f"Between {name} and the result, something leaves the graph.",),
                )
            fault = diagnose(got, right, tolerance=tolerance, path=f"the gradient that reaches {name}")
            if fault is not None:
                return Fault(f"gradient-{fault.kind}", fault.headline, fault.advice, yours=got, expected=right)
        return None

    def _second_call(self, yours: Any, tolerance: Tolerance | None) -> Fault | None:
        if not is_simple(self._args) or not is_simple(self._kwargs):
            return None
        args, kwargs = self._given
        again, raised = self._call(remember(args), remember(kwargs))
        if raised is not None:
            return Fault(
                "second-call",
                "the second call with the same arguments failed, though the first did not.",
                (raised.headline, "A function should remember nothing between calls."),
            )
        if diagnose(again, yours, tolerance=tolerance) is not None:
            return Fault(
                "not-repeatable",
                "two calls with the same arguments gave different results.",
                (
                    f"First {short(yours)}, then {short(again)}.",
                    "Is something random, left uninitialised (torch.empty), or kept between calls?",
                ),
            )
        return None

    def _named(self, args: tuple | None = None, kwargs: dict | None = None) -> dict[str, Any]:
        """The arguments by the names of the learner's parameters; by position where that is not possible."""
        args = self._args if args is None else args
        kwargs = self._kwargs if kwargs is None else kwargs
        try:
            return dict(inspect.signature(self._target).bind(*args, **kwargs).arguments)
        except (TypeError, ValueError):
            return {f"argument {i}": a for i, a in enumerate(args)} | dict(kwargs)

    def _argument(self, name: str) -> Any:
        named = self._named()
        if name in named:
            return named[name]
        raise CheckFailed(
            f"{self.name} has no parameter called {name}.",
            [wrapped("→", "Keep the parameter names of the starter: the checks use them.")],
        )

    def _not_started(self, error: NotImplementedError) -> NoReturn:
        for listener in _listeners:
            listener(self._key, Fault("not-started", "untouched"))
        waiting = waiting_name(error) or self.name
        if waiting in self.name.split("."):
            headline = f"{self.name} is waiting for you."
        elif is_tests_own(self._target):
            headline = f"{waiting} is waiting for you."
        else:
            headline = f"{self.name} uses {waiting}, which is waiting for you."
        raise NotStarted(
            headline,
            [
                wrapped(
                    "→",
                    "Replace the line with raise NotImplementedError by your answer, run that cell, then run this one "
                    "again. Stuck? The hints below unfold one at a time.",
                )
            ],
        ) from None

    def _hold(self) -> None:
        _held[self.name] = _held.get(self.name, 0) + 1
        for listener in _listeners:
            listener(self._key, None)

    def _fail(self, fault: Fault) -> NoReturn:
        _held.pop(self.name, None)
        for listener in _listeners:
            listener(self._key, fault)
        args, kwargs = self._given
        lines = [wrapped("·", _sentence(fault.headline))]
        if fault.expected is not None and fault.yours is not None:
            text = self._picture(fault)
            # The headline already quotes a single number, string or shape.
            lines += text if isinstance(fault.expected, (torch.Tensor, list, tuple, dict)) else []
        lines += [wrapped("·", _sentence(line)) for line in fault.advice]
        slips = list(dict.fromkeys(coach_here().slips(self._key, fault)))
        if slips:
            lines.append(wrapped("➜", " Or: ".join(slips)))
        raise CheckFailed(f"{call_text(self.name, args, kwargs)} is not right yet.", lines) from None

    def _picture(self, fault: Fault) -> list[str]:
        """Show given, expected and yours as a picture; return the lines of text to have in the message as well."""
        given = {k: v for k, v in self._named(*self._given).items() if not callable(v)}
        try:
            from course_utils.pictures import compare

            picture = compare(given, fault.expected, fault.yours, labels=fault.labels)
            if not show(picture):
                return [f"    {line}" for line in repr(picture).splitlines()]
        except Exception:
            # A picture is a help; whatever a stranger's value does to it must not hide the message.
            pass
        wide = max(map(len, fault.labels)) + 2
        values = zip(fault.labels, (fault.expected, fault.yours), strict=True)
        return [f"    {label:<{wide}}{short(value)}" for label, value in values]


def solved(target: Callable | str) -> None:
    """Say that every example of an exercise held, and name one good other way; the last line of its visible tests."""
    from course_utils.checks.cheer import Cheer

    name = target if isinstance(target, str) else name_of(target)
    cheer = Cheer(name, _held.pop(name, 0), coach_here().way(name))
    if not show(cheer):
        print(cheer)


def _sentence(text: str) -> str:
    """Begin with a capital, unless the first word is a name from the code."""
    first = text.split(maxsplit=1)[0].rstrip(",") if text else ""
    return text[:1].upper() + text[1:] if first in _PLAIN_WORDS else text


def _with(fault: Fault, yours: Any, expected: Any) -> Fault:
    if fault.expected is not None or fault.kind == "raised":
        return fault
    return Fault(fault.kind, fault.headline, fault.advice, yours=yours, expected=expected)


def _attached(expected: Any) -> Any:
    if isinstance(expected, torch.Tensor) and expected.is_floating_point() and not expected.requires_grad:
        return expected.detach().clone().requires_grad_()
    return expected

"""The way of an optimizer over a surface, recorded from a real run of `torch.optim`."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import Optimizer

from course_utils.errors import CourseError
from course_utils.pictures.values import in_words, kind
from course_utils.widgets.optimizer_rules import move_of, rules_of
from course_utils.widgets.surfaces import Surface, loss_at

Make = Callable[[list[Tensor]], Optimizer]

# Beyond this, relative to where it began, a path has left for good.
FAR = 1e3


def path_data(surface: Surface, name: str, make: Make, start: tuple[float, float], steps: int, rate: float | None) -> dict:
    """One run as data.

    Args:
        make: takes ``[point]``, a parameter of shape (2,) and dtype float64, and returns its optimizer.
        rate: a learning rate in place of the optimizer's own.

    Returns:
        ``points`` (up to ``steps`` + 1 pairs), ``losses`` and ``slopes`` (the gradients) at each of them; ``trace``:
        quantities before and after each step, one step further than the points, so that the last point too knows
        where it would go; ``rules``: formulas and templates over the trace; ``diverged``: the step that left the
        finite numbers, or None.

    Raises:
        CourseError: ``make`` does not make an optimizer of the point, or its step fails.
    """
    point = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = _made(name, make, point)
    own_rate = optimizer.param_groups[0].get("lr")
    if rate is not None and own_rate is not None:
        for group in optimizer.param_groups:
            group["lr"] = rate
    rules, move = rules_of(optimizer), move_of(optimizer)
    points, losses, slopes, diverged = [], [], [], None
    trace: dict[str, list] = {"p": [_pair(point)], "d": [[0.0, 0.0]]} | {rule.target: [[0.0, 0.0]] for rule in rules or []}
    bound = FAR * (1 + max(abs(v) for v in start))
    for step in range(steps + 1):
        loss = loss_at(surface, point)
        (slope,) = torch.autograd.grad(loss, point)
        if not (loss.isfinite() and slope.isfinite().all() and point.detach().abs().max() <= bound):
            diverged = step
            break
        points.append(_pair(point))
        losses.append(loss.item())
        slopes.append(_pair(slope))
        before = point.detach().clone()
        _step(name, optimizer, surface, point)
        for rule in rules or []:
            trace[rule.target].append(_pair(rule.read(optimizer.state[point])))
        trace["p"].append(_pair(point))
        trace["d"].append(_pair(point.detach() - before))
    if not points:
        raise CourseError(f"The loss of {surface.name} or its gradient is not finite at the start {in_words(start)}.")
    lines = [{"target": r.target, "formula": r.formula, "numbers": r.numbers} for r in rules or []]
    formula, numbers = move or ("θ ← θ + Δ", "{p} + {d'}")
    return {
        "name": name,
        "settings": _settings(optimizer),
        "rate": None if own_rate is None else float(rate or own_rate),
        "own_rate": None if own_rate is None else float(own_rate),
        "points": points,
        "losses": [_rounded(v) for v in losses],
        "slopes": slopes,
        "trace": _finite(trace),
        "rules": [*lines, {"target": "p", "formula": formula, "numbers": numbers}],
        "diverged": diverged,
    }


def _made(name: str, make: Make, point: Tensor) -> Optimizer:
    try:
        optimizer = make([point])
    except Exception as error:
        raise CourseError(f"The optimizer {in_words(name)} could not be made: {in_words(str(error))}.") from error
    if not isinstance(optimizer, Optimizer):
        raise CourseError(f"{in_words(name)} must return a torch.optim.Optimizer, and returned {kind(optimizer)}.")
    if not any(p is point for group in optimizer.param_groups for p in group["params"]):
        raise CourseError(f"{in_words(name)} made an optimizer of other parameters; pass on the list that it is given.")
    return optimizer


def _step(name: str, optimizer: Optimizer, surface: Surface, point: Tensor) -> None:
    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = loss_at(surface, point)
        loss.backward()
        return loss

    try:
        optimizer.step(closure)
    except CourseError:
        raise
    except Exception as error:
        raise CourseError(f"A step of {in_words(name)} failed: {in_words(str(error))}.") from error


# What a learner may have set, in the order in which it is written.
SETTINGS = ("lr", "momentum", "betas", "alpha", "weight_decay", "nesterov")
DEFAULTS = {"momentum": 0, "weight_decay": 0, "nesterov": False, "betas": (0.9, 0.999), "alpha": 0.99}


def _settings(optimizer: Optimizer) -> str:
    group = optimizer.param_groups[0]
    told = [k for k in SETTINGS if k in group and (k not in DEFAULTS or group[k] != DEFAULTS[k])]
    return ", ".join(f"{k}={_written(group[k])}" for k in told)


def _written(value: object) -> str:
    return f"{float(value):.6g}" if isinstance(value, float | Tensor) else str(value)


def _pair(point: Tensor) -> list[float]:
    x, y = point.detach().tolist()
    return [_rounded(x), _rounded(y)]


def _rounded(value: float) -> float:
    return float(f"{value:.9g}")


def _finite(trace: dict[str, list]) -> dict[str, list]:
    """JSON has no word for infinity: what is not finite is written as text."""
    return {k: [[v if math.isfinite(v) else str(v) for v in pair] for pair in pairs] for k, pairs in trace.items()}

"""`live_graph`: a function whose inputs are sliders, and its graph that follows them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from course_utils.errors import CourseError
from course_utils.graphs import record
from course_utils.pictures.graph import describe_graph
from course_utils.pictures.values import in_words, kind
from course_utils.widgets.base import CourseWidget
from course_utils.widgets.graph_still import graph_svg

STEPS = 200
# How far a slider reaches to both sides of a start that is given alone.
REACH = 3.0

Span = tuple[float, float, float]


class LiveGraph(CourseWidget):
    """A graph widget whose sliders recompute it in the kernel.

    ``values`` are the leaves as they stand now.
    """

    def __init__(self, function: Callable[..., Tensor], spans: Mapping[str, Span]) -> None:
        self._function, self._spans = function, dict(spans)
        self.values = {name: start for name, (_, _, start) in spans.items()}
        data = self._computed(self.values)
        super().__init__("graph", data, svg=graph_svg(data), text=describe_graph(data))
        self.on_msg(self._moved)

    def set(self, **values: float) -> None:
        """Move sliders from Python: ``live.set(a=1.5)``.

        Raises:
            CourseError: a slider is unknown, or a value is outside its range.
        """
        for name, value in values.items():
            if name not in self._spans:
                raise CourseError(f"There is no slider {name!r}; there are {', '.join(self._spans)}.")
            low, high, _ = self._spans[name]
            if not isinstance(value, Real) or not low <= value <= high:
                raise CourseError(f"{name} goes from {low} to {high}, and was given {in_words(value)}.")
        wanted = {**self.values, **{name: float(value) for name, value in values.items()}}
        data = self._computed(wanted)
        self.values, self.data = wanted, data
        self._svg, self._text = graph_svg(data), describe_graph(data)

    def _moved(self, _widget: Any, content: Any, _buffers: Any) -> None:
        asked = content.get("set") if isinstance(content, dict) else None
        if isinstance(asked, dict):
            # What a page sends is clipped, not refused: a slider's last step may round past its end.
            spans = {name: self._spans[name] for name in asked if name in self._spans and isinstance(asked[name], Real)}
            self.set(**{name: min(max(float(asked[name]), low), high) for name, (low, high, _) in spans.items()})

    def _computed(self, values: Mapping[str, float]) -> dict[str, Any]:
        leaves = {name: torch.tensor(value, requires_grad=True) for name, value in values.items()}
        with record() as tape:
            out = self._function(**leaves)
            if not isinstance(out, Tensor) or out.numel() != 1 or out.grad_fn is None:
                raise CourseError(
                    "live_graph needs a function that returns a tensor with one element made from its inputs, and got "
                    f"{kind(out)} {in_words(out)}."
                )
            out.backward()
        data = tape.graph(out, {**leaves, "result": out})
        data["notes"] = []
        sliders = [
            {"name": name, "min": low, "max": high, "step": _step(low, high), "value": values[name]}
            for name, (low, high, _) in self._spans.items()
        ]
        called = getattr(self._function, "__name__", "<lambda>")
        return {"name": f"Graph of {'the result' if called == '<lambda>' else called}", **data, "sliders": sliders}


def live_graph(function: Callable[..., Tensor], **leaves: float | tuple[float, float] | tuple[float, float, float]) -> LiveGraph:
    """Show the graph of ``function`` with a slider for each input; moving one recomputes values and gradients.

    Args:
        function: takes 0-dim float tensors by name and returns a tensor with one element.
        leaves: for each input its start, or (low, high), or (low, high, start).

    Raises:
        CourseError: an input has no range, a range is empty, or the function returns something else.

    ::

        live_graph(lambda a, b: (a * b).sin(), a=2.0, b=(-3, 3))
    """
    wanted = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    missing = [name for name in wanted if name not in leaves]
    if missing or not leaves:
        raise CourseError(f"live_graph needs a start or a range for {', '.join(missing) or 'each input'}, such as a=2.0.")
    return LiveGraph(function, {name: _span(name, given) for name, given in leaves.items()})


def _step(low: float, high: float) -> float:
    """About a two-hundredth of the range, as a round number."""
    power = 10.0 ** math.floor(math.log10((high - low) / STEPS))
    return max(round_ * power for round_ in (1, 2, 5) if round_ * power <= (high - low) / STEPS * (1 + 1e-9))


def _span(name: str, given: Any) -> Span:
    numbers = given if isinstance(given, tuple | list) else (given,)
    if not all(isinstance(n, Real) and not isinstance(n, bool) for n in numbers) or not 1 <= len(numbers) <= 3:
        raise CourseError(f"{name} needs a number, (low, high) or (low, high, start), and was given {in_words(given)}.")
    if len(numbers) == 1:
        return float(numbers[0]) - REACH, float(numbers[0]) + REACH, float(numbers[0])
    low, high = float(numbers[0]), float(numbers[1])
    start = float(numbers[2]) if len(numbers) == 3 else (low + high) / 2
    if not low < high or not low <= start <= high:
        raise CourseError(f"The range of {name} must rise and hold its start, and was given {in_words(given)}.")
    return low, high, start

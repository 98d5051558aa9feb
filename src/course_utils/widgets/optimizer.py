"""`show_optimizer`: the ways of SGD, momentum and Adam over a loss surface, a step at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from course_utils.errors import CourseError
from course_utils.pictures.svg import FAINT, GREY, INK, PAPER, SERIES, element, label, number, width_of
from course_utils.pictures.values import in_words, kind, short
from course_utils.widgets.base import CourseWidget
from course_utils.widgets.live import LiveWidget
from course_utils.widgets.optimizer_paths import Make, path_data
from course_utils.widgets.still import still
from course_utils.widgets.surfaces import Surface, contours, extent_around, surface_of

MOST_STEPS, MOST_OPTIMIZERS = 500, 6
MAP_WIDTH, MAP_HEIGHT = 440.0, 330.0


def show_optimizer(
    surface: str | Callable[[Tensor, Tensor], Tensor] = "valley",
    optimizers: Mapping[str, Callable[[list[Tensor]], Optimizer]] | None = None,
    start: tuple[float, float] | None = None,
    steps: int = 60,
) -> CourseWidget:
    """Show how optimizers walk down a loss surface of two parameters.

    Args:
        surface: "bowl", "valley", "saddle", "ravine", or a torch function ``f(x, y)`` that returns the loss.
        optimizers: a name for each way to make one, such as
            ``{"slow": lambda params: torch.optim.SGD(params, lr=0.001)}``; SGD, SGD with momentum and Adam by default.
        start: where all of them begin, as ``(x, y)``.
        steps: how many steps each takes, at most 500.

    The paths are real runs of `torch.optim` in float64. With a kernel, learning rates and the start can be changed in
    the picture and the runs are repeated.

    Raises:
        CourseError: an unknown surface, no finite start, too many steps or optimizers, or one of them fails.
    """
    chosen = surface_of(surface)
    made = _optimizers(optimizers, chosen)
    where = chosen.start if start is None else _start(start)
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= MOST_STEPS:
        raise CourseError(f"steps is a whole number from 1 to {MOST_STEPS}, and this is {in_words(steps)}.")
    data = optimizer_data(chosen, made, where, steps)
    return _OptimizerWidget(chosen, made, data)


def optimizer_data(
    surface: Surface,
    optimizers: Mapping[str, Make],
    start: tuple[float, float],
    steps: int,
    rates: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """The picture as data: the map, and for each optimizer its path (see `path_data`).

    Args:
        rates: learning rates in place of an optimizer's own, by its name.
    """
    paths = [path_data(surface, name, make, start, steps, (rates or {}).get(name)) for name, make in optimizers.items()]
    extent = surface.extent
    if extent is None or not (extent[0] <= start[0] <= extent[1] and extent[2] <= start[1] <= extent[3]):
        near = [p for path in paths for p in path["points"] if path["diverged"] is None] or [start]
        corners = [] if extent is None else [(extent[0], extent[2]), (extent[1], extent[3])]
        extent = extent_around([*near, start, *corners] if len(near) > 1 else [start, (0.0, 0.0), *corners])
    return {
        "name": f"{_and([short_name(path['name']) for path in paths])} on {surface.name}",
        "surface": {"name": surface.name, "formula": surface.formula, "about": surface.about,
                    "minima": [list(point) for point in surface.minima]},
        "extent": list(extent),
        "contours": contours(surface, extent),
        "start": list(start),
        "steps": steps,
        "paths": paths,
        "problem": None,
    }


class _OptimizerWidget(LiveWidget):
    """Answers ``{"rates": {name: number}}`` and ``{"start": [x, y]}`` from the page by running the optimizers again."""

    def __init__(self, surface: Surface, optimizers: Mapping[str, Make], data: dict[str, Any]) -> None:
        self._surface, self._optimizers, self._rates = surface, optimizers, {}
        super().__init__("optimizer", data, svg=_svg(data), text=_text(data))
        self.on_msg(self._answer)

    def _answer(self, _widget: object, message: object, _buffers: object) -> None:
        if not isinstance(message, dict):
            return
        start = tuple(self.data["start"])
        try:
            rates = {**self._rates, **_rates(message.get("rates", {}), self._optimizers)}
            if "start" in message:
                start = _start(message["start"])
            data = optimizer_data(self._surface, self._optimizers, start, self.data["steps"], rates)
        except CourseError as error:
            self.data = {**self.data, "problem": str(error)}
            return
        self._rates = rates
        self.redraw(data, svg=_svg(data), text=_text(data))


def _rates(given: object, optimizers: Mapping[str, Make]) -> dict[str, float]:
    if not isinstance(given, dict) or not all(name in optimizers and _is_rate(rate) for name, rate in given.items()):
        raise CourseError(f"A learning rate is a number above 0 for an optimizer of the picture, and this is {in_words(given)}.")
    return {name: float(rate) for name, rate in given.items()}


def _is_rate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def _start(given: object) -> tuple[float, float]:
    try:
        x, y = (float(value) for value in given)
    except (TypeError, ValueError) as error:
        raise CourseError(f"start is a point such as (-3.0, 2.0), and this is {kind(given)} {in_words(given)}.") from error
    if not (math.isfinite(x) and math.isfinite(y)):
        raise CourseError(f"start needs two finite numbers, and this is {in_words(given)}.")
    return x, y


def _optimizers(given: object, surface: Surface) -> dict[str, Make]:
    if given is None:
        sgd, momentum, adam = surface.rates
        return {
            "SGD": lambda params: torch.optim.SGD(params, lr=sgd),
            "SGD + momentum": lambda params: torch.optim.SGD(params, lr=momentum, momentum=0.9),
            "Adam": lambda params: torch.optim.Adam(params, lr=adam),
        }
    if not isinstance(given, Mapping) or not all(isinstance(k, str) and callable(v) for k, v in given.items()):
        raise CourseError(
            "optimizers is a dict from a name to a function of the parameters, such as "
            '{"SGD": lambda params: torch.optim.SGD(params, lr=0.1)}' + f", and this is {kind(given)} {in_words(given)}."
        )
    if not 1 <= len(given) <= MOST_OPTIMIZERS:
        raise CourseError(f"show_optimizer shows one to {MOST_OPTIMIZERS} optimizers, and was given {len(given)}.")
    return dict(given)


def short_name(name: str, most: int = 28) -> str:
    """A name that fits beside others."""
    return name if len(name) <= most else name[: most - 1] + "…"


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _text(data: dict) -> str:
    surface = data["surface"]
    lines = [data["name"], "  " + " ".join(w for w in (_loss_words(surface), surface["about"]) if w)]
    lines += [f"  {short_name(path['name'])} ({path['settings']}): {_outcome(path)}" for path in data["paths"]]
    return "\n".join(lines)


def _loss_words(surface: dict) -> str:
    return f"loss = {surface['formula']}." if surface["formula"] else ""


def _outcome(path: dict) -> str:
    if path["diverged"] is not None:
        return f"diverges; its numbers run away in step {path['diverged']}."
    (x, y), losses = path["points"][-1], path["losses"]
    return (
        f"loss from {short(losses[0], 3)} to {short(losses[-1], 3)} in {len(losses) - 1} steps, "
        f"to x = {short(x, 3)}, y = {short(y, 3)}."
    )


# --- the still picture ---


def _svg(data: dict) -> str:
    left, right, bottom, top = data["extent"]

    def at(x: float, y: float) -> tuple[float, float]:
        # A path that ran away is drawn towards where it went, not to a coordinate that no renderer takes.
        across, up = (x - left) / (right - left) * MAP_WIDTH, (top - y) / (top - bottom) * MAP_HEIGHT
        return max(-1e4, min(1e4, across)), max(-1e4, min(1e4, up))

    inside = [
        element("path", d="".join(_ring(ring, at) for ring in level["above"]), fill_rule="evenodd",
                style=f"fill:{SERIES[0]};fill-opacity:.045;stroke:{GREY};stroke-opacity:.5;stroke-width:.7")
        for level in data["contours"]
    ]
    for i, path in enumerate(data["paths"]):
        inside.append(element("path", d=_line([at(*p) for p in path["points"]]),
                              style=f"fill:none;stroke:{SERIES[i]};stroke-width:1.6;stroke-linejoin:round"))
        inside += [marker(i, *at(*p), 2.2) for p in path["points"][:-1]]
        inside.append(marker(i, *at(*path["points"][-1]), 5.0))
    for x, y in (at(*point) for point in data["surface"]["minima"]):
        cross = f"M{number(x - 6)} {number(y)}h12M{number(x)} {number(y - 6)}v12"
        inside.append(element("path", d=cross, style=f"fill:none;stroke:{INK};stroke-width:1.4"))
    x, y = at(*data["start"])
    inside.append(element("circle", cx=x, cy=y, r=8.0, style=f"fill:none;stroke:{INK};stroke-width:1.4"))
    lines = [f"{short_name(p['name'])} ({p['settings']}): {_outcome(p)}" for p in data["paths"]]
    width = max(MAP_WIDTH, *(18 + width_of(line, 11) for line in lines))
    frame = element("rect", x=0.0, y=0.0, width=MAP_WIDTH, height=MAP_HEIGHT, style=f"fill:none;stroke:{GREY}")
    clipped = element("svg", *inside, x=0.0, y=0.0, width=MAP_WIDTH, height=MAP_HEIGHT, overflow="hidden")
    parts = [clipped, frame, *_ticks(data["extent"])]
    below = MAP_HEIGHT + 58
    parts.append(label(0, below - 22, _loss_words(data["surface"]) or "loss: a function of yours.", size=11, anchor="start"))
    for i, line in enumerate(lines):
        parts += [marker(i, 6.0, below + 19 * i, 5.0), label(18, below + 19 * i, line, size=11, anchor="start")]
    return still(width, below + 19 * len(lines), data["name"], _text(data), *parts)


def _ticks(extent: list[float]) -> list[str]:
    left, right, bottom, top = extent
    style = {"size": 11, "fill_opacity": FAINT}
    return [
        label(0, MAP_HEIGHT + 12, short(left), anchor="start", **style),
        label(MAP_WIDTH, MAP_HEIGHT + 12, short(right), anchor="end", **style),
        label(MAP_WIDTH / 2, MAP_HEIGHT + 12, f"x; y from {short(bottom)} (below) to {short(top)}", **style),
    ]


def _ring(ring: list[float], at: Callable[[float, float], tuple[float, float]]) -> str:
    return _line([at(x, y) for x, y in zip(ring[::2], ring[1::2], strict=True)]) + "Z"


def _line(points: list[tuple[float, float]]) -> str:
    return "".join(f"{'L' if i else 'M'}{number(x)} {number(y)}" for i, (x, y) in enumerate(points))


# The corners of each optimizer's marker on a circle of one: a shape for each, so that no one is known by colour alone.
_SHAPES: tuple[tuple[tuple[float, float], ...], ...] = (
    (),
    ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    ((0.0, -1.15), (1.1, 0.85), (-1.1, 0.85)),
    ((0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)),
    ((0.0, 1.15), (1.1, -0.85), (-1.1, -0.85)),
    ((-1.2, -0.45), (-0.45, -0.45), (-0.45, -1.2), (0.45, -1.2), (0.45, -0.45), (1.2, -0.45), (1.2, 0.45),
     (0.45, 0.45), (0.45, 1.2), (-0.45, 1.2), (-0.45, 0.45), (-1.2, 0.45)),
)


def marker(i: int, x: float, y: float, size: float) -> str:
    """The sign of the ``i``-th optimizer around ``(x, y)``."""
    style = f"fill:{SERIES[i]};stroke:{PAPER};stroke-width:{0.6 if size < 4 else 1.2}"
    if not _SHAPES[i]:
        return element("circle", cx=x, cy=y, r=size, style=style)
    corners = [(x + dx * size, y + dy * size) for dx, dy in _SHAPES[i]]
    return element("path", d=_line(corners) + "Z", style=style)

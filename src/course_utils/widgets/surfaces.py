"""Loss surfaces of two parameters, and their contour lines as plain data.

A surface is an ordinary torch function ``f(x, y)`` of two tensors of one shape: the same function gives the losses that
an optimizer follows and the map under its path, so the two cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from contourpy import FillType, contour_generator
from torch import Tensor

from course_utils.errors import CourseError
from course_utils.pictures.values import in_words, kind

Extent = tuple[float, float, float, float]

GRID = (97, 73)
LEVELS = 14
# A map is four wide and three high, and a step in x is as long as a step in y: only then does a gradient stand at a
# right angle to the contour lines.
RATIO = 4 / 3


@dataclass(frozen=True)
class Surface:
    """A loss of two parameters.

    Attributes:
        name: what it is called.
        function: ``f(x, y)``, elementwise on tensors of any shape.
        formula: the same in letters, or "" where only Python knows it.
        about: one sentence on what is hard about it.
        start: where paths begin.
        extent: the part that is drawn (left, right, bottom, top); None leaves it to the paths.
        rates: learning rates that suit SGD, SGD with momentum, and Adam.
        minima: where it is lowest, as far as that is known.
    """

    name: str
    function: Callable[[Tensor, Tensor], Tensor]
    formula: str
    about: str
    start: tuple[float, float]
    extent: Extent | None
    rates: tuple[float, float, float]
    minima: tuple[tuple[float, float], ...] = ()


SURFACES = {
    surface.name: surface
    for surface in (
        Surface(
            "bowl", lambda x, y: (x**2 + y**2) / 2, "(x² + y²) / 2",
            "Round: the steepest way down leads straight to the minimum.",
            (-3.2, 2.2), (-4.0, 4.0, -3.0, 3.0), (0.1, 0.03, 0.2), ((0.0, 0.0),),
        ),
        Surface(
            "valley", lambda x, y: (x**2 + 25 * y**2) / 2, "(x² + 25·y²) / 2",
            "Twenty-five times steeper across than along: one learning rate is too large for y and too small for x.",
            (-3.4, 2.2), (-4.0, 4.0, -3.0, 3.0), (0.07, 0.01, 0.2), ((0.0, 0.0),),
        ),
        Surface(
            "saddle", lambda x, y: x**2 + (y**2 / 2 - 1) ** 2, "x² + (y²/2 − 1)²",
            "Flat at (0, 0), which is no minimum: it falls off up and down, to y = √2 and y = −√2.",
            (-2.0, 0.02), (-2.8, 2.8, -2.1, 2.1), (0.07, 0.02, 0.1),
            ((0.0, math.sqrt(2)), (0.0, -math.sqrt(2))),
        ),
        Surface(
            "ravine", lambda x, y: (1 - x) ** 2 + 10 * (y - x**2) ** 2, "(1 − x)² + 10·(y − x²)²",
            "Rosenbrock's banana: a bent valley whose floor hardly falls towards the minimum at (1, 1).",
            (-1.3, 2.0), (-2.2, 2.2, -0.75, 2.55), (0.01, 0.003, 0.1), ((1.0, 1.0),),
        ),
    )
}
ALIASES = {"rosenbrock": "ravine"}


def surface_of(given: object) -> Surface:
    """A surface by its name, or around a function of the caller's.

    Raises:
        CourseError: no such name, or neither a name nor a function.
    """
    if isinstance(given, str):
        found = SURFACES.get(ALIASES.get(given, given))
        if found is None:
            known = ", ".join(f'"{name}"' for name in (*SURFACES, *ALIASES))
            raise CourseError(f"There is no surface {in_words(given)}; choose {known} or give a function f(x, y).")
        return found
    if not callable(given):
        raise CourseError(
            f"A surface is a name such as \"valley\" or a function f(x, y), and this is {kind(given)} {in_words(given)}."
        )
    name = getattr(given, "__name__", kind(given))
    return Surface("your function" if name == "<lambda>" else str(name), given, "", "", (-2.0, 2.0), None, (0.05, 0.02, 0.1))


def loss_at(surface: Surface, point: Tensor) -> Tensor:
    """The loss at ``point`` (shape (2,)) as a 0-d tensor that knows its graph.

    Raises:
        CourseError: the function fails, or does not return one number that depends on x and y.
    """
    try:
        loss = surface.function(point[0], point[1])
    except Exception as error:
        raise CourseError(f"The surface {surface.name} failed at {in_words(point.tolist())}: {in_words(str(error))}.") from error
    if not isinstance(loss, Tensor) or loss.numel() != 1 or not loss.is_floating_point():
        raise CourseError(f"The surface {surface.name} must return one float for each x and y, and returned {in_words(loss)}.")
    if point.requires_grad and not loss.requires_grad:
        raise CourseError(f"The loss of {surface.name} does not depend on x and y through torch, so it has no gradient.")
    return loss.reshape(())


def extent_around(points: list[tuple[float, float]]) -> Extent:
    """A part of the plane that holds ``points``, with a margin, in the proportions of a map."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    wide = max((max(xs) - min(xs)) * 1.3, 1e-3)
    high = max((max(ys) - min(ys)) * 1.3, 1e-3)
    wide, high = max(wide, high * RATIO), max(high, wide / RATIO)
    x, y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    return x - wide / 2, x + wide / 2, y - high / 2, y + high / 2


@lru_cache(maxsize=8)
def contours(surface: Surface, extent: Extent) -> list[dict]:
    """For each level, the outline of everything that lies above it.

    Returns:
        dicts of ``level`` and ``above``: rings as flat lists x, y, x, y …; drawn one upon another with little ink, the
        rings shade the map, and their edges are the contour lines. Levels lie closer where the surface is flatter, so
        that a surface with one steep wall still shows its floor.
    """
    x = torch.linspace(extent[0], extent[1], GRID[0], dtype=torch.float64)
    y = torch.linspace(extent[2], extent[3], GRID[1], dtype=torch.float64)
    height = _on_grid(surface, x, y)
    finite = height[height.isfinite()]
    if not len(finite) or finite.max() <= finite.min():
        return []
    low, high, middle = finite.min().item(), finite.max().item(), finite.median().item()
    share = min(max((middle - low) / (high - low), 1e-4), 0.999)
    power = min(max(math.log(share) / math.log(0.5), 1.0), 3.5)
    generator = contour_generator(
        x.numpy(), y.numpy(), height.nan_to_num(nan=high, posinf=high, neginf=low).numpy(), fill_type=FillType.OuterOffset
    )
    levels = [low + (high - low) * (i / (LEVELS + 1)) ** power for i in range(1, LEVELS + 1)]
    return [{"level": _rounded(level), "above": _rings(generator.filled(level, math.inf), extent)} for level in levels]


def _on_grid(surface: Surface, x: Tensor, y: Tensor) -> Tensor:
    """Heights of shape (len(y), len(x))."""
    ys, xs = torch.meshgrid(y, x, indexing="ij")
    with torch.no_grad():
        try:
            heights = surface.function(xs, ys)
            if isinstance(heights, Tensor) and heights.shape == xs.shape:
                return heights.double()
        except Exception:
            pass  # It may work on single numbers all the same, and that is all an optimizer needs.
        points = torch.stack([xs, ys], -1).reshape(-1, 2)
        return torch.stack([loss_at(surface, point) for point in points]).reshape(xs.shape).double()


def _rings(filled: tuple, extent: Extent) -> list[list[float]]:
    """Rings without the grid points that lie inside a straight stretch along the frame; they are half of all."""
    rings = []
    for points, offsets in zip(*filled, strict=True):
        for first, last in zip(offsets[:-1], offsets[1:], strict=True):
            ring = points[first : last - 1]
            edges = np.stack([ring[:, 0] == extent[0], ring[:, 0] == extent[1], ring[:, 1] == extent[2], ring[:, 1] == extent[3]])
            inner = (edges & np.roll(edges, 1, axis=1) & np.roll(edges, -1, axis=1)).any(0)
            rings.append([_rounded(v) for v in ring[~inner].reshape(-1).tolist()])
    return rings


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")

"""What a training loop logged, in bounded memory.

A loop may log a million times and a picture is some hundred pixels wide. So at most `POINTS` points are kept: when they are
full, neighbours are joined in pairs and from then on each point stands for twice as many logs. Every log costs the same,
however many came before it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

POINTS = 300
PICTURES = 24


@dataclass
class Point:
    """Some logs in a row.

    Attributes:
        last: the number of the last log in it, from 1.
        count: how many logs it stands for.
        sums: for each metric, the sum of what was logged and how often it was.
        seconds: when the last of them came, since the start, pauses left out.
        rate: the learning rate at the last of them.
        norms: gradient norms at the last of them, by the names of `History.layers`.
        picture: predictions at the last of them that had any.
    """

    last: int
    count: int
    sums: dict[str, tuple[float, int]]
    seconds: float
    rate: float | None = None
    norms: list[float] | None = None
    picture: dict[str, Any] | None = None

    def mean(self, metric: str) -> float | None:
        total, count = self.sums.get(metric, (0.0, 0))
        return total / count if count else None

    def joined(self, later: Point) -> Point:
        sums = dict(self.sums)
        for metric, (total, count) in later.sums.items():
            before = sums.get(metric, (0.0, 0))
            sums[metric] = (before[0] + total, before[1] + count)
        return Point(
            later.last, self.count + later.count, sums, later.seconds,
            self.rate if later.rate is None else later.rate,
            later.norms or self.norms, later.picture or self.picture,
        )


@dataclass
class History:
    """All logs so far, thinned out.

    Attributes:
        points: at most `POINTS`, each of `every` logs; the last may still be filling.
        every: how many logs a full point stands for.
        layers: what the numbers in `Point.norms` belong to.
    """

    points: list[Point] = field(default_factory=list)
    every: int = 1
    layers: list[str] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, point: Point) -> None:
        """Take in one log."""
        self.count = point.last
        self.metrics += [metric for metric in point.sums if metric not in self.metrics]
        if self.points and self.points[-1].count < self.every:
            self.points[-1] = self.points[-1].joined(point)
        else:
            self.points.append(point)
        if len(self.points) > POINTS and self.points[-1].count == self.every:
            self._halve()
        if point.picture is not None:
            self._thin_pictures()

    def _halve(self) -> None:
        pairs = range(0, len(self.points), 2)
        self.points = [
            self.points[i].joined(self.points[i + 1]) if i + 1 < len(self.points) else self.points[i] for i in pairs
        ]
        self.every *= 2

    def _thin_pictures(self) -> None:
        """Every second picture goes when there are too many; the newest stays."""
        having = [point for point in self.points if point.picture is not None]
        if len(having) > PICTURES:
            for point in having[-2::-2]:
                point.picture = None

    def data(self) -> dict[str, Any]:
        """Plain columns: one number for each point, None where nothing was logged, words for nan and infinities."""
        return {
            "count": self.count,
            "every": self.every,
            "at": [point.last for point in self.points],
            "seconds": [round(point.seconds, 3) for point in self.points],
            "metrics": {metric: [told(point.mean(metric)) for point in self.points] for metric in self.metrics},
            "rates": [told(point.rate) for point in self.points],
            "layers": self.layers,
            "norms": [None if point.norms is None else [told(n) for n in point.norms] for point in self.points],
            "pictures": self._pictures(),
        }

    def _pictures(self) -> list[dict[str, Any]]:
        """Predictions with the index of their point; ``like`` is the index in this list of the one whose x and truth they share."""
        told: list[dict[str, Any]] = []
        for i, point in enumerate(self.points):
            if point.picture is None:
                continue
            fixed = {key: point.picture[key] for key in ("x", "truth") if key in point.picture}
            like = len(told) - 1 if told and told[-1]["like"] is None else told[-1]["like"] if told else None
            if fixed and like is not None and all(told[like].get(key) == value for key, value in fixed.items()):
                rest = {key: value for key, value in point.picture.items() if key not in fixed}
                told.append({"point": i, "like": like, **rest})
            else:
                told.append({"point": i, "like": None, **point.picture})
        return told


def told(value: float | None) -> float | str | None:
    """A number that JSON knows, with five significant digits; nan and infinities as words."""
    if value is None:
        return None
    return float(f"{value:.5g}") if math.isfinite(value) else str(value)

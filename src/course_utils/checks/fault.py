"""A fault: one named thing that is wrong with a result, before anybody has decided how to show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """What is wrong.

    Attributes:
        kind: a fixed word for the fault (``"shape"``, ``"dtype"``, ``"values"``, ``"returned-none"`` …); slips are
            recognised by it.
        headline: one sentence: what is wrong.
        advice: sentences on what explains it or what to look at next.
        yours, expected: the two things that differ, for the picture; the whole result rather than the differing part.
        labels: what to call ``expected`` and ``yours``.
    """

    kind: str
    headline: str
    advice: tuple[str, ...] = field(default=())
    yours: Any = None
    expected: Any = None
    labels: tuple[str, str] = ("expected", "yours")

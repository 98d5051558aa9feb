"""What a check knows to say beyond the diagnosis: slips by name, another good way, the quiz's key.

The words come from ``coach.json`` beside the notebook, which `course build` makes from the chapter's attempts. It holds
the outcomes of *wrong* answers on the visible examples, never an answer. A check that finds no file simply says less.
"""

from __future__ import annotations

import hashlib
import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course_utils.checks.describe import kind, short
from course_utils.checks.fault import Fault

FILE_NAME = "coach.json"
LARGEST_STORED = 400


def example_key(name: str, args: tuple, kwargs: dict) -> str:
    """A short name for one example: who was called, with what. Equal values give equal keys on every machine."""
    text = json.dumps([name, [encode(a) for a in args], {k: encode(v) for k, v in kwargs.items()}], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def encode(value: Any) -> Any:
    """A value as plain JSON: what an outcome is stored and compared as. Numbers keep six significant digits."""
    if isinstance(value, torch.Tensor):
        head = {"dtype": str(value.dtype), "shape": list(value.shape), "graph": value.requires_grad}
        value = value.detach()
        if value.device.type == "meta":
            return head
        flat = value.cpu().resolve_conj().resolve_neg()
        if flat.is_complex():
            flat = torch.view_as_real(flat)
        numbers = [_number(v) for v in flat.reshape(-1).tolist()] if not flat.is_sparse else short(value)
        if len(numbers) > LARGEST_STORED:
            text = json.dumps(numbers).encode()
            return head | {"digest": hashlib.sha256(text).hexdigest()[:16]}
        return head | {"values": numbers}
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [encode(v) for v in value]}
    if isinstance(value, dict):
        return {"dict": {str(k): encode(v) for k, v in value.items()}}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return {"array": str(value.dtype), "values": encode(torch.tensor(value.tolist(), dtype=torch.float64))}
    if isinstance(value, torch.nn.Module):
        return {"module": type(value).__name__, "state": encode(dict(value.state_dict()))}
    if isinstance(value, (torch.dtype, torch.device)):
        return str(value)
    if callable(value):
        return {"callable": getattr(value, "__name__", kind(value))}
    return {"kind": kind(value)}


def _number(value: float | int | bool) -> Any:
    if isinstance(value, (bool, int)):
        return value
    if math.isnan(value) or math.isinf(value):
        return str(value)
    return float(f"{value:.6g}")


def same(stored: Any, now: Any) -> bool:
    """Whether two encoded values are equal, floats up to rounding."""
    if isinstance(stored, dict) and isinstance(now, dict):
        return stored.keys() == now.keys() and all(same(stored[k], now[k]) for k in stored)
    if isinstance(stored, list) and isinstance(now, list):
        return len(stored) == len(now) and all(same(a, b) for a, b in zip(stored, now, strict=True))
    if isinstance(stored, float) or isinstance(now, float):
        numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (stored, now))
        return numbers and math.isclose(stored, now, rel_tol=2e-5, abs_tol=1e-6)
    return type(stored) is type(now) and stored == now


def outcome(fault: Fault) -> dict[str, Any]:
    """What came of a failed example, in the form that ``coach.json`` stores."""
    yours = str(fault.yours) if fault.kind == "raised" else encode(fault.yours)
    return {"kind": fault.kind, "yours": yours}


class Coach:
    """The words for one chapter."""

    def __init__(self, words: dict[str, Any] | None = None) -> None:
        words = words or {}
        self._slips: dict[str, list[dict]] = words.get("slips", {})
        self._ways: dict[str, str] = words.get("ways", {})
        self.quiz: dict[str, dict] = words.get("quiz", {})

    def slips(self, key: str, fault: Fault) -> list[str]:
        """The sentences of the listed slips that come out just like this on this example."""
        listed = self._slips.get(key, [])
        if not listed:
            return []
        now = outcome(fault)
        return [s["say"] for s in listed if s["kind"] == now["kind"] and same(s["yours"], now["yours"])]

    def way(self, exercise: str) -> str | None:
        """One good other way to solve an exercise, in words."""
        return self._ways.get(exercise)


def coach_here() -> Coach:
    """The coach of the notebook that is running: ``coach.json`` in the working directory, where kernels start."""
    path = Path(FILE_NAME)
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return Coach()
    return _load(str(path.resolve()), stamp)


@lru_cache(maxsize=4)
def _load(path: str, stamp: int) -> Coach:
    try:
        return Coach(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return Coach()

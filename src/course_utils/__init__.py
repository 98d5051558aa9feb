"""What a chapter of the PyTorch course imports.

    from course_utils import check, predict, solved

Names load on first use, so that the `course` program, which needs none of them, starts without importing torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "check": "checks",
    "check_quiz": "checks",
    "CheckFailed": "checks",
    "fresh": "checks",
    "predict": "checks",
    "solved": "checks",
    "best_device": "devices",
    "data_path": "data",
    "load_digits": "data",
    "load_digits_net": "data",
    "load_weather": "data",
    "compare_graphs": "widgets",
    "live_graph": "widgets",
    "show_gather": "widgets",
    "show_graph": "widgets",
    "record": "graphs",
    "show_broadcast": "widgets",
    "show_checkpoint": "widgets",
    "show_loader": "widgets",
    "show_optimizer": "widgets",
    "show_scatter": "widgets",
    "show_strides": "widgets",
    "show_training": "widgets",
    "show_tensor": "pictures",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'course_utils' has no attribute {name!r}")
    return getattr(import_module(f"course_utils.{_HOMES[name]}"), name)

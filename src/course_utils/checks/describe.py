"""Values in a few words: what a check calls things when it talks to a beginner."""

from __future__ import annotations

import inspect
from typing import Any

import torch

LONGEST = 160


def short(value: Any, limit: int = LONGEST) -> str:
    """One line for any value: small tensors in full, large ones as ``float32 tensor of shape (64, 8)``."""
    if isinstance(value, torch.Tensor):
        text = _tensor(value)
        return text if len(text) <= limit else kind(value)
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        inside = ", ".join(short(v, limit) for v in value)
        if isinstance(value, tuple):
            text = f"({inside},)" if len(value) == 1 else f"({inside})"
        else:
            text = f"[{inside}]"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{k!r}: {short(v, limit)}" for k, v in value.items()) + "}"
    elif isinstance(value, torch.Size):
        text = str(tuple(value))
    elif callable(value) and hasattr(value, "__name__"):
        text = value.__name__
    else:
        try:
            text = repr(value)
        except Exception:
            text = f"<{type(value).__name__} whose repr fails>"
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _tensor(value: torch.Tensor) -> str:
    if value.numel() > 1000 or value.device.type == "meta":
        return kind(value)
    with torch.no_grad():
        text = repr(value.detach())
    text = " ".join(text.split()).replace("[ ", "[").replace("( ", "(")
    if value.requires_grad and text.endswith(")"):
        text = text[:-1] + ", requires_grad=True)"
    return text


def kind(value: Any) -> str:
    """What sort of thing a value is: ``a float32 tensor of shape (2, 3)``, ``a list``, ``None``."""
    if value is None:
        return "None"
    if isinstance(value, torch.Tensor):
        return f"{dtype_name(value.dtype)} tensor of shape {shape_name(value)}"
    return type(value).__name__


def shape_name(value: torch.Tensor) -> str:
    """A shape as torch users write it: ``(2, 3)``; ``()`` for a single number."""
    return str(tuple(value.shape))


def dtype_name(dtype: torch.dtype) -> str:
    """``float32`` for ``torch.float32``."""
    return str(dtype).removeprefix("torch.")


def name_of(target: Any) -> str:
    """What to call a function, method or object in a message: ``one_hot``, ``Square.apply``."""
    owner = getattr(target, "__self__", None)
    name = getattr(target, "__name__", None)
    if inspect.isclass(owner) and name:
        return f"{owner.__name__}.{name}"
    if name:
        return str(name)
    return type(target).__name__


def call_text(name: str, args: tuple, kwargs: dict) -> str:
    """The call as the learner would type it, shortened where an argument is large."""
    parts = [short(a, 90) for a in args] + [f"{k}={short(v, 90)}" for k, v in kwargs.items()]
    return f"{name}({', '.join(parts)})"

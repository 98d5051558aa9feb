"""Predict, then run: say what you expect before torch tells you.

The learner's guess is written into the cell itself, so the notebook keeps it. torch is only asked once there is a guess;
a wrong one costs nothing, which is the point.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import torch

from course_utils.checks.cheer import GREEN
from course_utils.checks.describe import short
from course_utils.checks.diagnose import diagnose
from course_utils.checks.failure import show


class Prediction:
    """A question, a guess, and what torch said (nothing yet, while there is no guess)."""

    def __init__(self, question: str, mine: Any, truth: str | None, right: bool | None) -> None:
        self.question, self.mine, self.truth, self.right = question, mine, truth, right

    def __repr__(self) -> str:
        if self.right is None:
            return f"? {self.question}\n  Write your prediction in place of ... and run the cell again."
        word = "as you said" if self.right else "not what you said"
        return f"? {self.question}\n  you    {short(self.mine)}\n  torch  {self.truth}   ({word})"

    def _repr_html_(self) -> str:
        body = "Write your prediction in place of <code>...</code>, then run the cell again."
        colour = "var(--jp-brand-color1, #1976d2)"
        if self.right is not None:
            colour = GREEN if self.right else "var(--jp-warn-color1, #b26a00)"
            word = "✔ as you said" if self.right else "≠ not what you said: what did you miss?"
            body = (
                f"you: <code>{html.escape(short(self.mine))}</code> &nbsp; torch: <code>{html.escape(self.truth or '')}</code> "
                f'&nbsp; <b style="color:{colour}">{word}</b>'
            )
        return (
            f'<div role="status" style="border-left:4px solid {colour};padding:6px 12px;line-height:1.6;'
            f'font-family:var(--jp-ui-font-family, system-ui, sans-serif);font-size:13px">'
            f"<b>{html.escape(self.question)}</b><br>{body}</div>"
        )


def predict(question: str, mine: Any, truth: Callable[[], Any]) -> None:
    """Show a guess beside what torch really does.

    Args:
        question: what is asked, as one sentence.
        mine: the guess: a value, a shape as a tuple, nested lists for a tensor, or ``"error"`` for a call that raises.
            ``...`` means "no guess yet": then torch is not asked.
        truth: called to find out.
    """
    prediction = _judge(question, mine, truth)
    if not show(prediction):
        print(prediction)


def _judge(question: str, mine: Any, truth: Callable[[], Any]) -> Prediction:
    if mine is ...:
        return Prediction(question, mine, None, None)
    try:
        real = truth()
    except Exception as error:
        said = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        right = isinstance(mine, str) and mine.lower() in ("error", "an error", type(error).__name__.lower())
        return Prediction(question, mine, said, right or mine is type(error))
    return Prediction(question, mine, short(real), _agrees(mine, real))


def _agrees(mine: Any, real: Any) -> bool:
    """Whether a guess means the same; ways of writing (list or tuple, str or dtype) do not matter."""
    if isinstance(real, torch.Tensor):
        try:
            guess = mine.detach() if isinstance(mine, torch.Tensor) else torch.tensor(mine)
            return guess.shape == real.shape and torch.allclose(
                guess.cpu().double(), real.detach().cpu().double(), atol=1e-3, equal_nan=True
            )
        except (TypeError, ValueError, RuntimeError):
            return False
    if isinstance(real, (torch.dtype, torch.device)):
        return str(mine).removeprefix("torch.") == str(real).removeprefix("torch.")
    if isinstance(real, (list, tuple)) and isinstance(mine, (list, tuple)):
        return len(mine) == len(real) and all(_agrees(m, r) for m, r in zip(mine, real, strict=True))
    if isinstance(real, str) and isinstance(mine, str):
        return mine.strip().lower() == real.strip().lower()
    if isinstance(real, bool) or isinstance(mine, bool):
        return mine is real or str(mine).lower() == str(real).lower()
    if isinstance(real, (int, float)) and isinstance(mine, (int, float)):
        return diagnose(float(mine), float(real), tolerance=(1e-3, 1e-3)) is None
    return mine == real

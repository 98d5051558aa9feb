"""Predictions against the truth, as data small enough to be sent while a loop runs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from course_utils.errors import CourseError
from course_utils.pictures.values import in_words, kind
from course_utils.widgets.training_history import told

POINTS = 120
CLASSES = 20


def predictions_data(given: object) -> dict[str, Any]:
    """``(x, prediction, truth)`` as a picture.

    Whole numbers as truth mean classes: the picture is a confusion matrix, the prediction may be scores of shape (n, k)
    or labels of shape (n,), and x is not needed. Else it is a curve over x, or with ``x=None`` a cloud of prediction over truth.

    Raises:
        CourseError: not three things, shapes that do not belong together, or too many classes.
    """
    if not isinstance(given, tuple | list) or len(given) != 3:
        raise CourseError(f"predictions are three things (x, prediction, truth), and this is {kind(given)} {in_words(given)}.")
    x, prediction, truth = (None if part is None else _tensor(part) for part in given)
    if prediction is None or truth is None:
        raise CourseError("predictions need a prediction and the truth; only x may be None.")
    if not truth.is_floating_point():
        return _confusion(prediction, truth.reshape(-1).long())
    prediction, truth = prediction.reshape(-1), truth.reshape(-1)
    if prediction.shape != truth.shape:
        raise CourseError(f"There are {len(prediction)} predictions for {len(truth)} true values; give one for each.")
    if x is not None and x.numel() != truth.numel():
        raise CourseError(f"x has {x.numel()} elements for {len(truth)} true values; give one for each, or None.")
    step = -(-max(1, len(truth)) // POINTS)
    order = torch.arange(len(truth)) if x is None else x.reshape(-1).argsort()
    kept = order[::step]
    return {
        "kind": "cloud" if x is None else "curve",
        "x": None if x is None else _numbers(x.reshape(-1)[kept]),
        "prediction": _numbers(prediction[kept]),
        "truth": _numbers(truth[kept]),
        "of": len(truth),
    }


def _confusion(prediction: Tensor, truth: Tensor) -> dict[str, Any]:
    if prediction.dim() == 2 and prediction.is_floating_point():
        classes = prediction.shape[1]
        prediction = prediction.argmax(1)
    else:
        classes = 0
    prediction = prediction.reshape(-1).long()
    if prediction.shape != truth.shape:
        raise CourseError(f"There are {len(prediction)} predictions for {len(truth)} labels; give one for each.")
    classes = max(classes, *(int(t.max()) + 1 if len(t) else 0 for t in (prediction, truth)), 1)
    if (len(truth) and int(torch.minimum(prediction, truth).min()) < 0) or classes > CLASSES:
        raise CourseError(f"Labels in a picture go from 0 to {CLASSES - 1}; leave predictions out for other ones.")
    counts = torch.bincount(truth * classes + prediction, minlength=classes * classes)
    return {"kind": "classes", "counts": counts.reshape(classes, classes).tolist(), "of": len(truth)}


def _tensor(part: object) -> Tensor:
    try:
        return torch.as_tensor(part).detach().cpu()
    except Exception as error:
        raise CourseError(f"predictions are tensors or lists of numbers, and this is {kind(part)} {in_words(part)}.") from error


def _numbers(values: Tensor) -> list[float | str | None]:
    return [told(v) for v in values.double().tolist()]

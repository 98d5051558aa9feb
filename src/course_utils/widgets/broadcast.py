"""`show_broadcast`: how shapes line up from the right, and where they do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import torch
from torch import Tensor

from course_utils.errors import CourseError
from course_utils.pictures.svg import FAINT, GREY, WRONG, element, label, width_of
from course_utils.pictures.values import in_words, kind
from course_utils.widgets.base import CourseWidget
from course_utils.widgets.still import still

CELL_WIDTH, CELL_HEIGHT, GAP = 58.0, 28.0, 6.0


def show_broadcast(*operands: Tensor | Sequence[int], names: Sequence[str] | None = None) -> CourseWidget:
    """Show how shapes are broadcast together, one dimension at a time from the right.

    Args:
        operands: two or more tensors, or shapes as tuples of sizes.
        names: what to call them; A, B, C … by default.

    Shapes that do not fit are shown too, with the dimension where they disagree. The result is torch's own
    (`torch.broadcast_shapes`).

    Raises:
        CourseError: fewer than two operands, something that is no shape, or too few names.
    """
    if len(operands) < 2:
        raise CourseError("show_broadcast needs two or more tensors or shapes, such as show_broadcast((3, 1), (4,)).")
    shapes = [_shape(operand) for operand in operands]
    called = list(names) if names is not None else [chr(ord("A") + i) for i in range(len(shapes))]
    if len(called) != len(shapes):
        raise CourseError(f"show_broadcast was given {len(shapes)} operands and {len(called)} names; give one name for each.")
    data = broadcast_data(called, shapes)
    return CourseWidget("broadcast", data, svg=_svg(data), text=_text(data))


def broadcast_data(names: list[str], shapes: list[tuple[int, ...]]) -> dict:
    """The picture as data: operands, and a column for each dimension, the last dimension first."""
    try:
        result, error = list(torch.broadcast_shapes(*shapes)), None
    except RuntimeError:
        result, error = None, "These shapes cannot be broadcast together: torch raises a RuntimeError."
    columns = [_column(names, sizes) for sizes in zip_longest(*(reversed(shape) for shape in shapes))]
    calls = ", ".join(f"{name} {tuple(shape)}" for name, shape in zip(names, shapes, strict=True))
    return {
        "name": f"Broadcasting {calls}",
        "operands": [{"name": name, "shape": list(shape)} for name, shape in zip(names, shapes, strict=True)],
        "result": result,
        "error": error,
        "columns": columns,
    }


def _column(names: list[str], sizes: tuple[int | None, ...]) -> dict:
    given = [1 if size is None else size for size in sizes]
    wide = {size for size in given if size != 1}
    result = wide.pop() if len(wide) == 1 else None if wide else 1
    stretched = [name for name, size in zip(names, given, strict=True) if size == 1 and result not in (1, None)]
    absent = [name for name, size in zip(names, sizes, strict=True) if size is None]
    parts = []
    if absent:
        parts.append(f"{_and(absent)} has no dimension here, so torch takes it as 1.")
    if result is None:
        fights = _and([f"{name} has {size}" for name, size in zip(names, given, strict=True) if size != 1])
        parts.append(f"{fights}: neither is 1, so nothing can be stretched and the shapes do not fit.")
    elif stretched:
        parts.append(f"{_and(stretched)} has size 1 and is read {result} times; nothing is copied.")
    else:
        parts.append(f"All have size {result}, so the result has it too.")
    return {"sizes": list(sizes), "result": result, "says": " ".join(parts)}


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _shape(operand: object) -> tuple[int, ...]:
    if isinstance(operand, Tensor):
        return tuple(operand.shape)
    if isinstance(operand, Sequence) and not isinstance(operand, str) and all(
        isinstance(size, int) and not isinstance(size, bool) and size >= 0 for size in operand
    ):
        return tuple(operand)
    raise CourseError(
        f"show_broadcast takes tensors or shapes such as (3, 1), and was given {kind(operand)} {in_words(operand)}."
    )


def _text(data: dict) -> str:
    lines = [data["name"]]
    for i, column in enumerate(data["columns"], 1):
        lines.append(f"  dimension -{i}: {column['says']}")
    lines.append(f"  result: {tuple(data['result'])}" if data["result"] is not None else f"  {data['error']}")
    return "\n".join(lines)


def _svg(data: dict) -> str:
    columns = list(reversed(data["columns"]))
    titles = [*(operand["name"] for operand in data["operands"]), "result"]
    left = max(width_of(title[:24]) for title in titles) + 14
    parts = []
    for r, title in enumerate(titles):
        y = r * (CELL_HEIGHT + GAP) + CELL_HEIGHT / 2
        parts.append(label(left - 10, y, title[:24], anchor="end", fill_opacity=FAINT))
        for c, column in enumerate(columns):
            last = r == len(titles) - 1
            size = column["result"] if last else column["sizes"][r]
            parts.append(_cell(left + c * (CELL_WIDTH + GAP), y, size, column["result"], last))
    width = left + len(columns) * (CELL_WIDTH + GAP)
    return still(width, len(titles) * (CELL_HEIGHT + GAP), data["name"], _text(data), *parts)


def _cell(x: float, y: float, size: int | None, result: int | None, last: bool) -> str:
    words = ("✗" if size is None else str(size)) if last else f"{1 if size is None else size}"
    if not last and result not in (None, 1) and (size is None or size != result):
        words += f" → {result}"
    colour = WRONG if result is None else GREY
    box = element("rect", x=x, y=y - CELL_HEIGHT / 2, width=CELL_WIDTH, height=CELL_HEIGHT, rx=5,
                  stroke_dasharray="3 3" if size is None and not last else None,
                  style=f"fill:{colour};fill-opacity:{0.14 if last else 0};stroke:{colour};stroke-width:1.2")
    return box + label(x + CELL_WIDTH / 2, y, words, font_weight="600" if last else None)

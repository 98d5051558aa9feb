"""`show_broadcast`: how shapes line up from the right, and where they do not fit.

Shapes are enough. Where tensors of few elements are given, their values stand in the stretched blocks too, and torch's
own result of an operation beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import zip_longest

import torch
from torch import Tensor

from course_utils.errors import CourseError
from course_utils.pictures.cells import Window, dense, read
from course_utils.pictures.values import in_words, kind, short
from course_utils.widgets.base import CourseWidget
from course_utils.widgets.broadcast_repair import nearest_repair
from course_utils.widgets.broadcast_still import broadcast_svg
from course_utils.widgets.slabs import left_out, slabs, window_for

MOST_VALUES = 64
OPERATIONS = {
    "add": (torch.add, "+"),
    "sub": (torch.sub, "−"),
    "mul": (torch.mul, "·"),
    "div": (torch.div, "/"),
    "maximum": (torch.maximum, "maximum"),
    "minimum": (torch.minimum, "minimum"),
    "eq": (torch.eq, "=="),
    "lt": (torch.lt, "<"),
    "gt": (torch.gt, ">"),
}


def show_broadcast(
    *operands: Tensor | Sequence[int], names: Sequence[str] | None = None, op: str | None = None
) -> CourseWidget:
    """Show how shapes are broadcast together, one dimension at a time from the right.

    Args:
        operands: two or more tensors, or shapes as tuples of sizes. The values of tensors of up to 64 elements are
            shown too.
        names: what to call them; A, B, C … by default.
        op: what to compute of the tensors, by the name that it has in torch: "add", "sub", "mul", "div", "maximum",
            "minimum", or of two "eq", "lt", "gt".

    Shapes that do not fit are shown too, with the dimension where they disagree, and the nearest change that would make
    them fit. The result is torch's own (`torch.broadcast_shapes`, and the operation).

    Raises:
        CourseError: fewer than two operands, something that is no shape, too few names, an unknown op, an op without
            values, or one that torch refuses.
    """
    if len(operands) < 2:
        raise CourseError("show_broadcast needs two or more tensors or shapes, such as show_broadcast((3, 1), (4,)).")
    shapes = [_shape(operand) for operand in operands]
    called = list(names) if names is not None else [chr(ord("A") + i) for i in range(len(shapes))]
    if len(called) != len(shapes):
        raise CourseError(
            f"show_broadcast was given {len(shapes)} operands and {len(called)} names; give one name for each."
        )
    _check_op(op, operands)
    data = broadcast_data(called, shapes, operands, op)
    return CourseWidget("broadcast", data, svg=broadcast_svg(data, _text(data)), text=_text(data))


def broadcast_data(
    names: list[str],
    shapes: list[tuple[int, ...]],
    operands: Sequence[Tensor | Sequence[int]] = (),
    op: str | None = None,
) -> dict:
    """The picture as data: operands, and a column for each dimension, the last dimension first.

    Where the shapes fit, ``block`` has the cells of the result that are drawn, and for each operand whether a cell is
    its own or an imagined copy, with its value where it is known.
    """
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
        "repair": _repair(names, shapes) if error else None,
        "columns": columns,
        "block": None if error else _block(names, shapes, tuple(result), operands or shapes, op),
    }


def _repair(names: list[str], shapes: list[tuple[int, ...]]) -> str | None:
    found = nearest_repair(shapes)
    if found is None:
        return None
    return (
        f"{names[found.operand]}.{found.call} would make it {found.shape}; then they fit, and the result is "
        f"{found.result}. Is that the dimension that you mean?"
    )


def _block(
    names: list[str], shapes: list[tuple[int, ...]], result: tuple[int, ...], operands: Sequence, op: str | None
) -> dict:
    shown = window_for(result)
    where = sorted(shown.coordinates)
    sheets = []
    for name, shape, operand in zip(names, shapes, operands, strict=True):
        padded = (1,) * (len(result) - len(shape)) + shape
        # A cell is the operand's own where nothing had to be stretched to reach it.
        own = [all(i < size for i, size in zip(at, padded, strict=True)) for at in where]
        sheets.append({"name": name, "own": own, "values": _values(operand, result, shown)})
    return {
        "slabs": slabs(shown),
        "left_out": left_out(shown),
        "cells": [list(at) for at in where],
        "operands": sheets,
        "result": _computed(names, operands, op, where, result) if op else None,
    }


def _values(operand: Tensor | Sequence[int], result: tuple[int, ...], shown: Window) -> list[str] | None:
    """The values of a tensor stretched to the result, where they are known and few."""
    if not isinstance(operand, Tensor) or operand.device.type == "meta" or operand.numel() > MOST_VALUES:
        return None
    values = read(dense(operand).expand(result), shown)
    return [short(values[at]) for at in sorted(values)]


def _computed(
    names: list[str], operands: Sequence[Tensor], op: str, where: list[tuple[int, ...]], result: tuple[int, ...]
) -> dict:
    """The operation at the drawn cells alone: two long vectors may have a result larger than memory."""
    function, sign = OPERATIONS[op]
    places = tuple(torch.tensor(where, dtype=torch.int64).reshape(len(where), len(result)).T)
    # A tensor without dimensions stays one, for torch gives it less say in the dtype of the result.
    parts = [t if t.dim() == 0 else t.expand(result)[places] for t in (dense(operand) for operand in operands)]
    try:
        made = reduce(function, parts)
    except RuntimeError as error:
        raise CourseError(f"torch.{op} refuses these tensors: {' '.join(str(error).split())}.") from None
    title = f"{sign}({', '.join(names)})" if sign.isalpha() else f" {sign} ".join(names)
    return {"title": title, "values": [short(value) for value in made.reshape(-1).tolist()]}


def _check_op(op: str | None, operands: Sequence[object]) -> None:
    if op is None:
        return
    if not isinstance(op, str) or op not in OPERATIONS:
        known = ", ".join(OPERATIONS)
        raise CourseError(f"show_broadcast knows the operations {known}; {in_words(op)} is none of them.")
    if not all(isinstance(operand, Tensor) and operand.device.type != "meta" for operand in operands):
        raise CourseError(f"op={op!r} needs tensors with values, and one of the operands is only a shape.")
    if op in ("eq", "lt", "gt") and len(operands) != 2:
        raise CourseError(f"op={op!r} compares two tensors, and {len(operands)} were given.")


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
    if data["repair"]:
        lines.append(f"  {data['repair']}")
    if data["block"] and data["block"]["result"]:
        lines.append(f"  {data['block']['result']['title']}: {', '.join(data['block']['result']['values']) or 'empty'}")
    return "\n".join(lines)

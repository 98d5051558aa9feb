"""`show_strides`: one strip of numbers in memory, and the tensors that read it.

A tensor is a way of walking over a storage: where to begin (`storage_offset`) and how far to step in each dimension
(`stride`). The picture shows the storage as a strip of numbered boxes and, for every cell of every tensor, which box it
is; tensors over one storage stand above one strip, a copy has a strip of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import torch
from torch import Tensor

from course_utils.errors import CourseError
from course_utils.pictures.cells import Coordinate, dense, read
from course_utils.pictures.values import in_words, kind, short
from course_utils.widgets.argument_names import argument_names
from course_utils.widgets.base import CourseWidget
from course_utils.widgets.slabs import left_out, slabs, window_for
from course_utils.widgets.strides_still import strides_svg

MOST_TENSORS, MOST_DIMENSIONS, WHOLE_STRIP, NEAR = 6, 4, 64, 2


def show_strides(tensor: Tensor, *others: Tensor, names: Sequence[str] | None = None) -> CourseWidget:
    """Show which box of memory each element of a tensor is, and what other tensors read the same boxes.

    Args:
        tensor: a dense tensor of up to four dimensions.
        others: up to five more; views of it stand over the same storage, copies over one of their own.
        names: what to call them; by default what the call says, such as ``x.t()``.

    Large tensors are drawn in part, and the picture says so.

    Raises:
        CourseError: something that is no tensor, has no strides or no storage, has more than four dimensions, too many
            tensors, or too few names.
    """
    tensors = [tensor, *others]
    if len(tensors) > MOST_TENSORS:
        raise CourseError(f"show_strides draws up to {MOST_TENSORS} tensors at once, and was given {len(tensors)}.")
    called = argument_names(sys._getframe(1), len(tensors)) if names is None else [str(name) for name in names]
    if len(called) != len(tensors):
        raise CourseError(
            f"show_strides was given {len(tensors)} tensors and {len(called)} names; give one name for each."
        )
    data = strides_data(tensors, called)
    return CourseWidget("strides", data, svg=strides_svg(data, _text(data)), text=_text(data))


def strides_data(tensors: Sequence[Tensor], names: Sequence[str]) -> dict:
    """The picture as data: tensors with the storage position of each drawn cell, and storages with their boxes.

    ``storages[i]["boxes"]`` are those that drawn cells read, or all of a small storage; positions count elements of the
    tensor's dtype from the begin of the storage.
    """
    storages: list[dict] = []
    known: dict[object, int] = {}
    drawn = []
    for k, (tensor, name) in enumerate(zip(tensors, names, strict=True)):
        size = _storage_size(tensor, name)
        key = (tensor.untyped_storage().data_ptr(), tensor.dtype) if size else k
        if key not in known:
            known[key] = len(storages)
            storages.append({"name": f"storage {len(storages) + 1}", "size": size, "boxes": {}, "first": tensor})
        drawn.append(_tensor_data(tensor, name, known[key]))
        storages[known[key]]["boxes"].update({cell["position"]: "" for cell in drawn[-1]["cells"]})
    bytes_of = [s["first"].untyped_storage().data_ptr() if s["size"] else None for s in storages]
    for i, storage in enumerate(storages):
        readers = [t["name"] for t in drawn if t["storage"] == i]
        twin = next((j for j in range(len(storages)) if j != i and bytes_of[i] and bytes_of[j] == bytes_of[i]), None)
        storage["boxes"] = _boxes(storage.pop("first"), storage["size"], set(storage["boxes"]))
        storage["says"] = _storage_says(storage, readers, None if twin is None else storages[twin]["name"])
        for t in drawn:
            if t["storage"] == i:
                t["says"] = [*_relation(t, drawn, storage, twin is not None), *t["says"]]
    return {"name": f"Storage and strides of {', '.join(names)}", "tensors": drawn, "storages": storages}


def _storage_size(tensor: object, name: str) -> int:
    """How many elements the tensor's storage has room for."""
    if not isinstance(tensor, Tensor):
        raise CourseError(f"show_strides draws tensors, and {name} is {kind(tensor)} {in_words(tensor)}.")
    if tensor.is_nested or tensor.layout is not torch.strided:
        layout = "nested" if tensor.is_nested else str(tensor.layout).removeprefix("torch.")
        raise CourseError(f"{name} has the layout {layout}, which has no strides; show_strides needs a dense tensor.")
    if tensor.device.type == "meta":
        raise CourseError(f"{name} is on device meta and has no storage; make it on the CPU to see its strides.")
    if tensor.is_quantized:
        raise CourseError(f"{name} is quantized; show {name}.int_repr() instead, the numbers that are really stored.")
    if tensor.dim() > MOST_DIMENSIONS:
        raise CourseError(
            f"{name} has {tensor.dim()} dimensions, and show_strides draws up to {MOST_DIMENSIONS}; pick a part of it, "
            f"such as {name}[0]."
        )
    try:
        size = tensor.untyped_storage().nbytes() // tensor.element_size()
    except (RuntimeError, NotImplementedError):
        raise CourseError(f"{name} has no storage of its own to look into ({type(tensor).__name__}).") from None
    reach = tensor.storage_offset() + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride(), strict=True))
    if tensor.numel() and reach >= size:
        raise CourseError(f"{name} reaches beyond its storage, which was made smaller; there is nothing to read there.")
    return size


def _tensor_data(tensor: Tensor, name: str, storage: int) -> dict:
    shape, stride, offset = tuple(tensor.shape), tensor.stride(), tensor.storage_offset()
    shown = window_for(shape)
    values = read(dense(tensor), shown)
    return {
        "name": name,
        "storage": storage,
        "shape": list(shape),
        "stride": list(stride),
        "offset": offset,
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "contiguous": tensor.is_contiguous(),
        "says": _walk_says(tensor),
        "left_out": left_out(shown),
        "slabs": slabs(shown),
        "cells": [
            {
                "at": list(where),
                "value": short(values[where]),
                "position": position(where, stride, offset),
                "after_gap": _number(where, shape) - 1 not in numbers,
            }
            for numbers in [{_number(where, shape) for where in values}]
            for where in sorted(values)
        ],
    }


def position(where: Coordinate, stride: Sequence[int], offset: int) -> int:
    """The place in the storage of the element at index ``where``."""
    return offset + sum(i * s for i, s in zip(where, stride, strict=True))


def _number(where: Coordinate, shape: Sequence[int]) -> int:
    """Where an element stands in the logical order, the last dimension fastest."""
    number = 0
    for i, size in zip(where, shape, strict=True):
        number = number * size + i
    return number


def _boxes(tensor: Tensor, size: int, read_positions: set[int]) -> list[dict]:
    """The boxes to draw, with the values that really lie in the storage, whatever any tensor makes of them."""
    places = list(range(size)) if size <= WHOLE_STRIP else sorted(_with_neighbours(read_positions, size))
    if not places:
        return []
    with torch.no_grad():
        flat = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
        flat.set_(tensor.untyped_storage(), 0, (size,), (1,))
        values = dense(flat[torch.tensor(places, device=tensor.device)]).tolist()
    return [{"at": place, "value": short(value)} for place, value in zip(places, values, strict=True)]


def _with_neighbours(places: set[int], size: int) -> set[int]:
    """Short gaps are drawn, for a box takes no more room than the sign for a gap."""
    found = set(places)
    ordered = sorted(places)
    for one, other in zip(ordered, ordered[1:], strict=False):
        if other - one <= NEAR + 1:
            found.update(range(one, other))
    return found | {0, size - 1}


def _walk_says(tensor: Tensor) -> list[str]:
    if tensor.numel() == 0:
        return ["It has no elements, so there is nothing to walk over."]
    if tensor.dim() == 0:
        return ["It has no dimensions, so it has no strides: its one element is at the offset."]
    says = []
    repeated = [d for d, (n, s) in enumerate(zip(tensor.shape, tensor.stride(), strict=True)) if s == 0 and n > 1]
    if repeated:
        times = " and ".join(f"dimension {d}" for d in repeated)
        says.append(f"Stride 0 in {times}: a step there stays on the same box, so no number is stored twice.")
    if tensor.is_contiguous():
        says.append("Contiguous: in logical order it walks the storage box by box.")
    else:
        usual = _contiguous_stride(tensor.shape)
        says.append(
            f"Not contiguous: in logical order it does not walk box by box; that would take the stride {usual}. "
            ".contiguous() would copy it."
        )
    if tensor.dim() == 4 and not tensor.is_contiguous() and tensor.is_contiguous(memory_format=torch.channels_last):
        says.append("It is contiguous in the memory format channels_last: the channels of one pixel lie side by side.")
    if tensor.is_conj() or tensor.is_neg():
        says.append("Its values are changed when they are read (a lazy conjugate or minus); the boxes are not.")
    return says


def _contiguous_stride(shape: Sequence[int]) -> tuple[int, ...]:
    return torch.empty(tuple(shape), device="meta").stride()


def _relation(t: dict, drawn: list[dict], storage: dict, same_bytes: bool) -> list[str]:
    others = [o["name"] for o in drawn if o is not t and o["storage"] == t["storage"]]
    if others:
        return [f"A window on {storage['name']}, which {_and(others)} {'reads' if len(others) == 1 else 'read'} too."]
    if same_bytes:
        return ["It reads the same bytes as another tensor here, as another dtype."]
    if len(drawn) > 1:
        return [f"It has {storage['name']} to itself: writing to it changes no other tensor here."]
    return []


def _storage_says(storage: dict, readers: list[str], twin: str | None) -> str:
    shown = len(storage["boxes"])
    row = "1 number" if storage["size"] == 1 else f"{storage['size']:,} numbers in a row"
    says = f"{row}, read by {_and(readers)}"
    if shown < storage["size"]:
        says += f"; {shown:,} of them are drawn"
    return f"{says}; the same bytes as {twin}, read as another dtype" if twin else says


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _text(data: dict) -> str:
    lines = [data["name"]]
    for i, storage in enumerate(data["storages"]):
        lines.append(f"  {storage['name']}: {storage['says']}")
        lines.append("    " + " ".join(f"{box['at']}:{box['value']}" for box in storage["boxes"]))
        for t in data["tensors"]:
            if t["storage"] == i:
                lines.append(
                    f"  {t['name']}: shape {tuple(t['shape'])}, stride {tuple(t['stride'])}, offset {t['offset']}. "
                    f"{' '.join(t['says'])}"
                )
                places = ", ".join(str(cell["position"]) for cell in t["cells"])
                lines.append(f"    boxes in logical order: {places or 'none'}. {t['left_out']}".rstrip())
    return "\n".join(lines)

"""What operations saved for their backward: which node it is, at which version, and whether it is still there."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from course_utils.graphs import functions as fn
from course_utils.graphs.selection import Selection
from course_utils.graphs.values import value_of


def saved_entries(function: Any) -> list[dict[str, Any]]:
    """The saved tensors of a node, each with the tensor itself, which `finish_saved` takes out again."""
    found = []
    for saved in fn.saved_by(function):
        tensor = saved.tensor
        found.append(
            {
                "name": saved.name,
                "shape": None if tensor is None else list(tensor.shape),
                "dtype": None if tensor is None else str(tensor.dtype).removeprefix("torch."),
                "from": None,
                "version_saved": saved.version_saved,
                "version_now": saved.version_now,
                "freed": saved.freed,
                "broken": saved.broken,
                "value": None,
                "tensor": tensor,
            }
        )
    return found


def finish_saved(part: Selection, nodes: list[dict[str, Any]]) -> None:
    """Say of every saved tensor which node it is, and let nodes without a value learn it from what was saved of them."""
    by_id = {node["id"]: node for node in nodes}
    for node in nodes:
        node["saved"] = [
            saved for saved in node["saved"] if saved["tensor"] is not None or saved["freed"] or saved["broken"]
        ]
        for saved in node["saved"]:
            _finish(part, saved, by_id)
        node["freed"] = any(saved["freed"] for saved in node["saved"])
    for node in nodes:
        for saved in node["saved"]:
            origin = by_id.get(saved["from"])
            if origin is not None and origin["value"] is None and origin["shape"] == saved["shape"]:
                origin["value"] = saved["value"]


def _finish(part: Selection, saved: dict[str, Any], by_id: dict[str, Any]) -> None:
    """Only a tensor that is no node's, or a node's without a value, has its values written out."""
    tensor = saved.pop("tensor")
    if tensor is None:
        return
    key = part.tape.key_in_recording(tensor)
    if key not in part.ids:
        key = next(
            (k for k, held in part.tape.held.items() if k in part.ids and _same_memory(held.tensor(), tensor)), key
        )
    saved["from"] = part.ids.get(key)
    node = by_id.get(saved["from"])
    if node is None or node["value"] is None:
        saved["value"] = value_of(tensor, *part.detail)


def _same_memory(one: Tensor | None, other: Tensor) -> bool:
    if (
        one is None
        or one.layout is not torch.strided
        or other.layout is not torch.strided
        or one.is_meta
        or other.is_meta
    ):
        return False
    return one.shape == other.shape and one.data_ptr() == other.data_ptr() and one.numel() > 0

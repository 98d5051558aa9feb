"""What became of leaves between two looks: gradients cleared, values moved."""

from __future__ import annotations

from collections.abc import Callable

from course_utils.graphs.gradients import Key
from course_utils.graphs.recording import Leaf, Note
from course_utils.graphs.values import Snapshot


def changed_in_place(key: Key, version: int) -> Note:
    """The note on an operation that wrote over its input."""
    text = "{} was changed in place and is at version {} now; an operation that saved an older one can't go back."
    return Note("in_place", [key], lambda name: text.format(name(key), version))


def was_cleared(leaf: Leaf) -> bool:
    """Whether a leaf that had a gradient has none, or only zeros, now."""
    tensor = leaf.tensor()
    if tensor is None:
        return False
    if tensor.grad is None:
        return True
    had = leaf.grad is not None and leaf.grad.flat is not None and bool(leaf.grad.flat.any())
    return had and not bool(tensor.grad.any())


def has_none(item: tuple[Key, Leaf]) -> bool:
    """Whether the .grad of a leaf that had one is None now."""
    tensor = item[1].tensor()
    return tensor is not None and tensor.grad is None


def few(keys: list[Key], name: Callable[[Key], str]) -> str:
    """The names of some nodes, and how many more there are."""
    shown = ", ".join(name(key) for key in keys[:4])
    return shown + (f" and {len(keys) - 4} more" if len(keys) > 4 else "")


def change(was: Snapshot, now: Snapshot) -> str:
    """One number before and after, or the mean of many."""
    before, after = was.value(), now.value()
    if len(before.get("data") or []) == 1 and len(after.get("data") or []) == 1:
        return f"{before['data'][0]} → {after['data'][0]}"
    if "stats" in before and "stats" in after:
        return f"(mean {before['stats']['mean']} → {after['stats']['mean']})"
    return "changed"

"""Which names of torch, and of what is taught beside it, a cell really uses.

Read from the code, not from a run: what a chapter teaches should not depend on the machine that builds it. A name counts
only where the library has it, so that a name taught as wrong (``torch.nn.Module.Linear``) does not.
"""

from __future__ import annotations

import ast
import functools
import importlib
import pathlib
import types
from collections.abc import Iterable

import torch

LIBRARIES = ("torch", "h5py", "lightning", "tqdm", "safetensors")

# A method is known by its name alone, so these could as well be Python's own.
_PYTHONS = {name for kind in (str, bytes, list, dict, set, tuple, int, float, pathlib.Path) for name in dir(kind)} - {
    "real",
    "imag",
}
_METHODS = {name for name in dir(torch.Tensor) if not name.startswith("_")} - _PYTHONS


def imported(trees: Iterable[ast.AST]) -> dict[str, str]:
    """What a chapter calls things: ``{"F": "torch.nn.functional", "nn": "torch.nn"}``."""
    names = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    whole = alias.name if alias.asname else alias.name.split(".")[0]
                    names[alias.asname or whole] = whole
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return {name: whole for name, whole in names.items() if whole.split(".")[0] in LIBRARIES}


def used(tree: ast.AST, names: dict[str, str]) -> set[str]:
    """The full names that a piece of code uses: ``torch.cat``, ``torch.Tensor.view``, ``torch.nn.Linear``."""
    found, inner = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            chain = _chain(node)
            if chain is not None:
                inner |= {id(part) for part in ast.walk(node)}
                if chain[0] in names:
                    found |= _known(".".join([names[chain[0]], *chain[1:]]))
                    continue
                found |= {f"torch.Tensor.{part}" for part in chain[1:] if part in _METHODS}
            elif isinstance(node, ast.Attribute) and node.attr in _METHODS:
                found.add(f"torch.Tensor.{node.attr}")
    return found


def same(name: str) -> set[str]:
    """The names that are one thing to a learner: a function, the method of that name, and the one that works in place."""
    last = name.rpartition(".")[2]
    if name not in (f"torch.{last}", f"torch.Tensor.{last}"):
        return {name}
    return {f"{home}.{one}" for home in ("torch", "torch.Tensor") for one in (last, last.removesuffix("_"), f"{last}_")}


def _chain(node: ast.AST) -> list[str] | None:
    """``["torch", "nn", "Linear"]`` for what is written ``torch.nn.Linear``; None where a call or an index is in it."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else None


@functools.cache
def _known(name: str) -> frozenset[str]:
    """The longest part of a dotted name that its library has, under the name that people use; modules themselves do not count."""
    parts = name.split(".")
    if parts[0] != "torch":
        # Not asked whether it is there: Lightning, once imported, changes torch.compile for the whole process.
        classes = [i for i, part in enumerate(parts) if part[:1].isupper()]
        whole = ".".join(parts[: (classes[0] if classes else 1) + 1])
        return frozenset({_OUTER.get(whole, whole)}) if len(parts) > 1 else frozenset()
    thing, reached = torch, "torch"
    for part in parts[1:]:
        if not isinstance(thing, types.ModuleType):
            break
        try:
            thing = getattr(thing, part)
        except AttributeError:
            try:
                thing = importlib.import_module(f"{reached}.{part}")
            except ImportError:
                return frozenset()
        reached = f"{reached}.{part}"
    if isinstance(thing, types.ModuleType) or reached.split(".")[-1].startswith("_"):
        return frozenset()
    return frozenset({_OUTER.get(reached, reached)})


# Where people look for these, whichever way they were imported.
_OUTER = {
    "torch.utils.tensorboard.writer.SummaryWriter": "torch.utils.tensorboard.SummaryWriter",
    "tqdm.auto.tqdm": "tqdm.tqdm",
    "tqdm.std.tqdm": "tqdm.tqdm",
    "lightning.pytorch.LightningModule": "lightning.LightningModule",
    "lightning.pytorch.Trainer": "lightning.Trainer",
}

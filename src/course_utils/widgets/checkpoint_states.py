"""State dicts, wherever they are: in a module, in a dict, in a file; and what torch says when one is loaded into another.

A file is opened with ``weights_only=True`` and in no other way. A pickle can run any program while it is read, and a
picture is no reason to let it.
"""

from __future__ import annotations

import copy
import pickle
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.errors import CourseError
from course_utils.pictures.values import in_words, kind

_GLOBAL = re.compile(r"GLOBAL (\S+)")


@dataclass(frozen=True)
class State:
    """One side of a comparison.

    Attributes:
        values: key to tensor; a key ending in ``_extra_state`` may hold anything.
        module: the module that the state is of, where there is one.
    """

    values: dict[str, Any]
    module: nn.Module | None = None


def state_of(given: object, name: str) -> State:
    """A state dict from what the caller has.

    Args:
        given: a module, a state dict, or the path of a file that `torch.save` wrote.
        name: what the caller calls it, for messages.

    Raises:
        CourseError: it is none of these, the file cannot be read, or reading it would run code.
    """
    if isinstance(given, nn.Module):
        return State(dict(given.state_dict()), given)
    if isinstance(given, str | Path):
        return State(_checked(_loaded(Path(given)), f"The file {Path(given).name}"))
    if isinstance(given, Mapping):
        return State(_checked(given, name))
    raise CourseError(
        f"{name} is {kind(given)} {in_words(given)}; show_checkpoint compares modules, state dicts and the paths of files."
    )


def _loaded(path: Path) -> object:
    if not path.is_file():
        raise CourseError(f"There is no file {path}; check the path.")
    if path.suffix == ".safetensors":
        raise CourseError(f"{path.name} is no pickle; give safetensors.torch.load_file({path.name!r}) instead of its path.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        wanted = _GLOBAL.search(str(error))
        if wanted:
            raise CourseError(
                f"{path.name} was refused: it asks for {wanted[1]}, and reading it could run code; "
                "ask for a file of tensors only, as torch.save(model.state_dict(), path) writes it."
            ) from None
        raise CourseError(
            f"{path.name} was refused: it does not hold tensors only, or is no file of torch.save; "
            "ask for one that torch.save(model.state_dict(), path) wrote."
        ) from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, AttributeError, TypeError, IndexError) as error:
        raise CourseError(f"{path.name} cannot be read as a file of torch.save: {in_words(str(error))}.") from None


def _checked(given: object, name: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise CourseError(f"{name} holds {kind(given)} instead of a state dict; save model.state_dict().")
    if not given:
        raise CourseError(f"{name} is an empty dict; there is nothing to compare.")
    inner = [key for key, value in given.items() if isinstance(value, Mapping) and not _is_extra(key)]
    if inner and not any(isinstance(value, Tensor) for value in given.values()):
        raise CourseError(
            f"{name} is a whole checkpoint with the parts {', '.join(in_words(key, 40) for key in list(given)[:8])}; "
            f"give its state dict, such as checkpoint[{in_words(inner[0], 40)}]."
        )
    for key, value in given.items():
        if not isinstance(key, str):
            raise CourseError(f"A state dict's keys are names, and {name} has the key {in_words(key)}.")
        if not isinstance(value, Tensor) and not _is_extra(key):
            raise CourseError(f"{name} has {kind(value)} {in_words(value)} under {in_words(key)} where a tensor should be.")
    return dict(given)


def _is_extra(key: object) -> bool:
    return isinstance(key, str) and key.rpartition(".")[2] == "_extra_state"


@dataclass(frozen=True)
class Verdict:
    """What came of loading b into a.

    Attributes:
        ran: what it was loaded into, in words.
        strict: torch's message where ``load_state_dict(b)`` raised, else None.
        loose: the same with ``strict=False``.
    """

    ran: str
    strict: str | None
    loose: str | None


def verdict(a: State, b: State) -> Verdict:
    """Load b into a copy of a's module, really, both ways; without a module, into one made of a's tensors."""
    ran, make = _stand_in(a)
    messages = []
    for strict in (True, False):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                make().load_state_dict(b.values, strict=strict)
            messages.append(None)
        except Exception as error:
            messages.append(str(error))
    return Verdict(ran, *messages)


def _stand_in(a: State):
    if a.module is not None:
        try:
            copy.deepcopy(a.module)
            return f"a copy of your {kind(a.module)}", lambda: copy.deepcopy(a.module)
        except Exception:
            # Some modules hold what cannot be copied (locks, graphs); then their tensors' names and shapes must do.
            return f"a module with the tensors of your {kind(a.module)}, which cannot be copied", lambda: _module_of(a.values)
    return "a module made of a's tensors", lambda: _module_of(a.values)


def _module_of(values: dict[str, Any]) -> nn.Module:
    """A module whose state dict has these keys, shapes and dtypes; it holds no values."""
    root = nn.Module()
    for key, value in values.items():
        if not isinstance(value, Tensor):
            continue
        *path, last = key.split(".")
        at = root
        for part in path:
            if part not in at._modules:
                at._modules[part] = nn.Module()
            at = at._modules[part]
        at._buffers[last] = torch.empty_like(value, device="meta")
    return root

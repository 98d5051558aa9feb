"""What the caller calls their tensors: variables of the cell, and the parameters of modules among them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from types import FrameType

from torch import Tensor, nn

from course_utils.errors import CourseError

Named = list[tuple[str, Tensor]]
Params = nn.Module | Mapping[str, Tensor] | Iterable[tuple[str, Tensor]]


def variables(frame: FrameType | None) -> tuple[Named, list[tuple[str, nn.Module]]]:
    """The tensors, and the modules, that the caller has names for; locals before globals."""
    tensors: Named = []
    modules: list[tuple[str, nn.Module]] = []
    if frame is None:
        return tensors, modules
    held = frame.f_locals
    scopes = [held] if held is frame.f_globals else [dict(held), frame.f_globals]
    if frame.f_code.co_flags & inspect.CO_OPTIMIZED and isinstance(held, dict):
        # Before Python 3.13 a function's frame keeps this copy of its variables, and they would never be freed.
        held.clear()
    for scope in scopes:
        for name, value in list(scope.items()):
            # Notebooks keep every output under names such as _ and _12.
            if name.startswith("_"):
                continue
            if isinstance(value, Tensor):
                tensors.append((name, value))
            elif isinstance(value, nn.Module):
                modules.append((name, value))
    return tensors, modules


def pairs(params: Params | None) -> Named:
    """Names and tensors of a module, a mapping or a list of pairs.

    Raises:
        CourseError: it is none of these, or a name stands for something that is no tensor.
    """
    if params is None:
        return []
    if isinstance(params, nn.Module):
        return [*params.named_parameters(), *params.named_buffers()]
    try:
        found = [(str(name), value) for name, value in (params.items() if isinstance(params, Mapping) else params)]
    except (TypeError, ValueError):
        kind = type(params).__name__
        raise CourseError(f"Names come as a dict of tensors or as a module, and these came as {kind}.") from None
    for name, value in found:
        if not isinstance(value, Tensor):
            raise CourseError(f"Every name must stand for a tensor, and {name!r} stands for a {type(value).__name__}.")
    return found


def inside(modules: Iterable[tuple[str, nn.Module]]) -> Named:
    """The parameters and buffers of modules, with the module's own name in front."""
    return [(f"{name}.{inner}", tensor) for name, module in modules for inner, tensor in pairs(module)]

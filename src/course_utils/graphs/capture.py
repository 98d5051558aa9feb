"""`capture`: the graph behind a tensor, as data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

from torch import Tensor

from course_utils.errors import CourseError
from course_utils.graphs.build import graph_of_tape, graph_of_tensor
from course_utils.graphs.names import Params, pairs, variables
from course_utils.graphs.tape import tape_of


def capture(
    tensor: Tensor,
    names: Mapping[str, Tensor] | None = None,
    params: Params | None = None,
    frame: FrameType | None = None,
) -> dict[str, Any]:
    """The autograd graph of ``tensor`` with values and gradients.

    If a `record` that is still at hand saw the tensor being made, the graph is the recorded one. Otherwise it is read
    from ``grad_fn``, and its notes say what cannot be known that way. The gradients come from a backward pass on the
    side, which changes no ``.grad``; hooks of yours run in it as in any other.

    Args:
        tensor: the output, any shape.
        names: names for tensors; by default the variables of ``frame``, and parameters of modules among them.
        params: further names: a module, a mapping or pairs.
        frame: whose variables; the caller's by default.

    Raises:
        CourseError: ``tensor`` is not a tensor.
    """
    if not isinstance(tensor, Tensor):
        raise CourseError(
            f"A graph stands behind a tensor, and this is a {type(tensor).__name__}; pass the tensor itself."
        )
    tensors, modules = variables(frame if frame is not None else sys._getframe(1))
    if names is not None:
        tensors, modules = pairs(names), []
    known = pairs(params) + tensors
    tape = tape_of(tensor)
    if tape is not None:
        return graph_of_tape(tape, tensor, known if names is not None or params is not None else None)
    return graph_of_tensor(tensor, known, modules)

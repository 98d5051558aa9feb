"""`record()`: a forward and its backward passes, with all the values in between."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from course_utils.errors import CourseError
from course_utils.graphs.build import graph_of_tape
from course_utils.graphs.listener import Listener
from course_utils.graphs.names import pairs, variables
from course_utils.graphs.recording import RECORDING, Recording
from course_utils.graphs.source_lines import user_frame


class Tape(Recording):
    """What `record` recorded; `graph` makes of it what docs/graph-format.md describes."""

    def graph(self, tensor: Tensor | None = None, names: Mapping[str, Tensor] | None = None) -> dict[str, Any]:
        """The recording as graph data.

        Args:
            tensor: the output to show the way to; everything that was recorded if None.
            names: names for tensors; by default the variables of whoever recorded.

        Raises:
            CourseError: nothing was recorded, or ``tensor`` is not part of it.
        """
        if tensor is not None and not isinstance(tensor, Tensor):
            raise CourseError(f"A tape shows the way to a tensor, and was asked for a {type(tensor).__name__}.")
        return graph_of_tape(self, tensor, None if names is None else pairs(names))


def tape_of(tensor: Tensor) -> Tape | None:
    """The tape that recorded the operation that made ``tensor``; of a recording inside another, the outer one."""
    tape = tensor.grad_fn.metadata.get(RECORDING) if tensor.grad_fn is not None else None
    while tape is not None and tape.outer is not None:
        tape = tape.outer
    return tape


class record:
    """Record what happens inside, for the graph widget: ``with record() as tape:``, or ``@record()`` on a function.

    Every operation with its values and the line that called for it, modules, backward passes with their real gradients,
    cleared gradients, optimizer steps. The computation itself is what it would have been. As a decorator it keeps the
    tape of the last call as ``function.tape``. Only the thread that enters it is recorded.
    """

    def __init__(self) -> None:
        self._entered: list[tuple[Tape, Listener, Any]] = []
        self._code: Any = None

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            inside = record()
            inside._code = getattr(function, "__code__", None)
            with inside as tape:
                try:
                    return function(*args, **kwargs)
                finally:
                    recorded.tape = tape

        return recorded

    def __enter__(self) -> Tape:
        tape = Tape()
        listener = Listener(tape, self._code)
        self._entered.append((tape, listener, user_frame(sys._getframe(1))))
        listener.begin()
        return tape

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        tape, listener, frame = self._entered.pop()
        listener.end()
        if isinstance(error, Exception) and tape.error is None:
            tape.error = f"{type(error).__name__}: {error}"
        # A decorated function's own variables are gone when it returns, but for its frame.
        tape.learn_names(*variables(listener.frame or frame))

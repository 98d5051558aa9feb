"""Which call of which module an operation belongs to.

torch tells us, through its global module hooks, when a module's forward begins and ends; what runs in between belongs
to it. A module that is called twice makes two groups, since a group that left and was entered again could not be drawn.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from course_utils.graphs.source_lines import Line


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a module, or of a custom autograd function's forward.

    Attributes:
        kind: "module" or "function".
        type: its class's name.
        parent: the call that it happened in.
        module: the module, as long as it lives.
        nth: how many calls of it came before, in the same parent.
        line: for a function, the line that applied it.
    """

    kind: str
    type: str
    parent: Call | None
    module: weakref.ref[nn.Module] | None = None
    nth: int = 0
    line: Line | None = None


class ModuleStack:
    """The module calls that are going on, the outermost first; every one is added to ``calls``."""

    def __init__(self, calls: list[Call]) -> None:
        self._calls = calls
        self._thread = threading.get_ident()
        self._open: list[Call] = []
        self._seen: dict[tuple[int, int], int] = {}
        self._handles: list[Any] = []

    @property
    def innermost(self) -> Call | None:
        return self._open[-1] if self._open else None

    def begin(self) -> None:
        self._handles = [
            register_module_forward_pre_hook(self._enter),
            register_module_forward_hook(self._leave, always_call=True),
        ]

    def end(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles, self._open = [], []

    def _enter(self, module: nn.Module, _arguments: Any) -> None:
        if threading.get_ident() != self._thread:
            return
        where = (id(self.innermost), id(module))
        nth = self._seen.get(where, 0)
        self._seen[where] = nth + 1
        call = Call("module", type(module).__name__, self.innermost, weakref.ref(module), nth)
        self._calls.append(call)
        self._open.append(call)

    def _leave(self, module: nn.Module, _arguments: Any, _result: Any) -> None:
        if (
            threading.get_ident() == self._thread
            and self._open
            and self._open[-1].module is not None
            and self._open[-1].module() is module
        ):
            self._open.pop()


class Paths:
    """Names for calls: a module's path from the variable that holds its root."""

    def __init__(self, known: Iterable[tuple[str, nn.Module]]) -> None:
        self._roots: dict[int, str] = {}
        for name, module in known:
            for inner, part in module.named_modules():
                self._roots.setdefault(id(part), f"{name}.{inner}" if inner else name)
        self._inside: dict[int, dict[int, str]] = {}

    def of(self, call: Call) -> str:
        """``net.0``; the class's name where no variable leads to the module; a second call says so."""
        again = f" (call {call.nth + 1})" if call.nth else ""
        return self._path(call) + again

    def _path(self, call: Call) -> str:
        module = call.module() if call.module is not None else None
        if module is None:
            return call.type
        if id(module) in self._roots:
            return self._roots[id(module)]
        parent = call.parent.module() if call.parent is not None and call.parent.module is not None else None
        if parent is None:
            return call.type
        if id(parent) not in self._inside:
            self._inside[id(parent)] = {id(part): name for name, part in parent.named_modules()}
        inner = self._inside[id(parent)].get(id(module))
        return f"{self._path(call.parent)}.{inner}" if inner else call.type

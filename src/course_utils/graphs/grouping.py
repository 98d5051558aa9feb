"""Groups: the modules and functions that operations belong to."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from course_utils.graphs.gradients import Key
from course_utils.graphs.modules import Call
from course_utils.graphs.selection import Selection


class Groups:
    """Finds the group of every node and lists the groups, parents first."""

    def __init__(self, part: Selection) -> None:
        self.part = part

    def of(self, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Write each node's group into ``nodes``; return the groups."""
        groups: dict[int, dict[str, Any]] = {}
        listed: list[dict[str, Any]] = []

        def group_of(call: Call | None) -> str | None:
            if call is None:
                return None
            if id(call) not in groups:
                parent = group_of(call.parent)
                label = self.part.tape.labels.get(id(call)) or self.part.paths.of(call)
                groups[id(call)] = {
                    "id": f"g{len(listed)}",
                    "parent": parent,
                    "kind": call.kind,
                    "label": label,
                    "type": call.type,
                }
                listed.append(groups[id(call)])
            return groups[id(call)]["id"]

        for key, node in zip(self.part.keys, nodes, strict=True):
            recorded = self.part.tape.operations.get(key)
            leaf = self.part.tape.leaves.get(key)
            if recorded is not None:
                node["group"] = group_of(recorded.call)
            elif leaf is not None and leaf.call is not None and self._owns(leaf.call, leaf.tensor()):
                node["group"] = group_of(leaf.call)
        if self.part.plain:
            self._groups_by_name(nodes, listed)
        return listed

    @staticmethod
    def _owns(call: Call, tensor: Tensor | None) -> bool:
        module = call.module() if call.module is not None else None
        return module is not None and any(tensor is p for p in module.parameters(recurse=False))

    def _groups_by_name(self, nodes: list[dict[str, Any]], listed: list[dict[str, Any]]) -> None:
        """Without a tape, the names of parameters tell which operations belong to which layer."""
        known: dict[str, str] = {}

        def group_named(path: str) -> str:
            if path not in known:
                parent = path.rpartition(".")[0]
                above = group_named(parent) if parent else None
                known[path] = f"g{len(listed)}"
                listed.append({"id": known[path], "parent": above, "kind": "module", "label": path, "type": ""})
            return known[path]

        by_key = dict(zip(self.part.keys, nodes, strict=True))
        for key, node in by_key.items():
            inputs = [item.key for item in self.part.inputs.get(key, []) if item.key in by_key]
            owners = {self._owner(k) for k in inputs} - {None}
            through = {by_key[k]["group"] for k in inputs if self._is_transpose(k)} - {None}
            if node["kind"] == "operation" and len(owners) == 1:
                node["group"] = group_named(owners.pop())
            elif node["kind"] == "operation" and len(through) == 1:
                node["group"] = through.pop()
            for k in inputs:
                if self._owner(k) in known:
                    by_key[k]["group"] = known[self._owner(k)]

    def _is_transpose(self, key: Key) -> bool:
        return key[0] == "op" and key in self.part.ids and self.part.op(key) == "t"

    def _owner(self, key: Key) -> str | None:
        names = self.part.named.get(key) or [""]
        return names[0].rpartition(".")[0] or None if key[0] == "leaf" else None

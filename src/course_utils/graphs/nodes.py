"""Nodes and edges as data."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from course_utils.graphs import functions as fn
from course_utils.graphs.gradients import Key
from course_utils.graphs.rules import rule_for
from course_utils.graphs.saved import saved_entries
from course_utils.graphs.selection import Selection
from course_utils.graphs.values import Value, value_of


class Nodes:
    """The nodes of a selection, and the edges between them; ``edge_ids`` finds an edge by node and input place."""

    def __init__(self, part: Selection) -> None:
        self.part = part
        self.nodes = [self._node(key) for key in part.keys]
        self.edges, self.edge_ids = self._edges()

    def _node(self, key: Key) -> dict[str, Any]:
        recorded = self.part.tape.operations.get(key)
        function = self.part.functions.get(key)
        tensor = self.part.tensors.get(key)
        if tensor is None and function is not None:
            tensor = fn.variable_of(function)
        if tensor is None and key[0] == "leaf" and key in self.part.tape.leaves:
            tensor = self.part.tape.leaves[key].tensor()
        value = self._value(key, tensor)
        about = self._metadata(key, tensor, value)
        tracked = key[0] == "op" or (key[0] == "leaf" and (tensor is None or tensor.requires_grad))
        operation = key[0] == "op" or key in self.part.tape.operations
        keeps = bool(tensor is not None and not tensor.is_leaf and tensor.retains_grad)
        grad = tensor.grad if tensor is not None and (tensor.is_leaf or keeps) else None
        return {
            "id": self.part.ids[key],
            "kind": "operation" if operation else "leaf" if tracked else "constant",
            "name": ", ".join(self.part.named[key]) if self.part.named.get(key) else None,
            "op": self.part.op(key) if operation else None,
            "true_name": self.part.true_name(key),
            "output": key in self.part.ends,
            "tracked": tracked,
            **about,
            "requires_grad": tracked,
            "is_leaf": None
            if tensor is None and operation
            else bool(not operation or (tensor is not None and tensor.is_leaf)),
            "retains_grad": keeps,
            "version": recorded.version
            if recorded is not None
            else None
            if tensor is None or tensor.is_inference()
            else tensor._version,
            "value": value,
            "grad": None if grad is None else value_of(grad, *self.part.detail),
            "saved": saved_entries(function) if function is not None and not (recorded and recorded.packed) else [],
            "freed": False,
            "group": None,
            "layer": 1 if key in self.part.second else 0,
            "custom": bool(function is not None and fn.is_custom(function)),
            "source": recorded.line if recorded is not None else None,
        }

    def _value(self, key: Key, tensor: Tensor | None) -> Value | None:
        recorded = self.part.tape.operations.get(key)
        if recorded is not None and recorded.values:
            # Of several results the first that somebody has a name for.
            number = tensor.output_nr if tensor is not None else 0
            return recorded.values.get(number, recorded.values[min(recorded.values)]).value(*self.part.detail)
        if key in self.part.tape.held:
            return self.part.tape.held[key].value.value(*self.part.detail)
        if key in self.part.tape.leaves:
            return self.part.tape.leaves[key].value.value(*self.part.detail)
        return None if tensor is None else value_of(tensor, *self.part.detail)

    def _metadata(self, key: Key, tensor: Tensor | None, value: Value | None) -> dict[str, Any]:
        if value is not None:
            device = str(tensor.device) if tensor is not None else None
            return {"shape": value["shape"], "dtype": value["dtype"], "device": device or self._device(key)}
        if tensor is not None:
            return {
                "shape": list(tensor.shape),
                "dtype": str(tensor.dtype).removeprefix("torch."),
                "device": str(tensor.device),
            }
        data = fn.output_metadata(self.part.functions[key]) if key in self.part.functions else []
        if not data:
            return {"shape": None, "dtype": None, "device": None}
        return {
            "shape": [int(n) for n in data[0].shape],
            "dtype": str(data[0].dtype).removeprefix("torch."),
            "device": str(data[0].device),
        }

    def _device(self, key: Key) -> str | None:
        data = fn.output_metadata(self.part.functions[key]) if key in self.part.functions else []
        return str(data[0].device) if data else "cpu"

    def _edges(self) -> tuple[list[dict[str, Any]], dict[tuple[Key, int], str]]:
        edges, ids = [], {}
        for key in self.part.keys:
            recorded = self.part.tape.operations.get(key)
            for item in self.part.inputs.get(key, []):
                if item.key not in self.part.ids or item.key == key:
                    continue
                name = self.part.true_name(key)
                rule = rule_for(name, item.place) if name and item.place >= 0 else None
                cut = None
                if recorded is not None and recorded.cut is not None and (item.key[0] in ("op", "leaf")):
                    cut = {"why": recorded.cut[0], "text": recorded.cut[1]}
                edge = {
                    "id": f"e{len(edges)}",
                    "from": self.part.ids[item.key],
                    "to": self.part.ids[key],
                    "output": item.output,
                    "input": item.place,
                    "label": rule.label if rule is not None else None,
                    "cut": cut,
                }
                edges.append(edge)
                if item.place >= 0:
                    ids[key, item.place] = edge["id"]
        return edges, ids

"""What happened, a step at a time, each with its sentence."""

from __future__ import annotations

from typing import Any

from course_utils.graphs import functions as fn
from course_utils.graphs.gradients import Key, Pass, Visit, pass_aside
from course_utils.graphs.recording import Note
from course_utils.graphs.rules import rule_for
from course_utils.graphs.selection import Selection
from course_utils.graphs.values import Snapshot

ASIDE = "No backward() was recorded, so the backward steps come from a pass made on the side; nobody's .grad was changed by it."
OF_THE_SUM = "The output has more than one element, so the backward steps show the gradient of its sum."


class Steps:
    """The steps of a selection; ``passes`` are the backward passes in them."""

    def __init__(self, part: Selection, edge_ids: dict[tuple[Key, int], str]) -> None:
        self.part = part
        self.edge_ids = edge_ids
        self.passes: list[Pass] = []
        self._retained: dict[Key, Snapshot] = {}

    def all(self) -> list[dict[str, Any]]:
        """Forward steps, backward steps and notes in the order in which they happened."""
        self.passes = [event for event in self.part.tape.events if isinstance(event, Pass)]
        happened = {event for event in self.part.tape.events if isinstance(event, tuple)}
        steps = [
            self._forward(key)
            for key in self.part.keys
            if key not in happened and key[0] == "op" and key not in self.part.second
        ]
        run = 0
        for event in self.part.tape.events:
            if isinstance(event, Pass):
                mine = [visit for visit in event.visits if visit.key in self.part.ids]
                if mine or event.error:
                    run += 1
                    steps += self._backward(event, mine, run)
            elif isinstance(event, Note):
                steps += self._note(event)
            elif event in self.part.ids:
                steps.append(self._forward(event))
        if run == 0:
            steps += self._aside()
        return steps

    def _aside(self) -> list[dict[str, Any]]:
        outputs = [t for t in self.part.outputs if t.grad_fn is not None and (t.is_floating_point() or t.is_complex())]
        if not outputs:
            return []
        made = pass_aside(outputs, {key for key, op in self.part.tape.operations.items() if op.packed})
        self.passes.append(made)
        self.part.notes.append(ASIDE)
        if any(t.numel() != 1 for t in outputs):
            self.part.notes.append(OF_THE_SUM)
        return self._backward(made, [v for v in made.visits if v.key in self.part.ids], 1)

    def _forward(self, key: Key) -> dict[str, Any]:
        inputs = [self.part.name(item.key) for item in self.part.inputs.get(key, []) if item.key in self.part.ids]
        recorded = self.part.tape.operations.get(key)
        result = f", and gives {', '.join(self.part.named[key][:2])}" if self.part.named.get(key) else ""
        text = (
            f"{self.part.op(key)} takes {_listed(inputs)}{result}." if inputs else f"{self.part.op(key)} runs{result}."
        )
        if recorded is not None and recorded.cut is not None:
            text += f" {recorded.cut[1]}"
        return {"pass": "forward", "node": self.part.ids[key], "text": text}

    def _note(self, note: Note) -> list[dict[str, Any]]:
        keys = [key for key in note.keys if key in self.part.ids]
        if note.keys and not keys:
            return []
        return [
            {
                "pass": "note",
                "what": note.what,
                "nodes": [self.part.ids[k] for k in keys],
                "text": note.say(self.part.name),
            }
        ]

    def _backward(self, made: Pass, visits: list[Visit], run: int) -> list[dict[str, Any]]:
        sent_before: dict[Key, int] = {}
        steps = []
        for visit in visits:
            steps.append(self._visit(visit, run, sent_before.get(visit.key, 0), made.aside))
            for item in self.part.inputs.get(visit.key, []):
                if item.place in visit.sent:
                    sent_before[item.key] = sent_before.get(item.key, 0) + 1
        if made.error:
            broken = [self.part.ids[v.key] for v in visits[-1:]]
            steps.append({"pass": "note", "what": "error", "nodes": broken, "text": f"torch stops here: {made.error}"})
        elif made.freed:
            text = (
                "The pass is over and what the operations had saved is freed. Another backward() through them raises an "
                "error, unless retain_graph=True had been given."
            )
            steps.append({"pass": "note", "what": "freed", "nodes": [], "text": text})
        return steps

    def _visit(self, visit: Visit, run: int, arrivals: int, aside: bool) -> dict[str, Any]:
        key = visit.key
        rules, sends = [], []
        for place, value in sorted(visit.sent.items()):
            edge = self.edge_ids.get((key, place))
            if edge is None:
                continue
            sends.append({"edge": edge, "value": value.value(*self.part.detail)})
            rules.append({"edge": edge, **self._rule(key, place, visit.local.get(place))})
        summed = f" It is the sum of the {arrivals} gradients that came here." if arrivals > 1 else ""
        accumulates = None
        if key[0] == "leaf":
            text, accumulates = self._accumulated(visit, aside)
            text += summed
        else:
            goes = [
                self.part.name(item.key)
                for item in self.part.inputs.get(key, [])
                if item.place in visit.sent and item.key in self.part.ids
            ]
            text = f"The gradient of {self.part.name(key)} arrives.{summed}"
            text += f" {self.part.op(key)} sends a gradient on to {_listed(goes)}." if goes else ""
            tensor = self.part.tensors.get(key)
            if (
                tensor is not None
                and not tensor.is_leaf
                and tensor.retains_grad
                and visit.incoming
                and visit.incoming[0] is not None
            ):
                kept = f"retain_grad() keeps it as {self.part.name(key)}.grad."
                before = self._retained.get(key)
                after = visit.incoming[0] if before is None else before.plus(visit.incoming[0])
                self._retained[key] = after
                accumulates = {
                    "into": "grad",
                    "before": before and before.value(*self.part.detail),
                    "after": after.value(*self.part.detail),
                    "text": kept,
                }
        return {
            "pass": "backward",
            "run": run,
            "node": self.part.ids[key],
            "incoming": [g and g.value(*self.part.detail) for g in visit.incoming],
            "rules": rules,
            "sends": sends,
            "accumulates": accumulates,
            "text": text,
        }

    def _rule(self, key: Key, place: int, local: Snapshot | None) -> dict[str, Any]:
        function = self.part.functions.get(key)
        if function is not None and fn.is_custom(function):
            says = "This is an autograd.Function: its own backward method computed what is sent."
            return {"formula": "∂result/∂input", "local": None, "how": "other", "says": says}
        rule = rule_for(self.part.true_name(key) or "", place)
        return {
            "formula": rule.formula,
            "local": local and local.value(*self.part.detail),
            "how": rule.how if local is not None or rule.how != "times" else "other",
            "says": rule.says,
        }

    def _accumulated(self, visit: Visit, aside: bool) -> tuple[str, dict[str, Any] | None]:
        name = self.part.name(visit.key)
        after = visit.after
        if after is None:
            return f"The gradient of {name} arrives.", None
        would = "would become" if aside else "becomes"
        if visit.before is None:
            text = f"{name} is a leaf. Its .grad was None, so it {would} what arrived."
        else:
            text = f"{name} is a leaf and had a .grad already: what arrives is added to it, it does not replace it."
        return text, {
            "into": "grad",
            "before": visit.before and visit.before.value(*self.part.detail),
            "after": after.value(*self.part.detail),
            "text": text,
        }


def _listed(words: list[str]) -> str:
    shown = words[:5] + ([f"{len(words) - 5} more"] if len(words) > 5 else [])
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]

"""Graph data, put together: from a tape, or from ``grad_fn`` alone. The format is docs/graph-format.md."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from course_utils.errors import CourseError
from course_utils.graphs.grouping import Groups
from course_utils.graphs.names import Named
from course_utils.graphs.nodes import Nodes
from course_utils.graphs.reasons import reason_without_graph
from course_utils.graphs.recording import Recording
from course_utils.graphs.saved import finish_saved
from course_utils.graphs.selection import Selection
from course_utils.graphs.steps import Steps
from course_utils.graphs.values import SAMPLE

FORMAT, VERSION = "course-graph", 1

WITHOUT_TAPE = (
    "This graph was read from grad_fn after the fact. It cannot know the lines that made it, operations that needed no "
    "gradient, or values that nothing kept; `with record():` around the computation shows them too."
)
SAMPLED = f"Large tensors are shown by statistics of a sample of at most {SAMPLE:,} of their elements."

Graph = dict[str, Any]


def graph_of_tape(tape: Recording, tensor: Tensor | None, names: Named | None) -> Graph:
    """The part of a recording that leads to ``tensor``, or all of it."""
    if not tape.operations:
        raise CourseError("Nothing was recorded: no operation on tensors ran inside `with record():`.")
    if tensor is not None and tensor.grad_fn is None and tape.key_in_recording(tensor) not in tape.operations:
        raise CourseError("This tensor was not made inside `with record():`; show one that was, or the whole tape.")
    return _graph(Selection(tape, tensor, names, []))


def graph_of_tensor(tensor: Tensor, names: Named, modules: list[tuple[str, torch.nn.Module]]) -> Graph:
    """The graph behind one tensor, from ``grad_fn`` alone; of one without a graph the tensor itself, and why."""
    found = _graph(Selection(None, tensor, names, modules))
    if tensor.grad_fn is None:
        found["notes"].append(reason_without_graph(tensor))
    return found


@contextmanager
def _without_collections() -> Iterator[None]:
    """Python's collector would look through all objects many times over while this makes only data that stays."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@_without_collections()
def _graph(part: Selection) -> Graph:
    drawn = Nodes(part)
    nodes = drawn.nodes
    groups = Groups(part).of(nodes)
    told = Steps(part, drawn.edge_ids)
    steps = told.all()
    finish_saved(part, nodes)
    if any(node["value"] and node["value"].get("sampled") for node in nodes):
        part.notes.append(SAMPLED)
    title = part.named.get(part.tape.key_in_recording(part.tensor), []) if part.tensor is not None else []
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": ", ".join(title) or "output",
        "made": {"by": "grad_fn" if part.plain else "record", "torch": str(torch.__version__)},
        "notes": ([WITHOUT_TAPE] if part.plain and part.functions else []) + part.notes,
        "nodes": nodes,
        "edges": drawn.edges,
        "groups": groups,
        "steps": steps,
        "error": _error(part, nodes, told),
    }


def _error(part: Selection, nodes: list[dict[str, Any]], told: Steps) -> dict[str, Any] | None:
    """torch's own words, and the nodes that they are about: what was changed in place, or where a pass stopped."""
    failed = next((made for made in told.passes if made.error), None)
    text = part.tape.error or (failed.error if failed is not None else None)
    if text is None:
        return None
    blamed = [node["id"] for node in nodes if any(saved["broken"] for saved in node["saved"])]
    if not blamed and failed is not None:
        blamed = [part.ids[visit.key] for visit in failed.visits[-1:] if visit.key in part.ids]
    return {"text": text, "nodes": blamed}

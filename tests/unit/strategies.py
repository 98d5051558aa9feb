"""Random chapters, and what a student and the next release may do to them."""

from __future__ import annotations

import copy

from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

texts = st.text(max_size=12)
KINDS = ("prose", "demo", "answer", "test", "written")


def cell(kind: str, cell_id: str, source: str) -> NotebookNode:
    """A cell as a release has it; answers, tests and written answers carry nbgrader's metadata."""
    made = new_markdown_cell(source) if kind in ("prose", "written") else new_code_cell(source)
    made.id = cell_id
    if kind in ("answer", "test", "written"):
        made.metadata["nbgrader"] = {
            "schema_version": 3,
            "grade_id": cell_id,
            "locked": kind == "test",
            "grade": kind != "answer",
            "solution": kind != "test",
            "task": False,
        }
        if kind != "answer":
            made.metadata["nbgrader"]["points"] = 2
    return made


def notebook(*cells: NotebookNode, **metadata: object) -> NotebookNode:
    made = new_notebook(cells=list(cells))
    made.metadata.update(metadata)
    return made


@st.composite
def releases(draw: st.DrawFn) -> NotebookNode:
    """A chapter of up to seven cells with the ids r0, r1, …"""
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=7))
    cells = [cell(kind, f"r{n}", f"# r{n} {draw(texts)}") for n, kind in enumerate(kinds)]
    return notebook(*cells, course={"title": draw(texts)}, kernelspec={"name": "python3", "display_name": "Python 3"})


@st.composite
def next_releases(draw: st.DrawFn, base: NotebookNode) -> NotebookNode:
    """``base`` with cells changed, dropped, put in another order, and new ones (new0, new1, …)."""
    cells = []
    for old in base.cells:
        fate = draw(st.sampled_from(["same", "same", "changed", "dropped"]))
        if fate != "dropped":
            cells.append(copy.deepcopy(old))
        if fate == "changed":
            cells[-1].source = f"# {old.id} newer {draw(texts)}"
    cells = draw(st.permutations(cells))
    for n in range(draw(st.integers(0, 2))):
        new = cell(draw(st.sampled_from(KINDS)), f"new{n}", f"# new{n} {draw(texts)}")
        cells.insert(draw(st.integers(0, len(cells))), new)
    return notebook(*cells, course={"title": draw(texts)}, kernelspec={"name": "python3", "display_name": "Python 3"})


@st.composite
def student_copies(draw: st.DrawFn, base: NotebookNode, wild: bool = False) -> NotebookNode:
    """``base`` as a student leaves it: cells changed, run, deleted, and added (own0, own1, …).

    ``wild`` also moves cells and copies them with their ids, and loses ids, metadata and fields as other editors do.
    """
    cells = []
    for old in base.cells:
        fate = draw(st.sampled_from(["same", "run", "changed", "deleted"]))
        if fate == "deleted":
            continue
        cells.append(copy.deepcopy(old))
        if fate == "changed":
            cells[-1].source = f"# {old.id} by me {draw(texts)}"
        if fate == "run" and old.cell_type == "code":
            cells[-1].execution_count = 3
            cells[-1].outputs = [new_output("stream", text=draw(texts))]
    for n in range(draw(st.integers(0, 3))):
        own = cell(draw(st.sampled_from(["prose", "demo"])), f"own{n}", f"# own{n} {draw(texts)}")
        cells.insert(draw(st.integers(0, len(cells))), own)
    mine = notebook(*cells, **base.metadata, mine=draw(texts))
    return _made_wild(draw, mine) if wild else mine


def _made_wild(draw: st.DrawFn, mine: NotebookNode) -> NotebookNode:
    mine.cells = list(draw(st.permutations(mine.cells)))
    if mine.cells:
        for _ in range(draw(st.integers(0, 2))):
            twin = copy.deepcopy(draw(st.sampled_from(mine.cells)))
            twin.source = draw(st.sampled_from([twin.source, f"# twin {draw(texts)}"]))
            mine.cells.insert(draw(st.integers(0, len(mine.cells))), twin)
    for some in mine.cells:
        lost = draw(st.sampled_from(["", "", "id", "metadata", "outputs", "valid id", "type", "strict metadata"]))
        if lost in ("id", "outputs"):
            some.pop(lost, None)
        elif lost == "metadata":
            some.metadata = NotebookNode()
        elif lost == "strict metadata":
            some.metadata = NotebookNode(tags="not a list", nbgrader=draw(st.sampled_from(["text", None, {}])))
        elif lost == "valid id":
            some.id = draw(st.sampled_from(["with a space", "ünicode", "x" * 70, ""]))
        elif lost == "type":
            some.cell_type = draw(st.sampled_from(["code", "markdown", "raw", "heading"]))
    if draw(st.booleans()):
        mine.nbformat_minor = 4
        for some in mine.cells:
            some.pop("id", None)
    return mine

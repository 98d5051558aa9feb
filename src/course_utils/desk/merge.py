"""What a student's notebook becomes when the course publishes a new release of its chapter.

A pure three-way merge: ``base`` is the release that the student's copy came from, ``mine`` the student's notebook,
``theirs`` the new release. Every rule is about a *cell*, known by its id: whose source counts depends on what the cell
is for (an answer, a locked test, prose), and a source is always taken whole.

That is why this is not `nbdime.merge_notebooks`, which was tried first. It aligns cells by likeness and merges sources
line by line. Measured with nbdime 4.0 on a six-cell chapter:

- strategy ``use-local`` spliced an answer with a changed starter into a function that nobody wrote, and dropped a new
  release cell that stood where the student had added one; ``union`` glued the two texts into one line,
  ``torch.arange(3)different starter``; ``inline`` put conflict markers into the answer, which then does not run;
- when the release only reordered its exercises, the answer came out beside a fresh starter with the same id;
- a copied cell's duplicate id stayed duplicate, and ``inline`` gave its marker cells new random ids at every merge.

Merging is idempotent, ``merge(theirs, result, theirs)`` is ``result``, and so is ``merge(base, result, theirs)``: an
update that was interrupted before the new base was noted can simply be done again.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

CELL_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
CELL_TYPES = ("code", "markdown", "raw")
OWNED_BY_RELEASE = frozenset({"nbgrader", "course", "deletable", "editable"})


@dataclass(frozen=True)
class Merge:
    """The merged notebook (valid nbformat 4.5 or later, unique ids); in sentences, what could not simply be merged."""

    notebook: NotebookNode
    notes: tuple[str, ...]


def merge_notebooks(base: NotebookNode, mine: NotebookNode, theirs: NotebookNode) -> Merge:
    """Bring the release ``theirs`` into the student's notebook ``mine``, which was made from the release ``base``.

    All three are nbformat 4 notebooks; none is changed. Without a known base pass a notebook without cells: nothing
    is lost then either, but cells that the student had deleted come back.

    - answers (nbgrader ``solution`` or ``task``): a source that the student changed stays, verbatim;
    - locked tests (``grade`` without ``solution``): the release's source, always;
    - anything else: the side that changed it; when both did, the student's, and the release's as a new cell below it;
    - cells added by the student stay behind the cell that they stood behind, deleted ones stay deleted, cells that
      the release dropped go unless the student changed them; shared cells stand in the release's order.
    """
    return _Merger(base, mine, theirs).merge()


class _Merger:
    def __init__(self, base: NotebookNode, mine: NotebookNode, theirs: NotebookNode) -> None:
        self.base_notebook, self.mine_notebook, self.theirs_notebook = base, mine, theirs
        self.base = _by_id(base.cells)
        self.theirs = _by_id(theirs.cells)
        self.student = _identified([_sound(c) for c in mine.cells], self.base, self.theirs)
        self.mine = {key: cell for key, cell in self.student if key is not None}
        self.student_ids = {cell.get("id") for _, cell in self.student}
        self.outdated_copies: set[str] = set()
        self.notes: list[str] = []

    def merge(self) -> Merge:
        merged = {key: self._release_cell(key) for key in self.theirs}
        extras = self._extras()
        cells = list(extras.get(None, []))
        for key in self.theirs:
            cells += merged[key] + extras.get(key, [])
        notebook = NotebookNode(
            cells=_uniquely_named(cells),
            metadata=self._notebook_metadata(),
            nbformat=4,
            nbformat_minor=max(5, self.mine_notebook.get("nbformat_minor", 0), self.theirs_notebook.nbformat_minor),
        )
        if not _is_valid(NotebookNode({**notebook, "cells": []})):
            # What another program left there; JupyterLab would refuse the whole notebook for it.
            notebook.metadata = copy.deepcopy(self.theirs_notebook.metadata)
        return Merge(notebook, tuple(self.notes))

    def _release_cell(self, key: str) -> list[NotebookNode]:
        """What stands in the result for one cell of the new release: none, one, or the student's and a copy of ours."""
        base, mine, theirs = self.base.get(key), self.mine.get(key), self.theirs[key]
        if mine is None:
            if base is None:
                return [copy.deepcopy(theirs)]
            if _nbgrader(theirs) and not _same(base, theirs):
                self.notes.append(f"{_name(theirs)} has changed, but you deleted it, so it stays deleted.")
            return []
        if _nbgrader(theirs):
            # Grading needs the type that the release gave; a student who changed only that has not begun.
            mine = NotebookNode({**mine, "cell_type": theirs.cell_type})
        changed = (base is None or not _same(mine, base)) and not _same(mine, theirs)
        release_changed = base is None or not _same(base, theirs)
        if _is_locked_test(theirs):
            if changed:
                self.notes.append(f"{_name(theirs)} is a test: your change to it gave way to the course's version.")
            return [_compose(theirs, mine, base, keep_source=False)]
        if not changed or not release_changed:
            return [_compose(theirs, mine, base, keep_source=changed)]
        if _is_answer(theirs):
            self.notes.append(f"{_name(theirs)} has a new starter; your answer stays. The starter:\n{theirs.source}")
            return [_compose(theirs, mine, base, keep_source=True)]
        return [_compose(theirs, mine, base, keep_source=True), *self._copy_below(key)]

    def _copy_below(self, key: str) -> list[NotebookNode]:
        """The release's version of a cell that both sides changed, unless an earlier merge already put it there."""
        theirs, base = self.theirs[key], self.base.get(key)
        self.notes.append(f"{_name(theirs)} was changed by you and by the course; the new version stands below yours.")
        if base is not None:
            self.outdated_copies.add(_copy_id(base))
        if _copy_id(theirs) in self.student_ids:
            return []
        below = _without_release_metadata(theirs)
        below.id = _copy_id(theirs)
        return [below]

    def _extras(self) -> dict[str | None, list[NotebookNode]]:
        """Cells that are not the release's but stay, by the release cell that they stand behind (None: at the top)."""
        extras: dict[str | None, list[NotebookNode]] = {}
        anchor = None
        for key, cell in self.student:
            if key in self.theirs:
                anchor = key
            elif self._stays(key, cell):
                own = _without_release_metadata(cell)
                if key is None and (own.get("id") in self.theirs or own.get("id") in self.base):
                    del own["id"]
                extras.setdefault(anchor, []).append(own)
        return extras

    def _stays(self, key: str | None, cell: NotebookNode) -> bool:
        if key is None:
            # A copy that an earlier merge placed, still as it was placed: the newer copy stands in for it.
            return not (cell.get("id") in self.outdated_copies and _copy_id_of_source(cell) == cell.id)
        base = self.base[key]
        if _same(cell, base):
            return False
        if _is_locked_test(base):
            self.notes.append(f"{_name(base)} is a test that the course has dropped; your change to it went with it.")
            return False
        self.notes.append(f"{_name(base)} is no longer in the course; you changed it, so it stays as your own cell.")
        return True

    def _notebook_metadata(self) -> NotebookNode:
        base, mine, theirs = (
            n.metadata if isinstance(n.get("metadata"), dict) else {}
            for n in (self.base_notebook, self.mine_notebook, self.theirs_notebook)
        )
        return _merged_metadata(base, mine, theirs, {"course", "kernelspec"} & theirs.keys())


def _by_id(cells: Iterable[NotebookNode]) -> dict[str, NotebookNode]:
    """The cells of a release; one without an id of its own gets one from its source."""
    named: dict[str, NotebookNode] = {}
    for cell in _uniquely_named([_sound(c) for c in cells]):
        named[cell.id] = cell
    return named


def _identified(
    cells: list[NotebookNode], base: dict[str, NotebookNode], theirs: dict[str, NotebookNode]
) -> list[tuple[str | None, NotebookNode]]:
    """Each student cell with the id of the release cell that it is, or None for a cell of the student's own.

    By id; else by nbgrader's grade_id, which survives cut and paste; else, for cells that lost their id in an old
    notebook format or another editor, by an unchanged source. Of two cells with one id the first is the original.
    """
    known = base | theirs
    keys: list[str | None] = [None] * len(cells)
    free = dict.fromkeys(known)

    def claim(number: int, key: str | None) -> None:
        if key in free:
            del free[key]
            keys[number] = key

    for number, cell in enumerate(cells):
        claim(number, cell.get("id"))
    any_id_known = any(keys)

    graded = {_grade_id(cell): key for key, cell in known.items() if _grade_id(cell)}
    for number, cell in enumerate(cells):
        if keys[number] is None:
            claim(number, graded.get(_grade_id(cell)))

    # Another editor may have given every cell a new id; the grade_ids show that it is this chapter all the same.
    ids_lost = any(keys) and not any_id_known
    for number, cell in enumerate(cells):
        if keys[number] is None and (ids_lost or "id" not in cell):
            claim(number, next((k for k in free if any(k in r and _same(r[k], cell) for r in (base, theirs))), None))
    return list(zip(keys, cells, strict=True))


def _compose(theirs: NotebookNode, mine: NotebookNode, base: NotebookNode | None, keep_source: bool) -> NotebookNode:
    """The release's cell with what is the student's in it: the source if it stays, its results, their own metadata."""
    cell = copy.deepcopy(theirs)
    if keep_source:
        cell.source = mine.source
        if not _nbgrader(theirs) and mine.cell_type != theirs.cell_type:
            cell = copy.deepcopy(mine)
            cell.id = theirs.id
        _carry(mine, cell, "attachments")
    if mine.cell_type == cell.cell_type == "code" and mine.source == cell.source:
        _carry(mine, cell, "outputs", "execution_count")
    cell.metadata = _merged_metadata(base.metadata if base else {}, mine.metadata, theirs.metadata, OWNED_BY_RELEASE)
    return cell if _is_valid(cell) else _bare(cell, theirs.metadata)


def _carry(source: NotebookNode, target: NotebookNode, *fields: str) -> None:
    for field in fields:
        if field in source:
            target[field] = copy.deepcopy(source[field])


def _merged_metadata(base: dict, mine: dict, theirs: dict, owned: Iterable[str]) -> NotebookNode:
    """The release's metadata, and over it every key that the student set or changed, except the ``owned`` ones."""
    merged = copy.deepcopy(theirs)
    for key, value in mine.items():
        if key not in owned and (key not in base or base[key] != value):
            merged[key] = copy.deepcopy(value)
    return NotebookNode(merged)


def _sound(cell: NotebookNode) -> NotebookNode:
    """A copy of a cell with just the fields that the format knows, each of them there and as the format wants it."""
    kind = cell.get("cell_type") if cell.get("cell_type") in CELL_TYPES else "raw"
    source = cell.get("source", "")
    source = "".join(map(str, source)) if isinstance(source, list) else str(source)
    metadata = cell.get("metadata")
    known = NotebookNode({**cell, "cell_type": kind, "source": source})
    metadata = metadata if isinstance(metadata, dict) else {}
    sound = _bare(known, metadata)
    _carry(cell, sound, *(("outputs", "execution_count") if kind == "code" else ("attachments",)))
    if _is_valid(sound):
        return sound
    return _bare(known, {key: metadata[key] for key in OWNED_BY_RELEASE & metadata.keys()})


def _bare(cell: NotebookNode, metadata: dict) -> NotebookNode:
    """A cell with only the type, source and usable id of ``cell``."""
    bare = NotebookNode(
        cell_type=cell.cell_type, metadata=NotebookNode(copy.deepcopy(metadata)), source=cell.source
    )
    if isinstance(cell.get("id"), str) and CELL_ID.match(cell.id):
        bare.id = cell.id
    if cell.cell_type == "code":
        bare.outputs = []
        bare.execution_count = None
    return bare


def _is_valid(part: NotebookNode) -> bool:
    """Whether a cell (its id aside) or a whole notebook keeps to the format."""
    kind = part.get("cell_type")
    probe = NotebookNode({**part, "id": "any"}) if kind else part
    try:
        nbformat.validate(probe, ref=f"{kind}_cell" if kind else None, version=4, version_minor=5)
    except nbformat.ValidationError:
        return False
    return True


def _without_release_metadata(cell: NotebookNode) -> NotebookNode:
    """A cell of the student's own: two cells with one grade_id, or a locked copy, would break grading."""
    own = copy.deepcopy(cell)
    for key in OWNED_BY_RELEASE:
        own.metadata.pop(key, None)
    return own


def _uniquely_named(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The same cells, each with an id that no other has; the first that bears an id keeps it."""
    wanted = {cell.get("id") for cell in cells}
    taken: set[str] = set()
    for cell in cells:
        if "id" not in cell or cell.id in taken:
            seed = _digest(f"{cell.get('id')}\n" + cell.source)
            cell.id = next(i for n in range(len(cells) + 1) if (i := f"{seed}-{n}") not in taken | wanted)
        taken.add(cell.id)
    return cells


def _copy_id(cell: NotebookNode) -> str:
    """The id of a release cell's copy below the student's: the same for the same text, so never placed twice."""
    return f"{cell.id[:48]}-" + _digest(f"{cell.cell_type}\n{cell.source}")


def _copy_id_of_source(cell: NotebookNode) -> str:
    return _copy_id(NotebookNode({**cell, "id": cell.id[:-13]}))


def _digest(text: str) -> str:
    # A notebook may hold half a surrogate pair, which plain UTF-8 refuses.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _nbgrader(cell: NotebookNode) -> dict:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return nbgrader if isinstance(nbgrader, dict) else {}


def _grade_id(cell: NotebookNode) -> str | None:
    grade_id = _nbgrader(cell).get("grade_id")
    return grade_id if isinstance(grade_id, str) and grade_id else None


def _is_answer(cell: NotebookNode) -> bool:
    return bool(_nbgrader(cell).get("solution") or _nbgrader(cell).get("task"))


def _is_locked_test(cell: NotebookNode) -> bool:
    return bool(_nbgrader(cell).get("grade")) and not _is_answer(cell)


def _same(one: NotebookNode, other: NotebookNode) -> bool:
    return one.get("source") == other.get("source") and one.get("cell_type") == other.get("cell_type")


def _name(cell: NotebookNode) -> str:
    """How a note calls a cell: an exercise by its grade_id, anything else by its first words."""
    if _grade_id(cell):
        return f"“{_grade_id(cell)}”"
    words = " ".join(cell.source.split())
    return f"The cell “{words[:57] + '…' if len(words) > 58 else words}”"

"""Making a gradable notebook of whatever a student handed in.

A student who copied, deleted, moved or split cells, or whose editor lost nbgrader's marks, has still answered. So nothing is
refused here that can be read: the answers are found (`repair_cells`), the course's own cells are laid around them straight from
the master, and every repair is said in one sentence that the student reads in the feedback. What the student wrote stays, in the
student's order; tests come after the answer that they test.

Repairing is a pure function, and repairing its result changes nothing. It looks at texts by pattern only and runs none of them.
"""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.pattern import Pattern, Slot, Support, bare, imported, pattern_of
from autograder.reading import Cell, understand
from autograder.repair_cells import Matched, match
from autograder.repair_words import NOTHING, TestTrouble, said_of, said_of_the_rest

Item = Cell | Slot | Support


@dataclass(frozen=True)
class Repaired:
    """A notebook that can be graded.

    Attributes:
        notebook: nbformat 4.5; every test, locked cell and written answer of the master once, no outputs.
        repairs: what had to be mended, one sentence each, to the student.
        missing: the names of the answers that were not found. A written one stands in the notebook as its starter; a test
            whose answer is missing stands where the answer would have been.
    """

    notebook: NotebookNode
    repairs: tuple[str, ...]
    missing: tuple[str, ...]


def repair(submitted: bytes | NotebookNode, master: NotebookNode, released: NotebookNode | None = None) -> Repaired:
    """Make a gradable notebook of a submission.

    Args:
        submitted: the file's bytes, or the notebook; it is not changed.
        master: the chapter's source with hidden tests, as `autograder.chapter.read_source` gives it.
        released: what students were given; made from the master when left out.

    Raises:
        CourseError: no notebook can be found in the bytes.
    """
    return mend(submitted, pattern_of(master, released))


def mend(submitted: bytes | NotebookNode, pattern: Pattern) -> Repaired:
    """As `repair`, for many submissions of one chapter: its pattern is worked out once."""
    reading = understand(submitted)
    mender = _Mender(reading.cells, pattern)
    mender.lay_out()
    notebook = mender.notebook()
    sentences = [NOTHING]
    if mender.found.answers or mender.found.courses:
        sentences = said_of(mender.found, pattern, mender.missing, mender.tests)
        sentences += said_of_the_rest(mender.put_back, mender.new_ids)
    return Repaired(notebook, (*reading.repairs, *sentences), tuple(mender.missing))


class _Mender:
    def __init__(self, cells: list[Cell], pattern: Pattern) -> None:
        self.cells, self.pattern = cells, pattern
        self.found: Matched = match(cells, pattern)
        self.slot_of = {cell: pattern.slots[name] for name, cell in self.found.answers.items()}
        self.missing = [s.name for s in pattern.slots.values() if s.is_answer and s.name not in self.found.answers]
        self.items: list[Item] = []
        self.new_ids = False
        self.put_back = 0
        self.tests: dict[TestTrouble, list[str]] = {}

    def lay_out(self) -> None:
        """Put the student's cells and the course's into one order."""
        place = {cell: i for i, cell in enumerate(self.cells)}
        chosen: dict[Cell, Slot] = {}
        for name, cells in self.found.courses.items():
            slot = self.pattern.slots[name]
            answer = self.found.answers.get(slot.answer)
            behind = [cell for cell in cells if answer is None or place[cell] > place[answer]]
            if behind:
                chosen[behind[0]] = slot
            if slot.role == "test":
                self._say_about_test(slot, cells, moved=not behind)
        others = {cell for cells in self.found.courses.values() for cell in cells} | self.found.useless
        self.items = [chosen.get(cell, cell) for cell in self.cells if cell in chosen or cell not in others]
        there = set(chosen.values())
        for slot in self.pattern.slots.values():
            if slot.role == "answer" or slot in there or slot.name in self.found.answers:
                continue
            self.items.insert(self._place_for(slot), slot)
            if slot.role == "test" and not self.found.courses.get(slot.name):
                self._say("gone", slot)
        code = [bare(item.source) for item in self.items if isinstance(item, Cell) and self._kind(item) == "code"]
        imports, text = set().union(*map(imported, code)), "\n" + "\n\n".join(code) + "\n"
        for support in self.pattern.supports:
            whole = f"\n{bare(support.cell.source)}\n" in text
            makes_all = support.imports <= imports and all(f"\n{own}" in text for own in support.statements)
            if not whole and not makes_all:
                self.items.insert(self._place_for(support), support)
                self.put_back += 1

    def notebook(self) -> NotebookNode:
        """The repaired notebook."""
        cells = [self._cell(item) for item in self.items]
        self._give_ids(cells)
        return NotebookNode(cells=cells, metadata=copy.deepcopy(self.pattern.metadata), nbformat=4, nbformat_minor=5)

    def _say(self, trouble: TestTrouble, test: Slot) -> None:
        self.tests.setdefault(trouble, []).append(test.answer or test.name)

    def _say_about_test(self, slot: Slot, cells: list[Cell], moved: bool) -> None:
        if cells and moved:
            self._say("moved", slot)
        if len(cells) > 1:
            self._say("doubled", slot)
        if any(bare(cell.source) not in (bare(slot.starter), bare(slot.cell.source)) for cell in cells):
            self._say("changed", slot)

    def _place_for(self, new: Slot | Support) -> int:
        """Where a cell of the course goes that is not there: a test behind its answer, others behind their neighbour."""
        answer = self.found.answers.get(new.answer) if isinstance(new, Slot) else None
        if answer is not None:
            place = self.items.index(answer) + 1
            # What the student added right below an answer belongs to it.
            while place < len(self.items) and self._is_own_code(self.items[place]):
                place += 1
            return place
        here = {self._chapter_id(item): place for place, item in enumerate(self.items)}
        before = self.pattern.ids[: self.pattern.ids.index(new.cell.id)]
        own = [new.cell.id] if isinstance(new, Support) else []
        return next((here[key] + 1 for key in [*own, *reversed(before)] if key in here), 0)

    def _chapter_id(self, item: Item) -> str | None:
        """The id of the master's cell that an item stands for."""
        if isinstance(item, Cell):
            slot = self.slot_of.get(item)
            return slot.cell.id if slot else self.found.known.get(item)
        return item.cell.id

    def _is_own_code(self, item: Item) -> bool:
        return isinstance(item, Cell) and item.kind == "code" and self._chapter_id(item) is None

    def _kind(self, cell: Cell) -> str:
        """The type that a student's cell gets."""
        return self.slot_of[cell].cell.cell_type if cell in self.slot_of else cell.kind

    def _cell(self, item: Item) -> NotebookNode:
        if isinstance(item, Cell):
            slot = self.slot_of.get(item)
            metadata = copy.deepcopy(slot.cell.metadata) if slot else _tags(item)
            cell = NotebookNode(cell_type=self._kind(item), metadata=metadata, source=item.source)
            own_id = slot.cell.id if slot else item.id or self.found.known.get(item)
            if item.attachments and cell.cell_type != "code":
                cell.attachments = NotebookNode({k: NotebookNode(v) for k, v in item.attachments.items()})
        else:
            metadata = item.cell.metadata if isinstance(item, Slot) else NotebookNode()
            cell = NotebookNode(
                cell_type=item.cell.cell_type, metadata=copy.deepcopy(metadata), source=item.cell.source
            )
            if isinstance(item, Slot) and item.role == "written":
                cell.source = item.starter
            own_id = item.cell.id
        if own_id:
            cell.id = own_id
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        return cell

    def _give_ids(self, cells: list[NotebookNode]) -> None:
        """Every cell has its own id: the course's cells theirs, the student's the one they had if it is free."""
        courses = {
            item.cell.id if not isinstance(item, Cell) else self.slot_of[item].cell.id
            for item in self.items
            if not isinstance(item, Cell) or item in self.slot_of
        }
        taken, nameless = set(courses), []
        for item, cell in zip(self.items, cells, strict=True):
            if isinstance(item, Cell) and item not in self.slot_of:
                if cell.get("id") in taken or "id" not in cell:
                    nameless.append((item, cell))
                taken.add(cell.get("id"))
        made: Counter[str] = Counter()
        for item, cell in nameless:
            self.new_ids |= item.id_lost or (item.id is not None and item.id not in courses)
            digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
            while True:
                made[digest] += 1
                cell.id = digest if made[digest] == 1 else f"{digest}-{made[digest]}"
                if cell.id not in taken:
                    break
            taken.add(cell.id)


def _tags(cell: Cell) -> NotebookNode:
    # nbformat knows no empty tag, and none with a comma.
    tags = [tag for tag in cell.tags if tag and "," not in tag]
    return NotebookNode(tags=tags) if tags else NotebookNode()

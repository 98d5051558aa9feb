"""Which cell of a submission is which of the chapter's.

The surest evidence goes first: nbgrader's ``grade_id``, then the cell id, then the function that the answer must define,
then likeness with the starter, and for a written answer the question above it. Every step goes over all exercises before the
next one begins, so that weak evidence never takes a cell that stronger evidence would have given to another exercise, and no
cell ever counts for two. Everything here takes time in proportion to the submission's size: texts are compared by their
words, because a diff of hostile texts could take for ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from autograder.pattern import Pattern, Slot, assigned, bare, defined, words
from autograder.reading import Cell

LIKE_ENOUGH = 0.75
# A starter of fewer words is like anything.
TELLING_WORDS = 4
LONGEST_COMPARED = 20_000
MOST_COMPARED = 1_000
CODE = re.compile(r"\s*(?:async\s+def|def|class|import|from|@)\b|\s*@")

Evidence = Literal["grade_id", "cell id", "name", "likeness", "question"]


@dataclass
class Matched:
    """What was found.

    Attributes:
        answers: each answer that was found, by its slot's name.
        evidence: by what.
        copies: how many cells claimed to be it, where more than one did.
        spread: the answers whose marked cell does not define what another cell of the student's defines.
        elsewhere: the answers that stand in a cell of the student's own, the marked one being untouched.
        courses: the cells that stand for one of the course's slots, by its name, in the student's order.
        known: the course's ungraded cells, with their ids in the chapter.
        useless: cells that would only get in the way: empty or untouched copies of an answer.
    """

    answers: dict[str, Cell] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    copies: dict[str, int] = field(default_factory=dict)
    spread: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    courses: dict[str, list[Cell]] = field(default_factory=dict)
    known: dict[Cell, str] = field(default_factory=dict)
    useless: set[Cell] = field(default_factory=set)


def match(cells: list[Cell], pattern: Pattern) -> Matched:
    """Find the chapter's cells among a submission's."""
    matcher = _Matcher(cells, pattern)
    matcher.find_the_courses()
    matcher.find_marked()
    matcher.find_by_name()
    matcher.find_by_likeness()
    matcher.find_by_question()
    matcher.find_untouched()
    matcher.find_useless()
    return matcher.matched


class _Matcher:
    def __init__(self, cells: list[Cell], pattern: Pattern) -> None:
        self.cells, self.pattern = cells, pattern
        self.matched = Matched()
        self.bare = {cell: bare(cell.source) for cell in cells}
        self.place = {cell: i for i, cell in enumerate(cells)}
        self.pool = dict.fromkeys(cells)
        self.marked: dict[str, list[Cell]] = {}
        self.wants = [slot for slot in pattern.slots.values() if slot.is_answer]
        self.starters = {slot.name: bare(slot.starter) for slot in pattern.slots.values()}
        own = [slot for slot in pattern.slots.values() if not slot.is_answer]
        self.course_texts = {t: s.name for s in own for t in (self.starters[s.name], bare(s.cell.source))}
        self.untouched = {self.starters[slot.name] for slot in self.wants} - {"", *pattern.texts}
        self.values = {name for slot in self.wants if slot.by_value for name in slot.defines}

    def find_the_courses(self) -> None:
        """Tests and locked cells, by mark, id or text; and the ungraded cells, by text or id."""
        own = {s.name: s for s in self.pattern.slots.values() if not s.is_answer}
        by_id = {s.cell.id: s.name for s in own.values()}
        for cell in self.cells:
            if cell.grade_id in self.pattern.slots:
                name = cell.grade_id if cell.grade_id in own else None
            else:
                name = by_id.get(cell.id) or self.course_texts.get(self.bare[cell])
            if name:
                self.matched.courses.setdefault(name, []).append(cell)
                del self.pool[cell]
            elif cell.grade_id not in self.pattern.slots and self.bare[cell] in self.pattern.texts:
                self.matched.known[cell] = self.pattern.texts[self.bare[cell]]
        for cell in self.pool:
            if cell not in self.matched.known and cell.id in self.pattern.unmarked:
                if cell.grade_id not in self.pattern.slots:
                    self.matched.known[cell] = cell.id

    def find_marked(self) -> None:
        by_id = {slot.cell.id: slot.name for slot in self.wants}
        for cell in self.pool:
            name = cell.grade_id if cell.grade_id in self.pattern.slots else by_id.get(cell.id)
            if name:
                self.marked.setdefault(name, []).append(cell)
        for slot in self.wants:
            if slot.name in self.marked:
                best = self._best(slot, self.marked[slot.name])
                self._take(slot, best, "grade_id" if best.grade_id == slot.name else "cell id")
                self.matched.copies[slot.name] = len(self.marked[slot.name])

    def find_by_name(self) -> None:
        """By the function that an answer must define, where no marked cell that was changed defines it."""
        while self._find_some_by_name():
            # A cell that one answer gave up may define another.
            pass

    def _find_some_by_name(self) -> bool:
        unsure = [slot for slot in self.wants if slot.defines and not self._is_sure(slot)]
        definitions: dict[str, list[Cell]] = {}
        for cell in self.pool if unsure else ():
            if self._may_be_answer(cell):
                for name in defined(cell.source) | (self.values and self.values & assigned(cell.source)):
                    definitions.setdefault(name, []).append(cell)
        found = False
        for slot in unsure:
            now = self.matched.answers.get(slot.name)
            there = {c for name in slot.defines for c in definitions.get(name, []) if c in self.pool}
            fit = sorted(there, key=self.place.__getitem__) or self._written_into_its_test(slot)
            changed = [c for c in fit if self._changed(slot, c)]
            if not fit or (now and not changed):
                continue
            if now:
                self.pool[now] = None
                (self.matched.spread if self._changed(slot, now) else self.matched.elsewhere).append(slot.name)
            else:
                self.matched.copies[slot.name] = len(fit)
            self._take(slot, (changed or fit)[-1], "name")
            found = True
        return found

    def find_by_likeness(self) -> None:
        """By the share of the starter's words that a cell has; the best pair of all first."""
        missing = [s for s in self.wants if s.role == "answer" and s.name not in self.matched.answers]
        if not missing:
            return
        likely = [
            cell
            for cell in self.pool
            if self._may_be_answer(cell)
            and self.bare[cell] not in self.untouched
            and len(cell.source) <= LONGEST_COMPARED
        ][:MOST_COMPARED]
        counted = [(cell, words(cell.source)) for cell in likely]
        pairs = []
        for number, slot in enumerate(missing):
            starter = words(slot.starter)
            if starter.total() < TELLING_WORDS:
                continue
            for place, (_, own) in enumerate(counted):
                common = (starter & own).total()
                if common >= LIKE_ENOUGH * starter.total():
                    dice = 2 * common / (starter.total() + own.total())
                    pairs.append((-common / starter.total(), -dice, number, place))
        for _, _, number, place in sorted(pairs):
            slot, cell = missing[number], counted[place][0]
            if slot.name not in self.matched.answers and cell in self.pool:
                self._take(slot, cell, "likeness")

    def find_by_question(self) -> None:
        """A written answer is the cell below its question, if that cell is not another of the course's."""
        missing = {s.cell.id: s for s in self.wants if s.role == "written" and s.name not in self.matched.answers}
        above = {self.pattern.ids[i - 1]: s for i, key in enumerate(self.pattern.ids) if (s := missing.get(key)) and i}
        for question, answer in zip(self.cells, self.cells[1:], strict=False):
            slot = above.get(self.matched.known.get(question))
            if slot and slot.name not in self.matched.answers and answer in self.pool:
                if answer not in self.matched.known and self.bare[answer] not in self.untouched:
                    self._take(slot, answer, "question")

    def find_untouched(self) -> None:
        """Answers that were never begun, by the starter's own text."""
        there: dict[str, list[Cell]] = {}
        for cell in self.pool:
            there.setdefault(self.bare[cell], []).append(cell)
        for slot in self.wants:
            if slot.name not in self.matched.answers:
                free = [cell for cell in there.get(self.starters[slot.name], []) if cell in self.pool]
                if free:
                    self._take(slot, free[0], "likeness")

    def find_useless(self) -> None:
        marked = {cell for cells in self.marked.values() for cell in cells}
        for cell in self.pool:
            if (
                self.bare[cell] in self.untouched
                or self.bare[cell] in self.course_texts
                or (cell in marked and not self.bare[cell])
            ):
                self.matched.useless.add(cell)

    def _written_into_its_test(self, slot: Slot) -> list[Cell]:
        """Test cells that a student mistook for the place of the answer."""
        tests = [name for name in self.matched.courses if self.pattern.slots[name].answer == slot.name]
        return [cell for name in tests for cell in self.matched.courses[name] if slot.fits(cell.source)]

    def _may_be_answer(self, cell: Cell) -> bool:
        """Whether a cell looks like code, of whatever type it is, and is not the course's."""
        return (cell.kind == "code" or bool(CODE.match(cell.source))) and self.bare[cell] not in self.pattern.texts

    def _take(self, slot: Slot, cell: Cell, evidence: Evidence) -> None:
        self.matched.answers[slot.name] = cell
        self.matched.evidence[slot.name] = evidence
        self.pool.pop(cell, None)
        self.matched.known.pop(cell, None)
        for others in self.matched.courses.values():
            if cell in others:
                others.remove(cell)

    def _best(self, slot: Slot, candidates: list[Cell]) -> Cell:
        """The last that was changed and defines what it must; or else the last changed, the last not empty, the last."""
        changed = [cell for cell in candidates if self._changed(slot, cell)]
        fitting = [cell for cell in changed if slot.fits(cell.source)]
        return (fitting or changed or [cell for cell in candidates if self.bare[cell]] or candidates)[-1]

    def _is_sure(self, slot: Slot) -> bool:
        """Whether a cell was found that was changed and defines what it must."""
        now = self.matched.answers.get(slot.name)
        return now is not None and self._changed(slot, now) and slot.fits(now.source)

    def _changed(self, slot: Slot, cell: Cell) -> bool:
        return bool(self.bare[cell]) and self.bare[cell] != self.starters[slot.name]

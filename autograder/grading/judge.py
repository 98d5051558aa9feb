"""Judges one submission: nbgrader's steps around a run of its cells, each test in a fork of its own.

A submission and a sealed chapter go in, a result comes out, and nothing else is touched; so any number of judges can work side
by side, in processes or on other machines.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    AssignLatePenalties,
    Execute,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

from autograder.grading.admission import Lost, Player, Ran, WarmRoom
from autograder.grading.limits import Limits
from autograder.grading.sealed import Sealed
from autograder.grading.steps_alone import (
    Asked,
    OverwriteCellsAlone,
    OverwriteKernelspecAlone,
    SaveAutoGradesAlone,
)
from autograder.repair import mend
from autograder.steps import is_test
from course_utils.errors import CourseError

# nbgrader tells its log about every repaired cell.
QUIET = logging.Logger("grading", logging.CRITICAL)
TOO_LONG = "CellTimeoutError"
ENDED = "DeadCellError"
VOID = "TamperedTestError"


@dataclass(frozen=True)
class Submission:
    """What a student handed in.

    Attributes:
        student: nbgrader's id.
        notebook: what is in the notebook file.
        said: what had to be said of it before it was read.
        timestamp: when it was handed in, as the student's timestamp.txt says it; None without one.
        digest: of everything that was handed in.
    """

    student: str
    notebook: bytes
    said: tuple[str, ...] = ()
    timestamp: str | None = None
    digest: str = ""


@dataclass(frozen=True)
class Result:
    """What became of a submission.

    Attributes:
        notebook: the text of the autograded notebook; empty when the submission could not be read.
        grades: the automatic score of each graded cell; None where a person must read.
        comments: nbgrader's automatic comment of each answer.
        said: what was mended before it ran, a sentence each.
        trouble: cells that had to be stopped, or tests that were tampered with, a sentence each.
        seconds: how long it took.
        problem: why it could not be graded at all, in a sentence.
    """

    student: str
    timestamp: str | None
    digest: str
    notebook: str = ""
    grades: dict[str, float | None] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()
    seconds: float = 0.0
    problem: str | None = None


class Judge:
    """Grades submissions of one chapter, one at a time, with players of one warm room."""

    def __init__(self, sealed: Sealed, room: WarmRoom, limits: Limits) -> None:
        self._sealed, self._room, self._limits = sealed, room, limits
        asked = Asked(sealed.rows)
        config = sealed.config
        alone = {
            OverwriteCells: lambda: OverwriteCellsAlone(config=config, log=QUIET),
            OverwriteKernelspec: lambda: OverwriteKernelspecAlone(config=config, log=QUIET),
            SaveAutoGrades: lambda: SaveAutoGradesAlone(config=config, log=QUIET),
        }
        before, after = _steps(config)
        self._before = [alone[s]() if s in alone else s(config=config, log=QUIET) for s in before]
        self._after = [alone[s]() if s in alone else s(config=config, log=QUIET) for s in after]
        for step in self._before:
            if isinstance(step, OverwriteCellsAlone | OverwriteKernelspecAlone):
                step.asked = asked

    def grade(self, submission: Submission) -> Result:
        """Grade one submission; a submission that cannot be graded gives a result that says so, never an exception."""
        began = time.perf_counter()
        about = {"student": submission.student, "timestamp": submission.timestamp, "digest": submission.digest}
        try:
            repaired = mend(submission.notebook, self._sealed.pattern)
            notebook, trouble = repaired.notebook, []
            resources = {"nbgrader": {"notebook": self._sealed.rows.name, "assignment": self._sealed.chapter}}
            for step in self._before:
                notebook, resources = step(notebook, resources)
            _Sitting(self._sealed, self._room, self._limits, notebook, trouble).play()
            for step in self._after:
                notebook, resources = step(notebook, resources)
            tally = next(step for step in self._after if isinstance(step, SaveAutoGradesAlone))
            return Result(
                **about,
                notebook=nbformat.writes(notebook, version=nbformat.NO_CONVERT),
                grades=tally.grades,
                comments=tally.comments,
                said=(*submission.said, *repaired.repairs),
                trouble=tuple(trouble),
                seconds=time.perf_counter() - began,
            )
        except CourseError as error:
            return Result(**about, problem=str(error), seconds=time.perf_counter() - began)
        except Exception as error:
            reason = f"It could not be graded ({type(error).__name__}: {str(error)[:200]})."
            return Result(**about, problem=reason, seconds=time.perf_counter() - began)


class _Sitting:
    """One notebook being played; a cell that takes the player along is left out when the cells before it are played again."""

    def __init__(
        self, sealed: Sealed, room: WarmRoom, limits: Limits, notebook: NotebookNode, trouble: list[str]
    ) -> None:
        self._sealed, self._room, self._limits = sealed, room, limits
        self._notebook, self._trouble = notebook, trouble
        self._done: set[int] = set()
        self._deadly: set[int] = set()
        self._end = time.monotonic() + limits.notebook_seconds

    def play(self) -> None:
        while not self._play_once():
            pass

    def _play_once(self) -> bool:
        """Play from the top; False when a cell took the player along, which is then known."""
        player = self._room.admit(self._limits, self._sealed.files)
        try:
            for index, cell in enumerate(self._notebook.cells):
                if cell.cell_type != "code" or index in self._deadly or (is_test(cell) and index in self._done):
                    continue
                if time.monotonic() > self._end:
                    self._judged(index, cell, _failed(TOO_LONG, "The notebook as a whole ran too long."))
                    continue
                try:
                    ran = self._one(player, cell)
                except Lost as lost:
                    self._deadly.add(index)
                    self._judged(index, cell, _failed(*self._words(lost.what)))
                    return False
                if index not in self._done:
                    self._judged(index, cell, ran)
            return True
        finally:
            player.end()

    def _one(self, player: Player, cell: NotebookNode) -> Ran:
        if not is_test(cell):
            return player.run(cell.source)
        parts = self._sealed.test_parts(cell.metadata.nbgrader.grade_id)
        tested = player.test(parts)
        if isinstance(tested, str):
            return _failed(*self._words(tested))
        seconds = sum(part.seconds for part in tested)
        outputs = [o for part in tested for o in part.outputs]
        passed = len(tested) == len(parts) and all(part.ok for part in tested)
        if passed and self._passes_untouched(player, cell, parts):
            return _failed(VOID, "This test passes without an answer too, so something in the notebook changed it.")
        return Ran(passed, outputs, seconds)

    def _passes_untouched(self, player: Player, cell: NotebookNode, parts: list[str]) -> bool:
        """Whether a test passes with the released starter in the answer's place, which no honest test does."""
        starter = self._sealed.starters.get(cell.metadata.nbgrader.grade_id.removeprefix("test_"))
        if starter is None:
            return False
        tested = player.test([starter, *parts])
        return not isinstance(tested, str) and len(tested) == len(parts) + 1 and all(part.ok for part in tested[1:])

    def _words(self, what: str) -> tuple[str, str]:
        if what == "timeout":
            return TOO_LONG, f"This cell ran for more than {self._limits.cell_seconds:g} seconds and was stopped."
        return ENDED, what

    def _judged(self, index: int, cell: NotebookNode, ran: Ran) -> None:
        self._done.add(index)
        outputs = [nbformat.from_dict(output) for output in ran.outputs if _is_output(output)]
        if is_test(cell):
            # Whether a test passed is the judge's to say; its outputs are the player's word.
            if ran.ok:
                outputs = [o for o in outputs if o.output_type != "error"]
            elif not any(o.output_type == "error" for o in outputs):
                outputs.append(nbformat.v4.new_output("error", ename="Error", evalue="", traceback=["It failed."]))
        cell.outputs, cell.execution_count = outputs, None
        ended = next((o for o in ran.outputs if o.get("ename") in (TOO_LONG, ENDED, VOID)), None)
        if ended is not None:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            self._trouble.append(f"{name or f'cell {index + 1}'}: {ended['evalue']}")


def _steps(config: Any) -> tuple[list[type], list[type]]:
    """nbgrader's steps before and after the run, as configured; late penalties are the gradebook's."""
    from nbgrader.converters import Autograde

    autograde = Autograde(config=config)
    after = [s for s in autograde.autograde_preprocessors if not issubclass(s, Execute | AssignLatePenalties)]
    return list(autograde.sanitize_preprocessors), after


def _failed(name: str, sentence: str) -> Ran:
    output = {"output_type": "error", "ename": name, "evalue": sentence, "traceback": [f"{name}: {sentence}"]}
    return Ran(False, [output], 0.0)


def _is_output(output: dict[str, Any]) -> bool:
    try:
        nbformat.validate(nbformat.from_dict(output), ref="output", version=4)
        return True
    except Exception:
        return False

"""Grading a student's own desk with the hidden tests: for self-study, and without a gradebook.

Nothing of the student's is written. Their notebook is copied in memory, the master's test cells take the place of
theirs, and a kernel of its own runs it in a scratch copy of the chapter's folder, where ``coach.json`` is found. A cell
that never ends is interrupted; one that kills the kernel, or cannot be interrupted, is left out and the cells before it
are played again, so that it costs only its own points.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from autograder.chapter import Exercise, Source, exercises, read_source
from course_utils.course import Chapter, Course
from course_utils.errors import CourseError
from course_utils.notebooks import read_notebook

if TYPE_CHECKING:
    from rich.console import Console

SECONDS_FOR_A_CELL = 60
ANSI = re.compile(r"\x1b\[[0-9;]*m")
TOO_LONG, STOPPED = "CellTimeoutError", "DeadKernelError"
LINES_SHOWN = 3
MARKS = {
    "right": ("✔", "green"),
    "wrong": ("✗", "red"),
    "missing": ("✗", "red"),
    "not started": ("○", "dim"),
    "by hand": ("✎", "cyan"),
}

State = Literal["right", "wrong", "not started", "missing", "by hand"]
OnProgress = Callable[["Graded"], None]


@dataclass(frozen=True)
class Graded:
    """What one exercise earned.

    Attributes:
        name, number, title: as in `Exercise`.
        possible: its points.
        earned: None when a person must read the answer.
        message: what went wrong, as plain text; empty when nothing did.
    """

    name: str
    number: str
    title: str
    possible: float
    earned: float | None
    state: State
    message: str = ""


def grade_chapter(course: Course, chapter: Chapter, on_progress: OnProgress | None = None) -> list[Graded]:
    """Grade the desk's copy of a chapter; see `grade_notebook`.

    Raises:
        CourseError: the chapter is not on the desk or has no source, or its notebook cannot be read.
    """
    path = course.desk / chapter.name / chapter.notebook_name
    if not path.is_file():
        raise CourseError(f"{chapter.name} is not on your desk ({path}); `course lab` puts it there.")
    notebook = read_notebook(path)
    master, found = master_of(course, chapter)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / chapter.name
        # A student's folder may hold anything, a socket or a dangling link included; what can be copied is enough.
        shutil.copytree(path.parent, folder, ignore=_not_plain, symlinks=True)
        return grade_notebook(notebook, master, found, folder, on_progress)


def master_of(course: Course, chapter: Chapter) -> tuple[NotebookNode, list[Exercise]]:
    """A chapter's notebook with all answers and hidden tests, and its exercises.

    Raises:
        CourseError: the source is missing or malformed.
    """
    source = Source(chapter, course.instructor / "source" / chapter.name)
    if not source.script.is_file():
        raise CourseError(f"{chapter.name} has no tests here: {source.script} is missing; get the whole repository.")
    master = read_source(source)
    return master, exercises(master, source)


def grade_notebook(
    notebook: NotebookNode,
    source_notebook: NotebookNode,
    found: list[Exercise],
    folder: Path,
    on_progress: OnProgress | None = None,
    seconds: int = SECONDS_FOR_A_CELL,
) -> list[Graded]:
    """Run a student's notebook with the master's tests, and judge every exercise.

    Args:
        notebook: the student's; it is not changed.
        source_notebook: the master, with hidden tests.
        found: the master's exercises.
        folder: the kernel's working directory.
        on_progress: called with each exercise as soon as it is judged.
        seconds: how long one cell may run.

    Returns:
        One entry for each exercise, in the chapter's order.

    Raises:
        CourseError: no kernel could be started.
    """
    played, missing = with_master_tests(notebook, source_notebook, found)
    sitting = _Sitting(played, found, missing, folder, on_progress or (lambda graded: None), seconds)
    while not sitting.play():
        pass
    return [sitting.judged[e.name] for e in found]


def with_master_tests(
    notebook: NotebookNode, source_notebook: NotebookNode, found: list[Exercise]
) -> tuple[NotebookNode, set[str]]:
    """A copy of a notebook in which every test cell is the master's, and the names of exercises without an answer cell.

    A test cell that was deleted is put back after its answer; a second copy of one is taken out.
    """
    played = nbformat.v4.new_notebook(cells=copy.deepcopy(list(notebook.cells)), metadata=notebook.metadata)
    missing = set()
    for exercise in found:
        if exercise.manual:
            continue
        master = source_notebook.cells[exercise.test_index]
        places = [i for i, c in enumerate(played.cells) if grade_id(c) == grade_id(master)]
        answers = [i for i, c in enumerate(played.cells) if grade_id(c) == exercise.name]
        if not answers:
            missing.add(exercise.name)
        place = places[0] if places else answers[-1] + 1 if answers else len(played.cells)
        for i in reversed(places):
            del played.cells[i]
        played.cells.insert(place, copy.deepcopy(master))
    return played, missing


def grade_id(cell: NotebookNode) -> str | None:
    """The name that nbgrader knows a cell by."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


class _Sitting:
    """One notebook being graded: which cells failed so far, and which exercises are judged."""

    def __init__(
        self,
        notebook: NotebookNode,
        found: list[Exercise],
        missing: set[str],
        folder: Path,
        tell: OnProgress,
        seconds: int,
    ) -> None:
        self.judged: dict[str, Graded] = {}
        self._notebook = notebook
        self._folder = folder
        self._tell = tell
        self._seconds = seconds
        self._failures: dict[int, tuple[str, str]] = {}
        self._left_out: set[int] = set()
        self._tests = {f"test_{e.name}": e for e in found if not e.manual and e.name not in missing}
        for exercise in found:
            if exercise.manual:
                self._judge(exercise, None, "by hand")
            elif exercise.name in missing:
                self._judge(
                    exercise,
                    0.0,
                    "missing",
                    "The cell of your answer is gone; `course reset` brings the chapter back as "
                    "new, and keeps a backup of yours.",
                )

    def play(self) -> bool:
        """Run the cells that may be run in a new kernel, and judge what is not judged yet.

        Returns:
            False when a cell took the kernel with it; next time it is left out.
        """
        client = NotebookClient(
            self._notebook,
            timeout=self._seconds,
            startup_timeout=120,
            kernel_name="python3",
            allow_errors=True,
            interrupt_on_timeout=True,
            error_on_timeout={"ename": TOO_LONG, "evalue": "", "traceback": []},
            raise_on_iopub_timeout=True,
            ipython_hist_file=":memory:",
            shutdown_kernel="immediate",
            log=_silent(),
        )
        replies: dict[int, dict[str, Any]] = {}
        client.on_cell_executed = lambda cell, cell_index, execute_reply: replies.update(
            {cell_index: execute_reply["content"]}
        )
        with contextlib.ExitStack() as stack:
            try:
                quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
                stack.enter_context(client.setup_kernel(cwd=str(self._folder), **quiet))
            except Exception as error:
                raise CourseError(
                    f"No Python kernel could be started ({error}); run `course doctor` to see why."
                ) from error
            for index, cell in enumerate(self._notebook.cells):
                survived = True
                if cell.cell_type == "code" and index not in self._left_out:
                    survived = self._run(client, index, replies)
                self._judge_test(index)
                if not survived:
                    return False
        return True

    def _run(self, client: NotebookClient, index: int, replies: dict[int, dict[str, Any]]) -> bool:
        self._failures.pop(index, None)
        try:
            client.execute_cell(self._notebook.cells[index], index)
        except DeadKernelError:
            self._failures[index] = STOPPED, "it stopped Python altogether (an exit, a crash, or no memory left)."
        except CellTimeoutError:
            self._failures[index] = (
                TOO_LONG,
                f"it was still running after {self._seconds} seconds, and could not be interrupted.",
            )
        else:
            reply = replies.get(index, {})
            if reply.get("status") == "error" and reply["ename"] == TOO_LONG:
                self._failures[index] = TOO_LONG, f"it was still running after {self._seconds} seconds."
                self._left_out.add(index)
            elif reply.get("status") == "error":
                self._failures[index] = reply["ename"], ANSI.sub("", reply.get("evalue", "")).strip()
            return True
        self._left_out.add(index)
        return False

    def _judge_test(self, index: int) -> None:
        exercise = self._tests.get(grade_id(self._notebook.cells[index]) or "")
        if exercise is None or exercise.name in self.judged:
            return
        if index not in self._failures:
            self._judge(exercise, exercise.points, "right")
            return
        name, message = self._failures[index]
        own = [
            self._failures[i]
            for i, c in enumerate(self._notebook.cells)
            if i in self._failures and grade_id(c) == exercise.name
        ]
        if name == "NotStarted" and not own:
            self._judge(exercise, 0.0, "not started", message)
        elif own:
            self._judge(exercise, 0.0, "wrong", f"The cell of your answer fails: {_sentence(*own[-1])}")
        else:
            self._judge(exercise, 0.0, "wrong", _sentence(name, message))

    def _judge(self, exercise: Exercise, earned: float | None, state: State, message: str = "") -> None:
        self.judged[exercise.name] = Graded(
            exercise.name, exercise.number, exercise.title, exercise.points, earned, state, message
        )
        self._tell(self.judged[exercise.name])


def _sentence(name: str, message: str) -> str:
    if name == "CheckFailed":
        return message
    if name in (STOPPED, TOO_LONG):
        return message[:1].upper() + message[1:]
    return f"{name}: {message}" if message else f"{name} in a test that is not shown."


def _silent() -> logging.Logger:
    """nbclient tells its log what our table tells better."""
    logger = logging.Logger("check")
    logger.addHandler(logging.NullHandler())
    return logger


def _not_plain(folder: str, names: list[str]) -> set[str]:
    paths = {n: Path(folder) / n for n in names}
    return {
        n for n, p in paths.items() if n == ".ipynb_checkpoints" or not (p.is_file() or p.is_dir() or p.is_symlink())
    }


# ---------------------------------------------------------------- for the program


def print_table(console: Console, chapter: Chapter, graded: list[Graded], of: int) -> None:
    """Exercise, points and what went wrong; ``of`` is how many exercises the chapter has."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, title=chapter.name, title_justify="left", title_style="bold")
    table.add_column("exercise", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("what went wrong", ratio=1, overflow="fold")
    for g in sorted(graded, key=place):
        mark, style = MARKS[g.state]
        points = f"–/{g.possible:g}" if g.earned is None else f"{g.earned:g}/{g.possible:g}"
        table.add_row(Text(f"{mark} {g.number} {g.title}", style=style), points, Text(shown_words(g)))
    console.print(table)
    automatic = [g for g in graded if g.earned is not None]
    console.print(
        f"[bold]{sum(g.earned or 0 for g in automatic):g} of {sum(g.possible for g in automatic):g} points[/]"
        + ("" if len(graded) == of else f", of the {len(graded)} exercises that were graded out of {of}.")
    )


def place(graded: Graded) -> list[int]:
    """Where an exercise stands in its chapter; they are not judged in that order."""
    return [int(n) for n in graded.number.split(".")]


def shown_words(graded: Graded) -> str:
    """The first lines of what there is to say about an exercise."""
    if graded.state == "by hand":
        return "read by a person"
    if graded.state == "not started":
        return "still to do"
    lines = [line.strip() for line in graded.message.splitlines() if line.strip()]
    return "\n".join(lines[:LINES_SHOWN]) + (" …" if len(lines) > LINES_SHOWN else "")


def as_json(chapter: Chapter, graded: list[Graded], of: int) -> dict[str, Any]:
    """The same for programs; ``complete`` is False when grading was stopped early."""
    automatic = [g for g in graded if g.earned is not None]
    return {
        "chapter": chapter.name,
        "earned": sum(g.earned or 0 for g in automatic),
        "possible": sum(g.possible for g in automatic),
        "complete": len(graded) == of,
        "exercises": [asdict(g) for g in sorted(graded, key=place)],
    }

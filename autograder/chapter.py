"""One chapter's source: a notebook with stable cell ids, and the exercises in it.

A chapter is written as NN_slug.py in jupytext's percent format. Cell ids must survive edits of neighbouring cells, because
the student's desk merges releases by id. So an id is the cell's nbgrader ``grade_id``, or an ``id`` in its metadata, or a
hash of its content; position never counts.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode

from course_utils.course import Chapter, Course, chapters_in
from course_utils.errors import CourseError

EFFORT = re.compile(
    r"^(?P<filled>●+)(?P<hollow>○*) · (?P<minutes>\d+) minutes? · (?P<points>\d+) points?$", re.MULTILINE
)
TITLE = re.compile(r"^### Exercise (?P<number>\d+\.\d+) · (?P<title>.+)$", re.MULTILINE)
HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS$.*?^### END HIDDEN TESTS$\n?", re.MULTILINE | re.DOTALL)
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3", "file_extension": ".py", "mimetype": "text/x-python"}


@dataclass(frozen=True)
class Source:
    """The files of one chapter in ``autograder/source``."""

    chapter: Chapter
    folder: Path

    @property
    def script(self) -> Path:
        return self.folder / f"{self.chapter.name}.py"

    @property
    def attempts(self) -> Path:
        return self.folder / "attempts.py"

    @property
    def notebook(self) -> Path:
        return self.folder / self.chapter.notebook_name

    @property
    def coach(self) -> Path:
        return self.folder / "coach.json"

    @property
    def assets(self) -> list[Path]:
        """Further files that a student gets with the chapter."""
        made = {self.script, self.attempts, self.notebook, self.coach}
        return [
            p
            for p in sorted(self.folder.rglob("*"))
            if p.is_file()
            and p not in made
            and not any(part.startswith((".", "__")) for part in p.relative_to(self.folder).parts)
        ]


@dataclass(frozen=True)
class Exercise:
    """One graded answer.

    Attributes:
        name: the ``grade_id`` of its solution cell; for automatic ones usually the function to write.
        number, title: as in its heading, ``4.2`` and ``One-hot by hand``.
        difficulty: 1 to ``out_of``.
        minutes: expected time.
        points: nbgrader's.
        manual: graded by a person; then there are no tests.
        answer_index: the position of the solution cell.
        test_index: the position of the test cell; the answer's own for a manual one.
        visible, hidden: the source of the tests, split at the hidden markers.
    """

    name: str
    number: str
    title: str
    difficulty: int
    out_of: int
    minutes: int
    points: float
    manual: bool
    answer_index: int
    test_index: int
    visible: str
    hidden: str


def sources(course: Course) -> list[Source]:
    """Every chapter in ``autograder/source`` that has a script, in order."""
    folder = course.instructor / "source"
    found = [Source(c, folder / c.name) for c in chapters_in(folder)]
    return [s for s in found if s.script.is_file()]


def read_source(source: Source) -> NotebookNode:
    """The chapter as a notebook with all answers and hidden tests, ids in place, the same for the same text.

    Raises:
        CourseError: the text is no notebook, or two cells claim one id.
    """
    try:
        notebook = jupytext.reads(source.script.read_text(encoding="utf-8"), fmt="py:percent")
    except Exception as error:
        raise CourseError(f"{source.script} cannot be read as a notebook: {str(error).splitlines()[0]}.") from error
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata["language_info"] = dict(LANGUAGE)
    notebook.metadata["jupytext"] = {"formats": "ipynb,py:percent"}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    give_ids(notebook, source)
    return notebook


def give_ids(notebook: NotebookNode, source: Source) -> None:
    """Set every cell's id from its ``grade_id``, its metadata or its content."""
    seen: Counter[str] = Counter()
    claimed: set[str] = set()
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.metadata.get("id")
        if name:
            if name in claimed:
                raise CourseError(f"{source.script} has two cells called {name}; give one another grade_id or id.")
            cell["id"] = re.sub(r"[^a-zA-Z0-9_-]", "-", name)[:64]
            claimed.add(name)
        else:
            digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
            seen[digest] += 1
            cell["id"] = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def exercises(notebook: NotebookNode, source: Source) -> list[Exercise]:
    """The exercises of a chapter, in order.

    Raises:
        CourseError: an exercise lacks its heading, its effort line, its tests or its points, or they contradict each other.
    """
    cells = notebook.cells
    by_id = {c.metadata.nbgrader.grade_id: i for i, c in enumerate(cells) if "nbgrader" in c.metadata}
    found = []
    for i, cell in enumerate(cells):
        marks: Any = cell.metadata.get("nbgrader")
        if not marks or not marks.get("solution"):
            continue
        where = f"{source.script}, exercise {marks.grade_id}"
        heading, effort = _prompt_above(cells, i, where)
        if marks.get("grade"):
            test_index, visible, hidden = i, "", ""
        else:
            if f"test_{marks.grade_id}" not in by_id:
                raise CourseError(f"{where}: there is no test cell with the grade_id test_{marks.grade_id}.")
            test_index = by_id[f"test_{marks.grade_id}"]
            visible, hidden = split_tests(cells[test_index].source)
            if not hidden.strip():
                raise CourseError(f"{where}: its tests have no hidden part, so a hard-coded answer would pass.")
        points = float(cells[test_index].metadata.nbgrader.points)
        if points != float(effort["points"]):
            raise CourseError(
                f"{where}: the prompt promises {effort['points']} points, the test cell gives {points:g}."
            )
        found.append(
            Exercise(
                name=marks.grade_id,
                number=heading["number"],
                title=heading["title"],
                difficulty=len(effort["filled"]),
                out_of=len(effort["filled"] + effort["hollow"]),
                minutes=int(effort["minutes"]),
                points=points,
                manual=bool(marks.get("grade")),
                answer_index=i,
                test_index=test_index,
                visible=visible,
                hidden=hidden,
            )
        )
    return found


def _prompt_above(cells: list[NotebookNode], index: int, where: str) -> tuple[re.Match, re.Match]:
    for cell in reversed(cells[:index]):
        heading = TITLE.search(cell.source) if cell.cell_type == "markdown" else None
        if heading:
            effort = EFFORT.search(cell.source)
            if not effort:
                raise CourseError(f"{where}: its prompt needs a line such as “●●○○ · 5 minutes · 2 points”.")
            return heading, effort
        if cell.metadata.get("nbgrader"):
            break
    raise CourseError(f"{where}: no heading “### Exercise N.M · title” stands above it.")


def split_tests(source: str) -> tuple[str, str]:
    """A test cell's visible and hidden source."""
    hidden = "\n".join(m.group(0) for m in HIDDEN.finditer(source))
    return HIDDEN.sub("", source).rstrip() + "\n", hidden

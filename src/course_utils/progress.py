"""Which exercises are done, read from the notebooks on the desk and from nothing else.

No record is kept beside the notebooks, so progress can neither be lost nor disagree with what the student sees. The
files are read as plain JSON, once each: a welcome page that waits for thirteen validations would not feel like one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from course_utils.course import Chapter, Course

State = Literal["untouched", "failing", "solved", "written"]


@dataclass(frozen=True)
class Exercise:
    """One graded cell, known by its nbgrader grade_id.

    A test is ``untouched`` (not run), ``failing`` (its last run ended in an error) or ``solved`` (it ran without one);
    an answer that a person will read is ``untouched`` or ``written`` (it differs from the release's).
    """

    id: str
    state: State
    points: float
    by_hand: bool = False

    @property
    def done(self) -> bool:
        return self.state in ("solved", "written")


@dataclass(frozen=True)
class ChapterProgress:
    """How far one chapter is. What is not ``readable`` or not ``laid`` on the desk shows the release's exercises."""

    name: str
    title: str
    minutes: float | None
    objectives: tuple[str, ...]
    exercises: tuple[Exercise, ...]
    readable: bool = True
    laid: bool = True

    @property
    def number(self) -> str:
        return Chapter(self.name).number

    @property
    def path(self) -> str:
        """The notebook's path within the desk, with forward slashes."""
        return f"{self.name}/{Chapter(self.name).notebook_name}"

    @property
    def solved(self) -> int:
        """Exercises solved or written."""
        return sum(e.done for e in self.exercises)

    @property
    def total(self) -> int:
        return len(self.exercises)

    @property
    def points(self) -> float:
        """Points of the solved tests; what a written answer earns, a person says later."""
        return sum(e.points for e in self.exercises if e.state == "solved")

    @property
    def max_points(self) -> float:
        """Points that tests can give."""
        return sum(e.points for e in self.exercises if not e.by_hand)

    @property
    def state(self) -> Literal["new", "started", "done", "broken"]:
        if not self.readable:
            return "broken"
        if self.exercises and all(e.done for e in self.exercises):
            return "done"
        return "started" if any(e.state != "untouched" for e in self.exercises) else "new"


def course_progress(course: Course) -> list[ChapterProgress]:
    """The progress of every released chapter, in order; never raises because of a notebook's content."""
    return [
        chapter_progress(course.desk / c.name / c.notebook_name, course.released / c.name / c.notebook_name)
        for c in course.chapters
    ]


def chapter_progress(notebook: Path, released: Path | None = None) -> ChapterProgress:
    """The progress in one notebook of the desk.

    Args:
        notebook: ``…/NN_slug.ipynb``; it may be missing or broken, which the result says.
        released: the same notebook as released, which tells whether an answer in words was written. Without it any
            text counts.
    """
    content = _load(notebook)
    original = _load(released) if released else None
    shown = content or original or {}
    about = _dict(_dict(shown.get("metadata")).get("course"))
    objectives = about.get("objectives")
    name = notebook.stem
    return ChapterProgress(
        name=name,
        title=str(about.get("title") or Chapter(name).slug.replace("_", " ").capitalize()),
        minutes=_number(about.get("minutes")),
        objectives=tuple(map(str, objectives)) if isinstance(objectives, list) else (),
        exercises=_exercises(shown, original or {}),
        readable=content is not None or not notebook.exists(),
        laid=notebook.exists(),
    )


def as_json(chapters: list[ChapterProgress]) -> dict[str, Any]:
    """What the welcome page shows: the chapters, the sums, and the path of the first unfinished readable chapter."""
    return {
        "chapters": [
            {
                "name": c.name,
                "number": c.number,
                "title": c.title,
                "minutes": c.minutes,
                "objectives": list(c.objectives),
                "path": c.path,
                "solved": c.solved,
                "total": c.total,
                "points": c.points,
                "max_points": c.max_points,
                "state": c.state,
                "exercises": [{"id": e.id, "state": e.state, "points": e.points} for e in c.exercises],
            }
            for c in chapters
        ],
        "solved": sum(c.solved for c in chapters),
        "total": sum(c.total for c in chapters),
        "next": next((c.path for c in chapters if c.state in ("new", "started")), None),
    }


def _load(path: Path) -> dict[str, Any] | None:
    """A notebook as plain JSON; None when it is missing or not a notebook."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    cells = content.get("cells") if isinstance(content, dict) else None
    return content if isinstance(cells, list) and all(isinstance(c, dict) for c in cells) else None


def _exercises(notebook: dict[str, Any], original: dict[str, Any]) -> tuple[Exercise, ...]:
    starters = {_nbgrader(c).get("grade_id"): _source(c) for c in original.get("cells", [])}
    found: dict[str, Exercise] = {}
    for cell in notebook.get("cells", []):
        nbgrader = _nbgrader(cell)
        grade_id = nbgrader.get("grade_id")
        by_hand = bool((nbgrader.get("grade") and nbgrader.get("solution")) or nbgrader.get("task"))
        if not isinstance(grade_id, str) or grade_id in found or not (by_hand or nbgrader.get("grade")):
            continue
        state = _written(cell, starters.get(grade_id, "")) if by_hand else _tested(cell)
        found[grade_id] = Exercise(grade_id, state, _number(nbgrader.get("points")) or 0, by_hand)
    return tuple(found.values())


def _written(cell: dict[str, Any], starter: str) -> State:
    return "written" if _source(cell).strip() != starter.strip() else "untouched"


def _tested(cell: dict[str, Any]) -> State:
    outputs = cell.get("outputs")
    if isinstance(outputs, list) and any(_dict(o).get("output_type") == "error" for o in outputs):
        return "failing"
    # Clearing a cell's outputs in JupyterLab also takes its execution count away.
    return "untouched" if cell.get("execution_count") is None else "solved"


def _nbgrader(cell: dict[str, Any]) -> dict[str, Any]:
    return _dict(_dict(cell.get("metadata")).get("nbgrader"))


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None

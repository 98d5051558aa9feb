"""A chapter as a judge needs it: all tests, the source cells' rows, the files beside it; one picklable piece of data.

It is made once for a whole class. Judges have no gradebook: what nbgrader's steps ask one for is here.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry

from autograder.chapter import HIDDEN, Source, split_tests
from autograder.pattern import Pattern
from course_utils.errors import CourseError


@dataclass(frozen=True)
class SourceCell:
    """A row of nbgrader's ``source_cell``."""

    name: str
    cell_type: str
    source: str
    locked: bool
    checksum: str


@dataclass(frozen=True)
class NamedCell:
    """A row of ``grade_cell``, ``solution_cell`` or ``task_cell``."""

    name: str
    max_score: float = 0.0


@dataclass(frozen=True)
class SourceNotebook:
    """What nbgrader's steps ask about a notebook, in the order of the gradebook's rows."""

    name: str
    kernelspec: str | None
    source_cells: tuple[SourceCell, ...]
    grade_cells: tuple[NamedCell, ...]
    solution_cells: tuple[NamedCell, ...]
    task_cells: tuple[NamedCell, ...]


@dataclass(frozen=True)
class Sealed:
    """Everything that grading one submission needs beside the submission.

    Attributes:
        chapter: its folder's name, nbgrader's assignment.
        rows: the gradebook's rows of the source.
        starters: the released text of each answer cell, by its name.
        files: what lies beside a submission when it runs, by name, in base64.
        config: nbgrader's settings for its steps.
        pattern: what a submission should look like, for `autograder.repair`.
    """

    chapter: str
    rows: SourceNotebook
    starters: dict[str, str]
    files: dict[str, str] = field(repr=False)
    config: Any = field(repr=False)
    pattern: Pattern = field(repr=False)

    def file(self, name: str) -> bytes:
        """The content of a file that lies beside a submission."""
        return base64.b64decode(self.files[name])

    def test_parts(self, grade_id: str) -> list[str]:
        """A test cell's visible part, then its hidden part where it has one."""
        source = next(c.source for c in self.rows.source_cells if c.name == grade_id)
        visible, hidden = split_tests(source)
        return [visible, hidden] if HIDDEN.search(source) else [visible]


def seal(
    source: Source,
    gradebook: Gradebook,
    released: NotebookNode,
    files: dict[str, bytes],
    config: Any,
    pattern: Pattern,
) -> Sealed:
    """Put a chapter together for judges.

    Args:
        source: the chapter.
        gradebook: holds the chapter's rows, as nbgrader's generate_assignment writes them.
        released: the notebook that students got.
        files: what they got beside it.
        config: nbgrader's settings.

    Raises:
        CourseError: the gradebook does not know the chapter.
    """
    name = source.chapter.name
    try:
        row = gradebook.find_notebook(name, name)
    except MissingEntry:
        raise CourseError(f"The gradebook does not know {name}; generate the assignment first.") from None
    rows = SourceNotebook(
        name=name,
        kernelspec=row.kernelspec,
        source_cells=tuple(
            SourceCell(c.name, c.cell_type, c.source, bool(c.locked), c.checksum) for c in row.source_cells
        ),
        grade_cells=tuple(NamedCell(c.name, float(c.max_score)) for c in row.grade_cells),
        solution_cells=tuple(NamedCell(c.name) for c in row.solution_cells),
        task_cells=tuple(NamedCell(c.name, float(c.max_score)) for c in row.task_cells),
    )
    starters = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in released.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    packed = {name: base64.b64encode(content).decode() for name, content in files.items()}
    return Sealed(name, rows, starters, packed, config, pattern)

"""nbgrader's own steps, asking a sealed chapter what they would ask a gradebook.

A gradebook is a connection, a session and a query for each row; a class asks the same of it a thousand times.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor, OverwriteCells, OverwriteKernelspec, SaveAutoGrades

from autograder.grading.sealed import SourceNotebook

Resources = dict[str, Any]


class Asked:
    """Answers as `nbgrader.api.Gradebook` does, for one chapter."""

    def __init__(self, rows: SourceNotebook) -> None:
        self._rows = rows
        self._source = {cell.name: cell for cell in rows.source_cells}
        self._graded = {cell.name: cell for cell in (*rows.grade_cells, *rows.task_cells)}

    def find_notebook(self, notebook: str, assignment: str) -> SourceNotebook:
        return self._rows

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> Any:
        return self._of(self._source, name)

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> Any:
        return self._of(self._graded, name)

    @staticmethod
    def _of(cells: dict[str, Any], name: str) -> Any:
        if name not in cells:
            raise MissingEntry(f"No such cell: {name}")
        return cells[name]


class OverwriteCellsAlone(OverwriteCells):
    """Master's test cells in place of the student's."""

    asked: Asked

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        self.notebook_id = resources["nbgrader"]["notebook"]
        self.assignment_id = resources["nbgrader"]["assignment"]
        self.gradebook = self.asked
        nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
        if self.add_missing_cells:
            nb, resources = self.add_missing_grade_cells(nb, resources)
            nb, resources = self.add_missing_task_cells(nb, resources)
        return nb, resources


class OverwriteKernelspecAlone(OverwriteKernelspec):
    """The source's kernelspec in place of the student's."""

    asked: Asked

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        kernelspec = self.asked.find_notebook("", "").kernelspec
        if kernelspec:
            nb.metadata["kernelspec"] = json.loads(kernelspec)
        return nb, resources


class SaveAutoGradesAlone(SaveAutoGrades):
    """Scores and comments, kept for whoever has the gradebook.

    Attributes:
        grades: the automatic score by cell, None where a person must read.
        comments: the automatic comment by cell.
    """

    grades: dict[str, float | None]
    comments: dict[str, str | None]

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        self.notebook_id, self.assignment_id, self.student_id = "", "", ""
        found_grades: dict[str, Any] = {}
        found_comments: dict[str, Any] = {}
        self.gradebook = SimpleNamespace(
            find_grade=lambda name, *_: found_grades.setdefault(name, SimpleNamespace(manual_score=None)),
            find_comment=lambda name, *_: found_comments.setdefault(name, SimpleNamespace()),
            db=SimpleNamespace(commit=lambda: None),
        )
        nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
        self.grades = {name: grade.auto_score for name, grade in found_grades.items()}
        self.comments = {name: comment.auto_comment for name, comment in found_comments.items()}
        return nb, resources

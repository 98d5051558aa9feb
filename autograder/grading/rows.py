"""Results into nbgrader's gradebook: the rows that its own autograde would have written, many submissions in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbgrader import utils
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import AssignLatePenalties

from autograder.grading.judge import QUIET, Result


class Rows:
    """The rows of one chapter.

    Args:
        gradebook: stays open as long as this is used.
        config: nbgrader's settings; the late penalty's plugin is one.
    """

    def __init__(self, gradebook: Gradebook, chapter: str, config: Any) -> None:
        self._db = gradebook.db
        self._assignment: Assignment = gradebook.find_assignment(chapter)
        self._notebook = gradebook.find_notebook(chapter, chapter)
        graded = [*self._notebook.grade_cells, *self._notebook.task_cells]
        answered = [*self._notebook.solution_cells, *self._notebook.task_cells]
        self._graded = {cell.id: cell.name for cell in graded}
        self._answered = {cell.id: cell.name for cell in answered}
        self._penalties = AssignLatePenalties(config=config, log=QUIET)
        self._penalties.init_plugin()

    def write(self, results: Iterable[Result]) -> None:
        """Write them all, or none: then the database's exception is raised."""
        try:
            for result in results:
                self._write(result)
            self._db.commit()
        except BaseException:
            self._db.rollback()
            raise

    def _write(self, result: Result) -> None:
        submission = self._submission(result.student)
        if result.timestamp:
            submission.timestamp = utils.parse_utc(result.timestamp)
        notebook = submission.notebooks[0]
        for grade in notebook.grades:
            name = self._graded[grade.cell_id]
            grade.auto_score = 0 if result.problem else result.grades.get(name, 0)
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for comment in notebook.comments:
            comment.auto_comment = result.comments.get(self._answered[comment.cell_id])
        notebook.late_submission_penalty = self._penalty(submission, notebook, result.student)

    def _submission(self, student: str) -> SubmittedAssignment:
        person = self._db.get(Student, student)
        if person is None:
            person = Student(id=student)
            self._db.add(person)
        else:
            found = (
                self._db.query(SubmittedAssignment)
                .filter_by(assignment_id=self._assignment.id, student_id=student)
                .one_or_none()
            )
            if found is not None:
                return found
        submission = SubmittedAssignment(assignment=self._assignment, student=person)
        notebook = SubmittedNotebook(notebook=self._notebook, assignment=submission)
        for cell in self._graded:
            Grade(cell_id=cell, notebook=notebook)
        for cell in self._answered:
            Comment(cell_id=cell, notebook=notebook)
        self._db.add(submission)
        return submission

    def _penalty(self, submission: SubmittedAssignment, notebook: SubmittedNotebook, student: str) -> float | None:
        late = submission.total_seconds_late
        if late <= 0:
            return None
        self._db.flush()
        self._db.refresh(notebook)
        penalty = self._penalties.plugin_inst.late_submission_penalty(student, notebook.score, late)
        return None if penalty is None else self._penalties._check_late_penalty(notebook, penalty)

"""The instructor's part of a clone, copied and built, so that no test touches the real one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.attempts import Attempt, Question, read_attempts
from autograder.build import build
from autograder.chapter import Exercise, Source, exercises, read_source, sources
from course_utils.course import Course, find_course

CHAPTER = "04_scatter"
CLASSWORK = ("submitted", "autograded", "feedback")


@dataclass(frozen=True)
class Chapter04:
    """Chapter 04 in a copy of the clone: what is released, and what only an instructor knows."""

    course: Course
    source: Source
    released: NotebookNode
    master: NotebookNode
    exercises: list[Exercise]
    attempts: list[Attempt]
    questions: list[Question]

    def points(self, *names: str) -> float:
        return sum(e.points for e in self.exercises if e.name in names)

    def attempt(self, name: str, right: bool, number: int = 0) -> str:
        """The text of a listed answer."""
        return [a for a in self.attempts if a.exercise == name and a.right == right][number].code

    def all_right(self) -> dict[str, str]:
        """A right answer to everything that is graded automatically."""
        answers = {e.name: self.attempt(e.name, True) for e in self.exercises if not e.manual and e.name != "quiz"}
        return answers | {"quiz": f"answers = { {q.name: q.right for q in self.questions} }"}

    def hidden_lines(self) -> set[str]:
        """Lines that stand in hidden tests only, long enough to be told by."""
        shown = {line.strip() for e in self.exercises for line in e.visible.splitlines()}
        lines = {line.strip() for e in self.exercises for line in e.hidden.splitlines() if "HIDDEN TESTS" not in line}
        return {line for line in lines - shown if len(line) >= 12}


@pytest.fixture(scope="session")
def clone(tmp_path_factory) -> Course:
    """A copy of what an instructor has in a clone, without anybody's submissions."""
    root = tmp_path_factory.mktemp("clone")
    copy_course(find_course(), root)
    return Course(root)


def copy_course(course: Course, root: Path) -> None:
    """Copy what an instructor has in a clone, without submissions, grades and gradebook."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        classwork = CLASSWORK if Path(folder) == course.instructor else ()
        return {
            n
            for n in names
            if n in classwork or n.endswith((".db", ".part")) or n in ("__pycache__", ".ipynb_checkpoints")
        }

    shutil.copytree(course.instructor, root / "autograder", ignore=left_out)
    shutil.copytree(course.released, root / "notebooks")
    (root / "data").symlink_to(course.data.resolve())


@pytest.fixture(scope="session")
def chapter(clone) -> Chapter04:
    """Chapter 04, built."""
    source = next(s for s in sources(clone) if s.chapter.name == CHAPTER)
    product = build(clone, source)
    product.publish(clone)
    master = read_source(source)
    attempts, questions = read_attempts(source.attempts)
    released = nbformat.reads(product.files[source.chapter.notebook_name].decode(), as_version=4)
    return Chapter04(clone, source, released, master, exercises(master, source), attempts, questions)


def nbgrader(folder: Path, home: Path, *words: str, expect: int = 0, **variables: str) -> str:
    """Run ``nbgrader …`` in ``folder``, as the person whose home is ``home``, in an environment nobody activated."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "NBGRADER", "COURSE"))}
    environment = inherited | {"HOME": str(home), "PATH": "/usr/bin:/bin"} | variables
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=folder,
        env=environment,
        text=True,
        timeout=300,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == expect, f"nbgrader {' '.join(words)} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def words_of(page: str) -> str:
    """An HTML page as its reader sees it: no tags, no colours, plain characters."""
    import html

    body = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", body))

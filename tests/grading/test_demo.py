"""`course demo`: the simulated class, its grading by real nbgrader, and going on after a Ctrl-C."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from classroom import CHAPTER, copy_course
from hypothesis import given
from hypothesis import strategies as st

from autograder.demo import PEOPLE, Score, choose_answers, is_graded, lay_out, make_class, scores
from course_utils.course import Course
from course_utils.errors import CourseError

PROGRAM = "import typer; from autograder.commands import demo_command; typer.run(demo_command)"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_class_is_the_same_each_time(chapter, tmp_path):
    folder = chapter.course.root / "demo-twice"
    make_class(chapter.course, folder)
    first = contents(folder)
    folder.rename(tmp_path / "first")
    make_class(chapter.course, folder)
    assert contents(folder) == first


def test_every_person_hands_in_the_released_notebook_with_other_answers(chapter, tmp_path):
    make_class(chapter.course, tmp_path / "demo")
    ids = [c.id for c in chapter.released.cells]
    texts = set()
    for student in PEOPLE:
        notebook = nbformat.read(tmp_path / "demo" / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
        assert [c.id for c in notebook.cells] == ids
        texts.add("\n".join(c.source for c in notebook.cells))
    assert len(texts) == len(PEOPLE) == 12


@given(seed=st.integers(), skill=st.floats(0.05, 1))
def test_every_answer_is_a_listed_attempt_or_a_letter_or_a_written_text(chapter, seed, skill):
    answers = choose_answers(random.Random(seed), skill, chapter.exercises, chapter.attempts, chapter.questions)
    listed = {(a.exercise, a.code.rstrip("\n")): a.right for a in chapter.attempts}
    for name, text in answers.items():
        if name not in ("quiz", "explain_index"):
            assert (name, text) in listed
            assert skill < 1 or listed[name, text]


def test_a_folder_that_is_no_demo_class_is_left_alone(chapter, tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("mine")
    for fresh in (False, True):
        with pytest.raises(CourseError, match="is no demo class"):
            lay_out(chapter.course, tmp_path / "demo", fresh)
    assert contents(tmp_path / "demo") == {"thesis.txt": b"mine"}


def test_only_fresh_throws_a_class_away(chapter, tmp_path):
    folder = tmp_path / "demo"
    assert lay_out(chapter.course, folder, fresh=False)
    (folder / "gradebook.db").write_text("somebody's points")
    assert not lay_out(chapter.course, folder, fresh=False)
    assert (folder / "gradebook.db").is_file()
    assert lay_out(chapter.course, folder, fresh=True)
    assert not (folder / "gradebook.db").exists()


@dataclass
class Demo:
    """What two runs of the command did, the first stopped by Ctrl-C."""

    course: Course
    graded_first: dict[str, int]
    graded_then: dict[str, int]
    first_code: int
    first_said: str
    said: str
    scores: dict[str, Score]

    @property
    def folder(self) -> Path:
        return self.course.root / "demo"


@pytest.fixture(scope="module")
def demo(chapter, tmp_path_factory) -> Demo:
    course = Course(tmp_path_factory.mktemp("demo"))
    copy_course(chapter.course, course.root)
    folder = course.root / "demo"
    environment = os.environ | {"COURSE_ROOT": str(course.root), "COLUMNS": "80"}

    def start() -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            cwd=course.root,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def graded() -> dict[str, int]:
        notebooks = {
            s: folder / "autograded" / s / CHAPTER / f"{CHAPTER}.ipynb" for s in PEOPLE if is_graded(folder, s)
        }
        return {s: path.stat().st_mtime_ns for s, path in notebooks.items()}

    first = start()
    while first.poll() is None and len(graded()) < 3:
        time.sleep(0.1)
    os.killpg(first.pid, signal.SIGINT)
    first_said = first.communicate(timeout=30)[0]
    before = graded()
    second = start()
    said = second.communicate(timeout=200)[0]
    assert second.returncode == 0, said
    return Demo(course, before, graded(), first.returncode, first_said, said, {s.student: s for s in scores(folder)})


@pytest.mark.long
def test_ctrl_c_says_that_what_is_graded_is_kept(demo):
    assert demo.first_code != 0
    assert "what is graded is kept" in demo.first_said
    assert 3 <= len(demo.graded_first) < 12


@pytest.mark.long
def test_the_next_run_grades_the_rest_only(demo):
    assert len(demo.graded_then) == 12
    assert {s: demo.graded_then[s] for s in demo.graded_first} == demo.graded_first


@pytest.mark.long
def test_the_perfect_and_the_untouched_get_what_they_should(demo, chapter):
    automatic = sum(e.points for e in chapter.exercises if not e.manual)
    assert demo.scores["chen"].total == automatic
    assert demo.scores["chen"].needs_reading
    assert demo.scores["haddad"].total == 0
    assert demo.scores["haddad"].answered == frozenset()


@pytest.mark.long
def test_everybodys_marks_are_those_of_the_attempts_that_they_were_dealt(demo, chapter):
    right = {(a.exercise, a.code.rstrip("\n")) for a in chapter.attempts if a.right}
    for student, score in demo.scores.items():
        notebook = nbformat.read(demo.folder / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
        texts = {c.metadata.nbgrader.grade_id: c.source for c in notebook.cells if "nbgrader" in c.metadata}
        dealt = {
            e.name: (e.name, texts[e.name]) in right for e in chapter.exercises if not e.manual and e.name != "quiz"
        }
        assert {name: score.marks[name] > 0 for name in dealt} == dealt


@pytest.mark.long
def test_the_table_fits_eighty_characters_and_names_everybody(demo):
    table = demo.said[: demo.said.index("Where to look next")]
    assert max(map(len, table.splitlines())) <= 80
    assert all(f"{first} {last}" in table for first, last, _ in PEOPLE.values())


@pytest.mark.long
def test_it_says_where_to_look_next(demo):
    assert "jupyter lab" in demo.said
    assert f"demo/feedback/bauer/{CHAPTER}/{CHAPTER}.html" in demo.said
    assert (demo.folder / "feedback" / "bauer" / CHAPTER / f"{CHAPTER}.html").is_file()


@pytest.mark.long
def test_the_instructors_course_root_stays_as_it_was(demo):
    assert [p for p in demo.course.instructor.rglob("*.db")] == []
    assert not (demo.course.instructor / "submitted").exists()

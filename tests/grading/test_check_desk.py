"""`course check`: a desk's notebook, graded in a real kernel with the hidden tests; nothing of it is touched."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import typer
from nbformat import NotebookNode
from typer.testing import CliRunner

from autograder.chapter import Exercise
from autograder.check_desk import (
    Graded,
    grade_chapter,
    grade_id,
    grade_notebook,
    master_of,
    shown_words,
    with_master_tests,
)
from autograder.commands import check_command
from autograder.steps import RAISE, TODO
from course_utils.course import Chapter, Course
from course_utils.errors import CourseError
from course_utils.notebooks import read_notebook, write_notebook

CHAPTER = Chapter("07_small")
NAMES = ("right", "hard_coded", "endless", "leaving", "untouched", "broken", "lost_test", "lost_answer", "after")


def script() -> str:
    """A chapter whose every exercise asks for twice its argument; the hidden test asks for another number."""
    cells = ['# %% id="setup"\nimport os\nfrom course_utils import check']
    for i, name in enumerate(NAMES, 1):
        cells += [
            f"# %% [markdown]\n# ### Exercise 7.{i} · Try {name}\n# ●○ · 1 minute · {i} points",
            f"# %% nbgrader={marks(name, solution=True)}\n"
            f"def {name}(n):\n    ### BEGIN SOLUTION\n    return 2 * n\n    ### END SOLUTION",
            f"# %% nbgrader={marks(f'test_{name}', points=i)}\n"
            f"check({name}, 1).gives(2)\n### BEGIN HIDDEN TESTS\nassert {name}(21) == 42\n### END HIDDEN TESTS",
        ]
    cells.append(f"# %% [markdown]\n# ### Exercise 7.{len(NAMES) + 1} · Say why\n# ●○ · 1 minute · 3 points")
    cells.append(
        f"# %% [markdown] nbgrader={marks('why', solution=True, points=3)}\n"
        "# ### BEGIN SOLUTION\n# Because.\n# ### END SOLUTION"
    )
    return "\n\n".join(cells).replace("1 points", "1 point") + "\n"


def marks(name: str, solution: bool = False, points: int | None = None) -> str:
    graded = {} if points is None else {"points": points}
    whole = {"schema_version": 3, "grade_id": name, "solution": solution, "grade": points is not None, "task": False}
    return json.dumps(whole | {"locked": not solution} | graded)


ANSWERS = {
    "right": "def right(n):\n    return n + n",
    "hard_coded": "def hard_coded(n):\n    return 2",
    "endless": "def endless(n):\n    open(os.environ.get('REACHED', os.devnull), 'w').close()\n    while True: pass",
    "leaving": "def leaving(n):\n    os._exit(1)",
    "broken": "def broken(n)\n    return 2 * n",
    "lost_test": "def lost_test(n):\n    return 2 * n",
    "after": "def after(n):\n    return sum([n, n])",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """A clone with that chapter, on whose desk lies a student's attempt at it."""
    course = Course(tmp_path_factory.mktemp("clone"))
    source = course.instructor / "source" / CHAPTER.name
    source.mkdir(parents=True)
    (source / f"{CHAPTER.name}.py").write_text(script())
    master, found = master_of(course, CHAPTER)
    (course.released / CHAPTER.name).mkdir(parents=True)
    write_notebook(course.desk / CHAPTER.name / CHAPTER.notebook_name, students(master, found))
    (course.desk / CHAPTER.name / "mine.txt").write_text("kept")
    return course


def students(master: NotebookNode, found: list[Exercise]) -> NotebookNode:
    notebook = copy.deepcopy(master)
    for exercise in found:
        if not exercise.manual:
            starter = f"def {exercise.name}(n):\n    {TODO}\n    {RAISE}"
            notebook.cells[exercise.answer_index].source = ANSWERS.get(exercise.name, starter)
            notebook.cells[exercise.test_index].source = exercise.visible
    notebook.cells = [c for c in notebook.cells if grade_id(c) not in ("test_lost_test", "lost_answer")]
    return notebook


@pytest.fixture(scope="module")
def graded(course) -> dict[str, Graded]:
    """The desk's notebook, graded with ten seconds for a cell: a slow machine needs some to import torch."""
    master, found = master_of(course, CHAPTER)
    folder = course.desk / CHAPTER.name
    told: list[Graded] = []
    result = grade_notebook(
        read_notebook(folder / CHAPTER.notebook_name), master, found, folder, told.append, seconds=10
    )
    assert sorted(told, key=lambda g: g.number) == sorted(result, key=lambda g: g.number)
    assert [g.name for g in result] == [e.name for e in found]
    return {g.name: g for g in result}


def test_a_right_answer_earns_its_points(graded):
    assert (graded["right"].state, graded["right"].earned, graded["right"].message) == ("right", 1, "")


def test_a_hard_coded_answer_fails_in_the_hidden_test(graded):
    assert (graded["hard_coded"].state, graded["hard_coded"].earned) == ("wrong", 0)
    assert graded["hard_coded"].message == "AssertionError in a test that is not shown."


def test_an_endless_answer_costs_only_its_own_points(graded):
    assert (graded["endless"].earned, graded["endless"].message) == (0, "It was still running after 10 seconds.")
    assert graded["after"].earned == graded["after"].possible


def test_an_answer_that_ends_python_costs_only_its_own_points(graded):
    assert graded["leaving"].earned == 0
    assert graded["leaving"].message.startswith("It stopped Python altogether")
    assert graded["broken"].message.startswith("The cell of your answer fails: SyntaxError")


def test_an_untouched_exercise_is_still_to_do(graded):
    assert graded["untouched"].state == "not started"
    assert shown_words(graded["untouched"]) == "still to do"


def test_a_deleted_test_cell_is_put_back(graded):
    assert graded["lost_test"].state == "right"


def test_a_deleted_answer_is_named(graded):
    assert graded["lost_answer"].state == "missing"
    assert "course reset" in graded["lost_answer"].message


def test_a_written_answer_is_read_by_a_person(graded):
    assert graded["why"].earned is None
    assert shown_words(graded["why"]) == "read by a person"


@pytest.mark.long
def test_a_cell_that_cannot_be_interrupted_costs_only_its_own_points(course):
    master, found = master_of(course, CHAPTER)
    waits = "try:\n            os.read(os.pipe()[0], 1)\n        except BaseException:\n            pass"
    stubborn = f"def right(n):\n    while True:\n        {waits}"
    notebook = copy.deepcopy(master)
    notebook.cells[found[0].answer_index].source = stubborn
    result = grade_notebook(notebook, master, found, course.desk, seconds=10)
    assert [g.state for g in result] == ["wrong"] + ["right"] * 8 + ["by hand"]
    assert "could not be interrupted" in result[0].message


def test_the_students_own_tests_do_not_count(course):
    master, found = master_of(course, CHAPTER)
    notebook = copy.deepcopy(master)
    notebook.cells[found[1].test_index].source = "True"
    played, missing = with_master_tests(notebook, master, found)
    assert [c.source for c in played.cells] == [c.source for c in master.cells]
    assert missing == set()


def test_the_desk_stays_as_it_is(course, tmp_path):
    def state() -> dict[str, str]:
        files = sorted(p for p in desk.desk.rglob("*") if p.is_file())
        return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    notebook = read_notebook(course.desk / CHAPTER.name / CHAPTER.notebook_name)
    spoiling = copy.deepcopy(notebook)
    spoiling.cells[0].source += '\nopen("mine.txt", "w").write("spoilt"); open("new.txt", "w").close()'
    spoiling.cells = spoiling.cells[:4]
    desk = Course(tmp_path)
    (tmp_path / "autograder").symlink_to(course.instructor)
    write_notebook(desk.desk / CHAPTER.name / CHAPTER.notebook_name, spoiling)
    (desk.desk / CHAPTER.name / "mine.txt").write_text("kept")
    (desk.desk / CHAPTER.name / "dangling").symlink_to("nowhere")
    before = state()
    assert grade_chapter(desk, CHAPTER)[0].state == "right"
    assert state() == before


def test_a_chapter_that_is_not_on_the_desk_is_one_sentence(tmp_path):
    with pytest.raises(CourseError, match=r"07_small is not on your desk .*; `course lab` puts it there\."):
        grade_chapter(Course(tmp_path), CHAPTER)


def test_a_broken_notebook_is_one_sentence(course, tmp_path):
    desk = Course(tmp_path)
    (desk.desk / CHAPTER.name).mkdir(parents=True)
    (desk.desk / CHAPTER.name / CHAPTER.notebook_name).write_text("{")
    with pytest.raises(CourseError, match="is not a readable notebook"):
        grade_chapter(desk, CHAPTER)


def test_a_copy_without_tests_is_one_sentence(course, tmp_path):
    desk = Course(tmp_path)
    write_notebook(
        desk.desk / CHAPTER.name / CHAPTER.notebook_name,
        read_notebook(course.desk / CHAPTER.name / CHAPTER.notebook_name),
    )
    with pytest.raises(CourseError, match="get the whole repository"):
        grade_chapter(desk, CHAPTER)


PROGRAM = "import typer; from autograder.commands import check_command; typer.run(check_command)"


@pytest.fixture(scope="module")
def quick(course, tmp_path_factory) -> Course:
    """The same chapter, with nothing endless on the desk."""
    quick = Course(tmp_path_factory.mktemp("quick"))
    for folder in ("autograder", "notebooks"):
        (quick.root / folder).symlink_to(course.root / folder)
    notebook = read_notebook(course.desk / CHAPTER.name / CHAPTER.notebook_name)
    notebook.cells = [c for c in notebook.cells if grade_id(c) not in ("endless", "leaving")]
    write_notebook(quick.desk / CHAPTER.name / CHAPTER.notebook_name, notebook)
    return quick


def run(quick: Course, monkeypatch, *words: str):
    app = typer.Typer()
    app.command()(check_command)
    monkeypatch.setenv("COURSE_ROOT", str(quick.root))
    return CliRunner().invoke(app, list(words))


def test_the_command_prints_a_table_and_succeeds_with_wrong_answers(quick, monkeypatch):
    result = run(quick, monkeypatch, "7")
    assert result.exit_code == 0
    assert "✔ 7.1 Try right" in result.output
    assert "17 of 45 points" in result.output


def test_without_a_chapter_all_on_the_desk_are_graded_and_json_says_it_all(quick, monkeypatch):
    result = run(quick, monkeypatch, "--json")
    (chapter,) = json.loads(result.stdout)
    assert {k: chapter[k] for k in ("chapter", "earned", "possible", "complete")} == {
        "chapter": "07_small",
        "earned": 17,
        "possible": 45,
        "complete": True,
    }
    assert chapter["exercises"][0]["name"] == "right"


def test_an_unknown_chapter_is_one_sentence(quick, monkeypatch):
    result = run(quick, monkeypatch, "12")
    assert isinstance(result.exception, CourseError)
    assert "No chapter fits" in str(result.exception)


def test_ctrl_c_prints_what_is_graded_so_far(course, tmp_path):
    reached = tmp_path / "reached"
    environment = os.environ | {"COURSE_ROOT": str(course.root), "REACHED": str(reached)}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "7", "--json"],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    for _ in range(300):
        if reached.exists() or process.poll() is not None:
            break
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    said, errors = process.communicate(timeout=20)
    (chapter,) = json.loads(said)
    assert not chapter["complete"]
    assert [e["name"] for e in chapter["exercises"] if e["state"] in ("right", "wrong")] == ["right", "hard_coded"], (
        errors
    )

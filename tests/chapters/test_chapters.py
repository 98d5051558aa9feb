"""Every chapter, as its learner and as its author meet it: in a real kernel, from top to bottom."""

import os
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.attempts import read_attempts
from autograder.chapter import exercises, read_source, sources
from course_utils.course import find_course
from course_utils.notebooks import write_notebook

COURSE = find_course()
SOURCES = {s.chapter.name: s for s in sources(COURSE)}
pytestmark = pytest.mark.long


def run(notebook, folder) -> float:
    began = time.perf_counter()
    NotebookClient(notebook, timeout=60, allow_errors=True, resources={"metadata": {"path": str(folder)}}).execute()
    return time.perf_counter() - began


def errors(notebook) -> list[tuple[str, str]]:
    return [
        (c.source, f"{o.ename}: {o.evalue}")
        for c in notebook.cells
        for o in c.get("outputs", [])
        if o.output_type == "error"
    ]


def stderr(notebook) -> list[str]:
    return [
        o.text
        for c in notebook.cells
        for o in c.get("outputs", [])
        if o.output_type == "stream" and o.name == "stderr" and "without encryption" not in o.text
    ]


@pytest.fixture(scope="module", params=sorted(SOURCES))
def chapter(request):
    return request.param


@pytest.fixture(scope="module")
def runs(chapter, tmp_path_factory):
    """The released notebook and the one with the reference answers, run in two kernels at the same time."""
    untouched, answered = tmp_path_factory.mktemp(chapter), tmp_path_factory.mktemp(f"{chapter}_solved")
    for folder in (untouched, answered):
        shutil.copytree(COURSE.released / chapter, folder, dirs_exist_ok=True)
    notebooks = nbformat.read(untouched / f"{chapter}.ipynb", as_version=4), read_source(SOURCES[chapter])
    with ThreadPoolExecutor(2) as pool:
        seconds = list(pool.map(run, notebooks, (untouched, answered)))
    if os.environ.get("KEEP_RUN_NOTEBOOKS"):
        write_notebook(COURSE.root / "test-artifacts" / f"{chapter}.ipynb", notebooks[1])
    return list(zip(notebooks, seconds, strict=True))


@pytest.fixture(scope="module")
def released(runs):
    """The released notebook, run from top to bottom by somebody who answers nothing, and how long that took."""
    return runs[0]


@pytest.fixture(scope="module")
def solved(runs):
    """The chapter with its reference answers, run in a kernel as the learner's will be."""
    return runs[1]


def test_the_reference_answers_pass_every_test_in_a_real_kernel(solved):
    assert errors(solved[0]) == []


def test_an_untouched_chapter_says_only_kind_things(released):
    assert released[0].cells
    unkind = [(s, e) for s, e in errors(released[0]) if not e.startswith("NotStarted:")]
    assert unkind == []


def test_every_untouched_exercise_says_that_it_waits(chapter, released):
    waiting = [e for _, e in errors(released[0]) if "waiting for you" in e]
    automatic = [e for e in exercises(read_source(SOURCES[chapter]), SOURCES[chapter]) if not e.manual]
    assert len(waiting) == len(automatic)


def test_nothing_is_written_to_stderr(released, solved):
    assert stderr(released[0]) + stderr(solved[0]) == []


def test_the_notebook_runs_in_under_a_minute(released, solved):
    assert max(released[1], solved[1]) < 60


def test_a_chapter_has_ten_automatic_exercises_one_read_by_a_person_and_a_quiz(chapter):
    found = exercises(read_source(SOURCES[chapter]), SOURCES[chapter])
    assert sum(not e.manual for e in found) >= (6 if chapter == "00_orientation" else 10)
    assert sum(e.manual for e in found) >= 1
    assert "quiz" in {e.name for e in found}


def test_every_exercise_has_three_hints(chapter):
    notebook = read_source(SOURCES[chapter])
    for exercise in exercises(notebook, SOURCES[chapter]):
        if not exercise.manual and exercise.name != "quiz":
            after = "\n".join(c.source for c in notebook.cells[exercise.test_index + 1 : exercise.test_index + 4])
            assert after.count("<details>") >= 3, exercise.name


def test_the_quiz_explains_each_wrong_letter(chapter):
    _, questions = read_attempts(SOURCES[chapter].attempts)
    assert len(questions) >= 4
    for question in questions:
        assert len(question.because) >= 2 and question.right not in question.because


def test_every_exercise_is_tested_by_two_right_and_three_wrong_attempts(chapter):
    source = SOURCES[chapter]
    attempts, _ = read_attempts(source.attempts)
    automatic = [e.name for e in exercises(read_source(source), source) if not e.manual and e.name != "quiz"]
    right, wrong = (Counter(a.exercise for a in attempts if a.right is kind) for kind in (True, False))
    assert [n for n in automatic if right[n] < 2 or wrong[n] < 3] == []


def test_a_chapter_opens_with_three_questions_on_earlier_ones(chapter):
    if chapter == "00_orientation":
        return
    cells = read_source(SOURCES[chapter]).cells
    first_section = next(i for i, c in enumerate(cells) if c.cell_type == "markdown" and c.source.startswith("## 1 "))
    recalled = [c for c in cells[:first_section] if c.cell_type == "code" and "predict(" in c.source]
    assert len(recalled) == 3


def test_there_are_predictions_to_make(chapter):
    assert sum(c.source.startswith("predict(") for c in read_source(SOURCES[chapter]).cells) >= 3

"""Progress as read from the notebooks on a desk."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_output
from strategies import cell, notebook, releases, student_copies

from course_utils.course import Course
from course_utils.notebooks import notebook_text
from course_utils.progress import as_json, chapter_progress, course_progress

FAILED = new_output("error", ename="AssertionError", evalue="no", traceback=[])


def chapter() -> NotebookNode:
    return notebook(
        cell("prose", "intro", "Scatter"),
        cell("answer", "ex1", "raise NotImplementedError"),
        cell("test", "ex1-test", "assert f(1)"),
        cell("test", "ex2-test", "assert g(1)"),
        cell("written", "why", "Write here."),
        course={"title": "Scattering", "minutes": 90, "objectives": ["say what dim means"]},
    )


def run(c: NotebookNode, *outputs: NotebookNode) -> None:
    c.execution_count, c.outputs = 7, list(outputs)


def save(path: Path, content: NotebookNode) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook_text(content), encoding="utf-8")
    return path


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course(tmp_path)
    for name in ("04_scatter", "06_autograd"):
        for folder in (made.released, made.desk):
            save(folder / name / f"{name}.ipynb", chapter())
    return made


def on_desk(course: Course, name: str = "04_scatter") -> Path:
    return course.desk / name / f"{name}.ipynb"


def states(course: Course) -> dict[str, str]:
    return {e.id: e.state for e in course_progress(course)[0].exercises}


def test_a_fresh_chapter_is_new(course):
    assert states(course) == {"ex1-test": "untouched", "ex2-test": "untouched", "why": "untouched"}
    assert course_progress(course)[0].state == "new"


def test_a_test_that_ran_silently_is_solved_and_one_that_raised_is_failing(course):
    mine = chapter()
    run(mine.cells[2])
    run(mine.cells[3], new_output("stream", text="…"), FAILED)
    save(on_desk(course), mine)
    assert states(course) == {"ex1-test": "solved", "ex2-test": "failing", "why": "untouched"}


def test_a_test_whose_outputs_were_cleared_is_untouched(course):
    mine = chapter()
    run(mine.cells[2])
    mine.cells[2].execution_count, mine.cells[2].outputs = None, []
    save(on_desk(course), mine)
    assert states(course)["ex1-test"] == "untouched"


def test_an_answer_in_words_is_written_when_it_differs_from_the_release(course):
    mine = chapter()
    mine.cells[4].source = "Because dim names the axis that the index replaces."
    save(on_desk(course), mine)
    assert states(course)["why"] == "written"


def test_points_are_those_of_the_tests(course):
    mine = chapter()
    run(mine.cells[2])
    mine.cells[4].source = "Because."
    save(on_desk(course), mine)
    found = course_progress(course)[0]
    assert (found.points, found.max_points, found.solved, found.total) == (2, 4, 2, 3)


def test_a_chapter_with_everything_solved_is_done_and_the_next_one_is_named(course):
    mine = chapter()
    run(mine.cells[2])
    run(mine.cells[3])
    mine.cells[4].source = "Because."
    save(on_desk(course), mine)
    page = as_json(course_progress(course))
    assert [c["state"] for c in page["chapters"]] == ["done", "new"]
    assert page["next"] == "06_autograd/06_autograd.ipynb"
    assert (page["solved"], page["total"]) == (3, 6)


def test_nothing_is_next_when_every_chapter_is_done():
    assert as_json([])["next"] is None


def test_the_page_gets_every_field_of_a_chapter(course):
    assert as_json(course_progress(course))["chapters"][0] == {
        "name": "04_scatter",
        "number": "04",
        "title": "Scattering",
        "minutes": 90,
        "objectives": ["say what dim means"],
        "path": "04_scatter/04_scatter.ipynb",
        "solved": 0,
        "total": 3,
        "points": 0,
        "max_points": 4,
        "state": "new",
        "exercises": [
            {"id": "ex1-test", "state": "untouched", "points": 2},
            {"id": "ex2-test", "state": "untouched", "points": 2},
            {"id": "why", "state": "untouched", "points": 2},
        ],
    }


def test_without_a_title_the_slug_is_put_in_words(tmp_path):
    assert chapter_progress(save(tmp_path / "02_data_and_shapes.ipynb", notebook())).title == "Data and shapes"


def test_a_chapter_not_on_the_desk_shows_the_releases_exercises(course):
    on_desk(course).unlink()
    found = course_progress(course)[0]
    assert (found.laid, found.readable, found.state, found.total, found.title) == (False, True, "new", 3, "Scattering")


@pytest.mark.parametrize("broken", [b"{", b"", b"[]", b"{}", b'{"cells": [1]}', b"\xff\xfe", b"[" * 100_000])
def test_a_broken_notebook_is_broken_and_keeps_its_total_and_is_not_next(course, broken):
    on_desk(course).write_bytes(broken)
    found = course_progress(course)
    assert (found[0].readable, found[0].state, found[0].total, found[0].solved) == (False, "broken", 3, 0)
    assert as_json(found)["next"] == "06_autograd/06_autograd.ipynb"


def test_a_copied_test_cell_counts_once(course):
    mine = chapter()
    mine.cells.append(cell("test", "ex1-test", "assert f(1)"))
    save(on_desk(course), mine)
    assert course_progress(course)[0].total == 3


def test_source_kept_as_lines_is_the_same_source(course):
    plain = json.loads(on_desk(course).read_text())
    plain["cells"][4]["source"] = ["Write ", "here."]
    on_desk(course).write_text(json.dumps(plain))
    assert states(course)["why"] == "untouched"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda v: (
        st.lists(v)
        | (
            st.dictionaries(
                st.sampled_from(["cells", "metadata", "nbgrader", "grade", "grade_id", "points", "outputs"]), v
            )
        )
    ),
)


@settings(max_examples=100, deadline=None)
@given(content=json_values)
def test_no_json_makes_it_raise(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "04_scatter.ipynb"
    path.write_text(json.dumps(content))
    json.dumps(as_json([chapter_progress(path, path)]))


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_no_student_notebook_makes_it_raise_and_counts_add_up(tmp_path_factory, data):
    base = data.draw(releases())
    folder = tmp_path_factory.mktemp("any")
    released = save(folder / "04_scatter.ipynb", base)
    path = folder / "desk" / "04_scatter.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps(data.draw(student_copies(base, wild=True))))
    found = chapter_progress(path, released)
    assert 0 <= found.solved <= found.total
    assert 0 <= found.points <= found.max_points


def test_thirteen_large_notebooks_take_less_than_150_milliseconds(tmp_path):
    course = Course(tmp_path)
    large = chapter()
    large.cells += [cell("demo", f"demo{n}", "torch.arange(3)  # and more\n" * 20) for n in range(80)]
    large.cells[-1].outputs = [new_output("display_data", {"image/png": "A" * 200_000})]
    for n in range(1, 14):
        for folder in (course.released, course.desk):
            save(folder / f"{n:02}_chapter" / f"{n:02}_chapter.ipynb", large)
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        assert len(course_progress(course)) == 13
        best = min(best, time.perf_counter() - started)
    assert best < 0.150

"""Whatever a student hands in becomes a notebook that can be graded, and every repair is said."""

from __future__ import annotations

import copy
import json
import os
import random
import time
from collections.abc import Callable

import nbformat
import pytest
from classroom import CHAPTER, Chapter04, copy_course, nbgrader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader.api import Gradebook

from autograder.demo import answered
from autograder.pattern import Pattern, defined, imported, pattern_of
from autograder.reading import MOST_CELLS, read_submission, understand
from autograder.repair import Repaired, mend, repair
from course_utils.errors import CourseError
from course_utils.notebooks import notebook_text, write_notebook

ESSAY = "Along dim 0 the index replaces the row; the column stays."


@pytest.fixture(scope="session")
def pattern(chapter: Chapter04) -> Pattern:
    return pattern_of(chapter.master, chapter.released)


@pytest.fixture(scope="session")
def good(chapter: Chapter04) -> NotebookNode:
    """A submission in which everything is answered."""
    return answered(chapter.released, chapter.all_right() | {"explain_index": ESSAY})


@pytest.fixture
def submission(good: NotebookNode) -> NotebookNode:
    """A copy of it, to be damaged."""
    return copy.deepcopy(good)


def grade_id(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def index(notebook: NotebookNode, name: str) -> int:
    (place,) = [i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name]
    return place


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return notebook.cells[index(notebook, name)]


def names(notebook: NotebookNode) -> list[str]:
    return [grade_id(c) for c in notebook.cells if grade_id(c)]


def without_marks(notebook: NotebookNode) -> None:
    for one in notebook.cells:
        one.metadata.pop("nbgrader", None)


def without_ids(notebook: NotebookNode) -> None:
    for one in notebook.cells:
        one.pop("id", None)


def as_bytes(notebook: NotebookNode) -> bytes:
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


def holds_the_course(repaired: Repaired, chapter: Chapter04) -> bool:
    """Every test and written answer once, the tests from the master, after their answers; and a valid notebook."""
    nbformat.validate(repaired.notebook)
    there = names(repaired.notebook)
    for exercise in chapter.exercises:
        master = chapter.master.cells[exercise.test_index]
        if exercise.manual:
            assert there.count(exercise.name) == 1
            continue
        test = f"test_{exercise.name}"
        assert there.count(test) == 1
        assert (cell(repaired.notebook, test).source, cell(repaired.notebook, test).metadata) == (
            master.source,
            master.metadata,
        )
        assert there.count(exercise.name) == (exercise.name not in repaired.missing)
        if exercise.name in there:
            assert there.index(exercise.name) < there.index(test)
            assert cell(repaired.notebook, exercise.name).cell_type == "code"
    assert set(there) <= {c.metadata.nbgrader.grade_id for c in chapter.master.cells if "nbgrader" in c.metadata}
    ids = [c.id for c in repaired.notebook.cells]
    assert len(set(ids)) == len(ids)
    return True


def answers_are_kept(repaired: Repaired, good: NotebookNode, chapter: Chapter04) -> bool:
    return all(cell(repaired.notebook, e.name).source == cell(good, e.name).source for e in chapter.exercises)


# ---------------------------------------------------------------- what is not damaged


def test_an_undamaged_submission_needs_no_repair_and_keeps_its_answers(good, chapter, pattern):
    repaired = mend(notebook_text(good).encode(), pattern)
    assert (repaired.repairs, repaired.missing) == ((), ())
    assert [c.source for c in repaired.notebook.cells if grade_id(c) not in names_of_tests(chapter)] == [
        c.source for c in good.cells if grade_id(c) not in names_of_tests(chapter)
    ]
    assert [c.id for c in repaired.notebook.cells] == [c.id for c in good.cells]
    assert holds_the_course(repaired, chapter)


def names_of_tests(chapter: Chapter04) -> set[str]:
    return {f"test_{e.name}" for e in chapter.exercises}


def test_the_released_notebook_needs_no_repair(chapter, pattern):
    assert mend(notebook_text(chapter.released).encode(), pattern).repairs == ()


def test_cells_that_a_student_added_stay_where_they_are(submission, pattern):
    submission.cells.insert(13, new_code_cell("deliver(torch.ones(2), torch.tensor([0, 1]), 3)"))
    submission.cells.insert(3, new_markdown_cell("my own note"))
    submission.cells.append(new_raw_cell("raw"))
    repaired = mend(submission, pattern)
    assert repaired.repairs == ()
    assert [c.id for c in repaired.notebook.cells] == [c.id for c in submission.cells]


def test_a_changed_cell_of_the_course_that_nothing_needs_stays_as_the_student_has_it(submission, pattern):
    submission.cells[16].source += "\nprint(src)"
    repaired = mend(submission, pattern)
    assert repaired.repairs == ()
    assert repaired.notebook.cells[16].source.endswith("print(src)")


def test_the_release_need_not_be_at_hand(submission, good, chapter):
    del submission.cells[index(submission, "test_one_hot")]
    without_marks(submission)
    repaired = repair(submission, chapter.master)
    assert holds_the_course(repaired, chapter) and answers_are_kept(repaired, good, chapter)


def test_the_submission_is_not_changed(submission, good, pattern):
    mend(submission, pattern)
    assert submission == good


# ---------------------------------------------------------------- copies


def copy_of(submission: NotebookNode, name: str, source: str) -> NotebookNode:
    twin = copy.deepcopy(cell(submission, name))
    twin.source, twin.id = source, f"copy-{len(submission.cells)}"
    submission.cells.insert(index(submission, name) + 1, twin)
    return twin


def test_of_two_copies_of_an_answer_the_last_counts(submission, chapter, pattern):
    right = cell(submission, "one_hot").source
    cell(submission, "one_hot").source = chapter.attempt("one_hot", False)
    copy_of(submission, "one_hot", right)
    repaired = mend(submission, pattern)
    assert repaired.repairs == ("You had two copies of the answer `one_hot`; the last one that you changed counts.",)
    assert cell(repaired.notebook, "one_hot").source == right
    assert holds_the_course(repaired, chapter)


@pytest.mark.parametrize("leftover", ["", "   \n", "starter"])
def test_a_last_copy_that_is_empty_or_untouched_does_not_count(submission, chapter, pattern, leftover):
    right = cell(submission, "one_hot").source
    copy_of(submission, "one_hot", cell(chapter.released, "one_hot").source if leftover == "starter" else leftover)
    repaired = mend(submission, pattern)
    assert cell(repaired.notebook, "one_hot").source == right
    # An untouched starter that runs later would take the answer's place for the cells below.
    assert len([c for c in repaired.notebook.cells if "def one_hot" in c.source]) == 1


def test_an_earlier_copy_still_runs_because_a_later_one_may_use_it(submission, pattern):
    cell(submission, "one_hot").source = "def helper(labels):\n    return labels"
    copy_of(submission, "one_hot", "def one_hot(labels, classes):\n    return helper(labels)")
    repaired = mend(submission, pattern)
    sources = [c.source for c in repaired.notebook.cells]
    assert any(source.startswith("def helper") for source in sources)
    assert cell(repaired.notebook, "one_hot").source.startswith("def one_hot")


def test_a_copy_that_defines_the_function_goes_before_a_later_one_that_does_not(submission, pattern):
    right = cell(submission, "one_hot").source
    copy_of(submission, "one_hot", "one_hot(labels, 10)")
    assert cell(mend(submission, pattern).notebook, "one_hot").source == right


def test_a_copied_test_runs_once(submission, chapter, pattern):
    submission.cells.append(copy.deepcopy(cell(submission, "test_fits")))
    repaired = mend(submission, pattern)
    assert repaired.repairs == ("The tests of `fits` were there more than once; they run once.",)
    assert holds_the_course(repaired, chapter)


def test_a_written_answer_is_there_once(submission, chapter, pattern):
    copy_of(submission, "explain_index", "Second thoughts.")
    repaired = mend(submission, pattern)
    assert names(repaired.notebook).count("explain_index") == 1
    assert cell(repaired.notebook, "explain_index").source == "Second thoughts."


# ---------------------------------------------------------------- deleted cells


def test_a_deleted_answer_is_missing_and_its_test_stays(submission, chapter, pattern):
    del submission.cells[index(submission, "fits")]
    repaired = mend(submission, pattern)
    assert repaired.missing == ("fits",)
    assert repaired.repairs == ("Your answer `fits` is missing: no cell of your notebook is it.",)
    assert holds_the_course(repaired, chapter)


def test_a_deleted_test_is_put_back_after_its_answer(submission, chapter, pattern):
    del submission.cells[index(submission, "test_fits")]
    repaired = mend(submission, pattern)
    assert repaired.repairs == ("The tests of `fits` were gone; they were put back.",)
    assert index(repaired.notebook, "test_fits") == index(repaired.notebook, "fits") + 1
    assert holds_the_course(repaired, chapter)


def test_a_test_is_put_back_after_what_was_added_to_its_answer(submission, pattern):
    place = index(submission, "test_fits")
    submission.cells[place] = new_code_cell("def also(shape):\n    return shape")
    repaired = mend(submission, pattern)
    assert index(repaired.notebook, "test_fits") == place + 1


def test_answer_and_test_deleted_leave_the_test_in_its_place(submission, chapter, pattern):
    for name in ("fits", "test_fits"):
        del submission.cells[index(submission, name)]
    repaired = mend(submission, pattern)
    assert repaired.missing == ("fits",)
    assert index(repaired.notebook, "test_fits") == index(chapter.released, "fits")


def test_a_deleted_written_answer_is_put_back_as_it_was_given(submission, chapter, pattern):
    place = index(submission, "explain_index")
    del submission.cells[place]
    repaired = mend(submission, pattern)
    assert repaired.missing == ("explain_index",)
    assert index(repaired.notebook, "explain_index") == place
    assert cell(repaired.notebook, "explain_index").source == "YOUR ANSWER HERE"


def test_an_empty_notebook_becomes_the_courses_cells(chapter, pattern):
    repaired = mend(b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', pattern)
    assert set(repaired.missing) == {e.name for e in chapter.exercises}
    assert "did you hand in another one?" in repaired.repairs[-1]
    assert holds_the_course(repaired, chapter)


def test_imports_that_the_tests_need_are_put_back(submission, chapter, pattern):
    setup = next(c for c in chapter.master.cells if c.id == "setup")
    del submission.cells[1]
    repaired = mend(submission, pattern)
    assert repaired.notebook.cells[1].source == setup.source
    assert repaired.repairs == (
        "A cell of the course that your answers or the tests need had been changed or deleted; the course's own was "
        "put back.",
    )


def test_a_longer_list_of_imports_is_left_alone(submission, pattern):
    submission.cells[1].source = "import math\n" + submission.cells[1].source
    assert mend(submission, pattern).repairs == ()


def test_a_shorter_list_of_imports_is_followed_by_the_courses(submission, chapter, pattern):
    submission.cells[1].source = "import torch"
    repaired = mend(submission, pattern)
    assert [c.source for c in repaired.notebook.cells[1:3]] == ["import torch", chapter.master.cells[1].source]
    assert repaired.notebook.cells[2].id == "setup"


# ---------------------------------------------------------------- order


def test_answers_run_in_the_students_order(submission, chapter, pattern):
    order = list(reversed(submission.cells))
    repaired = mend(NotebookNode(submission, cells=order), pattern)
    answers = [e.name for e in chapter.exercises]
    assert [n for n in names(repaired.notebook) if n in answers] == list(reversed(answers))
    assert holds_the_course(repaired, chapter)
    assert any("stood before your answer" in sentence for sentence in repaired.repairs)


def test_a_test_that_stands_later_stays_there(submission, pattern):
    submission.cells.append(submission.cells.pop(index(submission, "test_deliver")))
    repaired = mend(submission, pattern)
    assert repaired.repairs == ()
    assert grade_id(repaired.notebook.cells[-1]) == "test_deliver"


# ---------------------------------------------------------------- answers in other places


def test_an_answer_below_an_untouched_starter_counts(submission, chapter, pattern):
    right = cell(submission, "fits").source
    place = index(submission, "fits")
    submission.cells[place].source = cell(chapter.released, "fits").source
    submission.cells.insert(place + 2, new_code_cell(right))
    repaired = mend(submission, pattern)
    assert cell(repaired.notebook, "fits").source == right
    assert repaired.repairs == (
        "You wrote the answer `fits` in a cell of your own; that one counts.",
        "The tests of `fits` stood before your answer; they run after it.",
    )
    assert holds_the_course(repaired, chapter)


def test_an_answer_over_several_cells_runs_whole(submission, chapter, pattern):
    place = index(submission, "fits")
    right = submission.cells[place].source
    submission.cells[place].source = "def shorter(a, b):\n    return a <= b"
    submission.cells.insert(place + 1, new_code_cell("limit = 3"))
    submission.cells.insert(place + 2, new_code_cell(right))
    repaired = mend(submission, pattern)
    assert repaired.repairs == ("Your answer `fits` is spread over several cells; all of them run, before its tests.",)
    assert [c.source for c in repaired.notebook.cells[place : place + 3]] == [
        "def shorter(a, b):\n    return a <= b",
        "limit = 3",
        right,
    ]
    assert grade_id(repaired.notebook.cells[place + 2]) == "fits"
    assert holds_the_course(repaired, chapter)


def test_an_answer_written_into_its_test_counts(submission, chapter, pattern):
    right = cell(submission, "fits").source
    cell(submission, "fits").source = cell(chapter.released, "fits").source
    cell(submission, "test_fits").source = right + "\n" + cell(submission, "test_fits").source
    repaired = mend(submission, pattern)
    assert cell(repaired.notebook, "fits").source.startswith(right)
    assert holds_the_course(repaired, chapter)


def test_a_later_experiment_does_not_take_the_answers_place(submission, pattern):
    right = cell(submission, "fits").source
    submission.cells.append(new_code_cell("def fits(*args):\n    return True"))
    assert cell(mend(submission, pattern).notebook, "fits").source == right


def test_two_answers_in_one_cell_are_one_answer_and_one_that_is_missing(submission, chapter, pattern):
    both = cell(submission, "one_hot").source + "\n\n" + cell(submission, "marked").source
    cell(submission, "one_hot").source = both
    del submission.cells[index(submission, "marked")]
    repaired = mend(submission, pattern)
    assert repaired.missing == ("marked",)
    assert repaired.repairs == (
        "Your answer `marked` is missing: it stands in the cell of your answer `one_hot`; each needs its own.",
    )


def test_a_changed_test_gives_way_to_the_courses(submission, chapter, pattern):
    cell(submission, "test_fits").source = "assert True"
    repaired = mend(submission, pattern)
    assert repaired.repairs == ("The tests of `fits` were not those of the course as it is now; the course's count.",)
    assert holds_the_course(repaired, chapter)


# ---------------------------------------------------------------- lost marks


@pytest.mark.parametrize("damage", [without_marks, without_ids], ids=["marks", "ids"])
def test_answers_are_found_without(submission, good, chapter, pattern, damage):
    damage(submission)
    repaired = mend(submission, pattern)
    assert answers_are_kept(repaired, good, chapter)
    assert repaired.missing == ()
    assert holds_the_course(repaired, chapter)


def test_answers_are_found_without_marks_and_ids(submission, good, chapter, pattern):
    without_marks(submission)
    without_ids(submission)
    repaired = mend(submission, pattern)
    assert answers_are_kept(repaired, good, chapter)
    assert repaired.missing == ()
    assert [c.id for c in repaired.notebook.cells] == [c.id for c in good.cells]
    assert holds_the_course(repaired, chapter)
    assert (
        "Your answers `deliver`, `fill_row`, `scatter_by_hand`, `fits`, `one_hot`, `marked` and 10 more had lost "
        "nbgrader's marks and were found by the functions that they define." in repaired.repairs
    )
    assert "Your answer `explain_index` had lost nbgrader's marks and was found below its question." in repaired.repairs


def test_a_starter_without_marks_and_ids_is_the_answer_not_begun(chapter, pattern):
    bare = copy.deepcopy(chapter.released)
    without_marks(bare)
    without_ids(bare)
    repaired = mend(bare, pattern)
    assert repaired.missing == ()
    assert [c.source for c in repaired.notebook.cells if grade_id(c) not in names_of_tests(chapter)] == [
        c.source for c in chapter.released.cells if grade_id(c) not in names_of_tests(chapter)
    ]


def test_a_renamed_function_without_marks_is_found_by_its_likeness(submission, good, pattern):
    without_marks(submission)
    without_ids(submission)
    place = index(good, "class_masks")
    starter = pattern.slots["class_masks"].starter
    submission.cells[place].source = starter.replace("def class_masks", "def my_masks") + "\n    return picture"
    repaired = mend(submission, pattern)
    assert grade_id(repaired.notebook.cells[place]) == "class_masks"
    assert any("found by its likeness" in sentence for sentence in repaired.repairs)


def test_the_mark_goes_before_the_id_and_the_id_before_the_name(submission, pattern):
    one, other = cell(submission, "one_hot"), cell(submission, "marked")
    one.id, other.id = other.id, one.id
    repaired = mend(submission, pattern)
    assert (cell(repaired.notebook, "one_hot").source, cell(repaired.notebook, "marked").source) == (
        one.source,
        other.source,
    )
    del one.metadata["nbgrader"], other.metadata["nbgrader"]
    repaired = mend(submission, pattern)
    assert (cell(repaired.notebook, "one_hot").source, cell(repaired.notebook, "marked").source) == (
        other.source,
        one.source,
    )


def test_an_answer_turned_to_text_is_code_again(submission, good, chapter, pattern):
    for name, kind in (("fits", "markdown"), ("one_hot", "raw"), ("explain_index", "code")):
        cell(submission, name).cell_type = kind
    repaired = mend(submission, pattern)
    assert answers_are_kept(repaired, good, chapter)
    assert cell(repaired.notebook, "explain_index").cell_type == "markdown"
    assert repaired.repairs == (
        "Your answers `fits`, `one_hot` and `explain_index` stood in cells of another type; the type was put right.",
    )
    assert holds_the_course(repaired, chapter)


def test_an_answer_turned_to_text_is_found_without_marks(submission, good, chapter, pattern):
    for name in ("fits", "quiz"):
        cell(submission, name).cell_type = "raw"
    without_marks(submission)
    without_ids(submission)
    repaired = mend(submission, pattern)
    assert cell(repaired.notebook, "fits").source == cell(good, "fits").source


def test_marks_that_nobody_gave_are_taken_away(submission, chapter, pattern):
    forged = new_code_cell("x = 1")
    forged.metadata["nbgrader"] = {"grade_id": "bonus", "grade": True, "points": 100, "solution": False}
    odd = new_code_cell("y = 1")
    odd.metadata["nbgrader"] = ["grade_id"]
    cell(submission, "deliver").metadata["nbgrader"]["points"] = 100
    submission.cells += [forged, odd]
    repaired = mend(submission, pattern)
    assert holds_the_course(repaired, chapter)
    assert cell(repaired.notebook, "deliver").metadata == cell(chapter.master, "deliver").metadata
    assert [c.metadata for c in repaired.notebook.cells[-2:]] == [{}, {}]


def test_locked_cells_are_the_masters(chapter):
    master = copy.deepcopy(chapter.master)
    locked = new_code_cell("seed = 7", id="seed")
    locked.metadata["nbgrader"] = {"grade_id": "seed", "grade": False, "solution": False, "locked": True}
    master.cells.insert(2, locked)
    changed = copy.deepcopy(chapter.released)
    changed.cells.insert(2, copy.deepcopy(locked))
    changed.cells[2].source = "seed = 8"
    for submitted in (changed, chapter.released):
        assert repair(submitted, master).notebook.cells[2].source == "seed = 7"


# ---------------------------------------------------------------- old releases


def test_an_old_release_is_graded_by_the_masters_tests(submission, chapter, pattern):
    cell(submission, "test_fits").source = "check(fits, 1).gives(2)"
    cell(submission, "one_hot").metadata["nbgrader"]["grade_id"] = "onehot"
    cell(submission, "test_one_hot").metadata["nbgrader"]["grade_id"] = "test_onehot"
    for one in submission.cells:
        one.id = f"old-{one.id}"[:64]
    del submission.cells[index(submission, "keep_best")]
    del submission.cells[index(submission, "test_keep_best")]
    repaired = mend(submission, pattern)
    assert repaired.missing == ("keep_best",)
    assert "def one_hot" in cell(repaired.notebook, "one_hot").source
    assert holds_the_course(repaired, chapter)


def test_another_chapters_notebook_is_missing_everything(chapter, pattern):
    other = nbformat.v4.new_notebook(cells=[new_code_cell("def mean(x):\n    return x.mean()")])
    repaired = mend(other, pattern)
    assert len(repaired.missing) == len(chapter.exercises)
    assert holds_the_course(repaired, chapter)


# ---------------------------------------------------------------- files


def test_old_formats_are_read(good, chapter, pattern):
    plain = copy.deepcopy(good)
    for one in plain.cells:
        one.metadata.pop("nbgrader", None)
    repaired = mend(nbformat.writes(plain, version=3).encode(), pattern)
    assert answers_are_kept(repaired, good, chapter)
    assert "Your notebook was of another format than Jupyter's 4; it was read as that." in repaired.repairs
    assert holds_the_course(repaired, chapter)


def test_headings_of_format_3_stay_headings():
    sheet = {
        "cells": [{"cell_type": "heading", "level": 2, "source": "Title"}, {"cell_type": "code", "input": ["a\n", "b"]}]
    }
    found = understand(json.dumps({"worksheets": [sheet, None], "nbformat": 3}).encode()).cells
    assert [(c.kind, c.source) for c in found] == [("markdown", "## Title"), ("code", "a\nb")]


@pytest.mark.parametrize("minor", [0, 1, 2, 3, 4])
def test_earlier_minor_versions_are_nothing_to_mend(submission, good, chapter, pattern, minor):
    without_ids(submission)
    submission.nbformat_minor = minor
    repaired = mend(submission, pattern)
    assert repaired.repairs == ()
    assert answers_are_kept(repaired, good, chapter)


@pytest.mark.parametrize("minor", [6, 99, -1, "five", None])
def test_a_made_up_minor_version_is_read(submission, good, chapter, pattern, minor):
    submission.nbformat_minor = minor
    repaired = mend(submission, pattern)
    assert len(repaired.repairs) == 1 and "a version of Jupyter's format" in repaired.repairs[0]
    assert answers_are_kept(repaired, good, chapter)


@pytest.mark.parametrize(
    "encoding, words",
    [
        ("utf-8-sig", "UTF-8 with a byte order mark"),
        ("utf-16", "UTF-16 with a byte order mark"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("gb18030", "not saved as UTF-8"),
        ("cp1252", "not saved as UTF-8"),
    ],
)
def test_other_encodings_are_read(submission, good, chapter, pattern, encoding, words):
    for one in submission.cells:
        one.source = one.source.encode(encoding, "ignore").decode(encoding)
    cell(submission, "explain_index").source = "索引代替行。" if encoding == "gb18030" else "naïve"
    repaired = mend(json.dumps(submission, ensure_ascii=False).encode(encoding), pattern)
    assert cell(repaired.notebook, "explain_index").source == cell(submission, "explain_index").source
    assert cell(repaired.notebook, "fits").source == cell(good, "fits").source
    assert words in repaired.repairs[0]
    assert holds_the_course(repaired, chapter)


def test_line_ends_of_another_system_become_plain(submission, good, chapter, pattern):
    for one in submission.cells:
        one.source = one.source.replace("\n", "\r\n")
    repaired = mend(as_bytes(submission).replace(b"\n", b"\r\n"), pattern)
    assert answers_are_kept(repaired, good, chapter)
    assert repaired.repairs == ("Your notebook had the line ends of another system; they were made plain ones.",)


@pytest.mark.parametrize("behind", [b"}", b"\x00\x01garbage", b'{"cells": []}', "拷贝".encode()])
def test_garbage_behind_the_notebook_is_left_out(good, chapter, pattern, behind):
    repaired = mend(as_bytes(good) + behind, pattern)
    assert answers_are_kept(repaired, good, chapter)
    assert repaired.repairs == ("Your file had something behind the end of the notebook; it was left out.",)


def test_a_file_that_breaks_off_keeps_the_cells_before_the_break(good, chapter, pattern):
    whole = as_bytes(good)
    repaired = mend(whole[: len(whole) // 2], pattern)
    assert repaired.repairs[0].startswith("Your file is damaged after its first ")
    assert cell(repaired.notebook, "deliver").source == cell(good, "deliver").source
    assert holds_the_course(repaired, chapter)


@pytest.mark.parametrize("kernel", [None, {}, {"name": "ir", "language": "R"}, "python3", {"name": ["x"]}])
def test_a_missing_or_foreign_kernel_becomes_python(submission, pattern, kernel):
    submission.metadata = {} if kernel is None else {"kernelspec": kernel}
    repaired = mend(as_bytes(submission), pattern)
    assert repaired.notebook.metadata.kernelspec.name == "python3"
    assert len(repaired.repairs) == 1 and "graded with Python 3" in repaired.repairs[0]


def test_another_name_for_a_python_kernel_is_nothing_to_mend(submission, pattern):
    submission.metadata = {"kernelspec": {"name": "torch-env", "language": "python", "display_name": "mine"}}
    assert mend(submission, pattern).repairs == ()


def test_duplicate_and_odd_ids_become_new_ones(submission, chapter, pattern):
    extra = [new_code_cell(f"x{i} = {i}") for i in range(4)]
    for one, own in zip(extra, ("same", "same", "no spaces please", 7), strict=True):
        one["id"] = own
    submission.cells += extra
    repaired = mend(submission, pattern)
    assert repaired.repairs == (
        "Some cells of your notebook had the same id, or one that Jupyter refuses; they got new ones.",
    )
    assert holds_the_course(repaired, chapter)


@pytest.mark.parametrize("source", [None, 5, {"text": "x"}, ["a\n", 7, "b"], [["x"]], "\ud800"])
def test_sources_that_are_no_text_are_read(submission, chapter, pattern, source):
    submission.cells[16]["source"] = source
    repaired = mend(json.dumps(submission).encode(), pattern)
    assert holds_the_course(repaired, chapter)
    notebook_text(repaired.notebook).encode()


@pytest.mark.parametrize("odd", [None, 3, "text", [], {}, {"cell_type": "video"}, {"metadata": 5, "id": []}])
def test_entries_that_are_no_cells_are_read(submission, chapter, pattern, odd):
    submission["cells"] = [odd, *submission.cells, odd]
    assert holds_the_course(mend(json.dumps(submission).encode(), pattern), chapter)


def test_monstrous_outputs_are_left_out(submission, pattern):
    text = "x" * 6_000_000
    submission.cells[16].outputs = [{"output_type": "stream", "name": "stdout", "text": text}]
    submission.cells[17].outputs = [{"output_type": "stream", "name": "stdout", "text": "short"}]
    repaired = mend(as_bytes(submission), pattern)
    assert all(not c.get("outputs") for c in repaired.notebook.cells)
    assert repaired.repairs == (
        "The outputs in your notebook took 6 MB; they were left out, because grading runs every cell anew.",
    )


def test_pasted_pictures_stay_in_a_written_answer(submission, pattern):
    picture = {"image.png": {"image/png": "aGVsbG8="}}
    cell(submission, "explain_index").attachments = picture
    assert cell(mend(submission, pattern).notebook, "explain_index").attachments == picture


@pytest.mark.parametrize(
    "content",
    [b"", b"  \n", b"hello", b"PK\x03\x04zip", b"[1, 2]", b"null", b'{"a": 1}', b'{"cells": {}}', b"[" * 100_000],
    ids=repr,
)
def test_what_is_no_notebook_is_one_sentence(pattern, content):
    with pytest.raises(CourseError, match=r"^This file is not a notebook.*; .*\.$"):
        mend(content[:100_000], pattern)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_a_sentence(content):
    try:
        understand(content)
    except CourseError:
        pass


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
odd_cells = st.dictionaries(
    st.sampled_from(["cell_type", "source", "metadata", "id", "outputs", "attachments", "input", "level"]),
    json_values | st.fixed_dictionaries({"nbgrader": json_values, "tags": json_values}),
)


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(odd_cells | json_values, max_size=5), about=json_values)
def test_any_json_with_a_list_of_cells_becomes_gradable(chapter, pattern, cells, about):
    content = json.dumps({"cells": cells, "metadata": about, "nbformat": about}).encode()
    repaired = mend(content, pattern)
    assert holds_the_course(repaired, chapter)
    assert mend(repaired.notebook, pattern).notebook == repaired.notebook


# ---------------------------------------------------------------- any damage

Damage = Callable[[NotebookNode, random.Random], None]


def delete(notebook: NotebookNode, dice: random.Random) -> None:
    if notebook.cells:
        del notebook.cells[dice.randrange(len(notebook.cells))]


def duplicate(notebook: NotebookNode, dice: random.Random) -> None:
    if notebook.cells:
        twin = copy.deepcopy(dice.choice(notebook.cells))
        if dice.random() < 0.5:
            twin["id"] = f"twin-{dice.randrange(100)}"
        if dice.random() < 0.5:
            twin["source"] = dice.choice(["", "x = 1", f"{twin['source']}\n# again"])
        notebook.cells.insert(dice.randrange(len(notebook.cells) + 1), twin)


def shuffle(notebook: NotebookNode, dice: random.Random) -> None:
    dice.shuffle(notebook.cells)


def strip_marks(notebook: NotebookNode, dice: random.Random) -> None:
    for one in notebook.cells:
        if dice.random() < 0.5:
            one["metadata"] = {}


def strip_ids(notebook: NotebookNode, dice: random.Random) -> None:
    for one in notebook.cells:
        if dice.random() < 0.5:
            one.pop("id", None)


def swap_marks(notebook: NotebookNode, dice: random.Random) -> None:
    if len(notebook.cells) > 1:
        one, other = dice.sample(notebook.cells, 2)
        one["metadata"], other["metadata"] = other["metadata"], one["metadata"]


def change_type(notebook: NotebookNode, dice: random.Random) -> None:
    if notebook.cells:
        dice.choice(notebook.cells)["cell_type"] = dice.choice(["code", "markdown", "raw", "heading", "video"])


def empty(notebook: NotebookNode, dice: random.Random) -> None:
    if notebook.cells:
        dice.choice(notebook.cells)["source"] = dice.choice(["", " ", "\n\n"])


def split(notebook: NotebookNode, dice: random.Random) -> None:
    if notebook.cells:
        place = dice.randrange(len(notebook.cells))
        lines = notebook.cells[place]["source"].splitlines(keepends=True)
        half = copy.deepcopy(notebook.cells[place])
        if dice.random() < 0.5:
            half["metadata"] = {}
        cut = dice.randrange(len(lines) + 1)
        notebook.cells[place]["source"], half["source"] = "".join(lines[:cut]), "".join(lines[cut:])
        notebook.cells.insert(place + 1, half)


DAMAGES: list[Damage] = [delete, duplicate, shuffle, strip_marks, strip_ids, swap_marks, change_type, empty, split]
damages = st.lists(st.sampled_from(DAMAGES), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(damages=damages, seed=st.integers(0, 2**16), begun=st.booleans())
def test_after_any_damage_the_course_is_whole_and_repairing_again_changes_nothing(
    chapter, good, pattern, damages, seed, begun
):
    damaged = copy.deepcopy(good if begun else chapter.released)
    dice = random.Random(seed)
    for damage in damages:
        for _ in range(dice.choice([1, 1, 5, 30])):
            damage(damaged, dice)
    repaired = mend(json.dumps(damaged).encode(), pattern)
    assert holds_the_course(repaired, chapter)
    again = mend(notebook_text(repaired.notebook).encode(), pattern)
    assert again.notebook == repaired.notebook
    assert all("is missing" in sentence for sentence in again.repairs)


@settings(max_examples=80, deadline=None)
@given(damages=st.lists(st.sampled_from([shuffle, strip_ids, change_type]), max_size=4), seed=st.integers(0, 2**16))
def test_no_answer_is_lost_while_its_mark_is_there(chapter, good, pattern, damages, seed):
    damaged = copy.deepcopy(good)
    for damage in damages:
        damage(damaged, random.Random(seed))
    repaired = mend(json.dumps(damaged).encode(), pattern)
    assert repaired.missing == ()
    assert answers_are_kept(repaired, good, chapter)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_no_answer_to_a_function_is_lost_with_all_marks_and_the_order(chapter, good, pattern, seed):
    damaged = copy.deepcopy(good)
    without_marks(damaged)
    without_ids(damaged)
    shuffle(damaged, random.Random(seed))
    repaired = mend(json.dumps(damaged).encode(), pattern)
    automatic = [e.name for e in chapter.exercises if not e.manual]
    assert all(cell(repaired.notebook, n).source == cell(good, n).source for n in automatic)


# ---------------------------------------------------------------- as nbgrader sees it


def harmless_damage(good: NotebookNode, chapter: Chapter04) -> dict[str, bytes]:
    """Submissions with the same answers as ``good`` that stock nbgrader would refuse or grade otherwise."""
    made = {name: copy.deepcopy(good) for name in ("whole", "lost", "holes", "moved", "copies", "split", "types")}
    without_marks(made["lost"])
    without_ids(made["lost"])
    made["holes"].cells = [
        one for one in made["holes"].cells if grade_id(one) not in names_of_tests(chapter) and one.get("id") != "setup"
    ]
    tests = [one for one in made["moved"].cells if grade_id(one) in names_of_tests(chapter)]
    made["moved"].cells = tests + [one for one in made["moved"].cells if one not in tests]
    for name in ("fits", "one_hot"):
        copy_of(made["copies"], name, cell(chapter.released, name).source)
    place = index(made["split"], "fits")
    made["split"].cells.insert(place + 1, new_code_cell(made["split"].cells[place].source))
    made["split"].cells[place].source = "import math"
    for one in made["types"].cells:
        if grade_id(one) in ("fits", "quiz"):
            one.cell_type = "raw"
    files = {name: json.dumps(notebook).encode() for name, notebook in made.items()}
    files["format3"] = nbformat.writes(copy.deepcopy(good), version=3).encode()
    files["utf16"] = json.dumps(good).encode("utf-16") + b"\x00\x00"
    return files


@pytest.mark.long
def test_nbgrader_gives_a_repaired_submission_the_points_of_the_whole_one(chapter, good, pattern, tmp_path):
    copy_course(chapter.course, tmp_path)
    course = tmp_path / "autograder"
    files = harmless_damage(good, chapter)
    for student, content in files.items():
        path = course / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb"
        write_notebook(path, mend(content, pattern).notebook)
    nbgrader(course, tmp_path, "generate_assignment", CHAPTER)
    nbgrader(course, tmp_path, "autograde", CHAPTER)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "pytorch-fundamentals") as gradebook:
        scores = {
            student: {
                g.cell.name: g.auto_score
                for n in gradebook.find_submission(CHAPTER, student).notebooks
                for g in n.grades
            }
            for student in files
        }
    automatic = [e for e in chapter.exercises if not e.manual]
    assert scores["whole"] == {f"test_{e.name}": e.points for e in automatic} | {"explain_index": None}
    assert {student: score for student, score in scores.items() if score != scores["whole"]} == {}


# ---------------------------------------------------------------- hostile sizes


@pytest.mark.parametrize(
    "text",
    [
        "from x import (\n" * 60_000,
        "a" * 1_000_000,
        "def f" * 200_000,
        "async " * 160_000,
        "(" * 900_000,
        "\n" * 900_000,
    ],
    ids=["imports", "a word", "defs", "asyncs", "brackets", "lines"],
)
def test_hostile_texts_take_no_time(submission, pattern, text):
    without_marks(submission)
    without_ids(submission)
    for place in (1, 12, 16):
        submission.cells[place].source = text
    content = as_bytes(submission)
    began = time.perf_counter()
    mend(content, pattern)
    assert time.perf_counter() - began < 5


def test_a_notebook_of_countless_cells_is_read_as_far_as_one_can(pattern):
    cells = '{"cell_type":"code","source":"x","metadata":{}},' * 200_000
    repaired = mend(f'{{"cells": [{cells[:-1]}]}}'.encode(), pattern)
    assert f"Your notebook has 200000 cells; the first {MOST_CELLS} were read." in repaired.repairs


def test_a_notebook_of_countless_parts_is_one_sentence(pattern):
    with pytest.raises(CourseError, match="more than two million parts"):
        mend(b'{"cells": [' + b"[]," * 2_000_001 + b"[]]}", pattern)


# ---------------------------------------------------------------- the file in hand


def test_a_file_is_read_as_it_is(tmp_path):
    (tmp_path / "作业.ipynb").write_bytes(b"\xef\xbb\xbf{}")
    assert read_submission(tmp_path / "作业.ipynb") == b"\xef\xbb\xbf{}"


def test_a_file_that_is_too_large_is_one_sentence(tmp_path):
    (tmp_path / "a.ipynb").write_bytes(b"x" * 1001)
    with pytest.raises(CourseError, match=r"a\.ipynb has more than 0.001 MB; clear the notebook's outputs"):
        read_submission(tmp_path / "a.ipynb", limit=1000)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ipynb").symlink_to("../secret")
    (tmp_path / "in" / "up").symlink_to("..")
    with pytest.raises(CourseError, match="is a link to a file outside its folder"):
        read_submission(tmp_path / "in" / "a.ipynb")
    with pytest.raises(CourseError, match="is a link to a file outside its folder"):
        read_submission(tmp_path / "in" / "up" / "secret", folder=tmp_path / "in")


def test_a_link_within_the_folder_is_followed(tmp_path):
    (tmp_path / "real.ipynb").write_text("{}")
    (tmp_path / "a.ipynb").symlink_to("real.ipynb")
    assert read_submission(tmp_path / "a.ipynb") == b"{}"


@pytest.mark.parametrize("make", ["pipe", "folder", "loop", "nothing", "nul"])
def test_what_is_no_plain_file_is_one_sentence(tmp_path, make):
    path = tmp_path / "a.ipynb"
    if make == "pipe":
        os.mkfifo(path)
    elif make == "folder":
        path.mkdir()
    elif make == "loop":
        path.symlink_to("a.ipynb")
    elif make == "nul":
        path = tmp_path / "a\x00.ipynb"
    with pytest.raises(CourseError, match=r"^(Cannot read|There is no file at)? ?.*a.*ipynb.*\.$"):
        read_submission(path)


# ---------------------------------------------------------------- by their looks


def test_imports_are_known_by_their_looks():
    text = "import torch\nimport numpy as np, os.path\nfrom a.b import c, d as e  # x\nfrom f import (\n  g,\n  h as i,  # y\n)\n"
    assert imported(text) == {"torch", "np", "os", "c", "e", "g", "i"}


def test_definitions_are_known_by_their_looks_even_where_the_code_is_broken():
    assert defined("def f(\nclass  G:\nasync def h():\nk = lambda: 0\n  def inner(): 0\nm = f(") == {"f", "G", "h", "k"}

"""What of a test reaches a student, and what of its outcome counts."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.utils import determine_grade

from autograder.steps import LEFT_OUT, CutHiddenTests, OnlyErrorsCount

HIDDEN = "assert answer(secret) == 'forty-two'"
MARKED = f"### BEGIN HIDDEN TESTS\n{HIDDEN}\n### END HIDDEN TESTS"
lines = st.lists(st.sampled_from([HIDDEN, "x = 1", "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS", "print('mine')"]))


def graded_cell(source: str, *outputs: NotebookNode) -> NotebookNode:
    cell = new_code_cell(source, outputs=list(outputs))
    cell.metadata["nbgrader"] = {"grade_id": "test_answer", "grade": True, "solution": False, "points": 2.0}
    return cell


def feedback(*cells: NotebookNode) -> list[NotebookNode]:
    return CutHiddenTests().preprocess(new_notebook(cells=copy.deepcopy(list(cells))), {})[0].cells


def test_the_hidden_part_of_a_test_is_cut():
    (cell,) = feedback(graded_cell(f"check(answer)\n{MARKED}"))
    assert cell.source == "check(answer)"


@given(lines)
def test_no_other_cell_is_cut(lines):
    others = [new_code_cell("\n".join(lines)), new_markdown_cell("\n".join(lines))]
    answer = new_code_cell("\n".join(lines))
    answer.metadata["nbgrader"] = {"grade_id": "answer", "grade": False, "solution": True}
    others.append(answer)
    kept = feedback(graded_cell(MARKED), *others)[1:]
    assert [c.source for c in kept] == [c.source for c in others]


def test_a_traceback_that_quotes_a_hidden_test_keeps_only_its_first_words():
    coloured = f"\x1b[32m      3\x1b[39m \x1b[38;5;28massert\x1b[39;00m{HIDDEN.removeprefix('assert')}"
    error = new_output("error", ename="KeyError", evalue="'x'", traceback=["Cell In[5], line 3", coloured])
    (cell,) = feedback(graded_cell(MARKED, error))
    assert cell.outputs[0].traceback == ["KeyError: 'x'", LEFT_OUT]


def test_a_traceback_that_quotes_no_hidden_test_stays():
    error = new_output("error", ename="CheckFailed", evalue="…", traceback=["✗ answer(1) is not right yet."])
    (cell,) = feedback(graded_cell(MARKED, error))
    assert cell.outputs == [error]


def test_an_answer_that_prints_the_test_prints_nothing_in_the_feedback():
    spying = new_code_cell("print(In[-2])", outputs=[new_output("stream", name="stdout", text=f"a\n{HIDDEN}\nb")])
    shown = new_code_cell(
        "In[-2]", outputs=[new_output("display_data", data={"text/html": HIDDEN.replace("'", "&#x27;")})]
    )
    cells = feedback(graded_cell(MARKED), spying, shown)
    assert [c.outputs[0].text for c in cells[1:]] == [f"{LEFT_OUT}\n"] * 2


def test_a_line_that_is_shown_elsewhere_is_no_secret():
    printed = new_output("stream", name="stdout", text=HIDDEN)
    (_, cell) = feedback(graded_cell(MARKED), new_code_cell(HIDDEN, outputs=[printed]))
    assert cell.outputs == [printed]


def points(*outputs: NotebookNode) -> float:
    cell, _ = OnlyErrorsCount().preprocess_cell(graded_cell("check(answer)", *copy.deepcopy(outputs)), {}, 0)
    return determine_grade(cell)[0]


def test_what_is_written_to_stderr_costs_nothing():
    assert points(new_output("stream", name="stderr", text="UserWarning: …")) == 2


def test_a_number_that_a_test_shows_is_not_its_points():
    assert points(new_output("execute_result", data={"text/plain": "0"}, execution_count=1)) == 2
    assert points(new_output("execute_result", data={"text/plain": "17"}, execution_count=1)) == 2


def test_an_error_costs_all_points():
    shown = new_output("execute_result", data={"text/plain": "2"}, execution_count=1)
    assert points(shown, new_output("error", ename="CheckFailed", evalue="", traceback=[])) == 0

"""The three-way merge of a student's notebook and a new release: its rules one by one, then as properties."""

from __future__ import annotations

import copy

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_output
from strategies import cell, next_releases, notebook, releases, student_copies

from course_utils.desk.merge import merge_notebooks

EXAMPLES = 40

BASE = notebook(
    cell("prose", "intro", "Shapes"),
    cell("answer", "ex1", "def f(x):\n    raise NotImplementedError"),
    cell("test", "ex1-test", "assert f(1) == 2"),
    cell("demo", "demo", "torch.arange(3)"),
    cell("written", "why", "Write here."),
    course={"title": "Tensors"},
    kernelspec={"name": "python3", "display_name": "Python 3"},
)


def changed(original: NotebookNode, /, **sources: str | None) -> NotebookNode:
    """A copy with new sources by id (``_`` for ``-``); None takes the cell away."""
    copied = copy.deepcopy(original)
    wanted = {key.replace("_", "-"): source for key, source in sources.items()}
    copied.cells = [c for c in copied.cells if wanted.get(c.id, "") is not None]
    for c in copied.cells:
        c.source = wanted.get(c.id, c.source)
    return copied


def sources(merged: NotebookNode) -> dict[str, str]:
    return {c.id: c.source for c in merged.cells}


def ids(merged: NotebookNode) -> list[str]:
    return [c.id for c in merged.cells]


def inserted(original: NotebookNode, position: int, new: NotebookNode) -> NotebookNode:
    copied = copy.deepcopy(original)
    copied.cells.insert(position, new)
    return copied


def test_an_answer_stays_and_new_prose_and_tests_arrive():
    theirs = changed(BASE, intro="Shapes, again", ex1_test="assert f(2) == 3")
    merged = merge_notebooks(BASE, changed(BASE, ex1="def f(x): return x + 1"), theirs)
    assert sources(merged.notebook) == sources(changed(theirs, ex1="def f(x): return x + 1"))
    assert merged.notes == ()


def test_an_answer_stays_when_its_starter_changes_and_a_note_gives_the_new_starter():
    merged = merge_notebooks(BASE, changed(BASE, ex1="mine"), changed(BASE, ex1="def f(x, dim): ..."))
    assert sources(merged.notebook)["ex1"] == "mine"
    [note] = merged.notes
    assert "ex1" in note and "def f(x, dim): ..." in note


def test_an_answer_not_begun_gets_the_new_starter():
    assert sources(merge_notebooks(BASE, BASE, changed(BASE, ex1="new starter")).notebook)["ex1"] == "new starter"


def test_a_changed_test_gives_way_to_the_release_and_a_note_names_it():
    merged = merge_notebooks(BASE, changed(BASE, ex1_test="assert True"), BASE)
    assert sources(merged.notebook)["ex1-test"] == "assert f(1) == 2"
    assert "ex1-test" in merged.notes[0]


def test_prose_changed_by_both_is_there_twice_the_students_first():
    merged = merge_notebooks(BASE, changed(BASE, intro="my words"), changed(BASE, intro="their words"))
    assert [c.source for c in merged.notebook.cells[:2]] == ["my words", "their words"]
    assert "Shapes" not in merged.notes[0] and "their words" in merged.notes[0]


def test_the_copy_of_prose_changed_by_both_can_be_deleted_and_has_no_grade_id():
    locked = copy.deepcopy(BASE)
    nbgrader = {"grade_id": "intro", "locked": True, "grade": False, "solution": False}
    locked.cells[0].metadata = NotebookNode(deletable=False, editable=False, nbgrader=nbgrader)
    merged = merge_notebooks(locked, changed(locked, intro="my words"), changed(locked, intro="their words"))
    assert merged.notebook.cells[1].source == "their words"
    assert merged.notebook.cells[1].metadata == {}


def test_an_untouched_copy_gives_way_to_the_next_releases_copy():
    second, third = changed(BASE, intro="second"), changed(BASE, intro="third")
    once = merge_notebooks(BASE, changed(BASE, intro="my words"), second).notebook
    twice = merge_notebooks(second, once, third).notebook
    assert [c.source for c in twice.cells[:3]] == ["my words", "third", BASE.cells[1].source]


def test_a_copy_that_the_student_edited_outlives_the_next_release():
    second, third = changed(BASE, intro="second"), changed(BASE, intro="third")
    once = merge_notebooks(BASE, changed(BASE, intro="my words"), second).notebook
    once.cells[1].source = "second, and my remark"
    twice = merge_notebooks(second, once, third).notebook
    assert [c.source for c in twice.cells[:3]] == ["my words", "third", "second, and my remark"]


def test_an_added_cell_stays_behind_its_neighbour_when_the_release_reorders():
    mine = inserted(BASE, 2, cell("demo", "own", "print(f(3))"))
    theirs = copy.deepcopy(BASE)
    theirs.cells.reverse()
    assert ids(merge_notebooks(BASE, mine, theirs).notebook) == ["why", "demo", "ex1-test", "ex1", "own", "intro"]


def test_a_new_release_cell_comes_after_what_the_student_added_at_the_same_place():
    mine = inserted(BASE, 1, cell("prose", "own", "note to self"))
    theirs = inserted(BASE, 1, cell("demo", "new", "torch.eye(2)"))
    assert ids(merge_notebooks(BASE, mine, theirs).notebook)[:4] == ["intro", "own", "new", "ex1"]


def test_a_deleted_cell_stays_deleted_when_the_release_changes_it():
    merged = merge_notebooks(BASE, changed(BASE, demo=None), changed(BASE, demo="torch.arange(4)"))
    assert "demo" not in ids(merged.notebook)
    assert merged.notes == ()


def test_a_deleted_test_that_the_release_changes_is_named():
    merged = merge_notebooks(BASE, changed(BASE, ex1_test=None), changed(BASE, ex1_test="assert f(2) == 3"))
    assert "ex1-test" not in ids(merged.notebook)
    assert "ex1-test" in merged.notes[0]


def test_a_dropped_cell_goes():
    assert "demo" not in ids(merge_notebooks(BASE, BASE, changed(BASE, demo=None)).notebook)


def test_a_dropped_answer_stays_as_the_students_own_cell():
    merged = merge_notebooks(BASE, changed(BASE, ex1="mine"), changed(BASE, ex1=None))
    [kept] = [c for c in merged.notebook.cells if c.source == "mine"]
    assert "nbgrader" not in kept.metadata
    assert "ex1" in merged.notes[0]


def test_outputs_stay_where_the_source_stays_and_go_where_it_changes():
    mine = copy.deepcopy(BASE)
    for c in (mine.cells[1], mine.cells[3]):
        c.outputs, c.execution_count = [new_output("stream", text="seen")], 4
    merged = merge_notebooks(BASE, mine, changed(BASE, demo="torch.arange(4)")).notebook
    assert (merged.cells[1].outputs, merged.cells[1].execution_count) == (mine.cells[1].outputs, 4)
    assert (merged.cells[3].outputs, merged.cells[3].execution_count) == ([], None)


def test_points_come_from_the_release_and_a_collapsed_cell_stays_collapsed():
    mine, theirs = copy.deepcopy(BASE), copy.deepcopy(BASE)
    mine.cells[2].metadata["nbgrader"]["points"] = 100
    mine.cells[2].metadata["collapsed"] = True
    theirs.cells[2].metadata["nbgrader"]["points"] = 5
    merged = merge_notebooks(BASE, mine, theirs).notebook.cells[2].metadata
    assert merged["nbgrader"]["points"] == 5
    assert merged["collapsed"] is True


def test_notebook_metadata_takes_the_releases_course_and_keeps_the_students_keys():
    mine, theirs = copy.deepcopy(BASE), copy.deepcopy(BASE)
    other_kernel = {"name": "x", "display_name": "x"}
    mine.metadata.update(course={"title": "hacked"}, widgets={"state": 1}, kernelspec=other_kernel)
    theirs.metadata["course"] = {"title": "Tensors, second edition"}
    merged = merge_notebooks(BASE, mine, theirs).notebook.metadata
    assert merged == {**theirs.metadata, "widgets": {"state": 1}}


@pytest.mark.parametrize("metadata", [["a list"], {"kernelspec": 3, "language_info": 3}])
def test_metadata_against_the_format_gives_way_to_the_releases(metadata):
    mine = copy.deepcopy(BASE)
    mine["metadata"] = metadata
    merged = merge_notebooks(BASE, mine, BASE).notebook
    assert merged == BASE


def test_a_copied_answer_keeps_its_text_but_not_its_grade_id():
    mine = inserted(changed(BASE, ex1="first try"), 2, changed(BASE, ex1="second try").cells[1])
    merged = merge_notebooks(BASE, mine, changed(BASE, intro="Shapes, again")).notebook
    assert [c.source for c in merged.cells if "nbgrader" in c.metadata][:1] == ["first try"]
    assert [c.source for c in merged.cells if "try" in c.source] == ["first try", "second try"]


def test_the_original_keeps_its_id_when_a_twin_comes_to_stand_before_it():
    mine = inserted(BASE, 4, cell("prose", "intro", "my twin"))
    theirs = copy.deepcopy(BASE)
    theirs.cells.reverse()
    merged = merge_notebooks(BASE, mine, theirs).notebook
    assert sources(merged)["intro"] == "Shapes"
    assert [c.source for c in merged.cells].index("my twin") == 2


def test_the_twin_of_a_dropped_cell_outlives_an_update_done_twice():
    base = notebook(cell("prose", "intro", "Shapes"))
    mine = inserted(base, 1, base.cells[0])
    once = merge_notebooks(base, mine, notebook()).notebook
    assert [c.source for c in once.cells] == ["Shapes"]
    assert merge_notebooks(base, once, notebook()).notebook == once


@pytest.mark.parametrize("attachments", [{}, {"drawing.png": {"image/png": "AAAA"}}])
def test_an_answer_turned_into_prose_becomes_code_again_with_its_text(attachments):
    mine = changed(BASE, ex1="mine")
    mine.cells[1] = cell("prose", "ex1", "mine") | {"attachments": attachments}
    merged = merge_notebooks(BASE, mine, changed(BASE, ex1="new starter")).notebook
    assert (merged.cells[1].cell_type, merged.cells[1].source) == ("code", "mine")
    assert merged.cells[1].metadata == BASE.cells[1].metadata
    nbformat.validate(merged)


def test_an_answer_of_which_only_the_type_changed_gets_the_new_starter():
    mine = copy.deepcopy(BASE)
    mine.cells[1] = cell("prose", "ex1", BASE.cells[1].source)
    merged = merge_notebooks(BASE, mine, changed(BASE, ex1="new starter")).notebook
    assert (merged.cells[1].cell_type, merged.cells[1].source) == ("code", "new starter")


def test_an_answer_pasted_under_a_new_id_is_still_the_answer():
    mine = changed(BASE, ex1="mine")
    mine.cells[1].id = "pasted"
    merged = merge_notebooks(BASE, mine, changed(BASE, ex1_test="assert f(2) == 3")).notebook
    assert sources(merged)["ex1"] == "mine"
    assert len(merged.cells) == len(BASE.cells)


def test_a_notebook_that_lost_all_its_ids_is_matched_by_grade_ids_and_sources():
    mine = changed(BASE, ex1="mine")
    mine.nbformat_minor = 4
    for c in mine.cells:
        del c["id"]
    merged = merge_notebooks(BASE, mine, changed(BASE, intro="Shapes, again")).notebook
    assert sources(merged) == sources(changed(BASE, ex1="mine", intro="Shapes, again"))


def test_a_notebook_whose_ids_were_all_renewed_is_matched_by_grade_ids_and_sources():
    mine = changed(BASE, ex1="mine")
    for n, c in enumerate(mine.cells):
        c.id = f"renewed{n}"
    merged = merge_notebooks(BASE, mine, changed(BASE, intro="Shapes, again")).notebook
    assert sources(merged) == sources(changed(BASE, ex1="mine", intro="Shapes, again"))


def test_without_a_known_base_no_answer_is_lost_and_no_untouched_cell_doubled():
    mine = inserted(changed(BASE, ex1="mine"), 2, cell("demo", "own", "print(f(3))"))
    merged = merge_notebooks(notebook(), mine, changed(BASE, ex1_test="assert f(2) == 3")).notebook
    assert ids(merged) == ["intro", "ex1", "own", "ex1-test", "demo", "why"]
    assert sources(merged)["ex1"] == "mine"


@pytest.mark.parametrize("which", range(3))
def test_the_inputs_are_not_changed(which):
    inputs = [BASE, changed(BASE, intro="mine", ex1="mine"), changed(BASE, intro="theirs", ex1="theirs")]
    before = copy.deepcopy(inputs[which])
    merged = merge_notebooks(*inputs).notebook
    for c in merged.cells:
        c.metadata["spoiled"] = True
        c.source = "spoiled"
    assert inputs[which] == before


class Case:
    """A release, a student's copy of it, and the next release."""

    def __init__(self, draw: st.DrawFn, wild: bool) -> None:
        self.base = draw(releases())
        self.mine = draw(student_copies(self.base, wild=wild))
        self.theirs = draw(next_releases(self.base))

    def __repr__(self) -> str:
        show = "\n".join(f"{n}: {[(c.get('id'), c.source) for c in getattr(self, n).cells]}" for n in vars(self))
        return f"\n{show}\n"


cases = st.composite(lambda draw: Case(draw, wild=False))()
wild_cases = st.composite(lambda draw: Case(draw, wild=True))()


def kind(c: NotebookNode) -> str:
    nbgrader = c.metadata.get("nbgrader", {})
    return "answer" if nbgrader.get("solution") else "test" if nbgrader.get("grade") else "prose"


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases)
def test_an_untouched_copy_becomes_the_release(case):
    assert merge_notebooks(case.base, case.base, case.theirs).notebook == case.theirs


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases)
def test_without_a_new_release_every_source_but_a_tests_stays(case):
    merged = merge_notebooks(case.base, case.mine, case.base).notebook
    assert ids(merged) == ids(case.mine)
    for before, after in zip(case.mine.cells, merged.cells, strict=True):
        assert kind(after) == "test" or after.source == before.source


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases)
def test_every_changed_answer_is_in_the_result_verbatim(case):
    old, result = sources(case.base), sources(merge_notebooks(case.base, case.mine, case.theirs).notebook)
    for c in case.mine.cells:
        if kind(c) == "answer" and c.source != old[c.id]:
            assert result[c.id] == c.source


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases)
def test_every_changed_text_is_in_the_result_on_both_sides(case):
    old, new = sources(case.base), sources(case.theirs)
    result = [c.source for c in merge_notebooks(case.base, case.mine, case.theirs).notebook.cells]
    for c in case.mine.cells:
        if kind(c) == "prose" and c.id in old and c.source != old[c.id]:
            assert c.source in result
            if c.id in new and new[c.id] != old[c.id]:
                assert new[c.id] in result


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases)
def test_every_added_cell_is_there_once_behind_the_nearest_kept_cell(case):
    result = ids(merge_notebooks(case.base, case.mine, case.theirs).notebook)
    before = None
    for c in case.mine.cells:
        if c.id.startswith("own"):
            assert result.count(c.id) == 1
            assert before is None or result.index(before) < result.index(c.id)
        if c.id in result:
            before = c.id


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases)
def test_deleted_cells_stay_deleted(case):
    result = ids(merge_notebooks(case.base, case.mine, case.theirs).notebook)
    assert not (set(ids(case.base)) - set(ids(case.mine))) & set(result)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases)
def test_every_new_release_cell_arrives(case):
    result = sources(merge_notebooks(case.base, case.mine, case.theirs).notebook)
    for c in case.theirs.cells:
        if c.id.startswith("new"):
            assert result[c.id] == c.source


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases)
def test_shared_cells_stand_in_the_releases_order(case):
    shared = [i for i in ids(merge_notebooks(case.base, case.mine, case.theirs).notebook) if i in ids(case.theirs)]
    assert shared == [i for i in ids(case.theirs) if i in shared]


@settings(max_examples=EXAMPLES, deadline=None)
@given(wild_cases)
def test_merging_again_changes_nothing(case):
    once = merge_notebooks(case.base, case.mine, case.theirs).notebook
    again = merge_notebooks(case.theirs, once, case.theirs)
    assert again.notebook == once
    assert again.notes == ()


@settings(max_examples=EXAMPLES, deadline=None)
@given(wild_cases)
def test_merging_again_with_the_old_base_changes_nothing(case):
    once = merge_notebooks(case.base, case.mine, case.theirs).notebook
    assert merge_notebooks(case.base, once, case.theirs).notebook == once


@settings(max_examples=EXAMPLES, deadline=None)
@given(wild_cases)
def test_the_result_is_valid_and_its_ids_are_unique(case):
    merged = merge_notebooks(case.base, case.mine, case.theirs).notebook
    assert len(set(ids(merged))) == len(merged.cells)
    nbformat.validate(merged)


@settings(max_examples=EXAMPLES, deadline=None)
@given(wild_cases)
def test_no_source_that_a_student_wrote_is_lost(case):
    released = {c.source for n in (case.base, case.theirs) for c in n.cells}
    result = [c.source for c in merge_notebooks(case.base, case.mine, case.theirs).notebook.cells]
    tests = {c.id for n in (case.base, case.theirs) for c in n.cells if kind(c) == "test"}
    for c in case.mine.cells:
        nbgrader = c.metadata.get("nbgrader")
        grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
        if c.source not in released and c.get("id") not in tests and grade_id not in tests:
            assert c.source in result

"""The desk: what `lay_out`, `reset` and `restore` do to files, and that no interruption loses a student's work."""

from __future__ import annotations

import errno
import json
import os
from itertools import count
from pathlib import Path

import pytest
from strategies import cell, notebook

from course_utils.course import Chapter, Course
from course_utils.desk.desk import DeskState, backups, lay_out, reset, restore
from course_utils.errors import CourseError
from course_utils.notebooks import notebook_text, read_notebook

SCATTER = Chapter("04_scatter")


def release(course: Course, chapter: str = "04_scatter", prose: str = "Scatter", coach: str = "{}") -> None:
    folder = course.released / chapter
    folder.mkdir(parents=True, exist_ok=True)
    text = notebook_text(
        notebook(
            cell("prose", "intro", prose),
            cell("answer", "ex1", "raise NotImplementedError"),
            cell("test", "ex1-test", "assert answer"),
            cell("demo", "demo", "torch.arange(3)"),
        )
    )
    (folder / f"{chapter}.ipynb").write_text(text, encoding="utf-8")
    (folder / "coach.json").write_text(coach, encoding="utf-8")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course(tmp_path)
    release(made)
    return made


def desk(course: Course, name: str = "04_scatter.ipynb", chapter: str = "04_scatter") -> Path:
    return course.desk / chapter / name


def answer(course: Course, text: str = "my answer") -> bytes:
    """Answer the exercise on the desk, and return the file's content."""
    opened = read_notebook(desk(course))
    opened.cells[1].source = text
    desk(course).write_text(notebook_text(opened), encoding="utf-8")
    return desk(course).read_bytes()


def sources(path: Path) -> list[str]:
    return [c.source for c in read_notebook(path).cells]


def only_change(course: Course):
    [change] = lay_out(course)
    return change


def test_a_new_chapter_is_laid_out_whole(course):
    assert only_change(course).state is DeskState.NEW
    for name in ("04_scatter.ipynb", "coach.json"):
        assert desk(course, name).read_bytes() == (course.released / "04_scatter" / name).read_bytes()


def test_laying_out_again_writes_nothing(course):
    lay_out(course)
    before = {p: p.stat().st_mtime_ns for p in course.desk.rglob("*")}
    assert only_change(course).state is DeskState.UP_TO_DATE
    assert {p: p.stat().st_mtime_ns for p in course.desk.rglob("*")} == before


def test_an_untouched_chapter_becomes_the_new_release_without_a_backup(course):
    lay_out(course)
    release(course, prose="Scatter, again", coach='{"new": 1}')
    change = only_change(course)
    assert (change.state, change.backup) == (DeskState.UPDATED, None)
    assert desk(course).read_bytes() == (course.released / "04_scatter/04_scatter.ipynb").read_bytes()
    assert desk(course, "coach.json").read_text() == '{"new": 1}'


def test_a_worked_on_chapter_stays_byte_for_byte_without_a_new_release(course):
    lay_out(course)
    mine = answer(course)
    assert only_change(course).state is DeskState.UP_TO_DATE
    assert desk(course).read_bytes() == mine


def test_a_worked_on_chapter_is_merged_and_backed_up(course):
    lay_out(course)
    mine = answer(course)
    release(course, prose="Scatter, again")
    change = only_change(course)
    assert change.state is DeskState.MERGED
    assert sources(desk(course)) == ["Scatter, again", "my answer", "assert answer", "torch.arange(3)"]
    assert change.backup.read_bytes() == mine


def test_the_release_after_a_merge_is_merged_from_the_merged_one(course):
    lay_out(course)
    answer(course)
    for prose in ("second", "third"):
        release(course, prose=prose)
        lay_out(course)
    assert sources(desk(course)) == ["third", "my answer", "assert answer", "torch.arange(3)"]


def test_a_deleted_notebook_is_laid_afresh(course):
    lay_out(course)
    desk(course).unlink()
    assert only_change(course).state is DeskState.NEW
    assert desk(course).exists()


def test_only_one_chapter_can_be_laid_out(course):
    release(course, "06_autograd")
    lay_out(course, SCATTER)
    assert not (course.desk / "06_autograd").exists()


def test_the_students_own_files_stay(course):
    lay_out(course)
    desk(course, "notes.txt").write_text("mine")
    release(course, prose="Scatter, again")
    lay_out(course)
    reset(course, SCATTER)
    assert desk(course, "notes.txt").read_text() == "mine"


def test_a_changed_file_that_is_no_notebook_stays_and_is_named(course):
    lay_out(course)
    desk(course, "coach.json").write_text("mine")
    release(course, coach='{"new": 1}')
    assert "coach.json" in only_change(course).notes[0]
    assert desk(course, "coach.json").read_text() == "mine"


def test_checkpoints_in_the_release_are_not_laid_out(course):
    (course.released / "04_scatter/.ipynb_checkpoints").mkdir()
    (course.released / "04_scatter/.ipynb_checkpoints/x.ipynb").write_text("{}")
    lay_out(course)
    assert not desk(course, ".ipynb_checkpoints").exists()


BROKEN = ["{", "", "[]", "{}", '{"nbformat": 4, "nbformat_minor": 5}', '{"cells": 1}', "\0\1"]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_notebook_is_left_alone_and_named_and_stops_no_other_chapter(course, broken):
    release(course, "06_autograd")
    lay_out(course)
    desk(course).write_text(broken)
    release(course, prose="Scatter, again")
    release(course, "06_autograd", prose="Autograd, again")
    first, second = lay_out(course)
    assert (first.state, second.state) == (DeskState.KEPT, DeskState.UPDATED)
    assert str(desk(course)) in first.notes[0]
    assert desk(course).read_text() == broken


def test_a_broken_base_loses_no_answer(course):
    lay_out(course)
    answer(course)
    (course.desk / ".course/base/04_scatter/04_scatter.ipynb").write_text("{")
    release(course, prose="Scatter, again")
    lay_out(course)
    assert "my answer" in sources(desk(course))


def test_half_a_surrogate_pair_survives_a_merge(course):
    lay_out(course)
    opened = json.loads(desk(course).read_text())
    opened["cells"][1]["source"] = "s = '\ud83d'"
    desk(course).write_text(json.dumps(opened))
    release(course, prose="Scatter, again")
    lay_out(course)
    assert sources(desk(course))[:2] == ["Scatter, again", "s = '\ud83d'"]


def test_reset_lays_the_release_and_returns_the_backup(course):
    lay_out(course)
    mine = answer(course)
    backup = reset(course, SCATTER)
    assert backup.read_bytes() == mine
    assert desk(course).read_bytes() == (course.released / "04_scatter/04_scatter.ipynb").read_bytes()
    assert only_change(course).state is DeskState.UP_TO_DATE


def test_reset_backs_up_a_broken_notebook(course):
    lay_out(course)
    desk(course).write_text("{")
    assert reset(course, SCATTER).read_text() == "{"
    assert only_change(course).state is DeskState.UP_TO_DATE


def test_reset_of_a_chapter_not_on_the_desk_lays_it_out(course):
    assert reset(course, SCATTER) is None
    assert desk(course).exists()


def test_backups_in_one_instant_do_not_collide_and_come_newest_first(course):
    lay_out(course)
    written = []
    for n in range(5):
        written.append(answer(course, f"try {n}"))
        reset(course, SCATTER)
    assert [p.read_bytes() for p in backups(course, SCATTER)] == written[::-1]


def test_a_backup_made_after_the_clock_was_set_back_is_still_the_newest(course):
    lay_out(course)
    old = reset(course, SCATTER)
    old.rename(old.with_name("29991231T235959.999998Z-04_scatter.ipynb"))
    mine = answer(course)
    reset(course, SCATTER)
    assert backups(course, SCATTER)[0].read_bytes() == mine


def test_restoring_twice_is_undo_and_redo(course):
    lay_out(course)
    fresh, mine = desk(course).read_bytes(), answer(course)
    reset(course, SCATTER)
    restore(course, SCATTER)
    assert desk(course).read_bytes() == mine
    restore(course, SCATTER)
    assert desk(course).read_bytes() == fresh


def test_a_backup_can_be_restored_by_name(course):
    lay_out(course)
    first = answer(course, "first")
    name = reset(course, SCATTER).name
    answer(course, "second")
    reset(course, SCATTER)
    assert restore(course, SCATTER, Path(name)).name == name
    assert desk(course).read_bytes() == first


def test_an_undone_merge_stays_undone_until_the_next_release_and_is_then_merged_from_its_own_base(course):
    lay_out(course)
    mine = answer(course)
    release(course, prose="second")
    lay_out(course)
    restore(course, SCATTER)
    assert only_change(course).state is DeskState.UP_TO_DATE
    assert desk(course).read_bytes() == mine
    release(course, prose="third")
    assert only_change(course).state is DeskState.MERGED
    assert sources(desk(course)) == ["third", "my answer", "assert answer", "torch.arange(3)"]


def test_restore_without_a_backup_says_so(course):
    lay_out(course)
    with pytest.raises(CourseError, match="no backup of 04_scatter"):
        restore(course, SCATTER)


def test_restore_of_an_unknown_backup_changes_nothing(course):
    lay_out(course)
    mine = answer(course)
    with pytest.raises(CourseError, match="no backup"):
        restore(course, SCATTER, Path("nosuch.ipynb"))
    assert desk(course).read_bytes() == mine


def test_a_desk_that_cannot_be_written_is_one_sentence(course):
    course.desk.write_text("a file where the folder should be")
    with pytest.raises(CourseError, match="Cannot write"):
        lay_out(course)


def test_a_read_only_folder_is_one_sentence_and_changes_nothing(course):
    lay_out(course)
    mine = answer(course)
    release(course, prose="Scatter, again")
    desk(course).parent.chmod(0o555)
    if os.access(desk(course).parent, os.W_OK):
        pytest.skip("this user may write anywhere")
    try:
        with pytest.raises(CourseError, match="Cannot write"):
            lay_out(course)
        assert desk(course).read_bytes() == mine
    finally:
        desk(course).parent.chmod(0o755)


def merge(course: Course) -> None:
    lay_out(course)


def undo(course: Course) -> None:
    restore(course, SCATTER)


def start_afresh(course: Course) -> None:
    reset(course, SCATTER)


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("before", ["before the write", "after the write"])
@pytest.mark.parametrize("action", [merge, start_afresh, undo])
def test_an_interruption_at_any_write_loses_nothing_and_the_next_start_completes_it(
    tmp_path, monkeypatch, action, before, fault
):
    """The k-th file to be put in its place fails, for every k, as a full disk or Ctrl-C would have it."""
    replace = os.replace
    for k in count(1):
        course = Course(tmp_path / str(k))
        release(course)
        lay_out(course)
        answer(course, "older answer")
        reset(course, SCATTER)
        mine = answer(course)
        release(course, prose="Scatter, again", coach='{"new": 1}')
        calls = count(1)

        def failing(source, target, k=k, calls=calls):
            fails = next(calls) == k
            if not fails or before == "after the write":
                replace(source, target)
            if fails:
                raise fault

        monkeypatch.setattr(os, "replace", failing)
        try:
            action(course)
        except (CourseError, KeyboardInterrupt):
            interrupted = True
        else:
            interrupted = False
        monkeypatch.setattr(os, "replace", replace)
        assert mine in [desk(course).read_bytes(), *(p.read_bytes() for p in backups(course, SCATTER))] or (
            "my answer" in sources(desk(course))
        )
        lay_out(course)
        lay_out(course)
        kept = [sources(p) for p in (desk(course), *backups(course, SCATTER))]
        assert any("my answer" in text for text in kept)
        assert any("older answer" in text for text in kept)
        if action is merge:
            assert sources(desk(course)) == ["Scatter, again", "my answer", "assert answer", "torch.arange(3)"]
            assert desk(course, "coach.json").read_text() == '{"new": 1}'
        if not interrupted:
            break
    assert k > 3


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_first_laying_out_is_completed_by_the_next(tmp_path, monkeypatch, fault):
    replace = os.replace
    for k in range(1, 5):
        course = Course(tmp_path / str(k))
        release(course)
        calls = count(1)

        def failing(source, target, k=k, calls=calls):
            if next(calls) == k:
                raise fault
            replace(source, target)

        monkeypatch.setattr(os, "replace", failing)
        with pytest.raises((CourseError, KeyboardInterrupt)):
            lay_out(course)
        monkeypatch.setattr(os, "replace", replace)
        lay_out(course)
        for name in ("04_scatter.ipynb", "coach.json"):
            assert desk(course, name).read_bytes() == (course.released / "04_scatter" / name).read_bytes()
        mine = answer(course)
        assert only_change(course).state is DeskState.UP_TO_DATE
        assert desk(course).read_bytes() == mine

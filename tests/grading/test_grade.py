"""`course grade`: fast, fair, and the same rows as nbgrader's own autograde."""

import copy
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from classroom import CHAPTER, copy_course, nbgrader

from autograder.grading.sandbox import Room, refusal
from course_utils.course import Course

pytestmark = pytest.mark.long

BROKEN = {
    "endless": ("deliver", "def deliver(values, positions, size):\n    while True: pass"),
    "leaving": ("deliver", "def deliver(values, positions, size):\n    import os\n    os._exit(0)"),
    "crashing": ("deliver", "def deliver(values, positions, size):\n    import ctypes\n    ctypes.string_at(0)"),
    "hungry": ("deliver", "def deliver(values, positions, size):\n    return bytearray(1 << 40)"),
    "exits_at_once": ("deliver", "import os\nos._exit(0)"),
    "endless_at_once": ("deliver", "while True: pass"),
}
CELL_SECONDS = 8
COURSE = [sys.executable, "-c", "from course_utils.cli import main; main()"]


@pytest.fixture(scope="module")
def shut_in(tmp_path_factory):
    """Skips where the machine forbids namespaces; in CI it may not."""
    reason = refusal(Room(str(tmp_path_factory.mktemp("root")), (), (), 1 << 20))
    if reason and not os.environ.get("CI"):
        pytest.skip(f"this machine does not let a process shut itself in ({reason})")
    assert reason is None


def hand_in(course: Course, student: str, notebook) -> Path:
    folder = course.instructor / "submitted" / student / CHAPTER
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{CHAPTER}.ipynb")
    return folder / f"{CHAPTER}.ipynb"


def answered(chapter, answers: dict[str, str]):
    notebook = copy.deepcopy(chapter.released)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    return notebook


def grade(course: Course, *words: str, expect: int = 0) -> str:
    done = subprocess.run(
        [*COURSE, "grade", "04", "--cell-seconds", str(CELL_SECONDS), *words],
        env=os.environ | {"COURSE_ROOT": str(course.root)},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=500,
    )
    assert done.returncode == expect, done.stdout
    return done.stdout


def rows(course: Course) -> dict:
    """Every grade and comment by student and cell, as the gradebook has them."""
    with sqlite3.connect(course.instructor / "gradebook.db") as db:
        joined = """
            from {table} r join base_cell c on c.id = r.cell_id join submitted_notebook n on n.id = r.notebook_id
            join submitted_assignment s on s.id = n.assignment_id
        """
        grades = db.execute(
            "select s.student_id, c.name, r.auto_score, r.manual_score, r.extra_credit, r.needs_manual_grade"
            + joined.format(table="grade")
        )
        comments = db.execute(
            "select s.student_id, c.name, r.auto_comment, r.manual_comment" + joined.format(table="comment")
        )
        return {
            "grades": sorted(grades.fetchall()),
            "comments": sorted(comments.fetchall(), key=str),
            "late": sorted(
                db.execute(
                    "select s.student_id, n.late_submission_penalty, n.flagged from submitted_notebook n "
                    "join submitted_assignment s on s.id = n.assignment_id"
                ).fetchall()
            ),
        }


def points(course: Course) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for student, cell, score, *_ in rows(course)["grades"]:
        found.setdefault(student, {})[cell.removeprefix("test_")] = score
    return found


@pytest.fixture(scope="module")
def handed_in(chapter, shut_in, tmp_path_factory) -> Course:
    """A clone with a class: right, wrong, mixed, untouched, and six whose first answer is a catastrophe."""
    course = Course(tmp_path_factory.mktemp("class"))
    copy_course(chapter.course, course.root)
    right = chapter.all_right()
    wrong = {e.name: chapter.attempt(e.name, False) for e in chapter.exercises if not e.manual and e.name != "quiz"}
    hand_in(course, "right", answered(chapter, right | {"explain_index": "Because."}))
    hand_in(course, "wrong", answered(chapter, wrong))
    hand_in(course, "mixed", answered(chapter, dict(list(right.items())[:5])))
    hand_in(course, "untouched", chapter.released)
    for student, (name, code) in BROKEN.items():
        hand_in(course, student, answered(chapter, right | {name: code}))
    folder = course.instructor / "submitted" / "garbage" / CHAPTER
    folder.mkdir(parents=True)
    (folder / f"{CHAPTER}.ipynb").write_text("no notebook at all")
    return course


@pytest.fixture(scope="module")
def graded(handed_in) -> tuple[Course, str]:
    return handed_in, grade(handed_in)


@pytest.mark.parametrize("student", sorted(BROKEN))
def test_a_catastrophe_costs_only_the_points_of_its_own_cell(chapter, graded, student):
    earned = points(graded[0])[student]
    expected = {e.name: e.points for e in chapter.exercises if not e.manual} | {BROKEN[student][0]: 0}
    assert {name: earned[name] for name in expected} == expected


def test_what_was_stopped_is_said_in_words(graded):
    said = " ".join(graded[1].split())
    assert f"endless: test_deliver: This cell ran for more than {CELL_SECONDS} seconds and was stopped." in said
    assert "leaving: test_deliver: It ended Python (exit code 0)." in said
    assert "crashing: test_deliver: It crashed Python (it reached into memory that is not its own)." in said


def test_a_submission_that_cannot_be_read_scores_nothing_and_stops_nobody(graded):
    assert sum(score or 0 for score in points(graded[0])["garbage"].values()) == 0
    assert "garbage:" in graded[1] and "11 graded" in graded[1] and "1 could not be read" in graded[1]


def test_the_rows_are_those_of_nbgraders_own_autograde(chapter, graded, tmp_path):
    honest = ("right", "wrong", "mixed", "untouched")
    other = Course(tmp_path / "other")
    copy_course(chapter.course, other.root)
    for student in honest:
        source = graded[0].instructor / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb"
        hand_in(other, student, nbformat.read(source, as_version=4))
    nbgrader(other.instructor, tmp_path, "generate_assignment", CHAPTER, "--force", "--create")
    nbgrader(other.instructor, tmp_path, "autograde", CHAPTER)
    ours, theirs = rows(graded[0]), rows(other)
    for kind in ("grades", "comments", "late"):
        assert [row for row in ours[kind] if row[0] in honest] == theirs[kind], kind


def test_a_second_run_grades_nobody_and_a_changed_submission_only_itself(chapter, graded):
    course, _ = graded
    before = rows(course)
    assert "11 graded already" in grade(course) and rows(course) == before
    hand_in(course, "untouched", answered(chapter, chapter.all_right()))
    said = grade(course)
    assert "10 graded already" in said and "1 graded in" in said
    assert points(course)["untouched"]["deliver"] > 0
    hand_in(course, "untouched", chapter.released)
    grade(course)
    assert rows(course) == before


def test_a_manual_score_survives_grading_again(graded):
    course, _ = graded
    with sqlite3.connect(course.instructor / "gradebook.db") as db:
        db.execute(
            "update grade set manual_score = 2, needs_manual_grade = 0 where cell_id in (select id from base_cell where "
            "name = 'explain_index') and notebook_id in (select n.id from submitted_notebook n join submitted_assignment s "
            "on s.id = n.assignment_id where s.student_id = 'right')"
        )
    grade(course, "--student", "right", "--force")
    row = next(r for r in rows(course)["grades"] if r[:2] == ("right", "explain_index"))
    assert (row[3], row[5]) == (2, 1)


def test_hidden_tests_are_nowhere_in_what_a_student_gets_back(chapter, graded, tmp_path):
    course, _ = graded
    nbgrader(course.instructor, tmp_path, "generate_feedback", CHAPTER, "--student", "wrong")
    page = (course.instructor / "feedback" / "wrong" / CHAPTER / f"{CHAPTER}.html").read_text()
    assert [line for line in chapter.hidden_lines() if line in page] == []


def test_a_submission_sees_no_secret_no_network_and_no_other(chapter, shut_in, tmp_path):
    course = Course(tmp_path / "class")
    copy_course(chapter.course, course.root)
    canary = course.instructor / "canary.txt"
    canary.write_text("the instructor's secret")
    look = f"""
import os, socket
found = []
private = {[str(canary), str(course.instructor / "gradebook.db"), str(course.instructor / "submitted"), "/root", "/home"]!r}
for path in private:
    try:
        found.append((path, open(path).read() if os.path.isfile(path) else os.listdir(path)))
    except OSError:
        pass
try:
    socket.create_connection(("127.0.0.1", 9), timeout=2)
    found.append("a network")
except OSError as error:
    found += ["a network"] if "refused" in str(error) else []
found += [name for name in os.environ if name == "COURSE_CANARY"]
found += [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) > 50]
try:
    open({str(course.data / "written")!r}, "w")
    found.append("could write")
except OSError:
    pass
print("FOUND", found)
"""
    hand_in(course, "spy", answered(chapter, chapter.all_right() | {"deliver": look + chapter.all_right()["deliver"]}))
    os.environ["COURSE_CANARY"] = "secret"
    try:
        grade(course)
    finally:
        del os.environ["COURSE_CANARY"]
    notebook = nbformat.read(course.instructor / "autograded" / "spy" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
    shown = "".join(o.get("text", "") for c in notebook.cells for o in c.get("outputs", []))
    found = next(line for line in shown.splitlines() if line.startswith("FOUND"))
    root_of_python = [part for part in ("('/root', ['.pyenv'])", "('/home', [])") if part in found]
    assert found == f"FOUND [{', '.join(root_of_python)}]"


def test_a_test_that_was_talked_into_passing_is_void(chapter, graded):
    course, _ = graded
    always = (
        "import course_utils.checks.call as _call\n"
        "class Agreeable:\n    def __getattr__(self, name):\n        return lambda *a, **k: self\n"
        "check = lambda *a, **k: Agreeable()\nsolved = lambda *a: None\n"
        "def deliver(values, positions, size):\n    return None"
    )
    hand_in(course, "forger", answered(chapter, {"deliver": always}))
    said = grade(course, "--student", "forger")
    assert sum(score or 0 for score in points(course)["forger"].values()) == 0
    assert "passes without an answer too" in said


@pytest.mark.parametrize("seconds", [3, 6, 9])
def test_a_kill_at_any_moment_loses_nothing_and_the_next_run_completes(chapter, graded, tmp_path, seconds):
    course = Course(tmp_path / "class")
    copy_course(chapter.course, course.root)
    for number in range(6):
        hand_in(course, f"s{number}", answered(chapter, chapter.all_right()))
    words = [*COURSE, "grade", "04"]
    process = subprocess.Popen(
        words,
        env=os.environ | {"COURSE_ROOT": str(course.root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    grade(course)
    full = sum(e.points for e in chapter.exercises if not e.manual)
    assert [sum(score or 0 for score in earned.values()) for earned in points(course).values()] == [full] * 6
    for path in (course.instructor / "autograded").rglob("*"):
        assert path.suffix in ("", ".ipynb", ".json"), path
        if path.suffix == ".ipynb":
            json.loads(path.read_text())


def test_a_chapter_without_submissions_is_said_in_a_sentence(chapter, shut_in, tmp_path):
    course = Course(tmp_path / "class")
    copy_course(chapter.course, course.root)
    assert "There are no submissions of 04_scatter" in " ".join(grade(course, expect=2).split())

"""The whole cycle of stock nbgrader, from source to feedback in a student's hand, by its own commands."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from classroom import CHAPTER, Chapter04, nbgrader, words_of
from nbgrader.api import Gradebook

from autograder.demo import answered
from course_utils.course import find_course
from course_utils.notebooks import write_notebook

pytestmark = pytest.mark.long
COURSE_ID = "pytorch-fundamentals"
STUDENTS = ("ada", "ben", "cleo", "dan")

# Right for the two visible examples only.
HARD_CODED = """def fill_row(rows, columns, row, values):
    out = torch.zeros(3, columns)
    out[0 if columns == 3 else 2] = values
    return out"""
# Shows the test that calls it: the kernel remembers the text of every cell.
SPYING = """def count_votes(votes, candidates):
    print(In[-1])
    return torch.bincount(votes, minlength=candidates)"""
WARNING = """import warnings

def deliver(values, positions, size):
    warnings.warn("careful")
    return values.new_zeros(size).scatter(0, positions, values)"""
# The quiz's visible check looks at its own questions only; the hidden test is a plain assert.
ONE_LETTER_TOO_MANY = 'answers = {"q1": "a", "q2": "b", "q3": "c", "q4": "b", "q5": "a", "q6": "a"}'
MARKERS = """def fill_row(rows, columns, row, values):
    ### BEGIN HIDDEN TESTS
    out = torch.zeros(rows, columns)  # an answer of my own
    ### END HIDDEN TESTS
    out[row] = values
    return out"""


@dataclass
class Cycle:
    """What the commands said and left behind."""

    root: Path
    homes: Path
    said: dict[str, str] = field(default_factory=dict)
    scores: dict[str, dict[str, float | None]] = field(default_factory=dict)
    totals: dict[str, float] = field(default_factory=dict)
    feedback: dict[str, str] = field(default_factory=dict)

    @property
    def course(self) -> Path:
        return self.root / "autograder"


def hand_in(chapter: Chapter04, student: str, notebook: Path) -> None:
    """Write a student's answers into the notebook that they fetched."""
    fetched = nbformat.read(notebook, as_version=4)
    if student == "ada":
        fetched = answered(fetched, chapter.all_right() | {"explain_index": "The index replaces the row only."})
    elif student == "ben":
        fetched = answered(
            fetched,
            {
                "deliver": WARNING,
                "fill_row": HARD_CODED,
                "count_votes": SPYING,
                "quiz": ONE_LETTER_TOO_MANY,
                "one_hot": chapter.attempt("one_hot", False),
            },
        )
    elif student == "dan":
        fetched = answered(
            fetched, {"deliver": "def deliver(values, positions, size)\n    return", "fill_row": MARKERS}
        )
        fetched.cells = [c for c in fetched.cells if c.metadata.get("nbgrader", {}).get("grade_id") != "test_fill_row"]
    write_notebook(notebook, fetched)


@pytest.fixture(scope="module")
def cycle(chapter, tmp_path_factory) -> Cycle:
    done = Cycle(chapter.course.root, tmp_path_factory.mktemp("homes"))
    exchange = done.root / "exchange"

    def instructor(*words: str) -> str:
        return nbgrader(done.course, done.homes / "instructor", *words)

    def student(name: str, *words: str) -> str:
        return nbgrader(done.homes / name / "pytorch", done.homes / name, *words, f"--student={name}")

    def fetch_and_submit(name: str) -> None:
        config = done.homes / name / ".jupyter" / "nbgrader_config.py"
        config.parent.mkdir(parents=True)
        config.write_text(students_config(exchange))
        (done.homes / name / "pytorch").mkdir()
        done.said[f"fetch {name}"] = student(name, "fetch_assignment", CHAPTER)
        hand_in(chapter, name, done.homes / name / "pytorch" / CHAPTER / f"{CHAPTER}.ipynb")
        done.said[f"submit {name}"] = student(name, "submit", CHAPTER)

    (done.homes / "instructor").mkdir()
    instructor("generate_assignment", CHAPTER)
    done.said["validate"] = instructor("validate", f"source/{CHAPTER}/{CHAPTER}.ipynb")
    instructor("release_assignment", CHAPTER)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(fetch_and_submit, STUDENTS))
    instructor("collect", CHAPTER)
    done.said["autograde"] = instructor("autograde", CHAPTER)
    instructor("generate_feedback", CHAPTER)
    instructor("release_feedback", CHAPTER)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: student(name, "fetch_feedback", CHAPTER), STUDENTS))
    done.said["export"] = instructor("export", "--to", "grades.csv") + (done.course / "grades.csv").read_text()
    with Gradebook(f"sqlite:///{done.course / 'gradebook.db'}", COURSE_ID) as gradebook:
        for name in STUDENTS:
            submission = gradebook.find_submission(CHAPTER, name)
            done.scores[name] = {g.cell.name: g.auto_score for n in submission.notebooks for g in n.grades}
            done.totals[name] = submission.score
    for name in STUDENTS:
        (page,) = (done.homes / name / "pytorch" / CHAPTER / "feedback").rglob("*.html")
        done.feedback[name] = page.read_text()
    return done


def students_config(exchange: Path) -> str:
    """The settings that docs/teaching.md tells students' accounts to have, with another folder for the exchange."""
    guide = (find_course().root / "docs" / "teaching.md").read_text()
    block = re.search(r"```python\n(.*?)```", guide, re.DOTALL)
    assert block, "docs/teaching.md has no settings for students"
    return block[1].replace("/srv/nbgrader/exchange", str(exchange))


def test_the_guide_names_every_step_in_order():
    guide = (find_course().root / "docs" / "teaching.md").read_text()
    steps = re.findall(r"^nbgrader (\w+)", guide, re.MULTILINE)
    assert steps == [
        "generate_assignment",
        "release_assignment",
        "fetch_assignment",
        "submit",
        "collect",
        "autograde",
        "generate_feedback",
        "release_feedback",
        "export",
    ]


def test_generate_assignment_writes_what_course_build_writes(cycle, chapter):
    from autograder.build import build

    assert build(chapter.course, chapter.source).stale(chapter.course) == []


def test_the_source_validates(cycle):
    assert "Success" in cycle.said["validate"]


def test_students_fetch_the_notebook_and_the_coach_and_no_source(cycle):
    fetched = {p.name for p in (cycle.homes / "cleo" / "pytorch" / CHAPTER).iterdir()}
    assert fetched == {f"{CHAPTER}.ipynb", "coach.json", "feedback"}


def test_nothing_released_or_graded_holds_a_script_of_the_source(cycle):
    folders = [
        cycle.root / "notebooks",
        cycle.root / "exchange",
        cycle.course / "submitted",
        cycle.course / "autograded",
        cycle.course / "feedback",
    ]
    assert [p for folder in folders for p in folder.rglob("*.py")] == []


def test_the_coach_is_there_when_a_submission_is_graded(cycle):
    assert (cycle.course / "autograded" / "ben" / CHAPTER / "coach.json").is_file()


def test_right_answers_earn_every_automatic_point(cycle, chapter):
    automatic = sum(e.points for e in chapter.exercises if not e.manual)
    assert cycle.totals["ada"] == automatic


def test_an_untouched_submission_earns_nothing(cycle):
    assert cycle.totals["cleo"] == 0
    assert set(cycle.scores["cleo"].values()) == {0}


def test_wrong_answers_cost_their_own_points_only(cycle, chapter):
    earned = {k for k, v in cycle.scores["ben"].items() if v}
    assert earned == {"test_deliver", "test_count_votes"}
    assert cycle.totals["ben"] == chapter.points("deliver", "count_votes")


def test_a_warning_costs_no_points(cycle):
    assert "careful" in words_of(cycle.feedback["ben"])
    assert cycle.scores["ben"]["test_deliver"] == 1


def test_a_syntax_error_costs_its_own_exercise_only(cycle, chapter):
    assert cycle.scores["dan"]["test_deliver"] == 0
    assert cycle.totals["dan"] == chapter.points("fill_row")


def test_a_deleted_test_cell_is_put_back_and_graded(cycle):
    assert cycle.scores["dan"]["test_fill_row"] == 1


def test_the_grades_are_exported(cycle):
    assert re.search(rf"{CHAPTER},.*,ben,", cycle.said["export"])


def test_the_written_answer_waits_for_a_person(cycle):
    assert cycle.scores["ada"]["explain_index"] is None


def test_feedback_names_the_slip(cycle):
    assert "You scattered along dim 0: the label chose the row." in re.sub(r"\s+", " ", words_of(cycle.feedback["ben"]))


def test_feedback_shows_the_message_of_a_check_that_only_a_hidden_test_makes(cycle):
    assert len(re.findall(r"fill_row\(.*\) is not right yet", words_of(cycle.feedback["ben"]))) == 1


@pytest.mark.parametrize("student", STUDENTS)
def test_feedback_quotes_no_line_of_a_hidden_test(cycle, chapter, student):
    page = words_of(cycle.feedback[student])
    assert [line for line in chapter.hidden_lines() if line in page] == []


def test_the_instructor_still_sees_the_hidden_tests(cycle, chapter):
    graded = (cycle.course / "autograded" / "ben" / CHAPTER / f"{CHAPTER}.ipynb").read_text()
    assert "BEGIN HIDDEN TESTS" in graded


def test_an_answer_that_holds_the_markers_is_shown_whole(cycle):
    assert "# an answer of my own" in words_of(cycle.feedback["dan"])


def test_feedback_shows_widgets_as_still_pictures_and_fetches_none(cycle):
    page = cycle.feedback["ada"]
    assert "data:image/svg+xml" in page or "<svg" in page
    for word in ("widget-view", "unpkg", "jsdelivr", "cdnjs"):
        assert word not in page


def test_the_only_gradebook_is_the_course_roots(cycle):
    found = {p for folder in (cycle.root, cycle.homes) for p in folder.rglob("*.db")}
    assert found == {cycle.course / "gradebook.db"}

"""Building a chapter: its tests must hold its attempts, and the same source gives the same bytes."""

import json
import textwrap

import nbformat
import pytest

from autograder.attempts import read_attempts
from autograder.build import build
from autograder.chapter import Source, exercises, read_source
from course_utils.course import Chapter, Course
from course_utils.errors import CourseError

ANSWER = (
    '# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, '
    '"grade_id": "double"}'
)
TEST = (
    '# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, '
    '"grade_id": "test_double", "points": 2}'
)
SCRIPT = f"""\
# ---
# jupyter:
#   course:
#     title: "Small"
#     minutes: 30
#     needs: []
#     objectives: ["double"]
# ---

# %% id="setup"
import torch
from course_utils import check, fresh, solved

# %% [markdown]
# ### Exercise 9.1 · Double
# ●○○○ · 5 minutes · 2 points
#
# Write double.

{ANSWER}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

{TEST}
check(double, torch.tensor([1.0, 3.0])).gives(torch.tensor([2.0, 6.0]))
solved(double)
### BEGIN HIDDEN TESTS
_x = fresh.floats(3)
check(double, _x).gives(_x + _x)
### END HIDDEN TESTS
"""
ATTEMPTS = """\
@right("double", way="add x to itself.")
def double(x):
    return x + x

@right("double")
def double(x):
    return x * 2

@wrong("double", say="You squared.")
def double(x):
    return x * x

@wrong("double", say="You gave it back unchanged.")
def double(x):
    return x.clone()

@wrong("double", hidden="The example is hard-coded.")
def double(x):
    return torch.tensor([2.0, 6.0])
"""


@pytest.fixture
def course(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "autograder").mkdir()
    return Course(tmp_path)


def write(course, script=SCRIPT, attempts=ATTEMPTS) -> Source:
    source = Source(Chapter("09_small"), course.instructor / "source" / "09_small")
    source.folder.mkdir(parents=True, exist_ok=True)
    source.script.write_text(script)
    source.attempts.write_text(attempts)
    return source


@pytest.fixture
def built(course):
    return build(course, write(course))


def test_a_release_holds_no_answer_and_no_hidden_test(built):
    text = b"".join(built.files.values()).decode()
    assert "return 2 * x" not in text and "_x + _x" not in text and "HIDDEN" not in text
    assert "raise NotImplementedError()" in text


def test_a_release_holds_the_visible_examples_and_the_slips_names(built):
    assert "torch.tensor([2.0, 6.0])" in built.files["09_small.ipynb"].decode()
    assert "You squared." in built.files["coach.json"].decode()


def test_no_script_and_no_attempts_are_released(built):
    assert sorted(built.files) == ["09_small.ipynb", "coach.json"]


def test_building_twice_gives_the_same_bytes(course, built):
    import shutil

    shutil.rmtree(course.instructor / ".cache")
    assert build(course, built.source).files == built.files


def test_an_unchanged_chapter_comes_from_the_cache(course, built, monkeypatch):
    def never(*args):
        raise AssertionError("ran the attempts again")

    monkeypatch.setattr("autograder.trial.try_attempts", never)
    assert build(course, built.source).files == built.files


def test_stale_names_what_a_publish_would_write(course, built):
    assert built.stale(course) == ["09_small.ipynb", "coach.json"]
    built.publish(course)
    assert built.stale(course) == []
    (course.released / "09_small" / "old.png").write_bytes(b"")
    assert built.stale(course) == ["old.png"]


def test_building_touches_no_gradebook(course, built):
    assert not list(course.root.rglob("*.db"))


def test_cell_ids_do_not_move_when_a_neighbour_is_added(course):
    before = {c.id for c in read_source(write(course)).cells}
    script = SCRIPT.replace(
        "# %% [markdown]\n# ### Exercise", "# %% [markdown]\n# New prose.\n\n# %% [markdown]\n# ### Exercise"
    )
    after = {c.id for c in read_source(write(course, script)).cells}
    assert before < after and len(after - before) == 1


def test_equal_cells_have_different_ids(course):
    ids = [c.id for c in read_source(write(course, SCRIPT + "\n# %%\n1\n\n# %%\n1\n")).cells]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    return x + x\n", "    return x + 1\n", "should pass"),
        ("    return x * x\n", "    return x + x\n", "the tests accept it"),
        ('hidden="The example is hard-coded."', 'say="Hard-coded."', "only the hidden tests reject it"),
        ('say="You squared."', 'hidden="no example"', "name the slip"),
        ('@right("double")\n', '@right("dubble")\n', "no exercise called dubble"),
        ('@right("double")\ndef', '@wrong("double", say="x")\ndef', "has 1 right"),
        ('way="add x to itself."', 'way=""', "no right attempt has way="),
        ('@wrong("double", say="You squared.")\n', '@wrong("double")\n', "either say="),
        ("def double(x):\n    return x + x", "def double(x)\n    return x + x", "line 2"),
    ],
)
def test_a_chapter_whose_tests_do_not_hold_its_attempts_does_not_build(course, old, new, words):
    assert old in ATTEMPTS
    with pytest.raises(CourseError, match=words):
        build(course, write(course, attempts=ATTEMPTS.replace(old, new)))
    assert not list(course.released.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2 points", "3 points", "promises 3 points"),
        ("# ●○○○ · 5 minutes · 2 points\n", "", "needs a line such as"),
        (
            "### BEGIN HIDDEN TESTS\n_x = fresh.floats(3)\ncheck(double, _x).gives(_x + _x)\n### END HIDDEN TESTS\n",
            "",
            "no hidden part",
        ),
        ('"test_double"', '"tests_double"', "no test cell"),
        ("minutes: 30", "minutes: 3", "exercises alone take 5"),
        ('#     title: "Small"\n', "", "lacks title"),
        ("return 2 * x", "return 3 * x", "reference notebook fails in cell 3"),
    ],
)
def test_a_malformed_source_is_refused_in_one_sentence(course, old, new, words):
    assert old in SCRIPT
    with pytest.raises(CourseError, match=words):
        build(course, write(course, SCRIPT.replace(old, new)))


def test_an_attempt_that_never_ends_is_stopped(course, monkeypatch):
    monkeypatch.setattr("autograder.trial.SECONDS_FOR_ONE", 1)
    forever = ATTEMPTS + '\n@wrong("double", say="It loops.")\ndef double(x):\n    while True:\n        pass\n'
    with pytest.raises(CourseError, match="It loops|stopped by signal"):
        build(course, write(course, attempts=forever))


def test_an_attempt_cannot_disturb_the_next(course):
    vandal = '@wrong("double", say="You broke torch.")\ndef double(x):\n    torch.tensor = None\n    return x - 100\n\n'
    build(course, write(course, attempts=vandal + ATTEMPTS))


def test_an_attempt_of_several_definitions_is_the_body_of_one_called_underscore(tmp_path):
    path = tmp_path / "attempts.py"
    path.write_text(
        textwrap.dedent("""
        @right("double", way="w")
        def _():
            def helper(x):
                return x
            def double(x):
                return helper(x) * 2
    """)
    )
    attempts, _ = read_attempts(path)
    space = {}
    exec(attempts[0].code, space)
    assert space["double"](4) == 8


def test_the_exercise_is_read_from_its_prompt(course):
    source = write(course)
    found = exercises(read_source(source), source)[0]
    assert (found.number, found.title, found.difficulty, found.out_of, found.minutes, found.points) == (
        "9.1",
        "Double",
        1,
        4,
        5,
        2,
    )


def test_the_released_notebook_is_valid_and_carries_the_chapters_facts(built):
    notebook = nbformat.reads(built.files["09_small.ipynb"].decode(), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.course.title == "Small" and "jupytext" not in notebook.metadata
    assert json.loads(built.files["09_small.ipynb"])["cells"][0]["id"] == "setup"

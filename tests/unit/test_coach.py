"""A slip is recognised by what came of it on a visible example."""

import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.checks import CheckFailed, check, check_quiz
from course_utils.checks.call import listening
from course_utils.checks.coach import encode, example_key, outcome, same
from course_utils.checks.predict import _judge
from course_utils.checks.quiz import seal

numbers = st.floats(allow_nan=True, allow_infinity=True, width=32) | st.integers(-1000, 1000)


@given(st.lists(numbers, max_size=6))
def test_an_encoded_value_equals_itself_after_json(values):
    stored = encode(torch.tensor(values, dtype=torch.float64))
    assert same(json.loads(json.dumps(stored)), stored)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=5), st.integers(0, 4))
def test_different_values_are_not_the_same(values, where):
    other = list(values)
    other[where % len(values)] += 1
    assert not same(encode(torch.tensor(values)), encode(torch.tensor(other)))


def test_rounding_does_not_hide_a_slip():
    a, b = torch.tensor([1 / 3]), torch.tensor([math.nextafter(1 / 3, 1)])
    assert same(encode(a), encode(b))


def test_a_tensor_with_a_graph_is_not_the_same_as_one_without():
    assert not same(encode(torch.ones(1)), encode(torch.ones(1, requires_grad=True)))


def test_an_example_is_known_by_its_function_and_arguments():
    args = (torch.tensor([1.0]), 3)
    assert example_key("f", args, {}) == example_key("f", (torch.tensor([1.0]), 3), {})
    assert example_key("f", args, {}) != example_key("g", args, {})
    assert example_key("f", args, {}) != example_key("f", (torch.tensor([1.5]), 3), {})


def add_one(x):
    return x


@pytest.fixture
def coached(tmp_path, monkeypatch):
    """A folder whose coach knows one slip of add_one, learned the way a build learns it."""
    learned = []
    with listening(lambda key, fault: learned.append((key, outcome(fault)))), pytest.raises(CheckFailed):
        check(add_one, torch.tensor([1.0])).gives(torch.tensor([2.0]))
    key, what = learned[0]
    words = {
        "slips": {key: [{**what, "say": "You gave x back unchanged."}]},
        "quiz": {"q1": {"key": seal("q1", "b"), "because": {"a": "A is for apples."}}},
    }
    (tmp_path / "coach.json").write_text(json.dumps(words))
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("coached")
def test_a_known_slip_is_named():
    with pytest.raises(CheckFailed, match="You gave x back unchanged"):
        check(add_one, torch.tensor([1.0])).gives(torch.tensor([2.0]))


@pytest.mark.usefixtures("coached")
def test_another_mistake_is_not_called_by_that_name():
    with pytest.raises(CheckFailed) as caught:
        check(lambda x: x * 3, torch.tensor([1.0])).gives(torch.tensor([2.0]))
    assert "unchanged" not in str(caught.value)


@pytest.mark.usefixtures("coached")
def test_the_quiz_says_why_a_letter_is_wrong(capsys):
    with pytest.raises(CheckFailed, match="A is for apples"):
        check_quiz({"q1": "A"})
    check_quiz({"q1": " B "})


@pytest.mark.usefixtures("coached")
def test_an_open_quiz_waits_kindly():
    with pytest.raises(CheckFailed, match="waiting for you"):
        check_quiz({"q1": ""})


@pytest.mark.usefixtures("coached")
def test_a_letter_that_was_not_offered_is_said():
    with pytest.raises(CheckFailed, match="not one of the letters"):
        check_quiz({"q1": "z"})


def test_a_damaged_coach_file_only_makes_the_check_say_less(tmp_path, monkeypatch):
    (tmp_path / "coach.json").write_text("{ not json")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckFailed, match="is not right yet"):
        check(add_one, torch.tensor([1.0])).gives(torch.tensor([2.0]))


@pytest.mark.parametrize(
    ("mine", "truth", "right"),
    [
        ((2, 3), lambda: torch.zeros(2, 3).shape, True),
        ([2, 3], lambda: torch.zeros(2, 3).shape, True),
        ([1, 2], lambda: torch.tensor([1, 2]), True),
        ([[1, 2]], lambda: torch.tensor([1, 2]), False),
        ("error", lambda: torch.zeros(2).view(3), True),
        ("RuntimeError", lambda: torch.zeros(2).view(3), True),
        (3, lambda: torch.zeros(2).view(3), False),
        ("float32", lambda: torch.zeros(2).dtype, True),
        (torch.float32, lambda: torch.zeros(2).dtype, True),
        (True, lambda: False, False),
        ("yes", lambda: "Yes", True),
        (0.3333, lambda: 1 / 3, True),
        (object(), lambda: torch.zeros(1), False),
    ],
)
def test_a_prediction_is_judged_by_its_meaning(mine, truth, right):
    assert _judge("?", mine, truth).right is right


def test_torch_is_not_asked_before_there_is_a_guess():
    asked = []
    assert _judge("?", ..., lambda: asked.append(1)).right is None
    assert not asked

"""`check` names what is wrong, by its kind, before it compares values."""

import linecache

import pytest
import torch

from course_utils.checks import CheckFailed, NotStarted, check, solved
from course_utils.checks.call import listening

EYE = torch.eye(2, 3)


def failure(call) -> str:
    with pytest.raises(CheckFailed) as caught:
        call()
    return str(caught.value)


def kind(call) -> str:
    kinds = []
    with listening(lambda key, fault: kinds.append(fault.kind if fault else None)), pytest.raises(CheckFailed):
        call()
    return kinds[-1]


def test_a_right_answer_passes_and_is_returned():
    assert check(lambda x: x + 1, torch.tensor([1])).gives(torch.tensor([2])).tolist() == [2]


def test_a_check_is_an_assertion_so_that_nbgrader_sees_a_failure():
    assert issubclass(CheckFailed, AssertionError)


def test_the_message_shows_the_call_and_the_values():
    def double(x):
        return x

    said = failure(lambda: check(double, torch.tensor([1.0, 2.0])).gives(torch.tensor([2.0, 4.0])))
    assert "double(tensor([1., 2.])) is not right yet" in said
    assert "first at [0]: yours 1, expected 2" in said


def test_untouched_is_said_kindly_and_is_no_error_message():
    def starter(x):
        raise NotImplementedError()

    with pytest.raises(NotStarted, match="starter is waiting for you"):
        check(starter, 1).gives(2)


def test_an_exercise_that_uses_an_untouched_one_names_that_one():
    earlier = "def earlier(x):\n    raise NotImplementedError()"
    later = "def later(x):\n    return earlier(x)"
    assert cells(SETUP, earlier, later, "check(later, 1).gives(1)").startswith("later uses earlier, which is waiting")


def test_torch_saying_not_implemented_is_not_taken_for_a_starter():
    def meta(x):
        return x.item()

    assert kind(lambda: check(meta, torch.empty((), device="meta")).gives(1.0)) == "raised"


@pytest.mark.parametrize(
    ("answer", "expected_kind"),
    [
        (lambda x: None, "returned-none"),
        (lambda x: [[1.0, 0, 0], [0, 1.0, 0]], "not-a-tensor"),
        (lambda x: EYE.numpy(), "not-a-tensor"),
        (lambda x: EYE.t(), "shape"),
        (lambda x: EYE.long(), "dtype"),
        (lambda x: EYE.to("meta"), "device"),
        (lambda x: EYE / 0, "not-finite"),
        (lambda x: EYE * 2, "values"),
        (lambda x: torch.rand(2, 3), "not-repeatable"),
        (lambda x: x.add_(1) * 0 + EYE, "changed-argument"),
        (lambda x: x.requires_grad_().detach() * 0 + EYE, "changed-flag"),
        (lambda x: x @ x, "raised"),
    ],
)
def test_each_fault_has_its_name(answer, expected_kind):
    assert kind(lambda: check(answer, torch.zeros(2, 3)).gives(EYE)) == expected_kind


def test_forgotten_return_is_named():
    assert "did you forget `return`" in failure(lambda: check(lambda: None).gives(torch.ones(1)))


@pytest.mark.parametrize(
    ("yours", "words"),
    [
        (EYE.t(), "a transpose, yours.t(), has the right shape. With that, the values are right too."),
        (EYE.unsqueeze(0), "squeeze(0) takes it away. With that, the values are right too."),
        (EYE.reshape(6), "their arrangement is not. With that, the values are right too."),
        (torch.ones(2, 4), "dim 1: 4 instead of 3"),
    ],
)
def test_a_wrong_shape_is_explained(yours, words):
    assert words in " ".join(failure(lambda: check(lambda: yours).gives(EYE)).split())


def test_a_missing_dimension_is_explained():
    assert "keepdim=True keeps it" in failure(lambda: check(lambda: torch.ones(2)).gives(torch.ones(2, 1)))


def test_permuted_dimensions_are_found():
    right = torch.arange(24.0).reshape(2, 3, 4)
    said = failure(lambda: check(lambda: right.permute(2, 0, 1).contiguous()).gives(right))
    assert "permute(1, 2, 0)" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: -t, "Every sign is turned round"),
        (lambda t: t * 3, "Every value is 3 times"),
        (lambda t: t + 1, "off by the same 1"),
        (lambda t: t.flip(1), "read backwards along dim 1"),
        (lambda t: t * 0, "all zeros"),
    ],
)
def test_a_simple_relation_between_values_is_said(change, words):
    right = torch.tensor([[1.0, 2.0, 4.0], [7.0, 5.0, 9.0]])
    assert words in failure(lambda: check(lambda: change(right)).gives(right))


def test_a_lost_graph_is_named_before_values():
    x = torch.ones(2, requires_grad=True)
    assert kind(lambda: check(lambda x: x.detach() * 5, x).gives(x.detach() * 2, graph=True)) == "lost-graph"


def test_gradients_must_arrive():
    x = torch.ones(2, requires_grad=True)
    check(lambda x: x * 3, x).gives(torch.full((2,), 3.0), gradients={"x": torch.full((2,), 3.0)})
    wrong = {"x": torch.full((2,), 4.0)}
    assert kind(lambda: check(lambda x: x * 3, x).gives(torch.full((2,), 3.0), gradients=wrong)) == "gradient-values"


def test_an_unwanted_graph_is_named():
    x = torch.ones(2, requires_grad=True)
    assert kind(lambda: check(lambda x: x * 1, x).gives(torch.ones(2), graph=False)) == "unwanted-graph"


def test_a_view_where_a_copy_was_asked_is_named_and_the_reverse():
    x = torch.arange(4)
    assert kind(lambda: check(lambda x: x[:2], x).gives(torch.arange(2), own_memory=True)) == "view-not-copy"
    assert kind(lambda: check(lambda x: x[[0, 1]], x).gives(torch.arange(2), shares_memory_with="x")) == "copy-not-view"
    check(lambda x: x[:2], x).gives(torch.arange(2), shares_memory_with="x")


def test_a_change_in_place_can_be_asked_for():
    def bump(x):
        x += 1

    check(bump, torch.zeros(2)).gives(None, changes={"x": torch.ones(2)})
    assert (
        kind(lambda: check(lambda x: None, torch.zeros(2)).gives(None, changes={"x": torch.ones(2)})) == "not-changed"
    )


def cells(*sources: str) -> str:
    """Run sources as a notebook's cells; the message of the check that fails in the last one."""
    space: dict = {}
    for number, source in enumerate(sources):
        file = f"<cell {number}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        code = compile(source, file, "exec")
        if number < len(sources) - 1:
            exec(code, space)
    with pytest.raises(CheckFailed) as caught:
        exec(code, space)
    return " ".join(str(caught.value).split())


SETUP = "import torch\nfrom torch import nn\nfrom course_utils import check"


def test_a_line_of_a_helper_of_the_tests_is_not_called_the_learners():
    answer = "def halve(x):\n    y = x / 2\n    return y.nothing"
    test = "def asked(f):\n    return f(torch.ones(2))\ncheck(asked, halve).gives(torch.ones(2))"
    assert "line 3 of the cell of `halve`: return y.nothing" in cells(SETUP, answer, test)


def test_a_line_of_the_learners_is_shown_where_their_function_was_called():
    assert "line 2 of your cell: return x.nothing" in cells(
        SETUP, "def halve(x):\n    return x.nothing", "check(halve, torch.ones(2)).gives(torch.ones(2))"
    )


def test_a_helper_says_which_class_waits():
    answer = "class Tower(nn.Module):\n    def __init__(self):\n        raise NotImplementedError()"
    test = "def height(kind):\n    return len(kind())\ncheck(height, Tower).gives(3)"
    assert cells(SETUP, answer, test).startswith("Tower is waiting for you.")


def test_a_misspelt_forward_is_not_taken_for_a_starter():
    answer = "class Net(nn.Module):\n    def foward(self, x):\n        return x\n\ndef run(x):\n    return Net()(x)"
    said = cells(SETUP, answer, "check(run, torch.ones(2)).gives(torch.ones(2))")
    assert "is waiting" not in said and "is it spelt `forward`" in said


def test_an_infinity_where_others_are_expected_is_not_explained_by_a_division_by_zero():
    answer = "def keep(x):\n    return torch.full_like(x, -torch.inf)"
    said = cells(SETUP, answer, "check(keep, torch.ones(2)).gives(torch.tensor([1.0, -torch.inf]))")
    assert "holds inf" in said and "0/0" not in said


def test_an_error_shows_the_learners_line_and_says_it_in_plain_words():
    def multiply(a, b):
        return a @ b

    said = " ".join(failure(lambda: check(multiply, torch.ones(2, 3), torch.ones(2, 3)).gives(torch.ones(2))).split())
    assert "return a @ b" in said and "the last size on the left must equal the first size on the right" in said


def test_a_wanted_error_passes_and_a_missing_one_fails():
    def refuse(x):
        raise ValueError("x must be positive")

    check(refuse, -1).raises(ValueError, "positive")
    assert kind(lambda: check(lambda x: x, -1).raises(ValueError)) == "did-not-raise"
    assert kind(lambda: check(refuse, -1).raises(ValueError, "seven")) == "other-message"


def test_a_condition_is_said_in_its_own_words():
    said = failure(lambda: check(lambda: torch.ones(2)).satisfies(lambda out: out.sum() == 1, "it sums to 1"))
    assert "This should hold: it sums to 1" in said


def test_parts_of_a_tuple_are_compared_one_by_one():
    said = failure(lambda: check(lambda: (torch.ones(1), torch.zeros(1))).gives((torch.ones(1), torch.ones(1))))
    assert "part 1 of the result" in said.lower()


@pytest.mark.parametrize(
    ("yours", "expected", "right"),
    [
        (2, 2, True),
        (2.0, 2, False),
        (True, 1, False),
        (0.1 + 0.2, 0.3, True),
        ("a", "b", False),
        ((1, 2), (1, 2), True),
        ([1, 2], (1, 2), False),
        (torch.Size([2]), (2,), True),
        (torch.float32, torch.float32, True),
        ({"a": 1}, {"b": 1}, False),
    ],
)
def test_plain_python_values_are_compared_by_value_and_type(yours, expected, right):
    if right:
        check(lambda: yours).gives(expected)
    else:
        failure(lambda: check(lambda: yours).gives(expected))


def test_the_random_state_of_the_learner_is_left_alone():
    from course_utils.checks import fresh

    torch.manual_seed(0)
    fresh.floats(5), fresh.permutation(5), fresh.bools(3)
    drawn = torch.rand(3)
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.rand(3))


def test_layouts_hold_the_same_values_in_different_strides():
    from course_utils.checks import fresh

    values = torch.arange(12.0).reshape(3, 4)
    laid = list(fresh.layouts(values))
    assert all(torch.equal(t, values) for t in laid)
    assert len({t.stride() for t in laid}) == 3


def test_solved_counts_the_examples(capsys):
    def twice(x):
        return 2 * x

    check(twice, 1).gives(2)
    check(twice, 2).gives(4)
    solved(twice)
    assert "twice: all 2 examples hold." in capsys.readouterr().out


def test_a_hostile_repr_does_not_hide_the_message():
    class Nasty:
        def __repr__(self):
            raise RuntimeError("no")

    assert "is not right yet" in failure(lambda: check(lambda: Nasty()).gives(3))


def test_returning_an_empty_argument_counts_as_sharing_its_memory():
    empty = torch.empty(0)
    check(lambda x: x, empty).gives(empty, shares_memory_with="x")
    assert kind(lambda: check(lambda x: x, empty).gives(empty, own_memory=True)) == "view-not-copy"


def test_the_second_call_sees_the_layout_of_the_first():
    every_second = torch.arange(8.0)[::2]
    check(lambda x: x.stride(), every_second).gives((2,))


def test_array_arguments_make_different_examples():
    import numpy as np

    from course_utils.checks.coach import example_key

    assert example_key("f", (np.zeros(2),), {}) != example_key("f", (np.ones(2),), {})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: torch.zeros(2).backward(), "There is no graph behind this tensor"),
        (lambda: torch.ones(2, requires_grad=True).mul(2).backward(), "backward() starts from one number"),
        (lambda: torch.ones(2, requires_grad=True).add_(1), "overwrite a leaf"),
        (lambda: torch.ones(2, requires_grad=True).numpy(), "NumPy knows no gradients"),
        (lambda: torch.ones(2, 3).t().view(6), "reshape copies where it must"),
        (lambda: torch.ones(2, 3) + torch.ones(2, 2), "These shapes do not broadcast"),
        (lambda: torch.ones(2, 3) @ torch.ones(2, 3), "matrix product"),
        (lambda: torch.zeros(2, 2).scatter_(0, torch.zeros(2, 2), torch.ones(2, 2)), "use .long()"),
        (lambda: torch.zeros(2, 2).scatter_(0, torch.zeros(2).long(), torch.ones(2)), "same number of dimensions"),
        (lambda: torch.zeros(2, 2).scatter_(0, torch.full((1, 2), 5), torch.ones(1, 2)), "past the end"),
        (lambda: torch.zeros(2, 2).scatter_(0, torch.zeros(1, 2).long(), torch.ones(1, 2).double()), "same dtype"),
        (lambda: torch.ones(2).item(), "exactly one element"),
        (lambda: torch.ones(3).view(2), "exactly as many elements"),
        (lambda: bool(torch.ones(2) > 0), "many answers"),
        (lambda: torch.ones(2, device="meta") + torch.ones(2), "different devices"),
        (lambda: torch.ones(2, device="meta").cpu(), "no values"),
        (lambda: torch.ones(2).long().requires_grad_(), "make the tensor float first"),
        (lambda: torch.ones(2).sum(dim=3), "That dim does not exist"),
        (lambda: torch.ones(2, requires_grad=True).mul(2).requires_grad_(False), "use detach()"),
    ],
)
def test_torchs_errors_are_put_into_plain_words(call, words):
    from course_utils.checks.torch_errors import in_plain_words

    with pytest.raises((RuntimeError, ValueError, IndexError, TypeError, NotImplementedError)) as caught:
        call()
    assert words in (in_plain_words(caught.value) or f"nothing for: {caught.value}")

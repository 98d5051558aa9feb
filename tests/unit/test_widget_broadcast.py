"""`show_broadcast` says what torch does with shapes, and its repairs really repair."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.errors import CourseError
from course_utils.pictures.values import short
from course_utils.widgets import show_broadcast
from course_utils.widgets.broadcast import OPERATIONS, broadcast_data
from course_utils.widgets.broadcast_repair import nearest_repair

HOSTILE = "<img src=x onerror=alert(1)></script>"
SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)


def fits(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return tuple(torch.broadcast_shapes(*shapes))
    except RuntimeError:
        return None


@settings(deadline=None)
@given(st.lists(SHAPES, min_size=2, max_size=3))
def test_the_result_and_its_columns_are_torchs(shapes):
    data = broadcast_data([f"t{i}" for i in range(len(shapes))], shapes)
    result = fits(*shapes)
    if result is None:
        assert data["result"] is None
        assert any(column["result"] is None for column in data["columns"])
    else:
        assert tuple(data["result"]) == result
        assert tuple(column["result"] for column in reversed(data["columns"])) == result


@settings(deadline=None)
@given(st.lists(SHAPES, min_size=2, max_size=3))
def test_a_repair_is_one_call_after_which_torch_broadcasts(shapes):
    repair = nearest_repair(shapes)
    if repair is None or fits(*shapes) is not None:
        return
    tensors = [torch.empty(shape) for shape in shapes]
    tensors[repair.operand] = eval(f"t.{repair.call}", {"t": tensors[repair.operand]})
    assert tuple(tensors[repair.operand].shape) == repair.shape
    assert tuple(torch.broadcast_tensors(*tensors)[0].shape) == repair.result


@pytest.mark.parametrize(
    ("shapes", "call"),
    [
        ([(3,), (3, 4)], "A.unsqueeze(1)"),
        ([(2, 3, 4), (2, 3)], "B.unsqueeze(2)"),
        ([(3,), (4,)], "A.unsqueeze(1)"),
        ([(4, 3), (3, 4)], "A.t()"),
    ],
)
def test_the_nearest_repair_is_the_one_with_the_smallest_result(shapes, call):
    data = broadcast_data(["A", "B"], shapes)
    assert data["repair"].startswith(f"{call} would make it")


def test_shapes_that_no_single_change_repairs_get_no_hint():
    assert broadcast_data(["A", "B"], [(2, 3), (4, 5, 6, 7)])["repair"] is None or fits((2, 3), (4, 5, 6, 7))


def test_shapes_that_fit_need_no_repair():
    assert broadcast_data(["A", "B"], [(3, 1), (4,)])["repair"] is None


@settings(deadline=None)
@given(st.sampled_from([((3, 1), (4,)), ((2, 1, 3), (2, 1)), ((), (2, 2)), ((1,), (5,)), ((0, 1), (3,))]))
def test_the_stretched_values_are_those_of_broadcast_tensors(shapes):
    tensors = [torch.arange(float(torch.Size(shape).numel())).reshape(shape) for shape in shapes]
    block = show_broadcast(*tensors).data["block"]
    for sheet, wide in zip(block["operands"], torch.broadcast_tensors(*tensors), strict=True):
        assert sheet["values"] == [short(v) for v in wide.flatten().tolist()]


@settings(deadline=None)
@given(st.sampled_from([((3, 1), (4,)), ((2, 1, 3), (2, 1)), ((), (2, 2)), ((1,), (5,))]))
def test_as_many_cells_are_an_operands_own_as_it_has_elements(shapes):
    block = broadcast_data(["A", "B"], list(shapes))["block"]
    assert [sum(sheet["own"]) for sheet in block["operands"]] == [torch.Size(shape).numel() for shape in shapes]


@pytest.mark.parametrize("op", OPERATIONS)
def test_the_result_block_is_torchs(op):
    a, b = torch.tensor([[1.0], [2.0]]), torch.tensor([2.0, 4.0, 0.5])
    made = show_broadcast(a, b, op=op).data["block"]["result"]["values"]
    assert made == [short(v) for v in getattr(torch, op)(a, b).flatten().tolist()]


def test_an_operation_takes_more_than_two_tensors():
    a, b, c = torch.ones(2, 1), torch.ones(3), torch.tensor(5)
    block = show_broadcast(a, b, c, op="add").data["block"]
    assert block["result"]["title"] == "A + B + C"
    assert block["result"]["values"] == ["7.0"] * 6


def test_the_dtype_of_the_result_is_torchs():
    made = show_broadcast(torch.arange(3), torch.tensor(2), op="add").data["block"]["result"]["values"]
    assert made == ["2", "3", "4"]


def test_a_result_larger_than_memory_is_computed_where_it_is_drawn():
    data = show_broadcast(torch.arange(10**6).unsqueeze(1), torch.arange(10**6), op="add").data
    assert len(json.dumps(data)) < 10_000
    assert "elements are drawn" in data["block"]["left_out"]
    assert data["block"]["result"]["values"][-1] == short(2 * (10**6 - 1))


def test_values_of_more_than_64_elements_are_not_shown():
    block = show_broadcast(torch.zeros(65), torch.zeros(1)).data["block"]
    assert [sheet["values"] is None for sheet in block["operands"]] == [True, False]


def test_a_tensor_that_requires_grad_can_be_shown():
    w = torch.ones(2, requires_grad=True)
    assert show_broadcast(w, w, op="mul").data["block"]["result"]["values"] == ["1.0", "1.0"]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: show_broadcast((3,)), "two or more"),
        (lambda: show_broadcast((3,), "four"), "was given str 'four'"),
        (lambda: show_broadcast((3,), (-1,)), "takes tensors or shapes"),
        (lambda: show_broadcast((3,), (True,)), "takes tensors or shapes"),
        (lambda: show_broadcast((3,), (3,), names=["x"]), "2 operands and 1 names"),
        (lambda: show_broadcast(torch.ones(1), torch.ones(1), op="matmul"), "'matmul' is none of them"),
        (lambda: show_broadcast(torch.ones(1), torch.ones(1), op=[]), "is none of them"),
        (lambda: show_broadcast(torch.ones(1), (1,), op="add"), "only a shape"),
        (lambda: show_broadcast(*[torch.ones(1)] * 3, op="eq"), "compares two tensors"),
        (lambda: show_broadcast(torch.tensor([True]), torch.tensor([True]), op="sub"), "torch.sub refuses"),
    ],
)
def test_what_cannot_be_broadcast_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(CourseError, match=sentence) as error:
        call()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "widget",
    [
        lambda: show_broadcast(torch.zeros(3, 1), torch.ones(4), names=[HOSTILE, "n" * 200], op="add"),
        lambda: show_broadcast((3,), (4, 5), names=[HOSTILE, "b"]),
        lambda: show_broadcast((64, 1, 28, 28), (3, 1, 1)),
        lambda: show_broadcast((), ()),
        lambda: show_broadcast((0,), (1,)),
    ],
)
def test_the_still_picture_is_xml_without_a_script(widget):
    shown = widget()
    json.dumps(shown.data, allow_nan=False)
    tags = {element.tag.split("}")[1] for element in ElementTree.fromstring(shown.to_svg()).iter()}
    assert tags <= {"svg", "title", "desc", "g", "rect", "text", "path"}
    assert "<img" not in shown.to_svg()

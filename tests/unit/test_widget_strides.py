"""`show_strides` tells the truth about memory: every cell names the box that torch really reads."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_utils.errors import CourseError
from course_utils.pictures.values import short
from course_utils.widgets import show_strides
from course_utils.widgets.strides import strides_data

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
X = torch.arange(12).reshape(3, 4)


def positions(data: dict, tensor: int = 0) -> list[int]:
    return [cell["position"] for cell in data["tensors"][tensor]["cells"]]


@st.composite
def views(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """A tensor of up to four dimensions, and a view of it made by up to three steps."""
    base = torch.arange(48.0)[: draw(st.sampled_from([1, 6, 12, 24, 48]))]
    shape = draw(st.sampled_from([s for s in [(1,), (2, 3), (3, 4), (2, 3, 4), (2, 3, 2, 4)] if _size(s) <= len(base)]))
    base = base[: _size(shape)].reshape(shape)
    view = base
    for _ in range(draw(st.integers(0, 3))):
        dim = draw(st.integers(0, view.dim() - 1)) if view.dim() else 0
        step = draw(st.sampled_from(["transpose", "step", "narrow", "expand", "select", "diagonal"]))
        if step == "transpose" and view.dim() > 1:
            view = view.transpose(dim, draw(st.integers(0, view.dim() - 1)))
        elif step == "step" and view.dim():
            view = view[(slice(None),) * dim + (slice(draw(st.integers(0, 1)), None, 2),)]
        elif step == "narrow" and view.dim() and view.shape[dim] > 1:
            view = view.narrow(dim, 1, view.shape[dim] - 1)
        elif step == "expand" and view.dim() < 4 and view.numel() <= 16:
            view = view.expand(2, *view.shape)
        elif step == "select" and view.dim() and view.shape[dim]:
            view = view.select(dim, 0)
        elif step == "diagonal" and view.dim() > 1:
            view = view.diagonal()
    return base, view


def _size(shape: tuple[int, ...]) -> int:
    return torch.Size(shape).numel()


@settings(deadline=None, max_examples=60)
@given(views())
def test_every_cell_names_the_box_that_torch_reads(pair):
    base, view = pair
    data = strides_data([base, view], ["base", "view"])
    raw = base.untyped_storage()
    memory = torch.empty(0).set_(raw, 0, (raw.nbytes() // 4,), (1,)).tolist()
    for cell in data["tensors"][1]["cells"]:
        assert view[tuple(cell["at"])].item() == memory[cell["position"]]
        assert cell["value"] == short(memory[cell["position"]])


@settings(deadline=None, max_examples=60)
@given(views())
def test_every_box_that_a_cell_names_is_drawn_with_the_cells_value(pair):
    data = strides_data(pair, ["base", "view"])
    for t in data["tensors"]:
        boxes = {box["at"]: box["value"] for box in data["storages"][t["storage"]]["boxes"]}
        assert all(boxes[cell["position"]] == cell["value"] for cell in t["cells"])


@settings(deadline=None, max_examples=60)
@given(views())
def test_a_view_stands_over_the_storage_of_its_base(pair):
    base, view = pair
    data = strides_data([base, view, view.clone()], ["base", "view", "copy"])
    assert [t["storage"] for t in data["tensors"]] == [0, 0, 1] if base.numel() and view.numel() else True


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda x: x.t(), [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]),
        (lambda x: x[:, ::2], [0, 2, 4, 6, 8, 10]),
        (lambda x: x.narrow(1, 1, 2), [1, 2, 5, 6, 9, 10]),
        (lambda x: x[0].expand(2, 4), [0, 1, 2, 3, 0, 1, 2, 3]),
        (lambda x: x.diagonal(), [0, 5, 10]),
        (lambda x: x[2, 3], [11]),
        (lambda x: x.flatten().unfold(0, 3, 1)[:2], [0, 1, 2, 1, 2, 3]),
    ],
)
def test_a_view_walks_the_boxes_in_this_order(make, where):
    data = strides_data([X, make(X)], ["x", "view"])
    assert data["tensors"][1]["storage"] == 0
    assert positions(data, 1) == where


@pytest.mark.parametrize("copy", [lambda x: x.flip(0), lambda x: x.t().contiguous(), lambda x: x.t().reshape(12)])
def test_a_copy_has_a_storage_of_its_own(copy):
    data = strides_data([X, copy(X)], ["x", "copy"])
    assert data["tensors"][1]["storage"] == 1
    assert "has storage 2 to itself" in " ".join(data["tensors"][1]["says"])


def test_a_reshape_that_needs_no_copy_shares_the_storage():
    assert strides_data([X, X.reshape(4, 3)], ["x", "r"])["tensors"][1]["storage"] == 0


def test_stride_zero_is_explained():
    assert "Stride 0 in dimension 0" in show_strides(torch.arange(3).expand(4, 3), names=["e"]).text


def test_a_size_of_one_is_no_repetition():
    assert "Stride 0" not in show_strides(torch.arange(3).expand(1, 3)).text


def test_what_is_not_contiguous_says_which_stride_would_be():
    assert "that would take the stride (3, 1)" in show_strides(X.t()).text


def test_channels_last_is_named():
    image = torch.zeros(2, 3, 2, 2).contiguous(memory_format=torch.channels_last)
    assert "channels_last" in show_strides(image).text


def test_two_dtypes_over_the_same_bytes_are_said_to_be_the_same_bytes():
    x = torch.tensor([1.0, 2.0])
    text = show_strides(x, x.view(torch.int32), names=["x", "bits"]).text
    assert "the same bytes as storage 1" in text
    assert short(x.view(torch.int32)[0].item()) in text


def test_a_lazy_conjugate_shows_its_own_value_and_the_boxs():
    z = torch.tensor([1 + 2j])
    data = strides_data([z.conj()], ["z"])
    assert data["tensors"][0]["cells"][0]["value"] == "1-2j"
    assert data["storages"][0]["boxes"][0]["value"] == "1+2j"


def test_two_empty_tensors_share_nothing():
    data = strides_data([torch.empty(0), torch.empty(0)], ["a", "b"])
    assert [t["storage"] for t in data["tensors"]] == [0, 1]


def test_an_empty_view_shares_the_storage_of_its_base():
    assert strides_data([X, X[3:]], ["x", "none"])["tensors"][1]["storage"] == 0


def test_a_single_number_is_the_box_at_its_offset():
    assert positions(strides_data([X[1, 2]], ["x"])) == [6]


def test_a_large_tensor_is_drawn_in_part_and_says_so():
    big = torch.zeros(1000, 1000)
    data = strides_data([big, big.t()], ["big", "t"])
    assert len(json.dumps(data)) < 20_000
    assert "of 1,000,000 elements are drawn" in data["tensors"][0]["left_out"]
    assert {cell["position"] for cell in data["tensors"][1]["cells"]} <= {b["at"] for b in data["storages"][0]["boxes"]}
    assert "are drawn" in data["storages"][0]["says"]


def test_a_tensor_expanded_beyond_memory_is_no_problem():
    assert strides_data([torch.zeros(1).expand(10**6, 10**6)], ["wide"])["storages"][0]["size"] == 1


def test_the_walk_says_where_elements_were_left_out():
    cells = strides_data([torch.zeros(100)], ["x"])["tensors"][0]["cells"]
    assert [cell["after_gap"] for cell in cells][-1] is True
    assert not any(cell["after_gap"] for cell in cells[1:-1])


def test_tensors_are_called_what_the_call_says():
    x = X
    data = show_strides(x, x.t(), x[:, ::2]).data
    assert [t["name"] for t in data["tensors"]] == ["x", "x.t()", "x[:, ::2]"]


def test_unpacked_arguments_are_called_by_letters():
    assert [t["name"] for t in show_strides(*[X, X]).data["tensors"]] == ["A", "B"]


def test_a_call_without_source_uses_letters():
    scope = {"show_strides": show_strides, "x": X}
    exec("w = show_strides(x, x)", scope)
    assert [t["name"] for t in scope["w"].data["tensors"]] == ["A", "B"]


def test_parameters_can_be_drawn_and_keep_their_grad():
    layer = torch.nn.Linear(2, 2)
    show_strides(layer.weight, layer.weight.t())
    assert layer.weight.requires_grad
    assert layer.weight.grad is None


def freed() -> Tensor:
    x = torch.zeros(4)
    x.untyped_storage().resize_(0)
    return x


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ([1, 2], "list"),
        (None, "None"),
        (torch.eye(2).to_sparse(), "sparse_coo, which has no strides"),
        (torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]), "nested"),
        (torch.empty(2, device="meta"), "device meta"),
        (torch.zeros(1, 1, 1, 1, 1), "5 dimensions"),
        (torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), "quantized"),
    ],
)
def test_what_has_no_strides_is_refused_in_one_sentence(bad, sentence):
    with pytest.raises(CourseError, match=sentence) as error:
        show_strides(bad, names=["it"])
    assert "\n" not in str(error.value)


def test_a_storage_that_was_taken_away_is_not_read():
    with pytest.raises(CourseError, match="reaches beyond its storage"):
        show_strides(freed())


def test_too_many_tensors_are_refused():
    with pytest.raises(CourseError, match="up to 6"):
        show_strides(*[X] * 7)


def test_too_few_names_are_refused():
    with pytest.raises(CourseError, match="2 tensors and 1 names"):
        show_strides(X, X, names=["x"])


@pytest.mark.parametrize(
    "widget",
    [
        lambda: show_strides(X, X.t(), X.t().contiguous(), names=[HOSTILE, "n" * 200, HOSTILE]),
        lambda: show_strides(torch.zeros(1000, 1000)),
        lambda: show_strides(torch.tensor(5), torch.empty(0, 3)),
        lambda: show_strides(torch.tensor([float("nan"), float("inf")])),
        lambda: show_strides(torch.zeros(2, 2, 2, 2)),
    ],
)
def test_the_still_picture_is_xml_without_a_script_or_a_request(widget):
    svg = widget().to_svg()
    tags = {element.tag.split("}")[1] for element in ElementTree.fromstring(svg).iter()}
    assert tags <= {"svg", "title", "desc", "g", "rect", "text", "path"}
    assert "onerror=alert(1)>" not in svg


def test_the_same_tensors_give_the_same_picture():
    assert show_strides(X, X.t()).to_svg() == show_strides(X, X.t()).to_svg()


def test_numbers_that_json_lacks_are_words():
    assert '"nan"' in json.dumps(show_strides(torch.tensor([float("nan")])).data, allow_nan=False)

"""`show_scatter` and `show_gather` replay what torch does: step by step, and to the same end."""

from __future__ import annotations

import json
import math
from collections import Counter
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_utils.errors import CourseError
from course_utils.pictures.scattering import carried_out
from course_utils.pictures.values import short
from course_utils.widgets import show_gather, show_scatter
from course_utils.widgets.scatter import gather_data, scatter_data

REDUCES = [None, "add", "multiply", "sum", "prod", "mean", "amax", "amin"]
TABLE = torch.arange(6.0).reshape(2, 3) + 1
HOSTILE = "<img src=x onerror=alert(1)>"


@st.composite
def scatters(draw: st.DrawFn) -> tuple[Tensor, int, Tensor, Tensor]:
    """A small scatter that torch carries out: whole numbers, so that every sum is exact."""
    dims = draw(st.integers(1, 3))
    index_shape = [draw(st.integers(1, 3)) for _ in range(dims)]
    dim = draw(st.integers(-dims, dims - 1))
    base_shape = [n + draw(st.integers(0, 1)) for n in index_shape]
    base_shape[dim] = draw(st.integers(1, 4))
    src_shape = [n + draw(st.integers(0, 1)) for n in index_shape]
    count = math.prod(index_shape)
    chosen = draw(st.lists(st.integers(0, base_shape[dim] - 1), min_size=count, max_size=count))
    index = torch.tensor(chosen).reshape(index_shape)
    src = torch.arange(float(math.prod(src_shape))).reshape(src_shape) - 2
    return torch.full(base_shape, 2.0), dim, index, src


@settings(deadline=None, max_examples=80)
@given(scatters(), st.sampled_from(REDUCES))
def test_the_last_write_to_each_cell_leaves_what_torch_leaves(call, reduce):
    base, dim, index, src = call
    data = scatter_data(base, dim, index, src, reduce)
    after = carried_out(base, dim, index, src, reduce)
    left = {tuple(step["target"]): step["after"] for step in data["steps"]}
    for cell in data["lower"]["cells"]:
        where = tuple(cell["at"])
        assert cell["final"] == short(after[where].item())
        assert left.get(where, short(base[where].item())) == cell["final"]


@settings(deadline=None, max_examples=80)
@given(scatters(), st.sampled_from([None, "sum", "prod", "mean", "amax", "amin"]))
def test_after_every_write_a_cell_holds_what_torch_makes_of_the_writes_so_far(call, reduce):
    base, dim, index, src = call
    held: dict[tuple[int, ...], list[float]] = {}
    for step in scatter_data(base, dim, index, src, reduce)["steps"]:
        target = tuple(step["target"])
        met = held.setdefault(target, [])
        assert step["nth"] == len(met) + 1
        met.append(src[tuple(step["source"])].item())
        places = torch.zeros(len(met), dtype=torch.int64)
        alone = carried_out(base[target].reshape(1), 0, places, torch.tensor(met), reduce)
        assert step["after"] == short(alone.item())
    expected = Counter(map(tuple, _targets(index, dim).tolist()))
    assert {where: len(met) for where, met in held.items()} == expected


def _targets(index: Tensor, dim: int) -> Tensor:
    places = torch.stack(torch.meshgrid(*(torch.arange(n) for n in index.shape), indexing="ij"), dim=-1)
    places[..., dim % index.dim()] = index
    return places.reshape(-1, index.dim())


@settings(deadline=None, max_examples=80)
@given(scatters())
def test_every_gathered_element_is_torchs_and_names_where_it_was_read(call):
    base, dim, index, _ = call
    base = torch.arange(float(base.numel())).reshape(base.shape)
    data = gather_data(base, dim, index)
    out = base.gather(dim, index)
    assert len(data["steps"]) == index.numel()
    for step in data["steps"]:
        assert step["after"] == short(out[tuple(step["target"])].item())
        assert step["value"] == short(base[tuple(step["source"])].item())


def test_each_write_before_the_last_starts_where_the_one_before_ended():
    data = scatter_data(torch.ones(2), 0, torch.tensor([1, 1, 1]), torch.tensor([10.0, 20.0, 30.0]), "sum")
    assert [(s["before"], s["after"], s["nth"], s["of"]) for s in data["steps"]] == [
        ("1.0", "11.0", 1, 3),
        ("11.0", "31.0", 2, 3),
        ("31.0", "61.0", 3, 3),
    ]


def test_plain_collisions_are_said_to_be_undefined():
    data = scatter_data(torch.zeros(3), 0, torch.tensor([1, 1]), torch.tensor([1.0, 2.0]))
    assert any("which one is not defined" in note for note in data["notes"])


def test_the_call_reads_as_python():
    for reduce in REDUCES:
        call = show_scatter(torch.zeros(3), 0, torch.tensor([1]), torch.tensor([2.0]), reduce).data["name"]
        scope = {"self": torch.zeros(3), "index": torch.tensor([1]), "src": torch.tensor([2.0])}
        assert isinstance(eval(call, scope), Tensor)


@pytest.mark.parametrize("reduce", [None, "add", "sum"])
def test_a_number_as_src_reads_as_python_too(reduce):
    call = show_scatter(torch.zeros(3), 0, torch.tensor([1]), 2.5, reduce).data["name"]
    scope = {"self": torch.zeros(3), "index": torch.tensor([1]), "torch": torch}
    assert isinstance(eval(call, scope), Tensor)


def test_the_marked_part_of_the_call_is_the_dim():
    data = scatter_data(torch.zeros(2, 3), -1, torch.tensor([[0]]), TABLE)
    assert [text for text, mark in data["code"] if mark] == ["dim=-1"]
    assert [text for text, mark in data["formula"] if mark] == ["index[i, j]"]
    assert "".join(text for text, _ in data["formula"]) == "self[i, index[i, j]] = src[i, j]"


def test_a_part_of_src_that_index_does_not_reach_is_not_used():
    data = scatter_data(torch.zeros(3, 3), 1, torch.tensor([[0, 2]]), torch.ones(2, 3))
    used = [tuple(cell["at"]) for cell in data["upper"]["cells"] if cell["index"] is not None]
    assert used == [(0, 0), (0, 1)]


def test_self_is_not_changed():
    base = torch.zeros(3)
    show_scatter(base, 0, torch.tensor([1]), torch.tensor([2.0]))
    assert base.tolist() == [0, 0, 0]


def test_an_empty_index_has_no_steps_and_keeps_all():
    data = scatter_data(torch.zeros(2, 3), 0, torch.empty(0, dtype=torch.int64), TABLE)
    assert data["steps"] == []
    assert "6 cells of self keep their values." in data["notes"]


def test_tensors_without_dimensions_are_moved_too():
    data = scatter_data(torch.tensor(1.0), 0, torch.tensor(0), torch.tensor(5.0))
    assert data["steps"][0]["after"] == "5.0"


def test_a_large_call_is_shown_in_part_and_says_so():
    index = torch.randint(0, 1000, (100, 50), generator=torch.Generator().manual_seed(0))
    data = scatter_data(torch.zeros(100, 1000), 1, index, torch.ones(100, 50))
    assert len(json.dumps(data)) < 20_000
    assert f"{len(data['steps'])} of them are shown, one by one." in data["notes"]
    first = tuple(data["steps"][0]["target"])
    assert first in {tuple(cell["at"]) for cell in data["lower"]["cells"]}


def test_hidden_writes_count_in_what_a_cell_holds():
    index, src = torch.zeros(1000, dtype=torch.int64), torch.ones(1000)
    steps = scatter_data(torch.zeros(2), 0, index, src, "sum")["steps"]
    assert steps[-1]["nth"] == 1000
    assert steps[-1]["after"] == "1000.0"


REFUSED = {
    "an index out of range": (torch.zeros(3, 2), 0, torch.tensor([[0, 3]]), torch.ones(1, 2)),
    "a negative index": (torch.zeros(3, 2), 0, torch.tensor([[0, -1]]), torch.ones(1, 2)),
    "an index larger than src": (torch.zeros(3, 3), 0, torch.tensor([[0, 1, 2]]), torch.ones(1, 2)),
    "an index larger than self": (torch.zeros(3, 2), 0, torch.tensor([[0, 1, 2]]), torch.ones(1, 3)),
    "other dimensions": (torch.zeros(3, 2), 0, torch.tensor([0, 1]), torch.ones(2)),
    "an index of floats": (torch.zeros(3), 0, torch.tensor([0.0]), torch.ones(1)),
    "another dtype": (torch.zeros(3), 0, torch.tensor([0]), torch.ones(1).double()),
    "no such dim": (torch.zeros(3), 2, torch.tensor([0]), torch.ones(1)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_call_names_its_rule_and_quotes_torch(case):
    base, dim, index, src = REFUSED[case]
    with pytest.raises(Exception) as raised:  # noqa: B017, PT011
        base.scatter(dim, index, src)
    refused = scatter_data(base, dim, index, src)["refused"]
    assert refused["torch"] == " ".join(str(raised.value).split())
    assert refused["rules"] and "Torch refuses" not in refused["rules"][0]


@pytest.mark.parametrize("case", ["an index out of range", "a negative index", "an index larger than src"])
def test_the_cell_that_breaks_a_rule_is_marked(case):
    boards = scatter_data(*REFUSED[case])["refused"]["boards"]
    wrong = [cell["at"] for cell in boards[1]["cells"] if cell["wrong"]]
    assert wrong == [[0, 2]] if "larger" in case else wrong == [[0, 1]]


def test_no_cell_is_marked_for_a_rule_that_is_not_said():
    refused = scatter_data(torch.zeros(3, 2), 0, torch.tensor([[9, 9]]), torch.ones(1, 2).double())["refused"]
    assert not any(cell.get("wrong") for board in refused["boards"] for cell in board["cells"])


def test_a_bad_index_in_a_large_tensor_is_among_the_shown_cells():
    index = torch.zeros(500, 500, dtype=torch.int64)
    index[321, 123] = 5000
    boards = scatter_data(torch.zeros(500, 500), 0, index, torch.zeros(500, 500))["refused"]["boards"]
    assert [c["at"] for c in boards[1]["cells"] if c["wrong"]] == [[321, 123]]


def test_a_gather_out_of_range_is_refused_in_words():
    refused = gather_data(TABLE, 1, torch.tensor([[0, 3]]))["refused"]
    assert "index[0, 1] is 3" in refused["rules"][0]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: show_scatter([0.0], 0, torch.tensor([0]), 1.0), "needs a tensor as self_tensor"),
        (lambda: show_scatter(torch.zeros(1), 0, [0], 1.0), "needs a tensor as index"),
        (lambda: show_scatter(torch.zeros(1), 0, torch.tensor([0]), "one"), "tensor or a number as src"),
        (lambda: show_scatter(torch.zeros(1), "0", torch.tensor([0]), 1.0), "whole number as dim"),
        (lambda: show_gather(torch.zeros(1), None, torch.tensor([0])), "whole number as dim"),
        (lambda: show_gather(torch.zeros(1, device="meta"), 0, torch.tensor([0])), "holds no values"),
    ],
)
def test_what_is_no_scatter_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(CourseError, match=sentence) as error:
        call()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "widget",
    [
        lambda: show_scatter(torch.zeros(3), 0, torch.tensor([1, 1]), torch.tensor([1.0, math.nan])),
        lambda: show_scatter(torch.zeros(3, 2, 2), 0, torch.tensor([[[2, 0], [1, 2]]]), torch.ones(1, 2, 2)),
        lambda: show_scatter(torch.zeros(3), 0, torch.tensor([1]), torch.ones(1), HOSTILE),
        lambda: show_scatter(*REFUSED["another dtype"]),
        lambda: show_scatter(torch.zeros(2, 3), 0, torch.empty(0, dtype=torch.int64), TABLE),
        lambda: show_gather(TABLE, 1, torch.tensor([[0, 3]])),
        lambda: show_gather(TABLE, 1, torch.tensor([[2, 0]])),
    ],
)
def test_the_still_picture_is_xml_without_a_script(widget):
    shown = widget()
    json.dumps(shown.data, allow_nan=False)
    tags = {element.tag.split("}")[1] for element in ElementTree.fromstring(shown.to_svg()).iter()}
    assert tags <= {"svg", "title", "desc", "g", "rect", "text", "tspan", "path", "circle"}
    assert "<img" not in shown.to_svg()

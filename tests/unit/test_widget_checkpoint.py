"""Two state dicts compared: every number against torch, every verdict against load_state_dict, no pickle run."""

from __future__ import annotations

import json
import os
import pickle
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.errors import CourseError
from course_utils.widgets import checkpoint_compare, show_checkpoint
from course_utils.widgets.checkpoint_compare import difference

HOSTILE = '</script><img src=x onerror="alert(1)">'


def rows(widget) -> dict[str, dict]:
    return {row["key"]: row for row in widget.data["rows"]}


def statuses(a, b) -> dict[str, str]:
    return {key: row["status"] for key, row in rows(show_checkpoint(a, b)).items()}


numbers = st.floats(-1e6, 1e6, width=32) | st.sampled_from([float("nan"), float("inf"), -float("inf"), 0.0])


@settings(deadline=None)
@given(st.lists(st.tuples(numbers, numbers), max_size=30))
def test_a_difference_is_torchs_own(pairs):
    a, b = (torch.tensor([pair[i] for pair in pairs], dtype=torch.float32) for i in (0, 1))
    told = difference(a, b)
    equal = torch.isclose(a, b, rtol=0, atol=0, equal_nan=True)
    assert told["count"] == int((~equal).sum())
    delta = torch.where(equal, torch.zeros_like(a, dtype=torch.float64), b.double() - a.double())
    finite = delta[delta.isfinite()].abs()
    assert told["odd"] == int((~delta.isfinite()).sum())
    assert told["max"] == pytest.approx(finite.max().item() if len(finite) else 0, rel=1e-5)
    assert told["mean"] == pytest.approx(finite.mean().item() if len(finite) else 0, rel=1e-5)
    if told["histogram"]:
        assert sum(told["histogram"]["counts"]) == len(finite)
    if told["first"] is not None:
        assert told["first"] == [int((~equal).nonzero()[0])]


def test_a_difference_is_the_same_in_one_piece_and_in_many(monkeypatch):
    a, b = torch.randn(7, 11), torch.randn(7, 11)
    whole = difference(a, b)
    monkeypatch.setattr(checkpoint_compare, "PIECE", 5)
    assert difference(a, b) == whole


@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.bool, torch.float16, torch.bfloat16, torch.complex64, torch.uint8]
)
def test_every_dtype_can_be_compared(dtype):
    a = torch.tensor([0, 1, 1]).to(dtype)
    told = difference(a, torch.tensor([0, 1, 0]).to(dtype))
    assert (told["count"], told["max"], told["first"]) == (1, 1.0, [2])


@pytest.mark.parametrize("change", [lambda t: t.t().contiguous().t(), lambda t: t.to_sparse(), lambda t: t.clone()])
def test_layout_does_not_count_as_change(change):
    a = torch.randn(4, 3)
    assert difference(a, change(a))["count"] == 0


def test_a_changed_element_is_found_where_it_is():
    a = torch.zeros(3, 4)
    assert difference(a, a.index_put((torch.tensor(2), torch.tensor(1)), torch.tensor(5.0)))["first"] == [2, 1]


def test_each_key_gets_the_status_that_is_true_of_it():
    a = {key: torch.ones(2) for key in ("same", "changed", "shape", "dtype", "gone")}
    b = {key: torch.ones(2) for key in ("same", "changed", "shape", "dtype", "new")}
    b |= {"changed": torch.zeros(2), "shape": torch.ones(3), "dtype": torch.ones(2).half()}
    assert statuses(a, b) == {
        "same": "same",
        "changed": "changed",
        "shape": "shape",
        "dtype": "dtype",
        "gone": "missing",
        "new": "unexpected",
    }


def test_two_nan_at_one_place_are_the_same():
    a = torch.tensor([float("nan"), 1.0])
    assert statuses({"a": a}, {"a": a.clone()}) == {"a": "same"}


def test_meta_tensors_are_compared_by_shape_and_dtype():
    with torch.device("meta"):
        assert set(statuses(nn.Linear(2, 3), nn.Linear(2, 3)).values()) == {"same"}


def test_extra_state_is_compared_as_what_it_is():
    a = {"w": torch.ones(1), "_extra_state": {"step": 1}}
    assert statuses(a, {**a, "_extra_state": {"step": 2}})["_extra_state"] == "changed"
    assert statuses(a, dict(a))["_extra_state"] == "same"


keys = st.dictionaries(
    st.sampled_from(["w", "b", "x.w", "x.b", "y.0.w"]),
    st.sampled_from([(torch.float32, (2,)), (torch.float32, (3,)), (torch.float16, (2,)), (torch.int64, ())]),
    min_size=1,
)


def nested(values: dict) -> nn.Module:
    root = nn.Module()
    for key, value in values.items():
        *path, last = key.split(".")
        at = root
        for part in path:
            if not hasattr(at, part):
                at.add_module(part, nn.Module())
            at = getattr(at, part)
        at.register_buffer(last, value)
    return root


@settings(deadline=None)
@given(keys, keys)
def test_the_verdict_is_that_of_load_state_dict(one, other):
    a, b = ({k: torch.zeros(shape, dtype=dtype) for k, (dtype, shape) in d.items()} for d in (one, other))
    told = show_checkpoint(a, b).data
    for strict, word in ((True, "strict"), (False, "loose")):
        message = None
        try:
            nested(a).load_state_dict(b, strict=strict)
        except RuntimeError as error:
            message = str(error)
        assert told["verdict"][word] == message
    assert ("works: every key" in told["verdict"]["words"]) == (told["verdict"]["strict"] is None)


def test_loading_is_tried_on_a_copy():
    model = nn.Linear(2, 2)
    before = model.weight.clone()
    show_checkpoint(model, {"weight": torch.zeros(2, 2), "bias": torch.zeros(2)})
    assert torch.equal(model.weight, before)


def test_a_module_with_rules_of_its_own_for_loading_is_asked_itself():
    class Picky(nn.Linear):
        def _load_from_state_dict(self, *args):
            raise RuntimeError("not today")

    assert show_checkpoint(Picky(1, 1), nn.Linear(1, 1)).data["verdict"]["strict"] == "not today"


def test_a_module_that_cannot_be_copied_is_compared_all_the_same():
    model = nn.Linear(2, 2)
    model.file = open(os.devnull)  # noqa: SIM115
    told = show_checkpoint(model, nn.Linear(2, 3)).data["verdict"]
    model.file.close()
    assert "cannot be copied" in told["ran"]
    assert "size mismatch for weight" in told["strict"]


def test_words_say_that_strict_false_does_not_help_with_shapes():
    assert "strict=False does not help" in show_checkpoint(nn.Linear(2, 2), nn.Linear(2, 3)).text


def test_words_say_that_a_dtype_is_converted_silently():
    widget = show_checkpoint(nn.Linear(2, 2), nn.Linear(2, 2).half())
    assert "2 tensors would be converted" in widget.text


def test_a_file_of_torch_save_is_read(tmp_path):
    path = tmp_path / "model.pt"
    model = nn.Linear(2, 2)
    torch.save(model.state_dict(), path)
    assert set(statuses(model, path).values()) == {"same"}
    assert set(statuses(str(path), model).values()) == {"same"}


class Attack:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(tmp_path):
    path = tmp_path / "evil.pt"
    torch.save({"weight": Attack(tmp_path / "owned")}, path)
    with pytest.raises(CourseError, match=r"evil.pt was refused: it asks for \w+.mkdir, and reading it could run code"):
        show_checkpoint({"weight": torch.ones(1)}, path)
    assert not (tmp_path / "owned").exists()


def test_a_plain_pickle_is_refused_and_does_not_run(tmp_path):
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps({"weight": Attack(tmp_path / "owned")}))
    with pytest.raises(CourseError, match="was refused"):
        show_checkpoint({"weight": torch.ones(1)}, path)
    assert not (tmp_path / "owned").exists()


def test_a_whole_module_in_a_file_is_refused(tmp_path):
    torch.save(nn.Linear(1, 1), tmp_path / "model.pt")
    with pytest.raises(CourseError, match="torch.nn.modules.linear.Linear"):
        show_checkpoint(nn.Linear(1, 1), tmp_path / "model.pt")


@pytest.mark.parametrize("content", [b"", b"not a file of torch", b"PK\x03\x04 broken", bytes(range(256))])
def test_a_broken_file_is_said_in_one_sentence(tmp_path, content):
    (tmp_path / "broken.pt").write_bytes(content)
    with pytest.raises(CourseError, match="broken.pt"):
        show_checkpoint(nn.Linear(1, 1), tmp_path / "broken.pt")


def test_a_truncated_file_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "half.pt"
    torch.save(nn.Linear(9, 9).state_dict(), path)
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(CourseError, match="half.pt"):
        show_checkpoint(nn.Linear(9, 9), path)


@pytest.mark.parametrize(
    ("given_b", "words"),
    [
        (3, "b is int 3"),
        ("nowhere.pt", "no file nowhere.pt"),
        ({}, "empty"),
        ({1: torch.ones(1)}, "has the key 1"),
        ({"lr": 0.1}, "has float 0.1 under 'lr'"),
        ({"model": {"w": torch.ones(1)}, "epoch": 3}, r"the parts 'model', 'epoch'; .* checkpoint\['model'\]"),
        ([torch.ones(1)], "b is list"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(given_b, words):
    with pytest.raises(CourseError, match=words):
        show_checkpoint(nn.Linear(1, 1), given_b)


@pytest.mark.parametrize("names", ["ab", ("a",), (1, 2), None])
def test_names_are_two_words(names):
    with pytest.raises(CourseError, match="names are two words"):
        show_checkpoint(nn.Linear(1, 1), nn.Linear(1, 1), names=names)


@pytest.mark.parametrize("name", [HOSTILE, "n" * 200, "a..b", ".", ""])
def test_a_hostile_key_stays_text(name):
    widget = show_checkpoint({name: torch.ones(1)}, {"w": torch.ones(1)}, names=(HOSTILE, "b"))
    ElementTree.fromstring(widget.to_svg())
    assert "<img" not in widget.to_svg() + widget.to_html()


def test_a_key_that_is_both_a_module_and_a_tensor_is_compared():
    a = {"x": torch.ones(1), "x.w": torch.ones(1)}
    assert statuses(a, dict(a)) == {"x": "same", "x.w": "same"}


def test_many_keys_keep_those_that_differ_and_say_what_is_left_out():
    a = {f"layer{i}.w": torch.ones(1) for i in range(5000)}
    b = {**a, "layer4999.w": torch.zeros(1)}
    widget = show_checkpoint(a, b)
    assert widget.data["left_out"] == 1000
    assert rows(widget)["layer4999.w"]["status"] == "changed"
    assert sum(widget.data["counts"].values()) == 5000


def test_large_tensors_travel_as_statistics():
    a = {"w": torch.randn(300, 300)}
    widget = show_checkpoint(a, {"w": a["w"] + 1})
    assert len(json.dumps(widget.data, allow_nan=False)) < 3000
    assert rows(widget)["w"]["change"]["max"] == pytest.approx(1, rel=1e-5)


def test_nothing_is_written_to_what_is_compared():
    a = {"w": torch.randn(3)}
    kept = a["w"].clone()
    show_checkpoint(a, {"w": torch.zeros(3)})
    assert torch.equal(a["w"], kept)

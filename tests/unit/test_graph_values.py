"""A tensor as data: exact when it is small, statistics that are true when it is large, and always JSON."""

import json
import math
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import course_utils.graphs
from course_utils.graphs.values import BINS, SAMPLE, WHOLE, Snapshot, value_of

SCHEMA = json.loads((Path(course_utils.graphs.__file__).parent / "graph.schema.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA["$defs"]["value"])

anything = st.floats(width=32) | st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 3e38, 1e-45])
lists = st.lists(anything, max_size=40)


def valid(value: dict) -> dict:
    VALID.validate(value)
    json.loads(json.dumps(value, allow_nan=False))
    return value


@settings(deadline=None)
@given(lists)
def test_the_elements_of_a_small_tensor_are_written_to_six_digits(numbers):
    tensor = torch.tensor(numbers, dtype=torch.float32)
    value = valid(value_of(tensor))
    assert value["shape"] == [len(numbers)] and value["dtype"] == "float32" and value["sampled"] is None
    for written, number in zip(value["data"], tensor.tolist(), strict=True):
        assert float(written) == pytest.approx(number, rel=1e-5, abs=0, nan_ok=True)
        assert isinstance(written, str) == (not math.isfinite(number))


@settings(deadline=None)
@given(lists.filter(lambda numbers: len(numbers) > 4))
def test_statistics_are_those_of_the_finite_elements(numbers):
    tensor = torch.tensor(numbers, dtype=torch.float32).to(torch.float64)
    stats = valid(value_of(tensor))["stats"]
    array = tensor.numpy()
    finite = array[np.isfinite(array)]
    assert stats["count"] == len(numbers)
    assert stats["nan"] == int(np.isnan(array).sum()) and stats["inf"] == int(np.isinf(array).sum())
    assert stats["zeros"] == int((array == 0).sum())
    if finite.size == 0:
        assert stats["min"] == stats["max"] == stats["mean"] == stats["std"] == "nan"
    else:
        assert stats["min"] == pytest.approx(finite.min(), rel=1e-5) and stats["max"] == pytest.approx(
            finite.max(), rel=1e-5
        )
        scale = max(abs(finite).max(), 1e-300)
        assert stats["mean"] == pytest.approx(finite.mean(), rel=1e-4, abs=1e-5 * scale)
        assert stats["std"] == pytest.approx(finite.std(), rel=1e-4, abs=1e-5 * scale)


@settings(deadline=None)
@given(st.integers(WHOLE + 1, 5000), st.integers(0, 2**31), st.floats(0, 1))
def test_a_histogram_counts_every_finite_element_that_was_looked_at(count, seed, spoiled):
    generator = torch.Generator().manual_seed(seed)
    tensor = torch.randn(count, generator=generator)
    tensor[torch.rand(count, generator=generator) < spoiled] = math.nan
    value = valid(value_of(tensor))
    looked_at = value["sampled"] or count
    assert "data" not in value and looked_at <= max(SAMPLE, WHOLE)
    if "histogram" in value:
        histogram = value["histogram"]
        assert sum(histogram["counts"]) == looked_at - value["stats"]["nan"]
        assert len(histogram["counts"]) == (BINS if histogram["high"] > histogram["low"] else 1)
        assert (histogram["low"], histogram["high"]) == (value["stats"]["min"], value["stats"]["max"])
    else:
        assert value["stats"]["nan"] == looked_at


def test_the_bins_of_a_histogram_are_equally_wide():
    value = value_of(torch.arange(BINS * 12, dtype=torch.float32))
    assert value["histogram"]["counts"] == [12] * BINS


@pytest.mark.parametrize("extreme", [[-3e38] * 150 + [3e38] * 150, [1e308] * 150 + [-1e308] * 150])
def test_a_histogram_survives_the_largest_numbers(extreme):
    tensor = torch.tensor(extreme, dtype=torch.float64)
    counts = valid(value_of(tensor))["histogram"]["counts"]
    assert counts[0] == counts[-1] == 150 and sum(counts) == 300


def test_four_elements_are_read_at_a_glance_and_five_have_statistics():
    assert "stats" not in value_of(torch.ones(4)) and "stats" in value_of(torch.ones(5))


def test_a_tensor_of_equal_elements_has_one_bin():
    value = valid(value_of(torch.full((300,), 2.5)))
    assert value["histogram"] == {"low": 2.5, "high": 2.5, "counts": [300]}


def test_a_tensor_without_one_finite_element_has_no_histogram():
    value = valid(value_of(torch.full((300,), math.nan)))
    assert "histogram" not in value and value["stats"]["nan"] == 300 and value["stats"]["mean"] == "nan"


def test_the_number_of_elements_written_out_can_be_less():
    value = valid(value_of(torch.arange(20.0), whole=12))
    assert "data" not in value and value["stats"]["count"] == 20 and value["sampled"] is None
    assert sum(value["histogram"]["counts"]) == 20


@pytest.mark.parametrize(
    ("tensor", "written"),
    [
        (torch.tensor([True, False]), [True, False]),
        (torch.tensor([1, -2]), [1, -2]),
        (torch.tensor([2**62, 5]), [str(2**62), 5]),
        (torch.tensor([200], dtype=torch.uint8), [200]),
        (torch.tensor([0.1], dtype=torch.float64), [0.1]),
        (torch.tensor([1 / 3], dtype=torch.float16), [0.333252]),
        (torch.tensor([1 / 3], dtype=torch.bfloat16), [0.333984]),
        (torch.tensor([1 + 2j, complex(math.nan, -math.inf)]), ["1+2j", "nan-infj"]),
        (torch.tensor([1 + 2j]).conj(), ["1-2j"]),
        (torch.tensor(7.0), [7.0]),
        (torch.empty(0, 3), []),
        (torch.tensor([[1.0, 2.0], [3.0, 4.0]]).t(), [1.0, 3.0, 2.0, 4.0]),
        (torch.tensor([1.0]).expand(3), [1.0, 1.0, 1.0]),
        (torch.tensor([0.0, 2.0]).to_sparse(), [0.0, 2.0]),
        (torch.eye(2).to_sparse_csr(), [1.0, 0.0, 0.0, 1.0]),
    ],
    ids=str,
)
def test_every_kind_of_element_is_written_in_row_major_order(tensor, written):
    value = valid(value_of(tensor))
    assert value["data"] == written
    assert value["shape"] == list(tensor.shape) and value["dtype"] == str(tensor.dtype).removeprefix("torch.")


@pytest.mark.parametrize(
    "tensor",
    [
        torch.rand(300, dtype=torch.float64),
        torch.rand(300).to(torch.bfloat16),
        torch.rand(300).to(torch.float16),
        torch.rand(300) > 0.5,
        torch.arange(300),
        torch.rand(300) * 1j,
        torch.rand(30, 30).t(),
        torch.rand(60, 60).t()[::2],
        torch.rand(1).expand(5000),
        torch.rand(40, 40).to_sparse(),
    ],
    ids=lambda t: f"{t.dtype}{tuple(t.shape)}",
)
def test_every_kind_of_large_tensor_has_statistics(tensor):
    value = valid(value_of(tensor))
    assert value["stats"]["count"] == tensor.numel() and "histogram" in value


def test_complex_numbers_are_counted_by_their_absolute_value():
    value = value_of(torch.tensor([3 + 4j] * 5))
    assert value["stats"]["min"] == value["stats"]["max"] == 5.0


def test_a_tensor_on_meta_has_a_shape_and_no_numbers():
    assert valid(value_of(torch.ones(2, 3, device="meta"))) == {"shape": [2, 3], "dtype": "float32", "sampled": None}


def test_a_quantized_tensor_shows_the_numbers_that_it_stands_for():
    tensor = torch.quantize_per_tensor(torch.tensor([0.5, 1.0]), 0.5, 0, torch.qint8)
    assert valid(value_of(tensor))["data"] == [0.5, 1.0]


@pytest.mark.parametrize("shape", [(SAMPLE * 3 + 1,), (123, 457), (7, 11, 13, 17)])
@pytest.mark.parametrize("turned", [False, True])
def test_a_sample_is_spread_over_the_whole_tensor(shape, turned):
    tensor = torch.arange(math.prod(shape), dtype=torch.float64).reshape(shape)
    tensor = tensor.transpose(0, -1) if turned else tensor
    value = valid(value_of(tensor))
    assert value["sampled"] <= SAMPLE and value["stats"]["count"] == tensor.numel()
    assert value["stats"]["min"] < 0.02 * tensor.numel() and value["stats"]["max"] > 0.98 * tensor.numel()
    assert value["stats"]["mean"] == pytest.approx(tensor.mean().item(), rel=0.02)


def test_a_snapshot_does_not_follow_its_tensor():
    tensor = torch.zeros(3)
    moment = Snapshot(tensor)
    tensor.add_(1)
    assert moment.flat.tolist() == [0, 0, 0]


def test_a_snapshot_of_a_large_tensor_keeps_only_a_sample_of_its_memory():
    tensor = torch.ones(1_000_000)
    moment = Snapshot(tensor)
    assert moment.flat.numel() <= SAMPLE
    assert moment.flat.untyped_storage().data_ptr() != tensor.untyped_storage().data_ptr()


def test_a_snapshot_has_no_history():
    tensor = torch.ones(3, requires_grad=True) * 2
    moment = Snapshot(tensor)
    assert moment.flat.grad_fn is None and not moment.flat.requires_grad


def test_looking_at_a_tensor_does_not_change_its_version():
    tensor = torch.ones(3)
    tensor.add_(1)
    value_of(tensor)
    assert tensor._version == 1

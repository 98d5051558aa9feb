"""The choice of a device, on whatever machine the tests run."""

from __future__ import annotations

import pytest
import torch

from course_utils.devices import KINDS, OVERRIDE, best_device, describe_devices
from course_utils.errors import CourseError

NO_CUDA = pytest.mark.skipif(torch.cuda.is_available(), reason="This machine has CUDA, so it cannot be missing.")


@pytest.fixture(autouse=True)
def no_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDE, raising=False)


def test_the_best_device_computes():
    assert torch.ones(3, device=best_device()).sum().item() == 3


def test_the_best_device_is_an_accelerator_where_there_is_one():
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    assert best_device().type == next(kind for kind in KINDS if there[kind])


def test_the_best_device_equals_the_device_of_a_tensor_on_it():
    assert torch.ones(1, device=best_device()).device == best_device()


@pytest.mark.parametrize("value", ["cpu", "CPU", " cpu ", "cpu:0"])
def test_the_override_wins_in_any_spelling(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv(OVERRIDE, value)
    assert best_device() == torch.device("cpu")


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_override_is_none(monkeypatch: pytest.MonkeyPatch, value: str):
    chosen = best_device()
    monkeypatch.setenv(OVERRIDE, value)
    assert best_device() == chosen


@pytest.mark.parametrize("value", ["gpu", "meta", "cuda:", "cuda:-1", "cpu cuda", "0"])
def test_a_word_that_is_no_device_is_named(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv(OVERRIDE, value)
    with pytest.raises(CourseError, match=f"^{OVERRIDE} is “{value}”, which is no device; .*cpu") as raised:
        best_device()
    assert "\n" not in str(raised.value)


@NO_CUDA
@pytest.mark.parametrize("value", ["cuda", "cuda:0", "cuda:7"])
def test_a_device_that_is_not_here_is_named(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv(OVERRIDE, value)
    with pytest.raises(CourseError, match=f"^{OVERRIDE} is “{value}”, which does not work here .*unset it"):
        best_device()


def test_the_description_marks_exactly_the_device_in_use():
    marked = [line for line in describe_devices().splitlines() if "the course uses this one" in line]
    assert [line.split(": ")[0] for line in marked] == [str(best_device())]


def test_the_description_always_lists_the_cpu(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(OVERRIDE, "cpu")
    assert describe_devices().splitlines()[-1].startswith("cpu: ")

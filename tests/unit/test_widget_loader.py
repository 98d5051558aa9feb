"""What is shown of a DataLoader is what the loader does: each index once, its own batches, its own random state."""

from __future__ import annotations

import json
import os
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    SequentialSampler,
    TensorDataset,
    get_worker_info,
)

from course_utils.errors import CourseError
from course_utils.widgets import show_loader

HOSTILE = '</script><img src=x onerror="alert(1)">'


class Squares(Dataset):
    """Sample i is i; a class of a module, so that spawned workers can have it."""

    def __init__(self, length: int = 20) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> torch.Tensor:
        return torch.tensor(index)


class AtOnce(Squares):
    def __getitems__(self, indices):
        return [torch.tensor(index) for index in indices]


class Broken(Squares):
    def __getitem__(self, index):
        if index == 5:
            raise ValueError("file 5 is torn <b>")
        return super().__getitem__(index)


class Stream(IterableDataset):
    def __iter__(self):
        return iter(range(7))


class Range(IterableDataset):
    """The dataset of torch's own example of how workers share a stream."""

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end

    def __iter__(self):
        return iter(range(self.start, self.end))


def share(worker: int) -> None:
    mine, count = get_worker_info().dataset, get_worker_info().num_workers
    length = (mine.end - mine.start) // count
    mine.start = mine.start + worker * length
    mine.end = mine.start + length


class Keyed(Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, key):
        return 0


def batches(widget, epoch: int = 0) -> list[list]:
    return [batch["indices"] for batch in widget.data["epochs"][epoch]["batches"]]


@settings(deadline=None, max_examples=40)
@given(
    length=st.integers(0, 40),
    size=st.integers(1, 9),
    shuffle=st.booleans(),
    drop=st.booleans(),
    seed=st.integers(0, 99),
)
def test_the_batches_are_those_that_the_loader_gives_next(length, size, shuffle, drop, seed):
    generator = torch.Generator().manual_seed(seed)
    shuffle = shuffle and length > 0
    loader = DataLoader(Squares(length), batch_size=size, shuffle=shuffle, drop_last=drop, generator=generator)
    widget = show_loader(loader, epochs=2, batches=60)
    for epoch in (0, 1):
        assert batches(widget, epoch) == [batch.tolist() for batch in loader]
        told = widget.data["epochs"][epoch]
        assert told["complete"]
        drawn = [index for batch in batches(widget, epoch) for index in batch] + told["dropped"]
        assert sorted(drawn) == list(range(length))
        assert told["dropped_count"] == (length % size if drop else 0)


def test_without_a_generator_of_its_own_the_random_state_stays_as_it_was():
    loader = DataLoader(Squares(), batch_size=4, shuffle=True)
    torch.manual_seed(3)
    widget = show_loader(loader)
    assert batches(widget) == [batch.tolist() for batch in loader]


@pytest.mark.parametrize("dataset", [Squares(), AtOnce()])
@pytest.mark.parametrize("workers", [1, 3])
def test_workers_load_the_same_batches_in_turn(dataset, workers):
    loader = DataLoader(
        dataset, batch_size=3, shuffle=True, num_workers=workers, generator=torch.Generator().manual_seed(1)
    )
    widget = show_loader(loader)
    assert batches(widget) == [batch.tolist() for batch in loader]
    told = widget.data["epochs"][0]["batches"]
    assert [batch["worker"] for batch in told] == [i % workers for i in range(7)]
    assert os.getpid() not in {batch["pid"] for batch in told}
    assert len({batch["pid"] for batch in told}) == workers


@pytest.mark.long
def test_spawned_workers_are_recorded_too():
    loader = DataLoader(Squares(6), batch_size=2, num_workers=2, multiprocessing_context="spawn")
    widget = show_loader(loader)
    assert batches(widget) == [[0, 1], [2, 3], [4, 5]]
    assert [batch["worker"] for batch in widget.data["epochs"][0]["batches"]] == [0, 1, 0]


@pytest.mark.parametrize("workers", [0, 2])
def test_times_follow_each_other(workers):
    widget = show_loader(Squares(), batch_size=4, num_workers=workers, work=0.002)
    last = 0.0
    for batch in widget.data["epochs"][0]["batches"]:
        assert batch["from"] <= batch["to"] <= batch["got"] + 1e-3
        assert batch["asked"] <= batch["got"] <= batch["done"]
        assert batch["done"] - batch["got"] >= 1.9
        assert batch["got"] >= last
        last = batch["done"]
        assert all(start <= end for start, end in batch["samples"])


def test_without_workers_the_main_process_loads():
    widget = show_loader(Squares(4), batch_size=2)
    assert {batch["worker"] for batch in widget.data["epochs"][0]["batches"]} == {None}
    assert {batch["pid"] for batch in widget.data["epochs"][0]["batches"]} == {os.getpid()}


def test_a_long_loader_is_cut_short_and_says_so():
    widget = show_loader(Squares(10**6), batch_size=100, batches=5)
    told = widget.data["epochs"][0]
    assert len(told["batches"]) == 5 and not told["complete"] and told["dropped"] == []
    assert told["batches"][0]["size"] == 100 and len(told["batches"][0]["indices"]) == 32
    assert "more that were not loaded" in widget.text


def test_exactly_as_many_batches_as_are_shown_are_complete():
    assert show_loader(Squares(20), batch_size=4, batches=5).data["epochs"][0]["complete"]


def test_without_batching_each_sample_is_a_batch():
    assert batches(show_loader(DataLoader(Squares(3), batch_size=None))) == [[0], [1], [2]]


def test_a_batch_sampler_of_ones_own_is_used():
    class Odd(BatchSampler):
        def __iter__(self):
            return iter([[1, 3], [5]])

    sampler = Odd(SequentialSampler(range(6)), 2, False)
    assert batches(show_loader(DataLoader(Squares(6), batch_sampler=sampler))) == [[1, 3], [5]]


def test_keys_that_are_no_numbers_are_written_as_text():
    loader = DataLoader(Keyed(), sampler=[HOSTILE, ("a", 1)], batch_size=2)
    widget = show_loader(loader)
    assert batches(widget)[0][1] == "('a', 1)"
    ElementTree.fromstring(widget.to_svg())
    assert "<img" not in widget.to_svg() + widget.to_html()


def test_an_iterable_dataset_has_no_indices_and_two_workers_load_it_twice():
    once = show_loader(Stream(), batch_size=4)
    assert [batch["size"] for batch in once.data["epochs"][0]["batches"]] == [4, 3]
    assert batches(once)[0] == [None] * 4
    twice = show_loader(Stream(), batch_size=4, num_workers=2)
    assert sum(batch["size"] for batch in twice.data["epochs"][0]["batches"]) == 14


def test_samples_keep_their_form_for_the_loaders_own_collate_function():
    seen = []

    def collate(samples):
        seen.append(samples)
        return samples

    show_loader(DataLoader(Squares(3), batch_size=2, collate_fn=collate))
    assert [[int(s) for s in samples] for samples in seen] == [[0, 1], [2]]


def test_a_worker_init_function_finds_the_dataset_that_it_knows():
    loader = DataLoader(Range(0, 12), batch_size=3, num_workers=2, worker_init_fn=share)
    told = show_loader(loader).data["epochs"][0]["batches"]
    assert [(batch["worker"], batch["size"]) for batch in told] == [(0, 3), (1, 3), (0, 3), (1, 3)]


def test_the_loader_that_was_given_can_still_be_used():
    loader = DataLoader(Squares(6), batch_size=2)
    show_loader(loader)
    assert [batch.tolist() for batch in loader] == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_sample_that_fails_is_said_with_its_batch(workers):
    with pytest.raises(CourseError, match="failed in batch 3: .*file 5 is torn"):
        show_loader(Broken(), batch_size=2, num_workers=workers)


def test_a_dataset_that_cannot_be_pickled_is_said_in_a_sentence():
    class Local(Squares):
        pass

    with pytest.raises(CourseError, match="cannot be pickled"):
        show_loader(DataLoader(Local(4), num_workers=1, multiprocessing_context="spawn"))


@pytest.mark.parametrize(
    ("given_loader", "options", "words"),
    [
        (3, {}, "not int"),
        (Squares, {}, "not type"),
        (Squares(), {"batch_size": -1}, "make no DataLoader"),
        (Squares(), {"size": 3}, "make no DataLoader"),
        (DataLoader(Squares()), {"shuffle": True}, "'shuffle' is an option for a dataset"),
        (Squares(), {"epochs": 0}, "epochs is a whole number from 1 to 5"),
        (Squares(), {"batches": 61}, "batches is a whole number from 1 to 60"),
        (Squares(), {"batches": True}, "batches is a whole number"),
        (Squares(), {"work": 2}, "from 0 to 1"),
        (Squares(), {"work": "x"}, "from 0 to 1"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(given_loader, options, words):
    with pytest.raises(CourseError, match=words):
        show_loader(given_loader, **options)


def test_an_empty_dataset_can_be_shown():
    widget = show_loader(Squares(0), batch_size=2)
    ElementTree.fromstring(widget.to_svg())
    assert batches(widget) == []


def test_the_data_are_plain_and_small():
    widget = show_loader(TensorDataset(torch.arange(400)), batch_size=32, epochs=3, shuffle=True)
    assert len(json.dumps(widget.data, allow_nan=False)) < 60_000

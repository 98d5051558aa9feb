"""A run of a real DataLoader, with a record of who loaded which index when.

The records travel with the samples: the wrapped dataset returns each sample together with a note, and the wrapped
collate function takes the notes apart again. That works for threads of no kind, forked and spawned workers alike, because it
needs nothing but what the loader moves anyway. Times are `time.perf_counter`, which is one clock for all processes of a machine.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, IterableDataset, get_worker_info

from course_utils.errors import CourseError
from course_utils.pictures.values import in_words


@dataclass(frozen=True)
class Note:
    """One sample: its index (None in an iterable dataset), when it was loaded, and by whom."""

    index: Any
    start: float
    end: float
    worker: int | None
    pid: int


@dataclass
class Batch:
    """One batch as the main process got it: `asked` for it, `got` it, was `done` with it."""

    notes: list[Note]
    asked: float
    got: float
    done: float


@dataclass
class Epoch:
    """One time through the loader.

    Attributes:
        order: what the sampler drew, as far as the loader read it; None where only batches are known.
        complete: whether the loader came to its end.
        began: when it was asked for an iterator.
    """

    order: list[Any] | None
    batches: list[Batch] = field(default_factory=list)
    complete: bool = False
    began: float = 0.0


class _Around:
    """Stands for a dataset: whatever else is read or set, as a ``worker_init_fn`` may, is the dataset's own."""

    def __init__(self, dataset: Any) -> None:
        self.__dict__["dataset"] = dataset

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "dataset" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.__dict__["dataset"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["dataset"], name, value)

    def __reduce__(self) -> tuple:
        return type(self), (self.__dict__["dataset"],)


class _Recorded(_Around, Dataset):
    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: Any) -> tuple[Note, Any]:
        start = time.perf_counter()
        sample = self.dataset[index]
        return _note(index, start), sample


class _RecordedAtOnce(_Recorded):
    """For datasets that load a whole batch in one call: its samples share one start and one end."""

    def __getitems__(self, indices: list[Any]) -> list[tuple[Note, Any]]:
        start = time.perf_counter()
        samples = self.dataset.__getitems__(indices)
        notes = [_note(index, start) for index in indices]
        return list(zip(notes, samples, strict=True))


class _RecordedStream(_Around, IterableDataset):
    def __iter__(self) -> Iterator[tuple[Note, Any]]:
        start = time.perf_counter()
        for sample in self.dataset:
            yield _note(None, start), sample
            start = time.perf_counter()


def _note(index: Any, start: float) -> Note:
    worker = get_worker_info()
    return Note(index, start, time.perf_counter(), None if worker is None else worker.id, os.getpid())


class _Collated:
    """The loader's own collate function, with the notes kept aside."""

    def __init__(self, inner: Callable[[Any], Any], whole: bool) -> None:
        self.inner, self.whole = inner, whole

    def __call__(self, drawn: Any) -> tuple[list[Note], Any]:
        if not self.whole:
            note, sample = drawn
            return [note], self.inner(sample)
        return [note for note, _ in drawn], self.inner([sample for _, sample in drawn])


class _Order:
    """A sampler that remembers what it handed out."""

    def __init__(self, sampler: Any, order: list[Any]) -> None:
        self.sampler, self.order = sampler, order

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[Any]:
        for index in self.sampler:
            self.order.append(index)
            yield index


def record(loader: DataLoader, epochs: int, most: int, work: float) -> list[Epoch]:
    """Run ``loader``'s twin for some epochs and return what happened; the loader itself stays as it was.

    The twin shares sampler and random state, and the state is put back afterwards, so these are the very batches that the
    loader gives next.

    Args:
        most: how many batches of each epoch to take.
        work: how many seconds the main process spends on each batch.

    Raises:
        CourseError: the dataset or a worker fails.
    """
    with _kept_random_state(loader):
        return [_epoch(loader, most, work) for _ in range(epochs)]


def _epoch(loader: DataLoader, most: int, work: float) -> Epoch:
    order: list[Any] = []
    twin, known = _twin(loader, order)
    epoch = Epoch(order if known else None, began=time.perf_counter())
    try:
        batches = iter(twin)
        while len(epoch.batches) < most:
            asked = time.perf_counter()
            try:
                notes, _ = next(batches)
            except StopIteration:
                epoch.complete = True
                break
            got = time.perf_counter()
            if work:
                time.sleep(work)
            epoch.batches.append(Batch(notes, asked, got, time.perf_counter()))
        else:
            epoch.complete = _at_its_end(loader, len(epoch.batches))
    except (pickle.PicklingError, AttributeError) as error:
        if loader.num_workers and "pickle" in str(error).lower():
            raise CourseError(
                "The workers cannot be given this dataset: it cannot be pickled; define it in a file of its own and "
                "import it, or use num_workers=0."
            ) from error
        raise _failed(len(epoch.batches), error) from error
    except Exception as error:
        raise _failed(len(epoch.batches), error) from error
    return epoch


def _failed(batch: int, error: Exception) -> CourseError:
    last = [line for line in str(error).splitlines() if line.strip()][-1:] or [type(error).__name__]
    return CourseError(f"Loading failed in batch {batch + 1}: {in_words(last[0], 200)}; try dataset[0] by itself.")


def _at_its_end(loader: DataLoader, taken: int) -> bool:
    try:
        return taken >= len(loader)
    except TypeError:
        return False


def _twin(loader: DataLoader, order: list[Any]) -> tuple[DataLoader, bool]:
    """A loader that does the same and records it, and whether ``order`` will hold what the sampler draws."""
    dataset = loader.dataset
    whole = loader.batch_sampler is not None
    options: dict[str, Any] = {
        "num_workers": loader.num_workers,
        "collate_fn": _Collated(loader.collate_fn, whole),
        "timeout": loader.timeout,
        "worker_init_fn": loader.worker_init_fn,
        "multiprocessing_context": loader.multiprocessing_context,
        "generator": loader.generator,
        "prefetch_factor": loader.prefetch_factor,
    }
    if isinstance(dataset, IterableDataset):
        return DataLoader(_RecordedStream(dataset), batch_size=loader.batch_size, drop_last=loader.drop_last, **options), False
    recorded = (_RecordedAtOnce if hasattr(dataset, "__getitems__") else _Recorded)(dataset)
    if not whole:
        return DataLoader(recorded, batch_size=None, sampler=_Order(loader.sampler, order), **options), True
    sampler = loader.batch_sampler
    if type(sampler) is BatchSampler:
        watched = BatchSampler(_Order(sampler.sampler, order), sampler.batch_size, sampler.drop_last)
        return DataLoader(recorded, batch_sampler=watched, **options), True
    return DataLoader(recorded, batch_sampler=sampler, **options), False


@contextmanager
def _kept_random_state(loader: DataLoader) -> Iterator[None]:
    inner = getattr(loader.batch_sampler, "sampler", None)
    owners = (loader, loader.sampler, inner, loader.batch_sampler)
    generators = {id(g): g for g in (getattr(owner, "generator", None) for owner in owners) if isinstance(g, torch.Generator)}
    states = [(g, g.get_state()) for g in generators.values()]
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            for generator, state in states:
                generator.set_state(state)

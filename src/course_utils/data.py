"""The small real datasets that come with the course, as tensors.

They lie in the clone, so that a chapter needs no network and sees the same numbers on every machine. A file is held to
its checksum before it is read: a download that stopped half-way or an edit by accident then gives one sentence here,
rather than a puzzling result in a chapter. Values come as they were measured; turning them into what a network wants
(floats, a channel dimension, a split) is for the chapters to teach.

torch is imported by the loaders only: finding a file, and making one, should not wait a second for it.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import h5py

from course_utils.course import find_course
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor

CHECKSUMS = "checksums.txt"


@dataclass(frozen=True, eq=False)
class Weather:
    """Daily weather of one place; row ``i`` of every tensor is the day ``start`` + ``i`` days, none is missing.

    values: float32 (days, columns), as measured.
    columns: the name of each column: precipitation, temp_max, temp_min, wind.
    units: the unit of each column: mm, °C, °C, m/s.
    start: the first day.
    kinds: int64 (days,), an index into ``kind_names``.
    kind_names: drizzle, fog, rain, snow, sun.
    """

    values: Tensor
    columns: tuple[str, ...]
    units: tuple[str, ...]
    start: date
    kinds: Tensor
    kind_names: tuple[str, ...]


def data_path(name: str) -> Path:
    """The file ``name`` of the course's data folder, such as ``digits.h5``, found whole.

    Raises:
        CourseError: the course has no such file, or it is missing, unreadable or damaged here.
    """
    folder = find_course().data
    listed = read_checksums(folder / CHECKSUMS)
    if name not in listed:
        raise CourseError(f"The course ships no data file “{name}”; it has: {', '.join(listed) or 'none'}.")
    path = folder / name
    try:
        facts = path.stat()
        found = _digest(path, facts.st_mtime_ns, facts.st_size)
    except FileNotFoundError:
        raise CourseError(f"The data file {path} is missing; {_mend(path)}") from None
    except OSError as error:
        raise CourseError(f"Cannot read the data file {path}: {error.strerror or error}; {_mend(path)}") from None
    if found != listed[name]:
        raise CourseError(f"The data file {path} is damaged (its checksum is not the listed one); {_mend(path)}")
    return path


def load_digits() -> tuple[Tensor, Tensor]:
    """Handwritten digits: images, uint8 (1797, 8, 8) with ink from 0 to 16, and their labels, int64 (1797,).

    Raises:
        CourseError: see `data_path`.
    """
    import torch

    with h5py.File(data_path("digits.h5"), "r") as file:
        return torch.from_numpy(file["images"][:]), torch.from_numpy(file["labels"][:]).long()


def load_weather() -> Weather:
    """The weather of Seattle on each day of 2012 to 2015: 1461 days.

    Raises:
        CourseError: see `data_path`.
    """
    import torch

    with h5py.File(data_path("weather.h5"), "r") as file:
        daily, kinds = file["daily"], file["weather"]
        return Weather(
            values=torch.from_numpy(daily[:]),
            columns=tuple(daily.attrs["columns"]),
            units=tuple(daily.attrs["units"]),
            start=date.fromisoformat(daily.attrs["start"]),
            kinds=torch.from_numpy(kinds[:]).long(),
            kind_names=tuple(kinds.attrs["names"]),
        )


def read_checksums(path: Path) -> dict[str, str]:
    """SHA-256 by file name, out of a file in the format of ``sha256sum``.

    Raises:
        CourseError: the file is missing, unreadable or in another format.
    """
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return {name.removeprefix("*"): digest for digest, name in rows}
    except OSError as error:
        raise CourseError(f"Cannot read {path}: {error.strerror or error}; {_mend(path)}") from None
    except ValueError:
        raise CourseError(f"{path} is not a list of checksums; {_mend(path)}") from None


@functools.lru_cache(maxsize=64)
def _digest(path: Path, changed_ns: int, size: int) -> str:
    # The time of change and the size are only part of the key: a file that is replaced is looked at again.
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _mend(path: Path) -> str:
    return f"get it back with `git restore data/{path.name}` in {path.parent.parent}, or from a fresh download."

"""The small real datasets that come with the course, as tensors, and a network trained on one of them.

They lie in the clone, so that a chapter needs no network and sees the same numbers on every machine. A file is held to
its checksum before it is read: a download that stopped half-way or an edit by accident then gives one sentence here,
rather than a puzzling result in a chapter. Values come as they were measured; turning them into what a network wants
(floats, a channel dimension, a split) is for the chapters to teach.

torch is imported by the loaders only: finding a file, and making one, should not wait a second for it.
"""

from __future__ import annotations

import functools
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import h5py

from course_utils.course import find_course
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor, nn

CHECKSUMS = "checksums.txt"
NET_CLASSES = 5


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


def load_digits_net(weights: str | None = "DEFAULT") -> nn.Sequential:
    """The small convolutional network of the course for the digits 0 to 4: a body, `features`, and a `head`.

    It takes float32 (n, 1, 8, 8), ink from 0 to 1, and gives scores (n, 5). It is in eval mode, as a trained network is
    mostly wanted, and on the CPU.

    Args:
        weights: "DEFAULT" for the trained ones; None for random ones, the recipe alone.

    Raises:
        CourseError: another word for ``weights``; and see `data_path`.
    """
    import torch

    if weights not in (None, "DEFAULT"):
        raise CourseError(
            f"There are no weights “{weights}” for the digits net; ask for DEFAULT, or None for random ones."
        )
    net = build_digits_net(NET_CLASSES)
    if weights is not None:
        about = torch.load(data_path("digits_net.pt"), map_location="cpu", weights_only=True)
        net.load_state_dict(about["weights"])
    return net.eval()


def build_digits_net(classes: int) -> nn.Sequential:
    """The recipe of the digits net, with random weights and a head for so many classes."""
    from torch import nn

    body = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.AvgPool2d(2)),
        nn.Flatten(),
    )
    return nn.Sequential(OrderedDict(features=body, head=nn.Linear(64 * 2 * 2, classes)))


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

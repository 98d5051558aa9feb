"""How a data file of the course is made: the same bytes on every run, written whole, with its checksum listed.

The same bytes matter because a checksum in git is worth something only if anybody can make the file again and get it.
HDF5 puts the time of making into a file unless told otherwise, and lays it out by the version it may use.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import h5py
import numpy as np

from course_utils.data import CHECKSUMS, read_checksums
from course_utils.errors import CourseError
from course_utils.notebooks import write_bytes, write_text

HERE = Path(__file__).resolve().parent


def hdf5_bytes(fill: Callable[[h5py.File], None]) -> bytes:
    """The bytes of an HDF5 file that ``fill`` puts datasets and attributes into."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=("earliest", "v110")) as file:
        fill(file)
    return buffer.getvalue()


def add(file: h5py.File, name: str, values: np.ndarray, **attributes: object) -> None:
    """Add a compressed dataset with attributes, free of times."""
    dataset = file.create_dataset(
        name, data=values, chunks=values.shape, compression="gzip", compression_opts=9, track_times=False
    )
    for key, value in attributes.items():
        dataset.attrs[key] = value


def ship(folder: Path, name: str, content: bytes) -> str:
    """Write ``content`` as ``name`` into ``folder`` and list its checksum there; returns the SHA-256.

    Raises:
        CourseError: the folder cannot be written.
    """
    digest = hashlib.sha256(content).hexdigest()
    write_bytes(folder / name, content)
    checksums = folder / CHECKSUMS
    listed = (read_checksums(checksums) if checksums.exists() else {}) | {name: digest}
    write_text(checksums, "".join(f"{listed[each]}  {each}\n" for each in sorted(listed)))
    return digest


def run(
    name: str,
    parser: argparse.ArgumentParser,
    make: Callable[[argparse.Namespace], bytes],
    words: Sequence[str] | None = None,
) -> int:
    """Make one file as a command does: 0, or 2 after one sentence about what is wrong."""
    parser.add_argument("--to", type=Path, default=HERE, metavar="FOLDER", help="where to write (default: beside me)")
    options = parser.parse_args(words)
    try:
        content = make(options)
        digest = ship(options.to, name, content)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{name}: {len(content)} bytes, SHA-256 {digest}")
    return 0

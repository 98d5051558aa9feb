"""The files in a folder or a zip from strangers, zips within included, without unpacking anything to disk.

A zip can say that a file lies in ``../..``, is a link, or has four gigabytes in a few bytes; a folder can hold links, pipes
and devices. So files are listed first, by name only, and read one at a time, only when somebody asks and only as far as the
limits allow. What is refused is said with its reason, and costs only itself: one student's zip bomb leaves the others' files
where they are. Nothing is held in memory but names; a file in a zip in a zip is unpacked anew for each reading.
"""

from __future__ import annotations

import functools
import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.reading import MEGABYTE, SIZE_LIMIT
from course_utils.errors import CourseError

MOST_FILES = 100_000
MOST_FILES_OF_ONE = 2_000
LARGEST_INNER_ZIP = 50 * MEGABYTE
# A notebook shrinks to a tenth; what shrinks to a three-hundredth was made to.
LARGEST_RATIO = 300
SMALL = MEGABYTE
DEEPEST_FOLDER = 20
DEEPEST_ZIP = 3
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
ENCRYPTED, IS_UTF8 = 0x1, 0x800
UNICODE_PATH = 0x7075
ENTRY = b"PK\x01\x02"
DRIVE = re.compile(r"[A-Za-z]:")
CLUTTER = ("__macosx", ".ipynb_checkpoints", "thumbs.db", "desktop.ini", "__pycache__")
LONGEST_PATH = 4_096
SHOWN = 120


@dataclass(frozen=True)
class File:
    """A file that may be read.

    Attributes:
        parts: its path, folder by folder; a zip counts as a folder.
        outer: how many of the parts the source itself has; those behind them stand in a zip within, and whoever made
            that zip could call them anything.
        size: as it says of itself.
        modified: as it says of itself, in nobody knows which time zone.
        load: gives its bytes, at most so many.
    """

    parts: tuple[str, ...]
    size: int
    modified: datetime | None
    load: Callable[[int], bytes]
    outer: int

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def shown(self) -> str:
        """Its path for a reader: no control characters, and not endless."""
        return shown("/".join(self.parts))

    def read(self, limit: int = SIZE_LIMIT) -> bytes:
        """Its bytes.

        Raises:
            CourseError: why it cannot be had, as the end of a sentence.
        """
        try:
            content = self.load(limit)
        except CourseError:
            raise
        except Exception as error:
            # Which of a dozen exceptions a broken zip raises depends on where it is broken.
            raise CourseError(f"it cannot be read ({shown(str(error))})") from None
        if len(content) > limit:
            raise CourseError(f"it has more than {limit / MEGABYTE:g} MB")
        return content


@dataclass(frozen=True)
class Refused:
    """A file that is not looked at, and why; ``file`` is its path as a reader may see it."""

    file: str
    why: str
    parts: tuple[str, ...] = ()


def shown(text: str) -> str:
    """A name from a stranger, safe to print: visible characters only, and at most so many."""
    visible = "".join(c if unicodedata.category(c)[0] in "LMNPS" or c == " " else "\ufffd" for c in text)
    return visible if len(visible) <= SHOWN else f"{visible[: SHOWN // 2]}…{visible[-SHOWN // 2 :]}"


@contextmanager
def files_in(source: Path, refused: list[Refused]) -> Iterator[list[File]]:
    """The files in a folder or a zip; they can be read until the context ends.

    Args:
        source: the folder, or the zip.
        refused: what cannot be read is added here.

    Raises:
        CourseError: the source is neither, cannot be read, or holds more files than any class hands in.
    """
    found: list[File] = []
    if source.is_dir():
        _walk(source, (), found, refused)
        yield _spread(found, refused)
        return
    try:
        archive = zipfile.ZipFile(source)
    except FileNotFoundError:
        raise CourseError(f"There is nothing at {source}; give the folder or the zip that your LMS gave you.") from None
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise CourseError(
            f"{source} is neither a folder nor a zip that can be read ({error}); download it again."
        ) from None
    with archive:
        if len(archive.infolist()) > MOST_FILES:
            raise CourseError(f"{source} holds more than {MOST_FILES:,} files; unpack it and collect a part of it.")
        _list(archive, (), functools.partial(_member, archive), None, found, refused)
        yield _spread(found, refused)


def _walk(folder: Path, parts: tuple[str, ...], found: list[File], refused: list[Refused]) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        if not parts:
            raise CourseError(f"Cannot read {folder}: {error.strerror}.") from None
        refused.append(Refused(shown("/".join(parts)), f"it cannot be read ({error.strerror})", parts))
        return
    for entry in entries:
        here = (*parts, os.fsencode(entry.name).decode("utf-8", "replace"))
        if _is_clutter(here[-1]):
            continue
        try:
            about = entry.stat(follow_symlinks=False)
        except OSError as error:
            refused.append(Refused(shown("/".join(here)), f"it cannot be read ({error.strerror})", here))
            continue
        if stat.S_ISDIR(about.st_mode) and len(here) <= DEEPEST_FOLDER:
            _walk(Path(entry.path), here, found, refused)
        elif stat.S_ISREG(about.st_mode):
            modified = datetime.fromtimestamp(about.st_mtime)
            found.append(
                File(here, about.st_size, modified, functools.partial(_from_disk, Path(entry.path)), len(here))
            )
        else:
            kind = "a link" if stat.S_ISLNK(about.st_mode) else "no plain file"
            why = "it lies too deep" if stat.S_ISDIR(about.st_mode) else f"it is {kind}"
            refused.append(Refused(shown("/".join(here)), why, here))
        if len(found) > MOST_FILES:
            raise CourseError(f"{folder} holds more than {MOST_FILES:,} files; collect a part of it.")


def _from_disk(path: Path, limit: int) -> bytes:
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with open(handle, "rb") as file:
        return file.read(limit + 1)


def _spread(files: list[File], refused: list[Refused], depth: int = 1) -> list[File]:
    """The same files, each zip replaced by what is in it."""
    result = []
    for file in files:
        if not file.name.lower().endswith(".zip"):
            result.append(file)
            continue
        inner: list[File] = []
        mine: list[Refused] = []
        try:
            if depth >= DEEPEST_ZIP:
                raise CourseError("it is a zip in a zip in a zip")
            with _inner_zip(file) as archive:
                _list(archive, file.parts, functools.partial(_member_of, file), file.outer, inner, mine)
            result += _spread(inner, mine, depth + 1)
        except CourseError as error:
            mine = [Refused(file.shown, str(error), file.parts)]
        except Exception as error:
            mine = [Refused(file.shown, f"it is not a zip that can be read ({shown(str(error))})", file.parts)]
        refused += mine
    return result


def _inner_zip(file: File) -> zipfile.ZipFile:
    content = file.read(LARGEST_INNER_ZIP)
    if content.count(ENTRY) > MOST_FILES_OF_ONE:
        raise CourseError(f"it holds more than {MOST_FILES_OF_ONE:,} files")
    return zipfile.ZipFile(io.BytesIO(content))


def _list(
    archive: zipfile.ZipFile,
    parts: tuple[str, ...],
    reader: Callable[[zipfile.ZipInfo, int], bytes],
    outer: int | None,
    found: list[File],
    refused: list[Refused],
) -> None:
    for info in archive.infolist():
        name = _name(info)
        steps = [step for step in re.split(r"[/\\]", name) if step not in ("", ".")]
        here = (*parts, *steps)
        if info.is_dir() or name.endswith("\\") or not steps or any(_is_clutter(step) for step in steps):
            continue
        if why := _fault(info, name, steps):
            refused.append(Refused(shown("/".join((*parts, name))), why, here))
            continue
        try:
            modified = datetime(*info.date_time)
        except ValueError:
            modified = None
        found.append(File(here, info.file_size, modified, functools.partial(reader, info), outer or len(here)))


def _fault(info: zipfile.ZipInfo, name: str, steps: list[str]) -> str | None:
    """Why a file in a zip is not looked at."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if name.startswith(("/", "\\")) or DRIVE.match(name):
        return "its path is absolute"
    if ".." in steps:
        return "its path leaves the folder"
    if len(name) > LONGEST_PATH:
        return "its path is too long"
    if len(steps) > DEEPEST_FOLDER:
        return "it lies too deep"
    if kind == stat.S_IFLNK:
        return "it is a link"
    if kind not in (0, stat.S_IFREG):
        return "it is no plain file"
    if info.flag_bits & ENCRYPTED:
        return "it is locked with a password"
    if info.compress_type not in METHODS:
        return "it is packed in a way that we do not read"
    if info.file_size > SMALL and info.file_size > LARGEST_RATIO * max(info.compress_size, 1):
        return "it is packed more tightly than any notebook (a zip bomb?)"
    return None


def _name(info: zipfile.ZipInfo) -> str:
    """The name of a file in a zip: in UTF-8 where it says so or it is; or else in GBK, as Chinese Windows writes it."""
    if info.flag_bits & IS_UTF8:
        return info.orig_filename
    if (told := _unicode_path(info.extra)) is not None:
        return told
    raw = info.orig_filename.encode("cp437")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            pass
    return info.orig_filename


def _unicode_path(extra: bytes) -> str | None:
    """The name that Info-ZIP adds in UTF-8 where the other one cannot hold it."""
    while len(extra) >= 4:
        kind, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == UNICODE_PATH and size > 5:
            return extra[9 : 4 + size].decode("utf-8", "replace")
        extra = extra[4 + size :]
    return None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(info) as file:
        return file.read(limit + 1)


def _member_of(file: File, info: zipfile.ZipInfo, limit: int) -> bytes:
    with _inner_zip(file) as archive:
        return _member(archive, info, limit)


def _is_clutter(name: str) -> bool:
    return name.lower() in CLUTTER or (name.startswith(".") and name != "..")

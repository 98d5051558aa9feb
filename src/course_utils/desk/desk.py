"""Laying chapters on the student's desk, so that nothing of theirs can be lost.

The desk (``work/NN_slug/``) is the student's. What the course needs to know lies beside it in ``work/.course/``:

- ``base/NN_slug/``: the release that the desk's copy came from, byte for byte, which tells what the student changed;
- ``backups/NN_slug/<UTC time>-NN_slug.ipynb``: the notebook before a merge, reset or restore; a backup's own base lies
  under its name in ``base/`` there, because a restored notebook is only merged rightly from the release it came from.

Every step is a whole-file write, ordered so that an interruption after any of them leaves a state that the next
`lay_out` takes up: a backup comes before what it backs up is replaced; a changed file is written before its base (a
merge done twice is a merge done once), a new or restored one after it (a notebook older than its base would look as
if the student had deleted what is new in the base).
"""

from __future__ import annotations

import hashlib
import re
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils.course import Chapter, Course
from course_utils.desk.merge import merge_notebooks
from course_utils.errors import CourseError
from course_utils.notebooks import notebook_text, read_notebook, write_bytes

STAMP = "%Y%m%dT%H%M%S.%fZ"
STAMP_SHAPE = re.compile(r"^\d{8}T\d{6}\.\d{6}Z(?=-)")


class DeskState(IntEnum):
    """What happened to a chapter; where its files fared differently, the highest counts."""

    UP_TO_DATE = 0
    UPDATED = 1
    NEW = 2
    MERGED = 3
    KEPT = 4

    @property
    def words(self) -> str:
        return ("up to date", "updated", "new", "merged", "kept because broken")[self]


@dataclass(frozen=True)
class DeskChange:
    """What `lay_out` did to one chapter: its state, sentences for the student, the backup if one was made."""

    chapter: Chapter
    state: DeskState
    notes: tuple[str, ...] = ()
    backup: Path | None = None


def lay_out(course: Course, only: Chapter | None = None) -> list[DeskChange]:
    """Put the released chapters, or ``only`` one, on the desk, and bring newer releases into what is there.

    A file that the student never touched is replaced, a notebook that they worked on is merged (backup first), any
    other file that they changed, and every file of their own, is left alone. An unreadable notebook is left alone too,
    and named in its change.

    Raises:
        CourseError: a folder cannot be written, the disk is full, or a released file is missing or broken. Chapters
            before that one are laid out, and nothing is half-written.
    """
    return [_lay(course, chapter) for chapter in course.chapters if only is None or chapter == only]


def reset(course: Course, chapter: Chapter) -> Path | None:
    """Lay the release of a chapter afresh, and return the backup of the notebook (None when none lay on the desk).

    Other released files that the student changed are backed up beside it. Their own files stay.

    Raises:
        CourseError: as `lay_out`; the student's notebook is then still on the desk or in the backup.
    """
    places = [_Place(course, chapter, name) for name in _released_files(course, chapter)]
    backup = None
    for place in places:
        if place.is_notebook and place.mine() is not None:
            backup = place.back_up()
        elif place.mine() not in (None, place.release()):
            place.back_up()
    for place in places:
        place.replace(place.release())
    return backup


def backups(course: Course, chapter: Chapter) -> list[Path]:
    """The backups of a chapter's notebook, newest first."""
    return sorted(_backup_folder(course, chapter).glob(f"*-{chapter.notebook_name}"), reverse=True)


def restore(course: Course, chapter: Chapter, backup: Path | None = None) -> Path:
    """Put a backup, the newest unless one is named, back on the desk, and return it.

    What lay there becomes a backup itself, so restoring twice is undo and redo. A release that the restored notebook
    does not have yet is not merged in again until the next one comes.

    Raises:
        CourseError: there is no such backup, or as `lay_out`.
    """
    chosen = backup or next(iter(backups(course, chapter)), None)
    if chosen is None:
        raise CourseError(f"There is no backup of {chapter.name} yet; a merge or a reset makes one.")
    if not chosen.is_file() and len(chosen.parts) == 1:
        chosen = _backup_folder(course, chapter) / chosen
    content = _bytes(chosen)
    if content is None:
        known = ", ".join(p.name for p in backups(course, chapter)) or "none yet"
        raise CourseError(f"There is no backup {chosen}; those of {chapter.name} are: {known}.")
    place = _Place(course, chapter, chapter.notebook_name)
    base = _bytes(_base_of(chosen))
    if place.mine() not in (None, content):
        place.back_up()
    release = place.release()
    if base is not None and base != release:
        write_bytes(place.declined_path, _digest(release))
    if base is not None:
        write_bytes(place.base_path, base)
    write_bytes(place.desk_path, content)
    return chosen


@dataclass(frozen=True)
class _Place:
    """One released file, and where its copy, its base and its backups lie."""

    course: Course
    chapter: Chapter
    name: str

    @property
    def is_notebook(self) -> bool:
        return self.name == self.chapter.notebook_name

    @property
    def desk_path(self) -> Path:
        return self.course.desk / self.chapter.name / self.name

    @property
    def base_path(self) -> Path:
        return self.course.desk / ".course" / "base" / self.chapter.name / self.name

    @property
    def declined_path(self) -> Path:
        """The digest of the release that the student went back behind by restoring an older notebook."""
        return self.course.desk / ".course" / "declined" / self.chapter.name

    def release(self) -> bytes:
        path = self.course.released / self.chapter.name / self.name
        content = _bytes(path)
        if content is None:
            raise CourseError(f"The released file {path} is missing; bring it back with `git checkout -- notebooks`.")
        return content

    def mine(self) -> bytes | None:
        return _bytes(self.desk_path)

    def base(self) -> bytes | None:
        return _bytes(self.base_path)

    def replace(self, content: bytes) -> None:
        """Write the file and note the release as its base."""
        if self.mine() is None:
            write_bytes(self.base_path, self.release())
            write_bytes(self.desk_path, content)
            return
        if self.mine() != content:
            write_bytes(self.desk_path, content)
        if self.base() != self.release():
            write_bytes(self.base_path, self.release())

    def back_up(self) -> Path:
        """Copy what is on the desk, and its base, to the backups, under a name that sorts after every other."""
        folder = _backup_folder(self.course, self.chapter)
        now = datetime.now(UTC)
        stamps = [found[0] for p in folder.glob("*") if (found := STAMP_SHAPE.match(p.name))]
        newest = max(stamps, default="")
        if newest >= now.strftime(STAMP):
            # The clock may have been set back, and two backups may fall into one tick.
            now = datetime.strptime(newest, STAMP) + timedelta(microseconds=1)
        path = folder / f"{now.strftime(STAMP)}-{Path(self.name).name}"
        base, mine = self.base(), self.mine()
        if base is not None:
            write_bytes(_base_of(path), base)
        write_bytes(path, mine or b"")
        return path


def _lay(course: Course, chapter: Chapter) -> DeskChange:
    changes = []
    for name in _released_files(course, chapter):
        place = _Place(course, chapter, name)
        changes.append(_lay_notebook(place) if place.is_notebook else _lay_file(place))
    return DeskChange(
        chapter,
        max((c.state for c in changes), default=DeskState.UP_TO_DATE),
        tuple(note for c in changes for note in c.notes),
        next((c.backup for c in changes if c.backup), None),
    )


def _lay_file(place: _Place) -> DeskChange:
    """Lay a file that is not merged: coach.json, pictures and the like."""
    mine, base, release = place.mine(), place.base(), place.release()
    if mine in (None, base, release):
        place.replace(release)
        return DeskChange(place.chapter, DeskState.UP_TO_DATE if mine == release else DeskState.UPDATED)
    note = f"You changed {place.desk_path}, so it stays as it is; `course reset {place.chapter.number}` lays it afresh."
    return DeskChange(place.chapter, DeskState.UP_TO_DATE, () if base == release else (note,))


def _lay_notebook(place: _Place) -> DeskChange:
    chapter, release, base = place.chapter, place.release(), place.base()
    try:
        mine = place.mine()
        student = None if mine in (None, base, release) else _read(place.desk_path)
    except CourseError as error:
        return DeskChange(chapter, DeskState.KEPT, (str(error),))
    if mine is None or mine == release:
        place.replace(release)
        return DeskChange(chapter, DeskState.NEW if mine is None else DeskState.UP_TO_DATE)
    if base == release or _bytes(place.declined_path) == _digest(release):
        return DeskChange(chapter, DeskState.UP_TO_DATE)
    if student is None:
        place.replace(release)
        return DeskChange(chapter, DeskState.UPDATED)
    merged = merge_notebooks(_base_notebook(place), student, _read(place.course.released / chapter.name / place.name))
    # Half a surrogate pair has no UTF-8 form; as a backslash escape it is what JSON calls it.
    content = notebook_text(merged.notebook).encode("utf-8", "backslashreplace")
    backup = place.back_up() if content != mine else None
    place.replace(content)
    return DeskChange(chapter, DeskState.MERGED if backup else DeskState.UP_TO_DATE, merged.notes, backup)


def _base_notebook(place: _Place) -> NotebookNode:
    """The base, or without a readable one a notebook without cells, from which a merge loses nothing either."""
    try:
        return _read(place.base_path)
    except CourseError:
        return nbformat.v4.new_notebook()


def _read(path: Path) -> NotebookNode:
    with warnings.catch_warnings():
        # nbformat warns of missing and duplicate cell ids, and repairs them; the merge knows what to do with them.
        warnings.simplefilter("ignore")
        notebook = read_notebook(path)
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise CourseError(
            f"{path} is not a readable notebook (it has no list of cells); restore it from a backup, "
            "or start the chapter afresh with `course reset`, which keeps the broken file."
        )
    return notebook


def _released_files(course: Course, chapter: Chapter) -> list[str]:
    """The files of a release, as paths within its folder; the notebook last, since it needs the others."""
    folder = course.released / chapter.name
    files = [p.relative_to(folder) for p in folder.rglob("*") if p.is_file()]
    names = sorted(f.as_posix() for f in files if not any(p.startswith((".", "__pycache__")) for p in f.parts))
    return sorted(names, key=lambda name: name == chapter.notebook_name)


def _backup_folder(course: Course, chapter: Chapter) -> Path:
    return course.desk / ".course" / "backups" / chapter.name


def _base_of(backup: Path) -> Path:
    return backup.parent / "base" / backup.name


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _bytes(path: Path) -> bytes | None:
    """The content of a file, None when there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CourseError(f"Cannot read {path}: {error.strerror or error}; mend its permissions.") from None

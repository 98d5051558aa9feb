"""From what a learning management system hands out to nbgrader's ``submitted/STUDENT/CHAPTER/CHAPTER.ipynb``.

`unpacking` lists the files safely, `lms` tells whose each one is, `choosing` which of a person's notebooks counts, and
`submitted` writes it. The bytes are copied as they are, even where they are no notebook: mending is the grader's work, and a
submission that cannot be read must be seen as one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.choosing import TIMESTAMP, candidates, choose, may_be_notebook, why_no_notebook
from autograder.lms import Owner, owner_of, plain_owners, safe_id, student_ids
from autograder.pattern import Pattern
from autograder.submitted import Status, Submitted
from autograder.unpacking import File, Refused, files_in, shown
from course_utils.course import Chapter
from course_utils.errors import CourseError

FIRST_YEAR = 2000


@dataclass(frozen=True)
class Taken:
    """What became of one person's files.

    Attributes:
        student: the name of their folder.
        person: their name as the system writes it, safe to print.
        status: ``nothing`` when they handed in no notebook; ``older`` when the folder has a newer one.
        file: the path of the one that counts, safe to print.
        late: whether the system says so.
        time: when it was handed in, where the system tells.
        said: what there is to know, one sentence each.
    """

    student: str
    person: str
    status: Status
    file: str = ""
    late: bool = False
    time: datetime | None = None
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collected:
    """What was collected: for each person what was taken; which files were left out and why; and what else to know."""

    taken: tuple[Taken, ...]
    ignored: tuple[Refused, ...]
    said: tuple[str, ...] = ()


def collect(
    source: Path,
    chapter: Chapter,
    into: Path,
    pattern: Pattern,
    names: Mapping[str, str] | None = None,
    dry_run: bool = False,
    on_person: Callable[[int, int], None] = lambda done, total: None,
) -> Collected:
    """Lay out a class's submissions of one chapter for nbgrader.

    Args:
        source: the folder or zip that Moodle, Canvas or Blackboard gave, or any folder of notebooks by student.
        chapter: the chapter that was handed in.
        into: nbgrader's submitted folder.
        pattern: what a submission of the chapter looks like.
        names: what the system calls people, by number or name, and the ids that they have here.
        dry_run: change nothing.
        on_person: told how many people are done, of how many.

    Raises:
        CourseError: the source cannot be read, or a submission cannot be written; those written before it stay.
    """
    ignored: list[Refused] = []
    with files_in(class_zip(source), ignored) as files:
        owned = owners(files, chapter, ignored)
        ids, said = student_ids((owner for _, owner in owned), names or {})
        submitted = Submitted(into, chapter, frozenset(safe_id(value) for value in (names or {}).values()), dry_run)
        people: dict[str, list[tuple[File, Owner]]] = {}
        for file, owner in owned:
            people.setdefault(ids[owner.person], []).append((file, owner))
        taken = []
        for done, (student, theirs) in enumerate(sorted(people.items()), 1):
            taken.append(_take(student, theirs, pattern, submitted, ignored))
            on_person(done, len(people))
    return Collected(tuple(taken), tuple(ignored), tuple(said))


def read_names(path: Path) -> dict[str, str]:
    """Who is who, from a table with headings: the column ``student`` has the id, all others have what a system calls them.

    Raises:
        CourseError: it cannot be read, or has no such column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"Cannot read {path} as a table of names ({error}); save it as CSV in UTF-8.") from None
    if rows and "student" not in rows[0]:
        raise CourseError(f"{path} has no column “student”; name so the column that holds the ids for the gradebook.")
    return {
        value.strip(): row["student"].strip()
        for row in rows
        if (row["student"] or "").strip()
        for value in row.values()
        if isinstance(value, str) and value.strip()
    }


def class_zip(source: Path) -> Path:
    """The zip in a folder that has nothing else, if it is not one person's; or else the source itself."""
    if source.is_dir():
        there = [path for path in source.iterdir() if not path.name.startswith(".")]
        if len(there) == 1 and there[0].suffix.lower() == ".zip" and there[0].is_file() and not there[0].is_symlink():
            return source if owner_of((there[0].name,)) else there[0]
    return source


def owners(files: list[File], chapter: Chapter, ignored: list[Refused]) -> list[tuple[File, Owner]]:
    """The files that are somebody's, each with its owner; the others are added to what is ignored.

    Only names that the source itself has count: what stands in a student's zip cannot make it another student's.
    """
    told = {file: owner for file in files if (owner := owner_of(file.parts[: file.outer]))}
    paths = {f.parts[: f.outer] for f in files if f not in told and may_be_notebook(f.name, "plain")}
    plain = plain_owners(sorted(paths), chapter)
    stamps = {file.parts[:-1]: file for file in files if file.name == TIMESTAMP and file.outer == len(file.parts)}
    owned = []
    for file in files:
        owner = told.get(file) or plain.get(file.parts[: file.outer])
        if owner is not None and owner.name:
            if file.outer < len(file.parts):
                owner = replace(owner, file_name=file.name)
            if owner.system == "nbgrader":
                owner = _with_time(owner, stamps.get(file.parts[:-1]))
            owned.append((file, owner))
        elif file.name != TIMESTAMP:
            ignored.append(Refused(file.shown, owner.why_not if owner else why_no_notebook(file.name), file.parts))
    return owned


def _with_time(owner: Owner, stamp: File | None) -> Owner:
    """The owner with the time that nbgrader noted beside the file."""
    if stamp is None:
        return owner
    from nbgrader.utils import parse_utc

    try:
        time = parse_utc(stamp.read(100).decode("ascii").strip())
    except Exception:
        # dateutil raises what it likes; without a readable time the submission has none.
        return owner
    return replace(owner, time=time) if time.year >= FIRST_YEAR else owner


def _take(
    student: str, theirs: list[tuple[File, Owner]], pattern: Pattern, submitted: Submitted, ignored: list[Refused]
) -> Taken:
    person = shown(theirs[0][1].name)
    found = candidates(theirs, pattern, ignored)
    if not found:
        return Taken(student, person, "nothing", said=("There is no notebook among what was handed in.",))
    best, said = choose(found, submitted.chapter)
    for other in found:
        if other is not best:
            ignored.append(Refused(other.file.shown, f"another notebook of {student} counts", other.file.parts))
    if best.owner.late:
        said.append("It is marked as late.")
    student, status, more = submitted.put(student, best, said)
    return Taken(student, person, status, best.file.shown, best.owner.late, best.owner.time, (*said, *more))

"""nbgrader's submitted folder, written without losing anything that lies there.

What was collected before may be another person's of the same name, or the same person's newer attempt, or have been mended by
hand. So nothing is overwritten: a hidden file beside each notebook says where it came from, which tells a second download of
the same from something new, and a notebook that gives way is kept beside with its time in its name.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from autograder.choosing import TIMESTAMP, Candidate
from autograder.lms import Owner, safe_id, safe_key, short_hash
from autograder.unpacking import shown
from course_utils.course import Chapter
from course_utils.errors import CourseError
from course_utils.notebooks import write_bytes, write_text

ORIGIN = ".collected.json"

Status = Literal["new", "unchanged", "replaced", "older", "nothing"]


class Submitted:
    """The submissions of one chapter.

    Args:
        into: nbgrader's submitted folder; it need not exist yet.
        trusted: students whose folder is theirs whatever was collected into it before.
        dry_run: write nothing.
    """

    def __init__(
        self, into: Path, chapter: Chapter, trusted: frozenset[str] = frozenset(), dry_run: bool = False
    ) -> None:
        self.into, self.chapter, self.trusted, self.dry_run = into, chapter, trusted, dry_run
        self.there = {safe_key(path.name): path.name for path in into.iterdir()} if into.is_dir() else {}

    def put(self, student: str, best: Candidate, said: list[str]) -> tuple[str, Status, list[str]]:
        """Write one submission.

        Args:
            said: what is known of it already, for the note beside it.

        Returns:
            The name of the folder that it got, what became of it, and what more there is to say.

        Raises:
            CourseError: the folder is a link to somewhere else, or cannot be written.
        """
        owner = best.owner
        origin = {
            "system": owner.system,
            "person": owner.name,
            "number": owner.number,
            "file": best.file.shown,
            "late": owner.late,
            "order": _order(owner),
        }
        more: list[str] = []
        if whose := self._taken_by_another(student, origin):
            own = safe_id(f"{owner.name}-{owner.number or short_hash(owner.name)}")
            more.append(f"The folder {student} is that of {whose}; this one is {own}.")
            student = own
        folder = self.into / student / self.chapter.name
        path = folder / self.chapter.notebook_name
        if not path.resolve().is_relative_to(self.into.resolve()):
            raise CourseError(f"{path} is a link to somewhere else; remove it and collect again.")
        old = path.read_bytes() if path.is_file() else None
        if old == best.content:
            return student, "unchanged", more
        before = _origin(folder)
        if old is not None and _is_newer(before, origin):
            more.append("A newer submission is there already; that one stays.")
            return student, "older", more
        if old is not None:
            kept = _free_name(path)
            more.append(f"A different submission was there; it is kept as {kept.name}.")
            if not self.dry_run:
                write_bytes(kept, old)
        if not self.dry_run:
            write_bytes(path, best.content)
            (folder / TIMESTAMP).unlink(missing_ok=True)
            if owner.time:
                write_text(folder / TIMESTAMP, f"{owner.time:%Y-%m-%d %H:%M:%S.%f} UTC")
            note = origin | {"said": said + more}
            write_text(folder / ORIGIN, json.dumps(note, ensure_ascii=True, indent=1) + "\n")
        return student, "new" if old is None else "replaced", more

    def _taken_by_another(self, student: str, origin: dict[str, Any]) -> str | None:
        """Whose folder it is, if it is that of somebody else."""
        if student in self.trusted:
            return None
        there = self.there.get(safe_key(student))
        if there is not None and there != student:
            return f"“{there}”"
        before = _origin(self.into / student / self.chapter.name)
        if before and before.get("system") == origin["system"] and before.get("number") != origin["number"]:
            return f"number {shown(str(before.get('number')))}"
        return None


def _order(owner: Owner) -> list[str | int]:
    """What grows from one attempt to the next, where a system tells: the time, or Canvas's number of the file."""
    if owner.time:
        return [owner.time.isoformat()]
    return list(owner.attempt) if owner.system == "canvas" else []


def _is_newer(before: dict[str, Any] | None, now: dict[str, Any]) -> bool:
    """Whether what lies there was handed in after this, as far as one system tells of both."""
    if not before or before.get("system") != now["system"] or not before.get("order") or not now["order"]:
        return False
    try:
        return before["order"] > now["order"]
    except TypeError:
        return False


def _free_name(path: Path) -> Path:
    """Where a submission is kept that another one replaces: its own time in its name, and nbgrader does not grade it."""
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    stem = f"{path.stem}.{written:%Y-%m-%d-%H%M%S}"
    number = 1
    while True:
        kept = path.with_name(f"{stem}{'' if number == 1 else f'-{number}'}.ipynb.old")
        if not kept.exists():
            return kept
        number += 1


def _origin(folder: Path) -> dict[str, Any] | None:
    try:
        origin = json.loads((folder / ORIGIN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return origin if isinstance(origin, dict) else None

"""Whose a file is, read from the path that a learning management system gave it.

Every system packs a class's files under names of its own making. The rules here were read in their sources: Moodle's
``mod/assign/classes/downloader.php`` (a folder for each person, called NAME_NUMBER_assignsubmission_file, with a last ``_``
before version 4, or one flat folder in which that is each file's beginning), and Canvas's ``lib/content_zipper.rb`` (flat:
the name that sorts, in small letters and without spaces; LATE; the person's and the file's number; the file's own name).
Blackboard's names tell the time of each attempt. Anything else is a plain layout: a folder or a file for each student, or
nbgrader's own.

Pure functions of names: no file is touched here.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from course_utils.course import CHAPTER_FOLDER, Chapter

MOODLE = re.compile(r"(?P<name>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<rest>.*))?", re.DOTALL)
CANVAS = re.compile(r"(?P<name>\w+?)(?P<late>_LATE)?_(?P<id>\d+)_(?P<file>\d{3,})_(?P<rest>.+)", re.DOTALL)
CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?anon_(?P<id>[A-Za-z0-9]+)_(?P<file>\d{3,})_(?P<rest>.+)", re.DOTALL)
BLACKBOARD = re.compile(
    r".+_(?P<name>[^_]+)_attempt_(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_(?P<rest>.*)|\.txt)?", re.DOTALL
)
# What a browser or JupyterLab adds to the name of a file that is there already; and what Canvas does.
AGAIN = re.compile(r"(?:\s*\((\d+)\)|-Copy(\d+))$")
CANVAS_AGAIN = re.compile(r"-(\d{1,3})$")
ZIP = re.compile(r"\.zip$", re.IGNORECASE)
LONGEST_ID = 64
# Moodle's name for everybody while marking is anonymous.
NOBODY = ("participant", "default group")
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


Person = tuple[str, str, str]


@dataclass(frozen=True)
class Owner:
    """Whose a file is.

    Attributes:
        system: ``moodle``, ``canvas``, ``blackboard``, ``nbgrader`` or ``plain``.
        name: the person, as the system writes them.
        number: the system's number for them, if it tells one.
        late: whether the system says that the file came late.
        file_name: the file's own name.
        attempt: grows from one attempt to the next, where the name tells.
        time: when it was handed in, where the name tells.
        why_not: why the file is no submission, if it is none.
    """

    system: str
    name: str
    file_name: str
    number: str = ""
    late: bool = False
    attempt: tuple[int, ...] = ()
    time: datetime | None = field(default=None)
    why_not: str = ""

    @property
    def person(self) -> Person:
        """What tells this person from every other."""
        return (self.system, unicodedata.normalize("NFC", self.name), self.number)


def owner_of(parts: tuple[str, ...]) -> Owner | None:
    """Whose a file is, where a system's own naming tells; None for a plain layout."""
    for step in parts:
        if found := MOODLE.fullmatch(ZIP.sub("", step) if step != parts[-1] else step):
            name = found["rest"] if step == parts[-1] and found["rest"] else parts[-1]
            why = "" if found["plugin"] == "file" else "it is text that was typed into Moodle"
            return Owner("moodle", found["name"], name, found["id"] or "", attempt=_again(name), why_not=why)
        if found := BLACKBOARD.fullmatch(step):
            time = _time(found["time"])
            name = found["rest"] if step == parts[-1] and found["rest"] else parts[-1]
            why = "" if found["rest"] else "it is Blackboard's note about a submission"
            return Owner("blackboard", found["name"], name, time=time, why_not=why if step == parts[-1] else "")
        flat = step == parts[-1] or ZIP.search(step)
        if flat and (found := CANVAS_ANONYMOUS.fullmatch(step) or CANVAS.fullmatch(step)):
            name = found["rest"] if step == parts[-1] else parts[-1]
            who = found.groupdict().get("name") or "anon"
            attempt = (int(found["file"][:18]), *_again(name, CANVAS_AGAIN))
            return Owner("canvas", who, name, found["id"], bool(found["late"]), attempt)
    return None


def plain_owners(paths: Iterable[tuple[str, ...]], chapter: Chapter) -> dict[tuple[str, ...], Owner]:
    """Whose each file of a plain layout is: nbgrader's own, a folder for each student, or a file for each.

    Folders around the whole class are looked through: ``class/ada.ipynb`` beside ``class/ben.ipynb`` is ada's and ben's.
    """
    paths = list(paths)
    depth = 0
    while paths and _is_wrapper(paths, depth, chapter):
        depth += 1
    return {path: _plain_owner(path, depth, chapter) for path in paths}


def _is_wrapper(paths: list[tuple[str, ...]], depth: int, chapter: Chapter) -> bool:
    """Whether the folder at this depth holds the class and is not a student's."""
    if len({path[depth] for path in paths if len(path) > depth}) != 1 or min(map(len, paths)) < depth + 2:
        return False
    if all(_chapter_at(path) == depth + 1 for path in paths):
        # nbgrader's STUDENT/CHAPTER/…: the student may well be the only one.
        return False
    below = {path[depth + 1] for path in paths}
    if any(len(path) == depth + 2 and _is_about(path[-1], chapter) for path in paths):
        return False
    return len(below) > 1


def _plain_owner(path: tuple[str, ...], depth: int, chapter: Chapter) -> Owner:
    place = _chapter_at(path)
    if place is not None and place > 0:
        other = path[place] != chapter.name
        why = f"it is of another chapter, {path[place]}" if other else ""
        return Owner("nbgrader", ZIP.sub("", path[place - 1]), path[-1], attempt=_again(path[-1]), why_not=why)
    if len(path) > depth + 1:
        return Owner("plain", ZIP.sub("", path[depth]), path[-1], attempt=_again(path[-1]))
    stem = re.sub(r"(\.ipynb|\.json|\.txt|\.zip)+$", "", path[-1], flags=re.IGNORECASE)
    attempt = _again(path[-1])
    stem = AGAIN.sub("", stem)
    who = re.sub(rf"[\s_.-]*{re.escape(chapter.name)}[\s_.-]*", "_", stem, flags=re.IGNORECASE).strip(" _.-")
    return Owner("plain", who, path[-1], attempt=attempt, why_not="" if who else "nothing tells whose it is")


def _chapter_at(path: tuple[str, ...]) -> int | None:
    """Where a folder stands in a path that is called like a chapter."""
    return next((i for i, step in enumerate(path[:-1]) if CHAPTER_FOLDER.match(step)), None)


def _is_about(name: str, chapter: Chapter) -> bool:
    return chapter.slug in name.lower() or bool(CHAPTER_FOLDER.match(name))


def _again(name: str, pattern: re.Pattern = AGAIN) -> tuple[int, ...]:
    """The number that says which copy of a file this is."""
    found = pattern.search(re.sub(r"(\.\w{1,5})+$", "", name))
    return (int(next(n for n in found.groups() if n)[:9]),) if found else (0,)


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        return None


def safe_id(name: str) -> str:
    """A folder's name for a student: letters, digits and ``_ - . @`` of any script, never hidden, never a path."""
    whole = unicodedata.normalize("NFC", name)
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c in "._@-" else "_" for c in whole)
    kept = re.sub(r"\.{2,}", ".", re.sub(r"_{2,}", "_", kept)).strip("._-")
    if not kept or DEVICES.fullmatch(kept):
        kept = f"student_{kept}".rstrip("_")
        return kept if kept != "student" else f"student-{short_hash(name)}"
    return kept if len(kept) <= LONGEST_ID else f"{kept[: LONGEST_ID - 9]}-{short_hash(name)}"


def short_hash(text: str) -> str:
    """Eight characters that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def student_ids(owners: Iterable[Owner], names: Mapping[str, str]) -> tuple[dict[Person, str], list[str]]:
    """A folder's name for every person, and in sentences where two would have had one.

    Args:
        owners: of all the files.
        names: what a system calls people (their number or name, any case), and the ids that they have here. Two whom it
            gives one id are one person.

    Names that differ only in what a file system may not tell apart (capitals) count as one.
    """
    people = {owner.person: owner for owner in owners}
    told = {safe_key(key): safe_id(value) for key, value in names.items()}
    ids: dict[Person, str] = {}
    sharing: dict[str, list[Person]] = {}
    for person, owner in people.items():
        mine = told.get(safe_key(owner.number)) or told.get(safe_key(owner.name))
        ids[person] = mine or safe_id(f"{owner.name}_{owner.number}" if _needs_number(owner) else owner.name)
        if not mine:
            sharing.setdefault(safe_key(ids[person]), []).append(person)
    said = []
    for key, same in sharing.items():
        if len(same) > 1 or key in {safe_key(value) for value in told.values()}:
            numbers = {person[2] for person in same}
            for person in same:
                number = person[2] if "" not in numbers and len(numbers) == len(same) else short_hash(repr(person))
                ids[person] = safe_id(f"{people[person].name}-{number}")
            said.append(
                f"{len(same)} people would have had one folder; now they have {', '.join(ids[p] for p in same)}."
            )
    return ids, said


def safe_key(text: str) -> str:
    """The same for two names that a file system, or a person, may take for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold()).strip()


def _needs_number(owner: Owner) -> bool:
    """Canvas's numbers stay the same from chapter to chapter, Moodle's do not; but for a nobody there is nothing else."""
    return bool(owner.number) and (owner.system == "canvas" or owner.name.casefold() in NOBODY)

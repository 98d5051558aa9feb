"""Which of the files that one person handed in is their submission of a chapter.

Names tell little: ``Untitled3.ipynb`` may be the answer and ``04_scatter.ipynb`` the untouched download. So every notebook is
looked into, and the one counts that holds this chapter, was worked on rather than untouched, and is the newest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.lms import Owner
from autograder.pattern import Pattern, bare
from autograder.reading import MEGABYTE, understand
from autograder.repair_cells import match
from autograder.unpacking import File, Refused, files_in, shown
from course_utils.course import Chapter
from course_utils.errors import CourseError

MOST_NOTEBOOKS = 20
MOST_BYTES = 100 * MEGABYTE
ALIKE = 0.5
TIMESTAMP = "timestamp.txt"
ARCHIVES = (".rar", ".7z", ".tar", ".tar.gz", ".tgz", ".gz", ".xz", ".bz2")


@dataclass(frozen=True)
class Candidate:
    """A notebook that may count.

    Attributes:
        likeness: the share of the chapter's answers and tests that it has; 0 when it cannot be read.
        begun: how many answers differ from their starters.
        problem: why it cannot be read.
    """

    file: File
    owner: Owner
    content: bytes
    likeness: float = 0.0
    begun: int = 0
    problem: str = ""

    @property
    def age(self) -> tuple[Any, ...]:
        """Grows with the time at which it was handed in, as far as that is told."""
        return (
            self.owner.time or datetime.min,
            self.owner.attempt,
            self.file.modified or datetime.min,
            self.file.parts,
        )


def likeness(content: bytes, pattern: Pattern) -> tuple[float, int]:
    """The share of a chapter's answers and tests that a notebook has, and how many answers were begun.

    Raises:
        CourseError: it is not a notebook.
    """
    found = match(understand(content).cells, pattern)
    begun = sum(bare(cell.source) != bare(pattern.slots[name].starter) for name, cell in found.answers.items())
    return (len(found.answers) + len(found.courses)) / max(len(pattern.slots), 1), begun


def find_submission(folder: Path, chapter: Chapter, pattern: Pattern) -> tuple[bytes, tuple[str, ...]]:
    """The submission in one student's folder, whatever its file is called.

    Args:
        folder: nbgrader's ``submitted/STUDENT/CHAPTER``.

    Returns:
        Its bytes, and in sentences to the student why it is that one, where it is not called as the chapter.

    Raises:
        CourseError: the folder holds no notebook.
    """
    ignored: list[Refused] = []
    with files_in(folder, ignored) as files:
        named = [file for file in files if file.parts == (chapter.notebook_name,)]
        mine = [(file, Owner("plain", folder.name, file.name)) for file in named or files]
        found = candidates(mine, pattern, ignored)
    if not found:
        reasons = "; ".join(f"{one.file}: {one.why}" for one in ignored[:3])
        raise CourseError(f"There is no notebook in {folder}{f' ({reasons})' if reasons else ''}.")
    best, said = choose(found, chapter)
    if not named:
        said.insert(0, f"Your notebook was called {shown(best.file.name)} and not {chapter.notebook_name}.")
    return best.content, tuple(said)


def candidates(theirs: list[tuple[File, Owner]], pattern: Pattern, ignored: list[Refused]) -> list[Candidate]:
    """The notebooks among one person's files; the reasons for the others are added to what is ignored."""
    found: list[Candidate] = []
    room = MOST_BYTES
    for file, owner in sorted(theirs, key=lambda one: not one[1].file_name.lower().endswith(".ipynb")):
        if owner.why_not or not may_be_notebook(owner.file_name, owner.system):
            if file.name != TIMESTAMP:
                ignored.append(Refused(file.shown, owner.why_not or why_no_notebook(file.name), file.parts))
            continue
        if len(found) >= MOST_NOTEBOOKS or file.size > room:
            ignored.append(Refused(file.shown, "this person handed in more than we look through", file.parts))
            continue
        try:
            content = file.read()
        except CourseError as error:
            ignored.append(Refused(file.shown, str(error), file.parts))
            continue
        room -= len(content)
        try:
            found.append(Candidate(file, owner, content, *likeness(content, pattern)))
        except CourseError as error:
            if owner.file_name.lower().endswith(".ipynb"):
                found.append(Candidate(file, owner, content, problem=str(error)))
            else:
                ignored.append(Refused(file.shown, "it is no notebook", file.parts))
    return found


def choose(candidates: list[Candidate], chapter: Chapter) -> tuple[Candidate, list[str]]:
    """The notebook that counts, and why."""
    most = max(one.likeness for one in candidates)
    alike = [one for one in candidates if one.likeness >= most * ALIKE]
    begun = [one for one in alike if one.begun] or alike
    best = max(begun, key=lambda one: one.age)
    name = shown(best.owner.file_name)
    said = []
    if len(begun) > 1:
        said.append(f"Of {len(begun)} notebooks of this chapter the newest counts: {name}.")
    elif len(alike) > 1:
        said.append(f"Of {len(alike)} notebooks of this chapter the one that was worked on counts: {name}.")
    elif len(candidates) > 1:
        said.append(f"Of {len(candidates)} notebooks the one that looks like {chapter.name} counts: {name}.")
    if best.problem:
        said.append(f"It cannot be read: {best.problem}")
    elif not best.likeness:
        said.append(f"It does not look like {chapter.name}.")
    return best, said


def may_be_notebook(name: str, system: str) -> bool:
    """By its name; some systems and browsers make ``.ipynb.txt`` or ``.json`` of a notebook's."""
    return ".ipynb" in name.lower() or (system != "plain" and name.lower().endswith(".json"))


def why_no_notebook(name: str) -> str:
    """Why a file that is not called like a notebook does not count."""
    if name.lower().endswith(ARCHIVES):
        return "we do not unpack archives of this kind; make a zip of it"
    return "it is no notebook"

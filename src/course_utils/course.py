"""Where the course lies on this machine, and which chapters it has.

Everything else asks here, so that only this module knows the layout of a clone.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from course_utils.errors import CourseError

CHAPTER_FOLDER = re.compile(r"^(\d{2})_([a-z0-9_]+)$")


@dataclass(frozen=True)
class Chapter:
    """One chapter, which nbgrader calls an assignment. `name` is its folder, such as ``04_scatter``."""

    name: str

    @property
    def number(self) -> str:
        return self.name[:2]

    @property
    def slug(self) -> str:
        return self.name[3:]

    @property
    def notebook_name(self) -> str:
        return f"{self.name}.ipynb"


@dataclass(frozen=True)
class Course:
    """The folders of one clone."""

    root: Path

    @property
    def released(self) -> Path:
        return self.root / "notebooks"

    @property
    def desk(self) -> Path:
        return self.root / "work"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def instructor(self) -> Path:
        return self.root / "autograder"

    @property
    def chapters(self) -> list[Chapter]:
        """The released chapters, in order."""
        return chapters_in(self.released)

    def chapter(self, wanted: str) -> Chapter:
        """The released chapter that somebody means by ``4``, ``04``, ``scatter`` or ``04_scatter``.

        Raises:
            CourseError: no chapter, or more than one, fits.
        """
        return choose(wanted, self.chapters)


def chapters_in(folder: Path) -> list[Chapter]:
    """The chapters that have a folder in ``folder``, in order; none when there is no such folder."""
    if not folder.is_dir():
        return []
    return [Chapter(p.name) for p in sorted(folder.iterdir()) if p.is_dir() and CHAPTER_FOLDER.match(p.name)]


def choose(wanted: str, chapters: list[Chapter]) -> Chapter:
    """Pick one of ``chapters`` by number, slug or folder name; see `Course.chapter`."""
    key = wanted.strip().rstrip("/").lower()
    fits = [c for c in chapters if key in (c.name, c.slug) or (key.isdigit() and int(key) == int(c.number))]
    if not fits:
        fits = [c for c in chapters if key and c.slug.startswith(key)]
    if len(fits) == 1:
        return fits[0]
    known = ", ".join(c.name for c in chapters) or "none yet"
    problem = "No chapter fits" if not fits else "More than one chapter fits"
    raise CourseError(f"{problem} “{wanted}”; the chapters here are: {known}.")


def find_course() -> Course:
    """The clone that this package is installed from, or the one named by the variable ``COURSE_ROOT``.

    Raises:
        CourseError: neither holds a notebooks folder.
    """
    named = os.environ.get("COURSE_ROOT")
    root = Path(named) if named else Path(__file__).resolve().parents[2]
    if not (root / "notebooks").is_dir():
        raise CourseError(
            f"The course's notebooks folder is not at {root}; run from a clone of the course, "
            "or set COURSE_ROOT to one."
        )
    return Course(root)

"""From a chapter's source to what a student gets.

The steps: read the source; put its tests on trial by its attempts; write the coach's words; let nbgrader's own
generate_assignment take out answers and hidden tests, against a gradebook made for the moment, so that an instructor's is
never touched. The product is kept by a hash of everything that it depends on, so that a second build takes no time and
``--check`` needs only compare.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder.chapter import Exercise, Source, exercises, read_source
from course_utils.course import Course
from course_utils.errors import CourseError
from course_utils.notebooks import notebook_text, write_bytes, write_text

COACH = "coach.json"
REPORT = "report.json"


@dataclass(frozen=True)
class Report:
    """What a build found out about a chapter."""

    chapter: str
    exercises: int
    automatic: int
    points: float
    minutes: int
    accepted: int
    rejected: int
    seconds: float


@dataclass(frozen=True)
class Product:
    """A built chapter: its released files by name, and the report."""

    source: Source
    files: dict[str, bytes]
    report: Report

    def stale(self, course: Course) -> list[str]:
        """The released files that are not what this build makes: missing, different, or left over."""
        folder = course.released / self.source.chapter.name
        wrong = [n for n, content in self.files.items() if _bytes(folder / n) != content]
        wrong += [str(p.relative_to(folder)) for p in _files(folder) if str(p.relative_to(folder)) not in self.files]
        return sorted(wrong)

    def publish(self, course: Course) -> list[str]:
        """Write what is stale into ``notebooks/``; say which files that were."""
        folder = course.released / self.source.chapter.name
        changed = self.stale(course)
        for name in changed:
            if name in self.files:
                write_bytes(folder / name, self.files[name])
            else:
                (folder / name).unlink()
        return changed


def build(course: Course, source: Source) -> Product:
    """Build one chapter, or take it from the cache when nothing that it depends on has changed.

    Also leaves the paired notebook and ``coach.json`` beside the source, for JupyterLab and formgrader.

    Raises:
        CourseError: the source is malformed, its reference answers fail, or its tests do not hold its attempts.
    """
    kept = course.instructor / ".cache" / source.chapter.name / _key(source)
    if not (kept / REPORT).is_file():
        _make(source, kept)
    files = {str(p.relative_to(kept)): p.read_bytes() for p in _files(kept) if p.name != REPORT}
    report = Report(**json.loads((kept / REPORT).read_text(encoding="utf-8")))
    _lay_beside_source(source, files[COACH])
    return Product(source, files, report)


def _make(source: Source, kept: Path) -> None:
    # These bring torch, which a chapter that comes from the cache need not wait for.
    from autograder.attempts import read_attempts
    from autograder.coaching import check_names, coach_words, judge
    from autograder.trial import try_attempts

    notebook = read_source(source)
    found = exercises(notebook, source)
    attempts, questions = read_attempts(source.attempts)
    check_names(source, found, attempts)
    with tempfile.TemporaryDirectory() as scratch:
        # The quiz marks itself by its key; slips are what the trial is there to learn.
        write_text(Path(scratch) / COACH, _json(coach_words(found, [], [], questions)))
        results, seconds = try_attempts(notebook, found, attempts, Path(scratch))
    judge(source, found, attempts, results)
    coach = _json(coach_words(found, attempts, results, questions))
    report = Report(
        chapter=source.chapter.name,
        exercises=len(found),
        automatic=sum(not e.manual for e in found),
        points=sum(e.points for e in found),
        minutes=sum(e.minutes for e in found),
        accepted=sum(a.right for a in attempts),
        rejected=sum(not a.right for a in attempts),
        seconds=round(seconds, 2),
    )
    _check_course_minutes(source, notebook, found)
    released = _release(source, notebook_text(notebook), coach)
    unfinished = kept.with_name(f"{kept.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name, content in released.items():
        write_bytes(unfinished / name, content)
    write_text(unfinished / REPORT, _json(asdict(report)))
    shutil.rmtree(kept, ignore_errors=True)
    os.replace(unfinished, kept)
    for old in kept.parent.iterdir():
        if old != kept:
            shutil.rmtree(old, ignore_errors=True)


def _check_course_minutes(source: Source, notebook: Any, found: list[Exercise]) -> None:
    about = notebook.metadata.get("course", {})
    missing = [k for k in ("title", "minutes", "needs", "objectives") if k not in about]
    if missing:
        raise CourseError(f"{source.script}: the header's course part lacks {', '.join(missing)}.")
    if about["minutes"] < sum(e.minutes for e in found):
        raise CourseError(
            f"{source.script}: promises {about['minutes']} minutes, but its exercises alone take "
            f"{sum(e.minutes for e in found)}."
        )


def _release(source: Source, notebook: str, coach: str) -> dict[str, bytes]:
    """What nbgrader's generate_assignment makes of a chapter, file by file."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    from autograder.programs import find_our_programs
    from autograder.steps import release_steps

    name = source.chapter.name
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        here = root / "source" / name
        write_text(here / source.chapter.notebook_name, notebook)
        write_text(here / COACH, coach)
        for asset in source.assets:
            write_bytes(here / asset.relative_to(source.folder), asset.read_bytes())
        config = Config()
        config.CourseDirectory.root = str(root)
        config.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
        config.CourseDirectory.assignment_id = name
        config.GenerateAssignment.preprocessors = release_steps()
        config.GenerateAssignment.create_assignment = True
        heard = _Heard()
        converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, log=heard.logger)
        find_our_programs()
        try:
            converter.start()
        except (SystemExit, NbGraderException):
            raise CourseError(f"nbgrader could not generate {name}: {heard.reason()}") from None
        made = root / "release" / name
        return {str(p.relative_to(made)): p.read_bytes() for p in _files(made)}


class _Heard(logging.Handler):
    """nbgrader tells its reasons to a log only; this one remembers the errors."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []
        self.logger = logging.Logger("release", logging.ERROR)
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.errors.append(record.getMessage())

    def reason(self) -> str:
        told = [e for e in self.errors if "Traceback" in e] or self.errors or ["it gave no reason"]
        return told[0].strip().splitlines()[-1]


def _lay_beside_source(source: Source, coach: bytes) -> None:
    notebook = notebook_text(read_source(source)).encode()
    for path, content in ((source.notebook, notebook), (source.coach, coach)):
        if _bytes(path) != content:
            write_bytes(path, content)


def _key(source: Source) -> str:
    """A hash of everything that a build depends on: the chapter, the code that builds and checks, and its libraries."""
    import course_utils

    digest = hashlib.sha256()
    for name in ("torch", "nbgrader", "nbformat", "jupytext"):
        digest.update(f"{name} {version(name)}\n".encode())
    package = Path(course_utils.__file__).parent
    code = [*Path(__file__).parent.glob("*.py"), *package.rglob("*.py")]
    for path in [*sorted(code), source.script, source.attempts, *source.assets]:
        digest.update(path.name.encode() + b"\0" + (_bytes(path) or b"") + b"\0")
    return digest.hexdigest()[:20]


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (p for p in sorted(folder.rglob("*")) if p.is_file() and ".ipynb_checkpoints" not in p.parts)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _json(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"

"""A class: every submission of a chapter to a judge, every result into the gradebook.

The order in which things are written is what makes a stop at any moment harmless: first the autograded notebook, then
the rows, and last a note with a digest of what was graded. A submission counts as graded when that note is there and
fits, so whatever was not finished is done again, with the same rows.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook

from autograder.build import COACH, build
from autograder.chapter import Source, read_source
from autograder.choosing import find_submission
from autograder.grading.admission import WarmRoom
from autograder.grading.judge import Judge, Result, Submission
from autograder.grading.limits import Limits
from autograder.grading.rows import Rows
from autograder.grading.sandbox import Level
from autograder.grading.sealed import Sealed, seal
from autograder.nbgrader_api import nbgrader_api, reason_of
from autograder.pattern import pattern_of
from course_utils.course import Chapter, Course
from course_utils.errors import CourseError
from course_utils.notebooks import write_bytes, write_text

NOTE = ".graded.json"
# Small enough that a stop costs seconds, large enough that commits cost nothing.
ROWS_AT_ONCE = 20
TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class Plan:
    """What there is to grade.

    Attributes:
        sealed: for the judges.
        waiting: to be graded, in the order of the students' names.
        done: students whose grade stands.
        unread: results of submissions that no judge can do anything with.
    """

    sealed: Sealed
    waiting: list[Submission]
    done: list[str]
    unread: list[Result]


def plan(course: Course, chapter: Chapter, force: bool = False, student: str = "*") -> Plan:
    """Find out what there is to grade, and see that the gradebook knows the chapter as it is now.

    Args:
        force: grade again what was graded.
        student: one student's id, or a pattern of ids.

    Raises:
        CourseError: the chapter does not build, nbgrader refuses it, or there are no submissions.
    """
    source = Source(chapter, course.instructor / "source" / chapter.name)
    if not source.script.is_file():
        raise CourseError(f"{chapter.name} has no source here: {source.script} is missing.")
    product = build(course, source)
    product.publish(course)
    api = nbgrader_api(course.instructor)
    master = read_source(source)
    _know_chapter(api, chapter.name, master)
    released = nbformat.reads(product.files[chapter.notebook_name].decode(), as_version=4)
    beside = {name: content for name, content in product.files.items() if not name.endswith(".ipynb")}
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
        sealed = seal(source, gradebook, released, beside, api.config, pattern_of(master, released))
    folders = sorted(p for p in (course.instructor / "submitted").glob(f"{student}/{chapter.name}") if p.is_dir())
    if not folders:
        raise CourseError(
            f"There are no submissions of {chapter.name} in {course.instructor / 'submitted'}; `course collect` brings "
            "what an LMS gave you there."
        )
    seal_digest = _digest(repr((sealed.rows, sorted(sealed.files.items()))).encode())
    found = Plan(sealed, [], [], [])
    for folder in folders:
        name = folder.parent.name
        stamp = _timestamp(folder)
        try:
            content, said = find_submission(folder, chapter, sealed.pattern)
        except CourseError as error:
            digest = _digest(b"unread", str(error).encode(), seal_digest.encode())
            if force or _note(course, chapter, name).get("digest") != digest:
                found.unread.append(Result(name, stamp, digest, problem=str(error)))
            else:
                found.done.append(name)
            continue
        digest = _digest(content, (stamp or "").encode(), seal_digest.encode())
        if not force and _note(course, chapter, name).get("digest") == digest:
            found.done.append(name)
        else:
            found.waiting.append(Submission(name, content, said, stamp, digest))
    return found


def grade(
    course: Course,
    chapter: Chapter,
    todo: Plan,
    on_result: Callable[[Result], None],
    limits: Limits | None = None,
    level: Level = "namespaces",
    workers: int | None = None,
) -> None:
    """Grade what is waiting. ``on_result`` hears of each result once it is in the gradebook.

    A Ctrl-C writes what is finished and then goes on up.

    Raises:
        CourseError: no room could be started, or a judge was ended from outside.
    """
    api = nbgrader_api(course.instructor)
    limits = limits or Limits()
    workers = min(workers or len(os.sched_getaffinity(0)), max(1, len(todo.waiting)))
    with (
        _judges(workers, todo.sealed, limits, level, course) as judges,
        Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook,
    ):
        rows = Rows(gradebook, chapter.name, api.config)
        finished: list[Result] = list(todo.unread)
        running: set[Future[Result]] = set()
        waiting = iter(todo.waiting)

        def keep() -> None:
            _keep(course, chapter, rows, todo.sealed, finished)
            for result in finished:
                on_result(result)
            finished.clear()

        try:
            while True:
                # Few at a time, so that the submissions of a large class are not all in the pipe at once.
                while len(running) < 2 * workers and (one := next(waiting, None)) is not None:
                    running.add(judges.submit(_judge, one))
                if not running:
                    break
                done, running = wait(running, return_when=FIRST_COMPLETED)
                finished += [future.result() for future in done]
                if len(finished) >= ROWS_AT_ONCE or not running:
                    keep()
            keep()
        except BrokenProcessPool:
            keep()
            raise CourseError(
                "A judge was ended from outside (out of memory?). What was graded by then is kept; run the same command again."
            ) from None
        except KeyboardInterrupt:
            keep()
            raise


def _know_chapter(api: Any, chapter: str, master: Any) -> None:
    """Let nbgrader read the source into the gradebook, where the gradebook has it not or has an older one."""
    tests = {c.metadata.nbgrader.grade_id: c.source for c in master.cells if "nbgrader" in c.metadata}
    with api.gradebook as gradebook:
        known = {}
        if any(a.name == chapter for a in gradebook.assignments):
            known = {c.name: c.source for n in gradebook.find_assignment(chapter).notebooks for c in n.source_cells}
    if known and all(known.get(name) == text for name, text in tests.items()):
        return
    result = api.generate_assignment(chapter, force=True, create=True)
    if not result["success"]:
        raise CourseError(f"nbgrader could not read the source of {chapter}: {reason_of(result)}")


def _keep(course: Course, chapter: Chapter, rows: Rows, sealed: Sealed, results: list[Result]) -> None:
    if not results:
        return
    for result in results:
        folder = _autograded(course, chapter, result.student)
        if result.notebook:
            write_text(folder / chapter.notebook_name, result.notebook)
            write_bytes(folder / COACH, sealed.file(COACH))
        if result.timestamp:
            write_text(folder / TIMESTAMP, result.timestamp)
    rows.write(results)
    for result in results:
        note = {
            "digest": result.digest,
            "said": result.said,
            "seconds": round(result.seconds, 3),
            "problem": result.problem,
        }
        write_text(
            _autograded(course, chapter, result.student) / NOTE, json.dumps(note, ensure_ascii=False, indent=1) + "\n"
        )


def _autograded(course: Course, chapter: Chapter, student: str) -> Path:
    return course.instructor / "autograded" / student / chapter.name


def _note(course: Course, chapter: Chapter, student: str) -> dict[str, Any]:
    try:
        note = json.loads((_autograded(course, chapter, student) / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _timestamp(folder: Path) -> str | None:
    try:
        text = (folder / TIMESTAMP).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return text[:100] or None


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


_JUDGE: Judge | None = None


@contextmanager
def _judges(
    workers: int, sealed: Sealed, limits: Limits, level: Level, course: Course
) -> Iterator[ProcessPoolExecutor]:
    """Judges in processes of their own, each with a warm room; all are gone at the end."""
    import course_utils

    package = str(Path(course_utils.__file__).parent)
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("fork"),
        initializer=_begin,
        initargs=(sealed, limits, level, package, str(course.data)),
    )
    try:
        yield pool
    finally:
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
            process.join()


def _begin(sealed: Sealed, limits: Limits, level: Level, package: str, data: str) -> None:
    global _JUDGE
    # A Ctrl-C is for the driver, which then ends its judges.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _JUDGE = Judge(sealed, WarmRoom(level, Path(package), Path(data)), limits)


def _judge(submission: Submission) -> Result:
    assert _JUDGE is not None
    return _JUDGE.grade(submission)

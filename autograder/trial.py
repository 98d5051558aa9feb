"""Putting a chapter's tests on trial: every listed attempt is run against the tests of its exercise.

One process plays the notebook from top to bottom with the reference answers. Before each exercise's reference answer it forks
once for every attempt; the child puts the attempt in the answer's place and runs the tests, so that each attempt meets exactly
the state that a learner's would, and none can disturb another. Forking costs milliseconds where a new kernel costs seconds.
"""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import os
import signal
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.attempts import Attempt
from autograder.chapter import Exercise
from course_utils.errors import CourseError

SECONDS_FOR_ONE = 60
# Hidden tests draw at random: one that refuses a right answer only now and then must show it here.
ROUNDS_FOR_RIGHT = 8


@dataclass(frozen=True)
class Result:
    """What became of one attempt.

    Attributes:
        passed_visible, passed_hidden: hidden is only tried when visible passed.
        key: the visible example that failed, when a check said so.
        outcome: what came of that example, as `course_utils.checks.coach.outcome` gives it.
        message: the failure's text.
    """

    passed_visible: bool
    passed_hidden: bool
    key: str | None = None
    outcome: dict[str, Any] | None = None
    message: str = ""

    @property
    def passed(self) -> bool:
        return self.passed_visible and self.passed_hidden


def try_attempts(
    notebook: NotebookNode, exercises: list[Exercise], attempts: list[Attempt], folder: Path
) -> tuple[list[Result], float]:
    """Run every attempt, in ``folder`` as working directory.

    Returns:
        One result for each attempt, in order, and the seconds that the reference notebook itself took.

    Raises:
        CourseError: the reference notebook fails in a cell, which is named.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        code = 0
        try:
            _play(notebook, exercises, attempts, folder, write)
        except BaseException as error:
            _send(write, {"error": f"{error}"})
            code = 1
        finally:
            os._exit(code)
    os.close(write)
    results: dict[int, Result] = {}
    seconds, error = 0.0, None
    with os.fdopen(read, encoding="utf-8") as lines:
        for line in lines:
            said = json.loads(line)
            if "error" in said:
                error = said["error"]
            elif "seconds" in said:
                seconds = said["seconds"]
            else:
                number = said.pop("attempt")
                results[number] = Result(**said)
    os.waitpid(child, 0)
    if error is not None:
        raise CourseError(error)
    return [results[i] for i in range(len(attempts))], seconds


def _send(pipe: int, said: dict[str, Any]) -> None:
    data = (json.dumps(said) + "\n").encode()
    while data:
        data = data[os.write(pipe, data) :]


def _play(notebook: NotebookNode, exercises: list[Exercise], attempts: list[Attempt], folder: Path, pipe: int) -> None:
    os.environ["MPLBACKEND"] = "Agg"
    import torch

    # A fork must not inherit a pool of threads in mid-air: torch's operations stay on one thread.
    torch.set_num_threads(1)
    os.chdir(folder)
    at_answer = {e.answer_index: e for e in exercises if not e.manual}
    space: dict[str, Any] = {"__name__": "__main__"}
    own = 0.0
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        exercise = at_answer.get(index)
        if exercise is not None:
            for number, attempt in enumerate(attempts):
                if attempt.exercise == exercise.name:
                    _fork_one(number, attempt, exercise, space, pipe)
        began = time.perf_counter()
        try:
            with _quiet():
                run_cell(cell.source, space, f"cell {index}")
        except BaseException as error:
            if "raises-exception" in cell.metadata.get("tags", []):
                continue
            first = cell.source.strip().splitlines()[0] if cell.source.strip() else ""
            raise CourseError(
                f"The reference notebook fails in cell {index} (“{first}”): {type(error).__name__}: {error}"
            ) from error
        own += time.perf_counter() - began
    _send(pipe, {"seconds": own})


def _fork_one(number: int, attempt: Attempt, exercise: Exercise, space: dict[str, Any], pipe: int) -> None:
    child = os.fork()
    if child == 0:
        # A group of its own, so that processes which the attempt leaves behind, such as a loader's workers, end with it.
        os.setpgid(0, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(SECONDS_FOR_ONE)
        try:
            with _quiet():
                result = _judge(attempt, exercise, space)
            _send(pipe, {"attempt": number, **asdict(result)})
        except BaseException:
            _send(pipe, {"error": f"attempt in line {attempt.line}: {traceback.format_exc()}"})
        finally:
            os._exit(0)
    try:
        _, status = os.waitpid(child, 0)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    if os.WIFSIGNALED(status):
        # The child sends only when it has finished, so nothing of it is in the pipe.
        _send(
            pipe,
            {"attempt": number, **asdict(Result(False, False, message=f"stopped by signal {os.WTERMSIG(status)}"))},
        )


def _judge(attempt: Attempt, exercise: Exercise, space: dict[str, Any]) -> Result:
    from course_utils.checks.call import listening
    from course_utils.checks.coach import outcome

    failed: list[tuple[str, Any]] = []

    def listener(key: str, fault: Any) -> None:
        if fault is not None:
            failed.append((key, fault))

    with listening(listener):
        try:
            run_cell(attempt.code, space, f"attempt at {exercise.name}")
            run_cell(exercise.visible, space, f"tests of {exercise.name}")
        except Exception as error:
            key, what = (failed[-1][0], outcome(failed[-1][1])) if failed else (None, None)
            return Result(False, False, key, what, f"{type(error).__name__}: {error}")
        failed.clear()
        try:
            for _ in range(ROUNDS_FOR_RIGHT if attempt.right else 1):
                run_cell(exercise.hidden, space, f"hidden tests of {exercise.name}")
        except Exception as error:
            return Result(True, False, message=f"{type(error).__name__}: {error}")
    return Result(True, True)


def run_cell(source: str, space: dict[str, Any], name: str) -> None:
    """Execute one cell's source in ``space``, its lines known to tracebacks."""
    file = f"<{name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), space)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    import warnings

    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield

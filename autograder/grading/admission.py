"""The judge's end of a warm room, and of a player in it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.grading import wire
from autograder.grading.limits import Limits
from autograder.grading.sandbox import Level
from autograder.grading.warm import ENVIRONMENT
from course_utils.errors import CourseError

# A player that does not heed the end of its time gets this long, then it is ended with all that it started.
GRACE_SECONDS = 2.0
START_SECONDS = 30.0


class Lost(Exception):
    """The player is gone, or does not answer; ``what`` says how, for the student."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class WarmRoom:
    """A program with torch imported, from which players are forked."""

    def __init__(self, level: Level, course_package: Path, data: Path) -> None:
        ours, theirs = socket.socketpair()
        words = ["-m", "autograder.grading.warm", str(theirs.fileno()), level, str(course_package), str(data)]
        self._process = subprocess.Popen(
            [sys.executable, *words],
            pass_fds=[theirs.fileno()],
            env=ENVIRONMENT | {"HOME": "/nonexistent"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        theirs.close()
        self._line = ours
        if self._read_line() != "warm":
            raise CourseError("The room in which submissions run could not start; see the lines above.")

    def admit(self, limits: Limits, files: dict[str, str]) -> Player:
        """A new player, ready in its scratch folder.

        Raises:
            CourseError: the machine refuses the sandbox.
            Lost: the player did not come up.
        """
        ours, theirs = socket.socketpair()
        socket.send_fds(self._line, [json.dumps(limits.as_data()).encode()], [theirs.fileno()])
        theirs.close()
        pid = int(self._read_line())
        player = Player(ours, pid, limits)
        player.open(files)
        return player

    def close(self) -> None:
        self._line.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()

    def _read_line(self) -> str:
        text = b""
        while not text.endswith(b"\n"):
            byte = self._line.recv(1)
            if not byte:
                raise CourseError("The room in which submissions run has ended; see the lines above.")
            text += byte
        return text.decode().strip()


@dataclass
class Ran:
    """What came of a cell, or of a part of a test."""

    ok: bool
    outputs: list[dict[str, Any]]
    seconds: float


class Player:
    """One submission being played; everything it says is a stranger's word."""

    def __init__(self, line: socket.socket, pid: int, limits: Limits) -> None:
        self._line, self._pid, self._limits = line, pid, limits

    def open(self, files: dict[str, str]) -> None:
        self._say({"do": "open", "files": files})
        answer = self._hear(START_SECONDS)
        if "refused" in answer:
            raise CourseError(f"This machine does not let a submission be shut in ({answer['refused']}).")

    def run(self, source: str) -> Ran:
        """Run one cell in the player itself; what it defines stays.

        Raises:
            Lost: the cell ended the player, or did not heed the end of its time.
        """
        self._say({"do": "run", "source": source})
        return _ran(self._timed())

    def test(self, parts: list[str]) -> list[Ran] | str:
        """Run the parts of a test in a fork, until one fails.

        Returns:
            What came of each part that ran, or in words how the fork ended.

        Raises:
            Lost: as in `run`.
        """
        self._say({"do": "test", "parts": parts})
        answer = self._timed()
        if "died" in answer:
            return "timeout" if answer["died"] == -signal.SIGKILL and self._late else _ended(answer["died"])
        parts_ran = answer.get("parts")
        if not isinstance(parts_ran, list) or not 1 <= len(parts_ran) <= len(parts):
            raise Lost("It answered what no test answers.")
        return [_ran(part) for part in parts_ran]

    def end(self) -> None:
        """End the player with everything that it started."""
        self._line.close()
        with contextlib.suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)

    def _timed(self) -> dict[str, Any]:
        self._late = False
        try:
            return self._hear(self._limits.cell_seconds)
        except wire.TooLate:
            self._late = True
        with contextlib.suppress(OSError):
            os.kill(self._pid, signal.SIGUSR1)
        try:
            return self._hear(GRACE_SECONDS)
        except wire.TooLate:
            raise Lost("timeout") from None

    def _say(self, message: dict[str, Any]) -> None:
        try:
            wire.send(self._line, message)
        except wire.Closed:
            raise Lost("It ended Python.") from None

    def _hear(self, seconds: float) -> dict[str, Any]:
        try:
            return wire.receive(self._line, seconds)
        except wire.Closed:
            raise Lost("It ended Python (an exit, a crash, or no memory left).") from None


def _ran(said: dict[str, Any]) -> Ran:
    outputs = said.get("outputs")
    if not isinstance(outputs, list) or not all(isinstance(o, dict) for o in outputs):
        raise Lost("It answered what no cell answers.")
    seconds = said.get("seconds")
    return Ran(said.get("ok") is True, outputs, seconds if isinstance(seconds, int | float) else 0.0)


def _ended(code: Any) -> str:
    if not isinstance(code, int):
        return "It ended Python."
    if code >= 0:
        return f"It ended Python (exit code {code})."
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    meaning = {"SIGSEGV": "it reached into memory that is not its own", "SIGKILL": "stopped, or no memory left"}
    return f"It crashed Python ({meaning.get(name, name)})."

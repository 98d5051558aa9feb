"""Plays one submission's cells, inside the sandbox.

It does as the judge tells it over a socket. After a student's first cell nothing in this process can be trusted, so it
decides nothing: it runs what it is sent and says what came of it. A test is run in a fork, so that whatever it does is over
with it.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import sys
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

from autograder.grading import wire
from autograder.grading.shell import Shell


class CellTimeoutError(Exception):
    """Raised in a cell that ran too long."""


class _Seat:
    """What the player keeps beside the cells."""

    def __init__(self, shell: Shell, line: socket.socket, output: int) -> None:
        self.shell, self.line, self.output = shell, line, output
        self.tested: int | None = None


def play(shell: Shell, line: socket.socket, output: int) -> None:
    """Serve the judge until it hangs up.

    Args:
        shell: made beforehand, in the warm room.
        line: to the judge.
        output: bytes that one cell may show.
    """
    seat = _Seat(shell, line, output)
    signal.signal(signal.SIGUSR1, lambda *_: _stop(seat))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _silence()
    shell.collect()
    _seed()
    while True:
        try:
            said = wire.receive(line)
        except wire.Closed:
            os._exit(0)
        if said["do"] == "open":
            _lay_out(said["files"])
            wire.send(line, {"ready": True})
        elif said["do"] == "run":
            wire.send(line, _run(seat, said["source"]))
        elif said["do"] == "test":
            _test(seat, said["parts"])


def _lay_out(files: dict[str, str]) -> None:
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b64decode(content))


def _seed() -> None:
    import numpy
    import torch

    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)


def _silence() -> None:
    """What is written past Python, by a library or another program, belongs to no cell."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


def _run(seat: _Seat, source: str) -> dict[str, Any]:
    seat.shell.collected.begin(seat.output)
    began = time.perf_counter()
    try:
        result = seat.shell.run_cell(source, store_history=False)
        ok = result.error_before_exec is None and result.error_in_exec is None
    except BaseException as error:
        # IPython lets pass what it takes for the end of the program.
        ok = False
        with contextlib.suppress(Exception):
            seat.shell.collected.error(type(error).__name__, str(error), [])
    _close_figures()
    return {"ok": ok, "outputs": seat.shell.collected.as_data(), "seconds": time.perf_counter() - began}


def _test(seat: _Seat, parts: list[str]) -> None:
    """Run the parts of a test in a fork, one after another until one fails; the fork answers the judge itself."""
    said, say = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(said)
            os.setpgid(0, 0)
            seat.tested = None
            done = []
            for part in parts:
                done.append(_run(seat, part))
                if not done[-1]["ok"]:
                    break
            wire.send(seat.line, {"parts": done})
            os.write(say, b"+")
            code = 0
        finally:
            os._exit(code)
    os.close(say)
    seat.tested = child
    status = _wait(child)
    seat.tested = None
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    os.set_blocking(said, False)
    try:
        answered = os.read(said, 1) == b"+"
    except BlockingIOError:
        answered = False
    os.close(said)
    if not answered:
        wire.send(seat.line, {"died": os.waitstatus_to_exitcode(status)})


def _wait(child: int) -> int:
    while True:
        try:
            return os.waitpid(child, 0)[1]
        except InterruptedError:
            continue
        except ChildProcessError:
            return 0


def _stop(seat: _Seat) -> None:
    """The judge's time is up: end the test, or interrupt the cell."""
    if seat.tested is not None:
        with contextlib.suppress(OSError):
            os.killpg(seat.tested, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(seat.tested, signal.SIGKILL)
    else:
        raise CellTimeoutError("This cell ran too long and was stopped.")


def _close_figures() -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        with contextlib.suppress(Exception):
            pyplot.close("all")

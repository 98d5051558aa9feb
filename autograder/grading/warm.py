"""The warm room: torch and the course imported once, and a fork of it for every submission.

It is started as a program of its own with an empty environment, so that a player, which has all of its memory, finds in it
neither the instructor's secrets nor a gradebook, a test or another submission.

    python -m autograder.grading.warm SOCKET LEVEL COURSE_PACKAGE DATA
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from autograder.grading import wire
from autograder.grading.limits import Limits, hold_to
from autograder.grading.sandbox import SCRATCH, Room, SandboxError, enter, python_and_course

# Torch imports much of itself on first use; every player would do it anew.
REHEARSAL = (
    """
    import torch
    from course_utils import check, fresh, solved

    def double(x):
        return x * 2

    given = torch.ones(2, 3, requires_grad=True)
    check(double, given).gives(torch.full((2, 3), 2.0), graph=True, gradients={"x": torch.full((2, 3), 2.0)})
    solved(double)
    """,
    "check(double, torch.ones(2)).gives(torch.zeros(2))",
    "check(double, torch.ones(2)).gives(torch.zeros(3))",
    "torch.testing.assert_close(torch.ones(2), torch.zeros(2))",
)
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "NBGRADER_EXECUTION": "autograde",
    "USER": "student",
    "HOME": SCRATCH,
    "MPLCONFIGDIR": f"{SCRATCH}/.matplotlib",
    "IPYTHONDIR": f"{SCRATCH}/.ipython",
    "TORCHINDUCTOR_CACHE_DIR": f"{SCRATCH}/.inductor",
}


def main() -> None:
    """Import, then fork for everyone who knocks, until the line is closed."""
    number, level, package, data = sys.argv[1:5]
    line = socket.socket(fileno=int(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with tempfile.TemporaryDirectory(prefix="course-grading-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        shell = _warm_up(home)
        root = Path(folder) / "root"
        root.mkdir()
        readable = python_and_course(Path(package), Path(data))
        # The course's package finds its data by the folders of a clone.
        empty = (str(Path(data).resolve().parent / "notebooks"),)
        line.sendall(b"warm\n")
        _serve(line, shell, level, str(root), readable, empty)


def _warm_up(home: Path) -> Any:
    """Import what chapters import, and make the shell that every player inherits."""
    real = {name: os.environ.get(name) for name in ("HOME", "IPYTHONDIR", "MPLCONFIGDIR")}
    os.environ |= {"HOME": str(home), "IPYTHONDIR": str(home / "i"), "MPLCONFIGDIR": str(home / "m")}
    import h5py  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import numpy  # noqa: F401
    import torch
    import torch.utils.data  # noqa: F401
    import tqdm  # noqa: F401

    # A fork must not inherit a pool of threads in mid-air.
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    import course_utils

    for name in course_utils.__all__:
        getattr(course_utils, name)
    from autograder.grading.shell import make_shell

    shell = make_shell()
    # The first cell, the first gradient and the first picture cost more than all later ones.
    ours = sys.stdout, sys.stderr
    shell.collect()
    for cell in REHEARSAL:
        shell.run_cell(cell, store_history=False)
    shell.reset(new_session=False)
    sys.stdout, sys.stderr = ours
    os.environ |= {name: value for name, value in real.items() if value is not None}
    return shell


def _serve(
    line: socket.socket, shell: Any, level: str, root: str, readable: tuple[str, ...], empty: tuple[str, ...]
) -> None:
    # Not at the top: it brings IPython, which the judge's end of this module does without. And not later: inside the
    # sandbox there is no folder to import it from.
    from autograder.grading.player import play

    waiting: set[int] = set()
    while True:
        ready = select.select([line], [], [], 0.2 if waiting else None)[0]
        for child in list(waiting):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(child, os.WNOHANG)[0] == 0:
                    continue
            waiting.discard(child)
        if not ready:
            continue
        asked, handed, _, _ = socket.recv_fds(line, 1 << 16, 1)
        if not asked:
            return
        limits = Limits(**json.loads(asked))
        child = os.fork()
        if child == 0:
            _become_player(play, shell, handed[0], line, level, Room(root, readable, empty, limits.disk), limits)
        waiting.add(child)
        os.close(handed[0])
        line.sendall(f"{child}\n".encode())


def _become_player(
    play: Any, shell: Any, number: int, ours: socket.socket, level: str, room: Room, limits: Limits
) -> None:
    code = 1
    try:
        ours.close()
        line = socket.socket(fileno=number)
        if level == "namespaces":
            enter(room)
        else:
            os.setsid()
            os.chdir(tempfile.mkdtemp())
        hold_to(limits)
        play(shell, line, limits.output)
        code = 0
    except SandboxError as error:
        wire.send(line, {"refused": str(error)})
    except BaseException:
        # Before the first cell this is a fault of ours, and the instructor's terminal is still there to tell it.
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()

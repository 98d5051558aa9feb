"""A real `course lab` in a copy of the course, and a real Chromium that tells what left the machine."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from nbformat import NotebookNode

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"
ADDRESS = re.compile(r"https?://\S+/lab\?token=\w+")
START_LIMIT_S = 60


@dataclass
class Lab:
    """A running `course lab`.

    Attributes:
        url: its address, token included.
        root: the copy of the course that it serves.
        seconds: from the command to the printed address.
        said: the lines that it printed.
    """

    url: str
    root: Path
    process: subprocess.Popen
    seconds: float
    said: list[str]

    @property
    def desk(self) -> Path:
        return self.root / "work"

    def address(self, path: str) -> str:
        """The address of another page of the same server, such as ``lab/tree/01_a/01_a.ipynb``."""
        base, query = self.url.rsplit("/lab?", 1)
        return f"{base}/{path}?{query}"

    def stop(self) -> float:
        """Press Ctrl-C, and return how many seconds it took to stop."""
        before = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        return time.monotonic() - before


@dataclass
class Watch:
    """What went wrong on a page: requests that left the machine, and errors in its console."""

    left: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def running_lab(root: Path, home: Path, *options: str) -> Iterator[Lab]:
    """Start `course lab --no-browser` on the course in ``root``, as a user whose home folder is ``home``."""
    command = [sys.executable, "-c", "from course_utils.cli import main; main()", "lab", "--no-browser"]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    environment = inherited | {"COURSE_ROOT": str(root), "HOME": str(home), "PYTHONUNBUFFERED": "1"}
    began = time.monotonic()
    process = subprocess.Popen(
        [*command, "--port", str(free_port()), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    said: list[str] = []
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in process.stdout:
            said.append(line)
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    lab = None
    try:
        while lab is None:
            line = lines.get(timeout=START_LIMIT_S)
            if line is None:
                pytest.fail("course lab ended at once:\n" + "".join(said))
            if found := ADDRESS.search(line):
                lab = Lab(found[0], root, process, time.monotonic() - began, said)
        yield lab
        lab.stop()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def watch() -> Watch:
    """What `open_page` saw go wrong."""
    return Watch()


@pytest.fixture
def open_page(chromium, watch) -> Iterator[Callable]:
    """Opens an address in a browser of its own: ``open_page(url, width=1400, height=900, dark=False)``."""
    contexts = []

    def open_(url: str, width: int = 1400, height: int = 900, dark: bool = False):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: watch.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: watch.errors.append(str(e)))
        page.on("request", lambda r: watch.left.append(r.url) if leaves(r.url) else None)
        page.on("websocket", lambda w: watch.left.append(w.url) if leaves(w.url) else None)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()


def leaves(url: str) -> bool:
    """Whether a request for ``url`` goes to another machine."""
    return not url.startswith(("data:", "blob:")) and urlsplit(url).hostname not in (None, "", "localhost", "127.0.0.1")


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """A home folder without any Jupyter configuration in it."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def course_root(tmp_path_factory) -> Path:
    """A course of three small chapters; `lab` serves it. A module may define its own."""
    root = tmp_path_factory.mktemp("course")
    add_chapter(
        root, "01_tensors", "Tensors", exercises=4, minutes=90, objectives=["make a `tensor`", "name its shape"]
    )
    add_chapter(root, "04_scatter", "Scattering with scatter_", exercises=3, minutes=75, objectives=["move elements"])
    add_chapter(root, "06_autograd", "Gradients by themselves", exercises=2)
    (root / "autograder" / "source").mkdir(parents=True)
    return root


@pytest.fixture(scope="module")
def lab(course_root, home) -> Iterator[Lab]:
    """A student's lab on `course_root`, started for the second time; one for each test module."""
    with running_lab(course_root, home):
        pass
    with running_lab(course_root, home) as running:
        yield running


@pytest.fixture(scope="module")
def instructor_lab(course_root, home) -> Iterator[Lab]:
    """An instructor's lab on `course_root`."""
    with running_lab(course_root, home, "--instructor") as running:
        yield running


def add_chapter(root: Path, name: str, title: str, exercises: int, **about: object) -> Path:
    """Release a small chapter, each of whose exercises asks for the number of the exercise; return its notebook."""
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell(f"# {title}", id=f"{name}-title")]
    for i in range(1, exercises + 1):
        answer = v4.new_code_cell(f"def answer_{i}():\n    raise NotImplementedError", id=f"answer-{i}")
        answer.metadata["nbgrader"] = _nbgrader(f"answer-{i}", solution=True)
        test = v4.new_code_cell(f"assert answer_{i}() == {i}", id=f"test-{i}")
        test.metadata["nbgrader"] = _nbgrader(f"test-{i}", grade=True, points=i)
        cells += [answer, test]
    notebook = v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["course"] = {"title": title, **about}
    path = root / "notebooks" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path


def _nbgrader(grade_id: str, *, solution: bool = False, grade: bool = False, points: int | None = None) -> dict:
    base = {"schema_version": 3, "grade_id": grade_id, "solution": solution, "grade": grade, "locked": grade}
    return base | {"task": False} | ({"points": points} if grade else {"cell_type": "code"})


def edit(path: Path, change: Callable[[NotebookNode], None]) -> None:
    """Change a notebook file as another program would."""
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    change(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def solve(path: Path, *numbers: int, failing: tuple[int, ...] = ()) -> None:
    """Give exercises of `add_chapter` the outputs of a solved, or a failed, test."""

    def change(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            kind, _, number = cell.id.partition("-")
            if kind == "test" and number.isdigit() and int(number) in (*numbers, *failing):
                cell.execution_count = int(number)
                failed = int(number) in failing
                cell.outputs = [nbformat.v4.new_output("error", ename="AssertionError", evalue="")] if failed else []

    edit(path, change)


def screenshot(page, name: str) -> Path:
    """Keep a picture of the page in test-artifacts/, which is not in git."""
    ARTIFACTS.mkdir(exist_ok=True)
    path = ARTIFACTS / f"{name}.png"
    page.screenshot(path=path)
    return path

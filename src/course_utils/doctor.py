"""What is missing on this machine, and how to get it.

Packages are looked up by their metadata, not imported: a broken torch must not break the doctor, and a whole torch
must not make it slow. Each finding says what the thing is for, so that a reader can tell what they can do without.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from importlib.util import find_spec
from pathlib import Path

from course_utils.course import Course, find_course
from course_utils.errors import CourseError

PACKAGE = "pytorch-fundamentals-course"
OLDEST_PYTHON = (3, 11)
NEEDED_DISK = 500 * 1024**2
INSTALL = f"{sys.executable} -m pip install -e ."

PURPOSES = {
    "torch": "the subject",
    "jupyterlab": "where you work",
    "ipykernel": "runs your cells",
    "ipywidgets": "controls inside notebooks",
    "nbgrader": "grading, and Validate in a notebook's toolbar",
    "nbformat": "reads notebooks",
    "nbclient": "runs notebooks",
    "jupytext": "the text form of a chapter",
    "numpy": "arrays beside tensors",
    "h5py": "reads the datasets",
    "matplotlib": "plots",
    "tqdm": "progress of training",
    "tensorboard": "curves of a training, chapter 10",
    "lightning": "the second way to write a training, chapter 07",
    "rich": "tables in the terminal",
    "typer": "the course program",
}
# Distributions whose module is not called as they are.
MODULES = {"jupyter-server": "jupyter_server"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    Attributes:
        name: what it is.
        ok: whether it is there and usable.
        required: whether the course needs it.
        purpose: what it is for.
        detail: what was found, such as a version.
        remedy: how to get it; empty when it is there.
    """

    name: str
    ok: bool
    required: bool
    purpose: str
    detail: str = ""
    remedy: str = ""

    @property
    def state(self) -> str:
        """``ok``, ``missing`` or ``optional, missing``."""
        if self.ok:
            return "ok"
        return "missing" if self.required else "optional, missing"


def diagnose(*, torch: bool = False) -> list[Finding]:
    """Look for everything that the course needs or can use.

    Args:
        torch: also import torch and look for an accelerator, which takes seconds.
    """
    findings = [_python(), *_packages(), *_lab(), *_place(), *_programs()]
    if torch:
        findings.append(_accelerator())
    return findings


def print_findings(findings: list[Finding]) -> bool:
    """Print a table, and return whether everything required is there."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    styles = {"ok": "green", "missing": "bold red", "optional, missing": "yellow"}
    console = Console()
    table = Table("", "what", "for", "found", box=SIMPLE_HEAD, pad_edge=False)
    for f in findings:
        table.add_row(Text(f.state, style=styles[f.state]), f.name, f.purpose, f.detail)
    console.print(table)
    for f in findings:
        if f.remedy:
            console.print(Text(f"{f.name}: "), Text(f.remedy, style="bold"), soft_wrap=True)
    missing = [f.name for f in findings if not f.ok and f.required]
    console.print(f"Missing: {', '.join(missing)}." if missing else "Everything that the course needs is here.")
    return not missing


def _python() -> Finding:
    ok = sys.version_info >= OLDEST_PYTHON
    oldest = ".".join(map(str, OLDEST_PYTHON))
    remedy = "" if ok else f"install Python {oldest} or newer from python.org, and make the environment again with it"
    return Finding("Python", ok, True, f"runs everything; {oldest} or newer", sys.version.split()[0], remedy)


def _packages() -> Iterator[Finding]:
    """The dependencies that this package's own metadata names, beside the versions that the tests ran on."""
    try:
        wanted = [r for r in requires(PACKAGE) or [] if "extra ==" not in r]
    except PackageNotFoundError:
        yield Finding(PACKAGE, False, True, "the course itself", "not installed", INSTALL)
        return
    tested = tested_versions()
    for requirement in wanted:
        yield package_finding(requirement, tested)


def package_finding(requirement: str, tested: dict[str, str]) -> Finding:
    """What is here of one requirement, such as ``torch>=2.6``.

    Args:
        tested: the versions that the tests ran on, by lower-case name; a difference is told, and is no fault.
    """
    from packaging.requirements import Requirement

    want = Requirement(requirement)
    purpose = PURPOSES.get(want.name, "needed by the course")
    try:
        here = version(want.name)
    except PackageNotFoundError:
        return Finding(want.name, False, True, purpose, "not installed", f'{sys.executable} -m pip install "{want}"')
    install = f'{sys.executable} -m pip install "{want}"'
    if not want.specifier.contains(here, prereleases=True):
        return Finding(want.name, False, True, purpose, f"{here}, but {want.specifier} is needed", install)
    if find_spec(MODULES.get(want.name, want.name)) is None:
        reinstall = f"{sys.executable} -m pip install --force-reinstall {want.name}"
        return Finding(want.name, False, True, purpose, f"{here}, but its files are gone", reinstall)
    known = tested.get(want.name.lower())
    note = f" (tested with {known})" if known and known.split("+")[0] != here.split("+")[0] else ""
    return Finding(want.name, True, True, purpose, here + note)


def tested_versions() -> dict[str, str]:
    """The versions in constraints.txt, by lower-case name; none when the file is not there."""
    try:
        text = (find_course().root / "constraints.txt").read_text(encoding="utf-8")
    except (CourseError, OSError):
        return {}
    return {name.lower(): v for name, v in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)}


def _lab() -> Iterator[Finding]:
    """The parts of JupyterLab that come as files, and can be lost without pip noticing."""
    from course_utils.lab.settings import HERE

    ours = HERE / "labextension" / "course-welcome" / "package.json"
    yield _file("welcome page", ours, "what JupyterLab opens on", INSTALL)
    share = Path(sys.prefix) / "share" / "jupyter"
    reinstall = f"{sys.executable} -m pip install --force-reinstall --no-deps "
    panel = share / "labextensions" / "@jupyter" / "nbgrader" / "package.json"
    yield _file("nbgrader's panels", panel, "Validate, and an instructor's panels", reinstall + "nbgrader==0.9.6")
    page = share / "lab" / "static" / "index.html"
    yield _file("JupyterLab's pages", page, "the page in the browser", reinstall + "jupyterlab")
    yield _kernel()


def _file(name: str, path: Path, purpose: str, remedy: str) -> Finding:
    ok = path.is_file()
    return Finding(name, ok, True, purpose, "" if ok else f"no {path}", "" if ok else remedy)


def _kernel() -> Finding:
    """The lab always runs cells in its own Python, whatever kernels are registered, so that is what must be able to."""
    try:
        distribution("ipykernel")
        ok = find_spec("ipykernel_launcher") is not None
    except PackageNotFoundError:
        ok = False
    remedy = "" if ok else f"{sys.executable} -m pip install --force-reinstall ipykernel"
    return Finding("kernel python3", ok, True, "runs your cells in this Python", sys.executable if ok else "", remedy)


def _place() -> Iterator[Finding]:
    try:
        course = find_course()
    except CourseError as error:
        yield Finding("clone", False, True, "the chapters", "not found", str(error))
        return
    count = len(course.chapters)
    remedy = "" if count else "git checkout -- notebooks"
    yield Finding("chapters", count > 0, True, "what you solve", str(count), remedy)
    yield desk_finding(course)
    free = shutil.disk_usage(course.root).free
    ok = free >= NEEDED_DISK
    detail = f"{free / 1024**3:.1f} GB free"
    yield Finding("disk", ok, True, "your work, and its backups", detail, "" if ok else "free at least 0.5 GB")


def desk_finding(course: Course) -> Finding:
    """Whether the desk, or the folder that it will be made in, can be written: asked by writing."""
    folder = course.desk if course.desk.is_dir() else course.root
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        owner = f"make {folder} writable, or copy the course to a folder of yours"
        return Finding("desk", False, True, "where your work is kept", f"{folder}: {error.strerror}", owner)
    return Finding("desk", True, True, "where your work is kept", str(course.desk))


def _programs() -> Iterator[Finding]:
    yield _program("git", ("git",), "gets newer chapters", "get it from git-scm.com, or your system's packages")
    yield _program(
        "Chromium",
        ("chromium", "chromium-browser", "google-chrome", "chrome"),
        "the course's own browser tests",
        "apt install chromium, or get it from chromium.org",
    )
    if sys.platform == "linux":
        yield _program("bubblewrap", ("bwrap",), "keeps submissions apart when grading", "apt install bubblewrap")


def _program(name: str, commands: tuple[str, ...], purpose: str, remedy: str) -> Finding:
    found = next(filter(None, map(shutil.which, commands)), None)
    return Finding(name, found is not None, False, purpose, found or "", "" if found else remedy)


def _accelerator() -> Finding:
    """Asked in a process of its own, because a torch that does not fit its driver can end the one that imports it."""
    code = (
        "import torch; cuda = torch.cuda.is_available();"
        "print(f'CUDA: {torch.cuda.get_device_name()}' if cuda else 'MPS' if torch.backends.mps.is_available() else '')"
    )
    purpose = "speed; every chapter also runs without"
    try:
        command = [sys.executable, "-c", code]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return Finding("PyTorch starts", False, True, PURPOSES["torch"], "no answer in 120 s", "restart the machine")
    if run.returncode:
        reason = (run.stderr.strip().splitlines() or [f"it ended with {run.returncode}"])[-1]
        remedy = f"{sys.executable} -m pip install --force-reinstall torch"
        return Finding("PyTorch starts", False, True, PURPOSES["torch"], reason, remedy)
    device = run.stdout.strip()
    return Finding("GPU", bool(device), False, purpose, device, "" if device else "nothing to do; the CPU is enough")

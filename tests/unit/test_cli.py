"""The `course` program as people run it: a process of its own, on a small course of its own."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

MAIN = "from course_utils.cli import main; main()"
NAME = "04_scatter"


def run(root: Path, *words: str, before: str = "", prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    """Run ``course`` on the course in ``root``, after the Python statement ``before``."""
    command = [*prefix, sys.executable, "-c", f"{before}\n{MAIN}", *words]
    environment = os.environ | {"COURSE_ROOT": str(root), "COLUMNS": "100"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=root)


def one_sentence(done: subprocess.CompletedProcess) -> str:
    """The error of a command that failed on what the reader can mend: a sentence, no traceback, exit code 2."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("course: ") and lines[0].endswith("."), done.stderr
    return lines[0]


@pytest.fixture
def root(tmp_path):
    """A course of one chapter with one exercise, laid out on the desk."""
    v4 = nbformat.v4
    answer = v4.new_code_cell("def one():\n    raise NotImplementedError", id="one")
    answer.metadata["nbgrader"] = {
        "grade_id": "one",
        "solution": True,
        "grade": False,
        "locked": False,
        "schema_version": 3,
    }
    test = v4.new_code_cell("assert one() == 1", id="test_one")
    test.metadata["nbgrader"] = {
        "grade_id": "test_one", "solution": False, "grade": True, "locked": True, "points": 3, "schema_version": 3
    }  # fmt: skip
    notebook = v4.new_notebook(cells=[answer, test], metadata={"course": {"title": "Small"}})
    path = tmp_path / "notebooks" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    (tmp_path / "autograder").mkdir()
    assert run(tmp_path, "reset", "04").returncode == 0
    return tmp_path


def desk_notebook(root: Path) -> Path:
    return root / "work" / NAME / f"{NAME}.ipynb"


def test_without_words_it_explains_itself(root):
    done = run(root)
    assert "course lab" in done.stdout and "course doctor" in done.stdout


def test_help_imports_no_torch_and_comes_at_once(root):
    spy = "import atexit, sys; atexit.register(lambda: print('torch' in sys.modules))"
    began = time.monotonic()
    done = run(root, "--help", before=spy)
    assert done.stdout.strip().endswith("False")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("command", ["lab", "progress", "reset", "restore", "doctor", "build", "check", "demo"])
def test_every_command_has_help_of_its_own(root, command):
    done = run(root, command, "--help")
    assert done.returncode == 0 and f"course {command}" in done.stdout


@pytest.mark.parametrize("command", ["reset", "restore", "check"])
def test_an_unknown_chapter_is_named_with_those_there_are(root, command):
    sentence = one_sentence(run(root, command, "nosuch"))
    assert "nosuch" in sentence and NAME in sentence


@pytest.mark.parametrize("wanted", ["4", "04", "scatter", "04_scatter", "scat"])
def test_a_chapter_goes_by_number_or_name(root, wanted):
    assert run(root, "reset", wanted).returncode == 0


def test_a_folder_that_is_no_course_is_said(tmp_path):
    assert "COURSE_ROOT" in one_sentence(run(tmp_path, "progress"))


def test_a_missing_package_is_named(root):
    hide = "import sys; sys.modules['nbformat'] = None"
    sentence = one_sentence(run(root, "reset", "04", before=hide))
    assert "nbformat" in sentence and "course doctor" in sentence


def test_a_broken_notebook_is_shown_as_such_and_harms_nothing(root):
    desk_notebook(root).write_text("{ broken")
    done = run(root, "progress")
    assert done.returncode == 0 and "unreadable" in done.stdout
    assert desk_notebook(root).read_text() == "{ broken"


def test_a_broken_notebook_cannot_be_graded_and_that_is_one_sentence(root):
    (root / "autograder" / "source" / NAME).mkdir(parents=True)
    real = Path(__file__).resolve().parents[2] / "autograder" / "source" / NAME
    for name in (f"{NAME}.py", "attempts.py"):
        shutil.copy(real / name, root / "autograder" / "source" / NAME / name)
    desk_notebook(root).write_text("{ broken")
    assert NAME in one_sentence(run(root, "check", "04"))


def test_reset_keeps_the_work_and_restore_brings_it_back(root):
    notebook = nbformat.read(desk_notebook(root), as_version=4)
    notebook.cells[0].source = "def one():\n    return 1"
    nbformat.write(notebook, desk_notebook(root))
    said = run(root, "reset", "04").stdout
    assert "course restore 04" in said
    assert "return 1" not in desk_notebook(root).read_text()
    assert run(root, "restore", "04").returncode == 0
    assert "return 1" in desk_notebook(root).read_text()


def test_progress_for_programs_is_json(root):
    state = json.loads(run(root, "progress", "--json").stdout)
    assert state["chapters"][0]["name"] == NAME and state["total"] == 1


def test_progress_for_people_counts(root):
    notebook = nbformat.read(desk_notebook(root), as_version=4)
    notebook.cells[1].execution_count = 1
    nbformat.write(notebook, desk_notebook(root))
    said = run(root, "progress").stdout
    assert "1/1" in said and "3/3" in said


def test_ctrl_c_says_so_and_ends_with_130(root):
    interrupt = (
        "import course_utils.progress as p\ndef stop(*a):\n    raise KeyboardInterrupt\np.course_progress = stop"
    )
    done = run(root, "progress", before=interrupt)
    assert done.returncode == 130 and "nothing was lost" in done.stderr


def in_own_mounts(root: Path, mount: str, *words: str) -> subprocess.CompletedProcess:
    """Run ``course`` after a mount that only this one process sees."""
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode != 0:
        sentence = "This kernel lets nobody make a mount of their own, so a full disk cannot be had."
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    return run(root, *words, prefix=("unshare", "-rm", "sh", "-c", f'{mount} && exec "$@"', "sh"))


@pytest.mark.skipif(sys.platform != "linux", reason="Private mounts are Linux's.")
def test_a_full_disk_is_one_sentence_and_the_old_file_stays_whole(root):
    work, kept = root / "work", root / "kept"
    shutil.copytree(work, kept)
    mount = f"mount -t tmpfs -o size=24k tmpfs {work} && cp -r {kept}/. {work} && (head -c 1M /dev/zero > {work}/fill; true)"
    done = in_own_mounts(root, f"({mount}) 2>/dev/null", "reset", "04")
    assert "No space left" in one_sentence(done)


@pytest.mark.skipif(sys.platform != "linux", reason="Private mounts are Linux's.")
def test_a_read_only_folder_is_one_sentence(root):
    work = root / "work"
    before = {p: p.read_bytes() for p in work.rglob("*") if p.is_file()}
    done = in_own_mounts(root, f"mount --bind {work} {work} && mount -o remount,ro,bind {work}", "reset", "04")
    assert "Read-only file system" in one_sentence(done)
    assert {p: p.read_bytes() for p in work.rglob("*") if p.is_file()} == before

"""How many submissions a minute: `course grade` beside `nbgrader autograde`, in one run, on one class.

    python benchmarks/grading.py --students 100 --nbgrader 10

Both grade chapter 04, answered from its listed right and wrong attempts. nbgrader grades the first few only, because it takes
seconds for each; rates are compared, and the rows of those students cell for cell. The floor is the same cells run one
after another in a warm process, without sandbox, forks, notebooks or gradebook.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.attempts import read_attempts
from autograder.chapter import Source, exercises, read_source, sources
from course_utils.course import Course, find_course

CHAPTER = "04_scatter"
LEFT_OUT = shutil.ignore_patterns("submitted", "autograded", "feedback", "*.db", "__pycache__", ".ipynb_checkpoints")


def clone(real: Course, root: Path) -> Course:
    shutil.copytree(real.instructor, root / "autograder", ignore=LEFT_OUT)
    shutil.copytree(real.released, root / "notebooks")
    (root / "data").symlink_to(real.data.resolve())
    return Course(root)


def hand_in(course: Course, source: Source, students: int) -> list[NotebookNode]:
    """A class whose answers are drawn from the attempts: three in four right, one in ten untouched."""
    rng = random.Random(0)
    master = read_source(source)
    attempts, questions = read_attempts(source.attempts)
    released = nbformat.read(course.released / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
    made = []
    for number in range(students):
        notebook = copy.deepcopy(released)
        cells = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
        for exercise in exercises(master, source):
            cell, luck = cells[exercise.name], rng.random()
            if exercise.manual:
                cell.source = "Because each index says where its element goes."
            elif exercise.name == "quiz":
                cell.source = f"answers = { ({q.name: q.right if rng.random() < 0.8 else 'a' for q in questions})!r}"
            elif luck > 0.1:
                pool = [a for a in attempts if a.exercise == exercise.name and a.right == (luck < 0.75)]
                # An attempt that never ends is a test of limits, not of speed.
                cell.source = rng.choice([a for a in pool if "while True" not in a.code]).code
        folder = course.instructor / "submitted" / f"student{number:04}" / CHAPTER
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{CHAPTER}.ipynb")
        made.append(notebook)
    return made


def timed(words: list[str], course: Course) -> float:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    began = time.perf_counter()
    done = subprocess.run(
        words,
        cwd=course.instructor,
        env=inherited | {"COURSE_ROOT": str(course.root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(words[-3:])} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return time.perf_counter() - began


def rows(course: Course) -> dict[tuple[str, str], tuple]:
    with sqlite3.connect(course.instructor / "gradebook.db") as db:
        found = db.execute(
            "select s.student_id, c.name, g.auto_score, g.needs_manual_grade from grade g join base_cell c on c.id = g.cell_id "
            "join submitted_notebook n on n.id = g.notebook_id join submitted_assignment s on s.id = n.assignment_id"
        )
        return {(student, cell): tuple(rest) for student, cell, *rest in found}


def floor(notebooks: list[NotebookNode], master: NotebookNode, folder: Path) -> float:
    """Seconds that the cells alone take, for each notebook, in a warm process on one core."""
    os.environ["MPLBACKEND"] = "Agg"
    import torch

    torch.set_num_threads(1)
    tests = {c.metadata.nbgrader.grade_id: c.source for c in master.cells if "nbgrader" in c.metadata}
    os.chdir(folder)
    seconds = []
    for notebook in [notebooks[0], *notebooks]:
        space = {"__name__": "__main__"}
        began = time.perf_counter()
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                with contextlib.suppress(BaseException):
                    exec(compile(tests[name] if name.startswith("test_") else cell.source, "<cell>", "exec"), space)
        seconds.append(time.perf_counter() - began)
    # The first one warmed the process up.
    return sum(seconds[1:]) / len(notebooks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=100)
    parser.add_argument("--nbgrader", type=int, default=10, help="how many of them nbgrader grades too")
    arguments = parser.parse_args()
    real = find_course()
    source = next(s for s in sources(real) if s.chapter.name == CHAPTER)
    with tempfile.TemporaryDirectory() as scratch:
        ours = clone(real, Path(scratch) / "ours")
        theirs = clone(real, Path(scratch) / "theirs")
        notebooks = hand_in(ours, source, arguments.students)
        hand_in(theirs, source, arguments.students)
        for number in range(arguments.nbgrader, arguments.students):
            shutil.rmtree(theirs.instructor / "submitted" / f"student{number:04}")
        program = [sys.executable, "-m", "nbgrader"]
        timed([*program, "generate_assignment", CHAPTER, "--force", "--create"], theirs)
        stock = timed([*program, "autograde", CHAPTER], theirs) / arguments.nbgrader
        course = [sys.executable, "-c", "from course_utils.cli import main; main()", "grade", CHAPTER]
        began = timed([*course, "--student", "student0000"], ours)
        whole = timed(course, ours)
        each = whole / max(1, arguments.students - 1)
        same = {key: row for key, row in rows(ours).items() if key in rows(theirs)} == rows(theirs)
        cells = floor(notebooks[:10], read_source(source), ours.released / CHAPTER)
    cores = len(os.sched_getaffinity(0))
    print(f"{arguments.students} submissions of {CHAPTER}, {cores} cores")
    print(f"| nbgrader autograde | {stock:.2f} s each | {60 / stock:,.0f} a minute | ({arguments.nbgrader} graded) |")
    print(f"| course grade | {each:.3f} s each | {60 / each:,.0f} a minute | {stock / each:.1f} times as many |")
    print(f"| the cells alone | {cells / cores:.3f} s each | on {cores} cores, {cells:.3f} s on one | the floor |")
    print(f"starting, and the first submission: {began:.1f} s; the others together: {whole:.1f} s")
    print(f"the rows of the {arguments.nbgrader} are {'equal' if same else 'DIFFERENT'}, cell for cell")


if __name__ == "__main__":
    main()

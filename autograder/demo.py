"""A simulated class: twelve people's submissions of chapter 04, graded by real nbgrader: something to try grading on.

The class lives in ``demo/`` with a gradebook of its own, so nothing in it can be mistaken for a real one. The answers
are the chapter's listed attempts, drawn with a fixed seed: the same class on every machine. The folder appears whole or
not at all, and a submission counts as graded when its feedback is there, which comes last; so after a Ctrl-C the next
`course demo` goes on where this one stopped.
"""

from __future__ import annotations

import copy
import multiprocessing
import os
import random
import shutil
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode

from autograder.attempts import Attempt, Question, read_attempts
from autograder.build import build
from autograder.chapter import Exercise, Source, exercises, read_source, sources
from autograder.nbgrader_api import nbgrader_api, reason_of
from course_utils.course import Course, choose
from course_utils.errors import CourseError
from course_utils.notebooks import notebook_text, write_bytes, write_text

if TYPE_CHECKING:
    from rich.console import Console

CHAPTER = "04_scatter"
COURSE_ID = "pytorch-fundamentals-demo"
SEED = 4
CONFIG = "nbgrader_config.py"
MARK = "# A simulated class, made by `course demo`; safe to delete."

# The share of answers that a person gets right; 1 is right everywhere, None hands the chapter in as it came.
PEOPLE: dict[str, tuple[str, str, float | None]] = {
    "aalto": ("Minna", "Aalto", 0.9),
    "bauer": ("Jonas", "Bauer", 0.55),
    "chen": ("Yifan", "Chen", 1.0),
    "diallo": ("Aminata", "Diallo", 0.8),
    "esposito": ("Luca", "Esposito", 0.35),
    "fischer": ("Clara", "Fischer", 0.7),
    "gupta": ("Rohan", "Gupta", 0.95),
    "haddad": ("Layla", "Haddad", None),
    "ivanova": ("Daria", "Ivanova", 0.6),
    "jensen": ("Mads", "Jensen", 0.45),
    "kim": ("Seo-yeon", "Kim", 0.85),
    "lopez": ("Diego", "López", 0.2),
}

# Answers to the question that a person reads, best first; a person's share of right answers chooses.
WRITTEN: dict[str, list[tuple[float, str]]] = {
    "explain_index": [
        (
            0.85,
            "The mistake is to think that the index names *columns*. Along `dim=0` it replaces the **row**, and only "
            "the row; every value keeps the column in which it stands in `src`. So `[[0, 1, 2]]` sends column 0 to row "
            "0, column 1 to row 1 and column 2 to row 2: a diagonal.\n\n"
            "My example: `self` is `(4, 2)` and `src` is `[[5., 6.]]`. To fill row 3 the index must be `[[3, 3]]`. "
            "With a third column in `index` rule 3 breaks, because the columns stay and `self` has only two of them.",
        ),
        (
            0.5,
            "Along dim 0 the index says which row a value goes to, not which column. For the first row your friend "
            "needs the index `[[0, 0, 0]]`. For example in a 4×2 tensor I would use `[[0, 0]]`.",
        ),
        (0.0, "You have to use dim=1 instead of dim=0, then it works."),
    ],
}


@dataclass(frozen=True)
class Score:
    """One person's result.

    Attributes:
        student: their id.
        name: first and last name.
        marks: for each exercise's name the points, or None while a person has yet to read the answer.
        answered: the exercises whose answer differs from the starter.
        total, possible: points so far, and of the whole chapter.
        needs_reading: whether a person has yet to read something.
    """

    student: str
    name: str
    marks: dict[str, float | None]
    answered: frozenset[str]
    total: float
    possible: float
    needs_reading: bool


def chapter_source(course: Course) -> Source:
    """The source of the demo's chapter."""
    found = sources(course)
    chapter = choose(CHAPTER, [s.chapter for s in found])
    return next(s for s in found if s.chapter == chapter)


def make_class(course: Course, folder: Path) -> None:
    """Lay out the class in ``folder``, which must not exist: nbgrader's settings, the source and the submissions.

    Raises:
        CourseError: the chapter does not build, or the folder cannot be written.
    """
    source = chapter_source(course)
    product = build(course, source)
    master = read_source(source)
    found = exercises(master, source)
    attempts, questions = read_attempts(source.attempts)
    released = nbformat.reads(product.files[source.chapter.notebook_name].decode(), as_version=4)
    unfinished = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    write_text(unfinished / CONFIG, _settings(course, folder))
    here = unfinished / "source" / source.chapter.name
    write_text(here / source.chapter.notebook_name, notebook_text(master))
    others = {n: b for n, b in product.files.items() if n != source.chapter.notebook_name}
    for name, content in others.items():
        write_bytes(here / name, content)
    for number, (student, (_, _, skill)) in enumerate(PEOPLE.items()):
        answers = choose_answers(random.Random(SEED * 1000 + number), skill, found, attempts, questions)
        there = unfinished / "submitted" / student / source.chapter.name
        write_text(there / source.chapter.notebook_name, notebook_text(answered(released, answers)))
        write_text(there / "timestamp.txt", f"2025-03-{10 + number % 4} {9 + number}:{number * 4 + 5:02}:17.000000 UTC")
        for name, content in others.items():
            write_bytes(there / name, content)
    (unfinished / "exchange").mkdir()
    try:
        os.replace(unfinished, folder)
    except OSError as error:
        raise CourseError(f"Cannot make {folder}: {error.strerror or error}.") from None


def _settings(course: Course, folder: Path) -> str:
    main = os.path.relpath(course.instructor, folder)
    return f"""{MARK}
from pathlib import Path

c = get_config()
here = Path(__file__).resolve().parent
load_subconfig({CONFIG!r}, path=str(here / {main!r}))
c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = {COURSE_ID!r}
c.CourseDirectory.release_directory = "release"
c.Exchange.root = str(here / "exchange")
"""


def choose_answers(
    dice: random.Random, skill: float | None, found: list[Exercise], attempts: list[Attempt], questions: list[Question]
) -> dict[str, str]:
    """What one person writes: for each exercise that they answered, the whole text of its cell.

    Harder exercises are got wrong, and given up, more often.
    """
    if skill is None:
        return {}
    answers = {}
    for exercise in found:
        hardness = exercise.difficulty / exercise.out_of
        right = skill == 1 or dice.random() < skill ** (0.4 + 1.2 * hardness)
        gives_up = skill < 1 and dice.random() > skill + 0.9 - 0.6 * hardness
        of_it = [a for a in attempts if a.exercise == exercise.name]
        if exercise.manual:
            for least, text in WRITTEN.get(exercise.name, []):
                if skill >= least and exercise.name not in answers:
                    answers[exercise.name] = text
        elif not of_it and questions:
            answers[exercise.name] = _letters(dice, right, questions)
        elif right or not gives_up:
            answers[exercise.name] = dice.choice([a for a in of_it if a.right == right]).code.rstrip("\n")
    return answers


def _letters(dice: random.Random, right: bool, questions: list[Question]) -> str:
    letters = {q.name: q.right for q in questions}
    if not right:
        slip = dice.choice(questions)
        letters[slip.name] = dice.choice(sorted(slip.because))
    return "answers = {" + ", ".join(f'"{k}": "{v}"' for k, v in letters.items()) + "}"


def answered(notebook: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """A copy of a notebook in which the cells with these grade_ids hold these texts."""
    filled = copy.deepcopy(notebook)
    for cell in filled.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    return filled


def is_graded(folder: Path, student: str) -> bool:
    """Whether a submission went all the way: its feedback is written last."""
    return (folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html").is_file()


def grade_class(folder: Path, on_graded: Callable[[str], None]) -> list[str]:
    """Let nbgrader autograde what is not graded yet, and write the feedback.

    The work is done in processes of their own, because nbgrader and nbclient each swallow a Ctrl-C in their own way.

    Args:
        on_graded: called with each student's id when they are done; at once for those who were done before.

    Returns:
        A sentence for each submission that nbgrader could not grade.

    Raises:
        CourseError: nbgrader cannot read the source.
    """
    waiting = [s for s in PEOPLE if not is_graded(folder, s)]
    for student in PEOPLE:
        if student not in waiting:
            on_graded(student)
    if not waiting:
        return []
    _open_gradebook(folder)
    problems: list[str] = []
    workers: dict[Connection, multiprocessing.Process] = {}
    try:
        for share in filter(None, (waiting[::2], waiting[1::2])):
            ours, theirs = multiprocessing.Pipe(duplex=False)
            process = multiprocessing.Process(target=_grade_share, args=(folder, share, theirs), daemon=True)
            process.start()
            theirs.close()
            workers[ours] = process
        while workers:
            for pipe in wait(list(workers)):
                try:
                    student, problem = pipe.recv()
                except EOFError:
                    workers.pop(pipe).join()
                    continue
                problems += [f"{student}: {problem}"] if problem else []
                on_graded(student)
    finally:
        for process in workers.values():
            process.kill()
            process.join()
    return problems


def _open_gradebook(folder: Path) -> None:
    """Let nbgrader read the source into the gradebook, and enter the people with their names."""
    api = nbgrader_api(folder)
    result = api.generate_assignment(CHAPTER, force=True, create=True)
    if not result["success"]:
        if "KeyboardInterrupt" in result.get("error", ""):
            raise KeyboardInterrupt
        raise CourseError(f"nbgrader could not read the demo's source: {reason_of(result)}")
    with api.gradebook as gradebook:
        for student, (first, last, _) in PEOPLE.items():
            gradebook.update_or_create_student(student, first_name=first, last_name=last)


def _grade_share(folder: Path, students: list[str], pipe: Connection) -> None:
    """In a process of its own: send each student's id with what went wrong, or with nothing."""
    if hasattr(os, "setsid"):
        # A Ctrl-C in the terminal is for the parent, which then ends this process and its kernels.
        os.setsid()
    # SQLAlchemy warns of the order in which nbgrader adds things, which nobody here can change.
    warnings.simplefilter("ignore")
    api = nbgrader_api(folder)
    for student in students:
        result = api.autograde(CHAPTER, student)
        if result["success"]:
            result = api.generate_feedback(CHAPTER, student)
        pipe.send((student, "" if result["success"] else reason_of(result)))


def scores(folder: Path) -> list[Score]:
    """Everybody's result so far, as the gradebook has it."""
    from nbgrader.api import Gradebook, MissingEntry

    found = []
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", COURSE_ID) as gradebook:
        for student, (first, last, _) in PEOPLE.items():
            try:
                submission = gradebook.find_submission(CHAPTER, student)
            except MissingEntry:
                continue
            grades = {g.cell.name.removeprefix("test_"): g for n in submission.notebooks for g in n.grades}
            untouched = {c.name for n in submission.notebooks for c in n.comments if c.auto_comment == "No response."}
            found.append(
                Score(
                    student=student,
                    name=f"{first} {last}",
                    marks={k: None if g.needs_manual_grade else g.score for k, g in grades.items()},
                    answered=frozenset(set(grades) - untouched),
                    total=submission.score,
                    possible=submission.max_score,
                    needs_reading=submission.needs_manual_grade,
                )
            )
    return found


# ---------------------------------------------------------------- for the program


def lay_out(course: Course, folder: Path, fresh: bool) -> bool:
    """Make the class where there is none, or where ``fresh`` asks for a new one; say whether it was made.

    Raises:
        CourseError: ``folder`` holds something else.
    """
    if folder.exists():
        config = folder / CONFIG
        if not config.is_file() or not config.read_text(encoding="utf-8").startswith(MARK):
            raise CourseError(f"{folder} exists and is no demo class; move it away, then try again.")
        if not fresh:
            return False
        # Renamed first, so that an interruption leaves no half-deleted class behind to go on with.
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        os.replace(folder, old)
        shutil.rmtree(old, ignore_errors=True)
    make_class(course, folder)
    return True


def print_scores(console: Console, course: Course, found: list[Score]) -> None:
    """Student × exercise as a table that fits a terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    source = chapter_source(course)
    listed = exercises(read_source(source), source)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("student", no_wrap=True)
    # One column for all exercises: seventeen would not fit into eighty characters.
    table.add_column(" ".join(e.number[-1] for e in listed), no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("to read", no_wrap=True)
    for score in found:
        marks = Text(" ").join(Text(mark, style=style) for mark, style in (_mark(score, e) for e in listed))
        table.add_row(score.name, marks, f"{score.total:g}/{score.possible:g}", "✎ yes" if score.needs_reading else "")
    console.print(table)
    console.print(
        "[green]✔[/] right  [red]✗[/] wrong  [dim]·[/] not answered  [cyan]✎[/] waits for a person", highlight=False
    )


def _mark(score: Score, exercise: Exercise) -> tuple[str, str]:
    points = score.marks.get(exercise.name, 0.0)
    if points is None:
        return "✎", "cyan"
    if exercise.name not in score.answered:
        return "·", "dim"
    if exercise.manual:
        return f"{points:g}", "cyan"
    return ("✔", "green") if points == exercise.points else ("✗", "red")


def print_next_steps(console: Console, folder: Path) -> None:
    """Where to look next, as lines to paste."""
    there = os.path.relpath(folder)
    program = "" if shutil.which("nbgrader") else f"{Path(sys.executable).parent}{os.sep}"
    console.print("\n[bold]Where to look next[/]", highlight=False)
    for what, line in (
        (
            "read the written answers in formgrader",
            f"cd {there} && {program}jupyter lab --LabApp.default_url=/formgrader",
        ),
        (
            "write the feedback again, with your points and comments",
            f"cd {there} && {program}nbgrader generate_feedback {CHAPTER} --force",
        ),
        ("what a student gets to see, in a browser", f"{there}/feedback/bauer/{CHAPTER}/{CHAPTER}.html"),
    ):
        console.print(f"  [dim]{what}[/]\n    {line}", highlight=False, soft_wrap=True)

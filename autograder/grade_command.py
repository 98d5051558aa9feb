"""`course grade`: a whole class, with a bar, what went wrong as it happens, and a table at the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from course_utils.course import find_course
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.grading.judge import Result


def grade_command(
    chapter: Annotated[str, typer.Argument(help="A chapter, such as 04 or scatter.")],
    student: Annotated[
        str, typer.Option("--student", help="Only this student's submission; * stands for anything.")
    ] = "*",
    force: Annotated[bool, typer.Option("--force", help="Grade again what is graded already.")] = False,
    sandbox: Annotated[
        str, typer.Option("--sandbox", help="namespaces: shut in. none: with your own rights, for code that you trust.")
    ] = "namespaces",
    workers: Annotated[int, typer.Option("--workers", min=0, help="How many at a time; one for each core when 0.")] = 0,
    cell_seconds: Annotated[float, typer.Option("--cell-seconds", min=0.1, help="How long one cell may run.")] = 60.0,
) -> None:
    """Grade every submission of a chapter into the gradebook.

    Only new and changed submissions are graded; Ctrl-C keeps what is finished, and the same command goes on from there. Every
    submission runs without a network, sees neither tests nor others, and a cell that never ends costs its own points only.

    [dim]course collect submissions.zip · course grade 04 · course grade 04 --student bauer --force[/]
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from autograder.grading.driver import grade, plan
    from autograder.grading.limits import Limits

    if sandbox not in ("namespaces", "none"):
        raise CourseError(f"There is no sandbox called {sandbox}; choose namespaces or none.")
    course, console = find_course(), Console()
    one = course.chapter(chapter)
    todo = plan(course, one, force, student)
    if todo.done:
        console.print(f"{len(todo.done)} graded already; --force grades them again.", highlight=False)
    results: list[Result] = []
    began = time.monotonic()
    columns = (
        TextColumn(f"grading {one.name}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=len(todo.waiting) + len(todo.unread))

            def tell(result: Result) -> None:
                results.append(result)
                bar.advance(task)
                for sentence in [result.problem] if result.problem else result.trouble:
                    bar.console.print(
                        f"  [yellow]{result.student}[/]: {_plain(sentence)}", highlight=False, soft_wrap=True
                    )

            grade(course, one, todo, tell, Limits(cell_seconds=cell_seconds), sandbox, workers or None)
    finally:
        if results:
            print_summary(console, results, time.monotonic() - began)


def print_summary(console: Console, results: list[Result], seconds: float) -> None:
    """How many, how fast, and how it went."""
    scores = sorted(sum(score or 0 for score in r.grades.values()) for r in results if not r.problem)
    unread = sum(r.problem is not None for r in results)
    mended = sum(bool(r.said) for r in results if not r.problem)
    console.print(
        f"[green]✔[/] {len(results)} graded in {seconds:.1f} s ({60 * len(results) / max(seconds, 1e-9):,.0f} a minute); "
        f"{mended} mended, {unread} could not be read.",
        highlight=False,
    )
    if scores:
        console.print(
            f"  automatic points: lowest {scores[0]:g}, middle {scores[len(scores) // 2]:g}, highest {scores[-1]:g}",
            highlight=False,
        )


def _plain(sentence: str) -> str:
    from rich.markup import escape

    return escape("".join(c if c.isprintable() else "�" for c in sentence)[:300])

"""The instructor's commands of the `course` program."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Annotated

import typer

from course_utils.course import choose, find_course
from course_utils.errors import CourseError


def register(app: typer.Typer) -> None:
    """Add the commands that need ``autograder/`` to the program."""
    app.command("build", rich_help_panel="For instructors")(build_command)


def build_command(
    chapter: Annotated[str, typer.Argument(help="A chapter, such as 04 or scatter; all of them when left out.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 when a released chapter is stale.")] = False,
) -> None:
    """Make the students' notebooks from autograder/source.

    Runs every listed right and wrong attempt against the tests first: a chapter whose tests accept a wrong answer does not
    build. Unchanged chapters come from a cache.
    """
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from autograder.build import Product, build
    from autograder.chapter import sources

    course = find_course()
    wanted = sources(course)
    if chapter:
        name = choose(chapter, [s.chapter for s in wanted]).name
        wanted = [s for s in wanted if s.chapter.name == name]
    if not wanted:
        raise CourseError(f"There are no chapters in {course.instructor / 'source'}.")
    console = Console()
    products: dict[str, Product] = {}
    problems: list[str] = []
    columns = (TextColumn("building"), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar, ProcessPoolExecutor(max_workers=2) as pool:
        task = bar.add_task("", total=len(wanted))
        jobs = {pool.submit(build, course, s): s for s in wanted}
        for job in as_completed(jobs):
            bar.update(task, advance=1, description=jobs[job].chapter.name)
            try:
                products[jobs[job].chapter.name] = job.result()
            except CourseError as error:
                problems.append(str(error))
    stale = 0
    for name in sorted(products):
        product = products[name]
        changed = product.stale(course) if check else product.publish(course)
        stale += bool(changed)
        r = product.report
        word = ("[red]stale[/]: " if check else "[green]written[/]: ") + ", ".join(changed) if changed else "[dim]up to date[/]"
        console.print(
            f"[bold]{name}[/]  {r.automatic} + {r.exercises - r.automatic} exercises, {r.points:g} points, "
            f"attempts: {r.accepted} right accepted, {r.rejected} wrong rejected, runs in {r.seconds:.1f} s  {word}"
        )
    if problems:
        raise CourseError("\n".join(problems))
    if check and stale:
        console.print("Run [bold]course build[/] and commit notebooks/.")
        raise typer.Exit(1)

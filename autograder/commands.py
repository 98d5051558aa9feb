"""The instructor's commands of the `course` program."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Annotated

import typer

from autograder.collect_command import collect_command
from autograder.grade_command import grade_command
from course_utils.course import choose, find_course
from course_utils.errors import CourseError


def register(app: typer.Typer) -> None:
    """Add the commands that need ``autograder/`` to the program."""
    app.command("build", rich_help_panel="For instructors")(build_command)
    app.command("check")(check_command)
    app.command("collect", rich_help_panel="For instructors")(collect_command)
    app.command("grade", rich_help_panel="For instructors")(grade_command)
    app.command("demo", rich_help_panel="For instructors")(demo_command)


def build_command(
    chapter: Annotated[str, typer.Argument(help="A chapter, such as 04 or scatter; all of them when left out.")] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 when a released chapter is stale.")
    ] = False,
) -> None:
    """Make the students' notebooks from autograder/source; with all chapters docs/coverage.md and docs/api.md too.

    Runs every listed right and wrong attempt against the tests first: a chapter whose tests accept a wrong answer does not
    build. Unchanged chapters come from a cache.

    [dim]course build · course build 04 · course build --check[/]
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table

    from autograder.build import Product, build
    from autograder.chapter import sources
    from autograder.coverage import stale_documents, told_by, write_documents

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
    table = Table(box=SIMPLE_HEAD, pad_edge=False, caption="right answers accepted, wrong ones rejected")
    for heading in ("chapter", "exercises", "points", "right", "wrong", "runs in", ""):
        words = heading in ("chapter", "")
        table.add_column(heading, justify="left" if words else "right", no_wrap=heading == "chapter")
    stale = 0
    for name in sorted(products):
        product = products[name]
        changed = product.stale(course) if check else product.publish(course)
        stale += bool(changed)
        word = ("[red]stale: " if check else "[green]written: ") + ", ".join(changed) if changed else "[dim]up to date"
        r = product.report
        cells = (f"{r.automatic} + {r.exercises - r.automatic}", f"{r.points:g}", str(r.accepted), str(r.rejected))
        table.add_row(name, *cells, f"{r.seconds:.1f} s", word)
    console.print(table)
    if problems:
        raise CourseError("\n".join(problems))
    documents: list[str] = []
    if not chapter:
        chapters = [told_by(source) for source in wanted]
        documents = stale_documents(course, chapters) if check else write_documents(course, chapters)
    if documents:
        console.print(f"docs/: {'stale' if check else 'written'}: {', '.join(documents)}")
    if check and (stale or documents):
        console.print("Run [bold]course build[/] and commit notebooks/ and docs/.")
        raise typer.Exit(1)


def check_command(
    chapter: Annotated[
        str, typer.Argument(help="A chapter, such as 04 or scatter; all on your desk when left out.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs: everything, exercise by exercise.")] = False,
) -> None:
    """Grade your own notebooks with all tests, the hidden ones too.

    For self-study: your notebooks and every gradebook stay as they are. Ctrl-C shows what is graded by then.

    [dim]course check 04 · course check --json[/]
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from autograder.check_desk import as_json as for_programs
    from autograder.check_desk import grade_chapter, master_of, print_table

    course = find_course()
    if chapter:
        wanted = [course.chapter(chapter)]
    else:
        wanted = [c for c in course.chapters if (course.desk / c.name / c.notebook_name).is_file()]
        if not wanted:
            raise CourseError(f"There is no chapter on your desk ({course.desk}) yet; `course lab` puts them there.")
    console, results, problems, stopped = Console(), [], [], False
    for one in wanted:
        graded, found = [], []
        try:
            found = master_of(course, one)[1]
            columns = (TextColumn(f"grading {one.name}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("", total=len(found))

                def tell(result, bar=bar, task=task, graded=graded) -> None:
                    graded.append(result)
                    bar.advance(task)

                grade_chapter(course, one, tell)
        except KeyboardInterrupt:
            stopped = True
        except CourseError as error:
            problems.append(str(error))
            continue
        if graded:
            results.append(for_programs(one, graded, len(found)))
            if not as_json:
                print_table(console, one, graded, len(found))
        if stopped:
            break
    if as_json:
        typer.echo(json.dumps(results, indent=1, ensure_ascii=False))
    if problems:
        raise CourseError("\n".join(problems))
    if stopped:
        raise KeyboardInterrupt


def demo_command(
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Throw the class away, with your points in it, and make it anew.")
    ] = False,
) -> None:
    """Make a class of 12 simulated submissions of chapter 04, and grade it.

    The class is in the folder demo, with a gradebook of its own. Run again, the command grades what is not graded yet
    and shows the scores as they are now.

    [dim]course demo · course demo --fresh[/]
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from autograder.demo import PEOPLE, grade_class, lay_out, print_next_steps, print_scores, scores

    course = find_course()
    folder = course.root / "demo"
    console = Console()
    with console.status("making the class"):
        lay_out(course, folder, fresh)
    name = TextColumn("{task.description}")
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), name)
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=len(PEOPLE))
            problems = grade_class(folder, lambda student: bar.update(task, advance=1, description=student))
    except KeyboardInterrupt:
        console.print("Stopped; what is graded is kept, and [bold]course demo[/] goes on from here.")
        raise
    print_scores(console, course, scores(folder))
    print_next_steps(console, folder)
    if problems:
        raise CourseError("nbgrader could not grade:\n  " + "\n  ".join(problems))

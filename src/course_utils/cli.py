"""The `course` program: words in, one sentence or a table out.

Commands import what they need when they run, so that `course --help` answers at once. The instructor's commands join
through the entry-point group ``course.commands``; a copy of the course without them simply has fewer commands.
"""

from __future__ import annotations

import errno
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Annotated, Any

import typer

from course_utils.errors import CourseError

if TYPE_CHECKING:
    from course_utils.course import Chapter, Course

GROUP = "course.commands"
BAD_INPUT = 2
INTERRUPTED = 130
FOR_INSTRUCTORS = "For instructors"

# Failures of the machine rather than of the program: the reader can mend them, so they get a sentence, not a traceback.
MACHINE = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your disk quota is used up; free some space",
    errno.EACCES: "permission denied; check who owns the folder",
    errno.EPERM: "permission denied; check who owns the folder",
    errno.EROFS: "the file system is read-only; copy the course to a folder that you can write to",
}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="A chapter can be named by its number or its name: [cyan]4[/], [cyan]04[/], [cyan]scatter[/] and "
    "[cyan]04_scatter[/] are the same.",
)

ChapterName = Annotated[str, typer.Argument(metavar="CHAPTER", help="Its number or name, such as 04 or scatter.")]


@app.callback()
def course() -> None:
    """An interactive course on PyTorch that runs in JupyterLab.

    [bold]course lab[/]         open the course; your work is kept in the folder work

    [bold]course progress[/]    what is solved, and what comes next

    [bold]course doctor[/]      what is missing on this machine, and how to get it
    """


@app.command()
def lab(
    instructor: Annotated[
        bool, typer.Option("--instructor", help="Open autograder/ with formgrader and nbgrader's authoring panels.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The first to try; a free one near it is used.")] = 8888,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser, or just say where.")] = True,
) -> None:
    """Open the course in JupyterLab.

    Lays out your desk first: new chapters are copied to the folder work, newer ones are merged into yours. Nothing that
    you wrote is overwritten. Stop with Ctrl-C.

    [dim]course lab · course lab --no-browser --port 9000[/]
    """
    from course_utils.course import find_course
    from course_utils.lab.start import start_lab

    here = find_course()
    if not instructor:
        _lay_out(here)
    start_lab(here, instructor=instructor, port=port, browser=browser, announce=lambda url: _announce(url, browser))
    typer.echo("Stopped; nothing was lost.")


@app.command()
def progress(
    for_programs: Annotated[
        bool, typer.Option("--json", help="For programs: everything, exercise by exercise.")
    ] = False,
) -> None:
    """Show what is solved, read from your notebooks.

    [dim]course progress · course progress --json[/]
    """
    import json

    from course_utils.course import find_course
    from course_utils.progress import as_json, course_progress

    state = as_json(course_progress(find_course()))
    if for_programs:
        typer.echo(json.dumps(state, indent=1, ensure_ascii=False))
    else:
        _print_progress(state)


@app.command()
def reset(chapter: ChapterName) -> None:
    """Start a chapter afresh; your copy is kept as a backup.

    [dim]course reset 04[/]
    """
    from course_utils.desk.desk import reset as reset_chapter

    here, wanted = _find(chapter)
    backup = reset_chapter(here, wanted)
    typer.echo(f"{wanted.name} is as new.")
    if backup:
        typer.echo(f"Your copy is kept at {backup}; `course restore {wanted.number}` brings it back.")


@app.command()
def restore(chapter: ChapterName) -> None:
    """Bring back a chapter as it was before the last reset or merge.

    [dim]course restore 04[/]
    """
    from course_utils.desk.desk import restore as restore_chapter

    here, wanted = _find(chapter)
    backup = restore_chapter(here, wanted)
    typer.echo(f"{wanted.name} is again what it was in {backup.name}; `course restore {wanted.number}` undoes this.")


@app.command()
def doctor(
    torch: Annotated[bool, typer.Option("--torch", help="Also start PyTorch, and look for a GPU.")] = False,
) -> None:
    """Say what is missing on this machine, and how to get it.

    [dim]course doctor · course doctor --torch[/]
    """
    from course_utils.doctor import diagnose, print_findings

    findings = diagnose(torch=torch)
    if not print_findings(findings):
        raise typer.Exit(BAD_INPUT)


def main() -> None:
    """Run the program; what a person can mend is one sentence on the error stream, and exit code 2."""
    try:
        _load_further_commands(app)
        app()
    except CourseError as error:
        _fail(str(error))
    except SystemExit as ending:
        # typer turns Ctrl-C into this, and says nothing.
        if ending.code == INTERRUPTED:
            print("Stopped; nothing was lost.", file=sys.stderr)
        raise
    except KeyboardInterrupt:
        print("Stopped; nothing was lost.", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "course_utils", "autograder"):
            raise
        _fail(f"The package {package} is not installed; `course doctor` says what is missing and how to get it.")
    except OSError as error:
        if error.errno not in MACHINE:
            raise
        _fail(f"{error.filename or 'Writing'}: {MACHINE[error.errno]}, then try again.")


def _fail(sentence: str) -> None:
    print(f"course: {sentence}", file=sys.stderr)
    raise SystemExit(BAD_INPUT) from None


def _load_further_commands(program: typer.Typer) -> None:
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        try:
            point.load()(program)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            print(f"course: the {point.name}'s commands are left out ({reason}).", file=sys.stderr)


def _find(chapter: str) -> tuple[Course, Chapter]:
    from course_utils.course import find_course

    here = find_course()
    return here, here.chapter(chapter)


def _lay_out(here: Course) -> None:
    """Lay out the desk, and say what happened to each chapter that is not simply as it was."""
    from course_utils.desk.desk import lay_out

    for change in lay_out(here):
        if change.state or change.notes:
            typer.echo(f"{change.chapter.name}: {change.state.words}")
        for note in change.notes:
            typer.echo(f"  {note}")
        if change.backup:
            typer.echo(f"  Your copy from before is at {change.backup}.")


def _announce(address: str, browser: bool) -> None:
    lead = "The course opens in your browser. If it does not, open" if browser else "The course is ready. Open"
    typer.echo(f"{lead}\n\n    {address}\n\nStop it with Ctrl-C.")


STATES = {
    "new": "[dim]new[/]",
    "started": "[yellow]started[/]",
    "done": "[green]✓ done[/]",
    "broken": "[red]✗ unreadable[/]",
}


def _print_progress(state: dict[str, Any]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    console = Console()
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("chapter", no_wrap=True, overflow="ellipsis")
    table.add_column("", width=8)
    for heading in ("solved", "points"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for c in state["chapters"]:
        table.add_row(
            f"{c['number']}  {c['title']}",
            ProgressBar(total=max(c["total"], 1), completed=c["solved"], width=8),
            f"{c['solved']}/{c['total']}",
            f"{c['points']:g}/{c['max_points']:g}",
            STATES[c["state"]],
        )
    console.print(table)
    if any(c["state"] == "broken" for c in state["chapters"]):
        console.print(
            "`course restore CHAPTER` brings back an unreadable chapter; `course reset CHAPTER` starts it afresh."
        )
    if state["next"]:
        console.print(f"Next: {state['next']} · course lab")
    elif state["chapters"]:
        console.print("All solved. Well done!")

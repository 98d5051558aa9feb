"""The `course` program: words in, one sentence or a table out.

Commands import what they need when they run, so that `course --help` answers at once. The instructor's commands join
through the entry-point group ``course.commands``; a copy of the course without them simply has fewer commands.
"""

from __future__ import annotations

import errno
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Annotated

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
    port: Annotated[int, typer.Option(min=1, max=65535, help="The first port to try; a free one near it is used.")] = 8888,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser, or only say the address.")] = True,
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
    as_json: Annotated[bool, typer.Option("--json", help="For programs: everything, exercise by exercise.")] = False,
) -> None:
    """Show what is solved, read from your notebooks.

    [dim]course progress · course progress --json[/]
    """
    import json

    from course_utils.course import find_course
    from course_utils.progress import course_progress

    state = course_progress(find_course()).as_json()
    if as_json:
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
    typer.echo(f"{wanted.name} is as new. Your copy is at {backup}; `course restore {wanted.number}` brings it back.")


@app.command()
def restore(chapter: ChapterName) -> None:
    """Bring back a chapter as it was before the last reset or merge.

    [dim]course restore 04[/]
    """
    from course_utils.desk.desk import restore as restore_chapter

    here, wanted = _find(chapter)
    restored = restore_chapter(here, wanted)
    typer.echo(f"{wanted.name} is as it was before, in {restored}; `course restore {wanted.number}` again undoes this.")


@app.command()
def doctor(
    torch: Annotated[bool, typer.Option("--torch", help="Also start PyTorch and look for a GPU (takes seconds).")] = False,
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
    except KeyboardInterrupt:
        print("Stopped; nothing was lost.", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
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

"""`course collect`: from an LMS's download to submissions that can be graded, with a table of what became of each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from course_utils.course import Chapter, Course, choose, find_course
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.collect import Collected
    from autograder.unpacking import File

# A larger class is told of only where there is something to say.
ALL_SHOWN = 40
LOOKED_INTO = 5
LIKE_ENOUGH = 0.2
STATUS = {
    "new": ("collected", "green"),
    "unchanged": ("unchanged", "dim"),
    "replaced": ("replaced", "yellow"),
    "older": ("not taken", "yellow"),
    "nothing": ("no notebook", "red"),
}


def collect_command(
    folder: Annotated[Path, typer.Argument(help="The folder or zip that your LMS gave you.")],
    chapter: Annotated[
        str,
        typer.Option("--chapter", "-c", help="A chapter, such as 04 or scatter; told by the notebooks when left out."),
    ] = "",
    into: Annotated[
        Path | None, typer.Option("--into", help="nbgrader's submitted folder; the course's own when left out.")
    ] = None,
    names: Annotated[
        Path | None,
        typer.Option(
            "--names", help="A CSV table: column “student” for the gradebook's ids, others for the LMS's names."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; show what would be collected.")] = False,
) -> None:
    """Put what Moodle, Canvas or any folder holds where it can be graded.

    Takes a folder or a zip, with zips within. For everybody one notebook counts, the newest that is this chapter's; nothing
    that was collected before is lost.

    [dim]course collect ~/Downloads/submissions.zip · course collect class/ --chapter 04 --dry-run[/]
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from autograder.collect import collect, read_names
    from autograder.pattern import pattern_of

    course = find_course()
    known = read_names(names) if names else {}
    wanted = choose(chapter, _chapters(course)) if chapter else guess_chapter(course, folder)
    pattern = pattern_of(_master(course, wanted))
    target = into or course.instructor / "submitted"
    columns = (TextColumn(f"collecting {wanted.name}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        collected = collect(folder, wanted, target, pattern, known, dry_run, tell)
    print_collected(Console(), wanted, target, collected, dry_run)
    if not any(taken.file for taken in collected.taken):
        raise CourseError(f"No submission of {wanted.name} was found in {folder}.")


def guess_chapter(course: Course, folder: Path) -> Chapter:
    """The chapter that a class's notebooks are of: by their names, or else by what is in some of them.

    Raises:
        CourseError: the folder cannot be read, or holds nothing that looks like a chapter.
    """
    from autograder.choosing import likeness
    from autograder.collect import class_zip
    from autograder.pattern import pattern_of
    from autograder.unpacking import files_in

    chapters = _chapters(course)
    with files_in(class_zip(folder), []) as files:
        notebooks = [file for file in files if ".ipynb" in file.name.lower()]
        named = {c.name: sum(c.name in part for f in notebooks for part in f.parts) for c in chapters}
        most = max(named.values(), default=0)
        if most and list(named.values()).count(most) == 1:
            return next(c for c in chapters if named[c.name] == most)
        contents = [content for file in notebooks[:LOOKED_INTO] if (content := _content(file)) is not None]
    found: list[tuple[float, Chapter]] = []
    for one in chapters:
        pattern = pattern_of(_master(course, one))
        found.append((max((_likeness(content, pattern, likeness) for content in contents), default=0.0), one))
    best, chapter = max(found, key=lambda pair: pair[0], default=(0.0, None))
    if chapter is None or best < LIKE_ENOUGH:
        raise CourseError(f"Nothing in {folder} looks like a chapter; say which one it is with --chapter.")
    return chapter


def print_collected(console: Console, chapter: Chapter, into: Path, collected: Collected, dry_run: bool) -> None:
    """A table of people, what was left out and why, and the numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, title=chapter.name, title_justify="left", title_style="bold")
    table.add_column("student", overflow="fold")
    table.add_column("", no_wrap=True)
    table.add_column("file and what to know of it", ratio=1, overflow="fold")
    few = len(collected.taken) <= ALL_SHOWN
    for taken in collected.taken:
        if few or taken.said:
            word, style = STATUS[taken.status]
            table.add_row(
                Text(taken.student),
                Text(word, style=style),
                Text("\n".join([taken.file.rpartition("/")[2], *taken.said]).strip()),
            )
    if table.row_count:
        console.print(table)
    if collected.ignored:
        left = Table(box=SIMPLE_HEAD, pad_edge=False, title="left out", title_justify="left", title_style="bold")
        left.add_column("file", ratio=1, overflow="fold")
        left.add_column("why", overflow="fold")
        for refused in collected.ignored[:ALL_SHOWN]:
            left.add_row(Text(refused.file), Text(refused.why))
        console.print(left)
        if len(collected.ignored) > ALL_SHOWN:
            console.print(f"… and {len(collected.ignored) - ALL_SHOWN} more.")
    for sentence in collected.said:
        console.print(Text(sentence))
    counts = {word: sum(t.status == status for t in collected.taken) for status, (word, _) in STATUS.items()}
    numbers = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nobody"
    console.print(Text(f"{'Would be: ' if dry_run else ''}{numbers}; {into}"))


def _chapters(course: Course) -> list[Chapter]:
    from autograder.chapter import sources

    return [source.chapter for source in sources(course)]


def _master(course: Course, chapter: Chapter):
    from autograder.chapter import Source, read_source

    return read_source(Source(chapter, course.instructor / "source" / chapter.name))


def _content(file: File) -> bytes | None:
    try:
        return file.read()
    except CourseError:
        return None


def _likeness(content: bytes, pattern, likeness) -> float:
    try:
        return likeness(content, pattern)[0]
    except CourseError:
        return 0.0

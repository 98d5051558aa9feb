"""Reading a chapter's ``attempts.py``: the answers that test its tests.

The file is Python for the sake of editors and reviewers, but it is read, not run. Each attempt is a definition marked with
``@right(exercise)`` or ``@wrong(exercise)``; its text takes the place of the solution cell. A definition called ``_`` stands
for its body, for answers that are more than one definition. ``quiz(...)`` lines hold the quiz's key.

    @wrong("one_hot", say="You scattered along dim 0 …")
    def one_hot(labels, classes):
        ...
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError


@dataclass(frozen=True)
class Attempt:
    """A whole answer to one exercise.

    Attributes:
        exercise: the ``grade_id`` of the solution cell whose place it takes.
        right: whether the tests must accept it.
        code: the text of the cell.
        line: where it stands in the file.
        say: for a wrong one, the sentence that names the slip; the visible tests must then reveal it.
        hidden: for a wrong one that no visible example can reveal: why not.
        way: for a right one, this way of solving it in words; shown after success.
    """

    exercise: str
    right: bool
    code: str
    line: int
    say: str | None = None
    hidden: str | None = None
    way: str | None = None


@dataclass(frozen=True)
class Question:
    """A quiz question's key: the right letter, and for each other letter why it is wrong."""

    name: str
    right: str
    because: dict[str, str]


def read_attempts(path: Path) -> tuple[list[Attempt], list[Question]]:
    """The attempts and the quiz's key of one file.

    Raises:
        CourseError: the file is missing, or an entry in it is not of the form above.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
    except FileNotFoundError:
        raise CourseError(f"{path} is missing: every chapter needs attempts that test its tests.") from None
    except SyntaxError as error:
        raise CourseError(f"{path}, line {error.lineno}: {error.msg}.") from None
    attempts: list[Attempt] = []
    questions: list[Question] = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            attempts.append(_attempt(node, text, path))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _called(node.value) == "quiz":
            args, kwargs = _literals(node.value, path)
            questions.append(Question(args[0], kwargs["right"], kwargs["because"]))
        elif not (isinstance(node, (ast.Import, ast.ImportFrom)) or isinstance(node, ast.Expr)):
            raise CourseError(
                f"{path}, line {node.lineno}: only definitions marked @right or @wrong and quiz(…) belong here."
            )
    return attempts, questions


def _attempt(node: ast.FunctionDef | ast.ClassDef, text: str, path: Path) -> Attempt:
    where = f"{path}, line {node.lineno}"
    marks = [d for d in node.decorator_list if isinstance(d, ast.Call) and _called(d) in ("right", "wrong")]
    if len(marks) != 1:
        raise CourseError(f"{where}: {node.name} needs exactly one mark, @right(…) or @wrong(…).")
    args, kwargs = _literals(marks[0], path)
    right = _called(marks[0]) == "right"
    allowed = {"way"} if right else {"say", "hidden"}
    if len(args) != 1 or set(kwargs) - allowed:
        raise CourseError(f"{where}: a mark takes the exercise's name and {' or '.join(sorted(allowed))}.")
    if not right and not ("say" in kwargs) ^ ("hidden" in kwargs):
        raise CourseError(
            f"{where}: a wrong attempt has either say= (the slip's name) or hidden= (why no example shows it)."
        )
    return Attempt(args[0], right, _code(node, marks[0], text), node.lineno, **kwargs)


def _code(node: ast.FunctionDef | ast.ClassDef, mark: ast.expr, text: str) -> str:
    lines = text.splitlines()
    if node.name == "_":
        return textwrap.dedent("\n".join(lines[node.body[0].lineno - 1 : node.end_lineno])) + "\n"
    others = [ast.get_source_segment(text, d) for d in node.decorator_list if d is not mark]
    body = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return "".join(f"@{d}\n" for d in others) + body + "\n"


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _literals(call: ast.Call, path: Path) -> tuple[list[Any], dict[str, Any]]:
    try:
        return [ast.literal_eval(a) for a in call.args], {k.arg or "": ast.literal_eval(k.value) for k in call.keywords}
    except ValueError:
        raise CourseError(f"{path}, line {call.lineno}: only plain strings and dicts can stand in a mark.") from None


def right(exercise: str, *, way: str | None = None) -> Any:
    """The mark of a right attempt. It exists for editors; `read_attempts` reads it as text."""
    raise NotImplementedError("attempts.py files are read, not run")


def wrong(exercise: str, *, say: str | None = None, hidden: str | None = None) -> Any:
    """The mark of a wrong attempt; see `right`."""
    raise NotImplementedError("attempts.py files are read, not run")


def quiz(name: str, *, right: str, because: dict[str, str]) -> None:
    """One question of the quiz; see `Question`."""
    raise NotImplementedError("attempts.py files are read, not run")

"""What a submission of a chapter should look like, worked out once from the master and used for every submission.

A chapter has slots: cells that nbgrader knows, each with a name and a role. A submission must fill the answers' slots; the
other slots are the course's. Beside them stand cells that nobody grades, and some of these matter all the same: a test may
need a function or a value that an earlier cell of the course made. `Support` names them, so that a student who deleted such
a cell, or has an old release without it, does not lose points for that.
"""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from nbformat import NotebookNode

Role = Literal["answer", "written", "test", "locked"]
DEFINES = re.compile(r"^(?:async[ \t]+def|def|class)[ \t]+(\w+)|^(\w+)[ \t]*=[ \t]*lambda\b", re.MULTILINE)
ASSIGNS = re.compile(r"^(\w+)[ \t]*(?::[^=\n]{1,80})?=(?!=)", re.MULTILINE)
IMPORTS = re.compile(
    r"^(?:from[ \t]+[\w.]+[ \t]+import[ \t]+(?:\((?P<several>[^()]*)\)|(?P<line>[^\n]+))|import[ \t]+(?P<modules>[^\n]+))",
    re.MULTILINE,
)
WORDS = re.compile(r"\w+")
# What a starter has and an answer has not.
STUB = ("YOUR CODE HERE", "raise NotImplementedError", "YOUR ANSWER HERE")


@dataclass(frozen=True, eq=False)
class Slot:
    """A cell of the master that nbgrader knows.

    Attributes:
        name: its ``grade_id``.
        role: ``answer`` is graded by a test, ``written`` by a person; ``test`` and ``locked`` are the course's own.
        cell: the master's cell, hidden tests included.
        starter: the text that students were given.
        defines: the names that an answer must define; empty where any text is an answer.
        by_value: whether these names stand for values, as in ``answers = {…}``, and not for functions or classes.
        answer: for a test, the name of the answer that it tests.
    """

    name: str
    role: Role
    cell: NotebookNode
    starter: str
    defines: frozenset[str] = frozenset()
    by_value: bool = False
    answer: str | None = None

    @property
    def is_answer(self) -> bool:
        return self.role in ("answer", "written")

    def fits(self, source: str) -> bool:
        """Whether a text defines what this answer must define."""
        return not self.defines or not self.defines.isdisjoint(assigned(source) if self.by_value else defined(source))


@dataclass(frozen=True, eq=False)
class Support:
    """A cell of the course that is not graded, but makes something that a test or an answer uses.

    Attributes:
        imports: the names that it imports and others use.
        statements: the texts of its other statements that others use.
    """

    cell: NotebookNode
    imports: frozenset[str]
    statements: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Pattern:
    """A chapter, seen from a submission.

    Attributes:
        slots: in the master's order, by name.
        ids: the ids of all the master's cells, in order.
        texts: the ungraded cells of the course by their bare text: their ids.
        unmarked: the ids of the ungraded cells.
        supports: in the master's order.
        metadata: what the repaired notebook says about itself.
    """

    slots: dict[str, Slot]
    ids: tuple[str, ...]
    texts: dict[str, str]
    unmarked: frozenset[str]
    supports: tuple[Support, ...]
    metadata: NotebookNode


def pattern_of(master: NotebookNode, released: NotebookNode | None = None) -> Pattern:
    """What a submission should look like.

    Args:
        master: the chapter's source, as `autograder.chapter.read_source` gives it.
        released: what students were given; made from the master when left out.
    """
    released = released or _released(master)
    starters = {_marks(cell)["grade_id"]: cell.source for cell in released.cells if _role(cell)}
    others = [cell for cell in master.cells if not _role(cell)]
    elsewhere = {name for cell in others if cell.cell_type == "code" for name in assigned(cell.source)}
    slots: dict[str, Slot] = {}
    for cell in master.cells:
        role = _role(cell)
        if role is None:
            continue
        name = _marks(cell)["grade_id"]
        starter = starters.get(name, cell.source)
        functions, values, answer = set(), set(), None
        if role == "answer":
            functions = defined(starter)
            values = set() if functions else assigned(starter) - elsewhere
        elif role == "test":
            answers = [slot.name for slot in slots.values() if slot.role == "answer"]
            named = name.removeprefix("test_")
            answer = named if named in answers else answers[-1] if answers else None
        slots[name] = Slot(name, role, cell, starter, frozenset(functions | values), bool(values), answer)
    texts = {bare(c.source): c.id for n in (released, master) for c in n.cells if not _role(c) and c.source.strip()}
    metadata = copy.deepcopy(master.metadata)
    metadata.pop("jupytext", None)
    return Pattern(
        slots=slots,
        ids=tuple(cell.id for cell in master.cells),
        texts=texts,
        unmarked=frozenset(c.id for n in (released, master) for c in n.cells if not _role(c)),
        supports=_supports(master, [slot.cell for slot in slots.values() if slot.role in ("answer", "test")]),
        metadata=metadata,
    )


def bare(text: str) -> str:
    """A text without what no reader sees: spaces at the ends of lines, empty lines around it."""
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def defined(source: str) -> set[str]:
    """The functions and classes that a text defines at its top level, and names that it gives to a lambda."""
    return {name for pair in DEFINES.findall(source) for name in pair if name}


def assigned(source: str) -> set[str]:
    """The names to which a text assigns at its top level."""
    return set(ASSIGNS.findall(source))


def imported(source: str) -> set[str]:
    """The names that a text's imports bind. By their looks, because a student's text need not be Python."""
    names = set()
    for found in IMPORTS.finditer(source):
        modules = found["modules"] is not None
        for part in (found["several"] or found["line"] or found["modules"] or "").replace("\n", ",").split(","):
            words = part.split("#")[0].split()
            if words:
                names.add(words[-1].split(".")[0] if modules and len(words) == 1 else words[-1])
    return names


def words(source: str) -> Counter[str]:
    """The words of a text and how often each occurs, without those of a stub."""
    for phrase in STUB:
        source = source.replace(phrase, "")
    return Counter(WORDS.findall(source))


def _marks(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader") or {}


def _role(cell: NotebookNode) -> Role | None:
    marks = _marks(cell)
    if not marks.get("grade_id"):
        return None
    if marks.get("solution"):
        return "written" if marks.get("grade") else "answer"
    if marks.get("grade") and cell.cell_type == "code":
        return "test"
    return "locked" if marks.get("locked") or marks.get("grade") or marks.get("task") else None


def _released(master: NotebookNode) -> NotebookNode:
    from nbgrader.preprocessors import ClearHiddenTests

    from autograder.steps import KindClearSolutions

    notebook, resources = copy.deepcopy(master), {"language": "python"}
    for step in (KindClearSolutions(), ClearHiddenTests()):
        notebook, resources = step.preprocess(notebook, resources)
    return notebook


def _supports(master: NotebookNode, users: list[NotebookNode]) -> tuple[Support, ...]:
    """The ungraded cells that bind a name which the users need, or which such a cell needs in its turn."""
    statements = [
        (cell, node) for cell in master.cells if cell.cell_type == "code" and not _role(cell) for node in _body(cell)
    ]
    needed = {name for cell in users for node in _body(cell) for name in _names(node, ast.Load)}
    used: set[int] = set()
    while True:
        more = [i for i, (_, node) in enumerate(statements) if i not in used and _bound(node) & needed]
        if not more:
            break
        used |= set(more)
        needed |= {name for i in more for name in _names(statements[i][1], ast.Load)}
    found: dict[str, tuple[NotebookNode, set[str], list[str]]] = {}
    for cell, node in (statements[i] for i in sorted(used)):
        _, imports, texts = found.setdefault(cell.id, (cell, set(), []))
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports |= _bound(node) & needed
        else:
            texts.append(bare(ast.get_source_segment(cell.source, node) or ""))
    return tuple(Support(cell, frozenset(imports), tuple(texts)) for cell, imports, texts in found.values())


def _body(cell: NotebookNode) -> list[ast.stmt]:
    try:
        return ast.parse(cell.source).body
    except SyntaxError:
        return []


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement binds for the cells after it."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import):
        return {alias.asname or alias.name.split(".")[0] for alias in statement.names}
    if isinstance(statement, ast.ImportFrom):
        return {alias.asname or alias.name for alias in statement.names}
    return _names(statement, ast.Store)


def _names(node: ast.AST, context: type) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}

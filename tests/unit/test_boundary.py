"""The trust boundary and the order of imports, held for every module and notebook that there is.

The student's side (src/course_utils, notebooks, data) knows no answer and no hidden test, and does not reach for the
instructor's. The rules are functions of a folder here, so that each is also shown to find what it is there to find.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).resolve().parents[2]
STUDENT = [ROOT / "src/course_utils", ROOT / "notebooks", ROOT / "data"]
INSTRUCTOR = ROOT / "autograder"
SOURCES = sorted(path for path in (INSTRUCTOR / "source").glob("*/*.py") if path.stem == path.parent.name)

MARKER = re.compile(r"^\s*#+\s*(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)\s*$", re.MULTILINE)
IMPORT_IN_TEXT = re.compile(r"\b(import\s+autograder|from\s+autograder[\w.]*\s+import)\b")
IMPORTERS = {"import_module", "__import__", "find_spec", "run_module", "import_item", "resolve_name"}


# The rules


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def package_modules(folder: Path) -> dict[str, Path]:
    """The modules of a package by dotted name; a folder in it counts where it has an ``__init__``.

    The rest of the instructor's folder is not code: sources of chapters, submissions of students.
    """
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() and (path / "__init__.py").exists():
            found |= {f"{folder.name}.{name}": file for name, file in package_modules(path).items()}
        elif path.suffix == ".py":
            found[folder.name if path.stem == "__init__" else f"{folder.name}.{path.stem}"] = path
    return found


def reaches_for_autograder(text: str) -> list[int]:
    """The lines on which Python source imports autograder, by a statement, by a call or in a text that is run."""
    lines = []
    for node in ast.walk(ast.parse(text)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(alias.name for alias in node.names if node.level)]
        elif isinstance(node, ast.Call) and _called(node) in IMPORTERS:
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            names = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and IMPORT_IN_TEXT.search(node.value):
            names = ["autograder"]
        if any(name.split(".")[0].split(":")[0] == "autograder" for name in names):
            lines.append(node.lineno)
    return lines


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def imports_at_load(name: str, path: Path, modules: dict[str, Path]) -> set[str]:
    """Those of ``modules`` that a module imports while it is itself imported: not in functions, not for types only."""
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    found = set()
    for node in _statements_at_load(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = parents[: len(parents) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{start}.{alias.name}"
                found.add(whole if whole in modules else start)
    return found & modules.keys()


def _statements_at_load(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for name in ("body", "orelse", "finalbody"):
            if not (name == "body" and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
                yield from _statements_at_load(getattr(node, name, []))
        for handler in getattr(node, "handlers", []):
            yield from _statements_at_load(handler.body)


def cycle(modules: dict[str, Path]) -> list[str]:
    """One cycle of imports among the modules; empty when there is none."""
    graph = {name: imports_at_load(name, path, modules) for name, path in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def secrets(folder: Path) -> list[str]:
    """What of a chapter's source lies in a folder for students: marked regions, and the files that hold answers."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        where = path.relative_to(folder).as_posix()
        if path.name == "attempts.py":
            found.append(where)
        elif path.suffix == ".ipynb":
            found += [f"{where}: cell {i}" for i, text in enumerate(cell_texts(path)) if MARKER.search(text)]
        elif path.suffix == ".json":
            if any(map(MARKER.search, _strings(json.loads(path.read_text(encoding="utf-8"))))):
                found.append(where)
        elif MARKER.search(path.read_text(encoding="utf-8", errors="ignore")):
            found.append(where)
    return found


def cell_texts(path: Path) -> list[str]:
    """Each cell of a notebook as text: what is typed in it, and what it put out."""
    texts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        parts = [cell["source"], *_strings(cell.get("outputs", []))]
        texts.append("\n".join("".join(part) for part in parts))
    return texts


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        # nbformat splits a text into a list of its lines, which are one text to a reader.
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            yield "".join(value)
        else:
            for each in value.values() if isinstance(value, dict) else value:
                yield from _strings(each)


def regions(text: str, kind: str) -> list[str]:
    """The code between the BEGIN and END markers of a kind, as `squeezed`."""
    inside = re.findall(rf"BEGIN {kind}[^\n]*\n(.*?)\n[^\n]*END {kind}", text, re.DOTALL)
    return [region for region in map(squeezed, inside) if region]


def squeezed(text: str) -> str:
    """Text without the indents and blank lines by which a copy can differ."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def exercise_cells(cells: list[dict]) -> dict[str, str]:
    """The source of each cell that nbgrader knows, by its grade_id."""
    ids = [(cell, cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")) for cell in cells]
    return {grade_id: "".join(cell["source"]) for cell, grade_id in ids if grade_id}


MODULES = package_modules(ROOT / "src/course_utils") | package_modules(INSTRUCTOR)


# The course keeps them


def test_both_packages_are_looked_at():
    assert {"course_utils.errors", "course_utils.checks.diagnose"} <= MODULES.keys()


@pytest.mark.parametrize("folder", STUDENT, ids=lambda folder: folder.name)
def test_the_students_side_never_imports_autograder(folder: Path):
    reached = {path: reaches_for_autograder(path.read_text(encoding="utf-8")) for path in python_files(folder)}
    assert {path.relative_to(ROOT).as_posix(): lines for path, lines in reached.items() if lines} == {}


def test_no_released_cell_imports_autograder():
    cells = [(path, text) for path in (ROOT / "notebooks").rglob("*.ipynb") for text in cell_texts(path)]
    assert [path.name for path, text in cells if IMPORT_IN_TEXT.search(text)] == []


@pytest.mark.parametrize("folder", STUDENT, ids=lambda folder: folder.name)
def test_the_students_side_holds_no_marked_answer_and_no_attempts(folder: Path):
    assert secrets(folder) == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.name}/{source.name}")
def test_no_hidden_test_lies_on_the_students_side(source: Path):
    hidden = regions(source.read_text(encoding="utf-8"), "HIDDEN TESTS")
    released = ROOT / "notebooks" / source.parent.name
    texts = [text for path in released.rglob("*.ipynb") for text in cell_texts(path)]
    for path in released.rglob("*.json"):
        texts += _strings(json.loads(path.read_text(encoding="utf-8")))
    everything = "\n".join(map(squeezed, texts))
    assert [region for region in hidden if region in everything] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.name}/{source.name}")
def test_no_released_exercise_holds_its_solution(source: Path):
    released = ROOT / "notebooks" / source.parent.name / f"{source.stem}.ipynb"
    if not released.exists():
        pytest.skip(f"{source.name} is not the source of a released notebook.")
    given = exercise_cells(json.loads(released.read_text(encoding="utf-8"))["cells"])
    answered = exercise_cells(jupytext.read(source, fmt="py:percent").cells)
    kept = [
        grade_id
        for grade_id, text in answered.items()
        for region in regions(text, "SOLUTION")
        if region in squeezed(given.get(grade_id, ""))
    ]
    assert kept == []


def test_no_modules_import_each_other_in_a_circle():
    assert cycle(MODULES) == []


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_for(name: str):
    assert ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8")))


# The rules find what they are there to find


@pytest.mark.parametrize(
    "text",
    [
        "import autograder",
        "import os, autograder.build as b",
        "from autograder.build import build",
        "from .. import autograder",
        "def f():\n    from autograder import build",
        "import importlib\nimportlib.import_module('autograder.build')",
        "__import__('autograder')",
        "exec('from autograder.build import build')",
        "subprocess.run(['python', '-c', 'import autograder; autograder.x()'])",
        "find_spec(name='autograder')",
    ],
)
def test_an_import_of_autograder_is_found(text: str):
    assert reaches_for_autograder(text)


@pytest.mark.parametrize(
    "text", ["folder = root / 'autograder'", "'''course_utils never imports autograder.'''", "import autograders"]
)
def test_the_mere_word_autograder_is_no_import(text: str):
    assert reaches_for_autograder(text) == []


def write_package(folder: Path, **texts: str) -> dict[str, Path]:
    package = folder / "pkg"
    package.mkdir()
    for name, text in ({"__init__": ""} | texts).items():
        (package / f"{name}.py").write_text(text)
    return package_modules(package)


@pytest.mark.parametrize(
    "back",
    ["import pkg.a", "from pkg import a", "from pkg.a import x", "from . import a", "from .a import x",
     "try:\n    import pkg.a\nexcept ImportError:\n    pass", "class C:\n    import pkg.a"],
)  # fmt: skip
def test_a_circle_of_imports_is_found(tmp_path: Path, back: str):
    assert set(cycle(write_package(tmp_path, a="from pkg import b", b=back))) == {"pkg.a", "pkg.b"}


@pytest.mark.parametrize(
    "back",
    ["def f():\n    import pkg.a", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pkg.a", "import a"],
)
def test_an_import_that_waits_is_no_circle(tmp_path: Path, back: str):
    assert cycle(write_package(tmp_path, a="from pkg import b", b=back)) == []


def test_a_circle_through_a_package_is_found(tmp_path: Path):
    modules = write_package(tmp_path, __init__="from pkg.a import x", a="from pkg import x")
    assert set(cycle(modules)) == {"pkg", "pkg.a"}


def notebook(source: str, output: str = "") -> str:
    outputs = [{"output_type": "stream", "name": "stdout", "text": output.splitlines(keepends=True)}]
    return json.dumps({"cells": [{"cell_type": "code", "source": source.splitlines(True), "outputs": outputs}]})


@pytest.mark.parametrize("marker", ["### BEGIN SOLUTION", "    ### BEGIN HIDDEN TESTS", "# END SOLUTION"])
@pytest.mark.parametrize("where", ["source", "output"])
def test_a_marker_in_a_notebook_is_found(tmp_path: Path, marker: str, where: str):
    (tmp_path / "a.ipynb").write_text(notebook(**{"source": "x = 1", where: f"def f():\n{marker}\n    return 1"}))
    assert secrets(tmp_path) == ["a.ipynb: cell 0"]


def test_attempts_and_marked_files_are_found(tmp_path: Path):
    (tmp_path / "attempts.py").write_text("")
    (tmp_path / "lesson.py").write_text("x = 1\n### BEGIN SOLUTION\ny = 2\n### END SOLUTION\n")
    (tmp_path / "coach.json").write_text(json.dumps({"f": ["def f():\n    ### BEGIN SOLUTION\n    return 1"]}))
    (tmp_path / "prose.py").write_text('"""Solutions stand between BEGIN SOLUTION and END SOLUTION."""\n')
    assert secrets(tmp_path) == ["attempts.py", "coach.json", "lesson.py"]


def test_a_region_is_the_code_between_its_markers():
    text = "a\n### BEGIN HIDDEN TESTS\n  b\n\n  c\n### END HIDDEN TESTS\nd\n"
    assert regions(text, "HIDDEN TESTS") == ["b\nc"]

"""Reading and writing notebook files so that nothing is ever half-written."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import nbformat

from course_utils.errors import CourseError


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook as nbformat 4.

    Raises:
        CourseError: the file is missing, unreadable or not a notebook.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if not isinstance(json.loads(text), dict):
            raise ValueError("not a JSON object")
        return nbformat.reads(text, as_version=4)
    except FileNotFoundError:
        raise CourseError(f"There is no notebook at {path}.") from None
    except OSError as error:
        raise CourseError(f"Cannot read {path}: {error.strerror or error}.") from None
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CourseError(
            f"{path} is not a readable notebook ({reason}); restore it from a backup, "
            "or start the chapter afresh with `course reset`, which keeps the broken file."
        ) from None


def notebook_text(notebook: nbformat.NotebookNode) -> str:
    """The text of a notebook file: one-space indents and a last newline, as JupyterLab writes it."""
    return nbformat.writes(notebook, version=4) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: beside it first, then renamed over it.

    Raises:
        CourseError: the folder cannot be written or the disk is full; the old file is still there, whole.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """As `write_text`, for bytes."""
    beside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException as error:
        if beside is not None:
            Path(beside).unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise CourseError(
            f"Cannot write {path}: {error.strerror or error}; free some space or mend the folder's permissions, "
            "then try again (nothing was changed)."
        ) from None


def write_notebook(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Write a notebook whole or not at all; see `write_text`."""
    write_text(path, notebook_text(notebook))

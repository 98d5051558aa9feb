"""Reading what a student handed in, whatever became of it on the way.

A submission has been through editors, mail, other platforms and learning systems. `read_submission` takes a file in hand
safely; `understand` finds the cells in its bytes. Neither trusts nbformat to read it: nbformat refuses a whole notebook for
one odd value, where we want every cell that can be had. So the JSON is read here, and of each cell only what grading needs is
kept: its type, text, marks and tags. Outputs are not kept, because grading makes them anew.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError

MEGABYTE = 1_000_000
SIZE_LIMIT = 20 * MEGABYTE
MONSTROUS_OUTPUTS = 5 * MEGABYTE
CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
SURROGATES = re.compile("[\ud800-\udfff]")
HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
LIST_OF_CELLS = re.compile(r'"cells"\s*:\s*\[')
BETWEEN_CELLS = re.compile(r"[\s,]*")
LARGEST_NUMBER = 18
HEAD = 1_000
# In memory a bracket takes some sixty times the room that it has in a file.
MOST_BRACKETS = 2_000_000
MOST_CELLS = 5_000
KINDS = ("code", "markdown", "raw")
BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell of a submission; two with the same content are still two.

    Attributes:
        kind: ``code``, ``markdown`` or ``raw``.
        source: its text with plain line ends.
        grade_id: nbgrader's name for it, if it still carries one.
        id: its cell id, if it has one that Jupyter would accept.
        id_lost: whether it had an id that Jupyter would not accept.
        attachments: pictures that were pasted into it.
    """

    kind: str
    source: str
    grade_id: str | None = None
    id: str | None = None
    id_lost: bool = False
    tags: tuple[str, ...] = ()
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """The cells of a submission, and in sentences to the student what had to be mended to read them."""

    cells: list[Cell]
    repairs: tuple[str, ...] = ()


def read_submission(path: Path, folder: Path | None = None, limit: int = SIZE_LIMIT) -> bytes:
    """The bytes of a submitted file.

    Args:
        path: the file.
        folder: where it must really lie, links followed; the folder it is in when left out.
        limit: the largest size in bytes.

    Raises:
        CourseError: it is missing, too large, no plain file, or a link to something outside ``folder``.
    """
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to((folder or path.parent).resolve()):
            raise CourseError(f"{path} is a link to a file outside its folder; hand in the notebook itself.")
        # O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
        handle = os.open(real, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise CourseError(f"{path} is not a plain file; hand in the notebook itself.")
            content = file.read(limit + 1) if about.st_size <= limit else b""
    except FileNotFoundError:
        raise CourseError(f"There is no file at {path}.") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise CourseError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from None
    if about.st_size > limit or len(content) > limit:
        raise CourseError(
            f"{path} has more than {limit / MEGABYTE:g} MB; clear the notebook's outputs and hand it in again."
        )
    return content


def understand(submitted: bytes | dict[str, Any]) -> Reading:
    """The cells in a submitted notebook.

    Args:
        submitted: a file's bytes, or a notebook as nbformat or json gives it; it is not changed.

    Raises:
        CourseError: no notebook can be found in it.
    """
    repairs: list[str] = []
    notebook = _parsed(submitted, repairs) if isinstance(submitted, bytes) else submitted
    found = _raw_cells(notebook)
    if found is None:
        raise CourseError("This file is not a notebook: it has no list of cells; hand in the .ipynb file itself.")
    _say_version(notebook, repairs)
    _say_kernel(notebook, repairs)
    if len(found) > MOST_CELLS:
        repairs.append(f"Your notebook has {len(found)} cells; the first {MOST_CELLS} were read.")
    sound = [raw for raw in found[:MOST_CELLS] if isinstance(raw, dict)]
    if len(sound) < len(found[:MOST_CELLS]):
        repairs.append("Some entries in your notebook's list of cells were no cells; they were left out.")
    texts = [_text(raw.get("source", raw.get("input"))) for raw in sound]
    if any(not clean for _, clean in texts):
        repairs.append("Some cells of your notebook held something other than text; only the text was kept.")
    if any("\r" in text for text, _ in texts):
        repairs.append("Your notebook had the line ends of another system; they were made plain ones.")
    small = isinstance(submitted, bytes) and len(submitted) < MONSTROUS_OUTPUTS
    outputs = 0 if small else sum(_size(raw.get("outputs")) for raw in sound)
    if outputs > MONSTROUS_OUTPUTS:
        repairs.append(
            f"The outputs in your notebook took {outputs / MEGABYTE:.0f} MB; they were left out, because grading runs "
            "every cell anew."
        )
    return Reading([_cell(raw, text) for raw, (text, _) in zip(sound, texts, strict=True)], tuple(repairs))


def _parsed(content: bytes, repairs: list[str]) -> Any:
    """The JSON in a file, by the first encoding in which there is some."""
    if not content.strip():
        raise CourseError("This file is not a notebook: it is empty; save the notebook and hand it in again.")
    if content.count(b"{") + content.count(b"[") > MOST_BRACKETS:
        raise CourseError("This notebook has more than two million parts; clear its outputs and hand it in again.")
    reason = ""
    for encoding, said in _encodings(content):
        mended: list[str] = []
        try:
            notebook = _json(content.decode(encoding), mended)
        except UnicodeDecodeError:
            reason = "its characters are of no encoding that we know"
        except RecursionError:
            reason = "it is nested too deeply"
        except ValueError as error:
            reason = str(error).split(":")[0]
        else:
            repairs += [*said, *mended]
            return notebook
    raise CourseError(f"This file is not a notebook ({reason}); hand in the .ipynb file itself.")


def _encodings(content: bytes) -> list[tuple[str, list[str]]]:
    """The encodings that a file may be in, the likeliest first, each with what there is to say about it."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            name = encoding.removesuffix("-sig").upper()
            return [(encoding, [f"Your file was saved as {name} with a byte order mark; it was read as plain UTF-8."])]
    head = content[:HEAD]
    if head.count(b"\x00") * 4 > len(head):
        # Of each character of plain JSON one byte is zero, and which one tells the order.
        encoding = "utf-16-be" if head.startswith(b"\x00") else "utf-16-le"
        return [(encoding, ["Your file was saved as UTF-16; it was read as plain UTF-8."])]
    foreign = ["Your file was not saved as UTF-8; letters beyond a to z may have changed."]
    # In Chinese text (GBK) bytes beyond ASCII come in pairs; in Western text mostly alone.
    pairs = all(len(run[0]) % 2 == 0 for run in HIGH_BYTES.finditer(content))
    others = ["gb18030", "cp1252", "latin-1"] if pairs else ["cp1252", "latin-1", "gb18030"]
    return [("utf-8", [])] + [(encoding, foreign) for encoding in others]


def _json(text: str, repairs: list[str]) -> Any:
    """The JSON object that begins in a text; or, where that breaks off, the cells before the break."""
    decoder = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) <= LARGEST_NUMBER else 0)
    start = text.find("{")
    if start < 0:
        raise ValueError("it holds no JSON")
    try:
        notebook, end = decoder.raw_decode(text, start)
    except ValueError:
        cells = _cells_before_the_break(text, decoder)
        if not cells:
            raise
        repairs.append(f"Your file is damaged after its first {len(cells)} cells; only those could be read.")
        return {"cells": cells, "nbformat": 4, "metadata": {"kernelspec": {"name": "python3"}}}
    if text[:start].strip():
        repairs.append("Your file had something before the notebook; it was left out.")
    if text[end:].strip(" \t\r\n\x00"):
        repairs.append("Your file had something behind the end of the notebook; it was left out.")
    return notebook


def _cells_before_the_break(text: str, decoder: json.JSONDecoder) -> list[Any]:
    found = LIST_OF_CELLS.search(text)
    cells: list[Any] = []
    place = found.end() if found else len(text)
    while True:
        place = BETWEEN_CELLS.match(text, place).end()
        try:
            cell, place = decoder.raw_decode(text, place)
        except ValueError:
            return cells
        cells.append(cell)


def _raw_cells(notebook: Any) -> list[Any] | None:
    """The list of cells of a notebook of any version."""
    if not isinstance(notebook, dict):
        return None
    if isinstance(notebook.get("cells"), list):
        return notebook["cells"]
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        return None
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in lists if isinstance(cells, list) for cell in cells]


def _say_version(notebook: dict[str, Any], repairs: list[str]) -> None:
    major, minor = notebook.get("nbformat"), notebook.get("nbformat_minor", 0)
    if major != 4:
        repairs.append("Your notebook was of another format than Jupyter's 4; it was read as that.")
    elif not isinstance(minor, int) or not 0 <= minor <= 5:
        repairs.append("Your notebook was of a version of Jupyter's format that we do not know; it was read as 4.5.")


def _say_kernel(notebook: dict[str, Any], repairs: list[str]) -> None:
    about = notebook.get("metadata")
    kernel = about.get("kernelspec") if isinstance(about, dict) else None
    if not isinstance(kernel, dict) or not kernel:
        repairs.append("Your notebook did not say which kernel runs it; it was graded with Python 3.")
    elif "python" not in f"{kernel.get('language', '')} {kernel.get('name', '')}".lower():
        repairs.append("Your notebook was set to another kernel than Python; it was graded with Python 3.")


def _text(source: Any) -> tuple[str, bool]:
    """The text of a cell, and whether all of it was text."""
    if isinstance(source, str):
        return source, not SURROGATES.search(source)
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str)), all(isinstance(x, str) for x in source)
    return "", source is None


def _cell(raw: dict[str, Any], text: str) -> Cell:
    kind = raw.get("cell_type")
    if kind == "heading" and "level" in raw:
        # Format 3 had a type of cell for headings.
        level = raw["level"]
        text = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + f" {text}"
        kind = "markdown"
    about = raw.get("metadata") if isinstance(raw.get("metadata"), dict) else {}
    marks = about.get("nbgrader") if isinstance(about.get("nbgrader"), dict) else {}
    tags = about.get("tags") if isinstance(about.get("tags"), list) else []
    name, own_id = marks.get("grade_id"), raw.get("id")
    known = isinstance(own_id, str) and CELL_ID.fullmatch(own_id)
    return Cell(
        kind=kind if kind in KINDS else "raw",
        source=_plain(text),
        grade_id=name if isinstance(name, str) and name else None,
        id=own_id if known else None,
        id_lost=own_id is not None and not known,
        tags=tuple(_plain(tag) for tag in tags if isinstance(tag, str)),
        attachments=_attachments(raw.get("attachments")),
    )


def _plain(text: str) -> str:
    """A text with plain line ends and without halves of characters, which no file can hold."""
    return SURROGATES.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _attachments(raw: Any) -> dict[str, dict[str, str]]:
    if not isinstance(raw, dict):
        return {}
    return {
        _plain(name): {_plain(mime): _plain(data) for mime, data in bundle.items() if isinstance(data, str)}
        for name, bundle in raw.items()
        if isinstance(bundle, dict)
    }


def _size(outputs: Any) -> int:
    if not outputs:
        return 0
    try:
        return len(json.dumps(outputs, ensure_ascii=False, default=str))
    except (RecursionError, ValueError, TypeError):
        return 0

"""What the caller wrote for each argument, so that a picture can call a tensor `x.t()` and not `B`.

Python keeps the place of every call in the source; the words between its parentheses are read from there. Where there
is no source (a compiled file, `exec`), there are no words, and the picture falls back on letters.
"""

from __future__ import annotations

import ast
import inspect
import linecache
from types import FrameType

MOST = 40


def argument_names(frame: FrameType | None, count: int) -> list[str]:
    """The source text of the ``count`` arguments of the call that ``frame`` is in; letters where it is unknown."""
    words = _written(frame) if frame is not None else []
    letters = [chr(ord("A") + i) if i < 26 else f"tensor {i + 1}" for i in range(count)]
    return [w[: MOST - 1] + "…" if len(w) > MOST else w for w in words] if len(words) == count else letters


def _written(frame: FrameType) -> list[str]:
    try:
        place = inspect.getframeinfo(frame, context=0).positions
        lines = [linecache.getline(frame.f_code.co_filename, n) for n in range(place.lineno, place.end_lineno + 1)]
        # Columns count bytes; the end is cut first, because start and end may be on one line.
        lines[-1] = lines[-1].encode()[: place.end_col_offset].decode()
        lines[0] = lines[0].encode()[place.col_offset :].decode()
        source = "".join(lines)
        call = ast.parse(source, mode="eval").body
    except (TypeError, AttributeError, ValueError, SyntaxError, IndexError):
        return []
    if not isinstance(call, ast.Call) or any(isinstance(argument, ast.Starred) for argument in call.args):
        return []
    return [" ".join((ast.get_source_segment(source, argument) or "?").split()) for argument in call.args]

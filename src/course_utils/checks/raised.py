"""An exception out of a learner's code, as a fault: where in their cell it came, and torch's message in plain words."""

from __future__ import annotations

import inspect
import linecache
import traceback
from typing import Any

from course_utils.checks.fault import Fault
from course_utils.checks.torch_errors import in_plain_words


def is_starter(error: NotImplementedError) -> bool:
    """Whether the starter's own `raise` did this, rather than an operation that torch does not implement."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and "raise NotImplementedError" in (frames[-1].line or "raise NotImplementedError")


def raised_fault(error: BaseException, target: Any, doing: str = "The call") -> Fault:
    advice = []
    line = learner_line(error, target)
    if line:
        advice.append(line)
    plain = in_plain_words(error)
    if plain:
        advice.append(plain)
    first = str(error).strip().splitlines()[0] if str(error).strip() else ""
    text = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return Fault("raised", f"{doing} raised {text}", tuple(advice), yours=text)


def learner_line(error: BaseException, target: Any) -> str | None:
    """The last line of the learner's own cell that was running when the error came."""
    function = inspect.unwrap(getattr(target, "__func__", target))
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == code.co_filename]
    if not frames:
        return None
    last = frames[-1]
    source = (last.line or linecache.getline(last.filename, last.lineno or 0)).strip()
    return f"It happened in line {last.lineno} of your cell: {source}" if source else None

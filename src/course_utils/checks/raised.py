"""An exception out of a learner's code, as a fault: where in their cell it came, and torch's message in plain words."""

from __future__ import annotations

import inspect
import linecache
import os
import sys
import traceback
from typing import Any

import torch

from course_utils.checks.fault import Fault
from course_utils.checks.torch_errors import in_plain_words

TORCH = os.path.dirname(torch.__file__) + os.sep
COURSE = os.path.dirname(os.path.dirname(__file__)) + os.sep
# Lines in here are nobody's answer. Not all of sys.prefix: a virtual environment may hold a learner's own folder.
LIBRARIES = (COURSE, os.path.dirname(os.path.dirname(torch.__file__)) + os.sep, os.path.dirname(os.__file__) + os.sep)


def is_starter(error: NotImplementedError) -> bool:
    """Whether the starter's own `raise` did this, rather than an operation that torch does not implement."""
    frames = traceback.extract_tb(error.__traceback__)
    # torch raises in the same words where a module has no forward.
    if not frames or frames[-1].filename.startswith(TORCH):
        return False
    return "raise NotImplementedError" in (frames[-1].line or "raise NotImplementedError")


def waiting_name(error: NotImplementedError) -> str:
    """What the learner has to write: the function, or the class, whose starter raised this."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = trace.tb_frame.f_code.co_qualname if trace is not None else ""
    name = name.rpartition("<locals>.")[2].partition(".")[0]
    return "" if name.startswith("<") else name


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
    """The last line of the learner's own that was running when the error came.

    A test may wrap their function in a helper of its own; a line of the test's is not theirs.
    """
    function = inspect.unwrap(getattr(target, "__func__", target))
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    test = _cell_that_runs()
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(LIBRARIES)]
    own = [f for f in frames if f.filename == code.co_filename]
    elsewhere = [f for f in frames if f.filename != test]
    if code.co_filename != test:
        last, where = (own[-1], "your cell") if own else (None, "")
    elif elsewhere:
        last, where = elsewhere[-1], f"the cell of `{elsewhere[-1].name}`"
    else:
        last, where = (own[-1], "this cell") if own else (None, "")
    if last is None:
        return None
    source = (last.line or linecache.getline(last.filename, last.lineno or 0)).strip()
    return f"It happened in line {last.lineno} of {where}: {source}" if source else None


def is_tests_own(target: Any) -> bool:
    """Whether what is checked was defined in the cell of the check: a helper of the test's, not the learner's."""
    code = getattr(inspect.unwrap(getattr(target, "__func__", target)), "__code__", None)
    return code is not None and code.co_filename == _cell_that_runs()


def _cell_that_runs() -> str | None:
    """The file name of the cell whose check this is: of the nearest frame that is not the course's."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(COURSE):
        frame = frame.f_back
    return frame.f_code.co_filename if frame is not None else None

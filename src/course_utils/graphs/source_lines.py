"""The line of the learner's that made a call: the first frame that is neither torch's nor the course's."""

from __future__ import annotations

import linecache
import sys
from functools import lru_cache
from pathlib import Path
from types import FrameType

import torch

import course_utils

_OURS = tuple(str(Path(package.__file__).resolve().parent) for package in (torch, course_utils))
_OPTIMIZERS = str(Path(torch.optim.__file__).resolve().parent)
MOST_FRAMES = 200
LONGEST_LINE = 200

Line = dict[str, str | int]


@lru_cache(maxsize=4096)
def _is_ours(filename: str) -> bool:
    return filename.startswith(_OURS) or filename.startswith("<frozen") or "/torch/" in filename.replace("\\", "/")


def user_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the learner's own code."""
    for _ in range(MOST_FRAMES):
        if frame is None or not _is_ours(frame.f_code.co_filename):
            return frame
        frame = frame.f_back
    return None


def in_optimizer(frame: FrameType | None) -> bool:
    """Whether a call is an optimizer's own, made between its step() and any code of the learner's (a closure)."""
    for _ in range(MOST_FRAMES):
        if frame is None or not _is_ours(frame.f_code.co_filename):
            return False
        if frame.f_code.co_filename.startswith(_OPTIMIZERS):
            return True
        frame = frame.f_back
    return False


def line_of(frame: FrameType | None) -> Line | None:
    """File, line number and text of where a frame stands; a notebook's cell is called a cell."""
    if frame is None:
        return None
    filename = frame.f_code.co_filename
    text = linecache.getline(filename, frame.f_lineno, frame.f_globals).strip()
    return {"file": _short(filename), "line": frame.f_lineno, "text": text[:LONGEST_LINE]} if text else None


@lru_cache(maxsize=1024)
def _short(filename: str) -> str:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        # IPython knows its cells by their number: ("Cell", "In[3]").
        named = shell.compile.format_code_name(filename)
        if named:
            return " ".join(named).lower().replace("in[", "").replace("]", "")
    return Path(filename).name


def in_custom_function(frame: FrameType | None) -> FrameType | None:
    """The frame of `torch.autograd.Function.apply` around a call, if the call is made by a custom forward."""
    code = torch.autograd.Function.apply.__func__.__code__
    for _ in range(MOST_FRAMES):
        if frame is None:
            return None
        if frame.f_code is code:
            return frame
        frame = frame.f_back
    return None

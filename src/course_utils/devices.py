"""The device that a chapter computes on, when it asks for the best one.

A device counts only once a small sum has worked on it: a driver can be present and the GPU too old for this build of
PyTorch, which otherwise shows as an error in the middle of a chapter. ``COURSE_DEVICE`` overrides the choice, for the
student whose GPU is busy and the instructor who wants the same device everywhere.
"""

from __future__ import annotations

import os

import torch

from course_utils.errors import CourseError

OVERRIDE = "COURSE_DEVICE"
KINDS = ("cuda", "mps", "cpu")


def best_device() -> torch.device:
    """The device named by ``COURSE_DEVICE``, or else the first of cuda, mps and cpu that works here.

    Raises:
        CourseError: ``COURSE_DEVICE`` is not a device, or does not work on this machine.
    """
    named = os.environ.get(OVERRIDE, "").strip()
    if named:
        return _named_device(named)
    return next(device for device in _present() if _fault(device) is None)


def describe_devices() -> str:
    """The devices of this machine, one a line, and which of them the course uses.

    Raises:
        CourseError: see `best_device`.
    """
    best = best_device()
    lines = []
    for device in _present():
        fault = _fault(device)
        note = f" (does not work: {fault})" if fault else " ← the course uses this one" if device == best else ""
        lines.append(f"{device}: {_describe(device)}{note}")
    return "\n".join(lines)


def _named_device(named: str) -> torch.device:
    try:
        device = torch.device(named.lower())
    except RuntimeError:
        device = None
    if device is None or device.type not in KINDS:
        raise CourseError(
            f"{OVERRIDE} is “{named}”, which is no device; set it to cpu, cuda, cuda:1 or mps, or unset it."
        )
    here = {each.type for each in _present()}
    fault = _fault(device) if device.type in here else f"PyTorch finds no {device.type} device on this machine"
    if fault:
        raise CourseError(f"{OVERRIDE} is “{named}”, which does not work here ({fault}); unset it, or set it to cpu.")
    if device.index is None and device.type == "cuda":
        return torch.device("cuda", torch.cuda.current_device())
    return device if device.type == "cuda" else torch.device(device.type)


def _present() -> list[torch.device]:
    found = [torch.device("cuda", i) for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        found.append(torch.device("mps"))
    return [*found, torch.device("cpu")]


def _fault(device: torch.device) -> str | None:
    """What is wrong with a device, in one line; None when a small sum works on it."""
    try:
        right = torch.ones(2, device=device).sum().item() == 2
    except Exception as error:  # each backend has its own exceptions, AssertionError among them
        return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
    return None if right else "1 + 1 is not 2 on it"


def _describe(device: torch.device) -> str:
    if device.type == "cuda":
        facts = torch.cuda.get_device_properties(device)
        return f"{facts.name}, {facts.total_memory / 2**30:.0f} GiB"
    if device.type == "mps":
        return "the GPU of this Mac"
    return f"{torch.get_num_threads()} threads"

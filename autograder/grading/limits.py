"""How much a submission may use; generous, because an honest one is never to notice."""

from __future__ import annotations

import resource
from dataclasses import asdict, dataclass
from typing import Any

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one submission may take.

    Attributes:
        cell_seconds: wall-clock time of one cell.
        notebook_seconds: of all cells together, what is played again included.
        memory: bytes of address space beyond what the warm room has already.
        disk: bytes in the scratch folder.
        processes: how many at one time.
        files: open at one time.
        output: bytes of everything that one cell shows.
    """

    cell_seconds: float = 60.0
    notebook_seconds: float = 600.0
    memory: int = 2048 * MEGABYTE
    disk: int = 256 * MEGABYTE
    processes: int = 64
    files: int = 256
    output: int = 2 * MEGABYTE

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def hold_to(limits: Limits) -> None:
    """Hold this process, and all that it starts, to its limits."""
    with open("/proc/self/statm", encoding="ascii") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, mapped + limits.memory),
        (resource.RLIMIT_FSIZE, limits.disk),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))

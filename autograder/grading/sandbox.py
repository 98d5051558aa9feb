"""A room without doors: what a stranger's code is shut into before it runs.

The process that calls `enter` gives up everything at once: it sees a file system of its own, in which only Python, the
course's package and its data exist and can only be read; one scratch folder in memory; no network, no other process, no
privilege, and no way to get one. Linux's namespaces do this to a process that is running already, so that the warm room
need not start again for every submission.

mount(2), pivot_root(2), mount_setattr(2) and capset(2) have no place in Python's library, so they are called through ctypes.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["namespaces", "none"]

# From <linux/sched.h>, <sys/mount.h> and <linux/prctl.h>.
NEW_NAMESPACES = {
    "user": 0x10000000,
    "mount": 0x00020000,
    "process": 0x20000000,
    "network": 0x40000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
}
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x8, 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID = 0x1, 0x2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
CAPABILITY_VERSION_3 = 0x20080522
# These have the same numbers on x86-64 and on arm64.
SYS_MOUNT_SETATTR = 442
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

# The person that a submission believes to be.
INSIDE = 1000
SCRATCH = "/scratch"
DEVICES = ("null", "zero", "full", "random", "urandom")
# What Python and the libraries under it read.
SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts")


class SandboxError(Exception):
    """This machine does not let a process shut itself in; the text says which step it refused."""


@dataclass(frozen=True)
class Room:
    """What a sandbox holds.

    Attributes:
        root: an empty folder outside, where the inside is put together; nothing is written to it.
        readable: files and folders that are seen inside at the same place, and can only be read.
        empty: folders that exist inside, at the same place as outside, with nothing in them.
        disk: bytes of the scratch folder.
    """

    root: str
    readable: tuple[str, ...]
    empty: tuple[str, ...]
    disk: int


def python_and_course(course_package: Path, data: Path) -> tuple[str, ...]:
    """What a submission has to read: this Python, its libraries, the course's package and its data."""
    places = [*SYSTEM, sys.prefix, sys.base_prefix, str(course_package.resolve()), str(data.resolve())]
    return tuple(_outermost(p for p in places if os.path.exists(p)))


def _outermost(paths: Iterable[str]) -> list[str]:
    """The same without what lies in another of them, for a folder is mounted with all that is in it."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path == k or path.startswith(k.rstrip("/") + "/") for k in kept):
            kept.append(path)
    return kept


def enter(room: Room) -> int:
    """Shut this process in.

    The caller goes on in a child, the first process of its room. The caller's own process stays outside, waits for the
    child and ends as it ended; SIGUSR1 is handed on to the child.

    Returns:
        0, inside.

    Raises:
        SandboxError: in the process that called; nothing of a stranger's has run.
    """
    uid, gid = os.getuid(), os.getgid()
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _check(_libc().unshare(sum(NEW_NAMESPACES.values())), "unshare")
    _map_person(uid, gid)
    told, tell = os.pipe()
    child = os.fork()
    if child:
        os.close(tell)
        with os.fdopen(told, "rb") as pipe:
            refused = pipe.read()
        if refused:
            os.waitpid(child, 0)
            raise SandboxError(refused.decode())
        _stand_by(child)
    os.close(told)
    try:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _furnish(room)
        _give_up_privileges()
    except (OSError, SandboxError) as error:
        os.write(tell, str(error).encode() or b"unknown")
        os._exit(1)
    os.close(tell)
    return 0


def refusal(room: Room) -> str | None:
    """Why this machine cannot shut a process in; None when it can. Tried in a child."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        try:
            enter(room)
            os.write(tell, b"+")
        except BaseException as error:
            os.write(tell, f"-{error}".encode())
        finally:
            os._exit(0)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return None if said == "+" else said[1:] or "the trial ended without a word"


def _stand_by(child: int) -> None:
    """Outside the room: hand on the one signal that means something, and end as the child ends."""
    signal.signal(signal.SIGUSR1, lambda *_: os.kill(child, signal.SIGUSR1))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            _, status = os.waitpid(child, 0)
            break
        except InterruptedError:
            continue
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _map_person(uid: int, gid: int) -> None:
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{INSIDE} {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{INSIDE} {gid} 1", encoding="ascii")


def _furnish(room: Room) -> None:
    """Put the inside together, and make it all that there is."""
    libc, root = _libc(), room.root
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, f"size={room.disk},mode=755")
    for path in room.readable:
        if os.path.islink(path):
            Path(root + path).parent.mkdir(parents=True, exist_ok=True)
            os.symlink(os.readlink(path), root + path)
        else:
            _show(path, root + path)
    for name in ("tmp", "proc", "dev", "outside", SCRATCH[1:], *(path[1:] for path in room.empty)):
        os.makedirs(f"{root}/{name}", exist_ok=True)
    _mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    for name in DEVICES:
        Path(f"{root}/dev/{name}").touch()
        _mount(f"/dev/{name}", f"{root}/dev/{name}", None, MS_BIND)
    # Loaders' workers hand over tensors in shared memory.
    os.makedirs(f"{root}/dev/shm")
    for name in ("tmp", "dev/shm", SCRATCH[1:]):
        os.chmod(f"{root}/{name}", 0o1777)
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
    _etc(f"{root}/etc")
    machine = os.uname().machine
    if machine not in SYS_PIVOT_ROOT:
        raise SandboxError(f"pivot_root is not known for {machine}")
    _check(libc.syscall(SYS_PIVOT_ROOT[machine], root.encode(), f"{root}/outside".encode()), "pivot_root")
    os.chdir("/")
    _check(libc.umount2(b"/outside", MNT_DETACH), "umount")
    os.rmdir("/outside")
    os.chdir(SCRATCH)


def _show(path: str, inside: str) -> None:
    """One file or folder of the outside, to be read only, with whatever is mounted in it."""
    if os.path.isdir(path):
        os.makedirs(inside, exist_ok=True)
    else:
        Path(inside).parent.mkdir(parents=True, exist_ok=True)
        Path(inside).touch()
    _mount(path, inside, None, MS_BIND | MS_REC)
    attributes = struct.pack("QQQQ", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, 0, 0)
    done = _libc().syscall(SYS_MOUNT_SETATTR, AT_FDCWD, inside.encode(), AT_RECURSIVE, attributes, len(attributes))
    _check(done, f"mount_setattr {path}")


def _etc(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    Path(folder, "passwd").write_text(f"student:x:{INSIDE}:{INSIDE}::{SCRATCH}:/bin/sh\n", encoding="ascii")
    Path(folder, "group").write_text(f"student:x:{INSIDE}:\n", encoding="ascii")
    Path(folder, "hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")


def _give_up_privileges() -> None:
    for capability in range(64):
        if _libc().prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    _check(_libc().capset(header, struct.pack("IIIIII", 0, 0, 0, 0, 0, 0)), "capset")
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    given = [None if text is None else text.encode() for text in (source, target, kind, options)]
    done = _libc().mount(given[0], given[1], given[2], ctypes.c_ulong(flags), given[3])
    _check(done, f"mount {source or kind or target}")


def _prctl(option: int, value: int) -> None:
    _check(_libc().prctl(option, value, 0, 0, 0), f"prctl {option}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise SandboxError(f"{what}: {os.strerror(number)}")


_LIBC: ctypes.CDLL | None = None


def _libc() -> ctypes.CDLL:
    global _LIBC
    if _LIBC is None:
        _LIBC = ctypes.CDLL(None, use_errno=True)
    return _LIBC

"""Plain data over a socket: JSON with its length in front.

What comes from a player may be forged, so it is never unpickled, and nothing is read that is longer than was agreed.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

LENGTH = struct.Struct("!Q")
LONGEST = 64 << 20


class Closed(Exception):
    """The other side is gone, or says what it may not say."""


class TooLate(Exception):
    """Nothing came in time."""


def send(line: socket.socket, message: dict[str, Any]) -> None:
    """Send one message.

    Raises:
        Closed: nobody listens any more.
    """
    data = json.dumps(message).encode()
    try:
        line.sendall(LENGTH.pack(len(data)) + data)
    except OSError as error:
        raise Closed(str(error)) from None


def receive(line: socket.socket, seconds: float | None = None) -> dict[str, Any]:
    """The next message.

    Args:
        seconds: how long to wait for all of it; for ever when None.

    Raises:
        Closed: the other side is gone, or its message is too long or no JSON object.
        TooLate: it took longer.
    """
    end = None if seconds is None else time.monotonic() + seconds
    length = LENGTH.unpack(_exactly(line, LENGTH.size, end))[0]
    if length > LONGEST:
        raise Closed(f"a message of {length} bytes")
    try:
        message = json.loads(_exactly(line, length, end))
    except (ValueError, RecursionError):
        raise Closed("a message that is no JSON") from None
    if not isinstance(message, dict):
        raise Closed("a message that is no object")
    return message


def _exactly(line: socket.socket, size: int, end: float | None) -> bytes:
    parts, missing = [], size
    while missing:
        try:
            line.settimeout(None if end is None else max(0.001, end - time.monotonic()))
            part = line.recv(min(missing, 1 << 20))
        except TimeoutError:
            raise TooLate from None
        except OSError as error:
            raise Closed(str(error)) from None
        finally:
            line.settimeout(None)
        if not part:
            raise Closed("the end")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)

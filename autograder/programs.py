"""nbgrader calls `alembic` and `jupyter` by name, so they must be found even where the environment is not activated."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def find_our_programs() -> None:
    """Put the folder of this Python's programs first on PATH, once."""
    ours = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if path.split(os.pathsep)[0] != ours:
        os.environ["PATH"] = f"{ours}{os.pathsep}{path}" if path else ours

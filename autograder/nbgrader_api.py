"""nbgrader's own API on a course root, with the settings of its nbgrader_config.py."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any


def nbgrader_api(folder: Path) -> Any:
    """An `nbgrader.apps.api.NbGraderAPI` for the course root ``folder``; its log is kept for when something goes wrong."""
    from nbgrader.apps import NbGrader
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.auth import Authenticator

    app = NbGrader(log_level=logging.CRITICAL)
    app.load_cwd_config = False
    app.initialize([], root=str(folder))
    return NbGraderAPI(app.coursedir, Authenticator(parent=app), parent=app, log_level=logging.CRITICAL)


def reason_of(result: dict[str, Any]) -> str:
    """Why a call of that API did not succeed, in one line."""
    lines = [line for line in (result.get("error") or "no reason given").splitlines() if line.strip()]
    return lines[-1].strip()

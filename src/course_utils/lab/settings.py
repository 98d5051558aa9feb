"""How our JupyterLab differs from a plain one.

Everything is said on the server's command line or in a configuration folder of ours that is put before the user's own,
so nothing of theirs is read differently elsewhere, and nothing of theirs is written.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from course_utils.course import Course
from course_utils.errors import CourseError

HERE = Path(__file__).resolve().parent

# Only what a mode needs: every further server extension costs part of a second at each start.
STUDENT_EXTENSIONS = (
    "jupyterlab",
    "jupyter_server_terminals",
    "nbgrader.server_extensions.validate_assignment",
    "course_utils.lab.server",
)
INSTRUCTOR_EXTENSIONS = (
    *STUDENT_EXTENSIONS,
    "nbgrader.server_extensions.formgrader",
    "jupyterlab_jupytext",
)


@dataclass(frozen=True)
class LabSettings:
    """What a JupyterLab server is started with.

    Attributes:
        folder: the folder that it runs in, and that its file browser opens on.
        arguments: its command line.
        extensions: the server extensions that it loads, and no others.
        environment: variables for it and for its kernels.
    """

    folder: Path
    arguments: list[str]
    extensions: tuple[str, ...]
    environment: dict[str, str]


def lab_settings(course: Course, *, instructor: bool = False, port: int = 8888, browser: bool = True) -> LabSettings:
    """The settings of a student's or an instructor's lab.

    Raises:
        CourseError: an instructor's lab is asked for in a copy that has no autograder folder.
    """
    folder = course.instructor if instructor else course.desk
    if instructor and not folder.is_dir():
        raise CourseError(
            f"This copy of the course has no {folder} folder, so it has no instructor's lab; "
            "run `course lab` without --instructor, or get the whole repository."
        )
    mode = "instructor" if instructor else "student"
    notes = folder / (".cache" if instructor else ".course")
    traits = {
        # Formgrader opens released chapters too, and a server shows nothing outside its root.
        "ServerApp.root_dir": course.root if instructor else folder,
        "ServerApp.preferred_dir": folder,
        "ServerApp.port": port,
        "ServerApp.open_browser": browser,
        # Containers and classroom servers run as root; the token still guards the server.
        "ServerApp.allow_root": True,
        "ServerApp.log_level": "WARN",
        "LabApp.log_level": "WARN",
        # A token of our own, because Jupyter then leaves it to us to print the address.
        "IdentityProvider.token": secrets.token_hex(24),
        # A notebook must not run in a Python that lacks the course.
        "KernelSpecManager.allowed_kernelspecs": "python3",
        "LabApp.extra_labextensions_path": HERE / "labextension",
        # Open tabs are kept apart from those of the user's other JupyterLabs.
        "LabApp.workspaces_dir": notes / "workspaces",
        "LabApp.extension_manager": "readonly",
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
    }
    config = [str(HERE / "config" / mode), str(HERE / "config" / "common")]
    theirs = os.environ.get("JUPYTER_CONFIG_PATH")
    return LabSettings(
        folder=folder,
        arguments=[f"--{name}={value}" for name, value in traits.items()],
        extensions=INSTRUCTOR_EXTENSIONS if instructor else STUDENT_EXTENSIONS,
        environment={
            "JUPYTER_CONFIG_PATH": os.pathsep.join(config + ([theirs] if theirs else [])),
            "COURSE_ROOT": str(course.root),
            "COURSE_LAB": mode,
        },
    )

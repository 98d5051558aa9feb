"""Running JupyterLab in this very process: no second interpreter to wait for."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from course_utils.course import Course
from course_utils.errors import CourseError
from course_utils.lab.settings import lab_settings


def start_lab(
    course: Course,
    *,
    instructor: bool = False,
    port: int = 8888,
    browser: bool = True,
    announce: Callable[[str], None] = print,
) -> None:
    """Serve the desk (or the instructor's folder) until somebody presses Ctrl-C.

    Args:
        port: the first port to try; when it is taken, a free one near it is used.
        announce: called once with the address, when the server listens.

    Raises:
        CourseError: no autograder folder for an instructor's lab, JupyterLab is not installed, or no free port.
    """
    settings = lab_settings(course, instructor=instructor, port=port, browser=browser)
    os.environ.update(settings.environment)
    # nbgrader looks for its configuration in the current folder.
    os.chdir(settings.folder)
    try:
        from jupyter_server.serverapp import ServerApp
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        raise CourseError(
            f"JupyterLab is not complete in this Python ({error}); run `course doctor` to see what to install."
        ) from None
    server = ServerApp.instance(jpserver_extensions=dict.fromkeys(settings.extensions, True))
    server.aliases.update(LabApp.aliases)
    try:
        server.initialize(settings.arguments, starter_extension=LabApp.name, find_extensions=False)
    except SystemExit:
        raise CourseError(
            f"JupyterLab could not start, and says why above; if it is port {port}, choose another with --port."
        ) from None
    if sys.platform != "win32":
        # Jupyter's own handler asks y/n first; every notebook is saved on its own, so there is nothing to confirm.
        signal.signal(signal.SIGINT, lambda *_: server.stop(from_signal=True))
    server.io_loop.add_callback(lambda: announce(address(server)))
    server.start()


def address(server) -> str:
    """The address to open, token included."""
    host = server.ip if server.ip not in ("", "0.0.0.0", "::") else "localhost"
    scheme = "https" if server.certfile else "http"
    return f"{scheme}://{host}:{server.port}{server.base_url}lab?token={server.identity_provider.token}"

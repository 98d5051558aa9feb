"""The small server extension behind the welcome page.

The page is told which of the two labs this is when it loads, and asks for the student's progress whenever it may have
changed. Progress is read from the notebooks at that moment, so it is never out of date.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import tornado
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join

from course_utils.course import find_course
from course_utils.errors import CourseError

MODE = "courseMode"


class ProgressHandler(APIHandler):
    """GET answers with `course_utils.progress` as JSON, or with 500 and the one sentence of a `CourseError`."""

    @tornado.web.authenticated
    async def get(self) -> None:
        try:
            progress = await asyncio.to_thread(read_progress)
        except CourseError as error:
            self.set_status(500)
            progress = {"message": str(error)}
        await self.finish(json.dumps(progress))


def read_progress() -> dict[str, Any]:
    """The progress of the student who works in this clone."""
    from course_utils.progress import as_json, course_progress

    return as_json(course_progress(find_course()))


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "course_utils.lab.server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    app = server.web_app
    app.settings.setdefault("page_config_data", {})[MODE] = os.environ.get("COURSE_LAB", "student")
    app.add_handlers(".*$", [(url_path_join(app.settings["base_url"], "course", "progress"), ProgressHandler)])

"""The fixtures of `labs`, for every test in this folder."""

from labs import course_root, home, instructor_lab, lab, open_page, watch  # noqa: F401

"""The fixtures of `classroom`, for every test in this folder."""

from classroom import chapter, clone  # noqa: F401

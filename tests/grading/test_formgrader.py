"""A person grades a written answer in formgrader, in a real browser, and the student reads it in the feedback."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from classroom import CHAPTER, Chapter04, copy_course, nbgrader, words_of
from nbgrader.api import Gradebook

from autograder.demo import answered
from course_utils.notebooks import write_notebook

pytestmark = [pytest.mark.long, pytest.mark.browser]
ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"
COMMENT = "Say what happens to the column too & why."


@pytest.fixture(scope="module")
def course(chapter: Chapter04, tmp_path_factory) -> Path:
    """A course root in which one submission is autograded and its written answer waits."""
    root = tmp_path_factory.mktemp("formgrader")
    copy_course(chapter.course, root)
    course = root / "autograder"
    written = {"explain_index": "Along dim 0 the index replaces the row.", "deliver": chapter.attempt("deliver", True)}
    write_notebook(course / "submitted" / "ada" / CHAPTER / f"{CHAPTER}.ipynb", answered(chapter.released, written))
    nbgrader(course, root, "generate_assignment", CHAPTER)
    nbgrader(course, root, "autograde", CHAPTER)
    return course


@contextmanager
def server(course: Path) -> Iterator[str]:
    """A Jupyter server in the course root; gives formgrader's address, with a ``{}`` for the path under it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "NBGRADER", "COURSE"))}
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyter_server",
            "--no-browser",
            "--allow-root",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={token}",
        ],
        cwd=course,
        env=inherited | {"HOME": str(course.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token={token}", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, process.stdout.read().decode()
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}/formgrader{{}}?token={token}"
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def problems() -> list[str]:
    """Script errors, and requests to other machines, on the pages that `graded_by_hand` opened."""
    return []


@pytest.fixture(scope="module")
def graded_by_hand(course, chromium, problems) -> Path:
    """The course root after a person gave two points and a comment, and wrote the feedback anew."""
    ARTIFACTS.mkdir(exist_ok=True)
    with server(course) as address:
        page = chromium.new_page(viewport={"width": 1300, "height": 1000})
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("request", lambda request: problems.append(request.url) if leaves(request.url) else None)
        page.goto(address.format(""))
        page.get_by_role("link", name=CHAPTER, exact=True).wait_for()
        page.screenshot(path=ARTIFACTS / "formgrader-1-assignments.png")
        page.goto(address.format(f"/gradebook/{CHAPTER}/{CHAPTER}"))
        page.get_by_role("link", name="Submission #1").click()
        points, comment = page.locator("#explain_index"), page.locator("#explain_index-comment")
        points.wait_for()
        page.wait_for_function("window.formgrader && formgrader.grades.loaded && formgrader.comments.loaded")
        with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT"):
            points.click()
            page.keyboard.type("2")
            page.keyboard.press("Tab")
        with page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT"):
            comment.click()
            page.keyboard.type(COMMENT)
            page.keyboard.press("Escape")
        comment.scroll_into_view_if_needed()
        page.screenshot(path=ARTIFACTS / "formgrader-2-graded.png")
        nbgrader(course, course.parent, "generate_feedback", CHAPTER)
        page.goto((course / "feedback" / "ada" / CHAPTER / f"{CHAPTER}.html").as_uri())
        page.get_by_text(COMMENT).scroll_into_view_if_needed()
        page.screenshot(path=ARTIFACTS / "formgrader-3-feedback.png")
        page.close()
    return course


def leaves(url: str) -> bool:
    return not url.startswith(("data:", "blob:", "file:")) and urlsplit(url).hostname != "127.0.0.1"


def test_formgrader_and_feedback_work_without_the_internet(graded_by_hand, problems):
    assert problems == []


def test_the_points_are_in_the_gradebook(graded_by_hand):
    with Gradebook(f"sqlite:///{graded_by_hand / 'gradebook.db'}", "pytorch-fundamentals") as gradebook:
        grade = gradebook.find_grade("explain_index", CHAPTER, CHAPTER, "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (2, False)


def test_the_feedback_shows_the_points(graded_by_hand):
    feedback = words_of((graded_by_hand / "feedback" / "ada" / CHAPTER / f"{CHAPTER}.html").read_text())
    assert "Score: 2.0 / 3.0" in feedback


def test_the_feedback_shows_the_comment(graded_by_hand):
    feedback = words_of((graded_by_hand / "feedback" / "ada" / CHAPTER / f"{CHAPTER}.html").read_text())
    assert COMMENT in feedback

"""The page that JupyterLab opens on: where a student stands, and what an instructor does next."""

import re
import shutil
import time

import nbformat
import pytest
from labs import running_lab, screenshot, solve
from playwright.sync_api import expect

from course_utils.course import find_course

pytestmark = [pytest.mark.browser, pytest.mark.long]

PATIENCE_MS = 15_000


def welcome(page):
    return page.locator(".course-Welcome")


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def page(lab, open_page):
    page = open_page(lab.address("lab") + "&reset")
    expect(welcome(page)).to_contain_text("Scattering")
    return page


def test_the_chapters_are_listed_with_progress(page):
    expect(welcome(page).get_by_role("listitem").filter(has_text="Tensors").first).to_contain_text("0 of 4")
    expect(welcome(page)).to_contain_text("0 of 3")


def test_the_page_is_well_named_for_those_who_cannot_see_it(page):
    expect(welcome(page).get_by_role("heading", level=1)).to_have_text("PyTorch fundamentals")
    expect(welcome(page).get_by_role("list", name="Chapters")).to_be_visible()
    for button in welcome(page).get_by_role("button").all():
        assert (button.get_attribute("aria-label") or button.inner_text()).strip()


def test_a_card_opens_its_notebook(page):
    welcome(page).get_by_role("button", name=re.compile("Scattering")).first.click()
    expect(page.get_by_role("tab", name="04_scatter.ipynb")).to_be_visible()


def test_the_keyboard_gets_everywhere(page):
    welcome(page).get_by_role("button", name=re.compile("Start with|Continue with")).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.course-card') !== null")
    page.keyboard.press("Enter")
    expect(page.locator(".jp-NotebookPanel")).to_be_visible()


def test_nothing_leaves_the_machine_and_nothing_breaks(page, watch):
    page.wait_for_timeout(3000)
    assert watch.left == []
    assert [e for e in watch.errors if "favicon" not in e] == []


def test_a_student_has_none_of_the_authoring_panels(page):
    menus = page.get_by_role("menubar").first.inner_text()
    assert "Nbgrader" not in menus
    assert page.get_by_role("tab", name=re.compile("Create Assignment|Formgrader", re.IGNORECASE)).count() == 0


def test_progress_follows_the_file_without_a_reload(page, lab):
    notebook = lab.desk / "01_tensors" / "01_tensors.ipynb"
    solve(notebook, 1, failing=(2,))
    page.get_by_role("button", name=re.compile("Tensors")).first.click()
    expect(page.locator(".jp-NotebookPanel")).to_be_visible()
    page.get_by_role("tab", name="Welcome").click()
    expect(welcome(page)).to_contain_text("1 of 4")
    screenshot(page, "welcome-progress")


def test_a_notebook_that_cannot_be_read_is_shown_as_such(page, lab):
    broken = lab.desk / "06_autograd" / "06_autograd.ipynb"
    kept = broken.read_text()
    broken.write_text("{ broken")
    try:
        page.reload()
        expect(welcome(page)).to_contain_text("cannot be read")
    finally:
        broken.write_text(kept)


def test_a_phone_needs_no_sideways_scrolling(lab, open_page):
    page = open_page(lab.address("lab") + "&reset", width=420, height=900)
    expect(welcome(page)).to_contain_text("Scattering")
    screenshot(page, "welcome-narrow")
    assert page.evaluate(
        "(() => { const e = document.querySelector('.course-Welcome'); return e.scrollWidth <= e.clientWidth + 1 })()"
    )


def test_it_follows_the_dark_theme(lab, open_page):
    page = open_page(lab.address("lab") + "&reset", dark=True)
    expect(welcome(page)).to_contain_text("Scattering")
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).click()
    page.get_by_text("JupyterLab Dark", exact=True).click()
    page.wait_for_timeout(1500)
    screenshot(page, "welcome-dark")
    ink, paper = page.evaluate(
        "(() => { const s = getComputedStyle(document.querySelector('.course-Welcome'));"
        " return [getComputedStyle(document.querySelector('.course-title')).color, s.backgroundColor] })()"
    )
    bright = [sum(map(int, re.findall(r"\d+", c)[:3])) for c in (ink, paper)]
    assert bright[0] > bright[1] + 300


def test_the_second_start_takes_less_than_five_seconds(lab):
    assert lab.seconds < 5


def test_the_users_own_jupyter_settings_are_not_written(lab, home):
    assert not (home / ".jupyter").exists() or not any(p.is_file() for p in (home / ".jupyter").rglob("*config*"))


def test_ctrl_c_stops_at_once(course_root, home):
    with running_lab(course_root, home) as lab:
        time.sleep(0.5)
        assert lab.stop() < 5
        assert lab.process.returncode == 0


def test_an_instructor_gets_the_next_steps_and_formgrader(tmp_path_factory, home, open_page, watch):
    real, root = find_course(), tmp_path_factory.mktemp("clone")
    shutil.copytree(real.released, root / "notebooks")
    shutil.copytree(
        real.instructor, root / "autograder",
        ignore=shutil.ignore_patterns(".cache", "submitted", "autograded", "feedback", "gradebook.db"),
    )  # fmt: skip
    with running_lab(root, home, "--instructor") as lab:
        page = open_page(lab.address("lab"), height=1000)
        expect(page.get_by_role("list", name="Steps")).to_contain_text("course build")
        expect(page.locator("#jupyterlab-splash")).to_have_count(0)
        screenshot(page, "welcome-instructor")
        page.get_by_role("button", name="Open formgrader").first.click()
        formgrader = page.frame_locator("iframe").first
        expect(formgrader.get_by_role("heading", name="Manage Assignments")).to_be_visible()
        expect(formgrader.get_by_role("link", name="04_scatter", exact=True)).to_be_visible()
        screenshot(page, "formgrader-in-lab")
    assert watch.left == []
    assert nbformat.read(root / "notebooks" / "04_scatter" / "04_scatter.ipynb", as_version=4).cells

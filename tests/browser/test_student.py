"""A student's first quarter of an hour with chapter 04, in a real JupyterLab, as they would live it."""

import re
import shutil

import pytest
from labs import screenshot
from playwright.sync_api import expect

from course_utils.course import find_course

pytestmark = [pytest.mark.browser, pytest.mark.long]

NOTEBOOK = "04_scatter/04_scatter.ipynb"
DROPPED = """\
def deliver(values, positions, size):
    row = torch.zeros(size, dtype=values.dtype)
    row.scatter(0, positions, values)
    return row
"""
RIGHT = DROPPED.replace("row.scatter(", "row.scatter_(")
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def course_root(tmp_path_factory):
    """The real course, copied so that nobody's desk is touched."""
    real, root = find_course(), tmp_path_factory.mktemp("clone")
    for folder in (real.released, real.data):
        shutil.copytree(folder, root / folder.name)
    return root


def cell_with(page, text: str):
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell", has_text=text).first


def answer(page, code: str) -> None:
    """Replace the answer to exercise 4.1, run it, and run its tests below."""
    editor = cell_with(page, "Put values[i] at positions[i]").locator(".cm-content")
    if not editor.count():
        editor = cell_with(page, "def deliver(values, positions, size)").locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")


def output_of_tests(page):
    return cell_with(page, "solved(deliver)").locator(".jp-OutputArea")


def test_a_first_quarter_of_an_hour(lab, open_page, watch):
    page = open_page(lab.address("lab"))

    # The welcome page lists the chapters, nothing solved yet.
    welcome = (
        page.get_by_role("tabpanel", name=re.compile("Welcome")).or_(page.locator("[class*=course-welcome]")).first
    )
    expect(welcome).to_contain_text("scatter_", timeout=PATIENCE_MS)
    expect(welcome).to_contain_text("0 of 17")
    screenshot(page, "student-1-welcome")

    # From there to chapter 04, and run everything.
    page.goto(lab.address(f"lab/tree/{NOTEBOOK}"))
    expect(cell_with(page, "from course_utils import")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".jp-NotebookPanel")).to_have_count(1)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE_MS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()

    # The run stops at the first exercise, which says kindly that it waits.
    expect(output_of_tests(page)).to_contain_text("deliver is waiting for you", timeout=PATIENCE_MS)
    screenshot(page, "student-2-waiting")

    # A wrong answer: the slip is named, and a picture shows given, expected and yours.
    answer(page, DROPPED)
    expect(output_of_tests(page)).to_contain_text("yours was thrown away", timeout=PATIENCE_MS)
    expect(output_of_tests(page).locator("svg").first).to_be_visible()
    output_of_tests(page).scroll_into_view_if_needed()
    screenshot(page, "student-3-slip")

    # A right one passes, and one more way to do it is named.
    answer(page, RIGHT)
    expect(output_of_tests(page)).to_contain_text("all 2 examples hold", timeout=PATIENCE_MS)
    expect(output_of_tests(page)).to_contain_text("Another good way")
    output_of_tests(page).scroll_into_view_if_needed()
    screenshot(page, "student-4-solved")

    # nbgrader's own Validate runs the whole notebook afresh and lists what is still to do.
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Validate").first.click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("fill_row is waiting for you", timeout=PATIENCE_MS)
    assert "deliver is waiting" not in dialog.inner_text()
    screenshot(page, "student-5-validate")
    dialog.get_by_role("button").last.click()

    # The welcome page has noticed.
    page.get_by_role("tab", name="Welcome").click()
    expect(welcome).to_contain_text("1 of 17", timeout=PATIENCE_MS)
    screenshot(page, "student-6-progress")
    assert watch.left == []


def test_a_link_leads_to_the_other_chapter(lab, open_page):
    page = open_page(lab.address("lab"))
    page.goto(lab.address("lab/tree/06_autograd/06_autograd.ipynb?reset"))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE_MS)
    shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    shown.locator(".jp-MarkdownCell a", has_text="chapter 05").first.click(timeout=PATIENCE_MS)
    expect(page.locator(".lm-TabBar-tabLabel", has_text="05_graphs.ipynb")).to_be_visible(timeout=PATIENCE_MS)
    expect(shown).to_contain_text("Computation graphs", timeout=PATIENCE_MS)

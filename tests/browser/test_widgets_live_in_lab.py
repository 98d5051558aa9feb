"""Live widgets in a real JupyterLab: the page is heard in the middle of a cell."""

from __future__ import annotations

import nbformat
import pytest
from labs import screenshot
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.long]

PATIENCE_MS = 60_000
LOOP = """
import time, torch
from course_utils.widgets import show_training
weight = torch.nn.Parameter(torch.ones(1))
optimizer = torch.optim.SGD([weight], lr=0.1)
watch = show_training(optimizer=optimizer)
began = time.time()
for batch in watch.loop(range(10**6)):
    watch.log(loss=1 / (1 + batch))
    time.sleep(0.01)
    if optimizer.param_groups[0]["lr"] > 0.1 or time.time() - began > 50:
        break
"""
AFTER = "print('after the loop', optimizer.param_groups[0]['lr'], watch.data['state'])"
OPTIMIZER = "from course_utils.widgets import show_optimizer\nwidget = show_optimizer('bowl', steps=5)\nwidget"


def notebook(lab, page, *cells: str):
    """A notebook of these cells, open and ready."""
    path = lab.desk / "live.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)
    page.goto(lab.address("lab/tree/live.ipynb?reset"))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE_MS)


def cell(page, text: str):
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell", has_text=text).first


def run_all(page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def test_a_running_loop_is_paused_and_given_another_learning_rate_and_the_next_cell_still_runs(lab, open_page):
    page = open_page(lab.address("lab"))
    notebook(lab, page, LOOP, AFTER)
    run_all(page)
    loop = cell(page, "watch.loop")
    expect(loop.locator(".state")).to_have_text("running", timeout=PATIENCE_MS)
    loop.get_by_role("button", name="Pause").click()
    expect(loop.locator(".state")).to_have_text("paused", timeout=PATIENCE_MS)
    screenshot(page, "training-paused-in-lab")
    count = loop.locator(".status").inner_text()
    page.wait_for_timeout(700)
    assert loop.locator(".status").inner_text() == count
    loop.get_by_role("button", name="Resume").click()
    expect(loop.locator(".state")).to_have_text("running", timeout=PATIENCE_MS)
    loop.get_by_role("slider", name="learning rate").focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "after the loop").locator(".jp-OutputArea")).to_contain_text(
        "after the loop 0.112 ended", timeout=PATIENCE_MS
    )
    expect(loop.locator(".state")).to_have_text("stopped", timeout=PATIENCE_MS)
    screenshot(page, "training-stopped-in-lab")


def test_a_slider_makes_the_optimizers_run_again(lab, open_page):
    page = open_page(lab.address("lab"))
    notebook(lab, page, OPTIMIZER)
    run_all(page)
    shown = cell(page, "show_optimizer")
    slider = shown.get_by_role("slider", name="learning rate")
    expect(slider).to_be_enabled(timeout=PATIENCE_MS)
    before = shown.locator(".right tbody").inner_text()
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(shown.locator(".working h4 small")).to_contain_text("lr=0.0337", timeout=PATIENCE_MS)
    assert shown.locator(".right tbody").inner_text() != before
    screenshot(page, "optimizer-in-lab")

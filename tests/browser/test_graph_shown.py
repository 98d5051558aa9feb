"""The graph widget where students meet it: in JupyterLab, and as a file opened from disk. What stands on the screen is
compared with torch's own gradients."""

from __future__ import annotations

import re
import runpy

import nbformat
import pytest
import torch
from labs import add_chapter, screenshot
from playwright.sync_api import Page, expect
from torch import nn
from widget_pages import violations

from course_utils.graphs import record
from course_utils.widgets import compare_graphs, live_graph, show_graph

pytestmark = [pytest.mark.browser, pytest.mark.long]

PATIENCE_MS = 60_000
TWO_LAYERS = """\
import torch
from torch import nn
from course_utils import record, show_graph
torch.manual_seed(3)
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
x, y = torch.randn(5, 3), torch.randn(5, 1)
with record() as tape:
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
show_graph(loss)
"""
LIVE = """\
from course_utils.widgets import live_graph
live_graph(lambda a, b: (a * b).sin(), a=2.0, b=(-3, 3))
"""


def two_layers() -> dict[str, torch.Tensor]:
    """What torch says of the same network, without any widget: the gradient of each parameter."""
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    x, y = torch.randn(5, 3), torch.randn(5, 1)
    gradients = torch.autograd.grad(((net(x) - y) ** 2).mean(), list(net.parameters()))
    return {f"net.{name}": g for (name, _), g in zip(net.named_parameters(), gradients, strict=True)}


def numbers(text: list[str]) -> list[float]:
    return [float(word.replace("−", "-")) for word in text]


def stepped_gradients(page: Page) -> dict[str, list[float]]:
    """Step through backward by keyboard; read off what each leaf's .grad becomes."""
    widget = page.locator(".widget").first
    widget.get_by_role("button", name="Backward").click()
    widget.focus()
    found = {}
    for _ in range(60):
        part = widget.locator(".part", has_text="accumulates")
        kept = part.locator(".labelled", has_text=".grad after").locator(".cell")
        if kept.count():
            name = re.search(r"(\S+) is a leaf", widget.locator(".headline").inner_text())[1]
            found[name] = numbers(kept.all_inner_texts())
        if widget.get_by_role("button", name=re.compile("^One step on")).is_disabled():
            break
        page.keyboard.press("ArrowRight")
    return found


def assert_as_torch_says(shown: dict[str, list[float]]) -> None:
    expected = two_layers()
    assert set(shown) == set(expected)
    for name, gradient in expected.items():
        # Three digits stand on the screen.
        assert shown[name] == pytest.approx(gradient.flatten().tolist(), rel=6e-3, abs=1e-6), name


@pytest.fixture(scope="module")
def course_root(tmp_path_factory):
    """One small chapter whose first cells are the two-layer network and a live graph."""
    root = tmp_path_factory.mktemp("course")
    path = add_chapter(root, "06_autograd", "Gradients", exercises=1)
    notebook = nbformat.read(path, as_version=4)
    cells = [nbformat.v4.new_code_cell(code, id=f"graph-{i}") for i, code in enumerate([TWO_LAYERS, LIVE])]
    notebook.cells[1:1] = cells
    nbformat.write(notebook, path)
    (root / "autograder" / "source").mkdir(parents=True)
    return root


@pytest.fixture
def exported(tmp_path):
    """Writes a widget to a file and gives its address."""

    def export(widget, name: str = "graph") -> str:
        path = tmp_path / f"{name}.html"
        widget.to_html(path)
        return path.as_uri()

    return export


@pytest.fixture
def recorded(tmp_path):
    """The tape of the two-layer network, as a script of its own makes it."""
    path = tmp_path / "two_layers.py"
    path.write_text(TWO_LAYERS.replace("show_graph(loss)", ""))
    scope = runpy.run_path(str(path))
    yield scope["tape"]


def test_stepping_through_backward_in_jupyterlab_shows_torchs_gradients(lab, open_page, watch):
    page = open_page(lab.address("lab/tree/06_autograd/06_autograd.ipynb"))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE_MS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    widget = page.locator(".widget").first
    expect(widget.locator("h3")).to_have_text("Graph of loss", timeout=PATIENCE_MS)
    expect(widget.locator(".source")).to_contain_text("cell 1")
    assert_as_torch_says(stepped_gradients(page))
    screenshot(page, "graph-lab")

    # A slider of the live graph recomputes it in the kernel.
    live = page.locator(".widget").nth(1)
    live.locator("input[aria-label=a]").fill("1")
    live.locator("input[aria-label=b]").fill("0.5")
    expect(live.locator(".card", has_text="sin").locator(".value .numbers")).to_have_text("0.479", timeout=PATIENCE_MS)

    # A slider keeps its own arrow keys: the player stands still.
    where = live.locator(".where").inner_text()
    live.locator("input[aria-label=a]").press("ArrowRight")
    expect(live.locator("label", has_text="a").locator("output").first).to_have_text("1.02")
    assert live.locator(".where").inner_text() == where

    # Saved, and opened again by somebody who has not run it: the graph is still there.
    page.keyboard.press("Control+s")
    saved = lab.desk / "06_autograd" / "06_autograd.ipynb"
    for _ in range(100):
        if "Graph of loss" in saved.read_text(encoding="utf-8"):
            break
        page.wait_for_timeout(100)
    page.goto(lab.address("lab/tree/06_autograd/06_autograd.ipynb?reset"))
    again = page.locator(".widget").first
    expect(again.locator("h3")).to_have_text("Graph of loss", timeout=PATIENCE_MS)
    assert watch.left == [] and watch.errors == []


def test_stepping_through_backward_in_a_file_from_disk_shows_torchs_gradients(open_page, exported, watch, recorded):
    page = open_page(exported(show_graph(recorded)))
    assert_as_torch_says(stepped_gradients(page))
    assert watch.left == [] and watch.errors == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1100, 400])
def test_a_graph_breaks_no_rule_of_accessibility(open_page, exported, dark, width, recorded):
    page = open_page(exported(show_graph(recorded)), width=width, dark=dark)
    page.get_by_role("button", name="Backward").click()
    page.get_by_role("button", name="fit the whole graph").click()
    page.locator(".card[data-kind=leaf]").first.click()
    page.locator(".in-words summary").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(page, f"graph-{'dark' if dark else 'light'}-{width}")


def test_keys_go_to_the_first_and_the_last_step(open_page, exported, recorded):
    page = open_page(exported(show_graph(recorded)))
    page.locator(".widget").focus()
    page.keyboard.press("Home")
    expect(page.locator(".where")).to_have_text("start")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".where")).to_have_text(re.compile("^forward · 1 of"))
    page.keyboard.press("End")
    expect(page.get_by_role("button", name=re.compile("^One step on"))).to_be_disabled()


def test_space_plays_and_pauses(open_page, exported, recorded):
    page = open_page(exported(show_graph(recorded)))
    page.locator(".widget").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(page.locator(".where")).to_have_text(re.compile("^forward · 2 of"), timeout=5000)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play (Space)")).to_be_visible()


def test_a_module_folds_and_unfolds(open_page, exported, recorded):
    page = open_page(exported(show_graph(recorded)))
    expect(page.locator(".card")).to_have_count(14 + page.locator(".card.sample").count())
    page.get_by_role("button", name="Fold net Sequential").click()
    folded = page.locator(".card.group")
    expect(folded).to_contain_text("Sequential")
    folded.click()
    expect(page.get_by_role("button", name="Fold net Sequential")).to_be_visible()


def test_search_finds_a_node_and_shows_its_line(open_page, exported, recorded):
    page = open_page(exported(show_graph(recorded)))
    page.get_by_role("searchbox").fill("relu")
    expect(page.locator(".panel.node h4").first).to_have_text("relu")
    expect(page.locator(".panel.node .source")).to_contain_text("two_layers.py:8")


def test_a_cut_edge_says_why(open_page, exported):
    w = torch.tensor(2.0, requires_grad=True)
    with record() as tape:
        loss = w**2
        _ = w.detach() * 3 + loss.detach()
    page = open_page(exported(show_graph(tape)))
    chip = page.locator(".chip.cut").first
    expect(chip).to_have_text("✂ detach")
    assert "without their history" in chip.get_attribute("title")


def test_a_second_backward_adds_on_the_screen(open_page, exported):
    w = torch.tensor(3.0, requires_grad=True)
    with record() as tape:
        y = w * w
        y.backward(retain_graph=True)
        y.backward()
    page = open_page(exported(show_graph(tape)))
    page.locator(".widget").focus()
    page.get_by_role("button", name="Backward 2").click()
    page.keyboard.press("ArrowRight")
    assert numbers(page.locator(".part", has_text="accumulates").locator(".cell").all_inner_texts()) == [6.0, 6.0, 12.0]


def test_an_in_place_change_shows_the_versions_at_both_ends(open_page, exported):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    with record() as tape:
        b = a.exp()
        b += 1
    page = open_page(exported(show_graph(tape)))
    page.get_by_role("searchbox").fill("exp")
    expect(page.locator(".panel.node .saved")).to_contain_text("saved at version 0, now at version 1")


def test_two_recordings_step_together(open_page, exported):
    w = torch.tensor(2.0, requires_grad=True)
    tapes = []
    for _ in range(2):
        with record() as tape:
            ((w * 3 - 1) ** 2).backward()
        tapes.append(tape)
        with torch.no_grad():
            w -= 0.1 * w.grad
        w.grad = None
    page = open_page(exported(compare_graphs(*tapes)))
    page.locator(".widget").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    titles = page.locator(".pane-title").all_inner_texts()
    assert titles == ["before", "after"]
    after = page.locator(".pane").nth(1).locator(".card[data-kind=leaf] .gradient .numbers")
    before = page.locator(".pane").nth(0).locator(".card[data-kind=leaf] .gradient .numbers")
    assert numbers([before.inner_text(), after.inner_text()]) == [30.0, -24.0]


def test_sliders_without_a_kernel_say_that_they_need_one(open_page, exported):
    page = open_page(exported(live_graph(lambda a: a * a, a=2.0)))
    expect(page.locator("input[aria-label=a]")).to_be_disabled()
    expect(page.get_by_text("need a running kernel")).to_be_visible()


def test_hostile_names_stay_text(open_page, exported, watch):
    x = torch.tensor(1.0, requires_grad=True)
    hostile = "<img src=x onerror=document.title='broken'>"
    page = open_page(exported(show_graph(x * 2, names={hostile: x})))
    page.locator(".card[data-kind=leaf]").first.click()
    page.locator(".in-words summary").click()
    expect(page.locator(".in-words")).to_contain_text("<img src=x")
    assert page.title() != "broken"
    assert page.locator(".widget img").count() == 0
    assert watch.errors == []

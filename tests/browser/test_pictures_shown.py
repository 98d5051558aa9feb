"""Pictures in a real browser: on light and dark paper, on a wide page and on a phone."""

import pytest
import torch
from labs import screenshot

from course_utils.pictures import compare, show_gather, show_scatter

pytestmark = [pytest.mark.browser, pytest.mark.long]

THEMES = {
    "bare": "",
    "dark": "--jp-layout-color0:#111;--jp-content-font-color0:#fff;--jp-content-font-color1:#fff;--jp-ui-font-color1:#fff;",
}


def pictures():
    table = torch.arange(6.0).reshape(2, 3)
    long = torch.randint(0, 10, (8, 1), generator=torch.Generator().manual_seed(0))
    return [
        compare({"target": torch.zeros(3, 2), "dim": 0, "src": table}, torch.eye(3), torch.eye(3).flip(0)),
        compare({"x": torch.tensor([1.0])}, torch.zeros(2, 3), torch.zeros(3, 2)),
        show_scatter(torch.zeros(4, 3), 0, torch.tensor([[0, 2, 3], [3, 0, 1]]), table),
        show_scatter(torch.zeros(3, 2, 2), 0, torch.tensor([[[2, 0], [1, 2]]]), torch.ones(1, 2, 2)),
        show_scatter(torch.zeros(3), 0, torch.tensor([1, 1, 2]), torch.tensor([10.0, 20.0, 30.0])),
        show_scatter(torch.zeros(3, 2), 0, torch.tensor([[0, 1, 2]]), torch.ones(1, 3)),
        show_scatter(torch.zeros(8, 10), 1, long, 1.0),
        show_gather(table, 1, torch.tensor([[2, 0], [1, 1]])),
    ]


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    """Writes a page with all pictures; gives its address."""

    def write(theme: str) -> str:
        scheme = "dark" if theme == "dark" else "light"
        paper = "background:#111;color:#fff" if theme == "dark" else ""
        body = "".join(f"<section style='margin:16px 0'>{p.html}</section>" for p in pictures())
        path = tmp_path_factory.mktemp("pictures") / f"{theme}.html"
        path.write_text(
            f"<!doctype html><meta charset=utf-8><style>:root{{{THEMES[theme]}color-scheme:{scheme}}}"
            f"body{{margin:8px;{paper}}}</style>{body}",
            encoding="utf-8",
        )
        return path.as_uri()

    return write


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [400, 1000])
def test_pictures_fit_their_page_and_fetch_nothing(page_of, open_page, watch, theme, width):
    page = open_page(page_of(theme), width=width, height=2600, dark=theme == "dark")
    screenshot(page, f"pictures-{theme}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg[role=img]").count() >= len(pictures())
    assert watch.errors == [] and [u for u in watch.left if not u.startswith("file:")] == []


def test_ink_can_be_read_on_its_paper(page_of, open_page):
    """With JupyterLab's variables and without: the ink of every caption differs clearly from the paper under it."""
    for theme in THEMES:
        page = open_page(page_of(theme), dark=theme == "dark")
        pairs = page.evaluate(
            "[...document.querySelectorAll('.course-picture')].map(e => "
            "[getComputedStyle(e).color, getComputedStyle(e).backgroundColor])"
        )
        for ink, paper in pairs:
            bright = [sum(map(int, c[c.index("(") + 1 : -1].split(",")[:3])) for c in (ink, paper)]
            assert abs(bright[0] - bright[1]) > 400, (theme, ink, paper)

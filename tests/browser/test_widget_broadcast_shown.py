"""Broadcasting in a page from disk: sizes, stretched values and the result are torch's."""

from __future__ import annotations

import pytest
import torch
from widget_pages import number, opened, press, smallest_text, violations

from course_utils.widgets import show_broadcast

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"
A, B = torch.arange(3.0).unsqueeze(1) * 10, torch.arange(4.0)


def block(page, n: int) -> list[float]:
    return [number(t) for t in page.locator("figure").nth(n).locator(".value").all_text_contents()]


def test_the_blocks_hold_the_values_that_torch_broadcasts(chromium):
    with opened(chromium, show_broadcast(A, B, op="add")) as page:
        wide = torch.broadcast_tensors(A, B)
        assert block(page, 0) == wide[0].flatten().tolist()
        assert block(page, 1) == wide[1].flatten().tolist()
        assert block(page, 2) == (A + B).flatten().tolist()


def test_copies_are_drawn_apart_from_an_operands_own_numbers(chromium):
    with opened(chromium, show_broadcast(A, B)) as page:
        assert page.locator("figure").nth(0).locator("g.own").count() == 3
        assert page.locator("figure").nth(0).locator("g.copy").count() == 9
        assert page.locator("g.copy .value").first.evaluate("e => getComputedStyle(e).fontStyle") == "italic"


def test_the_computed_block_appears_with_the_last_step(chromium):
    with opened(chromium, show_broadcast(A, B, op="add")) as page:
        assert page.locator(".computed").is_visible()
        press(page, "ArrowLeft")
        assert not page.locator(".computed").is_visible()
        press(page, "End")
        assert page.locator(".computed").is_visible()


def test_each_step_says_what_happens_in_its_dimension(chromium):
    with opened(chromium, show_broadcast(A, B)) as page:
        press(page, "Home")
        assert page.locator(".says").inner_text() == "A has size 1 and is read 4 times; nothing is copied."
        press(page, "End")
        assert page.locator(".says").inner_text() == "The result has shape (3, 4)."


def test_shapes_that_do_not_fit_get_a_repair(chromium):
    with opened(chromium, show_broadcast((3,), (3, 4))) as page:
        assert "A.unsqueeze(1) would make it (3, 1)" in page.locator(".says").inner_text()
        assert violations(page) == []


def test_hostile_names_are_text(chromium):
    with opened(chromium, show_broadcast(A, B, names=[HOSTILE, "n" * 200], op="mul"), width=400) as page:
        assert page.get_by_text(HOSTILE).count() >= 2
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [400, 900])
def test_axe_finds_nothing_wrong_and_no_text_is_tiny(chromium, dark, width):
    with opened(chromium, show_broadcast(A, B, op="add"), width=width, dark=dark) as page:
        assert smallest_text(page) >= 11
        assert violations(page) == []

"""Walking over strides in a page from disk: the box on screen is the one that torch reads."""

from __future__ import annotations

import pytest
import torch
from widget_pages import opened, press, smallest_text, violations

from course_utils.widgets import show_strides

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"
X = torch.arange(12).reshape(3, 4)


def strides_of_x():
    x = X
    return show_strides(x, x.t(), x[:, ::2], x.t().contiguous())


def test_each_step_names_the_box_that_torch_reads(chromium):
    with opened(chromium, strides_of_x()) as page:
        page.get_by_role("button", name="x.t()", exact=True).click()
        view, memory = X.t(), X.flatten().tolist()
        for i in range(4):
            for j in range(3):
                press(page, "ArrowRight")
                box = int(page.locator(".formula b.box").inner_text())
                assert memory[box] == view[i, j].item()
                assert page.locator(".formula .element").inner_text().endswith(f"x.t()[{i}, {j}]")
                assert page.locator(".box.now").get_attribute("data-at") == str(box)
                assert page.locator(".cell.now .value").text_content() == str(view[i, j].item())


def test_the_formula_adds_up(chromium):
    with opened(chromium, show_strides(X[1:, 1:], names=["v"])) as page:
        press(page, "End")
        terms = page.locator(".formula .term:not(.sign, .element) b").all_inner_texts()
        assert terms == ["11", "5", "1 · 4", "2 · 1"]


def test_the_same_box_in_another_view_is_shown_and_said(chromium):
    with opened(chromium, strides_of_x()) as page:
        press(page, "Home", *["ArrowRight"] * 6)
        assert "The same box is also x[2, 1]." in page.locator(".says").inner_text()
        assert page.locator(".cell.twin").get_attribute("data-at") == "2,1"


def test_an_expanded_row_is_one_box_for_many_cells(chromium):
    with opened(chromium, show_strides(torch.arange(3).expand(4, 3))) as page:
        press(page, "ArrowRight")
        assert page.locator(".cell.twin").count() == 3
        assert page.locator("g.box").count() == 3


def test_another_tensor_is_chosen_with_its_button(chromium):
    with opened(chromium, strides_of_x()) as page:
        button = page.get_by_role("button", name="x[:, ::2]")
        button.focus()
        page.keyboard.press("Enter")
        assert button.get_attribute("aria-pressed") == "true"
        assert page.evaluate("document.querySelector('#here').shadowRoot.activeElement?.textContent") == "x[:, ::2]"
        press(page, "End")
        assert page.locator(".where").inner_text() == "element 6 of 6"


def test_a_click_on_a_cell_of_another_tensor_goes_there(chromium):
    with opened(chromium, strides_of_x()) as page:
        page.locator('.cell[data-tensor="0"][data-at="1,2"]').click()
        assert page.locator(".formula .element").inner_text().endswith("x[1, 2]")
        assert page.locator(".where").inner_text() == "element 7 of 12"


def test_a_click_on_a_box_goes_to_the_element_that_it_is(chromium):
    with opened(chromium, strides_of_x()) as page:
        page.locator('.box[data-storage="0"][data-at="9"]').click()
        assert page.locator(".formula b.box").inner_text() == "9"


def test_a_jump_back_is_said(chromium):
    with opened(chromium, strides_of_x()) as page:
        press(page, *["ArrowRight"] * 4)
        assert "A jump of 7 boxes back" in page.locator(".says").inner_text()


def test_hostile_names_are_text(chromium):
    with opened(chromium, show_strides(X, X.t(), names=[HOSTILE, "n" * 200]), width=400) as page:
        press(page, "ArrowRight", "ArrowRight")
        assert page.get_by_text(HOSTILE).count() >= 2
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_tensor_without_elements_says_so(chromium):
    with opened(chromium, show_strides(torch.empty(0, 3))) as page:
        assert "no elements" in page.locator(".says").inner_text()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [400, 900])
def test_axe_finds_nothing_wrong_and_no_text_is_tiny(chromium, dark, width):
    with opened(chromium, strides_of_x(), width=width, dark=dark) as page:
        press(page, *["ArrowRight"] * 5)
        assert smallest_text(page) >= 11
        assert violations(page) == []

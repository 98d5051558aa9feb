"""Scatter and gather, element by element, in a page from disk: the cells on screen hold torch's values."""

from __future__ import annotations

import pytest
import torch
from widget_pages import number, opened, press, smallest_text, violations

from course_utils.widgets import show_gather, show_scatter

pytestmark = pytest.mark.browser

TABLE = torch.arange(6.0).reshape(2, 3) + 1
INDEX = torch.tensor([[0, 2, 3], [3, 0, 1]])


def values(page, board: str) -> list[float]:
    return [number(t) for t in page.locator(f".board.{board} .cell .value").all_text_contents()]


def test_after_each_step_self_holds_what_torch_makes_of_the_elements_so_far(chromium):
    with opened(chromium, show_scatter(torch.zeros(4, 3), 0, INDEX, TABLE)) as page:
        target = torch.zeros(4, 3)
        assert values(page, "self") == target.flatten().tolist()
        for i in range(2):
            for j in range(3):
                press(page, "ArrowRight")
                target[INDEX[i, j], j] = TABLE[i, j]
                assert values(page, "self") == target.flatten().tolist()
        assert target.equal(torch.zeros(4, 3).scatter(0, INDEX, TABLE))


def test_the_sentence_names_source_value_index_and_target(chromium):
    with opened(chromium, show_scatter(torch.zeros(4, 3), 0, INDEX, TABLE)) as page:
        press(page, *["ArrowRight"] * 3)
        assert page.locator(".sentence").inner_text() == "src[0, 2] = 3.0 goes to self[index[0, 2] = 3, 2]"
        assert page.locator(".sentence .chosen").inner_text() == "index[0, 2] = 3"
        assert "underline" in page.locator(".sentence .chosen").evaluate("e => getComputedStyle(e).textDecorationLine")
        assert page.locator(".says").inner_text() == "self[3, 2] was 0.0 and becomes 3.0."


def test_source_and_target_are_lit_and_joined_by_an_arrow(chromium):
    with opened(chromium, show_scatter(torch.zeros(4, 3), 0, INDEX, TABLE)) as page:
        press(page, *["ArrowRight"] * 4)
        assert page.locator(".board.src .cell.now").get_attribute("data-at") == "1,0"
        assert page.locator(".board.self .cell.now").get_attribute("data-at") == "3,0"
        assert page.locator(".wires .line.now").count() == 1
        assert page.locator(".wires .line.past").count() == 3


def test_the_arrow_ends_at_the_target(chromium):
    with opened(chromium, show_scatter(torch.zeros(4, 3), 0, INDEX, TABLE)) as page:
        press(page, *["ArrowRight"] * 4)
        head = page.locator(".wires .head.now").bounding_box()
        cell = page.locator(".board.self .cell.now .paper").bounding_box()
        assert abs(head["x"] + head["width"] - cell["x"]) < 2
        assert cell["y"] < head["y"] < cell["y"] + cell["height"]


@pytest.mark.parametrize("reduce", ["sum", "prod", "mean", "amax", "amin"])
def test_elements_for_one_cell_are_joined_as_torch_joins_them(chromium, reduce):
    base, index, src = torch.ones(3), torch.tensor([1, 1, 2, 1]), torch.tensor([10.0, 20.0, 30.0, 40.0])
    with opened(chromium, show_scatter(base, 0, index, src, reduce)) as page:
        for count in range(1, 5):
            press(page, "ArrowRight")
            expected = base.scatter_reduce(0, index[:count], src[:count], reduce)
            assert values(page, "self") == pytest.approx(expected.tolist(), rel=5e-3)
        assert "element 3 of 3 for this cell" in page.locator(".says").inner_text()


def test_an_overwritten_element_is_struck_out_and_the_danger_said(chromium):
    call = torch.zeros(3), 0, torch.tensor([1, 1, 2]), torch.tensor([10.0, 20.0, 30.0])
    with opened(chromium, show_scatter(*call)) as page:
        press(page, "ArrowRight")
        assert page.locator(".cell.lost").count() == 0
        press(page, "ArrowRight")
        assert page.locator(".cell.lost").get_attribute("data-at") == "0"
        assert page.locator(".cell.lost .strike").evaluate("e => getComputedStyle(e).display") == "inline"
        assert "which one is not defined" in page.locator(".says").inner_text()


def test_a_click_on_a_cell_goes_to_its_step(chromium):
    with opened(chromium, show_scatter(torch.zeros(4, 3), 0, INDEX, TABLE)) as page:
        page.locator('.board.src .cell[data-at="1,1"]').click()
        assert page.locator(".where").inner_text() == "element 5 of 6"
        page.locator('.board.self .cell[data-at="3,2"]').click()
        assert page.locator(".where").inner_text() == "element 3 of 6"


def test_a_step_back_takes_the_write_back(chromium):
    with opened(chromium, show_scatter(torch.zeros(4, 3), 0, INDEX, TABLE)) as page:
        press(page, "End", "Home")
        assert values(page, "self") == [0.0] * 12
        assert page.locator(".board .cell.written").count() == 0


def test_gather_fills_out_with_torchs_values(chromium):
    index = torch.tensor([[2, 0], [1, 1]])
    with opened(chromium, show_gather(TABLE, 1, index)) as page:
        press(page, "ArrowRight")
        assert page.locator(".sentence").inner_text() == "out[0, 0] = input[0, index[0, 0] = 2] = 3.0"
        press(page, "End")
        assert values(page, "out") == TABLE.gather(1, index).flatten().tolist()


def test_a_number_for_all_shows_index_above(chromium):
    with opened(chromium, show_scatter(torch.zeros(2, 4), 1, torch.tensor([[3], [0]]), 1.0)) as page:
        press(page, "End")
        assert page.locator(".board.index .cell").count() == 2
        assert values(page, "self") == [0, 0, 0, 1, 1, 0, 0, 0]


def test_three_dimensions_stand_side_by_side(chromium):
    index = torch.tensor([[[2, 0], [1, 2]]])
    with opened(chromium, show_scatter(torch.zeros(3, 2, 2), 0, index, torch.ones(1, 2, 2))) as page:
        tops = {page.locator(f'.board.self .cell[data-at="{k},0,0"] .paper').bounding_box()["y"] for k in range(3)}
        assert len(tops) == 1
        press(page, "End")
        expected = torch.zeros(3, 2, 2).scatter(0, index, torch.ones(1, 2, 2))
        assert values(page, "self") == expected.flatten().tolist()


def test_a_refused_call_shows_the_rule_and_marks_the_cell(chromium):
    with opened(chromium, show_gather(TABLE, 1, torch.tensor([[2, 0], [1, 3]]))) as page:
        assert "index[1, 1] is 3" in page.locator(".rules").inner_text()
        assert page.locator(".cell.wrong").count() == 1
        assert "index 3 is out of bounds" in page.locator(".note").inner_text()
        assert violations(page) == []


def test_every_arrow_is_there_at_once_without_motion(chromium):
    with opened(chromium, show_scatter(torch.zeros(4, 3), 0, INDEX, TABLE)) as page:
        page.emulate_media(reduced_motion="reduce")
        press(page, "ArrowRight")
        assert page.locator(".wires .line.now").evaluate("e => getComputedStyle(e).animationName") == "none"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [400, 900])
def test_axe_finds_nothing_wrong_and_no_text_is_tiny(chromium, dark, width):
    call = torch.zeros(3), 0, torch.tensor([1, 1, 2]), torch.tensor([10.0, 20.0, 30.0])
    with opened(chromium, show_scatter(*call), width=width, dark=dark) as page:
        press(page, "End")
        assert smallest_text(page) >= 11
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []

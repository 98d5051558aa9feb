"""Stepping through optimizers in a page from disk: the numbers on screen are torch's."""

from __future__ import annotations

import pytest
import torch
from widget_pages import number, opened, press, smallest_text, violations

from course_utils.widgets import show_optimizer

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"


def test_each_step_shows_where_torch_is(chromium):
    with opened(chromium, show_optimizer("valley", steps=4)) as page:
        press(page, "Home")
        point = torch.tensor([-3.4, 2.2], dtype=torch.float64, requires_grad=True)
        adam = torch.optim.Adam([point], lr=0.2)
        for _ in range(5):
            loss = (point[0] ** 2 + 25 * point[1] ** 2) / 2
            shown = page.locator(".right tbody tr").nth(2).locator("td").all_inner_texts()[:3]
            assert [number(t) for t in shown] == pytest.approx([*point.tolist(), loss.item()], rel=5e-3)
            adam.zero_grad()
            loss.backward()
            adam.step()
            press(page, "ArrowRight")


def test_the_formulas_are_those_of_the_chosen_optimizer(chromium):
    with opened(chromium, show_optimizer("bowl", steps=3)) as page:
        press(page, "Home")
        page.get_by_role("radio").first.check()
        line = page.locator(".formulas tbody tr").nth(1).locator("th, td").all_inner_texts()
        assert line == ["θ ← θ − 0.1·g", "−3.2 − 0.1·(−3.2) = −2.88", "2.2 − 0.1·2.2 = 1.98"]


def test_every_step_is_reached_by_keys(chromium):
    with opened(chromium, show_optimizer("bowl", steps=7)) as page:
        seen = []
        press(page, "Home")
        for _ in range(8):
            seen.append(page.locator(".where").inner_text())
            press(page, "ArrowRight")
        assert seen == ["the start", *(f"after step {i} of 7" for i in range(1, 8))]


def test_a_path_that_diverged_says_so(chromium):
    fast = {"fast": lambda params: torch.optim.SGD(params, lr=0.2)}
    with opened(chromium, show_optimizer("valley", fast)) as page:
        assert "diverged in step" in page.locator(".right tbody").inner_text()
        assert "diverged in step" in page.locator(".working").inner_text()


def test_without_a_kernel_the_controls_are_off_and_say_why(chromium):
    with opened(chromium, show_optimizer("bowl", steps=3)) as page:
        assert page.get_by_role("slider", name="learning rate").is_disabled()
        assert "can be changed in JupyterLab" in page.locator("fieldset").inner_text()


def test_hostile_names_are_text(chromium):
    def sgd(params):
        return torch.optim.SGD(params, lr=0.1)

    with opened(chromium, show_optimizer("bowl", {HOSTILE: sgd, "n" * 200: sgd}, steps=3), width=400) as page:
        assert page.get_by_text(HOSTILE).count() >= 2
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("width", [400, 1000])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_and_everybody_can_use_it(chromium, width, dark):
    with opened(chromium, show_optimizer("ravine", steps=20), width=width, dark=dark) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert smallest_text(page) >= 11
        assert violations(page) == []

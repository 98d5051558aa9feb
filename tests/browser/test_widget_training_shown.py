"""A training run looked back at in a page from disk: its numbers are those that were logged."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from widget_pages import number, opened, press, smallest_text, violations

from course_utils.widgets import show_training

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"


def fitted(logs: int = 12):
    """A small network fitted to a sine, and what was logged of it."""
    torch.manual_seed(0)
    x = torch.linspace(-3, 3, 50).unsqueeze(1)
    y = torch.sin(x)
    model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    watch, losses, norms = show_training(model, optimizer, total=logs), [], []
    for _ in range(logs):
        optimizer.zero_grad()
        loss = (model(x) - y).square().mean()
        loss.backward()
        optimizer.step()
        watch.log(loss=loss, accuracy=1 - loss, predictions=(x, model(x), y))
        losses.append(loss.item())
        norms.append([p.grad.norm().item() for p in model.parameters()])
    return watch, losses, norms


def test_each_log_shows_its_loss_and_its_gradients(chromium):
    watch, losses, norms = fitted()
    with opened(chromium, watch) as page:
        press(page, "Home")
        for i, (loss, sizes) in enumerate(zip(losses, norms, strict=True), 1):
            assert page.locator(".where").inner_text() == f"log {i}"
            assert number(page.locator(".key output").first.inner_text()) == pytest.approx(loss, rel=6e-3)
            shown = [number(text) for text in page.locator(".norms td:last-child").all_inner_texts()]
            assert shown == pytest.approx(sizes, rel=6e-3)
            press(page, "ArrowRight")


def test_predictions_change_with_the_step(chromium):
    with opened(chromium, fitted()[0]) as page:
        drawn = page.locator(".chart", has_text="predictions against truth").locator("path.path")
        last = drawn.get_attribute("d")
        press(page, "Home")
        assert drawn.get_attribute("d") != last


def test_the_log_scale_can_be_chosen_where_all_losses_are_positive(chromium):
    with opened(chromium, fitted()[0]) as page:
        box = page.get_by_role("checkbox", name="log scale")
        before = page.locator(".chart path.path").first.get_attribute("d")
        box.set_checked(not box.is_checked())
        assert page.locator(".chart path.path").first.get_attribute("d") != before


def test_a_confusion_matrix_shows_its_counts(chromium):
    watch = show_training()
    watch.log(loss=1.0, predictions=(None, [0, 1, 1, 2], [0, 1, 2, 2]))
    with opened(chromium, watch) as page:
        cells = page.locator(".confusion td").all_inner_texts()
        assert cells == ["1", "·", "·", "·", "1", "·", "·", "1", "1"]
        assert "3 of 4" in page.locator(".chart", has_text="predictions").inner_text()


def test_a_loss_that_became_nan_is_marked(chromium):
    watch = show_training()
    for loss in (1.0, 2.0, float("nan")):
        watch.log(loss=loss)
    with opened(chromium, watch) as page:
        assert page.locator(".odd").count() == 1
        assert page.locator(".key output").first.inner_text() == "nan"


def test_without_a_kernel_it_says_what_the_controls_need(chromium):
    watch = show_training(optimizer=torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1))
    watch.log(loss=1.0)
    with opened(chromium, watch) as page:
        assert page.get_by_role("button", name="Pause").is_disabled()
        assert page.get_by_role("slider", name="learning rate").is_disabled()
        assert "need JupyterLab" in page.locator(".controls").inner_text()
        assert page.locator(".state").inner_text() == "as it stood"


def test_before_the_first_log_it_says_what_to_do(chromium):
    with opened(chromium, show_training()) as page:
        assert "appear with the first watch.log(loss=…)" in page.locator(".panels").inner_text()


def test_hostile_names_are_text(chromium):
    watch = show_training(name=HOSTILE)
    watch.log(**{HOSTILE: 1.0, "n" * 200: 2.0})
    with opened(chromium, watch, width=400) as page:
        assert page.get_by_text(HOSTILE).count() >= 2
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("width", [400, 1000])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_and_everybody_can_use_it(chromium, width, dark):
    watch, *_ = fitted()
    watch.log(loss=1.0, predictions=(None, [0, 1, 1], [0, 1, 0]))
    with opened(chromium, watch, width=width, dark=dark) as page:
        for key in ("End", "Home"):
            press(page, key)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert smallest_text(page) >= 11
            assert violations(page) == []

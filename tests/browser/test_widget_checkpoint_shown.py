"""Two checkpoints in a page from disk: filter, search, fold, and the numbers of torch."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from widget_pages import number, opened, smallest_text, violations

from course_utils.widgets import show_checkpoint

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"


def pair() -> tuple[nn.Module, dict]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
    other = {key: value.clone() for key, value in model.state_dict().items()}
    other["0.weight"][2, 1] += 0.25
    other["1.bias"] = other["1.bias"].half()
    other["2.weight"] = torch.zeros(5, 8)
    del other["2.bias"]
    other[HOSTILE] = other["n" * 200] = torch.ones(2)
    return model, other


def shown(page) -> list[str]:
    return page.locator("details.row > summary .key").all_inner_texts()


def test_the_buttons_show_only_their_keys_and_count_them(chromium):
    with opened(chromium, show_checkpoint(*pair())) as page:
        assert len(shown(page)) == 11
        expected = {"changed": ["weight"], "missing": ["bias"], "shape": ["weight"], "unexpected": [HOSTILE, "n" * 200]}
        for status, keys in expected.items():
            button = page.locator(f"button[data-status={status}]")
            assert button.locator("b").inner_text() == str(len(keys))
            button.click()
            assert shown(page) == keys


def test_a_search_keeps_the_keys_that_hold_its_words(chromium):
    with opened(chromium, show_checkpoint(*pair())) as page:
        page.get_by_role("searchbox").fill("1.running")
        assert shown(page) == ["running_mean", "running_var"]
        page.get_by_role("searchbox").fill("nothing like it")
        assert "No key is like this." in page.locator(".tree").inner_text()


def test_a_changed_tensor_opens_by_keyboard_and_tells_how_far_it_moved(chromium):
    model, other = pair()
    with opened(chromium, show_checkpoint(model, other)) as page:
        page.locator("button[data-status=changed]").click()
        row = page.locator("details.row > summary")
        row.focus()
        page.keyboard.press("Enter")
        cells = [number(text) for text in page.locator(".values figure").nth(1).locator(".cell").all_inner_texts()]
        assert cells == pytest.approx(other["0.weight"].flatten().tolist(), rel=6e-3)
        words = page.locator(".numbers").inner_text()
        assert "1 of 32 elements differ" in words and "largest |Δ| 0.25" in words and "first at [2, 1]" in words


def test_the_words_of_torch_are_shown_as_they_are(chromium):
    model, other = pair()
    with pytest.raises(RuntimeError) as raised:
        model.load_state_dict(other)
    with opened(chromium, show_checkpoint(model, other)) as page:
        page.locator(".verdict summary").click()
        assert page.locator(".verdict pre").first.text_content() == str(raised.value)


def test_hostile_keys_are_text(chromium):
    with opened(chromium, show_checkpoint(*pair(), names=(HOSTILE, "n" * 200)), width=400) as page:
        assert page.get_by_text(HOSTILE).count() >= 2
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_large_model_stays_folded_and_opens_where_one_looks(chromium):
    a = {f"blocks.{i}.{part}.weight": torch.ones(2) for i in range(600) for part in ("query", "key", "value")}
    with opened(chromium, show_checkpoint(a, {key: value + 1 for key, value in a.items()})) as page:
        assert shown(page) == []
        page.locator("details.group > summary").first.click()
        page.get_by_text("599.", exact=True).click()
        page.get_by_text("query.", exact=True).click()
        assert shown(page) == ["weight"]


@pytest.mark.parametrize("width", [400, 1000])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_and_everybody_can_use_it(chromium, width, dark):
    with opened(chromium, show_checkpoint(*pair()), width=width, dark=dark) as page:
        for row in page.locator("details.row > summary").all():
            row.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert smallest_text(page) >= 11
        assert violations(page) == []

"""A DataLoader's run in a page from disk: its batches, its dropped rest, step by step."""

from __future__ import annotations

import pytest
import torch
from torch.utils.data import DataLoader, Dataset
from widget_pages import opened, press, smallest_text, violations

from course_utils.widgets import show_loader

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"


class Squares(Dataset):
    def __init__(self, length: int = 11) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index):
        return 0


def shuffled(**options) -> DataLoader:
    generator = torch.Generator().manual_seed(0)
    return DataLoader(Squares(), batch_size=3, shuffle=True, drop_last=True, generator=generator, **options)


def test_each_step_shows_the_batch_that_the_loader_gives(chromium):
    widget = show_loader(shuffled(num_workers=2), epochs=2)
    with opened(chromium, widget) as page:
        for epoch in (1, 2):
            for batch in (1, 2, 3):
                assert page.locator(".where").inner_text() == f"epoch {epoch}, batch {batch} of 3"
                indices = page.locator(".group.now .index").all_inner_texts()
                told = widget.data["epochs"][epoch - 1]["batches"][batch - 1]
                assert indices == [str(index) for index in told["indices"]]
                said = page.locator(".says").inner_text()
                assert f"indices {', '.join(indices)}." in said and f"Worker {(batch - 1) % 2} " in said
                press(page, "ArrowRight")


def test_what_drop_last_drops_is_shown_as_dropped(chromium):
    with opened(chromium, show_loader(shuffled())) as page:
        left_over = page.locator(".group.dropped s").all_inner_texts()
        taken = page.locator(".group:not(.dropped) .index").all_inner_texts()
        assert len(left_over) == 2
        assert sorted(map(int, taken + left_over)) == list(range(11))


def test_blocks_can_be_laid_out_by_order_instead_of_time(chromium):
    with opened(chromium, show_loader(shuffled(num_workers=2))) as page:
        page.get_by_role("button", name="in order").click()
        assert page.get_by_role("button", name="in order").get_attribute("aria-pressed") == "true"
        lefts = page.locator(".block.use").evaluate_all("blocks => blocks.map(b => b.getBoundingClientRect().left)")
        assert lefts == sorted(lefts) and len(lefts) == 3


def test_without_workers_there_is_one_lane(chromium):
    with opened(chromium, show_loader(shuffled())) as page:
        assert page.locator(".lanes .name").all_inner_texts() == ["main process loads and uses"]
        assert "could do nothing else meanwhile" in page.locator(".says").inner_text()


def test_an_empty_loader_says_so(chromium):
    with opened(chromium, show_loader(Squares(2), batch_size=3, drop_last=True)) as page:
        assert "gave no batch" in page.locator(".says").inner_text()
        assert page.locator(".group.dropped s").all_inner_texts() == ["0", "1"]


def test_hostile_keys_are_text(chromium):
    loader = DataLoader(Squares(), sampler=[HOSTILE, "n" * 200, 1], batch_size=2)
    with opened(chromium, show_loader(loader), width=400) as page:
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("width", [400, 1000])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_and_everybody_can_use_it(chromium, width, dark):
    with opened(chromium, show_loader(shuffled(num_workers=2)), width=width, dark=dark) as page:
        for key in ("Home", "End"):
            press(page, key)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert smallest_text(page) >= 11
            assert violations(page) == []

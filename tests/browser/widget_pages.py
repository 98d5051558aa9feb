"""A widget's page opened from disk: what went wrong on it, and what axe-core says of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from labs import leaves

from course_utils.widgets import CourseWidget, engine
from course_utils.widgets.training import TrainingWatch

AXE = Path(engine.__file__).parent / "web" / "node_modules" / "axe-core" / "axe.min.js"


@contextmanager
def opened(chromium, widget: CourseWidget | TrainingWatch, width: int = 900, dark: bool = False) -> Iterator:
    """The page of ``widget.to_html()``; when it closes, no error, dialog or request may have come up on it."""
    wrong = []
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "widget.html"
        widget.to_html(path)
        page = context.new_page()
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: wrong.append(str(e)))
        page.on("dialog", lambda d: wrong.append(f"dialog: {d.message}"))
        page.on("request", lambda r: wrong.append(r.url) if leaves(r.url) else None)
        try:
            page.goto(path.as_uri())
            page.locator(".widget > header").wait_for()
            yield page
        finally:
            context.close()
    assert wrong == []


def violations(page) -> list[str]:
    """what axe-core finds wrong in the widget."""
    if not AXE.exists():
        if os.environ.get("CI"):
            pytest.fail("CI must have axe-core: .ci/run installs it with npm.")
        pytest.skip("axe-core is not installed; run `npm ci` in src/course_utils/widgets/web.")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run('#here', {resultTypes: ['violations']})")["violations"]
    return [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]]


def smallest_text(page) -> float:
    """The size in pixels of the smallest text that the widget shows, drawings included."""
    return page.evaluate(
        """() => {
          const root = document.querySelector("#here").shadowRoot;
          const shown = [...root.querySelectorAll(".widget *")].filter((e) => e.getClientRects().length
            && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
          return Math.min(...shown.map((e) =>
            parseFloat(getComputedStyle(e).fontSize) * (e.ownerSVGElement ? e.getScreenCTM().a : 1)));
        }"""
    )


def press(page, *keys: str) -> None:
    """Press keys while the widget has the focus."""
    page.locator(".widget").focus()
    for key in keys:
        page.keyboard.press(key)


def number(text: str) -> float:
    """A number as the widgets write it."""
    return float(text.replace("−", "-"))

"""How fast the graph widget is in a browser: first picture, and a step, for small and for large graphs.

A page is opened from disk in headless Chromium, as a reader would, and timed by the browser's own clock: from the start
of navigation to the first contentful paint, and from a click on a step button to the painted frame after it. Beside it
stand torchviz and Graphviz's `dot`, which draw the same graph once and let nobody step: how long they take, and how large
a picture they make. Everything is measured in one run.

    python benchmarks/graph_browser.py --nodes 151 1501 10001

Needs Chromium (`CHROMIUM=/path` if it is not found) and playwright; torchviz and dot are in the extra `bench` and in
your system's packages, and are said to be missing if they are.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import torch
from playwright.sync_api import Browser, sync_playwright
from torch import nn

from course_utils.graphs import record
from course_utils.widgets import CourseWidget, show_graph

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
PAINTED = """async (name) => {
  const root = document.getElementById("here").shadowRoot;
  const button = root.querySelector(`button[aria-label^="${name}"]`);
  if (!button) return null;
  const began = performance.now();
  button.click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""
FIRST = "performance.getEntriesByType('paint').find((e) => e.name === 'first-contentful-paint')?.startTime ?? null"


def network(nodes: int) -> tuple[nn.Module, torch.Tensor]:
    """A chain of Linear(16, 16) and ReLU: five autograd nodes a layer."""
    torch.manual_seed(0)
    layers = [layer for _ in range(nodes // 5) for layer in (nn.Linear(16, 16), nn.ReLU())]
    return nn.Sequential(*layers), torch.randn(8, 16)


def widget_of(nodes: int) -> tuple[CourseWidget, torch.Tensor]:
    net, x = network(nodes)
    with record():
        out = net(x).sum()
    return show_graph(out), out


def in_browser(browser: Browser, path: Path, steps: int) -> dict[str, float | None]:
    """Milliseconds: first paint, one step folded, unfolding everything, one step unfolded."""
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.goto(path.as_uri())
    # The page forbids eval, which playwright's own waiting would use.
    while page.evaluate(FIRST) is None:
        page.wait_for_timeout(20)
    found = {"first paint": page.evaluate(FIRST), "step": _step(page, steps)}
    found["unfold all"] = page.evaluate(PAINTED, "unfold")
    found["step, unfolded"] = _step(page, steps)
    page.close()
    return found


def _step(page, steps: int) -> float:
    return statistics.median(page.evaluate(PAINTED, "One step back") for _ in range(steps))


def torchviz_and_dot(out: torch.Tensor) -> tuple[str, str]:
    """What torchviz and dot take for the same graph, and the size of their picture; or why they can't."""
    try:
        from torchviz import make_dot
    except ImportError:
        return "not installed", "–"
    if shutil.which("dot") is None:
        return "dot not installed", "–"
    began = time.perf_counter()
    try:
        picture = make_dot(out).pipe(format="svg")
    except RecursionError:
        return "RecursionError", "–"
    return f"{(time.perf_counter() - began) * 1e3:,.0f} ms", f"{len(picture) / 1e3:,.0f} kB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=[151, 1501, 10_001], help="sizes of graphs")
    parser.add_argument("--steps", type=int, default=20, help="steps that the median is taken over")
    args = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium was not found; install it, or give its path in CHROMIUM.")
    print(f"{'nodes':>7} {'page':>9} {'first paint':>12} {'step':>9} {'unfold all':>11} {'step, unf.':>11}   torchviz + dot")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for nodes in args.nodes:
            widget, out = widget_of(nodes)
            path = Path(folder) / f"{nodes}.html"
            size = len(widget.to_html(path))
            found = in_browser(browser, path, args.steps)
            shown = ["–" if ms is None else f"{ms:,.0f} ms" for ms in found.values()]
            times = "".join(f"{words:>{width}}" for words, width in zip(shown, (13, 10, 12, 12), strict=True))
            peer = ", ".join(torchviz_and_dot(out))
            print(f"{len(widget.data['nodes']):>7,} {size / 1e3:>6,.0f} kB{times}   {peer}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()

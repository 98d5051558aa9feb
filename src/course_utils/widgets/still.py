"""A still picture with a paper of its own, so that it can be read on any page, in print and in a dark README."""

from __future__ import annotations

from course_utils.pictures.svg import PAPER, element, image

MARGIN = 10.0


def still(width: float, height: float, name: str, description: str, *parts: str) -> str:
    """An SVG document of ``width`` × ``height`` units around ``parts``, which are markup in those coordinates."""
    wide, high = width + 2 * MARGIN, height + 2 * MARGIN
    paper = element("rect", x=0.0, y=0.0, width=wide, height=high, style=f"fill:{PAPER}")
    return image(wide, high, name, description, paper, element("g", *parts, transform=f"translate({MARGIN} {MARGIN})"))

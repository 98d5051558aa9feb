"""Markup as strings: escaped, deterministic, and without one id.

Pictures end up many to a page, in pages that we do not own. Elements that are found by id (patterns, arrow heads,
labels) would collide there, so nothing here needs an id: hatches and heads are plain paths. Styles are written on the
elements, so that a page's sanitizer or style sheet cannot take half of them away.
"""

from __future__ import annotations

import html
import re
import unicodedata

SANS = "var(--jp-content-font-family, system-ui, sans-serif)"
MONO = "var(--jp-code-font-family, ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace)"

# Ink and paper always come as a pair: where a page has no theme variables both follow its color-scheme, so that a
# picture is readable even on a dark page that never says so.
INK = "var(--jp-content-font-color1, CanvasText)"
PAPER = "var(--jp-layout-color0, Canvas)"

# Each of these has a contrast of at least 3 with white and with JupyterLab's dark paper (a test measures it).
BLUE = "#0077BB"
WRONG = "#D55E00"
PURPLE = "#A3589F"
GREEN = "#00876C"
BROWN = "#94702E"
GREY = "#767676"
SERIES = (BLUE, GREEN, PURPLE, BROWN, "#C2476B", GREY)

FAINT = 0.68

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def escape(text: object) -> str:
    """Text as markup, with characters that no document may hold replaced."""
    return html.escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(text)), quote=True)


def number(value: float) -> str:
    """A coordinate with at most one decimal, so that equal pictures are equal strings."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def element(tag: str, *children: str, **attributes: object) -> str:
    """One element. ``children`` are markup already; attribute values are escaped here.

    Attribute names give their dashes as underscores (``stroke_width=2``) and may end in one (``class_``).
    """
    words = "".join(
        f' {key.rstrip("_").replace("_", "-") if key != "viewBox" else key}="'
        f'{number(value) if isinstance(value, float) else escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{words}>{''.join(children)}</{tag}>"


def label(x: float, y: float, text: str, *, size: float = 12, anchor: str = "middle", **attributes: object) -> str:
    """One line of text whose vertical middle is ``y``."""
    return element(
        "text", escape(text), x=float(x), y=float(y + size * 0.35), font_size=size, text_anchor=anchor, **attributes
    )


def width_of(text: str, size: float = 12) -> float:
    """About how many pixels ``text`` takes in the monospaced font, wide characters counted twice."""
    columns = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return columns * size * 0.605


def image(width: float, height: float, name: str, description: str, *children: str) -> str:
    """A whole ``<svg>`` that shrinks with its page, named and described for people who cannot see it.

    Very wide pictures stop shrinking at three fifths, where text gets too small to read, and scroll inside `card`.
    """
    least = "0" if width * 0.6 <= 340 else f"{number(width * 0.6)}px"
    return element(
        "svg",
        element("title", escape(name)),
        element("desc", escape(description)),
        element("g", *children, style=f"font-family:{MONO};fill:{INK}"),
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_label=f"{name}. {description}",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=float(width),
        height=float(height),
        style=f"display:block;max-width:100%;min-width:{least};height:auto;color:{INK};overflow:visible",
    )


def block(*children: str, style: str = "") -> str:
    """A ``<div>`` with an inline style."""
    return element("div", *children, style=style)


def row(*children: str, gap: str = "18px 28px") -> str:
    """Blocks side by side, wrapped where the page is narrow."""
    return block(*children, style=f"display:flex;flex-wrap:wrap;align-items:flex-start;gap:{gap};min-width:0")


def card(*children: str) -> str:
    """The outside of every picture: its paper, its ink, its type."""
    return element(
        "div",
        *children,
        class_="course-picture",
        style=(
            f"font-family:{SANS};font-size:13px;line-height:1.45;color:{INK};background:{PAPER};padding:10px;"
            "box-sizing:border-box;max-width:100%;overflow-x:auto;text-align:left"
        ),
    )


def hatch(x: float, y: float, width: float, height: float, step: float = 6) -> str:
    """Diagonal lines inside a rectangle, as one path."""
    parts = []
    offset = step
    while offset < width + height:
        start = (x + min(offset, width), y + max(0.0, offset - width))
        end = (x + max(0.0, offset - height), y + min(offset, height))
        parts.append(f"M{number(start[0])} {number(start[1])}L{number(end[0])} {number(end[1])}")
        offset += step
    return element("path", d="".join(parts), style="fill:none;stroke:currentColor;stroke-opacity:.22;stroke-width:1")

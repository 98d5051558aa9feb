"""The still picture of `show_scatter` and `show_gather`: that of `course_utils.pictures`, as one SVG document."""

from __future__ import annotations

import re
import textwrap

from course_utils.pictures.picture import Picture
from course_utils.pictures.svg import FAINT, WRONG, element, escape, label, number, width_of
from course_utils.widgets.still import still

LINE, GAP, COLUMNS = 18.0, 28.0, 96

_SVG = re.compile(r'<svg [^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>(.*?)</svg>', re.DOTALL)
_NAMED = re.compile(r"^<title>.*?</title><desc>.*?</desc>", re.DOTALL)


def scatter_svg(data: dict, picture: Picture) -> str:
    """The call, the drawings of ``picture`` and what is said about them, as an SVG document."""
    parts = [_marked(data["code"], 8.0, 13)]
    wide, y = width_of(data["name"], 13), 30.0
    if not data["refused"]:
        parts.append(_marked(data["formula"], 27.0, 12))
        wide, y = max(wide, width_of("".join(text for text, _ in data["formula"]), 12)), 50.0
    x = row = 0.0
    boards = data["refused"]["boards"] if data["refused"] else [None]
    for drawing, board in zip(_SVG.finditer(picture.html), boards, strict=True):
        width, height = float(drawing[1]), float(drawing[2])
        head = 0.0
        if board:
            head = 24.0
            caption = f"{board['caption']} · {board['dtype']}"
            width = max(width, width_of(f"{board['name']}  {caption}"))
        if x and x + width > 700:
            x, y, row = 0.0, y + row + GAP, 0.0
        if board:
            parts.append(_caption(board, x, y + 8))
        body = _NAMED.sub("", drawing[3])
        parts.append(element("g", body, transform=f"translate({number(x)} {number(y + head)})"))
        wide, row, x = max(wide, x + width), max(row, head + height), x + width + GAP
    y += row + 16
    said = data["refused"]["rules"] if data["refused"] else data["notes"]
    sign = "✗ " if data["refused"] else ""
    lines = [line for rule in said for line in textwrap.wrap(sign + rule, COLUMNS)]
    if data["refused"]:
        lines += textwrap.wrap(f"torch says: {data['refused']['torch']}", COLUMNS)
    for line in lines:
        loud = {"style": f"fill:{WRONG}"} if line.startswith("✗") else {}
        parts.append(label(0, y, line, anchor="start", **loud))
        wide, y = max(wide, width_of(line)), y + LINE
    return still(wide, y, data["name"], picture.text, *parts)


def _marked(parts: list[list[str]], y: float, size: float) -> str:
    """One line in which what is marked "dim" is bold and underlined."""
    spans = "".join(
        element("tspan", escape(text), **({"font_weight": "700", "text_decoration": "underline"} if mark else {}))
        for text, mark in parts
    )
    return element("text", spans, x=0.0, y=y + size * 0.35, font_size=size)


def _caption(board: dict, x: float, y: float) -> str:
    parts = [element("tspan", escape(board["name"]) + "  ", font_weight="600")]
    for word, text in (("shape", board["caption"]), ("dtype", board["dtype"])):
        loud = {"font_weight": "700", "text_decoration": "underline"} if word in board["loud"] else {}
        cross = "✗ " if loud else ""
        parts.append(element("tspan", cross + escape(text), **(loud or {"fill_opacity": FAINT})))
        parts.append("  ")
    return element("text", *parts, x=x, y=y + 4, font_size=12)

"""The still picture of `show_broadcast`: the shapes from the right, and the operands as the result sees them."""

from __future__ import annotations

import textwrap

from course_utils.pictures.svg import BLUE, FAINT, GREEN, GREY, WRONG, element, label, number, width_of
from course_utils.widgets.slabs import Layout
from course_utils.widgets.still import still

COLUMN, ROW, GAP, CELL_HEIGHT, WIDTH = 58.0, 28.0, 6.0, 26.0, 680.0
MOST_NAME, MOST_LINE = 24, 90


def broadcast_svg(data: dict, description: str) -> str:
    """The whole picture as an SVG document."""
    table, wide, y = _table(data)
    parts = [table]
    said = [data["error"], data["repair"]] if data["error"] else []
    for line in [line for words in said if words for line in textwrap.wrap(words, MOST_LINE)]:
        y += 18
        parts.append(label(0, y, line, anchor="start"))
        wide = max(wide, width_of(line))
    if data["block"] and data["block"]["cells"]:
        x, row, y = 0.0, 0.0, y + 22
        for body, width, height in _sheets(data):
            if x and x + width > WIDTH:
                x, y, row = 0.0, y + row + 18, 0.0
            parts.append(element("g", body, transform=f"translate({number(x)} {number(y)})"))
            wide, row, x = max(wide, x + width), max(row, height), x + width + 26
        y += row
    return still(wide, y + 10, data["name"], description, *parts)


def _table(data: dict) -> tuple[str, float, float]:
    columns = list(reversed(data["columns"]))
    titles = [*(_cut(operand["name"]) for operand in data["operands"]), "result"]
    left = max(width_of(title) for title in titles) + 14
    parts = []
    for r, title in enumerate(titles):
        y = r * (ROW + GAP) + ROW / 2
        parts.append(label(left - 10, y, title, anchor="end", fill_opacity=FAINT))
        for c, column in enumerate(columns):
            last = r == len(titles) - 1
            size = column["result"] if last else column["sizes"][r]
            parts.append(_size_box(left + c * (COLUMN + GAP), y, size, column["result"], last))
    return "".join(parts), left + len(columns) * (COLUMN + GAP), len(titles) * (ROW + GAP)


def _size_box(x: float, y: float, size: int | None, result: int | None, last: bool) -> str:
    words = ("✗" if size is None else str(size)) if last else f"{1 if size is None else size}"
    if not last and result not in (None, 1) and (size is None or size != result):
        words += f" → {result}"
    colour = WRONG if result is None else GREY
    box = element("rect", x=x, y=y - ROW / 2, width=COLUMN, height=ROW, rx=5,
                  stroke_dasharray="3 3" if size is None and not last else None,
                  style=f"fill:{colour};fill-opacity:{0.14 if last else 0};stroke:{colour};stroke-width:1.2")
    return box + label(x + COLUMN / 2, y, words, font_weight="600" if last else None)


def _sheets(data: dict) -> list[tuple[str, float, float]]:
    """A block for every operand, and one for the computed result."""
    block = data["block"]
    sheets = [(_cut(sheet["name"]), sheet["values"], sheet["own"], BLUE) for sheet in block["operands"]]
    if block["result"]:
        sheets.append((_cut(block["result"]["title"], 48), block["result"]["values"], None, GREEN))
    widest = max([width_of(v) for _, values, _, _ in sheets for v in values or ()], default=0.0)
    cell = max(26.0, widest + 12)
    plan = Layout(block["slabs"], len(data["result"]), (cell, CELL_HEIGHT), (2.0, 2.0), WIDTH)
    made = []
    for title, values, own, colour in sheets:
        head = label(0, 8, title, size=12, anchor="start", font_weight="600")
        body = "".join(plan.words())
        for k, at in enumerate(block["cells"]):
            mine = own is None or own[k]
            body += _value_box(*plan.corners[tuple(at)], cell, values[k] if values else "", mine, colour)
        grid = element("g", body, transform="translate(0 22)")
        made.append((head + grid, max(plan.width, width_of(title)), 22 + plan.height))
    return made


def _value_box(x: float, y: float, width: float, value: str, own: bool, colour: str) -> str:
    box = element("rect", x=x, y=y, width=width, height=CELL_HEIGHT, rx=3,
                  stroke_dasharray=None if own else "2 2",
                  style=f"fill:{colour};fill-opacity:{0.2 if own else 0};stroke:{colour if own else GREY}")
    if not value:
        return box
    faint = {} if own else {"fill_opacity": FAINT, "font_style": "italic"}
    return box + label(x + width / 2, y + CELL_HEIGHT / 2, value, **faint)


def _cut(text: str, most: int = MOST_NAME) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

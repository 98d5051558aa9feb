"""The still picture of `show_strides`: every tensor as a grid whose cells name their box, and the strip below them."""

from __future__ import annotations

from itertools import pairwise

from course_utils.pictures.svg import FAINT, GREY, PAPER, element, label, number, width_of
from course_utils.widgets.slabs import Layout
from course_utils.widgets.still import still

WIDTH, BOX_HEIGHT, CELL_HEIGHT, ARC, GAP, HEAD = 680.0, 28.0, 38.0, 30.0, 26.0, 44.0
STOPS = ((0x00, 0x77, 0xBB), (0xA3, 0x59, 0x9F), (0xD5, 0x5E, 0x00))
# A number that a path passes behind stays readable.
HALO = f"paint-order:stroke;stroke:{PAPER};stroke-width:4px;stroke-linejoin:round"


def strides_svg(data: dict, description: str) -> str:
    """The whole picture as an SVG document; the path below each strip is that of its last tensor."""
    parts: list[str] = []
    y = wide = 0.0
    for i, storage in enumerate(data["storages"]):
        readers = [t for t in data["tensors"] if t["storage"] == i]
        boxes = storage["boxes"]
        shades = {box["at"]: shade(k / max(1, len(boxes) - 1)) for k, box in enumerate(boxes)}
        x = row = 0.0
        for t in readers:
            body, width, height = _tensor(t, shades)
            if x and x + width > WIDTH:
                x, y, row = 0.0, y + row + GAP, 0.0
            parts.append(_at(x, y, body))
            wide, row, x = max(wide, x + width), max(row, height), x + width + GAP
        y += row + GAP
        body, width, height = _strip(storage, readers[-1], shades)
        parts.append(_at(0.0, y, body))
        wide, y = max(wide, width), y + height + GAP
    return still(wide, y - GAP, data["name"], description, *parts)


def shade(share: float) -> str:
    """The colour of the box that stands at ``share`` of the strip: from blue over purple to orange."""
    low, high = (STOPS[0], STOPS[1]) if share < 0.5 else (STOPS[1], STOPS[2])
    part = share * 2 % 1 if share < 1 else 1.0
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(low, high, strict=True))


def _tensor(t: dict, shades: dict[int, str]) -> tuple[str, float, float]:
    cell = max(
        [46.0, *(max(width_of(c["value"], 13) + 14, width_of(f"box {c['position']}", 11) + 10) for c in t["cells"])]
    )
    name = _cut(t["name"], 60)
    title = label(0, 8, name, size=13, anchor="start", font_weight="600")
    facts = [
        f"shape {tuple(t['shape'])} · stride {tuple(t['stride'])}",
        f"offset {t['offset']} · {'contiguous' if t['contiguous'] else 'not contiguous'}",
    ]
    head = title + "".join(
        label(0, 25 + 15 * k, line, size=11, anchor="start", fill_opacity=FAINT) for k, line in enumerate(facts)
    )
    words = max(width_of(name, 13), *(width_of(line, 11) for line in facts))
    if not t["cells"]:
        return head + label(0, HEAD + 22, "no elements", size=12, anchor="start"), words, HEAD + 32
    plan = Layout(t["slabs"], len(t["shape"]), (cell, CELL_HEIGHT), (4.0, 4.0), WIDTH)
    body = "".join(_cell(c, plan.corners[tuple(c["at"])], cell, shades[c["position"]]) for c in t["cells"])
    return head + _at(0.0, HEAD + 8, body + "".join(plan.words())), max(words, plan.width), HEAD + 8 + plan.height


def _cell(cell: dict, corner: tuple[float, float], width: float, colour: str) -> str:
    x, y = corner
    return (
        _box(x, y, width, CELL_HEIGHT, colour)
        + label(x + width / 2, y + 14, cell["value"], size=13)
        + label(x + width / 2, y + 29, f"box {cell['position']}", size=11, fill_opacity=FAINT)
    )


def _strip(storage: dict, walker: dict, shades: dict[int, str]) -> tuple[str, float, float]:
    """The boxes in lines, and below them the path that ``walker`` takes over them in logical order."""
    boxes = storage["boxes"]
    title = label(0, 8, storage["name"], size=13, anchor="start", font_weight="600")
    words = _cut(storage["says"], 100)
    says = label(0, 25, words, size=11, anchor="start", fill_opacity=FAINT)
    if not boxes:
        return title + says, width_of(words, 11), 34.0
    path = f"path: {_cut(walker['name'], 60)}, in logical order" if len(walker["cells"]) > 1 else ""
    width = max([34.0, *(max(width_of(b["value"], 12), width_of(str(b["at"]), 11)) + 10 for b in boxes)])
    line_height = 16 + BOX_HEIGHT + ARC
    # Lines of one length, so that no box stands alone on the last one.
    lines = -(-len(boxes) * width // WIDTH)
    room = -(-len(boxes) // lines) * width if len(boxes) == storage["size"] else WIDTH
    x, y, corners, over = 0.0, 40.0, {}, []
    for k, box in enumerate(boxes):
        skipped = box["at"] - boxes[k - 1]["at"] - 1 if k else 0
        if skipped:
            over.append(label(x + 10, y + 16 + BOX_HEIGHT / 2, "…", fill_opacity=FAINT))
            x += 22
        if x + width > room + 0.5:
            x, y = 0.0, y + line_height
        corners[box["at"]] = (x, y + 16)
        over.append(label(x + width / 2, y + 7, str(box["at"]), size=11, style=HALO))
        over.append(_box(x, y + 16, width, BOX_HEIGHT, shades[box["at"]], sharp=True))
        over.append(label(x + width / 2, y + 16 + BOX_HEIGHT / 2, box["value"], size=12))
        x += width
    ways = [
        _hop(corners[a["position"]], corners[b["position"]], width)
        for a, b in pairwise(walker["cells"])
        if a["position"] != b["position"]
    ]
    right = max(corner[0] for corner in corners.values()) + width
    below = label(0, y + line_height + 2, path, size=11, anchor="start", fill_opacity=FAINT)
    wide = max(right, width_of(words, 11), width_of(path, 11))
    return title + says + "".join(ways) + "".join(over) + below, wide, y + line_height + 10


def _hop(one: tuple[float, float], other: tuple[float, float], width: float) -> str:
    """One step of a walk: a small arc below the strip, deeper the further it goes."""
    middle, below = width / 2, BOX_HEIGHT
    x0, y0, x1, y1 = one[0] + middle, one[1] + below, other[0] + middle, other[1] + below
    depth = min(ARC - 6, 8 + abs(x1 - x0) / 12)
    n = number
    strength = 1 if y0 == y1 else 0.35
    path = f"M{n(x0)} {n(y0)}C{n(x0)} {n(y0 + depth * 1.3)} {n(x1)} {n(y1 + depth * 1.3)} {n(x1)} {n(y1)}"
    return element("path", d=path, style=f"fill:none;stroke:{GREY};stroke-width:1.3;stroke-opacity:{strength}")


def _box(x: float, y: float, width: float, height: float, colour: str, *, sharp: bool = False) -> str:
    place = dict(x=x, y=y, width=width, height=height, rx=0 if sharp else 4)
    return element("rect", **place, style=f"fill:{PAPER}") + element(
        "rect", **place, style=f"fill:{colour};fill-opacity:.2;stroke:{colour};stroke-width:1.1"
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _at(x: float, y: float, body: str) -> str:
    return element("g", body, transform=f"translate({number(x)} {number(y)})")

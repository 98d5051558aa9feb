"""A tensor as cells: which of them to show, what stands in each, and how they are drawn.

Every picture of values goes through three small steps that can be tested apart: `window` picks cells of a shape,
`read` takes their values out of a tensor, `grid_svg` and `grid_text` show them. A tensor of any size costs no more
than its window.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

import torch
from torch import Tensor

from course_utils.pictures.picture import Picture
from course_utils.pictures.svg import (
    BLUE,
    FAINT,
    MONO,
    PURPLE,
    WRONG,
    block,
    card,
    element,
    escape,
    hatch,
    image,
    label,
    number,
    width_of,
)
from course_utils.pictures.values import Scalar, in_words, kind, short

Coordinate = tuple[int, ...]

ROWS, COLUMNS, SLICES = 8, 10, 4
GRID_WIDTH = 460
CELL_HEIGHT, CELL_GAP = 28.0, 2.0

# How a cell is marked: in "yours", in "expected", or as a cause of an error.
WRONG_HERE, WANTED_HERE = "wrong", "wanted"


@dataclass(frozen=True)
class Slice:
    """One drawn grid: the leading index that it stands at, and its rows and columns; None stands for left-out ones."""

    lead: Coordinate
    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]
    dims: int

    def coordinate(self, row: int, column: int) -> Coordinate:
        """The full index of a cell, as many numbers as the tensor has dimensions."""
        return (*self.lead, *(row, column)[2 - self.dims :]) if self.dims else ()

    @property
    def label(self) -> str:
        return f"[{', '.join(map(str, self.lead))}]" if self.lead else ""


@dataclass(frozen=True)
class Window:
    """The cells of a shape that are shown."""

    shape: tuple[int, ...]
    slices: tuple[Slice, ...]
    hidden_slices: int

    @property
    def coordinates(self) -> list[Coordinate]:
        return [
            s.coordinate(r, c)
            for s in self.slices
            for r in s.rows
            if r is not None
            for c in s.columns
            if c is not None
        ]

    @property
    def whole(self) -> bool:
        return len(self.coordinates) == math.prod(self.shape)


def window(
    shape: Sequence[int],
    focus: Coordinate | None = None,
    *,
    rows: int = ROWS,
    columns: int = COLUMNS,
    slices: int = SLICES,
) -> Window:
    """The cells of ``shape`` to show: at most ``rows`` x ``columns`` of at most ``slices`` slices, ``focus`` included."""
    shape = tuple(int(n) for n in shape)
    if 0 in shape:
        return Window(shape, (), 0)
    dims = min(2, len(shape))
    row_count, column_count = ((1, 1) + shape)[-2:]
    row_focus, column_focus = ((0, 0) + focus)[-2:] if focus else (0, 0)
    lead_shape = shape[: len(shape) - dims]
    leads = list(islice(product(*map(range, lead_shape)), slices))
    if focus and focus[: len(lead_shape)] not in leads:
        leads[-1] = focus[: len(lead_shape)]
    shown = tuple(
        Slice(lead, _some(row_count, rows, row_focus), _some(column_count, columns, column_focus), dims)
        for lead in leads
    )
    return Window(shape, shown, math.prod(lead_shape) - len(shown))


def _some(count: int, limit: int, focus: int) -> tuple[int | None, ...]:
    """At most ``limit`` (5 or more) entries out of ``range(count)``, the first, the last and ``focus`` among them."""
    if count <= limit:
        return tuple(range(count))
    head = limit - 2
    if focus < head:
        return (*range(head), None, count - 1)
    if focus >= count - head:
        return (0, None, *range(count - head, count))
    start = focus - (limit - 4) // 2
    return (0, None, *range(start, start + limit - 4), None, count - 1)


def dense(tensor: Tensor) -> Tensor:
    """A plain CPU tensor of the same values, detached, of a dtype that Python has numbers for.

    Raises:
        RuntimeError, NotImplementedError: the tensor holds no values (device meta), or torch cannot convert it.
    """
    plain = tensor.detach()
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    if plain.is_quantized:
        plain = plain.dequantize()
    plain = plain.cpu().resolve_conj().resolve_neg()
    if plain.is_floating_point() and plain.element_size() < 2:
        plain = plain.to(torch.float32)
    if plain.dtype == torch.complex32:
        plain = plain.to(torch.complex64)
    return plain


def read(tensor: Tensor, shown: Window) -> dict[Coordinate, Scalar]:
    """The values of the shown cells, by index; ``tensor`` is one that `dense` returned."""
    values: dict[Coordinate, Scalar] = {}
    for part in shown.slices:
        sheet = tensor[part.lead] if part.lead else tensor
        sheet = sheet.reshape(((1, 1) + tuple(sheet.shape))[-2:])
        rows = [r for r in part.rows if r is not None]
        columns = [c for c in part.columns if c is not None]
        for r in rows:
            line = sheet[r]
            for c in columns:
                values[part.coordinate(r, c)] = line[c].item()
    return values


def column_limit(texts: Sequence[str]) -> int:
    """How many columns of such texts fit in a grid that is still readable on a phone."""
    return max(5, min(COLUMNS, int(GRID_WIDTH / (_cell_width(texts) + CELL_GAP))))


def _cell_width(texts: Sequence[str]) -> float:
    return max([32.0, *(width_of(text) + 14 for text in texts)])


def scale_of(*sheets: Mapping[Coordinate, Scalar]) -> float:
    """The size that gets the strongest tint in pictures that belong together: the largest finite one."""
    sizes = (abs(value) for sheet in sheets for value in sheet.values())
    return max((s for s in sizes if math.isfinite(s)), default=0.0)


def tint(value: Scalar, scale: float) -> tuple[str, float]:
    """Colour and opacity of a cell: the larger the stronger, positive blue, negative purple (with its minus sign)."""
    size = abs(value)
    if math.isnan(size) or size == 0 or scale == 0:
        return BLUE, 0.0
    strength = 0.06 + 0.30 * min(1.0, size / scale)
    return (PURPLE if not isinstance(value, complex) and value < 0 else BLUE), strength


def cell_svg(x: float, y: float, width: float, text: str, value: Scalar, scale: float, mark: str, full: str) -> str:
    """One cell with its corner at (x, y)."""
    box = dict(x=x, y=y, width=width, height=CELL_HEIGHT, rx=3)
    colour, strength = tint(value, scale)
    parts = [element("title", escape(full)) if full else ""]
    parts.append(
        element("rect", **box, style=f"fill:{colour};fill-opacity:{strength:.2f};stroke:currentColor;stroke-opacity:.28")
    )
    if value != value:
        parts.append(hatch(x, y, width, CELL_HEIGHT))
    if mark == WRONG_HERE:
        parts.append(element("rect", **box, style=f"fill:{WRONG};fill-opacity:.16;stroke:{WRONG};stroke-width:2.2"))
        parts.append(cross(x + width - 10, y))
    elif mark == WANTED_HERE:
        parts.append(
            element("rect", **box, style=f"fill:none;stroke:{WRONG};stroke-width:1.5;stroke-dasharray:3.5 2.5")
        )
    weight = "600" if mark == WRONG_HERE else None
    parts.append(label(x + width / 2, y + CELL_HEIGHT / 2 + 0.5, text, font_weight=weight))
    return element("g", *parts)


def cross(x: float, y: float, size: float = 10) -> str:
    """The corner sign of a wrong cell: a white ✗ on a filled square."""
    near, far = size * 0.28, size * 0.72
    strokes = (
        f"M{number(x + near)} {number(y + near)}L{number(x + far)} {number(y + far)}"
        f"M{number(x + far)} {number(y + near)}L{number(x + near)} {number(y + far)}"
    )
    return element("rect", x=x, y=y, width=size, height=size, rx=2, style=f"fill:{WRONG}") + element(
        "path", d=strokes, style="fill:none;stroke:#fff;stroke-width:1.6"
    )


def grid_svg(
    shown: Window,
    values: Mapping[Coordinate, Scalar],
    texts: Mapping[Coordinate, str],
    marks: Mapping[Coordinate, str],
    scale: float,
    name: str,
    description: str,
) -> str:
    """The shown cells as an image: one grid, or slices with their index above, wrapped at a readable width."""
    if not shown.slices:
        return empty_svg("no cells", name, description)
    cell = _cell_width(list(texts.values()))
    many = len(shown.shape) > 2
    drawn: list[str] = []
    x = y = right = bottom = 0.0
    for part in shown.slices:
        body, width, height = _slice_svg(part, cell, values, texts, marks, scale)
        if x and x + width > GRID_WIDTH:
            x, y = 0.0, bottom + 14
        drawn.append(element("g", body, transform=f"translate({number(x)} {number(y)})"))
        right, bottom = max(right, x + width), max(bottom, y + height)
        x += width + 20
    if shown.hidden_slices and many:
        drawn.append(label(0, bottom + 14, _more_slices(shown), size=11, anchor="start", fill_opacity=FAINT))
        right, bottom = max(right, width_of(_more_slices(shown), 11)), bottom + 24
    return image(right + 2, bottom + 2, name, description, *drawn)


def _more_slices(shown: Window) -> str:
    return f"… and {shown.hidden_slices:,} more slice{'s' if shown.hidden_slices > 1 else ''}"


def _slice_svg(
    part: Slice,
    cell: float,
    values: Mapping[Coordinate, Scalar],
    texts: Mapping[Coordinate, str],
    marks: Mapping[Coordinate, str],
    scale: float,
) -> tuple[str, float, float]:
    """One grid with its corner at the origin, its width and its height."""
    left = 18.0 if part.dims == 2 else 1.0
    top = (18.0 if part.lead else 0.0) + (15.0 if part.dims else 1.0)
    drawn = [label(left, 8, part.label, size=11.5, anchor="start", font_weight="600")] if part.lead else []
    xs, width = _spread(part.columns, cell, left)
    ys, height = _spread(part.rows, CELL_HEIGHT, top)
    if part.dims:
        drawn += [
            label(x + (cell if c is not None else 16) / 2, top - 8, "…" if c is None else str(c), size=9.5,
                  fill_opacity=FAINT)
            for x, c in zip(xs, part.columns, strict=True)
        ]
    for y, r in zip(ys, part.rows, strict=True):
        if part.dims == 2:
            drawn.append(label(left - 5, y + (CELL_HEIGHT if r is not None else 16) / 2, "⋮" if r is None else str(r),
                               size=9.5, anchor="end", fill_opacity=FAINT))
        for x, c in zip(xs, part.columns, strict=True):
            if r is None or c is None:
                continue
            where = part.coordinate(r, c)
            full = f"[{', '.join(map(str, where))}] = {values[where]}"
            drawn.append(
                cell_svg(x, y, cell, texts[where], values[where], scale, marks.get(where, ""), full)
            )
    return "".join(drawn), width, height


def _spread(indices: Sequence[int | None], size: float, start: float) -> tuple[list[float], float]:
    """Where each row or column begins, and where the last one ends; left-out ones take 16 pixels."""
    places = []
    for index in indices:
        places.append(start)
        start += (size if index is not None else 16.0) + CELL_GAP
    return places, start


def empty_svg(words: str, name: str, description: str) -> str:
    """A dashed box with a word in it, for what has no cells."""
    width = width_of(words, 11.5) + 24
    return image(
        width + 2,
        CELL_HEIGHT + 2,
        name,
        description,
        element("rect", x=1, y=1, width=width, height=CELL_HEIGHT, rx=3,
                style="fill:none;stroke:currentColor;stroke-opacity:.45;stroke-dasharray:4 3"),
        label(width / 2 + 1, CELL_HEIGHT / 2 + 1, words, size=11.5, fill_opacity=FAINT),
    )


def grid_text(shown: Window, texts: Mapping[Coordinate, str], marks: Mapping[Coordinate, str]) -> list[str]:
    """The shown cells as aligned lines; a wrong one stands between stars, as ``*1.0*``."""
    if not shown.slices:
        return ["(no cells)"]
    starred = {w: f"*{t}*" if marks.get(w) == WRONG_HERE else f"{t} " for w, t in texts.items()}
    width = max(map(len, starred.values()))
    lines = []
    for part in shown.slices:
        if part.lead:
            lines.append(part.label)
        for r in part.rows:
            cells = [
                "…" if c is None else ("⋮ " if r is None else starred[part.coordinate(r, c)]).rjust(width)
                for c in part.columns
            ]
            lines.append(" ".join(cells).rstrip())
    if shown.hidden_slices and len(shown.shape) > 2:
        lines.append(_more_slices(shown))
    return lines


def facts(tensor: Tensor) -> list[str]:
    """What a caption says of a tensor: shape and dtype, and device, layout and grad where they are not the usual."""
    words = [f"shape {tuple(tensor.shape)}", str(tensor.dtype).removeprefix("torch.")]
    if tensor.device.type != "cpu":
        words.append(str(tensor.device))
    if tensor.layout is not torch.strided:
        words.append(str(tensor.layout).removeprefix("torch."))
    if tensor.requires_grad:
        words.append("requires_grad")
    return words


def show_tensor(tensor: object, name: str | None = None) -> Picture:
    """Draw one tensor of any shape and dtype as cells, large ones in part.

    ``name`` stands above it. What is not a tensor, or holds no values, is shown in words; nothing raises.
    """
    title = name or "tensor"
    if not isinstance(tensor, Tensor):
        words = in_words(tensor)
        caption = f"{title}: {words}" if name else words
        body = element("code", escape(words), style=f"font-family:{MONO}")
        return Picture(card(heading(title, [kind(tensor)]), body), caption)
    caption = facts(tensor)
    says = f"{title}  {' · '.join(caption)}"
    try:
        plain = dense(tensor)
        shown = window(plain.shape)
        values = read(plain, shown)
        texts = {where: short(value) for where, value in values.items()}
        columns = column_limit(list(texts.values()))
        shown = window(plain.shape, columns=columns)
        values = read(plain, shown)
    except (RuntimeError, NotImplementedError, TypeError):
        return Picture(card(heading(title, caption), empty_svg("no values", title, says)), f"{says}\n  (no values)")
    texts = {where: short(value) for where, value in values.items()}
    lines = grid_text(shown, texts, {})
    svg = grid_svg(shown, values, texts, {}, scale_of(values), title, f"{says}: {'; '.join(x.strip() for x in lines)}")
    return Picture(card(heading(title, caption), svg), "\n".join([says, *(f"  {line}" for line in lines)]))


def heading(name: str, caption: Sequence[str], loud: frozenset[int] = frozenset(), sign: str = "") -> str:
    """A name, and a caption whose parts numbered in ``loud`` differ: bold, underlined, and behind ``sign``."""
    words = [
        element("b", f"{sign}{escape(word)}", style=f"border-bottom:2px solid {WRONG}")
        if i in loud
        else element("span", escape(word), style=f"opacity:{FAINT + 0.07:.2f}")
        for i, word in enumerate(caption)
    ]
    return block(
        element("span", escape(name), style=f"font-family:{MONO};font-weight:600;margin-right:.7em"),
        element("span", " · ".join(words), style="font-size:12px"),
        style="margin:0 0 6px 0;overflow-wrap:anywhere",
    )

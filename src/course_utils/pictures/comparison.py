"""Given, expected and yours side by side: the picture that a failed check shows.

Values are compared as `torch.testing.assert_close` compares them, cell by cell, so that a cell is marked exactly when
the check would object to it. Every mark is a shape as well as a colour, and the closing sentence says the same again.
Nothing in here raises, whatever it is given: a picture must not hide the message that it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from course_utils.pictures.cells import (
    WANTED_HERE,
    WRONG_HERE,
    Coordinate,
    Window,
    column_limit,
    dense,
    empty_svg,
    facts,
    grid_svg,
    grid_text,
    heading,
    read,
    scale_of,
    window,
)
from course_utils.pictures.picture import Picture
from course_utils.pictures.svg import MONO, PAPER, WRONG, block, card, element, escape, row
from course_utils.pictures.values import Scalar, distinct, in_words, kind, short
from course_utils.tolerance import Tolerance, default_tolerance

MOST_BLOCKS = 6

@dataclass
class _Block:
    """One value ready to draw. Tensors whose values can be read have ``plain``; all else is shown as ``words``."""

    name: str
    value: object
    plain: Tensor | None = None
    words: str = ""
    caption: list[str] = field(default_factory=list)
    loud: set[int] = field(default_factory=set)
    shown: Window | None = None
    values: dict[Coordinate, Scalar] = field(default_factory=dict)
    texts: dict[Coordinate, str] = field(default_factory=dict)
    marks: dict[Coordinate, str] = field(default_factory=dict)
    wrong: bool = False

    def show(self, focus: Coordinate | None, columns: int) -> None:
        """Choose the cells and read them."""
        if self.plain is not None:
            self.shown = window(self.plain.shape, focus, columns=columns)
            self.values = read(self.plain, self.shown)
            self.texts = {where: short(value) for where, value in self.values.items()}


def compare(
    given: Mapping[str, object],
    expected: object,
    yours: object,
    *,
    tolerance: Tolerance | None = None,
    labels: tuple[str, str] = ("expected", "yours"),
) -> Picture:
    """Draw what a function was given, what was expected of it, and what came.

    Args:
        given: arguments by name; tensors of any shape and dtype become cells, other values words.
        expected: a tensor, a tuple, list or dict with tensors in it (one block each), or anything else.
        yours: the same of the learner's; whatever it is, nothing raises.
        tolerance: (rtol, atol) that values may differ by; by default those of `torch.testing.assert_close`.
        labels: what to call the two that are compared.
    """
    arguments = [b for name, value in given.items() for b in _blocks(value, str(name))]
    wanted, came = _blocks(expected, ""), _blocks(yours, "")
    for b in arguments:
        _lay_out([b], None)
    if len(wanted) == len(came) and [b.name for b in wanted] == [b.name for b in came]:
        sentences = [_compare_pair(e, y, tolerance, labels) for e, y in zip(wanted, came, strict=True)]
    else:
        for b in wanted + came:
            _lay_out([b], None)
        sentences = [_contrast(labels, _structure(expected), _structure(yours))]
    scale = scale_of(*(b.values for b in wanted + came))
    compared = ((labels[0], wanted), (labels[1], came))
    faults = [s for s in sentences if s] or ["Nothing differs."]
    # The two that are compared wrap as one, so that a narrow page never tears them apart while there is room for both.
    pair = row(*(_section(name, blocks, scale) for name, blocks in compared), gap="16px 36px")
    body = row(*([_section("given", arguments, None)] if arguments else []), pair, gap="16px 36px")
    sections = ([("given", arguments)] if arguments else []) + list(compared)
    text = "\n".join([*(line for name, blocks in sections for line in _section_text(name, blocks)), *faults])
    return Picture(card(body, _verdict(faults, differs=any(sentences))), text)


def _blocks(value: object, path: str) -> list[_Block]:
    """A value as blocks: one for each tensor of a container that holds some, else one for the whole."""
    found: list[_Block] = []
    _collect(value, path, found, 0)
    if len(found) > MOST_BLOCKS:
        rest = len(found) - MOST_BLOCKS + 1
        found = [*found[: MOST_BLOCKS - 1], _Block("…", None, words=f"{rest} more")]
    return found


def _collect(value: object, path: str, found: list[_Block], depth: int) -> None:
    parts = _parts(value)
    if depth > 4 or not any(isinstance(part, Tensor) or _parts(part) for _, part in parts):
        found.append(_block(value, path))
        return
    for key, part in parts[: MOST_BLOCKS + 1]:
        _collect(part, f"{path}[{key}]", found, depth + 1)


def _parts(value: object) -> list[tuple[str, object]]:
    """The members of a built-in container with their keys in words; nothing for all else."""
    if isinstance(value, list | tuple):
        return [(str(i), part) for i, part in enumerate(value)]
    if isinstance(value, dict):
        return [(in_words(key, 20), part) for key, part in value.items()]
    return []


def _block(value: object, name: str) -> _Block:
    if not isinstance(value, Tensor):
        return _Block(name, value, words=in_words(value), caption=[] if value is None else [kind(value)])
    made = _Block(name, value, caption=facts(value))
    try:
        made.plain = dense(value)
        read(made.plain, window(made.plain.shape, rows=5, columns=5, slices=1))
    except Exception:
        made.plain, made.words = None, "values cannot be shown"
    return made


def _lay_out(blocks: list[_Block], focus: Coordinate | None) -> None:
    """Give blocks that belong together one window."""
    for b in blocks:
        b.show(focus, 10)
    columns = column_limit([text for b in blocks for text in b.texts.values()])
    for b in blocks:
        b.show(focus, columns)


def _contrast(labels: tuple[str, str], one: object, other: object) -> str:
    return f"{labels[0][:1].upper()}{labels[0][1:]}: {one}; {labels[1]}: {other}."


def _compare_pair(expected: _Block, yours: _Block, tolerance: Tolerance | None, labels: tuple[str, str]) -> str:
    """Mark what differs between two blocks and say it in a sentence; an empty one says that nothing does."""
    subject = f"{yours.name}: " if yours.name else ""
    if not (isinstance(expected.value, Tensor) and isinstance(yours.value, Tensor)):
        _lay_out([expected], None)
        _lay_out([yours], None)
        return _compare_words(expected, yours, tolerance, subject, labels)
    sentence = _compare_facts(expected, yours, labels)
    if expected.plain is None or yours.plain is None:
        _lay_out([expected], None)
        _lay_out([yours], None)
        return subject + sentence if sentence else ""
    differing = _differing(expected.plain, yours.plain, tolerance)
    if differing is None:
        _lay_out([expected], None)
        _lay_out([yours], None)
        return subject + sentence
    count = int(differing.sum())
    if not count:
        _lay_out([expected, yours], None)
        return subject + sentence if sentence else ""
    # The mask has the shape of "expected"; "yours" may have further dimensions of size 1, or lack some.
    at = int(differing.reshape(-1).to(torch.uint8).argmax())
    first, first_yours = _unravel(at, expected.plain.shape), _unravel(at, yours.plain.shape)
    _lay_out([expected], first)
    _lay_out([yours], first_yours)
    _mark(expected, yours, differing)
    told = distinct(expected.values[first], yours.values[first_yours])
    cells = f"{count:,} of {differing.numel():,} cells differ" if differing.numel() > 1 else "The value differs"
    place = f", first at {list(first_yours)}" if first_yours and differing.numel() > 1 else ""
    yours.wrong = True
    sentence = f"{sentence} {cells}{place}: {labels[0]} {told[0]}, {labels[1]} {told[1]}.".strip()
    return subject + sentence


def _compare_words(
    expected: _Block, yours: _Block, tolerance: Tolerance | None, subject: str, labels: tuple[str, str]
) -> str:
    one, other = expected.value, yours.value
    if _same(one, other, tolerance) and type(one) is type(other):
        return ""
    yours.wrong = True
    if type(one) is not type(other):
        _make_loud(expected, yours, 0)
        return subject + _contrast(labels, _structure(one), _structure(other))
    return subject + _contrast(labels, in_words(one), in_words(other))


def _same(one: object, other: object, tolerance: Tolerance | None) -> bool:
    try:
        if isinstance(one, float) and isinstance(other, float):
            rtol, atol = tolerance or default_tolerance(torch.float64)
            return abs(one - other) <= atol + rtol * abs(one) or one == other or (one != one and other != other)
        return bool(one == other)
    except Exception:
        return False


def _compare_facts(expected: _Block, yours: _Block, labels: tuple[str, str]) -> str:
    """Emphasise the parts of the captions that differ, and name them."""
    sentences = []
    one, other = expected.value, yours.value
    assert isinstance(one, Tensor) and isinstance(other, Tensor)
    here, there = labels
    if one.shape != other.shape:
        _make_loud(expected, yours, 0)
        sentences.append(f"The shapes differ: {here} {tuple(one.shape)}, {there} {tuple(other.shape)}.")
    if one.dtype != other.dtype:
        _make_loud(expected, yours, 1)
        names = [str(t.dtype).removeprefix("torch.") for t in (one, other)]
        sentences.append(f"The dtypes differ: {here} {names[0]}, {there} {names[1]}.")
    if one.device != other.device:
        sentences.append(f"The devices differ: {here} {one.device}, {there} {other.device}.")
    return " ".join(sentences)


def _make_loud(expected: _Block, yours: _Block, part: int) -> None:
    expected.loud.add(part)
    yours.loud.add(part)
    yours.wrong = True


def _differing(expected: Tensor, yours: Tensor, tolerance: Tolerance | None) -> Tensor | None:
    """Which cells differ, in the shape of ``expected``; None when the shapes tell no cells apart.

    Shapes that differ only by dimensions of size 1 hold the same cells in the same order, so they are compared.
    """
    if [n for n in expected.shape if n != 1] != [n for n in yours.shape if n != 1]:
        return None
    rtol, atol = tolerance or default_tolerance(expected.dtype, yours.dtype)
    yours = yours.reshape(expected.shape)
    try:
        common = torch.promote_types(expected.dtype, yours.dtype)
        return ~torch.isclose(yours.to(common), expected.to(common), rtol=rtol, atol=atol, equal_nan=True)
    except (RuntimeError, TypeError):
        one, other = expected.to(torch.float64), yours.to(torch.float64)
        return ~torch.isclose(other, one, rtol=rtol, atol=atol, equal_nan=True)


def _unravel(position: int, shape: torch.Size) -> Coordinate:
    where = []
    for size in reversed(shape):
        where.append(position % size)
        position //= size
    return tuple(reversed(where))


def _mark(expected: _Block, yours: _Block, differing: Tensor) -> None:
    """Mark the shown cells that differ, and give both enough digits to read differently."""
    assert expected.plain is not None and yours.plain is not None
    flat = differing.reshape(-1)
    shown_in_yours = {_ravel(where, yours.plain.shape): where for where in yours.values}
    for where, value in expected.values.items():
        position = _ravel(where, expected.plain.shape)
        if not flat[position]:
            continue
        expected.marks[where] = WANTED_HERE
        if position in shown_in_yours:
            there = shown_in_yours[position]
            expected.texts[where], yours.texts[there] = distinct(value, yours.values[there])
    for position, where in shown_in_yours.items():
        if flat[position]:
            yours.marks[where] = WRONG_HERE


def _ravel(where: Coordinate, shape: torch.Size) -> int:
    position = 0
    for index, size in zip(where, shape, strict=True):
        position = position * size + index
    return position


def _structure(value: object) -> str:
    """A value as a thing to expect: "a tuple of 2", "a tensor", "None"."""
    if value is None:
        return "None"
    if isinstance(value, Tensor):
        return "a tensor"
    name = kind(value)
    words = f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
    return f"{words} of {len(value)}" if type(value) in (list, tuple, dict) else words


def _section(name: str, blocks: list[_Block], scale: float | None) -> str:
    title = block(escape(name), style="font-size:12px;letter-spacing:.04em;opacity:.75;margin-bottom:4px")
    return block(title, row(*(_draw(name, b, scale) for b in blocks), gap="12px 20px"), style="min-width:0")


def _draw(section: str, b: _Block, scale: float | None) -> str:
    title = b.name if section == "given" else (f"{section}{b.name}" if b.name else section)
    says = f"{title}: {', '.join(b.caption)}" if b.caption else title
    sign = "✗ " if section == "yours" else ""
    # The section's own word stands above already.
    shown_name = b.name
    top = heading(shown_name, b.caption, frozenset(b.loud), sign)
    if b.shown is None:
        return block(top, _words_box(b.words, wrong=b.wrong and section == "yours"), style="min-width:0;max-width:100%")
    lines = "; ".join(line.strip() for line in grid_text(b.shown, b.texts, b.marks))
    marked = ", cells that differ stand between stars" if WRONG_HERE in b.marks.values() else ""
    if not b.shown.slices:
        return block(top, empty_svg("no cells", title, says))
    own_scale = scale if scale is not None else scale_of(b.values)
    svg = grid_svg(b.shown, b.values, b.texts, b.marks, own_scale, title, f"{says}{marked}: {lines}")
    return block(top, svg, style="min-width:0;max-width:100%")


def _words_box(words: str, *, wrong: bool) -> str:
    """A value in words, framed as cells are; a wrong one as wrong cells are."""
    frame = f"outline:2px solid {WRONG};" if wrong else "outline:1px solid;outline-color:rgba(128,128,128,.5);"
    sign = element("b", "✗ ", style=f"color:{WRONG}") if wrong else ""
    return block(
        sign,
        element("span", escape(words)),
        style=f"{frame}display:inline-block;border-radius:3px;padding:3px 8px;margin:1px;font-family:{MONO};"
        "font-size:12px;white-space:pre-wrap;overflow-wrap:anywhere;max-width:24em",
    )


def _verdict(sentences: list[str], *, differs: bool) -> str:
    sign = "✗" if differs else "✓"
    paint = f"background:{WRONG};color:#fff" if differs else f"background:currentColor;color:{PAPER}"
    badge = (
        element("span", sign, aria_hidden="true", style=f"{paint};border-radius:3px;padding:0 5px;margin-right:8px;"
                "font-weight:700")
        if differs
        else element("b", f"{sign} ", aria_hidden="true")
    )
    return block(badge, escape(" ".join(sentences)), style="margin-top:12px;overflow-wrap:anywhere")


def _section_text(section: str, blocks: list[_Block]) -> list[str]:
    lines = [section]
    for b in blocks:
        head = "  ".join(filter(None, [b.name, " · ".join(b.caption)]))
        if b.shown is None:
            lines.append(f"  {head}: {b.words}" if head else f"  {b.words}")
            continue
        lines.append(f"  {head}")
        lines += [f"    {line}" for line in grid_text(b.shown, b.texts, b.marks)]
    return lines

"""`scatter` and `gather` as they happen: an arrow for every element, from where it is read to where it is written.

Torch itself makes the result that is drawn, and torch's own objection is quoted where it has one. Then there is
nothing to move, so the tensors are drawn as they are, with what breaks a rule marked and the rule said in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from course_utils.errors import CourseError
from course_utils.pictures.cells import (
    WRONG_HERE,
    Coordinate,
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
from course_utils.pictures.moves import Move, broken_rules, gather_moves, out_of_range, scatter_moves
from course_utils.pictures.picture import Picture
from course_utils.pictures.scattering import SIGNS, carried_out, counted, hits_of, letters_for
from course_utils.pictures.svg import MONO, WRONG, block, card, element, escape, image, row
from course_utils.pictures.values import in_words, kind, short
from course_utils.pictures.wires import Board, Spot, draw_wires

MOST_ARROWS = 60
BOARD_ROWS, BOARD_COLUMNS = 8, 8

# What several arrows into one cell come to: a sentence, and the sign on that cell.
_COLLISIONS = {
    "add": ("are summed", "Σ"),
    "sum": ("are summed", "Σ"),
    "multiply": ("are multiplied", "Π"),
    "prod": ("are multiplied", "Π"),
    "mean": ("are averaged", "mean"),
    "amax": ("leave the largest", "max"),
    "amin": ("leave the smallest", "min"),
}


def show_scatter(
    self_tensor: Tensor, dim: int, index: Tensor, src: Tensor | bool | int | float | complex, reduce: str | None = None
) -> Picture:
    """Draw ``self_tensor.scatter(dim, index, src)``: src above, self (before → after) below, an arrow per element.

    Args:
        self_tensor: the tensor written to, any number of dimensions; it is not changed.
        dim: the dimension that index chooses along.
        index: int64, as many dimensions as self_tensor.
        src: a tensor of self_tensor's dtype, or one number for all.
        reduce: None, "add" or "multiply" as scatter has them, or "sum", "prod", "mean", "amax" or "amin" as
            scatter_reduce (with the values of self included).

    A call that torch refuses is drawn too, with the broken rule marked and named. At most 60 arrows are drawn.

    Raises:
        CourseError: an argument is not a tensor at all, or holds no values.
    """
    base, places = _tensor(self_tensor, "self_tensor"), _tensor(index, "index")
    source = _tensor(src, "src") if isinstance(src, Tensor) else None
    if source is None and not isinstance(src, bool | int | float | complex):
        raise CourseError(f"show_scatter needs a tensor or a number as src, and was given {kind(src)} {in_words(src)}.")
    call = f"self.scatter(dim={dim}, index, {'src' if source is not None else f'value={in_words(src)}'}"
    call += f", reduce={reduce!r})" if reduce is not None else ")"
    try:
        after = carried_out(base, dim, places, src if source is None else source, reduce)
    except Exception as error:
        parts = {"self": base, "index": places, **({"src": source} if source is not None else {})}
        return _refused(call, parts, dim, source, str(error), gather=False)
    base, places, after = (t.reshape(1) if t.dim() == 0 else t for t in (base, places, after))
    if source is not None and source.dim() == 0:
        source = source.reshape(1)
    if not places.numel():
        places = places.reshape((0,) * base.dim())
    dim %= base.dim()
    moves = scatter_moves(places, dim, MOST_ARROWS)
    hits = hits_of(base, dim, places)
    shape = tuple(source.shape) if source is not None else tuple(places.shape)
    upper = Board(
        window(shape, rows=BOARD_ROWS, columns=BOARD_COLUMNS),
        _source_spots(source, src, places, shape),
        _title("src" if source is not None else "index", source if source is not None else places),
        channel="right",
    )
    lower = Board(
        window(base.shape, rows=BOARD_ROWS, columns=BOARD_COLUMNS),
        _self_spots(base, after, hits, moves, reduce),
        f"{_title('self', base)} · before → after",
        channel="left",
    )
    notes = _scatter_notes(places.numel(), dim, hits, reduce)
    read_from = (lambda m: f"src{list(m.source)}") if source is not None else (lambda m: in_words(src))
    flows = _flows(moves, read_from, lambda m: f"self{list(m.target)}", places.numel())
    return _moving(call, _scatter_formula(base.dim(), dim, source is not None, reduce), upper, lower, moves,
                   notes, flows, badges="source", total=places.numel())


def show_gather(input: Tensor, dim: int, index: Tensor) -> Picture:  # noqa: A002 - torch's own name for it
    """Draw ``input.gather(dim, index)``: input above, what is gathered below, an arrow per element.

    Args:
        input: the tensor read from, any number of dimensions.
        dim: the dimension that index chooses along.
        index: int64, as many dimensions as input; the result has its shape.

    A call that torch refuses is drawn too, with the broken rule marked and named. At most 60 arrows are drawn.

    Raises:
        CourseError: an argument is not a tensor at all, or holds no values.
    """
    base, places = _tensor(input, "input"), _tensor(index, "index")
    call = f"input.gather(dim={dim}, index)"
    try:
        out = base.gather(dim, places)
    except Exception as error:
        return _refused(call, {"input": base, "index": places}, dim, None, str(error), gather=True)
    base, places, out = (t.reshape(1) if t.dim() == 0 else t for t in (base, places, out))
    if not places.numel():
        base, places, out = base, places.reshape((0,) * base.dim()), out.reshape((0,) * base.dim())
    dim %= base.dim()
    moves = gather_moves(places, dim, MOST_ARROWS)
    upper_shown = window(base.shape, rows=BOARD_ROWS, columns=BOARD_COLUMNS)
    lower_shown = window(out.shape, rows=BOARD_ROWS, columns=BOARD_COLUMNS)
    used = {m.source for m in gather_moves(places, dim, places.numel())} if places.numel() <= 10_000 else None
    upper = Board(
        upper_shown,
        {w: Spot(short(v), faint=used is not None and w not in used) for w, v in read(base, upper_shown).items()},
        _title("input", base),
        channel="right",
    )
    chosen = read(places, lower_shown)
    lower = Board(
        lower_shown,
        {w: Spot(short(v), small=f"index {chosen[w]}") for w, v in read(out, lower_shown).items()},
        _title("out", out),
        channel="left",
    )
    letters = letters_for(base.dim())
    inner = f"index[{', '.join(letters)}]"
    formula = f"out[{', '.join(letters)}] = input[{', '.join(inner if d == dim else x for d, x in enumerate(letters))}]"
    notes = [f"{counted(places.numel(), 'element')} read along dim={dim}; out has the shape of index."]
    flows = _flows(moves, lambda m: f"input{list(m.source)}", lambda m: f"out{list(m.target)}", places.numel())
    return _moving(call, formula, upper, lower, moves, notes, flows, badges="target", total=places.numel())


def _tensor(value: object, name: str) -> Tensor:
    if not isinstance(value, Tensor):
        raise CourseError(f"This picture needs a tensor as {name}, and was given {kind(value)} {in_words(value)}.")
    try:
        return dense(value)
    except Exception:
        raise CourseError(f"{name} holds no values to draw (it is on device {value.device}); move it to the CPU.") from None


def _source_spots(
    source: Tensor | None, src: object, index: Tensor, shape: tuple[int, ...]
) -> dict[Coordinate, Spot]:
    shown = window(shape, rows=BOARD_ROWS, columns=BOARD_COLUMNS)
    sizes = tuple(index.shape)
    values = read(source, shown) if source is not None else dict.fromkeys(shown.coordinates, src)
    spots = {}
    for where, value in values.items():
        used = all(i < n for i, n in zip(where, sizes, strict=True))
        small = f"index {int(index[where])}" if used else "not used"
        spots[where] = Spot(short(value), small=small, faint=not used)
    return spots


def _self_spots(
    base: Tensor, after: Tensor, hits: Tensor, moves: list[Move], reduce: str | None
) -> dict[Coordinate, Spot]:
    shown = window(base.shape, rows=BOARD_ROWS, columns=BOARD_COLUMNS)
    old, new, written = read(base, shown), read(after, shown), read(hits, shown)
    arriving: dict[Coordinate, list[int]] = {}
    for k, move in enumerate(moves, 1):
        arriving.setdefault(move.target, []).append(k)
    spots = {}
    for where in old:
        if not written[where]:
            spots[where] = Spot(short(old[where]), faint=True)
            continue
        numbers = arriving.get(where, [])
        listed = ", ".join(map(str, numbers[:3])) + (", …" if len(numbers) > 3 or written[where] > len(numbers) else "")
        sign = (_COLLISIONS.get(reduce or "", ("", ""))[1] or "?") if written[where] > 1 else ""
        spots[where] = Spot(
            short(new[where]), before=short(old[where]), small=f"← {listed.removeprefix(', ')}", sign=sign,
            alarming=reduce is None,
        )
    return spots


def _scatter_notes(total: int, dim: int, hits: Tensor, reduce: str | None) -> list[str]:
    notes = [f"{counted(total, 'element')} written along dim={dim}."]
    shared = int((hits > 1).sum())
    if shared:
        cells = f"{counted(shared, 'cell')} of self {'is' if shared == 1 else 'are'} written more than once"
        if reduce is None:
            notes.append(f"⚠ {cells}: the last write is not defined on every device.")
        else:
            notes.append(f"{cells}: the values {_COLLISIONS[reduce][0]}.")
    kept = int((hits == 0).sum())
    if kept:
        notes.append(f"{counted(kept, 'cell')} of self {'is' if kept == 1 else 'are'} not written, and drawn faint.")
    return notes


def _scatter_formula(dims: int, dim: int, from_tensor: bool, reduce: str | None) -> str:
    letters = letters_for(dims)
    place = ", ".join(letters)
    target = ", ".join(f"index[{place}]" if d == dim else letter for d, letter in enumerate(letters))
    value = f"src[{place}]" if from_tensor else "value"
    if reduce in SIGNS:
        return f"self[{target}] {SIGNS[reduce]} {value}"
    return f"self[{target}] = {reduce} of self and {value}"


def _title(name: str, tensor: Tensor) -> str:
    return f"{name}  {' · '.join(facts(tensor)[:2])}"


def _flows(moves: list[Move], read_from: Callable[[Move], str], write_to: Callable[[Move], str], total: int) -> list[str]:
    digits = len(str(len(moves)))
    lines = [f"{k:>{digits}}  {read_from(m)} -> {write_to(m)}" for k, m in enumerate(moves, 1)]
    return lines + ([f"… and {total - len(moves):,} more"] if total > len(moves) else [])


def _moving(
    call: str, formula: str, upper: Board, lower: Board, moves: list[Move], notes: list[str], flows: list[str], *,
    badges: str, total: int,
) -> Picture:
    """The picture of a call that torch carries out."""
    markup, width, height = draw_wires(upper, lower, moves, badges=badges)
    hidden = sum(m.source not in upper.visible or m.target not in lower.visible for m in moves)
    if total > len(moves):
        notes = [*notes, f"Only the first {len(moves)} of {total:,} arrows are drawn."]
    if hidden:
        notes = [*notes, f"{counted(hidden, 'arrow')} to or from cells left out here {'is' if hidden == 1 else 'are'} not drawn."]
    svg = image(width, height, call, f"{formula}. {'; '.join(flows)}. {' '.join(notes)}", markup)
    lines = [call, f"  {formula}", *(f"  {line}" for line in flows)]
    for board in (upper, lower):
        texts = {w: f"{s.before}->{s.text}" if s.before else s.text for w, s in board.spots.items()}
        lines += [board.title, *(f"  {line}" for line in grid_text(board.shown, texts, {}))]
    return Picture(card(_top(call, formula), svg, _below(notes)), "\n".join(lines + notes))


def _top(call: str, formula: str) -> str:
    return block(
        element("span", escape(call), style="font-weight:600;margin-right:1.2em"),
        element("span", escape(formula), style="opacity:.75"),
        style=f"font-family:{MONO};font-size:12px;margin-bottom:12px;overflow-wrap:anywhere",
    )


def _below(notes: list[str]) -> str:
    return block(*(block(escape(note)) for note in notes), style="margin-top:8px;overflow-wrap:anywhere")


def _refused(
    call: str, tensors: dict[str, Tensor], dim: int, source: Tensor | None, error: str, *, gather: bool
) -> Picture:
    """The picture of a call that torch refuses: its tensors with what is wrong marked, the rule, torch's own words."""
    base = tensors["input" if gather else "self"]
    index = tensors["index"]
    rules = broken_rules(base, dim, index, source, gather=gather) or ["Torch refuses this call."]
    limits = _index_limits(base, dim, index, source)
    blocks, lines = [], [call]
    for name, tensor in tensors.items():
        caption = facts(tensor)[:2]
        loud = frozenset(i for i, word in enumerate(("shape", "dtype")) if _is_cause(word, name, rules))
        shown, values, texts = _sheet(tensor, limits[0] if name == "index" else None)
        marks = {w: WRONG_HERE for w, v in values.items() if name == "index" and limits[1](w, v)}
        says = f"{name}: {', '.join(caption)}"
        grid = grid_text(shown, texts, marks)
        svg = (
            grid_svg(shown, values, texts, marks, scale_of(values), name, f"{says}: {'; '.join(grid)}")
            if shown.slices
            else empty_svg("no cells", name, says)
        )
        blocks.append(block(heading(name, caption, loud, "✗ "), svg, style="min-width:0;max-width:100%"))
        lines += [f"{name}  {' · '.join(caption)}", *(f"  {line}" for line in grid)]
    cross = element("span", "✗", aria_hidden="true", style=f"background:{WRONG};color:#fff;border-radius:3px;"
                    "padding:0 5px;margin-right:8px;font-weight:700")
    said = " ".join(error.split())
    words = block(
        *(block(cross, escape(rule)) for rule in rules),
        block(f"torch says: {element('code', escape(said), style=f'font-family:{MONO}')}",
              style="margin-top:4px;opacity:.85"),
        style="margin-top:12px;overflow-wrap:anywhere",
    )
    return Picture(
        card(_top(call, ""), row(*blocks, gap="16px 32px"), words), "\n".join([*lines, *rules, f"torch says: {said}"])
    )


def _is_cause(word: str, name: str, rules: list[str]) -> bool:
    """Whether a caption's part is what a broken rule speaks of."""
    mine = [rule for rule in rules if f"{name} " in rule]
    if word == "dtype":
        return any("dtype" in rule for rule in mine)
    return any("dimension" in rule for rule in mine)


def _index_limits(
    base: Tensor, dim: int, index: Tensor, source: Tensor | None
) -> tuple[Coordinate | None, Callable[[Coordinate, object], bool]]:
    """The first cell of index that breaks a rule, and a test for any cell of it; none where the ranks differ."""
    rank = index.dim()
    comparable = rank > 0 and base.dim() == rank and -rank <= dim < rank and not index.is_floating_point()
    if not comparable or index.is_complex() or (source is not None and source.dim() != rank):
        return None, lambda where, value: False
    size = base.shape[dim]

    def wrong(where: Coordinate, value: object) -> bool:
        beyond_src = source is not None and any(i >= n for i, n in zip(where, source.shape, strict=True))
        beyond_base = any(i >= n for d, (i, n) in enumerate(zip(where, base.shape, strict=True)) if d != dim % rank)
        return beyond_src or beyond_base or not 0 <= int(value) < size

    return out_of_range(index, size), wrong


def _sheet(tensor: Tensor, focus: Coordinate | None):  # noqa: ANN202
    shown = window(tensor.shape, focus)
    texts = [short(v) for v in read(tensor, shown).values()]
    shown = window(tensor.shape, focus, columns=column_limit(texts))
    values = read(tensor, shown)
    return shown, values, {where: short(value) for where, value in values.items()}

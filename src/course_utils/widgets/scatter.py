"""`show_scatter` and `show_gather`, alive: one element at a time flies from where it is read to where it is written.

The moves and broken rules are those of the still pictures (`course_utils.pictures`), every value is torch's own, and
what a cell holds after its first, second … write is what torch makes of just these writes.
"""

from __future__ import annotations

from torch import Tensor

from course_utils.errors import CourseError
from course_utils.pictures.cells import dense, facts, read
from course_utils.pictures.moves import broken_rules, out_of_range
from course_utils.pictures.scatter import show_gather as picture_of_gather
from course_utils.pictures.scatter import show_scatter as picture_of_scatter
from course_utils.pictures.scattering import SIGNS, carried_out, counted, hits_of, letters_for
from course_utils.pictures.values import in_words, kind, short
from course_utils.widgets.base import CourseWidget
from course_utils.widgets.scatter_steps import gather_steps, scatter_steps
from course_utils.widgets.scatter_still import scatter_svg
from course_utils.widgets.slabs import left_out, slabs, window_around, window_for

# What several writes to one cell come to, and the sign for it.
COLLISIONS = {
    "add": ("summed", "Σ"),
    "sum": ("summed", "Σ"),
    "multiply": ("multiplied", "Π"),
    "prod": ("multiplied", "Π"),
    "mean": ("averaged", "mean"),
    "amax": ("compared, and the largest stays", "max"),
    "amin": ("compared, and the smallest stays", "min"),
}


# Which word of a caption is loud: a rule about it holds the other word.
LOUD = {"shape": "dimension", "dtype": "dtype"}


def show_scatter(
    self_tensor: Tensor, dim: int, index: Tensor, src: Tensor | bool | int | float | complex, reduce: str | None = None
) -> CourseWidget:
    """Show ``self_tensor.scatter(dim, index, src)`` element by element: src above, self below.

    Args:
        self_tensor: the tensor written to, any number of dimensions; it is not changed.
        dim: the dimension that index chooses along.
        index: int64, as many dimensions as self_tensor.
        src: a tensor of self_tensor's dtype, or one number for all.
        reduce: None, "add" or "multiply" as scatter has them, or "sum", "prod", "mean", "amax" or "amin" as
            scatter_reduce (with the values of self included).

    A call that torch refuses is shown too, with the broken rule marked and named. Large tensors are shown in part.

    Raises:
        CourseError: an argument is not a tensor at all, or holds no values, or dim is no whole number.
    """
    _check_dim(dim, "show_scatter")
    picture = picture_of_scatter(self_tensor, dim, index, src, reduce)
    data = scatter_data(self_tensor, dim, index, src, reduce)
    return CourseWidget("scatter", data, svg=scatter_svg(data, picture), text=picture.text)


def show_gather(input: Tensor, dim: int, index: Tensor) -> CourseWidget:  # noqa: A002 - torch's own name for it
    """Show ``input.gather(dim, index)`` element by element: input above, what is gathered below.

    Args:
        input: the tensor read from, any number of dimensions.
        dim: the dimension that index chooses along.
        index: int64, as many dimensions as input; the result has its shape.

    A call that torch refuses is shown too, with the broken rule marked and named. Large tensors are shown in part.

    Raises:
        CourseError: an argument is not a tensor at all, or holds no values, or dim is no whole number.
    """
    _check_dim(dim, "show_gather")
    picture = picture_of_gather(input, dim, index)
    data = gather_data(input, dim, index)
    return CourseWidget("scatter", data, svg=scatter_svg(data, picture), text=picture.text)


def scatter_data(
    self_tensor: Tensor, dim: int, index: Tensor, src: Tensor | complex, reduce: str | None = None
) -> dict:
    """The call as plain data: two boards of cells, and a step for every shown element; or the rules that it breaks."""
    base, places = dense(self_tensor), dense(index)
    source = dense(src) if isinstance(src, Tensor) else None
    code = _scatter_code(dim, src, reduce)
    try:
        after = carried_out(base, dim, places, src if source is None else source, reduce)
    except Exception as error:
        tensors = {"self": base, "index": places, **({} if source is None else {"src": source})}
        return _refused(code, "scatter", tensors, dim, source, str(error))
    base, places, after = _at_least_one(base), _at_least_one(places), _at_least_one(after)
    source = None if source is None else _at_least_one(source)
    if not places.numel():
        places = places.reshape((0,) * base.dim())
    dim %= base.dim()
    shape = tuple(places.shape) if source is None else tuple(source.shape)
    shown = window_for(shape)
    used = [where for where in shown.coordinates if all(i < n for i, n in zip(where, places.shape, strict=True))]
    steps = scatter_steps(base, dim, places, src if source is None else source, reduce, after, used)
    below = window_around(base.shape, [tuple(step["target"]) for step in steps])
    hits, old, new = hits_of(base, dim, places), read(base, below), read(after, below)
    counts = read(hits, below)
    values = dict.fromkeys(shown.coordinates, src) if source is None else read(source, shown)
    upper = _board("src" if source is not None else "index", source if source is not None else places, shown)
    upper["cells"] = [
        {"at": list(w), "value": short(values[w]), "index": int(places[w]) if w in set(used) else None}
        for w in sorted(values)
    ]
    lower = _board("self", base, below)
    lower["cells"] = [
        {"at": list(w), "value": short(old[w]), "final": short(new[w]), "hits": int(counts[w])} for w in sorted(old)
    ]
    return {
        **_head(code, "scatter", dim),
        "formula": _scatter_formula(base.dim(), dim, source is not None, reduce),
        "from": "src" if source is not None else None,
        "reduce": reduce,
        "joined": COLLISIONS[reduce][0] if reduce else None,
        "sign": COLLISIONS[reduce][1] if reduce else None,
        "upper": upper,
        "lower": lower,
        "steps": steps,
        "total": places.numel(),
        "notes": _scatter_notes(places.numel(), len(steps), dim, hits, reduce),
    }


def gather_data(base: Tensor, dim: int, index: Tensor) -> dict:
    """As `scatter_data`, for ``base.gather(dim, index)``: the upper board is read, the lower one is the result."""
    base, places = dense(base), dense(index)
    code = [["input.gather(", ""], [f"dim={dim}", "dim"], [", index=index)", ""]]
    try:
        out = base.gather(dim, places)
    except Exception as error:
        return _refused(code, "gather", {"input": base, "index": places}, dim, None, str(error))
    base, places, out = _at_least_one(base), _at_least_one(places), _at_least_one(out)
    if not places.numel():
        places, out = places.reshape((0,) * base.dim()), out.reshape((0,) * base.dim())
    dim %= base.dim()
    below = window_for(out.shape)
    steps = gather_steps(base, dim, places, below.coordinates)
    shown = window_around(base.shape, [tuple(step["source"]) for step in steps])
    values, gathered, chosen = read(base, shown), read(out, below), read(places, below)
    upper = _board("input", base, shown)
    upper["cells"] = [{"at": list(w), "value": short(values[w]), "index": None} for w in sorted(values)]
    lower = _board("out", out, below)
    lower["cells"] = [
        {"at": list(w), "value": "", "final": short(gathered[w]), "hits": 1, "index": int(chosen[w])}
        for w in sorted(gathered)
    ]
    notes = [f"{counted(places.numel(), 'element')} read along dim={dim}; out has the shape of index."]
    if len(steps) < places.numel():
        notes.append(f"{len(steps)} of them are shown, one by one.")
    return {
        **_head(code, "gather", dim),
        "formula": _gather_formula(base.dim(), dim),
        "from": "input",
        "reduce": None,
        "joined": None,
        "sign": None,
        "upper": upper,
        "lower": lower,
        "steps": steps,
        "total": places.numel(),
        "notes": notes,
    }


def _check_dim(dim: object, function: str) -> None:
    if not isinstance(dim, int) or isinstance(dim, bool):
        raise CourseError(f"{function} needs a whole number as dim, and was given {kind(dim)} {in_words(dim)}.")


def _head(code: list[list[str]], verb: str, dim: int) -> dict:
    return {"name": "".join(text for text, _ in code), "verb": verb, "code": code, "dim": dim, "refused": None}


def _board(name: str, tensor: Tensor, shown) -> dict:  # noqa: ANN001
    shape, dtype = facts(tensor)[:2]
    return {
        "name": name, "shape": list(tensor.shape), "dtype": dtype, "caption": shape, "slabs": slabs(shown),
        "left_out": left_out(shown),
    }


def _at_least_one(tensor: Tensor) -> Tensor:
    return tensor.reshape(1) if tensor.dim() == 0 else tensor


def _scatter_code(dim: int, src: object, reduce: str | None) -> list[list[str]]:
    """The call as one would type it, in parts; the part marked "dim" is the one to watch."""
    method = "scatter" if reduce in (None, "add", "multiply") else "scatter_reduce"
    value = "src=src" if isinstance(src, Tensor) else f"value={in_words(src)}"
    if method == "scatter_reduce" and not isinstance(src, Tensor):
        value = f"src=torch.full(index.shape, {in_words(src)})"
    end = f", reduce={reduce!r})" if reduce is not None else ")"
    return [[f"self.{method}(", ""], [f"dim={dim}", "dim"], [f", index=index, {value}{end}", ""]]


def _place(name: str, dims: int, dim: int | None = None) -> list[list[str]]:
    """``name[i, j]`` in parts; with ``dim``, that letter is replaced by index's value, and marked."""
    letters = letters_for(dims)
    if dim is None:
        return [[f"{name}[{', '.join(letters)}]", ""]]
    before, after = ", ".join(letters[:dim]), ", ".join(letters[dim + 1 :])
    chosen = f"index[{', '.join(letters)}]"
    return [[f"{name}[{before}{', ' if before else ''}", ""], [chosen, "dim"], [f"{', ' if after else ''}{after}]", ""]]


def _scatter_formula(dims: int, dim: int, from_tensor: bool, reduce: str | None) -> list[list[str]]:
    target, value = _place("self", dims, dim), _place("src", dims) if from_tensor else [["value", ""]]
    if reduce in SIGNS:
        return [*target, [f" {SIGNS[reduce]} ", ""], *value]
    return [*target, [f" = {reduce} of itself and ", ""], *value]


def _gather_formula(dims: int, dim: int) -> list[list[str]]:
    return [*_place("out", dims), [" = ", ""], *_place("input", dims, dim)]


def _scatter_notes(total: int, shown: int, dim: int, hits: Tensor, reduce: str | None) -> list[str]:
    notes = [f"{counted(total, 'element')} written along dim={dim}."]
    if shown < total:
        notes.append(f"{shown} of them are shown, one by one.")
    shared = int((hits > 1).sum())
    if shared:
        words = f"{counted(shared, 'cell')} of self {'gets' if shared == 1 else 'get'} more than one element"
        if reduce is None:
            notes.append(f"⚠ {words}: plain scatter keeps one of them, and which one is not defined.")
        else:
            notes.append(f"{words}; they are {COLLISIONS[reduce][0]}.")
    kept = int((hits == 0).sum())
    if kept:
        notes.append(f"{counted(kept, 'cell')} of self {'keeps its value' if kept == 1 else 'keep their values'}.")
    return notes


def _refused(
    code: list[list[str]], verb: str, tensors: dict[str, Tensor], dim: int, source: Tensor | None, error: str
) -> dict:
    """A call that torch refuses: its tensors with what is wrong marked, the rules, torch's own words."""
    base, index = tensors["input" if verb == "gather" else "self"], tensors["index"]
    rules = broken_rules(base, dim, index, source, gather=verb == "gather") or ["Torch refuses this call."]
    bad = _misplaced(base, dim, index, source)
    # A cell is marked only for a rule that is said; other rules come first.
    speaks_of_cells = any("larger" in rule or "index[" in rule for rule in rules)
    boards = []
    for name, tensor in tensors.items():
        shown = window_around(tensor.shape, bad) if name == "index" and bad else window_for(tensor.shape)
        values = read(tensor, shown)
        wrong = _wrong_cell(base, dim, index, source) if name == "index" and speaks_of_cells else _never
        mine = [rule for rule in rules if f"{name} " in rule or f"{name}[" in rule]
        boards.append({
            **_board(name, tensor, shown),
            "loud": [word for word, hint in LOUD.items() if any(hint in rule for rule in mine)],
            "cells": [{"at": list(w), "value": short(v), "wrong": wrong(w, v)} for w, v in sorted(values.items())],
        })
    return {
        **_head(code, verb, dim),
        "refused": {"rules": rules, "torch": " ".join(error.split()), "boards": boards},
    }


def _comparable(base: Tensor, dim: int, index: Tensor, source: Tensor | None) -> bool:
    """Whether it makes sense to ask for single cells of index which of them break a rule."""
    rank = index.dim()
    fits = rank > 0 and base.dim() == rank and -rank <= dim < rank and (source is None or source.dim() == rank)
    return fits and not index.is_floating_point() and not index.is_complex()


def _wrong_cell(base: Tensor, dim: int, index: Tensor, source: Tensor | None):  # noqa: ANN202
    """A test for one cell of index: does it point outside, or stand where src or self has no cell?"""
    if not _comparable(base, dim, index, source):
        return _never
    rank = index.dim()
    limits = [
        min(
            source.shape[d] if source is not None else index.shape[d],
            base.shape[d] if d != dim % rank else index.shape[d],
        )
        for d in range(rank)
    ]
    size = base.shape[dim]
    return lambda where, value: (
        any(i >= n for i, n in zip(where, limits, strict=True)) or not 0 <= int(value) < size
    )


def _never(where: tuple[int, ...], value: object) -> bool:
    return False


def _misplaced(base: Tensor, dim: int, index: Tensor, source: Tensor | None) -> list[tuple[int, ...]]:
    """The first cell of index that points outside, so that it is drawn whatever the size of index."""
    if not _comparable(base, dim, index, source):
        return []
    where = out_of_range(index, base.shape[dim])
    return [] if where is None else [where]

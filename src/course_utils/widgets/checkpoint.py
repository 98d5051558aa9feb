"""`show_checkpoint`: two state dicts compared, key by key, and what loading one into the other would say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from torch import nn

from course_utils.errors import CourseError
from course_utils.pictures.svg import BLUE, BROWN, FAINT, GREEN, GREY, PURPLE, WRONG, element, label, width_of
from course_utils.pictures.values import in_words, short
from course_utils.widgets.base import CourseWidget
from course_utils.widgets.checkpoint_compare import STATUSES, compared
from course_utils.widgets.checkpoint_states import State, Verdict, state_of, verdict
from course_utils.widgets.still import still

# More rows than this make a page slow; those that differ come first, and the picture says how many are left out.
MOST = 4000
STILL_ROWS, ROW = 24, 20.0

SIGNS = {"missing": "−", "unexpected": "+", "shape": "▭", "dtype": "T", "changed": "≠", "same": "="}
COLOURS = {"missing": WRONG, "unexpected": BROWN, "shape": PURPLE, "dtype": GREEN, "changed": BLUE, "same": GREY}
WORDS = {
    "missing": "missing", "unexpected": "unexpected", "shape": "of another shape", "dtype": "of another dtype",
    "changed": "changed", "same": "the same",
}


def show_checkpoint(
    a: nn.Module | Mapping | str | os.PathLike[str],
    b: nn.Module | Mapping | str | os.PathLike[str],
    *,
    names: Sequence[str] = ("a", "b"),
) -> CourseWidget:
    """Compare two state dicts: what is the same, what changed and by how much, what is missing or does not fit.

    Args:
        a: a module, a state dict, or the path of a file that `torch.save` wrote; b is loaded into this one.
        b: the same; a key of a that b lacks is *missing*, one that only b has is *unexpected*.
        names: what to call the two.

    Files are opened with ``weights_only=True``: one that would run code is refused. Where a is a module, b is really
    loaded into a copy of it, and torch's own words are shown.

    Raises:
        CourseError: something that is no state dict, a file that cannot be read or is refused.
    """
    called = list(names) if isinstance(names, Sequence) and not isinstance(names, str) else []
    if len(called) != 2 or not all(isinstance(name, str) for name in called):
        raise CourseError(f"names are two words, one for each state dict, and this is {in_words(names)}.")
    data = checkpoint_data(state_of(a, called[0]), state_of(b, called[1]), called)
    return CourseWidget("checkpoint", data, svg=_svg(data), text=_text(data))


def checkpoint_data(a: State, b: State, names: list[str]) -> dict[str, Any]:
    """The picture as data: rows in the order of a, then what only b has; counts by status; and the verdict."""
    keys = [*a.values, *(key for key in b.values if key not in a.values)]
    rows = [
        compared(key, a.values.get(key), b.values.get(key), in_a=key in a.values, in_b=key in b.values) for key in keys
    ]
    counts = {status: sum(row["status"] == status for row in rows) for status in STATUSES}
    if len(rows) > MOST:
        kept = sorted(range(len(rows)), key=lambda i: (STATUSES.index(rows[i]["status"]), i))[:MOST]
        rows = [rows[i] for i in sorted(kept)]
    said = verdict(a, b)
    return {
        "name": f"{_short(names[0])} compared with {_short(names[1])}",
        "names": names,
        "counts": counts,
        "rows": rows,
        "left_out": len(keys) - len(rows),
        "verdict": {"ran": said.ran, "strict": said.strict, "loose": said.loose, "words": _words(said, counts, names)},
    }


def _words(said: Verdict, counts: dict[str, int], names: list[str]) -> str:
    """What loading b into a comes to, for somebody who has not seen torch's message yet."""
    into, given = (_short(name) for name in names)
    casts = f" {_many(counts['dtype'], 'tensor')} would be converted to {into}'s dtype without a word." if counts["dtype"] else ""
    if said.strict is None:
        return f"Loading {given} into {into} works: every key is there and every shape fits.{casts}"
    why = [
        f"{_many(counts['missing'], 'key')} {'is' if counts['missing'] == 1 else 'are'} missing" if counts["missing"] else "",
        f"{_many(counts['unexpected'], 'key')} {'is' if counts['unexpected'] == 1 else 'are'} unexpected"
        if counts["unexpected"] else "",
        f"{_many(counts['shape'], 'tensor')} {'has' if counts['shape'] == 1 else 'have'} another shape"
        if counts["shape"] else "",
    ]
    reasons = ", ".join(word for word in why if word)
    loose = (
        "With strict=False it works: missing keys keep their old values, unexpected ones are passed over."
        if said.loose is None
        else "strict=False does not help: it passes over missing and unexpected keys, never over shapes."
        if counts["shape"]
        else "With strict=False it raises too."
    )
    return f"Loading {given} into {into} raises an error{': ' + reasons if reasons else ''}. {loose}{casts}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _tally(data: dict) -> str:
    return ", ".join(f"{count} {WORDS[status]}" for status, count in data["counts"].items() if count) + "."


def _text(data: dict) -> str:
    lines = [data["name"], "  " + _tally(data), "  " + data["verdict"]["words"]]
    told = [row for row in data["rows"] if row["status"] != "same"]
    lines += [f"  {SIGNS[row['status']]} {_short(row['key'], 60)}: {_row_words(row)}" for row in told[:STILL_ROWS]]
    if len(told) > STILL_ROWS:
        lines.append(f"  … and {len(told) - STILL_ROWS} more")
    return "\n".join(lines)


def _row_words(row: dict) -> str:
    change = row["change"]
    if row["status"] == "shape":
        return f"shape {_shape(row['a'])}, but {_shape(row['b'])} in the second"
    words = WORDS[row["status"]]
    if row["status"] == "dtype":
        words = f"{row['a']['dtype']}, but {row['b']['dtype']} in the second"
    if change and change["count"]:
        words += f", {change['count']} of {change['of']} elements, at most by {_number(change['max'])}"
    return words


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else short(value, 3)


def _shape(side: dict | None) -> str:
    return str(tuple(side["shape"])) if side and "shape" in side else ""


def _svg(data: dict) -> str:
    """The rows that differ first, then those that do not, as far as there is room."""
    rows = sorted(data["rows"], key=lambda row: row["status"] == "same")[:STILL_ROWS]
    said = [_tally(data), *wrap(data["verdict"]["words"], 100)]
    parts = [label(0, 10 + 16 * i, line, size=11, anchor="start") for i, line in enumerate(said)]
    top = 30 + 16 * len(said)
    keys = 22 + max(width_of(_short(row["key"], 44), 11) for row in rows)
    for i, row in enumerate(rows):
        y = top + i * ROW
        colour = COLOURS[row["status"]]
        parts += [
            element("rect", x=0.0, y=y - 8, width=16.0, height=16.0, rx=4,
                    style=f"fill:{colour};fill-opacity:.18;stroke:{colour}"),
            label(8, y, SIGNS[row["status"]], size=11, font_weight="600"),
            label(24, y, _short(row["key"], 44), size=11, anchor="start"),
            label(keys + 18, y, _row_words(row), size=11, anchor="start", fill_opacity=FAINT),
        ]
    more = len(data["rows"]) + data["left_out"] - len(rows)
    if more:
        parts.append(label(24, top + len(rows) * ROW, f"… and {more} more keys", size=11, anchor="start", fill_opacity=FAINT))
    wide = [*(width_of(line, 11) for line in said), *(keys + 18 + width_of(_row_words(row), 11) for row in rows)]
    return still(max(wide), top + (len(rows) + bool(more)) * ROW, data["name"], _text(data), *parts)

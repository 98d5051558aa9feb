"""What was mended in a submission, in sentences to the student who handed it in.

What happened to many cells in the same way is said once, with their names: a student whose editor lost every mark should not
read seventeen sentences about it.
"""

from __future__ import annotations

from typing import Literal

from autograder.pattern import Pattern, bare
from autograder.repair_cells import Matched

MOST_NAMES = 6
NOTHING = "Nothing of this chapter was found in your notebook; did you hand in another one?"
NUMBERS = {2: "two", 3: "three"}
FOUND_BY = {
    "cell id": ("by the id of its cell", "by the ids of their cells"),
    "name": ("by the function that it defines", "by the functions that they define"),
    "likeness": ("by its likeness with what you were given", "by their likeness with what you were given"),
    "question": ("below its question", "below their questions"),
}
TestTrouble = Literal["gone", "moved", "doubled", "changed"]
TESTS = {
    "gone": "were gone; they were put back.",
    "moved": "stood before your answer; they run after it.",
    "doubled": "were there more than once; they run once.",
    "changed": "were not those of the course as it is now; the course's count.",
}


def said_of(found: Matched, pattern: Pattern, missing: list[str], tests: dict[TestTrouble, list[str]]) -> list[str]:
    """What was mended in the answers, and in their tests.

    Args:
        missing: the names of the answers that were not found.
        tests: the names of the answers whose tests had some trouble.
    """
    told = [*found.elsewhere, *found.spread]
    said = [_of_copies(name, n, found, pattern) for name, n in found.copies.items() if n > 1 and name not in told]
    for evidence, (one, several) in FOUND_BY.items():
        lost = [name for name, by in found.evidence.items() if by == evidence and name not in told]
        if lost:
            was, how = ("was", one) if len(lost) == 1 else ("were", several)
            said.append(f"{_answers(lost)} had lost nbgrader's marks and {was} found {how}.")
    said += [f"You wrote the answer `{name}` in a cell of your own; that one counts." for name in found.elsewhere]
    said += [
        f"Your answer `{name}` is spread over several cells; all of them run, before its tests."
        for name in found.spread
    ]
    turned = [name for name, cell in found.answers.items() if cell.kind != pattern.slots[name].cell.cell_type]
    if turned:
        where = "a cell" if len(turned) == 1 else "cells"
        said.append(f"{_answers(turned)} stood in {where} of another type; the type was put right.")
    said += [_of_missing(name, found, pattern) for name in missing]
    return said + [
        f"The tests of {_listed(tests[trouble])} {words}" for trouble, words in TESTS.items() if trouble in tests
    ]


def said_of_the_rest(put_back: int, new_ids: bool) -> list[str]:
    """What was mended in ungraded cells.

    Args:
        put_back: how many of the course's were put back.
        new_ids: whether some got another id.
    """
    said = []
    if put_back:
        cells = "A cell" if put_back == 1 else f"{put_back} cells"
        said.append(
            f"{cells} of the course that your answers or the tests need had been changed or deleted; "
            "the course's own was put back."
        )
    if new_ids:
        said.append("Some cells of your notebook had the same id, or one that Jupyter refuses; they got new ones.")
    return said


def _of_copies(name: str, count: int, found: Matched, pattern: Pattern) -> str:
    begun = bare(found.answers[name].source) not in ("", bare(pattern.slots[name].starter))
    last = "the last one that you changed" if begun else "the last one"
    return f"You had {NUMBERS.get(count, count)} copies of the answer `{name}`; {last} counts."


def _of_missing(name: str, found: Matched, pattern: Pattern) -> str:
    slot = pattern.slots[name]
    within = [other for other, cell in found.answers.items() if slot.defines and slot.fits(cell.source)]
    if within:
        return (
            f"Your answer `{name}` is missing: it stands in the cell of your answer `{within[0]}`; each needs its own."
        )
    return f"Your answer `{name}` is missing: no cell of your notebook is it."


def _answers(names: list[str]) -> str:
    return f"Your answer{'' if len(names) == 1 else 's'} {_listed(names)}"


def _listed(names: list[str]) -> str:
    """`a`, `b` and `c`."""
    shown = [f"`{name}`" for name in names[:MOST_NAMES]]
    if len(names) > MOST_NAMES:
        shown.append(f"{len(names) - MOST_NAMES} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"

"""The quiz at the end of a chapter, which grades itself at once.

The notebook knows each question's right letter only as a salted hash, and for each wrong letter a sentence on why it is
wrong; both stand in ``coach.json``.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping

from course_utils.checks.cheer import GREEN
from course_utils.checks.coach import coach_here
from course_utils.checks.failure import CheckFailed, NotStarted, show, wrapped

ROUNDS = 20_000


def seal(question: str, letter: str) -> str:
    """The hash that stands for a right letter. Slow on purpose, and salted with the question, so that it isn't read by eye."""
    return hashlib.pbkdf2_hmac("sha256", letter.encode(), question.encode(), ROUNDS).hex()[:24]


class _Report:
    def __init__(self, rows: list[tuple[str, str, bool | None, str]]) -> None:
        self._rows = rows

    def __repr__(self) -> str:
        marks = {True: "✔", False: "✗", None: "○"}
        return "\n".join(f"{marks[right]} {q}: {given}  {why}".rstrip() for q, given, right, why in self._rows)

    def _repr_html_(self) -> str:
        words = {
            True: ("✔ right", GREEN),
            False: ("✗ not this one", "var(--jp-error-color1, #c62828)"),
            None: ("○ open", "inherit"),
        }
        rows = []
        for question, given, right, why in self._rows:
            word, colour = words[right]
            rows.append(
                f'<tr><th scope="row" style="text-align:left;padding:2px 12px 2px 0">{html.escape(question)}</th>'
                f'<td style="padding:2px 12px 2px 0">{html.escape(given)}</td>'
                f'<td style="padding:2px 12px 2px 0;color:{colour};white-space:nowrap">{word}</td>'
                f'<td style="text-align:left;padding:2px 0">{html.escape(why)}</td></tr>'
            )
        return f'<table style="font-size:13px;margin:0"><caption style="text-align:left">Quiz</caption>{"".join(rows)}</table>'


def check_quiz(answers: Mapping[str, str | None]) -> None:
    """Mark the quiz: one line for each question, with why a wrong letter is wrong.

    Args:
        answers: question name → letter, such as ``{"q1": "b"}``; None or "" leaves a question open.

    Raises:
        CheckFailed: a question is open or wrong.
    """
    known = coach_here().quiz
    questions = list(known) or list(answers)
    rows: list[tuple[str, str, bool | None, str]] = []
    for question in questions:
        raw = answers.get(question)
        if raw in (None, "", ...):
            rows.append((question, "–", None, ""))
            continue
        letter = str(raw).strip().lower()
        if question not in known:
            rows.append((question, letter, None, ""))
            continue
        right = seal(question, letter) == known[question]["key"]
        why = "" if right else known[question]["because"].get(letter, "That is not one of the letters offered.")
        rows.append((question, letter, right, why))
    report = _Report(rows)
    shown = show(report)
    lines = [] if shown else str(report).splitlines()
    wrong = [q for q, _, right, _ in rows if right is False]
    still_open = [q for q, _, right, _ in rows if right is None]
    if len(still_open) == len(rows):
        raise NotStarted(
            "The quiz is waiting for you.",
            [wrapped("→", "Write one letter for each question above, then run both cells.")],
        )
    if wrong:
        raise CheckFailed(
            f"{len(rows) - len(wrong) - len(still_open)} of {len(rows)} right; look again at {', '.join(wrong)}.", lines
        )
    if still_open:
        raise CheckFailed(f"{', '.join(still_open)} still open; the others are right.", lines)
    if not shown:
        print(report)

"""From trials to ``coach.json``: what a check may say about wrong answers; and what makes a chapter's tests good enough.

A chapter builds only when its tests accept every right attempt and reject every wrong one, and when a visible example gives
each named slip its name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from autograder.attempts import Attempt, Question
from autograder.chapter import Exercise, Source
from autograder.trial import Result
from course_utils.checks.coach import same
from course_utils.checks.quiz import seal
from course_utils.errors import CourseError

LEAST_RIGHT, LEAST_WRONG = 2, 3
QUIZ = "quiz"


def judge(source: Source, exercises: list[Exercise], attempts: list[Attempt], results: list[Result]) -> None:
    """Hold the tests to the attempts.

    Raises:
        CourseError: naming every attempt that the tests treat wrongly, one a line.
    """
    problems: list[str] = []
    automatic = {e.name for e in exercises if not e.manual}
    for attempt, result in zip(attempts, results, strict=True):
        where = f"line {attempt.line}, {'right' if attempt.right else 'wrong'} {attempt.exercise}"
        if attempt.right and not result.passed:
            problems.append(f"{where}: should pass, but: {result.message}")
        elif not attempt.right and result.passed:
            problems.append(f"{where}: the tests accept it ({attempt.say or attempt.hidden})")
        elif attempt.say and result.passed_visible:
            problems.append(
                f"{where}: only the hidden tests reject it, so nobody would hear “{attempt.say}”; "
                "add a visible example or say hidden=…"
            )
        elif attempt.hidden and not result.passed_visible:
            problems.append(f"{where}: a visible example rejects it, so name the slip with say=… ({result.message})")
        elif attempt.say and result.outcome is None:
            problems.append(f"{where}: it fails outside a check, where no slip can be named ({result.message})")
        elif attempt.say and result.outcome and result.outcome["kind"] == "not-started":
            problems.append(f"{where}: it is the starter")
    counts = Counter((a.exercise, a.right) for a in attempts)
    for name in sorted(automatic - {QUIZ}):
        if counts[name, True] < LEAST_RIGHT or counts[name, False] < LEAST_WRONG:
            problems.append(
                f"{name}: has {counts[name, True]} right and {counts[name, False]} wrong attempts; "
                f"at least {LEAST_RIGHT} and {LEAST_WRONG} are needed"
            )
        if not any(a.way for a in attempts if a.exercise == name):
            problems.append(f"{name}: no right attempt has way=…, so a learner is shown no other way")
    if problems:
        raise CourseError(f"The tests of {source.chapter.name} do not hold their attempts:\n  " + "\n  ".join(problems))


def check_names(source: Source, exercises: list[Exercise], attempts: list[Attempt]) -> None:
    """Refuse attempts at exercises that do not exist (a typo would silently test nothing).

    Raises:
        CourseError: naming the first.
    """
    names = {e.name for e in exercises if not e.manual}
    for attempt in attempts:
        if attempt.exercise not in names:
            raise CourseError(
                f"{source.attempts}, line {attempt.line}: there is no exercise called {attempt.exercise}."
            )


def coach_words(
    exercises: list[Exercise], attempts: list[Attempt], results: list[Result], questions: list[Question]
) -> dict[str, Any]:
    """The content of ``coach.json``."""
    slips: dict[str, list[dict[str, Any]]] = defaultdict(list)
    ways: dict[str, str] = {}
    for attempt, result in zip(attempts, results, strict=True):
        if attempt.way and attempt.exercise not in ways:
            ways[attempt.exercise] = attempt.way
        if attempt.say and result.key and result.outcome:
            entry = {**result.outcome, "say": attempt.say}
            if not any(e["say"] == entry["say"] and same(e["yours"], entry["yours"]) for e in slips[result.key]):
                slips[result.key].append(entry)
    quiz = {q.name: {"key": seal(q.name, q.right), "because": q.because} for q in questions}
    return {"slips": dict(slips), "ways": ways, "quiz": quiz}

"""Checks that speak: what a notebook's tests are written with.

`check` calls a learner's function on one example and explains what is wrong with the result; `solved` closes an exercise;
`check_quiz` marks a quiz; `predict` records a guess before torch answers; `fresh` draws random inputs.
"""

from course_utils.checks import fresh
from course_utils.checks.call import Check, check, solved
from course_utils.checks.failure import CheckFailed, NotStarted
from course_utils.checks.predict import predict
from course_utils.checks.quiz import check_quiz

__all__ = ["Check", "CheckFailed", "NotStarted", "check", "check_quiz", "fresh", "predict", "solved"]

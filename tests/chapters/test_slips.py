"""What a learner reads: with the released coach beside the notebook, each listed slip is told by its name."""

import shutil

import pytest

from autograder.attempts import read_attempts
from autograder.chapter import exercises, read_source, sources
from autograder.trial import try_attempts
from course_utils.course import find_course

COURSE = find_course()
SOURCES = {s.chapter.name: s for s in sources(COURSE)}
pytestmark = pytest.mark.long


@pytest.mark.parametrize("chapter", sorted(SOURCES))
def test_the_message_of_every_slip_names_it(chapter, tmp_path):
    source = SOURCES[chapter]
    shutil.copy(COURSE.released / chapter / "coach.json", tmp_path)
    notebook = read_source(source)
    attempts = [a for a in read_attempts(source.attempts)[0] if a.say]
    results, _ = try_attempts(notebook, exercises(notebook, source), attempts, tmp_path)
    unnamed = [
        f"line {attempt.line}: {result.message}"
        for attempt, result in zip(attempts, results, strict=True)
        if " ".join(attempt.say.split()) not in " ".join(result.message.split())
    ]
    assert attempts and unnamed == []

"""The committed notebooks are what the sources make."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from autograder.build import build
from autograder.chapter import exercises, read_source, sources
from course_utils.course import find_course

COURSE = find_course()


def stale(source):
    return source.chapter.name, build(COURSE, source).stale(COURSE)


def test_no_released_chapter_is_stale():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = dict(pool.map(stale, sources(COURSE)))
    assert found == {s.chapter.name: [] for s in sources(COURSE)}


def test_every_released_chapter_has_a_source():
    assert [c.name for c in COURSE.chapters] == [s.chapter.name for s in sources(COURSE)]


def test_an_exercise_has_its_name_to_itself():
    names = Counter(e.name for s in sources(COURSE) for e in exercises(read_source(s), s) if e.name != "quiz")
    assert [n for n, times in names.items() if times > 1] == []

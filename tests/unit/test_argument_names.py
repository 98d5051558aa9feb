"""Names read from the source of a call, and letters where there is none to read."""

from __future__ import annotations

import sys

from course_utils.widgets.argument_names import MOST, argument_names


def names(*values: object) -> list[str]:
    return argument_names(sys._getframe(1), len(values))


def test_arguments_are_called_what_the_call_says():
    x = [1, 2]
    assert names(x, x[0], x[ 1 ]) == ["x", "x[0]", "x[ 1 ]"]  # fmt: skip


def test_a_call_over_several_lines_is_read_whole():
    x = [1, 2]
    # fmt: off
    assert names(
        x,
        x[
            0
        ],
    ) == ["x", "x[ 0 ]"]
    # fmt: on


def test_characters_of_several_bytes_move_nothing():
    größe = [1]
    assert ("äöü", names(größe, größe[0]))[1] == ["größe", "größe[0]"]


def test_two_calls_on_one_line_are_told_apart():
    a, b = 1, 2
    assert (names(a), names(b)) == (["a"], ["b"])


def test_a_long_argument_is_cut():
    assert len(names([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])[0]) == MOST


def test_unpacked_arguments_have_letters():
    assert names(*[1, 2]) == ["A", "B"]


def test_without_a_frame_there_are_letters():
    assert argument_names(None, 28)[25:] == ["Z", "tensor 27", "tensor 28"]


def test_without_source_there_are_letters():
    scope = {"names": names}
    exec("found = names(1, 2)", scope)
    assert scope["found"] == ["A", "B"]

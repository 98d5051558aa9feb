"""Pictures tell the truth about torch, say it in text too, and let no name or value become markup."""

import re
import xml.etree.ElementTree as ET

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.errors import CourseError
from course_utils.pictures import Picture, compare, show_gather, show_scatter, show_tensor
from course_utils.pictures.moves import broken_rules, gather_moves, scatter_moves
from course_utils.pictures.svg import SERIES, WRONG
from course_utils.tolerance import default_tolerance

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class Hostile:
    def __repr__(self):
        return HOSTILE


class Unspeakable:
    def __repr__(self):
        raise RuntimeError("no words")


SAMPLES = {
    "1-D, values differ": lambda: compare({"x": torch.arange(3)}, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])),
    "2-D, shapes differ": lambda: compare({}, torch.zeros(2, 3), torch.zeros(3, 2)),
    "3-D": lambda: compare({"n": 3}, torch.zeros(2, 2, 2), torch.ones(2, 2, 2)),
    "4-D": lambda: compare({}, torch.zeros(2, 3, 2, 2), torch.ones(2, 3, 2, 2)),
    "large": lambda: compare({}, torch.zeros(300, 400), torch.zeros(300, 400).index_fill(0, torch.tensor(250), 1.0)),
    "NaN, inf, complex": lambda: compare(
        {"c": torch.tensor([1 + 2j])}, torch.tensor([1.0]), torch.tensor([float("nan")])
    ),
    "bool": lambda: compare({}, torch.tensor([True, False]), torch.tensor([True, True])),
    "empty": lambda: compare({"e": torch.empty(0, 3)}, torch.empty(0), torch.zeros(1)),
    "0-d": lambda: compare({}, torch.tensor(1.0), torch.tensor(2.0)),
    "words": lambda: compare({"how": "sum"}, (2, 3), None),
    "tuple": lambda: compare({}, (torch.zeros(2), 1), (torch.ones(2), 1)),
    "meta": lambda: compare({"m": torch.empty(2, device="meta")}, torch.zeros(2), torch.empty(2, device="meta")),
    "sparse": lambda: compare({}, torch.eye(2), torch.eye(2).to_sparse()),
    "hostile": lambda: compare({HOSTILE: Hostile(), "s": HOSTILE}, Hostile(), HOSTILE),
    "unspeakable": lambda: compare({"u": Unspeakable()}, 1, Unspeakable()),
    "one tensor": lambda: show_tensor(torch.arange(6).reshape(2, 3), HOSTILE),
    "scatter 1-D": lambda: show_scatter(torch.zeros(5), 0, torch.tensor([3, 0]), torch.tensor([1.0, 2.0])),
    "scatter dim 1": lambda: show_scatter(torch.zeros(2, 4), 1, torch.tensor([[3], [0]]), 1.0),
    "scatter 3-D": lambda: show_scatter(torch.zeros(3, 2, 2), 0, torch.tensor([[[2, 0], [1, 2]]]), torch.ones(1, 2, 2)),
    "scatter refused": lambda: show_scatter(torch.zeros(3, 2), 0, torch.tensor([[0, 1, 2]]), torch.ones(1, 3)),
    "scatter, many": lambda: show_scatter(torch.zeros(30, 30), 0, torch.zeros(30, 30).long(), torch.ones(30, 30)),
    "gather": lambda: show_gather(torch.arange(6.0).reshape(2, 3), 1, torch.tensor([[2, 0], [1, 1]])),
}


@pytest.fixture(params=SAMPLES, scope="module")
def picture(request) -> Picture:
    return SAMPLES[request.param]()


def test_the_html_is_well_formed(picture):
    ET.fromstring(f"<root>{re.sub('&(?!amp;|lt;|gt;|quot;|#)[a-z]+;', '', picture.html)}</root>")


def test_nothing_of_a_stranger_becomes_markup(picture):
    assert "<script" not in picture.html and "<img" not in picture.html


def test_nothing_is_fetched_from_anywhere(picture):
    assert set(re.findall(r"https?://[^\"' )<]+", picture.html)) <= {"http://www.w3.org/2000/svg"}
    assert "url(" not in picture.html and "@import" not in picture.html


def test_every_drawing_has_a_role_a_title_and_a_description(picture):
    for svg in re.findall(r"<svg.*?</svg>", picture.html, re.DOTALL):
        if 'aria-hidden="true"' not in svg.split(">", 1)[0]:
            assert 'role="img"' in svg and "<title>" in svg and "<desc>" in svg


def test_a_terminal_gets_text(picture):
    assert repr(picture).strip() and "<svg" not in repr(picture)


def test_a_notebook_gets_both_forms(picture):
    assert set(picture._repr_mimebundle_()) == {"text/html", "text/plain"}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_same_values_give_the_same_picture(name):
    assert SAMPLES[name]().html == SAMPLES[name]().html


def test_a_difference_is_marked_by_shape_and_words_and_not_by_colour_alone():
    picture = compare({}, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 5.0]))
    assert "*5.0*" in picture.text and "1 of 2 cells differ, first at [1]" in picture.text
    assert picture.html.count("×") + picture.html.count("✗") + picture.html.count("✖") >= 1


def test_the_first_difference_is_shown_even_in_a_large_tensor():
    yours = torch.zeros(300, 400)
    yours[250, 333] = 7.0
    assert "7.0" in compare({}, torch.zeros(300, 400), yours).text


def test_a_picture_stays_as_it_was_when_the_tensor_changes():
    value = torch.zeros(2)
    picture = compare({}, torch.ones(2), value)
    value.fill_(9)
    assert "9" not in picture.text


def test_labels_replace_expected_and_yours():
    picture = compare({}, torch.zeros(1), torch.ones(1), labels=("x before", "x after"))
    assert "x before 0.0, x after 1.0" in picture.text and "expected" not in picture.text


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64])
def test_cells_are_marked_by_the_tolerance_of_assert_close(dtype):
    rtol, atol = default_tolerance(dtype)
    one = torch.tensor(1.0, dtype=torch.float64)
    for factor, close in ((0.4, True), (3.0, False)):
        other = (one + factor * (rtol + atol)).to(dtype)
        try:
            torch.testing.assert_close(other, one.to(dtype))
            held = True
        except AssertionError:
            held = False
        assert held is close


shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3)


@st.composite
def calls(draw):
    """(self, dim, index, src) that scatter accepts, with no cell written twice, so that the outcome is defined."""
    shape = draw(shapes)
    dim = draw(st.integers(0, len(shape) - 1))
    sizes = [draw(st.integers(1, n)) for n in shape]
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    order = torch.rand(shape, generator=generator).argsort(dim)
    index = order[tuple(slice(0, n) for n in sizes)]
    src = torch.arange(1.0, index.numel() + 1).reshape(index.shape)
    return torch.zeros(shape), dim, index, src


@given(calls())
def test_the_arrows_of_scatter_go_where_torch_writes(call):
    base, dim, index, src = call
    drawn = base.clone()
    for move in scatter_moves(index, dim, index.numel()):
        drawn[move.target] = src[move.source]
    assert torch.equal(drawn, base.scatter(dim, index, src))


@given(calls())
def test_the_arrows_of_gather_come_from_where_torch_reads(call):
    base, dim, index, _ = call
    table = torch.arange(1.0, base.numel() + 1).reshape(base.shape)
    drawn = torch.zeros(index.shape)
    for move in gather_moves(index, dim, index.numel()):
        drawn[move.target] = table[move.source]
    assert torch.equal(drawn, table.gather(dim, index))


@given(shapes, shapes, shapes, st.integers(0, 2), st.integers(-1, 4))
def test_a_broken_rule_is_named_exactly_when_torch_refuses(base, index, src, dim, value):
    dim = min(dim, len(base) - 1)
    target, places, source = torch.zeros(base), torch.full(index, value), torch.ones(src)
    try:
        target.scatter(dim, places, source)
        refused = False
    except (RuntimeError, IndexError):
        refused = True
    assert bool(broken_rules(target, dim, places, source, gather=False)) is refused


def test_the_text_of_a_scatter_lists_its_moves():
    text = show_scatter(torch.zeros(2, 3), 1, torch.tensor([[2], [0]]), torch.tensor([[5.0], [6.0]])).text
    assert "src[0, 0] -> self[0, 2]" in text and "src[1, 0] -> self[1, 0]" in text


def test_two_values_for_one_cell_are_pointed_out():
    index, src = torch.tensor([1, 1]), torch.tensor([1.0, 2.0])
    assert "not defined" in show_scatter(torch.zeros(3), 0, index, src).text
    assert "not defined" not in show_scatter(torch.zeros(3), 0, index, src, reduce="sum").text


def test_a_refused_call_quotes_torch():
    picture = show_scatter(torch.zeros(3, 2), 0, torch.tensor([[0, 1, 2]]), torch.ones(1, 3))
    assert "torch says:" in picture.text and "Expected index" in picture.text


def test_no_more_than_sixty_arrows_are_drawn_and_that_is_said():
    text = show_scatter(torch.zeros(30, 30), 0, torch.zeros(30, 30).long(), torch.ones(30, 30)).text
    assert "Only the first 60 of 900" in text


def test_what_is_no_tensor_is_refused_in_a_sentence():
    with pytest.raises(CourseError, match="needs a tensor as"):
        show_scatter([0, 0], 0, torch.tensor([0]), 1.0)


@pytest.mark.parametrize("paper", ["#FFFFFF", "#111111"])
@pytest.mark.parametrize("colour", [*SERIES, WRONG])
def test_colours_can_be_told_from_light_and_dark_paper(colour, paper):
    def light(code: str) -> float:
        parts = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((light(colour), light(paper)), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 3

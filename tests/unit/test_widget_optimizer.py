"""The paths are torch's own, and every formula that is shown is true of them."""

from __future__ import annotations

import json
import math
import re
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.errors import CourseError
from course_utils.widgets import show_optimizer
from course_utils.widgets.optimizer_paths import path_data
from course_utils.widgets.surfaces import SURFACES, contours, extent_around

HOSTILE = '</script><img src=x onerror="alert(1)">'
OPTIMIZERS = {
    "SGD": lambda params: torch.optim.SGD(params, lr=0.02),
    "momentum": lambda params: torch.optim.SGD(params, lr=0.01, momentum=0.9),
    "Adam": lambda params: torch.optim.Adam(params, lr=0.1),
    "AdamW": lambda params: torch.optim.AdamW(params, lr=0.1, weight_decay=0.05),
    "AdamW without decay": lambda params: torch.optim.AdamW(params, lr=0.1, weight_decay=0),
    "RMSprop": lambda params: torch.optim.RMSprop(params, lr=0.05),
    "Adagrad": lambda params: torch.optim.Adagrad(params, lr=0.5),
}
WITHOUT_RULES = {
    "nesterov": lambda params: torch.optim.SGD(params, lr=0.01, momentum=0.9, nesterov=True),
    "decayed": lambda params: torch.optim.SGD(params, lr=0.01, weight_decay=0.1),
    "amsgrad": lambda params: torch.optim.Adam(params, amsgrad=True),
    "centered": lambda params: torch.optim.RMSprop(params, centered=True),
    "L-BFGS": lambda params: torch.optim.LBFGS(params, lr=0.1),
    "NAdam": lambda params: torch.optim.NAdam(params),
}
points = st.tuples(st.floats(-3, 3), st.floats(-3, 3))


def computed(template: str, path: dict, step: int, axis: int) -> float:
    """What a template comes to, worked out by Python instead of torch."""

    def number(found: re.Match) -> str:
        name, after = found[1], found[2]
        if name == "t":
            return str(step + 1)
        if name == "g":
            return f"({path['slopes'][step][axis]!r})"
        return f"({path['trace'][name][step + bool(after)][axis]!r})"

    text = re.sub(r"\{([^}']+)('?)\}", number, template)
    text = re.sub(r"√(\([^()]*\))", r"sqrt\1", text)
    return eval(text.translate({ord("·"): "*", ord("−"): "-"}).replace("^", "**"), {"sqrt": math.sqrt})


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
@pytest.mark.parametrize("name", OPTIMIZERS | WITHOUT_RULES)
def test_a_path_is_that_of_torch_itself(surface, name):
    make = (OPTIMIZERS | WITHOUT_RULES)[name]
    path = path_data(surface, name, make, surface.start, 12, None)
    point = torch.tensor(surface.start, dtype=torch.float64, requires_grad=True)
    optimizer = make([point])

    def closure():
        optimizer.zero_grad()
        loss = surface.function(point[0], point[1])
        loss.backward()
        return loss

    for x, y in path["points"]:
        assert [x, y] == pytest.approx(point.tolist(), rel=1e-8, abs=1e-12)
        optimizer.step(closure)


@settings(max_examples=25, deadline=None)
@given(start=points, name=st.sampled_from(sorted(OPTIMIZERS)), surface=st.sampled_from(sorted(SURFACES)))
def test_every_formula_with_its_numbers_gives_the_value_of_torch(start, name, surface):
    path = path_data(SURFACES[surface], name, OPTIMIZERS[name], start, 6, None)
    assert len(path["rules"]) >= 1
    for step in range(len(path["points"])):
        for rule in path["rules"]:
            for axis in (0, 1):
                told = path["trace"][rule["target"]][step + 1][axis]
                assert computed(rule["numbers"], path, step, axis) == pytest.approx(told, rel=1e-6, abs=1e-7), rule


@settings(max_examples=20, deadline=None)
@given(start=points, name=st.sampled_from(sorted(SURFACES)))
def test_every_gradient_is_that_of_autograd(start, name):
    surface = SURFACES[name]
    path = path_data(surface, "SGD", OPTIMIZERS["SGD"], start, 3, None)
    for (x, y), loss, slope in zip(path["points"], path["losses"], path["slopes"], strict=True):
        point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
        expected = surface.function(point[0], point[1])
        assert loss == pytest.approx(expected.item(), rel=1e-6, abs=1e-9)
        assert slope == pytest.approx(torch.autograd.grad(expected, point)[0].tolist(), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", WITHOUT_RULES)
def test_an_optimizer_whose_rules_are_not_known_shows_its_move_only(name):
    path = path_data(SURFACES["bowl"], name, WITHOUT_RULES[name], (1.0, 1.0), 3, None)
    assert [rule["formula"] for rule in path["rules"]] == ["θ ← θ + Δ"]
    assert computed(path["rules"][0]["numbers"], path, 1, 0) == pytest.approx(path["trace"]["p"][2][0], abs=1e-8)


def test_a_subclass_shows_no_formula_of_its_parent():
    class Backwards(torch.optim.SGD):
        pass

    path = path_data(SURFACES["bowl"], "b", lambda params: Backwards(params, lr=0.1), (1.0, 1.0), 2, None)
    assert path["rules"][-1]["formula"] == "θ ← θ + Δ"


def test_the_last_point_knows_its_next_step_too():
    path = path_data(SURFACES["bowl"], "SGD", OPTIMIZERS["SGD"], (1.0, 1.0), 5, None)
    assert len(path["points"]) == 6
    assert len(path["trace"]["p"]) == 7


def test_a_run_is_repeated_exactly():
    assert show_optimizer("ravine").data == show_optimizer("rosenbrock").data


def test_a_path_that_runs_away_says_in_which_step():
    widget = show_optimizer("valley", {"too fast": lambda params: torch.optim.SGD(params, lr=0.2)})
    path = widget.data["paths"][0]
    assert path["diverged"] == len(path["points"]) < 60
    assert f"runs away in step {path['diverged']}" not in widget.text
    assert f"run away in step {path['diverged']}" in widget.text


def test_infinite_numbers_become_words_that_json_can_hold():
    widget = show_optimizer(lambda x, y: x**4 + y**4, {"mad": lambda params: torch.optim.SGD(params, lr=1e200)})
    json.dumps(widget.data, allow_nan=False)


@pytest.mark.parametrize("name", SURFACES)
def test_the_minima_that_are_marked_are_minima(name):
    for minimum in SURFACES[name].minima:
        point = torch.tensor(minimum, dtype=torch.float64, requires_grad=True)
        loss = SURFACES[name].function(point[0], point[1])
        assert torch.autograd.grad(loss, point)[0].abs().max() < 1e-12
        near = point.detach() + 0.01 * torch.randn(50, 2, dtype=torch.float64)
        assert (SURFACES[name].function(near[:, 0], near[:, 1]) > loss).all()


@pytest.mark.parametrize("name", SURFACES)
def test_contour_lines_lie_where_the_surface_has_their_height(name):
    surface = SURFACES[name]
    left, right, bottom, top = surface.extent
    for contour in contours(surface, surface.extent):
        flat = torch.tensor([v for ring in contour["above"] for v in ring], dtype=torch.float64).reshape(-1, 2)
        inner = ((flat[:, 0] - left).abs() > 1e-9) & ((flat[:, 0] - right).abs() > 1e-9)
        inner &= ((flat[:, 1] - bottom).abs() > 1e-9) & ((flat[:, 1] - top).abs() > 1e-9)
        x, y = flat[inner].T.requires_grad_()
        height = surface.function(x, y)
        slope = torch.stack(torch.autograd.grad(height.sum(), [x, y])).norm(dim=0)
        # Within a tenth of a grid cell, or of the cell's own curvature where the surface is flat.
        assert ((height - contour["level"]).abs() <= 0.1 * (right - left) / 96 * slope + 0.05).all()


@settings(deadline=None)
@given(st.lists(points, min_size=1, max_size=9))
def test_a_map_holds_every_point_in_the_proportions_of_a_map(given_points):
    left, right, bottom, top = extent_around(given_points)
    assert all(left <= x <= right and bottom <= y <= top for x, y in given_points)
    assert (right - left) / (top - bottom) == pytest.approx(4 / 3)


def test_a_function_of_ones_own_is_a_surface():
    widget = show_optimizer(lambda x, y: torch.sin(x) + y**2, steps=5)
    assert len(widget.data["contours"]) > 5


def test_a_function_of_single_numbers_is_a_surface_too():
    widget = show_optimizer(lambda x, y: x**2 if x > 0 else x**2 + y**2, start=(-1.0, 1.0), steps=3)
    assert len(widget.data["contours"]) > 5


def test_a_start_outside_the_named_part_widens_the_map():
    left, right, bottom, top = show_optimizer("bowl", start=(30.0, 1.0), steps=3).data["extent"]
    assert left <= -4 and right >= 30 and bottom <= -3 and top >= 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"surface": "hill"}, 'no surface .hill.; choose "bowl"'),
        ({"surface": 3}, "A surface is a name"),
        ({"surface": lambda x, y: 1.0}, "must return one float"),
        ({"surface": lambda x, y: torch.tensor(1.0)}, "does not depend on x and y"),
        ({"surface": lambda x, y: x / "a"}, "failed at"),
        ({"surface": lambda x, y: torch.log(x) + y, "start": (-1, 1)}, "not finite at the start"),
        ({"surface": lambda x, y: torch.stack([x, y])}, "must return one float"),
        ({"steps": 0}, "from 1 to 500"),
        ({"steps": True}, "from 1 to 500"),
        ({"steps": 501}, "from 1 to 500"),
        ({"start": (1, 2, 3)}, "start is a point"),
        ({"start": "ab"}, "start is a point"),
        ({"start": (float("nan"), 0)}, "finite"),
        ({"optimizers": [torch.optim.SGD]}, "optimizers is a dict"),
        ({"optimizers": {}}, "one to 6"),
        ({"optimizers": {"n": lambda params: None}}, "must return a torch.optim.Optimizer"),
        ({"optimizers": {"n": lambda params: torch.optim.SGD(params, lr=-1)}}, "could not be made"),
        ({"optimizers": {"n": lambda params: torch.optim.SGD([torch.zeros(2)], lr=1)}}, "other parameters"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments, words):
    with pytest.raises(CourseError, match=words):
        show_optimizer(**{"steps": 3, **arguments})


def test_a_message_from_the_page_changes_one_learning_rate():
    widget = show_optimizer("bowl", steps=5)
    before = widget.data["paths"]
    widget._handle_custom_msg({"rates": {"SGD": 0.5}}, [])
    after = widget.data["paths"]
    assert after[0]["rate"] == 0.5 and after[0]["own_rate"] == before[0]["own_rate"]
    assert after[0]["points"][1] == pytest.approx([-1.6, 1.1])
    assert after[1] == before[1]
    assert "lr=0.5" in widget.text and "lr=0.5" in widget.to_svg()


def test_a_changed_rate_stays_when_the_start_moves():
    widget = show_optimizer("bowl", steps=5)
    widget._handle_custom_msg({"rates": {"SGD": 0.5}}, [])
    widget._handle_custom_msg({"start": [2, 2]}, [])
    assert widget.data["paths"][0]["points"][:2] == [[2, 2], [1, 1]]


@pytest.mark.parametrize("message", [{"rates": {"SGD": -1}}, {"rates": {"?": 1}}, {"rates": 3}, {"start": ["a", 1]}])
def test_a_bad_message_is_answered_with_a_sentence_and_changes_nothing(message):
    widget = show_optimizer("bowl", steps=3)
    paths = widget.data["paths"]
    widget._handle_custom_msg(message, [])
    assert widget.data["problem"]
    assert widget.data["paths"] == paths


@pytest.mark.parametrize("name", [HOSTILE, "n" * 200])
def test_a_hostile_name_stays_text_in_the_still_picture_and_the_page(name):
    widget = show_optimizer("bowl", {name: OPTIMIZERS["SGD"]}, steps=3)
    root = ElementTree.fromstring(widget.to_svg())
    assert not [e for e in root.iter() if e.tag.endswith(("script", "img"))]
    assert "<img" not in widget.to_html()
    assert "<img" not in widget.to_svg()


def test_the_still_picture_is_the_same_each_time():
    assert show_optimizer("saddle").to_svg() == show_optimizer("saddle").to_svg()


def test_the_data_of_the_default_stays_small():
    assert len(json.dumps(show_optimizer().data)) < 120_000

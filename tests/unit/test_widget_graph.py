"""`show_graph` and its still picture: what print, GitHub and a terminal see of a graph."""

from __future__ import annotations

import json
import time
from xml.etree import ElementTree

import pytest
import torch
from torch import nn

from course_utils.errors import CourseError
from course_utils.graphs import capture, record
from course_utils.graphs.functions import friendly
from course_utils.pictures.graph import describe_graph
from course_utils.pictures.graph_layout import layout
from course_utils.widgets import compare_graphs, live_graph, show_graph


def words_of(svg: str) -> str:
    return " ".join(ElementTree.fromstring(svg).itertext())


def test_names_come_from_the_callers_variables():
    weight = torch.tensor(3.0, requires_grad=True)
    total = weight * 2
    assert "leaf: weight" in show_graph(total).text
    assert "mul  = total" in show_graph(total).text


def test_parameters_of_the_callers_modules_have_their_names():
    net = nn.Linear(2, 1)
    assert "net.weight" in words_of(show_graph(net(torch.ones(1, 2)).sum()).to_svg())


def test_the_gradient_of_a_leaf_is_shown_once_there_is_one():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    assert ".grad 6" not in show_graph(y, names={"x": x}).text
    y.backward()
    assert ".grad 6" in show_graph(y, names={"x": x}).text


def test_looking_at_a_graph_changes_no_grad():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    show_graph(y)
    assert x.grad is None


def test_a_leaf_used_twice_is_one_node_with_two_edges():
    x = torch.tensor(3.0, requires_grad=True)
    data = show_graph(x * x).data
    leaf = next(node["id"] for node in data["nodes"] if node["kind"] == "leaf")
    assert sum(edge["from"] == leaf for edge in data["edges"]) == 2


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: torch.ones(2), "requires_grad is False"),
        (lambda: torch.ones(2, requires_grad=True), "leaf"),
        (lambda: torch.ones(2).long(), "dtype int64"),
        (lambda: (torch.ones(2, requires_grad=True) * 2).detach(), "detach"),
    ],
)
def test_a_tensor_without_a_graph_says_why(make, reason):
    assert reason in show_graph(make()).text


@pytest.mark.parametrize("what", [3.0, "loss", None, [1.0]])
def test_what_is_no_tensor_is_refused_in_a_sentence(what):
    with pytest.raises(CourseError, match="draws the graph behind a tensor"):
        show_graph(what)


def test_a_graph_of_ten_thousand_operations_is_drawn_as_its_beginning_and_its_end():
    y = x = torch.tensor(1.0, requires_grad=True)
    for _ in range(10_000):
        y = y + 1
    began = time.monotonic()
    widget = show_graph(y, names={"x": x})
    assert time.monotonic() - began < 30
    assert "10,001 nodes" in widget.text
    assert len(widget.to_svg()) < 200_000


def test_hostile_names_do_not_become_markup():
    x = torch.tensor(1.0, requires_grad=True)
    svg = show_graph(x * 2, names={"<script>alert(1)</script>": x}).to_svg()
    assert "<script>" not in svg
    assert "<script>alert(1)</script>" in words_of(svg)


def test_the_data_is_plain_json_whatever_the_values():
    x = torch.tensor([1.0, float("nan"), float("inf")], requires_grad=True)
    json.dumps(show_graph((x * 2).sum()).data, allow_nan=False)


def test_every_kind_of_node_stands_in_the_legend():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with record() as tape:
        y = x * torch.tensor([3.0, 4.0])
        z = y.detach() + 1
    shown = words_of(show_graph(tape).to_svg())
    assert not z.requires_grad
    for words in ("collects .grad", "output", "needs no gradient", "did not record"):
        assert words in shown


def test_two_graphs_stand_side_by_side_in_the_still_picture():
    x = torch.tensor(1.0, requires_grad=True)
    widget = compare_graphs(x.exp(), x.sin(), ("first", "second"))
    assert {"first", "second", "exp", "sin"} <= set(words_of(widget.to_svg()).split())
    with pytest.raises(CourseError, match="one for each"):
        compare_graphs(x.exp(), x.sin(), ("one",))


# Live ----------------------------------------------------------------------------------------------------------------


def result_of(widget) -> float:
    (value,) = (node["value"]["data"][0] for node in widget.data["nodes"] if node["output"])
    return value


def test_a_slider_recomputes_values_and_gradients():
    live = live_graph(lambda a, b: a * b, a=2.0, b=(0, 10, 3.0))
    assert result_of(live) == 6.0
    live.set(a=4.0)
    assert result_of(live) == 12.0
    (leaf,) = (node for node in live.data["nodes"] if node["name"] == "b")
    assert leaf["grad"]["data"] == [4.0]


def test_what_a_page_sends_is_clipped_and_unknown_things_are_passed_over():
    live = live_graph(lambda a: a * a, a=(0, 3, 1.0))
    for content in ({"set": {"a": 99}}, {"set": {"a": "x", "b": 1}}, {"set": 5}, {}, None):
        live._moved(live, content, [])
    assert live.values == {"a": 3.0}


@pytest.mark.parametrize(
    "ask",
    [
        lambda: live_graph(lambda a: a),
        lambda: live_graph(lambda a: a * 2, a="x"),
        lambda: live_graph(lambda a: a * 2, a=(3, 1)),
        lambda: live_graph(lambda a: 5, a=1.0),
        lambda: live_graph(lambda a: a.detach(), a=1.0),
        lambda: live_graph(lambda a: a * 2, a=1.0).set(b=2.0),
        lambda: live_graph(lambda a: a * 2, a=1.0).set(a=99.0),
    ],
)
def test_live_graphs_refuse_what_they_cannot_show_in_a_sentence(ask):
    with pytest.raises(CourseError):
        ask()


# The layout of the still picture ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("true_name", "word"),
    [
        ("MulBackward0", "mul"),
        ("LogSoftmaxBackward0", "log_softmax"),
        ("AddmmBackward0", "addmm"),
        ("NllLossBackward0", "nll_loss"),
    ],
)
def test_operations_are_called_what_learners_call_them(true_name, word):
    assert friendly(true_name) == word


def test_the_layout_lets_no_two_nodes_overlap_and_all_arrows_run_down():
    x = [torch.ones(2, requires_grad=True) for _ in range(4)]
    y = ((x[0] * x[1] + x[2]).relu() @ x[3] + (x[0] - x[3]).sum()).exp()
    data = capture(y)
    sizes = {node["id"]: (80.0, 30.0) for node in data["nodes"]}
    edges = [(edge["from"], edge["to"]) for edge in data["edges"]]
    places = layout(sizes, edges).centres
    for a in places:
        for b in places:
            if a < b:
                (ax, ay), (bx, by) = places[a], places[b]
                assert abs(ax - bx) >= 80 - 1e-6 or abs(ay - by) >= 30 - 1e-6
    assert all(places[source][1] < places[target][1] for source, target in edges)


def test_the_words_stand_inputs_first():
    a = torch.tensor(2.0, requires_grad=True)
    lines = describe_graph(capture(a.exp(), names={"a": a})).splitlines()
    assert lines[1].startswith("  #1 leaf: a")
    assert lines[2].endswith("<- a#1")

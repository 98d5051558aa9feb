"""`show_graph` draws what autograd recorded: every operation, every leaf, every way between them."""

import time
from collections import Counter

import pytest
import torch

from course_utils.errors import CourseError
from course_utils.pictures import show_graph
from course_utils.pictures.graph_layout import layout
from course_utils.pictures.graph_walk import LEAF, NO_GRAD, OPERATION, friendly, walk


def kinds(tensor, **names) -> Counter:
    return Counter(node.kind for node in walk(tensor, names.items()).nodes.values())


def test_every_operation_and_leaf_is_a_node():
    w, x, b = (torch.ones(2, requires_grad=True) for _ in range(3))
    assert kinds((w * x + b).sum()) == {LEAF: 3, OPERATION: 3, "output": 1}


def test_a_leaf_used_twice_is_one_node_with_two_arrows():
    x = torch.tensor(3.0, requires_grad=True)
    graph = walk(x * x, [("x", x)])
    leaf = next(n for n in graph.nodes.values() if n.kind == LEAF)
    assert sum(e.source == leaf.number for e in graph.edges) == 2


def test_a_constant_stands_as_needing_no_gradient():
    x = torch.tensor(3.0, requires_grad=True)
    assert kinds(x * torch.tensor(2.0))[NO_GRAD] == 1


def test_arrows_go_the_way_that_data_went():
    x = torch.tensor(3.0, requires_grad=True)
    graph = walk(x.exp(), [("x", x)])
    leaf = next(n.number for n in graph.nodes.values() if n.kind == LEAF)
    targets = {e.target for e in graph.edges if e.source == leaf}
    assert [graph.nodes[t].title for t in targets] == ["exp"]


def test_names_come_from_the_callers_variables():
    weight = torch.tensor(3.0, requires_grad=True)
    total = weight * 2
    text = show_graph(total).html
    assert "weight" in text and "total" in text


def test_parameters_of_the_callers_modules_have_their_names():
    net = torch.nn.Linear(2, 1)
    assert "net.weight" in show_graph(net(torch.ones(1, 2)).sum()).html


def test_the_gradient_of_a_leaf_is_shown_once_there_is_one():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    assert ".grad" not in show_graph(y, names={"x": x}).html.split("a tensor that collects")[0]
    y.backward()
    assert ".grad 6" in show_graph(y, names={"x": x}).html


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: torch.ones(2), "requires_grad"),
        (lambda: torch.ones(2, requires_grad=True), "leaf"),
        (lambda: (torch.ones(2, requires_grad=True) * 2).detach(), "requires_grad"),
    ],
)
def test_a_tensor_without_a_graph_says_why(make, reason):
    assert reason in show_graph(make()).text


def test_what_is_no_tensor_is_refused_in_a_sentence():
    with pytest.raises(CourseError, match="draws the graph behind a tensor"):
        show_graph(3.0)


def test_a_graph_of_ten_thousand_operations_is_condensed_and_said_to_be():
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(10_000):
        y = y + 1
    began = time.monotonic()
    picture = show_graph(y)
    assert time.monotonic() - began < 5
    assert "10,0" in picture.text and len(picture.html) < 200_000


def test_hostile_names_do_not_become_markup():
    x = torch.tensor(1.0, requires_grad=True)
    assert "<script>" not in show_graph(x * 2, names={"<script>alert(1)</script>": x}).html


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
    graph = walk(y, [])
    sizes = {n: (80.0, 30.0) for n in graph.nodes}
    plan = layout(sizes, [(e.source, e.target) for e in graph.edges])
    places = {n: plan.centres[n] for n in graph.nodes}
    for a in places:
        for b in places:
            if a < b:
                (ax, ay), (bx, by) = places[a], places[b]
                assert abs(ax - bx) >= 80 - 1e-6 or abs(ay - by) >= 30 - 1e-6
    assert all(places[e.source][1] < places[e.target][1] for e in graph.edges)

"""The gradients and values of a captured graph are autograd's own, for any computation."""

import json
import math
from pathlib import Path

import jsonschema
import pytest
import torch
from graph_programs import Program, programs
from hypothesis import assume, given, settings
from torch import Tensor

import course_utils.graphs
from course_utils.graphs import capture, record
from course_utils.graphs.values import value_of

SCHEMA = json.loads((Path(course_utils.graphs.__file__).parent / "graph.schema.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)


def tracked(program: Program) -> tuple[list[Tensor], list[Tensor], Tensor]:
    inputs = program.leaves()
    results = program.run(inputs)
    assume(results and results[-1].grad_fn is not None)
    return inputs, results, results[-1]


def same(value: dict, tensor: Tensor) -> bool:
    expected = value_of(tensor)
    if value["shape"] != expected["shape"] or value["dtype"] != expected["dtype"]:
        return False
    numbers = zip(map(float, value["data"]), map(float, expected["data"]), strict=True)
    return all(a == pytest.approx(b, rel=2e-5, abs=1e-6, nan_ok=True) for a, b in numbers)


def by_name(graph: dict) -> dict[str, dict]:
    return {name: node for node in graph["nodes"] for name in (node["name"] or "").split(", ") if name}


def expected_gradients(output: Tensor, asked: dict[str, Tensor]) -> dict[str, Tensor]:
    names, tensors = list(asked), list(asked.values())
    found = torch.autograd.grad(output.sum(), tensors, retain_graph=True, allow_unused=True)
    return {name: gradient for name, gradient in zip(names, found, strict=True) if gradient is not None}


def check_gradients(graph: dict, output: Tensor, asked: dict[str, Tensor]) -> None:
    VALID.validate(graph)
    json.dumps(graph, allow_nan=False)
    assert graph["error"] is None
    nodes = by_name(graph)
    arrived = {step["node"]: step for step in graph["steps"] if step["pass"] == "backward"}
    expected = expected_gradients(output, asked)
    for name, gradient in expected.items():
        assert same(arrived[nodes[name]["id"]]["incoming"][asked[name].output_nr], gradient), name
    # A node of the graph that got no gradient is one that torch says none comes to.
    for name in asked.keys() - expected.keys():
        assert name not in nodes or nodes[name]["id"] not in arrived, name


def named(inputs: list[Tensor], results: list[Tensor]) -> dict[str, Tensor]:
    """Every tensor that asks for a gradient and that nothing has replaced in place since."""
    return {f"{'x' if t.is_leaf else 'r'}{i}": t for i, t in enumerate([*inputs, *results]) if t.requires_grad}


@settings(max_examples=150, deadline=None)
@given(programs())
def test_every_gradient_of_a_capture_is_autograds(program):
    inputs, results, output = tracked(program)
    asked = named(inputs, results)
    check_gradients(capture(output, names=asked), output, asked)


@settings(max_examples=150, deadline=None)
@given(programs())
def test_every_gradient_of_a_recording_is_autograds(program):
    with record() as tape:
        inputs, results, output = tracked(program)
    asked = named(inputs, results)
    check_gradients(tape.graph(output, names=asked), output, asked)


@settings(max_examples=100, deadline=None)
@given(programs())
def test_a_recorded_backward_shows_the_gradients_it_left_in_the_leaves(program):
    inputs = program.leaves()
    with record() as tape:
        results = program.run(inputs)
        assume(results and results[-1].grad_fn is not None)
        results[-1].sum().backward()
    graph = tape.graph(names={f"x{i}": x for i, x in enumerate(inputs)})
    VALID.validate(graph)
    nodes = by_name(graph)
    steps = {step["node"]: step for step in graph["steps"] if step["pass"] == "backward"}
    for i, leaf in enumerate(inputs):
        if leaf.grad is not None:
            step = steps[nodes[f"x{i}"]["id"]]
            assert same(step["accumulates"]["after"], leaf.grad)
            assert same(nodes[f"x{i}"]["grad"], leaf.grad)


@settings(max_examples=150, deadline=None)
@given(programs())
def test_what_is_sent_to_a_node_adds_up_to_what_arrives_there(program):
    with record() as tape:
        _, _, output = tracked(program)
    graph = tape.graph(output)
    edges = {edge["id"]: edge for edge in graph["edges"]}
    steps = [step for step in graph["steps"] if step["pass"] == "backward"]
    arriving: dict[tuple[str, int], list[dict]] = {}
    for step in steps:
        for send in step["sends"]:
            edge = edges[send["edge"]]
            assert edge["to"] == step["node"]
            arriving.setdefault((edge["from"], edge["output"]), []).append(send["value"])
    for step in steps:
        for place, value in enumerate(step["incoming"]):
            sent = arriving.get((step["node"], place))
            if sent and value is not None:
                total = [math.fsum(map(float, numbers)) for numbers in zip(*(s["data"] for s in sent), strict=True)]
                assert total == pytest.approx([float(v) for v in value["data"]], rel=1e-4, abs=1e-4, nan_ok=True)


@settings(max_examples=150, deadline=None)
@given(programs())
def test_every_recorded_value_is_the_eager_one(program):
    plain = program.run(program.leaves())
    with record() as tape:
        results = program.run(program.leaves())
    if not tape.operations:
        return
    assert all(torch.equal(a, b) for a, b in zip(plain, results, strict=True))
    last = {id(t): f"r{i}" for i, t in enumerate(results)}
    names = {last[id(t)]: t for t in results}
    graph = tape.graph(names=names)
    VALID.validate(graph)
    for node in graph["nodes"]:
        if node["name"]:
            # A node with several results shows the first of those that have names.
            first = node["name"].split(", ")[0]
            assert same(node["value"], names[first].detach()), first


@settings(max_examples=100, deadline=None)
@given(programs())
def test_recording_changes_nothing(program):
    plain = program.leaves()
    outcome = program.run(plain)
    assume(outcome and outcome[-1].grad_fn is not None)
    outcome[-1].sum().backward()

    state = torch.get_rng_state()
    watched = program.leaves()
    with record() as tape:
        results = program.run(watched)
        results[-1].sum().backward(retain_graph=True)
    tape.graph()
    tape.graph(results[-1])
    capture(results[-1])

    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(outcome, results, strict=True))
    assert [t._version for t in outcome] == [t._version for t in results]
    assert [t._version for t in plain] == [t._version for t in watched]
    assert [t.requires_grad for t in outcome] == [t.requires_grad for t in results]
    for a, b in zip(plain, watched, strict=True):
        assert (a.grad is None) == (b.grad is None)
        assert a.grad is None or torch.equal(a.grad, b.grad)


@settings(max_examples=60, deadline=None)
@given(programs())
def test_the_same_computation_gives_the_same_graph(program):
    def once() -> dict:
        with record() as tape:
            results = program.run(program.leaves())
            if results and results[-1].requires_grad:
                results[-1].sum().backward()
        return tape.graph(names={}) if tape.operations else {}

    assert once() == once()

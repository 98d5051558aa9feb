"""What `record` sees: the lessons of autograd as states of the data, and nothing of the learner's changed by looking."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import jsonschema
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import course_utils.graphs as package
from course_utils.errors import CourseError
from course_utils.graphs import capture, record

SCHEMA = json.loads((Path(package.__file__).parent / "graph.schema.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)


def valid(graph: dict) -> dict:
    VALID.validate(graph)
    json.dumps(graph, allow_nan=False)
    return graph


def operations(graph: dict) -> list[str]:
    return [node["op"] for node in graph["nodes"] if node["kind"] == "operation"]


def named(graph: dict, name: str) -> dict:
    return next(node for node in graph["nodes"] if name in (node["name"] or "").split(", "))


def notes(graph: dict, what: str) -> list[dict]:
    return [step for step in graph["steps"] if step["pass"] == "note" and step["what"] == what]


def accumulated(graph: dict, name: str) -> list[tuple]:
    """Each (.grad before, .grad after) of a scalar leaf."""
    steps = [s for s in graph["steps"] if s["pass"] == "backward" and s["node"] == named(graph, name)["id"]]
    both = [(s["accumulates"]["before"], s["accumulates"]["after"]) for s in steps if s["accumulates"]]
    return [(before and before["data"][0], after["data"][0]) for before, after in both]


# The lessons -------------------------------------------------------------------------------------------------------


def test_a_second_backward_adds_into_grad():
    w = torch.tensor(3.0, requires_grad=True)
    with record() as tape:
        y = w * w
        y.backward(retain_graph=True)
        y.backward()
    assert accumulated(valid(tape.graph()), "w") == [(None, 6.0), (6.0, 12.0)]


@pytest.mark.parametrize("to_none", [True, False])
def test_cleared_gradients_are_noticed(to_none):
    w = torch.tensor(3.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    with record() as tape:
        (w * w).backward()
        optimizer.zero_grad(set_to_none=to_none)
        y = w * 2
        y.backward()
    graph = valid(tape.graph())
    (note,) = notes(graph, "zero_grad")
    assert note["nodes"] == [named(graph, "w")["id"]]
    assert ("None" if to_none else "zeros") in note["text"]
    assert accumulated(graph, "w") == [(None, 6.0), (None if to_none else 0.0, 2.0)]


def test_a_step_of_an_optimizer_says_what_it_moved():
    w = torch.tensor(3.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    with record() as tape:
        y = w * 2
        y.backward()
        optimizer.step()
    (note,) = notes(valid(tape.graph()), "optimizer")
    assert note["text"] == "SGD.step() moved the parameters: w 3.0 → 2.0."
    assert operations(tape.graph()) == ["mul"]


@pytest.mark.parametrize(
    ("why", "cut_off"),
    [
        ("detach", lambda y: y.detach()),
        ("data", lambda y: y.data),
        ("integer", lambda y: y.long()),
        ("integer", lambda y: y > 0),
        ("integer", lambda y: y.argmax()),
    ],
)
def test_a_cut_edge_says_why(why, cut_off):
    x = torch.ones(3, requires_grad=True)
    with record() as tape:
        y = x * 2
        z = cut_off(y)
    graph = valid(tape.graph())
    (edge,) = [edge for edge in graph["edges"] if edge["to"] == named(graph, "z")["id"]]
    assert (edge["from"], edge["cut"]["why"]) == (named(graph, "y")["id"], why)
    assert z is not y


@pytest.mark.parametrize(("why", "mode"), [("no_grad", torch.no_grad), ("inference_mode", torch.inference_mode)])
def test_what_runs_where_autograd_looks_away_is_cut(why, mode):
    x = torch.ones(3, requires_grad=True)
    with record() as tape:
        y = x * 2
        with mode():
            z = y + 1
    graph = valid(tape.graph())
    assert not z.requires_grad
    assert [e["cut"]["why"] for e in graph["edges"] if e["to"] == named(graph, "z")["id"]] == [why]


def test_retain_grad_keeps_the_gradient_of_a_result():
    x = torch.tensor(3.0, requires_grad=True)
    with record() as tape:
        middle = x * x
        middle.retain_grad()
        (middle * 2).backward()
    graph = valid(tape.graph())
    assert named(graph, "middle")["retains_grad"]
    assert named(graph, "middle")["grad"]["data"] == [2.0]
    assert len(notes(graph, "retain_grad")) == 1


def test_a_second_backward_through_freed_values_is_an_error_that_names_its_node():
    x = torch.tensor(3.0, requires_grad=True)
    with record() as tape:
        y = x * x
        y.backward()
        with pytest.raises(RuntimeError):
            y.backward()
    graph = valid(tape.graph())
    assert "second time" in graph["error"]["text"]
    assert graph["error"]["nodes"] == [named(graph, "y")["id"]]
    assert named(graph, "y")["freed"]
    assert len(notes(graph, "freed")) == 1


def test_an_in_place_change_of_a_saved_tensor_shows_both_versions():
    a = torch.tensor([3.0], requires_grad=True)
    with pytest.raises(RuntimeError), record() as tape:
        b = a * 2
        c = b**2
        b.add_(1)
        c.sum().backward()
    graph = valid(tape.graph())
    versions = [(s["version_saved"], s["version_now"]) for n in graph["nodes"] for s in n["saved"] if s["broken"]]
    assert versions == [(0, 1)]
    assert len(notes(graph, "in_place")) == 1


def test_create_graph_makes_a_second_layer():
    x = torch.tensor(3.0, requires_grad=True)
    with record() as tape:
        y = x**3
        (first,) = torch.autograd.grad(y, x, create_graph=True)
    graph = valid(tape.graph())
    assert named(graph, "y")["layer"] == 0
    assert named(graph, "first")["layer"] == 1
    assert len(notes(graph, "create_graph")) == 1


def test_a_shared_parameter_receives_two_gradients():
    shared = nn.Linear(2, 2, bias=False)
    x = torch.ones(1, 2)
    with record() as tape:
        y = shared(shared(x)).sum()
    graph = valid(tape.graph(y))
    weight = named(graph, "shared.weight")["id"]
    into = {edge["id"] for edge in graph["edges"] if edge["from"] == weight}
    sends = [send for step in graph["steps"] if step["pass"] == "backward" for send in step["sends"]]
    turned = [node["id"] for node in graph["nodes"] if node["op"] == "t"]
    assert len(turned) == 2
    assert sum(send["edge"] in into for send in sends) == 2
    assert [group["label"] for group in graph["groups"]] == ["shared", "shared (call 2)"]


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x + 0

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad


def test_a_custom_function_is_one_node_with_its_operations_inside():
    x = torch.tensor(3.0, requires_grad=True)
    with record() as tape:
        y = Square.apply(x)
        y.backward()
    graph = valid(tape.graph())
    (group,) = graph["groups"]
    assert (group["kind"], group["label"]) == ("function", "Square")
    inside = [node for node in graph["nodes"] if node["group"] == group["id"]]
    assert [(node["op"], node["custom"]) for node in inside] == [("mul", False), ("add", False), ("square", True)]
    assert accumulated(graph, "x") == [(None, 6.0)]


def test_groups_follow_the_modules():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(2, 3), nn.ReLU())

        def forward(self, x):
            return self.body(x) * 2

    net = Net()
    with record() as tape:
        out = net(torch.ones(1, 2))
    graph = valid(tape.graph(out))
    labels = {group["id"]: group["label"] for group in graph["groups"]}
    assert [(labels.get(g["parent"]), g["label"], g["type"]) for g in graph["groups"]] == [
        (None, "net", "Net"),
        ("net", "net.body", "Sequential"),
        ("net.body", "net.body.0", "Linear"),
        ("net.body", "net.body.1", "ReLU"),
    ]
    assert labels[named(graph, "net.body.0.weight")["group"]] == "net.body.0"


def test_every_operation_knows_the_line_that_called_it():
    x = torch.ones(2, requires_grad=True)
    with record() as tape:
        y = torch.sigmoid(x)
    source = named(tape.graph(y), "y")["source"]
    assert source["text"] == "y = torch.sigmoid(x)"
    assert source["file"] == Path(__file__).name


def test_constants_and_gradients_that_are_read_have_their_names():
    w = torch.tensor(2.0, requires_grad=True)
    rate = torch.tensor(0.1)
    with record() as tape:
        (w * w).backward()
        step = w.grad * rate
    graph = valid(tape.graph())
    assert not step.requires_grad
    assert {node["name"] for node in graph["nodes"] if node["kind"] == "constant"} >= {"rate", "w.grad"}
    assert named(graph, "step")["value"]["data"] == [pytest.approx(0.4)]


def test_every_result_of_an_operation_keeps_its_name():
    x = torch.arange(6.0, requires_grad=True)
    with record() as tape:
        first, second = x.split(3)
        y = (first * second).sum()
    assert [n["name"] for n in tape.graph(y)["nodes"] if n["op"] == "split"] == ["first, second"]


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (nn.Conv2d(1, 2, 3), (torch.ones(1, 1, 5, 5),)),
        (nn.BatchNorm1d(3), (torch.randn(4, 3),)),
        (nn.Dropout(0.5), (torch.ones(4, requires_grad=True),)),
        (nn.Embedding(5, 3), (torch.tensor([1, 1, 4]),)),
        (nn.LSTM(3, 2), (torch.ones(2, 1, 3),)),
        (nn.MultiheadAttention(4, 2), (torch.ones(2, 1, 4),) * 3),
        (nn.TransformerEncoderLayer(4, 2, 8), (torch.ones(2, 1, 4),)),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, nn.Module) else "",
)
def test_the_layers_of_torch_can_be_recorded(module, inputs):
    with record() as tape:
        out = module(*inputs)
        out = out[0] if isinstance(out, tuple) else out
        out.sum().backward()
    graph = valid(tape.graph())
    assert operations(graph)
    assert graph["error"] is None
    assert all(node["value"] is not None for node in graph["nodes"] if node["kind"] == "operation")


# Nothing of the learner's changes ----------------------------------------------------------------------------------


def test_an_exception_inside_comes_out_and_leaves_torch_as_it_was():
    before = torch.autograd.backward, torch.autograd.grad
    hooks = len(nn.modules.module._global_forward_hooks)
    x = torch.ones(2, requires_grad=True)
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), record() as tape:
            y = x * 2
            raise error("stop")
        assert operations(tape.graph(y)) == ["mul"]
    assert (torch.autograd.backward, torch.autograd.grad) == before
    assert len(nn.modules.module._global_forward_hooks) == hooks


def test_a_recording_inside_a_recording_is_part_of_both():
    x = torch.ones(2, requires_grad=True)
    with record() as outer:
        y = x * 2
        with record() as inner:
            z = y * 3
        w = z + 1
    assert operations(valid(outer.graph(w))) == operations(outer.graph()) == ["mul", "mul", "add"]
    assert operations(valid(inner.graph(z)))[-1] == "mul"


def test_a_record_that_is_entered_again_starts_a_tape_of_its_own():
    x, again = torch.ones(2, requires_grad=True), record()
    with again as one:
        x * 2
    with again as two:
        x + 3
    assert (operations(one.graph()), operations(two.graph())) == (["mul"], ["add"])


def test_a_record_entered_within_itself_leaves_torch_as_it_was():
    original, again = torch.autograd.backward, record()
    with again, again:
        torch.ones(2, requires_grad=True) * 2
    assert torch.autograd.backward is original


def test_a_decorated_function_keeps_the_tape_of_its_last_call():
    @record()
    def loss(w):
        inner = w * 3
        return inner.sum()

    loss(torch.ones(2, requires_grad=True))
    graph = valid(loss.tape.graph())
    assert operations(graph) == ["mul", "sum"]
    assert named(graph, "inner")["op"] == "mul"
    assert named(graph, "w")["kind"] == "leaf"


def test_the_tape_of_a_recursive_function_is_that_of_the_outer_call():
    x = torch.ones(2, requires_grad=True)

    @record()
    def power(n):
        return x if n == 0 else power(n - 1) * 2

    power(3)
    assert operations(power.tape.graph()) == ["mul"] * 3


def test_another_thread_is_not_recorded():
    x, net = torch.ones(1, 2, requires_grad=True), nn.Linear(2, 2)
    with record() as tape:
        y = x * 2
        other = threading.Thread(target=lambda: net(x).sum().backward())
        other.start()
        other.join()
    graph = valid(tape.graph(y))
    assert operations(graph) == ["mul"]
    assert graph["groups"] == []


def test_a_checkpointed_computation_works_as_ever():
    x = torch.ones(3, requires_grad=True)
    with record() as tape:
        y = checkpoint(lambda a: a.sin().cos(), x, use_reentrant=False).sum()
        y.backward()
    valid(tape.graph())
    one = torch.ones(3)
    assert torch.allclose(x.grad, -torch.sin(torch.sin(one)) * torch.cos(one))


def test_hooks_on_saved_tensors_run_as_often_as_without_a_recording():
    def unpacked(watch: bool) -> int:
        count, x = [0], torch.ones(3, requires_grad=True)

        def unpack(tensor):
            count[0] += 1
            return tensor

        def work():
            with torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpack):
                y = (x * x).sum()
            y.backward()

        if watch:
            work = record()(work)
        work()
        return count[0]

    assert unpacked(True) == unpacked(False)


def test_a_tape_keeps_no_large_tensor_alive():
    x = torch.ones(1000, 1000, requires_grad=True)
    with record() as tape:
        middle = x * 2
        y = middle.sum()
    gone = weakref.ref(middle)
    del middle, y
    gc.collect()
    assert gone() is None
    assert operations(tape.graph()) == ["mul", "sum"]


def test_a_recording_lives_as_long_as_its_result():
    x = torch.ones(2, requires_grad=True)
    with record():
        y = (x * 2).sum()
    gc.collect()
    assert capture(y)["made"]["by"] == "record"


def test_a_recording_goes_when_its_results_go():
    x = torch.ones(2, requires_grad=True)
    with record() as tape:
        y = (x * 2).sum()
    gone = weakref.ref(tape)
    del tape
    gc.collect()
    assert gone() is not None
    del y
    gc.collect()
    assert gone() is None


def test_transforms_of_torch_func_run_as_ever():
    with record():
        slope = torch.func.grad(lambda x: (x**2).sum())(torch.tensor([1.0, 2.0]))
        many = torch.func.vmap(lambda row: row.sum())(torch.ones(3, 2))
    assert slope.tolist() == [2.0, 4.0]
    assert many.tolist() == [2.0, 2.0, 2.0]


FIFTY_THOUSAND = """
import os, torch
from course_utils.graphs import capture, record
x = torch.tensor(1.0, requires_grad=True)
with record() as tape:
    y = x
    for _ in range(50_000):
        y = y + 1
print(len(tape.graph(y)["nodes"]), flush=True)
os._exit(0)
"""


@pytest.mark.long
def test_a_chain_of_fifty_thousand_operations_is_no_different():
    # In a process of its own that ends without tidying up: torch 2.13 overflows its stack when it frees so long a chain
    # after anybody looked at its grad_fn.
    done = subprocess.run([sys.executable, "-c", FIFTY_THOUSAND], capture_output=True, text=True, timeout=300)
    assert done.stdout == "50001\n", done.stderr


# Bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda t: capture(3.0),
        lambda t: capture(t, names=5),
        lambda t: capture(t, names={"a": 5}),
        lambda t: capture(t, params=5),
        lambda t: capture(t, params=[("a", 5)]),
    ],
)
def test_names_that_are_no_tensors_are_refused_in_a_sentence(ask):
    with pytest.raises(CourseError):
        ask(torch.ones(2, requires_grad=True) * 2)


def test_an_empty_recording_says_so():
    with record() as tape:
        pass
    with pytest.raises(CourseError, match="Nothing was recorded"):
        tape.graph()


def test_a_tape_asked_for_somebody_elses_tensor_says_so():
    with record() as tape:
        torch.ones(2) * 2
    with pytest.raises(CourseError, match="not made inside"):
        tape.graph(torch.ones(2))
    with pytest.raises(CourseError, match="str"):
        tape.graph("y")


def test_hostile_names_pass_through_as_data():
    name = "<img src=x onerror=alert(1)>"
    x = torch.ones(2, requires_grad=True)
    graph = valid(capture(x * 2, names={name: x}))
    assert named(graph, name)["kind"] == "leaf"

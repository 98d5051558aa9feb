"""The rules that a graph shows are true: where a rule is a product, it gives the very numbers that autograd sent."""

import math

import pytest
import torch
import torch.nn.functional as F
from graph_programs import programs
from hypothesis import assume, given, settings
from torch import Tensor

from course_utils.graphs import capture, record
from course_utils.graphs.functions import friendly
from course_utils.graphs.rules import known

UNKNOWN = "∂result/∂input"


def some(*shape: int) -> Tensor:
    """Numbers between 0.3 and 1.7, none equal: inside the domain of every operation below but where a case says so."""
    count = math.prod(shape)
    return (0.3 + 1.4 * torch.arange(count) / max(count - 1, 1)).reshape(shape).requires_grad_()


def number(value: dict) -> Tensor:
    return torch.tensor([float(x) for x in value["data"]]).reshape(value["shape"])


def rules_of(graph: dict) -> list[tuple[dict, dict, dict]]:
    """Each rule with the step that it stands in and the value that was sent."""
    found = []
    for step in graph["steps"]:
        if step["pass"] == "backward":
            sent = {send["edge"]: send["value"] for send in step["sends"]}
            found += [(rule, step, sent[rule["edge"]]) for rule in step["rules"]]
    return found


def check_products(graph: dict) -> int:
    """How many rules of the graph are products; each must give what was sent."""
    products = [item for item in rules_of(graph) if item[0]["how"] == "times"]
    for rule, step, sent in products:
        assert rule["local"] is not None, rule["formula"]
        arrived = next(number(value) for value in step["incoming"] if value is not None)
        product = arrived * number(rule["local"])
        torch.testing.assert_close(
            product.sum_to_size(sent["shape"]), number(sent), rtol=1e-4, atol=1e-5, equal_nan=True, msg=rule["formula"]
        )
    return len(products)


PRODUCTS = {
    "add": lambda a, b: a + b,
    "add with alpha": lambda a, b: torch.add(a, b, alpha=3),
    "add, broadcast": lambda a, b: a + b[:1],
    "sub": lambda a, b: a - b,
    "sub with alpha": lambda a, b: torch.sub(a, b, alpha=0.5),
    "rsub": lambda a, b: 2 - a,
    "mul": lambda a, b: a * b,
    "mul, broadcast": lambda a, b: a * b[:, :1],
    "mul by a number": lambda a, b: a * 2.5,
    "div": lambda a, b: a / b,
    "div by a number": lambda a, b: a / 4,
    "neg": lambda a, b: -a,
    "reciprocal": lambda a, b: a.reciprocal(),
    "pow": lambda a, b: a**3,
    "pow of pow": lambda a, b: a**b,
    "square": lambda a, b: a.square(),
    "exp": lambda a, b: a.exp(),
    "exp2": lambda a, b: a.exp2(),
    "expm1": lambda a, b: a.expm1(),
    "log": lambda a, b: a.log(),
    "log2": lambda a, b: a.log2(),
    "log10": lambda a, b: a.log10(),
    "log1p": lambda a, b: a.log1p(),
    "sqrt": lambda a, b: a.sqrt(),
    "rsqrt": lambda a, b: a.rsqrt(),
    "sin": lambda a, b: a.sin(),
    "cos": lambda a, b: a.cos(),
    "tan": lambda a, b: a.tan(),
    "atan": lambda a, b: a.atan(),
    "sinh": lambda a, b: a.sinh(),
    "cosh": lambda a, b: a.cosh(),
    "tanh": lambda a, b: a.tanh(),
    "sigmoid": lambda a, b: a.sigmoid(),
    "logsigmoid": lambda a, b: F.logsigmoid(a),
    "relu": lambda a, b: (a - 1).relu(),
    "leaky_relu": lambda a, b: F.leaky_relu(a - 1, 0.1),
    "silu": lambda a, b: F.silu(a - 1),
    "abs": lambda a, b: (a - 1).abs(),
    "erf": lambda a, b: a.erf(),
    "where": lambda a, b: torch.where(a > 1, a, b),
    "where, broadcast": lambda a, b: torch.where(a > 1, a, b[:1]),
    "remainder": lambda a, b: a % 0.7,
    "dot": lambda a, b: a.reshape(-1).dot(b.reshape(-1)),
}


@pytest.mark.parametrize("case", PRODUCTS)
def test_a_rule_that_is_a_product_gives_what_was_sent(case):
    result = PRODUCTS[case](some(2, 3), some(3, 2).t().detach().clone().requires_grad_())
    assert check_products(capture(result, names={})) > 0


@settings(max_examples=100, deadline=None)
@given(programs())
def test_in_any_computation_a_product_gives_what_was_sent(program):
    with record() as tape:
        results = program.run(program.leaves())
        assume(results and results[-1].grad_fn is not None)
        results[-1].sum().backward()
    check_products(tape.graph(names={}))


@pytest.mark.parametrize(
    "result",
    [
        lambda a: torch.div(a, 0.5, rounding_mode="floor"),
        lambda a: torch.div(a, some(2, 3) / 2, rounding_mode="trunc"),
        lambda a: (a - 0.3) ** 0,
        lambda a: (a - 0.3) ** 2,
        lambda a: (a - 0.3) ** some(2, 3),
        lambda a: (a - 0.3).sqrt(),
        lambda a: (a * 0).abs(),
        lambda a: (a * float("inf")).exp(),
        lambda a: (a * float("nan")).relu(),
    ],
    ids=["floor", "trunc", "0⁰", "0²", "0ᵇ", "√0", "|0|", "e^inf", "nan"],
)
def test_at_the_edges_of_its_domain_a_product_still_gives_what_was_sent(result):
    check_products(capture(result(some(2, 3)), names={}))


def test_no_product_is_claimed_for_complex_numbers():
    a = torch.tensor([1 + 2j], requires_grad=True)
    graph = capture((a * (3 - 1j)).exp().abs(), names={})
    assert all(rule["how"] != "times" for rule, _, sent in rules_of(graph) if sent["dtype"].startswith("complex"))


KNOWN = {
    **PRODUCTS,
    "gelu": lambda a, b: F.gelu(a),
    "softplus": lambda a, b: F.softplus(a),
    "elu": lambda a, b: F.elu(a),
    "clamp": lambda a, b: a.clamp(0.5, 1),
    "maximum": lambda a, b: torch.maximum(a, b),
    "minimum": lambda a, b: torch.minimum(a, b),
    "masked_fill": lambda a, b: a.masked_fill(a > 1, 0.0),
    "sum": lambda a, b: a.sum(),
    "sum of rows": lambda a, b: a.sum(1),
    "mean": lambda a, b: a.mean(0),
    "prod": lambda a, b: a.prod(),
    "max": lambda a, b: a.max(),
    "max of rows": lambda a, b: a.max(1).values,
    "min": lambda a, b: a.min(),
    "amax": lambda a, b: a.amax(0),
    "var": lambda a, b: a.var(),
    "std": lambda a, b: a.std(),
    "norm": lambda a, b: a.norm(),
    "cumsum": lambda a, b: a.cumsum(0),
    "logsumexp": lambda a, b: a.logsumexp(0),
    "softmax": lambda a, b: a.softmax(1),
    "log_softmax": lambda a, b: a.log_softmax(1),
    "cross_entropy": lambda a, b: F.cross_entropy(a, torch.tensor([0, 2])),
    "mse_loss": lambda a, b: F.mse_loss(a, b),
    "l1_loss": lambda a, b: F.l1_loss(a, b),
    "binary_cross_entropy": lambda a, b: F.binary_cross_entropy(a.sigmoid(), torch.ones(2, 3)),
    "with logits": lambda a, b: F.binary_cross_entropy_with_logits(a, torch.ones(2, 3)),
    "matmul": lambda a, b: a @ b.t(),
    "mv": lambda a, b: a @ b[0],
    "bmm": lambda a, b: a[None] @ b.t()[None],
    "linear": lambda a, b: F.linear(a, b, some(2)),
    "transpose": lambda a, b: a.transpose(0, 1),
    "permute": lambda a, b: a.permute(1, 0),
    "view": lambda a, b: a.view(3, 2),
    "reshape": lambda a, b: a.reshape(-1),
    "expand": lambda a, b: a[None].expand(4, 2, 3),
    "repeat": lambda a, b: a.repeat(2, 1),
    "squeeze": lambda a, b: a[None].squeeze(0),
    "unsqueeze": lambda a, b: a.unsqueeze(0),
    "flip": lambda a, b: a.flip(0),
    "cat": lambda a, b: torch.cat([a, b]),
    "stack": lambda a, b: torch.stack([a, b, a]),
    "select": lambda a, b: a[0],
    "slice": lambda a, b: a[:, 1:],
    "index": lambda a, b: a[[0, 1], [2, 1]],
    "index_select": lambda a, b: a.index_select(0, torch.tensor([1, 1])),
    "gather": lambda a, b: a.gather(1, torch.tensor([[0], [2]])),
    "scatter": lambda a, b: a.scatter(1, torch.tensor([[0, 2], [2, 1]]), b[:, :2]),
    "scatter_add": lambda a, b: a.scatter_add(1, torch.tensor([[0, 2], [2, 2]]), b[:, :2]),
    "masked_select": lambda a, b: a[a > 1],
    "split": lambda a, b: a.split(1)[0],
    "unbind": lambda a, b: a.unbind()[1],
    "clone": lambda a, b: a.clone(),
    "to": lambda a, b: a.double(),
    "embedding": lambda a, b: F.embedding(torch.tensor([1, 1, 0]), a),
    "convolution": lambda a, b: F.conv1d(a[None], b[None], some(1)),
    "batch_norm": lambda a, b: F.batch_norm(a, torch.zeros(3), torch.ones(3), some(3), some(3), training=True),
    "layer_norm": lambda a, b: F.layer_norm(a, (3,), some(3), some(3)),
    "dropout": lambda a, b: F.dropout(a, 0.5),
    "max_pool": lambda a, b: F.max_pool2d(some(1, 1, 4, 4), 2),
}


@pytest.mark.parametrize("case", KNOWN)
def test_the_operations_of_the_course_have_rules(case):
    result = KNOWN[case](some(2, 3), some(2, 3))
    shown = [rule for rule, _, _ in rules_of(capture(result, names={}))]
    assert shown and all(rule["formula"] != UNKNOWN for rule in shown)


@pytest.mark.parametrize("case", KNOWN)
def test_every_rule_has_a_formula_and_a_plain_sentence(case):
    result = KNOWN[case](some(2, 3), some(2, 3))
    for rule, _, _ in rules_of(capture(result, names={})):
        assert "∂" in rule["formula"]
        assert rule["says"].endswith(".") and len(rule["says"].split()) >= 3


def test_an_operation_without_a_rule_of_its_own_still_shows_what_autograd_sent():
    a = some(2, 2)
    graph = capture(a.lgamma(), names={"a": a})
    ((rule, _, sent),) = rules_of(graph)
    assert rule["formula"] == UNKNOWN and rule["local"] is None and rule["how"] == "other"
    torch.testing.assert_close(number(sent), a.detach().digamma(), rtol=1e-4, atol=1e-5)


def test_a_label_on_an_edge_is_the_letter_in_its_formula():
    a, b = some(2), some(2)
    graph = capture(a / b, names={"a": a, "b": b})
    labels = {edge["label"]: edge["id"] for edge in graph["edges"]}
    formulas = {rule["edge"]: rule["formula"] for rule, _, _ in rules_of(graph)}
    assert formulas[labels["a"]] == "∂(a / b)/∂a = 1/b"
    assert formulas[labels["b"]] == "∂(a / b)/∂b = −a/b²"


def test_a_large_product_says_its_formula_without_writing_its_numbers_out():
    a = torch.ones(1000, requires_grad=True)
    ((rule, _, _),) = rules_of(capture(a.exp(), names={}))
    assert "eᵃ" in rule["formula"] and rule["local"] is None


def test_every_name_in_the_table_of_rules_is_written_as_operations_are():
    assert all(name == name.lower() and name.isidentifier() for name in known())


@pytest.mark.parametrize(
    ("true_name", "word"),
    [
        ("MulBackward0", "mul"),
        ("LogSoftmaxBackward0", "log_softmax"),
        ("AddmmBackward0", "addmm"),
        ("NllLossBackward0", "nll_loss"),
        ("Log1PBackward0", "log1p"),
        ("MaxPool2DWithIndicesBackward0", "max_pool2d_with_indices"),
        ("torch::autograd::CopySlices", "copy_slices"),
    ],
)
def test_operations_are_called_what_learners_call_them(true_name, word):
    assert friendly(true_name) == word

"""The local rule of each operation: what it multiplies the arriving gradient with, on the way to each of its inputs.

A rule is known by the operation's friendly name and the input's place. It has the formula, a sentence, the input's name
in both, and where the rule is an elementwise product the local derivative itself, computed from what the operation
saved. Results are never computed from these rules: the gradients that a learner sees are autograd's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from course_utils.graphs.functions import Function, friendly, saved_by, saved_scalar

TIMES, COPY, SUM, MATMUL, OTHER = "times", "copy", "sum", "matmul", "other"


@dataclass(frozen=True)
class Rule:
    """What an operation does to the gradient of one input.

    Attributes:
        label: the input's name in the formula; None if the operation has only one.
        formula: with ∂; g stands for the arriving gradient.
        how: "times" (arriving × local), "copy" (passed on, perhaps spread out), "sum", "matmul" or "other".
        says: the same in a plain sentence.
        local: makes the local derivative from what was saved, for rules that are products.
    """

    label: str | None
    formula: str
    how: str
    says: str
    local: Callable[[Saved], Tensor] | None = None


class Saved:
    """What one node saved, by name: ``saved.self``, ``saved.result``, and scalars such as ``saved.exponent``."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._tensors = {item.name: item.tensor for item in saved_by(function) if item.tensor is not None}

    def __getattr__(self, name: str) -> Any:
        found = self._tensors.get(name)
        if found is None:
            found = saved_scalar(self._function, name)
        if found is None:
            raise LookupError(f"{self._function.name()} saved no {name}.")
        return found


def rule_for(true_name: str, place: int) -> Rule:
    """The rule of torch's ``true_name`` (MulBackward0) for its input at ``place`` (counted as ``next_functions`` counts)."""
    name = friendly(true_name)
    found = _RULES.get(name)
    if found is None:
        return _UNKNOWN
    if isinstance(found, Rule):
        return found
    return found[place] if place < len(found) else found[-1] if name in _ANY_NUMBER else _UNKNOWN


def local_of(function: Function, rule: Rule) -> Tensor | None:
    """The local derivative's values; None where the rule is no product or what it needs was not saved."""
    if rule.local is None:
        return None
    try:
        with torch.no_grad():
            return rule.local(Saved(function)).detach()
    except (LookupError, RuntimeError, TypeError, AttributeError):
        return None


def _elementwise(formula: str, says: str, local: Callable[[Saved], Tensor]) -> Rule:
    return Rule(None, formula, TIMES, says, local)


def _passes(formula: str, says: str, how: str = COPY, label: str | None = None) -> Rule:
    return Rule(label, formula, how, says)


def _one(label: str, formula: str, says: str) -> Rule:
    return Rule(label, formula, TIMES, says, lambda saved: torch.ones(()))


_UNKNOWN = Rule(None, "∂result/∂input", OTHER, "autograd knows this operation's rule and has applied it.")

_ADD_SAYS = "Adding does not care how large the numbers are: the gradient passes on unchanged."
_MOVES = "No number was changed on the way forward, only its place, so every gradient goes back to where its number came from."

_Table = Mapping[str, Rule | tuple[Rule, ...]]

_ARITHMETIC: _Table = {
    "add": (
        _one("a", "∂(a + b)/∂a = 1", _ADD_SAYS),
        Rule("b", "∂(a + α·b)/∂b = α", TIMES, _ADD_SAYS, lambda s: torch.as_tensor(s.alpha)),
    ),
    "sub": (
        _one("a", "∂(a − b)/∂a = 1", "The gradient passes on unchanged to what stands before the minus."),
        Rule(
            "b",
            "∂(a − α·b)/∂b = −α",
            TIMES,
            "It changes its sign on the way to what is taken away.",
            lambda s: -torch.as_tensor(s.alpha),
        ),
    ),
    "rsub": (
        Rule(
            "a",
            "∂(b − a)/∂a = −1",
            TIMES,
            "It changes its sign on the way to what is taken away.",
            lambda s: -torch.ones(()),
        ),
        _one("b", "∂(b − a)/∂b = 1", _ADD_SAYS),
    ),
    "mul": (
        Rule("a", "∂(a · b)/∂a = b", TIMES, "The gradient is multiplied by the other factor, b.", lambda s: s.other),
        Rule("b", "∂(a · b)/∂b = a", TIMES, "The gradient is multiplied by the other factor, a.", lambda s: s.self),
    ),
    "div": (
        Rule("a", "∂(a / b)/∂a = 1/b", TIMES, "The gradient is divided by the divisor.", lambda s: 1 / s.other),
        Rule(
            "b",
            "∂(a / b)/∂b = −a/b²",
            TIMES,
            "A larger divisor makes the result smaller, hence the minus.",
            lambda s: -s.self / s.other**2,
        ),
    ),
    "neg": _elementwise("∂(−a)/∂a = −1", "The gradient changes its sign.", lambda s: -torch.ones(())),
    "reciprocal": _elementwise(
        "∂(1/a)/∂a = −1/a²", "A larger a makes the result smaller, hence the minus.", lambda s: -(s.result**2)
    ),
    "addcmul": (
        _one("a", "∂(a + b·c)/∂a = 1", _ADD_SAYS),
        Rule("b", "∂(a + b·c)/∂b = c", OTHER, "The gradient is multiplied by the other factor."),
        Rule("c", "∂(a + b·c)/∂c = b", OTHER, "The gradient is multiplied by the other factor."),
    ),
    "lerp": (
        Rule("start", "∂lerp/∂start = 1 − weight", OTHER, "Each end gets the share that it has in the mixture."),
        Rule("end", "∂lerp/∂end = weight", OTHER, "Each end gets the share that it has in the mixture."),
    ),
    "remainder": (
        _one("a", "∂(a mod b)/∂a = 1", "Between two jumps the remainder grows as a does."),
        Rule("b", "∂(a mod b)/∂b = −⌊a/b⌋", OTHER, "One b more is taken away for each time that it fits."),
    ),
}

_CURVES: _Table = {
    "pow": (
        Rule(
            "a",
            "∂(aⁿ)/∂a = n · aⁿ⁻¹",
            TIMES,
            "The exponent comes down and is one less above.",
            lambda s: s.exponent * s.self ** (s.exponent - 1),
        ),
        Rule(
            "n",
            "∂(aⁿ)/∂n = aⁿ · ln a",
            TIMES,
            "A power grows with its exponent by itself times the logarithm of the base.",
            lambda s: s.result * s.self.log(),
        ),
    ),
    "square": _elementwise("∂(a²)/∂a = 2a", "The slope of a square is twice its base.", lambda s: 2 * s.self),
    "exp": _elementwise(
        "∂eᵃ/∂a = eᵃ", "The exponential is its own slope, so it multiplies by its own result.", lambda s: s.result
    ),
    "exp2": _elementwise(
        "∂2ᵃ/∂a = 2ᵃ · ln 2", "Its own result, times the logarithm of 2.", lambda s: s.result * math.log(2)
    ),
    "expm1": _elementwise("∂(eᵃ − 1)/∂a = eᵃ", "The result plus one.", lambda s: s.result + 1),
    "log": _elementwise("∂ln(a)/∂a = 1/a", "The smaller a is, the steeper the logarithm.", lambda s: 1 / s.self),
    "log2": _elementwise(
        "∂log₂(a)/∂a = 1/(a · ln 2)",
        "The smaller a is, the steeper the logarithm.",
        lambda s: 1 / (s.self * math.log(2)),
    ),
    "log10": _elementwise(
        "∂log₁₀(a)/∂a = 1/(a · ln 10)",
        "The smaller a is, the steeper the logarithm.",
        lambda s: 1 / (s.self * math.log(10)),
    ),
    "log1p": _elementwise(
        "∂ln(1 + a)/∂a = 1/(1 + a)", "One over what stands in the logarithm.", lambda s: 1 / (1 + s.self)
    ),
    "sqrt": _elementwise(
        "∂√a/∂a = 1/(2√a)",
        "The nearer to zero, the steeper; at zero the slope is infinite.",
        lambda s: 1 / (2 * s.result),
    ),
    "rsqrt": _elementwise("∂(1/√a)/∂a = −1/(2·a√a)", "Minus half of the result cubed.", lambda s: -0.5 * s.result**3),
    "sin": _elementwise("∂sin(a)/∂a = cos(a)", "The slope of the sine is the cosine.", lambda s: s.self.cos()),
    "cos": _elementwise("∂cos(a)/∂a = −sin(a)", "The slope of the cosine is minus the sine.", lambda s: -s.self.sin()),
    "tan": _elementwise("∂tan(a)/∂a = 1 + tan²(a)", "One plus the square of the result.", lambda s: 1 + s.result**2),
    "atan": _elementwise(
        "∂atan(a)/∂a = 1/(1 + a²)", "Far from zero the curve is nearly flat.", lambda s: 1 / (1 + s.self**2)
    ),
    "sinh": _elementwise(
        "∂sinh(a)/∂a = cosh(a)", "As sine and cosine, without a change of sign.", lambda s: s.self.cosh()
    ),
    "cosh": _elementwise(
        "∂cosh(a)/∂a = sinh(a)", "As sine and cosine, without a change of sign.", lambda s: s.self.sinh()
    ),
    "tanh": _elementwise(
        "∂tanh(a)/∂a = 1 − tanh²(a)",
        "Near ±1 the curve is flat and almost no gradient passes.",
        lambda s: 1 - s.result**2,
    ),
    "sigmoid": _elementwise(
        "∂σ(a)/∂a = σ(a) · (1 − σ(a))",
        "At most a quarter; near 0 and 1 almost nothing passes.",
        lambda s: s.result * (1 - s.result),
    ),
    "log_sigmoid": _elementwise(
        "∂ln σ(a)/∂a = 1 − σ(a)", "What is missing to certainty.", lambda s: 1 - s.self.sigmoid()
    ),
    "relu": _elementwise(
        "∂relu(a)/∂a = 1 if a > 0 else 0",
        "Where the result is above zero the gradient passes, elsewhere it stops.",
        lambda s: (s.result > 0).to(s.result.dtype),
    ),
    "leaky_relu": _elementwise(
        "∂leaky_relu(a)/∂a = 1 if a > 0 else slope",
        "Below zero a small part of it passes.",
        lambda s: torch.where(s.self > 0, 1.0, s.negative_slope).to(s.self.dtype),
    ),
    "elu": _passes("∂elu(a)/∂a = 1 if a > 0 else α·eᵃ", "Below zero less and less of it passes.", OTHER),
    "gelu": _passes("∂gelu(a)/∂a = Φ(a) + a·φ(a)", "About 1 far above zero, about 0 far below.", OTHER),
    "silu": _elementwise(
        "∂silu(a)/∂a = σ(a) · (1 + a · (1 − σ(a)))",
        "About 1 far above zero, about 0 far below.",
        lambda s: s.self.sigmoid() * (1 + s.self * (1 - s.self.sigmoid())),
    ),
    "softplus": _passes("∂softplus(a)/∂a = σ(a)", "The slope of the smooth relu is the sigmoid.", OTHER),
    "abs": _elementwise("∂|a|/∂a = sign(a)", "Its sign turns where a is below zero.", lambda s: s.self.sgn()),
    "sgn": _passes("∂sign(a)/∂a = 0", "A step is flat everywhere, so nothing passes.", OTHER),
    "erf": _elementwise(
        "∂erf(a)/∂a = 2/√π · e^(−a²)", "The bell curve.", lambda s: 2 / math.sqrt(math.pi) * (-(s.self**2)).exp()
    ),
    "round": _passes("∂round(a)/∂a = 0", "A staircase is flat between its steps, so nothing passes.", OTHER),
    "floor": _passes("∂⌊a⌋/∂a = 0", "A staircase is flat between its steps, so nothing passes.", OTHER),
    "ceil": _passes("∂⌈a⌉/∂a = 0", "A staircase is flat between its steps, so nothing passes.", OTHER),
    "clamp": _passes(
        "∂clamp(a)/∂a = 1 inside the limits, else 0",
        "What was cut off has no say in the result, so it gets nothing.",
        OTHER,
    ),
    "maximum": (
        _passes("∂max(a, b)/∂a = 1 where a > b, ½ where equal", "The larger one gets the gradient.", OTHER, "a"),
        _passes("∂max(a, b)/∂b = 1 where b > a, ½ where equal", "The larger one gets the gradient.", OTHER, "b"),
    ),
    "minimum": (
        _passes("∂min(a, b)/∂a = 1 where a < b, ½ where equal", "The smaller one gets the gradient.", OTHER, "a"),
        _passes("∂min(a, b)/∂b = 1 where b < a, ½ where equal", "The smaller one gets the gradient.", OTHER, "b"),
    ),
    "where": (
        Rule(
            "a",
            "∂where(c, a, b)/∂a = 1 where c, else 0",
            TIMES,
            "Each element's gradient goes to the side that was chosen.",
            lambda s: s.condition.float(),
        ),
        Rule(
            "b",
            "∂where(c, a, b)/∂b = 0 where c, else 1",
            TIMES,
            "Each element's gradient goes to the side that was chosen.",
            lambda s: 1 - s.condition.float(),
        ),
    ),
    "masked_fill": (
        _passes("∂result/∂a = 0 where masked, else 1", "What was overwritten gets nothing.", OTHER, "a"),
        _passes(
            "∂result/∂value = 1 where masked",
            "The value gets the gradient of every place that it was written to.",
            SUM,
            "value",
        ),
    ),
    "dropout": _passes("∂result/∂a = mask/(1 − p)", "What was dropped gets nothing, the rest is scaled up.", OTHER),
    "native_dropout": _passes(
        "∂result/∂a = mask/(1 − p)", "What was dropped gets nothing, the rest is scaled up.", OTHER
    ),
}

_REDUCTIONS: _Table = {
    "sum": _passes("∂Σa/∂aᵢ = 1", "Every element had the same say in the sum, so each gets the whole gradient."),
    "mean": _passes(
        "∂mean(a)/∂aᵢ = 1/n", "Every element gets an equal share: the gradient divided by their number.", OTHER
    ),
    "prod": _passes("∂Πa/∂aᵢ = Πa / aᵢ", "Each gets the product of all the others.", OTHER),
    "max": _passes(
        "∂max(a)/∂aᵢ = 1 for the largest, else 0",
        "Only the winner decided the result, so only it gets a gradient.",
        OTHER,
    ),
    "min": _passes(
        "∂min(a)/∂aᵢ = 1 for the smallest, else 0",
        "Only the winner decided the result, so only it gets a gradient.",
        OTHER,
    ),
    "amax": _passes(
        "∂max(a)/∂aᵢ = 1 for the largest, shared if equal", "Only what decided the result gets a gradient.", OTHER
    ),
    "amin": _passes(
        "∂min(a)/∂aᵢ = 1 for the smallest, shared if equal", "Only what decided the result gets a gradient.", OTHER
    ),
    "var": _passes("∂var(a)/∂aᵢ = 2(aᵢ − mean)/(n − 1)", "The farther from the mean, the more it matters.", OTHER),
    "std": _passes(
        "∂std(a)/∂aᵢ = (aᵢ − mean)/(std · (n − 1))", "The farther from the mean, the more it matters.", OTHER
    ),
    "linalg_vector_norm": _passes("∂‖a‖/∂a = a/‖a‖", "The gradient points along a itself.", OTHER),
    "norm": _passes("∂‖a‖/∂a = a/‖a‖", "The gradient points along a itself.", OTHER),
    "cumsum": _passes(
        "∂result/∂aᵢ = 1 for every later place",
        "Each element is in all the sums after it and gets all their gradients.",
        SUM,
    ),
    "logsumexp": _passes("∂logsumexp(a)/∂a = softmax(a)", "Each gets its share of the softmax.", OTHER),
    "softmax": _passes("∂L/∂aᵢ = sᵢ · (gᵢ − Σ g·s)", "What one class wins the others lose.", OTHER),
    "log_softmax": _passes(
        "∂L/∂aᵢ = gᵢ − softmax(a)ᵢ · Σ g", "What one class wins the others lose, by their share of the softmax.", OTHER
    ),
}

_LOSSES: _Table = {
    "nll_loss": _passes(
        "∂L/∂aᵢ = −1/n for the true class, else 0", "Only the log-probability of the true class is in the loss.", OTHER
    ),
    "mse_loss": (
        _passes("∂L/∂a = 2(a − y)/n", "Twice the error, shared among the elements.", OTHER, "a"),
        _passes("∂L/∂y = 2(y − a)/n", "Twice the error, shared among the elements.", OTHER, "y"),
    ),
    "l1_loss": (
        _passes("∂L/∂a = sign(a − y)/n", "Only the direction of the error counts, not its size.", OTHER, "a"),
        _passes("∂L/∂y = −sign(a − y)/n", "Only the direction of the error counts, not its size.", OTHER, "y"),
    ),
    "smooth_l1_loss": _passes(
        "∂L/∂a = the error, held between −1 and 1, /n",
        "Small errors count by size, large ones by direction.",
        OTHER,
        "a",
    ),
    "huber_loss": _passes(
        "∂L/∂a = the error, held between −δ and δ, /n",
        "Small errors count by size, large ones by direction.",
        OTHER,
        "a",
    ),
    "binary_cross_entropy": _passes("∂L/∂a = (a − y)/(a·(1 − a)·n)", "The surer and wronger, the steeper.", OTHER, "a"),
    "binary_cross_entropy_with_logits": _passes(
        "∂L/∂a = (σ(a) − y)/n", "The probability minus the truth: as simple as can be.", OTHER, "a"
    ),
}

_PRODUCTS: _Table = {
    "mm": (
        _passes(
            "∂L/∂A = g @ Bᵀ",
            "Each row of A met every column of B, so the gradient is multiplied by B, transposed.",
            MATMUL,
            "A",
        ),
        _passes(
            "∂L/∂B = Aᵀ @ g",
            "Each column of B met every row of A, so A, transposed, is multiplied by the gradient.",
            MATMUL,
            "B",
        ),
    ),
    "bmm": (
        _passes("∂L/∂A = g @ Bᵀ, for each matrix", "As for one pair of matrices.", MATMUL, "A"),
        _passes("∂L/∂B = Aᵀ @ g, for each matrix", "As for one pair of matrices.", MATMUL, "B"),
    ),
    "addmm": (
        _passes(
            "∂L/∂bias = Σ g over the rows",
            "The bias was added to every row, so it gets the gradients of all rows, summed.",
            SUM,
            "bias",
        ),
        _passes("∂L/∂input = g @ weight", "The gradient goes back through the weights.", MATMUL, "input"),
        _passes(
            "∂L/∂weightᵀ = inputᵀ @ g",
            "Each weight gets the gradient of its output times the input that it was multiplied with.",
            MATMUL,
            "weightᵀ",
        ),
    ),
    "addmv": (
        _passes("∂L/∂bias = g", _ADD_SAYS, COPY, "bias"),
        _passes("∂L/∂A = g vᵀ", "Every pair of a gradient and a number of v.", MATMUL, "A"),
        _passes("∂L/∂v = Aᵀ g", "The gradient goes back through the matrix.", MATMUL, "v"),
    ),
    "mv": (
        _passes("∂L/∂A = g vᵀ", "Every pair of a gradient and a number of v.", MATMUL, "A"),
        _passes("∂L/∂v = Aᵀ g", "The gradient goes back through the matrix.", MATMUL, "v"),
    ),
    "dot": (
        Rule(
            "a",
            "∂(a·b)/∂a = b",
            TIMES,
            "Each number of a gets the one of b that it was multiplied with.",
            lambda s: s.tensor,
        ),
        Rule(
            "b",
            "∂(a·b)/∂b = a",
            TIMES,
            "Each number of b gets the one of a that it was multiplied with.",
            lambda s: s.self,
        ),
    ),
    "linear": (
        _passes("∂L/∂input = g @ weight", "The gradient goes back through the weights.", MATMUL, "input"),
        _passes(
            "∂L/∂weight = gᵀ @ input", "Each weight gets the gradient of its output times its input.", MATMUL, "weight"
        ),
        _passes("∂L/∂bias = Σ g over the rows", "The bias was added to every row.", SUM, "bias"),
    ),
    "convolution": (
        _passes(
            "∂L/∂input = g spread by the kernel",
            "Each place gets what the kernel's positions over it send back.",
            OTHER,
            "input",
        ),
        _passes(
            "∂L/∂kernel = Σ g × the patch under it",
            "Each weight of the kernel was used at every place and gets the sum.",
            OTHER,
            "kernel",
        ),
        _passes("∂L/∂bias = Σ g", "The bias was added at every place.", SUM, "bias"),
    ),
    "native_batch_norm": (
        _passes(
            "∂L/∂input: g, without its mean and its part along the input",
            "Normalising ties the elements of a batch together.",
            OTHER,
            "input",
        ),
        _passes("∂L/∂weight = Σ g · normalised input", "Summed over the batch.", SUM, "weight"),
        _passes("∂L/∂bias = Σ g", "Summed over the batch.", SUM, "bias"),
    ),
    "native_layer_norm": (
        _passes(
            "∂L/∂input: g, without its mean and its part along the input",
            "Normalising ties the elements of a row together.",
            OTHER,
            "input",
        ),
        _passes("∂L/∂weight = Σ g · normalised input", "Summed over the rows.", SUM, "weight"),
        _passes("∂L/∂bias = Σ g", "Summed over the rows.", SUM, "bias"),
    ),
    "max_pool2d_with_indices": _passes(
        "∂L/∂a = g at the largest of each window, else 0", "Only the winner of each window gets a gradient.", OTHER
    ),
    "embedding": _passes(
        "∂L/∂rowᵢ = Σ g wherever row i was looked up",
        "Rows that were looked up twice get both gradients; the others get zero.",
        SUM,
    ),
    "prelu_kernel": _passes("∂prelu(a)/∂a = 1 if a > 0 else slope", "Below zero a learned part of it passes.", OTHER),
}
_PRODUCTS = {**_PRODUCTS, "cudnn_batch_norm": _PRODUCTS["native_batch_norm"], "threshold": _CURVES["relu"]}

_PLACES: _Table = {
    **dict.fromkeys(
        [
            "t",
            "transpose",
            "permute",
            "view",
            "reshape",
            "reshape_alias",
            "unsafe_view",
            "squeeze",
            "unsqueeze",
            "flip",
            "roll",
            "movedim",
            "as_strided",
            "unfold",
        ],
        _passes("∂result/∂a: the same numbers in other places", _MOVES),
    ),
    **dict.fromkeys(
        ["clone", "alias", "contiguous", "to_copy", "copy_slices", "view_as", "detach"],
        _passes("∂a/∂a = 1", "A copy has the same values, so the gradient passes on unchanged."),
    ),
    **dict.fromkeys(
        ["expand", "repeat", "broadcast_to"],
        _passes(
            "∂L/∂a = Σ g over the copies",
            "One number was read many times and gets the gradients of all its copies, summed.",
            SUM,
        ),
    ),
    **dict.fromkeys(
        [
            "select",
            "slice",
            "index",
            "narrow",
            "index_select",
            "gather",
            "diagonal",
            "take",
            "masked_select",
            "split",
            "chunk",
            "unbind",
        ],
        _passes(
            "∂result/∂a = 1 where it was taken, else 0",
            "What was picked gets its gradient back; the rest had no say and gets zero.",
            OTHER,
        ),
    ),
    "cat": (
        _passes("∂cat/∂part = its own stretch of g", "The gradient is cut into the same pieces again.", COPY, "part"),
    ),
    "stack": (
        _passes("∂stack/∂part = its own slice of g", "The gradient is cut into the same pieces again.", COPY, "part"),
    ),
    "scatter": (
        _passes(
            "∂L/∂self = g, zero where overwritten", "What was overwritten has no say in the result.", OTHER, "self"
        ),
        _passes(
            "∂L/∂src = g gathered at index",
            "Each number of src gets the gradient of the place that it was written to.",
            OTHER,
            "src",
        ),
    ),
    "scatter_add": (
        _passes("∂L/∂self = g", _ADD_SAYS, COPY, "self"),
        _passes(
            "∂L/∂src = g gathered at index",
            "Each number of src gets the gradient of the place that it was added to.",
            OTHER,
            "src",
        ),
    ),
    "index_put": (
        _passes(
            "∂L/∂self = g, zero where overwritten", "What was overwritten has no say in the result.", OTHER, "self"
        ),
        _passes("∂L/∂values = g at the index", "Each value gets the gradient of its place.", OTHER, "values"),
    ),
    "copy": (
        _passes("∂L/∂old = 0", "What was overwritten has no say in the result.", OTHER, "old"),
        _passes("∂L/∂src = g", "A copy has the same values, so the gradient passes on unchanged.", COPY, "src"),
    ),
}

# Operations that take as many inputs as one likes, all under the same rule.
_ANY_NUMBER = {"cat", "stack"}

_RULES: dict[str, Rule | tuple[Rule, ...]] = {
    **_ARITHMETIC,
    **_CURVES,
    **_REDUCTIONS,
    **_LOSSES,
    **_PRODUCTS,
    **_PLACES,
}


def known() -> list[str]:
    """The friendly names of the operations that have a rule."""
    return sorted(_RULES)

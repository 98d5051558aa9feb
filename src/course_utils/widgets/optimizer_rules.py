"""What an optimizer does in one step, as formulas whose numbers can be filled in.

A formula that is shown must be true. So a rule is written once, as a template over recorded quantities, and the same
template is what the picture fills with numbers and what a test computes and compares with torch's own result. An
optimizer, or an option of one, that has no rules here still gets its path; only the formulas are left out.

In a template ``{v}`` is a quantity before the step and ``{v'}`` after it; ``p`` is the point, ``g`` the gradient, ``t``
the number of the step. The rest is arithmetic: · × / + − ( ) √ and ^ for powers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim import Optimizer

Group = dict[str, object]
State = dict[str, object]


@dataclass(frozen=True)
class Rule:
    """One line of a step: ``target`` becomes ``numbers``.

    Attributes:
        target: the quantity that this line makes.
        formula: the line in letters.
        numbers: its right-hand side as a template.
        read: takes the new value, of shape (2,), from the optimizer's state.
    """

    target: str
    formula: str
    numbers: str
    read: Callable[[State], Tensor]


def rules_of(optimizer: Optimizer) -> list[Rule] | None:
    """The lines of one step, before the last that moves the point; None where we do not know them.

    Rules hold for exactly torch's classes: a subclass may do anything.
    """
    maker = _MAKERS.get(type(optimizer))
    return maker(optimizer.param_groups[0]) if maker else None


def move_of(optimizer: Optimizer) -> tuple[str, str] | None:
    """The last line of a step as formula and template: how the point moves."""
    group = optimizer.param_groups[0]
    kind = type(optimizer)
    if rules_of(optimizer) is None:
        return None
    rate, eps = _n(group["lr"]), _n(group.get("eps", 0.0))
    if kind is torch.optim.SGD:
        if not group["momentum"]:
            return f"θ ← θ − {rate}·g", f"{{p}} − {rate}·{{g}}"
        return f"θ ← θ − {rate}·v", f"{{p}} − {rate}·{{v'}}"
    if kind is torch.optim.RMSprop:
        return f"θ ← θ − {rate}·g / (√v + {eps})", f"{{p}} − {rate}·{{g}} / (√{{v'}} + {eps})"
    if kind is torch.optim.Adagrad:
        return f"θ ← θ − {rate}·g / (√s + {eps})", f"{{p}} − {rate}·{{g}} / (√{{s'}} + {eps})"
    if kind is torch.optim.AdamW and group["weight_decay"]:
        shrink = f"(1 − {rate}·{_n(group['weight_decay'])})"
        return (
            f"θ ← {shrink}·θ − {rate}·m̂ / (√v̂ + {eps})",
            f"{shrink}·{{p}} − {rate}·{{m̂'}} / (√{{v̂'}} + {eps})",
        )
    return f"θ ← θ − {rate}·m̂ / (√v̂ + {eps})", f"{{p}} − {rate}·{{m̂'}} / (√{{v̂'}} + {eps})"


def _sgd(group: Group) -> list[Rule] | None:
    if group["maximize"] or group["nesterov"] or group["dampening"] or group["weight_decay"]:
        return None
    if not group["momentum"]:
        return []
    keep = _n(group["momentum"])
    return [Rule("v", f"v ← {keep}·v + g", f"{keep}·{{v}} + {{g}}", lambda state: state["momentum_buffer"])]


def _adam(group: Group) -> list[Rule] | None:
    if group["maximize"] or group["amsgrad"] or (group["weight_decay"] and not group.get("decoupled_weight_decay")):
        return None
    one, two = group["betas"]
    a, b, rest_a, rest_b = _n(one), _n(two), _n(1 - one), _n(1 - two)
    return [
        Rule("m", f"m ← {a}·m + {rest_a}·g", f"{a}·{{m}} + {rest_a}·{{g}}", lambda s: s["exp_avg"]),
        Rule("v", f"v ← {b}·v + {rest_b}·g²", f"{b}·{{v}} + {rest_b}·{{g}}^2", lambda s: s["exp_avg_sq"]),
        Rule("m̂", f"m̂ = m / (1 − {a}ᵗ)", f"{{m'}} / (1 − {a}^{{t}})", lambda s: s["exp_avg"] / (1 - one ** float(s["step"]))),
        Rule("v̂", f"v̂ = v / (1 − {b}ᵗ)", f"{{v'}} / (1 − {b}^{{t}})", lambda s: s["exp_avg_sq"] / (1 - two ** float(s["step"]))),
    ]


def _adamw(group: Group) -> list[Rule] | None:
    return _adam({**group, "decoupled_weight_decay": True})


def _rmsprop(group: Group) -> list[Rule] | None:
    if group["maximize"] or group["centered"] or group["momentum"] or group["weight_decay"]:
        return None
    keep, rest = _n(group["alpha"]), _n(1 - group["alpha"])
    return [Rule("v", f"v ← {keep}·v + {rest}·g²", f"{keep}·{{v}} + {rest}·{{g}}^2", lambda s: s["square_avg"])]


def _adagrad(group: Group) -> list[Rule] | None:
    if group["maximize"] or group["lr_decay"] or group["weight_decay"] or group["initial_accumulator_value"]:
        return None
    return [Rule("s", "s ← s + g²", "{s} + {g}^2", lambda s: s["sum"])]


_MAKERS: dict[type, Callable[[Group], list[Rule] | None]] = {
    torch.optim.SGD: _sgd,
    torch.optim.Adam: _adam,
    torch.optim.AdamW: _adamw,
    torch.optim.RMSprop: _rmsprop,
    torch.optim.Adagrad: _adagrad,
}


def _n(value: object) -> str:
    """A setting as it is written in a formula; tensors may stand for learning rates."""
    return f"{float(value):.6g}".replace("e-0", "e-")

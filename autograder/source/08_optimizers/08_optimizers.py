# ---
# jupyter:
#   course:
#     title: "losses and optimizers: how wrong, and one step better"
#     minutes: 150
#     needs:
#       - "06 autograd: backward, gradients that add up, no_grad"
#       - "07 nn.Module: nn.Linear and its parameters"
#     objectives:
#       - "Choose a loss for numbers, for yes or no, and for one of many; call it without its usual accidents"
#       - "Say what an optimizer does in one step, and do the step of SGD, momentum and Adam by hand"
#       - "Recognise a learning rate that is too small or too large, and measure how fast an optimizer is"
#       - "Hold weights small with weight_decay, and know what that adds to the loss"
#       - "Lower the learning rate by a schedule, once an epoch"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 08 · Losses and optimizers: how wrong, and one step better
#
# **After this chapter you can**
# - choose a loss for numbers, for yes or no, and for one of many, and call it without its usual accidents;
# - say what an optimizer does in one step, and do the step of SGD, momentum and Adam by hand;
# - recognise a learning rate that is too small or too large, and measure how fast an optimizer is;
# - hold weights small with `weight_decay`, and know what that adds to the loss;
# - lower the learning rate by a schedule, once an epoch.
#
# **Time:** about two and a half hours, with 13 exercises and a quiz. After section 3 is a good place for a break.
# **Before this:** [chapter 06](../06_autograd/06_autograd.ipynb) (autograd) and [chapter 07](../07_modules/07_modules.ipynb) (modules and their parameters).
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the dots *before* you run the
# cell.

# %% id="setup"
import math
import warnings

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler

from course_utils import (
    best_device,
    check,
    check_quiz,
    compare_graphs,
    fresh,
    load_digits,
    load_weather,
    predict,
    record,
    show_broadcast,
    show_graph,
    show_optimizer,
    solved,
)
from course_utils.widgets import show_training

# Our tensors are tiny: several threads would spend their time waiting for each other.
torch.set_num_threads(1)

# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.

# %% id="recall-broadcast"
predict(
    "a has the shape (3, 1), b has the shape (3,). Which shape has a - b? Write a tuple.",
    mine=...,
    truth=lambda: tuple((torch.zeros(3, 1) - torch.zeros(3)).shape),
)


# %% id="recall-pile"
def twice_backward():
    w = torch.tensor(1.0, requires_grad=True)
    for _ in range(2):
        (5 * w).backward()
    return w.grad.item()


predict(
    "(5 * w).backward() runs twice, and nobody clears anything. What is w.grad?",
    mine=...,
    truth=twice_backward,
)

# %% id="recall-parameters"
predict(
    "Which names do the parameters of nn.Linear(4, 1) have? Write a list.",
    mine=...,
    truth=lambda: [name for name, _ in nn.Linear(4, 1).named_parameters()],
)

# %% [markdown] rows=["S08.1"]
# ## 1 · How wrong is a number?
#
# You play a guessing game. You say 7, the answer was 10. How bad is that? Somebody has to decide, and put *one number* on it: the smaller, the
# better. That somebody is the **loss**. Learning is then only this: make that number small.
#
# For guesses that are numbers, torch has three common ones. All of them look at the miss, `prediction - target`:
#
# | loss | one miss `d` costs | a miss of 0.1 | a miss of 10 |
# |---|---|---|---|
# | `nn.MSELoss` | d² | 0.01 | 100 |
# | `nn.L1Loss` | \|d\| | 0.1 | 10 |
# | `nn.SmoothL1Loss` | d²/2 near zero, \|d\| − ½ from 1 on | 0.005 | 9.5 |
#
# A loss is a module. So it is used in **two steps**: first build it, then call it.

# %% rows=["S08.1", "E03"]
prediction = torch.tensor([1.0, 2.0, 14.0])
target = torch.tensor([1.0, 2.1, 4.0])

for make in (nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss):
    measure = make()  # build it …
    print(f"{make.__name__:14} {measure(prediction, target):.4f}")  # … then call it

miss = prediction - target
torch.testing.assert_close(nn.MSELoss()(prediction, target), (miss**2).mean())
torch.testing.assert_close(nn.L1Loss()(prediction, target), miss.abs().mean())
bent = torch.where(miss.abs() < 1, miss**2 / 2, miss.abs() - 0.5)
torch.testing.assert_close(nn.SmoothL1Loss()(prediction, target), bent.mean())
assert nn.MSELoss()(prediction, target) == F.mse_loss(prediction, target)

# %% [markdown] rows=["S08.1"]
# `F.mse_loss` is the same as a function, in one step. Which of the two you take is a matter of taste: a loss has nothing to learn.
#
# All of them return the **mean** over all elements. `reduction="sum"` adds instead, `reduction="none"` keeps each one.

# %% rows=["S08.1"]
each = nn.MSELoss(reduction="none")(prediction, target)
assert each.shape == (3,)
torch.testing.assert_close(nn.MSELoss(reduction="sum")(prediction, target), each.sum())

d = torch.linspace(-3, 3, 200)
fig, ax = plt.subplots(figsize=(6, 3.2))
for make, style in ((nn.MSELoss, "-"), (nn.L1Loss, "--"), (nn.SmoothL1Loss, ":")):
    ax.plot(d, make(reduction="none")(d, torch.zeros(200)), style, label=make.__name__)
ax.set(xlabel="the miss d", ylabel="what it costs", title="Three prices for one miss")
ax.legend()
plt.show()

# %% [markdown] rows=["S08.1"]
# Look at the slopes, for they are what learning feels. MSE pulls harder the further off you are: one wild day can pull more than all the others. L1
# pulls equally hard everywhere, even right beside the goal, so it never comes to rest there. Smooth L1 takes the good half of each.
#
# The choice of a loss decides *what you learn*. Here is the rain of Seattle on 1,461 days. Which single number is the best guess for all of them?

# %% id="predict-best-guess"
rain = load_weather().values[:, 0]
print(f"mean {rain.mean():.2f} mm, median {rain.median():.2f} mm, most {rain.max():.1f} mm")

guesses = torch.linspace(0, 6, 601)


def best_guess(measure):
    costs = torch.stack([measure(guess.expand_as(rain), rain) for guess in guesses])
    return guesses[costs.argmin()].item()


predict(
    "Which guess, from 0 to 6 mm, has the smallest L1 loss?",
    mine=...,
    truth=lambda: best_guess(nn.L1Loss()),
)

# %% rows=["S08.1"]
best = {make.__name__: best_guess(make()) for make in (nn.MSELoss, nn.L1Loss)}
print(best)
assert abs(best["MSELoss"] - rain.mean()) < 0.01  # MSE: the mean
assert best["L1Loss"] == rain.median() == 0  # L1: the median

# %% [markdown] rows=["S08.1"]
# Most days are dry. L1 says “no rain” and shrugs at the few floods; MSE says “3 mm”, which is true on hardly any day. Neither is wrong. They answer two
# questions.

# %% [markdown] rows=["S08.1"]
# ### Exercise 8.1 · Smooth L1, by hand
# ●●○○ · 7 minutes · 2 points
#
# Write `smooth_l1(prediction, target, beta)` with plain tensor operations. `beta` says where the bend is: a miss `d` smaller than `beta` costs
# **d² / (2 · beta)**, any other costs **|d| − beta / 2**. Return the mean. At the bend both formulas agree, and so do their slopes.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "smooth_l1"}
def smooth_l1(prediction, target, beta=1.0):
    """The mean smooth L1 loss.

    prediction, target: float, the same shape, at least one element; beta: float > 0.
    Returns: 0-d tensor, connected to prediction's graph.
    """
    ### BEGIN SOLUTION
    miss = (prediction - target).abs()
    return torch.where(miss < beta, miss**2 / (2 * beta), miss - beta / 2).mean()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_smooth_l1", "points": 2}
check(smooth_l1, torch.tensor([0.5, 3.0, -2.0]), torch.zeros(3)).gives(torch.tensor(1.375))
check(smooth_l1, torch.tensor([[0.25, 2.0]]), torch.zeros(1, 2), 0.5).gives(
    torch.tensor(0.90625)
)
check(smooth_l1, torch.tensor([0.5, -4.0], requires_grad=True), torch.zeros(2), 1.0).gives(
    torch.tensor(1.8125),
    graph=True,
    gradients={"prediction": torch.tensor([0.25, -0.5])},
)
solved(smooth_l1)
### BEGIN HIDDEN TESTS
for _shape in ((), (1,), (5,), (3, 4)):
    for _beta in (0.25, 1.0, 3.0):
        for _p in fresh.layouts(fresh.floats(*_shape)):
            _t = fresh.floats(*_shape)
            check(smooth_l1, _p, _t, _beta).gives(F.smooth_l1_loss(_p, _t, beta=_beta))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the size of the miss</summary>Both formulas use |d|: take <code>.abs()</code> once, at the start.</details>
# <details><summary>Hint 2: two prices</summary>Calculate both prices for every element. <code>torch.where(condition, one, other)</code> picks one of them for each.</details>
# <details><summary>Hint 3: nearly there</summary>With <code>miss = (prediction - target).abs()</code>: where <code>miss &lt; beta</code> take
# <code>miss**2 / (2 * beta)</code>, else <code>miss - beta / 2</code>; then <code>.mean()</code>.</details>

# %% [markdown] rows=["E03", "S08.1"]
# ### Claim check: `MSELoss(prediction, target)`
#
# Some texts write the loss in one step, as if the class were a function. What happens?

# %% id="predict-e03"
predict(
    "nn.MSELoss(prediction, target) gives … Write a number or 'error'.",
    mine=...,
    truth=lambda: nn.MSELoss(prediction, target),
)

# %% rows=["E03"]
try:
    nn.MSELoss(prediction, target)
    raise AssertionError("torch accepted this")
except RuntimeError as error:
    print(error)
    assert "ambiguous" in str(error)

# %% [markdown] rows=["E03"]
# The message is a riddle until you know the answer. The brackets of a class *build*. Our two tensors went into the building, as its settings
# (`size_average` and `reduce`, two old ones). torch asked whether the first one is true or false, and a tensor with three numbers is neither.
#
# The second accident makes no error. Layers such as `nn.Linear(4, 1)` return a **column**, shape `(n, 1)`. Targets are often a plain row, shape
# `(n,)`. You know from the recall what the difference of the two is.

# %% rows=["S08.1"]
column = torch.tensor([[1.0], [2.0], [3.0]])
plain = torch.tensor([1.0, 2.0, 3.0])  # the prediction is perfect!

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    wrong = nn.MSELoss()(column, plain)
assert wrong.item() > 1  # and yet the loss is not 0
assert "broadcasting" in str(caught[0].message)
print(f"loss of a perfect prediction: {wrong:.3f}")
print(caught[0].message)
show_broadcast(column, plain, names=("column", "plain"), op="sub")

# %% [markdown] rows=["S08.1", "E03"]
# Every prediction was compared with every target: the picture shows the nine differences, where you wanted three. The best that a network can do about *that* loss is to answer the mean everywhere. **Never ignore this
# warning.**
#
# ### Exercise 8.2 · Mend the loss
# ●○○○ · 5 minutes · 1 point
#
# A colleague has both accidents in one line. `prediction` comes from a layer, shape `(n, 1)`; `target` has the shape `(n,)`.


# %% id="broken-mse"
def broken_mse(prediction, target):
    return nn.MSELoss(prediction, target)


# %% [markdown] rows=["S08.1", "E03"]
# Write `mended_mse(prediction, target)`: the mean squared error of each prediction and *its own* target. The network must still be able to learn from it.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "mended_mse"}
def mended_mse(prediction, target):
    """The mean squared error, row by row.

    prediction: float32, shape (n, 1), with a graph; target: float32, shape (n,).
    Returns: 0-d tensor, connected to prediction's graph.
    """
    ### BEGIN SOLUTION
    return nn.MSELoss()(prediction.squeeze(1), target)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_mended_mse", "points": 1}
check(
    mended_mse,
    torch.tensor([[1.0], [2.0], [5.0]], requires_grad=True),
    torch.tensor([1.0, 2.0, 4.0]),
).gives(
    torch.tensor(1 / 3),
    graph=True,
    gradients={"prediction": torch.tensor([[0.0], [0.0], [2 / 3]])},
)
check(mended_mse, torch.tensor([[3.0]], requires_grad=True), torch.tensor([1.0])).gives(
    torch.tensor(4.0), graph=True
)
solved(mended_mse)
### BEGIN HIDDEN TESTS
for _n in (1, 2, 5, 8):
    _p, _t = fresh.floats(_n, 1, requires_grad=True), fresh.floats(_n)
    _miss = _p.detach()[:, 0] - _t
    check(mended_mse, _p, _t).gives(
        (_miss**2).mean(),
        graph=True,
        gradients={"prediction": (2 * _miss / _n)[:, None]},
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the riddle</summary>Build first, then call: how many pairs of brackets does that need?</details>
# <details><summary>Hint 2: the shapes</summary>Make both the same: <code>squeeze(1)</code> removes a dim of size 1, <code>unsqueeze(1)</code> adds one.</details>
# <details><summary>Hint 3: nearly there</summary><code>nn.MSELoss()(…, target)</code>, with <code>prediction.squeeze(1)</code> in place of the dots.</details>

# %% [markdown] rows=["S08.1"]
# ## 2 · How wrong is a yes, how wrong is a “7”?
#
# A weather forecaster says “90 % rain”. It rains. Fine. Another one says “1 % rain”, and it rains. That is embarrassing, and it should cost. The price
# that torch takes is **−log of the probability that you gave to what then happened**. Say 1: it is free. Say 0.01: it costs 4.6.
#
# `nn.BCELoss` does this for yes or no. (BCE is *binary cross entropy*.) It takes probabilities, and targets that are 0. or 1., both floats of one shape.

# %% rows=["S08.1"]
said = torch.tensor([0.9, 0.6, 0.01, 0.01])
rained = torch.tensor([1.0, 1.0, 1.0, 0.0])

costs = nn.BCELoss(reduction="none")(said, rained)
given = torch.where(rained == 1, said, 1 - said)  # to what then happened
torch.testing.assert_close(costs, -given.log())
torch.testing.assert_close(nn.BCELoss()(said, rained), costs.mean())
print(costs)

# %% [markdown] rows=["S08.1"]
# A network gives no probabilities. It gives **scores**: any number, the higher the more “yes”. (They are also called *logits*.) `sigmoid` squeezes a score
# between 0 and 1. So: `nn.BCELoss()(score.sigmoid(), target)`? That has a weak point. Take a network that is very sure, and wrong: its score is 200, and the
# answer was no.


# %% id="predict-saturated"
def slope_of_sure(measure):
    score = torch.tensor([200.0], requires_grad=True)
    measure(score).backward()
    return score.grad.item()


predict(
    "score = 200, target = 0, and the loss is BCELoss()(score.sigmoid(), target). "
    "Which gradient does the score get?",
    mine=...,
    truth=lambda: slope_of_sure(lambda s: nn.BCELoss()(s.sigmoid(), torch.zeros(1))),
)

# %% rows=["S08.1"]
no = torch.zeros(1)
in_two_steps = slope_of_sure(lambda score: nn.BCELoss()(score.sigmoid(), no))
in_one_step = slope_of_sure(lambda score: nn.BCEWithLogitsLoss()(score, no))
print("sigmoid, then BCELoss:", in_two_steps, "  BCEWithLogitsLoss:", in_one_step)
assert in_two_steps == 0.0  # as wrong as can be, and nothing to learn from it
assert in_one_step == 1.0

s, t = torch.tensor([0.3, -2.0]), torch.tensor([1.0, 1.0])
torch.testing.assert_close(nn.BCEWithLogitsLoss()(s, t), nn.BCELoss()(s.sigmoid(), t))

# %% [markdown] rows=["S08.1"]
# In float32 `sigmoid(200)` is exactly 1, and a flat place has no slope. **`nn.BCEWithLogitsLoss`** takes the scores themselves and does both steps in one, without
# that loss of digits. Prefer it.
#
# ### One of many
#
# Which digit is on the picture? Now there is a score for each class, shape `(n, classes)`, and the target is the *number* of the right class: shape `(n,)`, dtype int64.
# **`nn.CrossEntropyLoss`** makes probabilities of each row (softmax), and takes −log of the one that the right class got.

# %% rows=["S08.1"]
scores = torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]])
labels = torch.tensor([0, 2])

chances = scores.softmax(dim=1)
assert torch.allclose(chances.sum(dim=1), torch.ones(2))
of_the_right_one = chances[torch.arange(2), labels]
print("chances of the right class:", of_the_right_one)
torch.testing.assert_close(
    nn.CrossEntropyLoss()(scores, labels), -of_the_right_one.log().mean()
)

# %% id="predict-clueless"
predict(
    "Ten classes, all ten scores 0: the network has no idea. What is its cross entropy? "
    "(Three digits; math.log may help.)",
    mine=...,
    truth=lambda: round(
        nn.CrossEntropyLoss()(torch.zeros(1, 10), torch.tensor([7])).item(), 3
    ),
)

# %% rows=["S08.1"]
clueless = nn.CrossEntropyLoss()(torch.zeros(1, 10), torch.tensor([7]))
assert math.isclose(clueless.item(), math.log(10), rel_tol=1e-6)
print(f"{clueless:.4f} = log(10)")

# %% [markdown] rows=["S08.1"]
# Keep that number. A classifier for ten classes that has learned nothing starts near **2.3**. If your first loss is 15 or 0.2, something is wrong before
# training has begun.
#
# ### Exercise 8.3 · Cross entropy, by hand
# ●●●○ · 10 minutes · 3 points
#
# Write `cross_entropy(scores, labels)` without torch's own. The log of a softmax is **score − log(sum of exp of all scores in the row)**. Mind large scores: `exp(1000)` is
# infinite in float32. `scores.logsumexp(dim=…)` does “log of the sum of exp” without that accident.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "cross_entropy"}
def cross_entropy(scores, labels):
    """The mean cross entropy, also for very large scores.

    scores: float, shape (n, classes), n >= 1; labels: int64, shape (n,).
    Returns: 0-d tensor, the dtype of scores.
    """
    ### BEGIN SOLUTION
    right = scores.gather(1, labels[:, None]).squeeze(1)
    return (scores.logsumexp(dim=1) - right).mean()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_cross_entropy", "points": 3}
check(
    cross_entropy, torch.tensor([[2.0, 0.0, 1.0], [0.0, 4.0, 0.0]]), torch.tensor([0, 2])
).gives(torch.tensor(2.2217911))
# very sure: once wrong, where the price is the gap between the two scores, and once right
check(
    cross_entropy, torch.tensor([[1000.0, 0.0], [1000.0, 0.0]]), torch.tensor([1, 0])
).gives(torch.tensor(500.0))
check(cross_entropy, torch.zeros(4, 8), torch.tensor([0, 7, 3, 3])).gives(
    torch.tensor(math.log(8))
)
solved(cross_entropy)
### BEGIN HIDDEN TESTS
_scores = fresh.floats(3, 4, requires_grad=True)
_labels = fresh.integers(0, 3, 3)
check(cross_entropy, _scores, _labels).gives(
    F.cross_entropy(_scores, _labels).detach(),
    graph=True,
    gradients={"scores": (_scores.detach().softmax(1) - F.one_hot(_labels, 4).float()) / 3},
)
for _n, _classes in ((1, 1), (1, 4), (5, 3), (6, 10)):
    for _dtype in (torch.float32, torch.float64):
        for _scores in fresh.layouts(fresh.floats(_n, _classes, dtype=_dtype) * 20):
            _labels = fresh.integers(0, _classes - 1, _n)
            check(cross_entropy, _scores, _labels).gives(F.cross_entropy(_scores, _labels))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two parts</summary>For each row: the log of the sum of exp over <em>all</em> scores, minus the score of the <em>right</em> class.</details>
# <details><summary>Hint 2: picking</summary><code>scores[torch.arange(len(labels)), labels]</code> picks one score in each row; <code>gather(1, …)</code> does so too.</details>
# <details><summary>Hint 3: nearly there</summary><code>scores.logsumexp(dim=1)</code>, minus the picked scores, and then <code>.mean()</code>.</details>

# %% [markdown] rows=["S08.1"]
# CrossEntropyLoss takes *scores*. What if somebody, with the best intentions, gives it probabilities? Nothing is raised. It makes a softmax of the softmax:

# %% id="predict-twice"
sure = torch.eye(10) * 1000  # ten pictures; for each one the right class, beyond doubt

predict(
    "The network is right and beyond doubt. Is CrossEntropyLoss()(sure.softmax(1), labels) "
    "below 0.1? True or False.",
    mine=...,
    truth=lambda: F.cross_entropy(sure.softmax(1), torch.arange(10)).item() < 0.1,
)

# %% rows=["S08.1"]
ten = torch.arange(10)
assert nn.CrossEntropyLoss()(sure, ten).item() == 0.0
floor = nn.CrossEntropyLoss()(sure.softmax(dim=1), ten).item()
assert math.isclose(floor, math.log(1 + 9 / math.e), rel_tol=1e-5)
print(f"the lowest loss that softmax, then CrossEntropyLoss can reach: {floor:.3f}")

# %% [markdown] rows=["S08.1"]
# A loss that will not fall below 1.46 for ten classes: now you know that illness by its number. Real digits show the damage:

# %% rows=["S08.1"]
images, digits = load_digits()
pixels = images.flatten(1) / 16


def digit_training(with_softmax):
    torch.manual_seed(0)
    layer = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
    for _ in range(60):
        scores = layer(pixels)
        loss = F.cross_entropy(scores.softmax(1) if with_softmax else scores, digits)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item(), (layer(pixels).argmax(1) == digits).float().mean().item()


for with_softmax in (False, True):
    loss, share = digit_training(with_softmax)
    print(f"softmax before the loss: {with_softmax!s:6} loss {loss:.2f}, right {share:.0%}")
    assert share < 0.8 if with_softmax else share > 0.9

# %% [markdown] rows=["S08.1"]
# ### Exercise 8.4 · Read the error
# ●●○○ · 7 minutes · 2 points
#
# The labels come out of a table of numbers: a float column, shape `(n, 1)`. A colleague tries:


# %% id="broken-digit-loss"
def broken_digit_loss(scores, labels):
    return nn.CrossEntropyLoss()(scores.softmax(dim=1), labels)


try:
    broken_digit_loss(torch.zeros(3, 10), torch.tensor([[1.0], [7.0], [0.0]]))
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] rows=["S08.1"]
# “Multi-target” means: one row seems to have several labels, because there is a second dim. Mend that, and torch will tell you the next thing. Mend that too, and it is silent.
# One fault is left.
#
# Write `digit_loss(scores, labels)`: the mean cross entropy for labels in a float column.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "digit_loss"}
def digit_loss(scores, labels):
    """The mean cross entropy, for labels that come as a float column.

    scores: float32, shape (n, classes), n >= 1; labels: float32, shape (n, 1), whole numbers.
    Returns: 0-d float32 tensor.
    """
    ### BEGIN SOLUTION
    return nn.CrossEntropyLoss()(scores, labels.squeeze(1).long())
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_digit_loss", "points": 2}
check(
    digit_loss,
    torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]]),
    torch.tensor([[0.0], [2.0]]),
).gives(torch.tensor(1.7512571))
check(digit_loss, torch.tensor([[5.0, 0.0]]), torch.tensor([[1.0]])).gives(
    torch.tensor(5.0067153)
)
solved(digit_loss)
### BEGIN HIDDEN TESTS
for _n, _classes in ((1, 3), (4, 2), (7, 10)):
    _scores, _labels = fresh.floats(_n, _classes), fresh.integers(0, _classes - 1, _n)
    check(digit_loss, _scores, _labels[:, None].float()).gives(
        F.cross_entropy(_scores, _labels)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the shape</summary>The loss wants labels of the shape <code>(n,)</code>. Remove dim 1, and only dim 1: there may be a single row.</details>
# <details><summary>Hint 2: the dtype</summary>A label is a number of a class, a whole number: <code>.long()</code> makes int64.</details>
# <details><summary>Hint 3: nearly there</summary>What is left is the softmax: CrossEntropyLoss does that itself. Give it the <code>scores</code>.</details>

# %% [markdown] rows=["S08.2"]
# ## 3 · One step, by hand and by optimizer
#
# The loss is one number. `backward` tells each parameter its slope: “if you grow, the loss grows so much”. So each parameter goes a little way the *other* way:
#
# **w ← w − lr · slope**
#
# `lr` is the **learning rate**: how far to go. That is *gradient descent*, and `torch.optim.SGD` does this and no more. Here are both, side by side, on two identical lines `y = w·x + b`:


# %% rows=["S08.2", "E25"]
def zero_line():
    """A line y = w * x + b that begins with w = b = 0."""
    line = nn.Linear(1, 1)
    nn.init.zeros_(line.weight)
    nn.init.zeros_(line.bias)
    return line


x, y = torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0], [5.0]])
measure = nn.MSELoss()

by_hand, by_sgd = zero_line(), zero_line()
optimizer = torch.optim.SGD(by_sgd.parameters(), lr=0.1)

for step in range(5):
    by_hand.zero_grad()
    measure(by_hand(x), y).backward()
    with torch.no_grad():
        for p in by_hand.parameters():
            p -= 0.1 * p.grad  # the step, by hand

    optimizer.zero_grad()
    loss = measure(by_sgd(x), y)
    loss.backward()
    optimizer.step()  # the step, by optimizer
    print(
        f"step {step}: loss {loss:7.4f}, w {by_sgd.weight.item():.3f}, b {by_sgd.bias.item():.3f}"
    )

torch.testing.assert_close(by_hand.weight, by_sgd.weight)
torch.testing.assert_close(by_hand.bias, by_sgd.bias)

# %% [markdown] rows=["S08.2"]
# Three calls, in this order, in nearly every training program: **`zero_grad()`**, **`backward()`**, **`step()`**. The optimizer got the parameters when it was built. It never sees the
# loss. `backward` writes into each `.grad`, and `step` reads it there. The settings of an optimizer lie in its `param_groups`:

# %% rows=["S08.2"]
group = optimizer.param_groups[0]
print(
    {
        key: value
        for key, value in group.items()
        if key in ("lr", "momentum", "weight_decay")
    }
)
assert group["lr"] == 0.1 and group["momentum"] == 0 and group["weight_decay"] == 0
assert group["params"][0] is by_sgd.weight  # the very same object, no copy

# %% [markdown] rows=["E25", "S08.2"]
# ### Claim check: `param.data.add_(-0.1 * param.grad)`
#
# Older programs write the step through `.data`. Is it the same as under `no_grad`?

# %% rows=["E25"]
old, new = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
slope = torch.tensor([5.0, -5.0])

old.data.add_(-0.1 * slope)
with torch.no_grad():
    new.add_(slope, alpha=-0.1)

assert torch.equal(old, new)  # the numbers are the same …
print("noticed changes:", old._version, "and", new._version)
assert (old._version, new._version) == (0, 1)  # … but autograd has seen only one of them

# %% [markdown] rows=["E25", "E09"]
# `.data` goes behind autograd's back. When such a step comes at a wrong moment, between forward and backward, nobody warns you and the gradient is wrong ([chapter 06](../06_autograd/06_autograd.ipynb) showed it).
# Under `no_grad` the same slip is an error. So: `no_grad`, or an optimizer, which uses it too.
#
# ### Claim check: “`zero_grad` fills the gradients with zeros”
#
# It did, before torch 2.0. Now it sets them to `None`. Does that make a difference? There are optimizers that keep rolling, such as SGD with `momentum` (section 5). Here one has made
# a first step, from 1.0 to 0.9. Then it steps again *without* a new backward.


# %% id="predict-e09"
def after_second_step(set_to_none):
    w = nn.Parameter(torch.tensor(1.0))
    optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
    w.backward()  # the slope of w itself: 1
    optimizer.step()
    optimizer.zero_grad(set_to_none=set_to_none)
    optimizer.step()
    return round(w.item(), 4)


predict(
    "zero_grad(), then step() once more. Where is w now? Write 0.9 or 0.81.",
    mine=...,
    truth=lambda: after_second_step(set_to_none=True),
)

# %% rows=["E09", "S08.2"]
assert after_second_step(set_to_none=True) == 0.9  # None: left out
assert after_second_step(set_to_none=False) == 0.81  # zero: a slope like any other

w = nn.Parameter(torch.tensor(1.0))
optimizer = torch.optim.SGD([w], lr=0.1)
w.backward()
optimizer.zero_grad()
assert w.grad is None
try:
    w.grad.zero_()  # the old recipe
    raise AssertionError("there was a gradient")
except AttributeError as error:
    print(error)

# %% [markdown] rows=["E09", "E04"]
# `None` means “no slope came”: the optimizer leaves that parameter out. A zero is a slope like any other.
#
# ### Claim check: `loss.requires_grad_(True)` mends “does not require grad”
#
# You call `backward` and torch says: *element 0 of tensors does not require grad and does not have a grad_fn*. Some programs then contain `loss.requires_grad_(True)`, and the error is
# gone. Look at the two graphs. On the right, the prediction was cut off by `detach()`:

# %% rows=["E04"]
line = zero_line()
with record() as whole:
    loss = ((line(x) - y) ** 2).mean()
    loss.backward()
arrived = line.weight.grad.clone()
line.zero_grad()

with record() as cut:
    prediction = line(x).detach()
    loss = ((prediction - y) ** 2).mean()
    loss.requires_grad_(True)
    loss.backward()  # no complaint

assert arrived.item() == -13.0
assert line.weight.grad is None  # and no gradient
compare_graphs(whole, cut, ("whole", "cut, then requires_grad_(True)"))

# %% [markdown] rows=["E04"]
# On the right everything below `detach` is dotted: autograd did not record it, so no way leads back. The flag only turned the loss into a *leaf*, a beginning with nothing behind it.
# The error had told the truth; the flag is a plaster over the wound. The cure is to find the cut.
#
# ### Exercise 8.5 · It trains, it says
# ●●○○ · 9 minutes · 2 points
#
# This training runs without any error. Its losses are strange.


# %% id="broken-training"
def broken_training(model, x, y, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        prediction = model(x).detach()
        loss = nn.MSELoss()(prediction, y)
        loss.requires_grad_(True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


print(broken_training(zero_line(), x, y, 3, 0.1))

# %% [markdown] rows=["E04", "S08.2"]
# Write `mended_training`, with the same arguments. It trains the model and returns the loss of each step, from before that step, as Python floats. Once the loss falls, look again: one more
# of the three calls is missing. And when nothing in the model *can* learn, because somebody froze it, torch's error must come through.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "mended_training"}
def mended_training(model, x, y, steps, lr):
    """Train a model with SGD and the mean squared error.

    model: a module, trained in place; x, y: float32, rows of inputs and targets; steps: int; lr: float.
    Returns: list of float, the loss before each step.
    """
    ### BEGIN SOLUTION
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.MSELoss()(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_mended_training", "points": 2}
check(mended_training, zero_line(), x, y, 3, 0.1).gives(
    [17.0, 1.685, 0.16925], tolerance=(1e-4, 1e-5)
)
# nobody in this model can learn
check(mended_training, zero_line().requires_grad_(False), x, y, 3, 0.1).raises(
    RuntimeError, saying="does not require grad"
)
solved(mended_training)
### BEGIN HIDDEN TESTS
for _n, _steps in ((1, 1), (4, 5), (6, 12)):
    _x, _y = fresh.floats(_n, 2).clamp(-2, 2), fresh.floats(_n, 1)
    _model, _w = nn.Linear(2, 1), torch.zeros(3)
    nn.init.zeros_(_model.weight)
    nn.init.zeros_(_model.bias)
    _losses, _rows = [], torch.cat([_x, torch.ones(_n, 1)], 1)
    for _ in range(_steps):
        _miss = _rows @ _w - _y[:, 0]
        _losses.append((_miss**2).mean().item())
        _w = _w - 0.05 * 2 * (_miss[:, None] * _rows).mean(0)
    check(mended_training, _model, _x, _y, _steps, 0.05).gives(
        _losses, tolerance=(1e-3, 1e-4)
    )
    torch.testing.assert_close(_model.weight[0], _w[:2], rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the cut</summary>Which call takes the prediction out of the graph? Without it, <code>requires_grad_</code> is not needed either.</details>
# <details><summary>Hint 2: the missing call</summary>Recall question 2: gradients pile up. Who clears them?</details>
# <details><summary>Hint 3: nearly there</summary>In each round: <code>loss = nn.MSELoss()(model(x), y)</code>, then <code>optimizer.zero_grad()</code>,
# <code>loss.backward()</code>, <code>optimizer.step()</code>.</details>

# %% [markdown] rows=["S08.2"]
# ## 4 · How far is one step?
#
# Walk down into a long valley, blindfolded. You feel only the slope under your feet. Small steps: you will be there by tomorrow. Huge steps: you jump from one wall onto the other,
# higher each time. The picture shows a loss of two parameters, seen from above like a map. Three times SGD, with three learning rates. Press play.

# %% rows=["S08.2"]
show_optimizer(
    "valley",
    {
        "too small": lambda params: torch.optim.SGD(params, lr=0.01),
        "good": lambda params: torch.optim.SGD(params, lr=0.07),
        "too large": lambda params: torch.optim.SGD(params, lr=0.081),
    },
    steps=40,
)

# %% [markdown] rows=["S08.2"]
# Between “good” and “runs away” lies almost nothing: 0.07 and 0.081. The valley is 25 times steeper across than along, and the steep direction sets the limit. Look at that direction alone:
# the loss is `25 * w**2 / 2`, and its slope is `25 * w`.


# %% id="predict-jump"
def after_one_step(lr):
    w = nn.Parameter(torch.tensor(1.0))
    optimizer = torch.optim.SGD([w], lr=lr)
    (25 * w**2 / 2).backward()
    optimizer.step()
    return w.item()


predict(
    "w = 1, the slope is 25 * w, and lr = 0.1. Where is w after one step of SGD?",
    mine=...,
    truth=lambda: after_one_step(0.1),
)

# %% rows=["S08.2"]
for lr in (0.01, 0.04, 0.07, 0.081, 0.1):
    print(f"lr {lr:<6} w goes from 1 to {after_one_step(lr):+.3f}")
    assert math.isclose(after_one_step(lr), 1 - lr * 25, abs_tol=1e-6)
assert abs(after_one_step(0.079)) < 1 < abs(after_one_step(0.081))  # the limit: 2 / 25

# %% [markdown] rows=["S08.2"]
# One step multiplies `w` by `1 − lr · 25`. As long as that lies between −1 and 1, `w` shrinks. At `lr = 2 / 25` it only changes its sign, and beyond that it explodes. A real network has no such
# formula at hand, but the same three faces: **the loss creeps, the loss falls, the loss jumps about or becomes nan.**
#
# ### Exercise 8.6 · A stopwatch for optimizers
# ●●○○ · 9 minutes · 2 points
#
# Stop guessing, measure. Write `steps_needed(make_optimizer, loss_of, start, goal, most)`: how many steps are taken until the loss lies **below** `goal`? Give 0 if it does from the start, and `None` if `most`
# steps were not enough. `make_optimizer` takes a list of parameters.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "steps_needed"}
def steps_needed(make_optimizer, loss_of, start, goal, most):
    """How many steps an optimizer takes until the loss is below a goal.

    make_optimizer: takes a list of tensors, gives an optimizer; loss_of: takes a tensor like start, gives a 0-d tensor;
    start: float32, left alone; goal: float; most: int, the most steps to take.
    Returns: int from 0 to most, or None.
    """
    ### BEGIN SOLUTION
    point = start.clone().requires_grad_()
    optimizer = make_optimizer([point])
    for taken in range(most + 1):
        loss = loss_of(point)
        if loss.item() < goal:
            return taken
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return None
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_steps_needed", "points": 2}
def bowl(point):
    return (point**2).sum() / 2


def valley(point):
    return (point[0] ** 2 + 25 * point[1] ** 2) / 2


def halving(params):
    """On the bowl, each step halves the distance: the loss goes 8, 2, 0.5, 0.125, 0.03, …"""
    return torch.optim.SGD(params, lr=0.5)


def runaway(params):
    return torch.optim.SGD(params, lr=3.0)


check(steps_needed, halving, bowl, torch.tensor([4.0, 0.0]), 0.1, 50).gives(4)
check(steps_needed, halving, bowl, torch.tensor([0.1, 0.1]), 0.1, 50).gives(0)
check(steps_needed, halving, bowl, torch.tensor([4.0, 0.0]), 0.1, 4).gives(4)
check(steps_needed, halving, bowl, torch.tensor([4.0, 0.0]), 0.1, 3).gives(None)
check(steps_needed, runaway, bowl, torch.tensor([4.0, 0.0]), 0.1, 200).gives(None)
solved(steps_needed)
### BEGIN HIDDEN TESTS
for _rate in (0.05, 0.3, 1.7, 2.2):
    for _most in (0, 1, 25):
        _start = fresh.floats(3)
        _losses, _point = [], _start.clone()
        for _ in range(_most + 1):
            _losses.append((_point**2).sum().item() / 2)
            _point = _point * (1 - _rate)
        _goal = 0.37 * _losses[0] + 1e-4
        _right = next((i for i, _l in enumerate(_losses) if _l < _goal), None)
        check(
            steps_needed,
            lambda params, _rate=_rate: torch.optim.SGD(params, lr=_rate),
            bowl,
            _start,
            _goal,
            _most,
        ).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a point that can learn</summary><code>start</code> is not yours: <code>start.clone().requires_grad_()</code>, and give the optimizer a list with it.</details>
# <details><summary>Hint 2: look before each step</summary>Calculate the loss first. Is it low enough? Then return how many steps were taken so far. Else take one.</details>
# <details><summary>Hint 3: nearly there</summary><code>for taken in range(most + 1):</code> with the loss, the question, and the three calls inside;
# after the loop <code>return None</code>.</details>

# %% [markdown] rows=["S08.2"]
# ## 5 · Momentum, Adam, and an average
#
# A ball that rolls down does not stop and think at each point. It keeps some of its speed. **Momentum** gives SGD a speed `v`:
#
# **v ← momentum · v + slope**, and then **w ← w − lr · v**
#
# Slopes that point the same way every time add up. Slopes that jump from side to side cancel. **Adam** goes another way. It keeps two running means for *each* parameter, of its slope and of its
# squared slope, and divides one by the root of the other. So every parameter gets steps of about the same size, `lr`, whether its slopes are huge or tiny.


# %% id="predict-adam"
def first_adam_step(slope):
    w = nn.Parameter(torch.tensor(0.0))
    optimizer = torch.optim.Adam([w], lr=0.1)
    w.grad = torch.tensor(slope)
    optimizer.step()
    return round(w.item(), 4)


predict(
    "Adam with lr = 0.1. One parameter has the slope 1000, another 0.001. "
    "How far do they go in the first step? Write two numbers, (a, b).",
    mine=...,
    truth=lambda: (-first_adam_step(1000.0), -first_adam_step(0.001)),
)

# %% rows=["S08.2"]
assert first_adam_step(1000.0) == first_adam_step(0.001) == -0.1
# A curved ravine, which is hard for all of them. Press play, then change a learning rate.
show_optimizer("ravine", steps=200)

# %% [markdown] rows=["S08.2"]
# Now your stopwatch, on the valley. (The cell shows a hint until exercise 8.6 is solved.)

# %% id="use-steps-needed"
RACERS = {
    "SGD, lr 0.01": lambda params: torch.optim.SGD(params, lr=0.01),
    "SGD, lr 0.07": lambda params: torch.optim.SGD(params, lr=0.07),
    "SGD, lr 0.081": lambda params: torch.optim.SGD(params, lr=0.081),
    "SGD, lr 0.03, momentum 0.7": lambda params: torch.optim.SGD(
        params, lr=0.03, momentum=0.7
    ),
    "Adam, lr 0.2": lambda params: torch.optim.Adam(params, lr=0.2),
}
try:
    for name, racer in RACERS.items():
        taken = steps_needed(racer, valley, torch.tensor([-3.4, 2.2]), 1e-3, 1000)
        print(f"{name:28} {'never' if taken is None else taken}")
except NotImplementedError:
    print("First write steps_needed above; then run this cell again.")

# %% [markdown] rows=["S08.2"]
# There is no winner for all cases. Adam is a good first try, because it forgives a bad learning rate. SGD with momentum often ends a little better, if you search for its `lr`.
#
# ### Exercise 8.7 · A rolling ball
# ●●○○ · 7 minutes · 2 points
#
# Write `momentum_path` with plain Python floats, by the two formulas above. The speed is 0 at the start. Return all places, the start included: `steps + 1` numbers.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "momentum_path"}
def momentum_path(slope_of, start, steps, lr, momentum):
    """The way of SGD with momentum, for one number.

    slope_of: float → float, the slope at a place; start: float; steps: int; lr, momentum: float.
    Returns: list of steps + 1 floats.
    """
    ### BEGIN SOLUTION
    w, v = start, 0.0
    path = [w]
    for _ in range(steps):
        v = momentum * v + slope_of(w)
        w = w - lr * v
        path.append(w)
    return path
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_momentum_path", "points": 2}
def double(w):
    """The slope of w ** 2."""
    return 2 * w


check(momentum_path, double, 1.0, 3, 0.1, 0.9).gives([1.0, 0.8, 0.46, 0.062])
check(momentum_path, double, 1.0, 2, 0.1, 0.0).gives([1.0, 0.8, 0.64])
check(momentum_path, double, 1.0, 0, 0.1, 0.9).gives([1.0])
solved(momentum_path)
### BEGIN HIDDEN TESTS
for _steps in (1, 4, 9):
    _start, _lr, _m = (
        fresh.floats(1).item(),
        fresh.integer(1, 20) / 100,
        fresh.integer(0, 9) / 10,
    )
    _w = nn.Parameter(torch.tensor(_start, dtype=torch.float64))
    _optimizer, _path = torch.optim.SGD([_w], lr=_lr, momentum=_m), [_start]
    for _ in range(_steps):
        _optimizer.zero_grad()
        (_w**2).backward()
        _optimizer.step()
        _path.append(_w.item())
    check(momentum_path, double, _start, _steps, _lr, _m).gives(
        _path, tolerance=(1e-6, 1e-6)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two variables</summary>A place <code>w</code> and a speed <code>v</code>. Both live on from one step to the next.</details>
# <details><summary>Hint 2: the order</summary>First the new speed, from the slope at the old place. Then the new place, with the new speed.</details>
# <details><summary>Hint 3: nearly there</summary>In the loop: <code>v = momentum * v + slope_of(w)</code>, <code>w = w - lr * v</code>, and append <code>w</code>.</details>

# %% [markdown] rows=["S08.2"]
# ### Exercise 8.8 · Adam, by hand
# ●●●● · 12 minutes · 3 points
#
# Adam's recipe for step number `t` = 1, 2, 3, … (`m` and `s` are 0 at the start):
#
# 1. m ← beta1 · m + (1 − beta1) · slope  (running mean of the slopes)
# 2. s ← beta2 · s + (1 − beta2) · slope²  (running mean of their squares)
# 3. w ← w − lr · **M** / (√**S** + eps), where **M** = m / (1 − beta1ᵗ) and **S** = s / (1 − beta2ᵗ)
#
# The divisions in line 3 are needed because both means start at 0 and are far too small at first. Write `adam_path` with plain floats. Return all places, the start included.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "adam_path"}
def adam_path(slope_of, start, steps, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    """The way of Adam, for one number.

    slope_of: float → float, the slope at a place; start: float; steps: int; lr, beta1, beta2, eps: float.
    Returns: list of steps + 1 floats.
    """
    ### BEGIN SOLUTION
    w, m, s = start, 0.0, 0.0
    path = [w]
    for t in range(1, steps + 1):
        slope = slope_of(w)
        m = beta1 * m + (1 - beta1) * slope
        s = beta2 * s + (1 - beta2) * slope**2
        w = w - lr * (m / (1 - beta1**t)) / (math.sqrt(s / (1 - beta2**t)) + eps)
        path.append(w)
    return path
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_adam_path", "points": 3}
def always_five(w):
    return 5.0


def faint(w):
    """A slope as small as eps: only here eps can be seen."""
    return 1e-8


check(adam_path, always_five, 1.0, 3, 0.1).gives([1.0, 0.9, 0.8, 0.7])
check(adam_path, double, 1.0, 3, 0.1).gives([1.0, 0.9, 0.800412, 0.701586])
check(adam_path, double, 1.0, 2, 0.1, 0.5, 0.5).gives([1.0, 0.9, 0.800127])
check(adam_path, faint, 1.0, 2, 0.1).gives([1.0, 0.95, 0.9])
solved(adam_path)
### BEGIN HIDDEN TESTS
for _steps in (0, 1, 5, 12):
    _start, _lr = fresh.floats(1).item() + 0.003, fresh.integer(1, 50) / 100
    _betas = (fresh.integer(0, 9) / 10, fresh.integer(5, 9) / 10)
    _w = nn.Parameter(torch.tensor(_start, dtype=torch.float64))
    _optimizer, _path = torch.optim.Adam([_w], lr=_lr, betas=_betas), [_start]
    for _ in range(_steps):
        _optimizer.zero_grad()
        (_w**2).backward()
        _optimizer.step()
        _path.append(_w.item())
    check(adam_path, double, _start, _steps, _lr, *_betas).gives(
        _path, tolerance=(1e-5, 1e-6)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: three variables</summary><code>w</code>, <code>m</code> and <code>s</code> live on between steps. Count the steps from 1: <code>range(1, steps + 1)</code>.</details>
# <details><summary>Hint 2: do not spoil m and s</summary>M and S are used in this step only. Keep them apart from <code>m</code> and <code>s</code>.</details>
# <details><summary>Hint 3: nearly there</summary>The last line of a step:
# <code>w = w - lr * (m / (1 - beta1**t)) / (math.sqrt(s / (1 - beta2**t)) + eps)</code>.</details>

# %% [markdown] rows=["S08.2"]
# ### ASGD: the mean of the way
#
# In practice slopes are noisy: each batch of data says something slightly different. SGD then never comes to rest. It trembles around the goal. **ASGD** (averaged SGD) adds an idea: the *mean* of the places
# trembles less. It does not write that mean into the parameter. It keeps it aside, in its state, as `ax`. And it starts averaging after `t0` steps.


# %% id="predict-asgd"
def trembling(**settings):
    """500 noisy steps towards 0: where the parameter is, and the mean that ASGD keeps."""
    torch.manual_seed(0)
    w = nn.Parameter(torch.tensor(5.0))
    optimizer = torch.optim.ASGD([w], lr=0.1, **settings)
    for _ in range(500):
        optimizer.zero_grad()
        ((w - torch.randn(())) ** 2).backward()
        optimizer.step()
    return w.item(), optimizer.state[w]["ax"].item()


predict(
    "500 steps of ASGD, with its settings as they come. Is the mean ax another number than w? True or False.",
    mine=...,
    truth=lambda: trembling()[0] != trembling()[1],
)

# %% rows=["S08.2"]
w, mean = trembling()
assert w == mean  # by itself it starts to average after t0 = a million steps
w, mean = trembling(t0=0)
print(f"the parameter: {w:+.3f}, the mean: {mean:+.3f}")
assert abs(mean) < 0.1 < abs(w)

# %% [markdown] rows=["S08.2"]
# A setting that you never looked at decides whether anything happens. ASGD is rare today. The idea lives on in `torch.optim.swa_utils.AveragedModel`, which averages the weights beside any optimizer.

# %% [markdown] rows=["S08.5", "S08.2"]
# ## 6 · Keep the weights small
#
# A network with huge weights is nervous: a tiny change of the input, a wild change of the output. Often that means it has learned its examples by heart. So we add a price for large weights. The usual one is
# **L2 regularisation**: the sum of all squared weights, times a small number. In torch you find it as a setting of the optimizer, **`weight_decay`**.
#
# What does it do? SGD adds `weight_decay * w` to each slope, and then steps as always. A rubber band pulls every weight towards 0, the harder the larger it is.


# %% id="predict-decay"
def fitted_slope(weight_decay):
    """Fit y = w * x to points on y = 3 * x, with a rubber band on w."""
    x = torch.tensor([[-1.0], [1.0]])
    line = zero_line()
    optimizer = torch.optim.SGD(line.parameters(), lr=0.1, weight_decay=weight_decay)
    for _ in range(200):
        optimizer.zero_grad()
        nn.MSELoss()(line(x), 3 * x).backward()
        optimizer.step()
    return line.weight.item()


predict(
    "The points lie exactly on y = 3 * x. The slope of the loss is 2 * (w - 3). "
    "With weight_decay = 2: at which w do the two pulls balance?",
    mine=...,
    truth=lambda: fitted_slope(2.0),
)

# %% rows=["S08.5", "S08.2"]
for decay in (0.0, 0.1, 1.0, 2.0):
    print(f"weight_decay {decay}: w = {fitted_slope(decay):.3f}")
    assert math.isclose(fitted_slope(decay), 6 / (2 + decay), rel_tol=1e-4)

w = nn.Parameter(torch.tensor([10.0, -10.0]))
optimizer = torch.optim.SGD([w], lr=0.1, weight_decay=0.5)
w.grad = torch.zeros(2)  # the data say nothing …
optimizer.step()
assert w.tolist() == [9.5, -9.5]  # … and the band pulls: 10 - 0.1 * 0.5 * 10

# %% [markdown] rows=["S08.5"]
# Now by hand. Which price in the *loss* has the slope `decay * w`? Think of `w ** 2`: its slope is `2 * w`.
#
# ### Exercise 8.9 · The same price, by hand
# ●●○○ · 7 minutes · 2 points
#
# Write `l2_penalty(weight, bias, decay)`: a number to add to the loss, such that plain SGD then does the same as SGD with `weight_decay=decay`. torch's `weight_decay` pulls at *all* parameters, so the bias
# counts too.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "l2_penalty"}
def l2_penalty(weight, bias, decay):
    """The price of large parameters, with the slope decay * parameter.

    weight, bias: float tensors of any shapes, with a graph; decay: float.
    Returns: 0-d tensor, connected to both.
    """
    ### BEGIN SOLUTION
    return decay / 2 * ((weight**2).sum() + (bias**2).sum())
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_l2_penalty", "points": 2}
check(
    l2_penalty,
    torch.tensor([[1.0, -2.0]], requires_grad=True),
    torch.tensor([3.0], requires_grad=True),
    0.1,
).gives(
    torch.tensor(0.7),
    graph=True,
    gradients={"weight": torch.tensor([[0.1, -0.2]]), "bias": torch.tensor([0.3])},
)
check(
    l2_penalty,
    torch.tensor([4.0], requires_grad=True),
    torch.tensor([0.0], requires_grad=True),
    0.5,
).gives(
    torch.tensor(4.0),
    graph=True,
    gradients={"weight": torch.tensor([2.0]), "bias": torch.tensor([0.0])},
)
solved(l2_penalty)
### BEGIN HIDDEN TESTS
for _shape in ((), (3,), (2, 4)):
    _w, _b = fresh.floats(*_shape, requires_grad=True), fresh.floats(2, requires_grad=True)
    _decay = fresh.integer(1, 30) / 100
    _price = _decay * (_w.detach().pow(2).sum() + _b.detach().pow(2).sum()) / 2
    check(l2_penalty, _w, _b, _decay).gives(
        _price,
        graph=True,
        gradients={"weight": _decay * _w.detach(), "bias": _decay * _b.detach()},
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the slope decides</summary>The value is a means to an end. What has the slope <code>decay * w</code>?</details>
# <details><summary>Hint 2: the half</summary>The slope of <code>w ** 2</code> is <code>2 * w</code>: twice too much.</details>
# <details><summary>Hint 3: nearly there</summary><code>decay / 2</code> times the sum of all squares, of the weight and of the bias.</details>

# %% [markdown] rows=["S08.5"]
# Your price against torch's setting, ten steps each. (The cell shows a hint until exercise 8.9 is solved.) In the picture you see the two ways by which a slope now comes to `weight`: through the data, and through the price. They are added.

# %% rows=["S08.5"]
priced, decayed = zero_line(), zero_line()
plain = torch.optim.SGD(priced.parameters(), lr=0.1)
with_setting = torch.optim.SGD(decayed.parameters(), lr=0.1, weight_decay=0.3)
picture = None
try:
    for _ in range(10):
        plain.zero_grad()
        with record() as tape:
            miss = x @ priced.weight.t() + priced.bias - y
            loss = (miss**2).mean() + l2_penalty(priced.weight, priced.bias, 0.3)
            loss.backward()
        plain.step()

        with_setting.zero_grad()
        ((decayed(x) - y) ** 2).mean().backward()
        with_setting.step()
    torch.testing.assert_close(priced.weight, decayed.weight)
    torch.testing.assert_close(priced.bias, decayed.bias)
    print(f"the same way: w = {priced.weight.item():.4f} and {decayed.weight.item():.4f}")
    picture = show_graph(tape)
except NotImplementedError:
    print("First write l2_penalty above; then run this cell again.")
picture

# %% [markdown] rows=["S08.5", "S08.2"]
# Two more things worth knowing.
#
# - **Not every parameter needs a band.** Usually one leaves the biases free. For that an optimizer takes *groups* of parameters, each with settings of its own.
# - **With Adam it is not the same.** Adam divides every slope by its usual size, and the pull of the band with it. So a strong band and a weak one make the same first step. `torch.optim.AdamW` pulls at the weights directly, after Adam's
#   arithmetic. With Adam, take that one.

# %% rows=["S08.5", "S08.2"]
line = zero_line()
optimizer = torch.optim.SGD(
    [
        {"params": [line.weight], "weight_decay": 0.5},
        {"params": [line.bias], "weight_decay": 0.0},
    ],
    lr=0.1,
)
assert [group["weight_decay"] for group in optimizer.param_groups] == [0.5, 0.0]


def pulled(make, weight_decay):
    """Where one step takes a weight of 10, when the data say nothing."""
    w = nn.Parameter(torch.tensor(10.0))
    w.grad = torch.tensor(0.0)
    make([w], lr=0.1, weight_decay=weight_decay).step()
    return round(w.item(), 4)


for make in (torch.optim.Adam, torch.optim.AdamW):
    print(
        f"{make.__name__:6} decay 0.5: {pulled(make, 0.5)}   decay 0.05: {pulled(make, 0.05)}"
    )
assert pulled(torch.optim.Adam, 0.5) == pulled(torch.optim.Adam, 0.05) == 9.9
assert (pulled(torch.optim.AdamW, 0.5), pulled(torch.optim.AdamW, 0.05)) == (9.5, 9.95)

# %% [markdown] rows=["S08.3"]
# ## 7 · First far, then careful
#
# You look for your keys. First you walk through the flat in large steps. Near the sofa you go on tiptoe. A **scheduler** does that with the learning rate: large at first, small at the end. It holds the optimizer and
# changes its `lr` each time you call `scheduler.step()`.

# %% rows=["S08.3"]
PLANS = {
    "ExponentialLR": lambda opt: lr_scheduler.ExponentialLR(opt, gamma=0.9),
    "StepLR": lambda opt: lr_scheduler.StepLR(opt, step_size=5, gamma=0.5),
    "CosineAnnealingLR": lambda opt: lr_scheduler.CosineAnnealingLR(opt, T_max=20),
    "LambdaLR": lambda opt: lr_scheduler.LambdaLR(opt, lambda epoch: 1 / (epoch + 1)),
}


def rates(plan, epochs):
    """The learning rate of each epoch, from 1.0 on."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = plan(optimizer)
    used = []
    for _ in range(epochs):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()  # here a real program would train
        scheduler.step()
    return used


fig, ax = plt.subplots(figsize=(6, 3.2))
for (name, plan), style in zip(PLANS.items(), ("-", "--", "-.", ":"), strict=True):
    ax.step(range(20), rates(plan, 20), style, where="post", label=name)
ax.set(xlabel="epoch", ylabel="learning rate", title="Four plans", xticks=range(0, 21, 5))
ax.legend()
plt.show()

torch.testing.assert_close(rates(PLANS["ExponentialLR"], 4), [1.0, 0.9, 0.81, 0.729])
torch.testing.assert_close(rates(PLANS["StepLR"], 11), [1.0] * 5 + [0.5] * 5 + [0.25])
torch.testing.assert_close(rates(PLANS["LambdaLR"], 3), [1.0, 1 / 2, 1 / 3])
assert math.isclose(rates(PLANS["CosineAnnealingLR"], 11)[10], 0.5)

# %% [markdown] rows=["S08.3"]
# `ExponentialLR` multiplies by `gamma` each time. `StepLR` does so only now and then. `LambdaLR` takes a function of yours: its answer is a *factor* for the first rate. The cosine comes down to 0 at `T_max`. And after it?

# %% id="predict-cosine"
predict(
    "CosineAnnealingLR with T_max=20 reaches 0 in epoch 20. Which rate has epoch 40?",
    mine=...,
    truth=lambda: rates(PLANS["CosineAnnealingLR"], 41)[40],
)

# %% rows=["S08.3"]
far = rates(PLANS["CosineAnnealingLR"], 41)
assert abs(far[20]) < 1e-6 and math.isclose(
    far[40], 1.0, rel_tol=1e-4
)  # up again, as a cosine does

# One scheduler looks at the loss instead of a plan: half the rate, when two epochs brought nothing new.
optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
for loss in (5.0, 4.0, 4.0, 4.0, 3.0):
    scheduler.step(loss)
    print(f"loss {loss}: rate {scheduler.get_last_lr()[0]}")
assert scheduler.get_last_lr() == [0.5]

# %% [markdown] rows=["S08.3"]
# ### Exercise 8.10 · Warm up, then glide
# ●●○○ · 7 minutes · 2 points
#
# Large networks are often started gently: the rate climbs to its full size first, and then follows a cosine down to 0. Write the factor for `LambdaLR`. In the first `warmup` epochs it climbs in equal steps and is 1 in the last of
# them: for 4 epochs ¼, ½, ¾, 1. From epoch number `warmup` on it is **(1 + cos(π · p)) / 2**, where `p` goes from 0 (in epoch `warmup`) to 1 (in epoch `total`). `warmup` may be 0.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "warmup_factor"}
def warmup_factor(epoch, warmup, total):
    """The factor for the learning rate in an epoch.

    epoch: int from 0 to total; warmup: int from 0 to total - 1; total: int.
    Returns: float from 0 to 1.
    """
    ### BEGIN SOLUTION
    if epoch < warmup:
        return (epoch + 1) / warmup
    return (1 + math.cos(math.pi * (epoch - warmup) / (total - warmup))) / 2
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_warmup_factor", "points": 2}
check(warmup_factor, 0, 4, 12).gives(0.25)
check(warmup_factor, 3, 4, 12).gives(1.0)
check(warmup_factor, 6, 4, 12).gives(0.853553)
check(warmup_factor, 12, 4, 12).gives(0.0)
check(warmup_factor, 0, 0, 10).gives(1.0)
solved(warmup_factor)
### BEGIN HIDDEN TESTS
for _warmup, _total in ((0, 1), (1, 2), (3, 9), (5, 30)):
    for _epoch in range(_total + 1):
        if _epoch < _warmup:
            _right = sum(1 / _warmup for _ in range(_epoch + 1))
        else:
            _right = math.cos(math.pi / 2 * (_epoch - _warmup) / (_total - _warmup)) ** 2
        check(warmup_factor, _epoch, _warmup, _total).gives(_right, tolerance=(1e-5, 1e-6))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two cases</summary><code>if epoch &lt; warmup</code>: climb. Else: glide.</details>
# <details><summary>Hint 2: where on the way down</summary><code>p</code> is how far you are past the warm-up, divided by how long the way down is.</details>
# <details><summary>Hint 3: nearly there</summary>Climbing: <code>(epoch + 1) / warmup</code>. Gliding: <code>p = (epoch - warmup) / (total - warmup)</code>, and
# <code>(1 + math.cos(math.pi * p)) / 2</code>.</details>

# %% [markdown] rows=["E06", "S08.3"]
# ### Claim check: the scheduler in the inner loop
#
# One text trains with `ExponentialLR(gamma=0.9)` and calls `scheduler.step()` right after `optimizer.step()`: once for every *batch*, not once an epoch. With some hundred batches in an epoch, how soon is the rate down to a thousandth?

# %% id="predict-e06"
predict(
    "0.9 per batch: after about how many batches is the rate a thousandth of the first? Write 10, 70 or 500.",
    mine=...,
    truth=lambda: min((10, 70, 500), key=lambda n: abs(math.log(1000 * 0.9**n))),
)

# %% rows=["E06", "S08.3"]
after_500 = rates(PLANS["ExponentialLR"], 501)[500]
print(f"after 500 batches the rate has been multiplied by {after_500:.1e}")
assert math.isclose(after_500, 0.9**500, rel_tol=1e-6) and after_500 < 1e-22

w = nn.Parameter(torch.tensor([3.0]))
with torch.no_grad():
    w -= after_500 * 1e6  # even a monstrous slope …
assert w.item() == 3.0  # … moves nothing in float32

# %% [markdown] rows=["E06", "S08.3"]
# The first epoch is not over, and the training is dead. Nobody is told: the loss stands still, as it does at the end of a good training.
#
# torch does warn of another slip, a scheduler that steps *before* the optimizer. Then the first rate of the plan is never used:

# %% rows=["S08.3"]
optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    scheduler.step()
assert "before `optimizer.step()`" in str(caught[0].message)
assert scheduler.get_last_lr() == [0.9]
print(str(caught[0].message).split(". ")[0])

# %% [markdown] rows=["E06", "S08.3"]
# ### Exercise 8.11 · Once an epoch
# ●●○○ · 7 minutes · 2 points
#
# Here is that loop, cut short. An **epoch** is one pass over all batches.


# %% id="broken-rates"
def broken_rates(model, batches, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    used = []
    for _ in range(epochs):
        for inputs, targets in batches:
            optimizer.zero_grad()
            F.mse_loss(model(inputs), targets).backward()
            optimizer.step()
            scheduler.step()
        used.append(scheduler.get_last_lr())
    return used


print(broken_rates(zero_line(), [(x, y), (x, y), (x, y)], 2))

# %% [markdown] rows=["E06", "S08.3"]
# Write `mended_rates`: it trains the model, lowers the rate **once an epoch**, and returns the rate that each epoch was trained with, as a list of floats. For three epochs: 0.1, 0.09, 0.081.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "mended_rates"}
def mended_rates(model, batches, epochs):
    """Train with SGD from lr = 0.1, times 0.9 after each epoch.

    model: a module, trained in place; batches: list of (inputs, targets) pairs of float32 tensors; epochs: int.
    Returns: list of float, the rate that was in use in each epoch.
    """
    ### BEGIN SOLUTION
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    used = []
    for _ in range(epochs):
        used.append(scheduler.get_last_lr()[0])
        for inputs, targets in batches:
            optimizer.zero_grad()
            F.mse_loss(model(inputs), targets).backward()
            optimizer.step()
        scheduler.step()
    return used
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_mended_rates", "points": 2}
check(mended_rates, zero_line(), [(x, y), (x, y)], 3).gives([0.1, 0.09, 0.081])
check(mended_rates, zero_line(), [(x, y)], 1).gives([0.1])

learner = zero_line()
check(mended_rates, learner, [(x, y)] * 20, 5).satisfies(
    lambda rates: F.mse_loss(learner(x), y).item() < 0.05, "the model has learned"
)
solved(mended_rates)
### BEGIN HIDDEN TESTS
for _count, _epochs in ((1, 4), (3, 3), (5, 2)):
    _model, _w, _b = zero_line(), 0.0, 0.0
    _batches = [
        (fresh.floats(4, 1).clamp(-2, 2), fresh.floats(4, 1)) for _ in range(_count)
    ]
    for _epoch in range(_epochs):
        for _x, _y in _batches:
            _miss, _rate = _w * _x + _b - _y, 0.1 * 0.9**_epoch
            _w, _b = (
                _w - _rate * 2 * (_miss * _x).mean().item(),
                _b - _rate * 2 * _miss.mean().item(),
            )
    check(mended_rates, _model, _batches, _epochs).gives(
        [0.1 * 0.9**_epoch for _epoch in range(_epochs)], tolerance=(1e-5, 1e-6)
    )
    torch.testing.assert_close(_model.weight.item(), _w, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(_model.bias.item(), _b, rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which loop</summary>Which of the two loops is the epoch, and which the batch? One line has to move to the left.</details>
# <details><summary>Hint 2: which rate</summary>Write the rate down <em>before</em> the batches of the epoch. After <code>scheduler.step()</code> it is the next one already.</details>
# <details><summary>Hint 3: nearly there</summary><code>get_last_lr()</code> is a list, one rate for each group of parameters: take <code>[0]</code> of it.</details>

# %% [markdown] rows=["S08.4"]
# ## 8 · The first program
#
# Everything in one place: a small program that learns a curve. There is a secret polynomial of degree 4. In each round we see 32 points of it, and a linear layer guesses its numbers. How can a *linear* layer do that? We give it `x`, `x²`, `x³` and `x⁴` as
# four inputs. For the layer these are four numbers like any others.

# %% rows=["S08.4", "E23"]
device = best_device()
DEGREE = 4
torch.manual_seed(5000)
secret_weights = torch.randn(DEGREE, 1) * 5
secret_bias = torch.randn(1) * 5


def make_features(x):
    """x, shape (n,) → shape (n, DEGREE): the columns x, x², x³, x⁴."""
    return torch.stack([x**power for power in range(1, DEGREE + 1)], dim=1)


def get_batch(size=32):
    """Points of the secret curve, from left to right: x (n,), features (n, DEGREE), targets (n, 1)."""
    x = torch.randn(size).sort().values
    features = make_features(x)
    targets = features @ secret_weights + secret_bias
    return x.to(device), features.to(device), targets.to(device)


assert make_features(torch.tensor([2.0, -1.0])).tolist() == [[2, 4, 8, 16], [-1, 1, -1, 1]]

# %% [markdown] rows=["S08.4"]
# `smooth_l1` is a good loss here: far out, `x⁴` is huge, and a square of that would throw the layer about. We stop when the loss of a batch is under 0.001. Watch the curve being learned; pause, or change the learning rate while it runs.

# %% rows=["S08.4", "S08.1", "E25"]
layer = nn.Linear(DEGREE, 1).to(device)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
watch = show_training(layer, optimizer, name="A polynomial is learned")

for batch in range(1, 20_001):
    xs, features, targets = get_batch()
    output = layer(features)
    loss = F.smooth_l1_loss(output, targets)
    optimizer.zero_grad()
    loss.backward()
    now_and_then = (xs, output[:, 0], targets[:, 0]) if batch % 20 == 1 else None
    watch.log(loss=loss, predictions=now_and_then)
    optimizer.step()
    if loss.item() < 1e-3:
        break

watch.finish()
print(f"loss {loss.item():.6f} after {batch} batches")
assert loss.item() < 1e-3 and 100 < batch < 20_000

# %% rows=["S08.4"]
xs, features, targets = (part.cpu() for part in get_batch())
with torch.no_grad():
    learned = layer.cpu()(features)

fig, ax = plt.subplots(figsize=(6, 3.4))
ax.plot(xs, targets, "o", label="points of the secret curve")
ax.plot(xs, learned, "-", label="what the layer learned")
ax.set(xlabel="x", ylabel="y", title=f"After {batch} batches")
ax.legend()
plt.show()
assert (layer.weight.flatten() - secret_weights.flatten()).abs().max() < 0.3

# %% [markdown] rows=["E06", "S08.4"]
# The layer's output goes into the loss as it is. Some texts put a ReLU behind the last layer of such a network. ReLU cuts off everything below 0, so a target of −5 can never be met. And where it cuts, it lets no slope
# through: the network is not even told.

# %% rows=["E06"]
score = torch.tensor([-3.0], requires_grad=True)
output = F.relu(score)
F.smooth_l1_loss(output, torch.tensor([-5.0])).backward()
print("output", output.item(), "  slope", score.grad.item())
assert output.item() == 0.0 and score.grad.item() == 0.0

# %% [markdown] rows=["S08.4", "E23"]
# Two remarks on the program. It asks one batch whether it may stop, and a *lucky* batch can say yes too early; [chapter 10](../10_training/10_training.ipynb) does better. And it sorts each batch. Is that good for learning?

# %% id="predict-sorted"
shuffled = torch.randperm(32)


def losses_of(order):
    return F.smooth_l1_loss(layer(features[order]), targets[order]).item()


predict(
    "The same 32 points, sorted or shuffled. Do the two losses differ by more than rounding? True or False.",
    mine=...,
    truth=lambda: (
        not math.isclose(losses_of(slice(None)), losses_of(shuffled), rel_tol=1e-4)
    ),
)

# %% [markdown] rows=["E23"]
# ### Claim check: `np.sort(torch.randn(n))`
#
# A mean does not care about the order. The points are sorted *for the plot only*: a line through shuffled points is a scribble. Some programs let NumPy sort the tensor. See what comes of it:

# %% rows=["E23"]
assert math.isclose(losses_of(slice(None)), losses_of(shuffled), rel_tol=1e-4)

unsorted = torch.tensor([3.0, 1.0, 2.0])
from_numpy = np.sort(unsorted)
print(type(from_numpy))
assert not isinstance(from_numpy, torch.Tensor)  # it left torch …
try:
    np.sort(torch.tensor([3.0, 1.0], requires_grad=True))
    raise AssertionError("NumPy sorted it")
except RuntimeError as error:
    print(error)  # … and with a graph it cannot

ordered, places = torch.sort(unsorted)  # torch's own gives two answers
assert ordered.tolist() == [1.0, 2.0, 3.0] and places.tolist() == [1, 2, 0]
assert torch.equal(unsorted.sort().values, torch.from_numpy(from_numpy))

# %% [markdown] rows=["E24", "S08.4"]
# ### Claim check: the printed polynomial
#
# At the end such a program prints what it learned. This is how one text builds the line:


# %% rows=["E24"]
def printed_wrong(weights, bias):
    line = "y ="
    for i, weight in enumerate(weights):
        line += f" {weight:+.2f} x^{len(weights) - i}"
    return line + f" {bias[0]:+.2f}"


only_x = torch.tensor([10.0, 0.0, 0.0, 0.0])  # y = 10 * x
at_two = (make_features(torch.tensor([2.0])) @ only_x).item()
print(printed_wrong(only_x, torch.zeros(1)))
assert at_two == 20  # 10 * 2 …
assert "+10.00 x^4" in printed_wrong(
    only_x, torch.zeros(1)
)  # … and the text says 10 * 2⁴ = 160

# %% [markdown] rows=["E24", "S08.4"]
# It learned the right thing and printed a wrong one. It even printed the *truth* wrong, in the same way, so the two lines agreed and nobody saw it.
#
# ### Exercise 8.12 · Say what you learned
# ●○○○ · 6 minutes · 2 points
#
# Write `in_words(weights, bias)`. `weights` is a layer's weight, shape `(1, d)`, and belongs to x, x², x³ … in this order. Every number has its sign and two digits: `y = -1.50 x^1 +2.00 x^2 +0.25`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "in_words"}
def in_words(weights, bias):
    """A polynomial as text.

    weights: float, shape (1, d), for x^1 … x^d; bias: float, shape (1,).
    Returns: str such as "y = -1.50 x^1 +2.00 x^2 +0.25".
    """
    ### BEGIN SOLUTION
    parts = [f"{w:+.2f} x^{power}" for power, w in enumerate(weights[0].tolist(), start=1)]
    return " ".join(["y =", *parts, f"{bias.item():+.2f}"])
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_in_words", "points": 2}
check(in_words, torch.tensor([[-1.5, 2.0]]), torch.tensor([0.25])).gives(
    "y = -1.50 x^1 +2.00 x^2 +0.25"
)
check(in_words, torch.tensor([[10.0, 0.0, 0.0, 0.0]]), torch.tensor([-3.0])).gives(
    "y = +10.00 x^1 +0.00 x^2 +0.00 x^3 +0.00 x^4 -3.00"
)
solved(in_words)
### BEGIN HIDDEN TESTS
for _d in (1, 3, 6):
    _weights, _bias = fresh.floats(1, _d), fresh.floats(1)
    _text = "y = "
    for _i in range(_d):
        _text += format(_weights[0, _i].item(), "+.2f") + f" x^{_i + 1} "
    check(in_words, _weights, _bias).gives(_text + format(_bias[0].item(), "+.2f"))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a number as text</summary><code>f"{2.0:+.2f}"</code> gives <code>+2.00</code>. The plus asks for the sign in any case.</details>
# <details><summary>Hint 2: the power</summary><code>enumerate(…, start=1)</code> counts from 1, as the powers do.</details>
# <details><summary>Hint 3: nearly there</summary>Build a list of parts such as <code>f"{w:+.2f} x^{power}"</code>, over <code>weights[0].tolist()</code>, and join them with spaces.</details>

# %% id="use-in-words" rows=["S08.4"]
try:
    print("learned:", in_words(layer.weight.detach(), layer.bias.detach()))
    print("secret: ", in_words(secret_weights.t(), secret_bias))
except NotImplementedError:
    print("First write in_words above; then run this cell again.")
assert layer.weight.shape == secret_weights.t().shape == (1, DEGREE)

# %% [markdown] rows=["S08.2", "S08.3", "E06"]
# ## 9 · Tell it in words
#
# Four trainings of one small network on the digits. Everything is the same in them, except for the learning rate and what happens to it.

# %% rows=["S08.2", "S08.3", "E06"]
TRAININGS = {"A": (0.04, None), "B": (0.5, None), "C": (8.0, None), "D": (0.5, 0.9)}


def four_curves(rate, gamma_per_batch, epochs=8):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=gamma_per_batch or 1.0)
    means = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(pixels)).split(128):
            loss = F.cross_entropy(net(pixels[rows]), digits[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            total += loss.item() * len(rows)
        means.append(total / len(pixels))
    return means


curves = {name: four_curves(*settings) for name, settings in TRAININGS.items()}
fig, ax = plt.subplots(figsize=(6, 3.6))
for (name, means), style in zip(curves.items(), ("-o", "-s", "-^", "-d"), strict=True):
    ax.plot(range(1, 9), means, style, label=name)
ax.axhline(math.log(10), color="grey", linestyle=":", label="log(10)")
ax.set(xlabel="epoch", ylabel="mean cross entropy", ylim=(0, 5), title="Who learns?")
ax.legend(loc="upper right")
plt.show()
assert curves["B"][-1] < 0.5 < 1.5 < min(curves["A"][-1], curves["C"][-1], curves["D"][-1])

# %% [markdown] rows=["S08.2", "S08.3", "E06"]
# ### Exercise 8.13 · Read the curves
# ●●○○ · 10 minutes · 3 points
#
# *A person reads this answer.* In the cell below, write six to ten sentences. What happens in each of A, B, C and D, and how do you see it? (The table `TRAININGS` tells you the rates; D also multiplies its rate by 0.9 after every batch.) A and D both stay high: how could you tell them apart without
# the table? What would you change first in A, in C and in D? And what is the dotted line good for?

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "explain_curves", "points": 3}
# ### BEGIN SOLUTION
# A full answer says: A creeps. Its rate, 0.04, is too small; the loss falls a little in every epoch and would go on falling for a long time. B falls quickly and then ever more slowly: a good rate. C has a rate far too large: the first steps throw the weights so far away that the
# loss is above log(10), worse than knowing nothing, and it never recovers. D begins like B, but its rate is multiplied by 0.9 after each of the 15 batches of an epoch, so it is nearly zero after a few epochs; the curve falls at first and then freezes, dead straight.
# A still moves in the last epochs while D does not move at all; printing the rate, or the size of the steps, would show it too. First change: in A a rate about ten times larger; in C one that is ten to a hundred times smaller; in D scheduler.step() once an epoch.
# The dotted line is the loss of a network that knows nothing about ten classes: a curve on it or above it has learned nothing.
#
# Points: 1 for what happens in all four, 1 for telling A from D by the slope at the end (or by the rate), 1 for sensible changes and the meaning of log(10).
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - A loss puts one number on how wrong you are, and decides what is learned: MSE the mean, L1 the median. Build it, then call it; same shapes on both sides.
# - `BCEWithLogitsLoss` and `CrossEntropyLoss` take scores: no sigmoid and no softmax before them. A clueless classifier for `n` classes has the loss log(n).
# - `zero_grad`, `backward`, `step`. The optimizer never sees the loss; it reads `.grad`. Since torch 2.0 `zero_grad` means `None`.
# - An error that says “does not require grad” has found a cut. Find it too; a flag on the loss only silences it.
# - The learning rate is the first thing to look at: the loss creeps, falls, or jumps about.
# - `weight_decay` is a price of `decay / 2` times the squares. With Adam, use AdamW.
# - `scheduler.step()` comes once an epoch, after the optimizer's.
#
# | I want | I write |
# |---|---|
# | a loss for numbers | `nn.MSELoss()`; `nn.SmoothL1Loss()` when some targets are wild |
# | a loss for yes or no | `nn.BCEWithLogitsLoss()(scores, targets)`, both float, one shape |
# | a loss for one of many | `nn.CrossEntropyLoss()(scores, labels)`, labels int64, shape `(n,)` |
# | one loss for each element | `reduction="none"` |
# | plain steps, rolling steps | `torch.optim.SGD(model.parameters(), lr=…, momentum=0.9)` |
# | steps of about the same size for all | `torch.optim.Adam(model.parameters(), lr=1e-3)` |
# | small weights | `weight_decay=…` in SGD or AdamW |
# | settings for some parameters only | a list of dicts: `{"params": …, "weight_decay": 0.0}` |
# | the rate in use | `optimizer.param_groups[0]["lr"]`, `scheduler.get_last_lr()` |
# | a lower rate each epoch | `lr_scheduler.ExponentialLR(optimizer, gamma=0.9)` |
# | a lower rate when nothing improves | `lr_scheduler.ReduceLROnPlateau(optimizer)`, `scheduler.step(loss)` |
#
# Next: [chapter 09](../09_data_loading/09_data_loading.ipynb), where the data come in trays.

# %% [markdown]
# ### Exercise 8.14 · Quiz
# ●○○○ · 6 minutes · 3 points
#
# One letter for each question.
#
# **q1** The prediction has the shape `(8, 1)`, the target `(8,)`. `nn.MSELoss()` of the two
# - (a) raises an error
# - (b) compares each prediction with its own target
# - (c) warns, and compares each prediction with every target
#
# **q2** What does `nn.CrossEntropyLoss()` take?
# - (a) probabilities of the shape `(n, classes)`, and labels as float
# - (b) scores of the shape `(n, classes)`, and labels as int64, shape `(n,)`
# - (c) the number of the class with the highest score, and labels as int64
#
# **q3** The right order in a round is
# - (a) `backward`, `zero_grad`, `step`
# - (b) `zero_grad`, `backward`, `step`
# - (c) `step`, `backward`, `zero_grad`
#
# **q4** Two parameters have the slopes 100 and 0.01. In Adam's first step
# - (a) both go equally far
# - (b) the first goes 10,000 times as far
# - (c) the first is clipped, the second is left alone
#
# **q5** SGD with `weight_decay=0.2` is the same as plain SGD with a loss that has, for each parameter `w`, the extra
# - (a) `0.2 * w ** 2`
# - (b) `0.1 * w ** 2`
# - (c) `0.2 * w.abs()`
#
# **q6** The loss of a training falls for some batches, then stands still to the last digit. Most likely
# - (a) the learning rate is too large
# - (b) the gradients were never cleared
# - (c) the scheduler is stepped with every batch

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "c", "q2": "b", "q3": "b", "q4": "a", "q5": "b", "q6": "c"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 3}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "c",
    "q2": "b",
    "q3": "b",
    "q4": "a",
    "q5": "b",
    "q6": "c",
}
### END HIDDEN TESTS

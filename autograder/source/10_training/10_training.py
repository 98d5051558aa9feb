# ---
# jupyter:
#   course:
#     title: "the training loop: from a batch to a trained network"
#     minutes: 150
#     needs:
#       - "07 nn.Module: layers, train() and eval()"
#       - "08 losses and optimizers: zero_grad, backward, step, and a schedule"
#       - "09 data loading: DataLoader, and a split with a seed"
#     objectives:
#       - "Write a training loop from an empty cell: one batch, one epoch, many epochs"
#       - "Measure a network honestly: the right mode, the right mean, data that it has not seen"
#       - "Stop at the right time, keep the best weights, and repeat a run from its config and its seed"
#       - "Find what is wrong in training programs that run without any error"
#       - "Train with batches larger than your memory, and tame slopes that are too steep"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 10 · The training loop: from a batch to a trained network
#
# **After this chapter you can**
# - write a training loop from an empty cell: one batch, one epoch, many epochs;
# - measure a network honestly: the right mode, the right mean, data that it has not seen;
# - stop at the right time, keep the best weights, and repeat a run from its config and its seed;
# - find what is wrong in training programs that run without any error;
# - train with batches larger than your memory, and tame slopes that are too steep.
#
# **Time:** about two and a half hours, with 13 exercises and a quiz. After section 5 your network reads handwriting: a good place for a break.
# **Before this:** chapters 07 (modules), 08 (losses and optimizers) and 09 (loaders).
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the dots *before* you run the
# cell.

# %% id="setup"
import copy
import math
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler
from torch.overrides import TorchFunctionMode
from torch.utils.data import DataLoader, TensorDataset, default_collate, random_split
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from course_utils import (
    best_device,
    check,
    check_quiz,
    fresh,
    load_digits,
    load_weather,
    predict,
    show_optimizer,
    solved,
)
from course_utils.widgets import show_loader, show_training

# Our tensors are tiny: several threads would spend their time waiting for each other.
torch.set_num_threads(1)
device = best_device()
print("this chapter computes on", device)

# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.

# %% id="recall-ragged"
predict(
    "A DataLoader hands out 1,079 samples in batches of 64. How many are in the last one?",
    mine=...,
    truth=lambda: len(list(DataLoader(range(1079), batch_size=64))[-1]),
)

# %% id="recall-dropout"
predict(
    "nn.Dropout(0.5) after eval(). What does it make of four ones? Write a list.",
    mine=...,
    truth=lambda: nn.Dropout(0.5).eval()(torch.ones(4)).tolist(),
)


# %% id="recall-clear"
def forgot_to_clear():
    w = torch.tensor(1.0, requires_grad=True)
    slopes = []
    for _ in range(3):
        (2 * w).backward()
        slopes.append(w.grad.item())
    return slopes


predict(
    "(2 * w).backward() three times, and nobody calls zero_grad. Which w.grad do you see "
    "after each? Write a list.",
    mine=...,
    truth=forgot_to_clear,
)

# %% [markdown] rows=["S10.1"]
# ## 1 · One batch
#
# You learn words of a foreign language with cards. You look at a card, you guess, you turn it over. Wrong? You correct yourself a little, and take the next card. When the
# box is empty you shuffle it and begin again. A network learns in the same way, and the words for it are soon told:
#
# | with cards | in torch |
# |---|---|
# | a handful of cards | a **batch** |
# | the box, once through | an **epoch** |
# | a test with cards that you never practised | **validation** |
#
# Our cards are the 1,797 handwritten digits of [chapter 09](../09_data_loading/09_data_loading.ipynb): 8 × 8 pixels, ink from 0 to 16. First we **load** them, and split them in three, by a ratio and a seed: most for training, some for validation on the way, and
# some for the very end.

# %% rows=["S10.1"]
images, labels = load_digits()
digits = TensorDataset(images.flatten(1) / 16, labels)
train_set, valid_set, test_set = random_split(
    digits, [0.6, 0.2, 0.2], generator=torch.Generator().manual_seed(10)
)

train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
valid_loader = DataLoader(valid_set, batch_size=256)  # to be measured only: no shuffling
test_loader = DataLoader(test_set, batch_size=256)

print(len(train_set), "to train,", len(valid_set), "to validate,", len(test_set), "to test")
assert len(train_set) + len(valid_set) + len(test_set) == len(digits) == 1797
seen, unseen = set(train_set.indices), set(valid_set.indices) | set(test_set.indices)
assert not seen & unseen

# %% [markdown] rows=["S10.1"]
# Next we **build** a network, and an optimizer for its parameters. The network goes to the device first; the optimizer then holds the parameters that are there.


# %% rows=["S10.1"]
def small_net(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).to(device)


net = small_net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

# %% [markdown] rows=["S10.1"]
# And now one batch. Seven lines, and you will find them in nearly every training program.

# %% rows=["S10.1"]
inputs, targets = next(iter(train_loader))
inputs, targets = inputs.to(device), targets.to(device)  # to where the network is

scores = net(inputs)  # forward: a guess
loss = F.cross_entropy(scores, targets)  # how wrong is it?
optimizer.zero_grad()  # forget the old slopes
loss.backward()  # find the new ones
optimizer.step()  # a small step down

again = F.cross_entropy(net(inputs), targets)
print(f"before the step {loss.item():.4f}, after it {again.item():.4f}")
assert scores.shape == (64, 10)
assert abs(loss.item() - math.log(10)) < 0.3  # clueless, as chapter 08 told you
assert again < loss  # the same cards: a little less wrong

# %% [markdown] rows=["S10.1"]
# Before you start a training that runs all night, repeat **this one batch** some hundred times. A healthy network learns 64 cards by heart. If it cannot do even that, something is broken, and you know after
# one second instead of after one night. What such a test finds, and what it does not:


# %% id="predict-mixed-labels"
def share_by_heart(labels, end=None, steps=300):
    """Train on one batch only; the share that is right in the end."""
    net = small_net()
    if end is not None:
        net.append(end)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(steps):
        loss = F.cross_entropy(net(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return (net(inputs).argmax(1) == labels).float().mean().item(), loss.item()


mixed = targets.roll(1)  # every picture has got the label of another picture

predict(
    "All labels are mixed up. Can the network learn this one batch by heart nevertheless? "
    "True or False.",
    mine=...,
    truth=lambda: share_by_heart(mixed)[0] == 1.0,
)

# %% rows=["S10.1"]
cases = {
    "healthy": share_by_heart(targets),
    "labels mixed up": share_by_heart(mixed),
    "a softmax too many": share_by_heart(targets, end=nn.Softmax(dim=1)),
}
for name, (share, loss) in cases.items():
    print(f"{name:20} right {share:4.0%}, loss {loss:.3f}")
assert cases["healthy"][1] < 0.05 and cases["labels mixed up"][1] < 0.1
assert cases["a softmax too many"][1] > 1.4  # the floor of chapter 08

# %% [markdown] rows=["S10.1"]
# So the test finds a faulty *network* and a faulty *loop*. It says nothing about the *data*: nonsense can be learned by heart as well as anything.
#
# ### Exercise 10.1 · The first test of a new loop
# ●●○○ · 7 minutes · 2 points
#
# Write `by_heart(model, inputs, labels, steps)`: train on this one batch for `steps` steps, with cross entropy and `torch.optim.Adam` at `lr=0.01`, and return the loss of the batch **after** the last step. It is only a test, so it must not
# touch the network that you want to train later: work on a `copy.deepcopy` of it. Then `assert by_heart(net, inputs, targets, 300) < 0.1` is the line to write above every new training.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "by_heart"}
def by_heart(model, inputs, labels, steps):
    """The loss of one batch after training on nothing else.

    model: gives scores, shape (n, classes), and is left alone; inputs: its input, n rows;
    labels: int64, shape (n,); steps: int >= 0.
    Returns: float.
    """
    ### BEGIN SOLUTION
    model = copy.deepcopy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        loss = F.cross_entropy(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return F.cross_entropy(model(inputs), labels).item()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_by_heart", "points": 2}
def blank_net():
    """Two inputs, two classes, and not the slightest idea."""
    layer = nn.Linear(2, 2)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def first_test(by_heart, model, inputs, labels, steps):
    """What by_heart says of a network, and what it did to that network."""
    before = copy.deepcopy(model.state_dict())
    loss = by_heart(model, inputs, labels, steps)
    same = all(torch.equal(before[name], now) for name, now in model.state_dict().items())
    return {"loss": loss, "left alone": same}


two, pair = torch.tensor([[1.0, 0.0], [0.5, 2.0]]), torch.tensor([0, 1])
check(first_test, by_heart, blank_net(), two, pair, 3).gives(
    {"loss": 0.6563656, "left alone": True}, tolerance=(1e-4, 1e-5)
)
check(first_test, by_heart, blank_net(), two, pair, 300).gives(
    {"loss": 0.0317868, "left alone": True}, tolerance=(1e-3, 1e-5)
)
check(first_test, by_heart, blank_net(), two, pair, 0).gives(
    {"loss": 0.6931472, "left alone": True}
)
solved(by_heart)
### BEGIN HIDDEN TESTS
for _n, _steps in ((1, 1), (4, 7), (6, 40)):
    _model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4)).double()
    _x, _y = fresh.floats(_n, 3, dtype=torch.float64), fresh.integers(0, 3, _n)
    _twin = copy.deepcopy(_model)
    _parameters = list(_twin.parameters())
    _optimizer = torch.optim.Adam(_parameters, lr=0.01)
    for _ in range(_steps):
        _loss = F.cross_entropy(_twin(_x), _y)
        for _p, _g in zip(
            _parameters, torch.autograd.grad(_loss, _parameters), strict=True
        ):
            _p.grad = _g
        _optimizer.step()
    check(first_test, by_heart, _model, _x, _y, _steps).gives(
        {"loss": F.cross_entropy(_twin(_x), _y).item(), "left alone": True},
        tolerance=(1e-4, 1e-6),
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: whose parameters?</summary>First the copy, then an optimizer for the parameters <em>of the copy</em>.</details>
# <details><summary>Hint 2: the loop</summary>The lines of the cell with one batch, <code>steps</code> times: forward, loss, <code>zero_grad</code>, <code>backward</code>, <code>step</code>.</details>
# <details><summary>Hint 3: nearly there</summary>In the loop the loss is from <em>before</em> the step. So after the loop calculate it once more, and return its <code>.item()</code>.</details>

# %% [markdown] rows=["S10.1", "S10.2"]
# ## 2 · One epoch
#
# One batch taught us a little. Now the whole box once. The loop around the seven lines is a `for` over the loader. On the left of its bar, `tqdm` shows how far we are; what we hand to `set_postfix` appears on the right.

# %% rows=["S10.1", "S10.2"]
net = small_net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
batch_losses, batch_sizes = [], []

net.train()  # training mode; section 3 says why
bar = tqdm(train_loader, desc="epoch 1", file=sys.stdout, ncols=70)
for x, y in bar:
    x, y = x.to(device), y.to(device)
    loss = F.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    batch_losses.append(loss.item())
    batch_sizes.append(len(x))
    bar.set_postfix(loss=f"{loss.item():.2f}", refresh=False)

assert bar.n == len(train_loader) == 17 and "loss=" in bar.postfix
assert batch_losses[-1] < batch_losses[0]
assert sum(batch_sizes) == len(train_set)

# %% [markdown] rows=["S10.2"]
# (`file=sys.stdout`: by itself tqdm writes to the channel for errors, and Jupyter paints that red.)
#
# A loss for each of 17 batches is too much to look at. We want **one number an epoch**: the mean over all samples. Each batch has given us the mean of *its* samples. Then the mean of those means …?

# %% id="predict-mean-of-means"
losses_of_two, sizes_of_two = torch.tensor([0.5, 4.0]), torch.tensor([63, 7])

predict(
    "63 samples have the mean loss 0.5; the last 7 have the mean loss 4.0. "
    "What is the mean loss of all 70? (Two digits after the point.)",
    mine=...,
    truth=lambda: round(((losses_of_two * sizes_of_two).sum() / 70).item(), 2),
)

# %% rows=["S10.2", "E21"]
every_sample = torch.cat([torch.full((63,), 0.5), torch.full((7,), 4.0)])
print("mean over the samples:", round(every_sample.mean().item(), 2))
print("mean of the two means:", losses_of_two.mean().item())
torch.testing.assert_close(
    every_sample.mean(), (losses_of_two * sizes_of_two).sum() / sizes_of_two.sum()
)
assert losses_of_two.mean() == 2.25  # the 7 counted as much as the 63

# %% [markdown] rows=["S10.2", "E21"]
# The last batch is often a small one. In the mean of means its few samples have as loud a voice as all 63 together, and in a shuffled loader they are other samples in each epoch: a restless, wrong number. **Weigh each batch by its size.**
#
# ### Exercise 10.2 · The mean of an epoch
# ●●○○ · 6 minutes · 2 points
#
# Write the class `EpochMean`. For each batch one calls `add(value, count)`, with the batch's mean and its number of samples; `result()` is the mean over all samples so far, a Python float. `value` may be a float or a loss straight from the network. A tensor with a graph
# would keep that whole graph alive, so store numbers only. Before anything was added the mean is `nan`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "EpochMean"}
class EpochMean:
    """The mean over samples, from the means of batches."""

    def __init__(self):
        ### BEGIN SOLUTION
        self.total, self.count = 0.0, 0
        ### END SOLUTION

    def add(self, value, count):
        """value: float or 0-d tensor, the mean of a batch; count: int, its number of samples."""
        ### BEGIN SOLUTION
        if isinstance(value, torch.Tensor):
            value = value.item()
        self.total += value * count
        self.count += count
        ### END SOLUTION

    def result(self):
        """Returns: float; nan when nothing was added."""
        ### BEGIN SOLUTION
        return self.total / self.count if self.count else math.nan
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_EpochMean", "points": 2}
def mean_of(batches):
    """The result after some batches, given as (mean, number of samples)."""
    mean = EpochMean()
    for value, count in batches:
        mean.add(value, count)
    return mean.result()


def holds_graph(thing):
    """Whether there is a tensor with a graph in it."""
    if isinstance(thing, torch.Tensor):
        return thing.requires_grad
    if isinstance(thing, dict):
        return any(holds_graph(part) for part in thing.values())
    return isinstance(thing, (list, tuple)) and any(holds_graph(part) for part in thing)


def mean_of_losses(batches):
    """The same, but the means are tensors that hang on a graph, as losses do."""
    w, mean = torch.ones((), requires_grad=True), EpochMean()
    for value, count in batches:
        mean.add(w * value, count)
    return {"mean": mean.result(), "keeps a graph": holds_graph(vars(mean))}


check(mean_of, [(0.5, 63), (4.0, 7)]).gives(0.85)
check(mean_of, [(1.0, 4), (2.0, 4), (9.0, 2)]).gives(3.0)
check(mean_of_losses, [(2.0, 8), (1.0, 8), (8.0, 4)]).gives(
    {"mean": 2.8, "keeps a graph": False}
)
check(mean_of, []).gives(math.nan)
solved("EpochMean")
### BEGIN HIDDEN TESTS
for _n in (1, 2, 7):
    _batches = [(v, fresh.integer(1, 9)) for v in fresh.floats(_n).abs().tolist()]
    _all = [v for v, c in _batches for _ in range(c)]
    check(mean_of, _batches).gives(sum(_all) / len(_all))
    check(mean_of_losses, _batches).gives(
        {"mean": sum(_all) / len(_all), "keeps a graph": False}, tolerance=(1e-5, 1e-6)
    )
_one, _other = EpochMean(), EpochMean()
_one.add(5.0, 2)
assert math.isnan(_other.result()), "Two EpochMeans share what they remember."
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two numbers</summary>Remember a sum over samples and how many they were. Both begin at 0.</details>
# <details><summary>Hint 2: back from a mean</summary>The mean of a batch times its number of samples is the batch's sum.</details>
# <details><summary>Hint 3: nearly there</summary><code>self.total += value * count</code> and <code>self.count += count</code>. A tensor becomes a number first: <code>if isinstance(value, torch.Tensor): value = value.item()</code>. In <code>result</code> think of <code>count == 0</code>.</details>

# %% [markdown] rows=["S10.1"]
# A loss is for the optimizer. People ask “how many were right?”
#
# ### Exercise 10.3 · How many were right?
# ●○○○ · 4 minutes · 1 point
#
# Write `accuracy(scores, labels)`: the share of rows whose highest score stands at the label, from 0.0 to 1.0.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "accuracy"}
def accuracy(scores, labels):
    """The share of right answers.

    scores: float, shape (n, classes), n >= 1; labels: int64, shape (n,).
    Returns: float from 0.0 to 1.0.
    """
    ### BEGIN SOLUTION
    return (scores.argmax(dim=1) == labels).float().mean().item()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_accuracy", "points": 1}
four = torch.tensor([[5.0, 1.0, 0.0], [-1.0, -2.0, -3.0], [0.0, 2.0, 9.0], [4.0, 3.0, 1.0]])
check(accuracy, four, torch.tensor([0, 0, 2, 1])).gives(0.75)
check(accuracy, four, torch.tensor([1, 1, 0, 2])).gives(0.0)
check(accuracy, four[:3], torch.tensor([2, 2, 2])).gives(1 / 3)
solved(accuracy)
### BEGIN HIDDEN TESTS
for _n, _classes in ((1, 2), (3, 3), (9, 4), (40, 10)):
    for _scores in fresh.layouts(
        fresh.floats(_n, _classes) + torch.rand(_n, _classes) / 200
    ):
        _labels = fresh.integers(0, _classes - 1, _n)
        _right = sum(
            row.index(max(row)) == label
            for row, label in zip(_scores.tolist(), _labels.tolist(), strict=True)
        )
        check(accuracy, _scores, _labels).gives(_right / _n)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the guess</summary>The network's guess for a row is the place of its highest score: <code>argmax</code>, along the classes.</details>
# <details><summary>Hint 2: a share</summary><code>==</code> gives a bool tensor. A mean needs floats: <code>.float().mean()</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>scores.argmax(dim=1) == labels</code>, its mean, and <code>.item()</code>.</details>

# %% [markdown] rows=["S10.1", "S10.2"]
# ### Exercise 10.4 · One epoch, to keep
# ●●○○ · 9 minutes · 3 points
#
# Write `one_epoch(model, loader, loss_fn, optimizer, device)`: training mode on, then for every batch: to the device, forward, loss, clear, backward, step. Return the mean loss over all samples as a float, each batch weighed by its size. Count the samples that you *see*: a loader with `drop_last=True` hands
# out fewer than its dataset has. (The tests hand out tensors that refuse every calculation until `.to(device)` was called on them. So a batch left behind is found here, without a GPU too.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "one_epoch"}
def one_epoch(model, loader, loss_fn, optimizer, device):
    """Train a model on each batch once.

    model: a module on device, trained in place; loader: hands out pairs (inputs, targets);
    loss_fn: takes (output, targets), gives the batch's mean loss; optimizer: holds the model's parameters.
    Returns: float, the mean loss over all samples seen.
    """
    ### BEGIN SOLUTION
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        count += len(inputs)
    return total / count
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_one_epoch", "points": 3}
class StillOnHost(torch.Tensor):
    """A tensor that plays “on another device”: only .to(…) and questions about its shape are allowed."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            if func in (torch.Tensor.to, torch.Tensor.cuda, torch.Tensor.cpu):
                return func(*args, **(kwargs or {})).as_subclass(torch.Tensor)
            if func.__name__ in ("__get__", "size", "__len__", "dim", "numel", "__repr__"):
                return func(*args, **(kwargs or {}))
        raise RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices"
        )


def from_host(inputs, targets, batch_size, drop_last=False):
    """A loader in plain order, whose batches still have to be sent to the device."""

    def join(samples):
        return [part.as_subclass(StillOnHost) for part in default_collate(samples)]

    return DataLoader(
        TensorDataset(inputs, targets), batch_size, collate_fn=join, drop_last=drop_last
    )


class NotingLine(nn.Module):
    """y = w * x + b, from zero, with notes about the modes in which it was called."""

    def __init__(self):
        super().__init__()
        self.w, self.b = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
        self.modes = []

    def forward(self, x):
        self.modes.append((self.training, torch.is_grad_enabled()))
        return x * self.w + self.b


def after_one_epoch(one_epoch, inputs, targets, batch_size, drop_last=False):
    """What one epoch makes of a line y = w * x + b that begins with zeros."""
    line = NotingLine().eval()
    optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
    loader = from_host(inputs, targets, batch_size, drop_last)
    loss = one_epoch(line, loader, nn.MSELoss(), optimizer, "cpu")
    return {
        "mean loss": loss,
        "w": line.w.item(),
        "b": line.b.item(),
        "training mode": all(training for training, _ in line.modes),
    }


xs, ys = torch.tensor([[1.0], [-1.0], [2.0]]), torch.tensor([[2.0], [0.0], [5.0]])
check(after_one_epoch, one_epoch, xs, ys, 3).gives(
    {"mean loss": 29 / 3, "w": 0.8, "b": 0.4666667, "training mode": True},
    tolerance=(1e-4, 1e-5),
)
check(after_one_epoch, one_epoch, xs, ys, 2).gives(
    {"mean loss": 7.7866667, "w": 1.96, "b": 1.08, "training mode": True},
    tolerance=(1e-4, 1e-5),
)
check(after_one_epoch, one_epoch, xs, ys, 2, True).gives(
    {"mean loss": 2.0, "w": 0.2, "b": 0.2, "training mode": True}, tolerance=(1e-4, 1e-5)
)
solved(one_epoch)
### BEGIN HIDDEN TESTS
for _n, _size, _drop in ((1, 1, False), (7, 3, False), (7, 3, True), (8, 2, False)):
    _x, _y = fresh.floats(_n, 1).clamp(-2, 2), fresh.floats(_n, 1)
    _w = _b = _total = 0.0
    _count = 0
    for _start in range(0, _n, _size):
        _bx, _by = (t[_start : _start + _size, 0].double() for t in (_x, _y))
        if _drop and len(_bx) < _size:
            break
        _miss = _w * _bx + _b - _by
        _total, _count = _total + (_miss**2).sum().item(), _count + len(_bx)
        _w, _b = (
            _w - 0.2 * (_miss * _bx).mean().item(),
            _b - 0.2 * _miss.mean().item(),
        )
    check(after_one_epoch, one_epoch, _x, _y, _size, _drop).gives(
        {
            "mean loss": _total / _count,
            "w": _w,
            "b": _b,
            "training mode": True,
        },
        tolerance=(1e-3, 1e-4),
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the frame</summary><code>model.train()</code> once, then <code>for inputs, targets in loader:</code>. The lines inside are those of section 1.</details>
# <details><summary>Hint 2: the mean</summary>Two counters, <code>total</code> and <code>count</code>, or your <code>EpochMean</code>. The loss is a mean: times <code>len(inputs)</code> it is a sum.</details>
# <details><summary>Hint 3: nearly there</summary>At the end of each round: <code>total += loss.item() * len(inputs)</code> and <code>count += len(inputs)</code>. After the loop <code>return total / count</code>.</details>

# %% [markdown] rows=["S10.1", "S10.2", "E06"]
# ## 3 · A look from outside
#
# You know your own cards by heart. Do you know the language? Ask somebody for cards that you never saw. For a network this is **validation**, and it differs from training in three things: no step, no graph, and **eval mode**. Two kinds of layers behave
# differently in training: Dropout throws activations away at random, and BatchNorm uses the mean of *this batch* ([chapter 07](../07_modules/07_modules.ipynb)).
#
# Some training programs never call `train()` and `eval()`. They run. What do they measure?

# %% rows=["E06", "S10.2"]
torch.manual_seed(0)
noisy = nn.Sequential(
    nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10)
).to(device)
optimizer = torch.optim.Adam(noisy.parameters(), lr=0.01)
for _ in range(3):
    for x, y in train_loader:
        loss = F.cross_entropy(noisy(x.to(device)), y.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

unseen_x, unseen_y = (part.to(device) for part in valid_set[:])


def right_now():
    with torch.no_grad():
        return (noisy(unseen_x).argmax(1) == unseen_y).float().mean().item()


noisy.train()
in_training_mode = [right_now() for _ in range(3)]
noisy.eval()
in_eval_mode = [right_now() for _ in range(3)]

print("training mode:", [f"{share:.1%}" for share in in_training_mode])
print("eval mode:    ", [f"{share:.1%}" for share in in_eval_mode])
assert len(set(in_training_mode)) > 1  # the same question, another answer each time
assert len(set(in_eval_mode)) == 1 and in_eval_mode[0] > max(in_training_mode)

# %% [markdown] rows=["E06", "S10.2"]
# Without `eval()` the number is too low, and it trembles. Worse is what you do not see:


# %% id="predict-drift"
def mean_after_looking(mode):
    """The BatchNorm's running mean, before and after a look at other data under no_grad."""
    copied = copy.deepcopy(noisy).train(mode)
    before = copied[1].running_mean.clone()
    with torch.no_grad():
        copied(unseen_x)
    return before, copied[1].running_mean


predict(
    "Training mode, but under no_grad. You only look at validation data. "
    "Does that change what the network will answer later? True or False.",
    mine=...,
    truth=lambda: not torch.equal(*mean_after_looking(True)),
)

# %% rows=["E06", "S10.2"]
assert not torch.equal(*mean_after_looking(True))  # the network learned from the test!
assert torch.equal(*mean_after_looking(False))

noisy.train()
try:
    noisy(unseen_x[:1])
    raise AssertionError("BatchNorm accepted one row")
except ValueError as error:
    print(error)
assert noisy.eval()(unseen_x[:1]).shape == (1, 10)

# %% [markdown] rows=["E06", "S10.2"]
# `no_grad` stops the recording of the graph, and no more. BatchNorm's running mean is not a matter of gradients: in training mode it moves with every look. And the error is one to remember: a mean and a spread of *one* value make no sense, so in training mode BatchNorm refuses a batch of one. You meet it when the
# last batch of a loader happens to be that small.
#
# `eval()` and `no_grad()` do different things. **For measuring you want both**, and afterwards the mode that the network came in.
#
# ### Exercise 10.5 · Measure, to keep
# ●●○○ · 8 minutes · 3 points
#
# Write `evaluate(model, loader, loss_fn, device)`. It returns two floats, the mean loss and the accuracy, both over all *samples* of the loader. Eval mode, no graph, nothing learned, and afterwards the model is in the mode it came in. (Is a part of it frozen in eval mode? Then every part needs its own mode back, as in exercise 7.13.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "evaluate"}
def evaluate(model, loader, loss_fn, device):
    """How good is a model on the data of a loader?

    model: a module on device that gives scores; loader: hands out pairs (inputs, labels);
    loss_fn: takes (scores, labels), gives the batch's mean loss.
    Returns: (mean loss, accuracy), two floats.
    """
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            scores = model(inputs)
            total += loss_fn(scores, labels).item() * len(labels)
            right += (scores.argmax(dim=1) == labels).sum().item()
            count += len(labels)
    model.train(was_training)
    return total / count, right / count
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_evaluate", "points": 3}
class NotingScores(nn.Module):
    """Its input is its scores; it notes the modes in which it was called."""

    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(1))
        self.modes = []

    def forward(self, x):
        self.modes.append((self.training, torch.is_grad_enabled()))
        return x * self.factor


def measured(evaluate, scores, labels, batch_size, training):
    """What evaluate returns for these scores, in which modes it worked, and the mode it left."""
    model = NotingScores().train(training)
    answer = evaluate(
        model, from_host(scores, labels, batch_size), nn.CrossEntropyLoss(), "cpu"
    )
    return {
        "answer": answer,
        "in eval mode": not any(was for was, _ in model.modes),
        "without a graph": not any(recorded for _, recorded in model.modes),
        "left in": "training" if model.training else "eval",
    }


three = torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]])
well_done = {"in eval mode": True, "without a graph": True}
check(measured, evaluate, three, torch.tensor([0, 1, 1]), 3, True).gives(
    {"answer": (1.1629257, 2 / 3), **well_done, "left in": "training"}
)
check(measured, evaluate, three, torch.tensor([0, 1, 1]), 2, False).gives(
    {"answer": (1.1629257, 2 / 3), **well_done, "left in": "eval"}
)
solved(evaluate)
### BEGIN HIDDEN TESTS
for _n, _size in ((1, 4), (7, 3), (9, 2)):
    for _training in (True, False):
        _scores, _labels = fresh.floats(_n, 5), fresh.integers(0, 4, _n)
        _right = (_scores.max(1).indices == _labels).sum().item()
        check(measured, evaluate, _scores, _labels, _size, _training).gives(
            {
                "answer": (F.cross_entropy(_scores, _labels).item(), _right / _n),
                **well_done,
                "left in": "training" if _training else "eval",
            },
            tolerance=(1e-4, 1e-6),
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: three counters</summary>The sum of the losses, the number of right answers, the number of samples. Divide at the very end.</details>
# <details><summary>Hint 2: both</summary><code>model.eval()</code> and <code>with torch.no_grad():</code>. Remember <code>model.training</code> before; <code>model.train(was_training)</code> brings it back, for True and for False.
# </details>
# <details><summary>Hint 3: nearly there</summary>In the loop: scores, then <code>total += loss.item() * len(labels)</code>, <code>right += (scores.argmax(dim=1) == labels).sum().item()</code>,
# <code>count += len(labels)</code>.</details>

# %% [markdown] rows=["S10.1", "E30"]
# ## 4 · Many epochs, and when to stop
#
# The loop around the loop: an epoch of training, a look from outside, and again. When is it enough?
#
# ### Claim check: “train until the loss is small enough, or for a fixed number of epochs”
#
# Texts often end the loop in one of these two ways. Let us watch a training that makes the question hard: few digits, a large network, and every fifth label was typed wrong, as it happens in life. The validation labels are right. (One cell, the whole procedure: build, load, iterate, forward, loss, zero, backward, step, validate,
# repeat.)

# %% rows=["S10.1", "E30", "S10.5"]
few_x, few_y = digits[train_set.indices[:400]]
few_y = few_y.clone()
few_y[::5] = (few_y[::5] + 1) % 10  # every fifth one is wrong

torch.manual_seed(0)
large = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)).to(device)
optimizer = torch.optim.Adam(large.parameters(), lr=0.01)
few_loader = DataLoader(TensorDataset(few_x, few_y), batch_size=32, shuffle=True)
train_curve, valid_curve = [], []

for epoch in range(80):
    large.train()
    total = 0.0
    for x, y in few_loader:
        x, y = x.to(device), y.to(device)
        loss = F.cross_entropy(large(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    train_curve.append(total / len(few_x))

    large.eval()
    with torch.no_grad():
        valid_curve.append(F.cross_entropy(large(unseen_x), unseen_y).item())

fig, ax = plt.subplots(figsize=(6, 3.4))
ax.plot(range(1, 81), train_curve, label="training")
ax.plot(range(1, 81), valid_curve, "--", label="validation")
ax.set(xlabel="epoch", ylabel="mean cross entropy", title="Every fifth label is wrong")
ax.legend()
plt.show()


# %% id="predict-threshold"
def first_below(curve, goal):
    """The first epoch, counted from 1, whose loss is below the goal; None if there is none."""
    return next((epoch for epoch, loss in enumerate(curve, start=1) if loss < goal), None)


predict(
    "The rule: stop when the training loss is below 0.1. Is the validation loss then within "
    "10 % of the best that this run ever had? True or False.",
    mine=...,
    truth=lambda: valid_curve[first_below(train_curve, 0.1) - 1] < 1.1 * min(valid_curve),
)

# %% rows=["E30"]
best = min(range(80), key=valid_curve.__getitem__) + 1
stopped = first_below(train_curve, 0.1)
print(f"best validation loss: {min(valid_curve):.2f}, in epoch {best}")
print(
    f"training loss below 0.1: epoch {stopped}, validation {valid_curve[stopped - 1]:.2f}"
)
print(f"the last epoch, 80: validation {valid_curve[-1]:.2f}")
print("training loss below 0.0001: epoch", first_below(train_curve, 1e-4))
assert valid_curve[stopped - 1] > 1.1 * min(valid_curve) and stopped > best
assert valid_curve[-1] > 1.3 * min(valid_curve)  # a fixed number of epochs
assert first_below(train_curve, 1e-4) is None  # a threshold that is never reached

# %% [markdown] rows=["E30", "S10.2"]
# In the beginning both fall: the network learns what digits look like. Later only the training loss falls: it learns the wrong labels by heart. That is **overfitting**, and the training loss cannot see it. A threshold on it stops too late, or never; a fixed number of epochs stops somewhere.
#
# **Early stopping** asks the validation loss. It remembers the best one so far. When a number of epochs in a row, the **patience**, brought nothing better, it is time to go home, and to take the weights of the *best* epoch along, not those of the last.
#
# ### Exercise 10.6 · Time to go home
# ●●○○ · 9 minutes · 3 points
#
# Write the class `EarlyStopping`. `update(loss)` is called after every epoch and returns True when the loss is a new best: lower than the best so far by **more than** `min_delta`. `best` is that best loss (infinite at first), and `stop` becomes True as soon as `patience` updates in a row brought no new best. A loss of `nan` is no new best.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "EarlyStopping"}
class EarlyStopping:
    """Says when a validation loss has stopped getting better.

    best: float, the best loss so far; stop: bool.
    """

    def __init__(self, patience, min_delta=0.0):
        """patience: int >= 1; min_delta: float >= 0, an improvement must be larger than this."""
        ### BEGIN SOLUTION
        self.patience, self.min_delta = patience, min_delta
        self.best, self.stop, self.waited = math.inf, False, 0
        ### END SOLUTION

    def update(self, loss):
        """loss: float, this epoch's. Returns: bool, whether it is a new best."""
        ### BEGIN SOLUTION
        better = loss < self.best - self.min_delta
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
            self.stop = self.waited >= self.patience
        return better
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_EarlyStopping", "points": 3}
def going_home(losses, patience, min_delta=0.0):
    """Feed the losses of some epochs, until it says stop."""
    stopping = EarlyStopping(patience, min_delta)
    better, epoch = [], 0
    for loss in losses:
        if stopping.stop:
            break
        better.append(stopping.update(loss))
        epoch += 1
    return {
        "better": better,
        "epochs": epoch,
        "best": stopping.best,
        "stop": stopping.stop,
    }


check(going_home, [3.0, 2.0, 2.5, 2.2, 1.0, 1.5], 2).gives(
    {"better": [True, True, False, False], "epochs": 4, "best": 2.0, "stop": True}
)
check(going_home, [3.0, 2.0, 2.5, 1.0, 1.5, 0.5, 0.7], 2).gives(
    {
        "better": [True, True, False, True, False, True, False],
        "epochs": 7,
        "best": 0.5,
        "stop": False,
    }
)
check(going_home, [1.0, 1.0, 1.0], 2).gives(
    {"better": [True, False, False], "epochs": 3, "best": 1.0, "stop": True}
)
check(going_home, [4.0, 3.75, 3.25, 3.0], 3, 0.5).gives(
    {"better": [True, False, True, False], "epochs": 4, "best": 3.25, "stop": False}
)
check(going_home, [2.0, math.nan, 1.0], 1).gives(
    {"better": [True, False], "epochs": 2, "best": 2.0, "stop": True}
)
solved("EarlyStopping")
### BEGIN HIDDEN TESTS
for _patience, _delta in ((1, 0.0), (2, 0.25), (3, 0.5), (5, 0.0)):
    for _ in range(5):
        _losses = [v / 4 for v in fresh.integers(0, 24, 12).tolist()]
        _better, _bests = [], [math.inf]
        for _loss in _losses:
            if len(_better) >= _patience and not any(_better[-_patience:]):
                break
            _better.append(_bests[-1] - _loss > _delta)
            _bests.append(_loss if _better[-1] else _bests[-1])
        _stop = len(_better) >= _patience and not any(_better[-_patience:])
        check(going_home, _losses, _patience, _delta).gives(
            {
                "better": _better,
                "epochs": len(_better),
                "best": _bests[-1],
                "stop": _stop,
            }
        )
check(going_home, [math.nan, math.nan, 1.0], 2).gives(
    {"better": [False, False], "epochs": 2, "best": math.inf, "stop": True}
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: what to remember</summary>The best loss so far, and how many updates in a row were not better.</details>
# <details><summary>Hint 2: which comparison</summary><code>loss &lt; self.best - self.min_delta</code>. A comparison with <code>nan</code> is always False, so <code>nan</code> needs no line of its own.</details>
# <details><summary>Hint 3: nearly there</summary>Better: note the loss, and set the counter back to 0. Else: the counter plus 1, and <code>self.stop = self.waited &gt;= self.patience</code>.</details>

# %% [markdown] rows=["E30"]
# Yours, on the curve above. (The cell shows a hint until exercise 10.6 is solved.)

# %% id="use-early-stopping" rows=["E30"]
try:
    stopping = EarlyStopping(patience=10)
    for epoch, loss in enumerate(valid_curve, start=1):
        stopping.update(loss)
        if stopping.stop:
            break
    print(f"home after epoch {epoch}, with the weights of loss {stopping.best:.2f}")
except NotImplementedError:
    print("First write EarlyStopping above; then run this cell again.")
assert min(valid_curve) < valid_curve[-1]

# %% [markdown] rows=["S10.2"]
# ## 5 · The whole program
#
# Four more things make a loop into a program that you can trust: a **config**, a **seed**, a **logbook**, and the **best weights in a file**.
#
# ### The config and the seed
#
# Numbers that you may want to change do not belong into the middle of the code. A dataclass holds them in one place, with names and defaults; `frozen=True` keeps anybody from changing them on the way.


# %% rows=["S10.2"]
@dataclass(frozen=True)
class Config:
    seed: int = 7
    batch_size: int = 64
    epochs: int = 60
    learning_rate: float = 0.1
    momentum: float = 0.9
    gamma: float = 0.95  # the rate of each epoch, as a part of the one before
    patience: int = 10


config = Config(learning_rate=0.05)
print(asdict(config))
try:
    config.epochs = 1000
    raise AssertionError("a frozen config was changed")
except AttributeError as error:
    print(error)
assert asdict(config)["learning_rate"] == 0.05 and config.epochs == 60

# %% [markdown] rows=["S10.2"]
# The seed makes a run repeatable. But who throws dice in a training? torch does: start weights, dropout, the order of a shuffled loader. NumPy and Python's `random` may, in your code for the data.

# %% id="predict-two-dice"
torch.manual_seed(7)
first_throws = torch.rand(1).item(), np.random.rand()
torch.manual_seed(7)
second_throws = torch.rand(1).item(), np.random.rand()

predict(
    "torch.manual_seed(7) before each. Are the throws of torch and of NumPy the same both times? "
    "Write a pair such as (True, True).",
    mine=...,
    truth=lambda: tuple(a == b for a, b in zip(first_throws, second_throws, strict=True)),
)

# %% rows=["S10.2"]
assert first_throws[0] == second_throws[0]
assert first_throws[1] != second_throws[1]  # NumPy has dice of its own
print("torch:", first_throws[0] == second_throws[0])
print("NumPy:", first_throws[1] == second_throws[1])

# %% [markdown] rows=["S10.2"]
# ### Exercise 10.7 · All the dice
# ●○○○ · 5 minutes · 1 point
#
# Write `seed_all(seed)`: it seeds Python's `random`, NumPy's `np.random`, and torch, each with this seed. It returns a new `torch.Generator` with the same seed, as dice for a DataLoader alone (`DataLoader(…, generator=…)`): then the order of the samples stays the same when you add a dropout to the network. (NumPy's newer `np.random.default_rng(seed)` is a dice of its own too, and takes its seed itself.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "seed_all"}
def seed_all(seed):
    """Seed every dice of a training.

    seed: int >= 0.
    Returns: a torch.Generator of its own, seeded too.
    """
    ### BEGIN SOLUTION
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_seed_all", "points": 1}
def throws(seed):
    """One throw of each dice after seed_all; torch's own and the generator's are two throws."""
    generator = seed_all(seed)
    return {
        "random": round(random.random(), 4),
        "numpy": round(float(np.random.rand()), 4),
        "torch": round(torch.rand(()).item(), 4),
        "generator": round(torch.rand((), generator=generator).item(), 4),
    }


check(throws, 7).gives(
    {"random": 0.3238, "numpy": 0.0763, "torch": 0.5349, "generator": 0.5349}
)
check(throws, 0).gives(
    {"random": 0.8444, "numpy": 0.5488, "torch": 0.4963, "generator": 0.4963}
)
solved(seed_all)
### BEGIN HIDDEN TESTS
for _ in range(3):
    _seed = fresh.integer(1, 10_000)
    _dice = random.Random(_seed), np.random.RandomState(_seed), torch.Generator()
    _dice[2].manual_seed(_seed)
    _throw = round(torch.rand((), generator=_dice[2]).item(), 4)
    check(throws, _seed).gives(
        {
            "random": round(_dice[0].random(), 4),
            "numpy": round(float(_dice[1].rand()), 4),
            "torch": _throw,
            "generator": _throw,
        }
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: four lines</summary>One for each dice, and one that makes the generator.</details>
# <details><summary>Hint 2: their names</summary><code>random.seed</code>, <code>np.random.seed</code>, <code>torch.manual_seed</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.Generator().manual_seed(seed)</code> is the generator, ready to be returned.</details>

# %% [markdown] rows=["S10.2"]
# ### The logbook, the file, and all of it together
#
# **TensorBoard** is a page in your browser that draws curves while a program runs. The program writes its numbers into a folder with a `SummaryWriter`: `add_scalar(tag, value, step)`. Read the trainer below slowly. It is the longest cell of the chapter, and nearly every line of it you have met. Look for: *to the device*, *train and eval*, *weighed means*, *the rate once an epoch*, *only the best is saved*.


# %% rows=["S10.2", "S10.1", "E06", "E30", "E21"]
def train(model, train_loader, valid_loader, config, device, folder, watch=None):
    """Train a classifier, stop early, and bring back its best weights.

    Writes folder/best.pt and TensorBoard's logs in folder/logs. Returns: list of dicts, one an epoch.
    """
    model.to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=config.learning_rate, momentum=config.momentum
    )
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=config.gamma)
    watch = watch or show_training(model, optimizer, name="Handwritten digits")
    history, best, waited = [], math.inf, 0

    with SummaryWriter(folder / "logs") as writer:
        bar = tqdm(range(1, config.epochs + 1), file=sys.stdout, ncols=78, mininterval=0.5)
        for epoch in bar:
            rate = scheduler.get_last_lr()[0]

            model.train()
            total = torch.zeros((), device=device)
            count = 0
            for x, y in train_loader:
                x, y = x.to(device), y.to(device)
                loss = criterion(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(x)  # stays on the device
                count += len(x)
            train_loss = total.item() / count  # one trip back an epoch
            scheduler.step()  # once an epoch

            model.eval()
            scores, truth = [], []
            with torch.no_grad():
                for x, y in valid_loader:
                    scores.append(model(x.to(device)))
                    truth.append(y.to(device))
            scores, truth = torch.cat(scores), torch.cat(truth)
            valid_loss = criterion(scores, truth).item()
            share = (scores.argmax(1) == truth).float().mean().item()

            writer.add_scalar("loss/train", train_loss, epoch)
            writer.add_scalar("loss/valid", valid_loss, epoch)
            writer.add_scalar("accuracy/valid", share, epoch)
            writer.add_scalar("rate", rate, epoch)
            history.append(
                dict(
                    epoch=epoch, train=train_loss, valid=valid_loss, share=share, rate=rate
                )
            )
            bar.set_postfix(
                train=f"{train_loss:.3f}", valid=f"{valid_loss:.3f}", refresh=False
            )
            watch.log(
                loss=train_loss,
                val_loss=valid_loss,
                accuracy=share,
                predictions=(None, scores.cpu(), truth.cpu()) if epoch % 5 == 1 else None,
            )

            if valid_loss < best:
                best, waited = valid_loss, 0
                torch.save(model.state_dict(), folder / "best.pt")
            else:
                waited += 1
                if waited == config.patience:
                    bar.write(f"no better for {waited} epochs: stopped", file=sys.stdout)
                    break
        bar.close()

    watch.finish()
    model.load_state_dict(torch.load(folder / "best.pt", map_location=device))
    return history


# %% [markdown] rows=["S10.2", "S10.5"]
# Now for real. Here are the network and its config. And the first test of a new loop? (The cell shows a hint until exercise 10.1 is solved.)


# %% id="use-by-heart" rows=["S10.1", "S10.2"]
def digit_reader():
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))


config = Config()
one_x, one_y = (part[:64].to(device) for part in train_set[:])
try:
    torch.manual_seed(config.seed)
    learned = by_heart(digit_reader().to(device), one_x, one_y, 300)
    print(f"one batch, learned by heart: loss {learned:.4f}")
    assert learned < 0.1
except NotImplementedError:
    print("First write by_heart above; then run this cell again.")
assert len(one_x) == config.batch_size

# %% [markdown] rows=["S10.2", "S10.5"]
# The network has never seen the test digits; at the end, and only then, we ask them. **The goal: at least 95 % right, in less than a minute.** (Two slow cores need some seconds.) Watch the curves, and the confusion matrix beside them: rows are what was written, columns what was read.

# %% rows=["S10.2", "S10.1", "S10.5"]
scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)
dice = torch.Generator().manual_seed(config.seed)
torch.manual_seed(config.seed)
reader = digit_reader().to(device)
train_loader = DataLoader(train_set, config.batch_size, shuffle=True, generator=dice)

began = time.perf_counter()
history = train(reader, train_loader, valid_loader, config, device, folder)
seconds = time.perf_counter() - began

test_x, test_y = (part.to(device) for part in test_set[:])
reader.eval()
with torch.no_grad():
    test_share = (reader(test_x).argmax(1) == test_y).float().mean().item()
print(f"{test_share:.1%} of {len(test_set)} unseen digits are right, after {seconds:.1f} s")
assert test_share >= 0.95
assert seconds < 60

# %% [markdown] rows=["S10.2"]
# You have a network that reads handwriting.
#
# Is the logbook complete? TensorBoard's own reader, `EventAccumulator`, tells what the page would draw. (To see the page: in a terminal, `tensorboard --logdir` with a folder of yours that stays. Ours is a temporary one.)

# %% rows=["S10.2"]
logbook = EventAccumulator(str(folder / "logs"))
logbook.Reload()
print("curves:", logbook.Tags()["scalars"])
written = logbook.Scalars("loss/valid")
print("first entry: step", written[0].step, "value", round(written[0].value, 3))

assert set(logbook.Tags()["scalars"]) == {
    "loss/train",
    "loss/valid",
    "accuracy/valid",
    "rate",
}
assert [entry.step for entry in written] == [row["epoch"] for row in history]
torch.testing.assert_close(
    torch.tensor([entry.value for entry in written]),
    torch.tensor([row["valid"] for row in history]),
)

# %% [markdown] rows=["S10.2", "E06"]
# And did the program do what it promised? Each promise is a line. (One of them: `torch.load` got a `map_location`. A bare `torch.load` brings tensors back to the device that they were saved from. On a laptop without that GPU this is an error.)

# %% rows=["S10.2", "E06", "E30", "E21"]
saved = torch.load(folder / "best.pt", map_location=device)
best = min(history, key=lambda row: row["valid"])
assert all(torch.equal(saved[name], now) for name, now in reader.state_dict().items())
with torch.no_grad():
    again = F.cross_entropy(reader(unseen_x), unseen_y).item()
# The best epoch's weights, not the last:
assert math.isclose(again, best["valid"], rel_tol=1e-4)
moved = torch.load(folder / "best.pt", map_location="meta")
assert all(kept.device.type == "meta" for kept in moved.values())  # arrives where you say
for earlier, later in zip(history, history[1:], strict=False):
    assert math.isclose(later["rate"], earlier["rate"] * config.gamma)  # once an epoch

last = history[-1]
print(
    f"best epoch: {best['epoch']}, last epoch: {last['epoch']} of at most {config.epochs}"
)
stopped_early = last["epoch"] < config.epochs
assert last["epoch"] - best["epoch"] == config.patience if stopped_early else True


def short_run(seed):
    torch.manual_seed(seed)
    net, dice = digit_reader().to(device), torch.Generator().manual_seed(seed)
    loader = DataLoader(train_set, 64, shuffle=True, generator=dice)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for x, y in loader:
        loss = F.cross_entropy(net(x.to(device)), y.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


assert short_run(7) == short_run(7) != short_run(8)  # the seed decides, and nothing else

# %% [markdown] rows=["S10.1", "S10.2"]
# ### Your own pieces
#
# With what you wrote above, the loop is ten lines long. Every function in it is one that you keep. (The cell shows a hint until 10.4, 10.5, 10.6 and 10.7 are solved.)

# %% id="use-own-pieces" rows=["S10.1", "S10.2"]
try:
    dice = seed_all(11)
    mine = digit_reader().to(device)
    my_loader = DataLoader(train_set, 64, shuffle=True, generator=dice)
    optimizer = torch.optim.SGD(mine.parameters(), lr=0.1, momentum=0.9)
    stopping, kept = EarlyStopping(patience=4), None
    for _ in range(60):
        train_loss = one_epoch(mine, my_loader, F.cross_entropy, optimizer, device)
        valid_loss, share = evaluate(mine, valid_loader, F.cross_entropy, device)
        if stopping.update(valid_loss):
            kept = copy.deepcopy(mine.state_dict())
        if stopping.stop:
            break
    mine.load_state_dict(kept)
    print(
        f"your own loop: {evaluate(mine, test_loader, F.cross_entropy, device)[1]:.1%} right"
    )
    assert evaluate(mine, test_loader, F.cross_entropy, device)[1] > 0.93
except NotImplementedError:
    print("First write one_epoch, evaluate, EarlyStopping and seed_all; then run it again.")

# %% [markdown] rows=["S10.3"]
# ## 6 · Let it answer, and look
#
# A trained network is asked about data that has no labels. A function for that is nearly `evaluate`: eval mode, no graph, batch after batch. But now we want all the answers, in order, as one NumPy array, because the program that draws or saves them does not know torch.
#
# Two steps on that way can go wrong.

# %% rows=["S10.3", "E36"]
reader.eval()
with_graph = reader(test_x[:3]).cpu()
try:
    with_graph.numpy()
    raise AssertionError("NumPy took a tensor with a graph")
except RuntimeError as error:
    print(error)

pieces = list(test_x.split(64))
print("sizes of the pieces:", [len(piece) for piece in pieces])
try:
    torch.stack(pieces)  # a new dim: all pieces would have to be equal
    raise AssertionError("stack took pieces of different sizes")
except RuntimeError as error:
    print(error)
assert torch.equal(torch.cat(pieces), test_x)  # end to end

# %% [markdown] rows=["E21", "S10.3"]
# ### Claim check: `.cpu()` after every batch
#
# One text brings the answers back with `.cpu()` after each batch. That is right, and yet there is something to know. A GPU works through a list of orders: Python writes orders and goes on, long before they are done. **`.cpu()`, `.item()`, `.tolist()`, `float(…)` and `print` want the number itself. Then Python has to wait, until the list is
# empty, and meanwhile the GPU gets no new orders.** How often do we wait? This counter looks at every call of torch:


# %% rows=["E21"]
class TripCounter(TorchFunctionMode):
    """Inside `with TripCounter() as counter:`, counts how often floats are fetched from the device."""

    FETCH = (torch.Tensor.cpu, torch.Tensor.item, torch.Tensor.tolist, torch.Tensor.__float__)

    def __init__(self):
        super().__init__()
        self.trips = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.trips += func in self.FETCH and args[0].is_floating_point()
        return func(*args, **(kwargs or {}))


@torch.no_grad()
def answers_of(model, loader, each_batch):
    answers = []
    for x, _ in loader:
        answer = model(x.to(device))
        answers.append(answer.cpu() if each_batch else answer)
    return torch.cat(answers).cpu()


def trips(each_batch, loader):
    with TripCounter() as counter:
        answers_of(reader, loader, each_batch)
    return counter.trips


by_32 = DataLoader(test_set, batch_size=32)

# %% id="predict-trips"
predict(
    "359 digits in batches of 32, .cpu() after each batch, and once more at the end. "
    "How many trips back?",
    mine=...,
    truth=lambda: trips(True, by_32),
)

# %% rows=["E21"]
assert trips(True, by_32) == 13 and trips(False, by_32) == 1
assert torch.equal(answers_of(reader, by_32, True), answers_of(reader, by_32, False))
if device.type == "cuda":  # where there is a GPU: what does it cost?
    for each_batch in (True, False, True, False):
        began = time.perf_counter()
        for _ in range(20):
            answers_of(reader, [(test_x[:32], None)] * 100, each_batch)
        print(
            f"trip after each batch: {each_batch!s:5} {time.perf_counter() - began:.2f} s"
        )

# %% [markdown] rows=["E21", "S10.3"]
# So: keep what you collect on the device, and fetch it once at the end. The exception is a large amount of answers: when they would fill the GPU's memory, fetch each batch. (The trainer in section 5 did the same with its loss: it added on the device, and called `.item()` once an epoch.)
#
# ### Exercise 10.8 · All the answers
# ●●○○ · 7 minutes · 2 points
#
# Write `predict_all(model, loader, device)`. This loader hands out batches of inputs alone, without labels. Return all outputs in order as **one NumPy array**, fetched from the device **once**. Eval mode, no graph; afterwards the model is in the mode it came in. (The outputs in the tests play “on a GPU”: NumPy cannot read them there.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "predict_all"}
def predict_all(model, loader, device):
    """The outputs of a model for everything that a loader hands out.

    model: a module on device; loader: hands out batches of inputs, shape (batch, …), at least one.
    Returns: NumPy array, shape (n, …), n samples in the order of the loader.
    """
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    with torch.no_grad():
        outputs = [model(inputs.to(device)) for inputs in loader]
    model.train(was_training)
    return torch.cat(outputs).cpu().numpy()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_predict_all", "points": 2}
class OnDevice(torch.Tensor):
    """A tensor that plays “on a GPU”: NumPy gets it after .cpu() or .to(…) only."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func in (torch.Tensor.cpu, torch.Tensor.to):
            with torch._C.DisableTorchFunctionSubclass():
                return func(*args, **kwargs).as_subclass(torch.Tensor)
        if func in (torch.Tensor.numpy, torch.Tensor.__array__) and not kwargs.get("force"):
            raise TypeError(
                "can't convert cuda:0 device type tensor to numpy. "
                "Use Tensor.cpu() to copy the tensor to host memory first."
            )
        return super().__torch_function__(func, types, args, kwargs)


class ScoresOnDevice(NotingScores):
    def forward(self, x):
        return super().forward(x).as_subclass(OnDevice)


def asked(predict_all, inputs, batch_size, training):
    """What predict_all answers for a model that gives back its inputs, and how it went about it."""
    model = ScoresOnDevice().train(training)
    batches = [piece.as_subclass(StillOnHost) for piece in inputs.split(batch_size)]
    with TripCounter() as counter:
        answer = predict_all(model, batches, "cpu")
    from_numpy = isinstance(answer, np.ndarray)
    if isinstance(answer, torch.Tensor):
        answer = answer.cpu()
    return {
        "answer": torch.from_numpy(answer) if from_numpy else answer,
        "a NumPy array": from_numpy,
        "in eval mode": not any(was for was, _ in model.modes),
        "without a graph": not any(recorded for _, recorded in model.modes),
        "trips back": max(counter.trips, 1),
        "left in": "training" if model.training else "eval",
    }


well_asked = {"a NumPy array": True, **well_done, "trips back": 1}
column_of_five = torch.tensor([[3.0], [1.0], [4.0], [1.5], [9.0]])
check(asked, predict_all, column_of_five, 2, True).gives(
    {"answer": column_of_five, **well_asked, "left in": "training"}
)
check(asked, predict_all, column_of_five, 5, False).gives(
    {"answer": column_of_five, **well_asked, "left in": "eval"}
)
solved(predict_all)
### BEGIN HIDDEN TESTS
for _shape, _size in (((1, 3), 4), ((7, 2), 3), ((6, 2, 2), 2)):
    for _training in (True, False):
        _x = fresh.floats(*_shape)
        check(asked, predict_all, _x, _size, _training).gives(
            {"answer": _x, **well_asked, "left in": "training" if _training else "eval"}
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: like evaluate</summary>The same frame as <code>evaluate</code>; instead of adding up, append each output to a list.</details>
# <details><summary>Hint 2: one tensor</summary>The last batch may be smaller: <code>torch.cat</code> puts pieces end to end.</details>
# <details><summary>Hint 3: nearly there</summary>After the loop: <code>torch.cat(outputs).cpu().numpy()</code>, and outside of the loop it is one trip.</details>

# %% [markdown] rows=["S10.5"]
# ### Look at it
#
# Numbers convince; pictures tell you what to do next. First the logbook of section 5 as curves.

# %% rows=["S10.5"]
epochs = [row["epoch"] for row in history]
fig, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.2), layout="constrained")
left.plot(epochs, [row["train"] for row in history], label="training")
left.plot(epochs, [row["valid"] for row in history], "--", label="validation")
left.axvline(best["epoch"], color="grey", linestyle=":", label="the best, saved")
left.set(xlabel="epoch", ylabel="mean cross entropy", title="Loss", yscale="log")
left.legend()
right.plot(epochs, [row["share"] for row in history], "--", color="C1")
right.set(xlabel="epoch", ylabel="share", title="Right on validation")
plt.show()
assert history[0]["valid"] > 3 * best["valid"]
assert history[0]["train"] > history[0]["valid"]

# %% [markdown] rows=["S10.5"]
# In the first epochs the *validation* loss is the lower one. How can unseen digits be easier? The training loss is a mean over the epoch, while the network was still worse; and in training mode dropout is in its way. Validation comes after the epoch, in eval mode.
#
# Nearly all are right. Which ones are not? A **confusion matrix** counts: row = what it is, column = what was said. Here is the one of our reader, and the digits that it got wrong. (The trainer's picture in section 5 showed the same for the validation digits.) Would *you* have read them?

# %% rows=["S10.5", "S10.3"]
said = answers_of(reader.eval(), test_loader, each_batch=False).argmax(1)
truth = test_y.cpu()
counts = torch.zeros(10, 10, dtype=torch.int64)
counts.index_put_((truth, said), torch.ones_like(truth), accumulate=True)
assert counts.sum() == len(truth)
assert math.isclose(counts.diagonal().sum().item() / len(truth), test_share, abs_tol=1e-3)

fig, ax = plt.subplots(figsize=(4.6, 4.4), layout="constrained")
ax.imshow(counts.float().sqrt(), cmap="Blues")
for row in range(10):
    for column in range(10):
        if counts[row, column]:
            ink = "white" if counts[row, column] > 12 else "black"
            ax.text(
                column, row, counts[row, column].item(), ha="center", va="center", color=ink
            )
ax.set(xlabel="what was said", ylabel="what it is", title="Who is taken for whom?")
ax.set(xticks=range(10), yticks=range(10))
plt.show()

wrong_ones = (said != truth).nonzero().flatten()[:6].tolist()
fig, axes = plt.subplots(1, 6, figsize=(8, 1.8), layout="constrained")
for ax in axes:
    ax.axis("off")
for ax, place in zip(axes, wrong_ones, strict=False):
    ax.imshow(test_x[place].view(8, 8).cpu(), cmap="gray_r")
    ax.set_title(f"is {truth[place]}, said {said[place]}", fontsize=9)
plt.show()

# %% [markdown] rows=["S10.5"]
# For *numbers* instead of classes the picture is a cloud: prediction over truth. A perfect network puts all points on the diagonal. Here a small network predicts tomorrow's highest temperature in Seattle from the last two days. It learns from three years and is asked about the fourth. Always ask a lazy rival too: “tomorrow will be as warm as
# today”.

# %% rows=["S10.5", "S10.1"]
weather = load_weather().values
values = (weather - weather[:1096].mean(0)) / weather[:1096].std(0)  # by the training years
days = values.unfold(0, 2, 1)[:-1].flatten(1)  # two days, four numbers each
today, tomorrow = weather[1:-1, 1], weather[2:, 1]
past, future = slice(0, 1094), slice(1094, None)

torch.manual_seed(0)
forecaster = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1)).to(device)
optimizer = torch.optim.Adam(forecaster.parameters(), lr=0.01)
past_loader = DataLoader(
    TensorDataset(days[past], tomorrow[past, None]), batch_size=64, shuffle=True
)
future_days, future_truth = days[future].to(device), tomorrow[future].to(device)
scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.95)
watch = show_training(forecaster, optimizer, total=60, name="How warm will it be?")
for epoch in range(60):
    forecaster.train()
    total = 0.0
    for x, y in past_loader:
        loss = F.smooth_l1_loss(forecaster(x.to(device)), y.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(x)
    forecaster.eval()
    with torch.no_grad():
        forecast = forecaster(future_days).squeeze(1)
    miss = (forecast - future_truth).abs().mean()
    cloud = (None, forecast.cpu(), future_truth.cpu()) if epoch % 10 == 9 else None
    watch.log(loss=total / len(days[past]), miss_in_degrees=miss, predictions=cloud)
    scheduler.step()

rival = (today[future] - tomorrow[future]).abs().mean()
print(f"mean miss of the network {miss:.2f} °C, of the rival {rival:.2f} °C")
assert miss.item() < rival.item()

# %% rows=["S10.5"]
fig, ax = plt.subplots(figsize=(4.4, 4.2), layout="constrained")
ax.plot(tomorrow[future], forecast.cpu(), ".", alpha=0.5)
ax.plot([0, 36], [0, 36], color="grey", label="perfect")
ax.set(xlabel="how warm it was, °C", ylabel="the forecast, °C", title="Seattle, 2015")
ax.legend()
plt.show()
hot = tomorrow[future] > 30
print(
    f"on the {hot.sum()} hot days: {(forecast.cpu() - tomorrow[future])[hot].mean():+.1f} °C"
)
assert (forecast.cpu() - tomorrow[future])[hot].mean() < 0

# %% [markdown] rows=["S10.5"]
# The network wins, but by little: a lazy rival is often hard to beat, and without it you would not know. The cloud tells what the mean miss hides: very hot days are forecast too cool. They are rare, and a careful guess stays near the middle.

# %% [markdown] rows=["S10.4"]
# ## 7 · Two programs to mend
#
# Some programs put training and testing *into* the network, as methods. Then a network knows how to train itself, and the caller writes two lines. Here is that form, written well.


# %% rows=["S10.4", "S10.1"]
class DigitNet(nn.Module):
    """A classifier that can train and test itself."""

    def __init__(self, pixels, classes):
        super().__init__()
        self.hidden = nn.Linear(pixels, 64)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(64, classes)

    def forward(self, x):
        return self.last(self.drop(F.relu(self.hidden(x))))

    def train_on(self, loader, epochs, path, lr=0.01):
        """Train, save the weights; returns the rate of each epoch."""
        here = self.last.weight.device
        optimizer = torch.optim.Adam(self.parameters(), lr=lr)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        used = []
        self.train()
        for _ in range(epochs):
            for x, y in loader:
                loss = F.cross_entropy(self(x.to(here)), y.to(here))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            used.append(scheduler.get_last_lr()[0])
            scheduler.step()
        torch.save(self.state_dict(), path)
        return used

    @torch.no_grad()
    def test_on(self, loader, path):
        """Load the weights; returns the share of right answers."""
        here = self.last.weight.device
        self.load_state_dict(torch.load(path, map_location=here))
        self.eval()
        right = sum((self(x.to(here)).argmax(1) == y.to(here)).sum() for x, y in loader)
        return right.item() / len(loader.dataset)


torch.manual_seed(0)
net = DigitNet(64, 10).to(device)
used = net.train_on(train_loader, 10, folder / "digit_net.pt")
share = DigitNet(64, 10).to(device).test_on(test_loader, folder / "digit_net.pt")
print(f"{share:.1%} right; the last rate was {used[-1]:.4f}")
assert share > 0.93 and math.isclose(used[-1], 0.01 * 0.9**9)

# %% [markdown] rows=["S10.4"]
# Why are they not called `train` and `test`?


# %% id="predict-own-train"
class OwnTrain(nn.Module):
    def train(self, loader):  # “train yourself on this loader”
        for x, y in loader:
            pass


def call_eval():
    return "a module" if isinstance(OwnTrain().eval(), nn.Module) else "something else"


predict(
    "OwnTrain has a method train(self, loader) of its own. What does OwnTrain().eval() give? "
    "Write 'a module' or 'error'.",
    mine=...,
    truth=call_eval,
)

# %% rows=["S10.4"]
try:
    call_eval()
    raise AssertionError("eval worked")
except TypeError as error:
    print("TypeError:", error)
assert nn.Linear(1, 1).eval().training is False

# %% [markdown] rows=["S10.4"]
# `eval()` is `self.train(False)`. Who takes the name `train` away has broken both modes.
#
# ### The first program
#
# And now a class as one finds it. It should learn to answer `ideal(sample)`; the answers can be negative. Six things are wrong in it, and only one of them raises an error.


# %% id="broken-net"
def ideal(sample):
    """The right answer to each row of a sample: shape (n, 2) → (n, 1)."""
    return sample @ torch.tensor([[1.0], [-2.0]])


class BrokenNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return F.relu(self.fc(self.norm(sample)))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        for _ in range(epochs):
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                loss.requires_grad_(True)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                scheduler.step()
        torch.save(self.state_dict(), path)
        self.rate = scheduler.get_last_lr()[0]

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path, False))
        with torch.no_grad():
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
        return loss.item()


# %% [markdown] rows=["S10.4", "E06", "E04"]
# The symptoms, one by one:

# %% rows=["S10.4", "E04", "E05", "E06"]
torch.manual_seed(0)
samples = torch.randn(60, 2)
sick, file = BrokenNet(2, 1), folder / "sick.pt"
in_tens = DataLoader(samples, batch_size=10)

sick.eval()  # somebody has tested it before
sick.train_on(in_tens, 20, file)
print(
    f"1. After 20 epochs the rate is {sick.rate:.1e}; 0.1 * 0.9**20 is {0.1 * 0.9**20:.3f}."
)
assert sick.rate < 1e-6

print("2. Its means never moved:", sick.norm.running_mean.tolist())
assert torch.equal(sick.norm.running_mean, torch.zeros(2))

answers, wanted = sick(samples), ideal(samples)
print(
    f"3. Lowest answer {answers.min():.1f}; the lowest that is wanted is {wanted.min():.1f}."
)
assert answers.min() >= 0 > wanted.min()

frozen = BrokenNet(2, 1).requires_grad_(False)
before = frozen.fc.weight.clone()
frozen.train_on(in_tens, 1, file)  # nobody in it can learn, and no complaint
print("4. A frozen network “trains” without an error, and learns nothing.")
assert torch.equal(before, frozen.fc.weight)

try:
    sick.test_on(in_tens, file)
    raise AssertionError("the file was opened")
except Exception as error:
    print("5.", type(error).__name__, "-", str(error).split("\n")[0])

sick.train()
drifting = sick.norm.running_mean.clone()
with torch.no_grad():
    for sample in in_tens:  # the body of test_on
        loss = F.mse_loss(sick(sample), ideal(sample))
print("6. The test moved the means, and returns the loss of the last batch alone.")
assert not torch.equal(drifting, sick.norm.running_mean)

# %% [markdown] rows=["S10.4", "E04", "E05", "E06"]
# ### Exercise 10.9 · What was wrong, I
# ●●●○ · 13 minutes · 4 points
#
# Write `MendedNet`, with the same layers, the same optimizer (SGD, 0.1) and the same schedule (0.9). `train_on` returns a list with a pair for each epoch: the rate that the epoch was trained with, and the mean loss over its samples. `test_on` loads the weights from the file and returns the mean loss over all samples, and the network does
# not change by that. In a frozen network torch's error must come through. Everything stays on the CPU.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "MendedNet"}
class MendedNet(nn.Module):
    """Learns ideal(sample). Its layers are called norm and fc."""

    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        ### BEGIN SOLUTION
        return self.fc(self.norm(sample))
        ### END SOLUTION

    def train_on(self, loader, epochs, path):
        """loader: hands out samples, shape (n, ins). Returns: list of (rate, mean loss), one an epoch."""
        ### BEGIN SOLUTION
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        self.train()
        for _ in range(epochs):
            total, count = 0.0, 0
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(sample)
                count += len(sample)
            log.append((scheduler.get_last_lr()[0], total / count))
            scheduler.step()
        torch.save(self.state_dict(), path)
        return log
        ### END SOLUTION

    def test_on(self, loader, path):
        """Returns: float, the mean loss over all samples, with the weights of the file."""
        ### BEGIN SOLUTION
        self.load_state_dict(torch.load(path))
        self.eval()
        total, count = 0.0, 0
        with torch.no_grad():
            for sample in loader:
                total += F.mse_loss(self(sample), ideal(sample)).item() * len(sample)
                count += len(sample)
        return total / count
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_MendedNet", "points": 4}
def studied(samples, batch_size, epochs, frozen=False):
    """A MendedNet that begins with zeros in fc: trained, spoiled, and tested from its file."""
    net, file = MendedNet(2, 1), folder / "mended.pt"
    nn.init.zeros_(net.fc.weight)
    nn.init.zeros_(net.fc.bias)
    net.requires_grad_(not frozen).eval()
    loader = DataLoader(samples, batch_size)
    log = net.train_on(loader, epochs, file)
    with torch.no_grad():
        net.fc.weight.fill_(100.0)  # only the file knows the weights now
    test = net.test_on(loader, file)
    saved = torch.load(file)
    same = all(torch.equal(saved[name], now) for name, now in net.state_dict().items())
    net.eval()
    return {
        "rates": [rate for rate, _ in log],
        "losses": [loss for _, loss in log],
        "test loss": test,
        "as in the file": same,
        "lowest answer": net(samples).min().item(),
    }


close = (1e-3, 1e-4)
grid = torch.tensor([[1.0, 0.0], [0.0, 2.0], [2.0, 1.0], [-1.0, 1.0], [3.0, -1.0]])
check(studied, grid, 5, 3).gives(
    {
        "rates": [0.1, 0.09, 0.081],
        "losses": [10.2, 4.49573, 1.28188],
        "test loss": 0.143098,
        "as in the file": True,
        "lowest answer": -3.40225,
    },
    tolerance=close,
)
check(studied, grid, 3, 2).gives(
    {
        "rates": [0.1, 0.09],
        "losses": [8.24051, 2.77769],
        "test loss": 0.268459,
        "as in the file": True,
        "lowest answer": -3.71717,
    },
    tolerance=close,
)
check(studied, grid, 5, 1, frozen=True).raises(RuntimeError, saying="does not require grad")
solved("MendedNet")
### BEGIN HIDDEN TESTS
for _n, _size, _epochs in ((6, 2, 4), (8, 5, 3), (10, 10, 12)):
    _samples = fresh.floats(_n, 2) / 4  # larger ones may make the training run away
    _norm, _fc = nn.BatchNorm1d(2), nn.Linear(2, 1)
    nn.init.zeros_(_fc.weight)
    nn.init.zeros_(_fc.bias)
    _learned = [*_norm.parameters(), *_fc.parameters()]
    _losses, _rates = [], [0.1 * 0.9**e for e in range(_epochs)]
    for _rate in _rates:
        _sum = 0.0
        for _part in _samples.split(_size):
            _loss = ((_fc(_norm(_part)) - ideal(_part)) ** 2).mean()
            _sum += _loss.item() * len(_part)
            _slopes = torch.autograd.grad(_loss, _learned)
            with torch.no_grad():
                for _p, _s in zip(_learned, _slopes, strict=True):
                    _p -= _rate * _s
        _losses.append(_sum / _n)
    _norm.eval()
    with torch.no_grad():
        _out = _fc(_norm(_samples))
    check(studied, _samples, _size, _epochs).gives(
        {
            "rates": _rates,
            "losses": _losses,
            "test loss": ((_out - ideal(_samples)) ** 2).mean().item(),
            "as in the file": True,
            "lowest answer": _out.min().item(),
        },
        tolerance=(5e-3, 1e-3),
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: take out</summary>Two things only have to go: the ReLU behind the last layer, and <code>requires_grad_(True)</code>.</details>
# <details><summary>Hint 2: move and add</summary><code>scheduler.step()</code> moves out of the loop over batches. <code>self.train()</code> stands before training, <code>self.eval()</code> before testing. Both means are weighed by <code>len(sample)</code>.</details>
# <details><summary>Hint 3: nearly there</summary>The second argument of <code>torch.load</code> is <code>map_location</code>, a device; what the author meant by <code>False</code> we can only guess. Leave it out: <code>torch.load(path)</code>. Append <code>(scheduler.get_last_lr()[0], total / count)</code> <em>before</em> <code>scheduler.step()</code>.</details>

# %% [markdown] rows=["E21", "S10.2"]
# ### The second program
#
# This trainer looks well-kept. It calls `train()` and `eval()`, it writes to TensorBoard, it returns its best validation loss. Run it, and look at what came into the logbook:


# %% id="broken-trainer" rows=["E21", "S10.2"]
def broken_trainer(model, train_set, valid_set, writer, epochs):
    train_loader = DataLoader(train_set, batch_size=4, shuffle=True)
    valid_loader = DataLoader(valid_set, batch_size=4, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    step, best = 1, math.inf
    for _ in range(epochs):
        model.train()
        losses = []
        for x, y in train_loader:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach().cpu())
        writer.add_scalar("loss/train", sum(losses) / len(losses), step)

        model.eval()
        losses = []
        for x, y in valid_loader:
            with torch.no_grad():
                losses.append(F.mse_loss(model(x), y).cpu())
        mean = sum(losses) / len(losses)
        writer.add_scalar("loss/valid", mean, step)
        best = min(best, mean.item())
    return best


same_cards = TensorDataset(torch.ones(10, 1), torch.full((10, 1), 3.0))
hard_last = torch.tensor([[0.0], [1.0], [2.0], [3.0], [30.0]])
five_cards = TensorDataset(torch.ones(5, 1), hard_last)

torch.manual_seed(0)
line = NotingLine()
with SummaryWriter(folder / "broken") as writer:
    reported = broken_trainer(line, same_cards, five_cards, writer, 8)
logbook = EventAccumulator(str(folder / "broken"))
logbook.Reload()
entries = logbook.Scalars("loss/valid")
with torch.no_grad():
    honest = F.mse_loss(line(torch.ones(5, 1)), hard_last).item()

print("steps in the logbook:", [entry.step for entry in entries])
print("validation means:", [round(entry.value) for entry in entries])
print(f"best loss reported {reported:.0f}, the mean over the five cards {honest:.0f}")
assert {entry.step for entry in entries} == {1}
assert reported < 100 < 140 < honest

# %% [markdown] rows=["E21", "S10.2"]
# All entries stand at step 1: no curve, a vertical line. And the validation means jump about, although nothing in this training is random: all its training cards are equal, and the network soon stands still. What jumps is the card that ends up alone in the last small batch of the *validation*, where it counts as much as the four others together. “The best loss” is then the luckiest shuffle. Look at the last batch of each epoch:

# %% rows=["E21"]
show_loader(DataLoader(range(5), batch_size=4, shuffle=True), epochs=4)

# %% [markdown] rows=["E21", "S10.2"]
# ### Exercise 10.10 · What was wrong, II
# ●●●○ · 12 minutes · 4 points
#
# Write `mended_trainer`, with the same arguments, batch size and optimizer. There are four faults: in the order of the validation cards, in the steps (write the epoch, counted from 1), in the means, and in the trips back from the device (fetch one number for each mean that you write, so two an epoch). Training is still shuffled. Return the best mean
# validation loss, a float.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "mended_trainer"}
def mended_trainer(model, train_set, valid_set, writer, epochs):
    """Train with SGD and the mean squared error, and write both mean losses of each epoch.

    model: a module, trained in place; train_set, valid_set: datasets of pairs;
    writer: has add_scalar(tag, value, step), with the tags "loss/train" and "loss/valid"; epochs: int >= 1.
    Returns: float, the best mean validation loss.
    """
    ### BEGIN SOLUTION
    train_loader = DataLoader(train_set, batch_size=4, shuffle=True)
    valid_loader = DataLoader(valid_set, batch_size=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    best = math.inf
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(x)
        writer.add_scalar("loss/train", (total / len(train_set)).item(), epoch)

        model.eval()
        total = 0.0
        with torch.no_grad():
            for x, y in valid_loader:
                total += F.mse_loss(model(x), y) * len(x)
        mean = (total / len(valid_set)).item()
        writer.add_scalar("loss/valid", mean, epoch)
        best = min(best, mean)
    return best
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_mended_trainer", "points": 4}
class NotingSet(TensorDataset):
    """Notes in which order its samples were asked for."""

    def __init__(self, *tensors):
        super().__init__(*tensors)
        self.order = []

    def __getitem__(self, index):
        self.order.append(index)
        return super().__getitem__(index)


class NotingWriter:
    """Takes scalars as a SummaryWriter does."""

    def __init__(self):
        self.entries = []

    def add_scalar(self, tag, value, step):
        self.entries.append((tag, round(float(value), 3), step))


def supervised(trainer, count, valid_targets, epochs):
    """Train on `count` equal cards (input 1, answer 3), and say what was seen on the way."""
    training = NotingSet(torch.ones(count, 1), torch.full((count, 1), 3.0))
    validation = NotingSet(torch.ones(len(valid_targets), 1), valid_targets)
    model, writer = NotingLine(), NotingWriter()
    with TripCounter() as counter:
        best = trainer(model, training, validation, writer, epochs)
    in_order = validation.order == list(range(len(valid_targets))) * epochs
    return {
        "logbook": writer.entries,
        "best": best,
        "valid in order": in_order,
        "train shuffled": training.order[:count] != list(range(count)),
        "at most 2 trips": counter.trips <= 2 * epochs,
    }


good_habits = {
    "valid in order": True,
    "train shuffled": True,
    "at most 2 trips": True,
}
check(supervised, mended_trainer, 10, hard_last, 2).gives(
    {
        "logbook": [
            ("loss/train", 5.129, 1),
            ("loss/valid", 154.463, 1),
            ("loss/train", 0.239, 2),
            ("loss/valid", 149.795, 2),
        ],
        "best": 149.795,
        **good_habits,
    },
    tolerance=(1e-3, 2e-3),
)
check(supervised, mended_trainer, 12, torch.tensor([[0.0], [1.0]]), 2).gives(
    {
        "logbook": [
            ("loss/train", 4.469, 1),
            ("loss/valid", 3.68, 1),
            ("loss/train", 0.208, 2),
            ("loss/valid", 5.82, 2),
        ],
        "best": 3.6799,
        **good_habits,
    },
    tolerance=(1e-3, 2e-3),
)
solved(mended_trainer)
### BEGIN HIDDEN TESTS
for _count, _cards, _epochs in ((11, 5, 3), (13, 9, 1), (16, 4, 2)):
    _targets = fresh.floats(_cards, 1)
    _answer, _entries, _valids = 0.0, [], []
    for _epoch in range(1, _epochs + 1):
        _sum = 0.0
        for _start in range(0, _count, 4):
            _size = min(4, _count - _start)
            _sum += (_answer - 3.0) ** 2 * _size
            _answer -= 0.1 * 2 * 2 * (_answer - 3.0)  # w and b move alike
        _valids.append(((_answer - _targets.double()) ** 2).mean().item())
        _entries.append(("loss/train", _sum / _count, _epoch))
        _entries.append(("loss/valid", _valids[-1], _epoch))
    check(supervised, mended_trainer, _count, _targets, _epochs).gives(
        {"logbook": _entries, "best": min(_valids), **good_habits}, tolerance=(2e-3, 3e-3)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: validation</summary>Nothing is learned there, so no shuffling. With plain order the same cards are in the same batches every time.</details>
# <details><summary>Hint 2: the mean, and the trips</summary>Add <code>loss.detach() * len(x)</code> to a total that stays on the device. Divide by <code>len(train_set)</code>, then <code>.item()</code>: one trip.</details>
# <details><summary>Hint 3: nearly there</summary><code>for epoch in range(1, epochs + 1)</code> gives you the step. The writer gets <code>(total / len(valid_set)).item()</code>, and <code>best</code> the same number.</details>

# %% [markdown] rows=["S10.6"]
# ## 8 · Large batches on a small machine, and slopes too steep
#
# ### Four small batches make a large one
#
# You carry shopping home. One large bag does not fit on your bicycle, so you go four times with small ones. In the kitchen it is the same. A batch of 256 may not fit into your GPU's memory. But you know since [chapter 06](../06_autograd/06_autograd.ipynb) that gradients **add up** until somebody clears them. So: four batches of 64, `backward` after each, and only then *one*
# `step`. Is that the same as one batch of 256?


# %% id="predict-accumulate"
def slopes_of(net, parts, divide_by):
    """The gradients that pile up over the parts of a batch."""
    net.zero_grad()
    for x, y in parts:
        loss = F.cross_entropy(net(x), y)
        (loss / divide_by).backward()
    return torch.cat([p.grad.flatten() for p in net.parameters()])


net = small_net().eval()
whole_x, whole_y = (part[:256].to(device) for part in train_set[:])
whole = slopes_of(net, [(whole_x, whole_y)], 1)
quarters = list(zip(whole_x.split(64), whole_y.split(64), strict=True))

predict(
    "Four batches of 64, backward after each, nothing divided. How many times as long as the "
    "gradient of one batch of 256 is what has piled up?",
    mine=...,
    truth=lambda: round((slopes_of(net, quarters, 1).norm() / whole.norm()).item(), 3),
)

# %% rows=["S10.6"]
torch.testing.assert_close(slopes_of(net, quarters, 4), whole)  # the same, divided by 4
torch.testing.assert_close(slopes_of(net, quarters, 1), 4 * whole)

ragged = list(zip(whole_x.split(100), whole_y.split(100), strict=True))  # 100, 100, 56
a_third_each = slopes_of(net, ragged, 3)
print(f"ragged, each counted a third: off by {(a_third_each - whole).abs().max():.4f}")
assert not torch.allclose(a_third_each, whole, atol=1e-4)

net.zero_grad()
for x, y in ragged:
    part = F.cross_entropy(net(x), y) * len(x) / len(whole_x)  # its share of the whole
    part.backward()
by_share = torch.cat([p.grad.flatten() for p in net.parameters()])
torch.testing.assert_close(by_share, whole)

# %% [markdown] rows=["S10.6"]
# Every loss is the mean of its batch. A sum of four means is four times too much, as if the learning rate of SGD were four times larger. Dividing by the number of batches is right when all of them have the same size. With a ragged last one, give each batch **its share of the samples**, as in section 2.
#
# One thing remains different:


# %% id="predict-batchnorm-accumulate"
def piles_up_alike(with_batchnorm):
    torch.manual_seed(0)
    middle = nn.BatchNorm1d(16) if with_batchnorm else nn.Identity()
    net = nn.Sequential(nn.Linear(64, 16), middle, nn.ReLU(), nn.Linear(16, 10)).to(device)
    one = slopes_of(net, [(whole_x, whole_y)], 1)
    return torch.allclose(one, slopes_of(net, quarters, 4), atol=1e-5)


predict(
    "The network contains a BatchNorm, in training mode. Are four quarters, divided by 4, still "
    "the same as the whole batch? True or False.",
    mine=...,
    truth=lambda: piles_up_alike(with_batchnorm=True),
)

# %% rows=["S10.6"]
assert piles_up_alike(with_batchnorm=False)
# Its means are those of 64 samples, not of 256:
assert not piles_up_alike(with_batchnorm=True)
print(
    "BatchNorm looks at its neighbours in the batch, and a small batch has fewer of them."
)

# %% [markdown] rows=["S10.6"]
# ### Exercise 10.11 · Go four times
# ●●●○ · 11 minutes · 3 points
#
# Write `accumulated_epoch(model, batches, loss_fn, optimizer, every)`: it takes one step for each group of `every` batches, as if the group were **one** batch of all its samples. Batches may have different sizes. At the end a smaller group may be left; it gets its step too. Return the number of steps. (Tip: let each `backward` work on the *sum* over its batch, count the
# samples of the group, and divide the finished gradients, just before the step.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "accumulated_epoch"}
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    """One epoch in which `every` batches together make one step.

    model: a module, trained in place; batches: list of pairs (inputs, targets);
    loss_fn: takes (output, targets), gives the batch's mean loss; every: int >= 1.
    Returns: int, the number of steps.
    """
    ### BEGIN SOLUTION
    model.train()
    steps, count = 0, 0
    optimizer.zero_grad()
    for number, (inputs, targets) in enumerate(batches, start=1):
        (loss_fn(model(inputs), targets) * len(inputs)).backward()
        count += len(inputs)
        if number % every == 0 or number == len(batches):
            for p in model.parameters():
                if p.grad is not None:
                    p.grad /= count
            optimizer.step()
            optimizer.zero_grad()
            steps, count = steps + 1, 0
    return steps
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_accumulated_epoch", "points": 3}
def after_groups(accumulated_epoch, inputs, targets, sizes, every):
    """Where a line y = w * x + b comes to, whose batches have these sizes; it begins with old slopes."""
    line = NotingLine()
    optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
    for p in line.parameters():
        p.grad = torch.full((1,), 50.0)
    batches = list(zip(inputs.split(sizes), targets.split(sizes), strict=True))
    steps = accumulated_epoch(line, batches, nn.MSELoss(), optimizer, every)
    return {"steps": steps, "w": line.w.item(), "b": line.b.item()}


six_x = torch.tensor([[1.0], [-1.0], [2.0], [0.5], [-2.0], [1.5]])
six_y = torch.tensor([[2.0], [0.0], [5.0], [1.0], [-3.0], [4.0]])
check(after_groups, accumulated_epoch, six_x, six_y, [2, 2, 2], 3).gives(
    {"steps": 1, "w": 0.8167, "b": 0.3}, tolerance=close
)
check(after_groups, accumulated_epoch, six_x, six_y, [3, 1, 2], 3).gives(
    {"steps": 1, "w": 0.8167, "b": 0.3}, tolerance=close
)
check(after_groups, accumulated_epoch, six_x, six_y, [2, 2, 2], 2).gives(
    {"steps": 2, "w": 1.4544, "b": 0.4513}, tolerance=close
)
solved(accumulated_epoch)
### BEGIN HIDDEN TESTS
for _sizes, _every in (([3], 4), ([2, 1, 4, 3], 2), ([1, 2, 3, 1, 2], 3), ([2, 2], 1)):
    _n = sum(_sizes)
    _x, _y = fresh.floats(_n, 1).clamp(-2, 2), fresh.floats(_n, 1)
    _w = _b = 0.0
    _parts = list(zip(_x.double().split(_sizes), _y.double().split(_sizes), strict=True))
    for _first in range(0, len(_parts), _every):
        _gx = torch.cat([part[0] for part in _parts[_first : _first + _every]])
        _gy = torch.cat([part[1] for part in _parts[_first : _first + _every]])
        _miss = _w * _gx + _b - _gy
        _w, _b = _w - 0.2 * (_miss * _gx).mean().item(), _b - 0.2 * _miss.mean().item()
    check(after_groups, accumulated_epoch, _x, _y, _sizes, _every).gives(
        {"steps": -(-len(_sizes) // _every), "w": _w, "b": _b},
        tolerance=close,
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: when is a step due?</summary>Number the batches from 1. A step is due when the number can be divided by <code>every</code>, and after the last batch.</details>
# <details><summary>Hint 2: a mean over the group</summary><code>loss * len(inputs)</code> is the batch's sum. At the step, <code>p.grad /= count</code> for all parameters makes the mean of the group.</details>
# <details><summary>Hint 3: nearly there</summary>Clear once before the loop, and after every step; set <code>count</code> back to 0 there. The condition is <code>number % every == 0 or number == len(batches)</code>.</details>

# %% [markdown] rows=["S10.6"]
# ### Slopes too steep
#
# Back to the polynomial of [chapter 08](../08_optimizers/08_optimizers.ipynb): its features are x, x², x³, x⁴, and far out x⁴ is huge. There we chose a loss that is mild with large misses. With the squared error a single wild batch throws the layer away. **Gradient clipping** keeps the direction and limits the length. It has one right place: **after `backward`, before `step`**.


# %% id="predict-clipping"
def wild_training(max_norm=None, steps=300):
    """Losses, and the lengths of the gradients, of a training with wild batches."""
    torch.manual_seed(0)
    layer = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.05)
    losses, lengths = [], []
    for _ in range(steps):
        x = torch.randn(32, 1)
        loss = F.mse_loss(layer(torch.cat([x, x**2, x**3, x**4], 1)), 3 * x - x**2)
        optimizer.zero_grad()
        loss.backward()
        limit = math.inf if max_norm is None else max_norm
        lengths.append(nn.utils.clip_grad_norm_(layer.parameters(), limit).item())
        optimizer.step()
        losses.append(loss.item())
    return losses, lengths


predict(
    "300 wild batches without clipping. Is the last loss still a finite number? True or False.",
    mine=...,
    truth=lambda: math.isfinite(wild_training()[0][-1]),
)

# %% rows=["S10.6"]
free, _ = wild_training()
tamed, lengths = wild_training(max_norm=1.0)
fig, ax = plt.subplots(figsize=(6, 3.2))
ax.plot([loss if loss < 1e6 else math.nan for loss in free], label="free, to its end")
ax.plot(tamed, "--", label="clipped to length 1")
ax.set(xlabel="step", ylabel="loss of the batch", yscale="log", title="Wild batches")
ax.legend()
plt.show()
print(f"free: {free[-1]}, clipped: {tamed[-1]:.3f}; longest gradient {max(lengths):.0f}")
assert not math.isfinite(free[-1])
assert sum(tamed[-20:]) < sum(tamed[:20]) and max(lengths) > 50

# %% [markdown] rows=["S10.6"]
# The same from above, on the bent valley of [chapter 08](../08_optimizers/08_optimizers.ipynb). Two walkers with the same learning rate begin on a steep wall. Press play.

# %% rows=["S10.6"]
class ClippedSGD(torch.optim.SGD):
    """SGD that shortens the slope before each step."""

    def step(self, closure):
        closure()  # zero_grad, the loss, backward
        nn.utils.clip_grad_norm_(self.param_groups[0]["params"], max_norm=1.0)
        super().step()


walk = show_optimizer(
    "ravine",
    {
        "free": lambda params: torch.optim.SGD(params, lr=0.05),
        "clipped to length 1": lambda params: ClippedSGD(params, lr=0.05),
    },
    start=(-1.2, 1.8),
    steps=120,
)
free_walk, clipped_walk = walk.data["paths"]
assert free_walk["diverged"] == 4 and clipped_walk["diverged"] is None
walk

# %% [markdown] rows=["S10.6"]
# `clip_grad_norm_` returns the length **before** clipping. That is a number to write into your logbook: when it grows from step to step, trouble is coming. (With `math.inf` as the limit it only measures.) `clip_grad_value_` limits each element by itself, and so it changes the direction.
#
# (One text recommends `detach` or `no_grad` for this. Chapter 06 measured them. They do not shorten a slope: they cut the way. What lies behind the cut learns nothing, and the slope in front of it is as steep as ever.)
#
# ### Exercise 10.12 · Clip, and report
# ●●○○ · 8 minutes · 3 points
#
# Write `clipped_step(loss, model, optimizer, max_norm)`: one whole step for a loss that was just calculated: clear, backward, clip all gradients of the model together to `max_norm`, step. Return the length from **before** clipping as a float. And one thing more, which saves trainings at night: if that length is not finite (`inf` or `nan`), leave the
# parameters alone.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "clipped_step"}
def clipped_step(loss, model, optimizer, max_norm):
    """Backward and one step, with gradients no longer than max_norm.

    loss: 0-d tensor with a graph; model: a module; optimizer: holds the model's parameters; max_norm: float > 0.
    Returns: float, the length of all gradients together before clipping; no step if it is inf or nan.
    """
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    loss.backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), max_norm).item()
    if math.isfinite(length):
        optimizer.step()
    return length
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_clipped_step", "points": 3}
def clipped(clipped_step, slope_w, slope_b, max_norm):
    """One step with lr = 1 from w = b = 0, where the loss has these slopes; there are old slopes, too."""
    line = NotingLine()
    for p in line.parameters():
        p.grad = torch.full((1,), 7.0)
    loss = (slope_w * line.w + slope_b * line.b).sum()
    length = clipped_step(loss, line, torch.optim.SGD(line.parameters(), lr=1.0), max_norm)
    return {"length": length, "w": line.w.item(), "b": line.b.item()}


check(clipped, clipped_step, 30.0, 40.0, 5.0).gives(
    {"length": 50.0, "w": -3.0, "b": -4.0}, tolerance=close
)
check(clipped, clipped_step, -0.3, 0.4, 5.0).gives(
    {"length": 0.5, "w": 0.3, "b": -0.4}, tolerance=close
)
check(clipped, clipped_step, math.inf, 1.0, 5.0).gives(
    {"length": math.inf, "w": 0.0, "b": 0.0}
)
check(clipped, clipped_step, math.nan, 1.0, 5.0).gives(
    {"length": math.nan, "w": 0.0, "b": 0.0}
)
solved(clipped_step)
### BEGIN HIDDEN TESTS
for _max in (0.5, 2.0, 30.0):
    for _ in range(3):
        _sw, _sb = fresh.floats(2).add(0.001).tolist()
        _length = math.hypot(_sw, _sb)
        _factor = min(1.0, _max / _length)
        check(clipped, clipped_step, _sw, _sb, _max).gives(
            {
                "length": _length,
                "w": -_sw * _factor,
                "b": -_sb * _factor,
            },
            tolerance=close,
        )
check(clipped, clipped_step, 1.0, -math.inf, 1.0).gives(
    {"length": math.inf, "w": 0.0, "b": 0.0}
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the order</summary><code>zero_grad</code>, <code>backward</code>, clip, <code>step</code>.</details>
# <details><summary>Hint 2: the report</summary><code>nn.utils.clip_grad_norm_(model.parameters(), max_norm)</code> returns the length from before, as a tensor.</details>
# <details><summary>Hint 3: nearly there</summary><code>length = ….item()</code>, then <code>if math.isfinite(length): optimizer.step()</code>, and return <code>length</code>.</details>

# %% [markdown] rows=["S10.5", "E30"]
# ## 9 · Tell it in words
#
# Four colleagues send you their curves. All of them train on the digits, and all of them are worried. The code below is how the pictures were made; a colleague would not send you that, so look at the pictures first.


# %% rows=["S10.5", "E30"]
def two_curves(net, x, y, valid_x, valid_y, lr, epochs=20):
    """Mean training and validation loss of each epoch."""
    torch.manual_seed(3)
    for layer in net:
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    train_means, valid_means = [], []
    for _ in range(epochs):
        net.train()
        total = 0.0
        for rows in torch.randperm(len(x)).split(64):
            loss = F.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        train_means.append(total / len(x))
        net.eval()
        with torch.no_grad():
            valid_means.append(F.cross_entropy(net(valid_x), valid_y).item())
    return train_means, valid_means


all_x, all_y = train_set[:]
other_x, other_y = valid_set[:]
plain = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
wide = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
leaky = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.8), nn.Linear(64, 10))
runs = {
    "A": two_curves(wide, few_x[:200], few_y[:200], other_x, other_y, 0.01, 90),
    "B": two_curves(plain, all_x, all_y, other_x, other_y, 3e-5),
    "C": two_curves(leaky, all_x, all_y, other_x, other_y, 0.005),
    "D": two_curves(plain, all_x, all_y, other_x, other_y.roll(1), 0.003),
}
fig, axes = plt.subplots(1, 4, figsize=(10, 2.8), layout="constrained", sharey=True)
for ax, (name, (train_means, valid_means)) in zip(axes, runs.items(), strict=True):
    ax.plot(range(1, len(train_means) + 1), train_means, label="training")
    ax.plot(range(1, len(valid_means) + 1), valid_means, "--", label="validation")
    ax.axhline(math.log(10), color="grey", linestyle=":", label="log(10)")
    ax.set(xlabel="epoch", title=name, ylim=(0, 6))
axes[0].set_ylabel("mean cross entropy")
axes[0].legend(fontsize=8)
plt.show()
last_of_each = {name: (t[-1], v[-1]) for name, (t, v) in runs.items()}
assert last_of_each["A"][0] < 0.3 < 0.8 < last_of_each["A"][1]
assert min(last_of_each["B"]) > 1.5
assert last_of_each["C"][1] < last_of_each["C"][0]
assert last_of_each["D"][0] < 0.3 and last_of_each["D"][1] > 4

# %% [markdown] rows=["S10.5", "E30"]
# ### Exercise 10.13 · The doctor's answer
# ●●○○ · 10 minutes · 4 points
#
# *A person reads this answer.* Write two or three sentences for each of A, B, C and D: what do you see, what is the likely cause, and what would you try or check first? One of the four has no trouble at all: which, and how do you explain its odd look to its worried owner? In D the training curve is perfect. Which part of the program would you read first, and why can the cause
# not be overfitting?

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "doctors_answer", "points": 4}
# ### BEGIN SOLUTION
# A full answer says: A overfits. The training loss goes to zero, the validation loss turns around early and climbs. Too few or faulty data for so large a network. Stop early and keep the best weights; more (or cleaner) data, a smaller network, dropout or weight decay. B hardly moves: both curves fall slowly and lie together, near log(10). The learning rate is far too
# small (or it is much too early to judge): raise it ten- or hundredfold. C is the healthy one: the validation loss is lower because the training loss is measured with dropout switched on, and as a mean over an epoch in which the network was still getting better, while validation comes after the epoch in eval mode. Measuring the training data in eval mode would show it. D: training is
# fine, and validation is as bad as knowing nothing from the first epoch on; the more the network learns, the surer it says what counts as wrong. Overfitting would begin well and turn around later. Here validation data are treated differently: labels that do not belong to their pictures (that is the cause), another scaling, another order. Read the lines that prepare the validation data first; or
# send training data through the validation code: they should come out well.
#
# Points: 1 each for A (overfitting and a remedy), B (rate too small), C (healthy, dropout or mean over the epoch), D (the validation data are prepared differently, because it is bad from the start).
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - A training: build, load; for each epoch and each batch: to the device, forward, loss, zero_grad, backward, step; then validate; repeat.
# - First test of a new loop: one batch, learned by heart. It finds a faulty network or loop, not faulty data.
# - The mean of an epoch weighs each batch by its size.
# - Measuring needs `eval()` **and** `no_grad()`: one changes the layers, the other stops the graph. Give the mode back that you found.
# - Stop on the validation loss, with patience, and keep the weights of the best epoch. Ask the test data once, at the end.
# - A run is repeatable when its numbers are in a config and all its dice are seeded.
# - Accumulated gradients equal a large batch, if each batch counts by its share of the samples. Clip after `backward`, before `step`.
#
# | I want | I write |
# |---|---|
# | a bar with numbers | `bar = tqdm(loader, file=sys.stdout)`, `bar.set_postfix(loss=…)` |
# | curves in TensorBoard | `with SummaryWriter(folder) as writer:`, `writer.add_scalar("loss/train", mean, epoch)` |
# | to read them back | `EventAccumulator(folder)`, `.Reload()`, `.Scalars("loss/train")` |
# | the mean of an epoch | `total += loss.detach() * len(x)`, at the end `(total / count).item()` |
# | to measure | `model.eval()`, `with torch.no_grad():`, later `model.train(was_training)` |
# | the best weights | `torch.save(model.state_dict(), path)` whenever the validation loss is a new best |
# | a lower rate each epoch | `scheduler.step()` after the loop over batches |
# | repeatable dice | `random.seed`, `np.random.seed`, `torch.manual_seed`, `DataLoader(…, generator=…)` |
# | answers for NumPy | `torch.cat(outputs).cpu().numpy()`, under `no_grad` |
# | a large batch in parts | `(loss * len(x) / samples_in_all).backward()` for each part, then one `step()` |
# | shorter gradients | `length = nn.utils.clip_grad_norm_(model.parameters(), max_norm)` |
#
# Next: [chapter 11](../11_checkpoints/11_checkpoints.ipynb), where *everything* of a run is saved, so that it goes on after a power cut.

# %% [markdown]
# ### Exercise 10.14 · Quiz
# ●○○○ · 6 minutes · 3 points
#
# One letter for each question.
#
# **q1** A new network learns one batch by heart in a second. That proves
# - (a) that the labels are right
# - (b) that gradients reach the weights and the loop steps
# - (c) that it will do well on new data
#
# **q2** Someone validates under `no_grad`, but forgets `eval()`. The network has BatchNorm.
# - (a) nothing happens: without gradients nothing can change
# - (b) torch raises an error
# - (c) the numbers are off, and the network's running means move towards the validation data
#
# **q3** An epoch has batches of 64, 64 and 4 samples. The mean loss is
# - (a) the sum of the three losses, each times its size, divided by 132
# - (b) the sum of the three losses divided by 3
# - (c) the loss of the last batch, because the network is best then
#
# **q4** Early stopping with patience 5 stopped after epoch 30. Which weights do you keep?
# - (a) those of epoch 30
# - (b) those of epoch 25
# - (c) the mean of epochs 25 to 30
#
# **q5** You accumulate over 8 batches of 32 and step once, with `(loss / 8).backward()`. The network has no BatchNorm. That equals
# - (a) one step with a batch of 256
# - (b) one step with a batch of 32 and an eighth of the rate
# - (c) eight steps with a batch of 32
#
# **q6** Where does `clip_grad_norm_` stand?
# - (a) between forward and `backward`
# - (b) between `backward` and `step`
# - (c) between `step` and `zero_grad`

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "b", "q2": "c", "q3": "a", "q4": "b", "q5": "a", "q6": "b"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 3}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "b",
    "q2": "c",
    "q3": "a",
    "q4": "b",
    "q5": "a",
    "q6": "b",
}
### END HIDDEN TESTS

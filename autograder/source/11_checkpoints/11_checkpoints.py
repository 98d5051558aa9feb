# ---
# jupyter:
#   course:
#     title: "checkpoints: stop, and go on"
#     minutes: 150
#     needs:
#       - "07 nn.Module: parameters, state_dict, train and eval"
#       - "08 losses and optimizers, 10 the training loop"
#     objectives:
#       - "Save what a network has learned, and bring it back into a new one with identical answers"
#       - "Say what is in the file, how large it will be, and why loading a stranger's file can run their code"
#       - "Read the errors about missing, unexpected and mismatched entries, and load the part that fits"
#       - "Stop a training anywhere, even by force, and go on bit for bit as if nothing had happened"
#       - "Save the structure too, when that is wanted"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 11 · Checkpoints: stop, and go on
#
# **After this chapter you can**
# - save what a network has learned, and bring it back into a new one with identical answers;
# - say what is in the file, how large it will be, and why loading a stranger's file can run their code;
# - read the errors about missing, unexpected and mismatched entries, and load the part that fits;
# - stop a training anywhere, even by force, and go on bit for bit as if nothing had happened;
# - save the structure too, when that is wanted.
#
# **Time:** about two and a half hours, with 13 exercises and a quiz. After section 3 is a good place for a break.
# **Before this:** [chapter 07](../07_modules/07_modules.ipynb) (modules, parameters, train and eval),
# [08](../08_optimizers/08_optimizers.ipynb) (optimizers and schedulers) and [10](../10_training/10_training.ipynb) (the training loop).
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the
# dots *before* you run the cell.

# %% id="setup"
import copy
import importlib
import inspect
import io
import json
import os
import pickle
import pickletools
import subprocess
import sys
import zipfile
from collections import OrderedDict
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn
from torch.nn import functional as F

from course_utils import (
    best_device,
    check,
    check_quiz,
    fresh,
    load_weather,
    predict,
    solved,
)
from course_utils.widgets import show_checkpoint

# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.

# %% id="recall-memory"
a = torch.zeros(3)
b = a.detach()
a[0] = 7

predict(
    "b = a.detach(), and then a[0] = 7. What is b[0]?",
    mine=...,
    truth=lambda: b[0].item(),
)

# %% id="recall-parameters"
predict(
    "How many numbers does nn.Linear(20, 256) learn?",
    mine=...,
    truth=lambda: sum(p.numel() for p in nn.Linear(20, 256).parameters()),
)

# %% id="recall-eval"
predict(
    "What does nn.Dropout(0.5).eval() make of torch.ones(4)? Write a list.",
    mine=...,
    truth=lambda: nn.Dropout(0.5).eval()(torch.ones(4)).tolist(),
)

# %% [markdown] rows=["S11.1", "S11.2"]
# ## 1 · A recipe, and some numbers
#
# A network is two things. The **recipe** is its class: which layers there are, and how `forward` uses them. You wrote
# it, and it lies in your program. The **numbers** are what training has found. They lie in memory only. When the
# program ends, they are gone.
#
# So we write the numbers into a file, like a saved game. Such a file is called a **checkpoint**. Here is a network with
# a hidden layer:


# %% rows=["S11.2"]
class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(20, 256)
        self.output = nn.Linear(256, 10)

    def forward(self, x):
        return self.output(F.relu(self.hidden(x)))


torch.manual_seed(0)
net = MLP()
x = torch.randn(2, 20)
y = net(x)

state = net.state_dict()
for name, values in state.items():
    print(f"{name:14} {str(tuple(values.shape)):10} {values.dtype}")
assert list(state) == ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]
assert all(torch.equal(state[name], p) for name, p in net.named_parameters())

# %% [markdown] rows=["S11.1"]
# **`state_dict()`** gives all the numbers by name. A name is the path to the tensor, with dots: `hidden.weight` is the
# `weight` of `net.hidden`. There is no layer in it and no code, only names and tensors.
#
# Is it a copy?

# %% id="predict-alias"
small = nn.Linear(1, 1)
kept = small.state_dict()
with torch.no_grad():
    small.bias.fill_(5.0)

predict(
    "kept = small.state_dict(). Then the bias of small becomes 5. What is kept['bias']? Write a list.",
    mine=...,
    truth=lambda: kept["bias"].tolist(),
)

# %% rows=["S11.1"]
assert kept["bias"].tolist() == [5.0]
assert kept["bias"].data_ptr() == small.bias.data_ptr()
assert not kept["bias"].requires_grad
print("It shares the memory of the network, as detach() does. Keep this in mind.")

# %% [markdown] rows=["S11.1"]
# Not every number of a module is in it. Parameters and **buffers** are: a buffer is a tensor that belongs to the state
# but is not learned, such as the running mean of BatchNorm. Which of these five will be there?


# %% id="predict-buffers"
class Drawers(nn.Module):
    def __init__(self):
        super().__init__()
        self.learned = nn.Parameter(torch.zeros(1))
        self.plain = torch.ones(2)
        self.layers = [nn.Linear(1, 1)]  # a plain Python list
        self.register_buffer("running", torch.zeros(1))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)


predict(
    "Which names has Drawers().state_dict()? Write a list.",
    mine=...,
    truth=lambda: list(Drawers().state_dict()),
)

# %% rows=["S11.1"]
assert list(Drawers().state_dict()) == ["learned", "running"]
assert "running_mean" in nn.BatchNorm1d(2).state_dict()
assert not any("training" in name for name in net.state_dict())
print(list(Drawers().state_dict()))

# %% [markdown] rows=["S11.1"]
# A plain tensor is only an attribute. Layers in a Python list are invisible (`nn.ModuleList` makes them visible). And
# whether the network is in `train()` or `eval()` mode is not in it either.
#
# ### There and back
#
# `torch.save` writes a file, `torch.load` reads it, `load_state_dict` copies the numbers into a network. We keep all
# files of this chapter in one folder:

# %% rows=["S11.1", "S11.2"]
Path("checkpoints").mkdir(exist_ok=True)

torch.save(net.state_dict(), "checkpoints/mlp.pt")
print(os.path.getsize("checkpoints/mlp.pt"), "bytes")

other = MLP()  # the recipe again, with new random numbers
assert not torch.equal(other(x), y)

home = other.hidden.weight.data_ptr()
print(other.load_state_dict(torch.load("checkpoints/mlp.pt")))

assert torch.equal(other(x), y)
assert other.hidden.weight.data_ptr() == home

# %% [markdown] rows=["S11.1", "S11.2"]
# Three things to notice:
#
# - **We needed the recipe.** The file could not have made `other`; `MLP()` did.
# - **The answers are identical**, to the last bit: `torch.equal`, not `allclose`.
# - `load_state_dict` fills the tensors that are there, *in place*, and returns a report. It does **not** return the
#   network.

# %% [markdown] rows=["S11.1", "S11.2"]
# ### Exercise 11.1 · Answers out of a file
# ●○○○ · 5 minutes · 1 point
#
# Write `answer_from_file(make, path, x)`: call `make()` for a new network, fill it from the file, and return its answer
# to `x`. It is used for prediction: layers such as BatchNorm must be in the right mode, and nothing is to be recorded
# for autograd.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "answer_from_file"}
def answer_from_file(make, path, x):
    """What a saved network answers.

    make: a function without arguments that gives a new module; path: str, a file with its state_dict;
    x: float32, what the module takes.
    Returns: the module's output, not part of a graph.
    """
    ### BEGIN SOLUTION
    model = make()
    model.load_state_dict(torch.load(path))
    model.eval()
    with torch.no_grad():
        return model(x)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_answer_from_file", "points": 1}
def steady():
    """A small network that begins with the same numbers every time."""
    made = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1))
    nn.init.ones_(made[1].weight)
    nn.init.zeros_(made[1].bias)
    return made


trained = steady()
trained[0].running_mean.copy_(torch.tensor([10.0, 20.0]))
trained[1].load_state_dict({"weight": torch.tensor([[2.0, 3.0]]), "bias": torch.zeros(1)})
torch.save(trained.state_dict(), "checkpoints/steady.pt")
nearly = (1e-3, 1e-3)  # BatchNorm adds a tiny number to every variance

check(
    answer_from_file,
    steady,
    "checkpoints/steady.pt",
    torch.tensor([[11.0, 22.0], [9.0, 18.0]]),
).gives(torch.tensor([[8.0], [-8.0]]), graph=False, tolerance=nearly)
check(
    answer_from_file, steady, "checkpoints/steady.pt", torch.tensor([[10.0, 21.0]])
).gives(torch.tensor([[3.0]]), graph=False, tolerance=nearly)
solved(answer_from_file)
### BEGIN HIDDEN TESTS
for _n, _d in ((1, 3), (4, 2), (7, 5)):

    def _make():
        return nn.Sequential(
            nn.Linear(_d, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 2)
        )

    _net, _x = _make(), fresh.floats(_n, _d)
    _net(fresh.floats(9, _d))
    torch.save(_net.state_dict(), "checkpoints/hidden.pt")
    check(answer_from_file, _make, "checkpoints/hidden.pt", _x).gives(
        _net.eval()(_x).detach(), graph=False
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the order</summary>Make, load, fill, switch the mode, answer. Five small steps.</details>
# <details><summary>Hint 2: which mode</summary>The file does not know about modes. A new module is in training mode until you say <code>eval()</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>model = make()</code>, then <code>model.load_state_dict(torch.load(path))</code> on a line of its own, then
# <code>model.eval()</code>; call it under <code>torch.no_grad()</code>.</details>

# %% [markdown] rows=["S11.2"]
# ### Exercise 11.2 · A test that can fail
# ●●○○ · 7 minutes · 2 points
#
# Tutorials often show saving like this:


# %% id="proves-nothing" rows=["S11.2"]
torch.save(net.state_dict(), "checkpoints/mlp.pt")
net.load_state_dict(torch.load("checkpoints/mlp.pt"))
assert torch.equal(net(x), y)
print("saved and loaded: the same answers")

# %% [markdown] rows=["S11.2"]
# What was wrong? The numbers went back into the network that they came from. It would have “worked” with no loading at
# all. A test that cannot fail tests nothing.
#
# Write a better one. `comes_back(make, save, load, x)` is True when a network that was written with `save(network,
# path)` and read with `load(network, path)` gives exactly the same answers to `x`, and else False. Two ways of loading
# to test are below: one is right, one forgets half of the work. (Use `"checkpoints/trial.pt"` as the path. `make()`
# draws new random numbers every time.)


# %% id="savers"
def save_state(network, path):
    torch.save(network.state_dict(), path)


def load_state(network, path):
    network.load_state_dict(torch.load(path))


def load_and_forget(network, path):
    torch.load(path)


def with_dropout():
    return nn.Sequential(nn.Linear(20, 64), nn.Dropout(0.5), nn.Linear(64, 3))


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "comes_back"}
def comes_back(make, save, load, x):
    """Whether saving and loading brings the answers back.

    make: gives a new module with random numbers; save, load: functions of (module, path); x: what the module takes.
    Returns: bool.
    """
    ### BEGIN SOLUTION
    old, new = make().eval(), make().eval()
    save(old, "checkpoints/trial.pt")
    load(new, "checkpoints/trial.pt")
    return torch.equal(old(x), new(x))
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_comes_back", "points": 2}
def load_biases_only(network, path):
    saved = torch.load(path)
    network.load_state_dict({k: v for k, v in saved.items() if "bias" in k}, strict=False)


def load_zeros(network, path):
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()


check(comes_back, MLP, save_state, load_state, torch.ones(2, 20)).gives(True)
check(comes_back, MLP, save_state, load_zeros, torch.ones(2, 20)).gives(False)
check(comes_back, MLP, save_state, load_and_forget, torch.ones(2, 20)).gives(False)
check(comes_back, MLP, save_state, load_biases_only, torch.ones(2, 20)).gives(False)
check(comes_back, with_dropout, save_state, load_state, torch.ones(2, 20)).gives(True)
solved(comes_back)
### BEGIN HIDDEN TESTS


def _load_nearly(network, path):
    saved = torch.load(path)
    network.load_state_dict({k: v * (1 + 1e-6) for k, v in saved.items()})


for _ in range(3):
    _x = fresh.floats(3, 20).add(0.5)
    check(comes_back, with_dropout, save_state, load_state, _x).gives(True)
    check(comes_back, MLP, save_state, _load_nearly, _x).gives(False)
    check(comes_back, with_dropout, save_state, load_and_forget, _x).gives(False)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: how many networks?</summary>Two. One is saved, the other is filled. Only so can you see whether anything travelled through the
# file.</details>
# <details><summary>Hint 2: dropout</summary>In training mode dropout draws new random numbers for every answer. Compare in <code>eval()</code> mode.</details>
# <details><summary>Hint 3: nearly there</summary><code>old, new = make().eval(), make().eval()</code>; save the one, load into the other;
# <code>torch.equal(old(x), new(x))</code> is a bool.</details>

# %% [markdown] rows=["S11.1"]
# ### Exercise 11.3 · The best one that was not
# ●●○○ · 7 minutes · 2 points
#
# A training keeps the network with the smallest loss so far, because later rounds may spoil it. For this exercise a
# “round” adds 1 to every number, so that you can see which round a state comes from:


# %% id="broken-keep" rows=["S11.1"]
def one_round(model):
    """Pretend to train: every number of the model grows by 1."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 1


def counter():
    """A module whose numbers begin at 0, so that they count the rounds."""
    made = nn.Linear(1, 1)
    nn.init.zeros_(made.weight)
    nn.init.zeros_(made.bias)
    return made


def broken_keep_best(model, losses):
    best, smallest = None, float("inf")
    for loss in losses:
        one_round(model)
        if loss < smallest:
            best, smallest = model.state_dict(), loss
    return best


from_round = broken_keep_best(counter(), [3.0, 1.0, 2.5, 2.0, 4.0])
print(f"the best loss was that of round 2; kept was round {from_round['bias'].item():g}")
assert from_round["bias"].item() == 5.0

# %% [markdown] rows=["S11.1"]
# Mend it: write `best_round(model, losses)`. In each round it calls `one_round(model)`; `losses[i]` is the loss after
# round `i + 1`. It returns the state_dict from after the round with the smallest loss; of equal losses the earliest
# counts.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "best_round"}
def best_round(model, losses):
    """Train one round for each loss, and return the state of the best round.

    model: a module, changed by one_round; losses: list of floats, at least one.
    Returns: dict, name → tensor, as it was after the round with the smallest loss.
    """
    ### BEGIN SOLUTION
    best, smallest = None, float("inf")
    for loss in losses:
        one_round(model)
        if loss < smallest:
            best, smallest = copy.deepcopy(model.state_dict()), loss
    return best
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_best_round", "points": 2}
check(best_round, counter(), [3.0, 1.0, 2.5, 2.0, 4.0]).gives(
    {"weight": torch.tensor([[2.0]]), "bias": torch.tensor([2.0])}
)
check(best_round, counter(), [5.0, 0.5, 0.5]).gives(
    {"weight": torch.tensor([[2.0]]), "bias": torch.tensor([2.0])}
)
check(best_round, counter(), [1.0, 2.0, 3.0]).gives(
    {"weight": torch.tensor([[1.0]]), "bias": torch.tensor([1.0])}
)
solved(best_round)
### BEGIN HIDDEN TESTS
for _n in (1, 3, 6, 9):
    _losses = [v / 4 for v in fresh.integers(0, 12, _n).tolist()]
    _model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    _start = copy.deepcopy(_model.state_dict())
    _rounds = _losses.index(min(_losses)) + 1
    _names = {k for k, _ in _model.named_parameters()}
    _right = {k: v + _rounds if k in _names else v for k, v in _start.items()}
    check(best_round, _model, _losses).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: what is shared</summary>Run the cell with <code>kept</code> above again. <code>state_dict()</code> gives tensors that share their memory with the network, and
# training writes into that memory.</details>
# <details><summary>Hint 2: how deep</summary><code>dict(…)</code> or <code>.copy()</code> makes a new dict with the <em>same</em> tensors in it. The tensors have to be copied.</details>
# <details><summary>Hint 3: nearly there</summary><code>copy.deepcopy(model.state_dict())</code> copies the dict and every tensor in it.</details>

# %% [markdown] rows=["S11.1"]
# ## 2 · Inside the file
#
# What has `torch.save` written? A zip archive. Any zip program can open it:

# %% rows=["S11.1"]
with zipfile.ZipFile("checkpoints/mlp.pt") as archive:
    for entry in archive.infolist():
        print(f"{entry.file_size:7} bytes  {entry.filename}")
    first_numbers = archive.read("mlp/data/0")

assert torch.equal(
    torch.frombuffer(bytearray(first_numbers), dtype=torch.float32).reshape(256, 20),
    net.hidden.weight,
)

# %% [markdown] rows=["S11.1"]
# `data/0` to `data/3` are the four tensors: bare numbers, one after another, four bytes each. `data.pkl` says which
# names they have and how to put them together. The rest are short notes on the format.
#
# So a checkpoint is about as large as its numbers. Now save a *piece* of something large:

# %% id="predict-slice"
big = torch.zeros(1000, 1000)  # 4,000,000 bytes
torch.save(big[:2], "checkpoints/two-rows.pt")

predict(
    "torch.save(big[:2], path) saves two rows of 1,000 floats. Is the file larger than 1,000,000 bytes? True or False",
    mine=...,
    truth=lambda: os.path.getsize("checkpoints/two-rows.pt") > 1_000_000,
)

# %% rows=["S11.1"]
assert os.path.getsize("checkpoints/two-rows.pt") > 4_000_000
torch.save(big[:2].clone(), "checkpoints/two-rows.pt")
assert os.path.getsize("checkpoints/two-rows.pt") < 20_000
print(os.path.getsize("checkpoints/two-rows.pt"), "bytes after clone()")

# %% [markdown] rows=["E34", "S11.1"]
# `big[:2]` is a view. torch saves the **whole memory** behind a view, so that views which share memory still share it
# after loading. `clone()` first, and only what you want is written.
#
# The same rule is kind to shared layers. One layer that is used in two places has two names in the state_dict, but its
# numbers are written once:

# %% rows=["E34", "S11.1"]
layer = nn.Linear(8, 8)
twice = nn.Sequential(layer, nn.ReLU(), layer)
torch.save(twice.state_dict(), "checkpoints/twice.pt")
with zipfile.ZipFile("checkpoints/twice.pt") as archive:
    pieces = [name for name in archive.namelist() if "/data/" in name]
assert list(twice.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
assert len(list(twice.parameters())) == 2 and len(pieces) == 2
print(len(twice.state_dict()), "names,", len(pieces), "pieces of memory")

# %% [markdown] rows=["E34", "S11.1"]
# ### Exercise 11.4 · How large will it be?
# ●●○○ · 7 minutes · 2 points
#
# Before you save every epoch of a large network, you want to know what the disk will say. Write `bytes_in_file(state)`:
# the bytes that the *numbers* of a state_dict take in a file. Memory that is shared counts once, and a view counts with
# all the memory behind it.
#
# `tensor.untyped_storage()` is the memory behind a tensor. It has a `data_ptr()`, where it begins, and `nbytes()`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "bytes_in_file"}
def bytes_in_file(state):
    """How many bytes torch.save would write for the numbers of these tensors.

    state: dict, name → tensor of any dtype; tensors may share memory.
    Returns: int.
    """
    ### BEGIN SOLUTION
    storages = [tensor.untyped_storage() for tensor in state.values()]
    return sum({s.data_ptr(): s.nbytes() for s in storages}.values())
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_bytes_in_file", "points": 2}
three = torch.tensor([1.0, 2.0, 3.0])
many = torch.arange(100)

check(
    bytes_in_file,
    {"a": three, "b": torch.tensor([True, False]), "c": torch.tensor([4.0, 5.0, 6.0])},
).gives(26, repeatable=False)
check(bytes_in_file, {"few": many[:2]}).gives(800, repeatable=False)
check(bytes_in_file, {"one": three, "again": three}).gives(12, repeatable=False)
check(bytes_in_file, {"front": many[:5], "back": many[90:]}).gives(800, repeatable=False)
solved(bytes_in_file)
### BEGIN HIDDEN TESTS
check(bytes_in_file, {}).gives(0, repeatable=False)
for _n in (2, 5, 9):
    _whole = fresh.floats(_n, 4)
    _other = fresh.integers(0, 9, _n)
    _state = {
        "w": _whole,
        "t": _whole.t(),
        "row": _whole[1],
        "i": _other,
        "c": _other.clone(),
    }
    check(bytes_in_file, _state).gives(16 * _n + 16 * _n, repeatable=False)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which size</summary><code>tensor.nbytes</code> counts the cells that the tensor shows. You want those of its storage:
# <code>tensor.untyped_storage().nbytes()</code>.</details>
# <details><summary>Hint 2: count once</summary>Two tensors that share memory have storages with the same <code>data_ptr()</code>. Which Python collection keeps each key only
# once?</details>
# <details><summary>Hint 3: nearly there</summary>A dict from <code>data_ptr()</code> to <code>nbytes()</code>, and then the sum of its values.</details>

# %% [markdown] rows=["S11.1", "S11.5"]
# ### `data.pkl`: a small program
#
# The note on how to put things together is written with **pickle**, Python's own way to turn objects into bytes:

# %% rows=["S11.1"]
note = pickle.dumps({"name": "mlp", "sizes": [20, 256, 10]})
assert pickle.loads(note) == {"name": "mlp", "sizes": [20, 256, 10]}
print(note)

# %% [markdown] rows=["S11.5"]
# It looks like data, but it is a list of **instructions**. Unpickling carries them out, one after another. Here are
# those for a tensor of three numbers:

# %% rows=["S11.5"]
torch.save(torch.tensor([1.0, 2.0, 3.0]), "checkpoints/three.pt")
with zipfile.ZipFile("checkpoints/three.pt") as archive:
    program = archive.read("three/data.pkl")

steps = [(step.name, value) for step, value, _ in pickletools.genops(program)]
for name, value in steps:
    if name not in ("BINPUT", "MARK", "PROTO"):
        print(f"{name:12}", "" if value is None else value)
assert ("GLOBAL", "torch._utils _rebuild_tensor_v2") in steps
assert ("REDUCE", None) in steps

# %% [markdown] rows=["S11.5"]
# `GLOBAL` fetches a function by its name: here `torch._utils._rebuild_tensor_v2`. `REDUCE` **calls** it. That is how a
# tensor gets built.
#
# You see the danger. Who writes the file chooses the function. *Any* function of Python can stand there.
#
# Let us build a trap. Any object may say, in `__reduce__`, which call is to bring it back. Ours says: call
# `os.makedirs`. It only makes an empty folder; it could as well delete your files or send them away.


# %% rows=["S11.5"]
class Trap:
    def __reduce__(self):
        return os.makedirs, ("checkpoints/I-WAS-HERE",)


gift = {"weight": torch.zeros(2), "bias": Trap()}
torch.save(gift, "checkpoints/free-weights.pt")
trace = Path("checkpoints/I-WAS-HERE")
if trace.exists():
    trace.rmdir()  # left over from an earlier run of this notebook

# %% [markdown] rows=["S11.5"]
# Saving is harmless. Somebody sends you this file. What happens when you load it?


# %% id="predict-trap"
def load_gift():
    torch.load("checkpoints/free-weights.pt")
    return "it loads"


predict(
    'torch.load("checkpoints/free-weights.pt"): "it loads", or "error"?',
    mine=...,
    truth=load_gift,
)

# %% rows=["S11.5"]
try:
    torch.load("checkpoints/free-weights.pt")
except pickle.UnpicklingError as error:
    refusal = [line for line in str(error).splitlines() if "os.makedirs" in line]
    print(type(error).__name__, *refusal, sep="\n")
else:
    raise AssertionError("the trap was not refused")
assert refusal and not trace.exists()

# %% [markdown] rows=["S11.5"]
# **Refused**, before anything ran. Since torch 2.6 `torch.load` has `weights_only=True` by default. It carries out the
# instructions with a reader of its own, which knows a short list of harmless functions (building tensors, dicts, lists,
# numbers, text) and refuses all others. Keep torch up to date: before 2.6 that reader had a hole (CVE-2025-32434).
#
# Read on in the message and you find advice: “re-run with `weights_only=False`”. On the internet you find the same
# advice, without the warning. This is what it does:

# %% rows=["S11.5"]
assert not trace.exists()
torch.load("checkpoints/free-weights.pt", weights_only=False)
assert trace.exists()
print("A folder", trace, "has appeared. The file ran code on your computer.")
trace.rmdir()

# %% [markdown] rows=["S11.5"]
# We knew our own trap. `weights_only=False` is for files that **you** have written, and not even always for those. What
# a file would call can be asked without calling it:

# %% rows=["S11.5"]
wanted = torch.serialization.get_unsafe_globals_in_checkpoint("checkpoints/free-weights.pt")
assert wanted == ["os.makedirs"] and not trace.exists()
print(wanted)

# %% [markdown] rows=["S11.5"]
# ### Exercise 11.5 · A gate
# ●●○○ · 6 minutes · 2 points
#
# You run a site where people upload checkpoints. Write `opens_safely(path)`: True when torch will load the file with
# weights only, False when it refuses because of what is in it (`pickle.UnpicklingError`). Nothing in the file may run.
# Other troubles are not the file's fault: when it does not exist, let the `FileNotFoundError` through.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "opens_safely"}
def opens_safely(path):
    """Whether a file can be loaded without trusting whoever wrote it.

    path: str.
    Returns: bool.
    Raises: FileNotFoundError when there is no such file.
    """
    ### BEGIN SOLUTION
    try:
        torch.load(path, weights_only=True)
    except pickle.UnpicklingError:
        return False
    return True
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_opens_safely", "points": 2}
def springs(path):
    """What opens_safely says of a file, and whether a trap in it went off."""
    answer = opens_safely(path)
    went_off = trace.exists()
    if went_off:
        trace.rmdir()
    return answer, went_off


check(opens_safely, "checkpoints/mlp.pt").gives(True)
check(springs, "checkpoints/free-weights.pt").gives((False, False))
check(opens_safely, "checkpoints/no-such-file.pt").raises(FileNotFoundError)
solved(opens_safely)
### BEGIN HIDDEN TESTS


class _Other:
    def __reduce__(self):
        return print, ("boo",)


torch.save([fresh.floats(2), {"lr": 0.1, "names": ["a"]}], "checkpoints/hidden.pt")
check(opens_safely, "checkpoints/hidden.pt").gives(True)
torch.save({"list": [_Other()]}, "checkpoints/hidden.pt")
check(opens_safely, "checkpoints/hidden.pt").gives(False)
torch.save(nn.Linear(1, 1), "checkpoints/hidden.pt")
check(opens_safely, "checkpoints/hidden.pt").gives(False)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: try it</summary>The safe reader never runs what it does not know. So you may simply try to load, and see whether it refuses.</details>
# <details><summary>Hint 2: which errors</summary>Catch <code>pickle.UnpicklingError</code> and nothing else. A bare <code>except:</code> would also swallow a missing
# file.</details>
# <details><summary>Hint 3: nearly there</summary><code>try: torch.load(path, weights_only=True)</code>; <code>except pickle.UnpicklingError: return False</code>; after it,
# <code>return True</code>.</details>

# %% [markdown] rows=["E05", "S11.5"]
# ### Claim check: `torch.load(path, False)`
#
# You may meet a program that loads its weights with `torch.load("weights.pth", False)`, the `False` being meant for
# `weights_only`. Does the second argument mean that?

# %% id="predict-e05"
predict(
    'torch.load("checkpoints/mlp.pt", False): "it loads", or "error"?',
    mine=...,
    truth=lambda: torch.load("checkpoints/mlp.pt", False) and "it loads",
)

# %% rows=["E05", "S11.4"]
second = list(inspect.signature(torch.load).parameters)[1]
assert second == "map_location"
try:
    torch.load("checkpoints/mlp.pt", False)
except TypeError as error:
    print("TypeError:", error)
else:
    raise AssertionError("False was accepted as map_location")
print("The second argument is", second)
assert torch.load("checkpoints/mlp.pt", weights_only=True).keys() == net.state_dict().keys()

# %% [markdown] rows=["E05", "S11.5"]
# The second argument is `map_location` (section 3), and torch tried to *call* `False`. Write `weights_only=True` by
# name: it is the default today, but your reader sees that you meant it, and an older torch obeys too.
#
# ### Something of your own in a checkpoint
#
# A checkpoint may also hold notes: settings, the loss, the day. But the safe reader knows only a few kinds of objects.
# A date is not among them:


# %% rows=["S11.5"]
def opens_as_it_is(path):
    try:
        return bool(torch.load(path))
    except pickle.UnpicklingError:
        return False


torch.save({"saved on": date(2026, 1, 31)}, "checkpoints/dated.pt")
print(torch.serialization.get_unsafe_globals_in_checkpoint("checkpoints/dated.pt"))
assert not opens_as_it_is("checkpoints/dated.pt")

with torch.serialization.safe_globals([date]):
    print(torch.load("checkpoints/dated.pt"))
    assert opens_as_it_is("checkpoints/dated.pt")
assert not opens_as_it_is("checkpoints/dated.pt")

# %% [markdown] rows=["S11.5"]
# `safe_globals` says: I know this class, let it in, as long as the `with` block lasts. Better still, put only **plain
# things** into a checkpoint: tensors, numbers, text, lists, dicts. Then every program can read it.
#
# ### safetensors: no program at all
#
# If only names and numbers are needed, why carry instructions? The **safetensors** format has none. A file is
#
# 1. 8 bytes: how long the header is, a whole number, least byte first (“little”);
# 2. the header: JSON text, for each name its dtype, its shape, and from where to where its bytes lie;
# 3. the bytes of all tensors, one after another. The positions in the header count from the start of this part.
#
# Writing it takes ten lines:

# %% rows=["S11.5"]
DTYPES = {"F32": torch.float32, "I64": torch.int64}


def write_plain(tensors, path):
    header, body = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        kind = next(k for k, dtype in DTYPES.items() if dtype == tensor.dtype)
        place = [len(body), len(body) + len(raw)]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": place}
        body += raw
    text = json.dumps(header).encode()
    Path(path).write_bytes(len(text).to_bytes(8, "little") + text + body)


write_plain(
    {"w": torch.tensor([[1.0, 2.0]]), "n": torch.tensor(7)}, "checkpoints/plain.safetensors"
)
content = Path("checkpoints/plain.safetensors").read_bytes()
length = int.from_bytes(content[:8], "little")
print(length, "bytes of header:", content[8 : 8 + length].decode())
print("then the numbers:", content[8 + length :].hex(" "))
assert json.loads(content[8 : 8 + length])["w"]["data_offsets"] == [0, 8]
assert len(content) == 8 + length + 8 + 8

# %% [markdown] rows=["S11.5"]
# ### Exercise 11.6 · Read it back
# ●●●○ · 10 minutes · 3 points
#
# Write `read_plain(path)`, the way back. Read all bytes, find the header, and make each tensor of its piece:
# `torch.frombuffer(bytearray(piece), dtype=…)` turns bytes into a row of numbers. `DTYPES` translates the dtypes. Files
# from elsewhere may have an entry `"__metadata__"` in the header, with notes and no tensor: leave it out. No tensor is
# empty.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "read_plain"}
def read_plain(path):
    """The tensors of a safetensors file.

    path: str; the file's dtypes are those in DTYPES.
    Returns: dict, name → tensor with the dtype and shape that the header says.
    """
    ### BEGIN SOLUTION
    content = Path(path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__":
            begin, end = about["data_offsets"]
            row = torch.frombuffer(bytearray(body[begin:end]), dtype=DTYPES[about["dtype"]])
            tensors[name] = row.reshape(about["shape"])
    return tensors
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_read_plain", "points": 3}
def with_notes(path):
    """Add an entry of notes to the header of a file."""
    content = Path(path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = {"__metadata__": {"made by": "me"}} | json.loads(content[8 : 8 + length])
    text = json.dumps(header).encode()
    Path(path).write_bytes(len(text).to_bytes(8, "little") + text + content[8 + length :])


write_plain({"w": torch.tensor([1.0, 2.0])}, "checkpoints/one.safetensors")
check(read_plain, "checkpoints/one.safetensors").gives({"w": torch.tensor([1.0, 2.0])})
write_plain(
    {"w": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "n": torch.tensor(7)},
    "checkpoints/two.safetensors",
)
check(read_plain, "checkpoints/two.safetensors").gives(
    {"w": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "n": torch.tensor(7)}
)
write_plain({"b": torch.tensor([5.0])}, "checkpoints/notes.safetensors")
with_notes("checkpoints/notes.safetensors")
check(read_plain, "checkpoints/notes.safetensors").gives({"b": torch.tensor([5.0])})
solved(read_plain)
### BEGIN HIDDEN TESTS
for _ in range(4):
    _tensors = {}
    for _i in range(fresh.integer(1, 5)):
        _shape = fresh.shape(fresh.integer(0, 3), 1, 4)
        _tensors[f"layer.{_i}"] = (
            fresh.floats(*_shape) if fresh.integer(0, 1) else fresh.integers(-9, 9, *_shape)
        )
    write_plain(_tensors, "checkpoints/hidden.safetensors")
    if fresh.integer(0, 1):
        with_notes("checkpoints/hidden.safetensors")
    check(read_plain, "checkpoints/hidden.safetensors").gives(_tensors)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: three parts</summary>The cell above the exercise cuts a file into its parts: the first 8 bytes, then <code>length</code> bytes, then the rest. Give the rest a
# name.</details>
# <details><summary>Hint 2: one tensor</summary><code>begin, end = about["data_offsets"]</code> are positions <em>in the rest</em>. <code>reshape</code> brings the row into shape, <code>[]</code>
# included.</details>
# <details><summary>Hint 3: nearly there</summary><code>row = torch.frombuffer(bytearray(body[begin:end]), dtype=DTYPES[about["dtype"]])</code>, then
# <code>row.reshape(about["shape"])</code>, for every name but <code>"__metadata__"</code>.</details>

# %% [markdown] rows=["S11.5"]
# In earnest you take the library of that name (`pip install safetensors`), which knows all dtypes and reads without
# copying. Where it is installed, this cell lets it read what we wrote:

# %% rows=["S11.5"]
try:
    from safetensors.torch import load_file, save_file
except ImportError:
    print(
        "The package safetensors is not installed here; the file above has its format all the same."
    )
else:
    again = load_file("checkpoints/plain.safetensors")
    assert again["w"].tolist() == [[1.0, 2.0]] and again["n"].item() == 7
    save_file(net.state_dict(), "checkpoints/mlp.safetensors")
    assert all(
        torch.equal(tensor, net.state_dict()[name])
        for name, tensor in load_file("checkpoints/mlp.safetensors").items()
    )
    print("the library reads our file, and writes and reads the MLP")

# %% [markdown] rows=["S11.4"]
# ## 3 · When names do not fit
#
# `load_state_dict` puts numbers to tensors **by name**. So what if the names differ? Here the file comes from a network
# with the same layers, written as `nn.Sequential`:

# %% rows=["S11.4"]
in_a_row = nn.Sequential(nn.Linear(20, 256), nn.ReLU(), nn.Linear(256, 10))
torch.save(in_a_row.state_dict(), "checkpoints/in-a-row.pt")
try:
    MLP().load_state_dict(torch.load("checkpoints/in-a-row.pt"))
except RuntimeError as error:
    print(error)
    assert 'Missing key(s) in state_dict: "hidden.weight"' in str(error)
    assert 'Unexpected key(s) in state_dict: "0.weight"' in str(error)
else:
    raise AssertionError("names that do not fit were accepted")

# %% [markdown] rows=["S11.4"]
# Read it from the side of the **network**, which is being filled:
#
# | torch says | it means |
# |---|---|
# | missing key | the network has this tensor, the file does not |
# | unexpected key | the file has it, the network does not |
# | size mismatch | both have it, in different shapes |
#
# `strict=False` lets missing and unexpected names pass, and reports them. That is useful, and dangerous: when no name
# fits, nothing is loaded, and nobody complains.

# %% rows=["S11.4"]
target = MLP()
before = target.hidden.weight.clone()
report = target.load_state_dict(torch.load("checkpoints/in-a-row.pt"), strict=False)
assert report.missing_keys == list(target.state_dict())
assert report.unexpected_keys == ["0.weight", "0.bias", "2.weight", "2.bias"]
assert torch.equal(target.hidden.weight, before)
print("missing:   ", report.missing_keys)
print("unexpected:", report.unexpected_keys)
print("All random still. Always look at the report.")

# %% [markdown] rows=["S11.4"]
# And a tensor of another shape? You took a network for 10 classes, and want it for 3: a new last layer.


# %% id="predict-mismatch"
class Classifier(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.head = nn.Linear(8, classes)


def load_ten_into_three():
    return Classifier(3).load_state_dict(Classifier(10).state_dict(), strict=False)


predict(
    'The head differs in shape. With strict=False: "it loads", or "error"?',
    mine=...,
    truth=lambda: load_ten_into_three() and "it loads",
)

# %% rows=["S11.4"]
torch.manual_seed(0)
ten, three_classes = Classifier(10), Classifier(3)
try:
    three_classes.load_state_dict(ten.state_dict(), strict=False)
except RuntimeError as error:
    print(error)
else:
    raise AssertionError("another shape was accepted")

assert torch.equal(three_classes.body.weight, ten.body.weight)
print("\nAnd yet the body was loaded!")

# %% [markdown] rows=["S11.4"]
# Two surprises. `strict=False` forgives names, never shapes. And the error comes at the **end**: everything that fits
# has been copied by then. After a failed load the network is half new; do not go on with it.
#
# Here is the same comparison as a picture. The file is loaded *into* the first one:

# %% rows=["S11.4"]
wider = Classifier(3)
wider.extra = nn.Linear(1, 1)
show_checkpoint(wider, ten, names=("a new network", "the file"))

# %% [markdown] rows=["S11.4"]
# ### Exercise 11.7 · A word too many
# ●●○○ · 5 minutes · 2 points
#
# Read this error. What has happened to the names?

# %% id="wrapped" rows=["S11.4"]
wrapped = nn.DataParallel(MLP())  # spreads a batch over several GPUs
torch.save(wrapped.state_dict(), "checkpoints/wrapped.pt")
try:
    MLP().load_state_dict(torch.load("checkpoints/wrapped.pt"))
except RuntimeError as error:
    print(error)

# %% [markdown] rows=["S11.4"]
# The network was saved from inside a wrapper, and every name got the wrapper's word in front. (`torch.compile` does the
# same, with `_orig_mod.`.) Write `without_prefix(state, prefix)`: a **new** dict in which names lose the prefix where
# they *begin* with it. Other names stay as they are, and so does `state`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "without_prefix"}
def without_prefix(state, prefix):
    """The same tensors under names without a prefix.

    state: dict, name → tensor; prefix: str, such as "module.".
    Returns: a new dict, in the same order.
    """
    ### BEGIN SOLUTION
    return {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_without_prefix", "points": 2}
one, two = torch.tensor([1.0]), torch.tensor([2.0])

check(
    without_prefix, {"module.hidden.bias": one, "module.output.bias": two}, "module."
).gives({"hidden.bias": one, "output.bias": two})
check(without_prefix, {"module.embed.bias": one, "scale": two}, "module.").gives(
    {"embed.bias": one, "scale": two}
)
check(without_prefix, {"module.sub.module.bias": one}, "module.").gives(
    {"sub.module.bias": one}
)
solved(without_prefix)
### BEGIN HIDDEN TESTS
for _prefix in ("_orig_mod.", "module.", "net."):
    _inner = {
        f"{w}.{i}.{_prefix}b": fresh.floats(2) for i, w in enumerate(("made", "dog", "old"))
    }
    _given = {_prefix + k: v for k, v in _inner.items()} | {"other": fresh.floats(1)}
    _keys = list(_given)
    check(without_prefix, _given, _prefix).gives(_inner | {"other": _given["other"]})
    assert list(_given) == _keys
check(without_prefix, {}, "module.").gives({})
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a new dict</summary>Go through <code>state.items()</code> and put each tensor under its new name.</details>
# <details><summary>Hint 2: cutting text</summary><code>lstrip</code> is not it: it takes away any of the <em>letters</em>. Python has a method that removes a whole word from the
# front.</details>
# <details><summary>Hint 3: nearly there</summary><code>name.removeprefix(prefix)</code> leaves a name alone that does not begin with it.</details>

# %% [markdown] rows=["S11.4"]
# ### Exercise 11.8 · What fits
# ●●○○ · 7 minutes · 2 points
#
# Now for the new head. Write `fitting_part(model, state)`: those entries of `state` that the model has **under the same
# name and in the same shape**, as a new dict. What does not fit is left out. Nothing is loaded yet.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "fitting_part"}
def fitting_part(model, state):
    """The entries of a state_dict that fit a model.

    model: a module; state: dict, name → tensor.
    Returns: a new dict with the tensors of state.
    """
    ### BEGIN SOLUTION
    mine = model.state_dict()
    return {
        name: tensor
        for name, tensor in state.items()
        if name in mine and mine[name].shape == tensor.shape
    }
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_fitting_part", "points": 2}
def zeros_for(model):
    """A model whose numbers are all 0."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    return model


weight, bias = torch.tensor([[1.0, 2.0]]), torch.tensor([3.0])

check(fitting_part, zeros_for(nn.Linear(2, 1)), {"weight": weight, "bias": bias}).gives(
    {"weight": weight, "bias": bias}
)
# the bias has another shape
check(
    fitting_part, zeros_for(nn.Linear(2, 2)), {"weight": weight.t() @ weight, "bias": bias}
).gives({"weight": torch.tensor([[1.0, 2.0], [2.0, 4.0]])})
# the model has no “extra”, and the file has no bias; the weight is transposed
check(
    fitting_part, zeros_for(nn.Linear(2, 1)), {"weight": weight.t(), "extra": bias}
).gives({})
solved(fitting_part)
### BEGIN HIDDEN TESTS
for _ in range(4):
    _a, _b = fresh.integer(1, 4), fresh.integer(5, 8)
    _old = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, _a)).state_dict()
    _new = nn.Sequential(
        nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, _b), nn.Linear(_b, 1)
    )
    _keys = list(_old)
    check(fitting_part, _new, _old).gives({k: v for k, v in _old.items() if k[0] != "2"})
    assert list(_old) == _keys
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two dicts</summary><code>model.state_dict()</code> says which names and shapes the model has. Compare with it; take the tensors from
# <code>state</code>.</details>
# <details><summary>Hint 2: in which order</summary>First ask whether the name is there, then compare the shapes. The other way round a strange name raises
# <code>KeyError</code>.</details>
# <details><summary>Hint 3: nearly there</summary>A dict comprehension over <code>state.items()</code> with
# <code>if name in mine and mine[name].shape == tensor.shape</code>.</details>

# %% id="use-fitting-part" rows=["S11.4"]
try:
    new = Classifier(3)
    report = new.load_state_dict(fitting_part(new, ten.state_dict()), strict=False)
    assert torch.equal(new.body.weight, ten.body.weight)
    assert report.missing_keys == ["head.weight", "head.bias"]
    print("The body knows already; still to learn:", report.missing_keys)
except NotImplementedError:
    print("First write fitting_part above; then run this cell again.")

# %% [markdown] rows=["S11.4"]
# This is how a network that learned one task starts on another. [Chapter 12](../12_devices/12_devices.ipynb) does it with a network that reads digits.
#
# ### Which device?
#
# A file remembers on which device each tensor lived, and `torch.load` puts it back there. If that device is not here,
# it fails. We have no such file at hand, so we forge one: in a copy of a file the word `cpu` is replaced by `cuda:7`,
# an eighth graphics card.

# %% rows=["S11.4"]
torch.save({"weight": torch.arange(6.0).reshape(2, 3)}, "checkpoints/here.pt")
with (
    zipfile.ZipFile("checkpoints/here.pt") as original,
    zipfile.ZipFile("checkpoints/from-afar.pt", "w") as forged,
):
    for name in original.namelist():
        part = original.read(name)
        if name.endswith("data.pkl"):
            # a text is written as X, its length in four bytes, its letters
            part = part.replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:7")
        forged.writestr(name, part)

try:
    torch.load("checkpoints/from-afar.pt")
except RuntimeError as error:
    print(error)
else:
    raise AssertionError("there are eight graphics cards here")

# %% [markdown] rows=["S11.4"]
# Torch names the cure: **`map_location`** says where the tensors go instead.

# %% rows=["S11.4"]
here = torch.load("checkpoints/from-afar.pt", map_location="cpu")
assert here["weight"].device.type == "cpu" and here["weight"][1, 2].item() == 5.0

device = best_device()
there = torch.load("checkpoints/from-afar.pt", map_location=device)
assert there["weight"].device.type == device.type

placed = nn.Linear(3, 2, bias=False).to(device)
placed.load_state_dict(here)
assert placed.weight.device == there["weight"].device and placed.weight[1, 2].item() == 5.0

shapes = torch.load("checkpoints/from-afar.pt", map_location="meta")
assert shapes["weight"].is_meta and shapes["weight"].shape == (2, 3)
print(here["weight"].device, "|", there["weight"].device, "|", shapes)

# %% [markdown] rows=["S11.4"]
# - In a program that others will run, always load with `map_location="cpu"`, then `load_state_dict`: it copies the
#   numbers to wherever the network lives.
# - `map_location="meta"` brings names, shapes and dtypes but no numbers. So you can look into a checkpoint that is
#   larger than your memory.
#
# (Here is a good place for a break.)

# %% [markdown] rows=["S11.3"]
# ## 4 · Stop, and go on
#
# A training of three days stops after two: the power fails, the time on the big machine is up. You want to go on as if
# nothing had happened. And we mean it literally: the weights at the end should have **the same bits** as those of a
# training that never stopped.
#
# Our training is small: from rain, the night's temperature and wind, guess how warm the day was. It has everything that
# a large one has. It throws dice twice (the order of the days, and dropout), Adam keeps running averages, and a
# scheduler halves the learning rate every second epoch.


# %% rows=["S11.3"]
def weather_data():
    values = load_weather().values
    rest = values[:, [0, 2, 3]]
    return (rest - rest.mean(dim=0)) / rest.std(dim=0), values[:, [1]]


def new_run():
    """A training that has not begun."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Dropout(0.2), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    return SimpleNamespace(model=model, optimizer=optimizer, scheduler=scheduler, epoch=0)


def train_epoch(run):
    """Train once through all days; run.epoch counts the finished epochs."""
    run.model.train()
    for days in torch.randperm(len(inputs)).split(256):
        loss = F.mse_loss(run.model(inputs[days]), targets[days])
        run.optimizer.zero_grad()
        loss.backward()
        run.optimizer.step()
    run.scheduler.step()
    run.epoch += 1


torch.set_num_threads(1)  # faster for so small a network, and sums keep their order
inputs, targets = weather_data()
whole = new_run()
for _ in range(6):
    train_epoch(whole)
    error = F.l1_loss(whole.model.eval()(inputs), targets).item()
    print(f"epoch {whole.epoch}: off by {error:.1f} °C on average")
assert whole.epoch == 6 and error < 6

# %% [markdown] rows=["S11.3"]
# ### What has a memory?
#
# The model, of course. What else changes while we train? Look into the optimizer:

# %% rows=["S11.3"]
memory = whole.optimizer.state_dict()
print("of the first weight:", {k: tuple(v.shape) for k, v in memory["state"][0].items()})
print("settings:", {k: memory["param_groups"][0][k] for k in ("lr", "betas", "params")})
print(
    "scheduler:", {k: whole.scheduler.state_dict()[k] for k in ("last_epoch", "_last_lr")}
)

numbers = sum(p.numel() for p in whole.model.parameters())
averages = sum(
    s["exp_avg"].numel() + s["exp_avg_sq"].numel() for s in memory["state"].values()
)
assert averages == 2 * numbers
assert memory["param_groups"][0]["lr"] == 0.1 * 0.5**3

# %% [markdown] rows=["S11.3"]
# For every weight Adam keeps **two running averages**. So a checkpoint of a training is about three times as large as
# the weights alone. The optimizer and the scheduler have `state_dict()` and `load_state_dict()` too.
#
# And the dice. torch's random numbers come from a **generator**, and its state can be read and set:

# %% rows=["S11.3"]
dice = torch.get_rng_state()
first_throw = torch.rand(3)
torch.set_rng_state(dice)
assert torch.equal(torch.rand(3), first_throw)
print("the state of the dice:", dice.dtype, tuple(dice.shape))

torch.save({"dice": dice}, "checkpoints/dice.pt")
moved = torch.load("checkpoints/dice.pt", map_location="meta")["dice"]
try:
    torch.set_rng_state(moved)
except TypeError as error:
    print("map_location moves the dice too:", error)
else:
    raise AssertionError("a state that is not on the CPU was accepted")

own = torch.Generator().manual_seed(1)  # dice of its own, as a DataLoader may have
where_it_stands = own.get_state()
own_throw = torch.rand(3, generator=own)
own.set_state(where_it_stands)
assert torch.equal(torch.rand(3, generator=own), own_throw)

if torch.cuda.is_available():  # every graphics card has dice of its own
    cards = torch.cuda.get_rng_state_all()
    on_card = torch.rand(3, device="cuda")
    torch.cuda.set_rng_state_all(cards)
    assert torch.equal(torch.rand(3, device="cuda"), on_card)

# %% [markdown] rows=["S11.3"]
# Whatever throws dice in *your* program has a state: `random.getstate()` in Python, `generator.get_state()` of a
# generator that you gave to a DataLoader, `torch.cuda.get_rng_state_all()` for graphics cards.
#
# Now an experiment. Three epochs, a break, three more. In the break one thing is forgotten and starts anew. How far off
# do the weights end?


# %% rows=["S11.3"]
def with_a_break(forget=None):
    """Six epochs with a break after three; one part may be forgotten in it."""
    first = new_run()
    for _ in range(3):
        train_epoch(first)
    dice = torch.get_rng_state()

    second = new_run()
    for part in ("model", "optimizer", "scheduler"):
        if part != forget:
            getattr(second, part).load_state_dict(getattr(first, part).state_dict())
    if forget != "dice":
        torch.set_rng_state(dice)
    for _ in range(3):
        train_epoch(second)
    return second.model.state_dict()


def farthest(a, b):
    """The largest difference between two numbers of the same place."""
    return max((a[name] - b[name]).abs().max().item() for name in a)


# %% id="predict-break"
predict(
    "Only the dice are forgotten. Are the weights at the end still the same bits? True or False",
    mine=...,
    truth=lambda: farthest(with_a_break("dice"), whole.model.state_dict()) == 0,
)

# %% rows=["S11.3"]
off = {
    forget: farthest(with_a_break(forget), whole.model.state_dict())
    for forget in (None, "dice", "scheduler", "optimizer", "model")
}
for forget, distance in off.items():
    print(f"forgot {forget!s:10} → off by {distance:.4f}")
assert off[None] == 0.0
assert all(distance > 0 for forget, distance in off.items() if forget is not None)

# %% [markdown] rows=["S11.3"]
# Nothing forgotten: **0**, exactly. Anything forgotten: another training.
#
# ### Exercise 11.9 · The same bits
# ●●○○ · 6 minutes · 2 points
#
# “The same” must be measured strictly. `allclose` forgives small errors. `torch.equal` says that NaN differs from NaN,
# so after a training that went wrong even a perfect copy seems different. Write `differing(a, b)`: the **sorted names**
# of all entries whose shape, dtype or bits differ, or that only one of the two has.
# `tensor.flatten().view(torch.uint8)` shows the bytes of a tensor.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "differing"}
def differing(a, b):
    """The names under which two state_dicts are not bit for bit the same.

    a, b: dicts, name → tensor of any dtype.
    Returns: sorted list of str.
    """

    ### BEGIN SOLUTION
    def same(s, t):
        return (s.shape, s.dtype) == (t.shape, t.dtype) and torch.equal(
            s.flatten().view(torch.uint8), t.flatten().view(torch.uint8)
        )

    names = a.keys() | b.keys()
    return sorted(n for n in names if n not in a or n not in b or not same(a[n], b[n]))
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_differing", "points": 2}
nan = float("nan")

check(
    differing,
    {"w": torch.tensor([1.0]), "b": torch.tensor([2.0])},
    {"b": torch.tensor([2.0]), "w": torch.tensor([1.0])},
).gives([])
check(
    differing,
    {"w": torch.tensor([1.0]), "a": torch.tensor([1.0])},
    {"w": torch.tensor([1.0000001]), "a": torch.tensor([1.0])},
).gives(["w"])
check(differing, {"w": torch.tensor([nan, 1.0])}, {"w": torch.tensor([nan, 1.0])}).gives([])
check(
    differing,
    {"w": torch.ones(2), "old": torch.ones(1)},
    {"w": torch.ones(2), "new": torch.ones(1)},
).gives(["new", "old"])
check(differing, {"w": torch.tensor([1.0, 2.0])}, {"w": torch.tensor([1, 2])}).gives(["w"])
solved(differing)
### BEGIN HIDDEN TESTS
for _ in range(4):
    _a = {f"l{i}.w": fresh.floats(*fresh.shape(2, 1, 4)) for i in range(5)}
    _a["n"], _a["flag"] = torch.tensor(fresh.integer(0, 9)), fresh.bools(3)
    _a["half"] = fresh.floats(3, dtype=torch.float16)
    _b = {k: v.clone() for k, v in _a.items()}
    check(differing, _a, _b).gives([])
    _chosen = [k for k in sorted(_a) if fresh.integer(0, 1) and k != "flag"]
    for _k in _chosen:
        _b[_k] = _b[_k] + 1 if fresh.integer(0, 1) else _b[_k].unsqueeze(0)
    check(differing, _a, _b).gives(_chosen)
    del _b["half"]
    check(differing, _a, _b).gives(sorted({*_chosen, "half"}))
check(
    differing,
    {"t": torch.tensor([[1.0, 2.0], [3.0, 4.0]]).t()},
    {"t": torch.tensor([[1.0, 3.0], [2.0, 4.0]])},
).gives([])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: all names</summary><code>a.keys() | b.keys()</code> has every name of either. A name that one of them lacks goes into the list at once.</details>
# <details><summary>Hint 2: NaN</summary>Bytes know nothing of NaN: compare <code>s.flatten().view(torch.uint8)</code> with <code>t.flatten().view(torch.uint8)</code>.</details>
# <details><summary>Hint 3: nearly there</summary>Two tensors are the same when shape and dtype agree and <code>torch.equal</code> holds for their bytes. Collect the names where that is not so, and
# sort them.</details>

# %% [markdown] rows=["S11.3"]
# ### Exercise 11.10 · Pack the suitcase
# ●●○○ · 6 minutes · 2 points
#
# Here is how a training is unpacked. Read it, above all the last step: `new_run()` throws dice itself (for its first
# weights), so the dice come **last**.


# %% rows=["S11.3"]
def unpack(kit):
    """A training that goes on where the packed one stood."""
    run = new_run()
    run.model.load_state_dict(kit["model"])
    run.optimizer.load_state_dict(kit["optimizer"])
    run.scheduler.load_state_dict(kit["scheduler"])
    run.epoch = kit["epoch"]
    torch.set_rng_state(kit["dice"])
    return run


# %% [markdown] rows=["S11.3"]
# Write the other half. `pack_run(run)` gives the dict that `unpack` understands. It must survive `torch.save` and
# `torch.load(…, weights_only=True)`. The run must be able to go on after it.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "pack_run"}
def pack_run(run):
    """All that a training needs to go on.

    run: what new_run gives: model, optimizer, scheduler, epoch (how many are finished).
    Returns: dict with the keys that unpack reads.
    """
    ### BEGIN SOLUTION
    return {
        "model": run.model.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "scheduler": run.scheduler.state_dict(),
        "epoch": run.epoch,
        "dice": torch.get_rng_state(),
    }
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_pack_run", "points": 2}
def result_of(run):
    return {"epoch": run.epoch, "last layer": run.model[3].weight.detach().clone()}


def straight_through(epochs):
    """A training that never stops."""
    run = new_run()
    for _ in range(epochs):
        train_epoch(run)
    return result_of(run)


def after_a_break(pack_run, before, after):
    """Train, pack, save, load, unpack, train on."""
    run = new_run()
    for _ in range(before):
        train_epoch(run)
    suitcase = io.BytesIO()  # a file that exists in memory only
    torch.save(pack_run(run), suitcase)
    torch.rand(5)  # somebody else throws dice meanwhile
    suitcase.seek(0)
    run = unpack(torch.load(suitcase, weights_only=True))
    for _ in range(after):
        train_epoch(run)
    return result_of(run)


exactly = (0.0, 0.0)
check(after_a_break, pack_run, 3, 3).gives(straight_through(6), tolerance=exactly)
check(after_a_break, pack_run, 1, 2).gives(straight_through(3), tolerance=exactly)
solved(pack_run)
### BEGIN HIDDEN TESTS
for _before, _after in ((0, 2), (2, 1), (4, 1)):
    check(after_a_break, pack_run, _before, _after).gives(
        straight_through(_before + _after), tolerance=exactly
    )
_run = new_run()
train_epoch(_run)
pack_run(_run)
train_epoch(_run)
assert torch.equal(result_of(_run)["last layer"], straight_through(2)["last layer"])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which keys</summary><code>unpack</code> reads five of them.</details>
# <details><summary>Hint 2: state, not things</summary>Three of the five have a <code>state_dict()</code>. Whole objects would be refused by <code>weights_only=True</code>.</details>
# <details><summary>Hint 3: nearly there</summary>The dice are <code>torch.get_rng_state()</code>, read at this very moment. A seed would start them from the beginning.</details>

# %% [markdown] rows=["S11.3"]
# ### Exercise 11.11 · Never without a file
# ●●○○ · 6 minutes · 2 points
#
# The power may also fail **while you save**. The old file is half overwritten then, and the new one half written:


# %% rows=["S11.3"]
class PowerCut:
    """Put it into something that is saved, and saving breaks off at this point."""

    def __reduce__(self):
        raise InterruptedError("the power failed")


torch.save({"epoch": 1}, "checkpoints/run.pt")
try:
    torch.save({"epoch": 2, "rest": PowerCut()}, "checkpoints/run.pt")
except InterruptedError as error:
    print("while saving epoch 2:", error)
try:
    torch.load("checkpoints/run.pt")
except RuntimeError as error:
    print("and epoch 1 is gone: ", str(error).split(":")[0])
else:
    raise AssertionError("the old file survived")

# %% [markdown] rows=["S11.3"]
# The remedy: write a **new** file beside the old one, and when it is complete, let it take the old one's place.
# `os.replace(new, old)` does that in one step; at every moment there is a whole file under the name. Write
# `save_safely(thing, path)` that way. When saving fails, the error must come through. (The new file belongs into the
# same folder: `path + ".part"` is a good name.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "save_safely"}
def save_safely(thing, path):
    """torch.save, so that at every moment path is a whole file: the old one or the new one.

    thing: what torch.save takes; path: str.
    """
    ### BEGIN SOLUTION
    torch.save(thing, path + ".part")
    os.replace(path + ".part", path)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_save_safely", "points": 2}
def saved_twice(save, second):
    """Save epoch 1, then something else. What does the folder hold, was an error heard, is it a new file?"""
    Path("checkpoints/safe").mkdir(exist_ok=True)
    for old in Path("checkpoints/safe").iterdir():
        old.unlink()
    path = "checkpoints/safe/run.pt"
    torch.save({"epoch": 1}, path)
    before, heard = os.stat(path).st_ino, False
    try:
        save(second, path)
    except InterruptedError:
        heard = True
    try:
        held = torch.load(path)
    except FileNotFoundError:
        return {"file": "missing", "error heard": heard, "a new file": False}
    except (RuntimeError, EOFError):
        return {"file": "broken", "error heard": heard, "a new file": False}
    new = os.stat(path).st_ino != before
    return {"file": held, "error heard": heard, "a new file": new}


check(saved_twice, save_safely, {"epoch": 2, "rest": PowerCut()}).gives(
    {"file": {"epoch": 1}, "error heard": True, "a new file": False}
)
check(saved_twice, save_safely, {"epoch": 2}).gives(
    {"file": {"epoch": 2}, "error heard": False, "a new file": True}
)
solved(save_safely)
### BEGIN HIDDEN TESTS
for _n in (1, 50):
    _thing = {"w": fresh.floats(_n), "epoch": fresh.integer(2, 9)}
    check(saved_twice, save_safely, _thing).gives(
        {"file": _thing, "error heard": False, "a new file": True}
    )
    assert [p.name for p in Path("checkpoints/safe").iterdir()] == ["run.pt"]
    check(saved_twice, save_safely, _thing | {"end": [PowerCut()]}).gives(
        {"file": {"epoch": 1}, "error heard": True, "a new file": False}
    )
save_safely({"epoch": 7}, "checkpoints/safe/first.pt")
assert torch.load("checkpoints/safe/first.pt") == {"epoch": 7}
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two steps</summary>First everything into the new file. Only when that is done, the change of names.</details>
# <details><summary>Hint 2: what not to do</summary>Do not delete the old file before, and do not copy over it: in both cases there is a moment without a whole file. No <code>try</code> is
# needed.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.save(thing, path + ".part")</code>, then <code>os.replace(path + ".part", path)</code>.</details>

# %% [markdown] rows=["S11.3"]
# ### Exercise 11.12 · Killed and restarted
# ●●●○ · 10 minutes · 4 points
#
# This program is started again after every break. Whoever wrote it was sure that it goes on where it stopped:


# %% id="broken-train-to" rows=["S11.3"]
def broken_train_to(path, epochs):
    run = new_run()
    if os.path.exists(path):
        run.model.load_state_dict(torch.load(path)["model"])
    for _ in range(epochs):
        torch.save({"model": run.model.state_dict(), "epoch": run.epoch}, path)
        train_epoch(run)
    return run


if os.path.exists("checkpoints/broken.pt"):
    os.remove("checkpoints/broken.pt")
broken_train_to("checkpoints/broken.pt", 3)
restarted = broken_train_to("checkpoints/broken.pt", 6)
distance = farthest(restarted.model.state_dict(), whole.model.state_dict())
print(f"3 epochs, a break, then up to 6: the weights are off by {distance:.2f}")
assert distance > 0

# %% [markdown] rows=["S11.3"]
# There are **three** mistakes in it, and it raises nothing. Write `train_to(path, epochs)`. If the file exists, go on
# from it, else begin. Train until `epochs` epochs are finished **in all**, and save after each finished one. Return the
# run. Your `pack_run` and `save_safely` and the given `unpack` are your tools.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "train_to"}
def train_to(path, epochs):
    """Train until so many epochs are finished, from the checkpoint at path if there is one.

    path: str, written after every epoch; epochs: int, counted from the very beginning.
    Returns: the run.
    """
    ### BEGIN SOLUTION
    run = unpack(torch.load(path)) if os.path.exists(path) else new_run()
    while run.epoch < epochs:
        train_epoch(run)
        save_safely(pack_run(run), path)
    return run
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_train_to", "points": 4}
def started(train_to, *goals):
    """Start the program several times, each time with a higher goal."""
    path = "checkpoints/restarted.pt"
    Path(path).unlink(missing_ok=True)
    for goal in goals:
        run = train_to(path, goal)
    return result_of(run)


def stopped_by_force(train_to, epochs, at):
    """Stop the program after the work of epoch `at`, before it is saved; then start it again."""
    global train_epoch
    path, real = "checkpoints/stopped.pt", train_epoch
    Path(path).unlink(missing_ok=True)

    def until_the_power_fails(run):
        real(run)
        if run.epoch == at:
            raise InterruptedError("the power failed")

    train_epoch = until_the_power_fails
    try:
        train_to(path, epochs)
    except InterruptedError:
        pass
    finally:
        train_epoch = real
    saved = torch.load(path)["epoch"] if os.path.exists(path) else "nothing"
    return {"saved": saved} | result_of(train_to(path, epochs))


check(started, train_to, 3).gives(straight_through(3), tolerance=exactly)
check(started, train_to, 3, 6).gives(straight_through(6), tolerance=exactly)
check(started, train_to, 4, 4, 2).gives(straight_through(4), tolerance=exactly)
check(stopped_by_force, train_to, 5, 4).gives(
    {"saved": 3} | straight_through(5), tolerance=exactly
)
solved(train_to)
### BEGIN HIDDEN TESTS
check(started, train_to, 1, 2, 3, 4, 5).gives(straight_through(5), tolerance=exactly)
check(started, train_to, 2, 7).gives(straight_through(7), tolerance=exactly)
for _at in (2, 3):
    check(stopped_by_force, train_to, 4, _at).gives(
        {"saved": _at - 1} | straight_through(4), tolerance=exactly
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the first mistake</summary>The optimizer's averages, the scheduler and the dice start anew. <code>unpack(torch.load(path))</code> brings everything back.</details>
# <details><summary>Hint 2: the second and the third</summary><code>range(epochs)</code> counts from 0 again after every restart, and the state is saved <em>before</em> the work of the epoch: the last one never reaches the
# file.</details>
# <details><summary>Hint 3: nearly there</summary><code>while run.epoch &lt; epochs:</code> train an epoch, then save what <code>pack_run(run)</code> gives.</details>

# %% [markdown] rows=["S11.3"]
# ### For real: `kill`
#
# No more pretending. Your functions go into a program of their own. It is killed without warning while it works on
# epoch 4, after its third epoch was saved. Then *this* notebook takes the file and goes on.

# %% id="kill" rows=["S11.3"]
head = """
import copy, io, os, time
from pathlib import Path
from types import SimpleNamespace
import torch
from torch import nn
from torch.nn import functional as F
from course_utils import load_weather
"""
tail = """
torch.set_num_threads(1)
inputs, targets = weather_data()
one_epoch = train_epoch

def train_epoch(run):
    one_epoch(run)
    if run.epoch == 4:  # worked, not yet saved: wait here for the kill
        print("working on epoch 4", flush=True)
        time.sleep(60)

train_to("checkpoints/killed.pt", 6)
"""
parts = (weather_data, new_run, train_epoch, unpack, pack_run, save_safely, train_to)

try:
    Path("checkpoints/killed.pt").unlink(missing_ok=True)
    train_to("checkpoints/killed.pt", 1)  # a rehearsal here, before the real thing there
    assert differing(whole.model.state_dict(), whole.model.state_dict()) == []
    program = "\n\n".join([head, *map(inspect.getsource, parts), tail])
    Path("checkpoints/train.py").write_text(program, encoding="utf-8")
    Path("checkpoints/killed.pt").unlink(missing_ok=True)
    with subprocess.Popen(
        [sys.executable, "checkpoints/train.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        line = process.stdout.readline().strip()
        process.kill()
        trouble = process.stderr.read()
    assert line == "working on epoch 4", trouble
    print(line, "→ killed, exit code", process.returncode)

    finished = torch.load("checkpoints/killed.pt")["epoch"]
    survivor = train_to("checkpoints/killed.pt", 6)
    distance = farthest(survivor.model.state_dict(), whole.model.state_dict())
    print(
        f"epoch {finished} was in the file; after epoch {survivor.epoch} the weights are off by {distance}"
    )
    assert process.returncode != 0 and finished == 3
    assert differing(survivor.model.state_dict(), whole.model.state_dict()) == []
    print("bit for bit the training that was never stopped")
except NotImplementedError:
    print(
        "First write differing, pack_run, save_safely and train_to above; then run this cell again."
    )

# %% [markdown] rows=["S11.3"]
# How far does “bit for bit” go? As far as the sums are added **in the same order**. Adding floats in another order
# rounds differently:

# %% rows=["S11.3"]
tenths = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
left_first = (tenths[0] + tenths[1]) + tenths[2]
right_first = tenths[0] + (tenths[1] + tenths[2])
assert left_first != right_first
print(left_first.item(), right_first.item())

# %% [markdown] rows=["S11.3"]
# Another number of threads, another processor, another version of torch, or some fast sums on a graphics card: each may
# change the order, and then the last digits. Promise the same bits on the same machine with the same program.
# (`torch.use_deterministic_algorithms(True)` makes torch refuse operations whose order is left to chance.)

# %% [markdown] rows=["E33", "S11.5"]
# ## 5 · The structure too
#
# ### Claim check: “only the weights can be saved”
#
# You may read that torch saves weights only, and never the network with its structure. Let us see. For this the recipe
# lies in a file of its own, as it would in a real project:

# %% rows=["E33", "S11.5"]
source = """
from torch import nn

class Double(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        return 2 * self.layer(x)
"""
Path("checkpoints/recipe.py").write_text(source)
sys.path.insert(0, "checkpoints")
sys.modules.pop("recipe", None)
importlib.invalidate_caches()
import recipe

torch.manual_seed(0)
double = recipe.Double().eval()
question = torch.tensor([[3.0, 4.0], [1.0, 0.0]])
answer = double(question)

torch.save(double, "checkpoints/double.pt")  # the module itself, not its state_dict
back = torch.load("checkpoints/double.pt", weights_only=False)  # our own file
assert torch.equal(back(question), answer)
print(back)

# %% [markdown] rows=["E33"]
# So the claim is wrong: a **whole module** can be saved. It came back with its layers, and we did not build it. (It
# takes `weights_only=False`, with all that you know about it now.)
#
# But what of the structure is in the file?

# %% id="predict-whole"
predict(
    "Is the text of forward, “2 * self.layer(x)”, in the file double.pt? True or False",
    mine=...,
    truth=lambda: b"self.layer" in Path("checkpoints/double.pt").read_bytes(),
)

# %% rows=["E33", "S11.5"]
assert b"self.layer" not in Path("checkpoints/double.pt").read_bytes()
wanted = torch.serialization.get_unsafe_globals_in_checkpoint("checkpoints/double.pt")
assert "recipe.Double" in wanted
print("the file only names its classes:", wanted)

# somebody edits the recipe …
Path("checkpoints/recipe.py").write_text(source.replace("2 * self", "2000 * self"))
importlib.reload(recipe)
edited = torch.load("checkpoints/double.pt", weights_only=False)
print("the old file, the new recipe:", edited(question).flatten().tolist())
print("it was:                      ", answer.flatten().tolist())
assert torch.allclose(edited(question), 1000 * answer)

# %% [markdown] rows=["E33", "S11.5"]
# Pickle writes down *where the class was found*, `recipe.Double`, and not what it does. Change `forward`, and the old
# file quietly gives other answers. And if the recipe is renamed, or the checkpoint sent to a friend who has none?
#
# **`torch.export`** keeps what is calculated. It runs the network once on an example, notes every operation, and puts
# notes and numbers into one file. Let us write that second file too, and then lose the recipe:

# %% rows=["E33", "S11.5"]
program = torch.export.export(
    double, (question,), dynamic_shapes=({0: torch.export.Dim("batch")},)
)
torch.export.save(program, "checkpoints/double.pt2")

sys.path[:] = [folder for folder in sys.path if folder != "checkpoints"]
sys.modules.pop("recipe", None)
try:
    torch.load("checkpoints/double.pt", weights_only=False)
except ModuleNotFoundError as error:
    print("ModuleNotFoundError:", error)
else:
    raise AssertionError("the recipe was in the file after all")

loaded = torch.export.load("checkpoints/double.pt2")
print(loaded.graph_module.code.strip())
revived = loaded.module()
assert torch.equal(revived(question), answer)
assert revived(torch.zeros(5, 2)).shape == (5, 1)

# %% [markdown] rows=["S11.5"]
# The first file is lost. The second has the multiplication by 2 in it: no class, no `recipe`, the same answers. We told it by `Dim("batch")` that the
# number of rows may vary; else it would insist on two rows, as in the example.
#
# | you want | save | load with |
# |---|---|---|
# | to go on, to share, to keep for years | `state_dict()`; the recipe stays in your program | `torch.load` + `load_state_dict` |
# | to give weights to strangers | safetensors | its `load_file` |
# | to stop and go on | a dict: model, optimizer, scheduler, epoch, dice | the same, `map_location="cpu"` |
# | a network without its source | `torch.export.save` | `torch.export.load` |
# | the whole module | better not | `weights_only=False`: your own files only |

# %% [markdown] rows=["S11.3", "S11.5"]
# ### Exercise 11.13 · A letter to a colleague
# ●●○○ · 8 minutes · 4 points
#
# *A person reads this answer.* A colleague writes:
#
# > My training runs for a week with Adam, a scheduler and dropout. After every epoch I do `torch.save(model,
# > "model.pt")`. Yesterday the machine was restarted. I loaded the file and went on; the loss jumped up, and then the
# > learning rate was wrong too. Also, I found a better `model.pt` in a forum. `torch.load` refused it, but with
# > `weights_only=False` it works.
#
# Write back, in your own words and in about ten sentences: (1) why the loss jumped and the learning rate was wrong, and
# what belongs into the file; (2) what is wrong with saving `model` itself and with the way of writing the file; (3)
# what happened, or could have happened, when the forum's file was loaded, and what to ask for instead.

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "letter", "points": 4}
# ### BEGIN SOLUTION
# (1) Adam keeps two running averages for each weight. They were not in the file, so Adam began with empty ones; its
#     first steps after the break were in the wrong direction or too large, and the loss jumped. The scheduler began at
#     epoch 0 again, with the first, large learning rate. Dropout and the order of the data threw other dice, so it was
#     another training anyhow. Into the file belong the state_dicts of model, optimizer and scheduler, the number of
#     finished epochs, and the state of the random numbers.
#
# (2) `torch.save(model)` writes the place of the class, not its code: move or change the class, and the file cannot be
#     opened or gives other answers; and it can only be loaded with `weights_only=False`. And the file is overwritten
#     while it is written: if the power fails in that moment, there is no checkpoint at all. Write beside it and
#     `os.replace`.
#
# (3) Unpickling carries out calls that whoever wrote the file has chosen. With `weights_only=False` they ran, with your
#     colleague's rights: they could read, delete or send anything. Change the passwords, and ask for a state_dict that
#     loads with weights only, or for safetensors.
#
# Points: 1 for the optimizer's averages and the scheduler, 1 for the list of what belongs in (random numbers included),
# 1 for the class's place and writing beside, 1 for code that runs on loading and a safe format.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - A network is a recipe and numbers. `state_dict()` gives the numbers by name: parameters and buffers, **sharing
#   memory** with the network. `copy.deepcopy` keeps a moment.
# - `load_state_dict` fills in place and returns a report. Modes (`train`, `eval`) are not in the file.
# - A view is saved with all the memory behind it. `clone()` a piece before you save it.
# - A pickle is a program. `weights_only=True` refuses what it does not know; `weights_only=False` runs whatever the
#   author of the file wished. safetensors has no program at all.
# - missing: the network wants it. unexpected: the file has it. `strict=False` forgives names, never shapes, and even a
#   failed load changes what fits.
# - `map_location="cpu"` for files from other machines, `"meta"` for a look without numbers.
# - To go on: model, optimizer, scheduler, epoch, dice, written beside the old file and put in its place with
#   `os.replace`.
# - Whole modules can be pickled, but only the name of their class goes along. `torch.export` keeps what is calculated.
#
# | call | gives |
# |---|---|
# | `torch.save(thing, path)` | a zip archive: numbers, and a pickle that says how to put them together |
# | `torch.load(path, map_location="cpu", weights_only=True)` | the thing |
# | `model.load_state_dict(state, strict=True)` | a report; the model is filled in place |
# | `optimizer.state_dict()`, `scheduler.state_dict()` | what they remember |
# | `torch.get_rng_state()`, `torch.set_rng_state(state)` | the dice of the CPU |
# | `torch.serialization.get_unsafe_globals_in_checkpoint(path)` | what a file would call, without calling it |
# | `torch.export.export(model, (example,))` | a program that needs no class |
#
# Next: [chapter 12](../12_devices/12_devices.ipynb), on GPUs, and on networks that others trained.

# %% [markdown]
# ### Exercise 11.14 · Quiz
# ●○○○ · 5 minutes · 2 points
#
# One letter for each question.
#
# **q1** `model = model.load_state_dict(torch.load(path))`. After it, `model` is
# - (a) the filled network
# - (b) the state_dict
# - (c) a report on names, and no network
#
# **q2** You downloaded `weights.pt`, and `torch.load` refuses it. You
# - (a) load it with `weights_only=False`; torch itself says that this works
# - (b) look which functions it would call, and ask for a plain state_dict
# - (c) rename it to `weights.safetensors`
#
# **q3** A file was written on a machine with a graphics card. Yours has none. You load it with
# - (a) `map_location="cpu"`
# - (b) `strict=False`
# - (c) `torch.load(path).cpu()`
#
# **q4** With `strict=False`, an entry of the same name but another shape
# - (a) is left out
# - (b) is cut to fit
# - (c) still raises an error
#
# **q5** You restore the dice first and then build the new model. The training that goes on
# - (a) throws other dice than the uninterrupted one
# - (b) is the same, bit for bit
# - (c) raises an error
#
# **q6** `torch.save(net)`, the whole module, puts into the file
# - (a) the code of the class and the numbers
# - (b) where the class is to be found, and the numbers
# - (c) the numbers only

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "c", "q2": "b", "q3": "a", "q4": "c", "q5": "a", "q6": "b"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 2}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "c",
    "q2": "b",
    "q3": "a",
    "q4": "c",
    "q5": "a",
    "q6": "b",
}
### END HIDDEN TESTS

# %% [markdown]
# The folder `checkpoints` holds all the files of this chapter. When you have looked at them, throw it away:
# `shutil.rmtree("checkpoints")`, in a cell of your own.

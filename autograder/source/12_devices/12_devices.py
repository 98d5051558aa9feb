# ---
# jupyter:
#   course:
#     title: "devices and pretrained models: where tensors live, and networks that others trained"
#     minutes: 150
#     needs:
#       - "07 nn.Module: parameters, buffers, train and eval"
#       - "08 losses and optimizers, 10 the training loop"
#       - "11 checkpoints: state_dict, torch.load"
#     objectives:
#       - "Write programs that use a GPU where there is one and run unchanged where there is none"
#       - "Say which operations cross from one device to another, and read the error of those that do not"
#       - "Time a GPU without fooling yourself, and know when it makes you wait"
#       - "Weigh a network of any size without any memory for it"
#       - "Take a network that others trained, give it a new head, freeze the rest, and measure whether it was worth it"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 12 · Devices and pretrained models
#
# **After this chapter you can**
# - write programs that use a GPU where there is one and run unchanged where there is none;
# - say which operations cross from one device to another, and read the error of those that do not;
# - time a GPU without fooling yourself, and know when it makes you wait;
# - weigh a network of any size without any memory for it;
# - take a network that others trained, give it a new head, freeze the rest, and measure whether it was worth it.
#
# **Time:** about two and a half hours, with 14 exercises and a quiz. After section 5 is a good place for a break.
# **Before this:** [chapter 07](../07_modules/07_modules.ipynb) (modules and buffers),
# [08](../08_optimizers/08_optimizers.ipynb) and [10](../10_training/10_training.ipynb) (optimizers, the training loop),
# [11](../11_checkpoints/11_checkpoints.ipynb) (checkpoints).
#
# You need **no GPU** and no internet. Where there is a GPU, the same cells use it.
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the
# dots *before* you run the cell.

# %% id="setup"
import contextlib
import copy
import hashlib
import importlib.util
import io
import pickle
import statistics
import tempfile
import threading
import time
import warnings
import zipfile
from pathlib import Path
from queue import Queue

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils import benchmark, model_zoo
from torch.utils.data import DataLoader, TensorDataset

from course_utils import (
    best_device,
    check,
    check_quiz,
    compare_graphs,
    data_path,
    fresh,
    load_digits,
    load_digits_net,
    predict,
    record,
    show_checkpoint,
    show_tensor,
    solved,
)

# Our tensors are tiny: several threads would spend their time waiting for each other.
torch.set_num_threads(1)
room = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # all files of this chapter

# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.

# %% id="recall-meta"
predict(
    "x = torch.empty(1000, 1000, device='meta'). How many numbers does x hold in memory?",
    mine=...,
    truth=lambda: (
        0 if torch.empty(1000, 1000, device="meta").data_ptr() == 0 else 1_000_000
    ),
)

# %% id="recall-buffers"
predict(
    "How many parameters (tensors that learn) has nn.BatchNorm2d(16)?",
    mine=...,
    truth=lambda: len(list(nn.BatchNorm2d(16).parameters())),
)


# %% id="recall-running"
def mean_after(train):
    layer = nn.BatchNorm1d(1, momentum=0.5).train(train)
    layer(torch.tensor([[8.0], [12.0]]))
    return layer.running_mean.item()


predict(
    "A new BatchNorm1d(1, momentum=0.5) in train mode sees the numbers 8 and 12. "
    "No optimizer, no backward. What is its running_mean now? (It began with 0.)",
    mine=...,
    truth=lambda: mean_after(train=True),
)

# %% [markdown] rows=["S12.1"]
# ## 1 · The workshop and the hall
#
# Think of your computer's processor, the **CPU**, as a small workshop with one clever worker. A **GPU** is a large hall
# across the yard, with thousands of workers who all do the same movement at the same time. Chapter after chapter we
# stayed in the workshop. Today we cross the yard.
#
# The rule of the place: **material is worked where it lies.** Every tensor lies in one building, its `device`.

# %% rows=["S12.1"]
x = torch.ones(2, 3)
print("x lies on", x.device)
assert x.device == torch.device("cpu")

place = torch.device("cuda:1")  # a name only: nobody checks whether that hall exists
assert (place.type, place.index) == ("cuda", 1)
assert torch.device("cuda") != torch.device(
    "cuda:0"
)  # “the chosen GPU”, and “the first GPU”

# %% [markdown] rows=["S12.1"]
# | name | the building |
# |---|---|
# | `cpu` | the workshop; every computer has it |
# | `cuda`, `cuda:0`, `cuda:1` … | NVIDIA's GPUs (and AMD's, which answer to the same name) |
# | `mps` | the GPU of a Mac |
# | `meta` | the **drawing board**: plans of tensors, with shape and dtype, but without material |
#
# The drawing board is on every computer, and it obeys the rule of the place like any other building. That makes it the
# perfect partner for practice. Which buildings has *your* computer?

# %% rows=["S12.1"]
print("an accelerator?   ", torch.accelerator.is_available())
print("which one?        ", torch.accelerator.current_accelerator(check_available=True))
print("how many of it?   ", torch.accelerator.device_count())
print("CUDA, and how many", torch.cuda.is_available(), torch.cuda.device_count())
print("a Mac's GPU?      ", torch.backends.mps.is_available())

device = best_device()
other = device if device.type != "cpu" else torch.device("meta")
print(
    f"\nThis chapter computes on {device}. Its cells about two devices use cpu and {other}."
)

# device_count() may see a GPU that is_available() refuses, because its driver is too old
assert torch.cuda.device_count() > 0 or not torch.cuda.is_available()
assert torch.accelerator.device_count() > 0 or not torch.accelerator.is_available()

# %% [markdown] rows=["S12.1"]
# `torch.accelerator` asks the question for all kinds of hall at once; `torch.cuda` for one kind. Both questions are safe
# on every computer. Going in without asking is not:

# %% rows=["S12.1"]
if torch.cuda.is_available():
    print("The chosen GPU is number", torch.cuda.current_device())
    assert torch.ones(1).cuda().device.index == torch.cuda.current_device()
else:
    for go_in in (torch.cuda.current_device, torch.ones(1).cuda):
        try:
            go_in()
            raise RuntimeError("there was a GPU after all")
        except (AssertionError, RuntimeError) as error:
            print(
                f"{go_in.__name__:14} {type(error).__name__}: {str(error).splitlines()[0]}"
            )
            assert "after all" not in str(error)

# %% [markdown] rows=["S12.1"]
# Where there is no GPU, one of two messages comes. “Torch not compiled with CUDA enabled” means that *this torch* was built
# for the workshop alone; the driver and the GPU may be fine. “Found no NVIDIA driver” means that torch could, but the
# computer cannot. They ask for different cures: another torch, or another driver.
#
# ### Exercise 12.1 · Choose the building
# ●●○○ · 6 minutes · 2 points
#
# Every program for more than one computer begins with this choice. Write `pick_device(cuda, mps, wanted)`. It is told
# what there is, so that it can be tested without any GPU: `cuda` is the number of NVIDIA GPUs, `mps` says whether there is
# a Mac's. Without a wish (`wanted` is None) take `"cuda"`, without a number; else MPS, else the CPU. A wish such as
# `"cpu"`, `"cuda"` or `"cuda:1"` comes from the user and is obeyed to the letter, if that device is there. If it is not,
# raise a `ValueError`, instead of quietly taking another one: a training that was meant for a GPU takes weeks on a CPU.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "pick_device"}
def pick_device(cuda, mps, wanted=None):
    """The device to compute on.

    cuda: int, the number of CUDA devices; mps: bool;
    wanted: None, or str such as "cpu", "mps", "cuda", "cuda:1".
    Returns: torch.device. Raises ValueError when the wanted device is not there.
    """
    ### BEGIN SOLUTION
    if wanted is None:
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    device = torch.device(wanted)
    there = {"cpu": True, "mps": mps, "cuda": (device.index or 0) < cuda}
    if not there.get(device.type, False):
        raise ValueError(f"there is no device {wanted} here")
    return device
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_pick_device", "points": 2}
check(pick_device, 0, False).gives(torch.device("cpu"))
check(pick_device, 0, True).gives(torch.device("mps"))
check(pick_device, 2, True).gives(torch.device("cuda"))
check(pick_device, 2, False, "cpu").gives(torch.device("cpu"))  # a wish comes first
check(pick_device, 2, False, "cuda:1").gives(torch.device("cuda:1"))
check(pick_device, 1, False, "cuda").gives(torch.device("cuda"))
check(pick_device, 1, False, "mps").raises(ValueError)
check(pick_device, 1, False, "cuda:1").raises(ValueError)  # one GPU: its number is 0
solved(pick_device)
### BEGIN HIDDEN TESTS
check(pick_device, 1, False).gives(torch.device("cuda"))
check(pick_device, 3, True, "cuda").gives(torch.device("cuda"))
check(pick_device, 0, True, "cuda").raises(ValueError)
check(pick_device, 0, True, "mps").gives(torch.device("mps"))
check(pick_device, 0, False, "cpu").gives(torch.device("cpu"))
for _many in range(4):
    for _index in range(4):
        _one = check(pick_device, _many, fresh.integer(0, 1) == 1, f"cuda:{_index}")
        if _index < _many:
            _one.gives(torch.device("cuda", _index))
        else:
            _one.raises(ValueError)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two cases</summary>Without a wish, a chain of three. With a wish, only one question: is it there?</details>
# <details><summary>Hint 2: take the wish apart</summary><code>torch.device("cuda:1")</code> has a <code>type</code> and an <code>index</code>. The index of plain “cuda” is None: it stands for number 0.</details>
# <details><summary>Hint 3: nearly there</summary>CUDA number <code>i</code> is there when <code>i &lt; cuda</code>; MPS when <code>mps</code>; the CPU always. Otherwise <code>raise ValueError(…)</code>.</details>

# %% [markdown] rows=["S12.1"]
# ### Choosing is not moving
#
# With several GPUs, one of them is the *chosen* one: what `"cuda"` without a number means. `torch.cuda.device(1)` changes
# the choice for a while. And `with torch.device(…)` chooses the building for *new* tensors. What about those that lie
# somewhere already?


# %% id="predict-stay"
def device_of_sum():
    old = torch.ones(2)
    with torch.device("meta"):
        result = old + 1
    return result.device.type


predict(
    "old lies on the CPU. Inside `with torch.device('meta'):` we calculate old + 1. "
    "Where does the result lie?",
    mine=...,
    truth=device_of_sum,
)

# %% rows=["S12.1"]
old = torch.ones(2)
with torch.device("meta"):
    new = torch.ones(2)
    result = old + 1
assert new.device.type == "meta"  # created now: in the chosen place
assert old.device.type == result.device.type == "cpu"  # material is worked where it lies

try:
    with torch.cuda.device(0):
        assert torch.cuda.current_device() == 0
        assert torch.empty(1, device="cuda").device == torch.device("cuda:0")
        assert (
            torch.empty(1).device.type == "cpu"
        )  # which GPU is chosen: no word about the CPU
        assert (old + 1).device.type == "cpu"
    print("torch.cuda.device(0) chose GPU 0 for a while, and moved nothing.")
except (AssertionError, RuntimeError) as error:
    if torch.cuda.is_available():
        raise
    print("Skipped, there is no CUDA here:", str(error).splitlines()[0])

# %% [markdown] rows=["S12.1", "E27"]
# The result of an operation lies where its material lay, whatever was chosen. Tensors stay. To move one, you say so.
#
# ## 2 · Across the yard
#
# ### Claim check: “`copy_` is the only operation between two GPUs”
#
# Some texts say so. First: what happens when you carry nothing over, and calculate with both?

# %% id="predict-mixed"
here, there = torch.ones(3), torch.ones(3, device=other)

predict(
    f"here lies on the CPU, there on {other}. What does here + there give? "
    "Write a device, or 'error'.",
    mine=...,
    truth=lambda: (here + there).device.type,
)

# %% rows=["S12.1", "E27"]
ordinary = {
    "add": lambda: here + there,
    "cat": lambda: torch.cat([here, there]),
    "where": lambda: torch.where(here > 0, there, there),
    "a layer": lambda: nn.Linear(3, 1)(there),
    "a loss": lambda: F.mse_loss(there, here),
}
for name, operation in ordinary.items():
    try:
        operation()
        raise AssertionError(f"{name} crossed the yard")
    except RuntimeError as error:
        print(f"{name:8} {str(error).splitlines()[0]}")
        assert "cpu" in str(error) and other.type in str(error)  # both places are named

# %% [markdown] rows=["S12.1", "E27"]
# Learn to love this message. It names **both** places: one is where the operation began, the other is the stranger. Find
# out which of your tensors lies there; usually you forgot to move it. Look at the layer: its parameters are at
# home, and the input is away.
#
# Now the carriers. Is `copy_` the only one?

# %% rows=["S12.1", "E27"]
carriers = {
    ".to(device)": lambda: here.to(other),
    "copy_": lambda: torch.empty(3, device=other).copy_(here),
    "empty_like(…, device=…)": lambda: torch.empty_like(here, device=other),
    "torch.tensor(list, device=…)": lambda: torch.tensor([1.0, 1.0, 1.0], device=other),
}
if other.type == "cuda":
    carriers[".cuda()"] = lambda: here.cuda()
for name, carry_over in carriers.items():
    assert carry_over().device.type == other.type, name
    print(f"{name:29} arrived on {other}")
assert here.device.type == "cpu"  # a copy was carried; the original is where it was

assert here.to("cpu") is here and here.cpu() is here  # already there: no copy at all
if other.type != "meta":  # and back again
    assert torch.equal(here.to(other).cpu(), here)
    assert torch.equal(torch.empty(3).copy_(here.to(other)), here)
else:
    try:
        here.to("meta").cpu()
        raise AssertionError("numbers came from nowhere")
    except NotImplementedError as error:
        print("back from the drawing board:", error)

# %% [markdown] rows=["E27"]
# (With two GPUs in your computer, the next cell repeats it between them.)

# %% rows=["E27", "S12.1"]
if torch.cuda.device_count() > 1:
    first, second_gpu = torch.ones(3, device="cuda:0"), torch.zeros(3, device="cuda:1")
    try:
        first + second_gpu
        raise AssertionError("two GPUs worked together")
    except RuntimeError as error:
        print(str(error).splitlines()[0])
    assert torch.equal(second_gpu.copy_(first).cpu(), torch.ones(3))
    assert first.to("cuda:1").device.index == first.cuda(1).device.index == 1
    with torch.cuda.device(1):
        assert torch.ones(1, device="cuda").device.index == 1  # born on the chosen one
        assert (first * 2).device.index == 0  # worked where it lies
else:
    print(
        f"Skipped, there are {torch.cuda.device_count()} CUDA devices: the same with two GPUs."
    )

# %% [markdown] rows=["E27"]
# So the claim is half right: ordinary operations across devices raise. But `to`, `cpu`, `cuda` and `copy_` all copy from
# any device to any other, two GPUs included. (From `meta` there is no way back, because nothing is there to be carried.)
#
# The rule has one exception, and you use it all the time:

# %% id="predict-scalar"
two = torch.tensor(2.0)  # a 0-d tensor, on the CPU

predict(
    f"there lies on {other}; two is a single number on the CPU, of the shape (). "
    "What does two * there give? Write a device, or 'error'.",
    mine=...,
    truth=lambda: (two * there).device.type,
)

# %% rows=["E27", "S12.1"]
assert (two * there).device.type == other.type  # a number in your pocket crosses with you
try:
    torch.tensor(2.0, device=other) * here  # but one that lies over there does not come
    raise AssertionError("it came")
except RuntimeError as error:
    print(str(error).splitlines()[0])
try:
    torch.tensor([2.0]) * there  # a shape of (1,) is freight, not a pocket
    raise AssertionError("it crossed")
except RuntimeError:
    print("A 0-d tensor on the CPU crosses. One with a dim does not.")

board = torch.empty(3, device="meta")
assert board.add_(here) is board  # in place, onto the drawing board: nobody complains

# %% [markdown] rows=["S12.1", "E27"]
# The drawing board is a strict partner, but not a perfect one: writing *in place* onto `meta` from the CPU went
# through, while a GPU would refuse. Passing on `meta` is a good sign, no proof.
#
# ### `tensor.to` returns, `module.to` moves
#
# This difference has cost many people an evening:

# %% id="predict-to"
t, net = torch.ones(2), nn.Linear(2, 1)
t.to(other)
net.to(other)

predict(
    f"t.to({str(other)!r}) and net.to({str(other)!r}) each stand on a line of their own. "
    "Where are t and net.weight now? Write a list of two device types.",
    mine=...,
    truth=lambda: [t.device.type, net.weight.device.type],
)

# %% rows=["S12.1"]
assert t.device.type == "cpu"  # a new tensor was made and thrown away
t = t.to(other)  # this is how it is meant
assert t.device.type == other.type

assert (
    net.weight.device.type == other.type
)  # a module moves its own parameters and buffers …
assert net.to(other) is net  # … and returns itself
assert net(t).device.type == other.type

# %% [markdown] rows=["S12.1"]
# ### First move, then build the optimizer
#
# An optimizer holds the very parameters that it was given ([chapter 08](../08_optimizers/08_optimizers.ipynb)). Does it still hold the right ones when the module
# moves afterwards?

# %% rows=["S12.1"]
net = nn.Linear(2, 1)
before = net.weight
net.to(torch.float64)
assert net.weight is before  # another dtype: the same object, with new contents
net.to("meta")
assert net.weight is not before  # the drawing board: another object!
assert before.device.type == "cpu"
print(
    "On meta the module has new parameters; whoever holds the old ones now holds orphans."
)

if torch.cuda.is_available():
    net = nn.Linear(2, 1)
    before, optimizer = net.weight, torch.optim.Adam(net.parameters())
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()  # now Adam has means of its own, on the CPU
    net.to("cuda")
    assert net.weight is before  # CUDA: the same object …
    assert (
        optimizer.state[before]["exp_avg"].device.type == "cpu"
    )  # … but Adam's means stayed
    optimizer.load_state_dict(
        optimizer.state_dict()
    )  # loading puts each beside its parameter
    assert optimizer.state[before]["exp_avg"].device.type == "cuda"

# %% [markdown] rows=["S12.1"]
# It depends on the device and on the torch, so nobody should have to remember it. **Build, move, then make the optimizer.** The
# same trap waits in section 8, where we replace a layer: the optimizer goes on holding the old one. It steps, nothing is raised,
# and the new layer never learns.
#
# ### Exercise 12.2 · Orphans
# ●●○○ · 7 minutes · 2 points
#
# Write the detector: `not_held(model, optimizer)`, the names of the model's parameters that **want to learn** (`requires_grad`)
# and that the optimizer does *not* hold. Call it once before each training; an empty list lets you sleep. The optimizer's
# parameters are in `optimizer.param_groups`, a list of dicts, each with a list at `"params"`.
#
# Two tensors are the *same object* when `a is b`. Do not ask `a == b`, nor `a in list`, which asks it for you: that compares
# numbers.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "not_held"}
def not_held(model, optimizer):
    """The names of the parameters that want to learn and that the optimizer does not hold.

    model: nn.Module; optimizer: torch.optim.Optimizer, with one or several groups.
    Returns: list of str, in the order of model.named_parameters().
    """
    ### BEGIN SOLUTION
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return [
        name
        for name, p in model.named_parameters()
        if p.requires_grad and id(p) not in held
    ]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_not_held", "points": 2}
def orphans(story):
    """What not_held says of a two-layer network and its optimizer, after one of four stories."""
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    for p in net.parameters():
        nn.init.ones_(p)
    groups = [{"params": net[0].parameters()}, {"params": net[1].parameters(), "lr": 1.0}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    if story == "the last layer was replaced":
        net[1] = copy.deepcopy(net[1])  # the same numbers, another object
    elif story == "moved to the drawing board":
        net.to("meta")
    elif story == "the bias of the new last layer is frozen":
        net[1] = copy.deepcopy(net[1])
        net[1].bias.requires_grad_(False)
    return not_held(net, optimizer)


check(orphans, "nothing happened").gives([])
check(orphans, "the last layer was replaced").gives(["1.weight", "1.bias"])
check(orphans, "the bias of the new last layer is frozen").gives(["1.weight"])
check(orphans, "moved to the drawing board").gives(
    ["0.weight", "0.bias", "1.weight", "1.bias"]
)
solved("not_held")
### BEGIN HIDDEN TESTS
for _depth in (1, 3, 5):
    _net = nn.Sequential(*(nn.Linear(2, 2) for _ in range(_depth)))
    _kept = [n for n, _ in _net.named_parameters() if fresh.integer(0, 1)] or ["0.weight"]
    _optimizer = torch.optim.SGD(
        [{"params": [p]} for n, p in _net.named_parameters() if n in _kept], lr=0.1
    )
    check(not_held, _net, _optimizer).gives(
        [n for n, _ in _net.named_parameters() if n not in _kept]
    )
with torch.device("meta"):
    _net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
check(not_held, _net, torch.optim.SGD(_net[0].parameters(), lr=0.1)).gives(
    ["1.weight", "1.bias"]
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two collections</summary>First collect what the optimizer holds, out of <em>all</em> its groups. Then walk over <code>model.named_parameters()</code>.</details>
# <details><summary>Hint 2: the same object</summary><code>id(a)</code> is a number that two tensors share only when they are one object. A set of such numbers is quick to ask.</details>
# <details><summary>Hint 3: nearly there</summary>Keep a name when <code>p.requires_grad</code> and <code>id(p) not in held</code>.</details>

# %% [markdown] rows=["S12.1"]
# ## 3 · At home everywhere
#
# You have no GPU, and you write a function that a colleague runs on one. Where does it break? In nearly all cases where a
# *new* tensor is made inside: `torch.zeros(…)`, `torch.arange(…)`, `torch.ones(…)` are born in the workshop, whatever came
# in. There are three good ways to make a new tensor beside `x`:

# %% rows=["S12.1"]
x = torch.ones(2, 3, device=other, dtype=torch.float16)

beside = {
    "zeros_like(x)": torch.zeros_like(x),  # same shape, dtype, device
    "x.new_zeros(5)": x.new_zeros(5),  # another shape; same dtype, device
    "arange(3, device=…)": torch.arange(3, device=x.device),  # only the device
}
for name, made in beside.items():
    print(f"{name:20} {made.dtype!s:14} {tuple(made.shape)} on {made.device}")
    assert made.device == x.device
assert beside["x.new_zeros(5)"].dtype == torch.float16
assert beside["arange(3, device=…)"].dtype == torch.int64
assert torch.zeros(5).device.type == "cpu"  # the one that breaks

# %% [markdown] rows=["S12.1"]
# And here is the trick of this chapter. **Call the function with meta tensors.** If something in it is born on the CPU,
# you hear it today, on your laptop, not in the night in which the training runs. Many tests of this chapter do it.
#
# ### Exercise 12.3 · Works on my laptop
# ●●○○ · 6 minutes · 2 points
#
# Sentences have different lengths. In a batch, the short ones are filled up, and a *mask* says which places are real. A
# colleague has this, and it works on her laptop:


# %% id="broken-length-mask"
def broken_length_mask(lengths, longest):
    mask = torch.zeros(len(lengths), longest, dtype=torch.bool)
    for row, length in enumerate(lengths):
        mask[row, :length] = True
    return mask


print(broken_length_mask(torch.tensor([2, 3]), 4))
try:
    broken_length_mask(torch.tensor([2, 3], device="meta"), 4)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] rows=["S12.1"]
# Two things are wrong with it. The mask is born in the workshop. And each `mask[row, :length]` *reads a number* out of
# `lengths`, across the yard and back, once for each sentence.
#
# Write `length_mask(lengths, longest)`, without a loop: compare the place numbers 0, 1, 2 … `longest - 1` with each
# length. Broadcasting ([chapter 01](../01_tensors/01_tensors.ipynb)) does the rest.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "length_mask"}
def length_mask(lengths, longest):
    """True where a place belongs to the sentence.

    lengths: int64, shape (n,), on any device; longest: int.
    Returns: bool, shape (n, longest), on the device of lengths;
    row i begins with lengths[i] times True.
    """
    ### BEGIN SOLUTION
    places = torch.arange(longest, device=lengths.device)
    return places < lengths[:, None]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_length_mask", "points": 2}
check(length_mask, torch.tensor([2, 0, 3]), 3).gives(
    torch.tensor([[True, True, False], [False, False, False], [True, True, True]])
)
check(length_mask, torch.tensor([1, 2, 3, 4], device="meta"), 6).satisfies(
    lambda out: (out.device.type, out.dtype, out.shape) == ("meta", torch.bool, (4, 6)),
    "the mask is bool, of the shape (4, 6), on the device of lengths, here meta",
)
solved(length_mask)
### BEGIN HIDDEN TESTS
for _n, _longest in ((1, 1), (3, 5), (5, 3), (0, 4)):
    _lengths = fresh.integers(0, _longest, _n)
    _right = torch.zeros(_n, _longest, dtype=torch.bool)
    for _i in range(_n):
        _right[_i, : int(_lengths[_i])] = True
    check(length_mask, _lengths, _longest).gives(_right)
    check(length_mask, _lengths.to("meta"), _longest).gives(_right.to("meta"))
    check(length_mask, _lengths.to(device), _longest).gives(_right.to(device))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the place numbers</summary><code>torch.arange(longest)</code> makes them. In which building?</details>
# <details><summary>Hint 2: a table of comparisons</summary>Places have the shape <code>(longest,)</code>. Give the lengths a second dim, <code>lengths[:, None]</code>, and each is compared with each place.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.arange(longest, device=lengths.device)</code>, and then “place &lt; length”.</details>

# %% [markdown] rows=["S12.1"]
# ### What a module takes along
#
# `module.to(…)` moves what the module *knows* it has: its parameters and its buffers. A plain tensor in an attribute is
# luggage that nobody put a label on. It stays behind.


# %% rows=["S12.1"]
class Luggage(nn.Module):
    def __init__(self):
        super().__init__()
        self.learned = nn.Parameter(torch.zeros(1))
        self.register_buffer("labelled", torch.zeros(1))
        self.plain = torch.zeros(1)


bag = Luggage().to(other)
print(
    f"learned on {bag.learned.device}, labelled on {bag.labelled.device}, "
    f"plain on {bag.plain.device}"
)
assert bag.learned.device.type == bag.labelled.device.type == other.type
assert bag.plain.device.type == "cpu"

# %% [markdown] rows=["S12.1"]
# ### Exercise 12.4 · Left behind
# ●●○○ · 5 minutes · 2 points
#
# Images should be put on one scale before a network sees them: minus the mean, divided by the spread. The colleague made a
# layer of it. On her laptop it works; on the GPU it stops with “Expected all tensors to be on the same device”.


# %% id="broken-ink-scale"
class BrokenInkScale(nn.Module):
    def __init__(self, mean, spread):
        super().__init__()
        self.mean = mean
        self.spread = spread

    def forward(self, x):
        return (x - self.mean) / self.spread


# %% [markdown] rows=["S12.1"]
# Write `InkScale`. The two tensors must move with the module, and they must be saved with it ([chapter 11](../11_checkpoints/11_checkpoints.ipynb)), for a network
# without its scale is worth nothing. But they are measured, not learned: no optimizer may change them.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "InkScale"}
class InkScale(nn.Module):
    """(x - mean) / spread, on whichever device the module was moved to.

    mean, spread: float, shape (columns,). forward takes and returns float, shape (n, columns).
    """

    def __init__(self, mean, spread):
        ### BEGIN SOLUTION
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return (x - self.mean) / self.spread
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_InkScale", "points": 2}
def scaled_on(place, mean, spread, x):
    """Build it in the workshop, move it, use it there."""
    return InkScale(mean, spread).to(place)(x.to(place))


def names_in_file(mean, spread):
    return sorted(InkScale(mean, spread).state_dict())


def how_many_learn(mean, spread):
    return len(list(InkScale(mean, spread).parameters()))


tens, twos = torch.tensor([10.0, 20.0]), torch.tensor([2.0, 4.0])
check(scaled_on, "cpu", tens, twos, torch.tensor([[12.0, 20.0], [8.0, 28.0]])).gives(
    torch.tensor([[1.0, 0.0], [-1.0, 2.0]])
)
check(scaled_on, "meta", tens, twos, torch.ones(5, 2)).satisfies(
    lambda out: out.device.type == "meta" and out.shape == (5, 2),
    "moved to meta, it works on meta",
)
check(names_in_file, tens, twos).gives(["mean", "spread"])
check(how_many_learn, tens, twos).gives(0)
solved("InkScale")
### BEGIN HIDDEN TESTS
for _n, _columns in ((1, 1), (4, 3), (0, 2)):
    _mean, _spread, _x = (
        fresh.floats(_columns),
        fresh.floats(_columns).abs() + 1,
        fresh.floats(_n, _columns),
    )
    check(scaled_on, "cpu", _mean, _spread, _x).gives((_x - _mean) / _spread)
    check(scaled_on, str(device), _mean, _spread, _x).gives(
        ((_x - _mean) / _spread).to(device)
    )
    check(scaled_on, "meta", _mean, _spread, _x).gives(_x.to("meta"))
    check(names_in_file, _mean, _spread).gives(["mean", "spread"])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a label for the luggage</summary>Look at <code>Luggage</code> above: which of its three kinds moves, is saved, and does not learn?</details>
# <details><summary>Hint 2: the call</summary><code>self.register_buffer("mean", mean)</code> makes it reachable as <code>self.mean</code>.</details>
# <details><summary>Hint 3: nearly there</summary>Two <code>register_buffer</code> lines after <code>super().__init__()</code>; the forward may stay as it was.</details>

# %% [markdown] rows=["S12.2"]
# ## 4 · Carrying a whole batch, and the loading ramp
#
# A DataLoader hands out more than one tensor: `(images, labels)`, or a dict with a list in it and a few words. To carry such
# a parcel, open it, carry each tensor, and pack it again in the same way.
#
# ### Exercise 12.5 · Carry the parcel
# ●●●○ · 8 minutes · 3 points
#
# Write `carry(batch, device)`. `batch` is a tensor, or a dict, list or tuple of batches, as deep as you like; anything else (a
# word, a number, None) is handed on as it is. The parcel that comes back has the same form. The caller's own parcel
# is left alone.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "carry"}
def carry(batch, device):
    """The same batch with all its tensors on a device.

    batch: tensor, dict, list or tuple of batches, or anything else; device: str or torch.device.
    Returns: the same form; dicts stay dicts, lists stay lists, tuples stay tuples.
    """
    ### BEGIN SOLUTION
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: carry(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(carry(value, device) for value in batch)
    return batch
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_carry", "points": 3}
on_paper = torch.ones(2, device="meta")


def after_carrying(batch, device):
    """The caller's own parcel, after somebody carried it."""
    carry(batch, device)
    return batch


check(carry, torch.ones(2), "meta").gives(on_paper)
check(carry, (torch.ones(2), 7), "meta").gives((on_paper, 7))
check(carry, ("seven", 7), "meta").gives(("seven", 7))  # a tuple stays a tuple …
check(carry, ["seven", 7], "meta").gives(["seven", 7])  # … and a list a list
check(carry, {"image": torch.ones(2), "name": "seven"}, "meta").gives(
    {"image": on_paper, "name": "seven"}
)
check(carry, {"views": [torch.ones(2), {"deep": torch.ones(2)}]}, "meta").gives(
    {"views": [on_paper, {"deep": on_paper}]}
)
check(after_carrying, {"image": torch.ones(2)}, "meta").gives({"image": torch.ones(2)})
check(after_carrying, [torch.ones(2)], "meta").gives([torch.ones(2)])
solved(carry)
### BEGIN HIDDEN TESTS
for _to in ("cpu", "meta", device):
    _a, _b = fresh.floats(*fresh.shape(2)), fresh.integers(0, 9, 4)
    _parcel = ({"a": _a, "more": (_b, [None, "ab", 2.5])}, [], (), {})
    check(carry, _parcel, _to).gives(
        ({"a": _a.to(_to), "more": (_b.to(_to), [None, "ab", 2.5])}, [], (), {})
    )
for _other in (None, "word", 2.5, 7):
    check(carry, _other, "meta").gives(_other)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: four cases</summary><code>isinstance(batch, torch.Tensor)</code>, a dict, a list or tuple, anything else.</details>
# <details><summary>Hint 2: a function that calls itself</summary>A dict is carried by carrying each of its values: call <code>carry</code> for each and build a <em>new</em> dict.</details>
# <details><summary>Hint 3: nearly there</summary><code>type(batch)(carry(value, device) for value in batch)</code> builds a list from a list and a tuple from a tuple.</details>

# %% [markdown] rows=["S12.2"]
# ### Pinned memory: the loading ramp
#
# Ordinary memory is a shelf in the workshop. The janitor of your computer (the operating system) may move things on it at any
# time. The GPU's carriers cannot work like that, so each load is first copied to a **ramp** that nobody moves, and goes
# over the yard from there. **Pinned** memory *is* on the ramp from the start. That has two advantages:
#
# - one copy less: the transfer is faster;
# - with `non_blocking=True` the worker hands the load over and goes on working, while it crosses the yard.
#
# Pinned memory belongs to the hall's carriers: without an accelerator there is no ramp. torch says so plainly:

# %% rows=["S12.2"]
load = torch.ones(1_000_000)
assert not load.is_pinned()

if device.type == "cuda":
    ramp = load.pin_memory()
    assert ramp.is_pinned() and not load.is_pinned()  # pin_memory() returns a copy
    crossed = ramp.to("cuda", non_blocking=True)  # returns before the load has arrived …
    total = crossed.sum()  # … but the hall works in order: this waits its turn
    assert total.item() == 1_000_000
    print("From the ramp, without waiting: sum", total.item())
    for name, source in (("from the shelf", load), ("from the ramp", ramp)):
        torch.cuda.synchronize()
        began = time.perf_counter()
        source.to("cuda", non_blocking=True)
        torch.cuda.synchronize()
        print(f"{name:15} 4 MB in {(time.perf_counter() - began) * 1000:.2f} ms")
else:
    try:
        load.pin_memory()
        print("There is a ramp; to cross the yard on it, this chapter needs CUDA.")
        assert torch.accelerator.is_available()
    except RuntimeError as error:
        print("No ramp here:", str(error).splitlines()[0])

same = load.to("cpu", non_blocking=True)  # harmless where there is nothing to cross
assert same is load
assert load.to(other, non_blocking=True).device.type == other.type

# %% [markdown] rows=["S12.2"]
# You seldom pin by hand. A DataLoader does it with `pin_memory=True`: its helper puts each finished batch on the ramp, and the
# training loop carries with `non_blocking=True`. That is the whole recipe. Without an accelerator, and on a Mac's, torch
# warns and goes on without a ramp:

# %% rows=["S12.2"]
shelf = TensorDataset(torch.arange(8.0).view(8, 1), torch.arange(8))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    features, labels = next(iter(DataLoader(shelf, batch_size=4, pin_memory=True)))

if features.is_pinned():
    print("The batch lies on the ramp.")
else:
    print(caught[-1].message)
    assert "'pin_memory' argument" in str(caught[-1].message)
    assert not torch.cuda.is_available()
assert labels.tolist() == [0, 1, 2, 3]

quiet = DataLoader(
    shelf, batch_size=4, pin_memory=device.type == "cuda"
)  # the line to keep
assert len([batch for batch in quiet]) == 2

# %% [markdown] rows=["S12.2"]
# The `non_blocking` of the *other* direction has a trap. `y = on_gpu.to("cpu", non_blocking=True)` hands you a tensor that
# may not be filled yet. Reading it at once may give old numbers, and nothing is raised. From the GPU to the CPU, wait: leave
# `non_blocking` away, or call `torch.cuda.synchronize()` before you read.

# %% [markdown] rows=["S12.4"]
# ## 5 · The hall works while you go on
#
# You do not stand in the hall and watch. You push a slip of paper through its door (“multiply these two matrices”) and go back to your
# desk at once. The hall works through its slips, one after the other, in order. That is **asynchronous**, and nearly all work on CUDA is.
#
# Here is such a hall that every computer can run: a helper thread with a queue of slips. Each slip says how long the work takes.


# %% rows=["S12.4"]
class Hall:
    """Takes orders at once, and works on them later, one after the other."""

    def __init__(self):
        self.slips = Queue()
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self):
        while True:
            time.sleep(self.slips.get())
            self.slips.task_done()

    def order(self, seconds):
        self.slips.put(seconds)

    def synchronize(self):
        """Wait at the door until every slip is done."""
        self.slips.join()


hall = Hall()


def timed_orders(wait):
    hall.synchronize()
    began = time.perf_counter()
    for _ in range(3):
        hall.order(0.1)
    if wait:
        hall.synchronize()
    return time.perf_counter() - began


# %% id="predict-async"
predict(
    "Three orders of 0.1 s each. The clock stops when the third slip is through the door. "
    "Does it show more than 0.1 s? True or False.",
    mine=...,
    truth=lambda: timed_orders(wait=False) > 0.1,
)

# %% rows=["S12.4"]
without, with_wait = timed_orders(wait=False), timed_orders(wait=True)
print(
    f"stopped at the door: {without * 1000:.1f} ms     "
    f"waited for the work: {with_wait * 1000:.0f} ms"
)
assert without < 0.1
assert with_wait > 0.28

if device.type == "cuda":
    a = torch.randn(4096, 4096, device="cuda")
    a @ a
    torch.cuda.synchronize()
    began = time.perf_counter()
    a @ a
    without = time.perf_counter() - began
    torch.cuda.synchronize()  # CUDA's word for waiting at the door
    with_wait = time.perf_counter() - began
    print(
        f"real GPU, at the door: {without * 1000:.3f} ms     waited: {with_wait * 1000:.2f} ms"
    )
    assert without < with_wait

# %% [markdown] rows=["S12.4"]
# The first number is what a careless stopwatch says of a GPU: “a thousand times faster than the CPU”. It measured the slips of
# paper. There are more ways to fool yourself:
#
# - **The first time is special.** CUDA wakes up, memory is fetched, the fastest recipe is chosen. So *warm up*: run it a few times without
#   a clock. And wait for the warm-up too, before the clock starts!
# - **Now and then something disturbs**: another program, a hot chip. One slow round spoils a mean. So measure several rounds and take
#   the **median**.
#
# ### Exercise 12.6 · An honest stopwatch
# ●●●○ · 10 minutes · 3 points
#
# Write `stopwatch(work, synchronize, clock, warmup, rounds)`, the median time of one round of `work()`. (Of an even number of rounds, the
# median is the mean of the two in the middle, as `statistics.median` has it. It is imported.) Call `work()` `warmup` times
# unmeasured, then `rounds` times measured. Around *each* measured round nothing may be left in the hall: wait before the clock starts, and
# wait before it stops.
#
# So that it can be tested everywhere, all three are handed in: `work()` orders the work, `synchronize()` waits until it is done, and
# `clock()` gives the time in seconds. The tests use a hall on paper, where the clock goes on by 1 for each slip that you write, and by the
# length of the work when you wait.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "stopwatch"}
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    """The median time of one round of work, in seconds.

    work, synchronize: functions without arguments; clock: one that returns seconds;
    warmup, rounds: int, rounds >= 1.
    Returns: float.
    """
    ### BEGIN SOLUTION
    for _ in range(warmup):
        work()
    times = []
    for _ in range(rounds):
        synchronize()
        began = clock()
        work()
        synchronize()
        times.append(clock() - began)
    return statistics.median(times)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_stopwatch", "points": 3}
class PaperHall:
    """A hall and a clock on paper: an order costs you 1 second, and the hall the next duration."""

    def __init__(self, durations):
        self.durations, self.now, self.ready = list(durations), 0.0, 0.0

    def work(self):
        self.now += 1
        self.ready = max(self.ready, self.now) + self.durations.pop(0)

    def synchronize(self):
        self.now = max(self.now, self.ready)

    def clock(self):
        return self.now


def on_paper_hall(durations, warmup):
    """What the stopwatch says; the first `warmup` durations belong to the warm-up."""
    hall = PaperHall(durations)
    rounds = len(durations) - warmup
    return stopwatch(hall.work, hall.synchronize, hall.clock, warmup=warmup, rounds=rounds)


def left_over(durations, warmup):
    """How many durations nobody asked for: 0 when it worked exactly as often as it should."""
    hall = PaperHall([*durations, 1.0, 1.0])
    rounds = len(durations) - warmup
    stopwatch(hall.work, hall.synchronize, hall.clock, warmup=warmup, rounds=rounds)
    return len(hall.durations) - 2


check(on_paper_hall, [5.0], 0).gives(6.0)  # one slip, and its work
check(on_paper_hall, [100.0, 5.0], 1).gives(6.0)  # a slow first time, in the warm-up
check(on_paper_hall, [100.0, 5.0, 60.0, 7.0], 1).gives(
    8.0
)  # one disturbed round: the median does not mind
check(on_paper_hall, [4.0, 8.0], 0).gives(7.0)  # two rounds: halfway between
check(left_over, [1.0, 2.0, 3.0, 4.0], 2).gives(0)
solved(stopwatch)
### BEGIN HIDDEN TESTS
for _warmup, _rounds in ((0, 1), (1, 2), (2, 5), (3, 8)):
    _durations = [float(fresh.integer(1, 90)) for _ in range(_warmup + _rounds)]
    _right = statistics.median(_durations[_warmup:]) + 1
    check(on_paper_hall, _durations, _warmup).gives(_right)
    check(left_over, _durations, _warmup).gives(0)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the order of one round</summary>Wait, look at the clock, work, wait, look at the clock again.</details>
# <details><summary>Hint 2: the warm-up</summary>It has no clock. But its work may still lie in the hall when you begin to measure: who clears it away?</details>
# <details><summary>Hint 3: nearly there</summary>Collect <code>clock() - began</code> in a list; <code>statistics.median</code> is imported.</details>


# %% id="use-stopwatch" rows=["S12.4"]
def wait_for(device):
    """Wait until all work ordered on a device is done; on the CPU it always is."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


try:
    for size in (64, 256, 512):
        for place in dict.fromkeys((torch.device("cpu"), device)):
            a = torch.randn(size, size, device=place)
            seconds = stopwatch(
                lambda a=a: a @ a, lambda place=place: wait_for(place), time.perf_counter
            )
            print(f"{size:4} × {size:<4} on {str(place):7} {seconds * 1e6:9.1f} µs")
            assert seconds > 0
except NotImplementedError:
    print("First write stopwatch above; then run this cell again.")

# %% [markdown] rows=["S12.4"]
# On a GPU the small product is often *slower* than on the CPU: the slip takes longer than the work. The hall pays for large loads only.
#
# torch has such a stopwatch. `torch.utils.benchmark.Timer` warms up, waits for the GPU by itself, and knows the median. And CUDA can put time
# stamps *between* the slips, with events:

# %% rows=["S12.4"]
a = torch.randn(256, 256, device=device)
measured = benchmark.Timer("a @ a", globals={"a": a}).timeit(20)
print(f"benchmark.Timer on {device}: {measured.median * 1e6:.1f} µs")
assert measured.median > 0 and measured.number_per_run == 20

if device.type == "cuda":
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    a @ a
    end.record()
    end.synchronize()  # the stamps are only there when the work is done
    print(f"between two events: {start.elapsed_time(end):.4f} ms")
    assert start.elapsed_time(end) >= 0
else:
    print("Skipped, the device is not CUDA: time stamps with torch.cuda.Event.")

# %% [markdown] rows=["S12.4", "S12.1"]
# ### Who makes you wait?
#
# You wait whenever you want to *know a number*: `.item()`, `float(…)`, `print(loss)`, `.cpu()`, `.tolist()`, and every `if` about a tensor.
# Then all slips must be done first. A training loop that asks `loss.item()` in each step never gets ahead of the hall. Keep the numbers over
# there and ask once, at the end.
#
# How do you find such places without a GPU? On the drawing board there are no numbers at all, so each of them raises:

# %% rows=["S12.4", "S12.1"]
unknown = torch.ones((), device="meta")
questions = {
    "item": lambda: unknown.item(),
    "float": lambda: float(unknown),
    "if": lambda: 1 if unknown > 0 else 0,
    "tolist": lambda: unknown.tolist(),
    "cpu": lambda: unknown.cpu(),
}
for name, ask in questions.items():
    try:
        ask()
        raise AssertionError(f"{name} got an answer")
    except (RuntimeError, NotImplementedError) as error:
        print(f"{name:7} {str(error).splitlines()[0]}")
assert (unknown + 1).device.type == "meta"  # calculating on is fine: nobody asked

# %% [markdown] rows=["S12.4", "S12.1"]
# ### Exercise 12.7 · Ask later
# ●●○○ · 7 minutes · 2 points
#
# The colleague measures how many answers of a network are right:


# %% id="broken-share-right"
def broken_share_right(model, batches, device):
    shares = []
    for inputs, labels in batches:
        scores = model(inputs.to(device))
        shares.append((scores.argmax(1).cpu() == labels).float().mean().item())
    return sum(shares) / len(shares)


try:
    broken_share_right(nn.Identity(), [(torch.eye(2), torch.arange(2))], "meta")
except NotImplementedError as error:
    print("NotImplementedError:", str(error).split(";")[0])

# %% [markdown] rows=["S12.4", "S12.1"]
# Each batch makes you wait for its answers before the next one can even be ordered. And it has a second fault that has nothing to do with devices: the last batch may be
# smaller, and yet its share counts as much as the others.
#
# Write `share_right(model, batches, device)`: the number of right answers over the number of all, as a 0-d tensor that is **still on the
# device**. Nothing is read. (The model is on the device, in eval mode; whoever calls you asks `.item()`, once.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "share_right"}
def share_right(model, batches, device):
    """The share of right answers, not read back.

    model: gives scores (n, classes) on the device;
    batches: a list of (inputs, labels) on the CPU, labels int64 (n,).
    Returns: 0-d float32 tensor on the device.
    """
    ### BEGIN SOLUTION
    right, total = torch.zeros((), device=device), 0
    with torch.no_grad():
        for inputs, labels in batches:
            inputs, labels = inputs.to(device), labels.to(device)
            right += (model(inputs).argmax(1) == labels).sum()
            total += len(labels)
    return right / total
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_share_right", "points": 2}
def echo(scores):
    """A network that hands on what it gets: the inputs are the scores."""
    return scores


two_batches = [
    (torch.tensor([[2.0, 1.0], [0.0, 3.0], [5.0, 1.0]]), torch.tensor([0, 1, 0])),
    (torch.tensor([[1.0, 0.0]]), torch.tensor([1])),
]

check(share_right, echo, two_batches, "cpu").gives(torch.tensor(0.75))
check(share_right, echo, two_batches, "meta").satisfies(
    lambda out: (out.device.type, out.dtype, out.shape) == ("meta", torch.float32, ()),
    "a 0-d float32 tensor that is still on the device, here meta",
)
solved(share_right)
### BEGIN HIDDEN TESTS
for _sizes in ((1,), (4, 2), (3, 3, 1)):
    _batches = [(fresh.floats(_n, 5), fresh.integers(0, 4, _n)) for _n in _sizes]
    _right = sum(int((s.argmax(1) == y).sum()) for s, y in _batches)
    check(share_right, echo, _batches, "cpu").gives(torch.tensor(_right / sum(_sizes)))
    check(share_right, nn.Identity(), _batches, device).gives(
        torch.tensor(_right / sum(_sizes), device=device)
    )
    check(share_right, nn.Linear(5, 3).to("meta"), _batches, "meta").gives(
        torch.zeros((), device="meta")
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: what to carry</summary>Both: the inputs <em>and</em> the labels. Then they can be compared over there.</details>
# <details><summary>Hint 2: what to count</summary>Two numbers: right answers, a tensor on the device, and all answers, for which <code>len(labels)</code> asks nobody.</details>
# <details><summary>Hint 3: nearly there</summary>Begin with <code>torch.zeros((), device=device)</code>, add <code>(… == labels).sum()</code> for each batch, and divide at the end.</details>

# %% [markdown] rows=["S12.1", "S12.3"]
# ## 6 · Weigh it before you carry it
#
# Does a network fit into your GPU? You need not load it to find out. On the drawing board it weighs nothing, and everything can be read off
# the plan. Here is a famous large one, **VGG-16**, written from its recipe in 2014: thirteen convolutions, three Linear layers.


# %% rows=["S12.1", "S12.3"]
def vgg16():
    """VGG-16: RGB images of 224 × 224 go in, scores for 1000 classes come out."""
    recipe = (
        64,
        64,
        "M",
        128,
        128,
        "M",
        *(256,) * 3,
        "M",
        *(512,) * 3,
        "M",
        *(512,) * 3,
        "M",
    )
    layers, width = [], 3
    for step in recipe:
        if step == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(width, step, 3, padding=1), nn.ReLU()]
            width = step
    body = nn.Sequential(*layers, nn.Flatten())
    head = nn.Sequential(
        *(nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout()),
        *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout()),
        nn.Linear(4096, 1000),
    )
    return nn.Sequential(body, head)


with torch.device("meta"):
    giant = vgg16()

total = sum(p.numel() for p in giant.parameters())
print(f"{total:,} parameters, {total * 4 / 1e6:.0f} MB as float32; in memory: nothing")
assert total == 138_357_544
assert all(p.is_meta for p in giant.parameters())

scores = giant(
    torch.empty(8, 3, 224, 224, device="meta")
)  # 124 billion multiplications: none is done
assert scores.shape == (8, 1000)

# %% id="predict-giant"
predict(
    "Which share of all these numbers sits in one single layer, nn.Linear(25088, 4096)? "
    "One digit after the point, such as 0.1.",
    mine=...,
    truth=lambda: round(giant[1][0].weight.numel() / total, 1),
)

# %% rows=["S12.1"]
for name, part in (
    ("13 convolutions", giant[0]),
    ("first Linear", giant[1][0]),
    ("the whole head", giant[1]),
):
    many = sum(p.numel() for p in part.parameters())
    print(f"{name:16} {many:12,}  {many / total:4.0%}")
assert giant[1][0].weight.numel() / total > 0.7

# %% [markdown] rows=["S12.1"]
# Three quarters of the weight in one layer! Later networks average each feature map to one number before the head, and are ten times lighter.
#
# ### Exercise 12.8 · The scales
# ●●○○ · 5 minutes · 2 points
#
# Write `weigh(model)`: how many numbers it learns, and how many **bytes** the model takes. Buffers take bytes too, though nobody learns them.
# Not every number has four bytes: look at each tensor's own `nbytes`. Two layers may *share* a parameter ([chapter 07](../07_modules/07_modules.ipynb)); it lies in memory once.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "weigh"}
def weigh(model):
    """How many parameters a model has, and how many bytes its parameters and buffers take.

    model: nn.Module, on any device, meta included.
    Returns: tuple of two ints.
    """
    ### BEGIN SOLUTION
    learned = sum(p.numel() for p in model.parameters())
    size = sum(t.nbytes for part in (model.parameters(), model.buffers()) for t in part)
    return learned, size
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_weigh", "points": 2}
def weight_of(what):
    """Weigh one of four networks, drawn on the board."""
    with torch.device("meta"):
        model = {
            "a line": lambda: nn.Linear(2, 1),
            "a line in half precision": lambda: nn.Linear(2, 1, dtype=torch.float16),
            "a BatchNorm": lambda: nn.BatchNorm1d(3),
            "two layers that share their weight": lambda: nn.Sequential(
                *[nn.Linear(4, 4)] * 2
            ),
            "VGG-16": vgg16,
        }[what]()
    return weigh(model)


check(weight_of, "a line").gives((3, 12))
check(weight_of, "a line in half precision").gives((3, 6))
check(weight_of, "a BatchNorm").gives(
    (6, 56)
)  # also two float32 buffers of 3, and an int64 that counts
check(weight_of, "two layers that share their weight").gives((20, 80))
check(weight_of, "VGG-16").gives((138_357_544, 553_430_176))
solved(weigh)
### BEGIN HIDDEN TESTS
for _d in (1, 3, 6):
    _net = nn.Sequential(
        nn.Linear(_d, 4), nn.BatchNorm1d(4), nn.Linear(4, 2, dtype=torch.float64)
    )
    _net[0].weight.requires_grad_(False)
    check(weigh, _net).gives(
        (4 * _d + 4 + 8 + 10, 4 * (4 * _d + 4) + 4 * 8 + 4 * 8 + 8 + 8 * 10)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two sums</summary>One over the parameters alone, in numbers; one over parameters <em>and</em> buffers, in bytes.</details>
# <details><summary>Hint 2: each once</summary><code>model.parameters()</code> and <code>model.buffers()</code> hand out a shared tensor once. <code>state_dict()</code> names it twice.</details>
# <details><summary>Hint 3: nearly there</summary><code>sum(p.numel() for p in model.parameters())</code>, and <code>t.nbytes</code> for each tensor of both.</details>

# %% [markdown] rows=["S12.1", "S12.3"]
# ### From the plan to the building
#
# You cannot carry a plan across the yard (`.to("cpu")` raises: there is nothing to carry). Two ways build it. `to_empty` makes room with *whatever lies
# there*, to be filled. `load_state_dict(…, assign=True)` takes the loaded tensors themselves. That is how networks are loaded that
# would not fit into memory twice.

# %% rows=["S12.1", "S12.3"]
trained = load_digits_net()
with torch.device("meta"):
    plan, second = load_digits_net(weights=None), load_digits_net(weights=None)

try:
    plan.to("cpu")
    raise AssertionError("the plan was carried")
except NotImplementedError as error:
    print(error)

plan.to_empty(device="cpu")  # room, not yet numbers
plan.load_state_dict(trained.state_dict())
second.load_state_dict(trained.state_dict(), assign=True)

picture = torch.rand(1, 1, 8, 8)
assert torch.equal(plan(picture), trained(picture))
assert torch.equal(second(picture), trained(picture))
assert second.head.weight.data_ptr() == trained.head.weight.data_ptr()  # taken, not copied

# %% [markdown] rows=["S12.1", "S12.3"]
# ### Exercise 12.9 · How wide is the door?
# ●●●○ · 7 minutes · 2 points
#
# You found a network and want to put your own `nn.Linear` behind its body. How many features come out for images of *your* size? The table in the
# manual does not say. Ask the drawing board!
#
# Write `width_of(body, image)`: how many features the body gives for each image. `image` is `(channels, height, width)`; the body gives the shape
# `(n, features)`. It may be huge and it may be somebody else's. So no real image runs through it, and it stays as it is: nothing is moved, no mode is switched, no running mean changed. (Remember
# what `module.to` does. The module `copy` is imported; `copy.deepcopy` copies modules.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "width_of"}
def width_of(body, image):
    """The number of features that a body gives for one image.

    body: nn.Module, takes float32 (n, channels, height, width), gives (n, features);
    image: tuple of three ints.
    Returns: int.
    """
    ### BEGIN SOLUTION
    plan = copy.deepcopy(body).to("meta")
    return plan(torch.empty(2, *image, device="meta")).shape[1]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_width_of", "points": 2}
def left_as_it_was(image):
    """Where the body lies, its mode and its count of batches, after somebody measured it."""
    body = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten())
    width_of(body, image)
    where, batches = body[0].weight.device.type, body[1].num_batches_tracked
    return [where, body.training, int(batches) if where == "cpu" else "no numbers left"]


class OnlyPlans(nn.Module):
    """Stands before a body, and lets nothing in but plans."""

    def forward(self, x):
        if x.device.type != "meta":
            raise RuntimeError(f"a real image on {x.device} came in; only plans, on meta, may")
        return x


check(width_of, nn.Flatten(), (3, 8, 8)).gives(192)
check(width_of, load_digits_net().features, (1, 8, 8)).gives(256)
check(width_of, load_digits_net().features, (1, 28, 28)).gives(3136)
check(left_as_it_was, (1, 8, 8)).gives(["cpu", True, 0])
check(width_of, nn.Sequential(OnlyPlans(), nn.Flatten()), (3, 8, 8)).gives(192)
solved(width_of)
### BEGIN HIDDEN TESTS
for _c, _h, _w in ((1, 9, 12), (3, 10, 8)):
    for _out in (1, 5):
        _body = nn.Sequential(nn.Conv2d(_c, _out, 3), nn.MaxPool2d(2), nn.Flatten())
        check(width_of, _body, (_c, _h, _w)).gives(_out * ((_h - 2) // 2) * ((_w - 2) // 2))
        check(width_of, _body.to("meta"), (_c, _h, _w)).gives(
            _out * ((_h - 2) // 2) * ((_w - 2) // 2)
        )
check(width_of, giant[0], (3, 64, 64)).gives(2048)
_ = check(left_as_it_was, (1, 6, 7)).gives(["cpu", True, 0])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a copy of the body</summary><code>copy.deepcopy(body)</code> is yours: you may move it.</details>
# <details><summary>Hint 2: images without numbers</summary><code>torch.empty(2, *image, device="meta")</code> has the shape of a batch of two images. (Two, because a BatchNorm in train mode may refuse a single one.)</details>
# <details><summary>Hint 3: nearly there</summary>Move the copy to meta, give it the empty images, and return <code>.shape[1]</code>.</details>

# %% [markdown] rows=["S12.3", "E26"]
# ## 7 · Networks that others trained
#
# Large networks take weeks of many GPUs. Luckily the numbers can be handed on ([chapter 11](../11_checkpoints/11_checkpoints.ipynb)). The package **torchvision** has the recipes of famous
# networks for photos and knows where their numbers lie:
#
# | `torchvision.models.` | parameters | what was new in it | its head is called |
# |---|---|---|---|
# | `alexnet` (2012) | 61 million | it won, and started all this | `classifier[6]` |
# | `vgg16` (2014) | 138 million | only small 3 × 3 convolutions, but many | `classifier[6]` |
# | `inception_v3` (2015) | 27 million | several sizes of filters side by side | `fc` |
# | `resnet18` … `resnet152` (2015) | 12 to 60 million | `x + f(x)`: shortcuts, so that depth works | `fc` |
# | `squeezenet1_0` (2016) | 1.2 million | as good as AlexNet, 50 times smaller | `classifier[1]`, a convolution |
# | `densenet121` (2016) | 8 million | each layer sees all layers before it | `classifier` |
#
# If torchvision is installed, we draw all of them on the board, without any download. If not, the cell says so, and you lose nothing: our
# own VGG-16 above has the very number of the table.

# %% rows=["S12.3"]
COUNTS = {
    "alexnet": 61_100_840,
    "vgg16": 138_357_544,
    "resnet18": 11_689_512,
    "squeezenet1_0": 1_248_424,
    "densenet121": 7_978_856,
    "inception_v3": 27_161_264,
}
has_torchvision = importlib.util.find_spec("torchvision") is not None

if has_torchvision:
    try:
        from torchvision import models
    except (ImportError, OSError, RuntimeError) as error:  # made for another torch
        has_torchvision = False
        print("torchvision is here, but it does not fit this torch:", error)

if has_torchvision:
    for name, count in COUNTS.items():
        more = {"init_weights": False} if name == "inception_v3" else {}  # else it warns
        with torch.device("meta"):
            model = getattr(models, name)(weights=None, **more)
        counted = sum(p.numel() for p in model.parameters())
        print(f"{name:14} {counted:12,}")
        assert counted == count
else:
    print("torchvision is not installed: the five other networks are skipped.")
assert sum(p.numel() for p in giant.parameters()) == COUNTS["vgg16"]

# %% [markdown] rows=["E26", "S12.3"]
# ### Claim check: `resnet18(pretrained=True)` and `model_zoo`
#
# Many texts load the numbers like that. Since torchvision 0.13 it is said differently: **`weights=`** takes a *name* for the numbers, because there may be
# several trainings of one recipe: `resnet18(weights="IMAGENET1K_V1")`, or `weights=ResNet18_Weights.DEFAULT` for the best ones. `weights=None` gives the bare recipe. And `model_zoo`? What
# is left of it?

# %% id="predict-zoo"
predict(
    "Is model_zoo.load_url (of torch.utils) the very same function as "
    "torch.hub.load_state_dict_from_url? True or False.",
    mine=...,
    truth=lambda: model_zoo.load_url is torch.hub.load_state_dict_from_url,
)

# %% rows=["E26", "S12.3"]
assert (
    model_zoo.load_url is torch.hub.load_state_dict_from_url
)  # an old door to the same room

if has_torchvision:
    with warnings.catch_warnings(record=True) as caught, torch.device("meta"):
        warnings.simplefilter("always")
        try:
            models.resnet18(pretrained=False)
            assert any("deprecated" in str(w.message) for w in caught)
            print("pretrained= still works, with a warning:", caught[0].message)
        except TypeError as error:
            print("pretrained= is gone:", error)
    choice = models.ResNet18_Weights.DEFAULT
    print(choice, choice.url, choice.transforms(), sep="\n")
    assert choice.url.endswith(".pth") and len(choice.meta["categories"]) == 1000

# Our own network has the same manners:
bare, ready = load_digits_net(weights=None), load_digits_net(weights="DEFAULT")
assert bare.state_dict().keys() == ready.state_dict().keys()
try:
    load_digits_net(pretrained=True)
    raise AssertionError("the old word was understood")
except TypeError as error:
    print(error)

# %% [markdown] rows=["S12.3", "E26"]
# Weights come with *manners* that you must keep: which images went in, at which size, on which scale (that is what `choice.transforms()` gives), and which classes come
# out in which order. Break them and nothing is raised; the answers are only worse. So read the card first.
#
# The course ships a small network of its own. It was trained on the digits **0 to 4**, and its file brings its card along:

# %% rows=["S12.3"]
card = torch.load(
    data_path("digits_net.pt"), weights_only=True
)  # numbers and text only (chapter 11)
for key in ("title", "source", "licence", "input", "classes", "held_out_accuracy"):
    print(f"{key:18} {card[key]}")

images, labels = load_digits()
ink = (images / 16).unsqueeze(1)  # the card: float32 (n, 1, 8, 8), ink from 0 to 1
net = load_digits_net()
unseen = card["held_out"]  # the rows that it was never trained on


def right_on(model, x, y):
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


kept, broken = (
    right_on(net, ink[unseen], labels[unseen]),
    right_on(net, 1 - ink[unseen], labels[unseen]),
)
print(
    f"\nright on unseen digits 0 to 4: {kept:.1%}; with black and white exchanged: {broken:.1%}"
)
assert kept > 0.98 and broken < 0.6
print(net)

# %% [markdown] rows=["S12.3"]
# Two parts, as in all the famous ones: a **body** (`features`) that turns an image into 256 numbers, and a **head**, one Linear layer, that turns
# those into scores. What does it say to a 9, which it has never seen?

# %% rows=["S12.3"]
nines = ink[labels == 9]
with torch.no_grad():
    answers, sure = net(nines).argmax(1), net(nines).softmax(1).max(1).values
print("the answers to", len(nines), "nines:", answers.bincount(minlength=5).tolist())
print(f"and it is {sure.mean():.0%} sure, on average")
assert answers.max() <= 4 and sure.mean() > 0.7
show_tensor(images[labels == 9][0], name="a nine: the net has five answers, all wrong")

# %% [markdown] rows=["S12.3"]
# Most nines are a three for it, and it sounds sure of that. It has no word for “none of these”. Section 8 will teach it the new digits.
#
# ### Fetching weights
#
# `torch.hub.load_state_dict_from_url` fetches a file once, keeps it in a folder, and reads it from there ever after. It asks no questions about where the
# address leads; `file://` leads to your own disk. So this works offline, which is how we try it:

# %% rows=["S12.3", "E26"]
shop, shelf = Path(room.name, "shop"), Path(room.name, "shelf")
shop.mkdir()
torch.save(net.state_dict(), shop / "digits.pt")

said = io.StringIO()
with contextlib.redirect_stdout(said):
    fetched = torch.hub.load_state_dict_from_url(
        (shop / "digits.pt").as_uri(),
        model_dir=str(shelf),
        progress=False,
        weights_only=True,
    )
assert said.getvalue().startswith("Downloading")
assert [path.name for path in shelf.iterdir()] == ["digits.pt"]
assert torch.equal(fetched["head.weight"], net.head.weight)

(shop / "digits.pt").unlink()  # the shop burns down …
again = torch.hub.load_state_dict_from_url(
    (shop / "digits.pt").as_uri(), model_dir=str(shelf), weights_only=True
)
assert torch.equal(again["head.weight"], net.head.weight)  # … and we have it on the shelf
print("fetched once, read twice:", [path.name for path in shelf.iterdir()])

# %% [markdown] rows=["S12.3", "E26"]
# Two settings of the fetcher matter more than they look. The first is `weights_only=True`. [Chapter 11](../11_checkpoints/11_checkpoints.ipynb) showed that opening a pickle can run a stranger's code, and that
# `torch.load` refuses that by default. Does the fetcher refuse it too?


# %% id="predict-trap"
class Trap:
    """Pickled, it is an order to call a function. This one is harmless; it need not be."""

    def __reduce__(self):
        return str.upper, ("a stranger's code has run",)


torch.save(Trap(), shop / "trap.pt")


def open_trap(**settings):
    with contextlib.redirect_stdout(said):
        return torch.hub.load_state_dict_from_url(
            (shop / "trap.pt").as_uri(), model_dir=str(shelf), progress=False, **settings
        )


def does_it_run():
    try:
        return open_trap().isupper()
    except pickle.UnpicklingError:
        return False


predict(
    "load_state_dict_from_url, without weights_only=…, opens a file with a trap. "
    "Does the stranger's code run? True or False.",
    mine=...,
    truth=does_it_run,
)

# %% rows=["S12.3", "E26"]
print("with weights_only=False:", open_trap(weights_only=False))
assert open_trap(weights_only=False) == "A STRANGER'S CODE HAS RUN"
try:
    open_trap(weights_only=True)
    raise AssertionError("the trap was opened")
except pickle.UnpicklingError as error:
    print("with weights_only=True: ", str(error).splitlines()[0][:60], "…")
print(
    "When nothing is said, the code runs:", does_it_run()
)  # so in torch 2.13: always say it
assert does_it_run()

# %% [markdown] rows=["S12.3", "E26"]
# The second is `check_hash=True`. A file from the net may be damaged, or not be what it was. So its *fingerprint* can be put into its name: `digits-989472ef.pt` ends with the first eight
# letters of the SHA-256 of its contents. With `check_hash=True` the fetcher compares.
#
# ### Exercise 12.10 · Fetch it properly
# ●●○○ · 6 minutes · 2 points
#
# This is the line of an old text, `net = make(pretrained=True)`, written out. Write `fetch_net(make, url, folder)`. `make()` builds the recipe. Fetch the numbers into
# `folder` (the place to keep them), check the fingerprint, let no stranger's code run, open the file for the CPU (it may have been saved on a GPU that you do not have), fill the recipe, and hand it over
# ready to be *asked*, not trained.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "fetch_net"}
def fetch_net(make, url, folder):
    """A network with weights from an address.

    make: function without arguments that gives a module;
    url: str, its file name ends with a fingerprint; folder: str.
    Returns: the module, in eval mode. A wrong fingerprint, or a file for another network,
    raises RuntimeError; a file with code in it raises pickle.UnpicklingError.
    (torch raises them all; you only have to let it.)
    """
    ### BEGIN SOLUTION
    weights = torch.hub.load_state_dict_from_url(
        url,
        model_dir=folder,
        map_location="cpu",
        progress=False,
        check_hash=True,
        weights_only=True,
    )
    model = make()
    model.load_state_dict(weights)
    return model.eval()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_fetch_net", "points": 2}
def doubling():
    """A small network with a BatchNorm, which doubles its input once it is filled."""
    made = nn.Sequential(nn.BatchNorm1d(1), nn.Linear(1, 1))
    nn.init.ones_(made[1].weight)
    nn.init.zeros_(made[1].bias)
    return made


def put_in_shop(name, weights, honest=True):
    """Save weights in the shop, with their fingerprint in the name, or with a wrong one."""
    torch.save(weights, shop / name)
    mark = (
        hashlib.sha256((shop / name).read_bytes()).hexdigest()[:8] if honest else "0badbad0"
    )
    (shop / name).rename(shop / f"{name}-{mark}.pt")
    return (shop / f"{name}-{mark}.pt").as_uri()


def as_if_from_a_gpu(name, weights):
    """As if a computer with a hundred GPUs had saved it; chapter 11 forged such a file."""
    saved, forged = io.BytesIO(), shop / name
    torch.save(weights, saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(forged, "w") as new:
        for part in old.namelist():
            new.writestr(
                part,
                old.read(part).replace(b"X\x03\0\0\0cpu", b"X\x07\0\0\0cuda:99")
                if part.endswith("data.pkl")
                else old.read(part),
            )
    mark = hashlib.sha256(forged.read_bytes()).hexdigest()[:8]
    return forged.rename(shop / f"{name}-{mark}.pt").as_uri()


filled = doubling()
filled[1].load_state_dict({"weight": torch.tensor([[2.0]]), "bias": torch.zeros(1)})
addresses = {
    "good": put_in_shop("doubling", filled.state_dict()),
    "damaged": put_in_shop("damaged", filled.state_dict(), honest=False),
    "for another network": put_in_shop("another", nn.Linear(1, 1).state_dict()),
    "trap": put_in_shop("gift", Trap()),
    "saved on a GPU": as_if_from_a_gpu("gpu", filled.state_dict()),
}


def fetched_answer(which, x):
    """What a fetched network answers to x; each time with an empty shelf."""
    with tempfile.TemporaryDirectory(dir=room.name) as folder:
        with contextlib.redirect_stdout(io.StringIO()):
            model = fetch_net(doubling, addresses[which], folder)
        return model(x).detach()


def files_kept(which):
    """How many files lie in the folder afterwards."""
    with tempfile.TemporaryDirectory(dir=room.name) as folder:
        with contextlib.redirect_stdout(io.StringIO()):
            fetch_net(doubling, addresses[which], folder)
        return len(list(Path(folder).iterdir()))


nearly = (1e-3, 1e-3)  # BatchNorm adds a tiny number to every variance
check(fetched_answer, "good", torch.tensor([[1.0], [5.0]])).gives(
    torch.tensor([[2.0], [10.0]]), tolerance=nearly
)
check(fetched_answer, "damaged", torch.tensor([[1.0]])).raises(RuntimeError, "hash")
check(fetched_answer, "for another network", torch.tensor([[1.0]])).raises(
    RuntimeError, "missing"
)
check(fetched_answer, "trap", torch.tensor([[1.0]])).raises(pickle.UnpicklingError)
check(fetched_answer, "saved on a GPU", torch.tensor([[3.0]])).gives(
    torch.tensor([[6.0]]), tolerance=nearly
)
check(files_kept, "good").gives(1)
solved(fetch_net)
### BEGIN HIDDEN TESTS
for _n in (1, 4):
    _x = fresh.floats(_n, 1)
    check(fetched_answer, "good", _x).gives(2 * _x, tolerance=nearly)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the order</summary>Fetch the numbers, build the recipe, fill it, switch the mode. Four lines.</details>
# <details><summary>Hint 2: the settings</summary>The fetcher takes <code>model_dir=</code>, <code>map_location=</code>, <code>check_hash=</code>, <code>weights_only=</code> and, if you like it quiet, <code>progress=False</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>load_state_dict</code> returns a report, not the network: keep it on a line of its own. Then <code>return model.eval()</code>.</details>

# %% [markdown] rows=["S12.3"]
# ## 8 · A new head
#
# Somebody who can read English and now learns Spanish does not start with the alphabet. The digits net knows strokes, bows and corners. For the digits **5 to 9**
# we keep its body and replace only the head, the layer that names the classes. That is **transfer learning**.
#
# ### Exercise 12.11 · Change the head
# ●●○○ · 5 minutes · 2 points
#
# Write `new_head(model, classes)` for a model whose last layer is the Linear layer `model.head`. Replace it by a new Linear layer with `classes` outputs, and return the
# model. Whatever the old head was, the new one fits in its place: the same number of inputs, the same device, the same dtype.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "new_head"}
def new_head(model, classes):
    """The same model with a new last layer.

    model: nn.Module with an nn.Linear at model.head; classes: int.
    Returns: model itself, changed.
    """
    ### BEGIN SOLUTION
    old = model.head
    model.head = nn.Linear(
        old.in_features, classes, device=old.weight.device, dtype=old.weight.dtype
    )
    return model
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_new_head", "points": 2}
def about_head(classes, place, dtype):
    """Inputs, outputs, device type and dtype of the new head of a digits net."""
    model = new_head(
        load_digits_net(weights=None).to(place, getattr(torch, dtype)), classes
    )
    head = model.head
    return (
        head.in_features,
        head.out_features,
        head.weight.device.type,
        str(head.weight.dtype),
    )


def outputs_for(classes):
    """The shape of the answers to two images, and whether the body is still the trained one."""
    model = new_head(load_digits_net(), classes)
    same_body = torch.equal(model.features[0].weight, load_digits_net().features[0].weight)
    return (*model(torch.ones(2, 1, 8, 8)).shape, same_body)


def in_a_small_model(width, classes):
    """Is the same model handed back? And how many inputs and outputs has its head now?"""
    model = nn.Sequential()
    model.head = nn.Linear(width, 2)
    back = new_head(model, classes)
    return back is model, back.head.in_features, back.head.out_features


check(about_head, 3, "cpu", "float32").gives((256, 3, "cpu", "torch.float32"))
check(about_head, 7, "meta", "float32").gives((256, 7, "meta", "torch.float32"))
check(about_head, 2, "cpu", "float64").gives((256, 2, "cpu", "torch.float64"))
check(outputs_for, 9).gives((2, 9, True))
check(in_a_small_model, 3, 5).gives((True, 3, 5))
solved(new_head)
### BEGIN HIDDEN TESTS
for _classes in (1, 4, 11):
    check(about_head, _classes, str(device), "float32").gives(
        (256, _classes, device.type, "torch.float32")
    )
    check(outputs_for, _classes).gives((2, _classes, True))
for _width in (1, 7):
    check(in_a_small_model, _width, 4).gives((True, _width, 4))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: ask the old one</summary><code>model.head.in_features</code> says how wide the door is.</details>
# <details><summary>Hint 2: born in the right place</summary><code>nn.Linear</code> takes <code>device=</code> and <code>dtype=</code>. The old head's weight knows both.</details>
# <details><summary>Hint 3: nearly there</summary>Assign the new layer to <code>model.head</code>, then <code>return model</code>.</details>

# %% [markdown] rows=["S12.3"]
# ### Freezing
#
# A new head begins with random numbers, so its first slopes are wild. Running back through the body, they would spoil what was learned. So the body is **frozen**:
# `requires_grad_(False)` on the module does it for all its parameters. Backward then ends at the head: look at the two graphs. (A body of one Linear layer serves
# here.)

# %% rows=["S12.3"]
torch.manual_seed(0)
whole = nn.Sequential()
whole.body, whole.head = nn.Linear(2, 2), nn.Linear(2, 1)
frozen = copy.deepcopy(whole)
frozen.body.requires_grad_(False)
point = torch.ones(1, 2)

with record() as open_graph:
    whole(point).sum().backward()
with record() as frozen_graph:
    frozen(point).sum().backward()
assert whole.body.weight.grad is not None
assert frozen.body.weight.grad is None and frozen.head.weight.grad is not None
compare_graphs(open_graph, frozen_graph, ("all of it learns", "the body is frozen"))

# %% [markdown] rows=["S12.3"]
# Now the digits net: new head, frozen body, ten rounds of training. We give the optimizer the head only, and look whether the body is still what it was.


# %% id="predict-drift"
def head_replaced():
    """The digits net with a frozen body and a new, random head."""
    torch.manual_seed(0)
    model = load_digits_net()
    model.head = nn.Linear(256, 5)
    model.features.requires_grad_(False)
    return model


few = torch.cat([(labels == digit).nonzero()[:5, 0] for digit in range(5, 10)])
few_x, few_y = ink[few], labels[few] - 5  # 25 images; the classes 0 … 4 now mean 5 … 9


def ten_rounds(model):
    model.train()  # as every training loop begins
    optimizer = torch.optim.SGD(model.head.parameters(), lr=0.5)
    for _ in range(10):
        loss = F.cross_entropy(model(few_x), few_y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


drifted = ten_rounds(head_replaced())


def body_is_unchanged():
    before, after = load_digits_net().features.state_dict(), drifted.features.state_dict()
    return all(torch.equal(before[name], after[name]) for name in before)


predict(
    "The body was frozen, and the optimizer had the head only. "
    "Is every tensor in the body's state_dict the same as before? True or False.",
    mine=...,
    truth=body_is_unchanged,
)

# %% rows=["S12.3"]
original, now = load_digits_net().features.state_dict(), drifted.features.state_dict()
changed = [name for name in original if not torch.equal(original[name], now[name])]
print(changed)
assert {name.split(".")[1] for name in changed} == {
    "running_mean",
    "running_var",
    "num_batches_tracked",
}
show_checkpoint(
    load_digits_net().features, drifted.features, names=("before", "after ten rounds")
)

# %% [markdown] rows=["S12.3"]
# It drifted! `requires_grad_(False)` stops *learning*. But the running averages of BatchNorm are not learned, they are *measured*, at each forward in train mode (you said so in the recall).
# So freezing takes **two** steps:
#
# 1. `model.features.requires_grad_(False)`: no slopes;
# 2. `model.features.eval()`, **after** each `model.train()`: no measuring. (It also stops a body's Dropout.)
#
# ### Exercise 12.12 · Train the head alone
# ●●●○ · 10 minutes · 3 points
#
# Write `train_head(model, x, y, steps, lr)`: train `model.head` with SGD and cross entropy on the whole batch, `steps` times, and return the loss before each step. Nothing
# else in the model may change by a single bit, running averages included. The model comes as it comes: in train mode, and nothing frozen. Afterwards only the head's
# parameters require grad.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "train_head"}
def train_head(model, x, y, steps, lr):
    """Train the head, leave the rest exactly as it was.

    model: nn.Module whose last layer is model.head; x: float, y: int64, a batch;
    steps: int; lr: float.
    Returns: list of floats, the loss before each step.
    """
    ### BEGIN SOLUTION
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    model.eval()
    model.head.train()
    optimizer = torch.optim.SGD(model.head.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_train_head", "points": 3}
def small_model():
    """A body that adds and doubles, with a BatchNorm; a head of zeros. In train mode."""
    model = nn.Sequential()
    model.body = nn.Sequential(nn.Linear(2, 2, bias=False), nn.BatchNorm1d(2))
    model.head = nn.Linear(2, 2)
    model.body[0].weight.data.copy_(torch.tensor([[1.0, 1.0], [2.0, 0.0]]))
    nn.init.zeros_(model.head.weight)
    nn.init.zeros_(model.head.bias)
    return model.train()


head_x, head_y = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1])


def head_losses(steps, lr):
    return train_head(small_model(), head_x, head_y, steps, lr)


def changed_by_training(steps, lr):
    """The names of all entries of the state_dict that are not what they were."""
    model = small_model()
    train_head(model, head_x, head_y, steps, lr)
    old, new = small_model().state_dict(), model.state_dict()
    return [name for name in old if not torch.equal(old[name], new[name])]


def want_to_learn(steps, lr):
    model = small_model()
    train_head(model, head_x, head_y, steps, lr)
    return [name for name, p in model.named_parameters() if p.requires_grad]


check(head_losses, 3, 1.0).gives([0.69315, 0.41004, 0.27431], tolerance=(1e-4, 1e-5))
check(changed_by_training, 3, 0.5).gives(["head.weight", "head.bias"])
check(want_to_learn, 1, 0.5).gives(["head.weight", "head.bias"])
solved(train_head)
### BEGIN HIDDEN TESTS
for _steps, _lr in ((2, 0.1), (5, 0.3), (4, 2.0)):
    _model = small_model().eval()
    _model.body.requires_grad_(False)
    with torch.no_grad():
        _seen = _model.body(head_x)
    _optimizer, _losses = torch.optim.SGD(_model.head.parameters(), lr=_lr), []
    for _ in range(_steps):
        _loss = F.cross_entropy(_model.head(_seen), head_y)
        _optimizer.zero_grad()
        _loss.backward()
        _optimizer.step()
        _losses.append(_loss.item())
    check(head_losses, _steps, _lr).gives(_losses, tolerance=(1e-4, 1e-6))
    check(changed_by_training, _steps, _lr).gives(["head.weight", "head.bias"])
    check(want_to_learn, _steps, _lr).gives(["head.weight", "head.bias"])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: freeze all, thaw one</summary><code>model.requires_grad_(False)</code> freezes everything; then thaw <code>model.head</code>.</details>
# <details><summary>Hint 2: no measuring</summary>Put the model into eval mode before the loop. Is there anything in your loop that switches it back?</details>
# <details><summary>Hint 3: nearly there</summary>The optimizer gets <code>model.head.parameters()</code>. In the loop: loss, zero_grad, backward, step, and note <code>loss.item()</code>.</details>

# %% [markdown] rows=["S12.3"]
# ### Two speeds
#
# Between “frozen” and “all of it learns” there is a third way: the new head learns fast, the old body *slowly*. An optimizer takes groups of parameters with a rate each
# ([chapter 08](../08_optimizers/08_optimizers.ipynb)).
#
# ### Exercise 12.13 · Slow body, fast head
# ●●○○ · 6 minutes · 2 points
#
# Write `two_speeds(model, slow, fast)`: a list of two groups for an optimizer. First everything in the model but `model.head`, with `lr` slow; then the head, with `lr` fast.
# Parameters that are frozen are left out: an optimizer with `weight_decay` should not even know them. Do not rely on the name of the body: the next network calls it
# otherwise.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "two_speeds"}
def two_speeds(model, slow, fast):
    """Groups for an optimizer: the rest slow, the head fast, frozen parameters left out.

    model: nn.Module with model.head; slow, fast: float.
    Returns: list of two dicts, each with "params" (a list) and "lr".
    """
    ### BEGIN SOLUTION
    of_head = {id(p) for p in model.head.parameters()}
    learning = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in learning if id(p) not in of_head], "lr": slow},
        {"params": [p for p in learning if id(p) in of_head], "lr": fast},
    ]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_two_speeds", "points": 2}
def speeds(slow, fast, frozen=()):
    """Give the groups to an optimizer; which rate does each parameter have there?"""
    model = nn.Sequential()
    model.eyes, model.neck, model.head = nn.Linear(2, 2), nn.Linear(2, 3), nn.Linear(3, 2)
    for name in frozen:
        model.get_parameter(name).requires_grad_(False)
    optimizer = torch.optim.SGD(two_speeds(model, slow, fast), lr=99.0)
    names = {id(p): name for name, p in model.named_parameters()}
    return {names[id(p)]: g["lr"] for g in optimizer.param_groups for p in g["params"]}


check(speeds, 0.5, 2.0).gives(
    {
        **{"eyes.weight": 0.5, "eyes.bias": 0.5, "neck.weight": 0.5, "neck.bias": 0.5},
        **{"head.weight": 2.0, "head.bias": 2.0},
    }
)
check(speeds, 0.25, 1.0, ["eyes.weight", "eyes.bias", "neck.weight"]).gives(
    {"neck.bias": 0.25, "head.weight": 1.0, "head.bias": 1.0}
)
solved(two_speeds)
### BEGIN HIDDEN TESTS
check(speeds, 0.1, 0.3, ["head.bias"]).gives(
    {
        **{"eyes.weight": 0.1, "eyes.bias": 0.1, "neck.weight": 0.1, "neck.bias": 0.1},
        **{"head.weight": 0.3},
    }
)
_model = load_digits_net()
_ = check(two_speeds, _model, 0.1, 1.0).satisfies(
    lambda groups: (
        [len(g["params"]) for g in groups] == [9, 2]
        and [g["lr"] for g in groups] == [0.1, 1.0]
    ),
    "nine tensors of the body, slow; two of the head, fast",
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: who belongs to the head</summary><code>model.head.parameters()</code> tells; everything else belongs to the rest. Keep the <code>id</code> of each in a set.</details>
# <details><summary>Hint 2: each once</summary>A parameter in two groups is an error of the optimizer. So the first group must leave the head out.</details>
# <details><summary>Hint 3: nearly there</summary>Two lists over <code>model.parameters()</code>, with <code>p.requires_grad</code> and <code>id(p) in of_head</code>, or <code>not in</code>.</details>

# %% [markdown] rows=["S12.3"]
# ## 9 · Was it worth it?
#
# Believe nobody who says “transfer is better”: measure. Five images of each of the digits 5 to 9, 25 in all. Three networks of the same shape, the same optimizer, several draws of the 25 images:
#
# - **head only**: our body, frozen, with a new head;
# - **two speeds**: our body, slow, with a new head;
# - **from scratch**: the bare recipe, with random numbers.

# %% rows=["S12.3", "S12.1"]
CHECKS = (0, 5, 10, 15, 20, 30, 45, 60)
new_rows = (labels >= 5).nonzero()[:, 0]
everything, digit_of = ink.to(device), (labels - 5).to(device)


def starting_point(way):
    model = load_digits_net(weights=None if way == "from scratch" else "DEFAULT")
    model.head = nn.Linear(256, 5)
    if way == "head only":
        model.features.requires_grad_(False)
    return model.to(device)


def groups_of(model, way):
    slow = 1e-3 if way == "two speeds" else 1e-2
    head = {"params": model.head.parameters(), "lr": 1e-2}
    return (
        [head]
        if way == "head only"
        else [head, {"params": model.features.parameters(), "lr": slow}]
    )


def curve(way, seed, each=5):
    """The share of right answers on 400 other images, at each of CHECKS."""
    torch.manual_seed(seed)
    rows = new_rows[torch.randperm(len(new_rows))]
    test, rest = rows[:400], rows[400:]
    train = torch.cat([rest[labels[rest] == digit][:each] for digit in range(5, 10)])
    model = starting_point(way)
    optimizer = torch.optim.Adam(groups_of(model, way))
    shares = []
    for step in range(CHECKS[-1] + 1):
        if step in CHECKS:
            model.eval()
            shares.append(right_on(model, everything[test], digit_of[test]))
        model.train()
        if way == "head only":
            model.features.eval()
        loss = F.cross_entropy(model(everything[train]), digit_of[train])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.tensor(shares)


WAYS = ("head only", "two speeds", "from scratch")
curves = {way: torch.stack([curve(way, seed) for seed in range(4)]).mean(0) for way in WAYS}

fig, ax = plt.subplots(figsize=(6.4, 3.8))
for way, style in zip(WAYS, ("-o", "-s", "--^"), strict=True):
    ax.plot(CHECKS, curves[way], style, label=way)
ax.axhline(0.2, color="grey", linestyle=":", label="guessing")
ax.set(xlabel="steps of training", ylabel="share right, on other images", ylim=(0, 1))
ax.set_title("25 images of the digits 5 to 9: who learns how fast?")
ax.legend(loc="lower right")
plt.show()

for way in WAYS:
    print(f"{way:13} after 15 steps {curves[way][3]:.0%}, after 60 {curves[way][-1]:.0%}")
assert curves["head only"][3] > curves["from scratch"][3] + 0.1
assert abs(curves["head only"][-1] - curves["from scratch"][-1]) < 0.08

# %% [markdown] rows=["S12.3"]
# Surprised by the end? With *patience* the network from scratch catches up. Our images are tiny and the body is small: 25 examples are nearly enough for it. With photos and 25 million parameters they rarely are. What transfer always saves is
# work. The frozen body needs no backward and no slopes. Its features for the 25 images could even be computed once and kept.
#
# ### Exercise 12.14 · Advise
# ●●○○ · 10 minutes · 3 points
#
# *A person reads this answer.* In the cell below, write eight to ten sentences. What does the picture say about the three ways, at 15 steps and at 60? Then advise three people, and say why: (a) ten photos of each of
# four kinds of mushrooms, a laptop; (b) 200,000 X-ray images, a GPU; (c) 500 photos of birds, a GPU, and a network trained on photos. Last: what do you look up before you use a network that
# a stranger trained? Name three things.

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "explain_transfer", "points": 3}
# ### BEGIN SOLUTION
# A full answer says: at 15 steps both ways with the trained body are far ahead (around 90 % against about 65 %); at 60 steps all three are close together, and the frozen one may even be last by a little, because its features were made for other digits and can no longer adapt. So the trained body gives a head start, and saves steps, time and
# memory; on this small task it gives no better end.
# (a) Take a network trained on photos, freeze it (parameters and BatchNorm), train a new head; the features can be computed once. There is too little data and too little machine for anything else. (b) X-rays look unlike photos and there are many: train all of it, from scratch or
# from trained weights as a start, with a small rate for the body. (c) Two speeds: new head fast, body slow, perhaps after some rounds with a frozen body; watch the validation loss.
# Before use: which inputs it expects (size, channels, scale, colours), which classes in which order, on what data it was trained and how well it does on unseen data, the licence, whether the file is safe to open (weights_only, fingerprint), its size.
#
# Points: 1 for the head start and the catching up, 1 for three sensible pieces of advice with reasons, 1 for three things to look up.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - A tensor lies on one device, and its results lie there too. Choosing a device changes where *new* things are born; it moves nothing.
# - Ordinary operations across devices raise; `to`, `cpu`, `cuda` and `copy_` carry. Only a 0-d tensor on the CPU crosses by itself.
# - `tensor.to` returns, `module.to` moves. Build, move, then make the optimizer.
# - Inside functions, new tensors are born beside `x`. Call them with meta tensors and you know.
# - A GPU works while you go on. Time it with a warm-up, waiting, and the median. Asking for a number makes you wait.
# - The drawing board weighs networks, finds widths, and finds slips, without memory and without a GPU.
# - A network that others trained comes with manners: input, scale, classes, licence. Freezing takes `requires_grad_(False)` *and* `eval()`.
#
# | I want | I write |
# |---|---|
# | the best device | `torch.accelerator.current_accelerator(check_available=True)`; where that is None, the CPU |
# | another chosen GPU for a while | `with torch.cuda.device(1):` |
# | a new tensor beside x | `torch.zeros_like(x)`, `x.new_zeros(…)`, `torch.arange(…, device=x.device)` |
# | a tensor that moves with its module, and does not learn | `self.register_buffer("mean", mean)` |
# | fast transfers to CUDA | `DataLoader(…, pin_memory=True)`, `x.to(device, non_blocking=True)` |
# | to wait for the GPU | `torch.cuda.synchronize()` |
# | an honest time | `torch.utils.benchmark.Timer("f(x)", globals={…}).timeit(20).median` |
# | a network without memory | `with torch.device("meta"): net = make()` |
# | room for its numbers, later | `net.to_empty(device=…)`, or `load_state_dict(…, assign=True)` |
# | trained weights from torchvision | `resnet18(weights="DEFAULT")`; none: `weights=None` |
# | trained weights from an address | `torch.hub.load_state_dict_from_url(url, check_hash=True, weights_only=True)` |
# | a new last layer | `net.fc = nn.Linear(net.fc.in_features, classes)` |
# | a frozen body | `net.features.requires_grad_(False)`, and `.eval()` after each `net.train()` |
# | different rates | `Adam([{"params": …, "lr": 1e-3}, {"params": …, "lr": 1e-2}])` |
#
# Next: [chapter 13](../13_capstone/13_capstone.ipynb), where you build the whole of it alone.

# %% [markdown]
# ### Exercise 12.15 · Quiz
# ●○○○ · 5 minutes · 3 points
#
# One letter for each question.
#
# **q1** `x` lies on `cuda:0`. Inside `with torch.cuda.device(1):` you calculate `x * 2`. The result lies on
# - (a) `cuda:1`
# - (b) `cuda:0`
# - (c) nowhere: it raises
#
# **q2** Which of these copies from one device to another?
# - (a) only `copy_`
# - (b) `to`, `cpu`, `cuda` and `copy_`
# - (c) any operation: the smaller tensor is carried to the larger one
#
# **q3** `batch.to(device)` stands on a line of its own. `batch` is a tensor. Afterwards
# - (a) `batch` lies where it lay before
# - (b) `batch` lies on the device
# - (c) `batch` lies on both
#
# **q4** A stopwatch says that a large matrix product on the GPU took 0.02 ms; on the CPU it takes 500 ms. Most likely
# - (a) the GPU is 25,000 times faster
# - (b) the result was still known from the warm-up
# - (c) the clock stopped when the order was through the door
#
# **q5** The body is frozen with `requires_grad_(False)`, and `model.train()` runs in each epoch. What in the body can still change?
# - (a) nothing
# - (b) the running averages of BatchNorm
# - (c) the biases
#
# **q6** In a new program, torchvision's ResNet with the best trained weights is
# - (a) `resnet50(weights="DEFAULT")`
# - (b) `resnet50(pretrained=True)`
# - (c) `resnet50()`

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "b", "q2": "b", "q3": "a", "q4": "c", "q5": "b", "q6": "a"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 3}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "b",
    "q2": "b",
    "q3": "a",
    "q4": "c",
    "q5": "b",
    "q6": "a",
}
### END HIDDEN TESTS

# ---
# jupyter:
#   course:
#     title: "orientation: what PyTorch is, and the torch package from the inside"
#     minutes: 80
#     needs:
#       - "a little Python: functions, lists, loops"
#     objectives:
#       - "Work in this course: predict, run, solve, and read what a check or an error tells you"
#       - "Say what PyTorch is: arrays that can use a GPU, and slopes that calculate themselves"
#       - "Find the source of any torch function, and know why some have none"
#       - "Name the rooms of the torch package and what is done in each"
#       - "Point at each part of a training program: layers, model, loss, optimizer, and the cycle"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 00 · Orientation: what PyTorch is, and the torch package from the inside
#
# Let us begin at the end. Below, a network learns to read handwriting, and then you ask it about a digit that it has never seen.
# You need not understand a line of it yet. At the end of this chapter you can point at every line and say what it does.
#
# Click into each of the next two cells and press <kbd>Shift</kbd>+<kbd>Enter</kbd>.

# %% id="setup"
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import (
    best_device,
    check,
    check_quiz,
    fresh,
    load_digits,
    predict,
    record,
    show_graph,
    show_training,
    solved,
)

# Our tensors are tiny: several threads would spend their time waiting for each other.
THREADS = torch.get_num_threads()
torch.set_num_threads(1)

# %% id="wow" rows=["S00.1", "S00.5"]
images, digits = load_digits()  # 1,797 pictures of 8 × 8 pixels, ink from 0 to 16
pictures = images.flatten(1) / 16  # each one as a row of 64 numbers from 0 to 1

torch.manual_seed(0)
order = torch.randperm(len(digits))
known, unseen = order[:1500], order[1500:]  # 297 pictures are kept secret

network = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)

began = time.perf_counter()
for step in range(100):
    scores = network(pictures[known])
    loss = F.cross_entropy(scores, digits[known])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
seconds = time.perf_counter() - began


def ask(picture, title):
    """Show a picture (8, 8) and what the network thinks of it."""
    with torch.no_grad():
        chances = network(picture.flatten()).softmax(dim=0)
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), width_ratios=(1, 1.7))
    left.imshow(picture, cmap="Greys", vmin=0, vmax=1)
    left.set(title=title, xticks=[], yticks=[])
    bars = right.bar(range(10), chances, color="#b0bec5")
    bars[chances.argmax()].set_color("#1976d2")
    right.set(title=f"the network says {chances.argmax()}", xticks=range(10))
    right.set(xlabel="digit", ylabel="how sure", ylim=(0, 1))
    fig.tight_layout()
    plt.show()


print(f"learned 1,500 pictures in {seconds:.1f} seconds")
ask(images[unseen[24]] / 16, "never seen before")
assert (network(pictures[unseen]).argmax(dim=1) == digits[unseen]).float().mean() > 0.9

# %% [markdown] rows=["S00.5"]
# Nobody told it what a loop or a stroke is. It saw 1,500 pictures with their answers, a hundred times over, and each time it shifted
# 4,810 numbers a little. That is all. (Write another number from 0 to 296 in place of 24, and run the cell again.)
#
# Now you. Draw a digit with `#` (black), `o` (grey) and `.` (white), run the cell, and see what it says. Then try to fool it.

# %% id="draw"
drawing = """
. . # # # # . .
. # # . . # # .
. . . . . # # .
. . . # # # . .
. . # # . . . .
. # # . . . . .
. # # # # # # .
. # # # # # # .
"""
INK = {".": 0.0, "o": 0.5, "#": 1.0}
mine = torch.tensor(
    [[INK[mark] for mark in row.split()] for row in drawing.strip().splitlines()]
)
assert mine.shape == (8, 8)
ask(mine, "drawn by you")

# %% [markdown]
# It answers *something*, whatever you draw: a house, a cross, nothing at all. It has ten words and must say one of them. Remember that when
# a network sounds sure.
#
# **After this chapter you can**
# - work in this course: predict, run, solve, and read what a check or an error tells you;
# - say what PyTorch is: arrays that can use a GPU, and slopes that calculate themselves;
# - find the source of any torch function, and know why some have none;
# - name the rooms of the torch package and what is done in each;
# - point at each part of a training program: layers, model, loss, optimizer, and the cycle.
#
# **Time:** about 80 minutes, with 7 exercises, one answer in words, and a quiz. Section 3 ends at a good place for a break.
# **Before this:** a little Python (functions, lists, loops). No mathematics.

# %% [markdown]
# ## 1 · How this course works
#
# Three things come again and again.
#
# **Predict.** Where you see `mine=...`, write your guess in place of the three dots *before* you go on, and run the cell. A wrong guess costs
# nothing and teaches most. Here are three about plain Python. Each of them will matter for tensors.

# %% id="alias"
a = [1, 2]
b = a
b.append(3)

# %% id="predict-alias"
predict(
    "b = a, and then b.append(3). What is a now? Write a list.",
    mine=...,
    truth=lambda: a,
)

# %% [markdown]
# `b = a` makes no second list. It hangs a second *name* on the one list that is there. Tensors do the same ([chapter 01](../01_tensors/01_tensors.ipynb)).


# %% id="default"
def note(word, notes=[]):
    notes.append(word)
    return notes


note("first")

# %% id="predict-default"
predict(
    'note("first") has run. What does note("second") return? Write a list.',
    mine=...,
    truth=lambda: note("second")[:2],
)

# %% [markdown]
# The list in the brackets is made *once*, when Python reads `def`, and every call adds to it. A function should remember nothing between calls. Our
# checks call yours twice, to see whether it does.

# %% id="predict-plus"
predict(
    "What is [1, 2] + [10, 20]? Write a list.",
    mine=...,
    truth=lambda: [1, 2] + [10, 20],
)

# %% rows=["S00.1"]
print("lists:  ", [1, 2] + [10, 20])
print("NumPy:  ", np.array([1, 2]) + np.array([10, 20]))
print("PyTorch:", torch.tensor([1, 2]) + torch.tensor([10, 20]))
assert [1, 2] + [10, 20] == [1, 2, 10, 20]
assert (np.array([1, 2]) + np.array([10, 20])).tolist() == [11, 22]
assert (torch.tensor([1, 2]) + torch.tensor([10, 20])).tolist() == [11, 22]

# %% [markdown]
# Lists are hung one behind the other. Arrays and tensors *calculate*, place by place. That is what they are for.
#
# **Run.** Every fact of this course stands in a cell that you can run, and change. An `assert` in it is a promise: if what stands behind that word were false,
# the cell would stop with an error.
#
# **Solve.** An exercise is a prompt, a cell for your answer, and a cell that checks it at once. A check does not say “wrong”. It says what it
# called, what came back and what it expected. Learn to trust it by making a mistake on purpose:

# %% [markdown] rows=["S00.1"]
# ### Exercise 0.1 · Wrong on purpose
# ●○○○ · 4 minutes · 1 point
#
# How good is the network? Compare its guesses with the true labels: `guesses == labels` gives True or False for each, `.float()` makes 1 and 0 of
# them, and `.mean()` is then the share of right ones. Write `guessed_right(guesses, labels)`, and be wrong first:
#
# 1. In place of `raise NotImplementedError()` write only `(guesses == labels).float().mean()`, **without** `return`. Run that cell, then the one below. Read.
# 2. Put `return` before it. Run both again. The message is another one now.
# 3. Do what it says.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "guessed_right"}
def guessed_right(guesses, labels):
    """The share of right guesses.

    guesses, labels: int64, shape (n,), n >= 1.
    Returns: a Python float from 0.0 to 1.0.
    """
    ### BEGIN SOLUTION
    return (guesses == labels).float().mean().item()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_guessed_right", "points": 1}
check(guessed_right, torch.tensor([7, 1, 3, 9]), torch.tensor([7, 1, 5, 9])).gives(0.75)
check(guessed_right, torch.tensor([4, 4]), torch.tensor([9, 4])).gives(0.5)
check(guessed_right, torch.tensor([0, 1]), torch.tensor([1, 0])).gives(0.0)
solved(guessed_right)
### BEGIN HIDDEN TESTS
for _n in (1, 3, 8, 50):
    _guesses, _labels = fresh.integers(0, 2, _n), fresh.integers(0, 2, _n)
    _right = sum(g == t for g, t in zip(_guesses.tolist(), _labels.tolist(), strict=True))
    check(guessed_right, _guesses, _labels).gives(_right / _n)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: nothing came back</summary>A function gives back what stands after <code>return</code>. Without it, it gives <code>None</code>.</details>
# <details><summary>Hint 2: a tensor with one number</summary>It is still a tensor. <code>.item()</code> takes the number out.</details>
# <details><summary>Hint 3: nearly there</summary><code>return (guesses == labels).float().mean()</code>, and <code>.item()</code> at the end.</details>

# %% id="use-guessed-right" rows=["S00.5"]
with torch.no_grad():
    guesses = network(pictures[unseen]).argmax(dim=1)
try:
    print(f"right on {guessed_right(guesses, digits[unseen]):.1%} of 297 unseen pictures")
except NotImplementedError:
    print("First write guessed_right above; then run this cell again.")
missed = unseen[guesses != digits[unseen]]
said = guesses[guesses != digits[unseen]]
fig, axes = plt.subplots(1, 8, figsize=(8, 1.5))
for ax, which, word in zip(axes, missed, said, strict=False):
    ax.imshow(images[which], cmap="Greys")
    ax.set_title(f"says {word}, is {digits[which]}", fontsize=8)
for ax in axes:
    ax.axis("off")
plt.show()
assert 0 < len(missed) < 30

# %% [markdown]
# These are some that it got wrong. Would you have got them all?
#
# That is the whole game. Some things worth knowing:
#
# | | |
# |---|---|
# | **Hints** | under each exercise, folded, three of them: where to start, the idea, nearly the answer. Use them; nobody counts |
# | **Points** | the visible examples are not all: when your work is graded, hidden ones with fresh numbers run too. An answer that *thinks* passes both |
# | **Your work** | `course lab` copied the chapters into the folder `work/`. You write in the copies; this one is `work/00_orientation/00_orientation.ipynb`. Save with <kbd>Ctrl</kbd>+<kbd>S</kbd>; an update brings new text and leaves your answers alone |
# | **Progress** | the Welcome tab shows what is solved; `course progress` says so in a terminal. Both read your saved notebooks |
# | **Grade yourself** | `course check 00` in a terminal runs all tests, the hidden ones too |
# | **Something is off** | menu *Kernel → Restart Kernel and Run up to Selected Cell*: it runs from the top again. `course reset 00` gives you a fresh copy and keeps yours; `course doctor` says what is missing on your machine |

# %% [markdown] rows=["S00.1"]
# ## 2 · What PyTorch is
#
# Two things in one package. **First: tensors**, arrays of numbers as NumPy has them, which can also live on a graphics card (GPU). **Second: slopes that
# calculate themselves**, and on top of them all you need to build networks.
#
# If you know NumPy, you know much of torch already:

# %% rows=["S00.1"]
in_numpy = np.arange(6.0).reshape(2, 3)
in_torch = torch.arange(6.0).reshape(2, 3)

for by_numpy, by_torch in (
    (in_numpy * 2 + 1, in_torch * 2 + 1),
    (in_numpy[1, ::2], in_torch[1, ::2]),
    (in_numpy.sum(axis=0), in_torch.sum(dim=0)),
    (in_numpy @ in_numpy.T, in_torch @ in_torch.T),
):
    assert by_numpy.tolist() == by_torch.tolist()
    print(by_torch)

assert torch.from_numpy(in_numpy).equal(in_torch.double())  # and over the bridge …
assert (in_torch.numpy() == in_numpy).all()  # … and back: chapter 01

# %% [markdown] rows=["S00.1"]
# What NumPy cannot do: move to another **device**. `best_device()` is ours; it looks for a GPU and takes the processor (CPU) where there is none. Everything in
# this course runs on either.
#
# Multiplying two matrices is the work that networks do all day. How long does it take here? Predict for yourself: which of the bars will be the longest?


# %% id="matmul" rows=["S00.1"]
def seconds_for(multiply, repeats=5):
    """The shortest of several runs. Reading a number waits until a GPU has really finished."""
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        float(multiply()[0, 0])
        times.append(time.perf_counter() - began)
    return min(times[1:])  # the first run warms up


device = best_device()
size = 700
left = np.random.default_rng(0).random((size, size), dtype=np.float32)
on_cpu = torch.from_numpy(left)
on_best = on_cpu.to(device)

torch.set_num_threads(THREADS)  # this once, a large job
took = {
    "NumPy": seconds_for(lambda: left @ left),
    "torch, cpu": seconds_for(lambda: on_cpu @ on_cpu),
}
if device.type != "cpu":
    took[f"torch, {device.type}"] = seconds_for(lambda: on_best @ on_best)
torch.set_num_threads(1)

fig, ax = plt.subplots(figsize=(6, 0.6 * len(took) + 1))
bars = ax.barh(list(took), [1000 * t for t in took.values()], color="#1976d2")
ax.bar_label(bars, fmt="%.2f ms", padding=4)
ax.invert_yaxis()
ax.margins(x=0.2)
ax.set(
    xlabel="milliseconds, shorter is better", title=f"({size} × {size}) @ ({size} × {size})"
)
plt.show()

np.testing.assert_allclose(left @ left, (on_best @ on_best).cpu().numpy(), rtol=1e-3)
assert on_best.device.type == device.type and min(took.values()) > 0

# %% [markdown] rows=["S00.1"]
# The assertion says that all of them give the same matrix. The times are *yours*: they depend on your processor, on how NumPy was built, and on what else
# the machine is doing. Run the cell again, and they jump. Whoever says that one is faster has measured on *their* machine. This much holds widely: a GPU is far ahead for large
# matrices and gains nothing on tiny ones, because each job first has to be handed over.
#
# ### Slopes that calculate themselves
#
# While torch calculates, it can keep a record of what it did: the **graph**. From the record it works out, backwards, how much the result would change if
# the input changed a little: the slope. Nobody declares that graph beforehand. It *is* what your Python line did, `if` and all. That is why it is called **dynamic**.

# %% id="dynamic" rows=["S00.1"]
x = torch.tensor(3.0, requires_grad=True)

with record() as tape:
    y = x * x + 1 if x > 0 else -x
    y.backward()

assert x.grad == 6.0  # the slope of x² + 1 at 3
show_graph(tape)

# %% [markdown] rows=["S00.1"]
# Click into the picture and press <kbd>→</kbd> to step through it: first forward, then the slope comes back. Now the same line with `x = -2`:


# %% id="predict-dynamic"
def slope_at_minus_two():
    x = torch.tensor(-2.0, requires_grad=True)
    y = x * x + 1 if x > 0 else -x
    y.backward()
    return x.grad.item()


predict(
    "x = -2. What is the slope of `x * x + 1 if x > 0 else -x` there?",
    mine=...,
    truth=slope_at_minus_two,
)

# %% rows=["S00.1"]
x = torch.tensor(-2.0, requires_grad=True)
y = x * x + 1 if x > 0 else -x
y.backward()
assert x.grad == -1.0
print(
    "for x = 3 the last step was an addition; for x = -2 it was", type(y.grad_fn).__name__
)
assert type(y.grad_fn).__name__ == "NegBackward0"  # another graph, from the same line

# %% [markdown] rows=["S00.1"]
# Chapters 05 and 06 are about nothing else. A little history, in three sentences: *Torch* was begun around 2002 at a Swiss research institute, in C++; later
# one used it from the language Lua. In January 2017 Facebook's AI researchers published its successor for Python, *PyTorch*. Since 2022 it belongs to a
# foundation of many companies.
#
# You need not believe that. The package carries the names of those who wrote it:

# %% id="history" rows=["S00.1"]
import importlib.metadata

about = importlib.metadata.distribution("torch")
licences = [
    f for f in about.files or [] if f.name == "LICENSE" and "third_party" not in str(f)
]
text = licences[0].read_text() if licences else ""
authors = [
    line for line in text.partition("From Caffe2")[0].splitlines() if "Copyright" in line
]

print(about.metadata["Summary"])
print("\n".join(authors) or "(This copy of torch came without its licence file.)")
assert "Dynamic neural networks in Python" in about.metadata["Summary"]
assert "GPU acceleration" in about.metadata["Summary"]
if authors:  # from Torch, at the bottom, to PyTorch, at the top
    assert "2001-2004" in authors[-1] and "2016-" in authors[0]

# %% [markdown] rows=["S00.2"]
# ## 3 · The torch package: a detective story
#
# You typed `import torch`, and a network read a digit. *Who did it?* Somewhere on your disk lie files that did. We will find them, with four tools that
# work for any Python package.
#
# **Clue 1: the address.** `pip` put torch somewhere, and a module knows its own file.

# %% id="address" rows=["S00.2"]
import importlib.util
import inspect
import shutil
import sys
import tempfile
from pathlib import Path

package = Path(torch.__file__).parent

print("version: ", torch.__version__)
print("pip says:", importlib.metadata.version("torch"))
print("file:    ", torch.__file__)
assert Path(torch.__file__).name == "__init__.py" and package.name == "torch"
assert torch.__version__.startswith(importlib.metadata.version("torch").split("+")[0])

# %% [markdown] rows=["S00.2"]
# `import torch` looks along the list `sys.path` for a folder called `torch` and runs the file `__init__.py` in it. A package *is* such a folder. (In many editors, <kbd>Ctrl</kbd> and a click on
# `torch` opens that same file.) It is a Python file like any other. Let us read a little of it:

# %% id="init" rows=["S00.2"]
lines = Path(torch.__file__).read_text(encoding="utf-8").splitlines()
fetching = [line.strip() for line in lines if "from torch._C import" in line]

print(f"{len(lines):,} lines. It begins:")
print("\n".join(lines[:10]))
print("…\nand further down:", fetching[0])
assert str(package.parent) in [str(Path(p)) for p in sys.path]
assert sys.modules["torch"] is torch and fetching

# %% [markdown] rows=["S00.2"]
# Keep that last line in mind: *something* comes from `torch._C`.
#
# **Clue 2: the confession.** `inspect` shows the source of what you hand it. Our network has linear layers. What does one of them do?

# %% id="source-linear" rows=["S00.2"]
print(inspect.getsource(nn.Linear.forward))
print("from", Path(inspect.getsourcefile(nn.Linear.forward)).relative_to(package.parent))
assert "F.linear(input, self.weight, self.bias)" in inspect.getsource(nn.Linear.forward)
assert inspect.getsourcefile(nn.Linear.forward) == str(
    package / "nn" / "modules" / "linear.py"
)

# %% [markdown] rows=["S00.2"]
# One line, and it points at the next suspect. Anything in torch that is written in Python can be read like this. Now ask the plainest function of them all:

# %% id="predict-add"
predict(
    "How many lines has inspect.getsource(torch.add)? Write a number, or 'error'.",
    mine=...,
    truth=lambda: len(inspect.getsource(torch.add).splitlines()),
)

# %% id="source-add" rows=["S00.2", "S00.3"]
try:
    inspect.getsource(torch.add)
    raise AssertionError("torch.add has a Python source after all")
except TypeError as error:
    print("TypeError:", error)
    assert "builtin_function_or_method" in str(error)

# %% [markdown] rows=["S00.2", "S00.3"]
# **Read an error from its end.** “… got `builtin_function_or_method`.” Python wanted something written in Python and got a *built-in*: machine code, translated from C++ long before it came
# to you. There is no Python source to show. `F.linear` is one of these too. That is why an editor cannot jump into it.
#
# ### Exercise 0.2 · Where does it come from?
# ●●○○ · 6 minutes · 2 points
#
# When a layer behaves strangely, reading its source is often quicker than searching the web. Write `where_from(thing)`: the file that a torch function or class is
# written in, from the package on: `"torch/nn/modules/linear.py"`. For compiled ones it gives `None`. Mind that `inspect.getsourcefile` has two ways to say “no source”: for some it raises the TypeError above, for others
# (`torch.Generator`, a compiled class) it returns `None`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "where_from"}
def where_from(thing):
    """The file that holds the Python source of a part of torch.

    thing: a function, class or module of torch.
    Returns: str, from the folder torch on and with "/" between, or None for compiled code.
    """
    ### BEGIN SOLUTION
    try:
        file = inspect.getsourcefile(thing)
    except TypeError:
        return None
    if file is None:
        return None
    return Path(file).relative_to(Path(torch.__file__).parent.parent).as_posix()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_where_from", "points": 2}
check(where_from, nn.Linear.forward).gives("torch/nn/modules/linear.py")
check(where_from, torch.compile).gives("torch/__init__.py")
check(where_from, torch.add).gives(None)
check(where_from, torch.Generator).gives(None)
solved(where_from)
### BEGIN HIDDEN TESTS
check(where_from, nn.Conv2d).gives("torch/nn/modules/conv.py")
check(where_from, nn.CrossEntropyLoss.forward).gives("torch/nn/modules/loss.py")
check(where_from, F.relu).gives("torch/nn/functional.py")
check(where_from, torch.optim.Adam).gives("torch/optim/adam.py")
check(where_from, torch.utils.data).gives("torch/utils/data/__init__.py")
check(where_from, torch.einsum).gives("torch/functional.py")
check(where_from, torch.Tensor.add).gives(None)
check(where_from, torch.matmul).gives(None)
check(where_from, torch._C).gives(None)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two ways to say no</summary><code>try:</code> the call, and return None in <code>except TypeError:</code>. Then ask whether what came back is None.</details>
# <details><summary>Hint 2: cutting the path</summary><code>Path(file).relative_to(folder)</code> takes the front off. Which folder does <code>torch</code> itself lie in? The cells above have <code>package.parent</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>Path(file).relative_to(package.parent).as_posix()</code> is the text that you want.</details>

# %% [markdown] rows=["S00.3"]
# **Clue 3: the accomplice, `_C`.** The compiled code has a face in Python, the module `torch._C`. Its file is no `.py`:

# %% id="compiled" rows=["S00.3"]
core = Path(torch._C.__file__)
stubs = sorted(path.name for path in (package / "_C").glob("*.pyi"))

print("torch._C comes from", core.name, "in the folder", core.parent.name)
print("and the folder _C holds", len(stubs), "files such as", stubs[:2])
assert core.suffix in (".so", ".pyd", ".dylib") and core.parent == package
assert "_VariableFunctions.pyi" in stubs and "__init__.pyi" in stubs

stub = (package / "_C" / "_VariableFunctions.pyi").read_text(encoding="utf-8").splitlines()
entry = next(line for line in stub if line.startswith("def relu("))
print("one line of it:", entry)
assert entry.endswith("...")  # names and types, and no body
assert any(line.startswith("def add(") for line in stub)  # our suspect has an entry too

# %% [markdown] rows=["S00.3"]
# A `.pyi` file is a **stub**: names and types, and three dots where the code would be. Editors read it so that they can complete and warn as you type. *Python itself never reads it*; the types in it stop
# nobody. The next cell proves that too, with a stub full of nonsense.
#
# **Clue 4: the footprints, `__pycache__`.** In nearly every folder there is one more, with `.pyc` files in it. Python translates each `.py` into *bytecode* before it runs, and keeps the translation, so that the next
# import is quicker. We try that on a toy package of our own, in a temporary folder. **Never try such things in the real one.**


# %% id="predict-pycache" rows=["S00.3"]
def toy_story():
    """The .pyc files there are after an import, after deleting them, and after the next import."""
    looks = []

    def look():
        looks.append(len(list(toy.glob("__pycache__/*.pyc"))))

    def import_anew():
        sys.modules.pop("toybox", None)
        importlib.invalidate_caches()
        assert importlib.import_module("toybox").answer == 42
        look()

    kept = sys.dont_write_bytecode, sys.pycache_prefix
    sys.dont_write_bytecode, sys.pycache_prefix = False, None  # as Python is by itself
    with tempfile.TemporaryDirectory() as place:
        toy = Path(place) / "toybox"
        toy.mkdir()
        (toy / "__init__.py").write_text("answer = 42\n")
        (toy / "__init__.pyi").write_text("answer: this is no Python at all (((\n")
        sys.path.insert(0, place)
        try:
            import_anew()
            shutil.rmtree(toy / "__pycache__")
            look()
            import_anew()
        finally:
            sys.path.remove(place)
            sys.modules.pop("toybox", None)
            sys.dont_write_bytecode, sys.pycache_prefix = kept
    return looks


predict(
    "How many .pyc files are there after the import, after we delete __pycache__, "
    "and after the next import? Write a list of three numbers.",
    mine=...,
    truth=toy_story,
)

# %% id="pycache" rows=["S00.3"]
imported, deleted, imported_again = toy_story()
print("imported:", imported, "  deleted:", deleted, "  imported again:", imported_again)
assert (imported, deleted, imported_again) == (1, 0, 1)

# %% [markdown] rows=["S00.3"]
# It came back. A cache is a thing you may lose: deleting it costs a little time, no more. (And the nonsense in `__init__.pyi` bothered nobody.)
#
# **Clue 5: the loot.** Who carries the weight? We list every file of the package with its size.

# %% id="weigh" rows=["S00.3"]
files = [
    (path.relative_to(package).as_posix(), path.stat().st_size)
    for path in package.rglob("*")
    if path.is_file()
]
whole = sum(size for _, size in files)


def bytes_in(room):
    return sum(size for name, size in files if name.startswith(room + "/"))


rooms = ("lib", "include", "_C", "nn", "optim", "autograd", "utils")
weights = {room: bytes_in(room) / 2**20 for room in rooms}
headers = [name for name, _ in files if name.startswith("include/") and name.endswith(".h")]
libraries = [name for name, _ in files if name.startswith("lib/") and "torch_cpu" in name]

fig, ax = plt.subplots(figsize=(6.5, 3))
bars = ax.barh(list(weights), list(weights.values()), color="#1976d2")
ax.bar_label(bars, fmt="%.1f MiB", padding=4)
ax.invert_yaxis()
ax.margins(x=0.2)
ax.set(xlabel="size in MiB", ylabel="folder")
ax.set_title(f"{len(files):,} files, {whole / 2**20:,.0f} MiB: seven folders of torch")
plt.show()

if libraries:
    assert bytes_in("lib") > whole / 2  # shared libraries: most of the package
    assert bytes_in("lib") > 10 * sum(bytes_in(room) for room in rooms[2:])
    assert len(headers) > 1000  # C++ headers
    print(
        f"lib: {bytes_in('lib') / whole:.0%} of all bytes; include: {len(headers):,} headers"
    )
else:
    print("Your copy (conda's, perhaps) keeps its libraries outside of the package.")

# %% [markdown] rows=["S00.3"]
# There is our culprit. **`lib`** holds the shared libraries, `libtorch_cpu` before all: the machine code that multiplies. **`include`** holds C++ headers, which list what is in those libraries for people who write
# extensions in C++. The Python that you read in clue 2 weighs next to nothing: it is the *steering wheel*; the engine is in `lib`. (Texts that say “98 %” measured another version. Measure yours.)
#
# ### Exercise 0.3 · Where did my disk go?
# ●●○○ · 6 minutes · 2 points
#
# The chart shows seven folders that we chose. Which ones did we *not* show? Write `folder_sizes(files)`. It takes pairs like those in `files` and returns one pair for each folder at the top, with the sum of all bytes in it, however deep, **largest first**. Files
# that lie in no folder count under the name `"."`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "folder_sizes"}
def folder_sizes(files):
    """The bytes in each top folder, the largest first.

    files: list of (path, bytes): "nn/modules/linear.py" is in the folder "nn", "random.py" in ".".
    Returns: list of (folder, bytes); no two sums are equal.
    """
    ### BEGIN SOLUTION
    sums = {}
    for path, size in files:
        folder = path.split("/")[0] if "/" in path else "."
        sums[folder] = sums.get(folder, 0) + size
    return sorted(sums.items(), key=lambda pair: pair[1], reverse=True)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_folder_sizes", "points": 2}
check(
    folder_sizes,
    [
        ("nn/modules/linear.py", 30),
        ("lib/core.so", 900),
        ("nn/init.py", 20),
        ("random.py", 7),
    ],
).gives([("lib", 900), ("nn", 50), (".", 7)])
check(folder_sizes, [("a.py", 1), ("b.py", 2), ("c/d/e/f.py", 5)]).gives(
    [("c", 5), (".", 3)]
)
solved(folder_sizes)
### BEGIN HIDDEN TESTS
check(folder_sizes, []).gives([])
for _ in range(4):
    _sums = [(_name, 10 ** (_i + 1)) for _i, _name in enumerate(["x", "lib", ".", "a"])]
    _sums = [_sums[_i] for _i in fresh.permutation(4)]
    _files = []
    for _name, _size in _sums:
        _part = fresh.integer(1, _size - 1)
        _front = "" if _name == "." else _name + "/"
        _files += [
            (f"{_front}one.py", _part),
            (f"{_front}{'' if not _front else 'a/b/'}two.py", _size - _part),
        ]
    _files = [_files[_i] for _i in fresh.permutation(8)]
    check(folder_sizes, _files).gives(sorted(_sums, key=lambda _pair: -_pair[1]))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a dict of sums</summary>Walk over the pairs. Keep a dict from folder to bytes so far, and add to it.</details>
# <details><summary>Hint 2: which folder</summary><code>"nn/modules/linear.py".split("/")[0]</code> is <code>"nn"</code>. Without a <code>"/"</code> in the path, the folder is <code>"."</code>.</details>
# <details><summary>Hint 3: nearly there</summary>With the dict called <code>sums</code>: <code>sorted(sums.items(), key=lambda pair: pair[1], reverse=True)</code>.</details>

# %% id="use-folder-sizes" rows=["S00.3"]
try:
    for folder, size in folder_sizes(files)[:6]:
        print(f"{folder:14} {size / 2**20:8.1f} MiB")
except NotImplementedError:
    print("First write folder_sizes above; then run this cell again.")
assert sum(size for _, size in files) == whole > bytes_in("nn") > 0

# %% [markdown] rows=["S00.3"]
# ### The rooms you will live in
#
# Most of a training program comes from five of these folders. Each has a chapter:
#
# | room | what is done there | chapter |
# |---|---|---|
# | `torch.autograd` | the slopes: you write the way forward, it knows the way back | [06](../06_autograd/06_autograd.ipynb) |
# | `torch.nn` | layers, in `nn/modules`; the same as functions, in `nn/functional.py` | [07](../07_modules/07_modules.ipynb) |
# | `torch.optim` | optimizers, and `lr_scheduler` for the learning rate | [08](../08_optimizers/08_optimizers.ipynb) |
# | `torch.utils.data` | `Dataset` and `DataLoader`: examples in handy portions | [09](../09_data_loading/09_data_loading.ipynb) |
# | `torch.utils.tensorboard` | a diary of the training, with curves | [10](../10_training/10_training.ipynb) |
#
# What is in them? Ask the module. `vars(module)` is everything that it holds:

# %% id="rooms" rows=["S00.3"]
modules = sorted(path.stem for path in (package / "nn" / "modules").glob("[a-z]*.py"))
layers = [name for name, thing in vars(nn).items() if inspect.isclass(thing)]
optimizers = sorted(
    name
    for name, thing in vars(torch.optim).items()
    if inspect.isclass(thing)
    and issubclass(thing, torch.optim.Optimizer)
    and thing is not torch.optim.Optimizer
)
schedulers = [name for name in vars(torch.optim.lr_scheduler) if name.endswith("LR")]

print(len(modules), "files in nn/modules:", *modules[:8], "…")
print(len(layers), "classes in nn:", *layers[10:18], "…")
print(len(optimizers), "optimizers:", *optimizers)
print(len(schedulers), "schedulers:", *schedulers[:5], "…")
assert {"SGD", "Adam", "ASGD"} <= set(optimizers)
assert {"linear", "conv", "loss", "activation"} <= set(modules)
assert {"StepLR", "ExponentialLR"} <= set(schedulers)
assert (package / "optim" / "lr_scheduler.py").is_file()

# %% [markdown] rows=["S00.3"]
# And one small program that passes through all five. Three optimizers learn the line `y = 2x`, in portions of eight, and the diary keeps each loss.

# %% id="all-rooms" rows=["S00.3"]
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

xs = torch.linspace(-1, 1, 32)[:, None]
portions = DataLoader(TensorDataset(xs, 2 * xs), batch_size=8)  # utils.data

with tempfile.TemporaryDirectory() as place:
    for name in ("SGD", "Adam", "ASGD"):
        layer = nn.Linear(1, 1)  # nn
        improve = getattr(torch.optim, name)(layer.parameters(), lr=0.2)  # optim
        slower = torch.optim.lr_scheduler.ExponentialLR(improve, gamma=0.95)
        with SummaryWriter(Path(place) / name) as diary:  # utils.tensorboard
            for epoch in range(20):
                for some_x, some_y in portions:
                    miss = F.mse_loss(layer(some_x), some_y)
                    slopes = torch.autograd.grad(miss, list(layer.parameters()))  # autograd
                    for parameter, slope in zip(layer.parameters(), slopes, strict=True):
                        parameter.grad = slope
                    improve.step()
                slower.step()
                diary.add_scalar("loss", miss.item(), epoch)
        print(f"{name:5} found y = {layer.weight.item():.2f} x {layer.bias.item():+.2f}")
        assert abs(layer.weight.item() - 2) < 0.1
        assert slower.get_last_lr()[0] < 0.2
    assert len(list(Path(place).rglob("events.out.*"))) == 3

# %% [markdown]
# The case is closed: `torch/__init__.py` fetched `_C`, `nn` and `optim` steered, `lib` multiplied. **This is a good place for a break.**

# %% [markdown] rows=["S00.4"]
# ## 4 · The neighbour: torchvision
#
# Much of what people do with torch is done with pictures, and what is always needed for them lies in a package of its own, `torchvision`. It has four rooms:
#
# | room | what is in it | for example |
# |---|---|---|
# | `datasets` | well-known collections, read for you | `CIFAR10`, `MNIST`, `SVHN`, `CocoDetection`, `VOCDetection` |
# | `models` | well-known networks, trained if you like | to name a picture, to cut it into regions, to find things in it, for video; some in a small, *quantised* form |
# | `ops` | special calculations of computer vision | `roi_align`, `roi_pool`, `box_iou`, `sigmoid_focal_loss` |
# | `transforms` | changing pictures: size, crop, flip, brightness | `CenterCrop`, `RandomHorizontalFlip` |
#
# You do not need it for this course. `find_spec` asks whether a package is there, without importing it:

# %% id="torchvision" rows=["S00.4"]
has_torchvision = importlib.util.find_spec("torchvision") is not None
assert importlib.util.find_spec("torch") is not None
assert importlib.util.find_spec("no_such_package") is None

if has_torchvision:
    try:
        import torchvision
    except (ImportError, OSError, RuntimeError) as error:  # made for another torch
        has_torchvision = False
        print("torchvision is here, but it does not fit this torch:", error)

if has_torchvision:
    for name in ("CIFAR10", "MNIST", "SVHN", "CocoDetection", "VOCDetection"):
        assert inspect.isclass(getattr(torchvision.datasets, name))
    print(
        "classification:",
        *torchvision.models.list_models(module=torchvision.models)[:5],
        "…",
    )
    for kind in ("segmentation", "detection", "video", "quantization"):
        names = torchvision.models.list_models(module=getattr(torchvision.models, kind))
        print(f"{kind}:", *names[:3], "…")
        assert names
else:
    print("We go on without torchvision, and nothing is lost: torch alone will do.")
    print("Should you want it one day: pip install torchvision")

# %% [markdown] rows=["S00.4"]
# Nothing in there is magic. A small piece of each room, with torch alone (and where torchvision is present, the cell holds ours to theirs):

# %% id="by-hand" rows=["S00.4"]
from torch.utils.data import TensorDataset

collection = TensorDataset(images, digits)  # datasets: things you can count and number
assert len(collection) == 1797 and collection[3][1] == digits[3]

picture = images[unseen[24]] / 16  # transforms: arithmetic and slices
changed = {
    "as it is": picture,
    "flipped": picture.flip(1),
    "cropped": picture[2:6, 2:6],
    "paler": picture * 0.4,
}
fig, axes = plt.subplots(1, 4, figsize=(8, 2.2))
for ax, (title, one) in zip(axes, changed.items(), strict=True):
    ax.imshow(one, cmap="Greys", vmin=0, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])
plt.show()

# ops: roi_pool takes the largest value in each quarter of a region
region = picture[2:6, 2:6]
pooled = F.adaptive_max_pool2d(region[None, None], 2)[0, 0]
assert pooled[0, 0] == region[:2, :2].max() and pooled[1, 1] == region[2:, 2:].max()

# ops: focal loss is cross entropy that cares less about what is nearly right already
score, yes = torch.tensor([3.0, -1.0]), torch.ones(2)
plain = F.binary_cross_entropy_with_logits(score, yes, reduction="none")
focal = (1 - score.sigmoid()) ** 2 * plain
print("plain loss:", plain, "  focal loss:", focal)
assert focal[0] / plain[0] < 0.01 < 0.5 < focal[1] / plain[1]

if has_torchvision:
    from torchvision import ops, transforms

    batch, boxes = picture[None, None], [torch.tensor([[2.0, 2.0, 5.0, 5.0]])]
    torch.testing.assert_close(ops.roi_pool(batch, boxes, 2)[0, 0], pooled)
    assert ops.roi_align(batch, boxes, 2).shape == (1, 1, 2, 2)
    torch.testing.assert_close(ops.sigmoid_focal_loss(score, yes, alpha=-1, gamma=2), focal)
    torch.testing.assert_close(transforms.CenterCrop(4)(batch)[0, 0], region)
    assert torch.equal(transforms.functional.hflip(batch)[0, 0], changed["flipped"])

# %% [markdown] rows=["S00.4"]
# ### Exercise 0.4 · How well do two boxes agree?
# ●●○○ · 6 minutes · 2 points
#
# A network draws a box around a cat. A person drew one too. How well do they agree? Everybody who finds things in pictures measures it like this: the
# area that **both** cover, divided by the area that **at least one** covers (*intersection over union*, IoU). 1 is perfect, 0 is “nothing in common”. Write `box_overlap(one, other)`.


# %% id="draw-boxes" rows=["S00.4"]
from matplotlib.patches import Rectangle

fig, ax = plt.subplots(figsize=(3.6, 2.9))
ax.add_patch(Rectangle((1, 1), 4, 3, fill=False, ec="#1976d2", lw=2, label="one"))
ax.add_patch(
    Rectangle((3, 2), 4, 3, fill=False, ec="#ef6c00", lw=2, ls="--", label="other")
)
ax.add_patch(Rectangle((3, 2), 2, 2, color="#66bb6a", alpha=0.6, label="both"))
ax.set(xlim=(0, 8), ylim=(6, 0), xlabel="x, to the right", ylabel="y, downwards")
ax.set_title("(1, 1, 5, 4) and (3, 2, 7, 5)")
ax.legend(loc="lower left", fontsize=8)
plt.show()
both, at_least_one = 2 * 2, 4 * 3 + 4 * 3 - 2 * 2
assert both / at_least_one == 0.2


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "box_overlap"}
def box_overlap(one, other):
    """The intersection over union of two boxes.

    one, other: tuples (left, top, right, bottom) of numbers, whole or not, with
    left < right and top < bottom.
    Returns: a number from 0 to 1.
    """
    ### BEGIN SOLUTION
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0, width) * max(0, height)
    areas = sum(
        (right - left) * (bottom - top) for left, top, right, bottom in (one, other)
    )
    return both / (areas - both)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_box_overlap", "points": 2}
check(box_overlap, (1, 1, 5, 4), (3, 2, 7, 5)).gives(0.2)
check(box_overlap, (0, 0, 4, 4), (1, 1, 3, 3)).gives(0.25)  # one inside the other
check(box_overlap, (0, 0, 1, 1), (2, 3, 4, 5)).gives(0.0)  # far apart
check(box_overlap, (0, 0, 2, 2), (3, 0, 5, 2)).gives(0.0)  # side by side
solved(box_overlap)
### BEGIN HIDDEN TESTS
for _ in range(12):
    _boxes = []
    for _i in range(2):
        _l, _t = fresh.shape(2, 0, 8)
        _w, _h = fresh.shape(2, 1, 6)
        _boxes.append((_l, _t, _l + _w, _t + _h))
    _grid = torch.zeros(2, 14, 14)
    for _sheet, (_l, _t, _r, _b) in zip(_grid, _boxes, strict=True):
        _sheet[_t:_b, _l:_r] = 1
    _iou = (_grid.prod(0).sum() / _grid.amax(0).sum()).item()
    check(box_overlap, *_boxes).gives(_iou, tolerance=(1e-5, 1e-6))
check(box_overlap, (0.5, 0.5, 1.5, 1.0), (0.5, 0.5, 1.5, 1.0)).gives(1.0)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the green box</summary>Its left side is the larger of the two left sides, its right side the smaller of the two right sides. Top and bottom likewise.</details>
# <details><summary>Hint 2: no green box</summary>For boxes apart, width or height comes out negative. Nothing is narrower than 0: <code>max(0, width)</code>.</details>
# <details><summary>Hint 3: nearly there</summary>Both areas together count the green one twice: <code>both / (area_one + area_other - both)</code>.</details>

# %% [markdown] rows=["S00.5"]
# ## 5 · The parts of a network, and their cycle
#
# Now open the program from the beginning of this chapter. It has few parts, and they go round:

# %% id="cycle-picture" rows=["S00.5"] jupyter={"source_hidden": true}
# This cell only draws.
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

fig, ax = plt.subplots(figsize=(10, 5))
ax.set(xlim=(0, 13), ylim=(0, 6.6))
ax.axis("off")
ax.set_title("The cycle of learning", fontsize=14)
GREY, ORANGE, RED, GREEN = "#eceff1", "#ffe0b2", "#ffcdd2", "#c8e6c9"


def part(x, y, width, height, text, colour, size=11):
    ax.add_patch(
        FancyBboxPatch(
            (x, y),
            width,
            height,
            boxstyle="round,pad=0.08",
            fc=colour,
            ec="#455a64",
            lw=1.3,
        )
    )
    ax.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=size)


def code(x, y, text):
    ax.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        fontsize=9,
        family="monospace",
        color="#546e7a",
    )


def way(start, end, bend=0.0, colour="#455a64", style="-|>"):
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle=style,
            mutation_scale=18,
            lw=2,
            color=colour,
        )
    )


ax.add_patch(
    FancyBboxPatch(
        (2.2, 2.75), 4.6, 2.6, boxstyle="round,pad=0.1", fc="#fff8e1", ec="#ef6c00"
    )
)
ax.text(4.5, 5.0, "model", ha="center", va="center", fontsize=12, weight="bold")
for place, kind in enumerate(("Linear", "ReLU", "Linear")):
    part(2.4 + 1.65 * place, 3.4, 0.9, 1.2, "layer", ORANGE, 10)
    code(2.85 + 1.65 * place, 3.0, f"nn.{kind}")
    if place:
        way((1.72 + 1.65 * place, 4.0), (2.33 + 1.65 * place, 4.0))
part(0.1, 3.5, 1.3, 1.0, "input", GREY)
part(7.4, 3.5, 1.5, 1.0, "prediction", GREY)
part(9.9, 3.5, 1.2, 1.0, "loss", RED, 13)
part(9.9, 5.4, 1.2, 0.8, "target", GREY)
part(6.4, 0.5, 1.9, 1.0, "optimizer", GREEN, 12)
part(12.1, 3.6, 0.8, 0.8, "stop", "white")
code(4.5, 5.65, "nn.Sequential, nn.Module")
code(9.2, 3.05, "nn.CrossEntropyLoss")
code(7.35, 0.15, "torch.optim.Adam")

way((1.5, 4.0), (2.05, 4.0))
way((6.95, 4.0), (7.3, 4.0))
way((9.0, 4.0), (9.8, 4.0))
way((10.5, 5.3), (10.5, 4.6))
way((11.2, 4.0), (12.0, 4.0), colour="#90a4ae")
way((10.6, 3.35), (8.45, 1.0), bend=-0.35, colour="#c62828")
way((6.25, 1.0), (4.5, 2.6), bend=-0.3, colour="#2e7d32")
ax.text(10.3, 1.3, "backward():\na slope for each weight", fontsize=10, color="#c62828")
ax.text(2.2, 1.3, "step(): every weight\nis shifted a little", fontsize=10, color="#2e7d32")
ax.text(
    12.5, 2.55, "low enough,\nor enough\nrounds", ha="center", fontsize=9, color="#607d8b"
)
plt.show()

# %% [markdown] rows=["S00.5"]
# Read it with your finger:
#
# - A **layer** turns one tensor into another. It has **weights**, numbers that can be shifted.
# - Layers in a row make a **model**. It turns the input into a **prediction**.
# - The **loss** compares the prediction with the **target**, the right answer, and gives *one* number: how wrong.
# - `backward()` finds for each weight which way is downhill. The **optimizer** shifts each weight a little that way.
# - And again from the start, until the loss is low enough, or enough rounds are done.
#
# Before it goes round for the first time, a guess:

# %% id="predict-first-share"
torch.manual_seed(1)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))  # layers → model


def share_right():
    return (model(pictures[unseen]).argmax(dim=1) == digits[unseen]).float().mean().item()


predict(
    "The model is new, its weights are random. About which share of the ten digits will it "
    "get right? Write 0.1, 0.5 or 0.9.",
    mine=...,
    truth=lambda: min((0.1, 0.5, 0.9), key=lambda guess: abs(guess - share_right())),
)

# %% [markdown] rows=["S00.5"]
# Here is the cycle in eleven lines; the others only watch it. Every part of the picture is there: find it.

# %% id="ten-lines" rows=["S00.5"]
torch.manual_seed(1)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))  # layers → model
measure = nn.CrossEntropyLoss()  # loss
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)  # optimizer, holds the weights
watch = show_training(model, optimizer, name="The cycle, going round")
before = share_right()

for number in range(1, 201):  # at most 200 rounds …
    prediction = model(pictures[known])  # input → model → prediction
    loss = measure(prediction, digits[known])  # prediction and target → loss
    watch.log(loss=loss)
    if loss.item() < 0.05:
        break  # … or until the loss is low enough
    optimizer.zero_grad()  # forget the slopes of the last round
    loss.backward()  # loss → a slope for each weight
    optimizer.step()  # slopes → new weights

watch.finish()
print(
    f"{number} rounds, loss {loss.item():.3f}; right: {before:.0%} before, {share_right():.0%} now"
)
assert before < 0.3 and share_right() > 0.9
assert loss.item() < 0.05 and number < 200  # the threshold ended it, not the count

# %% [markdown] rows=["S00.5"]
# What stands between the parts are tensors. Here they are, on their way through the layers. And one fact that holds the cycle together: the optimizer has the model's *own* weights.

# %% id="through-layers" rows=["S00.5"]
on_the_way = pictures[known[:1]]
print(f"{'input':10}", tuple(on_the_way.shape))
for layer in model:
    on_the_way = layer(on_the_way)
    count = sum(weights.numel() for weights in layer.parameters())
    print(f"{type(layer).__name__:10}", tuple(on_the_way.shape), f"with {count:,} weights")
assert on_the_way.shape == (1, 10) and torch.equal(on_the_way, model(pictures[known[:1]]))

# the very same object, no copy: b = a, from section 1
assert optimizer.param_groups[0]["params"][0] is model[0].weight

# %% [markdown] rows=["S00.5"]
# And here is one round in full, with a model so small that you can watch every number: two weights, one bias. Step through it with <kbd>→</kbd>. On the way back, a slope arrives at each weight. `step()` then
# shifts each weight *against* its slope:

# %% id="one-round" rows=["S00.5"]
model_of_two = nn.Linear(2, 1)
nn.init.ones_(model_of_two.weight)
nn.init.zeros_(model_of_two.bias)
down = torch.optim.SGD(model_of_two.parameters(), lr=0.05)
inputs, target = torch.tensor([[1.0, 2.0]]), torch.tensor([[4.0]])

with record() as one_round:
    prediction = model_of_two(inputs)
    loss = nn.MSELoss()(prediction, target)
    loss.backward()

old, slope = model_of_two.weight.detach().clone(), model_of_two.weight.grad
down.step()
print("weights before:", old, "  slopes:", slope)
print("weights after: ", model_of_two.weight.detach())
torch.testing.assert_close(model_of_two.weight.detach(), old - 0.05 * slope)
assert nn.MSELoss()(model_of_two(inputs), target) < loss
show_graph(one_round)

# %% [markdown] rows=["S00.5"]
# ### Exercise 0.5 · Read the error
# ●●○○ · 6 minutes · 2 points
#
# A colleague wants to ask a trained network about *one* picture, straight from `images`. It does not go well.


# %% id="broken-ask" rows=["S00.5"]
def broken_ask(network, picture):
    scores = network(picture)
    return scores.argmax(dim=1)


try:
    broken_ask(network, images[0])
    raise AssertionError("it worked")
except RuntimeError as error:
    print("RuntimeError:", error)

print(
    "a picture:   ", tuple(images[0].shape), images[0].dtype, "up to", images.max().item()
)
print(
    "for learning:",
    tuple(pictures[0].shape),
    pictures[0].dtype,
    "up to",
    pictures.max().item(),
)

# %% [markdown] rows=["S00.5"]
# Read it from its end. A network wants its input in the form in which it learned. Mend what torch complains about, and it will tell you the next thing. One fault makes no error at all: compare the last two lines above.
# Write `ask_network(network, picture)`: the digit that the network holds most likely, as a Python int.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "ask_network"}
def ask_network(network, picture):
    """The network's guess for one picture.

    network: takes float32 from 0 to 1, shape (64,) or (n, 64), and gives 10 scores each.
    picture: uint8, shape (8, 8), ink from 0 to 16.
    Returns: int, 0 to 9.
    """
    ### BEGIN SOLUTION
    return network(picture.flatten() / 16).argmax().item()
    ### END SOLUTION


# %% [markdown] rows=["S00.5"]
# To test it we build a network by hand. It says 1 for a picture with more ink than eight black pixels, and 7 otherwise.

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_ask_network", "points": 2}
ink_judge = nn.Linear(64, 10)
with torch.no_grad():
    ink_judge.weight.zero_()
    ink_judge.bias.zero_()
    ink_judge.weight[1] = 1.0  # score of 1: all the ink
    ink_judge.bias[7] = 8.0  # score of 7: always 8

check(ask_network, ink_judge, torch.full((8, 8), 12, dtype=torch.uint8)).gives(1)
check(ask_network, ink_judge, torch.full((8, 8), 1, dtype=torch.uint8)).gives(7)
solved(ask_network)
### BEGIN HIDDEN TESTS
for _ in range(6):
    _judge = nn.Linear(64, 10)
    _picture = fresh.integers(0, 16, 8, 8).to(torch.uint8)
    with torch.no_grad():
        _scores = _judge(_picture.reshape(1, 64).float() / 16)[0].tolist()
    for _p in fresh.layouts(_picture):
        check(ask_network, _judge, _p).gives(_scores.index(max(_scores)))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: Byte and Float</summary>The ink is whole numbers up to 16 (a Byte is uint8). Dividing by 16 makes floats of them <em>and</em> brings them to 0 … 1.</details>
# <details><summary>Hint 2: 8x8 and 64x64</summary>That comes next: the layer wants rows of 64 numbers. <code>.flatten()</code> makes one row of the whole picture.</details>
# <details><summary>Hint 3: nearly there</summary>One row gives ten scores: <code>.argmax()</code> without dim finds the place of the largest, <code>.item()</code> takes the number out.</details>

# %% [markdown] rows=["S00.5"]
# ### Exercise 0.6 · Round and round
# ●●●○ · 8 minutes · 3 points
#
# You will write this cycle many times; write it once for any model. `run_cycle(model, optimizer, measure, inputs, target, enough, most)` goes round until the loss is **below** `enough`, or until `most` losses have been measured.
# It returns the list of these losses as Python floats. A loss that *equals* `enough` is not below it: go on. When a loss is low enough it is still written down, but no weight moves any more.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "run_cycle"}
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    """Train until the loss is below enough, or until most losses have been measured.

    model: a module, trained in place; optimizer: holds its weights; measure: a loss,
    called as measure(prediction, target); enough: float; most: int >= 1.
    Returns: list of float, each loss that was measured.
    """
    ### BEGIN SOLUTION
    losses = []
    for _ in range(most):
        loss = measure(model(inputs), target)
        losses.append(loss.item())
        if losses[-1] < enough:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_run_cycle", "points": 3}
def from_zero():
    """A new y = w * x + b with w = b = 0, and an optimizer that holds w and b."""
    line = nn.Linear(1, 1)
    nn.init.zeros_(line.weight)
    nn.init.zeros_(line.bias)
    return line, torch.optim.SGD(line.parameters(), lr=0.125)


one = torch.ones(1, 1)  # each step halves the miss, so each loss is a quarter of the last
check(run_cycle, *from_zero(), nn.MSELoss(), one, one, 0.1, 50).gives([1.0, 0.25, 0.0625])
check(run_cycle, *from_zero(), nn.MSELoss(), one, one, 0.0, 4).gives(
    [1.0, 0.25, 0.0625, 0.015625]
)
# 0.25 is not below 0.25
check(run_cycle, *from_zero(), nn.MSELoss(), one, one, 0.25, 9).gives([1.0, 0.25, 0.0625])
check(run_cycle, *from_zero(), nn.L1Loss(), one, 0 * one, 0.5, 9).gives([0.0])


def losses_and_weight(run_cycle, enough):
    """The losses, and where the weight stands after them."""
    line, optimizer = from_zero()
    losses = run_cycle(line, optimizer, nn.MSELoss(), one, one, enough, 9)
    return {"losses": losses, "weight at the end": line.weight.item()}


# one step, from 0 to 0.25; then the loss is low enough, and no weight moves
check(losses_and_weight, run_cycle, 0.3).gives(
    {"losses": [1.0, 0.25], "weight at the end": 0.25}
)
solved(run_cycle)
### BEGIN HIDDEN TESTS
for _ in range(3):
    _x, _y = fresh.floats(6, 2), fresh.floats(6, 1)
    _ours, _yours = nn.Linear(2, 1), nn.Linear(2, 1)
    _yours.load_state_dict(_ours.state_dict())
    _step = torch.optim.SGD(_ours.parameters(), lr=0.02)
    _want = []
    for _round in range(7):
        _loss = F.mse_loss(_ours(_x), _y)
        _want.append(_loss.item())
        if _round < 6:
            _step.zero_grad()
            _loss.backward()
            _step.step()
    _enough = (_want[-1] + _want[-2]) / 2
    _sgd = torch.optim.SGD(_yours.parameters(), lr=0.02)
    if _want == sorted(_want, reverse=True) and _want[-2] - _want[-1] > 1e-3:
        check(run_cycle, _yours, _sgd, nn.MSELoss(), _x, _y, _enough, 100).gives(
            _want, tolerance=(1e-4, 1e-5)
        )
        assert torch.allclose(_yours.weight, _ours.weight, rtol=1e-4, atol=1e-5), (
            "once the loss is low enough, no weight moves any more"
        )
check(losses_and_weight, run_cycle, 0.0625).gives(
    {"losses": [1.0, 0.25, 0.0625, 0.015625], "weight at the end": 0.4375}
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the frame</summary>An empty list; <code>for _ in range(most):</code>; and <code>return</code> the list behind the loop.</details>
# <details><summary>Hint 2: the order in a round</summary>Prediction, loss, write it down, low enough? Only then <code>zero_grad</code>, <code>backward</code>, <code>step</code>.</details>
# <details><summary>Hint 3: nearly there</summary>It is the program of this section, with <code>losses.append(loss.item())</code> before <code>if losses[-1] &lt; enough: break</code>.</details>

# %% [markdown] rows=["S00.5"]
# ## 6 · Is the network worth it?
#
# About ninety-six of a hundred right sounds good. But compared with what? Before you trust a network, try the plainest thing that could work. For digits: average all the sevens that you know. And the threes. Which average does a new
# picture look like most?

# %% id="averages" rows=["S00.5"]
fig, axes = plt.subplots(2, 5, figsize=(7, 3.2))
for digit, ax in enumerate(axes.flat):
    average = images[known][digits[known] == digit].float().mean(dim=0)
    assert average.shape == (8, 8)
    ax.imshow(average, cmap="Greys")
    ax.set(title=f"mean {digit}", xticks=[], yticks=[])
fig.tight_layout()
plt.show()

# %% [markdown] rows=["S00.5"]
# ### Exercise 0.7 · The nearest average
# ●●●○ · 9 minutes · 3 points
#
# Write `nearest_mean(pictures, labels, new)`. For each label, take the mean of its pictures. Then give each row of `new` the label whose mean is nearest, in a straight line: the root of the sum of squared differences. (The cell above picks the pictures of one label and takes their mean. Loops are fine.) This
# is your first predictor without any training, and a good yardstick for every classifier you will ever build.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "nearest_mean"}
def nearest_mean(pictures, labels, new):
    """The label of the nearest mean, for each new picture.

    pictures: float32, shape (n, d); labels: int64, shape (n,): each of 0, 1, … up to the
    largest occurs; new: float32, shape (m, d).
    Returns: int64, shape (m,).
    """
    ### BEGIN SOLUTION
    means = [
        pictures[labels == label].mean(dim=0) for label in range(int(labels.max()) + 1)
    ]
    return torch.cdist(new, torch.stack(means)).argmin(dim=1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_nearest_mean", "points": 3}
# "pictures" of two pixels are points in the plane: label 0 on the left, label 1 on the right
points = torch.tensor([[0.0, 0.0], [0.0, 4.0], [9.0, 0.0], [9.0, 2.0], [9.0, 4.0]])
sides = torch.tensor([0, 0, 1, 1, 1])
check(
    nearest_mean, points, sides, torch.tensor([[1.0, 2.0], [8.0, 9.0], [4.0, 2.0]])
).gives(torch.tensor([0, 1, 0]))
# the means are (0, 0), (3, 0) and (2.5, 2)
points = torch.tensor([[-4.0, 0.0], [4.0, 0.0], [3.0, -1.0], [3.0, 1.0], [2.5, 2.0]])
check(
    nearest_mean,
    points,
    torch.tensor([0, 0, 1, 1, 2]),
    torch.tensor([[4.0, 0.0], [0.0, 3.0], [-1.0, -3.0]]),
).gives(torch.tensor([1, 2, 0]))
solved(nearest_mean)
### BEGIN HIDDEN TESTS
for _classes, _d, _m in ((1, 2, 3), (2, 3, 1), (4, 5, 6), (10, 64, 20)):
    _labels = torch.cat(
        [torch.arange(_classes), fresh.integers(0, _classes - 1, 3 * _classes)]
    )
    _labels = _labels[fresh.permutation(len(_labels))]
    _known, _new = fresh.floats(len(_labels), _d), fresh.floats(_m, _d)
    _best = []
    for _row in _new:
        _far = []
        for _label in range(_classes):
            _own = _known[_labels == _label]
            _far.append(((_row - _own.sum(0) / len(_own)) ** 2).sum().item())
        _best.append(_far.index(min(_far)))
    for _p in fresh.layouts(_known):
        check(nearest_mean, _p, _labels, _new).gives(torch.tensor(_best))
check(nearest_mean, torch.zeros(2, 3), torch.tensor([0, 1]), torch.zeros(0, 3)).satisfies(
    lambda got: got.shape == (0,), "no new pictures, no labels"
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the means</summary><code>pictures[labels == 3]</code> are the rows with the label 3; <code>.mean(dim=0)</code> is their mean, again a row.</details>
# <details><summary>Hint 2: the distances</summary>Put the means into one tensor with <code>torch.stack</code>. <code>torch.cdist(new, means)</code> is the distance of every new row to every mean, shape (m, labels).</details>
# <details><summary>Hint 3: nearly there</summary>For each new row the place of the smallest distance is its label: <code>.argmin(dim=1)</code>.</details>

# %% id="use-nearest-mean" rows=["S00.5"]
truth = digits[unseen]
try:
    plain = nearest_mean(pictures[known], digits[known], pictures[unseen])
    print(f"nearest mean: {guessed_right(plain, truth):.1%} right, no training at all")
    print(f"the network:  {guessed_right(guesses, truth):.1%} right")
except NotImplementedError:
    print("First write guessed_right and nearest_mean above; then run this cell again.")
assert guesses.shape == truth.shape == (297,)

# %% [markdown] rows=["S00.5"]
# The plain method is not bad. The network beats it, and now you know by how much. A number without its yardstick says little.
#
# ### Exercise 0.8 · Tell it to a friend
# ●●○○ · 7 minutes · 3 points
#
# *A person reads this answer.* A friend who has never programmed asks: “How can a machine learn to read digits if nobody tells it the rules?” In the cell below, write six to ten sentences. Go round the cycle once, with an everyday
# picture of your own (throwing darts, tuning a guitar, seasoning a soup …). Say in it what plays the part of the weights, the prediction, the target, the loss and the optimizer, and when one stops. And say why we asked the network about pictures that it had *not* seen.

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "explain_cycle", "points": 3}
# ### BEGIN SOLUTION
# A full answer says: Think of a cook who seasons a soup for a guest. The amounts of salt, pepper and lemon are the weights: numbers that can be changed. The soup that comes out is the prediction; the taste that the guest has in mind is the target. The guest's sip gives the loss: one number for how far
# off it is. From the taste the cook knows for each ingredient whether more or less of it would help (backward), and changes each a little (the optimizer's step). Then the next spoon is tasted, and round it goes. One stops when the guest is content (the loss is low enough) or when dinner must be served (enough rounds).
# A network does this with thousands of numbers and with all pictures at once. Nobody writes a rule; the rule is what the numbers have become. On pictures that it has seen, a network could be right because it learned them by heart; only unseen ones show whether it has learned to read.
#
# Points: 1 for the cycle in the right order with all five parts, 1 for both ways to stop and for “a little each time, again and again”, 1 for learning by heart against learning to read.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - PyTorch is two things: tensors, like NumPy's arrays but on any device, and a dynamic graph from which slopes calculate themselves.
# - A package is a folder. `import torch` runs its `__init__.py`; what is written in Python you can read, what is compiled you cannot.
# - `_C` is the face of the compiled code, `lib` its body, `include` its table of contents for C++; stubs are for editors; `__pycache__` comes back.
# - Layers make a model; prediction and target go into the loss; `backward` finds the slopes; the optimizer shifts the weights. Round and round, until enough.
# - An error message is read from its end. A number is worth as much as its yardstick.
#
# | I want | I write |
# |---|---|
# | the version, the address of a package | `torch.__version__`, `torch.__file__`, `importlib.metadata.version("torch")` |
# | the source of a function | `inspect.getsource(f)`, `inspect.getsourcefile(f)`; in a notebook also `f??` |
# | to know whether a package is there | `importlib.util.find_spec("torchvision") is not None` |
# | everything that a module holds | `vars(module)`, `dir(module)` |
# | the best device of this machine | `best_device()` (ours); by hand in [chapter 12](../12_devices/12_devices.ipynb) |
# | one round of training | `loss = measure(model(x), target)`; `optimizer.zero_grad()`; `loss.backward()`; `optimizer.step()` |
# | one number out of a tensor | `tensor.item()` |
#
# Next: [chapter 01](../01_tensors/01_tensors.ipynb), where all of this is made of something.

# %% [markdown]
# ### Exercise 0.9 · Quiz
# ●○○○ · 4 minutes · 3 points
#
# One letter for each question.
#
# **q1** You draw a house and ask the network of digits. It
# - (a) raises an error
# - (b) says that this is no digit
# - (c) names one of the ten digits
#
# **q2** `inspect.getsource(torch.add)` fails, because
# - (a) torch was not installed properly
# - (b) `torch.add` is compiled code, and has no Python source
# - (c) the source lies in `torch/_C`, where `inspect` may not look
#
# **q3** You delete a package's `__pycache__`. The next import
# - (a) works, a little slower, and makes it anew
# - (b) fails until the package is installed again
# - (c) works, and runs slower from now on
#
# **q4** Which line shifts the weights?
# - (a) `loss = measure(prediction, target)`
# - (b) `loss.backward()`
# - (c) `optimizer.step()`
#
# **q5** `y = x * x + 1 if x > 0 else -x` runs with `x = 3`. The graph behind `y`
# - (a) holds both branches, and chooses one in `backward`
# - (b) holds the branch that was taken, and is made anew at each run
# - (c) had to be declared before the line ran
#
# **q6** Most of the bytes of torch's folder are in `lib`. What is in there?
# - (a) the libraries of compiled code
# - (b) the Python source of all layers
# - (c) networks that were trained already

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "c", "q2": "b", "q3": "a", "q4": "c", "q5": "b", "q6": "a"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 3}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "c",
    "q2": "b",
    "q3": "a",
    "q4": "c",
    "q5": "b",
    "q6": "a",
}
### END HIDDEN TESTS

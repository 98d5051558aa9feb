# ---
# jupyter:
#   course:
#     title: "making tensors: by value, by step, by chance"
#     minutes: 150
#     needs:
#       - "01 tensors: shape, dtype, device, memory"
#     objectives:
#       - "Choose the right maker for what you have: data, a value, a step, a distribution"
#       - "Name every parameter that the makers share, and say when each matters"
#       - "Say how many numbers a range has, and where fractions surprise"
#       - "Say when a sparse tensor saves memory, and what pinned memory is for"
#       - "Draw random numbers that you, and others, can draw again"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 02 · Making tensors: by value, by step, by chance
#
# **After this chapter you can**
# - choose the right maker for what you have: data, a value, a step, a distribution;
# - name every parameter that the makers share, and say when each matters;
# - say how many numbers a range has, and where fractions surprise;
# - say when a sparse tensor saves memory, and what pinned memory is for;
# - draw random numbers that you, and others, can draw again.
#
# **Time:** about two and a half hours, with 14 exercises and a quiz. After section 4 is a good place for a break.
# **Before this:** [chapter 01](../01_tensors/01_tensors.ipynb) (shape, dtype, device, memory).
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the dots *before* you
# run the cell.

# %% id="setup"
import math
import time
import warnings

import matplotlib.pyplot as plt
import numpy as np
import torch

from course_utils import (
    best_device,
    check,
    check_quiz,
    fresh,
    load_digits,
    load_weather,
    predict,
    show_tensor,
    solved,
)
from course_utils.widgets import show_strides

# %% [markdown]
# ### What do you still know?
#
# Three questions on [chapter 01](../01_tensors/01_tensors.ipynb). Guess first, then run.

# %% id="recall-dtype"
predict(
    "Which dtype has torch.tensor([1, 2.5, True])?",
    mine=...,
    truth=lambda: torch.tensor([1, 2.5, True]).dtype,
)


# %% id="recall-bridge"
def change_the_array():
    array = np.array([1, 2, 3])
    tensor = torch.from_numpy(array)
    array[0] = 99
    return tensor


predict(
    "change_the_array() makes a tensor with from_numpy, then changes the array. Which list does the tensor hold?",
    mine=...,
    truth=change_the_array,
)

# %% id="recall-strides"
predict(
    "A new tensor of shape (2, 3) has the strides (3, 1). Which strides has its transpose, .t()?",
    mine=...,
    truth=lambda: torch.tensor([[1, 2, 3], [4, 5, 6]]).t().stride(),
)

# %% [markdown] rows=["S02.1"]
# ## 1 · You have the numbers already
#
# A list of numbers, a table from a file, an array from NumPy: the data is there, and you want a tensor of it. Two makers
# do that. You know both from [chapter 01](../01_tensors/01_tensors.ipynb).
#
# - **`torch.tensor(data)`** copies the data into memory of its own.
# - **`torch.from_numpy(array)`** reads the array's own memory. Nothing is copied, so a change on one side shows on the other.
#
# `torch.tensor` takes four more things, always by name:
#
# | parameter | says | if you leave it out |
# |---|---|---|
# | `dtype` | which kind of number | inferred from the data |
# | `device` | where the tensor lives | the CPU |
# | `requires_grad` | should autograd follow it? | `False` |
# | `pin_memory` | should it lie in pinned memory? (section 5) | `False` |

# %% rows=["S02.1"]
device = best_device()
print("this machine computes on", device)

weights = torch.tensor(
    [1, 2, 3], dtype=torch.float32, device=device, requires_grad=True, pin_memory=False
)
assert weights.dtype == torch.float32 and weights.device.type == device.type
assert weights.requires_grad and weights.is_leaf and not weights.is_pinned()

array = np.array([1.0, 2.0, 3.0])
copied, shared = torch.tensor(array), torch.from_numpy(array)
array[0] = 99
assert copied.tolist() == [1.0, 2.0, 3.0] and shared.tolist() == [99.0, 2.0, 3.0]
assert copied.dtype == shared.dtype == torch.float64
print("tensor:    ", copied)
print("from_numpy:", shared)

# %% [markdown] rows=["S02.1"]
# `from_numpy` takes no parameter at all but the array. It can't: another dtype or device would need other memory.
#
# One combination is refused. A gradient is a slope, and slopes need numbers that can change a little. Whole numbers can't:

# %% rows=["S02.1"]
try:
    torch.tensor([1, 2, 3], requires_grad=True)
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("whole numbers required grad")

# %% [markdown] rows=["S02.1"]
# ### Exercise 2.1 · Start weights
# ●●○○ · 6 minutes · 2 points
#
# A network's weights are tensors that *you* make (leaves) and that autograd follows. Write `start_weights(numbers, device)`: a
# float32 tensor of the list `numbers` on `device` that requires grad. The list may hold whole numbers; you have just read what
# torch says then.
#
# Mind the order. What you do *after* `requires_grad` is on is recorded, and a recorded result is no leaf any more. (The
# tests use the device `meta`: it has shapes and dtypes but no numbers, and every machine has it.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "start_weights"}
def start_weights(numbers, device):
    """Weights to begin a training with.

    numbers: a list of ints or floats, possibly nested; device: a device or its name.
    Returns: float32, on device, a leaf that requires grad.
    """
    ### BEGIN SOLUTION
    return torch.tensor(numbers, dtype=torch.float32, device=device, requires_grad=True)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_start_weights", "points": 2}
check(start_weights, [0.5, -0.25], "cpu").gives(
    torch.tensor([0.5, -0.25], requires_grad=True)
)
check(start_weights, [[1, 2], [3, 4]], "cpu").gives(
    torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
)
check(start_weights, [[1, 2], [3, 4]], "cpu").satisfies(
    lambda out: out.is_leaf, "the result is a leaf"
)
check(start_weights, [7], "meta").satisfies(
    lambda out: out.device.type == "meta" and out.is_leaf,
    "it lives on the device asked for, and is a leaf there too",
)
solved(start_weights)
### BEGIN HIDDEN TESTS
for _shape in ((0,), (1,), (3,), (2, 3), (2, 2, 2)):
    for _numbers in (fresh.integers(-9, 9, *_shape), fresh.floats(*_shape)):
        check(start_weights, _numbers.tolist(), torch.device("cpu")).gives(
            _numbers.float().requires_grad_()
        )
        for _place in ("cpu", "meta"):
            check(start_weights, _numbers.tolist(), _place).satisfies(
                lambda out: (
                    out.is_leaf
                    and out.requires_grad
                    and out.dtype == torch.float32
                    and out.device.type == _place
                ),
                "a float32 leaf that requires grad, on the device asked for",
            )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: where to start</summary><code>torch.tensor</code> with one list and three parameters by name does it all.</details>
# <details><summary>Hint 2: which three</summary>Whole numbers are refused, so say the dtype. The device and the flag have a parameter
# of their own as well.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.tensor(numbers, dtype=…, device=device, requires_grad=True)</code>: only the
# dtype is left to fill in.</details>

# %% [markdown] rows=["E12", "S02.1"]
# ### Claim check: who decides the default?
#
# Leave `dtype` out, and a fraction becomes float32. Leave `device` out, and the tensor lands on the CPU. These are *defaults*, and you
# can change them for a whole program. A text you may meet says that the defaults are set with
# `torch.set_default_tensor_type`. That was so once. What does torch say to it today?
#
# (`set_warn_always` makes torch repeat a warning that it has given before, so that this cell shows it every time you run it.)

# %% rows=["E12"]
before = torch.is_warn_always_enabled()
torch.set_warn_always(True)
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    torch.set_default_tensor_type(torch.DoubleTensor)
torch.set_default_dtype(torch.float32)
torch.set_warn_always(before)

said = str(heard[0].message)
assert "deprecated" in said and "set_default_dtype" in said and "set_default_device" in said
print(said.split(" (Triggered")[0])

# %% [markdown] rows=["E12"]
# Deprecated since torch 2.1: it mixed two questions in one strange type. Today there are two functions, one for each question.

# %% rows=["E12", "S02.1"]
torch.set_default_dtype(torch.float64)
try:
    assert torch.tensor(0.5).dtype == torch.float64
    assert torch.tensor(5).dtype == torch.int64
    print("with another default dtype: ", torch.tensor(0.5).dtype, torch.tensor(5).dtype)
finally:
    torch.set_default_dtype(torch.float32)

torch.set_default_device("meta")
try:
    assert torch.tensor(0.5).device.type == "meta"
    assert torch.from_numpy(np.zeros(2)).device.type == "cpu"
    print("with another default device:", torch.tensor(0.5).device)
finally:
    torch.set_default_device(None)

with torch.device("meta"):
    assert torch.tensor(0.5).device.type == "meta"
assert torch.tensor(0.5).dtype == torch.float32 and torch.tensor(0.5).device.type == "cpu"
print("and back again:             ", torch.tensor(0.5).dtype, torch.tensor(0.5).device)

# %% [markdown] rows=["E12"]
# Three details. The default dtype is only for fractions: whole numbers stay int64. `from_numpy` stays where the array is.
# And `with torch.device(…):` changes the device for a few lines only; that is easier to undo.
#
# A default changes what *all* code of the program does, also code that you did not write. In your own functions, say the
# `dtype` and `device` that you need.

# %% [markdown] rows=["S02.2"]
# ## 2 · One value everywhere
#
# A scoreboard before the game, a mask that lets everything through, a picture of middle grey: a shape, and one value in every
# cell. You say the **shape**, torch fills it.
#
# | you write | you get |
# |---|---|
# | `torch.zeros(2, 3)` | six zeros |
# | `torch.ones(2, 3)` | six ones |
# | `torch.full((2, 3), 7.5)` | six times the `fill_value` 7.5 |
#
# The sizes may stand alone or in a tuple. Only `full` insists on the tuple, because a value follows.

# %% rows=["S02.2"]
assert torch.zeros(2, 3).tolist() == [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
assert torch.equal(torch.zeros(2, 3), torch.zeros((2, 3)))
assert torch.ones(2, 3).sum().item() == 6.0
assert torch.full((2, 3), 7.5).unique().tolist() == [7.5]
assert torch.zeros(()).shape == () and torch.ones(0, 3).numel() == 0
try:
    torch.full(2, 7.5)
except TypeError as error:
    print("TypeError:", error)
else:
    raise AssertionError("full took a size without a tuple")
show_tensor(torch.full((2, 3), 7.5), "torch.full((2, 3), 7.5)")

# %% id="predict-full"
predict(
    "torch.zeros(2) is float32. Which dtype has torch.full((2,), 1)?",
    mine=...,
    truth=lambda: torch.full((2,), 1).dtype,
)

# %% [markdown] rows=["S02.2"]
# `zeros` and `ones` have no data to look at, so they take the default, float32. `full` **has** something to look at: its
# `fill_value`. A whole number gives int64, a truth value bool. So `full((2,), 1)` and `ones(2)` are not the same.

# %% rows=["S02.2"]
for value in (1, 1.0, True):
    print(f"full with {value!s:5}", torch.full((2,), value).dtype)
assert torch.full((2,), 1).dtype == torch.int64 and torch.ones(2).dtype == torch.float32
assert torch.full((2,), True).dtype == torch.bool
assert torch.full((2,), 1, dtype=torch.float32).dtype == torch.float32

# %% [markdown] rows=["S02.2"]
# ### “Like this one”
#
# Often you do not know the shape; you have a tensor, and want another one **like** it: `zeros_like(x)`, `ones_like(x)`,
# `full_like(x, value)`. They take over shape, dtype *and* device of `x`. That is comfortable, and it has a trap.

# %% rows=["S02.2"]
images, labels = load_digits()
assert images.dtype == torch.uint8
for maker in (torch.zeros_like, torch.ones_like):
    made = maker(images)
    assert made.shape == images.shape and made.dtype == images.dtype
assert torch.zeros_like(images.to(device)).device.type == device.type

followed = torch.ones(3, requires_grad=True)
assert not torch.zeros_like(followed).requires_grad
assert torch.zeros_like(followed, requires_grad=True).requires_grad
print("taken over: shape, dtype, device. Not taken over: requires_grad.")

# %% id="predict-full-like"
predict(
    "images is uint8. Which number stands in every cell of torch.full_like(images, 0.5)?",
    mine=...,
    truth=lambda: torch.full_like(images, 0.5).unique().item(),
)

# %% rows=["S02.2"]
assert torch.full_like(images, 0.5).unique().tolist() == [0]
assert torch.full_like(images, 0.5).dtype == torch.uint8
assert torch.full_like(images, 0.5, dtype=torch.float32).unique().tolist() == [0.5]

# %% [markdown] rows=["S02.2"]
# ### Exercise 2.2 · Repair the grey picture
# ●○○○ · 5 minutes · 1 point
#
# To see what a network makes of a picture without any content, you show it middle grey. A colleague wrote two versions:
#
# ```python
# def grey_like(images):
#     return torch.full_like(images, 0.5)        # version 1: all black
#
# def grey_like(images):
#     return torch.full(images.shape, 0.5)       # version 2: an error as soon as images are on a GPU
# ```
#
# Write `grey_like(images)`: 0.5 everywhere, **float32 whatever `images` is**, in the shape and on the device of `images`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "grey_like"}
def grey_like(images):
    """Middle grey, in the shape of some pictures.

    images: any shape, dtype and device.
    Returns: float32, shape and device of images, 0.5 everywhere.
    """
    ### BEGIN SOLUTION
    return torch.full_like(images, 0.5, dtype=torch.float32)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_grey_like", "points": 1}
check(grey_like, torch.tensor([[0, 16, 3], [9, 9, 9]], dtype=torch.uint8)).gives(
    torch.tensor([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]])
)
check(grey_like, torch.tensor([1.0, 2.0], dtype=torch.float64)).gives(
    torch.tensor([0.5, 0.5])
)
check(grey_like, torch.zeros(2, 8, 8, device="meta")).satisfies(
    lambda out: out.device.type == "meta" and out.shape == (2, 8, 8),
    "the result lives where images live, here on meta",
)
solved(grey_like)
### BEGIN HIDDEN TESTS
for _shape in ((), (0,), (3,), (2, 3), (2, 1, 4)):
    for _dtype in (torch.bool, torch.uint8, torch.int64, torch.float16, torch.float64):
        for _images in fresh.layouts(fresh.integers(0, 1, *_shape).to(_dtype)):
            check(grey_like, _images).gives(torch.ones(_shape) / 2)
    check(grey_like, torch.zeros(_shape, device="meta", dtype=torch.int64)).satisfies(
        lambda out: (
            out.device.type == "meta" and out.dtype == torch.float32 and out.shape == _shape
        ),
        "float32 in the shape and on the device of images",
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which version is nearer?</summary>Version 1 has the shape and the device. It only takes over one thing too many.</details>
# <details><summary>Hint 2: say no to it</summary>Whatever a <code>_like</code> function takes over, you can overrule by name.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.full_like(images, 0.5, dtype=…)</code></details>

# %% [markdown] rows=["S02.2"]
# ### Exercise 2.3 · Rows of different length
# ●●●○ · 10 minutes · 3 points
#
# Sentences have different lengths, but a tensor has no holes. The remedy: fill the short ones up at their end. Write
# `pad(rows, fill)`: a table with one line for each of `rows`, as wide as the longest, and `fill` where a row has ended.
#
# `fill` may be a whole number though the rows hold fractions. You know which dtype `full` takes then.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "pad"}
def pad(rows, fill):
    """Rows of different length as one table, filled up at the end.

    rows: a list of 1-D tensors of one dtype, at least one; each may be empty; fill: a number.
    Returns: shape (len(rows), length of the longest), the dtype of the rows.
    """
    ### BEGIN SOLUTION
    longest = max(len(row) for row in rows)
    table = torch.full((len(rows), longest), fill, dtype=rows[0].dtype)
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    return table
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_pad", "points": 3}
check(pad, [torch.tensor([1.5, 2.5]), torch.tensor([3.5, 4.5, 5.5])], -1).gives(
    torch.tensor([[1.5, 2.5, -1.0], [3.5, 4.5, 5.5]])
)
check(
    pad, [torch.tensor([7, 8]), torch.tensor([], dtype=torch.int64), torch.tensor([9])], 0
).gives(torch.tensor([[7, 8], [0, 0], [9, 0]]))
solved(pad)
### BEGIN HIDDEN TESTS
for _count in (1, 2, 5):
    for _dtype in (torch.float32, torch.float64, torch.int64):
        for _fill in (0, -1, 3):
            _rows = [fresh.floats(fresh.integer(0, 5)).to(_dtype) for _ in range(_count)]
            _wide = max(len(_r) for _r in _rows)
            _lists = [_r.tolist() + [_fill] * (_wide - len(_r)) for _r in _rows]
            _right = torch.tensor(_lists, dtype=_dtype).reshape(_count, _wide)
            check(pad, _rows, _fill).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two steps</summary>First a table that holds nothing but <code>fill</code>. Then write each row over its
# beginning.</details>
# <details><summary>Hint 2: the table</summary>Its width is <code>max(len(row) for row in rows)</code>, and its dtype that of the rows: say
# so with <code>dtype=rows[0].dtype</code>.</details>
# <details><summary>Hint 3: nearly there</summary>In a loop over <code>enumerate(rows)</code>: <code>table[i, : len(row)] = row</code>.</details>

# %% [markdown] rows=["S02.2"]
# ## 3 · In steps
#
# A ruler needs marks. There are three ways to ask for them.
#
# | you know | you write | the end |
# |---|---|---|
# | how far apart they are | `torch.arange(start, end, step)` | is **left out** |
# | how many there are | `torch.linspace(start, end, steps)` | is **included** |
# | how many, each so many *times* the one before | `torch.logspace(start, end, steps, base)` | is **included** |
#
# `arange` is Python's `range` as a tensor: half open, from `start` up to but not including `end`. `start` is 0 and `step` is 1 when you
# leave them out.

# %% rows=["S02.2"]
assert torch.arange(5).tolist() == [0, 1, 2, 3, 4]
assert torch.arange(2, 11, 3).tolist() == [2, 5, 8]
assert torch.arange(5, 0, -2).tolist() == [5, 3, 1]
assert torch.arange(5).dtype == torch.int64 and torch.arange(5.0).dtype == torch.float32

assert torch.linspace(0, 1, 5).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
assert torch.linspace(start=0, end=10, steps=3).dtype == torch.float32

assert torch.logspace(0, 3, 4).tolist() == [1.0, 10.0, 100.0, 1000.0]
assert torch.logspace(start=0, end=3, steps=4, base=2).tolist() == [1.0, 2.0, 4.0, 8.0]

for nonsense in (lambda: torch.arange(0, 5, -1), lambda: torch.arange(0, 5, 0)):
    try:
        nonsense()
    except RuntimeError as error:
        print("RuntimeError:", error)
    else:
        raise AssertionError("torch walked away from the end")

# %% [markdown] rows=["S02.2"]
# `logspace` takes **exponents**: from `base**start` to `base**end`. `base` is 10 unless you say otherwise. Below, all three with five
# numbers from 1 to 10,000. The last panel has a scale on which each line is ten times the one before.


# %% rows=["S02.2"]
def draw_marks(*panels):
    """Marks on a ruler, one panel for each: a title, the marks, and the scale of the ruler."""
    figure, axes = plt.subplots(len(panels), 1, figsize=(8, 1.1 * len(panels)))
    for axis, (title, marks, scale) in zip(axes, panels, strict=True):
        axis.plot(marks.numpy(), torch.zeros(len(marks)).numpy(), "|", ms=22, mew=3)
        axis.set_xscale(scale)
        axis.set(yticks=[], xlim=(0.7, 14_000) if scale == "log" else (-400, 10_400))
        axis.set_title(title, fontsize=9, loc="left")
    figure.tight_layout()


even, tenfold = torch.linspace(1, 10_000, 5), torch.logspace(0, 4, 5)
draw_marks(
    ("torch.arange(1, 10_000, 2500)", torch.arange(1, 10_000, 2500), "linear"),
    ("torch.linspace(1, 10_000, 5)", even, "linear"),
    ("torch.logspace(0, 4, 5)", tenfold, "linear"),
    ("torch.logspace(0, 4, 5), on a scale of powers", tenfold, "log"),
)
assert torch.arange(1, 10_000, 2500).tolist() == [1, 2501, 5001, 7501]
assert (even.diff() - 2499.75).abs().max() < 1e-2
assert torch.equal(tenfold[1:] / tenfold[:-1], torch.full((4,), 10.0))

# %% [markdown] rows=["E10", "S02.2"]
# ### Claim check: how many numbers has a range?
#
# A text you may meet says: `arange` gives `(end - start) / step` elements. Try `arange(0, 10, 3)`. That would be 3⅓ elements.

# %% id="predict-e10"
predict(
    "How many numbers has torch.arange(0, 10, 3)?",
    mine=...,
    truth=lambda: len(torch.arange(0, 10, 3)),
)

# %% rows=["E10", "S02.2"]
assert torch.arange(0, 10, 3).tolist() == [0, 3, 6, 9]
for start, end, step in ((0, 10, 3), (0, 9, 3), (2, 11, 4), (5, 0, -2), (0, 1, 0.3)):
    numbers = torch.arange(start, end, step)
    quotient = (end - start) / step
    print(f"arange({start}, {end}, {step}): {quotient:.2f} → {len(numbers)} numbers")
    assert len(numbers) == math.ceil(quotient)

# %% [markdown] rows=["E10"]
# It is the quotient **rounded up**: `math.ceil((end - start) / step)`. The first number always counts, even when only a part of a step is
# left behind it.
#
# With whole numbers that is all. With fractions there is a trap. 0.1 cannot be written exactly in a computer, just as ⅓ cannot be
# written exactly in decimals. From 1 to 1.3 in steps of 0.1, end left out: 1.0, 1.1, 1.2. Or is it?

# %% id="predict-float-arange"
predict(
    "How many numbers has torch.arange(1, 1.3, 0.1)?",
    mine=...,
    truth=lambda: len(torch.arange(1, 1.3, 0.1)),
)

# %% rows=["E10", "S02.2"]
print("1.3 - 1 is", 1.3 - 1, "and divided by 0.1:", (1.3 - 1) / 0.1)
surprising = torch.arange(1, 1.3, 0.1)
print(surprising)
assert (1.3 - 1) / 0.1 > 3 and len(surprising) == 4
assert torch.isclose(surprising[-1], torch.tensor(1.3))

# %% [markdown] rows=["E10"]
# The quotient is a hair above 3, and rounding up makes 4 of it. So the end, which should be left out, is in. **For fractions say how
# *many* you want: `linspace`.**

# %% [markdown] rows=["E10", "S02.2"]
# ### Exercise 2.4 · Where does it stop?
# ●●○○ · 7 minutes · 2 points
#
# A program looks at every third page of a book, or cuts a film every 0.3 seconds. Which is the **last** number that it comes to? Write
# `last_of(start, end, step)`: the last number of `torch.arange(start, end, step)`. Work it out from the rule above; do not make the
# range. (`math.ceil` rounds up.)
#
# The end itself is never meant to come, but it may be passed by a little or by a lot. And the road may lead downwards.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "last_of"}
def last_of(start, end, step):
    """The last number of a range.

    start, end, step: ints or floats; step is not 0, and the range has at least one number.
    Returns: a number.
    """
    ### BEGIN SOLUTION
    count = math.ceil((end - start) / step)
    return start + (count - 1) * step
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_last_of", "points": 2}
check(last_of, 0, 10, 3).gives(9.0)
check(last_of, 2, 11, 3).gives(8.0)
check(last_of, 9, 0, -2).gives(1.0)
check(last_of, 0, 1, 0.3).gives(0.9)
solved(last_of)
### BEGIN HIDDEN TESTS
for _ in range(40):
    _start, _n = fresh.integer(-20, 20), fresh.integer(1, 12)
    _step = fresh.integer(1, 9) * (1 if fresh.integer(0, 1) else -1)
    _end = _start + _step * _n
    check(last_of, _start, _end, _step).gives(float(range(_start, _end, _step)[-1]))
    _end += 1 if _step > 0 else -1
    check(last_of, _start, _end, _step).gives(float(range(_start, _end, _step)[-1]))
    # 0.05 beyond a tenth: no step of whole tenths ever hits this end
    _end, _fraction = _start / 10 + _n + 0.05, fresh.integer(1, 40) / 10
    _right = torch.arange(_start / 10, _end, _fraction, dtype=torch.float64)[-1].item()
    check(last_of, _start / 10, _end, _fraction).gives(_right, tolerance=(1e-6, 1e-6))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: where to start</summary>How many numbers are there? The rule of the claim check tells you.</details>
# <details><summary>Hint 2: steps between</summary>Between five numbers lie four steps. How far is it then from the first number to the
# last?</details>
# <details><summary>Hint 3: nearly there</summary>With <code>count = math.ceil((end - start) / step)</code>, go so many steps from
# <code>start</code>: one fewer than <code>count</code>.</details>

# %% [markdown] rows=["E10", "S02.2"]
# ### Exercise 2.5 · Repair the ruler
# ●●●○ · 8 minutes · 2 points
#
# A plot needs ticks from `start` to `end`, **both included**, `step` apart. A colleague knew that `arange` leaves the end out, so they
# asked for one step more:


# %% rows=["E10"]
def their_ticks(start, end, step):
    return torch.arange(start, end + step, step)


print(their_ticks(0, 0.3, 0.1))
print(their_ticks(1, 1.3, 0.1))
assert len(their_ticks(0, 0.3, 0.1)) == 4 and len(their_ticks(1, 1.3, 0.1)) == 5

# %% [markdown] rows=["E10", "S02.2"]
# The second ruler goes up to 1.4. Write `ticks(start, end, step)` so that it is right for every step that fits a whole number of
# times: work out how *many* ticks there are, then ask for so many.
#
# Mind that the quotient may be a hair too large (3.0000000000000004) **or** a hair too small (2.9999999999999996).


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "ticks"}
def ticks(start, end, step):
    """Evenly spaced ticks, with both ends.

    start, end, step: numbers, start < end; step > 0 fits a whole number of times into end - start.
    Returns: float32, 1-D: start, start + step, …, end.
    """
    ### BEGIN SOLUTION
    count = round((end - start) / step) + 1
    return torch.linspace(start, end, count)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_ticks", "points": 2}
check(ticks, 0, 1, 0.1).gives(
    torch.tensor([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
)
check(ticks, 0, 0.3, 0.1).gives(torch.tensor([0.0, 0.1, 0.2, 0.3]))
check(ticks, 1, 1.3, 0.1).gives(torch.tensor([1.0, 1.1, 1.2, 1.3]))
check(ticks, 0, 6, 2).gives(torch.tensor([0.0, 2.0, 4.0, 6.0]))
solved(ticks)
### BEGIN HIDDEN TESTS
for _ in range(40):
    _start, _n, _step = (
        fresh.integer(-30, 30) / 10,
        fresh.integer(1, 30),
        fresh.integer(1, 30) / 10,
    )
    _end = _start + _n * _step
    _right = torch.tensor([_start + _i * _step for _i in range(_n + 1)])
    check(ticks, _start, _end, _step).gives(_right, tolerance=(1e-4, 1e-4))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: count</summary>A fence with three gaps has four posts. How many gaps are there between <code>start</code> and
# <code>end</code>?</details>
# <details><summary>Hint 2: a hair off</summary>The number of gaps should be whole, and is so up to a hair. <code>int</code> cuts off,
# <code>math.ceil</code> pushes up; <code>round</code> goes to the nearest.</details>
# <details><summary>Hint 3: nearly there</summary>With <code>count = round((end - start) / step) + 1</code>, which maker takes a start, an
# end and a count?</details>

# %% [markdown] rows=["S02.2"]
# ### Exercise 2.6 · Learning rates to try
# ●●○○ · 6 minutes · 2 points
#
# How fast should a network learn? Nobody knows beforehand, so people try a few *learning rates*: 0.1, 0.01, 0.001, and so on. Each is the
# same number of **times** smaller than the one before; evenly spaced ones would all be nearly 0.1.
#
# Write `rates(first, last, n)`: `n` learning rates from `first` to `last`, both included, each the same number of times the one before.
# You get the rates themselves; `logspace` wants their exponents. `math.log10(0.001)` is -3.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "rates"}
def rates(first, last, n):
    """Learning rates to try, evenly spaced in powers.

    first, last: floats > 0; n: int >= 2.
    Returns: float32, shape (n,), from first to last.
    """
    ### BEGIN SOLUTION
    return torch.logspace(math.log10(first), math.log10(last), n)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_rates", "points": 2}
check(rates, 1.0, 0.001, 4).gives(
    torch.tensor([1.0, 0.1, 0.01, 0.001]), tolerance=(1e-4, 0.0)
)
check(rates, 2.0, 32.0, 5).gives(
    torch.tensor([2.0, 4.0, 8.0, 16.0, 32.0]), tolerance=(1e-4, 0.0)
)
solved(rates)
### BEGIN HIDDEN TESTS
for _ in range(10):
    _first, _factor, _n = (
        fresh.integer(1, 50) / 100,
        fresh.integer(2, 30) / 10 + 0.05,
        fresh.integer(2, 8),
    )
    _right = [_first * _factor**_i for _i in range(_n)]
    check(rates, _right[0], _right[-1], _n).gives(
        torch.tensor(_right), tolerance=(1e-3, 0.0)
    )
    check(rates, _right[-1], _right[0], _n).gives(
        torch.tensor(_right[::-1]), tolerance=(1e-3, 0.0)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: exponents</summary>1 is 10 to the power 0, and 0.001 is 10 to the power -3. These two exponents, 0 and -3, are what
# <code>logspace</code> asks for.</details>
# <details><summary>Hint 2: the same base twice</summary><code>logspace</code> raises 10 to a power, so the exponent must be a logarithm to base
# 10: <code>math.log10</code>, not <code>math.log</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.logspace(math.log10(first), …, n)</code></details>

# %% [markdown] rows=["S02.2"]
# ## 4 · Room without numbers
#
# If you are going to write every cell anyway, filling it with zeros first is work for nothing. `torch.empty` only takes the room. What stands in it is
# **whatever was there before**. That is fast:


# %% rows=["S02.2"]
def fastest(make, tries=5):
    """The shortest of a few times, in milliseconds."""
    times = []
    for _ in range(tries):
        began = time.perf_counter()
        make(5_000_000)
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


for make in (torch.empty, torch.zeros, torch.ones):
    print(f"{make.__name__:6} 5 million numbers: {fastest(make):8.3f} ms")
assert fastest(torch.empty) < fastest(torch.ones)

# %% [markdown] rows=["S02.2"]
# And it is dangerous: add something to a number that nobody has set, and the result may be right today and wrong tomorrow. torch has a switch
# for finding such bugs. It fills empty room with NaN (“not a number”), which then spoils every sum that touches it.

# %% rows=["S02.2"]
torch.use_deterministic_algorithms(True)
try:
    room = torch.empty(2, 3)
    print(room)
    assert room.isnan().all()
finally:
    torch.use_deterministic_algorithms(False)

like = torch.empty_like(images, dtype=torch.float32)
assert like.shape == images.shape and like.dtype == torch.float32

# %% [markdown] rows=["S02.2"]
# ### Room with strides of your choice
#
# From [chapter 01](../01_tensors/01_tensors.ipynb) you know that a table is a way of reading one long row of memory, and that **strides** are the rule for reading. `empty` chooses
# row-after-row. `torch.empty_strided(size, stride)` lets *you* choose. Here both tables hold the same numbers; compare where they lie.

# %% rows=["S02.2"]
table = torch.tensor([[10, 11, 12], [20, 21, 22]])
columns_first = torch.empty_strided(size=(2, 3), stride=(1, 2), dtype=torch.int64)
columns_first.copy_(table)

assert torch.equal(columns_first, table)
assert table.stride() == (3, 1) and columns_first.stride() == (1, 2)
show_strides(table, columns_first)

# %% [markdown] rows=["S02.2"]
# `copy_` writes the numbers of another tensor into this one, cell by cell, whatever the strides of both. In the memory of `columns_first` they lie 10, 20, 11, 21, 12,
# 22: column after column. Fortran, MATLAB and much of linear algebra want them so.

# %% [markdown] rows=["S02.2"]
# ### Exercise 2.7 · Column after column
# ●●●○ · 8 minutes · 2 points
#
# Write `by_columns(table)`: the same table, but with its numbers **column after column** in memory, so that the strides are `(1, rows)`. It must be a
# copy with memory of its own, even when `table` happens to lie that way already.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "by_columns"}
def by_columns(table):
    """A copy that lies in memory column after column.

    table: shape (rows, columns), two or more of each, any dtype and layout.
    Returns: equal to table, with strides (1, rows) and memory of its own.
    """
    ### BEGIN SOLUTION
    rows = table.shape[0]
    room = torch.empty_strided(
        table.shape, (1, rows), dtype=table.dtype, device=table.device
    )
    return room.copy_(table)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_by_columns", "points": 2}
check(by_columns, torch.tensor([[1, 2, 3], [4, 5, 6]])).gives(
    torch.tensor([[1, 2, 3], [4, 5, 6]]), own_memory=True
)
check(by_columns, torch.tensor([[1, 2, 3], [4, 5, 6]])).satisfies(
    lambda out: out.stride() == (1, 2), "the strides are (1, rows), here (1, 2)"
)
# a transposed table lies column after column already
check(by_columns, torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).t()).gives(
    torch.tensor([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]), own_memory=True
)
solved(by_columns)
### BEGIN HIDDEN TESTS
for _ in range(6):
    _rows, _columns = fresh.shape(2, 2, 6)
    for _dtype in (torch.float32, torch.float64, torch.int64):
        for _table in fresh.layouts(fresh.floats(_rows, _columns).mul(10).to(_dtype)):
            check(by_columns, _table).gives(_table.clone(), own_memory=True)
            check(by_columns, _table).satisfies(
                lambda out: out.stride() == (1, _rows), "the strides are (1, rows)"
            )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: room first</summary><code>torch.empty_strided(size, stride)</code> gives room of any layout. One step down is one cell
# here; how many cells is one step to the right?</details>
# <details><summary>Hint 2: then the numbers</summary>Do not forget the dtype of the room. <code>copy_</code> then writes the numbers in.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.empty_strided(table.shape, (1, table.shape[0]), dtype=table.dtype, device=table.device)</code>,
# and <code>copy_</code> into it.</details>

# %% [markdown] rows=["S02.2"]
# ### `out=`: write into room that you have
#
# Most makers take `out=`: a tensor that the result is written into. In a loop that runs a million times, this saves a million new tensors. Here somebody keeps both
# the tensor that they passed and the one that came back.

# %% id="predict-out"
shelf = torch.tensor([1])
returned = torch.zeros((3, 3), out=shelf)

predict(
    "Is returned the very same tensor as shelf (returned is shelf)? True or False",
    mine=...,
    truth=lambda: returned is shelf,
)

# %% rows=["S02.2"]
assert returned is shelf and returned.data_ptr() == shelf.data_ptr()
assert shelf.shape == (3, 3) and shelf.dtype == torch.int64
shelf[0, 0] = 7
assert returned[0, 0].item() == 7

line = torch.empty(5)
address = line.data_ptr()
torch.arange(5, out=line)
assert line.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0] and line.data_ptr() == address
torch.linspace(0, 1, 5, out=line)
torch.full((5,), 2.5, out=line)
assert line.tolist() == [2.5] * 5 and line.data_ptr() == address
try:
    torch.ones(5, out=line, dtype=torch.int64)
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("out took another dtype than its own")

# %% [markdown] rows=["S02.2"]
# It is one tensor under two names. So it is more than shared memory: whoever changes one has changed “the other”. Two more things happened: the result took the **dtype of
# `out`** (int64, not float32), and a shelf of the wrong size was **resized**. Do not rely on the second: for other operations torch calls that
# deprecated. Pass an `out` of the right shape.
#
# > **A good place for a break.** You can make a tensor from data, from a value and in steps. What follows is where it lies, and chance.

# %% [markdown] rows=["S02.2"]
# ## 5 · How it lies in memory: `layout` and `pin_memory`
#
# All tensors so far had the layout **`torch.strided`**: one cell of memory for each number, and strides to find it. The parameter `layout` can ask for another one.
# **`torch.sparse_coo`** keeps only the numbers that are **not zero**, and for each of them its coordinates (COO is short for *coordinates*).
#
# Think of a shop with 1,000 customers and 2,000 books. Nearly every cell of that table is “has not bought it”.

# %% rows=["S02.2"]
assert torch.zeros(2, 3).layout == torch.strided
assert torch.zeros(1000, 2000, layout=torch.sparse_coo)._nnz() == 0

where = torch.tensor([[0, 0, 2], [1, 3, 0]])  # three customers (rows), three books
stars = torch.tensor([5.0, 2.0, 4.0])
bought = torch.sparse_coo_tensor(where, stars, size=(3, 4), check_invariants=True)
print(bought)
assert bought.layout == torch.sparse_coo and bought._nnz() == 3
assert bought.to_dense()[2, 0].item() == 4.0
assert torch.equal(bought.to_dense().to_sparse().to_dense(), bought.to_dense())
show_tensor(bought.to_dense(), "bought.to_dense()")

# %% [markdown] rows=["S02.2"]
# `indices` has one row for each dimension and one column for each number that is kept; `check_invariants=True` makes torch look whether they fit the size.
# A sparse tensor has no strides and cannot be viewed. Many operations do not know it at all:

# %% rows=["S02.2"]
try:
    bought.view(12)
except (RuntimeError, NotImplementedError) as error:
    print(type(error).__name__ + ":", str(error).split(". ")[0])
else:
    raise AssertionError("a sparse tensor was viewed")

twice = torch.sparse_coo_tensor([[0, 0], [1, 1]], [5.0, 2.0], (1, 3), check_invariants=True)
assert twice.to_dense().tolist() == [[0.0, 7.0, 0.0]]
assert twice._nnz() == 2 and twice.coalesce()._nnz() == 1
print("the same place twice: the numbers are added,", twice.to_dense().tolist())

# %% [markdown] rows=["S02.2"]
# ### Does it save memory?
#
# Each number that is kept costs its own bytes **and 8 bytes for each dimension** (coordinates are int64). So sparse only pays off when nearly everything is
# zero. How near is nearly? Measure it.

# %% [markdown] rows=["S02.2"]
# ### Exercise 2.8 · Measure before you switch
# ●●○○ · 8 minutes · 2 points
#
# Write `sparse_saves(table)`: how many bytes `torch.sparse_coo` saves over the dense `table`. The number is negative when it costs more. You may work it out, or make
# the sparse tensor and look: `s = table.to_sparse()` has `s.indices()` and `s.values()`, two ordinary tensors with `nbytes`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "sparse_saves"}
def sparse_saves(table):
    """Bytes of the dense tensor, minus bytes of the same as torch.sparse_coo.

    table: dense, one dimension or more, any dtype.
    Returns: int; negative when sparse costs more.
    """
    ### BEGIN SOLUTION
    sparse = table.to_sparse()
    return table.nbytes - sparse.indices().nbytes - sparse.values().nbytes
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_sparse_saves", "points": 2}
# 10 numbers of 4 bytes; two are not zero and cost 8 + 4 bytes each
check(
    sparse_saves, torch.tensor([0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0])
).gives(16)
# 6 numbers of 1 byte; three are not zero and cost 8 + 8 + 1 bytes each
check(sparse_saves, torch.tensor([[0, 2, 0], [5, 0, 7]], dtype=torch.uint8)).gives(-45)
solved(sparse_saves)
### BEGIN HIDDEN TESTS
for _dims in (1, 2, 3, 4):
    for _dtype in (torch.bool, torch.uint8, torch.float32, torch.int64):
        _table = (fresh.integers(0, 5, *fresh.shape(_dims, 0, 6)) > 3).to(_dtype)
        _kept = sum(bool(_v) for _v in _table.flatten().tolist())
        _right = _table.numel() * _dtype.itemsize - _kept * (_dims * 8 + _dtype.itemsize)
        for _t in fresh.layouts(_table):
            check(sparse_saves, _t).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two piles</summary>A sparse tensor is two ordinary tensors: the coordinates and the values. Each has
# <code>nbytes</code>.</details>
# <details><summary>Hint 2: which way round</summary>Saved is what the dense one takes, minus what both piles of the sparse one take.</details>
# <details><summary>Hint 3: nearly there</summary>With <code>sparse = table.to_sparse()</code>, take <code>sparse.indices().nbytes</code> and
# <code>sparse.values().nbytes</code> away from <code>table.nbytes</code>.</details>

# %% [markdown] rows=["S02.2"]
# Now use it: on the digits, about half of whose pixels are 0, and on a shop where each customer has bought one book.

# %% id="predict-sparse"
predict(
    "Half of the digits' pixels are 0. Does sparse_coo save memory there? True or False",
    mine=...,
    truth=lambda: sparse_saves(images) > 0,
)

# %% id="use-sparse-saves" rows=["S02.2"]
try:
    shop = torch.zeros(1000, 2000)
    shop[torch.arange(1000), torch.arange(1000)] = 5.0
    for name, table in (("digits", images), ("shop", shop)):
        share = table.count_nonzero().item() / table.numel()
        print(
            f"{name}: {share:.2%} are not zero, sparse saves {sparse_saves(table):,} bytes"
        )
    assert sparse_saves(images) < 0 < sparse_saves(shop)
except NotImplementedError:
    print("First write sparse_saves above; then run this cell again.")

# %% [markdown] rows=["S02.2"]
# ### Pinned memory
#
# The operating system may move your memory about, or even put it on the disk for a while. A graphics card that fetches data by itself needs a place that stays put:
# **pinned** (or *page-locked*) memory. Copies from there to the card are faster, and can run while the program goes on ([chapter 12](../12_devices/12_devices.ipynb)). `pin_memory=True` asks for it.
#
# Some texts advise: if you have enough memory, always set it. Better not. It only helps for what really travels to a card; what is pinned, no
# other program can use; and without an accelerator there is none at all:

# %% rows=["S02.1", "S02.2"]
if torch.cuda.is_available():
    pinned = torch.full((1000,), 2.5, pin_memory=True)
    assert pinned.is_pinned() and torch.tensor([1.0], pin_memory=True).is_pinned()
    assert torch.equal(pinned.to("cuda", non_blocking=True).cpu(), pinned)
    print("pinned:", pinned.is_pinned(), "and copied to the card")
elif not torch.accelerator.is_available():
    try:
        torch.empty(1000, pin_memory=True)
    except RuntimeError as error:
        print("RuntimeError:", error)
    else:
        raise AssertionError("pinned memory without an accelerator")
assert not torch.empty(1000, pin_memory=False).is_pinned()

# %% [markdown] rows=["S02.2"]
# ### One family, the same parameters
#
# By now you have met every parameter that the makers share. Here all of them are named at once, for all makers of the chapter so far:

# %% rows=["S02.2"]
shared_by_all = dict(
    dtype=torch.float32, layout=torch.strided, device=device, requires_grad=True
)
x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
made = [
    torch.zeros(2, 3, **shared_by_all),
    torch.ones(2, 3, **shared_by_all),
    torch.full(size=(2, 3), fill_value=7.0, **shared_by_all),
    torch.empty(2, 3, pin_memory=False, **shared_by_all),
    torch.empty_strided(size=(2, 3), stride=(3, 1), pin_memory=False, **shared_by_all),
    torch.zeros_like(x, **shared_by_all),
    torch.ones_like(x, **shared_by_all),
    torch.full_like(x, fill_value=7.0, **shared_by_all),
    torch.empty_like(x, **shared_by_all),
    torch.arange(start=0, end=6, step=1, **shared_by_all).detach().reshape(2, 3),
    torch.linspace(start=0, end=5, steps=6, **shared_by_all).detach().reshape(2, 3),
    torch.logspace(start=0, end=5, steps=6, base=2, **shared_by_all).detach().reshape(2, 3),
]
assert all(m.shape == (2, 3) and m.dtype == torch.float32 for m in made)
assert all(m.device.type == device.type and m.layout == torch.strided for m in made)
assert all(m.requires_grad and m.is_leaf for m in made[:9])
print(len(made), "makers took dtype, layout, device and requires_grad")

# %% [markdown] rows=["S02.3"]
# ## 6 · By chance
#
# Why would anybody want numbers that nobody chose? To start a network's weights, to shuffle the examples, to choose some of them fairly, to add noise so that a network
# does not learn by heart.
#
# | maker | draws | you say |
# |---|---|---|
# | `torch.rand(size)` | evenly from 0 (included) to 1 (left out) | the shape |
# | `torch.randn(size)` | from the bell curve with mean 0 and spread 1 | the shape |
# | `torch.normal(mean, std)` | from bell curves of your choice | `mean` and `std` |
# | `torch.randint(low, high, size)` | whole numbers from `low` up to, **not including**, `high` | the limits, the shape |
# | `torch.bernoulli(input)` | a coin for each cell: 1 with that probability, else 0 | the probabilities |
# | `torch.randperm(n)` | the numbers 0 … n-1, each once, shuffled | how many |
#
# `manual_seed` in the first line makes your numbers equal to ours; section 7 explains it.

# %% rows=["S02.3"]
torch.manual_seed(2)
even, bell = torch.rand(10_000), torch.randn(10_000)
dice, coins = (
    torch.randint(low=1, high=7, size=(10_000,)),
    torch.bernoulli(torch.full((10_000,), 0.2)),
)
tall = torch.normal(mean=175.0, std=7.0, size=(10_000,))
order = torch.randperm(n=8)

assert 0 <= even.min() and even.max() < 1 and abs(even.mean() - 0.5) < 0.02
assert abs(bell.mean()) < 0.05 and abs(bell.std() - 1) < 0.05
assert dice.dtype == torch.int64 and dice.unique().tolist() == [1, 2, 3, 4, 5, 6]
assert coins.unique().tolist() == [0.0, 1.0] and abs(coins.mean() - 0.2) < 0.02
assert abs(tall.mean() - 175) < 0.5 and abs(tall.std() - 7) < 0.3
assert order.dtype == torch.int64 and order.sort().values.tolist() == list(range(8))
print("randperm:", order.tolist())


def draw_histograms(**samples):
    """How often each value came, one panel for each sample."""
    figure, axes = plt.subplots(1, len(samples), figsize=(2.1 * len(samples), 2.4))
    for axis, (name, sample) in zip(axes, samples.items(), strict=True):
        values = sample.unique()
        if len(values) < 10:
            axis.bar(values.numpy(), [(sample == v).sum().item() for v in values])
            axis.set(xticks=values.numpy(), xlim=(values.min() - 1, values.max() + 1))
        else:
            axis.hist(sample.numpy(), bins=30, rwidth=0.85)
        axis.set_title(name, fontsize=9)
        axis.set_yticks([])
    figure.tight_layout()


draw_histograms(rand=even, randn=bell, normal=tall, randint=dice, bernoulli=coins)

# %% id="predict-randint"
predict(
    "Somebody rolls a die with torch.randint(1, 6, (1000,)). What is the largest number that comes?",
    mine=...,
    truth=lambda: torch.randint(1, 6, (1000,)).max().item(),
)

# %% [markdown] rows=["S02.3"]
# As in `arange`, the end is left out: that die has no six. This slip raises no error, and nobody wonders about numbers that are random anyway.
#
# ### Exercise 2.9 · Roll
# ●○○○ · 5 minutes · 1 point
#
# Write `roll(n, sides)`: `n` rolls of a fair die with the faces 1, 2, …, `sides`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "roll"}
def roll(n, sides):
    """Rolls of a fair die.

    n, sides: ints, 1 or more.
    Returns: int64, shape (n,); every face from 1 to sides is equally likely.
    """
    ### BEGIN SOLUTION
    return torch.randint(1, sides + 1, (n,))
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_roll", "points": 1}
torch.manual_seed(1)
check(roll, 1200, 6).satisfies(
    lambda out: out.shape == (1200,) and out.dtype == torch.int64,
    "1200 whole numbers (int64) in one row",
)
torch.manual_seed(1)
check(roll, 1200, 6).satisfies(
    lambda out: out.min() == 1 and out.max() == 6, "the smallest face is 1, the largest 6"
)
torch.manual_seed(1)
check(roll, 1200, 6).satisfies(
    lambda out: all(140 < (out == face).sum() < 260 for face in range(1, 7)),
    "each face comes about 200 times",
)
solved(roll)
### BEGIN HIDDEN TESTS
for _sides in (1, 2, 6, 20):
    torch.manual_seed(fresh.integer(0, 10_000))
    check(roll, _sides * 1000, _sides).satisfies(
        lambda out: (
            out.dtype == torch.int64
            and out.shape == (_sides * 1000,)
            and sorted(set(out.tolist())) == list(range(1, _sides + 1))
            and all(750 < (out == _face).sum() < 1250 for _face in range(1, _sides + 1))
        ),
        "each of the faces comes about 1000 times",
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which maker</summary>Whole numbers between two limits: <code>torch.randint</code>.</details>
# <details><summary>Hint 2: the limits</summary><code>low</code> is included, <code>high</code> is left out. Which <code>high</code> lets
# <code>sides</code> still come?</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.randint(1, …, (n,))</code>; the shape of one row is the tuple
# <code>(n,)</code>.</details>

# %% [markdown] rows=["S02.3"]
# ### “Like this one”, by chance
#
# `rand_like`, `randn_like` and `randint_like` take over shape, dtype and device, as `zeros_like` did. And the same trap waits: the digits are uint8, and there is no
# number between 0 and 1 in uint8. This time torch says so:

# %% rows=["S02.3"]
for maker in (torch.rand_like, torch.randn_like):
    try:
        maker(images)
    except NotImplementedError as error:
        print("NotImplementedError:", error)
    else:
        raise AssertionError("fractions fitted into uint8")

torch.manual_seed(2)
clean = images[:4] / 16
soft = clean + 0.2 * torch.randn_like(clean)
snow = torch.where(torch.rand_like(clean) < 0.15, torch.ones_like(clean), clean)
any_ink = torch.randint_like(images[:4], low=0, high=17)
assert soft.shape == snow.shape == clean.shape and any_ink.dtype == torch.uint8
assert any_ink.max() == 16 and 0.05 < (snow != clean).float().mean() < 0.25

figure, axes = plt.subplots(4, 4, figsize=(6, 6))
rows = (
    ("clean", clean),
    ("+ randn_like", soft),
    ("rand_like", snow),
    ("randint_like", any_ink),
)
for line_of_axes, (name, pictures) in zip(axes, rows, strict=True):
    line_of_axes[0].set_ylabel(name)
    for axis, picture in zip(line_of_axes, pictures, strict=True):
        axis.imshow(picture.numpy(), cmap="gray")
        axis.set(xticks=[], yticks=[])
figure.tight_layout()

# %% [markdown] rows=["S02.3"]
# “Not implemented for `Byte`”: Byte is torch's old name for uint8. For whole numbers nobody has written that draw. Say `dtype=torch.float32`, or start from floats
# as we did.
#
# ### `normal`: four forms
#
# A bell curve has a middle, `mean`, and a spread, `std` (the *standard deviation*: two thirds of all draws lie less than one `std` from the middle). Each of
# the two may be one number or a tensor with a value for every cell.
#
# | `mean` | `std` | what comes |
# |---|---|---|
# | tensor | tensor | every cell from a curve of its own |
# | tensor | number | own middles, one spread |
# | number | tensor | one middle, own spreads |
# | number | number | one curve; then you must say the `size` |

# %% rows=["S02.3"]
torch.manual_seed(2)
mean, std = torch.tensor([0.0, 100.0, 200.0]), torch.tensor([0.0, 1.0, 10.0])
both = torch.normal(mean, std)
only_mean = torch.normal(mean, std=1.0)
only_std = torch.normal(mean=5.0, std=std)
neither = torch.normal(mean=5.0, std=1.0, size=(3,))
for name, drawn in (
    ("both", both),
    ("mean", only_mean),
    ("std", only_std),
    ("none", neither),
):
    print(f"tensors: {name:5}", drawn)
    assert drawn.shape == (3,)
assert both[0] == 0 and only_std[0] == 5
assert abs(only_mean[1] - 100) < 5 and abs(neither.mean() - 5) < 3

for refused in (
    lambda: torch.normal(5.0, 1.0),
    lambda: torch.normal(mean, -std),
    lambda: torch.normal(torch.zeros(2), torch.ones(3)),
):
    try:
        refused()
    except (TypeError, RuntimeError) as error:
        print(f"{type(error).__name__}: {str(error).splitlines()[0][:76]}")
    else:
        raise AssertionError("torch drew from an impossible curve")

# %% [markdown] rows=["S02.3"]
# Two numbers and no `size`: how many should it draw? A negative spread: there is none. Shapes that do not fit: see [chapter 01](../01_tensors/01_tensors.ipynb), *shapes that stretch*. And when they fit, they
# do stretch: a mean of shape `(12, 1)` and a std of shape `(12, 30)` give `(12, 30)`.
#
# What for? Here are the real means and spreads of Seattle's warmest temperature, for twelve stretches of 30 days, and a year that **never was**.

# %% rows=["S02.3"]
real = load_weather().values[:360, 1].reshape(12, 30)
middles, spreads = real.mean(dim=1, keepdim=True), real.std(dim=1, keepdim=True)
torch.manual_seed(7)
invented = torch.normal(middles, spreads.expand(12, 30))
assert invented.shape == real.shape
assert (invented.mean(dim=1, keepdim=True) - middles).abs().max() < 3

figure, axis = plt.subplots(figsize=(8, 2.8))
axis.plot(real.flatten().numpy(), label="2012", color="#0077BB")
axis.plot(invented.flatten().numpy(), label="invented", color="#D55E00", alpha=0.6)
axis.set(xlabel="day of the year", ylabel="°C", title="A real year, and one that never was")
axis.legend()
figure.tight_layout()

# %% [markdown] rows=["S02.3"]
# Look closely: the invented year jumps more. Real days resemble the day before; `normal` draws every cell on its own.

# %% [markdown] rows=["S02.3"]
# ### Exercise 2.10 · Years that never were
# ●●○○ · 8 minutes · 2 points
#
# An insurance company wants thousands of possible days for several places at once. Each place has a mean and a spread of its own. Write
# `imagine(means, stds, days)`: one **line for each day**, one **column for each place**, and every cell drawn on its own.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "imagine"}
def imagine(means, stds, days):
    """Invented temperatures.

    means, stds: float32, shape (places,), stds >= 0; days: int, 1 or more.
    Returns: float32, shape (days, places); column j has mean means[j] and spread stds[j].
    """
    ### BEGIN SOLUTION
    size = (days, len(means))
    return torch.normal(means.expand(size), stds.expand(size))
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_imagine", "points": 2}
places = torch.tensor([0.0, 100.0]), torch.tensor([1.0, 5.0])
torch.manual_seed(1)
check(imagine, *places, 190).satisfies(
    lambda out: out.shape == (190, 2), "190 days (lines) and 2 places (columns)"
)
torch.manual_seed(1)
check(imagine, *places, 190).satisfies(
    lambda out: abs(out[:, 0].mean()) < 0.4 and abs(out[:, 1].mean() - 100) < 2,
    "the means of the two columns are about 0 and 100",
)
torch.manual_seed(1)
check(imagine, *places, 190).satisfies(
    lambda out: abs(out[:, 0].std() - 1) < 0.3 and abs(out[:, 1].std() - 5) < 1.5,
    "the spreads of the two columns are about 1 and 5",
)
torch.manual_seed(1)
check(imagine, *places, 190).satisfies(
    lambda out: abs(torch.corrcoef(out.t())[0, 1]) < 0.4,
    "a warm day in one place says nothing about the other",
)
solved(imagine)
### BEGIN HIDDEN TESTS
torch.manual_seed(fresh.integer(0, 10_000))
for _count in (1, 3):
    _means, _stds = fresh.floats(_count) * 10, fresh.integers(1, 9, _count).float()
    check(imagine, _means, _stds, 2000).satisfies(
        lambda out: (
            out.shape == (2000, _count)
            and bool(((out.mean(0) - _means).abs() < 0.2 * _stds).all())
            and bool(((out.std(0) - _stds).abs() < 0.2 * _stds).all())
            and len(out.unique()) > 1900
        ),
        "the means and spreads of the columns are those asked for, and no day is repeated",
    )
check(imagine, torch.tensor([4.0, 5.0]), torch.zeros(2), 3).gives(
    torch.tensor([[4.0, 5.0], [4.0, 5.0], [4.0, 5.0]])
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which form</summary>Both means and spreads are tensors. <code>normal</code> then draws <i>one</i> number for each of
# their cells; so they must be as large as the result before you draw.</details>
# <details><summary>Hint 2: larger</summary><code>means.expand(days, len(means))</code> repeats the row of means for every day, without
# copying.</details>
# <details><summary>Hint 3: nearly there</summary>Expand both to <code>(days, len(means))</code> and give them to <code>torch.normal</code>.</details>

# %% [markdown] rows=["S02.3"]
# ### `bernoulli`: a coin for each cell
#
# `torch.bernoulli(input)` reads every cell of `input` as a probability, from 0 to 1, and tosses: 1 for heads, 0 for tails. The result has the shape and dtype of
# `input`, so `input` must hold floats.

# %% rows=["S02.3"]
assert torch.bernoulli(torch.tensor([0.0, 1.0, 0.0])).tolist() == [0.0, 1.0, 0.0]
for refused in (
    lambda: torch.bernoulli(torch.tensor([1.5])),
    lambda: torch.bernoulli(torch.tensor([0, 1])),
    lambda: torch.bernoulli(0.5),
):
    try:
        refused()
    except (RuntimeError, NotImplementedError, TypeError) as error:
        print(f"{type(error).__name__}: {str(error)[:76]}")
    else:
        raise AssertionError("torch tossed an impossible coin")

# %% [markdown] rows=["S02.3"]
# ### Exercise 2.11 · Forget on purpose
# ●●●○ · 8 minutes · 3 points
#
# While a network learns, it helps to make it forget: each number is set to 0 with probability `p`, so that no part can rely on another. This is *dropout*
# ([chapter 07](../07_modules/07_modules.ipynb)). What is left is **divided by `1 - p`**, so that the sum stays about the same.
#
# Write `drop(x, p)`. Toss one coin **for each cell**. Do not use torch's own dropout yet; how would you then know what it does?


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "drop"}
def drop(x, p):
    """x with some cells set to 0, the others scaled up.

    x: float32, any shape; p: float, 0 <= p < 1, the probability of a 0.
    Returns: a new tensor like x; each cell is 0 with probability p, else x / (1 - p).
    """
    ### BEGIN SOLUTION
    keep = torch.bernoulli(torch.full_like(x, 1 - p))
    return x * keep / (1 - p)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_drop", "points": 3}
check(drop, torch.tensor([2.0, -3.0]), 0.0).gives(torch.tensor([2.0, -3.0]))
torch.manual_seed(1)
check(drop, torch.ones(1000), 0.2).satisfies(
    lambda out: 130 < (out == 0).sum() < 270, "about 200 of 1000 cells become 0"
)
torch.manual_seed(1)
check(drop, torch.ones(1000), 0.2).satisfies(
    lambda out: bool(((out == 0) | ((out - 1.25).abs() < 1e-4)).all()),
    "1, divided by 1 - 0.2, is 1.25: every cell is 0 or 1.25",
)
solved(drop)
### BEGIN HIDDEN TESTS
torch.manual_seed(fresh.integer(0, 10_000))
for _p in (0.1, 0.5, 0.9):
    for _x in fresh.layouts(fresh.floats(40, 50) + 20):
        _before = _x.clone()
        check(drop, _x, _p).satisfies(
            lambda out: (
                out.shape == _x.shape
                and abs((out == 0).float().mean() - _p) < 0.07
                and torch.allclose(out[out != 0], _x[out != 0] / (1 - _p), rtol=1e-4)
                and bool(((out == 0).float().mean(0) - _p).abs().max() < 0.5)
                and torch.equal(_x, _before)
            ),
            "cells become 0 with probability p, the others x / (1 - p), and x stays as it was",
        )
check(drop, torch.zeros(0, 3), 0.5).gives(torch.zeros(0, 3))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the coins</summary>You need a coin for every cell of <code>x</code>: a tensor of probabilities in its shape. Which
# <code>_like</code> makes it?</details>
# <details><summary>Hint 2: heads or tails</summary><code>p</code> is the probability of <i>losing</i> a cell. A coin that shows 1 keeps it, so its
# probability is <code>1 - p</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>keep = torch.bernoulli(torch.full_like(x, 1 - p))</code>; multiply, and divide by
# <code>1 - p</code>.</details>

# %% [markdown] rows=["S02.4"]
# ## 7 · Chance that you can repeat
#
# A computer cannot toss coins. Its “random” numbers come from a machine with a wheel inside, the **generator**: a fixed rule turns the wheel by one step and reads off a number.
# Where the wheel stands first is called the **seed**. Same seed, same numbers, in the same order.
#
# | you write | it does |
# |---|---|
# | `torch.manual_seed(5)` | puts the wheel to the place with the name 5 |
# | `torch.initial_seed()` | says from which seed the wheel started |
# | `torch.seed()` | puts the wheel to an unforeseeable place, and says which |
# | `torch.get_rng_state()` | a copy of the wheel as it stands *now*, as a uint8 tensor |
# | `torch.set_rng_state(state)` | puts it back there |

# %% id="predict-seed" rows=["S02.4"]
torch.manual_seed(5)
a = torch.rand(3)
b = torch.rand(3)
torch.manual_seed(5)
c = torch.rand(3)

predict(
    "Which of a == b, a == c, b == c hold for all numbers? Write a list of three, such as [True, True, True].",
    mine=...,
    truth=lambda: [torch.equal(a, b), torch.equal(a, c), torch.equal(b, c)],
)

# %% rows=["S02.4"]
assert torch.equal(a, c) and not torch.equal(a, b)
assert torch.initial_seed() == 5
assert torch.equal(torch.rand(3), b)

state = torch.get_rng_state()
assert state.dtype == torch.uint8 and state.dim() == 1
first = torch.rand(3)
torch.set_rng_state(state)
assert torch.equal(torch.rand(3), first) and torch.initial_seed() == 5
print("the state is", tuple(state.shape), state.dtype, "and brings back", first)

unforeseen = torch.seed()
assert isinstance(unforeseen, int) and torch.initial_seed() == unforeseen
print("torch.seed() chose", unforeseen)

# %% [markdown] rows=["S02.4"]
# Notice the difference: `initial_seed` names where the wheel **started**, the state says where it **is**. And `torch.seed()` does not only tell you a number: it moves the wheel.
# Print that number, and you can repeat even a run that nobody planned to repeat.
#
# `manual_seed` sets the generators of *all* devices. The state belongs to one: `get_rng_state` is the CPU's; a card has its own (`torch.cuda.get_rng_state`).
#
# What a seed does **not** promise: the wheel turns for everything that draws. One draw more somewhere in the program, another size, another dtype, and everything after it is different. Another
# device or another version of torch may turn it differently too.

# %% rows=["S02.4"]
torch.manual_seed(5)
torch.rand(1)
assert not torch.equal(torch.rand(3), a)

torch.manual_seed(5)
short = torch.randn(8)
torch.manual_seed(5)
long = torch.randn(16)
assert not torch.equal(short, long[:8])
print("randn(8):     ", short[:4])
print("randn(16)[:4]:", long[:4])

# %% [markdown] rows=["S02.3", "S02.4"]
# ### A generator of your own
#
# One wheel that everybody turns is a nuisance: your shuffling changes their weights. So each of the makers in section 6 takes **`generator=`**, a wheel of your own. Make it on the device
# that you draw on.

# %% rows=["S02.3", "S02.4"]
mine = torch.Generator(device=device)
mine.manual_seed(5)
shared_before = torch.get_rng_state()
own = dict(generator=mine, device=device)
drawn = [
    torch.rand(3, **own),
    torch.randn(3, **own),
    torch.randint(low=0, high=9, size=(3,), **own),
    torch.randperm(n=9, **own),
    torch.bernoulli(torch.full((3,), 0.5, device=device), generator=mine),
    torch.normal(mean=torch.zeros(3, device=device), std=1.0, generator=mine),
]
assert torch.equal(torch.get_rng_state(), shared_before)
assert mine.initial_seed() == 5 and all(d.device.type == device.type for d in drawn)
mine.manual_seed(5)
assert torch.equal(torch.rand(3, generator=mine, device=device), drawn[0])
print("six draws, and the shared wheel has not moved")

# %% [markdown] rows=["S02.3", "S02.4"]
# ### Exercise 2.12 · Shuffle together
# ●●●○ · 10 minutes · 3 points
#
# Before training, pictures are shuffled, together with their labels. A colleague's network learned nothing at all for a week:


# %% rows=["S02.3"]
def their_shuffle(pictures, labels, seed):
    torch.manual_seed(seed)
    return pictures[torch.randperm(len(pictures))], labels[torch.randperm(len(labels))]


mixed_images, mixed_labels = their_shuffle(images, labels, 0)
right_pairs = sum(
    bool((images[labels == label] == picture).all(dim=(1, 2)).any())
    for picture, label in zip(mixed_images[:200], mixed_labels[:200], strict=True)
)
print(f"of 200 shuffled digits {right_pairs} still have the right label")
assert right_pairs < 60

# %% [markdown] rows=["S02.3", "S02.4"]
# About one in ten, as if the labels had been guessed. Write `shuffle_together(pictures, labels, seed)`: both in the **same** random order. The same seed must
# give the same order every time. And there is a second fault in their version: it turns the wheel that everybody shares. Leave that one alone.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "shuffle_together"}
def shuffle_together(pictures, labels, seed):
    """Pictures and labels in one and the same random order.

    pictures: shape (n, ...); labels: shape (n,); seed: int.
    Returns: a tuple of two new tensors, shuffled pictures and shuffled labels. torch's shared generator is not touched.
    """
    ### BEGIN SOLUTION
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    return pictures[order], labels[order]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_shuffle_together", "points": 3}
torch.manual_seed(1)
state = torch.get_rng_state()
# picture i holds the numbers 2i and 2i + 1, and its label is i
pairs = torch.arange(20).reshape(10, 2), torch.arange(10)
first = check(shuffle_together, *pairs, 0).satisfies(
    lambda out: torch.equal(out[0][:, 0], 2 * out[1]), "every picture keeps its label"
)
check(shuffle_together, *pairs, 0).satisfies(
    lambda out: out[1].sort().values.tolist() == list(range(10)),
    "every label is there exactly once",
)
check(shuffle_together, *pairs, 0).satisfies(
    lambda out: torch.equal(out[1], first[1]), "the same seed gives the same order again"
)
check(shuffle_together, *pairs, 1).satisfies(
    lambda out: not torch.equal(out[1], first[1]), "another seed gives another order"
)
torch.set_rng_state(state)
check(shuffle_together, *pairs, 0).satisfies(
    lambda out: torch.equal(torch.get_rng_state(), state),
    "the generator that everybody shares stands where it stood",
)
solved(shuffle_together)
### BEGIN HIDDEN TESTS
for _n in (0, 1, 2, 30):
    _seed, _shared = fresh.integer(0, 10_000), torch.get_rng_state()
    _labels = fresh.integers(0, 9, _n)
    for _pictures in fresh.layouts(fresh.floats(_n, 3, 2)):
        _given = [(_p.tolist(), _l) for _p, _l in zip(_pictures, _labels.tolist())]
        _out = check(shuffle_together, _pictures, _labels, _seed).satisfies(
            lambda out: (
                sorted((_p.tolist(), _l) for _p, _l in zip(out[0], out[1].tolist()))
                == sorted(_given)
                and (_n < 30 or out[0].tolist() != [_g[0] for _g in _given])
                and torch.equal(torch.get_rng_state(), _shared)
            ),
            "the same pairs in another order, and the shared generator untouched",
        )
        check(shuffle_together, _pictures, _labels, _seed).satisfies(
            lambda out: torch.equal(out[0], _out[0]) and torch.equal(out[1], _out[1]),
            "the same seed gives the same order",
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: how many orders</summary>Their version draws two orders, one for the pictures and one for the labels. How many should there
# be?</details>
# <details><summary>Hint 2: a wheel of its own</summary><code>torch.Generator().manual_seed(seed)</code> makes a generator, sets it, and gives it back.
# <code>randperm</code> takes it by the name <code>generator</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>order = torch.randperm(len(labels), generator=…)</code>; then index both tensors with
# <code>order</code>.</details>

# %% [markdown] rows=["S02.4"]
# ### Exercise 2.13 · Leave no trace
# ●●○○ · 7 minutes · 2 points
#
# While a training runs you want to look at a few random examples. But looking draws, and the training after it would come out differently. Write
# `without_trace(draw)`: call `draw()`, return what it returns, and leave torch's shared generator **where it stood before**.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "without_trace"}
def without_trace(draw):
    """Call draw, and put torch's generator (the CPU's) back afterwards.

    draw: a function without parameters that may draw random numbers.
    Returns: what draw() returns.
    """
    ### BEGIN SOLUTION
    state = torch.get_rng_state()
    result = draw()
    torch.set_rng_state(state)
    return result
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_without_trace", "points": 2}
def three_numbers():
    return torch.rand(3)


torch.manual_seed(3)
torch.rand(5)  # the wheel is in the middle of its way
before = torch.get_rng_state()
expected = three_numbers()

torch.set_rng_state(before)
check(without_trace, three_numbers).satisfies(
    lambda out: torch.equal(out, expected), "it returns the numbers that draw drew"
)
torch.set_rng_state(before)
check(without_trace, three_numbers).satisfies(
    lambda out: torch.equal(torch.get_rng_state(), before),
    "the generator stands where it stood before",
)
solved(without_trace)
### BEGIN HIDDEN TESTS
for _ in range(4):
    torch.manual_seed(fresh.integer(0, 10_000))
    torch.randn(fresh.integer(1, 20))
    _state, _count = torch.get_rng_state(), fresh.integer(1, 9)
    for _draw in (torch.rand, torch.randperm, torch.randn):
        torch.set_rng_state(_state)
        _right = _draw(_count)
        torch.set_rng_state(_state)
        check(without_trace, lambda: _draw(_count)).satisfies(
            lambda out: (
                torch.equal(out, _right) and torch.equal(torch.get_rng_state(), _state)
            ),
            "what draw returns, and the generator where it stood",
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: where, not from where</summary>The seed says where the wheel once started. You need the place where it stands now.</details>
# <details><summary>Hint 2: three steps</summary>Remember the state, draw, put the state back. Keep the result in a name, so that you can return it at the
# end.</details>
# <details><summary>Hint 3: nearly there</summary><code>state = torch.get_rng_state()</code> before <code>draw()</code>, and
# <code>torch.set_rng_state(state)</code> after it.</details>

# %% [markdown] rows=["S02.4"]
# ### Claim check: is 42 the best seed?
#
# You will read, half in earnest, that one should always take 42, because it makes models more accurate. That can be measured. Here is a reader of handwriting that knows only 60
# digits: it gives a new one the label of the most similar of the 60. *Which* 60 is up to chance, so to the seed. We try all seeds from 0 to 99.

# %% rows=["S02.4"]
flat = images.flatten(1).float()
shares = []
for seed in range(100):
    known = torch.randperm(1500, generator=torch.Generator().manual_seed(seed))[:60]
    nearest = torch.cdist(flat[1500:], flat[known]).argmin(dim=1)
    shares.append((labels[known][nearest] == labels[1500:]).float().mean().item())
shares = torch.tensor(shares)

# %% id="predict-42"
predict(
    "How many of the other 99 seeds read more digits correctly than seed 42? Guess a number from 0 to 99.",
    mine=...,
    truth=lambda: int((shares > shares[42]).sum()),
)

# %% rows=["S02.4"]
print(f"seed 42: {shares[42]:.1%}; the best is seed {shares.argmax()}: {shares.max():.1%}")
print(
    f"all seeds: {shares.mean():.1%} on average, from {shares.min():.1%}, spread {shares.std():.1%}"
)
assert shares.argmax() != 42 and (shares > shares[42]).sum() > 3
assert shares.max() - shares.min() > 0.1

figure, axis = plt.subplots(figsize=(7, 2.6))
axis.hist(shares.numpy(), bins=20, color="#0077BB")
axis.axvline(shares[42].item(), color="#D55E00", linewidth=3, label="seed 42")
axis.set(xlabel="share of new digits read correctly", ylabel="seeds")
axis.legend()
figure.tight_layout()

# %% [markdown] rows=["S02.4"]
# 42 did quite well here. So did many others, and some did better; with other data it would be others. A seed has no merit. What the picture does show is the **spread**: about 15 points between the unluckiest
# and the luckiest seed, with the very same method. Whoever tries many seeds and reports the best one reports their luck.
#
# Take any seed, say which one, and when it matters try several and give the average *and* the spread.

# %% [markdown] rows=["S02.4"]
# ### Exercise 2.14 · The same seed, and yet
# ●●○○ · 12 minutes · 4 points
#
# *A person reads this answer.* Two friends run a training program with `torch.manual_seed(0)` in its first line. Explain each of the following in two or three sentences, and say what to do about it:
#
# 1. Anna adds a line that prints `torch.rand(1)`, at the beginning. From then on her start weights differ from Ben's.
# 2. Ben moves `torch.manual_seed(0)` *into* the function that makes one batch of noise, “to be on the safe side”. Now every batch has the same noise.
# 3. Anna runs the program with five seeds: 81 %, 88 %, 79 %, 84 %, 83 %. Ben says: “Then write 88 % into the report.”
#
# Then describe how you would arrange the random numbers in a program that makes weights, shuffles and adds noise, so that a change in one of the three does not move the other two.

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "explain_seeds", "points": 4}
# ### BEGIN SOLUTION
# 1. All draws come from one generator, in order. The extra draw turns the wheel by one step, so every later draw gets other numbers. Draw the extra number from a generator of its own, or put the state back afterwards.
# 2. Setting the seed puts the wheel back to the same place, so each batch starts from the same numbers. Seed once, at the start of the program (or make the generator once and pass it in).
# 3. The five numbers are draws from a distribution: about 83 %, give or take 3. The best of five is luck and would not come again with a new seed. Report the mean and the spread, and how many seeds.
#
# Arrangement: three torch.Generator objects, each with a seed of its own (say seed, seed + 1, seed + 2), one for weights, one for shuffling, one for noise; each is passed with generator=. Their draws then do not touch each other or the shared generator.
#
# Points: 1 for “one wheel, in order” with a remedy, 1 for seeding once, 1 for mean and spread with a reason, 1 for separate generators (or saved and restored states).
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - Data: `torch.tensor` copies, `torch.from_numpy` shares. Say `dtype` and `device` where it matters; the defaults are set by `set_default_dtype` and `set_default_device`.
# - `_like` takes over shape, dtype **and** device; overrule by name. 0.5 in whole numbers is 0.
# - `arange` leaves its end out and has the quotient *rounded up* many numbers; with fractions use `linspace`. `logspace` takes exponents.
# - `empty` is not empty: it is whatever was there. `out=` gives back the very tensor that you passed.
# - Sparse saves memory only when nearly everything is zero. Pinned memory is for what travels to a card.
# - `randint`, like `arange`, leaves its end out.
# - One shared wheel turns for all draws. `generator=` is a wheel of your own; the *state* is where a wheel stands, the *seed* where it started.
#
# | maker | its own parameters | takes a `generator` |
# |---|---|---|
# | `tensor` · `from_numpy` | `data` · the array | |
# | `zeros`, `ones`, `empty` · `full` | `size` · `size`, `fill_value` | |
# | `zeros_like`, `ones_like`, `empty_like` · `full_like` | `input` · `input`, `fill_value` | |
# | `empty_strided` | `size`, `stride` | |
# | `arange` | `start`, `end`, `step` | |
# | `linspace` · `logspace` | `start`, `end`, `steps` · and `base` | |
# | `rand`, `randn` · `randint` | `size` · `low`, `high`, `size` | yes |
# | `rand_like`, `randn_like` · `randint_like` | `input` · `input`, `low`, `high` | yes |
# | `normal` | `mean`, `std`, and `size` for two numbers | yes |
# | `bernoulli` | `input`, the probabilities | yes |
# | `randperm` | `n` | yes |
#
# Nearly all take `dtype`, `layout`, `device`, `requires_grad` and `pin_memory`; those without an `input` take `out` too. `normal` and `bernoulli` read dtype and device off what you give them. The next cell checks the table.
#
# Next: [chapter 03](../03_operations/03_operations.ipynb), where tensors are joined, cut and turned.

# %% rows=["S02.2", "S02.3", "S02.4"]
x, g = torch.ones(3), torch.Generator().manual_seed(0)
whole = torch.empty(3, dtype=torch.int64)
every = dict(dtype=torch.float32, layout=torch.strided, device="cpu", pin_memory=False)
for maker in (torch.zeros, torch.ones, torch.empty):
    assert maker(3, out=x) is x and maker(3, **every).shape == (3,)
for maker in (torch.rand, torch.randn):
    assert maker(3, generator=g, requires_grad=True, **every).is_leaf
    assert maker(3, generator=g, out=x) is x
for maker in (torch.rand_like, torch.randn_like):
    assert maker(x, generator=g, requires_grad=True, **every).requires_grad
assert torch.randint_like(x, low=2, high=5, generator=g, **every).min() >= 2
assert torch.randint(low=2, high=5, size=(3,), generator=g, out=whole) is whole
assert torch.randperm(n=3, generator=g, out=whole) is whole
assert torch.randperm(3, dtype=torch.int32, device="cpu").dtype == torch.int32
assert torch.normal(mean=0.0, std=1.0, size=(3,), generator=g, out=x) is x
assert torch.normal(mean=torch.zeros(3), std=torch.ones(3), generator=g, out=x) is x
assert torch.bernoulli(input=torch.rand(3), generator=g, out=x) is x
for maker, own in (
    (torch.full, {"size": (3,), "fill_value": 2.0}),
    (torch.arange, {"start": 0, "end": 3, "step": 1}),
    (torch.linspace, {"start": 0, "end": 3, "steps": 3}),
    (torch.logspace, {"start": 0, "end": 3, "steps": 3, "base": 2}),
):
    assert maker(**own, out=x) is x and maker(**own, **every).shape == (3,)
print("the table holds")

# %% [markdown]
# ### Exercise 2.15 · Quiz
# ●○○○ · 6 minutes · 2 points
#
# One letter for each question.
#
# **q1** `torch.zeros_like(labels)`, where `labels` is int64 on a graphics card, is
# - (a) float32 on the CPU
# - (b) int64 on the card
# - (c) float32 on the card
#
# **q2** How many numbers has `torch.arange(0, 7, 2)`?
# - (a) 4: 0, 2, 4, 6
# - (b) 3, because 7 / 2 is 3.5
# - (c) 5, with both ends
#
# **q3** `torch.empty(3)` holds
# - (a) zeros
# - (b) nothing: it has no elements
# - (c) whatever was in that memory before
#
# **q4** A table (1000, 1000) of float32 is half zeros. As `torch.sparse_coo` it takes
# - (a) more memory: each number that is kept has two coordinates of 8 bytes
# - (b) about half of the memory
# - (c) the same, only in another order
#
# **q5** You need an int64 tensor of whole numbers from 1 to 10, both included
# - (a) `torch.randint(1, 10, (5,))`
# - (b) `torch.randint(1, 11, (5,))`
# - (c) `torch.rand(5) * 10`
#
# **q6** In the middle of a program you want to draw without changing what comes after
# - (a) `torch.manual_seed(torch.initial_seed())` after your draw
# - (b) `torch.seed()` before your draw
# - (c) a `torch.Generator()` of your own for your draw

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "b", "q2": "a", "q3": "c", "q4": "a", "q5": "b", "q6": "c"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 2}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "b",
    "q2": "a",
    "q3": "c",
    "q4": "a",
    "q5": "b",
    "q6": "c",
}
### END HIDDEN TESTS

# ---
# jupyter:
#   course:
#     title: "tensors: numbers in a shape"
#     minutes: 240
#     needs:
#       - "Python: lists, functions, loops"
#     objectives:
#       - "Say the shape, dtype, device and memory of a tensor, and why each is so"
#       - "Arrange pictures and time series the way that networks want them"
#       - "Tell a view from a copy, and say when view must fail"
#       - "Cross the bridge to NumPy and back without surprises"
#       - "Calculate and choose with whole tensors, without loops"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 01 · Tensors: numbers in a shape
#
# **After this chapter you can**
# - say the shape, dtype, device and memory of a tensor, and why each is so;
# - arrange pictures and time series the way that networks want them;
# - tell a view from a copy, and say when `view` must fail;
# - cross the bridge to NumPy and back without surprises;
# - calculate and choose with whole tensors, without loops.
#
# **Time:** about four hours, with 21 exercises and a quiz. There is a good place to stop in the middle; it says so.
# **Before this:** Python (lists, functions, loops). [Chapter 00](../00_orientation/00_orientation.ipynb) helps, but you can start here.
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the dots
# *before* you run the cell. Being wrong there is free, and it is how this chapter sticks.

# %% id="setup"
import inspect
import math

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
    show_broadcast,
    show_strides,
    show_tensor,
    solved,
)

# %% [markdown]
# ### Do you remember?
#
# Three questions about [chapter 00](../00_orientation/00_orientation.ipynb). If you start here, guess.

# %% id="recall-alias"
first = [1, 2]
second = first
second.append(3)
predict(
    "Two names, one list: second = first, then second.append(3). What is first now? Write a list.",
    mine=...,
    truth=lambda: first,
)


# %% id="recall-source"
def what_happens():
    try:
        inspect.getsource(torch.add)
    except Exception as error:
        return type(error).__name__


predict(
    "torch.add is compiled. Which error does inspect.getsource(torch.add) raise? Write its name.",
    mine=...,
    truth=what_happens,
)


# %% id="recall-step"
def weight_changes_in():
    weight = torch.tensor(1.0, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1)
    (weight * 3).backward()
    after_backward = weight.item()
    optimizer.step()
    return "backward" if after_backward != 1 else "step" if weight.item() != 1 else "neither"


predict(
    "In one turn of learning, which call changes the weights: 'backward' or 'step'?",
    mine=...,
    truth=weight_changes_in,
)

# %% [markdown] rows=["S01.1"]
# ## 1 · A number, a row, a table, a pile
#
# A thermometer gives one number. A week of it gives a row. A week in four cities gives a table. A year of such tables is
# a pile. To torch all of these are the same kind of thing: a **tensor**, numbers arranged in a **shape**.
#
# | everyday | name | dimensions | shape |
# |---|---|---|---|
# | one number | scalar | 0 | `()` |
# | a row | vector | 1 | `(7,)` |
# | a table | matrix | 2 | `(4, 7)` |
# | a pile of tables | 3-d tensor | 3 | `(52, 4, 7)` |
#
# And so on; there is no last one.

# %% rows=["S01.1"]
scalar = torch.tensor(21.5)
vector = torch.tensor([21.5, 19.0, 23.0])
matrix = torch.tensor([[21.5, 19.0, 23.0], [11.0, 12.5, 10.0]])
pile = torch.tensor([[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]])

for tensor in (scalar, vector, matrix, pile):
    print(tensor.dim(), "dimensions, shape", tuple(tensor.shape))
assert [t.dim() for t in (scalar, vector, matrix, pile)] == [0, 1, 2, 3]
assert matrix.shape == (2, 3) and pile.shape == (3, 2, 2)
show_tensor(pile, "pile")

# %% [markdown] rows=["S01.1"]
# **Reading a shape aloud helps.** Count brackets from the outside in: the outermost list of `pile` has 3 entries, each of
# them has 2, each of those has 2. So: 3 by 2 by 2. The last size is always the innermost list.

# %% id="predict-shape"
predict(
    "Which shape has torch.tensor([[[1], [2]]])? Write a tuple.",
    mine=...,
    truth=lambda: tuple(torch.tensor([[[1], [2]]]).shape),
)

# %% [markdown] rows=["S01.1"]
# All rows must be equally long. A tensor has no holes:

# %% rows=["S01.1"]
try:
    torch.tensor([[1, 2], [3]])
except ValueError as error:
    print("ValueError:", error)
else:
    raise AssertionError("torch accepted a ragged list")

# %% [markdown] rows=["S01.1"]
# Read it like this: at dim 1 torch expected 2 numbers (as in the first row), and got 1.
#
# ### Real numbers
#
# Here are 1,797 digits that people wrote by hand. Each is a tiny picture of 8 × 8 pixels. A pixel says how much ink there
# is, from 0 (none) to 16 (full). Three dimensions: **which picture, which row, which column**.

# %% rows=["S01.1"]
images, labels = load_digits()
print(
    "images:",
    tuple(images.shape),
    images.dtype,
    "from",
    images.min().item(),
    "to",
    images.max().item(),
)
print("labels:", tuple(labels.shape), labels.dtype)
assert images.shape == (1797, 8, 8) and images.dtype == torch.uint8
show_tensor(images[0], f"the first picture, a {labels[0].item()}")

# %% [markdown] rows=["S01.1"]
# `dtype` is the kind of number in every cell: all cells share one. These are `uint8`: whole numbers from 0 to 255, one
# byte each. The ones you meet most:
#
# | dtype | holds | bytes each | typical for |
# |---|---|---|---|
# | `torch.float32` | numbers with a fraction | 4 | nearly everything in a network |
# | `torch.float64` | the same, more digits | 8 | NumPy's habit |
# | `torch.int64` | whole numbers | 8 | labels, positions |
# | `torch.uint8` | 0 … 255 | 1 | pixels |
# | `torch.bool` | True, False | 1 | masks |
#
# A network wants floats between 0 and 1 rather than ink from 0 to 16. Division with `/` makes floats out of whole
# numbers by itself; `//` divides and throws the fraction away.

# %% rows=["S01.1", "S01.8"]
ink = torch.tensor([0, 8, 12, 16], dtype=torch.uint8)
print(ink / 16)
print(ink // 16)
assert (ink / 16).dtype == torch.float32 and (ink / 16).tolist() == [0.0, 0.5, 0.75, 1.0]
assert (ink // 16).dtype == torch.uint8 and (ink // 16).tolist() == [0, 0, 0, 1]

# %% [markdown] rows=["S01.1", "S01.8"]
# ### Exercise 1.1 · Ink to floats
# ●○○○ · 4 minutes · 1 point
#
# Write `to_unit(images, largest)`: pixels from 0 to `largest` become float32 from 0 to 1. The scale is `largest`, even when
# no pixel of this picture happens to be full.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "to_unit"}
def to_unit(images, largest):
    """Pixels, scaled to 0 … 1.

    images: uint8, any shape, values 0 … largest; largest: int.
    Returns: float32, the shape of images.
    """
    ### BEGIN SOLUTION
    return images / largest
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_to_unit", "points": 1}
check(to_unit, torch.tensor([[0, 8], [16, 4]], dtype=torch.uint8), 16).gives(
    torch.tensor([[0.0, 0.5], [1.0, 0.25]])
)
check(to_unit, torch.tensor([51, 102], dtype=torch.uint8), 255).gives(
    torch.tensor([0.2, 0.4])
)
solved(to_unit)
### BEGIN HIDDEN TESTS
for _shape in ((), (0,), (5,), (3, 4), (2, 3, 2)):
    for _largest in (16, 100, 255):
        _pixels = fresh.integers(0, _largest, *_shape).to(torch.uint8)
        for _p in fresh.layouts(_pixels):
            check(to_unit, _p, _largest).gives(_pixels.double().div(_largest).float())
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: where to start</summary>One division does it. Torch applies it to every pixel at once.</details>
# <details><summary>Hint 2: which division</summary>Look at the two results of the cell above. Which of them has float32?</details>
# <details><summary>Hint 3: nearly there</summary><code>images / largest</code> is the whole answer. All that is left is to return it.</details>

# %% [markdown] rows=["S01.1", "S01.5"]
# ### How big is it?
#
# `numel()` counts the cells: all sizes multiplied. Times the bytes of one cell, and you know the memory, before you
# have made anything.

# %% rows=["S01.1", "S01.5"]
print(images.numel(), "cells of", images.dtype.itemsize, "byte:", images.nbytes, "bytes")
assert images.numel() == 1797 * 8 * 8
assert images.nbytes == images.numel() * images.dtype.itemsize
as_floats = images / 16
print(
    as_floats.numel(),
    "cells of",
    as_floats.dtype.itemsize,
    "bytes:",
    as_floats.nbytes,
    "bytes",
)
assert as_floats.nbytes == 4 * images.nbytes

# %% id="predict-numel"
predict(
    "A scalar has shape (). How many cells has it? What does torch.tensor(5).numel() say?",
    mine=...,
    truth=lambda: torch.tensor(5).numel(),
)

# %% [markdown] rows=["S01.1", "S01.5"]
# ### Exercise 1.2 · Will it fit?
# ●○○○ · 5 minutes · 1 point
#
# Before you load 10,000 photos onto a graphics card you want to know whether they fit. Write `bytes_needed(shape, dtype)`: the bytes
# that a tensor of that shape and dtype takes. Do not make the tensor; it may not fit. `dtype.itemsize` is the size of one cell.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "bytes_needed"}
def bytes_needed(shape, dtype):
    """The bytes that the cells of a tensor take.

    shape: tuple of ints, possibly (); dtype: a torch.dtype.
    Returns: int.
    """
    ### BEGIN SOLUTION
    return math.prod(shape) * dtype.itemsize
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_bytes_needed", "points": 1}
check(bytes_needed, (2, 3), torch.uint8).gives(6)
check(bytes_needed, (32, 3, 224, 224), torch.float32).gives(19_267_584)
check(bytes_needed, (), torch.float64).gives(8)
solved(bytes_needed)
### BEGIN HIDDEN TESTS
for _n in (0, 1, 2, 3, 4):
    for _dtype in (torch.bool, torch.uint8, torch.float16, torch.float32, torch.int64):
        _shape = fresh.shape(_n, 0, 6)
        check(bytes_needed, _shape, _dtype).gives(torch.zeros(_shape, dtype=_dtype).nbytes)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two numbers</summary>How many cells? How many bytes for one?</details>
# <details><summary>Hint 2: the cells</summary>Multiply all sizes. Start a product at 1, so that the empty shape gives one cell.</details>
# <details><summary>Hint 3: nearly there</summary><code>math.prod(shape)</code> is the number of cells; multiply it by
# <code>dtype.itemsize</code>.</details>

# %% id="use-bytes-needed"
try:
    photos = (10_000, 3, 1080, 1920)
    for kind in (torch.uint8, torch.float32):
        print(f"10,000 photos as {kind}: {bytes_needed(photos, kind) / 2**30:.0f} GiB")
except NotImplementedError:
    print("First write bytes_needed above; then run this cell again.")

# %% [markdown] rows=["S01.1"]
# ## 2 · Colour: which dimension comes first?
#
# A colour picture is three grey pictures in one: how much red, how much green, how much blue. These are its **channels**.
# So it has three dimensions. But in which order?
#
# Cameras, picture files, NumPy and matplotlib say **height, width, channel**: the three colours of one pixel stand side by
# side. You will read in many texts that this *is* the order. **torch's layers want channel, height, width**: three whole sheets, one
# after another.
#
# Let us make one out of three real digits: a 0 in red, a 1 in green, a 2 in blue.

# %% rows=["S01.1"]
sheets = torch.stack([images[0], images[1], images[2]]) / 16
assert sheets.shape == (3, 8, 8)
print("channel, height, width:", tuple(sheets.shape))
show_tensor(sheets, "sheets: red, green, blue")

# %% [markdown] rows=["S01.1"]
# matplotlib wants the channels last. **`permute`** names the old dimensions in their new order: `permute(1, 2, 0)` says
# “first what was dim 1, then what was dim 2, last what was dim 0”.


# %% rows=["S01.1"]
def look(*pictures):
    """Show pictures side by side. Each is a pair: a title, and a tensor (height, width, 3) or (height, width)."""
    figure, axes = plt.subplots(
        1, len(pictures), figsize=(2.6 * len(pictures), 2.9), squeeze=False
    )
    for place, (title, picture) in zip(axes[0], pictures, strict=True):
        place.imshow(picture.numpy(), cmap="gray")
        place.set(title=title, xlabel="column", ylabel="row")
    figure.tight_layout()


photo = sheets.permute(1, 2, 0)
assert photo.shape == (8, 8, 3)
assert torch.equal(photo[4, 5], sheets[:, 4, 5])
red, green, blue = torch.eye(3)
look(
    ("red: a 0", photo * red),
    ("green: a 1", photo * green),
    ("blue: a 2", photo * blue),
    ("all three", photo),
)

# %% [markdown] rows=["S01.1"]
# The assertion says what `permute` promises: the pixel in row 4, column 5 has the same three colours as before. Only the
# names of its coordinates changed places.
#
# `reshape` also gives `(8, 8, 3)`. Does it give the same picture?

# %% id="predict-reshape"
predict(
    "Is sheets.reshape(8, 8, 3) equal to sheets.permute(1, 2, 0)? True or False",
    mine=...,
    truth=lambda: torch.equal(sheets.reshape(8, 8, 3), sheets.permute(1, 2, 0)),
)

# %% rows=["S01.1"]
scrambled = sheets.reshape(8, 8, 3)
assert scrambled.shape == photo.shape and not torch.equal(scrambled, photo)
look(("permute", photo), ("reshape", scrambled))

# %% [markdown] rows=["S01.1"]
# `reshape` reads all numbers in one long row, as you read a page, and cuts that row anew. The right shape, and every pixel
# in the wrong place. No error! This slip has ruined many an afternoon.
#
# And if you hand a layer the picture in the camera's order? `conv2d` slides small filters over a picture ([chapter 07](../07_modules/07_modules.ipynb)). Here are 2
# filters for 3 channels. First the right order, then the camera's:

# %% rows=["S01.1"]
filters = torch.ones(2, 3, 3, 3)
print("channels first:", tuple(torch.nn.functional.conv2d(sheets, filters).shape))
assert torch.nn.functional.conv2d(sheets, filters).shape == (2, 6, 6)
try:
    torch.nn.functional.conv2d(photo, filters)
except RuntimeError as error:
    print("channels last: ", error)
else:
    raise AssertionError("torch accepted channels last")

# %% [markdown] rows=["S01.1"]
# “Expected to have 3 channels, but got 8”: it took the height for the channels. When you read such a message, look at the order
# of your dimensions first.

# %% [markdown] rows=["S01.1"]
# ### Exercise 1.3 · From the camera to torch
# ●○○○ · 5 minutes · 1 point
#
# Write `channels_first(photo)`: from (height, width, channel) to (channel, height, width). Every pixel keeps its colours.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "channels_first"}
def channels_first(photo):
    """A photo in the order that torch's layers want.

    photo: shape (height, width, channels), any dtype.
    Returns: shape (channels, height, width), the dtype of photo.
    """
    ### BEGIN SOLUTION
    return photo.permute(2, 0, 1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_channels_first", "points": 1}
# one row of two pixels: the first has the colours 1, 2, 3, the second 4, 5, 6
check(channels_first, torch.tensor([[[1, 2, 3], [4, 5, 6]]])).gives(
    torch.tensor([[[1, 4]], [[2, 5]], [[3, 6]]])
)
check(channels_first, torch.tensor([[[0.1, 0.2]], [[0.3, 0.4]], [[0.5, 0.6]]])).gives(
    torch.tensor([[[0.1], [0.3], [0.5]], [[0.2], [0.4], [0.6]]])
)
solved(channels_first)
### BEGIN HIDDEN TESTS
for _ in range(5):
    _h, _w = fresh.shape(2, 1, 5)
    for _photo in fresh.layouts(fresh.integers(0, 255, _h, _w, 3).to(torch.uint8)):
        check(channels_first, _photo).gives(
            torch.stack([_photo[:, :, _c] for _c in range(3)])
        )
check(channels_first, torch.zeros(4, 0, 3)).gives(torch.zeros(3, 4, 0))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: move or cut?</summary>A dimension has to move. reshape cuts; permute moves.</details>
# <details><summary>Hint 2: say it aloud</summary>“First what was the channel, then what was the height, then what was the width.” Put in
# the old numbers of these dimensions.</details>
# <details><summary>Hint 3: nearly there</summary>Channel was dim 2, height 0, width 1: <code>photo.permute(2, 0, 1)</code>.</details>

# %% [markdown] rows=["S01.2"]
# ## 3 · Time: samples, steps, features
#
# Here is a real series: four years of daily weather in Seattle. One row for each day, one column for each thing measured.

# %% rows=["S01.2"]
weather = load_weather()
print(weather.columns, "in", weather.units)
print(tuple(weather.values.shape), "from", weather.start)
assert weather.values.shape == (1461, 4) and weather.values.dtype == torch.float32
show_tensor(weather.values[:7], "the first week")


# %% rows=["S01.2"]
def plot_year():
    """The warmest and the coldest temperature of each day of the first year, with the first four weeks marked."""
    figure, axis = plt.subplots(figsize=(8, 2.8))
    axis.plot(weather.values[:366, 1].numpy(), label="temp_max", color="#D55E00")
    axis.plot(weather.values[:366, 2].numpy(), label="temp_min", color="#0077BB")
    for week in range(4):
        axis.axvspan(
            7 * week, 7 * week + 7, color="#009E73", alpha=0.35 if week % 2 else 0.15
        )
    axis.set(
        title="Seattle, 2012; the first four weeks are shaded",
        xlabel="day of the year",
        ylabel="°C",
    )
    axis.legend()
    figure.tight_layout()


plot_year()

# %% [markdown] rows=["S01.2"]
# A network that looks for patterns in time does not get one endless table. It gets many short pieces of equal length: for
# example weeks. Think of a trader who says: *look at the last 30 days of price and volume, and guess tomorrow*. One such piece is a
# **sample**; its days are the **time steps**; price and volume are the **features**.
#
# So a batch of series has three dimensions: **(samples, time steps, features)**.
#
# To cut the first four weeks out of our table, we cut each 28 days into 4 pieces of 7. The features stay as they are. Here
# `reshape` is right: days are read in order, one after another, and a week *is* seven days in a row.

# %% rows=["S01.2"]
four_weeks = weather.values[:28].reshape(4, 7, 4)
assert torch.equal(four_weeks[2, 3], weather.values[2 * 7 + 3])
print("(samples, time steps, features):", tuple(four_weeks.shape))
show_tensor(four_weeks[:2], "the first two of them")

# %% [markdown] rows=["S01.2", "S01.5"]
# One size may be left to torch. `-1` means “whatever is needed, so that the number of cells stays the same”.

# %% rows=["S01.2", "S01.5"]
assert weather.values[:28].reshape(-1, 7, 4).shape == (4, 7, 4)
try:
    weather.values.reshape(-1, 7, 4)
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("1461 days are no whole number of weeks")

# %% [markdown] rows=["S01.2"]
# 5844 numbers are no whole number of weeks of 28 numbers each. 1461 days are 208 weeks and 5 days.

# %% [markdown] rows=["S01.2"]
# ### Exercise 1.4 · Cut into weeks
# ●●○○ · 7 minutes · 2 points
#
# Write `weeks(values, days)`: cut a table into pieces of `days` rows, one after another. Rows that are left over at the
# **end** are dropped. It must also work when nothing is left over.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "weeks"}
def weeks(values, days):
    """A table cut into pieces that do not overlap.

    values: shape (n, features), any dtype; days: int, 1 or more.
    Returns: shape (n // days, days, features).
    """
    ### BEGIN SOLUTION
    count = len(values) // days
    return values[: count * days].reshape(count, days, values.shape[1])
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_weeks", "points": 2}
# seven days of two features, in pieces of three days: the seventh day is dropped
check(
    weeks, torch.tensor([[1, 10], [2, 20], [3, 30], [4, 40], [5, 50], [6, 60], [7, 70]]), 3
).gives(torch.tensor([[[1, 10], [2, 20], [3, 30]], [[4, 40], [5, 50], [6, 60]]]))
# nothing left over
check(weeks, torch.tensor([[1.0], [2.0], [3.0], [4.0]]), 2).gives(
    torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]]])
)
solved(weeks)
### BEGIN HIDDEN TESTS
for n, d, f in ((0, 2, 3), (1, 3, 2), (6, 3, 1), (11, 4, 3), (9, 1, 2), (5, 5, 4)):
    for _values in fresh.layouts(fresh.floats(n, f)):
        _right = torch.zeros(n // d, d, f)
        for _i in range(n // d):
            _right[_i] = _values[_i * d : _i * d + d]
        check(weeks, _values, d).gives(_right)
check(weeks, load_weather().values, 7).satisfies(
    lambda out: out.shape == (208, 7, 4), "four years are 208 weeks of 4 features"
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: how many</summary><code>len(values) // days</code> whole pieces fit. How many rows are these together?</details>
# <details><summary>Hint 2: drop, then cut</summary>Keep the first so many rows with a slice, then reshape to three sizes. (A slice that
# counts from the end goes wrong when nothing is left over: <code>values[:-0]</code> is empty.)</details>
# <details><summary>Hint 3: nearly there</summary>With <code>count = len(values) // days</code>, reshape
# <code>values[: count * days]</code> to <code>(count, days, values.shape[1])</code>.</details>

# %% [markdown] rows=["S01.2"]
# ### Windows that overlap
#
# The trader looks every day at the *last* 30 days. Tomorrow the window moves by one day; the two overlap. From `n` days you get
# `n - 30 + 1` windows, many more samples than by cutting.
#
# `unfold(dim, size, step)` makes such windows. Look well at the order of its dimensions.

# %% id="predict-unfold"
predict(
    "weather.values has shape (1461, 4). Which shape has weather.values.unfold(0, 30, 1)?",
    mine=...,
    truth=lambda: tuple(weather.values.unfold(0, 30, 1).shape),
)

# %% rows=["S01.2"]
small = torch.tensor([[1, 10], [2, 20], [3, 30], [4, 40]])
unfolded = small.unfold(0, 3, 1)
assert unfolded.shape == (2, 2, 3)
assert torch.equal(unfolded[1, 0], torch.tensor([2, 3, 4]))
show_tensor(unfolded, "small.unfold(0, 3, 1)")

# %% [markdown] rows=["S01.2"]
# The time steps stand **last**: (samples, features, time steps). That is not the order that we want. `transpose(a, b)` swaps two
# dimensions; it is a `permute` for lazy people.

# %% [markdown] rows=["S01.2"]
# ### Exercise 1.5 · Sliding windows
# ●●●○ · 10 minutes · 3 points
#
# Write `windows(series, steps)`: every window of `steps` rows in a row, as (samples, time steps, features). With `unfold`, with slices in a
# loop, or otherwise.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "windows"}
def windows(series, steps):
    """All windows of so many rows; each starts one row after the one before.

    series: shape (n, features), any dtype; steps: int, 1 <= steps <= n.
    Returns: shape (n - steps + 1, steps, features).
    """
    ### BEGIN SOLUTION
    return series.unfold(0, steps, 1).transpose(1, 2)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_windows", "points": 3}
check(windows, torch.tensor([[1, 10], [2, 20], [3, 30], [4, 40], [5, 50]]), 3).gives(
    torch.tensor(
        [
            [[1, 10], [2, 20], [3, 30]],
            [[2, 20], [3, 30], [4, 40]],
            [[3, 30], [4, 40], [5, 50]],
        ]
    )
)
check(windows, torch.tensor([[0.1], [0.2], [0.3], [0.4]]), 2).gives(
    torch.tensor([[[0.1], [0.2]], [[0.2], [0.3]], [[0.3], [0.4]]])
)
check(windows, torch.tensor([[5, 6], [7, 8]]), 2).gives(torch.tensor([[[5, 6], [7, 8]]]))
solved(windows)
### BEGIN HIDDEN TESTS
for n, s, f in ((1, 1, 1), (4, 4, 2), (6, 2, 2), (7, 3, 4), (5, 1, 3)):
    for _series in fresh.layouts(fresh.floats(n, f)):
        _right = torch.zeros(n - s + 1, s, f)
        for _i in range(n - s + 1):
            for _j in range(s):
                _right[_i, _j] = _series[_i + _j]
        check(windows, _series, s).gives(_right)
check(windows, load_weather().values, 30).satisfies(
    lambda out: out.shape == (1432, 30, 4), "1461 days have 1432 windows of 30 days"
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: count</summary>Four rows have two windows of three: they start at row 0 and at row 1. The last one ends with the last
# row.</details>
# <details><summary>Hint 2: two ways</summary>Either <code>unfold</code>, and then swap its last two dimensions. Or
# <code>torch.stack</code> of the slices <code>series[i : i + steps]</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>series.unfold(0, steps, 1)</code> is (samples, features, steps);
# <code>.transpose(1, 2)</code> swaps the last two.</details>

# %% [markdown] rows=["S01.3"]
# ## 4 · `torch.tensor` and `torch.Tensor`
#
# One letter of difference. `torch.Tensor` is the **class**: the type that every tensor has. `torch.tensor` is a **function**:
# it builds a tensor out of your data.

# %% rows=["S01.3"]
row = torch.tensor([1, 2, 3])
assert isinstance(torch.Tensor, type)
assert not isinstance(torch.tensor, type) and callable(torch.tensor)
assert type(row) is torch.Tensor
print(torch.Tensor, "made", type(row))

# %% [markdown] rows=["S01.3"]
# The function does two good things. It **infers the dtype** from what you give: whole numbers give int64, fractions float32, truth
# values bool; the widest wins. And it always **copies**: the tensor has memory of its own.

# %% rows=["S01.3"]
for data in ([1, 2], [1, 2.0], [True, False], [True, 2]):
    print(f"{data!s:16} → {torch.tensor(data).dtype}")
assert (
    torch.tensor([1, 2]).dtype == torch.int64
    and torch.tensor([1, 2.0]).dtype == torch.float32
)
assert (
    torch.tensor([True, False]).dtype == torch.bool
    and torch.tensor([True, 2]).dtype == torch.int64
)

array = np.array([1, 2, 3])
copied = torch.tensor(array)
array[0] = 99
assert copied.tolist() == [1, 2, 3]

# %% [markdown] rows=["E37", "S01.3"]
# ### Claim check: are they the same but for class and function?
#
# A text you may meet leaves it there: one is a class, one is a function, people usually call the function. It sounds as if both did
# the same. Calling the class works too. What does it give?

# %% id="predict-e37"
predict(
    "torch.tensor(3) has shape (). Which shape has torch.Tensor(3), with a capital T? Write a tuple.",
    mine=...,
    truth=lambda: tuple(torch.Tensor(3).shape),
)

# %% rows=["E37", "S01.3"]
one, three = torch.tensor(3), torch.Tensor(3)
assert one.shape == () and one.dtype == torch.int64 and one.item() == 3
assert three.shape == (3,) and three.dtype == torch.float32
print("torch.tensor(3)       ", one)
print("torch.Tensor(3)       ", three, "← three numbers, whatever was in memory")

assert torch.Tensor([3]).shape == (1,) and torch.Tensor([3]).dtype == torch.float32
print("torch.tensor([3])     ", torch.tensor([3]))
print("torch.Tensor([3])     ", torch.Tensor([3]))

# %% [markdown] rows=["E37", "S01.3"]
# The class reads a plain number as a **size**. `torch.Tensor(3)` is room for three float32 numbers, and **nothing is written there**: you see what
# the memory held before. It may look like zeros today and like rubbish tomorrow. And whatever you give it, the class makes
# **float32**, which has only about seven digits.

# %% rows=["E37", "S01.3"]
big = 16_777_217
print("in :", big)
print("out:", int(torch.Tensor([big])[0]))
assert int(torch.Tensor([big])[0]) == 16_777_216
assert torch.tensor([big])[0].item() == big

try:
    torch.Tensor([1, 2], dtype=torch.int64)
except TypeError as error:
    print("TypeError:", str(error).splitlines()[0])
else:
    raise AssertionError("the class took a dtype")

# %% [markdown] rows=["E37", "S01.3"]
# **So: `torch.tensor` for data, and for empty room say so, with `torch.empty(3)`.** The class is for `isinstance(x, torch.Tensor)`.

# %% [markdown] rows=["E37", "S01.3"]
# ### Exercise 1.6 · Repair the customer numbers
# ●●○○ · 7 minutes · 2 points
#
# A colleague wrote this. It passed every test they thought of:


# %% rows=["E37", "S01.3"]
def their_ids_of(numbers):
    return torch.Tensor(numbers)


print(their_ids_of([1, 2, 3]))
print(their_ids_of([7, 16_777_217]).long())
print(their_ids_of(3).shape)
assert their_ids_of([7, 16_777_217]).long().tolist() == [7, 16_777_216]

# %% [markdown] rows=["E37", "S01.3"]
# Now customer 16,777,217 gets the bills of 16,777,216, and a lone customer 3 becomes three strangers. Write `ids_of(numbers)` so
# that it is right for a list of ints, for a single int, and for an empty list.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "ids_of"}
def ids_of(numbers):
    """Customer numbers as a tensor.

    numbers: a list of ints, possibly empty, or a single int.
    Returns: int64, shape (n,); shape (1,) for a single int.
    """
    ### BEGIN SOLUTION
    return torch.tensor(numbers, dtype=torch.int64).reshape(-1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_ids_of", "points": 2}
check(ids_of, [7, 16_777_217]).gives(torch.tensor([7, 16_777_217]))
check(ids_of, 3).gives(torch.tensor([3]))
check(ids_of, []).gives(torch.tensor([], dtype=torch.int64))
solved(ids_of)
### BEGIN HIDDEN TESTS
for _n in (0, 1, 2, 5):
    _numbers = fresh.integers(2**24, 2**40, _n).tolist()
    _right = torch.zeros(_n, dtype=torch.int64)
    for _i, _v in enumerate(_numbers):
        _right[_i] = _v
    check(ids_of, _numbers).gives(_right)
    for _v in _numbers:
        check(ids_of, _v).gives(torch.full((1,), _v, dtype=torch.int64))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the function</summary>Use <code>torch.tensor</code>, with a small t. What does it infer for an empty list? Ask it:
# <code>torch.tensor([]).dtype</code>.</details>
# <details><summary>Hint 2: the shape</summary><code>torch.tensor(3)</code> has no dimension at all. <code>reshape(-1)</code> makes one row out of
# anything.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.tensor(numbers, dtype=torch.int64)</code>, and then one
# <code>reshape(-1)</code>.</details>

# %% [markdown] rows=["S01.4"]
# ## 5 · What a tensor knows about itself
#
# Eight attributes. Three describe the numbers, one holds them, and four serve **autograd**, the part of torch that works out how
# a result changes when its inputs change (chapters [05](../05_graphs/05_graphs.ipynb) and [06](../06_autograd/06_autograd.ipynb)). You only need to recognise these four here.
#
# | attribute | says |
# |---|---|
# | `shape` | how many cells along each dimension |
# | `dtype` | what kind of number stands in each cell |
# | `device` | where the numbers live: `cpu`, `cuda:0`, … |
# | `data` | the numbers themselves, cut off from autograd |
# | `requires_grad` | should autograd follow what is done with it? |
# | `grad_fn` | which operation made it; `None` if you made it |
# | `is_leaf` | did it come from you, rather than from a followed operation? |
# | `grad` | the gradient, once it has been worked out |

# %% rows=["S01.4"]
weights = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
loss = (weights * weights).sum()


def passport(name, tensor):
    """Print seven of the eight attributes."""
    print(name)
    for attribute in (
        "shape",
        "dtype",
        "device",
        "data",
        "requires_grad",
        "grad_fn",
        "is_leaf",
    ):
        print(f"  {attribute:14}", getattr(tensor, attribute))


passport("weights: made by us", weights)
passport("loss: made by an operation", loss)
assert (
    weights.shape == (3,)
    and weights.dtype == torch.float32
    and weights.device.type == "cpu"
)
assert weights.requires_grad and weights.is_leaf and weights.grad_fn is None
assert (
    loss.requires_grad
    and not loss.is_leaf
    and type(loss.grad_fn).__name__ == "SumBackward0"
)

# %% [markdown] rows=["S01.4"]
# `loss` remembers that a sum made it. That memory is how autograd finds its way back. `backward()` walks it, and fills `grad` at
# the leaves. The sum of squares grows by 2·w when w grows: so we expect 2, 4, 6.

# %% rows=["S01.4"]
assert weights.grad is None
loss.backward()
assert weights.grad.tolist() == [2.0, 4.0, 6.0] and weights.grad.shape == weights.shape
weights.grad

# %% id="predict-leaf"
predict(
    "torch.tensor([1., 2.]) * 2 is made by an operation, but nothing requires grad. Is it a leaf? True or False",
    mine=...,
    truth=lambda: (torch.tensor([1.0, 2.0]) * 2).is_leaf,
)

# %% [markdown] rows=["S01.4"]
# `True`: autograd did not follow that multiplication, so there is nothing to walk back to.
#
# ### Why to leave `.data` alone
#
# `x.data` and `x.detach()` both give the numbers without autograd, **in the same memory**. The difference shows when someone
# writes into them. We square 3, so the gradient should be 2 · 3 = 6. In between, someone multiplies the number by ten behind autograd's back.

# %% rows=["S01.4"]
x = torch.tensor([3.0], requires_grad=True)
square = x * x
x.data.mul_(10)
square.sum().backward()
print("through .data:     gradient", x.grad.item(), "— wrong, and nobody said a word")
assert x.grad.item() == 60.0

x = torch.tensor([3.0], requires_grad=True)
square = x * x
x.detach().mul_(10)
try:
    square.sum().backward()
except RuntimeError as error:
    print("through .detach(): RuntimeError:", str(error).split(":")[0])
else:
    raise AssertionError("autograd did not notice")

# %% [markdown] rows=["S01.4"]
# With `detach()` autograd notices and refuses to give a wrong answer. With `.data` it cannot notice. Old code is full of `.data`; in
# your own write `detach()`.

# %% [markdown] rows=["S01.4"]
# ### Exercise 1.7 · Keep the best weights
# ●●○○ · 6 minutes · 2 points
#
# During training you want to keep the best weights so far, while the weights themselves go on changing. Write
# `snapshot(weights)`: the numbers of now, in **memory of their own**, with **no tie to autograd**, and of the same dtype.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "snapshot"}
def snapshot(weights):
    """A copy of the values that later changes do not reach.

    weights: any shape and dtype; may require grad.
    Returns: like weights; requires_grad is False and no memory is shared.
    """
    ### BEGIN SOLUTION
    return weights.detach().clone()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_snapshot", "points": 2}
plain = torch.tensor([5, 6, 7])
check(snapshot, plain).satisfies(
    lambda out: out is not plain, "the snapshot is another tensor than the weights"
)
check(snapshot, torch.tensor([1.0, 2.0], requires_grad=True)).gives(
    torch.tensor([1.0, 2.0]), graph=False, own_memory=True
)
check(snapshot, torch.tensor([0.25], dtype=torch.float64)).gives(
    torch.tensor([0.25], dtype=torch.float64), own_memory=True
)
solved(snapshot)
### BEGIN HIDDEN TESTS
for _shape in ((), (0, 2), (3,), (2, 4)):
    for _dtype in (torch.float32, torch.float64, torch.int64):
        for _t in fresh.layouts(fresh.floats(*_shape).mul(10).to(_dtype)):
            check(snapshot, _t).gives(_t.clone(), own_memory=True)
    _leaf = fresh.floats(*_shape, requires_grad=True)
    check(snapshot, _leaf).gives(_leaf.detach().clone(), graph=False, own_memory=True)
    check(snapshot, _leaf * 2).gives(
        (_leaf * 2).detach().clone(), graph=False, own_memory=True
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two wishes</summary>One method cuts the tie to autograd, another one copies. You need both.</details>
# <details><summary>Hint 2: which</summary><code>detach()</code> cuts the tie but shares memory. <code>clone()</code> copies but keeps the
# tie.</details>
# <details><summary>Hint 3: nearly there</summary><code>weights.detach().clone()</code></details>

# %% [markdown]
# > **A good place to stop.** You know what a tensor is, and what it knows. The second half is about where its numbers lie, and what you
# > can do with them.

# %% [markdown] rows=["S01.5"]
# ## 6 · One row of memory: views and copies
#
# Memory is one long row of cells. It knows no tables. A table is a way of *reading* that row, and the rule for reading is two numbers,
# the **strides**: how many cells to skip for one step down, and for one step to the right.


# %% rows=["S01.5"]
def memory_row(tensor):
    """Every cell of the memory that a tensor reads from, in the order in which they lie there."""
    return torch.empty(0, dtype=tensor.dtype).set_(tensor.untyped_storage())


table = torch.tensor([[10, 11, 12], [20, 21, 22]])
print("shape", tuple(table.shape), " strides", table.stride())
assert table.stride() == (3, 1)
show_tensor(memory_row(table), "the memory of table")

# %% [markdown] rows=["S01.5"]
# Strides `(3, 1)`: one row down means 3 cells further, one column to the right means 1 cell further. So `table[1, 2]` lies at
# 1 · 3 + 2 · 1 = 5, the last cell.
#
# Now the clever part. To *transpose* the table, nobody has to move a number. It is enough to swap the two strides:

# %% rows=["S01.5"]
turned = table.t()
print("shape", tuple(turned.shape), " strides", turned.stride())
assert turned.shape == (3, 2) and turned.stride() == (1, 3)
assert (
    torch.equal(memory_row(turned), memory_row(table))
    and turned.data_ptr() == table.data_ptr()
)
show_tensor(turned, "turned: the same memory, read otherwise")

# %% [markdown] rows=["S01.5"]
# See it for yourself. Click into the picture and press <kbd>→</kbd>: you walk over `turned`, element by element, and see which cell of the memory each one is. Then walk over `table`, with the buttons above.

# %% rows=["S01.5"]
show_strides(table, turned)

# %% [markdown] rows=["S01.5"]
# `turned` is a **view**: another way of reading the same memory. `data_ptr()` is the address of the first cell; here both are
# equal. Writing through one shows in the other:

# %% rows=["S01.5"]
turned[0, 1] = 99
assert table[1, 0].item() == 99
table

# %% [markdown] rows=["S01.5"]
# Slices are views too. A column begins one cell later and takes every third:

# %% rows=["S01.5"]
column = table[:, 1]
print(
    "shape",
    tuple(column.shape),
    " stride",
    column.stride(),
    " begins at cell",
    column.storage_offset(),
)
assert (
    column.tolist() == [11, 21] and column.stride() == (3,) and column.storage_offset() == 1
)
show_strides(table, column)


# %% id="predict-view"
def write_into_a_slice():
    grid = torch.zeros(2, 2)
    left = grid[:, 0]
    left[0] = 7
    return grid[0, 0].item()


predict(
    "What does write_into_a_slice() return?",
    mine=...,
    truth=write_into_a_slice,
)

# %% [markdown] rows=["S01.5"]
# ### Exercise 1.8 · Strides by hand
# ●●○○ · 7 minutes · 2 points
#
# A new tensor is laid down row after row, so that the last dimension has stride 1. Write `row_strides(shape)`: the strides of such a tensor,
# as a tuple. For `(2, 3)` they are `(3, 1)`. How many cells does one step along the first dimension of `(2, 3, 4)` skip?


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "row_strides"}
def row_strides(shape):
    """The strides of a tensor that lies in memory row after row.

    shape: tuple of ints, each 1 or more; possibly ().
    Returns: tuple of ints, as long as shape.
    """
    ### BEGIN SOLUTION
    return tuple(math.prod(shape[d + 1 :]) for d in range(len(shape)))
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_row_strides", "points": 2}
check(row_strides, (2, 3, 4)).gives((12, 4, 1))
check(row_strides, (5, 2)).gives((2, 1))
check(row_strides, (7,)).gives((1,))
check(row_strides, ()).gives(())
solved(row_strides)
### BEGIN HIDDEN TESTS
for _ in range(3):
    for _dims in (0, 1, 2, 3, 4, 5):
        _shape = fresh.shape(_dims, 1, 4)
        check(row_strides, _shape).gives(torch.empty(_shape).stride())
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: from the back</summary>One step along the last dimension: 1 cell. One step along the one before: a whole row of
# the last. And before that: a whole table.</details>
# <details><summary>Hint 2: a product</summary>The stride of a dimension is the product of all sizes <i>after</i> it. Its own size does not
# count.</details>
# <details><summary>Hint 3: nearly there</summary>For each <code>d</code> it is <code>math.prod(shape[d + 1 :])</code>; collect them in a
# tuple.</details>

# %% [markdown] rows=["S01.5"]
# ### `view`, `size`, `-1`
#
# `view` asks for another shape **of the same memory**. `-1` leaves one size to torch. `size()` is another name for `shape`, and
# `size(0)` gives one of them.

# %% rows=["S01.5"]
twelve = torch.arange(12)
grid = twelve.view(3, -1)
assert grid.shape == (3, 4) and grid.size() == grid.shape and grid.size(1) == 4
assert grid.data_ptr() == twelve.data_ptr()
grid[0, 0] = 100
assert twelve[0].item() == 100
for shape in ((5, -1), (-1, -1)):
    try:
        twelve.view(shape)
    except RuntimeError as error:
        print(shape, "RuntimeError:", error)
    else:
        raise AssertionError(f"view accepted {shape}")

# %% [markdown] rows=["E35", "S01.5"]
# ### Claim check: does `view` work on every tensor?
#
# A text you may meet says that `view` reshapes a tensor, and names one condition: the number of elements must stay the same. `turned`
# has six elements. Does `turned.view(6)` work?

# %% id="predict-e35"
predict(
    "What does turned.view(6) do? Write the list of numbers, or 'error'.",
    mine=...,
    truth=lambda: turned.view(6),
)

# %% rows=["E35", "S01.5"]
assert turned.numel() == 6 and not turned.is_contiguous()
try:
    turned.view(6)
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("view worked on a transposed tensor")

# %% [markdown] rows=["E35", "S01.5"]
# Row by row, `turned` reads the cells 0, 3, 1, 4, 2, 5. For a flat view, *one* stride must lead from each number to the next.
# But the steps are +3, −2, +3, −2, +3. No stride does that. So `view` refuses, rather than copy behind your back.
#
# **`reshape`** helps itself: it gives a view where one is possible, and **copies where it must**. `contiguous()` copies a tensor into
# row-after-row order; after it `view` always works.

# %% rows=["E35", "S01.5"]
flat = turned.reshape(6)
assert flat.tolist() == [10, 99, 11, 21, 12, 22]
assert flat.data_ptr() != turned.data_ptr()
flat[0] = -1
assert turned[0, 0].item() == 10
print("reshape of turned: a copy, so the -1 went into the copy only")

same = table.reshape(6)
assert same.data_ptr() == table.data_ptr()
print("reshape of table:  a view")

ordered = turned.contiguous()
assert ordered.stride() == (2, 1) and ordered.view(6).tolist() == [10, 99, 11, 21, 12, 22]
print("strides before and after contiguous():", turned.stride(), ordered.stride())

# %% [markdown] rows=["E35", "S01.5"]
# A rule for daily life: write `reshape`, unless you *rely* on shared memory. Then write `view`, and let it refuse.

# %% [markdown] rows=["E35", "S01.5"]
# ### Exercise 1.9 · Flatten each sample
# ●●○○ · 6 minutes · 2 points
#
# A simple network wants each picture as one long row. Write `flatten_batch(batch)`: the first dimension stays, all others are
# joined to one. It must work for any memory layout, and for an empty batch (the last one of a day may have no picture at all).


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "flatten_batch"}
def flatten_batch(batch):
    """Each sample as one row.

    batch: shape (n, ...), two dimensions or more, any dtype and layout; n may be 0.
    Returns: shape (n, cells of one sample).
    """
    ### BEGIN SOLUTION
    return batch.flatten(start_dim=1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_flatten_batch", "points": 2}
check(
    flatten_batch, torch.tensor([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]])
).gives(torch.tensor([[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]))
# a permuted batch: its memory is not in row-after-row order
check(flatten_batch, torch.tensor([[[1, 3], [2, 4]]]).permute(0, 2, 1)).gives(
    torch.tensor([[1, 2, 3, 4]])
)
# an empty batch
check(flatten_batch, torch.zeros(0, 2, 3)).gives(torch.zeros(0, 6))
solved(flatten_batch)
### BEGIN HIDDEN TESTS
for _shape in ((3, 2), (1, 4, 2), (2, 3, 2, 2), (0, 5), (2, 0, 3)):
    for _batch in fresh.layouts(fresh.floats(*_shape)):
        check(flatten_batch, _batch).gives(
            torch.tensor(_batch.tolist()).reshape(_shape[0], math.prod(_shape[1:]))
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: any layout</summary>Which of <code>view</code> and <code>reshape</code> may copy?</details>
# <details><summary>Hint 2: nothing in it</summary>With 0 elements, <code>-1</code> could be any number, so torch refuses to guess. Multiply the
# sizes of one sample yourself, or ask a method that knows where to begin: <code>flatten</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>batch.flatten(start_dim=1)</code> joins everything from dimension 1 on.</details>

# %% [markdown] rows=["E35", "S01.5"]
# ### When exactly does `view` refuse?
#
# Often you read: “`view` needs a contiguous tensor”. Nearly. Look at every second column of a table:

# %% rows=["E35", "S01.5"]
wide = torch.arange(12).reshape(3, 4)
every_second = wide[:, ::2]
print("shape", tuple(every_second.shape), " strides", every_second.stride())
assert not every_second.is_contiguous() and every_second.stride() == (4, 2)
assert every_second.view(6).tolist() == [0, 2, 4, 6, 8, 10] and every_second.view(
    6
).stride() == (2,)

left_half = wide[:, :2]
print("shape", tuple(left_half.shape), " strides", left_half.stride())
assert left_half.stride() == (4, 1)
try:
    left_half.view(6)
except RuntimeError as error:
    print("RuntimeError:", str(error).split(" (")[0])
else:
    raise AssertionError("view worked")

# %% [markdown] rows=["E35", "S01.5"]
# The first is not contiguous, and yet `view` works: 0, 2, 4, 6, 8, 10 are evenly spaced. In the second, the cells are 0, 1, 4, 5, 8, 9:
# not evenly spaced.
#
# Draw it: read a tensor row by row, and mark for each number the cell in which it lies. **`view(-1)` works when the path is a straight line.**


# %% rows=["E35", "S01.5"]
def draw_paths(**tensors):
    """For each tensor: which memory cell is read at each step of reading it row by row."""
    figure, axes = plt.subplots(
        1, len(tensors), figsize=(2.6 * len(tensors), 2.7), sharey=True
    )
    for place, (name, tensor) in zip(axes, tensors.items(), strict=True):
        cells = torch.arange(12).as_strided(tensor.shape, tensor.stride()).flatten()
        steps = cells.diff()
        straight = bool((steps == steps[0]).all())
        colour, line, word = (
            ("#009E73", "-", "straight: view works")
            if straight
            else ("#D55E00", ":", "not straight: it refuses")
        )
        place.plot(cells.numpy(), marker="o", color=colour, linestyle=line)
        place.set_title(f"{name}\n{word}", fontsize=9)
        place.set(xlabel="step of reading", yticks=range(0, 12, 2))
    axes[0].set_ylabel("memory cell")
    figure.tight_layout()


draw_paths(table=table, turned=turned, every_second=every_second, left_half=left_half)

# %% [markdown] rows=["E35", "S01.5"]
# In numbers: two neighbouring dimensions can be joined when **one step along the first is as long as walking through the whole second**:
#
# `stride[d] == size[d+1] * stride[d+1]`
#
# A dimension of size 1 takes no step at all, so its stride does not matter: leave it out before you compare.

# %% [markdown] rows=["E35", "S01.5"]
# ### Exercise 1.10 · Can it be flat?
# ●●●● · 12 minutes · 3 points
#
# Write `can_be_flat(shape, stride)`: would `view(-1)` work on a tensor of this shape and these strides? `True` or `False`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "can_be_flat"}
def can_be_flat(shape, stride):
    """Whether view(-1) works on a tensor of this shape and these strides.

    shape: tuple of ints, each 1 or more; stride: tuple of ints, as long as shape, each 0 or more.
    Returns: bool.
    """
    ### BEGIN SOLUTION
    steps = [(size, skip) for size, skip in zip(shape, stride, strict=True) if size > 1]
    for (_, outer), (size, inner) in zip(steps, steps[1:]):
        if outer != size * inner:
            return False
    return True
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_can_be_flat", "points": 3}
check(can_be_flat, (2, 3), (3, 1)).gives(True)  # table
check(can_be_flat, (3, 2), (1, 3)).gives(False)  # turned
check(can_be_flat, (3, 2), (4, 2)).gives(True)  # every_second
check(can_be_flat, (3, 2), (4, 1)).gives(False)  # left_half
check(can_be_flat, (3, 1), (2, 1)).gives(True)  # one column of a table: evenly spaced
check(can_be_flat, (2, 1, 3), (3, 9, 1)).gives(True)  # the 9 is never used
check(can_be_flat, (2, 3, 4), (12, 1, 3)).gives(False)
solved(can_be_flat)
### BEGIN HIDDEN TESTS
for _ in range(80):
    _shape = fresh.shape(fresh.integer(0, 4), 1, 3)
    _stride = list(torch.empty(_shape).stride())
    if _shape and fresh.integer(0, 3):
        _where = fresh.integer(0, len(_shape) - 1)
        _stride[_where] = fresh.integer(0, 9)
    _scale = fresh.integer(1, 3)
    _stride = tuple(_s * _scale for _s in _stride)
    try:
        torch.empty_strided(_shape, _stride).view(-1)
        _right = True
    except RuntimeError:
        _right = False
    check(can_be_flat, _shape, _stride).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: tidy up first</summary>Make two new lists, of sizes and of strides, without the dimensions of size 1.</details>
# <details><summary>Hint 2: neighbours</summary>Go through the pairs of neighbours and compare by the rule above. One broken pair is
# enough for False.</details>
# <details><summary>Hint 3: nearly there</summary><code>steps = [(n, s) for n, s in zip(shape, stride) if n &gt; 1]</code>; then for each pair from
# <code>zip(steps, steps[1:])</code> the first stride must be the second size times the second stride.</details>

# %% [markdown] rows=["S01.5"]
# ## 7 · In place, and a single number
#
# A name that ends with an underscore means: **this tensor itself changes**, and is returned. Without it you get a new one.

# %% rows=["S01.5"]
warm = torch.tensor([20.0, 25.0])
warmer = warm.add(1)
assert warm.tolist() == [20.0, 25.0] and warmer.tolist() == [21.0, 26.0]

back = warm.add_(1)
assert back is warm and warm.tolist() == [21.0, 26.0]
warm

# %% [markdown] rows=["S01.5"]
# In place saves memory. It costs two things. Whoever else holds that tensor is surprised. And **the dtype cannot change**: the cells stay as
# they are, so the result must fit in.

# %% rows=["S01.5", "S01.8"]
pixels = torch.tensor([0, 8, 16], dtype=torch.uint8)
try:
    pixels.div_(16)
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("uint8 took fractions")

# %% [markdown] rows=["S01.5"]
# (“Byte” is an old name for uint8.) That one was loud. This one is silent:

# %% id="predict-wrap"
predict(
    "A pixel is 250, dtype uint8. We brighten it with add_(10). What is it now?",
    mine=...,
    truth=lambda: torch.tensor([250], dtype=torch.uint8).add_(10).item(),
)

# %% rows=["S01.5"]
bright = torch.tensor([240, 245, 250, 255], dtype=torch.uint8)
bright.add_(10)
assert bright.tolist() == [250, 255, 4, 9]
bright

# %% [markdown] rows=["S01.5"]
# After 255 comes 0, as on the counter of an old car. The brightest pixels went black. Calculate where there is room, in a wider dtype; cut off at the
# ends; then put the result back. **`a.copy_(b)`** writes the numbers of `b` into the cells of `a`, converting them to `a`'s dtype.

# %% rows=["S01.5"]
cells = torch.zeros(2, dtype=torch.uint8)
cells.copy_(torch.tensor([7.9, 200.0]))
assert cells.tolist() == [7, 200] and cells.dtype == torch.uint8

wide_numbers = torch.tensor([-40, 100, 300]).clamp(min=0, max=255)
assert wide_numbers.tolist() == [0, 100, 255]
wide_numbers

# %% [markdown] rows=["S01.5"]
# ### Exercise 1.11 · Brighter, in place
# ●●●○ · 10 minutes · 3 points
#
# Write `brighten_(image, amount)`. It adds `amount` to every pixel of `image` **in place**, stops at 0 and at 255, and returns that
# same tensor. `amount` is a whole number from −255 to 255.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "brighten_"}
def brighten_(image, amount):
    """Add amount to every pixel, in place, and stay within 0 … 255.

    image: uint8, any shape; it is changed. amount: int, -255 … 255.
    Returns: image itself.
    """
    ### BEGIN SOLUTION
    return image.copy_((image.int() + amount).clamp(min=0, max=255))
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_brighten_", "points": 3}
image = torch.tensor([[10, 200], [250, 0]], dtype=torch.uint8)
lighter = torch.tensor([[30, 220], [255, 20]], dtype=torch.uint8)
check(brighten_, image, 20).gives(
    lighter, changes={"image": lighter}, shares_memory_with="image"
)
darker = torch.tensor([0, 70], dtype=torch.uint8)
check(brighten_, torch.tensor([10, 100], dtype=torch.uint8), -30).gives(
    darker, changes={"image": darker}
)
solved(brighten_)
### BEGIN HIDDEN TESTS
for _shape in ((), (0,), (6,), (4, 5), (2, 3, 3)):
    for _amount in (-255, -40, 0, 1, 90, 255):
        for _image in fresh.layouts(fresh.integers(0, 255, *_shape).to(torch.uint8)):
            _right = torch.empty(_shape, dtype=torch.uint8)
            for _cell, _old in zip(_right.view(-1), _image.reshape(-1).tolist()):
                _cell.fill_(min(255, max(0, _old + _amount)))
            check(brighten_, _image, _amount).gives(
                _right,
                changes={"image": _right},
                shares_memory_with="image" if _image.numel() else None,
            )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: room</summary>Make a wider copy first: <code>image.int()</code>. There 250 + 20 is 270, and 10 − 30 is −20.</details>
# <details><summary>Hint 2: back into the cells</summary>Cut off with <code>clamp(min=0, max=255)</code>. An assignment
# <code>image = …</code> only gives a new tensor the old name; <code>copy_</code> writes into the cells.</details>
# <details><summary>Hint 3: nearly there</summary><code>image.copy_(…)</code> of the clamped <code>image.int() + amount</code>; it
# returns image.</details>

# %% [markdown] rows=["S01.5"]
# ### `.item()`: out of the tensor
#
# A tensor with exactly one cell can give its number to Python. Any shape will do, if only it has one cell. For more cells use `tolist()`.

# %% rows=["S01.5"]
assert torch.tensor(7).item() == 7 and torch.tensor([[7.5]]).item() == 7.5
assert type(torch.tensor(7).item()) is int and type(torch.tensor([[7.5]]).item()) is float
assert torch.tensor([1, 2, 3]).tolist() == [1, 2, 3]
for tensor in (torch.tensor([1, 2, 3]), torch.tensor([])):
    try:
        tensor.item()
    except RuntimeError as error:
        print("RuntimeError:", error)
    else:
        raise AssertionError("item took more or less than one")

# %% [markdown] rows=["S01.5"]
# ### Exercise 1.12 · A better error
# ●●○○ · 6 minutes · 2 points
#
# “Cannot be converted to Scalar” does not help a user of your program. Write `as_number(t)`: the Python number of a tensor with exactly one
# cell, whatever its shape. For any other tensor raise a `ValueError` whose message **says how many elements there are**.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "as_number"}
def as_number(t):
    """The one number in t.

    t: any shape and dtype.
    Returns: int, float or bool, as the dtype is.
    Raises: ValueError, naming the number of elements, when it is not 1.
    """
    ### BEGIN SOLUTION
    if t.numel() != 1:
        raise ValueError(
            f"one number was expected, but the tensor has {t.numel()} elements"
        )
    return t.item()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_as_number", "points": 2}
check(as_number, torch.tensor([[7]])).gives(7)
check(as_number, torch.tensor(2.5)).gives(2.5)
check(as_number, torch.tensor([4.0, 5.0, 6.0])).raises(ValueError, "3")
check(as_number, torch.tensor([])).raises(ValueError, "0")
solved(as_number)
### BEGIN HIDDEN TESTS
for _shape in ((), (1,), (1, 1, 1)):
    check(as_number, fresh.integers(-99, 99, *_shape)).satisfies(
        lambda out: type(out) is int, "an int comes out of int64"
    )
    _one = fresh.floats(*_shape, dtype=torch.float64)
    check(as_number, _one).gives(_one.tolist() if not _shape else float(_one.sum()))
check(as_number, torch.tensor([True])).gives(True)
for _shape in ((0,), (2,), (3, 4), (5, 0), (1, 17)):
    check(as_number, torch.zeros(_shape)).raises(ValueError, str(math.prod(_shape)))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: ask first</summary>Which method counts the cells? Compare with 1, not with the number of dimensions.</details>
# <details><summary>Hint 2: raise</summary><code>raise ValueError(f"… {t.numel()} elements")</code> for everything that is not 1: more, and
# none.</details>
# <details><summary>Hint 3: nearly there</summary>After <code>if t.numel() != 1: raise …</code> only <code>return t.item()</code> is left.</details>

# %% [markdown] rows=["S01.6"]
# ## 8 · Where it lives: devices
#
# The numbers of a tensor lie in the memory of one **device**: `cpu`, or a graphics card (`cuda`, or `mps` on a Mac). You say where with
# `device=` when you make it, and move it with `.to(...)`. `best_device()` finds the fastest one that works on this machine.

# %% rows=["S01.6"]
device = best_device()
print("the best device here:", device)
made_there = torch.zeros(2, 3, device=device)
moved_there = weather.values.to(device)
assert made_there.device.type == moved_there.device.type == device.type

moved_back = moved_there.to("cpu")
assert moved_back.device.type == "cpu" and torch.equal(moved_back, weather.values)

# %% [markdown] rows=["S01.6"]
# `.to` does dtypes as well. And if there is nothing to do, it does nothing: you get **the very same tensor**, not a copy.

# %% id="predict-to"
predict(
    "vector is float32 and on the CPU. Is vector.to('cpu', torch.float32) the tensor vector itself? True or False",
    mine=...,
    truth=lambda: vector.to("cpu", torch.float32) is vector,
)

# %% rows=["S01.6"]
ones = torch.ones(3)
assert ones.to("cpu") is ones and ones.to(torch.float32) is ones and ones.float() is ones
assert ones.to(torch.float64) is not ones and ones.to(torch.float64).dtype == torch.float64
assert ones.to("cpu", copy=True) is not ones

# %% [markdown] rows=["S01.6"]
# ### A device that every machine has
#
# There is one more: `meta`. A tensor there has a shape and a dtype, but **no numbers**. It weighs nothing, however large it is. With it
# you can plan, and you can see on any laptop what happens when two devices meet.

# %% rows=["S01.6"]
plan = torch.empty(1_000_000, 1_000_000, device="meta")
print(f"a tensor of {plan.nbytes / 1e12:.0f} TB:", (plan @ plan).shape)
assert plan.nbytes == 4 * 10**12 and (plan @ plan).shape == (10**6, 10**6)

try:
    torch.ones(2, device="meta") + torch.ones(2)
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("two devices met in peace")
try:
    torch.ones(2, device="meta").to("cpu")
except NotImplementedError as error:
    print("NotImplementedError:", error)
else:
    raise AssertionError("numbers came out of nothing")

# %% [markdown] rows=["S01.6"]
# **torch never moves a tensor for you.** All parts of a calculation must live on one device. (With a graphics card the message reads “Expected all
# tensors to be on the same device”.) A plain Python number is welcome everywhere.
#
# The usual slip: a function makes a helper tensor, forgets `device=`, and works on your laptop for a year, until someone has a
# graphics card. The cure: make it where your input lives, `device=x.device`.

# %% [markdown] rows=["S01.6"]
# ### Exercise 1.13 · At home on any device
# ●●○○ · 7 minutes · 2 points
#
# Some networks need to be told where in a series each row stands. Write `with_positions(x)`: `x` with one more column at its right end,
# which holds 0, 1, 2, … The result has the **dtype and the device** of `x`. `torch.cat([a, b], dim=1)` puts tables side by side. The test
# uses `meta` in place of the graphics card that you may not have.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "with_positions"}
def with_positions(x):
    """x and a last column that holds the row's number.

    x: shape (n, d), any dtype, any device.
    Returns: shape (n, d + 1), dtype and device of x.
    """
    ### BEGIN SOLUTION
    positions = torch.arange(len(x), dtype=x.dtype, device=x.device)
    return torch.cat([x, positions.unsqueeze(1)], dim=1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_with_positions", "points": 2}
check(with_positions, torch.tensor([[5.0, 6.0], [7.0, 8.0], [9.0, 9.0]])).gives(
    torch.tensor([[5.0, 6.0, 0.0], [7.0, 8.0, 1.0], [9.0, 9.0, 2.0]])
)
check(with_positions, torch.tensor([[5], [7]], dtype=torch.int32)).gives(
    torch.tensor([[5, 0], [7, 1]], dtype=torch.int32)
)
check(with_positions, torch.empty(4, 3, device="meta")).satisfies(
    lambda out: out.device.type == "meta" and out.shape == (4, 4),
    "the result is on the device of x, here meta, with shape (4, 4)",
)
solved(with_positions)
### BEGIN HIDDEN TESTS
for n, d in ((0, 2), (1, 1), (3, 4), (6, 2)):
    for _dtype in (torch.float32, torch.float64, torch.float16, torch.int64, torch.uint8):
        for _x in fresh.layouts(fresh.integers(0, 50, n, d).to(_dtype)):
            _right = torch.zeros(n, d + 1, dtype=_dtype)
            _right[:, :d] = _x
            for _i in range(n):
                _right[_i, d] = _i
            check(with_positions, _x).gives(_right)
    check(with_positions, torch.empty(n, d, device="meta", dtype=torch.float64)).satisfies(
        lambda out: (
            (out.device.type, out.dtype, out.shape) == ("meta", torch.float64, (n, d + 1))
        ),
        "device and dtype are those of x",
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the numbers</summary><code>torch.arange(n)</code> makes 0 … n-1. It too takes <code>dtype=</code> and
# <code>device=</code>.</details>
# <details><summary>Hint 2: a column</summary>cat along dim 1 wants two tables. <code>unsqueeze(1)</code> makes a column of shape (n, 1) out of
# a row of n.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.arange(len(x), dtype=x.dtype, device=x.device).unsqueeze(1)</code> is the
# column; cat x and it along dim 1.</details>

# %% [markdown] rows=["S01.7"]
# ## 9 · The bridge to NumPy
#
# Half the world's data comes as NumPy arrays. Two ways lead over: `torch.from_numpy(array)` and `tensor.numpy()`. Neither copies:
# **array and tensor share one memory**, and each sees what is written through the other.

# %% rows=["S01.7"]
array = np.array([1.0, 2.0, 3.0])
bridge = torch.from_numpy(array)
array[0] = 10.0
bridge[2] = 30.0
assert bridge.tolist() == [10.0, 2.0, 30.0] and array.tolist() == [10.0, 2.0, 30.0]

there = torch.zeros(2)
as_array = there.numpy()
as_array[0] = 5.0
there.add_(1)
assert there.tolist() == [6.0, 1.0] and as_array.tolist() == [6.0, 1.0]
print(type(as_array), as_array, there)

# %% [markdown] rows=["S01.7"]
# So who shares, and who copies?
#
# | you write | memory |
# |---|---|
# | `torch.from_numpy(a)` | shared |
# | `torch.as_tensor(a)` | shared if dtype and device allow it |
# | `torch.tensor(a)` | a copy, always |
# | `t.numpy()` | shared |

# %% id="predict-float"
predict(
    "np.array([1.5, 2.5]) becomes a tensor by torch.from_numpy. What is its dtype? Write it as text, such as 'int64'.",
    mine=...,
    truth=lambda: torch.from_numpy(np.array([1.5, 2.5])).dtype,
)

# %% rows=["S01.7"]
source = np.array([1.5, 2.5])
shared, maybe, own = torch.from_numpy(source), torch.as_tensor(source), torch.tensor(source)
source[0] = -1.0
assert shared[0] == -1.0 and maybe[0] == -1.0 and own[0] == 1.5

assert (
    shared.dtype == own.dtype == torch.float64
    and torch.tensor([1.5, 2.5]).dtype == torch.float32
)
assert not np.shares_memory(torch.as_tensor(source, dtype=torch.float32).numpy(), source)
try:
    torch.ones(2, 2) @ shared
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("float32 and float64 multiplied")

# %% [markdown] rows=["S01.7"]
# NumPy counts in **float64**, torch in **float32**. A tensor from NumPy keeps the float64, and the first layer that it meets complains
# (“Double” is float64, “Float” is float32). Convert at the bridge: `torch.from_numpy(a).float()`.

# %% [markdown] rows=["E36", "S01.7"]
# ### Claim check: does `.numpy()` work for every tensor on the CPU?
#
# A text you may meet names one condition for `.numpy()`: the tensor must be on the CPU. Here is one. It is on the CPU.

# %% id="predict-e36"
predict(
    "torch.tensor([1.0], requires_grad=True).numpy(): write the list it holds, or 'error'.",
    mine=...,
    truth=lambda: torch.tensor([1.0], requires_grad=True).numpy(),
)

# %% rows=["E36", "S01.7"]
learned = torch.tensor([1.0, 2.0], requires_grad=True)
assert learned.device.type == "cpu"
try:
    learned.numpy()
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("numpy took a tensor that requires grad")

loose = learned.detach().numpy()
assert loose.tolist() == [1.0, 2.0] and np.shares_memory(loose, learned.detach().numpy())

try:
    torch.ones(2, device="meta").numpy()
except TypeError as error:
    print("TypeError:", error)
else:
    raise AssertionError("numpy took a tensor from another device")

# %% [markdown] rows=["E36", "S01.7"]
# NumPy cannot record anything for autograd. What you do there would be missing from the gradient, so torch asks you to **`detach()` first**, openly.
# The result still shares memory with the weights.

# %% [markdown] rows=["E36", "S01.7"]
# ### Exercise 1.14 · Out to NumPy, safely
# ●●○○ · 6 minutes · 2 points
#
# Write `to_array(t)` for a tensor on the CPU: a NumPy array with its numbers and its dtype, whether it requires grad or not. The array has **memory
# of its own**: nobody who writes into it changes your network.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "to_array"}
def to_array(t):
    """The values of t as a NumPy array of its own.

    t: a CPU tensor, any shape, any dtype that NumPy has; may require grad.
    Returns: numpy.ndarray; it shares no memory with t.
    """
    ### BEGIN SOLUTION
    return t.detach().numpy().copy()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_to_array", "points": 2}
check(to_array, torch.tensor([1.0, 2.0])).satisfies(
    lambda out: (
        type(out) is np.ndarray and out.dtype == np.float32 and out.tolist() == [1.0, 2.0]
    ),
    "it is the float32 array [1. 2.]",
)
check(to_array, torch.tensor([3, 4], dtype=torch.uint8)).satisfies(
    lambda out: out.dtype == np.uint8 and out.tolist() == [3, 4],
    "it is the uint8 array [3 4]",
)
check(to_array, torch.tensor([[5.0]], requires_grad=True)).satisfies(
    lambda out: type(out) is np.ndarray and out.tolist() == [[5.0]],
    "it is the array [[5.]]",
)
mine = torch.tensor([6.0, 7.0])
check(to_array, mine).satisfies(
    lambda out: not np.shares_memory(out, mine.numpy()), "the array has memory of its own"
)
solved(to_array)


### BEGIN HIDDEN TESTS
def _is_right(out, t):
    return (
        type(out) is np.ndarray
        and str(out.dtype) == str(t.dtype).removeprefix("torch.")
        and out.tolist() == t.tolist()
        and not np.shares_memory(out, t.detach().numpy())
    )


for _shape in ((), (1,), (4,), (2, 3), (2, 1, 3)):
    for _dtype in (torch.float32, torch.float64, torch.int64, torch.uint8):
        for _t in fresh.layouts(fresh.integers(0, 99, *_shape).to(_dtype)):
            check(to_array, _t).satisfies(
                lambda out: _is_right(out, _t), "values, dtype and memory are as asked"
            )
    _leaf = fresh.floats(*_shape, requires_grad=True)
    for _t in (_leaf, _leaf * 2):
        check(to_array, _t).satisfies(
            lambda out: _is_right(out, _t), "values, dtype and memory are as asked"
        )
check(to_array, torch.zeros(0, 3)).satisfies(
    lambda out: out.shape == (0, 3), "an empty tensor gives an empty array"
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: three steps</summary>Cut the tie to autograd, cross the bridge, copy.</details>
# <details><summary>Hint 2: the copy</summary>An array copies itself with <code>.copy()</code>; a tensor with
# <code>.clone()</code>. One of them is enough.</details>
# <details><summary>Hint 3: nearly there</summary><code>t.detach().numpy()</code> still shares; put <code>.copy()</code> behind it.</details>

# %% [markdown] rows=["S01.7"]
# ### Exercise 1.15 · Who changed my data?
# ●●●○ · 9 minutes · 3 points
#
# This function moves measurements so that their mean is 0. Its result is right. But people who call it report that
# their own array is ruined afterwards:


# %% rows=["S01.7"]
def their_centred(array):
    t = torch.from_numpy(array)
    t -= t.mean()
    return t.float()


measured = np.array([1.0, 2.0, 6.0])
print("result:     ", their_centred(measured))
print("their array:", measured)
assert measured.tolist() == [-2.0, -1.0, 3.0]

# %% [markdown] rows=["S01.7"]
# Find out which line does it, and write `centred(array)`: the same result as **float32**, the caller's array untouched. It gets arrays of
# float64, of float32 and of whole numbers.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "centred"}
def centred(array):
    """The numbers of array, minus their mean.

    array: numpy.ndarray of float64, float32 or whole numbers, one element or more; it stays as it is.
    Returns: float32 tensor, the shape of array.
    """
    ### BEGIN SOLUTION
    t = torch.tensor(array, dtype=torch.float32)
    return t - t.mean()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_centred", "points": 3}
check(centred, np.array([1.0, 2.0, 6.0])).gives(torch.tensor([-2.0, -1.0, 3.0]))
check(centred, array=np.array([[1.0, 3.0]], dtype=np.float32)).gives(
    torch.tensor([[-1.0, 1.0]])
)
check(centred, np.array([10, 20])).gives(torch.tensor([-5.0, 5.0]))
solved(centred)
### BEGIN HIDDEN TESTS
for _shape in ((1,), (4,), (3, 2)):
    for _dtype in (np.float64, np.float32, np.int64, np.int32, np.uint8):
        _numbers = fresh.integers(0, 100, *_shape)
        _right = (_numbers.double() - _numbers.double().mean()).float()
        check(centred, _numbers.numpy().astype(_dtype)).gives(
            _right, tolerance=(1e-4, 1e-4)
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: who shares?</summary>Look at the table above. Which of the ways to a tensor always copies?</details>
# <details><summary>Hint 2: who writes?</summary><code>t -= …</code> writes into the cells of t; <code>t - …</code> makes new ones. And mind:
# <code>.float()</code> of a float32 tensor is that same tensor, not a copy.</details>
# <details><summary>Hint 3: nearly there</summary><code>t = torch.tensor(array, dtype=torch.float32)</code>, then return
# <code>t - t.mean()</code>.</details>

# %% [markdown] rows=["S01.8"]
# ## 10 · Calculate and choose
#
# Whoever knows NumPy is at home here: the same operators, the same square brackets, few exceptions.
#
# ### Cell by cell, and `@`
#
# `+ - * / ** < ==` work **cell by cell**, so two tables must fit. The matrix product of school is `@`.

# %% rows=["S01.8"]
a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
b = torch.tensor([[10.0, 20.0], [30.0, 40.0]])
assert (a * b).tolist() == [[10.0, 40.0], [90.0, 160.0]]
assert (a @ b).tolist() == [[70.0, 100.0], [150.0, 220.0]]
print(a * b, a @ b, sep="\n")

# %% [markdown] rows=["S01.8"]
# ### Which dtype comes out?
#
# When two kinds of number meet, the result takes the kind that can hold both: bool → whole → fraction. `/` always gives a fraction. `//` rounds
# **down**, also below zero.

# %% rows=["S01.8"]
whole = torch.tensor([-7, 7])
assert (whole / 2).tolist() == [-3.5, 3.5] and (whole / 2).dtype == torch.float32
assert (whole // 2).tolist() == [-4, 3] and (whole // 2).dtype == torch.int64
assert (whole + 0.5).dtype == torch.float32
assert (torch.ones(2) + torch.ones(2, dtype=torch.float64)).dtype == torch.float64
try:
    whole.mean()
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("mean took whole numbers")

# %% [markdown] rows=["S01.8"]
# The mean of whole numbers is a fraction, and torch wants you to say which: `whole.float().mean()`. (“Long” is int64.)
#
# ### Square brackets

# %% rows=["S01.8"]
digit = images[3]
assert digit[0].shape == (8,)
assert digit[2:5, 1:7].shape == (3, 6)
assert digit[:, -1].shape == (8,)
assert digit[::2, ::2].shape == (4, 4)
assert images[..., 0].shape == (1797, 8)
assert digit[None].shape == (1, 8, 8)
show_tensor(digit[2:5, 1:7], "digit[2:5, 1:7]: rows 2 to 4, columns 1 to 6")

# %% [markdown] rows=["S01.8"]
# One thing that NumPy can and torch cannot: a **negative step**. Use `flip`, which makes a copy.

# %% rows=["S01.8"]
numbers = torch.arange(5)
try:
    numbers[::-1]
except ValueError as error:
    print("ValueError:", error)
else:
    raise AssertionError("a negative step worked")
assert numbers.flip(0).tolist() == [4, 3, 2, 1, 0]
assert numbers.flip(0).data_ptr() != numbers.data_ptr()

# %% [markdown] rows=["S01.8"]
# ### Exercise 1.16 · Mirror
# ●○○○ · 4 minutes · 1 point
#
# A cat in a mirror is still a cat: mirrored pictures are free training data. Write `mirror(images)`: left and right swapped, for one picture
# (height, width) or a whole pile (…, height, width).


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "mirror"}
def mirror(images):
    """Pictures with left and right swapped.

    images: shape (..., height, width), any dtype.
    Returns: a new tensor like images.
    """
    ### BEGIN SOLUTION
    return images.flip(-1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_mirror", "points": 1}
check(mirror, torch.tensor([[1, 2], [3, 4]])).gives(torch.tensor([[2, 1], [4, 3]]))
check(mirror, torch.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])).gives(
    torch.tensor([[[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]])
)
solved(mirror)
### BEGIN HIDDEN TESTS
for _shape in ((1, 1), (3, 4), (2, 3, 5), (2, 1, 4, 3), (0, 2, 2)):
    for _images in fresh.layouts(fresh.floats(*_shape)):
        check(mirror, _images).gives(
            torch.stack([_images[..., _j] for _j in reversed(range(_shape[-1]))], dim=-1)
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which dimension</summary>Left and right is the width: always the last dimension, however many stand before
# it.</details>
# <details><summary>Hint 2: count from the back</summary>Dimensions have negative names too: the last one is -1.</details>
# <details><summary>Hint 3: nearly there</summary><code>images.flip(-1)</code></details>

# %% id="use-mirror"
try:
    look(("as written", images[3]), ("in the mirror", mirror(images[3])))
except NotImplementedError:
    print("First write mirror above; then run this cell again.")

# %% [markdown] rows=["S01.8"]
# ### Choose by a condition, choose by a list
#
# A comparison gives a **mask**: True or False for every cell. A mask in square brackets keeps what is True. A list of positions
# (“fancy” indexing) takes just those, in your order. Both give **copies**, not views.

# %% rows=["S01.8"]
week = weather.values[:7]
wet = week[:, 0] > 5
print("more than 5 mm of rain:", wet.tolist())
assert week[wet].shape == (int(wet.sum()), 4) and (week[wet][:, 0] > 5).all()

picked = week[[3, 0, 3]]
assert torch.equal(picked, torch.stack([week[3], week[0], week[3]]))
picked[0] = 0
assert week[3].count_nonzero() > 0
show_tensor(week[wet], "week[wet]")

# %% [markdown] rows=["S01.8"]
# Two conditions are joined cell by cell: `&` for and, `|` for or, `~` for not, each side **in round brackets**. Python's own `and` wants *one* answer,
# and a mask has many:

# %% rows=["S01.8"]
windy = week[:, 3] > 4
try:
    wet and windy
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("`and` joined two masks")
assert (wet & windy).tolist() == [
    p and q for p, q in zip(wet.tolist(), windy.tolist(), strict=True)
]
print((wet & windy).tolist())

# %% [markdown] rows=["S01.8"]
# ### Exercise 1.17 · Beach days
# ●●○○ · 6 minutes · 2 points
#
# Write `beach_days(values, dry, warm)`: the **rows** of the days with **at most** `dry` mm of rain (column 0) and **at least** `warm` °C when it was
# warmest (column 1).


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "beach_days"}
def beach_days(values, dry, warm):
    """The days that are dry and warm.

    values: float32, shape (n, 4): precipitation, temp_max, temp_min, wind; dry, warm: numbers.
    Returns: float32, shape (days found, 4), in the same order.
    """
    ### BEGIN SOLUTION
    return values[(values[:, 0] <= dry) & (values[:, 1] >= warm)]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_beach_days", "points": 2}
check(
    beach_days,
    torch.tensor(
        [
            [0.0, 30.0, 15.0, 2.0],
            [9.0, 31.0, 16.0, 3.0],
            [0.5, 25.0, 14.0, 1.0],
            [0.0, 12.0, 26.0, 4.0],
        ]
    ),
    0.5,
    25.0,
).gives(torch.tensor([[0.0, 30.0, 15.0, 2.0], [0.5, 25.0, 14.0, 1.0]]))
check(beach_days, torch.tensor([[3.0, 30.0, 10.0, 1.0]]), 0.0, 20.0).gives(
    torch.zeros(0, 4)
)
solved(beach_days)
### BEGIN HIDDEN TESTS
for n in (0, 1, 6, 20):
    for _dry, _warm in ((0.0, 1.0), (1.5, -1.0), (-9.0, 0.0)):
        for _values in fresh.layouts(fresh.floats(n, 4)):
            _rows = [
                _day
                for _day in _values.tolist()
                if _day[0] <= _dry + 1e-6 and _day[1] >= _warm - 1e-6
            ]
            check(beach_days, _values, _dry, _warm).gives(
                torch.tensor(_rows).reshape(-1, 4)
            )
check(beach_days, load_weather().values, 0, 30).satisfies(
    lambda out: out.shape == (62, 4), "Seattle had 62 dry days of 30 °C or more"
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two masks</summary><code>values[:, 0] &lt;= dry</code> is one of them.</details>
# <details><summary>Hint 2: join</summary>Round brackets around each condition, <code>&amp;</code> between them.</details>
# <details><summary>Hint 3: nearly there</summary>Put the joined mask into square brackets behind values:
# <code>values[(…) &amp; (…)]</code>.</details>

# %% [markdown] rows=["S01.8"]
# ### Reductions: `dim` is the dimension that goes
#
# `sum`, `mean`, `max`, `std` fold many numbers into one. `dim=0` folds the rows together, so that one number **for each column** is left. The named
# dimension disappears; with `keepdim=True` it stays, with size 1.

# %% rows=["S01.8"]
scores = torch.tensor([[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]])
assert scores.sum().item() == 24.0
assert scores.sum(dim=0).tolist() == [6.0, 8.0, 10.0]
assert scores.sum(dim=1).tolist() == [6.0, 18.0]
assert scores.sum(dim=1, keepdim=True).shape == (2, 1)
for name, mean in zip(weather.columns, weather.values.mean(dim=0).tolist(), strict=True):
    print(f"{name:14} {mean:5.1f} on average")

# %% id="predict-dim"
predict(
    "images has shape (1797, 8, 8). Which shape has the average picture, images.float().mean(dim=0)?",
    mine=...,
    truth=lambda: tuple(images.float().mean(dim=0).shape),
)

# %% [markdown] rows=["S01.8"]
# ### Broadcasting: shapes that stretch
#
# Two shapes need not be equal. Write them one below the other, **aligned at the right**. Two sizes fit when they are equal, or one of them is 1, or missing; a 1
# is stretched as far as needed.
#
# ```
#    (2, 3)          (2, 3)          (2, 3)
#       (3)   fits   (2, 1)   fits      (2)   does not fit: 3 meets 2
# ```

# %% rows=["S01.8"]
assert (scores - torch.tensor([1.0, 2.0, 3.0])).tolist() == [
    [0.0, 0.0, 0.0],
    [4.0, 4.0, 4.0],
]
assert (scores - torch.tensor([[1.0], [5.0]])).tolist() == [
    [0.0, 1.0, 2.0],
    [0.0, 1.0, 2.0],
]
try:
    scores - torch.tensor([1.0, 5.0])
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("(2, 3) and (2,) fitted")

# %% [markdown] rows=["S01.8"]
# A column times a row is a table. The picture lines up the two shapes, and shows where each cell of the result takes its two numbers from.

# %% rows=["S01.8"]
column, row = torch.arange(1, 5).unsqueeze(1), torch.arange(1, 6)
times = column * row
assert times.shape == (4, 5) and times[2, 4].item() == 15
show_broadcast(column, row, names=("column", "row"), op="mul")

# %% [markdown] rows=["S01.8"]
# This is why `keepdim=True` exists: the result of a reduction then stretches back over what it came from.

# %% [markdown] rows=["S01.8"]
# ### Exercise 1.18 · The same footing
# ●●●○ · 10 minutes · 3 points
#
# Rain goes up to 50, wind up to 10: to a network the rain would shout. Write `standardise(x)`: from each **column** take away its mean, and divide by its
# standard deviation (the one that divides by `n`: `correction=0`). A column in which all values are equal has deviation 0: it
# becomes zeros, not NaN.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "standardise"}
def standardise(x):
    """Each column with mean 0 and standard deviation 1; constant columns become 0.

    x: float32, shape (n, d), n >= 1.
    Returns: a new float32 tensor, shape (n, d).
    """
    ### BEGIN SOLUTION
    spread = x.std(dim=0, correction=0, keepdim=True)
    return (x - x.mean(dim=0, keepdim=True)) / torch.where(spread == 0, 1.0, spread)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_standardise", "points": 3}
check(
    standardise, torch.tensor([[1.0, 10.0], [3.0, 50.0], [3.0, 10.0], [1.0, 50.0]])
).gives(torch.tensor([[-1.0, -1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]]))
# every day had 5 mm: a constant column
check(standardise, torch.tensor([[2.0, 5.0], [4.0, 5.0]])).gives(
    torch.tensor([[-1.0, 0.0], [1.0, 0.0]])
)
solved(standardise)
### BEGIN HIDDEN TESTS
for n, d in ((1, 2), (2, 1), (5, 3), (8, 4)):
    _base = fresh.integers(-20, 20, n, d).float()
    if d > 1:
        _base[:, 0] = float(fresh.integer(-5, 5))
    for _x in fresh.layouts(_base):
        _right = torch.zeros(n, d)
        for _j in range(d):
            _column = _base[:, _j].double()
            _spread = ((_column - _column.mean()) ** 2).mean().sqrt()
            if _spread > 0:
                _right[:, _j] = ((_column - _column.mean()) / _spread).float()
        check(standardise, _x).gives(_right, tolerance=(1e-4, 1e-4))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which dim goes</summary>One mean for each column: the rows are folded together.</details>
# <details><summary>Hint 2: the constant column</summary>0 / 0 is NaN, but 0 / 1 is 0. Put a 1 in place of every deviation that is 0:
# <code>torch.where(condition, a, b)</code> takes a where the condition holds, and else b.</details>
# <details><summary>Hint 3: nearly there</summary><code>spread = x.std(dim=0, correction=0)</code>; divide
# <code>x - x.mean(dim=0)</code> by <code>torch.where(spread == 0, 1.0, spread)</code>.</details>

# %% [markdown] rows=["S01.1", "S01.8"]
# ### Exercise 1.19 · Grey
# ●●●○ · 8 minutes · 2 points
#
# The eye sees green far better than blue. So grey = 0.299 · red + 0.587 · green + 0.114 · blue. Write `to_grey(batch)` for a batch (n, 3,
# height, width). The channel dimension stays, with size 1.
#
# Mind what stands at the right: three weights of shape `(3,)` line up with the *width*.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "to_grey"}
def to_grey(batch):
    """Colour pictures in grey.

    batch: float32, shape (n, 3, height, width): red, green, blue.
    Returns: float32, shape (n, 1, height, width).
    """
    ### BEGIN SOLUTION
    weights = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    return (batch * weights).sum(dim=1, keepdim=True)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_to_grey", "points": 2}
# two pictures of one row and three pixels: in the first only red shines, in the second only green
dark = [[0.0, 0.0, 0.0]]
check(
    to_grey,
    torch.tensor([[[[10.0, 20.0, 30.0]], dark, dark], [dark, [[100.0, 0.0, 0.0]], dark]]),
).gives(torch.tensor([[[[2.99, 5.98, 8.97]]], [[[58.7, 0.0, 0.0]]]]))
# one white pixel
check(to_grey, torch.tensor([[[[1.0]], [[1.0]], [[1.0]]]])).gives(torch.tensor([[[[1.0]]]]))
solved(to_grey)
### BEGIN HIDDEN TESTS
for n, h, w in ((1, 3, 3), (2, 2, 5), (0, 4, 4), (3, 1, 3)):
    for _batch in fresh.layouts(fresh.floats(n, 3, h, w)):
        _right = torch.empty(n, 1, h, w)
        _right[:, 0] = 0.299 * _batch[:, 0] + 0.587 * _batch[:, 1] + 0.114 * _batch[:, 2]
        check(to_grey, _batch).gives(_right, tolerance=(1e-4, 1e-5))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: line up</summary>The batch is (n, 3, height, width). For the weights to meet the channels, two more dimensions must stand
# at their right.</details>
# <details><summary>Hint 2: weigh, then fold</summary>Weights of shape (3, 1, 1) times the batch; then sum over the channels. Which dim is
# that? It should stay with size 1.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)</code>, multiply, and
# <code>.sum(dim=1, keepdim=True)</code>.</details>

# %% [markdown] rows=["S01.8"]
# ### Exercise 1.20 · Everyone's distance to everyone
# ●●●● · 12 minutes · 3 points
#
# How alike are two things? Take the distance of their numbers: √ of the sum of all squared differences. Write `distances(a, b)`: the distance of every row
# of `a` from every row of `b`, as a table. Without a loop: if `a` is stretched along a new second dimension, and `b` along a new first one,
# the difference has three dimensions.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "distances"}
def distances(a, b):
    """The distance between each row of a and each row of b.

    a: float32, shape (n, d); b: float32, shape (m, d).
    Returns: float32, shape (n, m).
    """
    ### BEGIN SOLUTION
    difference = a.unsqueeze(1) - b.unsqueeze(0)
    return (difference**2).sum(dim=2).sqrt()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_distances", "points": 3}
# two points of the plane, and three
check(
    distances,
    torch.tensor([[0.0, 0.0], [3.0, 4.0]]),
    torch.tensor([[0.0, 0.0], [0.0, 4.0], [6.0, 8.0]]),
).gives(torch.tensor([[0.0, 4.0, 10.0], [5.0, 3.0, 5.0]]))
check(distances, torch.tensor([[1.0], [4.0]]), torch.tensor([[4.0], [6.0]])).gives(
    torch.tensor([[3.0, 5.0], [0.0, 2.0]])
)
solved(distances)
### BEGIN HIDDEN TESTS
for n, m, d in ((1, 1, 1), (2, 4, 3), (5, 5, 2), (3, 0, 2), (0, 3, 4), (4, 3, 6)):
    for _a in fresh.layouts(fresh.floats(n, d)):
        _b = fresh.floats(m, d)
        _right = torch.zeros(n, m)
        for _i in range(n):
            for _j in range(m):
                _right[_i, _j] = math.dist(_a[_i].tolist(), _b[_j].tolist())
        check(distances, _a, _b).gives(_right, tolerance=(1e-3, 1e-3))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: shapes first</summary>(n, 1, d) minus (1, m, d) gives (n, m, d). Which of the three dimensions must go to leave
# a distance?</details>
# <details><summary>Hint 2: new dimensions</summary><code>a.unsqueeze(1)</code> is (n, 1, d), <code>b.unsqueeze(0)</code> is
# (1, m, d).</details>
# <details><summary>Hint 3: nearly there</summary>Square the difference, <code>sum(dim=2)</code>, then <code>sqrt()</code>.</details>

# %% [markdown] rows=["S01.8"]
# You have just written a program that reads handwriting. Take a new digit, find the most similar one among 1,500 known ones, and say its label:

# %% id="use-distances"
try:
    known, new = images[:1500].flatten(1).float(), images[1500:1600].flatten(1).float()
    nearest = distances(new, known).argmin(dim=1)
    right = labels[:1500][nearest] == labels[1500:1600]
    print(
        f"{int(right.sum())} of {len(right)} new digits read correctly, without any training"
    )
except NotImplementedError:
    print("First write distances above; then run this cell again.")

# %% [markdown] rows=["S01.5", "S01.7", "S01.8"]
# ### Exercise 1.21 · View or copy?
# ●●○○ · 12 minutes · 4 points
#
# *A person reads this answer.* Let `x = torch.arange(6.0).reshape(2, 3)`. Say for each of these whether it shares memory with `x`, and **why**, in a sentence each:
#
# 1. `x[:, 1]`
# 2. `x[[0, 1]]`
# 3. `x.t().reshape(6)`
# 4. `x.numpy()`
# 5. `x.to(torch.float32)`
# 6. `x + 0`
#
# The table in the recap says *which*; the *why* is yours. Then describe a bug that comes from mistaking a view for a copy: one **of your own**, in two or three sentences, and how you would find it. Try things
# out in a cell of your own before you write.

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "explain_views", "points": 4}
# ### BEGIN SOLUTION
# 1. Shares: a slice reads the same memory with stride 3, beginning at cell 1.
# 2. Copy: the rows of a list may be any, in any order, so no stride describes them.
# 3. Copy: row by row, the transposed tensor reads the cells 0, 3, 1, 4, 2, 5, which no single stride describes; reshape copies where it must.
# 4. Shares: the bridge to NumPy hands over the same memory (on the CPU, without requires_grad).
# 5. Shares, it *is* x: nothing had to change, so `.to` returns its argument.
# 6. Copy: arithmetic writes its result into new memory.
#
# A bug: a "backup" `old = x[:]` before x is changed in place; afterwards the backup is changed as well. Found by comparing `data_ptr()`, or by writing into one and
# looking at the other.
#
# Points: 1 for 1 and 2 with reasons, 1 for 3 with strides in the reason, 1 for 4, 5 and 6, 1 for a believable bug and a way to find it.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - A tensor is **memory, and a way of reading it**: shape, strides, dtype, device.
# - Pictures for torch's layers: (channel, height, width). Series: (samples, time steps, features). `permute` and `transpose` *move* dimensions; `reshape` only *cuts* anew.
# - `torch.tensor` infers the dtype and copies. `torch.Tensor(3)` is uninitialised room for three float32 numbers.
# - A view shares memory. `view` refuses where the strides do not allow one; `reshape` then copies.
# - A trailing underscore changes the tensor itself; uint8 runs over silently.
# - NumPy shares memory in both directions and brings float64; `detach()` before `.numpy()` where autograd is in play.
# - `dim` names the dimension that goes. Broadcasting lines shapes up at the right.
#
# | view: shares memory | copy: its own memory |
# |---|---|
# | `x[1:3]`, `x[:, 0]`, `x[::2]` | `x[[0, 2]]`, `x[mask]` |
# | `x.t()`, `x.permute(…)`, `x.transpose(…)` | `x.flip(0)` |
# | `x.view(…)`; `x.reshape(…)` where it can | `x.reshape(…)` where it must |
# | `x.unfold(…)`, `x.unsqueeze(0)` | `x + 0`, `x * 2`, `torch.cat([…])` |
# | `x.detach()`, `x.data` | `x.clone()` |
# | `x.numpy()`, `torch.from_numpy(a)` | `torch.tensor(a)` |
# | `x.to(…)` when nothing changes (it is `x`) | `x.to(…)` when something does |
#
# Do not believe a table: the next cell checks it.
#
# Next: [chapter 02](../02_creation/02_creation.ipynb), where tensors come from.

# %% rows=["S01.5", "S01.7", "S01.8"]
x = torch.arange(12.0).reshape(4, 3)
views = [
    x[1:3],
    x[:, 0],
    x[::2],
    x.t(),
    x.permute(1, 0),
    x.transpose(0, 1),
    x.view(12),
    x.reshape(12),
    x.unfold(0, 2, 1),
    x.unsqueeze(0),
    x.detach(),
    x.data,
    torch.from_numpy(x.numpy()),
    x.to(torch.float32),
]
copies = [
    x[[0, 2]],
    x[x > 5],
    x.flip(0),
    x.t().reshape(12),
    x + 0,
    x * 2,
    torch.cat([x, x]),
    x.clone(),
    torch.tensor(x.numpy()),
    x.to(torch.float64),
]
home = x.untyped_storage().data_ptr()
assert all(v.untyped_storage().data_ptr() == home for v in views)
assert all(c.untyped_storage().data_ptr() != home for c in copies)
print(len(views), "views and", len(copies), "copies, as the table says")

# %% [markdown]
# ### Exercise 1.22 · Quiz
# ●○○○ · 6 minutes · 2 points
#
# One letter for each question.
#
# **q1** A torch layer for pictures wants one colour photo as
# - (a) `(height, width, channel)`
# - (b) `(channel, height, width)`
# - (c) `(channel, width, height)`
#
# **q2** `torch.Tensor(2)` is
# - (a) the same as `torch.tensor(2)`
# - (b) two float32 numbers that nobody has set
# - (c) two zeros
#
# **q3** `x` has shape `(2, 3)`. `x.t().view(6)`
# - (a) works: six elements stay six
# - (b) copies, and then works
# - (c) raises an error: the strides do not allow it
#
# **q4** `w` requires grad and is on the CPU. `w.numpy()`
# - (a) raises an error until you detach
# - (b) gives an array that shares memory with `w`
# - (c) gives a copy
#
# **q5** A pixel of dtype uint8 holds 200. After `add_(100)` it holds
# - (a) 255
# - (b) 300
# - (c) 44
#
# **q6** `(32, 10)` minus a tensor of shape `(32,)`
# - (a) subtracts one number from each row
# - (b) raises an error: 10 meets 32
# - (c) gives shape `(32, 32)`

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "b", "q2": "b", "q3": "c", "q4": "a", "q5": "c", "q6": "b"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 2}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "b",
    "q2": "b",
    "q3": "c",
    "q4": "a",
    "q5": "c",
    "q6": "b",
}
### END HIDDEN TESTS

# ---
# jupyter:
#   course:
#     title: "tensor operations: join, cut, pick, reshape, calculate"
#     minutes: 150
#     needs:
#       - "01 tensors: shape, dim, views and copies, strides, broadcasting"
#       - "02 creation: zeros, ones, arange, linspace, a seed"
#     objectives:
#       - "Join tensors along an old dim or along a new one, and cut them again"
#       - "Pick by position, by mask, or by one index for each row"
#       - "Say which operations are views and which copy, and why view sometimes refuses"
#       - "Reduce over a dim and broadcast the result back, with keepdim"
#       - "Expect NaN, ties, negative numbers and missing windows before they surprise you"
#       - "Store a table in a few numbers with a singular value decomposition"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 03 · Tensor operations: join, cut, pick, reshape, calculate
#
# **After this chapter you can**
# - join tensors along an old dim or along a new one, and cut them again;
# - pick by position, by mask, or by one index for each row;
# - say which operations are views and which copy, and why `view` sometimes refuses;
# - reduce over a dim and broadcast the result back, with `keepdim`;
# - expect NaN, ties, negative numbers and missing windows before they surprise you;
# - store a table in a few numbers with a singular value decomposition.
#
# **Time:** about two and a half hours, with 14 exercises and a quiz. After section 4 is a good place for a break.
# **Before this:** [chapter 01](../01_tensors/01_tensors.ipynb) (tensors) and [chapter 02](../02_creation/02_creation.ipynb) (making tensors).
#
# torch has hundreds of operations, and nobody knows them all by heart. You need the dozen *ideas* behind them. The names then come by themselves, and the table at the end
# keeps them for you.

# %% id="setup"
import math
import warnings

import matplotlib.pyplot as plt
import torch

from course_utils import (
    check,
    check_quiz,
    fresh,
    load_digits,
    load_weather,
    predict,
    show_broadcast,
    show_gather,
    show_strides,
    show_tensor,
    solved,
)

# Our tensors are tiny: several threads would spend their time waiting for each other.
torch.set_num_threads(1)

# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.


# %% id="recall-view"
def through_the_slice():
    table = torch.arange(6).reshape(2, 3)
    column = table[:, 1]
    column[0] = 100
    return table[0, 1].item()


predict(
    "table is [[0, 1, 2], [3, 4, 5]]. column = table[:, 1], then column[0] = 100. What "
    "is table[0, 1]?",
    mine=...,
    truth=through_the_slice,
)

# %% id="recall-dim"
predict(
    "x has the shape (4, 7). Which shape has x.sum(dim=1)? Write a tuple.",
    mine=...,
    truth=lambda: tuple(torch.zeros(4, 7).sum(dim=1).shape),
)

# %% id="recall-range"
predict(
    "Write torch.arange(1, 8, 3) as a list.",
    mine=...,
    truth=lambda: torch.arange(1, 8, 3).tolist(),
)

# %% [markdown] rows=["S03.1"]
# ## 1 · Join: along an old dim, or along a new one
#
# You have three photos. You can lay them in a row and tape them together: one long picture. Or you can pile them up: three pictures, and now “which one” is a
# question of its own. That is the whole difference between **`cat`** and **`stack`**.
#
# - `torch.cat` (*concatenate*) tapes along a dim that is **there already**. That dim grows.
# - `torch.stack` piles along a **new** dim. Its size is the number of tensors.

# %% rows=["S03.1"]
images, labels = load_digits()
three, five, seven = (images[labels == digit][0] for digit in (3, 5, 7))

down = torch.cat([three, five, seven], dim=0)
across = torch.cat([three, five, seven], dim=1)
pile = torch.stack([three, five, seven])
print("one is ", tuple(three.shape))
print("down   ", tuple(down.shape))
print("across ", tuple(across.shape))
print("pile   ", tuple(pile.shape))
assert down.shape == (24, 8) and across.shape == (8, 24) and pile.shape == (3, 8, 8)
assert torch.equal(across[:, 8:16], five)  # the second photo lies in columns 8 … 15
assert torch.equal(pile[1], five)  # … and is number 1 in the pile
assert torch.equal(
    torch.concat([three, five], dim=1), across[:, :16]
)  # another name of cat


# %% rows=["S03.1"]
def look(*pictures, height=2.4):
    """Show grey pictures side by side. Each is a pair: a title, and a tensor."""
    widths = [max(0.6, p.shape[1] / p.shape[0]) for _, p in pictures]
    figure, axes = plt.subplots(
        1,
        len(pictures),
        figsize=(height * sum(widths) + 0.7 * len(pictures), height + 0.7),
        squeeze=False,
        width_ratios=widths,
    )
    for place, (title, picture) in zip(axes[0], pictures, strict=True):
        place.imshow(picture, cmap="gray")
        place.set(title=title, xlabel="column", ylabel="row")
    figure.tight_layout()
    plt.show()


look(("cat, dim=1", across), ("cat, dim=0", down))

# %% id="predict-stack"
predict(
    "Three pictures of shape (8, 8). Which shape has torch.stack([three, five, seven], "
    "dim=2)? Write a tuple.",
    mine=...,
    truth=lambda: tuple(torch.stack([three, five, seven], dim=2).shape),
)

# %% [markdown] rows=["S03.1"]
# `stack` is `cat` with one step before it: give each tensor a dim of size 1, then tape along that dim. **`unsqueeze(d)`** adds such a dim at place `d`.

# %% rows=["S03.1", "S03.4"]
for d in (0, 1, 2):
    piled = torch.stack([three, five, seven], dim=d)
    taped = torch.cat([p.unsqueeze(d) for p in (three, five, seven)], dim=d)
    assert torch.equal(piled, taped)
    print("dim", d, "→", tuple(piled.shape))

# %% [markdown] rows=["S03.1"]
# When does it fail? `stack` wants equal shapes. `cat` wants equal sizes in all dims *but* the one it tapes along. Read the message; it says which tensor is to blame:

# %% rows=["S03.1"]
try:
    torch.cat([torch.zeros(2, 3), torch.zeros(5, 3), torch.zeros(2, 4)], dim=0)
    raise AssertionError("torch accepted it")
except RuntimeError as error:
    print(error)
    assert "Expected size 3 but got size 4 for tensor number 2" in str(error)

assert torch.cat([torch.zeros(2, 3), torch.zeros(5, 3)]).shape == (7, 3)
mixed = torch.cat([torch.tensor([1, 2]), torch.tensor([0.5])])
print("whole numbers and floats:", mixed)
assert mixed.dtype == torch.float32  # the dtype that can hold both

# %% [markdown] rows=["S03.1"]
# Tensor number 2 is the third one: torch counts from 0.
#
# ### The short names
#
# Five more names save you the `dim`. They were borrowed from NumPy, and they think of a table: *h*orizontal, *v*ertical, *d*epth.
#
# | name | tables, 2-D | plain rows, 1-D |
# |---|---|---|
# | `hstack` | `cat`, dim 1 | `cat`, dim **0** |
# | `vstack`, also `row_stack` | `cat`, dim 0 | each becomes a row of a table |
# | `column_stack` | `cat`, dim 1 | each becomes a column of a table |
# | `dstack` | pile along a new dim 2 | shape `(1, n, 2)`: one row of pairs |

# %% rows=["S03.1"]
assert torch.equal(torch.hstack((three, five)), torch.cat([three, five], dim=1))
assert torch.equal(torch.vstack((three, five)), torch.cat([three, five], dim=0))
assert torch.equal(torch.row_stack((three, five)), torch.vstack((three, five)))
assert torch.equal(torch.column_stack((three, five)), torch.hstack((three, five)))
assert torch.equal(torch.dstack((three, five)), torch.stack([three, five], dim=2))

# %% [markdown] rows=["S03.1", "E11"]
# ### Claim check: is `column_stack` the same as `hstack`?
#
# Some texts say so, and for tables it is true, as you saw. But the maxima and minima of a week are no tables. They are rows of seven numbers:

# %% id="predict-e11"
high = torch.tensor([12.8, 10.6, 11.7, 12.2, 8.9, 4.4, 7.2])
low = torch.tensor([5.0, 2.8, 7.2, 5.6, 2.8, 2.2, 2.8])

predict(
    "high and low have the shape (7,). Which shape has torch.column_stack((high, low))? "
    "Write a tuple.",
    mine=...,
    truth=lambda: tuple(torch.column_stack((high, low)).shape),
)

# %% rows=["E11", "S03.1"]
as_table = torch.column_stack((high, low))
as_row = torch.hstack((high, low))
print("column_stack", tuple(as_table.shape), "  hstack", tuple(as_row.shape))
assert as_table.shape == (7, 2) and as_row.shape == (14,)
assert torch.equal(as_table, torch.stack([high, low], dim=1))
assert torch.equal(as_row, torch.cat([high, low]))
assert torch.equal(torch.vstack((high, low)), torch.stack([high, low]))
assert torch.dstack((high, low)).shape == (1, 7, 2)

calm = torch.ones(7)
assert torch.column_stack((as_table, calm)).shape == (7, 3)  # a table and one more column
try:
    torch.hstack((as_table, calm))
    raise AssertionError("torch accepted it")
except RuntimeError as error:
    print("hstack:", error)
    assert "same number of dimensions" in str(error)
show_tensor(as_table, "column_stack((high, low))")

# %% [markdown] rows=["E11"]
# A row has no dim 1, so `hstack` tapes along the only dim there is. `column_stack` turns every row into a column first. **The short names change their meaning with the number
# of dims.** In a function that must work for any input, write `cat` or `stack` with a `dim`.
#
# **`tile`** repeats one tensor, as a bathroom wall repeats one tile:

# %% rows=["S03.1"]
wall = torch.tile(three, (2, 4))
assert wall.shape == (16, 32)
assert torch.equal(wall, torch.cat([torch.cat([three] * 4, dim=1)] * 2, dim=0))
look(("torch.tile(three, (2, 4))", wall))

# %% [markdown] rows=["S03.1"]
# ### Exercise 3.1 · A column of ones
# ●○○○ · 4 minutes · 1 point
#
# A linear model multiplies each column of a table by a weight and adds everything up. It needs a constant too, for days when all is zero. The oldest trick for that: one more column,
# which is always 1. Its weight *is* the constant. Write `ones_column(x)`: the table with a column of ones at its **left**. A table of whole numbers stays one.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "ones_column"}
def ones_column(x):
    """The table with a column of ones before its own columns.

    x: shape (n, d), float or int.
    Returns: shape (n, d + 1), the dtype of x.
    """
    ### BEGIN SOLUTION
    ones = torch.ones(len(x), 1, dtype=x.dtype, device=x.device)
    return torch.cat([ones, x], dim=1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_ones_column", "points": 1}
check(ones_column, torch.tensor([[5.0, 6.0], [7.0, 8.0], [9.0, 0.5]])).gives(
    torch.tensor([[1.0, 5.0, 6.0], [1.0, 7.0, 8.0], [1.0, 9.0, 0.5]])
)
check(ones_column, torch.tensor([[3, 2, 4]])).gives(torch.tensor([[1, 3, 2, 4]]))
solved(ones_column)
### BEGIN HIDDEN TESTS
for _dtype in (torch.float32, torch.float64, torch.float16, torch.int64, torch.int16):
    for _n, _d in ((1, 1), (4, 2), (3, 5), (0, 2), (2, 0)):
        for _x in fresh.layouts(fresh.integers(-9, 9, _n, _d).to(_dtype)):
            _wanted = torch.ones(_n, _d + 1, dtype=_dtype)
            _wanted[:, 1:] = _x
            check(ones_column, _x).gives(_wanted)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: old or new?</summary>The table stays a table. So it is an old dim that grows: which one?</details>
# <details><summary>Hint 2: the shapes</summary><code>cat</code> wants a table beside a table. A column of ones is a table of shape <code>(n, 1)</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.ones(len(x), 1, dtype=x.dtype)</code> first, then <code>x</code>, in a list, for <code>torch.cat(…, dim=1)</code>.</details>

# %% [markdown] rows=["S03.1"]
# ### Exercise 3.2 · A contact sheet
# ●●●○ · 10 minutes · 3 points
#
# Photographers print a whole film on one sheet, to see it at a glance. You will want the same for your training data, on the day when something is strange. Write
# `contact_sheet(pictures, columns)`: all pictures in one large one, `columns` of them side by side, row under row, in reading order. Where the last row is too short, blank pictures
# (zeros) fill it.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "contact_sheet"}
def contact_sheet(pictures, columns):
    """All pictures on one sheet.

    pictures: shape (n, h, w), n >= 1, any dtype; columns: int >= 1.
    Returns: shape (rows * h, columns * w), the dtype of pictures; zeros where none is left.
    """
    ### BEGIN SOLUTION
    n, h, w = pictures.shape
    blanks = torch.zeros(-n % columns, h, w, dtype=pictures.dtype, device=pictures.device)
    full = torch.cat([pictures, blanks])
    strips = [
        torch.cat(list(full[i : i + columns]), dim=1) for i in range(0, len(full), columns)
    ]
    return torch.cat(strips, dim=0)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_contact_sheet", "points": 3}
check(contact_sheet, torch.arange(1, 9).reshape(2, 2, 2), 2).gives(
    torch.tensor([[1, 2, 5, 6], [3, 4, 7, 8]])
)
# five pictures, three in a row: one place stays blank
check(contact_sheet, torch.arange(1, 21, dtype=torch.uint8).reshape(5, 2, 2), 3).gives(
    torch.tensor(
        [
            [1, 2, 5, 6, 9, 10],
            [3, 4, 7, 8, 11, 12],
            [13, 14, 17, 18, 0, 0],
            [15, 16, 19, 20, 0, 0],
        ],
        dtype=torch.uint8,
    )
)
solved(contact_sheet)
### BEGIN HIDDEN TESTS
for _n, _h, _w, _columns in (
    (1, 2, 3, 1),
    (1, 2, 2, 4),
    (6, 3, 2, 3),
    (7, 2, 4, 3),
    (4, 1, 1, 5),
):
    for _p in fresh.layouts(fresh.floats(_n, _h, _w)):
        _rows = (_n + _columns - 1) // _columns
        _sheet = torch.zeros(_rows * _h, _columns * _w)
        for _i in range(_n):
            _r, _c = divmod(_i, _columns)
            _sheet[_r * _h : (_r + 1) * _h, _c * _w : (_c + 1) * _w] = _p[_i]
        check(contact_sheet, _p, _columns).gives(_sheet)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two directions</summary>First tape one strip of pictures side by side. Then tape the strips under each other.</details>
# <details><summary>Hint 2: the gap</summary>How many blanks? <code>-n % columns</code> is the number that is missing to a full row. Tape <code>torch.zeros(blanks, h, w, dtype=pictures.dtype)</code>
# behind the pictures, along dim 0.</details>
# <details><summary>Hint 3: nearly there</summary>For every <code>i in range(0, len(full), columns)</code> a strip is <code>torch.cat(list(full[i:i + columns]), dim=1)</code>. Collect the strips in a list,
# then <code>torch.cat(strips, dim=0)</code>.</details>

# %% id="use-contact-sheet"
try:
    framed = torch.nn.functional.pad(images[:50], (1, 1, 1, 1))  # a blank pixel all round
    look(("the first 50 digits", contact_sheet(framed, 10)), height=3.6)
except NotImplementedError:
    print("First write contact_sheet above; then run this cell again.")

# %% [markdown] rows=["S03.2"]
# ## 2 · Cut
#
# Three friends share ten days of watering the plants. Each way of cutting answers another question:
#
# - **`split(size)`**: how many days *each*? The last piece may be smaller. A list gives every size.
# - **`chunk(n)`**: how many pieces, at most? All but the last are equally large.
# - **`tensor_split(n)`**: how many pieces, exactly? They differ by one day at most. A list gives the *places* to cut at.

# %% rows=["S03.2"]
days = torch.arange(10)
for how, pieces in (
    ("split(3)           ", days.split(3)),
    ("chunk(3)           ", days.chunk(3)),
    ("tensor_split(3)    ", days.tensor_split(3)),
    ("split([2, 7, 1])   ", days.split([2, 7, 1])),
    ("tensor_split([2,7])", days.tensor_split([2, 7])),
):
    print(how, [piece.tolist() for piece in pieces])
    assert torch.equal(torch.cat(pieces), days)  # cat undoes every one of them
assert [len(p) for p in torch.split(days, 3)] == [3, 3, 3, 1]  # function or method
assert [len(p) for p in days.chunk(3)] == [4, 4, 2]
assert [len(p) for p in days.tensor_split(3)] == [4, 3, 3]
assert [len(p) for p in days.tensor_split([2, 7])] == [
    2,
    5,
    3,
]  # cuts before 2 and before 7

# %% id="predict-chunk"
predict(
    "Into how many pieces does torch.arange(6).chunk(4) cut?",
    mine=...,
    truth=lambda: len(torch.arange(6).chunk(4)),
)

# %% [markdown] rows=["S03.2"]
# You read in places that `chunk` gives *n* pieces. It takes pieces of size 6 / 4, rounded up to 2, and then three are enough. Nobody warns you. When the number must be right (say,
# one piece for each of four machines), take `tensor_split`.

# %% rows=["S03.2"]
assert [p.tolist() for p in torch.arange(6).chunk(4)] == [[0, 1], [2, 3], [4, 5]]
assert [p.tolist() for p in torch.arange(6).tensor_split(4)] == [[0, 1], [2, 3], [4], [5]]
try:
    days.split([4, 4])
    raise AssertionError("torch accepted it")
except RuntimeError as error:
    print(error)
    assert "to sum exactly to 10" in str(error)  # no day may be forgotten

# %% [markdown] rows=["S03.2"]
# Joining copies. **Cutting does not**: the pieces are views, windows on the memory that was there before. It costs nothing, and whoever writes into a piece writes into the whole:

# %% rows=["S03.2"]
first, second, third = days.split([2, 7, 1])
second[0] = 99
assert days[2] == 99
days[2] = 2
show_strides(days, first, second, third)

# %% [markdown] rows=["S03.2"]
# **`unbind(dim)`** takes a dim apart: one tensor for each place, and the dim is gone. It undoes `stack`. It is also a neat way to give names to the columns of a table:

# %% rows=["S03.2"]
weather = load_weather()
print(weather.columns, weather.units, tuple(weather.values.shape), "from", weather.start)
rain, hottest, coldest_hour, wind = weather.values.unbind(dim=1)
assert rain.shape == (1461,) and torch.equal(hottest, weather.values[:, 1])
assert torch.equal(torch.stack([rain, hottest, coldest_hour, wind], dim=1), weather.values)
assert rain.untyped_storage().data_ptr() == weather.values.untyped_storage().data_ptr()

print("warmest day of each of the first four weeks:")
for number, week in enumerate(hottest[:28].split(7)):
    print(f"  week {number}: {week.max():.1f} °C")

# %% [markdown] rows=["S03.2"]
# ### The short names
#
# As with joining: `hsplit` undoes `hstack`, `vsplit` undoes `vstack`, `dsplit` undoes `dstack`. They take a number of *equal* pieces, or a list of places.

# %% rows=["S03.2"]
left, middle, right = torch.hsplit(across, 3)
assert torch.equal(left, three) and torch.equal(middle, five) and torch.equal(right, seven)
assert torch.equal(torch.vsplit(down, 3)[2], seven)
deep = torch.dstack((three, five, seven))
assert torch.equal(torch.dsplit(deep, 3)[1].squeeze(2), five)
assert [p.shape[1] for p in torch.hsplit(across, [4, 20])] == [4, 16, 4]
try:
    torch.hsplit(across, 5)
    raise AssertionError("torch accepted it")
except RuntimeError as error:
    print(error)
    assert "not divisible" in str(error)

# %% [markdown] rows=["E19", "S03.2"]
# ### Claim check: does `hsplit` split by columns?
#
# So it is described. Here is something that has no columns. What will `hsplit` do with it? And `vsplit`, which splits by rows?

# %% id="predict-e19"
predict(
    "torch.hsplit(torch.arange(6), 3) gives … Write a list of lists, or 'error'.",
    mine=...,
    truth=lambda: [p.tolist() for p in torch.hsplit(torch.arange(6), 3)],
)

# %% id="predict-vsplit"
predict(
    "torch.vsplit(torch.arange(6), 3) gives … Write a list of lists, or 'error'.",
    mine=...,
    truth=lambda: [p.tolist() for p in torch.vsplit(torch.arange(6), 3)],
)

# %% rows=["E19", "S03.2"]
pieces = torch.hsplit(torch.arange(6), 3)
assert [p.tolist() for p in pieces] == [[0, 1], [2, 3], [4, 5]]  # it cut dim 0
assert [p.tolist() for p in torch.hsplit(torch.arange(6), [2, 5])] == [
    [0, 1],
    [2, 3, 4],
    [5],
]
for cut, dims in ((torch.vsplit, 2), (torch.dsplit, 3)):
    try:
        cut(torch.arange(6), 3)
        raise AssertionError("torch accepted it")
    except RuntimeError as error:
        print(error)
        assert f"at least {dims} dimension" in str(error)
tall = torch.zeros(2, 6, 4)
assert torch.hsplit(tall, 3)[0].shape == (2, 2, 4)  # 3-D: still dim 1, not the last one

# %% [markdown] rows=["E19"]
# `hsplit` cuts along dim 1 where there is one, and along dim 0 where there is none. `vsplit` and `dsplit` are stricter: they refuse. “By columns” is right for tables only.
#
# ### Exercise 3.3 · The warmest day of each week
# ●○○○ · 5 minutes · 1 point
#
# Write `week_peaks(temperatures)`: the highest temperature of each week of seven days. The record seldom ends on a Sunday: a short last week counts too, with the days that it has.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "week_peaks"}
def week_peaks(temperatures):
    """The highest value of each week.

    temperatures: float, shape (days,), days >= 1, the first week first.
    Returns: shape (weeks,), the dtype of temperatures; a short last week counts.
    """
    ### BEGIN SOLUTION
    return torch.stack([week.max() for week in temperatures.split(7)])
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_week_peaks", "points": 1}
check(week_peaks, torch.tensor([3.0, 5.0, 4.0, 9.0, 2.0, 1.0, 0.0, -4.0, -2.0])).gives(
    torch.tensor([9.0, -2.0])
)
check(week_peaks, torch.arange(14, dtype=torch.float64)).gives(
    torch.tensor([6.0, 13.0], dtype=torch.float64)
)
solved(week_peaks)
### BEGIN HIDDEN TESTS
for _n in (1, 6, 7, 8, 30, 49, 50):
    for _dtype in (torch.float32, torch.float64):
        for _t in fresh.layouts(fresh.floats(_n, dtype=_dtype) - 20):
            _peaks = [_t[_i : _i + 7].max().item() for _i in range(0, _n, 7)]
            check(week_peaks, _t).gives(torch.tensor(_peaks, dtype=_dtype))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which knife?</summary>You know how many days <em>each</em> piece has, and the last may be smaller.</details>
# <details><summary>Hint 2: put together again</summary>A list of single numbers, each a tensor of shape <code>()</code>, becomes a row along a <em>new</em> dim.</details>
# <details><summary>Hint 3: nearly there</summary><code>[week.max() for week in temperatures.split(7)]</code> is the list; <code>torch.stack</code> does the rest.</details>

# %% [markdown] rows=["S03.2", "S03.4"]
# ### Exercise 3.4 · Unpack
# ●●○○ · 8 minutes · 2 points
#
# A network has many weights, in tensors of many shapes. Some programs (second-order optimizers, a sender to another machine) want all of them as one long row. Here is the way back:
# write `unpack_weights(flat, shapes)`. It cuts the row into pieces, one for each shape, in order. The pieces are **views**: whoever changes one changes the row. If the row is too long or
# too short for the shapes, a `RuntimeError` must be raised; silently losing weights would be worse.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "unpack_weights"}
def unpack_weights(flat, shapes):
    """Cut one long row into tensors of the given shapes.

    flat: shape (total,); shapes: list of tuples of ints, such as [(2, 3), (2,)].
    Returns: list of tensors, views of flat.
    Raises: RuntimeError when the shapes do not need exactly total numbers.
    """
    ### BEGIN SOLUTION
    sizes = [math.prod(shape) for shape in shapes]
    return [
        piece.view(shape) for piece, shape in zip(flat.split(sizes), shapes, strict=True)
    ]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_unpack_weights", "points": 2}
_flat = torch.arange(8.0)
check(unpack_weights, _flat, [(2, 3), (2,)]).gives(
    [torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), torch.tensor([6.0, 7.0])]
)
check(unpack_weights, _flat, [(), (1, 2), (5, 1)]).gives(
    [
        torch.tensor(0.0),
        torch.tensor([[1.0, 2.0]]),
        torch.tensor([[3.0], [4.0], [5.0], [6.0], [7.0]]),
    ]
)
check(unpack_weights, _flat, [(2, 2), (4,)]).satisfies(
    lambda parts: all(
        p.untyped_storage().data_ptr() == _flat.untyped_storage().data_ptr() for p in parts
    ),
    "each piece is a view of flat",
)
check(unpack_weights, _flat, [(2, 3)]).raises(RuntimeError)
solved(unpack_weights)
### BEGIN HIDDEN TESTS
for _shapes in ([(3,)], [(2, 2), (1,), (3, 1, 2)], [(4, 1), ()], [(0, 2), (2, 3), (2,)]):
    _total = sum(math.prod(_s) for _s in _shapes)
    for _f in fresh.layouts(fresh.floats(_total)):
        _wanted, _at = [], 0
        for _s in _shapes:
            _wanted.append(_f[_at : _at + math.prod(_s)].reshape(_s))
            _at += math.prod(_s)
        check(unpack_weights, _f, _shapes).gives(_wanted)
    check(unpack_weights, fresh.floats(_total + 1), _shapes).raises(RuntimeError)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: how long?</summary>How many numbers does a piece of shape <code>(2, 3)</code> need? <code>math.prod(shape)</code> says it, for <code>()</code> too.</details>
# <details><summary>Hint 2: one cut</summary><code>split</code> takes a list of sizes, and raises a RuntimeError by itself when they do not add up.</details>
# <details><summary>Hint 3: nearly there</summary><code>flat.split(sizes)</code> gives the pieces. Walk over pieces and shapes together with <code>zip</code>, and give each piece its shape with
# <code>piece.view(shape)</code>.</details>

# %% [markdown] rows=["S03.3"]
# ## 3 · Pick
#
# A cut takes neighbours. To pick is to choose freely, and there are three ways to say what you want: **by position**, **by mask** (yes or no for each), and **by one index for each row**.
#
# ### By position
#
# **`narrow(dim, start, length)`** is a slice in words: a view. **`index_select(dim, index)`** takes any positions, in any order, as often as you like: a copy. **`take(index)`** forgets the shape and counts
# through the whole tensor, as you read a page.

# %% rows=["S03.3"]
january = weather.values.narrow(0, 0, 31)
assert torch.equal(january, weather.values[0:31])

first_of_month = torch.tensor([0, 31, 60, 91])  # 2012 was a leap year
firsts = weather.values.index_select(0, first_of_month)
assert torch.equal(firsts, weather.values[first_of_month])
show_tensor(firsts, "the first of January, February, March, April")

memory = weather.values.untyped_storage().data_ptr()
assert january.untyped_storage().data_ptr() == memory  # narrow: a view
assert firsts.untyped_storage().data_ptr() != memory  # index_select: a copy

# %% id="predict-take"
ruler = torch.tensor([[0, 10, 20], [30, 40, 50]])

predict(
    "ruler has the shape (2, 3), index = torch.tensor([[5, 0], [1, 1]]). Which shape "
    "has ruler.take(index)?",
    mine=...,
    truth=lambda: tuple(ruler.take(torch.tensor([[5, 0], [1, 1]])).shape),
)

# %% [markdown] rows=["S03.3"]
# It is often said that `take` gives something 1-D. That holds for a 1-D index. The rule is: **the result has the shape of the index.**

# %% rows=["S03.3"]
assert ruler.take(torch.tensor([0, 2, 5])).tolist() == [0, 20, 50]
assert ruler.take(torch.tensor([[5, 0], [1, 1]])).tolist() == [[50, 0], [10, 10]]
assert ruler.take(torch.tensor([-1])).tolist() == [50]  # negative: from the end

# %% [markdown] rows=["S03.3"]
# ### By mask
#
# A mask is a tensor of True and False. **`masked_select(mask)`**, or `x[mask]`, takes what is True. **`nonzero`** tells *where* it is True: one row of coordinates for each. **`where(mask, a, b)`** takes from `a`
# where it is True and from `b` where it is not.

# %% rows=["S03.3"]
shower = rain[:8]
wet = shower > 0
print("rain  ", shower)
print("wet   ", wet)
assert torch.equal(shower.masked_select(wet), shower[wet])
assert len(shower.masked_select(wet)) == wet.sum() == 5
assert wet.nonzero().tolist() == [[1], [2], [3], [4], [5]]  # (how many, how many dims)

capped = torch.where(shower > 5, 5.0, shower)  # never more than the gauge can hold
print("capped", capped)
assert capped.shape == shower.shape and capped.max() == 5

where_wet = torch.where(wet)  # without a and b: nonzero, one tensor for each dim
assert len(where_wet) == 1 and torch.equal(where_wet[0], wet.nonzero()[:, 0])

# %% id="predict-masked-select"
predict(
    "ruler (above) has the shape (2, 3). Which shape has ruler.masked_select(ruler > "
    "15)? Write a tuple.",
    mine=...,
    truth=lambda: tuple(ruler.masked_select(ruler > 15).shape),
)

# %% [markdown] rows=["S03.3"]
# A plain row. The first line has one hit, the second three: that would be a table with a hole, and tensors have no holes. So when the shape must live, use `where`. A *mean* over what is True shows why that
# matters:

# %% rows=["S03.3"]
mask = ruler > 15
assert ruler.masked_select(mask).tolist() == [20, 30, 40, 50]  # whose row was 20?
kept = torch.where(mask, ruler, 0)
assert kept.tolist() == [[0, 0, 20], [30, 40, 50]]
print("sums", kept.sum(dim=1).tolist(), "counts", mask.sum(dim=1).tolist())
assert (kept.sum(dim=1) / mask.sum(dim=1)).tolist() == [20.0, 40.0]

# %% id="predict-nan-mask"
predict(
    "To hide a value, many multiply by a mask of 0 and 1. Is float('nan') * 0 equal to "
    "0? True or False",
    mine=...,
    truth=lambda: (torch.tensor(float("nan")) * 0 == 0).item(),
)

# %% rows=["S03.3"]
broken = torch.tensor([1.0, float("nan"), 3.0])  # nan, “not a number”: a failed sensor
good = torch.tensor([True, False, True])
assert (broken * good).sum().isnan()  # the nan came through the mask
assert torch.where(good, broken, 0.0).sum() == 4  # here it was never taken

# %% [markdown] rows=["S03.3"]
# Whatever you do with a NaN gives NaN, even times 0. `where` does not calculate with what it leaves out.
#
# ### Exercise 3.5 · The mean of what is there
# ●●○○ · 8 minutes · 2 points
#
# Sentences have different lengths, sensors fail, some days were never measured. So real tables come with a mask. Write `masked_mean(values, mask)`: the mean of each row, over the places where the mask is
# True. Anything can stand in the other places, even NaN or infinity. For a row without a single True, give 0.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "masked_mean"}
def masked_mean(values, mask):
    """The mean of each row over the places where mask is True.

    values: float, shape (n, d), anything (nan, inf) where mask is False;
    mask: bool, shape (n, d).
    Returns: shape (n,), the dtype of values; 0 for a row without a True.
    """
    ### BEGIN SOLUTION
    kept = torch.where(mask, values, 0)
    return kept.sum(dim=1) / mask.sum(dim=1).clamp(min=1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_masked_mean", "points": 2}
check(
    masked_mean,
    torch.tensor([[1.0, 2.0, 7.0], [4.0, 9.0, 6.0]]),
    torch.tensor([[True, True, False], [True, False, True]]),
).gives(torch.tensor([1.5, 5.0]))
check(
    masked_mean,
    torch.tensor([[float("nan"), 3.0, 5.0], [8.0, float("nan"), 1.0]]),
    torch.tensor([[False, True, True], [True, False, False]]),
).gives(torch.tensor([4.0, 8.0]))
check(masked_mean, torch.tensor([[3.0, 9.0]]), torch.tensor([[False, False]])).gives(
    torch.tensor([0.0])
)
solved(masked_mean)
### BEGIN HIDDEN TESTS
for _n, _d in ((1, 1), (4, 3), (5, 6), (0, 2), (3, 0)):
    for _dtype in (torch.float32, torch.float64):
        _m = fresh.bools(_n, _d)
        _junk = (5.0, float("nan"), float("inf"))[fresh.integer(0, 2)]
        _dirty = torch.where(_m, fresh.floats(_n, _d, dtype=_dtype), _junk)
        for _v in fresh.layouts(_dirty):
            _means = [
                sum(_v[_i][_m[_i]].tolist()) / max(1, int(_m[_i].sum())) for _i in range(_n)
            ]
            check(masked_mean, _v, _m).gives(torch.tensor(_means, dtype=_dtype))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two numbers a row</summary>A mean is a sum divided by a count. Both are sums over dim 1: one of the values, one of the mask.</details>
# <details><summary>Hint 2: the hidden ones</summary><code>torch.where(mask, values, 0)</code> puts a 0 where nothing counts, whatever stood there. Multiplying by the mask lets a NaN through.</details>
# <details><summary>Hint 3: nearly there</summary>Divide <code>kept.sum(dim=1)</code> by <code>mask.sum(dim=1).clamp(min=1)</code>: clamp turns a count of 0 into 1, and 0 / 1 is 0.</details>

# %% [markdown] rows=["S03.3"]
# ### By one index for each row
#
# The third way is the one that beginners miss most. Three runners, four rounds each; every runner wants *their own* fastest round. `argmin(dim=1)` says which round that is, for each row. How do you now
# get the times?
#
# **`gather(dim, index)`** does it: row `i` of the index picks from row `i` of the tensor. The index has as many dims as the tensor, so a column of it gives one pick for each row. ([Chapter 04](../04_scatter/04_scatter.ipynb) looks at it closely.)

# %% rows=["S03.3", "S03.5"]
rounds = torch.tensor([[61, 58, 60, 64], [70, 66, 69, 65], [55, 57, 56, 59]])
fastest = rounds.argmin(dim=1, keepdim=True)  # keepdim: a column, shape (3, 1)
print("which round:", fastest.flatten().tolist())
assert fastest.tolist() == [[1], [3], [0]]
assert rounds.gather(1, fastest).tolist() == [[58], [65], [55]]
show_gather(rounds, 1, fastest)

# %% [markdown] rows=["S03.3"]
# **`take_along_dim(index, dim)`** is the same with a kinder rule: sizes of 1 in the index stretch, as in broadcasting. It is made for the answers of `argmin`, `argmax` and `argsort`:

# %% rows=["S03.3", "S03.5"]
order = rounds.argsort(dim=1)
assert torch.equal(torch.take_along_dim(rounds, order, dim=1), rounds.sort(dim=1).values)
assert torch.equal(torch.take_along_dim(rounds, fastest, dim=1), rounds.gather(1, fastest))

round_two = torch.tensor([[2]])
assert torch.take_along_dim(rounds, round_two, dim=1).tolist() == [[60], [69], [56]]
assert rounds.gather(1, round_two).tolist() == [
    [60]
]  # gather: the first row only, no error

# %% [markdown] rows=["S03.3"]
# Now the case that made `gather` famous. A detector looks at a photo and proposes many boxes, each with a score: “how sure am I that something is in here?” A batch of such answers has the shape
# `(photos, boxes, 4)`; the four numbers are left, top, right, bottom. The best box of each photo is wanted. This is how it is often written first:

# %% id="predict-boxes"
boxes = torch.arange(24).reshape(2, 3, 4)  # 2 photos, 3 boxes each
scores = torch.tensor([[0.1, 0.8, 0.3], [0.9, 0.2, 0.4]])
best = scores.argmax(dim=1)  # box 1 for photo 0, box 0 for photo 1

predict(
    "boxes has the shape (2, 3, 4), best is [1, 0]. Which shape has boxes[:, best]? "
    "Write a tuple.",
    mine=...,
    truth=lambda: tuple(boxes[:, best].shape),
)

# %% rows=["S03.3"]
assert boxes[:, best].shape == (2, 2, 4)  # boxes 1 and 0 of *each* photo
assert torch.equal(boxes[:, best], boxes.index_select(1, best))

# %% [markdown] rows=["S03.3"]
# That is picking by position: “from every photo boxes 1 and 0”. With 32 photos you get 32 × 32 boxes, most of them of no use to anybody.
#
# ### Exercise 3.6 · The best box
# ●●●○ · 10 minutes · 3 points
#
# Write `best_boxes(boxes, scores)`: for each photo the box with the highest score. Use `gather` or `take_along_dim`, so that it works for a whole batch at once, without a loop. Mind that the index needs as many dims as the
# boxes have.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "best_boxes"}
def best_boxes(boxes, scores):
    """The box with the highest score of each photo.

    boxes: shape (photos, k, 4), k >= 1; scores: float, shape (photos, k).
    Returns: shape (photos, 4), the dtype of boxes.
    """
    ### BEGIN SOLUTION
    best = scores.argmax(dim=1)[:, None, None].expand(-1, 1, 4)
    return boxes.gather(1, best).squeeze(1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_best_boxes", "points": 3}
check(
    best_boxes,
    torch.tensor(
        [
            [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]],
            [[12, 13, 14, 15], [16, 17, 18, 19], [20, 21, 22, 23]],
        ]
    ),
    torch.tensor([[0.1, 0.8, 0.3], [0.9, 0.2, 0.4]]),
).gives(torch.tensor([[4, 5, 6, 7], [12, 13, 14, 15]]))
# a single photo
check(
    best_boxes,
    torch.tensor([[[0.5, 0.5, 2.0, 2.0], [1.0, 1.0, 3.0, 4.0]]]),
    torch.tensor([[-3.0, -1.0]]),
).gives(torch.tensor([[1.0, 1.0, 3.0, 4.0]]))
solved(best_boxes)
### BEGIN HIDDEN TESTS
for _n, _k in ((1, 1), (2, 2), (5, 3), (3, 8), (4, 4)):
    for _b in fresh.layouts(fresh.floats(_n, _k, 4)):
        _s = fresh.permutation(_n * _k).reshape(_n, _k).float()
        _wanted = torch.stack([_b[_i][int(_s[_i].argmax())] for _i in range(_n)])
        check(best_boxes, _b, _s).gives(_wanted)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the shapes</summary><code>scores.argmax(dim=1)</code> has the shape <code>(photos,)</code>. For take_along_dim the index should be <code>(photos, 1, 1)</code>: two new dims of size 1 at the end.</details>
# <details><summary>Hint 2: adding dims</summary><code>best[:, None, None]</code> adds them. take_along_dim stretches the last one over the four numbers; for gather you do it yourself with <code>.expand(-1, 1, 4)</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.take_along_dim(boxes, best[:, None, None], dim=1)</code> has the shape <code>(photos, 1, 4)</code>. One dim of size 1 too many: <code>squeeze(1)</code>.</details>


# %% id="use-best-boxes"
def scenes(count, candidates):
    """Photos with a digit each; boxes (photos, candidates, 4) near it; the ink in each."""
    generator = torch.Generator().manual_seed(6)
    photos = torch.zeros(count, 24, 24)
    proposed = torch.zeros(count, candidates, 4, dtype=torch.int64)
    ink = torch.zeros(count, candidates)
    for i in range(count):
        x, y = torch.randint(0, 17, (2,), generator=generator).tolist()
        photos[i, y : y + 8, x : x + 8] = images[i]
        for j in range(candidates):
            off = torch.randint(-4, 5, (2,), generator=generator)
            left, top = (torch.tensor([x, y]) + off).clamp(0, 15).tolist()
            right, bottom = left + 9, top + 9
            proposed[i, j] = torch.tensor([left, top, right, bottom])
            ink[i, j] = photos[i, top:bottom, left:right].mean()
    return photos, proposed, ink


photos, proposed, ink = scenes(3, 12)
try:
    chosen = best_boxes(proposed, ink)
    figure, axes = plt.subplots(1, 3, figsize=(8.4, 3.1))
    for axis, photo, some, one in zip(axes, photos, proposed, chosen, strict=True):
        axis.imshow(photo, cmap="gray")
        for box, colour, width in [(b, "#8899aa", 0.7) for b in some] + [
            (one, "#ee7733", 2.5)
        ]:
            left, top, right, bottom = box.tolist()
            axis.add_patch(
                plt.Rectangle(
                    (left - 0.5, top - 0.5),
                    right - left,
                    bottom - top,
                    fill=False,
                    color=colour,
                    linewidth=width,
                )
            )
        axis.set(xlabel="x", ylabel="y", title="12 boxes, the best one thick")
    figure.tight_layout()
    plt.show()
except NotImplementedError:
    print("First write best_boxes above; then run this cell again.")

# %% [markdown] rows=["S03.4"]
# ## 4 · Another shape, the same numbers
#
# There are two families, and most trouble comes from taking one for the other.
#
# **Cut anew.** The numbers stay in reading order; only the line breaks move. `view`, `reshape`, and for dims of size 1 `squeeze` and `unsqueeze`.
#
# **Turn.** The dims change places, and so does the reading order. `permute`, `transpose` and five more names.
#
# You met the first family in [chapter 01](../01_tensors/01_tensors.ipynb). In one cell:

# %% rows=["S03.4"]
week = torch.arange(6)
two_rows = week.view(2, 3)
assert two_rows.tolist() == [[0, 1, 2], [3, 4, 5]]
assert torch.equal(week.reshape(3, -1), week.view(3, 2))  # -1: work it out for me

turned = two_rows.t()  # [[0, 3], [1, 4], [2, 5]]
try:
    turned.view(6)
    raise AssertionError("torch accepted it")
except RuntimeError as error:
    print(error)
    assert "Use .reshape(...) instead" in str(error)
flat = turned.reshape(6)
assert flat.tolist() == [0, 3, 1, 4, 2, 5]
show_strides(week, two_rows, turned, flat)

# %% [markdown] rows=["S03.4"]
# `view` promises to share the memory. Reading `turned` row by row would jump to and fro in it, and one row of equal steps cannot do that. So `view` refuses, and `reshape` copies: the last picture stands
# over memory of its own. **`view` is a view or an error; `reshape` is a view where it can be, else a copy.**
#
# `squeeze()` takes away all dims of size 1. It is handy until the day when one of them is your batch:

# %% id="predict-squeeze"
predict(
    "One grey photo: x has the shape (1, 1, 28, 28): batch, channel, height, width. "
    "Which shape has x.squeeze()? Write a tuple.",
    mine=...,
    truth=lambda: tuple(torch.zeros(1, 1, 28, 28).squeeze().shape),
)

# %% rows=["S03.4"]
batch_of_one = torch.zeros(1, 1, 28, 28)
assert batch_of_one.squeeze().shape == (28, 28)  # the batch is gone
assert batch_of_one.squeeze(1).shape == (1, 28, 28)  # only the channel
assert torch.zeros(5, 3).squeeze(1).shape == (5, 3)  # not of size 1: nothing happens
assert torch.zeros(5, 3).unsqueeze(1).shape == torch.zeros(5, 3)[:, None].shape == (5, 1, 3)

# %% [markdown] rows=["S03.4"]
# Say which dim you mean: `squeeze(1)`.
#
# ### Seven names for turning
#
# | name | it says |
# |---|---|
# | `permute(2, 0, 1)` | the whole new order, in old numbers |
# | `transpose(a, b)`, also `swapaxes`, `swapdims` | these two change places |
# | `t()` | the same for a table; refuses more than two dims |
# | `movedim(a, b)`, also `moveaxis` | this one goes there, the others keep their order |
#
# A photo from a camera has its colours last. A layer wants them first. Which of these is right?

# %% id="predict-transpose"
photo = torch.stack([across / 16, across / 32, across / 64], dim=2)  # shape (8, 24, 3)

predict(
    "photo has the shape (8, 24, 3): height, width, colour. Which shape has "
    "photo.transpose(0, 2)? Write a tuple.",
    mine=...,
    truth=lambda: tuple(photo.transpose(0, 2).shape),
)

# %% rows=["S03.4"]
first = photo.permute(2, 0, 1)
assert first.shape == (3, 8, 24)
assert torch.equal(first, photo.movedim(2, 0))  # the colour goes to the front
assert torch.equal(first, photo.moveaxis(-1, 0))
assert torch.equal(first[0], photo[:, :, 0])

swapped = photo.transpose(0, 2)
assert swapped.shape == (3, 24, 8)  # height and width changed places too
assert torch.equal(swapped, photo.swapaxes(0, 2)) and torch.equal(
    swapped, photo.swapdims(0, 2)
)
assert torch.equal(swapped[0], first[0].t())
look(("permute(2, 0, 1)[0]", first[0]), ("transpose(0, 2)[0]", swapped[0]))

try:
    photo.t()
    raise AssertionError("torch accepted it")
except RuntimeError as error:
    print(error)
    assert "expects a tensor with <= 2 dimensions" in str(error)

# %% [markdown] rows=["S03.4"]
# `transpose` swaps *two* dims. To bring the last one to the front and keep the others upright, move it. (With square photos the shape would be right, and every photo would lie on its side.)
#
# All seven are views. So is **`conj`**, the odd one out. It belongs to complex numbers, which you will meet in section 7: it turns the sign of the second half of each. torch is too lazy to do it at once, and sets a mark instead:

# %% rows=["S03.4"]
z = torch.tensor([1 + 2j, 3 - 1j])
conjugated = z.conj()
assert conjugated.tolist() == [1 - 2j, 3 + 1j]
assert conjugated.is_conj()  # the mark …
assert conjugated.data_ptr() == z.data_ptr()  # … on the same memory
assert conjugated.resolve_conj().data_ptr() != z.data_ptr()  # done, on a copy
assert torch.equal((z * z.conj()).real, z.abs() ** 2)
assert torch.conj(torch.tensor([1.0, 2.0])).tolist() == [1.0, 2.0]  # plain numbers stay

# %% [markdown] rows=["S03.4", "S03.1"]
# ### Cut, turn, cut
#
# Many clever moves are these three steps. Here is the contact sheet without a single loop. Six pictures, `(6, 10, 10)`, become 2 rows of 3:
#
# 1. cut: `(6, 10, 10)` → `(2, 3, 10, 10)`, that is (sheet row, sheet column, y, x);
# 2. turn: the *rows of pixels* must be told apart before the columns of the sheet: `(sheet row, y, sheet column, x)`;
# 3. cut: glue neighbours, `(2 · 10, 3 · 10)`.

# %% rows=["S03.4"]
six = torch.nn.functional.pad(images[:6], (1, 1, 1, 1))  # a blank pixel all round
sheet = six.reshape(2, 3, 10, 10).permute(0, 2, 1, 3).reshape(20, 30)
assert torch.equal(sheet[:10], torch.hstack(list(six[:3])))
assert torch.equal(sheet[10:], torch.hstack(list(six[3:])))
look(("cut, turn, cut", sheet), ("cut only", six.reshape(20, 30)))

# %% [markdown] rows=["S03.4"]
# ### Exercise 3.7 · Many heads
# ●●○○ · 7 minutes · 2 points
#
# In the networks behind chat programs, every word is a row of numbers, its *width*. Attention cuts this row into equal parts, called *heads*, and each head looks at the sentence by itself. Write
# `split_heads(x, heads)`: from `(batch, time, width)` to `(batch, heads, time, size)`, where `size = width // heads`. Head 0 gets the first `size` columns, head 1 the next ones, and so on.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "split_heads"}
def split_heads(x, heads):
    """Cut the width into heads, and bring the heads before the time.

    x: shape (batch, time, width); heads: int that divides width.
    Returns: shape (batch, heads, time, width // heads).
    """
    ### BEGIN SOLUTION
    batch, time, width = x.shape
    return x.reshape(batch, time, heads, width // heads).transpose(1, 2)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_split_heads", "points": 2}
# one sentence of three words, four numbers each; two heads
check(split_heads, torch.tensor([[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]]), 2).gives(
    torch.tensor([[[[1, 2], [5, 6], [9, 10]], [[3, 4], [7, 8], [11, 12]]]])
)
check(split_heads, torch.arange(12.0).reshape(2, 2, 3), 3).gives(
    torch.tensor(
        [
            [[[0.0], [3.0]], [[1.0], [4.0]], [[2.0], [5.0]]],
            [[[6.0], [9.0]], [[7.0], [10.0]], [[8.0], [11.0]]],
        ]
    )
)
solved(split_heads)
### BEGIN HIDDEN TESTS
for _b, _t, _h, _s in (
    (1, 1, 1, 1),
    (2, 5, 4, 3),
    (3, 2, 2, 5),
    (1, 4, 1, 6),
    (0, 2, 2, 2),
):
    for _x in fresh.layouts(fresh.floats(_b, _t, _h * _s)):
        _wanted = torch.stack(
            [_x[:, :, _i * _s : (_i + 1) * _s] for _i in range(_h)], dim=1
        )
        check(split_heads, _x, _h).gives(_wanted)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two steps</summary>First cut the width in two dims. Then turn. The two cannot be done in one reshape.</details>
# <details><summary>Hint 2: the cut</summary>One row of the width reads head 0, head 1, …; so the heads come first: <code>(batch, time, heads, size)</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>x.reshape(batch, time, heads, width // heads)</code>, then the dims 1 and 2 change places: <code>.transpose(1, 2)</code>.</details>

# %% [markdown] rows=["S03.4"]
# ### Exercise 3.8 · The right shape is not enough
# ●●○○ · 6 minutes · 2 points
#
# When the heads are done, they must be put side by side again. A colleague wrote this. His test says that the shape is right. His network learns nothing.


# %% id="broken-merge-heads"
def broken_merge_heads(x):
    batch, heads, time, size = x.shape
    return x.reshape(batch, time, heads * size)


assert broken_merge_heads(torch.zeros(2, 4, 5, 3)).shape == (2, 5, 12)

# %% [markdown] rows=["S03.4"]
# Write `merge_heads(x)`, the way back of `split_heads`: each word gets its own numbers again, in their old order. You may run into an error on the way. Read it: it is the one from the start of this section.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "merge_heads"}
def merge_heads(x):
    """Put the heads side by side again.

    x: shape (batch, heads, time, size).
    Returns: shape (batch, time, heads * size).
    """
    ### BEGIN SOLUTION
    batch, heads, time, size = x.shape
    return x.transpose(1, 2).reshape(batch, time, heads * size)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_merge_heads", "points": 2}
# two heads, three words, two numbers each
check(
    merge_heads, torch.tensor([[[[1, 2], [5, 6], [9, 10]], [[3, 4], [7, 8], [11, 12]]]])
).gives(torch.tensor([[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]]))
check(merge_heads, torch.arange(8.0).reshape(1, 4, 2, 1)).gives(
    torch.tensor([[[0.0, 2.0, 4.0, 6.0], [1.0, 3.0, 5.0, 7.0]]])
)
solved(merge_heads)
### BEGIN HIDDEN TESTS
for _b, _h, _t, _s in (
    (1, 1, 1, 1),
    (2, 4, 5, 3),
    (3, 2, 2, 5),
    (1, 3, 4, 1),
    (2, 0, 3, 2),
):
    for _x in fresh.layouts(fresh.floats(_b, _h, _t, _s)):
        _wanted = torch.zeros(_b, _t, _h * _s)
        for _i in range(_h):
            _wanted[:, :, _i * _s : (_i + 1) * _s] = _x[:, _i]
        check(merge_heads, _x).gives(_wanted)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: backwards</summary>split_heads was cut, then turn. The way back undoes the last step first.</details>
# <details><summary>Hint 2: the error</summary>After the turn, the memory is no longer in reading order, and <code>view</code> refuses. The message names what to use in its place.</details>
# <details><summary>Hint 3: nearly there</summary><code>x.transpose(1, 2)</code> has the shape <code>(batch, time, heads, size)</code>; now <code>.reshape(batch, time, heads * size)</code>.</details>

# %% [markdown] rows=["S03.5"]
# ## 5 · Calculate: each for itself, or all into one
#
# **Pointwise** operations work on each number by itself, and the shape stays: `abs`, `cos`, `sin`, `floor`, `floor_divide`, `pow`. Most are what you expect. Two have a trap, and both traps have a minus sign.

# %% id="predict-floor-divide"
predict(
    "torch.tensor(-7).floor_divide(2), also written -7 // 2, gives …",
    mine=...,
    truth=lambda: torch.tensor(-7).floor_divide(2).item(),
)

# %% rows=["S03.5"]
x = torch.tensor([-7, -1, 1, 7])
assert x.abs().tolist() == [7, 1, 1, 7]
assert torch.floor(x / 2).tolist() == [-4.0, -1.0, 0.0, 3.0]  # floor: down, never to zero
assert torch.floor_divide(x, 2).tolist() == (x // 2).tolist() == [-4, -1, 0, 3]
assert torch.div(x, 2, rounding_mode="trunc").tolist() == [-3, 0, 0, 3]  # that goes to zero
assert (x % 2).tolist() == [1, 1, 1, 1]  # what // leaves over is never negative

assert torch.tensor([2.0, 3.0]).pow(2).tolist() == [4.0, 9.0]
assert torch.tensor([2.0, 4.0]).pow(-1).tolist() == [0.5, 0.25]
assert torch.tensor(-8.0).pow(1 / 3).isnan()  # a fraction of a negative: nan, no error
try:
    torch.tensor([2, 4]).pow(-1)
    raise AssertionError("torch accepted it")
except RuntimeError as error:
    print(error)
    assert "negative integer powers" in str(error)  # 0.5 is no whole number

# %% [markdown] rows=["S03.5"]
# “Floor” is the floor of a house: from −3.5 down to −4. Older versions of torch went towards zero here, and older texts still do.
#
# Two more of them, `cos` and `sin`, have a job that has little to do with triangles. A network that is told “day 365” and “day 1” thinks they lie far apart. Yet they are neighbours. Put the year on a **circle**, as on a clock, and every day gets two numbers, a
# cosine and a sine. Neighbours are near, in every season.

# %% rows=["S03.5", "S03.1"]
angle = 2 * torch.pi * torch.arange(1, 367) / 366  # a full turn is 2π
year = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
assert year.shape == (366, 2)  # one row for each day of 2012
assert torch.allclose((year**2).sum(dim=1), torch.ones(366))  # all on a circle of radius 1


def far(a, b):
    return (year[a - 1] - year[b - 1]).pow(2).sum().sqrt().item()


print(f"days 1 and 366: {far(1, 366):.2f},  days 1 and 184: {far(1, 184):.2f}")
assert far(1, 366) < 0.02 and far(1, 184) > 1.99

figure, axis = plt.subplots(figsize=(4.2, 3.6))
dots = axis.scatter(year[:, 0], year[:, 1], c=hottest[:366], cmap="coolwarm", s=12)
figure.colorbar(dots, label="warmest of the day, °C")
axis.set(
    xlabel="cosine", ylabel="sine", title="2012: 1 January at the right", aspect="equal"
)
plt.show()

# %% [markdown] rows=["S03.5"]
# **Reductions** turn many numbers into one: `mean`, `var`, `norm`, `argmax`, `argmin`, `all`, `any`. With `dim=1` they reduce each row, and that dim is gone.

# %% rows=["S03.5"]
rainy_weeks = rain[: 208 * 7].reshape(208, 7) > 0
never_dry = rainy_weeks.all(dim=1).sum()
never_wet = 208 - rainy_weeks.any(dim=1).sum()
print(f"of 208 weeks in Seattle {never_dry} had rain every day, {never_wet} had none")
assert never_dry == 11 and never_wet == 37
assert torch.tensor([]).all() and not torch.tensor([]).any()  # of nothing, all is true

print("hottest day:", hottest.argmax().item(), "  coldest:", coldest_hour.argmin().item())
assert hottest[hottest.argmax()] == hottest.max()
assert coldest_hour[coldest_hour.argmin()] == coldest_hour.min()
assert (
    rounds.argmax().item() == 4 == 1 * 4 + 0
)  # without dim: counted through, row 1 place 0
try:
    torch.tensor([1, 2]).mean()
    raise AssertionError("torch accepted it")
except RuntimeError as error:
    print(error)
    assert "either a floating point or complex dtype" in str(error)
assert torch.tensor([1, 2]).mean(dtype=torch.float32) == 1.5  # float() first does it too

# %% [markdown] rows=["S03.5"]
# ### `keepdim`: reduce, then broadcast back
#
# Three pupils, four marks each. By how much is each mark above the pupil's *own* mean? `marks - marks.mean(dim=1)` looks right:

# %% rows=["S03.5"]
marks = torch.tensor([[2.0, 4.0, 4.0, 6.0], [9.0, 9.0, 9.0, 9.0], [1.0, 3.0, 5.0, 7.0]])
try:
    marks - marks.mean(dim=1)
    raise AssertionError("torch accepted it")
except RuntimeError as error:
    print(error)
    assert "(4) must match" in str(error)
show_broadcast(marks, marks.mean(dim=1), names=("marks", "marks.mean(dim=1)"))

# %% [markdown] rows=["S03.5"]
# Shapes are laid together from the right, so three means stood under four marks. An error is luck. With four pupils it would have run:

# %% id="predict-square"
square = torch.tensor([[0.0, 10.0], [20.0, 30.0]])  # the means of the rows: 5 and 25

predict(
    "square is [[0, 10], [20, 30]]. Write square - square.mean(dim=1) as a list of lists.",
    mine=...,
    truth=lambda: (square - square.mean(dim=1)).tolist(),
)

# %% rows=["S03.5"]
assert (square - square.mean(dim=1)).tolist() == [[-5.0, -15.0], [15.0, 5.0]]  # wrong
kept = square.mean(dim=1, keepdim=True)
assert kept.shape == (2, 1)
assert (square - kept).tolist() == [[-5.0, 5.0], [-5.0, 5.0]]  # right
show_broadcast(square, kept, names=("square", "mean(dim=1, keepdim=True)"), op="sub")

# %% [markdown] rows=["S03.5"]
# **When a reduced tensor goes back to meet the one it came from, write `keepdim=True`.**
#
# ### `var`, and the missing one
#
# The variance is the mean squared distance from the mean. Yet `var` divides by *n − 1*, not by *n*. Why? The mean was made of the same few numbers, so they lie too near to it. Let us measure that: 20,000 samples of five days each, from a record
# whose true variance we know.

# %% rows=["S03.5"]
torch.manual_seed(0)
samples = hottest[torch.randint(len(hottest), (20_000, 5))]
true_variance = hottest.var(correction=0)
by_n_minus_1 = samples.var(dim=1).mean()
by_n = samples.var(dim=1, correction=0).mean()
print(f"true {true_variance:.1f},  by n - 1: {by_n_minus_1:.1f},  by n: {by_n:.1f}")
assert abs(by_n_minus_1 / true_variance - 1) < 0.03
assert abs(by_n / true_variance - 4 / 5) < 0.03  # too small by just that factor

five_days = hottest[:5]
distance = (five_days - five_days.mean()) ** 2
torch.testing.assert_close(five_days.var(), distance.sum() / 4)
torch.testing.assert_close(five_days.var(correction=0), distance.mean())

# %% [markdown] rows=["S03.5"]
# So: a sample of something larger, the default. The numbers *are* all there is (a batch that you normalise), `correction=0`. NumPy's default is the other one, and that has cost people afternoons.
#
# ### `norm`: how long is it?
#
# The norm is the length of an arrow: the root of the sum of squares. `torch.norm` is in every older text. Its own documentation calls it deprecated, and asks for **`torch.linalg.vector_norm`**, or `matrix_norm` if you mean a property of a whole matrix. What does
# torch 2.13 really do?

# %% rows=["S03.5"]
arrow = torch.tensor([3.0, 4.0])
torch.set_warn_always(
    True
)  # torch says some things once only; here we want to hear them all
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert torch.norm(arrow) == arrow.norm() == 5.0
torch.set_warn_always(False)
assert len(caught) == 0  # it works, and says nothing …
assert "deprecated" in torch.norm.__doc__  # … only its documentation does
assert torch.linalg.vector_norm(arrow) == 5.0
assert torch.linalg.vector_norm(arrow, ord=1) == 7.0  # sum of absolute values
assert torch.linalg.vector_norm(marks, dim=1).shape == (3,)

# %% [markdown] rows=["S03.5"]
# Why does it matter, then? Because for a table “norm 2” means two things, and the old name does not say which:

# %% rows=["S03.5"]
stretch = torch.tensor([[3.0, 0.0], [0.0, 4.0]])
assert torch.norm(stretch, p=2) == 5.0  # all four numbers as one arrow
assert torch.linalg.vector_norm(stretch, ord=2) == 5.0  # the same, said clearly
assert torch.linalg.matrix_norm(stretch, ord=2) == 4.0  # how much it stretches at most

# %% [markdown] rows=["S03.5"]
# ### Exercise 3.9 · How alike?
# ●●○○ · 8 minutes · 2 points
#
# Two texts, two faces, two songs: once they are rows of numbers, “alike” means that the arrows point the same way. The measure is the **cosine**: give both arrows the length 1 (divide by their norm), multiply number by number, add up. 1 is the same direction, 0 is
# nothing in common. Write `cosine_table(a, b)`: every row of `a` with every row of `b`. A row of zeros points nowhere; let its cosine with all others be 0. (`torch.inner(a, b)` multiplies and adds each row of `a` with each row of `b`.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "cosine_table"}
def cosine_table(a, b):
    """How alike each row of a is to each row of b.

    a: float, shape (n, d); b: the dtype of a, shape (m, d).
    Returns: shape (n, m), from -1 to 1; 0 where a row is all zeros.
    """
    ### BEGIN SOLUTION
    long_a = torch.linalg.vector_norm(a, dim=1, keepdim=True)
    long_b = torch.linalg.vector_norm(b, dim=1, keepdim=True)
    return torch.inner(a / long_a.clamp(min=1e-12), b / long_b.clamp(min=1e-12))
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_cosine_table", "points": 2}
check(
    cosine_table,
    torch.tensor([[3.0, 4.0], [0.0, 2.0]]),
    torch.tensor([[6.0, 8.0], [1.0, 0.0], [-3.0, -4.0]]),
).gives(torch.tensor([[1.0, 0.6, -1.0], [0.8, 0.0, -0.8]]))
check(cosine_table, torch.zeros(1, 3), torch.tensor([[1.0, 2.0, 2.0]])).gives(
    torch.tensor([[0.0]])
)
solved(cosine_table)
### BEGIN HIDDEN TESTS
for _n, _m, _d in ((1, 1, 1), (3, 3, 3), (2, 5, 4), (0, 2, 3)):
    for _dtype in (torch.float32, torch.float64):
        for _a in fresh.layouts(fresh.floats(_n, _d, dtype=_dtype) + 0.005):
            _b = fresh.floats(_m, _d, dtype=_dtype) + 0.005
            _b[-1] *= fresh.integer(0, 1)
            _wanted = torch.nn.functional.cosine_similarity(_a[:, None], _b[None], dim=2)
            check(cosine_table, _a, _b).gives(_wanted, tolerance=(1e-4, 1e-5))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one length a row</summary><code>torch.linalg.vector_norm(a, dim=1, …)</code> gives one length for each row. It goes back to meet <code>a</code>: what does it need?</details>
# <details><summary>Hint 2: zeros</summary>0 / 0 is NaN. Let a length be a tiny number at least: <code>.clamp(min=1e-12)</code>. Then 0 / tiny is 0.</details>
# <details><summary>Hint 3: nearly there</summary>Divide <code>a</code> by its lengths (with <code>keepdim=True</code> and the clamp), <code>b</code> by its own, and give both to <code>torch.inner</code>.</details>

# %% id="use-cosine-table"
try:
    pixels = images.flatten(1) / 16
    alike = cosine_table(pixels[:1], pixels[1:])[0]
    nearest = alike.argsort(descending=True)[:6] + 1
    print(
        "the first picture is a",
        labels[0].item(),
        "- most alike:",
        labels[nearest].tolist(),
    )
    look(
        ("this", images[0]),
        *[(f"{alike[i - 1]:.2f}", images[i]) for i in nearest.tolist()],
        height=1.3,
    )
except NotImplementedError:
    print("First write cosine_table above; then run this cell again.")

# %% [markdown] rows=["S03.2", "S03.5"]
# ### Exercise 3.10 · Smooth the year
# ●●○○ · 6 minutes · 2 points
#
# Daily temperatures jump about. A **moving average** shows where the year is going: each value is the mean of `width` days in a row, and the window moves on by one day. Write `moving_average(values, width)`. Only full windows count, so the
# result is `width - 1` shorter. `values.unfold(0, width, 1)` shows the windows, one in each row, without copying anything ([chapter 01](../01_tensors/01_tensors.ipynb)). Or use differences of `cumsum`, the running sum.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "moving_average"}
def moving_average(values, width):
    """The mean of every window of width neighbours.

    values: float, shape (n,); width: int, 1 <= width <= n.
    Returns: shape (n - width + 1,), the dtype of values.
    """
    ### BEGIN SOLUTION
    return values.unfold(0, width, 1).mean(dim=1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_moving_average", "points": 2}
check(moving_average, torch.tensor([1.0, 2.0, 6.0, 4.0, 8.0]), 3).gives(
    torch.tensor([3.0, 4.0, 6.0])
)
check(moving_average, torch.tensor([2.0, -4.0, 0.0]), 3).gives(
    torch.tensor([-2 / 3]), tolerance=(1e-4, 1e-5)
)
check(moving_average, torch.tensor([5.0, 3.0], dtype=torch.float64), 1).gives(
    torch.tensor([5.0, 3.0], dtype=torch.float64)
)
solved(moving_average)
### BEGIN HIDDEN TESTS
for _n, _width in ((1, 1), (6, 2), (30, 7), (12, 12), (9, 1)):
    for _v in fresh.layouts(fresh.floats(_n, dtype=torch.float64)):
        _wanted = [
            sum(_v[_i : _i + _width].tolist()) / _width for _i in range(_n - _width + 1)
        ]
        check(moving_average, _v, _width).gives(
            torch.tensor(_wanted, dtype=torch.float64), tolerance=(1e-6, 1e-9)
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the windows</summary><code>values.unfold(0, width, 1)</code> has the shape <code>(n - width + 1, width)</code>: along dim 0, windows of <code>width</code>, one step apart.</details>
# <details><summary>Hint 2: reduce</summary>One mean for each row. Which dim has to go?</details>
# <details><summary>Hint 3: nearly there</summary><code>.mean(dim=1)</code> of the windows is the whole answer.</details>

# %% id="use-moving-average"
try:
    figure, axis = plt.subplots(figsize=(7.5, 2.9))
    axis.plot(hottest[:366], color="#bbbbbb", label="each day")
    axis.plot(
        range(15, 352), moving_average(hottest[:366], 30), color="#cc3311", label="30 days"
    )
    axis.set(
        xlabel="day of 2012", ylabel="warmest of the day, °C", title="Seattle, smoothed"
    )
    axis.legend()
    plt.show()
except NotImplementedError:
    print("First write moving_average above; then run this cell again.")

# %% [markdown] rows=["S03.5"]
# ## 6 · Compare and put in order
#
# Six comparisons have a sign and a name: `>` is `gt` (*greater than*), `>=` is `ge`, `<` is `lt`, `<=` is `le`, `==` is `eq`, `!=` is `ne`. Each gives a mask. You have used them all along.

# %% rows=["S03.5"]
frost = coldest_hour.lt(0)
assert torch.equal(frost, coldest_hour < 0)
assert torch.equal(coldest_hour.ge(0), ~frost)
hot, cool = hottest.gt(30), hottest.le(30)
assert hot.sum() + cool.sum() == len(hottest)
assert weather.values[:, 3].eq(wind).all()
print(f"{frost.sum()} days with frost, {hot.sum()} days above 30 °C")

thirds = torch.tensor([0.1]) + torch.tensor([0.2])
assert not thirds.double().eq(0.3)  # floats are seldom exactly equal …
assert thirds.isclose(torch.tensor([0.3]))  # … but close

# %% [markdown] rows=["S03.5"]
# ### Not a number
#
# A sensor failed on two days of a week. The record says NaN there. How does a NaN compare, even with itself?

# %% id="predict-nan"
measured = torch.tensor([12.0, float("nan"), 19.0, 19.0, float("nan"), 7.0, 19.0])

predict(
    "measured has seven numbers, two of them NaN. What does (measured == "
    "measured).sum() give?",
    mine=...,
    truth=lambda: (measured == measured).sum().item(),
)

# %% rows=["S03.5"]
nan = measured[1]
assert nan.ne(nan) and not nan.eq(nan) and not nan.gt(0) and not nan.le(0) and not nan.lt(0)
assert not (measured == float("nan")).any()  # so you cannot find it like this …
assert measured.isnan().nonzero().flatten().tolist() == [1, 4]  # … but like this

assert measured.mean().isnan() and measured.max().isnan()  # one is enough
assert measured.argmax() == 1  # argmax points at the first nan
assert (
    measured.sort().values.isnan().tolist() == [False] * 5 + [True] * 2
)  # sorted: the largest
assert measured.topk(2).values.isnan().all()  # and so in topk

# %% [markdown] rows=["S03.5"]
# Every comparison with NaN is False; only `!=` is True. And when you sort, NaN counts as larger than all numbers. Ask for the two hottest days, and you get the two on which nobody measured.
#
# ### Ties
#
# Three days had 19°. Which is the hottest? `argmax` promises the **first**. `argsort` and `topk` promise nothing about equal values, unless you ask: `argsort(stable=True)` keeps their old order. Look at four years of Seattle:

# %% rows=["S03.5"]
assert torch.tensor([7.0, 19.0, 19.0]).argmax() == 1
assert torch.tensor([7.0, 2.0, 2.0]).argmin() == 1

print("topk           ", hottest.topk(6).indices.tolist())
in_order = hottest.argsort(descending=True, stable=True)
print("stable argsort ", in_order[:6].tolist())
print("their values   ", hottest[in_order[:6]])
assert torch.equal(hottest.topk(6).values, hottest[in_order[:6]])  # the values: no doubt
assert in_order[:6].tolist() == [
    953,
    1295,
    228,
    912,
    1306,
    1307,
]  # ties: the earlier day first

# %% [markdown] rows=["S03.5"]
# `topk` is faster than sorting everything, and the values are the same. Only do not trust it with the *places* of equal ones; they may differ on another machine.
#
# ### Exercise 3.11 · The hottest days
# ●●●○ · 10 minutes · 3 points
#
# A newspaper wants the hottest days of a record. A colleague wrote this, and the newspaper printed a day without a measurement:


# %% id="broken-hottest-days"
def broken_hottest_days(temperatures, k):
    return temperatures.topk(k).indices


print(broken_hottest_days(measured, 3))

# %% [markdown] rows=["S03.5"]
# Write `hottest_days(temperatures, k)`: the numbers of the `k` hottest days, the hottest first. Of equally hot days the earlier one comes first. A day with NaN is never among them; if fewer than `k` days were measured, return those.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "hottest_days"}
def hottest_days(temperatures, k):
    """The numbers of the k hottest days, the hottest first.

    temperatures: float, shape (days,), nan where nobody measured; k: int >= 0.
    Returns: int64, shape (min(k, days measured),); equally hot: the earlier day first.
    """
    ### BEGIN SOLUTION
    missing = temperatures.isnan()
    known = torch.where(missing, float("-inf"), temperatures)
    order = known.argsort(descending=True, stable=True)
    return order[: min(k, int((~missing).sum()))]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_hottest_days", "points": 3}
check(
    hottest_days,
    torch.tensor([12.0, float("nan"), 19.0, 23.0, float("nan"), -7.0, 19.0]),
    3,
).gives(torch.tensor([3, 2, 6]))
check(hottest_days, torch.tensor([float("nan"), -5.0, -2.0]), 5).gives(torch.tensor([2, 1]))
# forty days, all equally hot
check(hottest_days, torch.full((40,), 15.0), 4).gives(torch.tensor([0, 1, 2, 3]))
solved(hottest_days)
### BEGIN HIDDEN TESTS
for _n in (0, 1, 5, 60):
    for _k in (0, 1, 4, 60):
        for _t in fresh.layouts(fresh.integers(-3, 3, _n).float()):
            _t[fresh.bools(_n)] = float("nan")
            _measured = [_i for _i in range(_n) if not math.isnan(_t[_i])]
            _best = sorted(_measured, key=lambda _i: -_t[_i].item())[:_k]
            check(hottest_days, _t, _k).gives(torch.tensor(_best, dtype=torch.int64))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: NaN</summary>Put something in its place that can never win: <code>float("-inf")</code>, with <code>isnan</code> and <code>where</code>. (0 could win in winter.)</details>
# <details><summary>Hint 2: ties</summary><code>argsort(descending=True, stable=True)</code> keeps equal days in their old order.</details>
# <details><summary>Hint 3: nearly there</summary>Of that order take the first <code>min(k, measured)</code>, where <code>measured = int((~temperatures.isnan()).sum())</code>.</details>

# %% [markdown] rows=["S03.5"]
# ### Exercise 3.12 · Only the best may play
# ●●○○ · 7 minutes · 2 points
#
# A chat program has a score for every word that could come next. It draws one by chance, but the 50,000 unlikely ones should have no chance at all. So all but the `k` best scores are set to **−inf**; a softmax then makes exactly 0 of them. Write
# `keep_topk(scores, k)`, row by row. Who is *as good as* the k-th stays too, so that a tie is no lottery.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "keep_topk"}
def keep_topk(scores, k):
    """The scores, with -inf where a score is below the k-th best of its row.

    scores: float, shape (n, classes); k: int, 1 <= k <= classes.
    Returns: a new tensor, shape and dtype of scores.
    """
    ### BEGIN SOLUTION
    kth = scores.topk(k, dim=1).values[:, -1:]
    return torch.where(scores >= kth, scores, float("-inf"))
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_keep_topk", "points": 2}
_no = float("-inf")
check(keep_topk, torch.tensor([[1.0, 5.0, 3.0, 2.0], [-9.0, -8.0, -4.0, -6.0]]), 2).gives(
    torch.tensor([[_no, 5.0, 3.0, _no], [_no, _no, -4.0, -6.0]])
)
# the second and the third are equally good
check(keep_topk, torch.tensor([[7.0, 0.0, 4.0, 4.0]]), 2).gives(
    torch.tensor([[7.0, _no, 4.0, 4.0]])
)
check(keep_topk, torch.tensor([[1.0, 1.0]], dtype=torch.float64), 1).gives(
    torch.tensor([[1.0, 1.0]], dtype=torch.float64)
)
solved(keep_topk)
### BEGIN HIDDEN TESTS
for _n, _c in ((1, 1), (3, 3), (4, 6), (0, 4)):
    for _dtype in (torch.float32, torch.float64):
        for _s in fresh.layouts(fresh.integers(-4, 4, _n, _c).to(_dtype)):
            _k = fresh.integer(1, _c)
            _wanted = _s.clone()
            for _i in range(_n):
                _limit = sorted(_s[_i].tolist())[-_k]
                _wanted[_i][_s[_i] < _limit] = float("-inf")
            check(keep_topk, _s, _k).gives(_wanted)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one number a row</summary>You need no places, only a limit for each row: the k-th best score.</details>
# <details><summary>Hint 2: its shape</summary><code>scores.topk(k, dim=1).values</code> has the shape <code>(n, k)</code>, the best first. The limit goes back to meet the scores: keep it a column, <code>[:, -1:]</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.where(scores &gt;= limit, scores, float("-inf"))</code>.</details>

# %% [markdown] rows=["S03.5"]
# ## 7 · A melody
#
# Sound is a long row of numbers: the air's pressure, here 8,000 times a second. A pure tone of 440 Hz goes up and down 440 times a second; that is `sin` again. Three notes one after another are a `cat`, and two at once are a sum:

# %% rows=["S03.5", "S03.1"]
RATE = 8000
time = torch.arange(RATE // 2) / RATE  # half a second


def tone(frequency):
    return torch.sin(2 * torch.pi * frequency * time)


sound = torch.cat([tone(440), tone(660), tone(550), tone(440) + tone(660)])
assert sound.shape == (16_000,)

figure, axes = plt.subplots(1, 2, figsize=(8, 2.4), sharey=True)
for axis, start, title in (
    (axes[0], 0, "440 Hz"),
    (axes[1], 12_000, "440 and 660 Hz at once"),
):
    axis.plot(1000 * time[:120], sound[start : start + 120])
    axis.set(xlabel="milliseconds", ylabel="pressure", title=title)
figure.tight_layout()
plt.show()

# %% [markdown] rows=["S03.5"]
# You hear which notes these are. The numbers do not show it. **`stft`**, the *short-time Fourier transform*, does what your ear does: it cuts the sound into short overlapping pieces, and says of each how much of every frequency is in it. With pieces of `n_fft=512` numbers it
# has 257 frequencies, 512 / 2 + 1, from 0 up to half the rate.
#
# Old programs call it with the sound and `n_fft` only. Today:

# %% rows=["S03.5"]
torch.set_warn_always(True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    try:
        torch.stft(sound, 512)
        raise AssertionError("torch accepted it")
    except RuntimeError as error:
        print("error:  ", error)
        assert "return_complex" in str(error)
    boxy = torch.stft(sound, 512, return_complex=True)
torch.set_warn_always(False)
print("warning:", str(caught[-1].message).partition(" Other windows")[0])
assert "A window was not provided" in str(caught[-1].message)

# %% [markdown] rows=["S03.5"]
# Two lessons, and torch says both by itself. First: for each frequency there are two facts, how strong and *when it peaks*; a complex number holds both, so ask for `return_complex=True`. `abs` then gives the strength. Second: cutting a sound into pieces makes hard edges, and a hard edge is a click: a bit of
# every frequency. A **window** fades each piece in and out.

# %% rows=["S03.5"]
soft = torch.stft(sound, 512, window=torch.hann_window(512), return_complex=True)
assert soft.dtype == torch.complex64 and soft.shape == boxy.shape == (257, 126)
strength = soft.abs()
assert torch.allclose((soft * soft.conj()).real, strength**2, atol=1e-2)

far_away = int(2000 * 512 / RATE)  # the row of 2000 Hz; nobody played that
leak = [
    (spectrum[far_away, 15].abs() / spectrum[:, 15].abs().max()).item()
    for spectrum in (boxy, soft)
]
print(
    f"at 2000 Hz, parts of the loudest: without a window {leak[0]:.0e}, with {leak[1]:.0e}"
)
assert leak[0] > 100 * leak[1]

figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
for axis, spectrum, title in ((axes[0], boxy, "no window"), (axes[1], soft, "Hann window")):
    picture = spectrum.abs().clamp(min=1e-3).log10()
    drawn = axis.imshow(
        picture[:90],
        origin="lower",
        aspect="auto",
        extent=(0, 2, 0, 90 * RATE / 512),
        vmin=-3,
    )
    axis.set(xlabel="seconds", ylabel="Hz", title=title)
figure.colorbar(drawn, ax=axes, label="log10 of the strength")
plt.show()

# %% id="predict-loudest"
predict(
    "strength has the shape (257, 126): frequencies, moments. Which shape has "
    "strength.argmax(dim=0)?",
    mine=...,
    truth=lambda: tuple(strength.argmax(dim=0).shape),
)

# %% rows=["S03.5"]
heard = strength.argmax(dim=0) * RATE / 512  # the loudest frequency of each moment, in Hz
print("heard at 0.25, 0.75 and 1.25 seconds:", heard[[15, 47, 78]].tolist())
for moment, played in ((15, 440), (47, 660), (78, 550)):
    assert abs(heard[moment] - played) <= RATE / 512 / 2  # the nearest of the 257

# %% [markdown] rows=["S03.5"]
# That is a tuner for guitars, in one line. It is off by up to 8 Hz, because the frequencies of 512 numbers stand 15.6 Hz apart. Longer pieces hear finer differences, and know less well *when*.
#
# ## 8 · Whole tables
#
# First three small ones. **`clone`** copies. **`flip`** turns the order round along a dim. **`diag`** takes the diagonal out of a table, or builds a table from a diagonal.

# %% rows=["S03.5"]
own = three.clone()
own[0, 0] = 200
assert three[0, 0] != 200  # memory of its own

mirrored, upside_down = three.flip(1), three.flip(0)
assert torch.equal(mirrored[:, 0], three[:, 7])
assert mirrored.data_ptr() != three.data_ptr()  # a copy; NumPy's flip is a view
look(("three", three), ("flip(1)", mirrored), ("flip(0)", upside_down), height=1.8)

assert torch.diag(torch.tensor([[1, 2], [3, 4]])).tolist() == [1, 4]
assert torch.diag(torch.tensor([5, 6])).tolist() == [[5, 0], [0, 6]]

# %% [markdown] rows=["S03.5"]
# Then the multiplications. **`dot`**: two rows, multiply and add. **`inner`**: each row of one with each row of the other. **`addmm(bias, a, b)`**: the matrix product `a @ b`, plus `bias`; every linear layer of a network is this one.

# %% rows=["S03.5"]
price, amount = torch.tensor([2.0, 0.5, 3.0]), torch.tensor([1.0, 4.0, 2.0])
assert torch.dot(price, amount) == 2 * 1 + 0.5 * 4 + 3 * 2 == 10
try:
    torch.dot(torch.ones(2, 3), torch.ones(2, 3))  # NumPy's dot would take tables
    raise AssertionError("torch accepted it")
except RuntimeError as error:
    print(error)
    assert "1D tensors expected" in str(error)

shoppers = torch.tensor([[1.0, 4.0, 2.0], [0.0, 0.0, 1.0]])
shops = torch.tensor([[2.0, 0.5, 3.0], [1.0, 1.0, 4.0]])
assert torch.inner(shoppers, shops).tolist() == [[10.0, 13.0], [3.0, 4.0]]
assert torch.equal(
    torch.inner(shoppers, shops), shoppers @ shops.t()
)  # not shoppers @ shops

bag = torch.tensor([0.1, 0.2])  # each shop's price for a bag
bill = torch.addmm(bag, shoppers, shops.t())
assert torch.equal(bill, shoppers @ shops.t() + bag)
assert torch.equal(bill, torch.nn.functional.linear(shoppers, shops, bag))

# %% [markdown] rows=["S03.5"]
# ### A table in a few numbers: `svd`
#
# Our 1,797 digits are a table of 1797 × 64 numbers. But pixels are not free: the corners are always empty, neighbours are alike. Could every digit be a *mixture of a few basic pictures*?
#
# The **singular value decomposition** finds the best basic pictures there are. It writes any table as a product of three, `U @ diag(S) @ Vh`: the rows of `Vh` are the basic pictures, `S` says how important each is, the most important first, and `U` says how much of each is in every digit.

# %% rows=["S03.5"]
pixels = images.flatten(1) / 16
U, S, Vh = torch.linalg.svd(pixels, full_matrices=False)
print("U", tuple(U.shape), " S", tuple(S.shape), " Vh", tuple(Vh.shape))
assert U.shape == (1797, 64) and S.shape == (64,) and Vh.shape == (64, 64)
torch.testing.assert_close(U @ torch.diag(S) @ Vh, pixels, atol=1e-4, rtol=0)
torch.testing.assert_close(Vh @ Vh.t(), torch.eye(64), atol=1e-4, rtol=0)  # see below
assert (S[:-1] >= S[1:]).all()

print(
    "of some importance:",
    [round(s, 1) for s in S[:6].tolist()],
    "… and the last:",
    round(S[-1].item(), 5),
)
look(*[(f"row {i} of Vh", Vh[i].reshape(8, 8)) for i in range(5)], height=1.4)

# %% [markdown] rows=["S03.5"]
# The assertion about `Vh @ Vh.t()` says: each basic picture is an arrow of length 1, and any two of them stand at right angles, so none repeats what another one says.
#
# Older programs call `torch.svd`. It still runs, without a word, and it is not the same: it gives **V**, not `Vh`. Its documentation calls it deprecated in favour of `torch.linalg.svd`.

# %% rows=["S03.5"]
old_U, old_S, old_V = torch.svd(pixels)
torch.testing.assert_close(old_S, S, atol=1e-3, rtol=1e-4)
torch.testing.assert_close(old_U @ torch.diag(old_S) @ old_V.t(), pixels, atol=1e-4, rtol=0)
assert not torch.allclose(
    old_U @ torch.diag(old_S) @ old_V, pixels, atol=0.1
)  # without the t()
assert "deprecated" in torch.svd.__doc__

# %% [markdown] rows=["S03.5"]
# ### Exercise 3.13 · Keep k pictures
# ●●○○ · 8 minutes · 2 points
#
# Write `best_rank(table, k)`: the table again, but mixed from the `k` most important rows of `Vh` only. This is the best that `k` pictures can do (a theorem says so), and the way to compress a table, to clean it of noise, and to make the large layers of a network smaller.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "best_rank"}
def best_rank(table, k):
    """The table, rebuilt from its k largest singular values.

    table: float, shape (n, d); k: int, 0 <= k <= min(n, d).
    Returns: shape (n, d), the dtype of table.
    """
    ### BEGIN SOLUTION
    u, s, vh = torch.linalg.svd(table, full_matrices=False)
    return (u[:, :k] * s[:k]) @ vh[:k]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_best_rank", "points": 2}
check(best_rank, torch.tensor([[0.0, 2.0, 0.0], [3.0, 0.0, 0.0]]), 1).gives(
    torch.tensor([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0]]), tolerance=(1e-4, 1e-4)
)
# every row is a multiple of (1, 2): one picture is enough
check(best_rank, torch.tensor([[1.0, 2.0], [2.0, 4.0], [-3.0, -6.0]]), 1).gives(
    torch.tensor([[1.0, 2.0], [2.0, 4.0], [-3.0, -6.0]]), tolerance=(1e-4, 1e-4)
)
check(
    best_rank, torch.tensor([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 4.0]]), 3
).gives(
    torch.tensor([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 4.0]]),
    tolerance=(1e-4, 1e-4),
)
solved(best_rank)
### BEGIN HIDDEN TESTS
for _n, _d in ((1, 1), (4, 4), (6, 3), (3, 6)):
    for _t in fresh.layouts(fresh.floats(_n, _d, dtype=torch.float64)):
        for _k in range(min(_n, _d) + 1):
            _u, _s, _vh = torch.linalg.svd(_t, full_matrices=False)
            _s[_k:] = 0
            check(best_rank, _t, _k).gives(_u @ _s.diag() @ _vh, tolerance=(1e-6, 1e-6))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: three parts</summary><code>torch.linalg.svd(table, full_matrices=False)</code>. The most important ones come first in each part.</details>
# <details><summary>Hint 2: which slices?</summary>Of <code>u</code> the first k <em>columns</em>, of <code>s</code> the first k numbers, of <code>vh</code> the first k <em>rows</em>.</details>
# <details><summary>Hint 3: nearly there</summary><code>u[:, :k] @ torch.diag(s[:k]) @ vh[:k]</code>.</details>

# %% id="use-best-rank" rows=["S03.5"]
try:
    some = [best_rank(pixels, k) for k in (2, 8, 20)]
    for k, rebuilt in zip((2, 8, 20), some, strict=True):
        stored = 1797 * k + k * 64  # U * S, and Vh
        lost = torch.linalg.vector_norm(pixels - rebuilt)
        torch.testing.assert_close(
            lost, torch.linalg.vector_norm(S[k:]), atol=1e-2, rtol=1e-3
        )
        share = (lost / torch.linalg.vector_norm(pixels)) ** 2
        print(
            f"k = {k:2}: {stored / pixels.numel():4.0%} of the numbers, "
            f"{1 - share:.0%} of the squares kept"
        )
    framed = [
        torch.nn.functional.pad(p[:10].reshape(10, 8, 8), (1, 1, 1, 1))
        for p in (*some, pixels)
    ]
    sheet = torch.vstack([torch.hstack(list(ten)) for ten in framed]).clamp(0, 1)
    look(("k = 2, k = 8, k = 20, and the real digits", sheet), height=3)
except NotImplementedError:
    print("First write best_rank above; then run this cell again.")

# %% [markdown] rows=["S03.5"]
# What is lost is the norm of the singular values that you dropped: the cell above asserts it. So you know the price before you pay.

# %% [markdown] rows=["S03.4"]
# ## 9 · Tell it in words
#
# A friend has four weeks of weather, `table = weather.values[:28]`, shape `(28, 4)`: days, columns. She wants the shape `(4, 4, 7)`: first the column (rain, warmest, coldest, wind), then the week, then the day. She wrote one line, and torch did not complain:

# %% rows=["S03.4"]
table = weather.values[:28]
hers = table.reshape(4, 4, 7)
assert hers.shape == (4, 4, 7)
show_tensor(hers[0], "hers[0]: is this the rain?")

# %% [markdown] rows=["S03.4"]
# ### Exercise 3.14 · Explain the scramble
# ●●○○ · 9 minutes · 3 points
#
# *A person reads this answer.* Write to your friend, six to ten sentences. What stands in `hers[0]`, and why did torch not complain? How could she have noticed, with one line? Which line gives what she wanted? Is that result a view or a copy, and what happens when somebody calls `.view(-1)` on it? When *is* a bare `reshape` the right thing?
# (Try things in a cell of your own before you write.)

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "explain_scramble", "points": 3}
# ### BEGIN SOLUTION
# A full answer says: reshape keeps the reading order and only moves the line breaks. table is read day by day: rain, warmest, coldest, wind of day 0, then of day 1. hers[0] holds the first 28 of these numbers, that is, all four columns of the first seven days, mixed; torch only checks that 28 * 4 = 4 * 4 * 7.
# One line shows it: torch.equal(hers[0].flatten(), table[:, 0]) is False (or a look at it: 12.8 and 5.0, the temperatures of the first day, stand in its first row).
# Right: cut, then turn: table.reshape(4, 7, 4).permute(2, 0, 1), that is (week, day, column), then the column to the front; movedim(2, 0) or table.t().reshape(4, 4, 7) also do it. The first two are views of the weather's memory, so a change in one changes the other; table.t().reshape(…) is a view too here, for the days of a column lie in equal steps.
# .view(-1) on it raises RuntimeError, since its reading order is not that of the memory; reshape(-1) copies, or contiguous() first.
# A bare reshape is right when the dims keep their order and are only cut or glued with their neighbours: (28, 4) to (4, 7, 4), or (n, 8, 8) to (n, 64).
#
# Points: 1 for what reshape does and how to notice it, 1 for a right line (with the turn named), 1 for view or copy, view's refusal, and when reshape is right.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - `cat` lengthens an old dim, `stack` makes a new one. The short names (`hstack`, `column_stack`, `hsplit` …) mean something else for plain rows.
# - Cutting gives views, joining copies. `split` asks how many each, `tensor_split` how many pieces; `chunk(n)` may give fewer than n.
# - Pick by position, by mask, or by one index for each row. Never hide a NaN by multiplying; use `where`.
# - `reshape` moves line breaks, `permute` turns. The right shape does not mean that the right numbers are in it.
# - `keepdim=True` when the result goes back to meet its source. `//` goes down, `var` divides by n − 1.
# - NaN is unequal to itself, the largest when sorted, and what `argmax` finds first. Ties: `argmax` takes the first, `argsort` only with `stable=True`.
#
# | I want | I write |
# |---|---|
# | longer, along a dim that is there | `torch.cat([a, b], dim=…)`, also called `concat` |
# | a pile, along a new dim; and apart again | `torch.stack([a, b], dim=…)`; `x.unbind(dim)` |
# | rows as columns of a table | `torch.column_stack((a, b))` |
# | under each other, side by side, in depth | `vstack` (`row_stack`), `hstack`, `dstack`; back: `vsplit`, `hsplit`, `dsplit` |
# | the same many times | `torch.tile(x, (2, 4))` |
# | pieces of a size, a number of pieces | `x.split(7)`, `x.tensor_split(4)` |
# | a part, as a view | `x.narrow(dim, start, length)`, slices |
# | some positions, as a copy | `x.index_select(dim, index)`, `x.take(index)` |
# | what is True; where it is | `x.masked_select(mask)`, `mask.nonzero()` |
# | this or that, the shape stays | `torch.where(mask, a, b)` |
# | one pick for each row | `torch.take_along_dim(x, index, dim=1)`, `x.gather(1, index)` |
# | a dim of size 1 more, or less | `x.unsqueeze(d)`, `x.squeeze(d)` |
# | turn | `permute`, `transpose` (`swapaxes`, `swapdims`), `t`, `movedim` (`moveaxis`) |
# | a length | `torch.linalg.vector_norm(x, dim=…)` |
# | the k largest; an order with ties kept | `x.topk(k)`; `x.argsort(stable=True)` |
# | the notes in a sound | `torch.stft(x, n_fft, window=…, return_complex=True)` |
# | a table in few numbers | `torch.linalg.svd(x, full_matrices=False)` |
#
# Next: [chapter 04](../04_scatter/04_scatter.ipynb), where each number goes to a place that you choose.

# %% [markdown]
# ### Exercise 3.15 · Quiz
# ●○○○ · 6 minutes · 3 points
#
# One letter for each question.
#
# **q1** `a` and `b` have the shape `(5,)`. Which one has the shape `(5, 2)`?
# - (a) `torch.hstack((a, b))`
# - (b) `torch.vstack((a, b))`
# - (c) `torch.column_stack((a, b))`
#
# **q2** Nine batches must go to four machines, and none of the four may stand idle.
# - (a) `batches.chunk(4)`
# - (b) `batches.tensor_split(4)`
# - (c) `batches.split(4)`
#
# **q3** You write zeros into one piece of `x.split(3)`. Then
# - (a) `x` has these zeros too
# - (b) `x` is as before
# - (c) torch raises an error
#
# **q4** `x` has the shape `(batch, heads, time, size)`. Which gives each word its numbers back, in a row?
# - (a) `x.reshape(batch, time, heads * size)`
# - (b) `x.transpose(1, 2).view(batch, time, heads * size)`
# - (c) `x.transpose(1, 2).reshape(batch, time, heads * size)`
#
# **q5** `x` has the shape `(4, 4)`. `x / x.sum(dim=1)`
# - (a) makes the rows add up to 1
# - (b) raises an error
# - (c) divides column `j` by the sum of row `j`
#
# **q6** `scores` holds one NaN. `scores.argmax()` is the place of
# - (a) the NaN
# - (b) the largest number
# - (c) nothing: torch raises an error

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "c", "q2": "b", "q3": "a", "q4": "c", "q5": "c", "q6": "a"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 3}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "c",
    "q2": "b",
    "q3": "a",
    "q4": "c",
    "q5": "c",
    "q6": "a",
}
### END HIDDEN TESTS

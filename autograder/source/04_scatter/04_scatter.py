# ---
# jupyter:
#   course:
#     title: "scatter_: write to places you choose"
#     minutes: 150
#     needs:
#       - "01 tensors: shapes, dtypes, indexing"
#     objectives:
#       - "Say for any dim which cell of self each element of src goes to"
#       - "Check the shape rules before torch does"
#       - "Add, average or take the maximum where several values meet"
#       - "Read gather as scatter run backwards"
#       - "Build one-hot labels, masks, group sums and a graph layer with it"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 04 · `scatter_`: write to places you choose
#
# **After this chapter you can**
# - say, for any `dim`, which cell of `self` each element of `src` goes to;
# - check the shape rules before torch does it for you;
# - add, average or take the maximum where several values meet in one cell;
# - read `gather` as `scatter` run backwards;
# - build one-hot labels, masks, group sums and a small graph layer with it.
#
# **Time:** about two and a half hours, with 16 exercises and a quiz. **Before this:** [chapter 01](../01_tensors/01_tensors.ipynb) (shapes, dtypes, indexing).
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the dots *before* you
# run the cell. Being wrong there is free, and it is how this chapter sticks.

# %% id="setup"
from datetime import timedelta

import torch

from course_utils import (
    check,
    check_quiz,
    fresh,
    load_digits,
    load_weather,
    predict,
    show_gather,
    show_scatter,
    solved,
)

# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.

# %% id="recall-dim"
predict(
    "x has the shape (2, 3). Which shape has x.sum(dim=0)? Write a tuple.",
    mine=...,
    truth=lambda: tuple(torch.zeros(2, 3).sum(dim=0).shape),
)

# %% id="recall-int"
predict(
    "Which dtype has torch.tensor([2, 0, 1])? Write it as torch.something.",
    mine=...,
    truth=lambda: torch.tensor([2, 0, 1]).dtype,
)

# %% id="recall-pick"
predict(
    "row is tensor([10, 20, 30]). What is row[torch.tensor([2, 0, 2])]? Write a list.",
    mine=...,
    truth=lambda: torch.tensor([10, 20, 30])[torch.tensor([2, 0, 2])].tolist(),
)

# %% [markdown] rows=["S04.1"]
# ## 1 · Letters and addresses
#
# A pile of letters lies on your desk. Each letter has an address. You walk down the street and put every letter into its box.
#
# That is all `scatter_` does:
# - **`src`** holds the letters: the values;
# - **`index`** holds the addresses: for each value, a position;
# - **`self`**, the tensor you call it on, is the street of boxes.
#
# Three values, three addresses, five boxes:

# %% rows=["S04.1"]
street = torch.zeros(5)
address = torch.tensor([3, 0, 2])
letters = torch.tensor([10.0, 20.0, 30.0])

show_scatter(street, 0, address, letters)

# %% rows=["S04.1"]
street.scatter_(0, address, letters)
assert street.tolist() == [20.0, 0.0, 30.0, 10.0, 0.0]
street

# %% [markdown] rows=["S04.2"]
# The rule in one line: **`self[index[i]] = src[i]`**, for every `i`.
#
# Two things to notice. Boxes that nobody writes to keep what they had (box 1 and box 4). And `street` itself changed: the
# underscore at the end of `scatter_` means *in place*, as everywhere in torch.

# %% id="predict-1d"
predict(
    "Which list does torch.zeros(4).scatter_(0, tensor([2, 1]), tensor([7., 8.])) hold?",
    mine=...,
    truth=lambda: torch.zeros(4).scatter_(
        0, torch.tensor([2, 1]), torch.tensor([7.0, 8.0])
    ),
)

# %% [markdown] rows=["S04.1"]
# ### Exercise 4.1 · Deliver
# ●○○○ · 4 minutes · 1 point
#
# Write `deliver(values, positions, size)`. It makes a row of `size` zeros and puts each of `values` at its position. It must work
# for values of any dtype: the result has the dtype of `values`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "deliver"}
def deliver(values, positions, size):
    """Put values[i] at positions[i] of a new tensor of zeros.

    values: shape (n,), any dtype; positions: shape (n,), int64, all different; size: int.
    Returns: shape (size,), the dtype of values.
    """
    ### BEGIN SOLUTION
    row = torch.zeros(size, dtype=values.dtype)
    return row.scatter_(0, positions, values)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_deliver", "points": 1}
check(deliver, torch.tensor([10.0, 20.0, 30.0]), torch.tensor([3, 0, 2]), 5).gives(
    torch.tensor([20.0, 0.0, 30.0, 10.0, 0.0])
)
check(deliver, torch.tensor([7, 8]), torch.tensor([1, 2]), 3).gives(torch.tensor([0, 7, 8]))
solved(deliver)
### BEGIN HIDDEN TESTS
for n in (0, 1, 3, 6):
    for dtype in (torch.float32, torch.float64, torch.int64):
        _size = n + fresh.integer(1, 3)
        _where = fresh.permutation(_size)[:n]
        _values = fresh.floats(n).mul(10).to(dtype)
        _right = torch.zeros(_size, dtype=dtype)
        for _i in range(n):
            _right[_where[_i]] = _values[_i]
        for _v in fresh.layouts(_values):
            check(deliver, _v, _where, _size).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: where to start</summary>You need an empty street first: zeros, as many as <code>size</code>.</details>
# <details><summary>Hint 2: the dtype</summary><code>torch.zeros(size)</code> is float32. scatter_ refuses values of another dtype, so ask
# for the right one with <code>dtype=</code>.</details>
# <details><summary>Hint 3: nearly there</summary>Make <code>row = torch.zeros(size, dtype=values.dtype)</code>, then scatter along dim 0:
# the positions are the index, the values are the src.</details>

# %% [markdown] rows=["S04.1"]
# ## 2 · Two dimensions: one coordinate is replaced
#
# A matrix cell has two coordinates: row and column. `index` holds only *one* number for each element of `src`. So one coordinate
# comes from the index, and the other one stays what it was. **`dim` says which coordinate is replaced.**
#
# | `dim` | element `src[i][j]` goes to | in words |
# |---|---|---|
# | 0 | `self[index[i][j]][j]` | the row is looked up, the column stays |
# | 1 | `self[i][index[i][j]]` | the column is looked up, the row stays |
#
# First `dim=0`. Follow the arrows: every value stays in its column and moves up or down.

# %% rows=["S04.1"]
src = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
index = torch.tensor([[0, 2, 3], [3, 0, 1]])
by_row = torch.zeros(4, 3)

show_scatter(by_row, 0, index, src)

# %% rows=["S04.1"]
by_row.scatter_(0, index, src)
for i in range(2):
    for j in range(3):
        assert by_row[index[i, j], j] == src[i, j]
by_row

# %% [markdown] rows=["S04.1"]
# Now `dim=1` with the very same `src` and `index`. Every value stays in its row and moves left or right.

# %% rows=["S04.1"]
by_column = torch.zeros(2, 4)

show_scatter(by_column, 1, index, src)

# %% rows=["S04.1"]
by_column.scatter_(1, index, src)
for i in range(2):
    for j in range(3):
        assert by_column[i, index[i, j]] == src[i, j]
by_column

# %% [markdown] rows=["E01", "S04.1"]
# ### Claim check: does `[[0, 1, 2]]` fill the first row?
#
# A text you may meet scatters `[[-1., -2., -3.]]` with the index `[[0, 1, 2]]` along `dim=0` into a 3×3 matrix of zeros. It prints a
# result whose *first row* is filled. Decide for yourself before you run it: the column stays, the row is looked up. Where does
# the `-2.` go?

# %% id="predict-e01"
minus = torch.tensor([[-1.0, -2.0, -3.0]])
three = torch.zeros(3, 3).scatter_(0, torch.tensor([[0, 1, 2]]), minus)

predict(
    "In which row does the -2. end?",
    mine=...,
    truth=lambda: int((three == -2.0).nonzero()[0, 0]),
)

# %% rows=["E01"]
claimed = torch.tensor([[-1.0, -2.0, -3.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])

assert not torch.equal(three, claimed)
assert torch.equal(three, torch.diag(minus[0]))
show_scatter(torch.zeros(3, 3), 0, torch.tensor([[0, 1, 2]]), minus)

# %% [markdown] rows=["E01"]
# torch fills the **diagonal**. Along `dim=0` the index names *rows*: row 0 for the first value, row 1 for the second, row 2 for the
# third. To fill row 0, all three must be sent to row 0:

# %% rows=["E01"]
row_zero = torch.zeros(3, 3).scatter_(0, torch.tensor([[0, 0, 0]]), minus)
assert torch.equal(row_zero, claimed)
row_zero

# %% [markdown] rows=["E01", "S04.1"]
# ### Exercise 4.2 · Fill one row
# ●○○○ · 5 minutes · 1 point
#
# Write `fill_row(rows, columns, row, values)`: a `rows` × `columns` matrix of zeros in which the given row holds `values`. Use
# `scatter_` along **`dim=0`**, and build the index that the claim above got wrong. (Yes, slicing would do. The point is to
# control the index.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "fill_row"}
def fill_row(rows, columns, row, values):
    """A float32 matrix of zeros whose one row holds values.

    rows, columns, row: ints with 0 <= row < rows; values: float32, shape (columns,).
    Returns: float32, shape (rows, columns).
    """
    ### BEGIN SOLUTION
    index = torch.full((1, columns), row)
    return torch.zeros(rows, columns).scatter_(0, index, values.unsqueeze(0))
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_fill_row", "points": 1}
check(fill_row, 3, 3, 0, torch.tensor([-1.0, -2.0, -3.0])).gives(
    torch.tensor([[-1.0, -2.0, -3.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
)
check(fill_row, 3, 2, 2, torch.tensor([5.0, 6.0])).gives(
    torch.tensor([[0.0, 0.0], [0.0, 0.0], [5.0, 6.0]])
)
solved(fill_row)
### BEGIN HIDDEN TESTS
for _ in range(6):
    _rows, _columns = fresh.shape(2, 1, 6)
    _row = fresh.integer(0, _rows - 1)
    for _values in fresh.layouts(fresh.floats(_columns)):
        _right = torch.zeros(_rows, _columns)
        _right[_row] = _values
        check(fill_row, _rows, _columns, _row, _values).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: shapes</summary>index and src need two dimensions, because self has two. One row of <code>columns</code>
# elements is enough for both.</details>
# <details><summary>Hint 2: the index</summary>Along dim 0 the index names the target row. All values go to the same one.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.full((1, columns), row)</code> is the index, and
# <code>values.unsqueeze(0)</code> the src.</details>

# %% [markdown] rows=["S04.1"]
# ### Exercise 4.3 · Be the machine
# ●●○○ · 10 minutes · 2 points
#
# Write `scatter_by_hand(target, dim, index, src)` for 2-D tensors with plain Python loops. It returns a **new** tensor and leaves
# `target` alone. Loop over the cells of **index**, not of `src`: if `src` is larger, the rest of it is never read.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "scatter_by_hand"}
def scatter_by_hand(target, dim, index, src):
    """What target.scatter(dim, index, src) does, by loops.

    target, src: 2-D, same dtype; index: 2-D, int64, no larger than src; dim: 0 or 1.
    Returns: a new tensor like target.
    """
    ### BEGIN SOLUTION
    out = target.clone()
    for i in range(index.shape[0]):
        for j in range(index.shape[1]):
            if dim == 0:
                out[index[i, j], j] = src[i, j]
            else:
                out[i, index[i, j]] = src[i, j]
    return out
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_scatter_by_hand", "points": 2}
check(
    scatter_by_hand,
    torch.zeros(3, 2),
    0,
    torch.tensor([[2, 0]]),
    torch.tensor([[5.0, 6.0]]),
).gives(torch.tensor([[0.0, 6.0], [0.0, 0.0], [5.0, 0.0]]))
check(
    scatter_by_hand,
    torch.ones(2, 3),
    1,
    torch.tensor([[2, 0], [1, 2]]),
    torch.tensor([[5.0, 6.0], [7.0, 8.0]]),
).gives(torch.tensor([[6.0, 1.0, 5.0], [1.0, 7.0, 8.0]]))
# src may be larger than index: its last row and column are not read
check(
    scatter_by_hand,
    torch.zeros(2, 2),
    1,
    torch.tensor([[1]]),
    torch.tensor([[5.0, 6.0], [7.0, 8.0]]),
).gives(torch.tensor([[0.0, 5.0], [0.0, 0.0]]))
solved(scatter_by_hand)
### BEGIN HIDDEN TESTS
for _ in range(8):
    _dim = fresh.integer(0, 1)
    _shape = fresh.shape(2, 2, 5)
    _target = fresh.floats(*_shape)
    _index_shape = [fresh.integer(0, s) for s in _shape]
    _order = torch.stack(
        [fresh.permutation(_shape[_dim]) for _ in range(max(1, _index_shape[1 - _dim]))],
        1 - _dim,
    )
    _index = _order[: _index_shape[0], : _index_shape[1]]
    _src = fresh.floats(
        _index.shape[0] + fresh.integer(0, 1), _index.shape[1] + fresh.integer(0, 1)
    )
    for _t in fresh.layouts(_target):
        check(scatter_by_hand, _t, _dim, _index, _src).gives(
            _target.scatter(_dim, _index, _src)
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: before the loops</summary>Start from <code>target.clone()</code>, so that the caller's tensor stays as it
# was.</details>
# <details><summary>Hint 2: the loops</summary>Two loops over <code>index.shape</code>. Inside, <code>index[i, j]</code> replaces one of the two
# coordinates of the cell you write to.</details>
# <details><summary>Hint 3: nearly there</summary>For dim 0 write <code>out[index[i, j], j] = src[i, j]</code>. For dim 1 swap the roles of
# row and column on the left side only.</details>

# %% [markdown] rows=["S04.1"]
# ## 3 · The shape rules
#
# `scatter_` does not broadcast. It walks over `index` and reads `src` at the same place. So:
#
# 1. `self`, `index` and `src` have the **same number of dimensions**.
# 2. `index` is **no larger than `src`**, in every dimension. (Each address needs a letter.)
# 3. `index` is **no larger than `self`**, in every dimension *except* `dim`. (The coordinate that stays must exist.)
# 4. Every number in `index` is a valid position along `dim`: from `0` to `self.size(dim) - 1`. Negative ones are refused.
# 5. `index` is `int64`, and `src` has the dtype of `self`.
#
# Let us break each rule, and read what torch says.


# %% rows=["S04.1"]
def attempt(self_shape, dim, index, src):
    try:
        torch.zeros(self_shape).scatter_(dim, index, src)
    except (RuntimeError, IndexError) as error:
        print(str(error).splitlines()[0])
    else:
        raise AssertionError("torch accepted this")


print("1:", end=" ")
attempt((3, 3), 0, torch.tensor([0, 1, 2]), torch.ones(3))
print("2:", end=" ")
attempt((3, 3), 0, torch.tensor([[0, 1, 2]]), torch.ones(1, 2))
print("3:", end=" ")
attempt((3, 2), 0, torch.tensor([[0, 1, 2]]), torch.ones(1, 3))
print("4:", end=" ")
attempt((3, 3), 0, torch.tensor([[0, 1, 3]]), torch.ones(1, 3))
print("4:", end=" ")
attempt((3, 3), 0, torch.tensor([[0, 1, -1]]), torch.ones(1, 3))
print("5:", end=" ")
attempt((3, 3), 0, torch.tensor([[0.0, 1.0, 2.0]]), torch.ones(1, 3))
print("5:", end=" ")
attempt((3, 3), 0, torch.tensor([[0, 1, 2]]), torch.ones(1, 3, dtype=torch.float64))

# %% [markdown] rows=["S04.1"]
# The picture shows which rule is broken. Here `index` has three columns and `self` only two; the third value would have to
# stay in a column that does not exist.

# %% rows=["S04.1"]
show_scatter(torch.zeros(3, 2), 0, torch.tensor([[0, 1, 2]]), torch.ones(1, 3))

# %% [markdown]
# What is allowed is just as useful: `index` may be *smaller* than both. An empty index writes nothing and is no error.

# %% rows=["S04.1"]
partly = torch.zeros(2, 4).scatter_(
    1, torch.tensor([[3]]), torch.tensor([[9.0, 8.0], [7.0, 6.0]])
)
assert partly.tolist() == [[0.0, 0.0, 0.0, 9.0], [0.0, 0.0, 0.0, 0.0]]

nothing = torch.zeros(2, 2).scatter_(
    0, torch.empty(0, 2, dtype=torch.int64), torch.ones(2, 2)
)
assert nothing.count_nonzero() == 0
partly

# %% id="predict-rule"
predict(
    "torch.zeros(2, 5).scatter_(1, index, src): index is (2, 3), src is (2, 2). Its shape, or 'error'?",
    mine=...,
    truth=lambda: (
        torch.zeros(2, 5).scatter_(1, torch.zeros(2, 3).long(), torch.ones(2, 2)).shape
    ),
)

# %% [markdown] rows=["S04.1"]
# ### Exercise 4.4 · Will it fit?
# ●●○○ · 8 minutes · 2 points
#
# Write `fits(self_shape, dim, index_shape, src_shape)`: `True` when rules 1 to 3 hold, `False` when not. Shapes are tuples of any
# length; `dim` counts from 0. No tensors are needed.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "fits"}
def fits(self_shape, dim, index_shape, src_shape):
    """Whether rules 1 to 3 allow self.scatter_(dim, index, src) for these shapes.

    self_shape, index_shape, src_shape: tuples of ints; dim: int, 0 <= dim < len(self_shape).
    Returns: bool.
    """
    ### BEGIN SOLUTION
    if not len(self_shape) == len(index_shape) == len(src_shape):
        return False
    for d in range(len(index_shape)):
        if index_shape[d] > src_shape[d]:
            return False
        if d != dim and index_shape[d] > self_shape[d]:
            return False
    return True
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_fits", "points": 2}
check(fits, (4, 3), 0, (2, 3), (2, 3)).gives(True)
check(fits, (4, 3), 0, (2, 3), (2, 2)).gives(False)
check(fits, (4, 2), 0, (2, 3), (2, 3)).gives(False)
check(fits, (2, 3), 0, (5, 3), (5, 3)).gives(True)
check(fits, (3, 3), 0, (3,), (3, 3)).gives(False)
check(fits, (4, 3), 1, (1, 2), (6, 6)).gives(True)
solved(fits)
### BEGIN HIDDEN TESTS
for _ in range(60):
    _n = fresh.integer(1, 3)
    _shapes = [fresh.shape(_n if fresh.integer(0, 9) else _n + 1, 1, 3) for _ in range(3)]
    _dim = fresh.integer(0, _n - 1)
    try:
        torch.zeros(_shapes[0]).scatter_(
            _dim, torch.zeros(_shapes[1], dtype=torch.int64), torch.zeros(_shapes[2])
        )
        _right = True
    except (RuntimeError, IndexError):
        _right = False
    check(fits, _shapes[0], _dim, _shapes[1], _shapes[2]).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: first question</summary>Compare the three lengths before you compare any size.</details>
# <details><summary>Hint 2: two limits</summary>Go through the dimensions of index. src is a limit in all of them; self is a limit in all
# but one.</details>
# <details><summary>Hint 3: nearly there</summary>For each <code>d</code>: return False if <code>index_shape[d] &gt; src_shape[d]</code>, or if
# <code>d != dim</code> and <code>index_shape[d] &gt; self_shape[d]</code>. After the loop return True.</details>

# %% [markdown] rows=["S04.1", "S04.3"]
# ## 4 · One value for all: one-hot
#
# Often every letter is the same: a 1. Then `src` can be a single number: `scatter_(dim, index, 1.0)`.
#
# Here are real labels: the first eight of 1,797 handwritten digits that people wrote and other people labelled.

# %% rows=["S04.1"]
images, labels = load_digits()
print(labels[:8])
print(images.shape, images.dtype)

# %% [markdown] rows=["S04.3"]
# A network does not like the label `7`. It wants ten columns with a 1 in column 7: a **one-hot** row. In each row, the label
# *is* the column to write to. So the column is looked up, the row stays: `dim=1`.
#
# The labels have shape `(8,)`. Rule 1 asks for two dimensions, so each label becomes a row of one: `labels.unsqueeze(1)`, shape `(8, 1)`.

# %% rows=["S04.1", "S04.3"]
show_scatter(torch.zeros(8, 10), 1, labels[:8].unsqueeze(1), 1.0)

# %% id="predict-onehot"
predict(
    "Without unsqueeze: the shape of torch.zeros(8, 10).scatter_(1, labels[:8], 1.0), or 'error'?",
    mine=...,
    truth=lambda: tuple(torch.zeros(8, 10).scatter_(1, labels[:8], 1.0).shape),
)

# %% [markdown] rows=["S04.3"]
# ### Exercise 4.5 · One-hot by hand
# ●○○○ · 5 minutes · 1 point
#
# Write `one_hot(labels, classes)` with `scatter_`: float32, one row for each label.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "one_hot"}
def one_hot(labels, classes):
    """Labels as rows of zeros with a single 1.

    labels: int64, shape (n,), values 0 … classes-1; classes: int.
    Returns: float32, shape (n, classes).
    """
    ### BEGIN SOLUTION
    out = torch.zeros(len(labels), classes)
    return out.scatter_(1, labels.unsqueeze(1), 1.0)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_one_hot", "points": 1}
check(one_hot, torch.tensor([2, 0]), 3).gives(
    torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
)
check(one_hot, torch.tensor([1, 0, 1]), 3).gives(
    torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
)
solved(one_hot)
### BEGIN HIDDEN TESTS
for n, c in ((0, 4), (1, 1), (5, 3), (3, 7)):
    for _labels in fresh.layouts(fresh.integers(0, c - 1, n)):
        check(one_hot, _labels, c).gives(torch.nn.functional.one_hot(_labels, c).float())
_images, _digits = load_digits()
check(one_hot, _digits, 10).gives(torch.eye(10)[_digits])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the street</summary>One row for each label, one column for each class, all zero.</details>
# <details><summary>Hint 2: which dim</summary>Label number i belongs to row i, and that stays. The label itself says the column. The
# coordinate that is looked up is the column.</details>
# <details><summary>Hint 3: nearly there</summary><code>out.scatter_(1, labels.unsqueeze(1), 1.0)</code></details>

# %% [markdown] rows=["S04.2"]
# ## 5 · With and without the underscore
#
# `scatter_` changes `self` and returns that same tensor. `scatter` leaves `self` alone and returns a new one.

# %% rows=["S04.2"]
board = torch.zeros(3)
other = board.scatter(0, torch.tensor([1]), 5.0)
assert board.tolist() == [0.0, 0.0, 0.0] and other.tolist() == [0.0, 5.0, 0.0]

same = board.scatter_(0, torch.tensor([1]), 5.0)
assert same is board and board.tolist() == [0.0, 5.0, 0.0]

# %% [markdown]
# The underscore saves memory. It also surprises everyone else who holds that tensor. When a function gets a tensor from its
# caller, leave it as it was, unless its name ends with an underscore too.

# %% [markdown] rows=["S04.2"]
# ### Exercise 4.6 · Mark one column in each row
# ●○○○ · 5 minutes · 1 point
#
# A board of shape `(rows, columns)` belongs to somebody else. Write `marked(board, columns, value)`: a copy of the board where
# row `i` holds `value` at column `columns[i]`. The board itself must stay as it was.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "marked"}
def marked(board, columns, value):
    """A copy of board with value at board[i, columns[i]].

    board: shape (n, m), any dtype; columns: int64, shape (n,); value: a Python number.
    Returns: a new tensor like board.
    """
    ### BEGIN SOLUTION
    return board.scatter(1, columns.unsqueeze(1), value)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_marked", "points": 1}
check(
    marked, torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), torch.tensor([2, 0]), 0.0
).gives(torch.tensor([[1.0, 2.0, 0.0], [0.0, 5.0, 6.0]]), own_memory=True)
check(marked, torch.tensor([[1, 1], [1, 1], [1, 1]]), torch.tensor([0, 1, 0]), 7).gives(
    torch.tensor([[7, 1], [1, 7], [7, 1]])
)
solved(marked)
### BEGIN HIDDEN TESTS
for n, m in ((0, 2), (1, 1), (4, 3), (3, 5)):
    _columns = fresh.integers(0, m - 1, n)
    for _board in fresh.layouts(fresh.floats(n, m)):
        _right = _board.clone()
        _right[torch.arange(n), _columns] = -9.0
        check(marked, _board, _columns, -9.0).gives(_right, own_memory=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: same as before</summary>It is the one-hot move again: a column for each row.</details>
# <details><summary>Hint 2: the board</summary>Look at your method's last character.</details>
# <details><summary>Hint 3: nearly there</summary><code>board.scatter(1, columns.unsqueeze(1), value)</code> makes the copy for you.</details>

# %% [markdown] rows=["S04.1"]
# ## 6 · Three dimensions: nothing new
#
# Three coordinates, and again exactly one of them is looked up:
#
# | `dim` | `src[i][j][k]` goes to |
# |---|---|
# | 0 | `self[index[i][j][k]][j][k]` |
# | 1 | `self[i][index[i][j][k]][k]` |
# | 2 | `self[i][j][index[i][j][k]]` |
#
# The 3-D tensor is drawn as slices, one for each first coordinate. With `dim=0` values change the slice and keep their place in it.

# %% rows=["S04.1"]
cube_src = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
cube_index = torch.tensor([[[2, 0], [1, 2]]])

show_scatter(torch.zeros(3, 2, 2), 0, cube_index, cube_src)

# %% rows=["S04.1"]
cube = torch.zeros(3, 2, 2).scatter_(0, cube_index, cube_src)
for j in range(2):
    for k in range(2):
        assert cube[cube_index[0, j, k], j, k] == cube_src[0, j, k]
cube

# %% [markdown] rows=["S04.1"]
# With `dim=1` a value stays in its slice and in its column; only the row changes. The same four values:

# %% rows=["S04.1"]
flat_index = torch.tensor([[[1, 0], [0, 2]]])
show_scatter(torch.zeros(1, 3, 2), 1, flat_index, cube_src)

# %% [markdown] rows=["S04.1", "S04.3"]
# ### Exercise 4.7 · A mask for each class
# ●●●○ · 10 minutes · 2 points
#
# In image segmentation every pixel has a label: 0 for sky, 1 for road, 2 for car. A network wants one mask for each class: a picture
# that is 1 where the class is, and 0 elsewhere.
#
# Write `class_masks(picture, classes)`. `picture` has shape `(height, width)`; the result has shape `(classes, height, width)`. One
# `scatter_`, no loop.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "class_masks"}
def class_masks(picture, classes):
    """One 0/1 mask for each class.

    picture: int64, shape (height, width), values 0 … classes-1; classes: int.
    Returns: float32, shape (classes, height, width).
    """
    ### BEGIN SOLUTION
    masks = torch.zeros(classes, *picture.shape)
    return masks.scatter_(0, picture.unsqueeze(0), 1.0)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_class_masks", "points": 2}
check(class_masks, torch.tensor([[0, 0, 2], [1, 1, 2]]), 3).gives(
    torch.tensor(
        [
            [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]],
            [[0.0, 0.0, 0.0], [1.0, 1.0, 0.0]],
            [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]],
        ]
    )
)
check(class_masks, torch.tensor([[1]]), 2).gives(torch.tensor([[[0.0]], [[1.0]]]))
solved(class_masks)
### BEGIN HIDDEN TESTS
for h, w, c in ((1, 4, 2), (3, 2, 5), (4, 4, 4), (0, 3, 2)):
    for _picture in fresh.layouts(fresh.integers(0, c - 1, h, w)):
        _right = torch.stack([(_picture == k).float() for k in range(c)])
        check(class_masks, _picture, c).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the coordinates</summary>A pixel keeps its row and its column. Its label says which mask.</details>
# <details><summary>Hint 2: the index</summary>The mask is the first coordinate, so dim is 0. The index needs three dimensions: give the
# picture a first one of size 1.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.zeros(classes, *picture.shape).scatter_(0, picture.unsqueeze(0), 1.0)</code></details>

# %% [markdown] rows=["S04.2"]
# ## 7 · When two letters go to one box
#
# Two values, one address. `scatter_` writes both, one over the other. Which one is last is **not defined**: on a GPU it may change from
# run to run.

# %% rows=["S04.2"]
show_scatter(torch.zeros(3), 0, torch.tensor([1, 1, 2]), torch.tensor([10.0, 20.0, 30.0]))

# %% [markdown] rows=["S04.2"]
# If both should count, say how. `scatter_add_` adds each value to what is there:

# %% rows=["S04.2"]
total = torch.zeros(3).scatter_add_(
    0, torch.tensor([1, 1, 2]), torch.tensor([10.0, 20.0, 30.0])
)
assert total.tolist() == [0.0, 30.0, 30.0]
show_scatter(
    torch.zeros(3),
    0,
    torch.tensor([1, 1, 2]),
    torch.tensor([10.0, 20.0, 30.0]),
    reduce="sum",
)

# %% [markdown] rows=["S04.2"]
# `scatter_add_` takes no single number for `src`: give it a tensor, for instance `torch.ones_like(...)`.
#
# For other ways to combine there is `scatter_reduce_` with `reduce=` `"sum"`, `"prod"`, `"mean"`, `"amax"` or `"amin"`. It has a switch that
# people forget: with `include_self=True`, the default, what was in the box before takes part.

# %% id="predict-include-self"
where, values = torch.tensor([0, 0]), torch.tensor([-5.0, -3.0])

predict(
    "Box 0 holds 0. -5 and -3 arrive with reduce='amax', include_self=True. What is in box 0?",
    mine=...,
    truth=lambda: torch.zeros(1).scatter_reduce_(0, where, values, reduce="amax").item(),
)

# %% rows=["S04.2"]
with_self = torch.zeros(1).scatter_reduce_(0, where, values, reduce="amax")
without = torch.zeros(1).scatter_reduce_(
    0, where, values, reduce="amax", include_self=False
)
assert with_self.item() == 0.0 and without.item() == -3.0

mean = torch.full((2,), 100.0).scatter_reduce_(
    0, where, values, reduce="mean", include_self=False
)
assert mean.tolist() == [-4.0, 100.0]
print(with_self, without, mean)

# %% [markdown]
# Look at the last result: box 1 got no letters and keeps its 100, whatever `include_self` says.

# %% [markdown] rows=["S04.2", "S04.3"]
# ### Exercise 4.8 · Count the votes
# ●●○○ · 6 minutes · 2 points
#
# `votes` holds a candidate's number for each voter. Write `count_votes(votes, candidates)` with `scatter_add_`: how many votes did each
# candidate get? Whole numbers, please.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "count_votes"}
def count_votes(votes, candidates):
    """Votes for each candidate.

    votes: int64, shape (n,), values 0 … candidates-1; candidates: int.
    Returns: int64, shape (candidates,).
    """
    ### BEGIN SOLUTION
    counts = torch.zeros(candidates, dtype=torch.int64)
    return counts.scatter_add_(0, votes, torch.ones_like(votes))
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_count_votes", "points": 2}
check(count_votes, torch.tensor([1, 0, 1, 1]), 3).gives(torch.tensor([1, 3, 0]))
check(count_votes, torch.tensor([2]), 3).gives(torch.tensor([0, 0, 1]))
solved(count_votes)
### BEGIN HIDDEN TESTS
for n, c in ((0, 3), (1, 1), (20, 4), (50, 6)):
    for _votes in fresh.layouts(fresh.integers(0, c - 1, n)):
        check(count_votes, _votes, c).gives(torch.bincount(_votes, minlength=c))
check(count_votes, load_digits()[1], 10).gives(
    torch.bincount(load_digits()[1], minlength=10)
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the letters</summary>Each voter sends one letter: a 1. So src is as long as votes, all ones.</details>
# <details><summary>Hint 2: the dtype</summary>Whole numbers: both the counts and the ones are int64. <code>torch.ones_like(votes)</code> is.</details>
# <details><summary>Hint 3: nearly there</summary><code>counts.scatter_add_(0, votes, torch.ones_like(votes))</code>, on int64 zeros.</details>

# %% [markdown]
# Your function tells how often each digit occurs in the real data. (The cell shows a hint until you have solved it.)

# %% id="use-count-votes"
try:
    print(dict(enumerate(count_votes(labels, 10).tolist())))
except NotImplementedError:
    print("First write count_votes above; then run this cell again.")

# %% [markdown] rows=["S04.2"]
# ### Exercise 4.9 · The coldest night of each month
# ●●●○ · 9 minutes · 2 points
#
# Here is a real series: four years of daily weather in Seattle. Column 2 is the night's temperature in °C.

# %%
weather = load_weather()
print(weather.columns, tuple(weather.values.shape), "from", weather.start)

# %% [markdown] rows=["S04.2"]
# Write `coldest(temperatures, groups, number)`: for each group 0 … `number`-1 the lowest temperature of its days. Use
# `scatter_reduce_`. A group without days gets `inf`: nothing is lower than what never was.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "coldest"}
def coldest(temperatures, groups, number):
    """The lowest temperature in each group of days.

    temperatures: float32, shape (n,); groups: int64, shape (n,), values 0 … number-1; number: int.
    Returns: float32, shape (number,); inf where a group is empty.
    """
    ### BEGIN SOLUTION
    out = torch.full((number,), torch.inf)
    return out.scatter_reduce_(0, groups, temperatures, reduce="amin")
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_coldest", "points": 2}
check(coldest, torch.tensor([4.0, 7.0, 2.0, 9.0]), torch.tensor([0, 1, 0, 1]), 2).gives(
    torch.tensor([2.0, 7.0])
)
check(coldest, torch.tensor([-3.0, 5.0]), torch.tensor([2, 0]), 3).gives(
    torch.tensor([5.0, torch.inf, -3.0])
)
solved(coldest)
### BEGIN HIDDEN TESTS
for n, c in ((0, 2), (1, 1), (12, 4), (30, 5)):
    _groups = fresh.integers(0, c - 1, n)
    for _temps in fresh.layouts(fresh.floats(n).mul(10)):
        _right = torch.tensor(
            [
                min(
                    [t for t, g in zip(_temps.tolist(), _groups.tolist()) if g == k],
                    default=float("inf"),
                )
                for k in range(c)
            ]
        )
        check(coldest, _temps, _groups, c).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the empty street</summary>What must stand in a box before the first letter comes, so that it never wins against a
# real temperature, and is right when no letter comes?</details>
# <details><summary>Hint 2: the method</summary><code>scatter_reduce_(0, groups, temperatures, reduce="amin")</code></details>
# <details><summary>Hint 3: nearly there</summary>Start from <code>torch.full((number,), torch.inf)</code>: inf takes part in the minimum and
# always loses.</details>

# %% id="use-coldest"
days = [weather.start + timedelta(days=d) for d in range(len(weather.values))]
months = torch.tensor([day.month - 1 for day in days])
try:
    print([round(t, 1) for t in coldest(weather.values[:, 2], months, 12).tolist()])
except NotImplementedError:
    print("First write coldest above; then run this cell again.")

# %% [markdown] rows=["S04.2", "S04.3"]
# ### Exercise 4.10 · The mean of each group
# ●●●○ · 12 minutes · 3 points
#
# `values` has shape `(n, d)`: one row of `d` features for each sample. `groups` says for each *row* which group it is in. Write
# `group_means(values, groups, number)`, shape `(number, d)`. An empty group has mean 0, not NaN.
#
# The catch: `index` must reach every *cell* of `values`, and scatter does not broadcast. So `groups` has to grow from `(n,)` to `(n, d)`
# first; `expand` does that without copying.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "group_means"}
def group_means(values, groups, number):
    """The mean row of each group.

    values: float32, shape (n, d); groups: int64, shape (n,), values 0 … number-1; number: int.
    Returns: float32, shape (number, d); rows of empty groups are 0.
    """
    ### BEGIN SOLUTION
    index = groups.unsqueeze(1).expand_as(values)
    sums = torch.zeros(number, values.shape[1]).scatter_add_(0, index, values)
    counts = torch.zeros(number).scatter_add_(0, groups, torch.ones(len(groups)))
    return sums / counts.clamp(min=1).unsqueeze(1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_group_means", "points": 3}
check(
    group_means,
    torch.tensor([[1.0, 10.0], [3.0, 30.0], [5.0, 50.0]]),
    torch.tensor([0, 0, 1]),
    2,
).gives(torch.tensor([[2.0, 20.0], [5.0, 50.0]]))
check(group_means, torch.tensor([[4.0], [6.0]]), torch.tensor([2, 2]), 3).gives(
    torch.tensor([[0.0], [0.0], [5.0]])
)
solved(group_means)
### BEGIN HIDDEN TESTS
for n, d, c in ((0, 2, 3), (1, 1, 1), (6, 3, 4), (9, 2, 3)):
    _groups = fresh.integers(0, c - 1, n)
    for _values in fresh.layouts(fresh.floats(n, d)):
        _right = torch.zeros(c, d)
        for _k in range(c):
            if (_groups == _k).any():
                _right[_k] = _values[_groups == _k].mean(dim=0)
        check(group_means, _values, _groups, c).gives(_right, tolerance=(1e-4, 1e-5))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two questions</summary>A mean is a sum divided by a count. Each is one <code>scatter_add_</code>.</details>
# <details><summary>Hint 2: the sums</summary>Along dim 0 the row is looked up and the column stays. The index must have the shape of
# <code>values</code>: <code>groups.unsqueeze(1).expand_as(values)</code>.</details>
# <details><summary>Hint 3: nearly there</summary>Divide by <code>counts.clamp(min=1).unsqueeze(1)</code>: an empty group then gives 0 / 1.</details>

# %% [markdown] rows=["S04.2"]
# ## 8 · `gather`: the same addresses, read instead of written
#
# `scatter` takes `src[i][j]` **to** the looked-up cell. `gather` brings the value **from** the looked-up cell:
#
# | | `dim=0` | `dim=1` |
# |---|---|---|
# | `scatter_` | `self[index[i][j]][j] = src[i][j]` | `self[i][index[i][j]] = src[i][j]` |
# | `gather` | `out[i][j] = self[index[i][j]][j]` | `out[i][j] = self[i][index[i][j]]` |
#
# Same picture, arrows turned round.

# %% rows=["S04.2"]
table = torch.tensor([[10.0, 11.0, 12.0], [20.0, 21.0, 22.0]])
pick = torch.tensor([[2, 0], [1, 1]])
assert table.gather(1, pick).tolist() == [[12.0, 10.0], [21.0, 21.0]]
show_gather(table, 1, pick)

# %% [markdown] rows=["S04.2"]
# If the addresses are all different, `gather` fetches back exactly what `scatter_` delivered:

# %% rows=["S04.2"]
sent = torch.tensor([[1.0, 2.0, 3.0]])
way = torch.tensor([[4, 0, 2]])
boxes = torch.zeros(1, 5).scatter_(1, way, sent)
assert torch.equal(boxes.gather(1, way), sent)
boxes

# %% id="predict-gather"
predict(
    "table is 2×3 as above. What does table.gather(0, tensor([[1, 0, 1]])) hold?",
    mine=...,
    truth=lambda: table.gather(0, torch.tensor([[1, 0, 1]])),
)

# %% [markdown] rows=["S04.2"]
# ### Exercise 4.11 · The score of the right answer
# ●●○○ · 5 minutes · 1 point
#
# A classifier gives each sample a score for each class. Write `right_scores(scores, labels)`: for each row the score of its true label.
# This is the heart of the cross-entropy loss you will meet in [chapter 08](../08_optimizers/08_optimizers.ipynb).


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "right_scores"}
def right_scores(scores, labels):
    """scores[i, labels[i]] for every i.

    scores: float32, shape (n, classes); labels: int64, shape (n,).
    Returns: float32, shape (n,).
    """
    ### BEGIN SOLUTION
    return scores.gather(1, labels.unsqueeze(1)).squeeze(1)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_right_scores", "points": 1}
check(
    right_scores, torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]]), torch.tensor([1, 2])
).gives(torch.tensor([0.7, 0.2]))
check(right_scores, torch.tensor([[0.9, 0.1]]), torch.tensor([0])).gives(
    torch.tensor([0.9])
)
solved(right_scores)
### BEGIN HIDDEN TESTS
for n, c in ((0, 3), (1, 1), (1, 4), (5, 3), (4, 6)):
    _labels = fresh.integers(0, c - 1, n)
    for _scores in fresh.layouts(fresh.floats(n, c)):
        check(right_scores, _scores, _labels).gives(_scores[torch.arange(n), _labels])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: in or out?</summary>You read, so it is gather. In row i the column is looked up.</details>
# <details><summary>Hint 2: shapes</summary>gather needs a 2-D index for 2-D scores, and gives back the index's shape.</details>
# <details><summary>Hint 3: nearly there</summary><code>scores.gather(1, labels.unsqueeze(1))</code> has shape (n, 1): one squeeze is left,
# and it must name its dim, or a single sample loses its own.</details>

# %% [markdown] rows=["S04.3"]
# ## 9 · Uses
#
# ### Undo a shuffle
#
# `shuffled = original[order]` puts `original[order[i]]` at place `i`. To undo it, element `i` must go *back to* place `order[i]`. Going to a place is
# scatter's job.

# %% [markdown] rows=["S04.3"]
# ### Exercise 4.12 · Unshuffle
# ●●○○ · 7 minutes · 2 points
#
# Write `unshuffle(shuffled, order)` for a 2-D `shuffled` whose *rows* were shuffled: `shuffled = original[order]`. Return `original`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "unshuffle"}
def unshuffle(shuffled, order):
    """The rows of shuffled, back in their old places.

    shuffled: shape (n, d), any dtype; order: int64, shape (n,), a permutation of 0 … n-1.
    Returns: like shuffled; result[order] equals shuffled.
    """
    ### BEGIN SOLUTION
    index = order.unsqueeze(1).expand_as(shuffled)
    return torch.empty_like(shuffled).scatter_(0, index, shuffled)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_unshuffle", "points": 2}
# the rows [1, 1], [2, 2], [3, 3] were shuffled with the order [2, 0, 1]
check(
    unshuffle, torch.tensor([[3.0, 3.0], [1.0, 1.0], [2.0, 2.0]]), torch.tensor([2, 0, 1])
).gives(torch.tensor([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]))
check(unshuffle, torch.tensor([[7], [8], [5], [6]]), torch.tensor([2, 3, 0, 1])).gives(
    torch.tensor([[5], [6], [7], [8]])
)
solved(unshuffle)
### BEGIN HIDDEN TESTS
for n, d in ((0, 2), (1, 3), (4, 1), (5, 3), (7, 2)):
    _order = fresh.permutation(n)
    for _original in fresh.layouts(fresh.floats(n, d)):
        check(unshuffle, _original[_order], _order).gives(_original)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: to or from?</summary>Row i of shuffled goes <i>to</i> row <code>order[i]</code>.</details>
# <details><summary>Hint 2: the index</summary>Whole rows move, so every cell of row i has the same address. You made such an index in 4.10.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.empty_like(shuffled).scatter_(0, order.unsqueeze(1).expand_as(shuffled), shuffled)</code>;
# empty is safe here because every row is written.</details>

# %% [markdown] rows=["S04.3"]
# ### Soften the labels
#
# One-hot labels claim certainty: 100 % this class, 0 % any other. *Label smoothing* takes a little away and shares it among **all** classes: with
# `eps = 0.1` and 5 classes, every class gets 0.1 / 5 = 0.02, and the true one 0.9 + 0.02.

# %% [markdown] rows=["S04.3"]
# ### Exercise 4.13 · Smooth labels
# ●●○○ · 7 minutes · 2 points
#
# Write `smooth_labels(labels, classes, eps)`. Each row must still sum to 1.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "smooth_labels"}
def smooth_labels(labels, classes, eps):
    """One-hot rows, softened: eps / classes everywhere, plus 1 - eps at the label.

    labels: int64, shape (n,); classes: int; eps: float, 0 … 1.
    Returns: float32, shape (n, classes); rows sum to 1.
    """
    ### BEGIN SOLUTION
    share = eps / classes
    out = torch.full((len(labels), classes), share)
    return out.scatter_(1, labels.unsqueeze(1), 1 - eps + share)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_smooth_labels", "points": 2}
check(smooth_labels, torch.tensor([1]), 5, 0.1).gives(
    torch.tensor([[0.02, 0.92, 0.02, 0.02, 0.02]])
)
check(smooth_labels, torch.tensor([0, 1]), 2, 0.2).gives(
    torch.tensor([[0.9, 0.1], [0.1, 0.9]])
)
solved(smooth_labels)
### BEGIN HIDDEN TESTS
for n, c in ((0, 3), (1, 2), (6, 4), (3, 10)):
    _labels = fresh.integers(0, c - 1, n)
    for _eps in (0.0, 0.25, 1.0):
        _right = torch.full((n, c), _eps / c)
        _right[torch.arange(n), _labels] += 1 - _eps
        check(smooth_labels, _labels, c, _eps).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two values</summary>Only two different numbers stand in the result. Which?</details>
# <details><summary>Hint 2: the street</summary>Do not start from zeros: <code>torch.full((n, classes), eps / classes)</code>.</details>
# <details><summary>Hint 3: nearly there</summary>Then scatter the other number, <code>1 - eps + eps / classes</code>, to the label of each row.</details>

# %% [markdown] rows=["S04.3"]
# ### Masks and conditions
#
# A language model scores 50,000 possible next words, and we want it to choose among the best `k` only. `topk` gives the *places* of the best; `scatter`
# turns places into a **mask**; `where` (or `masked_fill`) then assigns under that condition.

# %% rows=["S04.3"]
scores = torch.tensor([[3.0, 9.0, 1.0, 7.0]])
best = scores.topk(2, dim=1).indices
mask = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, best, True)
assert mask.tolist() == [[False, True, False, True]]
print(best, mask, sep="\n")

# %% [markdown] rows=["S04.3"]
# ### Exercise 4.14 · Keep the best
# ●●●○ · 10 minutes · 3 points
#
# Write `keep_best(scores, k)`: in each row the `k` largest scores stay, every other becomes `-inf` (which softmax turns into probability 0). If scores are equal,
# still exactly `k` must stay in a row.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "keep_best"}
def keep_best(scores, k):
    """Each row's k largest scores in place, -inf elsewhere.

    scores: float32, shape (n, m); k: int, 0 <= k <= m.
    Returns: a new float32 tensor, shape (n, m).
    """
    ### BEGIN SOLUTION
    values, places = scores.topk(k, dim=1)
    return torch.full_like(scores, -torch.inf).scatter_(1, places, values)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_keep_best", "points": 3}
inf = torch.inf
check(keep_best, torch.tensor([[3.0, 9.0, 1.0, 7.0], [8.0, 2.0, 6.0, 4.0]]), 2).gives(
    torch.tensor([[-inf, 9.0, -inf, 7.0], [8.0, -inf, 6.0, -inf]])
)
check(keep_best, torch.tensor([[5.0, 5.0, 5.0]]), 1).satisfies(
    lambda out: int(out.isfinite().sum()) == 1, "exactly one of three equal scores stays"
)
check(keep_best, torch.tensor([[-1.0, -2.0]]), 1).gives(torch.tensor([[-1.0, -inf]]))
solved(keep_best)
### BEGIN HIDDEN TESTS
for n, m, k in ((0, 3, 1), (1, 1, 1), (3, 5, 2), (4, 4, 4), (2, 6, 0)):
    _scores = (
        torch.stack([fresh.permutation(m) for _ in range(n)]).float() - 2
        if n
        else torch.zeros(0, m)
    )
    for _s in fresh.layouts(_scores):
        _right = torch.full((n, m), -torch.inf)
        for _i in range(n):
            for _j in range(m):
                if int((_s[_i] > _s[_i, _j]).sum()) < k:
                    _right[_i, _j] = _s[_i, _j]
        check(keep_best, _s, k).gives(_right)
check(keep_best, torch.zeros(2, 5), 3).satisfies(
    lambda out: out.isfinite().sum(1).tolist() == [3, 3], "exactly k stay"
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: places</summary><code>scores.topk(k, dim=1)</code> gives both the k best values of each row and their places.</details>
# <details><summary>Hint 2: the street</summary>Start from a board full of <code>-inf</code>, shaped like scores.</details>
# <details><summary>Hint 3: nearly there</summary>Scatter topk's values to topk's indices along dim 1.</details>

# %% [markdown] rows=["S04.3"]
# ### Messages along edges
#
# A graph: people (nodes) and who talks to whom (edges). In one round of *message passing*, every person sends their features along each outgoing edge, and
# everyone **adds up** what arrives. Graph networks do just that, layer by layer.
#
# `edges` has shape `(2, number of edges)`: row 0 says who sends, row 1 who receives. Two steps: *read* the features of the senders, one for each edge; *add* them
# at the receivers.

# %% [markdown] rows=["S04.3"]
# ### Exercise 4.15 · Pass the messages
# ●●●● · 12 minutes · 3 points
#
# Write `pass_messages(features, edges)`. A node that nobody writes to gets zeros. Gradients must be able to flow back to `features`: no loops over `.item()`, please.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "pass_messages"}
def pass_messages(features, edges):
    """For every node the sum of the features of those who send to it.

    features: float32, shape (nodes, d); edges: int64, shape (2, e): senders, then receivers.
    Returns: float32, shape (nodes, d), differentiable with respect to features.
    """
    ### BEGIN SOLUTION
    senders, receivers = edges
    messages = features[senders]
    index = receivers.unsqueeze(1).expand_as(messages)
    return torch.zeros_like(features).scatter_add(0, index, messages)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_pass_messages", "points": 3}
# 0 → 1, 2 → 1, 1 → 0
check(
    pass_messages,
    torch.tensor([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]),
    torch.tensor([[0, 2, 1], [1, 1, 0]]),
).gives(torch.tensor([[2.0, 20.0], [4.0, 40.0], [0.0, 0.0]]))
# node 0 sends twice, so twice its gradient comes back
check(
    pass_messages,
    torch.tensor([[1.0], [5.0], [7.0]], requires_grad=True),
    torch.tensor([[0, 0], [1, 2]]),
).gives(
    torch.tensor([[0.0], [1.0], [1.0]]),
    gradients={"features": torch.tensor([[2.0], [0.0], [0.0]])},
)
solved(pass_messages)
### BEGIN HIDDEN TESTS
for n, d, e in ((1, 2, 0), (3, 1, 5), (5, 3, 12), (4, 2, 1)):
    _edges = fresh.integers(0, n - 1, 2, e)
    for _features in fresh.layouts(fresh.floats(n, d)):
        _right = torch.zeros(n, d)
        for _a, _b in _edges.t().tolist():
            _right[_b] += _features[_a]
        check(pass_messages, _features, _edges).gives(_right, tolerance=(1e-4, 1e-5))
    _leaf = fresh.floats(n, d, requires_grad=True)
    _sent = torch.bincount(_edges[0], minlength=n).float().unsqueeze(1).expand(n, d)
    check(pass_messages, _leaf, _edges).gives(
        torch.zeros(n, d).index_add(0, _edges[1], _leaf.detach()[_edges[0]]),
        gradients={"features": _sent},
        tolerance=(1e-4, 1e-5),
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the messages</summary><code>features[senders]</code> has one row for each edge.</details>
# <details><summary>Hint 2: the receivers</summary>This is the sum of exercise 4.10 with receivers as groups.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.zeros_like(features).scatter_add(0, receivers.unsqueeze(1).expand_as(messages), messages)</code>
# — without the underscore autograd keeps the graph, and with it too, because the zeros are yours.</details>

# %% [markdown] rows=["S04.2"]
# A last look behind the curtain, for [chapter 06](../06_autograd/06_autograd.ipynb). What is the gradient of a scatter? Each value of `src` went to one box, so its gradient comes back *from* that
# box. Reading from looked-up places: that is `gather`.

# %% rows=["S04.2"]
sent = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
way = torch.tensor([1, 1, 0])
weight = torch.tensor([10.0, 100.0])
(torch.zeros(2).scatter_add(0, way, sent) * weight).sum().backward()
assert torch.equal(sent.grad, weight.gather(0, way))
sent.grad

# %% [markdown] rows=["S04.1", "E01"]
# ### Exercise 4.16 · Explain it to a friend
# ●●○○ · 12 minutes · 3 points
#
# *A person reads this answer.* A friend claims: “`index` has the shape of `src`, so `scatter_(0, …)` with the index `[[0, 1, 2]]` writes to columns 0, 1, 2 of the
# first row.”
#
# In the cell below, explain in four to eight sentences where the reasoning goes wrong. Use an example **of your own** with a `self` that is not square, show
# the `index` your friend should have used, and say which of the shape rules your example comes close to breaking.

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "explain_index", "points": 3}
# ### BEGIN SOLUTION
# A full answer says: along dim 0 the index replaces the *row*; the column of each value is its own column in src/index and never changes. So [[0, 1, 2]] sends column
# 0 to row 0, column 1 to row 1, column 2 to row 2: a diagonal. For a row, all indexes must be equal. An example such as self (4, 2), index [[3, 3]], src [[5., 6.]] fills
# the last row; a third column in index would break rule 3, because the columns that stay must exist in self.
#
# Points: 1 for “the index replaces only the coordinate dim”, 1 for a correct non-square example with its index, 1 for the right shape rule.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - `scatter_` **sends**: `index` says where to, and replaces exactly one coordinate: the one named by `dim`.
# - `gather` **fetches** with the same addresses. Each is the other's gradient.
# - `index` is int64, has as many dimensions as the others, is nowhere larger than `src`, and larger than `self` only along `dim`. Nothing broadcasts: `unsqueeze` and `expand` first.
# - Several values in one cell: `scatter_` leaves undefined which one stays. `scatter_add_` sums, `scatter_reduce_` does the rest; mind `include_self`.
# - The underscore changes `self`; without it you get a new tensor.
#
# | I want | I write |
# |---|---|
# | one-hot | `zeros(n, c).scatter_(1, labels.unsqueeze(1), 1.0)` |
# | sums by group | `zeros(g, d).scatter_add_(0, groups.unsqueeze(1).expand_as(x), x)` |
# | a mask from places | `zeros_like(x, dtype=torch.bool).scatter_(1, places, True)` |
# | undo `x[order]` | `empty_like(x).scatter_(0, order.unsqueeze(1).expand_as(x), x)` |
#
# Next: [chapter 05](../05_graphs/05_graphs.ipynb), where you see what torch writes down while you calculate.

# %% [markdown]
# ### Exercise 4.17 · Quiz
# ●○○○ · 6 minutes · 2 points
#
# One letter for each question.
#
# **q1** `torch.zeros(2, 3).scatter_(1, tensor([[2], [0]]), 9.)` holds
# - (a) `[[0, 0, 9], [9, 0, 0]]`
# - (b) `[[9, 0, 0], [0, 0, 9]]`
# - (c) an error: index is smaller than self
#
# **q2** Along `dim=0`, which coordinate of `src[i][j]` does the index replace?
# - (a) `j`, the column
# - (b) `i`, the row
# - (c) both
#
# **q3** `self` is `(5, 2)`, `src` is `(4, 4)`, `dim=0`. Which shape may `index` have?
# - (a) `(4, 3)`
# - (b) `(5, 2)`
# - (c) `(4, 2)`
#
# **q4** Two different values are scattered to the same cell with `scatter_`. The cell then holds
# - (a) their sum
# - (b) one of them, and torch does not promise which
# - (c) always the later one
#
# **q5** `out = x.scatter(0, index, src)`. Afterwards `x`
# - (a) is unchanged
# - (b) equals `out`
# - (c) is `out`

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": ""}
### BEGIN SOLUTION
answers = {"q1": "a", "q2": "b", "q3": "c", "q4": "b", "q5": "a"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 2}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "a",
    "q2": "b",
    "q3": "c",
    "q4": "b",
    "q5": "a",
}
### END HIDDEN TESTS

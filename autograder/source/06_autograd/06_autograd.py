# ---
# jupyter:
#   course:
#     title: "autograd: the slopes come for free"
#     minutes: 250
#     needs:
#       - "01 tensors: shapes, dtypes, in-place methods"
#       - "05 computation graphs: leaves, grad_fn"
#     objectives:
#       - "Say what a gradient is, measure it by nudging, and get it from autograd"
#       - "Follow the chain rule backwards through a graph by hand"
#       - "Use backward, autograd.grad and their options on purpose"
#       - "Read autograd's errors, and know which mistakes raise none"
#       - "Stop, cut, clip and accumulate gradients, and write an operation with a backward of its own"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 06 · autograd: the slopes come for free
#
# **After this chapter you can**
# - say what a gradient is, measure it by nudging, and get it from autograd;
# - follow the chain rule backwards through a graph by hand;
# - use `backward`, `autograd.grad` and their options on purpose;
# - read autograd's errors, and know which mistakes raise none;
# - stop, cut, clip and accumulate gradients, and write an operation with a backward of its own.
#
# **Time:** a bit more than four hours, with 20 exercises and a quiz. After section 5 is a good place for a long break. **Before this:** [chapter 01](../01_tensors/01_tensors.ipynb)
# (tensors) and [chapter 05](../05_graphs/05_graphs.ipynb) (leaves, `grad_fn`, what a graph is). If you skipped 05: what you need of it is told again where it is needed.
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the dots *before* you run the
# cell.

# %% id="setup"
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch.autograd import gradcheck

from course_utils import (
    check,
    check_quiz,
    compare_graphs,
    fresh,
    live_graph,
    load_weather,
    predict,
    record,
    show_graph,
    solved,
)

# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.


# %% id="recall-view"
def through_a_view():
    x = torch.zeros(2, 2)
    x.view(-1)[0] = 9.0
    return x[0, 0].item()


predict(
    "x is a 2 x 2 of zeros. After x.view(-1)[0] = 9, what is x[0, 0]?",
    mine=...,
    truth=through_a_view,
)

# %% id="recall-leaf"
predict(
    "x was made with requires_grad=True, and y = x * 2. Is y a leaf? True or False.",
    mine=...,
    truth=lambda: (torch.tensor(1.0, requires_grad=True) * 2).is_leaf,
)


# %% id="recall-branch"
def name_of_the_last():
    x = torch.tensor(-2.0, requires_grad=True)
    y = x * 3 if x > 0 else x + 3
    return y.grad_fn.name()


predict(
    "x is -2 and requires grad. y = x * 3 if x > 0 else x + 3. What is y.grad_fn called: "
    "'MulBackward0' or 'AddBackward0'?",
    mine=...,
    truth=name_of_the_last,
)

# %% [markdown] rows=["S06.1"]
# ## 1 · A slope, measured by nudging
#
# You throw a ball straight up, with 20 metres a second. After `t` seconds it is about this high (in metres). (`cube` is for later.)


# %% rows=["S06.1"]
def ball(t):
    return 20 * t - 5 * t**2


def cube(x):
    return x**3


print([ball(t) for t in (0.0, 1.0, 2.0, 3.0, 4.0)])

# %% [markdown] rows=["S06.1"]
# How *fast* is it after exactly one second? Speed is how much the height changes, for a tiny change of time. So nudge the time a little, both
# ways, and look:
#
# **slope ≈ ( f(x + h) − f(x − h) ) / 2h**
#
# That number has three names: **slope**, **derivative**, and, when there are many inputs, **gradient**.

# %% rows=["S06.1"]
h = 0.5
slope = (ball(1 + h) - ball(1 - h)) / (2 * h)
assert slope == 10.0

times = torch.linspace(0, 4, 100)
fig, ax = plt.subplots(figsize=(6, 3.2))
ax.plot(times, ball(times), label="height of the ball")
ends = [0.2, 1.8]
ax.plot(
    ends,
    [ball(1) + slope * (t - 1) for t in ends],
    "--",
    label=f"slope at t = 1: {slope:g} m/s",
)
ax.plot([1 - h, 1 + h], [ball(1 - h), ball(1 + h)], "o", label="the two nudged points")
ax.set(
    xlabel="time in s",
    ylabel="height in m",
    title="Slope = rise between the two points ÷ their distance",
)
ax.legend()
plt.show()

# %% id="predict-top"
predict(
    "Look at the curve. What is the ball's slope at t = 2?",
    mine=...,
    truth=lambda: (ball(2.5) - ball(1.5)) / 1.0,
)

# %% [markdown] rows=["S06.1"]
# ### Exercise 6.1 · Nudge
# ●○○○ · 5 minutes · 1 point
#
# Write `nudge_slope(f, x, h)`: nudge `x` by `h` **both ways** and return the slope. `f` takes a Python float and gives one; no torch is needed.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "nudge_slope"}
def nudge_slope(f, x, h=1e-4):
    """The slope of f at x, measured by nudging x both ways.

    f: float → float; x: float; h: float > 0, how far to nudge.
    Returns: float.
    """
    ### BEGIN SOLUTION
    return (f(x + h) - f(x - h)) / (2 * h)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_nudge_slope", "points": 1}
check(nudge_slope, ball, 1.0, 0.5).gives(10.0)
check(nudge_slope, cube, 2.0, 0.1).gives(
    12.01
)  # the true slope is 12: a nudge of 0.1 is a bit coarse
check(nudge_slope, cube, 2.0).gives(12.0)
solved(nudge_slope)
### BEGIN HIDDEN TESTS
for _ in range(6):
    _x, _h = fresh.floats(1).item(), fresh.integer(1, 9) / 10
    check(nudge_slope, ball, _x, _h).gives(20 - 10 * _x, tolerance=(1e-6, 1e-6))
    check(nudge_slope, cube, _x, _h).gives(3 * _x**2 + _h**2, tolerance=(1e-6, 1e-6))
check(nudge_slope, math.exp, 1.0).gives(math.e, tolerance=(1e-6, 1e-6))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two points</summary>One point lies at <code>x + h</code>, the other at <code>x - h</code>.</details>
# <details><summary>Hint 2: the distance</summary>How far apart are those two points? It is not <code>h</code>.</details>
# <details><summary>Hint 3: nearly there</summary>Take <code>f(x + h) - f(x - h)</code> and divide it by <code>2 * h</code>. Mind the brackets.</details>

# %% [markdown] rows=["S06.1"]
# Nudging is honest and simple. It has two weak points. First, *how far* should you nudge? Too far, and you measure the wrong place. Too little,
# and rounding eats the difference. Measure the slope of `cube` at 2. It should be 12; how wrong is it?

# %% rows=["S06.1"]
print("nudge     error in float64    error in float32")
errors = {}
for power in (-1, -2, -3, -5, -7):
    row = []
    for dtype in (torch.float64, torch.float32):
        x, h = torch.tensor(2.0, dtype=dtype), torch.tensor(10.0**power, dtype=dtype)
        row.append(abs((cube(x + h) - cube(x - h)) / (2 * h) - 12).item())
    errors[power] = row
    print(f"1e{power}      {row[0]:<16.2g}    {row[1]:.2g}")

assert errors[-5][0] < 1e-8 and errors[-7][1] > 0.1

# %% [markdown] rows=["S06.1"]
# In float32 a very small nudge makes it *worse*: `2 + 1e-7` has no digits left for the nudge. So whoever measures slopes does it in **float64**.
#
# The second weak point is the price. A network with a million weights has a million slopes, and each one needs two more runs of the whole network. We
# need something better.

# %% [markdown] rows=["S06.1"]
# ## 2 · The same slope without nudging
#
# Tell torch that you will want slopes with respect to `t`: `requires_grad=True`. Then calculate as always. Then ask for `backward()`. The slope lies in
# `t.grad`:

# %% rows=["S06.1"]
t = torch.tensor(1.0, requires_grad=True)
height = ball(t)
height.backward()
assert t.grad.item() == 10.0
print("height", height.item(), "  slope", t.grad.item())

# %% [markdown] rows=["S06.1"]
# No `h`, no guess: the slope is exact, up to rounding. And it costs about as much for a thousand inputs as for one. Count how often the function runs:

# %% rows=["S06.1"]
runs = 0


def waves(x):
    global runs
    runs += 1
    return (x.sin() * x).sum()


x = torch.linspace(0, 3, 1000, dtype=torch.float64)
nudged = torch.zeros_like(x)
for i in range(len(x)):
    e = torch.zeros_like(x)
    e[i] = 1e-5
    nudged[i] = (waves(x + e) - waves(x - e)) / 2e-5
print("by nudging:", runs, "runs")

runs = 0
x.requires_grad_()
waves(x).backward()
print("by autograd:", runs, "run and one backward")
assert runs == 1 and torch.allclose(x.grad, nudged, atol=1e-6)

# %% [markdown] rows=["S06.1"]
# ### Exercise 6.2 · Slope by autograd
# ●○○○ · 6 minutes · 1 point
#
# Write `slope_at(f, x)`. Now `f` works on tensors; `x` is a plain Python number, whole numbers included. Return the slope as a Python float.
# `f` must run only once.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "slope_at"}
def slope_at(f, x):
    """The slope of f at x, by autograd.

    f: takes a 0-d float tensor and gives one; x: int or float.
    Returns: float.
    """
    ### BEGIN SOLUTION
    point = torch.tensor(float(x), dtype=torch.float64, requires_grad=True)
    f(point).backward()
    return point.grad.item()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_slope_at", "points": 1}
check(slope_at, ball, 1.0).gives(10.0)
check(slope_at, torch.exp, 0.0).gives(1.0)
check(slope_at, cube, 2).gives(12.0)

seen = []


def noted_ball(t):
    seen.append(t)
    return ball(t)


check(slope_at, noted_ball, 3.0).satisfies(
    lambda slope: slope == -10.0 and len(seen) == 1, "the slope is -10, and f ran once"
)
solved(slope_at)
### BEGIN HIDDEN TESTS
for _ in range(6):
    _x = fresh.floats(1).item()
    check(slope_at, cube, _x).gives(3 * _x**2)
    check(slope_at, torch.sin, _x).gives(math.cos(_x))
check(slope_at, torch.sigmoid, 0).gives(0.25)
seen.clear()
check(slope_at, noted_ball, 0.5).satisfies(
    lambda slope: slope == 15.0 and len(seen) == 1, "the slope is 15, and f ran once"
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the point</summary>Make a tensor of <code>x</code> that requires grad. Only floating point tensors can.</details>
# <details><summary>Hint 2: backward</summary><code>f(point)</code> gives a tensor; its <code>backward()</code> fills <code>point.grad</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>point = torch.tensor(float(x), requires_grad=True)</code>, then <code>f(point).backward()</code>;
# <code>.item()</code> takes the number out of <code>point.grad</code>.</details>

# %% [markdown] rows=["S06.1"]
# ## 3 · How it knows: the chain rule, backwards
#
# Every operation in torch knows its own little slope. `mul` knows that, if one factor grows by 1, the product grows by the *other* factor. `add` knows that it
# passes every change on unchanged. autograd only has to multiply those little slopes along the way.
#
# Picture gears. If gear A turns gear B twice as fast, and B turns C three times as fast, then A turns C six times as fast. That is the **chain rule**: along
# a way, slopes multiply.
#
# Here is the smallest learning machine: a guess `w * x + b`, and how wrong it is, squared.

# %% rows=["S06.1"]
w = torch.tensor(2.0, requires_grad=True)
x = torch.tensor(3.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
with record():
    guess = w * x + b
    miss = guess - 10
    loss = miss**2

show_graph(loss)

# %% [markdown] rows=["S06.1"]
# While you calculated, autograd *recorded* this graph. `record()` kept the values in between for you to look at.
#
# Click into the picture and press <kbd>Home</kbd>. Then go **forward** with <kbd>→</kbd>: 2 · 3 = 6, plus 1 is 7, minus 10 is −3, squared is 9. (The 10 needs no gradient.)
#
# Keep pressing <kbd>→</kbd>. Now you walk **backward**, from the loss up to the leaves, with a slope in your hand. You start with 1: the loss changes one to one with itself. Below the picture stands, at each step, what arrives, the
# little slope, and what is sent on. Compare with this table:
#
# | step back through | its own slope | slope in hand after it |
# |---|---|---|
# | start | | 1 |
# | `miss ** 2` | 2 · miss = 2 · (−3) = −6 | 1 · (−6) = **−6** |
# | `guess - 10` | 1 | **−6** |
# | `+ b`, on the side of `b` | 1 | **−6** → `b.grad` |
# | `+ b`, on the side of the product | 1 | **−6** |
# | `w * x`, on the side of `w` | x = 3 | −6 · 3 = **−18** → `w.grad` |
# | `w * x`, on the side of `x` | w = 2 | −6 · 2 = **−12** → `x.grad` |

# %% rows=["S06.1"]
loss.backward()
assert (b.grad.item(), w.grad.item(), x.grad.item()) == (-6.0, -18.0, -12.0)
print("w.grad", w.grad, "  x.grad", x.grad, "  b.grad", b.grad)

# %% [markdown] rows=["S06.1"]
# Read the −18 aloud: “if `w` grows a tiny bit, the loss *falls* 18 times as much.” So a larger `w` would be a better `w`. Learning is no more than that,
# again and again.
#
# The recorded operations are there to be looked at. `grad_fn` is the last one, `next_functions` leads to the ones before. The arrows of `next_functions`
# point backwards, against those in the picture.

# %% rows=["S06.1"]
step = loss.grad_fn
names = []
while step is not None:
    names.append(step.name())
    step = step.next_functions[0][0] if step.next_functions else None
assert names[:2] == ["PowBackward0", "SubBackward0"] and "AccumulateGrad" in names[-1]
print(" → ".join(names))

# %% [markdown] rows=["S06.1"]
# The last one, `AccumulateGrad`, is the letter box of a leaf: whatever slope arrives there is added to `.grad`.
#
# And if a value is used twice? Then there are two ways from the loss back to it. Each way brings a slope, and the slopes are **added**.


# %% id="predict-twice"
def three_ways():
    x = torch.tensor(3.0, requires_grad=True)
    (x * x + 5 * x).backward()
    return x.grad.item()


predict(
    "x is 3 and y = x * x + 5 * x. Three ways lead back to x. What is x.grad?",
    mine=...,
    truth=three_ways,
)

# %% rows=["S06.1"]
x = torch.tensor(3.0, requires_grad=True)
with record():
    y = x * x + 5 * x
    y.backward()
assert x.grad.item() == 3 + 3 + 5
show_graph(y)

# %% [markdown] rows=["S06.1"]
# Step to the end: three slopes come back to `x`, and its `.grad` is their sum.
#
# And now with other numbers. Move the sliders. Where does the slope of `a` vanish? Where does it change its sign?

# %% rows=["S06.1"]
live_graph(lambda a, b: (a * b).sin() + a, a=(-3, 3, 2.0), b=(-2, 2, 1.0))

# %% [markdown] rows=["S06.1"]
# ### Exercise 6.3 · Be the machine
# ●●○○ · 8 minutes · 2 points
#
# Do what autograd did, without it. `chain_by_hand(w, x, b, target)` takes plain floats and returns the three slopes of `(w * x + b - target) ** 2`, as a dict with the keys
# `"w"`, `"x"` and `"b"`. Multiply little slopes, as in the table.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "chain_by_hand"}
def chain_by_hand(w, x, b, target):
    """The slopes of (w * x + b - target) ** 2.

    w, x, b, target: float.
    Returns: dict with the floats "w", "x" and "b".
    """
    ### BEGIN SOLUTION
    miss = w * x + b - target
    slope = 2 * miss
    return {"w": slope * x, "x": slope * w, "b": slope}
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_chain_by_hand", "points": 2}
check(chain_by_hand, 2.0, 3.0, 1.0, 10.0).gives({"w": -18.0, "x": -12.0, "b": -6.0})
check(chain_by_hand, 1.0, 5.0, 0.0, 1.0).gives({"w": 40.0, "x": 8.0, "b": 8.0})
solved(chain_by_hand)
### BEGIN HIDDEN TESTS
for _ in range(8):
    _values = [
        torch.tensor(v, dtype=torch.float64, requires_grad=True)
        for v in fresh.floats(4).tolist()
    ]
    _w, _x, _b, _target = _values
    ((_w * _x + _b - _target) ** 2).backward()
    check(chain_by_hand, *[v.item() for v in _values]).gives(
        {"w": _w.grad.item(), "x": _x.grad.item(), "b": _b.grad.item()},
        tolerance=(1e-5, 1e-6),
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: start at the end</summary>The square has the slope two times what was squared. What was squared?</details>
# <details><summary>Hint 2: pass it on</summary>Minus and plus pass that slope on unchanged, so it already is the slope for <code>b</code>.</details>
# <details><summary>Hint 3: nearly there</summary>With <code>slope = 2 * (w * x + b - target)</code>: for <code>w</code> multiply by the other factor,
# <code>x</code>; for <code>x</code> multiply by <code>w</code>.</details>

# %% [markdown] rows=["S06.1"]
# ## 4 · Four steps, again and again
#
# Real data: the weather of Seattle on 1,461 days. If you know how cold the night was, how warm will the day be? We try a straight line: `day = w * night + b`.

# %% rows=["S06.1"]
weather = load_weather()
night, day = weather.values[:, 2], weather.values[:, 1]
# measured from the mean, in steps of one standard deviation, both directions of the search are equally steep
inputs, targets = (night - night.mean()) / night.std(), day
print(f"{len(day)} days; the first: {night[0]:.1f} °C at night, {day[0]:.1f} °C by day")

# %% [markdown] rows=["S06.1"]
# Every kind of learning in torch is a round of four steps:
#
# 1. **record**: the parameters are leaves with `requires_grad=True`, so autograd writes down what happens to them;
# 2. **forward**: calculate the prediction and the loss, one number;
# 3. **backward**: `loss.backward()` gives each parameter its slope, by the chain rule;
# 4. **update**: move each parameter a little way *against* its slope. Downhill.

# %% rows=["S06.1"]
line = torch.zeros(2, requires_grad=True)  # record: line[0] is w, line[1] is b

loss = ((line[0] * inputs + line[1] - targets) ** 2).mean()  # forward
loss.backward()  # backward
with torch.no_grad():  # update, not recorded
    line -= 0.1 * line.grad

before, after = loss.item(), ((line[0] * inputs + line[1] - targets) ** 2).mean().item()
assert after < before
print(
    f"the loss fell from {before:.1f} to {after:.1f}; now w = {line[0]:.2f}, b = {line[1]:.2f}"
)

# %% [markdown] rows=["S06.1", "S06.5"]
# `with torch.no_grad()` says: do not record this. Without it, `line -= …` is refused: a recorded leaf may not be overwritten (section 9 tells why).
#
# Before the next round one thing is missing. `line.grad` still holds the old slope, and `backward` **adds** to it. Set it back: `line.grad = None`.

# %% [markdown] rows=["S06.1", "S06.5"]
# ### Exercise 6.4 · Downhill
# ●●○○ · 10 minutes · 3 points
#
# Write `descend(x, y, steps, lr)`. Start with a line of two zeros, `[w, b]`, and do `steps` rounds. The loss is the **mean** of `(w * x + b - y) ** 2`, and `lr` is how
# far each update goes (0.1 above). Return the line, cut off the graph.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "descend"}
def descend(x, y, steps, lr):
    """Fit y ≈ w * x + b by gradient descent from w = b = 0.

    x, y: float32, shape (n,); steps: int, number of rounds; lr: float.
    Returns: float32, shape (2,): w and b; not part of a graph.
    """
    ### BEGIN SOLUTION
    line = torch.zeros(2, requires_grad=True)
    for _ in range(steps):
        loss = ((line[0] * x + line[1] - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            line -= lr * line.grad
        line.grad = None
    return line.detach()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_descend", "points": 3}
check(descend, torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0]), 1, 0.1).gives(
    torch.tensor([1.3, 0.8]), graph=False
)
check(descend, torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0]), 2, 0.1).gives(
    torch.tensor([1.71, 1.05]), graph=False
)
check(
    descend, torch.tensor([-1.0, 0.0, 1.0]), torch.tensor([0.0, 2.0, 4.0]), 100, 0.3
).gives(torch.tensor([2.0, 2.0]), tolerance=(1e-3, 1e-3))
solved(descend)
### BEGIN HIDDEN TESTS
for n, _steps in ((1, 0), (1, 1), (4, 3), (9, 20)):
    _x, _y, _lr = fresh.floats(n).clamp(-3, 3), fresh.floats(n), 0.02
    _w = _b = 0.0
    for _ in range(_steps):
        _miss = _w * _x.double() + _b - _y.double()
        _w, _b = (
            _w - _lr * float(2 * (_miss * _x).mean()),
            _b - _lr * float(2 * _miss.mean()),
        )
    for _xx in fresh.layouts(_x):
        check(descend, _xx, _y, _steps, _lr).gives(
            torch.tensor([_w, _b]), graph=False, tolerance=(1e-3, 1e-4)
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: where from</summary>All the lines stand in the cell above the exercise; put forward, backward and update into a loop.</details>
# <details><summary>Hint 2: if the second round goes wrong</summary>At the end of each round, forget the old slope: <code>line.grad = None</code>.</details>
# <details><summary>Hint 3: nearly there</summary>The update is <code>with torch.no_grad(): line -= lr * line.grad</code>, and the last line
# <code>return line.detach()</code>.</details>

# %% [markdown] rows=["S06.1"]
# Your function on the real data. (The cell shows a hint until you have solved it.)

# %% id="use-descend"
try:
    fitted = descend(inputs, targets, 60, 0.1)
    fig, ax = plt.subplots(figsize=(6, 3.6))
    ax.plot(night, day, ".", markersize=3, alpha=0.4, label="1,461 days")
    for rounds in (2, 5, 60):
        w, b = descend(inputs, targets, rounds, 0.1)
        ax.plot(
            night.sort().values,
            w * inputs.sort().values + b,
            label=f"after {rounds} rounds",
        )
    ax.set(
        xlabel="temperature at night in °C",
        ylabel="by day in °C",
        title="A line learns the weather",
    )
    ax.legend()
    plt.show()
    print(f"An average night means {fitted[1]:.1f} °C by day.")
    print(f"A degree more at night means {fitted[0] / night.std():.2f} °C more by day.")
except NotImplementedError:
    print("First write descend above; then run this cell again.")

# %% [markdown] rows=["S06.5"]
# ## 5 · Gradients pile up
#
# `backward` does not *set* `.grad`, it **adds** to it. Nobody empties the letter box for you.


# %% id="predict-pile"
def grad_after(times):
    w = torch.tensor(2.0, requires_grad=True)
    for _ in range(times):
        (3 * w).backward()
    return w.grad.item()


predict(
    "3 * w is calculated and sent backward, three times over. What is w.grad?",
    mine=...,
    truth=lambda: grad_after(3),
)

# %% rows=["S06.5", "E22"]
assert [grad_after(n) for n in (1, 2, 3)] == [3.0, 6.0, 9.0]
print([grad_after(n) for n in (1, 2, 3)])

# %% [markdown] rows=["S06.5"]
# Watch the letter box. Jump to *Backward 1*, *Backward 2* and *zero grad*, and read what stands in `w.grad`:

# %% rows=["S06.5"]
w = torch.tensor(2.0, requires_grad=True)
with record() as tape:
    y = 3 * w
    y.backward(retain_graph=True)
    y.backward()
    assert w.grad.item() == 6.0
    w.grad = None
    z = 3 * w
    z.backward()
assert w.grad.item() == 3.0
show_graph(tape)

# %% [markdown] rows=["S06.5"]
# Why would anybody want that? Three reasons. First, **several goals**: one network, two losses. Send each one back when you have it; the sum of the slopes is the
# slope of the sum.

# %% rows=["S06.5"]
w = torch.tensor([1.0, -2.0], requires_grad=True)
fit, size = ((w - 3) ** 2).sum(), w.abs().sum()

fit.backward()
size.backward()
one_by_one = w.grad

w.grad = None
(((w - 3) ** 2).sum() + w.abs().sum()).backward()
assert torch.equal(one_by_one, w.grad)
print(one_by_one, w.grad)

# %% [markdown] rows=["S06.5"]
# Second, **memory**. To go back, autograd must keep values of the forward way. Send the first loss back before you calculate the second, and only one of the
# two graphs is alive at any time; all the slopes share one `.grad`.
#
# Third, **a big batch in small pieces**. When all days at once do not fit into memory, take some, go backward, take the next. Count the bytes that autograd keeps:


# %% rows=["S06.5"]
def kept_bytes(x, y):
    """Bytes that one forward pass keeps for its backward pass."""
    kept = 0

    def note(tensor):
        nonlocal kept
        kept += tensor.nbytes
        return tensor.detach()  # the tensor itself would hold the graph that holds it

    line = torch.zeros(2, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        ((line[0] * x + line[1] - y) ** 2).mean()
    return kept


all_days, some_days = kept_bytes(inputs, targets), kept_bytes(inputs[:100], targets[:100])
assert some_days < all_days / 10
print("all days at once:", all_days, "bytes;  100 days:", some_days, "bytes")

# %% [markdown] rows=["S06.5"]
# How to empty the box:
#
# | you write | afterwards |
# |---|---|
# | `w.grad = None` | there is no gradient; the next backward makes one |
# | `w.grad.zero_()` | a tensor of zeros, which keeps its memory |
# | `optimizer.zero_grad()`, `model.zero_grad()` | `None` for all their parameters; zeros only with `set_to_none=False` |

# %% rows=["S06.5", "E18"]
w = torch.tensor([1.0, 2.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)

w.sum().backward()
optimizer.zero_grad()
assert w.grad is None

w.sum().backward()
w.grad.zero_()
assert w.grad.tolist() == [0.0, 0.0]
w.grad

# %% [markdown]
# For the next exercises we need parameters that already have a gradient. Here is a small helper; have a look and run it.


# %% id="helper-parameter"
def parameter(values, grad=None):
    """A leaf that requires grad, with .grad already filled if you like."""
    leaf = torch.tensor(values, requires_grad=True)
    leaf.grad = None if grad is None else torch.tensor(grad)
    return leaf


# %% [markdown] rows=["S06.1", "S06.5"]
# ### Exercise 6.5 · The step that does not learn
# ●●○○ · 10 minutes · 2 points
#
# A colleague wrote this training step for `y ≈ w * x`. It runs. It raises nothing, now that they have “fixed” it. And it never learns.


# %% id="broken-step"
def broken_step(w, x, y, lr):
    loss = ((w * x - y) ** 2).mean()
    loss = torch.tensor(
        loss.item(), requires_grad=True
    )  # "backward complained, now it does not"
    loss.backward()
    if w.grad is not None:
        w = w - lr * w.grad
    return loss.item()


w = parameter([0.0])
print(
    [
        broken_step(w, torch.tensor([1.0, 2.0]), torch.tensor([3.0, 6.0]), 0.1)
        for _ in range(4)
    ],
    w,
)

# %% [markdown] rows=["S06.1", "S06.5"]
# There are **three** mistakes in it. Write `mended_step(w, x, y, lr)`, with the same arguments: it changes `w` **in place**, by one step downhill, and returns the loss (a Python
# float) from before the step. An old gradient that somebody left in `w.grad` must not count.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "mended_step"}
def mended_step(w, x, y, lr):
    """One step of gradient descent for the mean of (w * x - y) ** 2.

    w: float32 leaf, shape (1,), requires grad, changed in place; x, y: float32, shape (n,); lr: float.
    Returns: float, the loss before the step.
    """
    ### BEGIN SOLUTION
    w.grad = None
    loss = ((w * x - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    return loss.item()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_mended_step", "points": 2}
check(
    mended_step, parameter([0.0]), torch.tensor([1.0, 2.0]), torch.tensor([3.0, 6.0]), 0.1
).gives(22.5, changes={"w": torch.tensor([1.5])})
# somebody left an old gradient of 100 behind
check(
    mended_step,
    parameter([1.0], grad=[100.0]),
    torch.tensor([1.0, 2.0]),
    torch.tensor([3.0, 6.0]),
    0.1,
).gives(10.0, changes={"w": torch.tensor([2.0])})
solved(mended_step)
### BEGIN HIDDEN TESTS
for n in (1, 2, 5):
    _x, _y, _start = fresh.floats(n), fresh.floats(n), fresh.floats(1)
    _w = parameter(_start.tolist(), grad=[7.0])
    _now = _start.clone()
    for _ in range(3):
        _loss, _slope = (
            ((_now * _x - _y) ** 2).mean().item(),
            (2 * (_now * _x - _y) * _x).mean(),
        )
        _now = _now - 0.01 * _slope
        check(mended_step, _w, _x, _y, 0.01).gives(
            _loss, changes={"w": _now}, tolerance=(1e-3, 1e-4)
        )
    assert _w.is_leaf and _w.requires_grad
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the cut</summary><code>loss.item()</code> is a bare number. A tensor made from it is a new leaf without history, so nothing behind it gets a slope. Which
# line must go?</details>
# <details><summary>Hint 2: the name</summary><code>w = w - …</code> makes a new tensor and calls it w, inside the function only. The caller's w stays as it was.</details>
# <details><summary>Hint 3: nearly there</summary>Begin with <code>w.grad = None</code>, call backward on the first loss, and update with <code>w -= lr * w.grad</code> inside
# <code>torch.no_grad()</code>.</details>

# %% [markdown] rows=["S06.5"]
# ### Exercise 6.6 · A big batch in small pieces
# ●●●○ · 12 minutes · 3 points
#
# `loss_of(w, x, y)` gives the **mean** loss over the rows that it is given. Write `piecewise_gradient(loss_of, w, x, y, size)`: the gradient of the loss over *all* rows, with never more than
# `size` rows in one call. The last piece may be smaller. The result must equal the gradient of one big batch.
#
# Think before you write: the mean over everything is not the sum of the means of the pieces. What must each piece be multiplied by?


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "piecewise_gradient"}
def piecewise_gradient(loss_of, w, x, y, size):
    """The gradient at w of loss_of(w, x, y), from pieces of at most size rows.

    loss_of: gives a 0-d tensor, the mean loss of its rows; w: a leaf that requires grad, its .grad is None;
    x: shape (n, …), y: shape (n,), n >= 1; size: int >= 1.
    Returns: a tensor like w.
    """
    ### BEGIN SOLUTION
    for start in range(0, len(x), size):
        piece_x, piece_y = x[start : start + size], y[start : start + size]
        loss = loss_of(w, piece_x, piece_y) * len(piece_x) / len(x)
        loss.backward()
    return w.grad
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_piecewise_gradient", "points": 3}
def mean_square(w, x, y):
    return ((w * x - y) ** 2).mean()


def at_most_two(w, x, y):
    assert len(x) <= 2, f"{len(x)} rows do not fit into memory"
    return mean_square(w, x, y)


# four rows, in two pieces
check(
    piecewise_gradient,
    at_most_two,
    parameter(1.0),
    torch.tensor([1.0, 1.0, 2.0, 2.0]),
    torch.tensor([0.0, 3.0, 0.0, 1.0]),
    2,
).gives(torch.tensor(2.5))
# five rows: the last piece has one
check(
    piecewise_gradient,
    at_most_two,
    parameter(0.0),
    torch.ones(5),
    torch.tensor([0.0, 0.0, 0.0, 0.0, -5.0]),
    2,
).gives(torch.tensor(2.0))
solved(piecewise_gradient)


### BEGIN HIDDEN TESTS
def _linear(w, x, y):
    assert len(x) <= _size, f"{len(x)} rows do not fit into memory"
    return ((x @ w - y) ** 2).mean()


for n, d, _size in ((1, 2, 1), (6, 3, 2), (7, 2, 3), (5, 1, 8), (9, 4, 4)):
    _y, _start = fresh.floats(n), fresh.floats(d)
    for _x in fresh.layouts(fresh.floats(n, d)):
        _right = 2 * _x.t() @ (_x @ _start - _y) / n
        check(
            piecewise_gradient, _linear, _start.clone().requires_grad_(), _x, _y, _size
        ).gives(_right, tolerance=(1e-4, 1e-4))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: pieces</summary><code>for start in range(0, len(x), size)</code>, and slices from <code>start</code> to <code>start + size</code>. A slice that runs past the end is simply
# shorter.</details>
# <details><summary>Hint 2: the weight of a piece</summary>A piece with 1 of 5 rows counts a fifth; one with 2 of 5 rows two fifths.</details>
# <details><summary>Hint 3: nearly there</summary>Call backward on <code>loss_of(w, piece_x, piece_y) * len(piece_x) / len(x)</code> for each piece. The letter box adds up for you; return
# <code>w.grad</code>.</details>

# %% [markdown] rows=["S06.2"]
# ## 6 · When the output is not one number
#
# `backward()` starts with the slope 1 at a single number. What if there are three numbers? Then torch cannot know how much each one counts. Read what it says:

# %% rows=["S06.2"]
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
squares_of_x = x**2
try:
    squares_of_x.backward()
    raise AssertionError("torch accepted this")
except RuntimeError as error:
    print(error)

# %% [markdown] rows=["S06.2"]
# “Implicitly created only for scalar outputs”: the starting slope of 1 is made up for you only when there is one number. So say it yourself:
# `backward(gradient)`, one weight for each output. It is the same as the slope of the weighted sum.


# %% id="predict-weights"
def squares(x):
    return x**2


def weighted(values, weights):
    x = torch.tensor(values, requires_grad=True)
    squares(x).backward(torch.tensor(weights))
    return x.grad


predict(
    "x is [1, 2, 3]. Which x.grad does squares(x).backward(tensor([1., 10., 100.])) leave?",
    mine=...,
    truth=lambda: weighted([1.0, 2.0, 3.0], [1.0, 10.0, 100.0]),
)

# %% rows=["S06.2"]
weights = torch.tensor([1.0, 10.0, 100.0])
squares_of_x.backward(weights)
assert x.grad.tolist() == [2.0, 40.0, 600.0]

again = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
(squares(again) * weights).sum().backward()
assert torch.equal(again.grad, x.grad)
x.grad

# %% [markdown] rows=["S06.2"]
# There is a table behind this: for `m` outputs and `n` inputs, the slope of every output with respect to every input. It is called the **Jacobian**, `m` rows and
# `n` columns. `backward(v)` gives `v @ J`, the *vector-Jacobian product*, and never builds the table. That is why it is cheap.


# %% rows=["S06.2"]
def polar(p):
    """From (distance, angle) to (x, y)."""
    return torch.stack([p[0] * p[1].cos(), p[0] * p[1].sin()])


def running_sum(x):
    """From [a, b, c] to [a, a + b, a + b + c]."""
    return x.cumsum(0)


place = torch.tensor([2.0, 0.5], requires_grad=True)
v = torch.tensor([1.0, 10.0])
table = torch.autograd.functional.jacobian(polar, place)
polar(place).backward(v)
assert torch.allclose(place.grad, v @ table)
print(table, place.grad, sep="\n")

row = torch.tensor([5.0, 6.0, 7.0])
assert torch.autograd.functional.jacobian(running_sum, row).tolist() == [
    [1, 0, 0],
    [1, 1, 0],
    [1, 1, 1],
]
print(torch.autograd.functional.jacobian(running_sum, row))

# %% [markdown] rows=["S06.2"]
# ### Exercise 6.7 · Weighted outputs
# ●●○○ · 8 minutes · 2 points
#
# Write `weighted_slopes(f, x, weights)`: the gradient at `x` when output `i` of `f` counts `weights[i]`. The caller's `x` is theirs: it may or may not require grad, it may already have a
# `.grad`, and all of this stays as it is. So work on a leaf of your own.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "weighted_slopes"}
def weighted_slopes(f, x, weights):
    """weights @ (Jacobian of f at x), without building the Jacobian.

    f: takes shape (n,), gives shape (m,); x: float, shape (n,); weights: shape (m,), the dtype of x.
    Returns: shape (n,), not part of a graph; x, its flag and its .grad are left alone.
    """
    ### BEGIN SOLUTION
    own = x.detach().clone().requires_grad_()
    f(own).backward(weights)
    return own.grad
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_weighted_slopes", "points": 2}
check(
    weighted_slopes,
    squares,
    torch.tensor([1.0, 2.0, 3.0]),
    torch.tensor([1.0, 10.0, 100.0]),
).gives(torch.tensor([2.0, 40.0, 600.0]), graph=False)
# running_sum gives [a, a + b, a + b + c]: a counts in all three outputs
check(
    weighted_slopes,
    running_sum,
    torch.tensor([5.0, 6.0, 7.0]),
    torch.tensor([1.0, 10.0, 100.0]),
).gives(torch.tensor([111.0, 110.0, 100.0]))

theirs = parameter([1.0, 2.0], grad=[5.0, 5.0])
check(weighted_slopes, squares, theirs, torch.tensor([1.0, 1.0])).gives(
    torch.tensor([2.0, 4.0])
)
check(weighted_slopes, squares, theirs, torch.tensor([1.0, -1.0])).satisfies(
    lambda _: theirs.grad.tolist() == [5.0, 5.0],
    "the .grad of the caller's x is still [5, 5]",
)
plain = torch.tensor([1.0, 2.0])
check(weighted_slopes, squares, plain, torch.tensor([1.0, 0.0])).satisfies(
    lambda _: not plain.requires_grad,
    "an x that did not require grad before does not afterwards",
)
solved(weighted_slopes)


### BEGIN HIDDEN TESTS
def _mix(x):
    return torch.stack([x.sum(), (x * x).sum(), x[0] * x[-1]])


for n in (1, 2, 5):
    for _dtype in (torch.float32, torch.float64):
        _weights = fresh.floats(3, dtype=_dtype)
        for _x in fresh.layouts(fresh.floats(n, dtype=_dtype)):
            _right = _weights @ torch.autograd.functional.jacobian(_mix, _x.clone())
            check(weighted_slopes, _mix, _x, _weights).gives(
                _right, graph=False, tolerance=(1e-4, 1e-4)
            )
            assert not _x.requires_grad, (
                "the caller's x requires grad after the call, and did not before"
            )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a leaf of your own</summary><code>x.detach()</code> leaves the graph, <code>.clone()</code> gets memory of its own, <code>.requires_grad_()</code> starts recording.</details>
# <details><summary>Hint 2: the weights</summary><code>backward</code> takes them as its first argument.</details>
# <details><summary>Hint 3: nearly there</summary><code>own = x.detach().clone().requires_grad_()</code>, then <code>f(own).backward(weights)</code>, then
# <code>return own.grad</code>.</details>

# %% [markdown] rows=["S06.2"]
# ### The other options of backward
#
# `torch.autograd.backward(tensors, grad_tensors=…)` is the same thing for **several** outputs at once. `y.backward(v)` calls it for you.

# %% rows=["S06.2"]
x = torch.tensor([1.0, 2.0], requires_grad=True)
doubled, total = 2 * x, x.sum()
torch.autograd.backward(
    [doubled, total], grad_tensors=[torch.tensor([1.0, 100.0]), torch.tensor(0.5)]
)
assert x.grad.tolist() == [2.0 * 1 + 0.5, 2.0 * 100 + 0.5]
x.grad

# %% [markdown] rows=["S06.2", "S06.6"]
# **`retain_graph`.** After `backward` the values kept in the graph are thrown away, to free their memory. So a second `backward` through the same graph fails:

# %% rows=["S06.2", "S06.6"]
x = torch.tensor(3.0, requires_grad=True)
with record() as tape:
    y = x * x
    y.backward()
    try:
        y.backward()
        raise AssertionError("torch accepted this")
    except RuntimeError as error:
        print(error)

y = x * x
y.backward(retain_graph=True)
y.backward()
assert x.grad.item() == 6 + 6 + 6
show_graph(tape)

# %% [markdown] rows=["S06.2"]
# When you meet this error, `retain_graph=True` is seldom the cure. Mostly a tensor from the *last* round of a loop has slipped into this one. Run forward again, or cut
# the old tensor off with `detach()`.
#
# **`inputs`.** Only these receive a gradient. The others stay as they are.

# %% rows=["S06.2"]
w, x = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
(w * x).backward(inputs=[w])
assert w.grad.item() == 3.0 and x.grad is None
print(w.grad, x.grad)

# %% [markdown] rows=["S06.2"]
# **`create_graph`.** The gradient becomes part of a graph itself, so that you can ask for the slope of the slope. On `backward` torch warns you, because `x.grad` then holds on to a graph that holds on to
# `x`: a circle that keeps its memory. It recommends `torch.autograd.grad`, and that is the next section.

# %% rows=["S06.2"]
x = torch.tensor(2.0, requires_grad=True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    (x**3).backward(create_graph=True)
assert x.grad.requires_grad and "cycle" in str(caught[0].message)
print(x.grad, str(caught[0].message).split(". ")[0], sep="\n")
x.grad = None

# %% [markdown] rows=["S06.2", "S06.3"]
# ## 7 · `torch.autograd.grad`: slopes in your hand
#
# `backward` puts slopes into `.grad` letter boxes. `torch.autograd.grad(outputs, inputs)` **returns** them, as a tuple, one for each input, and leaves every `.grad` alone. That is what you want
# for measuring.

# %% rows=["S06.3"]
w, x = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
slopes = torch.autograd.grad(w * x, [w, x])
assert slopes == (torch.tensor(3.0), torch.tensor(2.0))
assert w.grad is None and x.grad is None
slopes

# %% [markdown] rows=["S06.3"]
# `grad_outputs` are the weights of section 6 under another name. And an input that the output never used? That is refused, until you say that you know: `allow_unused=True` gives `None` for it,
# `materialize_grads=True` gives zeros.

# %% rows=["S06.3"]
x, idle = (
    torch.tensor([1.0, 2.0], requires_grad=True),
    torch.tensor(5.0, requires_grad=True),
)
(slope,) = torch.autograd.grad(x**2, x, grad_outputs=torch.tensor([1.0, 10.0]))
assert slope.tolist() == [2.0, 40.0]

try:
    torch.autograd.grad((x**2).sum(), [x, idle])
    raise AssertionError("torch accepted this")
except RuntimeError as error:
    print(error)

assert torch.autograd.grad((x**2).sum(), [x, idle], allow_unused=True)[1] is None
assert torch.autograd.grad((x**2).sum(), [x, idle], materialize_grads=True)[1].item() == 0.0

# %% [markdown] rows=["S06.2", "S06.3"]
# ### Exercise 6.8 · The whole table
# ●●●○ · 12 minutes · 3 points
#
# Sometimes you do need the Jacobian. Write `jacobian_rows(f, x)` with `torch.autograd.grad`: row `i` holds the slopes of output `i`. Run `f` once; ask for one row at a time. (Which `grad_outputs`
# picks output `i` alone? And what happens to the graph after the first row?)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "jacobian_rows"}
def jacobian_rows(f, x):
    """The slope of every output of f with respect to every element of x.

    f: takes shape (n,), gives shape (m,); x: float, shape (n,).
    Returns: shape (m, n), the dtype of x, not part of a graph.
    """
    ### BEGIN SOLUTION
    own = x.detach().clone().requires_grad_()
    out = f(own)
    rows = []
    for pick in torch.eye(len(out), dtype=out.dtype):
        rows.append(torch.autograd.grad(out, own, grad_outputs=pick, retain_graph=True)[0])
    return torch.stack(rows)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_jacobian_rows", "points": 3}
def product_sum_square(v):
    return torch.stack([v[0] * v[1], v[0] + v[1], v[0] ** 2])


check(jacobian_rows, product_sum_square, torch.tensor([2.0, 5.0])).gives(
    torch.tensor([[5.0, 2.0], [1.0, 1.0], [4.0, 0.0]]), graph=False
)
check(jacobian_rows, running_sum, torch.tensor([7.0, 8.0, 9.0])).gives(
    torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
)
solved(jacobian_rows)


### BEGIN HIDDEN TESTS
def _five(v):
    return torch.cat([v.sin(), (v * v).sum().reshape(1), v[:1] * v[-1:]])


for n in (1, 2, 4):
    for _dtype in (torch.float32, torch.float64):
        for _x in fresh.layouts(fresh.floats(n, dtype=_dtype)):
            check(jacobian_rows, _five, _x).gives(
                torch.autograd.functional.jacobian(_five, _x.clone()),
                graph=False,
                tolerance=(1e-4, 1e-5),
            )
_runs = []


def _noted(v):
    _runs.append(v)
    return _five(v)


check(jacobian_rows, _noted, torch.tensor([1.0, 2.0, 3.0])).satisfies(
    lambda table: table.shape == (5, 3) and len(_runs) == 1, "f runs once"
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one row</summary>Weights with a single 1 pick one output. The rows of <code>torch.eye(m)</code> are just those.</details>
# <details><summary>Hint 2: the second row fails</summary>The graph is freed after each call, unless you say <code>retain_graph=True</code>.</details>
# <details><summary>Hint 3: nearly there</summary>For each <code>pick</code> in <code>torch.eye(len(out), dtype=out.dtype)</code> append
# <code>torch.autograd.grad(out, own, grad_outputs=pick, retain_graph=True)[0]</code>; stack the rows at the end.</details>

# %% [markdown] rows=["S06.3"]
# ### Slopes of slopes
#
# With `create_graph=True`, the slope comes with a graph of its own. So it can be differentiated again. From x³ come 3x², then 6x, then 6:

# %% rows=["S06.3"]
x = torch.tensor(3.0, requires_grad=True)
value = x**3
found = [value.item()]
for _ in range(3):
    (value,) = torch.autograd.grad(value, x, create_graph=True)
    found.append(value.item())
assert found == [27.0, 27.0, 18.0, 6.0]
print(found)

# %% [markdown] rows=["S06.3"]
# The picture of the second slope: autograd's own steps are ordinary operations too.

# %% rows=["S06.3"]
x = torch.tensor(3.0, requires_grad=True)
with record() as tape:
    y = x**3
    (first,) = torch.autograd.grad(y, x, create_graph=True)
assert first.grad_fn is not None
show_graph(tape)

# %% [markdown] rows=["S06.3"]
# ### Exercise 6.9 · The n-th slope
# ●●●○ · 10 minutes · 2 points
#
# The first slope of a position is speed, the second is acceleration, the third is the jerk that you feel in a bus. Write `nth_slope(f, x, n)`; `n = 0` is the value itself.
#
# One trap: sooner or later a slope may be a *constant*, and a constant has no graph behind it. Then the next slope is 0, and not an error.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "nth_slope"}
def nth_slope(f, x, n):
    """The n-th derivative of f at x.

    f: takes a 0-d float64 tensor and gives one; x: float; n: int >= 0.
    Returns: float.
    """
    ### BEGIN SOLUTION
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = f(point)
    for _ in range(n):
        if not value.requires_grad:
            return 0.0
        (value,) = torch.autograd.grad(
            value, point, create_graph=True, materialize_grads=True
        )
    return value.item()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_nth_slope", "points": 2}
check(nth_slope, cube, 5.0, 0).gives(125.0)
check(nth_slope, cube, 5.0, 1).gives(75.0)
check(nth_slope, cube, 5.0, 2).gives(30.0)
check(nth_slope, cube, 5.0, 3).gives(6.0)
check(nth_slope, cube, 5.0, 4).gives(0.0)
check(nth_slope, ball, 1.0, 2).gives(-10.0)


# a taxi ride: a straight line, whose first slope is a constant
def taxi(km):
    return 4 + 2 * km


check(nth_slope, taxi, 7.0, 1).gives(2.0)
check(nth_slope, taxi, 7.0, 2).gives(0.0)
solved(nth_slope)
### BEGIN HIDDEN TESTS
for _ in range(4):
    _x = fresh.floats(1).item()
    for _n in range(6):
        check(nth_slope, torch.exp, _x, _n).gives(math.exp(_x), tolerance=(1e-6, 1e-9))
        check(nth_slope, torch.sin, _x, _n).gives(
            math.sin(_x + _n * math.pi / 2), tolerance=(1e-6, 1e-9)
        )
    check(nth_slope, ball, _x, 3).gives(0.0)
    check(nth_slope, ball, _x, 5).gives(0.0)
    check(nth_slope, cube, _x, 5).gives(0.0)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: repeat</summary>Call <code>torch.autograd.grad(value, point, create_graph=True)</code> n times; its result is the next value.</details>
# <details><summary>Hint 2: it is a tuple</summary><code>autograd.grad</code> returns a tuple with one slope: <code>(value,) = …</code> or <code>…[0]</code>.</details>
# <details><summary>Hint 3: nearly there</summary>At the top of the loop: <code>if not value.requires_grad: return 0.0</code>.</details>

# %% [markdown] rows=["S06.3"]
# ### A loss made of slopes
#
# Some networks are trained to have gentle slopes: a small change of the input should change the answer at about the same rate, no faster. So the loss itself contains slopes. That is a
# **gradient penalty**, and to learn from it, the slope must be part of the graph.

# %% [markdown] rows=["S06.3"]
# ### Exercise 6.10 · Gradient penalty
# ●●●● · 12 minutes · 3 points
#
# `score(weight, points)` gives one score for each row of `points`. Write `gradient_penalty(score, weight, points)`: for each row take the **length** of the gradient of its score with respect to that *row*;
# the penalty is the mean over the rows of `(length - 1) ** 2`. It must be possible to go backward from it to `weight`. Leave the caller's `points` as they are, flag included.
#
# A tip: each score depends on its own row only. So the gradient of the *sum* of the scores holds all the rows' gradients at once.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "gradient_penalty"}
def gradient_penalty(score, weight, points):
    """The mean over the rows of (length of d score / d row - 1) ** 2.

    score: (weight, points) → shape (n,); weight: requires grad; points: float32, shape (n, d), n >= 1.
    Returns: a 0-d tensor, differentiable with respect to weight.
    """
    ### BEGIN SOLUTION
    own = points.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(score(weight, own).sum(), own, create_graph=True)
    return ((slopes.norm(dim=1) - 1) ** 2).mean()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_gradient_penalty", "points": 3}
def linear_score(weight, points):
    return points @ weight


def curved_score(weight, points):
    return (points**2) @ weight / 2


# every row has the gradient [3, 4], which is 5 long
check(
    gradient_penalty,
    linear_score,
    parameter([3.0, 4.0]),
    torch.tensor([[1.0, 2.0], [0.0, 6.0]]),
).gives(torch.tensor(16.0), graph=True, gradients={"weight": torch.tensor([4.8, 6.4])})
# here row i has the gradient weight * row i: [3, 4] and [6, 0], 5 and 6 long
check(
    gradient_penalty,
    curved_score,
    parameter([3.0, 4.0]),
    torch.tensor([[1.0, 1.0], [2.0, 0.0]]),
).gives(torch.tensor(20.5), graph=True)
given = torch.tensor([[1.0, 2.0]])
check(gradient_penalty, linear_score, parameter([0.6, 0.8]), given).satisfies(
    lambda out: abs(out.item()) < 1e-6 and not given.requires_grad,
    "a gradient of length 1 costs nothing, and points do not require grad afterwards",
)
solved(gradient_penalty)
### BEGIN HIDDEN TESTS
for n, d in ((1, 1), (3, 2), (4, 5)):
    _weight = fresh.floats(d).abs().add(0.5).requires_grad_()
    for _points in fresh.layouts(fresh.floats(n, d).abs().add(0.5)):
        _lengths = (_points * _weight).norm(dim=1)
        _right = ((_lengths - 1) ** 2).mean()
        (_slope,) = torch.autograd.grad(_right, _weight)
        check(gradient_penalty, curved_score, _weight, _points).gives(
            _right.detach(),
            graph=True,
            gradients={"weight": _slope},
            tolerance=(1e-3, 1e-4),
        )
        assert not _points.requires_grad and _points.grad is None
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: points of your own</summary>They need requires_grad, the caller's must not change: <code>points.detach().clone().requires_grad_()</code>.</details>
# <details><summary>Hint 2: keep the graph</summary><code>torch.autograd.grad(scores.sum(), own, create_graph=True)</code>, or nothing flows back to weight.</details>
# <details><summary>Hint 3: nearly there</summary><code>slopes.norm(dim=1)</code> is one length for each row; then <code>((lengths - 1) ** 2).mean()</code>.</details>

# %% [markdown] rows=["S06.6"]
# ## 8 · Who gets a gradient?
#
# Two words first. A **leaf** is a tensor that no recorded operation made: you made it. **`requires_grad`** says whether autograd follows it. If *one* of the inputs requires grad, the result
# does too:

# %% rows=["S06.6"]
data = torch.tensor([1.0, 2.0])
weight = torch.tensor([3.0, 4.0], requires_grad=True)
with record():
    product = data * weight
assert not data.requires_grad and product.requires_grad
assert data.is_leaf and weight.is_leaf and not product.is_leaf
show_graph(product)

# %% [markdown] rows=["S06.6"]
# `requires_grad_()` switches a leaf on later, in place. Only floating point (or complex) tensors can: between the whole numbers 2 and 3 there is nothing to nudge.

# %% rows=["S06.6"]
late = torch.tensor([1.0, 2.0])
assert late.requires_grad_() is late and late.requires_grad

try:
    torch.tensor([1, 2]).requires_grad_()
    raise AssertionError("torch accepted this")
except RuntimeError as error:
    print(error)

# %% [markdown] rows=["E16", "S06.6"]
# ### Claim check: can a computed tensor be switched off?
#
# A text claims two things. That a tensor made from a leaf with `requires_grad=True` may itself be set to `False`. And that switching the *leaf* changes the tensors already made from it.


# %% id="predict-e16"
def switch_off_result():
    leaf = torch.ones(2, requires_grad=True)
    result = leaf * 2
    result.requires_grad_(False)
    return result.requires_grad


predict(
    "result = leaf * 2; result.requires_grad_(False). What is result.requires_grad, or is it an 'error'?",
    mine=...,
    truth=switch_off_result,
)

# %% rows=["E16", "S06.6"]
leaf, other = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
result = (leaf * other * 2).sum()
try:
    result.requires_grad_(False)
    raise AssertionError("torch accepted this")
except RuntimeError as error:
    print(error)

leaf.requires_grad_(False)
assert result.requires_grad and result.grad_fn is not None
result.backward()
assert other.grad.tolist() == [2.0, 2.0] and leaf.grad is None

# %% [markdown] rows=["E16"]
# Both are wrong. The flag of a computed tensor is no switch: it follows from its inputs, and setting it raises. And what has been recorded stays recorded: after the leaf was switched off, `result`
# still had its graph and `other` still got its slope. Only the leaf itself no longer collects.

# %% [markdown] rows=["E20", "S06.6"]
# ### Claim check: can you read the gradient of a tensor in the middle?
#
# A text says that gradients of computed tensors are *released after* backward, as if they had been there for a while. Can you read one right after `backward`?


# %% id="predict-e20"
def middle_grad():
    x = torch.tensor(3.0, requires_grad=True)
    middle = x * x
    (middle * 2).backward()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return middle.grad


predict(
    "x = 3; middle = x * x; (middle * 2).backward(). What is middle.grad?",
    mine=...,
    truth=middle_grad,
)

# %% rows=["E20", "S06.6"]
x = torch.tensor(3.0, requires_grad=True)
middle = x * x
(middle * 2).backward()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    seen_grad = middle.grad
assert seen_grad is None and issubclass(caught[0].category, UserWarning)
print(seen_grad, str(caught[0].message).split(" (")[0][:218], sep="\n")

with record() as tape:
    middle = x * x
    middle.retain_grad()
    (middle * 2).backward()
assert middle.grad.item() == 2.0
show_graph(tape)

# %% [markdown] rows=["E20"]
# It was **never stored**. The slope passed through the middle, on its way to the leaf, and nobody wrote it down; torch even warns you for asking. Ask *before* backward: `retain_grad()` puts up a letter box there. (Or
# let `torch.autograd.grad(loss, middle)` return it.)

# %% [markdown] rows=["S06.6", "S06.7"]
# ### Exercise 6.11 · Foretell
# ●●○○ · 6 minutes · 1 point
#
# Several tensors are multiplied. `flags` holds the `requires_grad` of each of them. `recording` is `False` when this happens inside `torch.no_grad()`. Write `foretell(flags, recording)`: the tuple `(requires_grad, is_leaf)` of
# the product. No tensors are needed. (A result that nobody recorded counts as a leaf: no *recorded* operation made it.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "foretell"}
def foretell(flags, recording):
    """requires_grad and is_leaf of the product of tensors with these flags.

    flags: list of bools, at least two; recording: bool.
    Returns: a tuple of two bools.
    """
    ### BEGIN SOLUTION
    recorded = recording and any(flags)
    return recorded, not recorded
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_foretell", "points": 1}
check(foretell, [True, True], True).gives((True, False))
check(foretell, [True, False], True).gives((True, False))
check(foretell, [False, False], True).gives((False, True))
check(foretell, [True, False], False).gives((False, True))
solved(foretell)
### BEGIN HIDDEN TESTS
for _ in range(40):
    _flags, _recording = (
        fresh.bools(fresh.integer(2, 4)).tolist(),
        bool(fresh.integer(0, 1)),
    )
    with torch.set_grad_enabled(_recording):
        _product = math.prod(
            [torch.ones(2, requires_grad=_flag) for _flag in _flags], start=torch.ones(2)
        )
    check(foretell, _flags, _recording).gives((_product.requires_grad, _product.is_leaf))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one is enough</summary>The result is recorded as soon as one of the inputs requires grad.</details>
# <details><summary>Hint 2: two conditions</summary>Recorded means: recording is on, <i>and</i> some flag is True.</details>
# <details><summary>Hint 3: nearly there</summary><code>recorded = recording and any(flags)</code>. The second part is its opposite.</details>

# %% [markdown] rows=["S06.6"]
# ## 9 · Overwriting what autograd needs
#
# To go back through `x * x`, autograd needs the value of `x` from the forward way. What if somebody overwrites it in between? Every tensor has a **version counter**, `_version`. It goes up with each in-place change. The
# graph remembers which version it has seen, and looks again on the way back.

# %% rows=["S06.6"]
x = torch.tensor(3.0, requires_grad=True)
with record() as tape:
    power = x.exp()
    print("version", power._version)
    power += 1
    print("version", power._version)
    assert power._version == 1

    try:
        power.backward()
        raise AssertionError("torch accepted this")
    except RuntimeError as error:
        print(str(error).split(" Hint")[0])

show_graph(tape)

# %% [markdown] rows=["S06.6"]
# Read it slowly: it says *which* tensor (“output 0 of Exp”), the version that it has (1), and the version that was needed (0). `exp` keeps its own result, because the slope of eˣ *is* eˣ. The `+= 1` destroyed it. (Click on
# `exp` in the picture: under *saved for backward* stand both versions.)
#
# Not every in-place change does harm. `x * 3` keeps only the 3, so its result may be changed:

# %% rows=["S06.6"]
x = torch.tensor(2.0, requires_grad=True)
triple = x * 3
triple += 1
triple.backward()
assert x.grad.item() == 3.0
x.grad

# %% [markdown] rows=["S06.6"]
# ### Exercise 6.12 · Mend the softplus
# ●●○○ · 8 minutes · 2 points
#
# This function should give log(1 + eˣ), a smooth bend. The values are right; `backward` raises the error you just read. Run it.


# %% id="broken-softplus"
def broken_softplus(x):
    out = x.exp()
    out += 1
    return out.log()


try:
    broken_softplus(torch.tensor([0.0, 1.0], requires_grad=True)).sum().backward()
except RuntimeError as error:
    print(str(error).split(" Hint")[0])

# %% [markdown] rows=["S06.6", "E18"]
# Write `mended_softplus(x)`: the same values, and the right gradient. Somebody on the internet suggests `out.data += 1`, “then the error is gone”. You may try what the check thinks of that.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "mended_softplus"}
def mended_softplus(x):
    """log(1 + exp(x)), element by element.

    x: float, any shape.
    Returns: like x, differentiable with respect to x.
    """
    ### BEGIN SOLUTION
    out = x.exp() + 1
    return out.log()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_mended_softplus", "points": 2}
check(mended_softplus, torch.tensor([0.0, 1.0])).gives(torch.tensor([0.6931472, 1.3132617]))
# the slope of softplus is the sigmoid
check(mended_softplus, parameter([0.0, 1.0])).gives(
    torch.tensor([0.6931472, 1.3132617]),
    graph=True,
    gradients={"x": torch.tensor([0.5, 0.7310586])},
)
solved(mended_softplus)
### BEGIN HIDDEN TESTS
for _shape in ((), (1,), (4,), (2, 3), (0,)):
    for _dtype in (torch.float32, torch.float64):
        for _x in fresh.layouts(fresh.floats(*_shape, dtype=_dtype)):
            _x.requires_grad_()
            check(mended_softplus, _x).gives(
                torch.nn.functional.softplus(_x.detach()),
                graph=True,
                gradients={"x": _x.detach().sigmoid()},
                tolerance=(1e-4, 1e-5),
            )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: find the line</summary>Which of the three lines changes a tensor in place?</details>
# <details><summary>Hint 2: a new tensor</summary><code>a + b</code> makes a new tensor; <code>a += b</code> writes into the old one.</details>
# <details><summary>Hint 3: nearly there</summary><code>out = x.exp() + 1</code></details>

# %% [markdown] rows=["E18", "S06.8"]
# ### Claim check: is `.data` a good way to change a tensor?
#
# `.data` is an old door. It gives the same memory as a tensor that autograd knows nothing of. You will still read `x.data` and `x.grad.data.zero_()` in many texts, as if that were the way to do it. What can go wrong? `y = x * x` at `x = 3`; then `x` is
# multiplied by 10, once through each door, and *then* we go backward. The slope at the time was 6.


# %% id="predict-e18"
def through_data():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    x.data.mul_(10)
    y.backward()
    return x.grad.item()


predict(
    "y = x * x at x = 3; x.data.mul_(10); y.backward(). What is x.grad, or is it an 'error'?",
    mine=...,
    truth=through_data,
)


# %% rows=["E18", "S06.6"]
def change_then_backward(change):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    change(x)
    try:
        y.backward()
        return x.grad.item(), x._version
    except RuntimeError as error:
        return str(error).split(":")[0], x._version


def by_no_grad(x):
    with torch.no_grad():
        x.mul_(10)


outcomes = {
    ".data": change_then_backward(lambda x: x.data.mul_(10)),
    "detach()": change_then_backward(lambda x: x.detach().mul_(10)),
    "no_grad": change_then_backward(by_no_grad),
}
assert outcomes[".data"] == (60.0, 0)
assert all(
    "modified by an inplace operation" in outcomes[door][0] and outcomes[door][1] == 1
    for door in ("detach()", "no_grad")
)
for door, (what, version) in outcomes.items():
    print(f"{door:9} version {version}:  {what}")

# clearing a gradient: the same zeros, but only one way is counted
g = torch.ones(2)
g.data.zero_()
assert g.tolist() == [0.0, 0.0] and g._version == 0
g.zero_()
assert g._version == 1

# %% [markdown] rows=["E18"]
# Through `.data` the version counter stands still, so nobody notices, and the slope is **silently wrong**: 60 instead of 6. `detach()` and `no_grad` reach the same memory and *are* counted, so backward refuses. Use them:
#
# | old | today |
# |---|---|
# | `x.data` to look at values | `x.detach()` |
# | `x.data -= lr * x.grad.data` | `with torch.no_grad(): x -= lr * x.grad` |
# | `x.grad.data.zero_()` | `x.grad = None`, or `optimizer.zero_grad()` |

# %% [markdown] rows=["E17", "S06.6"]
# ### Claim check: may a leaf never be changed in place?
#
# A text says that in-place operations on a leaf are impossible. While recording, they are. A *recorded* change would turn the leaf into the result of an operation; then where should its gradient go?

# %% rows=["S06.6", "E17"]
w = torch.tensor([1.0, 2.0], requires_grad=True)
for change in (lambda: w.add_(1), lambda: w[0].mul_(5)):
    try:
        change()
        raise AssertionError("torch accepted this")
    except RuntimeError as error:
        print(error)

# %% [markdown] rows=["E17"]
# But “never” is wrong, and it has to be: learning *is* changing leaves. Every optimizer does it in place, inside `no_grad`. See that the leaf stays a leaf, and that its version counts up:

# %% rows=["E17", "S06.6"]
w.sum().backward()
torch.optim.SGD([w], lr=0.5).step()
assert w.tolist() == [0.5, 1.5] and w.is_leaf and w.requires_grad and w._version == 1

with torch.no_grad():
    w -= 0.5 * w.grad
assert w.tolist() == [0.0, 1.0] and w.is_leaf and w.requires_grad and w._version == 2
w

# %% [markdown] rows=["E13", "S06.6"]
# ### Claim check: a copy for in-place work
#
# You have a leaf, you want to change a copy in place, and the gradient should still reach the leaf. A text recommends `x.clone().detach().requires_grad_(True)`: that copy, it says, is no leaf, so it may be changed in
# place.

# %% id="predict-e13"
predict(
    "Is x.clone().detach().requires_grad_(True) a leaf? True or False",
    mine=...,
    truth=lambda: (
        torch.ones(2, requires_grad=True).clone().detach().requires_grad_(True).is_leaf
    ),
)

# %% rows=["E13", "S06.6"]
x = torch.tensor([1.0, 2.0], requires_grad=True)

cut = x.clone().detach().requires_grad_(True)
assert cut.is_leaf
try:
    cut.add_(1)
    raise AssertionError("torch accepted this")
except RuntimeError as error:
    print(error)

copy = x.clone()
assert not copy.is_leaf
copy.mul_(5)
copy.sum().backward()
assert x.grad.tolist() == [5.0, 5.0]
x.grad

# %% [markdown] rows=["E13"]
# It is a leaf: `detach` cut it off from everything, and a tensor without history is a leaf. So in-place is refused, and no gradient would reach `x` anyway. The copy to work on is plain **`x.clone()`**: recorded, no leaf, free to be changed.

# %% [markdown] rows=["S06.1", "E17"]
# ### Exercise 6.13 · Your own optimizer
# ●●○○ · 8 minutes · 2 points
#
# Write `sgd_step(params, lr)`. Each parameter that has a gradient moves by `-lr` times its gradient, **in place**, so that everybody who holds it sees the change. One without a gradient is left alone. Afterwards every `.grad` is
# `None`. Return how many were moved. Let autograd notice the change: no `.data`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "sgd_step"}
def sgd_step(params, lr):
    """One step of gradient descent for a list of parameters.

    params: list of leaves that require grad, changed in place; lr: float.
    Returns: int, how many had a gradient.
    """
    ### BEGIN SOLUTION
    moved = 0
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p -= lr * p.grad
                p.grad = None
                moved += 1
    return moved
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_sgd_step", "points": 2}
# slopes of 10 and -10, and a tenth of them is subtracted
check(sgd_step, [parameter([1.0, 2.0], grad=[10.0, -10.0])], 0.1).gives(
    1, changes={"params": [torch.tensor([0.0, 3.0])]}
)
# the second parameter has no gradient
check(sgd_step, [parameter([1.0], grad=[4.0]), parameter([7.0])], 0.5).gives(
    1, changes={"params": [torch.tensor([-1.0]), torch.tensor([7.0])]}
)
watched = parameter([1.0], grad=[2.0])
check(sgd_step, [watched], 1.0).satisfies(
    lambda _: watched.grad is None and watched.requires_grad and watched.is_leaf,
    "afterwards .grad is None, and the parameter still is a leaf that requires grad",
)
watched = parameter([5.0], grad=[2.0])
check(sgd_step, [watched], 1.0).satisfies(
    lambda _: watched._version > 0, "autograd noticed the change: _version went up"
)
solved(sgd_step)
### BEGIN HIDDEN TESTS
for _count in (0, 1, 3):
    _params, _right, _with = [], [], 0
    for _ in range(_count):
        _shape = fresh.shape(fresh.integer(0, 2), 1, 4)
        _p, _g = fresh.floats(*_shape, requires_grad=True), fresh.floats(*_shape)
        if fresh.integer(0, 2):
            _p.grad, _with = _g, _with + 1
        _right.append(
            _p.detach() - 0.3 * _g if _p.grad is not None else _p.detach().clone()
        )
        _params.append(_p)
    check(sgd_step, _params, 0.3).gives(_with, changes={"params": _right})
    assert all(p.grad is None and p.is_leaf and p.requires_grad for p in _params)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the room</summary>Do it all inside <code>with torch.no_grad():</code>.</details>
# <details><summary>Hint 2: in place</summary><code>p = p - …</code> gives the name p to a new tensor. <code>p -= …</code> changes the tensor itself.</details>
# <details><summary>Hint 3: nearly there</summary>In the loop: <code>if p.grad is not None:</code> then <code>p -= lr * p.grad</code>, <code>p.grad = None</code>, count one up.</details>

# %% [markdown] rows=["S06.7"]
# ## 10 · Three ways to stop
#
# Sometimes autograd should *not* follow.
#
# | way | what it stops | what for |
# |---|---|---|
# | `y.detach()` | this one way back: the same values, without history | to read values out; to hold one branch fixed |
# | `with torch.no_grad():` | all recording inside | evaluation, prediction, updates |
# | `w.requires_grad_(False)` | this leaf, until you switch it on again | freezing part of a network |

# %% rows=["S06.7"]
x = torch.tensor(3.0, requires_grad=True)

# detach: the second factor counts as a plain number
(x * x.detach()).backward()
assert x.grad.item() == 3.0  # and not 6

# no_grad: nothing inside is recorded
with torch.no_grad():
    y = x * x
assert not y.requires_grad and y.grad_fn is None

# requires_grad_(False): a frozen parameter
frozen, learning = (
    torch.tensor(2.0, requires_grad=True),
    torch.tensor(5.0, requires_grad=True),
)
frozen.requires_grad_(False)
(frozen * learning).backward()
assert frozen.grad is None and learning.grad.item() == 2.0

# %% [markdown] rows=["S06.7"]
# In a picture: on the side of the detached copy the edge is cut. Beside it the same without `detach`. Step both to the end and compare `x.grad`.

# %% rows=["S06.7"]
with record() as cut:
    fixed = x.detach()
    half_open = x * fixed
with record() as open_:
    whole = x * x
assert fixed.is_leaf and not fixed.requires_grad
compare_graphs(cut, open_, ("x * x.detach()", "x * x"))

# %% [markdown] rows=["S06.7"]
# `detach()` shares its memory with the original. That makes it free, and it means that a change here is a change there. For a copy of your own, `clone()` as well.
#
# And for pure prediction there is `torch.inference_mode()`: like `no_grad`, a little faster. The price: autograd refuses to keep its results for a later backward.

# %% rows=["S06.7"]
w = torch.tensor([1.0, 2.0], requires_grad=True)
shared = w.detach()
shared[0] = 100.0
assert w[0].item() == 100.0

with torch.inference_mode():
    answer = w * 2
assert answer.is_inference() and not answer.requires_grad
try:
    (w * answer).sum().backward()
    raise AssertionError("torch accepted this")
except RuntimeError as error:
    print(error)

# %% [markdown] rows=["E14", "S06.7"]
# ### Claim check: does `no_grad` switch the flags off?
#
# A text says that inside `no_grad` every tensor has `requires_grad=False`. Three tensors: a parameter from outside, a result computed inside, and a new leaf made inside with `requires_grad=True`.


# %% id="predict-e14"
def flags_inside():
    w = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        result, new = w * 2, torch.ones(2, requires_grad=True)
        return w.requires_grad, result.requires_grad, new.requires_grad


predict(
    "Their three flags, asked inside no_grad, as a tuple such as (False, False, False)",
    mine=...,
    truth=flags_inside,
)

# %% rows=["E14", "S06.7"]
assert flags_inside() == (True, False, True)

with torch.no_grad():
    new = torch.ones(2, requires_grad=True)
(new * 3).sum().backward()
assert new.grad.tolist() == [3.0, 3.0]
print(flags_inside())

# %% [markdown] rows=["E14"]
# `no_grad` touches **no flag**. It stops the *recorder*. What is computed inside has no history, so its flag is False; the parameter keeps its flag, and a new leaf gets the flag you give it, and learns as usual outside.

# %% [markdown] rows=["S06.7"]
# ### Exercise 6.14 · Values to keep
# ●○○○ · 4 minutes · 1 point
#
# You collect predictions in a list, for a plot. If they keep their graph, every graph of the day stays in memory. If they share memory, the next update changes your past. Write `keep_values(tensor)`: the values alone, no graph, in memory of their own, same
# dtype.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "keep_values"}
def keep_values(tensor):
    """A copy of the values: no graph, own memory.

    tensor: any shape, any dtype, part of a graph or not.
    Returns: a new tensor with the same values, shape and dtype.
    """
    ### BEGIN SOLUTION
    return tensor.detach().clone()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_keep_values", "points": 1}
check(keep_values, parameter([1.0, 2.0])).gives(
    torch.tensor([1.0, 2.0]), graph=False, own_memory=True
)
check(keep_values, torch.tensor([0.1, 0.2], dtype=torch.float64, requires_grad=True)).gives(
    torch.tensor([0.1, 0.2], dtype=torch.float64), graph=False, own_memory=True
)
solved(keep_values)
### BEGIN HIDDEN TESTS
for _shape in ((), (0,), (3,), (2, 3)):
    for _dtype in (torch.float32, torch.float64, torch.bfloat16):
        for _t in fresh.layouts(fresh.floats(*_shape, dtype=_dtype)):
            _right = _t.clone()
            check(keep_values, _t.requires_grad_()).gives(
                _right, graph=False, own_memory=True
            )
            check(keep_values, _t * 2).gives(_right * 2, graph=False, own_memory=True)
check(keep_values, torch.tensor([1, 2])).gives(torch.tensor([1, 2]), own_memory=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two things</summary>One method cuts the graph, another copies the memory. You need both.</details>
# <details><summary>Hint 2: which are they</summary><code>detach</code> shares memory; <code>clone</code> is recorded.</details>
# <details><summary>Hint 3: nearly there</summary><code>tensor.detach().clone()</code></details>

# %% [markdown] rows=["S06.7"]
# ### Exercise 6.15 · Only the head learns
# ●●○○ · 8 minutes · 2 points
#
# A large network was trained by others: its `backbone`. You put a new `head` on top. Only the head shall learn, for now. Write `head_loss(backbone, head, x, y)`:
#
# 1. features: `relu(x @ backbone)`;
# 2. prediction: `features @ head`;
# 3. loss: the mean of `(prediction - y) ** 2`.
#
# A backward from it must reach `head` and stop before `backbone`. The flag of `backbone` belongs to its owner and stays as it is.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "head_loss"}
def head_loss(backbone, head, x, y):
    """The loss of a frozen backbone with a head that learns.

    backbone: shape (d, k), head: shape (k,), both require grad; x: shape (n, d); y: shape (n,).
    Returns: a 0-d tensor, differentiable with respect to head only.
    """
    ### BEGIN SOLUTION
    with torch.no_grad():
        features = torch.relu(x @ backbone)
    return ((features @ head - y) ** 2).mean()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_head_loss", "points": 2}
backbone, head = parameter([[1.0, -1.0], [0.0, 2.0]]), parameter([1.0, 2.0])
# the features are [[1, 1], [2, 0]], the predictions [3, 2]
examples = torch.tensor([[1.0, 1.0], [2.0, 0.0]]), torch.tensor([1.0, 3.0])

check(head_loss, backbone, parameter([1.0, 1.0]), *examples).satisfies(
    lambda loss: loss.requires_grad, "a backward from the loss is possible"
)
check(head_loss, backbone, head, *examples).gives(
    torch.tensor(2.5), graph=True, gradients={"head": torch.tensor([0.0, 2.0])}
)


def reaches(loss, leaf):
    return (
        leaf.requires_grad
        and torch.autograd.grad(loss, leaf, allow_unused=True)[0] is not None
    )


check(head_loss, backbone, head, *examples).satisfies(
    lambda loss: not reaches(loss, backbone), "no gradient reaches the backbone"
)
check(head_loss, backbone, parameter([2.0, 0.0]), *examples).satisfies(
    lambda loss: backbone.requires_grad, "the backbone's flag is True, as it was before"
)
solved(head_loss)
### BEGIN HIDDEN TESTS
for n, d, k in ((1, 1, 1), (3, 2, 4), (5, 4, 2)):
    _backbone, _head = (
        fresh.floats(d, k, requires_grad=True),
        fresh.floats(k, requires_grad=True),
    )
    _y = fresh.floats(n)
    for _x in fresh.layouts(fresh.floats(n, d)):
        _loss = ((torch.relu(_x @ _backbone).detach() @ _head - _y) ** 2).mean()
        (_slope,) = torch.autograd.grad(_loss, _head)
        _yours = check(head_loss, _backbone, _head, _x, _y).gives(
            _loss.detach(), graph=True, gradients={"head": _slope}, tolerance=(1e-3, 1e-4)
        )
        assert (
            torch.autograd.grad(_yours, _backbone, allow_unused=True)[0] is None
            and _backbone.requires_grad
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: where to cut</summary>Between the features and the head. Everything after that must be recorded.</details>
# <details><summary>Hint 2: how to cut</summary><code>detach()</code> on the features, or compute them under <code>no_grad</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>features = torch.relu(x @ backbone).detach()</code>, and the rest as described.</details>

# %% [markdown] rows=["E15"]
# ### Claim check: what clips gradients?
#
# Now and then a slope is huge, and one step throws the weights far away. **Clipping** shortens such gradients. A text says that `detach` or `no_grad` serve to clip. Let us see what they do to a gradient of length 50.


# %% id="predict-e15"
def clipped_how(way):
    a, b = torch.tensor(1.0, requires_grad=True), torch.tensor(1.0, requires_grad=True)
    loss = 30 * a + 40 * b
    if way == "detach":
        loss = (30 * a).detach() + 40 * b
    loss.backward()
    if way == "norm":
        torch.nn.utils.clip_grad_norm_([a, b], max_norm=5.0)
    if way == "value":
        torch.nn.utils.clip_grad_value_([a, b], clip_value=35.0)
    return [None if p.grad is None else round(p.grad.item(), 3) for p in (a, b)]


predict(
    "The slopes are [30, 40]. What are they after (30 * a).detach() in the loss?",
    mine=...,
    truth=lambda: clipped_how("detach"),
)

# %% rows=["E15"]
assert clipped_how("nothing") == [30.0, 40.0]
assert clipped_how("detach") == [None, 40.0]  # one is gone, the other as long as before
assert clipped_how("norm") == [3.0, 4.0]  # shortened to 5, same direction
assert clipped_how("value") == [
    30.0,
    35.0,
]  # each element within ±35, the direction changes
for way in ("nothing", "detach", "norm", "value"):
    print(f"{way:8}", clipped_how(way))

# %% [markdown] rows=["E15"]
# Cutting is not shortening. `detach` and `no_grad` decide *whether* a gradient flows. Clipping works on the finished gradients, **after** `backward` and before the update: `torch.nn.utils.clip_grad_norm_` shortens all of them together, so that their common length is at most `max_norm`;
# `clip_grad_value_` limits each element.

# %% [markdown] rows=["E15"]
# ### Exercise 6.16 · Clip by hand
# ●●○○ · 8 minutes · 2 points
#
# Write `clip_together(grads, max_norm)` without torch's own clipping. The length of all the gradients *together* is the square root of the sum of all squares, over all tensors. If it is larger than `max_norm`, shrink all of them by the same factor. If not, leave the values. Return a list of
# new tensors.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "clip_together"}
def clip_together(grads, max_norm):
    """Gradients, shortened together to a length of at most max_norm.

    grads: list of float32 tensors of any shapes, at least one; max_norm: float > 0.
    Returns: a list of new tensors of the same shapes.
    """
    ### BEGIN SOLUTION
    length = torch.sqrt(sum((g**2).sum() for g in grads))
    factor = (max_norm / length).clamp(max=1.0)
    return [g * factor for g in grads]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_clip_together", "points": 2}
# 18² + 24² + 40² = 50², so everything shrinks to a tenth
check(clip_together, [torch.tensor([18.0, 24.0]), torch.tensor([40.0])], 5.0).gives(
    [torch.tensor([1.8, 2.4]), torch.tensor([4.0])]
)
# only 5 long: nothing to do
check(clip_together, [torch.tensor([3.0]), torch.tensor([0.0, 4.0])], 10.0).gives(
    [torch.tensor([3.0]), torch.tensor([0.0, 4.0])]
)
check(clip_together, [torch.zeros(2)], 1.0).gives([torch.zeros(2)])
solved(clip_together)
### BEGIN HIDDEN TESTS
for _ in range(6):
    _grads = [
        fresh.floats(*fresh.shape(fresh.integer(0, 2), 1, 4))
        for _ in range(fresh.integer(1, 3))
    ]
    for _max in (0.5, 3.0, 100.0):
        _leaves = [torch.zeros_like(g).requires_grad_() for g in _grads]
        for _leaf, _g in zip(_leaves, _grads):
            _leaf.grad = _g.clone()
        torch.nn.utils.clip_grad_norm_(_leaves, _max)
        check(clip_together, _grads, _max).gives(
            [leaf.grad for leaf in _leaves], tolerance=(1e-4, 1e-5)
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one length</summary>First a single number for all tensors: add up <code>(g ** 2).sum()</code>, then take the root.</details>
# <details><summary>Hint 2: never longer</summary>The factor is <code>max_norm / length</code>, but at most 1.</details>
# <details><summary>Hint 3: nearly there</summary><code>factor = (max_norm / length).clamp(max=1.0)</code>. If everything is zero, max_norm / 0 is inf, and clamp makes it 1: no NaN.</details>

# %% [markdown] rows=["S06.4"]
# ## 11 · An operation of your own
#
# autograd knows the slope of every torch operation. With `torch.autograd.Function` you teach it a new one. You write three static methods:
#
# - **`forward(x)`** calculates;
# - **`setup_context(ctx, inputs, output)`** notes what the way back will need, with `ctx.save_for_backward(…)`;
# - **`backward(ctx, grad)`** gets the slope *in hand* (that of the loss with respect to the output), and returns it times your own slope: one result for each input of `forward`.
#
# You call it through `.apply`.


# %% rows=["S06.4"]
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x**2

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * 2 * x


x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
with record() as tape:
    y = Square.apply(x)
    (10 * y).sum().backward()
assert y.tolist() == [1.0, 4.0, 9.0] and x.grad.tolist() == [20.0, 40.0, 60.0]
show_graph(tape)

# %% [markdown] rows=["S06.4"]
# For autograd your function is one node. The **+** on it opens it: there are the operations that ran inside its `forward`, which nobody recorded.

# %% [markdown] rows=["S06.4"]
# In older code `forward` takes the `ctx` itself and there is no `setup_context`. Both work. And for an input that is no tensor, `backward` returns `None`:


# %% rows=["S06.4"]
class Power(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, exponent):
        ctx.save_for_backward(x)
        ctx.exponent = exponent
        return x**exponent

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * ctx.exponent * x ** (ctx.exponent - 1), None


x = torch.tensor([1.0, 2.0], requires_grad=True)
Power.apply(x, 3).sum().backward()
assert x.grad.tolist() == [3.0, 12.0]
x.grad

# %% [markdown] rows=["S06.4"]
# ### Is my backward right?
#
# torch believes whatever you write. A wrong `backward` raises nothing, and the network just learns badly. So test it, and you know how: **nudge**. `torch.autograd.gradcheck` compares your slopes with nudged ones, in float64.


# %% rows=["S06.4"]
class ForgetfulSquare(Square):
    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * x  # the 2 is missing


point = torch.tensor([1.0, 3.0], dtype=torch.float64, requires_grad=True)
assert gradcheck(Square.apply, (point,))
try:
    gradcheck(ForgetfulSquare.apply, (point,))
    raise AssertionError("gradcheck accepted this")
except RuntimeError as error:
    print(error)

# %% [markdown] rows=["S06.4"]
# Read it: *numerical* is what nudging found, *analytical* is what your backward says. Half of it: the 2 is missing.
#
# And in float32? You know from section 1 what nudging does there:

# %% rows=["S06.4"]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    passed = gradcheck(
        Square.apply, (point.detach().float().requires_grad_(),), raise_exception=False
    )
assert passed is False and "double precision" in str(caught[0].message)
print("a right backward, checked in float32:", passed)

# %% [markdown] rows=["S06.4"]
# ### Exercise 6.17 · Round, and pretend you did not
# ●●●○ · 12 minutes · 2 points
#
# To fit a network into a phone its weights are rounded to whole steps. But `round` is flat between its steps: its slope is 0, and nothing learns. The trick is the **straight-through** slope: forward rounds, backward passes the slope on *as if nothing had been done*.
#
# One refinement: outside of −1 … 1 the weights shall not be pushed further. There the slope is 0.
#
# Complete the class. `straight_round` is how it will be called.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "straight_round"}
class StraightRound(torch.autograd.Function):
    """Forward: x.round(). Backward: the slope passes where -1 <= x <= 1, and is 0 elsewhere.

    x: float, any shape. Returns: like x.
    """

    @staticmethod
    def forward(x):
        ### BEGIN SOLUTION
        return x.round()
        ### END SOLUTION

    @staticmethod
    def setup_context(ctx, inputs, output):
        ### BEGIN SOLUTION
        (x,) = inputs
        ctx.save_for_backward(x.abs() <= 1)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        ### BEGIN SOLUTION
        (inside,) = ctx.saved_tensors
        return grad * inside
        ### END SOLUTION


def straight_round(x):
    return StraightRound.apply(x)


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_straight_round", "points": 2}
check(straight_round, torch.tensor([0.2, 0.9, -0.7, 2.6])).gives(
    torch.tensor([0.0, 1.0, -1.0, 3.0])
)
check(straight_round, parameter([0.2, 0.9, -0.7, 1.0])).gives(
    torch.tensor([0.0, 1.0, -1.0, 1.0]),
    graph=True,
    gradients={"x": torch.tensor([1.0, 1.0, 1.0, 1.0])},
)
check(straight_round, parameter([0.2, 1.4, -2.0])).gives(
    torch.tensor([0.0, 1.0, -2.0]),
    graph=True,
    gradients={"x": torch.tensor([1.0, 0.0, 0.0])},
)


# the slope in hand must be passed on: here it is 10, then 20
def scaled_round(x):
    return straight_round(x) * torch.tensor([10.0, 20.0])


check(scaled_round, parameter([0.4, 0.6])).gives(
    torch.tensor([0.0, 20.0]), graph=True, gradients={"x": torch.tensor([10.0, 20.0])}
)
solved(straight_round)
### BEGIN HIDDEN TESTS
for _shape in ((), (1,), (5,), (3, 4), (0,)):
    for _dtype in (torch.float32, torch.float64):
        for _x in fresh.layouts(fresh.floats(*_shape, dtype=_dtype)):
            _weights = fresh.floats(*_shape, dtype=_dtype)
            _x.requires_grad_()
            _inside = ((_x.detach() >= -1) & (_x.detach() <= 1)).to(_dtype)
            check(straight_round, _x).gives(
                _x.detach().round(), graph=True, gradients={"x": _inside}
            )
            (_slope,) = torch.autograd.grad((straight_round(_x) * _weights).sum(), _x)
            torch.testing.assert_close(_slope, _weights * _inside)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: forward</summary><code>forward(x)</code> is one line. <code>backward</code> must know where x was inside, so something has to be saved.</details>
# <details><summary>Hint 2: save a mask</summary>In <code>setup_context</code>: <code>ctx.save_for_backward(inputs[0].abs() &lt;= 1)</code>. A bool tensor is fine.</details>
# <details><summary>Hint 3: nearly there</summary><code>backward(ctx, grad)</code> takes the mask from <code>ctx.saved_tensors</code> and returns <code>grad * mask</code>.</details>

# %% [markdown] rows=["S06.4"]
# ### Exercise 6.18 · SiLU with a backward of its own
# ●●●○ · 12 minutes · 2 points
#
# SiLU, `x * sigmoid(x)`, is the bend inside many language models. Its slope, with s = sigmoid(x), is **s · (1 + x · (1 − s))**. Complete the class, so that it passes `gradcheck`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "own_silu"}
class OwnSiLU(torch.autograd.Function):
    """Forward: x * sigmoid(x). Backward: by the formula above.

    x: float, any shape. Returns: like x.
    """

    @staticmethod
    def forward(x):
        ### BEGIN SOLUTION
        return x * x.sigmoid()
        ### END SOLUTION

    @staticmethod
    def setup_context(ctx, inputs, output):
        ### BEGIN SOLUTION
        ctx.save_for_backward(*inputs)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        ### BEGIN SOLUTION
        (x,) = ctx.saved_tensors
        s = x.sigmoid()
        return grad * s * (1 + x * (1 - s))
        ### END SOLUTION


def own_silu(x):
    return OwnSiLU.apply(x)


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_own_silu", "points": 2}
check(own_silu, torch.tensor([0.0, 1.0, -2.0])).gives(
    torch.tensor([0.0, 0.7310586, -0.2384058])
)
check(own_silu, parameter([0.0, 1.0, -2.0])).gives(
    torch.tensor([0.0, 0.7310586, -0.2384058]),
    graph=True,
    gradients={"x": torch.tensor([0.5, 0.9276705, -0.0907843])},
)


def tripled_silu(x):
    return 3 * own_silu(x)


check(tripled_silu, parameter([0.0, 1.0])).gives(
    torch.tensor([0.0, 2.1931758]),
    graph=True,
    gradients={"x": torch.tensor([1.5, 2.7830116])},
)
check(own_silu, parameter([1.0])).satisfies(
    lambda out: "OwnSiLU" in out.grad_fn.name(), "the graph holds your own Function"
)
check(
    gradcheck,
    own_silu,
    (torch.tensor([0.5, -1.5], dtype=torch.float64, requires_grad=True),),
).gives(True)
solved(own_silu)
### BEGIN HIDDEN TESTS
for _shape in ((), (1,), (4,), (2, 3)):
    for _x in fresh.layouts(fresh.floats(*_shape, dtype=torch.float64)):
        check(own_silu, _x).gives(torch.nn.functional.silu(_x))
        assert gradcheck(own_silu, (_x.requires_grad_(),))
        check(own_silu, _x).satisfies(
            lambda out: "OwnSiLU" in out.grad_fn.name(), "the graph holds your own Function"
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: as in Square</summary>The frame is the same as in Square above. Only the two formulas change.</details>
# <details><summary>Hint 2: what to save</summary>The input x is enough; <code>s = x.sigmoid()</code> can be computed again on the way back.</details>
# <details><summary>Hint 3: nearly there</summary><code>backward</code> returns <code>grad * s * (1 + x * (1 - s))</code>. Do not forget the <code>grad</code>.</details>

# %% [markdown] rows=["S06.4"]
# ### Exercise 6.19 · Your own gradcheck
# ●●●● · 15 minutes · 3 points
#
# Close the circle. Write `slope_gap(f, x, h)`: by how much do autograd's slopes and nudged slopes disagree, at worst? `f` gives one number (a 0-d tensor). Nudge **one element at a time**, both ways, in float64. Return the largest absolute difference as a Python float.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "slope_gap"}
def slope_gap(f, x, h=1e-6):
    """The largest absolute difference between autograd's and nudged slopes.

    f: takes a tensor like x, gives a 0-d tensor; x: float of any shape and dtype, at least one element, left alone;
    h: float, how far to nudge.
    Returns: float.
    """
    ### BEGIN SOLUTION
    own = x.detach().double().requires_grad_()
    (slopes,) = torch.autograd.grad(f(own), own)
    worst = 0.0
    with torch.no_grad():
        for i in range(own.numel()):
            nudge = torch.zeros(own.numel(), dtype=torch.float64)
            nudge[i] = h
            nudge = nudge.reshape(own.shape)
            nudged = (f(own + nudge) - f(own - nudge)) / (2 * h)
            worst = max(worst, abs(slopes.flatten()[i] - nudged).item())
    return worst
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_slope_gap", "points": 3}
def honest(x):
    return Square.apply(x).sum()


def forgetful(x):
    return ForgetfulSquare.apply(x).sum()


check(slope_gap, honest, torch.tensor([1.0, 3.0, 2.0])).gives(0.0, tolerance=(0.0, 1e-5))
# its slopes are [1, 3] and should be [2, 6]
check(slope_gap, forgetful, torch.tensor([1.0, 3.0])).gives(3.0, tolerance=(0.0, 1e-5))
check(slope_gap, forgetful, torch.tensor([[1.0, -5.0], [2.0, 0.0]])).gives(
    5.0, tolerance=(0.0, 1e-5)
)
solved(slope_gap)
### BEGIN HIDDEN TESTS
for _shape in ((), (1,), (3,), (2, 3), (2, 1, 2)):
    for _dtype in (torch.float32, torch.float64):
        for _x in fresh.layouts(fresh.floats(*_shape, dtype=_dtype)):
            _before = _x.clone()
            check(slope_gap, honest, _x).gives(0.0, tolerance=(0.0, 1e-4))
            check(slope_gap, forgetful, _x).gives(
                _x.abs().max().item(), tolerance=(1e-4, 1e-4)
            )
            assert torch.equal(_x, _before) and not _x.requires_grad
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: both kinds</summary>autograd: a leaf of your own in float64, and <code>torch.autograd.grad(f(own), own)</code>. Nudged: exercise 6.1, once for each element.</details>
# <details><summary>Hint 2: one element</summary>A tensor of zeros with <code>h</code> at one place, added and subtracted. For any shape: build it flat, then <code>reshape(x.shape)</code>.</details>
# <details><summary>Hint 3: nearly there</summary>In a loop over <code>range(x.numel())</code>: <code>nudged = (f(own + nudge) - f(own - nudge)) / (2 * h)</code>, compare it with
# <code>slopes.flatten()[i]</code>, keep the largest <code>abs</code>.</details>

# %% [markdown] rows=["S06.8", "E22"]
# ## 12 · Old words that you will still read
#
# Before 2018 a tensor could not record. It was wrapped in a `Variable`, which had `.data` (the tensor), `.grad` and `.creator`. Texts from that time are still around. What is left of it?

# %% id="predict-e22"
predict(
    "type(torch.autograd.Variable(torch.ones(2))).__name__ is …",
    mine=...,
    truth=lambda: type(torch.autograd.Variable(torch.ones(2))).__name__,
)

# %% rows=["S06.8", "E22"]
from torch.autograd import Variable

old = Variable(torch.ones(2), requires_grad=True)
assert type(old) is torch.Tensor  # no wrapper: you get a Tensor
assert isinstance(torch.ones(2), Variable)  # and every tensor counts as a Variable

doubled = old * 2
assert not hasattr(doubled, "creator")  # the creator's name today:
print(doubled.grad_fn)

# %% [markdown] rows=["E22", "S06.8"]
# ### Claim check: `creator`, `grad_variables`, and “grad only once”
#
# The old text names the weights of a backward `grad_variables`, and says that `grad` is assigned only once. See for yourself: `Tensor.backward` does not know the word, `torch.autograd.backward` takes it with a warning, and the second backward *adds*.

# %% rows=["E22", "S06.8"]
weights = torch.tensor([1.0, 0.1])
try:
    (old * 2).backward(grad_variables=weights)
    raise AssertionError("torch accepted this")
except TypeError as error:
    print(error)

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    torch.autograd.backward(old * 2, grad_variables=weights)
assert issubclass(caught[0].category, FutureWarning)
print(caught[0].message)

(old * 2).backward(gradient=weights)
assert torch.allclose(old.grad, 2 * (2 * weights))  # two backwards: twice the slope
old.grad

# %% [markdown] rows=["S06.8"]
# | then | today |
# |---|---|
# | `Variable(t)` | `t`, with `requires_grad=True` if you want slopes |
# | `v.data` | `t.detach()` |
# | `v.creator` | `t.grad_fn`; `None` for a leaf |
# | `y.backward(grad_variables)` | `y.backward(gradient)`, `torch.autograd.backward(…, grad_tensors=…)` |
# | `volatile=True` | `with torch.no_grad():` |

# %% [markdown] rows=["S06.1", "S06.7"]
# ## 13 · Tell it in words

# %% rows=["S06.1", "S06.7"]
a = torch.tensor(2.0, requires_grad=True)
c = torch.tensor(5.0, requires_grad=True)
m = a * c
n = m.detach() + a * m
assert torch.autograd.grad(n, [a, c]) == (torch.tensor(20.0), torch.tensor(4.0))
with record():
    m = a * c
    n = m.detach() + a * m
show_graph(n)

# %% [markdown] rows=["S06.1", "S06.7"]
# ### Exercise 6.20 · Read the picture
# ●●○○ · 12 minutes · 3 points
#
# *A person reads this answer.* The picture above belongs to `n = m.detach() + a * m` with `m = a * c`, `a = 2`, `c = 5`. autograd says: the slope for `a` is 20, the slope for `c` is 4.
#
# A friend nudges `a` by hand: with `a = 2.001`, `n` grows by about 0.025. So the slope should be 25, they say, and autograd has a bug.
#
# In the cell below, explain in five to nine sentences: which ways lead from `n` back to `a`, and which slope comes along each one; why autograd's 20 and the friend's 25 are both right, about different questions; and one real situation where you *want* the 20.

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "explain_picture", "points": 3}
# ### BEGIN SOLUTION
# A full answer says: two ways lead back to a. One goes through the product a * m directly: its slope is m = 10. The other goes through a * m into m, and through m = a * c to a: a · c = 2 · 5 = 10. Together 20. The third way, through
# m.detach(), was never recorded: in the picture its edge is cut. Along it the slope would be c = 5, which is what the friend's nudge also measures: 10 + 10 + 5 = 25. The friend asks how the number n changes when everything is computed
# again; autograd answers how n changes when the detached value is held fixed. One wants that, for instance, when a target computed by the network itself should be treated as given, when a backbone is frozen, or for logging.
#
# Points: 1 for the two ways with 10 each, 1 for the missing 5 of the detached way and the two questions, 1 for a sensible use.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - A gradient says how the loss answers a tiny push. Nudging measures it; autograd multiplies the little slopes of the recorded operations, from the loss back to the leaves. Where ways meet, slopes add up.
# - Learning is four steps: record, forward, backward, update (under `no_grad`), and then clear the gradient: `backward` always *adds*.
# - `backward` fills the `.grad` of leaves; `autograd.grad` returns slopes. Outputs that are not one number need weights.
# - Errors are your friends: “modified by an inplace operation”, “backward a second time”, “only for scalar outputs”. What raises *nothing* is worse: `.data`, a loss cut off by `.item()`, a gradient that was never cleared.
# - A wrong `backward` of your own is silent as well: `gradcheck`, in float64.
#
# | I want | I write |
# |---|---|
# | slopes of a loss for all parameters | `loss.backward()`, then `p.grad` |
# | slopes in my hand, no `.grad` touched | `torch.autograd.grad(loss, [a, b])` |
# | a slope of a slope | `torch.autograd.grad(…, create_graph=True)` |
# | weights for several outputs | `y.backward(weights)` |
# | start clean | `p.grad = None` or `optimizer.zero_grad()` |
# | values without history | `y.detach()`; `.clone()` too for memory of its own |
# | no recording at all | `with torch.no_grad():` |
# | freeze a parameter | `p.requires_grad_(False)` |
# | a copy to change in place, gradient included | `x.clone()` |
# | the gradient of a tensor in the middle | `middle.retain_grad()` before backward |
# | shorter gradients | `torch.nn.utils.clip_grad_norm_(params, max_norm)` after backward |
#
# Next: [chapter 07](../07_modules/07_modules.ipynb), where parameters get a home.

# %% [markdown]
# ### Exercise 6.21 · Quiz
# ●○○○ · 8 minutes · 3 points
#
# One letter for each question.
#
# **q1** `x = 4`, `y = x * x + x`, `y.backward()`. Then `x.grad` is
# - (a) 8
# - (b) 9
# - (c) 20
#
# **q2** You call `loss.backward()` in every round of a loop and never clear anything. Then `w.grad` holds
# - (a) the gradient of the last round
# - (b) the mean over the rounds
# - (c) the sum over the rounds
#
# **q3** Inside `with torch.no_grad():`, a parameter `w` with `requires_grad=True`
# - (a) still has `requires_grad=True`
# - (b) has `requires_grad=False` until the block ends
# - (c) has `requires_grad=False` from then on
#
# **q4** Which of these is *silent*, and gives a wrong gradient?
# - (a) `with torch.no_grad(): x.mul_(10)` between `y = x * x` and `y.backward()`
# - (b) `x.data.mul_(10)` between `y = x * x` and `y.backward()`
# - (c) `x.mul_(10)` on a leaf that requires grad
#
# **q5** `copy = x.clone().detach().requires_grad_()`. Then `copy`
# - (a) is a leaf, and no gradient of it reaches `x`
# - (b) is no leaf, and its gradient reaches `x`
# - (c) is no leaf, and may be changed in place
#
# **q6** `y` has shape `(3,)`. `y.backward(torch.ones(3))` gives the same gradient as
# - (a) `y.mean().backward()`
# - (b) `y.sum().backward()`
# - (c) three tables, one for each output

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

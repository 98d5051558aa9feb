# ---
# jupyter:
#   course:
#     title: "computation graphs: what torch remembers"
#     minutes: 150
#     needs:
#       - "01 tensors: shapes, dtypes, item, memory"
#       - "03 operations: where, unbind, and the arithmetic of whole tensors"
#     objectives:
#       - "Read a computation graph: leaves, operations, edges, and walk it by hand"
#       - "Find the place where a graph was cut, and the gradient that was never stored"
#       - "Measure what a graph keeps in memory, and stop the leak that everybody writes once"
#       - "Show that the same Python code makes another graph for other data"
#       - "Capture a plan with fx, export and compile, read their refusals, and improve a plan"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 05 · Computation graphs: what torch remembers
#
# **After this chapter you can**
# - read a computation graph: leaves, operations, edges, and walk it by hand;
# - find the place where a graph was cut, and the gradient that was never stored;
# - measure what a graph keeps in memory, and stop the leak that everybody writes once;
# - show that the same Python code makes another graph for other data;
# - capture a plan with `fx`, `export` and `compile`, read their refusals, and improve a plan.
#
# **Time:** about two and a half hours, with 14 exercises and a quiz. After section 5 is a good place for a break.
# **Before this:** [chapter 01](../01_tensors/01_tensors.ipynb) (tensors) and a bit of [chapter 03](../03_operations/03_operations.ipynb) (`where`). Gradients are [chapter 06](../06_autograd/06_autograd.ipynb); here we only look at the paper that they are calculated on.
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the dots *before* you run the
# cell.

# %% id="setup"
import contextlib
import io
import logging
import operator
import time
import traceback
import warnings
import weakref

import matplotlib.pyplot as plt
import torch
from torch import fx
from torch.autograd.graph import get_gradient_edge, saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode

from course_utils import (
    check,
    check_quiz,
    compare_graphs,
    fresh,
    predict,
    record,
    show_graph,
    solved,
)

# Our tensors are small: several threads would spend their time waiting for each other.
torch.set_num_threads(1)
# When torch refuses a program it also writes a long log. The error itself is enough for us.
logging.getLogger("torch").setLevel(logging.ERROR)

# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.

# %% id="recall-integers"
predict(
    "x = torch.tensor([1, 2, 3]). Which dtype has x / 2? Write it like torch.int64.",
    mine=...,
    truth=lambda: (torch.tensor([1, 2, 3]) / 2).dtype,
)

# %% id="recall-item"
predict(
    "What is type(torch.tensor([2.5]).item()).__name__ ? Write a string.",
    mine=...,
    truth=lambda: type(torch.tensor([2.5]).item()).__name__,
)


# %% id="recall-slice"
predict(
    "big = torch.zeros(1000). How many bytes has the memory block that big[:10] stands on?",
    mine=...,
    truth=lambda: torch.zeros(1000)[:10].untyped_storage().nbytes(),
)

# %% [markdown] rows=["S05.1"]
# ## 1 · A receipt that writes itself
#
# You buy three boxes of apples and have them delivered. The cashier adds it up, and the till prints a **receipt**: what was taken, what was done with it, and what came
# out. Nobody needs the receipt to know the price. You need it when you ask a question *later*: what if apples were dearer?
#
# torch prints such a receipt too, if you ask for it. `requires_grad=True` says: “about this number I will have questions.”

# %% rows=["S05.1"]
price = torch.tensor(4.0, requires_grad=True)
delivery = torch.tensor(2.5, requires_grad=True)
boxes = torch.tensor(3.0)  # about this one we will not ask

with record():
    goods = price * boxes
    total = goods + delivery
print("to pay:", total.item())
assert total.item() == 14.5
show_graph(total)

# %% [markdown] rows=["S05.1"]
# The receipt is a **computation graph**. Walk through it with <kbd>→</kbd>. It has
#
# - **nodes**: the operations. Here a multiplication and an addition;
# - **edges**: who hands a result to whom. Data flow along them from top to bottom, and never in a circle.
#
# In pictures the tensors are drawn as well. They have three names, by the place where they stand:
#
# | tensor | name | made by | `requires_grad` | `is_leaf` | `grad_fn` |
# |---|---|---|---|---|---|
# | `price`, `delivery` | **leaf** | you | True | True | None |
# | `goods` | **intermediate** | an operation | True | False | the multiplication |
# | `total` | **output** | an operation | True | False | the addition |
# | `boxes` | outside the graph | you | False | True | None |

# %% rows=["S05.1"]
shopping = {
    "price": price,
    "delivery": delivery,
    "boxes": boxes,
    "goods": goods,
    "total": total,
}
for name, tensor in shopping.items():
    made_by = tensor.grad_fn.name() if tensor.grad_fn else None
    print(f"{name:9} {tensor.requires_grad!s:6} {tensor.is_leaf!s:6} {made_by}")

assert price.is_leaf and price.requires_grad and price.grad_fn is None
assert boxes.is_leaf and not boxes.requires_grad and boxes.grad_fn is None
for made in (goods, total):
    assert not made.is_leaf and made.requires_grad and made.grad_fn is not None

# %% [markdown] rows=["S05.1"]
# `boxes` is called a leaf as well, although it has no part in the graph: torch calls everything a leaf that no *recorded* operation made. So
# `is_leaf` alone says little. Ask `requires_grad` first.
#
# ### What a `grad_fn` is
#
# `total.grad_fn` is the node itself. It knows its name, and it knows which nodes it got its inputs from: **`next_functions`**. These arrows point *backwards*, from the result to where it came from.

# %% rows=["S05.1"]
addition = total.grad_fn
print(addition.name())
print(addition.next_functions)

multiplication = addition.next_functions[0][0]
letter_box = addition.next_functions[1][0]
assert addition.name() == "AddBackward0"
assert multiplication is goods.grad_fn
assert letter_box.name().endswith("AccumulateGrad") and letter_box.variable is delivery

# %% [markdown] rows=["S05.1"]
# Each entry is a pair: a node, and which of that node's outputs was used. The way ends at an **`AccumulateGrad`**: the letter box of a leaf. Its `variable` is the leaf itself.
#
# Why does torch keep all this? To run the graph **backwards**. `backward()` starts at the output, asks every node for its rule, follows `next_functions`, and drops one number into each letter box: how
# much the output answers to a push at that leaf. The rules are [chapter 06](../06_autograd/06_autograd.ipynb). Here only the result: an apple box that is dearer by 1 makes the sum dearer by 3.

# %% rows=["S05.1"]
total.backward()
print("price.grad", price.grad, "  delivery.grad", delivery.grad)
assert price.grad.item() == 3.0 and delivery.grad.item() == 1.0 and boxes.grad is None

# %% [markdown] rows=["S05.1"]
# `price * boxes` has two inputs, and `boxes` is outside the graph. How does the multiplication write that down?

# %% id="predict-outside"
predict(
    "(price * boxes).grad_fn.next_functions has how many entries?",
    mine=...,
    truth=lambda: len((price * boxes).grad_fn.next_functions),
)

# %% rows=["S05.1"]
print(multiplication.next_functions)
assert len(multiplication.next_functions) == 2
assert multiplication.next_functions[1] == (None, 0)

# %% [markdown] rows=["S05.1"]
# Two, and the second one leads to `None`: a place where nobody wants an answer. Whoever walks a graph must step over these.
#
# And what is the number in the pair for? Some operations have several outputs, and then it tells which.

# %% rows=["S05.1"]
pair = torch.tensor([4.0, 2.5], requires_grad=True)
first, second = pair.unbind()
bill = second * 2
print(bill.grad_fn.next_functions[0])
assert first.grad_fn is second.grad_fn  # one node …
assert (first.output_nr, second.output_nr) == (0, 1)  # … two outputs
assert bill.grad_fn.next_functions[0] == (second.grad_fn, 1)

# %% [markdown] rows=["S05.1"]
# ### Exercise 5.1 · Whose are you?
# ●○○○ · 3 minutes · 1 point
#
# When a training does not work you print tensors, and you want to see at once where each one stands. Write `card(tensor)`. It returns `"outside"` for a tensor that has no part in any graph, `"leaf"` for one that collects
# a gradient, and for a computed one the name of the operation that made it, such as `"MulBackward0"`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "card"}
def card(tensor):
    """Where a tensor stands in its graph.

    tensor: any tensor.
    Returns: "outside", "leaf", or the name of its grad_fn.
    """
    ### BEGIN SOLUTION
    if not tensor.requires_grad:
        return "outside"
    return "leaf" if tensor.is_leaf else tensor.grad_fn.name()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_card", "points": 1}
check(card, torch.tensor(4.0, requires_grad=True)).gives("leaf")
check(card, torch.tensor(3.0)).gives("outside")
check(card, torch.tensor(4.0, requires_grad=True) * 3).gives("MulBackward0")
check(card, torch.tensor([4, 3]) * 3).gives("outside")
solved(card)
### BEGIN HIDDEN TESTS
_x = fresh.floats(3, requires_grad=True)
check(card, _x).gives("leaf")
check(card, _x.exp()).gives("ExpBackward0")
check(card, _x.sum()).gives("SumBackward0")
check(card, _x[0]).gives("SelectBackward0")
check(card, _x.exp().detach()).gives("outside")
check(card, _x > 0).gives("outside")
check(card, _x.detach().clone().requires_grad_()).gives("leaf")
check(card, fresh.integers(0, 5, 2)).gives("outside")
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the first question</summary><code>is_leaf</code> is True for constants as well. Which attribute tells them apart?</details>
# <details><summary>Hint 2: three cases</summary>No <code>requires_grad</code>: outside. Else a leaf, or computed.</details>
# <details><summary>Hint 3: nearly there</summary>After the first two cases: <code>tensor.grad_fn.name()</code>, with the brackets.</details>

# %% [markdown] rows=["S05.1"]
# ## 2 · Walking a graph
#
# With `grad_fn` and `next_functions` you can walk. Here is the simplest walk: always take the first door that leads somewhere.

# %% rows=["S05.1"]
x = torch.tensor([0.5, 1.0], requires_grad=True)
score = (x * 2).sin().sum()

node, names = score.grad_fn, []
while node is not None:
    names.append(node.name())
    doors = [following for following, _ in node.next_functions if following is not None]
    node = doors[0] if doors else None
print(" → ".join(names))
assert names[:3] == ["SumBackward0", "SinBackward0", "MulBackward0"]

# %% [markdown] rows=["S05.1"]
# Graphs branch, so one door is not enough. And branches **meet again**: a value that is used twice is reached by two ways.

# %% rows=["S05.1"]
a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)
with record():
    meeting = a * b
    result = meeting.sin() * meeting
show_graph(result)

# %% id="predict-ways"
predict(
    "How many operations does the graph of result have, when each node counts once?",
    mine=...,
    truth=lambda: len({result.grad_fn, meeting.sin().grad_fn, meeting.grad_fn}),
)

# %% rows=["S05.1"]
left, right = (following for following, _ in result.grad_fn.next_functions)
assert left.name() == "SinBackward0" and right is meeting.grad_fn
assert left.next_functions[0][0] is right  # two ways, one node

# %% [markdown] rows=["S05.1"]
# Three: two multiplications and a sine. Whoever follows every door without remembering counts `meeting` twice. With ten such meetings in a row it is counted 1,024 times, with a hundred your grandchildren are still waiting.
#
# ### Exercise 5.2 · List the operations
# ●●○○ · 8 minutes · 2 points
#
# Write `operations(output)`: the names of all operations in the graph of `output`, **each node once**, sorted by name. Letter boxes (`AccumulateGrad`) are no operations: leave them out. Do it with a list of places still to visit and a set of
# nodes seen, not by a function that calls itself: graphs may be thousands of nodes deep, and Python gives up on such towers. (Put the *nodes* into the set, not their names: two nodes may have the same name.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "operations"}
def operations(output):
    """The operations of a graph.

    output: any tensor, also a leaf or one without a graph.
    Returns: list of str, sorted, one for each node that is not an AccumulateGrad.
    """
    ### BEGIN SOLUTION
    names, seen, to_visit = [], set(), [output.grad_fn]
    while to_visit:
        node = to_visit.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if not node.name().endswith("AccumulateGrad"):
            names.append(node.name())
        to_visit += [following for following, _ in node.next_functions]
    return sorted(names)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_operations", "points": 2}
check(operations, a * b + a).gives(["AddBackward0", "MulBackward0"])
check(operations, result).gives(["MulBackward0", "MulBackward0", "SinBackward0"])
check(operations, boxes * (a + 1)).gives(["AddBackward0", "MulBackward0"])
check(operations, torch.tensor(7.0)).gives([])

tower = a
for _ in range(5000):
    tower = tower + 1
check(operations, tower).satisfies(
    lambda names: names == ["AddBackward0"] * 5000, "5000 additions on top of each other"
)
solved(operations)
### BEGIN HIDDEN TESTS
_x = fresh.floats(3, requires_grad=True)
_y = _x
for _ in range(15):
    _y = _y + _y
check(operations, _y).gives(["AddBackward0"] * 15)
_n = fresh.integer(1, 6)
_z = (_x.unsqueeze(0) * torch.ones(_n, 1)).unbind()
check(operations, sum(_part.exp().sum() for _part in _z)).gives(
    sorted(
        ["MulBackward0", "UnsqueezeBackward0", "UnbindBackward0"]
        + ["ExpBackward0", "SumBackward0", "AddBackward0"] * _n
    )
)
check(operations, _x).gives([])
check(operations, _x.detach() * 2).gives([])
check(operations, torch.cat([_x, _x]).mean()).gives(["CatBackward0", "MeanBackward0"])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the walk</summary>Start with the list <code>[output.grad_fn]</code>. As long as it is not empty: <code>pop()</code> one node, note it, add its neighbours to the list.</details>
# <details><summary>Hint 2: what to skip</summary>Skip <code>None</code> (a door that leads nowhere, or an output without graph), and nodes that are in the set <code>seen</code>.</details>
# <details><summary>Hint 3: nearly there</summary>Inside the loop, after the skipping: <code>seen.add(node)</code>; note <code>node.name()</code> unless it ends with <code>"AccumulateGrad"</code>;
# <code>to_visit += [following for following, _ in node.next_functions]</code>. At the end <code>sorted(names)</code>.</details>

# %% [markdown] rows=["S05.1"]
# From here on we use a walker of our own. It goes layer by layer, and returns the nodes themselves, letter boxes included.


# %% id="our-walker" rows=["S05.1"]
def nodes_of(output):
    """All nodes of a graph, as a set. (What has no graph has no nodes.)"""
    found, layer = set(), {output.grad_fn} - {None}
    while layer:
        found |= layer
        doors = {following for node in layer for following, _ in node.next_functions}
        layer = doors - found - {None}
    return found


def leaves_of(output):
    """The leaves that a graph ends in."""
    return [node.variable for node in nodes_of(output) if hasattr(node, "variable")]


leaves = leaves_of(result)
print(len(nodes_of(result)), "nodes,", len(leaves), "of them letter boxes")
assert len(nodes_of(result)) == 5 and {id(leaf) for leaf in leaves} == {id(a), id(b)}

# %% [markdown] rows=["S05.1"]
# Such a walk answers questions that no number can answer. *Does `y` depend on `x`?* Not “does it change”, but: is there a way? `get_gradient_edge(x)` gives the place in the graph that belongs to a tensor; for a leaf that is its letter box.

# %% rows=["S05.1"]
c = torch.tensor(3.0, requires_grad=True)
inner = a * b
outer = inner + 1
assert get_gradient_edge(inner).node is inner.grad_fn
assert get_gradient_edge(c).node.variable is c

for name, x in {"a": a, "inner": inner, "c": c}.items():
    print(f"outer depends on {name}:", get_gradient_edge(x).node in nodes_of(outer))
assert get_gradient_edge(inner).node in nodes_of(outer)
assert get_gradient_edge(c).node not in nodes_of(outer)  # though b == c

# %% [markdown] rows=["S05.1"]
# ### Exercise 5.3 · Who is left out?
# ●●○○ · 6 minutes · 2 points
#
# A network has forty weights, and one of them never learns. Often the reason is plain: the loss does not depend on it, because somebody forgot to use it. Write `out_of_reach(loss, named)`. `named` is a dict from a name to a weight (a leaf).
# Return the names of those that **no way leads to** from `loss`, in the order of the dict. (A frozen weight, without `requires_grad`, is in no graph, so no way leads to it either.) Do not run `backward`: the `.grad` of the weights belongs to the caller, and there may be old slopes in it.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "out_of_reach"}
def out_of_reach(loss, named):
    """The names of the weights that a loss does not depend on.

    loss: a tensor, with or without a graph; named: dict of str → leaf tensor.
    Returns: list of str.
    """
    ### BEGIN SOLUTION
    reached = {id(leaf) for leaf in leaves_of(loss)}
    return [name for name, weight in named.items() if id(weight) not in reached]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_out_of_reach", "points": 2}
weights = {
    "slope": torch.tensor([2.0, 1.0], requires_grad=True),
    "shift": torch.tensor([5.0, 5.0], requires_grad=True),
    "twin": torch.tensor([2.0, 1.0], requires_grad=True),  # same numbers as slope
    "stale": torch.tensor([7.0, 7.0], requires_grad=True),
    "frozen": torch.tensor([1.0, 1.0]),
}
weights["stale"].grad = torch.tensor([9.0, 9.0])  # left over from an earlier loss
one_used = (weights["slope"] * weights["frozen"]).sin().sum()
all_used = sum((weight**2).sum() for weight in weights.values())

check(out_of_reach, one_used, weights).gives(["shift", "twin", "stale", "frozen"])
check(out_of_reach, all_used, weights).gives(["frozen"])
check(out_of_reach, all_used.detach(), weights).gives(list(weights))
assert weights["stale"].grad.tolist() == [9.0, 9.0], (
    "The .grad belongs to the caller: no backward."
)
solved(out_of_reach)
### BEGIN HIDDEN TESTS
for _ in range(4):
    _named = {f"w{_i}": fresh.floats(2, requires_grad=True) for _i in range(6)}
    _used = fresh.bools(6).tolist()
    _loss = torch.zeros(())
    for _w, _u in zip(_named.values(), _used, strict=True):
        if _u:
            _loss = (_loss + _w.exp().sum()).tanh()
    check(out_of_reach, _loss, _named).gives(
        [_n for _n, _u in zip(_named, _used, strict=True) if not _u]
    )
    check(out_of_reach, fresh.floats(1, requires_grad=True), _named).gives(list(_named))
check(out_of_reach, tower, {"a": a, "b": b}).gives(["b"])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: turn it round</summary>First find the leaves that <em>are</em> reached: <code>leaves_of(loss)</code> from above.</details>
# <details><summary>Hint 2: the same tensor</summary>Two weights may hold the same numbers. Ask whether it is the same object: <code>is</code>, or compare <code>id(…)</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>reached = {id(leaf) for leaf in leaves_of(loss)}</code>; then the names of those weights whose <code>id</code> is not in it.</details>

# %% [markdown] rows=["S05.1"]
# ### How deep is it?
#
# A graph also says what can be done at the same time. Two branches that do not need each other could run side by side; what stands in a row has to wait. So the **longest way** from the output to a leaf is the least number of steps, however many helpers you have.

# %% rows=["S05.1"]
with record():
    long_side = a.sin().exp().tanh()
    short_side = b.cos()
    both = long_side * short_side
show_graph(both)

# %% [markdown] rows=["S05.1"]
# Here are five operations. The longest way, from `both` up to `a`, has four: multiplication, `tanh`, `exp`, `sin`.
#
# ### Exercise 5.4 · The longest way
# ●●●○ · 9 minutes · 3 points
#
# Write `longest_path(output)`: the number of operations on the longest way from `output` to a leaf. Letter boxes do not count. Graphs may be deep, and ways may meet often: walking every single way would never end. (If your cell does not come back: menu *Kernel → Interrupt Kernel*.) *An idea:* let everybody who stands on a
# node walk on through **all** doors at once. Count the rounds until nobody stands on an operation any more.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "longest_path"}
def longest_path(output):
    """The number of operations on the longest way through a graph.

    output: any tensor, also a leaf (0) or one without a graph (0).
    Returns: int.
    """
    ### BEGIN SOLUTION
    rounds, layer = 0, {output.grad_fn} - {None}
    while layer:
        rounds += 1
        doors = {following for node in layer for following, _ in node.next_functions}
        layer = {n for n in doors if n is not None and not hasattr(n, "variable")}
    return rounds
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_longest_path", "points": 3}
check(longest_path, both).gives(4)
check(longest_path, a).gives(0)

middle = (a * 1).exp()
with_shortcut = middle.sin().sin().sin() * middle  # product, three sines, exp, product
check(longest_path, with_shortcut).gives(6)
check(longest_path, b + both).gives(5)

check(longest_path, tower).gives(5000)
doubled = a * 1
for _ in range(200):  # 2 to the power of 200 ways: who walks each one will have to be stopped
    doubled = doubled + doubled
check(longest_path, doubled).gives(201)
solved(longest_path)
### BEGIN HIDDEN TESTS
for _ in range(4):
    _leaf = fresh.floats(2, requires_grad=True)
    _depths = [fresh.integer(1, 12) for _ in range(4)]
    _ends = []
    for _depth in _depths:
        _end = _leaf
        for _ in range(_depth):
            _end = _end.tanh()
        _ends.append(_end)
    check(longest_path, torch.stack(_ends)).gives(max(_depths) + 1)
    check(longest_path, _ends[0].exp() + _ends[0]).gives(_depths[0] + 2)
    check(longest_path, _ends[0] + (_ends[1] + (_ends[2] + _ends[3]))).gives(
        max(_depths[0] + 1, _depths[1] + 2, _depths[2] + 3, _depths[3] + 3)
    )
check(longest_path, torch.zeros(2)).gives(0)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a round</summary>Start with the set <code>{output.grad_fn}</code> (or an empty one). One round: the set of all nodes that any door of the present set leads to.</details>
# <details><summary>Hint 2: do not remember here</summary>A node may be reached early by a short way and later by a long one. Only the last visit counts, so this time nothing is crossed off. A set keeps it small all the same.</details>
# <details><summary>Hint 3: nearly there</summary>Each round: <code>rounds += 1</code>, then the next set, without <code>None</code> and without nodes that have a <code>variable</code> (the letter boxes). Stop when it is empty.</details>

# %% [markdown] rows=["S05.1"]
# ## 3 · Who is on the receipt, and what cuts it
#
# **One is enough.** If any input requires grad, the result does too. The wish spreads downwards, all by itself.

# %% rows=["S05.1"]
weight = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
data = torch.tensor([1.0, 2.0, 3.0])
assert not (data * 2).requires_grad  # nobody asks: nothing is recorded
assert (data * weight).requires_grad
assert torch.cat([data, data * weight]).requires_grad

# %% [markdown] rows=["S05.1"]
# But not every operation passes it on. Between the whole numbers 2 and 3 there is nothing to push at: **an operation that gives whole numbers or True and False cuts the edge.** And some functions are *made* to cut.

# %% rows=["S05.1"]
cuts = {
    "weight > 0": weight > 0,
    "weight.argmax()": weight.argmax(),
    "weight.long()": weight.long(),
    "weight.detach()": weight.detach(),
    "torch.tensor(weight.tolist())": torch.tensor(weight.tolist()),
    "weight.round()": weight.round(),
    "weight.sort().values": weight.sort().values,
    "weight.sort().indices": weight.sort().indices,
}
with torch.no_grad():
    cuts["weight * 2, in no_grad"] = weight * 2

for name, tensor in cuts.items():
    print(f"{name:30} {'kept' if tensor.requires_grad else 'CUT':5} {tensor.dtype}")
kept = [name for name, tensor in cuts.items() if tensor.requires_grad]
assert kept == ["weight.round()", "weight.sort().values"]

# %% [markdown] rows=["S05.1"]
# `round` is a strange one: its result is a float, so it stays on the receipt. Yet it goes up in steps, like a stair, and is flat between them: its slope is 0. A way exists, but nothing ever comes along it.
#
# And a tensor of whole numbers? torch does not let it into a graph at all:

# %% rows=["S05.1"]
height = torch.tensor([0.3, 1.6, -2.2], requires_grad=True)
height.round().sum().backward()
print("what came along the way of round:", height.grad)
assert height.grad.tolist() == [0.0, 0.0, 0.0]

try:
    torch.tensor([1, 2, 3], requires_grad=True)
    raise AssertionError("torch accepted this")
except RuntimeError as error:
    print(error)
    assert "floating point" in str(error)

# %% id="predict-mask"
mask = (weight > 0).float()
predict(
    "mask = (weight > 0).float(). Does (weight * mask).sum() still have a graph? True or False.",
    mine=...,
    truth=lambda: (weight * mask).sum().requires_grad,
)

# %% [markdown] rows=["S05.1"]
# It has: the comparison is cut, but there is a second way, over `weight` itself. Compare the two pictures. On the left `mask` is what it is, a constant. On the right somebody detached the other factor as well, and with it the last way.

# %% rows=["S05.1"]
with record() as with_way:
    one_way_left = (weight * mask).sum()
with record() as without_way:
    no_way_left = (weight.detach() * mask + delivery).sum()
assert any(leaf is weight for leaf in leaves_of(one_way_left))
assert not any(leaf is weight for leaf in leaves_of(no_way_left))
compare_graphs(
    with_way, without_way, labels=("weight * mask", "weight.detach() * mask + delivery")
)

# %% [markdown] rows=["S05.1"]
# The right one is the nasty kind. It has a graph, `backward` runs, nothing complains. Only `weight` learns nothing.
#
# ### Exercise 5.5 · Where was it cut?
# ●●○○ · 5 minutes · 2 points
#
# A long calculation comes out without a graph. Which line did it? Write `first_cut(x, steps)`. `steps` is a list of functions; the first gets `x`, each other one gets what the one before gave. Return the position (from 0) of the **first** function that gets a
# tensor with a graph and gives one without; or `None` if nobody cuts.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "first_cut"}
def first_cut(x, steps):
    """Which step lost the graph?

    x: float tensor that requires grad; steps: list of functions, tensor → tensor.
    Returns: int, or None.
    """
    ### BEGIN SOLUTION
    for position, step in enumerate(steps):
        x = step(x)
        if not x.requires_grad:
            return position
    return None
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_first_cut", "points": 2}
def through_list(x):
    return torch.tensor(x.tolist())


def cut_if_large(x):
    return x if x.abs().max() < 1 else x.detach()


start = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
check(first_cut, start, [torch.sin, torch.argmax, torch.abs]).gives(1)
check(first_cut, start, [through_list, torch.sin, torch.detach]).gives(0)
check(first_cut, start, [torch.sin, torch.exp, torch.sum]).gives(None)
check(first_cut, start, [torch.tanh, cut_if_large]).gives(None)
check(first_cut, start, []).gives(None)
solved(first_cut)
### BEGIN HIDDEN TESTS
for _ in range(8):
    _place = fresh.integer(0, 5)
    _steps = [torch.sin, torch.tanh, torch.exp, torch.square, torch.sigmoid]
    _steps.insert(_place, (torch.detach, torch.argsort, torch.signbit, through_list)[_ % 4])
    check(first_cut, fresh.floats(4, requires_grad=True), _steps).gives(_place)
check(first_cut, start, [torch.exp, cut_if_large, torch.sin]).gives(1)
check(first_cut, fresh.floats(2, requires_grad=True), [torch.neg] * 9).gives(None)
check(
    first_cut, fresh.floats(2, requires_grad=True), [torch.neg, torch.detach, torch.detach]
).gives(1)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one after the other</summary>A loop with <code>enumerate(steps)</code>; in it <code>x = step(x)</code>.</details>
# <details><summary>Hint 2: the question</summary>After each step: <code>x.requires_grad</code>. It is False from the cut on.</details>
# <details><summary>Hint 3: nearly there</summary>Return the position inside the loop, at the first False; and <code>None</code> after the loop.</details>

# %% [markdown] rows=["S05.1"]
# There is a trap left, and many programs sit in it. A result without a graph makes `backward` raise an error. So somebody writes `requires_grad=True` on the *result*, and the error is gone.
#
# ### Exercise 5.6 · Mend the spread
# ●●○○ · 4 minutes · 1 point
#
# This is the difference between the largest and the smallest weight. The training should make it small. It runs, and it does nothing.


# %% id="broken-spread"
def broken_spread(weight):
    largest = max(weight.tolist())
    smallest = min(weight.tolist())
    return torch.tensor(largest - smallest, requires_grad=True)


spread = broken_spread(weight)
spread.backward()
print(
    "spread", spread.item(), "  is a leaf:", spread.is_leaf, "  weight.grad:", weight.grad
)
assert spread.is_leaf and weight.grad is None

# %% [markdown] rows=["S05.1"]
# Look at what it printed: the spread is a *leaf*. Its graph has nothing in it but itself. Write `mended_spread(weight)`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "mended_spread"}
def mended_spread(weight):
    """The largest minus the smallest number.

    weight: float, any shape with at least one element; it may require grad.
    Returns: 0-d tensor, connected to weight's graph.
    """
    ### BEGIN SOLUTION
    return weight.max() - weight.min()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_mended_spread", "points": 1}
check(mended_spread, torch.tensor([0.5, -1.0, 2.0], requires_grad=True)).gives(
    torch.tensor(3.0), graph=True, gradients={"weight": torch.tensor([0.0, -1.0, 1.0])}
)
check(mended_spread, torch.tensor([[4.0, 1.0], [2.0, 3.0]], requires_grad=True)).gives(
    torch.tensor(3.0),
    graph=True,
    gradients={"weight": torch.tensor([[1.0, -1.0], [0.0, 0.0]])},
)
solved(mended_spread)
### BEGIN HIDDEN TESTS
for _shape in ((1,), (6,), (3, 4), (2, 2, 2)):
    _values = torch.arange(1.0, 1 + torch.Size(_shape).numel())
    _w = (_values[fresh.permutation(len(_values))] ** 2).reshape(_shape).requires_grad_()
    _slopes = (_w.detach() == _w.max().detach()).float() - (
        _w.detach() == _w.min().detach()
    ).float()
    check(mended_spread, _w).gives(
        (_w.detach().max() - _w.detach().min()), graph=True, gradients={"weight": _slopes}
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: where it leaves torch</summary><code>tolist()</code> gives Python numbers. From there on nothing is recorded.</details>
# <details><summary>Hint 2: stay in torch</summary>Tensors have <code>max()</code> and <code>min()</code> of their own.</details>
# <details><summary>Hint 3: nearly there</summary>The difference of the two, and no <code>torch.tensor(…)</code> around it.</details>

# %% [markdown] rows=["S05.2", "E20"]
# ## 4 · The middle keeps no gradient
#
# When the graph runs backwards, slopes travel along its edges, from the output to the letter boxes. On their way they pass every tensor in the middle. So afterwards you can read them there?

# %% [markdown] rows=["E20", "S05.2"]
# ### Claim check: “released after backward”
#
# A text tells it like this: gradients of computed tensors exist, and are released when `backward` has finished. Then, *while* `backward` is running, one should see them lying there. A **hook** is a function that torch calls when a slope comes past its tensor. We put one at `x`, the last station. When it is called, the
# slope has already left `middle` behind. So we look back from there.


# %% id="predict-e20" rows=["E20", "S05.2"]
def look_back(with_box):
    x = torch.tensor(3.0, requires_grad=True)
    middle = x * 2
    if with_box:
        middle.retain_grad()  # of this one soon
    seen = []

    def look(slope):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seen.append(middle.grad is not None)

    x.register_hook(look)
    (middle * 5).backward()
    assert len(seen) == 1
    return seen[0]


predict(
    "middle = x * 2; (middle * 5).backward(). From a hook at x, while backward still runs: "
    "is there something in middle.grad? True or False.",
    mine=...,
    truth=lambda: look_back(with_box=False),
)

# %% rows=["E20", "S05.2"]
x = torch.tensor(3.0, requires_grad=True)
middle = x * 2
output = middle * 5
passing = []
middle.register_hook(passing.append)
output.backward()
assert not look_back(with_box=False)  # nothing there, not even during backward

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    read = middle.grad
assert read is None and x.grad.item() == 10.0
assert passing[0].item() == 5.0  # it did come past
assert issubclass(caught[0].category, UserWarning)
assert "is not a leaf Tensor" in str(caught[0].message)
print("middle.grad:", read, "  what came past:", passing[0].item())
print(str(caught[0].message).split(" If you indeed")[0])

# %% [markdown] rows=["E20", "S05.2"]
# It was **never stored**. Only leaves have a letter box. At a tensor in the middle the slope is multiplied, passed on, and forgotten; a hook at `middle` saw it go past. The warning is torch's way to say: *you are asking at a house without a letter box.*
#
# Why so stingy? The tensors in the middle are many and large. A weight may have a thousand numbers, and what it makes of a batch of pictures a million.
#
# If you want one, put up a box **before** backward: `retain_grad()`.

# %% rows=["S05.2", "E20"]
x = torch.tensor(3.0, requires_grad=True)
with record() as tape:
    middle = x * 2
    middle.retain_grad()
    output = middle * 5
    output.backward()
assert middle.retains_grad and not output.retains_grad
assert middle.grad.item() == 5.0 and x.grad.item() == 10.0
assert not middle.is_leaf  # a box does not make it a leaf
assert look_back(with_box=True)  # the same look back finds it now
show_graph(tape)

# %% [markdown] rows=["S05.2"]
# What is it good for? For looking *into* a deep calculation. Does anything still arrive at its beginning?
#
# ### Exercise 5.7 · What arrives where?
# ●●○○ · 7 minutes · 2 points
#
# Write `slope_sizes(x, steps)`. Send `x` through the functions one after the other, take the **sum** of the last result, run it backwards. Return a list with one float for each step: the **mean of the absolute slopes** that arrive at *that step's result*. So the list begins with the first step
# and ends with the last, whose slopes are all 1.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "slope_sizes"}
def slope_sizes(x, steps):
    """How large are the slopes that arrive at the result of each step?

    x: float tensor that requires grad; steps: list of functions, tensor → tensor, at least one.
    Returns: list of float, one for each step, in their order.
    """
    ### BEGIN SOLUTION
    results = []
    for step in steps:
        x = step(x)
        x.retain_grad()
        results.append(x)
    x.sum().backward()
    return [result.grad.abs().mean().item() for result in results]
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_slope_sizes", "points": 2}
def twice(x):
    return x * 2


def thrice(x):
    return x * -3


def by_place(x):
    return x * torch.tensor([1.0, 5.0])


def begin():
    return torch.tensor([1.0, 2.0], requires_grad=True)


check(slope_sizes, begin(), [twice, thrice]).gives([3.0, 1.0])
check(slope_sizes, begin(), [twice, twice, by_place]).gives([6.0, 3.0, 1.0])
check(slope_sizes, begin(), [torch.exp]).gives([1.0])
solved(slope_sizes)
### BEGIN HIDDEN TESTS
for _ in range(4):
    _factors = fresh.floats(5).tolist()
    _steps = [lambda x, f=f: x * f for f in _factors]
    _right = [1.0]
    for _f in reversed(_factors[1:]):
        _right.insert(0, abs(_f) * _right[0])
    check(slope_sizes, fresh.floats(3, 2, requires_grad=True), _steps).gives(
        _right, tolerance=(1e-4, 1e-5)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: boxes first</summary>Each step's result needs <code>retain_grad()</code> before <code>backward</code> runs.</details>
# <details><summary>Hint 2: keep them</summary>Collect the results in a list: after <code>backward</code> you want to read the <code>.grad</code> of each.</details>
# <details><summary>Hint 3: nearly there</summary>In the loop <code>x = step(x)</code>, <code>x.retain_grad()</code>, <code>results.append(x)</code>. Then <code>x.sum().backward()</code>, and <code>.grad.abs().mean().item()</code> of each.</details>

# %% id="use-slope-sizes" rows=["S05.2"]
torch.manual_seed(0)
mixing = [torch.randn(32, 32) / 32**0.5 for _ in range(20)]


def deep_steps(bend):
    return [lambda x, m=m: bend(x @ m) for m in mixing]


try:
    fig, ax = plt.subplots(figsize=(6, 3.2))
    for bend, style in ((torch.sigmoid, "-o"), (torch.tanh, "-s")):
        sizes = slope_sizes(torch.randn(8, 32, requires_grad=True), deep_steps(bend))
        ax.semilogy(range(1, 21), sizes, style, label=bend.__name__)
        print(f"{bend.__name__:8} what arrives at step 1: {sizes[0]:.0e}")
    ax.set(xlabel="step", ylabel="mean |slope|", title="What arrives at each of 20 steps")
    ax.set_xticks([1, 5, 10, 15, 20])
    ax.legend()
    plt.show()
except (NotImplementedError, AttributeError):
    plt.close(fig)
    print("First write slope_sizes above; then run this cell again.")

# %% [markdown] rows=["S05.2"]
# Read it from right to left, as the slopes travel. Through 20 sigmoids less than a billionth arrives at the first step: whatever stands there cannot learn. People call it *vanishing gradients*. You have now a tool that shows it.

# %% [markdown] rows=["S05.1"]
# ## 5 · What a graph keeps in memory
#
# A receipt is thin. But some operations clip a sheet to it, because they will need numbers on the way back. A multiplication needs to know *by what* was multiplied. So it keeps both factors. They are called **saved tensors**.

# %% rows=["S05.1"]
x = torch.linspace(0, 1, 1000, requires_grad=True)
product = x * x
wave = x.exp()
print([name for name in dir(product.grad_fn) if name.startswith("_saved")])
print([name for name in dir(wave.grad_fn) if name.startswith("_saved")])

assert product.grad_fn._saved_self is x and product.grad_fn._saved_other is x
assert torch.equal(wave.grad_fn._saved_result, wave)  # exp keeps what came out

# %% [markdown] rows=["S05.1"]
# These tensors stay in memory as long as the graph lives, even if you have no name for them any more. How much is it? torch lets you watch: inside `saved_tensors_hooks(put_in, take_out)` it calls `put_in` for every tensor that it
# saves, and `take_out` when it needs one again. Here is a meter made of that. (A `WeakSet` forgets what nobody else holds, so it counts only what the graphs still keep. What `detach()` is for, you see right after it.)


# %% rows=["S05.1"]
class Kept:
    """One saved tensor, in a box that we can watch."""

    def __init__(self, tensor):
        self.tensor = tensor


kept_now = weakref.WeakSet()


def put_in(tensor):
    box = Kept(tensor.detach())
    kept_now.add(box)
    return box


def take_out(box):
    return box.tensor


def bytes_now():
    return sum(box.tensor.nbytes for box in kept_now)


with saved_tensors_hooks(put_in, take_out):
    step1 = x.exp()
    print("after exp:     ", bytes_now())
    assert bytes_now() == 4000
    step2 = step1.sin()
    print("after sin:     ", bytes_now())
    assert bytes_now() == 8000
    output = step2.sum()
    print("after sum:     ", bytes_now())
    assert bytes_now() == 8000  # a sum needs nothing but the shape
    output.backward()
    print("after backward:", bytes_now())
    assert bytes_now() == 0

# %% [markdown] rows=["S05.1"]
# Why `tensor.detach()` in the box, and not `tensor`? `exp` saves its own result, and a result knows its `grad_fn`. The node would hold the box, the box the tensor, the tensor the node: a **ring**, in which each keeps the next alive, for ever.

# %% id="ring" rows=["S05.1"]
class Tag:
    """Clipped to a node; it is gone when the node is gone."""


def nodes_left(put):
    living = weakref.WeakSet()
    for _ in range(5):
        with saved_tensors_hooks(put, take_out):
            wave = x.exp()
        wave.grad_fn.metadata["tag"] = tag = Tag()
        living.add(tag)
    del wave, tag  # nobody has a name for any of the five any more
    return len(living)


print("nodes left: with detach", nodes_left(put_in), "  without", nodes_left(Kept))
assert nodes_left(put_in) == 0 and nodes_left(Kept) == 5

# %% [markdown] rows=["S05.1"]
# Back to the meter. Look at its last line: `backward` throws the clipped sheets away as it passes, for most people go back only once. The nodes are still there, but empty. Whoever comes a second time reads this:

# %% rows=["S05.1"]
product.sum().backward()
assert product.grad_fn.name() == "MulBackward0"
try:
    product.grad_fn._saved_self
    raise AssertionError("still there")
except RuntimeError as error:
    print(error)
    assert "already been freed" in str(error)


# %% id="predict-add"
def bytes_kept_by(act):
    kept_now.clear()
    with saved_tensors_hooks(put_in, take_out):
        result = act()
        return bytes_now() if result is not None else 0


predict(
    "x has 1000 float32 numbers. How many bytes does the graph of x + 1 keep?",
    mine=...,
    truth=lambda: bytes_kept_by(lambda: x + 1),
)


# %% rows=["S05.1"]
def without_recording():
    with torch.no_grad():
        return (x.exp().sin() * x).tanh()


print("x + 1:  ", bytes_kept_by(lambda: x + 1))
print("recorded:", bytes_kept_by(lambda: (x.exp().sin() * x).tanh()))
print("no_grad: ", bytes_kept_by(without_recording))
assert bytes_kept_by(lambda: x + 1) == 0
assert bytes_kept_by(lambda: (x.exp().sin() * x).tanh()) == 5 * 4000
assert bytes_kept_by(without_recording) == 0

# %% [markdown] rows=["S05.1"]
# An addition keeps nothing: it passes every slope on unchanged. The longer calculation keeps five sheets (one for `exp`, one for `sin`, two for `*`, one for `tanh`). And under `torch.no_grad()` there is no graph, so nothing to keep. That is why you use a trained network inside `no_grad`.
#
# ### Exercise 5.8 · What does it cost to remember?
# ●●●○ · 9 minutes · 2 points
#
# Our meter counts a sheet twice if it was saved twice: `x * x` gives 8,000 bytes, although both factors are one block of memory. And it counts a slice as small as it looks, although the whole block must stay. Write
# `kept_bytes(f, x)`: run `f(x)` and return how many bytes of memory its graph holds on to, **each block once, and whole**. A tensor `t` stands on the block `t.untyped_storage()`; that has `data_ptr()`, its address, and `nbytes()`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "kept_bytes"}
def kept_bytes(f, x):
    """The memory that the graph of f(x) keeps alive.

    f: tensor → tensor; x: float tensor, with or without requires_grad.
    Returns: int, bytes.
    """
    ### BEGIN SOLUTION
    blocks = {}

    def note(tensor):
        block = tensor.untyped_storage()
        blocks[block.data_ptr()] = block.nbytes()
        return tensor.detach()

    with saved_tensors_hooks(note, lambda tensor: tensor):
        result = f(x)
    return sum(blocks.values()) if result is not None else 0
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_kept_bytes", "points": 2}
def plus_one(x):
    return x + 1


def squared(x):
    return x * x


def exp_and_sin(x):
    return x.exp().sin()


def small_slice(x):
    return x[:10].sin()


def two_slices(x):
    return x[:10].sin().sum() + x[500:].sin().sum()


thousand = torch.linspace(0, 1, 1000, requires_grad=True)
check(kept_bytes, exp_and_sin, thousand).gives(4000)
check(kept_bytes, squared, thousand).gives(4000)
check(kept_bytes, small_slice, thousand).gives(4000)
check(kept_bytes, two_slices, thousand).gives(4000)  # slices of one block
check(kept_bytes, plus_one, thousand).gives(0)
check(kept_bytes, squared, thousand.detach()).gives(0)
solved(kept_bytes)
### BEGIN HIDDEN TESTS
for _ in range(4):
    _n, _deep = fresh.integer(5, 50), fresh.integer(1, 9)

    def _waves(x, _deep=_deep):
        for _ in range(_deep):
            x = x.sin()
        return x

    for _dtype in (torch.float32, torch.float64):
        _x = fresh.floats(_n, dtype=_dtype, requires_grad=True)
        check(kept_bytes, _waves, _x).gives(_n * _deep * _dtype.itemsize)
        check(kept_bytes, torch.tanh, _x).gives(_n * _dtype.itemsize)
        check(kept_bytes, torch.neg, _x).gives(0)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the hook</summary>Write a <code>put_in</code> of your own. It notes the block of the tensor that it gets, and must return something for <code>take_out</code>: <code>tensor.detach()</code>.</details>
# <details><summary>Hint 2: once</summary>A dict from address to size counts every block once: <code>blocks[block.data_ptr()] = block.nbytes()</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>with saved_tensors_hooks(note, lambda tensor: tensor):</code> run <code>f(x)</code> and give the result a name, so that the graph stays alive; then <code>sum(blocks.values())</code>.</details>

# %% [markdown] rows=["S05.1"]
# In the first example two sheets were clipped on, yet you found one block, 4,000 bytes: `exp` keeps what came out, and `sin` what came in. That is the same tensor.
#
# So memory grows with the *length* of a calculation, and with the size of the batch in it. Here is a network of up to 12 layers. Note the lower line.

# %% id="use-kept-bytes" rows=["S05.1"]
mixers = [torch.randn(64, 64) / 8 for _ in range(12)]
batch = torch.randn(256, 64)


def layered(depth):
    def run(first):
        y = batch @ first
        for mixer in mixers[:depth]:
            y = (y @ mixer).tanh()
        return y

    return run


def quietly(run):
    def run_without_recording(first):
        with torch.no_grad():
            return run(first)

    return run_without_recording


try:
    first = torch.randn(64, 64, requires_grad=True)
    recorded = [kept_bytes(layered(d), first) / 1024 for d in range(13)]
    unrecorded = [kept_bytes(quietly(layered(d)), first) / 1024 for d in range(13)]
    fig, ax = plt.subplots(figsize=(6, 3.2))
    ax.plot(range(13), recorded, "-o", label="recorded")
    ax.plot(range(13), unrecorded, "-s", label="in no_grad")
    ax.set(xlabel="layers", ylabel="KiB kept", title="Deeper networks keep more")
    ax.legend()
    plt.show()
    print(f"12 layers: {recorded[-1]:.0f} KiB, in no_grad {unrecorded[-1]:.0f} KiB")
except NotImplementedError:
    print("First write kept_bytes above; then run this cell again.")

# %% [markdown] rows=["S05.1"]
# ### The leak that everybody writes once
#
# You want to print the mean loss of an epoch. So you add the losses up. What could go wrong?


# %% rows=["S05.1"]
def loss_of(batch):
    return ((weight * batch - 1) ** 2).mean()


batches = [torch.tensor([1.0, 2.0, 3.0]) * i for i in range(100)]

print("rounds   nodes: total += loss   nodes: total += loss.item()")
for rounds in (1, 10, 100):
    total, plain_total = 0.0, 0.0
    for batch in batches[:rounds]:
        loss = loss_of(batch)
        total = total + loss
        plain_total = plain_total + loss.item()
    print(
        f"{rounds:6}   {len(nodes_of(total)):21}   {len(nodes_of(loss)):9} (the last loss)"
    )
    assert abs(total.item() - plain_total) < 0.01 * plain_total + 1e-3
    assert len(nodes_of(loss)) == 5
    assert len(nodes_of(total)) == 5 * rounds + 1

# %% [markdown] rows=["S05.1"]
# `total` is a tensor with a graph. In it hangs the graph of the first loss, of the second, of all hundred. The numbers are the same; the memory is not. In a real training each of these graphs may hold a gigabyte.
#
# And if you run `backward` on each loss before adding? Then the sheets are gone, but the empty nodes stay. The leak is slower, and harder to find:


# %% rows=["S05.1"]
def after_rounds(rounds, run_backward):
    """Add losses up as tensors; return nodes in the total, and bytes kept at the end."""
    kept_now.clear()
    with saved_tensors_hooks(put_in, take_out):
        total = 0.0
        for batch in batches[:rounds]:
            loss = loss_of(batch)
            if run_backward:
                loss.backward()
            total = total + loss
        return len(nodes_of(total)), bytes_now()


for run_backward in (False, True):
    few, many = after_rounds(10, run_backward), after_rounds(100, run_backward)
    print(f"backward {run_backward!s:5}: (nodes, bytes) after 10 {few}, after 100 {many}")
    assert many[0] > 9 * few[0]
    assert (many[1] > 9 * few[1]) if not run_backward else (many[1] == few[1] == 0)
weight.grad = None

# %% [markdown] rows=["S05.1"]
# ### Exercise 5.9 · Stop the leak
# ●●○○ · 5 minutes · 2 points
#
# Write `mean_loss(loss_of, batches)`. For each batch: calculate `loss_of(batch)`, a tensor with one number and a graph; run `backward` on it. Return the mean of the losses as a **Python float**. While it runs, no graph but that of the last loss may be alive: the test counts them.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "mean_loss"}
def mean_loss(loss_of, batches):
    """The mean of the losses; each has run backward.

    loss_of: batch → 0-d tensor with a graph; batches: list of tensors, at least one.
    Returns: float.
    """
    ### BEGIN SOLUTION
    total = 0.0
    for batch in batches:
        loss = loss_of(batch)
        loss.backward()
        total += loss.item()
    return total / len(batches)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_mean_loss", "points": 2}
class Mark:
    """Clipped to a graph: it lives as long as the graph does."""


def run_watched(mean_loss, batches):
    knob = torch.tensor(1.0, requires_grad=True)
    living, most, slopes_before = weakref.WeakSet(), 1, []

    def watched_loss(batch):
        nonlocal most
        most = max(most, len(living))
        slopes_before.append(0.0 if knob.grad is None else knob.grad.item())
        loss = (knob * batch).sum()
        loss.grad_fn.metadata["mark"] = mark = Mark()
        living.add(mark)
        return loss

    mean = mean_loss(watched_loss, batches)
    slopes = [*slopes_before, 0.0 if knob.grad is None else knob.grad.item()]
    return {"mean": mean, "graphs alive at once": most, "slope after each round": slopes}


def one_knob(batch):
    return (torch.ones((), requires_grad=True) * batch).sum()


three = [torch.tensor([1.0, 2.0]), torch.tensor([4.0]), torch.tensor([5.0])]
check(mean_loss, one_knob, three).gives(4.0)
check(run_watched, mean_loss, three).gives(
    {
        "mean": 4.0,
        "graphs alive at once": 1,
        "slope after each round": [0.0, 3.0, 7.0, 12.0],
    }
)
solved(mean_loss)
### BEGIN HIDDEN TESTS
for _n in (1, 2, 7):
    _batches = list(fresh.floats(_n, 3))
    _sum = torch.stack(_batches).double().sum().item()
    check(run_watched, mean_loss, _batches).gives(
        {
            "mean": _sum / _n,
            "graphs alive at once": 1,
            "slope after each round": [
                torch.stack(_batches)[:_i].double().sum().item() for _i in range(_n + 1)
            ],
        },
        tolerance=(1e-4, 1e-4),
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a number is enough</summary>For a mean you need numbers, not tensors. <code>loss.item()</code> is the number alone.</details>
# <details><summary>Hint 2: at once</summary>Take the number out in the same round. If you collect the tensors first and convert them at the end, they have all been alive together.</details>
# <details><summary>Hint 3: nearly there</summary><code>total = 0.0</code>; in the loop <code>loss.backward()</code> and <code>total += loss.item()</code>; at the end divide by <code>len(batches)</code>.</details>

# %% [markdown] rows=["S05.4", "S05.3"]
# ## 6 · Another run, another graph
#
# Nobody planned the graphs that you have seen. They came into being while Python ran, line by line. So they follow *everything* that Python can do: loops, `if`, recursion. Such graphs are called **dynamic**.
#
# Halve a number until it is small enough. How often? That depends on the number.


# %% rows=["S05.4"]
def halve_until_small(x):
    while x.abs() > 1:
        x = x / 2
    return x


for value in (0.5, 3.0, 10.0, 1000.0):
    small = halve_until_small(torch.tensor(value, requires_grad=True))
    halvings = len(nodes_of(small)) - 1 if small.grad_fn else 0  # all nodes but the letter box
    print(f"{value:6} → {small.item():.4f}  operations: {halvings}")
    expected = 0
    while value / 2**expected > 1:
        expected += 1
    assert len(nodes_of(small)) == (expected + 1 if expected else 0)

# %% [markdown] rows=["S05.4"]
# One function, one line of code in the loop, and every time another graph. Here are two of them. Only the halvings are on the receipt. The question `x.abs() > 1` is not: it gives True or False, and you know what that does to an edge. Python read the answer and went on.
#
# (These two pictures were made without `record()`, from `grad_fn` alone. So they show exactly what the graph remembers: the halvings, and not even the values in between, for a division by 2 needs none of them on the way back.)

# %% rows=["S05.4", "S05.3"]
from_3 = halve_until_small(torch.tensor(3.0, requires_grad=True))
from_7 = halve_until_small(torch.tensor(7.0, requires_grad=True))
assert (len(nodes_of(from_3)), len(nodes_of(from_7))) == (2 + 1, 3 + 1)
compare_graphs(from_3, from_7, labels=("starting at 3", "starting at 7"))


# %% [markdown] rows=["S05.4"]
# With `if` it is the same: **only the branch that was taken is recorded.**


# %% id="predict-branch" rows=["S05.4", "S05.3"]
def bend(x):
    if x.sum() > 0:
        return x.sin()
    return (x * 3).exp().tanh()


predict(
    "bend(torch.tensor([2.0, -1.0], requires_grad=True)): how many operations are in the graph "
    "of the result?",
    mine=...,
    truth=lambda: len(nodes_of(bend(torch.tensor([2.0, -1.0], requires_grad=True)))) - 1,
)

# %% rows=["S05.4", "S05.3"]
up = bend(torch.tensor([2.0, -1.0], requires_grad=True))
down = bend(torch.tensor([-2.0, -1.0], requires_grad=True))
for bent in (up, down):
    print(sorted(node.name() for node in nodes_of(bent) if not hasattr(node, "variable")))
assert up.grad_fn.name() == "SinBackward0" and len(nodes_of(up)) == 2
assert down.grad_fn.name() == "TanhBackward0" and len(nodes_of(down)) == 4

# %% [markdown] rows=["S05.4", "S05.3"]
# This is why the graph of torch can be run backwards through *any* Python program: it is no picture of the program. It is a list of what happened.
#
# Let us use that. About two thousand years ago Heron of Alexandria found square roots like this: guess; take the mean of the guess and `a / guess`; repeat until the guess is good. For some numbers that takes three rounds, for others ten.
#
# ### Exercise 5.10 · The slope of a loop
# ●●○○ · 6 minutes · 2 points
#
# Write `heron(a, tolerance)`. Start with the guess 1. **While** `guess * guess` is further from `a` than `tolerance`, replace the guess by `(guess + a / guess) / 2`. Return the guess, with its graph, so that one can ask how the root answers to a push at `a`. (Mathematics says 1 / (2 · √a).)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "heron"}
def heron(a, tolerance):
    """The square root of a, by Heron's loop.

    a: 0-d float tensor > 0; tolerance: float > 0.
    Returns: 0-d tensor, the dtype of a, connected to its graph.
    """
    ### BEGIN SOLUTION
    guess = torch.ones_like(a)
    while (guess * guess - a).abs() > tolerance:
        guess = (guess + a / guess) / 2
    return guess
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_heron", "points": 2}
def number(value):
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


# 1 → 5 → 3.4, and 3.4 * 3.4 = 11.56 is within 3 of 9: stop
check(heron, number(9.0), 3.0).gives(
    torch.tensor(3.4, dtype=torch.float64),
    graph=True,
    gradients={"a": torch.tensor(0.26, dtype=torch.float64)},
)
check(heron, number(4.0), 1e-9).gives(
    torch.tensor(2.0, dtype=torch.float64),
    graph=True,
    gradients={"a": torch.tensor(0.25, dtype=torch.float64)},
)
check(heron, torch.tensor(100.0), 1e-3).gives(torch.tensor(10.0))
solved(heron)
### BEGIN HIDDEN TESTS
for _ in range(6):
    _a = fresh.floats(1).abs().item() * 30 + 2
    check(heron, number(_a), 1e-10).gives(
        torch.tensor(_a**0.5, dtype=torch.float64),
        graph=True,
        gradients={"a": torch.tensor(0.5 / _a**0.5, dtype=torch.float64)},
        tolerance=(1e-6, 1e-8),
    )
_root = heron(number(50.0), 1e-9)
assert len(nodes_of(_root)) > len(nodes_of(heron(number(2.0), 1e-9))) > 5
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the guess</summary>Begin with <code>torch.ones_like(a)</code>: a tensor, of a's dtype.</details>
# <details><summary>Hint 2: the question</summary><code>while (guess * guess - a).abs() &gt; tolerance:</code> works with tensors: Python takes the one True or False out by itself.</details>
# <details><summary>Hint 3: nearly there</summary>In the loop only <code>guess = (guess + a / guess) / 2</code>. No <code>.item()</code> and no <code>float()</code>: they would cut the edge.</details>

# %% id="use-heron" rows=["S05.4"]
try:
    for value in (1.0, 2.0, 50.0, 5000.0):
        root = heron(number(value), 1e-9)
        print(
            f"√{value:<7g} = {root.item():<10.6g} nodes in the graph: {len(nodes_of(root))}"
        )
except NotImplementedError:
    print("First write heron above; then run this cell again.")

# %% [markdown] rows=["S05.4"]
# Look at the first line. At 1 the guess is good at once: the loop never runs, and the root has no graph, so it answers to no push. Mathematics says that its slope is 1/2. A graph knows what was *done*, not what is meant.

# %% [markdown] rows=["S05.3"]
# ## 7 · The plan before the run
#
# A receipt is written while you shop. A **shopping list** is written before. With a list in your hand you can think ahead: cross out what you do not need, buy twice-named things once, send somebody else for half of it. But you must know at home what you will want.
#
# The list is a **static graph**: first the whole plan, then numbers through it. (Working without one, line by line, as you have done until now, is called **eager**.) Older libraries knew only that, and you had to write the plan in a language of its own. torch can make one out of your function. `fx.symbolic_trace` calls the function once, with a **stand-in** that has no numbers and notes down everything
# that is done to it.


# %% rows=["S05.3"]
def glow(x):
    return (x * 2 + 1).relu()


plan = fx.symbolic_trace(glow)
for node in plan.graph.nodes:
    print(f"{node.name:7} {node.op:14} {node.target!s:28} {node.args}")
print(plan.code.strip())

assert [node.name for node in plan.graph.nodes] == ["x", "mul", "add", "relu", "output"]
numbers = torch.tensor([-1.0, 0.5])
assert torch.equal(plan(numbers), glow(numbers))

# %% [markdown] rows=["S05.3"]
# Each line is a node: its name, what kind it is, what to call, with which arguments. From the nodes `fx` writes Python code again (below), and `plan(numbers)` runs that.
#
# | | the receipt: `grad_fn` | the plan: `fx.Graph` |
# |---|---|---|
# | written | during each run, anew | once, before |
# | holds | what happened, for going back | what to do, for going forward |
# | numbers in it | yes, the saved tensors | none |
# | arrows | from the result to the inputs | from the inputs to the result |
#
# The stand-in goes through your Python code **once**. What does that mean for a `print`?


# %% id="predict-chatty"
def chatty(x):
    spoken.append("working …")
    return x + 1


def sentences_of_three_runs():
    quiet_plan = fx.symbolic_trace(chatty)
    spoken.clear()
    for _ in range(3):
        quiet_plan(torch.ones(2))
    return len(spoken)


spoken = []
predict(
    "chatty notes a sentence each time it runs. Its plan is made, then the plan runs three times. "
    "How many sentences do these three runs note?",
    mine=...,
    truth=sentences_of_three_runs,
)

# %% rows=["S05.3"]
assert sentences_of_three_runs() == 0

gain = 2.0


def amplify(x):
    return x * gain


loud = fx.symbolic_trace(amplify)
gain = 10.0
print("eager:", amplify(torch.ones(1)).item(), "  plan:", loud(torch.ones(1)).item())
assert amplify(torch.ones(1)).item() == 10.0 and loud(torch.ones(1)).item() == 2.0

# %% [markdown] rows=["S05.3"]
# None, and the plan does not notice that `gain` has changed. Only what is done **to the tensor** gets into it. Everything else was Python, it happened at home, and its result is frozen in.
#
# And a question about the numbers? The stand-in has none.

# %% rows=["S05.3", "S05.4"]
for function in (bend, halve_until_small):
    try:
        fx.symbolic_trace(function)
        raise AssertionError("torch made a plan")
    except fx.proxy.TraceError as error:
        print(f"{function.__name__}: {error}")
        assert "control flow" in str(error)

# %% [markdown] rows=["S05.3"]
# Learn to read it: *symbolically traced variables* are the stand-ins, *control flow* is `if` and `while`. So: “you asked the stand-in a question, and it knows no numbers.” The way out is often to **calculate both answers and choose with numbers**: `torch.where`.
#
# ### Exercise 5.11 · Get it planned
# ●●○○ · 7 minutes · 2 points
#
# Some scanned pictures are white on black, some black on white. This function turns those that are dark on the whole (mean below 0.5). It works, but nobody can plan it. Read both refusals:


# %% id="turn-dark" rows=["S05.3"]
def turn_dark(pictures):
    turned = []
    for picture in pictures:
        turned.append(1 - picture if picture.mean() < 0.5 else picture)
    return torch.stack(turned)


def turn_one(picture):
    return 1 - picture if picture.mean() < 0.5 else picture


for function in (turn_dark, turn_one):
    try:
        fx.symbolic_trace(function)
        raise AssertionError("torch made a plan")
    except fx.proxy.TraceError as error:
        print(f"{function.__name__}: {str(error).split('.')[0]}")

# %% [markdown] rows=["S05.3"]
# Write `plannable(pictures)`, which gives the same as `turn_dark` and can be planned: each picture is judged by its own mean, without `for` and without `if`. (`mean` takes several dims; `keepdim=True` keeps the result broadcastable.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "plannable"}
def plannable(pictures):
    """Turn the dark pictures: 1 minus the picture.

    pictures: float, shape (n, height, width), from 0 to 1.
    Returns: the same shape and dtype.
    """
    ### BEGIN SOLUTION
    dark = pictures.mean((1, 2), keepdim=True) < 0.5
    return torch.where(dark, 1 - pictures, pictures)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_plannable", "points": 2}
def by_plan(function, pictures):
    return fx.symbolic_trace(function)(pictures)


album = torch.tensor([[[0.1, 0.2], [0.0, 1.0]], [[1.0, 0.9], [0.2, 0.8]]])
album_turned = torch.tensor([[[0.9, 0.8], [1.0, 0.0]], [[1.0, 0.9], [0.2, 0.8]]])
check(plannable, album).gives(album_turned)
check(by_plan, plannable, album).gives(album_turned)
half_dark = torch.tensor([[[0.25, 0.75]]])  # 0.5 is not below 0.5
check(plannable, half_dark).gives(half_dark)
solved(plannable)
### BEGIN HIDDEN TESTS
for _n, _h, _w in ((1, 1, 1), (5, 3, 4), (4, 8, 8)):
    for _pictures in fresh.layouts(fresh.floats(_n, _h, _w).sigmoid()):
        check(plannable, _pictures).gives(turn_dark(_pictures))
        check(by_plan, plannable, _pictures).gives(turn_dark(_pictures))
_plan = fx.symbolic_trace(plannable)
for _n in (2, 6):  # one plan for any number of pictures
    _pictures = fresh.floats(_n, 3, 3).sigmoid()
    check(_plan, _pictures).gives(turn_dark(_pictures))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: all means at once</summary><code>pictures.mean((1, 2), keepdim=True)</code> has the shape (n, 1, 1).</details>
# <details><summary>Hint 2: both answers</summary><code>torch.where(condition, one, other)</code> picks for each element, and broadcasts the condition.</details>
# <details><summary>Hint 3: nearly there</summary><code>torch.where(pictures.mean((1, 2), keepdim=True) &lt; 0.5, 1 - pictures, pictures)</code>.</details>

# %% [markdown] rows=["S05.3"]
# ### What a plan is good for
#
# Somebody wrote this in a hurry. Let us count which operations torch really runs. A `TorchDispatchMode` stands at the door of the machine room and sees every one.


# %% rows=["S05.3"]
class Doorkeeper(TorchDispatchMode):
    """Notes the name of every operation that runs."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self.names.append(str(operation).split(".")[1])
        return operation(*args, **(kwargs or {}))


def really_run(function, *args):
    with Doorkeeper() as door:
        function(*args)
    return door.names


def hurried(x):
    average = x.exp().mean()  # never used
    return (x.exp() + 1).log() * (x.exp() + 1).log() * 2


numbers = torch.tensor([0.5, -1.0])
print(really_run(hurried, numbers))
assert really_run(hurried, numbers).count("exp") == 3
assert "mean" in really_run(hurried, numbers)

# %% [markdown] rows=["S05.3"]
# Eager torch does what it is told, one line after the other. It *cannot* leave out the mean: when it comes by, nobody knows yet that it will not be used. On a plan one can see that. `num_users` and `users` tell who needs a node:

# %% rows=["S05.3"]
plan = fx.symbolic_trace(hurried)
print(
    "needed by nobody:",
    [n.name for n in plan.graph.nodes if not n.users and n.op != "output"],
)
plan.graph.eliminate_dead_code()  # takes out the mean, and then the exp that only it needed
plan.recompile()  # write the code anew, from the changed graph
print(really_run(plan, numbers))
assert really_run(plan, numbers).count("exp") == 2
assert torch.equal(plan(numbers), hurried(numbers))

# %% [markdown] rows=["S05.3"]
# You can change a plan yourself. Here is a **pass**, a function that walks over all nodes: it turns every `something * 2` into `something + something`. It makes a new node beside the old one, sends all users of the old one there, and takes the old one out.


# %% rows=["S05.3"]
def add_for_double(plan):
    for node in list(
        plan.graph.nodes
    ):  # a copy of the list: we change the graph on the way
        if node.target is operator.mul and node.args[1] == 2:
            with plan.graph.inserting_before(node):
                twice_as_sum = plan.graph.call_function(operator.add, (node.args[0],) * 2)
            node.replace_all_uses_with(twice_as_sum)
            plan.graph.erase_node(node)
    plan.recompile()
    return plan


summed = add_for_double(fx.symbolic_trace(glow))
print(summed.code.strip())
assert really_run(summed, numbers) == ["add", "add", "relu"]
assert torch.equal(summed(numbers), glow(numbers))

# %% [markdown] rows=["S05.3"]
# ### Exercise 5.12 · Do nothing twice
# ●●●○ · 12 minutes · 3 points
#
# `hurried` calculates `(x.exp() + 1).log()` twice. Write the pass that every good optimiser has: `merge_twins(function)`. Make the plan of the function. Walk over its nodes from top to bottom. If a node does **the same, with the same arguments,** as one before it, send its users to
# the earlier one and erase it. Return the plan, recompiled. Two nodes are twins when `op`, `target`, `args` and `kwargs` agree. (We assume that nothing is random or in place. What nobody needs stays in: that is another pass.) A Python dict from that key to the first such node does it.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "merge_twins"}
def merge_twins(function):
    """A plan of the function in which nothing is calculated twice.

    function: tensors → tensor, without control flow on numbers.
    Returns: fx.GraphModule.
    """
    ### BEGIN SOLUTION
    plan, first = fx.symbolic_trace(function), {}
    for node in list(plan.graph.nodes):
        key = (node.op, node.target, node.args, node.kwargs)
        if key in first:
            node.replace_all_uses_with(first[key])
            plan.graph.erase_node(node)
        else:
            first[key] = node
    plan.recompile()
    return plan
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_merge_twins", "points": 3}
def three_exps(x):
    return x.exp() + x.exp() * x.exp()


def no_twins(x):
    return x.sin() + (x * 2).sin() + (x * 3).sum(dim=0) + (x * 3).sum(dim=1)


def run_merged(merge_twins, function, x):
    """The value that the merged plan gives, and what really runs in it."""
    merged = merge_twins(function)
    return merged(x), really_run(merged, x)


square = torch.tensor([[0.0, 1.0], [0.5, 2.0]])
check(merge_twins, three_exps).satisfies(
    lambda plan: isinstance(plan, fx.GraphModule), "the result is a plan, an fx.GraphModule"
)
check(run_merged, merge_twins, three_exps, square).gives(
    (three_exps(square), ["exp", "mul", "add"])
)
check(run_merged, merge_twins, no_twins, square).gives(
    (no_twins(square), ["sin", "mul", "sin", "add", "mul", "sum", "add", "sum", "add"])
)
check(run_merged, merge_twins, hurried, square).gives(
    (hurried(square), ["exp", "mean", "add", "log", "mul", "mul"])
)
solved(merge_twins)


### BEGIN HIDDEN TESTS
def _deep_twins(x):
    return ((x + 1).tanh() @ (x + 1).tanh()).t() + ((x + 1).tanh() @ (x + 1).tanh()).t()


def _half_twins(x, y):
    return torch.add(x, y, alpha=2) * torch.add(x, y, alpha=3) * torch.add(x, y, alpha=2)


_x, _y = fresh.floats(3, 3), fresh.floats(3, 3)
check(run_merged, merge_twins, _deep_twins, _x).gives(
    (_deep_twins(_x), ["add", "tanh", "mm", "t", "add"])
)
_plan = merge_twins(_half_twins)
assert torch.equal(_plan(_x, _y), _half_twins(_x, _y))
assert really_run(_plan, _x, _y) == ["add", "add", "mul", "mul"]
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the key</summary>For each node: <code>key = (node.op, node.target, node.args, node.kwargs)</code>. In <code>args</code> stand the nodes themselves, so equal arguments means: the same nodes.</details>
# <details><summary>Hint 2: twins of twins</summary>Go from top to bottom, and send the users over <em>at once</em>. Then the arguments of the later nodes have already been changed, and their twins are found too.</details>
# <details><summary>Hint 3: nearly there</summary>If <code>key in first</code>: <code>node.replace_all_uses_with(first[key])</code>, then <code>plan.graph.erase_node(node)</code>; else <code>first[key] = node</code>. After the loop <code>plan.recompile()</code>, and return the plan.</details>

# %% id="use-merge-twins" rows=["S05.3"]
try:
    lean = merge_twins(hurried)
    lean.graph.eliminate_dead_code()
    lean.recompile()
    many_numbers = torch.randn(300_000)
    for name, function in (
        ("as it was written", hurried),
        ("merged, nothing unused", lean),
    ):
        took = []
        for _ in range(5):
            began = time.perf_counter()
            function(many_numbers)
            took.append(time.perf_counter() - began)
        count = len(really_run(function, many_numbers))
        print(f"{name:23} {count} operations, {1000 * min(took):5.1f} ms")
except NotImplementedError:
    print("First write merge_twins above; then run this cell again.")

# %% [markdown] rows=["S05.3"]
# That is the whole case for static graphs: *who sees all of it can improve all of it*. Real optimisers do more of the same kind: they melt ten small operations into one, and plan the memory.
#
# And the case against? You saw two: frozen Python, and refusals. Here is a third. When something goes wrong, where does the error point?


# %% rows=["S05.3"]
def faulty(x):
    doubled = x * 2
    return doubled @ doubled


def lines_in_traceback(function):
    try:
        with contextlib.redirect_stderr(
            io.StringIO()
        ):  # fx prints a long report of its own
            function(torch.ones(2, 3))
    except RuntimeError as error:
        return [step.line for step in traceback.extract_tb(error.__traceback__)]
    raise AssertionError("it worked")


mine = [line for line in lines_in_traceback(faulty) if "doubled @" in line]
of_plan = [
    line for line in lines_in_traceback(fx.symbolic_trace(faulty)) if "doubled @" in line
]
print("eager shows your line:", mine, "  the plan shows:", of_plan)
assert mine == ["return doubled @ doubled"] and of_plan == []

# %% [markdown] rows=["S05.3", "S05.4"]
# In a dynamic graph the error comes from *your* line, at the moment it runs; you can put a `print` or a breakpoint there. In a plan your line runs no more.

# %% [markdown] rows=["S05.3"]
# ## 8 · Both: compile and export
#
# Can one have the freedom of Python and the eyes of a plan? **`torch.compile`** tries. It watches your function run, cuts out the stretches that are pure tensor work, and hands each of them as a plan to a **backend**. A backend is a function: it gets a plan (a `GraphModule`) and gives back something to call in its place. Ours improves nothing; it only looks.


# %% rows=["S05.3"]
def show_plan(plan, example_inputs):
    calls = [str(node.name) for node in plan.graph.nodes if node.op.startswith("call")]
    print(f"    a plan arrives, with {', '.join(calls)}")
    return plan.forward


torch._dynamo.reset()  # forget what was compiled before
quick_glow = torch.compile(glow, backend=show_plan)
for numbers in (torch.ones(3), torch.ones(3), torch.ones(3, dtype=torch.float64)):
    print(f"call with {tuple(numbers.shape)}, {numbers.dtype}")
    assert torch.equal(quick_glow(numbers), glow(numbers))

# %% [markdown] rows=["S05.3"]
# The first call made a plan. The second one used it again. The third has another dtype: the plan was made for float32, a **guard** at its door noticed, and a new plan was made. (A **recompile**. It costs time, so one counts them.)
#
# Now with an `if` on numbers. `fx` refused it. What will happen here? `CompileCounter` is a backend of torch's own tests that counts plans.

# %% id="predict-break"
from torch._dynamo.testing import CompileCounter


def plans_for_bend(*starts):
    torch._dynamo.reset()
    counter = CompileCounter()
    quick_bend = torch.compile(bend, backend=counter)
    for start in starts:
        quick_bend(torch.tensor([start, start]))
    return counter.frame_count


predict(
    "bend asks x.sum() > 0 and takes one of two branches. It is called once, with positive "
    "numbers. How many plans? ('error' if it is refused.)",
    mine=...,
    truth=lambda: plans_for_bend(1.0),
)

# %% rows=["S05.3", "S05.4"]
assert plans_for_bend(1.0) == 2
assert plans_for_bend(1.0, 2.0) == 2
assert plans_for_bend(1.0, -1.0) == 3
assert plans_for_bend(1.0, -1.0, 5.0, -7.0) == 3

torch._dynamo.reset()
quick_bend = torch.compile(bend, backend=show_plan)
for start in (1.0, -1.0, 5.0):
    print(f"call with {start}")
    quick_bend(torch.tensor([start, start]))

# %% [markdown] rows=["S05.3", "S05.4"]
# Two: one up to the question, one for the branch after it. Between them Python answers the `if`, as always. This is a **graph break**. When the other branch is needed for the first time, its plan is made too, and that is all: three plans serve every input.
#
# If you want one plan or none, say `fullgraph=True`. Then it tells you where and why it would break:

# %% rows=["S05.3", "S05.4"]
torch._dynamo.reset()
try:
    torch.compile(bend, backend="eager", fullgraph=True)(torch.ones(2))
    raise AssertionError("torch made a plan")
except torch._dynamo.exc.Unsupported as error:
    print("\n".join(str(error).splitlines()[:6]))
    assert "Data-dependent branching" in str(error) and "x.sum() > 0" in str(error)

# %% [markdown] rows=["S05.3"]
# The first line names the reason, and further down stands your own line of code.
#
# ### Exercise 5.13 · How many plans?
# ●●○○ · 7 minutes · 2 points
#
# Compiled programs are slow when they compile all the time. So measure it. Write `count_plans(function, inputs)`: compile the function with a **backend of your own** that counts, call it with each of the inputs, and return the number of plans that were made. Begin with `torch._dynamo.reset()`, so
# that nothing is left from before. What the compiled function gives must stay right.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "count_plans"}
def count_plans(function, inputs):
    """How many plans torch.compile makes for these inputs.

    function: tensor → tensor; inputs: list of tensors.
    Returns: int.
    """
    ### BEGIN SOLUTION
    torch._dynamo.reset()
    plans = []

    def keep(plan, example_inputs):
        plans.append(plan)
        return plan.forward

    compiled = torch.compile(function, backend=keep)
    for value in inputs:
        compiled(value)
    return len(plans)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_count_plans", "points": 2}
up_twice = [torch.tensor([1.0, 1.0]), torch.tensor([2.0, 2.0])]
up_and_down = [
    torch.tensor([1.0, 1.0]),
    torch.tensor([-1.0, 3.0]),
    torch.tensor([-9.0, 1.0]),
]
two_dtypes = [torch.ones(2), torch.ones(2, dtype=torch.float64), torch.ones(2)]
check(count_plans, glow, up_twice).gives(1)
check(count_plans, bend, up_and_down).gives(3)
check(count_plans, glow, two_dtypes).gives(2)
check(count_plans, glow, [torch.ones(n) for n in (3, 4, 5, 6)]).gives(2)
solved(count_plans)
### BEGIN HIDDEN TESTS
_one, _two = fresh.floats(4).abs() + 0.5, -fresh.floats(4).abs() - 0.5
check(count_plans, bend, [_one]).gives(2)
check(count_plans, bend, [_two, _two * 2]).gives(2)
check(count_plans, bend, [_two, _one, _two]).gives(3)
check(
    count_plans,
    plus_one,
    [_one.to(_d) for _d in (torch.float32, torch.float64, torch.int64)],
).gives(3)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a backend</summary>A function with two parameters, the plan and example inputs. It is called once for each plan that is made, and returns what shall be called in the plan's place: <code>plan.forward</code>.</details>
# <details><summary>Hint 2: count there</summary>Append each plan to a list inside the backend. (A plain number would need <code>nonlocal</code>.) Compile <em>once</em>, outside the loop over the inputs.</details>
# <details><summary>Hint 3: nearly there</summary><code>compiled = torch.compile(function, backend=keep)</code>, then <code>compiled(value)</code> for each value; return the length of the list.</details>

# %% [markdown] rows=["S05.3", "S05.4"]
# The last example is worth a look. Four lengths, two plans. When the second length came, torch did not plan for 4 only: it concluded that the length changes, and made a plan for *any* length.
#
# ### A plan to take away
#
# **`torch.export`** goes all the way: one whole plan, that runs without your Python code (on a phone, in a C++ program). It takes a module ([chapter 07](../07_modules/07_modules.ipynb); here a box around a function) and one example input.


# %% rows=["S05.3"]
class Box(torch.nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


exported = torch.export.export(Box(glow), (torch.ones(3),))
print(exported.graph)
calls = [str(n.target) for n in exported.graph.nodes if n.op == "call_function"]
assert calls == ["aten.mul.Tensor", "aten.add.Tensor", "aten.relu.default"]
runs = exported.module()
assert torch.equal(runs(numbers.float()), glow(numbers.float()))

# %% [markdown] rows=["S05.3"]
# `aten` is the name of torch's machine room: this plan speaks of its operations, and of no Python function any more. The price is strictness. It holds for the shape that it has seen, unless you say that a size may vary (`dynamic_shapes`). And an `if` on numbers is refused, this time with a long explanation:

# %% rows=["S05.3", "S05.4"]
try:
    runs(torch.ones(4))
    raise AssertionError("any length was accepted")
except AssertionError as error:
    print("another length:", error)
    assert "Guard failed" in str(error)

length = torch.export.Dim("length")
any_length = torch.export.export(Box(glow), (torch.ones(3),), dynamic_shapes=({0: length},))
assert any_length.module()(torch.ones(7)).shape == (7,)

for strict in (False, True):
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            torch.export.export(Box(bend), (torch.ones(3),), strict=strict)
        raise AssertionError("torch exported it")
    except RuntimeError as error:
        print(f"strict={strict}: {str(error).splitlines()[0][:60]} …")
        assert "if x.sum() > 0" in str(error)  # it points at your line

# %% [markdown] rows=["S05.3", "S05.4"]
# The way out is **`torch.cond`**: *both* branches go into the plan, as two small plans, and the numbers choose when it runs.


# %% rows=["S05.3", "S05.4"]
def planned_bend(x):
    return torch.cond(x.sum() > 0, torch.sin, lambda x: (x * 3).exp().tanh(), (x,))


both_ways = torch.export.export(Box(planned_bend), (torch.ones(2),))
for node in both_ways.graph.nodes:
    print(f"{node.name:15} {node.target}")
for part in ("true_graph_0", "false_graph_0"):
    branch = getattr(both_ways.graph_module, part).graph
    print(part, [str(n.target) for n in branch.nodes if n.op == "call_function"])

assert "cond" in [node.name for node in both_ways.graph.nodes]
for start in (torch.tensor([2.0, -1.0]), torch.tensor([-2.0, -1.0])):
    torch.testing.assert_close(both_ways.module()(start), bend(start))

# %% [markdown] rows=["S05.3", "S05.4"]
# ### What do they cost?
#
# A dynamic graph is built anew in every run, even if it looks the same every time. A plan is made once, and making it takes long. Here is a calculation of 200 operations. (The backend `"eager"` improves nothing, so this is the price of planning alone. torch's own backend, `"inductor"`, writes fast machine code of the plan; it needs a C++ compiler.)


# %% rows=["S05.3"]
def many_waves(x):
    for _ in range(100):
        x = (x * 0.99).sin()
    return x.sum()


def seconds(act):
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


leaf = torch.ones(4, requires_grad=True)
one_run, other_run = many_waves(leaf), many_waves(leaf)
shared = nodes_of(one_run) & nodes_of(other_run)
print("nodes of each run:", len(nodes_of(one_run)), "  shared by both runs:", len(shared))
assert len(nodes_of(one_run)) == 202
assert [node.variable is leaf for node in shared] == [True]  # only the letter box

torch._dynamo.reset()
counter = CompileCounter()
quick_waves = torch.compile(many_waves, backend=counter)
first_call = seconds(lambda: quick_waves(leaf))
later_call = min(seconds(lambda: quick_waves(leaf)) for _ in range(5))
eager_call = min(seconds(lambda: many_waves(leaf)) for _ in range(5))
print(
    f"eager {1000 * eager_call:.1f} ms; compiled: first call {1000 * first_call:.0f} ms, ",
    end="",
)
print(f"later {1000 * later_call:.1f} ms, {counter.op_count} operations in the plan")
assert counter.frame_count == 1 and counter.op_count == 201 and first_call > later_call

# %% [markdown] rows=["S05.3", "S05.4"]
# The `for` of 100 rounds is gone from the plan: it was unrolled, 200 operations in a row. That was possible because 100 is no question about numbers in a tensor.
#
# So this is the bargain, and you have measured each line of it:
#
# | | dynamic: eager torch | static: a plan |
# |---|---|---|
# | `if`, `while`, lists of any length | works; only what happened is recorded | refused, broken up, or rewritten (`where`, `cond`) |
# | a Python variable changes | seen in the next run | frozen in |
# | unused or doubled work | is done | can be taken out |
# | the cost of the graph | a little, in every run | a lot, once |
# | other shapes and dtypes | no matter | a new plan, or a guard that says no |
# | an error | points at your line, with your numbers | points into written code |
# | runs without Python | no | yes, once exported |
#
# torch begins dynamic, and lets you ask for plans where they pay. That is the usual way to work: write and debug eagerly, compile when it runs.

# %% [markdown] rows=["S05.1", "S05.4", "S05.3"]
# ## 9 · Tell it in words
#
# Three programs work through 40 rounds. After each round we count the nodes in the graph of their result.


# %% rows=["S05.1", "S05.4", "S05.3"]
def program_a(state, x):
    return (weight * x).sum().tanh()


def program_b(state, x):
    return (0.9 * state + (weight * x).sum()).tanh()


def program_c(state, x):
    y = (weight * x).sum()
    while y.abs() > 0.02:
        y = y * 0.85
    return y


torch.manual_seed(1)
rounds = torch.randn(40, 3)
fig, ax = plt.subplots(figsize=(6, 3.4))
node_counts = {}
for program, style in ((program_a, "-o"), (program_b, "-s"), (program_c, "-^")):
    state, counts = torch.zeros(()), []
    for x in rounds:
        state = program(state, x)
        counts.append(len(nodes_of(state)))
    node_counts[program.__name__] = counts
    ax.plot(range(1, 41), counts, style, markersize=4, label=program.__name__)
ax.set(xlabel="round", ylabel="nodes in the graph", title="Three programs")
ax.legend()
plt.show()
assert len(set(node_counts["program_a"])) == 1
assert node_counts["program_b"][-1] > 4 * 30
assert len(set(node_counts["program_c"])) > 5 and max(node_counts["program_c"]) < 60

# %% [markdown] rows=["S05.1", "S05.4", "S05.3"]
# ### Exercise 5.14 · Three curves
# ●●○○ · 10 minutes · 3 points
#
# *A person reads this answer.* In the cell below, write six to ten sentences. Why does each curve look as it does? What happens to each program in a training of a million rounds? One of them has to be changed: what would you write, where, and what would the graph of a result then no longer know? And which of the three functions could
# `fx.symbolic_trace` plan, which not, and why?

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "explain_growth", "points": 3}
# ### BEGIN SOLUTION
# A full answer says: A makes a new graph of the same few operations in every round; the old one is freed as soon as state gets its new value, so the curve is flat. B uses its last state, and in its graph hangs the whole graph of the round before, and so on: the curve rises by the same amount in
# every round. C makes as many halvings as the numbers of this round demand, so it jumps up and down, but nothing is carried over. After a million rounds A and C still need as little memory as now; B holds a million rounds with all saved tensors and runs out of memory long before, and backward takes ever longer.
# B is cured by state = state.detach() at the start of a round (or every so many rounds): the value goes on, the history does not. The graph then no longer knows how the result depends on what weight did in earlier rounds, so the slopes are those of the last stretch only. (no_grad around everything would cut too much: then weight learns nothing.)
# fx can plan A and B: the state comes in as one more input, and no question is asked about numbers. C has a while that asks for a number; the stand-in has none, so a TraceError comes.
#
# Points: 1 for the three shapes and their reasons, 1 for the cure of B and its price, 1 for which can be planned and why.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - A computation graph is the receipt of a run: nodes are operations, edges say whose result went where, never in a circle. You make leaves; operations make everything else.
# - `grad_fn` is the last node, `next_functions` lead back, `AccumulateGrad` is the letter box of a leaf. `None` is a door that leads nowhere. Where ways meet, remember which nodes you have seen.
# - One input that requires grad is enough. Whole numbers, True and False, `detach`, `no_grad`, `item` and `tolist` cut. A new `requires_grad=True` on the result mends nothing.
# - Slopes of computed tensors are never stored, unless you called `retain_grad()` before.
# - Graphs keep tensors alive. Add `loss.item()`, not `loss`. Use a trained network inside `no_grad`.
# - torch's graphs are dynamic: other data, another loop, another graph. A static graph is a plan made before: it can be improved, and it cannot ask for numbers.
#
# | I want | I write |
# |---|---|
# | what made this tensor | `y.grad_fn.name()` |
# | the nodes before it | `y.grad_fn.next_functions` |
# | the leaf of a letter box | `node.variable` |
# | the place of a tensor in its graph | `torch.autograd.graph.get_gradient_edge(x)` |
# | the slope in the middle | `middle.retain_grad()` before `backward` |
# | to see it go past | `middle.register_hook(function)` |
# | what an operation saved | `node._saved_self`, `node._saved_result`, … |
# | to watch all saved tensors | `saved_tensors_hooks(put_in, take_out)` |
# | a value to log | `loss.item()` |
# | the value, without its history | `state.detach()` |
# | a plan | `torch.fx.symbolic_trace(f)`; `.graph`, `.code` |
# | plans where possible, Python between | `torch.compile(f, backend=…)`; `fullgraph=True` to insist |
# | one plan to take away | `torch.export.export(module, (example,))` |
# | an `if` on numbers in a plan | `torch.where`, `torch.cond` |
#
# Next: [chapter 06](../06_autograd/06_autograd.ipynb), where slopes travel back through these graphs.

# %% [markdown]
# ### Exercise 5.15 · Quiz
# ●○○○ · 5 minutes · 3 points
#
# One letter for each question.
#
# **q1** `boxes = torch.tensor(3.0)`. `boxes.is_leaf` is
# - (a) True, though it has no part in any graph
# - (b) False, because it does not require grad
# - (c) True only after it was used with a tensor that requires grad
#
# **q2** `y = x * 2; z = y.sum(); z.backward(); print(y.grad)` prints
# - (a) the slopes at `y`
# - (b) `None`, and a warning
# - (c) zeros, because they were released
#
# **q3** The memory grows with every round of your training. First you look for
# - (a) a `+=` or `append` of a loss without `.item()`
# - (b) a missing `requires_grad=True`
# - (c) too many hooks on leaves
#
# **q4** `torch.tensor(loss_value, requires_grad=True).backward()` runs without an error. That shows
# - (a) that the weights got their slopes
# - (b) nothing: this is a new leaf, alone in its graph
# - (c) that `loss_value` had a graph
#
# **q5** A function contains `if x.max() > 1:`. Which graph does eager torch record?
# - (a) both branches, and the question
# - (b) both branches, without the question
# - (c) the branch that was taken, without the question
#
# **q6** “Symbolically traced variables cannot be used as inputs to control flow” means
# - (a) you used an operation that works in place
# - (b) an `if` or `while` asks for a number that the stand-in does not have
# - (c) the input needs `requires_grad=True`
#
# **q7** `torch.compile` meets an `if` on numbers. Without `fullgraph=True`
# - (a) it raises an error
# - (b) it makes plans before and after it, and lets Python decide in between
# - (c) it always takes the branch of the first call

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": "", "q7": ""}
### BEGIN SOLUTION
answers = {"q1": "a", "q2": "b", "q3": "a", "q4": "b", "q5": "c", "q6": "b", "q7": "b"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 3}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "a",
    "q2": "b",
    "q3": "a",
    "q4": "b",
    "q5": "c",
    "q6": "b",
    "q7": "b",
}
### END HIDDEN TESTS

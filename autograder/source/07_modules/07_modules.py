# ---
# jupyter:
#   course:
#     title: "nn.Module: layers that look after their own weights"
#     minutes: 150
#     needs:
#       - "01 tensors: shapes, matrix products"
#       - "06 autograd: backward, gradients that add up, no_grad, detach"
#     objectives:
#       - "Write a network as a class and as nn.Sequential, and say what its parameters, buffers and names are"
#       - "Recognise a layer that torch does not see, and one that never learns"
#       - "Choose between nn.Xxx and nn.functional.xxx, and write a layer of your own"
#       - "Give a network good first weights, and let two places share one weight"
#       - "Use train() and eval() on purpose, and know what Dropout and BatchNorm do in both"
#       - "Write the same training as a plain loop and with Lightning"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 07 · nn.Module: layers that look after their own weights
#
# **After this chapter you can**
# - write a network as a class and as `nn.Sequential`, and say what its parameters, buffers and names are;
# - recognise a layer that torch does not see, and one that never learns;
# - choose between `nn.Xxx` and `nn.functional.xxx`, and write a layer of your own;
# - give a network good first weights, and let two places share one weight;
# - use `train()` and `eval()` on purpose, and know what Dropout and BatchNorm do in both;
# - write the same training as a plain loop and with Lightning.
#
# **Time:** about two and a half hours, with 15 exercises and a quiz. After section 5 is a good place for a break.
# **Before this:** [chapter 01](../01_tensors/01_tensors.ipynb) (tensors) and [chapter 06](../06_autograd/06_autograd.ipynb) (autograd).
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the dots *before* you run the
# cell.

# %% id="setup"
import copy
import logging
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import (
    best_device,
    check,
    check_quiz,
    compare_graphs,
    fresh,
    load_digits,
    predict,
    record,
    show_graph,
    solved,
)

# Our tensors are tiny: several threads would spend their time waiting for each other.
torch.set_num_threads(1)

# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.

# %% id="recall-matmul"
predict(
    "x has the shape (5, 3), w has the shape (2, 3). Which shape has x @ w.t()? Write a tuple.",
    mine=...,
    truth=lambda: tuple((torch.zeros(5, 3) @ torch.zeros(2, 3).t()).shape),
)


# %% id="recall-twice"
def used_twice():
    w = torch.tensor(2.0, requires_grad=True)
    (3 * w + 10 * w).backward()
    return w.grad.item()


predict(
    "w is used in two places: (3 * w + 10 * w).backward(). What is w.grad?",
    mine=...,
    truth=used_twice,
)


# %% id="recall-data"
def through_data():
    w = torch.tensor(2.0, requires_grad=True)
    (w * w.data).backward()
    return w.grad.item()


predict(
    "w is 2, and (w * w.data).backward(). What is w.grad?",
    mine=...,
    truth=through_data,
)

# %% [markdown] rows=["S07.1", "S07.2"]
# ## 1 · A box with drawers
#
# In [chapter 06](../06_autograd/06_autograd.ipynb) you held every weight in your own hand. You made it, set `requires_grad`, moved it, cleared its gradient. For a line with two weights that is
# fine. A small network that reads digits has some thousands.
#
# A **layer** is a box with drawers. You put numbers in at the top, and other numbers come out below. Its weights lie in the drawers. The box knows each drawer by its name, and can show
# you all of them. In torch such a box is an `nn.Module`, and the most common one is `nn.Linear(inputs, outputs)`.

# %% rows=["S07.1", "S07.2"]
torch.manual_seed(0)
layer = nn.Linear(3, 2)  # takes rows of 3 numbers, gives rows of 2

for name, p in layer.named_parameters():
    print(f"{name:7} {type(p).__name__}  {tuple(p.shape)}")
assert isinstance(layer, nn.Module)
assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
assert all(isinstance(p, nn.Parameter) and p.requires_grad for p in layer.parameters())

x = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 1.0]])
y = layer(x)
torch.testing.assert_close(y, x @ layer.weight.t() + layer.bias)
print(y)

# %% [markdown] rows=["S07.1"]
# So that is all a linear layer does: a matrix product, plus a bias. The weight has the shape **(outputs, inputs)**: one row of weights for each number that comes out. That is why the formula turns it round
# with `.t()`.
#
# Rows may lie in piles. A linear layer looks at the last dim only:

# %% id="predict-last-dim"
predict(
    "nn.Linear(3, 2) gets a tensor of the shape (4, 5, 3). Which shape comes out? Write a tuple.",
    mine=...,
    truth=lambda: tuple(nn.Linear(3, 2)(torch.zeros(4, 5, 3)).shape),
)

# %% rows=["S07.1"]
pile = torch.randn(4, 5, 3)
assert layer(pile).shape == (4, 5, 2)
torch.testing.assert_close(layer(pile)[3, 1], layer(pile[3, 1]))  # each row by itself
print(tuple(pile.shape), "→", tuple(layer(pile).shape))

# %% [markdown] rows=["S07.2"]
# What lies in a drawer is an **`nn.Parameter`**: a tensor that requires grad, and is a leaf. You know everything else about it already. `backward` writes into its `.grad`.

# %% rows=["S07.2"]
w = layer.weight
assert isinstance(w, torch.Tensor) and w.is_leaf and w.grad is None

layer(x).sum().backward()
print("numbers ", w.data)
print("gradient", w.grad)
assert torch.equal(w.grad, x.sum(dim=0).expand(2, 3))

layer.zero_grad()  # clears them all at once
assert all(p.grad is None for p in layer.parameters())

# %% [markdown] rows=["S07.2"]
# There are three ways to ask for everything:
#
# - `parameters()` gives the parameters. An optimizer wants these.
# - `named_parameters()` gives them with their names.
# - `state_dict()` gives a dict, name → numbers, without a graph. A file wants this ([chapter 11](../11_checkpoints/11_checkpoints.ipynb)).

# %% rows=["S07.2"]
state = layer.state_dict()
print(state)
assert list(state) == ["weight", "bias"]
assert not state["weight"].requires_grad and state["weight"].grad_fn is None
assert state["weight"].data_ptr() == layer.weight.data_ptr()  # no copy: the same memory

# %% [markdown] rows=["S07.2"]
# ### Exercise 7.1 · What will learn?
# ●○○○ · 4 minutes · 1 point
#
# You have found a large network on the internet. You want to train a small part of it, and have **frozen** the rest with `requires_grad_(False)`. Did you catch the right part? Write `what_learns(model)`. It counts *numbers*, not tensors: how
# many of the parameters' numbers can learn, and how many are frozen.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "what_learns"}
def what_learns(model):
    """How many numbers learn, and how many are frozen.

    model: a module.
    Returns: tuple (learning, frozen) of two ints.
    """
    ### BEGIN SOLUTION
    learning = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return learning, sum(p.numel() for p in model.parameters()) - learning
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_what_learns", "points": 1}
half = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
half[0].requires_grad_(False)
check(what_learns, half).gives((18, 16))
check(what_learns, nn.Linear(3, 2)).gives((8, 0))

same_twice = nn.Linear(2, 2)
check(what_learns, nn.Sequential(same_twice, nn.ReLU(), same_twice)).gives((6, 0))
check(what_learns, nn.ReLU()).gives((0, 0))
solved(what_learns)
### BEGIN HIDDEN TESTS
for _ in range(4):
    _a, _b, _c = fresh.shape(3, 1, 6)
    _model = nn.Sequential(
        nn.Linear(_a, _b), nn.Sequential(nn.Linear(_b, _c, bias=False), nn.BatchNorm1d(_c))
    )
    _model[0].bias.requires_grad_(False)
    _model[1][1].requires_grad_(False)
    check(what_learns, _model).gives((_a * _b + _b * _c, _b + 2 * _c))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one tensor</summary><code>p.numel()</code> counts the numbers of one parameter.</details>
# <details><summary>Hint 2: all of them</summary><code>model.parameters()</code> goes through all boxes inside, and gives each parameter once.</details>
# <details><summary>Hint 3: nearly there</summary><code>sum(p.numel() for p in model.parameters() if p.requires_grad)</code> is the first number.</details>

# %% [markdown] rows=["S07.1"]
# ## 2 · Boxes in boxes
#
# A network is a box too. Its drawers hold other boxes. Some of them have nothing in them at all: `nn.ReLU` (below zero becomes zero) has no weights, and yet it is a module.
#
# There are two ways to build one. **`nn.Sequential`** is a row: what comes out of one box goes into the next.

# %% rows=["S07.1"]
torch.manual_seed(1)
in_a_row = nn.Sequential(
    nn.Linear(3, 4),
    nn.ReLU(),
    nn.Linear(4, 2),
)
print(in_a_row)
print([name for name, _ in in_a_row.named_parameters()])
assert [name for name, _ in in_a_row.named_parameters()] == [
    "0.weight",
    "0.bias",
    "2.weight",
    "2.bias",
]
assert isinstance(in_a_row[2], nn.Linear)  # counted like a list

# %% [markdown] rows=["S07.1"]
# A name is the way to the drawer, with dots: box 2, drawer `weight`. (What has become of box 1? It is the ReLU.)
#
# The other way is **a class of your own**. You write two methods. `__init__` makes the boxes and puts them into `self`. `forward` says what happens to the numbers.


# %% rows=["S07.1"]
class SmallNet(nn.Module):
    def __init__(self, inputs, hidden, outputs):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.output = nn.Linear(hidden, outputs)

    def forward(self, x):
        return self.output(F.relu(self.hidden(x)))


net = SmallNet(3, 4, 2)
print([name for name, _ in net.named_parameters()])

# Give it the same numbers, and it gives the same answers.
net.hidden.load_state_dict(in_a_row[0].state_dict())
net.output.load_state_dict(in_a_row[2].state_dict())
x = torch.tensor([[1.0, -2.0, 0.5]])
assert torch.equal(net(x), in_a_row(x))
assert issubclass(nn.Sequential, nn.Module) and issubclass(SmallNet, nn.Module)

# %% [markdown] rows=["S07.1"]
# Which one? A row is enough when the numbers really go in a row. As soon as they take two ways, or you want to give names, write a class.
#
# Here is the class at work. Each module has a frame in the picture. The **−** beside its name folds it, and *fold* at the top folds them all. Folded, you see what `forward` says: hidden, relu,
# output. Unfolded, you see what the layers do.

# %% rows=["S07.1"]
with record() as tape:
    y = net(x)
    loss = (y**2).mean()
    loss.backward()

assert net.hidden.weight.grad.shape == net.hidden.weight.shape
show_graph(tape)

# %% [markdown] rows=["E31"]
# ### Claim check: `super.__init__()`
#
# The first line of `__init__` sets up the drawers: it runs the `__init__` of `nn.Module`. Some texts write it without the brackets after `super`. Others forget it. Two small classes:


# %% rows=["E31"]
class NoBrackets(nn.Module):
    def __init__(self):
        super.__init__()
        self.fc = nn.Linear(3, 2)


class Forgotten(nn.Module):
    def __init__(self):
        self.fc = nn.Linear(3, 2)


# %% id="predict-e31"
predict(
    "Forgotten() has no line with super. What happens? Write 'fine' or 'error'.",
    mine=...,
    truth=Forgotten,
)

# %% rows=["E31"]
for broken, words in (
    (NoBrackets, "'super' object needs"),
    (Forgotten, "before Module.__init__"),
):
    try:
        broken()
        raise AssertionError("torch accepted this")
    except (TypeError, AttributeError) as error:
        print(f"{broken.__name__:11} {type(error).__name__}: {error}")
        assert words in str(error)

# %% [markdown] rows=["E31", "E02"]
# The first message is Python's. `super` alone is a class; `super()` makes the thing that you mean. The second is torch's, and says it well: as yet there are no drawers to put a layer into.
#
# ### Claim check: `torch.nn.Module.Linear` and `torch.nn.function.relu`
#
# These names stand in a text about torch. Do they exist?

# %% id="predict-e02"
predict(
    "Is there a torch.nn.Module.Linear? True or False",
    mine=...,
    truth=lambda: hasattr(torch.nn.Module, "Linear"),
)

# %% rows=["E02"]
for parent, name in ((nn.Module, "Linear"), (nn, "function")):
    try:
        getattr(parent, name)
        raise AssertionError(f"{name} exists")
    except AttributeError as error:
        print(error)

assert torch.nn.Linear is nn.Linear  # the layers live in torch.nn …
assert torch.nn.functional.relu is F.relu  # … the functions in torch.nn.functional

# %% [markdown] rows=["E02", "E31"]
# `nn.Module` is what all layers are *made of*. It is no cupboard with layers in it.
#
# ### Exercise 7.2 · One layer, three errors
# ●○○○ · 5 minutes · 2 points
#
# This little network has one linear layer, and a ReLU behind it. It has three errors. You only ever see the first: each hides the next.


# %% id="broken-one-layer" rows=["E02", "E31"]
class BrokenOneLayer(nn.Module):
    def __init__(self, in_features, out_features):
        super.__init__()
        self.fc = nn.Module.Linear(in_features, out_features)

    def forward(self, inputs):
        return nn.function.relu(self.fc(inputs))


try:
    BrokenOneLayer(3, 2)
    raise AssertionError("torch accepted this")
except TypeError as error:
    print(error)

# %% [markdown] rows=["E02", "E31"]
# Write `OneLayer`, which works. Keep the name `fc`: files with weights of such networks know it. `one_layer` below it is ready; it fills in weights and asks for an answer.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "one_layer"}
class OneLayer(nn.Module):
    """A linear layer called fc, then a ReLU: rows of in_features numbers → rows of out_features."""

    def __init__(self, in_features, out_features):
        ### BEGIN SOLUTION
        super().__init__()
        self.fc = nn.Linear(in_features, out_features)
        ### END SOLUTION

    def forward(self, inputs):
        ### BEGIN SOLUTION
        return F.relu(self.fc(inputs))
        ### END SOLUTION


def one_layer(weight, bias, x):
    """What OneLayer answers with these weights."""
    model = OneLayer(weight.shape[1], weight.shape[0])
    model.load_state_dict({"fc.weight": weight, "fc.bias": bias})
    return model(x)


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_one_layer", "points": 2}
two_rows = torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]])
check(
    one_layer, two_rows, torch.tensor([0.5, 0.25]), torch.tensor([[1.0, 1.0, 1.0]])
).gives(torch.tensor([[3.5, 0.25]]), graph=True)
check(
    one_layer,
    two_rows,
    torch.zeros(2),
    torch.tensor([[1.0, 2.0, 3.0], [-1.0, 1.0, 0.0]], requires_grad=True),
).gives(
    torch.tensor([[7.0, 0.0], [0.0, 1.0]]),
    graph=True,
    gradients={"x": torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]])},
)
solved(one_layer)
### BEGIN HIDDEN TESTS
for _in, _out, _n in ((1, 1, 1), (2, 5, 3), (4, 3, 0)):
    _w, _b = fresh.floats(_out, _in), fresh.floats(_out)
    for _x in fresh.layouts(fresh.floats(_n, _in)):
        check(one_layer, _w, _b, _x).gives((_x @ _w.t() + _b).clamp(min=0), graph=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one by one</summary>Mend the first line that fails, run again, read the next message.</details>
# <details><summary>Hint 2: where things live</summary>Layers are in <code>torch.nn</code>, functions in <code>torch.nn.functional</code>; the setup cell calls them <code>nn</code> and <code>F</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>super().__init__()</code>, <code>nn.Linear(in_features, out_features)</code>, <code>F.relu(self.fc(inputs))</code>.</details>

# %% [markdown] rows=["S07.1"]
# ### Call the module, not its `forward`
#
# You wrote `forward`, but you call `net(x)`. Is `net.forward(x)` the same? The answer is the same. But the call does more: before and after `forward` it looks whether somebody wants to know about it. Such a
# listener is called a **hook**. It is a function that gets the module, its inputs and its output. Here is one that writes down shapes:

# %% rows=["S07.1"]
listened = nn.Linear(3, 4)
seen = []


def note_shape(module, inputs, output):
    seen.append(tuple(output.shape))


handle = listened.register_forward_hook(note_shape)
listened(torch.zeros(5, 3))
seen

# %% id="predict-hook"
predict(
    "seen has one entry now. Then we call listened.forward(torch.zeros(5, 3)). "
    "How many entries has it then?",
    mine=...,
    truth=lambda: (listened.forward(torch.zeros(5, 3)), len(seen))[1],
)

# %% rows=["S07.1"]
handle.remove()  # the listener goes home
seen.clear()
with listened.register_forward_hook(note_shape):  # one that stays for this block only
    listened(torch.zeros(5, 3))
    listened.forward(torch.zeros(5, 3))  # past the hooks
assert seen == [(5, 4)]

listened(torch.zeros(5, 3))  # nobody listens any more
assert seen == [(5, 4)]
seen

# %% [markdown] rows=["S07.1"]
# Profilers, the graph pictures of this course and many other tools listen in this way. Whoever calls `forward` makes them deaf. So: always `net(x)`.
#
# ### Exercise 7.3 · Where does the shape change?
# ●●○○ · 8 minutes · 2 points
#
# “mat1 and mat2 shapes cannot be multiplied.” In a big network you then want to know which shape each box gives. Write `shapes_through(model, x)`. It runs the model once, on `x`, and returns a dict: the name of each *direct* child
# (`model.named_children()` gives them) → the shape of what it gave, as a tuple. Take hooks, for only `forward` knows in which order the children are used. Send all hooks home at the end.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "shapes_through"}
def shapes_through(model, x):
    """The shape that each direct child of a model gives.

    model: a module whose children are each called once; x: its input.
    Returns: dict, name of the child → tuple of ints.
    """
    ### BEGIN SOLUTION
    shapes, handles = {}, []
    for name, child in model.named_children():

        def listen(module, inputs, output, name=name):
            shapes[name] = tuple(output.shape)

        handles.append(child.register_forward_hook(listen))
    model(x)
    for handle in handles:
        handle.remove()
    return shapes
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_shapes_through", "points": 2}
class Detour(nn.Module):
    """Made in one order, used in another."""

    def __init__(self):
        super().__init__()
        self.narrow = nn.Linear(6, 2)
        self.wide = nn.Sequential(nn.Linear(3, 6), nn.ReLU())

    def forward(self, x):
        return self.narrow(self.wide(x)) + x[:, :2]


def shapes_then_use(model, x):
    """Ask for the shapes, then use the model for one more row: that must not change them."""
    shapes = shapes_through(model, x)
    model(torch.cat([x, x[:1]]))
    return shapes


row = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
check(shapes_through, row, torch.zeros(5, 3)).gives({"0": (5, 4), "1": (5, 4), "2": (5, 2)})
check(shapes_through, Detour(), torch.zeros(1, 3)).gives({"narrow": (1, 2), "wide": (1, 6)})
check(shapes_then_use, row, torch.zeros(5, 3)).gives(
    {"0": (5, 4), "1": (5, 4), "2": (5, 2)}
)
solved(shapes_through)
### BEGIN HIDDEN TESTS
for _ in range(3):
    _n, _a, _b = fresh.shape(3, 1, 6)
    _model = nn.Sequential(nn.Conv2d(1, _a, 3), nn.Flatten(), nn.Linear(_a * 16, _b))
    check(shapes_then_use, _model, torch.zeros(_n, 1, 6, 6)).gives(
        {"0": (_n, _a, 4, 4), "1": (_n, _a * 16), "2": (_n, _b)}
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one listener each</summary>Go through <code>model.named_children()</code> and register a hook on each child. Keep the handles in a list.</details>
# <details><summary>Hint 2: which name?</summary>A function that is made in a loop looks up <code>name</code> when it <em>runs</em>; by then the loop is over. <code>def listen(module, inputs, output, name=name)</code> keeps the name of this
# round.</details>
# <details><summary>Hint 3: nearly there</summary>In the hook: <code>shapes[name] = tuple(output.shape)</code>. Then <code>model(x)</code>, and <code>handle.remove()</code> for each handle.</details>

# %% [markdown] rows=["S07.1", "S07.2"]
# ## 3 · What a box does not see
#
# You say `self.fc = nn.Linear(3, 2)`, and the box knows about it. How? `nn.Module` looks at everything that you put into `self`. If it is a module or an `nn.Parameter`, it gets a drawer with its name. Everything else stays an ordinary
# attribute. A Python list is something else:


# %% rows=["S07.1", "S07.2"]
class Hidden(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(3, 3), nn.Linear(3, 1)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


hidden = Hidden()
print("it works:", hidden(torch.ones(1, 3)).shape)

# %% id="predict-hidden"
predict(
    "How many parameters does list(Hidden().parameters()) have? Write a number.",
    mine=...,
    truth=lambda: len(list(Hidden().parameters())),
)

# %% rows=["S07.1", "S07.2"]
assert list(hidden.parameters()) == [] and len(hidden.state_dict()) == 0
hidden.double()  # all weights to float64, please …
assert hidden.layers[0].weight.dtype == torch.float32  # … nobody heard it
try:
    torch.optim.SGD(hidden.parameters(), lr=0.1)
    raise AssertionError("torch accepted this")
except ValueError as error:
    print(error)

# The same list, with drawers:
visible = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 1)])
assert [name for name, _ in visible.named_parameters()] == [
    "0.weight",
    "0.bias",
    "1.weight",
    "1.bias",
]

# %% [markdown] rows=["S07.1"]
# The network answers, and nothing complains. But nobody can train it, save it, or move it. If one *other* layer were visible, even the optimizer would be silent, and half of the network would never learn. **`nn.ModuleList`** is a list that the box sees; `nn.ModuleDict` is the dict. Both only keep: how the numbers flow, you say in
# `forward`.
#
# ### Exercise 7.4 · A tower
# ●●○○ · 6 minutes · 2 points
#
# Somebody wants towers of any height: `widths = [3, 8, 8, 2]` is three linear layers, with a ReLU *between* them. Nothing comes behind the last one, for scores may be negative. This is what they wrote. It has two faults, and no error tells you of them.


# %% id="broken-tower"
class BrokenTower(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = []
        for inputs, outputs in zip(widths, widths[1:], strict=False):
            self.layers.append(nn.Linear(inputs, outputs))

    def forward(self, x):
        for layer in self.layers:
            x = F.relu(layer(x))
        return x


BrokenTower([3, 8, 8, 2])(torch.ones(2, 3)).shape

# %% [markdown] rows=["S07.1"]
# Write `Tower`. (The two functions below it are ready: one asks which parameters the tower shows, the other fills them with numbers and asks for an answer.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "tower"}
class Tower(nn.Module):
    """Linear layers from widths[0] to widths[1] and so on, with a ReLU between each two of them.

    widths: list of at least two ints. Takes (n, widths[0]), gives (n, widths[-1]).
    """

    def __init__(self, widths):
        ### BEGIN SOLUTION
        super().__init__()
        self.layers = nn.ModuleList()
        for inputs, outputs in zip(widths, widths[1:], strict=False):
            self.layers.append(nn.Linear(inputs, outputs))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)
        ### END SOLUTION


def tower_shapes(widths):
    """The shapes of all parameters that the tower shows."""
    return [tuple(p.shape) for p in Tower(widths).parameters()]


def tower_answer(widths, x):
    """What a tower answers whose weights go from -1 to 1 in equal steps."""
    model = Tower(widths)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
    return model(x)


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_tower", "points": 2}
check(tower_shapes, [3, 4, 2]).gives([(4, 3), (4,), (2, 4), (2,)])
check(tower_shapes, [2, 2, 2, 2]).gives([(2, 2), (2,)] * 3)
check(tower_answer, [1, 2, 2], torch.tensor([[1.0], [-2.0]])).gives(
    torch.tensor([[-5 / 3, 3.0], [-2.0, 4 / 3]]), graph=True
)
solved("tower")
### BEGIN HIDDEN TESTS
for _widths in ([2, 3], [3, 1, 4], [2, 5, 5, 5, 3]):
    _x = fresh.floats(fresh.integer(1, 4), _widths[0])
    _y = _x.double()
    for _i, (_in, _out) in enumerate(zip(_widths, _widths[1:], strict=False)):
        _y = _y.clamp(min=0) if _i else _y
        _w = torch.linspace(-1, 1, _in * _out).view(_out, _in).double()
        _y = _y @ _w.t() + torch.linspace(-1, 1, _out).double()
    check(tower_answer, _widths, _x).gives(_y.float(), graph=True, tolerance=(1e-4, 1e-4))
    check(tower_shapes, _widths).satisfies(
        lambda shapes, n=len(_widths) - 1: len(shapes) == 2 * n, "two parameters a layer"
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the first fault</summary>Which kind of list does a module see?</details>
# <details><summary>Hint 2: the second fault</summary>Go through all layers but the last with a ReLU, then through the last without one. <code>self.layers[:-1]</code> works for a ModuleList too.</details>
# <details><summary>Hint 3: nearly there</summary><code>self.layers = nn.ModuleList()</code>; in forward <code>for layer in self.layers[:-1]: x = F.relu(layer(x))</code>, then <code>return self.layers[-1](x)</code>.</details>

# %% [markdown] rows=["S07.2"]
# ### Numbers that do not learn
#
# Some numbers belong to a box and must not be trained: the mean of the data, a mask, a counter. A plain attribute would be forgotten by files, and left behind by `.to(…)`. A parameter would be changed by the optimizer. For them there is a third kind, the
# **buffer**.


# %% rows=["S07.2"]
class ThreeKinds(nn.Module):
    def __init__(self):
        super().__init__()
        self.learns = nn.Parameter(torch.zeros(1))
        self.register_buffer("kept", torch.zeros(1))
        self.plain = torch.zeros(1)


box = ThreeKinds().half().to(best_device())  # to float16, and to the best device
print("parameters:", [name for name, _ in box.named_parameters()])
print("buffers:   ", [name for name, _ in box.named_buffers()])
print("state_dict:", list(box.state_dict()))
assert list(box.state_dict()) == ["learns", "kept"]
assert len(list(box.parameters())) == 1 and not box.kept.requires_grad
assert box.learns.dtype == box.kept.dtype == torch.float16
assert box.learns.device.type == box.kept.device.type == best_device().type
assert box.plain.dtype == torch.float32 and box.plain.device.type == "cpu"  # left behind

# %% [markdown] rows=["S07.2"]
# | kind | written | in `parameters()`, learns | in `state_dict()` | moves with `.to(…)` |
# |---|---|---|---|---|
# | parameter | `self.w = nn.Parameter(…)` | yes | yes | yes |
# | buffer | `self.register_buffer("m", …)` | no | yes | yes |
# | plain attribute | `self.k = …` | no | no | no |
#
# ### Exercise 7.5 · The scale belongs to the network
# ●●○○ · 5 minutes · 2 points
#
# A network was trained on scaled data, `(x − mean) / std`. Later somebody loads it and forgets the scaling. So put it into the network, as its first layer! Write `Scaler(mean, std)`. Both are in the file with the weights, under the names `mean` and `std`, and no optimizer touches them.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "scaler"}
class Scaler(nn.Module):
    """Scales each column: (x - mean) / std.

    mean, std: float32, shape (columns,), kept as buffers. Takes and gives (n, columns).
    """

    def __init__(self, mean, std):
        ### BEGIN SOLUTION
        super().__init__()
        self.register_buffer("mean", mean.clone())
        self.register_buffer("std", std.clone())
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return (x - self.mean) / self.std
        ### END SOLUTION


def scaled(mean, std, x):
    """What a Scaler makes of x."""
    return Scaler(mean, std)(x)


def scaler_drawers(mean, std):
    """What lies in which kind of drawer."""
    made = Scaler(mean, std)
    return {
        "learn": sorted(name for name, _ in made.named_parameters()),
        "buffers": sorted(name for name, _ in made.named_buffers()),
        "in a file": {name: values.tolist() for name, values in made.state_dict().items()},
    }


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_scaler", "points": 2}
check(
    scaled, torch.tensor([1.0, 10.0]), torch.tensor([2.0, 4.0]), torch.tensor([[3.0, 10.0]])
).gives(torch.tensor([[1.0, 0.0]]))
check(scaler_drawers, torch.tensor([1.0, 10.0]), torch.tensor([2.0, 4.0])).gives(
    {
        "learn": [],
        "buffers": ["mean", "std"],
        "in a file": {"mean": [1.0, 10.0], "std": [2.0, 4.0]},
    }
)
solved("scaler")
### BEGIN HIDDEN TESTS
for _columns in (1, 3):
    _mean, _std = fresh.floats(_columns), fresh.floats(_columns).abs() + 0.5
    check(scaler_drawers, _mean, _std).satisfies(
        lambda found, m=_mean, s=_std: (
            found["learn"] == []
            and set(found["buffers"]) == {"mean", "std"}
            and found["in a file"] == {"mean": m.tolist(), "std": s.tolist()}
        ),
        "mean and std are buffers, and in the state_dict",
    )
    for _x in fresh.layouts(fresh.floats(4, _columns)):
        check(scaled, _mean, _std, _x).gives((_x - _mean) / _std)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which kind?</summary>Look at the table: not in <code>parameters()</code>, but in <code>state_dict()</code>.</details>
# <details><summary>Hint 2: making one</summary><code>self.register_buffer("mean", mean)</code>. From then on it is <code>self.mean</code>.</details>
# <details><summary>Hint 3: nearly there</summary>Two buffers in <code>__init__</code>, after <code>super().__init__()</code>; in forward <code>(x - self.mean) / self.std</code>.</details>

# %% [markdown] rows=["S07.3"]
# ## 4 · `nn.Linear` or `F.linear`?
#
# Nearly every layer exists twice: as a **class** in `torch.nn`, with a capital letter, and as a **function** in `torch.nn.functional`. The class keeps its weights. The function keeps nothing: you hand it everything, each time.

# %% rows=["S07.3"]
torch.manual_seed(2)
x = torch.randn(4, 3)
as_class = nn.Linear(3, 2)
torch.testing.assert_close(as_class(x), F.linear(x, as_class.weight, as_class.bias))

picture = torch.randn(1, 1, 6, 6)
conv = nn.Conv2d(1, 2, kernel_size=3)  # slides 2 small filters over a picture
torch.testing.assert_close(conv(picture), F.conv2d(picture, conv.weight, conv.bias))

assert torch.equal(nn.ReLU()(x), F.relu(x))  # nothing to keep: the same thing
assert torch.equal(nn.MaxPool2d(2)(picture), F.max_pool2d(picture, 2))
assert list(nn.Dropout(0.5).parameters()) == []  # no weights in dropout either
assert isinstance(nn.MSELoss(), nn.Module)  # a loss is a module too
print({name: tuple(p.shape) for name, p in conv.named_parameters()})

# %% [markdown] rows=["S07.3"]
# **What has weights, take as a class. What has none, take as you like.** There is one more difference. Does a row of boxes take a function?

# %% id="predict-sequential"
predict(
    "nn.Sequential(nn.Linear(3, 2), F.relu): what happens? Write 'fine' or 'error'.",
    mine=...,
    truth=lambda: nn.Sequential(nn.Linear(3, 2), F.relu),
)

# %% rows=["S07.3"]
try:
    nn.Sequential(nn.Linear(3, 2), F.relu)
    raise AssertionError("torch accepted this")
except TypeError as error:
    print(error)
nn.Sequential(nn.Linear(3, 2), nn.ReLU())

# %% [markdown] rows=["S07.3"]
# And dropout, which behaves differently while training? You will often read that the function cannot switch. Section 8 looks into that.
#
# When is the function with the weights better? When the weights are *not* those in a drawer.
#
# ### Exercise 7.6 · The network in the middle
# ●●○○ · 7 minutes · 2 points
#
# Two people began with the same trained `SmallNet`, and trained it further, each with other data. What would the network answer that lies half way between them, each of its weights the mean of the two? (People do this with large networks, and the middle is often better than either. It needs the common start: with different first weights the middle is mostly worse than both.) Write `halfway(a, b, x)`. `a` and `b` are state_dicts; nobody's weights may change. Take `F.linear`, and you need no third network.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "halfway"}
def halfway(a, b, x):
    """What a SmallNet answers whose weights are the means of two others.

    a, b: dicts with the names of SmallNet's parameters (hidden.weight, hidden.bias, output.weight,
    output.bias) → float32; x: float32, shape (n, inputs).
    Returns: float32, shape (n, outputs).
    """
    ### BEGIN SOLUTION
    mean = {name: (a[name] + b[name]) / 2 for name in a}
    inside = F.relu(F.linear(x, mean["hidden.weight"], mean["hidden.bias"]))
    return F.linear(inside, mean["output.weight"], mean["output.bias"])
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_halfway", "points": 2}
def state_of(hidden_weight, hidden_bias, output_weight, output_bias):
    """A state_dict of SmallNet out of four lists."""
    values = (hidden_weight, hidden_bias, output_weight, output_bias)
    names = ("hidden.weight", "hidden.bias", "output.weight", "output.bias")
    return {name: torch.tensor(v) for name, v in zip(names, values, strict=True)}


one = state_of([[1.0, 0.0], [0.0, 2.0]], [0.0, 1.0], [[1.0, -1.0]], [0.0])
other = state_of([[3.0, 2.0], [0.0, -4.0]], [2.0, 1.0], [[1.0, -3.0]], [-4.0])
check(halfway, one, one, torch.tensor([[1.0, 2.0], [-3.0, 1.0]])).gives(
    torch.tensor([[-4.0], [-3.0]])
)
check(halfway, one, other, torch.tensor([[1.0, 2.0], [0.0, -1.0]])).gives(
    torch.tensor([[3.0], [-6.0]])
)
solved(halfway)
### BEGIN HIDDEN TESTS
for _in, _hidden, _out in ((1, 1, 1), (3, 2, 4), (2, 5, 2)):
    _a, _b = (
        {
            name: fresh.floats(*p.shape)
            for name, p in SmallNet(_in, _hidden, _out).named_parameters()
        }
        for _ in range(2)
    )
    _net = SmallNet(_in, _hidden, _out)
    _net.load_state_dict({name: 0.5 * _a[name] + 0.5 * _b[name] for name in _a})
    for _x in fresh.layouts(fresh.floats(3, _in)):
        check(halfway, _a, _b, _x).gives(_net(_x).detach())
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: first the means</summary>Make a new dict: for each name <code>(a[name] + b[name]) / 2</code>.</details>
# <details><summary>Hint 2: then forward</summary>Say <code>SmallNet.forward</code> again, with <code>F.linear(x, weight, bias)</code> in place of the boxes.</details>
# <details><summary>Hint 3: nearly there</summary><code>inside = F.relu(F.linear(x, mean["hidden.weight"], mean["hidden.bias"]))</code>; then one more <code>F.linear</code>, without ReLU.</details>

# %% [markdown] rows=["S07.6"]
# ## 5 · A box of your own making
#
# torch does not have every layer that somebody may want. You can make your own out of `nn.Parameter` and tensor operations. Here is one that stretches each column by a number which it learns:


# %% rows=["S07.6"]
class Stretch(nn.Module):
    def __init__(self, columns):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(columns))

    def forward(self, x):
        return x * self.factor


def train(net, x, target, rate, steps):
    """Plain gradient descent on the mean squared error; returns the loss of each step."""
    losses = []
    for _ in range(steps):
        net.zero_grad()
        loss = F.mse_loss(net(x), target)
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for p in net.parameters():
                if p.grad is not None:  # as optimizers do: nothing came, nothing moves
                    p -= rate * p.grad
    return losses


stretch = Stretch(2)
x, target = torch.tensor([[1.0, 1.0], [2.0, -1.0]]), torch.tensor([[3.0, -1.0], [6.0, 1.0]])
train(stretch, x, target, rate=0.2, steps=50)
print(stretch.factor)
torch.testing.assert_close(
    stretch.factor.data, torch.tensor([3.0, -1.0]), atol=1e-3, rtol=0
)

# %% [markdown] rows=["S07.6"]
# `backward` you need not write: autograd finds it, because `forward` is made of operations that it knows. This layer is a module like any other. It goes into a Sequential, an optimizer, a file.
#
# ### Claim check: `torch.matmul(X, self.weight.data)`
#
# A text shows a linear layer of one's own. Its `forward` uses `.data`. We put it in front of an ordinary layer, train both for 50 steps, and look at the loss.


# %% rows=["E32", "S07.6"]
class DataLinear(nn.Module):
    def __init__(self, in_units, units):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(in_units, units))
        self.bias = nn.Parameter(torch.randn(units))

    def forward(self, x):
        return F.relu(torch.matmul(x, self.weight.data) + self.bias.data)


torch.manual_seed(3)
pair = nn.Sequential(DataLinear(2, 4), nn.Linear(4, 1))
start = copy.deepcopy(pair.state_dict())
x = torch.randn(30, 2)
target = x[:, :1] * x[:, 1:]
losses = train(pair, x, target, rate=0.05, steps=50)
print(f"the loss falls: {losses[0]:.3f} → {losses[-1]:.3f}")

# %% id="predict-e32"
predict(
    "Have the weights of the DataLinear changed in these 50 steps? True or False",
    mine=...,
    truth=lambda: not torch.equal(pair[0].weight, start["0.weight"]),
)

# %% rows=["E32", "S07.6"]
assert losses[-1] < losses[0] / 2  # it looks like learning …
assert torch.equal(pair[0].weight, start["0.weight"])  # … and half of it stands still
assert not torch.equal(pair[1].weight, start["1.weight"])
assert pair[0].weight.grad is None

whole_pair = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
two, wanted = x[:2], target[:2]
pair.zero_grad()
with record() as cut:
    F.mse_loss(pair(two), wanted).backward()
with record() as whole:
    F.mse_loss(whole_pair(two), wanted).backward()
compare_graphs(cut, whole, ("weight.data", "weight"))

# %% [markdown] rows=["E32", "S07.6"]
# `.data` is the numbers without their history. So autograd saw a matrix product with two constants, and no way leads back to the drawers: on the left, everything before the last layer is dotted. The loss falls all the same, for the last layer does its best. That is what makes this slip so nasty. **In `forward`, never write `.data`.** After the first `backward`, look whether each parameter has a `.grad`.
#
# ### Exercise 7.7 · The layer that learns
# ●●○○ · 5 minutes · 2 points
#
# Write `MyLinear(in_units, units)`: the layer above, mended. The weight has the shape `(in_units, units)`, the bias `(units,)`; both start as `torch.randn`, and both learn. A ReLU is at the end.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "my_linear"}
class MyLinear(nn.Module):
    """relu(x @ weight + bias), with parameters weight (in_units, units) and bias (units,)."""

    def __init__(self, in_units, units):
        ### BEGIN SOLUTION
        super().__init__()
        self.weight = nn.Parameter(torch.randn(in_units, units))
        self.bias = nn.Parameter(torch.randn(units))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return F.relu(x @ self.weight + self.bias)
        ### END SOLUTION


def my_drawers(in_units, units):
    """Name and shape of all parameters."""
    model = MyLinear(in_units, units)
    return {name: tuple(p.shape) for name, p in model.named_parameters()}


def my_linear(weight, bias, x):
    """What MyLinear answers with these weights."""
    model = MyLinear(*weight.shape)
    model.load_state_dict({"weight": weight, "bias": bias})
    return model(x)


def my_slopes(weight, bias, x):
    """Which gradients arrive in its drawers when all answers are added up."""
    model = MyLinear(*weight.shape)
    model.load_state_dict({"weight": weight, "bias": bias})
    model(x).sum().backward()
    return {name: p.grad for name, p in model.named_parameters()}


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_my_linear", "points": 2}
check(my_drawers, 3, 2).gives({"weight": (3, 2), "bias": (2,)})

two_in = torch.tensor([[1.0, -1.0, 2.0], [0.0, 1.0, 1.0]])
three = torch.tensor([0.5, 0.0, -1.0])
check(my_linear, two_in, three, torch.tensor([[1.0, 2.0], [-1.0, 0.0]])).gives(
    torch.tensor([[1.5, 1.0, 3.0], [0.0, 1.0, 0.0]]), graph=True
)
check(my_slopes, two_in, three, torch.tensor([[1.0, 2.0], [-1.0, 0.0]])).gives(
    {
        "weight": torch.tensor([[1.0, 0.0, 1.0], [2.0, 2.0, 2.0]]),
        "bias": torch.tensor([1.0, 2.0, 1.0]),
    }
)
solved("my_linear")
### BEGIN HIDDEN TESTS
for _in, _out in ((1, 1), (3, 2), (2, 2)):
    _w, _b, _x = fresh.floats(_in, _out), fresh.floats(_out), fresh.floats(4, _in)
    _before = _x.double() @ _w.double() + _b.double()
    check(my_linear, _w, _b, _x).gives(_before.clamp(min=0).float(), graph=True)
    if (_before.abs() > 1e-3).all():
        _open = (_before > 0).float()
        check(my_slopes, _w, _b, _x).gives(
            {"weight": _x.t() @ _open, "bias": _open.sum(dim=0)}
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two drawers</summary>What an optimizer should find has to be an <code>nn.Parameter</code>.</details>
# <details><summary>Hint 2: forward</summary>Use the parameters themselves. The shape <code>(in_units, units)</code> needs no <code>.t()</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>return F.relu(x @ self.weight + self.bias)</code></details>

# %% [markdown] rows=["S07.6"]
# ### Exercise 7.8 · A layer from today's language models
# ●●●○ · 9 minutes · 3 points
#
# In a deep network numbers easily grow or shrink from layer to layer. So many networks put them back to size one now and then. A popular way is **RMSNorm**: divide each row by its *root mean square*, the square root of the mean of its squares, then stretch each column by a
# learned `weight` that starts at one:
#
# **y = x / √(mean(x²) + eps) · weight**
#
# The mean goes over the last dim. `eps` = 10⁻⁶ keeps a row of zeros from a division by zero. Write `OwnRMSNorm(size)`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "rms_norm"}
class OwnRMSNorm(nn.Module):
    """x / sqrt(mean(x²) + eps) * weight, over the last dim; the parameter weight has the shape (size,)."""

    def __init__(self, size, eps=1e-6):
        ### BEGIN SOLUTION
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        mean_square = (x**2).mean(dim=-1, keepdim=True)
        return x / torch.sqrt(mean_square + self.eps) * self.weight
        ### END SOLUTION


def norm_start(size):
    """The parameters with which the layer starts."""
    return {name: p.detach() for name, p in OwnRMSNorm(size).named_parameters()}


def rms_norm(weight, x):
    """What the layer answers with this weight."""
    model = OwnRMSNorm(len(weight))
    model.load_state_dict({"weight": weight})
    return model(x)


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_rms_norm", "points": 3}
check(norm_start, 3).gives({"weight": torch.ones(3)})
check(rms_norm, torch.tensor([1.0, 10.0]), torch.tensor([[1.0, 7.0], [6.0, 8.0]])).gives(
    torch.tensor([[0.2, 14.0], [0.8485281, 11.3137085]]), graph=True
)
check(rms_norm, torch.ones(2), torch.zeros(1, 2)).gives(torch.zeros(1, 2), graph=True)
solved("rms_norm")
### BEGIN HIDDEN TESTS
for _shape in ((3,), (2, 4), (2, 3, 5), (0, 2)):
    _w = fresh.floats(_shape[-1])
    for _x in fresh.layouts(fresh.floats(*_shape)):
        check(rms_norm, _w, _x).gives(
            F.rms_norm(_x, (_shape[-1],), _w, eps=1e-6), graph=True
        )
check(rms_norm, torch.ones(2), torch.full((1, 2), 1e-3)).gives(
    torch.full((1, 2), 0.5**0.5), graph=True
)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one drawer</summary>Only <code>weight</code> learns: an <code>nn.Parameter</code> of <code>torch.ones(size)</code>. <code>eps</code> is a plain number.</details>
# <details><summary>Hint 2: the shape</summary>A mean over the last dim loses it; <code>keepdim=True</code> keeps it, so that every row is divided by its own number.</details>
# <details><summary>Hint 3: nearly there</summary><code>mean_square = (x**2).mean(dim=-1, keepdim=True)</code>; then <code>x / torch.sqrt(mean_square + self.eps) * self.weight</code>.</details>

# %% [markdown] rows=["S07.6"]
# torch has this one too, `nn.RMSNorm`. (The cell shows a hint until exercise 7.8 is solved.)

# %% id="use-rms-norm" rows=["S07.6"]
x = torch.randn(3, 8) * 50
theirs = nn.RMSNorm(8, eps=1e-6)(x)
torch.testing.assert_close((theirs**2).mean(dim=-1), torch.ones(3))
try:
    torch.testing.assert_close(OwnRMSNorm(8)(x), theirs)
    print("yours and torch's agree")
except NotImplementedError:
    print("First write OwnRMSNorm above; then run this cell again.")

# %% [markdown]
# *Here is a good place for a break.*

# %% [markdown] rows=["S07.4"]
# ## 6 · The first weights
#
# A new layer is not empty. Which numbers lie in it? Let us look at many of them. Some texts say that the range is calculated from the sizes of the input *and* the output.

# %% id="predict-range"
torch.manual_seed(4)
widest = {
    outputs: round(nn.Linear(100, outputs).weight.abs().max().item(), 2)
    for outputs in (10, 100, 1000)
}
predict(
    "nn.Linear(100, 10) has weights from about -0.1 to 0.1. How far do those of "
    "nn.Linear(100, 1000) go? Write a number, such as 0.1 or 0.01.",
    mine=...,
    truth=lambda: widest[1000],
)

# %% rows=["S07.4"]
print(widest)
for inputs in (25, 100, 400):
    for outputs in (10, 1000):
        fresh_layer = nn.Linear(inputs, outputs)
        edge = 1 / math.sqrt(inputs)
        largest = fresh_layer.weight.abs().max().item()
        assert 0.95 * edge < largest <= edge  # the number of outputs does not matter
        assert fresh_layer.bias.abs().max() <= edge  # the bias too
        # Uniform: then the spread is edge / √3.
        assert abs(fresh_layer.weight.std().item() - edge / math.sqrt(3)) < 0.1 * edge

by_both_sizes = nn.init.xavier_uniform_(torch.empty(1000, 100))
edge = math.sqrt(6 / (100 + 1000))
assert 0.95 * edge < by_both_sizes.abs().max() <= edge

# %% [markdown] rows=["S07.4"]
# `nn.Linear` draws weights and biases **uniformly between −1/√inputs and +1/√inputs**. The more numbers are added up, the smaller each weight. (There is a rule with both sizes too: it is Xavier Glorot's, `nn.init.xavier_uniform_`. You get it when you ask for it, as in the last lines.)
#
# `nn.init` has the recipes. They fill a tensor *in place*, which is why they end in an underscore. **`net.apply(fn)`** calls `fn` for each box: for those inside first, for the net itself last.


# %% rows=["S07.4"]
def small_normal(module):
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, mean=0.0, std=0.01)
        nn.init.zeros_(module.bias)


visited = []
net = nn.Sequential(nn.Linear(100, 50), nn.ReLU(), nn.Sequential(nn.Linear(50, 10)))
net.apply(lambda module: visited.append(type(module).__name__))
print(visited)
assert visited == ["Linear", "ReLU", "Linear", "Sequential", "Sequential"]

torch.manual_seed(5)
by_default = nn.Linear(100, 50).weight.detach().flatten()
net.apply(small_normal)
assert abs(net[0].weight.std().item() - 0.01) < 0.001 and net[2][0].bias.abs().max() == 0

fig, ax = plt.subplots(figsize=(6, 3.2))
ax.hist(
    by_default,
    bins=60,
    range=(-0.15, 0.15),
    alpha=0.6,
    label="default of nn.Linear(100, 50)",
)
ax.hist(
    net[0].weight.detach().flatten(),
    bins=60,
    range=(-0.15, 0.15),
    alpha=0.6,
    label="normal_, std 0.01",
)
ax.set(xlabel="weight", ylabel="how many", ylim=(0, 1400), title="5,000 first weights")
ax.legend()
plt.show()

# %% [markdown] rows=["S07.4"]
# You will also meet the test `type(module) == nn.Linear`. It passes over every *subclass* of `nn.Linear`, in silence. `isinstance` does not.


# %% rows=["S07.4"]
class NamedLinear(nn.Linear):
    """A linear layer with a name of its own."""


named = NamedLinear(3, 2)
assert type(named) is not nn.Linear and isinstance(named, nn.Linear)
named.apply(small_normal)
assert named.weight.abs().max() < 0.1 and named.bias.abs().max() == 0

# %% [markdown] rows=["S07.4"]
# ### Does it matter?
#
# Send numbers of size one through 20 layers with ReLUs, and measure how large they are on the way. Three first weights: the default, the normal distribution with 0.01 from above, and `nn.init.kaiming_normal_`. The last one, by Kaiming He, takes the spread (the standard deviation) √(2 / inputs): a ReLU throws half away, the 2 makes up for it.


# %% rows=["S07.4"]
def sizes_on_the_way(start, depth=20, width=200):
    torch.manual_seed(6)
    x, sizes = torch.randn(100, width), []
    for _ in range(depth):
        layer = nn.Linear(width, width)
        start(layer)
        with torch.no_grad():
            x = F.relu(layer(x))
        sizes.append((x**2).mean().sqrt().item())
    return sizes


def he(module):
    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    nn.init.zeros_(module.bias)


ways = {"he": he, "default": lambda module: None, "normal, 0.01": small_normal}
fig, ax = plt.subplots(figsize=(6, 3.4))
on_the_way = {}
for (name, start), style in zip(ways.items(), ("-o", "-s", "-^"), strict=True):
    on_the_way[name] = sizes_on_the_way(start)
    ax.semilogy(range(1, 21), on_the_way[name], style, label=name)
ax.set(
    xlabel="layer",
    ylabel="size of the numbers",
    xticks=range(0, 21, 5),
    title="How far does a signal get?",
)
ax.legend()
plt.show()
assert 0.2 < on_the_way["he"][-1] < 5
assert on_the_way["default"][-1] < 0.1 and on_the_way["normal, 0.01"][-1] < 1e-15

# %% [markdown] rows=["S07.4"]
# With 0.01 nothing arrives: such a network gives the same answer to every question. The default lets the signal fade, down to what the biases put in. In small networks you will not notice. In deep ones you will.
#
# One more way to go wrong: all weights the same. Then all units of a layer do the same, get the same gradient, and stay twins for ever.

# %% rows=["S07.4"]
torch.manual_seed(7)
twins = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
for p in twins.parameters():
    nn.init.constant_(p, 0.5)

x = torch.rand(20, 2)
train(twins, x, x[:, :1] * 3, rate=0.1, steps=100)
print(twins[0].weight)
assert not torch.allclose(twins[0].weight, torch.full((3, 2), 0.5))  # it has learned …
# … with three copies of one unit:
assert torch.equal(twins[0].weight[0], twins[0].weight[1])
assert torch.equal(twins[0].weight[0], twins[0].weight[2])

# %% [markdown] rows=["S07.4"]
# ### Exercise 7.9 · A good start
# ●●○○ · 7 minutes · 2 points
#
# Write `gentle_start(model)`. Every linear layer and every `nn.Conv2d`, however deep inside and subclasses too, gets weights with He's spread, √(2 / inputs), and a bias of zeros, if it has a bias. (`nn.init` counts the inputs of both kinds for you.) All other boxes keep what they have. Change the tensors in place: an optimizer may already hold them. Return the model.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "gentle_start"}
def gentle_start(model):
    """He's first weights for all linear and Conv2d layers of a model, in place.

    model: a module.
    Returns: the same model.
    """

    ### BEGIN SOLUTION
    def start(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    return model.apply(start)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_gentle_start", "points": 2}
def measured_start(model):
    """Start the model, then measure. 1.0 at a weight: exactly He's spread. At a bias: the largest."""
    torch.manual_seed(0)
    drawers = dict(model.named_parameters())
    started = gentle_start(model)
    found = {"the same model": started is model}
    for name, p in model.named_parameters():
        if p.dim() > 1:
            found[name] = round((p.std() * math.sqrt(p[0].numel() / 2)).item(), 1)
        else:
            found[name] = p.abs().max().item()
    found["the same drawers"] = all(p is drawers[n] for n, p in model.named_parameters())
    return found


torch.manual_seed(8)
well_started = {"the same model": True, "0.weight": 1.0, "the same drawers": True}
check(measured_start, nn.Sequential(nn.Linear(64, 256))).gives(
    well_started | {"0.bias": 0.0}
)
check(measured_start, nn.Sequential(nn.Linear(64, 128, bias=False))).gives(well_started)
check(measured_start, nn.Sequential(NamedLinear(64, 128, bias=False))).gives(well_started)
check(
    measured_start, nn.Sequential(nn.Conv2d(8, 128, 3, bias=False), nn.BatchNorm2d(128))
).gives(well_started | {"1.weight": 1.0, "1.bias": 0.0})
solved(gentle_start)
### BEGIN HIDDEN TESTS
for _width in (100, 150):
    _model = nn.Sequential(
        nn.Sequential(nn.Linear(_width, 80), nn.LayerNorm(80)),
        nn.ReLU(),
        nn.Linear(80, 120),
    )
    check(measured_start, _model).gives(
        {
            "the same model": True,
            "0.0.weight": 1.0,
            "0.0.bias": 0.0,
            "0.1.weight": 1.0,
            "0.1.bias": 0.0,
            "2.weight": 1.0,
            "2.bias": 0.0,
            "the same drawers": True,
        }
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one box</summary>Write a function inside yours that starts <em>one</em> module. <code>isinstance(module, (nn.Linear, nn.Conv2d))</code> asks for both kinds.</details>
# <details><summary>Hint 2: all boxes</summary><code>model.apply(start)</code> goes everywhere, and returns the model. A layer with <code>bias=False</code> has <code>module.bias is None</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>nn.init.kaiming_normal_(module.weight, nonlinearity="relu")</code> and <code>nn.init.zeros_(module.bias)</code>, in the function; then <code>return model.apply(start)</code>.</details>

# %% [markdown] rows=["S07.5", "E34"]
# ## 7 · One layer, two places
#
# Nothing forbids you to use a layer twice. Here one stands in two places of a row:

# %% rows=["S07.5", "E34"]
torch.manual_seed(9)
shared = nn.Linear(8, 8)
net = nn.Sequential(
    nn.Linear(4, 8), nn.ReLU(), shared, nn.ReLU(), shared, nn.ReLU(), nn.Linear(8, 1)
)
assert net(torch.randn(2, 4)).shape == (2, 1)

assert net[2] is net[4] is shared  # not two equal layers: one layer
with torch.no_grad():
    net[2].weight[0, 0] = 100
assert net[4].weight[0, 0] == 100
print(net[4].weight[0, 0].item())

# %% id="predict-e34"
predict(
    "How many tensors does net.parameters() give, and how many names has net.state_dict()? "
    "Write a tuple of two numbers.",
    mine=...,
    truth=lambda: (len(list(net.parameters())), len(net.state_dict())),
)

# %% rows=["S07.5", "S07.2", "E34"]
assert len(list(net.parameters())) == 6  # each tensor once …
assert len(net.state_dict()) == 8  # … each way to it has a name
assert len(list(net.named_parameters(remove_duplicate=False))) == 8
print(list(net.state_dict()))

# %% [markdown] rows=["S07.5", "E34"]
# `parameters()` counts once: good, for an optimizer must not step twice. `state_dict()` counts ways, so a file has the numbers under both names.
#
# What about the gradient? There is one drawer, and two places ask for a change of it. You know the answer from the recall: they add up. To prove it we build the same network with two *copies* of the layer.

# %% rows=["S07.5", "E34"]
shared = nn.Linear(2, 2)
tied = nn.Sequential(shared, nn.Tanh(), shared)
free = nn.Sequential(copy.deepcopy(shared), nn.Tanh(), copy.deepcopy(shared))
x = torch.tensor([[1.0, -0.5]])
assert torch.equal(tied(x), free(x))

free(x).sum().backward()
with record() as tape:
    y = tied(x).sum()
    y.backward()

torch.testing.assert_close(shared.weight.grad, free[0].weight.grad + free[2].weight.grad)
torch.testing.assert_close(shared.bias.grad, free[0].bias.grad + free[2].bias.grad)
show_graph(tape)

# %% [markdown] rows=["S07.5"]
# In the picture the layer appears twice, for it is *called* twice. But `shared.weight` is one node with two ways out of it. Step through backward: two gradients arrive there, and are added.
#
# ### Claim check: “sharing means handing the weights to another network”
#
# So one reads. We hand the weights of a teacher to a pupil, and the pupil takes one step of training.


# %% id="predict-handed-over"
def after_one_step():
    """A teacher, and a pupil that got its weights and then trained one step."""
    torch.manual_seed(10)
    teacher, pupil = nn.Linear(2, 1), nn.Linear(2, 1)
    pupil.load_state_dict(teacher.state_dict())
    assert torch.equal(teacher.weight, pupil.weight)  # equal, for now
    train(pupil, torch.ones(1, 2), torch.zeros(1, 1), rate=0.1, steps=1)
    return teacher, pupil


predict(
    "Before the step their weights are equal. And after it? Write True for equal, or False.",
    mine=...,
    truth=lambda: torch.equal(*(net.weight for net in after_one_step())),
)

# %% rows=["E34", "S07.5"]
teacher, pupil = after_one_step()
print(teacher.weight.tolist(), pupil.weight.tolist())
assert not torch.equal(teacher.weight, pupil.weight)  # each goes its own way
assert teacher.weight.grad is None  # handing over is copying

again = copy.deepcopy(tied)  # a copy of the whole keeps what is shared inside
assert again[0] is again[2] and again[0] is not tied[0]

# %% [markdown] rows=["S07.5", "S07.3"]
# ### Exercise 7.10 · There and back with one weight
# ●●●○ · 9 minutes · 3 points
#
# An **autoencoder** squeezes its input into a short code, and makes the input of it again. A classic trick halves its size: the way back uses the *same* weight, turned round.
#
# - code = relu(`encoder`(x)), where `encoder` is an `nn.Linear(inputs, codes)`;
# - answer = code @ encoder.weight + `back`, where `back` is a bias of its own, shape `(inputs,)`, zeros at the start.
#
# Write `TiedAutoencoder(inputs, codes)`. Both uses of the weight must reach its gradient.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "tied_autoencoder"}
class TiedAutoencoder(nn.Module):
    """Rows of inputs numbers → codes numbers → inputs numbers, with one weight for both ways."""

    def __init__(self, inputs, codes):
        ### BEGIN SOLUTION
        super().__init__()
        self.encoder = nn.Linear(inputs, codes)
        self.back = nn.Parameter(torch.zeros(inputs))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return F.linear(F.relu(self.encoder(x)), self.encoder.weight.t(), self.back)
        ### END SOLUTION


def tied_shapes(inputs, codes):
    """Name and shape of all parameters."""
    model = TiedAutoencoder(inputs, codes)
    return {name: tuple(p.shape) for name, p in model.named_parameters()}


def tied_run(weight, bias, back, x):
    """The answer with these weights, and the gradients in the drawers when all answers are added up."""
    torch.manual_seed(0)
    model = TiedAutoencoder(weight.shape[1], weight.shape[0])
    model.load_state_dict({"encoder.weight": weight, "encoder.bias": bias, "back": back})
    answer = model(x)
    answer.sum().backward()
    return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_tied_autoencoder", "points": 3}
check(tied_shapes, 5, 2).gives(
    {"encoder.weight": (2, 5), "encoder.bias": (2,), "back": (5,)}
)
check(
    tied_run,
    torch.tensor([[1.0, 0.0, 2.0], [-1.0, 1.0, 0.0]]),
    torch.tensor([0.0, 1.0]),
    torch.tensor([0.0, -5.0, 0.5]),
    torch.tensor([[1.0, 2.0, 3.0], [4.0, 1.0, -1.0]]),
).gives(
    (
        torch.tensor([[5.0, -3.0, 14.5], [2.0, -5.0, 4.5]]),
        {
            "back": torch.tensor([2.0, 2.0, 2.0]),
            "encoder.weight": torch.tensor([[24.0, 18.0, 15.0], [2.0, 2.0, 2.0]]),
            "encoder.bias": torch.tensor([6.0, 0.0]),
        },
    )
)
solved("tied_autoencoder")
### BEGIN HIDDEN TESTS
for _in, _codes, _n in ((2, 1, 3), (3, 4, 2), (2, 2, 1)):
    _w, _b, _back = (
        fresh.floats(_codes, _in, requires_grad=True),
        fresh.floats(_codes, requires_grad=True),
        fresh.floats(_in, requires_grad=True),
    )
    _x = fresh.floats(_n, _in)
    _before = _x @ _w.t() + _b
    if (_before.abs() > 1e-3).all():
        _answer = _before.clamp(min=0) @ _w + _back
        _grads = torch.autograd.grad(_answer.sum(), (_w, _b, _back))
        check(tied_run, _w.detach(), _b.detach(), _back.detach(), _x).gives(
            (
                _answer.detach(),
                dict(zip(("encoder.weight", "encoder.bias", "back"), _grads, strict=True)),
            ),
            tolerance=(1e-4, 1e-4),
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: which drawers?</summary>Three tensors: a layer called <code>encoder</code> has two of them, and <code>back</code> is an <code>nn.Parameter</code>. There is no second layer.</details>
# <details><summary>Hint 2: the way back</summary>In <code>forward</code>, use <code>self.encoder.weight</code> itself, neither <code>.data</code> nor a copy. Its shape is (codes, inputs): what the way back needs.</details>
# <details><summary>Hint 3: nearly there</summary><code>return F.relu(self.encoder(x)) @ self.encoder.weight + self.back</code></details>

# %% [markdown] rows=["S07.7", "E28"]
# ## 8 · Two moods: `train()` and `eval()`
#
# Some layers must behave differently while the network learns. **Dropout** is one. While training it throws away some of the numbers that come in, at random, so that the network cannot lean on any single one. When the network is used for real, everything stays.
#
# Texts say that dropout “takes some of the connections away”. Look at what it really does:

# %% id="predict-dropout"
torch.manual_seed(12)
drop = nn.Dropout(p=0.2)
dropped = drop(torch.ones(10_000))
predict(
    "nn.Dropout(0.2) gets 10,000 ones. Some come out as 0. Which value have the others? Write a number.",
    mine=...,
    truth=lambda: dropped.max().item(),
)

# %% rows=["S07.7", "E28"]
gone = (dropped == 0).float().mean().item()
print(f"{gone:.1%} are zero, the others {dropped.max():.2f}; mean {dropped.mean():.3f}")
assert torch.equal(dropped.unique(), torch.tensor([0.0, 1 / (1 - 0.2)]))
assert abs(gone - 0.2) < 0.02 and abs(dropped.mean() - 1) < 0.02

drop.eval()
assert torch.equal(drop(torch.ones(10_000)), torch.ones(10_000))  # nothing happens

# What about the connections? No weight is touched; a number that is 0 goes nowhere.
torch.manual_seed(13)
after = nn.Linear(6, 3)
weights_before = after.weight.detach().clone()
one_row = drop.train()(torch.ones(1, 6))
after(one_row).sum().backward()
print("in:", one_row, "\ngradient of the weights:", after.weight.grad, sep="\n")
assert torch.equal(after.weight, weights_before)
assert torch.equal((after.weight.grad == 0).all(dim=0), (one_row == 0)[0])

# %% [markdown] rows=["S07.7", "E28"]
# So dropout works on the **activations**, the numbers on their way. With probability `p` a number becomes 0. The others are **multiplied by 1 / (1 − p)**, so that their sum stays about the same, and the next layer sees no difference between learning and answering. Every number of every row is drawn anew.
#
# How does a layer know? Each module has a flag, `training`. `net.train()` and `net.eval()` set it for the net and all boxes inside.

# %% rows=["S07.7"]
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1))
assert net.training and net[2].training  # a new network is in training mode
net.eval()
assert not any(module.training for module in net.modules())
x = torch.ones(1, 4)
assert torch.equal(net(x), net(x))  # two questions, one answer

net.train()
torch.manual_seed(14)
answers = torch.cat([net(x) for _ in range(5)])
print(answers.flatten().tolist())
assert len(answers.unique()) > 1

# %% [markdown] rows=["E29", "S07.3"]
# ### Claim check: “the function cannot switch”
#
# `F.dropout` has no module, so it has no flag. Therefore, one reads, it does not notice `eval()`. Here are two networks that use it:


# %% rows=["E29", "S07.3", "S07.7"]
class Deaf(nn.Module):
    def forward(self, x):
        return F.dropout(x, 0.5)


class Listening(nn.Module):
    def forward(self, x):
        return F.dropout(x, 0.5, training=self.training)


# %% id="predict-e29"
predict(
    "Deaf().eval() gets 1,000 ones. Does it set some to zero? True or False",
    mine=...,
    truth=lambda: bool((Deaf().eval()(torch.ones(1000)) == 0).any()),
)

# %% rows=["E29", "S07.3", "S07.7"]
ones = torch.ones(1000)
assert (Deaf().eval()(ones) == 0).any()  # its default is training=True, always
assert torch.equal(Listening().eval()(ones), ones)  # you can tell it
assert (Listening().train()(ones) == 0).any()

# %% [markdown] rows=["E29", "S07.3"]
# Half true, then. The function switches very well, but nobody tells it unless *you* do: `training=self.training`. With the class `nn.Dropout` you cannot forget it.
#
# ### Exercise 7.11 · Dropout, by hand
# ●●○○ · 7 minutes · 2 points
#
# Write `OwnDropout(p)` with `torch.rand_like` and plain operations. Training: each number becomes 0 with probability `p`, and the others are multiplied by 1 / (1 − p). Otherwise the input comes out as it is. `p` is at least 0 and less than 1. The input itself stays as it was.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "own_dropout"}
class OwnDropout(nn.Module):
    """Dropout with the probability p, 0 <= p < 1; takes and gives any shape, float."""

    def __init__(self, p):
        ### BEGIN SOLUTION
        super().__init__()
        self.p = p
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        if not self.training:
            return x
        keep = torch.rand_like(x) >= self.p
        return x * keep / (1 - self.p)
        ### END SOLUTION


def dropout_facts(p, training):
    """What becomes of 500 rows of 20 ones."""
    torch.manual_seed(0)
    y = OwnDropout(p).train(training)(torch.ones(500, 20))
    return {
        "values": [round(v, 4) for v in y.unique().tolist()],
        "zeros": round((y == 0).float().mean().item(), 1),
        "all rows alike": bool((y == y[0]).all()),
        "all columns alike": bool((y == y[:, :1]).all()),
    }


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_own_dropout", "points": 2}
check(dropout_facts, 0.2, True).gives(
    {
        "values": [0.0, 1.25],
        "zeros": 0.2,
        "all rows alike": False,
        "all columns alike": False,
    }
)
check(dropout_facts, 0.2, False).gives(
    {"values": [1.0], "zeros": 0.0, "all rows alike": True, "all columns alike": True}
)
solved("own_dropout")
### BEGIN HIDDEN TESTS
for _p in (0.0, 0.5, 0.9):
    _layer = OwnDropout(_p)
    _x = fresh.floats(40, 5) + 20
    _given = _x.clone().requires_grad_()
    _y = _layer(_given)
    assert torch.equal(_given.detach(), _x), "The input itself was changed."
    check(lambda y=_y: y.detach()).gives(
        torch.where(_y == 0, 0.0, _x / (1 - _p)).detach(), tolerance=(1e-4, 1e-4)
    )
    _y.sum().backward()
    torch.testing.assert_close(_given.grad, (_y != 0) / (1 - _p))
    torch.testing.assert_close(_layer.eval()(_x), _x)
    check(dropout_facts, _p, True).satisfies(
        lambda found, p=_p: found["zeros"] == p,
        f"with p = {_p} a share of about {_p} is zero",
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two cases</summary>Ask <code>self.training</code> first. The flag is there by itself, and <code>eval()</code> switches it.</details>
# <details><summary>Hint 2: a coin for each number</summary><code>torch.rand_like(x)</code> gives a number from 0 to 1 for each element. It is below <code>p</code> with probability <code>p</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>keep = torch.rand_like(x) >= self.p</code>, and <code>x * keep / (1 - self.p)</code></details>

# %% [markdown] rows=["S07.7", "E28"]
# ### BatchNorm: a layer with a memory
#
# **BatchNorm** puts every column to mean 0 and spread 1. While training it takes the mean and the variance *of this batch*. That makes answers depend on their company: a row comes out differently in another batch. When the network is used for real, perhaps with a single row, it needs fixed numbers. Which?
#
# “The mean of all training data”, says a text. Here is a layer that has seen one batch, `[10, 20, 30]`:

# %% id="predict-running"
novice = nn.BatchNorm1d(1)
novice(torch.tensor([[10.0], [20.0], [30.0]]))
predict(
    "The mean of all data that it has seen is 20. What is novice.running_mean? Write a number.",
    mine=...,
    truth=lambda: novice.running_mean.item(),
)

# %% rows=["S07.7", "E28"]
print({name: values.tolist() for name, values in novice.state_dict().items()})
assert [name for name, _ in novice.named_buffers()] == [
    "running_mean",
    "running_var",
    "num_batches_tracked",
]
assert novice.running_mean.item() == 2.0  # 0.9 * 0 + 0.1 * 20

batches = [torch.randn(50, 1) + shift for shift in (0.0, 5.0, 40.0)]
norm, by_hand = nn.BatchNorm1d(1), torch.zeros(1)
for batch in batches:
    y = norm(batch)
    torch.testing.assert_close(y.mean(), torch.tensor(0.0), atol=1e-4, rtol=0)
    by_hand = 0.9 * by_hand + 0.1 * batch.mean(dim=0)
of_all = torch.cat(batches).mean()
print(f"mean of all data {of_all:.2f}, running mean {norm.running_mean.item():.2f}")
torch.testing.assert_close(norm.running_mean, by_hand)
assert (norm.running_mean - of_all).abs() > 5

# %% [markdown] rows=["S07.7", "E28"]
# It is a **running average**: after each batch nine tenths of the old and one tenth of the new (`momentum=0.1`). It begins at 0, and follows what came last. The three numbers are buffers; they go into the file. `eval()` makes the layer use them:

# %% rows=["S07.7", "E28"]
row, crowd = torch.tensor([[1.0]]), torch.tensor([[5.0], [9.0]])

norm.train()
alone_no = norm(torch.cat([row, crowd]))[0].item()
other_no = norm(torch.cat([row, -crowd]))[0].item()
norm.eval()
memory = norm.running_mean.clone()
alone = norm(row)[0].item()
other = norm(torch.cat([row, crowd]))[0].item()

print(
    f"training: {alone_no:.3f} or {other_no:.3f}, by company.  eval: {alone:.3f}, {other:.3f}"
)
assert alone_no != other_no and math.isclose(alone, other, rel_tol=1e-5)
assert torch.equal(memory, norm.running_mean)  # in eval it learns no more
expected = (row - norm.running_mean) / (norm.running_var + norm.eps).sqrt()
torch.testing.assert_close(norm(row), expected)
try:
    norm.train()(row)
    raise AssertionError("one row has a spread?")
except ValueError as error:
    print(error)

# %% [markdown] rows=["S07.7", "E28"]
# ### Exercise 7.12 · What does it remember?
# ●●●○ · 8 minutes · 2 points
#
# Write `running_statistics(batches, momentum)`: the running mean and the running variance after these batches, without `nn.BatchNorm1d`. The mean begins at 0, the variance at 1. After each batch: (1 − momentum) times the old one, plus momentum times the batch's. One detail that surprises many: for the
# *memory* BatchNorm takes the variance with n − 1 in the denominator (`correction=1`).


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "running_statistics"}
def running_statistics(batches, momentum=0.1):
    """What BatchNorm1d remembers after some batches.

    batches: list of float32, shape (rows, columns), at least 2 rows each; momentum: float from 0 to 1.
    Returns: tuple (running mean, running variance), each of the shape (columns,).
    """
    ### BEGIN SOLUTION
    columns = batches[0].shape[1]
    mean, var = torch.zeros(columns), torch.ones(columns)
    for batch in batches:
        mean = (1 - momentum) * mean + momentum * batch.mean(dim=0)
        var = (1 - momentum) * var + momentum * batch.var(dim=0, correction=1)
    return mean, var
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_running_statistics", "points": 2}
check(
    running_statistics,
    [torch.tensor([[1.0], [3.0]]), torch.tensor([[7.0], [7.0], [10.0]])],
    0.5,
).gives((torch.tensor([4.5]), torch.tensor([2.25])))
check(running_statistics, [torch.tensor([[10.0, 0.0], [20.0, 2.0]])], 0.1).gives(
    (torch.tensor([1.5, 0.1]), torch.tensor([5.9, 1.1]))
)
solved(running_statistics)
### BEGIN HIDDEN TESTS
for _momentum in (0.0, 0.1, 0.3, 1.0):
    _columns = fresh.integer(1, 4)
    _norm = nn.BatchNorm1d(_columns, momentum=_momentum)
    _batches = [
        fresh.floats(fresh.integer(2, 6), _columns) for _ in range(fresh.integer(1, 5))
    ]
    for _batch in _batches:
        _norm(_batch)
    check(running_statistics, _batches, _momentum).gives(
        (_norm.running_mean, _norm.running_var)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two memories</summary>Begin with <code>torch.zeros(columns)</code> and <code>torch.ones(columns)</code>, and change both once for each batch.</details>
# <details><summary>Hint 2: one batch</summary><code>batch.mean(dim=0)</code> and <code>batch.var(dim=0, correction=1)</code>: over the rows, one number for each column.</details>
# <details><summary>Hint 3: nearly there</summary><code>mean = (1 - momentum) * mean + momentum * batch.mean(dim=0)</code>, and the same for the variance.</details>

# %% [markdown] rows=["S07.7"]
# ### `eval()` and `no_grad()` are two things
#
# `eval()` tells Dropout and BatchNorm how to behave. `no_grad()` tells autograd not to record. Neither does the work of the other:

# %% rows=["S07.7"]
net = nn.Sequential(nn.Linear(4, 100), nn.Dropout(0.5))
x = torch.ones(1, 4)

assert net.eval()(x).requires_grad  # eval alone: the graph is still recorded
torch.manual_seed(15)
with torch.no_grad():
    assert (net.train()(x) == 0).any()  # no_grad alone: numbers still fall out

# %% [markdown] rows=["S07.7"]
# ### Exercise 7.13 · Ask, and leave no traces
# ●●●○ · 8 minutes · 3 points
#
# In the middle of training you want to ask the network something. Write `quiet_answers(model, x)`: the answers in eval mode, without a graph. Afterwards the model must be as it was. Careful: somebody may have put *one* box into eval mode on purpose, a BatchNorm that should learn nothing more. `model.train()` at the end would wake it.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiet_answers"}
def quiet_answers(model, x):
    """The answers of a model in eval mode; every box keeps the mode that it had.

    model: a module, its boxes in any mode; x: its input.
    Returns: tensor, without a graph.
    """
    ### BEGIN SOLUTION
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return model(x)
    finally:
        for module, mode in modes:
            module.training = mode
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiet_answers", "points": 3}
def ask_quietly(modes, x):
    """Modes (True: training) of a net, its BatchNorm, Dropout and Linear: set them, ask, look again."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.BatchNorm1d(2, affine=False), nn.Dropout(0.5), nn.Linear(2, 1))
    model[0].running_var.fill_(1 - model[0].eps)  # so that it divides by 1 exactly
    nn.init.constant_(model[2].weight, 1.0)
    nn.init.constant_(model[2].bias, 0.5)
    for module, mode in zip(model.modules(), modes, strict=True):
        module.training = mode
    answer = quiet_answers(model, x)
    return {
        "answer": answer,
        "modes after": [module.training for module in model.modules()],
        "BatchNorm kept": model[0].running_mean.tolist(),
        "graph": answer.requires_grad,
    }


def as_before(answer, modes):
    return {
        "answer": torch.tensor(answer),
        "modes after": modes,
        "BatchNorm kept": [0.0, 0.0],
        "graph": False,
    }


four_rows = torch.tensor([[1.0, 2.0], [3.0, 4.0], [0.0, 0.0], [-1.0, 2.0]])
asleep = [False, False, False, False]
check(ask_quietly, asleep, four_rows[:1]).gives(as_before([[3.5]], asleep))
in_training = [True, True, True, True]
check(ask_quietly, in_training, four_rows).gives(
    as_before([[3.5], [7.5], [0.5], [1.5]], in_training)
)
one_asleep = [True, False, True, True]
check(ask_quietly, one_asleep, four_rows[:2]).gives(as_before([[3.5], [7.5]], one_asleep))
solved(quiet_answers)
### BEGIN HIDDEN TESTS
for _ in range(4):
    _modes = fresh.bools(4).tolist()
    _x = fresh.floats(5, 2)
    check(ask_quietly, _modes, _x).gives(
        as_before((_x.sum(dim=1, keepdim=True) + 0.5).tolist(), _modes)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: note first</summary>Before you change anything, write down <code>module.training</code> for every box of <code>model.modules()</code>.</details>
# <details><summary>Hint 2: two switches</summary><code>model.eval()</code>, and <code>with torch.no_grad():</code> round the call.</details>
# <details><summary>Hint 3: nearly there</summary><code>modes = [(m, m.training) for m in model.modules()]</code>; at the end <code>m.training = mode</code> for each of them.</details>

# %% [markdown] rows=["S07.8"]
# ## 9 · Somebody else's loop: Lightning
#
# Every training has the same middle: zero the gradients, get a loss, backward, step. What differs from one to the next is the loss and the optimizer. **Lightning** (`pip install lightning`) splits it there. You write a module that answers two questions, and a `Trainer` asks them:
#
# - `training_step(batch, batch_idx)`: what is the loss of this batch?
# - `configure_optimizers()`: which optimizer should I use? (More on these in [chapter 08](../08_optimizers/08_optimizers.ipynb).)
#
# No magic is in this. Here is a task of that form, still without Lightning:


# %% rows=["S07.8"]
class LineTask(nn.Module):
    """Learn a line, from batches (x, y)."""

    def __init__(self):
        super().__init__()
        self.line = nn.Linear(1, 1)
        nn.init.zeros_(self.line.weight)
        nn.init.zeros_(self.line.bias)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.mse_loss(self.line(x), y)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1, momentum=0.5)


task = LineTask()
first_batch = (torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0], [5.0]]))
print("loss of a batch:", task.training_step(first_batch, 0).item())
assert task.training_step(first_batch, 0).item() == 17.0  # (3² + 5²) / 2

# %% [markdown] rows=["S07.8"]
# ### Exercise 7.14 · A Trainer in ten lines
# ●●○○ · 7 minutes · 3 points
#
# Write `tiny_fit(task, batches, epochs)`: what Lightning's Trainer does at its heart. It puts the task into training mode, asks for the optimizer *once*, and goes `epochs` times through all batches. `batch_idx` is the number of the batch in its epoch, from 0. Return all losses, in order, as Python floats.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "tiny_fit"}
def tiny_fit(task, batches, epochs):
    """Train a task, in place.

    task: a module with training_step(batch, batch_idx) and configure_optimizers(); batches: a list;
    epochs: int.
    Returns: list of float, the loss of each step.
    """
    ### BEGIN SOLUTION
    task.train()
    optimizer = task.configure_optimizers()
    losses = []
    for _ in range(epochs):
        for batch_idx, batch in enumerate(batches):
            optimizer.zero_grad()
            loss = task.training_step(batch, batch_idx)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_tiny_fit", "points": 3}
class Diary(LineTask):
    """A LineTask that notes what it was asked."""

    def __init__(self):
        super().__init__()
        self.notes = []

    def training_step(self, batch, batch_idx):
        self.notes.append((batch_idx, self.training))
        return super().training_step(batch, batch_idx)


def fitted(batches, epochs):
    """Train a new LineTask: its losses, and the line that it found."""
    task = LineTask()
    losses = tiny_fit(task, batches, epochs)
    return losses, task.line.weight.item(), task.line.bias.item()


def asked(batches, epochs):
    """What tiny_fit asked a task that was in eval mode: (batch_idx, in training mode?)."""
    task = Diary().eval()
    tiny_fit(task, batches, epochs)
    return task.notes


second_batch = (torch.tensor([[0.0]]), torch.tensor([[1.0]]))
check(asked, [first_batch, second_batch], 2).gives(
    [(0, True), (1, True), (0, True), (1, True)]
)
check(fitted, [first_batch], 1).gives(([17.0], 1.3, 0.8))
check(fitted, [first_batch, second_batch], 2).gives(
    ([17.0, 0.04, 0.027850058, 0.18232894], 2.366999865, 1.435099959)
)
solved(tiny_fit)
### BEGIN HIDDEN TESTS
for _ in range(3):
    _batches = [
        (fresh.floats(3, 1).clamp(-2, 2), fresh.floats(3, 1))
        for _ in range(fresh.integer(1, 4))
    ]
    _epochs = fresh.integer(0, 3)
    _w = torch.zeros(2, requires_grad=True)
    _optimizer, _losses = torch.optim.SGD([_w], lr=0.1, momentum=0.5), []
    for _x, _y in _batches * _epochs:
        _loss = ((_w[0] * _x + _w[1] - _y) ** 2).mean()
        (_w.grad,) = torch.autograd.grad(_loss, _w)
        _optimizer.step()
        _losses.append(_loss.item())
    check(fitted, _batches, _epochs).gives(
        (_losses, _w[0].item(), _w[1].item()), tolerance=(1e-3, 1e-4)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two loops</summary>An outer one for the epochs, an inner one <code>for batch_idx, batch in enumerate(batches)</code>. What belongs before both?</details>
# <details><summary>Hint 2: the middle</summary><code>zero_grad</code>, <code>training_step</code>, <code>backward</code>, <code>step</code>. The loss comes from the task.</details>
# <details><summary>Hint 3: nearly there</summary>Before the loops <code>task.train()</code> and <code>optimizer = task.configure_optimizers()</code>; in the inner loop <code>loss = task.training_step(batch, batch_idx)</code>.</details>

# %% [markdown] rows=["S07.8"]
# Now the real thing. (Importing it takes some seconds.) A `LightningModule` is an `nn.Module` with these two answers. Take the digits, and train the same network twice: by a plain loop, and by Lightning's Trainer.

# %% rows=["S07.8"]
with warnings.catch_warnings():
    # Lightning's own code uses a name that this torch will drop some day: nothing that we could mend.
    warnings.simplefilter("ignore")
    import lightning as L

# The Trainer tells which devices it found, and advertises. Errors we still want to see.
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class LitDigits(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    def training_step(self, batch, batch_idx):
        images, labels = batch
        return F.cross_entropy(self.net(images), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1, momentum=0.9)


torch.manual_seed(16)
lit = LitDigits()
plain = copy.deepcopy(lit.net)  # the same first weights, for the plain loop
assert isinstance(lit, nn.Module)
print([name for name, _ in lit.named_parameters()])

# %% rows=["S07.8"]
images, labels = load_digits()
rows = torch.utils.data.TensorDataset(images[:1280].flatten(1) / 16, labels[:1280].long())
loader = torch.utils.data.DataLoader(rows, batch_size=64)  # deals batches: chapter 09

# By Lightning:
with warnings.catch_warnings():
    # As above; and it would like more helpers for the loader.
    warnings.simplefilter("ignore")
    trainer = L.Trainer(
        max_epochs=3,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        logger=False,
    )
    trainer.fit(lit, loader)

# By hand:
optimizer = torch.optim.SGD(plain.parameters(), lr=0.1, momentum=0.9)
plain.train()
for _ in range(3):
    for images_now, labels_now in loader:
        optimizer.zero_grad()
        F.cross_entropy(plain(images_now), labels_now).backward()
        optimizer.step()

assert trainer.global_step == 3 * len(loader)
for by_lightning, by_hand in zip(lit.net.parameters(), plain.parameters(), strict=True):
    torch.testing.assert_close(by_lightning, by_hand)
with torch.no_grad():
    right_share = (
        (plain(rows.tensors[0]).argmax(dim=1) == rows.tensors[1]).float().mean().item()
    )
print(
    f"the same weights, after {trainer.global_step} steps; {right_share:.0%} of the digits right"
)
assert right_share > 0.8

# %% [markdown] rows=["S07.8"]
# The same weights. So Lightning learns no better; it *writes the loop for you*. And more: progress bars, checkpoints, logs, several GPUs, all by a word in `Trainer(…)`. Here we switched most of it off.
#
# | | a plain loop | Lightning |
# |---|---|---|
# | the network | `nn.Module` | `LightningModule`, an `nn.Module` too |
# | zero_grad, backward, step | you write them | the Trainer calls them |
# | `train()` and `eval()`, `no_grad`, devices | you think of them | the Trainer does |
# | something unusual in the loop | you write it | you look for the right hook |
#
# This course writes its loops by hand, for it wants to show them. Chapter 10 does so at length.

# %% [markdown] rows=["S07.1", "S07.6", "S07.5", "E29", "E32"]
# ## 10 · Tell it in words
#
# Four networks, by four colleagues. Each has **one** silent fault. No error came, and all four losses fall. Below is a doctor's report. The first line is a healthy network, for comparison.


# %% rows=["S07.1", "S07.6", "S07.5", "E29", "E32"]
class Patient(nn.Module):
    def __init__(self, fault):
        super().__init__()
        self.fault = fault
        middle = [nn.Linear(8, 8) for _ in range(3)]
        if fault == "A":
            self.middle = middle
        elif fault == "B":
            self.middle = nn.ModuleList([middle[0]] * 3)
        else:
            self.middle = nn.ModuleList(middle)
        self.last = nn.Linear(8, 1)

    def forward(self, x):
        for layer in self.middle:
            if self.fault == "C":
                x = F.linear(x, layer.weight.data, layer.bias.data)
            else:
                x = layer(x)
            x = F.relu(x)
            x = F.dropout(x, 0.3, training=True if self.fault == "D" else self.training)
        return self.last(x)


def report(fault):
    torch.manual_seed(17)
    patient, x = Patient(fault), torch.randn(4, 8)
    patient(x).sum().backward()
    learn = sum(p.numel() for p in patient.parameters())
    in_file = sum(t.numel() for t in patient.state_dict().values())
    moved = sum(p.numel() for p in patient.parameters() if p.grad is not None)
    patient.eval()
    return learn, in_file, moved, torch.equal(patient(x), patient(x))


print("           parameters   in the file   get a gradient   eval repeats itself")
for fault in ("healthy", "A", "B", "C", "D"):
    learn, in_file, moved, steady = report(fault)
    print(f"{fault:10} {learn:10} {in_file:13} {moved:16} {steady!s:>21}")

assert report("healthy") == (225, 225, 225, True)
assert report("A") == (9, 9, 9, True)
assert report("B") == (81, 225, 81, True)
assert report("C") == (225, 225, 9, True)
assert report("D") == (225, 225, 225, False)

# %% [markdown] rows=["S07.1", "S07.6", "S07.5", "E29", "E32"]
# ### Exercise 7.15 · The doctor's letter
# ●●○○ · 10 minutes · 3 points
#
# *A person reads this answer.* In the cell below, write two or three sentences on each of A, B, C and D: what is wrong, *which number of the report* gives it away and why it has this very value, and what you would write instead. Last: why did none of them raise an error, and which two lines would you run after building any new network?

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "doctors_letter", "points": 3}
# ### BEGIN SOLUTION
# A full answer says: **A** keeps its middle layers in a plain Python list. The module does not see them: only the 8 weights and 1 bias of `last` are counted, 9 numbers, and no more are in the file. Write `nn.ModuleList`.
# **B** has one layer in three places, `[layer] * 3`. There are 72 + 9 = 81 numbers to learn instead of 225; the state_dict counts the ways, so the file still shows 225. If sharing was not meant, make a new layer in each round.
# **C** uses `.data` in forward. All 225 are parameters and in the file, but only the 9 of the last layer get a gradient: `.data` cuts the graph before it. Call the layer, or use `layer.weight` itself.
# **D** tells dropout `training=True` always. All counts are right, but two questions in eval mode get two answers. Write `training=self.training`, or take `nn.Dropout`.
# None raises an error because each of them is allowed Python and torch: forward runs, and the part that is visible and connected lowers the loss. After building a network: count the parameters (or print their names), and after one backward look which have `grad is None`; for D also ask twice in eval mode.
#
# Points: 1 for naming the four faults, 1 for explaining 9, 81 against 225, 9 and False, 1 for the cures and two sensible checks.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - A module looks after what you put into `self`: modules, parameters, buffers. A plain list hides them; `super().__init__()` comes first.
# - Write `forward`, but call the module: `net(x)`. The call tells the hooks.
# - `parameters()` gives each tensor once; `state_dict()` gives each name, buffers too.
# - With weights take `nn.Xxx`. The functions in `F` keep nothing; you hand them the weights, and `training=self.training`.
# - A layer of your own is `nn.Parameter` plus a `forward` without `.data`.
# - `nn.Linear` starts uniformly in ±1/√inputs. For deep networks with ReLU, He's spread keeps the signal alive.
# - One layer in two places is one set of weights. The gradients of both places add up.
# - Dropout: zeros, and the rest times 1/(1 − p). BatchNorm: this batch while training, running averages in eval. `eval()` and `no_grad()` are two things.
#
# | I want | I write |
# |---|---|
# | a row of layers | `nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))` |
# | a network of my own | a class with `super().__init__()` and `forward` |
# | many layers in a list | `nn.ModuleList([...])` |
# | a tensor that learns | `nn.Parameter(torch.ones(n))` |
# | a tensor that only belongs to it | `self.register_buffer("mean", mean)` |
# | all parameters by name, shared ones twice | `net.named_parameters(remove_duplicate=False)` |
# | other first weights, everywhere | `net.apply(fn)`, with `nn.init.…_` in `fn` |
# | to freeze a part | `net.part.requires_grad_(False)` |
# | to see what a layer gives | `layer.register_forward_hook(fn)`; later `handle.remove()` |
# | answers for real | `net.eval()`, and `with torch.no_grad():` |
# | somebody else's loop | `L.LightningModule`, `L.Trainer(…).fit(module, loader)` |
#
# Next: [chapter 08](../08_optimizers/08_optimizers.ipynb), where the weights learn to move.

# %% [markdown]
# ### Exercise 7.16 · Quiz
# ●○○○ · 5 minutes · 3 points
#
# One letter for each question.
#
# **q1** `self.layers = [nn.Linear(3, 3), nn.Linear(3, 1)]` in a module's `__init__`. What happens?
# - (a) forward works, but `parameters()` does not give these layers
# - (b) an error, when the module is made
# - (c) the same as with `nn.ModuleList`
#
# **q2** The weight of `nn.Linear(10, 4)` has the shape
# - (a) `(10, 4)`
# - (b) `(4, 10)`
# - (c) `(10,)`
#
# **q3** One layer stands in two places of a network. After `backward` its weight has as gradient
# - (a) that of the last place
# - (b) the mean of both
# - (c) the sum of both
#
# **q4** A parameter's numbers should be in the file, move with `.to(…)`, and never be trained. You take
# - (a) a plain attribute
# - (b) a buffer
# - (c) an `nn.Parameter`, and leave it out of the optimizer
#
# **q5** `nn.Dropout(0.75)` in training mode gets a 1. It gives
# - (a) 0 or 4
# - (b) 0 or 1
# - (c) always 0.25
#
# **q6** In eval mode BatchNorm normalises with
# - (a) the mean and the variance of this batch
# - (b) the mean of all training data
# - (c) running averages, in which the last batches count most

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "a", "q2": "b", "q3": "c", "q4": "b", "q5": "a", "q6": "c"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 3}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "a",
    "q2": "b",
    "q3": "c",
    "q4": "b",
    "q5": "a",
    "q6": "c",
}
### END HIDDEN TESTS

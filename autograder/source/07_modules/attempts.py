"""Attempts that test the tests of chapter 07: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import copy
import math

import torch
from torch import nn
from torch.nn import functional as F

from autograder.attempts import quiz, right, wrong

# ------------------------------------------------------------------ 7.1 what_learns


@right(
    "what_learns",
    way="one loop and two counters: counts = [0, 0], then counts[not p.requires_grad] += p.numel() for each parameter.",
)
def what_learns(model):
    counts = [0, 0]
    for p in model.parameters():
        counts[not p.requires_grad] += p.numel()
    return tuple(counts)


@right("what_learns")
def what_learns(model):
    sizes = {name: (p.numel(), p.requires_grad) for name, p in model.named_parameters()}
    return (
        sum(size for size, learns in sizes.values() if learns),
        sum(size for size, learns in sizes.values() if not learns),
    )


@wrong(
    "what_learns",
    say="You counted tensors; a tensor of shape (2, 3) holds 6 numbers. Take p.numel().",
)
def what_learns(model):
    learning = [p for p in model.parameters() if p.requires_grad]
    return len(learning), len(list(model.parameters())) - len(learning)


@wrong(
    "what_learns",
    say="You asked state_dict(): its tensors never require grad, so everything looks frozen, and buffers are in it too. Ask parameters().",
)
def what_learns(model):
    learning = sum(p.numel() for p in model.state_dict().values() if p.requires_grad)
    return learning, sum(p.numel() for p in model.state_dict().values()) - learning


@wrong(
    "what_learns",
    say="The first number counts all parameters, frozen ones too: leave out those whose requires_grad is False.",
)
def what_learns(model):
    frozen = sum(p.numel() for p in model.parameters() if not p.requires_grad)
    return sum(p.numel() for p in model.parameters()), frozen


@wrong(
    "what_learns",
    say="The two numbers changed places: first what learns, then what is frozen.",
)
def what_learns(model):
    learning = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return sum(p.numel() for p in model.parameters()) - learning, learning


@wrong(
    "what_learns",
    say="You only looked into the model's own drawers, not into the boxes inside it. parameters() without recurse=False goes through all of them.",
)
def what_learns(model):
    learning = sum(p.numel() for p in model.parameters(recurse=False) if p.requires_grad)
    return learning, sum(p.numel() for p in model.parameters(recurse=False)) - learning


@wrong(
    "what_learns",
    say="A layer that is used in two places was counted twice; parameters() of the whole model gives each parameter once.",
)
def what_learns(model):
    boxes = list(model) if isinstance(model, nn.Sequential) else [model]
    learning = sum(p.numel() for b in boxes for p in b.parameters() if p.requires_grad)
    frozen = sum(p.numel() for b in boxes for p in b.parameters() if not p.requires_grad)
    return learning, frozen


@wrong(
    "what_learns",
    say="Your second number counts all of them; only the frozen ones were asked for.",
)
def what_learns(model):
    learning = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return learning, sum(p.numel() for p in model.parameters())


@wrong(
    "what_learns",
    say="You asked the boxes inside, one by one. A single layer has none, and holds its parameters itself: ask the model, model.parameters().",
)
def what_learns(model):
    inside = [p for child in model.children() for p in child.parameters()]
    learning = sum(p.numel() for p in set(inside) if p.requires_grad)
    return learning, sum(p.numel() for p in set(inside)) - learning


# -------------------------------------------------------------- 7.2 one_layer


@right(
    "one_layer",
    way="nn.ReLU() as a second box, self.relu = nn.ReLU() in __init__ and self.relu(self.fc(inputs)) in forward: it has no weights, so no name in a file changes.",
)
def _():
    class OneLayer(nn.Module):
        def __init__(self, in_features, out_features):
            super().__init__()
            self.fc = nn.Linear(in_features, out_features)
            self.relu = nn.ReLU()

        def forward(self, inputs):
            return self.relu(self.fc(inputs))

    def one_layer(weight, bias, x):
        model = OneLayer(weight.shape[1], weight.shape[0])
        model.load_state_dict({"fc.weight": weight, "fc.bias": bias})
        return model(x)


@right("one_layer")
def _():
    class OneLayer(torch.nn.Module):
        def __init__(self, in_features, out_features):
            super(OneLayer, self).__init__()
            self.fc = torch.nn.Linear(in_features, out_features)

        def forward(self, inputs):
            return torch.nn.functional.relu(self.fc(inputs))

    def one_layer(weight, bias, x):
        model = OneLayer(weight.shape[1], weight.shape[0])
        model.load_state_dict({"fc.weight": weight, "fc.bias": bias})
        return model(x)


@wrong("one_layer", say="super needs its brackets: super().__init__().")
def _():
    class OneLayer(nn.Module):
        def __init__(self, in_features, out_features):
            super.__init__()
            self.fc = nn.Linear(in_features, out_features)

        def forward(self, inputs):
            return F.relu(self.fc(inputs))

    def one_layer(weight, bias, x):
        model = OneLayer(weight.shape[1], weight.shape[0])
        model.load_state_dict({"fc.weight": weight, "fc.bias": bias})
        return model(x)


@wrong(
    "one_layer",
    say="The line super().__init__() is gone: it makes the drawers, and must come first.",
)
def _():
    class OneLayer(nn.Module):
        def __init__(self, in_features, out_features):
            self.fc = nn.Linear(in_features, out_features)

        def forward(self, inputs):
            return F.relu(self.fc(inputs))

    def one_layer(weight, bias, x):
        model = OneLayer(weight.shape[1], weight.shape[0])
        model.load_state_dict({"fc.weight": weight, "fc.bias": bias})
        return model(x)


@wrong("one_layer", say="Linear lives in torch.nn, not in nn.Module: nn.Linear.")
def _():
    class OneLayer(nn.Module):
        def __init__(self, in_features, out_features):
            super().__init__()
            self.fc = nn.Module.Linear(in_features, out_features)

        def forward(self, inputs):
            return F.relu(self.fc(inputs))

    def one_layer(weight, bias, x):
        model = OneLayer(weight.shape[1], weight.shape[0])
        model.load_state_dict({"fc.weight": weight, "fc.bias": bias})
        return model(x)


@wrong(
    "one_layer",
    say="There is no nn.function: the functions live in torch.nn.functional, here F.",
)
def _():
    class OneLayer(nn.Module):
        def __init__(self, in_features, out_features):
            super().__init__()
            self.fc = nn.Linear(in_features, out_features)

        def forward(self, inputs):
            return nn.function.relu(self.fc(inputs))

    def one_layer(weight, bias, x):
        model = OneLayer(weight.shape[1], weight.shape[0])
        model.load_state_dict({"fc.weight": weight, "fc.bias": bias})
        return model(x)


@wrong(
    "one_layer",
    say="nn.ReLU(…) builds a box; your numbers went into the building. Write F.relu(…), or nn.ReLU()(…).",
)
def _():
    class OneLayer(nn.Module):
        def __init__(self, in_features, out_features):
            super().__init__()
            self.fc = nn.Linear(in_features, out_features)

        def forward(self, inputs):
            return nn.ReLU(self.fc(inputs))

    def one_layer(weight, bias, x):
        model = OneLayer(weight.shape[1], weight.shape[0])
        model.load_state_dict({"fc.weight": weight, "fc.bias": bias})
        return model(x)


@wrong("one_layer", say="The ReLU is gone: below zero this network answers zero.")
def _():
    class OneLayer(nn.Module):
        def __init__(self, in_features, out_features):
            super().__init__()
            self.fc = nn.Linear(in_features, out_features)

        def forward(self, inputs):
            return self.fc(inputs)

    def one_layer(weight, bias, x):
        model = OneLayer(weight.shape[1], weight.shape[0])
        model.load_state_dict({"fc.weight": weight, "fc.bias": bias})
        return model(x)


@wrong(
    "one_layer",
    say="The layer has another name now, and a file that says fc.weight does not fit it. Keep the name fc.",
)
def _():
    class OneLayer(nn.Module):
        def __init__(self, in_features, out_features):
            super().__init__()
            self.linear = nn.Linear(in_features, out_features)

        def forward(self, inputs):
            return F.relu(self.linear(inputs))

    def one_layer(weight, bias, x):
        model = OneLayer(weight.shape[1], weight.shape[0])
        model.load_state_dict({"fc.weight": weight, "fc.bias": bias})
        return model(x)


# --------------------------------------------------------- 7.3 shapes_through


@right(
    "shapes_through",
    way="a small function that makes the listener, listen(name), in place of name=name: each call of it keeps its own name.",
)
def shapes_through(model, x):
    shapes = {}

    def listener(name):
        return lambda module, inputs, output: shapes.update({name: tuple(output.shape)})

    handles = [c.register_forward_hook(listener(n)) for n, c in model.named_children()]
    try:
        model(x)
    finally:
        for handle in handles:
            handle.remove()
    return shapes


@right("shapes_through")
def shapes_through(model, x):
    names = {child: name for name, child in model.named_children()}
    shapes = {}

    def listen(module, inputs, output):
        shapes[names[module]] = tuple(output.shape)

    handles = [child.register_forward_hook(listen) for child in names]
    with torch.no_grad():
        model(x)
    [handle.remove() for handle in handles]
    return shapes


@wrong(
    "shapes_through",
    say="Your hooks are still there: the next use of the model changes your dict. Keep each handle and call handle.remove().",
)
def shapes_through(model, x):
    shapes = {}
    for name, child in model.named_children():

        def listen(module, inputs, output, name=name):
            shapes[name] = tuple(output.shape)

        child.register_forward_hook(listen)
    model(x)
    return shapes


@wrong(
    "shapes_through",
    say="All hooks wrote under one name, the last: the function looks up name when it runs, after the loop. Keep it with name=name.",
)
def shapes_through(model, x):
    shapes, handles = {}, []
    for name, child in model.named_children():

        def listen(module, inputs, output):
            shapes[name] = tuple(output.shape)

        handles.append(child.register_forward_hook(listen))
    model(x)
    for handle in handles:
        handle.remove()
    return shapes


@wrong(
    "shapes_through",
    say="You called the children one after another, in the order in which they were made. Only forward knows the real order: let the model run, with hooks on the children.",
)
def shapes_through(model, x):
    shapes = {}
    for name, child in model.named_children():
        x = child(x)
        shapes[name] = tuple(x.shape)
    return shapes


@wrong(
    "shapes_through",
    say="named_modules() gives the model itself and every box in every box; named_children() gives the direct children.",
)
def shapes_through(model, x):
    shapes, handles = {}, []
    for name, child in model.named_modules():

        def listen(module, inputs, output, name=name):
            shapes[name] = tuple(output.shape)

        handles.append(child.register_forward_hook(listen))
    model(x)
    for handle in handles:
        handle.remove()
    return shapes


@wrong(
    "shapes_through",
    say="These are the shapes that go in; the ones that come out were asked for: the third argument of the hook.",
)
def shapes_through(model, x):
    shapes, handles = {}, []
    for name, child in model.named_children():

        def listen(module, inputs, output, name=name):
            shapes[name] = tuple(inputs[0].shape)

        handles.append(child.register_forward_hook(listen))
    model(x)
    for handle in handles:
        handle.remove()
    return shapes


# ------------------------------------------------------------------ 7.4 tower


@right(
    "tower",
    way="collect the boxes in a Python list, Linear and ReLU in turn, and unpack them into nn.Sequential(*boxes): then forward is one line.",
)
def _():
    class Tower(nn.Module):
        def __init__(self, widths):
            super().__init__()
            boxes = []
            for i in range(len(widths) - 1):
                if i > 0:
                    boxes.append(nn.ReLU())
                boxes.append(nn.Linear(widths[i], widths[i + 1]))
            self.row = nn.Sequential(*boxes)

        def forward(self, x):
            return self.row(x)

    def tower_shapes(widths):
        return [tuple(p.shape) for p in Tower(widths).parameters()]

    def tower_answer(widths, x):
        model = Tower(widths)
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
        return model(x)


@right("tower")
def _():
    class Tower(nn.Module):
        def __init__(self, widths):
            super().__init__()
            self.last = len(widths) - 2
            for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
                self.add_module(f"layer{i}", nn.Linear(inputs, outputs))

        def forward(self, x):
            for i, child in enumerate(self.children()):
                x = child(x)
                if i < self.last:
                    x = x.relu()
            return x

    def tower_shapes(widths):
        return [tuple(p.shape) for p in Tower(widths).parameters()]

    def tower_answer(widths, x):
        model = Tower(widths)
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
        return model(x)


@wrong(
    "tower",
    say="The layers are still in a plain Python list, which a module does not see. Take nn.ModuleList.",
)
def _():
    class Tower(nn.Module):
        def __init__(self, widths):
            super().__init__()
            self.layers = []
            for inputs, outputs in zip(widths, widths[1:]):
                self.layers.append(nn.Linear(inputs, outputs))

        def forward(self, x):
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)

    def tower_shapes(widths):
        return [tuple(p.shape) for p in Tower(widths).parameters()]

    def tower_answer(widths, x):
        model = Tower(widths)
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
        return model(x)


@wrong(
    "tower",
    say="There is still a ReLU behind the last layer: it turns every negative score into zero.",
)
def _():
    class Tower(nn.Module):
        def __init__(self, widths):
            super().__init__()
            self.layers = nn.ModuleList()
            for inputs, outputs in zip(widths, widths[1:]):
                self.layers.append(nn.Linear(inputs, outputs))

        def forward(self, x):
            for layer in self.layers:
                x = F.relu(layer(x))
            return x

    def tower_shapes(widths):
        return [tuple(p.shape) for p in Tower(widths).parameters()]

    def tower_answer(widths, x):
        model = Tower(widths)
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
        return model(x)


@wrong(
    "tower",
    say="No ReLU is left between the layers: two linear layers in a row are only one linear layer.",
)
def _():
    class Tower(nn.Module):
        def __init__(self, widths):
            super().__init__()
            self.layers = nn.Sequential(
                *[nn.Linear(a, b) for a, b in zip(widths, widths[1:])]
            )

        def forward(self, x):
            return self.layers(x)

    def tower_shapes(widths):
        return [tuple(p.shape) for p in Tower(widths).parameters()]

    def tower_answer(widths, x):
        model = Tower(widths)
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
        return model(x)


@wrong(
    "tower",
    say="[nn.Linear(…)] * n is the same layer n times, not n layers. Make a new one in each round.",
)
def _():
    class Tower(nn.Module):
        def __init__(self, widths):
            super().__init__()
            first = nn.Linear(widths[0], widths[1])
            rest = [nn.Linear(widths[1], widths[2])] * (len(widths) - 2)
            self.layers = nn.ModuleList([first] + rest)

        def forward(self, x):
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)

    def tower_shapes(widths):
        return [tuple(p.shape) for p in Tower(widths).parameters()]

    def tower_answer(widths, x):
        model = Tower(widths)
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
        return model(x)


@wrong(
    "tower",
    say="One layer is missing: n widths make n - 1 layers, and the last pair counts too.",
)
def _():
    class Tower(nn.Module):
        def __init__(self, widths):
            super().__init__()
            self.layers = nn.ModuleList()
            for i in range(len(widths) - 2):
                self.layers.append(nn.Linear(widths[i], widths[i + 1]))

        def forward(self, x):
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)

    def tower_shapes(widths):
        return [tuple(p.shape) for p in Tower(widths).parameters()]

    def tower_answer(widths, x):
        model = Tower(widths)
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(torch.linspace(-1, 1, p.numel()).view_as(p))
        return model(x)


# ----------------------------------------------------------------- 7.5 scaler


@right(
    "scaler",
    way="nn.Buffer(mean), assigned like a parameter: self.mean = nn.Buffer(mean). It is the newer way to write register_buffer.",
)
def _():
    class Scaler(nn.Module):
        def __init__(self, mean, std):
            super().__init__()
            self.mean = nn.Buffer(mean)
            self.std = nn.Buffer(std)

        def forward(self, x):
            return (x - self.mean) / self.std

    def scaled(mean, std, x):
        return Scaler(mean, std)(x)

    def scaler_drawers(mean, std):
        made = Scaler(mean, std)
        return {
            "learn": sorted(name for name, _ in made.named_parameters()),
            "buffers": sorted(name for name, _ in made.named_buffers()),
            "in a file": {n: values.tolist() for n, values in made.state_dict().items()},
        }


@right("scaler")
def _():
    class Scaler(nn.Module):
        def __init__(self, mean, std):
            super().__init__()
            for name, values in (("mean", mean), ("std", std)):
                self.register_buffer(name, values.detach().clone())

        def forward(self, x):
            return x.sub(self.mean).div(self.std)

    def scaled(mean, std, x):
        return Scaler(mean, std)(x)

    def scaler_drawers(mean, std):
        made = Scaler(mean, std)
        return {
            "learn": sorted(name for name, _ in made.named_parameters()),
            "buffers": sorted(name for name, _ in made.named_buffers()),
            "in a file": {n: values.tolist() for n, values in made.state_dict().items()},
        }


@wrong(
    "scaler",
    say="mean and std are plain attributes: they are in no file, and .to(…) leaves them behind. Use register_buffer.",
)
def _():
    class Scaler(nn.Module):
        def __init__(self, mean, std):
            super().__init__()
            self.mean = mean
            self.std = std

        def forward(self, x):
            return (x - self.mean) / self.std

    def scaled(mean, std, x):
        return Scaler(mean, std)(x)

    def scaler_drawers(mean, std):
        made = Scaler(mean, std)
        return {
            "learn": sorted(name for name, _ in made.named_parameters()),
            "buffers": sorted(name for name, _ in made.named_buffers()),
            "in a file": {n: values.tolist() for n, values in made.state_dict().items()},
        }


@wrong(
    "scaler",
    say="As parameters, mean and std are what an optimizer may change; a frozen one too, once somebody unfreezes the model. Use register_buffer.",
)
def _():
    class Scaler(nn.Module):
        def __init__(self, mean, std):
            super().__init__()
            self.mean = nn.Parameter(mean)
            self.std = nn.Parameter(std)

        def forward(self, x):
            return ((x - self.mean) / self.std).detach()

    def scaled(mean, std, x):
        return Scaler(mean, std)(x)

    def scaler_drawers(mean, std):
        made = Scaler(mean, std)
        return {
            "learn": sorted(name for name, _ in made.named_parameters()),
            "buffers": sorted(name for name, _ in made.named_buffers()),
            "in a file": {n: values.tolist() for n, values in made.state_dict().items()},
        }


@wrong(
    "scaler",
    say="As parameters, mean and std are what an optimizer may change; a frozen one too, once somebody unfreezes the model. Use register_buffer.",
)
def _():
    class Scaler(nn.Module):
        def __init__(self, mean, std):
            super().__init__()
            self.mean = nn.Parameter(mean, requires_grad=False)
            self.std = nn.Parameter(std, requires_grad=False)

        def forward(self, x):
            return (x - self.mean) / self.std

    def scaled(mean, std, x):
        return Scaler(mean, std)(x)

    def scaler_drawers(mean, std):
        made = Scaler(mean, std)
        return {
            "learn": sorted(name for name, _ in made.named_parameters()),
            "buffers": sorted(name for name, _ in made.named_buffers()),
            "in a file": {n: values.tolist() for n, values in made.state_dict().items()},
        }


@wrong(
    "scaler",
    say="persistent=False keeps these buffers out of the state_dict, and so out of the file.",
)
def _():
    class Scaler(nn.Module):
        def __init__(self, mean, std):
            super().__init__()
            self.register_buffer("mean", mean, persistent=False)
            self.register_buffer("std", std, persistent=False)

        def forward(self, x):
            return (x - self.mean) / self.std

    def scaled(mean, std, x):
        return Scaler(mean, std)(x)

    def scaler_drawers(mean, std):
        made = Scaler(mean, std)
        return {
            "learn": sorted(name for name, _ in made.named_parameters()),
            "buffers": sorted(name for name, _ in made.named_buffers()),
            "in a file": {n: values.tolist() for n, values in made.state_dict().items()},
        }


@wrong("scaler", say="First subtract the mean, then divide: brackets round x - self.mean.")
def _():
    class Scaler(nn.Module):
        def __init__(self, mean, std):
            super().__init__()
            self.register_buffer("mean", mean)
            self.register_buffer("std", std)

        def forward(self, x):
            return x - self.mean / self.std

    def scaled(mean, std, x):
        return Scaler(mean, std)(x)

    def scaler_drawers(mean, std):
        made = Scaler(mean, std)
        return {
            "learn": sorted(name for name, _ in made.named_parameters()),
            "buffers": sorted(name for name, _ in made.named_buffers()),
            "in a file": {n: values.tolist() for n, values in made.state_dict().items()},
        }


@wrong(
    "scaler",
    say="These are the mean and the spread of this one batch. The ones that were handed in at the beginning count, or a single row could not be scaled.",
)
def _():
    class Scaler(nn.Module):
        def __init__(self, mean, std):
            super().__init__()
            self.register_buffer("mean", mean)
            self.register_buffer("std", std)

        def forward(self, x):
            return (x - x.mean(dim=0)) / x.std(dim=0, correction=0)

    def scaled(mean, std, x):
        return Scaler(mean, std)(x)

    def scaler_drawers(mean, std):
        made = Scaler(mean, std)
        return {
            "learn": sorted(name for name, _ in made.named_parameters()),
            "buffers": sorted(name for name, _ in made.named_buffers()),
            "in a file": {n: values.tolist() for n, values in made.state_dict().items()},
        }


# ---------------------------------------------------------------- 7.6 halfway


@right(
    "halfway",
    way="build a SmallNet and let torch.func.functional_call(net, mean, x) run it with other weights: for networks with more than two layers that saves you from writing forward again.",
)
def halfway(a, b, x):
    outputs, hidden = a["output.weight"].shape
    net = SmallNet(x.shape[1], hidden, outputs)
    mean = {name: torch.lerp(a[name], b[name], 0.5) for name in a}
    return torch.func.functional_call(net, mean, x).detach()


@right("halfway")
def halfway(a, b, x):
    for name in ("hidden", "output"):
        weight = (a[f"{name}.weight"] + b[f"{name}.weight"]) * 0.5
        bias = (a[f"{name}.bias"] + b[f"{name}.bias"]) * 0.5
        x = x @ weight.t() + bias
        if name == "hidden":
            x = x.clamp(min=0)
    return x


@wrong(
    "halfway",
    say="You took the mean of two answers. The answer of the mean network is something else: first average the weights, then calculate.",
)
def halfway(a, b, x):
    def answer(s):
        inside = F.relu(F.linear(x, s["hidden.weight"], s["hidden.bias"]))
        return F.linear(inside, s["output.weight"], s["output.bias"])

    return (answer(a) + answer(b)) / 2


@wrong("halfway", say="The ReLU between the layers is missing.")
def halfway(a, b, x):
    mean = {name: (a[name] + b[name]) / 2 for name in a}
    inside = F.linear(x, mean["hidden.weight"], mean["hidden.bias"])
    return F.linear(inside, mean["output.weight"], mean["output.bias"])


@wrong(
    "halfway",
    say="SmallNet has no ReLU behind its last layer: a negative answer stays negative.",
)
def halfway(a, b, x):
    mean = {name: (a[name] + b[name]) / 2 for name in a}
    inside = F.relu(F.linear(x, mean["hidden.weight"], mean["hidden.bias"]))
    return F.relu(F.linear(inside, mean["output.weight"], mean["output.bias"]))


@wrong(
    "halfway",
    say="You wrote the means into a: += changes the weights that belong to somebody else.",
)
def halfway(a, b, x):
    for name in a:
        a[name] += b[name]
        a[name] /= 2
    inside = F.relu(F.linear(x, a["hidden.weight"], a["hidden.bias"]))
    return F.linear(inside, a["output.weight"], a["output.bias"])


@wrong(
    "halfway", say="You left the biases out: F.linear takes the bias as its third argument."
)
def halfway(a, b, x):
    mean = {name: (a[name] + b[name]) / 2 for name in a}
    inside = F.relu(F.linear(x, mean["hidden.weight"]))
    return F.linear(inside, mean["output.weight"])


@wrong("halfway", say="You added the two and did not divide by 2.")
def halfway(a, b, x):
    mean = {name: a[name] + b[name] for name in a}
    inside = F.relu(F.linear(x, mean["hidden.weight"], mean["hidden.bias"]))
    return F.linear(inside, mean["output.weight"], mean["output.bias"])


# -------------------------------------------------------------- 7.7 my_linear


@right(
    "my_linear",
    way="torch.addmm(self.bias, x, self.weight).relu(): bias plus matrix product in one operation.",
)
def _():
    class MyLinear(nn.Module):
        def __init__(self, in_units, units):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, x):
            return torch.addmm(self.bias, x, self.weight).relu()

    def my_drawers(in_units, units):
        model = MyLinear(in_units, units)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def my_linear(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        return model(x)

    def my_slopes(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        model(x).sum().backward()
        return {name: p.grad for name, p in model.named_parameters()}


@right("my_linear")
def _():
    class MyLinear(nn.Module):
        def __init__(self, in_units, units):
            super().__init__()
            self.register_parameter("weight", nn.Parameter(torch.randn(in_units, units)))
            self.register_parameter("bias", nn.Parameter(torch.randn(units)))

        def forward(self, x):
            return F.relu(F.linear(x, self.weight.t(), self.bias))

    def my_drawers(in_units, units):
        model = MyLinear(in_units, units)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def my_linear(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        return model(x)

    def my_slopes(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        model(x).sum().backward()
        return {name: p.grad for name, p in model.named_parameters()}


@wrong(
    "my_linear",
    say="The .data is still there: it cuts the graph, and the layer never learns. Use the parameters themselves.",
)
def _():
    class MyLinear(nn.Module):
        def __init__(self, in_units, units):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, x):
            return F.relu(torch.matmul(x, self.weight.data) + self.bias.data)

    def my_drawers(in_units, units):
        model = MyLinear(in_units, units)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def my_linear(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        return model(x)

    def my_slopes(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        model(x).sum().backward()
        return {name: p.grad for name, p in model.named_parameters()}


@wrong(
    "my_linear",
    say="One .data is gone, the one at the weight is still there: only the bias would learn.",
)
def _():
    class MyLinear(nn.Module):
        def __init__(self, in_units, units):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, x):
            return F.relu(torch.matmul(x, self.weight.data) + self.bias)

    def my_drawers(in_units, units):
        model = MyLinear(in_units, units)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def my_linear(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        return model(x)

    def my_slopes(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        model(x).sum().backward()
        return {name: p.grad for name, p in model.named_parameters()}


@wrong(
    "my_linear",
    say="requires_grad=True alone makes no drawer: the module does not see a plain tensor. Wrap it in nn.Parameter(…).",
)
def _():
    class MyLinear(nn.Module):
        def __init__(self, in_units, units):
            super().__init__()
            self.weight = torch.randn(in_units, units, requires_grad=True)
            self.bias = torch.randn(units, requires_grad=True)

        def forward(self, x):
            return F.relu(x @ self.weight + self.bias)

    def my_drawers(in_units, units):
        model = MyLinear(in_units, units)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def my_linear(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        return model(x)

    def my_slopes(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        model(x).sum().backward()
        return {name: p.grad for name, p in model.named_parameters()}


@wrong(
    "my_linear",
    say="Your weight has the shape (units, in_units), as in nn.Linear. Here it is (in_units, units).",
)
def _():
    class MyLinear(nn.Module):
        def __init__(self, in_units, units):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(units, in_units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, x):
            return F.relu(x @ self.weight.t() + self.bias)

    def my_drawers(in_units, units):
        model = MyLinear(in_units, units)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def my_linear(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        return model(x)

    def my_slopes(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        model(x).sum().backward()
        return {name: p.grad for name, p in model.named_parameters()}


@wrong("my_linear", say="The ReLU at the end is missing: negative sums must become zero.")
def _():
    class MyLinear(nn.Module):
        def __init__(self, in_units, units):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, x):
            return x @ self.weight + self.bias

    def my_drawers(in_units, units):
        model = MyLinear(in_units, units)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def my_linear(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        return model(x)

    def my_slopes(weight, bias, x):
        model = MyLinear(*weight.shape)
        model.load_state_dict({"weight": weight, "bias": bias})
        model(x).sum().backward()
        return {name: p.grad for name, p in model.named_parameters()}


# --------------------------------------------------------------- 7.8 rms_norm


@right(
    "rms_norm",
    way="torch.rsqrt is one over the square root: x * torch.rsqrt(mean_square + eps) * self.weight. The large models write it so.",
)
def _():
    class OwnRMSNorm(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(size))

        def forward(self, x):
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight

    def norm_start(size):
        return {name: p.detach() for name, p in OwnRMSNorm(size).named_parameters()}

    def rms_norm(weight, x):
        model = OwnRMSNorm(len(weight))
        model.load_state_dict({"weight": weight})
        return model(x)


@right("rms_norm")
def _():
    class OwnRMSNorm(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.size = size
            self.weight = nn.Parameter(torch.full((size,), 1.0))

        def forward(self, x):
            total = (x * x).sum(dim=-1).unsqueeze(-1) / self.size
            return self.weight * x / (total + 1e-6).sqrt()

    def norm_start(size):
        return {name: p.detach() for name, p in OwnRMSNorm(size).named_parameters()}

    def rms_norm(weight, x):
        model = OwnRMSNorm(len(weight))
        model.load_state_dict({"weight": weight})
        return model(x)


@wrong(
    "rms_norm",
    say="Without eps a row of zeros is divided by zero. It belongs under the root.",
)
def _():
    class OwnRMSNorm(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(size))

        def forward(self, x):
            return x / (x**2).mean(dim=-1, keepdim=True).sqrt() * self.weight

    def norm_start(size):
        return {name: p.detach() for name, p in OwnRMSNorm(size).named_parameters()}

    def rms_norm(weight, x):
        model = OwnRMSNorm(len(weight))
        model.load_state_dict({"weight": weight})
        return model(x)


@wrong(
    "rms_norm",
    say="You took the mean over the rows (dim 0). Each row is divided by its own root mean square: dim=-1.",
)
def _():
    class OwnRMSNorm(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(size))

        def forward(self, x):
            return x / torch.sqrt((x**2).mean(dim=0, keepdim=True) + 1e-6) * self.weight

    def norm_start(size):
        return {name: p.detach() for name, p in OwnRMSNorm(size).named_parameters()}

    def rms_norm(weight, x):
        model = OwnRMSNorm(len(weight))
        model.load_state_dict({"weight": weight})
        return model(x)


@wrong(
    "rms_norm",
    say="One number for the whole tensor: mean() without dim mixes the rows. Write mean(dim=-1, keepdim=True).",
)
def _():
    class OwnRMSNorm(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(size))

        def forward(self, x):
            return x / torch.sqrt((x**2).mean() + 1e-6) * self.weight

    def norm_start(size):
        return {name: p.detach() for name, p in OwnRMSNorm(size).named_parameters()}

    def rms_norm(weight, x):
        model = OwnRMSNorm(len(weight))
        model.load_state_dict({"weight": weight})
        return model(x)


@wrong(
    "rms_norm",
    say="Without keepdim=True the means lie in a row, and broadcasting gave each column the mean of a row. Keep the dim.",
)
def _():
    class OwnRMSNorm(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(size))

        def forward(self, x):
            return x / torch.sqrt((x**2).mean(dim=-1) + 1e-6) * self.weight

    def norm_start(size):
        return {name: p.detach() for name, p in OwnRMSNorm(size).named_parameters()}

    def rms_norm(weight, x):
        model = OwnRMSNorm(len(weight))
        model.load_state_dict({"weight": weight})
        return model(x)


@wrong(
    "rms_norm",
    say="std subtracts the mean first; the root mean square does not. Square, take the mean, take the root.",
)
def _():
    class OwnRMSNorm(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(size))

        def forward(self, x):
            return (
                x
                / torch.sqrt(x.var(dim=-1, keepdim=True, correction=0) + 1e-6)
                * self.weight
            )

    def norm_start(size):
        return {name: p.detach() for name, p in OwnRMSNorm(size).named_parameters()}

    def rms_norm(weight, x):
        model = OwnRMSNorm(len(weight))
        model.load_state_dict({"weight": weight})
        return model(x)


@wrong(
    "rms_norm",
    say="Your weight starts at zero, and every answer with it. A layer that should only put sizes right starts with ones.",
)
def _():
    class OwnRMSNorm(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(size))

        def forward(self, x):
            return x / torch.sqrt((x**2).mean(dim=-1, keepdim=True) + 1e-6) * self.weight

    def norm_start(size):
        return {name: p.detach() for name, p in OwnRMSNorm(size).named_parameters()}

    def rms_norm(weight, x):
        model = OwnRMSNorm(len(weight))
        model.load_state_dict({"weight": weight})
        return model(x)


@wrong(
    "rms_norm",
    say="torch.ones(size) is a plain tensor here: nobody can train it. Wrap it in nn.Parameter(…).",
)
def _():
    class OwnRMSNorm(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = torch.ones(size)

        def forward(self, x):
            return x / torch.sqrt((x**2).mean(dim=-1, keepdim=True) + 1e-6) * self.weight

    def norm_start(size):
        return {name: p.detach() for name, p in OwnRMSNorm(size).named_parameters()}

    def rms_norm(weight, x):
        model = OwnRMSNorm(len(weight))
        model.load_state_dict({"weight": weight})
        return model(x)


# ------------------------------------------------------------ 7.9 gentle_start


@right(
    "gentle_start",
    way="a loop over model.modules(), which goes through all boxes at every depth, as apply does.",
)
def gentle_start(model):
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.normal_(module.weight, std=math.sqrt(2 / module.weight[0].numel()))
            if module.bias is not None:
                module.bias.data.zero_()
    return model


@right("gentle_start")
def gentle_start(model):
    @torch.no_grad()
    def start(module):
        if not isinstance(module, nn.Linear | nn.Conv2d):
            return
        module.weight.normal_().mul_((2 / module.weight[0].numel()) ** 0.5)
        if module.bias is not None:
            module.bias.fill_(0)

    model.apply(start)
    return model


@wrong(
    "gentle_start",
    say="With bias=False the bias is None, and there is nothing to fill. Ask first: if module.bias is not None.",
)
def gentle_start(model):
    def start(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)

    return model.apply(start)


@wrong("gentle_start", say="type(module) == … passes over subclasses. Ask with isinstance.")
def gentle_start(model):
    def start(module):
        if type(module) in (nn.Linear, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    return model.apply(start)


@wrong(
    "gentle_start",
    say="You started every parameter, those of the norm layers too: their weights should stay at one. Look which kind of module it is.",
)
def gentle_start(model):
    for p in model.parameters():
        if p.dim() > 1:
            nn.init.kaiming_normal_(p, nonlinearity="relu")
        else:
            nn.init.zeros_(p)
    return model


@wrong(
    "gentle_start",
    say="The Conv2d layers kept their default: ask for both kinds, isinstance(module, (nn.Linear, nn.Conv2d)).",
)
def gentle_start(model):
    def start(module):
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    return model.apply(start)


@wrong(
    "gentle_start",
    say="You put new parameters into the drawers. An optimizer that was built before still holds the old ones: fill the tensors in place.",
)
def gentle_start(model):
    def start(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            scale = math.sqrt(2 / module.weight[0].numel())
            module.weight = nn.Parameter(torch.randn_like(module.weight) * scale)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    return model.apply(start)


@wrong(
    "gentle_start",
    say="This spread is taken from the number of outputs (fan_out). He's √(2 / inputs) goes by what is added up: the inputs.",
)
def gentle_start(model):
    def start(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    return model.apply(start)


@wrong(
    "gentle_start",
    say="a=√5 is the setting with which nn.Linear makes its default. Leave it out: He's spread is √(2 / inputs).",
)
def gentle_start(model):
    def start(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight, a=math.sqrt(5))
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    return model.apply(start)


@wrong(
    "gentle_start", say="The biases kept their random start: nn.init.zeros_(module.bias)."
)
def gentle_start(model):
    def start(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    return model.apply(start)


@wrong(
    "gentle_start",
    say="It works, but gives nothing back: return the model (apply returns it too).",
)
def gentle_start(model):
    def start(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    model.apply(start)


@wrong(
    "gentle_start",
    say="For a Conv2d the inputs of one output are all the numbers under the filter: in_channels times its area. nn.init.kaiming_normal_ counts them for you.",
)
def gentle_start(model):
    def start(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.normal_(module.weight, std=math.sqrt(2 / module.weight.shape[1]))
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    return model.apply(start)


# ------------------------------------------------------- 7.10 tied_autoencoder


@right(
    "tied_autoencoder",
    way="the matrix product itself, code @ self.encoder.weight + self.back: the shape (codes, inputs) fits without turning.",
)
def _():
    class TiedAutoencoder(nn.Module):
        def __init__(self, inputs, codes):
            super().__init__()
            self.encoder = nn.Linear(inputs, codes)
            self.back = nn.Parameter(torch.zeros(inputs))

        def forward(self, x):
            return F.relu(self.encoder(x)) @ self.encoder.weight + self.back

    def tied_shapes(inputs, codes):
        model = TiedAutoencoder(inputs, codes)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def tied_run(weight, bias, back, x):
        torch.manual_seed(0)
        model = TiedAutoencoder(weight.shape[1], weight.shape[0])
        model.load_state_dict(
            {"encoder.weight": weight, "encoder.bias": bias, "back": back}
        )
        answer = model(x)
        answer.sum().backward()
        return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


@right("tied_autoencoder")
def _():
    class TiedAutoencoder(nn.Module):
        def __init__(self, inputs, codes):
            super().__init__()
            self.encoder = nn.Linear(inputs, codes)
            self.back = nn.Parameter(torch.zeros(inputs))

        def forward(self, x):
            code = self.encoder(x).clamp(min=0)
            return torch.addmm(self.back, code, self.encoder.weight)

    def tied_shapes(inputs, codes):
        model = TiedAutoencoder(inputs, codes)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def tied_run(weight, bias, back, x):
        torch.manual_seed(0)
        model = TiedAutoencoder(weight.shape[1], weight.shape[0])
        model.load_state_dict(
            {"encoder.weight": weight, "encoder.bias": bias, "back": back}
        )
        answer = model(x)
        answer.sum().backward()
        return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


@wrong(
    "tied_autoencoder",
    say="There is a second layer with a weight of its own: nothing is shared. The way back uses self.encoder.weight.",
)
def _():
    class TiedAutoencoder(nn.Module):
        def __init__(self, inputs, codes):
            super().__init__()
            self.encoder = nn.Linear(inputs, codes)
            self.decoder = nn.Linear(codes, inputs)

        def forward(self, x):
            return self.decoder(F.relu(self.encoder(x)))

    def tied_shapes(inputs, codes):
        model = TiedAutoencoder(inputs, codes)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def tied_run(weight, bias, back, x):
        torch.manual_seed(0)
        model = TiedAutoencoder(weight.shape[1], weight.shape[0])
        model.load_state_dict(
            {"encoder.weight": weight, "encoder.bias": bias, "back": back}
        )
        answer = model(x)
        answer.sum().backward()
        return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


@wrong(
    "tied_autoencoder",
    say="nn.Parameter(…) made a second parameter of the weight, with a name and a gradient of its own. Use self.encoder.weight in forward.",
)
def _():
    class TiedAutoencoder(nn.Module):
        def __init__(self, inputs, codes):
            super().__init__()
            self.encoder = nn.Linear(inputs, codes)
            self.turned = nn.Parameter(self.encoder.weight.t())
            self.back = nn.Parameter(torch.zeros(inputs))

        def forward(self, x):
            return F.linear(F.relu(self.encoder(x)), self.turned, self.back)

    def tied_shapes(inputs, codes):
        model = TiedAutoencoder(inputs, codes)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def tied_run(weight, bias, back, x):
        torch.manual_seed(0)
        model = TiedAutoencoder(weight.shape[1], weight.shape[0])
        model.load_state_dict(
            {"encoder.weight": weight, "encoder.bias": bias, "back": back}
        )
        answer = model(x)
        answer.sum().backward()
        return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


@wrong(
    "tied_autoencoder",
    say=".data cuts the second use off: only the way in reaches the gradient of the weight.",
)
def _():
    class TiedAutoencoder(nn.Module):
        def __init__(self, inputs, codes):
            super().__init__()
            self.encoder = nn.Linear(inputs, codes)
            self.back = nn.Parameter(torch.zeros(inputs))

        def forward(self, x):
            return F.linear(
                F.relu(self.encoder(x)), self.encoder.weight.data.t(), self.back
            )

    def tied_shapes(inputs, codes):
        model = TiedAutoencoder(inputs, codes)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def tied_run(weight, bias, back, x):
        torch.manual_seed(0)
        model = TiedAutoencoder(weight.shape[1], weight.shape[0])
        model.load_state_dict(
            {"encoder.weight": weight, "encoder.bias": bias, "back": back}
        )
        answer = model(x)
        answer.sum().backward()
        return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


@wrong(
    "tied_autoencoder",
    say="You took a copy of the weight in __init__: it does not follow when the weight changes, and sends no gradient to it.",
)
def _():
    class TiedAutoencoder(nn.Module):
        def __init__(self, inputs, codes):
            super().__init__()
            self.encoder = nn.Linear(inputs, codes)
            self.turned = self.encoder.weight.detach().clone()
            self.back = nn.Parameter(torch.zeros(inputs))

        def forward(self, x):
            return F.relu(self.encoder(x)) @ self.turned + self.back

    def tied_shapes(inputs, codes):
        model = TiedAutoencoder(inputs, codes)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def tied_run(weight, bias, back, x):
        torch.manual_seed(0)
        model = TiedAutoencoder(weight.shape[1], weight.shape[0])
        model.load_state_dict(
            {"encoder.weight": weight, "encoder.bias": bias, "back": back}
        )
        answer = model(x)
        answer.sum().backward()
        return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


@wrong("tied_autoencoder", say="The ReLU between the two ways is missing.")
def _():
    class TiedAutoencoder(nn.Module):
        def __init__(self, inputs, codes):
            super().__init__()
            self.encoder = nn.Linear(inputs, codes)
            self.back = nn.Parameter(torch.zeros(inputs))

        def forward(self, x):
            return self.encoder(x) @ self.encoder.weight + self.back

    def tied_shapes(inputs, codes):
        model = TiedAutoencoder(inputs, codes)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def tied_run(weight, bias, back, x):
        torch.manual_seed(0)
        model = TiedAutoencoder(weight.shape[1], weight.shape[0])
        model.load_state_dict(
            {"encoder.weight": weight, "encoder.bias": bias, "back": back}
        )
        answer = model(x)
        answer.sum().backward()
        return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


@wrong("tied_autoencoder", say="The answer goes through a ReLU too; only the code should.")
def _():
    class TiedAutoencoder(nn.Module):
        def __init__(self, inputs, codes):
            super().__init__()
            self.encoder = nn.Linear(inputs, codes)
            self.back = nn.Parameter(torch.zeros(inputs))

        def forward(self, x):
            return F.relu(F.relu(self.encoder(x)) @ self.encoder.weight + self.back)

    def tied_shapes(inputs, codes):
        model = TiedAutoencoder(inputs, codes)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def tied_run(weight, bias, back, x):
        torch.manual_seed(0)
        model = TiedAutoencoder(weight.shape[1], weight.shape[0])
        model.load_state_dict(
            {"encoder.weight": weight, "encoder.bias": bias, "back": back}
        )
        answer = model(x)
        answer.sum().backward()
        return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


@wrong("tied_autoencoder", say="back is missing: the way back has a bias of its own.")
def _():
    class TiedAutoencoder(nn.Module):
        def __init__(self, inputs, codes):
            super().__init__()
            self.encoder = nn.Linear(inputs, codes)
            pass

        def forward(self, x):
            return F.relu(self.encoder(x)) @ self.encoder.weight

    def tied_shapes(inputs, codes):
        model = TiedAutoencoder(inputs, codes)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def tied_run(weight, bias, back, x):
        torch.manual_seed(0)
        model = TiedAutoencoder(weight.shape[1], weight.shape[0])
        model.load_state_dict(
            {"encoder.weight": weight, "encoder.bias": bias, "back": back}
        )
        answer = model(x)
        answer.sum().backward()
        return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


@wrong(
    "tied_autoencoder",
    say="back is a plain tensor here: nobody can train it. Wrap it in nn.Parameter(…).",
)
def _():
    class TiedAutoencoder(nn.Module):
        def __init__(self, inputs, codes):
            super().__init__()
            self.encoder = nn.Linear(inputs, codes)
            self.back = torch.zeros(inputs)

        def forward(self, x):
            return F.relu(self.encoder(x)) @ self.encoder.weight + self.back

    def tied_shapes(inputs, codes):
        model = TiedAutoencoder(inputs, codes)
        return {name: tuple(p.shape) for name, p in model.named_parameters()}

    def tied_run(weight, bias, back, x):
        torch.manual_seed(0)
        model = TiedAutoencoder(weight.shape[1], weight.shape[0])
        model.load_state_dict(
            {"encoder.weight": weight, "encoder.bias": bias, "back": back}
        )
        answer = model(x)
        answer.sum().backward()
        return answer.detach(), {name: p.grad for name, p in model.named_parameters()}


# ------------------------------------------------------------ 7.11 own_dropout


@right(
    "own_dropout",
    way="a mask of zeros and ones by torch.empty_like(x).bernoulli_(1 - p): the draw itself, in place of comparing with p.",
)
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if self.training:
                mask = torch.empty_like(x).bernoulli_(1 - self.p)
                x = x * mask / (1 - self.p)
            return x

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@right("own_dropout")
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if not self.training or self.p == 0:
                return x
            dropped = torch.rand_like(x) < self.p
            return x.masked_fill(dropped, 0.0).div(1 - self.p)

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@wrong(
    "own_dropout",
    say="You did not multiply the rest by 1 / (1 - p): in training the sum of the numbers is then smaller than in eval mode.",
)
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if not self.training:
                return x
            return x * (torch.rand_like(x) >= self.p)

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@wrong(
    "own_dropout",
    say="p is the probability to become zero; you kept numbers with that probability.",
)
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if not self.training:
                return x
            return x * (torch.rand_like(x) < self.p) / self.p

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@wrong(
    "own_dropout",
    say="You kept numbers with the probability p. It is the probability to become 0: keep where the random number is p or more.",
)
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if not self.training:
                return x
            return x * (torch.rand_like(x) < self.p) / (1 - self.p)

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@wrong("own_dropout", say="You divided by p. The rest is multiplied by 1 / (1 - p).")
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if not self.training:
                return x
            return x * (torch.rand_like(x) >= self.p) / self.p

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@wrong(
    "own_dropout",
    say="In eval mode you multiply by 1 - p. That was the older recipe: today the training mode makes up for it, and eval leaves the input as it is.",
)
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if not self.training:
                return x * (1 - self.p)
            return x * (torch.rand_like(x) >= self.p)

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@wrong(
    "own_dropout", say="You never asked self.training: numbers fall out in eval mode too."
)
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            return x * (torch.rand_like(x) >= self.p) / (1 - self.p)

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@wrong(
    "own_dropout",
    say="The modes are the wrong way round: you drop in eval mode, and keep all while training.",
)
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if self.training:
                return x
            return x * (torch.rand_like(x) >= self.p) / (1 - self.p)

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@wrong(
    "own_dropout",
    say="All rows lose the same columns: you drew one mask for one row. Draw for each number, torch.rand_like(x).",
)
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if not self.training:
                return x
            return x * (torch.rand(x.shape[-1]) >= self.p) / (1 - self.p)

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@wrong(
    "own_dropout",
    say="Whole rows become zero: you drew one number for each row. Draw for each number, torch.rand_like(x).",
)
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if not self.training:
                return x
            return x * (torch.rand(len(x), 1) >= self.p) / (1 - self.p)

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


@wrong(
    "own_dropout",
    say="randn_like draws from the bell curve, so “below p” has another probability than p. Take rand_like, numbers from 0 to 1.",
)
def _():
    class OwnDropout(nn.Module):
        def __init__(self, p):
            super().__init__()
            self.p = p

        def forward(self, x):
            if not self.training:
                return x
            return x * (torch.randn_like(x) >= self.p) / (1 - self.p)

    def dropout_facts(p, training):
        torch.manual_seed(0)
        y = OwnDropout(p).train(training)(torch.ones(500, 20))
        return {
            "values": [round(v, 4) for v in y.unique().tolist()],
            "zeros": round((y == 0).float().mean().item(), 1),
            "all rows alike": bool((y == y[0]).all()),
            "all columns alike": bool((y == y[:, :1]).all()),
        }


# ----------------------------------------------------- 7.12 running_statistics


@right(
    "running_statistics",
    way="lerp: mean.lerp_(batch.mean(dim=0), momentum) goes the share momentum of the way from the old to the new.",
)
def running_statistics(batches, momentum=0.1):
    mean, var = torch.zeros(batches[0].shape[1]), torch.ones(batches[0].shape[1])
    for batch in batches:
        mean.lerp_(batch.mean(dim=0), momentum)
        var.lerp_(batch.var(dim=0), momentum)
    return mean, var


@right("running_statistics")
def running_statistics(batches, momentum=0.1):
    mean, var = 0.0, 1.0
    for batch in batches:
        n = len(batch)
        middle = batch.sum(dim=0) / n
        spread = ((batch - middle) ** 2).sum(dim=0) / (n - 1)
        mean = mean + momentum * (middle - mean)
        var = var + momentum * (spread - var)
    return mean, var


@wrong(
    "running_statistics",
    say="This is the mean of all data. BatchNorm does not keep the data: it keeps a running average, in which later batches count more.",
)
def running_statistics(batches, momentum=0.1):
    everything = torch.cat(batches)
    return everything.mean(dim=0), everything.var(dim=0)


@wrong(
    "running_statistics",
    say="momentum is the share of the *new* batch; you gave it to the old number.",
)
def running_statistics(batches, momentum=0.1):
    mean, var = torch.zeros(batches[0].shape[1]), torch.ones(batches[0].shape[1])
    for batch in batches:
        mean = momentum * mean + (1 - momentum) * batch.mean(dim=0)
        var = momentum * var + (1 - momentum) * batch.var(dim=0)
    return mean, var


@wrong(
    "running_statistics",
    say="You took the variance with n in the denominator (correction=0). With that BatchNorm normalises a batch; for its memory it takes n - 1.",
)
def running_statistics(batches, momentum=0.1):
    mean, var = torch.zeros(batches[0].shape[1]), torch.ones(batches[0].shape[1])
    for batch in batches:
        mean = (1 - momentum) * mean + momentum * batch.mean(dim=0)
        var = (1 - momentum) * var + momentum * batch.var(dim=0, correction=0)
    return mean, var


@wrong("running_statistics", say="The variance begins at 1, not at 0.")
def running_statistics(batches, momentum=0.1):
    mean, var = torch.zeros(batches[0].shape[1]), torch.zeros(batches[0].shape[1])
    for batch in batches:
        mean = (1 - momentum) * mean + momentum * batch.mean(dim=0)
        var = (1 - momentum) * var + momentum * batch.var(dim=0)
    return mean, var


@wrong(
    "running_statistics",
    say="You began with the first batch's own numbers. BatchNorm begins with mean 0 and variance 1.",
)
def running_statistics(batches, momentum=0.1):
    mean, var = batches[0].mean(dim=0), batches[0].var(dim=0)
    for batch in batches[1:]:
        mean = (1 - momentum) * mean + momentum * batch.mean(dim=0)
        var = (1 - momentum) * var + momentum * batch.var(dim=0)
    return mean, var


@wrong(
    "running_statistics",
    say="You took the standard deviation; the memory holds the variance, its square.",
)
def running_statistics(batches, momentum=0.1):
    mean, var = torch.zeros(batches[0].shape[1]), torch.ones(batches[0].shape[1])
    for batch in batches:
        mean = (1 - momentum) * mean + momentum * batch.mean(dim=0)
        var = (1 - momentum) * var + momentum * batch.std(dim=0)
    return mean, var


@wrong(
    "running_statistics",
    say="You averaged over the columns of a row (dim 1). One number for each column: dim=0.",
)
def running_statistics(batches, momentum=0.1):
    mean, var = torch.zeros(batches[0].shape[1]), torch.ones(batches[0].shape[1])
    for batch in batches:
        mean = (1 - momentum) * mean + momentum * batch.mean(dim=1)
        var = (1 - momentum) * var + momentum * batch.var(dim=1)
    return mean, var


# ---------------------------------------------------------- 7.13 quiet_answers


@right(
    "quiet_answers",
    way="ask a copy: copy.deepcopy(model).eval()(x) under no_grad leaves the model alone, at the price of the memory for a second one.",
)
def quiet_answers(model, x):
    with torch.no_grad():
        return copy.deepcopy(model).eval()(x)


@right("quiet_answers")
def quiet_answers(model, x):
    awake = [module for module in model.modules() if module.training]
    with torch.inference_mode():
        answers = model.eval()(x)
    for module in awake:
        module.training = True
    return answers.clone()


@wrong(
    "quiet_answers",
    say="model.train() at the end woke every box, also one that was in eval mode before. Note each box's own mode first.",
)
def quiet_answers(model, x):
    model.eval()
    with torch.no_grad():
        answers = model(x)
    model.train()
    return answers


@wrong(
    "quiet_answers",
    say="You only noted the mode of the model as a whole: train(was) gives it to every box. A BatchNorm that was in eval mode is awake now.",
)
def quiet_answers(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        answers = model(x)
    model.train(was)
    return answers


@wrong(
    "quiet_answers",
    say="The model is still in eval mode afterwards: put each box back into its mode.",
)
def quiet_answers(model, x):
    model.eval()
    with torch.no_grad():
        return model(x)


@wrong(
    "quiet_answers",
    say="The answers still have a graph: eval() does not stop autograd. Call the model under torch.no_grad().",
)
def quiet_answers(model, x):
    modes = [(module, module.training) for module in model.modules()]
    answers = model.eval()(x)
    for module, mode in modes:
        module.training = mode
    return answers


@wrong(
    "quiet_answers",
    say="no_grad() does not change the mode: Dropout still dropped, and BatchNorm took its numbers from this batch and even remembered them. Call model.eval() first.",
)
def quiet_answers(model, x):
    with torch.no_grad():
        return model(x)


@wrong(
    "quiet_answers",
    say="You only put the direct children back; the model itself has a flag too. model.modules() gives all of them.",
)
def quiet_answers(model, x):
    modes = [(module, module.training) for module in model.children()]
    model.eval()
    with torch.no_grad():
        answers = model(x)
    for module, mode in modes:
        module.training = mode
    return answers


# --------------------------------------------------------------- 7.14 tiny_fit


@right(
    "tiny_fit",
    way="zero_grad may also stand between the loss and backward: all that counts is that it comes before backward and after the last step.",
)
def tiny_fit(task, batches, epochs):
    optimizer = task.train().configure_optimizers()
    losses = []
    for epoch in range(epochs):
        for i in range(len(batches)):
            loss = task.training_step(batches[i], i)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
    return losses


@right("tiny_fit")
def tiny_fit(task, batches, epochs):
    task.train()
    optimizer = task.configure_optimizers()
    losses = []

    def one_step(i, batch):
        loss = task.training_step(batch, i)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    for _ in range(epochs):
        losses += [one_step(i, batch) for i, batch in enumerate(batches)]
    return losses


@wrong("tiny_fit", say="Nobody clears the gradients: optimizer.zero_grad() is missing.")
def tiny_fit(task, batches, epochs):
    task.train()
    optimizer = task.configure_optimizers()
    losses = []
    for _ in range(epochs):
        for i, batch in enumerate(batches):
            loss = task.training_step(batch, i)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@wrong(
    "tiny_fit",
    say="You asked for a new optimizer in each epoch: it forgets what the old one remembered, such as its momentum. Ask once, before the loops.",
)
def tiny_fit(task, batches, epochs):
    task.train()
    losses = []
    for _ in range(epochs):
        optimizer = task.configure_optimizers()
        for i, batch in enumerate(batches):
            optimizer.zero_grad()
            loss = task.training_step(batch, i)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@wrong(
    "tiny_fit",
    say="Only one epoch was run: a loop over epochs goes round the loop over batches.",
)
def tiny_fit(task, batches, epochs):
    task.train()
    optimizer = task.configure_optimizers()
    losses = []
    for i, batch in enumerate(batches):
        optimizer.zero_grad()
        loss = task.training_step(batch, i)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong(
    "tiny_fit",
    say="The gradients were cleared between backward and step: nothing was left to step with.",
)
def tiny_fit(task, batches, epochs):
    task.train()
    optimizer = task.configure_optimizers()
    losses = []
    for _ in range(epochs):
        for i, batch in enumerate(batches):
            loss = task.training_step(batch, i)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            losses.append(loss.item())
    return losses


@wrong(
    "tiny_fit",
    say="task.train() is missing: a task that was in eval mode stays in it, and its Dropout and BatchNorm sleep.",
)
def tiny_fit(task, batches, epochs):
    optimizer = task.configure_optimizers()
    losses = []
    for _ in range(epochs):
        for i, batch in enumerate(batches):
            optimizer.zero_grad()
            loss = task.training_step(batch, i)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@wrong(
    "tiny_fit",
    say="batch_idx counts the batches of an epoch: it begins at 0 again in each. You counted on.",
)
def tiny_fit(task, batches, epochs):
    task.train()
    optimizer = task.configure_optimizers()
    losses = []
    for _ in range(epochs):
        for batch in batches:
            optimizer.zero_grad()
            loss = task.training_step(batch, len(losses))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@wrong(
    "tiny_fit",
    say="batch_idx begins at 0, as enumerate counts; you counted from 1.",
)
def tiny_fit(task, batches, epochs):
    task.train()
    optimizer = task.configure_optimizers()
    losses = []
    for _ in range(epochs):
        for i, batch in enumerate(batches, start=1):
            optimizer.zero_grad()
            loss = task.training_step(batch, i)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@wrong(
    "tiny_fit",
    say="You kept the losses as tensors, and each holds a whole graph alive. loss.item() gives the number.",
)
def tiny_fit(task, batches, epochs):
    task.train()
    optimizer = task.configure_optimizers()
    losses = []
    for _ in range(epochs):
        for i, batch in enumerate(batches):
            optimizer.zero_grad()
            loss = task.training_step(batch, i)
            loss.backward()
            optimizer.step()
            losses.append(loss)
    return losses


@wrong("tiny_fit", say="Only one loss an epoch is in your list; append one for each batch.")
def tiny_fit(task, batches, epochs):
    task.train()
    optimizer = task.configure_optimizers()
    losses = []
    for _ in range(epochs):
        for i, batch in enumerate(batches):
            optimizer.zero_grad()
            loss = task.training_step(batch, i)
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    return losses


# ------------------------------------------------------------------- 7.16 quiz


quiz(
    "q1",
    right="a",
    because={
        "b": "No error, and that is the trouble: the list is an ordinary attribute.",
        "c": "A plain list is not looked into; nn.ModuleList is a module, and is.",
    },
)
quiz(
    "q2",
    right="b",
    because={
        "a": "The other way round: one row of weights for each number that comes out.",
        "c": "Every output has a weight for every input: two dims.",
    },
)
quiz(
    "q3",
    right="c",
    because={
        "a": "Gradients are added to what is in .grad; nothing is overwritten.",
        "b": "Nobody divides: autograd adds.",
    },
)
quiz(
    "q4",
    right="b",
    because={
        "a": "A plain attribute is in no file, and .to(…) leaves it behind.",
        "c": "It would do, until somebody writes net.parameters(). A buffer says what you mean.",
    },
)
quiz(
    "q5",
    right="a",
    because={
        "b": "The rest is multiplied by 1 / (1 - p), here 1 / 0.25.",
        "c": "That would be its mean without the factor; each single number is 0 or the whole.",
    },
)
quiz(
    "q6",
    right="c",
    because={
        "a": "That is the training mode. In eval mode the company of a row must not matter.",
        "b": "It never sees all data at once; after each batch it moves a little towards that batch.",
    },
)

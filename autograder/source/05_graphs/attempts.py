"""Attempts that test the tests of chapter 05: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import weakref

import torch
from torch import fx
from torch.autograd.graph import get_gradient_edge, saved_tensors_hooks

from autograder.attempts import quiz, right, wrong

# ------------------------------------------------------------------- 5.1 card


@right(
    "card",
    way="ask grad_fn first: where there is one, its name; else requires_grad decides between leaf and outside.",
)
def card(tensor):
    if tensor.grad_fn is not None:
        return tensor.grad_fn.name()
    return "leaf" if tensor.requires_grad else "outside"


@right("card")
def card(tensor):
    if tensor.is_leaf:
        return ["outside", "leaf"][int(tensor.requires_grad)]
    return type(tensor.grad_fn).__name__


@wrong(
    "card",
    say="is_leaf is True for constants as well: torch calls everything a leaf that no recorded operation made. Ask requires_grad first.",
)
def card(tensor):
    return "leaf" if tensor.is_leaf else tensor.grad_fn.name()


@wrong(
    "card",
    say="A leaf also has requires_grad, and it has no grad_fn to ask for a name: treat is_leaf before.",
)
def card(tensor):
    return tensor.grad_fn.name() if tensor.requires_grad else "outside"


@wrong(
    "card",
    say="name is a method: without the brackets you return the method itself, not the text.",
)
def card(tensor):
    if not tensor.requires_grad:
        return "outside"
    return "leaf" if tensor.is_leaf else tensor.grad_fn.name


@wrong(
    "card",
    say="requires_grad is True for computed tensors too, so everything in the graph came out as a leaf.",
)
def card(tensor):
    return "leaf" if tensor.requires_grad else "outside"


@wrong(
    "card",
    say="A leaf came out as outside. Every leaf's grad_fn is empty, and before backward its .grad is empty too: neither says whether it is in a graph. Ask requires_grad.",
)
def card(tensor):
    if tensor.is_leaf:
        return "outside" if tensor.grad is None else "leaf"
    return tensor.grad_fn.name()


# ------------------------------------------------------------- 5.2 operations


@right(
    "operations",
    way="go layer by layer: all nodes that the last layer leads to, minus those already found, until a layer is empty.",
)
def operations(output):
    found, layer = set(), {output.grad_fn} - {None}
    while layer:
        found |= layer
        layer = {n for node in layer for n, _ in node.next_functions} - found - {None}
    return sorted(n.name() for n in found if not hasattr(n, "variable"))


@right("operations")
def operations(output):
    if output.grad_fn is None:
        return []
    seen = [output.grad_fn]
    known = {output.grad_fn}
    for node in seen:
        for following, _ in node.next_functions:
            if following is not None and following not in known:
                known.add(following)
                seen.append(following)
    return sorted(node.name() for node in seen if "AccumulateGrad" not in node.name())


@wrong(
    "operations",
    say="Where two ways meet, you counted the node once for each way. Remember in a set which nodes you have seen.",
)
def operations(output):
    names, to_visit = [], [output.grad_fn]
    while to_visit:
        node = to_visit.pop()
        if node is None:
            continue
        if "AccumulateGrad" not in node.name():
            names.append(node.name())
        to_visit += [following for following, _ in node.next_functions]
    return sorted(names)


@wrong(
    "operations",
    say="You remembered names, not nodes: a second operation of the same kind is then taken for the first. Put the nodes into the set.",
)
def operations(output):
    names, to_visit = set(), [output.grad_fn]
    while to_visit:
        node = to_visit.pop()
        if node is None or node.name() in names:
            continue
        names.add(node.name())
        to_visit += [following for following, _ in node.next_functions]
    return sorted(name for name in names if "AccumulateGrad" not in name)


@wrong(
    "operations",
    say="The letter boxes of the leaves are in your list. They only collect; leave out what ends with AccumulateGrad.",
)
def operations(output):
    names, seen, to_visit = [], set(), [output.grad_fn]
    while to_visit:
        node = to_visit.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        names.append(node.name())
        to_visit += [following for following, _ in node.next_functions]
    return sorted(names)


@wrong(
    "operations",
    say="Your function calls itself, once for each node of the way down: 5000 nodes deep is deeper than Python allows. Use a list of places to visit.",
)
def operations(output):
    seen = set()

    def visit(node):
        if node is None or node in seen:
            return
        seen.add(node)
        for following, _ in node.next_functions:
            visit(following)

    visit(output.grad_fn)
    return sorted(n.name() for n in seen if "AccumulateGrad" not in n.name())


@wrong(
    "operations",
    say="Some doors lead to None: inputs that nobody asks about. Skip them before you ask for a name.",
)
def operations(output):
    names, seen = [], set()
    to_visit = [output.grad_fn] if output.grad_fn is not None else []
    while to_visit:
        node = to_visit.pop()
        if node in seen:
            continue
        seen.add(node)
        if "AccumulateGrad" not in node.name():
            names.append(node.name())
        to_visit += [following for following, _ in node.next_functions]
    return sorted(names)


@wrong(
    "operations",
    say="You only ever took the first door. Most operations have several inputs: visit them all.",
)
def operations(output):
    names, node = [], output.grad_fn
    while node is not None:
        if "AccumulateGrad" not in node.name():
            names.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    return sorted(names)


@wrong(
    "operations",
    say="A tensor without a graph has no grad_fn: it is None, and the list of its operations is empty.",
)
def operations(output):
    seen, to_visit = {output.grad_fn}, [output.grad_fn]
    for node in to_visit:
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                to_visit.append(following)
    return sorted(n.name() for n in seen if "AccumulateGrad" not in n.name())


# ----------------------------------------------------------- 5.3 out_of_reach


@right(
    "out_of_reach",
    way="get_gradient_edge(weight).node in nodes_of(loss) asks the graph directly, for each weight that requires grad.",
)
def out_of_reach(loss, named):
    nodes = nodes_of(loss)
    return [
        name
        for name, weight in named.items()
        if not weight.requires_grad or get_gradient_edge(weight).node not in nodes
    ]


@right("out_of_reach")
def out_of_reach(loss, named):
    reached = leaves_of(loss)
    missing = []
    for name, weight in named.items():
        if not any(weight is leaf for leaf in reached):
            missing.append(name)
    return missing


@wrong(
    "out_of_reach", say="These are the ones that are reached; the others were asked for."
)
def out_of_reach(loss, named):
    reached = {id(leaf) for leaf in leaves_of(loss)}
    return [name for name, weight in named.items() if id(weight) in reached]


@wrong(
    "out_of_reach",
    say="You compared numbers: a weight that happens to hold the same numbers as a used one then counts as used. Compare objects, with is or id.",
)
def out_of_reach(loss, named):
    reached = leaves_of(loss)
    return [
        name
        for name, weight in named.items()
        if not any(torch.equal(weight, leaf) for leaf in reached)
    ]


@wrong(
    "out_of_reach",
    say="You looked for weights whose .grad is empty. It is empty before every backward, and full of old slopes after one; the graph knows better.",
)
def out_of_reach(loss, named):
    return [name for name, weight in named.items() if weight.grad is None]


@wrong(
    "out_of_reach",
    say="You ran backward and looked who got a gradient. Old slopes fool that, and the .grad of the weights belongs to the caller: ask the graph.",
)
def out_of_reach(loss, named):
    if loss.requires_grad:
        loss.backward()
    return [name for name, weight in named.items() if weight.grad is None]


@wrong(
    "out_of_reach",
    say="You asked only requires_grad. That says that a weight wants slopes, not that this loss has a way to it.",
)
def out_of_reach(loss, named):
    return [name for name, weight in named.items() if not weight.requires_grad]


@wrong(
    "out_of_reach",
    say="You looked at the neighbours of the last operation only. Walk the whole graph: leaves_of(loss).",
)
def out_of_reach(loss, named):
    doors = loss.grad_fn.next_functions if loss.grad_fn else ()
    near = [node.variable for node, _ in doors if hasattr(node, "variable")]
    return [
        name for name, weight in named.items() if not any(weight is leaf for leaf in near)
    ]


@wrong(
    "out_of_reach",
    say="A frozen weight (no requires_grad) is out of reach as well: it belongs on the list.",
)
def out_of_reach(loss, named):
    reached = {id(leaf) for leaf in leaves_of(loss)}
    return [n for n, w in named.items() if w.requires_grad and id(w) not in reached]


@wrong(
    "out_of_reach",
    say="in asks ==, number by number, and torch cannot make one answer of many. Ask whether it is the same object: is, or id(…).",
)
def out_of_reach(loss, named):
    leaves = leaves_of(loss)
    return [name for name, weight in named.items() if weight not in leaves]


# ----------------------------------------------------------- 5.4 longest_path


@right(
    "longest_path",
    way="give every node a number, one more than the largest of the nodes behind it, and a node its turn when all behind it are done (a list, no recursion).",
)
def longest_path(output):
    if output.grad_fn is None:
        return 0
    length, stack = {}, [output.grad_fn]
    while stack:
        node = stack[-1]
        behind = [n for n, _ in node.next_functions if n is not None]
        waiting = [n for n in behind if n not in length]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        own = 0 if hasattr(node, "variable") else 1
        length[node] = own + max((length[n] for n in behind), default=0)
    return length[output.grad_fn]


@right("longest_path")
def longest_path(output):
    layer, rounds = [output.grad_fn], -1
    while layer:
        layer = [n for n in layer if n is not None and "AccumulateGrad" not in n.name()]
        layer = (
            list(dict.fromkeys(f for n in layer for f, _ in n.next_functions))
            if layer
            else []
        )
        rounds += 1
    return max(rounds, 0)


@wrong(
    "longest_path",
    say="This counts all operations of the graph. Branches beside each other do not make a way longer.",
)
def longest_path(output):
    return sum(not hasattr(node, "variable") for node in nodes_of(output))


@wrong(
    "longest_path",
    say="You crossed off each node at its first visit, which comes by the shortest way. A longer way may reach it later: cross nothing off.",
)
def longest_path(output):
    rounds, seen, layer = 0, set(), {output.grad_fn} - {None}
    while layer:
        rounds += 1
        seen |= layer
        doors = {n for node in layer for n, _ in node.next_functions} - {None} - seen
        layer = {n for n in doors if not hasattr(n, "variable")}
    return rounds


@wrong(
    "longest_path",
    say="The letter box at the end was counted too: one too many. It is no operation.",
)
def longest_path(output):
    rounds, layer = 0, {output.grad_fn} - {None}
    while layer:
        rounds += 1
        layer = {n for node in layer for n, _ in node.next_functions} - {None}
    return rounds


@wrong(
    "longest_path",
    say="You always took the first door. The longest way may lie behind another one.",
)
def longest_path(output):
    rounds, node = 0, output.grad_fn
    while node is not None and not hasattr(node, "variable"):
        rounds += 1
        node = node.next_functions[0][0]
    return rounds


@wrong(
    "longest_path", say="You took the shortest way where ways part: min in place of max."
)
def longest_path(output):
    length, order = {}, []
    stack = [output.grad_fn] if output.grad_fn is not None else []
    while stack:
        node = stack[-1]
        behind = [
            n
            for n, _ in node.next_functions
            if n is not None and not hasattr(n, "variable")
        ]
        waiting = [n for n in behind if n not in length]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        length[node] = 1 + min((length[n] for n in behind), default=0)
    return length[output.grad_fn] if output.grad_fn is not None else 0


@wrong(
    "longest_path",
    say="Your function calls itself, once for each node of the way: a tower of 5000 is deeper than Python allows. Walk in rounds.",
)
def longest_path(output):
    length = {}

    def of(node):
        if node is None or hasattr(node, "variable"):
            return 0
        if node not in length:
            length[node] = 1 + max(of(n) for n, _ in node.next_functions)
        return length[node]

    return of(output.grad_fn)


# -------------------------------------------------------------- 5.5 first_cut


@right(
    "first_cut",
    way="collect requires_grad after each step in a list; its index(False) is the answer, if there is one.",
)
def first_cut(x, steps):
    kept = []
    for step in steps:
        x = step(x)
        kept.append(x.requires_grad)
    return kept.index(False) if False in kept else None


@right("first_cut")
def first_cut(x, steps):
    place = 0
    while place < len(steps):
        x = steps[place](x)
        if x.grad_fn is None:
            return place
        place += 1


@wrong(
    "first_cut",
    say="You gave each step the first x. A step should get what the one before gave.",
)
def first_cut(x, steps):
    for position, step in enumerate(steps):
        if not step(x).requires_grad:
            return position
    return None


@wrong("first_cut", say="You counted from 1: the first function has the position 0.")
def first_cut(x, steps):
    for position, step in enumerate(steps, start=1):
        x = step(x)
        if not x.requires_grad:
            return position
    return None


@wrong(
    "first_cut",
    say="This is the last step whose result has no graph; everything after a cut has none. The first was asked for.",
)
def first_cut(x, steps):
    found = None
    for position, step in enumerate(steps):
        x = step(x)
        if not x.requires_grad:
            found = position
    return found


@wrong(
    "first_cut", say="You returned the function; its position in the list was asked for."
)
def first_cut(x, steps):
    for step in steps:
        x = step(x)
        if not x.requires_grad:
            return getattr(step, "__name__", "step")
    return None


@wrong(
    "first_cut",
    say="You asked x before the step, so you named the one after the guilty one.",
)
def first_cut(x, steps):
    for position, step in enumerate(steps):
        if not x.requires_grad:
            return position
        x = step(x)
    return None


@wrong("first_cut", say="When nobody cuts, the answer is None, not -1.")
def first_cut(x, steps):
    for position, step in enumerate(steps):
        x = step(x)
        if not x.requires_grad:
            return position
    return -1


# ---------------------------------------------------------- 5.6 mended_spread


@right("mended_spread", way="torch.aminmax gives both ends in one go; subtract them.")
def mended_spread(weight):
    smallest, largest = torch.aminmax(weight)
    return largest - smallest


@right("mended_spread")
def mended_spread(weight):
    flat = weight.flatten()
    in_order = flat.sort().values
    return in_order[-1] - in_order[0]


@wrong(
    "mended_spread",
    say="The numbers still go through tolist(): the result is a fresh leaf, and no way leads back to weight.",
)
def mended_spread(weight):
    flat = weight.flatten().tolist()
    return torch.tensor(max(flat) - min(flat), requires_grad=True)


@wrong(
    "mended_spread",
    say="item() takes the numbers out of the graph; requires_grad_() then makes a new, lonely leaf. Stay with tensors.",
)
def mended_spread(weight):
    return torch.tensor(weight.max().item() - weight.min().item()).requires_grad_()


@wrong("mended_spread", say="Python numbers have no graph: leave the .item() out.")
def mended_spread(weight):
    return weight.max().item() - weight.min().item()


@wrong(
    "mended_spread",
    say="argmax and argmin give positions, whole numbers, and whole numbers have no graph. Take max and min.",
)
def mended_spread(weight):
    return (weight.argmax() - weight.argmin()).float()


@wrong(
    "mended_spread",
    say="detach() (or .data) takes the values and leaves the graph behind; requires_grad_() only makes a new leaf of them.",
)
def mended_spread(weight):
    values = weight.detach().clone().requires_grad_()
    return values.max() - values.min()


# ------------------------------------------------------------ 5.7 slope_sizes


@right(
    "slope_sizes",
    way="torch.autograd.grad(last.sum(), results) returns the slopes of all results at once, without any box.",
)
def slope_sizes(x, steps):
    results = []
    for step in steps:
        results.append(step(results[-1] if results else x))
    slopes = torch.autograd.grad(results[-1].sum(), results)
    return [slope.abs().mean().item() for slope in slopes]


@right("slope_sizes")
def slope_sizes(x, steps):
    sizes = [0.0] * len(steps)
    for i, step in enumerate(steps):
        x = step(x)

        def note(slope, i=i):
            sizes[i] = slope.abs().mean().item()

        x.register_hook(note)
    x.sum().backward()
    return sizes


@wrong(
    "slope_sizes",
    say="No box was up when the slopes came past: call retain_grad() on each result, before backward.",
)
def slope_sizes(x, steps):
    results = []
    for step in steps:
        x = step(x)
        results.append(x)
    x.sum().backward()
    return [result.grad.abs().mean().item() for result in results]


@wrong(
    "slope_sizes",
    say="No box was up when the slopes came past: call retain_grad() on each result, before backward.",
)
def slope_sizes(x, steps):
    results = []
    for step in steps:
        x = step(x)
        results.append(x)
    x.sum().backward()
    for result in results:
        result.retain_grad()
    return [result.grad.abs().mean().item() for result in results]


@wrong(
    "slope_sizes",
    say="These are the slopes that arrive at each step's input. The list should begin with the first step's result and end with 1.",
)
def slope_sizes(x, steps):
    inputs = []
    for step in steps:
        if not x.is_leaf:
            x.retain_grad()
        inputs.append(x)
        x = step(x)
    x.sum().backward()
    return [i.grad.abs().mean().item() for i in inputs]


@wrong(
    "slope_sizes",
    say="The list runs backwards, as the slopes travel; it should begin with the first step.",
)
def slope_sizes(x, steps):
    results = []
    for step in steps:
        x = step(x)
        x.retain_grad()
        results.insert(0, x)
    x.sum().backward()
    return [result.grad.abs().mean().item() for result in results]


@wrong(
    "slope_sizes",
    say="You forgot the absolute value: positive and negative slopes cancel each other.",
)
def slope_sizes(x, steps):
    results = []
    for step in steps:
        x = step(x)
        x.retain_grad()
        results.append(x)
    x.sum().backward()
    return [result.grad.mean().item() for result in results]


@wrong(
    "slope_sizes",
    say="You took the mean of the last result, not its sum: every slope is divided by the number of elements.",
)
def slope_sizes(x, steps):
    results = []
    for step in steps:
        x = step(x)
        x.retain_grad()
        results.append(x)
    x.mean().backward()
    return [result.grad.abs().mean().item() for result in results]


# ------------------------------------------------------------- 5.8 kept_bytes


@right(
    "kept_bytes",
    way="collect the storages themselves in a dict by address; the hook may return any box, as long as take_out opens it, and holds no graph: tensor.detach() goes in.",
)
def kept_bytes(f, x):
    storages = {}

    def box(tensor):
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return [tensor.detach()]

    def unbox(boxed):
        return boxed[0]

    with saved_tensors_hooks(box, unbox):
        f(x)
    return sum(len(storage) for storage in storages.values())


@right("kept_bytes")
def kept_bytes(f, x):
    saved = []

    def note(tensor):
        saved.append(tensor)
        return tensor.detach()

    with saved_tensors_hooks(note, lambda t: t):
        f(x)
    addresses = {t.untyped_storage().data_ptr(): t for t in saved}
    return sum(t.untyped_storage().nbytes() for t in addresses.values())


@wrong(
    "kept_bytes",
    say="A block that was saved twice is counted twice in your sum. Note each address once.",
)
def kept_bytes(f, x):
    sizes = []

    def note(tensor):
        sizes.append(tensor.untyped_storage().nbytes())
        return tensor

    with saved_tensors_hooks(note, lambda t: t):
        f(x)
    return sum(sizes)


@wrong(
    "kept_bytes",
    say="A slice keeps its whole block alive: ask the block for nbytes(), not the tensor.",
)
def kept_bytes(f, x):
    blocks = {}

    def note(tensor):
        blocks[tensor.untyped_storage().data_ptr()] = tensor.nbytes
        return tensor

    with saved_tensors_hooks(note, lambda t: t):
        f(x)
    return sum(blocks.values())


@wrong(
    "kept_bytes",
    say="You noted the address of the tensor, and two slices of one block begin at different places. Ask the block for its address: untyped_storage().data_ptr().",
)
def kept_bytes(f, x):
    blocks = {}

    def note(tensor):
        blocks[tensor.data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor.detach()

    with saved_tensors_hooks(note, lambda t: t):
        result = f(x)
    return sum(blocks.values()) if result is not None else 0


@wrong("kept_bytes", say="This is the number of elements; a float32 takes four bytes.")
def kept_bytes(f, x):
    blocks = {}

    def note(tensor):
        blocks[tensor.untyped_storage().data_ptr()] = (
            tensor.untyped_storage().nbytes() // tensor.itemsize
        )
        return tensor

    with saved_tensors_hooks(note, lambda t: t):
        f(x)
    return sum(blocks.values())


@wrong(
    "kept_bytes",
    say="You counted in take_out. That is called on the way back, and here nobody goes back: count in put_in.",
)
def kept_bytes(f, x):
    blocks = {}

    def note(tensor):
        blocks[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with saved_tensors_hooks(lambda t: t, note):
        f(x)
    return sum(blocks.values())


@wrong(
    "kept_bytes",
    say="This is the size of the result, not of what the graph saved to go back.",
)
def kept_bytes(f, x):
    return f(x).untyped_storage().nbytes()


@wrong(
    "kept_bytes",
    say="f ran before the hooks were in place, so nothing was noticed. It must run inside the with block.",
)
def kept_bytes(f, x):
    blocks = {}
    result = f(x)

    def note(tensor):
        blocks[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with saved_tensors_hooks(note, lambda t: t):
        return sum(blocks.values()) if result is not None else 0


# -------------------------------------------------------------- 5.9 mean_loss


@right(
    "mean_loss",
    way="collect loss.item() in a list, and divide its sum by its length: a list of floats holds no graph.",
)
def mean_loss(loss_of, batches):
    losses = []
    for batch in batches:
        loss = loss_of(batch)
        loss.backward()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@right("mean_loss")
def mean_loss(loss_of, batches):
    total = torch.zeros((), dtype=torch.float64)
    for batch in batches:
        loss = loss_of(batch)
        loss.backward()
        total += loss.detach()
    return (total / len(batches)).item()


@wrong(
    "mean_loss",
    say="You added tensors: every loss of the past stays alive in the sum with its graph. Add loss.item().",
)
def mean_loss(loss_of, batches):
    total = 0
    for batch in batches:
        loss = loss_of(batch)
        loss.backward()
        total += loss
    return (total / len(batches)).item()


@wrong(
    "mean_loss",
    say="The result is a tensor that still holds all the graphs; a float was asked for. Take the number out in each round: loss.item().",
)
def mean_loss(loss_of, batches):
    total = 0
    for batch in batches:
        loss = loss_of(batch)
        loss.backward()
        total += loss
    return total / len(batches)


@wrong(
    "mean_loss",
    say="Nobody ran backward, so no slope arrived: loss.backward() belongs into each round.",
)
def mean_loss(loss_of, batches):
    return sum(loss_of(batch).item() for batch in batches) / len(batches)


@wrong(
    "mean_loss",
    say="backward came once, at the end, through the whole sum: until then all graphs had to stay alive. Run it in each round.",
)
def mean_loss(loss_of, batches):
    losses = [loss_of(batch) for batch in batches]
    torch.stack(losses).sum().backward()
    return sum(loss.item() for loss in losses) / len(losses)


@wrong("mean_loss", say="This is the sum; divide it by the number of batches.")
def mean_loss(loss_of, batches):
    total = 0.0
    for batch in batches:
        loss = loss_of(batch)
        loss.backward()
        total += loss.item()
    return total


@wrong(
    "mean_loss", say="This is the loss of the last batch; the mean of all was asked for."
)
def mean_loss(loss_of, batches):
    for batch in batches:
        loss = loss_of(batch)
        loss.backward()
    return loss.item()


# ----------------------------------------------------------------- 5.10 heron


@right(
    "heron",
    way="while True with a break: look at the error first, leave if it is small enough, else improve the guess.",
)
def heron(a, tolerance):
    guess = a.new_ones(())
    while True:
        miss = guess.square() - a
        if miss.abs().item() <= tolerance:
            return guess
        guess = guess - miss / (2 * guess)


@right("heron")
def heron(a, tolerance):
    def improve(guess):
        return (
            guess if (guess**2 - a).abs() <= tolerance else improve((guess + a / guess) / 2)
        )

    return improve(torch.ones_like(a))


@wrong(
    "heron",
    say="The number of rounds is fixed in your loop. The data decide: go on while guess * guess is too far from a.",
)
def heron(a, tolerance):
    guess = torch.ones_like(a)
    for _ in range(20):
        guess = (guess + a / guess) / 2
    return guess


@wrong(
    "heron",
    say="detach(), .item() or float() inside the loop cut the edge: the root no longer knows where it came from.",
)
def heron(a, tolerance):
    guess = torch.ones_like(a)
    while (guess * guess - a).abs() > tolerance:
        guess = ((guess + a / guess) / 2).detach()
    return guess


@wrong("heron", say="You returned a Python number; a tensor with its graph was asked for.")
def heron(a, tolerance):
    guess = torch.ones_like(a)
    while (guess * guess - a).abs() > tolerance:
        guess = (guess + a / guess) / 2
    return guess.item()


@wrong(
    "heron",
    say="Inside no_grad nothing is recorded. The loop itself should be on the receipt.",
)
def heron(a, tolerance):
    guess = torch.ones_like(a)
    with torch.no_grad():
        while (guess * guess - a).abs() > tolerance:
            guess = (guess + a / guess) / 2
    return guess


@wrong(
    "heron",
    say="The guess of each round was cut off from the rounds before, so only the last round is in the slope: remove detach() there.",
)
def heron(a, tolerance):
    guess = torch.ones_like(a)
    while (guess * guess - a).abs() > tolerance:
        guess = guess.detach()
        guess = (guess + a / guess) / 2
    return guess


@wrong(
    "heron",
    say="Your loop ends one round too early: it asks before improving whether the *next* guess will do, and returns the old one.",
)
def heron(a, tolerance):
    guess = torch.ones_like(a)
    while True:
        better = (guess + a / guess) / 2
        if (better * better - a).abs() <= tolerance:
            return guess
        guess = better


# ------------------------------------------------------------- 5.11 plannable


@right(
    "plannable",
    way="take a bool as the number 0 or 1: dark + (1 - 2 * dark) * pictures needs no choice at all.",
)
def plannable(pictures):
    dark = (pictures.mean((1, 2), keepdim=True) < 0.5).to(pictures.dtype)
    return dark * (1 - pictures) + (1 - dark) * pictures


@right("plannable")
def plannable(pictures):
    means = pictures.flatten(1).mean(1)
    return (1 - pictures).where((means < 0.5)[:, None, None], pictures)


@wrong(
    "plannable",
    say="The for loop is still there: the stand-in does not know how many pictures it holds. Work on all of them at once.",
)
def plannable(pictures):
    turned = []
    for picture in pictures:
        turned.append(1 - picture if picture.mean() < 0.5 else picture)
    return torch.stack(turned)


@wrong(
    "plannable",
    say="The for loop is still there: the stand-in does not know how many pictures it holds. Work on all of them at once.",
)
def plannable(pictures):
    return torch.stack([torch.where(p.mean() < 0.5, 1 - p, p) for p in pictures])


@wrong(
    "plannable",
    say="The question is still an if: the stand-in cannot answer it. Calculate both answers and choose with torch.where.",
)
def plannable(pictures):
    dark = pictures.mean((1, 2), keepdim=True) < 0.5
    if dark.any():
        pictures = torch.where(dark, 1 - pictures, pictures)
    return pictures


@wrong(
    "plannable",
    say="You took one mean for the whole pile. Each picture is judged by its own: mean((1, 2), keepdim=True).",
)
def plannable(pictures):
    return torch.where(pictures.mean() < 0.5, 1 - pictures, pictures)


@wrong(
    "plannable",
    say="You judged every pixel by itself; the mean of its picture decides for all of them.",
)
def plannable(pictures):
    return torch.where(pictures < 0.5, 1 - pictures, pictures)


@wrong(
    "plannable",
    say="Without keepdim=True the means have the shape (n,), and broadcasting lays them along the columns.",
)
def plannable(pictures):
    return torch.where(pictures.mean((1, 2)) < 0.5, 1 - pictures, pictures)


@wrong(
    "plannable",
    say="A picture with a mean of exactly 0.5 is not below it, and stays as it is: <, not <=.",
)
def plannable(pictures):
    dark = pictures.mean((1, 2), keepdim=True) <= 0.5
    return torch.where(dark, 1 - pictures, pictures)


@wrong("plannable", say="The two answers changed places: the dark ones are to be turned.")
def plannable(pictures):
    return torch.where(pictures.mean((1, 2), keepdim=True) < 0.5, pictures, 1 - pictures)


# ----------------------------------------------------------- 5.12 merge_twins


@right(
    "merge_twins",
    way="repr((node.target, node.args, node.kwargs)) is a key as well: in it every argument stands with its unique name.",
)
def merge_twins(function):
    plan = fx.symbolic_trace(function)
    known = {}
    for node in list(plan.graph.nodes):
        if node.op in ("call_function", "call_method"):
            twin = known.setdefault(
                repr((node.op, node.target, node.args, node.kwargs)), node
            )
            if twin is not node:
                node.replace_all_uses_with(twin)
                plan.graph.erase_node(node)
    plan.recompile()
    return plan


@right("merge_twins")
def merge_twins(function):
    old = fx.symbolic_trace(function)
    new, place, known = fx.Graph(), {}, {}
    for node in old.graph.nodes:
        if not node.op.startswith("call"):
            place[node] = new.node_copy(node, place.__getitem__)
            continue
        args = tuple(place.get(a, a) if isinstance(a, fx.Node) else a for a in node.args)
        key = (node.op, node.target, args, str(node.kwargs))
        if key not in known:
            known[key] = new.node_copy(node, place.__getitem__)
        place[node] = known[key]
    return fx.GraphModule(old, new)


@wrong(
    "merge_twins",
    say="recompile() is missing: the graph is changed, but the code that runs is still the old one.",
)
def merge_twins(function):
    plan, first = fx.symbolic_trace(function), {}
    for node in list(plan.graph.nodes):
        if not node.op.startswith("call"):
            continue
        key = (node.op, node.target, node.args, tuple(node.kwargs.items()))
        if key in first:
            node.replace_all_uses_with(first[key])
            plan.graph.erase_node(node)
        else:
            first[key] = node
    return plan


@wrong(
    "merge_twins",
    say="You compared only what is called. sin(x) and sin(2 * x) are no twins: the arguments belong to the key.",
)
def merge_twins(function):
    plan, first = fx.symbolic_trace(function), {}
    for node in list(plan.graph.nodes):
        if not node.op.startswith("call"):
            continue
        key = (node.op, node.target)
        if key in first:
            node.replace_all_uses_with(first[key])
            plan.graph.erase_node(node)
        else:
            first[key] = node
    plan.recompile()
    return plan


@wrong(
    "merge_twins",
    say="You left out the kwargs: sum(dim=0) and sum(dim=1) differ only there.",
)
def merge_twins(function):
    plan, first = fx.symbolic_trace(function), {}
    for node in list(plan.graph.nodes):
        if not node.op.startswith("call"):
            continue
        key = (node.op, node.target, node.args)
        if key in first:
            node.replace_all_uses_with(first[key])
            plan.graph.erase_node(node)
        else:
            first[key] = node
    plan.recompile()
    return plan


@wrong("merge_twins", say="This is the plan as fx made it: the twins are still in it.")
def merge_twins(function):
    return fx.symbolic_trace(function)


@wrong(
    "merge_twins",
    say="You returned the graph; a GraphModule, which can be called, was asked for: the plan itself.",
)
def merge_twins(function):
    plan, first = fx.symbolic_trace(function), {}
    for node in list(plan.graph.nodes):
        if not node.op.startswith("call"):
            continue
        key = (node.op, node.target, node.args, tuple(node.kwargs.items()))
        if key in first:
            node.replace_all_uses_with(first[key])
            plan.graph.erase_node(node)
        else:
            first[key] = node
    plan.recompile()
    return plan.graph


@wrong(
    "merge_twins",
    say="A node that others still use cannot be erased: first send its users to the twin, with replace_all_uses_with.",
)
def merge_twins(function):
    plan, first = fx.symbolic_trace(function), {}
    for node in list(plan.graph.nodes):
        if not node.op.startswith("call"):
            continue
        key = (node.op, node.target, node.args, tuple(node.kwargs.items()))
        if key in first:
            plan.graph.erase_node(node)
        else:
            first[key] = node
    plan.recompile()
    return plan


@wrong(
    "merge_twins",
    say="You first noted all keys and merged afterwards: twins whose arguments became equal only by merging stay. Merge at once, from top to bottom.",
)
def merge_twins(function):
    plan = fx.symbolic_trace(function)
    calls = [n for n in plan.graph.nodes if n.op.startswith("call")]
    keys = [(n.op, n.target, n.args, tuple(n.kwargs.items())) for n in calls]
    first = {}
    for node, key in zip(calls, keys, strict=True):
        if key in first:
            node.replace_all_uses_with(first[key])
            plan.graph.erase_node(node)
        else:
            first[key] = node
    plan.recompile()
    return plan


@wrong(
    "merge_twins",
    say="You also threw out what nobody needs. That is another pass: here only twins are merged, and each is erased with erase_node.",
)
def merge_twins(function):
    plan, first = fx.symbolic_trace(function), {}
    for node in list(plan.graph.nodes):
        key = (node.op, node.target, node.args, node.kwargs)
        if key in first:
            node.replace_all_uses_with(first[key])
        else:
            first[key] = node
    plan.graph.eliminate_dead_code()
    plan.recompile()
    return plan


# ----------------------------------------------------------- 5.13 count_plans


@right(
    "count_plans",
    way="CompileCounter() of torch._dynamo.testing is a ready backend of this kind; its frame_count is the answer.",
)
def count_plans(function, inputs):
    torch._dynamo.reset()
    counter = CompileCounter()
    compiled = torch.compile(function, backend=counter)
    for value in inputs:
        compiled(value)
    return counter.frame_count


@right("count_plans")
def count_plans(function, inputs):
    torch._dynamo.reset()
    made = 0

    def backend(plan, example_inputs):
        nonlocal made
        made += 1
        return plan

    compiled = torch.compile(function, backend=backend)
    _ = [compiled(value) for value in inputs]
    return made


@wrong(
    "count_plans",
    say="You counted how often the plans run, not how many were made: count in the backend itself, not in what it returns.",
)
def count_plans(function, inputs):
    torch._dynamo.reset()
    runs = []

    def backend(plan, example_inputs):
        def run(*args):
            runs.append(1)
            return plan(*args)

        return run

    compiled = torch.compile(function, backend=backend)
    for value in inputs:
        compiled(value)
    return len(runs)


@wrong(
    "count_plans",
    say="You compiled anew for every input, so no plan was ever used twice. Compile once, before the loop.",
)
def count_plans(function, inputs):
    made = []

    def backend(plan, example_inputs):
        made.append(plan)
        return plan.forward

    for value in inputs:
        torch._dynamo.reset()
        torch.compile(function, backend=backend)(value)
    return len(made)


@wrong(
    "count_plans",
    say="With fullgraph=True torch refuses what it would otherwise cut in two. Leave it out: the pieces are to be counted.",
)
def count_plans(function, inputs):
    torch._dynamo.reset()
    made = []

    def backend(plan, example_inputs):
        made.append(plan)
        return plan.forward

    compiled = torch.compile(function, backend=backend, fullgraph=True)
    for value in inputs:
        compiled(value)
    return len(made)


@wrong(
    "count_plans",
    say="made += 1 inside the backend makes a new, local name. Append to a list, or declare nonlocal made.",
)
def count_plans(function, inputs):
    torch._dynamo.reset()
    made = 0

    def backend(plan, example_inputs):
        made += 1
        return plan.forward

    compiled = torch.compile(function, backend=backend)
    for value in inputs:
        compiled(value)
    return made


@wrong(
    "count_plans",
    say="The compiled function was never called. torch.compile makes nothing before the first call.",
)
def count_plans(function, inputs):
    torch._dynamo.reset()
    made = []

    def backend(plan, example_inputs):
        made.append(plan)
        return plan.forward

    torch.compile(function, backend=backend)
    return len(made)


@wrong(
    "count_plans", say="You called the function itself; only the compiled one makes plans."
)
def count_plans(function, inputs):
    torch._dynamo.reset()
    made = []

    def backend(plan, example_inputs):
        made.append(plan)
        return plan.forward

    compiled = torch.compile(function, backend=backend)
    for value in inputs:
        function(value)
    return len(made) if compiled else 0


@wrong(
    "count_plans",
    say="Only the first input was used. Another branch, dtype or shape may need a plan of its own.",
)
def count_plans(function, inputs):
    torch._dynamo.reset()
    made = []

    def backend(plan, example_inputs):
        made.append(plan)
        return plan.forward

    torch.compile(function, backend=backend)(inputs[0])
    return len(made)


@wrong(
    "count_plans",
    say="These are all operations in all plans; the number of plans was asked for.",
)
def count_plans(function, inputs):
    torch._dynamo.reset()
    calls = []

    def backend(plan, example_inputs):
        calls.extend(n for n in plan.graph.nodes if n.op.startswith("call"))
        return plan.forward

    compiled = torch.compile(function, backend=backend)
    for value in inputs:
        compiled(value)
    return len(calls)


@wrong(
    "count_plans",
    say="torch still knew plans and lengths from earlier, so it made fewer. Begin with torch._dynamo.reset().",
)
def count_plans(function, inputs):
    plans = []

    def keep(plan, example_inputs):
        plans.append(plan)
        return plan.forward

    compiled = torch.compile(function, backend=keep)
    for value in inputs:
        compiled(value)
    return len(plans)


# ------------------------------------------------------------------------ quiz

quiz(
    "q1",
    right="a",
    because={
        "b": "torch calls everything a leaf that no recorded operation made.",
        "c": "Being used changes nothing at the inputs.",
    },
)
quiz(
    "q2",
    right="b",
    because={
        "a": "They came past, but nobody wrote them down; retain_grad() before backward would have.",
        "c": "Nothing was stored that could be released.",
    },
)
quiz(
    "q3",
    right="a",
    because={
        "b": "That would make graphs smaller, not larger.",
        "c": "A hook is one small function; graphs of old losses are large.",
    },
)
quiz(
    "q4",
    right="b",
    because={
        "a": "No way leads from the new leaf to any weight.",
        "c": "Whatever it had, torch.tensor copies only the value.",
    },
)
quiz(
    "q5",
    right="c",
    because={
        "a": "A branch that did not run leaves no trace, and a comparison has no slope.",
        "b": "Eager torch never sees the other branch.",
    },
)
quiz(
    "q6",
    right="b",
    because={
        "a": "In-place operations get other messages.",
        "c": "Tracing has nothing to do with gradients.",
    },
)
quiz(
    "q7",
    right="b",
    because={
        "a": "Only with fullgraph=True.",
        "c": "That would be wrong for the next input; torch asks anew each time.",
    },
)

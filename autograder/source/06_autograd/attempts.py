"""Attempts that test the tests of chapter 06: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import math

import torch

from autograder.attempts import quiz, right, wrong

# ------------------------------------------------------------ 6.1 nudge_slope


@right("nudge_slope", way="rise over run with names: left, right = x - h, x + h, and then (f(right) - f(left)) / (right - left).")
def nudge_slope(f, x, h=1e-4):
    left, right = x - h, x + h
    return (f(right) - f(left)) / (right - left)


@right("nudge_slope")
def nudge_slope(f, x, h=1e-4):
    forward = (f(x + h) - f(x)) / h
    backward = (f(x) - f(x - h)) / h
    return (forward + backward) / 2


@wrong("nudge_slope", say="You nudged to one side only, from x to x + h. Nudge both ways: x - h and x + h.")
def nudge_slope(f, x, h=1e-4):
    return (f(x + h) - f(x)) / h


@wrong("nudge_slope", say="The two points are 2 * h apart, and you divided by h: the slope came out twice as steep.")
def nudge_slope(f, x, h=1e-4):
    return (f(x + h) - f(x - h)) / h


@wrong("nudge_slope", say="Brackets are missing: … / 2 * h divides by 2 and then multiplies by h. Write / (2 * h).")
def nudge_slope(f, x, h=1e-4):
    return (f(x + h) - f(x - h)) / 2 * h


@wrong("nudge_slope", say="You took left minus right, so uphill looks like downhill: f(x + h) comes first.")
def nudge_slope(f, x, h=1e-4):
    return (f(x - h) - f(x + h)) / (2 * h)


@wrong("nudge_slope", say="This is only the rise between the two points; it still has to be divided by their distance.")
def nudge_slope(f, x, h=1e-4):
    return f(x + h) - f(x - h)


# --------------------------------------------------------------- 6.2 slope_at


@right("slope_at", way="torch.autograd.grad(f(point), point) returns the slope directly, in a tuple; section 7 is about it.")
def slope_at(f, x):
    point = torch.tensor(float(x), requires_grad=True)
    return torch.autograd.grad(f(point), point)[0].item()


@right("slope_at")
def slope_at(f, x):
    point = torch.full((), x, dtype=torch.float64).requires_grad_()
    f(point).backward()
    return float(point.grad)


@wrong("slope_at", say="This is the height, not the slope: you returned f(x). The slope lies in point.grad after backward().")
def slope_at(f, x):
    point = torch.tensor(float(x), requires_grad=True)
    value = f(point)
    value.backward()
    return value.item()


@wrong("slope_at", say="point.grad is a tensor; .item() takes the Python number out of it.")
def slope_at(f, x):
    point = torch.tensor(float(x), requires_grad=True)
    f(point).backward()
    return point.grad


@wrong("slope_at", say="A whole number makes an int64 tensor, and only floating point tensors can require grad: use float(x).")
def slope_at(f, x):
    point = torch.tensor(x, requires_grad=True)
    f(point).backward()
    return point.grad.item()


@wrong("slope_at", say="Your tensor does not require grad, so nothing was recorded: requires_grad=True.")
def slope_at(f, x):
    point = torch.tensor(float(x))
    f(point).backward()
    return point.grad.item()


@wrong("slope_at", say="You nudged: that runs f twice and is only nearly exact. Let autograd do it, with one run.")
def slope_at(f, x):
    point = torch.tensor(float(x), dtype=torch.float64)
    return ((f(point + 1e-4) - f(point - 1e-4)) / 2e-4).item()


# ---------------------------------------------------------- 6.3 chain_by_hand


@right("chain_by_hand", way="let autograd check you: build the same expression from tensors, call backward, and read the three .grad.")
def chain_by_hand(w, x, b, target):
    leaves = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in (("w", w), ("x", x), ("b", b))}
    ((leaves["w"] * leaves["x"] + leaves["b"] - target) ** 2).backward()
    return {k: v.grad.item() for k, v in leaves.items()}


@right("chain_by_hand")
def chain_by_hand(w, x, b, target):
    outer = 2.0 * (b + x * w - target)
    return dict(b=outer, x=w * outer, w=x * outer)


@wrong("chain_by_hand", say="w and x changed places: the slope for a factor is the OTHER factor.")
def chain_by_hand(w, x, b, target):
    slope = 2 * (w * x + b - target)
    return {"w": slope * w, "x": slope * x, "b": slope}


@wrong("chain_by_hand", say="The slope of the square is 2 * miss: the 2 is missing.")
def chain_by_hand(w, x, b, target):
    slope = w * x + b - target
    return {"w": slope * x, "x": slope * w, "b": slope}


@wrong("chain_by_hand", say="You measured the miss the wrong way round, target minus guess, and all signs turned.")
def chain_by_hand(w, x, b, target):
    slope = 2 * (target - w * x - b)
    return {"w": slope * x, "x": slope * w, "b": slope}


@wrong("chain_by_hand", say="These are only the little slopes of the last step (x, w and 1). Along a way, all the slopes multiply: times 2 * miss.")
def chain_by_hand(w, x, b, target):
    return {"w": x, "x": w, "b": 1.0}


@wrong("chain_by_hand", say="The slope of miss ** 2 is 2 * miss, and you went on with the square itself.")
def chain_by_hand(w, x, b, target):
    slope = (w * x + b - target) ** 2
    return {"w": slope * x, "x": slope * w, "b": slope}


# ---------------------------------------------------------------- 6.4 descend


@right("descend", way="two separate leaves w and b with torch.optim.SGD([w, b], lr): zero_grad(), backward(), step().")
def descend(x, y, steps, lr):
    w, b = torch.zeros((), requires_grad=True), torch.zeros((), requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        ((w * x + b - y) ** 2).mean().backward()
        optimizer.step()
    return torch.stack([w, b]).detach()


@right("descend")
def descend(x, y, steps, lr):
    line = torch.zeros(2)
    for _ in range(steps):
        line.requires_grad_()
        (slope,) = torch.autograd.grad(((line[0] * x + line[1] - y) ** 2).mean(), line)
        line = line.detach() - lr * slope
    return line.detach()


@wrong("descend", say="You never cleared line.grad: from the second round on, old slopes push along. Set line.grad = None.")
def descend(x, y, steps, lr):
    line = torch.zeros(2, requires_grad=True)
    for _ in range(steps):
        ((line[0] * x + line[1] - y) ** 2).mean().backward()
        with torch.no_grad():
            line -= lr * line.grad
    return line.detach()


@wrong("descend", say="You walked uphill: the slope points up, so it must be subtracted.")
def descend(x, y, steps, lr):
    line = torch.zeros(2, requires_grad=True)
    for _ in range(steps):
        ((line[0] * x + line[1] - y) ** 2).mean().backward()
        with torch.no_grad():
            line += lr * line.grad
        line.grad = None
    return line.detach()


@wrong("descend", say="Your loss is the sum over the days; the mean was asked for. The steps got longer with every further row.")
def descend(x, y, steps, lr):
    line = torch.zeros(2, requires_grad=True)
    for _ in range(steps):
        ((line[0] * x + line[1] - y) ** 2).sum().backward()
        with torch.no_grad():
            line -= lr * line.grad
        line.grad = None
    return line.detach()


@wrong("descend", say="The line still requires grad: return line.detach().")
def descend(x, y, steps, lr):
    line = torch.zeros(2, requires_grad=True)
    for _ in range(steps):
        ((line[0] * x + line[1] - y) ** 2).mean().backward()
        with torch.no_grad():
            line -= lr * line.grad
        line.grad = None
    return line


@wrong("descend", say="The update was recorded too, and a leaf may not be overwritten then: put it into with torch.no_grad().")
def descend(x, y, steps, lr):
    line = torch.zeros(2, requires_grad=True)
    for _ in range(steps):
        ((line[0] * x + line[1] - y) ** 2).mean().backward()
        line -= lr * line.grad
        line.grad = None
    return line.detach()


@wrong("descend", say="line = line - … made a new tensor that is no leaf, so its .grad is never filled. Change the leaf itself: line -= …")
def descend(x, y, steps, lr):
    line = torch.zeros(2, requires_grad=True)
    for _ in range(steps):
        ((line[0] * x + line[1] - y) ** 2).mean().backward()
        line = line - lr * line.grad
    return line.detach()


# ------------------------------------------------------------ 6.5 mended_step


@right("mended_step", way="torch.autograd.grad(loss, w) returns the slope and leaves .grad alone, so nothing old can count.")
def mended_step(w, x, y, lr):
    loss = ((w * x - y) ** 2).mean()
    (slope,) = torch.autograd.grad(loss, w)
    with torch.no_grad():
        w.sub_(lr * slope)
    return loss.item()


@right("mended_step")
def mended_step(w, x, y, lr):
    optimizer = torch.optim.SGD([w], lr=lr)
    optimizer.zero_grad()
    loss = ((w * x - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("mended_step", say="The old gradient counted too: clear w.grad before backward.")
def mended_step(w, x, y, lr):
    loss = ((w * x - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    w.grad = None
    return loss.item()


@wrong("mended_step", say="w = w - … only gives the name w to a new tensor; the caller's w did not move. Write w -= … under no_grad.")
def mended_step(w, x, y, lr):
    w.grad = None
    loss = ((w * x - y) ** 2).mean()
    loss.backward()
    w = w - lr * w.grad
    return loss.item()


@wrong("mended_step", say="The loss is still made anew from loss.item(), so backward never reaches w and its .grad stays None.")
def mended_step(w, x, y, lr):
    w.grad = None
    loss = ((w * x - y) ** 2).mean()
    loss = torch.tensor(loss.item(), requires_grad=True)
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    return loss.item()


@wrong("mended_step", say="You returned the loss as a tensor; that keeps its whole graph alive. loss.item() gives the number.")
def mended_step(w, x, y, lr):
    w.grad = None
    loss = ((w * x - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    return loss


@wrong("mended_step", say="This is the loss after the step; the one from before was asked for.")
def mended_step(w, x, y, lr):
    w.grad = None
    ((w * x - y) ** 2).mean().backward()
    with torch.no_grad():
        w -= lr * w.grad
    return ((w * x - y) ** 2).mean().item()


# ----------------------------------------------------- 6.6 piecewise_gradient


@right("piecewise_gradient", way="x.split(size) cuts the pieces, and torch.autograd.grad lets you add the slopes up yourself.")
def piecewise_gradient(loss_of, w, x, y, size):
    total = torch.zeros_like(w)
    for piece_x, piece_y in zip(x.split(size), y.split(size), strict=True):
        (slope,) = torch.autograd.grad(loss_of(w, piece_x, piece_y), w)
        total += slope * (len(piece_x) / len(x))
    return total.detach()


@right("piecewise_gradient")
def piecewise_gradient(loss_of, w, x, y, size):
    for start in range(0, len(x), size):
        piece = slice(start, min(start + size, len(x)))
        (loss_of(w, x[piece], y[piece]) * (piece.stop - start)).backward()
    return w.grad / len(x)


@wrong("piecewise_gradient", say="You added up the means of the pieces: with two pieces that is about twice too much. Weigh each piece by its share of the rows.")
def piecewise_gradient(loss_of, w, x, y, size):
    for start in range(0, len(x), size):
        loss_of(w, x[start : start + size], y[start : start + size]).backward()
    return w.grad


@wrong("piecewise_gradient", say="Every piece counted the same, but the last one has fewer rows: its share is len(piece) / len(x).")
def piecewise_gradient(loss_of, w, x, y, size):
    pieces = math.ceil(len(x) / size)
    for start in range(0, len(x), size):
        (loss_of(w, x[start : start + size], y[start : start + size]) / pieces).backward()
    return w.grad


@wrong("piecewise_gradient", say="All rows went through at once; they do not fit. Take slices of size rows.")
def piecewise_gradient(loss_of, w, x, y, size):
    loss_of(w, x, y).backward()
    return w.grad


@wrong("piecewise_gradient", say="The gradient was cleared after each piece, so only the last piece is left. Here piling up is what you want.")
def piecewise_gradient(loss_of, w, x, y, size):
    for start in range(0, len(x), size):
        w.grad = None
        part = x[start : start + size]
        (loss_of(w, part, y[start : start + size]) * len(part) / len(x)).backward()
    return w.grad


@wrong("piecewise_gradient", say="The last, smaller piece was left out: len(x) // size counts whole pieces only.")
def piecewise_gradient(loss_of, w, x, y, size):
    for i in range(len(x) // size):
        part = slice(i * size, (i + 1) * size)
        (loss_of(w, x[part], y[part]) * size / len(x)).backward()
    return w.grad


# -------------------------------------------------------- 6.7 weighted_slopes


@right("weighted_slopes", way="the weighted sum is one number, so (f(own) * weights).sum().backward() needs no argument.")
def weighted_slopes(f, x, weights):
    own = x.detach().clone().requires_grad_()
    (f(own) * weights).sum().backward()
    return own.grad


@right("weighted_slopes")
def weighted_slopes(f, x, weights):
    own = x.detach().requires_grad_()
    return torch.autograd.grad(f(own), own, grad_outputs=weights)[0]


@wrong("weighted_slopes", say="All outputs counted 1: the weights were not used.")
def weighted_slopes(f, x, weights):
    own = x.detach().clone().requires_grad_()
    f(own).sum().backward()
    return own.grad


@wrong("weighted_slopes", say="You weighted the slopes of the INPUTS afterwards. The weights belong to the outputs: give them to backward.")
def weighted_slopes(f, x, weights):
    own = x.detach().clone().requires_grad_()
    f(own).sum().backward()
    return own.grad * weights


@wrong("weighted_slopes", say="backward() without an argument starts from one number only: backward(weights).")
def weighted_slopes(f, x, weights):
    own = x.detach().clone().requires_grad_()
    f(own).backward()
    return own.grad


@wrong("weighted_slopes", say="You worked on the caller's own leaf, and its old .grad was added to the result.")
def weighted_slopes(f, x, weights):
    own = x if x.requires_grad else x.detach().clone().requires_grad_()
    f(own).backward(weights)
    return own.grad


@wrong("weighted_slopes", say="You cleared the caller's .grad. It is theirs: work on a leaf of your own.")
def weighted_slopes(f, x, weights):
    own = x if x.requires_grad else x.detach().clone().requires_grad_()
    own.grad = None
    f(own).backward(weights)
    return own.grad


@wrong("weighted_slopes", say="The caller's x requires grad now: requires_grad_() switched it on in place. Start from x.detach().clone().")
def weighted_slopes(f, x, weights):
    if x.requires_grad:
        x = x.detach().clone()
    x.requires_grad_()
    (slope,) = torch.autograd.grad(f(x), x, grad_outputs=weights)
    return slope


# ---------------------------------------------------------- 6.8 jacobian_rows


@right("jacobian_rows", way="torch.autograd.functional.jacobian(f, x) is this very function; torch.func.jacrev does it without a loop.")
def jacobian_rows(f, x):
    own = x.detach().clone().requires_grad_()
    out = f(own)
    rows = [torch.autograd.grad(out[i], own, retain_graph=True)[0] for i in range(out.shape[0])]
    return torch.stack(rows)


@right("jacobian_rows")
def jacobian_rows(f, x):
    own = x.detach().clone().requires_grad_()
    out = f(own)
    picks = torch.eye(len(out), dtype=out.dtype)
    return torch.autograd.grad(out, own, grad_outputs=picks, is_grads_batched=True)[0]


@wrong("jacobian_rows", say="The graph was freed after the first row: retain_graph=True keeps it for the next one.")
def jacobian_rows(f, x):
    own = x.detach().clone().requires_grad_()
    out = f(own)
    return torch.stack([torch.autograd.grad(out, own, grad_outputs=pick)[0] for pick in torch.eye(len(out), dtype=out.dtype)])


@wrong("jacobian_rows", say="Rows and columns changed places: row i belongs to output i, column j to input j.")
def jacobian_rows(f, x):
    own = x.detach().clone().requires_grad_()
    out = f(own)
    return torch.stack([torch.autograd.grad(o, own, retain_graph=True)[0] for o in out], dim=1)


@wrong("jacobian_rows", say="These are the slopes of the sum of all outputs: one row. The table has a row for each output.")
def jacobian_rows(f, x):
    own = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(own).sum(), own)[0]


@wrong("jacobian_rows", say="backward added each row to the ones before it: own.grad must be cleared between the rows, or use autograd.grad.")
def jacobian_rows(f, x):
    own = x.detach().clone().requires_grad_()
    out, rows = f(own), []
    for o in out:
        o.backward(retain_graph=True)
        rows.append(own.grad.clone())
    return torch.stack(rows)


@wrong("jacobian_rows", say="All rows are the same tensor: own.grad was put into the list each time, and later rows changed it. Clone it.")
def jacobian_rows(f, x):
    own = x.detach().clone().requires_grad_()
    out, rows = f(own), []
    for o in out:
        if own.grad is not None:
            own.grad.zero_()
        o.backward(retain_graph=True)
        rows.append(own.grad)
    return torch.stack(rows)


# -------------------------------------------------------------- 6.9 nth_slope


@right("nth_slope", way="recursion: nest torch.func.grad n times around f; torch.func.grad(f) is a function that gives f's slope.")
def nth_slope(f, x, n):
    g = f
    for _ in range(n):
        g = torch.func.grad(g)
    return g(torch.tensor(x, dtype=torch.float64)).item()


@right("nth_slope")
def nth_slope(f, x, n):
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = f(point)
    for _ in range(n):
        if value.grad_fn is None:
            return 0.0
        slope = torch.autograd.grad(value, point, create_graph=True, allow_unused=True)[0]
        value = torch.zeros(()) if slope is None else slope
    return value.item()


@wrong("nth_slope", say="The slope has no graph of its own, so it cannot be differentiated again: create_graph=True.")
def nth_slope(f, x, n):
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = f(point)
    for _ in range(n):
        (value,) = torch.autograd.grad(value, point)
    return value.item()


@wrong("nth_slope", say="A constant slope has no graph behind it: then value.requires_grad is False, and the next slope is 0.")
def nth_slope(f, x, n):
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = f(point)
    for _ in range(n):
        (value,) = torch.autograd.grad(value, point, create_graph=True, materialize_grads=True)
    return value.item()


@wrong("nth_slope", say="You took the first slope each time: the next round must differentiate the slope, not f again.")
def nth_slope(f, x, n):
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = f(point)
    for _ in range(n):
        (value,) = torch.autograd.grad(f(point), point, create_graph=True)
    return value.item()


@wrong("nth_slope", say="n = 0 is the value itself; you took one slope too many.")
def nth_slope(f, x, n):
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = f(point)
    for _ in range(n + 1):
        if not value.requires_grad:
            return 0.0
        (value,) = torch.autograd.grad(value, point, create_graph=True, materialize_grads=True)
    return value.item()


@wrong("nth_slope", say="This is the first slope to the power of n; the n-th slope is the slope of the slope of the slope …")
def nth_slope(f, x, n):
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = f(point)
    (slope,) = torch.autograd.grad(value, point)
    return value.item() if n == 0 else (slope**n).item()


# ------------------------------------------------------ 6.10 gradient_penalty


@right("gradient_penalty", way="grad_outputs=torch.ones_like(scores) in place of the sum: the same slopes, the same graph.")
def gradient_penalty(score, weight, points):
    own = points.detach().clone().requires_grad_(True)
    scores = score(weight, own)
    slopes = torch.autograd.grad(scores, own, grad_outputs=torch.ones_like(scores), create_graph=True)[0]
    return (slopes.pow(2).sum(dim=1).sqrt() - 1).pow(2).mean()


@right("gradient_penalty")
def gradient_penalty(score, weight, points):
    costs = []
    for row in points.detach().clone():
        own = row.unsqueeze(0).requires_grad_()
        (slope,) = torch.autograd.grad(score(weight, own).sum(), own, create_graph=True)
        costs.append((slope.norm() - 1) ** 2)
    return torch.stack(costs).mean()


@wrong("gradient_penalty", say="The slopes carry no graph, so nothing flows back to weight: create_graph=True.")
def gradient_penalty(score, weight, points):
    own = points.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(score(weight, own).sum(), own)
    return ((slopes.norm(dim=1) - 1) ** 2).mean()


@wrong("gradient_penalty", say="This is one length for the whole table; each row has a length of its own: norm(dim=1).")
def gradient_penalty(score, weight, points):
    own = points.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(score(weight, own).sum(), own, create_graph=True)
    return (slopes.norm() - 1) ** 2


@wrong("gradient_penalty", say="The length is the root of the sum of squares; you left the root out.")
def gradient_penalty(score, weight, points):
    own = points.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(score(weight, own).sum(), own, create_graph=True)
    return (((slopes**2).sum(dim=1) - 1) ** 2).mean()


@wrong("gradient_penalty", say="You started from the mean of the scores, so every row's gradient was divided by the number of rows. Use the sum.")
def gradient_penalty(score, weight, points):
    own = points.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(score(weight, own).mean(), own, create_graph=True)
    return ((slopes.norm(dim=1) - 1) ** 2).mean()


@wrong("gradient_penalty", say="You took the slope with respect to weight. The penalty is about the slopes with respect to the points.")
def gradient_penalty(score, weight, points):
    own = points.detach().clone()
    (slopes,) = torch.autograd.grad((score(weight, own) * weight.sum() / weight.sum()).sum(), weight, create_graph=True)
    return (slopes.norm() - 1) ** 2


@wrong("gradient_penalty", say="The caller's points require grad now: make a leaf of your own with detach().clone().")
def gradient_penalty(score, weight, points):
    points.requires_grad_()
    (slopes,) = torch.autograd.grad(score(weight, points).sum(), points, create_graph=True)
    return ((slopes.norm(dim=1) - 1) ** 2).mean()


# -------------------------------------------------------------- 6.11 foretell


@right("foretell", way="True in flags says the same as any(flags).")
def foretell(flags, recording):
    if not recording:
        return False, True
    return (True in flags), (True not in flags)


@right("foretell")
def foretell(flags, recording):
    with torch.set_grad_enabled(recording):
        out = torch.ones(())
        for flag in flags:
            out = out * torch.ones((), requires_grad=flag)
    return out.requires_grad, out.is_leaf


@wrong("foretell", say="One input that requires grad is enough: any(flags), not all(flags).")
def foretell(flags, recording):
    recorded = recording and all(flags)
    return recorded, not recorded


@wrong("foretell", say="Inside no_grad nothing is recorded, whatever the flags say.")
def foretell(flags, recording):
    return any(flags), not any(flags)


@wrong("foretell", say="A result that nobody recorded has no history, and that makes it a leaf.")
def foretell(flags, recording):
    return recording and any(flags), False


@wrong("foretell", say="The two parts changed places: requires_grad comes first.")
def foretell(flags, recording):
    recorded = recording and any(flags)
    return not recorded, recorded


# -------------------------------------------------------- 6.12 mended_softplus


@right("mended_softplus", way="torch.nn.functional.softplus(x) does it, and stays exact where exp(x) would overflow.")
def mended_softplus(x):
    return torch.nn.functional.softplus(x)


@right("mended_softplus")
def mended_softplus(x):
    out = x.exp().clone()
    out += 1
    return out.log()


@right("mended_softplus")
def mended_softplus(x):
    return torch.log1p(torch.exp(x))


@wrong("mended_softplus", say="out.data += 1 hides the change from autograd. The error is gone, and the slope is silently wrong: 1 everywhere.")
def mended_softplus(x):
    out = x.exp()
    out.data += 1
    return out.log()


@wrong("mended_softplus", say="detach() cut the graph: no gradient comes through at all.")
def mended_softplus(x):
    out = x.exp().detach()
    out += 1
    return out.log()


@wrong("mended_softplus", say="The values that exp needs are still overwritten: add_(1) does what += 1 did, and no_grad does not hide it from the version counter.")
def mended_softplus(x):
    out = x.exp()
    with torch.no_grad():
        out += 1
    return out.log()


@wrong("mended_softplus", say="The 1 is gone altogether: log(exp(x)) is just x again.")
def mended_softplus(x):
    return x.exp().log()


@wrong("mended_softplus", say="The values that exp needs are still overwritten: add_(1) does what += 1 did, and no_grad does not hide it from the version counter.")
def mended_softplus(x):
    return x.exp().add_(1).log()


# --------------------------------------------------------------- 6.13 sgd_step


@right("sgd_step", way="p.sub_(p.grad, alpha=lr), or p.add_(p.grad, alpha=-lr): one in-place call, the way torch.optim does it.")
def sgd_step(params, lr):
    having = [p for p in params if p.grad is not None]
    with torch.no_grad():
        for p in having:
            p.add_(p.grad, alpha=-lr)
    for p in having:
        p.grad = None
    return len(having)


@right("sgd_step")
def sgd_step(params, lr):
    count = sum(p.grad is not None for p in params)
    if params:
        optimizer = torch.optim.SGD(params, lr=lr)
        optimizer.step()
        optimizer.zero_grad()
    return count


@wrong("sgd_step", say="p = p - … only renames: the parameter itself did not move. Write p -= … under no_grad.")
def sgd_step(params, lr):
    moved = 0
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                moved += 1
                new = p - lr * p.grad
                p.grad = None
                p = new
    return moved


@wrong("sgd_step", say="The update was recorded, and a leaf may not be overwritten then: put it into with torch.no_grad().")
def sgd_step(params, lr):
    moved = 0
    for p in params:
        if p.grad is not None:
            p -= lr * p.grad
            p.grad = None
            moved += 1
    return moved


@wrong("sgd_step", say="One of the parameters has no gradient: its .grad is None, and None cannot be multiplied. Skip it.")
def sgd_step(params, lr):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad
            p.grad = None
    return len(params)


@wrong("sgd_step", say="You walked uphill: += follows the slope, -= goes down.")
def sgd_step(params, lr):
    moved = 0
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p += lr * p.grad
                p.grad = None
                moved += 1
    return moved


@wrong("sgd_step", say="The gradients are still there; after the step they must be None, or the next backward adds to them.")
def sgd_step(params, lr):
    moved = 0
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p -= lr * p.grad
                moved += 1
    return moved


@wrong("sgd_step", say=".data moves the parameter behind autograd's back: its version counter stands still, and mistakes stay silent.")
def sgd_step(params, lr):
    moved = 0
    for p in params:
        if p.grad is not None:
            p.data -= lr * p.grad
            p.grad = None
            moved += 1
    return moved


# --------------------------------------------------------------- 6.14 keep_values


@right("keep_values", way="clone first, under no_grad: with torch.no_grad(): return tensor.clone().")
def keep_values(tensor):
    with torch.no_grad():
        return tensor.clone()


@right("keep_values")
def keep_values(tensor):
    out = torch.empty_like(tensor, requires_grad=False)
    out.copy_(tensor.detach())
    return out


@wrong("keep_values", say="detach() shares memory with the original: the next update would change your kept values too.")
def keep_values(tensor):
    return tensor.detach()


@wrong("keep_values", say="clone() is recorded: the copy still hangs on the graph. detach() it as well.")
def keep_values(tensor):
    return tensor.clone()


@wrong("keep_values", say="A list forgets the dtype: it came back as float32.")
def keep_values(tensor):
    return torch.tensor(tensor.tolist())


@wrong("keep_values", say="This is a NumPy array, and it shares memory with the tensor.")
def keep_values(tensor):
    return tensor.detach().numpy()


# -------------------------------------------------------------- 6.15 head_loss


@right("head_loss", way="detach the features: torch.relu(x @ backbone).detach(), or use backbone.detach() from the start.")
def head_loss(backbone, head, x, y):
    features = torch.relu(x @ backbone).detach()
    return torch.nn.functional.mse_loss(features @ head, y)


@right("head_loss")
def head_loss(backbone, head, x, y):
    return ((torch.relu(x @ backbone.detach()) @ head - y) ** 2).mean()


@wrong("head_loss", say="Nothing was cut: the backbone learns too. detach the features.")
def head_loss(backbone, head, x, y):
    return ((torch.relu(x @ backbone) @ head - y) ** 2).mean()


@wrong("head_loss", say="The head cannot learn: it is cut off as well. Only the features belong under no_grad or before detach().")
def head_loss(backbone, head, x, y):
    prediction = (torch.relu(x @ backbone) @ head).detach()
    return ((prediction - y) ** 2).mean()


@wrong("head_loss", say="requires_grad_(False) switched off the owner's parameter for good. detach() leaves the flag alone.")
def head_loss(backbone, head, x, y):
    backbone.requires_grad_(False)
    return ((torch.relu(x @ backbone) @ head - y) ** 2).mean()


@wrong("head_loss", say="The head cannot learn: it is cut off as well. Only the features belong under no_grad or before detach().")
def head_loss(backbone, head, x, y):
    with torch.no_grad():
        return ((torch.relu(x @ backbone) @ head - y) ** 2).mean()


@wrong("head_loss", say="You detached the head and let the backbone learn: it is the other way round.")
def head_loss(backbone, head, x, y):
    return ((torch.relu(x @ backbone) @ head.detach() - y) ** 2).mean()


@wrong("head_loss", say="The relu is missing: negative features must become 0.")
def head_loss(backbone, head, x, y):
    return (((x @ backbone).detach() @ head - y) ** 2).mean()


# ---------------------------------------------------------- 6.16 clip_together


@right("clip_together", way="flatten and join everything first: torch.cat([g.flatten() for g in grads]).norm() is the length.")
def clip_together(grads, max_norm):
    length = torch.cat([g.flatten() for g in grads]).norm()
    return [g * max_norm / length if length > max_norm else g.clone() for g in grads]


@right("clip_together")
def clip_together(grads, max_norm):
    length = torch.stack([g.norm() for g in grads]).norm().item()
    factor = 1.0 if length <= max_norm else max_norm / length
    return [g.mul(factor) for g in grads]


@wrong("clip_together", say="Each tensor was clipped by its own length. The length is that of all of them together, and so is the factor.")
def clip_together(grads, max_norm):
    return [g * (max_norm / g.norm()).clamp(max=1.0) for g in grads]


@wrong("clip_together", say="Short gradients were stretched to max_norm: the factor may be at most 1.")
def clip_together(grads, max_norm):
    length = torch.sqrt(sum((g**2).sum() for g in grads))
    return [g * max_norm / length.clamp(min=1e-12) for g in grads]


@wrong("clip_together", say="You cut each element at max_norm; that is clipping by value, and it changes the direction.")
def clip_together(grads, max_norm):
    return [g.clamp(-max_norm, max_norm) for g in grads]


@wrong("clip_together", say="The root is missing: the length is the square root of the sum of the squares.")
def clip_together(grads, max_norm):
    length = sum((g**2).sum() for g in grads)
    return [g * (max_norm / length).clamp(max=1.0) for g in grads]


@wrong("clip_together", say="The length 0 made 0 * inf = NaN: hold the factor to at most 1, or handle 0.")
def clip_together(grads, max_norm):
    length = torch.sqrt(sum((g**2).sum() for g in grads))
    return [g if 0 < length <= max_norm else g * (max_norm / length) for g in grads]


# --------------------------------------------------------- 6.17 straight_round


@right("straight_round", way="without a class: clipped = x.clamp(-1, 1); x.round().detach() + clipped - clipped.detach() has the same slopes.")
def straight_round(x):
    clipped = x.clamp(-1, 1)
    return x.round().detach() + (clipped - clipped.detach())


@right("straight_round")
def _():
    class StraightRound(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.round(x)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return torch.where((x >= -1) & (x <= 1), grad, torch.zeros_like(grad))

    def straight_round(x):
        return StraightRound.apply(x)


@wrong("straight_round", say="round() alone is flat: every slope is 0, and nothing learns. backward must pass the slope on.")
def straight_round(x):
    return x.round()


@wrong("straight_round", say="The slope passes everywhere; outside of -1 … 1 it should be 0.")
def _():
    class StraightRound(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x.round()

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, grad):
            return grad

    def straight_round(x):
        return StraightRound.apply(x)


@wrong("straight_round", say="You returned your own slope only. It must be multiplied by grad, the slope that comes from behind.")
def _():
    class StraightRound(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x.round()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return (x.abs() <= 1).to(grad.dtype)

    def straight_round(x):
        return StraightRound.apply(x)


@wrong("straight_round", say="The limits themselves belong to the inside: <= 1, not < 1.")
def _():
    class StraightRound(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x.round()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * (x.abs() < 1)

    def straight_round(x):
        return StraightRound.apply(x)


@wrong("straight_round", say="You clipped the values in forward; only the slope stops outside of -1 … 1.")
def _():
    class StraightRound(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x.clamp(-1, 1).round()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * (x.abs() <= 1)

    def straight_round(x):
        return StraightRound.apply(x)


# --------------------------------------------------------------- 6.18 own_silu


@right("own_silu", way="save the sigmoid beside x, so that backward need not calculate it again: a little memory for a little time.")
def _():
    class OwnSiLU(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            s = torch.sigmoid(x)
            ctx.save_for_backward(x, s)
            return x * s

        @staticmethod
        def backward(ctx, grad):
            x, s = ctx.saved_tensors
            return grad * (s + x * s * (1 - s))

    def own_silu(x):
        return OwnSiLU.apply(x)


@right("own_silu")
def _():
    class OwnSiLU(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x / (1 + torch.exp(-x))

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0], output)

        @staticmethod
        def backward(ctx, grad):
            x, y = ctx.saved_tensors
            s = x.sigmoid()
            return grad * (y + s * (1 - y))

    def own_silu(x):
        return OwnSiLU.apply(x)


@wrong("own_silu", say="You returned your own slope only: multiply by grad, the slope that comes from behind.")
def _():
    class OwnSiLU(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * x.sigmoid()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            s = x.sigmoid()
            return s * (1 + x * (1 - s))

    def own_silu(x):
        return OwnSiLU.apply(x)


@wrong("own_silu", say="Only one of the two ways back to x was counted: the sigmoid depends on x too.")
def _():
    class OwnSiLU(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * x.sigmoid()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * x.sigmoid()

    def own_silu(x):
        return OwnSiLU.apply(x)


@wrong("own_silu", say="You saved the output and took it for x: setup_context must save inputs[0].")
def _():
    class OwnSiLU(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * x.sigmoid()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(output)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            s = x.sigmoid()
            return grad * s * (1 + x * (1 - s))

    def own_silu(x):
        return OwnSiLU.apply(x)


@wrong("own_silu", say="Your forward is the plain sigmoid: the factor x is missing.")
def _():
    class OwnSiLU(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x.sigmoid()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            s = x.sigmoid()
            return grad * s * (1 - s)

    def own_silu(x):
        return OwnSiLU.apply(x)


@wrong("own_silu", say="This is torch's own SiLU, with torch's own backward. Here you write both yourself, in OwnSiLU.")
def own_silu(x):
    return torch.nn.functional.silu(x)


# -------------------------------------------------------------- 6.19 slope_gap


@right("slope_gap", way="the rows of torch.eye(n) * h are all the nudges at once: one loop over them, each reshaped to x's shape.")
def slope_gap(f, x, h=1e-6):
    own = x.detach().to(torch.float64).requires_grad_()
    f(own).backward()
    values = own.detach()
    gaps = []
    for nudge, slope in zip(torch.eye(values.numel(), dtype=torch.float64) * h, own.grad.flatten(), strict=True):
        nudge = nudge.view(values.shape)
        gaps.append(((f(values + nudge) - f(values - nudge)) / (2 * h) - slope).abs())
    return torch.stack(gaps).max().item()


@right("slope_gap")
def slope_gap(f, x, h=1e-6):
    own = x.detach().double().clone().requires_grad_()
    slopes = torch.autograd.grad(f(own), own)[0].flatten().tolist()
    flat = own.detach().flatten().tolist()
    worst = 0.0
    for i, slope in enumerate(slopes):
        up, down = list(flat), list(flat)
        up[i] += h
        down[i] -= h
        rise = f(torch.tensor(up, dtype=torch.float64).reshape(x.shape)) - f(torch.tensor(down, dtype=torch.float64).reshape(x.shape))
        worst = max(worst, abs(float(rise) / (2 * h) - slope))
    return worst


@wrong("slope_gap", say="You nudged all elements at once, which measures the sum of all slopes. One element at a time.")
def slope_gap(f, x, h=1e-6):
    own = x.detach().double().requires_grad_()
    (slopes,) = torch.autograd.grad(f(own), own)
    nudged = ((f(own + h) - f(own - h)) / (2 * h)).detach()
    return (slopes - nudged).abs().max().item()


@wrong("slope_gap", say="A nudge of a millionth gets lost in float32. Calculate in float64: x.detach().double().")
def slope_gap(f, x, h=1e-6):
    own = x.detach().float().requires_grad_()
    (slopes,) = torch.autograd.grad(f(own), own)
    worst = 0.0
    for i in range(own.numel()):
        nudge = torch.zeros(own.numel())
        nudge[i] = h
        nudge = nudge.reshape(own.shape)
        nudged = ((f(own + nudge) - f(own - nudge)) / (2 * h)).detach()
        worst = max(worst, abs(slopes.flatten()[i] - nudged).item())
    return worst


@wrong("slope_gap", say="A difference below zero counts too: take abs() before you look for the largest.")
def slope_gap(f, x, h=1e-6):
    own = x.detach().double().requires_grad_()
    (slopes,) = torch.autograd.grad(f(own), own)
    gaps = []
    for i in range(own.numel()):
        nudge = torch.zeros(own.numel(), dtype=torch.float64)
        nudge[i] = h
        nudge = nudge.reshape(own.shape)
        gaps.append((slopes.flatten()[i] - (f(own + nudge) - f(own - nudge)) / (2 * h)).item())
    return max(gaps)


@wrong("slope_gap", say="This is the mean of the differences; one bad slope hides behind many good ones. Take the largest.")
def slope_gap(f, x, h=1e-6):
    own = x.detach().double().requires_grad_()
    (slopes,) = torch.autograd.grad(f(own), own)
    gaps = []
    for i in range(own.numel()):
        nudge = torch.zeros(own.numel(), dtype=torch.float64)
        nudge[i] = h
        nudge = nudge.reshape(own.shape)
        gaps.append(abs(slopes.flatten()[i] - (f(own + nudge) - f(own - nudge)) / (2 * h)).item())
    return sum(gaps) / len(gaps)


@wrong("slope_gap", say="The two nudged points are 2 * h apart, and you divided by h.")
def slope_gap(f, x, h=1e-6):
    own = x.detach().double().requires_grad_()
    (slopes,) = torch.autograd.grad(f(own), own)
    worst = 0.0
    for i in range(own.numel()):
        nudge = torch.zeros(own.numel(), dtype=torch.float64)
        nudge[i] = h
        nudge = nudge.reshape(own.shape)
        worst = max(worst, abs(slopes.flatten()[i] - (f(own + nudge) - f(own - nudge)) / h).item())
    return worst


# ------------------------------------------------------------------------ quiz

quiz("q1", right="b", because={
    "a": "That is only the part of x * x: two ways, 4 + 4. The third way, + x, brings 1 more.",
    "c": "20 is y itself, 16 + 4. The gradient is its slope.",
})
quiz("q2", right="c", because={
    "a": "It would be, if backward set .grad. It adds.",
    "b": "Nothing is divided; backward only adds.",
})
quiz("q3", right="a", because={
    "b": "no_grad touches no flag. It stops the recorder, so results computed inside have no history.",
    "c": "Only requires_grad_(False) would do that.",
})
quiz("q4", right="b", because={
    "a": "The version counter sees this one: backward raises.",
    "c": "This one raises at once: a leaf that is being recorded.",
})
quiz("q5", right="a", because={
    "b": "detach() cut it off from x, so nothing flows back; and a tensor without history is a leaf.",
    "c": "That is x.clone() alone. This one is a leaf that requires grad, and in-place raises.",
})
quiz("q6", right="b", because={
    "a": "The mean would divide by 3: its weights are a third each.",
    "c": "backward never builds a table; the weighted outputs come back as one gradient.",
})

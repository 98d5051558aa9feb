"""Attempts that test the tests of chapter 08: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from autograder.attempts import quiz, right, wrong

# -------------------------------------------------------------- 8.1 smooth_l1


@right("smooth_l1", way="F.huber_loss(prediction, target, delta=beta) / beta is the same price: Huber's loss is smooth L1 times beta.")
def smooth_l1(prediction, target, beta=1.0):
    return F.huber_loss(prediction, target, delta=beta) / beta


@right("smooth_l1")
def smooth_l1(prediction, target, beta=1.0):
    miss = (prediction - target).abs()
    small = miss.clamp(max=beta)
    return (small**2 / (2 * beta) + (miss - small)).mean()


@wrong("smooth_l1", say="Far from zero a miss costs |d| - beta / 2; the beta / 2 is missing, and the curve jumps at the bend.")
def smooth_l1(prediction, target, beta=1.0):
    miss = (prediction - target).abs()
    return torch.where(miss < beta, miss**2 / (2 * beta), miss).mean()


@wrong("smooth_l1", say="You compared d with beta, not |d|: a large negative miss then counts as a small one. Take .abs() first.")
def smooth_l1(prediction, target, beta=1.0):
    d = prediction - target
    return torch.where(d < beta, d**2 / (2 * beta), d.abs() - beta / 2).mean()


@wrong("smooth_l1", say="The two prices changed places: the square is for a small miss, the straight line for a large one.")
def smooth_l1(prediction, target, beta=1.0):
    miss = (prediction - target).abs()
    return torch.where(miss < beta, miss - beta / 2, miss**2 / (2 * beta)).mean()


@wrong("smooth_l1", say="This is the sum over the elements; the mean was asked for.")
def smooth_l1(prediction, target, beta=1.0):
    miss = (prediction - target).abs()
    return torch.where(miss < beta, miss**2 / (2 * beta), miss - beta / 2).sum()


@wrong("smooth_l1", say="The square has to be divided by 2 * beta: yours only fits for beta = 1.")
def smooth_l1(prediction, target, beta=1.0):
    miss = (prediction - target).abs()
    return torch.where(miss < beta, miss**2 / 2, miss - beta / 2).mean()


@wrong("smooth_l1", say="The bend always sits at 1 in your answer: compare with beta.")
def smooth_l1(prediction, target, beta=1.0):
    return F.smooth_l1_loss(prediction, target)


# ------------------------------------------------------------- 8.2 mended_mse


@right("mended_mse", way="F.mse_loss(prediction, target.unsqueeze(1)): make the target a column, and use the function that needs no building.")
def mended_mse(prediction, target):
    return F.mse_loss(prediction, target.unsqueeze(1))


@right("mended_mse")
def mended_mse(prediction, target):
    miss = prediction[:, 0] - target
    return (miss * miss).mean()


@wrong("mended_mse", say="You compared every prediction with every target: (n, 1) and (n,) broadcast to (n, n). Give both the same shape.")
def mended_mse(prediction, target):
    return nn.MSELoss()(prediction, target)


@wrong("mended_mse", say="The tensors still go into the building of the loss. Build it with empty brackets, then call it: nn.MSELoss()(…, …).")
def mended_mse(prediction, target):
    return nn.MSELoss(prediction.squeeze(1), target)


@wrong("mended_mse", say="You returned a Python number: .item() cuts the graph, and no network can learn from it.")
def mended_mse(prediction, target):
    return nn.MSELoss()(prediction.squeeze(1), target).item()


@wrong("mended_mse", say="The prediction was detached, so no gradient can reach the network.")
def mended_mse(prediction, target):
    return nn.MSELoss()(prediction.detach().squeeze(1), target)


@wrong("mended_mse", say="This is the sum over the rows; the mean was asked for.")
def mended_mse(prediction, target):
    return nn.MSELoss(reduction="sum")(prediction.squeeze(1), target)


@wrong("mended_mse", say="reduction=\"none\" keeps one loss for each row; backward needs one number, the mean.")
def mended_mse(prediction, target):
    return nn.MSELoss(reduction="none")(prediction.squeeze(1), target)


# ---------------------------------------------------------- 8.3 cross_entropy


@right("cross_entropy", way="F.nll_loss(scores.log_softmax(dim=1), labels): the same two steps, by the names that torch has for them.")
def cross_entropy(scores, labels):
    return F.nll_loss(scores.log_softmax(dim=1), labels)


@right("cross_entropy")
def cross_entropy(scores, labels):
    safe = scores - scores.max(dim=1, keepdim=True).values
    logs = safe - safe.exp().sum(dim=1, keepdim=True).log()
    return -logs[torch.arange(len(labels)), labels].mean()


@wrong("cross_entropy", say="exp of a large score is infinite, and infinity / infinity is nan. Use logsumexp, or subtract the row's maximum first.")
def cross_entropy(scores, labels):
    chances = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
    return -chances.gather(1, labels[:, None]).log().mean()


@wrong("cross_entropy", say="softmax rounds a tiny chance to 0, and log(0) is minus infinity. Stay with logs: score minus logsumexp.")
def cross_entropy(scores, labels):
    return -scores.softmax(dim=1).gather(1, labels[:, None]).log().mean()


@wrong("cross_entropy", say="You summed over the rows (dim 0). The classes of one row lie along dim 1.")
def cross_entropy(scores, labels):
    logs = scores - scores.logsumexp(dim=0, keepdim=True)
    return -logs.gather(1, labels[:, None]).mean()


@wrong("cross_entropy", say="The sign is missing: the log of a chance is negative, and a loss is minus that.")
def cross_entropy(scores, labels):
    return scores.log_softmax(dim=1).gather(1, labels[:, None]).mean()


@wrong("cross_entropy", say="You averaged over all classes; only the right one of each row counts. Pick it with the label.")
def cross_entropy(scores, labels):
    return -scores.log_softmax(dim=1).mean()


@wrong("cross_entropy", say="This is the sum over the rows; the mean was asked for.")
def cross_entropy(scores, labels):
    return -scores.log_softmax(dim=1).gather(1, labels[:, None]).sum()


@wrong("cross_entropy", say="This is one minus the chance of the right class. The price is minus the log of that chance.")
def cross_entropy(scores, labels):
    return (1 - scores.softmax(dim=1).gather(1, labels[:, None])).mean()


# ------------------------------------------------------------- 8.4 digit_loss


@right("digit_loss", way="labels[:, 0].to(torch.int64) picks the only column, and F.cross_entropy needs no building.")
def digit_loss(scores, labels):
    return F.cross_entropy(scores, labels[:, 0].to(torch.int64))


@right("digit_loss")
def digit_loss(scores, labels):
    wanted = F.one_hot(labels.long().flatten(), scores.shape[1]).float()
    return nn.CrossEntropyLoss()(scores, wanted)


@wrong("digit_loss", say="The softmax is still there: CrossEntropyLoss does its own, and twice is once too often. Give it the scores.")
def digit_loss(scores, labels):
    return nn.CrossEntropyLoss()(scores.softmax(dim=1), labels.squeeze(1).long())


@wrong("digit_loss", say="The labels have the right dtype now, but still two dims: squeeze(1) removes the second.")
def digit_loss(scores, labels):
    return nn.CrossEntropyLoss()(scores, labels.long())


@wrong("digit_loss", say="The labels have the right shape now, but are still floats: the number of a class is int64, .long().")
def digit_loss(scores, labels):
    return nn.CrossEntropyLoss()(scores, labels.squeeze(1))


@wrong("digit_loss", say="squeeze() without a number removes every dim of size 1: a single row then loses its batch dim too. Write squeeze(1).")
def digit_loss(scores, labels):
    return nn.CrossEntropyLoss()(scores, labels.squeeze().long())


@wrong("digit_loss", say="argmax of a column with one element is always 0: a label already is the number of a class. Take the column itself.")
def digit_loss(scores, labels):
    return nn.CrossEntropyLoss()(scores, labels.argmax(dim=1))


# -------------------------------------------------------- 8.5 mended_training


@right("mended_training", way="model.zero_grad() before backward clears the same gradients, and for one loss and one model it does not matter which of the two you call.")
def mended_training(model, x, y, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@right("mended_training")
def mended_training(model, x, y, steps, lr):
    losses = []
    for _ in range(steps):
        loss = ((model(x) - y) ** 2).mean()
        slopes = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for p, slope in zip(model.parameters(), slopes, strict=True):
                p.sub_(lr * slope)
        losses.append(loss.item())
    return losses


@wrong("mended_training", say="Nobody clears the gradients: from the second round on, old slopes push along. optimizer.zero_grad() is missing.")
def mended_training(model, x, y, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.MSELoss()(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("mended_training", say="The prediction is still detached, so no gradient reaches the model, and requires_grad_(True) hides it.")
def mended_training(model, x, y, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        prediction = model(x).detach()
        loss = nn.MSELoss()(prediction, y)
        loss.requires_grad_(True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("mended_training", say="The prediction is still detached. You took the plaster off, which is good; now find the cut: detach().")
def mended_training(model, x, y, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.MSELoss()(model(x).detach(), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("mended_training", say="requires_grad_(True) is still there: for a frozen model it silences the error, and nothing is trained.")
def mended_training(model, x, y, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.MSELoss()(model(x), y)
        loss.requires_grad_(True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("mended_training", say="You cleared the gradients between backward and step: there is nothing left to step with. First zero_grad, then backward, then step.")
def mended_training(model, x, y, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.MSELoss()(model(x), y)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("mended_training", say="You kept the losses as tensors, and each holds a whole graph alive. loss.item() gives the number.")
def mended_training(model, x, y, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.MSELoss()(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses


@wrong("mended_training", say="These are the losses after each step; the ones from before were asked for.")
def mended_training(model, x, y, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        nn.MSELoss()(model(x), y).backward()
        optimizer.step()
        losses.append(nn.MSELoss()(model(x), y).item())
    return losses


# ----------------------------------------------------------- 8.6 steps_needed


@right("steps_needed", way="a while loop that counts: while the loss is not below the goal, return None when the count has reached most, else take a step and add 1.")
def steps_needed(make_optimizer, loss_of, start, goal, most):
    point = nn.Parameter(start.clone())
    optimizer = make_optimizer([point])
    taken = 0
    while not loss_of(point).item() < goal:
        if taken == most:
            return None
        optimizer.zero_grad()
        loss_of(point).backward()
        optimizer.step()
        taken += 1
    return taken


@right("steps_needed")
def steps_needed(make_optimizer, loss_of, start, goal, most):
    point = start.detach().clone()
    point.requires_grad = True
    optimizer = make_optimizer([point])
    losses = [loss_of(point)]
    for _ in range(most):
        if losses[-1] < goal:
            break
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
        losses.append(loss_of(point))
    return len(losses) - 1 if losses[-1].item() < goal else None


@wrong("steps_needed", say="You counted how often the loss was looked at, and that is one more than the steps taken before.")
def steps_needed(make_optimizer, loss_of, start, goal, most):
    point = start.clone().requires_grad_()
    optimizer = make_optimizer([point])
    for taken in range(1, most + 2):
        loss = loss_of(point)
        if loss.item() < goal:
            return taken
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return None


@wrong("steps_needed", say="The gradients were never cleared, so the old slopes pushed along: zero_grad() before each backward.")
def steps_needed(make_optimizer, loss_of, start, goal, most):
    point = start.clone().requires_grad_()
    optimizer = make_optimizer([point])
    for taken in range(most + 1):
        loss = loss_of(point)
        if loss.item() < goal:
            return taken
        loss.backward()
        optimizer.step()
    return None


@wrong("steps_needed", say="You let the optimizer walk on start itself, which belongs to the caller. Work on start.clone().")
def steps_needed(make_optimizer, loss_of, start, goal, most):
    point = start.requires_grad_()
    optimizer = make_optimizer([point])
    for taken in range(most + 1):
        loss = loss_of(point)
        if loss.item() < goal:
            return taken
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return None


@wrong("steps_needed", say="When the goal is not reached the answer is None; you returned most, which reads as “reached in the last step”.")
def steps_needed(make_optimizer, loss_of, start, goal, most):
    point = start.clone().requires_grad_()
    optimizer = make_optimizer([point])
    for taken in range(most):
        loss = loss_of(point)
        if loss.item() < goal:
            return taken
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return most


@wrong("steps_needed", say="You never looked at the loss after the last step: a goal reached exactly then was missed. range(most + 1).")
def steps_needed(make_optimizer, loss_of, start, goal, most):
    point = start.clone().requires_grad_()
    optimizer = make_optimizer([point])
    for taken in range(most):
        loss = loss_of(point)
        if loss.item() < goal:
            return taken
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return None


@wrong("steps_needed", say="make_optimizer takes a list of parameters: put the point into square brackets.")
def steps_needed(make_optimizer, loss_of, start, goal, most):
    point = start.clone().requires_grad_()
    optimizer = make_optimizer(point)
    for taken in range(most + 1):
        loss = loss_of(point)
        if loss.item() < goal:
            return taken
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return None


# ---------------------------------------------------------- 8.7 momentum_path


@right("momentum_path", way="put lr into the speed, v = momentum * v + lr * slope and w = w - v: the same way, as long as lr does not change.")
def momentum_path(slope_of, start, steps, lr, momentum):
    path, v = [start], 0.0
    for _ in range(steps):
        v = momentum * v + lr * slope_of(path[-1])
        path.append(path[-1] - v)
    return path


@right("momentum_path")
def momentum_path(slope_of, start, steps, lr, momentum):
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr, momentum=momentum)
    path = [start]
    for _ in range(steps):
        w.grad = torch.tensor(float(slope_of(w.item())), dtype=torch.float64)
        optimizer.step()
        path.append(w.item())
    return path


@wrong("momentum_path", say="The speed is set to 0 anew in every step, so nothing ever rolls: v = 0 belongs before the loop.")
def momentum_path(slope_of, start, steps, lr, momentum):
    w, path = start, [start]
    for _ in range(steps):
        v = 0.0
        v = momentum * v + slope_of(w)
        w = w - lr * v
        path.append(w)
    return path


@wrong("momentum_path", say="You weighed the slope with 1 - momentum, a running mean. In torch's SGD the slope counts in full.")
def momentum_path(slope_of, start, steps, lr, momentum):
    w, v, path = start, 0.0, [start]
    for _ in range(steps):
        v = momentum * v + (1 - momentum) * slope_of(w)
        w = w - lr * v
        path.append(w)
    return path


@wrong("momentum_path", say="You moved with the old speed and then made the new one: first the speed, then the place.")
def momentum_path(slope_of, start, steps, lr, momentum):
    w, v, path = start, 0.0, [start]
    for _ in range(steps):
        slope = slope_of(w)
        w = w - lr * v
        v = momentum * v + slope
        path.append(w)
    return path


@wrong("momentum_path", say="You rolled uphill: the speed has to be subtracted.")
def momentum_path(slope_of, start, steps, lr, momentum):
    w, v, path = start, 0.0, [start]
    for _ in range(steps):
        v = momentum * v + slope_of(w)
        w = w + lr * v
        path.append(w)
    return path


@wrong("momentum_path", say="The start is missing in the list: steps + 1 places were asked for.")
def momentum_path(slope_of, start, steps, lr, momentum):
    w, v, path = start, 0.0, []
    for _ in range(steps):
        v = momentum * v + slope_of(w)
        w = w - lr * v
        path.append(w)
    return path


@wrong("momentum_path", say="The slope was asked for at the start only; it is another one at each place.")
def momentum_path(slope_of, start, steps, lr, momentum):
    w, v, path = start, 0.0, [start]
    slope = slope_of(start)
    for _ in range(steps):
        v = momentum * v + slope
        w = w - lr * v
        path.append(w)
    return path


# -------------------------------------------------------------- 8.8 adam_path


@right("adam_path", way="let torch.optim.Adam walk on a float64 tensor and write each slope into its .grad: a good way to check the one by hand.")
def adam_path(slope_of, start, steps, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=lr, betas=(beta1, beta2), eps=eps)
    path = [start]
    for _ in range(steps):
        w.grad = torch.tensor(float(slope_of(w.item())), dtype=torch.float64)
        optimizer.step()
        path.append(w.item())
    return path


@right("adam_path")
def adam_path(slope_of, start, steps, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    path, m, s, left1, left2 = [start], 0.0, 0.0, 1.0, 1.0
    for _ in range(steps):
        slope = slope_of(path[-1])
        m += (1 - beta1) * (slope - m)
        s += (1 - beta2) * (slope * slope - s)
        left1, left2 = left1 * beta1, left2 * beta2
        mean, root = m / (1 - left1), (s / (1 - left2)) ** 0.5
        path.append(path[-1] - lr * mean / (root + eps))
    return path


@wrong("adam_path", say="The means were not divided by 1 - beta ** t: both start at 0, and the first steps come out three times too long.")
def adam_path(slope_of, start, steps, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    w, m, s, path = start, 0.0, 0.0, [start]
    for _ in range(steps):
        slope = slope_of(w)
        m = beta1 * m + (1 - beta1) * slope
        s = beta2 * s + (1 - beta2) * slope**2
        w = w - lr * m / (math.sqrt(s) + eps)
        path.append(w)
    return path


@wrong("adam_path", say="eps stands inside the root; it is added after the root: √S + eps.")
def adam_path(slope_of, start, steps, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    w, m, s, path = start, 0.0, 0.0, [start]
    for t in range(1, steps + 1):
        slope = slope_of(w)
        m = beta1 * m + (1 - beta1) * slope
        s = beta2 * s + (1 - beta2) * slope**2
        w = w - lr * (m / (1 - beta1**t)) / math.sqrt(s / (1 - beta2**t) + eps)
        path.append(w)
    return path


@wrong("adam_path", say="The root is missing: you divided by the mean of the squares itself.")
def adam_path(slope_of, start, steps, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    w, m, s, path = start, 0.0, 0.0, [start]
    for t in range(1, steps + 1):
        slope = slope_of(w)
        m = beta1 * m + (1 - beta1) * slope
        s = beta2 * s + (1 - beta2) * slope**2
        w = w - lr * (m / (1 - beta1**t)) / (s / (1 - beta2**t) + eps)
        path.append(w)
    return path


@wrong("adam_path", say="You counted the steps from 0: 1 - beta ** 0 is 0, and nothing can be divided by it. Count from 1.")
def adam_path(slope_of, start, steps, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    w, m, s, path = start, 0.0, 0.0, [start]
    for t in range(steps):
        slope = slope_of(w)
        m = beta1 * m + (1 - beta1) * slope
        s = beta2 * s + (1 - beta2) * slope**2
        w = w - lr * (m / (1 - beta1**t)) / (math.sqrt(s / (1 - beta2**t)) + eps)
        path.append(w)
    return path


@wrong("adam_path", say="You wrote the corrected means back into m and s, so the next step corrects them once more. Give them names of their own.")
def adam_path(slope_of, start, steps, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    w, m, s, path = start, 0.0, 0.0, [start]
    for t in range(1, steps + 1):
        slope = slope_of(w)
        m = (beta1 * m + (1 - beta1) * slope) / (1 - beta1**t)
        s = (beta2 * s + (1 - beta2) * slope**2) / (1 - beta2**t)
        w = w - lr * m / (math.sqrt(s) + eps)
        path.append(w)
    return path


@wrong("adam_path", say="The betas changed places: beta1 belongs to the slopes, beta2 to their squares.")
def adam_path(slope_of, start, steps, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    w, m, s, path = start, 0.0, 0.0, [start]
    for t in range(1, steps + 1):
        slope = slope_of(w)
        m = beta2 * m + (1 - beta2) * slope
        s = beta1 * s + (1 - beta1) * slope**2
        w = w - lr * (m / (1 - beta2**t)) / (math.sqrt(s / (1 - beta1**t)) + eps)
        path.append(w)
    return path


# ------------------------------------------------------------- 8.9 l2_penalty


@right("l2_penalty", way="torch.cat([weight.flatten(), bias.flatten()]).norm() ** 2 is the sum of all squares at once.")
def l2_penalty(weight, bias, decay):
    every = torch.cat([weight.flatten(), bias.flatten()])
    return decay * (every @ every) / 2


@right("l2_penalty")
def l2_penalty(weight, bias, decay):
    return sum(0.5 * decay * p.pow(2).sum() for p in (weight, bias))


@wrong("l2_penalty", say="The slope of w ** 2 is 2 * w, so your band pulls twice as hard as weight_decay does: take half.")
def l2_penalty(weight, bias, decay):
    return decay * ((weight**2).sum() + (bias**2).sum())


@wrong("l2_penalty", say="The bias is left out. torch's weight_decay pulls at every parameter that the optimizer has.")
def l2_penalty(weight, bias, decay):
    return decay / 2 * (weight**2).sum() + 0 * bias.sum()


@wrong("l2_penalty", say="These are absolute values, the L1 price. Its pull is the same for small and large weights; L2 takes squares.")
def l2_penalty(weight, bias, decay):
    return decay / 2 * (weight.abs().sum() + bias.abs().sum())


@wrong("l2_penalty", say="You took the mean of the squares; weight_decay knows nothing about how many there are. Sum them.")
def l2_penalty(weight, bias, decay):
    return decay / 2 * ((weight**2).mean() + (bias**2).mean())


@wrong("l2_penalty", say="You used .data (or detach): the price is right, but no slope comes from it, so nothing is pulled.")
def l2_penalty(weight, bias, decay):
    return decay / 2 * ((weight.data**2).sum() + (bias.data**2).sum())


@wrong("l2_penalty", say="This is the length, the root of the sum of squares. Its slope does not grow with w; leave the root out.")
def l2_penalty(weight, bias, decay):
    return decay / 2 * (weight.norm() + bias.norm())


# --------------------------------------------------------- 8.10 warmup_factor


@right("warmup_factor", way="cos(π · p / 2) ** 2 is the same glide, and min(1, (epoch + 1) / warmup) the climb.")
def warmup_factor(epoch, warmup, total):
    if warmup and epoch < warmup:
        return min(1.0, (epoch + 1) / warmup)
    return math.cos(math.pi * (epoch - warmup) / (total - warmup) / 2) ** 2


@right("warmup_factor")
def warmup_factor(epoch, warmup, total):
    climb = [(i + 1) / warmup for i in range(warmup)]
    glide = [0.5 + 0.5 * math.cos(math.pi * i / (total - warmup)) for i in range(total - warmup + 1)]
    return (climb + glide)[epoch]


@wrong("warmup_factor", say="Your climb starts at 0, so the first epoch learns nothing, and the last one does not reach 1: take epoch + 1.")
def warmup_factor(epoch, warmup, total):
    if epoch < warmup:
        return epoch / warmup
    return (1 + math.cos(math.pi * (epoch - warmup) / (total - warmup))) / 2


@wrong("warmup_factor", say="You glide down in a straight line; a cosine was asked for, which starts and ends gently.")
def warmup_factor(epoch, warmup, total):
    if epoch < warmup:
        return (epoch + 1) / warmup
    return 1 - (epoch - warmup) / (total - warmup)


@wrong("warmup_factor", say="The way down begins at epoch warmup, not at 0: p = (epoch - warmup) / (total - warmup).")
def warmup_factor(epoch, warmup, total):
    if epoch < warmup:
        return (epoch + 1) / warmup
    return (1 + math.cos(math.pi * epoch / total)) / 2


@wrong("warmup_factor", say="math.cos takes radians: half a turn is math.pi, not 180.")
def warmup_factor(epoch, warmup, total):
    if epoch < warmup:
        return (epoch + 1) / warmup
    return (1 + math.cos(180 * (epoch - warmup) / (total - warmup))) / 2


@wrong("warmup_factor", say="A cosine goes from 1 to -1, and a rate must not be negative: (1 + cos) / 2 goes from 1 to 0.")
def warmup_factor(epoch, warmup, total):
    if epoch < warmup:
        return (epoch + 1) / warmup
    return math.cos(math.pi * (epoch - warmup) / (total - warmup))


@wrong("warmup_factor", say="warmup may be 0, and then nothing can be divided by it: ask epoch < warmup first.")
def warmup_factor(epoch, warmup, total):
    climb = (epoch + 1) / warmup
    glide = (1 + math.cos(math.pi * (epoch - warmup) / (total - warmup))) / 2
    return climb if epoch < warmup else glide


# ---------------------------------------------------------- 8.11 mended_rates


@right("mended_rates", way="optimizer.param_groups[0][\"lr\"] is the rate in use; get_last_lr() reads it from there.")
def mended_rates(model, batches, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    used = []
    for _ in range(epochs):
        for inputs, targets in batches:
            optimizer.zero_grad()
            F.mse_loss(model(inputs), targets).backward()
            optimizer.step()
        used.append(optimizer.param_groups[0]["lr"])
        scheduler.step()
    return used


@right("mended_rates")
def mended_rates(model, batches, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    used = [0.1 * 0.9**epoch for epoch in range(epochs)]
    for rate in used:
        optimizer.param_groups[0]["lr"] = rate
        for inputs, targets in batches:
            loss = F.mse_loss(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return used


@wrong("mended_rates", say="scheduler.step() still stands in the loop over batches: the rate falls with each of them. Once an epoch, after the batches.")
def mended_rates(model, batches, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    used = []
    for _ in range(epochs):
        used.append(scheduler.get_last_lr()[0])
        for inputs, targets in batches:
            optimizer.zero_grad()
            F.mse_loss(model(inputs), targets).backward()
            optimizer.step()
            scheduler.step()
    return used


@wrong("mended_rates", say="You wrote the rate down after scheduler.step(): that is the rate of the next epoch. Note it before.")
def mended_rates(model, batches, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    used = []
    for _ in range(epochs):
        for inputs, targets in batches:
            optimizer.zero_grad()
            F.mse_loss(model(inputs), targets).backward()
            optimizer.step()
        scheduler.step()
        used.append(scheduler.get_last_lr()[0])
    return used


@wrong("mended_rates", say="get_last_lr() is a list, one rate for each group of parameters, so you made a list of lists: take [0].")
def mended_rates(model, batches, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    used = []
    for _ in range(epochs):
        used.append(scheduler.get_last_lr())
        for inputs, targets in batches:
            optimizer.zero_grad()
            F.mse_loss(model(inputs), targets).backward()
            optimizer.step()
        scheduler.step()
    return used


@wrong("mended_rates", say="The scheduler never steps, so the rate stays at 0.1.")
def mended_rates(model, batches, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    used = []
    for _ in range(epochs):
        used.append(scheduler.get_last_lr()[0])
        for inputs, targets in batches:
            optimizer.zero_grad()
            F.mse_loss(model(inputs), targets).backward()
            optimizer.step()
    return used


@wrong("mended_rates", say="The rates are right, but the model did not learn: every batch needs zero_grad, backward and step.")
def mended_rates(model, batches, epochs):
    return [0.1 * 0.9**epoch for epoch in range(epochs)]


# -------------------------------------------------------------- 8.12 in_words


@right("in_words", way="add the pieces to a text in a loop over range(d), with x^{i + 1}, and put the bias at the end.")
def in_words(weights, bias):
    text = "y ="
    for i in range(weights.shape[1]):
        text += f" {weights[0, i].item():+.2f} x^{i + 1}"
    return text + f" {bias[0].item():+.2f}"


@right("in_words")
def in_words(weights, bias):
    powers = range(1, weights.numel() + 1)
    terms = (f"{float(w):+.2f} x^{p}" for w, p in zip(weights.flatten(), powers, strict=True))
    return f"y = {' '.join(terms)} {float(bias):+.2f}"


@wrong("in_words", say="The powers run the wrong way: the first weight belongs to x, the last one to the highest power.")
def in_words(weights, bias):
    row = weights[0].tolist()
    parts = [f"{w:+.2f} x^{len(row) - i}" for i, w in enumerate(row)]
    return " ".join(["y =", *parts, f"{bias.item():+.2f}"])


@wrong("in_words", say="The powers start at 0; the first weight belongs to x^1.")
def in_words(weights, bias):
    parts = [f"{w:+.2f} x^{i}" for i, w in enumerate(weights[0].tolist())]
    return " ".join(["y =", *parts, f"{bias.item():+.2f}"])


@wrong("in_words", say="A plus sign is missing before the positive numbers: the format is :+.2f.")
def in_words(weights, bias):
    parts = [f"{w:.2f} x^{i}" for i, w in enumerate(weights[0].tolist(), start=1)]
    return " ".join(["y =", *parts, f"{bias.item():.2f}"])


@wrong("in_words", say="The bias is missing at the end.")
def in_words(weights, bias):
    parts = [f"{w:+.2f} x^{i}" for i, w in enumerate(weights[0].tolist(), start=1)]
    return " ".join(["y =", *parts])


@wrong("in_words", say="You walked over weights, which has one row: the loop ran once, with the whole row. Take weights[0] first.")
def in_words(weights, bias):
    parts = [f"{w:+.2f} x^{i}" for i, w in enumerate(weights, start=1)]
    return " ".join(["y =", *parts, f"{bias.item():+.2f}"])


# ------------------------------------------------------------------------ quiz

quiz("q1", right="c", because={
    "a": "It should, but it only warns: (8, 1) and (8,) broadcast to (8, 8).",
    "b": "That is what you want, and what you get once both have the same shape.",
})
quiz("q2", right="b", because={
    "a": "It makes a softmax itself. And a label is the number of a class, int64.",
    "c": "A bare number of a class has no slope; the loss needs all the scores.",
})
quiz("q3", right="b", because={
    "a": "Then the gradients are gone before the step can use them.",
    "c": "The step would use the gradients of the round before, or none.",
})
quiz("q4", right="a", because={
    "b": "SGD would do that. Adam divides each slope by its own size.",
    "c": "Nothing is clipped; both steps are about lr long.",
})
quiz("q5", right="b", because={
    "a": "Its slope is 0.4 * w: twice too much.",
    "c": "That is L1: it pulls equally hard at small and large weights.",
})
quiz("q6", right="c", because={
    "a": "Then the loss would jump about or become nan.",
    "b": "Then the steps would grow, not vanish.",
})

"""Attempts that test the tests of chapter 10: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import copy
import math
import random

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader

from autograder.attempts import quiz, right, wrong

# -------------------------------------------------------------- 10.1 by_heart


@right(
    "by_heart",
    way="count from 0 to steps and leave the loop before the last step: the loss that was just calculated is then the answer.",
)
def by_heart(model, inputs, labels, steps):
    twin = copy.deepcopy(model)
    optimizer = torch.optim.Adam(twin.parameters(), lr=0.01)
    for step in range(steps + 1):
        loss = nn.CrossEntropyLoss()(twin(inputs), labels)
        if step == steps:
            return loss.item()
        twin.zero_grad()
        loss.backward()
        optimizer.step()


@right("by_heart")
def by_heart(model, inputs, labels, steps):
    before = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    with torch.no_grad():
        loss = F.cross_entropy(model(inputs), labels).item()
    model.load_state_dict(before)
    optimizer.zero_grad()
    return loss


@wrong(
    "by_heart",
    say="You trained the network itself. This is only a test: work on copy.deepcopy(model).",
)
def by_heart(model, inputs, labels, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return F.cross_entropy(model(inputs), labels).item()


@wrong(
    "by_heart",
    say="copy.copy is a shallow copy: it shares its parameters with the network. copy.deepcopy makes new ones.",
)
def by_heart(model, inputs, labels, steps):
    model = copy.copy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return F.cross_entropy(model(inputs), labels).item()


@wrong(
    "by_heart",
    say="The optimizer holds the parameters of the network, but the loss comes from the copy: nobody learns. Copy first, then build the optimizer from the copy.",
)
def by_heart(model, inputs, labels, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model = copy.deepcopy(model)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return F.cross_entropy(model(inputs), labels).item()


@wrong(
    "by_heart",
    say="Nobody clears the gradients, so old slopes push along: zero_grad() belongs into every round.",
)
def by_heart(model, inputs, labels, steps):
    model = copy.deepcopy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return F.cross_entropy(model(inputs), labels).item()


@wrong(
    "by_heart",
    say="This loss is from before the last step. Calculate it once more after the loop.",
)
def by_heart(model, inputs, labels, steps):
    model = copy.deepcopy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loss = F.cross_entropy(model(inputs), labels)
    for _ in range(steps):
        loss = F.cross_entropy(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


@wrong(
    "by_heart",
    say="You trained with SGD; torch.optim.Adam was asked for.",
)
def by_heart(model, inputs, labels, steps):
    model = copy.deepcopy(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return F.cross_entropy(model(inputs), labels).item()


@wrong(
    "by_heart",
    say="A softmax stands before the cross entropy, which makes its own: the loss cannot fall below its floor.",
)
def by_heart(model, inputs, labels, steps):
    model = copy.deepcopy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs).softmax(1), labels).backward()
        optimizer.step()
    return F.cross_entropy(model(inputs).softmax(1), labels).item()


# ------------------------------------------------------------- 10.2 EpochMean


@right(
    "EpochMean",
    way="keep two lists, of the means and of the counts, and let np.average(means, weights=counts) weigh them.",
)
class EpochMean:
    def __init__(self):
        self.means, self.counts = [], []

    def add(self, value, count):
        self.means.append(value.item() if isinstance(value, torch.Tensor) else value)
        self.counts.append(count)

    def result(self):
        return (
            float(np.average(self.means, weights=self.counts))
            if self.counts
            else float("nan")
        )


@right("EpochMean")
class EpochMean:
    def __init__(self):
        self.mean, self.count = math.nan, 0

    def add(self, value, count):
        value = torch.as_tensor(value).item()
        self.mean = (
            value
            if self.count == 0
            else self.mean + (value - self.mean) * count / (self.count + count)
        )
        self.count += count

    def result(self):
        return self.mean


@wrong(
    "EpochMean",
    say="This is the mean of the means: a small batch counts as much as a large one. Multiply each mean by its count, and divide by all counts.",
)
class EpochMean:
    def __init__(self):
        self.values = []

    def add(self, value, count):
        self.values.append(value.item() if isinstance(value, torch.Tensor) else value)

    def result(self):
        return sum(self.values) / len(self.values) if self.values else math.nan


@wrong(
    "EpochMean",
    say="You kept the tensor, and with it the whole graph of every batch. Take the number out with .item().",
)
class EpochMean:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, value, count):
        self.total += value * count
        self.count += count

    def result(self):
        return self.total / self.count if self.count else math.nan


@wrong(
    "EpochMean",
    say="The result is a float, but inside you still add up tensors, and the graph of every batch hangs on them. Take the number out in add: value.item().",
)
class EpochMean:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, value, count):
        self.total += value * count
        self.count += count

    def result(self):
        return float(self.total / self.count) if self.count else math.nan


@wrong(
    "EpochMean",
    say="Before anything was added you divide by 0. Ask for count == 0 first, and return math.nan.",
)
class EpochMean:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, value, count):
        value = value.item() if isinstance(value, torch.Tensor) else value
        self.total += value * count
        self.count += count

    def result(self):
        return self.total / self.count


@wrong(
    "EpochMean",
    say="A value may be a plain float, and a float has no .item(). Ask isinstance(value, torch.Tensor) first.",
)
class EpochMean:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, value, count):
        self.total += value.item() * count
        self.count += count

    def result(self):
        return self.total / self.count if self.count else math.nan


@wrong(
    "EpochMean",
    say="You added up the means without their counts, and divided by the number of samples.",
)
class EpochMean:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, value, count):
        self.total += value.item() if isinstance(value, torch.Tensor) else value
        self.count += count

    def result(self):
        return self.total / self.count if self.count else math.nan


@wrong(
    "EpochMean",
    hidden="One mean at a time works; only a second one shows that they share the class's list.",
)
class EpochMean:
    parts = []

    def __init__(self):
        pass

    def add(self, value, count):
        value = value.item() if isinstance(value, torch.Tensor) else value
        self.parts.append((value, count))

    def result(self):
        parts, type(self).parts = self.parts, []
        if not parts:
            return math.nan
        return sum(v * c for v, c in parts) / sum(c for _, c in parts)


# -------------------------------------------------------------- 10.3 accuracy


@right(
    "accuracy",
    way="scores.max(dim=1).indices is the same guess; (… == labels).sum().item() / len(labels) the same share.",
)
def accuracy(scores, labels):
    guesses = scores.max(dim=1).indices
    return (guesses == labels).sum().item() / len(labels)


@right("accuracy")
def accuracy(scores, labels):
    best = scores.topk(1, dim=1).indices[:, 0]
    return 1.0 - torch.count_nonzero(best - labels).item() / labels.numel()


@wrong(
    "accuracy",
    say="Without dim, argmax gives one place in the whole table. You want one for each row: dim=1.",
)
def accuracy(scores, labels):
    return (scores.argmax() == labels).float().mean().item()


@wrong(
    "accuracy",
    say="You looked for the highest score of each column (dim 0). The classes of a sample lie along dim 1.",
)
def accuracy(scores, labels):
    return (
        (scores.argmax(dim=0)[: len(labels)] == labels[: scores.shape[1]])
        .float()
        .mean()
        .item()
    )


@wrong(
    "accuracy",
    say="This is how many are right; the share was asked for. Divide by their number, or take the mean.",
)
def accuracy(scores, labels):
    return (scores.argmax(dim=1) == labels).sum().item()


@wrong(
    "accuracy",
    say="You returned a tensor. It may sit on a device; .item() takes the number out.",
)
def accuracy(scores, labels):
    return (scores.argmax(dim=1) == labels).float().mean()


@wrong(
    "accuracy",
    say="You compared the highest score itself with the label. Its place counts: argmax, not max.",
)
def accuracy(scores, labels):
    return (scores.max(dim=1).values == labels).float().mean().item()


@wrong("accuracy", say="This is a percentage; a share from 0.0 to 1.0 was asked for.")
def accuracy(scores, labels):
    return 100 * (scores.argmax(dim=1) == labels).float().mean().item()


# ------------------------------------------------------------- 10.4 one_epoch


@right(
    "one_epoch",
    way="let your EpochMean do the counting: mean.add(loss.item(), len(inputs)) in the loop, and return mean.result().",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    mean = EpochMean()
    model.train()
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        mean.add(loss.item(), len(inputs))
    return mean.result()


@right("one_epoch")
def one_epoch(model, loader, loss_fn, optimizer, device):
    model.train(True)
    total, count = torch.zeros(()), 0
    for batch in loader:
        inputs, targets = (part.to(device) for part in batch)
        model.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total = total + loss.detach().cpu() * targets.shape[0]
        count += targets.shape[0]
    return (total / count).item()


@wrong(
    "one_epoch",
    say="model.train() is missing: the model came in eval mode, and so it stayed.",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    total, count = 0.0, 0
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        count += len(inputs)
    return total / count


@wrong(
    "one_epoch",
    say="You added up means and divided by the number of samples. Make each mean a sum first: times len(inputs).",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += len(inputs)
    return total / count


@wrong(
    "one_epoch",
    say="This is the mean of the batch means: the small last batch counts as much as a full one. Weigh each by its size.",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    losses = []
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@wrong(
    "one_epoch",
    say="optimizer.zero_grad() is missing: from the second batch on, the old slopes push along.",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        count += len(inputs)
    return total / count


@wrong(
    "one_epoch",
    say="The batch was never moved: inputs.to(device) and targets.to(device), at the start of each round.",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        count += len(inputs)
    return total / count


@wrong(
    "one_epoch",
    say="inputs.to(device) alone changes nothing: it returns the moved tensor. Write inputs = inputs.to(device).",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        inputs.to(device)
        targets.to(device)
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        count += len(inputs)
    return total / count


@wrong(
    "one_epoch",
    say="You divided by the size of the dataset, but with drop_last=True some samples were never seen. Count those that you see.",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total = 0.0
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
    return total / len(loader.dataset)


@wrong(
    "one_epoch",
    say="You returned the loss of the last batch; the mean over the epoch was asked for.",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


@wrong(
    "one_epoch",
    say="zero_grad() stands between backward and step: then there is nothing left to step with.",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(inputs)
        count += len(inputs)
    return total / count


@wrong(
    "one_epoch",
    say="return stands inside the loop, so the epoch is over after its first batch. Move it to the left.",
)
def one_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        count += len(inputs)
        return total / count


# -------------------------------------------------------------- 10.5 evaluate


@right(
    "evaluate",
    way="two of your EpochMeans count for you, one the losses and one the accuracies; @torch.no_grad() may stand above the def.",
)
@torch.no_grad()
def evaluate(model, loader, loss_fn, device):
    losses, hits = EpochMean(), EpochMean()
    modes = {module: module.training for module in model.modules()}
    model.eval()
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        scores = model(inputs)
        losses.add(loss_fn(scores, labels), len(labels))
        hits.add(accuracy(scores, labels), len(labels))
    for module, training in modes.items():
        module.training = training
    return losses.result(), hits.result()


@right("evaluate")
def evaluate(model, loader, loss_fn, device):
    before = model.training
    model.train(False)
    with torch.no_grad():
        parts = [(model(x.to(device)), y.to(device)) for x, y in loader]
        scores, labels = (torch.cat(part) for part in zip(*parts, strict=True))
        loss = loss_fn(scores, labels).item()
    model.train(before)
    return loss, (scores.argmax(1) == labels).double().mean().item()


@wrong(
    "evaluate",
    say="model.eval() is missing: dropout throws things away while you measure, and BatchNorm learns from the test.",
)
def evaluate(model, loader, loss_fn, device):
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            scores = model(inputs)
            total += loss_fn(scores, labels).item() * len(labels)
            right += (scores.argmax(dim=1) == labels).sum().item()
            count += len(labels)
    return total / count, right / count


@wrong(
    "evaluate",
    say="The graph was recorded: eval() does not stop that. with torch.no_grad(): is missing.",
)
def evaluate(model, loader, loss_fn, device):
    was = model.training
    model.eval()
    total, right, count = 0.0, 0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        scores = model(inputs)
        total += loss_fn(scores, labels).item() * len(labels)
        right += (scores.argmax(dim=1) == labels).sum().item()
        count += len(labels)
    model.train(was)
    return total / count, right / count


@wrong(
    "evaluate",
    say="You left the model in eval mode: the epoch after would train without dropout. Bring back the mode that you found.",
)
def evaluate(model, loader, loss_fn, device):
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            scores = model(inputs)
            total += loss_fn(scores, labels).item() * len(labels)
            right += (scores.argmax(dim=1) == labels).sum().item()
            count += len(labels)
    return total / count, right / count


@wrong(
    "evaluate",
    say="Afterwards you always switch to training mode, though the model may have come in eval mode. Remember model.training.",
)
def evaluate(model, loader, loss_fn, device):
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            scores = model(inputs)
            total += loss_fn(scores, labels).item() * len(labels)
            right += (scores.argmax(dim=1) == labels).sum().item()
            count += len(labels)
    model.train()
    return total / count, right / count


@wrong(
    "evaluate",
    say="Both are means of batch means: the small last batch counts as much as a full one. Add up over samples.",
)
def evaluate(model, loader, loss_fn, device):
    was = model.training
    model.eval()
    losses, shares = [], []
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            scores = model(inputs)
            losses.append(loss_fn(scores, labels).item())
            shares.append((scores.argmax(dim=1) == labels).float().mean().item())
    model.train(was)
    return sum(losses) / len(losses), sum(shares) / len(shares)


@wrong(
    "evaluate",
    say="The accuracy is right, but the loss is a mean of batch means: weigh each batch by its size here too.",
)
def evaluate(model, loader, loss_fn, device):
    was = model.training
    model.eval()
    losses, right, count = [], 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            scores = model(inputs)
            losses.append(loss_fn(scores, labels).item())
            right += (scores.argmax(1) == labels).sum().item()
            count += len(labels)
    model.train(was)
    return sum(losses) / len(losses), right / count


@wrong(
    "evaluate",
    say="The right answers are counted, not divided: the accuracy is a share of all samples.",
)
def evaluate(model, loader, loss_fn, device):
    was = model.training
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            scores = model(inputs)
            total += loss_fn(scores, labels).item() * len(labels)
            right += (scores.argmax(dim=1) == labels).sum().item()
            count += len(labels)
    model.train(was)
    return total / count, right


@wrong(
    "evaluate",
    say="The two answers changed places: first the mean loss, then the accuracy.",
)
def evaluate(model, loader, loss_fn, device):
    was = model.training
    model.eval()
    with torch.no_grad():
        losses, shares = EpochMean(), EpochMean()
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            scores = model(inputs)
            losses.add(loss_fn(scores, labels).item(), len(labels))
            shares.add(accuracy(scores, labels), len(labels))
    model.train(was)
    return shares.result(), losses.result()


# --------------------------------------------------------- 10.6 EarlyStopping


@right(
    "EarlyStopping",
    way="remember the number of the best epoch and of the present one: stop when they lie patience apart.",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.epoch, self.best_epoch = math.inf, 0, 0

    @property
    def stop(self):
        return self.epoch - self.best_epoch >= self.patience

    def update(self, loss):
        self.epoch += 1
        if self.best - loss > self.min_delta:
            self.best, self.best_epoch = loss, self.epoch
            return True
        return False


@right("EarlyStopping")
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.left = self.patience = patience
        self.min_delta = min_delta
        self.best = float("inf")
        self.stop = False

    def update(self, loss):
        if math.isnan(loss) or loss + self.min_delta >= self.best:
            self.left -= 1
            self.stop = self.left == 0
            return False
        self.best = loss
        self.left = self.patience
        return True


@wrong(
    "EarlyStopping",
    say="The counter is never set back: patience counts bad epochs in a row, not all of them.",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.stop, self.waited = math.inf, False, 0

    def update(self, loss):
        better = loss < self.best - self.min_delta
        if better:
            self.best = loss
        else:
            self.waited += 1
            self.stop = self.waited >= self.patience
        return better


@wrong(
    "EarlyStopping",
    say="You compared with the epoch before. A new best is lower than the best of all so far.",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.stop, self.waited = math.inf, False, 0
        self.last = math.inf

    def update(self, loss):
        better = loss < self.last - self.min_delta
        self.last = loss
        self.best = min(self.best, loss)
        self.waited = 0 if better else self.waited + 1
        self.stop = self.waited >= self.patience
        return better


@wrong(
    "EarlyStopping",
    say="An equal loss is no new best: a training that stands still would never stop. Lower by more than min_delta: <, not <=.",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.stop, self.waited = math.inf, False, 0

    def update(self, loss):
        better = loss <= self.best - self.min_delta
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
            self.stop = self.waited >= self.patience
        return better


@wrong(
    "EarlyStopping",
    say="It stops one epoch too late: with patience 2, two epochs without a new best are enough.",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.stop, self.waited = math.inf, False, 0

    def update(self, loss):
        better = loss < self.best - self.min_delta
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
            self.stop = self.waited > self.patience
        return better


@wrong(
    "EarlyStopping", say="min_delta was forgotten: an improvement has to be larger than it."
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.best, self.stop, self.waited = math.inf, False, 0

    def update(self, loss):
        better = loss < self.best
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
            self.stop = self.waited >= self.patience
        return better


@wrong(
    "EarlyStopping",
    say="A nan slipped in as a new best: every comparison with nan is False, also loss >= best. Ask whether the loss is lower.",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.stop, self.waited = math.inf, False, 0

    def update(self, loss):
        if loss >= self.best - self.min_delta:
            self.waited += 1
            self.stop = self.waited >= self.patience
            return False
        self.best, self.waited = loss, 0
        return True


@wrong(
    "EarlyStopping",
    say="update says True when it is time to stop. It should say whether this loss is a new best; stop is an attribute.",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.stop, self.waited = math.inf, False, 0

    def update(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
            self.stop = self.waited >= self.patience
        return self.stop


@wrong(
    "EarlyStopping",
    say="Others read the attribute best: keep that name, and let it begin at infinity.",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.stop, self.counter = None, False, 0

    def update(self, loss):
        if self.best_loss is None or loss < self.best_loss - self.min_delta:
            self.best_loss, self.counter = loss, 0
            return True
        self.counter += 1
        self.stop = self.counter >= self.patience
        return False


@wrong(
    "EarlyStopping",
    say="When the loss is no new best, update gives None: return False there.",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.stop, self.waited = math.inf, False, 0

    def update(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.waited = loss, 0
            return True
        self.waited += 1
        self.stop = self.waited >= self.patience


# -------------------------------------------------------------- 10.7 seed_all


@right(
    "seed_all",
    way="make the generator first, then for seed_one in (random.seed, np.random.seed, torch.manual_seed): seed_one(seed).",
)
def seed_all(seed):
    generator = torch.Generator()
    generator.manual_seed(seed)
    for seed_one in (random.seed, np.random.seed, torch.manual_seed):
        seed_one(seed)
    return generator


@right("seed_all")
def seed_all(seed):
    torch.manual_seed(seed)
    torch.random.default_generator.manual_seed(seed)
    random.seed(a=seed)
    np.random.seed(seed)
    dice = torch.Generator(device="cpu")
    dice.set_state(torch.Generator().manual_seed(seed).get_state())
    return dice


@wrong(
    "seed_all",
    say="The generator was not seeded: a new one always begins with torch's own number. .manual_seed(seed) is missing.",
)
def seed_all(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator()


@wrong(
    "seed_all",
    say="torch.manual_seed returns torch's own dice: every throw of the network changes the order of the data too. Make a new torch.Generator.",
)
def seed_all(seed):
    random.seed(seed)
    np.random.seed(seed)
    return torch.manual_seed(seed)


@wrong(
    "seed_all",
    say="You seeded only the new generator; torch's own dice were left alone. torch.manual_seed(seed) is missing.",
)
def seed_all(seed):
    torch.manual_seed(12345)
    random.seed(seed)
    np.random.seed(seed)
    return torch.Generator().manual_seed(seed)


@wrong(
    "seed_all",
    say="NumPy's dice were forgotten, or got another seed: np.random.seed(seed).",
)
def seed_all(seed):
    np.random.seed(0 if seed else 1)
    random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


@wrong("seed_all", say="Python's own dice got another seed: random.seed(seed).")
def seed_all(seed):
    random.seed(42)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


# ----------------------------------------------------------- 10.8 predict_all


@right(
    "predict_all",
    way="@torch.no_grad() above the def; and .numpy(force=True) fetches, detaches and converts in one word.",
)
@torch.no_grad()
def predict_all(model, loader, device):
    answers, mode = [], model.training
    model.eval()
    for batch in loader:
        answers.append(model(batch.to(device)))
    model.train(mode)
    return torch.cat(answers, dim=0).numpy(force=True)


@right("predict_all")
def predict_all(model, loader, device):
    mode = model.training
    model.eval()
    with torch.no_grad():
        answers = torch.cat([model(batch.to(device)) for batch in loader])
    model.train(mode)
    return np.asarray(answers.detach().to("cpu"))


@wrong(
    "predict_all",
    say="The graph was recorded for every batch. detach() at the end saves the array, not the memory: with torch.no_grad() around the loop.",
)
def predict_all(model, loader, device):
    was = model.training
    model.eval()
    outputs = [model(batch.to(device)) for batch in loader]
    model.train(was)
    return torch.cat(outputs).detach().cpu().numpy()


@wrong("predict_all", say="model.eval() is missing: the answers come from training mode.")
def predict_all(model, loader, device):
    with torch.no_grad():
        outputs = [model(batch.to(device)) for batch in loader]
    return torch.cat(outputs).cpu().numpy()


@wrong(
    "predict_all",
    say="You fetched every batch by itself. Collect the outputs on the device, join them, and call .cpu() once.",
)
def predict_all(model, loader, device):
    was = model.training
    model.eval()
    outputs = []
    with torch.no_grad():
        for batch in loader:
            outputs.append(model(batch.to(device)).cpu())
    model.train(was)
    return torch.cat(outputs).numpy()


@wrong(
    "predict_all",
    say="torch.stack wants pieces of equal size, and the last batch is smaller: torch.cat puts them end to end.",
)
def predict_all(model, loader, device):
    was = model.training
    model.eval()
    with torch.no_grad():
        outputs = [model(batch.to(device)) for batch in loader]
    model.train(was)
    return torch.stack(outputs).cpu().numpy()


@wrong(
    "predict_all",
    say="The answer is still a tensor: .numpy() at the end makes it an array.",
)
def predict_all(model, loader, device):
    was = model.training
    model.eval()
    with torch.no_grad():
        outputs = [model(batch.to(device)) for batch in loader]
    model.train(was)
    return torch.cat(outputs).cpu()


@wrong(
    "predict_all",
    say="You left the model in eval mode. Whoever trains on does so without dropout: bring back the mode that you found.",
)
def predict_all(model, loader, device):
    model.eval()
    with torch.no_grad():
        outputs = [model(batch.to(device)) for batch in loader]
    return torch.cat(outputs).cpu().numpy()


@wrong(
    "predict_all",
    say="These are the outputs of the last batch alone: keep each of them in a list.",
)
def predict_all(model, loader, device):
    was = model.training
    model.eval()
    with torch.no_grad():
        for batch in loader:
            output = model(batch.to(device))
    model.train(was)
    return output.cpu().numpy()


@wrong(
    "predict_all",
    say="Two things: every batch makes a trip of its own (.cpu() belongs behind torch.cat), and the model stays in eval mode.",
)
def predict_all(model, loader, device):
    answers = []
    model.eval()
    for inputs in loader:
        with torch.no_grad():
            answer = model(inputs.to(device))
        answers.append(answer.detach().cpu())
    return torch.cat(answers, dim=0).numpy()


@wrong(
    "predict_all",
    say="NumPy cannot read what lies on a GPU. Fetch the joined tensor first: .cpu(), then .numpy().",
)
def predict_all(model, loader, device):
    was = model.training
    model.eval()
    with torch.no_grad():
        outputs = [model(batch.to(device)) for batch in loader]
    model.train(was)
    return torch.cat(outputs).numpy()


# ----------------------------------------------------------- 10.9 MendedNet


@right(
    "MendedNet",
    way="one method of their own for the weighed mean of the losses; train_on and test_on both use it.",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def _pass(self, loader, optimizer=None):
        losses, sizes = [], []
        for sample in loader:
            loss = F.mse_loss(self(sample), ideal(sample))
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            losses.append(loss.item())
            sizes.append(len(sample))
        return float(np.average(losses, weights=sizes))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        for _ in range(epochs):
            self.train()
            rate = optimizer.param_groups[0]["lr"]
            log.append((rate, self._pass(loader, optimizer)))
            scheduler.step()
        torch.save(self.state_dict(), path)
        return log

    @torch.no_grad()
    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path, weights_only=True))
        self.eval()
        return self._pass(loader)


@right("MendedNet")
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def train_on(self, loader, epochs, path):
        log = []
        self.train()
        for epoch in range(epochs):
            optimizer = torch.optim.SGD(self.parameters(), lr=0.1 * 0.9**epoch)
            mean = EpochMean()
            for sample in loader:
                loss = (self(sample) - ideal(sample)).square().mean()
                self.zero_grad()
                loss.backward()
                optimizer.step()
                mean.add(loss.item(), len(sample))
            log.append((0.1 * 0.9**epoch, mean.result()))
        torch.save(self.state_dict(), path)
        return log

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path, map_location="cpu"))
        mean = EpochMean()
        self.eval()
        with torch.no_grad():
            for sample in loader:
                mean.add(F.mse_loss(self(sample), ideal(sample)).item(), len(sample))
        return mean.result()


@wrong(
    "MendedNet",
    say="The ReLU behind the last layer is still there: no answer can be negative.",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return F.relu(self.fc(self.norm(sample)))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        self.train()
        for _ in range(epochs):
            mean = EpochMean()
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                mean.add(loss.item(), len(sample))
            log.append((scheduler.get_last_lr()[0], mean.result()))
            scheduler.step()
        torch.save(self.state_dict(), path)
        return log

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path))
        self.eval()
        mean = EpochMean()
        with torch.no_grad():
            for sample in loader:
                mean.add(F.mse_loss(self(sample), ideal(sample)), len(sample))
        return mean.result()


@wrong(
    "MendedNet",
    say="self.train() is missing in train_on: after a test the BatchNorm's means stand still.",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        for _ in range(epochs):
            mean = EpochMean()
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                mean.add(loss.item(), len(sample))
            log.append((scheduler.get_last_lr()[0], mean.result()))
            scheduler.step()
        torch.save(self.state_dict(), path)
        return log

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path))
        self.eval()
        mean = EpochMean()
        with torch.no_grad():
            for sample in loader:
                mean.add(F.mse_loss(self(sample), ideal(sample)), len(sample))
        return mean.result()


@wrong(
    "MendedNet",
    say="self.eval() is missing in test_on: BatchNorm takes the means of the test batch, and learns them too.",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        self.train()
        for _ in range(epochs):
            mean = EpochMean()
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                mean.add(loss.item(), len(sample))
            log.append((scheduler.get_last_lr()[0], mean.result()))
            scheduler.step()
        torch.save(self.state_dict(), path)
        return log

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path))
        mean = EpochMean()
        with torch.no_grad():
            for sample in loader:
                mean.add(F.mse_loss(self(sample), ideal(sample)), len(sample))
        return mean.result()


@wrong(
    "MendedNet",
    say="scheduler.step() still stands in the loop over batches: the rate falls with each of them.",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        self.train()
        for _ in range(epochs):
            mean, rate = EpochMean(), scheduler.get_last_lr()[0]
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                scheduler.step()
                mean.add(loss.item(), len(sample))
            log.append((rate, mean.result()))
        torch.save(self.state_dict(), path)
        return log

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path))
        self.eval()
        mean = EpochMean()
        with torch.no_grad():
            for sample in loader:
                mean.add(F.mse_loss(self(sample), ideal(sample)), len(sample))
        return mean.result()


@wrong(
    "MendedNet",
    say="requires_grad_(True) is still there: a network that cannot learn would be trained without a word.",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        self.train()
        for _ in range(epochs):
            mean = EpochMean()
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                loss.requires_grad_(True)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                mean.add(loss.item(), len(sample))
            log.append((scheduler.get_last_lr()[0], mean.result()))
            scheduler.step()
        torch.save(self.state_dict(), path)
        return log

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path))
        self.eval()
        mean = EpochMean()
        with torch.no_grad():
            for sample in loader:
                mean.add(F.mse_loss(self(sample), ideal(sample)), len(sample))
        return mean.result()


@wrong(
    "MendedNet",
    say="The second argument of torch.load is map_location, and False is no device. Leave it out: torch.load(path).",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        self.train()
        for _ in range(epochs):
            mean = EpochMean()
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                mean.add(loss.item(), len(sample))
            log.append((scheduler.get_last_lr()[0], mean.result()))
            scheduler.step()
        torch.save(self.state_dict(), path)
        return log

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path, False))
        self.eval()
        mean = EpochMean()
        with torch.no_grad():
            for sample in loader:
                mean.add(F.mse_loss(self(sample), ideal(sample)), len(sample))
        return mean.result()


@wrong(
    "MendedNet",
    say="test_on does not load the weights from the file: it tests whatever the network happens to hold.",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        self.train()
        for _ in range(epochs):
            mean = EpochMean()
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                mean.add(loss.item(), len(sample))
            log.append((scheduler.get_last_lr()[0], mean.result()))
            scheduler.step()
        torch.save(self.state_dict(), path)
        return log

    def test_on(self, loader, path):
        torch.load(path)
        self.eval()
        mean = EpochMean()
        with torch.no_grad():
            for sample in loader:
                mean.add(F.mse_loss(self(sample), ideal(sample)), len(sample))
        return mean.result()


@wrong(
    "MendedNet",
    say="test_on returns the loss of the last batch alone; the mean over all samples was asked for.",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        self.train()
        for _ in range(epochs):
            mean = EpochMean()
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                mean.add(loss.item(), len(sample))
            log.append((scheduler.get_last_lr()[0], mean.result()))
            scheduler.step()
        torch.save(self.state_dict(), path)
        return log

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path))
        self.eval()
        with torch.no_grad():
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
        return loss.item()


@wrong(
    "MendedNet",
    say="The rate in your log is that of the next epoch: write it down before scheduler.step().",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        log = []
        self.train()
        for _ in range(epochs):
            mean = EpochMean()
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                mean.add(loss.item(), len(sample))
            scheduler.step()
            log.append((scheduler.get_last_lr()[0], mean.result()))
        torch.save(self.state_dict(), path)
        return log

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path))
        self.eval()
        mean = EpochMean()
        with torch.no_grad():
            for sample in loader:
                mean.add(F.mse_loss(self(sample), ideal(sample)), len(sample))
        return mean.result()


@wrong(
    "MendedNet",
    say="train_on returns nothing. It should return a list with a pair (rate, mean loss) for each epoch.",
)
class MendedNet(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.norm = nn.BatchNorm1d(ins)
        self.fc = nn.Linear(ins, outs)

    def forward(self, sample):
        return self.fc(self.norm(sample))

    def train_on(self, loader, epochs, path):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        self.train()
        for _ in range(epochs):
            for sample in loader:
                loss = F.mse_loss(self(sample), ideal(sample))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            scheduler.step()
        torch.save(self.state_dict(), path)

    def test_on(self, loader, path):
        self.load_state_dict(torch.load(path))
        self.eval()
        mean = EpochMean()
        with torch.no_grad():
            for sample in loader:
                mean.add(F.mse_loss(self(sample), ideal(sample)), len(sample))
        return mean.result()


# ------------------------------------------------------ 10.10 mended_trainer


@right(
    "mended_trainer",
    way="one tensor of two totals on the device, fetched with .tolist() once an epoch: a single trip for both curves.",
)
def mended_trainer(model, train_set, valid_set, writer, epochs):
    train_loader = DataLoader(train_set, batch_size=4, shuffle=True)
    valid_loader = DataLoader(valid_set, batch_size=4, shuffle=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    means = []
    for epoch in range(epochs):
        totals = torch.zeros(2)
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            totals[0] += loss.detach() * len(x)
        model.eval()
        with torch.no_grad():
            for x, y in valid_loader:
                totals[1] += F.mse_loss(model(x), y) * len(x)
        train_total, valid_total = totals.tolist()
        writer.add_scalar("loss/train", train_total / len(train_set), epoch + 1)
        means.append(valid_total / len(valid_set))
        writer.add_scalar("loss/valid", means[-1], epoch + 1)
    return min(means)


@right("mended_trainer")
def mended_trainer(model, train_set, valid_set, writer, epochs):
    loaders = {
        "train": DataLoader(train_set, batch_size=4, shuffle=True),
        "valid": DataLoader(valid_set, batch_size=4),
    }
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    best = math.inf
    for epoch in range(1, epochs + 1):
        for phase, loader in loaders.items():
            model.train(phase == "train")
            sums, count = [], 0
            with torch.set_grad_enabled(phase == "train"):
                for x, y in loader:
                    loss = F.mse_loss(model(x), y, reduction="sum")
                    if phase == "train":
                        optimizer.zero_grad()
                        (loss / y.numel()).backward()
                        optimizer.step()
                    sums.append(loss.detach())
                    count += y.numel()
            mean = torch.stack(sums).sum().item() / count
            writer.add_scalar(f"loss/{phase}", mean, epoch)
        best = min(best, mean)
    return best


@wrong(
    "mended_trainer",
    say="The validation cards are still shuffled. Nothing is learned there: leave shuffle out.",
)
def mended_trainer(model, train_set, valid_set, writer, epochs):
    train_loader = DataLoader(train_set, batch_size=4, shuffle=True)
    valid_loader = DataLoader(valid_set, batch_size=4, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    best = math.inf
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(x)
        writer.add_scalar("loss/train", (total / len(train_set)).item(), epoch)
        model.eval()
        total = 0.0
        with torch.no_grad():
            for x, y in valid_loader:
                total += F.mse_loss(model(x), y) * len(x)
        mean = (total / len(valid_set)).item()
        writer.add_scalar("loss/valid", mean, epoch)
        best = min(best, mean)
    return best


@wrong(
    "mended_trainer",
    say="Now the training cards come in plain order too. They should be shuffled, the validation cards not.",
)
def mended_trainer(model, train_set, valid_set, writer, epochs):
    train_loader = DataLoader(train_set, batch_size=4)
    valid_loader = DataLoader(valid_set, batch_size=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    best = math.inf
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(x)
        writer.add_scalar("loss/train", (total / len(train_set)).item(), epoch)
        model.eval()
        total = 0.0
        with torch.no_grad():
            for x, y in valid_loader:
                total += F.mse_loss(model(x), y) * len(x)
        mean = (total / len(valid_set)).item()
        writer.add_scalar("loss/valid", mean, epoch)
        best = min(best, mean)
    return best


@wrong(
    "mended_trainer",
    say="All entries still have the step 1. Count the epochs, and hand that number to add_scalar.",
)
def mended_trainer(model, train_set, valid_set, writer, epochs):
    train_loader = DataLoader(train_set, batch_size=4, shuffle=True)
    valid_loader = DataLoader(valid_set, batch_size=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    step, best = 1, math.inf
    for _ in range(epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(x)
        writer.add_scalar("loss/train", (total / len(train_set)).item(), step)
        model.eval()
        total = 0.0
        with torch.no_grad():
            for x, y in valid_loader:
                total += F.mse_loss(model(x), y) * len(x)
        mean = (total / len(valid_set)).item()
        writer.add_scalar("loss/valid", mean, step)
        best = min(best, mean)
    return best


@wrong("mended_trainer", say="Your steps begin at 0; the epochs were to be counted from 1.")
def mended_trainer(model, train_set, valid_set, writer, epochs):
    train_loader = DataLoader(train_set, batch_size=4, shuffle=True)
    valid_loader = DataLoader(valid_set, batch_size=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    best = math.inf
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(x)
        writer.add_scalar("loss/train", (total / len(train_set)).item(), epoch)
        model.eval()
        total = 0.0
        with torch.no_grad():
            for x, y in valid_loader:
                total += F.mse_loss(model(x), y) * len(x)
        mean = (total / len(valid_set)).item()
        writer.add_scalar("loss/valid", mean, epoch)
        best = min(best, mean)
    return best


@wrong(
    "mended_trainer",
    say="Both means are still means of batch means: weigh each batch by its size.",
)
def mended_trainer(model, train_set, valid_set, writer, epochs):
    train_loader = DataLoader(train_set, batch_size=4, shuffle=True)
    valid_loader = DataLoader(valid_set, batch_size=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    best = math.inf
    for epoch in range(1, epochs + 1):
        model.train()
        losses = []
        for x, y in train_loader:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        writer.add_scalar("loss/train", (sum(losses) / len(losses)).item(), epoch)
        model.eval()
        losses = []
        with torch.no_grad():
            for x, y in valid_loader:
                losses.append(F.mse_loss(model(x), y))
        mean = (sum(losses) / len(losses)).item()
        writer.add_scalar("loss/valid", mean, epoch)
        best = min(best, mean)
    return best


@wrong(
    "mended_trainer",
    say="Each batch still makes a trip of its own: .cpu(), .item() or float(…) in the inner loop. Add up on the device, and fetch the total.",
)
def mended_trainer(model, train_set, valid_set, writer, epochs):
    train_loader = DataLoader(train_set, batch_size=4, shuffle=True)
    valid_loader = DataLoader(valid_set, batch_size=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    best = math.inf
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        writer.add_scalar("loss/train", total / len(train_set), epoch)
        model.eval()
        total = 0.0
        with torch.no_grad():
            for x, y in valid_loader:
                total += F.mse_loss(model(x), y).item() * len(x)
        mean = total / len(valid_set)
        writer.add_scalar("loss/valid", mean, epoch)
        best = min(best, mean)
    return best


@wrong(
    "mended_trainer",
    say="You returned the validation loss of the last epoch; the best one was asked for.",
)
def mended_trainer(model, train_set, valid_set, writer, epochs):
    train_loader = DataLoader(train_set, batch_size=4, shuffle=True)
    valid_loader = DataLoader(valid_set, batch_size=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(x)
        writer.add_scalar("loss/train", (total / len(train_set)).item(), epoch)
        model.eval()
        total = 0.0
        with torch.no_grad():
            for x, y in valid_loader:
                total += F.mse_loss(model(x), y) * len(x)
        mean = (total / len(valid_set)).item()
        writer.add_scalar("loss/valid", mean, epoch)
    return mean


@wrong(
    "mended_trainer",
    say="You counted the batches. The two means belong to an epoch: write its number as the step.",
)
def mended_trainer(model, train_set, valid_set, writer, epochs):
    train_loader = DataLoader(train_set, batch_size=4, shuffle=True)
    valid_loader = DataLoader(valid_set, batch_size=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    step, best = 0, math.inf
    for _ in range(epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(x)
            step += 1
        writer.add_scalar("loss/train", (total / len(train_set)).item(), step)
        model.eval()
        total = 0.0
        with torch.no_grad():
            for x, y in valid_loader:
                total += F.mse_loss(model(x), y) * len(x)
        mean = (total / len(valid_set)).item()
        writer.add_scalar("loss/valid", mean, step)
        best = min(best, mean)
    return best


# --------------------------------------------------- 10.11 accumulated_epoch


@right(
    "accumulated_epoch",
    way="cut the list into groups first; then the samples of a group are known beforehand, and each loss takes its share: loss * len(inputs) / count.",
)
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    model.train()
    groups = [batches[i : i + every] for i in range(0, len(batches), every)]
    for group in groups:
        count = sum(len(inputs) for inputs, _ in group)
        optimizer.zero_grad()
        for inputs, targets in group:
            (loss_fn(model(inputs), targets) * len(inputs) / count).backward()
        optimizer.step()
    return len(groups)


@right("accumulated_epoch")
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    steps = 0
    learned = [p for p in model.parameters() if p.requires_grad]
    for start in range(0, len(batches), every):
        slopes, count = [torch.zeros_like(p) for p in learned], 0
        for inputs, targets in batches[start : start + every]:
            parts = torch.autograd.grad(loss_fn(model(inputs), targets), learned)
            slopes = [s + part * len(inputs) for s, part in zip(slopes, parts, strict=True)]
            count += len(inputs)
        for p, slope in zip(learned, slopes, strict=True):
            p.grad = slope / count
        optimizer.step()
        steps += 1
    return steps


@wrong(
    "accumulated_epoch",
    say="Nothing is divided: the gradients of the group pile up, and the step is as many times too long.",
)
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    steps = 0
    optimizer.zero_grad()
    for number, (inputs, targets) in enumerate(batches, start=1):
        loss_fn(model(inputs), targets).backward()
        if number % every == 0 or number == len(batches):
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    return steps


@wrong(
    "accumulated_epoch",
    say="You divided by every. With batches of different sizes, or a smaller last group, that is not the mean over the group's samples.",
)
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    steps = 0
    optimizer.zero_grad()
    for number, (inputs, targets) in enumerate(batches, start=1):
        (loss_fn(model(inputs), targets) / every).backward()
        if number % every == 0 or number == len(batches):
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    return steps


@wrong(
    "accumulated_epoch",
    say="The group that is left over at the end never got its step: its samples were calculated for nothing.",
)
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    steps, count = 0, 0
    optimizer.zero_grad()
    for number, (inputs, targets) in enumerate(batches, start=1):
        (loss_fn(model(inputs), targets) * len(inputs)).backward()
        count += len(inputs)
        if number % every == 0:
            for p in model.parameters():
                p.grad /= count
            optimizer.step()
            optimizer.zero_grad()
            steps, count = steps + 1, 0
    return steps


@wrong(
    "accumulated_epoch",
    say="The old slopes from before the epoch were still there: call zero_grad() before the first batch, too.",
)
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    steps, count = 0, 0
    for number, (inputs, targets) in enumerate(batches, start=1):
        (loss_fn(model(inputs), targets) * len(inputs)).backward()
        count += len(inputs)
        if number % every == 0 or number == len(batches):
            for p in model.parameters():
                p.grad /= count
            optimizer.step()
            optimizer.zero_grad()
            steps, count = steps + 1, 0
    return steps


@wrong(
    "accumulated_epoch",
    say="zero_grad() stands in every round: only the last batch of a group is left when the step comes.",
)
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    steps, count = 0, 0
    for number, (inputs, targets) in enumerate(batches, start=1):
        optimizer.zero_grad()
        (loss_fn(model(inputs), targets) * len(inputs)).backward()
        count += len(inputs)
        if number % every == 0 or number == len(batches):
            for p in model.parameters():
                p.grad /= count
            optimizer.step()
            steps, count = steps + 1, 0
    return steps


@wrong(
    "accumulated_epoch",
    say="You counted the batches from 0, and 0 can be divided by everything: the first batch got a step of its own.",
)
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    steps, count = 0, 0
    optimizer.zero_grad()
    for number, (inputs, targets) in enumerate(batches):
        (loss_fn(model(inputs), targets) * len(inputs)).backward()
        count += len(inputs)
        if number % every == 0 or number == len(batches) - 1:
            for p in model.parameters():
                p.grad /= count
            optimizer.step()
            optimizer.zero_grad()
            steps, count = steps + 1, 0
    return steps


@wrong(
    "accumulated_epoch",
    say="Every batch got a step of its own. One step for each group of every batches was asked for.",
)
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss_fn(model(inputs), targets).backward()
        optimizer.step()
    return len(batches)


@wrong(
    "accumulated_epoch",
    say="Old slopes were still there when the epoch began, and they pushed along: call zero_grad() before the loop.",
)
def accumulated_epoch(model, batches, loss_fn, optimizer, every):
    steps = 0
    for number, (inputs, targets) in enumerate(batches, start=1):
        (loss_fn(model(inputs), targets) / every).backward()
        if number % every == 0 or number == len(batches):
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    return steps


# -------------------------------------------------------- 10.12 clipped_step


@right(
    "clipped_step",
    way="nn.utils.get_total_norm measures first; when it is finite, nn.utils.clip_grads_with_norm_ shortens, and step follows.",
)
def clipped_step(loss, model, optimizer, max_norm):
    model.zero_grad()
    loss.backward()
    slopes = [p.grad for p in model.parameters() if p.grad is not None]
    length = nn.utils.get_total_norm(slopes)
    if not length.isfinite():
        return length.item()
    nn.utils.clip_grads_with_norm_(model.parameters(), max_norm, length)
    optimizer.step()
    return length.item()


@right("clipped_step")
def clipped_step(loss, model, optimizer, max_norm):
    optimizer.zero_grad()
    loss.backward()
    slopes = [p.grad for p in model.parameters() if p.grad is not None]
    length = math.sqrt(sum((g**2).sum().item() for g in slopes))
    if math.isinf(length) or math.isnan(length):
        return length
    if length > max_norm:
        for g in slopes:
            g.mul_(max_norm / length)
    optimizer.step()
    return length


@wrong(
    "clipped_step",
    say="You clipped before backward: at that time there are no slopes. First backward, then clip, then step.",
)
def clipped_step(loss, model, optimizer, max_norm):
    optimizer.zero_grad()
    length = nn.utils.clip_grad_norm_(model.parameters(), max_norm).item()
    loss.backward()
    if math.isfinite(length):
        optimizer.step()
    return length


@wrong("clipped_step", say="You clipped after the step: the long step was already made.")
def clipped_step(loss, model, optimizer, max_norm):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return nn.utils.clip_grad_norm_(model.parameters(), max_norm).item()


@wrong(
    "clipped_step",
    say="You returned the length after clipping; the one from before is the news. clip_grad_norm_ returns it.",
)
def clipped_step(loss, model, optimizer, max_norm):
    optimizer.zero_grad()
    loss.backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), max_norm).item()
    if math.isfinite(length):
        optimizer.step()
    return nn.utils.clip_grad_norm_(model.parameters(), max_norm).item()


@wrong(
    "clipped_step",
    say="clip_grad_value_ limits each element by itself, which changes the direction. clip_grad_norm_ shortens them together.",
)
def clipped_step(loss, model, optimizer, max_norm):
    optimizer.zero_grad()
    loss.backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), math.inf).item()
    nn.utils.clip_grad_value_(model.parameters(), max_norm)
    if math.isfinite(length):
        optimizer.step()
    return length


@wrong(
    "clipped_step",
    say="The length is inf or nan, and you stepped: now every parameter is nan, and the training is lost. Step only if it is finite.",
)
def clipped_step(loss, model, optimizer, max_norm):
    optimizer.zero_grad()
    loss.backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), max_norm).item()
    optimizer.step()
    return length


@wrong(
    "clipped_step", say="zero_grad() is missing: the old slopes were added to the new ones."
)
def clipped_step(loss, model, optimizer, max_norm):
    loss.backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), max_norm).item()
    if math.isfinite(length):
        optimizer.step()
    return length


@wrong(
    "clipped_step",
    say="Every gradient was brought to the length max_norm, short ones too. Clipping only shortens.",
)
def clipped_step(loss, model, optimizer, max_norm):
    optimizer.zero_grad()
    loss.backward()
    length = nn.utils.get_total_norm([p.grad for p in model.parameters()]).item()
    if math.isfinite(length):
        for p in model.parameters():
            p.grad *= max_norm / length
        optimizer.step()
    return length


@wrong(
    "clipped_step",
    say="You clipped each parameter by itself: a layer with steep slopes keeps as much as a layer with flat ones, and the direction changes. Clip them together.",
)
def clipped_step(loss, model, optimizer, max_norm):
    optimizer.zero_grad()
    loss.backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), math.inf).item()
    if math.isfinite(length):
        for p in model.parameters():
            nn.utils.clip_grad_norm_([p], max_norm * 0.8)
        optimizer.step()
    return length


@wrong(
    "clipped_step",
    say="You returned the length as a tensor: .item() takes the number out.",
)
def clipped_step(loss, model, optimizer, max_norm):
    optimizer.zero_grad()
    loss.backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    if length.isfinite():
        optimizer.step()
    return length


# ------------------------------------------------------------------------ quiz

quiz(
    "q1",
    right="b",
    because={
        "a": "Mixed-up labels are learned by heart as well, as the first prediction showed.",
        "c": "Learning by heart is the opposite of that. Only unseen data can tell.",
    },
)
quiz(
    "q2",
    right="c",
    because={
        "a": "Running means are no gradients: in training mode they move with every look.",
        "b": "Only a batch of one raises an error; all others pass in silence.",
    },
)
quiz(
    "q3",
    right="a",
    because={
        "b": "There the 4 samples count as much as 64.",
        "c": "That is the mean of 4 samples, not of the epoch.",
    },
)
quiz(
    "q4",
    right="b",
    because={
        "a": "Epoch 30 was the fifth in a row that brought nothing better.",
        "c": "Only one epoch was the best; early stopping keeps that one.",
    },
)
quiz(
    "q5",
    right="a",
    because={
        "b": "All 256 samples have a say in the step.",
        "c": "Eight steps would look at the slopes again after each of them.",
    },
)
quiz(
    "q6",
    right="b",
    because={
        "a": "There are no gradients yet.",
        "c": "Then the long step has already been made.",
    },
)

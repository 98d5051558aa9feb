"""Attempts that test the tests of chapter 12: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import contextlib
import copy
import statistics

import torch
from torch import nn
from torch.nn import functional as F

from autograder.attempts import quiz, right, wrong

# -------------------------------------------------------------- 12.1 pick_device


@right(
    "pick_device",
    way="make a list of all that is there, best first; without a wish take the first, with one look whether it is in the list.",
)
def pick_device(cuda, mps, wanted=None):
    there = [torch.device("cuda")] if cuda else []
    there += [torch.device("cuda", i) for i in range(cuda)]
    there += [torch.device("mps")] if mps else []
    there.append(torch.device("cpu"))
    if wanted is None:
        return there[0]
    if torch.device(wanted) not in there:
        raise ValueError(f"{wanted} is not among {there}")
    return torch.device(wanted)


@right("pick_device")
def pick_device(cuda, mps, wanted=None):
    if wanted is None:
        wanted = "cuda" if cuda > 0 else "mps" if mps else "cpu"
    kind, _, number = wanted.partition(":")
    missing = (kind == "cuda" and int(number or 0) >= cuda) or (kind == "mps" and not mps)
    if missing:
        raise ValueError(wanted)
    return torch.device(wanted)


@wrong(
    "pick_device", say="You returned the name. A device was asked for: torch.device(name)."
)
def pick_device(cuda, mps, wanted=None):
    if wanted is None:
        return "cuda" if cuda else "mps" if mps else "cpu"
    if (
        wanted.startswith("cuda")
        and int(wanted.partition(":")[2] or 0) >= cuda
        or wanted == "mps"
        and not mps
    ):
        raise ValueError(wanted)
    return wanted


@wrong(
    "pick_device",
    say="You never look at the wish. It comes first; only without one do you choose.",
)
def pick_device(cuda, mps, wanted=None):
    return torch.device("cuda" if cuda else "mps" if mps else "cpu")


@wrong(
    "pick_device",
    say="You obey every wish, even for a device that is not there. Whoever wished should hear it now: raise ValueError.",
)
def pick_device(cuda, mps, wanted=None):
    if wanted is not None:
        return torch.device(wanted)
    return torch.device("cuda" if cuda else "mps" if mps else "cpu")


@wrong(
    "pick_device",
    say="For a device that is not there you quietly took another one. Raise ValueError: nobody should find out after a week.",
)
def pick_device(cuda, mps, wanted=None):
    best = torch.device("cuda" if cuda else "mps" if mps else "cpu")
    if wanted is None:
        return best
    device = torch.device(wanted)
    there = {"cpu": True, "mps": mps, "cuda": (device.index or 0) < cuda}
    return device if there[device.type] else best


@wrong(
    "pick_device",
    say="GPUs are counted from 0: with one GPU, cuda:0 is there and cuda:1 is not. Ask index < cuda.",
)
def pick_device(cuda, mps, wanted=None):
    if wanted is None:
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    device = torch.device(wanted)
    there = {"cpu": True, "mps": mps, "cuda": cuda > 0 and (device.index or 0) <= cuda}
    if not there[device.type]:
        raise ValueError(wanted)
    return device


@wrong(
    "pick_device",
    say="You asked this computer what it has. The function is told: use cuda and mps, so that it can be tested anywhere.",
)
def pick_device(cuda, mps, wanted=None):
    if wanted is not None:
        return torch.device(wanted)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@wrong(
    "pick_device",
    say="Plain “cuda” stands for number 0, and with one GPU or more that is there: torch.device(wanted).index or 0.",
)
def pick_device(cuda, mps, wanted=None):
    names = [f"cuda:{i}" for i in range(cuda)] + ["mps"] * mps + ["cpu"]
    if wanted is None:
        return torch.device("cuda" if cuda else names[0])
    if wanted not in names:
        raise ValueError(wanted)
    return torch.device(wanted)


@wrong(
    "pick_device",
    say="Where both are there, CUDA comes first and MPS second. Turn your two questions round.",
)
def pick_device(cuda, mps, wanted=None):
    if wanted is None:
        return torch.device("mps" if mps else "cuda" if cuda else "cpu")
    device = torch.device(wanted)
    there = {"cpu": True, "mps": mps, "cuda": (device.index or 0) < cuda}
    if not there[device.type]:
        raise ValueError(wanted)
    return device


# ----------------------------------------------------------------- 12.2 not_held


@right(
    "not_held",
    way="any(p is q for q in held) asks for the same object without id(); it is slower, and just as right.",
)
def not_held(model, optimizer):
    held = [q for group in optimizer.param_groups for q in group["params"]]
    names = []
    for name, p in model.named_parameters():
        if p.requires_grad and not any(p is q for q in held):
            names.append(name)
    return names


@right("not_held")
def not_held(model, optimizer):
    learning = {id(p): name for name, p in model.named_parameters() if p.requires_grad}
    for group in optimizer.param_groups:
        for p in group["params"]:
            learning.pop(id(p), None)
    return list(learning.values())


@wrong(
    "not_held",
    say="You looked at the first group only. An optimizer may have several: walk over all of param_groups.",
)
def not_held(model, optimizer):
    held = {id(p) for p in optimizer.param_groups[0]["params"]}
    return [n for n, p in model.named_parameters() if p.requires_grad and id(p) not in held]


@wrong(
    "not_held",
    say="Each round of your loop forgets the groups before it: only the last one is left. Collect all groups in one set.",
)
def not_held(model, optimizer):
    for group in optimizer.param_groups:
        held = {id(p) for p in group["params"]}
    return [n for n, p in model.named_parameters() if p.requires_grad and id(p) not in held]


@wrong(
    "not_held",
    hidden="data_ptr() is 0 for every tensor on meta; in the visible stories no optimizer is made there.",
)
def not_held(model, optimizer):
    held = {p.data_ptr() for group in optimizer.param_groups for p in group["params"]}
    return [
        n
        for n, p in model.named_parameters()
        if p.requires_grad and p.data_ptr() not in held
    ]


@wrong(
    "not_held",
    say="A frozen parameter is not an orphan: it does not want to learn. Ask requires_grad too.",
)
def not_held(model, optimizer):
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return [n for n, p in model.named_parameters() if id(p) not in held]


@wrong(
    "not_held",
    say="These are the names that the optimizer does hold; the others were asked for.",
)
def not_held(model, optimizer):
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return [n for n, p in model.named_parameters() if p.requires_grad and id(p) in held]


@wrong(
    "not_held",
    say="You compared numbers. A new layer with the same numbers is still another object; ask “is”, or compare id().",
)
def not_held(model, optimizer):
    held = [q for group in optimizer.param_groups for q in group["params"]]

    def same(p, q):
        return p.shape == q.shape and p.device == q.device and torch.equal(p, q)

    return [
        n
        for n, p in model.named_parameters()
        if p.requires_grad and not any(same(p, q) for q in held)
    ]


@wrong(
    "not_held",
    say="“in” asks == for each element, and == of two tensors is a tensor of answers, or an error. Compare id().",
)
def not_held(model, optimizer):
    held = [q for group in optimizer.param_groups for q in group["params"]]
    return [n for n, p in model.named_parameters() if p.requires_grad and p not in held]


@wrong("not_held", say="You gave the parameters; their names were asked for.")
def not_held(model, optimizer):
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return [p for p in model.parameters() if p.requires_grad and id(p) not in held]


# -------------------------------------------------------------- 12.3 length_mask


@right(
    "length_mask",
    way="lengths.new_ones(len(lengths), longest).cumsum(1) counts 1, 2, 3 … in each row, on the right device; compare with <=.",
)
def length_mask(lengths, longest):
    places = lengths.new_ones(len(lengths), longest).cumsum(1)
    return places <= lengths.unsqueeze(1)


@right("length_mask")
def length_mask(lengths, longest):
    places = torch.arange(longest).to(lengths.device)
    return lengths.view(-1, 1).gt(places)


@wrong(
    "length_mask",
    say="torch.arange was born on the CPU, whatever came in. Give it device=lengths.device.",
)
def length_mask(lengths, longest):
    return torch.arange(longest) < lengths[:, None]


@wrong(
    "length_mask",
    say="The mask begins on the CPU, and the loop reads each length out of its tensor: on meta there is nothing to read. Compare all at once.",
)
def length_mask(lengths, longest):
    mask = torch.zeros(len(lengths), longest, dtype=torch.bool, device=lengths.device)
    for row, length in enumerate(lengths.tolist()):
        mask[row, :length] = True
    return mask


@wrong(
    "length_mask",
    say="You counted the place after the last one too: with <= a length of 2 has three True. Places begin with 0, so ask <.",
)
def length_mask(lengths, longest):
    return torch.arange(longest, device=lengths.device) <= lengths[:, None]


@wrong(
    "length_mask",
    say="Your places are 1, 2, 3 …, so each sentence lost its last one. Places begin with 0.",
)
def length_mask(lengths, longest):
    return torch.arange(1, longest + 1, device=lengths.device) < lengths[:, None]


@wrong("length_mask", say="Yours is True where nothing is: turn the comparison round.")
def length_mask(lengths, longest):
    return torch.arange(longest, device=lengths.device) >= lengths[:, None]


@wrong(
    "length_mask",
    say="Rows and columns changed places: one row for each sentence. Give the lengths the second dim, lengths[:, None].",
)
def length_mask(lengths, longest):
    return torch.arange(longest, device=lengths.device)[:, None] < lengths


@wrong(
    "length_mask",
    say="You brought the lengths to the CPU. The mask belongs where they lie, and from meta nothing can be brought.",
)
def length_mask(lengths, longest):
    return torch.arange(longest) < lengths.cpu()[:, None]


@wrong(
    "length_mask",
    say="The mask holds 0 and 1 as whole numbers; True and False (bool) were asked for.",
)
def length_mask(lengths, longest):
    return (torch.arange(longest, device=lengths.device) < lengths[:, None]).long()


# ----------------------------------------------------------------- 12.4 InkScale


@right(
    "InkScale",
    way='one buffer named after the argument at a time, in a loop over {"mean": mean, "spread": spread}.items().',
)
class InkScale(nn.Module):
    def __init__(self, mean, spread):
        super().__init__()
        for name, values in {"mean": mean, "spread": spread}.items():
            self.register_buffer(name, values)

    def forward(self, x):
        return x.sub(self.mean).div(self.spread)


@right("InkScale")
class InkScale(nn.Module):
    def __init__(self, mean, spread):
        super().__init__()
        self.mean = nn.Buffer(mean.clone())
        self.spread = nn.Buffer(spread.clone())

    def forward(self, x):
        return (x - self.mean) / self.spread


@wrong(
    "InkScale",
    say='Plain attributes stay behind when the module moves, and no file has them. Put a label on: self.register_buffer("mean", mean).',
)
class InkScale(nn.Module):
    def __init__(self, mean, spread):
        super().__init__()
        self.mean = mean
        self.spread = spread

    def forward(self, x):
        return (x - self.mean) / self.spread


@wrong(
    "InkScale",
    say="Carrying mean and spread to x in each forward works, and costs a trip across the yard each time; and no file has them. Make them buffers.",
)
class InkScale(nn.Module):
    def __init__(self, mean, spread):
        super().__init__()
        self.mean = mean
        self.spread = spread

    def forward(self, x):
        return (x - self.mean.to(x.device)) / self.spread.to(x.device)


@wrong(
    "InkScale",
    say="As parameters they move and are saved, but an optimizer would change them: they are measured, not learned. Make them buffers.",
)
class InkScale(nn.Module):
    def __init__(self, mean, spread):
        super().__init__()
        self.mean = nn.Parameter(mean, requires_grad=False)
        self.spread = nn.Parameter(spread, requires_grad=False)

    def forward(self, x):
        return (x - self.mean) / self.spread


@wrong(
    "InkScale",
    say="persistent=False keeps them out of the file: whoever loads the network has lost its scale. Leave it away.",
)
class InkScale(nn.Module):
    def __init__(self, mean, spread):
        super().__init__()
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("spread", spread, persistent=False)

    def forward(self, x):
        return (x - self.mean) / self.spread


@wrong(
    "InkScale", say="You divided the mean only: the brackets round (x - mean) are missing."
)
class InkScale(nn.Module):
    def __init__(self, mean, spread):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)

    def forward(self, x):
        return x - self.mean / self.spread


@wrong(
    "InkScale",
    say="super().__init__() is missing, or comes too late: a module must be one before it can take a buffer.",
)
class InkScale(nn.Module):
    def __init__(self, mean, spread):
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        super().__init__()

    def forward(self, x):
        return (x - self.mean) / self.spread


# -------------------------------------------------------------------- 12.5 carry


@right(
    "carry",
    way="torch.utils._pytree.tree_map(function, batch) opens and repacks parcels of any depth; torch itself uses it (the underscore says: no promises).",
)
def carry(batch, device):
    from torch.utils._pytree import tree_map

    return tree_map(
        lambda part: part.to(device) if isinstance(part, torch.Tensor) else part, batch
    )


@right("carry")
def carry(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        carried = {}
        for key in batch:
            carried[key] = carry(batch[key], device)
        return carried
    if isinstance(batch, list):
        return [carry(part, device) for part in batch]
    if isinstance(batch, tuple):
        return tuple([carry(part, device) for part in batch])
    return batch


@wrong(
    "carry",
    say="You went one level deep only. A part may be a parcel itself: call carry for each part.",
)
def carry(batch, device):
    def one(part):
        return part.to(device) if isinstance(part, torch.Tensor) else part

    if isinstance(batch, dict):
        return {key: one(value) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(one(part) for part in batch)
    return one(batch)


@wrong("carry", say="A tuple came back as a list. type(batch)(…) packs it as it was.")
def carry(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: carry(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return [carry(part, device) for part in batch]
    return batch


@wrong("carry", say="A list came back as a tuple. type(batch)(…) packs it as it was.")
def carry(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: carry(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return tuple(carry(part, device) for part in batch)
    return batch


@wrong(
    "carry",
    say="You wrote into the caller's own dict or list, and that is now somewhere else. Build a new one.",
)
def carry(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        for key in batch:
            batch[key] = carry(batch[key], device)
    elif isinstance(batch, list):
        for i in range(len(batch)):
            batch[i] = carry(batch[i], device)
    elif isinstance(batch, tuple):
        return tuple(carry(part, device) for part in batch)
    return batch


@wrong(
    "carry",
    say="tensor.to(device) on a line of its own throws its result away: to returns a new tensor. Return that.",
)
def carry(batch, device):
    if isinstance(batch, torch.Tensor):
        batch.to(device)
        return batch
    if isinstance(batch, dict):
        return {key: carry(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(carry(part, device) for part in batch)
    return batch


@wrong(
    "carry",
    say="You carried everything that is not a dict, list or tuple; a number or a word has no .to. Ask whether it is a tensor.",
)
def carry(batch, device):
    if isinstance(batch, dict):
        return {key: carry(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(carry(part, device) for part in batch)
    return batch.to(device)


@wrong(
    "carry",
    say="What is neither a tensor nor a parcel got lost: your function ends without a return for it. Hand it on as it is.",
)
def carry(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: carry(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(carry(part, device) for part in batch)


# ---------------------------------------------------------------- 12.6 stopwatch


@right(
    "stopwatch",
    way="a helper that does one round and returns its time, called in two list comprehensions; the warm-up's times are thrown away.",
)
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    def one_round():
        synchronize()
        began = clock()
        work()
        synchronize()
        return clock() - began

    times = [one_round() for _ in range(warmup + rounds)]
    return statistics.median(times[warmup:])


@right("stopwatch")
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    for _ in range(warmup):
        work()
    synchronize()
    times = []
    for _ in range(rounds):
        start = clock()
        work()
        synchronize()
        times.append(clock() - start)
    times.sort()
    middle = len(times) // 2
    return times[middle] if len(times) % 2 else (times[middle - 1] + times[middle]) / 2


@wrong(
    "stopwatch",
    say="You never wait: this is how long it takes to write the slips. Call synchronize() before the clock stops, too.",
)
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    for _ in range(warmup):
        work()
    times = []
    for _ in range(rounds):
        began = clock()
        work()
        times.append(clock() - began)
    return statistics.median(times)


@wrong(
    "stopwatch",
    say="The clock starts while the warm-up is still being worked on, so its time is in your first round. Wait before the clock starts.",
)
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    for _ in range(warmup):
        work()
    times = []
    for _ in range(rounds):
        began = clock()
        work()
        synchronize()
        times.append(clock() - began)
    return statistics.median(times)


@wrong(
    "stopwatch",
    say="You waited before the clock started, but not before it stopped: that is the time at the door.",
)
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    for _ in range(warmup):
        work()
    times = []
    for _ in range(rounds):
        synchronize()
        began = clock()
        work()
        times.append(clock() - began)
        synchronize()
    return statistics.median(times)


@wrong("stopwatch", say="This is the mean: one disturbed round spoils it. Take the median.")
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    for _ in range(warmup):
        work()
    times = []
    for _ in range(rounds):
        synchronize()
        began = clock()
        work()
        synchronize()
        times.append(clock() - began)
    return statistics.mean(times)


@wrong(
    "stopwatch", say="The warm-up is missing: the slow first times are among your rounds."
)
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    times = []
    for _ in range(rounds):
        synchronize()
        began = clock()
        work()
        synchronize()
        times.append(clock() - began)
    return statistics.median(times)


@wrong(
    "stopwatch",
    say="You measured the warm-up too and kept its times. Only the rounds after it count.",
)
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    times = []
    for _ in range(warmup + rounds):
        synchronize()
        began = clock()
        work()
        synchronize()
        times.append(clock() - began)
    return statistics.median(times)


@wrong(
    "stopwatch",
    say="You returned the time of all rounds together, divided by their number: that is a mean. Measure each round, and take the median.",
)
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    for _ in range(warmup):
        work()
    synchronize()
    began = clock()
    for _ in range(rounds):
        work()
    synchronize()
    return (clock() - began) / rounds


@wrong(
    "stopwatch",
    say="torch.median gives the lower of the two in the middle; the mean of both was asked for, as statistics.median has it.",
)
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    for _ in range(warmup):
        work()
    times = []
    for _ in range(rounds):
        synchronize()
        began = clock()
        work()
        synchronize()
        times.append(clock() - began)
    return torch.tensor(times).median().item()


@wrong(
    "stopwatch",
    say="You took the time of the middle round. The median is the middle one of the sorted times.",
)
def stopwatch(work, synchronize, clock, warmup=3, rounds=10):
    for _ in range(warmup):
        work()
    times = []
    for _ in range(rounds):
        synchronize()
        began = clock()
        work()
        synchronize()
        times.append(clock() - began)
    middle = len(times) // 2
    return times[middle] if len(times) % 2 else (times[middle - 1] + times[middle]) / 2


# -------------------------------------------------------------- 12.7 share_right


@right(
    "share_right",
    way="collect the comparisons of all batches in a list, and end with torch.cat(list).float().mean().",
)
def share_right(model, batches, device):
    with torch.no_grad():
        hits = [model(x.to(device)).argmax(1) == y.to(device) for x, y in batches]
    return torch.cat(hits).float().mean()


@right("share_right")
def share_right(model, batches, device):
    right = torch.tensor(0, device=device)
    for inputs, labels in batches:
        scores = model(inputs.to(device)).detach()
        right = right + scores.argmax(dim=1).eq(labels.to(device)).sum()
    return right.float() / sum(len(labels) for _, labels in batches)


@wrong(
    "share_right",
    say="You asked .item() for each batch: a number is read, and you wait. Add up tensors instead.",
)
def share_right(model, batches, device):
    right, total = 0, 0
    for inputs, labels in batches:
        right += (model(inputs.to(device)).argmax(1) == labels.to(device)).sum().item()
        total += len(labels)
    return torch.tensor(right / total, device=device)


@wrong(
    "share_right",
    say="The mean of the shares lets a small last batch count as much as a full one. Divide all right ones by the number of all.",
)
def share_right(model, batches, device):
    shares = []
    for inputs, labels in batches:
        shares.append(
            (model(inputs.to(device)).argmax(1) == labels.to(device)).float().mean()
        )
    return torch.stack(shares).mean()


@wrong(
    "share_right",
    say="The labels are still at home while the answers are away: carry both.",
)
def share_right(model, batches, device):
    right, total = torch.zeros((), device=device), 0
    for inputs, labels in batches:
        right += (model(inputs.to(device)).argmax(1) == labels).sum()
        total += len(labels)
    return right / total


@wrong(
    "share_right",
    say="You brought the answers back to the CPU, so you wait for each batch. Carry the labels over instead, and compare there.",
)
def share_right(model, batches, device):
    right, total = torch.zeros(()), 0
    for inputs, labels in batches:
        right += (model(inputs.to(device)).argmax(1).cpu() == labels).sum()
        total += len(labels)
    return right / total


@wrong(
    "share_right",
    say="You returned a number: .item() at the end waits, and that is for the caller to decide. Return the tensor.",
)
def share_right(model, batches, device):
    with torch.no_grad():
        hits = [model(x.to(device)).argmax(1) == y.to(device) for x, y in batches]
    return torch.cat(hits).float().mean().item()


@wrong(
    "share_right",
    say="This is how many are right; the share was asked for. Divide by the number of all.",
)
def share_right(model, batches, device):
    right = torch.zeros((), device=device)
    for inputs, labels in batches:
        right += (model(inputs.to(device)).argmax(1) == labels.to(device)).sum()
    return right


@wrong(
    "share_right",
    say="You divided by the number of batches; divide by the number of all answers.",
)
def share_right(model, batches, device):
    right = torch.zeros((), device=device)
    for inputs, labels in batches:
        right += (model(inputs.to(device)).argmax(1) == labels.to(device)).sum()
    return right / len(batches)


# -------------------------------------------------------------------- 12.8 weigh


@right(
    "weigh",
    way="p.numel() * p.element_size() is p.nbytes: how many, times the bytes of each.",
)
def weigh(model):
    learned = size = 0
    for p in model.parameters():
        learned += p.numel()
        size += p.numel() * p.element_size()
    for b in model.buffers():
        size += b.numel() * b.element_size()
    return learned, size


@right("weigh")
def weigh(model):
    every = {id(t): t for t in [*model.parameters(), *model.buffers()]}
    learned = sum(t.numel() for t in every.values() if isinstance(t, nn.Parameter))
    return learned, sum(t.nbytes for t in every.values())


@wrong(
    "weigh",
    say="You counted four bytes for each number. float16 has two and int64 eight: use each tensor's nbytes.",
)
def weigh(model):
    learned = sum(p.numel() for p in model.parameters())
    return learned, 4 * (learned + sum(b.numel() for b in model.buffers()))


@wrong(
    "weigh",
    say="The buffers are missing in the bytes: nobody learns them, but they take memory.",
)
def weigh(model):
    return sum(p.numel() for p in model.parameters()), sum(
        p.nbytes for p in model.parameters()
    )


@wrong(
    "weigh",
    say="state_dict names a shared parameter twice, and it lies in memory once. parameters() and buffers() hand it out once.",
)
def weigh(model):
    learned = sum(p.numel() for p in model.parameters())
    return learned, sum(t.nbytes for t in model.state_dict().values())


@wrong(
    "weigh",
    say="You counted the buffers as learned numbers. They are measured or fixed; only parameters learn.",
)
def weigh(model):
    every = [*model.parameters(), *model.buffers()]
    return sum(t.numel() for t in every), sum(t.nbytes for t in every)


@wrong(
    "weigh",
    say="You counted the tensors, not the numbers in them: numel() says how many a tensor has.",
)
def weigh(model):
    size = sum(t.nbytes for part in (model.parameters(), model.buffers()) for t in part)
    return len(list(model.parameters())), size


@wrong("weigh", hidden="A frozen parameter is left out; the visible models have none.")
def weigh(model):
    learned = sum(p.numel() for p in model.parameters() if p.requires_grad)
    size = sum(t.nbytes for part in (model.parameters(), model.buffers()) for t in part)
    return learned, size


# ----------------------------------------------------------------- 12.9 width_of


@right(
    "width_of",
    way='torch.func.functional_call(body, numbers, image) runs a module with other numbers in place of its own; give it {name: t.to("meta")} of the state_dict.',
)
def width_of(body, image):
    drawn = {name: t.detach().to("meta") for name, t in body.state_dict().items()}
    return torch.func.functional_call(
        body, drawn, torch.empty(2, *image, device="meta")
    ).shape[1]


@right("width_of")
def width_of(body, image):
    on_board = copy.deepcopy(body).eval().to(device="meta")
    with torch.no_grad():
        features = on_board(torch.zeros((1, *image), device="meta"))
    return features.size(-1)


@wrong(
    "width_of",
    say="module.to moves the module itself: the caller's body is now a plan without numbers. Move a copy.",
)
def width_of(body, image):
    return body.to("meta")(torch.empty(2, *image, device="meta")).shape[1]


@wrong(
    "width_of",
    say="You ran the body for real, in train mode: its BatchNorm has measured your empty image. Use a copy on meta.",
)
def width_of(body, image):
    with torch.no_grad():
        return body(torch.zeros(2, *image)).shape[1]


@wrong(
    "width_of",
    say="You switched the caller's body to eval, and it stayed there. Use a copy.",
)
def width_of(body, image):
    body.eval()
    with torch.no_grad():
        return body(torch.zeros(2, *image)).shape[1]


@wrong("width_of", say="shape[0] is the number of images; the features are in shape[1].")
def width_of(body, image):
    return copy.deepcopy(body).to("meta")(torch.empty(2, *image, device="meta")).shape[0]


@wrong("width_of", say="The whole shape came back; one number was asked for: shape[1].")
def width_of(body, image):
    return copy.deepcopy(body).to("meta")(torch.empty(2, *image, device="meta")).shape


@wrong(
    "width_of",
    say="You gave a single image without the batch dim. The body takes (n, channels, height, width): put a number in front.",
)
def width_of(body, image):
    return copy.deepcopy(body).to("meta")(torch.empty(image, device="meta")).shape[-1]


@wrong(
    "width_of",
    say="You ran the body for real: a huge one has no room for that. Move a copy to meta, and give it images on meta.",
)
def width_of(body, image):
    with torch.no_grad():
        return copy.deepcopy(body)(torch.zeros(2, *image)).shape[1]


# ---------------------------------------------------------------- 12.10 fetch_net


@right(
    "fetch_net",
    way='model.load_state_dict(weights, assign=True) on a recipe built under torch.device("meta") needs the memory only once.',
)
def fetch_net(make, url, folder):
    with torch.device("meta"):
        model = make()
    weights = torch.hub.load_state_dict_from_url(
        url, folder, map_location="cpu", check_hash=True, progress=False, weights_only=True
    )
    model.load_state_dict(weights, assign=True)
    model.eval()
    return model


@right("fetch_net")
def fetch_net(make, url, folder):
    import os
    from urllib.parse import urlparse

    from torch.utils import model_zoo

    settings = {
        "map_location": torch.device("cpu"),
        "weights_only": True,
        "progress": False,
    }
    assert os.path.basename(urlparse(url).path)
    state = model_zoo.load_url(url, model_dir=folder, check_hash=True, **settings)
    net = make()
    net.load_state_dict(state, strict=True)
    return net.train(False)


@wrong(
    "fetch_net",
    say="The network is still in train mode: its BatchNorm uses the batch instead of what it has learned. End with eval().",
)
def fetch_net(make, url, folder):
    model = make()
    model.load_state_dict(
        torch.hub.load_state_dict_from_url(
            url,
            folder,
            map_location="cpu",
            progress=False,
            check_hash=True,
            weights_only=True,
        )
    )
    return model


@wrong(
    "fetch_net",
    say="load_state_dict returns a report, not the network. Keep it on a line of its own.",
)
def fetch_net(make, url, folder):
    weights = torch.hub.load_state_dict_from_url(
        url, folder, map_location="cpu", progress=False, check_hash=True, weights_only=True
    )
    return make().eval().load_state_dict(weights)


@wrong(
    "fetch_net",
    say="The fingerprint was not checked, so a damaged file was taken for a good one: check_hash=True.",
)
def fetch_net(make, url, folder):
    model = make()
    model.load_state_dict(
        torch.hub.load_state_dict_from_url(
            url, folder, map_location="cpu", progress=False, weights_only=True
        )
    )
    return model.eval()


@wrong(
    "fetch_net",
    say="A stranger's code ran while the file was opened. Say weights_only=True; a matching fingerprint only proves that the trap arrived undamaged.",
)
def fetch_net(make, url, folder):
    model = make()
    model.load_state_dict(
        torch.hub.load_state_dict_from_url(
            url, folder, map_location="cpu", progress=False, check_hash=True
        )
    )
    return model.eval()


@wrong(
    "fetch_net",
    say="strict=False took a file for another network without a word, and the recipe's own numbers stayed.",
)
def fetch_net(make, url, folder):
    model = make()
    model.load_state_dict(
        torch.hub.load_state_dict_from_url(
            url,
            folder,
            map_location="cpu",
            progress=False,
            check_hash=True,
            weights_only=True,
        ),
        strict=False,
    )
    return model.eval()


@wrong(
    "fetch_net",
    say="The file was fetched, but never loaded into the recipe: it still has its own numbers. load_state_dict fills them in.",
)
def fetch_net(make, url, folder):
    torch.hub.load_state_dict_from_url(
        url, folder, map_location="cpu", progress=False, check_hash=True, weights_only=True
    )
    return make().eval()


@wrong(
    "fetch_net",
    say="A file remembers on which device it was saved, and torch puts it back there. Say map_location=\"cpu\".",
)
def fetch_net(make, url, folder):
    model = make()
    model.load_state_dict(
        torch.hub.load_state_dict_from_url(
            url, folder, progress=False, check_hash=True, weights_only=True
        )
    )
    return model.eval()


@wrong(
    "fetch_net",
    say="Nothing is kept in folder: tell the fetcher model_dir=folder. Otherwise each caller's wish is forgotten.",
)
def fetch_net(make, url, folder):
    import tempfile

    model = make()
    with tempfile.TemporaryDirectory() as elsewhere:
        model.load_state_dict(
            torch.hub.load_state_dict_from_url(
                url,
                elsewhere,
                map_location="cpu",
                progress=False,
                check_hash=True,
                weights_only=True,
            )
        )
    return model.eval()


# ----------------------------------------------------------------- 12.11 new_head


@right(
    "new_head",
    way="nn.Linear(…).to(model.head.weight) copies device and dtype from a tensor at once.",
)
def new_head(model, classes):
    model.head = nn.Linear(model.head.in_features, classes).to(model.head.weight)
    return model


@right("new_head")
def new_head(model, classes):
    weight = model.head.weight
    with torch.device(weight.device):
        fresh_head = nn.Linear(weight.shape[1], classes, dtype=weight.dtype)
    setattr(model, "head", fresh_head)
    return model


@wrong(
    "new_head",
    say="The new head was born on the CPU, as float32. The old one's weight knows the right device and dtype.",
)
def new_head(model, classes):
    model.head = nn.Linear(model.head.in_features, classes)
    return model


@wrong(
    "new_head",
    say="The device is right, but the dtype is not: in a float64 model the new head must be float64 too.",
)
def new_head(model, classes):
    old = model.head
    model.head = nn.Linear(old.in_features, classes, device=old.weight.device)
    return model


@wrong("new_head", say="You returned the new head; the whole model was asked for.")
def new_head(model, classes):
    old = model.head
    model.head = nn.Linear(
        old.in_features, classes, device=old.weight.device, dtype=old.weight.dtype
    )
    return model.head


@wrong(
    "new_head",
    say="You only wrote another number on the door: out_features is a note. The weight still has the old shape; make a new layer.",
)
def new_head(model, classes):
    model.head.out_features = classes
    return model


@wrong(
    "new_head",
    say="You put the new layer behind the old one, so the features reach it only through the old classes. Replace model.head.",
)
def new_head(model, classes):
    old = model.head
    model.head = nn.Sequential(
        old,
        nn.Linear(
            old.out_features, classes, device=old.weight.device, dtype=old.weight.dtype
        ),
    )
    return model


@wrong(
    "new_head",
    say="The name is model.head. You made a layer under another name, and the old head still answers.",
)
def new_head(model, classes):
    old = model.head
    model.fc = nn.Linear(
        old.in_features, classes, device=old.weight.device, dtype=old.weight.dtype
    )
    return model


@wrong(
    "new_head",
    say="256 is the width of the digits net only. The old head knows its own: model.head.in_features.",
)
def new_head(model, classes):
    old = model.head.weight
    model.head = nn.Linear(256, classes, device=old.device, dtype=old.dtype)
    return model


@wrong(
    "new_head",
    say="You changed a copy; the caller's own model still has its old head. Change model itself.",
)
def new_head(model, classes):
    model = copy.deepcopy(model)
    old = model.head
    model.head = nn.Linear(
        old.in_features, classes, device=old.weight.device, dtype=old.weight.dtype
    )
    return model


# --------------------------------------------------------------- 12.12 train_head


@right(
    "train_head",
    way="calculate the features once, before the loop, in eval mode under no_grad; then train the head alone on them. It is much quicker.",
)
def train_head(model, x, y, steps, lr):
    model.requires_grad_(False)
    model.eval()
    head = model.head
    kept = []
    hook = head.register_forward_pre_hook(
        lambda module, inputs: kept.append(inputs[0].detach())
    )
    with torch.no_grad():
        model(x)
    hook.remove()
    head.requires_grad_(True)
    optimizer = torch.optim.SGD(head.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(head(kept[0]), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@right("train_head")
def train_head(model, x, y, steps, lr):
    for name, p in model.named_parameters():
        p.requires_grad = name.startswith("head.")
    learning = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=lr)
    losses = []
    for _ in range(steps):
        model.train()
        for name, part in model.named_children():
            if name != "head":
                part.eval()
        loss = nn.CrossEntropyLoss()(model(x), y)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong(
    "train_head",
    say="The body was frozen but in train mode, so BatchNorm went on measuring: its running averages changed. Freezing needs eval() too.",
)
def train_head(model, x, y, steps, lr):
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    model.train()
    optimizer = torch.optim.SGD(model.head.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("train_head", say="Nothing was frozen: the whole model learned.")
def train_head(model, x, y, steps, lr):
    model.eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong(
    "train_head",
    say="The body did not learn, but only because the optimizer does not hold it: its parameters still require grad, so backward works for nothing. Freeze them.",
)
def train_head(model, x, y, steps, lr):
    model.eval()
    optimizer = torch.optim.SGD(model.head.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong(
    "train_head",
    say="You froze the head as well, so nothing is left that could learn. Freeze all, then thaw model.head.",
)
def train_head(model, x, y, steps, lr):
    model.requires_grad_(False)
    model.eval()
    optimizer = torch.optim.SGD(model.head.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong(
    "train_head",
    say="The whole forward ran under no_grad, so the head has no graph either. Only the body is to be left out.",
)
def train_head(model, x, y, steps, lr):
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    model.eval()
    optimizer = torch.optim.SGD(model.head.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        with torch.no_grad():
            scores = model(x)
        loss = F.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong(
    "train_head",
    say="The gradients were never cleared, so old slopes push along: zero_grad() before each backward.",
)
def train_head(model, x, y, steps, lr):
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    model.eval()
    optimizer = torch.optim.SGD(model.head.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong(
    "train_head",
    say="These are the losses after each step; the ones from before were asked for.",
)
def train_head(model, x, y, steps, lr):
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    model.eval()
    optimizer = torch.optim.SGD(model.head.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        losses.append(F.cross_entropy(model(x), y).item())
    return losses


# --------------------------------------------------------------- 12.13 two_speeds


@right(
    "two_speeds",
    way='walk over named_parameters() and sort by the name: what begins with "head." is fast.',
)
def two_speeds(model, slow, fast):
    body, head = [], []
    for name, p in model.named_parameters():
        if p.requires_grad:
            (head if name.startswith("head.") else body).append(p)
    return [dict(params=body, lr=slow), dict(params=head, lr=fast)]


@right("two_speeds")
def two_speeds(model, slow, fast):
    head = [p for p in model.head.parameters() if p.requires_grad]
    rest = [
        p
        for p in model.parameters()
        if p.requires_grad and not any(p is q for q in model.head.parameters())
    ]
    return [{"params": rest, "lr": slow}, {"params": head, "lr": fast}]


@wrong(
    "two_speeds",
    say="The head is in both groups, and an optimizer refuses that. Leave it out of the first.",
)
def two_speeds(model, slow, fast):
    return [
        {"params": [p for p in model.parameters() if p.requires_grad], "lr": slow},
        {"params": [p for p in model.head.parameters() if p.requires_grad], "lr": fast},
    ]


@wrong("two_speeds", say="The speeds changed places: the head is new, it learns fast.")
def two_speeds(model, slow, fast):
    of_head = {id(p) for p in model.head.parameters()}
    learning = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in learning if id(p) not in of_head], "lr": fast},
        {"params": [p for p in learning if id(p) in of_head], "lr": slow},
    ]


@wrong(
    "two_speeds",
    say="Frozen parameters are in your groups. Leave them out: ask requires_grad.",
)
def two_speeds(model, slow, fast):
    of_head = {id(p) for p in model.head.parameters()}
    return [
        {"params": [p for p in model.parameters() if id(p) not in of_head], "lr": slow},
        {"params": list(model.head.parameters()), "lr": fast},
    ]


@wrong(
    "two_speeds",
    say="You looked for one child of the model by its place or name. The rest may have several parts: take everything but the head.",
)
def two_speeds(model, slow, fast):
    body = next(iter(model.children()))
    return [
        {"params": [p for p in body.parameters() if p.requires_grad], "lr": slow},
        {"params": [p for p in model.head.parameters() if p.requires_grad], "lr": fast},
    ]


@wrong(
    "two_speeds",
    say='The key of the rate is "lr". Under another name the optimizer keeps it, unread, and uses its own rate for all.',
)
def two_speeds(model, slow, fast):
    of_head = {id(p) for p in model.head.parameters()}
    learning = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in learning if id(p) not in of_head], "learning_rate": slow},
        {"params": [p for p in learning if id(p) in of_head], "learning_rate": fast},
    ]


# ------------------------------------------------------------------------ quiz

quiz(
    "q1",
    right="b",
    because={
        "a": "Choosing a GPU decides where new CUDA tensors are born. x is there already, and its results lie where it lies.",
        "c": "Only one tensor is in the calculation, and 2 is a Python number: nothing has to cross.",
    },
)
quiz(
    "q2",
    right="b",
    because={
        "a": "Some texts say so. to, cpu and cuda copy between any two devices as well.",
        "c": "Ordinary operations carry nothing: they raise. Only a 0-d tensor on the CPU comes along.",
    },
)
quiz(
    "q3",
    right="a",
    because={
        "b": "That is true of a module. A tensor's to returns a new tensor, and here nobody kept it.",
        "c": "The copy over there was made, and thrown away at once, because nobody kept it.",
    },
)
quiz(
    "q4",
    right="c",
    because={
        "a": "Good GPUs are tens or hundreds of times faster. Before you believe more, wait with torch.cuda.synchronize().",
        "b": "torch does not keep results. A warm-up removes a slow start, nothing more.",
    },
)
quiz(
    "q5",
    right="b",
    because={
        "a": "In train mode BatchNorm measures with each forward. That is no learning, so no flag of grad stops it.",
        "c": "Biases are parameters, and frozen with the others.",
    },
)
quiz(
    "q6",
    right="a",
    because={
        "b": "That was the way before torchvision 0.13. It warns, if it works at all.",
        "c": "Without weights= you get the bare recipe, with random numbers.",
    },
)

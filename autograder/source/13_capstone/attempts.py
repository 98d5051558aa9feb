"""Attempts that test the tests of chapter 13: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import copy
import math
import os

import h5py
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from autograder.attempts import quiz, right, wrong

# -------------------------------------------------------------- 13.1 inventory


@right(
    "inventory",
    way="walk the tree yourself with a function that calls itself for each group: for name, thing in group.items().",
)
def inventory(path):
    found = {}

    def walk(group, name):
        found[name or "/"] = {"attrs": dict(group.attrs.items())}
        for key, thing in group.items():
            where = f"{name}/{key}" if name else key
            if isinstance(thing, h5py.Group):
                walk(thing, where)
            else:
                found[where] = {
                    "attrs": dict(thing.attrs.items()),
                    "shape": tuple(thing.shape),
                    "dtype": thing.dtype.name,
                }

    with h5py.File(path, "r") as file:
        walk(file, "")
    return found


@right("inventory")
def inventory(path):
    file = h5py.File(path, "r")
    names = []
    file.visit(names.append)
    found = {"/": {"attrs": {k: file.attrs[k] for k in file.attrs}}}
    for name in names:
        thing = file[name]
        found[name] = {"attrs": {k: thing.attrs[k] for k in thing.attrs}}
        if hasattr(thing, "shape"):
            found[name]["shape"] = thing.shape
            found[name]["dtype"] = str(thing.dtype)
    file.close()
    return found


@wrong(
    "inventory",
    say='The file itself is missing: visititems does not show it, and it may carry attributes. Add an entry for "/".',
)
def inventory(path):
    found = {}

    def note(name, thing):
        found[name] = {"attrs": dict(thing.attrs)}
        if isinstance(thing, h5py.Dataset):
            found[name] |= {"shape": thing.shape, "dtype": str(thing.dtype)}

    with h5py.File(path, "r") as file:
        file.visititems(note)
    return found


@wrong(
    "inventory",
    say="A group has no shape and no dtype. Ask first: isinstance(thing, h5py.Dataset).",
)
def inventory(path):
    found = {}

    def note(name, thing):
        found[name] = {
            "attrs": dict(thing.attrs),
            "shape": thing.shape,
            "dtype": str(thing.dtype),
        }

    with h5py.File(path, "r") as file:
        found["/"] = {"attrs": dict(file.attrs)}
        file.visititems(note)
    return found


@wrong(
    "inventory",
    say="You looked into the top drawer only: groups may hold groups. visititems goes down to the bottom.",
)
def inventory(path):
    found = {}
    with h5py.File(path, "r") as file:
        found["/"] = {"attrs": dict(file.attrs)}
        for name, thing in file.items():
            found[name] = {"attrs": dict(thing.attrs)}
            if isinstance(thing, h5py.Dataset):
                found[name] |= {"shape": thing.shape, "dtype": str(thing.dtype)}
    return found


@wrong(
    "inventory", say="The groups are missing: they may be empty, and they carry attributes."
)
def inventory(path):
    found = {}

    def note(name, thing):
        if isinstance(thing, h5py.Dataset):
            found[name] = {
                "attrs": dict(thing.attrs),
                "shape": thing.shape,
                "dtype": str(thing.dtype),
            }

    with h5py.File(path, "r") as file:
        found["/"] = {"attrs": dict(file.attrs)}
        file.visititems(note)
    return found


@wrong(
    "inventory",
    say='The dtype is still NumPy\'s object; str(thing.dtype) makes the text "int16" of it.',
)
def inventory(path):
    found = {}

    def note(name, thing):
        found[name] = {"attrs": dict(thing.attrs)}
        if isinstance(thing, h5py.Dataset):
            found[name] |= {"shape": thing.shape, "dtype": thing.dtype}

    with h5py.File(path, "r") as file:
        note("/", file)
        file.visititems(note)
    return found


@wrong(
    "inventory",
    say="note returned something, and then visititems ends its tour at once: let it return None.",
)
def inventory(path):
    found = {}

    def note(name, thing):
        found[name] = {"attrs": dict(thing.attrs)}
        if isinstance(thing, h5py.Dataset):
            found[name] |= {"shape": thing.shape, "dtype": str(thing.dtype)}
        return found

    with h5py.File(path, "r") as file:
        note("/", file)
        file.visititems(note)
    return found


# ------------------------------------------------------------ 13.2 clean_shard


@right(
    "clean_shard",
    way="sort out one fault at a time, and measure how many rows each step took away: then no row can be counted twice.",
)
def clean_shard(images, labels, full):
    left_out = {}
    good = torch.stack([((x >= 0) & (x <= full)).all() for x in images])
    left_out["broken"] = int((~good).sum())
    images, labels = images[good], labels[good]
    inked = (images != 0).flatten(1).any(dim=1)
    left_out["empty"] = int((~inked).sum())
    images, labels = images[inked], labels[inked]
    named = labels != 255
    left_out["no label"] = int((~named).sum())
    return {
        "pictures": images[named].float() / full,
        "labels": labels[named].to(torch.int64),
        "left_out": left_out,
    }


@right("clean_shard")
def clean_shard(images, labels, full):
    kept, left_out = [], {"broken": 0, "empty": 0, "no label": 0}
    for i, (image, label) in enumerate(zip(images, labels)):
        if image.isnan().any() or image.min() < 0 or image.max() > full:
            left_out["broken"] += 1
        elif not image.any():
            left_out["empty"] += 1
        elif label == 255:
            left_out["no label"] += 1
        else:
            kept.append(i)
    return {
        "pictures": (images[kept] / full).float(),
        "labels": labels[kept].long(),
        "left_out": left_out,
    }


@wrong(
    "clean_shard",
    say="any() of a uint8 tensor is uint8 as well, and ~ turns all eight bits of a number round: ~0 is 255. Compare first, (images != 0), to have bools.",
)
def clean_shard(images, labels, full):
    flat = images.flatten(1)
    broken = ~((flat >= 0) & (flat <= full)).all(dim=1)
    inked = flat.any(dim=1)
    nameless = (labels == 255) & ~broken & inked.bool()
    keep = ~broken & inked.bool() & ~nameless
    return {
        "pictures": images[keep].float() / full,
        "labels": labels[keep].long(),
        "left_out": {
            "broken": int(broken.sum()),
            "empty": int((~inked).sum()),
            "no label": int(nameless.sum()),
        },
    }


@wrong(
    "clean_shard",
    say="nan came through: it is neither below 0 nor above full. Ask which pixels are good, (flat >= 0) & (flat <= full), and turn that round.",
)
def clean_shard(images, labels, full):
    flat = images.flatten(1)
    broken = ((flat < 0) | (flat > full)).any(dim=1)
    empty = (flat == 0).all(dim=1) & ~broken
    nameless = (labels == 255) & ~broken & ~empty
    keep = ~(broken | empty | nameless)
    return {
        "pictures": images[keep].float() / full,
        "labels": labels[keep].long(),
        "left_out": {
            "broken": int(broken.sum()),
            "empty": int(empty.sum()),
            "no label": int(nameless.sum()),
        },
    }


@wrong(
    "clean_shard",
    say="A row with two faults was counted twice: take those that are already out from the next count.",
)
def clean_shard(images, labels, full):
    flat = images.flatten(1)
    broken = ~((flat >= 0) & (flat <= full)).all(dim=1)
    empty = (flat == 0).all(dim=1)
    nameless = labels == 255
    keep = ~(broken | empty | nameless)
    return {
        "pictures": images[keep].float() / full,
        "labels": labels[keep].long(),
        "left_out": {
            "broken": int(broken.sum()),
            "empty": int(empty.sum()),
            "no label": int(nameless.sum()),
        },
    }


@wrong(
    "clean_shard",
    say="You divided by the brightest pixel that is left. A day of pale writing would come out as dark as any other: divide by full.",
)
def clean_shard(images, labels, full):
    flat = images.flatten(1)
    broken = ~((flat >= 0) & (flat <= full)).all(dim=1)
    empty = (flat == 0).all(dim=1) & ~broken
    nameless = (labels == 255) & ~broken & ~empty
    keep = ~(broken | empty | nameless)
    pictures = images[keep].float()
    return {
        "pictures": pictures / pictures.max(),
        "labels": labels[keep].long(),
        "left_out": {
            "broken": int(broken.sum()),
            "empty": int(empty.sum()),
            "no label": int(nameless.sum()),
        },
    }


@wrong(
    "clean_shard",
    say="A sheet with any white pixel counts as empty in your answer. Empty is a sheet where all pixels are 0.",
)
def clean_shard(images, labels, full):
    flat = images.flatten(1)
    broken = ~((flat >= 0) & (flat <= full)).all(dim=1)
    empty = (flat == 0).any(dim=1) & ~broken
    nameless = (labels == 255) & ~broken & ~empty
    keep = ~(broken | empty | nameless)
    return {
        "pictures": images[keep].float() / full,
        "labels": labels[keep].long(),
        "left_out": {
            "broken": int(broken.sum()),
            "empty": int(empty.sum()),
            "no label": int(nameless.sum()),
        },
    }


@wrong(
    "clean_shard",
    say="The pixels were clamped: the broken rows are still there, repaired with invented ink. Leave such rows out.",
)
def clean_shard(images, labels, full):
    flat = images.flatten(1)
    broken = ~((flat >= 0) & (flat <= full)).all(dim=1)
    empty = (flat == 0).all(dim=1)
    nameless = (labels == 255) & ~empty
    keep = ~(empty | nameless)
    return {
        "pictures": images[keep].float().nan_to_num().clamp(0, full) / full,
        "labels": labels[keep].long(),
        "left_out": {
            "broken": int(broken.sum()),
            "empty": int(empty.sum()),
            "no label": int(nameless.sum()),
        },
    }


@wrong(
    "clean_shard",
    say="The labels are still uint8. A loss wants the number of a class as int64: .long().",
)
def clean_shard(images, labels, full):
    flat = images.flatten(1)
    broken = ~((flat >= 0) & (flat <= full)).all(dim=1)
    empty = (flat == 0).all(dim=1) & ~broken
    nameless = (labels == 255) & ~broken & ~empty
    keep = ~(broken | empty | nameless)
    return {
        "pictures": images[keep].float() / full,
        "labels": labels[keep],
        "left_out": {
            "broken": int(broken.sum()),
            "empty": int(empty.sum()),
            "no label": int(nameless.sum()),
        },
    }


@wrong(
    "clean_shard",
    say="255 came through as a label. It is the scanner's word for “no label”, not the name of a class.",
)
def clean_shard(images, labels, full):
    flat = images.flatten(1)
    broken = ~((flat >= 0) & (flat <= full)).all(dim=1)
    empty = (flat == 0).all(dim=1) & ~broken
    keep = ~(broken | empty)
    return {
        "pictures": images[keep].float() / full,
        "labels": labels[keep].long(),
        "left_out": {"broken": int(broken.sum()), "empty": int(empty.sum()), "no label": 0},
    }


# ------------------------------------------------------------- 13.3 deal_twins


@right(
    "deal_twins",
    way="give every group one random number, sort the groups by it, and look up for each row in which place its group came.",
)
def deal_twins(group, valid, test, seed):
    groups, number = group.unique(return_inverse=True)
    place = (
        torch.rand(len(groups), generator=torch.Generator().manual_seed(seed))
        .argsort()
        .argsort()
    )
    a, b = round(valid * len(groups)), round(test * len(groups))
    where = place[number]
    return {
        "train": (where >= a + b).nonzero().flatten(),
        "valid": (where < a).nonzero().flatten(),
        "test": ((where >= a) & (where < a + b)).nonzero().flatten(),
    }


@right("deal_twins")
def deal_twins(group, valid, test, seed):
    import random

    names = sorted(set(group.tolist()))
    random.Random(seed).shuffle(names)
    a, b = round(valid * len(names)), round(test * len(names))
    chosen = {
        "valid": set(names[:a]),
        "test": set(names[a : a + b]),
        "train": set(names[a + b :]),
    }
    rows = list(enumerate(group.tolist()))
    return {
        pile: torch.tensor([i for i, g in rows if g in some], dtype=torch.int64)
        for pile, some in chosen.items()
    }


@wrong(
    "deal_twins",
    say="You dealt rows: twins may then sit in two piles. Shuffle the groups, group.unique(), and deal those.",
)
def deal_twins(group, valid, test, seed):
    order = torch.randperm(len(group), generator=torch.Generator().manual_seed(seed))
    a, b = round(valid * len(group)), round(test * len(group))
    return {
        "valid": order[:a].sort().values,
        "test": order[a : a + b].sort().values,
        "train": order[a + b :].sort().values,
    }


@wrong(
    "deal_twins",
    say="You kept one row of each group and lost its twins. All rows belong to a pile.",
)
def deal_twins(group, valid, test, seed):
    first = {}
    for row, number in enumerate(group.tolist()):
        first.setdefault(number, row)
    rows = torch.tensor(list(first.values()))
    rows = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))]
    a, b = round(valid * len(rows)), round(test * len(rows))
    return {
        "valid": rows[:a].sort().values,
        "test": rows[a : a + b].sort().values,
        "train": rows[a + b :].sort().values,
    }


@wrong(
    "deal_twins",
    say="The shares are counted in rows; they are shares of the groups. Take len(groups), not len(group).",
)
def deal_twins(group, valid, test, seed):
    groups = group.unique()
    shuffled = groups[
        torch.randperm(len(groups), generator=torch.Generator().manual_seed(seed))
    ]
    a, b = round(valid * len(group)), round(test * len(group))
    chosen = {
        "valid": shuffled[:a],
        "test": shuffled[a : a + b],
        "train": shuffled[a + b :],
    }
    return {pile: torch.isin(group, some).nonzero()[:, 0] for pile, some in chosen.items()}


@wrong(
    "deal_twins",
    say="torch.manual_seed seeds the dice of the whole program. Take dice of your own: torch.Generator().manual_seed(seed).",
)
def deal_twins(group, valid, test, seed):
    torch.manual_seed(seed)
    groups = group.unique()
    shuffled = groups[torch.randperm(len(groups))]
    a, b = round(valid * len(groups)), round(test * len(groups))
    chosen = {
        "valid": shuffled[:a],
        "test": shuffled[a : a + b],
        "train": shuffled[a + b :],
    }
    return {pile: torch.isin(group, some).nonzero()[:, 0] for pile, some in chosen.items()}


@wrong(
    "deal_twins",
    say="Nothing was shuffled: the first groups are always the same ones, whatever the seed. Use torch.randperm with a generator.",
)
def deal_twins(group, valid, test, seed):
    groups = group.unique()
    a, b = round(valid * len(groups)), round(test * len(groups))
    chosen = {"valid": groups[:a], "test": groups[a : a + b], "train": groups[a + b :]}
    return {pile: torch.isin(group, some).nonzero()[:, 0] for pile, some in chosen.items()}


@wrong(
    "deal_twins",
    say="These are numbers of groups; the rows were asked for. torch.isin(group, chosen) finds the rows of the chosen groups.",
)
def deal_twins(group, valid, test, seed):
    groups = group.unique()
    shuffled = groups[
        torch.randperm(len(groups), generator=torch.Generator().manual_seed(seed))
    ]
    a, b = round(valid * len(groups)), round(test * len(groups))
    chosen = {
        "valid": shuffled[:a],
        "test": shuffled[a : a + b],
        "train": shuffled[a + b :],
    }
    return {pile: some.sort().values % len(group) for pile, some in chosen.items()}


# ------------------------------------------------------------- 13.4 scan_shelf


@right(
    "ScanShelf",
    way="a dict from process id to open file: self.files. Each process finds, or makes, its own entry.",
)
class ScanShelf(Dataset):
    def __init__(self, path, rows):
        self.path, self.rows, self.files = path, rows.tolist(), {}

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        me = os.getpid()
        if me not in self.files:
            self.files[me] = Guarded(self.path)
        file, row = self.files[me], self.rows[index]
        return torch.tensor(file["pictures"][row])[None], torch.from_numpy(
            file["labels"][row : row + 1]
        )[0]


@right("ScanShelf")
class ScanShelf(Dataset):
    def __init__(self, path, rows):
        self.path, self.rows = path, rows
        self.opened_by, self.pictures, self.labels = None, None, None

    def __len__(self):
        return self.rows.shape[0]

    def __getitem__(self, index):
        if self.opened_by != os.getpid():
            file = Guarded(self.path)
            self.pictures, self.labels, self.opened_by = (
                file["pictures"],
                file["labels"],
                os.getpid(),
            )
        row = self.rows[index].item()
        return torch.from_numpy(self.pictures[row : row + 1]), torch.tensor(
            self.labels[row], dtype=torch.int64
        )


@wrong(
    "ScanShelf",
    say="Sample i is row rows[i] of the file; you took row i. Then all three piles are the same sheets.",
)
class ScanShelf(Dataset):
    def __init__(self, path, rows):
        self.path, self.rows = path, rows
        self.process = None

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        if self.process != os.getpid():
            self.process = os.getpid()
            self.file = Guarded(self.path)
        picture = torch.from_numpy(self.file["pictures"][index]).unsqueeze(0)
        return picture, torch.tensor(int(self.file["labels"][index]))


@wrong(
    "ScanShelf",
    say="The channel dimension is missing: unsqueeze(0) makes (1, height, width) of a picture.",
)
class ScanShelf(Dataset):
    def __init__(self, path, rows):
        self.path, self.rows = path, rows
        self.process = None

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        if self.process != os.getpid():
            self.process = os.getpid()
            self.file = Guarded(self.path)
        row = int(self.rows[index])
        return torch.from_numpy(self.file["pictures"][row]), torch.tensor(
            int(self.file["labels"][row])
        )


@wrong(
    "ScanShelf",
    say="The file is opened in __init__, by your program; helpers would inherit it. Open it when the first sample is asked for.",
)
class ScanShelf(Dataset):
    def __init__(self, path, rows):
        self.rows = rows
        self.file = Guarded(path)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = int(self.rows[index])
        picture = torch.from_numpy(self.file["pictures"][row]).unsqueeze(0)
        return picture, torch.tensor(int(self.file["labels"][row]))


@wrong(
    "ScanShelf",
    say="Your program had looked at a sample, so the file was not None, and the helper read a file that it had not opened. Remember which process opened it: os.getpid().",
)
class ScanShelf(Dataset):
    def __init__(self, path, rows):
        self.path, self.rows = path, rows
        self.file = None

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        if self.file is None:
            self.file = Guarded(self.path)
        row = int(self.rows[index])
        picture = torch.from_numpy(self.file["pictures"][row]).unsqueeze(0)
        return picture, torch.tensor(int(self.file["labels"][row]))


@wrong(
    "ScanShelf",
    say="The file is opened anew for every sample. That works, and is slow: open it once in each process, and keep it.",
)
class ScanShelf(Dataset):
    def __init__(self, path, rows):
        self.path, self.rows = path, rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = int(self.rows[index])
        with Guarded(self.path) as file:
            picture = torch.from_numpy(file["pictures"][row]).unsqueeze(0)
            return picture, torch.tensor(int(file["labels"][row]))


@wrong(
    "ScanShelf",
    say="The whole file was read in __init__. This shelf is to be lazy: read the rows that are asked for, when they are asked for.",
)
class ScanShelf(Dataset):
    def __init__(self, path, rows):
        with Guarded(path) as file:
            self.pictures = torch.from_numpy(file["pictures"][:])[rows].unsqueeze(1)
            self.labels = torch.from_numpy(file["labels"][:])[rows]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.pictures[index], self.labels[index]


@wrong("ScanShelf", say="The file was opened with h5py.File: that works, until a helper reads what it has not opened. Open it with Guarded(path).")
class ScanShelf(Dataset):
    def __init__(self, path, rows):
        self.path, self.rows = path, rows
        self.file = None

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        if self.file is None:
            self.file = h5py.File(self.path, "r")
        row = int(self.rows[index])
        picture = torch.from_numpy(self.file["pictures"][row]).unsqueeze(0)
        return picture, torch.tensor(int(self.file["labels"][row]))


# -------------------------------------------------------------- 13.5 yardstick


@right(
    "yardstick",
    way="two passes over the loader: first the mean, then the squared distances from it. It loses fewer digits, and reads everything twice.",
)
def yardstick(loader):
    count = sum(x.numel() for x, _ in loader)
    mean = sum(x.double().sum().item() for x, _ in loader) / count
    squares = sum(((x.double() - mean) ** 2).sum().item() for x, _ in loader)
    return mean, (squares / count) ** 0.5


@right("yardstick")
def yardstick(loader):
    count, mean, apart = 0, 0.0, 0.0
    for x, _ in loader:
        n, m = x.numel(), x.double().mean().item()
        apart += x.double().var(correction=0).item() * n + (m - mean) ** 2 * n * count / (
            n + count
        )
        mean += (m - mean) * n / (n + count)
        count += n
    return mean, math.sqrt(apart / count)


@wrong(
    "yardstick",
    say="The mean of the trays' means is not the mean of all pixels: the small last tray counts as much as a full one. Keep sums and a count.",
)
def yardstick(loader):
    means = [x.mean().item() for x, _ in loader]
    squares = [(x**2).mean().item() for x, _ in loader]
    mean = sum(means) / len(means)
    return mean, math.sqrt(sum(squares) / len(squares) - mean**2)


@wrong(
    "yardstick",
    say="The mean of the trays' spreads is not the spread of all pixels: trays may differ from each other too.",
)
def yardstick(loader):
    count = total = 0
    spreads = []
    for x, _ in loader:
        count += x.numel()
        total += x.sum().item()
        spreads.append(x.std(correction=0).item())
    return total / count, sum(spreads) / len(spreads)


@wrong(
    "yardstick",
    say="This is the spread with one less in the divisor, torch's default. The plain one was asked for: divide by the count.",
)
def yardstick(loader):
    everything = torch.cat([x.flatten() for x, _ in loader])
    return everything.mean().item(), everything.std().item()


@wrong("yardstick", say="This is the squared spread, the variance. Take its root.")
def yardstick(loader):
    everything = torch.cat([x.flatten() for x, _ in loader])
    return everything.mean().item(), everything.var(correction=0).item()


@wrong("yardstick", say="You returned tensors; two floats were asked for: .item().")
def yardstick(loader):
    everything = torch.cat([x.flatten() for x, _ in loader])
    return everything.mean(), everything.std(correction=0)


@wrong(
    "yardstick",
    say="You divided by the number of sheets. Each sheet has many pixels: count x.numel().",
)
def yardstick(loader):
    count, total, squares = 0, 0.0, 0.0
    for x, _ in loader:
        count += len(x)
        total += x.sum().item()
        squares += (x**2).sum().item()
    mean = total / count
    return mean, math.sqrt(max(0.0, squares / count - mean**2))


# -------------------------------------------------------------- 13.6 digit_net


@right(
    "DigitNet",
    way="self.apply(begin) visits every layer, and begin(layer) decides by isinstance how it starts: it also works for a network of a hundred layers.",
)
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        for name, value in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor(float(value)))
        self.conv1 = nn.Conv2d(1, 16, kernel_size=3, padding="same")
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding="same")
        self.head = nn.Linear(32 * 2 * 2, 10)
        self.steps = (
            self.conv1,
            nn.ReLU(),
            nn.MaxPool2d(2),
            self.conv2,
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.apply(self.begin)

    @staticmethod
    def begin(layer):
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        elif isinstance(layer, nn.Linear):
            nn.init.zeros_(layer.weight)
        if getattr(layer, "bias", None) is not None:
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        x = x.sub(self.mean).div(self.std)
        for step in self.steps:
            x = step(x)
        return self.head(F.dropout(x, 0.2, training=self.training))


@right("DigitNet")
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.conv1 = nn.Conv2d(1, 16, (3, 3), padding=(1, 1))
        self.conv2 = nn.Conv2d(16, 32, (3, 3), padding=(1, 1))
        self.drop = nn.Dropout(p=0.2)
        self.head = nn.Linear(128, 10)
        with torch.no_grad():
            self.conv1.weight.normal_(0, math.sqrt(2 / 9))
            self.conv2.weight.normal_(0, math.sqrt(2 / 144))
            for p in (self.conv1.bias, self.conv2.bias, self.head.weight, self.head.bias):
                p.zero_()

    def forward(self, x):
        h = (x - self.mean) / self.std
        h = F.max_pool2d(self.conv1(h), 2).clamp(min=0)
        h = F.max_pool2d(self.conv2(h), 2).clamp(min=0)
        return self.head(self.drop(h).view(len(x), -1))


@wrong(
    "DigitNet",
    say="mean and std are plain attributes: they are not in the state_dict, and whoever loads your network measures with another yardstick. Use register_buffer.",
)
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.mean, self.std = mean, std
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(128, 10)
        for layer in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.head(self.dropout(x.flatten(1)))


@wrong(
    "DigitNet",
    say="The ReLUs are missing: two linear layers in a row are no more than one.",
)
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(128, 10)
        for layer in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2)
        return self.head(self.dropout(x.flatten(1)))


@wrong(
    "DigitNet",
    say="The yardstick lies in the network and is not used: begin forward with (x - self.mean) / self.std.",
)
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(128, 10)
        for layer in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.head(self.dropout(x.flatten(1)))


@wrong(
    "DigitNet",
    say="There is a ReLU behind the head: no score can be below 0, and where it cuts, no gradient comes back. The head's answer goes out as it is.",
)
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(128, 10)
        for layer in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return F.relu(self.head(self.dropout(x.flatten(1))))


@wrong(
    "DigitNet",
    say="There is a softmax in forward. The loss makes its own: a network returns scores.",
)
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(128, 10)
        for layer in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.head(self.dropout(x.flatten(1))).softmax(dim=1)


@wrong(
    "DigitNet",
    say="There is no dropout: in training mode the same sheet gave the same scores eight times.",
)
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.head = nn.Linear(128, 10)
        for layer in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.head(x.flatten(1))


@wrong(
    "DigitNet",
    say="torch's own biases are still there, small random numbers. nn.init.zeros_ them, in all three layers.",
)
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(128, 10)
        for layer in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(self.head.weight)

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.head(self.dropout(x.flatten(1)))


@wrong(
    "DigitNet",
    say="The convolutions begin at 0 as well. Then nothing comes to the head, and nothing goes back: no weight will ever move. Only the head may begin at 0.",
)
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(128, 10)
        for parameter in self.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.head(self.dropout(x.flatten(1)))


@wrong("DigitNet", say="Without padding=1 each convolution eats the border, and after the second there is nothing left to pool.")
class DigitNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.conv1 = nn.Conv2d(1, 16, 3)
        self.conv2 = nn.Conv2d(16, 32, 3)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.head(self.dropout(x.flatten(1)))


# -------------------------------------------------------------- 13.7 fair_loss


@right(
    "fair_loss",
    way="two costs without a target: of the right class, and of all classes on average; mix them with 1 - smoothing and smoothing.",
)
def fair_loss(scores, labels, weights, smoothing):
    logs = F.log_softmax(scores, 1)
    right = -logs[torch.arange(len(labels)), labels]
    everywhere = -logs.mean(dim=1)
    costs = (1 - smoothing) * right + smoothing * everywhere
    return (weights[labels] * costs).sum() / weights[labels].sum()


@right("fair_loss")
def fair_loss(scores, labels, weights, smoothing):
    costs = F.cross_entropy(scores, labels, label_smoothing=smoothing, reduction="none")
    share = weights[labels] / weights[labels].sum()
    return share @ costs


@wrong(
    "fair_loss",
    say="The costs are divided by the number of samples, not by the sum of their weights: a tray with many rare digits would then take larger steps than others.",
)
def fair_loss(scores, labels, weights, smoothing):
    classes = scores.shape[1]
    target = torch.full_like(scores, smoothing / classes)
    target.scatter_(1, labels[:, None], 1 - smoothing + smoothing / classes)
    costs = -(target * scores.log_softmax(dim=1)).sum(dim=1)
    return (weights[labels] * costs).mean()


@wrong(
    "fair_loss",
    say="The target's row does not sum to 1: at the label stands 1 - smoothing, and its part of what is spread evenly is missing.",
)
def fair_loss(scores, labels, weights, smoothing):
    classes = scores.shape[1]
    target = torch.full_like(scores, smoothing / classes)
    target.scatter_(1, labels[:, None], 1 - smoothing)
    costs = -(target * scores.log_softmax(dim=1)).sum(dim=1)
    say = weights[labels]
    return (say * costs).sum() / say.sum()


@wrong(
    "fair_loss",
    say="You spread the smoothing over the other classes only. Here it is spread over all classes, the right one too: smoothing / classes.",
)
def fair_loss(scores, labels, weights, smoothing):
    classes = scores.shape[1]
    target = torch.full_like(scores, smoothing / (classes - 1))
    target.scatter_(1, labels[:, None], 1 - smoothing)
    costs = -(target * scores.log_softmax(dim=1)).sum(dim=1)
    say = weights[labels]
    return (say * costs).sum() / say.sum()


@wrong("fair_loss", say="The weights are not used: every class counts the same.")
def fair_loss(scores, labels, weights, smoothing):
    return F.cross_entropy(scores, labels, label_smoothing=smoothing)


@wrong(
    "fair_loss",
    say="You scattered along dim 0: the label chose the row. It should choose the column, dim 1.",
)
def fair_loss(scores, labels, weights, smoothing):
    classes = scores.shape[1]
    target = torch.full_like(scores, smoothing / classes)
    index = (labels % len(scores))[None, :]
    target.scatter_(0, index, 1 - smoothing + smoothing / classes)
    costs = -(target * scores.log_softmax(dim=1)).sum(dim=1)
    say = weights[labels]
    return (say * costs).sum() / say.sum()


@wrong(
    "fair_loss",
    say="This is torch's own smoothing with weights: it also weighs the doubt, class by class. Here only the label's weight counts.",
)
def fair_loss(scores, labels, weights, smoothing):
    return F.cross_entropy(scores, labels, weight=weights, label_smoothing=smoothing)


@wrong(
    "fair_loss",
    say="The sign is missing: the log of a chance is negative, and a cost is minus that.",
)
def fair_loss(scores, labels, weights, smoothing):
    classes = scores.shape[1]
    target = torch.full_like(scores, smoothing / classes)
    target.scatter_(1, labels[:, None], 1 - smoothing + smoothing / classes)
    costs = (target * scores.log_softmax(dim=1)).sum(dim=1)
    say = weights[labels]
    return (say * costs).sum() / say.sum()


# ------------------------------------------------------------- 13.8 train_round


@right(
    "train_round",
    way="collect loss.item() and len(y) in two lists, and take their weighted mean at the end with a zip.",
)
def train_round(model, loader, loss_of, optimizer, device):
    model.train()
    losses, sizes = [], []
    for x, y in loader:
        optimizer.zero_grad(set_to_none=True)
        y = y.to(device)
        loss = loss_of(model(x.to(device)), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        sizes.append(y.shape[0])
    return sum(l * n for l, n in zip(losses, sizes, strict=True)) / sum(sizes)


@right("train_round")
def train_round(model, loader, loss_of, optimizer, device):
    model.train()
    total, count = torch.zeros((), device=device, dtype=torch.float32), 0
    for x, y in loader:
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.grad = None
        loss = loss_of(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(x)
        count += len(x)
    return (total / count).item()


@wrong(
    "train_round",
    say="The gradients were never cleared: from the second tray on, old slopes push along. optimizer.zero_grad() is missing.",
)
def train_round(model, loader, loss_of, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


@wrong(
    "train_round",
    say="This is the mean of the trays' means: the small tray counts as much as the large one. Weigh each with its number of samples.",
)
def train_round(model, loader, loss_of, optimizer, device):
    model.train()
    losses = []
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@wrong(
    "train_round",
    say="Nobody called model.train(): after a look at the validation pile, dropout would stay switched off.",
)
def train_round(model, loader, loss_of, optimizer, device):
    total, count = 0.0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


@wrong(
    "train_round",
    say="optimizer.step() is missing: gradients were calculated, and no weight has moved.",
)
def train_round(model, loader, loss_of, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


@wrong(
    "train_round",
    say="You returned a tensor that still holds the graphs of all trays: .item() takes the number out.",
)
def train_round(model, loader, loss_of, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total = total + loss * len(y)
        count += len(y)
    return total / count


@wrong(
    "train_round", say="The return stands inside the loop: it ends after the first tray."
)
def train_round(model, loader, loss_of, optimizer, device):
    model.train()
    total, count = 0.0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
        return total / count


@wrong(
    "train_round", say="This is the loss of the last tray only. Add up over all of them."
)
def train_round(model, loader, loss_of, optimizer, device):
    model.train()
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


# ------------------------------------------------------------- 13.9 all_answers


@right(
    "all_answers",
    way="torch.inference_mode() as a decorator of the whole function, and one softmax at the end, over all scores together.",
)
def all_answers(model, loader, device):
    before = model.training
    model.eval()
    with torch.inference_mode():
        pairs = [(model(x.to(device)).cpu(), y) for x, y in loader]
    model.train(before)
    scores, labels = zip(*pairs, strict=True)
    return torch.cat(scores).softmax(1).clone(), torch.cat(labels)


@right("all_answers")
@torch.no_grad()
def all_answers(model, loader, device):
    mode = model.training
    try:
        model.train(False)
        chances = torch.cat(
            [F.softmax(model(x.to(device)), dim=-1).to("cpu") for x, _ in loader]
        )
        labels = torch.cat([y.to("cpu") for _, y in loader])
    finally:
        model.train(mode)
    return chances, labels


@wrong(
    "all_answers",
    say="The network was asked in training mode: dropout threw its dice. model.eval() first.",
)
def all_answers(model, loader, device):
    chances, labels = [], []
    with torch.no_grad():
        for x, y in loader:
            chances.append(model.train()(x.to(device)).softmax(dim=1).cpu())
            labels.append(y.cpu())
    return torch.cat(chances), torch.cat(labels)


@wrong(
    "all_answers",
    say="The model came in training mode and went in eval mode: the rounds after this look would train without dropout. Put its mode back.",
)
def all_answers(model, loader, device):
    model.eval()
    chances, labels = [], []
    with torch.no_grad():
        for x, y in loader:
            chances.append(model(x.to(device)).softmax(dim=1).cpu())
            labels.append(y.cpu())
    return torch.cat(chances), torch.cat(labels)


@wrong(
    "all_answers",
    say="The model came in eval mode and went in training mode: model.train() switches it on in any case. model.train(was_training) puts back what was.",
)
def all_answers(model, loader, device):
    model.eval()
    chances, labels = [], []
    with torch.no_grad():
        for x, y in loader:
            chances.append(model(x.to(device)).softmax(dim=1).cpu())
            labels.append(y.cpu())
    model.train()
    return torch.cat(chances), torch.cat(labels)


@wrong(
    "all_answers",
    say="eval() does not stop recording: the answers carry a graph, with the memory of every tray. Use torch.no_grad() as well.",
)
def all_answers(model, loader, device):
    was_training = model.training
    model.eval()
    chances, labels = [], []
    for x, y in loader:
        chances.append(model(x.to(device)).softmax(dim=1).cpu())
        labels.append(y.cpu())
    model.train(was_training)
    return torch.cat(chances), torch.cat(labels)


@wrong(
    "all_answers",
    say="These are scores. Probabilities were asked for: softmax over the classes, dim 1.",
)
def all_answers(model, loader, device):
    was_training = model.training
    model.eval()
    scores, labels = [], []
    with torch.no_grad():
        for x, y in loader:
            scores.append(model(x.to(device)).cpu())
            labels.append(y.cpu())
    model.train(was_training)
    return torch.cat(scores), torch.cat(labels)


@wrong(
    "all_answers",
    say="The softmax runs over the samples (dim 0). The chances of one sample lie along dim 1.",
)
def all_answers(model, loader, device):
    was_training = model.training
    model.eval()
    chances, labels = [], []
    with torch.no_grad():
        for x, y in loader:
            chances.append(model(x.to(device)).softmax(dim=0).cpu())
            labels.append(y.cpu())
    model.train(was_training)
    return torch.cat(chances), torch.cat(labels)


@wrong(
    "all_answers",
    say="Only the last tray came back. Collect all of them in lists, and join them with torch.cat.",
)
def all_answers(model, loader, device):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            chances, labels = model(x.to(device)).softmax(dim=1).cpu(), y.cpu()
    model.train(was_training)
    return chances, labels


# --------------------------------------------------------------- 13.10 patience


@right(
    "Patience",
    way="keep all losses in a list: the place of the smallest tells how long ago the best round was. The list is the state.",
)
class Patience:
    def __init__(self, most):
        self.most, self.losses = most, []

    @property
    def stop(self):
        real = [math.inf if math.isnan(loss) else loss for loss in self.losses]
        if not real or min(real) == math.inf:
            return len(real) >= self.most
        return len(real) - 1 - real.index(min(real)) >= self.most

    def step(self, loss):
        better = not math.isnan(loss) and all(not loss >= old for old in self.losses)
        self.losses.append(loss)
        return better

    def state_dict(self):
        return {"losses": self.losses}

    def load_state_dict(self, state):
        self.losses = list(state["losses"])


@right("Patience")
class Patience:
    def __init__(self, most):
        self.most = most
        self.best = None
        self.left = most
        self.stop = False

    def step(self, loss):
        better = not math.isnan(loss) and (self.best is None or loss < self.best)
        if better:
            self.best = loss
            self.left = self.most
        else:
            self.left -= 1
        self.stop = self.left <= 0
        return better

    def state_dict(self):
        return dict(vars(self))

    def load_state_dict(self, state):
        vars(self).update(state)


@wrong(
    "Patience",
    say="You compared with the round before, not with the best one: a loss that goes up and down would never stop.",
)
class Patience:
    def __init__(self, most):
        self.most = most
        self.last, self.waited = float("inf"), 0

    @property
    def stop(self):
        return self.waited >= self.most

    def step(self, loss):
        better = loss < self.last
        self.last = loss
        self.waited = 0 if better else self.waited + 1
        return better

    def state_dict(self):
        return {"last": self.last, "waited": self.waited}

    def load_state_dict(self, state):
        self.last, self.waited = state["last"], state["waited"]


@wrong(
    "Patience",
    say="The waiting is never set back to 0: bad rounds in a row were meant, not bad rounds in all.",
)
class Patience:
    def __init__(self, most):
        self.most = most
        self.best, self.waited = float("inf"), 0

    @property
    def stop(self):
        return self.waited >= self.most

    def step(self, loss):
        better = loss < self.best
        if better:
            self.best = loss
        else:
            self.waited += 1
        return better

    def state_dict(self):
        return {"best": self.best, "waited": self.waited}

    def load_state_dict(self, state):
        self.best, self.waited = state["best"], state["waited"]


@wrong(
    "Patience",
    say="An equal loss is not lower: a network that has stopped moving would never be stopped. Compare with <.",
)
class Patience:
    def __init__(self, most):
        self.most = most
        self.best, self.waited = float("inf"), 0

    @property
    def stop(self):
        return self.waited >= self.most

    def step(self, loss):
        better = loss <= self.best
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        return better

    def state_dict(self):
        return {"best": self.best, "waited": self.waited}

    def load_state_dict(self, state):
        self.best, self.waited = state["best"], state["waited"]


@wrong(
    "Patience",
    say="One round too late: `most` rounds that were no better are enough, so compare with >=.",
)
class Patience:
    def __init__(self, most):
        self.most = most
        self.best, self.waited = float("inf"), 0

    @property
    def stop(self):
        return self.waited > self.most

    def step(self, loss):
        better = loss < self.best
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        return better

    def state_dict(self):
        return {"best": self.best, "waited": self.waited}

    def load_state_dict(self, state):
        self.best, self.waited = state["best"], state["waited"]


@wrong(
    "Patience",
    say="nan counted as an improvement: `loss >= best` is False for nan, and so your else came to it. Ask `loss < best`.",
)
class Patience:
    def __init__(self, most):
        self.most = most
        self.best, self.waited = float("inf"), 0

    @property
    def stop(self):
        return self.waited >= self.most

    def step(self, loss):
        if loss >= self.best:
            self.waited += 1
            return False
        self.best, self.waited = loss, 0
        return True

    def state_dict(self):
        return {"best": self.best, "waited": self.waited}

    def load_state_dict(self, state):
        self.best, self.waited = state["best"], state["waited"]


@wrong(
    "Patience",
    say="A patience that was at its end does not remember it: stop is False again after loading. It belongs into the state, or has to be worked out anew.",
)
class Patience:
    def __init__(self, most):
        self.most = most
        self.stop = False
        self.best, self.waited = float("inf"), 0

    def step(self, loss):
        better = loss < self.best
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        self.stop = self.waited >= self.most
        return better

    def state_dict(self):
        return {"best": self.best, "waited": self.waited}

    def load_state_dict(self, state):
        self.best, self.waited = state["best"], state["waited"]


@wrong(
    "Patience",
    say="The state knows the best loss, but not how long it has been waiting: after a break the waiting begins anew.",
)
class Patience:
    def __init__(self, most):
        self.most = most
        self.best, self.waited = float("inf"), 0

    @property
    def stop(self):
        return self.waited >= self.most

    def step(self, loss):
        better = loss < self.best
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        return better

    def state_dict(self):
        return {"best": self.best}

    def load_state_dict(self, state):
        self.best = state["best"]


@wrong(
    "Patience",
    say="The state knows the waiting, but not the best loss: after a break any loss seems to be an improvement.",
)
class Patience:
    def __init__(self, most):
        self.most = most
        self.best, self.waited = float("inf"), 0

    @property
    def stop(self):
        return self.waited >= self.most

    def step(self, loss):
        better = loss < self.best
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        return better

    def state_dict(self):
        return {"waited": self.waited}

    def load_state_dict(self, state):
        self.waited = state["waited"]


@wrong("Patience", say="The best loss begins at 0, and no loss is ever below that. Begin with infinity: float(\"inf\").")
class Patience:
    def __init__(self, most):
        self.most = most
        self.stop = False
        self.best, self.waited = 0.0, 0

    def step(self, loss):
        better = loss < self.best
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        self.stop = self.waited >= self.most
        return better

    def state_dict(self):
        return dict(vars(self))

    def load_state_dict(self, state):
        vars(self).update(state)


# --------------------------------------------------------------- 13.11 save_run


@right(
    "save_run",
    way="one dict that is written and read in two loops: over the parts that have a state_dict, and over the plain values.",
)
def _():
    def save_run(run, path):
        kit = {
            "plain": (run.epoch, list(run.history), run.best),
            "rng": [torch.get_rng_state(), run.dice.get_state()],
        }
        kit["states"] = [
            part.state_dict()
            for part in (run.model, run.optimizer, run.scheduler, run.patience)
        ]
        new = path.with_name(path.name + ".new")
        torch.save(kit, new)
        new.replace(path)

    def load_run(run, path):
        kit = torch.load(path, weights_only=True)
        parts = (run.model, run.optimizer, run.scheduler, run.patience)
        for part, state in zip(parts, kit["states"], strict=True):
            part.load_state_dict(state)
        run.epoch, run.history, run.best = kit["plain"]
        torch.set_rng_state(kit["rng"][0])
        run.dice.set_state(kit["rng"][1])


@right("save_run")
def _():
    def save_run(run, path):
        everything = dict(
            model=run.model.state_dict(),
            optimizer=run.optimizer.state_dict(),
            scheduler=run.scheduler.state_dict(),
            patience=run.patience.state_dict(),
            dice=run.dice.get_state(),
            program=torch.random.get_rng_state(),
            epoch=run.epoch,
            history=run.history,
            best=run.best,
        )
        torch.save(everything, str(path) + "~")
        os.replace(str(path) + "~", str(path))

    def load_run(run, path):
        saved = torch.load(path, weights_only=True, map_location="cpu")
        run.model.load_state_dict(saved["model"])
        run.optimizer.load_state_dict(saved["optimizer"])
        run.scheduler.load_state_dict(saved["scheduler"])
        run.patience.load_state_dict(saved["patience"])
        run.dice.set_state(saved["dice"])
        run.epoch = saved["epoch"]
        run.history = saved["history"]
        run.best = saved["best"]
        torch.random.set_rng_state(saved["program"])


@wrong(
    "save_run",
    say="The optimizer's memory was left behind: AdamW's running averages began at 0 again.",
)
def _():
    def save_run(run, path):
        kit = {n: getattr(run, n).state_dict() for n in ("model", "scheduler", "patience")}
        kit |= {n: getattr(run, n) for n in ("epoch", "history", "best")}
        kit |= {"dice": run.dice.get_state(), "program": torch.get_rng_state()}
        torch.save(kit, f"{path}.part")
        os.replace(f"{path}.part", path)

    def load_run(run, path):
        kit = torch.load(path, weights_only=True)
        for n in ("model", "scheduler", "patience"):
            getattr(run, n).load_state_dict(kit[n])
        for n in ("epoch", "history", "best"):
            setattr(run, n, kit[n])
        run.dice.set_state(kit["dice"])
        torch.set_rng_state(kit["program"])


@wrong(
    "save_run",
    say="The program's dice were left behind: dropout threw others after the break. torch.get_rng_state() and torch.set_rng_state.",
)
def _():
    def save_run(run, path):
        kit = {
            n: getattr(run, n).state_dict()
            for n in ("model", "optimizer", "scheduler", "patience")
        }
        kit |= {n: getattr(run, n) for n in ("epoch", "history", "best")}
        kit |= {"dice": run.dice.get_state()}
        torch.save(kit, f"{path}.part")
        os.replace(f"{path}.part", path)

    def load_run(run, path):
        kit = torch.load(path, weights_only=True)
        for n in ("model", "optimizer", "scheduler", "patience"):
            getattr(run, n).load_state_dict(kit[n])
        for n in ("epoch", "history", "best"):
            setattr(run, n, kit[n])
        run.dice.set_state(kit["dice"])


@wrong(
    "save_run",
    say="The loader's dice were left behind: the sheets came in another order after the break. run.dice.get_state() and set_state.",
)
def _():
    def save_run(run, path):
        kit = {
            n: getattr(run, n).state_dict()
            for n in ("model", "optimizer", "scheduler", "patience")
        }
        kit |= {n: getattr(run, n) for n in ("epoch", "history", "best")}
        kit |= {"program": torch.get_rng_state()}
        torch.save(kit, f"{path}.part")
        os.replace(f"{path}.part", path)

    def load_run(run, path):
        kit = torch.load(path, weights_only=True)
        for n in ("model", "optimizer", "scheduler", "patience"):
            getattr(run, n).load_state_dict(kit[n])
        for n in ("epoch", "history", "best"):
            setattr(run, n, kit[n])
        torch.set_rng_state(kit["program"])


@wrong("save_run", say="The scheduler was left behind: it would begin its plan anew.")
def _():
    def save_run(run, path):
        kit = {n: getattr(run, n).state_dict() for n in ("model", "optimizer", "patience")}
        kit |= {n: getattr(run, n) for n in ("epoch", "history", "best")}
        kit |= {"dice": run.dice.get_state(), "program": torch.get_rng_state()}
        torch.save(kit, f"{path}.part")
        os.replace(f"{path}.part", path)

    def load_run(run, path):
        kit = torch.load(path, weights_only=True)
        for n in ("model", "optimizer", "patience"):
            getattr(run, n).load_state_dict(kit[n])
        for n in ("epoch", "history", "best"):
            setattr(run, n, kit[n])
        run.dice.set_state(kit["dice"])
        torch.set_rng_state(kit["program"])


@wrong(
    "save_run",
    say="The file is overwritten while it is written: when the power fails in that moment, no whole file is left. Write beside it, then os.replace.",
)
def _():
    def save_run(run, path):
        kit = {
            n: getattr(run, n).state_dict()
            for n in ("model", "optimizer", "scheduler", "patience")
        }
        kit |= {n: getattr(run, n) for n in ("epoch", "history", "best")}
        kit |= {"dice": run.dice.get_state(), "program": torch.get_rng_state()}
        torch.save(kit, path)

    def load_run(run, path):
        kit = torch.load(path, weights_only=True)
        for n in ("model", "optimizer", "scheduler", "patience"):
            getattr(run, n).load_state_dict(kit[n])
        for n in ("epoch", "history", "best"):
            setattr(run, n, kit[n])
        run.dice.set_state(kit["dice"])
        torch.set_rng_state(kit["program"])


@wrong(
    "save_run",
    say="The best network was left behind: after a break there may be none, though one had been found.",
)
def _():
    def save_run(run, path):
        kit = {
            n: getattr(run, n).state_dict()
            for n in ("model", "optimizer", "scheduler", "patience")
        }
        kit |= {n: getattr(run, n) for n in ("epoch", "history")}
        kit |= {"dice": run.dice.get_state(), "program": torch.get_rng_state()}
        torch.save(kit, f"{path}.part")
        os.replace(f"{path}.part", path)

    def load_run(run, path):
        kit = torch.load(path, weights_only=True)
        for n in ("model", "optimizer", "scheduler", "patience"):
            getattr(run, n).load_state_dict(kit[n])
        for n in ("epoch", "history"):
            setattr(run, n, kit[n])
        run.dice.set_state(kit["dice"])
        torch.set_rng_state(kit["program"])


@wrong(
    "save_run",
    say="Whole objects went into the file, and weights_only=True refuses them. Save what state_dict() gives, and build the objects anew.",
)
def _():
    def save_run(run, path):
        kit = {
            n: getattr(run, n)
            for n in (
                "model",
                "optimizer",
                "scheduler",
                "patience",
                "epoch",
                "history",
                "best",
            )
        }
        torch.save(kit, f"{path}.part")
        os.replace(f"{path}.part", path)

    def load_run(run, path):
        kit = torch.load(path, weights_only=True)
        for n, thing in kit.items():
            setattr(run, n, thing)


# --------------------------------------------------------------- 13.12 carry_on


@right(
    "carry_on",
    way="for _ in range(run.epoch, epochs), with a break at its head when patience is at its end: the loop begins where the file stands.",
)
def carry_on(run, path, epochs, parts):
    if os.path.exists(path):
        parts.load(run, path)
    for finished in range(run.epoch, epochs):
        if run.patience.stop:
            break
        parts.train(run)
        loss = parts.validate(run)
        run.scheduler.step()
        run.history.append(loss)
        run.epoch = finished + 1
        if run.patience.step(loss):
            run.best = {
                name: values.clone() for name, values in run.model.state_dict().items()
            }
        parts.save(run, path)
    return run


@right("carry_on")
def carry_on(run, path, epochs, parts):
    parts.load(run, path) if path.is_file() else None
    while True:
        if run.patience.stop or run.epoch >= epochs:
            return run
        parts.train(run)
        run.history += [parts.validate(run)]
        run.scheduler.step()
        run.epoch += 1
        better = run.patience.step(run.history[-1])
        run.best = copy.deepcopy(run.model.state_dict()) if better else run.best
        parts.save(run, path)


@wrong(
    "carry_on",
    say="run.best is no copy: state_dict() shares its memory with the network, so the “best” one goes on learning. copy.deepcopy it.",
)
def carry_on(run, path, epochs, parts):
    if path.exists():
        parts.load(run, path)
    while run.epoch < epochs and not run.patience.stop:
        parts.train(run)
        loss = parts.validate(run)
        run.scheduler.step()
        if run.patience.step(loss):
            run.best = run.model.state_dict()
        run.history.append(loss)
        run.epoch += 1
        parts.save(run, path)
    return run


@wrong(
    "carry_on",
    say="range(epochs) counts from 0 again after the break: the rounds of before are done a second time. Count with run.epoch.",
)
def carry_on(run, path, epochs, parts):
    if path.exists():
        parts.load(run, path)
    for _ in range(epochs):
        if run.patience.stop:
            break
        parts.train(run)
        loss = parts.validate(run)
        run.scheduler.step()
        if run.patience.step(loss):
            run.best = copy.deepcopy(run.model.state_dict())
        run.history.append(loss)
        run.epoch += 1
        parts.save(run, path)
    return run


@wrong(
    "carry_on",
    say="The file is written before the round is counted: after a kill, a finished round would be done again. Count first, then save.",
)
def carry_on(run, path, epochs, parts):
    if path.exists():
        parts.load(run, path)
    while run.epoch < epochs and not run.patience.stop:
        parts.train(run)
        loss = parts.validate(run)
        run.scheduler.step()
        if run.patience.step(loss):
            run.best = copy.deepcopy(run.model.state_dict())
        run.history.append(loss)
        parts.save(run, path)
        run.epoch += 1
    return run


@wrong(
    "carry_on",
    say="Nobody asks patience whether to stop: all rounds were done, whatever the validation pile said.",
)
def carry_on(run, path, epochs, parts):
    if path.exists():
        parts.load(run, path)
    while run.epoch < epochs:
        parts.train(run)
        loss = parts.validate(run)
        run.scheduler.step()
        if run.patience.step(loss):
            run.best = copy.deepcopy(run.model.state_dict())
        run.history.append(loss)
        run.epoch += 1
        parts.save(run, path)
    return run


@wrong(
    "carry_on",
    say="Patience is asked at the end of a round only: a saved run whose patience was at its end trains one round more after every start.",
)
def carry_on(run, path, epochs, parts):
    if path.exists():
        parts.load(run, path)
    while run.epoch < epochs:
        parts.train(run)
        loss = parts.validate(run)
        run.scheduler.step()
        if run.patience.step(loss):
            run.best = copy.deepcopy(run.model.state_dict())
        run.history.append(loss)
        run.epoch += 1
        parts.save(run, path)
        if run.patience.stop:
            break
    return run


@wrong("carry_on", say="The file is never loaded: every start begins from nothing.")
def carry_on(run, path, epochs, parts):
    while run.epoch < epochs and not run.patience.stop:
        parts.train(run)
        loss = parts.validate(run)
        run.scheduler.step()
        if run.patience.step(loss):
            run.best = copy.deepcopy(run.model.state_dict())
        run.history.append(loss)
        run.epoch += 1
        parts.save(run, path)
    return run


@wrong(
    "carry_on",
    say="Only the good rounds are saved. After a kill, the rounds since the best one are lost, and with them how long patience has waited.",
)
def carry_on(run, path, epochs, parts):
    if path.exists():
        parts.load(run, path)
    while run.epoch < epochs and not run.patience.stop:
        parts.train(run)
        loss = parts.validate(run)
        run.scheduler.step()
        run.history.append(loss)
        run.epoch += 1
        if run.patience.step(loss):
            run.best = copy.deepcopy(run.model.state_dict())
            parts.save(run, path)
    return run


@wrong(
    "carry_on",
    say="The scheduler never took a step: the learning rate stays as large as on the first day.",
)
def carry_on(run, path, epochs, parts):
    if path.exists():
        parts.load(run, path)
    while run.epoch < epochs and not run.patience.stop:
        parts.train(run)
        loss = parts.validate(run)
        if run.patience.step(loss):
            run.best = copy.deepcopy(run.model.state_dict())
        run.history.append(loss)
        run.epoch += 1
        parts.save(run, path)
    return run


@wrong("carry_on", say="Nobody counts the finished rounds, so the loop never ends: run.epoch += 1.")
def carry_on(run, path, epochs, parts):
    if path.exists():
        parts.load(run, path)
    while run.epoch < epochs and not run.patience.stop:
        parts.train(run)
        loss = parts.validate(run)
        run.scheduler.step()
        if run.patience.step(loss):
            run.best = copy.deepcopy(run.model.state_dict())
        run.history.append(loss)
        parts.save(run, path)
    return run


@wrong("carry_on", say="parts.load fills the run that you give it, and returns nothing: run = parts.load(…) makes run None.")
def carry_on(run, path, epochs, parts):
    if path.exists():
        run = parts.load(run, path)
    while run.epoch < epochs and not run.patience.stop:
        parts.train(run)
        loss = parts.validate(run)
        run.scheduler.step()
        if run.patience.step(loss):
            run.best = copy.deepcopy(run.model.state_dict())
        run.history.append(loss)
        run.epoch += 1
        parts.save(run, path)
    return run


# ------------------------------------------------------------ 13.13 report_card


@right(
    "report_card",
    way="torch.bincount(truth * classes + answer, minlength=classes * classes), seen as a table: counting is what bincount is for.",
)
def report_card(chances, truth):
    n, classes = chances.shape
    answer = chances.max(dim=1).indices
    table = torch.bincount(truth * classes + answer, minlength=classes**2).reshape(
        classes, classes
    )
    return {
        "right": table.trace().item() / n,
        "confusion": table,
        "recall": table.diag() / table.sum(1),
    }


@right("report_card")
def report_card(chances, truth):
    classes = chances.shape[1]
    t = F.one_hot(truth, classes)
    a = F.one_hot(chances.argmax(1), classes)
    confusion = t.t() @ a
    found = torch.stack([confusion[c, c] / confusion[c].sum() for c in range(classes)])
    return {
        "right": (t * a).sum().item() / len(truth),
        "confusion": confusion,
        "recall": found,
    }


@wrong(
    "report_card",
    say="Rows and columns changed places: the row is the truth, the column the answer.",
)
def report_card(chances, truth):
    classes = chances.shape[1]
    answer = chances.argmax(dim=1)
    confusion = torch.bincount(answer * classes + truth, minlength=classes**2).view(
        classes, classes
    )
    return {
        "right": (answer == truth).float().mean().item(),
        "confusion": confusion,
        "recall": confusion.diagonal() / confusion.sum(dim=0),
    }


@wrong(
    "report_card",
    say="You divided by the sums of the columns. That is the precision: of the answers “3”, how many were a 3. Recall asks of the true 3s, a row.",
)
def report_card(chances, truth):
    classes = chances.shape[1]
    answer = chances.argmax(dim=1)
    confusion = torch.bincount(truth * classes + answer, minlength=classes**2).view(
        classes, classes
    )
    return {
        "right": (answer == truth).float().mean().item(),
        "confusion": confusion,
        "recall": confusion.diagonal() / confusion.sum(dim=0),
    }


@wrong(
    "report_card",
    say="confusion[truth, answer] += 1 counts a place only once, however often it is named. Use scatter_add_, index_put_(…, accumulate=True) or bincount.",
)
def report_card(chances, truth):
    classes = chances.shape[1]
    answer = chances.argmax(dim=1)
    confusion = torch.zeros(classes, classes, dtype=torch.int64)
    confusion[truth, answer] += 1
    return {
        "right": (answer == truth).float().mean().item(),
        "confusion": confusion,
        "recall": confusion.diagonal() / confusion.sum(dim=1),
    }


@wrong(
    "report_card",
    say="A class without samples has recall nan, not 0: nobody knows. 0 would look like a class that is never found.",
)
def report_card(chances, truth):
    classes = chances.shape[1]
    answer = chances.argmax(dim=1)
    confusion = torch.bincount(truth * classes + answer, minlength=classes**2).view(
        classes, classes
    )
    return {
        "right": (answer == truth).float().mean().item(),
        "confusion": confusion,
        "recall": (confusion.diagonal() / confusion.sum(dim=1)).nan_to_num(0.0),
    }


@wrong(
    "report_card",
    say="The table is as large as the largest class that turned up. A class without samples has a row too: minlength.",
)
def report_card(chances, truth):
    answer = chances.argmax(dim=1)
    classes = int(truth.max()) + 1
    confusion = torch.zeros(classes, chances.shape[1], dtype=torch.int64)
    for t, a in zip(truth, answer, strict=True):
        confusion[t, a] += 1
    return {
        "right": (answer == truth).float().mean().item(),
        "confusion": confusion,
        "recall": confusion.diagonal() / confusion.sum(dim=1),
    }


@wrong(
    "report_card",
    say="The mean of the recalls is not the share of right answers: it gives every class the same say, however few samples it has.",
)
def report_card(chances, truth):
    classes = chances.shape[1]
    answer = chances.argmax(dim=1)
    confusion = torch.bincount(truth * classes + answer, minlength=classes**2).view(
        classes, classes
    )
    recall = confusion.diagonal() / confusion.sum(dim=1)
    return {"right": recall.nanmean().item(), "confusion": confusion, "recall": recall}


# ------------------------------------------------------------------------ quiz

quiz(
    "q1",
    right="b",
    because={
        "a": "Labels are not the only thing that can leak. How the test sheets look is news as well.",
        "c": "It is exact, and it is of the wrong pile.",
    },
)
quiz(
    "q2",
    right="b",
    because={
        "a": "Then nearly every person sits in both piles, and the network may know them by their bones.",
        "c": "Whose they are decides, not how many: one person's X-rays would still be torn apart.",
    },
)
quiz(
    "q3",
    right="a",
    because={
        "b": "Each step starts where the step before ended: another order, other weights.",
        "c": "The rate alone does not bring back which sheet came when.",
    },
)
quiz(
    "q4",
    right="c",
    because={
        "a": "That is the share of all. Recall looks at the damaged ones only.",
        "b": "It finds none of them: 0 of 1.",
    },
)
quiz(
    "q5",
    right="b",
    because={
        "a": "The network did not, but you did, and you chose.",
        "c": "Looking does no harm to the network. Choosing by what you saw flatters it.",
    },
)
quiz(
    "q6",
    right="a",
    because={
        "b": "Then the loss would jump about or become nan.",
        "c": "2.303 is log(10): it knows nothing at all.",
    },
)

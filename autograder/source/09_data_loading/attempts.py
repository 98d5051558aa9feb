"""Attempts that test the tests of chapter 09: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import os

import h5py
import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset, IterableDataset, get_worker_info, random_split

from autograder.attempts import quiz, right, wrong

# ---------------------------------------------------------------- 9.1 digits


@right(
    "digits",
    way="convert all pictures once in __init__: quicker at every asking, and four times the memory. Section 3 measures that bargain.",
)
class Digits(Dataset):
    def __init__(self, images, labels):
        super().__init__()
        self.x = images[:, None].float() / 16
        self.y = labels

    def __len__(self):
        return self.x.shape[0]

    def __getitem__(self, index):
        return self.x[index], self.y[index]


@right("digits")
class Digits(Dataset):
    def __init__(self, images, labels):
        self.pairs = list(zip(images, labels.tolist(), strict=True))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        picture, label = self.pairs[index]
        return (picture / 16).reshape(1, 8, 8), label


@wrong(
    "digits",
    say="The channel dimension is missing: one picture should be (1, 8, 8). unsqueeze(0) adds it.",
)
class Digits(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index] / 16, self.labels[index]


@wrong(
    "digits",
    say="These are floats, but still from 0 to 16. Full ink should be 1: divide by 16.",
)
class Digits(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index].float().unsqueeze(0), self.labels[index]


@wrong("digits", say="The pair is the wrong way round: first the picture, then the label.")
class Digits(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.labels[index], self.images[index].unsqueeze(0) / 16


@wrong(
    "digits",
    say="That is the height of a picture. How many pictures there are is the first size: len(self.images).",
)
class Digits(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.images[0])

    def __getitem__(self, index):
        return self.images[index].unsqueeze(0) / 16, self.labels[index]


@wrong(
    "digits",
    say="// throws the fraction away and keeps uint8: every pixel that is not full became 0. Use /.",
)
class Digits(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index].unsqueeze(0) // 16, self.labels[index]


@wrong(
    "digits",
    say="You divided by the fullest pixel of this picture, so a pale picture came out as black as a full one. The scale is 16, always.",
)
class Digits(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        picture = self.images[index]
        return picture.unsqueeze(0) / picture.max().clamp(min=1), self.labels[index]


# --------------------------------------------------------------- 9.2 day_windows


@right(
    "day_windows",
    way="values.unfold(0, days, 1) makes all windows at once as one view, without copying a number.",
)
class Windows(Dataset):
    def __init__(self, values, days):
        n = max(0, len(values) - days)
        self.tomorrow = values[days:]
        self.past = values[:-1].unfold(0, days, 1).transpose(1, 2) if n else []

    def __len__(self):
        return len(self.tomorrow) if len(self.past) else 0

    def __getitem__(self, index):
        return self.past[index], self.tomorrow[index]


@right("day_windows")
class Windows(Dataset):
    def __init__(self, values, days):
        self.samples = [
            (values[end - days : end], values[end]) for end in range(days, len(values))
        ]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


@wrong(
    "day_windows",
    say="There are not as many samples as rows: the last windows have no tomorrow. The length is rows minus days.",
)
class Windows(Dataset):
    def __init__(self, values, days):
        self.values, self.days = values, days

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        end = index + self.days
        return self.values[index:end], self.values[end]


@wrong(
    "day_windows",
    say="So many windows there would be without a tomorrow. Each needs one row more: rows minus days.",
)
class Windows(Dataset):
    def __init__(self, values, days):
        self.values, self.days = values, days

    def __len__(self):
        return max(0, len(self.values) - self.days + 1)

    def __getitem__(self, index):
        end = index + self.days
        return self.values[index:end], self.values[end]


@wrong(
    "day_windows",
    say="One sample is lost at the end. With 5 rows and 2 days the windows start at 0, 1 and 2.",
)
class Windows(Dataset):
    def __init__(self, values, days):
        self.values, self.days = values, days

    def __len__(self):
        return max(0, len(self.values) - self.days - 1)

    def __getitem__(self, index):
        end = index + self.days
        return self.values[index:end], self.values[end]


@wrong(
    "day_windows",
    say="Your tomorrow is the last day of the window itself: a network would only have to copy it. Tomorrow is values[index + days].",
)
class Windows(Dataset):
    def __init__(self, values, days):
        self.values, self.days = values, days

    def __len__(self):
        return max(0, len(self.values) - self.days)

    def __getitem__(self, index):
        end = index + self.days
        return self.values[index:end], self.values[end - 1]


@wrong(
    "day_windows",
    say="Your windows do not overlap: sample i should start at row i, not at row i * days.",
)
class Windows(Dataset):
    def __init__(self, values, days):
        self.values, self.days = values, days

    def __len__(self):
        return max(0, (len(self.values) - 1) // self.days)

    def __getitem__(self, index):
        start = index * self.days
        return self.values[start : start + self.days], self.values[start + self.days]


@wrong(
    "day_windows",
    say="With fewer rows than days your length is negative, and Python refuses that: max(0, …).",
)
class Windows(Dataset):
    def __init__(self, values, days):
        self.values, self.days = values, days

    def __len__(self):
        return len(self.values) - self.days

    def __getitem__(self, index):
        end = index + self.days
        return self.values[index:end], self.values[end]


# ------------------------------------------------------------------ 9.3 pack


@right(
    "pack",
    way="a path with a slash makes the group on the way: create_dataset('digits/images', …).",
)
def pack(path, images, labels):
    file = h5py.File(path, "w")
    n, height, width = images.shape
    table = file.create_dataset(
        "digits/images", data=images.numpy(), chunks=(1, height, width), compression="gzip"
    )
    table.attrs["largest"] = 16
    file["digits/labels"] = labels.numpy()
    file.close()


@right("pack")
def pack(path, images, labels):
    if os.path.exists(path):
        os.remove(path)
    with h5py.File(path, "x") as file:
        group = file.require_group("digits")
        group.create_dataset("labels", data=labels)
        table = group.create_dataset(
            "images",
            images.shape,
            "uint8",
            chunks=(1,) + tuple(images.shape[1:]),
            compression="gzip",
            compression_opts=9,
        )
        table[...] = images
        table.attrs.create("largest", 16)


@wrong(
    "pack",
    say='Mode "a" opens the old file and adds to it, and there the name is taken already. "w" begins a new file.',
)
def pack(path, images, labels):
    with h5py.File(path, "a") as file:
        table = file.create_dataset(
            "digits/images", data=images, chunks=(1, *images.shape[1:]), compression="gzip"
        )
        table.attrs["largest"] = 16
        file["digits/labels"] = labels


@wrong(
    "pack",
    say="The file is still open when pack returns, so nobody else can change or replace it: use with, or close().",
)
def pack(path, images, labels):
    global kept_open
    file = kept_open = h5py.File(path, "w")
    table = file.create_dataset(
        "digits/images", data=images, chunks=(1, *images.shape[1:]), compression="gzip"
    )
    table.attrs["largest"] = 16
    file["digits/labels"] = labels


@wrong(
    "pack",
    say='The tables lie at the top of the file. They belong into the group digits: "digits/images".',
)
def pack(path, images, labels):
    with h5py.File(path, "w") as file:
        table = file.create_dataset(
            "images", data=images, chunks=(1, *images.shape[1:]), compression="gzip"
        )
        table.attrs["largest"] = 16
        file["labels"] = labels


@wrong(
    "pack",
    say="The attribute hangs on the file (or the group). It belongs on the dataset images: table.attrs.",
)
def pack(path, images, labels):
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "digits/images", data=images, chunks=(1, *images.shape[1:]), compression="gzip"
        )
        file.attrs["largest"] = 16
        file["digits/labels"] = labels


@wrong(
    "pack",
    say="The chunks are not one picture each: with chunks=True, or none given, h5py chooses a shape by itself.",
)
def pack(path, images, labels):
    with h5py.File(path, "w") as file:
        table = file.create_dataset("digits/images", data=images, compression="gzip")
        table.attrs["largest"] = 16
        file["digits/labels"] = labels


@wrong(
    "pack",
    say="A chunk has as many dimensions as the whole table. One picture is (1, height, width).",
)
def pack(path, images, labels):
    with h5py.File(path, "w") as file:
        table = file.create_dataset(
            "digits/images", data=images, chunks=tuple(images.shape[1:]), compression="gzip"
        )
        table.attrs["largest"] = 16
        file["digits/labels"] = labels


@wrong("pack", say='The pictures are not compressed: compression="gzip".')
def pack(path, images, labels):
    with h5py.File(path, "w") as file:
        table = file.create_dataset(
            "digits/images", data=images, chunks=(1, *images.shape[1:])
        )
        table.attrs["largest"] = 16
        file["digits/labels"] = labels


@wrong(
    "pack",
    say="You wrote floats. The pictures are uint8, a quarter of the size: hand them over as they are.",
)
def pack(path, images, labels):
    with h5py.File(path, "w") as file:
        table = file.create_dataset(
            "digits/images",
            data=images.float(),
            chunks=(1, *images.shape[1:]),
            compression="gzip",
        )
        table.attrs["largest"] = 16
        file["digits/labels"] = labels


# ----------------------------------------------------------- 9.4 whole_table


@right(
    "whole_table",
    way="file[name][()] reads everything too, whatever the number of dimensions; .asstr(), .astype() come before the brackets.",
)
class WholeTable(Dataset):
    def __init__(self, path, name):
        with h5py.File(path) as file:
            self.rows = torch.as_tensor(file[name][()])

    def __len__(self):
        return self.rows.shape[0]

    def __getitem__(self, index):
        return self.rows[index]


@right("whole_table")
class WholeTable(Dataset):
    def __init__(self, path, name):
        file = h5py.File(path, "r")
        try:
            if name not in file:
                raise KeyError(f"{path} has no {name}")
            self.data = file[name][...]
        finally:
            file.close()

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return torch.from_numpy(self.data[index])


@wrong(
    "whole_table",
    say="You kept a handle, and the with block closed its file. Read inside the block: file[name][:].",
)
class WholeTable(Dataset):
    def __init__(self, path, name):
        with h5py.File(path, "r") as file:
            self.samples = file[name]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return torch.from_numpy(self.samples[index])


@wrong(
    "whole_table",
    say="get gives None for a missing name, and the error then speaks of NoneType. file[name] raises the KeyError itself.",
)
class WholeTable(Dataset):
    def __init__(self, path, name):
        with h5py.File(path, "r") as file:
            self.samples = torch.from_numpy(file.get(name)[:])

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


@wrong(
    "whole_table",
    say="The file stays open when the name is wrong: the error jumps over your close(). A with block closes it in any case.",
)
class WholeTable(Dataset):
    def __init__(self, path, name):
        file = h5py.File(path, "r")
        self.file = file
        WholeTable.last = file
        self.samples = torch.from_numpy(file[name][:])
        file.close()

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


@wrong(
    "whole_table",
    say="The file is still open afterwards, and nobody may write to it. You have read everything: close it.",
)
class WholeTable(Dataset):
    def __init__(self, path, name):
        self.file = h5py.File(path, "r")
        self.samples = torch.from_numpy(self.file[name][:])

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


@wrong(
    "whole_table",
    say="The name is fixed to “samples”, so you read the same table whatever was asked for. Use name.",
)
class WholeTable(Dataset):
    def __init__(self, path, name):
        with h5py.File(path, "r") as file:
            self.samples = torch.from_numpy(file["samples"][:])

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


@wrong(
    "whole_table",
    say="All numbers became float32, the whole ones too. A row keeps the dtype of its table.",
)
class WholeTable(Dataset):
    def __init__(self, path, name):
        with h5py.File(path, "r") as file:
            self.samples = torch.from_numpy(file[name][:]).float()

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


# ----------------------------------------------------------- 9.5 eager_bytes


@right(
    "eager_bytes",
    way="a function that calls itself: for every value of a group, its bytes, or again the sum over that group.",
)
def eager_bytes(path):
    def inside(group):
        return sum(
            inside(thing) if isinstance(thing, h5py.Group) else thing.nbytes
            for thing in group.values()
        )

    with h5py.File(path, "r") as file:
        return inside(file)


@right("eager_bytes")
def eager_bytes(path):
    total = 0

    def note(name, thing):
        nonlocal total
        total += int(getattr(thing, "nbytes", 0))

    with h5py.File(path, "r") as file:
        file.visititems(note)
    return total


@wrong(
    "eager_bytes",
    say="You read the tables to weigh them, and 8 TB do not fit. The handle knows: size and dtype.",
)
def eager_bytes(path):
    sizes = []
    with h5py.File(path, "r") as file:
        file.visititems(
            lambda name, thing: (
                sizes.append(thing[()].nbytes) if isinstance(thing, h5py.Dataset) else None
            )
        )
    return sum(sizes)


@wrong(
    "eager_bytes",
    say="That is the size of the file, with its own notes, without what compression saves. Memory takes cells times bytes.",
)
def eager_bytes(path):
    return os.path.getsize(path)


@wrong(
    "eager_bytes",
    say="You looked at the top of the file only. Groups hold tables too: visititems goes into them.",
)
def eager_bytes(path):
    with h5py.File(path, "r") as file:
        return sum(
            thing.nbytes for thing in file.values() if isinstance(thing, h5py.Dataset)
        )


@wrong("eager_bytes", say="You counted cells. Each takes dtype.itemsize bytes.")
def eager_bytes(path):
    sizes = []

    def note(name, thing):
        if isinstance(thing, h5py.Dataset):
            sizes.append(thing.size)

    with h5py.File(path, "r") as file:
        file.visititems(note)
    return sum(sizes)


@wrong(
    "eager_bytes",
    say="You counted what lies in the file: compressed chunks are smaller there, and empty rooms are not there at all.",
)
def eager_bytes(path):
    sizes = []

    def note(name, thing):
        if isinstance(thing, h5py.Dataset):
            sizes.append(thing.id.get_storage_size())

    with h5py.File(path, "r") as file:
        file.visititems(note)
    return sum(sizes)


@wrong(
    "eager_bytes",
    say="visititems shows groups too, and a group has no bytes. Ask isinstance(thing, h5py.Dataset) first.",
)
def eager_bytes(path):
    sizes = []
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, thing: sizes.append(thing.nbytes))
    return sum(sizes)


# ----------------------------------------------------------------- 9.6 trays


@right(
    "trays",
    way="torch.tensor(order).split(batch_size) cuts the order, and default_collate joins pairs, as the real loader does.",
)
def trays(dataset, batch_size, order, drop_last):
    if drop_last:
        order = order[: len(order) // batch_size * batch_size]
    brought = []
    while order:
        places, order = order[:batch_size], order[batch_size:]
        brought.append(
            tuple(torch.utils.data.default_collate([dataset[i] for i in places]))
        )
    return brought


@right("trays")
def trays(dataset, batch_size, order, drop_last):
    brought, firsts, seconds = [], [], []
    for place in order:
        first, second = dataset[place]
        firsts.append(first)
        seconds.append(second)
        if len(firsts) == batch_size:
            brought.append((torch.stack(firsts), torch.stack(seconds)))
            firsts, seconds = [], []
    if firsts and not drop_last:
        brought.append((torch.stack(firsts), torch.stack(seconds)))
    return brought


@wrong(
    "trays",
    say="The short tray at the end is missing. It stays behind only when drop_last is True.",
)
def trays(dataset, batch_size, order, drop_last):
    brought = []
    for start in range(0, len(order) - batch_size + 1, batch_size):
        pairs = [dataset[i] for i in order[start : start + batch_size]]
        brought.append(tuple(torch.stack(part) for part in zip(*pairs)))
    return brought


@wrong("trays", say="You brought the short tray although drop_last is True.")
def trays(dataset, batch_size, order, drop_last):
    brought = []
    for start in range(0, len(order), batch_size):
        pairs = [dataset[i] for i in order[start : start + batch_size]]
        brought.append(tuple(torch.stack(part) for part in zip(*pairs)))
    return brought


@wrong("trays", say="With drop_last you leave the last tray behind even when it is full.")
def trays(dataset, batch_size, order, drop_last):
    brought = []
    for start in range(0, len(order), batch_size):
        pairs = [dataset[i] for i in order[start : start + batch_size]]
        brought.append(tuple(torch.stack(part) for part in zip(*pairs)))
    return brought[:-1] if drop_last else brought


@wrong(
    "trays",
    say="You visited the places 0, 1, 2 … The order says which place comes when: dataset[order[i]].",
)
def trays(dataset, batch_size, order, drop_last):
    brought = []
    for start in range(0, len(order), batch_size):
        places = range(start, min(start + batch_size, len(order)))
        if len(places) < batch_size and drop_last:
            continue
        pairs = [dataset[i] for i in places]
        brought.append(tuple(torch.stack(part) for part in zip(*pairs)))
    return brought


@wrong(
    "trays",
    say="These are lists of pairs, as they came off the shelf. On the tray lies a pair of stacked tensors: zip(*pairs) turns one into the other.",
)
def trays(dataset, batch_size, order, drop_last):
    brought = []
    for start in range(0, len(order), batch_size):
        places = order[start : start + batch_size]
        if len(places) < batch_size and drop_last:
            continue
        brought.append([dataset[i] for i in places])
    return brought


@wrong(
    "trays",
    say="torch.cat joins along a dimension that is there already; single samples have none for it. torch.stack makes a new one.",
)
def trays(dataset, batch_size, order, drop_last):
    brought = []
    for start in range(0, len(order), batch_size):
        places = order[start : start + batch_size]
        if len(places) < batch_size and drop_last:
            continue
        first, second = zip(*[dataset[i] for i in places])
        brought.append((torch.cat(first), torch.cat(second)))
    return brought


# ---------------------------------------------------------------- 9.7 padded


@right(
    "padded",
    way="a table of zeros first, then each row written into its beginning: table[i, : len(sample)] = sample.",
)
def padded(samples):
    lengths = [len(s) for s in samples]
    table = torch.zeros(len(samples), max(lengths))
    for row, sample in zip(table, samples, strict=True):
        row[: len(sample)] = sample
    return table, torch.tensor(lengths)


@right("padded")
def padded(samples):
    lengths = torch.tensor([s.numel() for s in samples])
    longest = int(lengths.max())
    rows = [torch.nn.functional.pad(s, (0, longest - len(s))) for s in samples]
    return torch.stack(rows), lengths


@wrong(
    "padded",
    say="Samples stand in the columns. pad_sequence does that unless you say batch_first=True.",
)
def padded(samples):
    return pad_sequence(samples), torch.tensor([len(s) for s in samples])


@wrong(
    "padded",
    say="You counted what is not 0, but a measured value may be 0. The length is len of the sample, before filling up.",
)
def padded(samples):
    table = pad_sequence(samples, batch_first=True)
    return table, (table != 0).sum(dim=1)


@wrong(
    "padded",
    say="You cut all rows to the shortest. Nothing may get lost: fill up to the longest.",
)
def padded(samples):
    shortest = min(len(s) for s in samples)
    return torch.stack([s[:shortest] for s in samples]), torch.tensor(
        [len(s) for s in samples]
    )


@wrong("padded", say="You filled up at the front. The zeros belong at the end.")
def padded(samples):
    longest = max(len(s) for s in samples)
    rows = [torch.nn.functional.pad(s, (longest - len(s), 0)) for s in samples]
    return torch.stack(rows), torch.tensor([len(s) for s in samples])


@wrong(
    "padded", say="The lengths are a list. On a tray lie tensors: torch.tensor(lengths)."
)
def padded(samples):
    return pad_sequence(samples, batch_first=True), [len(s) for s in samples]


@wrong(
    "padded",
    say="Only the table came back. Without the lengths nobody can tell a filled-up 0 from a measured one: return both.",
)
def padded(samples):
    return pad_sequence(samples, batch_first=True)


# ----------------------------------------------------------------- 9.8 share


@right(
    "share",
    way="yield item by item, and skip those whose number modulo the number of helpers is not yours: that works for streams without a length, too.",
)
class Share(IterableDataset):
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        me = get_worker_info()
        number, of = (me.id, me.num_workers) if me else (0, 1)
        for i, item in enumerate(self.items):
            if i % of == number:
                yield item


@right("share")
class Share(IterableDataset):
    def __init__(self, items):
        super().__init__()
        self.items = list(items)

    def __iter__(self):
        me = get_worker_info()
        if me is None:
            yield from self.items
            return
        each, left = divmod(len(self.items), me.num_workers)
        start = me.id * each + min(me.id, left)
        yield from self.items[start : start + each + (me.id < left)]


@wrong(
    "share",
    say="Every helper gave everything, so each item came once for each helper. Ask get_worker_info() which part is yours.",
)
class Share(IterableDataset):
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return iter(self.items)


@wrong(
    "share",
    say="Without helpers get_worker_info() is None, and None has no id. Look for that first.",
)
class Share(IterableDataset):
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        me = get_worker_info()
        return iter(self.items[me.id :: me.num_workers])


@wrong(
    "share",
    say="You counted on two helpers; there may be one, and it then leaves half behind. me.num_workers says how many there are.",
)
class Share(IterableDataset):
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        me = get_worker_info()
        return iter(self.items if me is None else self.items[me.id :: 2])


@wrong(
    "share", say="Items get lost at the end: 5 by 2 is 2 each with // and one is left over."
)
class Share(IterableDataset):
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        me = get_worker_info()
        if me is None:
            return iter(self.items)
        each = len(self.items) // me.num_workers
        return iter(self.items[me.id * each : (me.id + 1) * each])


@wrong(
    "share",
    say="One helper does all the work and the others none. Every item comes once, but nobody is helped.",
)
class Share(IterableDataset):
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        me = get_worker_info()
        return iter(self.items if me is None or me.id == 0 else [])


@wrong(
    "share",
    say="In __init__ you are still alone in your program, so get_worker_info() is None there. Ask in __iter__, which runs in the helper.",
)
class Share(IterableDataset):
    def __init__(self, items):
        me = get_worker_info()
        self.items = items if me is None else items[me.id :: me.num_workers]

    def __iter__(self):
        return iter(self.items)


# ------------------------------------------------------------ 9.9 own_handle


@right(
    "own_handle",
    way="a dict of handles, one for each process id: self.files.setdefault would open too often, so ask first whether the id is in it.",
)
class OwnHandle(Dataset):
    def __init__(self, path):
        self.path, self.files = path, {}
        with h5py.File(path, "r") as file:
            self.length = file["samples"].shape[0]

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        me = os.getpid()
        if me not in self.files:
            self.files[me] = Guarded(self.path)
        return torch.from_numpy(self.files[me]["samples"][index])


@right("own_handle")
class OwnHandle(Dataset):
    def __init__(self, path):
        self.path, self.file = path, None
        file = Guarded(path)
        self.length = len(file["samples"])
        file.close()

    def table(self):
        if self.file is None or self.file.opened_by != os.getpid():
            self.file = Guarded(self.path)
        return self.file["samples"]

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return torch.from_numpy(self.table()[index])


@wrong(
    "own_handle",
    say="The file is opened in __init__, in your program, and the helper reads with a handle that it inherited. Open it in __getitem__.",
)
class OwnHandle(Dataset):
    def __init__(self, path):
        self.file = Guarded(path)

    def __len__(self):
        return len(self.file["samples"])

    def __getitem__(self, index):
        return torch.from_numpy(self.file["samples"][index])


@wrong(
    "own_handle",
    say="Your program had looked at a sample, so the file was not None in the helper, and not its own either. Remember os.getpid() beside it.",
)
class OwnHandle(Dataset):
    def __init__(self, path):
        self.path, self.file = path, None
        with Guarded(path) as file:
            self.length = len(file["samples"])

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        if self.file is None:
            self.file = Guarded(self.path)
        return torch.from_numpy(self.file["samples"][index])


@wrong(
    "own_handle",
    say="The file is opened anew for every sample. That is safe and slow: keep the handle, together with the id of the process that opened it.",
)
class OwnHandle(Dataset):
    def __init__(self, path):
        self.path = path
        with Guarded(path) as file:
            self.length = len(file["samples"])

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        with Guarded(self.path) as file:
            return torch.from_numpy(file["samples"][index])


@wrong(
    "own_handle",
    say="The with block closed the file, and then you read from its handle. Keep a file that stays open for the samples.",
)
class OwnHandle(Dataset):
    def __init__(self, path):
        with Guarded(path) as self.file:
            self.length = len(self.file["samples"])

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return torch.from_numpy(self.file["samples"][index])


@wrong(
    "own_handle",
    say="The file that you opened for the length is still open, and the helpers inherit it. Close it again in __init__.",
)
class OwnHandle(Dataset):
    kept = []

    def __init__(self, path):
        self.path, self.process = path, None
        file = Guarded(path)
        self.kept.append(file)
        self.length = len(file["samples"])

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        if self.process != os.getpid():
            self.process = os.getpid()
            self.file = Guarded(self.path)
        return torch.from_numpy(self.file["samples"][index])


# ---------------------------------------------------------- 9.10 tray_shuffle


@right(
    "tray_shuffle",
    way="torch.arange(n).split(batch_size) cuts the trays, the short one too; the order then picks among them.",
)
class TrayShuffle:
    def __init__(self, n, batch_size, generator):
        self.trays = [t.tolist() for t in torch.arange(n).split(batch_size)]
        self.generator = generator

    def __len__(self):
        return len(self.trays)

    def __iter__(self):
        order = torch.randperm(len(self.trays), generator=self.generator)
        return iter([self.trays[t] for t in order])


@right("tray_shuffle")
class TrayShuffle:
    def __init__(self, n, batch_size, generator):
        self.places = list(range(n))
        self.batch_size = batch_size
        self.generator = generator

    def __len__(self):
        return (len(self.places) + self.batch_size - 1) // self.batch_size

    def __iter__(self):
        for tray in torch.randperm(len(self), generator=self.generator):
            start = int(tray) * self.batch_size
            yield self.places[start : start + self.batch_size]


@wrong(
    "tray_shuffle",
    say="Rounded down, the short tray at the end does not exist, and its samples are never seen. Round up.",
)
class TrayShuffle:
    def __init__(self, n, batch_size, generator):
        self.n, self.batch_size, self.generator = n, batch_size, generator

    def __len__(self):
        return self.n // self.batch_size

    def __iter__(self):
        for tray in torch.randperm(len(self), generator=self.generator).tolist():
            start = tray * self.batch_size
            yield list(range(start, min(start + self.batch_size, self.n)))


@wrong(
    "tray_shuffle",
    say="One more than n // batch_size is right only where something is left over: 8 by 4 is two trays.",
)
class TrayShuffle:
    def __init__(self, n, batch_size, generator):
        self.n, self.batch_size, self.generator = n, batch_size, generator

    def __len__(self):
        return self.n // self.batch_size + 1

    def __iter__(self):
        for tray in torch.randperm(len(self), generator=self.generator).tolist():
            start = tray * self.batch_size
            yield list(range(start, min(start + self.batch_size, self.n)))


@wrong("tray_shuffle", say="The last tray holds places that do not exist. It ends at n.")
class TrayShuffle:
    def __init__(self, n, batch_size, generator):
        self.n, self.batch_size, self.generator = n, batch_size, generator

    def __len__(self):
        return -(-self.n // self.batch_size)

    def __iter__(self):
        for tray in torch.randperm(len(self), generator=self.generator).tolist():
            start = tray * self.batch_size
            yield list(range(start, start + self.batch_size))


@wrong(
    "tray_shuffle",
    say="You shuffled the samples. Neighbours should stay on one tray: draw the order of the trays.",
)
class TrayShuffle:
    def __init__(self, n, batch_size, generator):
        self.n, self.batch_size, self.generator = n, batch_size, generator

    def __len__(self):
        return -(-self.n // self.batch_size)

    def __iter__(self):
        order = torch.randperm(self.n, generator=self.generator)
        return iter([t.tolist() for t in order.split(self.batch_size)])


@wrong(
    "tray_shuffle",
    say="The order was drawn once, in __init__, so every epoch is the same. Draw it in __iter__.",
)
class TrayShuffle:
    def __init__(self, n, batch_size, generator):
        self.n, self.batch_size = n, batch_size
        self.order = torch.randperm(-(-n // batch_size), generator=generator).tolist()

    def __len__(self):
        return len(self.order)

    def __iter__(self):
        for tray in self.order:
            start = tray * self.batch_size
            yield list(range(start, min(start + self.batch_size, self.n)))


@wrong(
    "tray_shuffle",
    say="The trays come in the order of the file. Draw their order with torch.randperm(len(self), generator=self.generator).",
)
class TrayShuffle:
    def __init__(self, n, batch_size, generator):
        self.n, self.batch_size = n, batch_size

    def __len__(self):
        return -(-self.n // self.batch_size)

    def __iter__(self):
        for start in range(0, self.n, self.batch_size):
            yield list(range(start, min(start + self.batch_size, self.n)))


# ----------------------------------------------------------- 9.11 three_piles


@right(
    "three_piles",
    way="random_split(range(n), [train, valid, test], generator) deals counts, and each Subset has its indices.",
)
def three_piles(n, config):
    valid, test = round(n * config["valid_ratio"]), round(n * config["test_ratio"])
    dice = torch.Generator().manual_seed(config["seed"])
    piles = random_split(range(n), [n - valid - test, valid, test], generator=dice)
    return dict(
        zip(("train", "valid", "test"), [list(p.indices) for p in piles], strict=True)
    )


@right("three_piles")
def three_piles(n, config):
    order = list(range(n))
    np.random.default_rng(config["seed"]).shuffle(order)
    a = round(n * config["test_ratio"])
    b = a + round(n * config["valid_ratio"])
    return {"train": order[b:], "valid": order[a:b], "test": order[:a]}


@wrong(
    "three_piles",
    say="The samples are not mixed: each pile is a stretch of the file. Files are often sorted, by class or by day; draw an order first.",
)
def three_piles(n, config):
    valid, test = round(n * config["valid_ratio"]), round(n * config["test_ratio"])
    order = list(range(n))
    return {
        "train": order[: n - valid - test],
        "valid": order[n - valid - test : n - test],
        "test": order[n - test :],
    }


@wrong(
    "three_piles",
    say="torch.manual_seed sets the dice of the whole program: whatever is random after the split changes. Use a Generator of your own.",
)
def three_piles(n, config):
    torch.manual_seed(config["seed"])
    order = torch.randperm(n).tolist()
    valid, test = round(n * config["valid_ratio"]), round(n * config["test_ratio"])
    return {
        "valid": order[:valid],
        "test": order[valid : valid + test],
        "train": order[valid + test :],
    }


@wrong(
    "three_piles",
    say="The seed is not used: tomorrow the piles are others, and today's training samples are among them. Seed a Generator.",
)
def three_piles(n, config):
    order = torch.randperm(
        n, generator=torch.Generator().manual_seed(torch.seed())
    ).tolist()
    valid, test = round(n * config["valid_ratio"]), round(n * config["test_ratio"])
    return {
        "valid": order[:valid],
        "test": order[valid : valid + test],
        "train": order[valid + test :],
    }


@wrong(
    "three_piles",
    say="The second share was taken of what the first had left. Both are shares of all n samples.",
)
def three_piles(n, config):
    order = torch.randperm(
        n, generator=torch.Generator().manual_seed(config["seed"])
    ).tolist()
    test = round(n * config["test_ratio"])
    valid = round((n - test) * config["valid_ratio"])
    return {
        "valid": order[:valid],
        "test": order[valid : valid + test],
        "train": order[valid + test :],
    }


@wrong(
    "three_piles",
    say="Each pile was drawn by itself, so a sample can be in several piles and another in none. Draw one order and cut it.",
)
def three_piles(n, config):
    dice = torch.Generator().manual_seed(config["seed"])
    valid, test = round(n * config["valid_ratio"]), round(n * config["test_ratio"])
    return {
        "train": torch.randperm(n, generator=dice)[: n - valid - test].tolist(),
        "valid": torch.randperm(n, generator=dice)[:valid].tolist(),
        "test": torch.randperm(n, generator=dice)[:test].tolist(),
    }


@wrong(
    "three_piles",
    say="int() cuts the fraction off: 1797 · 0.15 is 269.55, and round makes 270 of it.",
)
def three_piles(n, config):
    order = torch.randperm(
        n, generator=torch.Generator().manual_seed(config["seed"])
    ).tolist()
    valid, test = int(n * config["valid_ratio"]), int(n * config["test_ratio"])
    return {
        "valid": order[:valid],
        "test": order[valid : valid + test],
        "train": order[valid + test :],
    }


# ---------------------------------------------------------------------- quiz

quiz(
    "q1",
    right="c",
    because={
        "a": 'That is file["images"][:]. Without brackets behind it, nothing has left the file.',
        "b": "Not even that. Shape and dtype are known from the file's notes; numbers come with square brackets.",
    },
)
quiz(
    "q2",
    right="a",
    because={
        "b": "They are processes: other ids, other memory. A counter in the dataset does not come back from them.",
        "c": "batch_size says how much is on a tray. Workers say who fetches.",
    },
)
quiz(
    "q3",
    right="b",
    because={
        "a": "That is len(loader.dataset). The loader counts trays.",
        "c": "32 · 3 is 96. Four samples are left, and without drop_last they get a tray of their own.",
    },
)
quiz(
    "q4",
    right="b",
    because={
        "a": "That happens when it is told too many. Too few raises nothing.",
        "c": "Nobody begins again: the sampler never names the other places.",
    },
)
quiz(
    "q5",
    right="a",
    because={
        "b": "Nobody divides a stream by itself. Each helper has a copy and gives all of it.",
        "c": "Nothing gets lost. On the contrary.",
    },
)
quiz(
    "q6",
    right="c",
    because={
        "a": "A compressed chunk can only be unpacked whole.",
        "b": "Each chunk is compressed by itself, so the others stay packed.",
    },
)

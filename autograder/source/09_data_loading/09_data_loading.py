# ---
# jupyter:
#   course:
#     title: "data loading: from the shelf to the tray"
#     minutes: 150
#     needs:
#       - "01 tensors, 02 random numbers and generators, 03 stack and cat"
#     objectives:
#       - "Write a Dataset: how many samples, and which one is number i"
#       - "Write and read HDF5 files, whole or piece by piece, and say what each costs in memory and time"
#       - "Say what a DataLoader does with batch_size, shuffle, sampler, collate_fn and generator"
#       - "Use worker processes where they help, and keep an open file out of them"
#       - "Split data into training, validation and test, the same way every time"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 09 · Data loading: from the shelf to the tray
#
# **After this chapter you can**
# - write a Dataset: how many samples there are, and which one is number i;
# - write and read HDF5 files, whole or piece by piece, and say what each costs in memory and time;
# - say what a DataLoader does with `batch_size`, `shuffle`, `sampler`, `collate_fn` and `generator`;
# - use worker processes where they help, and keep an open file out of them;
# - split data into training, validation and test, the same way every time.
#
# **Time:** about two and a half hours, with 12 exercises and a quiz. After section 4 is a good place for a break.
# **Before this:** chapters [01](../01_tensors/01_tensors.ipynb) (tensors), [02](../02_creation/02_creation.ipynb) (random numbers and generators)
# and [03](../03_operations/03_operations.ipynb) (stack and cat).
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the dots
# *before* you run the cell.

# %% id="setup"
import multiprocessing
import os
import pickle
import shutil
import tempfile
import time
import tracemalloc
import warnings
from collections import Counter
from pathlib import Path
from uuid import uuid4

import h5py
import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    get_worker_info,
    random_split,
)

from course_utils import (
    best_device,
    check,
    check_quiz,
    data_path,
    fresh,
    load_digits,
    load_weather,
    predict,
    solved,
)
from course_utils.widgets import show_loader

# on a machine with one core torch would advise against the two helpers of section 5
warnings.filterwarnings("ignore", message="This DataLoader will create")

Path("files").mkdir(exist_ok=True)  # the small files of this chapter
# the large ones; the last cell clears them away
room = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
images, labels = load_digits()


def new_path():
    """The path of a file that does not exist yet, for a test that wants one to itself."""
    return os.path.join(room.name, f"{uuid4().hex}.h5")


# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.

# %% id="recall-unit"
predict(
    "images is uint8. Which dtype has images[0] / 16?",
    mine=...,
    truth=lambda: (images[0] / 16).dtype,
)

# %% id="recall-generator"
predict(
    "Two generators start with the same seed. Do they give the same torch.randperm(100)? True or False",
    mine=...,
    truth=lambda: torch.equal(
        torch.randperm(100, generator=torch.Generator().manual_seed(3)),
        torch.randperm(100, generator=torch.Generator().manual_seed(3)),
    ),
)

# %% id="recall-stack"
predict(
    "Which shape has torch.stack of five tensors of shape (1, 8, 8)? Write a tuple.",
    mine=...,
    truth=lambda: tuple(torch.stack([torch.zeros(1, 8, 8)] * 5).shape),
)

# %% [markdown] rows=["S09.1"]
# ## 1 · A shelf that answers two questions
#
# A network eats **batches**: many samples in one tensor. Your data lies about as files, tables, pictures. Somebody has to
# walk to the shelf, fetch sample after sample, and put them on a tray. torch divides this work in two:
#
# - a **Dataset** is the shelf. It answers two questions: *how many are you?* and *what is in place number i?*
# - a **DataLoader** carries the tray. It decides which places to visit, and in what order.
#
# The two questions are the two Python methods behind `len(shelf)` and `shelf[i]`:


# %% rows=["S09.1"]
class Squares(Dataset):
    """The numbers 0 … n-1, each with its square."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        return index, index**2


shelf = Squares(5)
assert len(shelf) == 5 and shelf[3] == (3, 9)

for numbers, squares in DataLoader(shelf, batch_size=2):
    print(numbers, squares)

# %% [markdown] rows=["S09.1"]
# Look at what came out. The shelf gave pairs of Python numbers. The loader fetched two pairs, and made **one tensor of the
# two first things, and one of the two second things**. The last tray held only one.
#
# Nothing is kept ready anywhere: `__getitem__` runs when somebody asks. A dataset may calculate its samples, draw them, or
# read them from a disk.
#
# `Dataset` as a base class adds little more than a name (and `+`, which joins two shelves). Is it needed at all?

# %% id="predict-range"
predict(
    "Can DataLoader take a plain range(5), in batches of 2? How many numbers are on each tray? Write a list, or 'error'.",
    mine=...,
    truth=lambda: [len(tray) for tray in DataLoader(range(5), batch_size=2)],
)

# %% rows=["S09.1"]
assert [t.tolist() for t in DataLoader(range(5), batch_size=2)] == [[0, 1], [2, 3], [4]]
assert len(Squares(5) + Squares(2)) == 7
print("Whatever has a len and square brackets is a shelf: a range, a list, a tensor.")

# %% [markdown] rows=["S09.1"]
# That kind is called **map-style**: from a number to a sample.
#
# ### Exercise 9.1 · Digits on a shelf
# ●○○○ · 6 minutes · 1 point
#
# Write the class `Digits`. Sample number `index` is a pair: the picture as float32 from 0 to 1 (ink 16 is full) with a
# channel dimension, so shape (1, 8, 8), as `conv2d` wants it; and its label. The pictures stay uint8 until somebody asks.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "digits"}
class Digits(Dataset):
    """Pictures with their labels.

    images: uint8, shape (n, 8, 8), ink from 0 to 16; labels: int64, shape (n,).
    A sample: float32 of shape (1, 8, 8) from 0 to 1, and its label.
    """

    def __init__(self, images, labels):
        ### BEGIN SOLUTION
        self.images, self.labels = images, labels
        ### END SOLUTION

    def __len__(self):
        ### BEGIN SOLUTION
        return len(self.images)
        ### END SOLUTION

    def __getitem__(self, index):
        ### BEGIN SOLUTION
        return self.images[index].unsqueeze(0) / 16, self.labels[index]
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_digits", "points": 1}
def on_a_tray(images, labels, places):
    """Samples of Digits, joined as a DataLoader joins them."""
    shelf = Digits(images, labels)
    return tuple(default_collate([shelf[i] for i in places]))


def how_many(images, labels):
    return len(Digits(images, labels))


stripes = torch.tensor([0, 4, 8, 16], dtype=torch.uint8).view(4, 1, 1).expand(4, 8, 8)
names = torch.tensor([7, 1, 0, 2])
check(how_many, stripes, names).gives(4)
check(on_a_tray, stripes, names, [3, 1]).gives(
    (torch.tensor([1.0, 0.25]).view(2, 1, 1, 1).expand(2, 1, 8, 8), torch.tensor([2, 1]))
)
solved(Digits)
### BEGIN HIDDEN TESTS
for _n in (1, 2, 6):
    _images = fresh.integers(0, 16, _n, 8, 8).to(torch.uint8)
    _labels, _order = fresh.integers(0, 9, _n), fresh.permutation(_n)
    check(how_many, _images, _labels).gives(_n)
    check(on_a_tray, _images, _labels, _order.tolist()).gives(
        (_images[_order].double().div(16).float().view(_n, 1, 8, 8), _labels[_order])
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: three small parts</summary>Remember both tensors in <code>__init__</code>; everything else can wait.</details>
# <details><summary>Hint 2: one sample</summary>One picture has shape (8, 8). <code>unsqueeze(0)</code> puts a dimension of size 1 in front.
# Dividing a uint8 tensor by 16 gives float32.</details>
# <details><summary>Hint 3: nearly there</summary><code>return self.images[index].unsqueeze(0) / 16, self.labels[index]</code>, and
# <code>len(self.images)</code> is how many there are.</details>

# %% [markdown] rows=["S09.1"]
# ### What happens on the tray
#
# Joining samples is called **collating**. Numbers become a tensor, tensors are stacked along a new first dimension; pairs,
# lists and dicts are joined part by part. Text stays a list.

# %% rows=["S09.1"]
tray = default_collate(
    [
        {"picture": torch.zeros(8, 8), "label": 3, "by": "Ada"},
        {"picture": torch.ones(8, 8), "label": 5, "by": "Ben"},
    ]
)
assert tray["picture"].shape == (2, 8, 8)
assert torch.equal(tray["label"], torch.tensor([3, 5]))
assert tray["by"] == ["Ada", "Ben"]
for name, value in tray.items():
    print(f"{name:8}", tuple(value.shape) if isinstance(value, torch.Tensor) else value)

# %% id="predict-float"
predict(
    "A dataset returns plain Python floats such as 21.5. Which dtype has the tensor on the tray?",
    mine=...,
    truth=lambda: default_collate([21.5, 19.0]).dtype,
)

# %% rows=["S09.1"]
assert default_collate([21.5, 19.0]).dtype == torch.float64
assert default_collate([torch.tensor(21.5), torch.tensor(19.0)]).dtype == torch.float32
print(
    "Python's floats have 64 bits, and they keep them. Return tensors, and the dtype is yours."
)

# %% [markdown] rows=["S09.1"]
# ### Exercise 9.2 · A week, then tomorrow
# ●●○○ · 8 minutes · 2 points
#
# A sample need not lie anywhere as such. To forecast the weather, a sample is: the last `days` days, and the day that came
# next. Write `Windows(values, days)`. Sample `i` is the rows `i … i + days - 1`, and the row after them.
#
# How many samples are there? Try it with 5 rows and 2 days on paper. With too few rows for even one sample there are 0
# (Python refuses a negative length).


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "day_windows"}
class Windows(Dataset):
    """Some days in a row, and the day after.

    values: float32, shape (rows, columns); days: int, at least 1.
    A sample: shape (days, columns), and shape (columns,).
    """

    def __init__(self, values, days):
        ### BEGIN SOLUTION
        self.values, self.days = values, days
        ### END SOLUTION

    def __len__(self):
        ### BEGIN SOLUTION
        return max(0, len(self.values) - self.days)
        ### END SOLUTION

    def __getitem__(self, index):
        ### BEGIN SOLUTION
        end = index + self.days
        return self.values[index:end], self.values[end]
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_day_windows", "points": 2}
def all_samples(values, days):
    """Every sample of Windows, as a list of pairs."""
    shelf = Windows(values, days)
    return [tuple(shelf[i]) for i in range(len(shelf))]


five = torch.tensor([[10.0], [11.0], [12.0], [13.0], [14.0]])
check(all_samples, five, 2).gives(
    [
        (torch.tensor([[10.0], [11.0]]), torch.tensor([12.0])),
        (torch.tensor([[11.0], [12.0]]), torch.tensor([13.0])),
        (torch.tensor([[12.0], [13.0]]), torch.tensor([14.0])),
    ]
)
check(all_samples, five, 4).gives([(five[:4], torch.tensor([14.0]))])
check(all_samples, five[:2], 3).gives([])
solved(Windows)
### BEGIN HIDDEN TESTS
for _rows, _days, _columns in ((6, 1, 2), (9, 3, 1), (4, 4, 2), (1, 2, 3), (8, 7, 4)):
    for _values in fresh.layouts(fresh.floats(_rows, _columns)):
        _right = []
        for _end in range(_days, _rows):
            _right.append((_values[_end - _days : _end], _values[_end]))
        check(all_samples, _values, _days).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: on paper</summary>5 rows, 2 days: the windows start at 0, 1 and 2. A window at 3 would need row 5 for tomorrow, and there is none.</details>
# <details><summary>Hint 2: the slice</summary>A slice does not include its end, so <code>values[i : i + days]</code> stops just before tomorrow.</details>
# <details><summary>Hint 3: nearly there</summary>Tomorrow is <code>values[index + days]</code>; the length is
# <code>max(0, len(self.values) - self.days)</code>.</details>

# %% id="use-windows"
try:
    weather = load_weather()
    weeks = Windows(weather.values, 7)
    past, tomorrow = next(iter(DataLoader(weeks, batch_size=32)))
    print(len(weeks), "samples; one tray:", tuple(past.shape), "and", tuple(tomorrow.shape))
except NotImplementedError:
    print("First write Windows above; then run this cell again.")

# %% [markdown] rows=["S09.1", "E07"]
# ### Who knows the length?
#
# *Claim check.* Some programs let the caller say how many samples there are: `Shelf(data, 1000)`. The shelf then repeats
# what it was told. Here are five numbers, and a shelf that believes you.


# %% rows=["S09.1", "E07"]
class Told(Dataset):
    def __init__(self, samples, how_many):
        self.samples, self.how_many = samples, how_many

    def __len__(self):
        return self.how_many

    def __getitem__(self, index):
        return self.samples[index]


five = torch.tensor([10, 20, 30, 40, 50])

# %% id="predict-told-less"
predict(
    "The shelf is told 3, and has 5. How many numbers does a DataLoader bring in all? Or 'error'?",
    mine=...,
    truth=lambda: sum(len(tray) for tray in DataLoader(Told(five, 3), batch_size=2)),
)

# %% id="predict-told-more"
predict(
    "The shelf is told 7, and has 5. How many does a DataLoader bring? Or 'error'?",
    mine=...,
    truth=lambda: sum(len(tray) for tray in DataLoader(Told(five, 7), batch_size=2)),
)

# %% rows=["S09.1", "E07"]
assert sum(len(tray) for tray in DataLoader(Told(five, 3), batch_size=2)) == 3
try:
    list(DataLoader(Told(five, 7), batch_size=2))
except IndexError as error:
    print("IndexError:", error)
else:
    raise AssertionError("a shelf of 5 gave 7")
# a for loop over the dataset itself does not ask for the length at all
assert len(list(Told(five, 3))) == 5

# %% [markdown] rows=["S09.1", "E07"]
# Too many: an error, late, in the middle of training. Too few: **silence**, and two fifths of the data never used. And a plain `for`
# over the shelf did not even ask: it counts up until an IndexError comes. So take the length from the data, as `len(self.images)` does. Then it cannot
# disagree.
#
# ### A stream instead of a shelf
#
# Sometimes there are no places to number: lines that come in over a network, say. Then derive from **`IterableDataset`** and
# write `__iter__`. It gives samples one after another, until it stops.


# %% rows=["S09.1"]
class Countdown(IterableDataset):
    def __init__(self, start):
        self.start = start

    def __iter__(self):
        return iter(range(self.start, 0, -1))


assert [t.tolist() for t in DataLoader(Countdown(5), batch_size=2)] == [[5, 4], [3, 2], [1]]
try:
    DataLoader(Countdown(5), shuffle=True)
except ValueError as error:
    print("ValueError:", error)
else:
    raise AssertionError("a stream was shuffled")

# %% [markdown] rows=["S09.1"]
# A stream has no numbers, so nobody can ask for them in another order. Take a shelf where you can; it shuffles, counts and splits.

# %% [markdown] rows=["S09.2"]
# ## 2 · A file with drawers
#
# Data that outlives the program lies in a file. **HDF5** is a format for large tables of numbers; `h5py` reads and writes
# it. An HDF5 file is a cupboard. A **group** is a drawer, and may hold further drawers. A **dataset** is a table of numbers
# with a shape and a dtype, as a tensor has. Each of them may carry **attributes**: small labels, such as a unit.
#
# (h5py's word *dataset* and torch's word *Dataset* mean different things. One is a table in a file, the other your shelf.)

# %% rows=["S09.2"]
with h5py.File("files/town.h5", "w") as file:
    file.attrs["town"] = "Seattle"
    rain = file.create_group("rain")
    rain["daily"] = np.array([0.0, 10.9, 0.8, 20.3], dtype=np.float32)
    rain["daily"].attrs["unit"] = "mm"
    file["wind/daily"] = np.array([4.7, 4.5, 2.3, 4.7], dtype=np.float32)

with h5py.File("files/town.h5", "r") as file:
    file.visititems(lambda name, thing: print(f"{name:12}", thing))
    assert sorted(file) == ["rain", "wind"]
    assert file["rain/daily"].shape == (4,) and file["rain"]["daily"].dtype == np.float32
    assert file["rain/daily"].attrs["unit"] == "mm" and file.attrs["town"] == "Seattle"

# %% [markdown] rows=["S09.2"]
# A path with a slash opens drawers on the way, and makes them where they are missing. `"w"` makes a new file (and wipes an
# old one of that name!), `"r"` only reads, `"r+"` changes what is there. `with` closes the file at the end of the block.
#
# Here is the file behind `load_digits()`:

# %% rows=["S09.2"]
with h5py.File(data_path("digits.h5"), "r") as file:
    for name, table in file.items():
        print(
            f"{name:7}", table.shape, table.dtype, "chunks", table.chunks, table.compression
        )
    whole = file["images"]
    first_three = whole[:3]
    ink = whole[0, 2, 2:6]

assert isinstance(whole, h5py.Dataset) and isinstance(first_three, np.ndarray)
assert torch.equal(torch.from_numpy(first_three), images[:3])
assert ink.tolist() == images[0, 2, 2:6].tolist()

# %% [markdown] rows=["S09.2"]
# This is the point that everything below turns on. **`file["images"]` reads nothing.** It is a *handle*: it knows shape and dtype, and where in
# the file the numbers lie. **Square brackets read**, and only what they name: three pictures, or four pixels. What comes out is a NumPy
# array, in memory, yours; `torch.from_numpy` makes a tensor of it without copying.
#
# We kept both past the end of the `with` block.

# %% id="predict-closed-array"
predict(
    "The file is closed. What is first_three[2].shape? Write a tuple, or 'error'.",
    mine=...,
    truth=lambda: first_three[2].shape,
)

# %% id="predict-closed-handle"
predict(
    "And whole[2].shape?",
    mine=...,
    truth=lambda: whole[2].shape,
)

# %% rows=["S09.2"]
assert first_three[2].shape == (8, 8)
assert not whole  # a handle of a closed file counts as False
try:
    whole[2]
except (OSError, RuntimeError) as error:
    print(f"{type(error).__name__}: {error}")
else:
    raise AssertionError("a closed file was read")

# %% [markdown] rows=["S09.2"]
# “Identifier is not of specified type” is how HDF5 says *this handle points to nothing any more*. When you meet the sentence, ask: who closed my
# file?
#
# ### Chunks
#
# A dataset lies in the file in one piece, unless you ask for **chunks**: blocks of a fixed shape. A chunk is read whole or not at all. Only chunked datasets
# can be compressed, and each chunk is compressed by itself. Who wants one number of a compressed chunk must unpack all of it.

# %% rows=["S09.2"]
with h5py.File("files/chunks.h5", "w") as file:
    plain = file.create_dataset("plain", data=images)
    small = file.create_dataset("small", data=images, chunks=(1, 8, 8), compression="gzip")
    large = file.create_dataset(
        "large", data=images, chunks=(512, 8, 8), compression="gzip"
    )
    for table in (plain, small, large):
        print(
            f"{table.name:7} chunks {table.chunks!s:13} {table.id.get_storage_size():7} bytes"
        )
    assert plain.chunks is None and large.chunks == (512, 8, 8)
    assert large.id.get_storage_size() < plain.id.get_storage_size() / 2
    assert small.id.get_storage_size() > large.id.get_storage_size()

# %% [markdown] rows=["S09.2"]
# Large chunks pack better: there is more in them that repeats. Small chunks are quicker to open. Section 3 measures it.
#
# ### Exercise 9.3 · Fill a cupboard
# ●●○○ · 9 minutes · 2 points
#
# Write `pack(path, images, labels)`: a new HDF5 file with a group `digits`, and in it
#
# - a dataset `images`, chunked with **one picture a chunk** and compressed with gzip, and on it the attribute `largest` with
#   the value 16;
# - a dataset `labels`.
#
# An old file of that name is replaced. When `pack` returns, the file is closed. h5py takes tensors as `data=`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "pack"}
def pack(path, images, labels):
    """Write pictures and labels into a new HDF5 file.

    path: str; images: uint8, shape (n, height, width), n >= 1; labels: int64, shape (n,).
    Returns: None.
    """
    ### BEGIN SOLUTION
    with h5py.File(path, "w") as file:
        drawer = file.create_group("digits")
        pictures = drawer.create_dataset(
            "images", data=images, chunks=(1, *images.shape[1:]), compression="gzip"
        )
        pictures.attrs["largest"] = 16
        drawer["labels"] = labels
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_pack", "points": 2}
def packed(images, labels):
    """What pack wrote: every dataset of the file, by its path."""
    path = new_path()
    for _ in range(2):  # the second time, there is an old file
        pack(path, images, labels)
    found = {}

    def note(name, thing):
        nonlocal found
        if isinstance(thing, h5py.Dataset):
            found[name] = torch.from_numpy(thing[()])
            about = {"chunks": thing.chunks, "compression": thing.compression}
            about |= {key: int(value) for key, value in thing.attrs.items()}
            found |= {f"{name}, {key}": value for key, value in about.items() if value}

    with h5py.File(path, "r+") as file:
        file.visititems(note)
    return found


def as_asked(images, labels):
    """What packed should find."""
    return {
        "digits/images": images,
        "digits/images, chunks": (1, *images.shape[1:]),
        "digits/images, compression": "gzip",
        "digits/images, largest": 16,
        "digits/labels": labels,
    }


two_pictures = torch.tensor([[[0, 16], [3, 4]], [[5, 6], [7, 8]]], dtype=torch.uint8)
check(packed, two_pictures, torch.tensor([3, 9])).gives(
    as_asked(two_pictures, torch.tensor([3, 9]))
)
solved(pack)
### BEGIN HIDDEN TESTS
for _n, _h, _w in ((1, 1, 1), (3, 2, 4), (5, 8, 8)):
    _images = fresh.integers(0, 16, _n, _h, _w).to(torch.uint8)
    _labels = fresh.integers(0, 9, _n)
    check(packed, _images, _labels).gives(as_asked(_images, _labels))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the frame</summary><code>with h5py.File(path, "w") as file:</code> wipes the old file, and closes the new one at the end of the block.</details>
# <details><summary>Hint 2: chunks</summary>A chunk has as many dimensions as the table: one picture is <code>(1, height, width)</code>. Read the two sizes from
# <code>images.shape</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>table = file.create_dataset("digits/images", data=images, chunks=(1, *images.shape[1:]), compression="gzip")</code>, then
# <code>table.attrs["largest"] = 16</code>, and the same without chunks for the labels.</details>

# %% [markdown] rows=["S09.2", "E07"]
# ### Exercise 9.4 · What was wrong
# ●●○○ · 10 minutes · 3 points
#
# Programs of this kind are copied from page to page:


# %% id="copied-around" rows=["E07"]
class CopiedAround(Dataset):
    def __init__(self, path, how_many):
        file = h5py.File(path, "r")
        self.samples = torch.tensor(file.get("samples"))
        self.how_many = how_many
        file.close()

    def __len__(self):
        return self.how_many

    def __getitem__(self, index):
        return self.samples[index]


with h5py.File("files/rows.h5", "w") as file:
    file["samples"] = np.arange(6, dtype=np.float32).reshape(3, 2)
    file["other"] = np.array([[7, 8, 9]])

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    shelf = CopiedAround("files/rows.h5", 100)
assert len(shelf) == 100 and len(shelf.samples) == 3
print("It says", len(shelf), "samples; there are", len(shelf.samples))
for warning in said:
    print("torch says:", str(warning.message).split(". ")[0])

with h5py.File("files/rows.h5", "r") as file:
    assert file.get("typo") is None
    try:
        torch.tensor(file.get("typo"))
    except RuntimeError as error:
        print("a name that is not there:", error)
    else:
        raise AssertionError("None became a tensor")

# %% [markdown] rows=["S09.2", "E07"]
# Four things are wrong. The **length** is told. The **name** inside the file is fixed. **`get`** gives None for a missing name, and the error then speaks of
# NoneType where it should name the culprit. And **`torch.tensor(handle)`** asks the file for every row one by one; torch itself complains. How much is
# that?

# %% rows=["S09.2", "E07"]
with h5py.File("files/chunks.h5", "r") as file, warnings.catch_warnings():
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    row_by_row = torch.tensor(file["plain"])
    between = time.perf_counter()
    at_once = torch.from_numpy(file["plain"][:])
    ended = time.perf_counter()
assert torch.equal(row_by_row, at_once)
assert between - began > 2 * (ended - between)
print(
    f"row by row {1000 * (between - began):.1f} ms, at once {1000 * (ended - between):.1f} ms"
)

# %% [markdown] rows=["S09.2", "E07"]
# Now write it well. `WholeTable(path, name)` reads the dataset `name` once, whole, in `__init__`. Its length comes from the data. A missing
# name raises KeyError. And the file is closed afterwards **in any case**, also when there was an error.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "whole_table"}
class WholeTable(Dataset):
    """One table of an HDF5 file, in memory.

    path: str; name: str, the path of a dataset inside the file.
    A sample: one row, as a tensor of the table's dtype. Raises KeyError where there is no such name.
    """

    def __init__(self, path, name):
        ### BEGIN SOLUTION
        with h5py.File(path, "r") as file:
            self.samples = torch.from_numpy(file[name][:])
        ### END SOLUTION

    def __len__(self):
        ### BEGIN SOLUTION
        return len(self.samples)
        ### END SOLUTION

    def __getitem__(self, index):
        ### BEGIN SOLUTION
        return self.samples[index]
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_whole_table", "points": 3}
def is_closed(path):
    """Whether nobody in this program has the file open."""
    try:
        h5py.File(path, "r+").close()
    except OSError:
        return False
    return True


def every_row(path, name):
    shelf = WholeTable(path, name)
    return {"length": len(shelf), "rows": [shelf[i] for i in range(len(shelf))]}


def closed_after(path, name):
    """Whether WholeTable leaves the file closed, whatever happens."""
    path = shutil.copy(path, new_path())
    try:
        shelf = WholeTable(path, name)
    except KeyError:
        return is_closed(path)
    return is_closed(path) and len(shelf) > 0


check(every_row, "files/rows.h5", "samples").gives(
    {"length": 3, "rows": list(torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))}
)
check(every_row, "files/rows.h5", "other").gives(
    {"length": 1, "rows": [torch.tensor([7, 8, 9])]}
)
check(every_row, "files/rows.h5", "typo").raises(KeyError)
check(closed_after, "files/rows.h5", "samples").gives(True)
check(closed_after, "files/rows.h5", "typo").gives(True)
solved(WholeTable)
### BEGIN HIDDEN TESTS
for _n, _width, _dtype in ((0, 3, torch.uint8), (1, 1, torch.float64), (7, 2, torch.int64)):
    _rows, _path = fresh.integers(0, 100, _n, _width).to(_dtype), new_path()
    with h5py.File(_path, "w") as _file:
        _file["deep/in/here"] = _rows
    check(every_row, _path, "deep/in/here").gives({"length": _n, "rows": list(_rows)})
    check(every_row, _path, "deep/in/there").raises(KeyError)
    check(closed_after, _path, "deep/in/there").gives(True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: in any case</summary><code>with h5py.File(path, "r") as file:</code> closes the file also when an error comes in between. A <code>close()</code> on a
# line of its own is never reached then.</details>
# <details><summary>Hint 2: read, do not keep</summary><code>file[name]</code> is a handle and dies with the file. <code>file[name][:]</code> is the data. Square brackets
# with an unknown name raise KeyError by themselves.</details>
# <details><summary>Hint 3: nearly there</summary><code>self.samples = torch.from_numpy(file[name][:])</code>, inside the <code>with</code>.</details>

# %% [markdown] rows=["S09.2"]
# ## 3 · Eager or lazy?
#
# `WholeTable` is **eager**: it carries the whole cupboard into memory before the first sample is used. For 1,797 tiny
# digits that is right. Let us make a file where it hurts: 24,000 pictures of 64 × 64 pixels, our digits enlarged, with
# noise. (Real collections are a thousand times larger. The arithmetic is the same.)

# %% rows=["S09.2"]
BIG = os.path.join(room.name, "big.h5")
PICTURES = 24_000


def enlarged(places, noise):
    """Digits of 64 × 64 pixels, 0 to 255, each pixel a little darker by chance."""
    pictures = images[places].repeat_interleave(8, dim=1).repeat_interleave(8, dim=2)
    return pictures * 15 + torch.randint(0, 15, pictures.shape, generator=noise).to(
        torch.uint8
    )


began = time.perf_counter()
dice = torch.Generator().manual_seed(0)
order = torch.randint(0, len(images), (PICTURES,), generator=dice)
with h5py.File(BIG, "w") as file:
    table = file.create_dataset(
        "images", (PICTURES, 64, 64), dtype="uint8", chunks=(64, 64, 64)
    )
    for start in range(0, PICTURES, 2000):
        table[start : start + 2000] = enlarged(order[start : start + 2000], dice)
    file["labels"] = labels[order]
print(f"{os.path.getsize(BIG) / 1e6:.0f} MB, made in {time.perf_counter() - began:.1f} s")
assert os.path.getsize(BIG) >= PICTURES * 64 * 64

# %% [markdown] rows=["S09.2"]
# Note *how* it was made: an empty table of the full shape, then filled piece by piece. We never held more than 2,000 pictures. Reading can be done in
# the same way. A **lazy** dataset keeps the handle, and reads a sample when it is asked for:


# %% rows=["S09.2"]
class Lazy(Dataset):
    """Pictures and labels that stay in the file until somebody asks."""

    def __init__(self, path):
        self.file = h5py.File(path, "r")
        self.images, self.labels = self.file["images"], self.file["labels"]

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return torch.from_numpy(self.images[index]), int(self.labels[index])


class Eager(TensorDataset):
    """The same, read whole at the beginning."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            super().__init__(
                torch.from_numpy(file["images"][:]), torch.from_numpy(file["labels"][:])
            )


def weigh(make, path):
    """What it takes to make a dataset: the thing itself, MB of memory at the peak, and seconds."""
    tracemalloc.start()
    began = time.perf_counter()
    made = make(path)
    seconds = time.perf_counter() - began
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return made, peak, seconds


# %% id="predict-float-memory"
predict(
    "How many MB (millions of bytes) would the 24,000 pictures take as float32? A number near enough will do.",
    mine=...,
    truth=lambda: round(PICTURES * 64 * 64 * 4 / 1e6),
)

# %% rows=["S09.2"]
eager, eager_mb, eager_seconds = weigh(Eager, BIG)
lazy, lazy_mb, lazy_seconds = weigh(Lazy, BIG)
print(f"eager: {eager_mb:6.1f} MB, {1000 * eager_seconds:5.1f} ms until the shelf stands")
print(f"lazy:  {lazy_mb:6.1f} MB, {1000 * lazy_seconds:5.1f} ms")
assert eager_mb > 98 and lazy_mb < 2
assert len(eager) == len(lazy) == PICTURES
assert torch.equal(eager[123][0], lazy[123][0]) and eager[123][1] == lazy[123][1]

# %% [markdown] rows=["S09.2"]
# The same pictures, and a hundred times less memory. (`tracemalloc` counts what Python and NumPy take. HDF5 keeps a few chunks beside it, some MB
# at most.) What does it cost? Let us count **samples per second**: in order, and shuffled.


# %% rows=["S09.2"]
def rate(loader, trays=40):
    """Samples per second over the first trays of a loader."""
    began, samples = time.perf_counter(), 0
    for number, tray in enumerate(loader, start=1):
        samples += len(tray[0])
        if number == trays:
            break
    return samples / (time.perf_counter() - began)


rates = {}
for name, shelf in (("eager", eager), ("lazy", lazy)):
    for shuffle in (False, True):
        rates[name, shuffle] = rate(DataLoader(shelf, batch_size=64, shuffle=shuffle))
        print(
            f"{name:6}{'shuffled' if shuffle else 'in order':10}{rates[name, shuffle]:10,.0f} samples/s"
        )

# %% [markdown] rows=["S09.2"]
# Your numbers differ from mine, and from run to run. The order of magnitude is what counts. Eager does not care about the order. Lazy does: with 64 pictures
# a chunk, a shuffled reader touches another chunk for nearly every picture. (And these files come out of the computer's own cache of the disk. From a real disk or a
# network, a jump costs far more.)
#
# With compression the jump gets dear: to see one picture, 64 must be unpacked.

# %% rows=["S09.2"]
SQUEEZED = os.path.join(room.name, "squeezed.h5")
with h5py.File(SQUEEZED, "w") as file:
    file.create_dataset(
        "images", data=eager.tensors[0][:4096], chunks=(64, 64, 64), compression="lzf"
    )
    file["labels"] = eager.tensors[1][:4096]

squeezed = Lazy(SQUEEZED)
in_order = rate(DataLoader(squeezed, batch_size=64), trays=12)
dice = torch.Generator().manual_seed(0)
jumping = rate(DataLoader(squeezed, batch_size=64, shuffle=True, generator=dice), trays=12)
print(f"compressed: {in_order:,.0f} samples/s in order, {jumping:,.0f} shuffled")
assert in_order > 2 * jumping

# %% [markdown] rows=["S09.2"]
# So the shape of the chunks belongs to *how you will read*. One sample a chunk for shuffled reading; many for reading in
# order. Section 6 shows a way to have both.
#
# ### Exercise 9.5 · Will it fit?
# ●●○○ · 8 minutes · 2 points
#
# Before you decide, you want to know what eager loading would take, and you want to know it **without reading the data**: the handles know shapes and
# dtypes. Write `eager_bytes(path)`: the bytes of all datasets of a file, in all groups, however deep. `visititems(f)` calls `f(name, thing)` for every group
# and dataset. (It stops as soon as `f` returns something other than None.)
#
# One of the examples is a file of a few kilobytes that holds a table of 8 TB: rooms that nobody has moved into.

# %% id="to-weigh" rows=["S09.2"]
with h5py.File("files/hall.h5", "w") as file:
    file.create_dataset("empty/hall", (2_000_000, 1_000_000), "float32", chunks=(10, 10))
with h5py.File("files/mixed.h5", "w") as file:
    file["a"] = np.zeros((3, 2), dtype=np.float64)
    file["deep/er/b"] = np.zeros(5, dtype=np.uint8)
    file["deep/c"] = np.int64(7)
    file.create_dataset(
        "d", data=np.zeros(1000, np.int16), chunks=(100,), compression="gzip"
    )
assert os.path.getsize("files/hall.h5") < 10_000


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "eager_bytes"}
def eager_bytes(path):
    """The memory that all datasets of an HDF5 file would take.

    path: str.
    Returns: int, bytes.
    """
    ### BEGIN SOLUTION
    sizes = []

    def note(name, thing):
        if isinstance(thing, h5py.Dataset):
            sizes.append(thing.size * thing.dtype.itemsize)

    with h5py.File(path, "r") as file:
        file.visititems(note)
    return sum(sizes)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_eager_bytes", "points": 2}
check(eager_bytes, "files/rows.h5").gives(48)
check(eager_bytes, "files/mixed.h5").gives(2061)
check(eager_bytes, "files/hall.h5").gives(8_000_000_000_000)
solved(eager_bytes)
### BEGIN HIDDEN TESTS
for _ in range(3):
    _right, _path = 0, new_path()
    with h5py.File(_path, "w") as _file:
        for _name in ("x", "y/z", "y/w/v")[: fresh.integer(0, 3)]:
            _table = np.zeros(
                fresh.shape(2, 0, 6), dtype=["u1", "i4", "f8"][fresh.integer(0, 2)]
            )
            _file[_name] = _table
            _right += _table.nbytes
    check(eager_bytes, _path).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: who is a dataset?</summary><code>visititems</code> shows groups too, and they have no shape. <code>isinstance(thing, h5py.Dataset)</code> tells.</details>
# <details><summary>Hint 2: one table</summary>As with tensors: cells times bytes of a cell. <code>thing.size</code> counts the cells, <code>thing.dtype.itemsize</code> the bytes.
# (<code>thing.nbytes</code> is both.)</details>
# <details><summary>Hint 3: nearly there</summary>Collect in a list: <code>sizes.append(thing.nbytes)</code> inside a small function <code>note(name, thing)</code> that returns
# nothing; then <code>file.visititems(note)</code> and <code>sum(sizes)</code>.</details>

# %% [markdown] rows=["S09.3"]
# ## 4 · Who carries the tray
#
# Inside a DataLoader three small parts stand in a row. A **sampler** says which places to visit, in which order. A **batch
# sampler** cuts that list into trays. And **`collate_fn`** joins what was fetched. `batch_size`, `shuffle` and `drop_last` only choose them for you:

# %% rows=["S09.3"]
loader = DataLoader(range(7), batch_size=3)
assert isinstance(loader.sampler, SequentialSampler)
assert list(loader.sampler) == [0, 1, 2, 3, 4, 5, 6]
assert list(loader.batch_sampler) == [[0, 1, 2], [3, 4, 5], [6]]
assert loader.collate_fn is default_collate

assert isinstance(DataLoader(range(7), shuffle=True).sampler, RandomSampler)
assert list(BatchSampler(range(7), batch_size=3, drop_last=True)) == [[0, 1, 2], [3, 4, 5]]

evens = DataLoader(range(7), batch_size=2, sampler=[0, 2, 4, 6])
assert [tray.tolist() for tray in evens] == [[0, 2], [4, 6]]
print([tray.tolist() for tray in loader], [tray.tolist() for tray in evens])

# %% [markdown] rows=["S09.3"]
# In motion: three epochs of a shuffled loader with `drop_last=True`. Watch which place goes onto which tray, and what stays behind.

# %% id="see-trays" rows=["S09.3"]
show_loader(DataLoader(range(7), batch_size=3, shuffle=True, drop_last=True), epochs=3)

# %% id="predict-drop-last"
predict(
    "1797 digits, batch_size=32, drop_last=True. What is len(loader)?",
    mine=...,
    truth=lambda: len(DataLoader(images, batch_size=32, drop_last=True)),
)

# %% rows=["S09.3"]
assert len(DataLoader(images, batch_size=32, drop_last=True)) == 1797 // 32 == 56
assert len(DataLoader(images, batch_size=32)) == 57
*_, last = DataLoader(images, batch_size=32)
assert len(last) == 1797 - 56 * 32 == 5
print("The last tray would hold", len(last))

# %% [markdown] rows=["S09.3"]
# `len(loader)` counts **trays**, `len(loader.dataset)` counts samples. Drop the short tray in training, where a batch of one upsets layers such as
# BatchNorm. Never drop it when you evaluate: those samples count.
#
# ### Exercise 9.6 · Be the loader
# ●●●○ · 10 minutes · 3 points
#
# Nothing in there is magic. Write `trays(dataset, batch_size, order, drop_last)`: what a DataLoader would bring when its sampler says `order`. Every sample of the
# dataset is a pair of tensors. Return a list of pairs, both parts stacked.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "trays"}
def trays(dataset, batch_size, order, drop_last):
    """A DataLoader by hand.

    dataset: has [index], which gives a pair of tensors; batch_size: int; order: list of int, the places to visit;
    drop_last: bool, whether a tray that is not full stays behind.
    Returns: list of pairs of tensors, each with a new first dimension.
    """
    ### BEGIN SOLUTION
    brought = []
    for start in range(0, len(order), batch_size):
        places = order[start : start + batch_size]
        if len(places) < batch_size and drop_last:
            continue
        first, second = zip(*[dataset[i] for i in places], strict=True)
        brought.append((torch.stack(first), torch.stack(second)))
    return brought
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_trays", "points": 3}
tens = TensorDataset(torch.arange(0, 50, 10), torch.arange(5.0))
check(trays, tens, 2, [0, 1, 2, 3, 4], False).gives(
    [
        (torch.tensor([0, 10]), torch.tensor([0.0, 1.0])),
        (torch.tensor([20, 30]), torch.tensor([2.0, 3.0])),
        (torch.tensor([40]), torch.tensor([4.0])),
    ]
)
check(trays, tens, 2, [4, 0, 3, 3, 1], True).gives(
    [
        (torch.tensor([40, 0]), torch.tensor([4.0, 0.0])),
        (torch.tensor([30, 30]), torch.tensor([3.0, 3.0])),
    ]
)
check(trays, tens, 3, [1, 2, 3], True).gives(
    [(torch.tensor([10, 20, 30]), torch.tensor([1.0, 2.0, 3.0]))]
)
solved(trays)
### BEGIN HIDDEN TESTS
for _n, _size in ((1, 1), (5, 2), (6, 3), (4, 9), (0, 2)):
    for _drop in (False, True):
        _shelf = TensorDataset(fresh.floats(8, 2, 3), fresh.integers(0, 9, 8))
        _order = fresh.integers(0, 7, _n).tolist()
        _loader = DataLoader(_shelf, batch_size=_size, sampler=_order, drop_last=_drop)
        check(trays, _shelf, _size, _order, _drop).gives([tuple(_t) for _t in _loader])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: three steps</summary>Cut the order into pieces; fetch the samples of a piece; join them. Where is the decision about the last piece?</details>
# <details><summary>Hint 2: cut and join</summary><code>range(0, len(order), batch_size)</code> gives the starts. <code>zip(*pairs)</code> turns a list of pairs into all first parts and all second
# parts.</details>
# <details><summary>Hint 3: nearly there</summary><code>pairs = [dataset[i] for i in order[start : start + batch_size]]</code>,
# <code>first, second = zip(*pairs)</code>, and append <code>(torch.stack(first), torch.stack(second))</code> unless the piece is short and
# <code>drop_last</code>.</details>

# %% [markdown] rows=["S09.3"]
# ### Order and chance
#
# `shuffle=True` draws a new order **each time you begin a loop**. Training wants that: the same order every epoch would teach the order too. To get the same
# orders tomorrow, give the loader its own dice, a `generator` with a seed.


# %% rows=["S09.3"]
def two_epochs(seed):
    dice = torch.Generator().manual_seed(seed)
    loader = DataLoader(range(8), batch_size=8, shuffle=True, generator=dice)
    return [next(iter(loader)).tolist() for _ in range(2)]


first, second = two_epochs(seed=1)
assert first != second and sorted(first) == sorted(second) == list(range(8))
assert two_epochs(seed=1) == [first, second]
print("first epoch ", first)
print("second epoch", second)

# %% [markdown] rows=["S09.3"]
# Without `generator` the loader throws the dice of the whole program. Even one that does not shuffle?

# %% id="predict-dice"
torch.manual_seed(0)
without_a_look = torch.rand(1).item()
torch.manual_seed(0)
for _ in DataLoader(range(8), batch_size=8):
    pass
after_a_look = torch.rand(1).item()

predict(
    "The same seed, once with a loop over an unshuffled loader in between. Is the next random number the same? True or False",
    mine=...,
    truth=lambda: without_a_look == after_a_look,
)

# %% rows=["S09.3"]
assert without_a_look != after_a_look
torch.manual_seed(0)
for _ in DataLoader(range(8), batch_size=8, generator=torch.Generator()):
    pass
assert torch.rand(1).item() == without_a_look
print("A loader throws once at the start of each loop: a seed for workers, needed or not.")

# %% [markdown] rows=["S09.3"]
# So one look at the validation data more, and your training goes another way. A generator of its own for each loader keeps them apart.
#
# A sampler need not visit every place once. **`WeightedRandomSampler`** draws places with a weight for each, and puts them back. Here nine in ten
# samples are of class 0; weighed by 1 / (size of the class), both classes come up about equally often:

# %% rows=["S09.3"]
classes = torch.tensor([0] * 900 + [1] * 100)
weights = 1.0 / torch.bincount(classes)[classes]
dice = torch.Generator().manual_seed(0)
sampler = WeightedRandomSampler(weights, num_samples=1000, generator=dice)
drawn = torch.cat(list(DataLoader(classes, batch_size=100, sampler=sampler)))
print("class 0:", int((drawn == 0).sum()), " class 1:", int((drawn == 1).sum()))
assert len(drawn) == 1000 and 400 < int(drawn.sum()) < 600
try:
    DataLoader(classes, sampler=sampler, shuffle=True)
except ValueError as error:
    print("ValueError:", error)
else:
    raise AssertionError("two opinions about the order were accepted")

# %% [markdown] rows=["S09.3"]
# ### Exercise 9.7 · Things of different length
# ●●○○ · 9 minutes · 2 points
#
# Sentences, melodies, days with rain: some samples have a length of their own. Here is what the loader says to that:

# %% rows=["S09.3"]
spells = [torch.tensor([10.9, 0.8, 20.3]), torch.tensor([1.3, 2.5])]
try:
    next(iter(DataLoader(spells, batch_size=2)))
except RuntimeError as error:
    print("RuntimeError:", error)
else:
    raise AssertionError("different lengths were stacked")

# %% [markdown] rows=["S09.3"]
# Read it: *stack* is the collating, *entry 0* the first sample of the tray, `[3]` its shape. The samples are fine. They only do not fit on one tray, and
# `collate_fn` may be any function from a list of samples to what you want on the tray.
#
# Write `padded(samples)`: a pair of one table, in which the short rows are filled up with 0 at the end, and the true lengths. (Why the lengths? Because
# afterwards nobody can tell a filled-up 0 from a dry day.) `pad_sequence` is imported; look at its `batch_first`.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "padded"}
def padded(samples):
    """Rows of different length on one tray.

    samples: list of 1-d float32 tensors, at least one.
    Returns: float32 of shape (len(samples), longest), filled up with 0; and the lengths, int64, shape (len(samples),).
    """
    ### BEGIN SOLUTION
    lengths = torch.tensor([len(sample) for sample in samples])
    return pad_sequence(samples, batch_first=True), lengths
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_padded", "points": 2}
check(padded, [torch.tensor([1.0, 2.0, 3.0]), torch.tensor([4.0])]).gives(
    (torch.tensor([[1.0, 2.0, 3.0], [4.0, 0.0, 0.0]]), torch.tensor([3, 1]))
)
# the second spell begins with a true 0, the third has no day at all
check(padded, [torch.tensor([5.0]), torch.tensor([0.0, 6.0]), torch.tensor([])]).gives(
    (torch.tensor([[5.0, 0.0], [0.0, 6.0], [0.0, 0.0]]), torch.tensor([1, 2, 0]))
)
solved(padded)
### BEGIN HIDDEN TESTS
for _n in (1, 2, 5):
    _samples = [fresh.floats(fresh.integer(0, 6)) for _ in range(_n)]
    _right = torch.zeros(_n, max(len(_s) for _s in _samples))
    for _i, _s in enumerate(_samples):
        _right[_i, : len(_s)] = _s
    check(padded, _samples).gives((_right, torch.tensor([len(_s) for _s in _samples])))
_loader = DataLoader(_samples, batch_size=_n, collate_fn=padded)
_ = check(next, iter(_loader)).gives(padded(_samples), repeatable=False)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: look first</summary>Run <code>pad_sequence([torch.ones(3), torch.ones(1)])</code> in a cell of your own, with <code>batch_first=True</code> and
# without.</details>
# <details><summary>Hint 2: the lengths</summary>They are those of the samples before you fill up: one <code>len</code> for each.</details>
# <details><summary>Hint 3: nearly there</summary><code>pad_sequence(samples, batch_first=True)</code> and
# <code>torch.tensor([len(s) for s in samples])</code>, as a pair.</details>

# %% id="use-padded"
try:
    rain = load_weather().values[:, 0]
    wet, spell, all_spells = rain > 0, [], []
    for is_wet, amount in zip(wet.tolist(), rain, strict=True):
        if is_wet:
            spell.append(amount)
        elif spell:
            all_spells.append(torch.stack(spell))
            spell = []
    table, lengths = next(iter(DataLoader(all_spells, batch_size=4, collate_fn=padded)))
    print("the first four rainy spells of 2012 in Seattle, of", lengths.tolist(), "days:")
    print(table)
except NotImplementedError:
    print("First write padded above; then run this cell again.")

# %% [markdown] rows=["S09.3"]
# ### To the graphics card
#
# A graphics card (GPU) copies best out of **pinned** memory: pages that the system promises not to move. `pin_memory=True` makes the loader put each tray there. Then
# `.to(device, non_blocking=True)` copies while the program goes on. Without a GPU there is nothing to pin for, and torch warns; so ask first. [Chapter 12](../12_devices/12_devices.ipynb) measures it.

# %% rows=["S09.3"]
device = best_device()
has_cuda = device.type == "cuda"
loader = DataLoader(TensorDataset(images, labels), batch_size=32, pin_memory=has_cuda)
x, y = next(iter(loader))
assert x.is_pinned() == has_cuda
x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
assert x.device.type == y.device.type == device.type
print("one tray on", x.device)

# %% [markdown]
# This is a good place for a break.

# %% [markdown] rows=["S09.3", "E08"]
# ## 5 · Helpers
#
# So far one program did everything: fetch a tray, calculate, fetch a tray. While it fetches, it cannot calculate. `num_workers=2` hires two helpers, who fetch the next trays
# meanwhile.
#
# *Claim check.* You will read that `num_workers` is a number of **threads**. Threads of one program share its memory and its process id (`os.getpid()`). Separate
# **processes** share neither. This dataset tells who fetched, and counts how often it was asked:


# %% rows=["S09.3", "E08"]
CAN_FORK = "fork" in multiprocessing.get_all_start_methods()


def helpers(how_many):
    """A loader's settings for that many helpers, copies of this program; none on a system that cannot copy programs."""
    if how_many == 0 or not CAN_FORK:
        return {}
    return {"num_workers": how_many, "multiprocessing_context": "fork"}


class WhoFetched(Dataset):
    def __init__(self):
        self.asked = 0

    def __len__(self):
        return 8

    def __getitem__(self, index):
        self.asked += 1
        return os.getpid()


asker = WhoFetched()
fetched_by = torch.cat(list(DataLoader(asker, batch_size=2, **helpers(2)))).tolist()

# %% id="predict-processes"
predict(
    "8 samples by 2 helpers. How many different process ids are in fetched_by?",
    mine=...,
    truth=lambda: len(set(fetched_by)),
)

# %% id="predict-counter"
predict(
    "And what does asker.asked say now, in your program?",
    mine=...,
    truth=lambda: asker.asked,
)

# %% rows=["S09.3", "E08"]
print("this program:", os.getpid(), " fetched by:", fetched_by)
if CAN_FORK:
    assert len(set(fetched_by)) == 2 and os.getpid() not in fetched_by
    assert asker.asked == 0
    assert fetched_by[:4] == [fetched_by[0]] * 2 + [fetched_by[2]] * 2

# %% [markdown] rows=["S09.3", "E08"]
# Two processes, neither of them yours. Each got **a copy of the dataset**, counted in its copy, and went home. Nothing that a helper changes comes back, except the trays.
#
# And the trays come **in the right order**: first helper, second helper, first helper …, as if you had fetched them yourself.
#
# (On Linux a helper starts as a copy of your program, a *fork*. Windows and macOS start an empty one and send the dataset over, packed with `pickle`; so do new Pythons on Linux, unless
# told otherwise. An empty helper must *import* your dataset's class, and cannot when it stands in a notebook. So here `helpers` asks for copies; in a project of your own, put the class into a
# `.py` file.)

# %% [markdown] rows=["S09.3"]
# ### What a helper costs
#
# Hiring takes time, at the start of every loop. Work that is done in no time is done faster alone:


# %% rows=["S09.3"]
def until_first_tray(**settings):
    """Seconds until a loader over the digits has brought its first tray."""
    loader = DataLoader(TensorDataset(images, labels), batch_size=32, **settings)
    began = time.perf_counter()
    trays_in_hand = iter(loader)
    next(trays_in_hand)
    seconds = time.perf_counter() - began
    del trays_in_hand  # sends the helpers home
    return seconds


alone = min(until_first_tray() for _ in range(5))
hired = until_first_tray(**helpers(2))
print(
    f"the first tray: alone {1000 * alone:.1f} ms, with two helpers {1000 * hired:.1f} ms"
)
if CAN_FORK:
    assert hired > 3 * alone

# %% [markdown] rows=["S09.3"]
# Now a shelf in a distant place. It takes 5 ms to answer, in which one can only wait.


# %% rows=["S09.3"]
class Distant(Dataset):
    def __len__(self):
        return 240

    def __getitem__(self, index):
        time.sleep(0.005)
        return index


def whole_loop(loader):
    """Seconds for all trays of a loader."""
    began = time.perf_counter()
    for _ in loader:
        pass
    return time.perf_counter() - began


alone = whole_loop(DataLoader(Distant(), batch_size=8))
hired = whole_loop(DataLoader(Distant(), batch_size=8, **helpers(2)))
print(f"all trays: alone {alone:.2f} s, with two helpers {hired:.2f} s")
if CAN_FORK:
    assert hired < alone

# %% [markdown] rows=["S09.3"]
# Here it is from the side. Your program spends 20 ms on each tray, as a training step would. While it does, the helpers fetch ahead. Look for the hatched places, in which it has to wait for a tray: at the beginning,
# and wherever two helpers together are slower than the step.

# %% id="see-helpers" rows=["S09.3"]
show_loader(DataLoader(Distant(), batch_size=8, **helpers(2)), batches=10, work=0.02)

# %% [markdown] rows=["S09.3"]
# So: **helpers pay where fetching takes long**, by waiting or by work (unpacking, decoding, turning pictures). They do not pay for data that lies in memory. Measure, with 0, 1, 2; more than your
# cores rarely help.
#
# With `persistent_workers=True` the helpers stay between epochs, and are hired once. `prefetch_factor` (2, unless you say otherwise) is how many trays each of them carries ahead.

# %% rows=["S09.3"]
if CAN_FORK:
    for stay in (False, True):
        loader = DataLoader(WhoFetched(), persistent_workers=stay, **helpers(1))
        epochs = [next(iter(loader)).item() for _ in range(2)]
        print("persistent" if stay else "hired anew", epochs)
        assert (epochs[0] == epochs[1]) == stay
        del loader

# %% [markdown] rows=["S09.3"]
# ### Two helpers with the same dice
#
# Data is often changed a little by chance before training: a shift, some noise. Each helper has a copy of the dataset. So
# what of dice that lie *in* the dataset?


# %% id="noisy" rows=["S09.3"]
class Noisy(Dataset):
    """Chance from three places: torch's dice, NumPy's, and a generator that lies in the dataset."""

    def __init__(self):
        self.dice = torch.Generator().manual_seed(0)

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.rand(()), np.random.rand(), torch.rand((), generator=self.dice)


def throws(**settings):
    """What two helpers throw: three tensors of four numbers."""
    program = torch.Generator().manual_seed(0)
    loader = DataLoader(Noisy(), generator=program, **helpers(2), **settings)
    return [torch.cat(column) for column in zip(*loader, strict=True)]


from_torch, from_numpy, from_dataset = throws()

# %% id="predict-same-dice"
predict(
    "4 throws of the dataset's own dice, 2 by each helper. How many different numbers are among them?",
    mine=...,
    truth=lambda: len(set(from_dataset.tolist())),
)

# %% rows=["S09.3"]
print("torch  ", from_torch)
print("NumPy  ", from_numpy)
print("dataset", from_dataset)
assert len(set(from_torch.tolist())) == len(set(from_numpy.tolist())) == 4
if CAN_FORK:
    assert len(set(from_dataset.tolist())) == 2

# %% [markdown] rows=["S09.3"]
# *Claim check.* Old texts warn that NumPy's `np.random` repeats itself in every helper. It did, once. Today torch gives a seed of their own to its own, Python's and NumPy's dice in each
# helper. What it cannot know are dice that **you** brought along. For these there is **`worker_init_fn`**: it runs once in each helper, before the first sample. `get_worker_info()` tells a
# helper its number, the number of helpers, a seed that nobody else has, and which copy of the dataset is its own. Below, the dataset's dice are seeded with a throw of the helper's own.


# %% rows=["S09.3"]
def new_dice(number):
    me = get_worker_info()
    assert me.id == number and me.num_workers == 2 and me.seed == torch.initial_seed()
    me.dataset.dice.manual_seed(int(torch.randint(2**62, ())))


*_, from_dataset = throws(worker_init_fn=new_dice)
print("dataset", from_dataset)
assert len(set(from_dataset.tolist())) == 4
assert torch.equal(
    throws(worker_init_fn=new_dice)[2], from_dataset
)  # and the same tomorrow

# %% [markdown] rows=["S09.1", "S09.3"]
# And a stream? Nobody hands out places there. Each helper has a copy of the whole stream:

# %% id="predict-stream"
predict(
    "DataLoader(Countdown(3), batch_size=None, ...) with 2 helpers: which numbers come, sorted? Write a list.",
    mine=...,
    truth=lambda: sorted(DataLoader(Countdown(3), batch_size=None, **helpers(2))),
)

# %% rows=["S09.1", "S09.3"]
if CAN_FORK:
    assert sorted(DataLoader(Countdown(3), batch_size=None, **helpers(2))) == [
        1,
        1,
        2,
        2,
        3,
        3,
    ]
    print("Everything twice. (batch_size=None brings samples one by one, without trays.)")

# %% [markdown] rows=["S09.1", "S09.3"]
# ### Exercise 9.8 · Share the work
# ●●●○ · 10 minutes · 3 points
#
# Write the stream `Share(items)`, so that helpers divide the items among them: every item comes once, and no helper has two more than another. It must work
# with any number of helpers, and with none: then `get_worker_info()` is None.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "share"}
class Share(IterableDataset):
    """A stream that helpers divide among them.

    items: a list.
    """

    def __init__(self, items):
        ### BEGIN SOLUTION
        self.items = items
        ### END SOLUTION

    def __iter__(self):
        ### BEGIN SOLUTION
        me = get_worker_info()
        if me is None:
            return iter(self.items)
        return iter(self.items[me.id :: me.num_workers])
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_share", "points": 3}
def signed(item):
    """Runs in the helper: who brings what."""
    me = get_worker_info()
    return (me.id if me else 0), item


def brought(items, how_many):
    """What that many helpers bring of Share(items), and how many each of them."""
    loader = DataLoader(
        Share(items), batch_size=None, collate_fn=signed, **helpers(how_many)
    )
    pairs = list(loader)
    return {
        "items": sorted(item for _, item in pairs),
        "each": sorted(Counter(who for who, _ in pairs).values()),
    }


def fairly(items, how_many):
    """What brought should say."""
    parts = max(1, how_many) if CAN_FORK else 1
    sizes = [len(items) // parts + (i < len(items) % parts) for i in range(parts)]
    return {"items": sorted(items), "each": sorted(size for size in sizes if size)}


check(brought, [10, 20, 30, 40, 50], 0).gives(fairly([10, 20, 30, 40, 50], 0))
check(brought, [10, 20, 30, 40, 50], 1).gives(fairly([10, 20, 30, 40, 50], 1))
check(brought, [10, 20, 30, 40, 50], 2).gives(fairly([10, 20, 30, 40, 50], 2))
solved(Share)
### BEGIN HIDDEN TESTS
for _n, _helpers in ((0, 2), (1, 2), (7, 2), (6, 1), (4, 0), (9, 2)):
    _items = fresh.permutation(100)[:_n].tolist()
    check(brought, _items, _helpers).gives(fairly(_items, _helpers))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: who am I?</summary><code>me = get_worker_info()</code>. If it is None, nobody helps, and everything is yours.</details>
# <details><summary>Hint 2: dealing cards</summary>With two helpers, number 0 takes the items 0, 2, 4 … and number 1 takes 1, 3, 5 … A slice may have a step.</details>
# <details><summary>Hint 3: nearly there</summary><code>iter(self.items[me.id :: me.num_workers])</code></details>

# %% [markdown] rows=["S09.2", "S09.3"]
# ### An open file does not travel
#
# `Lazy` opens its file in `__init__`, in your program. Then helpers get a copy. Of an open file? On systems that send the dataset over, packed, this ends at once:

# %% rows=["S09.2", "S09.3"]
try:
    pickle.dumps(lazy.images)
except TypeError as error:
    print("TypeError:", error)
else:
    raise AssertionError("an open HDF5 file was packed")

# %% [markdown] rows=["S09.2", "S09.3"]
# A forked helper inherits the open file. But an open file is not only a name. It has a *place*, up to which it has been read, like a finger in a book; and the system keeps **one** finger for all
# copies. Here is a plain file of ten bytes. Your program opens it. A helper reads four bytes.


# %% id="tape" rows=["S09.3"]
Path("files/tape.bin").write_bytes(bytes(range(10)))
tape = open("files/tape.bin", "rb", buffering=0)


class Tape(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return tape.read(1)[0]


read_by_helper = list(DataLoader(Tape(), batch_size=None, **helpers(1)))
place = tape.tell()

# %% id="predict-tape"
predict(
    "Your own program has not read a byte. Where does its finger stand: what is place?",
    mine=...,
    truth=lambda: place,
)

# %% rows=["S09.3"]
assert read_by_helper == [0, 1, 2, 3] and place == 4
tape.close()
print("Two readers, one finger: whoever jumps takes the other along.")

# %% [markdown] rows=["S09.2", "S09.3"]
# HDF5 jumps about all the time, and keeps notes about the file besides. Versions before 1.10.5 gave **wrong samples, without an error**. Newer ones read without the finger, so on Linux it mostly goes well, which is
# worse: you will not notice that your program stands on luck, until it stands still, or lies, on another machine. The manual of h5py advises to open the file in each process.
#
# Let us turn luck into an error. This file knows who opened it:


# %% id="guarded" rows=["S09.2", "S09.3"]
class Guarded(h5py.File):
    """An HDF5 file for reading that refuses every process but the one that opened it."""

    opened = 0  # how often this process opened one

    def __init__(self, path):
        super().__init__(path, "r")
        self.opened_by = os.getpid()
        Guarded.opened += 1

    def __getitem__(self, name):
        if os.getpid() != self.opened_by:
            raise RuntimeError(f"opened by process {self.opened_by}, read by {os.getpid()}")
        return super().__getitem__(name)


with h5py.File("files/own.h5", "w") as file:
    file["samples"] = np.arange(10).reshape(5, 2)


class OpenedTooEarly(Dataset):
    def __init__(self, path):
        self.file = Guarded(path)

    def __len__(self):
        return len(self.file["samples"])

    def __getitem__(self, index):
        return torch.from_numpy(self.file["samples"][index])


too_early = OpenedTooEarly("files/own.h5")
assert too_early[1].tolist() == [2, 3]  # alone, all is well
if CAN_FORK:
    try:
        list(DataLoader(too_early, **helpers(1)))
    except RuntimeError as error:
        first_line, *_, last_line = str(error).strip().splitlines()
        print(first_line)
        print("…")
        print(last_line)
    else:
        raise AssertionError("a helper read a file that it had not opened")
too_early.file.close()

# %% [markdown] rows=["S09.2", "S09.3"]
# So read an error from a helper: the first line says *where* (worker process 0), then comes the whole traceback as text, and **the last line says what happened**.
#
# ### Exercise 9.9 · Open it yourself
# ●●●○ · 12 minutes · 3 points
#
# Repair it. `OwnHandle(path)` opens the file with `Guarded(path)` when a sample is asked for **and this process has not opened it yet**; and only then, for opening is slow. The
# length may be read once at the beginning; that file must be closed again.
#
# Mind the usual remedy, `if self.file is None:`. Your program may have looked at a sample before the helpers were hired. Then the file is not None, and not theirs.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "own_handle"}
class OwnHandle(Dataset):
    """The table "samples" of an HDF5 file; each process opens the file for itself, once.

    path: str. A sample: one row, as a tensor.
    """

    def __init__(self, path):
        ### BEGIN SOLUTION
        self.path = path
        self.process = None
        with Guarded(path) as file:
            self.length = len(file["samples"])
        ### END SOLUTION

    def __len__(self):
        ### BEGIN SOLUTION
        return self.length
        ### END SOLUTION

    def __getitem__(self, index):
        ### BEGIN SOLUTION
        if self.process != os.getpid():
            self.process = os.getpid()
            self.file = Guarded(self.path)
        return torch.from_numpy(self.file["samples"][index])
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_own_handle", "points": 3}
def fetched(path, how_many, look_first):
    """All rows by that many helpers; perhaps your program looks at one before."""
    shelf = OwnHandle(path)
    if look_first:
        shelf[0]
    return torch.cat(list(DataLoader(shelf, batch_size=2, **helpers(how_many))))


def times_opened(path, samples):
    """How often one process opens the file for that many samples."""
    before, shelf = Guarded.opened, OwnHandle(path)
    for i in range(samples):
        shelf[i % len(shelf)]
    return Guarded.opened - before


def closed_when_made(path):
    """Whether OwnHandle leaves the file closed until the first sample is asked for."""
    path = shutil.copy(path, new_path())
    OwnHandle(path)
    return is_closed(path)


all_rows = torch.arange(10).reshape(5, 2)
check(fetched, "files/own.h5", 0, False).gives(all_rows)
check(fetched, "files/own.h5", 1, False).gives(all_rows)
check(fetched, "files/own.h5", 1, True).gives(all_rows)
check(times_opened, "files/own.h5", 20).satisfies(
    lambda times: times <= 2,
    "the file is opened at most twice: for the length, and for all samples",
)
check(closed_when_made, "files/own.h5").gives(True)
solved(OwnHandle)
### BEGIN HIDDEN TESTS
_rows, _path = fresh.floats(fresh.integer(1, 9), 3), new_path()
with h5py.File(_path, "w") as _file:
    _file["samples"] = _rows
for _helpers, _look in ((2, True), (0, True), (1, False)):
    check(fetched, _path, _helpers, _look).gives(_rows)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two things to remember</summary>The open file, and which process opened it. <code>os.getpid()</code> says which process runs now.</details>
# <details><summary>Hint 2: the length</summary><code>with Guarded(path) as file:</code> in <code>__init__</code>, read the length, and let the block close the file.</details>
# <details><summary>Hint 3: nearly there</summary>In <code>__getitem__</code>: <code>if self.process != os.getpid():</code> remember the process and open the file; then read as ever.
# Set <code>self.process = None</code> in <code>__init__</code>.</details>

# %% [markdown] rows=["S09.2", "S09.3"]
# ## 6 · A tray at a time
#
# `Lazy` walks to the file once for every sample. The loader knows all places of a tray beforehand. If your dataset has a method **`__getitems__`** (with an s), the loader calls it *once a
# tray*, with the list of places, and gives what it returns to `collate_fn`. Then one walk can fetch many samples:


# %% rows=["S09.2", "S09.3"]
class OneWalk(Lazy):
    """Reads from the first to the last place of a tray in one go."""

    walks = 0

    def __getitems__(self, places):
        self.walks += 1
        first, end = min(places), max(places) + 1
        pictures = torch.from_numpy(self.images[first:end])
        names = torch.from_numpy(self.labels[first:end])
        return [(pictures[p - first], names[p - first]) for p in places]


one_walk = OneWalk(BIG)
x, y = next(iter(DataLoader(one_walk, batch_size=64)))
assert one_walk.walks == 1 and x.shape == (64, 64, 64)
assert torch.equal(x, eager.tensors[0][:64]) and torch.equal(y, eager.tensors[1][:64])

in_order = DataLoader(one_walk, batch_size=64)
rates["one walk", False] = max(rate(in_order) for _ in range(3))
for name in ("eager", "lazy", "one walk"):
    print(f"{name:9} in order {rates[name, False]:10,.0f} samples/s")
assert rates["one walk", False] > rates["lazy", False]

# %% [markdown] rows=["S09.2", "S09.3"]
# In order, it is far ahead of `Lazy`, with the memory of one tray. But with holes between the places? h5py also takes a list of places. It looks like one walk:

# %% rows=["S09.2"]
every_third = list(range(0, 192, 3))
with h5py.File(BIG, "r") as file:
    table = file["images"]
    began = time.perf_counter()
    by_list = table[every_third]
    between = time.perf_counter()
    by_slice = table[0:192][::3]  # reads three times as much, in one go
    ended = time.perf_counter()
assert np.array_equal(by_list, by_slice)
assert between - began > ended - between
print(
    f"a list {1000 * (between - began):.2f} ms, a slice {1000 * (ended - between):.2f} ms"
)

# %% [markdown] rows=["S09.2", "S09.3"]
# Inside, HDF5 visits the places of a list one by one. To read too much in one go is quicker. Only not *far* too much: training wants shuffled data, and then the first and the last place of a tray lie at both ends of
# the file. One walk would read nearly all of it.
#
# The way out: **shuffle the trays, not the samples.** Places 0 to 63 stay together on one tray, 64 to 127 on another, and the trays come in a new order each epoch. It is not a perfect shuffle: neighbours in
# the file stay neighbours. So mix the file once, when you write it.
#
# ### Exercise 9.10 · Shuffle the trays
# ●●●○ · 9 minutes · 3 points
#
# A `batch_sampler` is anything that can be looped over and gives lists of places. Write the class `TrayShuffle(n, batch_size, generator)`. Each loop draws a new order of the trays,
# with `torch.randperm(number of trays, generator=generator)`. The last tray (in the file) may be short. `len` is the number of trays.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "tray_shuffle"}
class TrayShuffle:
    """Trays of neighbours, in a new order each epoch.

    n: int, the number of samples; batch_size: int; generator: torch.Generator.
    A loop gives lists of int.
    """

    def __init__(self, n, batch_size, generator):
        ### BEGIN SOLUTION
        self.n, self.batch_size, self.generator = n, batch_size, generator
        ### END SOLUTION

    def __len__(self):
        ### BEGIN SOLUTION
        return -(-self.n // self.batch_size)
        ### END SOLUTION

    def __iter__(self):
        ### BEGIN SOLUTION
        for tray in torch.randperm(len(self), generator=self.generator).tolist():
            start = tray * self.batch_size
            yield list(range(start, min(start + self.batch_size, self.n)))
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_tray_shuffle", "points": 3}
def epochs(n, batch_size, seed):
    """The places that TrayShuffle gives in two epochs."""
    sampler = TrayShuffle(n, batch_size, torch.Generator().manual_seed(seed))
    return [list(sampler) for _ in range(2)]


def number_of_trays(n, batch_size):
    return len(TrayShuffle(n, batch_size, torch.Generator()))


check(number_of_trays, 10, 4).gives(3)
check(number_of_trays, 8, 4).gives(2)
# randperm(3) with seed 5 gives 0, 1, 2 in some order, then in another
dice = torch.Generator().manual_seed(5)
three = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
check(epochs, 10, 4, 5).gives(
    [[three[t] for t in torch.randperm(3, generator=dice)] for _ in range(2)]
)
solved(TrayShuffle)
### BEGIN HIDDEN TESTS
for _n, _size in ((1, 1), (7, 3), (12, 4), (5, 9), (20, 1)):
    _seed = fresh.integer(0, 1000)
    _dice = torch.Generator().manual_seed(_seed)
    _trays = [t.tolist() for t in torch.arange(_n).split(_size)]
    check(number_of_trays, _n, _size).gives(len(_trays))
    check(epochs, _n, _size, _seed).gives(
        [
            [_trays[t] for t in torch.randperm(len(_trays), generator=_dice)]
            for _ in range(2)
        ]
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: how many trays?</summary>10 samples, 4 a tray: 4, 4 and 2. Division that rounds up: <code>-(-n // batch_size)</code>, or <code>math.ceil</code>.</details>
# <details><summary>Hint 2: one tray</summary>Tray number t begins at place <code>t * batch_size</code> and ends before the next one, or before <code>n</code>.</details>
# <details><summary>Hint 3: nearly there</summary>In <code>__iter__</code>, loop over <code>torch.randperm(len(self), generator=self.generator).tolist()</code> and <code>yield</code> the list of one
# range each time.</details>

# %% [markdown] rows=["S09.2", "S09.3"]
# Everything together. The last line is a training pile: four fifths of the places, with holes between them. A tray then reads over the holes.


# %% id="use-tray-shuffle"
def memory_of_a_tray(loader):
    """MB that a loader takes for its first tray, at the peak."""
    tracemalloc.start()
    next(iter(loader))
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


try:
    dice = torch.Generator().manual_seed(0)
    kept = torch.randperm(PICTURES, generator=dice)[: PICTURES * 4 // 5].sort().values
    pile = Subset(one_walk, kept.tolist())
    plans = {
        "eager, shuffled": DataLoader(eager, batch_size=64, shuffle=True),
        "lazy, shuffled": DataLoader(lazy, batch_size=64, shuffle=True),
        "one walk, shuffled trays": DataLoader(
            one_walk, batch_sampler=TrayShuffle(PICTURES, 64, dice)
        ),
        "the same, training pile": DataLoader(
            pile, batch_sampler=TrayShuffle(len(pile), 64, dice)
        ),
    }
    for name, loader in plans.items():
        held = eager_mb if loader.dataset is eager else 0.0
        megabytes = held + memory_of_a_tray(loader)
        print(f"{name:25}{megabytes:7.1f} MB {rate(loader):11,.0f} samples/s")
except NotImplementedError:
    print("First write TrayShuffle above; then run this cell again.")

# %% [markdown] rows=["S09.2", "S09.3"]
# Shuffled trays bring the speed of memory, and take hardly any. That is how data larger than memory is read.

# %% [markdown] rows=["S09.4"]
# ## 7 · Three piles
#
# A network that has seen the answers proves nothing by knowing them. So the samples are dealt into three piles:
#
# - **training**: the network learns from these;
# - **validation**: you look at these while you work: which learning rate, when to stop;
# - **test**: looked at once, at the very end.
#
# `random_split` deals by counts or by shares. With a `generator` it deals the same way every time, which it must: after a restart, yesterday's training samples must not turn up in the validation pile.


# %% rows=["S09.4"]
def deal(seed):
    return random_split(
        TensorDataset(images, labels), [0.8, 0.2], torch.Generator().manual_seed(seed)
    )


train, valid = deal(seed=42)
assert isinstance(train, Subset) and len(train) + len(valid) == 1797
assert not set(train.indices) & set(valid.indices)
again, _ = deal(seed=42)
other, _ = deal(seed=43)
assert again.indices == train.indices != other.indices
assert torch.equal(train[0][0], images[train.indices[0]])
print(
    len(train),
    "for training,",
    len(valid),
    "for validation, beginning with",
    valid.indices[:5],
)

# %% [markdown] rows=["S09.4"]
# A `Subset` is a shelf in front of a shelf: it holds a list of places and asks the dataset behind it. No picture was copied.

# %% id="predict-leak"
predict(
    "Two splits of 1797 samples with 20 % validation, seeds 42 and 43. Of the second validation pile, "
    "about which share was training data before? 0, 0.2, 0.5, 0.8 or 1?",
    mine=...,
    truth=lambda: round(
        len(set(deal(43)[1].indices) & set(deal(42)[0].indices)) / len(deal(43)[1]), 1
    ),
)

# %% rows=["S09.4"]
known = set(deal(43)[1].indices) & set(deal(42)[0].indices)
assert len(known) / len(deal(43)[1]) > 0.7
print(f"{len(known)} of {len(deal(43)[1])} “new” samples had been learned from")

# %% [markdown] rows=["S09.4"]
# ### Exercise 9.11 · Deal
# ●●○○ · 9 minutes · 3 points
#
# A training is usually described by a small table of settings. Write `three_piles(n, config)`, where `config` has `valid_ratio`, `test_ratio` and `seed`. Return a dict with the keys `train`, `valid` and `test`: lists
# of places. The validation pile has `round(n * valid_ratio)` places, the test pile `round(n * test_ratio)`, training the rest. Both shares are of *all* samples. Every place is in exactly one pile, by
# chance; the same seed deals the same way; and the dice of the program are left alone.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "three_piles"}
def three_piles(n, config):
    """Places for training, validation and test.

    n: int, the number of samples; config: dict with valid_ratio, test_ratio (floats) and seed (int).
    Returns: dict of str to list of int.
    """
    ### BEGIN SOLUTION
    order = torch.randperm(
        n, generator=torch.Generator().manual_seed(config["seed"])
    ).tolist()
    valid = round(n * config["valid_ratio"])
    test = round(n * config["test_ratio"])
    return {
        "valid": order[:valid],
        "test": order[valid : valid + test],
        "train": order[valid + test :],
    }
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_three_piles", "points": 3}
def facts(n, valid_ratio, test_ratio):
    """What can be said about the piles, whatever the dice."""

    def dealt(seed):
        return three_piles(
            n, {"valid_ratio": valid_ratio, "test_ratio": test_ratio, "seed": seed}
        )

    program_dice = torch.get_rng_state()
    piles = dealt(7)
    untouched = torch.equal(torch.get_rng_state(), program_dice)
    together = [int(place) for pile in piles.values() for place in pile]
    return {
        "sizes": {name: len(piles[name]) for name in ("train", "valid", "test")},
        "every place once": sorted(together) == list(range(n)),
        "same seed, same piles": dealt(7) == piles,
        "other seed, other piles": dealt(8) != piles,
        "by chance": sorted(piles["train"]) != list(range(len(piles["train"]))),
        "dice left alone": untouched,
    }


def as_dealt(train, valid, test):
    good = ("every place once", "same seed, same piles", "other seed, other piles")
    good += ("by chance", "dice left alone")
    return {"sizes": {"train": train, "valid": valid, "test": test}} | dict.fromkeys(
        good, True
    )


check(facts, 100, 0.2, 0.1).gives(as_dealt(70, 20, 10))
check(facts, 1797, 0.15, 0.2).gives(as_dealt(1168, 270, 359))
solved(three_piles)
### BEGIN HIDDEN TESTS
for _n, _valid, _test in ((50, 0.1, 0.1), (333, 0.25, 0.05), (1000, 0.29, 0.0)):
    _a, _b = round(_n * _valid), round(_n * _test)
    check(facts, _n, _valid, _test).gives(as_dealt(_n - _a - _b, _a, _b))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one order</summary>Draw one order of all places, and cut it at two points. Then nothing can be in two piles.</details>
# <details><summary>Hint 2: own dice</summary><code>torch.Generator().manual_seed(seed)</code> are dice of your own; <code>torch.manual_seed</code> would seed those of the whole
# program.</details>
# <details><summary>Hint 3: nearly there</summary><code>order = torch.randperm(n, generator=...).tolist()</code>; then <code>order[:valid]</code>,
# <code>order[valid : valid + test]</code> and <code>order[valid + test :]</code>.</details>

# %% [markdown] rows=["S09.4"]
# Then each pile gets its loader. Training is shuffled, and may drop the short tray. **Validation and test are not shuffled**: it would change nothing in the result, and you could no longer tell which answer belongs to which sample.

# %% rows=["S09.3", "S09.4"]
dice = torch.Generator().manual_seed(42)
train_loader = DataLoader(
    train, batch_size=64, shuffle=True, drop_last=True, generator=dice
)
valid_loader = DataLoader(valid, batch_size=64, generator=torch.Generator())
assert len(train_loader) == len(train) // 64
assert sum(len(y) for _, y in valid_loader) == len(valid)
answers_in_order = torch.cat([y for _, y in valid_loader])
assert torch.equal(answers_in_order, labels[valid.indices])

# %% [markdown] rows=["S09.2", "S09.3", "S09.4"]
# ### Exercise 9.12 · Advice
# ●●○○ · 9 minutes · 4 points
#
# *A person reads this answer.* Two friends ask you. Answer each in three to five sentences, with reasons.
#
# 1. “My file has 300 GB: photos, gzip, 1,000 in a chunk. I read lazily, shuffle every sample, and have set `num_workers=0`. The GPU is idle nine tenths of the time.” Give two things to try, and say what you would measure.
# 2. “I forecast the weather with `Windows(values, 7)`. I deal the samples into training and validation with `random_split`. Validation is splendid; last month, on new days, it was poor.” What went wrong, and how should the
#    windows be dealt?

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "advice", "points": 4}
# ### BEGIN SOLUTION
# 1. For each sample 1,000 photos are unpacked and 999 thrown away. Write the file anew with one photo (or one tray) a chunk, mixed once; or shuffle trays instead of samples and read a tray with `__getitems__`; and hire two or more helpers, since
# unpacking is work; each must open the file itself. Measure samples per second of the loader alone, without the network, before and after each change.
# 2. Neighbouring windows share six of seven days. Dealt by chance, nearly every validation window overlaps with training windows, and even its "tomorrow" was seen there: the network could remember. Deal by time: train on the first years, validate on the
# later ones, with a gap of a week between them. New days are what it will be used for.
#
# Points: 2 for 1 (two sensible things with reasons, and a measurement of the loader alone); 2 for 2 (the overlap is named; a split by time).
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - A **Dataset** answers two questions: `len(shelf)` and `shelf[i]`. Take the length from the data.
# - A **DataLoader** visits places (sampler), cuts them into trays (batch sampler), fetches, and joins (`collate_fn`).
# - `file["name"]` is a handle and reads nothing; `[…]` reads; a handle dies with its file.
# - Eager: all memory, any order, quick. Lazy: hardly any memory; the order and the chunks decide the speed.
# - Helpers are **processes** with copies. They pay where fetching takes long. Each opens its own file and needs its own dice.
# - Split once, with a seed of its own; do not shuffle what you only evaluate.
#
# | you want | you write |
# |---|---|
# | a new order each epoch, the same tomorrow | `shuffle=True, generator=torch.Generator().manual_seed(0)` |
# | full trays only | `drop_last=True` (training) |
# | rare classes more often | `sampler=WeightedRandomSampler(weights, n)` |
# | samples of different length | `collate_fn=padded` |
# | your own trays | `batch_sampler=…` |
# | one read a tray | `__getitems__` in the dataset |
# | helpers that stay | `num_workers=2, persistent_workers=True` |
# | own dice in each helper | `worker_init_fn=…` with `get_worker_info().dataset` |
# | quick copies to a GPU | `pin_memory=True`, `.to(device, non_blocking=True)` |
#
# Next: [chapter 10](../10_training/10_training.ipynb), where a network learns from all this.

# %% [markdown]
# ### Exercise 9.13 · Quiz
# ●○○○ · 6 minutes · 2 points
#
# One letter for each question.
#
# **q1** `table = file["images"]` in h5py
# - (a) reads the images into memory
# - (b) reads the first chunk
# - (c) reads nothing; it is a handle
#
# **q2** `num_workers=2` means
# - (a) two processes, each with a copy of the dataset
# - (b) two threads that share the dataset
# - (c) two batches at a time
#
# **q3** 100 samples, `batch_size=32`, nothing else. `len(loader)` is
# - (a) 100
# - (b) 4
# - (c) 3
#
# **q4** A dataset is told by its caller that it has fewer samples than it has. Training
# - (a) ends with an IndexError
# - (b) silently never sees the rest
# - (c) begins again from the first sample
#
# **q5** A stream (`IterableDataset`) of 10 items, whose `__iter__` knows nothing of helpers, with `num_workers=2` brings
# - (a) 20 items
# - (b) 10 items
# - (c) 5 items
#
# **q6** One picture out of a chunk of 1,000 compressed pictures is read. HDF5 unpacks
# - (a) one picture
# - (b) the whole file
# - (c) 1,000 pictures

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "c", "q2": "a", "q3": "b", "q4": "b", "q5": "a", "q6": "c"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 2}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "c",
    "q2": "a",
    "q3": "b",
    "q4": "b",
    "q5": "a",
    "q6": "c",
}
### END HIDDEN TESTS

# %% [markdown]
# The large files have served. The next cell clears them away. (To run parts of sections 3 and 6 again, restart the kernel first.)

# %% id="tidy"
for shelf in (lazy, squeezed, one_walk):
    shelf.file.close()
room.cleanup()

# ---
# jupyter:
#   course:
#     title: "capstone: from raw numbers to a network you can trust"
#     minutes: 150
#     needs:
#       - "all chapters; above all 04 scatter, 07 nn.Module, 08 losses, 09 data loading, 10 training, 11 checkpoints"
#     objectives:
#       - "Look into a raw HDF5 file, find what is wrong with it, and say what you left out and why"
#       - "Deal samples into three piles so that no twin sits on both sides"
#       - "Build a small network, start it well, and train it with a loss that is fair to rare classes"
#       - "Stop a training in time, kill it, and let it go on bit for bit"
#       - "Judge the result against a baseline, class by class, and write down what it may be used for"
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] id="title"
# # 13 · Capstone: from raw numbers to a network you can trust
#
# **After this chapter you can**
# - look into a raw HDF5 file, find what is wrong with it, and say what you left out and why;
# - deal samples into three piles so that no twin sits on both sides;
# - build a small network, start it well, and train it with a loss that is fair to rare classes;
# - stop a training in time, kill it, and let it go on bit for bit;
# - judge the result against a baseline, class by class, and write down what it may be used for.
#
# **Time:** about two and a half hours, with 13 exercises, a report and a quiz. After section 3 is a good place for a break.
# **Before this:** all of it. Each section says which chapter to look back to.
#
# Every exercise can be solved by itself. Where a later cell needs something that you have not written yet, the notebook
# takes a **spare part** of its own and says so. Like a spare wheel, it is thinner than a real one.
#
# Run each cell with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Where you see `mine=...`, put your prediction in place of the dots
# *before* you run the cell.

# %% id="setup"
import copy
import inspect
import io
import itertools
import linecache
import math
import multiprocessing
import os
import pickle
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import h5py
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset

from course_utils import (
    best_device,
    check,
    check_quiz,
    data_path,
    fresh,
    predict,
    record,
    show_checkpoint,
    show_graph,
    show_loader,
    show_training,
    solved,
)

# on a machine with one core torch would advise against the helpers of section 3
warnings.filterwarnings("ignore", message="This DataLoader will create")
torch.set_num_threads(1)  # a small network; and sums keep their order

device = best_device()
room = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # all files of this chapter
CAN_FORK = "fork" in multiprocessing.get_all_start_methods()


numbers = itertools.count(1)


def new_path(ending="h5"):
    """The path of a file that does not exist yet."""
    return Path(room.name) / f"file-{os.getpid()}-{next(numbers)}.{ending}"


def part(name, yours, spare, fits):
    """What your part makes, where that is fit for use; else what a spare part makes, if there is one."""
    try:
        made = yours()
        if fits(made):
            return made
        why = "does not do yet what its exercise asks for"
    except NotImplementedError:
        why = "is not written yet"
    except Exception as error:
        why = f"stops with {type(error).__name__}"
    print(f"{name} {why}{': a spare part stands in for it' if spare else ''}.")
    return spare() if spare else None


def helpers(how_many):
    """A loader's settings for that many helpers; none on a system that cannot copy programs."""
    if how_many == 0 or not CAN_FORK:
        return {}
    return {"num_workers": how_many, "multiprocessing_context": "fork"}


# %% [markdown]
# ### Do you remember?
#
# Three questions about earlier chapters. Each of them will matter today.

# %% id="recall-scatter"
predict(
    "torch.zeros(2, 3).scatter_(1, torch.tensor([[2], [0]]), 1.0) gives which rows? Write a nested list.",
    mine=...,
    truth=lambda: torch.zeros(2, 3).scatter_(1, torch.tensor([[2], [0]]), 1.0),
)

# %% id="recall-state"
net = nn.Linear(1, 1)
kept = net.state_dict()
with torch.no_grad():
    net.bias.fill_(5.0)

predict(
    "kept = net.state_dict(). Then training moves the bias to 5. What is kept['bias']? Write a list.",
    mine=...,
    truth=lambda: kept["bias"].tolist(),
)

# %% id="recall-clueless"
predict(
    "Ten classes, all scores 0. What is the cross entropy? (Three digits; math.log may help.)",
    mine=...,
    truth=lambda: round(F.cross_entropy(torch.zeros(1, 10), torch.tensor([3])).item(), 3),
)

# %% [markdown]
# ## 1 · A box arrives
#
# A post office wants its parcels sorted by a machine. In four days it scanned handwritten digits, and sends you one file:
# *make us a network that reads them, by tonight. One that we can trust.*
#
# The handwriting is real: 1,797 digits by 13 people (`data/README.md` tells where they come from). The box we pack
# ourselves, in the next cell, with faults that real boxes have. **Run it, and do not read it yet.** Finding the faults is
# your work. (At the end you may compare.)


# %% id="the-box" rows=["S09.2"]
def pack_the_box(path):
    """Write the delivery; return for every row which digit of the collection it shows, and whether it is sound."""
    with h5py.File(data_path("digits.h5"), "r") as file:
        images = torch.from_numpy(file["images"][:])
        labels = torch.from_numpy(file["labels"][:])
    dice = torch.Generator().manual_seed(13)
    order = torch.randperm(len(images), generator=dice)
    eights = order[labels[order] == 8]
    order = order[~torch.isin(order, eights[60:])]  # most of the eights got lost
    days = dict(
        zip(("monday", "tuesday", "wednesday"), order[:1260].split(420), strict=True)
    )
    again = torch.cat([days["monday"][:70], days["wednesday"][100:150]])
    days["thursday"] = torch.cat([order[1260:], again])  # scanned a second time
    days["thursday"] = days["thursday"][
        torch.randperm(len(days["thursday"]), generator=dice)
    ]
    full = {"monday": 16, "tuesday": 1, "wednesday": 16, "thursday": 240}
    dtype = {"tuesday": np.float32, "thursday": np.int16}
    sound = {}
    with h5py.File(path, "w") as file:
        file.attrs["from"] = "post office"
        file.attrs["no_label"] = 255
        for day, rows in days.items():
            ink = images[rows].float() / 16 * full[day]
            names = labels[rows].clone()
            bad = torch.zeros(len(rows), dtype=torch.bool)
            some = torch.randperm(len(rows), generator=dice)
            if day == "tuesday":
                ink[some[:9], 3, 4] = float("nan")
                bad[some[:9]] = True
            if day == "wednesday":
                ink[some[:10], 0, 7] = 255  # the lamp flashed
                ink[some[10:17]] = 0  # an empty sheet
                names[some[7:12]] = 255
                bad[some[:17]] = True
            if day == "thursday":
                ink[some[:6], 5, 0] = -1
                bad[some[:6]] = True
            if day in ("monday", "thursday"):
                names[some[-14:]] = 255
                bad[some[-14:]] = True
            drawer = file.create_group(f"scans/{day}")
            drawer.attrs["full_ink"] = full[day]
            drawer.create_dataset(
                "images",
                data=ink.numpy().astype(dtype.get(day, np.uint8)),
                chunks=(32, 8, 8),
            )
            drawer["labels"] = names.numpy()
            sound[day] = ~bad
    origin = torch.cat(list(days.values()))
    return origin, torch.cat(list(sound.values()))


BOX = new_path()
origin, sound = pack_the_box(BOX)
print(f"a box of {os.path.getsize(BOX):,} bytes has arrived")

# %% [markdown] rows=["S09.2"]
# ### Exercise 13.1 · What is in it?
# ●●○○ · 7 minutes · 2 points
#
# First look, then touch. Write `inventory(path)`: a dict with an entry for **everything** in an HDF5 file, by its path. The
# file itself counts too, as `"/"`; it may carry labels. Each entry is a dict:
#
# - `"attrs"`: its attributes, as a dict (`{}` when it has none);
# - for a dataset also `"shape"`, a tuple, and `"dtype"`, as text such as `"uint8"`.
#
# Read no table: the next box may be larger than your memory. (Look back: [chapter 09](../09_data_loading/09_data_loading.ipynb), a file with drawers.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "inventory"}
def inventory(path):
    """What an HDF5 file holds, without reading its tables.

    path: where the file lies.
    Returns: dict, path inside the file → dict with attrs, and for a dataset also shape and dtype.
    """
    ### BEGIN SOLUTION
    found = {}

    def note(name, thing):
        found[name] = {"attrs": dict(thing.attrs)}
        if isinstance(thing, h5py.Dataset):
            found[name] |= {"shape": thing.shape, "dtype": str(thing.dtype)}

    with h5py.File(path, "r") as file:
        note("/", file)
        file.visititems(note)
    return found
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_inventory", "points": 2} rows=["S09.2"]
one_table, drawers, hall = new_path(), new_path(), new_path()
with h5py.File(one_table, "w") as file:
    file["numbers"] = np.zeros((3, 2), dtype=np.int16)
with h5py.File(drawers, "w") as file:
    file.attrs["from"] = "me"
    file.create_group("empty")
    file["deep/er/table"] = np.zeros(4, dtype=np.float32)
    file["deep"].attrs["full_ink"] = 16
    file["deep/er/table"].attrs["unit"] = "mm"
with h5py.File(hall, "w") as file:  # 8 TB, if one moved in
    file.create_dataset("hall", (2_000_000, 1_000_000), "float32", chunks=(10, 10))

check(inventory, one_table).gives(
    {"/": {"attrs": {}}, "numbers": {"attrs": {}, "shape": (3, 2), "dtype": "int16"}}
)
check(inventory, drawers).gives(
    {
        "/": {"attrs": {"from": "me"}},
        "empty": {"attrs": {}},
        "deep": {"attrs": {"full_ink": np.int64(16)}},
        "deep/er": {"attrs": {}},
        "deep/er/table": {"attrs": {"unit": "mm"}, "shape": (4,), "dtype": "float32"},
    }
)
check(inventory, hall).gives(
    {
        "/": {"attrs": {}},
        "hall": {"attrs": {}, "shape": (2_000_000, 1_000_000), "dtype": "float32"},
    }
)
solved(inventory)
### BEGIN HIDDEN TESTS
for _ in range(3):
    _right, _path = {"/": {"attrs": {}}}, new_path()
    with h5py.File(_path, "w") as _file:
        for _name in ("a", "b", "c/d", "c/e/f")[: fresh.integer(0, 4)]:
            _table = np.zeros(
                fresh.shape(fresh.integer(1, 3), 0, 6),
                dtype=["u1", "i4", "f8"][fresh.integer(0, 2)],
            )
            _file[_name] = _table
            _file[_name].attrs["n"] = fresh.integer(0, 9)
            _right[_name] = {
                "attrs": {"n": _file[_name].attrs["n"]},
                "shape": _table.shape,
                "dtype": str(_table.dtype),
            }
            for _group in {"c/d": ["c"], "c/e/f": ["c", "c/e"]}.get(_name, []):
                _right[_group] = {"attrs": {}}
    check(inventory, _path).gives(_right)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: who shows you round?</summary><code>file.visititems(note)</code> calls <code>note(name, thing)</code> for every group and dataset, however deep. It does not show the
# file itself: do that one by hand.</details>
# <details><summary>Hint 2: which is which?</summary><code>isinstance(thing, h5py.Dataset)</code>. Shape and dtype are known to the handle; square brackets would read.</details>
# <details><summary>Hint 3: nearly there</summary><code>found[name] = {"attrs": dict(thing.attrs)}</code>, and for a dataset add <code>thing.shape</code> and
# <code>str(thing.dtype)</code>. <code>note</code> must return nothing, or the tour ends.</details>


# %% id="use-inventory" rows=["S09.2"]
def names_only():
    with h5py.File(BOX, "r") as file:
        names = []
        file.visit(names.append)
    return {name: {"attrs": {}} for name in names}


listed = part(
    "inventory",
    yours=lambda: inventory(BOX),
    spare=names_only,
    fits=lambda found: (
        found.keys() == {"/", *names_only()} and all("attrs" in a for a in found.values())
    ),
)
for name, about in listed.items():
    labels_on_it = ", ".join(f"{k} = {v}" for k, v in about["attrs"].items())
    print(f"{name:24}", about.get("shape", ""), about.get("dtype", ""), labels_on_it)
assert {"scans", "scans/monday/images", "scans/thursday/labels"} <= listed.keys()

# %% [markdown] rows=["S09.2"]
# Four drawers, one for each day, and no two alike. `uint8`, `float32`, `int16`: somebody changed the program of the
# scanner twice. The attribute **`full_ink`** says what a black pixel is that day. And the file itself says what stands
# where nobody wrote a label down: 255.
#
# Numbers in a table tell little. Look at pictures and at the extremes:

# %% id="look" rows=["S09.2"]
with h5py.File(BOX, "r") as file:
    box_labels = {
        day: torch.from_numpy(file[f"scans/{day}/labels"][:]) for day in file["scans"]
    }
    box_images = {
        day: torch.from_numpy(file[f"scans/{day}/images"][:]) for day in file["scans"]
    }
    full_ink = {day: float(file[f"scans/{day}"].attrs["full_ink"]) for day in file["scans"]}

DAYS = ("monday", "tuesday", "wednesday", "thursday")
fig, rows_of_axes = plt.subplots(4, 10, figsize=(8, 4))
for day, axes in zip(DAYS, rows_of_axes, strict=True):
    for ax, image, label in zip(axes, box_images[day], box_labels[day], strict=False):
        ax.imshow(image, cmap="gray_r")
        ax.set_title(int(label), fontsize=8)
        ax.set(xticks=[], yticks=[])
    axes[0].set_ylabel(day, fontsize=8)
fig.suptitle("The first ten sheets of each day, with their labels")
plt.show()

for day in DAYS:
    x, y = box_images[day], box_labels[day]
    print(
        f"{day:10} {len(x)} rows, full ink {full_ink[day]:5g}: pixels from {x.min().item():g} "
        f"to {x.max().item():g}, labels up to {y.max().item()}, "
        f"{(x.flatten(1) == 0).all(1).sum()} empty"
    )
assert box_images["tuesday"].isnan().any() and box_images["thursday"].min() == -1
assert box_images["wednesday"].max() == 255 > full_ink["wednesday"]

# %% [markdown] rows=["S09.2"]
# There it is. On Tuesday the largest pixel is `nan`, “not a number”. On Wednesday a pixel has 255 where 16 is full; the lamp flashed. Thursday
# goes *below* nothing. Some sheets are empty, and some have no label.
#
# Before you filter: how does `nan` compare?

# %% id="predict-nan"
predict(
    "x = torch.tensor([0.5, nan]). Which of its pixels are caught by x > 1? Write a list of two bools.",
    mine=...,
    truth=lambda: (torch.tensor([0.5, float("nan")]) > 1).tolist(),
)

# %% rows=["S03.5"]
x = torch.tensor([0.5, float("nan")])
assert (x > 1).tolist() == (x < 0).tolist() == [False, False]  # nan slips through both
assert ((x >= 0) & (x <= 1)).tolist() == [True, False]  # asked the other way, it is caught
assert not (x == float("nan")).any() and x.isnan().tolist() == [False, True]
print("every comparison with nan is False, even nan == nan")

# %% [markdown] rows=["S09.2"]
# So do not ask “is it bad?”. Ask **“is it good?”**, and turn the answer round: what cannot be shown to be good is out.
#
# ### Exercise 13.2 · Clean one day
# ●●●○ · 10 minutes · 3 points
#
# Write `clean_shard(images, labels, full)` for the table of one day. It returns a dict:
#
# - `"pictures"`: the sound rows in their order, float32, divided by `full`, so from 0 to 1;
# - `"labels"`: their labels, int64;
# - `"left_out"`: how many rows were left out and why, a dict of three numbers: `"broken"` (a pixel that is not between 0 and `full`), `"empty"` (no ink at all), `"no label"` (255). A row with two faults
#   **counts once**, under the first of its faults in this order.
#
# The three numbers are not for the computer. They go into your report: who throws data away silently can make any result.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "clean_shard"}
def clean_shard(images, labels, full):
    """The sound rows of one table, and how many others there were.

    images: uint8, int16 or float32, shape (n, height, width), perhaps with nan; labels: uint8, shape (n,), 255 for none;
    full: float, a black pixel.
    Returns: dict with pictures (float32), labels (int64) and left_out (dict of three ints).
    """
    ### BEGIN SOLUTION
    flat = images.flatten(1)
    broken = ~((flat >= 0) & (flat <= full)).all(dim=1)
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
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_clean_shard", "points": 3} rows=["S03.3", "S03.5"]
nan = float("nan")


def sheets(*rows, dtype):
    """Tiny sheets of 1 × 2 pixels."""
    return torch.tensor(rows, dtype=dtype).view(len(rows), 1, 2)


def names_of(*labels):
    return torch.tensor(labels, dtype=torch.uint8)


# one row is too bright, one is empty, one has no label; in no row are all pixels the same
check(
    clean_shard,
    sheets([16, 0], [3, 255], [0, 0], [8, 4], [4, 0], dtype=torch.uint8),
    names_of(7, 1, 2, 255, 9),
    16.0,
).gives(
    {
        "pictures": torch.tensor([[[1.0, 0.0]], [[0.25, 0.0]]]),
        "labels": torch.tensor([7, 9]),
        "left_out": {"broken": 1, "empty": 1, "no label": 1},
    }
)
check(
    clean_shard,
    sheets([0.5, nan], [0.25, 0.5], [nan, nan], dtype=torch.float32),
    names_of(0, 3, 255),
    1.0,
).gives(
    {
        "pictures": torch.tensor([[[0.25, 0.5]]]),
        "labels": torch.tensor([3]),
        "left_out": {"broken": 2, "empty": 0, "no label": 0},
    }
)
check(
    clean_shard,
    sheets([-1, 0], [60, 120], [0, 0], dtype=torch.int16),
    names_of(5, 6, 255),
    240.0,
).gives(
    {
        "pictures": torch.tensor([[[0.25, 0.5]]]),
        "labels": torch.tensor([6]),
        "left_out": {"broken": 1, "empty": 1, "no label": 0},
    }
)
solved(clean_shard)
### BEGIN HIDDEN TESTS
for _n, _full, _dtype in (
    (1, 16, torch.uint8),
    (12, 240, torch.int16),
    (25, 1, torch.float32),
    (40, 7, torch.int16),
):
    _rows = fresh.integers(1, _full, _n, 3, 2).to(_dtype)
    _names, _kept, _left = fresh.integers(0, 9, _n), [], [0, 0, 0]
    for _i in range(_n):
        _fault = fresh.integer(0, 7)
        if _fault & 4 and _n > 1:
            _rows[_i, 1, 1] = _full + 3 if _dtype is torch.uint8 else -1
            _rows[_i, 2, 0] = nan if _dtype is torch.float32 else _full
        elif _fault & 2 and _n > 1:
            _rows[_i] = 0
        if _fault & 1 and _n > 1:
            _names[_i] = 255
        if _n == 1 or not _fault:
            _kept.append(_i)
        else:
            _left[0 if _fault & 4 else 1 if _fault & 2 else 2] += 1
    check(clean_shard, _rows, _names.to(torch.uint8), float(_full)).gives(
        {
            "pictures": _rows[_kept].float() / _full,
            "labels": _names[_kept],
            "left_out": dict(zip(("broken", "empty", "no label"), _left, strict=True)),
        }
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: one bool for each row</summary><code>images.flatten(1)</code> makes each sheet one row. <code>((flat &gt;= 0) &amp; (flat &lt;= full)).all(dim=1)</code> is True where
# all pixels are good; <code>~</code> turns it round.</details>
# <details><summary>Hint 2: count once</summary><code>empty = (flat == 0).all(dim=1) &amp; ~broken</code>: of those that are not yet out.</details>
# <details><summary>Hint 3: nearly there</summary><code>keep = ~(broken | empty | nameless)</code> chooses rows of both tensors; then <code>.float() / full</code> and
# <code>.long()</code>; <code>int(broken.sum())</code> counts.</details>


# %% id="use-clean" rows=["S09.2"]
def spare_clean():
    """The packer's own list of sound rows."""
    ink = torch.cat([box_images[day].float() / full_ink[day] for day in DAYS])[sound]
    names = torch.cat([box_labels[day] for day in DAYS])[sound].long()
    return [{"pictures": ink, "labels": names, "left_out": {}}]


def fit_to_use(cleaned):
    good = spare_clean()[0]["pictures"]
    ink = torch.cat([one_day["pictures"] for one_day in cleaned])
    names = torch.cat([one_day["labels"] for one_day in cleaned])
    return torch.equal(ink, good) and names.dtype == torch.int64 and len(names) == len(ink)


cleaned = part(
    "clean_shard",
    yours=lambda: [clean_shard(box_images[d], box_labels[d], full_ink[d]) for d in DAYS],
    spare=spare_clean,
    fits=fit_to_use,
)
for day, one_day in zip(DAYS, cleaned, strict=False):
    if one_day["left_out"]:
        print(f"{day:10}", one_day["left_out"])
pictures = torch.cat([one_day["pictures"] for one_day in cleaned])
labels = torch.cat([one_day["labels"] for one_day in cleaned])
origin_of_row = origin[sound]
print(len(pictures), "sound sheets;", len(sound) - len(pictures), "left out")
assert len(pictures) == len(labels) == sound.sum() and labels.max() == 9

# %% [markdown] rows=["S09.4"]
# ## 2 · Three piles, and no twins
#
# The network learns from one pile (**training**). By a second we decide when to stop (**validation**). The third (**test**) we look at once, at
# the very end. ([Chapter 09](../09_data_loading/09_data_loading.ipynb) dealt them.)
#
# But is each sheet in the box only once? `torch.unique` with `dim=0` finds equal rows. Its `return_inverse` gives every row the number of its kind: rows with the same
# number are the same picture. (We compare whole numbers. Floats that went through different sums may differ in their last digit.)

# %% rows=["S09.4", "S03.5"]
ink = (pictures * 240).round().to(torch.uint8)
kinds, group, copies = torch.unique(
    ink.flatten(1), dim=0, return_inverse=True, return_counts=True
)
print(
    f"{len(pictures)} sheets, {len(kinds)} different pictures; {(copies > 1).sum()} are there twice"
)
assert group.shape == (len(pictures),) and len(kinds) < len(pictures)
assert torch.equal(kinds[group], ink.flatten(1))
assert copies.max() == 2

twice = (copies > 1).nonzero()[:, 0]
first_pair = (group == twice[0]).nonzero()[:, 0]
assert torch.equal(ink[first_pair[0]], ink[first_pair[1]])
print(
    "rows", first_pair.tolist(), "are twins, with the labels", labels[first_pair].tolist()
)

# %% [markdown] rows=["S09.4"]
# On Thursday somebody put a stack of old sheets onto the scanner again. Suppose we now deal rows by chance, 70 % for training, 15 % for validation, 15 % for test.

# %% id="predict-leak-twins" rows=["S09.4"]
by_chance = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
train_rows, _, test_rows = by_chance.tensor_split(
    [round(len(pictures) * 0.7), round(len(pictures) * 0.85)]
)
has_twin = copies[group[test_rows]] > 1
leaked = torch.isin(group[test_rows], group[train_rows])

predict(
    "Of the test sheets that have a twin, about which share has that twin in training? 0.3, 0.7 or 1?",
    mine=...,
    truth=lambda: min((0.3, 0.7, 1), key=lambda s: abs(leaked.sum() / has_twin.sum() - s)),
)

# %% rows=["S09.4"]
print(
    f"{leaked.sum()} of {len(test_rows)} test sheets were learned from, to the last pixel"
)
assert leaked.sum() > 5 and not leaked[~has_twin].any()

# %% [markdown] rows=["S09.4"]
# An exam of which some questions were homework. The score goes up, the network does not get better. It is the most common way to fool oneself, and it is not
# only about copies: two photos of one patient, two sentences by one author, two days of one week are twins too. The cure is always the same: **deal groups, not rows.**
#
# ### Exercise 13.3 · Deal the groups
# ●●●○ · 9 minutes · 3 points
#
# Write `deal_twins(group, valid, test, seed)`. `group` gives every row the number of its group. Shuffle the **different** groups; `round(valid * number of groups)` of them form the validation pile, `round(test * number
# of groups)` the test pile, all others training. Return a dict with the keys `train`, `valid` and `test`: the rows of each pile, int64, **ascending**. Rows of one group stay together. The same
# seed deals the same way, with dice of its own.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "deal_twins"}
def deal_twins(group, valid, test, seed):
    """Deal rows into three piles, whole groups at a time.

    group: int64, shape (n,), any numbers; valid, test: float, shares of the groups; seed: int.
    Returns: dict, train, valid and test → int64 tensor of rows, ascending.
    """
    ### BEGIN SOLUTION
    groups = group.unique()
    dice = torch.Generator().manual_seed(seed)
    shuffled = groups[torch.randperm(len(groups), generator=dice)]
    a = round(valid * len(groups))
    b = a + round(test * len(groups))
    chosen = {"valid": shuffled[:a], "test": shuffled[a:b], "train": shuffled[b:]}
    return {pile: torch.isin(group, some).nonzero()[:, 0] for pile, some in chosen.items()}
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_deal_twins", "points": 3} rows=["S09.4"]
def dealt(group, valid, test):
    """What can be said of the piles, whatever the dice."""
    program_dice = torch.get_rng_state()
    piles = deal_twins(group, valid, test, 7)
    untouched = torch.equal(torch.get_rng_state(), program_dice)
    again = deal_twins(group, valid, test, 7)
    others = [deal_twins(group, valid, test, seed) for seed in range(8, 14)]
    in_pile = {name: set(group[rows].tolist()) for name, rows in piles.items()}
    together = torch.cat(list(piles.values()))
    return {
        "groups": {name: len(in_pile[name]) for name in ("train", "valid", "test")},
        "every row once": sorted(together.tolist()) == list(range(len(group))),
        "groups that are torn": len(group.unique()) != sum(map(len, in_pile.values())),
        "ascending": all(rows.tolist() == sorted(rows.tolist()) for rows in piles.values()),
        "same seed, same piles": all(torch.equal(piles[k], again[k]) for k in piles),
        "other seeds, other piles": any(
            piles["train"].tolist() != other["train"].tolist() for other in others
        ),
        "dice of the program left alone": untouched,
    }


def as_they_should_be(train, valid, test):
    return {
        "groups": {"train": train, "valid": valid, "test": test},
        "every row once": True,
        "groups that are torn": False,
        "ascending": True,
        "same seed, same piles": True,
        "other seeds, other piles": True,
        "dice of the program left alone": True,
    }


check(dealt, torch.arange(20), 0.2, 0.1).gives(as_they_should_be(14, 4, 2))
check(dealt, torch.arange(60) // 3, 0.25, 0.25).gives(as_they_should_be(10, 5, 5))
# ten groups: nine sheets that are alone, and one picture that was scanned 31 times
crowd = torch.tensor([1] * 31 + [10, 20, 30, 40, 50, 60, 70, 80, 90])
check(dealt, crowd, 0.3, 0.2).gives(as_they_should_be(5, 3, 2))
solved(deal_twins)
### BEGIN HIDDEN TESTS
for _groups, _valid, _test in ((12, 0.25, 0.0), (40, 0.1, 0.3), (9, 0.5, 0.2)):
    _group = fresh.integers(0, _groups - 1, 4 * _groups) * 3 - 5
    _k = len(_group.unique())
    _a, _b = round(_valid * _k), round(_test * _k)
    check(dealt, _group, _valid, _test).gives(as_they_should_be(_k - _a - _b, _a, _b))
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: what is shuffled</summary><code>groups = group.unique()</code> has each number once. Shuffle these, and cut them at two places.</details>
# <details><summary>Hint 2: back to rows</summary><code>torch.isin(group, chosen)</code> is True for every row whose group was chosen.</details>
# <details><summary>Hint 3: nearly there</summary><code>shuffled = groups[torch.randperm(len(groups), generator=dice)]</code>; for each part of it
# <code>torch.isin(group, part).nonzero()[:, 0]</code>.</details>


# %% id="use-deal" rows=["S09.2", "S09.4"]
def spare_deal():
    """The packer knows who is who's twin."""
    mixed = torch.randperm(1797, generator=torch.Generator().manual_seed(0))
    last = mixed[origin_of_row] % 20
    chosen = {"train": last < 13, "valid": (last >= 13) & (last < 16), "test": last >= 16}
    return {name: rows.nonzero()[:, 0] for name, rows in chosen.items()}


def no_twin_elsewhere(piles):
    """Whether every row is in one pile, and no picture in two."""
    kinds_in = [group[piles[name]].unique() for name in ("train", "valid", "test")]
    rows = torch.cat([piles[name] for name in ("train", "valid", "test")])
    return torch.equal(rows.sort().values, torch.arange(len(group))) and len(
        torch.cat(kinds_in)
    ) == len(group.unique())


piles = part(
    "deal_twins",
    yours=lambda: deal_twins(group, 0.15, 0.2, seed=42),
    spare=spare_deal,
    fits=no_twin_elsewhere,
)
assert no_twin_elsewhere(piles)
for name, rows in piles.items():
    print(
        f"{name:6}{len(rows):5} sheets, of each digit: {labels[rows].bincount(minlength=10).tolist()}"
    )

CLEAN = new_path()
with h5py.File(
    CLEAN, "w"
) as file:  # one clean file, one sheet a chunk: made for shuffled reading
    file.create_dataset("pictures", data=pictures.numpy(), chunks=(1, 8, 8))
    file["labels"] = labels.numpy()
    for name, rows in piles.items():
        file[f"piles/{name}"] = rows.numpy()

# %% [markdown] rows=["S09.4"]
# Now look at the row of counts for a moment. The last digit but one, the eight, is rare. We will come back to that.
#
# The piles are written into the file too. So nobody can deal again by accident, and mix what was kept apart.

# %% [markdown] rows=["S09.2", "S09.3"]
# ## 3 · The shelf and the yardstick
#
# The clean file is small. Write the shelf as if it were not: **lazy**, and fit for helpers. A helper is a process of its own, and a file that another process opened is not its own
# ([chapter 09](../09_data_loading/09_data_loading.ipynb), section 5). This file refuses to be read by a process that did not open it:


# %% id="guarded-file" rows=["S09.2", "S09.3"]
class Guarded(h5py.File):
    """An HDF5 file for reading that refuses every process but the one that opened it."""

    opened = 0  # how often this process opened one

    def __init__(self, path):
        super().__init__(path, "r")
        self.opened_by = os.getpid()
        Guarded.opened += 1

    def __getitem__(self, name):
        if os.getpid() != self.opened_by:
            raise RuntimeError("this file was opened by another process")
        return super().__getitem__(name)


# %% [markdown] rows=["S09.1", "S09.2", "S09.3"]
# ### Exercise 13.4 · The shelf
# ●●●○ · 9 minutes · 3 points
#
# Write the class `ScanShelf(path, rows)`. The file has the tables `"pictures"` and `"labels"`. Sample `i` is **row `rows[i]`** of both: the picture, float32, with a channel dimension, shape (1, height, width); and
# the label, an int64 tensor of shape (). The file is opened with `Guarded(path)` when the first sample is asked for, once in each process; `__init__` opens nothing. Your program may look at a sample before it hires
# helpers.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "ScanShelf"}
class ScanShelf(Dataset):
    """Some rows of a file with pictures and labels; each process opens the file for itself, once.

    path: where the file lies; rows: int64, shape (n,), which rows belong to this shelf.
    A sample: float32 of shape (1, height, width), and an int64 tensor of shape ().
    """

    def __init__(self, path, rows):
        ### BEGIN SOLUTION
        self.path, self.rows = path, rows
        self.process = None
        ### END SOLUTION

    def __len__(self):
        ### BEGIN SOLUTION
        return len(self.rows)
        ### END SOLUTION

    def __getitem__(self, index):
        ### BEGIN SOLUTION
        if self.process != os.getpid():
            self.process = os.getpid()
            self.file = Guarded(self.path)
        row = int(self.rows[index])
        picture = torch.from_numpy(self.file["pictures"][row]).unsqueeze(0)
        return picture, torch.tensor(int(self.file["labels"][row]))
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_ScanShelf", "points": 3} rows=["S09.1", "S09.2", "S09.3"]
def shelf_file(how_many):
    """A file whose picture number r is full of r / 10, with the label 9 - r."""
    path = new_path()
    with h5py.File(path, "w") as file:
        row = np.arange(how_many, dtype=np.float32)
        file["pictures"] = np.repeat(row / 10, 4).reshape(how_many, 2, 2)
        file["labels"] = (9 - row).astype(np.int64)
    return path


def on_one_tray(rows, how_many_helpers, look_first):
    """All samples of a shelf; perhaps your program looks at one before it hires helpers."""
    shelf = ScanShelf(shelf_file(6), torch.tensor(rows))
    if look_first:
        shelf[0]
    trays = list(DataLoader(shelf, batch_size=2, **helpers(how_many_helpers)))
    return tuple(torch.cat(parts) for parts in zip(*trays, strict=True))


def times_opened(samples):
    """How often the file is opened: for a new shelf, and for that many samples."""
    before = Guarded.opened
    shelf = ScanShelf(shelf_file(6), torch.tensor([2, 5, 1]))
    at_first = Guarded.opened - before
    for i in range(samples):
        shelf[i % len(shelf)]
    return {"by __init__": at_first, "in all": Guarded.opened - before}


def rows_as_pictures(*rows):
    return torch.tensor(rows).div(10).view(-1, 1, 1, 1).expand(-1, 1, 2, 2)


check(on_one_tray, [4, 0, 3], 0, False).gives(
    (rows_as_pictures(4, 0, 3), torch.tensor([5, 9, 6]))
)
check(times_opened, 7).gives({"by __init__": 0, "in all": 1})
check(on_one_tray, [1, 5], 1, False).gives((rows_as_pictures(1, 5), torch.tensor([8, 4])))
check(on_one_tray, [1, 5], 1, True).gives((rows_as_pictures(1, 5), torch.tensor([8, 4])))
solved(ScanShelf)
### BEGIN HIDDEN TESTS
for _helpers, _look in ((0, True), (2, True)):
    _rows = fresh.permutation(6)[: fresh.integer(1, 6)].tolist()
    check(on_one_tray, _rows, _helpers, _look).gives(
        (rows_as_pictures(*_rows), torch.tensor([9 - _r for _r in _rows]))
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: what to keep</summary>The path, the rows, and which process opened the file: <code>self.process = None</code> at first.</details>
# <details><summary>Hint 2: whose file is it?</summary><code>if self.process != os.getpid():</code> open it, and remember the process. <code>if self.file is None:</code> is not enough: a helper inherits
# a file that is not None and not its own.</details>
# <details><summary>Hint 3: nearly there</summary><code>row = int(self.rows[index])</code>, then <code>torch.from_numpy(self.file["pictures"][row]).unsqueeze(0)</code> and
# <code>torch.tensor(int(self.file["labels"][row]))</code>.</details>


# %% id="use-shelf" rows=["S09.3", "S09.4"]
def same_sheets(shelf, name):
    """Whether a shelf holds the sheets of a pile."""
    x, y = next(iter(DataLoader(shelf, batch_size=len(piles[name]))))
    return torch.equal(x, pictures[piles[name]].unsqueeze(1)) and torch.equal(
        y, labels[piles[name]]
    )


shelves = part(
    "ScanShelf",
    yours=lambda: {name: ScanShelf(CLEAN, rows) for name, rows in piles.items()},
    spare=lambda: {
        name: TensorDataset(pictures[rows].unsqueeze(1), labels[rows])
        for name, rows in piles.items()
    },
    fits=lambda made: all(same_sheets(shelf, name) for name, shelf in made.items()),
)

# This file is small. So your shelf is read once, into memory, and thirty rounds need not wait for the disk.
in_memory = {
    name: TensorDataset(*next(iter(DataLoader(shelf, batch_size=len(shelf)))))
    for name, shelf in shelves.items()
}


def make_loaders(seed):
    """Training: shuffled by dice of its own, full trays only. Validation and test: in order, and whole."""
    dice = torch.Generator().manual_seed(seed)
    return {
        "train": DataLoader(
            in_memory["train"], batch_size=64, shuffle=True, drop_last=True, generator=dice
        ),
        "valid": DataLoader(
            in_memory["valid"], batch_size=256, generator=torch.Generator()
        ),
        "test": DataLoader(in_memory["test"], batch_size=256, generator=torch.Generator()),
    }


loaders = make_loaders(seed=0)
assert len(loaders["train"]) == len(piles["train"]) // 64
assert torch.equal(torch.cat([y for _, y in loaders["valid"]]), labels[piles["valid"]])
first = torch.cat([y for _, y in loaders["train"]])
again = torch.cat([y for _, y in make_loaders(seed=0)["train"]])
assert torch.equal(first, again)
print("the same dice, the same first epoch:", first[:12].tolist(), "…")

# %% [markdown] rows=["S09.3"]
# `drop_last` leaves a few samples behind in each epoch, others each time. For training that is fine; for validation and test it would be a lie. Here is a small shelf in motion, with both settings that training uses:

# %% id="see-loader" rows=["S09.3"]
show_loader(
    DataLoader(
        Subset(shelves["train"], range(22)),
        batch_size=4,
        shuffle=True,
        drop_last=True,
        generator=torch.Generator().manual_seed(3),
    ),
    epochs=2,
)

# %% [markdown] rows=["S01.8", "S09.4"]
# ### A yardstick from training only
#
# Networks like numbers around 0 with a spread of 1. So from each pixel we subtract a mean and divide by a spread. Whose mean? The **training pile's**, and no other's. If test sheets took part in it, something about them
# would have leaked into the network before the exam.
#
# ### Exercise 13.5 · The yardstick
# ●●○○ · 6 minutes · 2 points
#
# Write `yardstick(loader)`: the mean and the standard deviation of **all pixels of all samples** that a loader brings, as two floats. The data may be larger than memory, so look at one tray at a time, and keep only sums. Mind the last tray: it may be
# smaller than the others. The standard deviation is the plain one, the root of the mean squared distance from the mean (`correction=0`).


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "yardstick"}
def yardstick(loader):
    """Mean and standard deviation of all pixels, in one pass over a loader.

    loader: gives pairs, the first of them float32 of any shape (samples, …).
    Returns: (float, float).
    """
    ### BEGIN SOLUTION
    count, total, squares = 0, 0.0, 0.0
    for x, _ in loader:
        x = x.double()
        count += x.numel()
        total += x.sum().item()
        squares += (x**2).sum().item()
    mean = total / count
    return mean, math.sqrt(squares / count - mean**2)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_yardstick", "points": 2} rows=["S01.8", "S03.5"]
def two_pixels(*rows):
    """A tray: sheets of two pixels, and labels that do not matter."""
    return torch.tensor(rows).view(-1, 1, 1, 2), torch.zeros(len(rows))


# the pixels 0, 1, 0, 1, and on a smaller tray 0.5, 2.5: mean 5/6, squares 8.5 in all
check(yardstick, [two_pixels([0.0, 1.0], [0.0, 1.0]), two_pixels([0.5, 2.5])]).gives(
    (0.8333333, 0.8498366)
)
check(yardstick, [two_pixels([1.0, 1.0], [1.0, 3.0], [1.0, 5.0])]).gives((2.0, 1.5275252))
solved(yardstick)
### BEGIN HIDDEN TESTS
for _sizes in ((5,), (4, 4, 1), (1, 7)):
    _all = [fresh.floats(_n, 1, 3, 2) for _n in _sizes]
    _flat = torch.cat([_x.flatten() for _x in _all]).double()
    check(yardstick, [(_x, None) for _x in _all]).gives(
        (_flat.mean().item(), _flat.std(correction=0).item()), tolerance=(1e-4, 1e-5)
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: three sums</summary>How many pixels, their sum, and the sum of their squares. All three can grow tray by tray.</details>
# <details><summary>Hint 2: from the sums</summary>The mean is the sum divided by the count. The squared spread is the <em>mean of the squares minus the square of the mean</em>.</details>
# <details><summary>Hint 3: nearly there</summary>In the loop <code>count += x.numel()</code>, <code>total += x.sum().item()</code>, <code>squares += (x**2).sum().item()</code>; at the end
# <code>math.sqrt(squares / count - mean**2)</code>. With <code>x.double()</code> little is lost to rounding.</details>

# %% id="use-yardstick" rows=["S09.4"]
in_order = DataLoader(in_memory["train"], batch_size=256)
all_at_once = pictures[piles["train"]]
right_mean, right_std = all_at_once.mean().item(), all_at_once.std(correction=0).item()
mean, std = part(
    "yardstick",
    yours=lambda: yardstick(in_order),
    spare=lambda: (right_mean, right_std),
    fits=lambda two: (
        math.isclose(two[0], right_mean, rel_tol=1e-3)
        and math.isclose(two[1], right_std, rel_tol=1e-3)
    ),
)
print(f"mean {mean:.4f}, standard deviation {std:.4f}")
assert mean != pictures.mean().item()  # test sheets had no say in it

# %% [markdown]
# This is a good place for a break.

# %% [markdown] rows=["S07.1", "S07.4", "S07.6", "S07.7"]
# ## 4 · A network of your own
#
# The pictures are small, so the network can be. Two layers look for strokes, one layer decides:
#
# | step | shape of one sheet after it |
# |---|---|
# | subtract the mean, divide by the spread | 1 × 8 × 8 |
# | `conv1`: 3 × 3 windows, padding 1; ReLU; 2 × 2 max-pooling | 16 × 4 × 4 |
# | `conv2`: the same | 32 × 2 × 2 |
# | flatten; dropout 0.2 | 128 |
# | `head`: linear | 10 scores |
#
# The yardstick lives **in** the network, as two buffers. So it travels with every checkpoint, and nobody who loads the network can forget it, or take another one.
#
# How should it begin? Before it has seen anything, a fair network has no opinion. If all weights **of the head** are 0, all scores are 0, and the first loss is log(10), on the dot. But can a layer of
# zeros learn at all?


# %% id="predict-zero-head" rows=["S07.4"]
def slopes_at_the_start(zero_head):
    """How large the slopes of both layers are, in the first step of a little network."""
    torch.manual_seed(0)
    first, head = nn.Linear(4, 5), nn.Linear(5, 3)
    if zero_head:
        nn.init.zeros_(head.weight)
    x, y = torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    F.cross_entropy(head(F.relu(first(x))), y).backward()
    return first.weight.grad.abs().max().item(), head.weight.grad.abs().max().item()


predict(
    "The weights of the last layer are all 0. Do they get a gradient other than 0 in the first step? True or False.",
    mine=...,
    truth=lambda: slopes_at_the_start(zero_head=True)[1] > 0,
)

# %% rows=["S07.4"]
in_first, in_head = slopes_at_the_start(zero_head=True)
assert in_first == 0 < in_head
assert min(slopes_at_the_start(zero_head=False)) > 0
print(
    f"the head moves at once ({in_head:.3f}); the layer before it ({in_first}) from step two on"
)

# %% [markdown] rows=["S07.4"]
# The slope of a weight is what comes in, times the error that comes back. What comes in is not 0, so the head learns. (If **two** layers in a row began at 0, nothing would ever move.)
#
# ### Exercise 13.6 · DigitNet
# ●●●○ · 10 minutes · 4 points
#
# Write the class `DigitNet(mean, std)` after the table above. It takes pictures as the shelf gives them, (n, 1, 8, 8), from 0 to 1, and returns scores, (n, 10).
#
# - Buffers `mean` and `std`, float32 of shape (); layers `conv1`, `conv2` and `head`.
# - Weights of both convolutions: `nn.init.kaiming_normal_(…, nonlinearity="relu")`. All biases 0. The weights of the head 0.
# - Dropout only in training mode.
#
# The last example trains your network for a second or two, and wants **95 %** of 450 digits that it has never seen. ([Chapter 07](../07_modules/07_modules.ipynb) has all the pieces.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "DigitNet"}
class DigitNet(nn.Module):
    """Two convolutions and a linear layer, for digits of 8 × 8 pixels.

    mean, std: float, the yardstick; both become buffers.
    Takes float32 (n, 1, 8, 8) from 0 to 1, gives scores, float32 (n, 10).
    """

    def __init__(self, mean, std):
        super().__init__()
        ### BEGIN SOLUTION
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
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        x = (x - self.mean) / self.std
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.head(self.dropout(x.flatten(1)))
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_DigitNet", "points": 4} rows=["S07.1", "S07.4", "S07.7"]
def inside(mean, std):
    """Names and shapes in the state_dict, and the yardstick."""
    state = DigitNet(mean, std).state_dict()
    shapes = {name: tuple(values.shape) for name, values in sorted(state.items())}
    return shapes | {
        name: state[name].tolist() for name in ("mean", "std") if name in state
    }


def at_the_start():
    """What can be said of a new network, whatever the dice."""
    torch.manual_seed(0)
    net = DigitNet(0.3, 0.4)
    spread = {n: getattr(net, n).weight.std().item() for n in ("conv1", "conv2")}
    usual = {"conv1": math.sqrt(2 / 9), "conv2": math.sqrt(2 / 144)}
    return {
        "first scores": net(torch.rand(2, 1, 8, 8)).abs().max().item(),
        "biases": max(layer.bias.abs().max().item() for layer in (net.conv1, net.conv2)),
        "spread is kaiming's": {n: abs(spread[n] / usual[n] - 1) < 0.25 for n in spread},
    }


def with_known_numbers(mean, std, training=False):
    """Scores of a network whose weights are known, for two sheets."""
    net = DigitNet(mean, std).train(training)
    with torch.no_grad():
        for parameter in net.parameters():
            n = parameter.numel()
            parameter.copy_(torch.linspace(-0.3, 0.4, n).roll(n // 3).view_as(parameter))
        both = net(torch.linspace(0, 1, 128).view(2, 1, 8, 8))
        if not training:
            return both[:, :4]
        return len({tuple(net(torch.ones(1, 1, 8, 8))[0].tolist()) for _ in range(8)}) > 1


def right_after_training(make_net):
    """The share of 450 unknown digits that a network gets right after 10 epochs."""
    with h5py.File(data_path("digits.h5"), "r") as file:
        x = torch.from_numpy(file["images"][:]).unsqueeze(1) / 16
        y = torch.from_numpy(file["labels"][:]).long()
    mixed = torch.randperm(len(x), generator=torch.Generator().manual_seed(1))
    x, y = x[mixed], y[mixed]
    torch.manual_seed(0)
    net = make_net(0.305, 0.376)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.005)
    for _ in range(10):
        for rows in torch.randperm(1347).split(64):
            optimizer.zero_grad()
            F.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        return (net.eval()(x[1347:]).argmax(1) == y[1347:]).float().mean().item()


check(inside, 0.25, 0.5).gives(
    {
        "conv1.bias": (16,),
        "conv1.weight": (16, 1, 3, 3),
        "conv2.bias": (32,),
        "conv2.weight": (32, 16, 3, 3),
        "head.bias": (10,),
        "head.weight": (10, 128),
        "mean": 0.25,
        "std": 0.5,
    }
)
check(with_known_numbers, 0.25, 0.5).gives(
    torch.tensor(
        [[95.9975, 131.5188, 167.0402, 126.8959], [446.0237, 611.2205, 776.4172, 598.1202]]
    ),
    tolerance=(1e-3, 1e-3),
)
check(with_known_numbers, 0.25, 0.5, training=True).gives(True)
check(at_the_start).gives(
    {
        "first scores": 0.0,
        "biases": 0.0,
        "spread is kaiming's": {"conv1": True, "conv2": True},
    }
)
check(right_after_training, DigitNet).satisfies(
    lambda share: share >= 0.95, "at least 95 % of the unknown digits are right"
)
solved(DigitNet)
### BEGIN HIDDEN TESTS
for _n in (1, 3):
    _net, _x = DigitNet(0.1, 2.0).eval(), fresh.floats(_n, 1, 8, 8)
    with torch.no_grad():
        for _p in _net.parameters():
            _p.copy_(fresh.floats(*_p.shape) / 4)
        _h = F.conv2d((_x - 0.1) / 2, _net.conv1.weight, _net.conv1.bias, padding=1)
        _h = F.conv2d(
            F.max_pool2d(_h.relu(), 2), _net.conv2.weight, _net.conv2.bias, padding=1
        )
        _h = F.max_pool2d(_h.relu(), 2).flatten(1)
        torch.testing.assert_close(
            _net(_x), _h @ _net.head.weight.t() + _net.head.bias, rtol=1e-3, atol=1e-3
        )
assert sum(p.numel() for p in DigitNet(0.0, 1.0).parameters() if p.requires_grad) == 6090
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: buffers and layers</summary><code>self.register_buffer("mean", torch.tensor(mean))</code>; <code>nn.Conv2d(1, 16, 3, padding=1)</code>; <code>nn.Linear(128, 10)</code>.</details>
# <details><summary>Hint 2: the beginning</summary>After the layers are built: <code>nn.init.kaiming_normal_(self.conv1.weight, nonlinearity="relu")</code>, <code>nn.init.zeros_(self.conv1.bias)</code>,
# and so on. The same for <code>conv2</code>; for the head zeros twice.</details>
# <details><summary>Hint 3: nearly there</summary>In <code>forward</code>: <code>x = F.max_pool2d(F.relu(self.conv1(x)), 2)</code>, the same with <code>conv2</code>, then
# <code>self.head(self.dropout(x.flatten(1)))</code>, where <code>self.dropout = nn.Dropout(0.2)</code> knows the mode.</details>

# %% [markdown] rows=["S04.3", "S08.1"]
# ### A loss that is fair to the eights
#
# Count the training pile. `scatter_add_` lets every label put a 1 into the box of its digit ([chapter 04](../04_scatter/04_scatter.ipynb)).

# %% id="class-weights" rows=["S04.2", "S04.3"]
train_labels = labels[piles["train"]]
counts = torch.zeros(10).scatter_add_(0, train_labels, torch.ones(len(train_labels)))
weights = counts.sum() / (10 * counts)
for digit in range(10):
    print(f"{digit}: {int(counts[digit]):4} sheets, weight {weights[digit]:.2f}")
assert torch.equal(counts, train_labels.bincount(minlength=10).float())
assert counts.argmin() == weights.argmax() == 8
torch.testing.assert_close(counts * weights, torch.full((10,), counts.sum() / 10))

# %% [markdown] rows=["S04.3", "S08.1"]
# A network that never says “8” would still be right in 96 of 100 cases. For the post office it would be useless: no house with an 8 in its number would get parcels. So a rare digit **counts more**: with these weights every
# digit has the same say, however often it comes.
#
# And one more thing. The usual target says: *it is a 7, with certainty.* To come near it, scores must grow without end. **Label smoothing** asks for a little doubt: the target of a 7 is 0.91 for the 7 and 0.01 for each digit,
# when the smoothing is 0.1 and there are ten classes: 0.1 is spread evenly over all ten, the rest goes to the right one.
#
# ### Exercise 13.7 · A fair loss
# ●●●○ · 8 minutes · 3 points
#
# Write `fair_loss(scores, labels, weights, smoothing)`. The target row of a sample holds `smoothing / classes` everywhere, and `1 - smoothing` more at its label: build it with `scatter_`. The cost of a sample is minus the
# sum of **target × log-softmax of its scores**. The result is the weighted mean of the costs: each times the weight of its label, divided by the **sum of those weights**.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "fair_loss"}
def fair_loss(scores, labels, weights, smoothing):
    """Cross entropy with smoothed targets, in which every class has its weight.

    scores: float32, shape (n, classes), n >= 1, with a graph; labels: int64, shape (n,);
    weights: float32, shape (classes,); smoothing: float from 0 to 1.
    Returns: 0-d tensor, connected to the graph of scores.
    """
    ### BEGIN SOLUTION
    classes = scores.shape[1]
    target = torch.full_like(scores, smoothing / classes)
    target.scatter_(1, labels[:, None], 1 - smoothing + smoothing / classes)
    costs = -(target * scores.log_softmax(dim=1)).sum(dim=1)
    say = weights[labels]
    return (say * costs).sum() / say.sum()
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_fair_loss", "points": 3} rows=["S04.1", "S04.3", "S08.1"]
equal = torch.ones(3)
# plain: the same as F.cross_entropy
check(
    fair_loss,
    torch.tensor([[2.0, 0.0, 1.0], [0.0, 4.0, 0.0]]),
    torch.tensor([0, 2]),
    equal,
    0.0,
).gives(torch.tensor(2.2217911))
# smoothed
check(
    fair_loss,
    torch.tensor([[2.0, 0.0, 1.0]], requires_grad=True),
    torch.tensor([0]),
    equal,
    0.3,
).gives(
    torch.tensor(0.7076059),
    graph=True,
    gradients={"scores": torch.tensor([[-0.1347592, -0.0099694, 0.1447285]])},
)
# the class 2 counts three times as much as the others
check(
    fair_loss,
    torch.tensor([[2.0, 0.0, 1.0], [0.0, 4.0, 0.0]]),
    torch.tensor([0, 2]),
    torch.tensor([1.0, 1.0, 3.0]),
    0.3,
).gives(torch.tensor(2.903884))
check(
    fair_loss,
    torch.tensor([[2.0, 0.0, 1.0], [0.0, 4.0, 0.0]]),
    torch.tensor([0, 2]),
    torch.tensor([1.0, 1.0, 3.0]),
    0.0,
).gives(torch.tensor(3.1288838))
solved(fair_loss)
### BEGIN HIDDEN TESTS
for _n, _classes, _smoothing in ((1, 4, 0.0), (6, 3, 0.1), (9, 10, 0.5), (3, 2, 1.0)):
    _weights = fresh.floats(_classes).abs() + 0.1
    for _scores in fresh.layouts(fresh.floats(_n, _classes) * 3):
        _labels = fresh.integers(0, _classes - 1, _n)
        _logs, _sum, _all = _scores.log_softmax(1), 0.0, 0.0
        for _i, _label in enumerate(_labels.tolist()):
            _cost = -(1 - _smoothing) * _logs[_i, _label] - _smoothing * _logs[_i].mean()
            _sum, _all = _sum + _weights[_label] * _cost, _all + _weights[_label]
        check(fair_loss, _scores, _labels, _weights, _smoothing).gives(
            _sum / _all, tolerance=(1e-4, 1e-5)
        )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the target</summary><code>torch.full_like(scores, smoothing / classes)</code>, and then one higher number in each row, along dim 1.</details>
# <details><summary>Hint 2: scatter_ wants columns</summary>The index has as many dims as the target: <code>labels[:, None]</code>. The value at the label is
# <code>1 - smoothing + smoothing / classes</code>.</details>
# <details><summary>Hint 3: nearly there</summary><code>costs = -(target * scores.log_softmax(dim=1)).sum(dim=1)</code>; <code>say = weights[labels]</code>;
# <code>(say * costs).sum() / say.sum()</code>.</details>


# %% id="spares"
class SpareNet(nn.Module):
    """A spare part for DigitNet: no convolutions."""

    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10)
        )

    def forward(self, x):
        return self.layers((x - self.mean) / self.std)


def spare_loss(scores, labels, weights, smoothing):
    return F.cross_entropy(scores, labels, weight=weights, label_smoothing=smoothing)


# %% id="use-net" rows=["S07.1", "S08.1"]
def scores_of(make_net):
    return make_net(mean, std)(torch.rand(3, 1, 8, 8))


def a_loss(function):
    return function(torch.randn(3, 10, requires_grad=True), torch.arange(3), weights, 0.1)


Net = part(
    "DigitNet",
    yours=lambda: (scores_of(DigitNet), DigitNet),
    spare=lambda: (None, SpareNet),
    fits=lambda made: (
        made[0].shape == (3, 10) and "mean" in DigitNet(0.5, 0.5).state_dict()
    ),
)[1]
loss_function = part(
    "fair_loss",
    yours=lambda: (a_loss(fair_loss), fair_loss),
    spare=lambda: (None, spare_loss),
    fits=lambda made: made[0].shape == () and made[0].requires_grad and made[0] > 0,
)[1]


def loss_of(scores, labels):
    """The loss that we train with."""
    return loss_function(scores, labels, weights.to(scores.device), 0.1)


torch.manual_seed(0)
net = Net(mean, std)
print(sum(p.numel() for p in net.parameters()), "numbers to learn")
assert sum(p.numel() for p in net.parameters()) in (6090, 4810)

# %% [markdown] rows=["S05.1", "S06.1"]
# One step from the inside, with two sheets: forward through the layers to the loss, and backward. In your `DigitNet`, look where the gradient that reaches `conv2.weight` is still 0, and why.

# %% id="see-step" rows=["S05.1", "S06.1"]
two = torch.stack([shelves["train"][0][0], shelves["train"][1][0]])
names_of_two = torch.stack([shelves["train"][0][1], shelves["train"][1][1]])
with record() as tape:
    loss = loss_of(net(two), names_of_two)
    loss.backward()
assert 0 < loss.item() < 6
show_graph(tape)

# %% [markdown] rows=["S10.1", "S10.2"]
# ## 5 · Round after round
#
# The loop of [chapter 10](../10_training/10_training.ipynb): one round of training, one look at the validation pile, and the question whether to go on. Three small functions, each checked alone.
#
# ### Exercise 13.8 · Four faults in one round
# ●●○○ · 7 minutes · 3 points
#
# A colleague has written the round of training already. It runs, and raises nothing. There are **four** faults in it.


# %% id="broken-round" rows=["S10.1", "S06.5", "S07.7"]
def broken_round(model, loader, loss_of, optimizer, device):
    losses = []
    for x, y in loader:
        loss = loss_of(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return sum(losses) / len(losses)


toy = nn.Linear(2, 1).eval()  # as it comes from a look at the validation pile
toy_trays = [(torch.ones(64, 2), torch.zeros(64, 1)), (torch.ones(1, 2), torch.ones(1, 1))]
toy_steps = torch.optim.SGD(toy.parameters(), lr=0.1)
returned = broken_round(toy, toy_trays, F.mse_loss, toy_steps, "cpu")
print("returned:", returned)
print(
    "in training mode:", toy.training, "  gradients left over:", toy.bias.grad is not None
)
assert isinstance(returned, torch.Tensor) and returned.requires_grad
assert not toy.training

# %% [markdown] rows=["S10.1", "S10.2", "S06.5"]
# Mend it. `train_round(model, loader, loss_of, optimizer, device)` is one pass over the loader in **training mode**; every tray goes to `device`, and takes one step of its own gradient. It returns the mean loss **of the samples**, as a float: trays differ in size, and `loss_of(scores,
# labels)` gives the mean of one tray. No graph lives longer than its tray.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "train_round"}
def train_round(model, loader, loss_of, optimizer, device):
    """Train once through a loader.

    model: a module on device, changed in place; loader: gives pairs (inputs, labels);
    loss_of: a function of (scores, labels) that gives the mean loss, 0-d; optimizer: of the model's parameters.
    Returns: float, the mean over all samples of the losses that the steps were taken with.
    """
    ### BEGIN SOLUTION
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
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_train_round", "points": 3} rows=["S10.1", "S10.2", "S06.5"]
class Slope(nn.Module):
    """y = w * x; notes the mode in which it is called. It begins with w = 0, in eval mode."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(()))
        self.modes = []
        self.eval()

    def forward(self, x):
        self.modes.append("train" if self.training else "eval")
        return self.w * x


def one_round(trays, lr, target_device="cpu"):
    """What train_round returns and leaves behind, for y = w * x with the squared error."""
    model = Slope().to(target_device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    mean_loss = train_round(
        model, trays, F.mse_loss, optimizer, torch.device(target_device)
    )
    return {"loss": mean_loss, "w": model.w.item(), "modes": model.modes}


def tray(*pairs):
    """A tray of pairs (x, y)."""
    return torch.tensor([x for x, _ in pairs]), torch.tensor([y for _, y in pairs])


even = [tray((1.0, 2.0), (2.0, 4.0)), tray((1.0, 3.0), (3.0, 0.0))]
uneven = [tray((1.0, 2.0), (2.0, 4.0), (1.0, 1.0)), tray((1.0, 4.0))]
check(one_round, even, 0.1).gives({"loss": 8.25, "w": 0.3, "modes": ["train", "train"]})
check(one_round, uneven, 0.0).gives({"loss": 9.25, "w": 0.0, "modes": ["train", "train"]})
check(one_round, uneven, 0.5, str(device)).gives(
    {"loss": 5.2777778, "w": 4.0, "modes": ["train", "train"]}
)
solved(train_round)
### BEGIN HIDDEN TESTS
for _sizes in ((3,), (2, 2, 1), (1, 4, 2)):
    _trays = [(fresh.floats(_n).clamp(-2, 2), fresh.floats(_n)) for _n in _sizes]
    _w, _sum = 0.0, 0.0
    for _x, _y in _trays:
        _miss = _w * _x - _y
        _sum += (_miss**2).sum().item()
        _w -= 0.05 * 2 * (_miss * _x).mean().item()
    check(one_round, _trays, 0.05).gives(
        {"loss": _sum / sum(_sizes), "w": _w, "modes": ["train"] * len(_sizes)},
        tolerance=(1e-3, 1e-4),
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two lines that are missing</summary><code>optimizer.zero_grad()</code> for each tray, before <code>backward</code>. And <code>model.train()</code> before the loop: nobody else will say it.</details>
# <details><summary>Hint 2: which mean</summary>A tray's mean times its size is a sum. Add the sums, and divide by the number of all samples at the end.</details>
# <details><summary>Hint 3: nearly there</summary><code>total += loss.item() * len(y)</code>, <code>count += len(y)</code>. A loss without <code>.item()</code> would keep its whole graph alive.</details>

# %% [markdown] rows=["S10.3", "S07.7"]
# ### Exercise 13.9 · All answers
# ●●○○ · 6 minutes · 2 points
#
# Write `all_answers(model, loader, device)`: what the network says about a whole pile. Return the **probabilities** (softmax of the scores), float32 (n, classes), and the labels, int64 (n,), both on the CPU and in the loader's order, without a graph. Layers such as dropout must
# be off. And leave the model **in the mode in which it came**: who looks in the middle of a training must not change it.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "all_answers"}
def all_answers(model, loader, device):
    """Probabilities for all samples of a loader, and their labels.

    model: a module on device that gives scores, (n, classes); loader: gives pairs (inputs, labels).
    Returns: (float32 (n, classes), int64 (n,)), on the CPU, without a graph.
    """
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    chances, labels = [], []
    with torch.no_grad():
        for x, y in loader:
            chances.append(model(x.to(device)).softmax(dim=1).cpu())
            labels.append(y.cpu())
    model.train(was_training)
    return torch.cat(chances), torch.cat(labels)
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_all_answers", "points": 2} rows=["S10.3", "S07.7", "S06.7"]
class Twofold(nn.Module):
    """Scores x and 0; in training mode it gives nonsense, as dropout would."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(()))

    def forward(self, x):
        scores = torch.stack([self.w * x, 0 * x], dim=1)
        return scores + 100 if not self.training else scores.flip(1) * 2


def answers_of(trays, training, target_device="cpu"):
    """What all_answers says, and in which mode it leaves the model."""
    model = Twofold().to(target_device).train(training)
    chances, names = all_answers(model, trays, torch.device(target_device))
    return {
        "chances": chances,
        "labels": names,
        "a graph": chances.requires_grad,
        "training mode after it": model.training,
    }


three_trays = [
    (torch.tensor([0.0, math.log(3.0)]), torch.tensor([1, 0])),
    (torch.tensor([-math.log(4.0)]), torch.tensor([1])),
]
right_chances = torch.tensor([[0.5, 0.5], [0.75, 0.25], [0.2, 0.8]])
check(answers_of, three_trays, False).gives(
    {
        "chances": right_chances,
        "labels": torch.tensor([1, 0, 1]),
        "a graph": False,
        "training mode after it": False,
    }
)
check(answers_of, three_trays, True, str(device)).gives(
    {
        "chances": right_chances,
        "labels": torch.tensor([1, 0, 1]),
        "a graph": False,
        "training mode after it": True,
    }
)
solved(all_answers)
### BEGIN HIDDEN TESTS
for _sizes in ((1,), (3, 2), (2, 2, 1)):
    _trays = [(fresh.floats(_n), fresh.integers(0, 1, _n)) for _n in _sizes]
    _first = torch.cat([_x for _x, _ in _trays]).sigmoid()
    _training = bool(fresh.integer(0, 1))
    check(answers_of, _trays, _training).gives(
        {
            "chances": torch.stack([_first, 1 - _first], dim=1),
            "labels": torch.cat([_y for _, _y in _trays]),
            "a graph": False,
            "training mode after it": _training,
        },
        tolerance=(1e-4, 1e-5),
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two switches</summary><code>model.eval()</code> changes what layers do; <code>torch.no_grad()</code> stops recording. You need both.</details>
# <details><summary>Hint 2: collect and join</summary>A list for each, <code>append</code> tray by tray, and <code>torch.cat</code> at the end.</details>
# <details><summary>Hint 3: nearly there</summary>Remember <code>was_training = model.training</code> first, and end with <code>model.train(was_training)</code>.</details>

# %% [markdown] rows=["S10.2", "E30"]
# ### When to stop
#
# The training loss falls as long as you like. The validation loss falls, rests, and rises again, when the network begins to learn its sheets by heart. Some texts stop when the *training* loss is below a threshold. That asks the wrong pile.
# **Early stopping** asks the validation pile: stop when it has not been better for a while. You wrote one in [chapter 10](../10_training/10_training.ipynb). Today's has to survive a kill, so it must be able to say what it remembers.
#
# ### Exercise 13.10 · Patience
# ●●○○ · 7 minutes · 3 points
#
# Write the class `Patience(most)`. `step(loss)` takes the validation loss of a round, and returns True when it is **lower than all before**, else False. The attribute `stop` is True as soon as `most` rounds **in a row** were no better. A loss of `nan` is
# never better. And since a training may be stopped and go on: `state_dict()` gives all that it remembers, as a dict of plain numbers, and `load_state_dict(state)` takes it up again.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "Patience"}
class Patience:
    """Notices when a loss has not become lower for some rounds.

    most: int, how many rounds in a row may be no better.
    Attribute stop: bool, whether that many have been.
    """

    def __init__(self, most):
        self.most = most
        self.stop = False
        ### BEGIN SOLUTION
        self.best, self.waited = float("inf"), 0
        ### END SOLUTION

    def step(self, loss):
        ### BEGIN SOLUTION
        better = loss < self.best
        if better:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        self.stop = self.waited >= self.most
        return better
        ### END SOLUTION

    def state_dict(self):
        ### BEGIN SOLUTION
        return {"best": self.best, "waited": self.waited, "stop": self.stop}
        ### END SOLUTION

    def load_state_dict(self, state):
        ### BEGIN SOLUTION
        self.best, self.waited, self.stop = state["best"], state["waited"], state["stop"]
        ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_Patience", "points": 3} rows=["S10.2", "E30"]
def told(losses, most):
    """After each loss: was it better, and is it time to stop?"""
    patience = Patience(most)
    return [(patience.step(loss), patience.stop) for loss in losses]


def with_a_pause(losses, more, most):
    """The same, but in the middle somebody new takes over from what was saved."""
    first, second = Patience(most), Patience(most)
    for loss in losses:
        first.step(loss)
    file = io.BytesIO()  # a file that exists in memory only
    torch.save(first.state_dict(), file)
    file.seek(0)
    second.load_state_dict(torch.load(file, weights_only=True))
    on_loading = second.stop
    return on_loading, [(second.step(loss), second.stop) for loss in more]


yes, no, halt = (True, False), (False, False), (False, True)
check(told, [3.0, 2.0, 2.5, 1.0, 1.5, 1.2], 2).gives([yes, yes, no, yes, no, halt])
check(told, [1.0, 1.0, 0.5, 0.7], 1).gives([yes, halt, yes, halt])
check(told, [2.0, nan, 1.0, nan, nan, nan], 3).gives([yes, no, yes, no, no, halt])
check(with_a_pause, [3.0, 2.0, 2.5], [2.2, 1.9, 2.0], 3).gives((False, [no, yes, no]))
check(with_a_pause, [1.0, 2.0, 2.0], [1.5, 1.5], 4).gives((False, [no, halt]))
check(with_a_pause, [1.0, 2.0, 2.0], [], 2).gives((True, []))
solved(Patience)
### BEGIN HIDDEN TESTS
for _most in (1, 2, 4):
    _losses = [v / 4 for v in fresh.integers(0, 30, 12).tolist()]
    _best, _since, _right = math.inf, 0, []
    for _loss in _losses:
        _better = _loss < _best
        _best, _since = min(_loss, _best), 0 if _better else _since + 1
        _right.append((_better, _since >= _most))
    check(told, _losses, _most).gives(_right)
    check(with_a_pause, _losses[:5], _losses[5:], _most).gives((_right[4][1], _right[5:]))
check(told, [nan, nan], 2).gives([no, halt])
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: two numbers</summary>The best loss so far, infinite at first, and how many rounds have passed since then. (<code>float("inf")</code>.)</details>
# <details><summary>Hint 2: nan</summary><code>loss &lt; self.best</code> is False for nan, which is what you want. <code>not loss &gt;= self.best</code> is not the same.</details>
# <details><summary>Hint 3: nearly there</summary>When better: remember the loss, waited = 0; else waited + 1. Then <code>self.stop = self.waited &gt;= self.most</code>. All three
# numbers go into the state.</details>

# %% [markdown] rows=["S11.3"]
# ## 6 · Never lose a night's work
#
# Now the training as a whole. A **run** holds all that changes while it goes: model, optimizer, scheduler, patience, the dice of the training loader, the number of finished rounds, the losses so far, and the best network yet.


# %% id="new-run" rows=["S11.3"]
def new_run(net, dice, patience):
    """A training that has not begun: the network, the training loader's generator, and a Patience."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.01)
    return SimpleNamespace(
        model=net,
        optimizer=optimizer,
        scheduler=lr_scheduler.ExponentialLR(optimizer, gamma=0.9),
        patience=patience,
        dice=dice,
        epoch=0,  # finished rounds
        history=[],  # their validation losses
        best=None,  # the state_dict of the best round, a copy
    )


# %% [markdown] rows=["S11.3"]
# A colleague saves such a run in the shortest way there is: the things themselves. Read what torch says when the file is opened.


# %% id="read-the-refusal" rows=["S11.5"]
toy_path = new_path("pt")
toy_plan = lr_scheduler.ExponentialLR(toy_steps, gamma=0.9)
torch.save({"model": toy, "scheduler": toy_plan, "epoch": 3}, toy_path)
try:
    torch.load(toy_path)
except pickle.UnpicklingError as error:
    first, *_ = [line for line in str(error).splitlines() if "GLOBAL" in line]
    print(type(error).__name__, "…", first.strip(), sep="\n")
    assert "torch.nn.modules.linear.Linear" in str(error)
else:
    raise AssertionError("torch opened a file with whole objects in it")

# %% [markdown] rows=["S11.3", "S11.5"]
# “Unsupported global”: to bring back a *thing*, torch would have to run the code of its class, and with `weights_only=True` it will not. `weights_only=False` is no remedy. Save what the things **remember**: `state_dict()`.
#
# ### Exercise 13.11 · Into one file, and back
# ●●●○ · 10 minutes · 4 points
#
# Write both ways. `save_run(run, path)` puts **everything** that the run needs to go on into one file: all eight things above, and the dice of the program, which dropout throws. Write it beside, and rename: at every
# moment there must be a whole file under the name. `load_run(run, path)` takes a newly made run and brings it to the saved place, under `weights_only=True`. ([Chapter 11](../11_checkpoints/11_checkpoints.ipynb), section 4.)


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "save_run"}
def save_run(run, path):
    """Write all of a run into one file, so that path is a whole file at every moment.

    run: with model, optimizer, scheduler, patience (each with state_dict), dice (a torch.Generator), epoch (int),
    history (list of floats) and best (dict of tensors, or None); path: a Path.
    """
    ### BEGIN SOLUTION
    kit = {
        name: getattr(run, name).state_dict()
        for name in ("model", "optimizer", "scheduler", "patience")
    }
    kit |= {name: getattr(run, name) for name in ("epoch", "history", "best")}
    kit |= {"loader's dice": run.dice.get_state(), "program's dice": torch.get_rng_state()}
    beside = f"{path}.part"
    torch.save(kit, beside)
    os.replace(beside, path)
    ### END SOLUTION


def load_run(run, path):
    """Bring a newly made run to where the saved one stood; also the dice of the program."""
    ### BEGIN SOLUTION
    kit = torch.load(path, map_location="cpu", weights_only=True)
    for name in ("model", "optimizer", "scheduler", "patience"):
        getattr(run, name).load_state_dict(kit[name])
    for name in ("epoch", "history", "best"):
        setattr(run, name, kit[name])
    run.dice.set_state(kit["loader's dice"])
    torch.set_rng_state(kit["program's dice"])
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_save_run", "points": 4} rows=["S11.3", "S11.5"]
class Counter:
    """Stands in for Patience: it counts."""

    def __init__(self):
        self.count = 0

    def state_dict(self):
        return {"count": self.count}

    def load_state_dict(self, state):
        self.count = state["count"]


class PowerCut:
    """Saving it breaks off, as if the power had failed."""

    def __reduce__(self):
        raise InterruptedError("the power failed")


def toy_run():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Dropout(0.5), nn.Linear(6, 1))
    return new_run(net, torch.Generator().manual_seed(5), Counter())


def toy_round(run):
    """A round of training that throws both kinds of dice."""
    x = torch.randn(8, 6, generator=run.dice)
    loss = run.model(x).square().mean()
    run.optimizer.zero_grad()
    loss.backward()
    run.optimizer.step()
    run.scheduler.step()
    run.patience.count += 1
    run.epoch += 1
    run.history.append(float(run.epoch))
    run.best = copy.deepcopy(run.model.state_dict())


def facts_about(run):
    return {
        "weights": run.model[1].weight.detach().clone(),
        "scheduler's count": run.scheduler.last_epoch,
        "patience": run.patience.count,
        "epoch": run.epoch,
        "history": list(run.history),
        "best": None if run.best is None else run.best["1.bias"].clone(),
    }


def never_stopped(rounds):
    run = toy_run()
    for _ in range(rounds):
        toy_round(run)
    return facts_about(run)


def after_a_break(before, after):
    """Train, save, throw dice elsewhere, load into a new run, train on."""
    path, run = new_path("pt"), toy_run()
    for _ in range(before):
        toy_round(run)
    save_run(run, path)
    toy_round(run)  # what happens to the old run after saving is of no concern
    run = toy_run()
    load_run(run, path)
    for _ in range(after):
        toy_round(run)
    return facts_about(run)


def in_the_dark():
    """Save round 1; then the power fails while round 2 is saved. What lies under the name?"""
    path, run = new_path("pt"), toy_run()
    toy_round(run)
    save_run(run, path)
    toy_round(run)
    run.history.append(PowerCut())
    try:
        save_run(run, path)
        heard = False
    except InterruptedError:
        heard = True
    again = toy_run()
    try:
        load_run(again, path)
    except (RuntimeError, EOFError, FileNotFoundError) as error:
        return {"the error came through": heard, "then loading gives": type(error).__name__}
    return {"the error came through": heard, "then loading gives": f"round {again.epoch}"}


exactly = (0.0, 0.0)
check(after_a_break, 2, 2).gives(never_stopped(4), tolerance=exactly)
check(after_a_break, 3, 0).gives(never_stopped(3), tolerance=exactly)
check(in_the_dark).gives({"the error came through": True, "then loading gives": "round 1"})
solved(save_run)
### BEGIN HIDDEN TESTS
for _before, _after in ((0, 0), (0, 1), (1, 3)):
    check(after_a_break, _before, _after).gives(
        never_stopped(_before + _after), tolerance=exactly
    )
_path, _run = new_path("pt"), toy_run()
save_run(_run, _path)
torch.load(_path, weights_only=True)
assert not [
    p for p in _path.parent.iterdir() if p.name.startswith(_path.name) and p != _path
]
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: state, not things</summary>Four of the eight have a <code>state_dict()</code>, the generator has <code>get_state()</code>, and three are plain. The program's dice are
# <code>torch.get_rng_state()</code>.</details>
# <details><summary>Hint 2: beside</summary><code>torch.save(kit, f"{path}.part")</code>, then <code>os.replace(f"{path}.part", path)</code>.</details>
# <details><summary>Hint 3: nearly there</summary>In <code>load_run</code>: <code>kit = torch.load(path, map_location="cpu", weights_only=True)</code>; four <code>load_state_dict</code>, three plain
# values, <code>run.dice.set_state(…)</code>, and <code>torch.set_rng_state(…)</code> last.</details>

# %% [markdown] rows=["S10.2", "S11.3"]
# (On a graphics card dropout throws that card's dice: `torch.cuda.get_rng_state_all()` would have to come along. Our proof below runs on the CPU.)
#
# ### Exercise 13.12 · Carry on
# ●●●○ · 9 minutes · 4 points
#
# Everything meets in one loop. Write `carry_on(run, path, epochs, parts)`. If `path` exists, bring the run to where the file stands. Then, as long as fewer than `epochs` rounds are finished **in all**, and `run.patience.stop` does not say stop:
#
# 1. `parts.train(run)`, then `loss = parts.validate(run)`, a float, then a step of the scheduler;
# 2. tell `run.patience`; when the round was the best so far, keep **a copy** of the model's state_dict in `run.best`;
# 3. append the loss to `run.history`, count the round in `run.epoch`, and `parts.save(run, path)`.
#
# `parts.load(run, path)` loads. Return the run. In the tests the four parts only write down that they were called.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "carry_on"}
def carry_on(run, path, epochs, parts):
    """Train until so many rounds are finished or patience is at its end, from the file at path if there is one.

    run: what new_run gives; path: a Path; epochs: int, counted from the very beginning;
    parts: with train(run), validate(run) → float, save(run, path) and load(run, path).
    Returns: the run.
    """
    ### BEGIN SOLUTION
    if path.exists():
        parts.load(run, path)
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
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_carry_on", "points": 4} rows=["S10.2", "S11.3"]
class Scripted:
    """Stands in for Patience: says what the script says."""

    def __init__(self, better_in, stop_after):
        self.better_in, self.stop_after, self.rounds = better_in, stop_after, 0

    @property
    def stop(self):
        return self.rounds >= self.stop_after

    def step(self, loss):
        self.rounds += 1
        return self.rounds in self.better_in


def rehearsed(epochs, better_in, stop_after, saved_round=None):
    """What carry_on calls, in which order, and what the run is after it. The model counts the rounds."""
    path, notes = new_path("pt"), []
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)

    def train(run):
        notes.append("train")
        if notes.count("train") > 20:
            raise RuntimeError("20 rounds, and no end")
        with torch.no_grad():
            run.model.weight += 1

    def validate(run):
        notes.append("validate")
        return run.model.weight.item() / 10

    def save(run, to):
        assert to == path, "save was given another path"
        notes.append(f"save {run.epoch}")

    def load(run, of):
        notes.append("load")
        run.epoch, run.history = saved_round, [0.5] * saved_round
        run.patience.rounds = saved_round
        nn.init.constant_(run.model.weight, saved_round)

    if saved_round is not None:
        path.touch()
    steps = []
    run = SimpleNamespace(
        model=model,
        optimizer=None,
        scheduler=SimpleNamespace(step=lambda: steps.append(1)),
        patience=Scripted(better_in, stop_after),
        epoch=0,
        history=[],
        best=None,
    )
    parts = SimpleNamespace(train=train, validate=validate, save=save, load=load)
    returned = carry_on(run, path, epochs, parts)
    return {
        "calls": " ".join(notes),
        "scheduler's steps": len(steps),
        "finished": run.epoch,
        "history": [round(loss, 4) for loss in run.history],
        "best is of round": None if run.best is None else run.best["weight"].item(),
        "the run came back": returned is run,
    }


check(rehearsed, 3, (1, 2), 99).gives(
    {
        "calls": "train validate save 1 train validate save 2 train validate save 3",
        "scheduler's steps": 3,
        "finished": 3,
        "history": [0.1, 0.2, 0.3],
        "best is of round": 2.0,
        "the run came back": True,
    }
)
# patience ends after round 2
check(rehearsed, 5, (1,), 2).gives(
    {
        "calls": "train validate save 1 train validate save 2",
        "scheduler's steps": 2,
        "finished": 2,
        "history": [0.1, 0.2],
        "best is of round": 1.0,
        "the run came back": True,
    }
)
# the file holds a run of 2 rounds
check(rehearsed, 3, (3,), 99, saved_round=2).gives(
    {
        "calls": "load train validate save 3",
        "scheduler's steps": 1,
        "finished": 3,
        "history": [0.5, 0.5, 0.3],
        "best is of round": 3.0,
        "the run came back": True,
    }
)
# the file holds a run whose patience was at its end
check(rehearsed, 9, (1,), 2, saved_round=2).gives(
    {
        "calls": "load",
        "scheduler's steps": 0,
        "finished": 2,
        "history": [0.5, 0.5],
        "best is of round": None,
        "the run came back": True,
    }
)
solved(carry_on)
### BEGIN HIDDEN TESTS
for _epochs, _stop, _saved in (
    (4, 99, None),
    (6, 3, None),
    (5, 99, 5),
    (7, 6, 2),
    (2, 99, 4),
):
    _begin = _saved or 0
    _end = max(_begin, min(_epochs, _stop))
    _better = tuple(range(_begin + 1, _end + 1, 2))
    _calls = ["load"] if _saved is not None else []
    for _round in range(_begin + 1, _end + 1):
        _calls += ["train", "validate", f"save {_round}"]
    check(rehearsed, _epochs, _better, _stop, saved_round=_saved).gives(
        {
            "calls": " ".join(_calls),
            "scheduler's steps": _end - _begin,
            "finished": _end,
            "history": [0.5] * _begin + [_r / 10 for _r in range(_begin + 1, _end + 1)],
            "best is of round": float(_better[-1]) if _better else None,
            "the run came back": True,
        }
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: the frame</summary><code>if path.exists(): parts.load(run, path)</code>, then <code>while run.epoch &lt; epochs and not run.patience.stop:</code>. A <code>for</code> over
# <code>range(epochs)</code> would count from 0 again after every break.</details>
# <details><summary>Hint 2: save last</summary>A file that is written before the round is counted says, after a kill, that the round is still to do. So count first, then save.</details>
# <details><summary>Hint 3: nearly there</summary><code>if run.patience.step(loss): run.best = copy.deepcopy(run.model.state_dict())</code>. Without the copy the best network would go on learning.</details>

# %% [markdown] rows=["S10.2", "S10.5"]
# ### The real thing
#
# Your functions, the post office's sheets. Watch training and validation; the picture also shows the gradient of each layer. (While it runs you can pause it, or change the learning rate.)


# %% id="train" rows=["S10.1", "S10.2", "S10.5"]
def real_run(on):
    """A run with your parts that has not begun, and its loaders."""
    torch.manual_seed(0)
    net = Net(mean, std).to(on)
    loaders = make_loaders(seed=1)
    return new_run(net, loaders["train"].generator, Patience(5)), loaders


def real_parts(loaders, on, watch=None):
    """Your parts, as carry_on wants them."""
    last = {"rounds": 0}

    def train(run):
        last["rounds"] += 1
        assert last["rounds"] <= 100, (
            "a hundred rounds: does carry_on count them in run.epoch?"
        )
        last["loss"] = train_round(run.model, loaders["train"], loss_of, run.optimizer, on)

    def validate(run):
        chances, truth = all_answers(run.model, loaders["valid"], on)
        loss = F.nll_loss(chances.clamp_min(1e-12).log(), truth).item()
        if watch is not None:
            right = (chances.argmax(1) == truth).float().mean()
            watch.log(loss=last["loss"], valid_loss=loss, valid_right=right)
        return loss

    return SimpleNamespace(train=train, validate=validate, save=save_run, load=load_run)


EPOCHS = 30
trained = None
try:
    run, loaders = real_run(device)
    watch = show_training(run.model, run.optimizer, total=EPOCHS, name="Reading digits")
    path = new_path("pt")
    began = time.perf_counter()
    carry_on(run, path, EPOCHS, real_parts(loaders, device, watch))
    watch.finish()
    seconds = time.perf_counter() - began
    best_round = 1 + run.history.index(min(run.history))
    print(f"{run.epoch} rounds in {seconds:.1f} s; best was round {best_round}")
    assert run.best is not None, "carry_on has kept no best network"
    assert min(run.history) < 0.5, "the validation loss did not fall below 0.5"
    trained = run
except NotImplementedError:
    print(
        "First write train_round, all_answers, Patience, save_run, load_run and carry_on."
    )

# %% [markdown] rows=["S11.3"]
# ### For real: `kill`
#
# A file that was never needed proves nothing. So your functions go into a program of their own. While it works on round 4 we kill it, without a warning. Then *this* notebook takes the file and goes on. If all is right, the weights at the end have
# **the same bits** as those of a run that nobody disturbed.


# %% id="program-text"
def text_of(thing):
    """The source of a function, or the whole cell that defines a class."""
    if inspect.isclass(thing):
        method = next(v for v in vars(thing).values() if inspect.isfunction(v))
        return "".join(linecache.getlines(method.__code__.co_filename))
    return inspect.getsource(thing)


head = """
import copy, math, os, time
from pathlib import Path
from types import SimpleNamespace
import h5py, torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(1)
mean, std = MEAN, STD
with h5py.File(CLEAN, "r") as file:
    pictures, labels, in_memory = file["pictures"][:], file["labels"][:], {}
    for name, rows in file["piles"].items():
        x, y = torch.from_numpy(pictures[rows[:]]), torch.from_numpy(labels[rows[:]])
        in_memory[name] = TensorDataset(x.unsqueeze(1), y)
counts = in_memory["train"].tensors[1].bincount(minlength=10).float()
weights = counts.sum() / (10 * counts)
"""
tail = """
Net, loss_function = NET, LOSS
run, loaders = real_run("cpu")
parts = real_parts(loaders, "cpu")
train = parts.train

def slow_train(run):
    train(run)
    if run.epoch == 3:  # the work of round 4 is done, and not yet saved
        print("working on round 4", flush=True)
        time.sleep(60)

parts.train = slow_train
carry_on(run, Path(KILLED), 6, parts)
"""


def program_text(path):
    """The training as a program of its own: your parts, and ours."""
    own = (
        Net,
        loss_function,
        train_round,
        all_answers,
        Patience,
        save_run,
        load_run,
        carry_on,
    )
    ours = (loss_of, make_loaders, new_run, real_run, real_parts)
    text = "\n\n".join([head, *map(text_of, own + ours), tail])
    for word, value in {
        "MEAN, STD": f"{mean!r}, {std!r}",
        "(CLEAN": f"({str(CLEAN)!r}",
        "NET, LOSS": f"{Net.__name__}, {loss_function.__name__}",
        "(KILLED": f"({str(path)!r}",
    }.items():
        text = text.replace(word, value)
    return text


def until_killed(path):
    """Start that program, and kill it in round 4: its last words (or its trouble), and its exit code."""
    program = new_path("py")
    program.write_text(program_text(path), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        lines = iter(process.stdout.readline, "")
        said = next((line.strip() for line in lines if "round 4" in line), None)
        process.kill()
        trouble = process.stderr.read()
    return said or trouble, process.returncode


def result_after(path, epochs):
    """The run on the CPU, from the file at path if there is one."""
    run, loaders = real_run("cpu")
    return carry_on(run, path, epochs, real_parts(loaders, "cpu"))


# %% id="kill" rows=["S11.3"]
comparison = None
try:
    undisturbed = result_after(new_path("pt"), 6)
    path = new_path("pt")
    said, exit_code = until_killed(path)
    print(f"{said} → killed, exit code {exit_code}")
    assert exit_code != 0 and said == "working on round 4"

    at_the_kill = result_after(path, 0)  # loads, and does nothing
    survivor = result_after(path, 6)
    print(f"in the file: round {at_the_kill.epoch}; now: round {survivor.epoch}")
    assert (at_the_kill.epoch, survivor.epoch) == (3, 6)

    a, b = undisturbed.model.state_dict(), survivor.model.state_dict()
    same_bits = all(torch.equal(a[name], b[name]) for name in a)
    assert same_bits, "the bits differ: save_run or load_run has left something behind"
    assert undisturbed.history == survivor.history
    print(
        "bit for bit the run that nobody disturbed:",
        [round(x, 3) for x in survivor.history],
    )
    comparison = show_checkpoint(
        at_the_kill.model.state_dict(), b, names=("when it was killed", "at the end")
    )
except NotImplementedError:
    print(
        "First write the parts of this section and of section 5; then run this cell again."
    )
comparison

# %% [markdown] rows=["S11.3"]
# The picture compares the file of round 3 with the network at the end: every layer has moved, the yardstick has not.
#
# What would have come out if the loader's dice had been forgotten? Also a good network, probably. But another one. And then nobody could say whether the next change made it better, or the dice did.

# %% [markdown] rows=["S10.5"]
# ## 7 · Can you trust it?
#
# “97 % right” means nothing by itself. First: what would somebody reach who hardly tries? Two **baselines**:
#
# - the *majority*: always say the most frequent digit of the training pile;
# - the *nearest mean*: average all training sheets of each digit, which gives ten ghostly pictures; say the digit whose ghost is nearest.

# %% id="baselines" rows=["S04.2", "S04.3", "S03.5"]
x_train, y_train = pictures[piles["train"]].flatten(1), labels[piles["train"]]
x_test, y_test = pictures[piles["test"]].flatten(1), labels[piles["test"]]

majority = (y_test == y_train.mode().values).float().mean().item()

sums = torch.zeros(10, 64).scatter_add_(0, y_train[:, None].expand(-1, 64), x_train)
ghosts = sums / y_train.bincount(minlength=10)[:, None]
torch.testing.assert_close(ghosts[3], x_train[y_train == 3].mean(dim=0))
distance = torch.cdist(x_test, ghosts)
nearest_mean = (distance.argmin(dim=1) == y_test).float().mean().item()

fig, axes = plt.subplots(1, 10, figsize=(8, 1.3))
for digit, ax in enumerate(axes):
    ax.imshow(ghosts[digit].view(8, 8), cmap="gray_r")
    ax.set(xticks=[], yticks=[])
    ax.set_title(digit, fontsize=8)
fig.suptitle("Ten ghosts: the mean sheet of each digit", y=1.15, fontsize=9)
plt.show()
print(f"majority: {majority:.1%} right, nearest mean: {nearest_mean:.1%} right")
assert majority < 0.2 < 0.8 < nearest_mean < 0.95

# %% [markdown] rows=["S10.3"]
# No gradient, no training, and nine of ten are right! *That* is what the network has to beat. Now, and only now, look at the test pile. Once. Of all rounds, we take the one that **validation** found best.

# %% id="exam" rows=["S10.3", "S10.5"]
if trained is not None:
    trained.model.load_state_dict(trained.best)
    chances, truth = all_answers(trained.model, loaders["test"], device)
    who = "the network"
else:
    chances, truth = (-4 * distance).softmax(dim=1), y_test
    who = "the nearest mean (the network is not trained yet)"
assert torch.equal(truth, y_test) and chances.shape == (len(y_test), 10)
right = chances.argmax(dim=1) == truth
print(f"{who}: {right.sum()} of {len(right)} test sheets right, {right.float().mean():.1%}")
if trained is not None and Net is DigitNet:
    assert right.float().mean() >= 0.95, "the promise was 95 %"
    assert right.float().mean() > nearest_mean

# %% [markdown] rows=["S04.3", "S10.3"]
# One number for all. But the post office will ask: *and the eights?* A table that counts every pair of truth and answer can tell. It is called the **confusion matrix**.
#
# ### Exercise 13.13 · The report
# ●●●○ · 7 minutes · 3 points
#
# Write `report_card(chances, truth)`. For every sample, the answer is the class with the highest chance. Return a dict:
#
# - `"right"`: the share of right answers, a float;
# - `"confusion"`: int64 (classes, classes); row t, column a: how many samples of class t got the answer a;
# - `"recall"`: float32 (classes,): of the samples of each class, which share was found. `nan` for a class that has no sample: nobody knows.


# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "report_card"}
def report_card(chances, truth):
    """How good answers are, all together and class by class.

    chances: float32, shape (n, classes), n >= 1; truth: int64, shape (n,).
    Returns: dict with right (float), confusion (int64) and recall (float32).
    """
    ### BEGIN SOLUTION
    classes = chances.shape[1]
    answer = chances.argmax(dim=1)
    confusion = torch.zeros(classes * classes, dtype=torch.int64)
    confusion.scatter_add_(0, truth * classes + answer, torch.ones_like(truth))
    confusion = confusion.view(classes, classes)
    return {
        "right": (answer == truth).float().mean().item(),
        "confusion": confusion,
        "recall": confusion.diagonal() / confusion.sum(dim=1),
    }
    ### END SOLUTION


# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_report_card", "points": 3} rows=["S04.2", "S10.3"]
# five samples of three classes; the answers are 0, 1, 1, 0, 1
said_so = torch.tensor(
    [[0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3], [0.9, 0.0, 0.1], [0.3, 0.4, 0.3]]
)
check(report_card, said_so, torch.tensor([0, 1, 0, 0, 2])).gives(
    {
        "right": 0.6,
        "confusion": torch.tensor([[2, 1, 0], [0, 1, 0], [0, 1, 0]]),
        "recall": torch.tensor([2 / 3, 1.0, 0.0]),
    }
)
check(report_card, said_so, torch.tensor([1, 1, 1, 0, 1])).gives(
    {
        "right": 0.8,
        "confusion": torch.tensor([[1, 0, 0], [1, 3, 0], [0, 0, 0]]),
        "recall": torch.tensor([1.0, 0.75, nan]),
    }
)
solved(report_card)
### BEGIN HIDDEN TESTS
for _n, _classes in ((1, 1), (1, 4), (30, 3), (200, 10)):
    _chances, _truth = fresh.floats(_n, _classes), fresh.integers(0, _classes - 1, _n)
    _table = torch.zeros(_classes, _classes, dtype=torch.int64)
    for _row, _t in zip(_chances, _truth.tolist(), strict=True):
        _table[_t, _row.argmax()] += 1
    check(report_card, _chances, _truth).gives(
        {
            "right": _table.diagonal().sum().item() / _n,
            "confusion": _table,
            "recall": _table.diagonal() / _table.sum(1),
        }
    )
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: many into one place</summary>Several samples count in the same cell of the table. <code>table[truth, answer] += 1</code> would count each cell once at most (chapter 04).</details>
# <details><summary>Hint 2: one number for a pair</summary><code>truth * classes + answer</code> numbers the cells of the table in a row: <code>scatter_add_</code> or <code>bincount</code> counts
# them, <code>view(classes, classes)</code> makes the table.</details>
# <details><summary>Hint 3: nearly there</summary>The recall is the diagonal divided by the sum of each row, <code>confusion.sum(dim=1)</code>. 0 / 0 is nan all by itself.</details>

# %% id="use-report" rows=["S04.3", "S10.5"]
card = part(
    "report_card",
    yours=lambda: report_card(chances, truth),
    spare=None,
    fits=lambda made: (
        made["confusion"].sum() == len(truth)
        and math.isclose(made["right"], right.float().mean().item(), rel_tol=1e-5)
        and made["recall"].shape == (10,)
    ),
)
if card is not None:
    fig, (left, middle) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=(1, 1.3))
    left.imshow(card["confusion"], cmap="Blues")
    most = card["confusion"].max()
    for t, row in enumerate(card["confusion"].tolist()):
        for a, count in enumerate(row):
            colour = "w" if count > most / 2 else "k"
            if count:
                left.text(a, t, count, ha="center", va="center", fontsize=7, color=colour)
    left.set(xlabel="answer", ylabel="truth", title="Who is taken for whom")
    left.set(xticks=range(10), yticks=range(10))
    middle.bar(range(10), card["recall"])
    middle.set(xlabel="digit", ylabel="recall", title="Found, of each digit")
    middle.set(xticks=range(10), ylim=(0, 1.05))
    plt.show()
    worst, found = int(card["recall"].argmin()), card["recall"]
    print(f"{card['right']:.1%} right; worst is the {worst}: {found[worst]:.0%} found")
    print(f"the eight: {card['confusion'][8].sum()} sheets, {found[8]:.0%} found")
    assert card["confusion"].diagonal().sum() == right.sum()

# %% [markdown] rows=["S10.3"]
# Look at the row of the eights. In our run four of the five mistakes were eights, and the one number hid it. The fair loss gave the few eights their say; it cannot make up for those that got lost. (Try it: run all again with `weights = torch.ones(10)`.)
#
# But how sure is *that* number? The test pile has hardly more than a dozen eights. And now a message from the post office: **the lost stack of eights has turned up.** More than a hundred sheets that neither you nor the network has ever seen.

# %% id="lost-eights" rows=["S10.3"]
with h5py.File(data_path("digits.h5"), "r") as file:
    every_image = torch.from_numpy(file["images"][:]).unsqueeze(1) / 16
    every_label = torch.from_numpy(file["labels"][:]).long()
never_in_the_box = ~torch.isin(torch.arange(1797), origin)
lost = TensorDataset(every_image[never_in_the_box], every_label[never_in_the_box])
assert len(lost) > 100 and (lost.tensors[1] == 8).all()

if trained is not None:
    said_of_lost = all_answers(trained.model, DataLoader(lost, batch_size=64), device)[0]
else:
    said_of_lost = -torch.cdist(lost.tensors[0].flatten(1), ghosts)
found_now = (said_of_lost.argmax(dim=1) == 8).float().mean().item()
found_before = right[truth == 8].float().mean().item()

# %% id="predict-lost" rows=["S10.3"]
predict(
    "Of the eights in the test pile we know which share was found. Will the share of the lost eights be within "
    "ten points of it? True or False.",
    mine=...,
    truth=lambda: abs(found_now - found_before) < 0.1,
)

# %% id="how-sure" rows=["S10.3", "S10.5"]
for name, share, n in (
    ("test pile", found_before, int((truth == 8).sum())),
    ("lost eights", found_now, len(lost)),
):
    give_or_take = 2 * math.sqrt(share * (1 - share) / n)
    print(
        f"{name:12} {share:.0%} of {n:3} found, give or take {100 * give_or_take:.0f} points"
    )
if trained is not None and Net is DigitNet:
    assert found_now > 0.8

# %% [markdown] rows=["S10.3", "S10.5"]
# A share `p` of `n` sheets is uncertain by about **2 · √(p · (1 − p) / n)**. With 13 sheets, “69 %” may as well be 50 or 90. So a report gives the **count** beside every share, and does not build on a dozen sheets, in either direction.
#
# ### Is it sure when it may be?
#
# The post office has a rule: a sheet that the network is unsure about goes to a person. For that, “90 % sure” must mean something. A network is **well calibrated** when of all answers with 90 % confidence nine of ten are
# right. We trained with smoothed targets, which asked for some doubt.

# %% id="predict-calibration" rows=["S10.3"]
sure = chances.max(dim=1).values

predict(
    "On the test pile: is the mean confidence above the share of right answers (too sure), or below it (too "
    "modest)? Write 'above' or 'below'.",
    mine=...,
    truth=lambda: "above" if sure.mean() > right.float().mean() else "below",
)

# %% id="calibration" rows=["S03.5", "S04.2", "S10.5"]
edges = torch.linspace(0, 1, 11)
box = torch.bucketize(sure, edges[1:-1])  # which tenth the confidence lies in
many = torch.zeros(10).scatter_add_(0, box, torch.ones(len(sure)))
hits = torch.zeros(10).scatter_add_(0, box, right.float())
mean_sure = torch.zeros(10).scatter_add_(0, box, sure) / many
used = many > 0
gap = ((hits / many - mean_sure).abs() * many)[used].sum().item() / len(sure)

fig, ax = plt.subplots(figsize=(4.5, 3.4))
ax.plot([0, 1], [0, 1], ":", color="grey", label="well calibrated")
ax.plot(mean_sure[used], (hits / many)[used], "o-", label=who.split(" (")[0])
for x, y, n in zip(mean_sure[used], (hits / many)[used], many[used], strict=True):
    ax.annotate(int(n), (x, y), textcoords="offset points", xytext=(4, -10), fontsize=8)
ax.set(xlabel="how sure", ylabel="share that is right", title="Confidence and truth")
ax.legend()
plt.show()
print(
    f"mean confidence {sure.mean():.1%}, right {right.float().mean():.1%}; on average off by {gap:.1%}"
)
assert many.sum() == len(sure) and math.isclose(hits.sum().item(), right.sum().item())

unsure = sure < 0.8
print(
    f"if a person reads the {unsure.sum()} sheets below 80 %, "
    f"{(right | unsure).float().mean():.1%} of all sheets end up right"
)
assert (right | unsure).float().mean() >= right.float().mean()

# %% [markdown] rows=["S10.5"]
# A trained network comes out too modest here, as its smoothed targets wanted. For a rule such as “a person reads what is below 80 %”, modest is the better side to err on. (Too many sheets go to the person? Then the rule needs another number, found on the *validation* pile.)
#
# Last, look at the mistakes themselves, the most confident ones first. A table can't tell you *why*.

# %% id="mistakes" rows=["S03.5", "S10.5"]
wrong_rows = (~right).nonzero()[:, 0]
worst_first = wrong_rows[sure[wrong_rows].argsort(descending=True)][:8]
assert (sure[worst_first].diff() <= 0).all()
fig, axes = plt.subplots(1, 8, figsize=(8, 1.6))
for ax in axes:
    ax.axis("off")
for ax, row in zip(axes, worst_first.tolist(), strict=False):
    ax.imshow(x_test[row].view(8, 8), cmap="gray_r")
    answer = int(chances[row].argmax())
    ax.set_title(f"is {int(truth[row])}\nread {answer}\n{sure[row]:.0%} sure", fontsize=7)
plt.show()
print(len(wrong_rows), "mistakes in all; the surest ones are shown")

# %% [markdown] rows=["S10.5"]
# ## 8 · Put your name to it
#
# A network goes out into the world with a sheet of paper, the **model card**. It tells a stranger what this thing is, what it was fed, what it can do, and above all what it should *not* be used for. Who reads it may decide about parcels, or about people.
#
# ### Exercise 13.14 · The model card
# ●●●○ · 12 minutes · 6 points
#
# *A person reads this answer.* Write a card for the post office: ten to fifteen sentences, under these five headings. Use **your** numbers, from the cells above.
#
# 1. **Data.** Where from, how many sheets; what was left out, how many and why; what is uneven in what is left.
# 2. **Split.** How the piles were dealt, and what would have gone wrong if you had dealt rows.
# 3. **Training.** Network, loss, when and why it stopped; could somebody else get the same bits?
# 4. **Result.** On the test pile, beside a baseline; the weakest digit, with its count; how sure it is when it is wrong.
# 5. **Use.** What is it good for, what is it not good for (think of who wrote these digits, and of how they were scanned), and what would you do next?

# %% [markdown] nbgrader={"schema_version": 3, "solution": true, "grade": true, "locked": false, "task": false, "grade_id": "model_card", "points": 6}
# ### BEGIN SOLUTION
# (The numbers are those of the reference run; a student's may differ a little.)
#
# **Data.** 1,797 handwritten digits by 13 people, 8 × 8 pixels, delivered as 1,803 rows from four days of scanning, 120 of them a second time, and without most of the eights. 60 rows were left out: 25 broken (nan, a lamp flash, ink below 0), 7 empty, 28 without a label. Each day had its own full ink, by which it was divided. The eight is rare,
# with 47 training sheets about two fifths as frequent as the others.
#
# **Split.** Equal pictures form a group; groups were dealt 65 / 15 / 20 with seed 42. Dealt by rows, some 25 test sheets would have had their exact twin in training, and the result would have been too good.
#
# **Training.** A network with two convolutions, 6,090 numbers, normalised by the training pile's mean and spread, which lie in it as buffers. Cross entropy with label smoothing 0.1 and class weights; AdamW, rate 0.01 falling by a tenth each round. It stopped when the validation loss had not fallen for five rounds; the best round was kept. A run that was
# killed and went on gave the same bits, on the same machine and the same version of torch; elsewhere the last digits may differ.
#
# **Result.** 98.6 % of 353 test sheets, where the nearest mean gets 88 % and the majority 10 %. The test pile was looked at once. The eight is the weakest: 9 of 13 found, 69 %, give or take 26 points; of the 114 lost eights, which turned up later, 93 %. The network is too modest rather than too sure (85 % on average); its surest mistake came with 63 %.
#
# **Use.** Good for clean, centred, single digits from these scanners, with a person for the unsure ones. Not for other people's handwriting unchecked (13 writers, and each may sit in both piles: new writers will be harder), nor for phone photos, letters, or anything where a mistake hurts somebody. Next: more eights; a test pile of writers who are in no
# other pile; look at how it does each month.
#
# Points: 1 for the data with numbers and reasons, 1 for the split and the leak, 1 for the training and what bit for bit depends on, 2 for the result (baseline beside it, weakest class with its count, confidence), 1 for limits that follow from the data (writers, scanners, few eights).
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# You took a file that nobody had checked, and made a network that one can rely on, with a paper that says how far. Here is the whole way, to come back to when you do it again:
#
# | step | the question | what answers it |
# |---|---|---|
# | look | what is in it? | `visititems`, shapes, dtypes, attributes; pictures; extremes |
# | clean | what is not good? | ask “is it good?” (nan!), count what you leave out |
# | deal | who is whose twin? | `torch.unique(dim=0, return_inverse=True)`; deal groups, with a seed |
# | read | does it fit in memory? | a lazy shelf, opened once in each process; `drop_last` for training only |
# | measure | whose mean? | the training pile's, kept as a buffer in the network |
# | build | how does it begin? | kaiming for ReLU layers, a head of zeros; first loss log(classes) |
# | be fair | who is rare? | class weights; smoothed targets by `scatter_` |
# | train | is it getting better? | `train()`, `zero_grad`, `backward`, `step`; the mean over samples |
# | watch | when to stop? | the validation pile, `eval()`, `no_grad`, patience |
# | keep | what if the power fails? | model, optimizer, scheduler, patience, dice, epoch, best; `os.replace` |
# | judge | better than what? | a baseline; confusion, recall with counts; confidence; the mistakes |
# | tell | may I use it for …? | the model card |

# %% [markdown]
# ### Exercise 13.15 · Quiz
# ●○○○ · 5 minutes · 3 points
#
# One letter for each question.
#
# **q1** You normalise with the mean and the spread of *all* sheets, then split. What is wrong?
# - (a) nothing: no label was used
# - (b) the test pile has told the network something about itself
# - (c) the mean of all sheets is not exact
#
# **q2** A hospital has 20 X-rays of each of 500 people. How do you deal them?
# - (a) by chance, X-ray by X-ray
# - (b) by chance, person by person
# - (c) the first 400 of each kind into training
#
# **q3** A run is killed and goes on. Model and optimizer were restored, the loader's dice were not. The weights at the end
# - (a) differ: the sheets came in another order
# - (b) are the same: the order of the sheets does not matter
# - (c) are the same, if the learning rate was restored
#
# **q4** 99 of 100 parcels are fine. A network says “fine” to all of them. Its share of right answers is 99 %, and its recall for damaged parcels is
# - (a) 99 %
# - (b) 1 %
# - (c) 0 %
#
# **q5** After each experiment you look at the test pile, and keep the network that does best on it. The test result is now
# - (a) still honest: the network never saw the labels
# - (b) too good: you have chosen by it, as by a validation pile
# - (c) too bad: it was looked at too often
#
# **q6** The loss of a new ten-class network is 2.303 on the first tray, and 2.303 on the thousandth. Most likely
# - (a) nothing moves: perhaps two layers in a row begin at 0, or the optimizer has other parameters
# - (b) the learning rate is much too large
# - (c) it has learned all there is to learn

# %% nbgrader={"schema_version": 3, "solution": true, "grade": false, "locked": false, "task": false, "grade_id": "quiz"}
answers = {"q1": "", "q2": "", "q3": "", "q4": "", "q5": "", "q6": ""}
### BEGIN SOLUTION
answers = {"q1": "b", "q2": "b", "q3": "a", "q4": "c", "q5": "b", "q6": "a"}
### END SOLUTION

# %% nbgrader={"schema_version": 3, "solution": false, "grade": true, "locked": true, "task": false, "grade_id": "test_quiz", "points": 3}
check_quiz(answers)
### BEGIN HIDDEN TESTS
assert {k: str(v).strip().lower() for k, v in answers.items()} == {
    "q1": "b",
    "q2": "b",
    "q3": "a",
    "q4": "c",
    "q5": "b",
    "q6": "a",
}
### END HIDDEN TESTS

# %% [markdown]
# That was the course. The next cell clears the files away. (To run parts of the notebook again, restart the kernel first.)

# %% id="tidy"
shelves = None  # closes the file that the shelf has open
room.cleanup()

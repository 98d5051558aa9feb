"""Attempts that test the tests of chapter 01: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import math

import numpy as np
import torch

from autograder.attempts import quiz, right, wrong

# --------------------------------------------------------------- 1.1 to_unit


@right("to_unit", way="images.float().div_(largest): the float copy is your own, so changing it in place is safe and saves memory.")
def to_unit(images, largest):
    return images.float().div_(largest)


@right("to_unit")
def to_unit(images, largest):
    return torch.div(images.to(torch.float32), float(largest))


@wrong("to_unit", say="// throws the fraction away and stays with whole numbers: only full ink survives. Use /.")
def to_unit(images, largest):
    return images // largest


@wrong("to_unit", say="You turned the numbers into floats after the fractions were lost in //. Divide with /.")
def to_unit(images, largest):
    return (images // largest).float()


@wrong("to_unit", say="div_ works in place: it would have to write fractions into uint8 cells. Without the underscore you get new cells.")
def to_unit(images, largest):
    return images.div_(largest)


@wrong("to_unit", say="You divided by the fullest pixel of this picture. The scale is largest, even when no pixel reaches it.")
def to_unit(images, largest):
    return images / images.max()


@wrong("to_unit", say="You divided by 255, the most that uint8 can hold. These pixels go up to largest.")
def to_unit(images, largest):
    return images / 255


@wrong("to_unit", say="double() is float64. float32 is what networks count in.")
def to_unit(images, largest):
    return images.double() / largest


# ---------------------------------------------------------- 1.2 bytes_needed


@right("bytes_needed", way="torch.empty(shape, dtype=dtype, device='meta').nbytes asks torch, without making a single cell (section 8).")
def bytes_needed(shape, dtype):
    return torch.empty(shape, dtype=dtype, device="meta").nbytes


@right("bytes_needed")
def bytes_needed(shape, dtype):
    total = dtype.itemsize
    for size in shape:
        total *= size
    return total


@wrong("bytes_needed", say="That is the number of cells. Each of them takes dtype.itemsize bytes.")
def bytes_needed(shape, dtype):
    return math.prod(shape)


@wrong("bytes_needed", say="You added up the sizes. A table of 2 by 3 has 2 · 3 cells, not 2 + 3.")
def bytes_needed(shape, dtype):
    return sum(shape) * dtype.itemsize


@wrong("bytes_needed", say="These are bits. itemsize counts bytes already.")
def bytes_needed(shape, dtype):
    return math.prod(shape) * dtype.itemsize * 8


@wrong("bytes_needed", say="You began with shape[0], but a scalar has the shape (): start the product at 1.")
def bytes_needed(shape, dtype):
    total = shape[0]
    for size in shape[1:]:
        total *= size
    return total * dtype.itemsize


@wrong("bytes_needed", say="torch.tensor(()) is empty, and so float32: its product comes out as the float 1.0. math.prod stays with ints.")
def bytes_needed(shape, dtype):
    return torch.tensor(shape).prod().item() * dtype.itemsize


# -------------------------------------------------------- 1.3 channels_first


@right("channels_first", way="photo.movedim(-1, 0) says just what happens: the last dimension moves to the front.")
def channels_first(photo):
    return photo.movedim(-1, 0)


@right("channels_first")
def channels_first(photo):
    return torch.stack([photo[:, :, c] for c in range(photo.shape[2])])


@wrong("channels_first", say="reshape does not move a dimension: it cuts the same long row of numbers anew, and mixes up the colours.")
def channels_first(photo):
    height, width, channels = photo.shape
    return photo.reshape(channels, height, width)


@wrong("channels_first", say="transpose(0, 2) swaps height and channel, so height and width changed places: the picture lies on its side.")
def channels_first(photo):
    return photo.transpose(0, 2)


@wrong("channels_first", say="permute(1, 2, 0) is the way back, from channels first to channels last. permute names the old dims in their new order.")
def channels_first(photo):
    return photo.permute(1, 2, 0)


@wrong("channels_first", say="t() is for tables only: it knows no third dimension.")
def channels_first(photo):
    return photo.t()


# ----------------------------------------------------------------- 1.4 weeks


@right("weeks")
def weeks(values, days):
    pieces = values.split(days)[: len(values) // days]
    return torch.stack(pieces) if pieces else values.new_zeros(0, days, values.shape[1])


@right("weeks", way="keep len(values) - len(values) % days rows, and leave the number of pieces to reshape: reshape(-1, days, values.shape[1]).")
def weeks(values, days):
    kept = values[: len(values) - len(values) % days]
    return kept.reshape(-1, days, values.shape[1])


@wrong("weeks", say="The rows that are left over must go before you reshape.")
def weeks(values, days):
    return values.reshape(-1, days, values.shape[1])


@wrong("weeks", say="You dropped rows at the beginning. The pieces start at row 0, and the rest at the end goes.")
def weeks(values, days):
    count = len(values) // days
    return values[len(values) - count * days :].reshape(count, days, values.shape[1])


@wrong("weeks", say="The sizes are in another order: (samples, time steps, features) means days in the middle, features last.")
def weeks(values, days):
    count = len(values) // days
    return values[: count * days].reshape(count, values.shape[1], days)


@wrong("weeks", say="values[:-rest] goes wrong when rest is 0: values[:-0] is empty. Count from the front.")
def weeks(values, days):
    rest = len(values) % days
    return values[:-rest].reshape(-1, days, values.shape[1])


@wrong("weeks", say="You cut into as many pieces as there are days in one, each of them too long or too short.")
def weeks(values, days):
    count = len(values) // days
    return values[: count * days].reshape(days, count, values.shape[1])


# --------------------------------------------------------------- 1.5 windows


@right("windows", way="index with a table of row numbers: series[torch.arange(n - steps + 1)[:, None] + torch.arange(steps)].")
def windows(series, steps):
    starts = torch.arange(len(series) - steps + 1).unsqueeze(1)
    return series[starts + torch.arange(steps)]


@right("windows")
def windows(series, steps):
    return torch.stack([series[i : i + steps] for i in range(len(series) - steps + 1)])


@wrong("windows", say="unfold puts the time steps last: (samples, features, steps). The last two dimensions must change places.")
def windows(series, steps):
    return series.unfold(0, steps, 1)


@wrong("windows", say="You reshaped what unfold gave. That cuts the numbers anew and mixes steps with features; transpose moves the dimension.")
def windows(series, steps):
    unfolded = series.unfold(0, steps, 1)
    return unfolded.reshape(len(unfolded), steps, series.shape[1])


@wrong("windows", say="The last window is missing: there are n - steps + 1 of them, and range stops one before its end.")
def windows(series, steps):
    kept = [series[i : i + steps] for i in range(len(series) - steps)]
    return torch.stack(kept) if kept else series.new_zeros(0, steps, series.shape[1])


@wrong("windows", say="Your windows do not overlap: each starts where the one before ended. They should start one row later.")
def windows(series, steps):
    return series.unfold(0, steps, steps).transpose(1, 2)


@wrong("windows", say="Time stands first: this is (time steps, samples, features).")
def windows(series, steps):
    return torch.stack([series[j : len(series) - steps + 1 + j] for j in range(steps)])


# ---------------------------------------------------------------- 1.6 ids_of


@right("ids_of", way="ask first: if isinstance(numbers, int): numbers = [numbers]; then torch.tensor(numbers, dtype=torch.int64).")
def ids_of(numbers):
    if isinstance(numbers, int):
        numbers = [numbers]
    return torch.tensor(numbers, dtype=torch.int64)


@right("ids_of")
def ids_of(numbers):
    return torch.atleast_1d(torch.as_tensor(numbers, dtype=torch.long))


@wrong("ids_of", say="torch.Tensor, with a capital T, always makes float32.")
def ids_of(numbers):
    return torch.Tensor(numbers)


@wrong("ids_of", say="long() came too late: torch.Tensor had already rounded to float32, which holds about seven digits.")
def ids_of(numbers):
    return torch.Tensor(numbers).long()


@wrong("ids_of", say="A single number gives a tensor without dimensions. One customer should be a row of one.")
def ids_of(numbers):
    return torch.tensor(numbers, dtype=torch.int64)


@wrong("ids_of", say="The list inside another list makes a table of one row.")
def ids_of(numbers):
    return torch.tensor([numbers])


@wrong("ids_of", say="From an empty list torch cannot see that whole numbers are meant, and takes float32: name the dtype.")
def ids_of(numbers):
    return torch.tensor(numbers).reshape(-1)


# -------------------------------------------------------------- 1.7 snapshot


@right("snapshot", way="weights.clone().detach() does the same; detach first is a little cheaper, for nothing is recorded.")
def snapshot(weights):
    return weights.clone().detach()


@right("snapshot")
def snapshot(weights):
    with torch.no_grad():
        return weights * 1


@wrong("snapshot", say="You only gave the weights a second name: both names mean the same tensor.")
def snapshot(weights):
    return weights


@wrong("snapshot", say="clone() copies the numbers but keeps the tie to autograd. Detach as well.")
def snapshot(weights):
    return weights.clone()


@wrong("snapshot", say="detach() (and .data too) cuts the tie but shares the memory: your snapshot will change with the weights.")
def snapshot(weights):
    return weights.detach()


@wrong("snapshot", say="requires_grad can only be switched off at a leaf. The clone is made by an operation; detach() gives a loose tensor.")
def snapshot(weights):
    return weights.clone().requires_grad_(False)


@wrong("snapshot", say="By way of a Python list the dtype is lost: torch.tensor guesses a new one from the numbers.")
def snapshot(weights):
    return torch.tensor(weights.tolist())


# ----------------------------------------------------------- 1.8 row_strides


@right("row_strides", way="torch.empty(shape, device='meta').stride() asks torch itself.")
def row_strides(shape):
    return torch.empty(shape, device="meta").stride()


@right("row_strides")
def row_strides(shape):
    strides, step = [], 1
    for size in reversed(shape):
        strides.insert(0, step)
        step *= size
    return tuple(strides)


@wrong("row_strides", say="Your strides are right for a tensor laid down column after column: here the last dimension has stride 1.")
def row_strides(shape):
    strides, step = [], 1
    for size in shape:
        strides.append(step)
        step *= size
    return tuple(strides)


@wrong("row_strides", say="You multiplied the dimension's own size in too: only the sizes after it count.")
def row_strides(shape):
    return tuple(math.prod(shape[d:]) for d in range(len(shape)))


@wrong("row_strides", say="You took the next size alone. A step skips all dimensions after it: multiply all their sizes.")
def row_strides(shape):
    return (*shape[1:], 1) if shape else ()


@wrong("row_strides", say="The numbers are right, but in a list; strides are a tuple.")
def row_strides(shape):
    return [math.prod(shape[d + 1 :]) for d in range(len(shape))]


@wrong("row_strides", say="These strides come out back to front: you collected them from the last dimension to the first.")
def row_strides(shape):
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(strides)


# --------------------------------------------------------- 1.9 flatten_batch


@right("flatten_batch", way="batch.reshape(len(batch), math.prod(batch.shape[1:])): with the size worked out, nothing is left to guess.")
def flatten_batch(batch):
    return batch.reshape(len(batch), math.prod(batch.shape[1:]))


@right("flatten_batch")
def flatten_batch(batch):
    return torch.flatten(batch.contiguous(), 1)


@wrong("flatten_batch", say="view refuses: this memory is not in row-after-row order. reshape copies where it must.")
def flatten_batch(batch):
    return batch.view(len(batch), -1)


@wrong("flatten_batch", say="With no element at all, -1 could be any number, so torch does not guess. Work the size out, or use flatten.")
def flatten_batch(batch):
    return batch.reshape(len(batch), -1)


@wrong("flatten_batch", say="flatten() alone joins the samples as well: tell it where to begin, start_dim=1.")
def flatten_batch(batch):
    return batch.flatten()


@wrong("flatten_batch", say="The samples stand last now. The first dimension has to stay first.")
def flatten_batch(batch):
    return batch.reshape(-1, len(batch))


@wrong("flatten_batch", say="flatten(1) came too late: transposing first changed which numbers belong to one sample.")
def flatten_batch(batch):
    return batch.transpose(0, 1).flatten(1)


# ---------------------------------------------------------- 1.10 can_be_flat


@right("can_be_flat", way="ask torch itself: try torch.empty_strided(shape, stride, device='meta').view(-1), and see whether it raises.")
def can_be_flat(shape, stride):
    try:
        torch.empty_strided(shape, stride, device="meta").view(-1)
    except RuntimeError:
        return False
    return True


@right("can_be_flat")
def can_be_flat(shape, stride):
    wanted = None
    for size, skip in zip(reversed(shape), reversed(stride), strict=True):
        if size == 1:
            continue
        if wanted is not None and skip != wanted:
            return False
        wanted = size * skip
    return True


@wrong("can_be_flat", say="You asked whether the tensor is contiguous. Evenly spaced is enough: every second column can be flat too.")
def can_be_flat(shape, stride):
    step = 1
    for size, skip in zip(reversed(shape), reversed(stride), strict=True):
        if size != 1 and skip != step:
            return False
        step *= size
    return True


@wrong("can_be_flat", say="A dimension of size 1 takes no step, so its stride says nothing: leave it out before you compare.")
def can_be_flat(shape, stride):
    return all(stride[d] == shape[d + 1] * stride[d + 1] for d in range(len(shape) - 1))


@wrong("can_be_flat", say="Falling strides are not enough: one outer step must be exactly as long as the whole inner row.")
def can_be_flat(shape, stride):
    steps = [skip for size, skip in zip(shape, stride, strict=True) if size > 1]
    return steps == sorted(steps, reverse=True)


@wrong("can_be_flat", say="You said yes to everything. reshape always works; view must do with one stride.")
def can_be_flat(shape, stride):
    return True


@wrong("can_be_flat", say="You left the answer to the first pair of neighbours. Every pair must fit.")
def can_be_flat(shape, stride):
    steps = [(size, skip) for size, skip in zip(shape, stride, strict=True) if size > 1]
    return len(steps) < 2 or steps[-2][1] == steps[-1][0] * steps[-1][1] or len(steps) > 2


# ------------------------------------------------------------ 1.11 brighten_


@right("brighten_", way="assign into all cells: image[...] = (image.int() + amount).clamp(0, 255); return image.")
def brighten_(image, amount):
    image[...] = (image.int() + amount).clamp(0, 255)
    return image


@right("brighten_")
def brighten_(image, amount):
    if amount >= 0:
        return image.clamp_(max=255 - amount).add_(amount)
    return image.clamp_(min=-amount).sub_(-amount)


@wrong("brighten_", say="The sum ran over before clamp saw it: in uint8 250 + 20 is 14. Add in a wider dtype, such as int().")
def brighten_(image, amount):
    return image.add_(amount).clamp_(max=255)


@wrong("brighten_", say="image = … gives a new tensor the old name. The caller's cells stay as they were; copy_ writes into them.")
def brighten_(image, amount):
    image = (image.int() + amount).clamp(0, 255).to(torch.uint8)
    return image


@wrong("brighten_", say="This is a new tensor, and it is int32: write it back into image with copy_.")
def brighten_(image, amount):
    return (image.int() + amount).clamp(0, 255)


@wrong("brighten_", say="The cells are right now, but nothing came back: methods with an underscore also return their tensor.")
def brighten_(image, amount):
    image.copy_((image.int() + amount).clamp(0, 255))


@wrong("brighten_", say="Only the upper end is cut off. Below 0, uint8 starts again from 255: black became bright.")
def brighten_(image, amount):
    return image.copy_((image.int() + amount).clamp(max=255))


# ------------------------------------------------------------ 1.12 as_number


@right("as_number", way="try t.item(), and turn its RuntimeError into a ValueError: raise ValueError(…) from error.")
def as_number(t):
    try:
        return t.item()
    except RuntimeError as error:
        raise ValueError(f"the tensor has {t.numel()} elements") from error


@right("as_number")
def as_number(t):
    numbers = t.flatten().tolist()
    if len(numbers) == 1:
        return numbers[0]
    raise ValueError(f"{len(numbers)} elements instead of 1")


@wrong("as_number", say="item() alone raises torch's own RuntimeError. You were to say it better: with a ValueError.")
def as_number(t):
    return t.item()


@wrong("as_number", say="You took the first number and kept silent about the others.")
def as_number(t):
    return t.flatten()[0].item()


@wrong("as_number", say="You added all numbers up. For one number that changes nothing, for several it hides the mistake.")
def as_number(t):
    return t.sum().item()


@wrong("as_number", say="What comes out is still a tensor: item() takes the number out.")
def as_number(t):
    if t.numel() != 1:
        raise ValueError(f"{t.numel()} elements")
    return t.squeeze()


@wrong("as_number", say="float() makes a fraction even of whole numbers. item() keeps the kind.")
def as_number(t):
    if t.numel() != 1:
        raise ValueError(f"{t.numel()} elements")
    return float(t)


@wrong("as_number", say="You asked for zero dimensions, but one cell can stand in many: [[7]] has two. Count the elements.")
def as_number(t):
    if t.dim() != 0:
        raise ValueError(f"{t.numel()} elements")
    return t.item()


@wrong("as_number", say="An empty tensor has no number to give either: ask for exactly one element, not for at most one.")
def as_number(t):
    if t.numel() > 1:
        raise ValueError(f"{t.numel()} elements")
    return t.item()


@wrong("as_number", say="It raises as it should, but the message leaves out how many elements there are.")
def as_number(t):
    if t.numel() != 1:
        raise ValueError("exactly one number was expected")
    return t.item()


# ------------------------------------------------------- 1.13 with_positions


@right("with_positions", way="x.new_empty(…) and x.new_zeros(…) make tensors with the dtype and device of x; then write into the last column.")
def with_positions(x):
    out = x.new_empty(x.shape[0], x.shape[1] + 1)
    out[:, :-1] = x
    out[:, -1] = torch.arange(len(x), dtype=x.dtype, device=x.device)
    return out


@right("with_positions")
def with_positions(x):
    positions = torch.arange(len(x), device=x.device).to(x.dtype)[:, None]
    return torch.hstack([x, positions])


@wrong("with_positions", say="arange made the positions on the CPU, wherever x lives: pass device=x.device.")
def with_positions(x):
    positions = torch.arange(len(x), dtype=x.dtype)
    return torch.cat([x, positions.unsqueeze(1)], dim=1)


@wrong("with_positions", say="arange makes int64 by itself, and cat then widens the whole result: pass dtype=x.dtype.")
def with_positions(x):
    positions = torch.arange(len(x), device=x.device)
    return torch.cat([x, positions.unsqueeze(1)], dim=1)


@wrong("with_positions", say="The positions stand at the left; they belong at the right end.")
def with_positions(x):
    positions = torch.arange(len(x), dtype=x.dtype, device=x.device)
    return torch.cat([positions.unsqueeze(1), x], dim=1)


@wrong("with_positions", say="You brought x to the CPU. The result belongs on the device of x, and from meta no number comes back.")
def with_positions(x):
    positions = torch.arange(len(x), dtype=x.dtype)
    return torch.cat([x.cpu(), positions.unsqueeze(1)], dim=1)


@wrong("with_positions", say="The positions are one row of n numbers here. cat along dim 1 needs a column: unsqueeze(1).")
def with_positions(x):
    positions = torch.arange(len(x), dtype=x.dtype, device=x.device)
    return torch.cat([x, positions], dim=1)


@wrong("with_positions", say="Your positions count from 1. The first row is row 0.")
def with_positions(x):
    positions = torch.arange(1, len(x) + 1, dtype=x.dtype, device=x.device)
    return torch.cat([x, positions.unsqueeze(1)], dim=1)


# ------------------------------------------------------------- 1.14 to_array


@right("to_array", way="np.array(t.detach()) copies too, and t.detach().clone().numpy() copies before the bridge.")
def to_array(t):
    return np.array(t.detach())


@right("to_array")
def to_array(t):
    return t.detach().clone().numpy()


@wrong("to_array", say="NumPy does not take a tensor that requires grad: detach() first.")
def to_array(t):
    return t.numpy().copy()


@wrong("to_array", say="The array shares its memory with the tensor: whoever writes into it changes your network. Copy it.")
def to_array(t):
    return t.detach().numpy()


@wrong("to_array", say="This is still a tensor: numpy() is missing.")
def to_array(t):
    return t.detach().clone()


@wrong("to_array", say="tolist() gives Python lists, not an array.")
def to_array(t):
    return t.tolist()


@wrong("to_array", say="By way of a list the dtype is lost: NumPy took float64.")
def to_array(t):
    return np.array(t.tolist())


# -------------------------------------------------------------- 1.15 centred


@right("centred", way="torch.from_numpy(array.astype(np.float32)): astype copies on the NumPy side, so t -= t.mean() then harms nobody.")
def centred(array):
    t = torch.from_numpy(array.astype(np.float32))
    t -= t.mean()
    return t


@right("centred")
def centred(array):
    t = torch.as_tensor(array, dtype=torch.float32)
    return t.sub(t.mean())


@wrong("centred", say="from_numpy shares the caller's memory, and -= writes into it. The float() at the end comes too late.")
def centred(array):
    t = torch.from_numpy(array)
    t -= t.mean()
    return t.float()


@wrong("centred", say="float() copies only if the dtype changes. This array is float32 already, so -= wrote into the caller's memory.")
def centred(array):
    t = torch.from_numpy(array).float()
    t -= t.mean()
    return t


@wrong("centred", say="The tensor kept NumPy's float64. Ask for float32.")
def centred(array):
    t = torch.tensor(array)
    return t - t.mean()


@wrong("centred", say="The mean of whole numbers is a fraction, and torch wants to know which kind: make floats before you take it.")
def centred(array):
    t = torch.tensor(array)
    return (t - t.mean()).float()


@wrong("centred", say="The mean was not taken away.")
def centred(array):
    return torch.tensor(array, dtype=torch.float32)


# --------------------------------------------------------------- 1.16 mirror


@right("mirror")
def mirror(images):
    return torch.flip(images, dims=(images.dim() - 1,))


@right("mirror", way="name the columns backwards: images[..., torch.arange(width - 1, -1, -1)]. A list of positions can give any order, not only this one.")
def mirror(images):
    return images[..., torch.arange(images.shape[-1] - 1, -1, -1)]


@wrong("mirror", say="torch knows no negative step. flip does it.")
def mirror(images):
    return images[..., ::-1]


@wrong("mirror", say="flip(0) turned the picture upside down: dimension 0 is the height here.")
def mirror(images):
    return images.flip(0)


@wrong("mirror", say="flip(1) is the width of a single picture, but the height in a batch. Count from the back: -1.")
def mirror(images):
    return images.flip(1)


@wrong("mirror", say="This is the transposed picture: rows became columns. A mirror only turns each row round.")
def mirror(images):
    return images.mT


@wrong("mirror", say="You flipped both ways: that is a half turn.")
def mirror(images):
    return images.flip(-1, -2)


# ----------------------------------------------------------- 1.17 beach_days


@right("beach_days", way="take the columns apart first: rain, high, low, wind = values.unbind(dim=1); then values[(rain <= dry) & (high >= warm)].")
def beach_days(values, dry, warm):
    rain, high, _, _ = values.unbind(dim=1)
    return values[(rain <= dry) & (high >= warm)]


@right("beach_days")
def beach_days(values, dry, warm):
    dry_days = values[values[:, 0] <= dry]
    return dry_days[dry_days[:, 1] >= warm]


@wrong("beach_days", say="Python's `and` wants one answer from a whole mask. & joins two masks cell by cell.")
def beach_days(values, dry, warm):
    return values[(values[:, 0] <= dry) and (values[:, 1] >= warm)]


@wrong("beach_days", say="Without round brackets & binds tighter than <= and >=, so it met the numbers and not the masks.")
def beach_days(values, dry, warm):
    return values[values[:, 0] <= dry & values[:, 1] >= warm]


@wrong("beach_days", say="| means or: days that are only dry or only warm came along.")
def beach_days(values, dry, warm):
    return values[(values[:, 0] <= dry) | (values[:, 1] >= warm)]


@wrong("beach_days", say="At most and at least include the limits themselves: <= and >=.")
def beach_days(values, dry, warm):
    return values[(values[:, 0] < dry) & (values[:, 1] > warm)]


@wrong("beach_days", say="This is the mask. Put it in square brackets behind values to get the rows.")
def beach_days(values, dry, warm):
    return (values[:, 0] <= dry) & (values[:, 1] >= warm)


@wrong("beach_days", say="Column 2 is the night's temperature; the warmest of the day is column 1.")
def beach_days(values, dry, warm):
    return values[(values[:, 0] <= dry) & (values[:, 2] >= warm)]


# ---------------------------------------------------------- 1.18 standardise


@right("standardise", way="torch.std_mean(x, dim=0, correction=0, keepdim=True) gives both numbers in one go.")
def standardise(x):
    spread, mean = torch.std_mean(x, dim=0, correction=0, keepdim=True)
    return (x - mean) / spread.masked_fill(spread == 0, 1)


@right("standardise")
def standardise(x):
    centred = x - x.mean(0)
    spread = centred.square().mean(0).sqrt()
    spread[spread == 0] = 1
    return centred / spread


@wrong("standardise", say="You used one mean and one deviation for all columns together. dim=0 gives one for each column.")
def standardise(x):
    return (x - x.mean()) / x.std(correction=0)


@wrong("standardise", say="dim=1 folds the columns together: you standardised each row. dim names the dimension that goes.")
def standardise(x):
    spread = x.std(dim=1, correction=0, keepdim=True)
    return (x - x.mean(dim=1, keepdim=True)) / torch.where(spread == 0, 1.0, spread)


@wrong("standardise", say="std divides by n - 1 unless you say correction=0.")
def standardise(x):
    spread = x.std(dim=0, keepdim=True)
    return (x - x.mean(dim=0, keepdim=True)) / torch.where(spread == 0, 1.0, spread)


@wrong("standardise", say="In a constant column you divided 0 by 0, which is NaN. Put a 1 where the deviation is 0.")
def standardise(x):
    return (x - x.mean(dim=0)) / x.std(dim=0, correction=0)


@wrong("standardise", say="-= and /= wrote into x, which belongs to the caller.")
def standardise(x):
    spread = x.std(dim=0, correction=0)
    x -= x.mean(dim=0)
    x /= torch.where(spread == 0, 1.0, spread)
    return x


@wrong("standardise", say="The mean is gone, but the columns still have different spreads: divide by the deviation.")
def standardise(x):
    return x - x.mean(dim=0)


# -------------------------------------------------------------- 1.19 to_grey


@right("to_grey", way="name the three sheets: 0.299 * batch[:, 0:1] + 0.587 * batch[:, 1:2] + 0.114 * batch[:, 2:3]; a slice of one keeps its dimension.")
def to_grey(batch):
    return 0.299 * batch[:, 0:1] + 0.587 * batch[:, 1:2] + 0.114 * batch[:, 2:3]


@right("to_grey")
def to_grey(batch):
    return torch.einsum("nchw,c->nhw", batch, torch.tensor([0.299, 0.587, 0.114])).unsqueeze(1)


@right("to_grey")
def to_grey(batch):
    return (batch.permute(0, 2, 3, 1) @ torch.tensor([0.299, 0.587, 0.114])).unsqueeze(1)


@wrong("to_grey", say="The three weights met the three columns of the picture, not the channels: shapes line up at the right. Give them the shape (3, 1, 1).")
def to_grey(batch):
    return (batch * torch.tensor([0.299, 0.587, 0.114])).sum(dim=1, keepdim=True)


@wrong("to_grey", say="This is the plain mean of the three colours; the eye weighs them differently.")
def to_grey(batch):
    return batch.mean(dim=1, keepdim=True)


@wrong("to_grey", say="The channel dimension is gone: keepdim=True keeps it, with size 1.")
def to_grey(batch):
    return (batch * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(dim=1)


@wrong("to_grey", say="You summed over dim 0, the pictures of the batch. The channels are dim 1.")
def to_grey(batch):
    return (batch * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(dim=0, keepdim=True)


@wrong("to_grey", say="The weights are in the order of blue, green, red. Here red comes first.")
def to_grey(batch):
    return (batch * torch.tensor([0.114, 0.587, 0.299]).view(3, 1, 1)).sum(dim=1, keepdim=True)


# ------------------------------------------------------------ 1.20 distances


@right("distances", way="torch.cdist(a, b) is made for this; it also saves the memory of the difference in three dimensions.")
def distances(a, b):
    return torch.cdist(a, b)


@right("distances")
def distances(a, b):
    return torch.linalg.vector_norm(a[:, None, :] - b, dim=2)


@wrong("distances", say="The root is missing: these are squared distances.")
def distances(a, b):
    return ((a.unsqueeze(1) - b.unsqueeze(0)) ** 2).sum(dim=2)


@wrong("distances", say="The table is turned: rows should stand for a, columns for b. unsqueeze a at 1 and b at 0.")
def distances(a, b):
    return ((a.unsqueeze(0) - b.unsqueeze(1)) ** 2).sum(dim=2).sqrt()


@wrong("distances", say="Row met row: without a new dimension for each, nobody meets everybody. Use unsqueeze.")
def distances(a, b):
    return ((a - b) ** 2).sum(dim=1).sqrt()


@wrong("distances", say="You folded dim 1, the rows of b. The coordinates stand in dim 2.")
def distances(a, b):
    return ((a.unsqueeze(1) - b.unsqueeze(0)) ** 2).sum(dim=1).sqrt()


@wrong("distances", say="You added up the differences without their sign: that is the way along the streets, not through the air.")
def distances(a, b):
    return (a.unsqueeze(1) - b.unsqueeze(0)).abs().sum(dim=2)


# ---------------------------------------------------------------------- quiz

quiz("q1", right="b", because={
    "a": "That is the order of cameras, picture files and matplotlib. torch's layers want whole sheets, one for each channel.",
    "c": "The channel comes first, right; but the height still stands before the width.",
})
quiz("q2", right="b", because={
    "a": "torch.tensor(2) is a single int64 number, a 2. The class reads a plain number as a size.",
    "c": "It may look so by chance. Nothing is written: you see what was in memory. Zeros are torch.zeros(2).",
})
quiz("q3", right="c", because={
    "a": "The number of elements is not enough: one stride must lead through all of them.",
    "b": "view never copies. reshape would, here.",
})
quiz("q4", right="a", because={
    "b": "w.detach().numpy() does. Without detach torch refuses, because autograd could not follow.",
    "c": "numpy() never copies; here it refuses.",
})
quiz("q5", right="c", because={
    "a": "Nothing stops at 255 by itself: you have to clamp, in a wider dtype.",
    "b": "uint8 holds 0 to 255 only, and in place the dtype cannot change.",
})
quiz("q6", right="b", because={
    "a": "Shapes line up at the right, so the 32 meets the 10. unsqueeze(1) would make (32, 1), and then this is right.",
    "c": "Two sizes that differ, neither of them 1, never fit.",
})

"""Attempts that test the tests of chapter 03: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import math

import torch

from autograder.attempts import quiz, right, wrong

# ------------------------------------------------------------ 3.1 ones_column


@right(
    "ones_column",
    way="torch.column_stack((torch.ones(len(x), dtype=x.dtype), x)) takes the row of ones and turns it into a column for you.",
)
def ones_column(x):
    return torch.column_stack((torch.ones(len(x), dtype=x.dtype), x))


@right("ones_column")
def ones_column(x):
    wide = x.new_ones(x.shape[0], x.shape[1] + 1)
    wide[:, 1:] = x
    return wide


@right("ones_column")
def ones_column(x):
    return torch.nn.functional.pad(x, (1, 0), value=1)


@wrong(
    "ones_column",
    say="Your ones stand at the right end; they were asked for at the left. In cat, what comes first stands first.",
)
def ones_column(x):
    return torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)


@wrong(
    "ones_column",
    say="torch.ones makes float32 unless you say otherwise, and cat then turned the whole numbers into floats. Give ones the dtype of x.",
)
def ones_column(x):
    return torch.cat([torch.ones(len(x), 1), x], dim=1)


@wrong(
    "ones_column",
    say="You laid a row of ones on top of the table, along dim 0. A column stands beside it: dim 1.",
)
def ones_column(x):
    return torch.cat([torch.ones(1, x.shape[1], dtype=x.dtype), x], dim=0)


@wrong(
    "ones_column",
    say="torch.ones(len(x)) is a plain row, and cat puts only tables beside tables. Make it a column: torch.ones(len(x), 1, …).",
)
def ones_column(x):
    return torch.cat([torch.ones(len(x), dtype=x.dtype), x], dim=1)


@wrong(
    "ones_column",
    say="You wrote the ones over the first column, so the table's own first column is lost. A new column has to join it.",
)
def ones_column(x):
    wide = x.clone()
    wide[:, 0] = 1
    return wide


# ---------------------------------------------------------- 3.2 contact_sheet


@right(
    "contact_sheet",
    way="Without a loop: give the pile the shape (rows, columns, h, w), swap the two middle dims, and reshape to (rows * h, columns * w). Section 4 shows why it works.",
)
def contact_sheet(pictures, columns):
    n, h, w = pictures.shape
    rows = -(-n // columns)
    full = pictures.new_zeros(rows * columns, h, w)
    full[:n] = pictures
    return (
        full.reshape(rows, columns, h, w).permute(0, 2, 1, 3).reshape(rows * h, columns * w)
    )


@right("contact_sheet")
def contact_sheet(pictures, columns):
    n, h, w = pictures.shape
    rows = (n + columns - 1) // columns
    sheet = torch.zeros(rows * h, columns * w, dtype=pictures.dtype)
    for i, picture in enumerate(pictures):
        top, left = i // columns * h, i % columns * w
        sheet[top : top + h, left : left + w] = picture
    return sheet


@wrong(
    "contact_sheet",
    say="reshape reads all pixels in one long row and cuts it anew, so one picture's rows end up side by side. Tape whole pictures together with cat.",
)
def contact_sheet(pictures, columns):
    n, h, w = pictures.shape
    rows = -(-n // columns)
    full = torch.cat([pictures, pictures.new_zeros(rows * columns - n, h, w)])
    return full.reshape(rows * h, columns * w)


@wrong(
    "contact_sheet",
    say="Your sheet is filled column after column, like a newspaper. Reading order goes along a row first.",
)
def contact_sheet(pictures, columns):
    n, h, w = pictures.shape
    rows = -(-n // columns)
    full = torch.cat([pictures, pictures.new_zeros(rows * columns - n, h, w)])
    piles = [torch.cat(list(full[i : i + rows]), dim=0) for i in range(0, len(full), rows)]
    return torch.cat(piles, dim=1)


@wrong(
    "contact_sheet",
    say="The last, short row of pictures is missing: n // columns counts full rows only. Fill it up with blanks.",
)
def contact_sheet(pictures, columns):
    rows = len(pictures) // columns
    strips = [
        torch.cat(list(pictures[r * columns : (r + 1) * columns]), dim=1)
        for r in range(rows)
    ]
    return torch.cat(strips, dim=0)


@wrong(
    "contact_sheet",
    say="The last strip is narrower than the others, and cat refuses it. Add blank pictures until the row is full.",
)
def contact_sheet(pictures, columns):
    strips = [
        torch.cat(list(pictures[i : i + columns]), dim=1)
        for i in range(0, len(pictures), columns)
    ]
    return torch.cat(strips, dim=0)


@wrong(
    "contact_sheet",
    say="Where the last row is full already, you add a whole row of blanks: columns - 0 is columns. -n % columns is 0 there.",
)
def contact_sheet(pictures, columns):
    n, h, w = pictures.shape
    blanks = torch.zeros(columns - n % columns, h, w, dtype=pictures.dtype)
    full = torch.cat([pictures, blanks])
    return torch.cat(
        [
            torch.cat(list(full[i : i + columns]), dim=1)
            for i in range(0, len(full), columns)
        ]
    )


@wrong(
    "contact_sheet",
    say="Your blanks are float32, as torch.zeros makes them, and cat turned the pixels into floats too. Give them the dtype of the pictures.",
)
def contact_sheet(pictures, columns):
    n, h, w = pictures.shape
    full = torch.cat([pictures, torch.zeros(-n % columns, h, w)])
    strips = [
        torch.cat(list(full[i : i + columns]), dim=1) for i in range(0, len(full), columns)
    ]
    return torch.cat(strips, dim=0)


@wrong(
    "contact_sheet",
    say="columns is the number of pictures side by side; you took it for the number of rows.",
)
def contact_sheet(pictures, columns):
    n, h, w = pictures.shape
    across = -(-n // columns)
    full = torch.cat([pictures, pictures.new_zeros(across * columns - n, h, w)])
    strips = [
        torch.cat(list(full[i : i + across]), dim=1) for i in range(0, len(full), across)
    ]
    return torch.cat(strips, dim=0)


# ------------------------------------------------------------- 3.3 week_peaks


@right(
    "week_peaks",
    way="Without a loop: add -inf days until the last week is full, reshape to (weeks, 7), and take the max over dim 1. Nothing is colder than -inf.",
)
def week_peaks(temperatures):
    missing = -len(temperatures) % 7
    filled = torch.cat([temperatures, temperatures.new_full((missing,), float("-inf"))])
    return filled.reshape(-1, 7).max(dim=1).values


@right("week_peaks")
def week_peaks(temperatures):
    peaks = temperatures.new_zeros((len(temperatures) + 6) // 7)
    for i in range(len(peaks)):
        peaks[i] = temperatures[7 * i : 7 * i + 7].max()
    return peaks


@wrong(
    "week_peaks",
    say="chunk(7) makes seven pieces or fewer; you know the size of a piece, not their number. That is split(7).",
)
def week_peaks(temperatures):
    return torch.stack([week.max() for week in temperatures.chunk(7)])


@wrong("week_peaks", say="The short last week is missing. split(7) keeps it.")
def week_peaks(temperatures):
    weeks = len(temperatures) // 7
    return temperatures[: 7 * weeks].reshape(weeks, 7).max(dim=1).values


@wrong(
    "week_peaks",
    say="You filled the last week up with zeros, and in a cold week zero is the warmest day. Take only the days that are there.",
)
def week_peaks(temperatures):
    filled = torch.cat([temperatures, temperatures.new_zeros(-len(temperatures) % 7)])
    return filled.reshape(-1, 7).max(dim=1).values


@wrong(
    "week_peaks",
    say="reshape(-1, 7) needs a number of days that 7 divides. split(7) takes any number.",
)
def week_peaks(temperatures):
    return temperatures.reshape(-1, 7).max(dim=1).values


@wrong(
    "week_peaks",
    say="cat tapes along a dim that is there, and a single number has none. stack makes a new one.",
)
def week_peaks(temperatures):
    return torch.cat([week.max() for week in temperatures.split(7)])


@wrong(
    "week_peaks",
    say="You have the right numbers in a list; torch.stack makes a tensor of them.",
)
def week_peaks(temperatures):
    return [week.max() for week in temperatures.split(7)]


@wrong("week_peaks", say="This is the mean of each week; the highest value was asked for.")
def week_peaks(temperatures):
    return torch.stack([week.mean() for week in temperatures.split(7)])


# --------------------------------------------------------- 3.4 unpack_weights


@right(
    "unpack_weights",
    way="Walk along the row yourself: flat.narrow(0, start, length).view(shape), then start += length; at the end raise RuntimeError unless start is len(flat).",
)
def unpack_weights(flat, shapes):
    pieces, start = [], 0
    for shape in shapes:
        length = math.prod(shape)
        pieces.append(flat.narrow(0, start, length).view(shape))
        start += length
    if start != len(flat):
        raise RuntimeError(f"{len(flat) - start} numbers are left over")
    return pieces


@right("unpack_weights")
def unpack_weights(flat, shapes):
    sizes = [torch.Size(shape).numel() for shape in shapes]
    return [
        p.unflatten(0, s) if s else p.squeeze(0) for p, s in zip(flat.split(sizes), shapes)
    ]


@wrong(
    "unpack_weights",
    say="tensor_split takes the places to cut at; you gave it the sizes of the pieces. split takes sizes.",
)
def unpack_weights(flat, shapes):
    sizes = [math.prod(shape) for shape in shapes]
    return [piece.view(shape) for piece, shape in zip(flat.tensor_split(sizes), shapes)]


@wrong(
    "unpack_weights",
    say="Every piece starts at the beginning of the row. Go on where the piece before it ended.",
)
def unpack_weights(flat, shapes):
    return [flat[: math.prod(shape)].view(shape) for shape in shapes]


@wrong(
    "unpack_weights",
    say="Each piece is a copy: who changes it does not change the row. split and view share the memory, clone does not.",
)
def unpack_weights(flat, shapes):
    sizes = [math.prod(shape) for shape in shapes]
    return [piece.clone().view(shape) for piece, shape in zip(flat.split(sizes), shapes)]


@wrong(
    "unpack_weights",
    say="When the row is too long, the rest is silently lost. split(sizes) refuses; slices do not.",
)
def unpack_weights(flat, shapes):
    pieces, start = [], 0
    for shape in shapes:
        length = math.prod(shape)
        pieces.append(flat[start : start + length].view(shape))
        start += length
    return pieces


@wrong(
    "unpack_weights",
    say="The pieces have the right length but no shape: piece.view(shape) gives it to them.",
)
def unpack_weights(flat, shapes):
    return list(flat.split([math.prod(shape) for shape in shapes]))


@wrong(
    "unpack_weights",
    say="A shape (2, 3) needs 2 * 3 numbers; you added its sizes. math.prod multiplies.",
)
def unpack_weights(flat, shapes):
    sizes = [sum(shape) for shape in shapes]
    return [piece.view(shape) for piece, shape in zip(flat.split(sizes), shapes)]


# ------------------------------------------------------------ 3.5 masked_mean


@right(
    "masked_mean",
    way="values.masked_fill(~mask, 0) is where with the mask turned round: it writes 0 over what does not count.",
)
def masked_mean(values, mask):
    return values.masked_fill(~mask, 0).sum(dim=1) / mask.sum(dim=1).clamp(min=1)


@right("masked_mean")
def masked_mean(values, mask):
    means = torch.zeros(len(values), dtype=values.dtype)
    for i, (row, keep) in enumerate(zip(values, mask)):
        if keep.any():
            means[i] = row[keep].mean()
    return means


@wrong(
    "masked_mean",
    say="A NaN times 0 is still NaN: multiplying by the mask does not hide it. torch.where(mask, values, 0) does.",
)
def masked_mean(values, mask):
    return (values * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)


@wrong(
    "masked_mean",
    say="A row without a True divides 0 by 0, and that is NaN. Let the count be 1 at least: clamp(min=1).",
)
def masked_mean(values, mask):
    return torch.where(mask, values, 0).sum(dim=1) / mask.sum(dim=1)


@wrong(
    "masked_mean",
    say="You divided by the length of the whole row; only the places that are True count.",
)
def masked_mean(values, mask):
    return torch.where(mask, values, 0).mean(dim=1)


@wrong(
    "masked_mean",
    say="values[mask] is one plain row with all the hits, so this is one mean for the whole table. One for each row was asked for.",
)
def masked_mean(values, mask):
    return values[mask].mean()


@wrong(
    "masked_mean",
    say="mask.sum() counts the True of the whole table; each row needs its own count: sum(dim=1).",
)
def masked_mean(values, mask):
    return torch.where(mask, values, 0).sum(dim=1) / mask.sum().clamp(min=1)


@wrong(
    "masked_mean",
    say="nanmean leaves out the NaN only; what the mask hides may be an ordinary number.",
)
def masked_mean(values, mask):
    return values.nanmean(dim=1)


@wrong(
    "masked_mean",
    say="The mask is turned round: True marks what counts, False what does not.",
)
def masked_mean(values, mask):
    return torch.where(mask, 0, values).sum(dim=1) / (~mask).sum(dim=1).clamp(min=1)


# ------------------------------------------------------------- 3.6 best_boxes


@right(
    "best_boxes",
    way="boxes[torch.arange(len(boxes)), scores.argmax(dim=1)]: two index rows walk side by side, one for the photo, one for the box.",
)
def best_boxes(boxes, scores):
    return boxes[torch.arange(len(boxes)), scores.argmax(dim=1)]


@right(
    "best_boxes",
    way="torch.take_along_dim(boxes, best[:, None, None], dim=1) needs no expand: its index stretches by itself.",
)
def best_boxes(boxes, scores):
    best = scores.max(dim=1, keepdim=True).indices
    return torch.take_along_dim(boxes, best.unsqueeze(2), dim=1).squeeze(1)


@wrong(
    "best_boxes",
    say="boxes[:, best] takes the boxes of all the winners from every photo. Each photo has one index of its own: gather, or two index rows side by side.",
)
def best_boxes(boxes, scores):
    return boxes[:, scores.argmax(dim=1)]


@wrong(
    "best_boxes",
    say="The index is (photos, 1, 1), and gather does not stretch it: you got the first of the four numbers. Expand it to (photos, 1, 4).",
)
def best_boxes(boxes, scores):
    best = scores.argmax(dim=1)[:, None, None]
    return boxes.gather(1, best).squeeze(1)


@wrong(
    "best_boxes",
    say="argmax() without a dim counts through the whole batch and finds one box for all photos. Each photo has its own: dim=1.",
)
def best_boxes(boxes, scores):
    return boxes.flatten(0, 1)[scores.argmax()]


@wrong(
    "best_boxes",
    say="One dim of size 1 is left over, where the boxes were: squeeze(1) takes it away.",
)
def best_boxes(boxes, scores):
    best = scores.argmax(dim=1)[:, None, None].expand(-1, 1, 4)
    return boxes.gather(1, best)


@wrong(
    "best_boxes",
    say="squeeze() takes away every dim of size 1: with a single photo its dim goes too. Name the one you mean: squeeze(1).",
)
def best_boxes(boxes, scores):
    best = scores.argmax(dim=1)[:, None, None].expand(-1, 1, 4)
    return boxes.gather(1, best).squeeze()


@wrong(
    "best_boxes",
    say="argmax over dim 0 asks which photo is best at each box. Over the boxes of a photo is dim 1.",
)
def best_boxes(boxes, scores):
    best = scores.argmax(dim=0)
    return boxes[best, torch.arange(len(best))]


@wrong(
    "best_boxes",
    say="This is the worst box of each photo: argmin finds the lowest score, argmax the highest.",
)
def best_boxes(boxes, scores):
    return boxes[torch.arange(len(boxes)), scores.argmin(dim=1)]


@wrong(
    "best_boxes",
    say="boxes[best] picks whole photos: the first index is the photo. Say both: boxes[torch.arange(len(boxes)), best], or gather along dim 1.",
)
def best_boxes(boxes, scores):
    return boxes[scores.argmax(dim=1)]


@wrong(
    "best_boxes",
    say="best has one dim and the boxes have three; gather wants as many in the index. Add two with best[:, None, None], and expand the last to 4.",
)
def best_boxes(boxes, scores):
    return boxes.gather(1, scores.argmax(dim=1))


# ------------------------------------------------------------ 3.7 split_heads


@right(
    "split_heads",
    way="torch.stack(x.tensor_split(heads, dim=2), dim=1): cut the width into parts, then pile them along a new dim. A copy, but easy to read.",
)
def split_heads(x, heads):
    return torch.stack(x.tensor_split(heads, dim=2), dim=1)


@right("split_heads")
def split_heads(x, heads):
    return x.unflatten(2, (heads, x.shape[2] // heads)).permute(0, 2, 1, 3)


@wrong(
    "split_heads",
    say="One reshape cannot do it: you cut the sentence, not the width, so a head holds whole words. Cut the width first, then turn.",
)
def split_heads(x, heads):
    batch, time, width = x.shape
    return x.reshape(batch, heads, time, width // heads)


@wrong(
    "split_heads",
    say="You cut the width into (size, heads), so a head gets every second, third … column. The heads come first: (heads, size).",
)
def split_heads(x, heads):
    batch, time, width = x.shape
    return x.reshape(batch, time, width // heads, heads).permute(0, 3, 1, 2)


@wrong(
    "split_heads",
    say="The cut is right; the turn is missing. The heads have to stand before the time: transpose(1, 2).",
)
def split_heads(x, heads):
    batch, time, width = x.shape
    return x.reshape(batch, time, heads, width // heads)


@wrong(
    "split_heads",
    say="You turned the wrong two dims: the heads changed places with the size. They should change places with the time, dims 1 and 2.",
)
def split_heads(x, heads):
    batch, time, width = x.shape
    return x.reshape(batch, time, heads, width // heads).transpose(2, 3)


@wrong(
    "split_heads",
    say="heads is the number of parts; split takes the size of a part, and that is width // heads.",
)
def split_heads(x, heads):
    return torch.stack(x.split(heads, dim=2), dim=1)


@wrong(
    "split_heads",
    say="chunk gives a tuple with one tensor for each head. Pile them along a new dim 1: torch.stack(…, dim=1).",
)
def split_heads(x, heads):
    return x.chunk(heads, dim=2)


# ------------------------------------------------------------ 3.8 merge_heads


@right(
    "merge_heads",
    way="torch.cat(x.unbind(dim=1), dim=2): take the heads apart, and tape them together along the width.",
)
def merge_heads(x):
    batch, heads, time, size = x.shape
    if heads == 0:
        return x.new_zeros(batch, time, 0)
    return torch.cat(x.unbind(dim=1), dim=2)


@right(
    "merge_heads",
    way="x.permute(0, 2, 1, 3).contiguous().view(batch, time, heads * size): contiguous makes the copy, so that view has nothing to complain about.",
)
def merge_heads(x):
    batch, heads, time, size = x.shape
    return x.permute(0, 2, 1, 3).contiguous().view(batch, time, heads * size)


@wrong(
    "merge_heads",
    say="The shape is right and the numbers are shuffled: reshape alone glues words together, not heads. First bring the time before the heads.",
)
def merge_heads(x):
    batch, heads, time, size = x.shape
    return x.reshape(batch, time, heads * size)


@wrong(
    "merge_heads",
    say="After the turn, view cannot walk the memory in equal steps. reshape copies where it has to.",
)
def merge_heads(x):
    batch, heads, time, size = x.shape
    return x.transpose(1, 2).view(batch, time, heads * size)


@wrong(
    "merge_heads",
    say="You put the heads behind the numbers, so each word's numbers are mixed over the heads. The order is time, then heads, then size.",
)
def merge_heads(x):
    batch, heads, time, size = x.shape
    return x.permute(0, 2, 3, 1).reshape(batch, time, heads * size)


@wrong(
    "merge_heads",
    say="contiguous() before the turn changes nothing: x is in order, its transpose is not. Turn first.",
)
def merge_heads(x):
    batch, heads, time, size = x.shape
    return x.contiguous().transpose(1, 2).view(batch, time, heads * size)


@wrong(
    "merge_heads",
    say="You added the heads up; they should stand side by side, each in its own columns.",
)
def merge_heads(x):
    return x.sum(dim=1)


@wrong(
    "merge_heads",
    say="You turned the dims 1 and 3: the heads changed places with the size. They change places with the time, dims 1 and 2.",
)
def merge_heads(x):
    batch, heads, time, size = x.shape
    return x.transpose(1, 3).reshape(batch, time, heads * size)


# ---------------------------------------------------------- 3.9 cosine_table


@right(
    "cosine_table",
    way="torch.nn.functional.normalize(a, dim=1) makes every row one long and leaves zeros alone; then a @ b.t().",
)
def cosine_table(a, b):
    unit = torch.nn.functional.normalize
    return unit(a, dim=1) @ unit(b, dim=1).t()


@right("cosine_table")
def cosine_table(a, b):
    together = a @ b.t()
    lengths = (a**2).sum(1).sqrt()[:, None] * (b**2).sum(1).sqrt()[None, :]
    return torch.where(lengths > 0, together / lengths, 0.0)


@wrong(
    "cosine_table",
    say="A row of zeros has the length 0, and 0 / 0 is NaN. Clamp the lengths to a tiny number first.",
)
def cosine_table(a, b):
    a = a / torch.linalg.vector_norm(a, dim=1, keepdim=True)
    b = b / torch.linalg.vector_norm(b, dim=1, keepdim=True)
    return torch.inner(a, b)


@wrong(
    "cosine_table",
    say="You divided by the length of the columns (dim 0). Each row is an arrow: dim=1.",
)
def cosine_table(a, b):
    a = a / torch.linalg.vector_norm(a, dim=0, keepdim=True).clamp(min=1e-12)
    b = b / torch.linalg.vector_norm(b, dim=0, keepdim=True).clamp(min=1e-12)
    return torch.inner(a, b)


@wrong(
    "cosine_table",
    say="Without keepdim=True the lengths lie along the columns: each number is divided by the length of another row, or torch refuses.",
)
def cosine_table(a, b):
    a = a / torch.linalg.vector_norm(a, dim=1).clamp(min=1e-12)
    b = b / torch.linalg.vector_norm(b, dim=1).clamp(min=1e-12)
    return torch.inner(a, b)


@wrong(
    "cosine_table",
    say="You did not divide by the lengths: long arrows then look more alike than short ones.",
)
def cosine_table(a, b):
    return torch.inner(a, b)


@wrong(
    "cosine_table",
    say="Without a dim, vector_norm measures the whole table as one arrow. Each row needs its own length.",
)
def cosine_table(a, b):
    return torch.inner(
        a / torch.linalg.vector_norm(a).clamp(min=1e-12),
        b / torch.linalg.vector_norm(b).clamp(min=1e-12),
    )


@wrong(
    "cosine_table",
    say="torch.dot takes two plain rows. For every row with every row it is torch.inner, or a @ b.t().",
)
def cosine_table(a, b):
    a = a / torch.linalg.vector_norm(a, dim=1, keepdim=True).clamp(min=1e-12)
    b = b / torch.linalg.vector_norm(b, dim=1, keepdim=True).clamp(min=1e-12)
    return torch.dot(a, b)


@wrong(
    "cosine_table",
    say="cosine_similarity(a, b) compares row 0 with row 0, row 1 with row 1 … You want every row with every row: torch.inner, or a dim of size 1 in each, so that they broadcast.",
)
def cosine_table(a, b):
    return torch.nn.functional.cosine_similarity(a, b)


# -------------------------------------------------------- 3.10 moving_average


@right(
    "moving_average",
    way="running = cat([zero, values.cumsum(0)]), then (running[width:] - running[:-width]) / width: two sums for each window, however wide it is.",
)
def moving_average(values, width):
    running = torch.cat([values.new_zeros(1), values.cumsum(dim=0)])
    return (running[width:] - running[:-width]) / width


@right("moving_average")
def moving_average(values, width):
    count = len(values) - width + 1
    return torch.stack([values[i : i + count] for i in range(width)]).mean(dim=0)


@wrong(
    "moving_average",
    say="The first window is missing: the running sum has to start with a 0 before the first day.",
)
def moving_average(values, width):
    running = values.cumsum(dim=0)
    return (running[width:] - running[:-width]) / width


@wrong("moving_average", say="These are the sums of the windows. Divide by width.")
def moving_average(values, width):
    return values.unfold(0, width, 1).sum(dim=1)


@wrong(
    "moving_average",
    say="Your window jumps on by its whole width. It should move on by one day: unfold(0, width, 1).",
)
def moving_average(values, width):
    return values.unfold(0, width, width).mean(dim=1)


@wrong(
    "moving_average",
    say="You took the mean over the windows (dim 0); each window has its own mean, over dim 1.",
)
def moving_average(values, width):
    return values.unfold(0, width, 1).mean(dim=0)


@wrong(
    "moving_average",
    say="Your last windows are not full: only windows of exactly width days count.",
)
def moving_average(values, width):
    return torch.stack([values[i : i + width].mean() for i in range(len(values))])


@wrong("moving_average", say="The last window is missing: there are n - width + 1 of them.")
def moving_average(values, width):
    count = len(values) - width
    return torch.stack([values[i : i + count] for i in range(width)]).mean(dim=0)


# ---------------------------------------------------------- 3.11 hottest_days


@right(
    "hottest_days",
    way="Pick the measured days first with nonzero, sort only those, and translate back: places[temperatures[places].argsort(descending=True, stable=True)][:k].",
)
def hottest_days(temperatures, k):
    places = (~temperatures.isnan()).nonzero()[:, 0]
    return places[temperatures[places].argsort(descending=True, stable=True)][:k]


@right("hottest_days")
def hottest_days(temperatures, k):
    measured = [i for i, t in enumerate(temperatures.tolist()) if t == t]
    measured.sort(key=lambda i: -temperatures[i].item())
    return torch.tensor(measured[:k], dtype=torch.int64)


@wrong(
    "hottest_days",
    say="NaN counts as the largest, for argsort and for topk, so the days without a measurement came first. Put -inf in their place before you sort.",
)
def hottest_days(temperatures, k):
    return temperatures.argsort(descending=True, stable=True)[:k]


@wrong(
    "hottest_days",
    say="NaN counts as the largest, for argsort and for topk, so the days without a measurement came first. Put -inf in their place before you sort.",
)
def hottest_days(temperatures, k):
    return temperatures.topk(k).indices


@wrong(
    "hottest_days",
    say="A day without a measurement got 0 degrees, and that beats a cold day. -inf never wins.",
)
def hottest_days(temperatures, k):
    known = temperatures.nan_to_num(0.0)
    order = known.argsort(descending=True, stable=True)
    return order[: min(k, int((~temperatures.isnan()).sum()))]


@wrong(
    "hottest_days",
    say="You numbered the days after the missing ones were taken out. The numbers of the days in the whole record were asked for.",
)
def hottest_days(temperatures, k):
    known = temperatures[~temperatures.isnan()]
    return known.argsort(descending=True, stable=True)[:k]


@wrong(
    "hottest_days",
    say="Where fewer than k days were measured, yours goes on with the missing ones. Take min(k, number measured).",
)
def hottest_days(temperatures, k):
    known = torch.where(temperatures.isnan(), float("-inf"), temperatures)
    return known.argsort(descending=True, stable=True)[:k]


@wrong(
    "hottest_days",
    say="Of equally hot days a later one comes first in yours. topk promises nothing about ties, and a sort that is turned round afterwards turns them round too: argsort(descending=True, stable=True).",
)
def hottest_days(temperatures, k):
    known = torch.where(temperatures.isnan(), float("-inf"), temperatures)
    order = known.argsort(stable=True).flip(0)
    return order[: min(k, int((~temperatures.isnan()).sum()))]


@wrong(
    "hottest_days",
    say="These are the temperatures; the numbers of the days were asked for.",
)
def hottest_days(temperatures, k):
    known = temperatures[~temperatures.isnan()]
    return known.sort(descending=True, stable=True).values[:k]


@wrong(
    "hottest_days",
    say="Your first day is the coldest: argsort goes up, unless you say descending=True.",
)
def hottest_days(temperatures, k):
    places = (~temperatures.isnan()).nonzero()[:, 0]
    return places[temperatures[places].argsort(stable=True)][:k]


# ------------------------------------------------------------- 3.12 keep_topk


@right(
    "keep_topk",
    way="scores.masked_fill(scores < kth, float('-inf')): write -inf where a score is below the limit; the limit is scores.kthvalue(classes - k + 1, dim=1, keepdim=True).values.",
)
def keep_topk(scores, k):
    kth = scores.kthvalue(scores.shape[1] - k + 1, dim=1, keepdim=True).values
    return scores.masked_fill(scores < kth, float("-inf"))


@right("keep_topk")
def keep_topk(scores, k):
    kept = scores.clone()
    limit = scores.sort(dim=1, descending=True).values[:, k - 1].unsqueeze(1)
    kept[scores.lt(limit)] = -math.inf
    return kept


@wrong(
    "keep_topk",
    say="The k-th best is thrown out too: the ones that stay are greater or equal, >=.",
)
def keep_topk(scores, k):
    kth = scores.topk(k, dim=1).values[:, -1:]
    return torch.where(scores > kth, scores, float("-inf"))


@wrong(
    "keep_topk",
    say="You wrote 0 in the place of the losers. A softmax gives a 0 some chance, and 0 even beats a negative score; -inf is no chance at all.",
)
def keep_topk(scores, k):
    kth = scores.topk(k, dim=1).values[:, -1:]
    return torch.where(scores >= kth, scores, 0.0)


@wrong(
    "keep_topk",
    say="These are only the k best scores, in order. All scores keep their places; the losers become -inf.",
)
def keep_topk(scores, k):
    return scores.topk(k, dim=1).values


@wrong(
    "keep_topk",
    say="The limit was taken from the whole table, or from the columns. Every row has its own k best: dim=1.",
)
def keep_topk(scores, k):
    kth = scores.flatten().topk(k).values[-1]
    return torch.where(scores >= kth, scores, float("-inf"))


@wrong(
    "keep_topk",
    say="values[:, -1] is a plain row, so the limits lie along the columns. Keep it a column: values[:, -1:].",
)
def keep_topk(scores, k):
    kth = scores.topk(k, dim=1).values[:, -1]
    return torch.where(scores >= kth, scores, float("-inf"))


@wrong(
    "keep_topk",
    say="You changed the scores of the caller. Make a new tensor: where, masked_fill without the underscore, or clone first.",
)
def keep_topk(scores, k):
    kth = scores.topk(k, dim=1).values[:, -1:]
    scores[scores < kth] = float("-inf")
    return scores


@wrong(
    "keep_topk",
    say="With ties you keep exactly k, and drop one that is as good as the k-th. Compare the scores with the k-th best, not the places.",
)
def keep_topk(scores, k):
    places = scores.argsort(dim=1, descending=True, stable=True)
    rank = places.argsort(dim=1)
    return torch.where(rank < k, scores, float("-inf"))


# ------------------------------------------------------------- 3.13 best_rank


@right(
    "best_rank",
    way="Set s[k:] to 0 and multiply all three again: u @ torch.diag(s) @ vh. Easier to read, a little more work for the machine.",
)
def best_rank(table, k):
    u, s, vh = torch.linalg.svd(table, full_matrices=False)
    s = torch.where(torch.arange(len(s)) < k, s, 0.0)
    return u @ torch.diag(s) @ vh


@right(
    "best_rank",
    way="Add up k simple tables, one for each singular value: s[i] * torch.outer(u[:, i], vh[i]).",
)
def best_rank(table, k):
    u, s, vh = torch.linalg.svd(table)
    total = torch.zeros_like(table)
    for i in range(k):
        total = total + s[i] * torch.outer(u[:, i], vh[i])
    return total


@wrong(
    "best_rank",
    say="You took the columns of vh, which are the rows of V. The basic pictures are the rows of vh: vh[:k]. The old torch.svd gives V, and needs v[:, :k].t().",
)
def best_rank(table, k):
    u, s, vh = torch.linalg.svd(table, full_matrices=False)
    return (u[:, :k] * s[:k]) @ vh[:, :k].t()


@wrong(
    "best_rank",
    say="You took the columns of vh, which are the rows of V. The basic pictures are the rows of vh: vh[:k]. The old torch.svd gives V, and needs v[:, :k].t().",
)
def best_rank(table, k):
    u, s, v = torch.svd(table)
    return (u[:, :k] * s[:k]) @ v[:k]


@wrong(
    "best_rank",
    say="* multiplies number by number (and broadcasts, so for k = 1 it even comes out right). The product of two tables is @.",
)
def best_rank(table, k):
    u, s, vh = torch.linalg.svd(table, full_matrices=False)
    return u[:, :k] * s[:k] * vh[:k]


@wrong(
    "best_rank",
    say="These are the least important ones: the singular values come with the largest first, so take the first k.",
)
def best_rank(table, k):
    u, s, vh = torch.linalg.svd(table, full_matrices=False)
    last = len(s) - k
    return (u[:, last:] * s[last:]) @ vh[last:]


@wrong(
    "best_rank",
    say="The singular values are missing from your product: u says how much, but s says how important.",
)
def best_rank(table, k):
    u, s, vh = torch.linalg.svd(table, full_matrices=False)
    return u[:, :k] @ vh[:k]


@wrong(
    "best_rank",
    say="You kept the first k columns of the table. The k most important pictures are rows of vh, not columns of the table.",
)
def best_rank(table, k):
    kept = torch.zeros_like(table)
    kept[:, :k] = table[:, :k]
    return kept


@wrong(
    "best_rank",
    say="Without full_matrices=False, u or vh is a square too large for diag(s). Ask for the small ones, or slice them first.",
)
def best_rank(table, k):
    u, s, vh = torch.linalg.svd(table)
    s[k:] = 0
    return u @ torch.diag(s) @ vh


# ------------------------------------------------------------------------ quiz

quiz(
    "q1",
    right="c",
    because={
        "a": "hstack tapes plain rows one behind the other: shape (10,).",
        "b": "vstack makes each a row of the table: shape (2, 5).",
    },
)
quiz(
    "q2",
    right="b",
    because={
        "a": "chunk promises four pieces at most. Of nine it makes three pieces of three, and one machine stands idle.",
        "c": "split(4) makes pieces of four batches each: 4, 4 and 1, for three machines.",
    },
)
quiz(
    "q3",
    right="a",
    because={
        "b": "That would need a copy, and the pieces of a split are views.",
        "c": "Writing into a view is allowed; it writes into the memory of x.",
    },
)
quiz(
    "q4",
    right="c",
    because={
        "a": "The shape is right, but heads and words are mixed up: nothing was turned.",
        "b": "The turn is right, but then view cannot share the memory, and raises.",
    },
)
quiz(
    "q5",
    right="c",
    because={
        "a": "For that the sums have to be a column: keepdim=True.",
        "b": "(4, 4) and (4,) broadcast without a word. An error would have been luck.",
    },
)
quiz(
    "q6",
    right="a",
    because={
        "b": "You would wish so. Here NaN wins over every number.",
        "c": "No error: the place of the NaN comes back, quietly.",
    },
)

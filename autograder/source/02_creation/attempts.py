"""Attempts that test the tests of chapter 02: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import math

import torch

from autograder.attempts import quiz, right, wrong

# ---------------------------------------------------------- 2.1 start_weights


@right(
    "start_weights",
    way="torch.tensor(numbers, dtype=torch.float32, device=device).requires_grad_() turns the flag on last, at the finished leaf.",
)
def start_weights(numbers, device):
    return torch.tensor(numbers, dtype=torch.float32, device=device).requires_grad_()


@right("start_weights")
def start_weights(numbers, device):
    made = torch.tensor(numbers).to(device).float()
    made.requires_grad = True
    return made


@wrong(
    "start_weights",
    say="Whole numbers cannot require grad, and from whole numbers torch infers int64: say dtype=torch.float32.",
)
def start_weights(numbers, device):
    return torch.tensor(numbers, device=device, requires_grad=True)


@wrong(
    "start_weights",
    say="The move came after requires_grad, so it was recorded, and its result is no leaf. Make the tensor on the device: device=device.",
)
def start_weights(numbers, device):
    return torch.tensor(numbers, dtype=torch.float32, requires_grad=True).to(device)


@wrong(
    "start_weights",
    say="float() came after requires_grad, so it was recorded, and its result is no leaf. Say the dtype when you make the tensor.",
)
def start_weights(numbers, device):
    return torch.tensor(
        numbers, dtype=torch.float64, device=device, requires_grad=True
    ).float()


@wrong(
    "start_weights",
    say="The numbers are right, but autograd will not follow them: requires_grad=True is missing.",
)
def start_weights(numbers, device):
    return torch.tensor(numbers, dtype=torch.float32, device=device)


@wrong(
    "start_weights",
    say="You left the device out, so the tensor lies on the CPU wherever it was wanted.",
)
def start_weights(numbers, device):
    return torch.tensor(numbers, dtype=torch.float32, requires_grad=True)


# -------------------------------------------------------------- 2.2 grey_like


@right(
    "grey_like",
    way="torch.full(images.shape, 0.5, device=images.device): the value is a fraction, so float32 comes by itself.",
)
def grey_like(images):
    return torch.full(images.shape, 0.5, device=images.device)


@right("grey_like")
def grey_like(images):
    return torch.ones_like(images, dtype=torch.float32) / 2


@wrong(
    "grey_like",
    say="full_like took over the whole-number dtype too, and 0.5 became 0 in it. Overrule it with dtype=torch.float32.",
)
def grey_like(images):
    return torch.full_like(images, 0.5)


@wrong(
    "grey_like",
    say="The tensor was made on the CPU, not where images are: pass device=images.device, or use full_like.",
)
def grey_like(images):
    return torch.full(images.shape, 0.5)


@wrong("grey_like", say="float() came too late: in whole numbers the 0.5 was a 0 already.")
def grey_like(images):
    return torch.full_like(images, 0.5).float()


@wrong(
    "grey_like",
    say="Adding 0.5 keeps the dtype of images when that is float64 already. Say float32 yourself.",
)
def grey_like(images):
    return torch.zeros_like(images) + 0.5


# -------------------------------------------------------------------- 2.3 pad


@right(
    "pad",
    way="torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=fill) is made for this.",
)
def pad(rows, fill):
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=fill)


@right("pad")
def pad(rows, fill):
    longest = max(map(len, rows))
    ends = [torch.full((longest - len(row),), fill, dtype=row.dtype) for row in rows]
    return torch.stack([torch.cat([row, end]) for row, end in zip(rows, ends, strict=True)])


@wrong(
    "pad",
    say="From a whole fill torch made an int64 table, and the fractions of the rows were cut off when you wrote them in: say dtype=rows[0].dtype.",
)
def pad(rows, fill):
    longest = max(len(row) for row in rows)
    table = torch.full((len(rows), longest), fill)
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    return table


@wrong("pad", say="You filled up with zeros; fill was asked for.")
def pad(rows, fill):
    longest = max(len(row) for row in rows)
    table = torch.zeros(len(rows), longest, dtype=rows[0].dtype)
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    return table


@wrong(
    "pad",
    say="You took the width of the first row. A later row can be longer: take the longest.",
)
def pad(rows, fill):
    table = torch.full((len(rows), len(rows[0])), fill, dtype=rows[0].dtype)
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    return table


@wrong(
    "pad",
    say="You filled up at the beginning: the rows stand at the right. They should begin in column 0.",
)
def pad(rows, fill):
    longest = max(len(row) for row in rows)
    table = torch.full((len(rows), longest), fill, dtype=rows[0].dtype)
    for i, row in enumerate(rows):
        table[i, longest - len(row) :] = row
    return table


@wrong("pad", say="stack wants rows of equal length: fill them up first.")
def pad(rows, fill):
    return torch.stack(rows)


@wrong(
    "pad",
    say="float() makes a table of float32 even from whole numbers. The table has the dtype of the rows.",
)
def pad(rows, fill):
    longest = max(len(row) for row in rows)
    table = torch.full((len(rows), longest), float(fill))
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    return table


# ---------------------------------------------------------------- 2.4 last_of


@right(
    "last_of",
    way="-((start - end) / step // 1) is the same count: // 1 rounds down, so turning the sign before and after it rounds up.",
)
def last_of(start, end, step):
    count = -((start - end) / step // 1)
    return start + (count - 1) * step


@right("last_of")
def last_of(start, end, step):
    count = torch.arange(start, end, step, device="meta").numel()
    return start + step * (count - 1)


@wrong(
    "last_of",
    say="int cuts the fraction off, and you lose a number whenever a part of a step is left. Round up.",
)
def last_of(start, end, step):
    return start + (int((end - start) / step) - 1) * step


@wrong(
    "last_of",
    say="The count is right, but so many steps lead one too far: between five numbers lie four steps.",
)
def last_of(start, end, step):
    return start + math.ceil((end - start) / step) * step


@wrong(
    "last_of",
    say="One step before the end is right only when the steps hit the end exactly.",
)
def last_of(start, end, step):
    return end - step


@wrong(
    "last_of",
    say="When the steps hit the end exactly, this gives the end itself, and arange leaves that out.",
)
def last_of(start, end, step):
    return start + int((end - start) / step) * step


@wrong("last_of", say="end - 1 is the last only for steps of 1, upwards.")
def last_of(start, end, step):
    return end - 1


@wrong("last_of", say="Python's range knows whole numbers only.")
def last_of(start, end, step):
    return range(start, end, step)[-1]


# ------------------------------------------------------------------ 2.5 ticks


@right(
    "ticks",
    way="torch.arange(start, end + step / 2, step): half a step more catches the end, and a hair does not matter any more.",
)
def ticks(start, end, step):
    return torch.arange(start, end + step / 2, step, dtype=torch.float32)


@right("ticks")
def ticks(start, end, step):
    gaps = round((end - start) / step)
    return start + torch.arange(gaps + 1) * step + 0.0


@wrong(
    "ticks",
    say="One step more is too much when the quotient comes out a hair too large: then the tick behind the end is in as well.",
)
def ticks(start, end, step):
    return torch.arange(start, end + step, step, dtype=torch.float32)


@wrong(
    "ticks",
    say="arange leaves the end out, or lets it in by a hair. Count the ticks and use linspace.",
)
def ticks(start, end, step):
    return torch.arange(start, end, step, dtype=torch.float32)


@wrong("ticks", say="There is one tick more than there are gaps: add 1 to the count.")
def ticks(start, end, step):
    return torch.linspace(start, end, round((end - start) / step))


@wrong(
    "ticks",
    say="int cuts off: when the quotient is a hair below a whole number, a tick is lost. Use round.",
)
def ticks(start, end, step):
    return torch.linspace(start, end, int((end - start) / step) + 1)


@wrong(
    "ticks",
    say="ceil pushes up: when the quotient is a hair above a whole number, there is one tick too many. Use round.",
)
def ticks(start, end, step):
    return torch.linspace(start, end, math.ceil((end - start) / step) + 1)


# ------------------------------------------------------------------ 2.6 rates


@right(
    "rates",
    way="first * (last / first) ** torch.linspace(0, 1, n): the share of the way stands in the exponent.",
)
def rates(first, last, n):
    return first * (last / first) ** torch.linspace(0, 1, n)


@right("rates")
def rates(first, last, n):
    return torch.linspace(math.log(first), math.log(last), n).exp()


@wrong(
    "rates", say="logspace takes exponents, not the numbers themselves: pass their log10."
)
def rates(first, last, n):
    return torch.logspace(first, last, n)


@wrong(
    "rates",
    say="These are evenly spaced: the same distance apart, not the same number of times.",
)
def rates(first, last, n):
    return torch.linspace(first, last, n)


@wrong(
    "rates",
    say="math.log is the logarithm to base e, but logspace raises 10 to the power. Use math.log10, or base=math.e.",
)
def rates(first, last, n):
    return torch.logspace(math.log(first), math.log(last), n)


@wrong("rates", say="You got the exponents. Each still has to become a power of 10.")
def rates(first, last, n):
    return torch.linspace(math.log10(first), math.log10(last), n)


@wrong(
    "rates",
    say="The last rate is missing: logspace includes its end, so n numbers reach it.",
)
def rates(first, last, n):
    return torch.logspace(math.log10(first), math.log10(last), n + 1)[:-1]


# ------------------------------------------------------------- 2.7 by_columns


@right(
    "by_columns",
    way="table.t().clone(memory_format=torch.contiguous_format).t(): lay the turned table down row after row, and turn it back.",
)
def by_columns(table):
    return table.t().clone(memory_format=torch.contiguous_format).t()


@right("by_columns")
def by_columns(table):
    room = table.new_empty(table.shape[1], table.shape[0])
    room.copy_(table.t())
    return room.t()


@wrong(
    "by_columns",
    say="clone copies a new table row after row: its strides are (columns, 1).",
)
def by_columns(table):
    return table.clone(memory_format=torch.contiguous_format)


@wrong(
    "by_columns",
    say="t() turns the table itself. Only its memory should change, not its shape.",
)
def by_columns(table):
    return table.t().clone()


@wrong(
    "by_columns",
    say="reshape cut the same row of numbers anew, and t() turned the result: the strides fit, but the numbers are scrambled.",
)
def by_columns(table):
    return table.reshape(table.shape[1], table.shape[0]).t().clone()


@wrong(
    "by_columns",
    say="The room is float32 unless you say otherwise: give it dtype=table.dtype.",
)
def by_columns(table):
    return torch.empty_strided(table.shape, (1, table.shape[0])).copy_(table)


@wrong(
    "by_columns",
    say="One step to the right skips a whole column, and a column has as many cells as there are rows: the stride is (1, rows), and several of your cells share a place.",
)
def by_columns(table):
    return torch.empty_strided(table.shape, (1, 1), dtype=table.dtype).copy_(table)


@wrong(
    "by_columns",
    say="contiguous() returns its own tensor when nothing is to do, so for a table that lies column after column already you gave back its memory. Copy it.",
)
def by_columns(table):
    return table.t().contiguous().t()


# ----------------------------------------------------------- 2.8 sparse_saves


@right(
    "sparse_saves",
    way="kept = table.count_nonzero().item(); each costs table.dim() * 8 + table.dtype.itemsize bytes. No sparse tensor has to be made for that.",
)
def sparse_saves(table):
    kept = int(table.count_nonzero())
    return table.nbytes - kept * (table.dim() * 8 + table.dtype.itemsize)


@right("sparse_saves")
def sparse_saves(table):
    places = table.nonzero()
    return (table.numel() - len(places)) * table.dtype.itemsize - places.numel() * 8


@wrong(
    "sparse_saves",
    say="You forgot the coordinates: each number that is kept also costs 8 bytes for each dimension.",
)
def sparse_saves(table):
    return table.nbytes - int(table.count_nonzero()) * table.dtype.itemsize


@wrong(
    "sparse_saves",
    say="One coordinate for each dimension: in a table a number has two of them, 16 bytes.",
)
def sparse_saves(table):
    return table.nbytes - int(table.count_nonzero()) * (8 + table.dtype.itemsize)


@wrong(
    "sparse_saves",
    say="These are cells, not bytes. Every cell takes dtype.itemsize bytes, every coordinate 8.",
)
def sparse_saves(table):
    kept = int(table.count_nonzero())
    return table.numel() - kept * (table.dim() + 1)


@wrong(
    "sparse_saves",
    say="The sign is turned: what is saved is dense minus sparse, and positive when sparse is smaller.",
)
def sparse_saves(table):
    sparse = table.to_sparse()
    return sparse.indices().nbytes + sparse.values().nbytes - table.nbytes


@wrong("sparse_saves", say="Coordinates are int64: 8 bytes each, not 4.")
def sparse_saves(table):
    kept = int(table.count_nonzero())
    return table.nbytes - kept * (table.dim() * 4 + table.dtype.itemsize)


# ------------------------------------------------------------------- 2.9 roll


@right(
    "roll",
    way="torch.randint(sides, (n,)) + 1: count from 0, then move all faces up by one.",
)
def roll(n, sides):
    return torch.randint(sides, (n,)) + 1


@right("roll")
def roll(n, sides):
    return (torch.rand(n, dtype=torch.float64) * sides).floor().long() + 1


@wrong(
    "roll",
    say="The end is left out: this die never shows its largest face. Let randint go up to sides + 1.",
)
def roll(n, sides):
    return torch.randint(1, sides, (n,))


@wrong("roll", say="Your faces count from 0. The first face is 1.")
def roll(n, sides):
    return torch.randint(sides, (n,))


@wrong("roll", say="rand gives fractions. A die shows whole numbers: randint.")
def roll(n, sides):
    return torch.rand(n) * sides + 1


@wrong(
    "roll",
    say="You rolled once and repeated the result n times. Every roll needs a draw of its own: put n into the shape.",
)
def roll(n, sides):
    return torch.randint(1, sides + 1, (1,)).repeat(n)


@wrong(
    "roll",
    say="round gives the first and the last face only half of the chance of the others: only half a step leads to each. Use randint.",
)
def roll(n, sides):
    return (torch.rand(n) * (sides - 1)).round().long() + 1


@wrong("roll", say="randint wants its shape as a tuple: (n,), with the comma.")
def roll(n, sides):
    return torch.randint(1, sides + 1, n)


# --------------------------------------------------------------- 2.10 imagine


@right(
    "imagine",
    way="means + stds * torch.randn(days, len(means)): every bell curve is the standard one, stretched and moved.",
)
def imagine(means, stds, days):
    return means + stds * torch.randn(days, len(means))


@right("imagine")
def imagine(means, stds, days):
    return torch.stack([torch.normal(means, stds) for _ in range(days)])


@wrong(
    "imagine",
    say="normal drew one number for each place, and then all days got the same one. Make means and stds large before you draw.",
)
def imagine(means, stds, days):
    return torch.normal(means, stds).expand(days, -1)


@wrong(
    "imagine",
    say="normal takes a size only when mean and std are plain numbers. With tensors the size is theirs: expand them.",
)
def imagine(means, stds, days):
    return torch.normal(means, stds, (days, len(means)))


@wrong("imagine", say="The table is turned: days are the lines, places the columns.")
def imagine(means, stds, days):
    return torch.normal(
        means.unsqueeze(1).expand(-1, days), stds.unsqueeze(1).expand(-1, days)
    )


@wrong(
    "imagine",
    say="One draw served all places of a day, so they are warm and cold together. Draw a number for every cell.",
)
def imagine(means, stds, days):
    return means + stds * torch.randn(days, 1)


@wrong(
    "imagine",
    say="rand draws from 0 to 1, so nothing ever falls below the mean. The bell curve is randn.",
)
def imagine(means, stds, days):
    return means + stds * torch.rand(days, len(means))


@wrong(
    "imagine",
    say="You squared the spreads. That is the variance; normal wants the standard deviation itself.",
)
def imagine(means, stds, days):
    size = (days, len(means))
    return torch.normal(means.expand(size), (stds**2).expand(size))


# ------------------------------------------------------------------ 2.11 drop


@right(
    "drop",
    way="x * (torch.rand_like(x) >= p) / (1 - p): a number from 0 to 1 is below p with probability p.",
)
def drop(x, p):
    return x * (torch.rand_like(x) >= p) / (1 - p)


@right("drop")
def drop(x, p):
    lost = torch.bernoulli(torch.ones_like(x) * p).bool()
    return (x / (1 - p)).masked_fill(lost, 0.0)


@wrong(
    "drop",
    say="Your coins keep with probability p. But p is the probability of losing: keep with 1 - p.",
)
def drop(x, p):
    return x * torch.bernoulli(torch.full_like(x, p)) / (1 - p)


@wrong("drop", say="What stays must be scaled up: divide by 1 - p.")
def drop(x, p):
    return x * torch.bernoulli(torch.full_like(x, 1 - p))


@wrong(
    "drop",
    say="You multiplied by 1 - p. That makes what is left smaller still; divide by it.",
)
def drop(x, p):
    return x * torch.bernoulli(torch.full_like(x, 1 - p)) * (1 - p)


@wrong(
    "drop",
    say="You tossed one coin for the whole tensor: all cells stay, or all go. Toss one for each cell.",
)
def drop(x, p):
    return x * torch.bernoulli(torch.tensor(1 - p)) / (1 - p)


@wrong(
    "drop",
    say="bernoulli wants a tensor of probabilities, one for each cell: torch.full_like(x, 1 - p).",
)
def drop(x, p):
    return x * torch.bernoulli(1 - p) / (1 - p)


@wrong(
    "drop",
    hidden="no example of ones can show that the cells of a column are lost together",
)
def drop(x, p):
    if x.dim() < 2:
        return x * torch.bernoulli(torch.full_like(x, 1 - p)) / (1 - p)
    return x * torch.bernoulli(torch.full_like(x[:1], 1 - p)) / (1 - p)


# ------------------------------------------------------ 2.12 shuffle_together


@right(
    "shuffle_together",
    way="with torch.random.fork_rng(devices=[]): seeds and draws inside, and the shared wheel is put back at the end.",
)
def shuffle_together(pictures, labels, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        order = torch.randperm(len(labels))
    return pictures[order], labels[order]


@right("shuffle_together")
def shuffle_together(pictures, labels, seed):
    mine = torch.Generator()
    mine.manual_seed(seed)
    order = torch.rand(len(labels), generator=mine).argsort()
    return pictures.index_select(0, order), labels.index_select(0, order)


@wrong(
    "shuffle_together",
    say="You drew two orders, one for the pictures and one for the labels: they part. Draw one, and use it twice.",
)
def shuffle_together(pictures, labels, seed):
    torch.manual_seed(seed)
    return pictures[torch.randperm(len(pictures))], labels[torch.randperm(len(labels))]


@wrong(
    "shuffle_together",
    say="A generator of your own, but still two orders drawn from it, one after the other. Draw one, and use it twice.",
)
def shuffle_together(pictures, labels, seed):
    mine = torch.Generator().manual_seed(seed)
    pictures = pictures[torch.randperm(len(pictures), generator=mine)]
    return pictures, labels[torch.randperm(len(labels), generator=mine)]


@wrong(
    "shuffle_together",
    say="The order is right, but manual_seed turned the wheel that everybody shares. Use a torch.Generator of your own.",
)
def shuffle_together(pictures, labels, seed):
    torch.manual_seed(seed)
    order = torch.randperm(len(labels))
    return pictures[order], labels[order]


@wrong(
    "shuffle_together",
    say="randint draws with repetition: some pictures come twice, others never. A shuffled row of all positions is randperm.",
)
def shuffle_together(pictures, labels, seed):
    mine = torch.Generator().manual_seed(seed)
    order = torch.randint(len(labels), (len(labels),), generator=mine)
    return pictures[order], labels[order]


@wrong("shuffle_together", say="The seed was never used, so nobody can repeat this order.")
def shuffle_together(pictures, labels, seed):
    order = torch.randperm(len(labels))
    return pictures[order], labels[order]


@wrong(
    "shuffle_together",
    say="You made the generator but did not set it: a new one always starts from the same place. Give it the seed.",
)
def shuffle_together(pictures, labels, seed):
    order = torch.randperm(len(labels), generator=torch.Generator())
    return pictures[order], labels[order]


# --------------------------------------------------------- 2.13 without_trace


@right(
    "without_trace",
    way="with torch.random.fork_rng(devices=[]): return draw() puts the state back for you, even when draw fails.",
)
def without_trace(draw):
    with torch.random.fork_rng(devices=[]):
        return draw()


@right("without_trace")
def without_trace(draw):
    state = torch.random.get_rng_state()
    try:
        return draw()
    finally:
        torch.random.set_rng_state(state)


@wrong(
    "without_trace",
    say="You drew, and left the wheel where it then stood. Remember its state before, and put it back.",
)
def without_trace(draw):
    return draw()


@wrong(
    "without_trace",
    say="That puts the wheel back to where it once started, not to where it stood before you drew. Use get_rng_state.",
)
def without_trace(draw):
    result = draw()
    torch.manual_seed(torch.initial_seed())
    return result


@wrong(
    "without_trace",
    say="You remembered the state after the draw: that is where the wheel stands anyway. Remember it before.",
)
def without_trace(draw):
    result = draw()
    state = torch.get_rng_state()
    torch.set_rng_state(state)
    return result


@wrong(
    "without_trace",
    say="You set a new seed before the draw, so draw drew other numbers than it would have drawn.",
)
def without_trace(draw):
    state = torch.get_rng_state()
    torch.manual_seed(0)
    result = draw()
    torch.set_rng_state(state)
    return result


@wrong(
    "without_trace",
    say="You put the state back and then drew a second time to have something to return. Keep the first result in a name.",
)
def without_trace(draw):
    state = torch.get_rng_state()
    draw()
    torch.set_rng_state(state)
    return draw()


# ---------------------------------------------------------------------- quiz

quiz(
    "q1",
    right="b",
    because={
        "a": "The _like makers take dtype and device from what you give them, not from the defaults.",
        "c": "The device is right, but the dtype is taken over as well.",
    },
)
quiz(
    "q2",
    right="a",
    because={
        "b": "The quotient is rounded up: the half step that is left has room for one more number, the 6.",
        "c": "After 6 the next would be 8, beyond the end; and the end itself is left out.",
    },
)
quiz(
    "q3",
    right="c",
    because={
        "a": "It may look so by chance. If you want zeros, say zeros.",
        "b": "It has three elements; only their values are left open.",
    },
)
quiz(
    "q4",
    right="a",
    because={
        "b": "The values take half, yes. But each of them brings 16 bytes of coordinates along.",
        "c": "The coordinates must be kept too, and they cost more than the numbers themselves.",
    },
)
quiz(
    "q5",
    right="b",
    because={
        "a": "high is left out: a 10 never comes.",
        "c": "These are fractions, and float32.",
    },
)
quiz(
    "q6",
    right="c",
    because={
        "a": "That goes back to the start of the program's draws: what came before would come again.",
        "b": "That moves the shared wheel to an unforeseeable place: everything after it changes.",
    },
)

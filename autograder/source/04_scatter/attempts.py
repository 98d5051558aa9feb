"""Attempts that test the tests of chapter 04: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import torch

from autograder.attempts import quiz, right, wrong

# ---------------------------------------------------------------- 4.1 deliver


@right("deliver", way="plain index assignment does the same when the positions are all different: row[positions] = values.")
def deliver(values, positions, size):
    row = torch.zeros(size, dtype=values.dtype)
    row[positions] = values
    return row


@right("deliver")
def deliver(values, positions, size):
    return values.new_zeros(size).scatter(0, positions, values)


@wrong("deliver", say="This is what comes out when you gather: you fetched values from the positions instead of sending them there.")
def deliver(values, positions, size):
    padded = torch.zeros(size, dtype=values.dtype)
    padded[: len(values)] = values
    row = torch.zeros(size, dtype=values.dtype)
    row[: len(positions)] = padded.gather(0, positions)
    return row


@wrong("deliver", say="scatter (without the underscore) returns a new tensor, and yours was thrown away: keep it, or use scatter_.")
def deliver(values, positions, size):
    row = torch.zeros(size, dtype=values.dtype)
    row.scatter(0, positions, values)
    return row


@wrong("deliver", say="Your street is float32 whatever the values are: give zeros the dtype of values.")
def deliver(values, positions, size):
    return torch.zeros(size).scatter_(0, positions, values.float())


@wrong("deliver", say="The street of zeros must have the dtype of the values before scatter_ accepts them.")
def deliver(values, positions, size):
    return torch.zeros(size).scatter_(0, positions, values)


@wrong("deliver", say="positions and values changed places: the second argument of scatter_ is the index, the third the src.")
def deliver(values, positions, size):
    return torch.zeros(size, dtype=values.dtype).scatter_(0, values.long() % size, positions.to(values.dtype))


# --------------------------------------------------------------- 4.2 fill_row


@right("fill_row", way="without scatter_, assign to a slice: out = torch.zeros(rows, columns); out[row] = values.")
def fill_row(rows, columns, row, values):
    out = torch.zeros(rows, columns)
    out[row] = values
    return out


@right("fill_row")
def fill_row(rows, columns, row, values):
    index = torch.zeros(1, columns, dtype=torch.int64) + row
    return torch.zeros(rows, columns).scatter(0, index, values.reshape(1, -1))


@wrong("fill_row", say="You used [[0, 1, 2, …]] as the index. Along dim 0 the index names rows, so the values went down a diagonal.")
def fill_row(rows, columns, row, values):
    out = torch.zeros(max(rows, columns), columns)
    out.scatter_(0, torch.arange(columns).unsqueeze(0), values.unsqueeze(0))
    return out[:rows]


@wrong("fill_row", say="You filled a column: row was used as the column to write to (dim=1).")
def fill_row(rows, columns, row, values):
    out = torch.zeros(rows, max(columns, row + 1))
    index = torch.full((min(rows, columns), 1), row)
    out.scatter_(1, index, values[: len(index)].unsqueeze(1))
    return out[:, :columns]


@wrong("fill_row", say="index and src are 1-D here, self is 2-D: each needs a leading dimension of size 1.")
def fill_row(rows, columns, row, values):
    return torch.zeros(rows, columns).scatter_(0, torch.full((columns,), row), values)


@wrong("fill_row", say="Your index has a single element, so only the first value was delivered: every value needs its own address.")
def fill_row(rows, columns, row, values):
    return torch.zeros(rows, columns).scatter_(0, torch.tensor([[row]]), values.unsqueeze(0))


# -------------------------------------------------------- 4.3 scatter_by_hand


@right("scatter_by_hand", way="torch.scatter(target, dim, index, src) is this very function, written in C++.")
def scatter_by_hand(target, dim, index, src):
    return torch.scatter(target, dim, index, src)


@right("scatter_by_hand")
def scatter_by_hand(target, dim, index, src):
    out = target.clone()
    for i, row in enumerate(index.tolist()):
        for j, where in enumerate(row):
            place = (where, j) if dim == 0 else (i, where)
            out[place] = src[i][j]
    return out


@wrong("scatter_by_hand", say="Your loops write into target itself, which belongs to the caller: start from target.clone().")
def scatter_by_hand(target, dim, index, src):
    for i in range(index.shape[0]):
        for j in range(index.shape[1]):
            if dim == 0:
                target[index[i, j], j] = src[i, j]
            else:
                target[i, index[i, j]] = src[i, j]
    return target


@wrong("scatter_by_hand", say="dim 0 and dim 1 changed places: along dim 0 the row is looked up, along dim 1 the column.")
def scatter_by_hand(target, dim, index, src):
    out = target.clone()
    for i in range(index.shape[0]):
        for j in range(index.shape[1]):
            if dim == 1:
                out[index[i, j] % out.shape[0], j] = src[i, j]
            else:
                out[i, index[i, j] % out.shape[1]] = src[i, j]
    return out


@wrong("scatter_by_hand", say="You read where you should write: out[i, j] = src[index…] is gather, not scatter.")
def scatter_by_hand(target, dim, index, src):
    out = target.clone()
    for i in range(index.shape[0]):
        for j in range(index.shape[1]):
            if dim == 0:
                out[i, j] = src[index[i, j] % src.shape[0], j]
            else:
                out[i, j] = src[i, index[i, j] % src.shape[1]]
    return out


@wrong("scatter_by_hand", say="Your loops run over src. They must run over index: where src is larger, the rest of it has no address.")
def scatter_by_hand(target, dim, index, src):
    out = target.clone()
    for i in range(src.shape[0]):
        for j in range(src.shape[1]):
            if dim == 0:
                out[index[i, j], j] = src[i, j]
            else:
                out[i, index[i, j]] = src[i, j]
    return out


# ------------------------------------------------------------------- 4.4 fits


@right("fits", way="all(...) over zip(self_shape, index_shape, src_shape) says the two limits in one line.")
def fits(self_shape, dim, index_shape, src_shape):
    if len({len(self_shape), len(index_shape), len(src_shape)}) != 1:
        return False
    return all(
        i <= s and (d == dim or i <= t) for d, (t, i, s) in enumerate(zip(self_shape, index_shape, src_shape, strict=True))
    )


@right("fits")
def fits(self_shape, dim, index_shape, src_shape):
    try:
        torch.zeros(self_shape).scatter_(dim, torch.zeros(index_shape, dtype=torch.int64), torch.zeros(src_shape))
    except (RuntimeError, IndexError):
        return False
    return True


@wrong("fits", say="You hold index to self along dim too. There index may be longer: several values may go to one place.")
def fits(self_shape, dim, index_shape, src_shape):
    if not len(self_shape) == len(index_shape) == len(src_shape):
        return False
    return all(i <= s and i <= t for t, i, s in zip(self_shape, index_shape, src_shape, strict=True))


@wrong("fits", say="You ask index and src for the same shape. index may be smaller: the rest of src is simply not read.")
def fits(self_shape, dim, index_shape, src_shape):
    if len(self_shape) != len(index_shape) or index_shape != src_shape:
        return False
    return all(d == dim or i <= t for d, (t, i) in enumerate(zip(self_shape, index_shape, strict=True)))


@wrong("fits", say="src was not looked at: every address needs a letter, so index may not be larger than src anywhere.")
def fits(self_shape, dim, index_shape, src_shape):
    if not len(self_shape) == len(index_shape) == len(src_shape):
        return False
    return all(d == dim or i <= t for d, (t, i) in enumerate(zip(self_shape, index_shape, strict=True)))


@wrong("fits", say="The limit by self is missing: the coordinate that stays must exist in self.")
def fits(self_shape, dim, index_shape, src_shape):
    return len(self_shape) == len(index_shape) == len(src_shape) and all(
        i <= s for i, s in zip(index_shape, src_shape, strict=True)
    )


@wrong("fits", say="The number of dimensions was not compared: zip stops at the shortest shape and hides it.")
def fits(self_shape, dim, index_shape, src_shape):
    return all(
        i <= s and (d == dim or i <= t) for d, (t, i, s) in enumerate(zip(self_shape, index_shape, src_shape, strict=False))
    )


# ---------------------------------------------------------------- 4.5 one_hot


@right("one_hot", way="torch.nn.functional.one_hot(labels, classes).float(), or rows of an identity matrix: torch.eye(classes)[labels].")
def one_hot(labels, classes):
    return torch.eye(classes)[labels]


@right("one_hot")
def one_hot(labels, classes):
    return torch.nn.functional.one_hot(labels, classes).to(torch.float32)


@right("one_hot")
def one_hot(labels, classes):
    return (labels[:, None] == torch.arange(classes)).float()


@wrong("one_hot", say="You scattered along dim 0: the label chose the row. It should choose the column, dim 1.")
def one_hot(labels, classes):
    size = max(len(labels), classes)
    out = torch.zeros(size, size)
    out.scatter_(0, labels.unsqueeze(0), 1.0)
    return out[: len(labels), :classes]


@wrong("one_hot", say="You built it with one column for each label: classes down, labels across.")
def one_hot(labels, classes):
    return torch.zeros(classes, len(labels)).scatter_(0, labels.unsqueeze(0), 1.0)


@wrong("one_hot", say="nn.functional.one_hot gives whole numbers (int64); a network multiplies floats.")
def one_hot(labels, classes):
    return torch.nn.functional.one_hot(labels, classes)


@wrong("one_hot", say="labels.unsqueeze(0) is one row of labels, so all of them marked row 0. unsqueeze(1) gives one label to each row.")
def one_hot(labels, classes):
    return torch.zeros(len(labels), classes).scatter_(1, labels.unsqueeze(0), 1.0)


@wrong("one_hot", say="The label itself was written instead of a 1.")
def one_hot(labels, classes):
    return torch.zeros(len(labels), classes).scatter_(1, labels.unsqueeze(1), labels.unsqueeze(1).float())


@wrong("one_hot", say="The number of columns comes from the largest label seen; a class that happens to be absent gets lost.")
def one_hot(labels, classes):
    out = torch.zeros(len(labels), int(labels.max()) + 1)
    return out.scatter_(1, labels.unsqueeze(1), 1.0)


# ----------------------------------------------------------------- 4.6 marked


@right("marked", way="clone first, then assign at paired indexes: out[torch.arange(len(out)), columns] = value.")
def marked(board, columns, value):
    out = board.clone()
    out[torch.arange(len(board)), columns] = value
    return out


@right("marked")
def marked(board, columns, value):
    return board.clone().scatter_(1, columns[:, None], value)


@wrong("marked", say="scatter_ with the underscore wrote on the board itself.")
def marked(board, columns, value):
    return board.scatter_(1, columns.unsqueeze(1), value)


@wrong("marked", say="board[:, columns] takes whole columns: every row was marked at every listed column.")
def marked(board, columns, value):
    out = board.clone()
    out[:, columns] = value
    return out


@wrong("marked", say="You returned the untouched copy: scatter gives a new tensor, and it was dropped.")
def marked(board, columns, value):
    out = board.clone()
    out.scatter(1, columns.unsqueeze(1), value)
    return out


@wrong("marked", say="All marks went into row 0: the index needs one row for each row of the board, unsqueeze(1) and not unsqueeze(0).")
def marked(board, columns, value):
    out = board.clone()
    out[0, columns] = value
    return out


# ------------------------------------------------------------ 4.7 class_masks


@right("class_masks", way="compare instead: (picture == torch.arange(classes)[:, None, None]).float(), which broadcasts.")
def class_masks(picture, classes):
    return (picture == torch.arange(classes)[:, None, None]).float()


@right("class_masks")
def class_masks(picture, classes):
    return torch.nn.functional.one_hot(picture, classes).permute(2, 0, 1).float()


@wrong("class_masks", say="The class stands last, as one_hot leaves it. Networks want (classes, height, width).")
def class_masks(picture, classes):
    return torch.nn.functional.one_hot(picture, classes).float()


@wrong("class_masks", say="reshape does not move a dimension, it only re-cuts the same row of numbers; permute moves it.")
def class_masks(picture, classes):
    return torch.nn.functional.one_hot(picture, classes).float().reshape(classes, *picture.shape)


@wrong("class_masks", say="The picture has two dimensions and the masks three: give the index a first one with unsqueeze(0).")
def class_masks(picture, classes):
    return torch.zeros(classes, *picture.shape).scatter_(0, picture, 1.0)


@wrong("class_masks", say="These masks are bool; a network calculates with float32.")
def class_masks(picture, classes):
    return torch.stack([picture == k for k in range(classes)])


# ------------------------------------------------------------ 4.8 count_votes


@right("count_votes", way="torch.bincount(votes, minlength=candidates) counts whole numbers.")
def count_votes(votes, candidates):
    return torch.bincount(votes, minlength=candidates)


@right("count_votes")
def count_votes(votes, candidates):
    return torch.nn.functional.one_hot(votes, candidates).sum(dim=0)


@wrong("count_votes", say="scatter_ without add: the ones overwrote each other, so nobody has more than one vote.")
def count_votes(votes, candidates):
    return torch.zeros(candidates, dtype=torch.int64).scatter_(0, votes, torch.ones_like(votes))


@wrong("count_votes", say="bincount without minlength forgets the candidates after the last one who got a vote.")
def count_votes(votes, candidates):
    return torch.bincount(votes)


@wrong("count_votes", say="You added up the candidates' numbers: the letters must be ones, not the votes themselves.")
def count_votes(votes, candidates):
    return torch.zeros(candidates, dtype=torch.int64).scatter_add_(0, votes, votes)


@wrong("count_votes", say="Indexing with += counts each candidate once: the additions are not repeated for repeated indexes.")
def count_votes(votes, candidates):
    counts = torch.zeros(candidates, dtype=torch.int64)
    counts[votes] += 1
    return counts


@wrong("count_votes", say="The counts are float32; votes are whole numbers.")
def count_votes(votes, candidates):
    return torch.zeros(candidates).scatter_add_(0, votes, torch.ones(len(votes)))


# ---------------------------------------------------------------- 4.9 coldest


@right("coldest", way="zeros with include_self=False, then masked_fill for the groups that got no day, says the same more laboriously.")
def coldest(temperatures, groups, number):
    out = torch.zeros(number).scatter_reduce_(0, groups, temperatures, reduce="amin", include_self=False)
    empty = torch.bincount(groups, minlength=number) == 0
    return out.masked_fill(empty, torch.inf)


@right("coldest")
def coldest(temperatures, groups, number):
    out = torch.full((number,), float("inf"))
    for t, g in zip(temperatures.tolist(), groups.tolist(), strict=True):
        out[g] = min(out[g].item(), t)
    return out


@wrong("coldest", say="Your boxes started at 0, and 0 took part in the minimum: no month could be warmer than 0. Start from inf.")
def coldest(temperatures, groups, number):
    return torch.zeros(number).scatter_reduce_(0, groups, temperatures, reduce="amin")


@wrong("coldest", say="You took the largest, amax; the coldest is the smallest, amin.")
def coldest(temperatures, groups, number):
    out = torch.full((number,), -torch.inf).scatter_reduce_(0, groups, temperatures, reduce="amax")
    return out.masked_fill(out == -torch.inf, torch.inf)


@wrong("coldest", say="A group without days shows 0: with include_self=False an empty box keeps what it held. Let it hold inf.")
def coldest(temperatures, groups, number):
    return torch.zeros(number).scatter_reduce_(0, groups, temperatures, reduce="amin", include_self=False)


@wrong("coldest", say="Plain scatter_ leaves whichever day was written last, not the coldest.")
def coldest(temperatures, groups, number):
    out = torch.full((number,), torch.inf)
    for t, g in zip(temperatures.tolist(), groups.tolist(), strict=True):
        out[g] = t
    return out


# ----------------------------------------------------------- 4.10 group_means


@right("group_means", way="a one-hot matrix times the values sums by group: one_hot(groups).T @ values, then divide by the counts.")
def group_means(values, groups, number):
    member = torch.nn.functional.one_hot(groups, number).float()
    return (member.t() @ values) / member.sum(dim=0).clamp(min=1).unsqueeze(1)


@right("group_means")
def group_means(values, groups, number):
    index = groups.unsqueeze(1).expand_as(values)
    return torch.zeros(number, values.shape[1]).scatter_reduce_(0, index, values, reduce="mean", include_self=False)


@wrong("group_means", say="An empty group was divided by a count of 0, which is NaN: clamp the counts to at least 1.")
def group_means(values, groups, number):
    index = groups.unsqueeze(1).expand_as(values)
    sums = torch.zeros(number, values.shape[1]).scatter_add_(0, index, values)
    return sums / torch.bincount(groups, minlength=number).unsqueeze(1)


@wrong("group_means", say="These are the sums: the division by the number of rows in each group is missing.")
def group_means(values, groups, number):
    index = groups.unsqueeze(1).expand_as(values)
    return torch.zeros(number, values.shape[1]).scatter_add_(0, index, values)


@wrong("group_means", say="The zeros you started from were counted as one more row: include_self=False leaves them out.")
def group_means(values, groups, number):
    index = groups.unsqueeze(1).expand_as(values)
    return torch.zeros(number, values.shape[1]).scatter_reduce_(0, index, values, reduce="mean")


@wrong("group_means", say="index must cover every cell. groups.unsqueeze(1) has one column, so only the first feature was summed: expand it.")
def group_means(values, groups, number):
    sums = torch.zeros(number, values.shape[1]).scatter_add_(0, groups.unsqueeze(1), values)
    return sums / torch.bincount(groups, minlength=number).clamp(min=1).unsqueeze(1)


@wrong("group_means", say="groups is 1-D and values 2-D: scatter_add_ does not broadcast, the index needs the shape of values.")
def group_means(values, groups, number):
    sums = torch.zeros(number, values.shape[1]).scatter_add_(0, groups, values)
    return sums / torch.bincount(groups, minlength=number).clamp(min=1).unsqueeze(1)


# ---------------------------------------------------------- 4.11 right_scores


@right("right_scores", way="pair the indexes: scores[torch.arange(len(labels)), labels].")
def right_scores(scores, labels):
    return scores[torch.arange(len(labels)), labels]


@right("right_scores")
def right_scores(scores, labels):
    return torch.take_along_dim(scores, labels[:, None], dim=1)[:, 0]


@wrong("right_scores", say="scores[:, labels] takes those columns for every row: a table of all pairs.")
def right_scores(scores, labels):
    return scores[:, labels]


@wrong("right_scores", say="gather keeps the index's shape, (n, 1): one squeeze(1) is missing.")
def right_scores(scores, labels):
    return scores.gather(1, labels.unsqueeze(1))


@wrong("right_scores", say="This is each row's largest score, not the score of its label.")
def right_scores(scores, labels):
    return scores.max(dim=1).values


@wrong("right_scores", say="labels is 1-D and scores 2-D: gather wants the same number of dimensions, so unsqueeze(1).")
def right_scores(scores, labels):
    return scores.gather(1, labels)


@wrong("right_scores", say="squeeze() without a dim also removed the row dimension when there was a single row.")
def right_scores(scores, labels):
    return scores.gather(1, labels.unsqueeze(1)).squeeze()


# ------------------------------------------------------------- 4.12 unshuffle


@right("unshuffle", way="sort the order to find each row's way home: shuffled[order.argsort()].")
def unshuffle(shuffled, order):
    return shuffled[order.argsort()]


@right("unshuffle")
def unshuffle(shuffled, order):
    out = torch.empty_like(shuffled)
    out[order] = shuffled
    return out


@wrong("unshuffle", say="shuffled[order] shuffles a second time with the same order; it does not undo the first.")
def unshuffle(shuffled, order):
    return shuffled[order]


@wrong("unshuffle", say="gather fetches from order[i], which shuffles once more; the rows must be sent to order[i].")
def unshuffle(shuffled, order):
    return shuffled.gather(0, order.unsqueeze(1).expand_as(shuffled)) + 0


@wrong("unshuffle", say="Sorting the rows only looks right when the values happen to be in order.")
def unshuffle(shuffled, order):
    return shuffled.sort(dim=0, descending=True).values


@wrong("unshuffle", say="The index covers the first column only, so the others were never written: expand it to the width of the rows.")
def unshuffle(shuffled, order):
    return torch.zeros_like(shuffled).scatter_(0, order.unsqueeze(1), shuffled)


# --------------------------------------------------------- 4.13 smooth_labels


@right("smooth_labels", way="mix two tables: one_hot * (1 - eps) + eps / classes.")
def smooth_labels(labels, classes, eps):
    return torch.eye(classes)[labels] * (1 - eps) + eps / classes


@right("smooth_labels")
def smooth_labels(labels, classes, eps):
    out = torch.full((len(labels), classes), eps / classes)
    return out.scatter_add_(1, labels.unsqueeze(1), torch.full((len(labels), 1), 1 - eps))


@wrong("smooth_labels", say="The true class got 1 - eps only; its own share eps / classes is missing, so the rows do not sum to 1.")
def smooth_labels(labels, classes, eps):
    return torch.full((len(labels), classes), eps / classes).scatter_(1, labels.unsqueeze(1), 1 - eps)


@wrong("smooth_labels", say="You shared eps among the other classes only, eps / (classes - 1); here all classes share it.")
def smooth_labels(labels, classes, eps):
    return torch.full((len(labels), classes), eps / (classes - 1)).scatter_(1, labels.unsqueeze(1), 1 - eps)


@wrong("smooth_labels", say="Every wrong class got the whole eps: it must be divided by the number of classes.")
def smooth_labels(labels, classes, eps):
    return torch.full((len(labels), classes), eps).scatter_(1, labels.unsqueeze(1), 1 - eps)


@wrong("smooth_labels", say="These labels are still hard: eps was not used.")
def smooth_labels(labels, classes, eps):
    return torch.eye(classes)[labels]


# ------------------------------------------------------------- 4.14 keep_best


@right("keep_best", way="make a bool mask with scatter_ and use it: scores.masked_fill(~mask, -torch.inf).")
def keep_best(scores, k):
    mask = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, scores.topk(k, dim=1).indices, True)
    return scores.masked_fill(~mask, -torch.inf)


@right("keep_best")
def keep_best(scores, k):
    places = scores.argsort(dim=1, descending=True)[:, k:]
    return scores.scatter(1, places, float("-inf"))


@wrong("keep_best", say="The others are 0, not -inf. Softmax of 0 is no probability 0.")
def keep_best(scores, k):
    values, places = scores.topk(k, dim=1)
    return torch.zeros_like(scores).scatter_(1, places, values)


@wrong("keep_best", say="A threshold at the k-th best keeps every equal score: with ties more than k stay.")
def keep_best(scores, k):
    if k == 0:
        return torch.full_like(scores, -torch.inf)
    limit = scores.topk(k, dim=1).values[:, -1:]
    return scores.masked_fill(scores < limit, -torch.inf)


@wrong("keep_best", say="topk's values stand in order of size; you put them into the first k columns instead of back at their places.")
def keep_best(scores, k):
    out = torch.full_like(scores, -torch.inf)
    out[:, :k] = scores.topk(k, dim=1).values
    return out


@wrong("keep_best", say="The best were taken over the whole table, not in each row.")
def keep_best(scores, k):
    out = torch.full_like(scores, -torch.inf).flatten()
    values, places = scores.flatten().topk(k)
    return out.scatter_(0, places, values).reshape(scores.shape)


@wrong("keep_best", say="The mask is upside down: the best are gone and the others stayed.")
def keep_best(scores, k):
    return scores.scatter(1, scores.topk(k, dim=1).indices, -torch.inf)


# --------------------------------------------------------- 4.15 pass_messages


@right("pass_messages", way="index_add needs no expanded index: torch.zeros_like(features).index_add(0, receivers, features[senders]).")
def pass_messages(features, edges):
    return torch.zeros_like(features).index_add(0, edges[1], features[edges[0]])


@right("pass_messages")
def pass_messages(features, edges):
    nodes = features.shape[0]
    adjacency = torch.zeros(nodes, nodes)
    adjacency.index_put_((edges[1], edges[0]), torch.ones(edges.shape[1]), accumulate=True)
    return adjacency @ features


@wrong("pass_messages", say="Senders and receivers changed places: row 0 of edges sends, row 1 receives.")
def pass_messages(features, edges):
    messages = features[edges[1]]
    return torch.zeros_like(features).scatter_add(0, edges[0].unsqueeze(1).expand_as(messages), messages)


@wrong("pass_messages", say="scatter without add: of several messages to one node only one stayed.")
def pass_messages(features, edges):
    messages = features[edges[0]]
    return torch.zeros_like(features).scatter(0, edges[1].unsqueeze(1).expand_as(messages), messages)


@wrong("pass_messages", say="You added to the features: everyone kept their own. The sum of what arrives starts from zeros.")
def pass_messages(features, edges):
    messages = features[edges[0]]
    return features.scatter_add(0, edges[1].unsqueeze(1).expand_as(messages), messages)


@wrong("pass_messages", say="The loop over .item() computes the right numbers but cuts the graph: no gradient flows back.")
def pass_messages(features, edges):
    out = torch.zeros(features.shape)
    for a, b in edges.t().tolist():
        for j in range(features.shape[1]):
            out[b, j] += features[a, j].item()
    return out


@wrong("pass_messages", say="out[receivers] += … adds once for each receiver, however often it stands in the list.")
def pass_messages(features, edges):
    out = torch.zeros_like(features)
    out[edges[1]] += features[edges[0]]
    return out


# ----------------------------------------------------------------------- quiz

quiz("q1", right="a", because={
    "b": "Row i keeps its row. The index of row 0 is 2, so the 9 lands in column 2 of row 0.",
    "c": "index may be smaller than self; only the cells that it names are written.",
})
quiz("q2", right="b", because={
    "a": "dim 0 is the row. The column is the coordinate that stays.",
    "c": "Exactly one coordinate is replaced; the index has only one number for each element.",
})
quiz("q3", right="c", because={
    "a": "Along dim 1, which is not dim, index may be no larger than self: 3 > 2.",
    "b": "index may be no larger than src anywhere: 5 > 4.",
})
quiz("q4", right="b", because={
    "a": "That is scatter_add_.",
    "c": "It often looks so on a CPU, but torch does not promise an order, and on a GPU there is none.",
})
quiz("q5", right="a", because={
    "b": "Without the underscore the change is in a new tensor only.",
    "c": "scatter_ would return x itself; scatter returns a new tensor.",
})

"""Attempts that test the tests of chapter 00: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import inspect
from pathlib import Path

import torch

from autograder.attempts import quiz, right, wrong

# ---------------------------------------------------------- 0.1 guessed_right


@right(
    "guessed_right",
    way="(guesses == labels).sum().item() / len(labels): count the right ones, and divide.",
)
def guessed_right(guesses, labels):
    return (guesses == labels).sum().item() / len(labels)


@right("guessed_right")
def guessed_right(guesses, labels):
    right = [g == t for g, t in zip(guesses.tolist(), labels.tolist(), strict=True)]
    return sum(right) / len(right)


@wrong(
    "guessed_right",
    say="The first mistake on purpose, well made: the share was calculated and then dropped. Put return before it.",
)
def guessed_right(guesses, labels):
    (guesses == labels).float().mean()


@wrong(
    "guessed_right",
    say="The second mistake on purpose: a tensor with one number is still a tensor. Put .item() at the end.",
)
def guessed_right(guesses, labels):
    return (guesses == labels).float().mean()


@wrong(
    "guessed_right",
    say="print shows the number and gives nothing back. Write return in its place.",
)
def guessed_right(guesses, labels):
    print((guesses == labels).float().mean().item())


@wrong(
    "guessed_right",
    say="This counts the right ones. For the share take mean in place of sum.",
)
def guessed_right(guesses, labels):
    return (guesses == labels).float().sum().item()


@wrong(
    "guessed_right",
    say="This is the share of wrong guesses: == asks whether they are equal, != whether they differ.",
)
def guessed_right(guesses, labels):
    return (guesses != labels).float().mean().item()


@wrong(
    "guessed_right",
    say="A mean of True and False is not defined: .float() makes 1 and 0 of them first.",
)
def guessed_right(guesses, labels):
    return (guesses == labels).mean().item()


@wrong("guessed_right", say="You gave per cent; the share goes from 0 to 1.")
def guessed_right(guesses, labels):
    return 100 * (guesses == labels).float().mean().item()


# ------------------------------------------------------------- 0.2 where_from


@right(
    "where_from",
    way='Path(file).parts is a tuple of all folders on the way: join those from torch on with "/".',
)
def where_from(thing):
    try:
        file = inspect.getsourcefile(thing)
    except TypeError:
        file = None
    if not file:
        return None
    parts = Path(file).parts
    first = len(Path(torch.__file__).parent.parts) - 1
    return "/".join(parts[first:])


@right("where_from")
def where_from(thing):
    try:
        return (
            Path(inspect.getsourcefile(thing))
            .relative_to(Path(torch.__file__).parents[1])
            .as_posix()
        )
    except TypeError:
        return None


@wrong(
    "where_from",
    say="TypeError is inspect's way to say “compiled”: catch it with try and except TypeError, and return None.",
)
def where_from(thing):
    file = inspect.getsourcefile(thing)
    if file is None:
        return None
    return Path(file).relative_to(Path(torch.__file__).parent.parent).as_posix()


@wrong(
    "where_from",
    say="For a compiled class getsourcefile raises nothing and returns None, and there is no path of None. Ask for that too.",
)
def where_from(thing):
    try:
        file = inspect.getsourcefile(thing)
    except TypeError:
        return None
    return Path(file).relative_to(Path(torch.__file__).parent.parent).as_posix()


@wrong(
    "where_from",
    say="__module__ says where a thing belongs, and that need not be a file of this name: a package's code is in its __init__.py. Ask inspect.",
)
def where_from(thing):
    module = thing.__module__
    if module is None or module.startswith("torch._C"):
        return None
    return module.replace(".", "/") + ".py"


@wrong("where_from", say="This is only the file's name; keep the folders from torch on.")
def where_from(thing):
    try:
        file = inspect.getsourcefile(thing)
    except TypeError:
        return None
    return None if file is None else Path(file).name


@wrong(
    "where_from",
    say="The front is cut off one folder too late: the path should begin with torch/. Cut at the folder that torch lies in.",
)
def where_from(thing):
    try:
        file = inspect.getsourcefile(thing)
    except TypeError:
        return None
    return (
        None
        if file is None
        else Path(file).relative_to(Path(torch.__file__).parent).as_posix()
    )


@wrong(
    "where_from", say="For compiled code None itself was asked for, not a word about it."
)
def where_from(thing):
    try:
        file = inspect.getsourcefile(thing)
    except TypeError:
        return "compiled"
    return (
        "compiled"
        if file is None
        else Path(file).relative_to(Path(torch.__file__).parent.parent).as_posix()
    )


# ----------------------------------------------------------- 0.3 folder_sizes


@right(
    "folder_sizes",
    way="collections.Counter adds by itself: sums[folder] += size, and sums.most_common() is sorted already.",
)
def folder_sizes(files):
    from collections import Counter

    sums = Counter()
    for path, size in files:
        sums[path.split("/")[0] if "/" in path else "."] += size
    return sums.most_common()


@right("folder_sizes")
def folder_sizes(files):
    def top(path):
        return Path(path).parts[0] if len(Path(path).parts) > 1 else "."

    folders = {top(path) for path, _ in files}
    pairs = [
        (folder, sum(size for path, size in files if top(path) == folder))
        for folder in folders
    ]
    pairs.sort(key=lambda pair: -pair[1])
    return pairs


@wrong(
    "folder_sizes",
    say="Each file replaces what its folder had before. Add to it: sums[folder] = sums.get(folder, 0) + size.",
)
def folder_sizes(files):
    sums = {}
    for path, size in files:
        sums[path.split("/")[0] if "/" in path else "."] = size
    return sorted(sums.items(), key=lambda pair: pair[1], reverse=True)


@wrong(
    "folder_sizes", say='Files at the top lie in no folder: they count together under ".".'
)
def folder_sizes(files):
    sums = {}
    for path, size in files:
        folder = path.split("/")[0]
        sums[folder] = sums.get(folder, 0) + size
    return sorted(sums.items(), key=lambda pair: pair[1], reverse=True)


@wrong(
    "folder_sizes",
    say="You took the folder that the file lies in, however deep. Take the first part of the path.",
)
def folder_sizes(files):
    sums = {}
    for path, size in files:
        folder = path.rpartition("/")[0] or "."
        sums[folder] = sums.get(folder, 0) + size
    return sorted(sums.items(), key=lambda pair: pair[1], reverse=True)


@wrong(
    "folder_sizes",
    say="The smallest comes first in your list: reverse=True turns it round.",
)
def folder_sizes(files):
    sums = {}
    for path, size in files:
        folder = path.split("/")[0] if "/" in path else "."
        sums[folder] = sums.get(folder, 0) + size
    return sorted(sums.items(), key=lambda pair: pair[1])


@wrong("folder_sizes", say="You counted files. Add up their bytes.")
def folder_sizes(files):
    sums = {}
    for path, _ in files:
        folder = path.split("/")[0] if "/" in path else "."
        sums[folder] = sums.get(folder, 0) + 1
    return sorted(sums.items(), key=lambda pair: pair[1], reverse=True)


@wrong(
    "folder_sizes",
    say="You returned the dict. Its pairs were asked for, sorted: sorted(sums.items(), …).",
)
def folder_sizes(files):
    sums = {}
    for path, size in files:
        folder = path.split("/")[0] if "/" in path else "."
        sums[folder] = sums.get(folder, 0) + size
    return sums


@wrong(
    "folder_sizes",
    say='The files that lie in no folder are left out; they count under ".".',
)
def folder_sizes(files):
    sums = {}
    for path, size in files:
        if "/" in path:
            folder = path.split("/")[0]
            sums[folder] = sums.get(folder, 0) + size
    return sorted(sums.items(), key=lambda pair: pair[1], reverse=True)


# ------------------------------------------------------------ 0.4 box_overlap


@right(
    "box_overlap",
    way="if width or height comes out negative, return 0.0 at once; the rest then needs no max(0, …).",
)
def box_overlap(one, other):
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    if right <= left or bottom <= top:
        return 0.0
    both = (right - left) * (bottom - top)
    area_one = (one[2] - one[0]) * (one[3] - one[1])
    area_other = (other[2] - other[0]) * (other[3] - other[1])
    return both / (area_one + area_other - both)


@right("box_overlap")
def box_overlap(one, other):
    boxes = torch.tensor([one, other], dtype=torch.float64)
    size = (boxes[:, 2:].amin(0) - boxes[:, :2].amax(0)).clamp(min=0)
    both = size.prod()
    return (both / ((boxes[:, 2:] - boxes[:, :2]).prod(1).sum() - both)).item()


@wrong(
    "box_overlap",
    say="For boxes apart, width and height are both negative, and minus times minus is plus: they seem to share something. Take max(0, …) of each.",
)
def box_overlap(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = width * height
    area_one = (one[2] - one[0]) * (one[3] - one[1])
    area_other = (other[2] - other[0]) * (other[3] - other[1])
    return both / (area_one + area_other - both)


@wrong(
    "box_overlap",
    say="The two areas together count the shared part twice: subtract it once.",
)
def box_overlap(one, other):
    width = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    area_one = (one[2] - one[0]) * (one[3] - one[1])
    area_other = (other[2] - other[0]) * (other[3] - other[1])
    return width * height / (area_one + area_other)


@wrong(
    "box_overlap",
    say="You divided by the smaller box: then a box inside another is “perfect”, however small. Divide by what at least one covers.",
)
def box_overlap(one, other):
    width = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    area_one = (one[2] - one[0]) * (one[3] - one[1])
    area_other = (other[2] - other[0]) * (other[3] - other[1])
    return width * height / min(area_one, area_other)


@wrong(
    "box_overlap",
    say="You divided by the area of one box; the other has a part of its own too.",
)
def box_overlap(one, other):
    width = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    return width * height / ((one[2] - one[0]) * (one[3] - one[1]))


@wrong(
    "box_overlap",
    say="You read the numbers as left, top, width, height. The last two are the right side and the bottom.",
)
def box_overlap(one, other):
    width = max(0, min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0]))
    height = max(0, min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1]))
    both = width * height
    return both / (one[2] * one[3] + other[2] * other[3] - both)


@wrong(
    "box_overlap",
    say="This is only the shared area; divide it by what at least one covers.",
)
def box_overlap(one, other):
    width = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    return float(width * height)


@wrong(
    "box_overlap",
    say="max and min changed places: the shared box begins at the larger left side and ends at the smaller right side.",
)
def box_overlap(one, other):
    width = max(0, max(one[2], other[2]) - min(one[0], other[0]))
    height = max(0, max(one[3], other[3]) - min(one[1], other[1]))
    both = width * height
    area_one = (one[2] - one[0]) * (one[3] - one[1])
    area_other = (other[2] - other[0]) * (other[3] - other[1])
    return both / (area_one + area_other)


# ------------------------------------------------------------ 0.5 ask_network


@right(
    "ask_network",
    way="picture.reshape(1, 64).float() / 16 is a batch of one picture; then .argmax(dim=1).item() fits too.",
)
def ask_network(network, picture):
    with torch.no_grad():
        scores = network(picture.reshape(1, 64).float() / 16)
    return scores.argmax(dim=1).item()


@right("ask_network")
def ask_network(network, picture):
    scores = network(picture.flatten().div(16)).tolist()
    return max(range(10), key=lambda digit: scores[digit])


@wrong(
    "ask_network",
    say="The network never saw numbers up to 16: it learned with ink from 0 to 1. No error tells you that; divide by 16.",
)
def ask_network(network, picture):
    return network(picture.flatten().float()).argmax().item()


@wrong(
    "ask_network",
    say="The picture is still 8 rows of 8. The network takes one row of 64: .flatten().",
)
def ask_network(network, picture):
    return network(picture / 16).argmax().item()


@wrong(
    "ask_network",
    say="The ink is still uint8, and a layer calculates with floats. Dividing by 16 makes floats of it.",
)
def ask_network(network, picture):
    return network(picture.flatten()).argmax().item()


@wrong(
    "ask_network",
    say="One row gives ten scores and no dim 1. argmax() without dim finds the place of the largest.",
)
def ask_network(network, picture):
    return network(picture.flatten() / 16).argmax(dim=1).item()


@wrong("ask_network", say="The digit is still in its tensor: .item() takes it out.")
def ask_network(network, picture):
    return network(picture.flatten() / 16).argmax()


@wrong(
    "ask_network",
    say="This is the largest score. The digit is the place where it stands: argmax.",
)
def ask_network(network, picture):
    return network(picture.flatten() / 16).max().item()


@wrong(
    "ask_network",
    say="// throws away what is behind the point: every pixel that is not quite black becomes white. Divide with /.",
)
def ask_network(network, picture):
    return network((picture.flatten() // 16).float()).argmax().item()


@wrong(
    "ask_network",
    say="Dividing by 255 is right for pixels up to 255. The ink here goes up to 16.",
)
def ask_network(network, picture):
    return network(picture.flatten() / 255).argmax().item()


# -------------------------------------------------------------- 0.6 run_cycle


@right(
    "run_cycle",
    way="while len(losses) < most: the list itself counts the rounds; return it at once when its last loss is low enough.",
)
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    losses = []
    while len(losses) < most:
        optimizer.zero_grad()
        loss = measure(model(inputs), target)
        losses.append(loss.item())
        if loss < enough:
            return losses
        loss.backward()
        optimizer.step()
    return losses


@right("run_cycle")
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    def one_round():
        prediction = model(inputs)
        loss = measure(prediction, target)
        if loss.item() >= enough:
            model.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.item()

    losses = [one_round()]
    while losses[-1] >= enough and len(losses) < most:
        losses.append(one_round())
    return losses


@wrong(
    "run_cycle",
    say="Nobody forgets the old slopes: they add up, and the steps get too long. optimizer.zero_grad() is missing.",
)
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    losses = []
    for _ in range(most):
        loss = measure(model(inputs), target)
        losses.append(loss.item())
        if losses[-1] < enough:
            break
        loss.backward()
        optimizer.step()
    return losses


@wrong(
    "run_cycle",
    say="The loss that was low enough is missing at the end: write it down before you stop.",
)
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    losses = []
    for _ in range(most):
        loss = measure(model(inputs), target)
        if loss.item() < enough:
            break
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


@wrong(
    "run_cycle",
    say="The slopes are there, but nobody shifts the weights: optimizer.step() is missing, and every loss is the same.",
)
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    losses = []
    for _ in range(most):
        loss = measure(model(inputs), target)
        losses.append(loss.item())
        if losses[-1] < enough:
            break
        optimizer.zero_grad()
        loss.backward()
    return losses


@wrong(
    "run_cycle",
    say="You never ask whether the loss is low enough: the cycle always goes round to the last.",
)
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    losses = []
    for _ in range(most):
        loss = measure(model(inputs), target)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


@wrong(
    "run_cycle",
    say="You wrote down tensors. loss.item() is the number, and lets the graph go.",
)
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    losses = []
    for _ in range(most):
        loss = measure(model(inputs), target)
        losses.append(loss)
        if loss.item() < enough:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


@wrong(
    "run_cycle",
    say="Your zero_grad stands between backward and step: the slopes are gone before anybody used them.",
)
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    losses = []
    for _ in range(most):
        loss = measure(model(inputs), target)
        losses.append(loss.item())
        if losses[-1] < enough:
            break
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
    return losses


@wrong(
    "run_cycle",
    say="It returns after the first round: the return stands inside the loop. Move it to the left, behind the loop.",
)
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    losses = []
    for _ in range(most):
        loss = measure(model(inputs), target)
        losses.append(loss.item())
        if losses[-1] < enough:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return losses


@wrong(
    "run_cycle",
    say="Your loop makes one step too many: it asks whether the loss is low enough only after the weights have moved. Ask before the step.",
)
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    losses = []
    for _ in range(most):
        loss = measure(model(inputs), target)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if losses[-1] < enough:
            break
    return losses


@wrong(
    "run_cycle",
    say="You stop at a loss that equals enough. It has to be below: <, not <=.",
)
def run_cycle(model, optimizer, measure, inputs, target, enough, most):
    losses = []
    for _ in range(most):
        loss = measure(model(inputs), target)
        losses.append(loss.item())
        if losses[-1] <= enough:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# ----------------------------------------------------------- 0.7 nearest_mean


@right(
    "nearest_mean",
    way="(new[:, None] - means).norm(dim=2) makes the same table of distances: broadcasting, chapter 03.",
)
def nearest_mean(pictures, labels, new):
    means = torch.stack([pictures[labels == label].mean(0) for label in labels.unique()])
    return (new[:, None] - means).norm(dim=2).argmin(dim=1)


@right("nearest_mean")
def nearest_mean(pictures, labels, new):
    means = [pictures[labels == label].mean(0) for label in range(labels.max().item() + 1)]
    far = torch.stack([((new - mean) ** 2).sum(dim=1) for mean in means])
    return far.min(dim=0).indices


@wrong(
    "nearest_mean",
    say="argmax finds the mean that is farthest away; the nearest has the smallest distance: argmin.",
)
def nearest_mean(pictures, labels, new):
    means = [
        pictures[labels == label].mean(dim=0) for label in range(int(labels.max()) + 1)
    ]
    return torch.cdist(new, torch.stack(means)).argmax(dim=1)


@wrong(
    "nearest_mean",
    say="You made ten means, but there need not be ten labels: the mean of no picture is NaN, and argmin points at a NaN. Count up to labels.max().",
)
def nearest_mean(pictures, labels, new):
    means = torch.stack([pictures[labels == digit].mean(dim=0) for digit in range(10)])
    return torch.cdist(new, means).argmin(dim=1)


@wrong(
    "nearest_mean",
    say="You took the label of the nearest single picture. Make the mean of each label first.",
)
def nearest_mean(pictures, labels, new):
    return labels[torch.cdist(new, pictures).argmin(dim=1)]


@wrong(
    "nearest_mean",
    say="You measured along the axes, as a taxi drives (the sum of |differences|). In a straight line: the root of the sum of squares.",
)
def nearest_mean(pictures, labels, new):
    means = [
        pictures[labels == label].mean(dim=0) for label in range(int(labels.max()) + 1)
    ]
    return torch.cdist(new, torch.stack(means), p=1).argmin(dim=1)


@wrong(
    "nearest_mean",
    say="You added the pictures of each label: that sum lies far out. Their mean is in the middle of them.",
)
def nearest_mean(pictures, labels, new):
    means = [pictures[labels == label].sum(dim=0) for label in range(int(labels.max()) + 1)]
    return torch.cdist(new, torch.stack(means)).argmin(dim=1)


@wrong(
    "nearest_mean",
    say="A product is no distance: it is large for whatever lies far out. Use torch.cdist.",
)
def nearest_mean(pictures, labels, new):
    means = [
        pictures[labels == label].mean(dim=0) for label in range(int(labels.max()) + 1)
    ]
    return (new @ torch.stack(means).t()).argmax(dim=1)


@wrong(
    "nearest_mean",
    say="These are the distances. Which label has the smallest? argmin(dim=1) says so for each row.",
)
def nearest_mean(pictures, labels, new):
    means = [
        pictures[labels == label].mean(dim=0) for label in range(int(labels.max()) + 1)
    ]
    return torch.cdist(new, torch.stack(means)).min(dim=1).values


@wrong(
    "nearest_mean",
    say="dim=0 asks each label for its nearest picture; each picture should get its nearest label: dim=1.",
)
def nearest_mean(pictures, labels, new):
    means = [
        pictures[labels == label].mean(dim=0) for label in range(int(labels.max()) + 1)
    ]
    return torch.cdist(new, torch.stack(means)).argmin(dim=0)


# ------------------------------------------------------------------------ quiz

quiz(
    "q1",
    right="c",
    because={
        "a": "A picture of a house is 64 numbers like any other: nothing fails.",
        "b": "It has no way to say that. It has ten scores, and one of them is the largest.",
    },
)
quiz(
    "q2",
    right="b",
    because={
        "a": "It works as it should; the error is the same on every machine.",
        "c": "inspect may look anywhere. In torch/_C there are only stubs, names and types without code.",
    },
)
quiz(
    "q3",
    right="a",
    because={
        "b": "You saw it: the toy package imported at once.",
        "c": "Only this one import is slower: it writes the cache again.",
    },
)
quiz(
    "q4",
    right="c",
    because={
        "a": "That line only measures how wrong the prediction is.",
        "b": "backward finds the slopes and writes them beside the weights; the weights stay as they are.",
    },
)
quiz(
    "q5",
    right="b",
    because={
        "a": "The other branch never ran, so nothing of it was recorded.",
        "c": "That would be a static graph. torch records while your line runs.",
    },
)
quiz(
    "q6",
    right="a",
    because={
        "b": "That is in nn/modules, and weighs next to nothing.",
        "c": "Trained networks are not in the package; torchvision fetches them when asked.",
    },
)

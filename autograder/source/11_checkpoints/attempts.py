"""Attempts that test the tests of chapter 11: right answers written otherwise, and wrong ones that people give.

Read, never run: see autograder/attempts.py.
"""

import copy
import json
import os
import pickle
from pathlib import Path

import torch

from autograder.attempts import quiz, right, wrong

# ----------------------------------------------------- 11.1 answer_from_file


@right(
    "answer_from_file",
    way="train(False) is what eval() does, and torch.inference_mode() is a stricter no_grad for code that only predicts.",
)
def answer_from_file(make, path, x):
    model = make()
    model.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    model.train(False)
    with torch.inference_mode():
        return model(x)


@right("answer_from_file")
def answer_from_file(make, path, x):
    model = make().eval()
    model.load_state_dict(torch.load(path))
    return model(x).detach()


@wrong(
    "answer_from_file",
    say="You read the file but never filled the network: torch.load gives a dict, load_state_dict puts it in.",
)
def answer_from_file(make, path, x):
    model = make()
    torch.load(path)
    model.eval()
    with torch.no_grad():
        return model(x)


@wrong(
    "answer_from_file",
    say="load_state_dict returns a report, not the network. Call it on a line of its own and keep your model.",
)
def answer_from_file(make, path, x):
    model = make().load_state_dict(torch.load(path))
    with torch.no_grad():
        return model(x)


@wrong(
    "answer_from_file",
    say="load_state_dict takes the dict, not the name of a file: torch.load(path) reads it first.",
)
def answer_from_file(make, path, x):
    model = make()
    model.load_state_dict(path)
    model.eval()
    with torch.no_grad():
        return model(x)


@wrong(
    "answer_from_file",
    say="A new network is in training mode, so BatchNorm used the mean of this very batch. Call eval() first.",
)
def answer_from_file(make, path, x):
    model = make()
    model.load_state_dict(torch.load(path))
    with torch.no_grad():
        return model(x)


@wrong(
    "answer_from_file",
    say="The answer is right but still part of a graph: eval() changes layers, it does not stop recording. Use no_grad().",
)
def answer_from_file(make, path, x):
    model = make()
    model.load_state_dict(torch.load(path))
    model.eval()
    return model(x)


@wrong(
    "answer_from_file",
    say="What torch.load gave you is a dict of numbers. It has no forward: the recipe, make(), has.",
)
def answer_from_file(make, path, x):
    return torch.load(path)(x)


# ----------------------------------------------------------- 11.2 comes_back


@right(
    "comes_back",
    way="keep only the answer of the first network, y = make().eval()(x), and delete the network before you load: then nothing can be shared.",
)
def comes_back(make, save, load, x):
    first = make()
    first.eval()
    save(first, "checkpoints/trial.pt")
    before = first(x)
    del first
    second = make()
    load(second, "checkpoints/trial.pt")
    second.eval()
    return bool((second(x) == before).all())


@right("comes_back")
def comes_back(make, save, load, x):
    old = make()
    save(old, "checkpoints/trial.pt")
    new = make()
    load(new, "checkpoints/trial.pt")
    with torch.no_grad():
        return torch.equal(new.eval()(x), old.eval()(x))


@wrong(
    "comes_back",
    say="The network that you filled had the right numbers before: it was the saved one, or a deepcopy of it. Make a second one with make().",
)
def comes_back(make, save, load, x):
    model = make().eval()
    before = model(x)
    save(model, "checkpoints/trial.pt")
    load(model, "checkpoints/trial.pt")
    return torch.equal(model(x), before)


@wrong(
    "comes_back",
    say="The network that you filled had the right numbers before: it was the saved one, or a deepcopy of it. Make a second one with make().",
)
def comes_back(make, save, load, x):
    old = make().eval()
    new = copy.deepcopy(old)
    save(old, "checkpoints/trial.pt")
    load(new, "checkpoints/trial.pt")
    return torch.equal(old(x), new(x))


@wrong(
    "comes_back",
    say="In training mode dropout throws its dice anew for each answer, so even a perfect copy differs. Compare in eval() mode.",
)
def comes_back(make, save, load, x):
    old, new = make(), make()
    save(old, "checkpoints/trial.pt")
    load(new, "checkpoints/trial.pt")
    return torch.equal(old(x), new(x))


@wrong(
    "comes_back",
    say="You compared the shapes of the answers. They agree for any two networks of one recipe.",
)
def comes_back(make, save, load, x):
    old, new = make().eval(), make().eval()
    save(old, "checkpoints/trial.pt")
    load(new, "checkpoints/trial.pt")
    return old(x).shape == new(x).shape


@wrong(
    "comes_back",
    say="That is a tensor with an answer for each number. torch.equal gives one True or False for all.",
)
def comes_back(make, save, load, x):
    old, new = make().eval(), make().eval()
    save(old, "checkpoints/trial.pt")
    load(new, "checkpoints/trial.pt")
    return (old(x) == new(x)).all()


@wrong(
    "comes_back",
    hidden="allclose forgives a loader that changes the last digits; the visible loaders are plainly right or plainly wrong",
)
def comes_back(make, save, load, x):
    old, new = make().eval(), make().eval()
    save(old, "checkpoints/trial.pt")
    load(new, "checkpoints/trial.pt")
    return torch.allclose(old(x), new(x), atol=1e-3)


# ------------------------------------------------------------ 11.3 best_round


@right(
    "best_round",
    way="{name: t.clone() for name, t in model.state_dict().items()} copies tensor by tensor, and .cpu().clone() spares a GPU's memory.",
)
def best_round(model, losses):
    best, smallest = None, None
    for loss in losses:
        one_round(model)
        if smallest is None or loss < smallest:
            best = {name: t.clone() for name, t in model.state_dict().items()}
            smallest = loss
    return best


@right("best_round")
def best_round(model, losses):
    states = []
    for _ in losses:
        one_round(model)
        states.append(copy.deepcopy(model).state_dict())
    return states[losses.index(min(losses))]


@wrong(
    "best_round",
    say="This is the state of the last round: its tensors share memory with the network, which went on training. dict(…) and .copy() copy the dict alone; deepcopy the tensors too.",
)
def best_round(model, losses):
    best, smallest = None, float("inf")
    for loss in losses:
        one_round(model)
        if loss < smallest:
            best, smallest = model.state_dict(), loss
    return best


@wrong(
    "best_round",
    say="This is the state of the last round: its tensors share memory with the network, which went on training. dict(…) and .copy() copy the dict alone; deepcopy the tensors too.",
)
def best_round(model, losses):
    best, smallest = None, float("inf")
    for loss in losses:
        one_round(model)
        if loss < smallest:
            best, smallest = dict(model.state_dict()), loss
    return best


@wrong(
    "best_round",
    say="You copied before the round. losses[i] belongs to the state after round i + 1.",
)
def best_round(model, losses):
    best, smallest = None, float("inf")
    for loss in losses:
        if loss < smallest:
            best, smallest = copy.deepcopy(model.state_dict()), loss
        one_round(model)
    return best


@wrong(
    "best_round",
    say="With <= a later round of the same loss replaces the earlier one. The earliest counts: <.",
)
def best_round(model, losses):
    best, smallest = None, float("inf")
    for loss in losses:
        one_round(model)
        if loss <= smallest:
            best, smallest = copy.deepcopy(model.state_dict()), loss
    return best


@wrong(
    "best_round",
    say="You compared with the loss before, not with the smallest so far: any little improvement replaced the best.",
)
def best_round(model, losses):
    best, before = None, float("inf")
    for loss in losses:
        one_round(model)
        if loss < before:
            best = copy.deepcopy(model.state_dict())
        before = loss
    return best


# -------------------------------------------------------- 11.4 bytes_in_file


@right(
    "bytes_in_file",
    way="remember the addresses in a set, and add a storage's nbytes() only when its address is new.",
)
def bytes_in_file(state):
    seen, total = set(), 0
    for tensor in state.values():
        memory = tensor.untyped_storage()
        if memory.data_ptr() not in seen:
            seen.add(memory.data_ptr())
            total += memory.nbytes()
    return total


@right("bytes_in_file")
def bytes_in_file(state):
    pairs = {
        (t.untyped_storage().data_ptr(), t.untyped_storage().nbytes())
        for t in state.values()
    }
    return sum(size for _, size in pairs)


@wrong(
    "bytes_in_file",
    say="You counted what each tensor shows. Shared memory is written once, and behind a view the whole storage is written.",
)
def bytes_in_file(state):
    return sum(tensor.nbytes for tensor in state.values())


@wrong(
    "bytes_in_file",
    say="You took 4 bytes for every number. A bool takes 1 and an int64 takes 8: nbytes() knows.",
)
def bytes_in_file(state):
    storages = {t.untyped_storage().data_ptr(): t for t in state.values()}
    return sum(t.numel() * 4 for t in storages.values())


@wrong(
    "bytes_in_file",
    say="The storages are right, but two names for one piece of memory were counted twice: it is written once.",
)
def bytes_in_file(state):
    return sum(tensor.untyped_storage().nbytes() for tensor in state.values())


@wrong(
    "bytes_in_file",
    say="Two views of one memory are two tensors with different data_ptr(). Ask the storage for its data_ptr(), not the tensor.",
)
def bytes_in_file(state):
    return sum(
        {t.data_ptr(): t.untyped_storage().nbytes() for t in state.values()}.values()
    )


@wrong(
    "bytes_in_file",
    say="A set of sizes loses pieces that happen to be equally large, and shared ones are not told from those. Use data_ptr() as the key.",
)
def bytes_in_file(state):
    return sum({t.nbytes for t in state.values()})


# --------------------------------------------------------- 11.5 opens_safely


@right(
    "opens_safely",
    way="not torch.serialization.get_unsafe_globals_in_checkpoint(path): an empty list means that nothing unknown would be called.",
)
def opens_safely(path):
    return not torch.serialization.get_unsafe_globals_in_checkpoint(path)


@right("opens_safely")
def opens_safely(path):
    try:
        torch.load(path)
        return True
    except pickle.UnpicklingError:
        return False


@wrong(
    "opens_safely",
    say="You opened the gate to find out who is outside: with weights_only=False the trap has already run.",
)
def opens_safely(path):
    try:
        torch.load(path, weights_only=False)
    except pickle.UnpicklingError:
        return False
    return True


@wrong(
    "opens_safely",
    say="A bare except swallowed the missing file: that is a FileNotFoundError, and no verdict on its content.",
)
def opens_safely(path):
    try:
        torch.load(path, weights_only=True)
    except Exception:
        return False
    return True


@wrong(
    "opens_safely",
    say="The second argument of torch.load is map_location. Write weights_only=True by name.",
)
def opens_safely(path):
    try:
        torch.load(path, True)
    except pickle.UnpicklingError:
        return False
    return True


@wrong(
    "opens_safely",
    say="torch's refusal is a pickle.UnpicklingError, no RuntimeError: you caught the wrong kind.",
)
def opens_safely(path):
    try:
        torch.load(path, weights_only=True)
    except RuntimeError:
        return False
    return True


@wrong("opens_safely", say="True and False have changed places.")
def opens_safely(path):
    try:
        torch.load(path, weights_only=True)
    except pickle.UnpicklingError:
        return True
    return False


@wrong(
    "opens_safely",
    say="Whether a zip archive is whole says nothing about the instructions in it.",
)
def opens_safely(path):
    import zipfile

    with open(path, "rb") as file:
        return zipfile.is_zipfile(file)


# ----------------------------------------------------------- 11.6 read_plain


@right(
    "read_plain",
    way="torch.frombuffer also takes offset= and count=, so one bytearray of the whole file serves every tensor without cutting.",
)
def read_plain(path):
    content = bytearray(Path(path).read_bytes())
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        dtype = DTYPES[about["dtype"]]
        tensors[name] = torch.frombuffer(
            content,
            dtype=dtype,
            offset=start + begin,
            count=(end - begin) // dtype.itemsize,
        ).view(about["shape"])
    return tensors


@right("read_plain")
def read_plain(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        body = file.read()
    return {
        name: torch.frombuffer(
            bytearray(body[slice(*about["data_offsets"])]), dtype=DTYPES[about["dtype"]]
        ).reshape(about["shape"])
        for name, about in header.items()
        if name != "__metadata__"
    }


@wrong(
    "read_plain",
    say="The positions count from the end of the header, not from the start of the file: you read the length and the header as numbers.",
)
def read_plain(path):
    content = Path(path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        row = torch.frombuffer(bytearray(content[begin:end]), dtype=DTYPES[about["dtype"]])
        tensors[name] = row.reshape(about["shape"])
    return tensors


@wrong(
    "read_plain",
    say="The numbers are right but lie in a row: the header says which shape they have.",
)
def read_plain(path):
    content = Path(path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    header.pop("__metadata__", None)
    return {
        name: torch.frombuffer(
            bytearray(body[about["data_offsets"][0] : about["data_offsets"][1]]),
            dtype=DTYPES[about["dtype"]],
        )
        for name, about in header.items()
    }


@wrong(
    "read_plain",
    say="__metadata__ holds notes and no tensor: it has no data_offsets. Leave it out.",
)
def read_plain(path):
    content = Path(path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    tensors = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        row = torch.frombuffer(bytearray(body[begin:end]), dtype=DTYPES[about["dtype"]])
        tensors[name] = row.reshape(about["shape"])
    return tensors


@wrong(
    "read_plain",
    say='The length is written with its least byte first: int.from_bytes(…, "little").',
)
def read_plain(path):
    content = Path(path).read_bytes()
    length = int.from_bytes(content[:8], "big")
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    header.pop("__metadata__", None)
    tensors = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        row = torch.frombuffer(bytearray(body[begin:end]), dtype=DTYPES[about["dtype"]])
        tensors[name] = row.reshape(about["shape"])
    return tensors


@wrong(
    "read_plain",
    say="You read every piece as float32. The bytes of an int64 mean something else: the header says the dtype.",
)
def read_plain(path):
    content = Path(path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    header.pop("__metadata__", None)
    tensors = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        tensors[name] = torch.frombuffer(bytearray(body[begin:end]), dtype=torch.float32)
        if about["dtype"] == "F32":
            tensors[name] = tensors[name].reshape(about["shape"])
    return tensors


# ------------------------------------------------------- 11.7 without_prefix


@right(
    "without_prefix",
    way="torch.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, prefix) does it in place, so give it a copy: dict(state).",
)
def without_prefix(state, prefix):
    new = dict(state)
    torch.nn.modules.utils.consume_prefix_in_state_dict_if_present(new, prefix)
    return new


@right("without_prefix")
def without_prefix(state, prefix):
    new = {}
    for name, tensor in state.items():
        new[name[len(prefix) :] if name.startswith(prefix) else name] = tensor
    return new


@wrong(
    "without_prefix",
    say="lstrip takes away letters, not a word: every m, o, d, u, l, e and dot at the front is gone, and output became tput.",
)
def without_prefix(state, prefix):
    return {name.lstrip(prefix): tensor for name, tensor in state.items()}


@wrong(
    "without_prefix",
    say="replace takes the word away wherever it stands. Only at the beginning of a name it is the wrapper's.",
)
def without_prefix(state, prefix):
    return {name.replace(prefix, ""): tensor for name, tensor in state.items()}


@wrong(
    "without_prefix",
    say="You cut the first letters off every name, also off those that do not begin with the prefix.",
)
def without_prefix(state, prefix):
    return {name[len(prefix) :]: tensor for name, tensor in state.items()}


@wrong(
    "without_prefix",
    say="You changed the caller's dict. Build a new one and leave state as it is.",
)
def without_prefix(state, prefix):
    for name in list(state):
        state[name.removeprefix(prefix)] = state.pop(name)
    return state


@wrong("without_prefix", say="Names without the prefix were lost. They stay, as they are.")
def without_prefix(state, prefix):
    return {name[len(prefix) :]: t for name, t in state.items() if name.startswith(prefix)}


@wrong(
    "without_prefix",
    say="You kept what stands behind the last dot. Only the prefix goes; the rest of the path is needed.",
)
def without_prefix(state, prefix):
    return {name.split(".")[-1]: tensor for name, tensor in state.items()}


# --------------------------------------------------------- 11.8 fitting_part


@right(
    "fitting_part",
    way="compare pairs: shapes = {(n, t.shape) for n, t in model.state_dict().items()}, then keep the entries whose (name, shape) is in that set.",
)
def fitting_part(model, state):
    shapes = {(name, tensor.shape) for name, tensor in model.state_dict().items()}
    return {
        name: tensor for name, tensor in state.items() if (name, tensor.shape) in shapes
    }


@right("fitting_part")
def fitting_part(model, state):
    fits = {}
    for name, tensor in model.state_dict().items():
        if name in state and state[name].size() == tensor.size():
            fits[name] = state[name]
    return fits


@wrong(
    "fitting_part",
    say="The name is there but the shape differs: load_state_dict would still refuse. Compare the shapes too.",
)
def fitting_part(model, state):
    mine = model.state_dict()
    return {name: tensor for name, tensor in state.items() if name in mine}


@wrong(
    "fitting_part",
    say="You returned the model's own numbers. The names are right, but the tensors must be those of state.",
)
def fitting_part(model, state):
    return {
        name: tensor
        for name, tensor in model.state_dict().items()
        if name in state and state[name].shape == tensor.shape
    }


@wrong(
    "fitting_part",
    say="You asked for the shape under a name that the model does not have. First look whether it is there.",
)
def fitting_part(model, state):
    mine = model.state_dict()
    return {
        name: tensor for name, tensor in state.items() if mine[name].shape == tensor.shape
    }


@wrong(
    "fitting_part",
    say="Equally many numbers is not the same shape: a (1, 2) weight is no (2, 1) weight.",
)
def fitting_part(model, state):
    mine = model.state_dict()
    return {n: t for n, t in state.items() if n in mine and mine[n].numel() == t.numel()}


@wrong(
    "fitting_part",
    say="strict=False forgives names, never shapes; and nothing was to be loaded yet.",
)
def fitting_part(model, state):
    report = model.load_state_dict(state, strict=False)
    return {name: t for name, t in state.items() if name not in report.unexpected_keys}


@wrong(
    "fitting_part",
    say="You deleted entries from the caller's dict. Collect the fitting ones in a new dict instead.",
)
def fitting_part(model, state):
    mine = model.state_dict()
    for name in list(state):
        if name not in mine or mine[name].shape != state[name].shape:
            del state[name]
    return state


# ------------------------------------------------------------ 11.9 differing


@right(
    "differing",
    way="tensor.numpy().tobytes() gives the bytes as one Python object, which == compares; not every dtype has a NumPy cousin, though.",
)
def differing(a, b):
    def bits(tensor):
        return tensor.shape, tensor.dtype, tensor.numpy().tobytes()

    return sorted(
        name
        for name in {*a, *b}
        if name not in a or name not in b or bits(a[name]) != bits(b[name])
    )


@right("differing")
def differing(a, b):
    found = set(a) ^ set(b)
    for name in set(a) & set(b):
        s, t = a[name], b[name]
        if s.shape != t.shape or s.dtype != t.dtype:
            found.add(name)
        elif not ((s == t) | (s.isnan() & t.isnan())).all():
            found.add(name)
    return sorted(found)


@wrong("differing", say="allclose forgives small differences. The same bits are asked for.")
def differing(a, b):
    names = a.keys() | b.keys()
    return sorted(
        n for n in names if n not in a or n not in b or not torch.allclose(a[n], b[n])
    )


@wrong(
    "differing",
    say="NaN differs from NaN for == and for torch.equal, though their bits agree: compare the bytes.",
)
def differing(a, b):
    def same(s, t):
        return s.dtype == t.dtype and torch.equal(s, t)

    names = a.keys() | b.keys()
    return sorted(n for n in names if n not in a or n not in b or not same(a[n], b[n]))


@wrong(
    "differing",
    say="You went through the names of a only. What b has in addition differs as well.",
)
def differing(a, b):
    def same(s, t):
        return (s.shape, s.dtype) == (
            t.shape,
            t.dtype,
        ) and s.numpy().tobytes() == t.numpy().tobytes()

    return sorted(n for n in a if n not in b or not same(a[n], b[n]))


@wrong(
    "differing",
    say="You paired the entries by their order. The two dicts may be ordered differently: pair them by name.",
)
def differing(a, b):
    pairs = zip(a.items(), b.values(), strict=True)
    return sorted(n for (n, s), t in pairs if s.numpy().tobytes() != t.numpy().tobytes())


@wrong(
    "differing",
    say="A name that only one of them has raised KeyError. Such a name belongs into the list.",
)
def differing(a, b):
    return sorted(
        n
        for n in a
        if not torch.equal(
            a[n].flatten().view(torch.uint8), b[n].flatten().view(torch.uint8)
        )
    )


@wrong(
    "differing", hidden="equal values of another shape are seen only by the random tests"
)
def differing(a, b):
    def bits(tensor):
        return tensor.dtype, tensor.numpy().tobytes()

    return sorted(
        n for n in {*a, *b} if n not in a or n not in b or bits(a[n]) != bits(b[n])
    )


# ---------------------------------------------------------------- 11.10 pack_run


@right(
    "pack_run",
    way="loop over the parts: {part: getattr(run, part).state_dict() for part in ('model', 'optimizer', 'scheduler')}, and add epoch and dice.",
)
def pack_run(run):
    kit = {
        part: getattr(run, part).state_dict()
        for part in ("model", "optimizer", "scheduler")
    }
    kit["epoch"] = run.epoch
    kit["dice"] = torch.random.get_rng_state()
    return kit


@right("pack_run")
def pack_run(run):
    return dict(
        epoch=run.epoch,
        dice=torch.default_generator.get_state(),
        model=copy.deepcopy(run.model.state_dict()),
        optimizer=copy.deepcopy(run.optimizer.state_dict()),
        scheduler=dict(run.scheduler.state_dict()),
    )


@wrong(
    "pack_run",
    say="The dice are missing: without torch.get_rng_state() the order of the days and dropout go another way.",
)
def pack_run(run):
    return {
        "model": run.model.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "scheduler": run.scheduler.state_dict(),
        "epoch": run.epoch,
    }


@wrong(
    "pack_run",
    say="A seed starts the dice from the beginning. What is needed is where they stand now: torch.get_rng_state().",
)
def pack_run(run):
    return {
        "model": run.model.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "scheduler": run.scheduler.state_dict(),
        "epoch": run.epoch,
        "dice": torch.initial_seed(),
    }


@wrong(
    "pack_run",
    say="You threw new dice: manual_seed gives the state at the beginning, not the one where the training stands.",
)
def pack_run(run):
    return {
        "model": run.model.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "scheduler": run.scheduler.state_dict(),
        "epoch": run.epoch,
        "dice": torch.manual_seed(0).get_state(),
    }


@wrong(
    "pack_run",
    say="You packed the whole network. Its class is refused by weights_only=True: pack its state_dict().",
)
def pack_run(run):
    return {
        "model": run.model,
        "optimizer": run.optimizer.state_dict(),
        "scheduler": run.scheduler.state_dict(),
        "epoch": run.epoch,
        "dice": torch.get_rng_state(),
    }


@wrong(
    "pack_run",
    say="run.epoch already counts finished epochs. With one more the training believes that it is further than it is.",
)
def pack_run(run):
    return {
        "model": run.model.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "scheduler": run.scheduler.state_dict(),
        "epoch": run.epoch + 1,
        "dice": torch.get_rng_state(),
    }


@wrong(
    "pack_run",
    say="param_groups are the settings only. Adam's running averages are in its state_dict().",
)
def pack_run(run):
    return {
        "model": run.model.state_dict(),
        "optimizer": {
            "state": {},
            "param_groups": run.optimizer.state_dict()["param_groups"],
        },
        "scheduler": run.scheduler.state_dict(),
        "epoch": run.epoch,
        "dice": torch.get_rng_state(),
    }


# --------------------------------------------------------- 11.11 save_safely


@right(
    "save_safely",
    way="Path(part).replace(path) is os.replace by another name; with file.flush() and os.fsync(file.fileno()) before it, even a power cut in the next second finds the numbers on the disk.",
)
def save_safely(thing, path):
    with open(path + ".part", "wb") as file:
        torch.save(thing, file)
        file.flush()
        os.fsync(file.fileno())
    Path(path + ".part").replace(path)


@right("save_safely")
def save_safely(thing, path):
    beside = Path(path).with_suffix(".new")
    torch.save(thing, beside)
    os.replace(beside, path)


@wrong(
    "save_safely",
    say="You wrote straight into the old file: when saving breaks off, both are lost. Write a new file beside it.",
)
def save_safely(thing, path):
    torch.save(thing, path)


@wrong(
    "save_safely",
    say="You removed the old file first. Until the new one is complete there is none: os.replace removes and renames in one step.",
)
def save_safely(thing, path):
    if os.path.exists(path):
        os.remove(path)
    torch.save(thing, path + ".part")
    os.rename(path + ".part", path)


@wrong(
    "save_safely",
    say="The error was swallowed: the program goes on and believes that it has saved.",
)
def save_safely(thing, path):
    try:
        torch.save(thing, path + ".part")
        os.replace(path + ".part", path)
    except Exception:
        pass


@wrong(
    "save_safely",
    say="Copying writes into the old file bit by bit, and may break off too. os.replace exchanges the names in one step.",
)
def save_safely(thing, path):
    import shutil

    torch.save(thing, path + ".part")
    shutil.copyfile(path + ".part", path)
    os.remove(path + ".part")


@wrong(
    "save_safely",
    say="The new file is complete but lies beside: it never took the old one's place. os.replace is missing.",
)
def save_safely(thing, path):
    torch.save(thing, path + ".part")


# ------------------------------------------------------------ 11.12 train_to


@right(
    "train_to",
    way="for _ in range(run.epoch, epochs): counts only the epochs that are left.",
)
def train_to(path, epochs):
    run = new_run()
    if Path(path).exists():
        run = unpack(torch.load(path, weights_only=True, map_location="cpu"))
    for _ in range(run.epoch, epochs):
        train_epoch(run)
        save_safely(pack_run(run), path)
    return run


@right("train_to")
def train_to(path, epochs):
    try:
        run = unpack(torch.load(path))
    except FileNotFoundError:
        run = new_run()
    while True:
        if run.epoch >= epochs:
            return run
        train_epoch(run)
        torch.save(pack_run(run), path)


@wrong(
    "train_to",
    say="You counted from 0 again after the restart, so it trained too many epochs. Go on while run.epoch < epochs.",
)
def train_to(path, epochs):
    run = unpack(torch.load(path)) if os.path.exists(path) else new_run()
    for _ in range(epochs):
        train_epoch(run)
        save_safely(pack_run(run), path)
    return run


@wrong(
    "train_to",
    say="You saved before the work of the epoch, so the file is always one epoch behind.",
)
def train_to(path, epochs):
    run = unpack(torch.load(path)) if os.path.exists(path) else new_run()
    while run.epoch < epochs:
        save_safely(pack_run(run), path)
        train_epoch(run)
    return run


@wrong(
    "train_to",
    say="You brought back the weights and the epoch, but Adam's averages, the scheduler and the dice began anew. unpack brings back all.",
)
def train_to(path, epochs):
    run = new_run()
    if os.path.exists(path):
        kit = torch.load(path)
        run.model.load_state_dict(kit["model"])
        run.epoch = kit["epoch"]
    while run.epoch < epochs:
        train_epoch(run)
        save_safely(pack_run(run), path)
    return run


@wrong(
    "train_to",
    say="You saved once, at the end. Whoever is killed before has nothing: save after every epoch.",
)
def train_to(path, epochs):
    run = unpack(torch.load(path)) if os.path.exists(path) else new_run()
    while run.epoch < epochs:
        train_epoch(run)
    save_safely(pack_run(run), path)
    return run


@wrong(
    "train_to",
    say="new_run() came after unpack and threw the dice anew: it seeds them. Unpack last.",
)
def train_to(path, epochs):
    run = unpack(torch.load(path)) if os.path.exists(path) else new_run()
    new_run()
    while run.epoch < epochs:
        train_epoch(run)
        save_safely(pack_run(run), path)
    return run


@wrong(
    "train_to",
    say="You never looked into the file: every start begins at the very beginning.",
)
def train_to(path, epochs):
    run = new_run()
    while run.epoch < epochs:
        train_epoch(run)
        save_safely(pack_run(run), path)
    return run


# ---------------------------------------------------------------------- quiz

quiz(
    "q1",
    right="c",
    because={
        "a": "It fills the network in place and returns a report. Your only name for the network now means the report.",
        "b": "That is what torch.load gives. load_state_dict returns a report on the names.",
    },
)
quiz(
    "q2",
    right="b",
    because={
        "a": "That works for the trap of section 2 too: it would run whatever the author of the file wished.",
        "c": "A new name does not change the content: it is still a pickle.",
    },
)
quiz(
    "q3",
    right="a",
    because={
        "b": "strict is about names, and belongs to load_state_dict. The file cannot even be opened yet.",
        "c": "Too late: torch.load fails before .cpu() is reached, and a dict has no cpu().",
    },
)
quiz(
    "q4",
    right="c",
    because={
        "a": "So one might wish. You have to leave it out yourself, as fitting_part does.",
        "b": "Nothing is ever cut or stretched.",
    },
)
quiz(
    "q5",
    right="a",
    because={
        "b": "Building a model throws dice for its first weights, so they have moved on when the training begins.",
        "c": "Nothing complains; that is what makes it hard to find.",
    },
)
quiz(
    "q6",
    right="b",
    because={
        "a": "No line of code is in the file. Without the class it cannot be opened.",
        "c": "That would be the state_dict. Here the place of the class goes along.",
    },
)

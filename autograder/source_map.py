"""What the course must teach: one row for each fact of the documents that it follows, and for each of their errors.

A cell says which rows it covers by ``rows=[…]`` in its metadata; docs/coverage.md is made from both. The titles are
ours. ``apis`` are names that the row promises: a cell of its chapter has to use each of them, not only mention it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One thing to teach.

    Attributes:
        id: ``S03.1`` is the first of chapter 03; ``E11`` is an error that is put right.
        chapter: the number of the chapter that must cover it.
        title: in our words.
        apis: full names, as `autograder.api_index` writes them.
    """

    id: str
    chapter: str
    title: str
    apis: tuple[str, ...] = ()


def _row(id: str, title: str, apis: str = "", chapter: str = "") -> Row:  # noqa: A002
    return Row(id, chapter or id[1:3], title, tuple(_full(name) for name in apis.split()))


def _full(name: str) -> str:
    """``.view`` is a method of a tensor, ``nn.Linear`` is torch's, ``cat`` is ``torch.cat``."""
    if name.startswith("."):
        return f"torch.Tensor{name}"
    return name if name.startswith(("torch.", "lightning.", "h5py.", "tqdm.")) else f"torch.{name}"


_TAUGHT = [
    _row("S00.1", "What PyTorch is: arrays, graphics cards, automatic derivatives, networks"),
    _row("S00.2", "Where the package lies, and how to read the source of a function"),
    _row("S00.3", "The rooms of the package: compiled core, libraries, autograd, nn, optim, utils"),
    _row("S00.4", "torchvision's rooms, where it is installed"),
    _row("S00.5", "Layers, model, prediction, loss, optimizer: the cycle of learning"),
    _row("S01.1", "Scalar, vector, matrix and beyond; a picture as channels, height, width"),
    _row("S01.2", "A series of measurements as samples, time steps, features"),
    _row("S01.3", "The class and the function that make tensors", "Tensor tensor"),
    _row("S01.4", "Eight things to ask a tensor", ".dtype .shape .device .grad .grad_fn .is_leaf .requires_grad .data"),
    _row("S01.5", "In place by underscore, one number out, the same numbers in another shape", ".item .view .size"),
    _row("S01.6", "On which device, and how to move", ".to"),
    _row("S01.7", "NumPy's memory and torch's are one", ".numpy from_numpy"),
    _row("S01.8", "Arithmetic and selection as in NumPy"),
    _row("S02.1", "Tensors from what you have", "tensor from_numpy"),
    _row(
        "S02.2",
        "Tensors by value; layouts, out=, pinned memory",
        "zeros zeros_like ones ones_like full full_like arange linspace logspace empty empty_like empty_strided "
        "strided sparse_coo",
    ),
    _row(
        "S02.3",
        "Tensors by chance",
        "normal rand rand_like randint randint_like randn randn_like randperm bernoulli",
    ),
    _row(
        "S02.4", "Seeds and the state of chance", "seed manual_seed initial_seed get_rng_state set_rng_state Generator"
    ),
    _row("S03.1", "Joining", "cat concat stack hstack vstack row_stack column_stack dstack tile"),
    _row("S03.2", "Splitting", "chunk split tensor_split hsplit vsplit dsplit unbind"),
    _row(
        "S03.3",
        "Selecting",
        "index_select masked_select narrow nonzero take take_along_dim where gather",
    ),
    _row(
        "S03.4",
        "Reshaping",
        "reshape .view squeeze unsqueeze permute transpose t swapaxes swapdims movedim moveaxis conj",
    ),
    _row(
        "S03.5",
        "Mathematics by family",
        "abs cos sin floor floor_divide pow argmax argmin all any mean norm var ge gt le lt eq argsort isnan topk stft "
        "clone diag flip addmm dot inner svd",
    ),
    _row("S04.1", "scatter: which element goes where, and which shapes may", ".scatter .scatter_"),
    _row("S04.2", "scatter that adds; places met twice; gather, the way back", ".scatter_add_ .scatter_reduce .gather"),
    _row("S04.3", "What scatter is for: one-hot, masks, sums by group, messages"),
    _row("S05.1", "Nodes, edges, leaves: what grad_fn is for", ".grad_fn .is_leaf"),
    _row("S05.2", "Whose gradient is kept", ".retain_grad"),
    _row("S05.3", "Graphs built as code runs, and graphs built beforehand", "fx.symbolic_trace export.export compile"),
    _row("S05.4", "A loop as long as the data says makes another graph each time"),
    _row("S06.1", "Record, forward, backward by the chain rule, update", ".backward"),
    _row("S06.2", "Backward with all its arguments", "autograd.backward .backward"),
    _row("S06.3", "Gradients as a result; derivatives of derivatives", "autograd.grad"),
    _row("S06.4", "An operation with a derivative of your own", "autograd.Function autograd.gradcheck"),
    _row("S06.5", "Gradients add up: why, and how to clear them"),
    _row("S06.6", "requires_grad spreads; leaves in place; version counters", ".requires_grad_"),
    _row("S06.7", "Three ways to stop recording, and what each is for", ".detach no_grad .requires_grad_"),
    _row("S06.8", "Variable, creator and other names from the past"),
    _row("S07.1", "nn.Module, forward, nn.Sequential and a class", "nn.Module nn.Sequential"),
    _row("S07.2", "Parameters and the state of a module"),
    _row("S07.3", "Layers as modules and as functions", "nn.functional.dropout nn.functional.linear"),
    _row("S07.4", "Which numbers a layer begins with", "nn.init.normal_ nn.init.zeros_"),
    _row("S07.5", "One layer in two places: shared weights"),
    _row("S07.6", "A layer of your own", "nn.Parameter"),
    _row("S07.7", "train and eval; dropout and batch normalisation", "nn.Dropout nn.BatchNorm1d"),
    _row("S07.8", "The Lightning way", "lightning.LightningModule lightning.Trainer"),
    _row("S08.1", "Losses", "nn.MSELoss nn.BCELoss nn.CrossEntropyLoss nn.SmoothL1Loss"),
    _row("S08.2", "Optimizers, and the step by hand", "optim.SGD optim.Adam optim.ASGD"),
    _row("S08.3", "Learning rates by a schedule", "optim.lr_scheduler.ExponentialLR"),
    _row("S08.4", "The first program: a curve of degree four"),
    _row("S08.5", "Holding weights small"),
    _row("S09.1", "Datasets, by index and as a stream", "utils.data.Dataset utils.data.IterableDataset"),
    _row("S09.2", "HDF5: groups, datasets, attributes, chunks; eager and lazy", "h5py.File"),
    _row("S09.3", "The loader and its settings", "utils.data.DataLoader"),
    _row("S09.4", "Parts for training, validation and test"),
    _row("S10.1", "The procedure, from building to repeating"),
    _row("S10.2", "A complete trainer", "utils.tensorboard.SummaryWriter tqdm.tqdm"),
    _row("S10.3", "Predicting"),
    _row("S10.4", "A network that trains and tests itself; a schedule by epochs"),
    _row("S10.5", "Seeing results"),
    _row("S10.6", "Gradients gathered over batches, and clipped", "nn.utils.clip_grad_norm_"),
    _row("S11.1", "Saving and loading a state, and the pickle underneath", "save load"),
    _row("S11.2", "An MLP, saved and loaded, answers the same"),
    _row("S11.3", "Resuming, bit for bit"),
    _row("S11.4", "Other devices, missing and unexpected keys, parts"),
    _row("S11.5", "What may be loaded from strangers; safetensors; exported programs", "export.export"),
    _row("S12.1", "Devices: which there are, where tensors stay", "cuda.is_available cuda.device"),
    _row("S12.2", "Pinned memory and transfers that do not wait", ".pin_memory"),
    _row("S12.3", "Networks that others trained: weights, heads, freezing", "hub.load_state_dict_from_url"),
    _row("S12.4", "Work that is still under way, and how to time it", "cuda.synchronize"),
]

_PUT_RIGHT = [
    _row("E01", "Which cells scatter_ along dim 0 fills", chapter="04"),
    _row("E02", "Names that torch does not have", chapter="07"),
    _row("E03", "A loss is built, then called", chapter="08"),
    _row("E04", "requires_grad_ on a loss mends nothing", chapter="08"),
    _row("E05", "load's second argument, and weights_only", chapter="11"),
    _row("E06", "A schedule stepped with every batch, and other slips of a first trainer", chapter="08"),
    _row("E07", "A data set that believes what it is told about its length", chapter="09"),
    _row("E08", "Workers are processes", chapter="09"),
    _row("E09", "zero_grad leaves None", chapter="08"),
    _row("E10", "How many elements arange makes", chapter="02"),
    _row("E11", "column_stack is not hstack", chapter="03"),
    _row("E12", "The default dtype has a setter of its own", chapter="02"),
    _row("E13", "Which copies are leaves", chapter="06"),
    _row("E14", "no_grad changes no flags", chapter="06"),
    _row("E15", "Clipping is not detaching", chapter="06"),
    _row("E16", "A result's requires_grad cannot be set", chapter="06"),
    _row("E17", "Leaves may be changed in place, under no_grad", chapter="06"),
    _row("E18", ".data goes behind autograd's back", chapter="06"),
    _row("E19", "hsplit of one dimension", chapter="03"),
    _row("E20", "Gradients of results were never stored", chapter="06"),
    _row("E21", "A trainer's small slips: .cpu(), shuffled validation, one step, bare load", chapter="10"),
    _row("E22", "Variable wraps nothing", chapter="06"),
    _row("E23", "Sorting is torch's, and a sorted batch is only for the plot", chapter="08"),
    _row("E24", "A polynomial printed with its powers the wrong way round", chapter="08"),
    _row("E25", "An update under no_grad", chapter="08"),
    _row("E26", "weights=, not pretrained=", chapter="12"),
    _row("E27", "What copies between devices", chapter="12"),
    _row("E28", "What dropout zeroes, and what batch normalisation remembers", chapter="07"),
    _row("E29", "Functional dropout can be switched off", chapter="07"),
    _row("E30", "When to stop: by validation", chapter="10"),
    _row("E31", "super() has brackets", chapter="07"),
    _row("E32", "A layer on .data never learns", chapter="07"),
    _row("E33", "Whole modules and programs can be saved", chapter="11"),
    _row("E34", "A shared layer is one object", chapter="07"),
    _row("E35", "What view can do, and what it cannot", chapter="01"),
    _row("E36", "numpy() wants a tensor without a gradient", chapter="01"),
    _row("E37", "Tensor(3) and tensor(3)", chapter="01"),
]

ROWS: dict[str, Row] = {row.id: row for row in [*_TAUGHT, *_PUT_RIGHT]}

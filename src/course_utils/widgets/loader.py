"""`show_loader`: which worker loads which index when, batch by batch."""

from __future__ import annotations

from typing import Any

from torch.utils.data import DataLoader, Dataset, IterableDataset

from course_utils.errors import CourseError
from course_utils.pictures.svg import FAINT, GREY, INK, SERIES, element, hatch, label, width_of
from course_utils.pictures.values import in_words, kind
from course_utils.widgets.base import CourseWidget
from course_utils.widgets.loader_record import Batch, Epoch, record
from course_utils.widgets.still import still

MOST_BATCHES, MOST_EPOCHS = 60, 5
# A batch may be large; its indices are written as far as anybody reads them.
WRITTEN = 32


def show_loader(
    loader: DataLoader | Dataset, *, epochs: int = 1, batches: int = 24, work: float = 0.0, **options: Any
) -> CourseWidget:
    """Run a DataLoader and show who loaded what when.

    Args:
        loader: a DataLoader; or a dataset, for which one is made with ``options`` such as
            ``batch_size=4, shuffle=True, num_workers=2``.
        epochs: how many times to go through it, at most five: with ``shuffle=True`` each has another order.
        batches: how many batches of each epoch to load, at most 60.
        work: how many seconds to spend on each batch, as a training step would; workers load ahead meanwhile.

    The loading is real, and so are the times: they differ from run to run. The loader's random state is put back
    afterwards, so what is shown are the batches that it gives next.

    Raises:
        CourseError: something that is no dataset, a number out of range, or a dataset or worker that fails.
    """
    if not isinstance(loader, DataLoader):
        loader = _made(loader, options)
    elif options:
        raise CourseError(f"{in_words(next(iter(options)))} is an option for a dataset; this DataLoader has its own already.")
    for name, value, most in (("epochs", epochs, MOST_EPOCHS), ("batches", batches, MOST_BATCHES)):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise CourseError(f"{name} is a whole number from 1 to {most}, and this is {in_words(value)}.")
    if isinstance(work, bool) or not isinstance(work, int | float) or not 0 <= work <= 1:
        raise CourseError(f"work is a number of seconds from 0 to 1, and this is {in_words(work)}.")
    data = loader_data(loader, record(loader, epochs, batches, work))
    return CourseWidget("loader", data, svg=_svg(data), text=_text(data))


def _made(dataset: object, options: dict[str, Any]) -> DataLoader:
    if isinstance(dataset, type) or not (
        isinstance(dataset, IterableDataset) or (hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__"))
    ):
        raise CourseError(f"show_loader takes a DataLoader or a dataset with __getitem__ and __len__, not {kind(dataset)}.")
    try:
        return DataLoader(dataset, **options)
    except (TypeError, ValueError) as error:
        raise CourseError(f"These options make no DataLoader: {in_words(str(error), 160)}.") from error


def loader_data(loader: DataLoader, epochs: list[Epoch]) -> dict[str, Any]:
    """The picture as data; all times in milliseconds since the first sample of their epoch began to load."""
    options = {
        "batch_size": loader.batch_size,
        "sampler": kind(loader.sampler) if loader.batch_sampler is None or loader.batch_size else kind(loader.batch_sampler),
        "drop_last": bool(loader.drop_last),
        "num_workers": loader.num_workers,
        "prefetch_factor": loader.prefetch_factor,
        "samples": _length(loader.dataset),
    }
    if isinstance(loader.dataset, IterableDataset):
        options["sampler"] = "none: an iterable dataset"
    workers = [None] if not loader.num_workers else list(range(loader.num_workers))
    return {
        "name": f"How {kind(loader.dataset)} is loaded",
        "options": options,
        "workers": workers,
        "epochs": [_epoch_data(epoch) for epoch in epochs],
    }


def _length(dataset: object) -> int | None:
    try:
        return len(dataset)
    except TypeError:
        return None


def _epoch_data(epoch: Epoch) -> dict[str, Any]:
    zero = min((note.start for batch in epoch.batches for note in batch.notes), default=epoch.began)
    taken = sum(len(batch.notes) for batch in epoch.batches)
    dropped = epoch.order[taken:] if epoch.complete and epoch.order is not None else []
    return {
        "batches": [_batch_data(batch, zero) for batch in epoch.batches],
        "dropped": [_index(index) for index in dropped[:WRITTEN]],
        "dropped_count": len(dropped),
        "complete": epoch.complete,
        "startup": _ms(zero - epoch.began),
    }


def _batch_data(batch: Batch, zero: float) -> dict[str, Any]:
    return {
        "indices": [_index(note.index) for note in batch.notes[:WRITTEN]],
        "size": len(batch.notes),
        "worker": batch.notes[0].worker if batch.notes else None,
        "pid": batch.notes[0].pid if batch.notes else None,
        "samples": [[_ms(note.start - zero), _ms(note.end - zero)] for note in batch.notes[:WRITTEN]],
        "from": _ms(min((note.start for note in batch.notes), default=batch.asked) - zero),
        "to": _ms(max((note.end for note in batch.notes), default=batch.asked) - zero),
        "asked": _ms(batch.asked - zero),
        "got": _ms(batch.got - zero),
        "done": _ms(batch.done - zero),
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _index(index: object) -> int | str | None:
    """An index as it is written; a sampler may draw anything."""
    if index is None or (isinstance(index, int) and not isinstance(index, bool)):
        return index
    return in_words(index, 16)


def _options_words(options: dict[str, Any]) -> str:
    size = options["batch_size"] if options["batch_size"] is not None else "None"
    words = [f"batch_size={size}", f"sampler {options['sampler']}", f"num_workers={options['num_workers']}"]
    if options["prefetch_factor"]:
        words.append(f"prefetch_factor={options['prefetch_factor']}")
    if options["drop_last"]:
        words.append("drop_last=True")
    return ", ".join(words)


def _text(data: dict) -> str:
    lines = [data["name"], "  " + _options_words(data["options"])]
    for e, epoch in enumerate(data["epochs"], 1):
        more = "" if epoch["complete"] else ", and more that were not loaded"
        lines.append(f"  epoch {e}: {len(epoch['batches'])} batches{more}")
        for b, batch in enumerate(epoch["batches"][:12], 1):
            who = "the main process" if batch["worker"] is None else f"worker {batch['worker']}"
            lines.append(f"    batch {b}: indices {_indices(batch)}, loaded by {who}")
        if epoch["dropped_count"]:
            lines.append(f"    dropped: {', '.join(map(str, epoch['dropped'][:12]))} (drop_last=True)")
    return "\n".join(lines)


def _indices(batch: dict, most: int = 12) -> str:
    if all(index is None for index in batch["indices"]):
        return f"unknown, {batch['size']} samples"
    told = ", ".join(str(index) for index in batch["indices"][:most])
    return told + (f" … ({batch['size']} in all)" if batch["size"] > most else "")


# --- the still picture: the first epoch, one row for each process ---

LANE, WIDE = 34.0, 560.0


def _svg(data: dict) -> str:
    epoch = data["epochs"][0]
    batches = epoch["batches"]
    lanes = [*data["workers"]] if data["workers"] != [None] else []
    names = ["main process", *(f"worker {w}" for w in lanes)]
    left = 10 + max(width_of(name, 11) for name in names)
    end = max((max(b["done"], b["to"]) for b in batches), default=1.0) or 1.0

    def at(ms: float) -> float:
        return left + max(0.0, ms) / end * WIDE

    parts = [label(left - 8, LANE * i + 13, name, size=11, anchor="end", fill_opacity=FAINT) for i, name in enumerate(names)]
    for i in range(len(names)):
        parts.append(element("path", d=f"M{left:.0f} {LANE * i + 28:.0f}h{WIDE:.0f}", style=f"stroke:{GREY};stroke-opacity:.4"))
    for b, batch in enumerate(batches):
        colour = SERIES[b % len(SERIES)]
        row = 0 if batch["worker"] is None else 1 + lanes.index(batch["worker"])
        parts += _block(at(batch["from"]), at(batch["to"]), LANE * row, str(b + 1), colour)
        if batch["worker"] is not None:
            waited = at(batch["got"]) - at(batch["asked"])
            if waited > 1:
                parts.append(hatch(at(batch["asked"]), 2.0, waited, 24.0))
            parts += _block(at(batch["got"]), at(batch["done"]), 0.0, str(b + 1), colour)
    below = LANE * len(names) + 14
    axis = f"0 to {end:.1f} ms; numbers are batches, hatched is waiting"
    parts.append(label(left, below, axis, size=11, anchor="start", fill_opacity=FAINT))
    lines = _text(data).split("\n")[1:15]
    parts += [label(0, below + 22 + 16 * i, line.strip()[:96], size=11, anchor="start") for i, line in enumerate(lines)]
    width = max(left + WIDE, *(width_of(line.strip()[:96], 11) for line in lines))
    return still(width, below + 22 + 16 * len(lines), data["name"], _text(data), *parts)


def _block(start: float, end: float, y: float, words: str, colour: str) -> list[str]:
    wide = max(1.5, end - start)
    box = element("rect", x=start, y=y + 2, width=wide, height=24.0, rx=min(3.0, wide / 2),
                  style=f"fill:{colour};fill-opacity:.3;stroke:{colour}")
    return [box, label(start + wide / 2, y + 14, words, size=11, style=f"fill:{INK}")] if wide > 14 else [box]

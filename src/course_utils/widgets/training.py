"""`show_training`: a training loop seen while it runs, and a hand on its learning rate.

While a cell runs, its kernel's main thread is busy with it. JupyterLab 4.4 and ipykernel 7 deliver a widget's messages on
a thread of their own (a subshell), so a button can be heard in the middle of a cell; this module only writes down what was
asked there, and the loop itself does it at its next `log` or batch. Nothing here reads the kernel's queue, so no cell that
waits in it can be lost. On older kernels the messages arrive when the cell ends; the picture says that it waits.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from torch import Tensor, nn
from torch.optim import Optimizer

from course_utils.errors import CourseError
from course_utils.pictures.values import in_words, kind
from course_utils.widgets.live import LiveWidget
from course_utils.widgets.training_asked import Asked
from course_utils.widgets.training_gradients import GradientNorms
from course_utils.widgets.training_history import History, Point, told
from course_utils.widgets.training_predictions import predictions_data
from course_utils.widgets.training_still import training_svg, training_text

Item = TypeVar("Item")

# A page is sent at most ten pictures a second, and fewer where sending them would take more than this share of the time.
BETWEEN_S = 0.1
SHARE = 0.05
# The gradients of a model up to this size are read at every log, those of a larger one once for each picture sent.
SMALL_MODEL = 1_000_000
METRICS = 6


def show_training(
    model: nn.Module | None = None,
    optimizer: Optimizer | None = None,
    total: int | None = None,
    *,
    name: str = "Training",
) -> TrainingWatch:
    """Watch a training loop: ``watch = show_training(model, optimizer, total=epochs)``, then ``watch.log(loss=loss)`` in it.

    Args:
        model: its gradient norms are read at each log; log after ``backward()`` and before ``zero_grad()``.
        optimizer: its learning rate is shown, and can be changed in the picture while the loop runs.
        total: how many logs there will be, for the time that is left.
        name: what to call the picture.

    The picture appears with the first log, or where the watch is the last line of a cell. It is followed at most ten
    times a second; afterwards one can step back through all of it.

    Raises:
        CourseError: something that is no module, no optimizer, or no number of logs.
    """
    if model is not None and not isinstance(model, nn.Module):
        raise CourseError(f"model is a torch.nn.Module, and this is {kind(model)} {in_words(model)}.")
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise CourseError(f"optimizer is a torch.optim.Optimizer, and this is {kind(optimizer)} {in_words(optimizer)}.")
    if total is not None and (isinstance(total, bool) or not isinstance(total, int) or total < 1):
        raise CourseError(f"total is how many logs there will be, a whole number above 0, and this is {in_words(total)}.")
    return TrainingWatch(model, optimizer, total, str(name))


class TrainingWatch:
    """What `show_training` returns: `log` what happened, and let `loop` hand out batches.

    Attributes:
        widget: the picture itself, which Jupyter shows for it.
    """

    def __init__(self, model: nn.Module | None, optimizer: Optimizer | None, total: int | None, name: str) -> None:
        self._optimizer, self._total, self._name = optimizer, total, name
        self._gradients = GradientNorms(model) if model is not None else None
        self._history = History(layers=self._gradients.names if self._gradients else [])
        self._state = "waiting"
        self._began: float | None = None
        self._paused_s = 0.0
        self._due = 0.0
        self._samples = 0
        self._norms: list[float] | None = None
        self._asked = Asked()
        self._shown = False
        data = self._snapshot()
        self.widget = LiveWidget("training", data, svg=training_svg(data), text=training_text(data))
        self.widget.on_msg(self._asked.hear)

    # --- what a loop calls ---

    def log(self, *, predictions: tuple | None = None, **metrics: float | Tensor) -> None:
        """Note one step or epoch.

        Args:
            predictions: ``(x, prediction, truth)``: a curve, or a confusion matrix where truth holds class labels.
            metrics: numbers by name, such as ``loss=loss, val_loss=…, accuracy=…``; 0-d tensors are read with ``.item()``.

        Raises:
            CourseError: something that is no number, more than six metrics, or predictions that do not fit together.
        """
        numbers = {metric: _number(metric, value) for metric, value in metrics.items()}
        if len({*self._history.metrics, *numbers}) > METRICS:
            raise CourseError(f"A picture has room for {METRICS} metrics; leave out {in_words(next(reversed(numbers)))}.")
        picture = None if predictions is None else predictions_data(predictions)
        now = time.perf_counter()
        self._start(now)
        due = now >= self._due
        if self._gradients and (due or self._gradients.elements <= SMALL_MODEL):
            self._norms = self._gradients.read()
        self._history.add(
            Point(self._history.count + 1, 1, {metric: (value, 1) for metric, value in numbers.items()},
                  now - self._began - self._paused_s, self._rate(), self._norms, picture)
        )
        last = self._history.count == self._total
        if last:
            self._state = "done"
        if due or last:
            self._tell()
        self._attend()

    def loop(self, batches: Iterable[Item]) -> Iterator[Item]:
        """Hand out ``batches`` one by one, and between them do what was asked in the picture; counts samples for the speed."""
        for batch in batches:
            self._start(time.perf_counter())
            self._attend()
            self._samples += _samples_in(batch)
            yield batch

    def finish(self) -> None:
        """Say that the loop is over and show its last state; the end of a cell and the last of ``total`` logs do it too."""
        if self._state in ("running", "paused", "ended"):
            self._state = "done"
        self._asked.running = False
        self._tell()

    def __enter__(self) -> TrainingWatch:
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    # --- what others see ---

    @property
    def data(self) -> dict[str, Any]:
        """All that the picture shows, as it is now."""
        return self._snapshot()

    @property
    def text(self) -> str:
        """The picture in words."""
        return self._now().text

    def to_svg(self) -> str:
        """The still picture, as the text of an SVG file."""
        return self._now().to_svg()

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """The widget as one HTML page that works without a kernel; see `CourseWidget.to_html`."""
        return self._now().to_html(path)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._shown = True
        return self._now()._repr_mimebundle_(**kwargs)

    def _now(self) -> LiveWidget:
        data = self._snapshot()
        self.widget.redraw(data, svg=training_svg(data), text=training_text(data))
        return self.widget

    # --- inside ---

    def _start(self, now: float) -> None:
        if self._began is None:
            self._began = now
        over = self._total is not None and self._history.count >= self._total
        if self._state in ("waiting", "ended", "done") and not over:
            self._state = "running"
            self._asked.running = True
            self._show_yourself()

    def _show_yourself(self) -> None:
        """In a kernel: appear under the cell that runs, and look again when it has ended, however it ends."""
        shell = _shell()
        if shell is None:
            return
        handle = None
        if not self._shown:
            from IPython.display import display

            handle = display(self, display_id=True)

        def ended(*_: object) -> None:
            shell.events.unregister("post_run_cell", ended)
            if self._state in ("running", "paused"):
                self._state = "ended"
            self._asked.running = False
            self._tell()
            if handle is not None:
                # What is saved in the notebook is the picture of the end, not that of the first log.
                handle.update(self)

        shell.events.register("post_run_cell", ended)

    def _attend(self) -> None:
        """Do what was asked in the picture, on the loop's own thread; stay here while it is paused."""
        if not self._asked.waiting:
            return
        since = time.perf_counter()
        while True:
            rate, pause = self._asked.take()
            if rate is not None and self._optimizer is not None:
                _set_rate(self._optimizer, rate)
            if not pause:
                break
            self._state = "paused"
            self._tell()
            self._asked.wait()
        if self._state == "paused":
            self._state = "running"
            self._paused_s += time.perf_counter() - since
        self._tell()

    def _tell(self) -> None:
        before = time.perf_counter()
        self.widget.data = self._snapshot()
        after = time.perf_counter()
        self._due = before + max(BETWEEN_S, (after - before) / SHARE)

    def _rate(self) -> float | None:
        return None if self._optimizer is None else float(self._optimizer.param_groups[0]["lr"])

    def _snapshot(self) -> dict[str, Any]:
        history = self._history.data()
        seconds = history["seconds"][-1] if history["seconds"] else 0.0
        count = history["count"]
        left = None if self._total is None or not count else max(0.0, (self._total - count) * seconds / count)
        return {
            "name": self._name,
            "state": self._state,
            "total": self._total,
            **history,
            "speed": {
                "logs": told(count / seconds) if seconds > 0 else None,
                "samples": told(self._samples / seconds) if self._samples and seconds > 0 else None,
                "left": None if left is None else round(left, 1),
            },
            "rate": self._rate(),
            "heard": self._asked.done,
        }


def _set_rate(optimizer: Optimizer, rate: float) -> None:
    """Give the first group ``rate`` and keep the others in proportion to it."""
    groups = optimizer.param_groups
    first = float(groups[0]["lr"])
    for group in groups:
        own = float(group["lr"])
        fresh = rate * own / first if first and own != first else rate
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(fresh)
        else:
            group["lr"] = fresh


def _shell() -> Any:
    """IPython's shell inside a kernel; None in a plain program."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    shell = get_ipython()
    return shell if shell is not None and getattr(shell, "kernel", None) is not None else None


def _number(metric: str, value: object) -> float:
    if isinstance(value, Tensor):
        if value.numel() != 1 or value.is_complex():
            raise CourseError(f"{metric} is one number, and this tensor has the shape {tuple(value.shape)}; log its mean.")
        return float(value.detach())
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise CourseError(f"{metric} is a number or a 0-d tensor, and this is {kind(value)} {in_words(value)}.") from error


def _samples_in(batch: object) -> int:
    """How many samples a batch of the usual kinds holds: the length of its first tensor, 0 where there is none."""
    while isinstance(batch, list | tuple | dict) and batch:
        batch = next(iter(batch.values())) if isinstance(batch, dict) else batch[0]
    return batch.shape[0] if isinstance(batch, Tensor) and batch.dim() else 0

"""What was asked in the picture of a training loop, on its way from the page to the loop.

A message is heard on whatever thread the kernel uses for it; a loop may only be changed on its own. So the one writes down
what was asked, and the other takes it when it comes by.
"""

from __future__ import annotations

import math
import threading


class Asked:
    """A learning rate and a pause that somebody asked for.

    Attributes:
        running: whether there is a loop that a pause could stop.
        done: the number of the last request that the loop has taken.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._rate: float | None = None
        self._pause = False
        self._heard = self.done = 0
        self.running = False

    @property
    def waiting(self) -> bool:
        """Whether something was asked that the loop has not taken yet."""
        return self._news.is_set()

    def hear(self, _widget: object, message: object, _buffers: object) -> None:
        """Note ``{"id": 3, "rate": 0.1}`` or ``{"id": 4, "pause": true}``; whatever else comes is passed over."""
        if not isinstance(message, dict):
            return
        rate, pause, number_ = message.get("rate"), message.get("pause"), message.get("id")
        with self._lock:
            if isinstance(rate, int | float) and not isinstance(rate, bool) and math.isfinite(rate) and rate > 0:
                self._rate = float(rate)
            if isinstance(pause, bool):
                # On a kernel without subshells this comes when the cell has ended, and must not stop the next one.
                self._pause = pause and self.running
            if isinstance(number_, int):
                self._heard = number_
            self._news.set()

    def take(self) -> tuple[float | None, bool]:
        """The learning rate that was asked for since the last time, and whether to be paused."""
        with self._lock:
            self._news.clear()
            rate, self._rate = self._rate, None
            self.done = self._heard
            return rate, self._pause

    def wait(self) -> None:
        """Until something new is asked. Interrupting the kernel ends it, and leaves nothing paused behind."""
        try:
            while not self._news.wait(0.2):
                pass
        except BaseException:
            self._pause = False
            raise

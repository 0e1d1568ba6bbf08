"""Work off the window's thread: one piece at a time, and of the requests that wait only the latest is kept."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from graphviz_app import collector

PATIENCE = 0.015  # seconds the window may wait for a result, so that small models answer at once
SWITCH = 0.0005  # seconds after which Python hands a thread's turn on: the window needs many short ones
MOST = 3  # pieces at once, where they may be overtaken
POLL = 15  # milliseconds between looks at a longer one


class _Piece:
    def __init__(self, work: Callable[[], Any], then: Callable[[Any], None], failed: Callable[[], None]) -> None:
        self.then = then
        self.failed = failed
        self.result: Any = None
        self.error: BaseException | None = None
        self._work = work
        self.begun = time.monotonic()
        self._thread = collector.aside(self._run, "graphviz-work")

    def _run(self) -> None:
        sys.setswitchinterval(min(SWITCH, sys.getswitchinterval()))
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001  # the window's thread raises it
            self.error = error

    def ready(self, seconds: float) -> bool:
        self._thread.join(seconds)
        collector.settle()
        return not self._thread.is_alive()


class Background(QObject):
    """Runs functions on a thread of their own, one after the other.

    A request made while another runs replaces every request that waits; the result of a replaced one is dropped. A
    piece that has run for `overtaken` seconds keeps no request waiting: it runs on unheard, beside it.
    """

    def __init__(self, parent: QObject | None = None, *, overtaken: float = math.inf) -> None:
        super().__init__(parent)
        self._overtaken = overtaken
        self._unheard: list[_Piece] = []
        self._running: _Piece | None = None
        self._waiting: tuple[Callable[[], Any], Callable[[Any], None], Callable[[], None]] | None = None
        self._poll = QTimer(self, interval=POLL)
        self._poll.timeout.connect(lambda: self._look(0.0))

    @property
    def busy(self) -> bool:
        """Whether a piece of work is under way."""
        return self._running is not None

    def submit(
        self,
        work: Callable[[], Any],
        then: Callable[[Any], None],
        *,
        patience: float = PATIENCE,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        """Run `work` aside and call `then` with its result on this thread; at once where it takes `patience` seconds.

        Where the work raises, `failed` is called and the exception goes on, on this thread.
        """
        if self._running is not None and not self._overtakes(self._running):
            self._waiting = (work, then, failed)
            return
        self._running = _Piece(work, then, failed)
        self._poll.start()
        self._look(patience)

    def wait(self, seconds: float) -> bool:
        """Wait for everything asked for; whether it was done in time."""
        while self._running is not None:
            if not self._running.ready(seconds):
                return False
            self._look(0.0)
        return True

    def drop(self, seconds: float = 0.0) -> None:
        """Forget what runs and what waits: nobody wants the results any more; wait for its thread to end, if asked."""
        self._poll.stop()
        running, self._running, self._waiting = self._running, None, None
        if running is not None:
            running.ready(seconds)

    def _overtakes(self, piece: _Piece) -> bool:
        """Whether a piece need not be waited for; it is unheard from now on."""
        self._unheard = [one for one in self._unheard if not one.ready(0.0)]
        if time.monotonic() - piece.begun < self._overtaken or len(self._unheard) >= MOST - 1:
            return False
        self._unheard.append(piece)
        return True

    def _look(self, seconds: float) -> None:
        piece = self._running
        if piece is None:
            return
        if not piece.ready(seconds) and not (self._waiting is not None and self._overtakes(piece)):
            return
        self._running = None
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            work, then, failed = waiting
            self.submit(work, then, failed=failed)
            return
        self._poll.stop()
        if piece.error is not None:
            piece.failed()
            raise piece.error
        piece.then(piece.result)

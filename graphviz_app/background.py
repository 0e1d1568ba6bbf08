"""Work off the window's thread: one piece at a time, and of the requests that wait only the latest is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

PATIENCE = 0.015  # seconds the window may wait for a result, so that small models answer at once
POLL = 15  # milliseconds between looks at a longer one


class _Piece:
    def __init__(self, work: Callable[[], Any], then: Callable[[Any], None], failed: Callable[[], None]) -> None:
        self.then = then
        self.failed = failed
        self.result: Any = None
        self.error: BaseException | None = None
        self._work = work
        # A daemon: a reading that takes seconds must not keep a closed program alive.
        self._thread = threading.Thread(target=self._run, name="graphviz-work", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001  # the window's thread raises it
            self.error = error

    def ready(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()


class Background(QObject):
    """Runs functions on a thread of their own, one after the other.

    A request made while another runs replaces every request that waits; the result of a replaced one is dropped.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
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
        if self._running is not None:
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

    def _look(self, seconds: float) -> None:
        piece = self._running
        if piece is None or not piece.ready(seconds):
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

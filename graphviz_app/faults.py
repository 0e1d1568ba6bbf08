"""Exceptions that nobody caught, in any thread: written to the log and shown in the message bar; the window lives."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal

LOG = logging.getLogger("graphviz_app")


class Faults(QObject):
    """Catches what nobody caught and tells it, as one sentence, on the window's thread."""

    seen = Signal(str)

    def __init__(self, tell: Callable[[str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._telling = False
        self.seen.connect(tell, Qt.ConnectionType.AutoConnection)

    def install(self) -> None:
        """Take over Python's two hooks for uncaught exceptions."""
        sys.excepthook = self._caught
        threading.excepthook = self._caught_in_thread

    def remove(self) -> None:
        """Give Python its own hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def _caught(self, kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, where)
            return
        LOG.error("uncaught exception", exc_info=(kind, error, where))
        if self._telling:  # telling itself failed: the log has it, a second try would fail alike
            return
        self._telling = True
        try:
            said = " ".join(str(error).split())
            self.seen.emit(f"{kind.__name__}: {said}" if said else kind.__name__)
        finally:
            self._telling = False

    def _caught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            self._caught(args.exc_type, args.exc_value, args.exc_traceback)

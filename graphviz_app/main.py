"""Puts the application together: introduces settings, session, window and recovery to one another."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6 import QtCore, QtGui, QtSvg, QtWidgets
from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from graphviz_app.documents import FIRST
from graphviz_app.faults import Faults
from graphviz_app.menus import SingleKeys
from graphviz_app.recovery import Leftover, Recovery
from graphviz_app.session import Session, State
from graphviz_app.settings import Settings
from graphviz_app.window import Window

HINT = "→ steps, Space plays, F5 presents"
PIECE = 4  # milliseconds of loading between two events


def main(model: str | None = None) -> int:
    """Open the window on a model file or built-in exercise and run until it is closed; the exit status."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    if not isinstance(app, QApplication):
        raise TypeError("a Qt application without windows is running")
    prepare(app)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop never comes back to Python to hear of it
    session = Session()
    faults = Faults(lambda text: session.tell(text, "error"))
    faults.install()
    try:
        window = opened(session, Settings(), model)
        recovery = Recovery(session, parent=window)

        def settle() -> None:
            load_plot(window)
            offer(recovery, session)

        after_first_paint(window, settle)
        window.show()
        status = app.exec()
        recovery.forget()
    finally:
        faults.remove()
    return status


def prepare(app: QApplication) -> None:
    """Names and style, the same on every system."""
    app.setApplicationName("graphviz-app")
    app.setApplicationDisplayName("graphviz-app")
    app.setDesktopFileName("graphviz-app")
    app.setStyle("Fusion")


def opened(session: Session, settings: Settings, model: str | None) -> Window:
    """A window, not shown yet, on a model."""
    window = Window(session, settings)
    preferences = settings.preferences
    session.apply(
        speed=preferences.speed,
        reduced_motion=preferences.reduced_motion,
        digits=preferences.digits,
        hint=QCoreApplication.translate("Main", HINT),
    )
    if preferences.text_scale != 1.0:
        window.set_text_scale(preferences.text_scale)
    if session.open(model or FIRST) and session.state.path is not None:
        settings.remember_file(session.state.path)
    if settings.complaint:
        session.tell(settings.complaint, "info")

    def remember(state: State) -> None:
        known = settings.preferences
        now = {"speed": state.speed, "reduced_motion": state.reduced_motion, "digits": state.digits}
        if now != {name: getattr(known, name) for name in now}:
            settings.remember(**now)

    session.changed.connect(remember)
    SingleKeys(window)
    after_first_paint(window, window.docks.wake)
    window.canvas.setFocus()
    return window


def offer(recovery: Recovery, session: Session) -> None:
    """Offer unsaved text that a copy which crashed has left behind."""
    found = recovery.leftovers()
    if not found:
        return
    tr = QCoreApplication.translate
    newest: Leftover = found[0]

    def restore() -> None:
        path = Path(newest.path) if newest.path else None
        saved = ""
        if path is not None and path.is_file():
            saved = path.read_text("utf-8", errors="replace")
        session.show_text(newest.text, newest.name, path, saved=saved)
        recovery.keep()
        recovery.discard(newest)

    session.tell(
        tr("Main", "Unsaved text of {0} was found after a crash.").replace("{0}", newest.name),
        "info",
        (tr("Main", "Restore"), restore),
        (tr("Main", "Discard"), lambda: recovery.discard(newest)),
        (tr("Main", "Later"), lambda: None),
    )


def load_plot(window: Window) -> None:
    """Load the plot's library, in pieces between events as far as that goes, then put the plot into its panel.

    The library looks at every class of Qt, and each is made when it is first looked at: that takes most of its time.
    None of it may happen in another thread: two threads that make classes of Qt at once crash.
    """
    classes = iter([(module, name) for module in (QtCore, QtGui, QtWidgets, QtSvg) for name in dir(module)])
    timer = QTimer(window, interval=0)
    clock = QElapsedTimer()

    def look() -> None:
        clock.start()
        for module, name in classes:
            getattr(module, name)
            if clock.elapsed() >= PIECE:
                return
        timer.stop()
        from graphviz_app.panels.loss_plot import LossPlot

        window.docks.training.set_plot(LossPlot(window))
        window.docks.allow_plots()
        # What is there now stays: without this, each full collection would hold the window up for 60 ms.
        gc.freeze()

    timer.timeout.connect(look)
    timer.start()


def after_first_paint(window: Window, then: Callable[[], object]) -> None:
    """Run something once the graph has been painted for the first time."""
    window.canvas.installEventFilter(_Once(window, then))


class _Once(QObject):
    def __init__(self, window: Window, then: Callable[[], object]) -> None:
        super().__init__(window)
        self._then: Callable[[], object] | None = then

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._then is not None:
            then, self._then = self._then, None
            QTimer.singleShot(0, self, then)
            watched.removeEventFilter(self)
        return False

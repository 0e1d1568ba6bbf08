"""Puts the application together: introduces settings, session, window and recovery to one another.

The graph is painted first. Everything else is imported and built after that, in pieces between events.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEvent, QMargins, QObject, QTimer
from PySide6.QtWidgets import QApplication

from graphviz_app import collector, opening
from graphviz_app.early import EarlyInput
from graphviz_app.opening import FIRST, Look, Opening
from graphviz_app.settings import Settings
from graphviz_app.window import Window

if TYPE_CHECKING:
    from graphviz_app.recovery import Leftover, Recovery
    from graphviz_app.session import Session, State

NAME = "graphviz-app"
STYLE = "Fusion"  # on every system
HINT = "→ steps, Space plays, F5 presents"
PIECE = 4  # milliseconds of loading between two events
AROUND = QMargins(300, 60, 420, 150)  # pixels that panels will take, roughly
KEEPING = 3000  # milliseconds after the start: the opening graph is kept for the next one
#: What a furnished window needs, in the order of its needs; each takes some milliseconds.
ROOMS = (
    "numpy", "graphviz_models.ops", "graphviz_models.parse", "graphviz_models.stable", "graphviz_models.calculus",
    "graphviz_models.program", "graphviz_models.compile", "graphviz_models.trace", "graphviz_models.check",
    "graphviz_models.sheet", "graphviz_models.layout", "graphviz_models.fold", "graphviz_models.formula.setting",
    "graphviz_models.picture.body", "graphviz_models.picture.plan", "graphviz_models.picture.draw",
    "graphviz_app.session", "graphviz_app.dialogs", "graphviz_app.menus", "graphviz_app.panels.timeline",
    "graphviz_app.panels.equations", "graphviz_app.panels.counting", "graphviz_app.panels.jacobian",
    "graphviz_app.panels.subspace", "graphviz_app.panels.training", "graphviz_app.docks", "graphviz_app.outputs",
    "graphviz_app.provenance", "graphviz_app.faults", "graphviz_app.recovery", "graphviz_app.gliding",
    "graphviz_app.camera", "graphviz_app.checking", "graphviz_app.documents", "graphviz_app.status",
    "graphviz_app.panels.derivation_line", "graphviz_app.panels.message_bar", "graphviz_app.panels.veil",
)  # fmt: skip
#: What the plot's library imports, beside the classes of Qt and of itself.
PLOT_ROOMS = (
    "cProfile", "locale", "multiprocessing.connection", "pydoc", "subprocess", "sysconfig", "xml.etree.ElementTree",
    "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets", "PySide6.QtTest",
)  # fmt: skip


def main(model: str | None = None, first: Opening | None = None) -> int:
    """Open the window on a model file or built-in exercise and run until it is closed; the exit status.

    `first` is what was kept of that model's graph. Without it, OSError and Problems say what is wrong with the model.
    """
    # The style as an argument: asking Qt for the one it has would make ten classes before anything is seen.
    app = QApplication.instance() or QApplication([*(sys.argv[:1] or [NAME]), "-style", STYLE])
    if not isinstance(app, QApplication):
        raise TypeError("a Qt application without windows is running")
    name(app)
    start = Start(Settings(), model or FIRST, first)
    start.window.show()
    status = app.exec()
    start.end()
    return status


class Start:
    """One start of the program: the graph, then everything else."""

    def __init__(self, settings: Settings, model: str, first: Opening | None) -> None:
        self.window = window = Window(settings)
        self._settings, self._model = settings, model
        self._session: Session | None = None
        self._recovery: Recovery | None = None
        self._end: Callable[[], None] = lambda: None
        self._early = EarlyInput(window)
        self._look = Look(window.theme.name, settings.preferences.digits, settings.preferences.direction)
        if first is not None and first.look == self._look:
            window.show_first(first.picture, QMargins(*first.around))
        else:
            self._session = session = begun(settings, model, window)
            session.wait()
            if session.state.trace is not None:
                from graphviz_app.reading import drawn

                window.show_first(drawn(session.state), AROUND)
        after_first_paint(window, lambda: in_pieces(window, self._rest()))

    def end(self) -> None:
        """The window was closed."""
        if self._recovery is not None:
            self._recovery.forget()
        self._end()

    def _rest(self) -> Iterator[object]:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop never comes back to Python to hear of it
        for room in ROOMS:
            yield import_module(room)
        from graphviz_app.faults import Faults
        from graphviz_app.recovery import Recovery

        window = self.window
        session = self._session = self._session or begun(self._settings, self._model, window)
        faults = Faults(lambda text: session.tell(text, "error"))
        faults.install()
        self._end = faults.remove
        yield session
        yield from furnishing(window, session)
        self._early.deliver()
        recovery = self._recovery = Recovery(session, parent=window)

        def settle() -> None:
            load_plot(window)
            offer(recovery, session)

        after_first_paint(window, settle)
        QTimer.singleShot(KEEPING, window, self._keep)

    def _keep(self) -> None:
        """Keep the graph for the next start, while it is still as it was opened."""
        window, state = self.window, self.window.session.state
        if state.trace is None or state.reading or state.at or state.unsaved or state.selected or state.problems:
            return
        if state.show != type(state.show)() or (state.path is not None) != (self._model != state.name):
            return
        corner = window.canvas.mapTo(window, window.canvas.rect().topLeft())
        around = (
            corner.x(), corner.y(),
            window.width() - corner.x() - window.canvas.width(), window.height() - corner.y() - window.canvas.height(),
        )  # fmt: skip
        look = Look(state.theme, state.digits, self._look.direction)
        with contextlib.suppress(OSError):  # a start that is a little slower
            opening.keep(self._model, state.text, Opening(window.picture(), look, around))


def prepare(app: QApplication) -> None:
    """Names and style, the same on every system."""
    name(app)
    if app.style().objectName().lower() != STYLE.lower():
        app.setStyle(STYLE)


def name(app: QApplication) -> None:
    """Say to the system which program this is."""
    app.setApplicationName(NAME)
    app.setApplicationDisplayName(NAME)
    app.setDesktopFileName(NAME)


def begun(settings: Settings, model: str, window: Window, session: Session | None = None) -> Session:
    """A session, in the looks of a window, that reads a model."""
    from graphviz_app.session import Session

    session = session or Session()
    preferences = settings.preferences
    session.direction = preferences.direction
    session.apply(
        theme=window.theme.name,
        theme_choice=preferences.theme,
        speed=preferences.speed,
        reduced_motion=preferences.reduced_motion,
        digits=preferences.digits,
        hint=QCoreApplication.translate("Main", HINT),
    )
    if session.open(model) and session.state.path is not None:
        settings.remember_file(session.state.path)
    if settings.complaint:
        session.tell(settings.complaint)
    return session


def furnished(window: Window, session: Session) -> Window:
    """The window with everything around the graph."""
    for _ in furnishing(window, session):
        pass
    return window


def furnishing(window: Window, session: Session) -> Iterator[object]:
    """Put everything around the graph, in pieces."""
    from graphviz_app.menus import SingleKeys

    yield from window.furnish(session)
    settings = window.settings
    if settings.preferences.text_scale != 1.0:
        window.set_text_scale(settings.preferences.text_scale)

    def remember(state: State) -> None:
        known = settings.preferences
        now = {"speed": state.speed, "reduced_motion": state.reduced_motion, "digits": state.digits}
        if now != {name: getattr(known, name) for name in now}:
            settings.remember(**now)

    session.changed.connect(remember)
    SingleKeys(window)
    after_first_paint(window, window.docks.wake)
    window.canvas.setFocus()


def opened(session: Session, settings: Settings, model: str | None) -> Window:
    """A furnished window, not shown yet, on a model."""
    window = Window(settings)
    return furnished(window, begun(settings, model or FIRST, window, session))


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

    def pieces() -> Iterator[object]:
        for room in ("QtCore", "QtGui", "QtSvg", "QtWidgets"):
            module = import_module(f"PySide6.{room}")
            for name in dir(module):
                yield getattr(module, name)
        for room in PLOT_ROOMS:
            yield import_module(room)
        yield import_module("pyqtgraph")
        from graphviz_app.panels.loss_plot import LossPlot

        window.docks.training.set_plot(LossPlot(window))
        window.docks.allow_plots()
        # What is there now stays: without this, each full collection would hold the window up for 60 ms.
        gc.freeze()
        collector.release(collector.START)

    in_pieces(window, pieces())


def in_pieces(window: Window, work: Iterator[object]) -> None:
    """Do some work in pieces of some milliseconds, between events."""
    timer = QTimer(window, interval=0)
    clock = QElapsedTimer()

    def some() -> None:
        clock.start()
        for _ in work:
            if clock.elapsed() >= PIECE:
                return
        timer.stop()

    timer.timeout.connect(some)
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

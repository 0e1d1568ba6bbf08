"""The panels around the graph as docks: they move, close, become tabs, and are found again where they were."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QTabBar, QTabWidget, QWidget

from graphviz_app.choice import Choice
from graphviz_app.highlighting import Colours
from graphviz_app.panels.counting import CountingPanel
from graphviz_app.panels.derivations import DerivationsPanel
from graphviz_app.panels.equations import EquationsPanel
from graphviz_app.panels.exercises import ExercisesPanel
from graphviz_app.panels.inspector import InspectorPanel
from graphviz_app.panels.jacobian import JacobianPanel
from graphviz_app.panels.outline import OutlinePanel
from graphviz_app.panels.panel import Panel
from graphviz_app.panels.problems import ProblemsPanel
from graphviz_app.panels.questions import QuestionsPanel
from graphviz_app.panels.subspace import SubspacePanel
from graphviz_app.panels.tables import TablesPanel
from graphviz_app.panels.training import TrainingPanel
from graphviz_app.session import State
from graphviz_app.settings import Settings
from graphviz_models.theme import Theme

if TYPE_CHECKING:
    from graphviz_app.window import Window

NARROW = 1100  # pixels: below, docks of one side become tabs
VERSION = 2  # of the arrangement; one that was stored by another version is not restored
TALL = {"jacobian": 330, "counting": 330, "subspace": 360}  # pixels that these take where they can, when first seen
LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea


class Docks:
    """All docks of a window; their panels are made first, and then put into place."""

    def __init__(self, window: Window) -> None:
        self._window = window
        session = window.session
        self.exercises = ExercisesPanel(window)
        self.outline = OutlinePanel(window)
        self.equations = EquationsPanel(session, window)
        self.problems = ProblemsPanel(window)
        self.inspector = InspectorPanel(window)
        self.questions = QuestionsPanel(window)
        self.tables = TablesPanel(window)
        self.derivations = DerivationsPanel(window)
        self.jacobian = JacobianPanel(window)
        self.counting = CountingPanel(window)
        self.subspace = SubspacePanel(window.trainer, window)
        self.training = TrainingPanel(session, window.trainer, window.commands.actions, window)
        self.docks: dict[str, QDockWidget] = {}
        self.awake = False
        self._front: set[str] = set()
        self._tall = dict(TALL)
        self._panels: tuple[Any, ...] = (
            self.exercises, self.outline, self.equations, self.problems, self.inspector, self.questions, self.tables,
            self.derivations, self.jacobian, self.counting, self.subspace, self.training,
        )  # fmt: skip
        self._narrow: bool | None = None
        self._stored: dict[bool, QByteArray] = {}
        self._hidden: list[str] = []
        # Panels that not every model has something for, with whether they have; None before the first model.
        self._applies: dict[str, Callable[[State], bool]] = {
            "tables": lambda state: state.sheet is not None and bool(state.sheet.tables),
            "counting": self.counting.applies,
            "subspace": self.subspace.applies,
        }
        self._applied: dict[str, bool] = {}
        self.exercises.chosen.connect(self._choose)
        self.outline.chosen.connect(session.select)
        self.problems.asked_for.connect(self._go_to)
        self.problems.counted.connect(self._count)
        self.inspector.edit_asked.connect(lambda: window.commands.actions["edit-value"].trigger())
        self.counting.path_lit.connect(session.light)

    def place(self) -> None:
        """Put the panels around the graph."""
        tr = self._window.tr
        for id_, title, panel, area in (
            ("exercises", tr("Exercises"), self.exercises, LEFT),
            ("outline", tr("Outline"), self.outline, LEFT),
            ("equations", tr("Equations"), self.equations, LEFT),
            ("problems", tr("Problems"), self.problems, LEFT),
            ("inspector", tr("Inspector"), self.inspector, RIGHT),
            ("questions", tr("Questions"), self.questions, RIGHT),
            ("tables", tr("Printed tables"), self.tables, RIGHT),
            ("derivations", tr("Derivation"), self.derivations, RIGHT),
            ("jacobian", tr("Jacobian"), self.jacobian, RIGHT),
            ("counting", tr("Cost"), self.counting, RIGHT),
            ("subspace", tr("Subspace"), self.subspace, RIGHT),
            ("training", tr("Training"), self.training, RIGHT),
        ):
            self._add(id_, title, panel, area)
        self._window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)

    def symbol_panels(self) -> tuple[Any, ...]:
        """Panels whose formulas know their nodes."""
        return (self.inspector, self.derivations, self.jacobian, self.counting)

    def show_state(self, state: State) -> None:
        """Show the state in every panel."""
        for panel in self._panels:
            panel.show_state(state)
        for id_, applies in self._applies.items() if state.sheet is not None else ():
            now = applies(state)
            if self._applied.get(id_) != now:
                self._applied[id_] = now
                self.docks[id_].setVisible(now)

    def set_theme(self, theme: Theme, colours: Colours) -> None:
        """Take a theme's colours in every panel."""
        self.equations.set_colours(colours, theme.wrong)
        for panel in self._panels:
            if panel not in (self.exercises, self.outline, self.equations, self.problems):
                panel.set_theme(theme)

    def wake(self) -> None:
        """Fill what is in front: after the first paint, so that the graph is there first."""
        self.awake = True
        for id_ in tuple(self._front):
            self._turn(id_, front=True)

    def allow_plots(self) -> None:
        """Say that the library of the plots is loaded."""
        self.counting.allow_plots()
        self.subspace.allow_plots()

    def close(self) -> None:
        """Let go of what panels have computed aside."""
        for panel in (self.jacobian, self.counting, self.subspace):
            panel.close_work()

    def choices(self) -> list[Choice]:
        """The rows of the menu of panels."""
        return [
            Choice(dock.windowTitle(), dock.toggleViewAction().trigger, dock.toggleViewAction().isChecked())
            for dock in self.docks.values()
        ]

    def toggle_all(self) -> None:
        """Hide every dock, or show those again that were hidden so."""
        shown = [id_ for id_, dock in self.docks.items() if not dock.isHidden()]
        for id_ in shown or self._hidden or list(self.docks):
            self.docks[id_].setVisible(not shown)
        self._hidden = shown

    def restore(self, settings: Settings) -> None:
        """Put the docks where they were."""
        for narrow in (False, True):
            self._stored[narrow] = settings.bytes(f"docks_{'narrow' if narrow else 'wide'}")
        # In a window that is seen already, Qt shows what was put into it by events: docks can be sized after those.
        QCoreApplication.sendPostedEvents()
        self._arrange(self._window.width() < NARROW)

    def keep(self, settings: Settings) -> None:
        """Remember where window and docks are."""
        if self._narrow is not None and not self._hidden:
            self._stored[self._narrow] = self._window.saveState(VERSION)
        for narrow, layout in self._stored.items():
            settings.keep_bytes(f"docks_{'narrow' if narrow else 'wide'}", layout)
        settings.keep_bytes("geometry", self._window.saveGeometry())

    def adapt(self, width: int) -> None:
        """Change between the wide and the narrow arrangement where the window's width asks for it."""
        narrow = width < NARROW
        if self._narrow is None or narrow == self._narrow:
            return
        self._stored[self._narrow] = self._window.saveState(VERSION)
        QTimer.singleShot(0, self._window, lambda: self._arrange(narrow))

    def _arrange(self, narrow: bool) -> None:
        if narrow == self._narrow:
            return
        self._narrow = narrow
        stored = self._stored.get(narrow, QByteArray())
        if stored.isEmpty() or not self._window.restoreState(stored, VERSION):
            self._default(narrow)
        self._show_tab_names()

    def _default(self, narrow: bool) -> None:
        window, d = self._window, self.docks
        for id_, dock in d.items():
            window.removeDockWidget(dock)
            window.addDockWidget(LEFT if id_ in ("exercises", "outline", "equations", "problems") else RIGHT, dock)
            dock.setVisible(id_ not in self._applies or self._applied.get(id_, False))
        # Two docks are split before either becomes a tab: Qt adds to the tabs otherwise.
        if narrow:
            window.splitDockWidget(d["inspector"], d["training"], Qt.Orientation.Vertical)
            window.tabifyDockWidget(d["inspector"], d["questions"])
            window.tabifyDockWidget(d["exercises"], d["equations"])
            window.tabifyDockWidget(d["equations"], d["problems"])
        else:
            window.splitDockWidget(d["exercises"], d["equations"], Qt.Orientation.Vertical)
            window.splitDockWidget(d["equations"], d["problems"], Qt.Orientation.Vertical)
            window.splitDockWidget(d["inspector"], d["questions"], Qt.Orientation.Vertical)
            window.splitDockWidget(d["questions"], d["training"], Qt.Orientation.Vertical)
        window.tabifyDockWidget(d["exercises"], d["outline"])
        d["equations" if narrow else "exercises"].raise_()
        window.tabifyDockWidget(d["questions"], d["tables"])
        for before, id_ in pairwise(("questions", "derivations", "jacobian", "counting", "subspace")):
            window.tabifyDockWidget(d[before], d[id_])
        d["inspector" if narrow else "questions"].raise_()
        width, height = window.width(), window.height()
        left = int(max(200, min(300, width * 0.165)))
        right = int(max(230, min(420, width * 0.225)))
        window.resizeDocks([d["exercises"], d["inspector"]], [left, right], Qt.Orientation.Horizontal)
        if not narrow:
            parts = [int(height * share) for share in (0.3, 0.5, 0.2)]
            window.resizeDocks([d["exercises"], d["equations"], d["problems"]], parts, Qt.Orientation.Vertical)
        rows = [d["inspector"], d["training"]] if narrow else [d["inspector"], d["questions"], d["training"]]
        shares = (0.55, 0.45) if narrow else (0.26, 0.38, 0.36)
        window.resizeDocks(rows, [int(height * share) for share in shares], Qt.Orientation.Vertical)

    def _show_tab_names(self) -> None:
        """Tabs are scrolled where they have no room; a name cut down to one letter names nothing."""
        for bar in self._window.findChildren(QTabBar):
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setUsesScrollButtons(True)

    def _add(self, id_: str, title: str, panel: QWidget, area: Qt.DockWidgetArea) -> None:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(id_)
        dock.setAccessibleName(title)
        dock.setWidget(panel)
        if isinstance(panel, Panel):
            panel.set_seen(False)
            dock.visibilityChanged.connect(lambda front: self._turn(id_, front=front))
        self._window.addDockWidget(area, dock)
        self.docks[id_] = dock

    def _turn(self, id_: str, *, front: bool) -> None:
        """A dock came to the front, or went behind another or away."""
        (self._front.add if front else self._front.discard)(id_)
        panel = self.docks[id_].widget() if id_ in self.docks else None
        if self.awake and isinstance(panel, Panel):
            panel.set_seen(front)
            if front and id_ in self._tall:
                self._give_height(id_, self._tall.pop(id_))

    def _give_height(self, id_: str, height: int) -> None:
        """Give a dock this height at least, at the cost of those above and below it, in equal parts."""
        dock, d = self.docks[id_], self.docks
        others = [o for o in (d["inspector"], d["training"]) if o.isVisible() and not o.isFloating()]
        lacking = height - dock.height()
        if lacking > 0 and not dock.isFloating() and others:
            less = [max(o.minimumSizeHint().height(), o.height() - lacking // len(others)) for o in others]
            self._window.resizeDocks([dock, *others], [height, *less], Qt.Orientation.Vertical)

    def _choose(self, exercise: str) -> None:
        self._window.documents.open(exercise)
        self._window.canvas.setFocus()

    def _go_to(self, line: int, column: int) -> None:
        self.docks["equations"].show()
        self.docks["equations"].raise_()
        self.equations.go_to(line, column)

    def _count(self, count: int) -> None:
        dock = self.docks["problems"]
        dock.setWindowTitle(self._window.tr("Problems ({0})").replace("{0}", str(count)))

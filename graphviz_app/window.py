"""The main window: the graph with its timeline in the middle, panels around it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QToolBar, QToolTip, QVBoxLayout, QWidget

from graphviz_app import dialogs, keys
from graphviz_app.actions import Choice
from graphviz_app.canvas import Canvas
from graphviz_app.checking import Checking
from graphviz_app.docks import Docks
from graphviz_app.documents import Documents
from graphviz_app.formula_label import FormulaLabel
from graphviz_app.highlighting import colours_of
from graphviz_app.icon import icon
from graphviz_app.menus import Commands
from graphviz_app.outputs import Outputs
from graphviz_app.palette import chosen_theme, palette
from graphviz_app.panels.derivation_line import DerivationLine
from graphviz_app.panels.message_bar import MessageBar
from graphviz_app.panels.timeline import TimelinePanel
from graphviz_app.panels.veil import Veil
from graphviz_app.player import Player
from graphviz_app.present import Presentation
from graphviz_app.session import Session, State
from graphviz_app.settings import Settings
from graphviz_app.training import Trainer
from graphviz_models.picture import Picture, picture
from graphviz_models.read import number_latex
from graphviz_models.theme import THEMES, Theme, window_colours

LEAST = QSize(900, 600)
LOSS_SIZE = 15.0


class Window(QMainWindow):
    """Shows a session. What it does is in the table of actions; what it holds are panels that each show the state."""

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self.session: Session = session
        self.settings: Settings = settings
        self.setObjectName("window")
        self.setMinimumSize(LEAST)
        self.setAcceptDrops(True)
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )
        self.player: Player = Player(session, self)
        self.trainer: Trainer = Trainer(session, self)
        self.checking: Checking = Checking(session, self)
        self.documents: Documents = Documents(session, settings, self)
        self.outputs: Outputs = Outputs(self)
        self.canvas: Canvas = Canvas(self)
        self.veil = Veil(self.canvas)
        self.commands: Commands = Commands(self)
        self.presentation: Presentation | None = None
        self.theme: Theme = THEMES["light"]
        self._base_font = QApplication.font()
        self._drawn: tuple[object, ...] = ()
        self._seen: State | None = None
        self._fit_asked = True
        self._build()
        self._connect()
        self.choose_theme(settings.preferences.theme)
        self.docks.restore(settings)

    # -- building ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.commands.fill_menus()
        bar = QToolBar(self.tr("Toolbar"), self)
        bar.setObjectName("toolbar")
        bar.setAccessibleName(self.tr("Toolbar"))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.setIconSize(QSize(18, 18))
        bar.setMovable(False)
        self.commands.fill_toolbar(bar)
        self.addToolBar(bar)
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.message_bar = MessageBar(self.session, middle)
        self.timeline = TimelinePanel(self.player, self.commands.actions, middle)
        self.derivation_line = DerivationLine(middle)
        column.addWidget(self.message_bar)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.timeline)
        column.addWidget(self.derivation_line)
        self.setCentralWidget(middle)
        self.docks: Docks = Docks(self)
        self._model_label = QLabel(self)
        self._model_label.setAccessibleName(self.tr("State of the model"))
        self._loss_label = FormulaLabel(self, size=LOSS_SIZE)
        self.statusBar().addWidget(self._model_label, 1)
        self.statusBar().addPermanentWidget(self._loss_label)

    def _connect(self) -> None:
        session = self.session
        session.changed.connect(self.show_state)
        self.canvas.node_clicked.connect(lambda node: session.select(node or None))
        self.canvas.node_hovered.connect(lambda node: session.hover(node or None))
        self.canvas.node_moved.connect(lambda node, x, y: session.move(node, (x, y)))
        self.canvas.symbol_hovered.connect(lambda node: session.hover(node or None))
        self.canvas.node_double_clicked.connect(self._double_clicked)
        for panel in (self.derivation_line, *self.docks.symbol_panels()):
            panel.symbol_hovered.connect(lambda node: session.hover(node or None))
            panel.symbol_clicked.connect(session.select)
        QApplication.styleHints().colorSchemeChanged.connect(lambda _: self._retheme())

    # -- showing the state -------------------------------------------------------------------------------------------

    def show_state(self, state: State) -> None:
        """Show a state: every panel looks for itself at what concerns it."""
        before, self._seen = self._seen, state
        if before is not None and before.sheet is None and state.sheet is not None:
            self._fit_asked = True
        if before is None or (before.name, before.path) != (state.name, state.path):
            self._fit_asked = True
        self._draw(state)
        self.message_bar.show_state(state)
        self.timeline.show_state(state)
        self.derivation_line.show_state(state)
        self.docks.show_state(state)
        self.commands.show_state(state)
        self.documents.show_state(state)
        if before is None or before.playing != state.playing:
            self._show_playing(state.playing)
        self._status(before, state)
        if self.presentation is not None:
            self.presentation.show_state(state)
        if before is not None and before.at != state.at and QAccessible.isActive():
            spoken = self.derivation_line.label.accessibleName()
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.canvas, spoken))

    def picture(self) -> Picture:
        """The picture that is shown."""
        state = self.session.state
        if state.trace is None:
            raise ValueError("no model is open")
        return picture(
            state.trace,
            state.at,
            state.progress,
            theme=self.theme,
            show=state.show,
            digits=state.digits,
            pinned=dict(state.pinned),
            selected=state.selected,
        )

    def _draw(self, state: State) -> None:
        key = (
            state.trace, state.at, state.progress, self.theme.name, state.show, state.digits, state.pinned,
            state.selected,
        )  # fmt: skip
        if state.trace is None or key == self._drawn:
            self._mark(state)
            return
        program = self._drawn[0].program if self._drawn and self._drawn[0] is not None else None  # type: ignore[attr-defined]
        layout = (state.trace.program, state.show, state.digits)
        refit = self._fit_asked or (program, *self._drawn[4:6]) != layout
        self._drawn = key
        self.canvas.show_picture(self.picture())
        self._mark(state)
        if refit:
            self._fit_asked = False
            self.canvas.fit()

    def _mark(self, state: State) -> None:
        """Light what the pointer is on; veil a graph that belongs to an older text."""
        self.canvas.light([state.hovered] if state.hovered else [])
        self.canvas.light_path(state.lit)
        self.veil.setVisible(state.dimmed and state.trace is not None)

    def _status(self, before: State | None, state: State) -> None:
        if before is None or before.name != state.name or before.path != state.path:
            self.setWindowTitle(f"{state.name}[*] — graphviz-app" if state.name else "graphviz-app")
        self.setWindowModified(state.unsaved)
        key = (state.problems, state.reading, state.program, state.training.iteration)
        old = before and (before.problems, before.reading, before.program, before.training.iteration)
        if before is None or key != old:
            self._model_label.setText(self._summary(state))
        known = (state.trace, state.at, state.digits, self.theme.name)
        if (
            before is None
            or known != (before.trace, before.at, before.digits, self.theme.name)
            or not self._loss_label.source
        ):
            self._show_loss(state)

    def _summary(self, state: State) -> str:
        if state.problems:
            count = len(state.problems)
            words = self.tr("1 problem") if count == 1 else self.tr("{0} problems").replace("{0}", str(count))
            return f"✗ {words}"
        program = state.program
        if program is None:
            return self.tr("Reading…") if state.reading else ""
        edges = sum(len(e.reads) for e in program.equations)
        parameters = sum(g.value.size for g in program.given.values() if g.role == "parameter")
        words = " · ".join(
            (
                self.tr("Model OK"),
                ", ".join(
                    (
                        _counted(len(program.names), self.tr("node"), self.tr("nodes")),
                        _counted(edges, self.tr("edge"), self.tr("edges")),
                        _counted(parameters, self.tr("parameter"), self.tr("parameters")),
                    )
                ),
            )
        )
        if state.training.iteration:
            words += " · " + self.tr("iteration {0}").replace("{0}", f"{state.training.iteration:,}")
        return words

    def _show_loss(self, state: State) -> None:
        if state.trace is None:
            return
        value = state.value(state.trace.program.loss)
        symbol = state.trace.notation.symbol(state.trace.program.loss)
        if value is None or value.ndim:
            self._loss_label.set_latex(rf"{symbol} = \text{{?}}")
        else:
            self._loss_label.set_latex(f"{symbol} = {number_latex(value, state.digits)}")
        self._loss_label.setMinimumWidth(int(self._loss_label.natural_width()) + 8)

    # -- looks -------------------------------------------------------------------------------------------------------

    def choose_theme(self, choice: str) -> None:
        """Take a theme of the table, or what the system has."""
        self.settings.remember(theme=choice)
        self._retheme(choice)

    def _retheme(self, choice: str | None = None) -> None:
        choice = choice or self.session.state.theme_choice
        self.theme = theme = chosen_theme(choice)
        made = palette(theme)
        QApplication.setPalette(made)
        QToolTip.setPalette(made)
        colours = window_colours(theme)
        self.commands.set_icons(theme.text, colours["disabled_text"])
        self._show_playing(self.session.state.playing)
        self.setWindowIcon(icon("app", theme.forward, theme.forward))
        self.veil.colour = QColor(theme.background)
        self.timeline.set_theme(theme)
        self.derivation_line.set_theme(theme)
        self.docks.set_theme(theme, colours_of(theme))
        if self.presentation is not None:
            self.presentation.set_theme(theme)
        self.session.apply(theme=theme.name, theme_choice=choice)

    def _show_playing(self, playing: bool) -> None:
        colours = window_colours(self.theme)
        self.commands.show_playing(playing, self.theme.text, colours["disabled_text"])

    def scale_text(self, factor: float) -> None:
        """Make all text larger or smaller, between 75 and 300 %."""
        self.set_text_scale(self.session.state.text_scale * factor)

    def set_text_scale(self, scale: float) -> None:
        """Set the size of all text; 1 is the system's."""
        scale = round(max(0.75, min(3.0, scale)), 3)
        font = self._base_font
        size = font.pointSizeF() if font.pointSizeF() > 0 else 10.0
        made = type(font)(font)
        made.setPointSizeF(size * scale)
        QApplication.setFont(made)
        self.settings.remember(text_scale=scale)
        self._loss_label.set_size(LOSS_SIZE * scale)
        self.session.apply(text_scale=scale)

    # -- commands ----------------------------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take back the last change; what is being typed counts."""
        self.docks.equations.commit()
        self.session.undo()

    def redo(self) -> None:
        """Make it again."""
        self.docks.equations.commit()
        self.session.redo()

    def zoom_to_one(self) -> None:
        """One point of the picture as one pixel, the middle where it was."""
        self.canvas.zoom_to(1.0)

    def toggle_panels(self) -> None:
        """Hide all panels, or show those again that were there."""
        self.docks.toggle_all()

    def panel_choices(self) -> list[Choice]:
        """The rows of the menu of panels."""
        return self.docks.choices()

    def toggle_full_screen(self) -> None:
        """The whole screen, or a window again."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def present(self, *, from_here: bool = False) -> None:
        """Show graph and derivation alone, on the screen that the window is on."""
        if self.presentation is not None or self.session.state.trace is None:
            return
        if not from_here:
            self.player.first()
        self.presentation = Presentation(self.session, self.player, self.theme)
        self.presentation.left.connect(self._presented)
        self.presentation.begin(self.screen())

    def show_keys(self) -> None:
        """The list of all commands with their keys."""
        dialogs.page(self, self.tr("Keys"), keys.text())

    def quit(self) -> None:
        """Close everything, and with it the program."""
        QApplication.closeAllWindows()

    def _double_clicked(self, node: str) -> None:
        self.session.select(node)
        self.commands.actions["edit-value"].trigger()

    def _presented(self) -> None:
        if self.presentation is not None:
            self.presentation.deleteLater()
            self.presentation = None
            self.activateWindow()
            self.canvas.setFocus()

    # -- events ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.docks.adapt(event.size().width())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._fit_asked = True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.documents.open(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        self.docks.equations.commit()
        if not self.documents.may_close():
            event.ignore()
            return
        if self.presentation is not None:
            self.presentation.close()
        self.player.pause()
        self.trainer.close()
        self.checking.close()
        self.session.close()
        self.docks.close()
        self.docks.keep(self.settings)
        self.settings.sync()
        event.accept()


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"

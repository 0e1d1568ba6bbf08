"""The main window: the graph with its timeline in the middle, panels around it.

The graph is seen first. What the rest needs is imported when the window is furnished, or when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from graphviz_app.frame import Frame
from graphviz_app.palette import chosen_theme
from graphviz_app.settings import Settings
from graphviz_models.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent

    from graphviz_app.checking import Checking
    from graphviz_app.choice import Choice
    from graphviz_app.docks import Docks
    from graphviz_app.documents import Documents
    from graphviz_app.gliding import Gliding
    from graphviz_app.menus import Commands
    from graphviz_app.outputs import Outputs
    from graphviz_app.panels.derivation_line import DerivationLine
    from graphviz_app.panels.message_bar import MessageBar
    from graphviz_app.panels.timeline import TimelinePanel
    from graphviz_app.player import Player
    from graphviz_app.present import Presentation
    from graphviz_app.provenance import EntryProvenance
    from graphviz_app.session import Session, State
    from graphviz_app.training import Trainer

READABLE = 0.5  # zoom below which a node that was looked for could not be read


class Window(Frame):
    """Shows a session. What it does is in the table of actions; what it holds are panels that each show the state."""

    furnished = False

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.presentation: Presentation | None = None
        self._base_font = QApplication.font()
        self._drawn: tuple[object, ...] = ()
        self._level: tuple[object, ...] = ()
        self._seen: State | None = None
        self._fit_asked = True
        self._sought: str | None = None

    # -- building ----------------------------------------------------------------------------------------------------

    def furnish(self, session: Session) -> Iterator[None]:
        """Put everything around the graph, and show a session from now on.

        In pieces: nothing is seen, or does anything, before the last one.
        """
        from graphviz_app.camera import Camera
        from graphviz_app.checking import Checking
        from graphviz_app.docks import Docks
        from graphviz_app.documents import Documents
        from graphviz_app.gliding import Gliding
        from graphviz_app.menus import Commands
        from graphviz_app.outputs import Outputs
        from graphviz_app.panels.veil import Veil
        from graphviz_app.player import Player
        from graphviz_app.provenance import EntryProvenance
        from graphviz_app.training import Trainer

        self.session: Session = session
        self.player: Player = Player(session, self)
        self.trainer: Trainer = Trainer(session, self)
        self.checking: Checking = Checking(session, self)
        self.documents: Documents = Documents(session, self.settings, self)
        self.outputs: Outputs = Outputs(self)
        self.gliding: Gliding = Gliding(self.canvas, self.player)
        self.camera: Camera = Camera(self.canvas, self.player, near=False)
        self.provenance: EntryProvenance = EntryProvenance(self.canvas)
        self.veil = Veil(self.canvas)
        self.commands: Commands = Commands(self)
        yield
        self.commands.set_icons(chosen_theme(self.settings.preferences.theme))
        yield
        self.docks: Docks = Docks(self)
        yield
        self.setUpdatesEnabled(False)  # or all would be painted where it stands before the docks are arranged
        try:
            self._build()
            self._connect()
            self.furnished = True
            self._retheme(self.settings.preferences.theme)
            self.docks.restore(self.settings)
            self.show_state(session.state)
        finally:
            self.setUpdatesEnabled(True)

    def _build(self) -> None:
        from graphviz_app.panels.derivation_line import DerivationLine
        from graphviz_app.panels.message_bar import MessageBar
        from graphviz_app.panels.timeline import TimelinePanel
        from graphviz_app.status import Status

        self.commands.fill_menus()
        self.addToolBar(self.commands.toolbar())
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.message_bar: MessageBar = MessageBar(self.session, middle)
        self.timeline: TimelinePanel = TimelinePanel(self.player, self.commands.actions, middle)
        self.derivation_line: DerivationLine = DerivationLine(middle)
        column.addWidget(self.message_bar)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.timeline)
        column.addWidget(self.derivation_line)
        self.setCentralWidget(middle)
        self.docks.place()
        self._status = Status(self)
        self.setStatusBar(self._status)

    def _connect(self) -> None:
        session = self.session
        session.changed.connect(self.show_state)
        self._status.became_late.connect(lambda: self._mark(session.state))
        self.canvas.node_clicked.connect(lambda node: session.select(node or None))
        self.canvas.node_hovered.connect(lambda node: session.hover(node or None))
        self.canvas.box_moved.connect(self._moved)
        self.canvas.menu_asked.connect(self._show_menu)
        self.canvas.symbol_hovered.connect(lambda node: session.hover(node or None))
        self.canvas.node_double_clicked.connect(self._double_clicked)
        for panel in (self.derivation_line, *self.docks.symbol_panels()):
            panel.symbol_hovered.connect(lambda node: session.hover(node or None))
            panel.symbol_clicked.connect(session.select)
        # A method, not a lambda: what belongs to the application would keep the window for ever.
        QApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    # -- showing the state -------------------------------------------------------------------------------------------

    def show_state(self, state: State) -> None:
        """Show a state: every panel looks for itself at what concerns it."""
        before, self._seen = self._seen, state
        if before is not None and before.sheet is None and state.sheet is not None:
            self._fit_asked = True
        if before is None or (before.name, before.path) != (state.name, state.path):
            self._fit_asked = True
        self._draw(state)
        self.provenance.show_state(state)
        self.message_bar.show_state(state)
        self.timeline.show_state(state)
        self.derivation_line.show_state(state)
        self.docks.show_state(state)
        self.commands.show_state(state)
        self.documents.show_state(state)
        if before is None or before.playing != state.playing:
            self.commands.show_playing(state.playing, self.theme)
        self._title(before, state)
        self._status.show_state(state)
        if self.presentation is not None:
            self.presentation.show_state(state)
        if before is not None and before.at != state.at:
            self.derivation_line.announce()

    def picture(self) -> Picture:
        """The picture that is shown."""
        from graphviz_app.reading import drawn

        return drawn(self.session.state)

    def _draw(self, state: State) -> None:
        from graphviz_app.reading import drawn

        key = (
            state.trace, state.at, state.progress, state.theme, state.show, state.digits, state.viewpoint, state.pinned,
            state.selected,
        )  # fmt: skip
        if state.trace is not None and key != self._drawn:
            # What is another graph is seen as a whole; a fold or a moved node leaves who has zoomed in where he is.
            level = (state.trace.program.level, state.direction, state.show, state.digits)
            fit = self._fit_asked or level != self._level
            self._fit_asked, self._level, self._drawn = False, level, key
            self.gliding.show(state, drawn(state), fit=fit)
        self.camera.show_state(state, state.near)
        self._mark(state)
        self._seek(state)

    def _mark(self, state: State) -> None:
        """Light what the pointer is on; veil a graph that belongs to an older text."""
        from graphviz_app.folding import shown_as

        def boxes(*nodes: str) -> tuple[str, ...]:
            program = state.program
            if program is None or not state.folded:
                return nodes
            return tuple(shown_as(program, state.folded, node, self.canvas.scene.picture) for node in nodes)

        self.canvas.light(boxes(state.hovered) if state.hovered else ())
        self.canvas.light_path(boxes(*state.lit))
        old = state.dimmed if state.trace is not None else self._status.late
        self.veil.setVisible(old and self.canvas.scene.picture is not None)

    def _title(self, before: State | None, state: State) -> None:
        if before is None or before.name != state.name or before.path != state.path:
            self.setWindowTitle(f"{state.name}[*] — graphviz-app" if state.name else "graphviz-app")
        self.setWindowModified(state.unsaved)

    # -- looks -------------------------------------------------------------------------------------------------------

    def choose_theme(self, choice: str) -> None:
        """Take a theme of the table, or what the system has."""
        self.settings.remember(theme=choice)
        self._retheme(choice)

    def _retheme(self, choice: str | None = None) -> None:
        from graphviz_app.highlighting import colours_of
        from graphviz_app.icon import icon

        choice = choice or self.session.state.theme_choice
        theme = chosen_theme(choice)
        if theme.name != self.theme.name:
            self.recolour(theme)
        self.commands.set_icons(theme)
        self.commands.show_playing(self.session.state.playing, theme)
        self.setWindowIcon(icon("app", theme.forward, theme.forward))
        self.veil.colour = QColor(theme.background)
        self.timeline.set_theme(theme)
        self.derivation_line.set_theme(theme)
        self.docks.set_theme(theme, colours_of(theme))
        if self.presentation is not None:
            self.presentation.set_theme(theme)
        state = self.session.state
        if (state.theme, state.theme_choice) != (theme.name, choice):
            self.session.look(theme=theme.name, theme_choice=choice)

    def _follow_system(self) -> None:
        self._retheme()

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
        self._status.scale_text(scale)
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

    def present(self, *, from_here: bool = False) -> None:
        """Show graph and derivation alone, on the screen that the window is on."""
        if self.presentation is not None or self.session.state.trace is None:
            return
        if not from_here:
            self.player.first()
        from graphviz_app.present import Presentation

        self.presentation = Presentation(self.session, self.player, self.theme)
        self.presentation.left.connect(self._presented)
        self.presentation.begin(self.screen())

    def show_keys(self) -> None:
        """The list of all commands with their keys."""
        from graphviz_app import dialogs, keys

        dialogs.page(self, self.tr("Keys"), keys.text())

    def choose_direction(self, direction: str) -> None:
        """Let graphs run to the right or down, this one and those opened from now on."""
        self.settings.remember(direction=direction)
        self.session.direction = direction
        self.session.look(direction=direction)

    def show_node(self, node: str) -> None:
        """Select a node and bring it into sight, large enough to be read."""
        self._sought = node
        self.session.select(node)
        self._seek(self.session.state)

    def _seek(self, state: State) -> None:
        """Go to the node that is looked for, once the picture has a box for it."""
        if self._sought is None or state.reading or state.trace is None:
            return
        node, self._sought = self._sought, None
        self.player.settle()
        if self.canvas.zoom < READABLE:
            self.canvas.zoom_to(1.0)
        if not self.canvas.sees(node):
            self.canvas.centre_on(node)

    def _moved(self, id_: str, x: float, y: float) -> None:
        from graphviz_app.folding import placed_as

        picture, program = self.canvas.scene.picture, self.session.state.program
        box = self.canvas.scene.layer("boxes").get(id_)
        if picture is not None and program is not None and box is not None:
            self.gliding.jump()
            node = placed_as(program, self.session.state.folded, box)
            self.session.move(node, (x - picture.origin[0], y - picture.origin[1]))

    def _double_clicked(self, node: str) -> None:
        state = self.session.state
        if state.program is not None and node in state.program.names:
            self.session.select(node)
            self.commands.actions["edit-value"].trigger()
        else:
            self.session.fold(node, unfold=True)

    def _show_menu(self, node: str, place: QPoint) -> None:
        from graphviz_app.actions import CONTEXT

        if node:
            self.session.select(node)
        menu = self.commands.menu_of(CONTEXT)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _presented(self) -> None:
        if self.presentation is not None:
            self.presentation.deleteLater()
            self.presentation = None
            self.activateWindow()
            self.canvas.setFocus()

    # -- events ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.furnished:
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
        if paths and self.furnished:
            self.documents.open(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.furnished:
            event.accept()
            return
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

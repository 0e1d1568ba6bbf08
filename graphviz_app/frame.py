"""The main window as it opens: its place on the screen, its colours, and the graph."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QSize, Qt
from PySide6.QtWidgets import QApplication, QMainWindow, QToolTip, QVBoxLayout, QWidget

from graphviz_app.canvas import Canvas
from graphviz_app.palette import chosen_theme, palette
from graphviz_app.settings import Settings
from graphviz_models.picture import Picture
from graphviz_models.theme import Theme

LEAST = QSize(900, 600)


class Frame(QMainWindow):
    """A window with a graph and nothing around it yet. Nothing of the engine is needed for it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings: Settings = settings
        self.setObjectName("window")
        self.setMinimumSize(LEAST)
        self.setAcceptDrops(True)
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )
        self.canvas: Canvas = Canvas(self)
        self.recolour(chosen_theme(settings.preferences.theme))
        self._place()

    def show_first(self, picture: Picture, around: QMargins) -> None:
        """Show a graph before there is anything `around` it, where it will be then."""
        middle = QWidget(self)
        room = QVBoxLayout(middle)
        room.setContentsMargins(around)
        room.addWidget(self.canvas)
        self.setCentralWidget(middle)
        self.canvas.show_picture(picture)

    def recolour(self, theme: Theme) -> None:
        """Give everything that Qt paints a theme's colours."""
        self.theme: Theme = theme
        made = palette(theme)
        QApplication.setPalette(made)
        QToolTip.setPalette(made)

    def toggle_full_screen(self) -> None:
        """The whole screen, or a window again."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def quit(self) -> None:
        """Close everything, and with it the program."""
        QApplication.closeAllWindows()

    def _place(self) -> None:
        """Put the window where it was; where that was off every screen, where it belongs."""
        if not self.restoreGeometry(self.settings.bytes("geometry")):
            self.resize(1440, 900)
        # Room for the frame, whose size is not known before the window manager has put it on.
        screen = self.screen().availableGeometry().adjusted(0, 0, -8, -40)
        if not screen.intersects(self.frameGeometry()):
            self.resize(min(1440, screen.width()), min(900, screen.height()))
            self.move(screen.topLeft())
        elif self.width() > screen.width() or self.height() > screen.height():
            self.resize(self.size().boundedTo(screen.size()))

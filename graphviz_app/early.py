"""What the user does before the window is furnished: it waits, and is done in its order once everything is there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QTimer
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QAction, QKeySequence
    from PySide6.QtWidgets import QWidget

    from graphviz_app.window import Window

MOST = 500  # things that wait; a key that lies under a book may repeat for ever
POLL = 15  # milliseconds between two looks at what has to be waited for
PATIENCE = 1000  # milliseconds that a window may take to get the keys


class EarlyInput(QObject):
    """Holds the keys that a window gets, and what the pointer does to nodes, until `deliver`."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._waiting: deque[Callable[[], object]] = deque()
        self._asleep = QElapsedTimer()  # since a window was opened that has not got the keys
        canvas = window.canvas
        canvas.node_clicked.connect(self._clicked)
        canvas.node_double_clicked.connect(self._double_clicked)
        canvas.box_moved.connect(self._moved)
        canvas.menu_asked.connect(self._menu_asked)
        window.installEventFilter(self)  # until it is on the screen, and has a handle

    def deliver(self) -> None:
        """The window is furnished: do what waits, one thing between two events, as soon as the model has been read."""
        canvas = self._window.canvas
        canvas.node_clicked.disconnect(self._clicked)
        canvas.node_double_clicked.disconnect(self._double_clicked)
        canvas.box_moved.disconnect(self._moved)
        canvas.menu_asked.disconnect(self._menu_asked)
        self._next()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window:
            if isinstance(event, QShowEvent):
                watched.removeEventFilter(self)
                self._window.windowHandle().installEventFilter(self)
        elif isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # or Qt would look for a shortcut before anybody gets the key
            else:
                key = event.clone()
                self._keep(lambda: self._type(key))
            return True
        return False

    def _keep(self, work: Callable[[], object]) -> None:
        if len(self._waiting) < MOST:
            self._waiting.append(work)

    def _clicked(self, node: str) -> None:
        self._keep(lambda: self._window.canvas.node_clicked.emit(node))

    def _double_clicked(self, node: str) -> None:
        self._keep(lambda: self._window.canvas.node_double_clicked.emit(node))

    def _moved(self, box: str, x: float, y: float) -> None:
        self._keep(lambda: self._window.canvas.box_moved.emit(box, x, y))

    def _menu_asked(self, node: str, place: QPoint) -> None:
        self._keep(lambda: self._window.canvas.menu_asked.emit(node, place))

    def _next(self) -> None:
        if not self._window.isVisible():  # closed again
            self._waiting.clear()
        if self._waiting and (self._window.session.state.reading or self._opening()):
            QTimer.singleShot(POLL, self, self._next)
        elif self._waiting:
            QTimer.singleShot(0, self, self._next)  # before it is done: it may open a dialog, for which the others are
            self._waiting.popleft()()
        else:
            if (handle := self._window.windowHandle()) is not None:
                handle.removeEventFilter(self)
            self.deleteLater()

    def _opening(self) -> bool:
        """Whether a dialog, or whatever else is to get the keys, has yet to get them from the system."""
        top = QApplication.activeModalWidget() or self._window.presentation or self._window
        if top.isActiveWindow():
            self._asleep.invalidate()
            return False
        if not self._asleep.isValid():
            self._asleep.start()
        return self._asleep.elapsed() < PATIENCE

    def _type(self, key: QKeyEvent) -> None:
        """Give a key to who has the focus now, or do what it is the shortcut of."""
        focus = QApplication.activePopupWidget() or QApplication.focusWidget() or self._window
        if key.type() == QEvent.Type.KeyPress:
            override = QKeyEvent(QEvent.Type.ShortcutOverride, key.key(), key.modifiers(), key.text())
            override.ignore()
            QApplication.sendEvent(focus, override)
            action = None if override.isAccepted() else self._action(key, focus)
            if action is not None:
                action.trigger()
                return
        QApplication.sendEvent(focus, key)

    def _action(self, key: QKeyEvent, focus: QWidget) -> QAction | None:
        from PySide6.QtCore import Qt

        if focus.window() is not self._window:
            return None
        for sequence in _sequences(key):
            for action in self._window.commands.actions.values():
                here = action.shortcutContext() != Qt.ShortcutContext.WidgetShortcut or action in focus.actions()
                if here and action.isEnabled() and sequence in action.shortcuts():
                    return action
        return None


def _sequences(key: QKeyEvent) -> list[QKeySequence]:
    """The shortcuts that a key stands for, as Qt would look for them."""
    from PySide6.QtCore import QKeyCombination, Qt  # classes that are made when they are first asked for
    from PySide6.QtGui import QKeySequence

    modifiers = key.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    found = [modifiers]
    sign = chr(key.key()) if key.key() < Qt.Key.Key_Escape else ""
    if sign and not sign.isalpha() and not sign.isspace():  # Shift has made a + of a =, and is used up by that
        found.append(modifiers & ~Qt.KeyboardModifier.ShiftModifier)
    return [QKeySequence(QKeyCombination(one, Qt.Key(key.key()))) for one in found]

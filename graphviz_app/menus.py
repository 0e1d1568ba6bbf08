"""Menus, toolbar and shortcuts, made from the table of actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QMenu,
    QSizePolicy,
    QTabBar,
    QToolBar,
    QWidget,
)

from graphviz_app.actions import ACTIONS, MENUS, TOOLBAR, Action
from graphviz_app.choice import Choice
from graphviz_app.icon import icon
from graphviz_app.session import State
from graphviz_models.theme import Theme, window_colours

if TYPE_CHECKING:
    from graphviz_app.window import Window


def translated(text: str) -> str:
    """A text of the table in the user's language."""
    return QCoreApplication.translate("Actions", text)


def _icon(name: str, theme: Theme) -> QIcon:
    return icon(name, theme.text, window_colours(theme)["disabled_text"])


def keys_text(row: Action) -> str:
    """The keys of a row as they are printed in menus."""
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in row.shortcuts)


class Commands(QObject):
    """The table's actions as Qt's, each enabled and ticked as the state says."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.actions: dict[str, QAction] = {}
        self._rows = {row.id: row for row in ACTIONS}
        self._shown: dict[str, tuple[bool, bool]] = {}
        for row in ACTIONS:
            if row.choices is None:
                self.actions[row.id] = self._action(row)

    def _action(self, row: Action) -> QAction:
        made = QAction(translated(row.text), self._window)
        made.setObjectName(row.id)
        made.setShortcuts([QKeySequence(key) for key in row.shortcuts])
        tip = translated(row.tip)
        made.setStatusTip(tip)
        made.setToolTip(f"{tip} ({keys_text(row)})" if row.shortcuts else tip)
        made.setCheckable(row.checked is not None)
        made.setMenuRole(QAction.MenuRole.NoRole)
        if row.context == "graph":
            made.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self._window.canvas.addAction(made)
        else:
            self._window.addAction(made)
        made.triggered.connect(lambda _=False: row.run(self._window))
        return made

    def set_icons(self, theme: Theme) -> None:
        """Paint all icons in a theme's colours."""
        for id_, action in self.actions.items():
            if self._rows[id_].icon:
                action.setIcon(_icon(self._rows[id_].icon, theme))
                action.setIconVisibleInMenu(False)

    def show_state(self, state: State) -> None:
        """Enable what is possible, tick what is on."""
        for id_, action in self.actions.items():
            row = self._rows[id_]
            now = (row.possible(state), row.checked(state) if row.checked is not None else False)
            if self._shown.get(id_) != now:
                self._shown[id_] = now
                action.setEnabled(now[0])
                if row.checked is not None:
                    action.setChecked(now[1])

    def show_playing(self, playing: bool, theme: Theme) -> None:
        """The button of Play shows what it would do."""
        self.actions["play"].setIcon(_icon("pause" if playing else "play", theme))

    def fill_menus(self) -> None:
        """Build the menu bar; a row with choices is filled when it opens."""
        bar = self._window.menuBar()
        menus: dict[str, QMenu] = {}
        for title in MENUS:
            menus[title] = bar.addMenu(f"&{QCoreApplication.translate('Actions', title)}")
            menus[title].setAccessibleName(title)
        for row in ACTIONS:
            menu = self._menu(menus, row.menu)
            if row.begins and not menu.isEmpty():
                menu.addSeparator()
            if row.choices is None:
                menu.addAction(self.actions[row.id])
            elif row.inline:
                self._rows_of(menu, row)
            else:
                self._submenu(menu, row)

    def toolbar(self) -> QToolBar:
        """The few actions that have a button."""
        bar = QToolBar(self._window.tr("Toolbar"), self._window)
        bar.setObjectName("toolbar")
        bar.setAccessibleName(bar.windowTitle())
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.setIconSize(QSize(18, 18))
        bar.setMovable(False)
        for id_ in TOOLBAR:
            if id_ == "":
                bar.addSeparator()
            elif id_ == "stretch":
                space = QWidget(bar)
                space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
                bar.addWidget(space)
            else:
                bar.addAction(self.actions[id_])
                if button := bar.widgetForAction(self.actions[id_]):
                    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
                    button.setAccessibleName(self.actions[id_].iconText())
        return bar

    def _menu(self, menus: dict[str, QMenu], path: str) -> QMenu:
        if path not in menus:
            above, _, title = path.rpartition("/")
            parent = self._menu(menus, above)
            parent.addSeparator()
            menus[path] = parent.addMenu(QCoreApplication.translate("Actions", title))
        return menus[path]

    def menu_of(self, ids: Sequence[str]) -> QMenu:
        """A menu of some actions, "" for a line between them."""
        made = QMenu(self._window)
        for id_ in ids:
            if id_:
                made.addAction(self.actions[id_])
            else:
                made.addSeparator()
        return made

    def _rows_of(self, menu: QMenu, row: Action) -> None:
        """The row's choices as the last rows of the menu, anew whenever it opens."""
        added: list[QAction] = []

        def fill() -> None:
            for old in added:
                menu.removeAction(old)
                old.deleteLater()
            added[:] = [self._choice(menu, choice) for choice in row.choices(self._window)] if row.choices else []

        menu.aboutToShow.connect(fill)

    def _choice(self, menu: QMenu, choice: Choice) -> QAction:
        action = menu.addAction(choice.text.replace("&", "&&"))
        action.setCheckable(choice.checked is not None)
        action.setChecked(bool(choice.checked))
        action.triggered.connect(lambda _=False: choice.run())
        return action

    def _submenu(self, menu: QMenu, row: Action) -> None:
        choices = row.choices
        if choices is None:
            return
        made = menu.addMenu(translated(row.text))
        made.setToolTipsVisible(True)

        def fill() -> None:
            made.clear()
            for choice in choices(self._window):
                self._choice(made, choice)
            if made.isEmpty():
                made.addAction(QCoreApplication.translate("Actions", "Nothing yet")).setEnabled(False)

        made.aboutToShow.connect(fill)


_MOVES = {
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Space,
    Qt.Key.Key_Plus,
    Qt.Key.Key_Minus,
}
_OWN: tuple[tuple[type[QWidget], Callable[[int], bool]], ...] = (
    (QAbstractItemView, lambda key: key in _MOVES),
    (QAbstractSlider, lambda key: key in _MOVES - {Qt.Key.Key_Space}),
    (QAbstractSpinBox, lambda key: key in _MOVES),
    (QComboBox, lambda key: key in _MOVES),
    (QTabBar, lambda key: key in _MOVES),
    (QAbstractButton, lambda key: key == Qt.Key.Key_Space),
)


class SingleKeys(QObject):
    """Leaves single keys to the list, slider, number field or button that has the focus and needs them itself.

    Text fields say so to Qt by themselves; these widgets do not.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if plain and any(isinstance(watched, kind) and needs(event.key()) for kind, needs in _OWN):
                event.accept()
                return True
        return False

    def _focus(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if new is not None and isinstance(new, tuple(kind for kind, _ in _OWN)):
            new.installEventFilter(self)

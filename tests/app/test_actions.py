"""The table of actions, walked row by row: ids, keys, menus, and that every command runs."""

import re
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QDialog, QMenu
from pytestqt.qtbot import QtBot

from graphviz_app import keys
from graphviz_app.actions import ACTIONS, MENUS, PRESENTING, TOOLBAR, Action
from graphviz_app.window import Window


def test_ids_are_unique() -> None:
    assert [id_ for id_, n in Counter(a.id for a in ACTIONS).items() if n > 1] == []


def test_no_two_shortcuts_are_alike_where_both_count() -> None:
    # Keys of the graph count beside those of the window, so all are one context.
    keys = Counter(QKeySequence(key).toString() for a in ACTIONS for key in a.shortcuts)
    assert "" not in keys
    assert [key for key, n in keys.items() if n > 1] == []


def test_no_shortcut_collides_with_menus_or_keyboards() -> None:
    for action in ACTIONS:
        for key in action.shortcuts:
            assert not key.startswith(("Alt+", "Ctrl+Alt+")), action.id
            assert not re.search(r"[\[\]]", key), action.id


def test_keys_of_the_presentation_are_unique() -> None:
    assert [key for key, n in Counter(k for keys, _ in PRESENTING for k in keys).items() if n > 1] == []


def test_every_row_stands_in_a_menu_and_every_button_is_a_row() -> None:
    assert {a.menu.partition("/")[0] for a in ACTIONS} == set(MENUS)
    assert {id_ for id_ in TOOLBAR if id_ not in ("", "stretch")} <= {a.id for a in ACTIONS}


def test_letters_of_one_menu_are_unique() -> None:
    letters: dict[str, Counter[str]] = {}
    for a in ACTIONS:
        if found := re.search(r"&(\w)", a.text):
            letters.setdefault(a.menu, Counter())[found[1].lower()] += 1
    titles = Counter(title[0].lower() for title in MENUS)
    assert [key for key, n in titles.items() if n > 1] == []
    assert [(menu, k) for menu, found in letters.items() for k, n in found.items() if n > 1] == []


def test_every_row_says_what_it_does() -> None:
    assert [a.id for a in ACTIONS if not a.tip and a.choices is None] == []


def test_every_icon_is_drawn() -> None:
    folder = Path(keys.__file__).parent / "icons"
    assert [a.icon for a in ACTIONS if a.icon and not (folder / f"{a.icon}.svg").is_file()] == []


def test_the_page_of_keys_names_every_key(qapp: QApplication) -> None:
    page = keys.text()
    for a in ACTIONS:
        for key in a.shortcuts:
            shown = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
            assert shown.replace("&", "&amp;").replace("<", "&lt;") in page, a.id


def test_every_menu_holds_its_rows(window: Window) -> None:
    found = {action.objectName() for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()}
    assert {a.id for a in ACTIONS if a.choices is None} <= found


@pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")  # the one without a display
@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)
def test_every_action_runs_on_an_open_model(window: Window, qtbot: QtBot, action: Action) -> None:
    session = window.session
    session.select("w")
    session.go(4)
    if action.choices is not None:
        for choice in action.choices(window)[:3]:
            choice.run()
    else:
        action.run(window)
    qtbot.wait(30)
    assert session.wait()
    assert session.state.message is None or session.state.message.kind == "info", session.state.message
    for dialog in window.findChildren(QDialog):
        dialog.reject()
    if window.presentation is not None:
        window.presentation.close()
    window.trainer.close()
    window.checking.close()
    qtbot.wait(10)


def test_what_is_not_possible_is_greyed(window: Window) -> None:
    actions = window.commands.actions
    assert not actions["previous"].isEnabled()
    assert actions["next"].isEnabled()
    window.session.go(len(window.session.state.steps))
    assert actions["previous"].isEnabled()
    assert not actions["next"].isEnabled()
    assert not actions["stop"].isEnabled()

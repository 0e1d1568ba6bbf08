"""Folds in the window: keys, menus and panels, and that what is hovered or looked for is seen through them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graphviz_app import fold_menu
from graphviz_app.settings import Settings
from graphviz_app.window import Window
from graphviz_models.derivation import derivation
from graphviz_models.fold import folds
from graphviz_models.formula import tag, typeset

from .sheets import CELLS, wide
from .windows import shown

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def named_in(window: Window) -> set[str]:
    """The nodes whose symbols stand in the derivation line."""
    state = window.session.state
    assert state.trace is not None
    parts = derivation(state.trace, state.at - 1, state.digits, tag).parts
    return {node for part in parts for node, *_ in typeset(part).symbols}


def test_the_key_u_folds_time_steps_and_a_double_click_unfolds(window: Window, qtbot: QtBot) -> None:
    window.session.apply(reduced_motion=True)
    program = window.session.state.program
    assert program is not None
    (time,) = (fold.id for fold in folds(program) if fold.kind == "recurrence")
    window.commands.actions["fold-time"].trigger()
    assert window.session.wait()
    assert window.session.state.folded == {time}
    assert window.commands.actions["fold-time"].isChecked()
    node = next(box.node for box in shown(window).boxes if box.node in ("h[1]", "h[2]"))
    window.session.select(node)
    qtbot.keyClick(window.canvas, Qt.Key.Key_U)
    assert window.session.wait()
    assert window.session.state.folded == frozenset()
    window.session.show_folded(frozenset({time}))
    assert window.session.wait()
    loop = next(box for box in shown(window).boxes if box.node == time)
    spot = window.canvas.view.to_canvas(loop.x + loop.width / 2, loop.y + loop.height / 2).toPoint()
    QTest.mouseDClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot)
    assert window.session.wait()
    assert window.session.state.folded == frozenset()


def test_u_folds_time_while_presenting(window: Window, qtbot: QtBot) -> None:
    window.present()
    show = window.presentation
    assert show is not None
    for folded in (frozenset({"k"}), frozenset()):
        qtbot.keyClick(show, Qt.Key.Key_U)
        assert window.session.wait()
        assert window.session.state.folded == folded
    window.player.settle()
    assert {box.node for box in show.canvas.scene.picture.boxes} >= {"h[1]", "h[2]"}  # type: ignore[union-attr]
    show.close()


def test_what_cannot_fold_is_said(window: Window, qtbot: QtBot) -> None:
    window.session.select("w")
    window.commands.actions["fold"].trigger()
    message = window.session.state.message
    assert message is not None
    assert message.text == "w lies in no group and no time step."


def test_the_menu_of_folds_names_them_and_folds(window: Window) -> None:
    window.session.show_text(CELLS, "cells", None)
    assert window.session.wait()
    rows = fold_menu.choices(window)
    assert len(rows) == 2
    assert not any(row.checked for row in rows)
    assert all("\\" not in row.text for row in rows)
    rows[0].run()
    assert window.session.wait()
    assert [row.checked for row in fold_menu.choices(window)].count(True) == 1
    window.commands.actions["fold-groups"].trigger()
    assert window.session.wait()
    assert len(window.session.state.folded) == 2
    assert not window.commands.actions["fold-groups"].isEnabled()
    window.commands.actions["unfold"].trigger()
    assert window.session.wait()
    assert window.session.state.folded == frozenset()


def test_the_inspector_says_what_a_fold_takes_in(window: Window) -> None:
    window.session.show_text(CELLS, "cells", None)
    assert window.session.wait()
    window.session.show_folded(frozenset({"cell#1"}))
    assert window.session.wait()
    window.docks.inspector.set_seen(True)
    window.session.select("cell#1")
    shown_rows = {caption: label for caption, _, label, _ in window.docks.inspector._rows if not label.isHidden()}
    assert list(shown_rows) == ["Takes in"]
    assert "folded" in window.docks.inspector._title.source
    window.session.select("cell#1.c")
    assert window.session.wait()
    assert window.session.state.folded == frozenset()
    assert "Takes in" not in {c for c, _, label, _ in window.docks.inspector._rows if not label.isHidden()}


def test_every_panel_bears_a_selected_fold(window: Window, qtbot: QtBot) -> None:
    window.session.apply(reduced_motion=True)
    window.session.show_folded(frozenset({"k=1"}))
    assert window.session.wait()
    for dock in window.docks.docks.values():
        dock.show()
        dock.raise_()
        qtbot.wait(1)
        window.session.select("k=1")
        window.session.go(len(window.session.state.steps))
        window.session.select(None)
    assert window.session.state.message is None


def test_a_node_that_is_looked_for_comes_into_sight_large_enough(window: Window) -> None:
    window.session.show_text(wide(120), "m", None)
    assert window.session.wait(30)
    window.session.show_folded(frozenset())
    assert window.session.wait(30)
    window.player.settle()
    assert window.canvas.zoom < 0.5
    window.show_node("h77")
    assert window.session.wait()
    assert window.session.state.selected == "h77"
    assert window.canvas.zoom >= 0.5
    assert window.canvas.sees("h77")


def test_the_direction_is_remembered_for_the_next_model(window: Window) -> None:
    window.commands.actions["direction-down"].trigger()
    assert window.session.wait()
    assert window.session.state.direction == "down"
    assert window.settings.preferences.direction == "down"
    assert Settings(window.settings.path).preferences.direction == "down"
    window.session.open("practical1-ex2")
    assert window.session.wait()
    assert window.session.state.direction == "down"
    assert window.commands.actions["direction-down"].isChecked()


def test_hovering_goes_both_ways_at_every_level_and_through_folds(window: Window) -> None:
    window.session.apply(reduced_motion=True)
    for level in ("variables", "operations", "neurons"):
        window.session.set_level(level)
        assert window.session.wait()
        for at in range(1, len(window.session.state.steps) + 1):
            window.session.go(at)
            named = named_in(window)
            assert named, (level, at)
            for node in named:
                window.session.hover(node)
                assert window.canvas._lit, (level, at, node)
                assert any(window.canvas.scene.boxes_of(lit) for lit in window.canvas._lit), (level, at, node)
            window.session.hover(None)


def test_a_symbol_of_a_folded_node_lights_the_box_it_is_in(window: Window) -> None:
    window.session.apply(reduced_motion=True)
    for folded in ({"k"}, {"k=1"}, {"k=1", "k=2"}):
        window.session.show_folded(frozenset(folded))
        assert window.session.wait()
        assert window.session.state.folded == folded
        for at in range(1, len(window.session.state.steps) + 1):
            window.session.go(at)
            for node in named_in(window):
                window.session.hover(node)
                assert any(window.canvas.scene.boxes_of(lit) for lit in window.canvas._lit), (folded, at, node)
        window.session.hover(None)

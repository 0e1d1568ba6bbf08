"""Folds in the window: keys, menus and panels, and that what is hovered or looked for is seen through them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graphviz_app import fold_menu
from graphviz_app.settings import Settings
from graphviz_app.window import Window
from graphviz_models.derivation import derivation
from graphviz_models.fold import folds
from graphviz_models.formula import tag, typeset
from graphviz_models.views import LEVELS

from .sheets import CELLS, wide
from .windows import opens, shown

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
    assert window.session.state.folded == {time}, "there is nothing larger"
    assert window.session.state.message is not None
    qtbot.keyClick(window.canvas, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert window.session.wait()
    assert window.session.state.folded == frozenset()
    window.session.show_folded(frozenset({time}))
    assert window.session.wait()
    loop = next(box for box in shown(window).boxes if box.node == time)
    spot = window.canvas.view.to_canvas(loop.x + loop.width / 2, loop.y + loop.height / 2).toPoint()
    QTest.mouseDClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot)
    assert window.session.wait()
    assert window.session.state.folded == frozenset()


def test_u_folds_outwards_and_shift_u_comes_back(window: Window, qtbot: QtBot) -> None:
    session = window.session
    session.apply(reduced_motion=True)
    opens(window, "assignment3-q2")
    program = session.state.program
    assert program is not None
    groups = [fold for fold in folds(program) if fold.kind == "group"]
    inner = min(groups, key=lambda fold: len(fold.members)) if groups else folds(program)[-1]
    node = inner.members[-1]
    session.select(node)
    seen = [(session.state.folded, session.state.selected)]
    for _ in range(6):
        qtbot.keyClick(window.canvas, Qt.Key.Key_U)
        assert session.wait()
        if session.state.folded == seen[-1][0]:
            break
        assert session.state.folded > seen[-1][0]
        seen.append((session.state.folded, session.state.selected))
        assert session.state.selected is not None
    assert len(seen) > 2, "a step, then the recurrence"
    for before in seen[-2::-1]:
        qtbot.keyClick(window.canvas, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
        assert session.wait()
        assert (session.state.folded, session.state.selected) == before
    qtbot.keyClick(window.canvas, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert session.state.message is not None


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
    assert message.text == "Around w there is nothing larger to be folded."
    window.session.show_folded(frozenset({"k=1"}))
    assert window.session.wait()
    window.commands.actions["unfold-one"].trigger()
    message = window.session.state.message
    assert message is not None
    assert message.text == "w is no folded box, and in none."
    assert window.session.state.folded == {"k=1"}


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
    for level in LEVELS:
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


def drag(window: Window, id_: str, by: QPoint) -> None:
    """Drag a box on the canvas with the mouse."""
    canvas = window.canvas
    box = canvas.scene.layer("boxes").get(id_)
    assert box is not None
    spot = canvas.view.to_canvas(box.x + box.width / 2, box.y + box.height / 2).toPoint()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=spot)
    QTest.mouseMove(canvas, spot + by)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spot + by)
    assert window.session.wait()


def stands(window: Window, id_: str) -> tuple[float, float]:
    """Where a box stands, whatever has been put farther left or up."""
    box = window.canvas.scene.layer("boxes").get(id_)
    assert box is not None
    origin = shown(window).origin
    return box.x - origin[0], box.y - origin[1]


def test_nodes_of_a_folded_recurrence_can_be_dragged(window: Window) -> None:
    session = window.session
    session.apply(reduced_motion=True)
    session.show_folded(frozenset({"k"}))
    assert session.wait()
    places = [stands(window, "h[k]")]
    for at, by in ((2, QPoint(20, -50)), (4, QPoint(-30, 90)), (2, QPoint(25, 10))):
        session.go(at)  # another member of the slot is shown
        drag(window, "h[k]", by)
        places.append(stands(window, "h[k]"))
        assert places[-1] == pytest.approx(
            (places[-2][0] + by.x() / window.canvas.zoom, places[-2][1] + by.y() / window.canvas.zoom), abs=2.0
        )
    assert session.state.pinned.keys() == {"h[k]"}
    drag(window, "h[k] z^-1", QPoint(-10, 60))
    assert session.state.pinned.keys() == {"h[k]", "h[k] z^-1"}
    session.undo()
    assert session.wait()
    for place in places[-2::-1]:
        session.undo()
        assert session.wait()
        assert stands(window, "h[k]") == pytest.approx(place)
    assert session.state.pinned == {}


def test_what_is_under_a_resting_pointer_changes_with_the_step(window: Window, qtbot: QtBot) -> None:
    session, canvas = window.session, window.canvas
    session.apply(reduced_motion=True)
    session.show_folded(frozenset({"k"}))
    assert session.wait()
    session.go(1)
    box = canvas.scene.layer("boxes").get("h[k]")
    assert box is not None
    QTest.mouseMove(canvas, QPoint(1, 1))  # where the pointer rests already nothing would move
    QTest.mouseMove(canvas, canvas.view.to_canvas(box.x + 4, box.y + box.height / 2).toPoint())
    assert session.state.hovered == "h[1]"
    session.go(2)
    qtbot.waitUntil(lambda: session.state.hovered == "h[2]")
    canvas.set_view(canvas.view.moved(QPointF(300, 0)))
    qtbot.waitUntil(lambda: session.state.hovered != "h[2]")


def test_a_dragged_cycle_is_kept_beside_the_file(window: Window, tmp_path: Path) -> None:
    session = window.session
    session.apply(reduced_motion=True)
    session.show_folded(frozenset({"k"}))
    assert session.wait()
    drag(window, "h[k] z^-1", QPoint(-10, 60))
    drag(window, "h[k]", QPoint(20, -50))
    place = stands(window, "h[k]"), stands(window, "h[k] z^-1")
    assert session.save(tmp_path / "cycle.toml")
    assert session.open(str(tmp_path / "cycle.toml"))
    assert session.wait()
    assert session.state.folded == {"k"}
    assert (stands(window, "h[k]"), stands(window, "h[k] z^-1")) == (
        pytest.approx(place[0], abs=0.01),
        pytest.approx(place[1], abs=0.01),
    )

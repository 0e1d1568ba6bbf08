"""What stands on the screen after many small changes is what a fresh canvas paints at once."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPen
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graphviz_app import painting
from graphviz_app.canvas import Canvas
from graphviz_app.layer import Layer
from graphviz_app.scene import Scene
from graphviz_models.fold import folds
from graphviz_models.picture import Plate, picture
from graphviz_models.sheet import load
from graphviz_models.theme import THEMES
from graphviz_models.trace import run

from .marks import grid

RIM = 6  # pixels, of the frame of a canvas in focus
CHANGES = 60


@pytest.fixture(autouse=True)
def no_dashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a dash begins depends on the part of a line that is painted."""
    pen_of = painting.pen_of

    def solid(colour: str | None, width: float, dash: tuple[float, ...] = ()) -> QPen:
        return pen_of(colour, width)

    monkeypatch.setattr(painting, "pen_of", solid)


def made(qtbot: QtBot) -> Canvas:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(900, 600)
    canvas.show()
    return canvas


def on_screen(canvas: Canvas) -> QImage:
    """What has been painted, without painting it again."""
    for _ in range(3):
        QApplication.processEvents()
    image = QApplication.primaryScreen().grabWindow(canvas.winId()).toImage()
    return image.copy(image.rect().adjusted(RIM, RIM, -RIM, -RIM))


@pytest.mark.parametrize(
    ("model", "seed"), [("sheet9-ex1", 3), ("sheet9-ex1", 5), ("sheet8-ex3", 2), ("sheet7-ex2", 1)]
)
def test_many_small_changes(qtbot: QtBot, model: str, seed: int) -> None:
    random, sheet = Random(seed), load(model)
    trace = run(sheet.program, sheet.notation)
    names, ids = list(trace.program.names), [one.id for one in folds(trace.program)]
    at, progress, theme = 0, 1.0, THEMES["light"]
    selected: str | None = None
    folded: frozenset[str] = frozenset()
    lit: list[str] = []
    path: list[str] = []
    entries: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    canvas = made(qtbot)
    for change in range(CHANGES):
        match random.choice(("step", "step", "jump", "select", "fold", "theme", "view", "light", "path", "entries")):
            case "step":
                at, progress = min(at + 1, len(trace.steps)), random.choice((0.4, 1.0))
            case "jump":
                at, progress = random.randint(0, len(trace.steps)), 1.0
            case "select":
                selected = random.choice(names)
            case "fold":
                folded = frozenset(random.sample(ids, random.randint(0, min(2, len(ids)))))
            case "theme":
                theme = random.choice(list(THEMES.values()))
            case "view":
                canvas.zoom_to(random.choice((0.5, 1.0, 1.6)), QPointF(random.randint(0, 900), random.randint(0, 600)))
            case "light":
                lit = random.sample(names, 2)
            case "path":
                path = random.sample(names, 3)
            case _:
                entries = {(random.choice(names), random.choice(("value", "delta"))): [(), (0,), (0, 0)]}
        drawn = picture(trace, at, progress, theme=theme, selected=selected, folded=folded)
        fresh = made(qtbot)
        for one in (canvas, fresh):
            one.show_picture(drawn)
            one.light(lit)
            one.light_path(path)
            one.light_entries(entries)
        fresh.set_view(canvas.view, fitted=canvas.fitted)
        canvas.set_view(fresh.view, fitted=canvas.fitted)
        assert on_screen(canvas) == on_screen(fresh), change
        fresh.close()


def test_marks_that_come_later_lie_where_their_order_has_them() -> None:
    def plate(key: str, x: float) -> Plate:
        return Plate(key, "group", "", x, 0.0, 50.0, 50.0, 0.0, "#ffffff", None)

    before = replace(grid(300, 20), plates=(plate("ring", 0.0),))
    scene = Scene()
    scene.show(before)
    near = (0.0, 0.0, 60.0, 60.0)
    assert [one.id for one in scene.layer("plates").within(near)] == ["ring"]
    after = replace(before, plates=(plate("group", 0.0), plate("ring", 10.0)))
    for shown in (after, before, after):
        scene.show(shown)
    assert [one.id for one in scene.layer("plates").within(near)] == ["group", "ring"]


def test_marks_that_change_places_are_painted_in_their_new_order() -> None:
    plates = [Plate(f"{k}", "group", "", 0.0, 0.0, 50.0, 50.0, 0.0, "#ffffff", None) for k in range(300)]
    near = (0.0, 0.0, 60.0, 60.0)
    layer = Layer()
    layer.show(tuple(plates))
    assert layer.within(near) == plates
    for here, there in ((2, 200), (3, 4)):
        plates[here], plates[there] = plates[there], plates[here]
        layer.show(tuple(plates))
        assert layer.within(near) == plates
    plates[7] = replace(plates[7], fill="#000000")
    layer.show(tuple(plates))
    assert layer.within(near) == plates

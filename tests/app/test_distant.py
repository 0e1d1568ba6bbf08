"""A small graph from afar: shapes stay, every box has its symbol, and nothing hides behind anything."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from graphviz_app.distant import AFAR, FEW, WANTED, Distant, far
from graphviz_app.scene import Scene
from graphviz_models.picture import Label, Picture, picture
from graphviz_models.sheet import load
from graphviz_models.theme import LIGHT
from graphviz_models.trace import run


def drawn(model: str, level: str, at: int) -> Picture:
    """A picture of an exercise."""
    sheet = load(model)
    trace = run(sheet.program.at_level(level), sheet.notation, {})  # type: ignore[arg-type]
    return picture(trace, at, theme=LIGHT)


@pytest.mark.parametrize("zoom", [0.2, 0.3, 0.39])
@pytest.mark.parametrize(("model", "level"), [("sheet8-ex3", "operations"), ("assignment3-q1", "variables")])
def test_every_symbol_is_enlarged_within_its_box(model: str, level: str, zoom: float) -> None:
    shown = drawn(model, level, 29)
    boxes = {box.id: box for box in shown.boxes}
    tensors, labels = Distant().seen(shown.boxes, shown.tensors, shown.labels, zoom)
    assert tensors == [], "matrices of numbers cannot be read"
    symbols: dict[str, Label] = {one.of: one for one in labels if one.kind == "symbol" and isinstance(one.of, str)}
    assert symbols.keys() == boxes.keys()
    before = {one.of: one for one in shown.labels if one.kind == "symbol"}
    for key, one in symbols.items():
        box = boxes[key]
        assert one.formula.size >= before[key].formula.size
        assert one.size * zoom <= WANTED + 1e-9
        if box.shape != "none":
            assert one.x >= box.x
            assert one.y >= box.y
            assert one.x + one.width <= box.x + box.width
            assert one.y + one.height <= box.y + box.height
            inside = [other for other in labels if other.of == key and other is not one]
            assert all(other.y >= box.y + box.height or other.y + other.height <= box.y
                       or other.x >= box.x + box.width or other.x + other.width <= box.x
                       for other in inside), key  # fmt: skip
    assert sum(one.size * zoom >= 0.8 * WANTED for one in symbols.values()) > 0.6 * len(symbols)


def test_formulas_that_are_enlarged_serve_again() -> None:
    shown, seen = drawn("sheet8-ex3", "operations", 0), Distant()
    first = seen.seen(shown.boxes, shown.tensors, shown.labels, 0.25)[1]
    again = seen.seen(shown.boxes, shown.tensors, shown.labels, 0.25)[1]
    assert all(a.formula is b.formula for a, b in zip(first, again, strict=True))


def test_large_graphs_and_near_ones_are_not_seen_so() -> None:
    (box, *_) = drawn("sheet9-ex1", "variables", 0).boxes
    assert far([box] * FEW, 0.99 * AFAR)
    assert not far([box] * (FEW + 1), 0.99 * AFAR)
    assert not far([box], AFAR)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_part_is_painted_as_the_whole(qapp: QApplication, ratio: float) -> None:
    shown, zoom = drawn("sheet8-ex3", "operations", 29), 0.19
    scene = Scene()
    scene.show(shown)

    def painted(area: QRectF) -> QImage:
        image = QImage(round(700 * ratio), round(140 * ratio), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.white)
        with QPainter(image) as painter:
            painter.setClipRect(QRectF(area.x() * zoom, area.y() * zoom, area.width() * zoom, area.height() * zoom))
            painter.scale(zoom, zoom)
            scene.paint(painter, area, zoom * ratio)
        return image

    whole = painted(QRectF(0, 0, shown.width, shown.height))
    (box,) = (one for one in shown.boxes if one.node == "x[1]")
    part = QRectF(box.x, box.y, box.width / 2, box.height)
    left, top, right, bottom = (
        round(one * zoom * ratio) for one in (part.left(), part.top(), part.right(), part.bottom())
    )
    corner = left + 2, top + 2, right - left - 4, bottom - top - 4
    assert painted(part).copy(*corner) == whole.copy(*corner)
    blank = QImage(whole.copy(*corner))
    blank.fill(Qt.GlobalColor.white)
    assert whole.copy(*corner) != blank, "the symbol reaches there"

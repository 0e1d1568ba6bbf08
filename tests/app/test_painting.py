"""Painting: shapes, rims, dashes, hatches and heads, told from single pixels."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from graphviz_app.export.png import image
from graphviz_models.picture import Box, Picture

from .marks import box, grid

SCALE = 4.0


def painted(*boxes: Box) -> QImage:
    return image(Picture(140.0, 80.0, "#ffffff", boxes, (), ()), SCALE)


def colour(picture: QImage, x: float, y: float) -> str:
    return picture.pixelColor(int(x * SCALE), int(y * SCALE)).name()


def of(shape: str, **changes: object) -> Box:
    return box(0, 20.0, 20.0, shape=shape, fill="#cfe9f7", stroke="#ff0000", stroke_width=2.0, **changes)


@pytest.mark.parametrize("shape", ["rect", "ellipse", "diamond", "pill"])
def test_fill_and_rim(shape: str) -> None:
    seen = painted(of(shape, corner=24.0 if shape == "diamond" else 0.0))
    assert colour(seen, 68, 42) == "#cfe9f7"
    assert colour(seen, 20.2, 42) == "#ff0000"
    assert colour(seen, 68, 20.2) == "#ff0000"
    assert colour(seen, 10, 42) == "#ffffff"
    assert colour(seen, 22.5, 22.5) == ("#cfe9f7" if shape == "rect" else "#ffffff")


def test_a_constant_has_no_body() -> None:
    assert painted(of("none")) == painted()


def test_a_second_rim() -> None:
    seen = painted(of("rect", double=True))
    assert colour(seen, 23.2, 42) == "#ff0000"
    assert colour(seen, 21.6, 42) == "#cfe9f7"
    assert colour(painted(of("rect")), 23.2, 42) == "#cfe9f7"


def test_dashes_are_in_points() -> None:
    seen = painted(of("rect", dash=(8.0, 8.0)))
    top = "".join("x" if colour(seen, 20 + k, 20.2) == "#ff0000" else " " for k in range(2, 90))
    runs = [len(run) for run in top.split()]
    assert len(runs) in (5, 6)
    assert max(runs) <= 9


@pytest.mark.parametrize("hatch", ["horizontal", "vertical", "rising", "falling", "grid", "dots"])
def test_a_hatch_stays_within_its_shape(hatch: str) -> None:
    plain, hatched = painted(of("ellipse")), painted(of("ellipse", hatch=hatch, hatch_ink="#000000"))
    differing = [
        (x, y) for x in range(plain.width()) for y in range(plain.height()) if plain.pixel(x, y) != hatched.pixel(x, y)
    ]
    assert len(differing) > 500
    for x, y in differing:
        across, down = (x / SCALE - 68) / 49.5, (y / SCALE - 42) / 23.5
        assert across**2 + down**2 <= 1.0


def test_hatches_differ() -> None:
    seen = [
        painted(of("rect", hatch=hatch, hatch_ink="#000000"))
        for hatch in ("", "horizontal", "vertical", "rising", "falling", "grid", "dots")
    ]
    assert all(one != other for i, one in enumerate(seen) for other in seen[:i])


def test_an_edge_has_a_head() -> None:
    picture = grid(2)
    edge = replace(picture.edges[0], colour="#c24700")
    seen = image(replace(picture, boxes=(), labels=(), edges=(edge,)), SCALE)
    tip, back = edge.head[0], edge.head[1]
    assert colour(seen, tip[0] - 1.0, tip[1]) == "#c24700"
    assert colour(seen, back[0] + 0.5, back[1] + 1.2) == "#c24700"
    assert colour(seen, edge.shaft[0][0] + 5, edge.shaft[0][1] + 3) == "#ffffff"


def test_a_dashed_edge_has_gaps() -> None:
    picture = grid(2)
    edge = replace(picture.edges[0], colour="#c24700", dash=(6.0, 4.0), width=2.0)
    seen = image(replace(picture, boxes=(), labels=(), edges=(edge,)), SCALE)
    x, y = edge.shaft[0]
    assert colour(seen, x + 3, y) == "#c24700"
    assert colour(seen, x + 8, y) == "#ffffff"


def test_glyphs_are_painted_in_their_place() -> None:
    picture = grid(1)
    label = replace(picture.labels[0], x=30.0, y=20.0)
    seen = image(replace(picture, boxes=(), labels=(label,)), SCALE)
    ink = [
        (x, y) for x in range(seen.width()) for y in range(seen.height()) if QColor(seen.pixel(x, y)).lightness() < 100
    ]
    assert min(x for x, _ in ink) >= 29 * SCALE
    assert max(y for _, y in ink) <= (20 + label.height + 1) * SCALE
    assert seen.pixelColor(0, 0) == QColor(Qt.GlobalColor.white)
    assert len(ink) > 300

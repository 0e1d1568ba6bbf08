"""Signals as stems: rows by their index, value and delta side by side on one line, small entries beside large ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from graphviz_models.picture import Picture, picture
from graphviz_models.picture.tensors import draw, frame, levelled
from graphviz_models.sheet import load
from graphviz_models.theme import THEMES
from graphviz_models.trace import run
from graphviz_models.views import LEVELS, Level


def drawn(name: str, level: Level = "variables") -> Picture:
    sheet = load(name)
    trace = run(sheet.program.at_level(level), sheet.notation)
    return picture(trace, len(trace.steps))


def test_rows_of_several_signals_have_their_index() -> None:
    for tensor in drawn("sheet7-ex2").tensors:
        if tensor.kind == "stems" and tensor.node == "w":
            names = [label for label in tensor.labels if label.kind == "shape"]
            assert [name.text for name in names] == ["0,0", "0,1", "1,0", "1,1"]
            assert all(tensor.x <= name.x and name.x + name.width < tensor.cells[0].x for name in names)
            axes = [stroke.points[0] for stroke in tensor.strokes if stroke.points[0][1] == stroke.points[1][1]]
            assert all(abs(name.y + name.height / 2 - y) < 4 for name, (_, y) in zip(names, axes, strict=True))
            return
    raise AssertionError("w has no stems")


def test_arrays_of_signals_look_alike_at_every_level() -> None:
    kinds = {level: {one.node: one.kind for one in drawn("sheet7-ex2", level).tensors} for level in LEVELS[:2]}
    assert kinds["variables"] == dict.fromkeys(("w", "x", "z", "a", "d"), "stems")
    assert kinds["operations"] | kinds["variables"] == kinds["operations"]


@pytest.mark.parametrize(("shape", "matrices"), [((2, 2, 3), 2), ((3, 2), 1), ((3,), 1), ((2, 3, 1, 2), 6)])
def test_every_matrix_has_its_own_brackets(shape: tuple[int, ...], matrices: int) -> None:
    made = frame(shape)
    assert made.kind == "matrix"
    tensor = draw(made, 10.0, 20.0, np.zeros(shape), of="b", node="w", quantity="value", theme=THEMES["light"])
    assert len(tensor.strokes) == 2 * matrices
    for stroke in tensor.strokes:
        (_, top), _, _, (_, bottom) = stroke.points
        inside = [cell for cell in tensor.cells if top <= cell.y and cell.y + cell.height <= bottom]
        assert len(inside) == np.prod(shape) // matrices
    assert max(stroke.points[-1][1] for stroke in tensor.strokes) == pytest.approx(20.0 + made.height)


def test_one_signal_has_no_index() -> None:
    assert {label.kind for tensor in drawn("sheet8-ex2").tensors for label in tensor.labels} == {"entry"}


def test_value_and_delta_side_by_side_stand_on_one_line() -> None:
    beside = 0
    pairs = product(drawn("sheet7-ex2").tensors, repeat=2)
    for value, delta in pairs:
        if value.of == delta.of and (value.quantity, delta.quantity) == ("value", "delta") and value.y == delta.y:
            axes = [[s.points[0][1] for s in one.strokes if s.points[0][1] == s.points[1][1]] for one in (value, delta)]
            assert axes[0] == pytest.approx(axes[1])
            beside += 1
    assert beside


def test_a_tenth_of_the_longest_stem_is_seen() -> None:
    for tensor in drawn("sheet8-ex2").tensors:
        values = np.array([cell.value for cell in tensor.cells])
        level = tensor.strokes[0].points[0][1]
        for cell, dot in zip(tensor.cells, tensor.dots, strict=True):
            if abs(cell.value) >= 0.1 * np.max(np.abs(values)):
                assert abs(dot.y - level) > dot.radius


def test_spans_are_levelled_in_their_own_units() -> None:
    assert levelled((-1.0, 1.0), (-2.0, 8.0)) == (-1.0, 1.0)
    assert levelled((-2.0, 8.0), (-1.0, 1.0)) == (-8.0, 8.0)
    assert levelled((0.0, 0.0), (-1.0, 1.0)) == (0.0, 0.0)

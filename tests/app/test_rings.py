"""What is drawn around marks for the pointer or the selection leaves what they say in sight."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication

from graphviz_app.lit_entries import SMALLER, _places, _spot
from graphviz_app.rings import RING, ring
from graphviz_app.scene import Scene
from graphviz_models.picture import Picture, picture
from graphviz_models.sheet import load
from graphviz_models.trace import run
from graphviz_models.views import LEVELS
from tests.models.sources import EXERCISES


def last(model: str, level: str, selected: str | None = None) -> Picture:
    """The last picture of an exercise: all values and deltas are known."""
    sheet = load(model)
    trace = run(sheet.program.at_level(level), sheet.notation, {})  # type: ignore[arg-type]
    return picture(trace, len(trace.steps), selected=selected)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("model", EXERCISES)
def test_no_ring_cuts_the_delta_beside_its_node(model: str, level: str) -> None:
    shown = last(model, level)
    boxes = {box.id: box for box in shown.boxes}
    for label in shown.labels:
        if label.kind == "delta" and isinstance(label.of, str) and label.of in boxes:
            around, by = ring(boxes[label.of]), RING / 2
            text = QRectF(label.x, label.y, label.width, label.height)
            assert not around.adjusted(-by, -by, by, by).intersects(text) or around.contains(text), label.text


def test_the_ring_of_the_selection_is_the_pointers(qapp: QApplication) -> None:
    shown = last("sheet9-ex1", "variables", "h[2]")
    (plate,) = (one for one in shown.plates if one.kind == "selection")
    box = shown.box("h[2]")
    assert box is not None
    assert QRectF(plate.x, plate.y, plate.width, plate.height) == ring(box)


def test_a_numeral_stands_before_its_number_sign_and_all(qapp: QApplication) -> None:
    scene, shown = Scene(), last("practical1-ex2", "variables")
    scene.show(shown)
    for tensor in shown.tensors:
        if tensor.kind != "matrix":
            continue
        lefts = {label.id: label.x for label in tensor.labels}
        places = _places(scene, {(tensor.node, tensor.quantity): frozenset(cell.index for cell in tensor.cells)})
        for index, place in places[tensor.node, tensor.quantity].items():
            disc, text = _spot(place, SMALLER[0], 2 * SMALLER[0]), lefts[f"{tensor.id}{list(index)}"]
            assert disc.x() + SMALLER[0] < text
            assert place.cell.top() <= disc.y() - SMALLER[0]

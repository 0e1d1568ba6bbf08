"""Lit entries of arrays: frames around them, and the same small numeral beside entries that meet in one product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from graphviz_app.scene import Scene
from graphviz_models.picture import Box, Cell, Label

Key = tuple[str, str]  # a node, and "value" or "delta"; of what stands on an edge, the label's id and "label"
Index = tuple[int, ...]  # () where the node is a scalar
Lit = Mapping[Key, frozenset[Index]]
Meetings = Sequence[Sequence[tuple[str, str, Index]]]  # the entries of the first product, of the second, …

WASH = 0.12  # how far the colour of a frame fills it
DISC = 5.4, 6.0  # radius of a numeral's disc, in points, and the least in pixels
SMALLER = 4.2, 5.0  # the same in a matrix, where there is less room
BEFORE = 0.8  # points from it to the number
LEAST = 4.5  # pixels of that radius below which numerals are left out
STEM = 3.5  # points from a stem to its numeral
SNUG = 3.2  # points from a scalar's number to its frame
MOST = 3  # numerals beside one entry
FINE = 8  # by which letters are larger before they are painted smaller: font sizes are whole pixels
LIGHT = 0.6  # lightness of a disc on which numerals are black
TOUCH = 0.6  # points between two cells that are framed together


@dataclass(frozen=True)
class Place:
    """Where an entry stands: its cell, how it is drawn: matrix, heat, stems or scalar, and where its number begins."""

    cell: QRectF
    kind: str
    left: float = 0.0


Places = dict[Key, dict[Index, Place]]


def paint_entries(painter: QPainter, scene: Scene, colour: QColor, lit: Lit, meetings: Meetings) -> None:
    """Frame the lit entries, neighbours together, and number those that meet; coordinates are the picture's points."""
    if not lit:
        return
    zoom = painter.worldTransform().m11()
    found = _places(scene, lit)
    wash = QColor(colour)
    wash.setAlphaF(WASH)
    painter.setBrush(wash)
    painter.setPen(QPen(colour, max(1.2, 1.6 / zoom)))
    for frame in _frames(found):
        painter.drawRoundedRect(frame, 2.0, 2.0)
    for (node, quantity, index), numbers in numerals(meetings).items():
        place = found.get((node, quantity), {}).get(index)
        if place is not None:
            _number(painter, place, numbers, colour, zoom)


def frames(scene: Scene, lit: Lit) -> list[QRectF]:
    """The frames around the lit entries, in the picture's points."""
    return _frames(_places(scene, lit))


def _frames(places: Places) -> list[QRectF]:
    return [frame for of_one in places.values() for frame in merged(place.cell for place in of_one.values())]


def numerals(meetings: Meetings) -> dict[tuple[str, str, Index], list[int]]:
    """The numbers of the products that each entry stands in, counted from 1."""
    found: dict[tuple[str, str, Index], list[int]] = {}
    for number, entries in enumerate(meetings, 1):
        for entry in entries:
            found.setdefault(entry, []).append(number)
    return found


def merged(cells: Iterable[QRectF]) -> list[QRectF]:
    """The cells with those that lie beside one another joined to rows, and equal rows to blocks."""
    rows: list[QRectF] = []
    for cell in sorted(cells, key=lambda c: (round(c.top(), 2), c.left())):
        if rows and _close(rows[-1].top(), cell.top()) and _close(rows[-1].right(), cell.left()):
            rows[-1].setRight(cell.right())
        else:
            rows.append(QRectF(cell))
    blocks: list[QRectF] = []
    for row in sorted(rows, key=lambda r: (round(r.left(), 2), r.top())):
        above = blocks[-1] if blocks else QRectF()
        if (
            _close(above.left(), row.left())
            and _close(above.right(), row.right())
            and _close(above.bottom(), row.top())
        ):
            above.setBottom(row.bottom())
        else:
            blocks.append(row)
    return blocks


def _close(a: float, b: float) -> bool:
    return abs(a - b) < TOUCH


def _places(scene: Scene, lit: Lit) -> Places:
    """Where the lit entries stand, by node and quantity."""
    found: Places = {}
    for tensor in scene.layer("tensors").marks:
        indices = lit.get((tensor.node, tensor.quantity))
        if indices:
            lefts = {label.id: label.x for label in tensor.labels}
            found.setdefault((tensor.node, tensor.quantity), {}).update(
                (cell.index, Place(_rect(cell), tensor.kind, lefts.get(f"{tensor.id}{list(cell.index)}", cell.x)))
                for cell in tensor.cells
                if cell.index in indices
            )
    scalars = {key for key, indices in lit.items() if () in indices}
    return {**found, **_scalars(scene, scalars)} if scalars else found


def _scalars(scene: Scene, lit: set[Key]) -> Places:
    """The places of scalars: their numbers, or where none is written their boxes."""
    nodes, labels = {node for node, _ in lit}, {key for key, kind in lit if kind == "label"}
    boxes: dict[str, Box] = {box.id: box for box in scene.layer("boxes").marks if box.node in nodes}
    found: Places = {}
    for label in scene.layer("labels").marks:
        box = boxes.get(label.of) if isinstance(label.of, str) else None
        key = (box.node, label.kind) if box is not None else (label.id, "label") if label.id in labels else None
        if key is not None and key in lit:
            found[key] = {(): Place(_rect(label).adjusted(-SNUG, -SNUG, SNUG, SNUG), "scalar")}
    for box in boxes.values():
        if (box.node, "value") in lit and (box.node, "value") not in found:
            found[box.node, "value"] = {(): Place(_rect(box), "scalar")}
    return found


def _rect(mark: Box | Cell | Label) -> QRectF:
    return QRectF(mark.x, mark.y, mark.width, mark.height)


def _number(painter: QPainter, place: Place, numbers: Sequence[int], colour: QColor, zoom: float) -> None:
    """A disc with the numbers: beside a stem, before a number, in the middle of a cell without figures."""
    cell = place.cell
    points, pixels = SMALLER if place.kind == "matrix" else DISC
    radius = min(max(points, pixels / zoom), 0.62 * cell.height(), 0.6 * cell.width())
    if radius * zoom < LEAST:
        return
    text = ",".join(map(str, numbers[:MOST])) + ("…" if len(numbers) > MOST else "")
    font = QFont(painter.font())
    font.setBold(True)
    font.setPixelSize(max(1, round(1.5 * radius * FINE)))
    metrics = QFontMetricsF(font)
    long = metrics.horizontalAdvance(text) / FINE
    wide = max(2 * radius, long + 0.8 * radius)
    middle = _spot(place, radius, wide)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(middle.x() - wide / 2, middle.y() - radius, wide, 2 * radius), radius, radius)
    painter.save()
    painter.translate(middle)
    painter.scale(1 / FINE, 1 / FINE)
    painter.setFont(font)
    painter.setPen(QColor("#ffffff" if colour.lightnessF() < LIGHT else "#000000"))
    painter.drawText(QPointF(-long * FINE / 2, metrics.capHeight() / 2), text)
    painter.restore()


def _spot(place: Place, radius: float, wide: float) -> QPointF:
    """The middle of the disc."""
    cell, middle = place.cell, place.cell.center()
    if place.kind == "heat":
        return middle
    if place.kind == "matrix":
        return QPointF(place.left - wide / 2 - BEFORE, middle.y())  # its sign is read
    if place.kind == "scalar":
        return QPointF(cell.left() - wide / 2 + 1, middle.y())
    if cell.width() < 3 * radius:  # a long signal, without figures
        return QPointF(middle.x(), cell.bottom() - radius)
    return QPointF(max(cell.left() + wide / 2, middle.x() - STEM - wide / 2), cell.top() + radius + 1)

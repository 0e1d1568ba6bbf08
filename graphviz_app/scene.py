"""The marks that a canvas shows, by id and by place: what changed, what lies where, and painting a part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from graphviz_app import painting
from graphviz_app.atlas import Atlas
from graphviz_app.overview import Overview, paint_rects, rects_of
from graphviz_app.sprites import Sprites
from graphviz_models.picture import PLATE, Box, Cell, Edge, Label, Picture, Plate, Pulse, Tensor
from graphviz_models.picture.blocks import BLOCK, Blocks, cut

Mark = Plate | Edge | Box | Tensor | Label | Pulse
Bounds = tuple[float, float, float, float]  # left, top, right, bottom

LAYERS = ("plates", "edges", "boxes", "tensors", "labels", "pulses")  # the order of painting
BEHIND = LAYERS[:2]  # what a step seldom changes
CELL = 240.0  # side of a cell of the index, in points
LONG = 60  # cells, beyond which a mark is not entered in each of them but looked at every time
SMALLEST = 4.0  # device pixels an em, below which letters are left out
COARSE = 0.3  # zoom below which boxes are plain rectangles
MANY = 200  # changed marks, beyond which the whole canvas is painted anew
_NO_KEYS: frozenset[str] = frozenset()


class Layer:
    """The marks of one kind, in the order of painting, with an index of where they lie."""

    def __init__(self) -> None:
        self.marks: Sequence[Any] = ()
        self._by_id: dict[str, Any] = {}
        self._bounds: dict[str, Bounds] = {}
        self._rank: dict[str, int] = {}
        self._arrived = count()
        self._cells: dict[tuple[float, float], set[str]] = {}
        self._long: set[str] = set()
        self.indexed = True  # whether the index is that of `marks`
        self._blocks: list[tuple[Any, ...]] = []  # those of `_cut`
        self._cut: Sequence[Any] = ()

    def get(self, key: str) -> Any | None:
        """The mark of an id, None where there is none."""
        self._index()
        return self._by_id.get(key)

    def show(self, marks: Sequence[Any]) -> list[Bounds] | None:
        """Take these marks for those before; the areas in which the two differ, None where there are very many.

        Marks that are the same objects as before cost a few nanoseconds, so that a step costs what it changes.
        """
        if marks is self.marks:
            return []
        old, before, self.marks = self.marks, self.blocks(), marks
        after = self.blocks()
        if len(before) == len(after):
            gone, came = _changed(before, after)
        else:
            start, end = _alike(old, marks)
            gone, came = list(old[start : len(old) - end]), list(marks[start : len(marks) - end])
        if max(len(gone), len(came)) > MANY:
            kept = {id(m) for m in gone}
            if sum(id(m) not in kept for m in came) > MANY:
                self.indexed = False  # made anew when it is next asked for
                return None
        if not self.indexed:
            self._index()
            return None
        return self._exchange(gone, came)

    def blocks(self) -> Sequence[tuple[Any, ...]]:
        """The marks block by block: a block in which nothing has changed is the same object as before."""
        if self._cut is not self.marks:
            made = list(self.marks.parts) if isinstance(self.marks, Blocks) else cut(self.marks)
            for k, block in enumerate(self._blocks[: len(made)]):
                if made[k] is not block and made[k] == block:
                    made[k] = block
            self._cut, self._blocks = self.marks, made
        return self._blocks

    def replace(self, marks: Sequence[Any]) -> None:
        """Take these marks, which have nothing in common with those before."""
        self.marks, self.indexed = marks, False

    def within(self, area: Bounds) -> list[Any]:
        """The marks that touch an area, in the order of painting."""
        self._index()
        cells = _cells(area)
        if cells is None or len(cells) >= len(self._cells):
            return [m for m in self.marks if _touch(self._bounds[m.id], area)]
        keys = set(self._long)
        for cell in cells:
            keys |= self._cells.get(cell, _NO_KEYS)
        near = [key for key in keys if _touch(self._bounds[key], area)]
        near.sort(key=self._rank.__getitem__)
        found = [self._by_id[key] for key in near]
        if len(found) > 1 and isinstance(found[0], Edge):
            found.sort(key=lambda edge: edge.active)  # active edges lie over the others
        return found

    def _index(self) -> None:
        if not self.indexed:
            self._by_id = {mark.id: mark for mark in self.marks}
            self._rank = dict(zip(self._by_id, self._arrived, strict=False))
            self._bounds, self._cells, self._long = {}, {}, set()
            for key, mark in self._by_id.items():
                self._lay(key, bounds(mark))
            self.indexed = True

    def _exchange(self, gone: Iterable[Any], came: Iterable[Any]) -> list[Bounds]:
        """Enter marks in the index for those that have gone; where they differ."""
        before = {mark.id: mark for mark in gone}
        dirty: list[Bounds] = []
        for mark in came:
            old = before.pop(mark.id, None)
            self._by_id[mark.id] = mark
            if old is mark or (old is not None and old == mark):
                continue
            new, known = bounds(mark), self._bounds.get(mark.id)
            dirty.append(new)
            if known is None:
                self._rank[mark.id] = next(self._arrived)
            if known != new:
                if known is not None:
                    dirty.append(known)
                    self._lift(mark.id)
                self._lay(mark.id, new)
        for key in before:
            dirty.append(self._bounds[key])
            self._lift(key)
            del self._by_id[key], self._rank[key]
        return dirty

    def _lay(self, key: str, area: Bounds) -> None:
        self._bounds[key] = area
        cells = _cells(area)
        if cells is None:
            self._long.add(key)
        for cell in cells or ():
            self._cells.setdefault(cell, set()).add(key)

    def _lift(self, key: str) -> None:
        self._long.discard(key)
        for cell in _cells(self._bounds.pop(key)) or ():
            self._cells[cell].discard(key)


class Scene:
    """A picture, mark by mark. Coordinates are the picture's points; nothing here knows a widget."""

    def __init__(self) -> None:
        self.picture: Picture | None = None
        self.atlas = Atlas()
        self._overview = Overview()
        self._sprites: Sprites | None = None  # while everything moves
        self._layers = {name: Layer() for name in LAYERS}

    def show(self, picture: Picture) -> tuple[list[Bounds] | None, list[Bounds] | None]:
        """Take a picture for the one before: where the layers BEHIND and the others have changed; None: everywhere."""
        old, self.picture = self.picture, picture
        self._sprites = None
        dirty = {name: layer.show(getattr(picture, name)) for name, layer in self._layers.items()}
        if old is None or _frame(old) != _frame(picture):
            return None, None
        return _merged(dirty[name] for name in BEHIND), _merged(dirty[name] for name in LAYERS[len(BEHIND) :])

    def show_moving(self, picture: Picture, scale: float) -> None:
        """Take a picture of a transition, which is painted with at most `scale` device pixels a point."""
        self.picture = picture
        if self._sprites is None:
            self._sprites = Sprites(scale)
        for name, layer in self._layers.items():
            layer.replace(getattr(picture, name))

    @property
    def writing(self) -> painting.Writing:
        """How formulas are written: from the atlas, or while everything moves as sprites."""
        return self.atlas.write if self._sprites is None else self._sprites.write

    def layer(self, name: str) -> Layer:
        """One of the LAYERS."""
        return self._layers[name]

    def paint(self, painter: QPainter, area: QRectF, zoom: float, layers: Sequence[str] = LAYERS) -> None:
        """Paint what touches an area; `zoom` is device pixels a point, for how much detail there is a use."""
        where = (area.left(), area.top(), area.right(), area.bottom())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=self._sprites is not None)
        picture = self.picture
        whole = picture is not None and _holds(where, (0.0, 0.0, picture.width, picture.height))
        coarse, wide = zoom < COARSE and self._sprites is None, _cells(where) is None
        for name in layers:
            layer = self._layers[name]
            afar = coarse and (wide or not layer.indexed)
            if afar and name == "edges":
                self._overview.paint_edges(painter, layer.blocks(), zoom)
            elif afar and name == "boxes":
                self._overview.paint_boxes(painter, layer.blocks())
            elif afar and name == "labels":
                _paint_layer(painter, name, self._overview.legible(layer.blocks(), SMALLEST / zoom), zoom, self.writing)
            elif marks := layer.marks if whole else layer.within(where):
                _paint_layer(painter, name, marks, zoom, self.writing)

    def box_at(self, x: float, y: float) -> Box | None:
        """The node's box at a point; its labels and arrays count as part of it."""
        here = (x, y, x, y)
        for box in reversed(self._layers["boxes"].within(here)):
            if box.node and painting.body_path(box).contains(QPointF(x, y)):
                return box  # type: ignore[no-any-return]
        for mark in (*self._layers["labels"].within(here), *self._layers["tensors"].within(here)):
            if isinstance(mark.of, str) and (box := self._layers["boxes"].get(mark.of)) is not None and box.node:
                return box  # type: ignore[no-any-return]
        return None

    def entry_at(self, x: float, y: float) -> tuple[Tensor, Cell] | None:
        """The array and the place of its entry at a point."""
        for tensor in self._layers["tensors"].within((x, y, x, y)):
            for cell in tensor.cells:
                if cell.x <= x < cell.x + cell.width and cell.y <= y < cell.y + cell.height:
                    return tensor, cell
        return None

    def number_at(self, x: float, y: float) -> tuple[str, str]:
        """The node whose number is at a point, with "value" or "delta"; "", "" where there is none."""
        for label in self._layers["labels"].within((x, y, x, y)):
            if label.kind in ("value", "delta") and isinstance(label.of, str):
                box = self._layers["boxes"].get(label.of)
                if box is not None and box.node:
                    return box.node, label.kind
        return "", ""

    def symbol_at(self, x: float, y: float) -> str:
        """The node whose symbol in a formula is at a point; "" where there is none."""
        for label in self._layers["labels"].within((x, y, x, y)):
            for node, left, top, width, height in label.formula.symbols:
                dx, dy = x - label.x - left, y - label.y - label.formula.ascent - top
                if 0 <= dx < width and 0 <= dy < height:
                    return str(node)
        return ""

    def boxes_of(self, node: str) -> list[Box]:
        """The boxes of a node: one; several where a parameter is drawn at every step; none where it is folded."""
        return [box for box in self._layers["boxes"].marks if box.node == node]

    def paint_moved(self, painter: QPainter, box: Box, shift: QPointF) -> None:
        """Paint a box and what belongs to it `shift` points away, a little transparent, its edges as straight lines."""
        painter.setOpacity(0.85)
        middle = QPointF(box.x + box.width / 2, box.y + box.height / 2) + shift
        for edge in self._layers["edges"].marks:
            if box.id in (edge.source, edge.target):
                other = self._layers["boxes"].get(edge.target if edge.source == box.id else edge.source)
                if other is not None:
                    painter.setPen(painting.pen_of(edge.colour, edge.width, (2.0, 3.0)))
                    painter.drawLine(middle, QPointF(other.x + other.width / 2, other.y + other.height / 2))
        painter.translate(shift)
        painting.paint_boxes(painter, [box])
        tensors = (one for one in self._layers["tensors"].marks if one.of == box.id)
        painting.paint_tensors(painter, tensors, self.atlas.write)
        labels = (one for one in self._layers["labels"].marks if one.of == box.id)
        painting.paint_labels(painter, labels, self.atlas.write)
        painter.translate(-shift)
        painter.setOpacity(1.0)


def bounds(mark: Mark) -> Bounds:
    """The rectangle that a mark is painted in, its strokes and plates included."""
    if isinstance(mark, Label):
        by = max(PLATE, 0.25 * mark.size)
        return mark.x - by, mark.y - by, mark.x + mark.width + by, mark.y + mark.height + by
    if isinstance(mark, Edge):
        xs, ys = zip(*mark.points, *mark.shaft, *mark.head, strict=True)
        return _grown((min(xs), min(ys), max(xs), max(ys)), mark.width)
    if isinstance(mark, Pulse):
        area = _grown((mark.x, mark.y, mark.x, mark.y), mark.radius + 1)
        return area if mark.label is None else _joined(area, bounds(mark.label))
    area = (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
    if isinstance(mark, Tensor):
        area = _grown(area, 4.0)
        for label in mark.labels:
            area = _joined(area, bounds(label))
        return area
    return _grown(area, mark.stroke_width + 1)


def _paint_layer(painter: QPainter, name: str, marks: Sequence[Any], zoom: float, write: painting.Writing) -> None:
    if name == "plates":
        painting.paint_plates(painter, marks)
    elif name == "edges" and zoom < COARSE:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for edge in marks:
            painter.setPen(painting.pen_of(edge.colour, max(edge.width, 0.75 / zoom)))
            painter.drawPolyline(painting.polygon(edge.points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    elif name == "edges":
        painting.paint_edges(painter, marks)
    elif name == "boxes" and zoom < COARSE:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        paint_rects(painter, rects_of(marks))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    elif name == "boxes":
        painting.paint_boxes(painter, marks)
    elif name == "tensors":
        painting.paint_tensors(painter, marks if zoom >= COARSE else _filled(marks), write)
    elif name == "labels":
        painting.paint_labels(painter, (one for one in marks if one.size * zoom >= SMALLEST), write)
    else:
        painting.paint_pulses(painter, marks, write)


def _filled(tensors: Iterable[Tensor]) -> list[Tensor]:
    return [one for one in tensors if one.kind != "matrix"]


def _cells(area: Bounds) -> list[tuple[float, float]] | None:
    """The cells of the index that an area touches; None if there are more than LONG."""
    left, top, right, bottom = area[0] // CELL, area[1] // CELL, area[2] // CELL, area[3] // CELL
    if left == right and top == bottom:
        return [(left, top)]
    if (right - left + 1) * (bottom - top + 1) > LONG:
        return None
    across, down = range(int(right - left) + 1), range(int(bottom - top) + 1)
    return [(left + i, top + j) for i in across for j in down]


def _touch(a: Bounds, b: Bounds) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def _changed(before: Sequence[tuple[Any, ...]], after: Sequence[tuple[Any, ...]]) -> tuple[list[Any], list[Any]]:
    """The marks that differ, as they were and as they are, of blocks that do."""
    gone: list[Any] = []
    came: list[Any] = []
    for old, new in zip(before, after, strict=True):
        if old is new:
            continue
        if len(old) == len(new):
            pairs = [(a, b) for a, b in zip(old, new, strict=True) if a is not b]
            gone += [a for a, _ in pairs]
            came += [b for _, b in pairs]
        else:
            start, end = _alike(old, new)
            gone += old[start : len(old) - end]
            came += new[start : len(new) - end]
    return gone, came


def _alike(old: Sequence[Any], new: Sequence[Any]) -> tuple[int, int]:
    """How many marks the two begin with, and then end with, that are equal.

    Compared in blocks, within which the same object is equal without being looked at.
    """
    least = min(len(old), len(new))
    start = 0
    while start < least and old[start : start + BLOCK] == new[start : start + BLOCK]:
        start += BLOCK
    start = min(start, least)
    while start < least and old[start] is new[start]:
        start += 1
    end, most, m, n = 0, least - start, len(old), len(new)
    while end + BLOCK <= most and old[m - end - BLOCK : m - end] == new[n - end - BLOCK : n - end]:
        end += BLOCK
    while end < most and old[m - end - 1] is new[n - end - 1]:
        end += 1
    return start, end


def _merged(several: Iterable[list[Bounds] | None]) -> list[Bounds] | None:
    """All areas as few that do not cover much more; None if any is everywhere or there are very many."""
    out: list[Bounds] = []
    for areas in several:
        if areas is None or len(areas) > MANY:
            return None
        for area in areas:
            for i, other in enumerate(out):
                both = _joined(area, other)
                if _size(both) <= 1.5 * (_size(area) + _size(other)):
                    out[i] = both
                    break
            else:
                out.append(area)
    return out


def _size(area: Bounds) -> float:
    return (area[2] - area[0]) * (area[3] - area[1])


def _frame(picture: Picture) -> tuple[float, float, str]:
    return picture.width, picture.height, picture.background


def _holds(a: Bounds, b: Bounds) -> bool:
    return a[0] <= b[0] and a[1] <= b[1] and a[2] >= b[2] and a[3] >= b[3]


def _grown(area: Bounds, by: float) -> Bounds:
    return area[0] - by, area[1] - by, area[2] + by, area[3] + by


def _joined(a: Bounds, b: Bounds) -> Bounds:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])

"""Provenance on hover: what the entry under the pointer comes from lights up, and a card says by which formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice, pairwise, product
from typing import cast

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from graphviz_app.canvas import Canvas
from graphviz_app.formula_label import MARGIN, FormulaLabel
from graphviz_app.lit_entries import Index, Key, frames
from graphviz_app.session import State
from graphviz_models.expr import Array
from graphviz_models.picture import Tensor
from graphviz_models.picture.weights import Weight, weights
from graphviz_models.program import Program
from graphviz_models.provenance import Mask, Provenance, Quantity, provenance
from graphviz_models.theme import THEMES, Theme

SIZE = 16.0  # pixels an em of the card's formula, at text scale 1
DELAY, GRACE = 160, 120  # milliseconds until the card appears, and until it goes
PAD = 8  # pixels around the formula
GAP = 14  # pixels from the entry to the card
WIDEST = 0.94  # of the canvas that a card takes
MOST = 10_000  # entries of an array that the keys go through
NAMED = 3  # updated parameters that a formula names
NOWHERE: tuple[str, str, Index] = ("", "", ())


class Card(QWidget):
    """A formula on a plate over the canvas; the pointer goes through."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.label = FormulaLabel(self, size=SIZE)
        self._theme: Theme = THEMES["light"]
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Where this entry comes from"))
        self.hide()

    def set_formula(self, parts: tuple[str, ...], theme: Theme, phase: str, size: float, widest: float) -> None:
        """Take a formula, in a phase's colour, and the room that it needs."""
        self._theme = theme
        self.label.set_size(size)
        self.label.set_latex(*parts, colour=theme.phase_text(phase))
        width = int(min(self.label.natural_width(), self.label.setting(widest).width + 2 * MARGIN, widest)) + 1
        height = self.label.heightForWidth(width)
        self.label.setGeometry(PAD, PAD, width, height)
        self.resize(width + 2 * PAD, height + 2 * PAD)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(self._theme.background))
        painter.setPen(QColor(self._theme.muted))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()


class EntryProvenance(QObject):
    """Follows the pointer on a canvas; `size` is the card's formula's, in pixels an em at text scale 1."""

    def __init__(self, canvas: Canvas, size: float = SIZE) -> None:
        super().__init__(canvas)
        self.size = size
        self.card = Card(canvas)
        self._canvas = canvas
        self._state: State | None = None
        self._node = ""
        self._entry = NOWHERE
        self._shown: tuple[object, ...] = ()  # what is lit, and what for
        self._found: Provenance | None = None
        self._appear = QTimer(self, singleShot=True, interval=DELAY)
        self._appear.timeout.connect(self._show_card)
        self._leave = QTimer(self, singleShot=True, interval=GRACE)
        self._leave.timeout.connect(self.card.hide)
        canvas.entry_hovered.connect(self._hover_entry)
        canvas.node_hovered.connect(self._hover_node)
        canvas.disturbed.connect(self.card.hide)

    def show_state(self, state: State) -> None:
        """Show what holds for this state."""
        self._state = state
        self._light()

    def walk(self, by: int) -> None:
        """Go on to another entry of the selected node, of its value and then of its delta; to none behind the last."""
        state = self._state
        if state is None or state.selected is None:
            return
        held = (("value", state.value(state.selected)), ("delta", state.delta(state.selected)))
        known = [
            (state.selected, quantity, index)
            for quantity, array in held
            if array is not None
            for index in islice(np.ndindex(*array.shape), MOST)
        ]
        at = known.index(self._entry) + by if self._entry in known else 0 if by > 0 else len(known) - 1
        self._entry = known[at] if 0 <= at < len(known) else NOWHERE
        self._light()

    def _hover_node(self, node: str) -> None:
        self._node = node
        self._light()

    def _hover_entry(self, node: str, quantity: str, index: Index) -> None:
        self._entry = node, quantity, index
        self._light()

    def _light(self) -> None:
        """Light what the entry under the pointer comes from; over a scalar node, beside its numbers, what it reads."""
        state = self._state
        if state is None:
            return
        node, quantity, index = self._entry
        if not node:
            node, quantity = self._node, "value"
        numbered = bool(self._entry[0])
        key = (state.trace, state.at, state.digits, state.theme, state.show, node, quantity, index, numbered)
        if key == self._shown:
            return
        self._shown = key
        self._found = found = _found(state, node, quantity, index)
        if found is None or (not numbered and not found.sources):
            self._canvas.light_entries({})
        else:
            lit = _lit(self._canvas, found)
            own = (node, quantity)
            lit[own] = lit.get(own, frozenset()) | {index}
            moved = _on_edges(self._canvas, state, lit)
            meetings = [
                [(*moved.get((e.node, e.quantity), (e.node, e.quantity)), e.index) for e in met]
                for met in found.meetings
            ]
            self._canvas.light_entries({moved.get(key, key): indices for key, indices in lit.items()}, meetings)
        self._call_card(wanted=numbered and found is not None)

    def _call_card(self, *, wanted: bool) -> None:
        if not wanted:
            self._appear.stop()
            if self.card.isVisible() and not self._leave.isActive():
                self._leave.start()
        elif self.card.isVisible():
            self._leave.stop()
            self._show_card()
        elif not self._appear.isActive():
            self._appear.start()

    def _show_card(self) -> None:
        state, found, canvas = self._state, self._found, self._canvas
        if state is None or found is None:
            return
        phase = "forward" if found.of.quantity == "value" else "backward"
        theme = THEMES[state.theme]
        self.card.set_formula(
            _dated(state, found), theme, phase, self.size * state.text_scale, max(200.0, WIDEST * canvas.width())
        )
        own: dict[Key, frozenset[Index]] = {(found.of.node, found.of.quantity): frozenset({found.of.index})}
        self._place(
            [self._on_canvas(r) for r in frames(canvas.scene, own)],
            [self._on_canvas(r) for r in frames(canvas.scene, _lit(canvas, found))],
        )
        self.card.show()
        self.card.raise_()

    def _place(self, own: list[QRectF], lit: list[QRectF]) -> None:
        """Near the entry, where it covers least of what is lit."""
        width, height = self.card.width(), self.card.height()
        room = QRectF(self._canvas.rect()).adjusted(6, 6, -6 - width, -6 - height)
        at = own[0] if own else QRectF(room.center(), room.center())
        box = self._box(at)
        boxes = _corners(
            self._on_canvas(QRectF(b.x, b.y, b.width, b.height)) for b in self._canvas.scene.layer("boxes").marks
        )
        marked = _corners((*lit, *own))
        middle = QPointF(at.center().x() - width / 2, at.center().y() - height / 2)
        levels = (box.bottom() + GAP, box.top() - GAP - height, at.bottom() + GAP, at.top() - GAP - height)
        columns = (middle.x(), box.left(), box.right() - width, at.right() - width, at.left())
        spots = [QPointF(x, y) for y in (*levels, room.bottom(), room.top()) for x in columns]
        spots += [QPointF(box.right() + GAP, middle.y()), QPointF(box.left() - GAP - width, middle.y())]

        def cost(spot: QPointF) -> float:
            plate = QRectF(spot.x(), spot.y(), width, height)
            hidden = 50 * _covered(plate, marked) + 0.6 * _covered(plate, boxes)
            return hidden + (spot - middle).manhattanLength()

        inside = [
            QPointF(
                min(max(s.x(), room.left()), max(room.left(), room.right())),
                min(max(s.y(), room.top()), max(room.top(), room.bottom())),
            )
            for s in spots
        ]
        self.card.move(min(inside, key=cost).toPoint())

    def _box(self, at: QRectF) -> QRectF:
        """The box of the node that an entry belongs to, on the canvas."""
        node = self._found.of.node if self._found is not None else ""
        boxes = [self._on_canvas(QRectF(b.x, b.y, b.width, b.height)) for b in self._canvas.scene.boxes_of(node)]
        return next((b for b in boxes if b.intersects(at)), at)

    def _on_canvas(self, rect: QRectF) -> QRectF:
        view = self._canvas.view
        return QRectF(view.to_canvas(rect.left(), rect.top()), view.to_canvas(rect.right(), rect.bottom()))


def _corners(rects: Iterable[QRectF]) -> Array:
    """Left, top, right and bottom of each, in rows."""
    return np.array([(r.left(), r.top(), r.right(), r.bottom()) for r in rects]).reshape(-1, 4)


def _covered(plate: QRectF, corners: Array) -> float:
    """The pixels that a plate hides of such rectangles, each for itself: a large graph has thousands."""
    wide = np.minimum(corners[:, 2], plate.right()) - np.maximum(corners[:, 0], plate.left())
    high = np.minimum(corners[:, 3], plate.bottom()) - np.maximum(corners[:, 1], plate.top())
    return float(np.maximum(wide, 0.0) @ np.maximum(high, 0.0))


def _found(state: State, node: str, quantity: str, index: Index) -> Provenance | None:
    """Where an entry comes from; None where there is none, or its number is not known at this step."""
    trace = state.trace
    if trace is None or node not in trace.values:
        return None
    held = state.value(node) if quantity == "value" else state.delta(node)
    if held is None or len(held.shape) != len(index):
        return None
    return provenance(trace, node, cast("Quantity", quantity), index, updated=state.updated(node), digits=state.digits)


def _dated(state: State, found: Provenance) -> tuple[str, ...]:
    """The formula's parts; they read parameters as they were, so the last says it of those that are shown updated."""
    read = [node for node, quantity in found.sources if quantity == "value" and state.updated(node)]
    if not read or state.trace is None:
        return found.parts
    words = QCoreApplication.translate("Provenance", "before the update")
    names = ", ".join(state.trace.notation.symbol(node) for node in read[:NAMED])
    names += r", \ldots" if len(read) > NAMED else ""
    *others, last = found.parts
    return *others, rf"{last} \quad ({names} \text{{ {words}}})"


def _lit(canvas: Canvas, found: Provenance) -> dict[Key, frozenset[Index]]:
    """The indices of the cells on the canvas that hold what an entry comes from; of a scalar, ()."""
    lit: dict[Key, frozenset[Index]] = {key: frozenset({()}) for key, mask in found.sources.items() if not mask.shape}
    for tensor in canvas.scene.layer("tensors").marks:
        mask = found.sources.get((tensor.node, tensor.quantity))
        if mask is not None:
            lit[tensor.node, tensor.quantity] = frozenset(_holding(tensor, mask))
    return lit


def _on_edges(canvas: Canvas, state: State, lit: Iterable[Key]) -> dict[Key, Key]:
    """Where weights are written on edges, the labels that stand for them."""
    if state.program is None or state.program.level != "neurons":
        return {}
    scene, carried, wanted = canvas.scene, _weights(state.program), {}
    for node, quantity in lit:
        weight = carried.get(node)
        if weight is not None:
            kind = "weight" if quantity == "value" else "delta"
            for source, target in product(scene.boxes_of(weight.source), scene.boxes_of(weight.target)):
                wanted[source.id, target.id, kind] = node, quantity
    found: dict[Key, Key] = {}
    for label in scene.layer("labels").marks if wanted else ():
        key = wanted.get((*label.of, label.kind)) if not isinstance(label.of, str) else None
        if key is not None:
            found[key] = label.id, "label"
    return found


@lru_cache(maxsize=2)
def _weights(program: Program) -> Mapping[str, Weight]:
    return weights(program)


def _holding(tensor: Tensor, mask: Mask) -> list[Index]:
    """The cells that hold lit entries: where a large heat-map draws several entries as one cell, any of them."""
    if len(tensor.cells) == mask.size:
        return [cell.index for cell in tensor.cells if mask[cell.index]]
    grid = mask.reshape(-1, mask.shape[-1]) if mask.ndim > 1 else mask.reshape(1, -1)
    places = [divmod(int(np.ravel_multi_index(cell.index, mask.shape)), grid.shape[1]) for cell in tensor.cells]
    down, across = (_step({place[axis] for place in places}, grid.shape[axis]) for axis in (0, 1))
    return [
        cell.index
        for cell, (r, c) in zip(tensor.cells, places, strict=True)
        if grid[r : r + down, c : c + across].any()
    ]


def _step(starts: set[int], length: int) -> int:
    """How many rows or columns of entries one cell holds."""
    return next((b - a for a, b in pairwise(sorted(starts))), length)

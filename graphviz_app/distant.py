"""A small graph from afar: where numbers cannot be read a node has its symbol alone, as large as its box lets it be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from graphviz_models.formula import Formula
from graphviz_models.picture import Box, Label, Tensor

FEW = 300  # boxes; more than these are too small for letters anyway
AFAR = 0.4  # device pixels a point, below which symbols are enlarged: they would have 8 an em, numbers 5
WANTED = 11.0  # pixels an em of an enlarged symbol
ROOM = {"rect": 0.86, "pill": 0.8, "ellipse": 0.7, "circle": 0.7, "diamond": 0.6, "none": 1.8}  # of a box, for a symbol
KEPT = 1000  # enlarged formulas

Seen = tuple[list[Tensor], list[Label]]


class Distant:
    """Makes the labels and arrays of pictures as they are seen from afar."""

    def __init__(self) -> None:
        self._enlarged: dict[tuple[int, float], tuple[Formula, Formula]] = {}  # with the one it was made from
        self._last: tuple[tuple[object, ...], Seen] | None = None  # what it was made from, and what came of it

    def seen(self, boxes: Sequence[Box], tensors: Sequence[Tensor], labels: Sequence[Label], zoom: float) -> Seen:
        """What there is to paint at `zoom` pixels a point: arrays that have colours or stems, labels, large symbols."""
        last, of = self._last, (boxes, tensors, labels, zoom)
        if last is None or any(a is not b for a, b in zip(last[0][:3], of, strict=False)) or last[0][3] != zoom:
            last = self._last = of, self._made(boxes, tensors, labels, zoom)
        return last[1]

    def _made(self, boxes: Sequence[Box], tensors: Sequence[Tensor], labels: Sequence[Label], zoom: float) -> Seen:
        drawn = [one for one in tensors if one.kind != "matrix"]
        taken = {one.of for one in drawn}
        room = {box.id: box for box in boxes if box.id not in taken}
        found: list[Label] = []
        alone: set[str] = set()
        several = Counter((one.of, _side(one)) for one in labels if one.kind == "symbol")
        for one in labels:
            box = room.get(one.of) if isinstance(one.of, str) else None
            if box is None or one.kind != "symbol" or not (_main(one) or several[one.of, _side(one)] == 1):
                continue
            if (large := self._large(one, box, zoom)) is not one:
                alone.add(box.id)
                found.append(large)
        found += [one for one in labels if one.of not in alone or not _in(one, room[str(one.of)])]
        return drawn, found

    def _large(self, label: Label, box: Box, zoom: float) -> Label:
        """The symbol of a box in its middle, as large as is wanted or as there is room for it."""
        formula, part = label.formula, ROOM[box.shape]
        factor = min(
            WANTED / (label.size * zoom),
            part * box.width / max(formula.width, 1.0),
            part * box.height / max(formula.height, 1.0),
        )
        factor = int(factor * 8) / 8  # few sizes, that serve again
        if factor <= 1.0:
            return label
        key = id(formula), factor
        if key not in self._enlarged:
            if len(self._enlarged) >= KEPT:
                self._enlarged.clear()
            self._enlarged[key] = formula, formula.scaled(factor)
        made = self._enlarged[key][1]
        x, y = box.x + (box.width - made.width) / 2, box.y + (box.height - made.height) / 2
        return replace(label, formula=made, x=x, y=y, width=made.width, height=made.height, size=label.size * factor)


def _main(symbol: Label) -> bool:
    """Whether it is the symbol of its box: that of a fold has those of what leaves it as well."""
    return symbol.id == f"{symbol.of}.symbol"


def _side(label: Label) -> str:
    """The end of an id: in motion it says from which of two pictures a label is."""
    return label.id.rpartition(".")[2]


def _in(label: Label, box: Box) -> bool:
    """Whether a label stands within a box, or is its symbol."""
    x, y = label.x + label.width / 2, label.y + label.height / 2
    return _main(label) or (box.x < x < box.x + box.width and box.y < y < box.y + box.height)


def far(boxes: Sequence[Box], zoom: float) -> bool:
    """Whether a picture with these boxes is seen so, at `zoom` device pixels a point."""
    return zoom < AFAR and len(boxes) <= FEW

"""Letters and arrays on the way: they travel with their boxes, and are as large as these leave room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from graphviz_models.formula import Formula
from graphviz_models.picture import Label, Picture, Point, Stroke, Tensor
from graphviz_models.picture.geometry import Rect

from .ways import Key, Ways, centre, holds, keyed, mid, pairs, rect, shade, tint

SIZES = 24  # steps in which letters grow to their size
LEAST = 3.0  # points an em, below which letters are left out
NEAR = 16.0  # points that a label may shift in its box on the way
GONE, COMING = 0.45, 0.55  # progress until which letters go, and from which others come


class Letters:
    """The labels and tensors of two pictures; equal ones of the same box or edge are the same."""

    def __init__(self, a: Picture, b: Picture, ways: Ways) -> None:
        self._ways, self._ground = ways, b.background
        self._sized: dict[tuple[int, int], tuple[Formula, Formula]] = {}
        self._labels = pairs(
            keyed(a.labels, lambda one: self._of(one, 0)), keyed(b.labels, lambda one: self._of(one, 1))
        )
        self._tensors = pairs(
            keyed(a.tensors, lambda one: (one.node, one.quantity)),
            keyed(b.tensors, lambda one: (one.node, one.quantity)),
        )

    def labels(self, progress: float) -> Iterator[Label]:
        """The labels `progress` of the way."""
        for count, (old, new) in enumerate(self._labels):
            if old is not None and new is not None and _same(old.formula, new.formula) and self._steady(old, new):
                yield replace(
                    new, id=f"l{count}", of=self._ends(new, 1), x=mid(old.x, new.x, progress),
                    y=mid(old.y, new.y, progress), colour=tint(old.colour, new.colour, shade(progress)),
                )  # fmt: skip
                continue
            for label, side in ((old, 0), (new, 1)):
                shown = _shown(progress, side)
                if label is not None and shown > 0:
                    yield from self._label(label, side, shown, progress, f"l{count}.{side}")

    def tensors(self, progress: float) -> Iterator[Tensor]:
        """The arrays `progress` of the way; one that is in both looks like the new one from half the way on."""
        for old, new in self._tensors:
            both = old is not None and new is not None
            for tensor, side in ((old, 0), (new, 1)):
                shown = float((progress >= 0.5) == (side == 1)) if both else _shown(progress, side)
                if tensor is not None and shown > 0:
                    yield self._tensor(tensor, side, shade(shown), progress)

    def _of(self, label: Label, side: int) -> Key:
        ends = (label.of,) if isinstance(label.of, str) else label.of
        return (*(self._ways.key(of, side) for of in ends), label.kind)

    def _ends(self, label: Label, side: int) -> str | tuple[str, str]:
        if isinstance(label.of, str):
            return self._ways.id(label.of, side)
        return self._ways.id(label.of[0], side), self._ways.id(label.of[1], side)

    def _steady(self, old: Label, new: Label) -> bool:
        """Whether a label stands where it stood in its box or beside it: one that goes elsewhere would cross others."""
        offsets = []
        for side, label in enumerate((old, new)):
            way = self._ways.ways.get(self._ways.key(label.of, side)) if isinstance(label.of, str) else None
            if way is None:
                return True
            (x, y), (left, top) = centre(rect(label)), centre(rect(way.box(side)))
            offsets.append((x - left, y - top))
        return all(abs(before - after) < NEAR for before, after in zip(*offsets, strict=True))

    def _label(self, label: Label, side: int, shown: float, progress: float, key: str) -> Iterator[Label]:
        ground, formula = self._ground, label.formula
        way = self._ways.ways.get(self._ways.key(label.of, side)) if isinstance(label.of, str) else None
        if way is not None:
            own, place = rect(way.box(side)), way.place(progress)
            scale, (x, y) = _mapped(rect(label), own, place)
            formula = self._fitted(formula, scale)
            if formula.size < LEAST:
                return
            x, y = x - formula.width / 2, y - formula.height / 2
            if holds(own, rect(label)):
                ground = way.box(side).fill
        else:
            ends = [label.of] if isinstance(label.of, str) else label.of
            shifts = [self._ways.shift(of, side, progress) for of in ends]
            x = label.x + sum(dx for dx, _ in shifts) / len(shifts)
            y = label.y + sum(dy for _, dy in shifts) / len(shifts)
        part = shade(shown)
        yield replace(
            label, id=key, of=self._ends(label, side), formula=formula, x=x, y=y, width=formula.width,
            height=formula.height, size=formula.size, colour=tint(ground, label.colour, part),
            plate=label.plate if part > 0.5 else None,
        )  # fmt: skip

    def _tensor(self, tensor: Tensor, side: int, part: float, progress: float) -> Tensor:
        way = self._ways.ways[self._ways.key(tensor.of, side)]
        box, of = way.box(side), self._ways.id(tensor.of, side)
        room = (tensor.x, tensor.y, tensor.width, tensor.height)
        scale, (x, y) = _mapped(room, rect(box), way.place(progress))
        dx, dy = x - scale * centre(room)[0], y - scale * centre(room)[1]

        def inked(colour: str) -> str:
            return colour if part >= 1.0 else tint(box.fill, colour, part)

        def spot(point: Point) -> Point:
            return point[0] * scale + dx, point[1] * scale + dy

        def word(label: Label) -> Label:
            formula = self._fitted(label.formula, scale)
            cx, cy = spot(centre(rect(label)))
            return replace(
                label, of=of, formula=formula, x=cx - formula.width / 2, y=cy - formula.height / 2,
                width=formula.width, height=formula.height, size=formula.size, colour=inked(label.colour),
            )  # fmt: skip

        cells = [
            replace(
                cell, x=cell.x * scale + dx, y=cell.y * scale + dy, width=cell.width * scale,
                height=cell.height * scale, fill=None if cell.fill is None else inked(cell.fill),
            )
            for cell in tensor.cells
        ]  # fmt: skip
        dots = [
            replace(dot, x=dot.x * scale + dx, y=dot.y * scale + dy, radius=dot.radius * scale,
                    colour=inked(dot.colour))
            for dot in tensor.dots
        ]  # fmt: skip
        strokes = [Stroke(tuple(map(spot, one.points)), inked(one.colour), one.width * scale) for one in tensor.strokes]
        labels = [word(label) for label in tensor.labels if label.size * scale >= LEAST]
        left, top = spot((tensor.x, tensor.y))
        return replace(
            tensor, id=f"{of}.{tensor.quantity}.{side}", of=of, x=left, y=top, width=tensor.width * scale,
            height=tensor.height * scale, cells=tuple(cells), strokes=tuple(strokes), dots=tuple(dots),
            labels=tuple(labels),
        )  # fmt: skip

    def _fitted(self, formula: Formula, scale: float) -> Formula:
        """The formula, not larger than `scale` times its size, in one of few sizes."""
        if scale >= 1.0:
            return formula
        step = max(int(scale * SIZES), 0)
        found = self._sized.get((id(formula), step))
        if found is None:  # kept with the formula, whose identity is its key
            found = self._sized[id(formula), step] = formula, formula.scaled(max(step, 0.01) / SIZES)
        return found[1]


def _same(one: Formula, other: Formula) -> bool:
    return one is other or (one.latex == other.latex and one.size == other.size and one.glyphs == other.glyphs)


def _shown(progress: float, side: int) -> float:
    """How far letters of the old (0) or the new (1) picture are there."""
    return (progress - COMING) / (1 - COMING) if side else 1 - progress / GONE


def _mapped(room: Rect, own: Rect, place: Rect) -> tuple[float, Point]:
    """How much smaller something is, and where its middle lies, when its box `own` is at `place`."""
    across, down = place[2] / own[2] if own[2] else 1.0, place[3] / own[3] if own[3] else 1.0
    x, y = centre(room)
    return min(1.0, across, down), (place[0] + (x - own[0]) * across, place[1] + (y - own[1]) * down)

"""between(): the picture on the way from one picture to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from graphviz_models.picture import Box, Picture, Plate
from graphviz_models.picture.geometry import Rect

from .edges import Courses
from .letters import Letters
from .ways import Key, Way, Ways, bounding, holds, keyed, lerp, mid, pairs, rect, tint

MOST_BOXES, MOST_EDGES, MOST_ENTRIES = 300, 1200, 3000


def between(a: Picture, b: Picture, kin: Mapping[str, str], progress: float) -> Picture:
    """The picture `progress` (0 to 1) of the way from `a` to `b`; exactly `a` at 0 and `b` at 1.

    `kin` names, for a node that may be in one picture only, the node it belongs to: for an operation or an entry its
    variable, for a folded node its fold. To play a transition, make one Transition and ask it for every frame.
    """
    return Transition(a, b, kin).at(progress)


def jumps(a: Picture, b: Picture) -> bool:
    """Whether either picture has too many marks to move them all for every frame."""
    return any(
        len(one.boxes) > MOST_BOXES
        or len(one.edges) > MOST_EDGES
        or sum(len(tensor.cells) + len(tensor.labels) for tensor in one.tensors) > MOST_ENTRIES
        for one in (a, b)
    )


class Transition:
    """The way from one picture to another, its marks paired once for all frames."""

    def __init__(self, a: Picture, b: Picture, kin: Mapping[str, str]) -> None:
        self.a, self.b = a, b
        self._ways = Ways(a, b, kin)
        self._courses = Courses(a, b, self._ways)
        self._letters = Letters(a, b, self._ways)
        several = pairs(keyed(a.plates, _plate_name), keyed(b.plates, _plate_name))
        self._plates = [(old, new, self._span(old, new)) for old, new in several]

    def at(self, progress: float) -> Picture:
        """The picture `progress` (0 to 1) of the way."""
        a, b = self.a, self.b
        if progress <= 0.0:
            return a
        if progress >= 1.0:
            return b
        return Picture(
            mid(a.width, b.width, progress),
            mid(a.height, b.height, progress),
            tint(a.background, b.background, progress),
            tuple(self._boxes(progress)),
            tuple(self._courses.at(progress)),
            tuple(self._letters.labels(progress)),
            tuple(self._letters.tensors(progress)),
            plates=tuple(self._moving_plates(progress)),
            title=b.title,
            description=b.description,
            origin=(mid(a.origin[0], b.origin[0], progress), mid(a.origin[1], b.origin[1], progress)),
        )

    def _boxes(self, progress: float) -> Iterator[Box]:
        for count, way in enumerate(self._ways.ways.values(), 1):
            x, y, width, height = way.place(progress)
            look = way.box(1 if _late(way, progress) else 0)
            if way.old is not None and way.new is not None:
                fill, stroke = (
                    tint(way.old.fill, way.new.fill, progress),
                    tint(way.old.stroke, way.new.stroke, progress),
                )
                line = mid(way.old.stroke_width, way.new.stroke_width, progress)
            else:
                shown = progress if way.old is None else 1 - progress
                fill, stroke = tint(way.ghost, look.fill, shown), tint(way.ghost, look.stroke, shown)
                line = look.stroke_width
            scale = min(width / look.width, height / look.height) if look.width and look.height else 1.0
            yield replace(
                look, id=f"b{count}", x=x, y=y, width=width, height=height, fill=fill, stroke=stroke,
                stroke_width=line, corner=min(look.corner * scale, width / 2),
            )  # fmt: skip

    def _span(self, old: Plate | None, new: Plate | None) -> tuple[Rect, Rect]:
        """Where a plate is in either picture: where it is not drawn, the box of its group, or around its nodes."""
        side, own = (1, new) if old is None else (0, old)
        assert own is not None
        here = rect(own)
        if old is not None and new is not None:
            return here, rect(new)
        home = self._ways.ways.get((own.of, 0))
        there = (home.start if side else home.end) if home is not None else self._around(here, side)
        return (there, here) if side else (here, there)

    def _around(self, plate: Rect, side: int) -> Rect:
        """The rectangle around the boxes on a plate where these are in the picture that lacks it."""
        ways = [way for way in self._ways.ways.values() if holds(plate, way.end if side else way.start)]
        if not ways:
            return plate
        here, there = (bounding([(way.end if at else way.start) for way in ways]) for at in (side, 1 - side))
        left, top = here[0] - plate[0], here[1] - plate[1]
        return there[0] - left, there[1] - top, there[2] + plate[2] - here[2], there[3] + plate[3] - here[3]

    def _moving_plates(self, progress: float) -> Iterator[Plate]:
        ground = self.b.background
        for count, (old, new, (start, end)) in enumerate(self._plates):
            look = new if new is not None and (old is None or progress >= 0.5) else old
            if look is None:
                continue
            shown = 1.0 if old is not None and new is not None else progress if old is None else 1 - progress
            x, y, width, height = lerp(start, end, progress)
            yield replace(
                look, id=f"p{count}", x=x, y=y, width=width, height=height,
                fill=None if look.fill is None else tint(ground, look.fill, shown),
                stroke=None if look.stroke is None else tint(ground, look.stroke, shown),
            )  # fmt: skip


def _late(way: Way, progress: float) -> bool:
    return way.old is None or (way.new is not None and progress >= 0.5)


def _plate_name(plate: Plate) -> Key:
    return plate.kind, plate.of

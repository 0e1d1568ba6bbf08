"""Contact sheets: many pictures on one, at their own sizes, each under its caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import TypeVar

from graphviz_models.formula import text
from graphviz_models.theme import Theme

from .marks import Box, Cell, Dot, Edge, Label, Picture, Plate, Point, Pulse, Stroke, Tensor

_MARGIN, _GAP = 36.0, 30.0
_HEADING, _CAPTION = 22.0, 15.0  # sizes of letters, at least
_READABLE = 90.0  # widths of a heading's letter across the sheet, at most
_UNDER = 10.0  # a line of words and what it names
_PROPORTION = 1.4  # width to height of a sheet, where no picture is wider
Placed = TypeVar("Placed", Box, Cell, Dot, Label, Pulse, Plate, Tensor)


@dataclass(frozen=True)
class Strip:
    """Pictures of one model, left to right, with a caption each, under one heading."""

    heading: str
    pictures: tuple[tuple[str, Picture], ...]


def contact(strips: Sequence[Strip], theme: Theme) -> Picture:
    """One picture of them all, strips side by side where there is room; one that is wider than the sheet goes on below.

    Ids of marks get the number of their picture before them ("3/b1"). Raises ValueError where there is no picture.
    """
    pictures = [picture for strip in strips for _, picture in strip.pictures]
    if not pictures:
        raise ValueError("a contact sheet needs a picture")
    area = sum((one.width + _GAP) * (one.height + _GAP + 3 * _HEADING) for one in pictures)
    across = max(max(one.width for one in pictures), sqrt(area * _PROPORTION))
    scale = max(1.0, across / _READABLE / _HEADING)
    words: list[Label] = []
    placed: list[Picture] = []
    left = top = _MARGIN
    right = bottom = 0.0
    for strip in strips:
        block = _Block(strip, across, scale, theme)
        if left > _MARGIN and left + block.width > _MARGIN + across:
            left, top = _MARGIN, bottom + _GAP * scale
        for key, label in enumerate(block.words, len(words)):
            words.append(replace(label, id=f"c{key}", x=label.x + left, y=label.y + top))
        for picture, x, y in block.pictures:
            placed.append(_moved(picture, left + x, top + y, f"{len(placed)}/"))
        right, bottom = max(right, left + block.width), max(bottom, top + block.height)
        left += block.width + _GAP * scale
    return Picture(
        right + _MARGIN,
        bottom + _MARGIN,
        theme.background,
        tuple(box for one in placed for box in one.boxes),
        tuple(edge for one in placed for edge in one.edges),
        (*words, *(label for one in placed for label in one.labels)),
        tuple(tensor for one in placed for tensor in one.tensors),
        tuple(pulse for one in placed for pulse in one.pulses),
        tuple(plate for one in placed for plate in one.plates),
        "Contact sheet",
        f"{len(pictures)} pictures: {', '.join(strip.heading for strip in strips)}",
    )


class _Block:
    """A strip with its words; all places are from its top left corner."""

    def __init__(self, strip: Strip, across: float, scale: float, theme: Theme) -> None:
        self.words: list[Label] = []
        self.pictures: list[tuple[Picture, float, float]] = []
        self.width = 0.0
        self.theme = theme
        top = self.height = self._line("title", strip.heading, 0.0, 0.0, _HEADING * scale)
        left = 0.0
        for caption, picture in strip.pictures:
            if left and left + picture.width > across:
                left, top = 0.0, self.height + _GAP
            under = self._line("caption", caption, left, top, _CAPTION * scale)
            self.pictures.append((picture, left, under))
            self.width, self.height = max(self.width, left + picture.width), max(self.height, under + picture.height)
            left += picture.width + _GAP

    def _line(self, kind: str, plain: str, x: float, y: float, size: float) -> float:
        """Writes a line of words; where what it names begins below it."""
        formula = text(plain, size)
        high = formula.ascent + formula.descent
        self.words.append(Label("", "", kind, plain, formula, x, y, formula.width, high, size, self.theme.text))
        self.width = max(self.width, x + formula.width)
        return y + high + _UNDER


def _moved(picture: Picture, x: float, y: float, before: str) -> Picture:
    """The picture with its marks moved, and their ids told apart by what stands `before` them."""

    def at(mark: Placed) -> Placed:
        return replace(mark, x=mark.x + x, y=mark.y + y)

    def points(line: Sequence[Point]) -> tuple[Point, ...]:
        return tuple((px + x, py + y) for px, py in line)

    def label(one: Label) -> Label:
        of = before + one.of if isinstance(one.of, str) else (before + one.of[0], before + one.of[1])
        return replace(at(one), id=before + one.id, of=of)

    def edge(one: Edge) -> Edge:
        return replace(
            one,
            id=before + one.id,
            source=before + one.source,
            target=before + one.target,
            points=points(one.points),
            shaft=points(one.shaft),
            head=points(one.head),
        )

    def stroke(one: Stroke) -> Stroke:
        return replace(one, points=points(one.points))

    def tensor(one: Tensor) -> Tensor:
        return replace(
            at(one),
            id=before + one.id,
            of=before + one.of,
            cells=tuple(map(at, one.cells)),
            strokes=tuple(map(stroke, one.strokes)),
            dots=tuple(map(at, one.dots)),
            labels=tuple(map(label, one.labels)),
        )

    def pulse(one: Pulse) -> Pulse:
        carried = None if one.label is None else label(one.label)
        return replace(at(one), id=before + one.id, edge=before + one.edge, label=carried)

    return replace(
        picture,
        boxes=tuple(replace(at(one), id=before + one.id) for one in picture.boxes),
        edges=tuple(map(edge, picture.edges)),
        labels=tuple(map(label, picture.labels)),
        tensors=tuple(map(tensor, picture.tensors)),
        pulses=tuple(map(pulse, picture.pulses)),
        plates=tuple(
            replace(at(one), id=before + one.id, of=before + one.of if one.of else "") for one in picture.plates
        ),
    )

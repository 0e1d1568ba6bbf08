"""The ways of the boxes from one picture to another: which are the same node, and where the others come from or go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from graphviz_models.picture import Box, Label, Picture, Plate
from graphviz_models.picture.geometry import Rect, bounds
from graphviz_models.theme import mixed

INSIDE = 0.85  # of a box, that what comes out of it or goes into it fills
SMALL = 0.3  # of its size, from which a box grows that belongs to no other
LEAST = 0.06  # of its size, to which a box shrinks while its parts come out of it
DEEPEST = 8  # links from a node to what it belongs to
TINTS = 64  # steps from one colour to another
SHADES = 6  # steps in which letters come and go

Key = tuple[object, ...]
Mark = TypeVar("Mark")


@dataclass(frozen=True, slots=True)
class Way:
    """A box in either picture, None where it is in one of them only, and its rectangle in both."""

    old: Box | None
    new: Box | None
    start: Rect
    end: Rect
    ghost: str = ""  # the colour that it comes from or goes to, where it is in one picture only

    def box(self, side: int) -> Box:
        """Its mark in the old (0) or the new (1) picture, which has it."""
        found = self.new if side else self.old
        assert found is not None
        return found

    def place(self, progress: float) -> Rect:
        """Where it is."""
        return lerp(self.start, self.end, progress)


class Ways:
    """All boxes of two pictures, in the order of painting: over what goes or comes, what that comes out of."""

    def __init__(self, a: Picture, b: Picture, kin: Mapping[str, str]) -> None:
        old, new = keyed(a.boxes, _name), keyed(b.boxes, _name)
        gone, came = _homes(old, new, kin, b.background), _homes(new, old, kin, b.background)
        single = {key: Way(old[key], None, rect(old[key]), home.place, home.ghost) for key, home in gone.items()}
        single |= {key: Way(None, new[key], home.place, rect(new[key]), home.ghost) for key, home in came.items()}
        homes = gone | came
        self.ways: dict[Key, Way] = {key: way for key, way in single.items() if not homes[key].over}
        for key, box in new.items():
            if key in old:
                self.ways[key] = Way(old[key], box, rect(old[key]), rect(box))
        self.ways |= {key: way for key, way in single.items() if homes[key].over}
        self.keys = ({box.id: key for key, box in old.items()}, {box.id: key for key, box in new.items()})
        self._ids = {key: f"b{count}" for count, key in enumerate(self.ways, 1)}

    def key(self, of: str, side: int) -> Key:
        """The key of a box by its id in the old (0) or the new (1) picture; of anything else, its id."""
        return self.keys[side].get(of, (of,))

    def id(self, of: str, side: int) -> str:
        """The id on the way of a box whose id in the old (0) or the new (1) picture is `of`."""
        return self._ids.get(self.key(of, side), of)

    def shift(self, of: str, side: int, progress: float) -> tuple[float, float]:
        """How far a box has come from its place in the old (0), or is from that in the new (1) picture."""
        way = self.ways.get(self.key(of, side))
        if way is None:
            return 0.0, 0.0
        here, there = centre(way.place(progress)), centre(way.end if side else way.start)
        return here[0] - there[0], here[1] - there[1]


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a box is in the picture that lacks it, its colour there, and whether its parts are there: `over` these."""

    place: Rect
    ghost: str
    over: bool = False


def _homes(own: dict[Key, Box], other: dict[Key, Box], kin: Mapping[str, str], ground: str) -> dict[Key, _Home]:
    """The home of every box that is not in the other picture.

    All that belong to one box there lie in it as they lie to one another here.
    """
    there = {box.node: box for box in reversed(other.values()) if box.node}
    spread: dict[str, list[Rect]] = {}
    for box in other.values():
        for node in _line(box.node, kin)[1:]:
            spread.setdefault(node, []).append(rect(box))
    inside: dict[str, list[Key]] = {}
    found: dict[Key, _Home] = {}
    for key, box in own.items():
        if key in other:
            continue
        line = _line(box.node, kin)
        home = next((node for node in line if node in there), None)
        parts = next((spread[node] for node in line if node in spread), None)
        if home is not None:
            inside.setdefault(home, []).append(key)
        elif parts is not None:
            found[key] = _Home(_around(centre(bounding(parts)), rect(box), LEAST), box.fill, over=True)
        else:
            found[key] = _Home(_around(centre(rect(box)), rect(box), SMALL), ground)
    for home, keys in inside.items():
        around, whole = rect(there[home]), bounding([rect(own[key]) for key in keys])
        scale = min(1.0, INSIDE * around[2] / max(whole[2], 1e-6), INSIDE * around[3] / max(whole[3], 1e-6))
        (x, y), (mx, my) = centre(around), centre(whole)
        for key in keys:
            left, top, width, height = rect(own[key])
            place = x + (left - mx) * scale, y + (top - my) * scale, width * scale, height * scale
            found[key] = _Home(place, there[home].fill)
    return {key: found[key] for key in own if key in found}


def _line(node: str, kin: Mapping[str, str]) -> list[str]:
    """A node, the one it belongs to, the one that that belongs to, …"""
    line = [node] if node else []
    while line and len(line) < DEEPEST and (above := kin.get(line[-1])) is not None and above not in line:
        line.append(above)
    return line


def _name(box: Box) -> Key:
    return (box.node or box.id,)


def keyed(marks: Iterable[Mark], name: Callable[[Mark], Key]) -> dict[Key, Mark]:
    """Marks by name; those of one name are counted."""
    found: dict[Key, Mark] = {}
    for mark in marks:
        key, count = name(mark), 0
        while (*key, count) in found:
            count += 1
        found[*key, count] = mark
    return found


def pairs(old: Mapping[Key, Mark], new: Mapping[Key, Mark]) -> list[tuple[Mark | None, Mark | None]]:
    """What goes, what stays or comes, in the order of the new picture."""
    gone: list[tuple[Mark | None, Mark | None]] = [(mark, None) for key, mark in old.items() if key not in new]
    return gone + [(old.get(key), mark) for key, mark in new.items()]


def rect(mark: Box | Label | Plate) -> Rect:
    """Left, top, width and height."""
    return mark.x, mark.y, mark.width, mark.height


def centre(one: Rect) -> tuple[float, float]:
    """The middle of a rectangle."""
    return one[0] + one[2] / 2, one[1] + one[3] / 2


def lerp(a: Rect, b: Rect, p: float) -> Rect:
    """The rectangle between two; what lies in both of two pairs lies in what is between them, too."""
    return mid(a[0], b[0], p), mid(a[1], b[1], p), mid(a[2], b[2], p), mid(a[3], b[3], p)


@lru_cache(maxsize=4096)
def _tint(first: str, second: str, share: int) -> str:
    return mixed(first, second, share / TINTS)


def tint(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from one to another, in steps too small to be seen."""
    return first if first == second else _tint(first, second, round(share * TINTS))


def mid(a: float, b: float, p: float) -> float:
    """The number between two."""
    return a + (b - a) * p


def shade(shown: float) -> float:
    """How much of its colour something has, in few steps: letters of a new colour have to be drawn anew."""
    return round(min(max(shown, 0.0), 1.0) * SHADES) / SHADES


def _around(middle: tuple[float, float], size: Rect, scale: float) -> Rect:
    width, height = size[2] * scale, size[3] * scale
    return middle[0] - width / 2, middle[1] - height / 2, width, height


def bounding(rects: Sequence[Rect]) -> Rect:
    """The smallest rectangle around several."""
    return bounds([corner for x, y, width, height in rects for corner in ((x, y), (x + width, y + height))])


def holds(outer: Rect, inner: Rect) -> bool:
    """Whether one rectangle lies in another."""
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[0] + inner[2] <= outer[0] + outer[2]
        and inner[1] + inner[3] <= outer[1] + outer[3]
    )

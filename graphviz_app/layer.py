"""The marks of one kind on a canvas: what changed, and what lies where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count, islice
from operator import is_not
from typing import Any

from graphviz_models.picture import PLATE, Box, Edge, Label, Plate, Pulse, Tensor
from graphviz_models.picture.blocks import BLOCK, Blocks, cut

Mark = Plate | Edge | Box | Tensor | Label | Pulse
Bounds = tuple[float, float, float, float]  # left, top, right, bottom

CELL = 240.0  # side of a cell of the index, in points
LONG = 60  # cells, beyond which a mark is not entered in each of them but looked at every time
SEEN = 1000  # cells of an area, beyond which marks in it are estimated
MANY = 200  # changed marks, beyond which the whole canvas is painted anew
_NO_KEYS: frozenset[str] = frozenset()


class Layer:
    """The marks of one kind, in the order of painting, with an index of where they lie."""

    def __init__(self) -> None:
        self.marks: Sequence[Any] = ()
        self._by_id: dict[str, Any] = {}
        self._bounds: dict[str, Bounds] = {}
        self._rank: dict[str, int] = {}  # marks that lie over others have a higher one
        self._ranked: Sequence[tuple[Any, ...]] = ()  # the blocks whose marks have it
        self._cells: dict[tuple[float, float], set[str]] = {}
        self._long: set[str] = set()
        self.indexed = True  # whether the index is that of `marks`
        self._entering: Iterator[tuple[str, Any]] | None = None  # the marks that are still to be entered in it
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
        old, before, self.marks, self._entering = self.marks, self.blocks(), marks, None
        differing = self._recut()
        alike = len(before) == len(self._blocks)
        pairs = _in_place(differing) if alike else None
        if pairs is None:
            pairs = _matched(differing if alike else [(old, marks)])
        elif self._ranked is before:
            self._ranked = self._blocks
        if len(pairs) > MANY and sum(a is not b for a, b in pairs) > MANY:
            self.indexed = False  # made anew when it is next asked for
            return None
        if not self.indexed:
            self._index()
            return None
        return self._exchange(pairs)

    def blocks(self) -> Sequence[tuple[Any, ...]]:
        """The marks block by block: a block in which nothing has changed is the same object as before."""
        if self._cut is not self.marks:
            self._recut()
        return self._blocks

    def _recut(self) -> list[tuple[Sequence[Any], Sequence[Any]]]:
        """Cut the marks in blocks; those that differ, as they were and as they are, as far as there are both."""
        made = list(self.marks.parts) if isinstance(self.marks, Blocks) else cut(self.marks)
        differing: list[tuple[Sequence[Any], Sequence[Any]]] = []
        for k in compress(count(), map(is_not, made, self._blocks)):
            before, block = self._blocks[k], made[k]
            if before == block:
                made[k] = before
            else:
                differing.append((before, block))
        self._cut, self._blocks = self.marks, made
        return differing

    def crowd(self, area: Bounds, part: float) -> float:
        """About how many marks touch an area, which is a `part` (0 to 1) of the picture."""
        cells = cells_of(area, SEEN) if self.indexed else None
        if cells is None:
            return len(self.marks) * part
        return len(self._long) + sum(len(self._cells.get(cell, _NO_KEYS)) for cell in cells)

    def replace(self, marks: Sequence[Any]) -> None:
        """Take these marks, which have nothing in common with those before."""
        self.marks, self.indexed, self._entering = marks, False, None

    def within(self, area: Bounds) -> list[Any]:
        """The marks that touch an area, in the order of painting."""
        self._index()
        cells = cells_of(area)
        if cells is None or len(cells) >= len(self._cells):
            return [m for m in self.marks if touch(self._bounds[m.id], area)]
        keys = set(self._long)
        for cell in cells:
            keys |= self._cells.get(cell, _NO_KEYS)
        self._order()
        near = [key for key in keys if touch(self._bounds[key], area)]
        near.sort(key=self._rank.__getitem__)
        return [self._by_id[key] for key in near]

    def prepare(self, most: int) -> None:
        """Enter some of the marks in the index, at `most` so many, before somebody has to wait for it."""
        if self._entering is None:
            self._by_id = {mark.id: mark for mark in self.marks}
            self._rank, self._ranked = {}, ()
            self._bounds, self._cells, self._long = {}, {}, set()
            self._entering = iter(self._by_id.items())
        for key, mark in islice(self._entering, most):
            self._lay(key, bounds(mark))
        if len(self._bounds) == len(self._by_id):
            self.indexed, self._entering = True, None

    def _index(self) -> None:
        if not self.indexed:
            self.prepare(len(self.marks))

    def _order(self) -> None:
        """Rank the marks of the blocks that are others than before."""
        before, self._ranked = self._ranked, self.blocks()
        if before is self._ranked:
            return
        for k, block in enumerate(self._ranked):
            if k >= len(before) or before[k] is not block:
                for rank, mark in enumerate(block, k << 32):
                    self._rank[mark.id] = rank

    def _exchange(self, pairs: Iterable[tuple[Any | None, Any | None]]) -> list[Bounds]:
        """Enter marks in the index for those that they follow; where the two differ."""
        dirty: list[Bounds] = []
        for old, mark in pairs:
            if mark is None:
                assert old is not None
                dirty.append(self._bounds[old.id])
                self._lift(old.id)
                del self._by_id[old.id]
                continue
            key = mark.id
            self._by_id[key] = mark
            if old is mark or (old is not None and old == mark):
                continue
            new, known = bounds(mark), self._bounds.get(key)
            dirty.append(new)
            if known != new:
                if known is not None:
                    dirty.append(known)
                    self._lift(key)
                self._lay(key, new)
        return dirty

    def _lay(self, key: str, area: Bounds) -> None:
        self._bounds[key] = area
        cells = cells_of(area)
        if cells is None:
            self._long.add(key)
        for cell in cells or ():
            self._cells.setdefault(cell, set()).add(key)

    def _lift(self, key: str) -> None:
        self._long.discard(key)
        for cell in cells_of(self._bounds.pop(key)) or ():
            self._cells[cell].discard(key)


def bounds(mark: Mark) -> Bounds:
    """The rectangle that a mark is painted in, its strokes and plates included."""
    if isinstance(mark, Label):
        by = max(PLATE, 0.25 * mark.size)
        return mark.x - by, mark.y - by, mark.x + mark.width + by, mark.y + mark.height + by
    if isinstance(mark, Edge):
        xs, ys = zip(*mark.shaft, *mark.head, strict=True)
        return _grown((min(xs), min(ys), max(xs), max(ys)), mark.width)
    if isinstance(mark, Pulse):
        area = _grown((mark.x, mark.y, mark.x, mark.y), mark.radius + 1)
        return area if mark.label is None else joined(area, bounds(mark.label))
    area = (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
    if isinstance(mark, Tensor):
        area = _grown(area, 4.0)
        for label in mark.labels:
            area = joined(area, bounds(label))
        return area
    return _grown(area, mark.stroke_width + 1)


def _in_place(
    blocks: Iterable[tuple[Sequence[Any], Sequence[Any]]],
) -> list[tuple[Any | None, Any | None]] | None:
    """The marks that differ, as they were and as they are, or MANY of them; None if any has another place now."""
    pairs: list[tuple[Any | None, Any | None]] = []
    for old, new in blocks:
        if len(old) != len(new):
            return None
        for a, b in [(a, b) for a, b in zip(old, new, strict=True) if a is not b]:
            if a.id != b.id:
                return None
            pairs.append((a, b))
        if len(pairs) > MANY:
            break
    return pairs


def _matched(blocks: Iterable[tuple[Sequence[Any], Sequence[Any]]]) -> list[tuple[Any | None, Any | None]]:
    """The marks between those that blocks begin and end with alike, as they were and as they are, by their ids."""
    gone: dict[str, Any] = {}
    came: list[Any] = []
    for old, new in blocks:
        start, end = _alike(old, new)
        gone |= {mark.id: mark for mark in old[start : len(old) - end]}
        came += new[start : len(new) - end]
    return [(gone.pop(mark.id, None), mark) for mark in came] + [(mark, None) for mark in gone.values()]


def cells_of(area: Bounds, most: int = LONG) -> list[tuple[float, float]] | None:
    """The cells of the index that an area touches; None if there are more than `most`."""
    left, top, right, bottom = area[0] // CELL, area[1] // CELL, area[2] // CELL, area[3] // CELL
    if left == right and top == bottom:
        return [(left, top)]
    if (right - left + 1) * (bottom - top + 1) > most:
        return None
    across, down = range(int(right - left) + 1), range(int(bottom - top) + 1)
    return [(left + i, top + j) for i in across for j in down]


def touch(a: Bounds, b: Bounds) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


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


def _grown(area: Bounds, by: float) -> Bounds:
    return area[0] - by, area[1] - by, area[2] + by, area[3] + by


def joined(a: Bounds, b: Bounds) -> Bounds:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])

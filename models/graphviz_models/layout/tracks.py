"""Tracks: where the rails of a recurrence run, and where what feeds them stands."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from graphviz_models.layout.curves import bend, cubic, rounded
from graphviz_models.layout.nodes import Node, around, overlap
from graphviz_models.layout.parts import Point, Rect
from graphviz_models.layout.rails import Place, Rail, Yard
from graphviz_models.layout.rims import cap, side

_LANE = 13.0  # between two lanes
_EDGE = 13.0  # between a rank and the first track
_FIRST = 22.0  # between the drawing and the first lane
_BESIDE = 26.0  # between nodes that stand at the ends of rails
_AIR = 12.0  # above and below a node that stands on a rail
_STUB = 20.0  # between that node and the next drop

_WIDE, _NARROW = 40.0, 12.0  # radii of the bends of a rail for one link, and for several

Extent = Callable[[Place], tuple[float, float]]


class Tracks:
    """Rails on their way to routes; `centres` has the nodes that stand already and gains those on the rails."""

    def __init__(
        self,
        yard: Yard,
        nodes: Sequence[Node],
        centres: dict[int, Point],
        places: Mapping[int, Place],
        extent: Extent,
        stretch: float,
    ) -> None:
        self.yard = yard
        self.nodes = nodes
        self.centres = centres
        self.places = places
        self.extent = extent
        self.stretch = stretch
        self.bounds = around([nodes[i].box(p) for i, p in centres.items()])
        self.heights: list[float] = [0.0] * len(yard.rails)

    def x(self, r: int, n: int) -> float:
        """Where rail `r` turns towards node `n`."""
        terminal = self.yard.terminals[self.places[n].kind, r]
        if terminal.kind == "cap":
            return self.centres[n][0] + terminal.away
        low, high = self.extent(self.places[n])
        edge = _EDGE + 30 * (self.stretch - 1) + terminal.away
        return high + edge if terminal.kind == "right" else low - edge

    def _verticals(self, r: int) -> list[float]:
        rail = self.yard.rails[r]
        return [self.x(r, n) for _, n in rail.ends] + ([] if rail.hub else [self.x(r, rail.common)])

    # seats

    def on_rails(self) -> None:
        """Set every hub upon its rail, above the middle of what it feeds, where no other drop runs through it."""
        for top in (True, False):
            numbers = [r for r, rail in enumerate(self.yard.rails) if rail.top == top]
            spans: dict[int, tuple[float, float]] = {}
            seats: dict[int, tuple[float, float]] = {}
            for n, r in enumerate(numbers):
                rail, own = self.yard.rails[r], self._verticals(r)
                low, high = min(own), max(own)
                if rail.hub:
                    node = self.nodes[rail.common]
                    taken = [x for other in numbers[n:] for x in self._verticals(other)]
                    x = _gap(taken, node.left + _STUB, node.right + _STUB, (low + high) / 2)
                    seats[r] = (x - node.left - _AIR, x + node.right + _AIR)
                    self.centres[rail.common] = (x, 0.0)
                    low, high = min(low, x), max(high, x)
                spans[r] = (low, high)
                self.heights[r] = self._height(r, numbers[:n], spans, seats)
                if rail.hub:
                    self.centres[rail.common] = (self.centres[rail.common][0], self.heights[r])

    def _height(
        self,
        r: int,
        inner: Sequence[int],
        spans: Mapping[int, tuple[float, float]],
        seats: Mapping[int, tuple[float, float]],
    ) -> float:
        """The lane nearest to the drawing that leaves room for the nodes on it and on the lanes within."""
        rail = self.yard.rails[r]
        way = -1.0 if rail.top else 1.0
        node = self.nodes[rail.common]
        towards, _ = (node.down, node.up) if rail.top else (node.up, node.down)
        base = self.bounds[1] if rail.top else self.bounds[1] + self.bounds[3]
        out = _FIRST + self._label_room(rail)
        if rail.hub:
            out = max(out, towards + _AIR)
        for k in inner:
            other = self.yard.rails[k]
            at = (self.heights[k] - base) * way
            stands = self.nodes[other.common]
            away = stands.up if rail.top else stands.down
            need = _LANE * self.stretch
            if k in seats and _meet(seats[k], spans[r]):
                need = max(need, away + _AIR)
            if r in seats and _meet(seats[r], spans[k]):
                need = max(need, towards + _AIR)
            if k in seats and r in seats and _meet(seats[k], seats[r]):
                need = max(need, away + towards + _AIR)
            out = max(out, at + need)
        return base + way * out

    def _label_room(self, rail: Rail) -> float:
        """Room for labels beside the last part of the way from a rail to a node."""
        return rail.label[1] + 44.0 if rail.label[1] else 0.0

    def at_left(self) -> None:
        """Set the hubs of each side in a stack left of what they feed, their lanes close together."""
        counts = {True: 0, False: 0}
        for r, rail in enumerate(self.yard.rails):
            base = self.bounds[1] if rail.top else self.bounds[1] + self.bounds[3]
            room = max(self._label_room(o) for o in self.yard.rails)
            self.heights[r] = base + (-1 if rail.top else 1) * (_FIRST + room + _LANE * counts[rail.top])
            counts[rail.top] += 1
        for top in (True, False):
            stack = [r for r, rail in enumerate(self.yard.rails) if rail.hub and rail.top == top]
            if stack:
                self._stack(sorted(stack, key=self.heights.__getitem__))

    def _stack(self, numbers: Sequence[int]) -> None:
        members = [self.nodes[self.yard.rails[r].common] for r in numbers]
        tall = sum(n.up + n.down for n in members) + _BESIDE * (len(members) - 1)
        y = sum(self.heights[r] for r in numbers) / len(numbers) - tall / 2
        at = []
        for n in members:
            at.append(y + n.up)
            y += n.up + n.down + _BESIDE
        if len(members) == 1:
            at = [self.heights[numbers[0]]]
        wide = max(n.left + n.right for n in members)
        first = min(x for r in numbers for x in self._verticals(r))
        x = first - 52.0 - wide
        standing = [  # from an initial value a line leads on to the first step
            (left, top, max(width, first - left), height)
            for left, top, width, height in (self.nodes[i].box(p) for i, p in self.centres.items())
        ]
        for _ in range(2):
            block: Rect = (x, at[0] - members[0].up, wide + 40.0, at[-1] + members[-1].down - at[0] + members[0].up)
            clash = [b for b in standing if overlap(block, b, 14.0)]
            if not clash:
                break
            x = min(b[0] for b in clash) - 58.0 - wide
        for r, n, y in zip(numbers, members, at, strict=True):
            self.centres[self.yard.rails[r].common] = (x + wide - n.right, y)

    # routes

    def routes(self) -> dict[int, list[Point]]:
        """The routes of all links on rails."""
        out: dict[int, list[Point]] = {}
        for r, rail in enumerate(self.yard.rails):
            lane = self.heights[r]
            radius = _WIDE if len(rail.ends) == 1 and not rail.hub else _NARROW
            for link, n in rail.ends:
                leg = self._leg(r, n, lane)
                if rail.hub:
                    line = [*self._head(rail, leg[-1][0], lane), *leg[::-1]]
                else:
                    line = [*self._leg(r, rail.common, lane), *leg[::-1]]
                out[link] = rounded(line if rail.outward else line[::-1], radius)
        return out

    def _head(self, rail: Rail, x: float, lane: float) -> list[Point]:
        """From a hub to its lane, on the side that faces `x`."""
        node, (at, y) = self.nodes[rail.common], self.centres[rail.common]
        if abs(lane - y) < 1e-6:
            return [(at + (node.w / 2 if x > at else -node.w / 2), y)]
        start = (at + node.w / 2, y)
        return [start, *bend(start, (start[0] + 30.0, lane))]

    def _leg(self, r: int, n: int, lane: float) -> list[Point]:
        """From node `n` to its rail, its corner there rounded; the last point lies on the lane, past the corner."""
        place, node, (x, y) = self.places[n], self.nodes[n], self.centres[n]
        terminal = self.yard.terminals[place.kind, r]
        at = self.x(r, n)
        far = (at, lane)
        if terminal.kind == "cap":
            top = self.yard.rails[r].top
            u, v = cap(node.shape, node.w, node.h, top, terminal.offset)
            port = (x + u, y + v)
            if abs(terminal.away - terminal.offset) < 1e-6:
                return [port, far]
            knee = (at, y + (-1 if top else 1) * (node.h / 2 + 34.0))
            m = (knee[1] - port[1]) * 0.5
            return [port, *cubic(port, (port[0], port[1] + m), (knee[0], knee[1] - m), knee), far]
        u, v = side(node.shape, node.w, node.h, terminal.kind == "right", terminal.offset)
        return [(x + u, y + v), (at, y + v), far]


def _gap(taken: Sequence[float], left: float, right: float, wish: float) -> float:
    """The place nearest to `wish` whose surroundings, `left` and `right` of it, none of the lines at `taken` runs
    through.
    """
    walls = sorted(taken)
    spots = [(-1e9, walls[0] - right), (walls[-1] + left, 1e9)]
    spots += [(a + left, b - right) for a, b in itertools.pairwise(walls) if b - a >= left + right]
    places = [min(max(wish, low), high) for low, high in spots]
    return min(places, key=lambda p: abs(p - wish))


def _meet(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] < b[1] and b[0] < a[1]

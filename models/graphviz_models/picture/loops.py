"""Loops: the edges that lead back to a delay, over or under the row of a folded recurrence, past all boxes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import groupby, islice, pairwise
from math import hypot, inf
from types import MappingProxyType

from graphviz_models.layout.curves import length, rounded
from graphviz_models.layout.detour import detour
from graphviz_models.layout.grid import Grid
from graphviz_models.layout.nodes import Node, hits
from graphviz_models.layout.parts import Rect
from graphviz_models.layout.rims import cap, side
from graphviz_models.layout.scene import ALONG, Scene, cross, near_parallel

from .geometry import bounds
from .marks import Point

_CLEAR = 12.0  # between a loop and a box along which it runs
_ROOM, _TIGHT = 10.0, 3.0  # between it and any other, and where that is much shorter
_PAST = 18.0  # between a loop and an arc that it goes around
_LANE = 14.0  # between two loops, and between a loop and another edge
_CROSSING = 500.0  # what crossing another edge costs, in points of length
_RADIUS, _STRAIGHT = 16.0, 10.0  # of a corner; from there to the arrowhead
_RADII = (_RADIUS, 8.0, 4.0)  # where a wide corner would cut that of a box
_ASIDE = (18.0, 30.0, 44.0, 62.0, 84.0, 110.0, 145.0, 190.0)  # how far a loop goes sideways before it turns
_LEVELS, _ALIKE = 60, 5.0  # heights that are tried on each side; those nearer to one another are one
_SAME = 20.0  # points, by which the lengths of two links differ at most that are about the same
_MOST, _SHORTEST = 400, 10  # ways whose crossings are counted, of all, and at each height
_FEWEST, _PATIENCE = 12, 3_000_000  # of them where there are many links, and ways times links times links at most
_BESIDE, _APART, _LEVEL = 300.0, 13.5, 0.36  # what running beside another edge costs at most; how near, at what slope
_CORNERED = 80.0  # what it costs to turn where another edge runs
_SEVERAL = 2  # others that an edge crosses: then a way like that of a loop is looked for
_INNER = 150.0  # what it costs to go around an arc that leads from a delay to where the loop comes from
_POINT = 6.0  # ends of two edges that are nearer to one another look like one and count twice
_SHARES = (0.0, 0.16, -0.16, 0.32, -0.32)  # of a shape's width: where an edge leaves it or enters it

_NONE: Mapping[int, Sequence[Point]] = MappingProxyType({})


def loops(
    scene: Scene, edges: Sequence[int], texts: Sequence[Rect], laid: Mapping[int, Sequence[Point]] = _NONE
) -> None:
    """Draw the links `edges` of a scene, each from its node over the row or under it back to the other end.

    The scene has all boxes and all other routes. Where neither way is clear of boxes and texts, an edge takes the
    shortest way around them. Those that are `laid` keep that route, unless it crosses several others and a way like
    that of a loop fewer.
    """
    grid = Grid()
    boxes = [node.box(scene.centres[i]) for i, node in enumerate(scene.nodes)]
    for i, box in enumerate(boxes):
        grid.add_rect(box, i)
    for rect in texts:
        grid.add_rect(rect, -1)

    for k in _inner_first(scene, edges, laid):
        (a, b), now = scene.ends[k], laid.get(k)
        crossed = scene.crossed(now, a, b) if now is not None else inf
        if now is not None and crossed < _SEVERAL:
            scene.draw(k, now)
            continue
        best, cost = None, inf
        for room in (_ROOM, _TIGHT):
            ways = _Ways(scene, k, (*boxes, *texts), grid, room)
            best, cost = min((best, cost), ways.cheapest(), key=lambda one: one[1])
            if best and cost - length(best) < 2 * _CROSSING:
                break
        if now is not None and (best is None or scene.crossed(best, a, b) >= crossed):
            scene.draw(k, now)
            continue
        line = _turning(scene, k, best) if best else detour(scene, a, b, 4.0)
        scene.draw(k, line or _direct(scene, a, b))


def _inner_first(scene: Scene, edges: Sequence[int], laid: Container[int]) -> Iterator[int]:
    """Links as they nest: shorter ones first, of a length those that are `laid`, then the topmost and the lowest."""

    def length(k: int) -> tuple[float, bool]:
        a, b = scene.ends[k]
        return abs(scene.centres[a][0] - scene.centres[b][0]) // _SAME, k not in laid

    def height(k: int) -> float:
        return sum(scene.centres[end][1] for end in scene.ends[k])

    for _, alike in groupby(sorted(edges, key=length), key=length):
        several = sorted(alike, key=height)
        while several:
            yield several.pop(0)
            several.reverse()


def _turning(scene: Scene, k: int, way: Sequence[Point]) -> list[Point]:
    """The way with its corners rounded as widely as boxes let it."""
    lines = [rounded(way, radius) for radius in _RADII]
    return next((line for line in lines if not scene.blocked(line, *scene.ends[k], 2.5)), lines[0])


def _alongside(p: Point, q: Point, r: Point, s: Point) -> float:
    """For how many points a segment runs along another one, nearly level with it and closer than _APART."""
    dx, dy, ex, ey = q[0] - p[0], q[1] - p[1], s[0] - r[0], s[1] - r[1]
    if abs(dx * ey - dy * ex) > _LEVEL * abs(dx * ex + dy * ey):
        return 0.0
    long = hypot(dx, dy) or 1.0
    off, on = [], []
    for x, y in (r, s):
        off.append(abs((y - p[1]) * dx - (x - p[0]) * dy) / long)
        on.append(((x - p[0]) * dx + (y - p[1]) * dy) / long)
    return max(0.0, min(long, max(on)) - max(0.0, min(on))) if min(off) <= _APART else 0.0


def _bulge(line: Sequence[Point]) -> float:
    """How far a line reaches below the middle of its ends, or, negative, above it; 0 where it is about straight."""
    middle = (line[0][1] + line[-1][1]) / 2
    far = max((y - middle for _, y in line), key=abs)
    return far if abs(far) > abs(line[0][1] - line[-1][1]) / 2 + 2.0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Stub:
    """The beginning of a way, with what is to be said against it; `aside` is how far it goes sideways."""

    against: float
    aside: float
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class _Way:
    """A way between two stubs at the height `level`; how long it is, and what they stand aside of the middles."""

    long: float
    level: float
    stubs: tuple[_Stub, _Stub]

    @property
    def line(self) -> list[Point]:
        """From one end to the other."""
        out, into = (stub.points for stub in self.stubs)
        return [*out, (out[-1][0], self.level), (into[-1][0], self.level), *into[::-1]]


class _Ways:
    """Ways for the link `k` of a scene that come no nearer than `room` to the boxes and texts of `rects` and `grid`."""

    def __init__(self, scene: Scene, k: int, rects: Sequence[Rect], grid: Grid, room: float) -> None:
        self._scene, self._grid, self._room = scene, grid, room
        self._ends = scene.ends[k]
        (ax, _), (bx, _) = (scene.centres[end] for end in self._ends)
        low, high = min(ax, bx) - 60.0, max(ax, bx) + 60.0
        drawn = [(bounds(route), _PAST if len(route) > 2 else _CLEAR) for route in scene.routes.values()]
        passed = (*((rect, _CLEAR) for rect in rects), *drawn)
        self._between = [(rect, far) for rect, far in passed if rect[0] < high and rect[0] + rect[2] > low]
        self._beside = [  # links with a common end, and their ends
            (j, (line[0], line[-1])) for j, line in scene.routes.items() if {*self._ends} & {*scene.ends[j]}
        ]
        self._most = max(_FEWEST, min(_MOST, _PATIENCE // (1 + len(scene.routes)) ** 2))
        self._stubs = {way: (self._alone(0, way), self._alone(1, way)) for way in (-1.0, 1.0)}
        self._far: dict[_Stub, tuple[float, float]] = {}  # how far from there it is clear, and how far it is not

    def cheapest(self) -> tuple[list[Point] | None, float]:
        """The way against which there is least to be said, and how much that is: first a height and how far aside its
        ends go are found, then where these leave the shapes.
        """
        rough, _ = self._least(self._all(), ports=False)
        if rough is None:
            return None, inf
        found, cost = self._least(self._alike(rough), ports=True)
        return (found.line, cost) if found else (None, inf)

    def _least(self, ways: Iterable[_Way], ports: bool) -> tuple[_Way | None, float]:
        """The best of the shortest ways; what one crosses is counted only while it can still win."""
        best, least = None, inf
        for way in islice(sorted(ways, key=lambda one: one.long), self._most):
            if way.long >= least:
                break
            cost = way.long + self._against(way.line, ports)
            if cost < least:
                best, least = way, cost
        return best, least

    def _against(self, way: Sequence[Point], ports: bool) -> float:
        """What is to be said against a way but for its length, as points of length; where its ends are near to those of
        other links at the same node only where the `ports` count.
        """
        scene, (a, b) = self._scene, self._ends
        ends = {  # how far from theirs those of the way are
            j: min(hypot(p[0] - q[0], p[1] - q[1]) for p in (way[0], way[-1]) for q in other)
            for j, other in self._beside
        }
        met = sum((far < _LANE) + (far < _POINT) for far in ends.values()) if ports else 0
        beside: dict[int, float] = {}
        along: set[int] = set()
        for p, q in pairwise(way):
            x, y, w, h = bounds((p, q))
            for r, s, link in scene.segments_in((x - _APART, y - _APART, w + 2 * _APART, h + 2 * _APART)):
                if link in ends:
                    met += cross(p, q, r, s)
                    if near_parallel(p, q, r, s):
                        along.add(link)
                beside[link] = beside.get(link, 0.0) + _alongside(p, q, r, s)
        corners = [(x - _RADIUS / 2, y - _RADIUS / 2, _RADIUS, _RADIUS) for x, y in way[1:-1]]
        turned = {link for at in corners for r, s, link in scene.segments_in(at) if hits(r, s, at)}
        near = sum(min(_BESIDE, max(0.0, far - 2 * _LANE)) for far in beside.values())
        around = any(scene.ends[j] == (b, a) and _bulge(scene.routes[j]) * _bulge(way) > 0 for j in ends)
        crossed = min(scene.crossed(way, a, b), ALONG) + met + len(along)
        return _CROSSING * crossed + near + _CORNERED * len(turned) + _INNER * around

    def _all(self) -> Iterator[_Way]:
        """The shortest ways at each height, no two of which go equally far aside at both ends."""
        (_, ay), (_, by) = (self._scene.centres[end] for end in self._ends)
        for way in (-1.0, 1.0):
            several = self._stubs[way]
            for level in _levels(self._between, way, ay if (ay - by) * way > 0 else by):
                firsts = []
                for i, stubs in zip(self._ends, several, strict=True):
                    by_side: dict[float, _Stub] = {}
                    for stub in stubs:
                        if stub.aside not in by_side and self._open(stub, level, i):
                            by_side[stub.aside] = stub
                    firsts.append(list(by_side.values()))
                found = self._joined(firsts[0], firsts[1], level)
                yield from nsmallest(_SHORTEST, found, key=lambda one: one.long)

    def _alike(self, way: _Way) -> Iterator[_Way]:
        """All ways at that height whose ends go as far aside."""
        (_, ay), (_, by) = (self._scene.centres[end] for end in self._ends)
        both = self._stubs[-1.0 if way.level < (ay + by) / 2 else 1.0]
        open_ = [
            [stub for stub in stubs if stub.aside == like.aside and self._open(stub, way.level, i)]
            for i, stubs, like in zip(self._ends, both, way.stubs, strict=True)
        ]
        return self._joined(open_[0], open_[1], way.level)

    def _joined(self, outs: Sequence[_Stub], ins: Sequence[_Stub], level: float) -> Iterator[_Way]:
        """The ways between these stubs that are clear at that height."""
        if not (outs and ins):
            return
        xs = [stub.points[-1][0] for stub in (*outs, *ins)]
        line = (min(xs), level), (max(xs), level)
        shut = [rect for rect, _ in self._grid.rects_near(*line) if hits(*line, rect, self._room)]
        for out in outs:
            for into in ins:
                p, q = (out.points[-1][0], level), (into.points[-1][0], level)
                if not any(hits(p, q, rect, self._room) for rect in shut):
                    long = length([*out.points, p, q, *into.points[::-1]])
                    yield _Way(long + out.against + 3.0 * into.against, level, (out, into))

    def _alone(self, end: int, way: float) -> list[_Stub]:
        """The stubs at an end that run along no other link, upwards where `way` is −1, those first against which there
        is least to be said.
        """
        i = self._ends[end]
        several = _stubs(self._scene.nodes[i], self._scene.centres[i], way < 0, -1.0 if end else 1.0)
        return sorted((one for one in several if not self._taken(one, way, i)), key=lambda one: one.against)

    def _taken(self, stub: _Stub, way: float, own: int) -> bool:
        """Whether a box is in the way of a stub, or another link runs along it."""
        x, y = stub.points[-1]
        line = [*stub.points, (x, y + way * _RADIUS)]
        if not all(self._clear(p, q, own if k == 0 else -2) for k, (p, q) in enumerate(pairwise(line))):
            return True
        return any(
            near_parallel(p, q, r, s) for p, q in pairwise(line) for r, s, _ in self._scene.segments_in(bounds((p, q)))
        )

    def _clear(self, p: Point, q: Point, own: int) -> bool:
        near = self._grid.rects_near(p, q)
        return not any(owner != own and hits(p, q, rect, self._room) for rect, owner in near)

    def _open(self, stub: _Stub, level: float, own: int) -> bool:
        """Whether the way from a stub to the level is clear, and long enough for a rounded corner."""
        (x, y), turns = stub.points[-1], len(stub.points)
        far = abs(level - y)
        if far < (_RADIUS + _STRAIGHT, _RADIUS, 2 * _RADIUS)[turns - 1]:
            return False
        clear, shut = self._far.get(stub, (0.0, inf))
        if clear < far < shut:
            start = y + clear if level > y else y - clear
            if self._clear((x, start), (x, level), own if turns == 1 else -2):
                clear = far
            else:
                shut = far
            self._far[stub] = clear, shut
        return far <= clear


def _levels(rects: Sequence[tuple[Rect, float]], way: float, start: float) -> list[float]:
    """Heights above (`way` −1) or below (1) a start at which an edge may run, just so far past the rectangles of boxes,
    texts and other edges: the nearest ones, and that past all of them.
    """
    edges = {round(y - far if way < 0 else y + h + far) for (_, y, _, h), far in rects}
    lanes = sorted({edge + way * _LANE * n for edge in edges for n in (0, 1, 2, 3)}, key=lambda y: y * way)
    beyond: list[float] = []
    first = -inf
    for lane in lanes:
        if (lane - start) * way > 0:
            far = (lane - start) * way
            if far - first < _ALIKE:  # of heights that look alike, that which is past all
                beyond[-1] = lane
            else:
                beyond.append(lane)
                first = far
    return beyond if len(beyond) <= _LEVELS else [*beyond[: _LEVELS - 4], *beyond[-4:]]


def _stubs(node: Node, at: Point, above: bool, ahead: float) -> Iterator[_Stub]:
    """Beginnings of a way: straight up or down, sideways first, or then."""
    for share in _SHARES:
        u, v = cap(node.shape, node.w, node.h, above, share * node.w)
        yield _Stub(abs(u), 0.0, ((at[0] + u, at[1] + v),))
    for share in _SHARES:
        u, v = side(node.shape, node.w, node.h, ahead > 0, share * node.h)
        p = at[0] + u, at[1] + v
        for far in _ASIDE:
            yield _Stub(40.0 + far + abs(v), far, (p, (at[0] + ahead * (node.w / 2 + far), p[1])))
    u, v = cap(node.shape, node.w, node.h, above, 0.0)
    for far in _ASIDE:
        start, level = (at[0] + u, at[1] + v), at[1] + v + (-_ASIDE[0] if above else _ASIDE[0])
        yield _Stub(90.0 + far, far, (start, (start[0], level), (at[0] + ahead * (node.w / 2 + far), level)))


def _direct(scene: Scene, a: int, b: int) -> list[Point]:
    """A loop as low as can be over everything, where nothing else is left."""
    top = min(node.box(scene.centres[i])[1] for i, node in enumerate(scene.nodes)) - _CLEAR
    ports = []
    for i in (a, b):
        node, (x, y) = scene.nodes[i], scene.centres[i]
        u, v = cap(node.shape, node.w, node.h, True, 0.0)
        ports.append((x + u, y + v))
    return rounded([ports[0], (ports[0][0], top), (ports[1][0], top), ports[1]], _RADIUS)

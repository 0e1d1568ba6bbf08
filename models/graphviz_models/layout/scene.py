"""The scene that edges are routed in: boxes in their places, routes drawn so far, and what a new line would hit or
cross.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from math import hypot

from graphviz_models.layout.grid import Grid
from graphviz_models.layout.nodes import CLEAR, Node, around, hits, overlap
from graphviz_models.layout.parts import Point, Rect
from graphviz_models.layout.rims import inside

ALONG = 1000.0  # running along another line counts as this many crossings
_PARTS = (0.02, 0.1, 0.25, 0.5, 0.75, 1.0)  # of a segment, looked at for whether it runs through the shape of its end
_TOUCH = 1e-3  # segments whose extents are farther apart do not cross
BESIDE, SHARED = 3.0, 6.0  # another line, for so long: that is running along it
_NEAR = 10.0  # a box: lines that cross there part or meet
PATIENCE = 2_000_000  # comparisons of a line with a box or with another line that one layout takes its time for


class Patience:
    """What is left of the comparisons that one layout takes its time for; after that the first line that is clear will
    do. The same graph always runs out of it at the same line.
    """

    def __init__(self, left: int = PATIENCE) -> None:
        self.left = left

    @property
    def spent(self) -> bool:
        return self.left <= 0


class Scene:
    """Nodes at `centres`; `ends` are the two nodes of every link, `routes` the lines drawn so far by link number.

    Of the boxes only those `near` are in the way, all by default. What is asked of the scene is taken from `patience`.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        centres: Mapping[int, Point],
        ends: Sequence[tuple[int, int]],
        near: Iterable[int] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.patience = patience or Patience()
        self.nodes = nodes
        self.centres = centres
        self.ends = ends
        self.routes: dict[int, list[Point]] = {}
        self._grid = Grid()
        self._undrawn: list[tuple[int, Sequence[Rect] | None]] = []  # links that the grid does not have yet
        self._clear: dict[
            tuple[int, int, int], tuple[Sequence[Point], float]
        ] = {}  # lines that hit nothing, their margins
        self._counted: dict[tuple[int, int, int], tuple[Sequence[Point], float]] = {}  # lines and what they cross
        self._unseen = [(i, centres[i]) for i in (centres if near is None else near)]  # that the grid does not have yet

    def draw(self, link: int, points: Sequence[Point], fields: Sequence[Rect] | None = None) -> None:
        """Add the route of a link; where `fields` are given, only what lies in them will be found again."""
        self.routes[link] = list(points)
        self._undrawn.append((link, fields))
        self._clear.clear()
        self._counted.clear()

    def _boxes(self) -> Grid:
        for i, at in self._unseen:
            self._grid.add_rect(self.nodes[i].box(at), i)
        self._unseen.clear()
        return self._grid

    def _lines(self) -> Grid:
        for link, fields in self._undrawn:
            self._grid.add_line(self.routes[link], link, fields)
        self._undrawn.clear()
        return self._grid

    def blocked(self, points: Sequence[Point], a: int, b: int, margin: float = CLEAR) -> bool:
        """True where the line comes nearer than `margin` to a box other than `a` and `b`, or into the strips or shapes
        of those.

        An end of -1 is none.
        """
        key = id(points), a, b
        if key in self._clear and margin <= self._clear[key][1]:
            return False
        strips, wary = self.strips(a, b, 2.0), self.wary(a, b)
        for p, q, near in self._boxes().rects_along(points):
            self.patience.left -= 1 + len(near)
            left, right = (p[0], q[0]) if p[0] <= q[0] else (q[0], p[0])
            top, bottom = (p[1], q[1]) if p[1] <= q[1] else (q[1], p[1])
            for box, i in near:
                if (
                    right > box[0] - margin
                    and left < box[0] + box[2] + margin
                    and bottom > box[1] - margin
                    and top < box[1] + box[3] + margin
                    and i != a
                    and i != b
                    and hits(p, q, box, margin)
                    and (wary or self.nodes[i].struck(self.centres[i], p, q, margin))
                ):
                    return True
            if strips and any(hits(p, q, strip) for strip in strips):
                return True
        if self.reenters(points, a, b):
            return True
        self._clear[key] = points, margin
        return False

    def strips(self, a: int, b: int, margin: float) -> list[Rect]:
        """The strips of two nodes that their own links keep clear of, grown by `margin`; an end of -1 has none."""
        return [
            (x + sx - margin, y + sy - margin, w + 2 * margin, h + 2 * margin)
            for i in (a, b)
            if i >= 0 and self.nodes[i].strips
            for x, y in [self.centres[i]]
            for sx, sy, w, h in self.nodes[i].strips
        ]

    def between(self, a: int, b: int) -> list[tuple[Rect, int]]:
        """What a straight line from node `a` to node `b` has to miss: boxes grown by CLEAR, with their nodes, and
        with -1 strips, and boxes whose corners it is not to run through.
        """
        field = x, y, w, h = around([self.nodes[i].body(self.centres[i]) for i in (a, b)])
        out, wary = [(strip, -1) for strip in self.strips(a, b, 2.0)], self.wary(a, b)
        near = self._boxes().rects_in((x - CLEAR, y - CLEAR, w + 2 * CLEAR, h + 2 * CLEAR))
        self.patience.left -= len(near)
        for i, rect in near.items():
            if i != a and i != b and overlap(rect, field, CLEAR):
                grown = rect[0] - CLEAR, rect[1] - CLEAR, rect[2] + 2 * CLEAR, rect[3] + 2 * CLEAR
                out.append((grown, -1 if wary else i))
        return out

    def wary(self, a: int, b: int) -> bool:
        """Whether a line from node `a` to node `b` keeps clear of the empty corners of boxes, too.

        Else one from a diamond would leave it at its side, past the next diamond, and not at its bottom.
        """
        nodes = self.nodes
        return (a >= 0 and nodes[a].shape == "diamond") or (b >= 0 and nodes[b].shape == "diamond")

    def struck(self, p: Point, q: Point, obstacles: Iterable[tuple[Rect, int]]) -> bool:
        """Whether a straight line hits one of the obstacles `between` two nodes."""
        for rect, i in obstacles:
            if hits(p, q, rect) and (i < 0 or self.nodes[i].struck(self.centres[i], p, q, CLEAR)):
                return True
        return False

    def boxes_in(self, field: Rect) -> list[tuple[Rect, int]]:
        """Boxes that lie in or near a field, with their nodes."""
        return [(rect, i) for i, rect in sorted(self._boxes().rects_in(field).items())]

    def segments_in(self, field: Rect) -> list[tuple[Point, Point, int]]:
        """Segments of routes that lie in or near a field, with their links."""
        return sorted(self._lines().segments_in(field))

    def reenters(self, points: Sequence[Point], a: int, b: int) -> bool:
        """True where a line that starts on the rim of node `a` and ends on that of node `b` runs through their shapes;
        an end of -1 is none.
        """
        return (a >= 0 and self._reenters(points, a)) or (b >= 0 and self._reenters(points[::-1], b))

    def _reenters(self, points: Sequence[Point], i: int) -> bool:
        node, (x, y) = self.nodes[i], self.centres[i]
        body = node.body((x, y))
        left, top, right, bottom = body[0], body[1], body[0] + body[2], body[1] + body[3]
        wide, high = body[2] / 2, body[3] / 2
        for k, (p, q) in enumerate(itertools.pairwise(points)):
            (px, py), (qx, qy) = p, q
            if (px >= right and qx >= right) or (px <= left and qx <= left):
                continue
            if (py >= bottom and qy >= bottom) or (py <= top and qy <= top) or not hits(p, q, body):
                continue
            long = hypot(qx - px, qy - py) or 1.0
            for t in (min(1.0, 2.0 / long), min(1.0, 6.0 / long), *_PARTS) if k == 0 else (0.0, *_PARTS):
                u, v = px + (qx - px) * t - x, py + (qy - py) * t - y
                if abs(u) < wide and abs(v) < high and inside(node.shape, node.w, node.h, u, v, -0.05):
                    return True
        return False

    def crossed(self, points: Sequence[Point], a: int, b: int, but: int = -1) -> float:
        """How many routes the line crosses, but for where it leaves or reaches an end that it has in common with them;
        one without such an end that it runs along counts ALONG times.

        The link `but` is left out.
        """
        key = id(points), a, b
        if but < 0 and key in self._counted:
            return self._counted[key][1]
        found: dict[int, float] = {}
        for p, q, near in self._lines().segments_along(points):
            self.patience.left -= len(near)
            (px, py), (qx, qy) = p, q
            left, right = (px - BESIDE, qx + BESIDE) if px <= qx else (qx - BESIDE, px + BESIDE)
            top, bottom = (py - BESIDE, qy + BESIDE) if py <= qy else (qy - BESIDE, py + BESIDE)
            dx, dy = qx - px, qy - py
            far = BESIDE * (abs(dx) + abs(dy)) + 1e-6
            for r, s, link in near:
                (rx, ry), (sx, sy) = r, s
                if (
                    (rx < left and sx < left)
                    or (rx > right and sx > right)
                    or (ry < top and sy < top)
                    or (ry > bottom and sy > bottom)
                    or link == but
                ):
                    continue
                first, last = (ry - py) * dx - (rx - px) * dy, (sy - py) * dx - (sx - px) * dy
                if (first > far and last > far) or (first < -far and last < -far) or found.get(link, 0.0) >= ALONG:
                    continue  # it lies on one side of the line
                u, v = self.ends[link]
                if u in (a, b) or v in (a, b):
                    if {u, v} == {a, b}:
                        if near_parallel(p, q, r, s):
                            found[link] = ALONG
                    elif cross(p, q, r, s) and not self._at_common_end(p, q, r, s, {a, b} & {u, v}):
                        found[link] = 1.0
                elif near_parallel(p, q, r, s):
                    found[link] = ALONG
                elif cross(p, q, r, s):
                    found[link] = 1.0
        total = sum(found.values())
        if but < 0:
            self._counted[key] = points, total
        return total

    def _at_common_end(self, p: Point, q: Point, r: Point, s: Point, common: set[int]) -> bool:
        """Whether two segments that cross do so in or near the box of a node that both belong to."""
        return any(
            hits(*segment, self.nodes[i].box(self.centres[i]), _NEAR) for i in common for segment in ((p, q), (r, s))
        )


def cross(p: Point, q: Point, r: Point, s: Point) -> bool:
    """True where the segments pq and rs have a point in common."""
    dx, dy, ex, ey = q[0] - p[0], q[1] - p[1], s[0] - r[0], s[1] - r[1]
    area = dx * ey - dy * ex
    if area == 0.0:
        return False
    fx, fy = r[0] - p[0], r[1] - p[1]
    t, u = (fx * ey - fy * ex) / area, (fx * dy - fy * dx) / area
    return -1e-9 <= t <= 1 + 1e-9 and -1e-9 <= u <= 1 + 1e-9


def crossing(line: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether two polylines cross anywhere."""
    xs, ys = zip(*line, strict=True)
    first, last, high, low = min(xs) - _TOUCH, max(xs) + _TOUCH, min(ys) - _TOUCH, max(ys) + _TOUCH
    parts = [
        (r, s, *((rx, sx) if rx <= sx else (sx, rx)), *((ry, sy) if ry <= sy else (sy, ry)))
        for r, s in itertools.pairwise(other)
        for (rx, ry), (sx, sy) in ((r, s),)
        if (rx <= last or sx <= last)
        and (rx >= first or sx >= first)
        and (ry <= low or sy <= low)
        and (ry >= high or sy >= high)
    ]
    if not parts:
        return False
    for p, q in itertools.pairwise(line):
        (px, py), (qx, qy) = p, q
        left, right = (px - _TOUCH, qx + _TOUCH) if px <= qx else (qx - _TOUCH, px + _TOUCH)
        top, bottom = (py - _TOUCH, qy + _TOUCH) if py <= qy else (qy - _TOUCH, py + _TOUCH)
        for r, s, x0, x1, y0, y1 in parts:
            if x0 <= right and x1 >= left and y0 <= bottom and y1 >= top and cross(p, q, r, s):
                return True
    return False


def near_parallel(p: Point, q: Point, r: Point, s: Point, near: float = BESIDE, shared: float = SHARED) -> bool:
    """True where two segments run along one another, nearer than `near`, for more than `shared` points."""
    dx, dy, ex, ey = q[0] - p[0], q[1] - p[1], s[0] - r[0], s[1] - r[1]
    if abs(ex * dy - ey * dx) * shared > 2.001 * near * abs(ex * dx + ey * dy):
        return False  # so steep is the one to the other: they part too soon
    long = (dx * dx + dy * dy) ** 0.5
    if long < 1e-9:
        return False
    dx, dy = dx / long, dy / long
    a = ((r[0] - p[0]) * dx + (r[1] - p[1]) * dy, (r[1] - p[1]) * dx - (r[0] - p[0]) * dy)
    b = ((s[0] - p[0]) * dx + (s[1] - p[1]) * dy, (s[1] - p[1]) * dx - (s[0] - p[0]) * dy)
    if abs(a[1]) > near and abs(b[1]) > near and (a[1] > 0) == (b[1] > 0):
        return False
    low, high = max(0.0, min(a[0], b[0])), min(long, max(a[0], b[0]))
    if high - low <= shared or abs(b[0] - a[0]) < 1e-9:
        return False
    slope = (b[1] - a[1]) / (b[0] - a[0])
    return bool(abs(a[1] + slope * (low - a[0])) < near and abs(a[1] + slope * (high - a[0])) < near)

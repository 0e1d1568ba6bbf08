"""Detours: the shortest way round boxes where no straight line, arc or corridor is clear."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from math import hypot

import numpy as np
import numpy.typing as npt

from graphviz_models.layout.curves import rounded
from graphviz_models.layout.lines import CROSSING, straight
from graphviz_models.layout.nodes import CLEAR, Node, around
from graphviz_models.layout.parts import Point
from graphviz_models.layout.rims import ports
from graphviz_models.layout.scene import ALONG, Scene

_TURN = 12.0  # what one bend costs, in points of length
_REACHES = (120.0, 500.0)  # how far beyond both ends a way is looked for
_MANY = 60  # boxes, beyond which only the nearer corners are looked at
_CORNERS = 250  # that a way is looked for from
_RADII = (26.0, 14.0, 8.0, 0.0)
Floats = npt.NDArray[np.float64]


def detour(scene: Scene, a: int, b: int, clear: float = CLEAR) -> list[Point] | None:
    """From the rim of `a` to that of `b` along corners of boxes, `clear` away from all others; None where every way is
    shut, or patience is at an end.
    """
    for reach in _REACHES:
        found = _Search(scene, (a, b), a, b, reach, clear).way()
        if found is not None:
            for radius in _RADII:
                line = rounded(found, radius) if radius else found
                if not scene.blocked(line, a, b, min(clear, 5.0)):
                    return line
    return None


def renewed(scene: Scene, a: int, b: int) -> list[Point] | None:
    """A line that is straight or a detour, clear of all boxes, or as clear as may be where boxes stand too close; None
    where there is no way.
    """
    line = straight(scene, a, b)
    if line is not None and scene.crossed(line[1], a, b) < ALONG:
        return line[1]
    for clear in (CLEAR, 2.0):
        found = detour(scene, a, b, clear)
        if found is not None:
            return found
    return line[1] if line is not None else None


def bypass(scene: Scene, link: int, start: int | Point, goal: int | Point) -> list[Point] | None:
    """The corners of a way for a part of a link: from a point, or from the rim of a node, to another."""
    for reach in _REACHES:
        found = _Search(scene, scene.ends[link], start, goal, reach, CLEAR).way()
        if found is not None:
            return found
    return None


class _Search:
    """A* over the corners of boxes (Hart, Nilsson and Raphael 1968); what is seen from one corner is found for all at
    once.

    Lines that share an end with `ends` may be crossed.
    """

    def __init__(
        self, scene: Scene, ends: tuple[int, int], a: int | Point, b: int | Point, reach: float, clear: float
    ) -> None:
        self.patience = scene.patience
        own = [i for i in (a, b) if isinstance(i, int)]
        hull = [scene.nodes[i].box(scene.centres[i]) if isinstance(i, int) else (*i, 0.0, 0.0) for i in (a, b)]
        x, y, w, h = around(hull)
        field = (x - reach, y - reach, w + 2 * reach, h + 2 * reach)
        near = scene.boxes_in(field)
        boxes = np.array([box for box, i in near if i not in own], dtype=float).reshape(-1, 4)
        held = [
            (x + dx, y + dy, w, h) for i in own for x, y in [scene.centres[i]] for dx, dy, w, h in scene.nodes[i].strips
        ]
        strips = np.array(held, dtype=float).reshape(-1, 4)
        self.low = np.vstack([boxes[:, :2] - clear, strips[:, :2] - 2.5])
        self.high = np.vstack([boxes[:, :2] + boxes[:, 2:] + clear, strips[:, :2] + strips[:, 2:] + 2.5])
        corners: list[Point] = []
        for off in (clear + 8.0, clear + 20.0)[: 2 if len(near) <= _MANY else 1]:
            for x, y, w, h in (box for box, _ in near):
                corners += [
                    (x - off, y - off),
                    (x + w + off, y - off),
                    (x - off, y + h + off),
                    (x + w + off, y + h + off),
                ]
        spots = np.array(corners, dtype=float).reshape(-1, 2)
        inside = np.asarray((spots[:, None, :] > self.low).all(2) & (spots[:, None, :] < self.high).all(2))
        spots = spots[~inside.any(1)]
        self.bodies = [scene.nodes[i].body(scene.centres[i]) if isinstance(i, int) else None for i in (a, b)]
        starts, self.out = _rim(scene.nodes[a], scene.centres[a]) if isinstance(a, int) else _at(a)
        goals, self.into = _rim(scene.nodes[b], scene.centres[b]) if isinstance(b, int) else _at(b)
        self.goal = goals.mean(0)
        self.count = len(spots)
        self.starts = range(self.count, self.count + len(starts))
        self.goals = range(self.starts.stop, self.starts.stop + len(goals))
        self.points = np.vstack([spots, starts, goals])
        others = [(p, q) for p, q, k in scene.segments_in(field) if not {*ends} & {*scene.ends[k]}]
        self.lines = np.array([(*p, *q) for p, q in others], dtype=float).reshape(-1, 4)

    def way(self) -> list[Point] | None:
        points, n = self.points, len(self.points)
        effort = len(self.low) + len(self.lines)
        ahead = np.hypot(points[:, 0] - self.goal[0], points[:, 1] - self.goal[1])
        best = np.full(n, np.inf)
        came: dict[int, int] = {}
        heap: list[tuple[float, int]] = []
        for k in self.starts:
            best[k] = 0.0
            heappush(heap, (float(ahead[k]), k))
        closed = np.zeros(n, dtype=bool)
        closed[list(self.starts)] = True
        done: set[int] = set()
        while heap and len(done) < _CORNERS and self.patience.left > 0:
            _, i = heappop(heap)
            if i in done:
                continue
            done.add(i)
            closed[i] = True
            if i in self.goals:
                way = [i]
                while i in came:
                    i = came[i]
                    way.append(i)
                return [(float(points[k, 0]), float(points[k, 1])) for k in way[::-1]]
            step = np.hypot(points[:, 0] - points[i, 0], points[:, 1] - points[i, 1])
            cost = best[i] + step + _TURN
            open_ = np.flatnonzero((cost < best) & ~closed & (step > 6.0))
            self.patience.left -= len(open_) * effort
            open_ = open_[self._seen(i, open_)]
            if not len(open_):
                continue
            total = cost[open_] + CROSSING * self._crossed(i, open_)
            for j, c in zip(open_.tolist(), total.tolist(), strict=True):
                if c < best[j]:
                    best[j], came[j] = c, i
                    heappush(heap, (c + float(ahead[j]), j))
        return None

    def _seen(self, i: int, others: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        """Which of the points are seen from point `i`: past all boxes, out of the one end and into the other."""
        p, q = self.points[i], self.points[others]
        d = q - p
        clear = ~_cut(p, d, self.low, self.high).any(1)
        for end, body in enumerate(self.bodies):
            if body is None:
                continue
            low, high = np.array([body[:2]]) - 3.0, np.array([[body[0] + body[2], body[1] + body[3]]]) + 3.0
            shut = _cut(p, d, low, high)[:, 0]
            if end == 0 and i in self.starts:
                shut = d @ self.out[i - self.starts.start] <= 0.2 * np.hypot(d[:, 0], d[:, 1])
            if end == 1:
                at = (others >= self.goals.start).nonzero()[0]
                into = self.into[others[at] - self.goals.start]
                shut[at] = -(d[at] * into).sum(1) <= 0.2 * np.hypot(d[at, 0], d[at, 1])
            clear &= ~shut
        return np.asarray(clear)

    def _crossed(self, i: int, others: npt.NDArray[np.intp]) -> Floats:
        """How many of the lines drawn so far are crossed on the way from point `i` to each of the others."""
        if not len(self.lines):
            return np.zeros(len(others))
        p = self.points[i]
        d = (self.points[others] - p)[:, None, :]
        r, s = self.lines[None, :, :2], self.lines[None, :, 2:]
        e = s - r
        area = d[..., 0] * e[..., 1] - d[..., 1] * e[..., 0]
        f = r - p
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (f[..., 0] * e[..., 1] - f[..., 1] * e[..., 0]) / area
            u = (f[..., 0] * d[..., 1] - f[..., 1] * d[..., 0]) / area
        crossing = (t >= 0) & (t <= 1) & (u >= 0) & (u < 1)
        long = np.hypot(d[..., 0], d[..., 1])
        off = [np.abs((g[..., 0] * d[..., 1] - g[..., 1] * d[..., 0]) / long) for g in (r - p, s - p)]
        on = [(g[..., 0] * d[..., 0] + g[..., 1] * d[..., 1]) / long for g in (r - p, s - p)]
        shared = np.minimum(long, np.maximum(on[0], on[1])) - np.maximum(0.0, np.minimum(on[0], on[1]))
        along = (np.maximum(off[0], off[1]) < 3.0) & (shared > 6.0)
        return np.asarray(crossing.sum(1) + ALONG * along.any(1), dtype=float)


def _cut(p: Floats, d: Floats, low: Floats, high: Floats) -> npt.NDArray[np.bool_]:
    """Whether the segments from `p` by `d` (n, 2) enter the boxes between `low` and `high` (m, 2): an (n, m) array."""
    with np.errstate(divide="ignore", invalid="ignore"):
        near, far = (low - p) / d[:, None, :], (high - p) / d[:, None, :]
    flat = d[:, None, :] == 0.0
    within = (low < p) & (p < high)
    first = np.where(flat, np.where(within, -np.inf, np.inf), np.minimum(near, far))
    last = np.where(flat, np.where(within, np.inf, -np.inf), np.maximum(near, far))
    out: npt.NDArray[np.bool_] = np.maximum(first.max(2), 0.0) < np.minimum(last.min(2), 1.0)
    return out


def _at(point: Point) -> tuple[Floats, Floats]:
    return np.array([point], dtype=float), np.zeros((1, 2))


def _rim(node: Node, at: Point) -> tuple[Floats, Floats]:
    """Points on the outline of a node, and the unit directions that lead away from it there."""
    offsets = ports(node.shape, node.w, node.h)
    ways: list[Sequence[float]] = []
    for u, v in offsets:
        nx, ny = u / node.w**2, v / node.h**2
        if node.shape == "rect" or node.shape == "pill":
            nx, ny = (
                (u, 0.0)
                if abs(abs(u) - node.w / 2) < 1e-6
                else (0.0, v)
                if abs(abs(v) - node.h / 2) < 1e-6
                else (nx, ny)
            )
        long = hypot(nx, ny) or 1.0
        ways.append((nx / long, ny / long))
    return np.array(offsets, dtype=float) + np.array(at), np.array(ways, dtype=float)

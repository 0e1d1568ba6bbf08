"""Edges on the way: between the boxes at their ends, wherever these are, with their arrowheads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphviz_models.picture import Edge, Picture, Point

from .ways import Ways, centre, keyed, mid, pairs, tint

SAMPLES = 22  # points of a moving edge
THINNED = [*range(0, SAMPLES, 3)]  # those of them that stand for its course
GONE, COMING = 0.7, 0.3  # progress until which edges go, and from which others come

Array = np.ndarray[Any, np.dtype[np.float64]]


class Courses:
    """The edges of two pictures; those between the same nodes are the same."""

    def __init__(self, a: Picture, b: Picture, ways: Ways) -> None:
        self._ways, self._ground = ways, b.background
        old = keyed(a.edges, lambda edge: (ways.key(edge.source, 0), ways.key(edge.target, 0)))
        new = keyed(b.edges, lambda edge: (ways.key(edge.source, 1), ways.key(edge.target, 1)))
        self._pairs = pairs(old, new)
        self._routes = np.zeros((2, len(self._pairs), SAMPLES, 2))
        self._heads = np.array([[_head(edge) for edge in side] for side in zip(*self._pairs, strict=True)])
        self._back = np.array([[_turned(edge) for edge in side] for side in zip(*self._pairs, strict=True)])
        for count, (before, after) in enumerate(self._pairs):
            for side, edge in enumerate((before, after)):
                if edge is not None:
                    self._routes[side, count] = _resampled(edge.points)
            if before is None and after is not None:
                self._routes[0, count] = self._carried(after, self._routes[1, count], 1)
            if after is None and before is not None:
                self._routes[1, count] = self._carried(before, self._routes[0, count], 0)

    def at(self, progress: float) -> Iterator[Edge]:
        """The edges `progress` of the way; none whose ends are as near to one another as in one box."""
        if not self._pairs:
            return
        looks = [after if _late(before, after, progress) else before for before, after in self._pairs]
        routes = self._routes[0] * (1 - progress) + self._routes[1] * progress
        late = np.array([_late(before, after, progress) for before, after in self._pairs])
        heads = np.where(late[:, None], self._heads[1], self._heads[0])
        back = np.where(late, self._back[1], self._back[0])
        runs = routes.copy()  # towards the head
        runs[back] = runs[back, ::-1]
        shafts, tips = _arrows(runs, heads)
        apart = np.hypot(*(routes[:, -1] - routes[:, 0]).T) > 2.0 * heads[:, 0]
        courses, lines, points = routes[:, THINNED].tolist(), shafts.tolist(), tips.tolist()
        for count, ((before, after), look) in enumerate(zip(self._pairs, looks, strict=True)):
            if look is None or not apart[count]:
                continue
            side = 1 if look is after else 0
            if before is not None and after is not None:
                colour, width = tint(before.colour, after.colour, progress), mid(before.width, after.width, progress)
            else:
                shown = (progress - COMING) / (1 - COMING) if before is None else 1 - progress / GONE
                if shown <= 0:
                    continue
                colour = tint(self._ground, look.colour, shown)
                width = look.width
            yield Edge(
                f"e{count}", self._ways.id(look.source, side), self._ways.id(look.target, side),
                tuple(map(tuple, courses[count])), tuple(map(tuple, lines[count])),
                tuple(map(tuple, points[count])) if look.head else (), colour,
                width, look.dash, look.active, look.backward,
            )  # fmt: skip

    def _carried(self, edge: Edge, route: Array, side: int) -> Array:
        """The course of an edge in the picture that lacks it: as far bent, between where its boxes are there."""
        here, there = [], []
        for of in (edge.source, edge.target):
            way = self._ways.ways.get(self._ways.key(of, side))
            if way is None:
                return route
            here.append(np.array(centre(way.end if side else way.start)))
            there.append(np.array(centre(way.start if side else way.end)))
        share = np.linspace(0.0, 1.0, SAMPLES)[:, None]
        straight, moved = (ends[0] * (1 - share) + ends[1] * share for ends in (here, there))
        before, after = (float(np.hypot(*(ends[1] - ends[0]))) for ends in (here, there))
        bent: Array = moved + (route - straight) * (min(1.0, after / before) if before > 0 else 1.0)
        return bent


def _late(before: Edge | None, after: Edge | None, progress: float) -> bool:
    return before is None or (after is not None and progress >= 0.5)


def _turned(edge: Edge | None) -> bool:
    """Whether the head lies at the source."""
    return edge is not None and bool(edge.head) and edge.head[0] == edge.points[0]


def _head(edge: Edge | None) -> tuple[float, float]:
    """Length and half width of an arrowhead."""
    if edge is None or len(edge.head) != 3:
        return 0.0, 0.0
    (tx, ty), (ax, ay), (bx, by) = edge.head
    length = float(np.hypot(tx - (ax + bx) / 2, ty - (ay + by) / 2))
    return length, float(np.hypot(ax - bx, ay - by)) / 2


def _arrows(runs: Array, heads: Array) -> tuple[Array, Array]:
    """Shafts and heads of arrows along courses [edges, SAMPLES, 2], for heads [edges, (length, half width)]."""
    tips = runs[:, -1]
    ahead = tips - runs[:, -3]
    length = np.hypot(ahead[:, 0], ahead[:, 1])[:, None]
    unit = np.divide(ahead, length, out=np.zeros_like(ahead), where=length > 1e-9)
    foot = tips - unit * heads[:, :1]
    across = np.stack((-unit[:, 1], unit[:, 0]), axis=1) * heads[:, 1:]
    shafts = runs.copy()
    inner = np.hypot(*np.moveaxis(runs - tips[:, None], 2, 0)) < 0.8 * heads[:, :1]
    shafts[inner] = np.broadcast_to((tips - unit * 0.8 * heads[:, :1])[:, None], runs.shape)[inner]
    return shafts, np.stack((tips, foot + across, foot - across), axis=1)


def _resampled(points: tuple[Point, ...]) -> Array:
    """SAMPLES points along a route, equally far from one another."""
    given = np.array(points)
    steps = np.hypot(*np.diff(given, axis=0).T)
    at = np.concatenate(([0.0], np.cumsum(steps)))
    wanted = np.linspace(0.0, at[-1], SAMPLES)
    return np.stack((np.interp(wanted, at, given[:, 0]), np.interp(wanted, at, given[:, 1])), axis=1)

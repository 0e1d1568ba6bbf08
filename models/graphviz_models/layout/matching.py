"""Matching: labels of many straight edges at once, each where no other edge is nearly as near as its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graphviz_models.layout.parts import Point

OFF, OTHER = 2.0, 6.5  # between a label and its edge, and every other edge
_CLEAR = 2.0  # between a label and a box, or another text
_APART = 12.0  # between the labels of two edges, which are not to be read as one
_ROOMY = 8.0  # more than these, where there is room for it
_FROM_END = 10.0  # of an edge, along it
_PLACES, _FEWEST = 24, 6  # along an edge, on each of its sides
_MOST = 4000  # places along all edges
_WEIGHT = 0.2  # of what is better for a label itself, against what it takes from others
_LEAST = 1e-9

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]


def matched(lines: Floats, size: Floats, segments: Floats, rects: Floats) -> dict[int, Point]:
    """Middles for labels of one size, by the numbers of their edges; edges that find no place are left out.

    `lines` are the edges (start and end), `segments` those of all edges, these included, `rects` (left, top, right,
    bottom) the boxes and texts that are in the way. The edge that has the fewest places left chooses next: the one that
    takes the fewest from others.
    """
    half = size / 2
    places, edge, cost = _places(lines, half, segments, rects)
    x, y = places.T
    own = [(edge == e).nonzero()[0] for e in range(len(lines))]
    left = np.ones(len(places))
    count = np.array([len(mine) for mine in own], dtype=float)
    out: dict[int, Point] = {}
    while count.any():
        e = int(np.where(count, count, np.inf).argmin())
        mine = own[e][left[own[e]] > 0]
        away = np.maximum(abs(x[mine, None] - x) - size[0], abs(y[mine, None] - y) - size[1])
        away[:, own[e]] = np.inf
        meets = (away < _APART).astype(float)
        taken = meets @ (left / (np.maximum(count, 1.0) ** 2)[edge])
        k = (taken + _WEIGHT * cost[mine]).argmin()
        out[e] = float(x[mine[k]]), float(y[mine[k]])
        left *= 1.0 - meets[k]
        left[mine] = 0.0
        cost += away[k] < _APART + _ROOMY
        count = np.bincount(edge, left, len(lines))
    return out


def _places(lines: Floats, half: Floats, segments: Floats, rects: Floats) -> tuple[Floats, Numbers, Floats]:
    """Middles of labels on both sides of every line where they are alone, the numbers of their lines, and what speaks
    against them: how far they are from the middle, as a share of the line, and 1 where it is not roomy.
    """
    way = lines[:, 1] - lines[:, 0]
    long = np.maximum(np.hypot(way[:, 0], way[:, 1]), _LEAST)
    unit = way / long[:, None]
    normal = unit[:, ::-1] * (1.0, -1.0)
    end = _FROM_END + half.sum() / 2
    several = max(_FEWEST, min(_PLACES, _MOST // (2 * len(lines))))
    off = normal * (abs(normal) @ half + OFF)[:, None]
    first = (lines[:, 0] + unit * end)[:, None] + off[:, None] * [[1.0], [-1.0]]
    step = unit * (np.maximum(long - 2 * end, _LEAST) / (several - 1))[:, None]
    step[abs(step) < _LEAST] = _LEAST
    begin, stop = _struck(first, step, half, segments, rects)
    line, segment = (segments == lines[:, None]).all((2, 3)).nonzero()
    stop[:, line, :, segment] = -1.0
    count = _covering(begin, stop, several)
    count[0, long < 2 * end] = 1
    edge, side, at = (count[0] == 0).nonzero()
    cost = (count[1, edge, side, at] > 0) + abs(at / (several - 1) - 0.5)
    return first[edge, side] + step[edge] * at[:, None], edge, cost


def _struck(first: Floats, step: Floats, half: Floats, segments: Floats, rects: Floats) -> tuple[Floats, Floats]:
    """From where on, and up to where, a label that moves in steps from `first` meets each of the segments and
    rectangles, in steps: by what is kept clear around it, and by what is roomy; for both sides of every line.

    Two convex shapes meet where no axis separates them, of those that their sides are normal to.
    """
    n, way = len(segments), segments[:, 1] - segments[:, 0]
    low, high = np.concatenate([segments.min(1), rects[:, :2]]), np.concatenate([segments.max(1), rects[:, 2:]])
    near = np.array([0.0, _ROOMY]).reshape(2, 1, 1, 1) + np.repeat([OTHER, _CLEAR], [n, len(rects)])
    ends = []
    for axis in (0, 1):
        at, by, reach = first[:, :, None, axis], step[:, None, None, axis], half[axis] + near
        ends.append(_sorted((low[:, axis] - reach - at) / by, (high[:, axis] + reach - at) / by))
    normal = way[:, ::-1] * (1.0, -1.0)
    along = (step @ normal.T)[:, None]
    along[abs(along) < _LEAST] = _LEAST
    off = first @ normal.T - (normal * segments[:, 0]).sum(1)
    reach = abs(normal) @ half + near[..., :n] * np.hypot(way[:, 0], way[:, 1])
    across = _sorted((-reach - off) / along, (reach - off) / along)
    begin, stop = np.maximum(ends[0][0], ends[1][0]), np.minimum(ends[0][1], ends[1][1])
    begin[..., :n], stop[..., :n] = np.maximum(begin[..., :n], across[0]), np.minimum(stop[..., :n], across[1])
    return begin, stop


def _sorted(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    return np.minimum(a, b), np.maximum(a, b)


def _covering(begin: Floats, stop: Floats, several: int) -> Numbers:
    """How many of the intervals in the last dimension each of so many whole numbers from 0 on lies in."""
    shape, rows = begin.shape[:-1], begin[..., 0].size
    row = np.arange(rows).reshape(*shape, 1) * (several + 1)
    first = np.clip(np.floor(begin) + 1, 0, several)
    last = np.maximum(np.clip(np.ceil(stop), 0, several), first)
    begun, ended = (np.bincount((row + at.astype(int)).ravel(), minlength=rows * (several + 1)) for at in (first, last))
    return (begun - ended).reshape(*shape, several + 1).cumsum(-1)[..., :several]

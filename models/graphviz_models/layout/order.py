"""Order: vertices in their ranks so that few edges cross, by barycentres and by sifting.

Barycentres after Sugiyama, Tagawa and Toda 1981, of one side and then of both sides; sifting after Matuszewski,
Schönfeld and Molitor 1999.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from graphviz_models.layout.layered import Layers

_WIDE = 700  # vertices in a rank, beyond which sifting takes too long
_COMPARED = 100  # vertices of a rank, whose order tells which side is the upper one
_TURNS = 3  # in which a rank is sifted for what others that moved have made possible

Order = list[list[int]]
Arranged = Callable[[Sequence[int], Sequence[float]], list[int]]


def crossings(layers: Layers) -> int:
    """How many pairs of edges between neighbouring ranks cross."""
    place, after = layers.places(), layers.after
    total = 0
    for row in layers.ranks:
        ends: list[int] = []  # of the edges from the vertices above
        last = -1
        for v in row:
            near = after[v]
            for t in sorted([place[u] for u in near]) if len(near) > 1 else (place[near[0]],) if near else ():
                if t >= last:
                    ends.append(t)
                    last = t
                else:
                    at = bisect_right(ends, t)
                    total += len(ends) - at
                    ends.insert(at, t)
    return total


def sort(layers: Layers, starts: int = 2, sweeps: tuple[int, int] = (16, 16), passes: int = 6) -> int:
    """Order every rank; the crossings that remain.

    The order in which the vertices stand is the first start and breaks all ties, its reverse the second one. From each
    there are up to so many `sweeps` by barycentres of one side and of both sides, then up to `passes` of sifting.
    """
    first = layers.ranks
    best, fewest = first, crossings(layers)
    for start in range(starts):
        if not fewest:
            break
        layers.ranks = [row[::-1] if start and r not in layers.held else row for r, row in enumerate(first)]
        least = crossings(layers) if start else fewest
        for way, times in zip((sweep, sweep_both), sweeps, strict=True):
            least = swept(layers, way, times, not start, least)
        for step in range(passes if least else 0):
            if not sift(layers, forward=step % 2 == 0):
                break
        found = crossings(layers) if passes and least else least
        if found < fewest:
            best, fewest = layers.ranks, found
    layers.ranks = best
    return fewest


def swept(layers: Layers, way: Callable[[Layers, bool], None], sweeps: int, forward: bool, least: int) -> int:
    """Sweep there and back in this `way`, by turns; the crossings of the best order found, `least` at first."""
    best = last = layers.ranks
    before_last: Order = []
    for step in range(sweeps):
        if not least:
            break
        layers.ranks = list(layers.ranks)
        way(layers, (step % 2 == 0) == forward)
        found = crossings(layers)
        if found < least:
            best, least = layers.ranks, found
        if layers.ranks == before_last:
            break  # from here on they repeat themselves
        before_last, last = last, layers.ranks
    layers.ranks = best
    return least


def upright(layers: Layers) -> None:
    """Turn the drawing upside down where more of the vertices stand in the order of their numbers then: the crossings
    are the same.
    """
    if layers.held:
        return
    upside_down = 0
    for row in layers.ranks:
        numbers = [v for v in row if not layers.bend[v]][:_COMPARED]
        for i, v in enumerate(numbers):
            upside_down += sum(1 if u < v else -1 for u in numbers[i + 1 :])
    if upside_down > 0:
        layers.ranks = [row[::-1] for row in layers.ranks]


def _by(row: Sequence[int], centres: Sequence[float]) -> list[int]:
    return [v for _, _, v in sorted(zip(centres, range(len(row)), row, strict=True))]


def sweep(layers: Layers, forward: bool, arranged: Arranged = _by) -> None:
    """Sort every rank by the barycentres of its vertices in the rank before it (`forward`) or after it; `arranged` puts
    the vertices of a rank in order, given these.
    """
    place = layers.places()
    lists, last = (layers.before, 0) if forward else (layers.after, layers.count - 1)
    for r in range(layers.count) if forward else range(layers.count - 1, -1, -1):
        if r in layers.held or (r == last and not layers.cyclic):
            continue
        row = layers.ranks[r]
        other = layers.ranks[(r - 1 if forward else r + 1) % layers.count]
        scale = len(other) / max(1, len(row))
        centres = []
        for i, v in enumerate(row):
            near = lists[v]
            if len(near) == 1:
                centres.append(float(place[near[0]]))
            else:
                centres.append(sum([place[u] for u in near]) / len(near) if near else i * scale)
        layers.ranks[r] = row = arranged(row, centres)
        for i, v in enumerate(row):
            place[v] = i


def sweep_both(layers: Layers, forward: bool) -> None:
    """Sort every rank by the barycentres of its vertices on both sides, those on the side that has been swept already
    counted twice; places are shares of a rank.
    """
    at = [0.0] * len(layers.rank)
    for row in layers.ranks:
        for i, v in enumerate(row):
            at[v] = (i + 0.5) / len(row)
    swept, ahead = (layers.before, layers.after) if forward else (layers.after, layers.before)
    for r in range(layers.count) if forward else range(layers.count - 1, -1, -1):
        if r in layers.held:
            continue
        row, centres = layers.ranks[r], []
        for v in row:
            one, other = swept[v], ahead[v]
            if len(one) == len(other) == 1:
                centres.append((2 * at[one[0]] + at[other[0]]) / 3)
            elif one or other:
                total = 2 * sum([at[u] for u in one]) + sum([at[u] for u in other])
                centres.append(total / (2 * len(one) + len(other)))
            else:
                centres.append(at[v])
        layers.ranks[r] = row = _by(row, centres)
        for i, v in enumerate(row):
            at[v] = (i + 0.5) / len(row)


def sift(layers: Layers, forward: bool) -> bool:
    """Move every vertex of every rank to the place where its edges cross fewest others; whether that took crossings
    away.
    """
    place = layers.places()
    gained = False
    for r in range(layers.count) if forward else range(layers.count - 1, -1, -1):
        row = layers.ranks[r]
        if r in layers.held or not 1 < len(row) <= _WIDE:
            continue
        balance = _balance(layers, row, place)
        degree = [-len(layers.before[v]) - len(layers.after[v]) for v in row]
        order = list(range(len(row)))
        saved = np.zeros((len(row), len(row) + 1), dtype=np.int64)  # if the i-th stands j-th and not first
        for turn in range(_TURNS):
            now = balance[np.ix_(order, order)] if turn else balance
            now.cumsum(1, out=saved[:, 1:])
            worse = np.flatnonzero(saved.max(1) > saved.diagonal())
            if not len(worse):
                break
            for i in sorted([order[i] for i in worse], key=degree.__getitem__):
                _move(order, i, balance[i])
        if order != list(range(len(row))):
            gained = True
            layers.ranks[r] = [row[i] for i in order]
            for i, v in enumerate(layers.ranks[r]):
                place[v] = i
    return gained


def _move(order: list[int], i: int, balance: npt.NDArray[np.int64]) -> None:
    """Move `i` to the first of the best places in the order, if it has to move at all."""
    at = order.index(i)
    del order[at]
    saved = [0, *balance[order].cumsum().tolist()]
    most = max(saved)
    order.insert(saved.index(most) if most > saved[at] else at, i)


def _balance(layers: Layers, row: Sequence[int], place: Sequence[int]) -> npt.NDArray[np.int64]:
    """[i, j]: crossings of the edges of vertex i with those of j if i stands above j, less those if it stands below."""
    n = len(row)
    out = np.zeros((n, n), dtype=np.int64)
    for lists in (layers.before, layers.after):
        near = [lists[v] for v in row]
        degree = np.array([len(several) for several in near])
        ends = np.array([place[u] for several in near for u in several])
        if not len(ends):
            continue
        at = np.bincount(ends * n + np.arange(n).repeat(degree), minlength=n * (ends.max() + 1)).reshape(-1, n)
        above = 2 * at.cumsum(0) - at - degree  # [p, j]: edges of j that end above p, less those that end below
        some = degree.nonzero()[0]
        out[some] += np.add.reduceat(above[ends], (degree.cumsum() - degree)[some])
    return out

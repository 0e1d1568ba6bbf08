"""Layers: the order of the vertices in each rank of a layered drawing, with few crossings, and the heights they stand
at.

After Sugiyama, Tagawa and Toda 1981; Gansner et al. 1993. A drawing may be cyclic: then the last rank is followed by
the first again, as the time steps of a recurrence are, and what is found for one step holds for all of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

_STILL = 0.01  # points; heights that move less have settled
_NEAR = 30.0  # points; a chain is brought to the height of what it leads to if that is as near
_FAR = 1e18
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


class Layers:
    """Vertices in ranks 0 … `count` - 1; `link` joins a vertex to one of the next rank.

    `up` and `down` are the vertex's extents above and below its height (points), `bend` is True for a place where a
    long edge passes through the rank. `held` ranks keep the order and the heights that they are given. `family` is what
    the name of a vertex consists of: w, 0, 1 for w[0,1].
    """

    def __init__(self, count: int, cyclic: bool = False) -> None:
        self.count = count
        self.cyclic = cyclic
        self.ranks: list[list[int]] = [[] for _ in range(count)]
        self.rank: list[int] = []
        self.up: list[float] = []
        self.down: list[float] = []
        self.bend: list[bool] = []
        self.before: list[list[int]] = []
        self.after: list[list[int]] = []
        self.weight: dict[tuple[int, int], float] = {}
        self.held: set[int] = set()
        self.y: list[float] = []
        self.family: list[tuple[str, ...]] = []

    def add(
        self, rank: int, up: float, down: float, bend: bool = False, y: float = 0.0, family: tuple[str, ...] = ()
    ) -> int:
        vertex = len(self.rank)
        self.rank.append(rank)
        self.ranks[rank].append(vertex)
        self.up.append(up)
        self.down.append(down)
        self.bend.append(bend)
        self.before.append([])
        self.after.append([])
        self.y.append(y)
        self.family.append(family)
        return vertex

    def link(self, u: int, v: int, weight: float = 1.0) -> None:
        self.after[u].append(v)
        self.before[v].append(u)
        self.weight[u, v] = self.weight.get((u, v), 0.0) + weight

    def places(self) -> list[int]:
        """The place of every vertex in its rank."""
        place = [0] * len(self.rank)
        for row in self.ranks:
            for i, v in enumerate(row):
                place[v] = i
        return place

    def settle(self, gap: Callable[[bool, bool], float], rounds: int, turns: int) -> None:
        """Heights `y` for all vertices: rank by rank the least-squares fit to the neighbours' heights that keeps the
        order and the gaps (isotonic regression), until nothing moves, `rounds` times at most; then chains of single
        neighbours are made straight where there is room, one after the other, in so many `turns`.
        """
        flat = [v for row in self.ranks for v in row]
        ends = list(itertools.accumulate(len(row) for row in self.ranks))
        ranges = [(end - len(row), end) for row, end in zip(self.ranks, ends, strict=True)]
        need = self._apart(flat, ranges, gap)
        offset = np.zeros(len(flat))
        y = np.array(self.y)[flat]
        for r, (low, high) in enumerate(ranges):
            offset[low + 1 : high] = need[low + 1 : high].cumsum()
            if r not in self.held and high > low:
                y[low:high] = offset[low:high] - offset[high - 1] / 2
        near, share, begin, total = self._pulls(flat)
        first = [*begin.tolist(), len(near)]
        weights = total.tolist()
        free = []
        for r, (low, high) in enumerate(ranges):
            if r not in self.held and high > low:
                k = slice(first[low], first[high])
                begins = begin[low:high] - first[low]
                free.append((y[low:high], near[k], share[k], begins, offset[low:high], weights[low:high]))
        for step in range(rounds):
            moved = 0.0
            for row, others, shares, begins, off, strong in free if step % 2 == 0 else free[::-1]:
                wished = np.add.reduceat(y[others] * shares, begins) - off
                settled = np.array(_isotonic(wished.tolist(), strong)) + off
                moved = max(moved, np.maximum.reduce(np.abs(settled - row)))
                row[:] = settled
            if moved < _STILL:
                break
        heights = self._straightened(flat, y.tolist(), need.tolist(), turns)
        for v, height in zip(flat, heights, strict=True):
            self.y[v] = height

    def _apart(
        self, flat: Sequence[int], ranges: Iterable[tuple[int, int]], gap: Callable[[bool, bool], float]
    ) -> Floats:
        """How far each vertex has to stand below the one before it; -_FAR where it is the first in its rank."""
        gaps = np.array([[gap(a, b) for b in (False, True)] for a in (False, True)])
        up, down, bend = np.array(self.up)[flat], np.array(self.down)[flat], np.array(self.bend, dtype=np.intp)[flat]
        out = np.full(len(flat) + 1, -_FAR)
        out[1:-1] = down[:-1] + gaps[bend[:-1], bend[1:]] + up[1:]
        out[[low for low, _ in ranges]] = -_FAR
        return out

    def _pulls(self, flat: Sequence[int]) -> tuple[Ints, Floats, Ints, Floats]:
        """The places of every vertex's neighbours, what share of its pulls each has, where its neighbours begin, and
        how strong all its pulls are. What has no neighbours holds itself.
        """
        place = np.empty(len(flat), dtype=np.intp)
        place[flat] = np.arange(len(flat))
        pairs = [(u, v, w) for (u, v), w in self.weight.items() if u != v]
        u, v, w = (np.array(side) for side in zip(*pairs, strict=True)) if pairs else (np.zeros(0, dtype=np.intp),) * 3
        alone = np.setdiff1d(np.arange(len(flat)), np.concatenate([u, v]))
        ends = place[np.concatenate([v, u, alone])]
        near = place[np.concatenate([u, v, alone])]
        pull = np.concatenate([w, w, np.full(len(alone), 1e-3)])
        order = ends.argsort(kind="stable")
        ends, near, pull = ends[order], near[order], pull[order]
        begin = np.searchsorted(ends, np.arange(len(flat)))
        total = np.add.reduceat(pull, begin) if len(flat) else pull
        return near, pull / total[ends], begin, total

    def even(self, gap: float) -> None:
        """Heights `y` for the vertices of dense layers without bends: equally far apart, the ranks' middles level, and
        neighbouring ranks of as many vertices alike.
        """
        pitches: list[float] = []
        for _, alike in itertools.groupby(self.ranks, key=len):
            near = [[self.down[u] + gap + self.up[v] for u, v in itertools.pairwise(row)] for row in alike]
            pitches += [max(itertools.chain(*near), default=0.0)] * len(near)
        widest = max(pitches)
        for row, pitch in zip(self.ranks, pitches, strict=True):
            step = widest if 1.5 * pitch > widest else pitch
            for i, v in enumerate(row):
                self.y[v] = (i - (len(row) - 1) / 2) * step

    def _straightened(self, flat: Sequence[int], y: list[float], need: Sequence[float], turns: int) -> list[float]:
        """The heights with chains of vertices that are one another's only neighbours at one height each, where there is
        no room for that with parts of them at one height each.
        """
        place = [0] * len(flat)
        for i, v in enumerate(flat):
            place[v] = i
        chains = []
        for chain in self._chains():
            ends = [place[u] for u in (*self.before[chain[0]], *self.after[chain[-1]])]
            chains.append(([place[v] for v in chain], ends, [place[v] for v in chain if self.rank[v] in self.held]))
        y.append(0.0)
        for _ in range(turns):
            for chain, ends, held in chains:
                for part, low, high in _level(chain, y, need):
                    mean = sum([y[i] for i in part]) / len(part)
                    wish = mean
                    if held:
                        wish = y[held[0]]
                    elif len(part) == len(chain):
                        wish = min((y[i] for i in ends), key=lambda e: abs(e - mean), default=mean)
                        wish = wish if abs(wish - mean) < _NEAR else mean
                    at = min(max(wish, low), high)
                    if held and abs(at - wish) > 1e-9:
                        continue
                    for i in part:
                        y[i] = at
        return y[:-1]

    def _chains(self) -> list[list[int]]:
        """Maximal runs of vertices joined one to one, longest first."""
        follower = {}
        for v, after in enumerate(self.after):
            if len(after) == 1 == len(self.before[after[0]]) and after[0] != v:
                follower[v] = after[0]
                continue
            heavy = [u for u in dict.fromkeys(after) if u != v]
            if len(heavy) == 1 and len(dict.fromkeys(self.before[heavy[0]])) == 1:
                follower[v] = heavy[0]
            elif len(heavy) > 1 or (heavy and len(self.before[heavy[0]]) > 1):
                best = max(heavy, key=lambda u: self.weight[v, u])
                strong = self.weight[v, best]
                rivals = [self.weight[v, u] for u in heavy if u != best] + [
                    self.weight[u, best] for u in self.before[best] if u != v
                ]
                if strong > 1.5 * max(rivals, default=0.0):
                    follower[v] = best
        started = set(follower.values())
        chains, seen = [], set()
        for v in range(len(self.rank)):
            if v in seen or (v in started and not self.cyclic) or v not in follower:
                continue
            chain, u = [], v
            while u not in seen:
                seen.add(u)
                chain.append(u)
                if u not in follower:
                    break
                u = follower[u]
            chains.append(chain)
        return sorted(chains, key=len, reverse=True)


def _level(chain: Sequence[int], y: Sequence[float], need: Sequence[float]) -> Iterator[tuple[list[int], float, float]]:
    """The longest parts of a chain, from its beginning, that have room at one height: with the least and the greatest
    one.
    """
    part: list[int] = []
    low, high = -_FAR, _FAR
    for i in chain:
        above, below = y[i - 1] + need[i], y[i + 1] - need[i + 1]
        least, most = above if above > low else low, below if below < high else high
        if part and least > most + 1e-9:
            yield part, low, high
            part, least, most = [], above, below
        part.append(i)
        low, high = least, most
    yield part, low, high


def _isotonic(wished: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The non-decreasing sequence that is nearest to `wished` in weighted least squares (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(wished, weights, strict=True):
        count = 1
        while blocks and blocks[-1][0] > value:
            v, w, c = blocks.pop()
            value, weight, count = (v * w + value * weight) / (w + weight), w + weight, c + count
        blocks.append((value, weight, count))
    return [value for value, _, count in blocks for _ in range(count)]

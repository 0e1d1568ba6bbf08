"""Layers: the order of the vertices in each rank of a layered drawing, with few crossings, and the heights they stand
at.

After Sugiyama, Tagawa and Toda 1981; Gansner et al. 1993. A drawing may be cyclic: then the last rank is followed by
the first
again, as the time steps of a recurrence are, and what is found for one step holds for all of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence


class Layers:
    """Vertices in ranks 0 … `count` - 1; `link` joins a vertex to one of the next rank.

    `up` and `down` are the vertex's extents above and below its height (points), `bend` is True for a place where a
    long edge
    passes through the rank. `held` ranks keep the order and the heights that they are given. `family` is what the name
    of a vertex consists of: w, 0, 1 for w[0,1].
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

    def settle(self, gap: Callable[[bool, bool], float], rounds: int = 12) -> None:
        """Heights `y` for all vertices: rank by rank the least-squares fit to the neighbours' heights that keeps the
        order and the
        gaps (isotonic regression), then the chains of single neighbours are made straight where there is room.
        """
        apart: list[list[float]] = []
        for r, row in enumerate(self.ranks):
            at, offsets = 0.0, []
            for i, v in enumerate(row):
                if i:
                    at += self.down[row[i - 1]] + gap(self.bend[row[i - 1]], self.bend[v]) + self.up[v]
                offsets.append(at)
            apart.append(offsets)
            if r not in self.held:
                middle = at / 2
                for v, offset in zip(row, offsets, strict=True):
                    self.y[v] = offset - middle
        weighted = [
            [(u, w) for u, w in ((u, self.weight.get((u, v), 0.0)) for u in dict.fromkeys(self.before[v]))]
            + [(u, w) for u, w in ((u, self.weight.get((v, u), 0.0)) for u in dict.fromkeys(self.after[v]))]
            for v in range(len(self.rank))
        ]
        weighted = [[(u, w) for u, w in near if u != v] for v, near in enumerate(weighted)]
        y = self.y
        for step in range(rounds):
            for r in range(self.count) if step % 2 == 0 else range(self.count - 1, -1, -1):
                if r in self.held:
                    continue
                row, offsets = self.ranks[r], apart[r]
                wished, weights = [], []
                for v, offset in zip(row, offsets, strict=True):
                    near = weighted[v]
                    total = sum([w for _, w in near])
                    if total:
                        wished.append(sum([y[u] * w for u, w in near]) / total - offset)
                        weights.append(total)
                    else:
                        wished.append(y[v] - offset)
                        weights.append(1e-3)
                for v, offset, base in zip(row, offsets, _isotonic(wished, weights), strict=True):
                    y[v] = base + offset
        self._straighten(apart, rounds=3)

    def even(self, gap: float) -> None:
        """Heights `y` for the vertices of dense layers without bends: equally far apart, the ranks' middles level."""
        pitches = []
        for row in self.ranks:
            near = [self.down[u] + gap + self.up[v] for u, v in itertools.pairwise(row)]
            pitches.append(max(near, default=0.0))
        widest = max(pitches)
        for row, pitch in zip(self.ranks, pitches, strict=True):
            step = widest if 1.5 * pitch > widest else pitch
            for i, v in enumerate(row):
                self.y[v] = (i - (len(row) - 1) / 2) * step

    def _straighten(self, apart: Sequence[Sequence[float]], rounds: int) -> None:
        """Bring chains of vertices that are one another's only neighbours to one height each, as far as their ranks
        allow.
        """
        place = self.places()
        chains = self._chains()
        y = self.y
        for _ in range(rounds):
            for chain in chains:
                low, high = -1e18, 1e18
                for v in chain:
                    r, i = self.rank[v], place[v]
                    row, offsets = self.ranks[r], apart[r]
                    if i:
                        low = max(low, y[row[i - 1]] + offsets[i] - offsets[i - 1])
                    if i + 1 < len(row):
                        high = min(high, y[row[i + 1]] + offsets[i] - offsets[i + 1])
                if low > high + 1e-9:
                    continue
                held = [y[v] for v in chain if self.rank[v] in self.held]
                ends = [y[u] for v in (chain[0],) for u in self.before[v]] + [
                    y[u] for v in (chain[-1],) for u in self.after[v]
                ]
                mean = sum(y[v] for v in chain) / len(chain)
                wish = (
                    held[0] if held else min(ends, key=lambda e: abs(e - mean)) if ends and _close(ends, mean) else mean
                )
                at = min(max(wish, low), high)
                if held and abs(at - held[0]) > 1e-9:
                    continue
                for v in chain:
                    y[v] = at

    def _chains(self) -> list[list[int]]:
        """Maximal runs of vertices joined one to one, longest first."""
        follower = {}
        for v, after in enumerate(self.after):
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


def _close(values: Sequence[float], mean: float) -> bool:
    return min(abs(v - mean) for v in values) < 30.0


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

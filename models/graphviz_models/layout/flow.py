"""Flow: clusters in ranks from left to right, in the order that the layers give, with room for every edge."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise

from graphviz_models.layout.crowding import Column, reach, spread, width
from graphviz_models.layout.families import enumerate_entries, gather, gather_arrays, gather_sources, gather_steps
from graphviz_models.layout.layered import Layers
from graphviz_models.layout.nodes import CLEAR, Cluster, Node
from graphviz_models.layout.order import sort, upright
from graphviz_models.layout.ranks import against, rank

NODE_GAP, BEND_GAP, LANE_GAP = 34.0, 22.0, 18.0  # between two nodes, a node and a passing edge, two passing edges
_ASIDE = 1.5  # how far labels between ranks may set a node and a passing edge apart
RANK_GAP, LONG_GAP, _LONG = 62.0, 48.0, 7  # between ranks; between more than so many, which are to fit a window
_CLEARLY = 1.25  # how much wider a gap becomes in which no edges with labels cross: they have room above and below
_WIDEST, _FAN = 5.0, 5  # how much wider than a label a gap becomes in which they cross, or so many come together
_STRAIGHT = 2.6  # times the height of dense layers: so wide all gaps between them may become for straight lines
_SPINE = 6.0  # how much straighter what leads from a state to the next one, or to the loss, is drawn
_LOOSE = 0.05  # how much less straight what leads to the outer side of a step is drawn than what goes on to the next
_AS_LONG = 0.75  # of the longest way, from where on another one is as long
CROWD = 100  # links, beyond which those between dense layers are drawn alike
HUGE = 1500  # links, beyond which bends are not rounded, and notes stand where they usually can
_LINKS, DENSE = 20, 1.5  # dense layers have so many links, and so many a node, at least
_NUMBER = re.compile(r"\[[^\]]*\]|(?<![#\d\[\]])\d+(?=#|\Z)")  # the index in e[1], or the 1 of e1, also in e1#2
_CALL = re.compile(r"#(\d+)(\.\w+)\Z")  # what the second call of net has, net#2.a: as if it were net.a[2]
_PARTS = re.compile(r"[\[\],]+")

Corridor = tuple[float, float, float]  # x from, x to, y


@dataclass(slots=True)
class Arc:
    """An edge between two clusters, `lag` time steps on; `links` are those drawn along it, `flipped` if it runs
    leftwards.
    """

    source: int
    target: int
    lag: int = 0
    links: list[int] = field(default_factory=list)
    flipped: bool = False
    label: tuple[float, float] = (0.0, 0.0)
    bends: list[tuple[int, int]] = field(default_factory=list)  # (ranks after the source, vertex)


@dataclass(slots=True)
class Flow:
    """Ranks, order and heights of clusters; x is still to be given.

    `dense` layers are joined by many links and by none that is longer than from one to the next.
    """

    clusters: list[Cluster]
    arcs: list[Arc]
    rank: list[int]
    count: int
    layers: Layers
    vertex: list[int]
    dense: bool = False
    nodes: Sequence[Node] = ()
    stretch: float = 1.0  # of the gaps in a rank
    apart: float = 1.0  # of those beside nodes, beyond that, for the labels between ranks
    together: bool = False  # whether labels between ranks are placed together

    def settle(self) -> None:
        """Heights for all clusters."""
        layers, size = self.layers, len(self.layers.rank)
        if self.dense:
            layers.even(self.stretch * self.apart * NODE_GAP)
        else:
            rounds, turns = (16, 3) if size <= 2000 else (4, 1)
            layers.settle(self.gap, rounds, turns)

    def gap(self, a: bool, b: bool) -> float:
        """The room between two that stand in one rank, each a passing edge or a node."""
        beside = NODE_GAP * self.apart if not (a or b) else BEND_GAP * min(self.apart, _ASIDE)
        return self.stretch * (LANE_GAP if a and b else beside)

    def replace(self, cluster: int, other: Cluster) -> None:
        """Let another cluster, of the same nodes, take the place of one; the heights are as they were."""
        self.clusters[cluster] = other
        self.layers.up[self.vertex[cluster]], self.layers.down[self.vertex[cluster]] = other.up, other.down

    def y(self, cluster: int) -> float:
        return self.layers.y[self.vertex[cluster]]

    def left(self, rank: int, among: Iterable[int] | None = None) -> float:
        """The greatest extent to the left of the rank's line, of all its clusters or of those `among`."""
        return max((self.clusters[c].left for c in self._at(rank, among)), default=0.0)

    def right(self, rank: int, among: Iterable[int] | None = None) -> float:
        return max((self.clusters[c].right for c in self._at(rank, among)), default=0.0)

    def _at(self, rank: int, among: Iterable[int] | None) -> list[int]:
        return [c for c in (range(len(self.clusters)) if among is None else among) if self.rank[c] == rank]

    def expose(self, faces: AbstractSet[int], above: bool) -> None:
        """Bring the clusters in `faces` to the upper (else the lower) end of their ranks, turning all of it upside down
        where most are on the other side, and so far out that what leads from them to the upper right (to them from the
        lower left) passes the others of the time step.
        """
        way, y = -1 if above else 1, self.layers.y
        near, far = (
            [self.y(c) * way for c in range(len(self.clusters)) if (c in faces) == side] for side in (True, False)
        )
        over = bool(near and far) and sum(near) / len(near) < sum(far) / len(far)
        outer = {self.vertex[c] for c in faces}
        for row in self.layers.ranks:
            row.sort(key=lambda v: (way * (v in outer), y[v] * (-1 if over else 1)))
        for pair in self.layers.weight:
            if not outer.isdisjoint(pair):
                self.layers.weight[pair] *= _LOOSE
        self.layers.settle(self.gap, 16, 3)
        for c in sorted(faces, key=lambda c: (way * self.rank[c], way * self.y(c))):
            others = [o for o in range(len(self.clusters)) if (self.rank[c] - self.rank[o]) * way > 0]
            levels = [self.y(o) * way + (self.clusters[o].up if above else self.clusters[o].down) for o in others]
            more = max(levels) + LANE_GAP / 2 - self.y(c) * way if levels else 0.0
            row = self.layers.ranks[self.rank[c]]
            at = row.index(self.vertex[c])
            for v in row[: at + 1] if above else row[at:]:
                y[v] += way * max(0.0, more)

    def gaps(self, stretch: float) -> list[float]:
        """The room needed before each rank: for labels, and for steep edges to bend."""
        usual = RANK_GAP if self.count <= _LONG else LONG_GAP
        need = [usual * stretch] * self.count
        labelled: list[list[tuple[float, float, tuple[float, float]]]] = [[] for _ in range(self.count)]
        for arc in self.arcs:
            start = self.rank[arc.source]
            span = self.rank[arc.target] + arc.lag * self.count - start
            heights = [self.y(arc.source), *(self.layers.y[v] for _, v in arc.bends), self.y(arc.target)]
            if span < 1:
                continue
            steepest, rise = 0, -1.0
            for k in range(span):
                r, climb = (start + k + 1) % self.count, abs(heights[k + 1] - heights[k])
                if climb > rise:
                    steepest, rise = k, climb
                if 0.5 * climb > need[r]:
                    need[r] = max(need[r], min(200.0 * stretch, 0.5 * climb))
            if arc.label[0]:
                r = (start + steepest + 1) % self.count
                labelled[r].append((heights[steepest], heights[steepest + 1], arc.label))
        if self.dense and len(self.arcs) <= HUGE and (len(self.arcs) > CROWD or not any(labelled)):
            self._widen(need)
        for r, several in enumerate(labelled):
            several.sort()
            crossing = any(before[1] > after[1] for before, after in pairwise(several))
            wide = max((w + 34.0 + 24.0 * (abs(b - a) > 1) for a, b, (w, _) in several), default=0.0)
            if crossing or len(several) >= _FAN:
                wide = max(wide, min(width(several, crossing, self.together), _WIDEST * wide))
            need[r] = max(need[r], wide * (stretch if crossing else min(stretch, _CLEARLY)))
        return need

    def _widen(self, need: list[float]) -> None:
        """Make all gaps as wide as straight lines need them, unless that is too much."""
        rows: list[list[tuple[float, float, int]]] = [[] for _ in range(self.count)]
        for c, cluster in enumerate(self.clusters):
            rows[self.rank[c]] += [(self.y(c) + dy, dx, i) for i, dx, dy in cluster.members]
        columns = [[(y, dx, self.nodes[i]) for y, dx, i in sorted(row)] for row in rows]
        place = {i: n for row in rows for n, (_, _, i) in enumerate(sorted(row))}
        lines: list[list[tuple[Column, int, Column, int]]] = [[] for _ in range(self.count)]
        for arc in self.arcs:
            r, (a, b) = self.rank[arc.target], (self.clusters[c].main for c in (arc.source, arc.target))
            lines[r].append((columns[r - 1], place[a], columns[r], place[b]))
        wide = [0.0] * self.count
        for r in range(1, self.count):
            wide[r] = reach(lines[r], CLEAR + 1.0) - self.right(r - 1) - self.left(r)
        high = max(column[-1][0] - column[0][0] for column in columns)
        if sum(max(a, b) for a, b in zip(need, wide, strict=True)) < _STRAIGHT * high:
            need[:] = [max(a, b) for a, b in zip(need, wide, strict=True)]


def flow(
    clusters: list[Cluster],
    nodes: Sequence[Node],
    arcs: list[Arc],
    *,
    cyclic: bool = False,
    held: Sequence[float] = (),
    stretch: float = 1.0,
) -> Flow:
    """Rank, order and settle `clusters`; the first `len(held)` of them stand before all others at these heights.

    `stretch` widens the gaps. In a cyclic flow an arc with a lag runs on through the following time step, to the same
    ranks again.
    """
    n, fixed = len(clusters), len(held)
    mains = [nodes[c.main] if c.members else None for c in clusters]
    plain = [k for k, a in enumerate(arcs) if not a.lag]
    order = [-1 if m is None else m.order for m in mains]
    for k in against(n, [(arcs[p].source, arcs[p].target) for p in plain], order):
        arc = arcs[plain[k]]
        arc.source, arc.target, arc.flipped = arc.target, arc.source, not arc.flipped
    ranks = rank(
        n, [(arcs[p].source, arcs[p].target) for p in plain if arcs[p].source != arcs[p].target], set(range(fixed))
    )
    if not cyclic and not fixed:
        _abreast(ranks, arcs, [nodes[c.main].id for c in clusters])
    count = max(ranks, default=-1) + 1
    layers = Layers(max(1, count), cyclic)
    vertex = [0] * n

    families = [
        tuple(part for part in _PARTS.split(_CALL.sub(r"\2[\1]", m.id)) if part) if m is not None else () for m in mains
    ]
    latest: dict[str, int] = {}
    for family, main in zip(families, mains, strict=True):
        if main is not None:
            latest[family[0]] = max(latest.get(family[0], main.order), main.order)

    def preference(c: int) -> tuple[float, float]:
        main = mains[c]
        if main is None:
            return (0.0, held[c])
        if cyclic:  # what is computed later stands higher, but for the entries of one array
            return (-latest[families[c][0]], main.order)
        return ({"parameter": -1.0, "input": 1.0, "target": 1.0}.get(main.role, 0.0), main.order)

    for c in sorted(range(n), key=preference):
        at_height = held[c] if c < fixed else 0.0
        vertex[c] = layers.add(ranks[c], clusters[c].up, clusters[c].down, y=at_height, family=families[c])
    straight = dict.fromkeys(_spines(n, arcs), _SPINE) if cyclic else {} if fixed else _main_row(n, arcs, ranks)
    for number, arc in enumerate(arcs):
        span = ranks[arc.target] + arc.lag * count - ranks[arc.source]
        at = vertex[arc.source]
        spine = straight.get(number, 1.0)
        for k in range(1, span):
            bend = layers.add((ranks[arc.source] + k) % count, 4.0, 4.0, bend=True)
            layers.link(at, bend, 2.0 * spine if k == 1 else 8.0 * spine)
            arc.bends.append((k, bend))
            at = bend
        if span > 0:
            layers.link(at, vertex[arc.target], 2.0 * spine if arc.bends else spine)
    if fixed:
        layers.held = {0}
    size = len(layers.rank)
    dense = not cyclic and not fixed and size == n and len(arcs) >= max(_LINKS, DENSE * n)
    if size <= 1500:
        fewest = sort(layers)
        if dense and fewest:
            gather(layers, fewest)
        if not cyclic:
            upright(layers)
        if not cyclic and not fixed:
            parameters = {vertex[c] for c, m in enumerate(mains) if m is not None and m.role == "parameter"}
            fewest = gather_arrays(layers, parameters, fewest)
        enumerate_entries(layers, fewest)
        gather_sources(layers)
        if not cyclic:
            group = {vertex[c]: m.group for c, m in enumerate(mains) if m is not None and m.group is not None}
            gather_steps(layers, group, fewest)
    elif size <= 8000:
        sort(layers, starts=1, sweeps=(3, 6), passes=1)
    else:
        sort(layers, starts=1, sweeps=(2, 2), passes=0)
    apart = _spread(clusters, arcs, ranks, count)
    drawn = Flow(clusters, arcs, ranks, count, layers, vertex, dense, nodes, stretch, apart)
    drawn.settle()
    return drawn


def _spread(clusters: Sequence[Cluster], arcs: Sequence[Arc], ranks: Sequence[int], count: int) -> float:
    """How much farther apart than usual nodes stand for the labels between their ranks."""
    labels: list[list[tuple[float, float]]] = [[] for _ in range(count)]
    for arc in arcs:
        if arc.label[1] and not arc.lag and ranks[arc.target] == ranks[arc.source] + 1:
            labels[ranks[arc.target]].append(arc.label)
    if not any(labels):
        return 1.0
    heights: list[list[float]] = [[] for _ in range(count)]
    for cluster, r in zip(clusters, ranks, strict=True):
        heights[r].append(cluster.up + cluster.down)
    return spread(heights, labels, NODE_GAP)


def _abreast(ranks: list[int], arcs: Sequence[Arc], ids: Sequence[str]) -> None:
    """Move what is called alike but for its numbers, e₁ e₂ e₃, to the rank in which most of it stands."""
    into: list[list[int]] = [[] for _ in ranks]
    for arc in arcs:
        into[arc.target].append(arc.source)
    kind = [_NUMBER.sub("", name) for name in ids]
    several = Counter(kind)
    most = {
        name: at for (name, at), count in Counter(zip(kind, ranks, strict=True)).items() if 2 * count > several[name]
    }
    for c in sorted(range(len(ranks)), key=ranks.__getitem__):
        wanted = most.get(kind[c], ranks[c])
        if into[c] and wanted < ranks[c] and all(ranks[u] < wanted for u in into[c]):
            ranks[c] = wanted


def _spines(n: int, arcs: Sequence[Arc]) -> set[int]:
    """The numbers of the arcs on the shortest ways from a state to itself in the next time step."""
    after: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for number, arc in enumerate(arcs):
        if not arc.lag:
            after[arc.source].append((arc.target, number))
    found: set[int] = set()
    for number, arc in enumerate(arcs):
        if arc.lag != 1:
            continue
        came: dict[int, tuple[int, int]] = {arc.target: (-1, number)}
        reached = [arc.target]
        for u in reached:
            for v, along in after[u]:
                if v not in came:
                    came[v] = (u, along)
                    reached.append(v)
        at = arc.source if arc.source in came else -1
        while at >= 0:
            at, along = came[at]
            found.add(along)
    return found


def _main_row(n: int, arcs: Sequence[Arc], ranks: Sequence[int]) -> dict[int, float]:
    """How much straighter the arcs on the longest way to what stands last are drawn, as far back as one way is by far
    the longest. Ways that are nearly as long meet in the middle.
    """
    into: list[list[int]] = [[] for _ in range(n)]
    out: list[list[int]] = [[] for _ in range(n)]
    for number, arc in enumerate(arcs):
        into[arc.target].append(number)
        out[arc.source].append(number)
    depth, missing = [0] * n, [len(several) for several in into]
    ready = [c for c in range(n) if not missing[c]]
    for c in ready:
        for number in out[c]:
            target = arcs[number].target
            depth[target] = max(depth[target], depth[c] + 1)
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    found: dict[int, float] = {}
    deepest = max(depth, default=0)
    last = [c for c in range(n) if depth[c] == deepest]
    while len(last) == 1 and into[last[0]]:
        several = into[last[0]]
        near = [k for k in several if depth[arcs[k].source] >= _AS_LONG * (depth[last[0]] - 1)]
        last = list({arcs[k].source for k in near})
        if len(last) == 1:
            found |= dict.fromkeys(near, _SPINE)
        elif len(near) == len(several):
            found |= {k: 2.0 for k in near if ranks[arcs[k].target] - ranks[arcs[k].source] == 1}
    return found

"""Rails: what many time steps share runs along the top or the bottom of the drawing, with a drop to each of them.

Here it is settled which rail runs where and how it reaches each node; `tracks` draws it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from graphviz_models.layout.flow import Flow
from graphviz_models.layout.nodes import CLEAR, Node
from graphviz_models.layout.rims import radius
from graphviz_models.layout.rows import Ends

TRACK = 11.0  # between two vertical tracks in one gap
_PORT = 15.0  # between two rails that reach a node from above
_SEVERAL = 3  # rails that reach one side of a node: where there is room, the innermost one comes onto its cap instead
_STRAIGHT = ("rect", "rounded", "pill")  # shapes whose caps are straight but for the corners
_MOST = 7  # the sides of so many rails are chosen together, those of more one by one

Kind = tuple[int, int, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: the flow it belongs to (0 the time step, 1 what follows), its cluster and offset there, its
    column.
    """

    flow: int
    cluster: int
    dx: float
    dy: float
    column: int

    @property
    def kind(self) -> Kind:
        """The same for the same node of all time steps."""
        return (self.flow, self.cluster, self.dx, self.dy)


@dataclass(slots=True)
class Rail:
    """Links with one common end: `ends` are (link, other node). `outward` where the common end is the source.

    `hub`: the common end stands beside the time steps, on the rail or at its left end. `label` is the greatest size of
    a label.
    """

    common: int
    outward: bool
    ends: list[tuple[int, int]]
    hub: bool
    label: tuple[float, float] = (0.0, 0.0)
    top: bool = True
    centre: float = 0.0  # where its common end stands, in columns
    drops: list[float] = field(default_factory=list)  # where its other ends stand


@dataclass(slots=True)
class Terminal:
    """How a rail reaches a node: onto its cap from above or below, or by a track left or right of its rank.

    `offset` is where it meets the node, from the centre; `away` how far its vertical part is from there: from the
    centre (cap), or from the first track (left, right).
    """

    kind: str
    cost: float
    offset: float = 0.0
    away: float = 0.0


@dataclass(slots=True)
class Yard:
    """Rails from the drawing outwards, their terminals by (kind of node, rail), and the room that they need beside a
    rank.
    """

    rails: list[Rail]
    terminals: dict[tuple[Kind, int], Terminal] = field(default_factory=dict)
    width: dict[tuple[int, int, str], float] = field(default_factory=dict)  # (flow, rank, left or right): points

    def room(self, f: int, count: int, cyclic: bool, stretch: float) -> list[float]:
        """The room that tracks take in the gap before each of the `count` ranks of flow `f`."""
        out = [0.0] * count
        for (flow, rank, way), width in self.width.items():
            if flow == f:
                at = rank if way == "left" else (rank + 1) % count if cyclic else rank + 1
                if at < count:
                    out[at] += width + 6 + 30 * (stretch - 1)
        return out


def astray(
    sources: Mapping[int, Sequence[int]], targets: Mapping[int, Sequence[int]], links: Sequence[Ends]
) -> list[Rail]:
    """The rails of what reaches past the next time step, by its sources and targets, without the sizes of labels."""
    out = [Rail(u, True, [(k, links[k][1]) for k in same], False) for u, same in sources.items()]
    return out + [Rail(v, False, [(k, links[k][0]) for k in same], False) for v, same in targets.items()]


def reach(
    flows: Sequence[Flow], nodes: Sequence[Node], place: Place, shape: Node, top: bool, arriving: bool
) -> Terminal:
    """The best terminal of a node on one side of the drawing, with the number of edges that are crossed on the way."""
    drawn = flows[place.flow]
    rank = drawn.rank[place.cluster]
    row = drawn.layers.ranks[rank]
    at = row.index(drawn.vertex[place.cluster])
    outer = row[:at] if top else row[at + 1 :]
    free = all(drawn.layers.bend[v] for v in outer)
    beside_left = beside_right = False
    for m, dx, dy in drawn.clusters[place.cluster].members:
        other = nodes[m]
        if dx == place.dx and dy == place.dy:
            continue
        narrow = -other.left - 12 < place.dx - dx + 0.2 * shape.w and place.dx - dx - 0.2 * shape.w < other.right + 12
        if narrow and (dy < place.dy) == top and dy != place.dy:
            free = False
        if -other.up - 4 < place.dy - dy < other.down + 4:
            beside_left, beside_right = beside_left or dx < place.dx, beside_right or dx > place.dx
    if any((y < 0) == top and x < 0 < x + w for x, y, w, _ in shape.strips):
        free = False
    if free:
        return Terminal("cap", float(len(outer)))
    left = (arriving and not beside_left) or beside_right
    y = drawn.y(place.cluster) + place.dy
    gap = rank - 1 if left else rank
    over = 0
    for arc in drawn.arcs:
        if place.cluster in (arc.source, arc.target) and not place.dy:
            continue
        start = drawn.rank[arc.source]
        span = drawn.rank[arc.target] + arc.lag * drawn.count - start
        k = (gap - start) % drawn.count if drawn.layers.cyclic else gap - start
        if 0 <= k < span:
            heights = [drawn.y(arc.source), *(drawn.layers.y[v] for _, v in arc.bends), drawn.y(arc.target)]
            level = (heights[k] + heights[k + 1]) / 2
            over += (level < y) if top else (level > y)
    return Terminal("left" if left else "right", over + 0.6)


def assign(
    rails: list[Rail],
    flows: Sequence[Flow],
    nodes: Sequence[Node],
    places: dict[int, Place],
    middle: bool,
    side: bool | None = None,
) -> Yard:
    """Sides, order and terminals of all rails, so that they cross as little as may be.

    What feeds the steps stands above where that is as good as below, what collects from them runs below. `middle`: hubs
    stand in the middle of their rails, else at the left ends. Where there is only one `side` for them, all run above
    (True) or below.
    """
    costs = [_costs(rail, flows, nodes, places, middle) for rail in rails]
    meets = {
        (i, j): min(_crossings(a, rails[j]), _crossings(rails[j], a)) for i, a in enumerate(rails) for j in range(i)
    }

    def price(sides: Sequence[bool]) -> float:
        total = sum(costs[i][0 if top else 1] for i, top in enumerate(sides))
        return total + sum(meets[i, j] for i in range(len(sides)) for j in range(i) if sides[i] == sides[j])

    if side is not None:
        best: Sequence[bool] = [side] * len(rails)
    elif len(rails) <= _MOST:
        best = min(product((True, False), repeat=len(rails)), key=price)
    else:
        chosen: list[bool] = []
        for _ in rails:
            chosen.append(price([*chosen, True]) <= price([*chosen, False]))
        best = chosen
    for rail, top in zip(rails, best, strict=True):
        rail.top = top
    ordered: list[Rail] = []
    for rail in rails:
        spots = [
            sum(_crossings(o, rail) for o in ordered[:s] if o.top == rail.top)
            + sum(_crossings(rail, o) for o in ordered[s:] if o.top == rail.top)
            for s in range(len(ordered) + 1)
        ]
        ordered.insert(len(ordered) - spots[::-1].index(min(spots)), rail)
    return laid(ordered, flows, nodes, places)


def _costs(
    rail: Rail, flows: Sequence[Flow], nodes: Sequence[Node], places: dict[int, Place], middle: bool
) -> tuple[float, float]:
    """What a rail costs above and below; its drops and its centre are noted on the way."""
    pair = []
    for top in (True, False):
        total = 0.0 if top == rail.outward else 0.3
        seen: dict[Kind, Terminal] = {}
        rail.drops = []
        for _, n in rail.ends:
            place = places[n]
            if place.kind not in seen:
                seen[place.kind] = reach(flows, nodes, place, nodes[n], top, rail.outward)
            terminal = seen[place.kind]
            total += terminal.cost
            share = {"left": 0.05, "cap": 0.5, "right": 0.95}[terminal.kind]
            rail.drops.append(place.column + (flows[place.flow].rank[place.cluster] + share) / flows[place.flow].count)
        if not rail.hub:
            total += reach(flows, nodes, places[rail.common], nodes[rail.common], top, not rail.outward).cost
        pair.append(total)
    if rail.hub:
        drops = sorted(rail.drops)
        rail.centre = (drops[(len(drops) - 1) // 2] + drops[len(drops) // 2]) / 2 + 0.01 if middle else -1e9
    else:
        place = places[rail.common]
        rail.centre = place.column + (flows[place.flow].rank[place.cluster] + 0.5) / flows[place.flow].count
    return pair[0], pair[1]


def _crossings(inner: Rail, outer: Rail) -> int:
    """How many pairs of edges cross where the drops of the outer rail pass the inner one."""
    drops, c = sorted(inner.drops), inner.centre

    def passed(q: float) -> int:
        if q > c:
            return len(drops) - bisect_right(drops, q)
        return bisect_left(drops, q) if q < c else 0

    own = 0 if outer.hub else passed(outer.centre) * len(outer.drops)
    return own + sum(passed(q) for q in outer.drops)


def laid(ordered: list[Rail], flows: Sequence[Flow], nodes: Sequence[Node], places: dict[int, Place]) -> Yard:
    """Terminals for rails that have their sides and their order."""
    yard = Yard(ordered)
    stops: dict[tuple[Kind, bool], dict[int, tuple[bool, int, float]]] = {}
    for r, rail in enumerate(ordered):
        for (_, n), at in zip(rail.ends, rail.drops, strict=True):
            stops.setdefault((places[n].kind, rail.top), {}).setdefault(r, (rail.outward, n, at))
        if not rail.hub:
            stops.setdefault((places[rail.common].kind, rail.top), {})[r] = (not rail.outward, rail.common, rail.centre)
    beside: dict[tuple[int, int, str, bool], list[tuple[float, float, Terminal]]] = {}
    for (kind, top), stop in stops.items():
        node = nodes[next(iter(stop.values()))[1]]
        found = {r: reach(flows, nodes, places[n], node, top, arriving) for r, (arriving, n, _) in stop.items()}
        for r, terminal in found.items():
            yard.terminals[kind, r] = terminal
        rank = flows[kind[0]].rank[kind[1]]
        _caps(yard, kind, node, [r for r in found if found[r].kind == "cap"], stop, (kind[0], rank))
        y = flows[kind[0]].y(kind[1]) + kind[3]
        for way in ("left", "right"):
            tracks = [r for r in found if found[r].kind == way]
            if len(tracks) >= _SEVERAL and not ordered[tracks[0]].label[0]:
                inner = found[tracks[0]]
                spot = _shoulder(flows, nodes, kind, node, top, way == "left")
                if spot is not None:
                    inner.kind, inner.offset, inner.away = "cap", spot, spot
                    del tracks[0]
            step = min(TRACK, 0.42 * node.h / max(1, len(tracks)))
            for k, r in enumerate(reversed(tracks)):
                found[r].offset = (-1 if top else 1) * step * (k + (not kind[3]))  # the middle has the way to the next
                depth = (y + found[r].offset) * (1 if top else -1)
                wide = max(TRACK, ordered[r].label[0] + 10 if ordered[r].label[0] else 0.0)
                beside.setdefault((kind[0], rank, way, top), []).append((depth, wide, found[r]))
    for (f, rank, way, _), terminals in beside.items():
        at = yard.width.get((f, rank, way), 0.0)
        for _, wide, terminal in sorted(terminals, key=lambda t: t[0]):
            terminal.away = at + (wide - TRACK)  # the label stands between the track and the rank
            at += wide
        yard.width[f, rank, way] = at
    return yard


def _shoulder(
    flows: Sequence[Flow], nodes: Sequence[Node], kind: Kind, node: Node, top: bool, left: bool
) -> float | None:
    """Where the cap of a node has room for one rail beside the satellites there; None where it has none."""
    f, c, x, y = kind
    drawn = flows[f]
    row = drawn.layers.ranks[drawn.rank[c]]
    at = row.index(drawn.vertex[c])
    outer = row[:at] if top else row[at + 1 :]
    if (
        node.note is not None
        or node.strips
        or node.shape not in _STRAIGHT
        or not all(drawn.layers.bend[v] for v in outer)
    ):
        return None
    there = [(nodes[m], dx - x) for m, dx, dy in drawn.clusters[c].members if dy != y and (dy < y) == top]
    first = max((n.left - dx if left else n.right + dx for n, dx in there), default=0.0) + CLEAR
    last = node.w / 2 - radius(node.shape, node.w, node.h)
    if first > last:
        return None
    return (first + last) / 2 * (-1 if left else 1)


def _caps(
    yard: Yard,
    kind: Kind,
    node: Node,
    caps: Sequence[int],
    stop: dict[int, tuple[bool, int, float]],
    at: tuple[int, int],
) -> None:
    """Spread the rails that reach a node from above or below, so that no outer one crosses an inner one there."""
    row: list[int] = []
    for r in sorted(caps, reverse=True):  # from the outermost: an inner rail comes to lie towards its own centre
        if stop[r][2] < yard.rails[r].centre:
            row.append(r)
        else:
            row.insert(0, r)
    step = min(_PORT, 0.66 * node.w / max(1, len(row)))
    wide = max((yard.rails[r].label[0] for r in row), default=0.0)
    fan = max(step, wide + 10.0) if wide and len(row) > 1 else step
    for k, r in enumerate(row):
        terminal = yard.terminals[kind, r]
        shift = k - (len(row) - 1) / 2
        terminal.offset = 0.0 if node.shape == "diamond" else shift * step
        terminal.away = shift * fan
    if wide:
        spread = (len(row) - 1) / 2 * fan + wide + 10.0
        for way, half in (("left", node.left), ("right", node.right)):
            yard.width[(*at, way)] = max(yard.width.get((*at, way), 0.0), spread - half)

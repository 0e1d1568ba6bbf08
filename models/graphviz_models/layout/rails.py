"""Rails: what many time steps share runs along the top or the bottom of the drawing, and drops to (or rises from) each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product

from graphviz_models.layout.curves import bend, rounded
from graphviz_models.layout.flow import Flow
from graphviz_models.layout.nodes import Node
from graphviz_models.layout.parts import Point
from graphviz_models.layout.rims import cap, side

TRACK = 11.0  # between two vertical tracks in one gap
LANE = 13.0  # between two lanes
_EDGE = 13.0  # between a rank and the first track, the drawing and the first lane
_MOST = 7  # so many rails are tried on all sides, more are set one by one


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: the flow it belongs to (0 the time step, 1 what follows), its cluster and offset there, its column."""

    flow: int
    cluster: int
    dx: float
    dy: float
    column: int


@dataclass(slots=True)
class Rail:
    """Links with one common end: `ends` are (link, other node). `outward` where the common end is the source."""

    common: int
    outward: bool
    ends: list[tuple[int, int]]
    hub: bool  # whether the common end stands beside the drawing, at the rail's own height
    top: bool = True
    first: float = 0.0  # the columns that it spans
    last: float = 0.0


@dataclass(slots=True)
class Terminal:
    """How a rail reaches a node: onto its cap from above or below, or by a track left or right of its rank, at an offset."""

    kind: str  # cap, left, right
    cost: float
    offset: float = 0.0
    track: int = 0


@dataclass(slots=True)
class Yard:
    """Rails, and their terminals by (kind of node, side, rail)."""

    rails: list[Rail]
    terminals: dict[tuple[tuple[int, int, float, float], int], Terminal] = field(default_factory=dict)
    tracks: dict[tuple[int, int, str], int] = field(default_factory=dict)  # (flow, rank, left or right): how many


def reach(flows: Sequence[Flow], nodes: Sequence[Node], place: Place, shape: Node, top: bool, arriving: bool) -> Terminal:
    """The best terminal of a node on one side of the drawing, with the number of edges that are crossed on the way."""
    drawn = flows[place.flow]
    rank = drawn.rank[place.cluster]
    row = drawn.layers.ranks[rank]
    own = drawn.vertex[place.cluster]
    at = row.index(own)
    outer = row[:at] if top else row[at + 1 :]
    free = all(drawn.layers.bend[v] for v in outer)
    beside_left = beside_right = False
    for m, dx, dy in drawn.clusters[place.cluster].members:
        other = nodes[m]
        if dx == place.dx and dy == place.dy:
            continue
        if ((dy < place.dy) if top else (dy > place.dy)) and -other.left - 12 < place.dx - dx + 0.2 * shape.w:
            if place.dx - dx - 0.2 * shape.w < other.right + 12:
                free = False
        if -other.up - 4 < place.dy - dy < other.down + 4:
            beside_left, beside_right = beside_left or dx < place.dx, beside_right or dx > place.dx
    for x, y, w, _ in shape.strips:
        if (y < 0) == top and x < 0 < x + w:
            free = False
    if free and shape.shape != "circle":
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


def _between(inner: Rail, outer: Rail, columns: Callable[[int], float]) -> float:
    """How often the drops of the outer rail cross the inner one."""
    count = 0.0
    for _, n in outer.ends:
        c = columns(n)
        count += (inner.first < c < inner.last) or (c == inner.first and outer.hub < inner.hub)
    return count


def assign(rails: list[Rail], flows: Sequence[Flow], nodes: Sequence[Node], places: dict[int, Place]) -> Yard:
    """Sides, order and terminals of all rails, so that they cross as little as may be; afterwards `rails` run from the drawing outwards.

    What feeds stands above if that is as good as below, what collects runs below.
    """

    def column(n: int) -> float:
        return float(places[n].column) if n in places else -1e9

    costs: list[tuple[float, float]] = []
    for rail in rails:
        columns = [column(n) for _, n in rail.ends] + ([] if rail.hub else [column(rail.common)])
        rail.first, rail.last = (-1e9 if rail.hub else min(columns)), max(columns)
        pair = []
        for top in (True, False):
            total = 0.0 if top == rail.outward else 0.3
            seen: dict[tuple[int, int, float, float], float] = {}
            for _, n in rail.ends:
                key = kind_of(places[n])
                if key not in seen:
                    seen[key] = reach(flows, nodes, places[n], nodes[n], top, rail.outward).cost
                total += seen[key]  # once a time step
            if not rail.hub:
                total += reach(flows, nodes, places[rail.common], nodes[rail.common], top, not rail.outward).cost
            pair.append(total)
        costs.append((pair[0], pair[1]))
    meets: dict[tuple[int, int], float] = {}
    for i, a in enumerate(rails):
        for j in range(i):
            meets[i, j] = min(_between(a, rails[j], column), _between(rails[j], a, column))

    def price(sides: Sequence[bool]) -> float:
        total = sum(costs[i][0 if top else 1] for i, top in enumerate(sides))
        return total + sum(meets[i, j] for i in range(len(sides)) for j in range(i) if sides[i] == sides[j])

    if len(rails) <= _MOST:
        best: Sequence[bool] = min(product((True, False), repeat=len(rails)), key=price)
    else:
        chosen: list[bool] = []
        for _ in rails:
            chosen.append(price([*chosen, True]) <= price([*chosen, False]))
        best = chosen
    for rail, top in zip(rails, best, strict=True):
        rail.top = top
    ordered: list[Rail] = []
    for rail in rails:  # from the drawing outwards
        spots = range(len(ordered) + 1)
        ordered.insert(
            min(
                reversed(spots),
                key=lambda s: sum(_between(o, rail, column) for o in ordered[:s] if o.top == rail.top)
                + sum(_between(rail, o, column) for o in ordered[s:] if o.top == rail.top),
            ),
            rail,
        )
    yard = Yard(ordered)
    _terminals(yard, flows, nodes, places)
    return yard


def without(yard: Yard, rail: Rail, flows: Sequence[Flow], nodes: Sequence[Node], places: dict[int, Place]) -> Yard:
    """The same rails but one, on the sides that they have."""
    rest = Yard([other for other in yard.rails if other is not rail])
    _terminals(rest, flows, nodes, places)
    return rest


def kind_of(place: Place) -> tuple[int, int, float, float]:
    return (place.flow, place.cluster, place.dx, place.dy)


def _terminals(yard: Yard, flows: Sequence[Flow], nodes: Sequence[Node], places: dict[int, Place]) -> None:
    """Give every rail its own offset at each kind of node, and its own track beside each rank."""
    stops: dict[tuple[tuple[int, int, float, float], bool], list[tuple[int, bool, int]]] = {}
    for r, rail in enumerate(yard.rails):
        ends = [(n, rail.outward) for _, n in rail.ends] + ([] if rail.hub else [(rail.common, not rail.outward)])
        for n, arriving in ends:
            stop = stops.setdefault((kind_of(places[n]), rail.top), [])
            if not any(s[0] == r for s in stop):
                stop.append((r, arriving, n))
    waiting: dict[tuple[int, int, str, bool], list[tuple[float, Terminal]]] = {}
    for (kind, top), stop in stops.items():
        node = nodes[stop[0][2]]
        found = {r: reach(flows, nodes, places[n], node, top, arriving) for r, arriving, n in stop}
        for r, terminal in found.items():
            yard.terminals[kind, r] = terminal
        caps = [(r, arriving) for r, arriving, _ in stop if found[r].kind == "cap"]
        # arrivals left, the inner ones first; departures right, the outer ones first: then no rail crosses its neighbour here
        caps.sort(key=lambda s: (not s[1], s[0] if s[1] else -s[0]))
        step = min(15.0, 0.66 * node.w / max(1, len(caps)))
        for k, (r, _) in enumerate(caps):
            found[r].offset = 0.0 if node.shape == "diamond" else (k - (len(caps) - 1) / 2) * step
        rank = flows[kind[0]].rank[kind[1]]
        y = flows[kind[0]].y(kind[1]) + kind[3]
        for way in ("left", "right"):
            lanes = [r for r, _, _ in stop if found[r].kind == way]
            step = min(8.0, 0.42 * node.h / max(1, len(lanes)))
            for k, r in enumerate(reversed(lanes)):
                found[r].offset = (-1 if top else 1) * step * (k + 1)
                depth = (y + found[r].offset) * (1 if top else -1)
                waiting.setdefault((kind[0], rank, way, top), []).append((depth, found[r]))
    for (f, rank, way, _), terminals in waiting.items():
        taken = yard.tracks.get((f, rank, way), 0)
        for k, (_, terminal) in enumerate(sorted(terminals, key=lambda t: t[0])):
            terminal.track = taken + k
        yard.tracks[f, rank, way] = taken + len(terminals)


def lanes(yard: Yard, top: float, bottom: float) -> list[float]:
    """The height of every rail, outside of the drawing between `top` and `bottom`."""
    out, counts = [], {True: 0, False: 0}
    for rail in yard.rails:
        k = counts[rail.top]
        counts[rail.top] += 1
        out.append(top - _EDGE - 9 - LANE * k if rail.top else bottom + _EDGE + 9 + LANE * k)
    return out


def draw(
    yard: Yard,
    heights: Sequence[float],
    centres: dict[int, Point],
    places: dict[int, Place],
    shapes: Sequence[Node],
    extent: Callable[[Place], tuple[float, float]],
) -> dict[int, list[Point]]:
    """The routes of all links on rails; `extent` gives the left and right bounds of the rank that a node stands in."""
    out: dict[int, list[Point]] = {}
    for r, rail in enumerate(yard.rails):
        lane = heights[r]
        single = len(rail.ends) == 1 and not rail.hub
        radius = 34.0 if single else 10.0
        if rail.hub:
            node, (x, y) = shapes[rail.common], centres[rail.common]
            start = (x + node.w / 2, y)
            turn = (start[0] + 30.0, lane)
            head = [start, *bend(start, turn)]
        else:
            head = _leg(yard, r, rail.common, lane, centres, places, shapes, extent)
        for link, n in rail.ends:
            leg = _leg(yard, r, n, lane, centres, places, shapes, extent)
            if rail.hub:
                out[link] = head[:-1] + rounded([head[-1], *leg[::-1]], radius)
            else:
                line = rounded([*head, *leg[::-1]], radius)
                out[link] = line if rail.outward else line[::-1]
    return out


def _leg(
    yard: Yard,
    r: int,
    n: int,
    lane: float,
    centres: dict[int, Point],
    places: dict[int, Place],
    shapes: Sequence[Node],
    extent: Callable[[Place], tuple[float, float]],
) -> list[Point]:
    """From node `n` to its rail: the corners of the way."""
    place, node, (x, y) = places[n], shapes[n], centres[n]
    terminal = yard.terminals[kind_of(place), r]
    if terminal.kind == "cap":
        u, v = cap(node.shape, node.w, node.h, yard.rails[r].top, terminal.offset)
        return [(x + u, y + v), (x + u, lane)]
    right = terminal.kind == "right"
    u, v = side(node.shape, node.w, node.h, right, terminal.offset)
    low, high = extent(place)
    track = high + _EDGE + TRACK * terminal.track if right else low - _EDGE - TRACK * terminal.track
    return [(x + u, y + v), (track, y + v), (track, lane)]


def room(yard: Yard, f: int, count: int, cyclic: bool) -> list[float]:
    """The room that tracks take in the gap before each of the `count` ranks of flow `f`."""
    out = [0.0] * count
    for (flow, rank, way), tracks in yard.tracks.items():
        if flow == f:
            at = rank if way == "left" else (rank + 1) % count if cyclic else rank + 1
            if at < count:
                out[at] += TRACK * tracks + 6
    return out

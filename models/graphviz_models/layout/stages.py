"""Stages: recurrences one after another, an encoder and its decoder, in rows of their own; else one recurrence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from graphviz_models.layout import rails as railway
from graphviz_models.layout.lines import direct, straight
from graphviz_models.layout.nodes import CLEAR, Node, around, hits
from graphviz_models.layout.parts import Point, Rect
from graphviz_models.layout.period import adopted, period, reaching
from graphviz_models.layout.rows import Ends, Plan
from graphviz_models.layout.scene import Scene
from graphviz_models.layout.steps import Facing, Recurrence

_MOST_RAILS = 60  # that time steps share, or that reach past the next one; beyond, columns are no time steps
_MOST_LINKS, _MOST_NODES = 150, 600  # from one stage to the next, and in both; more of them are no picture
_APART, _HIGHER = 74.0, 24.0  # between two stages, along time and across it
_LIFT, _LIFTS = 24.0, 40  # by which the later stage is moved across time until links are straight, and how often
_SLOPE = 0.16  # of the flattest link from one to the other, where one stands higher
_MOSTLY = 0.5  # of the links are straight from centre to centre, where the others may be so beside them


@dataclass(frozen=True, slots=True)
class _Stage:
    """The nodes and links of a stage, by their numbers in the whole graph; and which of its nodes face the other."""

    nodes: list[int]
    links: list[int]
    faces: frozenset[int]


def recurrent(
    nodes: Sequence[Node],
    links: Sequence[Ends],
    stretch: float = 1.0,
    few: bool = True,
    bare: AbstractSet[int] = frozenset(),
) -> Plan | None:
    """Equal columns in time, the recurrence along the middle line; the steps' inputs below, what they share above.

    A recurrence that reads many steps of one before it stands higher, and between the two is nothing but what it reads.
    Where the time steps are not `few`, what they share stands at the left. The labels of `bare` links have no room
    beside rails. None where so much reaches past its next step that the columns are no steps in time.
    """
    nodes = adopted(nodes, links)
    found = _stages(nodes, links) if len(nodes) <= _MOST_NODES else None
    if found is not None:
        plan = _Row(nodes, links, stretch, few, bare, found).plan()
        if plan is not None:
            return plan
    return _one(nodes, links, stretch, few, bare)


def _stages(nodes: Sequence[Node], links: Sequence[Ends]) -> tuple[_Stage, _Stage] | None:
    """The two stages of the time steps, each with what it alone is fed by; None where there is but one, or where they
    share more than that the later one reads the earlier one.
    """
    stage = _by_column(nodes, links)
    if stage is None:
        return None
    timed = stage.keys()
    into: dict[int, list[int]] = {}
    out: dict[int, list[int]] = {}
    for u, v, _ in links:
        into.setdefault(v, []).append(u)
        out.setdefault(u, []).append(v)
    order = sorted((i for i in range(len(nodes)) if i not in timed), key=lambda i: nodes[i].order)
    after: dict[int, int] = {}
    for i in order:
        came = [one for u in into.get(i, ()) if (one := stage.get(u, after.get(u))) is not None]
        if came:
            after[i] = max(came)
    for i in reversed(order):
        if i not in after:
            after[i] = max((one for v in out.get(i, ()) if (one := stage.get(v, after.get(v))) is not None), default=1)
    stage = stage | after
    across = [k for k, (u, v, _) in enumerate(links) if stage[u] != stage[v]]
    if not 0 < len(across) <= _MOST_LINKS:
        return None
    if any(links[k][0] not in timed or links[k][1] not in timed or stage[links[k][0]] for k in across):
        return None
    ends = {i for k in across for i in links[k][:2]}
    stages = []
    for n in (0, 1):
        mine = [i for i in range(len(nodes)) if stage[i] == n]
        own = [k for k, (u, v, _) in enumerate(links) if stage[u] == n == stage[v]]
        stages.append(_Stage(mine, own, _faces(nodes, [i for i in mine if i in timed], ends, late=n == 1)))
    return stages[0], stages[1]


def _faces(nodes: Sequence[Node], timed: Sequence[int], ends: AbstractSet[int], late: bool) -> frozenset[int]:
    """Those of the `ends` of links to another stage of whose like most have such links; where these hand over states
    only, those that do so from farther away than others.
    """
    members = Counter(_kind(nodes[i]) for i in timed)
    joined = Counter(_kind(nodes[i]) for i in timed if i in ends)
    often = frozenset(i for i in timed if i in ends and 2 * joined[_kind(nodes[i])] > members[_kind(nodes[i])])
    far = {i: (nodes[i].column or 0) * (1 if late else -1) for i in timed if i in ends}
    return often or frozenset(i for i in far if far[i] > min(far.values()))


def _kind(node: Node) -> str:
    return node.kind if node.kind is not None else node.id


def _by_column(nodes: Sequence[Node], links: Sequence[Ends]) -> dict[int, int] | None:
    """The stage, 0 or 1, of every node with a time step: what returns in several steps does so up to one column, or
    from then on. What stands in that column itself, and later again, is an initial state; where a given one stands does
    not matter. None where there is no such column.
    """
    computed = {v for _, v, _ in links}
    made = {_kind(nodes[i]) for i in computed if nodes[i].column is not None}
    spans: dict[str, tuple[int, int]] = {}
    for i, node in enumerate(nodes):
        if node.column is not None and (i in computed or _kind(node) not in made):
            low, high = spans.get(_kind(node), (node.column, node.column))
            spans[_kind(node)] = min(low, node.column), max(high, node.column)
    several = [span for span in spans.values() if span[0] < span[1]]
    for cut in sorted({high for _, high in several})[:-1]:
        if all(high <= cut or cut <= low for low, high in several):
            return {i: int(spans[_kind(n)][1] > cut) for i, n in enumerate(nodes) if n.column is not None}
    return None


class _Row:
    """Two stages in a row on their way to a plan: each a recurrence of its own, the links `across` straight."""

    def __init__(
        self,
        nodes: Sequence[Node],
        links: Sequence[Ends],
        stretch: float,
        few: bool,
        bare: AbstractSet[int],
        stages: Sequence[_Stage],
    ) -> None:
        self.nodes = nodes
        self.links = links
        self.stretch = stretch
        self.few = few
        self.bare = bare
        self.stages = stages
        inside = {k for one in stages for k in one.links}
        self.across = {k: (u, v) for k, (u, v, _) in enumerate(links) if k not in inside}
        faces = {i for one in stages for i in one.faces}
        self.read = {k for k, ends in self.across.items() if faces.issuperset(ends)} or set(self.across)

    def plan(self) -> Plan | None:
        """The later stage at the same height where the earlier one only hands over a state; else as little higher as
        makes all links straight, with nothing else between the two. None where nothing does.
        """
        faced = any(one.faces for one in self.stages)
        plans = self._plans(faced)
        if plans is None:
            return None
        first, second = self._centres(plans, 0.0)
        ends = [(first[u], second[v]) for u, v in self.across.values()]
        if not faced:
            level = sum(y - other for (_, y), (_, other) in ends) / len(ends)
            lines = direct(self._scene(plans, level), self.across)
            return self._joined(plans, level, lines) if len(lines) == len(ends) else None
        low, high = self._extents(plans)
        level = min(y - other - _SLOPE * (to - x) for (x, y), (to, other) in ends)
        level = min(level, low[1] - _HIGHER * self.stretch - high[1] - high[3])
        return self._lifted(plans, [level - n * _LIFT * self.stretch for n in range(_LIFTS)])

    def _lifted(self, plans: Sequence[Plan], levels: Sequence[float]) -> Plan | None:
        """The later stage at the first of these heights at which all links are straight from centre to centre; else at
        the first at which all are straight that lead from what is read at many steps to what reads it.
        """
        nearly: list[tuple[float, dict[int, list[Point]]]] = []
        for down in levels:
            lines = direct(self._scene(plans, down), self.across)
            if len(lines) == len(self.across):
                return self._joined(plans, down, lines)
            if len(lines) >= _MOSTLY * len(self.across):
                nearly.append((down, lines))
        for down, lines in nearly:
            scene = self._scene(plans, down)
            for k in sorted(self.across.keys() - lines.keys(), key=lambda k: (k not in self.read, k)):
                line = straight(scene, *self.across[k])
                if line is not None:
                    lines[k] = line[1]
                elif k in self.read:
                    break
            else:
                return self._joined(plans, down, lines)
        return None

    def _plans(self, facing: bool) -> list[Plan] | None:
        out: list[Plan] = []
        for one, above in zip(self.stages, (True, False), strict=True):
            number = {i: n for n, i in enumerate(one.nodes)}
            own = [(number[u], number[v], size) for u, v, size in (self.links[k] for k in one.links)]
            bare = frozenset(n for n, k in enumerate(one.links) if k in self.bare)
            side = Facing(above, frozenset(number[i] for i in one.faces)) if facing else None
            plan = _one([self.nodes[i] for i in one.nodes], own, self.stretch, self.few, bare, side)
            if plan is None:
                return None
            out.append(plan)
        return out

    def _extents(self, plans: Sequence[Plan]) -> list[Rect]:
        return [
            around([self.nodes[one.nodes[n]].box(p) for n, p in plan.centres.items()])
            for one, plan in zip(self.stages, plans, strict=True)
        ]

    def _right(self, plans: Sequence[Plan]) -> float:
        low, high = self._extents(plans)
        return low[0] + low[2] + _APART * self.stretch - high[0]

    def _centres(self, plans: Sequence[Plan], down: float) -> list[dict[int, Point]]:
        """Where the nodes of both stages stand, the later one moved down so far from where its plan has it."""
        moves = (0.0, 0.0), (self._right(plans), down)
        return [
            {one.nodes[n]: (x + dx, y + dy) for n, (x, y) in plan.centres.items()}
            for one, plan, (dx, dy) in zip(self.stages, plans, moves, strict=True)
        ]

    def _scene(self, plans: Sequence[Plan], down: float) -> Scene:
        first, second = self._centres(plans, down)
        return Scene(self.nodes, first | second, [(u, v) for u, v, _ in self.links])

    def _joined(self, plans: Sequence[Plan], down: float, lines: dict[int, list[Point]]) -> Plan:
        whole = Plan(rails=lines)
        _add(whole, plans[0], self.stages[0], 0.0, 0.0)
        _add(whole, plans[1], self.stages[1], self._right(plans), down)
        return whole


def _add(whole: Plan, part: Plan, stage: _Stage, dx: float, dy: float) -> None:
    """Add the plan of a stage, moved, with the numbers that its nodes and links have in the whole graph."""
    for n, (x, y) in part.centres.items():
        whole.centres[stage.nodes[n]] = (x + dx, y + dy)
    for n, (low, high) in part.extents.items():
        whole.extents[stage.nodes[n]] = (low + dx, high + dx)
    for n, way in part.corridors.items():
        whole.corridors[stage.links[n]] = [(low + dx, high + dx, y + dy) for low, high, y in way]
    for n, line in part.rails.items():
        whole.rails[stage.links[n]] = [(x + dx, y + dy) for x, y in line]
    whole.swings |= {stage.links[n]: y + dy for n, y in part.swings.items()}
    whole.flipped |= {stage.links[n] for n in part.flipped}
    whole.own |= {stage.links[n]: end for n, end in part.own.items()}
    whole.starts |= {column: x + dx for column, x in part.starts.items()}


def _one(
    nodes: Sequence[Node],
    links: Sequence[Ends],
    stretch: float,
    few: bool,
    bare: AbstractSet[int],
    facing: Facing | None = None,
) -> Plan | None:
    """The plan of one recurrence, whatever reads it; None where it is none."""
    times = period(nodes, links)
    if sum(map(len, reaching(times, links))) > _MOST_RAILS:
        return None
    drawn = Recurrence(nodes, links, times, stretch, few, bare, facing)
    rails = drawn.rails()
    if len(rails) > _MOST_RAILS:
        return None
    hubs = [rail for rail in rails if rail.hub]
    star = hubs[0] if len(hubs) == 1 and len(hubs[0].ends) <= 3 else None
    side = None if facing is None else not facing.above
    flows = (drawn.steps, drawn.tail)
    yard = railway.assign(rails, flows, drawn.pool, drawn.places, drawn.few, side)
    if star is not None:
        rest = railway.laid([rail for rail in yard.rails if rail is not star], flows, drawn.pool, drawn.places)
        drawn.place(rest)
        if drawn.star(star):
            plan = drawn.finish(rest)
            box = nodes[star.common].box(plan.centres[star.common])
            if not any(hits(p, q, box, CLEAR) for line in plan.rails.values() for p, q in pairwise(line)):
                return plan
    drawn.place(yard)
    return drawn.finish(yard)

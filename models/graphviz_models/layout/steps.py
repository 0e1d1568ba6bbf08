"""Recurrences: a row of equal columns, one a time step, what they share on rails, what follows them at the end."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from graphviz_models.layout import rails as railway
from graphviz_models.layout.flow import Arc, Flow, flow
from graphviz_models.layout.lines import straight
from graphviz_models.layout.nodes import Cluster, Node, around, overlap
from graphviz_models.layout.parts import Rect
from graphviz_models.layout.period import Period, reaching
from graphviz_models.layout.rails import Place, Rail, Yard
from graphviz_models.layout.rows import Ends, Plan, feed_forward
from graphviz_models.layout.satellites import gather
from graphviz_models.layout.scene import Scene
from graphviz_models.layout.tracks import Tracks

_STEP_GAP = 12.0  # beyond the usual gap, between two time steps
_STAR = 30.0  # between the steps and a parameter that stands above their middle
_SWING = 14.0  # between what an arc passes and the arc
_GIVEN = ("input", "target", "parameter", "constant")
_FEW = 8  # time steps; with more of them, hubs stand at the left ends of their rails


@dataclass(frozen=True, slots=True)
class Facing:
    """The side of a recurrence, above or below, that is kept free for the links of these `nodes` to another one: what
    feeds single steps and what the steps share stand on the other side.
    """

    above: bool
    nodes: AbstractSet[int]

    @property
    def roles(self) -> dict[str, str]:
        """As what given nodes are placed: inputs stand below, constants above."""
        return dict.fromkeys(_GIVEN, "input" if self.above else "constant")


class Recurrence:
    """The parts of a recurrence on their way to a plan.

    `pool` is every node, then the kinds of node that a time step has: clusters and flows number them there. `before`
    leads to the time steps, `after` follows them or stands beside them.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        links: Sequence[Ends],
        period: Period,
        stretch: float,
        few: bool,
        bare: AbstractSet[int],
        facing: Facing | None = None,
    ) -> None:
        self.bare = bare
        self.facing = facing
        self.nodes = nodes
        self.links = links
        self.stretch = stretch
        self.period = period
        self.pool = [*self.nodes, *self.period.nodes]
        self.columns = self.period.columns
        self.few = few and len(self.columns) <= _FEW
        self.before, self.after = self._outside()
        self.steps = self._steps()
        spots = self._spots(self.steps, len(self.nodes))
        self.places: dict[int, Place] = {}
        for i, kind in self.period.kind.items():
            self.places[i] = Place(0, *spots[kind], self.nodes[i].column or 0)
        self.direct, self.gathered = self._exits()
        self.anchors = sorted({links[k][0] for k in self.direct}, key=self._height)
        self.tail = self._tail()
        for i, spot in self._spots(self.tail, 0).items():
            self.places[i] = Place(1, *spot, self.columns[-1] + 1)
        self.plan = Plan()
        self.ranges: dict[tuple[int, int], tuple[float, float]] = {}  # x from and to, by (column, rank)

    def _height(self, i: int) -> float:
        return self.steps.y(self.places[i].cluster) + self.places[i].dy

    @staticmethod
    def _spots(drawn: Flow, base: int) -> dict[int, tuple[int, float, float]]:
        return {i - base: (c, dx, dy) for c, cluster in enumerate(drawn.clusters) for i, dx, dy in cluster.members}

    def _outside(self) -> tuple[set[int], set[int]]:
        timed = self.period.kind
        into: dict[int, list[int]] = {}
        out: dict[int, list[int]] = {}
        for u, v, _ in self.links:
            if u not in timed:
                into.setdefault(v, []).append(u)
            if v not in timed:
                out.setdefault(u, []).append(v)
        reached: set[int] = set()
        stack = [v for i in timed for v in out.get(i, ())]
        while stack:
            if (v := stack.pop()) not in reached:
                reached.add(v)
                stack += out.get(v, ())
        before: set[int] = set()
        stack = [u for i in timed for u in into.get(i, ())]
        while stack:
            if (u := stack.pop()) not in before and u not in reached:
                before.add(u)
                stack += into.get(u, ())
        return before, {i for i in range(len(self.nodes)) if i not in timed and i not in before}

    def _steps(self) -> Flow:
        """The layers of one time step, followed by themselves."""
        kind, links, base = self.period.kind, self.links, len(self.nodes)
        fed = {kind[v] for u, v, _ in links if v in kind and u not in kind} | {
            kind[links[k][1]] for k in self.period.stray
        }
        exits = {kind[u] for u, v, _ in links if u in kind and v not in kind} | {
            kind[links[k][0]] for k in self.period.stray
        }
        sizes = {
            edge: (max(links[k][2][0] for k in same), max(links[k][2][1] for k in same))
            for edge, same in self.period.edges.items()
        }
        labels = {(i, j): size for (i, j, _), size in sizes.items()}
        rightward = [(i, j, lag) if lag >= 0 else (j, i, -lag) for i, j, lag in self.period.edges]
        kinds = self.period.nodes
        if self.facing is not None:
            kinds = [replace(n, role=self.facing.roles.get(n.role, n.role)) for n in kinds]
            rightward += [(kind[i], kind[i], 1) for i in self.facing.nodes if i in kind]  # so it stands upon nothing
        clusters = gather(kinds, rightward, fed, exits, True, labels, self.stretch)
        owner = {i: c for c, cluster in enumerate(clusters) for i, _, _ in cluster.members}
        for cluster in clusters:
            cluster.members = [(i + base, dx, dy) for i, dx, dy in cluster.members]
        arcs = []
        for (i, j, lag), same in self.period.edges.items():
            a, b, size = owner[i], owner[j], sizes[i, j, lag]
            if a != b or lag:
                arcs.append(Arc(a, b, lag, same, False, size) if lag >= 0 else Arc(b, a, -lag, same, True, size))
        drawn = flow(clusters, self.pool, arcs, cyclic=True, stretch=self.stretch)
        if self.facing is not None:
            faces = {owner[kind[i]] for i in self.facing.nodes if i in kind}
            drawn.expose(faces, self.facing.above)
        return drawn

    def _exits(self) -> tuple[list[int], dict[int, list[int]]]:
        """Links that lead out of the end of the last time step; by target, those that have to pass other nodes on their
        way.
        """
        timed, last = self.period.kind, self.columns[-1]
        final = max(self.steps.rank[self.places[i].cluster] for i in timed if self.nodes[i].column == last)
        mains = {cluster.main - len(self.nodes) for cluster in self.steps.clusters}
        direct: list[int] = []
        gathered: dict[int, list[int]] = {}
        for k, (u, v, _) in enumerate(self.links):
            if u in timed and v in self.after:
                place = self.places[u]
                at_end = self.steps.rank[place.cluster] == final or timed[u] not in mains
                at_end = at_end and not self._shut_in(place)
                if self.nodes[u].column == last and at_end:
                    direct.append(k)
                else:
                    gathered.setdefault(v, []).append(k)
        return direct, gathered

    def _shut_in(self, place: Place) -> bool:
        """Whether a satellite stands right of the node, at its height."""
        members = self.steps.clusters[place.cluster].members
        near = [(self.pool[m], dx, dy) for m, dx, dy in members if dx > place.dx]
        return any(-n.up - 4 < place.dy - dy < n.down + 4 for n, dx, dy in near)

    def _tail(self) -> Flow:
        """The layers of what follows, after the nodes of the last time step that lead there."""
        links, after = self.links, self.after
        inner = sorted(after)
        local = {i: k for k, i in enumerate(inner)}
        pairs = [(local[u], local[v], 0) for u, v, _ in links if u in local and v in local and u != v]
        labels = {(local[u], local[v]): size for u, v, size in links if u in local and v in local}
        fed = {local[v] for u, v, _ in links if v in local and u not in local}
        free = {v: same for v, same in self.gathered.items() if not any(links[k][1] == v for k in self.direct)}
        heights = [self._height(i) for i in self.anchors]
        level = [sum(self._height(links[k][0]) for k in same) / len(same) for same in free.values()]
        level = [y - 1.0 if y < 0 else y + 1.0 for y in level]  # their rail will come from that side
        order = sorted(range(len(heights) + len(level)), key=[*heights, *level].__getitem__)
        clusters = [Cluster([], up=10.0, down=10.0) for _ in order]
        for cluster in gather([self.nodes[i] for i in inner], pairs, fed, set(), False, labels, self.stretch):
            cluster.members = [(inner[i], dx, dy) for i, dx, dy in cluster.members]
            clusters.append(cluster)
        owner = {i: c for c, cluster in enumerate(clusters) for i, _, _ in cluster.members}
        owner |= {i: order.index(c) for c, i in enumerate(self.anchors)}
        drawn = {*self.direct, *(k for k, (u, v, _) in enumerate(links) if u in after and v in after)}
        arcs = [
            Arc(owner[u], owner[v], 0, [k], False, size)
            for k, (u, v, size) in enumerate(links)
            if k in drawn and owner[u] != owner[v]
        ]
        arcs += [Arc(order.index(len(heights) + n), owner[v]) for n, v in enumerate(free)]
        return flow(clusters, self.pool, arcs, held=sorted([*heights, *level]), stretch=self.stretch)

    # rails

    def rails(self) -> list[Rail]:
        links, timed = self.links, self.period.kind
        hubs: dict[int, list[int]] = {}
        for k, (u, v, _) in enumerate(links):
            if u in self.before and v in self.places:
                hubs.setdefault(u, []).append(k)
        out = [
            Rail(u, True, [(k, links[k][1]) for k in same], True)
            for u, same in hubs.items()
            if any(links[k][1] in timed for k in same)
        ]
        out += [Rail(v, False, [(k, links[k][0]) for k in same], False) for v, same in self.gathered.items()]
        out += railway.astray(*reaching(self.period, links), links)
        for rail in out:
            sizes = [links[k][2] for k, _ in rail.ends]
            wide = max((links[k][2][0] for k, _ in rail.ends if k not in self.bare), default=0.0)
            rail.label = (wide, max(h for _, h in sizes))
        return out

    # places

    def place(self, yard: Yard) -> None:
        """x for every time step and what follows; the corridors of long edges."""
        self.plan = plan = Plan()
        steps, tail = self.steps, self.tail
        more = yard.room(0, steps.count, True, self.stretch)
        gaps = [g + m for g, m in zip(steps.gaps(self.stretch), more, strict=True)]
        present: dict[int, set[int]] = {c: set() for c in self.columns}
        for i in self.period.kind:
            present[self.nodes[i].column or 0].add(steps.rank[self.places[i].cluster])
        of_rank: list[list[int]] = [[] for _ in range(steps.count)]
        for c, r in enumerate(steps.rank):
            of_rank[r].append(c)
        extents = [(steps.left(r, of_rank[r]), steps.right(r, of_rank[r])) for r in range(steps.count)]
        middle: dict[tuple[int, int], float] = {}
        at = end = 0.0
        before = 0
        for column in self.columns:
            for n, r in enumerate(sorted(present[column])):
                left, right = extents[r]
                at += (gaps[r] + (0.0 if n else _STEP_GAP)) if middle else 0.0
                if not n and middle:
                    taken = yard.width.get((0, r, "left"), 0.0), yard.width.get((0, before, "right"), 0.0)
                    plan.starts[column] = (at - taken[0] + end + taken[1]) / 2
                self.ranges[column, r] = (at, at + left + right)
                middle[column, r] = at + left
                at += left + right
                end, before = at, r
        for i in self.period.kind:
            p = self.places[i]
            plan.centres[i] = (middle[p.column, steps.rank[p.cluster]] + p.dx, steps.y(p.cluster) + p.dy)
            plan.extents[i] = self.ranges[p.column, steps.rank[p.cluster]]
        for arc in steps.arcs:
            for link in arc.links:
                u, v, _ = self.links[link]
                start = min(self.nodes[u].column or 0, self.nodes[v].column or 0)
                way = []
                for k, bend in arc.bends:
                    further, r = divmod(steps.rank[arc.source] + k, steps.count)
                    if (start + further, r) in self.ranges:
                        way.append((*self.ranges[start + further, r], steps.layers.y[bend]))
                plan.corridors[link] = way
                if arc.flipped:
                    plan.flipped.add(link)
        more = yard.room(1, tail.count, False, self.stretch)
        self._follow(tail, yard, at, [g + m for g, m in zip(tail.gaps(self.stretch), more, strict=True)])

    def _follow(self, tail: Flow, yard: Yard, at: float, gaps: Sequence[float]) -> None:
        last, first = self.columns[-1] + 1, 1 if self.direct or self.gathered else 0
        at += sum(t for (f, r, way), t in yard.width.items() if f == 0 and way == "right" and r == self.steps.count - 1)
        for r in range(first, tail.count):
            left, right = tail.left(r), tail.right(r)
            at += gaps[r] + (_STEP_GAP if r == first else 0.0)
            self.ranges[last, r] = (at, at + left + right)
            for c, cluster in enumerate(tail.clusters):
                if tail.rank[c] == r:
                    for i, dx, dy in cluster.members:
                        self.plan.centres[i] = (at + left + dx, tail.y(c) + dy)
                        self.plan.extents[i] = self.ranges[last, r]
            at += left + right
        for arc in tail.arcs:
            for link in arc.links:
                way = [(*self.ranges[last, tail.rank[arc.source] + k], tail.layers.y[v]) for k, v in arc.bends]
                self.plan.corridors[link] = way
                if arc.flipped:
                    self.plan.flipped.add(link)

    def extent(self, place: Place) -> tuple[float, float]:
        """x from and to of the rank that a node stands in."""
        rank = (self.steps if place.flow == 0 else self.tail).rank[place.cluster]
        return self.ranges[place.column, rank]

    def boxes(self) -> list[Rect]:
        return [self.nodes[i].box(p) for i, p in self.plan.centres.items()]

    def star(self, rail: Rail) -> bool:
        """Set a shared parameter above the middle of what it feeds, or between two nodes that hang below the steps, if
        straight lines to all of it cross nothing.
        """
        fed = [self.plan.centres[n] for _, n in rail.ends]
        x = sum(p[0] for p in fed) / len(fed)
        node = self.nodes[rail.common]
        if rail.top:
            low, high = min(p[0] for p in fed), max(p[0] for p in fed)
            under = [
                b
                for b in self.boxes()
                if b[0] < max(high, x + node.right) + 20 and b[0] + b[2] > min(low, x - node.left) - 20
            ]
            y = min(b[1] for b in under) - _STAR * self.stretch - node.down
        else:
            if len(fed) != 2 or abs(fed[1][1] - fed[0][1]) > 1.0:
                return False
            wide = (x - node.left - _STAR, node.left + node.right + 2 * _STAR)
            levels = [fed[0][1] + 12.0 * k for k in range(6)]
            rects = {y: (wide[0], y - node.up, wide[1], node.up + node.down) for y in levels}
            free = [y for y in levels if not any(overlap(rects[y], b, 8.0) for b in self.boxes())]
            if not free:
                return False
            y = free[0]
            self._lower(rail, y - fed[0][1])
        self.plan.centres[rail.common] = (x, y)
        scene = Scene(self.nodes, self.plan.centres, [(u, v) for u, v, _ in self.links])
        centres = self.plan.centres
        for k, (u, v, _) in enumerate(self.links):
            near = u in centres and v in centres and abs(centres[u][1] - centres[v][1]) < 400
            if near and u != rail.common:
                line = straight(scene, u, v)
                if line is not None:
                    scene.draw(k, line[1])
        for k, n in rail.ends:
            line = straight(scene, rail.common, n)
            if line is None or scene.crossed(line[1], rail.common, n):
                del self.plan.centres[rail.common]
                return False
            scene.draw(k, line[1])
        return True

    def _lower(self, rail: Rail, dy: float) -> None:
        """Move what the rail leads to, with all that hangs below, down in every time step: so its lines are level."""
        hung = [self.places[n] for _, n in rail.ends]
        for i, p in self.places.items():
            if any((p.flow, p.cluster) == (q.flow, q.cluster) and p.dy >= q.dy for q in hung):
                self.plan.centres[i] = (self.plan.centres[i][0], self.plan.centres[i][1] + dy)

    def finish(self, yard: Yard) -> Plan:
        """Heights for the rails, places for what stands at their ends, and their routes."""
        tracks = Tracks(yard, self.nodes, self.plan.centres, self.places, self.extent, self.stretch)
        if self.few:
            tracks.on_rails()
        else:
            tracks.at_left()
        self.plan.rails = tracks.routes()
        for rail in yard.rails:
            if len(rail.ends) > 1:
                self.plan.own |= dict.fromkeys((k for k, _ in rail.ends), -1 if rail.outward else 0)
            elif not rail.hub:
                self.plan.swings[rail.ends[0][0]] = self._beyond(rail.common, rail.ends[0][1], rail.top)
        self._lead_in()
        return self.plan

    def _beyond(self, a: int, b: int, top: bool) -> float:
        """The height above or below all that stands between two nodes."""
        low, high = sorted((self.plan.centres[a][0], self.plan.centres[b][0]))
        boxes = [self.nodes[i].box(self.plan.centres[i]) for i in self.places if i not in (a, b)]
        between = [(y, y + h) for x, y, w, h in boxes if x + w > low and x < high]
        between += [(self.plan.centres[i][1],) * 2 for i in (a, b)]
        return min(y for y, _ in between) - _SWING if top else max(y for _, y in between) + _SWING

    def _lead_in(self) -> None:
        """What leads to the parameters and states that the time steps start from stands left of all that."""
        rest = sorted(i for i in self.before if i not in self.plan.centres)
        if not rest:
            return
        local = {i: k for k, i in enumerate(rest)}
        inner = [(local[u], local[v], size) for u, v, size in self.links if u in local and v in local]
        part = feed_forward([self.nodes[i] for i in rest], inner, self.stretch)
        extent = around([self.nodes[rest[k]].box(p) for k, p in part.centres.items()])
        bounds = around(self.boxes())
        fed = [self.plan.centres[v][1] for u, v, _ in self.links if u in local and v in self.plan.centres]
        dx = bounds[0] - 80.0 - extent[0] - extent[2]
        dy = (sum(fed) / len(fed) if fed else bounds[1]) - extent[1] - extent[3] / 2
        for k, (x, y) in part.centres.items():
            self.plan.centres[rest[k]] = (x + dx, y + dy)

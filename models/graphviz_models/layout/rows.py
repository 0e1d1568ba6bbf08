"""Feed-forward graphs: ranks as columns from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphviz_models.layout.clearance import clear
from graphviz_models.layout.flow import Arc, Corridor, flow
from graphviz_models.layout.nodes import Node
from graphviz_models.layout.parts import Point
from graphviz_models.layout.satellites import TARGETS, gather

Ends = tuple[int, int, tuple[float, float]]  # source, target, size of the label


@dataclass(slots=True)
class Plan:
    """Where the nodes stand, and what the edges keep to.

    `corridors` are the stretches (x from, x to, y), left to right, in which a long link passes the ranks on its way; a
    link in `flipped` runs leftwards. `rails` are routes that are fixed already; one in `swings` may be an arc instead
    that reaches that height. `own` says at which end (0 or -1) a link on a rail runs alone. `starts` is where each time
    step begins, `extents` x from and to of the rank that a node stands in: what runs between two ranks meets no box.
    `dense`: layers are joined by many links.
    """

    centres: dict[int, Point] = field(default_factory=dict)
    corridors: dict[int, list[Corridor]] = field(default_factory=dict)
    flipped: set[int] = field(default_factory=set)
    rails: dict[int, list[Point]] = field(default_factory=dict)
    swings: dict[int, float] = field(default_factory=dict)
    own: dict[int, int] = field(default_factory=dict)
    starts: dict[int, float] = field(default_factory=dict)
    extents: dict[int, tuple[float, float]] = field(default_factory=dict)
    dense: bool = False


def arcs_between(links: Sequence[Ends], owner: dict[int, int], numbers: Sequence[int]) -> list[Arc]:
    """One arc for every link between two different clusters."""
    arcs = []
    for k in numbers:
        u, v, label = links[k]
        a, b = owner[u], owner[v]
        if a != b:
            arcs.append(Arc(a, b, 0, [k], False, label))
    return arcs


def feed_forward(nodes: Sequence[Node], links: Sequence[Ends], stretch: float = 1.0, together: bool = False) -> Plan:
    """Layers as columns, each parameter above what it feeds, inputs left, later ones below, targets below the loss."""
    plan = Plan()
    if not nodes:
        return plan
    labels = {(u, v): label for u, v, label in links}
    pairs = [(u, v, 0) for u, v, _ in links if u != v]
    clusters = gather(nodes, pairs, set(), set(), False, labels, stretch)
    owner = {i: k for k, c in enumerate(clusters) for i, _, _ in c.members}
    arcs = arcs_between(links, owner, range(len(links)))
    _face(arcs, [nodes[c.main].role if len(c.members) == 1 else "" for c in clusters])
    drawn = flow(clusters, nodes, arcs, stretch=stretch)
    plan.dense = drawn.dense
    drawn.together = together
    lefts, rights, x = [], [], []
    at = 0.0
    by_rank: list[list[int]] = [[] for _ in range(drawn.count)]
    for c in range(len(clusters)):
        by_rank[drawn.rank[c]].append(c)
    gaps = clear(drawn, by_rank, stretch)
    for r in range(drawn.count):
        left, right = drawn.left(r, by_rank[r]), drawn.right(r, by_rank[r])
        at += (gaps[r] if r else 0.0) + left
        x.append(at)
        lefts.append(at - left)
        rights.append(at + right)
        at += right
    for k, cluster in enumerate(drawn.clusters):
        r, y = drawn.rank[k], drawn.y(k)
        for i, dx, dy in cluster.members:
            plan.centres[i] = (x[r] + dx, y + dy)
            plan.extents[i] = (lefts[r], rights[r])
    for arc in arcs:
        start = drawn.rank[arc.source]
        way = [(lefts[start + k], rights[start + k], drawn.layers.y[v]) for k, v in arc.bends]
        for link in arc.links:
            plan.corridors[link] = way
            if arc.flipped:
                plan.flipped.add(link)
    return plan


def _face(arcs: Sequence[Arc], roles: Sequence[str]) -> None:
    """Turn the arcs from many targets to the loss round: so the targets stand on its other side, face to face with the
    outputs that they are compared with.
    """
    into: dict[int, list[Arc]] = {}
    outward: dict[int, list[Arc]] = {}
    for arc in arcs:
        into.setdefault(arc.target, []).append(arc)
        outward.setdefault(arc.source, []).append(arc)
    for loss, several in into.items():
        leaves = [a for a in several if roles[a.source] == "target" and a.source not in into]
        leaves = [a for a in leaves if len(outward[a.source]) == 1]
        if loss not in outward and TARGETS < len(leaves) < len(several):
            for arc in leaves:
                arc.source, arc.target, arc.flipped = arc.target, arc.source, True

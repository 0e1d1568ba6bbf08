"""Clearance: room for straight lines between two ranks, past what stands above and below the nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graphviz_models.layout.flow import CROWD, Arc, Flow
from graphviz_models.layout.lines import straight
from graphviz_models.layout.nodes import Cluster
from graphviz_models.layout.parts import Point
from graphviz_models.layout.scene import Scene

_WIDER = (0.0, 30.0, 60.0, 90.0, 120.0, 150.0, 180.0, 240.0, 300.0)  # gaps, tried in turn for straight lines
_SHUT = 1000.0  # what a line that cannot be straight costs, in points of width
_WORTH = 100.0  # what has to be saved for parameters to stand below: the usual place is above
_SEVERAL = 40  # links between two ranks, beyond which they are wide anyway

Lines = list[tuple[int, int]]  # the ends of each, from left to right
Rows = Sequence[Sequence[int]]  # the clusters of every rank


def clear(drawn: Flow, rows: Rows, stretch: float) -> list[float]:
    """The gap before each rank: as wide as straight lines past satellites need it.

    Where that is much, or not enough, or what passes a rank cannot be straight, the lower ones of several nodes in it
    have below what all of them have above.
    """
    wide, costs = _gaps(drawn, rows, stretch)
    over = _over(drawn, rows)
    spent = [_spent(drawn, rows, r, wide, costs, over.get(r, ())) for r in range(len(rows))]
    low: dict[int, list[int]] = {}
    other: dict[int, Cluster] = {}
    for r, row in enumerate(rows):
        if spent[r] > _WORTH:
            hung = {c: turned for c in row if (turned := drawn.clusters[c].hung) is not None}
            alike = sorted(hung, key=drawn.y)
            low[r] = alike[(len(alike) + (r not in over)) // 2 :]
            other |= {c: hung[c]() for c in low[r]}
    while any(low.values()):
        _exchange(drawn, low, other)
        wider, less = _gaps(drawn, rows, stretch)
        better = {
            r: several
            for r, several in low.items()
            if spent[r] - _spent(drawn, rows, r, wider, less, over.get(r, ())) > _WORTH
        }
        if better == low:
            return wider
        _exchange(drawn, low, other)
        low = better
    return wide


def _spent(
    drawn: Flow, rows: Rows, r: int, wide: Sequence[float], costs: Sequence[float], over: Iterable[Arc]
) -> float:
    """What the gaps before and behind a rank cost, and the arcs that pass `over` it."""
    spent = sum(costs[r : r + 2])
    for arc in over:
        first, last = drawn.rank[arc.source], drawn.rank[arc.target]
        spent += _SHUT * _shut(drawn, rows, first, wide[first + 1 : last + 1], [_ends(drawn, arc)])
    return spent


def _over(drawn: Flow, rows: Rows) -> dict[int, list[Arc]]:
    """By ranks the arcs that pass them, and would run through what nodes have above them."""
    out: dict[int, list[Arc]] = {}
    towers = [[c for c in row if drawn.clusters[c].hung is not None] for row in rows]
    for arc in drawn.arcs if any(towers) and len(drawn.arcs) <= CROWD else ():
        first, y = drawn.rank[arc.source], drawn.y(arc.source)
        slope = (drawn.y(arc.target) - y) / (len(arc.bends) + 1)
        for k, _ in arc.bends:
            for c in towers[first + k]:
                height = drawn.y(c) - y - slope * k
                if drawn.nodes[drawn.clusters[c].main].up < height < drawn.clusters[c].up:
                    out.setdefault(first + k, []).append(arc)
    return out


def _exchange(drawn: Flow, low: Mapping[int, Sequence[int]], other: dict[int, Cluster]) -> None:
    """Let clusters change places with others of the same nodes."""
    for c in (c for several in low.values() for c in several):
        before = drawn.clusters[c]
        drawn.replace(c, other[c])
        other[c] = before
    drawn.settle()


def _gaps(drawn: Flow, rows: Rows, stretch: float) -> tuple[list[float], list[float]]:
    """The gap before each rank, and what is added to it for straight lines; where some cannot be, what they cost."""
    wide = drawn.gaps(stretch)
    costs = [0.0] * len(wide)
    for r, lines in _steep(drawn, rows).items():
        for wider in _WIDER:
            costs[r] = wider + _SHUT * _shut(drawn, rows, r - 1, [wide[r] + wider], lines)
            if costs[r] == wider:
                wide[r] += wider
                break
    return wide, costs


def _steep(drawn: Flow, rows: Rows) -> dict[int, Lines]:
    """The lines before each rank between whose ends' heights satellites stand."""
    between: dict[int, list[Arc]] = {}
    for arc in drawn.arcs:
        r = drawn.rank[arc.target]
        if len(arc.links) == 1 and drawn.rank[arc.source] == r - 1:
            between.setdefault(r, []).append(arc)
    out: dict[int, Lines] = {}
    for r, several in between.items():
        columns = [*rows[r - 1], *rows[r]]
        others = [drawn.y(c) + dy for c in columns for _, _, dy in drawn.clusters[c].members[1:]]
        if others and len(several) <= _SEVERAL:
            steep = [a for a in several if any((drawn.y(a.source) < y) != (drawn.y(a.target) < y) for y in others)]
            if steep:
                out[r] = [_ends(drawn, a) for a in steep]
    return out


def _ends(drawn: Flow, arc: Arc) -> tuple[int, int]:
    return drawn.clusters[arc.source].main, drawn.clusters[arc.target].main


def _shut(drawn: Flow, rows: Rows, first: int, gaps: Iterable[float], lines: Lines) -> int:
    """How many lines cannot be straight between or past the ranks that have these gaps between them."""
    centres: dict[int, Point] = {}
    x, ranks = 0.0, range(first, len(rows))
    for r, gap in zip(ranks, (0.0, *gaps), strict=False):
        x += gap + drawn.left(r, rows[r])
        for c in rows[r]:
            centres |= {i: (x + dx, drawn.y(c) + dy) for i, dx, dy in drawn.clusters[c].members}
        x += drawn.right(r, rows[r])
    scene = Scene(drawn.nodes, centres, ())
    return sum(straight(scene, u, v) is None for u, v in lines)

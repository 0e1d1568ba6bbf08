"""Periods: which nodes of the time steps are the same node of different steps, and which edges return at every step."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from graphviz_models.layout.nodes import Node
from graphviz_models.layout.parts import Item
from graphviz_models.layout.rows import Ends

_NUMBER = re.compile(r"(-?\d+)")
_FARTHEST = 2  # an edge that spans more time steps than this one is drawn on a rail


@dataclass(slots=True)
class Period:
    """One time step that stands for all: `nodes` of the step, each with its greatest size, and what returns.

    `kind` is the number in `nodes` of every node that has a time step, `at` the node of a (column, kind). `edges` maps
    (source, target, lag) to the links that are drawn along it.
    """

    nodes: list[Node] = field(default_factory=list)
    kind: dict[int, int] = field(default_factory=dict)
    at: dict[tuple[int, int], int] = field(default_factory=dict)
    columns: list[int] = field(default_factory=list)
    edges: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)
    stray: list[int] = field(default_factory=list)  # links between time steps that do not return


def kinds(items: Sequence[Item]) -> list[str | None]:
    """For every item with a time step what it has in common with those of other steps: h[3] and h[4] of the steps 3 and
    4 are one kind, the name with its number written as the distance from the step.

    Of several numbers that may be the one meant it is the one by which most items find their like.
    """
    names: list[list[str]] = []
    for item in items:
        if item.column is None:
            names.append([])
        elif item.kind is not None:
            names.append([item.kind])
        else:
            parts = _NUMBER.split(item.id)
            found = [item.id]
            for k in range(len(parts) - 2, 0, -2):
                found.insert(0, f"{''.join(parts[:k])}\0{int(parts[k]) - item.column}{''.join(parts[k + 1 :])}")
            names.append(found)
    several = any(len(found) > 2 for found in names)
    count = Counter(chain.from_iterable(names)) if several else Counter[str]()
    out: list[str | None] = []
    taken: set[tuple[int | None, str]] = set()
    for item, found in zip(items, names, strict=True):
        if not found:
            out.append(None)
            continue
        name = found[0] if len(found) == 2 else max(found, key=count.__getitem__)
        if (item.column, name) in taken:
            name = item.id
        taken.add((item.column, name))
        out.append(name)
    return out


def period(nodes: Sequence[Node], links: Sequence[tuple[int, int, tuple[float, float]]]) -> Period:
    """Find what the time steps of nodes have in common, by their kinds."""
    out = Period(columns=sorted({n.column for n in nodes if n.column is not None}))
    members: dict[str, list[int]] = defaultdict(list)
    for i, n in enumerate(nodes):
        if n.column is not None:
            members[n.kind if n.kind is not None else n.id].append(i)
    for same in members.values():
        kind = len(out.nodes)
        out.nodes.append(_largest([nodes[i] for i in same]))
        for i in same:
            out.kind[i] = kind
            column = nodes[i].column
            if column is not None:
                out.at[column, kind] = i
    found: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for k, (u, v, _) in enumerate(links):
        a, b = nodes[u].column, nodes[v].column
        if a is not None and b is not None and u != v:
            found[out.kind[u], out.kind[v], b - a].append(k)
    for (i, j, lag), same_links in found.items():
        regular = lag == 0
        if lag and -1 <= lag <= _FARTHEST:
            possible = sum(1 for c in out.columns if (c, i) in out.at and (c + lag, j) in out.at)
            regular = 2 * len(same_links) >= possible
        if regular:
            out.edges[i, j, lag] = same_links
        else:
            out.stray += same_links
    return out


def _largest(same: Sequence[Node]) -> Node:
    middle = same[len(same) // 2]
    size = (middle.w, middle.h, middle.left, middle.right, middle.up, middle.down)
    if all((n.w, n.h, n.left, n.right, n.up, n.down) == size for n in same):
        return middle
    notes = [n.note for n in same if n.note is not None]
    return replace(
        middle,
        w=max(n.w for n in same),
        h=max(n.h for n in same),
        left=max(n.left for n in same),
        right=max(n.right for n in same),
        up=max(n.up for n in same),
        down=max(n.down for n in same),
        strips=max((n.strips for n in same), key=lambda s: sum(w * h for _, _, w, h in s)),
        note=(max(w for w, _ in notes), max(h for _, h in notes)) if notes else None,
    )


def adopted(nodes: Sequence[Node], links: Sequence[Ends]) -> list[Node]:
    """What feeds one time step only, and is fed by nothing, belongs to that step."""
    fed = {v for _, v, _ in links}
    feeds: dict[int, list[int]] = {}
    for u, v, _ in links:
        feeds.setdefault(u, []).append(v)
    out = list(nodes)
    for i, targets in feeds.items():
        column = nodes[targets[0]].column
        if nodes[i].column is None and i not in fed and len(targets) == 1 and column is not None:
            out[i] = replace(nodes[i], column=column)
    return out


def reaching(times: Period, links: Sequence[Ends]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """What reaches past the next time step: by source where there are several of one, the others by target."""
    sources: dict[int, list[int]] = {}
    targets: dict[int, list[int]] = {}
    for k in times.stray:
        sources.setdefault(links[k][0], []).append(k)
    for same in sources.values():
        if len(same) == 1:
            targets.setdefault(links[same[0]][1], []).append(same[0])
    return {u: same for u, same in sources.items() if len(same) > 1}, targets

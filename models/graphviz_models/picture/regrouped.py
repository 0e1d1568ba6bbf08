"""Regrouped plans: laid out anew around the boxes of folds whose nodes do not stand together, or make uneven boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from graphviz_models.fold import Fold, View, alike, clocks, folds
from graphviz_models.layout import Item, Link, arrange
from graphviz_models.program import Program

from .body import Body
from .foldbox import Folded, box_body, filled, least_size
from .frames import groups_around, named
from .geometry import Rect
from .lines import size, stacked
from .places import CLEAR, Course, Plan, framed
from .regions import Region
from .room import settle
from .show import Show

_UNEVEN = 1.3  # how much longer one of several like boxes may be

Edge = tuple[str, str]


def scattered(base: Plan, one: Region, room: Rect) -> bool:
    """Whether some nodes of a fold do not stand in its room."""
    return any(
        not (room[0] - 1 <= x and x + body.width <= room[0] + room[2] + 1)
        or not (room[1] - 1 <= y and y + body.height <= room[1] + room[3] + 1)
        for node in one.hidden
        for (x, y), body in [(base.corners[node], base.bodies[node])]
    )


def uneven(program: Program, regions: Iterable[Region], rooms: Mapping[str, Rect], axis: int) -> bool:
    """Whether folds that are alike in all steps, none of which is left open, have come out as boxes of several lengths.

    Beside an open step nothing is laid out anew: what is not folded stays where it is.
    """
    kind = alike(program)
    lengths: dict[str, list[float]] = {}
    closed: dict[str, set[str]] = {}
    for one in regions:
        lengths.setdefault(_like(one, kind), []).append(rooms[one.fold.id][axis + 2])
        closed.setdefault(_family(one.fold), set()).add(one.fold.id)
    there: dict[str, set[str]] = {}
    for fold in folds(program):
        there.setdefault(_family(fold), set()).add(fold.id)
    if any(several < there[family] for family, several in closed.items() if family in there):
        return False
    return any(max(several) > _UNEVEN * min(several) for several in lengths.values())


def _family(fold: Fold) -> str:
    """What there may be several folds of: the time steps, the calls of a function."""
    return f"{fold.kind} {fold.id.rpartition('#')[0]}"


def _like(one: Region, kind: Mapping[str, str]) -> str:
    """What a fold has in common with those of other steps."""
    if one.fold.kind != "group":
        return one.fold.kind
    node = one.fold.members[0]
    return f"{kind[node]} folded" if node in kind else one.fold.id


def regrouped_plan(
    base: Plan,
    program: Program,
    seen: View,
    regions: Sequence[Region],
    edges: Mapping[Edge, tuple[Edge, ...]],
    show: Show,
    direction: str,
) -> Plan:
    """The plan with the boxes of folds as nodes among the others; `edges` are those of the program by their boxes."""
    contents = {one.fold.id: _content(one, base) for one in regions}
    bodies: dict[str, Body] = {}
    for name, body in base.bodies.items():
        box = seen.box(name)
        if box in contents:
            bodies.setdefault(box, contents[box][0])
        else:
            bodies[name] = body
    column, kind = clocks(program), alike(program)
    first = {one.fold.id: one.fold.members[0] for one in regions}
    kind |= {one.fold.id: _like(one, kind) for one in regions}
    items = []
    for order, (name, one) in enumerate(bodies.items()):
        node = first.get(name, name)
        note = None if one.below is None else (one.below[0] + 2 * CLEAR, one.below[1] + 2 * CLEAR)
        role = "activation" if name in first else one.role
        like, nose = kind.get(name), one.nose
        items.append(Item(name, one.width, one.height, role, column[node], None, order, None, note, like, nose))
    lines = {(one.source, one.target): one.lines for one in base.courses}
    drawn = {ends: pairs for ends, pairs in edges.items() if ends[0] != ends[1] and bodies.keys() >= set(ends)}
    labels = {ends: lines.get(ends, ()) for ends in drawn}
    links = [Link(a, b, size(said) if (said := labels[a, b]) else None, f"{a}→{b}") for a, b in drawn]
    shapes = {name: one.rim for name, one in bodies.items()}
    laid = arrange(items, links, direction=direction, shapes=shapes, snug=show.locals != "off")
    beside = {
        name: (laid.notes[name][0] + CLEAR, laid.notes[name][1] + CLEAR, *one.below)
        for name, one in bodies.items()
        if one.below is not None
    }
    rects = [(*laid.boxes[name], one.width, one.height) for name, one in bodies.items()]
    placed = {}
    for (a, b), said in labels.items():
        key = f"{a}→{b}"
        spot = (*laid.labels[key], *size(said)) if said else None
        placed[key] = stacked(said, spot, laid.routes[key])
    crossed_notes, placed_lines, crossed = settle(rects, laid.routes.values(), beside, placed)
    ends = Counter((b, *map(round, laid.routes[f"{a}→{b}"][-1])) for a, b in drawn)
    courses = []
    for (a, b), pairs in drawn.items():
        key = f"{a}→{b}"
        route = laid.routes[key]
        merges = ends[b, round(route[-1][0]), round(route[-1][1])] > 1
        merged = () if pairs == ((a, b),) else pairs
        courses.append(Course(key, a, b, route, placed_lines[key], merges, key in crossed, merged))
    corners = dict(laid.boxes)
    groups = groups_around(program, bodies, corners, beside)
    made = Plan(
        bodies, corners, beside, frozenset(crossed_notes), tuple(courses), groups, 0.0, 0.0, aspect=base.aspect,
        folded={key: content for key, (_, content) in contents.items()},
    )  # fmt: skip
    return framed(named(made, program, direction), show)


def _content(one: Region, base: Plan) -> tuple[Body, Folded]:
    """The box of a fold, as small as it can be, and what is in it: what leaves it, in the order that it stood in."""
    wanted = least_size(one.fold, one.leaving)
    middles = [(body, base.corners[body.node][1]) for body in one.leaving]
    lowest = min((at for _, at in middles), default=0.0)
    content = filled(one.fold, wanted, [(body, at - lowest) for body, at in middles])
    return box_body(one.fold, wanted, content.title), content

"""The plan of a picture: where everything has its place, for all steps of all traces of one program alike.

A plan depends on the program's structure, its letters and what is shown, never on a value or a step: nothing jumps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from graphviz_models.formula import text
from graphviz_models.layout import Item, Link, arrange
from graphviz_models.notation import Notation
from graphviz_models.problem import Problem, Problems
from graphviz_models.program import Program

from .body import Body, body
from .columns import columns
from .geometry import Rect, bounds
from .legend import Placed, placed
from .lines import MANY, Line, local_lines, size, stacked, terms, weight_lines
from .marks import Point
from .room import settle
from .show import Show
from .signals import samples, signals
from .weights import Weight, weights

MARGIN = 24.0
CLEAR = 2.0  # around what stands beside a body
TITLE = 18.0  # font size
LEGEND_ROW, LEGEND_WORDS = 24.0, 12.0
MOST_BOXES = 5000
SCREEN = 1.85  # width to height of a canvas between its panels, and of a screen above a line of text
ASPECTS = (0.9, 0.5, 1.6)  # of boxes
_MANY = 200  # boxes, beyond which only the first is tried


@dataclass(frozen=True, slots=True)
class Course:
    """An edge: its route from rim to rim and the lines of its label.

    `merges`: it shares its end with other edges, so that its dashes have to be counted from there to fall on theirs.
    `crossed`: its label lies on something and needs a plate.
    """

    id: str
    source: str
    target: str
    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    merges: bool = False
    crossed: bool = False


@dataclass(frozen=True, eq=False)
class Plan:
    """All places of a picture: bodies, their top left corners, what stands beside them, courses, groups, the size."""

    bodies: Mapping[str, Body]
    corners: Mapping[str, Point]
    beside: Mapping[str, Rect]
    crossed: frozenset[str]  # the nodes for which that lies on something and needs a plate
    courses: tuple[Course, ...]
    groups: Mapping[str, Rect]
    width: float
    height: float
    title: Point | None = None
    legend: Rect | None = None
    legend_entries: Placed | None = None
    shift: Point = (0.0, 0.0)  # from the layout's coordinates to those of the picture
    aspect: float = 1.0  # width to height that boxes of arrays come near to
    origin: Point = (0.0, 0.0)  # what of it makes room for nodes that are pinned further left or up than all others


def plan(
    program: Program, notation: Notation, show: Show, digits: int, direction: str, pinned: Mapping[str, Point]
) -> Plan:
    """The plan, from the cache where the same structure has been laid out before.

    Raises Problems where there are more than 5,000 boxes.
    """
    letters = _LETTERS.get(notation)
    if letters is None:
        letters = _LETTERS[notation] = (
            tuple(notation.symbols.items()), tuple(notation.deltas.items()), notation.asked,
        )  # fmt: skip
    structure = _STRUCTURES.get(program)
    if structure is None:
        structure = _STRUCTURES[program] = _Structure(program)
    asked = _Asked(structure, (letters, show, digits, direction, tuple(sorted(pinned.items()))))
    found = _PLANS.get(asked)
    if found is None:
        base = plan(program, notation, show, digits, direction, {}) if pinned else None
        found = _build(program, notation, show, digits, direction, pinned, base)
        while len(_PLANS) >= 64:
            del _PLANS[next(iter(_PLANS))]
        _PLANS[asked] = found
    return found


class _Structure:
    """What of a program a layout depends on, with its hash computed once."""

    __slots__ = ("__weakref__", "hash", "parts")

    def __init__(self, program: Program) -> None:
        given = tuple((one.name, one.role, one.value.shape, one.integer) for one in program.given.values())
        equations = tuple((one.name, one.rhs, one.rhs.shape, one.groups, one.loop) for one in program.equations)
        self.parts = (program.level, program.loss, given, equations)
        self.hash = hash(self.parts)

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, _Structure) and self.hash == other.hash and self.parts == other.parts
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    structure: _Structure
    rest: Hashable


_LETTERS: WeakKeyDictionary[Notation, Hashable] = WeakKeyDictionary()
_STRUCTURES: WeakKeyDictionary[Program, _Structure] = WeakKeyDictionary()
_PLANS: dict[_Asked, Plan] = {}


def _build(
    program: Program,
    notation: Notation,
    show: Show,
    digits: int,
    direction: str,
    pinned: Mapping[str, Point],
    base: Plan | None,
) -> Plan:
    """The plan that is the largest on a screen, of those for boxes of several proportions; pinned, as its base is."""
    if base is not None:
        return _laid(program, notation, show, digits, direction, pinned, base, base.aspect)
    plans: list[Plan] = []
    for aspect in ASPECTS:
        plans.append(_laid(program, notation, show, digits, direction, pinned, base, aspect))
        if len(plans[0].bodies) > _MANY or not any(one.letter for one in plans[0].bodies.values()):
            break
    return min(plans, key=lambda one: max(one.width, SCREEN * one.height))


def _laid(
    program: Program,
    notation: Notation,
    show: Show,
    digits: int,
    direction: str,
    pinned: Mapping[str, Point],
    base: Plan | None,
    aspect: float,
) -> Plan:
    carried = weights(program)
    drawn = [name for name in program.names if name not in carried]
    if len(drawn) > MOST_BOXES:
        raise Problems(
            Problem(
                1,
                1,
                f"the picture would have {len(drawn):,} boxes, more than {MOST_BOXES:,}: fold groups or time steps, "
                "choose the level variables, or make the model smaller",
            )
        )
    rows, stems = samples(program), signals(program)
    bodies = {
        name: body(program, notation, name, show, digits, program.shape(name)[-1:] in rows, name in stems, aspect)
        for name in drawn
    }
    step = columns(program)
    items = [_item(bodies[name], step[name], _group(program, name), order) for order, name in enumerate(drawn)]
    labels, links = _links(program, notation, show, digits, carried, bodies)
    right, down = base.shift if base is not None else (0.0, 0.0)
    held = {name: (x - right, y - down) for name, (x, y) in pinned.items() if name in bodies}
    shapes = {name: one.rim for name, one in bodies.items()}
    laid = arrange(items, links, direction=direction, pinned=held, shapes=shapes)
    corners = dict(laid.boxes)
    routes = laid.routes
    spots = {key: (*laid.labels[key], *size(lines)) for key, lines in labels.items() if lines and key in laid.labels}
    beside = {
        name: (x + CLEAR, y + CLEAR, *one.below)
        for name, one in bodies.items()
        if one.below is not None
        for x, y in [laid.notes[name]]
    }
    rects = [(*corners[name], one.width, one.height) for name, one in bodies.items()]
    placed = {key: stacked(lines, spots.get(key)) for key, lines in labels.items()}
    crossed_notes, lines, crossed = settle(rects, routes.values(), beside, placed)
    ends = Counter((link.target, *map(round, routes[link.key][-1])) for link in links)
    courses = tuple(
        Course(
            link.key,
            link.source,
            link.target,
            routes[link.key],
            lines[link.key],
            ends[link.target, *map(round, routes[link.key][-1])] > 1,
            link.key in crossed,
        )
        for link in links
    )
    header = text(show.title, TITLE).height + 14 if show.title else 0.0
    fixed = None
    if base is not None and held:  # the layout may have moved everything; what is pinned stays where it was put
        name, (x, y) = next(iter(held.items()))
        fixed = right + x - corners[name][0], down + y - corners[name][1]
    groups = _groups(program, bodies, corners, beside)
    return _framed(
        _shifted(
            Plan(bodies, corners, beside, frozenset(crossed_notes), courses, groups, 0.0, 0.0, aspect=aspect),
            header,
            fixed,
        ),
        show,
    )


def _item(one: Body, column: int | None, group: str | None, order: int) -> Item:
    note = None if one.below is None else (one.below[0] + 2 * CLEAR, one.below[1] + 2 * CLEAR)
    return Item(one.node, one.width, one.height, one.role, column, group, order, None, note)


def _links(
    program: Program,
    notation: Notation,
    show: Show,
    digits: int,
    carried: Mapping[str, Weight],
    bodies: Mapping[str, Body],
) -> tuple[dict[str, list[Line]], list[Link]]:
    """Every edge as a link, and the lines of its label by the link's key."""
    flows = terms(program) if show.locals != "off" else {}
    borne = {(one.source, one.target): one for one in carried.values()}
    layers = Counter(program.given[name].origin for name in carried)
    labels: dict[str, list[Line]] = {}
    links = []
    for equation in program.equations:
        for read in equation.reads:
            if read not in bodies:
                continue
            key, edge = f"{read}→{equation.name}", (read, equation.name)
            labels[key] = []
            flow = local_lines(notation, *flows[edge], show, digits) if edge in flows else []
            if edge in borne:  # the weight is the local derivative, or a factor of it
                many = layers[program.given[borne[edge].parameter].origin] > MANY
                labels[key] += weight_lines(notation, borne[edge], show, digits, many)
                flow = [] if many else [one for one in flow if one.kind == "product"]
            labels[key] += flow
            links.append(Link(read, equation.name, size(labels[key]) if labels[key] else None, key))
    return labels, links


def _group(program: Program, name: str) -> str | None:
    equation = program.equation.get(name)
    return equation.groups[0] if equation is not None and equation.groups else None


def _groups(
    program: Program, bodies: Mapping[str, Body], corners: Mapping[str, Point], beside: Mapping[str, Rect]
) -> dict[str, Rect]:
    """A rectangle around each called group of two nodes or more, where no stranger lies in it."""
    members: dict[str, list[str]] = {}
    for equation in program.equations:
        if equation.groups and equation.name in bodies:
            members.setdefault(equation.groups[0], []).append(equation.name)
    middles = {name: (x + bodies[name].width / 2, y + bodies[name].height / 2) for name, (x, y) in corners.items()}
    found = {}
    for group, names in members.items():
        points = [point for name in names for point in _extent(name, bodies, corners, beside)]
        left, top, width, height = bounds(points)
        around = (left - 10, top - 10, width + 20, height + 20)
        inside = {
            name
            for name, (x, y) in middles.items()
            if around[0] < x < around[0] + around[2] and around[1] < y < around[1] + around[3]
        }
        if len(names) > 1 and inside <= set(names):
            found[group] = around
    return found


def _extent(
    name: str, bodies: Mapping[str, Body], corners: Mapping[str, Point], beside: Mapping[str, Rect]
) -> list[Point]:
    (x, y), one = corners[name], bodies[name]
    points = [(x, y), (x + one.width, y + one.height)]
    if name in beside:
        left, top, width, height = beside[name]
        points += [(left, top), (left + width, top + height)]
    return points


def _framed(laid: Plan, show: Show) -> Plan:
    """The plan with room for the title above the graph and the legend below it."""
    title = legend = None
    entries: Placed | None = None
    width, height = laid.width, laid.height
    if show.title:
        title, width = (MARGIN, MARGIN), max(width, text(show.title, TITLE).width + 2 * MARGIN)
    if show.legend:
        entries = placed(laid.bodies, width - 2 * MARGIN)
        legend = (MARGIN, height - MARGIN + 18, entries.width, entries.height)
        width, height = max(width, entries.width + 2 * MARGIN), height + legend[3] + 18
    return replace(laid, width=width, height=height, title=title, legend=legend, legend_entries=entries)


def _shifted(laid: Plan, header: float, fixed: Point | None) -> Plan:
    """The plan with everything MARGIN from the edges of the picture, and `header` points free above.

    `fixed` is the shift that pinned nodes ask for; it grows only where something would lie outside.
    """
    points = [point for name in laid.bodies for point in _extent(name, laid.bodies, laid.corners, laid.beside)]
    points += [point for course in laid.courses for point in course.points]
    rects = [line.place for course in laid.courses for line in course.lines] + list(laid.groups.values())
    points += [corner for x, y, width, height in rects for corner in ((x, y), (x + width, y + height))]
    left, top, width, height = bounds(points) if points else (0.0, 0.0, 0.0, 0.0)
    least = MARGIN - left, MARGIN + header - top
    right, down = least if fixed is None else (max(fixed[0], least[0]), max(fixed[1], least[1]))
    origin = (0.0, 0.0) if fixed is None else (right - fixed[0], down - fixed[1])

    def moved(rect: Rect) -> Rect:
        return rect[0] + right, rect[1] + down, rect[2], rect[3]

    courses = [
        replace(
            one,
            points=tuple((x + right, y + down) for x, y in one.points),
            lines=tuple(replace(line, place=moved(line.place)) for line in one.lines),
        )
        for one in laid.courses
    ]
    return replace(
        laid,
        corners={name: (x + right, y + down) for name, (x, y) in laid.corners.items()},
        beside={name: moved(rect) for name, rect in laid.beside.items()},
        courses=tuple(courses),
        groups={group: moved(rect) for group, rect in laid.groups.items()},
        width=left + width + right + MARGIN,
        height=top + height + down + MARGIN,
        shift=(right, down),
        origin=origin,
    )

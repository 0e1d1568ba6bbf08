"""The cyclic graph: a recurrence folded into one column, its states handed on by delays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graphviz_models.fold import Fold, Recurrence, Slot, View
from graphviz_models.formula import typeset
from graphviz_models.layout import Item, Layout, Link, arrange
from graphviz_models.layout.nodes import node as shaped
from graphviz_models.layout.scene import Scene
from graphviz_models.notation import Notation
from graphviz_models.program import Program

from .body import SYMBOL, Body, Written, body, signed
from .cyclebox import Cyclic, Delay, delay_body, slot_body, slot_sign, slot_symbol, sum_sign
from .cycleplate import leads_back, on_plate
from .foldbox import Folded, box_body, filled, least_size
from .loops import loops
from .marks import Point
from .places import CLEAR, Course, Plan, framed
from .rerouting import rerouted
from .room import settle
from .show import Show
from .signals import samples, signals
from .weights import settled, weights

_MEMBERS = 6  # of a slot, whose bodies are measured
_FEW = 80  # edges: in larger graphs an edge crosses others whichever way it runs

Edge = tuple[str, str]


@dataclass(frozen=True, eq=False)
class _Graph:
    """The boxes of a cyclic graph in the order of the program, its edges with those of the program, what hands on.

    `back` are those edges that end at a delay and come from what the recurrence computes.
    """

    keys: tuple[str, ...]
    edges: Mapping[Edge, tuple[Edge, ...]]
    slots: Mapping[str, Slot]
    delays: Mapping[str, Delay]
    back: frozenset[Edge] = field(default_factory=frozenset)


def cyclic_plan(
    program: Program, notation: Notation, show: Show, digits: int, direction: str, seen: View, aspect: float
) -> Plan:
    """The plan of a program whose recurrence `seen.cyclic` is folded; boxes of arrays come near to `aspect`."""
    assert seen.cyclic is not None
    steps = seen.cyclic
    graph = _graph(program, seen, steps)
    bodies, contents, signs = _bodies(program, notation, show, digits, seen, graph, aspect)
    items = [
        Item(key, one.width, one.height, "operation" if one.role in ("delay", "group") else one.role, order=order,
             note=None if one.below is None else (one.below[0] + 2 * CLEAR, one.below[1] + 2 * CLEAR),
             nose=one.nose)
        for order, (key, one) in enumerate(bodies.items())
    ]  # fmt: skip
    forward = [edge for edge in graph.edges if edge not in graph.back]
    links = [Link(a, b, None, f"{a}→{b}") for a, b in forward]
    shapes = {key: one.rim for key, one in bodies.items()}
    laid = arrange(items, links, direction=direction, shapes=shapes)
    routes = _with_loops(laid, items, [*forward, *sorted(graph.back)], shapes, direction, graph.delays)
    beside = {
        key: (laid.notes[key][0] + CLEAR, laid.notes[key][1] + CLEAR, *one.below)
        for key, one in bodies.items()
        if one.below is not None
    }
    rects = {key: (*laid.boxes[key], one.width, one.height) for key, one in bodies.items()}
    crossed, _, _ = settle(rects.values(), routes.values(), beside, {})
    ends = Counter((b, *map(round, points[-1])) for (_, b), points in routes.items())
    courses = tuple(
        Course(
            f"{a}→{b}", a, b, points, (), ends[b, round(points[-1][0]), round(points[-1][1])] > 1,
            merged=graph.edges[a, b], part=_part(a, b, graph),
        )
        for (a, b), points in routes.items()
    )  # fmt: skip
    plan = Plan(
        bodies, dict(laid.boxes), beside, frozenset(crossed), courses, {}, 0.0, 0.0, aspect=aspect,
        folded=contents, cyclic=Cyclic(steps, graph.slots, graph.delays, signs, seen.sums),
    )  # fmt: skip
    return framed(on_plate(plan, _within(plan), direction), show)


def cyclic_pinned(base: Plan, wanted: Mapping[str, Point], direction: str) -> Plan:
    """The plan of a cyclic graph with boxes where they are `wanted`.

    What leads back to a delay goes around everything again where it has to be drawn anew, and the plate follows.
    """
    laid = rerouted(base, wanted, direction)
    within = _within(laid)
    back = {one.id for one in laid.courses if leads_back(laid, one, within)}
    before = {one.id: one.points for one in base.courses}
    kept = {one.id: one.points for one in laid.courses if one.id not in back or one.points == before[one.id]}
    if len(kept) < len(laid.courses):
        items = [
            Item(key, one.width, one.height, one.role, note=None if key not in laid.beside else laid.beside[key][2:])
            for key, one in laid.bodies.items()
        ]
        notes = {key: rect[:2] for key, rect in laid.beside.items()}
        made = Layout(laid.corners, kept, {}, notes, laid.width, laid.height)
        shapes = {key: one.rim for key, one in laid.bodies.items()}
        routes = _with_loops(made, items, [(one.source, one.target) for one in laid.courses], shapes, direction)
        courses = tuple(replace(one, points=routes[one.source, one.target]) for one in laid.courses)
        laid = replace(laid, courses=courses)
    return on_plate(laid, within, direction, held=True)


def _within(laid: Plan) -> set[str]:
    """The boxes of what returns at every step."""
    assert laid.cyclic is not None
    turn = laid.cyclic.recurrence.turn
    folded = {key for key, one in laid.folded.items() if one.fold.members[0] in turn}
    return {*laid.cyclic.slots, *laid.cyclic.delays} | folded


def _graph(program: Program, seen: View, steps: Recurrence) -> _Graph:
    """Nodes and edges with all members of a slot as one, and a delay for each slot that later steps read."""
    carried = weights(program)
    delayed: dict[tuple[str, int], Delay] = {}
    initial: dict[tuple[str, int], dict[int, str]] = {}
    lags: dict[str, set[tuple[Slot, int]]] = {}  # by the reading box: what it reads from earlier steps
    for equation in program.equations:
        for read in equation.reads:
            lag = steps.lag(read, equation.name)
            if lag:
                slot = steps.slot[read]
                key = slot.name, lag
                if key not in delayed:
                    initial[key] = {}
                    delayed[key] = Delay(f"{slot.name} z^{-lag}", steps.id, slot, lag, initial[key])
                lags.setdefault(steps.slot[equation.name].name, set()).add((slot, lag))
    edges: dict[Edge, list[Edge]] = {}
    back: set[Edge] = set()

    def add(a: str, b: str, pair: Edge) -> None:
        if a != b:
            several = edges.setdefault((a, b), [])
            if pair not in several:
                several.append(pair)

    for equation in program.equations:
        target = seen.box(equation.name)
        for read in equation.reads:
            if read in carried:
                continue
            source, pair = seen.box(read), (read, equation.name)
            found = _delay(steps, delayed, lags, read, equation.name)
            if found is None:
                add(source, target, pair)
                continue
            if read not in steps.turn:
                initial[found.slot.name, found.lag][steps.turn[equation.name]] = read
            elif read in program.equation:
                back.add((source, found.id))
            add(source, found.id, pair)
            add(found.id, target, pair)
    delays = {one.id: one for one in delayed.values()}
    before: dict[str, list[str]] = {}  # a delay stands before what reads it
    for source, reader in edges:
        if source in delays:
            before.setdefault(reader, []).append(source)
    keys: dict[str, None] = {}
    unread = settled(program)
    for node in program.names:
        if node not in carried and node not in unread:
            box = seen.box(node)
            keys.update(dict.fromkeys((*before.get(box, ()), box)))
    slots = {slot.name: slot for slot in steps.slots if slot.name in keys}
    merged = {edge: tuple(pairs) for edge, pairs in edges.items()}
    return _Graph(tuple(keys), merged, slots, delays, frozenset(back))


def _delay(
    steps: Recurrence,
    delayed: Mapping[tuple[str, int], Delay],
    lags: Mapping[str, Iterable[tuple[Slot, int]]],
    read: str,
    reader: str,
) -> Delay | None:
    """The delay through which a node is read: of an earlier step, or the initial value of one."""
    if reader not in steps.turn:
        return None
    lag = steps.lag(read, reader)
    if lag:
        return delayed[steps.slot[read].name, lag]
    if read in steps.turn:
        return None
    for slot, back in lags.get(steps.slot[reader].name, ()):
        if slot.called(steps.turn[reader] - back) == read:
            return delayed[slot.name, back]
    return None


def _bodies(
    program: Program, notation: Notation, show: Show, digits: int, seen: View, graph: _Graph, aspect: float
) -> tuple[dict[str, Body], dict[str, Folded], dict[str, str]]:
    """The bodies of all boxes, what is in those of folds, and the signs of those nodes whose slot has none for all."""
    rows, stems = samples(program), signals(program)

    letter = seen.cyclic.id if seen.cyclic is not None else ""
    signs: dict[str, str] = {}

    def one(node: str, written: Written | None = None) -> Body:
        row, stem = program.shape(node)[-1:] in rows, node in stems
        return body(program, notation, node, show, digits, row, stem, aspect, written)

    def of(slot: Slot) -> Body:
        some, sign = _some(slot, notation), slot_sign(slot, program, notation, letter)
        if sign is None:  # another one in every step, as they are
            signs.update((node, signed(program, notation, node)) for node in slot.members.values())
            sign = max((signs[node] for node in some), key=lambda latex: typeset(latex, SYMBOL, display=False).width)
        written = slot_symbol(slot, notation, letter), sign
        return slot_body(slot, {node: one(node, written) for node in some})

    bodies: dict[str, Body] = {}
    contents: dict[str, Folded] = {}
    for key in graph.keys:
        if key in graph.delays:
            bodies[key] = delay_body(graph.delays[key], notation)
        elif key in seen.boxes:
            fold: Fold = seen.boxes[key]
            leaving = [of(slot) for slot in _leaving(program, fold, seen)]
            size = least_size(fold, leaving)
            contents[key] = filled(fold, size, [(body, 0.0) for body in leaving])
            bodies[key] = box_body(fold, size, contents[key].title)
        else:
            added = (notation.symbol(key), sum_sign(letter)) if key in seen.sums else None
            bodies[key] = of(graph.slots[key]) if key in graph.slots else one(key, added)
    return bodies, contents, signs


def _leaving(program: Program, fold: Fold, seen: View) -> list[Slot]:
    """What of a fold something outside of it reads, in the same step or a later one, or nothing at all."""
    assert seen.cyclic is not None
    slots = dict.fromkeys(seen.cyclic.slot[node] for node in fold.members if node in seen.cyclic.slot)
    found = []
    for slot in slots:
        readers = {(node, by) for node in slot.members.values() for by in program.consumers[node]}
        inside = all(seen.box(by) == fold.id and not seen.cyclic.lag(node, by) for node, by in readers)
        if any(node in program.equation for node in slot.members.values()) and not (readers and inside):
            found.append(slot)
    return found


def _some(slot: Slot, notation: Notation) -> list[str]:
    """Members of a slot whose bodies stand for all: the first and the last, those with letters for deltas, the loss."""
    members = list(slot.members.values())
    named = [node for node in members if node in notation.deltas or node == notation.loss][:_MEMBERS]
    return list(dict.fromkeys([*members[: _MEMBERS // 2], *named, *members[-_MEMBERS // 2 :]]))


def _with_loops(
    laid: Layout, items: Sequence[Item], edges: Sequence[Edge], shapes: Mapping[str, str], direction: str,
    delays: Collection[str] = (),
) -> dict[Edge, tuple[Point, ...]]:  # fmt: skip
    """The routes of all edges: those of the layout, and for the others loops over or under the row; from these `delays`
    what goes around others and crosses some may do so, too.
    """
    turned = direction == "down"

    def swapped(p: Point) -> Point:
        return (p[1], p[0]) if turned else p

    nodes = [shaped(item, shapes[item.id], turned) for item in items]
    number = {item.id: i for i, item in enumerate(items)}
    centres = {}
    for i, one in enumerate(nodes):
        x, y = swapped(laid.boxes[one.id])
        centres[i] = (x - one.corner[0], y - one.corner[1])
    ends = [(number[a], number[b]) for a, b in edges]
    scene = Scene(nodes, centres, ends)
    missing, handed = [], dict[int, list[Point]]()
    for k, (a, b) in enumerate(edges):
        route = laid.routes.get(f"{a}→{b}")
        if route is None:
            missing.append(k)
        elif a in delays and (b, a) in edges and len(route) > 2 and len(edges) <= _FEW:
            handed[k] = [swapped(p) for p in route]
        else:
            scene.draw(k, [swapped(p) for p in route])
    texts = []
    for item in items:
        if item.note is not None:
            (x, y), (w, h) = swapped(laid.notes[item.id]), swapped(item.note)
            texts.append((x, y, w, h))
    loops(scene, [*missing, *handed], texts, handed)
    return {edge: tuple(swapped(p) for p in scene.routes[k]) for k, edge in enumerate(edges)}


def _part(a: str, b: str, graph: _Graph) -> tuple[float, float]:
    """Which part of the way a pulse is on an edge: to a delay, from a delay, or all of it."""
    if b in graph.delays:
        return 0.0, 0.5
    return (0.5, 1.0) if a in graph.delays else (0.0, 1.0)

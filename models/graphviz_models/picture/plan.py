"""The plan of a picture: where everything has its place, for all steps of all traces of one program alike.

A plan depends on the program's structure, its letters and what is shown, never on a value or a step: nothing jumps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from weakref import WeakKeyDictionary

from graphviz_models.expr import uncollected
from graphviz_models.fold import View, alike, clocks, view
from graphviz_models.layout import Item, Link, arrange
from graphviz_models.notation import Notation
from graphviz_models.problem import Problem, Problems
from graphviz_models.program import Program

from .body import Body, body
from .cyclic import cyclic_pinned, cyclic_plan
from .folding import folded_plan
from .frames import groups_around, named
from .lines import SEVERAL, Line, local_lines, size, stacked, terms, weight_lines
from .marks import Point
from .places import CLEAR, Course, Plan, framed
from .rerouting import rerouted
from .room import settle
from .show import Show
from .signals import samples, signals
from .thinning import Thinned, thinned
from .weights import Weight, largest, settled, weights

__all__ = ["Course", "Plan", "plan"]

MOST_BOXES = 5000
KEPT, KEPT_BOXES = 64, 12_000  # plans, and boxes on all of them: about 20 kB each with their edges and texts
SCREEN = 1.85  # width to height of a canvas between its panels, and of a screen above a line of text
ASPECTS = (0.9, 0.5, 1.6)  # of boxes
_MANY = 200  # boxes, beyond which only the first is tried


def plan(
    program: Program,
    notation: Notation,
    show: Show,
    digits: int,
    direction: str,
    pinned: Mapping[str, Point],
    folded: frozenset[str] = frozenset(),
) -> Plan:
    """The plan, from the cache where the same structure has been laid out before.

    Raises Problems where there are more than 5,000 boxes.
    """
    letters = _LETTERS.get(notation)
    if letters is None:
        letters = _LETTERS[notation] = (
            tuple(notation.symbols.items()), tuple(notation.deltas.items()), notation.asked, notation.repeated,
        )  # fmt: skip
    structure = _STRUCTURES.get(program)
    if structure is None:
        structure = _STRUCTURES[program] = _Structure(program)
    seen = view(program, folded)
    asked = _Asked(structure, (letters, show, digits, direction, tuple(sorted(pinned.items())), seen.ids))
    found = _PLANS.get(asked)
    if found is None:
        base = plan(program, notation, show, digits, direction, {}, folded) if pinned else None
        with uncollected():
            found = _Subject(program, notation, show, digits, direction).planned(seen, pinned, base)
        _PLANS[asked] = found
        while len(_PLANS) > KEPT or sum(len(one.corners) for one in list(_PLANS.values())[:-1]) > KEPT_BOXES:
            _PLANS.pop(next(iter(_PLANS)), None)  # another thread may have been here
    return found


def _pinned(base: Plan, pinned: Mapping[str, Point], show: Show, direction: str) -> Plan:
    """A folded plan with boxes where they have been put."""
    held = {key: at for key, at in pinned.items() if key in base.corners}
    if not held:
        return base
    moved = rerouted if base.cyclic is None else cyclic_pinned
    return framed(moved(base, held, direction), show, (0.0, 0.0))


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


def _largest(made: Callable[[float], Plan]) -> Plan:
    """The plan that is the largest on a screen, of those made for boxes of several proportions."""
    plans: list[Plan] = []
    for aspect in ASPECTS:
        plans.append(made(aspect))
        if len(plans[0].bodies) > _MANY or not any(one.letter for one in plans[0].bodies.values()):
            break
    return min(plans, key=lambda one: max(one.width, SCREEN * one.height))


@dataclass(frozen=True)
class _Subject:
    """What a plan is of: a program, in its letters, and what is shown of it."""

    program: Program
    notation: Notation
    show: Show
    digits: int
    direction: str

    def planned(self, seen: View, pinned: Mapping[str, Point], base: Plan | None) -> Plan:
        """The plan of what is `seen`; with boxes where they are `pinned`, it is made from the `base` without pins."""
        if base is not None and seen.ids:
            return _pinned(base, {seen.box(node): at for node, at in pinned.items()}, self.show, self.direction)
        if base is not None:
            return self.laid(base.aspect, pinned, base)
        if seen.cyclic is not None:
            shown = self.program, self.notation, self.show, self.digits, self.direction, seen
            return _largest(lambda aspect: cyclic_plan(*shown, aspect))
        if seen.ids:
            return folded_plan(self.unfolded(seen), self.program, seen, self.show, self.direction)
        return _largest(self.laid)

    @cached_property
    def weights(self) -> dict[str, Weight]:
        """The parameters that stand on edges."""
        return weights(self.program)

    def drawn(self, left_out: frozenset[str] = frozenset()) -> list[str]:
        """The nodes that have boxes."""
        away = self.weights.keys() | settled(self.program) | left_out
        return [name for name in self.program.names if name not in away]

    def unfolded(self, seen: View) -> Plan:
        """The plan that folds are drawn in: the unfolded one, or of one that is large what a long span leaves of it."""
        drawn = self.drawn()
        thin = thinned(self.program, seen, drawn) if len(drawn) > _MANY else None
        if thin is None:
            return plan(self.program, self.notation, self.show, self.digits, self.direction, {})
        return self.laid(ASPECTS[0], thin=thin)

    def laid(
        self,
        aspect: float,
        pinned: Mapping[str, Point] = MappingProxyType({}),
        base: Plan | None = None,
        thin: Thinned | None = None,
    ) -> Plan:
        """The plan of every node, or of those that a `thin` picture has; boxes of arrays come near to `aspect`.

        Raises Problems where there are more than 5,000 boxes.
        """
        program, show, digits = self.program, self.show, self.digits
        drawn = self.drawn(frozenset() if thin is None else thin.left_out)
        if len(drawn) > MOST_BOXES:
            raise Problems(
                Problem(
                    1,
                    1,
                    f"the picture would have {len(drawn):,} boxes, more than {MOST_BOXES:,}: fold groups or "
                    "time steps, choose the level variables, or make the model smaller",
                )
            )
        rows, stems = samples(program), signals(program)
        bodies = {
            name: body(
                program, self.notation, name, show, digits, program.shape(name)[-1:] in rows, name in stems, aspect
            )
            for name in drawn
        }
        step = clocks(program) if thin is None else thin.column
        kind = alike(program) if thin is None else thin.kind
        items = [
            _item(bodies[name], step[name], kind.get(name), _group(program, name), order)
            for order, name in enumerate(drawn)
        ]
        instead = {} if thin is None else thin.instead
        labels, links = self.links(bodies, instead)
        right, down = base.shift if base is not None else (0.0, 0.0)
        held = {name: (x - right, y - down) for name, (x, y) in pinned.items() if name in bodies}
        shapes = {name: one.rim for name, one in bodies.items()}
        snug = show.locals != "off" and largest(program, self.weights) <= SEVERAL
        laid = arrange(items, links, direction=self.direction, pinned=held, shapes=shapes, snug=snug)
        corners = dict(laid.boxes)
        routes = laid.routes
        spots = {
            key: (*laid.labels[key], *size(lines)) for key, lines in labels.items() if lines and key in laid.labels
        }
        beside = {
            name: (x + CLEAR, y + CLEAR, *one.below)
            for name, one in bodies.items()
            if one.below is not None
            for x, y in [laid.notes[name]]
        }
        rects = [(*corners[name], one.width, one.height) for name, one in bodies.items()]
        placed = {key: stacked(lines, spots.get(key), routes[key]) for key, lines in labels.items()}
        crossed_notes, lines, crossed = settle(rects, routes.values(), beside, placed)
        tips = [(link.target, round(x), round(y)) for link in links for x, y in [routes[link.key][-1]]]
        ends = Counter(tips)
        courses = tuple(
            Course(
                link.key,
                link.source,
                link.target,
                routes[link.key],
                lines[link.key],
                ends[tip] > 1,
                link.key in crossed,
            )
            for link, tip in zip(links, tips, strict=True)
        )
        fixed = None
        if base is not None and held:  # the layout may have moved everything; what is pinned stays where it was put
            name, (x, y) = next(iter(held.items()))
            fixed = right + x - corners[name][0], down + y - corners[name][1]
        groups = groups_around(program, bodies, corners, beside)
        made = Plan(bodies, corners, beside, frozenset(crossed_notes), courses, groups, 0.0, 0.0, aspect=aspect)
        return framed(named(made, program, self.direction), show, fixed)

    def links(self, bodies: Mapping[str, Body], instead: Mapping[str, str]) -> tuple[dict[str, list[Line]], list[Link]]:
        """Every edge as a link, and the lines of its label by the link's key.

        What has no body is left out; an edge to it leads to the node `instead` of it.
        """
        program, notation, show, digits = self.program, self.notation, self.show, self.digits
        flows = terms(program) if show.locals != "off" else {}
        borne = {(one.source, one.target): one for one in self.weights.values()}
        most = largest(program, self.weights)
        labels: dict[str, list[Line]] = {}
        links = []
        timed = {name for name, step in clocks(program).items() if step is not None} if instead else set()
        for equation in program.equations:
            target = instead.get(equation.name, equation.name)
            for read in equation.reads:
                if read not in bodies or target not in bodies or (target != equation.name and read not in timed):
                    continue
                key, edge = f"{read}→{equation.name}", (read, equation.name)
                labels[key] = []
                flow = (
                    local_lines(program, notation, equation.name, *flows[edge], show, digits, edge[0])
                    if edge in flows
                    else []
                )
                if edge in borne:  # the weight is the local derivative, or a factor of it
                    labels[key] += weight_lines(notation, borne[edge], show, digits, most)
                    flow = [] if most > SEVERAL else [one for one in flow if one.kind == "product"]
                labels[key] += flow
                links.append(Link(read, target, size(labels[key]) if labels[key] else None, key))
        return labels, links


def _item(one: Body, column: int | None, kind: str | None, group: str | None, order: int) -> Item:
    note = None if one.below is None else (one.below[0] + 2 * CLEAR, one.below[1] + 2 * CLEAR)
    return Item(one.node, one.width, one.height, one.role, column, group, order, None, note, kind, one.nose)


def _group(program: Program, name: str) -> str | None:
    """The turn of a loop that a node belongs to, or the call it lies in; what is given belongs to what reads it."""
    if name not in program.equation:
        readers = {_group(program, one) for one in program.consumers[name]}
        return readers.pop() if len(readers) == 1 else None
    equation = program.equation[name]
    if equation.loop:
        return f"{equation.loop[0][0]}={equation.loop[0][1]}"
    return equation.groups[0] if equation.groups else None

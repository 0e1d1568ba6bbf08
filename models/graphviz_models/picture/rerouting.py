"""Edges drawn anew where boxes have been put that the layout does not know of."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from graphviz_models.layout import Item, Layout, Link
from graphviz_models.layout.detour import renewed
from graphviz_models.layout.nodes import node
from graphviz_models.layout.pins import pin
from graphviz_models.layout.scene import Scene

from .geometry import Rect
from .lines import size, stacked
from .loops import loops
from .marks import Point
from .places import CLEAR, Plan


def rerouted(laid: Plan, wanted: Mapping[str, Point], direction: str) -> Plan:
    """The plan with boxes where they are `wanted`, and the edges drawn anew of those that move, and those in their way.

    A box that is wanted nowhere gives way where one comes to stand on it; everything else stays where it is.
    """
    items = [
        Item(name, one.width, one.height, one.role, note=None if name not in laid.beside else _note(laid.beside[name]))
        for name, one in laid.bodies.items()
    ]
    links = [Link(one.source, one.target, size(one.lines) if one.lines else None, one.id) for one in laid.courses]
    tops = {
        one.id: (min(line.place[0] for line in one.lines), one.lines[0].place[1]) for one in laid.courses if one.lines
    }
    made = Layout(
        dict(laid.corners),
        {one.id: one.points for one in laid.courses},
        {key: (x - 2, y - 1) for key, (x, y) in tops.items()},
        {name: (rect[0] - CLEAR, rect[1] - CLEAR) for name, rect in laid.beside.items()},
        laid.width,
        laid.height,
    )
    shapes = {name: one.rim for name, one in laid.bodies.items()}
    found = pin(made, items, links, shapes, wanted, direction == "down")
    courses = tuple(
        replace(
            one,
            points=found.routes[one.id],
            lines=stacked(one.lines, (*found.labels[one.id], *size(one.lines)), found.routes[one.id])
            if one.lines
            else (),
        )
        for one in laid.courses
    )
    beside = {name: (x + CLEAR, y + CLEAR, *laid.beside[name][2:]) for name, (x, y) in found.notes.items()}
    return replace(laid, corners=dict(found.boxes), beside=beside, courses=courses)


def _note(rect: Rect) -> tuple[float, float]:
    return rect[2] + 2 * CLEAR, rect[3] + 2 * CLEAR


def drawn_anew(laid: Plan, keys: AbstractSet[str]) -> Plan:
    """The plan with these courses drawn anew, straight or around everything, without the texts on them."""
    if not keys:
        return laid
    bodies = [(name, (*laid.corners[name], one.width, one.height), one.rim) for name, one in laid.bodies.items()]
    texts = [(f"{name} ", rect, "rect") for name, rect in laid.beside.items()]
    kept = [one for one in laid.courses if one.id not in keys]
    texts += [(f"{one.id} {line.kind}", line.place, "rect") for one in kept for line in one.lines]
    items = [node(Item(name, *rect[2:]), shape, False) for name, rect, shape in (*bodies, *texts)]
    number = {item.id: i for i, item in enumerate(items)}
    centres = {i: (x + w / 2, y + h / 2) for i, (_, (x, y, w, h), _) in enumerate((*bodies, *texts))}
    scene = Scene(items, centres, [(number[one.source], number[one.target]) for one in laid.courses])
    for k, one in enumerate(laid.courses):
        if one.id not in keys:
            scene.draw(k, one.points)
    for k, one in enumerate(laid.courses):
        if one.id in keys:
            line = renewed(scene, *scene.ends[k])
            if line is not None:
                scene.draw(k, line)
            else:
                loops(scene, [k], ())
    courses = tuple(
        replace(one, points=tuple(scene.routes[k]), lines=()) if one.id in keys else one
        for k, one in enumerate(laid.courses)
    )
    return replace(laid, courses=courses)

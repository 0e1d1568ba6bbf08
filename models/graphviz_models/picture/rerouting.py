"""Edges drawn anew where boxes have been put that the layout does not know of."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from graphviz_models.layout import Item, Layout, Link
from graphviz_models.layout.pins import pin

from .geometry import Rect
from .lines import size, stacked
from .marks import Point
from .places import CLEAR, Plan

_AWAY = 1e5  # where a box is thought to come from


def rerouted(laid: Plan, wanted: Mapping[str, Point], direction: str, strange: AbstractSet[str] = frozenset()) -> Plan:
    """The plan with boxes where they are `wanted`, and the edges drawn anew of those that move, and those in their way.

    The edges of `strange` boxes have no routes yet. A box that is wanted nowhere gives way where one comes to stand on
    it; everything else stays where it is.
    """
    items = [
        Item(name, one.width, one.height, one.role, note=None if name not in laid.beside else _note(laid.beside[name]))
        for name, one in laid.bodies.items()
    ]
    links = [Link(one.source, one.target, size(one.lines) if one.lines else None, one.id) for one in laid.courses]
    corners = {name: (x + _AWAY, y) if name in strange else (x, y) for name, (x, y) in laid.corners.items()}
    tops = {
        one.id: (min(line.place[0] for line in one.lines), one.lines[0].place[1]) for one in laid.courses if one.lines
    }
    made = Layout(
        corners,
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
            lines=stacked(one.lines, (*found.labels[one.id], *size(one.lines))) if one.lines else (),
        )
        for one in laid.courses
    )
    beside = {name: (x + CLEAR, y + CLEAR, *laid.beside[name][2:]) for name, (x, y) in found.notes.items()}
    return replace(laid, corners=dict(found.boxes), beside=beside, courses=courses)


def _note(rect: Rect) -> tuple[float, float]:
    return rect[2] + 2 * CLEAR, rect[3] + 2 * CLEAR

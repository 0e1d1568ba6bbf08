"""Boxes of a cyclic graph that have been put elsewhere: edges, delays and the plate follow, nothing else moves."""

from __future__ import annotations

from itertools import pairwise
from math import hypot

import pytest

from graphviz_models.fold import recurrence
from graphviz_models.picture import Edge, Picture, picture
from graphviz_models.trace import Trace

from .folding import data, faults, trace

MOVES = [(60.0, -90.0), (-40.0, 120.0), (250.0, 0.0), (3.0, -2.0)]


def cyclic(run: Trace) -> frozenset[str]:
    steps = recurrence(run.program)
    assert steps is not None
    return frozenset({steps.id})


def corners(drawn: Picture) -> dict[str, tuple[float, float]]:
    """Where every box stands, by its id and by its node, in the coordinates of pins."""
    right, down = drawn.origin
    return {key: (one.x - right, one.y - down) for one in drawn.boxes for key in (one.node, one.id)}


def gap(one: Edge, other: Edge) -> float:
    """How far the middles of two edges lie apart."""
    (ax, ay), (bx, by) = (middle(edge) for edge in (one, other))
    return hypot(ax - bx, ay - by)


def middle(edge: Edge) -> tuple[float, float]:
    lengths = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(edge.points)]
    left = sum(lengths) / 2
    for (a, b), length in zip(pairwise(edge.points), lengths, strict=True):
        if left <= length:
            return a[0] + (b[0] - a[0]) * left / length, a[1] + (b[1] - a[1]) * left / length
        left -= length
    return edge.points[-1]


def back(drawn: Picture, delay: str) -> tuple[Edge, Edge]:
    """The edge that leads back to a delay from the node that it leads to, and the one to that node."""
    ends = {(edge.source, edge.target): edge for edge in drawn.edges}
    return next((ends[b, a], edge) for (a, b), edge in ends.items() if a == delay and (b, a) in ends)


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("put", ["h[k]", "h[k] z^-1", "x[k]", "w"])
def test_what_has_been_put_elsewhere_stays_there(put: str, move: tuple[float, float], direction: str) -> None:
    run = trace("sheet9-ex1")
    folded = cyclic(run)
    x, y = corners(picture(run, 9, folded=folded, direction=direction))[put]
    pinned = {put: (x + move[0], y + move[1])}
    drawn = picture(run, 9, folded=folded, pinned=pinned, direction=direction)
    assert corners(drawn)[put] == pytest.approx(pinned[put])
    assert not faults(data(run, 9, folded=folded, pinned=pinned, direction=direction)).get("end off the rim")
    there, here = back(drawn, "h[k] z^-1")
    assert gap(there, here) > 12.0, "one line beside another is taken for it"


def test_the_plate_follows_while_it_is_free() -> None:
    run = trace("sheet9-ex1")
    folded = cyclic(run)
    free = picture(run, 9, folded=folded)
    x, y = corners(free)["x[k]"]
    moved = picture(run, 9, folded=folded, pinned={"x[k]": (x, y + 200.0)})
    (before,), (after,) = ([one for one in drawn.plates if one.kind == "group"] for drawn in (free, moved))
    assert after.height == pytest.approx(before.height + 200.0)
    over = picture(run, 9, folded=folded, pinned={"x[k]": (x + 260.0, y)})
    assert not [one for one in over.plates if one.kind == "group"], "y would stand on it"
    assert [one for one in over.labels if one.kind == "step"]


def test_a_member_of_any_step_stands_for_its_slot() -> None:
    run = trace("sheet9-ex1")
    folded = cyclic(run)
    places = [
        corners(picture(run, 9, folded=folded, pinned={node: (400.0, 60.0)}))["h[k]"]
        for node in ("h[1]", "h[2]", "h[k]")
    ]
    assert places == [pytest.approx((400.0, 60.0))] * 3


def test_pins_of_what_is_not_there_are_ignored() -> None:
    run = trace("sheet9-ex1")
    folded = cyclic(run)
    free = data(run, 9, folded=folded)
    assert data(run, 9, folded=folded, pinned={"h[k] z^-7": (0.0, 0.0), "nobody": (1.0, 2.0)}) == free


@pytest.mark.parametrize("model", ["lstm", "rnn", "assignment3-q1"])
def test_every_box_can_be_put_elsewhere(model: str) -> None:
    run = trace(model)
    folded = cyclic(run)
    free = picture(run, 0, folded=folded)
    places = corners(free)
    own = [one.node if one.id[1:].isdigit() else one.id for one in free.boxes]
    for put in own[::3]:
        x, y = places[put]
        pinned = {put: (x + 35.0, y + 70.0)}
        assert corners(picture(run, 0, folded=folded, pinned=pinned))[put] == pytest.approx(pinned[put]), put
        assert not faults(data(run, 0, folded=folded, pinned=pinned)).get("end off the rim"), put


def test_an_operation_keeps_the_letter_of_its_delta() -> None:
    run = trace("sheet8-ex3", "operations")
    drawn = picture(run, len(run.steps), folded=cyclic(run))
    operations = {box.id for box in drawn.boxes if box.role == "operation"}
    said = [label.text for label in drawn.labels if label.kind == "delta" and label.of in operations]
    assert said
    assert not any("∂" in text for text in said)

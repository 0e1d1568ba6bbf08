"""Transitions: both ends exact, nodes keep their identity, and text stays in its box on the way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import isfinite

import pytest

from graphviz_models.fold import view
from graphviz_models.picture import Box, Picture, Show, picture
from graphviz_models.program import Program
from graphviz_models.sheet import Sheet, load, read
from graphviz_models.theme import DARK
from graphviz_models.trace import Trace, run
from graphviz_models.transition import Transition, between, jumps
from graphviz_models.views import LEVELS

EXERCISES = ("sheet9-ex1", "practical1-ex2", "sheet7-ex1")
WAYS = [(a, b) for a in LEVELS for b in LEVELS if a != b]
MOMENTS = (0.02, 0.2, 0.4, 0.5, 0.6, 0.8, 0.98)


@cache
def sheet(name: str) -> Sheet:
    return load(name)


@cache
def trace(name: str, level: str) -> Trace:
    return run(sheet(name).program.at_level(level), sheet(name).notation)  # type: ignore[arg-type]


def kin(*programs: Program) -> dict[str, str]:
    """What the nodes of closer levels belong to."""
    found = {}
    for program in programs:
        found |= {e.name: e.origin for e in program.equations if e.origin and e.origin != e.name}
        found |= {name: whole for name, (whole, _) in program.entries.items() if name != whole}
    return found


@cache
def ends(name: str, first: str, last: str) -> tuple[Picture, Picture, Mapping[str, str]]:
    a, b = trace(name, first), trace(name, last)
    return picture(a, len(a.steps)), picture(b, len(b.steps)), kin(a.program, b.program)


def centre(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def lies_in(box: Box, x: float, y: float, width: float, height: float, slack: float = 1e-6) -> bool:
    return (
        box.x - slack <= x
        and box.y - slack <= y
        and x + width <= box.x + box.width + slack
        and y + height <= box.y + box.height + slack
    )


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_both_ends_are_exact(name: str, way: tuple[str, str]) -> None:
    a, b, of = ends(name, *way)
    assert between(a, b, of, 0.0) is a
    assert between(a, b, of, 1.0) is b
    near = Transition(a, b, of).at(1e-9), Transition(a, b, of).at(1 - 1e-9)
    for shown, end in zip(near, (a, b), strict=True):
        places = {(box.node, round(box.x, 3), round(box.y, 3), round(box.width, 3)) for box in shown.boxes}
        assert {(x.node, round(x.x, 3), round(x.y, 3), round(x.width, 3)) for x in end.boxes} <= places
        assert (shown.width, shown.height) == pytest.approx((end.width, end.height))


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_every_node_is_there_once_on_the_way_and_moves_straight(name: str, way: tuple[str, str]) -> None:
    a, b, of = ends(name, *way)
    transition = Transition(a, b, of)
    both = {box.node for box in a.boxes} & {box.node for box in b.boxes}
    assert both
    shown = {p: {box.node: box for box in transition.at(p).boxes} for p in (0.25, 0.5, 0.75)}
    for at in shown.values():
        assert at.keys() == {box.node for box in (*a.boxes, *b.boxes)}
    for node in both:
        old, new = a.box(node), b.box(node)
        assert old is not None
        assert new is not None
        for p, at in shown.items():
            wanted = [one + (other - one) * p for one, other in zip(centre(old), centre(new), strict=True)]
            assert centre(at[node]) == pytest.approx(wanted)


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_all_is_finite_and_marks_have_ids_of_their_own(name: str, way: tuple[str, str]) -> None:
    a, b, of = ends(name, *way)
    for p in MOMENTS:
        shown = between(a, b, of, p)
        for marks in (shown.boxes, shown.edges, shown.labels, shown.tensors, shown.plates):
            ids = [mark.id for mark in marks]
            assert len(ids) == len(set(ids))
        boxes = {box.id for box in shown.boxes}
        for box in shown.boxes:
            assert all(map(isfinite, (box.x, box.y, box.width, box.height, box.corner)))
            assert box.width > 0
            assert box.height > 0
        for edge in shown.edges:
            assert {edge.source, edge.target} <= boxes
            assert all(isfinite(v) for point in (*edge.points, *edge.shaft, *edge.head) for v in point)
        for label in shown.every_label():
            assert all(map(isfinite, (label.x, label.y, label.width, label.height)))
            assert label.size > 0
        for tensor in shown.tensors:
            assert tensor.of in boxes


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_text_that_stands_in_a_box_stays_in_it(name: str, way: tuple[str, str]) -> None:
    a, b, of = ends(name, *way)
    inner = {
        (box.node, label.kind)
        for end in (a, b)
        for box in end.boxes
        for label in end.labels
        if label.of == box.id and lies_in(box, label.x, label.y, label.width, label.height)
    }
    outer = {
        (box.node, label.kind)
        for end in (a, b)
        for box in end.boxes
        for label in end.labels
        if label.of == box.id and not lies_in(box, label.x, label.y, label.width, label.height)
    }
    seen = 0
    for p in MOMENTS:
        shown = between(a, b, of, p)
        boxes = {box.id: box for box in shown.boxes}
        for label in shown.labels:
            if isinstance(label.of, str) and label.of in boxes:
                box = boxes[label.of]
                if (box.node, label.kind) in inner - outer:
                    seen += 1
                    assert lies_in(box, label.x, label.y, label.width, label.height), (p, box.node, label.text)
        for tensor in shown.tensors:
            assert lies_in(boxes[tensor.of], tensor.x, tensor.y, tensor.width, tensor.height), (p, tensor.id)
    assert seen


def test_operations_come_out_of_the_box_of_their_variable() -> None:
    a, b, of = ends("sheet9-ex1", "variables", "operations")
    first = between(a, b, of, 1e-6)
    for box in first.boxes:
        home = a.box(of[box.node]) if box.node in of else None
        if home is not None:
            assert lies_in(home, box.x, box.y, box.width, box.height, slack=0.01), box.node


def test_entries_go_back_into_their_array() -> None:
    a, b, of = ends("practical1-ex2", "neurons", "variables")
    last = between(a, b, of, 1 - 1e-6)
    entries = [box for box in last.boxes if box.node in of]
    assert entries
    for box in entries:
        home = b.box(of[box.node])
        assert home is not None
        assert lies_in(home, box.x, box.y, box.width, box.height, slack=0.01), box.node


def test_edges_of_nodes_that_stay_hang_on_their_boxes() -> None:
    a, b, of = ends("sheet9-ex1", "variables", "operations")
    for p in MOMENTS:
        shown = between(a, b, of, p)
        boxes = {box.id: box for box in shown.boxes}
        for edge in shown.edges:
            for end, (x, y) in ((edge.source, edge.points[0]), (edge.target, edge.points[-1])):
                box = boxes[end]
                assert box.x - 60 <= x <= box.x + box.width + 60
                assert box.y - 60 <= y <= box.y + box.height + 60


def test_what_belongs_to_nothing_grows_where_it_is() -> None:
    a, b, _ = ends("sheet9-ex1", "variables", "operations")
    shown = between(a, b, {}, 0.5)
    for box in b.boxes:
        if a.box(box.node) is None:
            there = shown.box(box.node)
            assert there is not None
            assert centre(there) == pytest.approx(centre(box))
            assert there.width < box.width


def test_the_frame_of_a_group_stays_around_its_nodes_while_a_recurrence_unfolds() -> None:
    text = """format = 1
equations = '''
def cell(a, b):
    c = a*b
    d = tanh(c) + b
    return d*c
for t in range(1, 4):
    h[t] = cell(h[t-1], w)
L = h[3]**2
'''
[inputs]
h = {0 = 0.3}
[parameters]
w = 0.8
"""
    model = read(text, "cells")
    one = run(model.program, model.notation)
    a, b = picture(one, 4, folded=frozenset({"t"})), picture(one, 4)
    plates = {plate.of: plate for plate in b.plates if plate.kind == "group"}
    assert len(plates) == 3
    slots = {box.id: box.node for box in a.boxes}
    seen = view(model.program, {"t"})
    of = {node: slots.get(seen.box(node), node) for node in model.program.names}
    for p in (0.1, 0.5, 0.9):
        shown = between(a, b, {node: box for node, box in of.items() if box != node}, p)
        for plate in (one for one in shown.plates if one.of in plates):
            for node in (f"{plate.of}.c", f"{plate.of}.d"):
                box = shown.box(node)
                assert box is not None
                assert plate.x < box.x
                assert box.x + box.width < plate.x + plate.width, (p, node)


def test_a_label_that_stands_elsewhere_in_its_box_does_not_cross_the_numbers() -> None:
    text = """format = 1
equations = '''
def embed(x):
    h = tanh(W @ x + b)
    return V @ h
y = embed(x)
z = embed(u)
d = norm(y - z)
L = t*d**2 + (1 - t)*maximum(0, 1 - d)**2
'''
[inputs]
x = [0.5, -1.0, 0.2]
u = [0.4, -0.8, 0.3]
[targets]
t = 1.0
[parameters]
W = {shape = [2, 3], init = "glorot", seed = 1}
b = [0.0, 0.1]
V = {shape = [2, 2], init = "glorot", seed = 2}
"""
    model = read(text, "layer")
    one, other = (run(model.program.at_level(level), model.notation) for level in ("variables", "operations"))
    a, b = picture(one, len(one.steps)), picture(other, len(other.steps))
    arranged = {(box.node, box.width < box.height) for box in (*a.boxes, *b.boxes)}
    assert {("h", True), ("h", False)} <= {(node.rpartition(".")[2], tall) for node, tall in arranged}
    for p in MOMENTS:
        shown = between(a, b, kin(one.program, other.program), p)
        for label in shown.labels:
            for tensor in shown.tensors:
                if tensor.of == label.of:
                    across = min(label.x + label.width, tensor.x + tensor.width) - max(label.x, tensor.x)
                    down = min(label.y + label.height, tensor.y + tensor.height) - max(label.y, tensor.y)
                    assert min(across, down) < 1.5, (p, label.id, label.text)


def test_colours_change_with_the_theme_on_the_way() -> None:
    one = trace("sheet9-ex1", "variables")
    a, b = picture(one, 3), picture(one, 3, theme=DARK)
    middle = between(a, b, {}, 0.5)
    assert middle.background not in (a.background, b.background)
    assert {label.colour for label in middle.labels}.isdisjoint({a.background})


def test_annotations_come_and_go_while_nodes_make_room() -> None:
    one = trace("sheet9-ex1", "variables")
    a, b = picture(one, len(one.steps)), picture(one, len(one.steps), show=Show(values=False, locals="symbol"))
    middle = between(a, b, {}, 0.7)
    assert {label.kind for label in middle.labels} >= {"local", "symbol"}
    assert "value" not in {label.kind for label in middle.labels}


def test_a_cycle_in_what_belongs_to_what_ends() -> None:
    a, b, _ = ends("sheet9-ex1", "variables", "operations")
    loop = {box.node: other.node for box, other in zip(b.boxes, [*b.boxes[1:], b.boxes[0]], strict=True)}
    assert len(between(a, b, loop, 0.5).boxes) >= len(b.boxes)


def test_large_pictures_jump() -> None:
    a, b, _ = ends("sheet9-ex1", "variables", "operations")
    assert not jumps(a, b)
    many = Picture(10, 10, "#ffffff", tuple(a.boxes) * 50, (), ())
    assert jumps(a, many)
    assert jumps(many, b)

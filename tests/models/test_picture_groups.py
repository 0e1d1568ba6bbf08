"""Frames around the calls of a function: around all calls of one or around none, and without strangers."""

from __future__ import annotations

from typing import Any

import pytest

from graphviz_models.picture import Picture, Show, picture
from graphviz_models.program import Level, Program
from graphviz_models.sheet import read
from graphviz_models.trace import run

TWO_FUNCTIONS = '''
equations = """
def embed(x):
    h = tanh(W1 @ x + b1)
    return W2 @ h
def above(y):
    s = 2*y
    r = exp(s)
    return r*s
e_a = embed(x_a)
e_b = embed(x_b)
d = norm(e_a - e_b)
L = above(d)
"""
[inputs]
x_a = [0.5, -1.0, 0.2]
x_b = [0.4, -0.8, 0.3]
[parameters]
W1 = {shape = [2, 3], init = "glorot", seed = 1}
b1 = [0.0, 0.1]
W2 = {shape = [2, 2], init = "glorot", seed = 2}
'''
CELLS = '''
equations = """
def cell(h, x):
    g = tanh(w*h + x)
    c = g*h
    return c + x
h[0] = 1.0
for t in range(1, 4):
    h[t] = cell(h[t-1], x[t])
L = h[3]
"""
inputs.x = {1 = 0.5, 2 = -1.0, 3 = 0.25}
parameters = {w = 0.3}
'''


RESIDUAL = """
equations = '''
def block(u, W, V):
    a = relu(W @ u)
    return relu(u + V @ a)
h1 = block(x, W1, V1)
h2 = 2*block(h1 + 1, W2, V2)
L = sum(h2)
'''
[inputs]
x = [0.5, -1.0]
[parameters]
W1 = [[0.4, -0.3], [0.2, 0.6], [0.1, -0.5]]
V1 = [[0.3, 0.1, -0.2], [0.2, -0.4, 0.5]]
W2 = [[0.4, 0.3], [-0.2, 0.6], [0.7, -0.5]]
V2 = [[-0.3, 0.1, 0.2], [0.2, 0.4, 0.5]]
"""


def program_of(text: str, level: Level) -> Program:
    return read(text).program.at_level(level)


def members(program: Program) -> dict[str, set[str]]:
    """The nodes in every call."""
    found: dict[str, set[str]] = {}
    for equation in program.equations:
        for call in equation.groups:
            found.setdefault(call, set()).add(equation.name)
    return found


def framed(text: str, level: Level) -> tuple[set[str], Picture]:
    sheet = read(text)
    drawn = picture(run(sheet.program.at_level(level), sheet.notation), 0)
    return {plate.of for plate in drawn.plates if plate.kind == "group"}, drawn


@pytest.mark.parametrize("level", ["variables", "operations"])
def test_all_calls_of_a_function_have_a_frame_or_none_has(level: Level) -> None:
    found, drawn = framed(TWO_FUNCTIONS, level)
    assert found == {"above#1"}
    inside = members(program_of(TWO_FUNCTIONS, level))
    for plate in (one for one in drawn.plates if one.kind == "group"):
        for box in drawn.boxes:
            x, y = box.x + box.width / 2, box.y + box.height / 2
            within = plate.x < x < plate.x + plate.width and plate.y < y < plate.y + plate.height
            assert within == (box.node in inside[plate.of]), box.node


def test_every_cell_of_a_recurrence_has_a_frame() -> None:
    assert framed(CELLS, "variables")[0] == {"cell#1", "cell#2", "cell#3"}


def signs(program: Program, nodes: set[str]) -> list[str]:
    return sorted(program.equation[node].rhs.op.name for node in nodes)  # type: ignore[attr-defined]


def test_what_a_call_returns_lies_in_it_and_what_it_is_given_does_not() -> None:
    program = program_of(RESIDUAL, "operations")
    inside = members(program)
    block = ["add", "matmul", "matmul", "relu", "relu"]
    assert signs(program, inside["block#1"]) == block
    assert "h1" in inside["block#1"]
    assert signs(program, inside["block#2"]) == block
    outside = {e.name for e in program.equations if not e.groups and e.reads}
    assert signs(program, outside) == ["add", "add", "mul", "sum"]  # h1 + 1 is written at each place that reads it
    assert members(program_of(RESIDUAL, "variables"))["block#1"] == {"block#1.a", "h1"}


def test_a_call_given_to_a_call_lies_beside_it_and_one_returned_by_it_lies_in_it() -> None:
    text = """
equations = '''
def inner(x):
    return tanh(w*x)
def outer(x):
    return exp(inner(x))
L = outer(inner(v))
'''
inputs = {v = 0.5}
parameters = {w = 2.0}
"""
    program = program_of(text, "operations")
    assert {call: signs(program, nodes) for call, nodes in members(program).items()} == {
        "inner#1": ["mul", "tanh"],
        "outer#1": ["exp", "mul", "tanh"],
        "inner#2": ["mul", "tanh"],
    }


def rect(mark: Any) -> tuple[float, float, float, float]:
    return mark.x, mark.y, mark.x + mark.width, mark.y + mark.height


def within(inner: Any, outer: Any) -> bool:
    a, b = rect(inner), rect(outer)
    return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]


@pytest.mark.parametrize("level", ["variables", "operations"])
@pytest.mark.parametrize("text", [RESIDUAL.replace("2*block(h1 + 1,", "block(h1,"), CELLS, TWO_FUNCTIONS])
def test_frames_have_the_names_of_their_calls_and_cut_no_box(text: str, level: Level) -> None:
    found, drawn = framed(text, level)
    assert found
    plates = {plate.of: plate for plate in drawn.plates if plate.kind == "group"}
    names = {label.id.split(".")[1]: label for label in drawn.every_label() if label.kind == "group"}
    assert names.keys() == plates.keys()
    for call, name in names.items():
        assert within(name, plates[call])
        for box in drawn.boxes:
            a, b = rect(name), rect(box)
            assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1], (call, box.node)
    for plate in plates.values():
        for box in drawn.boxes:
            a, b = rect(plate), rect(box)
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart or within(box, plate), box.node


def test_parameters_of_one_call_stand_in_its_frame_where_it_would_cut_them() -> None:
    _, drawn = framed(RESIDUAL.replace("2*block(h1 + 1,", "block(h1,"), "variables")
    plates = {plate.of: plate for plate in drawn.plates if plate.kind == "group"}
    boxes = {box.node: box for box in drawn.boxes}
    assert all(within(boxes[one], plates["block#1"]) for one in ("W1", "V1", "h1"))
    assert not within(boxes["x"], plates["block#1"])


def test_a_folded_call_leaves_no_name_where_its_frame_was() -> None:
    sheet = read(RESIDUAL.replace("2*block(h1 + 1,", "block(h1,"))
    run_ = run(sheet.program.at_level("operations"), sheet.notation)
    for folded in (frozenset({"block#1"}), frozenset({"block#1", "block#2"})):
        drawn = picture(run_, 0, folded=folded)
        names = {label.id.split(".")[1] for label in drawn.every_label() if label.kind == "group"}
        assert names == {"block#1", "block#2"} - folded


def test_a_frame_does_not_reach_over_its_neighbour_for_the_sake_of_a_note() -> None:
    text = """
equations = \'\'\'
def block_with_a_long_name(h):
    a = tanh(w*h)
    return a*h
h1 = block_with_a_long_name(x)
h2 = block_with_a_long_name(h1)
L = h2**2
\'\'\'
inputs = {x = 0.5}
parameters = {w = 0.2}
"""
    sheet = read(text)
    trace = run(sheet.program, sheet.notation)
    drawn = picture(trace, len(trace.steps))
    plates = [plate for plate in drawn.plates if plate.kind == "group"]
    loss = next(box for box in drawn.boxes if box.node == "L")
    assert len(plates) == 2
    assert all(plate.x + plate.width < loss.x for plate in plates)


def test_a_side_of_a_frame_comes_nearer_to_its_nodes_than_a_local_derivative() -> None:
    text = '''
equations = """
def layer(s, k):
    u = correlate(s, k)
    return relu(u)
f1 = layer(s, k1)
f2 = layer(s, k2)
L = (max(f1) + max(f2))**2
"""
[inputs]
s = [0.0, 0.2, 1.0, 0.9, 0.1, -0.3, 0.4]
[parameters]
k1 = [-1.0, 0.0, 1.0]
k2 = [1.0, 0.5, -0.5]
'''
    sheet = read(text)
    trace = run(sheet.program.at_level("operations"), sheet.notation)
    drawn = picture(trace, len(trace.steps), show=Show(locals="symbol"))
    plates = [plate for plate in drawn.plates if plate.kind == "group"]
    assert len(plates) == 2
    for label in drawn.labels:
        for plate in plates if label.kind == "local" else ():
            a, b = rect(label), rect(plate)
            apart = a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
            assert apart or within(label, plate), label.text

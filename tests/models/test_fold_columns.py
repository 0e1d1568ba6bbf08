"""Columns: which nodes stand in which time step, where loops run backwards, beside one another or after one another."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from graphviz_models.fold import alike, clocks, columns, folds, initial, recurrence, view
from graphviz_models.picture import picture
from graphviz_models.program import Program, build
from graphviz_models.sheet import read
from graphviz_models.trace import run

from . import ruler
from .folding import data

BOTH_WAYS = """
f[0] = 0
r[5] = 0
for t in range(1, 5):
    f[t] = tanh(w*x[t] + u*f[t-1])
for k in range(1, 5):
    r[5-k] = tanh(w*x[5-k] + u*r[6-k])
for t in range(1, 5):
    y[t] = f[t] + r[t]
L = y[1] + y[2] + y[3] + y[4]
"""
ENCODER_DECODER = """
h[0] = 0
for t in range(1, 4):
    h[t] = tanh(w*h[t-1] + u*x[t])
H = stack([h[1], h[2], h[3]])
s[0] = h[3]
for k in range(1, 3):
    a[k] = softmax(H*s[k-1])
    s[k] = tanh(v*s[k-1] + dot(a[k], H))
L = s[1] + s[2]
"""
RESIDUAL = """
z1 = w*x
r1 = relu(z1 + x)
z3 = w*r1
z4 = w*z3
r2 = relu(z4 + r1)
L = r2**2
"""


def program(text: str, steps: int = 4) -> Program:
    given = {"x": {t: 0.1 * t for t in range(1, steps + 1)}} if "x[" in text else {"x": 0.5}
    names = {name for name in ("w", "u", "v") if f"{name}*" in text}
    return build(text, given, {}, dict.fromkeys(names, 0.5), {})


def steps(found: dict[str, int | None]) -> dict[str, int]:
    return {name: step for name, step in found.items() if step is not None}


def test_the_two_directions_of_a_network_stand_in_the_same_columns() -> None:
    found = clocks(program(BOTH_WAYS))
    for t in range(1, 5):
        assert [found[f"{family}[{t}]"] for family in "xfry"] == [t] * 4
    assert (found["f[0]"], found["r[5]"], found["w"], found["L"]) == (0, 5, None, None)


def test_a_decoder_stands_after_its_encoder() -> None:
    found = clocks(program(ENCODER_DECODER, 3))
    assert [found[f"h[{t}]"] for t in range(4)] == [0, 1, 2, 3]
    assert (found["H"], found["s[0]"]) == (3, 3)
    assert [found[name] for name in ("a[1]", "s[1]", "a[2]", "s[2]")] == [4, 4, 5, 5]
    assert found["L"] is None


def test_the_encoder_alone_is_a_recurrence_also_where_both_loops_count_the_same_letter() -> None:
    text = ENCODER_DECODER.replace("for k", "for t").replace("[k", "[t")
    assert clocks(program(text, 3)) == clocks(program(ENCODER_DECODER, 3))
    for one in (program(text, 3), program(ENCODER_DECODER, 3)):
        assert {name for name, step in columns(one).items() if step is not None and name[0] in "as"} == set()
        found = recurrence(one)
        assert found is not None
        assert [slot.name for slot in found.slots] == ["x[t]", "h[t]"]


def test_returns_are_summed_backwards_beside_the_steps_that_they_belong_to() -> None:
    text = """
G[4] = 0
for i in range(1, 4):
    G[4-i] = x[4-i] + w*G[5-i]
for t in range(1, 4):
    p[t] = u*x[t]
L = G[1]*p[1] + G[2]*p[2] + G[3]*p[3]
"""
    found = clocks(program(text, 3))
    assert [found[f"G[{t}]"] for t in range(1, 5)] == [1, 2, 3, 4]
    assert [found[f"p[{t}]"] for t in range(1, 4)] == [1, 2, 3]


def test_what_needs_the_whole_loop_is_no_step_of_it() -> None:
    text = """
h[0] = 0
for t in range(1, 4):
    h[t] = tanh(w*h[t-1] + x[t])
m = h[1] + h[2] + h[3]
for k in range(1, 4):
    q[k] = m*u*k
L = q[1] + q[2] + q[3]
"""
    found = clocks(program(text, 3))
    assert [found[f"h[{t}]"] for t in range(4)] == [0, 1, 2, 3]
    assert {found[name] for name in ("m", "q[1]", "q[2]", "q[3]", "L")} == {None}


def test_numbered_layers_between_which_others_are_computed_are_no_time_steps() -> None:
    one = program(RESIDUAL)
    assert steps(columns(one)) == steps(clocks(one)) == {}
    assert recurrence(one) is None


MIXTURE = """
h = tanh(w*x)
{a1} = exp(v1*h)/(exp(v1*h) + exp(v2*h))
{a2} = 1 - {a1}
mu1 = m1*h
mu2 = m2*h
L = {a1}*mu1**2 + {a2}*mu2**2
"""


@pytest.mark.parametrize(("a1", "a2"), [("a1", "a2"), ("a[1]", "a[2]"), ("a1", "beta")])
@pytest.mark.parametrize("level", ["variables", "operations"])
def test_a_weight_that_is_what_another_one_leaves_is_no_next_time_step(a1: str, a2: str, level: str) -> None:
    weights = dict.fromkeys(("w", "v1", "v2", "m1", "m2"), 0.5)
    one = build(MIXTURE.format(a1=a1, a2=a2), {"x": 0.5}, {}, weights, {}).at_level(level)  # type: ignore[arg-type]
    assert steps(columns(one)) == steps(clocks(one)) == {}
    assert recurrence(one) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("h1 = tanh(u*x1)\nh2 = tanh(w*h1 + u*x2)", (1, 2)),  # the first state is none
        ("h1 = w*x1\nh2 = w*x2 + tanh(h1)", (1, 2)),
        ("h1 = tanh(w*x1)\nh2 = tanh(u*h1)", (1, 2)),
        ("h1 = tanh(w*x1)\nh2 = u*h1 + x1\nh3 = sigmoid(h2)", (1, 2)),  # a chain of three
        ("s = w*x1\nh1 = tanh(s)\nh2 = tanh(u*h1 + s)", (None, None)),  # s stands before both
        ("s = w*x1\nh1 = tanh(s)\nh2 = tanh(h1 + s)\nh3 = tanh(h2 + s)\nh4 = tanh(h3 + s)", (1, 2)),
    ],
)
def test_members_that_read_one_another_are_steps_where_they_are_alike_or_three_in_a_chain(
    text: str, found: tuple[int | None, int | None]
) -> None:
    given = {"x1": 0.5} | ({"x2": 0.2} if "x2" in text else {})
    weights = {name: 0.5 for name in "wu" if f"{name}*" in text}
    one = columns(build(f"{text}\nL = h2**2", given, {}, weights, {}, loss="L"))
    assert (one["h1"], one["h2"]) == found


def test_an_lstm_typed_gate_by_gate_has_its_gates_in_its_steps() -> None:
    text = "c0 = 0\nh0 = 0\n" + "\n".join(
        f"i{t} = sigmoid(w*x{t} + u*h{t - 1})\nc{t} = c{t - 1} + i{t}*x{t}\nh{t} = tanh(c{t})" for t in (1, 2, 3)
    )
    one = build(f"{text}\nL = h3**2", {f"x{t}": 0.1 * t for t in (1, 2, 3)}, {}, {"w": 0.5, "u": 0.2}, {})
    found = columns(one)
    for t in (1, 2, 3):
        assert [found[f"{family}{t}"] for family in "xich"] == [t] * 4
    assert (found["c0"], found["h0"], found["w"], found["L"]) == (0, 0, None, None)


def test_the_number_of_an_operation_is_no_time_step() -> None:
    one = program(ENCODER_DECODER.replace("L = s[1] + s[2]", "L = (s[1] - 1)**2 + (s[2] - 1)**2 + s[1]"), 3)
    closer = one.at_level("operations")
    found = clocks(closer)
    assert {found[name] for name in closer.names if name.partition("#")[0] == "L"} == {None}


def test_two_calls_in_one_step_are_alike_in_all_steps() -> None:
    text = """format = 1
equations = '''
def layer(x, h, W, U):
    a = W*x + U*h
    return tanh(a)
h[0] = 0
g[0] = 0
for t in range(1, 6):
    h[t] = layer(x[t], h[t-1], w, u)
    g[t] = layer(h[t], g[t-1], v, b)
L = g[5]**2
'''
[inputs]
x = {1 = 0.5, 2 = -1.0, 3 = 0.8, 4 = 0.1, 5 = 0.3}
[parameters]
w = 0.5
u = 0.4
v = 0.9
b = 0.2
"""
    model = read(text, "layers")
    same = alike(model.program)
    first, second = ({same[f"layer#{2 * t + k}.a"] for t in range(5)} for k in (1, 2))
    assert len(first) == len(second) == 1
    assert first != second
    drawn = picture(run(model.program, model.notation), 0)
    for k in (1, 2):
        boxes = [drawn.box(f"layer#{2 * t + k}.a") for t in range(5)]
        lefts = [one.x for one in boxes if one is not None]
        ways = {round(b - a, 3) for a, b in pairwise(lefts)}
        assert len(lefts) == 5
        assert len(ways) == 1, "equal columns"


def test_a_residual_network_is_drawn_from_left_to_right() -> None:
    one = run(program(RESIDUAL))
    drawn = data(one, 0)
    left = {box["node"]: box["x"] for box in drawn["boxes"]}
    for equation in one.program.equations:
        for read_ in equation.reads:
            if read_ not in one.program.given:
                assert left[read_] < left[equation.name], (read_, equation.name)
    assert ruler.faults(ruler.of_picture(drawn)) == {}


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("level", ["variables", "operations"])
def test_parameters_left_of_a_long_row_of_steps_leave_initial_values_their_way_to_the_first(
    level: str, direction: str
) -> None:
    text = f"""format = 1
equations = '''
h[0] = zeros(2)
S[0] = 0
for t in range(1, 11):
    h[t] = tanh(W @ h[t-1] + U @ x[t] + b)
    y[t] = dot(v, h[t]) + c
    S[t] = S[t-1] + y[t]**2
L = S[10]
'''
[inputs]
x = {{{", ".join(f"{t} = [0.1, {t / 10}]" for t in range(1, 11))}}}
[parameters]
W = [[0.5, 0.1], [-0.4, 0.3]]
U = [[0.2, 0.1], [0.3, -0.1]]
b = [0.1, 0.2]
v = [0.3, -0.4]
c = 0.2
"""
    model = read(text, "sums")
    one = run(model.program.at_level(level), model.notation)  # type: ignore[arg-type]
    drawn = data(one, len(one.steps), folded=initial(one.program), direction=direction)
    assert ruler.faults(ruler.of_picture(drawn)) == {}
    axis = "x" if direction == "right" else "y"
    at = {box["node"]: box[axis] for box in drawn["boxes"]}
    assert at["h[0]"] < at["h[1]"] < at["t=2..9"] < at["h[10]"] < at["L"]


def test_what_a_group_leaves_beside_its_box_is_taken_out() -> None:
    text = """format = 1
equations = '''
def block(x):
    q = A @ x
    k = B @ x
    v = C @ x
    a = tanh(q*k)
    b = a*v
    c = tanh(b)
    d = sigmoid(c)
    return x + d
y = 2*block(x)
L = sum((y - t)**2)
'''
[inputs]
x = [0.1, 0.2]
[targets]
t = [1.0, 2.0]
[parameters]
A = [[0.5, 0.1], [-0.4, 0.3]]
B = [[0.2, 0.1], [0.3, -0.1]]
C = [[0.2, 0.3], [0.1, -0.1]]
"""
    model = read(text, "block")
    one = run(model.program, model.notation)
    folded = data(one, 0, folded=frozenset({"block#1"}))
    assert ruler.faults(ruler.of_picture(folded)) == {}
    at = {box["node"]: box for box in folded["boxes"]}
    assert at["y"]["x"] - at["block#1"]["x"] - at["block#1"]["width"] < 250


def test_layers_of_several_widths_are_no_recurrence_of_one_step() -> None:
    text = "h1 = W1 @ h0\nh2 = tanh(W2 @ h1)\nh3 = tanh(W3 @ h2)\nL = sum(h3)"
    weights = {"W1": [[0.1] * 2] * 3, "W2": [[0.2] * 3] * 3, "W3": [[0.3] * 3] * 2}
    one = run(build(text, {"h0": [1.0, 2.0]}, {}, weights, {}))
    assert [fold.id for fold in folds(one.program)] == ["t=1", "t=2", "t=3"]
    for folded in ({"t"}, {"t=2"}, {"t=1..2"}):
        assert ruler.faults(ruler.of_picture(data(one, len(one.steps), folded=frozenset(folded)))) == {}


def test_a_group_that_is_folded_in_every_step_is_named_without_the_number_of_a_call() -> None:
    text = "h[0] = 0\nfor t in range(1, 4):\n    h[t] = {}\nL = h[3]"
    defs = "def cell(a):\n    b = w*a\n    c = tanh(b)\n    return c*b\n"
    given: dict[str, Any] = {"x": {t: 0.1 * t for t in (1, 2, 3)}}
    once = build(defs + text.format("cell(h[t-1] + x[t])"), given, {}, {"w": 0.5}, {})
    twice = build(defs + text.format("cell(h[t-1]) + cell(x[t])"), given, {}, {"w": 0.5}, {})
    assert view(once, {"t", "cell#2"}).boxes["cell#2"].label == r"\mathrm{cell}"
    assert view(once, {"cell#2"}).boxes["cell#2"].label == r"\mathrm{cell}_{2}"
    several = view(twice, {"t", "cell#3", "cell#4"}).boxes
    assert [several[call].label for call in ("cell#3", "cell#4")] == [r"\mathrm{cell}_{1}", r"\mathrm{cell}_{2}"]


GATED = """format = 1
equations = '''
def highway(x, H, T):
    h = tanh(H @ x)
    g = sigmoid(T @ x + b)
    return g*h + (1 - g)*x
y[0] = x
for l in range(1, 4):
    y[l] = 0.5*highway(y[l-1], H[l], T[l])
L = sum((y[3] - t)**2)
'''
[inputs]
x = [0.5, -1.0]
[targets]
t = [1.0, 0.0]
[parameters]
b = [-1.0, -1.0]
H = {1 = [[0.1, 0.2], [0.3, 0.4]], 2 = [[0.1, 0.2], [0.3, 0.4]], 3 = [[0.1, 0.2], [0.3, 0.4]]}
T = {1 = [[0.1, 0.2], [0.3, 0.4]], 2 = [[0.1, 0.2], [0.3, 0.4]], 3 = [[0.1, 0.2], [0.3, 0.4]]}
"""


@pytest.mark.parametrize(("level", "leaving"), [("variables", [".h", ".g"]), ("operations", ["#2"])])
def test_groups_whose_nodes_do_not_stand_together_get_boxes_with_all_that_leaves_them(
    level: str, leaving: list[str]
) -> None:
    model = read(GATED, "gated")
    one = run(model.program.at_level(level), model.notation)  # type: ignore[arg-type]
    folded = frozenset(f"highway#{call}" for call in (1, 2, 3))
    shown = picture(one, len(one.steps), folded=folded)
    drawn = data(one, len(one.steps), folded=folded)
    assert ruler.faults(ruler.of_picture(drawn)) == {}
    for call in (1, 2, 3):
        values = {label.id for label in shown.every_label() if label.of == f"highway#{call}"}
        assert all(any(leaves in said for said in values) for leaves in leaving)
    at = {box["node"]: box for box in drawn["boxes"]}
    row = [at[f"highway#{call}"] for call in (1, 2, 3)]
    assert max(one["y"] for one in row) - min(one["y"] for one in row) < 1
    pitch = [b["x"] - a["x"] for a, b in pairwise(row)]
    assert max(pitch) - min(pitch) < 1  # the numbers of the calls are not of one width
    for call in (1, 2, 3):
        for weight in (f"H[{call}]", f"T[{call}]"):  # above what they feed
            assert at[weight]["y"] + at[weight]["height"] < row[call - 1]["y"]


@pytest.mark.parametrize("folded", [{"cell#1", "cell#2", "cell#3"}, {"t=1", "t=2", "t=3"}])
def test_like_boxes_in_several_steps_are_equally_long(folded: set[str]) -> None:
    text = """format = 1
equations = '''
def gate(W, U, b, x, h):
    return sigmoid(W*x + U*h + b)
def cell(x, h, c):
    f = gate(W_f, U_f, b_f, x, h)
    i = gate(W_i, U_i, b_i, x, h)
    o = gate(W_o, U_o, b_o, x, h)
    d = f*c + i*x
    return stack([o*tanh(d), d])
s[0] = zeros(2)
for t in range(1, 4):
    s[t] = cell(x[t], s[t-1][0], s[t-1][1])
L = s[3][0]**2
'''
[inputs]
x = {1 = 0.5, 2 = -1.0, 3 = 0.8}
[parameters]
""" + "\n".join(f"{kind}_{gate} = 0.3" for kind in "WUb" for gate in "fio")
    model = read(text, "cells")
    one = run(model.program, model.notation)
    drawn = data(one, 0, folded=frozenset(folded))
    assert ruler.faults(ruler.of_picture(drawn)) == {}
    widths = [box["width"] for box in drawn["boxes"] if box["node"] in folded]
    assert len(widths) == 3
    assert max(widths) < 1.31 * min(widths)

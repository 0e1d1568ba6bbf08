"""Entries of one array stand together, and what they share above them."""

from __future__ import annotations

from itertools import pairwise

from graphviz_models.notation import Notation
from graphviz_models.picture import picture
from graphviz_models.program import Program, build
from graphviz_models.trace import run

NORM = """
mu = (x[1] + x[2] + x[3] + x[4])/4
v = ((x[1]-mu)**2 + (x[2]-mu)**2 + (x[3]-mu)**2 + (x[4]-mu)**2)/4
for i in range(1, 5):
    xh[i] = (x[i] - mu)/sqrt(v + 0.01)
    y[i] = gamma*xh[i] + beta
L = (y[1]-t[1])**2 + (y[2]-t[2])**2 + (y[3]-t[3])**2 + (y[4]-t[4])**2
"""
HEAD = """
Q = X@WQ
K = X@WK
V = X@WV
S = Q@K.T
A = softmax(S, axis=1)
O = A@V
Y = O@WO + X
L = sum((Y - T)**2)
"""
TWINS = """
def net(x):
    a = relu(W@x + b)
    return V@a
f_a = net(x_a)
f_p = net(x_p)
f_n = net(x_n)
d_p = sum((f_a - f_p)**2)
d_n = sum((f_a - f_n)**2)
L = d_p - d_n
"""


def columns(program: Program, level: str) -> list[list[str]]:
    """The nodes of every rank, from above."""
    drawn = picture(run(program.at_level(level), Notation("L")), 0)
    ranks: dict[float, list[tuple[float, str]]] = {}
    for box in drawn.boxes:
        ranks.setdefault(round(box.x + box.width / 2), []).append((box.y, box.node))
    return [[name for _, name in sorted(rank)] for rank in ranks.values()]


def column(program: Program, level: str, node: str) -> list[str]:
    return next(rank for rank in columns(program, level) if node in rank)


def test_shared_parameters_stand_above_the_row_of_the_data() -> None:
    given = {n: {k: 0.5 * k for k in range(1, 5)} for n in "xt"}
    program = build(NORM, {"x": given["x"]}, {"t": given["t"]}, {"gamma": 1.2, "beta": -0.1}, {}, "L")
    found = column(program, "variables", "xh[1]")
    assert {*found[:2]} == {"gamma", "beta"}
    assert found[2:] == [f"xh[{i}]" for i in range(1, 5)]


def attention() -> Program:
    square = [[0.5, 0.1], [-0.3, 0.8]]
    weights = dict.fromkeys(("WQ", "WK", "WV", "WO"), square)
    X = [[1.0, 0.0], [0.5, -0.5], [0.0, 1.5]]
    return build(HEAD, {"X": X}, {"T": X}, weights, {}, "L")


def test_a_link_past_a_whole_net_keeps_close_to_it() -> None:
    """X → Y runs just below V, in no arc that is as deep again."""
    drawn = picture(run(attention().at_level("operations"), Notation("L")), 0)
    lowest = max(box.y + box.height for box in drawn.boxes)
    assert max(y for edge in drawn.edges for _, y in edge.points) < lowest + 40.0


def test_entries_of_matrices_of_one_rank_are_not_mixed() -> None:
    program = attention()
    for rank in columns(program, "neurons"):
        arrays = [name.partition("[")[0] for name in rank]
        changes = sum(a != b for a, b in pairwise(arrays))
        assert changes == len({*arrays}) - 1, rank
    assert {"Q", "K", "V"} == {name[0] for name in column(program, "neurons", "Q[0,0]")}


def test_what_three_calls_share_stands_above_them() -> None:
    inputs = {"x_a": [1.0, 0.5], "x_p": [0.8, 0.7], "x_n": [-0.5, 1.0]}
    parameters = {
        "W": [[0.5, -0.2], [0.1, 0.7], [0.3, 0.3]],
        "b": [0.0, 0.1, 0.05],
        "V": [[0.4, 0.2, -0.6], [0.7, -0.1, 0.5]],
    }
    program = build(TWINS, inputs, {}, parameters, {}, "L")
    found = [n for n in column(program, "variables", "V") if n not in inputs]
    assert found[0] == "V"
    assert {*found[1:]} == {f"net#{k}.a" for k in (1, 2, 3)}

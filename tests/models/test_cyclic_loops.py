"""What leads back to a delay keeps clear of the other edges of a folded recurrence."""

from __future__ import annotations

from itertools import pairwise
from math import hypot

import pytest

from graphviz_models.layout.scene import near_parallel
from graphviz_models.picture import Edge, Picture, picture
from graphviz_models.program import build
from graphviz_models.sheet import load
from graphviz_models.trace import run

from .folding import data, faults

GRU = """
h[0] = zeros(2)
for t in range(1, 4):
    z[t] = sigmoid(A @ x[t] + B @ h[t-1])
    r[t] = sigmoid(C @ x[t] + D @ h[t-1])
    g[t] = tanh(E @ x[t] + F @ (r[t]*h[t-1]))
    h[t] = z[t]*h[t-1] + (1 - z[t])*g[t]
L = sum(h[3])
"""
LSTM = """
y[0] = 0
s[0] = 0
for t in range(1, 4):
    g[t] = tanh(a*x[t] + b*y[t-1])
    i[t] = sigmoid(c*x[t] + d*y[t-1])
    o[t] = sigmoid(e*x[t] + f*y[t-1])
    s[t] = s[t-1] + i[t]*g[t]
    y[t] = o[t]*tanh(s[t])
L = v*y[3]
"""
MOMENTUM = """
x[0] = zeros(2)
m[0] = zeros(2)
for k in range(1, 4):
    g[k] = A @ x[k-1] - b
    m[k] = u*m[k-1] + g[k]
    x[k] = x[k-1] - w*m[k]
L = dot(x[3], A @ x[3])/2 - dot(b, x[3])
"""


def cycle(text: str, level: str = "variables", direction: str = "right") -> Picture:
    if text == "sheet8-ex3":
        program = load(text).program
    else:
        wide = {name: [[0.5, 0.1], [-0.2, 0.3]] for name in "ABCDEF" if f"{name} @" in text}
        weights = wide | {name: 0.5 for name in "abcdefuvw" if f"{name}*" in text}
        given = {"x": {t: [0.5, 0.1] if wide else 0.5 for t in (1, 2, 3)}} if "x[t]" in text else {"b": [1.0, -1.0]}
        program = build(text, given, {}, weights, {})
    trace = run(program.at_level(level))  # type: ignore[arg-type]
    folded = frozenset({"k" if text == MOMENTUM else "t"})
    assert faults(data(trace, 0, folded=folded, direction=direction)) == {}
    return picture(trace, 0, folded=folded, direction=direction)


def loops(drawn: Picture) -> list[Edge]:
    computed = {box.id for box in drawn.boxes if box.role in ("activation", "output", "loss", "operation")}
    first = {edge.source for edge in drawn.edges if edge.source.endswith("[0]")}
    boxes = {box.id: box for box in drawn.boxes}
    return [
        edge
        for edge in drawn.edges
        if "z^-" in edge.target and edge.source in computed - first and boxes[edge.source].x > boxes[edge.target].x
    ]


def crossings(one: Edge, other: Edge) -> int:
    def left(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> bool:
        return (q[0] - p[0]) * (r[1] - p[1]) > (q[1] - p[1]) * (r[0] - p[0])

    return sum(
        left(p, q, r) != left(p, q, s) and left(r, s, p) != left(r, s, q)
        for p, q in pairwise(one.points)
        for r, s in pairwise(other.points)
    )


@pytest.mark.parametrize(
    ("text", "level"), [(GRU, "variables"), ("sheet8-ex3", "variables"), ("sheet8-ex3", "operations")]
)
def test_a_loop_does_not_cross_what_its_delay_hands_on(text: str, level: str) -> None:
    drawn = cycle(text, level)
    assert loops(drawn)
    for loop in loops(drawn):
        ahead = [edge for edge in drawn.edges if edge.source == loop.target]
        assert {edge.target: crossings(loop, edge) for edge in ahead} == dict.fromkeys((e.target for e in ahead), 0)


@pytest.mark.parametrize(("text", "level"), [(LSTM, "operations"), (MOMENTUM, "variables"), ("sheet8-ex3", "neurons")])
@pytest.mark.parametrize("direction", ["right", "down"])
def test_a_loop_ends_beside_other_arrows_and_not_on_them(text: str, level: str, direction: str) -> None:
    drawn = cycle(text, level, direction)
    for loop in loops(drawn):
        for edge in drawn.edges:
            if edge is not loop and edge.target == loop.target:
                assert hypot(edge.points[-1][0] - loop.points[-1][0], edge.points[-1][1] - loop.points[-1][1]) > 6.0


def test_two_loops_do_not_run_beside_one_another() -> None:
    first, second = loops(cycle(MOMENTUM))
    assert not any(
        near_parallel(p, q, r, s, 9.0, 40.0) for p, q in pairwise(first.points) for r, s in pairwise(second.points)
    )

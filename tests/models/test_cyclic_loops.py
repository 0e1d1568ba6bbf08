"""What leads back to a delay keeps clear of the other edges of a folded recurrence."""

from __future__ import annotations

from itertools import pairwise
from math import hypot

import numpy as np
import pytest

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
ENERGY = """
for k in range(1, 4):
    g[k] = A @ x[k-1] - b
    m[k] = u*m[k-1] + g[k]
    x[k] = x[k-1] - w*m[k]
f = dot(x[3], A @ x[3])/2 - dot(b, x[3])
"""
EULER = """
x[0] = zeros(2)
for t in range(1, 4):
    n[t] = tanh(A @ x[t-1])
    x[t] = x[t-1] + a*(B @ n[t])
L = sum(x[3])
"""
RESIDUAL = """
h[0] = zeros(3)
for t in range(1, 4):
    n[t] = tanh(A @ h[t-1])
    h[t] = h[t-1] + B @ n[t]
L = sum(h[3])
"""


def cycle(text: str, level: str = "variables", direction: str = "right") -> Picture:
    if text == "sheet8-ex3":
        program = load(text).program
    else:
        size = 3 if text == RESIDUAL else 2
        size = 3 if text == RESIDUAL else 2
        matrix = np.linspace(-0.5, 0.5, size**2).reshape(size, size).tolist()
        wide = {name: matrix for name in "ABCDEF" if f"{name} @" in text}
        weights = wide | {name: 0.5 for name in "abcdefuvw" if f"{name}*" in text}
        given: dict[str, object] = {"b": [1.0, -1.0]} if "- b" in text else {}
        if "*x[t]" in text or "@ x[t]" in text:
            given["x"] = {t: [0.5, 0.1] if wide else 0.5 for t in (1, 2, 3)}
        if text == ENERGY:
            given |= {name: {0: [0.0, 0.0]} for name in "xm"} | {"A": weights.pop("A")}
        program = build(text, given, {}, weights, {})
    trace = run(program.at_level(level))  # type: ignore[arg-type]
    folded = frozenset({"k" if "[k]" in text else "t"})
    assert faults(data(trace, 0, folded=folded, direction=direction)) == {}
    return picture(trace, 0, folded=folded, direction=direction)


def loops(drawn: Picture) -> list[Edge]:
    computed = {box.id for box in drawn.boxes if box.role in ("activation", "output", "loss", "operation")}
    return [edge for edge in drawn.edges if edge.source in computed and edge.target == f"{edge.source} z^-1"]


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


def beside(one: Edge, other: Edge, apart: float = 13.5) -> float:
    """For how many points an edge runs nearer to another one than `apart`, but for where both start or end."""
    steps = [
        (p[0] + (q[0] - p[0]) * k / 20, p[1] + (q[1] - p[1]) * k / 20, hypot(q[0] - p[0], q[1] - p[1]) / 20)
        for p, q in pairwise(one.points)
        for k in range(20)
    ]
    ends = (*one.points[:: len(one.points) - 1], *other.points[:: len(other.points) - 1])
    return sum(
        step
        for x, y, step in steps
        if min(hypot(x - u, y - v) for u, v in ends) > 50.0
        and min(gap((x, y), p, q) for p, q in pairwise(other.points)) < apart
    )


def gap(at: tuple[float, float], p: tuple[float, float], q: tuple[float, float]) -> float:
    """How far a point is from a segment."""
    dx, dy = q[0] - p[0], q[1] - p[1]
    part = ((at[0] - p[0]) * dx + (at[1] - p[1]) * dy) / ((dx * dx + dy * dy) or 1.0)
    part = min(max(part, 0.0), 1.0)
    return hypot(at[0] - p[0] - part * dx, at[1] - p[1] - part * dy)


def back_and_ahead(drawn: Picture) -> list[tuple[Edge, Edge]]:
    """The loops with the edges from their delays to where they come from."""
    ends = {(edge.source, edge.target): edge for edge in drawn.edges}
    return [(loop, ends[loop.target, loop.source]) for loop in loops(drawn) if (loop.target, loop.source) in ends]


def side(edge: Edge) -> float:
    """How far an edge reaches below its ends, or, negative, above them."""
    middle = (edge.points[0][1] + edge.points[-1][1]) / 2
    return max((y - middle for _, y in edge.points), key=abs)


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize(
    ("text", "level"),
    [(ENERGY, "variables"), (ENERGY, "operations"), (GRU, "variables"), (RESIDUAL, "variables"), (EULER, "variables")],
)
def test_loops_keep_apart_from_one_another_and_from_arcs_within(text: str, level: str, direction: str) -> None:
    drawn = cycle(text, level, direction)
    several = loops(drawn)
    assert not any(beside(one, other) > 0.0 for k, one in enumerate(several) for other in several[:k])
    assert not any(beside(arc, loop) > 0.0 for loop, arc in back_and_ahead(drawn))
    assert not any(crossings(loop, arc) for loop, arc in back_and_ahead(drawn))


def test_a_loop_takes_the_side_that_the_arc_of_its_delay_leaves_free() -> None:
    ((loop, arc),) = back_and_ahead(cycle(EULER, "operations"))
    assert side(loop) * side(arc) < 0


@pytest.mark.parametrize("direction", ["right", "down"])
def test_what_a_delay_hands_on_runs_outside_of_a_smaller_cycle(direction: str) -> None:
    drawn = cycle(ENERGY, "variables", direction)
    (ahead,) = (edge for edge in drawn.edges if edge.source == "x[k] z^-1" and edge.target == "x[k]")
    cyclic = [edge for edge in drawn.edges if {edge.source, edge.target} == {"m[k]", "m[k] z^-1"}]
    assert len(cyclic) == 2
    assert sum(crossings(ahead, edge) for edge in cyclic) == 0


@pytest.mark.parametrize("direction", ["right", "down"])
def test_the_loops_of_an_array_nest(direction: str) -> None:
    several = loops(cycle(RESIDUAL, "neurons", direction))
    assert len(several) == 3
    assert not any(crossings(one, other) for k, one in enumerate(several) for other in several[:k])


@pytest.mark.parametrize("level", ["variables", "operations", "neurons"])
@pytest.mark.parametrize("text", [GRU, LSTM, MOMENTUM, ENERGY, RESIDUAL, EULER, "sheet8-ex3"])
def test_a_loop_turns_before_its_arrowhead(text: str, level: str) -> None:
    for loop in loops(cycle(text, level)):
        (px, py), (qx, qy) = loop.points[-2:]
        assert hypot(qx - px, qy - py) >= 8.0
        assert min(abs(qx - px), abs(qy - py)) < 0.5, "straight into its box"

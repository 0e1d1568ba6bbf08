"""What a reader follows in a picture: lines that are level, arrowheads apart, constants by what they go into."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from math import dist
from typing import Literal

import numpy as np
import pytest

from graphviz_models.expr import Const, Var
from graphviz_models.picture import Picture, Show, picture
from graphviz_models.program import build
from graphviz_models.read import latex
from graphviz_models.sheet import load
from graphviz_models.trace import run


def drawn(name: str, level: str = "variables", show: Show | None = None) -> Picture:
    sheet = load(name)
    trace = run(sheet.program.at_level(level), sheet.notation)
    return picture(trace, len(trace.steps), show=show or Show())


@pytest.mark.parametrize("name", ["assignment3-q1", "assignment3-q2", "sheet8-ex3", "sheet9-ex1"])
def test_arrowheads_at_one_node_stand_apart(name: str) -> None:
    """They are 6.8 points high: with less between their tips they are hard to tell apart. Those of one rail are one."""
    seen = drawn(name)
    for box in seen.boxes:
        tips = [edge.points[-1] for edge in seen.edges if edge.target == box.id]
        assert all(dist(p, q) > 10.0 or dist(p, q) < 0.1 for p, q in combinations(tips, 2)), box.node


def test_of_three_rails_beside_an_input_one_comes_from_below() -> None:
    seen = drawn("assignment3-q1")
    names = {box.id: box.node for box in seen.boxes}
    for t in (1, 2, 3):
        v = seen.box(f"v[{t}]")
        assert v is not None
        ends = {names[edge.source]: edge.points[-1] for edge in seen.edges if edge.target == v.id}
        assert {name for name, (_, y) in ends.items() if abs(y - v.y - v.height) < 1.0} == {"W_sh", f"x[{t}]"}
        assert ends["W_sh"][0] < ends[f"x[{t}]"][0]


@pytest.mark.parametrize("name", ["sheet9-ex1", "sheet9-ex1f"])
def test_a_parameter_between_two_products_stands_at_their_height(name: str) -> None:
    seen = drawn(name, "operations")
    w = seen.box("w")
    assert w is not None
    lines = [edge.points for edge in seen.edges if edge.source == w.id]
    assert len(lines) == 2
    assert all(len({round(y, 3) for _, y in line}) == 1 for line in lines)
    inputs = [box.y for box in seen.boxes if box.node in ("x[1]", "x[2]")]
    assert inputs[0] == pytest.approx(inputs[1])


def test_a_constant_in_a_recurrence_stands_above_what_it_goes_into() -> None:
    seen = drawn("sheet8-ex3", "operations")
    boxes = {box.id: box for box in seen.boxes}
    lines = [edge for edge in seen.edges if boxes[edge.source].role == "constant"]
    assert len(lines) == 4
    for edge in lines:
        (x0, y0), *_, (x1, y1) = edge.points
        assert x0 == pytest.approx(x1)
        assert y1 - 60.0 < y0 < y1


def test_what_fills_its_rank_is_joined_by_lines_without_a_kink_at_its_rim() -> None:
    seen = drawn("sheet8-ex2", "neurons")
    names = {box.id: box.node for box in seen.boxes}
    lines = [edge.points for edge in seen.edges if names[edge.source].startswith("d[")]
    assert len(lines) == 6
    assert all(dist(line[0], line[1]) > 100.0 for line in lines)


def locals_of(seen: Picture) -> dict[str, str]:
    return {label.id.removesuffix(".local"): label.text for label in seen.labels if label.kind == "local"}


def test_a_long_local_derivative_is_written_with_the_symbol_of_what_was_computed() -> None:
    scalar = locals_of(drawn("assignment3-q2", show=Show(locals="symbol")))
    assert scalar["h[3]→h[4]"] == "a (1 − h₄²)"
    assert scalar["b→h[2]"] == "1 − h₂²"
    assert "⋯" not in scalar.values()
    array = locals_of(drawn("practical1-ex1", show=Show(locals="symbol")))
    assert array["s1→z1"] == "∂ℒ/∂z₁ ⊙ (1 − z₁²)"
    short = locals_of(drawn("sheet9-ex1", show=Show(locals="symbol")))
    assert short["h[1]→h[2]"] == "1 − tanh²(h₁)"


def test_a_local_derivative_that_stays_long_is_a_number() -> None:
    text = "y = " + " + ".join(f"sin(w*x*{k}.5)" for k in range(1, 9))
    program = build(f"{text}\nL = y**2", {"x": 0.5}, {}, {"w": 0.25}, {})
    trace = run(program)
    seen = locals_of(picture(trace, len(trace.steps), show=Show(locals="symbol")))
    assert float(seen["w→y"].replace("−", "-")) == pytest.approx(
        sum(0.5 * (k + 0.5) * np.cos(0.125 * (k + 0.5)) for k in range(1, 9)), rel=1e-3
    )


def away(point: tuple[float, float], line: Sequence[tuple[float, float]]) -> float:
    """How far a point is from a polyline."""
    found = []
    for (ax, ay), (bx, by) in pairwise(line):
        long = (bx - ax) ** 2 + (by - ay) ** 2
        share = min(max(((point[0] - ax) * (bx - ax) + (point[1] - ay) * (by - ay)) / long, 0.0), 1.0)
        found.append(dist(point, (ax + share * (bx - ax), ay + share * (by - ay))))
    return min(found)


@pytest.mark.parametrize("locals_", ["off", "symbol"])
def test_a_weight_stands_nearest_to_its_own_edge(locals_: Literal["off", "symbol"]) -> None:
    seen = drawn("practical1-ex1", "neurons", Show(locals=locals_))
    lines = {edge.id: edge.points for edge in seen.edges}
    weights = [label for label in seen.labels if label.kind == "weight"]
    assert len(weights) == 14
    for label in weights:
        middle = label.x + label.width / 2, label.y + label.height / 2
        own = label.id.removesuffix(".weight")
        assert min(lines, key=lambda key: away(middle, lines[key])) == own


def test_a_gap_in_which_no_edges_cross_is_no_wider_than_others() -> None:
    boxes = {box.node: box for box in drawn("practical1-ex1", "neurons").boxes}

    def gap(before: str, after: str) -> float:
        return boxes[after].x - boxes[before].x - boxes[before].width

    assert gap("z2[0]", "s_out[0]") < 0.8 * gap("z1[0]", "s2[0]")


def test_an_elementwise_product_within_a_product_of_matrices_stands_in_brackets() -> None:
    """Without brackets it would be read as (Wᵀ δ) ⊙ f′, another vector."""
    seen = locals_of(drawn("assignment3-q3", show=Show(locals="symbol")))
    assert seen["h[1]→h[2]"] == "W₂ᵀ (∂J/∂h₂ ⊙ (1 − h₂²))"
    assert seen["W[2]→h[2]"] == "(∂J/∂h₂ ⊙ (1 − h₂²)) h₁ᵀ"
    a, b, c = Var("A", (2, 2)), Var("b", (2,)), Var("c", (2,))
    assert latex(a @ (b * c), str) == r"A \, (b \odot c)"
    assert latex(a @ -(Const(2.0) * (b * c)), str) == r"A \, (-2 \, b \odot c)"
    assert latex((a @ b) * c, str) == r"A \, b \odot c"
    assert latex(a @ (Const(2.0) * b), str) == r"A \, 2 \, b"

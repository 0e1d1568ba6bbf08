"""Squares are written as powers are: what is more than a symbol stands in brackets."""

import pytest

from graphviz_models.derivation import derivation
from graphviz_models.formula import typeset
from graphviz_models.program import build
from graphviz_models.trace import run


@pytest.mark.parametrize(
    ("inner", "latex"),
    [
        ("x", "{x}^{2}"),
        ("x_1", "{x_1}^{2}"),
        ("x - y", "{(x - y)}^{2}"),
        ("-x", "{(-x)}^{2}"),
        ("2*x", r"{(2 \, x)}^{2}"),
        ("exp(x)", "{(e^{x})}^{2}"),
        ("square(x)", "{({x}^{2})}^{2}"),
    ],
)
def test_a_square_is_that_of_all_of_its_operand(inner: str, latex: str) -> None:
    program = build(f"L = square({inner})", {"x": 2.0, "x_1": 1.0}, {"y": 1.0}, {}, {}, "L")
    formal = derivation(run(program), 0).formal
    assert formal == f"L = {latex}"
    assert typeset(formal, 20.0).width > 0


def test_a_norm_among_neurons_sums_whole_squares() -> None:
    text = "d = norm(z - y)\nL = d**2"
    trace = run(build(text, {"z": [3.0, 4.0]}, {"y": [1.0, 0.5]}, {}, {}, "L").at_level("neurons"))
    assert derivation(trace, 0).formal == r"d = \sqrt{{(z_0 - y_0)}^{2} + {(z_1 - y_1)}^{2}}"

"""Formulas whose pieces have names: every node's value and gradient, looked through or not, of whatever sign."""

import numpy as np
import pytest

from graphviz_models.program import build
from graphviz_models.trace import run

from . import oracle

# Chains of two names that are looked through, and factors of unknown sign under a logarithm.
MODELS = [
    "q = exp(x)\nd = q + 1\nL = 1/d",
    "q = exp(-x)\nd = q + 1\np = 1/d\nL = -log(p)*w + q",
    "p = 1/(1 + exp(-x))\nr = p*w\nL = log(p) + r**2",
    "s = exp(x)\nq = w/s*exp(-x**2/(2*s**2))\nL = -log(3 + sum(q))",
    "n = w*cosh(x)\nL = log(1 + n**2)",
    "n = w*exp(x)\nL = log(3 + n)",
    "L = log(1 + (w*exp(x))**3)",
    "n = w*exp(x)\nL = log(n**2)",
    "n = 1 - cosh(x)\nL = log(n**2 + 1)",
    "L = log(2 - w*exp(x))",
]


@pytest.mark.parametrize("text", MODELS)
def test_every_node_agrees_with_autograd(text: str) -> None:
    given = {"x": 0.3, "w": -0.5}
    mine = run(build(text, given, {}, {}, {}, "L"))
    values, gradients = oracle.evaluate(text, {k: np.float64(v) for k, v in given.items()}, {}, "L")
    assert {k: float(mine.values[k]) for k in values} == pytest.approx(
        {k: float(v) for k, v in values.items()}, rel=1e-12
    )
    assert {k: float(mine.gradients[k]) for k in gradients} == pytest.approx(
        {k: float(v) for k, v in gradients.items()}, rel=1e-10
    )


@pytest.mark.parametrize(
    ("text", "value", "slope"),
    [
        ("t2 = tanh(x)\ns = 1 - t2**2\nL = log(s)", 2 * np.log(2) - 1600, -2.0),
        ("a = exp(2*x) - 1\nb = exp(2*x) + 1\nL = a/b", 1.0, 0.0),
        ("a = exp(x)\nb = w*a\nL = b/(1 + exp(x))", -0.5, 0.0),
        ("n = -w\na = n*exp(x)\nb = 1 + exp(x)\nL = a/b", 0.5, 0.0),
    ],
)
def test_true_at_800(text: str, value: float, slope: float) -> None:
    mine = run(build(text, {"x": 800.0, "w": -0.5}, {}, {}, {}, "L"))
    assert mine.loss == pytest.approx(value, rel=1e-15)
    assert float(mine.gradients["x"]) == pytest.approx(slope, rel=1e-15, abs=1e-300)

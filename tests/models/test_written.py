"""Products of the chain rule as a lecturer writes them: other words, the same values."""

from __future__ import annotations

import numpy as np
import pytest

from graphviz_models.calculus import as_written, deltas
from graphviz_models.derivation import derivation
from graphviz_models.expr import evaluate
from graphviz_models.notation import Notation
from graphviz_models.program import build
from graphviz_models.sheet import load
from graphviz_models.trace import Trace, run
from graphviz_models.views import LEVELS

from .random_models import random_model
from .sources import EXERCISES


def same_values(trace: Trace) -> None:
    """Every product of the chain rule has the value of its other spelling."""
    env = dict(trace.values)
    for node, gradient in trace.gradients.items():
        env["∂" + node] = env["∂~" + node] = gradient
    with np.errstate(all="ignore"):
        for delta in deltas(trace.program):
            for term, written in zip(delta.terms, delta.written, strict=True):
                assert written.source == term.source
                true = evaluate(term.product, env)
                for shown in (as_written(term.product), written.product):
                    assert shown.shape == term.product.shape
                    assert np.allclose(true, evaluate(shown, env), rtol=1e-8, atol=1e-10), (delta.of, term.source)


def put_in(text: str, of: str, **parameters: object) -> str:
    """The local derivatives put in, as the line of a node's delta has them."""
    trace = run(build(text, {}, {"k": 1}, parameters, {"eta": 0.1}, "L"), Notation("L"))
    same_values(trace)
    return derivation(trace, trace.backward_index[of]).substituted


@pytest.mark.parametrize("name", EXERCISES)
def test_exercises_keep_their_values(name: str) -> None:
    sheet = load(name)
    for level in LEVELS:
        same_values(run(sheet.program.at_level(level), sheet.notation))


@pytest.mark.parametrize("seed", range(40))
def test_random_models_keep_their_values(seed: int) -> None:
    same_values(run(random_model(seed)))


VECTOR = [0.5, -1.0, 0.3]


@pytest.mark.parametrize(
    ("text", "of", "parameters", "line"),
    [
        ("a = w - eta*w\nL = sum(a**2)", "w", {"w": VECTOR}, r"(1 - \eta) \, \frac{\partial L}{\partial a}"),
        ("a = eta*w\nL = sum(a**2)", "w", {"w": VECTOR}, r"\eta \, \frac{\partial L}{\partial a}"),
        ("a = 2/w\nL = a**2", "w", {"w": 3.0}, r"-\frac{2}{{w}^{2}} \, \frac{\partial L}{\partial a}"),
        ("a = (1 - z)*h + z*g\nL = a**2", "z", {"z": 0.3, "h": 1.0, "g": 2.0},
         r"\frac{\partial L}{\partial a} \, (g - h)"),
        ("p = softmax(u)\nl = -log(p[k])\nL = l**2", "u", {"u": VECTOR},
         r"\frac{\partial L}{\partial l} \, (p - \mathbf{e}_{k})"),
        ("p = softmax(u)\nL = sum(p**3)", "u", {"u": VECTOR},
         r"p \odot \left(\frac{\partial L}{\partial p} - {p}^{\top} \, \frac{\partial L}{\partial p}\right)"),
        ("a = mean((w - 1)**2)\nL = a**2", "w", {"w": VECTOR},
         r"\frac{2}{3} \, \frac{\partial L}{\partial a} \, (w - 1)"),
        ("a = sqrt(w**2 + 1)\nL = a**2", "w", {"w": 3.0}, r"\frac{1}{a} \, \frac{\partial L}{\partial a} \, w"),
        ("a = w[0]*2\nL = a**2", "w", {"w": VECTOR}, r"2 \, \frac{\partial L}{\partial a} \, \mathbf{e}_{0}"),
    ],
)  # fmt: skip
def test_the_line_is_a_lecturers(text: str, of: str, parameters: dict[str, object], line: str) -> None:
    assert put_in(text, of, **parameters) == line


BY_HAND = """
for k in range(1, 4):
    e[k] = exp(z[k])
S = e[1] + e[2] + e[3]
for k in range(1, 4):
    p[k] = e[k]/S
L = -(t[1]*log(p[1]) + t[2]*log(p[2]) + t[3]*log(p[3]))
"""


def by_hand(*z: float) -> Trace:
    given = dict(enumerate(z, 1))
    return run(build(BY_HAND, {}, {"t": {1: 0.0, 2: 1.0, 3: 0.0}}, {"z": given}, {}, "L"), Notation("L"))


def test_a_node_that_is_looked_through_has_its_own_letters() -> None:
    trace = by_hand(0.5, 0.4, -0.8)
    same_values(trace)
    line = derivation(trace, trace.backward_index["z[3]"])
    assert line.substituted == r"\frac{\partial L}{\partial e_3} \, e_3"
    assert derivation(trace, trace.backward_index["t[2]"]).substituted == r"-\log(p_2)"


def test_where_its_numbers_are_beyond_float64_the_true_form_stands() -> None:
    trace = by_hand(1000.0, 400.0, -800.0)
    line = derivation(trace, trace.backward_index["z[1]"])
    assert r"\frac{\partial L}{\partial e_1}" not in line.substituted
    assert "NaN" not in line.numeric
    assert line.result == "1"

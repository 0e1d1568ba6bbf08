"""Entries of a softmax have their names in derivatives, δ z (1 - z), however their common sum is computed."""

from __future__ import annotations

import re

import numpy as np
import pytest

from graphviz_models.derivation import derivation
from graphviz_models.notation import Notation
from graphviz_models.program import build
from graphviz_models.sheet import load
from graphviz_models.trace import Trace, run

from .test_written import same_values

APART = "z = W @ x\nu = exp(z)\nr = relu(3 - u)\nL = sum(r**2)"
TOGETHER = "u = exp(W @ x)\nr = relu(3 - u)\nL = sum(r**2)"
BATCH = "A = softmax(S, axis=1)\nO = A @ v\nL = sum(O*O)"


def _softmax(n: int, text: str = "a = softmax(s)\ny = dot(a, v)\nL = y**2") -> Trace:
    inputs = {"s": np.linspace(-1.0, 1.5, n) ** 3, "v": np.arange(1.0, n + 1)}
    program = build(text, inputs, {}, {}, {}, loss="L").at_level("neurons")
    return run(program, Notation("L"))


def _put_in(trace: Trace, node: str) -> str:
    """The local derivatives put into the chain rule, without thin spaces."""
    return derivation(trace, trace.backward_index[node]).substituted.replace(r"\, ", "")


@pytest.mark.parametrize("n", [3, 4, 6])
def test_every_entry_has_the_same_derivative(n: int) -> None:
    trace = _softmax(n)
    same_values(trace)
    for i in range(n):
        delta = [rf"\frac{{\partial L}}{{\partial a_{k}}}" for k in range(n)]
        terms = [f"{delta[k]} a_{k} " + (f"(1 - a_{k})" if k == i else f"a_{i}") for k in range(n)]
        said = _put_in(trace, f"s[{i}]")
        assert all(term in said for term in terms), said
        assert r"\sigma" not in said


def test_the_rows_of_a_matrix_too() -> None:
    scores = np.array([[0.1, 0.7, -0.3], [0.0, -1e9, 0.4]])
    program = build(BATCH, {"S": scores, "v": np.array([1.0, -2.0, 0.5])}, {}, {}, {}, loss="L").at_level("neurons")
    trace = run(program, Notation("L"))
    assert r"\sigma" not in "".join(_put_in(trace, f"S[{i},{j}]") for i in range(2) for j in range(3))


def test_the_class_that_is_chosen_has_its_probability_less_one() -> None:
    sheet = load("assignment3-q1")
    trace = run(sheet.program.at_level("neurons"), sheet.notation)
    loss = r"\frac{\partial L}{\partial L_3}"
    assert _put_in(trace, "u[3][0]") == f"{loss} z_{{3, 0}}"
    assert _put_in(trace, "u[3][1]") == f"{loss} (z_{{3, 1}} - 1)"
    assert _put_in(trace, "u[3][2]") == f"{loss} z_{{3, 2}}"
    assert _put_in(trace, "u[2][0]") == r"\frac{\partial L}{\partial L_2} z_{2, 0}"  # where the last class is chosen


def test_without_a_name_an_entry_is_a_quotient() -> None:
    trace = _softmax(3, "L = logsumexp(s) - s[2] + 0*v[0]")
    total = "e^{s_0} + e^{s_1} + e^{s_2}"
    assert _put_in(trace, "s[0]") == rf"\frac{{e^{{s_0}}}}{{{total}}}"
    assert _put_in(trace, "s[2]") == rf"\frac{{e^{{s_2}}}}{{{total}}} - 1"


@pytest.mark.parametrize(("text", "said"), [(APART, "{} u"), (TOGETHER, r"{{W}}^{{\top}} \left({} u\right)")])
def test_a_product_that_stays_zero_is_written_as_any_other(text: str, said: str) -> None:
    given = {"W": np.array([[0.5, -0.25], [1.0, 0.75]])}
    program = build(text, {"x": np.array([1.0, -0.5])}, {}, given, {}, loss="L")
    trace = run(program, Notation("L"))
    same_values(trace)
    assert _put_in(trace, "z" if "z" in program.names else "x") == said.format(r"\frac{\partial L}{\partial u} \odot")
    scalars = run(program.at_level("neurons"), Notation("L"))
    for step in scalars.steps:
        assert not re.search(r"\d \\, -?\d", derivation(scalars, step.index).numeric)

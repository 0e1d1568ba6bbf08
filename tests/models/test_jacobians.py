"""Jacobians step by step: reference values, formulas that say what the numbers say, gradients as they grow."""

import re
from typing import Any

import numpy as np
import pytest

from graphviz_models.calculus import jacobian
from graphviz_models.jacobians import (
    growth,
    held_fixed,
    immediate_in_step,
    jacobian_latex,
    quotient_latex,
    recurrences,
    shared,
)
from graphviz_models.program import build
from graphviz_models.sheet import exercises, load
from graphviz_models.trace import Trace, run

from .sources import REFERENCE, traced

EXTRA = REFERENCE["s000_ex3"]["cases"][0]["extra"]


@pytest.fixture(scope="module")
def euler() -> Trace:
    return traced("sheet8-ex3")


def test_every_step_of_the_euler_network_is_the_references(euler: Trace) -> None:
    (found,) = recurrences(euler.program)
    assert found.states == ("x[0]", "x[1]", "x[2]", "x[3]")
    for t, (before, after) in enumerate(found.steps):
        total = jacobian(euler.program, after, before, euler.values)
        assert np.allclose(total, EXTRA["dx_t_dx_prev"][t], rtol=1e-13, atol=1e-16)
        for parameter in ("b", "W"):
            immediate = immediate_in_step(euler.program, after, parameter, [before], euler.values)
            assert np.allclose(immediate, EXTRA[f"dx_t_d{parameter}_immediate"][t], rtol=1e-13, atol=1e-16)


def test_total_derivatives_follow_their_recursion(euler: Trace) -> None:
    program, values = euler.program, euler.values
    for parameter in ("b", "W"):
        total = jacobian(program, "x[3]", parameter, values)
        assert np.allclose(total, EXTRA[f"dxT_d{parameter}_total"], rtol=1e-13)
        earlier = np.tensordot(
            jacobian(program, "x[3]", "x[2]", values), jacobian(program, "x[2]", parameter, values), 1
        )
        assert np.allclose(total, earlier + immediate_in_step(program, "x[3]", parameter, ["x[2]"], values), rtol=1e-13)


def test_a_held_node_lets_nothing_through_not_even_where_a_true_form_looks_behind_it() -> None:
    text = "p = exp(u)\nq = p/(1 + p)\nL = -log(q)"
    program = build(text, {}, {}, {"u": 900.0}, {})
    trace = run(program)
    assert program.equation["L"].resolved
    held = held_fixed(program, ["q"], trace.values)
    assert immediate_in_step(program, "L", "u", ["q"], trace.values) == 0
    assert jacobian(held, "L", "q", trace.values) == pytest.approx(-1.0)
    assert held_fixed(program, ["u", "unknown"], trace.values).names == program.names


@pytest.mark.parametrize(
    ("id_", "families"),
    [
        ("assignment3-q1", {"h": 4}),
        ("assignment3-q2", {"h": 5}),
        ("assignment3-q3", {"h": 2}),
        ("sheet8-ex3", {"x": 4}),
        ("sheet9-ex1", {"h": 3}),
        ("sheet9-ex1f", {"h": 3}),
    ],
)
def test_states_are_recognised_and_pre_activations_are_none(id_: str, families: dict[str, int]) -> None:
    assert {r.family: len(r.states) for r in recurrences(load(id_).program)} == families


def test_the_other_exercises_have_no_recurrence() -> None:
    with_one = {"assignment3-q1", "assignment3-q2", "assignment3-q3", "sheet8-ex3", "sheet9-ex1", "sheet9-ex1f"}
    assert {id_ for id_, _, _ in exercises() if recurrences(load(id_).program)} == with_one


def test_both_states_of_an_lstm_are_found_and_a_row_of_independent_nodes_is_not() -> None:
    text = """
for t in range(1, 4):
    f[t] = sigmoid(u*h[t-1] + x[t])
    c[t] = f[t]*c[t-1] + x[t]
    h[t] = tanh(c[t])
    e[t] = (h[t] - x[t])**2
L = e[1] + e[2] + e[3]
"""
    program = build(text, {"x": {1: 0.1, 2: 0.2, 3: 0.3}, "h": {0: 0.0}, "c": {0: 0.0}}, {}, {"u": 1.0}, {})
    assert {r.family for r in recurrences(program)} == {"h", "c"}


# A formula read back into numbers: every matrix product, scalar and diag(·) as the LaTeX has it.


class Matrix:
    def __init__(self, value: Any) -> None:
        self.value = np.asarray(value, dtype=float)

    def __mul__(self, other: "Matrix") -> "Matrix":
        a, b = self.value, other.value
        return Matrix(a @ b if a.ndim and b.ndim else a * b)

    def __add__(self, other: "Matrix") -> "Matrix":
        return Matrix(self.value + other.value)

    def __sub__(self, other: "Matrix") -> "Matrix":
        return Matrix(self.value - other.value)

    def power(self, exponent: int) -> "Matrix":
        return Matrix(self.value**exponent)


def read_back(latex: str, trace: Trace, constants: dict[str, object], size: int) -> Any:
    names: dict[str, Matrix] = {"I": Matrix(np.eye(size)), "one": Matrix(1.0)}
    names |= {"diag": lambda m: Matrix(np.diag(m.value)), "tanh2": lambda m: Matrix(np.tanh(m.value) ** 2)}  # type: ignore[dict-item]
    text = latex.replace(r"\operatorname{diag}", "diag").replace(r"\tanh^2", "tanh2")
    symbols = {trace.notation.symbol(n): v for n, v in trace.values.items()}
    symbols |= {{"eta": r"\eta"}.get(n, n): v for n, v in constants.items()}  # type: ignore[misc]
    for number, symbol in enumerate(sorted(symbols, key=len, reverse=True)):
        names[f"v{number}_"] = Matrix(symbols[symbol])
        names[f"t{number}_"] = Matrix(np.transpose(symbols[symbol]))
        bare = re.escape(symbol)
        text = re.sub(rf"(?<![\w\\]){bare}\^{{\\top}}", f"t{number}_", text)
        text = re.sub(rf"(?:{{{bare}}}|(?<![\w\\]){bare})\^{{?(\d+)}}?", rf"v{number}_.power(\1)", text)
        text = re.sub(rf"(?<![\w\\]){bare}(?![\w(])", f"v{number}_", text)
    text = re.sub(r"(?<![\w])(?<!power\()1(?![\w])", "one", text).replace(r"\,", "*")
    return eval(text, {}, names).value  # noqa: S307


@pytest.mark.parametrize(
    ("id_", "of", "wrt"),
    [
        ("sheet8-ex3", "x[1]", "x[0]"),
        ("sheet8-ex3", "x[3]", "x[2]"),
        ("sheet8-ex3", "x[1]", "b"),
        ("sheet8-ex3", "x[3]", "r[3]"),
        ("sheet8-ex3", "x[3]", "a[3]"),
        ("assignment3-q1", "h[3]", "h[2]"),
        ("assignment3-q1", "h[3]", "h[1]"),
        ("assignment3-q1", "h[2]", "b_h"),
        ("assignment3-q1", "v[2]", "x[2]"),
        ("assignment3-q2", "h[4]", "h[3]"),
        ("assignment3-q2", "h[3]", "a"),
        ("assignment3-q3", "y", "h[1]"),
        ("sheet9-ex1", "y", "h[1]"),
        ("sheet9-ex1", "y", "w"),
        ("sheet9-ex1f", "h[2]", "w"),
    ],
)
def test_a_formula_read_back_gives_the_matrix(id_: str, of: str, wrt: str) -> None:
    trace = traced(id_)
    latex = jacobian_latex(trace, of, wrt)
    assert latex is not None
    expected = jacobian(trace.program, of, wrt, trace.values)
    found = read_back(latex, trace, dict(trace.program.constants), len(expected) if expected.ndim else 1)
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-15), latex


def test_formulas_are_written_as_on_the_sheet(euler: Trace) -> None:
    step = r"(1 - \eta) \, I + \eta \, \operatorname{diag}(1 - {r_1}^2) \, W^{\top}"
    assert jacobian_latex(euler, "x[1]", "x[0]") == step
    assert jacobian_latex(euler, "x[1]", "x[0]", immediate=True) == r"(1 - \eta) \, I"
    assert jacobian_latex(euler, "x[2]", "b", fixed=["x[1]"]) == r"\eta \, \operatorname{diag}(1 - {r_2}^2)"
    by_entry = r"\eta \, (x^{1})_j \, \left[\operatorname{diag}(1 - {r_2}^2)\right]_{il}"
    assert jacobian_latex(euler, "x[2]", "W", fixed=["x[1]"]) == by_entry
    columns = r"(h_1)_l \, \left[\operatorname{diag}(1 - {h_2}^2)\right]_{ij}"
    assert jacobian_latex(traced("assignment3-q1"), "h[2]", "W_hh", fixed=["h[1]"]) == columns
    marked = jacobian_latex(euler, "x[2]", "b", fixed=["x[1]"], tag=lambda node, latex: f"<{node}|{latex}>")
    assert marked == r"\eta \, \operatorname{diag}(1 - {<r[2]|r_2>}^2)"
    assert quotient_latex(euler, "x[1]", "b", "+") == r"\frac{\partial^{+} x^{1}}{\partial b}"
    assert quotient_latex(euler, "x[1]", "b", "d") == r"\frac{\mathrm{d} x^{1}}{\mathrm{d} b}"


@pytest.mark.parametrize(("of", "wrt"), [("x[1]", "x[1]"), ("b", "x[0]"), ("x[0]", "x[1]"), ("a[1]", "x[3]")])
def test_no_formula_where_there_is_nothing_to_say(euler: Trace, of: str, wrt: str) -> None:
    assert jacobian_latex(euler, of, wrt) is None


def test_no_formula_of_what_is_no_product_of_matrices_or_too_long() -> None:
    assert jacobian_latex(traced("assignment3-q1"), "z[1]", "h[1]") is None  # a softmax mixes the entries
    assert jacobian_latex(traced("sheet7-ex2"), "a", "x") is None
    text = "h[0] = w\nfor t in range(1, 60):\n    h[t] = tanh(h[t-1]) + w\nL = h[59]**2"
    trace = run(build(text, {}, {}, {"w": 0.3}, {}))
    assert jacobian_latex(trace, "h[59]", "w") is None
    assert jacobian_latex(trace, "h[59]", "h[58]") == r"1 - \tanh^2(h_{58})"


@pytest.mark.parametrize("id_", ["sheet8-ex3", "assignment3-q1", "sheet9-ex1", "sheet7-ex1c"])
def test_gradients_grow_from_the_last_step_to_the_first_and_end_whole(id_: str) -> None:
    trace = traced(id_)
    assert shared(trace.program)
    for parameter in shared(trace.program):
        parts = growth(trace, parameter).parts
        order = [trace.forward_index[p.source] for p in parts]
        assert order == sorted(order, reverse=True)
        assert np.array_equal(parts[-1].total, trace.gradients[parameter])
        before = np.zeros_like(parts[0].total)
        for part in parts:
            assert np.allclose(part.total - before, part.product, rtol=1e-9, atol=1e-15)
            before = part.total

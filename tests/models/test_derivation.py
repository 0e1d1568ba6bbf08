"""Derivations in the sheet's letters, notation, numbers."""

import numpy as np
import pytest

from graphviz_models.calculus import jacobian
from graphviz_models.derivation import derivation, local_latex
from graphviz_models.notation import Notation, symbol
from graphviz_models.program import build
from graphviz_models.read import number
from graphviz_models.trace import Trace, run

TEXT = "h1 = w*x1 + tanh(h0)\nh2 = w*x2 + tanh(h1)\ny = h1 + h2\nL = log(1 + exp(-y*t))"
NOTATION = Notation("L", {"L": r"\mathcal{L}"}, {"y": "g", "h2": r"\delta_2", "h1": r"\delta_1"})


@pytest.fixture
def trace() -> Trace:
    program = build(TEXT, {"x1": 0.5, "x2": -1.0, "h0": 0.0}, {"t": 1.0}, {"w": 0.8}, {})
    return run(program, NOTATION, learning_rate=0.1)


def step(trace: Trace, node: str, phase: str = "backward") -> int:
    return next(s.index for s in trace.steps if s.node == node and s.phase == phase)


def test_delta_in_the_sheets_letters(trace: Trace) -> None:
    d = derivation(trace, step(trace, "h1"))
    assert d.formal == (
        r"\delta_1 = \frac{\partial \mathcal{L}}{\partial h_1} = g \cdot \frac{\partial^{+} y}{\partial h_1} + "
        r"\delta_2 \cdot \frac{\partial h_2}{\partial h_1}"
    )
    assert d.substituted == r"g + \delta_2 \, (1 - \tanh^2(h_1))"
    assert d.numeric == r"-0.5050 - 0.5050 \, (1 - \tanh^2(0.4))"
    assert d.result == "-0.9371"


def test_loss_gradient_and_shared_weight(trace: Trace) -> None:
    assert derivation(trace, step(trace, "y")).substituted == r"-t \, \sigma(-y \, t)"
    assert derivation(trace, step(trace, "w")).substituted == r"\delta_2 \, x_2 + \delta_1 \, x_1"


def test_forward_and_update(trace: Trace) -> None:
    assert derivation(trace, step(trace, "h2", "forward")).line == (
        r"h_2 = w \, x_2 + \tanh(h_1) = 0.8 \cdot (-1) + \tanh(0.4) = -0.4201"
    )
    assert derivation(trace, step(trace, "w", "update")).line == (
        r"w \leftarrow w - \alpha \, \frac{\partial \mathcal{L}}{\partial w} = 0.8 - 0.1 \cdot 0.03645 = 0.7964"
    )


def test_steps_come_in_the_order_of_the_sheet(trace: Trace) -> None:
    backward = [s.node for s in trace.steps if s.phase == "backward"]
    assert backward[:5] == ["L", "y", "h2", "h1", "w"]
    for s in trace.steps:
        if s.phase == "backward" and s.node != "L":
            assert sum(c.product for c in s.contributions) == pytest.approx(s.value, rel=1e-15)


def test_derivative_of_a_named_activation_is_written_with_its_name() -> None:
    program = build("h = tanh(w*x)\np = sigmoid(h)\nL = p**2", {"x": 2.0}, {}, {"w": 0.3}, {})
    trace = run(program)
    assert local_latex(trace, "h", "w") == r"x \, (1 - h^2)"
    assert local_latex(trace, "p", "h") == r"p \, (1 - p)"


def test_what_is_said_once_is_said_once_with_marked_symbols_too(trace: Trace) -> None:
    assert derivation(trace, step(trace, "t")).formal == r"\frac{\partial \mathcal{L}}{\partial t}"
    for index in range(len(trace.steps)):
        plain_one, marked = derivation(trace, index), derivation(trace, index, tag=lambda node, latex: f"<{latex}>")
        assert marked.formal.replace("<", "").replace(">", "") == plain_one.formal
        assert len(marked.parts) == len(plain_one.parts)


def test_long_sums_are_cut_with_dots() -> None:
    text = "".join(f"a{i} = w*{i}.5\n" for i in range(20)) + "L = " + " + ".join(f"a{i}" for i in range(20))
    trace = run(build(text, {}, {}, {"w": 1.0}, {}))
    assert r"\cdots" in derivation(trace, step(trace, "w")).formal


def test_immediate_and_total_jacobian() -> None:
    program = build(TEXT, {"x1": 0.5, "x2": -1.0, "h0": 0.0}, {"t": 1.0}, {"w": 0.8}, {})
    values = run(program).values
    immediate = jacobian(program, "h2", "w", values, immediate=True)
    total = jacobian(program, "h2", "w", values)
    assert immediate == -1.0
    assert total == pytest.approx(-1.0 + (1 - 0.37994896225522487**2) * 0.5, rel=1e-12)
    assert jacobian(program, "h1", "h2", values) == 0
    assert jacobian(program, "x1", "x1", values) == 1


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("h[1]", "h_1"),
        ("h1", "h_1"),
        ("h[12]", "h_{12}"),
        ("W_hh", "W_{hh}"),
        ("delta_2", r"\delta_2"),
        ("x", "x"),
        ("s_out", r"s_{\mathrm{out}}"),
        ("cell#1.z", "z"),
        ("s1[0,2]", "s_{1, 0,2}"),
        ("h[1][0]", "h_{1, 0}"),
        ("lambda_", r"\lambda"),
        ("δ1", r"\delta_1"),
        ("x_hat", r"x_{\mathrm{hat}}"),
        ("xhat", r"\hat{x}"),
        ("loss", r"\mathrm{loss}"),
        ("alpha2", r"\alpha_2"),
    ],
)
def test_automatic_symbol(name: str, latex: str) -> None:
    assert symbol(name) == latex


def test_family_base_name_gives_its_members_symbols() -> None:
    notation = Notation("L", {"c": "t", "W_hh": r"W^{hh}"})
    assert notation.symbol("c[3]") == "t_3"
    assert notation.symbol("W_hh[0,1]") == r"W^{hh}_{0,1}"


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.8, "0.8"),
        (-0.937120952, "−0.9371"),
        (0.03645211, "0.03645"),
        (12.0, "12"),
        (123456.0, "1.235e5"),
        (0.0, "0"),
        (-0.0, "0"),
        (float("nan"), "NaN"),
        (float("-inf"), "−∞"),
        (0.5, "0.5"),
        (0.00012345, "1.234e−4"),
        (0.99999, "1.000"),
        (1999.96, "2000"),
    ],
)
def test_number(x: float, text: str) -> None:
    assert number(x) == text


def test_numbers_stand_for_constants_and_gates_and_negative_activations_are_bracketed() -> None:
    text = "a = relu(c*x)\nh = tanh(-x)\nb = sum(a*h)\nL = b/N"
    trace = run(build(text, {"x": [0.5, -2.0]}, {}, {}, {"c": 3.0, "N": 4}), Notation())
    shown = {s.node: derivation(trace, s.index).numeric for s in trace.steps if s.phase == "backward"}
    assert shown["b"] == r"\frac{1}{4}"
    assert r"\mathbb{1}" not in shown["x"]
    assert r"\begin{bmatrix} 1 \\ 0 \end{bmatrix}" in shown["x"]
    scalar = run(build("h = tanh(x)\nL = h", {"x": -0.5}, {}, {}, {}), Notation())
    assert derivation(scalar, scalar.backward_index["x"]).numeric.endswith("(1 - (-0.4621)^2)")


def test_a_vector_from_the_left_is_a_row_and_a_transposed_one_is_written_upright_in_deltas() -> None:
    values = {"x": [0.5, -1.0], "M": [[1.0, 2.0], [3.0, 4.0]], "b": [5.0, 6.0]}
    trace = run(build("a = x @ M + b\nL = sum(a)", values, {}, {}, {}), Notation())
    line = derivation(trace, trace.forward_index["a"])
    assert line.numeric.startswith(r"\begin{bmatrix} 0.5 & -1 \end{bmatrix}")
    assert line.result == r"\begin{bmatrix} 2.5 & 3 \end{bmatrix}"
    trace = run(build("a = x.T @ M + b\nL = sum(a)", values, {}, {}, {}), Notation())
    line = derivation(trace, trace.forward_index["a"])
    assert line.numeric.startswith(r"{\begin{bmatrix} 0.5 \\ -1 \end{bmatrix}}^{\top}")
    assert line.result == r"\begin{bmatrix} 2.5 & 3 \end{bmatrix}"
    assert derivation(trace, trace.backward_index["M"]).substituted.startswith(r"x \, ")


def test_a_constant_among_the_operations_is_its_number_or_its_name() -> None:
    program = build("L = 0.5*w*eta", {}, {}, {"w": 2.0}, {"eta": 0.1}, "L").at_level("operations")
    trace = run(program, Notation("L"))
    assert derivation(trace, step(trace, "w")).substituted.startswith(r"0.5 \, ")
    assert derivation(trace, step(trace, "L#1")).substituted == r"\eta"


def test_an_entry_of_a_letter_has_no_brackets() -> None:
    trace = run(
        build("z_1 = w[0]*w[1]\nL = z_1 + v[1][2]", {}, {}, {"w": [1.0, 2.0], "v": {1: [1.0, 2.0, 3.0]}}, {}, "L")
    )
    assert derivation(trace, 0).formal == r"z_1 = {w}_{0} \, {w}_{1}"
    assert derivation(trace, 1).formal == r"L = z_1 + \left[v_1\right]_{2}"
    assert derivation(trace, 1, tag=lambda node, latex: rf"\htmlId{{{node}}}{{{latex}}}").formal.count(r"\left[") == 1


@pytest.mark.parametrize(
    ("equation", "said"),
    [
        ("L = dot(v, x) + b", r"{v}^{\top} \, x + b"),
        ("L = v @ x + b", r"{v}^{\top} \, x + b"),
        ("L = v.T @ x + b", r"{v}^{\top} \, x + b"),
        ("L = (v*x) @ (x*x) + b", r"{(v \odot x)}^{\top} \, (x \odot x) + b"),
        ("L = (x @ W) @ v + b", r"x \, W \, v + b"),
        ("L = dot(W @ v, x) + b", r"{(W \, v)}^{\top} \, x + b"),
    ],
)
def test_the_product_of_two_vectors_has_the_first_one_transposed(equation: str, said: str) -> None:
    given = {"v": np.array([0.5, -1.0]), "W": np.eye(2), "b": np.array(0.1)}
    trace = run(build(equation, {"x": np.array([1.0, 2.0])}, {}, given, {}, loss="L"), Notation("L"))
    assert derivation(trace, 0).formal == f"L = {said}"

"""Products of the chain rule as a lecturer writes them: other words, the same values."""

from __future__ import annotations

import numpy as np
import pytest

from graphviz_models.calculus import ONE, as_written, deltas, gathered
from graphviz_models.derivation import derivation
from graphviz_models.expr import Expr, Var, evaluate, make
from graphviz_models.notation import Notation
from graphviz_models.picture.lines import local_lines, terms
from graphviz_models.picture.show import Show
from graphviz_models.picture.words import expression_latex, plain
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
                named = as_written(term.product, (term.local,)) if term.local is not None else term.product
                for shown in (as_written(term.product), named, as_written(named), written.product):
                    assert shown.shape == term.product.shape
                    assert np.allclose(true, evaluate(shown, env), rtol=1e-8, atol=1e-10), (delta.of, term.source)
        for e in trace.program.equations:
            for name, local in gathered(e.local, ONE).items() if e.rhs.shape == () else ():
                true, shown = evaluate(local, env), as_written(local)
                assert np.allclose(true, evaluate(shown, env), rtol=1e-8, atol=1e-10), (name, e.name)


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
DENSITY = "N = exp(-(y - m)**2/(2*s**2))/(sqrt(2*pi)*s)\nL = N**2"
CARELESS = [
    ("o = 1/(1 + exp(-n))\nL = 1/2*(y - o)**2", {"n": 0.3, "y": 0.01}),
    ("x = (c + a/c)/2\nd = (x + a/x)/2\nL = (d**2 - b)**2", {"a": 2.0, "b": 3.0, "c": 1.0}),
    ("m = (a + b + c)/3\nv = ((a - m)**2 + (b - m)**2 + (c - m)**2)/3\nn = (a - m)/sqrt(v + eta)\nL = 0.5*n**2",
     {"a": 1.0, "b": -2.0, "c": 0.5}),
    ("u = a/sqrt(a**2 + b**2)\nL = u*c + b", {"a": 3.0, "b": 4.0, "c": 0.5}),
    ("u = w/norm(w)\nL = sum(u*x)", {"w": [3.0, 4.0], "x": [0.5, 1.0]}),
    (DENSITY, {"y": 0.3, "m": 0.5, "s": 0.6}),
    ("R = eta/2*sum(w**2)\nL = R - 3*mean(w)*0.2", {"w": VECTOR}),
    ("z = exp(s/2)*n\nL = sum(z/n*s**2)/2 + sum(exp(s) - 1 - s)/2", {"s": VECTOR, "n": [0.2, 0.4, -0.3]}),
    ("u = w*w*w/w\nL = sqrt(u)*sqrt(u)*u**1.5*2/4", {"w": 1.7}),
    ("p = softmax(a)\nL = -sum(y*log(p))", {"a": VECTOR, "y": [0.2, 0.5, 0.3]}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parameters"), CARELESS)
def test_what_is_typed_carelessly_keeps_its_values(text: str, parameters: dict[str, object]) -> None:
    program = build(text, {}, {}, parameters, {"eta": 0.1}, "L")
    for level in LEVELS:
        same_values(run(program.at_level(level), Notation("L")))


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
        ("h = relu(u)\nL = sum(h**3)", "u", {"u": VECTOR},
         r"\frac{\partial L}{\partial h} \odot \mathbb{1}_{\{u > 0\}}"),
        ("h = relu(eta*u)\nL = sum(h**3)", "u", {"u": VECTOR},
         r"\eta \, \frac{\partial L}{\partial h} \odot \mathbb{1}_{\{h > 0\}}"),
        ("p = softmax(u)\nL = sum(p**3)", "u", {"u": VECTOR},
         r"p \odot \left(\frac{\partial L}{\partial p} - {p}^{\top} \, \frac{\partial L}{\partial p}\right)"),
        ("a = mean((w - 1)**2)\nL = a**2", "w", {"w": VECTOR},
         r"\frac{2}{3} \, \frac{\partial L}{\partial a} \, (w - 1)"),
        ("p = softmax(u)\nL = -sum(p*log(p))", "p", {"u": VECTOR}, r"-(\log(p) + 1)"),
        ("a = w*log(w)\nL = a**2", "w", {"w": 2.0}, r"\frac{\partial L}{\partial a} \, (\log(w) + 1)"),
        ("a = sqrt(w**2 + 1)\nL = a**2", "w", {"w": 3.0}, r"\frac{w}{a} \, \frac{\partial L}{\partial a}"),
        ("a = (y - w)**2\nL = 1/2*a", "w", {"w": 1.0, "y": 3.0}, r"-2 \, \frac{\partial L}{\partial a} \, (y - w)"),
        ("L = 1/2*(y - w)**2", "w", {"w": 1.0, "y": 3.0}, "-(y - w)"),
        ("L = eta/2*w**2", "w", {"w": 2.0}, r"\eta \, w"),
        ("L = eta/2*w", "w", {"w": 2.0}, r"\frac{\eta}{2}"),
        ("L = (w + a/w)/2", "a", {"w": 2.0, "a": 1.0}, r"\frac{1}{2 \, w}"),
        ("L = (w + a/w)/2", "w", {"w": 2.0, "a": 1.0}, r"\frac{1}{2} \, \left(1 - \frac{a}{{w}^{2}}\right)"),
        ("L = (x - m)/sqrt(v + eta)", "v", {"x": 2.0, "m": 1.0, "v": 1.0},
         r"-\frac{x - m}{2 \, {(v + \eta)}^{3/2}}"),
        ("L = -log(a*n + b*m)", "n", {"a": 0.2, "b": 0.8, "n": 1.0, "m": 2.0}, r"-\frac{a}{a \, n + b \, m}"),
        ("L = log(w)", "w", {"w": 2.0}, r"\frac{1}{w}"),
        ("L = 0.5*w**2 + 0.25*w", "w", {"w": 2.0}, "w + 0.25"),
        ("L = 2/3*w**2", "w", {"w": 2.0}, r"\frac{4}{3} \, w"),
        (DENSITY, "m", {"y": 0.3, "m": 0.5, "s": 0.6},
         r"\frac{N \, (y - m)}{{s}^{2}} \, \frac{\partial L}{\partial N}"),
        ("p = softmax(a)\nL = -sum(y*log(p))", "a", {"a": VECTOR, "y": VECTOR}, r"p \odot \sum y - y"),
        ("p = softmax(a)\nL = -sum(y*log(p))", "y", {"a": VECTOR, "y": VECTOR}, r"-\log(p)"),
        ("p = sigmoid(a)\nL = sum(p**2)", "a", {"a": VECTOR},
         r"\frac{\partial L}{\partial p} \odot p \odot (1 - p)"),
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


def test_numbers_stand_in_the_order_of_the_symbols() -> None:
    trace = run(build("h = tanh(w*x)\nL = h**2", {}, {}, {"w": 1.1, "x": 0.7}, {}, "L"), Notation("L"))
    line = derivation(trace, trace.backward_index["w"])
    assert line.substituted == r"x \, \frac{\partial L}{\partial h} \, (1 - h^2)"
    assert line.numeric == r"0.7 \cdot 1.294 \, (1 - 0.6469^2)"


def test_a_negative_number_in_front_keeps_its_place() -> None:
    text = "a = sigmoid(v*h)\nL = -3*a"
    trace = run(build(text, {}, {}, {"v": 0.4, "h": -0.6}, {}, "L"), Notation("L"))
    line = derivation(trace, trace.backward_index["v"])
    assert line.substituted == r"h \, \frac{\partial L}{\partial a} \, a \, (1 - a)"
    assert line.numeric == r"-0.6 \cdot (-3) \cdot 0.4403 \, (1 - 0.4403)"


@pytest.mark.parametrize(
    ("text", "parameters", "edge", "line"),
    [
        ("S = A @ K\nL = sum(S**2)", {"A": [[1.0, 2.0]], "K": [[1.0], [2.0]]}, ("A", "S"), "(∂L/∂S) Kᵀ"),
        ("S = A @ K\nL = sum(S**2)", {"A": [[1.0, 2.0]], "K": [[1.0], [2.0]]}, ("K", "S"), "Aᵀ ∂L/∂S"),
        ("S = A @ K.T\nL = sum(S**2)", {"A": [[1.0, 2.0]], "K": [[1.0, 2.0]]}, ("K", "S"), "(∂L/∂S)ᵀ A"),
        ("S = A @ K.T/sqrt(2)\nL = sum(S**2)", {"A": [[1.0, 2.0]], "K": [[1.0, 2.0]]}, ("K", "S"),
         "1/√2 (∂L/∂S)ᵀ A"),
        ("R = sum((x - y)**2)/2\nL = 3*R", {"x": VECTOR, "y": VECTOR}, ("y", "R"), "−(∂L/∂R) (x − y)"),
        ("p = sigmoid(z)\nL = sum(p**2)", {"z": VECTOR}, ("z", "p"), "∂L/∂p ⊙ σ(z) ⊙ (1 − σ(z))"),
        ("a = x + y\nL = sum(a**2)", {"x": VECTOR, "y": VECTOR}, ("x", "a"), "∂L/∂a"),
    ],
)  # fmt: skip
def test_a_product_on_an_edge_is_no_other_derivative(
    text: str, parameters: dict[str, object], edge: tuple[str, str], line: str
) -> None:
    program, notation = build(text, {}, {}, parameters, {}, "L"), Notation("L")
    assert plain(expression_latex(terms(program)[edge][1], notation)) == line


CRITIC = "critic = dot(v, tanh(W_d @ x_real + b_d))\nL = critic**2"
GIVEN = {"v": VECTOR, "W_d": np.eye(3).tolist(), "x_real": VECTOR, "b_d": VECTOR}
SHORT = [
    (CRITIC, GIVEN, ("v", "critic"), "δ_critic tanh(W_d x_real + b_d)"),
    (CRITIC, GIVEN, ("b_d", "critic"), "δ_critic v ⊙ (1 − tanh²(⋯))"),
    (DENSITY, {"y": 0.3, "m": 0.5, "s": 0.6}, ("m", "N"), "(N (y − m))/s²"),
    (CRITIC, GIVEN, ("x_real", "critic"), "δ_critic W_dᵀ (⋯)"),
    (CRITIC, GIVEN, ("W_d", "critic"), "δ_critic (⋯) x_realᵀ"),
    ("G = relu(W_g @ x_real + b_d)\nL = sum(G**2)",
     {"W_g": np.eye(3).tolist(), "x_real": VECTOR, "b_d": VECTOR}, ("W_g", "G"), "(∂Loss_D/∂G ⊙ 1_G > 0) x_realᵀ"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parameters", "edge", "line"), SHORT)
def test_a_wide_product_is_written_shorter(
    text: str, parameters: dict[str, object], edge: tuple[str, str], line: str
) -> None:
    program, notation = build(text, {}, {}, parameters, {}, "L"), Notation("L", symbols={"L": "Loss_D"})
    local, product = terms(program)[edge]
    label = local_lines(program, notation, edge[1], local, product, Show(locals="symbol"), 4)[0]
    assert label.formula is not None
    assert plain(label.formula.latex) == line


def test_a_product_that_no_room_is_wide_enough_for_is_written_as_the_derivative_that_it_is() -> None:
    text = "z1 = z0 + c*(W2 @ tanh(W1 @ z0 + b))\nL = 0.5*sum((z1 - y)**2)"
    vector, matrix = np.array([1.0, -0.5]), np.array([[0.5, -0.25], [1.0, 0.75]])
    program = build(
        text, {"z0": vector}, {"y": vector * 2}, {"W1": matrix, "W2": matrix, "b": vector}, {"c": 0.1}, loss="L"
    )
    local, product = terms(program)["z0", "z1"]
    label = local_lines(program, Notation("L"), "z1", local, product, Show(locals="symbol"), 4, "z0")[0]
    assert label.formula is not None
    assert plain(label.formula.latex) == "∂z₁/∂z₀"


UNIT = {"w": [0.5, -0.3], "g": 1.5}


@pytest.mark.parametrize(
    ("text", "node", "line"),
    [
        ("v = g*w/norm(w)\nL = sum(v**2)", "w", "g/‖w‖ ∂L/∂v − (g wᵀ ∂L/∂v w)/‖w‖³"),
        ("d = norm(w - 1)\nL = d**2 + g", "w", "∂L/∂d (w − 1)/d"),
        ("y = sigmoid(g)\nL = -0.3*log(y) - 0.7*log(1 - y) + 0*sum(w)", "y", "0.7/(1 − y) − 0.3/y"),
    ],
)
def test_a_quotient_that_is_safe_at_zero_is_written_as_any_other(text: str, node: str, line: str) -> None:
    trace = run(build(text, {}, {}, UNIT, {}, loss="L"), Notation("L"))
    same_values(trace)
    found = derivation(trace, trace.backward_index[node])
    assert plain(found.substituted or found.formal) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("y = w*w\nL = sum(y**2)", "2 ∂L/∂y ⊙ w"),
        ("y = 3*w - w/2 + w\nL = sum(y**2)", "7/2 ∂L/∂y"),
        ("y = w*g - g*w + w\nL = sum(y**2)", "∂L/∂y"),
        ("y = w*w - 3*w\nL = sum(y**2)", "∂L/∂y ⊙ (2 w − 3)"),
    ],
)
def test_like_terms_are_added_up(text: str, line: str) -> None:
    trace = run(build(text, {}, {}, UNIT, {}, loss="L"), Notation("L"))
    same_values(trace)
    assert plain(derivation(trace, trace.backward_index["w"]).substituted) == line


@pytest.mark.parametrize(
    ("text", "node", "line"),
    [
        ("S = X @ K.T/sqrt(2)\nL = sum(S**2)", "K", "1/√2 (∂L/∂S)ᵀ X"),
        ("z = x + c*(W @ tanh(x))\nL = sum(z**2)", "W", "c ∂L/∂z tanh(x)ᵀ"),
        ("a = tanh(x)\nz = x - c*(W @ a)\nL = sum(z**2)", "a", "−c Wᵀ ∂L/∂z"),
        ("q = 0.5*dot(x, W @ x)\nL = q**2", "W", "0.5 ∂L/∂q x xᵀ"),
    ],
)
def test_numbers_and_scalars_stand_before_a_product_of_matrices(text: str, node: str, line: str) -> None:
    matrix = np.array([[0.5, -0.25], [1.0, 0.75]])
    given = {name: value for name, value in {"K": matrix, "W": matrix, "X": matrix + 1}.items() if name in text}
    program = build(text, {"x": np.array([1.0, -0.5])} if "x" in text else {}, {}, given, {"c": 0.1}, loss="L")
    trace = run(program, Notation("L"))
    same_values(trace)
    assert plain(derivation(trace, trace.backward_index[node]).substituted) == line


A, B, C = Var("a", (3,)), Var("b", (3,)), Var("c", ())
INNER = make("matmul", A, B)
SUM = make("sum_to", A, shape=())


@pytest.mark.parametrize(
    "e",
    [
        make("matmul", make("mul", INNER, A), B),
        make("matmul", make("div", A, INNER), B),
        make("matmul", make("mul", C, A), make("div", B, C)),
        make("sum_to", make("mul", A, make("mul", SUM, C)), shape=()),
        make("div", C, make("sum_to", make("div", A, SUM), shape=())),
    ],
)
def test_a_factor_that_is_met_again_counts_again(e: Expr) -> None:
    env = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([0.5, -1.0, 2.0]), "c": np.float64(1.7)}
    assert np.allclose(evaluate(e, env), evaluate(as_written(e), env))


def test_scalars_before_a_product_of_matrices_keep_their_order() -> None:
    """Whatever their hashes are, which are others in every process."""
    names = "pqrstuvw"
    scaled: Expr = Var("W", (3, 3))
    for name in reversed(names):
        scaled = make("mul", Var(name, ()), scaled)
    shown = expression_latex(as_written(make("matmul", scaled, A)), Notation("L"), {}, {}, "")
    assert plain(shown) == " ".join([*names, "W", "a"])

"""Generated code against the trace: the same losses and gradients, whatever the program and however it is generated."""

import ast
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from graphviz_models.compile import CompiledStep, compile_step
from graphviz_models.compile.entries import NotExpandableError
from graphviz_models.notation import Notation
from graphviz_models.program import Program, build
from graphviz_models.trace import run

from .recurrences import Recurrence, recurrences
from .test_random_programs import GIVEN, programs

RATE = 1e-3
SETTINGS = settings(max_examples=50, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


def descent(program: Program, steps: int) -> tuple[list[float], dict[str, Any]]:
    """Gradient descent by the trace: the losses, the parameters after it."""
    parameters = {name: given.value for name, given in program.given.items() if given.role == "parameter"}
    losses = []
    for _ in range(steps):
        trace = run(program, Notation(), parameters)
        losses.append(float(trace.loss))
        parameters = {name: value - RATE * trace.gradients[name] for name, value in parameters.items()}
    return losses, parameters


def same(program: Program, backend: str | None) -> None:
    """Three steps of generated code are three steps of the trace."""
    losses, parameters = descent(program, 3)
    if not np.all(np.isfinite(losses)) or np.max(np.abs(losses)) > 1e6:
        return
    try:
        step = compile_step(program, backend=backend)
    except NotExpandableError:
        assert backend == "floats"
        return
    found = [step.step(RATE)]
    step.advance(2, RATE, found)
    np.testing.assert_allclose(found, losses, rtol=1e-11, atol=1e-13, err_msg=step.source)
    for name, value in step.parameters().items():
        np.testing.assert_allclose(value, parameters[name], rtol=1e-10, atol=1e-12, err_msg=f"{name}\n{step.source}")


@pytest.mark.parametrize("backend", ["floats", "arrays"])
@SETTINGS
@given(text=programs())
def test_random_programs(backend: str, text: str) -> None:
    same(build(text, {}, {}, GIVEN, {}, "L"), backend)


@pytest.mark.parametrize("backend", ["floats", "arrays", None])
@SETTINGS
@given(model=recurrences())
def test_random_recurrences(backend: str | None, model: Recurrence) -> None:
    same(model.build(), backend)


TRICKY = {
    "reads what the step has already overwritten": """
a[0] = 0.3
b[0] = -0.2
for t in range(1, 31):
    a[t] = tanh(w*a[t-1] + v*b[t-1])
    b[t] = 0.5*a[t] + sin(a[t-1])
L = a[30] + b[30]
""",
    "the last step's value lies among values of another family": """
h[0] = 0.1
S[0] = 0
for t in range(1, 31):
    h[t] = 0.9*h[t-1] + w*x[t]
    c[t] = sin(w*x[t])
c[31] = h[30]
for t in range(1, 32):
    k[t] = 0.5*c[t]
    S[t] = S[t-1] + k[t]**3
L = S[31]
""",
    "three steps back": """
a[0] = 0.1
a[1] = w
a[2] = w*v
for t in range(3, 40):
    a[t] = sin(a[t-1] - v*a[t-3]) + 0.3*a[t-2]
L = a[39] + a[38]*a[20]
""",
    "every second step is another": """
a[0] = 0.1
for t in range(0, 40):
    b[t] = tanh(w*a[2*t])
    a[2*t+1] = cos(v*b[t])
    a[2*t+2] = a[2*t+1]*b[t] + 0.1*a[2*t]
L = a[80] + b[3]
""",
    "one sum of all steps is read by all": """
S[0] = 0
for t in range(1, 31):
    z[t] = w*x[t]
    S[t] = S[t-1] + exp(z[t])
Q[0] = 0
for t in range(1, 31):
    Q[t] = Q[t-1] + (exp(z[t])/S[30])*x[t]
L = Q[30]**2 + v
""",
    "a step in the middle is given": """
h[0] = 0.1
for t in range(1, 15):
    h[t] = tanh(w*h[t-1] + x[t])
h[15] = v
for t in range(16, 31):
    h[t] = tanh(w*h[t-1] + x[t])
L = h[30]*h[14]
""",
}


@pytest.mark.parametrize("backend", ["floats", "arrays"])
@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY.keys())
def test_recurrences_that_need_care(text: str, backend: str) -> None:
    x = {t: math.sin(t) for t in range(1, 32)} if "x[" in text else {}
    same(build(text, {"x": x} if x else {}, {}, {"w": 0.6, "v": -0.4}, {}, "L"), backend)


# ---- numbers of any size

FORMULAS = [
    "sum(log(1 + exp(u)))",
    "sum(log(1 + exp(-u)))",
    "sum(log(cosh(u)))",
    "-sum(log(sigmoid(u)))",
    "-sum(log(1 - sigmoid(u)))",
    "log(sum(exp(u)))",
    "-log(softmax(u)[0])",
    "-log(softmax(u)[1])",
    "sum(tanh(u))",
    "sum(sigmoid(u))",
    "sum(softplus(u))",
    "sum(1/(1 + exp(-u)))",
    "sum(1 - tanh(u)**2)",
    "sum(silu(u))",
    "sum(gelu(u))",
    "sum(relu(u))",
    "sum(log_softmax(u)*u)",
    "sum(abs(u))",
    "sum(max(u) - u)",
    "sum(arctan(u))",
    "sum(clip(u, -1, 1))",
    "sum(leaky_relu(u))",
]
SIZES = [
    [800.0, -800.0, 0.0],
    [-800.0, 799.0, 1.0],
    [0.0, 0.0, 0.0],
    [1000.0, 1000.0, -1000.0],
    [19.0, -19.0, 37.0],
    [1e-9, -1e-9, 1e-300],
]


@pytest.mark.parametrize("backend", ["floats", "arrays"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_any_size_is_true(formula: str, backend: str) -> None:
    for size in SIZES:
        program = build(f"L = {formula}", {}, {}, {"u": size}, {}, "L")
        trace = run(program, Notation())
        step = compile_step(program, backend=backend)
        # Of log_softmax(u)*u at 1e-9 all but 1e-18 cancels: only what is left of the terms' rounding is compared there.
        assert step.step(1.0) == pytest.approx(float(trace.loss), rel=1e-14, abs=1e-24), size
        moved = np.asarray(size) - step.parameters()["u"]
        gradient = np.asarray(size) - (np.asarray(size) - trace.gradients["u"])
        np.testing.assert_allclose(moved, gradient, rtol=1e-13, atol=1e-15, err_msg=f"{size}\n{step.source}")


@pytest.mark.parametrize("backend", ["floats", "arrays"])
@pytest.mark.parametrize(
    "formula",
    [
        "where(exp(w) > 2, v**2, v)",
        "sign(exp(w))*v",
        "where(log(w - 800) < 0, v, 2*v)",
        "where(1/(w - 800) > 0, v**3, v)",
        "where((w - 801)**0.5 > 0, v, v**2)",
    ],
)
def test_what_floats_cannot_do_numpy_does(formula: str, backend: str) -> None:
    """`math.exp(800)` raises where NumPy goes on with infinity to a finite loss."""
    program = build(f"L = {formula} + 0.1*v + w/1000", {}, {}, {"w": 800.0, "v": 1.0}, {}, "L")
    losses, parameters = descent(program, 3)
    step = compile_step(program, backend=backend)
    found: list[float] = []
    step.advance(3, RATE, found)
    assert found == pytest.approx(losses, rel=1e-14)
    assert step.parameters()["v"] == pytest.approx(float(parameters["v"]), rel=1e-14)


@pytest.mark.parametrize("backend", ["floats", "arrays"])
@pytest.mark.parametrize(
    ("formula", "start", "loss"),
    [
        ("exp(w)", 800.0, math.inf),
        ("log(w)", 0.0, -math.inf),
        ("log(w)", -1.0, math.nan),
        ("1/w", 0.0, math.inf),
        ("sqrt(w)", -4.0, math.nan),
        ("w**0.5", -4.0, math.nan),
        ("sin(1e308*w)*(1e308*w)", 1e10, math.nan),
        ("w*1e308", 1e10, math.inf),
    ],
)
def test_a_loss_that_is_not_finite_changes_nothing(formula: str, start: float, loss: float, backend: str) -> None:
    step = compile_step(build(f"L = {formula}", {}, {}, {"w": start}, {}, "L"), backend=backend)
    assert step.step(0.1) == pytest.approx(loss, nan_ok=True)
    found: list[float] = []
    step.advance(5, 0.1, found)
    assert found == pytest.approx([loss], nan_ok=True)
    assert step.parameters()["w"] == start


def test_training_ends_at_the_first_loss_that_is_not_finite() -> None:
    for backend in ("floats", "arrays"):
        step = compile_step(build("L = w**4", {}, {}, {"w": 3.0}, {}, "L"), backend=backend)
        found: list[float] = []
        step.advance(50, 1.0, found)
        assert np.all(np.isfinite(found[:-1]))
        assert not math.isfinite(found[-1])
        assert 2 < len(found) < 20
        assert step.loss() == found[-1]


# ---- the same numbers, however the iterations are portioned

MODELS: dict[str, Callable[[], Program]] = {
    "scalar": lambda: build("L = log(1 + exp(-w*x)) + v**2", {"x": 0.7}, {}, {"w": 0.3, "v": -0.2}, {}, "L"),
    "matrix": lambda: build(
        "z = tanh(X@W + b)\nL = sum((z - Y)**2)", {"X": np.ones((4, 3))}, {"Y": np.full((4, 2), 0.3)},
        {"W": np.arange(6.0).reshape(3, 2) / 7, "b": [0.1, -0.1]}, {}, "L",
    ),
    "recurrent": lambda: build(
        "h[0] = 0\ns[0] = 0\nfor t in range(1, 201):\n    h[t] = w*x + tanh(h[t-1])\n    s[t] = s[t-1] + h[t]\n"
        "L = (s[200]/200 - 1)**2",
        {"x": 0.2}, {}, {"w": 0.5}, {}, "L",
    ),
}  # fmt: skip


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("backend", ["floats", "arrays"])
@pytest.mark.parametrize("name", MODELS)
def test_portions_do_not_matter_bit_for_bit(name: str, backend: str, optimizer: str) -> None:
    whole, parts = (compile_step(MODELS[name](), optimizer, backend=backend) for _ in range(2))
    once: list[float] = []
    whole.advance(20, 0.01, once)
    bits: list[float] = []
    for n in (1, 7, 1, 2):
        parts.advance(n, 0.01, bits)
    kept = parts.state()
    parts.advance(5, 0.01, [])
    parts.set_state(kept)
    bits += [parts.step(0.01) for _ in range(9)]
    assert bits == once
    assert all(np.array_equal(parts.state()[leaf], value) for leaf, value in whole.state().items())


def test_reset_goes_back_to_the_model() -> None:
    step = compile_step(MODELS["matrix"](), "adam")
    first: list[float] = []
    step.advance(5, 0.1, first)
    step.reset()
    again: list[float] = []
    step.advance(5, 0.1, again)
    assert again == first


def test_parameters_are_copies_and_can_be_set() -> None:
    for backend in ("floats", "arrays"):
        step = compile_step(MODELS["matrix"](), backend=backend)
        step.parameters()["W"][:] = 99.0
        assert step.parameters()["W"].max() < 1
        step.set_state({"W": np.zeros((3, 2)), "b": np.zeros(2)})
        assert step.loss() == pytest.approx(8 * 0.09)
        assert step.step(0.0) == pytest.approx(8 * 0.09)


def test_a_parameter_that_the_loss_does_not_read_stays() -> None:
    step = compile_step(build("a = v**2\nL = w**2", {}, {}, {"v": 2.0, "w": 3.0}, {}, "L"), "adam")
    step.advance(3, 0.1, [])
    assert step.parameters()["v"] == 2.0
    assert step.parameters()["w"] < 3.0


def test_a_program_without_parameters_has_a_loss() -> None:
    step = compile_step(build("L = exp(x)", {"x": 1.0}, {}, {}, {}, "L"))
    found: list[float] = []
    step.advance(3, 0.1, found)
    assert found == [math.e] * 3


# ---- what the code is made of


def lines(step: CompiledStep) -> int:
    step.step(0.0)
    return step.source.count("\n")


def test_the_code_of_a_recurrence_does_not_grow_with_its_steps() -> None:
    def scalar(steps: int) -> Program:
        return build(
            f"h[0] = 0\nS[0] = 0\nfor t in range(1, {steps} + 1):\n    h[t] = w*x[t] + tanh(h[t-1])\n"
            f"    S[t] = S[t-1] + h[t]**2\nL = S[{steps}]",
            {"x": {t: math.sin(t) for t in range(1, steps + 1)}}, {}, {"w": 0.5}, {}, "L",
        )  # fmt: skip

    def vector(steps: int) -> Program:
        return build(
            "h[0] = zeros(3)\nS[0] = 0\n" + f"for t in range(1, {steps} + 1):\n    h[t] = tanh(W@x[t] + V@h[t-1] + b)\n"
            f"    S[t] = S[t-1] - log(softmax(U@h[t])[k[t]])\nL = S[{steps}]",
            {"x": {t: np.sin(np.arange(3) + t) for t in range(1, steps + 1)}},
            {"k": {t: t % 3 for t in range(1, steps + 1)}},
            {"W": np.eye(3), "V": 0.1 * np.ones((3, 3)), "b": np.zeros(3), "U": np.eye(3)}, {}, "L",
        )  # fmt: skip

    for program in (scalar, vector):
        short, long = (lines(compile_step(program(steps), backend="arrays")) for steps in (30, 300))
        assert short == long < 80


def test_nothing_of_the_model_file_enters_the_source() -> None:
    text = "Geheim = relu(Wunder@Eingabe)\nKosten = sum(Geheim**2) + Wunder[0, 0]"
    program = build(text, {"Eingabe": [1.0, 2.0]}, {}, {"Wunder": np.ones((2, 2))}, {}, "Kosten")
    for backend in ("floats", "arrays"):
        step = compile_step(program, backend=backend)
        step.advance(3, 0.01, [])
        names = {node.id for node in ast.walk(ast.parse(step.source)) if isinstance(node, ast.Name)}
        own = {"S", "rate", "n", "append", "range", "float", "zip", "_"}
        assert {name for name in names if not re.fullmatch(r"[a-z]{1,2}\d+(_\d+)?", name)} <= own


@pytest.mark.parametrize("backend", ["floats", "arrays"])
def test_parameters_may_have_any_name(backend: str) -> None:
    given = {"rate": 0.3, "count": [0.5, 0.1], "S": -0.2, "v1": 0.7, "p0": 0.4, "append": 1.0}
    program = build("L = sum((count*rate - S)**2) + v1*p0*append", {}, {}, given, {}, "L")
    same(program, backend)
    step = compile_step(program, "adam", backend=backend)
    step.advance(3, 0.01, [])
    assert step.parameters().keys() == given.keys()


def test_unknown_optimizers_are_refused() -> None:
    with pytest.raises(KeyError):
        compile_step(MODELS["scalar"](), "newton")


def test_twenty_thousand_nodes() -> None:
    """Straight-line code of many nodes: no recursion, no quadratic time."""
    n = 20_000
    text = f"a[0] = w\nfor i in range({n}):\n    a[i+1] = a[i] + 0.0001*sin(a[i])\nL = a[{n}]"
    step = compile_step(build(text, {}, {}, {"w": 0.3}, {}, "L"))
    a = 0.3
    slope = 1.0
    for _ in range(n):
        slope *= 1.0 + 0.0001 * math.cos(a)
        a += 0.0001 * math.sin(a)
    assert step.step(0.001) == pytest.approx(a, rel=1e-12)
    assert 0.3 - step.parameters()["w"] == pytest.approx(0.001 * slope, rel=1e-9)

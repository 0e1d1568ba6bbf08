"""Random programs: every value, every gradient against HIPS autograd; scalar formulas against sympy's derivatives."""

import warnings
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphviz_models.expr import Apply
from graphviz_models.program import build
from graphviz_models.trace import run

from . import oracle

Shape = tuple[int, ...]
SHAPES: list[Shape] = [(), (3,), (2,), (2, 3), (3, 2)]
UNARY = [
    "tanh({})",
    "sigmoid({})",
    "softplus({})",
    "exp(-square({}))",
    "sin({})",
    "{}**2",
    "arctan({})",
    "logcosh({})",
    "silu({})",
    "gelu({})",
    "-{}",
    "log(1 + exp({}))",
    "1/(1 + exp(-{}))",
    "sqrt(1 + {}**2)",
    "0.5*{}",
    "{} - 1.25",
]
BINARY = ["{} + {}", "{} - {}", "{}*{}", "{}/(2 + cos({}))", "maximum({}, {} + 0.1)", "where({0} > {1}, {0}, 2*{1})"]
REDUCE = ["sum({})", "mean({})", "logsumexp({})", "norm({}) + 0", "var({})", "max({})", "log(sum(exp({})))"]
PROBABILITY = ["softmax({})", "log_softmax({})", "exp({0})/sum(exp({0}))", "cumsum({})[:3]"]


class Builder:
    """Draws equations over nodes of known shapes."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.shapes: dict[str, Shape] = {"a": (), "b": (), "v": (3,), "u": (2,), "M": (2, 3), "N": (3, 2)}
        self.lines: list[str] = []

    def pick(self, shape: Shape | None = None) -> str:
        names = [n for n, s in self.shapes.items() if shape is None or s == shape]
        return str(self.draw(st.sampled_from(names)))

    def add(self, text: str, shape: Shape) -> None:
        name = f"n{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        self.shapes[name] = shape

    def equation(self) -> None:
        kind = self.draw(
            st.sampled_from(["unary", "binary", "reduce", "probability", "matmul", "entry", "transpose", "group"])
        )
        x = self.pick()
        shape = self.shapes[x]
        if kind == "unary":
            self.add(self.draw(st.sampled_from(UNARY)).format(x), shape)
        elif kind == "binary":
            other = self.pick(shape if self.draw(st.booleans()) else ())
            self.add(self.draw(st.sampled_from(BINARY)).format(x, other), shape)
        elif kind == "reduce":
            self.add(self.draw(st.sampled_from(REDUCE)).format(x), ())
        elif kind == "probability":
            self.add(self.draw(st.sampled_from(PROBABILITY)).format(self.pick((3,))), (3,))
        elif kind == "matmul":
            left, right = self.draw(st.sampled_from([((2, 3), (3,)), ((2,), (2, 3)), ((2, 3), (3, 2)), ((3,), (3,))]))
            out = np.empty(left) @ np.empty(right)
            if np.shape(out) in SHAPES:
                self.add(f"{self.pick(left)} @ {self.pick(right)}", np.shape(out))
        elif kind == "entry" and len(shape) == 1:
            self.add(f"{x}[{self.draw(st.integers(0, shape[0] - 1))}] * {self.pick(())}", ())
        elif kind == "transpose" and len(shape) == 2:
            self.add(f"tanh({x}.T)", shape[::-1])
        elif kind == "group":
            self.add(f"cell({x}, {self.pick(())})", shape)

    def text(self) -> str:
        ends = list(self.shapes)[-3:]
        lines = ["def cell(p, q):\n    r = tanh(p)*q\n    return r + p", *self.lines]
        return "\n".join([*lines, "L = " + " + ".join(f"sum({n})" for n in ends)])


@st.composite
def programs(draw: Any) -> str:
    builder = Builder(draw)
    for _ in range(draw(st.integers(2, 9))):
        builder.equation()
    return builder.text()


GIVEN = {
    "a": 0.7,
    "b": -0.4,
    "v": np.array([0.3, -0.8, 0.5]),
    "u": np.array([-0.6, 0.9]),
    "M": np.array([[0.2, -0.5, 0.4], [0.7, 0.1, -0.3]]),
    "N": np.array([[0.6, -0.2], [0.3, 0.8], [-0.7, 0.15]]),
}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_every_value_and_gradient_agrees_with_autograd(text: str) -> None:
    trace = run(build(text, {}, {}, GIVEN, {}, "L"))
    if trace.first_non_finite is not None or max(np.max(np.abs(v)) for v in trace.values.values()) > 1e6:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values, gradients = oracle.evaluate(text, dict(GIVEN), {}, "L")
    for name, want in values.items():
        assert np.allclose(trace.values[name], want, rtol=1e-11, atol=1e-12), name
    largest = max([1.0, *(float(np.max(np.abs(g))) for g in gradients.values() if np.all(np.isfinite(g)))])
    for name, want in ((n, g) for n, g in gradients.items() if np.all(np.isfinite(g))):
        assert np.allclose(trace.gradients[name], want, rtol=1e-9, atol=1e-10 * largest), name
    for level in ("operations", "neurons"):
        assert run(trace.program.at_level(level)).loss == pytest.approx(trace.loss, rel=1e-11, abs=1e-12)


LEAVES = ["x", "y", "2", "0.5"]
NODES = [
    "({} + {})",
    "({} - {})",
    "({})*({})",
    "({})/(3 + ({})**2)",
    "tanh({})",
    "exp(-({})**2)",
    "sin({})",
    "log(1 + exp({}))",
    "({})**3",
    "sqrt(1 + ({})**2)",
    "cosh({})",
    "log(cosh({}))",
]


@st.composite
def formulas(draw: Any, depth: int = 4) -> str:
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return str(draw(st.sampled_from(LEAVES)))
    node = draw(st.sampled_from(NODES))
    return str(node.format(*(draw(formulas(depth=depth - 1)) for _ in range(node.count("{}")))))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(formulas())
def test_scalar_formulas_agree_with_sympy(text: str) -> None:
    x, y = sympy.symbols("x y")
    point = {x: sympy.Float("0.37", 60), y: sympy.Float("-0.61", 60)}
    e = eval(  # noqa: S307 - the formula is made above
        text,
        {"__builtins__": {}},
        {n: getattr(sympy, n) for n in "tanh exp sin log sqrt cosh".split()} | {"x": x, "y": y},
    )
    program = build(f"L = x*y*0 + {text}", {}, {}, {"x": 0.37, "y": -0.61}, {})
    assert isinstance(program.equation["L"].rhs, Apply)
    trace = run(program)
    if trace.first_non_finite is not None or abs(trace.loss) > 1e12:
        return
    for name, symbol in (("x", x), ("y", y)):
        true = float(sympy.diff(sympy.sympify(e), symbol).evalf(40, subs=point))
        assert float(trace.gradients[name]) == pytest.approx(true, rel=1e-9, abs=1e-11)

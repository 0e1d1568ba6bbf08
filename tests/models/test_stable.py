"""Naive formulas at ±800: value with gradient against 1000-digit arithmetic, also through names, groups."""

from collections.abc import Callable
from random import Random
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from graphviz_models.calculus import deltas
from graphviz_models.expr import Expr, Var, make
from graphviz_models.program import Program, build
from graphviz_models.stable.rules import Stable
from graphviz_models.trace import Trace, run

POINTS = (800.0, -800.0, 40.0, -40.0, -3.0, 0.3)


def s(u: Any) -> Any:
    return 1 / (1 + mp.exp(-u))


FORMULAS: dict[str, Callable[[Any], Any]] = {
    "log(1 + exp(u))": lambda u: mp.log(1 + mp.exp(u)),
    "log(exp(u) + 1)": lambda u: mp.log(1 + mp.exp(u)),
    "log1p(exp(u))": lambda u: mp.log(1 + mp.exp(u)),
    "log(1 + exp(u)**2)": lambda u: mp.log(1 + mp.exp(2 * u)),
    "log(cosh(u))": lambda u: mp.log(mp.cosh(u)),
    "log(2*cosh(u))": lambda u: mp.log(2 * mp.cosh(u)),
    "log((exp(u) + exp(-u))/2)": lambda u: mp.log(mp.cosh(u)),
    "log(sigmoid(u))": lambda u: mp.log(s(u)),
    "log(1 - sigmoid(u))": lambda u: mp.log(1 - s(u)),
    "log(1/(1 + exp(-u)))": lambda u: mp.log(s(u)),
    "log(1 - 1/(1 + exp(-u)))": lambda u: mp.log(1 - s(u)),
    "1 - tanh(u)**2": lambda u: 1 / mp.cosh(u) ** 2,
    "1 - tanh(u)*tanh(u)": lambda u: 1 / mp.cosh(u) ** 2,
    "tanh(u)**2 - 1": lambda u: -1 / mp.cosh(u) ** 2,
    "1 - tanh(u)": lambda u: 1 - mp.tanh(u),
    "1 + tanh(u)": lambda u: 1 + mp.tanh(u),
    "log(1 - tanh(u)**2)": lambda u: -2 * mp.log(mp.cosh(u)),
    "1 - sigmoid(u)": lambda u: 1 - s(u),
    "sigmoid(u) - 1": lambda u: s(u) - 1,
    "1/(1 + exp(-u))": s,
    "exp(u)/(1 + exp(u))": s,
    "(1 + exp(-u))**-1": s,
    "u/(1 + exp(-u))": lambda u: u * s(u),
    "(exp(u) - exp(-u))/(exp(u) + exp(-u))": mp.tanh,
    "(1 - exp(-2*u))/(1 + exp(-2*u))": mp.tanh,
    "sinh(u)/cosh(u)": mp.tanh,
    "2*sigmoid(2*u) - 1": mp.tanh,
    "1 - 2/(1 + exp(2*u))": mp.tanh,
    "log(exp(u) + exp(2*u) + 3)": lambda u: mp.log(3 + mp.exp(u) + mp.exp(2 * u)),
    "log(exp(u)/(exp(u) + exp(-u)))": lambda u: mp.log(mp.exp(u) / (mp.exp(u) + mp.exp(-u))),
    "log(sqrt(1 + exp(u)))": lambda u: mp.log(1 + mp.exp(u)) / 2,
    "-(c*log(sigmoid(u)) + (1 - c)*log(1 - sigmoid(u)))": lambda u: mp.log(1 + mp.exp(-u)),
    "exp(u)*exp(-u)*u": lambda u: u,
    "exp(u)/(1 + exp(u))**2": lambda u: mp.exp(u) / (1 + mp.exp(u)) ** 2,
    "-log(1 - exp(-abs(u) - 1))": lambda u: -mp.log(1 - mp.exp(-abs(u) - 1)),
}


def traced(text: str, u: Any, **given: Any) -> Trace:
    targets = {k: v for k, v in given.items() if k in ("k", "y", "c")}
    return run(build(text, {}, targets, {"u": u}, {}))


def agree(mine: float, true: Any) -> bool:
    want = float(true)
    return mine == want or abs(mine - want) <= 1e-12 * abs(want) + 1e-300


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("u", POINTS)
def test_formula_is_true(text: str, u: float) -> None:
    f = FORMULAS[text]
    with mp.workdps(1000):
        step = mp.mpf(10) ** -300
        slope = (f(mp.mpf(u) + step) - f(mp.mpf(u) - step)) / (2 * step)
        trace = traced(f"L = {text}", u, c=1.0)
        assert agree(trace.loss, f(mp.mpf(u)))
        assert agree(float(trace.gradients["u"]), slope)


BIG = [1000.0, 0.0, -1000.0]
CROSS_ENTROPY = {
    "in one line": "L = -log(softmax(u)[k])",
    "named": "p = softmax(u)\nL = -log(p[k])",
    "spelled out": "q = exp(u)\nz = sum(q)\np = q/z\nL = -log(p[k])",
    "in a group": "def f(a):\n    q = exp(a)\n    return q/sum(q)\np = f(u)\nL = -log(p[k])",
    "with one-hot": "p = softmax(u)\nL = -sum(y*log(p))",
    "inner product": "p = softmax(u)\nL = -(y @ log(p))",
    "log of the inner product": "p = softmax(u)\nL = -log(sum(y*p))",
    "difference": "L = log(sum(exp(u))) - u[k]",
    "log softmax named": "q = log_softmax(u)\nL = -q[k]",
}


@pytest.mark.parametrize("text", CROSS_ENTROPY.values(), ids=CROSS_ENTROPY)
def test_cross_entropy_of_large_logits(text: str) -> None:
    trace = traced(text, BIG, k=1, y=[0.0, 1.0, 0.0])
    assert trace.loss == 1000
    assert np.array_equal(trace.gradients["u"], [1, -1, 0])


def test_shown_formula_is_the_sheets() -> None:
    program: Program = build("p = softmax(u)\nL = -log(p[k])", {}, {"k": 1}, {"u": BIG}, {})
    assert program.equation["L"].reads == ("p", "k")
    assert program.equation["L"].resolved == ("p",)


def test_deltas_of_what_is_looked_through_are_still_the_sheets() -> None:
    """dL/dp is -1/p_k as the sheet writes it, and what arrives at u comes from p and is p - e_k."""
    trace = traced("p = softmax(u)\nL = -log(p[k])", [0.3, -0.2, 0.9], k=2)
    p = trace.values["p"]
    assert np.allclose(trace.gradients["p"], [0, 0, -1 / p[2]], rtol=1e-14)
    found = {d.of: d for d in deltas(trace.program)}
    assert [t.source for t in found["u"].terms] == ["p"]
    assert np.allclose(trace.gradients["u"], p - [0, 0, 1], rtol=1e-14)


def test_two_uses_of_a_probability_each_bring_their_own_share() -> None:
    """A probability that enters a logarithm and something else, too."""
    text = "p = softmax(u)\nq = softmax(2*u)\nL = -log(p[k]) + sum(p*p) - 3*log(q[0])"
    u = np.array([0.3, -0.2, 0.9])
    trace = traced(text, u, k=2)

    def loss(x: Any) -> float:
        return traced(text, x, k=2).loss

    numeric = [(loss(u + h) - loss(u - h)) / 2e-6 for h in 1e-6 * np.eye(3)]
    assert np.allclose(trace.gradients["u"], numeric, atol=1e-8)
    consumers = trace.steps[trace.backward_index["u"]].contributions
    assert {c.source for c in consumers} == {"p", "q"}
    assert np.allclose(sum(c.product for c in consumers), trace.gradients["u"], rtol=1e-12)


def test_zero_times_log_of_zero_is_zero() -> None:
    trace = run(build("L = sum(p*log(p)) + sum(y*log(p))", {"p": [0.0, 1.0]}, {"y": [0.0, 1.0]}, {}, {}))
    assert trace.loss == 0


def test_sign_is_kept_where_a_factor_may_be_negative() -> None:
    """A quotient by something whose sign is unknown is not rebuilt from a logarithm."""
    trace = run(build("L = 3/(a*exp(u))", {"a": -2.0}, {}, {"u": 1.0}, {}))
    assert trace.loss == pytest.approx(3 / (-2 * np.e), rel=1e-14)


@pytest.mark.skipif(np.finfo(np.longdouble).maxexp <= 1024, reason="long double has no wider range here")
def test_deltas_of_nodes_that_overflow_are_still_numbers() -> None:
    trace = traced(CROSS_ENTROPY["spelled out"], BIG, k=1)
    assert np.isinf(trace.values["q"][0])
    assert np.array_equal(trace.gradients["q"], [0, -1, 0])


def test_names_that_many_ways_lead_to_are_looked_at_once() -> None:
    random, looked = Random(1), []
    meant: dict[str, Expr] = {}
    for i in range(1, 400):
        near, far = (random.randrange(max(0, i - back), i) for back in (3, 100))
        meant[f"h{i}"] = make("mul", Var(f"h{near}", ()), Var(f"h{far}", ()))

    def lookup(name: str) -> Expr | None:
        looked.append(name)
        return meant.get(name)

    Stable(lookup).rewrite(make("mul", Var("h399", ()), Var("h398", ())))
    assert len(looked) < 1.5 * len(set(looked))

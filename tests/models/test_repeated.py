"""Equations of one form are treated once: what comes out is what comes out when each is treated by itself."""

import gc
import weakref
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphviz_models.calculus import deltas, gradient_program
from graphviz_models.expr import Apply, Const, Expr, Var, make, uncollected
from graphviz_models.forms import Template, applied, form
from graphviz_models.ops import OPS
from graphviz_models.problem import Problems
from graphviz_models.program import Program, build, unroll
from graphviz_models.sheet import exercises, load, read
from graphviz_models.views import LEVELS

from .sources import COURSES

X = {t: 0.1 * t - 0.4 for t in range(-1, 13)}
V = [0.1 * t for t in range(9)]
LOOPS: dict[str, str] = {
    "recurrence": "h[0] = 0\nfor t in range(1, 9):\n    h[t] = w*x[t] + tanh(h[t-1])\nL = h[8]",
    "two that meet": "h[0] = a\nfor t in range(1, 9):\n    h[t] = w*x[t]*x[8-t] + h[t-1]\nL = h[8]",
    "one that stays": "h[0] = a\nfor t in range(1, 9):\n    h[t] = w*h[t-1] + h[0]*x[0]\nL = h[8]",
    "two that part": "h[0] = a\nfor t in range(1, 9):\n    h[t] = w*x[t] + x[4] - h[t-1]\nL = h[8]",
    "loop variable": "h[0] = a\nfor t in range(1, 9):\n    h[t] = h[t-1]/t + w*t\nL = h[8]",
    "entry of an array": "h[0] = a\nfor t in range(1, 9):\n    h[t] = tanh(w*h[t-1] + v[t-1])\nL = h[8]",
    "given, then computed": "g[3] = exp(a)\ng[4] = exp(w)\nS[0] = 0\nfor t in range(1, 5):\n"
    "    S[t] = S[t-1] + log(1 + g[t])\nL = S[4]",
    "some chosen": "for t in range(1, 7):\n    m[t] = exp(w*x[t])\nL = relu(m[1]) + m[2] + relu(m[3]) + m[4] + m[5]",
    "rows of a matrix": "h[0] = zeros(2)\nfor t in range(1, 7):\n    h[t] = tanh(W[t % 3, :]*h[t-1] + X[t-1, :])\n"
    "L = sum(h[6])",
    "columns of a matrix": "h[0] = a\nfor t in range(1, 7):\n    h[t] = h[t-1] + sum(X[:, t % 2]*w)\nL = h[6]",
    "entries of a matrix": "h[0] = a\nfor t in range(1, 7):\n    h[t] = w*h[t-1]*X[t-1, 1] + X[t-1, 0]\nL = h[6]",
    "entries that meet": "h[0] = a\nfor t in range(1, 9):\n    h[t] = w*v[t]*v[8-t] + h[t-1]\nL = h[8]",
    "entry that stays": "h[0] = a\nfor t in range(1, 9):\n    h[t] = w*v[t]*h[t-1] + v[0]*v[3]\nL = h[8]",
    "entries that meet in a tanh": "h[0] = a\nfor t in range(1, 9):\n    p[t] = exp(w*v[t])\n"
    "    h[t] = h[t-1] + (exp(w*v[t]) - exp(-w*v[t]))/(exp(w*v[8-t]) + exp(-w*v[8-t]))\nL = h[8]",
    "entries behind names": "q[1] = exp(v[1])\nq[2] = exp(v[3])\nq[3] = exp(v[3])\nq[4] = exp(v[3])\nq[5] = exp(v[5])\n"
    "q[6] = exp(v[6])\nh[0] = a\nfor t in range(1, 7):\n"
    "    h[t] = w*h[t-1] + (q[t] - exp(-v[t]))/(q[t] + exp(-v[t]))\nL = h[6]",
    "entries from the end": "h[0] = a\nfor t in range(1, 9):\n    h[t] = w*v[-t] + h[t-1]**2\nL = h[8]",
    "entries of a softmax": "q = softmax(w*v)\nS[0] = 0\n"
    "for t in range(1, 9):\n    S[t] = S[t-1] - log(q[t])\nL = S[8]",
    "entries of two meanings": "S[0] = 0\nfor t in range(1, 9):\n    u[t] = exp(w*v[t])\n"
    "    S[t] = S[t-1] - log(1 + u[t]*exp(v[t-1]))\nL = S[8]",
    "minus zero": "h[0] = a\nh[1] = a*0.0\nh[2] = a*(-0.0)\nh[3] = w*0.0\nh[4] = w*(-0.0)\nL = h[1]+h[2]+h[3]+h[4]",
    "meaning that changes": "q[1] = exp(a)\nq[2] = 2*a\nq[3] = exp(w)\n"
    "q[4] = exp(x[1])\nq[5] = x[2]*w\nq[6] = exp(x[3])\nL[0] = 0\n"
    "for t in range(1, 7):\n    L[t] = L[t-1] + log(1 + q[t])\nJ = L[6]",
    "meaning two deep": "S[0] = 0\nfor t in range(1, 7):\n    u[t] = w*x[t]\n    p[t] = exp(u[t])\n"
    "    q[t] = 1 + p[t]\n    S[t] = S[t-1] - log(p[t]/q[t])\nJ = S[6]",
    "decay": "S[0] = a\nfor t in range(1, 13):\n    S[t] = 0.9*S[t-1] + exp(w*x[t])\nL = log(S[12])",
    "def": "def cell(u, k, s):\n    z = w*u + k*s\n    f = sigmoid(z)\n    return f*s + z\nh[0] = a\n"
    "for t in range(1, 9):\n    h[t] = cell(x[t], 2.0, h[t-1])\nL = h[8]",
    "def of formulas": "def cell(u, s):\n    z = tanh(u + s)\n    return z*s\nh[0] = a\n"
    "for t in range(1, 9):\n    h[t] = cell(w*x[t], h[t-1]**2)\nL = h[8]",
    "def with a loop": "def poly(u):\n    for k in range(1, 4):\n        pass\n    y = u**2 + w*u\n"
    "    return y\nS[0] = a\nfor t in range(1, 9):\n    S[t] = S[t-1] + poly(x[t])\nL = S[8]",
    "nested": "S[0] = a\nfor i in range(1, 5):\n    for j in range(1, 5):\n        m[4*i+j] = w*x[i]*x[j]\n"
    "    S[i] = S[i-1] + m[4*i+1]*m[4*i+i]\nL = S[4]",
    "integer targets": "S[0] = 0\nfor t in range(1, 7):\n    z[t] = W@v2*x[t]\n    p[t] = softmax(z[t])\n"
    "    S[t] = S[t-1] - log(p[t][c[t]])\nL = S[6]",
    "choices": "S[0] = a\nfor t in range(1, 9):\n    S[t] = maximum(S[t-1]*w, relu(x[t] - 0.1))"
    " + where(x[t] > 0, exp(S[t-1]), 0)\nL = S[8]",
}  # fmt: skip


def program(text: str) -> Program:
    classes = {t: t % 3 for t in range(1, 13)}
    start = {"w": 0.7, "a": 0.3, "W": np.arange(6.0).reshape(3, 2) / 5}
    loss = text.rpartition("\n")[2].partition(" ")[0]
    return build(
        text,
        {"x": X, "v": V, "X": np.sin(np.arange(12.0)).reshape(6, 2), "v2": [0.5, -1.0], "g": {1: 0.5, 2: 0.7}},
        {"c": classes},
        start,
        {},
        loss,
    )


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Any:
    """From the call on, every formula is too large to be compared with others."""

    def forget() -> None:
        for module in ("program.repeated", "stable.repeated", "calculus.products"):
            monkeypatch.setattr(f"graphviz_models.{module}.LARGEST", 0)

    return forget


def said(program: Program) -> list[object]:
    """All that an equation, its deltas and the lines of its gradient say."""
    found: list[object] = []
    for e in program.equations:
        forms = (e.rhs, e.local, e.computed)
        found += [e.name, forms, list(map(repr, forms)), list(map(signs, forms))]
        found += [e.resolved, e.reads, e.groups, e.loop]
    for d in deltas(program):
        found += [d.of, d.carried]
        found += [[(t.source, t.product) for t in terms] for terms in (d.terms, d.true_terms)]
    wrt = [name for name, given in program.given.items() if given.role == "parameter"]
    return [*found, gradient_program(program, wrt)]


def signs(e: Expr) -> list[bool]:
    """The sign bit of every constant, in order: 0 equals -0."""
    found: list[bool] = []
    stack = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, Const):
            found += np.signbit(top.value).ravel().tolist()
        elif isinstance(top, Apply):
            stack.extend(top.args)
    return found


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("level", LEVELS)
def test_a_loop(name: str, level: Any, alone: Any) -> None:
    shared = said(program(LOOPS[name]).at_level(level))
    alone()
    assert shared == said(program(LOOPS[name]).at_level(level))


@pytest.mark.parametrize("name", [name for name, *_ in exercises()])
def test_an_exercise(name: str, alone: Any) -> None:
    shared = said(load(name).program)
    alone()
    assert shared == said(read(load(name).text, name).program)


@pytest.mark.parametrize("path", COURSES, ids=lambda path: path.stem)
def test_a_course(path: Path, alone: Any) -> None:
    text = path.read_text(encoding="utf-8")
    shared = said(read(text, path.name).program)
    alone()
    assert shared == said(read(text, path.name).program)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "h[0] = 0\nfor t in range(1, 20):\n    h[t] = w*x[t] + h[t-1]\nL = h[9]",
            "3:14: error: x[13] is used before it is assigned or given",
        ),
        (
            "S[0] = 0\nfor t in range(1, 9):\n    S[t] = S[t-1] + v2[k[t]]\nL = S[8]",
            "3:21: error: index 5 is out of bounds",
        ),
        (
            "for t in range(1, 9):\n    h[t] = v2[t-1]*w\nL = h[2]",
            "2:12: error: ",
        ),
        (
            "for t in range(1, 9):\n    h[t] = v9[t-1]*w\nL = h[2]",
            "2:12: error: ",
        ),
        (
            "for t in range(1, 9):\n    h[t] = sum(y[t]*v2)\nL = h[8]",
            "2:16: error: the shapes 3 and 2 do not fit together",
        ),
    ],
    ids=["no such member", "no such entry", "beyond two", "beyond five", "another shape"],
)
def test_a_late_mistake_is_said_as_an_early_one(text: str, message: str, alone: Any) -> None:
    def mistakes() -> str:
        k = {t: 5 if t == 7 else 1 for t in range(1, 9)}
        y = {t: [1.0, 2.0, 3.0] if t == 6 else 1.0 for t in range(1, 9)}
        with pytest.raises(Problems) as caught:
            build(text, {"x": X, "v2": [0.5, -1.0], "v9": [0.1] * 5, "y": y}, {"k": k}, {"w": 0.7}, {}, "L")
        return "\n".join(map(str, caught.value.problems))

    shared = mistakes()
    alone()
    assert shared == mistakes()
    assert shared.startswith(message)


def test_a_loop_is_read_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    times = []
    before = unroll.read

    def counted(*args: Any) -> Expr:
        times.append(args)
        return before(*args)

    monkeypatch.setattr(unroll, "read", counted)
    for name, more in (("recurrence", 0), ("meaning two deep", 0), ("def", 2), ("integer targets", 0)):
        counts = []
        for last in (9, 11, 13):
            times.clear()
            program(LOOPS[name].replace("range(1, 7)", f"range(1, {last})").replace("range(1, 9)", f"range(1, {last})"))
            counts.append(len(times))
        assert [b - a for a, b in pairwise(counts)] == [more, more], name  # of a def the call alone


def test_a_form_tells_apart_what_names_do_not() -> None:
    a, b, c, m, M = Var("a"), Var("b"), Var("c"), Var("m", (2,)), Var("M", (2, 3))
    assert form(make("add", a, b)).key == form(make("add", b, c)).key
    assert form(make("index", m, index=(("int", 0),))).key == form(make("index", m, index=(("int", 1),))).key
    for one, other in (
        (make("add", a, b), make("add", a, a)),
        (make("add", a, b), make("mul", a, b)),
        (make("mul", a, Const(0.0)), make("mul", a, Const(-0.0))),
        (make("mul", a, Const(2.0)), make("mul", a, Const(2.0, "k"))),
        (make("mul", a, Const(2.0)), make("mul", a, Const(2.0, integer=True))),
        (make("tanh", a), make("tanh", Var("m", (2,)))),
        (make("tanh", a), make("tanh", Var("k", integer=True))),
        (make("sum", Var("m", (2,)), axis=0), make("sum", Var("m", (2,)), axis=None)),
        (make("index", m, index=(("int", 0),)), make("index", m, index=(("slice", 0, 1, None),))),
        (make("index", M, index=(("int", 0),)), make("index", M, index=(("int", 0), ("int", 1)))),
        (
            make("add", make("index", m, index=(("int", 0),)), make("index", m, index=(("int", 0),))),
            make("add", make("index", m, index=(("int", 0),)), make("index", m, index=(("int", 1),))),
        ),
        (make("stack", a, b), make("stack", a, make("stack", b).args[0], c)),
    ):
        assert form(one).key != form(other).key, (one, other)


def test_a_template_shares_what_is_shared() -> None:
    a, b = Var("a"), Var("b")
    inner = make("tanh", a)
    template = Template((make("mul", inner, inner), make("add", inner, b)), (a, b))
    product, total = template.over((Var("c"), Var("d")))
    assert repr(product) == "mul(tanh(c), tanh(c))"
    assert repr(total) == "add(tanh(c), d)"
    assert isinstance(product, Apply)
    assert isinstance(total, Apply)
    assert product.args[0] is product.args[1] is total.args[0]
    assert form(product) == form(Apply(OPS["mul"], product.args, (), ()))


def test_a_template_puts_given_parts_in() -> None:
    a = Var("a")
    whole = make("exp", make("tanh", a))
    template = Template((make("mul", a, whole.args[0]),), (a,), applied(whole))
    other = make("exp", make("tanh", Var("b")))
    (product,) = template.over((Var("b"),), applied(other))
    assert isinstance(product, Apply)
    assert product.args[1] is other.args[0]


def test_deltas_are_derived_once_for_as_long_as_there_is_the_program() -> None:
    one, other = program(LOOPS["recurrence"]), program(LOOPS["recurrence"])
    assert deltas(one) is deltas(one)
    assert deltas(one) is not deltas(other)
    assert len(deltas(one, needed={"w"})) < len(deltas(one))
    assert deltas(one, "h[4]")[0].of == "h[4]"
    kept = weakref.ref(one)
    del one
    gc.collect()
    assert kept() is None


def test_what_is_built_without_the_collector_counts_as_old() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            built = [[i] for i in range(10)]
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    assert any(each is built for each in gc.get_objects(generation=2))
    gc.freeze()
    try:
        before = gc.get_freeze_count()
        with uncollected():
            pass
        assert gc.get_freeze_count() >= before - 10  # what others have frozen stays so
    finally:
        gc.unfreeze()

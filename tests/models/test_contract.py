"""The contract of model files, sentence by sentence, where it is odd but legal: shapes, names, values, slopes."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from graphviz_models.calculus import jacobian
from graphviz_models.check import report
from graphviz_models.compile import compile_step
from graphviz_models.derivation import derivation
from graphviz_models.expr import Expr
from graphviz_models.problem import Problems
from graphviz_models.program import Program
from graphviz_models.sheet import Sheet, read
from graphviz_models.stable.logarithms import Logarithms
from graphviz_models.trace import run


@pytest.fixture(autouse=True)
def no_warning() -> Iterator[None]:
    """Infinities and NaN are results: NumPy's warnings of them would stand on the user's screen."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def sheet(equations: str, rest: str = "") -> Sheet:
    return read(f"format = 1\nequations = '''\n{equations}\n'''\n{rest}")


def mistake(equations: str, rest: str = "") -> str:
    """What is wrong, with line and column in the equations."""
    with pytest.raises(Problems) as caught:
        sheet(equations, rest)
    return " | ".join(f"{p.line - 2}:{p.column} {p.message}" for p in caught.value.problems)


def every_way(program: Program) -> dict[str, Any]:
    """The gradients of the parameters; training, on floats where that is quick, and Jacobians agree with them."""
    trace = run(program)
    names = [n for n, g in program.given.items() if g.role == "parameter"]
    for backend in (None, "arrays"):
        step = compile_step(program, backend=backend)
        assert step.step(0.5) == pytest.approx(trace.loss, rel=1e-12, nan_ok=True)
        for name, value in step.parameters().items():
            if np.isfinite(trace.loss):
                np.testing.assert_allclose(value, trace.values[name] - 0.5 * trace.gradients[name], rtol=1e-12)
    for name in names:
        np.testing.assert_allclose(jacobian(program, program.loss, name, trace.values), trace.gradients[name])
        assert trace.gradients[name].shape == program.shape(name)
    assert run(program.at_level("neurons")).loss == pytest.approx(trace.loss, rel=1e-12, nan_ok=True)
    return {name: trace.gradients[name] for name in names}


# ---- what is only compared with has the gradient 0


@pytest.mark.parametrize(
    "equations",
    [
        "L = a*where(a == w, 3, 0)",
        "n = where(a == w, 3, 0)\nL = n*a",
        "n = w*2\nm = exp(n)\nL = where(a > m, a, 2*a)",
        "n = exp(1000*w)\nL = where(n > 1, a, 2*a)",  # 0 times the infinite slope of n
        "p = exp(w)\nq = log(p)\nr = where(p > 1, a, 2)\nL = where(q > 1, a, r)",
    ],
)
def test_compared_only(equations: str) -> None:
    found = every_way(sheet(equations, "[inputs]\na = 1.0\n[parameters]\nw = 1.0").program)
    assert found == {"w": 0.0}


def test_compared_only_as_a_jacobian() -> None:
    program = sheet("n = 2*w\nm = where(n > v, 1, v)\nL = sum(m)", "[parameters]\nw = 1.0\nv = [1.0, 3.0]").program
    values = run(program).values
    assert jacobian(program, "m", "w", values).tolist() == [0, 0]
    assert jacobian(program, "m", "n", values).tolist() == [0, 0]
    assert jacobian(program, "m", "v", values).tolist() == [[0, 0], [0, 1]]


# ---- arrays of no entries, operands of any number of axes


@pytest.mark.parametrize(
    "formula",
    [
        "prod(z)", "prod(N, axis=0)", "prod(N, axis=1, keepdims=True)", "prod(z, axis=0)", "exp(z)/sum(exp(z))",
        "log(1 + sum(exp(z)))", "sum(N, axis=1)", "mean(N, axis=1)", "var(N, axis=1)", "norm(N, axis=1)",
        "softmax(N, axis=1)", "logsumexp(N, axis=-1)", "log_softmax(N, axis=1)", "max(N, axis=1)", "min(z, axis=())",
        "z @ z", "N.T @ N", "N @ v", "outer(z, v)", "concatenate([z, v])", "stack([z, z], axis=1)", "cumsum(z)",
        "norm(z)", "std(N, axis=-1)", "reshape(N, (3, 0))", "diag(z)", "where(z > 1, z, 2)",
    ],
)  # fmt: skip
def test_no_entries(formula: str) -> None:
    found = sheet(
        f"y = {formula}\nL = sum(y*y) + s",
        '[parameters]\nz = []\nN = {shape = [0, 3], init = "zeros"}\ns = 2.0\nv = [1.0, 2.0, 3.0]',
    )
    every_way(found.program)
    assert report(found.program).passed


@pytest.mark.parametrize("formula", ["outer(s, v)", "outer(v, s)", "outer(s, s)", "outer(M, v)", "outer(s, M)"])
def test_outer_of_any_shapes(formula: str) -> None:
    program = sheet(f"y = {formula}\nL = sum(y*y)", "[parameters]\ns = 2.0\nv = [1.0, 3.0]\nM = [[1.0, 2.0]]").program
    every_way(program)
    left, right = (program.given[name].value for name in formula.removeprefix("outer(").removesuffix(")").split(", "))
    assert np.array_equal(run(program).values["y"], np.outer(left, right))


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("transpose(M, (2, 3))", "axis=2 does not exist"),
        ("cumsum(M, axis=(0, 1))", "cumsum runs along one axis"),
        ("logsumexp(v, b=M)", "do not fit together"),
        ("std(z)", "an empty array has no variance"),
        ("max(z)", "an empty array has no largest"),
    ],
)
def test_shapes_that_do_not_fit(formula: str, said: str) -> None:
    rest = "[parameters]\nz = []\nv = [1.0, 2.0]\nM = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]"
    assert said in mistake(f"y = {formula}\nL = sum(y)", rest)


# ---- slopes


@pytest.mark.parametrize(
    ("x", "low", "high", "slopes"),
    [
        (0.5, 0.0, 1.0, (1, 0, 0)), (0.0, 0.0, 1.0, (1, 0, 0)), (1.0, 0.0, 1.0, (1, 0, 0)), (-1.0, 0.0, 1.0, (0, 1, 0)),
        (2.0, 0.0, 1.0, (0, 0, 1)), (0.5, 2.0, 1.0, (0, 0, 1)), (1.5, 2.0, 1.0, (0, 0, 1)), (3.0, 2.0, 1.0, (0, 0, 1)),
    ],
)  # fmt: skip
def test_clip_between_parameters(x: float, low: float, high: float, slopes: tuple[int, ...]) -> None:
    program = sheet("L = clip(x, low, high)", f"[parameters]\nx = {x}\nlow = {low}\nhigh = {high}").program
    assert tuple(every_way(program).values()) == slopes


# ---- names and indices


W = "[parameters]\nw = 1.0"


def test_an_index_may_have_a_plus() -> None:
    assert run(sheet("L = x[+1]*x[-1]*x[-+1]", "[inputs]\nx = {1 = 2.0, -1 = 3.0}").program).loss == 18


@pytest.mark.parametrize(
    ("equations", "said"),
    [
        ("h[1] = h[0]*w\nL = h[1]", "1:8 h[0] is used before it is assigned or given: no member is assigned yet"),
        ("def f(a):\n    return 2*a\nL = f()", "3:5 f takes 1 argument: write f(a)"),
        (
            "def f(a, a):\n    return a\nL = f(w, w)",
            "1:1 a def takes every name once: give one of the two another name",
        ),
        (
            "def g(a):\n    def f(b):\n        return b*b\n    return f(a)\nL = g(w)",
            "2:5 a def stands at the top, not inside a loop or another def",
        ),
        ("a, b = w, w\nL = a*b", "1:1 one name stands on the left of =: write one equation a line"),
        ("y = 2*w\nL = y(w + 1)", "2:5 y is a value, not a function: write y*(...) for a product"),
        ("L = w \N{MINUS SIGN} 1", "1:7 \N{MINUS SIGN} does not belong to the language: write -"),
        ("L =\N{NO-BREAK SPACE}w", "1:4 this character does not belong to the language: write a plain space"),
        ("y = zeros((1,)*2)\nL = w", "1:11 this is no integer"),
    ],
)
def test_one_mistake_is_said_once(equations: str, said: str) -> None:
    found = mistake(equations, W)
    assert found.startswith(said)
    assert " | " not in found


@pytest.mark.parametrize("formula", ["zeros(({}))", "reshape(w, ({}))", "w[{}]".replace("{}", "None," * 40)])
def test_arrays_of_many_axes(formula: str) -> None:
    assert "more than 24 axes" in mistake(f"y = {formula.format('1,' * 70)}\nL = sum(y)", W)


def test_stacks_of_many_axes() -> None:
    assert "more than 24 axes" in mistake("y[0] = w\nfor i in range(70):\n    y[i + 1] = stack([y[i]])\nL = w", W)
    program = sheet("y[0] = w\nfor i in range(24):\n    y[i + 1] = stack([y[i]])\nL = sum(softmax(y[24])*w)", W).program
    assert every_way(program) == {"w": 1.0}


# ---- true at any size


@pytest.mark.parametrize(
    "equations",
    [
        "q = log(p)\nL = -sum(y*q)", "q = log(p)\nr = y*q\nL = -sum(r)", "q = -log(p)\nL = q @ y",
        "def H(a, b):\n    l = log(b)\n    return -sum(a*l)\nL = H(y, p)", "L = sum(y*(log(y) - log(p)))",
        "q = log(y) - log(p)\nL = dot(y, q)", "L = -sum(y*(2*log(p)))/2", "L = -sum(log(stack([p, p])) @ y)/2",
        "L = -sum(y @ log(stack([p, p], axis=1)))/2", "L = -sum(y*(log(p)/3 + 0))*3",
    ],
)  # fmt: skip
def test_nothing_times_the_logarithm_of_nothing(equations: str) -> None:
    program = sheet(equations, "[inputs]\ny = [1.0, 0.0]\n[parameters]\np = [0.5, 0.0]").program
    found = every_way(program)
    assert run(program).loss == pytest.approx(np.log(2), rel=1e-12)
    assert found["p"].tolist() == [-2, 0]


@pytest.mark.parametrize("u", [800.0, -800.0, 3000.0, 0.3, -1e-9])
@pytest.mark.parametrize(
    "equations",
    [
        "a = exp(u)\nb = exp(-u)\nc = exp(u)\nd = exp(-u)\nL = (a - b)/(c + d)",
        "a = 2*u\nb = exp(a)\nc = 2*u\nd = exp(c)\nL = (b - 1)/(d + 1)",
        "a = -2*u\nb = exp(a)\nn = 1 - b\nL = n/(1 + exp(-2*u))",
        "def e(v):\n    p = exp(v)\n    return p\nL = (e(u) - e(-u))/(e(u) + e(-u))",
        "def e(v):\n    p = sinh(v)\n    return p\na = 1*u\nL = e(1*u)/cosh(a)",
    ],
)
def test_quotients_of_pieces_named_twice(equations: str, u: float) -> None:
    program = sheet(equations, f"[parameters]\nu = {u}").program
    assert every_way(program)["u"] == pytest.approx(1 / np.cosh(min(abs(u), 300)) ** 2, rel=1e-9, abs=1e-15)
    assert run(program).loss == pytest.approx(np.tanh(u), rel=1e-12)


@pytest.mark.parametrize(
    ("formula", "slope"),
    [
        ("relu(w) - relu(-w)", 0),
        ("clip(maximum(w + 1, 1), -1, 1)", 0.5),
        ("abs(w) - 2*relu(w)", 0),
        ("w + abs(w) - abs(w)", 1),
    ],
)
def test_kinks_that_cancel_out_are_no_mistake(formula: str, slope: float) -> None:
    program = sheet(f"L = {formula}", "[parameters]\nw = 0.0").program
    assert every_way(program) == {"w": slope}
    (found,) = report(program).gradients
    assert found.passed
    assert [entry.doubt for entry in found.doubtful] == ([] if slope == 1 else ["kink"])


def test_infinities_are_written_on_the_board() -> None:
    program = sheet("y = clip(exp(w), -1, 1)\nL = sum(y)", "[parameters]\nw = [800.0, 0.5]").program
    trace = run(program)
    assert [derivation(trace, step.index).line for step in trace.steps]


@pytest.mark.parametrize(
    "equations",
    [
        "y = M.T\nL = sum(y*y)",
        "y = M[0]\nz = y[::-1]\nL = sum(z*z)",
        "y = reshape(M, (-1,))\nL = sum(exp(y))",
        "y = reshape(s, (1, -1))\nL = sum(y*y)",
        "y = outer(s, M)\nL = sum(y*y)",
        "y = s[None]\nz = stack([y, y])\nL = sum(z)",
    ],
)
@pytest.mark.parametrize("backend", [None, "arrays"])
def test_what_is_recorded_is_of_before_the_update(equations: str, backend: str | None) -> None:
    program = sheet(equations, "[parameters]\ns = 0.5\nM = [[1.0, 2.0], [3.0, 4.0]]").program
    step = compile_step(program, backend=backend, record=True)
    for _ in range(2):
        trace = run(program, values=step.parameters())
        step.step(0.125)
        found = step.recorded()
        for name in program.names:
            np.testing.assert_allclose(found.values[name], trace.values[name], rtol=1e-12)
            np.testing.assert_allclose(found.gradients[name], trace.gradients[name], rtol=1e-12)


@pytest.mark.parametrize(
    "step",
    [
        " + ".join(["h[t-1]*w"] * 60), "h[t-1]*w + h[t-1]*exp(-w)", "h[t-1]/(h[t-1] + w*h[t-1])",
        "log(h[t-1])*h[t-1] + h[t-1]*log(1 - h[t-1])",
    ],
)  # fmt: skip
def test_true_forms_are_found_in_bounded_time(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    see = Logarithms._see

    def counted(self: Logarithms, e: Expr) -> Expr:
        nonlocal looks
        looks += 1
        return see(self, e)

    monkeypatch.setattr(Logarithms, "_see", counted)
    sheet(f"h[0] = exp(w)\nfor t in range(1, 41):\n    h[t] = {step}\nL = log(h[40])", W)
    assert looks < 500_000


@pytest.mark.parametrize(("axis", "shape"), [("1", [300, 60]), ("None", [20, 10])])
def test_the_complement_of_a_large_softmax(axis: str, shape: list[int]) -> None:
    rest = f'[inputs]\nv = {{shape = {shape}, init = "normal", scale = 2}}\n[parameters]\nw = 40.0'
    program = sheet(f"y = log(1 - softmax(w*v, axis={axis}))\nL = sum(y)", rest).program
    u = (40 * program.given["v"].value).astype(np.longdouble).reshape((-1, 60) if axis == "1" else (1, -1))
    e = np.exp(u - u.max(axis=1, keepdims=True))
    others = [[np.sum(np.delete(row, k)) for k in range(len(row))] for row in e]
    expected = np.log(others / e.sum(axis=1, keepdims=True)).astype(float)
    np.testing.assert_allclose(run(program).values["y"].reshape(expected.shape), expected, rtol=1e-9, atol=1e-15)
    assert report(program).passed

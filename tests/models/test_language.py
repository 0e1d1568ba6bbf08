"""The equation language: what it accepts means what NumPy means, all else is one sentence with its place."""

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from graphviz_models.problem import Problems
from graphviz_models.program import Program, build, expression
from graphviz_models.signatures import FUNCTIONS
from graphviz_models.trace import run

RNG = np.random.default_rng(0)
M, V, W = RNG.standard_normal((3, 4)), RNG.standard_normal(4), RNG.standard_normal((4, 2))
POSITIVE = np.abs(V) + 0.5


def value(text: str, **given_values: Any) -> np.ndarray:
    """The value of `r` in a model of `text` over M, V, W, P."""
    inputs = {"M": M, "V": V, "W": W, "P": POSITIVE, **given_values}
    program = build(f"r = {text}\nL = sum(r)", inputs, {}, {}, {"n": 2, "k": np.array([2, 0])}, "L")
    return np.asarray(run(program).values["r"])


def softmax(x: Any, axis: Any = None) -> Any:
    return special.softmax(x, axis=axis)


SAME_AS_NUMPY: dict[str, Any] = {
    "M @ W": M @ W,
    "M @ V": M @ V,
    "V @ V": V @ V,
    "M.T": M.T,
    "M*V + 1": M * V + 1,
    "-M**2": -(M**2),
    "2**-V": 2**-V,
    "M[1]": M[1],
    "M[:, 1]": M[:, 1],
    "M[-1, ::2]": M[-1, ::2],
    "M[:, None, 0]": M[:, None, 0],
    "M[..., 1]": M[..., 1],
    "V[1:n + 1]": V[1:3],
    "M[k]": M[[2, 0]],
    "M[k, k]": M[[2, 0], [2, 0]],
    "sum(M)": M.sum(),
    "sum(M, axis=0)": M.sum(0),
    "sum(M, 1, keepdims=True)": M.sum(1, keepdims=True),
    "mean(M, axis=(0, 1))": M.mean(),
    "max(M, axis=1)": M.max(1),
    "min(M)": M.min(),
    "prod(V)": V.prod(),
    "var(M, axis=0, ddof=1)": M.var(0, ddof=1),
    "std(V)": V.std(),
    "cumsum(M)": M.cumsum(),
    "cumsum(M, axis=1)": M.cumsum(1),
    "dot(M, V)": M.dot(V),
    "dot(2, V)": 2 * V,
    "outer(V, V)": np.outer(V, V),
    "transpose(M)": M.T,
    "transpose(reshape(M, (3, 2, 2)), axes=(2, 0, 1))": M.reshape(3, 2, 2).transpose(2, 0, 1),
    "reshape(M, (2, -1))": M.reshape(2, -1),
    "reshape(M, 12)": M.reshape(12),
    "concatenate([M, M], axis=1)": np.concatenate([M, M], 1),
    "concatenate((V, V))": np.concatenate([V, V]),
    "stack([V, V], axis=1)": np.stack([V, V], 1),
    "zeros(3) + ones((2, 3))": np.ones((2, 3)),
    "trace(M @ M.T)": np.trace(M @ M.T),
    "diag(V)": np.diag(V),
    "diag(M @ M.T, k=1)": np.diag(M @ M.T, 1),
    "norm(M)": np.linalg.norm(M),
    "norm(M, axis=1)": np.linalg.norm(M, axis=1),
    "norm(V, 1)": np.linalg.norm(V, 1),
    "convolve(V, V)": np.convolve(V, V),
    "convolve(V, V[:2], mode='same')": np.convolve(V, V[:2], "same"),
    "convolve(V, V[:2], 'valid')": np.convolve(V, V[:2], "valid"),
    "correlate(V, V[:2])": np.correlate(V, V[:2]),
    "correlate(V[:2], V)": np.correlate(V[:2], V),
    "correlate(V, V[:2], mode='full')": np.correlate(V, V[:2], "full"),
    "where(M > 0, M, 0)": np.where(M > 0, M, 0),
    "where(0 < M < 1, 1, M)": np.where((M > 0) & (M < 1), 1, M),
    "maximum(M, 0)": np.maximum(M, 0),
    "minimum(V, M)": np.minimum(V, M),
    "clip(M, -0.5, 0.5)": np.clip(M, -0.5, 0.5),
    "clip(M, 0, None)": np.clip(M, 0, None),
    "clip(M, min=-1, max=1)": np.clip(M, -1, 1),
    "softmax(M)": softmax(M),
    "softmax(M, axis=1)": softmax(M, 1),
    "log_softmax(M, axis=0)": special.log_softmax(M, axis=0),
    "logsumexp(M)": special.logsumexp(M),
    "logsumexp(M, axis=1, keepdims=True)": special.logsumexp(M, axis=1, keepdims=True),
    "logsumexp(V, b=P)": special.logsumexp(V, b=POSITIVE),
    "sigmoid(M)": special.expit(M),
    "erf(M)": special.erf(M),
    "gelu(M)": M * special.ndtr(M),
    "silu(M)": M * special.expit(M),
    "softplus(M)": np.logaddexp(0, M),
    "relu(M)": np.maximum(M, 0),
    "leaky_relu(M)": np.where(M > 0, M, 0.01 * M),
    "leaky_relu(M, slope=0.2)": np.where(M > 0, M, 0.2 * M),
    "logcosh(M)": np.log(np.cosh(M)),
    "abs(M)": np.abs(M),
    "sign(M)": np.sign(M),
    "expm1(M)": np.expm1(M),
    "log1p(P)": np.log1p(POSITIVE),
    "log(P)": np.log(POSITIVE),
    "sqrt(P)": np.sqrt(POSITIVE),
    "square(M)": M**2,
    "exp(M)": np.exp(M),
    "arctan(M)": np.arctan(M),
    "tanh(M)": np.tanh(M),
    "arcsin(V/4)": np.arcsin(V / 4),
    "arccos(V/4)": np.arccos(V / 4),
    "sin(M) + cos(M)": np.sin(M) + np.cos(M),
    "tan(V)": np.tan(V),
    "sinh(V)": np.sinh(V),
    "cosh(V)": np.cosh(V),
    "pi*V": np.pi * V,
    "e**V": np.e**V,
}


@pytest.mark.parametrize("text", SAME_AS_NUMPY)
def test_value_is_numpys(text: str) -> None:
    mine, theirs = value(text), np.asarray(SAME_AS_NUMPY[text])
    assert mine.shape == theirs.shape
    assert np.allclose(mine, theirs, rtol=1e-13, atol=1e-15)


def test_every_function_is_tried() -> None:
    tried = " ".join(SAME_AS_NUMPY)
    assert [name for name in FUNCTIONS if f"{name}(" not in tried] == []


def test_families_loops_groups() -> None:
    program = build(
        """
        def cell(a, s):
            z = w*a + s
            return tanh(z)
        h[0] = 0
        for t in range(1, T + 1):
            h[t] = cell(x[t], h[t-1])
            for k in range(t):
                g[10*t + k] = h[t]*n[k]
        L = h[T] + g[10*T] + h[-1 + T]
        """,
        {"x": {1: 0.5, 2: -1.0}},
        {},
        {"w": 0.8},
        {"T": 2, "n": {0: 3, 1: 4}},
        "L",
    )
    assert [e.name for e in program.equations] == [
        "h[0]",
        "cell#1.z",
        "h[1]",
        "g[10]",
        "cell#2.z",
        "h[2]",
        "g[20]",
        "g[21]",
        "L",
    ]
    assert program.equation["cell#2.z"].groups == ("cell#2",)
    assert program.equation["g[21]"].loop == (("t", 2), ("k", 1))
    assert program.equation["L"].reads == ("h[2]", "g[20]", "h[1]")


def test_integer_target_chooses_an_entry_and_has_no_gradient() -> None:
    program = build("L = -log_softmax(u)[c]", {}, {"c": 1}, {"u": [0.0, 1.0, 2.0]}, {})
    trace = run(program)
    assert "c" not in trace.gradients
    assert trace.loss == pytest.approx(-special.log_softmax([0.0, 1.0, 2.0])[1])


MISTAKES: list[tuple[str, int, int, str]] = [
    ("L = tahn(w)", 1, 5, "did you mean tanh"),
    ("L = w + foo", 1, 9, "foo is not defined"),
    ("L = w ^ 2", 1, 5, r"write \*\*"),
    ("L = np.exp(w)", 1, 5, "write exp"),
    ("L = v + [1, 2]", 1, 9, "a list stands only"),
    ("L = w if w else 1", 1, 5, "write where"),
    ("L = max(0, w)", 1, 5, "write maximum"),
    ("L = w < 1", 1, 5, "only inside where"),
    ("L = v @ A", 1, 5, r"transpose one of them with \.T"),
    ("L = v[5]", 1, 5, "counted? from 0|count from 0"),
    ("L = v[c]", 1, 5, "count from 0"),
    ("L = v[r]", 1, 7, "an index must be an integer"),
    ("L = x", 1, 5, "x is a family"),
    ("L = x[7]", 1, 5, r"there are x\[1\], x\[2\]"),
    ("w = 2\nL = w", 1, 1, "given a value already"),
    ("a = w\na = w\nL = a", 2, 1, "assigned twice"),
    ("L += w", 1, 1, "assigned once"),
    ("L = a\na = w", 1, 5, "move its equation up"),
    ("L = w +", 1, 8, "cannot be read"),
    ("L = w +  # a sum", 1, 10, "cannot be read"),
    ("L = 2w", 1, 5, "missing before w: write [*]"),
    ("a = w\nL = w a + 1", 2, 7, "missing before a"),
    ("L = (w + 1)w", 1, 12, "missing before w"),
    ("a = w\nb = 1\na = w\nL = a", 3, 1, "first 2 lines above"),
    ("L = L + w", 1, 5, r"L\[t\] from L\[t-1\]"),
    ("for t in range(3)\n    h[t] = w\nL = w", 1, 18, "colon"),
    ("for t in v:\n    h[t] = w\nL = w", 1, 10, "range"),
    ("def f(a):\n    return f(a)\nL = f(w)", 2, 12, "calls itself"),
    ("import os\nL = w", 1, 1, "nothing is imported"),
    ("L = w.real", 1, 5, r"only \.T"),
    ("L = sum(v, axis=1)", 1, 5, "axis=1 does not exist"),
    ("L = sum(v, foo=1)", 1, 12, "no keyword foo"),
    ("L = 2**10**10", 1, 5, "too large"),
    ("L = 1e999*w", 1, 5, "too large"),
    ("lambda = w\nL = w", 1, 8, "reserved word"),
    ("for t in range(2):\n    in[t] = w\nL = w", 2, 5, "in is a reserved word"),
    ("for t in range(2):\n    s[t] = w + in[t]*w\nL = w", 2, 16, "in is a reserved word"),
    ("L = w\u202e", 1, 6, "invisible"),
    ("L = v", 1, 1, r"reduce it with sum\(L\)"),
    ("a = w\nb = w", 2, 1, "name one"),
    ("", 0, 0, "no equation"),
]


def model(text: str) -> Program:
    return build(
        text, {"x": {1: 0.5, 2: 1.0}, "A": np.ones((3, 3))}, {"c": 2, "r": 1.0}, {"w": 0.8, "v": [1.0, 2.0]}, {"T": 2}
    )


@pytest.mark.parametrize(("text", "line", "column", "said"), MISTAKES, ids=[m[0][:30] or "empty" for m in MISTAKES])
def test_mistake_has_its_place_and_remedy(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(Problems, match=said) as caught:
        model(text)
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (line, column)


def test_all_mistakes_are_reported_at_once_and_none_follows_from_another() -> None:
    with pytest.raises(Problems) as caught:
        model("a = foo\nb = a + 1\nc2 = w +\nd = c2 + bar\nL = b + d")
    assert [p.line for p in caught.value.problems] == [1, 3]


BOMBS = {
    "power tower": "L = 9**9**9**9",
    "endless loop": "for i in range(10**15):\n    h[i] = w\nL = h[0]",
    "empty inner loop": "for i in range(10**9):\n    for j in range(0):\n        h[j] = w\nL = w",
    "doubling calls": "def f0(a):\n    return a + a\n"
    + "".join(f"def f{i}(a):\n    return f{i - 1}(f{i - 1}(a))\n" for i in range(1, 40))
    + "L = f39(w)",
    "doubling nodes": "def f0(a):\n    b = a + a\n    return b\n"
    + "".join(f"def f{i}(a):\n    return f{i - 1}(f{i - 1}(a))\n" for i in range(1, 40))
    + "L = f39(w)",
    "brackets": "L = " + "(" * 5000 + "w" + ")" * 5000,
    "minus signs": "L = " + "-" * 9000 + "w",
    "calls in calls": "L = " + "sin(" * 500 + "w" + ")" * 500,
    "huge zeros": "L = sum(zeros((10**6, 10**6)))",
    "outer of outer": "A2 = outer(v, v)\n"
    + "".join(f"A{2 * k} = outer(A{k}, A{k})\n" for k in (2, 4, 8, 16, 32))
    + "L = w",
    "long line": "L = " + "w + " * 3000 + "w",
    "integer": f"L = v[{'9' * 5000}]",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_bomb_is_refused_in_time(text: str) -> None:
    start = time.process_time()
    with pytest.raises(Problems):
        model(text)
    assert time.process_time() - start < 5


INJECTIONS = (
    "L = __import__('os').system('true')",
    "L = w.__class__.__mro__",
    "L = (lambda: w)()",
    "L = [x for x in (1,)][0]",
    "L = f'{w}'",
    "L = exec('1')",
    "L = eval('1')",
    "L = getattr(w, 'T')",
    "L = open('x')",
    "L = w.__init__",
    "L = (y := w)",
    "@w\ndef f(a):\n    return a\nL = w",
    "L = 'a' * 9",
    "L = b'a'",
    "L = {1: 2}",
    "L = {1}",
    "L = *v",
    "L = w; import os",
    "class L: pass",
    "global L",
    "L = yield",
    "L = await w",
    "assert w\nL = w",
    "del w\nL = w",
    "try:\n    L = w\nfinally:\n    pass",
    "with w:\n    L = w",
    "while 1:\n    L = w",
    "L = w or 1",
    "L = not w",
    "L = ~w",
    "L = w // 2",
    "L = w % 2",
    "L = w << 1",
    "L = ...",
    "L = None",
    "L = True",
    "match w:\n    case 1:\n        L = w",
    "L: int = w",
    "type L = w",
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_nothing_else_is_accepted(text: str) -> None:
    with pytest.raises(Problems):
        model(text)


def messages(text: str) -> list[str]:
    """What is said of a text; nothing where it runs."""
    try:
        run(model(text))
    except Problems as problems:
        return [p.message for p in problems.problems]
    return []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_arbitrary_text_raises_only_its_own_error(text: str) -> None:
    assert all(message and "\n" not in message for message in messages(text))


PIECES = [
    "w",
    "v",
    "x[1]",
    "A",
    "c",
    "T",
    "+",
    "*",
    "@",
    "(",
    ")",
    "[",
    "]",
    "0",
    "1",
    ":",
    ",",
    "sum(",
    "softmax(",
    "=",
    "\n",
    "L",
    "for t in range(T):",
    "    ",
    "h[t]",
    "def f(a):",
    "return a",
    "axis=",
    "**",
    "-",
    ".T",
    "f(",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_arbitrary_tokens_raise_only_their_own_error(pieces: list[str]) -> None:
    assert all(message and "\n" not in message for message in messages("".join(pieces)))


def test_expression_over_a_program_and_deltas() -> None:
    program = model("h = tanh(w)\nL = h*h")
    e = expression("g*(1 - h**2)", program, {"g": ()})
    assert e.shape == ()
    with pytest.raises(Problems) as caught:
        expression("g*(1 - hh)", program, {"g": ()})
    assert caught.value.problems[0].column == 8

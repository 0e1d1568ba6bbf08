"""Every operation of the table: its derivative against finite differences, its extremes, its shape, its notation."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graphviz_models.calculus import gathered
from graphviz_models.expr import OPS, Apply, Array, MismatchError, Op, Var, evaluate, make
from graphviz_models.ops import arithmetic  # noqa: F401 - fills the table
from graphviz_models.read import latex
from graphviz_models.signatures import FUNCTIONS

Case = tuple[list[tuple[int, ...]], dict[str, Any]]

#: Operand shapes with attributes for operations that have a shape rule of their own.
SHAPED: dict[str, list[Case]] = {
    "matmul": [
        ([(2, 3), (3, 4)], {}),
        ([(3,), (3,)], {}),
        ([(3,), (3, 2)], {}),
        ([(2, 3), (3,)], {}),
        ([(5, 2, 3), (3, 2)], {}),
        ([(3,), (4, 3, 2)], {}),
        ([(4, 2, 3), (3,)], {}),
        ([(1, 2, 3), (4, 3, 2)], {}),
    ],
    "transpose": [([(2, 3)], {}), ([(2, 3, 4)], {}), ([(2, 3, 4)], {"axes": (1, 2, 0)}), ([(3,)], {})],
    "reshape": [([(2, 3)], {"shape": (3, 2)}), ([(6,)], {"shape": (1, 2, 3)})],
    "outer": [([(2,), (3,)], {}), ([(2, 2), (3,)], {})],
    "concatenate": [([(2, 3), (1, 3)], {}), ([(2, 3), (2, 1)], {"axis": 1}), ([(2, 3), (2,)], {"axis": None})],
    "stack": [([(3,), (3,)], {}), ([(2, 3), (2, 3)], {"axis": -1}), ([(), ()], {})],
    "index": [
        ([(3, 4)], {"index": (("int", 1),)}),
        ([(3, 4)], {"index": (("slice", None, None, 2), ("int", -1))}),
        ([(3, 4)], {"index": (("all",), ("new",), ("int", 0))}),
    ],
    "diag": [([(3,)], {}), ([(3, 4)], {"k": 1}), ([(4, 3)], {"k": -1}), ([(2,)], {"k": -2})],
    "broadcast_to": [([(3,)], {"shape": (2, 3)}), ([(2, 1)], {"shape": (2, 3)})],
    "sum_to": [([(2, 3)], {"shape": (3,)}), ([(2, 3)], {"shape": ()}), ([(4, 2, 3)], {"shape": (2, 1)})],
    "flip": [([(4,)], {})],
    "trace": [([(3, 3)], {}), ([(3, 4)], {"offset": 1})],
    "cumsum": [([(2, 3)], {}), ([(2, 3)], {"axis": 0}), ([(2, 3)], {"axis": -1})],
    "convolve": [
        ([(n,), (m,)], {"mode": mode})
        for n, m in ((4, 3), (3, 4), (4, 2), (2, 4), (3, 3))
        for mode in ("full", "same", "valid")
    ],
    "softmax": [([(2, 3)], {}), ([(2, 3)], {"axis": 0}), ([(3,)], {"axis": -1})],
    "logsumexp_weighted": [([(3,), (3,)], {}), ([(2, 3), (3,)], {"axis": 1})],
}
SHAPED["correlate"] = SHAPED["convolve"]
SHAPED["log_softmax"] = SHAPED["softmax"]
REDUCING: list[Case] = [
    ([(2, 3)], {}),
    ([(2, 3)], {"axis": 0}),
    ([(2, 3)], {"axis": (0, 1), "keepdims": True}),
    ([(2, 3, 2)], {"axis": (0, 2)}),
    ([(3,)], {"axis": -1, "keepdims": True}),
]
for _name in ("sum", "mean", "prod", "max", "min", "norm", "logsumexp"):
    SHAPED[_name] = REDUCING
for _name in ("var", "std"):
    SHAPED[_name] = [*REDUCING, ([(4,)], {"ddof": 1})]
EXTRA = {"leaky_relu": [([(3,)], {"slope": 0.2}), ([()], {})]}
DIFFERENTIABLE = [name for name, op in OPS.items() if op.vjp is not None]


def cases(op: Op) -> list[Case]:
    """Operand shapes to try an operation on."""
    if op.name in SHAPED or op.name in EXTRA:
        return SHAPED.get(op.name) or EXTRA[op.name]
    count = max(1, len(op.domain), len(op.operands))
    shapes: list[list[tuple[int, ...]]] = [[()] * count, [(2, 3)] * count]
    if count > 1:
        shapes += [[(2, 3), *[(3,)] * (count - 1)], [(), *[(2, 1)] * (count - 1)]]
    return [(s, {}) for s in shapes]


def operands(op: Op, shapes: list[tuple[int, ...]], seed: int = 0) -> list[Array]:
    rng = np.random.default_rng(seed)
    ends = [op.domain[min(i, len(op.domain) - 1)] for i in range(len(shapes))]
    values = [np.asarray(rng.uniform(low, high, shape)) for (low, high), shape in zip(ends, shapes, strict=True)]
    return [np.where(np.abs(v) < 0.05, v + 0.1, v) for v in values] if op.kinks else values


def worst_difference(op: Op, shapes: list[tuple[int, ...]], attrs: dict[str, Any]) -> float:
    """How far the derivative rule is from central differences, of a random combination of the outputs."""
    values = operands(op, shapes)
    names = [Var(f"a{i}", s) for i, s in enumerate(shapes)]
    shape = op.shape(*shapes, **attrs)
    out = Apply(op, tuple(names), tuple(attrs.items()), shape)
    weights = np.asarray(np.random.default_rng(1).uniform(0.5, 1.5, shape))
    env = {f"a{i}": v for i, v in enumerate(values)}
    terms = gathered(out, Var("seed", shape))
    worst = 0.0
    for i, v in enumerate(values):
        if f"a{i}" not in terms:
            continue
        mine = np.asarray(evaluate(terms[f"a{i}"], {**env, "seed": weights}))
        assert mine.shape == v.shape
        for at in np.ndindex(*v.shape):
            h = 1e-6

            def moved(step: float, i: int = i, at: tuple[int, ...] = at, v: Array = v) -> float:
                w = v.copy()
                w[at] += step
                return float(np.sum(weights * op.value(*[w if j == i else x for j, x in enumerate(values)], **attrs)))

            numeric = (moved(h) - moved(-h)) / (2 * h)
            worst = max(worst, abs(numeric - float(mine[at])) / max(1.0, abs(numeric)))
    return worst


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_derivative_rule_agrees_with_central_differences(name: str) -> None:
    op = OPS[name]
    for shapes, attrs in cases(op):
        assert worst_difference(op, shapes, attrs) < 1e-7, (shapes, attrs)


def test_the_tester_notices_a_wrong_rule() -> None:
    square = OPS["square"]
    wrong = replace(square, vjp=lambda g, out, a: (g * (2.001 * a),))
    assert worst_difference(wrong, [(3,)], {}) > 1e-4


@pytest.mark.parametrize("name", OPS)
def test_value_has_the_shape_of_the_shape_rule(name: str) -> None:
    op = OPS[name]
    if name in ("put", "put_diag", "embed", "cumsum_back"):
        pytest.skip("its shape is an attribute")
    for shapes, attrs in cases(op):
        assert np.shape(op.value(*operands(op, shapes), **attrs)) == op.shape(*shapes, **attrs)


@pytest.mark.parametrize("name", [n for n, op in OPS.items() if op.elementwise and op.extremes])
def test_value_is_finite_at_the_extremes(name: str) -> None:
    op = OPS[name]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for x in op.extremes:
            rest = [np.asarray(0.5 * (low + high)) for low, high in op.domain[1:]]
            assert np.isfinite(op.value(np.asarray(x), *rest)), x


@pytest.mark.parametrize("name", [n for n, op in OPS.items() if op.scalar is not None])
def test_scalar_form_is_the_value(name: str) -> None:
    op = OPS[name]
    scalar: Callable[[float], float] = op.scalar  # type: ignore[assignment]
    low, high = op.domain[0]
    for x in (*np.linspace(low, high, 9), *(e for e in op.extremes)):
        assert scalar(float(x)) == pytest.approx(float(op.value(np.float64(x))), rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("name", OPS)
def test_notation_is_balanced(name: str) -> None:
    op = OPS[name]
    if name in ("put", "put_diag", "embed", "cumsum_back"):
        pytest.skip("occurs in derivatives of arrays only")
    shapes, attrs = cases(op)[0]
    e = make(name, *[Var(f"a{i}", s) for i, s in enumerate(shapes)], **attrs)
    text = latex(e, lambda n: n)
    assert text
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")


def test_kinks_take_the_sides_of_the_contract() -> None:
    zero = {"a": np.asarray(0.0), "b": np.asarray(0.0)}
    a, b = Var("a"), Var("b")
    one = Var("one")

    def slope(e: Apply, name: str = "a") -> float:
        return float(evaluate(gathered(e, one)[name], {**zero, "one": np.asarray(1.0)}))

    assert slope(make("relu", a)) == 0
    assert slope(make("abs", a)) == 0
    assert slope(make("leaky_relu", a, slope=0.3)) == 0.3
    assert slope(make("maximum", a, b)) == slope(make("minimum", a, b), "b") == 0.5
    v = Var("v", (3,))
    tie = {"v": np.array([1.0, 2.0, 2.0]), "one": np.asarray(1.0)}
    assert np.array_equal(evaluate(gathered(make("max", v), one)["v"], tie), [0, 0.5, 0.5])


def test_shapes_that_do_not_fit_say_what_to_write() -> None:
    with pytest.raises(MismatchError, match=r"transpose one of them with \.T"):
        make("matmul", Var("a", (2, 3)), Var("b", (4,)))
    with pytest.raises(MismatchError, match="make them equal"):
        make("add", Var("a", (2,)), Var("b", (3,)))
    with pytest.raises(MismatchError, match="axis=2 does not exist"):
        make("sum", Var("a", (2, 3)), axis=2)


def test_every_function_of_the_language_has_an_operation() -> None:
    for name, signature in FUNCTIONS.items():
        assert signature.conclude is not None or (signature.op or name) in OPS

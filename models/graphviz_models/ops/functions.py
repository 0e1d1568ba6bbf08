"""Functions of each entry by itself: exponentials, activations, trigonometry, kinks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from graphviz_models.expr import ATOM, POWER, PRODUCT, SUM, Apply, Array, Const, Expr, apply

from .table import op

LOG2 = math.log(2.0)


def _sigmoid(a: Array) -> Array:
    e = np.exp(-np.abs(a))
    return np.where(np.asarray(a) >= 0, 1.0 / (1.0 + e), e / (1.0 + e))


def _sigmoid1(a: float) -> float:
    if a >= 0:
        return 1.0 / (1.0 + math.exp(-a))
    e = math.exp(a)
    return e / (1.0 + e)


def _sigmoid_slope(a: Array) -> Array:
    e = np.exp(-np.abs(a))
    return e / (1.0 + e) ** 2


def _sigmoid_slope1(a: float) -> float:
    e = math.exp(-abs(a))
    return e / (1.0 + e) ** 2


def _sech2(a: Array) -> Array:
    e = np.exp(-2.0 * np.abs(a))
    return 4.0 * e / (1.0 + e) ** 2


def _sech21(a: float) -> float:
    e = math.exp(-2.0 * abs(a))
    return 4.0 * e / (1.0 + e) ** 2


def _softplus1(a: float) -> float:
    return max(a, 0.0) + math.log1p(math.exp(-abs(a)))


def _logcosh(a: Array) -> Array:
    m = np.abs(a)
    near = 0.5 * np.log1p(np.sinh(np.minimum(m, 1.0)) ** 2)
    return np.where(m < 1.0, near, m + np.log1p(np.exp(-2.0 * m)) - LOG2)


def _logcosh1(a: float) -> float:
    m = abs(a)
    return 0.5 * math.log1p(math.sinh(m) ** 2) if m < 1.0 else m + math.log1p(math.exp(-2.0 * m)) - LOG2


def _log1mexp(a: Array) -> Array:
    """log(1 - e^a) for a < 0 (Mächler 2012)."""
    return np.where(np.asarray(a) > -LOG2, np.log(-np.expm1(a)), np.log1p(-np.exp(a)))


def _peak(*a: Array) -> Array:
    """The largest, by which quotients are scaled: it cancels, so no gradient flows through it."""
    top = np.maximum.reduce(np.broadcast_arrays(*a))
    return np.where(np.isfinite(top), top, 0.0)


_erf = np.frompyfunc(math.erf, 1, 1)
_erfc = np.frompyfunc(math.erfc, 1, 1)


def _each(f: Any) -> Callable[[Array], Array]:
    return lambda a: np.asarray(f(a), dtype=np.float64)


def _normal_cdf(a: Array) -> Array:
    return np.asarray(0.5 * _each(_erfc)(np.negative(a) / math.sqrt(2.0)))


def _nonzero(a: Array) -> Array:
    """What is divided by where a norm is 0: its gradient is 0 there, as that of the absolute value."""
    return np.where(np.asarray(a) == 0, np.inf, a)


def _normal_pdf(a: Array) -> Array:
    return np.asarray(np.exp(-0.5 * np.square(a)) / math.sqrt(2.0 * math.pi))


def _gelu(a: Array) -> Array:
    return np.where(np.isneginf(a), -0.0, a * _normal_cdf(a))


def _gelu_slope(a: Array) -> Array:
    return np.asarray(_normal_cdf(a) + a * _normal_pdf(a))


def _silu_slope(a: Array) -> Array:
    return np.asarray(_sigmoid(a) + a * _sigmoid_slope(a))


def _tall(text: str) -> bool:
    return any(mark in text for mark in (r"\frac", r"\sum", "bmatrix", r"\left"))


def bracketed(text: str) -> str:
    """`text` in round brackets, as tall as it needs."""
    return rf"\left({text}\right)" if _tall(text) else f"({text})"


def raised(text: str) -> str:
    """`text` as it stands under an exponent: fractions in brackets, all else as one piece."""
    if r"\frac" in text and not text.startswith(r"\left("):
        return rf"\left({text}\right)"
    return f"{{{text}}}"


def call(name: str) -> Callable[[Apply, Callable[[Expr, int], str]], str]:
    """The notation of a function of one argument: its name and brackets."""

    def latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
        inside = ", ".join(part(a, SUM) for a in e.args)
        return name + bracketed(inside)

    return latex


def _squared(name: str) -> Callable[[Apply, Callable[[Expr, int], str]], str]:
    return lambda e, part: rf"1 - {name}^2" + bracketed(part(e.args[0], SUM))


def _exp_latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
    inside = part(e.args[0], SUM)
    return rf"\exp{bracketed(inside)}" if _tall(inside) else f"e^{{{inside}}}"


def _sigmoid_slope_latex(e: Apply, part: Callable[[Expr, int], str]) -> str:
    value = rf"\sigma{bracketed(part(e.args[0], SUM))}"
    sign = r"\odot" if e.shape else r"\,"
    return rf"{value} {sign} {bracketed(f'1 - {value}')}"


def elementary(name: str, value: Any, slope: Callable[[Expr, Expr], Expr], latex: str = "", **rest: Any) -> None:
    """One function of one entry, by its value and its derivative as an expression of (argument, output)."""
    rest.setdefault("ufunc", value if isinstance(value, np.ufunc) else None)
    rest.setdefault("cost", 1)
    notation = rest.pop("notation", None) or call(latex or rf"\{name}")
    rest.setdefault("operands", (SUM,))
    op(name, value, lambda g, out, a: (g * slope(a, out),), notation, plain=name, **rest)


def derivative(name: str, value: Any, latex: Any, **rest: Any) -> None:
    """A function that occurs only in derivatives."""
    op(name, value, None, latex, public=False, cost=1, **{"operands": (SUM,), **rest})


ONE = Const(1.0)
AWAY = ((0.5, 2.0),)

elementary("exp", np.exp, lambda a, out: out, notation=_exp_latex, extremes=(-800.0,), scalar=math.exp, binds=POWER)
elementary("expm1", np.expm1, lambda a, out: apply("exp", a), r"\operatorname{expm1}", extremes=(-800.0,),
           scalar=math.expm1, stands_for="exp(x) - 1")  # fmt: skip
op("log", np.log, lambda g, out, a: (g / a,), call(r"\log"), operands=(SUM,), domain=AWAY, extremes=(800.0,), cost=1,
   ufunc=np.log, scalar=math.log, plain="log")  # fmt: skip
op("log1p", np.log1p, lambda g, out, a: (g / (ONE + a),), call(r"\operatorname{log1p}"), operands=(SUM,), domain=AWAY,
   extremes=(800.0,), cost=1, ufunc=np.log1p, scalar=math.log1p, plain="log1p", stands_for="log(1 + x)")  # fmt: skip
op("sqrt", np.sqrt, lambda g, out, a: (g / (Const(2.0) * out),), r"\sqrt{{{0}}}", operands=(SUM,), domain=AWAY,
   extremes=(800.0,), cost=1, ufunc=np.sqrt, scalar=math.sqrt, plain="sqrt")  # fmt: skip
op("root", np.sqrt, lambda g, out, a: (g / (Const(2.0) * apply("nonzero", out)),), r"\sqrt{{{0}}}", operands=(SUM,),
   domain=AWAY, extremes=(800.0,), cost=1, ufunc=np.sqrt, scalar=math.sqrt, plain="sqrt", public=False,
   stands_for="sqrt(x)")  # fmt: skip
op("nonzero", _nonzero, None, "{0}", operands=(SUM,), public=False,
   scalar=lambda a: a if a != 0.0 else math.inf)  # fmt: skip
elementary("square", np.square, lambda a, out: Const(2.0) * a, notation="{{{0}}}^{{2}}", binds=POWER, operands=(ATOM,))
elementary("abs", np.abs, lambda a, out: apply("sign", a), notation=r"\left|{0}\right|", kinks=(0.0,),
           ufunc=np.absolute,
           scalar=math.fabs)  # fmt: skip
op("sign", np.sign, lambda g, out, a: (None,), call(r"\operatorname{sign}"), operands=(SUM,), kinks=(0.0,), domain=AWAY,
   ufunc=np.sign, plain="sign")  # fmt: skip
elementary("sin", np.sin, lambda a, out: apply("cos", a), scalar=math.sin)
elementary("cos", np.cos, lambda a, out: -apply("sin", a), scalar=math.cos)
elementary("tan", np.tan, lambda a, out: ONE + apply("square", out), scalar=math.tan, domain=((-1.0, 1.0),))
elementary("arcsin", np.arcsin, lambda a, out: ONE / apply("sqrt", ONE - apply("square", a)), domain=((-0.9, 0.9),),
           extremes=(), scalar=math.asin)  # fmt: skip
elementary("arccos", np.arccos, lambda a, out: -(ONE / apply("sqrt", ONE - apply("square", a))), domain=((-0.9, 0.9),),
           extremes=(), scalar=math.acos)  # fmt: skip
elementary("arctan", np.arctan, lambda a, out: ONE / (ONE + apply("square", a)), scalar=math.atan)
elementary("sinh", np.sinh, lambda a, out: apply("cosh", a), extremes=(), scalar=math.sinh)
elementary("cosh", np.cosh, lambda a, out: apply("sinh", a), extremes=(), scalar=math.cosh)
elementary("tanh", np.tanh, lambda a, out: apply("sech2", a), scalar=math.tanh)
elementary("erf", _each(_erf), lambda a, out: Const(2.0 / math.sqrt(math.pi)) * apply("exp", -apply("square", a)),
           r"\operatorname{erf}", scalar=math.erf)  # fmt: skip
elementary("sigmoid", _sigmoid, lambda a, out: apply("sigmoid_slope", a), r"\sigma", scalar=_sigmoid1,
           stands_for="1/(1 + exp(-x))")  # fmt: skip
elementary("softplus", lambda a: np.logaddexp(0.0, a), lambda a, out: apply("sigmoid", a), scalar=_softplus1,
           notation=lambda e, part: rf"\log(1 + e^{{{part(e.args[0], SUM)}}})",
           stands_for="log(1 + exp(x))")  # fmt: skip
elementary("logcosh", _logcosh, lambda a, out: apply("tanh", a), r"\log\cosh", scalar=_logcosh1,
           stands_for="log(cosh(x))")  # fmt: skip
elementary("relu", lambda a: np.maximum(a, 0.0), lambda a, out: apply("step", a), r"\operatorname{relu}", kinks=(0.0,),
           scalar=lambda a: a if a > 0.0 or a != a else 0.0)  # fmt: skip
op("leaky_relu", lambda a, slope=0.01: np.where(np.asarray(a) > 0, a, slope * np.asarray(a)),
   lambda g, out, a, slope=0.01: (g * apply("leaky_step", a, slope=slope),), call(r"\operatorname{lrelu}"),
   operands=(SUM,), kinks=(0.0,), cost=1, plain="leaky_relu")  # fmt: skip
elementary("gelu", _gelu, lambda a, out: apply("gelu_slope", a), r"\operatorname{gelu}")
elementary("silu", lambda a: np.where(np.isneginf(a), -0.0, a * _sigmoid(a)), lambda a, out: apply("silu_slope", a),
           r"\operatorname{silu}", scalar=lambda a: a * _sigmoid1(a), stands_for="x*sigmoid(x)")  # fmt: skip
op("maximum", np.maximum, lambda g, out, a, b: (g * apply("above", a, b), g * apply("above", b, a)), call(r"\max"),
   operands=(SUM, SUM), domain=((0.5, 2), (-2, 0)), ufunc=np.maximum, plain="maximum")  # fmt: skip
op("minimum", np.minimum, lambda g, out, a, b: (g * apply("above", b, a), g * apply("above", a, b)), call(r"\min"),
   operands=(SUM, SUM), domain=((0.5, 2), (-2, 0)), ufunc=np.minimum, plain="minimum")  # fmt: skip
for _name, _most, _sign in (("largest", np.maximum, r"\max"), ("smallest", np.minimum, r"\min")):
    op(_name, lambda *a, _u=_most: _u.reduce(np.broadcast_arrays(*a)),
       lambda g, out, *a: tuple(g * apply("tie_share", one, out, *a) for one in a), call(_sign),
       operands=(SUM, SUM, SUM), domain=((1, 2), (-2, 0), (-2, 0)), plain=_sign[1:], public=False,
       stands_for=f"{_sign[1:]}(stack([a, b, c]))")  # fmt: skip
op("clip", lambda a, lo, hi: np.minimum(np.maximum(a, lo), hi),
   lambda g, out, a, lo, hi: (
       g * apply("within", a, lo, hi), g * (apply("less", a, lo) * apply("less_equal", lo, hi)),
       g * apply("greater", apply("maximum", a, lo), hi)),
   call(r"\operatorname{clip}"), operands=(SUM, SUM, SUM), domain=((-2, 2), (-1.2, -1), (1, 1.2)),
   plain="clip")  # fmt: skip
op("where", lambda c, a, b: np.where(c, a, b),
   lambda g, out, c, a, b: (None, apply("where", c, g, Const(0.0)), apply("where", c, Const(0.0), g)),
   lambda e, part: rf"\begin{{cases}} {part(e.args[1], SUM)} & {part(e.args[0], SUM)} \\ {part(e.args[2], SUM)} & "
                   rf"\text{{else}} \end{{cases}}",
   operands=(SUM, SUM, SUM), domain=((0.5, 2), (-2, 2), (-2, 2)), plain="where")  # fmt: skip

for _name, _ufunc, _sign in (
    ("less", np.less, "<"), ("less_equal", np.less_equal, r"\le"), ("greater", np.greater, ">"),
    ("greater_equal", np.greater_equal, r"\ge"), ("equal", np.equal, "="), ("not_equal", np.not_equal, r"\ne"),
):  # fmt: skip
    op(_name, lambda a, b, _u=_ufunc: _u(a, b).astype(np.float64), lambda g, out, a, b: (None, None),
       f"{{0}} {_sign} {{1}}", operands=(SUM, SUM), binds=SUM, domain=((-2, -1), (1, 2)), public=False)  # fmt: skip

derivative("step", lambda a: np.greater(a, 0.0).astype(np.float64), r"\mathbb{{1}}_{{\{{{0} > 0\}}}}", kinks=(0.0,),
           scalar=lambda a: 1.0 if a > 0.0 else 0.0)  # fmt: skip
derivative("leaky_step", lambda a, slope=0.01: np.where(np.asarray(a) > 0, 1.0, slope), call(r"\operatorname{lrelu}'"))
op("sech2", _sech2, lambda g, out, a: (g * (Const(-2.0) * apply("tanh", a) * out),), _squared(r"\tanh"), binds=SUM,
   cost=1, operands=(SUM,), scalar=_sech21, public=False, stands_for="1 - tanh(x)**2")  # fmt: skip
derivative("sigmoid_slope", _sigmoid_slope, _sigmoid_slope_latex, binds=PRODUCT, scalar=_sigmoid_slope1,
           stands_for="sigmoid(x)*(1 - sigmoid(x))")  # fmt: skip
derivative("gelu_slope", _gelu_slope, call(r"\operatorname{gelu}'"))
derivative("silu_slope", _silu_slope, call(r"\operatorname{silu}'"), stands_for="sigmoid(x)*(1 + x*(1 - sigmoid(x)))")
derivative("above", lambda a, b: (np.greater(a, b) + 0.5 * np.equal(a, b)), r"\mathbb{{1}}_{{\{{{0} > {1}\}}}}",
           operands=(SUM, SUM), domain=((0.5, 2), (-2, 0)))  # fmt: skip
derivative(
    "tie_share",
    lambda a, top, *of: np.equal(a, top) / sum(np.equal(one, top) for one in of),
    r"\mathbb{{1}}_{{\{{{0} = {1}\}}}}",
    operands=(SUM, SUM, SUM, SUM),
    domain=((1, 1), (1, 1), (1, 1), (-2, 0)),
)
derivative("within", lambda a, lo, hi: (np.greater_equal(a, lo) & np.less_equal(a, hi)).astype(np.float64),
           r"\mathbb{{1}}_{{\{{{1} \le {0} \le {2}\}}}}", operands=(SUM, SUM, SUM),
           domain=((-2, 2), (-1.2, -1), (1, 1.2)))  # fmt: skip

# What stable replaces a naive formula by, beyond the functions that have a name of their own.
op("logaddexp", np.logaddexp, lambda g, out, a, b: (g * apply("sigmoid", a - b), g * apply("sigmoid", b - a)),
   lambda e, part: rf"\log(e^{{{part(e.args[0], SUM)}}} + e^{{{part(e.args[1], SUM)}}})", operands=(SUM, SUM),
   domain=((-2, 2), (-2, 2)), cost=1, ufunc=np.logaddexp, public=False, stands_for="log(exp(a) + exp(b))")  # fmt: skip
elementary("log1mexp", _log1mexp, lambda a, out: -apply("exp", a - out), public=False, domain=((-2.0, -0.5),),
           extremes=(-800.0,), notation=lambda e, part: rf"\log(1 - e^{{{part(e.args[0], SUM)}}})",
           stands_for="log(1 - exp(x))")  # fmt: skip
op("peak", _peak, None, call(r"\max"), operands=(SUM, SUM), domain=((-2, 2), (-2, 2)), cost=0,
   public=False)  # fmt: skip

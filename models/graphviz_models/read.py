"""Readings of an expression: its numbers as they are shown, its formula in the sheet's notation."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from .expr import ATOM, OPS, POWER, PRODUCT, SIGNED, SUM, Apply, Array, Const, Expr, Var, make
from .notation import signed
from .notation import symbol as automatic_symbol
from .ops.arithmetic import matmul_latex, times
from .ops.functions import raised

MINUS = "\N{MINUS SIGN}"
#: A formula with numbers put in is cut where it grows longer than this many symbols.
LONGEST = 400
_TENS = re.compile(r"(?:[\d.]+ \\cdot )?10\^\{-?\d+\}")  # a number with an exponent


def number(x: Any, digits: int = 4) -> str:
    """A number as it is shown: `digits` significant digits, a true minus; ∞ and NaN by name."""
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "∞" if x > 0 else MINUS + "∞"
    x = float(f"{x:.14g}")  # 0.45, whatever rounding has left of it
    if x == 0:
        return "0"
    if x == int(x) and abs(x) < 10**digits:
        return str(int(x)).replace("-", MINUS)
    if x == int(x) and abs(x) < 10 ** (digits + 2) and x % 10 ** (len(str(int(abs(x)))) - digits) == 0:
        return str(int(x)).replace("-", MINUS)
    typed = repr(x)
    few = len(typed.strip("-").replace(".", "").strip("0")) <= digits
    if "e" not in typed and x != int(x) and few and abs(x) >= 1e-3:
        return typed.replace("-", MINUS)
    text = f"{x:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    if abs(x) < 1e-3:
        mantissa, exponent = f"{x:.{max(digits - 1, 0)}e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(float(text)))))
    return f"{x:.{decimals}f}".replace("-", MINUS)


def number_latex(x: Any, digits: int = 4) -> str:
    """The same as LaTeX."""
    text = number(x, digits).replace(MINUS, "-").replace("∞", r"\infty").replace("NaN", r"\mathrm{NaN}")
    if "e" in text:
        mantissa, exponent = text.split("e")
        power = f"10^{{{exponent}}}"
        return power if mantissa == "1" else f"-{power}" if mantissa == "-1" else rf"{mantissa} \cdot {power}"
    return text


def array_latex(x: Array, digits: int = 4, most: int = 5) -> str:
    """A scalar, a small vector (as a column) or a small matrix with its entries; larger ones with dots."""
    x = np.asarray(x)
    if x.ndim == 0:
        return number_latex(x, digits)
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim > 2 or x.size == 0:
        return r"\left[\,\ldots\,\right]_{" + r" \times ".join(map(str, x.shape)) + "}"
    rows = [_row(list(r), digits, most) for r in (x if len(x) <= most else [*x[: most - 2], x[-1]])]
    if len(x) > most:
        rows.insert(most - 2, " & ".join([r"\vdots"] * rows[0].count("&") + [r"\vdots"]))
    return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}"


def _row(entries: list[Any], digits: int, most: int) -> str:
    cut = entries if len(entries) <= most else [*entries[: most - 2], None, entries[-1]]
    return " & ".join(r"\cdots" if v is None else number_latex(v, digits) for v in cut)


Symbol = Callable[[str], str]


def latex(
    e: Expr, symbol: Symbol, known: Mapping[Expr, str] | None = None, constants: Symbol = automatic_symbol,
    spelled: Mapping[str, Expr] = MappingProxyType({}),
) -> str:  # fmt: skip
    """The formula; `symbol` gives each node's LaTeX, `constants` that of names under [constants].

    `known` names subtrees that are nodes themselves; `spelled` has the formulas of nodes that have no symbol.
    """
    return Formula(symbol, known or {}, constants=constants, spelled=spelled).text(e, SUM)


def constant_latex(e: Expr, symbol: Symbol) -> str:
    """What a constant is called where its value stands elsewhere: its name or formula; an array's entries are no name.

    `symbol` gives the LaTeX of names under [constants].
    """
    if isinstance(e, Const) and e.name:
        return symbol(e.name)
    text = latex(e, symbol, constants=symbol)
    return "" if isinstance(e, Const) and "matrix" in text else text


class Formula:
    """Reads expressions as LaTeX, brackets only where they are needed; with `digits`, named constants as numbers.

    `order` is the reading whose factors stand in the order to be taken over, where numbers stand for symbols.
    """

    def __init__(
        self, symbol: Symbol, known: Mapping[Expr, str], digits: int | None = None,
        constants: Symbol = automatic_symbol, spelled: Mapping[str, Expr] = MappingProxyType({}),
        order: Formula | None = None,
    ) -> None:  # fmt: skip
        self.order = order
        self.symbol = symbol
        self.spelled = spelled
        self.constants = constants
        self.known = known
        self.digits = digits

    def text(self, e: Expr, need: int) -> str:
        """`e`, in brackets where it binds less tightly than `need`."""
        text, binds = self._read(e)
        if binds >= need:
            return text
        return rf"\left({text}\right)" if _tall(text) else f"({text})"

    def binds(self, e: Expr) -> int:
        """How tightly the notation of `e` binds."""
        return self._read(e)[1]

    def _read(self, e: Expr) -> tuple[str, int]:
        if isinstance(e, Const):
            return self._constant(e)
        name = e.name if isinstance(e, Var) else self.known.get(e)
        if name is not None:
            if name in self.spelled and self.spelled[name] is not e:
                return self._read(self.spelled[name])
            text = self.symbol(name)
            return text, SIGNED if signed(text) else PRODUCT if _TENS.fullmatch(text) else ATOM
        assert isinstance(e, Apply)
        special = SPECIAL.get(e.op.name)
        if special is not None:
            found = special(self, e)
            if found is not None:
                return found
        if callable(e.op.latex):
            text = e.op.latex(e, self.text)
        else:
            needs = e.op.operands or (SUM,) * len(e.args)
            parts = [self.text(a, need) for a, need in zip(e.args, needs, strict=False)]
            text = _joined(e, parts)
        negative = signed(text) and e.op.binds == PRODUCT
        return text, SIGNED if negative else e.op.binds

    def _constant(self, e: Const) -> tuple[str, int]:
        if e.name and self.digits is not None and e.shape == ():
            text = number_latex(float(e.value), self.digits)
            return text, SIGNED if text.startswith("-") else PRODUCT if _TENS.fullmatch(text) else ATOM
        if e.name:
            text = self.constants(e.name)
            return text, SIGNED if signed(text) else ATOM
        if e.shape == ():
            text = _exact(float(e.value))
            return text, SIGNED if text.startswith("-") else ATOM
        if e.value.size and bool(np.all(e.value == e.value.flat[0])) and float(e.value.flat[0]) in (0.0, 1.0):
            return rf"\mathbf{{{int(e.value.flat[0])}}}", ATOM
        if e.value.ndim == 2 and e.value.shape[0] == e.value.shape[1] and np.array_equal(e.value, np.eye(len(e.value))):
            return r"\mathbf{I}", ATOM
        return array_latex(e.value), ATOM


def _joined(e: Apply, parts: list[str]) -> str:
    assert isinstance(e.op.latex, str)
    if e.op.name == "add" and parts[1].startswith("-"):
        return f"{parts[0]} - {parts[1][1:].lstrip()}"
    if e.op.name == "add" and signed(parts[1]):  # the sign within a mark
        return f"{parts[0]} + ({parts[1]})"
    return e.op.latex.format(*parts)


def _exact(x: float) -> str:
    """A typed number as it was typed, as far as a float64 knows."""
    if math.isinf(x):
        return r"\infty" if x > 0 else r"-\infty"
    if x == int(x) and abs(x) < 1e15:
        return str(int(x))
    text = repr(x)
    if len(text.replace("-", "").replace(".", "")) > 8:
        return number_latex(x, 5)
    if "e" in text:
        mantissa, exponent = text.split("e")
        power = f"10^{{{int(exponent)}}}"
        return power if mantissa == "1" else rf"{mantissa} \cdot {power}"
    return text


def _tall(text: str) -> bool:
    return any(mark in text for mark in (r"\frac", r"\sum", "bmatrix", r"\left", "cases"))


def _sech2(f: Formula, e: Apply) -> tuple[str, int] | None:
    """1 - h², where tanh(a) is a node of its own."""
    name = f.known.get(Apply(OPS["tanh"], e.args, (), e.shape))
    return None if name is None else (rf"1 - {_powered(f.symbol(name))}", SUM)


def _sigmoid_slope(f: Formula, e: Apply) -> tuple[str, int] | None:
    name = f.known.get(Apply(OPS["sigmoid"], e.args, (), e.shape))
    sign = r"\odot" if e.shape else r"\,"
    return None if name is None else (rf"{f.symbol(name)} {sign} (1 - {f.symbol(name)})", PRODUCT)


def _step(f: Formula, e: Apply) -> tuple[str, int] | None:
    """𝟙{h > 0}, where h = relu(W x) is a node of its own and W x is none."""
    if isinstance(e.args[0], Var) or e.args[0] in f.known:
        return None
    name = f.known.get(Apply(OPS["relu"], e.args, (), e.shape))
    return None if name is None else (rf"\mathbb{{1}}_{{\{{{f.symbol(name)} > 0\}}}}", ATOM)


def _mul(f: Formula, e: Apply) -> tuple[str, int] | None:
    """t σ(u), which reads better than σ(u) t; the order is that of the symbols where numbers stand for them."""
    a, b = e.args
    if not isinstance(b, Var) or b.name.startswith("∂") or a.shape:
        return None
    said = f.order or f
    first, last = said.text(a, SIGNED), said.text(b, PRODUCT)
    turned = first.endswith(")") and first[0] != "-" and last[0] not in "(0123456789"
    if f.order is not None:
        found = _before(b, a, f.known) if turned else e
        text = times(f.text(found.args[0], SIGNED), f.text(found.args[1], PRODUCT))
    else:
        text = times(last, first) if turned else times(first, last)
    return text, SIGNED if signed(text) else PRODUCT


def _before(one: Expr, e: Expr, known: Mapping[Expr, str]) -> Apply:
    """The product with one more factor, the first."""
    if isinstance(e, Apply) and e.op.name == "mul" and e not in known:
        return make("mul", _before(one, e.args[0], known), e.args[1])
    return make("mul", one, e)


def _powered(symbol: str) -> str:
    if signed(symbol) or _TENS.fullmatch(symbol):
        return f"({symbol})^2"
    return rf"{{{symbol}}}^2" if "_" in symbol or "^" in symbol else f"{symbol}^2"


def _pow(f: Formula, e: Apply) -> tuple[str, int] | None:
    """tanh²(h), log²(x) instead of (tanh(h))²; e^{...}² in brackets; the power 3/2 on one line."""
    base, n = e.args
    if isinstance(n, Apply) and n.op.name == "div" and all(isinstance(a, Const) for a in n.args):
        return f"{{{f.text(base, ATOM)}}}^{{{f.text(n.args[0], ATOM)}/{f.text(n.args[1], ATOM)}}}", POWER
    if (
        isinstance(base, Apply)
        and base.op.name in ("tanh", "log", "sin", "cos", "sinh", "cosh")
        and f.known.get(base) is None
    ):
        power = f.text(n, SUM)
        if not power.startswith("-"):
            inside = f.text(base.args[0], SUM)
            bracket = rf"\left({inside}\right)" if _tall(inside) else f"({inside})"
            return rf"\{base.op.name}^{{{power}}}{bracket}", ATOM
    if isinstance(base, Apply) and f.known.get(base) is None and base.op.binds == POWER:
        return rf"\left({f.text(base, SUM)}\right)^{{{f.text(n, SUM)}}}", POWER
    if isinstance(base, Var) and not signed(f.symbol(base.name)) and f.binds(base) == ATOM:
        return rf"{{{f.symbol(base.name)}}}^{{{f.text(n, SUM)}}}", POWER
    return None


def _exponentials(f: Formula, e: Expr) -> list[str]:
    """The summands whose logarithm is `e`."""
    if isinstance(e, Apply) and e.op.name == "logaddexp" and e not in f.known:
        return [one for a in e.args for one in _exponentials(f, a)]
    return [f"e^{{{f.text(e, SUM)}}}"]


def _sigmoid(f: Formula, e: Apply) -> tuple[str, int] | None:
    """Entries of a softmax as quotients, and what all but one of them add up to: 1 - p, where that one is a node."""
    if (ends := difference(e.args[0])) is None:
        return None
    above, rest = (_exponentials(f, end) for end in ends)
    if len(above) + len(rest) < 3:
        return None
    name = f.known.get(make("sigmoid", make("sub", *ends[::-1])))
    if name is not None:
        return f"1 - {f.symbol(name)}", SUM
    every = [*above, *rest] if len(rest) == 1 else [*rest, *above]
    return rf"\frac{{{' + '.join(above)}}}{{{' + '.join(every)}}}", ATOM


def difference(e: Expr) -> tuple[Expr, Expr] | None:
    """a and b of a - b, also where -(b - a) is written."""
    if isinstance(e, Apply) and e.op.name == "neg":
        found = difference(e.args[0])
        return None if found is None else found[::-1]
    return (e.args[0], e.args[1]) if isinstance(e, Apply) and e.op.name == "sub" else None


def _logaddexp(f: Formula, e: Apply) -> tuple[str, int]:
    return rf"\log({' + '.join(_exponentials(f, e))})", ATOM


def _exp(f: Formula, e: Apply) -> tuple[str, int] | None:
    """An entry of a softmax, as a quotient."""
    inside = e.args[0]
    if not isinstance(inside, Apply) or inside.op.name != "sub":
        return None
    above, below = (_exponentials(f, a) for a in inside.args)
    return (rf"\frac{{{' + '.join(above)}}}{{{' + '.join(below)}}}", ATOM) if len(below) > 1 else None


def _transpose(f: Formula, e: Apply) -> tuple[str, int] | None:
    inner = e.args[0]
    text = f.text(inner, ATOM)
    return rf"{raised(text)}^{{\top}}", POWER


def _matmul(f: Formula, e: Apply) -> tuple[str, int] | None:
    """A (b ⊙ c): an elementwise product within a product of matrices stands in brackets."""
    if not any(_elementwise(f, a) for a in e.args):
        return None
    text = matmul_latex(e, lambda a, need: f.text(a, max(need, POWER) if _elementwise(f, a) else need))
    return text, SIGNED if signed(text) else PRODUCT


def _elementwise(f: Formula, e: Expr) -> bool:
    """Whether the notation of `e` is a product with ⊙."""
    if not isinstance(e, Apply) or f.known.get(e) is not None:
        return False
    if e.op.name == "sigmoid_slope":
        return bool(e.shape)
    if e.op.name not in ("mul", "zero_safe_mul", "neg"):
        return False
    return (e.op.name != "neg" and all(a.shape for a in e.args)) or any(_elementwise(f, a) for a in e.args)


SPECIAL: dict[str, Callable[[Formula, Apply], tuple[str, int] | None]] = {
    "sech2": _sech2,
    "sigmoid_slope": _sigmoid_slope,
    "mul": _mul,
    "zero_safe_mul": _mul,
    "step": _step,
    "pow": _pow,
    "transpose": _transpose,
    "matmul": _matmul,
    "logaddexp": _logaddexp,
    "exp": _exp,
    "sigmoid": _sigmoid,
}

"""The words of a picture: letters of deltas, signs of operations, entries of arrays, formulas as plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from graphviz_models.expr import Apply, Expr, Var, variables
from graphviz_models.formula import tag, untag
from graphviz_models.notation import Notation
from graphviz_models.program import Equation
from graphviz_models.program.levels import sign
from graphviz_models.read import constant_latex, latex, number

GRADIENT = r"\nabla"  # the letter of a delta where ∂L/∂w has no room: of a weight on an edge, of an operation


def sign_latex(equation: Equation, notation: Notation) -> str:
    """What stands in the circle of an operation's node: its sign or its function's name; of a constant, its symbol."""
    rhs = equation.rhs
    if not equation.reads:
        return constant_latex(rhs, notation.symbol)
    if isinstance(rhs, Apply) and rhs.op.name == "index" and isinstance(rhs.args[0], Var):
        of = rhs.args[0].name
        return latex(rhs, lambda name: r"\cdot" if name == of else notation.symbol(name), None, notation.symbol)
    if isinstance(rhs, Apply) and rhs.op.name == "pow" and not variables(rhs.args[1]):
        return rf"(\cdot)^{{{latex(rhs.args[1], notation.symbol, constants=notation.symbol)}}}"
    return sign(equation)


def expression_latex(expression: Expr, notation: Notation, known: Mapping[Expr, str] = MappingProxyType({})) -> str:
    """A formula in the sheet's letters, deltas (names that begin with ∂) among them, each tagged with its node.

    `known` names subtrees that are nodes themselves.
    """

    def symbol(name: str) -> str:
        node = name.lstrip("∂~")
        return tag(node, notation.inline_delta(node) if name.startswith("∂") else notation.symbol(name))

    return latex(expression, symbol, known, notation.symbol)


def entry(value: float, digits: int) -> str:
    """An entry of an array: one significant digit less than scalars have, at least two, without zeros at the end."""
    whole = number(value, digits)
    if "." not in whole:
        return whole
    mantissa, e, exponent = number(value, max(2, digits - 1)).partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + e + exponent


_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau "
    "upsilon phi chi psi omega"
).split()
_LETTERS = {name: chr(0x3B1 + k) for k, name in enumerate(_GREEK)}
_LETTERS |= {name.capitalize(): chr(0x391 + k) for k, name in enumerate(_GREEK)}
_LETTERS |= dict(
    pair.split("=")
    for pair in (
        "partial=∂ ell=ℓ cdot=· times=× top=ᵀ odot=⊙ otimes=⊗ infty=∞ ast=∗ star=⋆ varepsilon=ε vartheta=ϑ varphi=φ "
        "nabla=∇ sum=Σ prod=Π ldots=… cdots=⋯"
    ).split()
)
_DROPPED = re.compile(
    r"\\(?:mathcal|mathrm|mathbf|mathbb|mathit|boldsymbol|text|operatorname|left|right|displaystyle|[,;:! ])\*?"
)
_SUBSCRIPT = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_SUPERSCRIPT = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


@lru_cache(maxsize=16384)
def plain(latex: str) -> str:
    r"""A short formula as plain text: \delta_2 is δ₂, W_{hh} is W_hh, \frac{a}{b} is a/b; no backslash is left."""
    words = untag(latex).replace(r"\mathcal{L}", "ℒ").replace("-", "−")
    words = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", words)
    words = _DROPPED.sub("", words)
    words = re.sub(r"\\([A-Za-z]+) ?", lambda match: _LETTERS.get(match[1], match[1]), words)
    words = re.sub(r"_(?:\{(\d+)\}|(\d))", lambda match: (match[1] or match[2]).translate(_SUBSCRIPT), words)
    words = re.sub(r"\^(?:\{(\d+)\}|(\d))", lambda match: (match[1] or match[2]).translate(_SUPERSCRIPT), words)
    return " ".join(re.sub(r"[{}\\]", "", words).replace(" / ", "/").split())

"""The words of a picture: letters of deltas, signs of operations, entries of arrays, formulas as plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from graphviz_models.expr import Apply, Expr, Var, variables
from graphviz_models.formula import Formula, tag, text, untag
from graphviz_models.notation import Notation
from graphviz_models.program import Equation
from graphviz_models.program.levels import sign
from graphviz_models.read import constant_latex, latex, number

_ELIDED, _FACTOR = "…", "(…)"  # no names that can be typed
_DOTS = {_ELIDED: r"\cdots", _FACTOR: r"(\cdots)"}
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


def expression_latex(
    expression: Expr, notation: Notation, known: Mapping[Expr, str] = MappingProxyType({}),
    spelled: Mapping[str, Expr] = MappingProxyType({}), unnamed: str = "", short: bool = False,
) -> str:  # fmt: skip
    """A formula in the sheet's letters, deltas (names that begin with ∂) among them, each tagged with its node.

    `known` names subtrees that are nodes themselves, `spelled` has the formulas of nodes that have no symbol; the delta
    of the node `unnamed` is ∇, as beside its sign; those in a `short` formula are letters, δ_S.
    """

    def symbol(name: str) -> str:
        node = name.lstrip("∂~")
        if name in _DOTS:
            return _DOTS[name]
        if not name.startswith("∂"):
            return tag(node, notation.symbol(name))
        if node == unnamed:
            return tag(node, GRADIENT)
        delta = notation.short_delta(node) if short else notation.inline_delta(node)
        return f"{_BEGIN}{tag(node, delta)}{_END}" if "/" in delta else tag(node, delta)

    return _INLINE.sub(_apart, latex(expression, symbol, known, notation.symbol, spelled))


def elided(expression: Expr, known: Mapping[Expr, str]) -> Expr:
    """The formula with dots for what its functions are of, where that is more than a name: 1 − tanh²(⋯)."""
    if not isinstance(expression, Apply) or expression in known:
        return expression
    op, args = expression.op, expression.args
    if op.elementwise and len(args) == 1 and op.name != "neg":
        kept = not isinstance(args[0], Apply) or any(isinstance(e, Apply) and e.args == args for e in known)
        new: tuple[Expr, ...] = args if kept else (Var(_ELIDED, args[0].shape),)
    else:
        new = tuple(elided(a, known) for a in args)
    return Apply(op, new, expression.attrs, expression.shape, integer=expression.integer)


def outlined(expression: Expr) -> Expr:
    """A product of matrices with dots for what is computed before: Wᵀ (⋯), and c Wᵀ (⋯)."""
    if not isinstance(expression, Apply) or expression.op.name not in ("matmul", "outer", "mul", "neg"):
        return expression
    if expression.op.name in ("mul", "neg"):
        if len(variables(expression.args[0])) > 1 or (len(expression.args) > 1 and expression.args[0].shape):
            return expression
        args = (*expression.args[:-1], outlined(expression.args[-1]))
        return Apply(expression.op, args, expression.attrs, expression.shape)
    kept = (a if len(variables(a)) < 2 else Var(_FACTOR, a.shape) for a in expression.args)
    return Apply(expression.op, tuple(kept), expression.attrs, expression.shape)


_BEGIN, _END = "\ue000", "\ue001"  # around a delta on one line, ∂L/∂S, until what follows it is known
_INLINE = re.compile(rf"{_BEGIN}(.*?){_END}(?=(\}}*\s*(?:\^|\\,|\\cdot))?)")


def _apart(found: re.Match[str]) -> str:
    """(∂L/∂S) K, which is no derivative by S K."""
    return f"({found[1]})" if found[2] is not None else found[1]


def numeral(words: str, size: float) -> Formula:
    """A number, or a line with some, as it is drawn: 7.784e−4 as 7.784·10⁻⁴."""
    return text(_EXPONENT.sub(_power, words) if "e" in words else words, size)


def _power(found: re.Match[str]) -> str:
    power = "10" + found[2].translate(_SUPERSCRIPT)
    return power if found[1] == "1" else f"{found[1]}·{power}"


def entry(value: float, digits: int) -> str:
    """An entry of an array: one significant digit less than scalars have, at least two, without zeros at the end."""
    return number(value, digits) if "." not in number(value, digits) else _rounded(value, max(2, digits - 1))


def _rounded(value: float, digits: int) -> str:
    mantissa, e, exponent = number(value, digits).partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + e + exponent


def tiny(value: float, digits: int, room: float, size: float) -> str:
    """An entry below a hundredth with as many significant digits as the room has, one at least."""
    words = entry(value, digits)
    for fewer in range(digits - 2, 0, -1) if abs(value) < _TINY and "." in words else ():
        if numeral(words, size).width <= room:
            break
        words = _rounded(value, fewer)
    return words


_EXPONENT = re.compile(r"(\d[\d.]*)e([−-]?\d+)")
_TINY = 0.01
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
_STACKED = re.compile(r"\\(?:[dt]?frac|(sqrt))(?=\{)")
_DROPPED = re.compile(
    r"\\(?:mathcal|mathrm|mathbf|mathbb|mathit|boldsymbol|text|operatorname|left|right|displaystyle|[,;:! ])\*?"
)
_SUBSCRIPT = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋", " ")
_SUPERSCRIPT = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")


@lru_cache(maxsize=16384)
def plain(latex: str) -> str:
    r"""A short formula as plain text: \delta_2 is δ₂, W_{hh} is W_hh, \frac{a}{b} is a/b; no backslash is left."""
    words = untag(latex).replace(r"\mathcal{L}", "ℒ").replace("-", "−")
    words = words.replace(r"\left\| ", "‖").replace(r" \right\|", "‖")
    while found := max(_STACKED.finditer(words), key=lambda one: one.start(), default=None):  # the innermost ones first
        above, end = _argument(words, found.end())
        if found[1] == "sqrt":
            words = f"{words[: found.start()]}√{_whole(above)}{words[end:]}"
        else:
            below, end = _argument(words, end)
            words = f"{words[: found.start()]}{_whole(above)}/{_whole(below)}{words[end:]}"
    words = _DROPPED.sub("", words)
    words = re.sub(r"\\([A-Za-z]+) ?", lambda match: _LETTERS.get(match[1], match[1]), words)
    words = re.sub(r"_(?:\{([\d, ]+)\}|(\d))", lambda match: (match[1] or match[2]).translate(_SUBSCRIPT), words)
    words = re.sub(r"\^(?:\{(\d+)\}|(\d))", lambda match: (match[1] or match[2]).translate(_SUPERSCRIPT), words)
    words = re.sub(r"[{}\\]", "", words).replace("^ᵀ", "ᵀ").replace(" / ", "/")
    return " ".join(re.sub(r" *([⊙⊗⋆]) *", r" \1 ", words).split())


def _argument(latex: str, at: int) -> tuple[str, int]:
    """What stands in the braces that begin at `at` (or the one sign there), and where it ends."""
    depth = 0
    for end in range(at, len(latex)):
        depth += {"{": 1, "}": -1}.get(latex[end], 0)
        if depth == 0:
            return latex[at : end + 1].removeprefix("{").removesuffix("}"), end + 1
    return latex[at:], len(latex)


def _whole(part: str) -> str:
    """A numerator, a denominator or a radicand, in brackets where it is a sum or a product."""
    inside = part.replace(r"\partial ", "").strip()
    apart = any(sign in inside.strip("()") for sign in (" ", "+", "/")) and not re.fullmatch(r"\([^()]*\)", inside)
    return f"({part})" if apart else part

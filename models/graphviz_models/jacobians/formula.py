"""The formula of a Jacobian: what flows back to a node, read as a product of matrices.

Every vector-Jacobian product is linear in the delta that it begins with. Where it is built of matrix products, products
entry by entry and sums, its matrix is the same product with diag(·) for what multiplies entry by entry: from
∂x₁·η·(1 − r²) and W @ ∂a comes η diag(1 − r²) Wᵀ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from graphviz_models.calculus import Delta, deltas, gathered
from graphviz_models.derivation import Tag, local_latex
from graphviz_models.expr import ATOM, PRODUCT, SUM, Apply, Const, Expr, Var, apply, variables
from graphviz_models.notation import operand
from graphviz_models.program import Program
from graphviz_models.read import LONGEST, Formula, Symbol
from graphviz_models.trace import Trace

from .states import held_fixed

MOST_TERMS, MOST_FACTORS = 6, 12
_SEED = "∂seed"


class UnreadableError(Exception):
    """No product of matrices is known for an operation."""


@dataclass(frozen=True)
class _Product:
    """±(scalars)(matrices); no matrix is the identity. `index` is (vector, "left" or "right") of an outer product."""

    negative: bool = False
    scalars: tuple[str, ...] = ()
    matrices: tuple[str, ...] = ()
    index: tuple[str, str] | None = None

    def times(self, *, scalar: str = "", matrix: str = "", minus: bool = False) -> _Product:
        """This product with one more factor, on the right."""
        scalars = (*self.scalars, scalar) if scalar else self.scalars
        matrices = (*self.matrices, matrix) if matrix else self.matrices
        return _Product(self.negative != minus, scalars, matrices, self.index)


def quotient_latex(trace: Trace, of: str, wrt: str, kind: str = "", tag: Tag | None = None) -> str:
    """∂of/∂wrt as a fraction; `kind` "+" is the immediate ∂⁺, "d" the total d. `tag` is as in `derivation`."""
    sign = {"": r"\partial", "+": r"\partial^{+}", "d": r"\mathrm{d}"}[kind]
    symbol = _symbol(trace, tag)
    return rf"\frac{{{sign} {operand(symbol(of))}}}{{{sign.removesuffix('^{+}')} {operand(symbol(wrt))}}}"


def jacobian_latex(
    trace: Trace, of: str, wrt: str, *, immediate: bool = False, fixed: Iterable[str] = (), tag: Tag | None = None
) -> str | None:
    """The formula of a Jacobian; None where there is none that fits a line.

    Immediate, with the nodes `fixed` held fixed, or total. By a matrix it is written entry by entry, as an equation of
    ∂of_i/∂wrt_{jl}; an entrywise function of an array is given by its slopes. `tag(node, latex)` may mark every symbol
    with its node.
    """
    program = trace.program
    if of == wrt or of not in program.equation or not (program.is_real(of) and program.is_real(wrt)):
        return None
    if len(program.shape(of)) > 1:
        return local_latex(trace, of, wrt) if immediate and wrt in program.equation[of].reads else None
    if tag is not None and jacobian_latex(trace, of, wrt, immediate=immediate, fixed=(fixed := tuple(fixed))) is None:
        return None  # a mark on every symbol makes a text long that is short to see
    within = held_fixed(program, fixed, trace.values)
    try:
        products = _Matrices(within, of, wrt, immediate, _symbol(trace, tag), trace.notation.symbol).products()
    except (UnreadableError, RecursionError):
        return None
    if not products or len(products) > MOST_TERMS:
        return None
    text = _by_entry(products) if products[0].index else _sum(products, bool(program.shape(of)))
    return text if tag is not None or len(text) <= LONGEST else None


def _symbol(trace: Trace, tag: Tag | None) -> Symbol:
    symbol = trace.notation.symbol
    return symbol if tag is None else lambda node: tag(node, symbol(node))


class _Matrices:
    """The Jacobians of one node by those that it depends on, as sums of products."""

    def __init__(self, program: Program, of: str, wrt: str, immediate: bool, symbol: Symbol, constants: Symbol) -> None:
        self.of, self.wrt = of, wrt
        self.program = program
        known: dict[Expr, str] = {e.local: e.name for e in program.equations if isinstance(e.local, Apply)}
        self.formula = Formula(symbol, known, constants=constants)
        self.found: dict[str, list[_Product]] = {}
        seed = Var(_SEED, program.shape(of))
        if immediate:
            term = gathered(program.equation[of].local, seed).get(wrt)
            self.terms: dict[str, list[Expr]] = {wrt: [] if term is None else [term]}
        else:
            made = deltas(program, of, seed, _between(program, of, wrt))
            self.terms = {d.of: _terms(d) for d in made}

    def products(self) -> list[_Product]:
        return self.by(self.wrt)

    def by(self, node: str) -> list[_Product]:
        """∂of/∂node."""
        if node == self.of:
            return [_Product()]
        if node not in self.found:
            terms = self.terms.get(node, [])
            self.found[node] = [p for t in terms for p in self.linear(t, node == self.wrt)]
            factors = max((len(p.scalars) + len(p.matrices) for p in self.found[node]), default=0)
            if len(self.found[node]) > 4 * MOST_TERMS or factors > MOST_FACTORS:
                raise UnreadableError
        return self.found[node]

    def linear(self, e: Expr, last: bool = False) -> list[_Product]:
        """The matrix of an expression that is linear in deltas; `last` where it may be an outer product."""
        if isinstance(e, Var) and e.name.startswith("∂"):
            return [_Product()] if e.name == _SEED else self.by(e.name.removeprefix("∂"))
        if not isinstance(e, Apply):
            raise UnreadableError
        rule = _RULES.get(e.op.name)
        if rule is None:
            raise UnreadableError
        return rule(self, e, last)

    def text(self, e: Expr, need: int = ATOM) -> str:
        return self.formula.text(e, need)

    def scaled(self, e: Expr, by: Expr, last: bool) -> list[_Product]:
        """`e` times `by`, entry by entry."""
        products = self.linear(e, last)
        if isinstance(by, Const) and not by.name and by.shape == () and float(by.value) == 1:
            return products
        if by.shape == ():
            return [p.times(scalar=self.text(by, PRODUCT)) for p in products]
        if len(by.shape) != 1:
            raise UnreadableError
        if e.shape == ():
            return [p.times(matrix=rf"{self.text(by)}^{{\top}}") for p in products]
        return [p.times(matrix=rf"\operatorname{{diag}}({self.text(by, SUM)})") for p in products]


def _between(program: Program, of: str, wrt: str) -> set[str]:
    """The nodes on the ways from one node to another."""
    reached = {wrt}
    for e in program.equations:
        if any(name in reached for name in e.reads):
            reached.add(e.name)
        if e.name == of:
            break
    return reached


def _terms(d: Delta) -> list[Expr]:
    return [t.product for t in d.terms]


def _flows(e: Expr) -> bool:
    return any(name.startswith("∂") for name in variables(e))


def _added(m: _Matrices, e: Apply, last: bool) -> list[_Product]:
    first, second = (m.linear(a, last) for a in e.args)
    minus = e.op.name == "sub"
    return first + [p.times(minus=minus) for p in second]


def _negated(m: _Matrices, e: Apply, last: bool) -> list[_Product]:
    return [p.times(minus=True) for p in m.linear(e.args[0], last)]


def _multiplied(m: _Matrices, e: Apply, last: bool) -> list[_Product]:
    a, b = e.args
    if _flows(a) == _flows(b):
        raise UnreadableError
    return m.scaled(a, b, last) if _flows(a) else m.scaled(b, a, last)


def _divided(m: _Matrices, e: Apply, last: bool) -> list[_Product]:
    a, b = e.args
    if _flows(b):
        raise UnreadableError
    return m.scaled(a, apply("div", 1.0, b), last)


def _matrix_product(m: _Matrices, e: Apply, last: bool) -> list[_Product]:
    a, b = e.args
    if len(a.shape) == 2 and len(b.shape) == 1 and not _flows(a):
        turned = a.args[0] if isinstance(a, Apply) and a.op.name == "transpose" else None
        matrix = m.text(turned) if turned is not None else rf"{m.text(a)}^{{\top}}"
        return [p.times(matrix=matrix) for p in m.linear(b)]
    if len(a.shape) == 1 and len(b.shape) == 2 and not _flows(b):
        return [p.times(matrix=m.text(b)) for p in m.linear(a)]
    raise UnreadableError


def _outer(m: _Matrices, e: Apply, last: bool) -> list[_Product]:
    a, b = e.args
    if not last or _flows(a) == _flows(b):
        raise UnreadableError
    side, vector, flow = ("left", a, b) if _flows(b) else ("right", b, a)
    return [_Product(p.negative, p.scalars, p.matrices, (m.text(vector), side)) for p in m.linear(flow)]


_RULES: dict[str, Callable[[_Matrices, Apply, bool], list[_Product]]] = {
    "add": _added,
    "sub": _added,
    "neg": _negated,
    "mul": _multiplied,
    "div": _divided,
    "matmul": _matrix_product,
    "outer": _outer,
}


def _sum(products: list[_Product], vector: bool) -> str:
    """The sum, products of the same matrices taken together: (1 − η) I."""
    together: dict[tuple[str, ...], list[_Product]] = {}
    for p in products:
        together.setdefault(p.matrices, []).append(p)
    texts: list[tuple[bool, str]] = []
    for matrices, parts in together.items():
        shown = matrices or (("I",) if vector else ())
        if len(parts) == 1 or not shown:
            texts += [(p.negative, _joined((*_powers(p.scalars), *shown))) for p in parts]
        else:
            scalars = _signed([(p.negative, _joined(_powers(p.scalars))) for p in parts])
            texts.append((False, rf"({scalars}) \, {_joined(shown)}"))
    if len(texts) == 1 and not texts[0][0]:
        return _bare(texts[0][1])
    return _signed(texts)


def _powers(scalars: Iterable[str]) -> list[str]:
    """Each scalar once: η² for η η."""
    times: dict[str, int] = {}
    for text in scalars:
        times[text] = times.get(text, 0) + 1
    return [text if n == 1 else rf"{{{text}}}^{{{n}}}" for text, n in times.items()]


def _joined(factors: Iterable[str]) -> str:
    return r" \, ".join(factors) or "1"


def _bare(text: str) -> str:
    """Without brackets around all of it."""
    depth = 0
    for n, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return text[1:-1] if n == len(text) - 1 and n > 0 else text
    return text


def _signed(texts: list[tuple[bool, str]]) -> str:
    out = ""
    for negative, text in sorted(texts, key=lambda row: row[0]):
        out += (" - " if out else "-") + text if negative else (" + " if out else "") + text
    return out


def _by_entry(products: list[_Product]) -> str:
    """By a matrix: x_j (M)_{il}, the sum of such terms."""
    texts: list[tuple[bool, str]] = []
    for p in products:
        if p.index is None:
            raise UnreadableError
        vector, side = p.index
        own, other = ("j", "l") if side == "left" else ("l", "j")
        entry = rf"({vector})_{own}"
        matrix = rf"\left[{_joined(p.matrices or ('I',))}\right]_{{i{other}}}"
        texts.append((p.negative, _joined((*_powers(p.scalars), entry, matrix))))
    return _signed(texts)


__all__ = ["UnreadableError", "jacobian_latex", "quotient_latex"]

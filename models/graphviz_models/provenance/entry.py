"""One entry of an array as a formula over entries: y₃ = w₀x₃ + w₁x₂ + w₂x₁, long sums with dots.

The neurons level writes every entry out; here it is one, when somebody asks for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Literal

import numpy as np

from graphviz_models.expr import SUM, Apply, Array, Const, Expr, Op, Var, apply, make
from graphviz_models.ops.functions import call
from graphviz_models.ops.table import axes_of, is_
from graphviz_models.program.neurons import entry_name

from .reads import MOVES, reads

Quantity = Literal["value", "delta"]
#: What stands for the middle of a sum, or of a list, that is too long.
DOTS, COMMA_DOTS = Var("…+"), Var("…,")
MOST_SCANNED = 200
#: Subexpressions that are written out for one entry, and how deep.
MOST_WRITTEN, DEEPEST = 300, 60


@dataclass(frozen=True)
class Entry:
    """One entry of a node's value or delta; the index of a scalar is ()."""

    node: str
    quantity: Quantity
    index: tuple[int, ...]


def entry_of(name: str, index: tuple[int, ...]) -> Entry:
    """The entry of a name as it stands in formulas: ∂h is the delta of h."""
    if name.startswith("∂"):
        return Entry(name.removeprefix("∂").removeprefix("~"), "delta", index)
    return Entry(name, "value", index)


class Entries:
    """Writes entries as formulas, sums and lists of at most `most` terms; `met` are the entries that stand in them,
    each by its name there.

    With `tidy` the formulas are simplified as derivatives are.
    """

    def __init__(self, values: Mapping[str, Array], most: int, *, tidy: bool = False) -> None:
        self.values = values
        self.most = most
        self.met: dict[str, Entry] = {}
        self._left = MOST_WRITTEN
        self._depth = 0
        self._apply: Callable[..., Expr] = apply if tidy else make

    def entry(self, e: Expr, index: tuple[int, ...]) -> Expr:
        """The entry of `e` at `index` as an expression over names of entries."""
        if isinstance(e, Var):
            name = entry_name(e.name, index)
            self.met[name] = entry_of(e.name, index)
            return Var(name, integer=e.integer)
        if isinstance(e, Const):
            return Const(e.value[index], entry_name(e.name, index) if e.name else "", integer=e.integer)
        assert isinstance(e, Apply)
        self._left -= 1
        if self._left < 0 or self._depth >= DEEPEST:
            return DOTS
        self._depth += 1
        try:
            return self._written(e, index)
        finally:
            self._depth -= 1

    def _written(self, e: Apply, index: tuple[int, ...]) -> Expr:
        if e.op.name == "add":
            return self.sum(partial(self.entry, *addend) for addend in _addends(e, index))
        if e.op.elementwise:
            return self._apply(e.op.name, *(self.entry(a, _own(index, a.shape)) for a in e.args), **dict(e.attrs))
        mask = np.zeros(e.shape, dtype=bool)
        mask[index] = True
        name, places = e.op.name, [np.flatnonzero(one) for one in reads(e, mask, self.values)]
        count = len(places[0])
        if name == "convolve":
            places[1] = places[1][::-1]
        if count > 2 * MOST_SCANNED:
            places = [np.concatenate((p[:MOST_SCANNED], p[-MOST_SCANNED:])) for p in places]
        if name in MOVES:
            return next((self._at(a, p[0]) for a, p in zip(e.args, places, strict=True) if len(p)), Const(0.0))
        if name in ("index", "put"):
            return self.sum(partial(self._at, e.args[0], p) for p in places[0])
        if name in _PRODUCTS:
            a, b = e.args
            return self.sum(partial(self._product, a, i, b, j) for i, j in zip(*places, strict=True))
        if name in _SUMS:
            whole = self.sum(partial(self._at, e.args[0], p) for p in places[0])
            return self._apply("div", whole, Const(float(count))) if name == "mean" else whole
        return self._function(e, index, places)

    def sum(self, terms: Iterable[Callable[[], Expr]]) -> Expr:
        """The sum of what the terms give, without those that are 0 by their place."""
        shown = self._shown(list(terms))
        total: Expr = shown[0] if shown else Const(0.0)
        for term in shown[1:]:
            total = self._apply("add", total, term)
        return total

    def _shown(self, terms: Sequence[Callable[[], Expr]]) -> list[Expr]:
        """The terms that are not 0 by their place; of too many the first ones, dots and the last."""
        found = list(islice(_there(terms[:MOST_SCANNED]), self.most + 1))
        if len(found) <= self.most and len(terms) <= MOST_SCANNED:
            return found
        last = next(_there(terms[: -MOST_SCANNED - 1 : -1]), DOTS)
        return [*found[: self.most - 2], DOTS, last]

    def _at(self, e: Expr, flat: Any) -> Expr:
        return self.entry(e, tuple(map(int, np.unravel_index(flat, e.shape))) if e.shape else ())

    def _product(self, a: Expr, i: int, b: Expr, j: int) -> Expr:
        left, right = self._at(a, i), self._at(b, j)
        return Const(0.0) if is_(left, 0) or is_(right, 0) else self._apply("mul", left, right)

    def _list(self, e: Expr, places: Sequence[int], each: Callable[[Expr], Expr] = lambda x: x) -> list[Expr]:
        """The entries of `e` at these places, `each` taken of them; the middle of a long list is left out."""
        most = self.most
        cut = list(places) if len(places) <= most else [*places[: most - 2], places[-1]]
        found = [each(self._at(e, p)) for p in cut]
        if len(places) > most:
            found.insert(most - 2, COMMA_DOTS)
        return found

    def _function(self, e: Apply, index: tuple[int, ...], places: list[Any]) -> Expr:
        """An operation that is a function of many entries at once."""
        name, a = e.op.name, e.args[0]
        if name in ("softmax", "log_softmax"):
            own = self._apply("exp", self._at(a, int(np.ravel_multi_index(index, a.shape)) if index else 0))
            share = self._apply("div", own, self._exponentials(a, places[0]))
            return share if name == "softmax" else self._apply("log", share)
        if name == "logsumexp":
            return self._apply("log", self._exponentials(a, places[0]))
        if name == "logsumexp_weighted":
            return self._apply("log", self._weighted(e, index))
        if name == "norm":
            squares = self.sum(partial(self._power, a, p) for p in places[0])
            return self._apply("sqrt", squares)
        if name in ("prod", "prod_others"):
            factors = self._list(a, places[0])
            out = factors[0] if factors else Const(1.0)
            for factor in factors[1:]:
                out = self._apply("mul", out, DOTS if factor is COMMA_DOTS else factor)
            return out
        return Apply(_called(e), tuple(self._list(a, places[0])), (), ())

    def _power(self, a: Expr, flat: int) -> Expr:
        return self._apply("pow", self._at(a, flat), Const(2.0))

    def _exponential(self, a: Expr, flat: int) -> Expr:
        return self._apply("exp", self._at(a, flat))

    def _exponentials(self, a: Expr, places: Sequence[int]) -> Expr:
        return self.sum(partial(self._exponential, a, p) for p in places)

    def _weighted(self, e: Apply, index: tuple[int, ...]) -> Expr:
        a, b = e.args
        shape = tuple(np.broadcast_shapes(a.shape, b.shape))
        attrs = dict(e.attrs)
        gone = axes_of(shape, attrs.get("axis"))
        whole = list(index)
        for axis in () if attrs.get("keepdims") else gone:
            whole.insert(axis, 0)
        at = [slice(None) if i in gone else k for i, k in enumerate(whole)]
        numbers = np.arange(math.prod(shape)).reshape(shape)[tuple(at)].reshape(-1)

        def term(flat: int) -> Expr:
            place = tuple(map(int, np.unravel_index(flat, shape))) if shape else ()
            power = self._apply("exp", self.entry(a, _own(place, a.shape)))
            return self._apply("mul", self.entry(b, _own(place, b.shape)), power)

        return self.sum(partial(term, int(n)) for n in numbers)


def _addends(e: Expr, index: tuple[int, ...]) -> list[tuple[Expr, tuple[int, ...]]]:
    """What is added up in a + b + c, however long, each with the index of its entry."""
    found = []
    stack = [(e, index)]
    while stack:
        top, at = stack.pop()
        if isinstance(top, Apply) and top.op.name == "add":
            stack.extend((a, _own(at, a.shape)) for a in reversed(top.args))
        else:
            found.append((top, at))
    return found


def _there(terms: Sequence[Callable[[], Expr]]) -> Iterator[Expr]:
    return (term for term in (each() for each in terms) if not is_(term, 0))


def _own(index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The index of the entry that broadcasting repeats to `index`."""
    cut = index[len(index) - len(shape) :]
    return tuple(0 if n == 1 else k for k, n in zip(cut, shape, strict=True))


def _called(e: Apply) -> Op:
    """The operation as a function of many numbers, for its notation: max(a, b, c)."""
    name, spread = e.op.name, {k: v for k, v in e.attrs if k == "ddof"}
    latex = _CALLS.get(name) or rf"\operatorname{{{name.replace('_', ' ')}}}"
    return Op(name, lambda *a: e.op.value(np.array(a), **spread), e.op.shape, None, call(latex), operands=(SUM,))


_PRODUCTS = frozenset({"matmul", "outer", "convolve", "correlate"})
_SUMS = frozenset({"sum", "mean", "sum_to", "trace", "cumsum", "cumsum_back"})
_CALLS = {"max": r"\max", "peak_along": r"\max", "min": r"\min"}

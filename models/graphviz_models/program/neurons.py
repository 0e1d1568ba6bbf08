"""The neurons level: the same program with every scalar entry a node, read over arrays of expressions.

Where all inputs and targets share an axis of samples that nothing mixes, that axis is kept: a neuron is then one node
with a value for each sample, as a lecturer draws it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphviz_models.expr import OPS, Apply, Array, Const, Expr, MismatchError, Var, lift, make, variables
from graphviz_models.ops.arrays import key_of
from graphviz_models.ops.table import axes_of
from graphviz_models.problem import Problem, Problems
from graphviz_models.stable import TrueForms

from .entries import REDUCE, Objects, matmul, objects, total
from .layers import with_layers
from .types import Equation, Given, Program, read_only

MOST_NODES, MOST_TERMS = 100_000, 2_000_000
WHOLE = frozenset(
    {"softmax", "log_softmax", "logsumexp", "logsumexp_weighted", "norm", "var", "std", "max", "min", "prod"}
)
#: Functions of what lies along an axis; along another one than that of the samples they keep these.
ALONG = frozenset("softmax log_softmax logsumexp norm var std max min prod cumsum sum mean".split())
STRUCTURE = ("transpose", "reshape", "concatenate", "stack", "diag", "broadcast_to", "flip")


class MixedError(Exception):
    """An operation mixes the samples, so that they cannot be kept in one node."""


def neurons(program: Program, *, apart: bool = False) -> Program:
    """`program` at the neurons level; raises Problems where more than 100,000 nodes would come out.

    Layers that the equations do not name are nodes (see `layers`); entries of given arrays that nothing reads are none,
    where others of the array are read. With `apart` every sample has its own nodes, and unnamed layers have none: the
    graph in which paths are counted.
    """
    program = program if apart else with_layers(program)
    for samples in () if apart else ("last", "first"):
        length = _samples(program, samples)
        if length is None:
            continue
        try:
            return _Neurons(program, samples, length).run()
        except (MixedError, MismatchError):
            continue
    return _Neurons(program, "", 0).run()


def scalars(program: Program) -> Program:
    """`program` with every scalar a node, the samples apart: what is counted.

    An entry of a softmax or a norm is one function of the entries it depends on, as a sheet counts it.
    """
    return _Neurons(program, "", 0, whole=True).run()


def _samples(program: Program, side: str) -> int | None:
    """The length of the axis that all inputs and targets could share as samples."""
    data = [g for g in program.given.values() if g.role != "parameter" and g.shape]
    inputs = [g for g in data if g.role == "input"]
    if not inputs or any(len(g.shape) < 2 for g in inputs) or any(e.loop for e in program.equations):
        return None
    at = -1 if side == "last" else 0
    lengths = {g.shape[at] for g in data}
    return lengths.pop() if len(lengths) == 1 else None


class _Kept:
    """An array of entries without its axis of samples; `kept` says whether it had one."""

    __slots__ = ("entries", "kept")

    def __init__(self, entries: Objects, kept: bool) -> None:
        self.entries = entries
        self.kept = kept


def entry_name(name: str, at: tuple[int, ...]) -> str:
    """The node name of one entry: s1[0,2]."""
    return f"{name}[{','.join(map(str, at))}]" if at else name


def _lead(index: tuple[Any, ...]) -> int | None:
    """The axes of a result before those of the arrays that choose in an index; None where these do not lie together."""
    choose = [i for i, item in enumerate(index) if item[0] in ("arg", "int")]
    before = index[: choose[0]]
    together = choose[-1] - choose[0] + 1 == len(choose)
    return len(before) if together and all(item[0] in ("slice", "new") for item in before) else None


def _copy(e: Expr) -> Expr:
    """An entry that is told from others that read as it does."""
    if isinstance(e, Var):
        return Var(e.name, e.shape, integer=e.integer)
    if isinstance(e, Apply):
        return Apply(e.op, e.args, e.attrs, e.shape, integer=e.integer)
    assert isinstance(e, Const)
    return Const(e.value, e.name, integer=e.integer)


class _Neurons:
    def __init__(self, program: Program, side: str, length: int, *, whole: bool = False) -> None:
        self.program = program
        self.whole = whole
        self.side = side
        self.length = length
        self.given: dict[str, Given] = {}
        self.equations: dict[str, Equation] = {}
        self.entries: dict[str, tuple[str, tuple[int, ...]]] = {}
        self.env: dict[str, _Kept] = {}
        self.terms = 0
        self.chosen: dict[int, tuple[Expr, tuple[str, ...]]] = {}
        self.true_forms = TrueForms(lambda name: self.equations[name].computed if name in self.equations else None)

    def run(self) -> Program:
        program = self.program
        for name, g in program.given.items():
            self._give(name, g)
        for e in program.equations:
            self._define(e, self._lower(e.rhs, {}))
        return Program(
            tuple(self.equations.values()), self.given, program.constants, program.loss, "neurons", program.families,
            self.entries, program.outputs, self._unread(), program.unnamed,
        )  # fmt: skip

    def _unread(self) -> dict[str, Given]:
        """Takes out the given entries that nothing reads, where others of their array are read."""
        read = {name for e in self.equations.values() for name in e.reads}
        arrays = {self.entries[name][0] for name in read if name in self.given}
        found = {n: g for n, g in self.given.items() if n not in read and self.entries[n][0] in arrays}
        for name in found:
            del self.given[name]
        return found

    # ---- nodes

    def _give(self, name: str, g: Given) -> None:
        kept = bool(self.side) and g.role != "parameter" and bool(g.shape)
        shape = self._without(g.shape) if kept else g.shape
        cells = np.empty(shape, dtype=object)
        for at in np.ndindex(*shape):
            key = (*at, slice(None)) if self.side == "last" else (slice(None), *at)
            value = read_only(g.value[key if kept else at])
            node = entry_name(name, at)
            self.given[node] = Given(node, g.role, value, g.integer, name)
            self.entries[node] = (name, at)
            cells[at] = Var(node, tuple(value.shape), integer=g.integer)
        self._limit()
        self.env[name] = _Kept(cells, kept)

    def _define(self, e: Equation, found: _Kept) -> None:
        cells = np.empty(found.entries.shape, dtype=object)
        for at in np.ndindex(*found.entries.shape):
            rhs = lift(found.entries[at])
            node = entry_name(e.name, at)
            if self.whole:
                self.equations[node] = Equation(node, rhs, rhs, rhs)
                cells[at] = Var(node, rhs.shape, integer=rhs.integer)
                self.terms += rhs.size
                self._limit()
                continue
            local, computed, resolved = self.true_forms.of(rhs)
            self.equations[node] = Equation(
                node, rhs, local, computed, resolved, e.line, e.column, e.groups, e.loop, e.origin or e.name,
                choosers=self._choosers(rhs),
            )  # fmt: skip
            self.entries[node] = (e.name, at)
            cells[at] = Var(node, rhs.shape, integer=rhs.integer)
            self.terms += rhs.size
            self._limit()
        self.env[e.name] = _Kept(cells, found.kept)

    def _limit(self) -> None:
        if len(self.given) + len(self.equations) > MOST_NODES or self.terms > MOST_TERMS:
            raise Problems(
                Problem(
                    0,
                    0,
                    f"the neurons level has more than {MOST_NODES:,} nodes: choose the level variables or operations",
                )
            )

    def _without(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape[:-1] if self.side == "last" else shape[1:]

    # ---- expressions over arrays of expressions

    def _lower(self, e: Expr, memo: dict[int, _Kept]) -> _Kept:
        if id(e) in memo:
            return memo[id(e)]
        if isinstance(e, Var):
            return self.env[e.name]
        if isinstance(e, Const):
            found = self._constant(e)
        else:
            assert isinstance(e, Apply)
            found = self._apply(e, [self._lower(a, memo) for a in e.args])
        memo[id(e)] = found
        return found

    def _constant(self, e: Const) -> _Kept:
        cells = np.empty(e.shape, dtype=object)
        for at in np.ndindex(*e.shape):
            cells[at] = Const(e.value[at], entry_name(e.name, at) if e.name else "", integer=e.integer)
        return _Kept(cells, False)

    def _apply(self, e: Apply, args: list[_Kept]) -> _Kept:
        name, attrs = e.op.name, dict(e.attrs)
        kept = any(a.kept for a in args)
        self.terms += math.prod(e.shape) * (e.args[0].shape[-1] if name == "matmul" and e.args[0].shape else 1)
        self._limit()
        if e.op.elementwise and name not in ("softmax", "log_softmax"):
            return self._entrywise(e, args, kept)
        if kept:
            return self._with_samples(e, args, attrs)
        cells = [a.entries for a in args]
        if name == "index":
            return _Kept(self._index(e, cells, attrs), False)
        if name in STRUCTURE:
            return _Kept(objects(e.op.value(*cells, **attrs)), False)
        found = objects(REDUCE[name](*cells, **attrs))
        if self.whole and name in WHOLE:
            for at in np.ndindex(*found.shape):
                parts = tuple(dict.fromkeys(variables(lift(found[at])).values()))
                found[at] = Apply(OPS[name], parts, (), ())
        return _Kept(found, False)

    def _entrywise(self, e: Apply, args: list[_Kept], kept: bool) -> _Kept:
        cells = [self._aligned(a, x, kept, e.ndim) for a, x in zip(args, e.args, strict=True)]
        shape = np.broadcast_shapes(*(c.shape for c in cells))
        out = np.empty(shape, dtype=object)
        wide = [np.broadcast_to(c, shape) for c in cells]
        for at in np.ndindex(*shape):
            out[at] = make(e.op.name, *(lift(w[at]) for w in wide), **dict(e.attrs))
        return _Kept(out, kept)

    def _aligned(self, a: _Kept, e: Expr, kept: bool, axes: int) -> Objects:
        """The entries as they meet operands that have samples, in a result of so many `axes`."""
        if not kept or e.ndim == 0:
            return a.entries
        if self.side == "first" and e.ndim < axes:
            if a.kept:
                raise MixedError  # its samples would meet another axis
            return a.entries
        if a.kept:
            return a.entries
        if e.shape[-1 if self.side == "last" else 0] != 1:
            raise MixedError
        return a.entries[..., 0] if self.side == "last" else a.entries[0]

    def _index(self, e: Apply, cells: list[Objects], attrs: dict[str, Any]) -> Objects:
        chosen = tuple(self._known(x) for x in e.args[1:])
        found = objects(cells[0][key_of(attrs["index"], chosen)])
        return found if self.whole else self._marked(found, cells[1:], attrs["index"])

    def _marked(self, found: Objects, choosing: list[Objects], index: tuple[Any, ...]) -> Objects:
        """The chosen entries, each of which remembers the targets that have chosen it."""
        if not choosing:
            return found
        lead = _lead(index)
        shape = np.broadcast_shapes(*(c.shape for c in choosing))
        if lead is None and shape:
            return found
        wide = [np.broadcast_to(c, shape) for c in choosing]
        out = np.empty(found.shape, dtype=object)
        for at in np.ndindex(*found.shape):
            place = at[lead : lead + len(shape)] if lead is not None and shape else ()
            by = dict.fromkeys(name for w in wide for name in variables(lift(w[place])))
            out[at] = entry = _copy(lift(found[at])) if by else lift(found[at])
            if by:
                self.chosen[id(entry)] = entry, tuple(by)
        return out

    def _choosers(self, rhs: Expr) -> tuple[str, ...]:
        """The targets that have chosen entries in a right-hand side."""
        found: dict[str, None] = {}
        seen: set[int] = set()
        stack = [rhs] if self.chosen else []
        while stack:
            top = stack.pop()
            if id(top) in self.chosen:
                found.update(dict.fromkeys(self.chosen[id(top)][1]))
            if isinstance(top, Apply) and id(top) not in seen:
                seen.add(id(top))
                stack.extend(reversed(top.args))
        return tuple(found)

    def _known(self, e: Expr) -> Array:
        if isinstance(e, Const):
            return e.value
        if isinstance(e, Var) and e.name in self.program.given:
            return self.program.given[e.name].value
        if isinstance(e, Var):
            return self._known(self.program.equation[e.name].rhs)
        assert isinstance(e, Apply)
        return np.asarray(e.op.value(*map(self._known, e.args), **dict(e.attrs)))

    def _with_samples(self, e: Apply, args: list[_Kept], attrs: dict[str, Any]) -> _Kept:
        name = e.op.name
        if name == "matmul":
            a, b = args
            ok = not a.kept and self.side == "last" and e.args[1].ndim == 2
            ok = ok or (not b.kept and self.side == "first" and e.args[0].ndim == 2 and e.args[1].ndim <= 2)
            if not ok or (a.kept and b.kept):
                raise MixedError
            return _Kept(objects(matmul(a.entries, b.entries)), True)
        if name in ALONG:
            own = e.args[0].ndim - 1 if self.side == "last" else 0
            gone = axes_of(e.args[0].shape, attrs.get("axis"))
            others = tuple(x - (own == 0) for x in gone if x != own)
            if own in gone and name in ("sum", "mean") and not attrs.get("keepdims"):
                return self._over_samples(e, objects(total(args[0].entries, others)), gone)
            if own not in gone and others:
                axes = others if len(others) > 1 else others[0]
                return _Kept(objects(REDUCE[name](args[0].entries, **{**attrs, "axis": axes})), True)
        raise MixedError

    def _over_samples(self, e: Apply, summed: Objects, gone: tuple[int, ...]) -> _Kept:
        """The sum or mean of what has been summed over all axes but that of the samples."""
        count = math.prod(e.args[0].shape[x] for x in gone)
        for at in np.ndindex(*summed.shape):
            one = make("sum", lift(summed[at]))
            summed[at] = make("div", one, Const(float(count))) if e.op.name == "mean" else one
        return _Kept(summed, False)

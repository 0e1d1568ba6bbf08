"""Expressions: what one equation of a sheet says, as a small immutable typed tree.

Every rule of calculus is written once, over these trees; the value, the formula in the sheet's notation, the number of
multiplications and the shape are readings of one tree, so they cannot disagree.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Array = np.ndarray[Any, np.dtype[Any]]
Attrs = tuple[tuple[str, Hashable], ...]

#: How tightly a notation binds; SIGNED is a product or number that begins with a minus.
SUM, SIGNED, PRODUCT, POWER, ATOM = range(5)


class MismatchError(ValueError):
    """Operands whose shapes or kinds do not fit; the message says which and what to write instead."""


class Expr:
    """A constant, a name, or an operation applied to expressions.

    `shape` is the NumPy shape of the value, `integer` whether it may choose an entry, `size` the number of symbols in
    the tree and `depth` its height.
    """

    __slots__ = ("depth", "integer", "shape", "size")
    shape: Shape
    integer: bool
    size: int
    depth: int

    def __add__(self, other: object) -> Expr:
        return apply("add", self, other)

    def __radd__(self, other: object) -> Expr:
        return apply("add", other, self)

    def __sub__(self, other: object) -> Expr:
        return apply("sub", self, other)

    def __rsub__(self, other: object) -> Expr:
        return apply("sub", other, self)

    def __mul__(self, other: object) -> Expr:
        return apply("mul", self, other)

    def __rmul__(self, other: object) -> Expr:
        return apply("mul", other, self)

    def __truediv__(self, other: object) -> Expr:
        return apply("div", self, other)

    def __rtruediv__(self, other: object) -> Expr:
        return apply("div", other, self)

    def __pow__(self, other: object) -> Expr:
        return apply("pow", self, other)

    def __matmul__(self, other: object) -> Expr:
        return apply("matmul", self, other)

    def __neg__(self) -> Expr:
        return apply("neg", self)

    @property
    def T(self) -> Expr:  # noqa: N802 - NumPy's name
        """The transpose, as NumPy's `.T`."""
        return apply("transpose", self)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)


class Const(Expr):
    """A number or array that is no node of the graph; `name` where it stands under [constants]."""

    __slots__ = ("name", "value")

    def __init__(self, value: object, name: str = "", *, integer: bool = False) -> None:
        self.value = np.asarray(value, dtype=np.float64)
        self.name = name
        self.shape = self.value.shape
        self.integer = integer
        self.size = self.depth = 1

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Const)
            and self.shape == other.shape
            and self.name == other.name
            and bool(np.array_equal(self.value, other.value))
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.value.tobytes() if self.value.size < 1000 else self.name, self.integer))

    def __repr__(self) -> str:
        return self.name or (f"{float(self.value):g}" if self.shape == () else f"Const{self.shape}")


class Var(Expr):
    """The value of a node of the graph, or of a delta (its name then begins with ∂)."""

    __slots__ = ("name",)

    def __init__(self, name: str, shape: Shape = (), *, integer: bool = False) -> None:
        self.name = name
        self.shape = shape
        self.integer = integer
        self.size = self.depth = 1

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Var) and self.name == other.name)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return self.name


class Apply(Expr):
    """An operation applied to expressions; `attrs` holds what is known beforehand (axis, mode, index)."""

    __slots__ = ("_form", "_hash", "args", "attrs", "op")
    _form: object  # see forms
    _hash: int

    def __init__(self, op: Op, args: tuple[Expr, ...], attrs: Attrs, shape: Shape, *, integer: bool = False) -> None:
        self.op = op
        self.args = args
        self.attrs = attrs
        self.shape = shape
        self.integer = integer
        size = depth = 0
        for a in args:
            size += a.size
            if a.depth > depth:
                depth = a.depth
        self.size = size + 1
        self.depth = depth + 1

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Apply)
            and self.op is other.op
            and self.size == other.size
            and self.attrs == other.attrs
            and self.shape == other.shape
            and self.args == other.args
        )

    def __hash__(self) -> int:
        try:
            return self._hash  # of most trees nobody ever asks for it
        except AttributeError:
            self._hash = hash((self.op.name, self.args, self.attrs))
            return self._hash

    def __repr__(self) -> str:
        return f"{self.op.name}({', '.join(map(repr, self.args))})"


def _untidied(*_: Expr, **__: Any) -> Expr | None:
    return None


@dataclass(frozen=True, eq=False)
class Op:
    """One operation: everything that the program knows of it.

    value      arrays in, array out; the numerically true form, with NumPy's broadcasting
    shape      shapes in, shape out; raises MismatchError where they do not fit
    vjp        (g, out, *args, **attrs) -> for every argument the term g·∂out/∂arg, or None where there is no gradient;
               None for operations that occur in derivatives alone
    latex      the notation, `{0}` the first operand; or a function of the typeset operands and the expression
    binds      how tightly the notation binds; `operands` says what each slot needs to stand without brackets
    stands_for the formula a sheet writes for it, in the equation language
    domain     where checks sample its operands; `extremes` where the value must stay true
    kinks      operand values at which the one-sided derivatives differ
    cost       multiplications for one entry of the result
    ufunc      the NumPy ufunc with the same meaning, `scalar` the function on Python floats, for generated code
    code       infix text for generated code, `{0} + {1}`
    tidy       simplifies where it can (1·x is x), else None
    """

    name: str
    value: Callable[..., Any]
    shape: Callable[..., Shape]
    vjp: Callable[..., tuple[Expr | None, ...]] | None
    latex: str | Callable[..., str]
    binds: int = ATOM
    operands: tuple[int, ...] = ()
    stands_for: str = ""
    domain: tuple[tuple[float, float], ...] = ((-2.0, 2.0),)
    extremes: tuple[float, ...] = (-800.0, 800.0)
    kinks: tuple[float, ...] = ()
    cost: int = 0
    elementwise: bool = False
    ufunc: Any = None
    scalar: Callable[..., float] | None = None
    code: str = ""
    plain: str = ""
    public: bool = True
    tidy: Callable[..., Expr | None] = _untidied

    def __repr__(self) -> str:
        return self.name


OPS: dict[str, Op] = {}  # filled by ops


def lift(x: object) -> Expr:
    """`x` itself where it is an expression, else the constant."""
    return x if isinstance(x, Expr) else Const(x)


def make(name: str, *args: Expr, **attrs: Hashable) -> Apply:
    """The operation applied as written, nothing simplified. Raises MismatchError."""
    op = OPS[name]
    pairs: Attrs = tuple(attrs.items()) if attrs else ()
    shape = op.shape(*[a.shape for a in args], **attrs)
    integer = name in ("add", "sub", "mul", "neg", "index") and all(a.integer for a in args)
    return Apply(op, args, pairs, shape, integer=integer)


def apply(name: str, *args: object, **attrs: Hashable) -> Expr:
    """The operation applied and tidied: what a derivative rule writes."""
    op, operands = OPS[name], tuple(map(lift, args))
    tidied = op.tidy(*operands, **attrs)
    return make(name, *operands, **attrs) if tidied is None else tidied


@contextmanager
def uncollected() -> Iterator[None]:
    """Holds the garbage collector off while many small trees are built: it would walk all of them again and again.

    Afterwards they count as old, as they would once it had walked them all.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():
                gc.freeze()  # to the permanent generation and from there to the oldest one, at no cost
                gc.unfreeze()
            gc.enable()


def names(e: Expr) -> Iterator[str]:
    """The names in `e`, left to right, repeats included."""
    stack = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, Var):
            yield top.name
        elif isinstance(top, Apply):
            stack.extend(reversed(top.args))


def variables(e: Expr) -> dict[str, Var]:
    """The distinct names in `e` in the order of their first use, each with its Var; shared subtrees are seen once."""
    found: dict[str, Var] = {}
    seen: set[int] = set()
    stack = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, Var):
            found.setdefault(top.name, top)
        elif isinstance(top, Apply) and id(top) not in seen:
            seen.add(id(top))
            stack.extend(reversed(top.args))
    return found


def evaluate(e: Expr, env: Mapping[str, Array]) -> Array:
    """The value of `e`, names from `env`; a subtree that stands there twice is computed once."""
    return _value(e, env, {})


def _value(e: Expr, env: Mapping[str, Array], memo: dict[int, Array]) -> Array:
    if type(e) is Var:
        return env[e.name]
    if type(e) is Const:
        return e.value
    assert type(e) is Apply
    found = memo.get(id(e))
    if found is None:
        args = [env[a.name] if type(a) is Var else _value(a, env, memo) for a in e.args]
        found = memo[id(e)] = e.op.value(*args, **dict(e.attrs)) if e.attrs else e.op.value(*args)
    return found

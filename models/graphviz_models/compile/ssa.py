"""Straight-line values: every quantity of one training iteration bound once, equal ones shared, unused ones dropped.

A Block is the program, its deltas and its update written as numbered values (static single assignment). Inputs and
targets do not change while a model is trained, so they are constants here, and what depends on nothing else is computed
at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from graphviz_models.expr import Apply, Array, Attrs, Const, Expr, Shape, Var

from .instructions import PER_ENTRY, SPLIT, VALUES

#: A constant is a Python float where it is a scalar, else an array.
Number = float | Array

#: Height up to which an expression is walked by recursion.
RECURSE = 200

#: Operations that are simpler only where an operand is a constant or negative.
ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pow"})

#: What a value is when it is no operation: known beforehand, or given anew to every iteration.
CONST, LEAF = "const", "leaf"

#: A leaf besides the parameters and what the optimizer remembers, by a name that no node can have.
RATE = "learning rate"


class Block:
    """Numbered values. `ops[v]` is the operation of value v, `args[v]` the numbers of its operands, all smaller than v.

    origin[v] is the number of the equation that first asked for v, an index into whatever list the caller keeps.
    """

    def __init__(self) -> None:
        self.ops: list[str] = []
        self.args: list[tuple[int, ...]] = []
        self.attrs: list[Attrs] = []
        self.shapes: list[Shape] = []
        self.origin: list[int] = []
        self.constants: dict[int, Number] = {}
        self.leaves: dict[str, int] = {}
        self.equation = -1
        self._known: dict[object, int] = {}
        self._special: set[int] = set()

    def __len__(self) -> int:
        return len(self.ops)

    def _new(self, op: str, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int:
        self.ops.append(op)
        self.args.append(args)
        self.attrs.append(attrs)
        self.shapes.append(shape)
        self.origin.append(self.equation)
        if op in (CONST, "neg"):
            self._special.add(len(self.ops) - 1)
        return len(self.ops) - 1

    def constant(self, value: object) -> int:
        """A number or array that never changes; an array is not copied."""
        array = value if isinstance(value, np.ndarray) else np.asarray(value, dtype=np.float64)
        if array.shape == ():
            number = float(array)
            key: object = number or (CONST, math.copysign(1.0, number))  # 0 and −0 differ
            if number != number:
                key = CONST
            stored: Number = number
        else:
            stored = array if array.dtype == np.float64 else array.astype(np.float64)
            key = (CONST, id(stored))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._new(CONST, (), (), array.shape)
            self.constants[known] = stored
        return known

    def leaf(self, name: str, shape: Shape = ()) -> int:
        """A value that every iteration is given: a parameter, what an optimizer remembers, the learning rate."""
        self.leaves[name] = self._new(LEAF, (), (("name", name),), shape)
        return self.leaves[name]

    def scalar(self, v: int) -> float | None:
        """The number where v is a scalar constant, else None."""
        found = self.constants.get(v)
        return found if isinstance(found, float) else None

    def found(self, op: str, args: tuple[int, ...], attrs: Attrs = ()) -> int | None:
        """The value of that operation on those values, where something has asked for it."""
        return self._known.get((op, args, attrs))

    def apply(self, op: str, args: tuple[int, ...], attrs: Attrs = (), shape: Shape | None = None) -> int:
        """The value of an operation on values: an equal one that exists, a simpler one, a constant, or a new one.

        A composite operation is taken apart. Without `shape` it is NumPy's broadcast of the operands' shapes.
        """
        if op in SPLIT and not all(a in self.constants for a in args):
            return SPLIT[op](self, args, attrs)
        return self.make(op, args, attrs, shape)

    def make(self, op: str, args: tuple[int, ...], attrs: Attrs = (), shape: Shape | None = None) -> int:
        """As `apply`, with a composite operation left whole."""
        shapes = self.shapes
        if shape is None:
            shape = shapes[args[0]]
            if any(shapes[a] != shape for a in args):
                shape = tuple(np.broadcast_shapes(*[shapes[a] for a in args]))
        if shape and len(args) > 1 and op in PER_ENTRY:
            args = self._unspread(args, shape)
        tidy = TIDY.get(op)
        if tidy is not None and (op not in ARITHMETIC or args[0] in self._special or args[-1] in self._special):
            simpler = tidy(self, args, attrs, shape)
            if simpler is not None:
                return simpler
        constants = self.constants
        if args[0] in constants and op in VALUES and all(a in constants for a in args):
            key = (op, args, attrs)
            if key not in self._known:
                self._known[key] = self.constant(VALUES[op](*[np.asarray(constants[a]) for a in args], **dict(attrs)))
            return self._known[key]
        return self._shared(op, args, attrs, shape)

    def _shared(self, op: str, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int:
        """An equal value that exists, or a new one."""
        key = (op, args[::-1] if op in ("add", "mul") and args[0] > args[1] else args, attrs)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._new(op, args, attrs, shape)
        return known

    def _unspread(self, args: tuple[int, ...], shape: Shape) -> tuple[int, ...]:
        """Operands without the repetition that broadcasting does anyway."""
        shapes = self.shapes
        for i, a in enumerate(args):
            if not any(shapes[b] == shape for b in args[:i] + args[i + 1 :]):
                continue
            if self.ops[a] == "broadcast_to":
                args = (*args[:i], self.args[a][0], *args[i + 1 :])
            elif a in self.constants and shapes[a]:
                array = np.asarray(self.constants[a])
                if array.size and bool(np.all(array == array.flat[0])):
                    args = (*args[:i], self.constant(float(array.flat[0])), *args[i + 1 :])
        return args

    def total(self, terms: Sequence[int]) -> int:
        """The sum of equally shaped values; a long one stays one value with many operands."""
        if len(terms) > 3:
            return self.apply("total", tuple(terms), (), self.shapes[terms[0]])
        out = terms[0]
        for term in terms[1:]:
            out = self.apply("add", (out, term), (), self.shapes[out])
        return out

    def expression(self, e: Expr, env: Mapping[str, int], done: dict[int, int] | None = None) -> int:
        """The value of a typed expression over names.

        A tree that stands there twice is walked once; with `done`, also one that stands in several expressions, which
        must all outlive it.
        """
        if done is None:
            done = {}
        if e.depth < RECURSE:
            return self._walk(e, env, done)
        stack: list[Expr] = [e]
        while stack:
            top = stack[-1]
            waiting = [a for a in top.args if id(a) not in done] if isinstance(top, Apply) else []
            if waiting:
                stack.extend(reversed(waiting))
            else:
                done[id(top)] = self._walk(top, env, done)
                stack.pop()
        return done[id(e)]

    def _walk(self, e: Expr, env: Mapping[str, int], done: dict[int, int]) -> int:
        if type(e) is Var:
            return env[e.name]
        known = done.get(id(e))
        if known is not None:
            return known
        if type(e) is Apply:
            values = []
            for a in e.args:
                if type(a) is Var:
                    values.append(env[a.name])
                else:
                    v = done.get(id(a))
                    values.append(self._walk(a, env, done) if v is None else v)
            args, op = tuple(values), e.op.name
            simple = not e.shape and op in ARITHMETIC and self._special.isdisjoint(args)
            known = (self._shared if simple else self.apply)(op, args, e.attrs, e.shape)
        else:
            assert isinstance(e, Const)
            known = self.constant(e.value)
        done[id(e)] = known
        return known

    def live(self, outputs: Iterable[int]) -> list[bool]:
        """Which values are needed for `outputs`."""
        needed = [False] * len(self.ops)
        for v in outputs:
            needed[v] = True
        for v in range(len(needed) - 1, -1, -1):
            if needed[v]:
                for a in self.args[v]:
                    needed[a] = True
        return needed

    def evaluate(self, given: Mapping[str, Number], outputs: Sequence[int]) -> list[Number]:
        """The outputs by the operations' own NumPy values, one after the other: slow and as true as they are."""
        values: dict[int, Number] = dict(self.constants)
        values.update((v, given[name]) for name, v in self.leaves.items() if name in given)
        needed = self.live(outputs)
        with np.errstate(all="ignore"):
            for v, op in enumerate(self.ops):
                if needed[v] and v not in values:
                    values[v] = VALUES[op](*[np.asarray(values[a]) for a in self.args[v]], **dict(self.attrs[v]))
        return [values[v] for v in outputs]


# ---- simplifications that change no float64 result

Tidy = Callable[[Block, tuple[int, ...], Attrs, Shape], int | None]


def _add(block: Block, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int | None:
    a, b = args
    if block.scalar(a) == 0.0 and block.shapes[b] == shape:
        return b
    if block.scalar(b) == 0.0 and block.shapes[a] == shape:
        return a
    if block.ops[b] == "neg":
        return block.apply("sub", (a, block.args[b][0]), (), shape)
    if block.ops[a] == "neg":
        return block.apply("sub", (b, block.args[a][0]), (), shape)
    return None


def _sub(block: Block, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int | None:
    a, b = args
    if block.scalar(b) == 0.0 and block.shapes[a] == shape:
        return a
    if block.scalar(a) == 0.0 and block.shapes[b] == shape:
        return block.apply("neg", (b,), (), shape)
    if block.ops[b] == "neg":
        return block.apply("add", (a, block.args[b][0]), (), shape)
    return None


def _mul(block: Block, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int | None:
    for one, other in (args, args[::-1]):
        number = block.scalar(one)
        if number == 1.0 and block.shapes[other] == shape:
            return other
        if number == -1.0 and block.shapes[other] == shape:
            return block.apply("neg", (other,), (), shape)
        if number is None and block.ops[one] == "neg":
            inner = block.args[one][0]
            product = block.apply("mul", (inner, other) if one == args[0] else (other, inner), (), shape)
            return block.apply("neg", (product,), (), shape)
    return None


def _div(block: Block, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int | None:
    a, b = args
    if block.scalar(b) == 1.0 and block.shapes[a] == shape:
        return a
    if block.ops[a] == "neg":
        return block.apply("neg", (block.apply("div", (block.args[a][0], b), (), shape),), (), shape)
    return None


def _neg(block: Block, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int | None:
    (a,) = args
    if block.ops[a] == "neg":
        return block.args[a][0]
    return None


def _pow(block: Block, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int | None:
    a, n = args
    number = block.scalar(n)
    if number == 1.0 and block.shapes[a] == shape:
        return a
    if number == 2.0:
        return block.apply("mul", (a, a), (), shape)
    return None


def _square(block: Block, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int | None:
    return block.apply("mul", (args[0], args[0]), (), shape)


def _unmoved(block: Block, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int | None:
    """An arrangement of entries that leaves them where they are."""
    return args[0] if block.shapes[args[0]] == shape else None


def _transpose(block: Block, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int | None:
    (a,) = args
    if len(shape) < 2:
        return a
    if not attrs and block.ops[a] == "transpose" and not block.attrs[a]:
        return block.args[a][0]
    return None


def _reduce(block: Block, args: tuple[int, ...], attrs: Attrs, shape: Shape) -> int | None:
    """A sum over nothing."""
    return args[0] if block.shapes[args[0]] == shape == () else None


TIDY: dict[str, Tidy] = {
    "add": _add, "sub": _sub, "mul": _mul, "div": _div, "neg": _neg, "pow": _pow, "square": _square,
    "transpose": _transpose, "reshape": _unmoved, "broadcast_to": _unmoved, "sum_to": _unmoved,
    "sum": _reduce, "mean": _reduce, "max": _reduce, "min": _reduce,
}  # fmt: skip

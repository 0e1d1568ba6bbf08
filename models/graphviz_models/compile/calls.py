"""One operation on arrays as lines of NumPy calls that write into memory laid out beforehand.

Each call is a bound method or ufunc with its output as last operand: the cheapest way to reach NumPy from Python.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphviz_models.expr import Array, Attrs, Shape

from .instructions import CALLS, PER_ENTRY, UFUNCS, VALUES
from .source import Objects

ONE, ZERO = np.ones(()), np.zeros(())

#: Entries from which an array of zeros is worth its memory, and up to which it is as large as what it is compared with.
MANY, MOST = 256, 131_072


class Ref:
    """An operand: memory that is known now, or one array for each step of a loop, or a Python float (no arrays).

    `lead` is 1 where the first axis counts the members of a group, else 0; `values` are the values that lie there,
    where what is derived from them may be used again.
    """

    def __init__(
        self, calls: Calls, arrays: Sequence[Array], *, lead: int = 0, text: str = "", values: tuple[int, ...] = ()
    ) -> None:
        self.calls = calls
        self.arrays = arrays
        self.lead = lead
        self.values = values
        self._text = text

    @property
    def text(self) -> str:
        """How the code names it."""
        if not self._text:
            self._text = self.calls.bind(self.arrays)
        return self._text

    @property
    def shape(self) -> Shape:
        """The NumPy shape, members included; a Python float has ()."""
        return tuple(self.arrays[0].shape) if self.arrays else ()

    @property
    def inner(self) -> Shape:
        """The shape of one member."""
        return self.shape[self.lead :]

    @property
    def contiguous(self) -> bool:
        """Whether the entries lie one after the other."""
        return all(a.flags.c_contiguous for a in self.arrays)

    def view(self, f: Callable[[Array], Array], *, lead: int | None = None) -> Ref:
        """The same memory seen otherwise."""
        return Ref(self.calls, [f(a) for a in self.arrays], lead=self.lead if lead is None else lead)

    def shaped(self, *shape: int) -> Ref:
        """Contiguous memory with other axes, none of them counting members."""
        return self.view(lambda a: a.reshape(shape), lead=0)

    def method(self, name: str) -> str:
        """A bound method of the array, which spares looking it up."""
        return self.calls.bind([getattr(a, name) for a in self.arrays], self.arrays)


class Calls:
    """Writes operations; where operands have one array for each step of a loop, `loop` collects them by name."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.loop: dict[str, list[object]] = {}
        self._loop_names: dict[tuple[object, ...], str] = {}
        self.shared: dict[object, tuple[Ref, ...]] = {}

    # ---- operands

    def bind(self, things: Sequence[object], of: Sequence[object] | None = None) -> str:
        """A name for one thing, or for one thing a step. Bound methods are told apart by what they are bound to."""
        if len(things) == 1:
            return self.objects.name(things[0])
        key = (*map(id, of or things), getattr(things[0], "__name__", ""))
        known = self._loop_names.get(key)
        if known is None:
            known = self._loop_names[key] = f"r{len(self.loop)}"
            self.loop[known] = list(things)
        return known

    def memory(self, array: Array, *, lead: int = 0, values: tuple[int, ...] = ()) -> Ref:
        """Known memory as an operand."""
        return Ref(self, [array], lead=lead, values=values)

    def steps(self, arrays: Sequence[Array]) -> Ref:
        """One array for each step of a loop."""
        return Ref(self, arrays[:1] if all(a is arrays[0] for a in arrays) else arrays)

    def number(self, x: float) -> Ref:
        """A scalar that never changes: as an array without axes it costs a ufunc nothing."""
        return self.memory(ZERO if x == 0.0 else ONE if x == 1.0 else np.asarray(x))

    def float(self, text: str) -> Ref:
        """A Python float of the generated code."""
        return Ref(self, (), text=text)

    def buffer(self, shape: Shape, dtype: Any = np.float64) -> Ref:
        """New memory, the same for every step."""
        return self.memory(np.zeros(shape, dtype=dtype))

    def zeros(self, shape: Shape) -> Ref:
        """Zeros for a larger array: NumPy's maximum is three times as fast with an array as with a scalar."""
        size = math.prod(shape)
        if size < MANY:
            return self.memory(ZERO)
        few = shape if size <= MOST else shape[-1:]
        found = self.shared.get(("zeros", few))
        if found is None:
            found = self.shared["zeros", few] = (self.buffer(few),)
        return found[0]

    def ufunc(self, name: str) -> str:
        """The name of a NumPy ufunc."""
        return self.objects.name(getattr(np, name))

    # ---- operations

    def write(self, op: str, attrs: Attrs, out: Ref, args: Sequence[Ref], places: Ref | None = None) -> list[str]:
        """The lines that put the operation's value into `out`; `places` are the entries that a choice points at.

        Raises ValueError for many members of an operation that has no form for them.
        """
        if op in PER_ENTRY or op == "total":
            return self._per_entry(op, attrs, out, [self._aligned(a, len(out.inner)) for a in args])
        rule = RULES.get(op)
        known = {**dict(attrs), "places": places, "stacked": op == "stack"}
        lines = rule(self, known, out, args) if rule is not None else None
        if lines is not None:
            return lines
        if out.lead:
            raise ValueError(f"{op} has no form for many members")
        return self._general(op, attrs, out, args)

    def _aligned(self, a: Ref, rank: int) -> Ref:
        """A stacked operand with axes put in, so that NumPy's broadcasting pairs what belongs together."""
        missing = rank - len(a.inner)
        if not a.lead or missing == 0:
            return a
        return a.view(lambda x: x[(slice(None), *(None,) * missing)])

    def _per_entry(self, op: str, attrs: Attrs, out: Ref, args: Sequence[Ref]) -> list[str]:
        if op == "total":
            add = self.ufunc("add")
            first = f"{add}({args[0].text}, {args[1].text}, {out.text})"
            return [first, *[f"{add}({out.text}, {a.text}, {out.text})" for a in args[2:]]]
        if op in CALLS:
            lines = []
            for template in CALLS[op]:
                ufunc, _, operands = template.partition("(")
                texts = [a.text if f"{{{i}}}" in operands else "" for i, a in enumerate(args)]
                known = {"o": out.text}
                if "{z}" in operands:
                    known["z"] = self.memory(ZERO).text
                if "{zeros}" in operands:
                    known["zeros"] = self.zeros(out.shape).text
                lines.append(f"{self.ufunc(ufunc)}({operands.format(*texts, **known)}")
            return lines
        found = UFUNCS.get(op)
        if found is not None:
            # NumPy 2.4 deprecates an output by position for these two.
            to = f"out={out.text}" if op in ("maximum", "minimum") else out.text
            return [f"{self.objects.name(found)}({', '.join(a.text for a in args)}, {to})"]
        return self._general(op, attrs, out, args)

    def _general(self, op: str, attrs: Attrs, out: Ref, args: Sequence[Ref]) -> list[str]:
        """The operation's own NumPy value, copied."""
        value = functools.partial(VALUES[op], **dict(attrs)) if attrs else VALUES[op]
        return [f"{out.text}[...] = {self.objects.name(value)}({', '.join(a.text for a in args)})"]

    def dot(self, a: Ref, b: Ref, out: Ref) -> str:
        """a @ b of at most two axes each; BLAS reads a transpose as it lies."""
        if out.contiguous:
            return f"{a.method('dot')}({b.text}, {out.text})"
        return f"{self.ufunc('matmul')}({a.text}, {b.text}, {out.text})"


Rule = Callable[[Calls, dict[str, Any], Ref, Sequence[Ref]], list[str] | None]

#: Operations on whole arrays, each with the calls that it becomes; None from a rule means it has no better form than
#: its value.
RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Enters a function into RULES."""

    def enter(f: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, f))
        return f

    return enter

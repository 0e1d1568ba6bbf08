"""Values as operands of generated code: a Python float, memory, or many values stacked along a leading axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphviz_models.expr import Array, Shape
from graphviz_models.ops.arrays import key_of

from .calls import Calls, Ref
from .instructions import VALUES
from .memory import Memory
from .plan import Plan
from .source import Floats


class Operands:
    """Finds values where they are, and adds the lines that bring them where they are wanted."""

    def __init__(self, plan: Plan, memory: Memory, calls: Calls, text: Floats) -> None:
        self.plan = plan
        self.block = plan.block
        self.memory = memory
        self.calls = calls
        self.text = text
        self.lines = text.lines

    def float(self, v: int) -> str:
        """Text of a scalar value as a Python float."""
        self.known(v)
        return self.text.operand(v)

    def one(self, v: int) -> Ref:
        """One value as an operand of a NumPy call."""
        number = self.block.scalar(v)
        if number is not None:
            return self.calls.number(number)
        if v in self.text.pending or (v in self.text.names and self.memory.find(v) is None):
            return self.calls.float(self.text.named(v))
        return self.calls.memory(self.array(v), values=(v,))

    def array(self, v: int) -> Array:
        """Memory of one value; a view is made of its operand's, a Python float is put into some."""
        array = self.memory.find(v) if v not in self.text.pending else None
        if array is None and self.plan.is_view(v):
            array = self.memory.of[v] = self.seen(v)
        if array is None:
            array = self.memory.of[v] = np.zeros(())
            self.lines.append(f"{self.calls.objects.name(array)}[...] = {self.text.named(v)}")
        return array

    def seen(self, v: int) -> Array:
        """A view of the operand's memory."""
        base = self.array(self.block.args[v][0])
        return _view(self.block.ops[v], dict(self.block.attrs[v]), base, self.block.shapes[v])

    def stacked(self, values: Sequence[int]) -> Ref:
        """Values of equal shape as one operand with a leading axis, or the one value that they all are."""
        if all(v == values[0] for v in values):
            return self.one(values[0])
        base = self.plan.base(values)
        stack = self.plan.layout.stack(base)
        if stack is None:
            stack = self._gathered(base)
        at: Sequence[int] = values
        views = []
        while tuple(at) != base:
            views.append(at[0])
            at = [self.block.args[v][0] for v in at]
        for v in reversed(views):
            seen = _stacked_view(self.block.ops[v], dict(self.block.attrs[v]), stack, self.block.shapes[v])
            if seen is None:
                stack = self._gathered(values)
                break
            stack = seen
        return self.calls.memory(stack, lead=1, values=tuple(values))

    def _gathered(self, values: Sequence[int]) -> Array:
        """A copy of values that do not lie together, made anew in every iteration."""
        out = np.zeros((len(values), *self.block.shapes[values[0]]))
        i = 0
        while i < len(values):
            n = 1
            stack = None
            while i + n < len(values) and n < 4 and (more := self.plan.layout.stack(values[i : i + n + 1])) is not None:
                stack, n = more, n + 1
            if stack is None:
                if values[i] in self.block.constants:
                    out[i] = self.block.constants[values[i]]
                else:
                    self.lines.append(f"{self.calls.objects.name(out)}[{i}] = {self.one(values[i]).text}")
                i += 1
                continue
            while i + n < len(values) and (more := self.plan.layout.stack(values[i : i + n + 1])) is not None:
                stack, n = more, n + 1
            self.lines.append(f"{self.calls.objects.name(out[i : i + n])}[...] = {self.calls.objects.name(stack)}")
            i += n
        return out

    def keep(self, v: int) -> None:
        """Writes a Python float to the row that calls read it from."""
        if v in self.plan.layout.at:
            home, i = self.plan.layout.at[v]
            self.lines.append(f"{self.calls.objects.name(home)}[{i}] = {self.text.named(v)}")

    def known(self, v: int) -> None:
        """Makes sure that a scalar has a text."""
        if v not in self.text.names and v not in self.text.pending and v not in self.block.constants:
            self.named(v, f"{self.calls.memory(self.array(v)).method('item')}()", keep=False)

    def named(self, v: int, text: str, *, keep: bool = True) -> None:
        self.text.names[v] = f"v{v}"
        self.lines.append(f"v{v} = {text}")
        if keep:
            self.keep(v)


def _view(op: str, attrs: dict[str, Any], base: Array, shape: Shape) -> Array:
    """Memory seen as the operation says."""
    if op == "index":
        key = key_of(attrs["index"], ())
        return base[key if Ellipsis in key else (*key, ...)]
    if op == "reshape":
        return base.reshape(shape)
    return np.asarray(VALUES[op](base, **attrs))


def _stacked_view(op: str, attrs: dict[str, Any], stack: Array, shape: Shape) -> Array | None:
    """A view of every member of a stack, or None where it would be a copy."""
    n = stack.shape[0]
    if op == "transpose":
        axes = attrs.get("axes") or tuple(range(stack.ndim - 1))[::-1]
        return stack.transpose(0, *(a % (stack.ndim - 1) + 1 for a in axes))
    if op == "flip":
        return stack[:, ::-1]
    if op == "broadcast_to":
        missing = len(shape) - (stack.ndim - 1)
        return np.broadcast_to(stack[(slice(None), *(None,) * missing)], (n, *shape))
    if op == "index":
        return stack[(slice(None), *key_of(attrs["index"], ()))]
    seen = stack.reshape((n, *shape))
    return seen if np.shares_memory(seen, stack) else None

"""The arrays that values are computed into: rows that lie together, memory that is used again once nobody reads it."""

from __future__ import annotations

import numpy as np

from graphviz_models.expr import Array, Shape

from .instructions import CALLS, PER_ENTRY, UFUNCS
from .plan import Plan


class Memory:
    """`of[v]` is the array of value v, as long as something reads it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.of: dict[int, Array] = {}
        self._spare: dict[Shape, list[Array]] = {}
        self._owned: set[int] = set()
        self._last = plan.last_reads()
        self._now = 0

    def leaf(self, v: int) -> Array:
        """Memory that lasts, for what an iteration is given."""
        self.of[v] = self.row(v) if v in self.plan.layout.at else np.zeros(self.plan.block.shapes[v])
        return self.of[v]

    def row(self, v: int) -> Array:
        """The row of a value among those that lie together."""
        home, i = self.plan.layout.at[v]
        return home[i, ...]

    def find(self, v: int) -> Array | None:
        """The array of value v: a row, memory of its own, or a constant; None for a Python float."""
        found = self.of.get(v)
        if found is None:
            constant = self.plan.block.constants.get(v)
            if constant is not None:
                found = self.of[v] = np.asarray(constant)
            elif v in self.plan.layout.at:
                found = self.of[v] = self.row(v)
        return found

    def destination(self, v: int) -> Array:
        """Where v is put: its row, an operand read for the last time, memory that became free, or new memory."""
        block = self.plan.block
        if v in self.plan.layout.at:
            self.of[v] = self.row(v)
            return self.of[v]
        op, shape = block.ops[v], block.shapes[v]
        if op == "put":  # its zeros are written once
            self.of[v] = np.zeros(shape)
            return self.of[v]
        if v not in self.plan.reading.sums and op in PER_ENTRY and (op in UFUNCS or len(CALLS.get(op, "")) == 1):
            for a in block.args[v]:
                if a in self._owned and self._last.get(a) == self._now and block.shapes[a] == shape:
                    self._owned.remove(a)
                    self._owned.add(v)
                    self.of[v] = self.of[a]
                    return self.of[v]
        spare = self._spare.get(shape)
        self.of[v] = spare.pop() if spare else np.zeros(shape)
        self._owned.add(v)
        return self.of[v]

    def done(self) -> None:
        """The next piece begins: memory that was read for the last time is free."""
        free = [v for v in self._owned if self._last.get(v, self._now) <= self._now]
        for v in free:
            self._owned.remove(v)
            self._spare.setdefault(self.of[v].shape, []).append(self.of[v])
        self._now += 1

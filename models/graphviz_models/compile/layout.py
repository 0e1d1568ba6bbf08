"""Where array values lie: what one call works on lies in one block of memory, row after row.

Every group of values that is computed or read by one call asks for consecutive rows. Requests are met in turn by tying
rows together; one that contradicts an earlier one is met by copying, when the code is written.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import pairwise

import numpy as np

from graphviz_models.expr import Array

from .ssa import CONST, Block

#: A row is a value, or a copy of a constant beside a certain row: constants may lie in several places.
Row = Hashable


class Layout:
    """Rows tied to their neighbours; after `place`, `at` tells every row's array and index."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.at: dict[Row, tuple[Array, int]] = {}
        self._beside: dict[Row, list[Row]] = {}
        self._end: dict[Row, Row] = {}
        self._alike: list[tuple[list[Row], list[Row]]] = []
        self._stacks: dict[tuple[int, ...], Array] = {}

    def rows(self, values: Sequence[int]) -> list[Row]:
        """The rows of these values, each constant as a copy beside its neighbour."""
        ops = self.block.ops
        rows: list[Row] = list(values)
        if CONST not in (ops[values[0]], ops[values[-1]]) and not any(ops[v] == CONST for v in values):
            return rows
        inner = [i for i, v in enumerate(values) if ops[v] != CONST]
        if not inner:
            return rows
        for i in range(inner[0] - 1, -1, -1):
            rows[i] = (CONST, values[i], rows[i + 1])
        for i in range(inner[0] + 1, len(values)):
            if ops[values[i]] == CONST:
                rows[i] = (CONST, values[i], rows[i - 1])
        return rows

    def request(self, *sequences: Sequence[int]) -> None:
        """Asks that each sequence of values lies in consecutive rows, all of them in the same direction."""
        tied = []
        for values in sequences:
            rows = self.rows(values)
            if all(self.block.ops[v] == CONST for v in values) or len(set(rows)) < len(rows):
                continue
            if self._tie(rows):
                tied.append(rows)
        self._alike.extend(pairwise(tied))

    def _tie(self, rows: list[Row]) -> bool:
        beside, end = self._beside, self._end
        made: list[tuple[Row, Row]] = []
        for r in rows:
            if r not in beside:
                beside[r] = []
                end[r] = r
        free = {r: 2 - len(beside[r]) for r in rows}
        for a, b in pairwise(rows):
            if b not in beside[a]:
                free[a] -= 1
                free[b] -= 1
                if free[a] < 0 or free[b] < 0:
                    return False
        for a, b in pairwise(rows):
            if b in beside[a]:
                continue
            if end[a] == b:
                for x, y in reversed(made):
                    self._untie(x, y)
                return False
            beside[a].append(b)
            beside[b].append(a)
            far_a, far_b = end[a], end[b]
            end[far_a], end[far_b] = far_b, far_a
            made.append((a, b))
        return True

    def _untie(self, a: Row, b: Row) -> None:
        self._beside[a].remove(b)
        self._beside[b].remove(a)
        for start, avoid in ((a, b), (b, a)):
            last, here = avoid, start
            while True:
                onward = [r for r in self._beside[here] if r != last]
                if not onward:
                    break
                last, here = here, onward[0]
            self._end[here] = start
            self._end[start] = here

    def place(self) -> None:
        """Allocates an array for every string of rows that are tied together."""
        strings: list[list[Row]] = []
        where: dict[Row, tuple[int, int]] = {}
        for start, ties in self._beside.items():
            if start in where or len(ties) > 1:
                continue
            string = [start]
            last = start
            while True:
                onward = [r for r in self._beside[string[-1]] if r != last]
                if not onward:
                    break
                last = string[-1]
                string.append(onward[0])
            where.update((r, (len(strings), i)) for i, r in enumerate(string))
            strings.append(string)
        flipped = self._directions(len(strings), where)
        for s, string in enumerate(strings):
            if s in flipped:
                string.reverse()
            home = np.zeros((len(string), *self.block.shapes[self._value(string[0])]))
            for i, r in enumerate(string):
                self.at[r] = (home, i)
                if isinstance(r, tuple):
                    home[i] = self.block.constants[self._value(r)]

    def _value(self, row: Row) -> int:
        return row[1] if isinstance(row, tuple) else row  # type: ignore[return-value]

    def _directions(self, count: int, where: dict[Row, tuple[int, int]]) -> set[int]:
        """The strings to be turned round so that sequences of one call run the same way, as far as possible."""
        beside: list[list[tuple[int, bool]]] = [[] for _ in range(count)]
        for a, b in self._alike:
            (sa, first_a), (sb, first_b) = where[a[0]], where[b[0]]
            same = (where[a[-1]][1] > first_a) == (where[b[-1]][1] > first_b)
            beside[sa].append((sb, same))
            beside[sb].append((sa, same))
        turn: dict[int, bool] = {}
        for start in range(count):
            if start in turn:
                continue
            turn[start] = False
            stack = [start]
            while stack:
                s = stack.pop()
                for other, same in beside[s]:
                    if other not in turn:
                        turn[other] = turn[s] if same else not turn[s]
                        stack.append(other)
        return {s for s, turned in turn.items() if turned}

    def stack(self, values: Sequence[int]) -> Array | None:
        """The values' rows as one array, a view of where they lie; None where they do not lie in even steps."""
        if all(self.block.ops[v] == CONST for v in values):
            key = tuple(values)
            if key not in self._stacks:
                self._stacks[key] = np.stack([np.asarray(self.block.constants[v]) for v in values])
            return self._stacks[key]
        rows = self.rows(values)
        found = [self.at.get(r) for r in rows]
        if found[0] is None:
            return None
        home, first = found[0]
        step = 1
        if len(found) > 1:
            if found[1] is None:
                return None
            step = found[1][1] - first
        if step == 0:
            return None
        expected = first
        for place in found:
            if place is None or place[0] is not home or place[1] != expected:
                return None
            expected += step
        return home[first : expected if expected >= 0 else None : step]

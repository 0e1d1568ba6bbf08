"""A recurrence of scalars as a loop over Python floats: NumPy would take a call for every operation of every step.

Only what runs round the ring is in the loop. What other code reads of it is recorded as a list, or computed again after
the loop on whole arrays, which is cheaper than recording it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .batch import Piece
from .source import Floats
from .ssa import Block

#: Steps from which computing a line again on arrays is cheaper than recording it.
MANY = 24


@dataclass(frozen=True)
class Slot:
    """Where a line's operand comes from: `line` of this loop, `before` steps ago, or values given from outside.

    With `before` > 0, `values` are what stands for the steps before the first.
    """

    values: tuple[int, ...] = ()
    line: int = -1
    before: int = 0

    @property
    def given(self) -> bool:
        """Whether it differs from step to step and comes from outside."""
        return self.line < 0 and any(v != self.values[0] for v in self.values)


def slots(block: Block, piece: Piece) -> list[list[Slot]] | None:
    """The operands of every line, or None where they follow no rule."""
    line_of = {v: (k, i) for k, line in enumerate(piece.members) for i, v in enumerate(line)}
    found: list[list[Slot]] = []
    for line in piece.members:
        row: list[Slot] = []
        for values in zip(*[block.args[v] for v in line], strict=True):
            inside = [line_of.get(a) for a in values]
            last = inside[-1]
            if last is None:
                if any(place is not None for place in inside):
                    return None
                row.append(Slot(values))
                continue
            k, before = last[0], len(values) - 1 - last[1]
            if before < 0 or any(place is not None for place in inside[:before]):
                return None
            if any(place != (k, i - before) for i, place in enumerate(inside) if i >= before):
                return None
            row.append(Slot(tuple(values[:before]), k, before))
        found.append(row)
    return found


class FloatLoop:
    """The loop over a piece whose values are all scalars; `read` are the values that other code reads."""

    def __init__(self, block: Block, piece: Piece, operands: list[list[Slot]], read: set[int]) -> None:
        self.block = block
        self.piece = piece
        self.slots = operands
        self.steps = len(piece.members[0])
        lines = range(len(piece.members))
        wanted = [k for k in lines if any(v in read for v in piece.members[k][:-1])]
        carried = sorted({s.line for row in operands for s in row if s.before})
        self.recorded = wanted
        self.again: list[int] = []
        if len(wanted) > len(carried) and self.steps >= MANY:
            self.recorded = carried
            self.again = self._again(wanted)
        self.finals = [
            k for k in lines if k not in self.recorded and k not in self.again and piece.members[k][-1] in read
        ]

    def _again(self, wanted: Sequence[int]) -> list[int]:
        """The lines to compute again from what is recorded, operands first."""
        needed: set[int] = set()
        stack = [k for k in wanted if k not in self.recorded]
        while stack:
            k = stack.pop()
            if k not in needed:
                needed.add(k)
                stack += [s.line for s in self.slots[k] if s.line >= 0 and s.line not in self.recorded]
        return sorted(needed)

    @property
    def adds(self) -> Slot | None:
        """The terms, where the loop does nothing but add one after the other to a sum whose every value is recorded."""
        if len(self.slots) != 1 or self.block.ops[self.piece.members[0][0]] != "add" or self.recorded != [0]:
            return None
        own = [s for s in self.slots[0] if s.line == 0 and s.before == 1]
        rest = [s for s in self.slots[0] if s.given]
        return rest[0] if len(own) == len(rest) == 1 else None

    @property
    def given(self) -> list[tuple[int, ...]]:
        """The sequences that the loop reads step by step, each once."""
        return list(dict.fromkeys(s.values for row in self.slots for s in row if s.given))

    def name(self, k: int) -> str:
        """The variable of line k; after the loop it holds the last step's value."""
        return f"w{self.piece.members[k][0]}"

    def write(
        self, text: Floats, lists: Callable[[tuple[int, ...]], str], record: Callable[[int, str], list[str]]
    ) -> list[str]:
        """The lines of the loop. `lists` names the list of a given sequence, `record` stores a recorded line's list."""
        members = self.piece.members
        steps = {values: f"u{members[0][0]}_{i}" for i, values in enumerate(self.given)}
        inlined = self._inlined()
        direct = self._direct(inlined)
        start: dict[str, str] = {}
        before: dict[tuple[int, int, tuple[int, ...]], str] = {}
        for s in (s for row in self.slots for s in row if s.before):
            if s.line in direct:
                start.setdefault(self.name(s.line), text.operand(s.values[0]))
                continue
            for d in range(1, s.before + 1):
                first = s.values[s.before - d :]
                if (s.line, d, first) not in before:
                    before[s.line, d, first] = f"q{members[s.line][0]}_{len(before)}"
                    start[before[s.line, d, first]] = text.operand(first[0])
        body: list[tuple[int, str]] = []
        inline: dict[int, str] = {}
        for k, line in enumerate(members):
            operands = []
            for s in self.slots[k]:
                if s.line < 0:
                    operands.append(steps[s.values] if s.given else text.operand(s.values[0]))
                elif s.before and s.line not in direct:
                    operands.append(before[s.line, s.before, s.values])
                else:
                    operands.append(f"({inline[s.line]})" if s.line in inline and not s.before else self.name(s.line))
            expression = text.formula(self.block.ops[line[0]], operands)
            if k in inlined:
                inline[k] = expression
            else:
                body.append((k, expression))
        turn = [
            f"{name} = {self.name(k) if d == 1 else before[k, d - 1, first[1:]]}"
            for (k, d, first), name in sorted(before.items(), key=lambda item: -item[0][1])
        ]
        opening = [f"{name} = {value}" for name, value in start.items()]
        return [*opening, *self._loop(body, turn, steps, lists, record)]

    def _inlined(self) -> dict[int, int]:
        """The lines that stand inside their only reader's expression, with the line where that expression ends up."""
        kept = {*self.recorded, *self.finals, *(s.line for row in self.slots for s in row if s.before)}
        found: dict[int, int] = {}
        for k in range(len(self.slots) - 1, -1, -1):
            readers = [
                (j, i) for j, row in enumerate(self.slots) for i, s in enumerate(row) if s.line == k and not s.before
            ]
            if k not in kept and len(readers) == 1:
                j, i = readers[0]
                if Floats.occurs(self.block.ops[self.piece.members[j][0]], i) == 1:
                    found[k] = found.get(j, j)
        return found

    def _direct(self, inlined: dict[int, int]) -> set[int]:
        """The lines whose variable still holds the last step's value wherever that is read."""
        found: set[int] = set()
        for k in range(len(self.slots)):
            readers = [
                (inlined.get(j, j), s) for j, row in enumerate(self.slots) for s in row if s.line == k and s.before
            ]
            if readers and all(j <= k and s.before == 1 and s.values == readers[0][1].values for j, s in readers):
                found.add(k)
        return found

    def _loop(
        self,
        body: Sequence[tuple[int, str]],
        turn: Sequence[str],
        steps: dict[tuple[int, ...], str],
        lists: Callable[[tuple[int, ...]], str],
        record: Callable[[int, str], list[str]],
    ) -> list[str]:
        sources = [lists(values) for values in steps]
        if not steps:
            head = f"for _ in range({self.steps})"
        elif len(steps) == 1:
            head = f"for {next(iter(steps.values()))} in {sources[0]}"
        else:
            head = f"for {', '.join(steps.values())} in zip({', '.join(sources)})"
        listed = {k: f"l{self.piece.members[k][0]}" for k in self.recorded}
        after = [line for k in self.recorded for line in record(k, listed[k])]
        if len(body) == 1 and not turn and self.recorded == [body[0][0]]:
            k, expression = body[0]
            return [f"{listed[k]} = [{self.name(k)} := {expression} {head}]", *after]
        lines = [line for k in self.recorded for line in (f"{listed[k]} = []", f"a{listed[k]} = {listed[k]}.append")]
        lines.append(f"{head}:")
        for k, expression in body:
            lines.append(f"    {self.name(k)} = {expression}")
            if k in self.recorded:
                lines.append(f"    a{listed[k]}({self.name(k)})")
        lines += [f"    {line}" for line in turn]
        return [*lines, *after]

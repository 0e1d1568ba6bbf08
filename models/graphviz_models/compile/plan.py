"""The pieces of an iteration in order, which of them are loops on floats, and what must lie together in memory."""

from __future__ import annotations

from collections.abc import Sequence

from .batch import Grouping, Piece
from .instructions import CALLS, TEXT
from .layout import Layout
from .loops import FloatLoop, slots
from .ssa import Block
from .sums import reading

#: Operations that see memory otherwise and compute nothing.
VIEWS = ("transpose", "broadcast_to", "flip")


class Plan:
    """What is decided before the first line is written.

    `names[e]` is what equation e defines, `ends` are the values of all equations, `outputs` what leaves the iteration.
    """

    def __init__(self, block: Block, outputs: Sequence[int], names: Sequence[str], ends: set[int]) -> None:
        self.block = block
        self.outputs = outputs
        self.reading = reading(block, outputs, names)
        self.layout = Layout(block)
        self.updates = [v for v in self.reading.order if block.origin[v] < 0]
        self.pieces = self._pieces(names, ends)
        self.loops = self._float_loops(outputs)
        self._request()

    def is_view(self, v: int) -> bool:
        """Whether the value is memory of its operand, seen otherwise."""
        op, args = self.block.ops[v], self.block.args[v]
        if op == "reshape":  # of what lies in order
            return self.block.ops[args[0]] == "reshape" or not self.is_view(args[0])
        return op in VIEWS or (op == "index" and len(args) == 1)

    def root(self, v: int) -> int:
        """The value whose memory v is a view of."""
        while self.is_view(v):
            v = self.block.args[v][0]
        return v

    def base(self, values: Sequence[int]) -> tuple[int, ...]:
        """What these values are views of, where each is the same view."""
        ops, attrs, args = self.block.ops, self.block.attrs, self.block.args
        first = values[0]
        while self.is_view(first) and all(ops[v] == ops[first] and attrs[v] == attrs[first] for v in values):
            values = [args[v][0] for v in values]
            first = values[0]
        return tuple(values)

    def operands(self, line: Sequence[int]) -> list[tuple[int, ...]]:
        """The operands of equal operations, slot by slot; one that NumPy's form never reads is left empty."""
        calls = CALLS.get(self.block.ops[line[0]])
        return [
            values if calls is None or any(f"{{{j}}}" in call for call in calls) else ()
            for j, values in enumerate(zip(*[self.block.args[v] for v in line], strict=True))
        ]

    def last_reads(self) -> dict[int, int]:
        """After which piece (then which update) the memory of a value is free, views of it counted in."""
        last: dict[int, int] = {}
        ops, seen = self.block.ops, {*VIEWS, "reshape", "index"}
        lines = [[v for line in piece.members for v in line] for piece in self.pieces] + [[v] for v in self.updates]
        for i, values in enumerate(lines):
            for v in values:
                for a in self.reading.reads[v]:
                    last[a] = i
                    if ops[a] in seen:
                        last[self.root(a)] = i
        for v in self.outputs:  # read when all is done
            last[v] = last[self.root(v)] = len(lines)
        return last

    def _pieces(self, names: Sequence[str], ends: set[int]) -> list[Piece]:
        order = [v for v in self.reading.order if self.block.origin[v] >= 0]
        found: list[Piece] = []
        alone = {*self.reading.sums, *self.reading.inner}
        for piece in Grouping(self.block, order, self.reading.reads, names, ends, alone).pieces():
            if not piece.loop and self.is_view(piece.members[0][0]):
                found += [Piece(((v,),)) for v in piece.members[0]]
            else:
                found.append(piece)
        return found

    def _float_loops(self, outputs: Sequence[int]) -> dict[Piece, FloatLoop]:
        block, found = self.block, {}
        for piece in self.pieces:
            if piece.loop and all(
                not block.shapes[line[0]] and block.ops[line[0]] in (*TEXT, "total") for line in piece.members
            ):
                operands = slots(block, piece)
                if operands is not None:
                    found[piece] = FloatLoop(block, piece, operands, self._read_outside(piece, outputs))
        return found

    def _read_outside(self, loop: Piece, outputs: Sequence[int]) -> set[int]:
        """The values that anything but the loop reads."""
        read = set(outputs)
        for v in self.updates:
            read.update(self.reading.reads[v])
        for piece in self.pieces:
            if piece is loop:
                continue
            for line in piece.members:
                if len(line) > 1 and not piece.loop:
                    read.update(a for values in self.operands(line) for a in values)
                else:
                    read.update(a for v in line for a in self.reading.reads[v])
        return read

    def _request(self) -> None:
        """Asks for memory: results first, so that these lie together whatever reads them."""
        rows: list[tuple[int, ...]] = []
        calls: list[tuple[int, ...]] = []
        for piece in self.pieces:
            loop = self.loops.get(piece)
            if loop is not None:
                rows += [piece.members[k] for k in loop.recorded]
                calls += [piece.members[k] for k in loop.again]
            elif piece.loop:
                rows += [line for line in piece.members if not self.is_view(line[0])]
            elif len(piece.members[0]) > 1:
                calls.append(piece.members[0])
        for line in (*rows, *calls):
            self.layout.request(line)
        for line in calls:
            self.layout.request(line, *[self.base(values) for values in self.operands(line) if len(set(values)) > 1])
        for loop in self.loops.values():
            for values in loop.given:
                self.layout.request(values)
        for parts in self.reading.sums.values():
            for part in parts:
                if part.kind in ("outer", "dot"):
                    self.layout.request(self.base(part.left), self.base(part.right))
                elif part.kind in ("stack", "scaled"):
                    self.layout.request(self.base(part.right or part.left))
        self.layout.place()

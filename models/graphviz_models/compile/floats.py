"""One training iteration as straight-line code on Python floats: for small programs a few times as fast as NumPy."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from graphviz_models.expr import Array, Shape

from .code import Code
from .entries import Expansion
from .instructions import TEXT
from .source import SUMS, Floats, Objects
from .ssa import CONST, LEAF, RATE, Block


class FloatCode(Code):
    """Parameters and what the optimizer remembers lie in one list of floats, entry after entry."""

    def __init__(
        self,
        block: Block,
        loss: int,
        updates: Mapping[str, int],
        leaves: Mapping[str, Shape],
        expansion: Expansion,
        kept: Mapping[str, int],
    ) -> None:
        small = expansion.block
        self.places: dict[str, tuple[int, Shape]] = {}
        names: dict[int, str] = {}
        new: list[int] = []
        old: list[str] = []
        for name, shape in leaves.items():
            self.places[name] = (len(old), shape)
            entries = expansion.entries.get(block.leaves[name])
            after = expansion.entries[updates[name]].ravel()
            for i in range(math.prod(shape)):
                old.append(f"p{len(old)}")
                new.append(after[i].v)
                if entries is not None:
                    names[entries.ravel()[i].v] = old[-1]
        names[small.leaves[f"{RATE}[0]"]] = "rate"
        value = expansion.entries[loss].ravel()[0].v
        recorded = {name: [e.v for e in expansion.entries[v].ravel()] for name, v in kept.items()}
        wanted = dict.fromkeys(v for row in recorded.values() for v in row if small.ops[v] != CONST)
        live = small.live([value, *new, *wanted])
        uses = [0] * len(small)
        for v in range(len(small)):
            if live[v]:
                for a in small.args[v]:
                    uses[a] += 1
        for v in (value, *new, *wanted):
            uses[v] += 2
        text = Floats(small, Objects(), uses, names)
        before = {v: f"o{v}" for v in wanted if small.ops[v] == LEAF}
        text.lines += [f"{old} = {names[v]}" for v, old in before.items()]
        for v, op in enumerate(small.ops):
            if live[v] and op not in (CONST, LEAF):
                text.compute(v)
        self.size = sum(live)
        self.quiet = all(small.ops[v] in (*TEXT, *SUMS, CONST, LEAF) for v in range(len(small)) if live[v])
        super().__init__(
            text.objects,
            old,
            text.lines,
            text.operand(value),
            [text.operand(v) for v in new],
            kept=[before.get(v) or text.operand(v) for v in wanted],
        )
        place = {v: i for i, v in enumerate(wanted)}
        self._kept = {
            name: (
                [small.scalar(v) for v in row],
                [i for i, v in enumerate(row) if v in place],
                [place[v] for v in row if v in place],
                block.shapes[kept[name]],
            )
            for name, row in recorded.items()
        }
        self.state = [0.0] * len(old)

    def get(self, name: str) -> Array:
        start, shape = self.places[name]
        return np.array(self.state[start : start + math.prod(shape)], dtype=np.float64).reshape(shape)

    def kept(self, name: str) -> Array:
        constants, at, held, shape = self._kept[name]
        found = np.array(constants, dtype=np.float64)
        found[at] = [self.held[i] for i in held]
        return found.reshape(shape)

    def set(self, name: str, value: Array) -> None:
        start, shape = self.places[name]
        self.state[start : start + math.prod(shape)] = np.asarray(value, dtype=np.float64).ravel().tolist()

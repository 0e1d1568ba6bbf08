"""One training iteration as NumPy calls into memory laid out beforehand, scalars between them as Python floats."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from graphviz_models.expr import Array, Shape

from .calls import Calls, Ref
from .code import Code
from .instructions import TEXT, UFUNCS
from .loops import FloatLoop, Slot
from .memory import Memory
from .operands import Operands
from .plan import Plan
from .rules import MOST_DOT, ones, positions, summed
from .source import Floats, Objects
from .ssa import LEAF, RATE, Block
from .sums import Part


class ArrayCode(Code):
    """Arrays of the state are updated in place; its scalars are floats in a list."""

    def __init__(
        self,
        block: Block,
        loss: int,
        updates: Mapping[str, int],
        names: Sequence[str],
        ends: set[int],
        kept: Mapping[str, int],
    ) -> None:
        self.block = block
        self.plan = Plan(block, [loss, *updates.values(), *kept.values()], names, ends)
        self.memory = Memory(self.plan)
        self.calls = Calls(Objects())
        scalars = [name for name in updates if not block.shapes[block.leaves[name]]]
        self.places = {name: i for i, name in enumerate(scalars)}
        given = {block.leaves[name]: f"p{i}" for i, name in enumerate(scalars)}
        rate = block.leaves[RATE]
        self.text = Floats(block, self.calls.objects, self.plan.reading.uses, {**given, rate: "rate"})
        self.lines = self.text.lines
        self.at = Operands(self.plan, self.memory, self.calls, self.text)
        self.arrays = {name: self.memory.leaf(block.leaves[name]) for name in updates if name not in self.places}
        start = f"{self.calls.objects.name(self.memory.leaf(rate))}[...] = rate"
        self._kept: dict[int, Array | int] = {}
        held = self._before(dict.fromkeys(kept.values()), given)
        for v in given:
            self.at.keep(v)
        for piece in self.plan.pieces:
            loop = self.plan.loops.get(piece)
            if loop is not None:
                self._float_loop(loop)
            elif piece.loop:
                self._loop(piece.members)
            elif len(piece.members[0]) > 1:
                self._group(piece.members[0])
            else:
                self._single(piece.members[0][0])
            self.memory.done()
        value = self.at.float(loss)
        for v in kept.values():
            self._locate(v, held)
        mark = len(self.lines)
        self._update(updates)
        new = [self.at.float(updates[name]) for name in scalars]
        super().__init__(
            self.calls.objects, list(given.values()), self.lines[:mark], value, new, self.lines[mark:], [start], held
        )
        self._names = dict(kept)

    def get(self, name: str) -> Array:
        if name in self.places:
            return np.array(self.state[self.places[name]])
        return self.arrays[name].copy()

    def set(self, name: str, value: Array) -> None:
        if name in self.places:
            self.state[self.places[name]] = float(value)
        else:
            self.arrays[name][...] = value

    def kept(self, name: str) -> Array:
        found = self._kept[self._names[name]]
        return np.array(self.held[found]) if isinstance(found, int) else found.copy()

    # ---- what is recorded

    def _before(self, kept: Iterable[int], floats: Mapping[int, str]) -> list[str]:
        """Keeps what is recorded of the state as it is before the update; the texts of the floats among it."""
        held: list[str] = []
        for v in kept:
            if v in floats:
                self.lines.append(f"o{v} = {floats[v]}")
                self._kept[v] = len(held)
                held.append(f"o{v}")
            elif self.block.ops[v] == LEAF:
                self._kept[v] = before = np.zeros(self.block.shapes[v])
                self.lines.append(f"{self.calls.objects.name(before)}[...] = {self.at.one(v).text}")
        return held

    def _locate(self, v: int, held: list[str]) -> None:
        """Finds a recorded value where it is after the iteration: in memory of its own, or a float with a name."""
        if v in self._kept:
            return
        if v in self.block.constants:
            self._kept[v] = np.asarray(self.block.constants[v])
        elif self.block.shapes[v] or self.memory.find(v) is not None:
            self._kept[v] = found = self.at.array(v)
            if any(np.may_share_memory(found, a) for a in self.arrays.values()):  # a view of what the update changes
                self._kept[v] = before = np.zeros(found.shape)
                seen = self.calls.objects.name(found)
                self.lines.append(f"{self.calls.objects.name(before)}[...] = {seen}")
        else:
            self.at.known(v)
            self._kept[v] = len(held)
            held.append(self.text.named(v))

    # ---- pieces

    def _single(self, v: int) -> None:
        """One value by itself."""
        block = self.block
        op, args = block.ops[v], block.args[v]
        if v in self.plan.reading.sums:
            self._sum(v)
        elif self.plan.is_view(v):
            if v in self.plan.layout.at:  # it lies among others that are no views
                row = self.calls.memory(self.memory.destination(v))
                self.lines.append(f"{row.text}[...] = {self.calls.memory(self.at.seen(v)).text}")
        elif block.shapes[v] == () and (op in TEXT or op == "total") and not any(block.shapes[a] for a in args):
            for a in args:
                self.at.known(a)
            self.text.compute(v, name=v in self.plan.layout.at)
            self.at.keep(v)
        elif block.shapes[v] == () and (text := self._reduced(v)) is not None:
            self.at.named(v, text)
        else:
            refs = [self.at.one(a) for a in args]
            out = self.calls.memory(self.memory.destination(v), values=(v,))
            self.lines += self.calls.write(op, block.attrs[v], out, refs, self._places([v]))

    def _reduced(self, v: int) -> str | None:
        """Text of a scalar made of an array: an inner product, a sum, an entry."""
        block, op = self.block, self.block.ops[v]
        if v in self.plan.reading.inner:
            left, right = (self.at.one(a) for a in self.plan.reading.inner[v])
            if left.contiguous and right.contiguous:
                n = left.arrays[0].size
                return f"float({left.shaped(n).method('dot')}({right.shaped(n).text}))"
            product = self.calls.buffer(left.shape)
            self.lines.append(f"{self.calls.ufunc('multiply')}({left.text}, {right.text}, {product.text})")
            return self._full_sum(product)
        refs = [self.at.one(a) for a in block.args[v]]
        if op == "matmul":
            return f"float({refs[0].method('dot')}({refs[1].text}))"
        if op == "sum":
            return self._full_sum(refs[0])
        places = self._places([v])
        if op == "index" and places is not None and refs[0].contiguous:
            n = refs[0].arrays[0].size
            return f"{refs[0].shaped(n).method('item')}({int(places.arrays[0])})"
        return None

    def _full_sum(self, a: Ref) -> str:
        n = math.prod(a.shape)
        if a.contiguous and n <= MOST_DOT:
            return f"float({a.shaped(n).method('dot')}({ones(self.calls, n).text}))"
        return f"float({self.calls.objects.name(np.add.reduce)}({a.text}, None))"

    def _places(self, values: Sequence[int], *, steps: bool = False, own: bool = False) -> Ref | None:
        """The entries that choices by constants point at, counted over all members; None where nothing is chosen."""
        block, v = self.block, values[0]
        if block.ops[v] not in ("index", "put") or len(block.args[v]) == 1:
            return None
        attrs = dict(block.attrs[v])
        shape: Shape = block.shapes[block.args[v][0]] if block.ops[v] == "index" else block.shapes[v]
        found = []
        for w in values:
            chosen = [block.constants.get(a) for a in block.args[w][1:]]
            if any(c is None for c in chosen):
                return None
            found.append(positions(shape, attrs["index"], [np.asarray(c) for c in chosen]))
        if steps:
            return Ref(self.calls, found)
        if len(values) == 1:
            return self.calls.memory(found[0])
        stride = math.prod(shape) if own else 0
        return self.calls.memory(np.stack([at + i * stride for i, at in enumerate(found)]), lead=1)

    def _group(self, members: Sequence[int]) -> None:
        """Equal operations, independent of one another: one call on stacked operands."""
        block, v = self.block, members[0]
        stack = self.plan.layout.stack(members)
        if stack is None:
            for w in members:
                self._single(w)
            return
        if stack.strides[0] < 0:
            members, stack = members[::-1], stack[::-1]
        mark = len(self.lines)
        choice = block.ops[v] in ("index", "put")
        refs = [
            self.at.stacked(values) if values else self.calls.float("")
            for values in self.plan.operands(members)[: 1 if choice else None]
        ]
        own = block.ops[v] == "put" or (bool(refs) and bool(refs[0].lead))
        places = self._places(members, own=own) if choice else None
        out = self.calls.memory(stack, lead=1, values=tuple(members))
        try:
            self.lines += self.calls.write(block.ops[v], block.attrs[v], out, refs, places)
        except ValueError:
            del self.lines[mark:]
            self._loop((tuple(members),))

    def _loop(self, members: Sequence[Sequence[int]]) -> None:
        """The lines of a loop, step after step, each on its own rows of memory."""
        block = self.block
        calls = Calls(self.calls.objects)
        body: list[str] = []
        for line in members:
            v = line[0]
            if self.plan.is_view(v):
                if any(w in self.plan.layout.at for w in line):
                    seen = calls.steps([self.at.seen(w) for w in line])
                    body.append(f"{calls.steps([self.memory.destination(w) for w in line]).text}[...] = {seen.text}")
                continue
            refs = []
            for values in zip(*[block.args[w] for w in line], strict=True):
                number = block.scalar(values[0])
                if all(a == values[0] for a in values):
                    one = self.at.one(values[0]) if number is None else calls.number(number)
                    refs.append(Ref(calls, one.arrays, text=one.text))
                else:
                    refs.append(calls.steps([self.at.array(a) for a in values]))
            places = self._places(line, steps=True)
            if places is not None:
                refs = refs[:1]
                places = calls.steps(places.arrays)
            out = calls.steps([self.memory.destination(w) for w in line])
            body += calls.write(block.ops[v], block.attrs[v], out, refs, places)
        if not calls.loop:
            self.lines += body * len(members[0])
            return
        rows = self.calls.objects.name(list(zip(*calls.loop.values(), strict=True)))
        self.lines.append(f"for {', '.join(calls.loop)}, in {rows}:")
        self.lines += [f"    {line}" for line in body]

    def _float_loop(self, loop: FloatLoop) -> None:
        """A recurrence of scalars."""
        if loop.adds is not None:
            self._running_sum(loop.piece.members[0], loop.adds)
            return
        for row in loop.slots:
            for s in row:
                for v in s.values[:1] if s.line < 0 and not s.given else s.values if s.line >= 0 else ():
                    self.at.known(v)
        sources = {values: self._list(values) for values in loop.given}
        self.lines += loop.write(
            self.text, sources.__getitem__, lambda k, name: self._record(loop.piece.members[k], name)
        )
        for k in (*loop.recorded, *loop.finals):
            self.text.names[loop.piece.members[k][-1]] = loop.name(k)
        for k in loop.finals:
            self.at.keep(loop.piece.members[k][-1])
        for k in loop.again:
            self._group(loop.piece.members[k])

    def _running_sum(self, line: Sequence[int], terms: Slot) -> None:
        """A sum that grows by one term a step."""
        stack = self.plan.layout.stack(line)
        assert stack is not None
        begin = next(a for a in self.block.args[line[0]] if a != terms.values[0])
        given = self.at.stacked(terms.values)
        out, first = self.calls.memory(stack), self.calls.memory(stack[0, ...])
        self.lines.append(f"{out.text}[...] = {given.text}")
        if self.block.scalar(begin) != 0.0:
            self.lines.append(f"{self.calls.ufunc('add')}({first.text}, {self.at.one(begin).text}, {first.text})")
        self.lines.append(f"{self.calls.objects.name(np.add.accumulate)}({out.text}, 0, None, {out.text})")

    def _list(self, values: Sequence[int]) -> str:
        """A list of Python floats for a loop to run over."""
        if all(v in self.block.constants for v in values):
            return self.calls.objects.name([float(self.block.constants[v]) for v in values])
        return f"{self.at.stacked(values).method('tolist')}()"

    def _record(self, line: Sequence[int], name: str) -> list[str]:
        """Puts a list of floats where calls read it."""
        stack = self.plan.layout.stack(line)
        assert stack is not None
        turned = []
        if stack.strides[0] < 0:
            stack, turned = stack[::-1], [f"{name}.reverse()"]
        pack = struct.Struct(f"{len(line)}d").pack_into
        return [*turned, f"{self.calls.objects.name(pack)}({self.calls.objects.name(stack)}, 0, *{name})"]

    # ---- sums

    def _sum(self, v: int) -> None:
        """A long sum, part by part."""
        parts = self.plan.reading.sums[v]
        if self.block.shapes[v] == ():
            texts = [(part.minus, self._scalar_part(part)) for part in parts]
            first, *rest = sorted(texts)
            text = ("-" if first[0] else "") + first[1] + "".join(f" {'-' if minus else '+'} {t}" for minus, t in rest)
            self.at.named(v, text)
            return
        out = self.calls.memory(self.memory.destination(v), values=(v,))
        begun = False
        for part in sorted(parts, key=lambda p: p.kind == "each"):
            if part.kind == "each":
                term = self.at.one(part.left[0])
            else:
                term = out if not begun else self.calls.buffer(out.shape)
                self.lines += self._array_part(part, term)
            if begun:
                ufunc = self.calls.ufunc("subtract" if part.minus else "add")
                self.lines.append(f"{ufunc}({out.text}, {term.text}, {out.text})")
            elif part.minus:
                self.lines.append(f"{self.calls.ufunc('negative')}({term.text}, {out.text})")
            elif term is not out:
                self.lines.append(f"{out.text}[...] = {term.text}")
            begun = True

    def _paired(self, part: Part) -> tuple[Ref, Ref]:
        """Both sides of a sum of products, in the order in which the left one lies in memory."""
        left, right = self.at.stacked(part.left), self.at.stacked(part.right)
        if left.arrays[0].strides[0] < 0:
            left, right = (a.view(lambda x: x[::-1]) for a in (left, right))
        return left, right

    def _array_part(self, part: Part, out: Ref) -> list[str]:
        if part.kind == "outer":
            left, right = self._paired(part)
            flat = [a.view(lambda x: x.reshape((x.shape[0], -1)), lead=0) for a in (left, right)]
            return [self.calls.dot(flat[0].view(lambda x: x.T), flat[1], out)]
        stack = self.at.stacked(part.left)
        stack = stack.view(lambda x: x[::-1] if x.strides[0] < 0 else x, lead=0)
        return summed(self.calls, stack, [0], out)

    def _scalar_part(self, part: Part) -> str:
        if part.kind == "each":
            return self.at.float(part.left[0])
        if part.kind == "dot":
            left, right = self._paired(part)
            return f"float({left.method('dot')}({right.text}))"
        stack = self.at.stacked(part.right or part.left)
        total = self._full_sum(stack.view(lambda x: x[::-1] if x.strides[0] < 0 else x, lead=0))
        return f"{self.at.float(part.left[0])} * {total}" if part.kind == "scaled" else total

    # ---- updates

    def _update(self, updates: Mapping[str, int]) -> None:
        """The optimizer's rule; a parameter's last operation writes over the parameter."""
        block = self.block
        leaf_of = {updates[name]: block.leaves[name] for name in self.arrays}
        later = {
            v: {a for w in self.plan.updates[i + 1 :] for a in block.args[w]} for i, v in enumerate(self.plan.updates)
        }
        for v in self.plan.updates:
            leaf = leaf_of.get(v)
            if leaf is not None and leaf not in later[v] and block.ops[v] in UFUNCS and v not in self.plan.reading.sums:
                out = self.calls.memory(self.memory.of[leaf])
                refs = [self.at.one(a) for a in block.args[v]]
                self.memory.of[v] = self.memory.of[leaf]
                self.lines += self.calls.write(block.ops[v], block.attrs[v], out, refs)
            else:
                self._single(v)
            self.memory.done()
        for name in self.arrays:
            old, new = self.memory.of[block.leaves[name]], self.memory.find(updates[name])
            if new is not old:
                self.lines.append(f"{self.calls.objects.name(old)}[...] = {self.at.one(updates[name]).text}")

"""What each value is really computed from: long sums in one go, products inside them never built, the unused left out.

A gradient of a shared weight is a sum of outer products, one for each time step: as one value it is one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from graphviz_models.expr import Shape

from .ssa import CONST, LEAF, Block

#: Terms from which a chain of + and − counts as a long sum (within an equation of many steps: more, as it is part of a
#: loop or of a call for all steps), and values from which several are added in one call.
LONG, LONG_IN_A_STEP, SEVERAL = 5, 16, 4


@dataclass(frozen=True)
class Part:
    """Some terms of a sum: Σ left·right of scalars, Σ of outer products, a factor times Σ right, Σ left, one value."""

    kind: Literal["dot", "outer", "scaled", "stack", "each"]
    left: tuple[int, ...]
    right: tuple[int, ...] = ()
    minus: bool = False


@dataclass(frozen=True, eq=False)
class Reading:
    """The values to compute, in order, with what each reads and how often each is read."""

    order: list[int]
    reads: dict[int, tuple[int, ...]]
    uses: list[int]
    sums: dict[int, list[Part]]
    inner: dict[int, tuple[int, int]]


def reading(block: Block, outputs: Sequence[int], names: Sequence[str]) -> Reading:
    """Finds the sums; `inner` are full sums of a product of two arrays, which are inner products.

    `names[e]` is what equation e defines.
    """
    ops, args, shapes = block.ops, block.args, block.shapes
    live = block.live(outputs)
    uses = _uses(block, live, outputs)
    sums: dict[int, list[Part]] = {}
    inner: dict[int, tuple[int, int]] = {}
    unbuilt: set[int] = set()
    reads: dict[int, tuple[int, ...]] = {}
    for v, (signed, way) in _chains(block, live, uses, names).items():
        sums[v] = [part for k in (0, 1) for part in _parts(block, signed[k], uses, minus=k == 1)]
        unbuilt.update(way)
        unbuilt.update(t for part in sums[v] if part.right for t in _terms(block, signed, part))
        reads[v] = tuple(a for part in sums[v] for a in (*part.left, *part.right))
    for v in range(len(block)):
        if live[v] and ops[v] == "sum" and shapes[v] == () and not _is_step(block, names, v):
            (a,) = args[v]
            if ops[a] == "mul" and uses[a] == 1 and a not in unbuilt and all(shapes[x] == shapes[a] for x in args[a]):
                inner[v] = reads[v] = (args[a][0], args[a][1])
                unbuilt.add(a)
    order = [v for v in range(len(block)) if live[v] and v not in unbuilt and ops[v] not in (CONST, LEAF)]
    for v in order:
        reads.setdefault(v, args[v])
    return Reading(order, reads, uses, sums, inner)


def _uses(block: Block, live: Sequence[bool], outputs: Iterable[int]) -> list[int]:
    """How often each value is read; what leaves the block counts twice, so that it always has a name."""
    uses = [0] * len(block)
    for v, row in enumerate(block.args):
        if live[v]:
            for a in row:
                uses[a] += 1
    for v in outputs:
        uses[v] += 2
    return uses


Signed = tuple[list[int], list[int]]


def _is_step(block: Block, names: Sequence[str], v: int) -> bool:
    """Whether the value belongs to an equation of a family, which is likely one of many time steps."""
    return block.origin[v] >= 0 and "[" in names[block.origin[v]]


def _chains(
    block: Block, live: Sequence[bool], uses: Sequence[int], names: Sequence[str]
) -> dict[int, tuple[Signed, list[int]]]:
    """Values that are long sums of equally shaped terms: those added, those subtracted, the values on the way."""
    ops, args, shapes = block.ops, block.args, block.shapes
    additive = ("add", "sub", "total", "neg")
    found: dict[int, tuple[Signed, list[int]]] = {}
    inside: set[int] = set()
    for v in range(len(block) - 1, -1, -1):
        if not live[v] or ops[v] not in additive or v in inside:
            continue
        first, last = args[v][0], args[v][-1]
        if ops[v] != "total" and not (
            (uses[first] == 1 and ops[first] in additive) or (uses[last] == 1 and ops[last] in additive)
        ):
            continue  # two terms, or one
        shape = shapes[v]
        signed: Signed = ([], [])
        way: list[int] = []
        stack = [(v, 0)]
        while stack:
            top, sign = stack.pop()
            op = ops[top]
            if top != v:
                if uses[top] != 1 or shapes[top] != shape or op not in additive:
                    signed[sign].append(top)
                    continue
                way.append(top)
            if op == "sub":
                stack += ((args[top][1], 1 - sign), (args[top][0], sign))
            elif op == "neg":
                stack.append((args[top][0], 1 - sign))
            else:
                stack.extend((a, sign) for a in reversed(args[top]))
        step = _is_step(block, names, v) and all(block.origin[w] == block.origin[v] for w in way)
        if len(signed[0]) + len(signed[1]) >= (LONG_IN_A_STEP if step else LONG) and all(
            shapes[a] == shape for side in signed for a in side
        ):
            found[v] = signed, way
            inside.update(way)
    return found


def _parts(block: Block, terms: Sequence[int], uses: Sequence[int], *, minus: bool) -> list[Part]:
    """The terms, those together that one call can add."""
    ops, args, shapes = block.ops, block.args, block.shapes
    kinds: dict[tuple[str, bool, tuple[Shape, ...]], list[int]] = {}
    for t in terms:
        product = uses[t] == 1 and (ops[t] == "outer" or (ops[t] == "mul" and shapes[t] == ()))
        kinds.setdefault((ops[t], product, tuple(shapes[a] for a in args[t]) if product else ()), []).append(t)
    parts: list[Part] = []
    for (op, product, _), same in kinds.items():
        if op in (CONST, LEAF) or len(set(same)) < (2 if op == "outer" and product else SEVERAL):
            parts += [Part("each", (t,), minus=minus) for t in same]
            continue
        left, right = (tuple(args[t][k] for t in same) for k in (0, 1)) if product else (tuple(same), ())
        common = [len(set(side)) == 1 for side in (left, right)] if product else [False, False]
        if not product or (op == "outer" and any(common)):
            parts.append(Part("stack", tuple(same), minus=minus))
        elif op == "outer":
            parts.append(Part("outer", left, right, minus))
        elif any(common):
            one, rest = (left, right) if common[0] else (right, left)
            parts.append(Part("scaled", one[:1], rest, minus))
        else:
            parts.append(Part("dot", left, right, minus))
    return parts


def _terms(block: Block, signed: Signed, part: Part) -> list[int]:
    """The products that the part stands for."""
    pairs = set(zip(part.left if part.kind != "scaled" else part.left * len(part.right), part.right, strict=True))
    return [
        t
        for t in signed[part.minus]
        if len(block.args[t]) == 2
        and (block.args[t] in pairs or (part.kind == "scaled" and block.args[t][::-1] in pairs))
        and block.ops[t] == ("outer" if part.kind == "outer" else "mul")
    ]

"""What runs as one call: equal operations of different time steps together, recurrences as loops, the rest one by one.

Values with the same formula are grouped. A group whose members do not depend on one another is one call on stacked
arrays; groups that depend on one another in a ring are a recurrence, and run as a loop over its steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .ssa import LEAF, Block

NO_DIGITS = str.maketrans("", "", "0123456789")
#: The group of what is given.
NONE = -1
#: Fewest values that are worth a group.
FEWEST = 3


@dataclass(frozen=True, eq=False)
class Piece:
    """One value, a group of independent ones, or a loop: `members[k]` are the values of line k, step after step."""

    members: tuple[tuple[int, ...], ...]
    loop: bool = False

    @property
    def first(self) -> int:
        """The smallest value."""
        return min(line[0] for line in self.members)


class Grouping:
    """Finds the pieces of a block.

    `reads[v]` are the values that v is computed from, `names[e]` what equation e defines, `ends` the values of all
    equations, `alone` those that are never computed together with others.
    """

    def __init__(
        self,
        block: Block,
        order: Sequence[int],
        reads: dict[int, tuple[int, ...]],
        names: Sequence[str],
        ends: set[int],
        alone: set[int],
    ) -> None:
        self.block = block
        self.order = order
        self.reads = reads
        self.fused: set[int] = set()  # groups that are whole loops
        self.groups = self._groups(names, ends, alone)
        self.of = [NONE] * len(block)
        self.place: dict[int, int] = {}
        for g, members in enumerate(self.groups):
            for i, v in enumerate(members):
                self.of[v] = g
                self.place[v] = i

    # ---- which values have the same formula

    def _groups(self, names: Sequence[str], ends: set[int], alone: set[int]) -> list[list[int]]:
        """Groups of values with one formula, in the order of the values; a value alone is a group of one."""
        steps = [name.translate(NO_DIGITS) if "[" in name or "#" in name else "" for name in names]
        formula = self._formulas(ends)
        origin = self.block.origin
        seen: dict[tuple[int, int], int] = {}
        found: dict[tuple[str, int, int], list[int]] = {}
        unnamed: dict[int, list[int]] = {}
        groups = [[v] for v in self.order if v in alone]
        for v in self.order:
            if v in alone:
                continue
            e = origin[v]
            step = steps[e] if e >= 0 else ""
            if step:
                nth = seen[e, formula[v]] = seen.get((e, formula[v]), 0) + 1
                found.setdefault((step, formula[v], nth), []).append(v)
            else:
                unnamed.setdefault(formula[v], []).append(v)
        first: dict[int, list[list[int]]] = {}
        for key, members in found.items():
            first.setdefault(key[1], []).append(members)
        groups += found.values()
        for f, members in unnamed.items():
            # The last step of a recurrence is often first asked for by the gradient of a weight.
            near = [g for g in first.get(f, ()) if len(g) >= FEWEST and g[-1] < members[0]]
            if near and len(members) <= 2:
                max(near, key=lambda g: g[-1]).extend(members)
            else:
                groups.append(members)
        return [
            part for members in groups for part in ([members] if len(members) >= FEWEST else [[v] for v in members])
        ]

    def _formulas(self, ends: set[int]) -> dict[int, int]:
        """A number for every value's formula, in terms of leaves and of what equations define."""
        ops, attrs, shapes, args = self.block.ops, self.block.attrs, self.block.shapes, self.block.args
        numbers: dict[object, int] = {}
        formula: dict[int, int] = {}
        known = numbers.setdefault
        # As an operand a constant, or what has a name of its own, is any value of its shape.
        below = [known(shape, len(numbers)) for shape in shapes]
        for a in self.block.leaves.values():
            below[a] = known((LEAF, a), len(numbers))
        for v in self.order:
            found = known((ops[v], attrs[v], shapes[v], *[below[a] for a in args[v]]), len(numbers))
            formula[v] = found
            if v not in ends:
                below[v] = found
        return formula

    # ---- which groups depend on one another

    def pieces(self) -> list[Piece]:
        """The pieces in an order in which they can run."""
        loops: dict[int, Piece] = {}
        for _ in range(12):
            edges = self._edges()
            rings = [ring for ring in strongly_connected(edges) if len(ring) > 1 or ring[0] in edges[ring[0]]]
            if not rings:
                break
            for ring in rings:
                broken = [g for g in ring if g in loops]
                loop = None if broken else self._loop(ring)
                if loop is None:
                    for g in broken or ring:
                        loops.pop(g, None)
                        self._scatter(g, set())
                else:
                    loops[self._fuse(ring, loop)] = loop
        return self._ordered(loops)

    def _edges(self) -> dict[int, set[int]]:
        edges: dict[int, set[int]] = {}
        of, reads = self.of, self.reads
        for g, members in enumerate(self.groups):
            if not members:
                continue
            edges[g] = {of[a] for v in members for a in reads[v]}
            edges[g].discard(NONE)
        for g in self.fused:
            edges.get(g, set()).discard(g)
        return edges

    def _scatter(self, g: int, keep: set[int]) -> None:
        """Makes every value of group g that is not in `keep` a group of its own."""
        gone = [v for v in self.groups[g] if v not in keep]
        self.groups[g] = [v for v in self.groups[g] if v in keep]
        self.fused.discard(g)
        for i, v in enumerate(self.groups[g]):
            self.place[v] = i
        for v in gone:
            self.of[v] = len(self.groups)
            self.place[v] = 0
            self.groups.append([v])

    def _fuse(self, ring: Sequence[int], loop: Piece) -> int:
        """Makes the loop's values one group, so that what remains is again without rings; gives its number."""
        whole = sorted(v for line in loop.members for v in line)
        inside = set(whole)
        for g in ring:
            self._scatter(g, inside)
            self.groups[g] = []
        number = len(self.groups)
        self.groups.append(whole)
        for v in whole:
            self.of[v] = number
        self.fused.add(number)
        return number

    # ---- a ring of groups as a loop

    def _loop(self, ring: Sequence[int]) -> Piece | None:
        """The ring as a loop over the steps that all of its lines have, or None where it is none."""
        most = max(len(self.groups[g]) for g in ring)
        lines = [g for g in ring if 2 * len(self.groups[g]) > most]
        if most < FEWEST or (len(lines) < len(ring) and not self._only_at_the_ends(ring, lines)):
            return None
        shift = self._shifts(lines)
        if shift is None:
            return None
        first = max(shift.values())
        last = min(len(self.groups[g]) + shift[g] for g in lines)
        if last - first < FEWEST:
            return None
        body = self._body(lines, shift, first, last)
        if body is None:
            return None
        return Piece(tuple(tuple(self.groups[g][first - shift[g] : last - shift[g]]) for g in body), loop=True)

    def _only_at_the_ends(self, ring: Sequence[int], lines: Sequence[int]) -> bool:
        """Whether the values of the ring that are no line of the loop come before or after all but few of its steps."""
        inner = [v for g in lines for v in self.groups[g][2:-2]]
        if not inner:
            return False
        low, high = min(inner), max(inner)
        return not any(low < v < high for g in ring if g not in lines for v in self.groups[g])

    def _shifts(self, lines: Sequence[int]) -> dict[int, int] | None:
        """By how many steps each line must be moved so that nothing is read before it is there."""
        inside = set(lines)
        edges: dict[tuple[int, int, int], int] = {}
        for g in lines:
            apart: Counter[tuple[int, int]] = Counter()
            for i, v in enumerate(self.groups[g]):
                for a in self.reads[v]:
                    b = self.of[a]
                    if b in inside:
                        apart[b, i - self.place[a]] += 1
            for (b, offset), times in apart.items():
                if 2 * times > len(self.groups[g]):
                    edges[g, b, offset] = times
        shift = dict.fromkeys(lines, 0)
        for _ in range(len(lines) + 1):
            moved = False
            for g, b, offset in edges:
                if shift[g] < shift[b] - offset:
                    shift[g] = shift[b] - offset
                    moved = True
            if not moved:
                return shift
        return None

    def _body(self, lines: Sequence[int], shift: dict[int, int], first: int, last: int) -> list[int] | None:
        """The lines in the order of one step, or None where some value would be read too early."""
        inside = set(lines)
        now: dict[int, set[int]] = {g: set() for g in lines}
        for g in lines:
            for i in range(first - shift[g], last - shift[g]):
                for a in self.reads[self.groups[g][i]]:
                    b = self.of[a]
                    if b in inside:
                        step = self.place[a] + shift[b]
                        if step > i + shift[g] and step < last:
                            return None
                        if step == i + shift[g]:
                            now[g].add(b)
        rings = strongly_connected(now)
        if any(len(ring) > 1 or ring[0] in now[ring[0]] for ring in rings):
            return None
        return [ring[0] for ring in rings]

    # ---- order

    def _ordered(self, loops: dict[int, Piece]) -> list[Piece]:
        """The pieces, operands first, else by their smallest value."""
        pieces: list[Piece] = []
        for ring in strongly_connected(self._edges()):
            pieces += [loops[g] if g in loops else Piece((tuple(self.groups[g]),)) for g in ring]
        return pieces


def strongly_connected(edges: dict[int, set[int]]) -> list[list[int]]:
    """The strongly connected components of a graph given by who reads whom, those that are read first (Tarjan 1972)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    on_path: set[int] = set()
    found: list[list[int]] = []
    for root in sorted(edges):
        if root in index:
            continue
        work = [(root, iter(sorted(edges[root])))]
        index[root] = low[root] = len(index)
        path.append(root)
        on_path.add(root)
        while work:
            node, below = work[-1]
            for b in below:
                if b not in index:
                    index[b] = low[b] = len(index)
                    path.append(b)
                    on_path.add(b)
                    work.append((b, iter(sorted(edges[b]))))
                    break
                if b in on_path and index[b] < low[node]:
                    low[node] = index[b]
            else:
                work.pop()
                if work and low[node] < low[work[-1][0]]:
                    low[work[-1][0]] = low[node]
                if low[node] == index[node]:
                    component: list[int] = []
                    while True:
                        b = path.pop()
                        on_path.discard(b)
                        component.append(b)
                        if b == node:
                            break
                    found.append(component)
    return found

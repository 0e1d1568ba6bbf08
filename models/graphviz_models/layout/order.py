"""Order: vertices in their ranks so that few edges cross, by barycentres and by sifting.

Barycentres after Sugiyama, Tagawa and Toda 1981, sifting after Matuszewski, Schönfeld and Molitor 1999.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence

import numpy as np

from graphviz_models.layout.layered import Layers

_WIDE = 700  # vertices in a rank, beyond which sifting takes too long


def crossings(layers: Layers) -> int:
    """How many pairs of edges between neighbouring ranks cross."""
    place = layers.places()
    pairs = range(layers.count if layers.cyclic else layers.count - 1)
    return sum(_inversions(layers.ranks[r], layers.after, place) for r in pairs)


def sort(layers: Layers, starts: int = 3, sweeps: int = 12, passes: int = 6) -> int:
    """Order every rank; the crossings that remain.

    The order in which the vertices stand is the first start and breaks all ties, its reverse the second one; later
    starts begin
    from the best order found, all ties reversed. Each is `sweeps` sweeps of barycentres, then up to `passes` of
    sifting.
    """
    first = [list(row) for row in layers.ranks]
    best, fewest = first, crossings(layers)
    for start in range(starts):
        if not fewest:
            break
        layers.ranks = [
            row[::-1] if start % 2 and r not in layers.held else list(row)
            for r, row in enumerate(best if start > 1 else first)
        ]
        swept, least = [list(row) for row in layers.ranks], crossings(layers)
        for step in range(sweeps):
            _sweep(layers, forward=(step + start) % 2 == 0)
            found = crossings(layers)
            if found < least:
                swept, least = [list(row) for row in layers.ranks], found
            if not least:
                break
        layers.ranks = swept
        for step in range(passes if least else 0):
            if not _sift(layers, forward=step % 2 == 0):
                break
        found = crossings(layers)
        if found < fewest:
            best, fewest = [list(row) for row in layers.ranks], found
    layers.ranks = best
    return fewest


def gather(layers: Layers, fewest: int, sweeps: int = 3) -> None:
    """Order the ranks so that the members of a family stand together, where no more than the `fewest` edges cross then.

    A family may be taken apart by one of its indices, the kernels w[0,1] and w[1,1] from w[0,2]; by which is found by
    trying one after the other.
    """
    first = layers.ranks
    indices = {names[0]: len(names) - 1 for names in layers.family}
    apart: dict[str, int] = dict.fromkeys(indices, 0)

    def tried() -> tuple[int, list[list[int]]]:
        layers.ranks = [list(row) for row in first]
        for row in layers.ranks:
            _sort_families(layers, row, dict(zip(row, range(len(row)), strict=True)), apart)
        found = []
        for step in range(sweeps):
            _sweep(layers, step % 2 == 0, apart)
            found.append((crossings(layers), [list(row) for row in layers.ranks]))
        return min(found, key=lambda one: one[0])

    least, best = tried()
    for name, count in indices.items():
        kept = 0
        for index in range(1, count + 1 if least > fewest else 0):
            apart[name] = index
            fewer, order = tried()
            if fewer < least:
                least, best, kept = fewer, order, index
        apart[name] = kept
    layers.ranks = best if least <= fewest else first


def _sweep(layers: Layers, forward: bool, apart: Mapping[str, int] | None = None) -> None:
    place = layers.places()
    lists, last = (layers.before, 0) if forward else (layers.after, layers.count - 1)
    for r in range(layers.count) if forward else range(layers.count - 1, -1, -1):
        if r in layers.held or (r == last and not layers.cyclic):
            continue
        row = layers.ranks[r]
        other = layers.ranks[(r - 1 if forward else r + 1) % layers.count]
        scale = len(other) / max(1, len(row))
        centre = {}
        for i, v in enumerate(row):
            near = lists[v]
            centre[v] = sum([place[u] for u in near]) / len(near) if near else i * scale
        if apart is not None:
            _sort_families(layers, row, centre, apart)
        else:
            row.sort(key=centre.__getitem__)
        for i, v in enumerate(row):
            place[v] = i


def _sort_families(layers: Layers, row: list[int], centre: Mapping[int, float], apart: Mapping[str, int]) -> None:
    """Sort families, and what is in them, by their mean centres; those `apart` are several, by that index."""
    keys = {v: (names[0], names[apart[names[0]]]) for v in row for names in [layers.family[v]]}
    members: dict[tuple[str, ...], list[float]] = {}
    for v in row:
        members.setdefault(keys[v], []).append(centre[v])
    mean = {key: sum(several) / len(several) for key, several in members.items()}
    row.sort(key=lambda v: (mean[keys[v]], keys[v], centre[v]))


def _sift(layers: Layers, forward: bool) -> bool:
    """Move every vertex of every rank to the place where its edges cross fewest others; whether that took crossings
    away.
    """
    place = layers.places()
    gained = False
    for r in range(layers.count) if forward else range(layers.count - 1, -1, -1):
        row = layers.ranks[r]
        if r in layers.held or not 1 < len(row) <= _WIDE:
            continue
        # balance[i, j]: crossings of the edges of i with those of j if i stands above j, less those if it stands below
        balance = np.zeros((len(row), len(row)))
        for lists in (layers.before, layers.after):
            if all(lists[v] == lists[row[0]] for v in row):
                continue  # as in a dense layer, where no order is better than another
            ends = [[place[u] for u in lists[v]] for v in row]
            flat = np.array([p for near in ends for p in near], dtype=np.int32)
            if len(flat):
                counts = np.array([len(near) for near in ends])
                some = np.flatnonzero(counts)
                begin = np.concatenate([[0], counts[some].cumsum()[:-1]])
                signs = np.sign(flat[:, None] - flat[None, :])
                balance[np.ix_(some, some)] += np.add.reduceat(np.add.reduceat(signs, begin, axis=0), begin, axis=1)
        if not balance.any():
            continue
        order = list(range(len(row)))
        changed = False
        degree = [len(layers.before[v]) + len(layers.after[v]) for v in row]
        for v in sorted(order, key=lambda i: -degree[i]):
            at = order.index(v)
            del order[at]
            cost = np.zeros(len(order) + 1)
            cost[:-1] = balance[v, order][::-1].cumsum()[::-1]
            to = int(cost.argmin())
            if cost[to] < cost[at] - 0.5:
                changed = True
                order.insert(to, v)
            else:
                order.insert(at, v)
        if changed:
            gained = True
            layers.ranks[r] = [row[k] for k in order]
            for i, v in enumerate(layers.ranks[r]):
                place[v] = i
    return gained


def _inversions(row: Sequence[int], after: Sequence[Sequence[int]], place: Sequence[int]) -> int:
    """Crossings between a rank and the next one."""
    ends: list[int] = []
    total = 0
    for v in row:
        near = after[v]
        if not near:
            continue
        targets = [place[u] for u in near]
        for t in targets:
            total += len(ends) - bisect_right(ends, t)
        for t in targets:
            insort(ends, t)
    return total

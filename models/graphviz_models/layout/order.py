"""Order: vertices in their ranks so that few edges cross, by barycentres and by sifting.

Barycentres after Sugiyama, Tagawa and Toda 1981, of one side and then of both sides; sifting after Matuszewski,
Schönfeld and Molitor 1999.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice, pairwise, permutations

import numpy as np
import numpy.typing as npt

from graphviz_models.layout.layered import Layers

_WIDE = 700  # vertices in a rank, beyond which sifting takes too long
_TOGETHER = 1.3  # times as many for one in which what belongs to one index stands together
_ANEW = 6  # sweeps over the ranks that are ordered anew then
_CLEARER = 1.05  # times as many crossings are accepted for an order that is easier to read
_APART = 1.6  # times as many crossings are accepted for arrays that are not mixed
_UNMIXED, _FREE = 2.0, 6  # times as many, and so many more, for arrays that nothing else stands between
_THREE = 3  # vertices, of which one may stand between two of an array
_ARRANGED = 24  # orders of arrays that are tried
_COMPARED = 100  # vertices of a rank, whose order tells which side is the upper one
_TURNS = 3  # in which a rank is sifted for what others that moved have made possible

Order = list[list[int]]


def crossings(layers: Layers) -> int:
    """How many pairs of edges between neighbouring ranks cross."""
    place, after = layers.places(), layers.after
    total = 0
    for row in layers.ranks:
        ends: list[int] = []  # of the edges from the vertices above
        count = 0
        for v in row:
            near = after[v]
            for t in sorted([place[u] for u in near]) if len(near) > 1 else (place[near[0]],) if near else ():
                at = bisect_right(ends, t)
                ends.insert(at, t)
                total += count - at
                count += 1
    return total


def sort(layers: Layers, starts: int = 2, sweeps: tuple[int, int] = (16, 16), passes: int = 6) -> int:
    """Order every rank; the crossings that remain.

    The order in which the vertices stand is the first start and breaks all ties, its reverse the second one. From each
    there are up to so many `sweeps` by barycentres of one side and of both sides, then up to `passes` of sifting.
    """
    first = layers.ranks
    best, fewest = first, crossings(layers)
    for start in range(starts):
        if not fewest:
            break
        layers.ranks = [row[::-1] if start and r not in layers.held else row for r, row in enumerate(first)]
        least = crossings(layers) if start else fewest
        for sweep, times in zip((_sweep, _sweep_both), sweeps, strict=True):
            least = _swept(layers, sweep, times, not start, least)
        for step in range(passes if least else 0):
            if not _sift(layers, forward=step % 2 == 0):
                break
        found = crossings(layers) if passes and least else least
        if found < fewest:
            best, fewest = layers.ranks, found
    layers.ranks = best
    return fewest


def _swept(layers: Layers, sweep: Callable[[Layers, bool], None], sweeps: int, forward: bool, least: int) -> int:
    """Sweep there and back, by turns; the crossings of the best order found, `least` at first."""
    best = last = layers.ranks
    before_last: Order = []
    for step in range(sweeps):
        if not least:
            break
        layers.ranks = list(layers.ranks)
        sweep(layers, (step % 2 == 0) == forward)
        found = crossings(layers)
        if found < least:
            best, least = layers.ranks, found
        if layers.ranks == before_last:
            break  # from here on they repeat themselves
        before_last, last = last, layers.ranks
    layers.ranks = best
    return least


def gather(layers: Layers, fewest: int, sweeps: int = 3) -> None:
    """Order the ranks so that the members of a family stand together, where no more than the `fewest` edges cross then.

    A family may be taken apart by one of its indices, the kernels w[0,1] and w[1,1] from w[0,2]; by which is found by
    trying one after the other.
    """
    first = layers.ranks
    indices = {names[0]: len(names) - 1 for names in layers.family}
    apart: dict[str, int] = dict.fromkeys(indices, 0)

    def tried() -> tuple[int, Order]:
        layers.ranks = [_by_family(layers, row, range(len(row)), apart) for row in first]
        found = []
        for step in range(sweeps):
            layers.ranks = list(layers.ranks)
            _sweep(layers, step % 2 == 0, apart)
            found.append((crossings(layers), layers.ranks))
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


def enumerate_entries(layers: Layers, fewest: int) -> None:
    """Order the entries of every array, or else of every vector, by their last index, from the top to the bottom, where
    that does not cost more than a few crossings beyond the `fewest`.
    """
    first = layers.ranks
    for most in (None, 2):
        layers.ranks = [row if r in layers.held else _by_index(layers, row, most) for r, row in enumerate(first)]
        if layers.ranks == first or crossings(layers) <= fewest * _CLEARER:
            return
    layers.ranks = first


def gather_sources(layers: Layers) -> None:
    """Order the first rank array by array, each from the first entry to the last, where not many more edges cross then.

    Inputs and weights are read as the vectors that they are: x₀ x₁ x₂, then w₀ w₁.
    """
    first, most = layers.ranks, _APART * crossings(layers)
    arrays: dict[str, list[int]] = {}
    for v in first[0]:
        arrays.setdefault(layers.family[v][0] if layers.family[v] else "", []).append(v)
    if 0 in layers.held or "" in arrays or not 1 < len(arrays) < len(first[0]):
        return
    for entries in arrays.values():
        entries.sort(key=lambda v: _index(layers, v))
    best: tuple[float, Order] | None = None
    for several in islice(permutations(arrays.values()), _ARRANGED):
        layers.ranks = [[v for entries in several for v in entries], *first[1:]]
        found = crossings(layers)
        if best is None or found < best[0]:
            best = found, layers.ranks
    layers.ranks = best[1] if best is not None and best[0] <= most else first


def gather_arrays(layers: Layers, above: AbstractSet[int], fewest: int) -> int:
    """Order the ranks in which something stands between the entries of an array array by array, each from the first
    entry to the last, what is `above` before the others; and the other ranks anew. Where that costs many more crossings
    than the `fewest`, they stay as they are. The crossings to be reckoned with from here on.
    """
    first, held = layers.ranks, layers.held
    moved = set()
    for r, row in enumerate(first):
        if not r or len(row) < _THREE or r in held or not _mixed(layers, row, above):
            continue
        mean = {name: sum(places) / len(places) for name, places in _places(layers, row).items()}
        kept = [v for v in row if not layers.bend[v]]
        kept.sort(key=lambda v: (v not in above, mean[layers.family[v][0]], layers.family[v][0], _index(layers, v)))
        entries = iter(kept)
        layers.ranks = [*layers.ranks]
        layers.ranks[r] = [v if layers.bend[v] else next(entries) for v in row]
        moved.add(r)
    if not moved:
        return fewest
    layers.held = held | moved
    least = _swept(layers, _sweep_both, _ANEW, True, crossings(layers))
    layers.held = held
    if least <= _UNMIXED * fewest + _FREE:
        return least
    layers.ranks = first
    return fewest


def _places(layers: Layers, row: Sequence[int]) -> dict[str, list[int]]:
    """Where in a rank the entries of every array stand."""
    out: dict[str, list[int]] = {}
    for i, v in enumerate(row):
        if not layers.bend[v]:
            out.setdefault(layers.family[v][0], []).append(i)
    return out


def _mixed(layers: Layers, row: Sequence[int], above: AbstractSet[int]) -> bool:
    """Whether what is `above`, or another array, stands between the entries of an array, but for arrays by turns, as in
    m[0], s[0], m[1], s[1], and arrays that are all above.
    """
    places = _places(layers, row)
    for own in places.values():
        between = []
        for first, last in pairwise(own):
            others = {v: layers.family[v][0] for v in row[first + 1 : last] if not layers.bend[v]}
            if row[first] not in above and any(v in above for v in others):
                return True
            between.append({name for v, name in others.items() if v not in above and len(places[name]) > 1})
        if any(several != between[0] for several in between):
            return True
    return False


def _index(layers: Layers, v: int) -> list[tuple[int, str]]:
    return [(int(part) if part.isdecimal() else 0, part) for part in layers.family[v][1:]]


def upright(layers: Layers) -> None:
    """Turn the drawing upside down where more of the vertices stand in the order of their numbers then: the crossings
    are the same.
    """
    if layers.held:
        return
    upside_down = 0
    for row in layers.ranks:
        numbers = [v for v in row if not layers.bend[v]][:_COMPARED]
        for i, v in enumerate(numbers):
            upside_down += sum(1 if u < v else -1 for u in numbers[i + 1 :])
    if upside_down > 0:
        layers.ranks = [row[::-1] for row in layers.ranks]


def gather_steps(layers: Layers, group: Mapping[int, str], fewest: int) -> None:
    """Order what belongs to one time step, or to one call, next to one another, z₁ V₁, z₂ V₂, z₃ V₃, and the other
    ranks anew, where that does not cost more than a few crossings beyond the `fewest`.
    """
    first, held = layers.ranks, layers.held
    places: dict[str, list[float]] = {}
    for row in first:
        for i, v in enumerate(row):
            if v in group:
                places.setdefault(group[v], []).append((i + 0.5) / len(row))
    mean = {one: sum(several) / len(several) for one, several in places.items()}
    layers.ranks = [row if r in held else _by_group(row, group, mean) for r, row in enumerate(first)]
    moved = {r for r, row in enumerate(first) if row != layers.ranks[r]}
    if not moved:
        return
    layers.held = held | moved
    least = _swept(layers, _sweep_both, _ANEW, True, crossings(layers))
    while _sift(layers, forward=True) and (found := crossings(layers)) < least:
        least = found
    layers.held = held
    if crossings(layers) > _TOGETHER * fewest + 2:
        layers.ranks = first


def _by_group(row: Sequence[int], group: Mapping[int, str], mean: Mapping[str, float]) -> list[int]:
    """The rank with the members of groups group by group, by the mean places of these."""
    slots = [i for i, v in enumerate(row) if v in group]
    members = sorted([row[i] for i in slots], key=lambda v: (mean[group[v]], group[v]))
    out = list(row)
    for i, v in zip(slots, members, strict=True):
        out[i] = v
    return out


def _by_index(layers: Layers, row: Sequence[int], most: int | None) -> list[int]:
    """The rank with the entries of each array, of names of `most` parts, in the order of their last index."""
    arrays: dict[tuple[str, ...], list[int]] = {}
    for v in row:
        *array, index = layers.family[v] or ("",)
        if array and index.isdecimal() and (most is None or len(array) < most):
            arrays.setdefault(tuple(array), []).append(v)
    instead: dict[int, int] = {}
    for entries in arrays.values():
        instead.update(zip(entries, sorted(entries, key=lambda v: int(layers.family[v][-1])), strict=True))
    return [instead.get(v, v) for v in row]


def _sweep(layers: Layers, forward: bool, apart: Mapping[str, int] | None = None) -> None:
    """Sort every rank by the barycentres of its vertices in the rank before it (`forward`) or after it."""
    place = layers.places()
    lists, last = (layers.before, 0) if forward else (layers.after, layers.count - 1)
    for r in range(layers.count) if forward else range(layers.count - 1, -1, -1):
        if r in layers.held or (r == last and not layers.cyclic):
            continue
        row = layers.ranks[r]
        other = layers.ranks[(r - 1 if forward else r + 1) % layers.count]
        scale = len(other) / max(1, len(row))
        centres = []
        for i, v in enumerate(row):
            near = lists[v]
            if len(near) == 1:
                centres.append(float(place[near[0]]))
            else:
                centres.append(sum([place[u] for u in near]) / len(near) if near else i * scale)
        layers.ranks[r] = row = _by(centres, row) if apart is None else _by_family(layers, row, centres, apart)
        for i, v in enumerate(row):
            place[v] = i


def _sweep_both(layers: Layers, forward: bool) -> None:
    """Sort every rank by the barycentres of its vertices on both sides, those on the side that has been swept already
    counted twice; places are shares of a rank.
    """
    at = [0.0] * len(layers.rank)
    for row in layers.ranks:
        for i, v in enumerate(row):
            at[v] = (i + 0.5) / len(row)
    swept, ahead = (layers.before, layers.after) if forward else (layers.after, layers.before)
    for r in range(layers.count) if forward else range(layers.count - 1, -1, -1):
        if r in layers.held:
            continue
        row, centres = layers.ranks[r], []
        for v in row:
            one, other = swept[v], ahead[v]
            if len(one) == len(other) == 1:
                centres.append((2 * at[one[0]] + at[other[0]]) / 3)
            elif one or other:
                total = 2 * sum([at[u] for u in one]) + sum([at[u] for u in other])
                centres.append(total / (2 * len(one) + len(other)))
            else:
                centres.append(at[v])
        layers.ranks[r] = row = _by(centres, row)
        for i, v in enumerate(row):
            at[v] = (i + 0.5) / len(row)


def _by(centres: Sequence[float], row: Sequence[int]) -> list[int]:
    return [v for _, _, v in sorted(zip(centres, range(len(row)), row, strict=True))]


def _by_family(layers: Layers, row: Sequence[int], centres: Sequence[float], apart: Mapping[str, int]) -> list[int]:
    """Sort families, and what is in them, by their mean centres; those `apart` are several, by that index."""
    keys = [(names[0], names[apart[names[0]]]) for v in row for names in [layers.family[v]]]
    members: dict[tuple[str, ...], list[float]] = {}
    for key, centre in zip(keys, centres, strict=True):
        members.setdefault(key, []).append(centre)
    mean = {key: sum(several) / len(several) for key, several in members.items()}
    order = sorted(range(len(row)), key=lambda i: (mean[keys[i]], keys[i], centres[i]))
    return [row[i] for i in order]


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
        balance = _balance(layers, row, place)
        degree = [-len(layers.before[v]) - len(layers.after[v]) for v in row]
        order = list(range(len(row)))
        saved = np.zeros((len(row), len(row) + 1), dtype=np.int64)  # if the i-th stands j-th and not first
        for turn in range(_TURNS):
            now = balance[np.ix_(order, order)] if turn else balance
            now.cumsum(1, out=saved[:, 1:])
            worse = np.flatnonzero(saved.max(1) > saved.diagonal())
            if not len(worse):
                break
            for i in sorted([order[i] for i in worse], key=degree.__getitem__):
                _move(order, i, balance[i])
        if order != list(range(len(row))):
            gained = True
            layers.ranks[r] = [row[i] for i in order]
            for i, v in enumerate(layers.ranks[r]):
                place[v] = i
    return gained


def _move(order: list[int], i: int, balance: npt.NDArray[np.int64]) -> None:
    """Move `i` to the first of the best places in the order, if it has to move at all."""
    at = order.index(i)
    del order[at]
    saved = [0, *balance[order].cumsum().tolist()]
    most = max(saved)
    order.insert(saved.index(most) if most > saved[at] else at, i)


def _balance(layers: Layers, row: Sequence[int], place: Sequence[int]) -> npt.NDArray[np.int64]:
    """[i, j]: crossings of the edges of vertex i with those of j if i stands above j, less those if it stands below."""
    n = len(row)
    out = np.zeros((n, n), dtype=np.int64)
    for lists in (layers.before, layers.after):
        near = [lists[v] for v in row]
        degree = np.array([len(several) for several in near])
        ends = np.array([place[u] for several in near for u in several])
        if not len(ends):
            continue
        at = np.bincount(ends * n + np.arange(n).repeat(degree), minlength=n * (ends.max() + 1)).reshape(-1, n)
        above = 2 * at.cumsum(0) - at - degree  # [p, j]: edges of j that end above p, less those that end below
        some = degree.nonzero()[0]
        out[some] += np.add.reduceat(above[ends], (degree.cumsum() - degree)[some])
    return out

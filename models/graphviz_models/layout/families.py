"""Families: entries of an array or a time step stand together in their ranks where not many more edges cross then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice, pairwise, permutations

from graphviz_models.layout.layered import Layers
from graphviz_models.layout.order import Order, crossings, sift, sweep, sweep_both, swept

_TOGETHER = 1.3  # times as many for one in which what belongs to one index stands together
_ANEW = 6  # sweeps over the ranks that are ordered anew then
_CLEARER = 1.05  # times as many crossings are accepted for an order that is easier to read
_APART = 1.6  # times as many crossings are accepted for arrays that are not mixed
_UNMIXED, _FREE = 2.0, 6  # times as many, and so many more, for arrays that nothing else stands between
_THREE = 3  # vertices, of which one may stand between two of an array
_ARRANGED = 24  # orders of arrays that are tried


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
            sweep(layers, step % 2 == 0, lambda row, centres: _by_family(layers, row, centres, apart))
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


def _by_family(layers: Layers, row: Sequence[int], centres: Sequence[float], apart: Mapping[str, int]) -> list[int]:
    """Sort families, and what is in them, by their mean centres; those `apart` are several, by that index."""
    keys = [(names[0], names[apart[names[0]]]) for v in row for names in [layers.family[v]]]
    members: dict[tuple[str, ...], list[float]] = {}
    for key, centre in zip(keys, centres, strict=True):
        members.setdefault(key, []).append(centre)
    mean = {key: sum(several) / len(several) for key, several in members.items()}
    order = sorted(range(len(row)), key=lambda i: (mean[keys[i]], keys[i], centres[i]))
    return [row[i] for i in order]


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
    least = swept(layers, sweep_both, _ANEW, True, crossings(layers))
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
    least = swept(layers, sweep_both, _ANEW, True, crossings(layers))
    while sift(layers, forward=True) and (found := crossings(layers)) < least:
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

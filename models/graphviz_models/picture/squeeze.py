"""Squeezing: stretches that a folded picture needs no longer are taken out, and all that follows moves up."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

Interval = tuple[float, float]

_KEPT = 40.0  # of a vacant stretch


class Squeeze:
    """A map of one coordinate: intervals of it are shortened, what lies beyond moves by the same distance."""

    def __init__(self, cuts: Iterable[tuple[float, float, float]]) -> None:
        """`cuts` are disjoint (from, to, part that remains)."""
        self._cuts = sorted(cuts)
        self._starts = [start for start, _, _ in self._cuts]
        self._before = [0.0]
        for start, end, part in self._cuts:
            self._before.append(self._before[-1] + (end - start) * (1 - part))

    def __call__(self, at: float) -> float:
        """Where a coordinate comes to lie."""
        k = bisect_right(self._starts, at)
        if not k:
            return at
        start, end, part = self._cuts[k - 1]
        return at - self._before[k - 1] - (min(at, end) - start) * (1 - part)


def squeeze(
    regions: Sequence[tuple[Interval, float]], held: Iterable[Interval], vacant: Iterable[Interval] = ()
) -> Squeeze:
    """The map that makes every region (an interval) as short as it says, as far as what is held allows.

    Nothing that is held changes its length; of what two regions have in common the second one changes nothing. What is
    `vacant` keeps no more than the usual gap between things.
    """
    fixed = _united(held)
    cuts: list[tuple[float, float, float]] = []
    for (start, end), wanted in regions:
        free = _without((start, end), fixed)
        spare = sum(b - a for a, b in free)
        if spare > 0.0:
            part = max(0.0, 1.0 - max(0.0, end - start - wanted) / spare)
            cuts += [(a, b, part) for a, b in free]
        fixed = _united([*fixed, (start, end)])
    for start, end in vacant:
        cuts += [(a, b, _KEPT / (b - a)) for a, b in _without((start, end), fixed) if b - a > _KEPT]
        fixed = _united([*fixed, (start, end)])
    return Squeeze(cuts)


def _united(intervals: Iterable[Interval]) -> list[Interval]:
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _without(interval: Interval, fixed: Sequence[Interval]) -> list[Interval]:
    """The parts of an interval that lie in none of the disjoint, sorted `fixed` ones."""
    at, found = interval[0], []
    for start, end in fixed:
        if start >= interval[1]:
            break
        if start > at:
            found.append((at, start))
        at = max(at, end)
    if at < interval[1]:
        found.append((at, interval[1]))
    return found

"""What repeats in rows of placed shapes, found once: pairs of neighbours become one shape (Larsson, Moffat: Re-Pair).

A row is a list of (shape, x, y), coordinates as whole numbers of some small unit. Two neighbours that stand in the same
way to one another at several places are taken for a new shape, which may be half of a still larger one.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

Placed = tuple[int, int, int]  # the number of a shape, x, y
Row = list[Placed]
Pair = tuple[int, int, int, int]  # a shape at its own place, another one, by how much it stands to the right and below

ROUNDS = 12  # in each of which shapes may double


def folded(rows: list[Row], fewest: int, first: int) -> tuple[list[Row], dict[int, Row]]:
    """The rows with new shapes for what occurs `fewest` times or more, and what each new shape consists of.

    New shapes are numbered from `first` on, each after those it consists of.
    """
    names: dict[Pair, int] = {}
    for _ in range(ROUNDS):
        often = {pair: times for pair, times in _counted(rows).items() if times >= fewest}
        if not often:
            break
        rows = [_joined(row, often, names, first) for row in rows]
    return _without_rare(rows, {name: [(a, 0, 0), (b, x, y)] for (a, b, x, y), name in names.items()}, fewest)


def _counted(rows: list[Row]) -> Counter[Pair]:
    """How often each pair of neighbours occurs; of three equal shapes in equal distances only one pair counts."""
    counted: Counter[Pair] = Counter()
    for row in rows:
        last = None
        for (a, ax, ay), (b, bx, by) in pairwise(row):
            pair = (a, b, bx - ax, by - ay)
            if pair == last:
                last = None
            else:
                counted[pair] += 1
                last = pair
    return counted


def _joined(row: Row, often: dict[Pair, int], names: dict[Pair, int], first: int) -> Row:
    """The row with a new shape for each pair that occurs often, unless its second half does better with the next."""
    out: Row = []
    at, end = 0, len(row) - 1
    while at < end:
        (a, ax, ay), (b, bx, by) = row[at], row[at + 1]
        times = often.get(pair := (a, b, bx - ax, by - ay), 0)
        if times and at + 2 <= end:
            c, cx, cy = row[at + 2]
            if often.get((b, c, cx - bx, cy - by), 0) > times:
                times = 0
        if times:
            out.append((names.setdefault(pair, first + len(names)), ax, ay))
            at += 2
        else:
            out.append(row[at])
            at += 1
    return out + row[at:]


def _without_rare(rows: list[Row], parts: dict[int, Row], fewest: int) -> tuple[list[Row], dict[int, Row]]:
    """The same with every new shape put back into its parts that is used fewer times than it should."""
    used = Counter(shape for row in (*rows, *parts.values()) for shape, _, _ in row)
    rare: dict[int, Row] = {}
    for name in reversed(parts):
        if used[name] < fewest:
            rare[name] = parts[name]
            for part, _, _ in parts[name]:
                used[part] += used[name] - 1
    kept = {name: _apart(row, rare) for name, row in parts.items() if name not in rare}
    return [_apart(row, rare) for row in rows], kept


def _apart(row: Row, rare: dict[int, Row]) -> Row:
    out: Row = []
    stack = row[::-1]
    while stack:
        shape, x, y = stack.pop()
        if shape in rare:
            stack += ((part, x + dx, y + dy) for part, dx, dy in reversed(rare[shape]))
        else:
            out.append((shape, x, y))
    return out

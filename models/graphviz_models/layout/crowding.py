"""Crowding: how much room there has to be between two ranks for labels, and for straight lines that hit no box.

Let n lines cross a gap that is g wide and H high, the i-th rising by d_i in it, all labels being w wide and h high. A
label that is put anywhere there meets (w Σ|d_i| / g + n h) / H lines on average (Crofton's formula, for lines that lie
evenly). Where that is less than 1.35, all labels find places: so it is in nets with layers of 2 to 4 neurons. Placed
together, they do beyond that; then H is the mean of the heights at both ends, between which the lines lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, sqrt

from graphviz_models.layout.nodes import Node

_LINES = 1.35  # that a label put anywhere would meet
_MORE, _MANY = 0.02, 12  # for each line beyond so many: they are longer than their labels, and offer more places
#: The same where labels find their places together, less for each line beyond so many, and the least.
_TOGETHER, _WORSE, _FEW, _LAST = 2.05, 0.02, 8, 1.3
_FAN = 1.0  # where lines do not cross, but run together at one end
_LEVEL = 0.57  # of the second term: less of it makes ranks higher, and gaps, of which there are several, narrower
_MOST = 32  # labels before a rank that its nodes are spread for
_HIGHEST, _BROADEST = 5.0, 2.2  # how much farther apart than usual nodes are set for that; of the labels' extent, too

Column = Sequence[tuple[float, float, Node]]  # height and x of nodes, from above, as seen from the line of their rank
Size = tuple[float, float]
Crossing = tuple[float, float, Size]  # heights at which a line leaves one rank and reaches the next, label


def width(lines: Sequence[Crossing], crossing: bool, together: bool = False) -> float:
    """The gap in which the labels of these lines, `crossing` or not, find their places, `together` or one by one;
    infinite where they do not in any.
    """
    first, last = [a for a, _, _ in lines], [b for _, b, _ in lines]
    if crossing and together:
        most = max(_LAST, _TOGETHER - _WORSE * max(0, len(lines) - _FEW))
        high = (max(first) - min(first) + max(last) - min(last)) / 2
    else:
        most = _LINES + _MORE * max(0, len(lines) - _MANY) if crossing else _FAN
        high = max(first + last) - min(first + last)
    rise = sum(abs(last - first) for first, last, _ in lines)
    free = most * high - sum(h for _, _, (_, h) in lines)
    return max(w for _, _, (w, _) in lines) * rise / free if free > 0 else inf


def spread(ranks: Sequence[Sequence[float]], labels: Sequence[Sequence[Size]], gap: float) -> float:
    """How much more than `gap` nodes have to be apart for the labels in front of their ranks, at least once as much.

    `ranks` are the heights of the nodes in every rank, `labels` the sizes of the labels before it. Σ|d_i| is taken to
    be a third of n H: then g and H are smallest together where the first term is to the second as 1 to √(3 h / w).
    """
    out = 1.0
    for before, after, sizes in zip(ranks, ranks[1:], labels[1:], strict=False):
        if not len(before) + len(after) <= len(sizes) <= _MOST or min(len(before), len(after)) < 2:
            continue  # lines that may run side by side, or too many
        wide, high = max(w for w, _ in sizes), max(h for _, h in sizes)
        share = _LEVEL * sqrt(3 * high / wide)
        need = sum(h for _, h in sizes) * (1 + share) / (_LINES * share)
        apart = [(need - sum(rank) * (1 - 1 / len(rank))) / ((len(rank) - 1) * gap) for rank in (before, after)]
        out = max(out, min(max(_HIGHEST, _BROADEST * high / gap), *apart))
    return out


def reach(lines: Sequence[tuple[Column, int, Column, int]], clear: float) -> float:
    """How far apart the lines that two columns of nodes stand on have to be, so that straight lines between nodes of
    the one and of the other, given by their numbers, are `clear` of the next nodes that they pass.
    """
    out = 0.0
    for first, i, second, j in lines:
        rise, apart = second[j][0] - first[i][0], _start(first[i][2]) + _start(second[j][2])
        for column, at, way, right in ((first, i, rise, True), (second, j, -rise, False)):
            for y, dx, node in column[at + 1 : at + 3] if way > 0 else column[max(0, at - 2) : at]:
                far = abs(y - column[at][0]) - (node.up if way > 0 else node.down) - clear
                past = (node.right + dx if right else node.left - dx) + clear - _start(column[at][2])
                if way and far < abs(way) and past > 0:
                    out = max(out, apart + past * abs(way) / far if far > 0 else inf)
    return out


def _start(node: Node) -> float:
    """How far from its middle straight lines begin to leave a node: from the corner of a diamond."""
    return node.w / 2 if node.shape == "diamond" else 0.0

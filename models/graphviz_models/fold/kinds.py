"""Kinds: which nodes of different time steps are the same one: h[2] and h[3], gate#2.a and gate#4.a."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

_CALL = re.compile(r"(?P<name>[^\W\d]\w*)#(?P<call>\d+)\.")
_NUMBER = re.compile(r"-?\d+")
_STEP = "\0"  # stands for the number of the step in a kind


def kinds(column: Mapping[str, int], entries: Mapping[str, tuple[str, tuple[int, ...]]]) -> dict[str, str]:
    """What every node of a time step has in common with those of other steps; unlike within one step.

    The kind of a family's member is its name with the distance from the step in place of its index; of several numbers
    that may be the index it is the one by which most nodes find their like. The calls of a `def` are counted within
    the step. `entries` has the array of every node that is an entry of one.
    """
    ranks = _ranks(column)
    candidates: dict[str, list[str]] = {}
    count: Counter[str] = Counter()
    for node, step in column.items():
        whole = entries[node][0] if node in entries else node.partition("#")[0] if _CALL.search(node) is None else node
        candidates[node] = found = [name + node.removeprefix(whole) for name in _candidates(whole, step, ranks)]
        count.update(found)
    kind: dict[str, str] = {}
    taken: set[tuple[int, str]] = set()
    for node, found in candidates.items():
        best = max(found, key=count.__getitem__)
        if (column[node], best) in taken:
            best = node
        taken.add((column[node], best))
        kind[node] = best
    return kind


def _ranks(column: Mapping[str, int]) -> dict[tuple[str, int, int], int]:
    """The number of a call (of a `def`, by its number in the program) among those of its step, from 1."""
    calls: dict[tuple[str, int], set[int]] = {}
    for node, step in column.items():
        for match in _CALL.finditer(node):
            calls.setdefault((match["name"], step), set()).add(int(match["call"]))
    return {
        (name, step, call): rank
        for (name, step), several in calls.items()
        for rank, call in enumerate(sorted(several), 1)
    }


def _candidates(node: str, step: int, ranks: Mapping[tuple[str, int, int], int]) -> list[str]:
    """Names for the kind of a node, the likeliest first."""
    renamed, calls = _CALL.subn(
        lambda match: f"{match['name']}#{ranks[match['name'], step, int(match['call'])]}.", node
    )
    if calls:
        return [renamed]
    return [
        *(
            f"{node[: match.start()]}{_STEP}{int(match[0]) - step}{_STEP}{node[match.end() :]}"
            for match in _NUMBER.finditer(node)
        ),
        node,
    ]


def member(kind: str, step: int) -> str:
    """The name that a member of the kind has in a step."""
    return re.sub(rf"{_STEP}(-?\d+){_STEP}", lambda match: str(step + int(match[1])), kind)


def generic(kind: str, letter: str) -> str:
    """The name of a kind with a letter for the step: h[t], x[t-1], L[t] of L1, L2, …"""

    def index(match: re.Match[str]) -> str:
        far = int(match[1])
        written = letter if not far else f"{letter}{far:+d}"
        bracketed = match.start() > 0 and kind[match.start() - 1] == "["
        return written if bracketed else f"[{written}]"

    return re.sub(rf"{_STEP}(-?\d+){_STEP}", index, kind)

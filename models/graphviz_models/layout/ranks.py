"""Ranks: which column of a layered drawing each vertex stands in, edges as short as may be."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

_ROUNDS = 14
_WAYS, _GAIN = 3, 0.02  # rounds that grow their trees in different ways; where these gain less, they are the last
_PART = 400  # vertices that are moved together at most


def against(n: int, edges: Sequence[tuple[int, int]], order: Sequence[float]) -> set[int]:
    """Numbers of the edges that close a cycle when vertices are visited by their `order`: those to be turned round."""
    out: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for k, (u, v) in enumerate(edges):
        out[u].append((v, k))
    state, back = [0] * n, set()
    fed = {v for u, v in edges if u != v}
    for root in sorted(range(n), key=lambda i: (i in fed, order[i])):
        if state[root]:
            continue
        stack = [(root, iter(out[root]))]
        state[root] = 1
        while stack:
            u, rest = stack[-1]
            for v, k in rest:
                if state[v] == 1:
                    back.add(k)
                elif not state[v]:
                    state[v] = 1
                    stack.append((v, iter(out[v])))
                    break
            else:
                state[u] = 2
                stack.pop()
    return back


def rank(n: int, edges: Sequence[tuple[int, int]], first: set[int]) -> list[int]:
    """Ranks from 0 with every edge at least one rank long; where `first` is not empty, its vertices alone stand in
    rank 0.

    Longest paths at first; then what has more successors than predecessors moves towards them, and at last whole parts
    of the graph that hang together by edges of length one, as in the network simplex of Gansner et al. 1993, several at
    a time.
    """
    before: list[list[int]] = [[] for _ in range(n)]
    after: list[list[int]] = [[] for _ in range(n)]
    for u, v in edges:
        after[u].append(v)
        before[v].append(u)
    missing = [len(b) for b in before]
    ready = [i for i in range(n) if not missing[i]]
    ranks = [0 if i in first or not first else 1 for i in range(n)]
    sequence = []
    while ready:
        u = ready.pop()
        sequence.append(u)
        for v in after[u]:
            ranks[v] = max(ranks[v], ranks[u] + 1)
            missing[v] -= 1
            if not missing[v]:
                ready.append(v)
    for u in reversed(sequence):
        if u not in first and after[u] and len(before[u]) < len(after[u]) + (not before[u]):
            ranks[u] = max(ranks[u], min(ranks[v] for v in after[u]) - 1)
    lengths = [sum([ranks[v] - ranks[u] for u, v in edges])]
    for turn in range((_ROUNDS if n <= 2000 else _WAYS) if lengths[0] > len(edges) else 0):
        _shorten(ranks, before, after, first, turn)
        lengths.append(sum([ranks[v] - ranks[u] for u, v in edges]))
        if turn >= _WAYS and lengths[-1] >= (1 - _GAIN) * lengths[-1 - _WAYS]:
            break
    low = min((r for i, r in enumerate(ranks) if i not in first), default=0)
    return [r - low for r in ranks] if not first else [0 if i in first else r - low + 1 for i, r in enumerate(ranks)]


def _shorten(
    ranks: list[int], before: Sequence[list[int]], after: Sequence[list[int]], first: set[int], turn: int
) -> None:
    """Move subtrees of a spanning forest of edges of length one by their slack, where that makes the sum of lengths
    less.
    """
    n = len(ranks)
    seen, parent, order = [False] * n, [-1] * n, []
    roots = list(range(n))
    Random(turn).shuffle(roots)
    for root in [*sorted(first), *roots]:
        if seen[root]:
            continue
        seen[root] = True
        stack = [root]
        while stack:
            u = stack.pop(-1 if turn % 3 == 0 else 0 if turn % 3 == 1 else len(stack) // 2)
            order.append(u)
            for v in after[u]:
                if not seen[v] and ranks[v] - ranks[u] == 1:
                    seen[v], parent[v] = True, u
                    stack.append(v)
            for v in before[u]:
                if not seen[v] and ranks[u] - ranks[v] == 1:
                    seen[v], parent[v] = True, u
                    stack.append(v)
    pull = [len(before[i]) - len(after[i]) for i in range(n)]  # what a step to the right adds to the sum of lengths
    children: list[list[int]] = [[] for _ in range(n)]
    for u in reversed(order):
        if parent[u] >= 0:
            pull[parent[u]] += pull[u]
            children[parent[u]].append(u)
    moved = [False] * n
    for v in sorted(order, key=lambda i: -abs(pull[i])):
        p = parent[v]
        if not pull[v] or (p >= 0 and (ranks[v] > ranks[p]) != (pull[v] < 0)):
            continue
        part: list[int] = []
        stack = [v]
        while stack and len(part) < _PART:
            u = stack.pop()
            if moved[u] or u in first:
                break
            part.append(u)
            stack += children[u]
        else:
            if stack:
                continue
            inner = set(part)
            _shift(ranks, before, after, part, inner, pull[v], moved)


def _shift(
    ranks: list[int],
    before: Sequence[list[int]],
    after: Sequence[list[int]],
    part: Sequence[int],
    inner: set[int],
    pull: int,
    moved: list[bool],
) -> None:
    """Move a part to the right (where `pull` is negative) or to the left, as far as its edges allow."""
    if pull < 0:
        step = min((ranks[w] - ranks[u] - 1 for u in part for w in after[u] if w not in inner), default=0)
    else:
        step = -min((ranks[u] - ranks[w] - 1 for u in part for w in before[u] if w not in inner), default=0)
    if step:
        for u in part:
            ranks[u] += step
            moved[u] = True

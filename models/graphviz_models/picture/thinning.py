"""Thinning: of a long span of time steps that is folded only the first and the last ones are laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphviz_models.fold import View, alike, clocks
from graphviz_models.program import Program

_KEPT = 6  # steps at each end of what is hidden
_LEAST = 8  # steps left out, or it is not worth it


@dataclass(frozen=True, eq=False)
class Thinned:
    """What is left out of a layout, so that it looks as if the recurrence were shorter.

    `column` is the time step of every node that stays, `kind` what it has in common with those of other steps. An edge
    from a step that stays into one that is left out leads to the node that takes its place, `instead`.
    """

    left_out: frozenset[str]
    column: Mapping[str, int | None]
    kind: Mapping[str, str]
    instead: Mapping[str, str]


def thinned(program: Program, seen: View, drawn: Sequence[str]) -> Thinned | None:
    """What can be left out of the longest run of hidden steps that are all alike; None where that is not much."""
    column = clocks(program)
    kind = alike(program)
    steps: dict[int, list[str]] = {}
    for name in drawn:
        step = column[name]
        if step is not None:
            steps.setdefault(step, []).append(name)
    run = _run(program, seen, steps, column, kind)
    if len(run) < 2 * _KEPT + _LEAST:
        return None
    first, after = run[_KEPT], run[-_KEPT]
    by = after - first
    left_out = {name for step in run[_KEPT:-_KEPT] for name in steps[step]}
    like = {(column[name], kind.get(name)): name for name in drawn}
    instead = {
        name: other
        for name in left_out
        for step in [column[name]]
        if step is not None and (other := like.get((step + by, kind.get(name)))) is not None and other not in left_out
    }
    moved = {
        name: step if step is None or step < first else step - by
        for name, step in column.items()
        if name not in left_out
    }
    return Thinned(frozenset(left_out), moved, kind, instead)


def _run(
    program: Program,
    seen: View,
    steps: Mapping[int, Sequence[str]],
    column: Mapping[str, int | None],
    kind: Mapping[str, str],
) -> Sequence[int]:
    """The longest run of steps of one folded span that consist of the same and hang together in the same way."""
    ties: dict[int, set[tuple[object, ...]]] = {step: set() for step in steps}
    for equation in program.equations:
        b, target = column.get(equation.name), kind.get(equation.name)
        for read in equation.reads:
            a, source = column.get(read), kind.get(read)
            if a is not None and a in ties:
                ties[a].add((source, target or equation.name, None if b is None else b - a, True))
            if b is not None and b in ties:
                ties[b].add((source or read, target, None if a is None else b - a, False))
    looks = {step: (frozenset(kind[name] for name in names), frozenset(ties[step])) for step, names in steps.items()}
    homes = {step: {seen.hidden.get(name) for name in names} for step, names in steps.items()}
    best: list[int] = []
    run: list[int] = []
    for step in sorted(steps):
        home = homes[step]
        hidden = len(home) == 1 and None not in home
        if run and hidden and looks[step] == looks[run[-1]] and home == homes[run[-1]]:
            run.append(step)
        else:
            run = [step] if hidden else []
        if len(run) > len(best):
            best = run
    return best

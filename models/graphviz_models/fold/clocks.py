"""Clocks: in which column every node stands, also where several loops run beside or after one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphviz_models.once import once
from graphviz_models.program import Program

from .columns import between, columns, node_member, with_followers, with_given

_FARTHEST = 2  # steps back that one may read in another loop beside it


@dataclass
class _Loop:
    """One loop as it stands in the text: the turn of every node that it computes."""

    variable: str
    turns: dict[str, int] = field(default_factory=dict)

    def linked(self, program: Program) -> set[str]:
        """The nodes that read what another turn computed."""
        return {
            name
            for name, turn in self.turns.items()
            if any(self.turns.get(read, turn) != turn for read in program.equation[name].reads)
        }

    def places(self, program: Program) -> dict[str, int] | None:
        """The index that each turn has: that of its family where that falls with the turns; None where none fits.

        What hands a state on from turn to turn says which index that is, else everything that the loop computes.
        """
        named = self.linked(program) or self.turns.keys()
        pairs = [(self.turns[name], node_member(program, name)[1]) for name in sorted(named)]
        known = [(turn, index) for turn, index in pairs if index is not None]
        for sign in (1, -1):
            shifts = {index - sign * turn for turn, index in known}
            if len(shifts) == 1:
                shift = shifts.pop()
                return {name: sign * turn + shift for name, turn in self.turns.items()}
        return None


@once
def clocks(program: Program) -> Mapping[str, int | None]:
    """The column of every node; None for what is shared by several and for what stands outside of time.

    Where there is one recurrence, these are its steps; where it runs backwards, from the last index to the first, the
    column is the index all the same. Loops that count the same index stand beside one another (the two directions of a
    bidirectional network); what needs all of an earlier loop stands after it (a decoder after its encoder).
    """
    single = columns(program)
    loops = _loops(program)
    linked = [one for one in loops if one.linked(program)]
    places = [one.places(program) for one in linked]
    falls = any(one is not None and _falls(loop, one) for loop, one in zip(linked, places, strict=True))
    alone = not falls and all(single[name] is not None for loop in linked for name in loop.turns)
    if alone or None in places:
        return single
    found: dict[str, int] = {}
    shifts = [0]
    for loop in [*linked, *(one for one in loops if one not in linked)]:
        own = loop.places(program) or {}
        several = [{name: place + by for name, place in own.items()} for by in shifts]
        beside = next((one for one in several if _abreast(program, found, one)), None)
        if beside is not None and (loop in linked or set(beside.values()) <= set(found.values())):
            found |= beside
        elif loop in linked:
            shifts.append(max(found.values()) + 1 - min(own.values()))
            found |= {name: place + shifts[-1] for name, place in own.items()}
    found = with_followers(program, found)
    placed = with_given(program, found)
    for name in between(program, found):  # at the end of the loop that it stands after
        if placed[name] is None:
            placed[name] = max(step for read in program.equation[name].reads if (step := placed[read]) is not None)
    return placed


def _loops(program: Program) -> list[_Loop]:
    """The outermost loops of a program, each as it stands in the text."""
    found: list[_Loop] = []
    before: tuple[str, int] | None = None
    for equation in program.equations:
        outer = equation.loop[0] if equation.loop else None
        if outer is not None:
            new = before is None or before[0] != outer[0]
            if new or (before != outer and outer[1] in found[-1].turns.values()):
                found.append(_Loop(outer[0]))
            found[-1].turns[equation.name] = outer[1]
        before = outer
    return found


def _falls(loop: _Loop, places: Mapping[str, int]) -> bool:
    """Whether the index falls from turn to turn."""
    first, last = (pick(loop.turns, key=loop.turns.__getitem__) for pick in (min, max))
    return places[first] > places[last]


def _abreast(program: Program, found: Mapping[str, int], places: Mapping[str, int]) -> bool:
    """Whether nodes at these places stand beside those that are `found`: they read none but the nearest of them."""
    together = {**found, **places}
    if len(between(program, together)) > len(between(program, found)):
        return False
    lags = [together[name] - found[read] for name in places for read in program.equation[name].reads if read in found]
    return all(-1 <= lag <= _FARTHEST for lag in lags)

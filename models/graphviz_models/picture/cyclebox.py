"""Boxes of a folded recurrence: one for each of its nodes, whatever the step, and its delays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphviz_models.fold import Recurrence, Slot
from graphviz_models.formula import typeset
from graphviz_models.notation import Notation, symbol
from graphviz_models.program import Program

from .body import Body, signed
from .geometry import Rect

_SIDE = 34.0  # of the square of a delay
_SIZE = 16.0  # font size in it
HELD = 12.0  # font size of what it holds
_NUMBER = re.compile(r"(?<![\d.])(-?\d+)(?![\d.])")  # a whole one


@dataclass(frozen=True, eq=False)
class Delay:
    """A box that hands on what `slot` had `lag` steps of a recurrence ago; in the first steps that is `initial`."""

    id: str
    recurrence: str
    slot: Slot
    lag: int
    initial: Mapping[int, str] = field(default_factory=dict)

    def held(self, step: int) -> str | None:
        """The node that it hands on in a time step; None where it hands on nothing."""
        return self.slot.members.get(step - self.lag) or self.initial.get(step)

    def hands_on(self) -> tuple[str, ...]:
        """Some of the nodes that it hands on, those with the longest names among them."""
        several = list(self.slot.members.values())
        return (*self.initial.values(), *several[:3], *several[-3:])


@dataclass(frozen=True, eq=False)
class Cyclic:
    """What is drawn of a recurrence: its slots and delays by the keys of their boxes, the plate behind them.

    `signs` are those of the members of a slot that have no sign in common, by the nodes. `sums` are the additions
    that are drawn in the last one of their chain, by that. `title` is the room for the step that is being worked on.
    """

    recurrence: Recurrence
    slots: Mapping[str, Slot]
    delays: Mapping[str, Delay]
    signs: Mapping[str, str] = field(default_factory=dict)
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    plate: Rect | None = None
    title: Rect | None = None


def delay_body(delay: Delay, notation: Notation) -> Body:
    """The square of a delay: z with the power −lag, and under it room for the name of what it hands on."""
    formula = typeset(f"z^{{{-delay.lag}}}", _SIZE, display=False)
    names = [typeset(notation.symbol(one), HELD, display=False) for one in delay.hands_on()]
    room = max(one.width for one in names), max(one.height for one in names)
    side = max(_SIDE, room[0] + 10, formula.height + room[1] + 12)
    top = (side - formula.height - room[1] - 3) / 2
    spot = ((side - formula.width) / 2, top, formula.width, formula.height)
    value = (4.0, top + formula.height + 3, side - 8, room[1])
    return Body(delay.id, "delay", "rect", side, side, 3.0, spot, formula, value)


def slot_body(slot: Slot, bodies: Mapping[str, Body]) -> Body:
    """The body for all members of a slot, the largest of theirs; that of the loss where one of them is the loss."""
    several = [bodies[node] for node in slot.members.values() if node in bodies]
    roles = [one.role for one in several]
    role = "loss" if "loss" in roles else max(roles, key=roles.count)
    largest = max((one for one in several if one.role == role), key=lambda one: one.width * one.height)
    below = [one.below for one in several if one.below is not None]
    return replace(
        largest,
        node=slot.name,
        below=(max(w for w, _ in below), max(h for _, h in below)) if below and largest.below else None,
    )


def slot_symbol(slot: Slot, notation: Notation, letter: str) -> str:
    """The sheet's symbol of a slot: what its members' symbols have in common, the loop's letter for the number."""
    if len(slot.members) < 2:
        return notation.symbol(next(iter(slot.members.values())))
    steps = list(slot.members)
    ends = {step: notation.symbol(slot.members[step]) for step in (steps[0], steps[-1])}
    return _generic(ends, letter) or notation.local(slot.name)


def slot_sign(slot: Slot, program: Program, notation: Notation, letter: str) -> str | None:
    """The sign of a slot's members, with the loop's letter in place of the step; None where it is another in each."""
    return _generic({step: signed(program, notation, node) for step, node in slot.members.items()}, letter)


def sum_sign(letter: str) -> str:
    """The sign of a sum over all steps."""
    return rf"\sum_{{{symbol(letter)}}}"


def _generic(latex: Mapping[int, str], letter: str) -> str | None:
    """What several formulas have in common, the loop's letter for a number that runs with the step; None if nothing."""
    steps = sorted(latex)
    several = [_NUMBER.split(latex[step]) for step in steps]
    if len({tuple(parts[::2]) for parts in several}) > 1:
        return None
    found = []
    for k, numbers in enumerate(zip(*several, strict=True)):
        if len(set(numbers)) == 1:
            found.append(numbers[0])
            continue
        ahead = {int(number) - step for number, step in zip(numbers, steps, strict=True)}
        if len(ahead) > 1:
            return None
        far = ahead.pop()
        written = symbol(letter) + (f"{far:+d}" if far else "")
        opened = k and several[0][k - 1].endswith("{")
        found.append(written if opened or (len(written) == 1) else f"{{{written}}}")
    return "".join(found)

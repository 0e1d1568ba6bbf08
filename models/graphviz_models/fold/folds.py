"""What can be folded in a program, what is folded when it is opened, and what the keys do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from graphviz_models.notation import symbol
from graphviz_models.once import once
from graphviz_models.program import Program

from .recurrence import Recurrence, recurrence

LONG = 8  # steps; a longer recurrence is opened with its middle folded
_LEAST = 5  # steps, from which on there is a middle worth folding
_SPAN = re.compile(r"(?P<first>-?\d{1,9})\.\.(?P<last>-?\d{1,9})\Z")


@dataclass(frozen=True)
class Fold:
    """Nodes that can be drawn as one box.

    `id` is "cell#1" for a group, "t=2" for a time step, "t=2..9" for a span of steps, "t" for the whole recurrence over
    t. `label` is the LaTeX for its box, `members` are the nodes that it takes in.
    """

    id: str
    kind: Literal["group", "step", "span", "recurrence"]
    label: str
    members: tuple[str, ...]


@once
def folds(program: Program) -> tuple[Fold, ...]:
    """Everything that can be folded in a program, at its level: what takes in more comes first.

    Of the spans only the middle of the recurrence is listed, all steps but the first and the last; any other span can
    be folded, too, by its id. A group or a time step of a single node is none; a recurrence whose states change their
    shape from step to step (layers of several widths) cannot be drawn as one step that returns.
    """
    return tuple(sorted([*_steps(program), *_groups(program)], key=lambda fold: -len(fold.members)))


def initial(program: Program) -> frozenset[str]:
    """What is folded when a model is opened: the middle of a recurrence of more than 8 steps, else nothing.

    Only of one that is written as a loop: a family whose members are typed one by one may read one another anyhow.
    """
    steps = recurrence(program)
    if steps is None or len(steps.steps) <= LONG or not any(e.loop for e in program.equations):
        return frozenset()
    return frozenset({_span_id(steps, steps.steps[1], steps.steps[-2])})


def known(program: Program, folded: Iterable[str]) -> tuple[Fold, ...]:
    """The folds of these ids, what takes in more first; unknown ids are left out."""
    wanted = set(folded)
    if not wanted:
        return ()
    listed = [fold for fold in folds(program) if fold.id in wanted]
    spans = (_span(program, one) for one in sorted(wanted - {fold.id for fold in listed}))
    return tuple(sorted((*listed, *(one for one in spans if one)), key=lambda fold: -len(fold.members)))


def outwards(program: Program, folded: frozenset[str], node: str) -> frozenset[str]:
    """What is folded after the key that folds, on a node or on the box of a fold (`node` is its id then).

    The innermost group, time step or recurrence folds that takes in more than what is drawn there now; what is folded
    within it stays so, for when it unfolds. The id of a fold that is not folded folds it. Nothing changes where nothing
    larger is around.
    """
    here = known(program, {node})
    if here and node not in folded:
        return folded | {node}
    taken = set(_taken(program, folded, node)) or {_member(program, node)}
    for fold in known(program, folded):  # a group in a folded recurrence
        taken = set(fold.members) if taken < set(fold.members) else taken
    around = (fold for fold in reversed(folds(program)) if fold.kind != "span" and len(fold.members) > len(taken))
    return folded | {fold.id for fold in islice((fold for fold in around if taken <= set(fold.members)), 1)}


def inwards(program: Program, folded: frozenset[str], node: str) -> frozenset[str]:
    """What is folded after the key that unfolds: without the fold that is drawn for a node, or whose box `node` is.

    What was folded within it is seen again. Nothing changes where nothing is folded.
    """
    taken = set(_taken(program, folded, node))
    return folded - {fold.id for fold in known(program, folded) if set(fold.members) == taken}


def _taken(program: Program, folded: frozenset[str], node: str) -> tuple[str, ...]:
    """What the fold takes in that is drawn for a node, or whose box `node` is; nothing where there is none."""
    member = _member(program, node)
    hiding = (fold.members for fold in known(program, folded) if fold.id == node or member in fold.members)
    return max(hiding, key=len, default=())


def _member(program: Program, node: str) -> str:
    """The node itself, or a member of the slot of a recurrence that has this name."""
    steps = recurrence(program)
    slots = steps.slots if steps is not None and node not in program.names else ()
    return next((next(iter(slot.members.values())) for slot in slots if slot.name == node), node)


def _steps(program: Program) -> list[Fold]:
    steps = recurrence(program)
    if steps is None:
        return []
    found = []
    if all(len({program.shape(node) for node in slot.members.values()}) == 1 for slot in steps.slots):
        everything = tuple(node for slot in steps.slots for node in slot.members.values())
        found.append(Fold(steps.id, "recurrence", _range(steps, steps.steps[0], steps.steps[-1]), everything))
    if len(steps.steps) >= _LEAST:
        found.append(_span_of(steps, steps.steps[1], steps.steps[-2]))
    letter = symbol(steps.id)
    found += [
        Fold(f"{steps.id}={step}", "step", f"{letter} = {step}", nodes)
        for step, nodes in steps.nodes.items()
        if len(nodes) > 1
    ]
    return found


def _span(program: Program, wanted: str) -> Fold | None:
    """The span that is written like this, where the recurrence has such steps."""
    steps = recurrence(program)
    variable, _, range_ = wanted.partition("=")
    match = _SPAN.fullmatch(range_)
    if steps is None or variable != steps.id or match is None:
        return None
    first, last = int(match["first"]), int(match["last"])
    if first not in steps.nodes or last not in steps.nodes or first >= last:
        return None
    return _span_of(steps, first, last)


def _span_of(steps: Recurrence, first: int, last: int) -> Fold:
    members = tuple(node for step in steps.steps if first <= step <= last for node in steps.nodes[step])
    return Fold(_span_id(steps, first, last), "span", _range(steps, first, last), members)


def _span_id(steps: Recurrence, first: int, last: int) -> str:
    return f"{steps.id}={first}..{last}"


def _range(steps: Recurrence, first: int, last: int) -> str:
    between = [step for step in steps.steps if first < step < last]
    middle = r"\ldots,\, " if len(between) > 1 else f"{between[0]},\\, " if between else ""
    return rf"{symbol(steps.id)} = {first},\, {middle}{last}"


def _groups(program: Program) -> list[Fold]:
    members: dict[str, list[str]] = {}
    for equation in program.equations:
        for group in equation.groups:
            members.setdefault(group, []).append(equation.name)
    return [
        Fold(group, "group", called(group.rpartition("#")[0], int(group.rpartition("#")[2])), tuple(nodes))
        for group, nodes in members.items()
        if len(nodes) > 1 and group not in program.equation
    ]


def called(name: str, number: int | None) -> str:
    """The LaTeX for a call of a def: its name, with the number of the call below it where there is one."""
    upright = name.replace("_", r"\_")
    return rf"\mathrm{{{upright}}}" + ("" if number is None else f"_{{{number}}}")

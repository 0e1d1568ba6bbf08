"""Views: in which box every node of a program is drawn while some of it is folded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from graphviz_models.program import Program

from .folds import Fold, called, known
from .recurrence import Recurrence, recurrence
from .sums import sums


@dataclass(frozen=True, eq=False)
class View:
    """What is seen of a program.

    `boxes` are the folds that have a box, by their ids; `hidden` is the id of such a fold for every node that it takes
    in. `cyclic` is the recurrence where that is folded: of its other nodes every slot has one box, by the slot's name.
    Where folds take in the same node it is drawn in the one that takes in most: a recurrence goes before a span, a span
    before a step, a step before the groups in it. Inside of a folded recurrence the calls of a group in all steps fold
    as one; what adds up one of its nodes over all steps is drawn in the last of those additions: `sums` has the others
    by that one.
    """

    folds: tuple[Fold, ...]
    boxes: Mapping[str, Fold]
    hidden: Mapping[str, str]
    cyclic: Recurrence | None = None
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the folds that change what is seen, always in the same order."""
        own = (self.cyclic.id,) if self.cyclic is not None else ()
        return (*own, *sorted(self.boxes))

    def box(self, node: str) -> str:
        """The fold, the slot or the node itself that is drawn for a node."""
        found = self.hidden.get(node) or self._sum.get(node)
        if found is None and self.cyclic is not None and node in self.cyclic.slot:
            return self.cyclic.slot[node].name
        return found or node

    @cached_property
    def _sum(self) -> Mapping[str, str]:
        """The last addition of its chain for each of those before it."""
        return {node: last for last, before in self.sums.items() for node in before}


def view(program: Program, folded: Iterable[str]) -> View:
    """What is seen of a program with these folds; unknown ids are ignored."""
    several = known(program, folded)
    hidden: dict[str, str] = {}
    cyclic = None
    for fold in several:
        if fold.kind == "recurrence":
            inside = [one for one in several if len(one.members) > len(fold.members) and one.kind == "group"]
            if not any(set(one.members) >= set(fold.members) for one in inside):
                cyclic = recurrence(program)
            continue
        if cyclic is not None:
            _within(fold, cyclic, hidden)
            continue
        for node in fold.members:
            hidden.setdefault(node, fold.id)
    drawn = set(hidden.values())
    boxes = {one.id: one if cyclic is None else _of_any(one, program, cyclic) for one in several if one.id in drawn}
    added = {} if cyclic is None else sums(program, cyclic)
    return View(several, boxes, hidden, cyclic, {last: before for last, before in added.items() if last not in hidden})


def _of_any(fold: Fold, program: Program, cyclic: Recurrence) -> Fold:
    """A group that stands for its calls in all steps, with a label that says so: cell, or the first call, gate, 1."""
    turn = next((cyclic.turn[node] for node in fold.members if node in cyclic.turn), None)
    name = fold.id.rpartition("#")[0]
    beside = {
        group: None
        for equation in program.equations
        if turn is not None and cyclic.turn.get(equation.name) == turn
        for group in equation.groups
        if group.rpartition("#")[0] == name
    }
    if fold.id not in beside:
        return fold
    return replace(fold, label=called(name, list(beside).index(fold.id) + 1 if len(beside) > 1 else None))


def _within(fold: Fold, cyclic: Recurrence, hidden: dict[str, str]) -> None:
    """A fold that is smaller than the folded recurrence: a group, with its calls in the other steps."""
    if fold.kind != "group":
        return
    for node in fold.members:
        slot = cyclic.slot.get(node)
        for other in slot.members.values() if slot is not None else (node,):
            hidden.setdefault(other, fold.id)

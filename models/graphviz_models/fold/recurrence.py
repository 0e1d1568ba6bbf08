"""The recurrence of a program: its time steps, and the nodes that return in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

from graphviz_models.once import once
from graphviz_models.program import Program

from .clocks import clocks
from .columns import columns, node_member
from .kinds import generic, kinds, member

_LETTERS = ("t", "k", "n", "i", "j", "s", "m", "r")  # for a step that no loop variable counts


@dataclass(frozen=True)
class Slot:
    """One node of a folded recurrence, `name` "h[t]": its members by their time steps, and what they have in common."""

    name: str
    members: Mapping[int, str] = field(hash=False)
    kind: str

    def near(self, step: int) -> str:
        """The member of that step, or of the nearest one that has one."""
        return self.members.get(step) or self.members[min(self.members, key=lambda one: abs(one - step))]

    def called(self, step: int) -> str:
        """The name that a member of any step would have."""
        return member(self.kind, step)


@dataclass(frozen=True, eq=False)
class Recurrence:
    """The time steps of a program.

    `id` is the loop variable (a free letter where the steps are written out one by one). `column` is the step of every
    node that stands in one: one of `steps`, or an earlier one for an initial value. `slots` have all nodes of `steps`,
    and what is given to several of them: the word that one step reads and the one before should have said.
    """

    id: str
    column: Mapping[str, int]
    steps: tuple[int, ...]
    slots: tuple[Slot, ...]

    @cached_property
    def slot(self) -> Mapping[str, Slot]:
        """The slot of every node in one of the steps."""
        return {node: slot for slot in self.slots for node in slot.members.values()}

    @cached_property
    def turn(self) -> Mapping[str, int]:
        """The step of every node in one of the steps."""
        return {node: step for slot in self.slots for step, node in slot.members.items()}

    @cached_property
    def nodes(self) -> Mapping[int, tuple[str, ...]]:
        """The nodes that stand in every step, in the order of the slots; what no node reads stands in none."""
        found: dict[int, list[str]] = {step: [] for step in self.steps}
        for slot in self.slots:
            for step, node in slot.members.items():
                if node in self.column:
                    found[step].append(node)
        return {step: tuple(several) for step, several in found.items()}

    def lag(self, source: str, target: str) -> int:
        """How many steps later the target is than the source; 0 where one of them is in no step."""
        if source not in self.turn or target not in self.turn:
            return 0
        return self.turn[target] - self.turn[source]


def alike(program: Program) -> dict[str, str]:
    """What every node that stands in a column has in common with those of other columns, unlike within one column."""
    column = {node: step for node, step in clocks(program).items() if step is not None}
    return kinds(column, program.entries)


@once
def recurrence(program: Program) -> Recurrence | None:
    """The recurrence of a program, None where it has none of two steps or more."""
    column = {node: step for node, step in columns(program).items() if step is not None}
    turns = {column[e.name] for e in program.equations if e.name in column and e.loop}
    if not turns:  # written out: a step reads something, an initial value does not
        turns = {column[e.name] for e in program.equations if e.name in column and e.reads}
    steps = tuple(sorted(turns))
    if len(steps) < 2:
        return None
    several = _of_several(program, column, turns)
    column = {node: step for node, step in column.items() if node not in several}
    inside = {node: step for node, step in (column | several).items() if step in turns}
    for name, given in program.given.items():  # an index that only picks an entry is read by no node
        if name not in column and not program.consumers[name] and given.integer:
            digits = name.rpartition("[")[2].rstrip("]")
            if digits.lstrip("-").isdigit() and int(digits) in turns:
                inside[name] = int(digits)
    letter = _letter(program)
    members: dict[str, dict[int, str]] = {}
    for node, kind in kinds(inside, program.entries).items():
        members.setdefault(kind, {})[inside[node]] = node
    once = {next(iter(found.values())) for found in members.values() if len(found) == 1} & set(program.given)
    members = {kind: found for kind, found in members.items() if not once.intersection(found.values())}
    slots = [
        Slot(generic(kind, letter) if len(found) > 1 else next(iter(found.values())), dict(sorted(found.items())), kind)
        for kind, found in members.items()
    ]
    return Recurrence(letter, column, steps, tuple(slots))


def _of_several(program: Program, column: Mapping[str, int], turns: AbstractSet[int]) -> dict[str, int]:
    """The step, the first that it feeds, of all members of those given families of which some feed several steps, or
    what stands outside as well; none of a family whose members do not all feed the same steps, seen from their own.
    """
    fed: dict[str, dict[str, set[int]]] = {}
    apart: set[str] = set()  # families with a member of no step
    for name in program.given:
        family, index = node_member(program, name)
        if index is not None:
            found = {column[by] - index for by in program.consumers[name] if column.get(by) in turns}
            fed.setdefault(family, {})[name] = found
            if found and name not in column:
                apart.add(family)
    steps: dict[str, int] = {}
    for family in apart:
        ahead = set().union(*fed[family].values())
        own = {name: node_member(program, name)[1] or 0 for name in fed[family]}
        alike = all({far for far in ahead if own[name] + far in turns} == found for name, found in fed[family].items())
        if alike and len(ahead) <= len(turns) and len({program.shape(name) for name in own}) == 1:
            steps |= {name: index + min(ahead) for name, index in own.items()}
    return steps


def _letter(program: Program) -> str:
    """The variable of the outermost loop that makes the steps, else a letter that no node begins with."""
    for e in program.equations:
        if e.loop and columns(program).get(e.name) == e.loop[0][1]:
            return e.loop[0][0]
    taken = {name.split("[")[0].split("#")[0] for name in program.names}
    return next((letter for letter in _LETTERS if letter not in taken), "step")

"""Time columns: which nodes of an unrolled recurrence belong to which of its steps."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from functools import lru_cache

from graphviz_models.expr import Apply, Expr
from graphviz_models.once import once
from graphviz_models.program import Program

_MEMBER = re.compile(r"(?P<family>.*?)(?:\[(?P<index>-?\d+)\]|(?P<digits>\d+))\Z", re.DOTALL)
_PART = re.compile(r"#\d+\Z")  # of an equation: the third operation of L is L#3


@once
def columns(program: Program) -> Mapping[str, int | None]:
    """The time step of every node; None for what several steps share and for what stands outside of time.

    A step is one turn of the outermost loop, where some turn reads what another one computed, or the index of a family
    whose members read one another (h[2] reads h[1]; h2 reads h1) in a chain, or each written as the one before: α2 is
    no step after α1 in α2 = 1 − α1. A given node belongs to the one step that it feeds.
    What comes after nodes of no step that need earlier steps is in none, either: a second loop that needs all of the
    first, or r2 = relu(z4 + r1) with a z4 that is computed from r1 in four lines.
    """
    steps = _hanging_together(program, _turns(program)) or _hanging_together(program, _members(program))
    return with_given(program, steps)


def with_given(program: Program, steps: Mapping[str, int]) -> dict[str, int | None]:
    """The step of every node, where those of computed ones are known: initial values, and inputs by what they feed."""
    if not steps:
        return dict.fromkeys(program.names)
    shift = _shift(program, steps)
    found: dict[str, int | None] = {}
    for name in reversed(program.names):
        family, index = node_member(program, name)
        step = steps.get(name)
        if step is None and family in shift and index is not None:
            step = index + shift[family]  # h[0], the state before the first step
        if step is None and name in program.given:
            fed = {found.get(consumer) for consumer in program.consumers.get(name, ())}
            step = fed.pop() if len(fed) == 1 else None
        found[name] = step
    return {name: found[name] for name in program.names}


@lru_cache(maxsize=65536)
def member(name: str) -> tuple[str, int | None]:
    """Family and index of a member: h[2], h2 and h[2]#1 are ("h", 2); the index is None in L and L#1."""
    name = _PART.sub("", name)
    match = _MEMBER.fullmatch(name)
    if match is None or not match["family"]:
        return name, None
    return match["family"], int(match["index"] if match["index"] is not None else match["digits"])


def node_member(program: Program, name: str) -> tuple[str, int | None]:
    """The same of a node, that of its array where it is an entry of one."""
    return member(program.entries[name][0] if name in program.entries else name)


def _hanging_together(program: Program, steps: Mapping[str, int]) -> dict[str, int]:
    """The steps without what comes after nodes that stand between them; none where no step reads another any more."""
    later = set(between(program, steps))
    if not later:
        return dict(steps)
    left: dict[str, int] = {}
    for equation in program.equations:
        if later.intersection(equation.reads):
            later.add(equation.name)
        elif equation.name in steps:
            left[equation.name] = steps[equation.name]
    linked = any(left.get(read, step) != step for name, step in left.items() for read in program.equation[name].reads)
    return left if linked else {}


def between(program: Program, steps: Mapping[str, int]) -> list[str]:
    """The nodes of no step that are computed from one step and lead to another."""
    after: set[str] = set()
    for equation in program.equations:
        if equation.name not in steps and any(read in after or read in steps for read in equation.reads):
            after.add(equation.name)
    leading: set[str] = set()
    for equation in reversed(program.equations):
        if equation.name in steps or equation.name in leading:
            leading.update(read for read in equation.reads if read in after)
    return [equation.name for equation in program.equations if equation.name in leading]


def _turns(program: Program) -> dict[str, int]:
    turns = {equation.name: equation.loop[0] for equation in program.equations if equation.loop}
    linked = dict.fromkeys(
        turns[name][0]
        for name in turns
        for read in program.equation[name].reads
        if read in turns and turns[read][0] == turns[name][0] and turns[read][1] != turns[name][1]
    )
    if not linked:
        return {}
    every = set(turns.values())  # two recurrences have no common clock: the longer one has its own
    longest = max(linked, key=lambda variable: sum(one == variable for one, _ in every))
    return with_followers(program, {name: turn for name, (variable, turn) in turns.items() if variable == longest})


def _members(program: Program) -> dict[str, int]:
    linked: dict[str, set[int]] = {}  # by family: the members that read the one before
    for equation in program.equations:
        family, index = node_member(program, equation.name)
        if index is not None and any(node_member(program, read) == (family, index - 1) for read in equation.reads):
            linked.setdefault(family, set()).add(index)
    written = _written(program, linked)
    alike = {family: sum(_alike(written, family, index) for index in linked[family]) for family in linked}
    chained = {family for family, found in linked.items() if {index + 1 for index in found} & found}
    recurrent = {family for family in linked if alike[family] or family in chained}
    steps = {name: index for name, (family, index) in _indices(program).items() if family in recurrent}
    if max(alike.values(), default=0) < 2 and _fed_by_others(program, steps):
        return {}
    return _joined(program, with_followers(program, steps))


def _indices(program: Program) -> dict[str, tuple[str, int]]:
    """Family and index of every computed node that has them."""
    found = ((equation.name, *node_member(program, equation.name)) for equation in program.equations)
    return {name: (family, index) for name, family, index in found if index is not None}


def _written(program: Program, families: Container[str]) -> dict[tuple[str, int], tuple[set[str], set[str]]]:
    """How every member of these families is written: with which operations, and with which families of its index."""
    found: dict[tuple[str, int], tuple[set[str], set[str]]] = {}
    for name, (family, index) in _indices(program).items():
        if family in families:
            operations, beside = found.setdefault((family, index), (set(), set()))
            operations |= _operations(program.equation[name].rhs)
            read = (node_member(program, one) for one in program.equation[name].reads)
            beside |= {other for other, its in read if its == index and other != family}
    return found


def _operations(e: Expr) -> set[str]:
    found: set[str] = set()
    seen: set[int] = set()
    stack = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, Apply) and id(top) not in seen:
            seen.add(id(top))
            found.add(top.op.name)
            stack.extend(top.args)
    return found


def _alike(written: Mapping[tuple[str, int], tuple[set[str], set[str]]], family: str, index: int) -> bool:
    """Whether a member is computed as the one before: by the same operations, or both from families of their index."""
    if (family, index - 1) not in written:
        return False
    (before, its), (operations, own) = written[family, index - 1], written[family, index]
    return before == operations or bool(its & own)


def _fed_by_others(program: Program, steps: Mapping[str, int]) -> bool:
    """Whether what is computed from an input, in no step, feeds several: it would have to stand before them all."""
    early: set[str] = {name for name, given in program.given.items() if given.role == "input"}
    fed: dict[str, set[int]] = {}
    for equation in program.equations:
        if equation.name not in steps and early.intersection(equation.reads):
            early.add(equation.name)
        for read in equation.reads if equation.name in steps else ():
            if read in early and read in program.equation and read not in steps:
                fed.setdefault(read, set()).add(steps[equation.name])
    return any(len(found) > 1 for found in fed.values())


def _joined(program: Program, steps: dict[str, int]) -> dict[str, int]:
    """The steps with the families that are computed between them, where their indices fit: f2 of c2 = f2*c1 + …"""
    families = {node_member(program, name)[0] for name in between(program, steps)}
    joined = dict(steps)
    for equation in program.equations:
        family, index = node_member(program, equation.name)
        if family in families and index is not None:
            joined[equation.name] = index
    return next((found for found in (joined, steps) if _forward(program, found)), {})


def _forward(program: Program, steps: Mapping[str, int]) -> bool:
    """Whether no step reads a later one."""
    return all(
        steps[read] <= step for name, step in steps.items() for read in program.equation[name].reads if read in steps
    )


def with_followers(program: Program, steps: dict[str, int]) -> dict[str, int]:
    """The steps with what is computed outside of them, but from one step with its own index: L[t], or L1, of z[t]."""
    for equation in program.equations:
        _, index = node_member(program, equation.name)
        of = {steps[read] for read in equation.reads if read in steps}
        if equation.name not in steps and index is not None and of == {index}:
            steps[equation.name] = index
    return steps


def _shift(program: Program, steps: Mapping[str, int]) -> dict[str, int]:
    """For every family whose index runs with the steps: step minus index."""
    shifts: dict[str, set[int]] = {}
    for name, step in steps.items():
        family, index = node_member(program, name)
        if index is not None:
            shifts.setdefault(family, set()).add(step - index)
    return {family: found.pop() for family, found in shifts.items() if len(found) == 1}

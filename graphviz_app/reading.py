"""From a text to what it means: its sheet, the program at a level, the trace of a run, and its picture laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from graphviz_app.arrangement import Places
from graphviz_app.folding import box_of, carried
from graphviz_app.state import NOWHERE, Moves, Plane, Point, State, Training, moved_by
from graphviz_models.fold import folds
from graphviz_models.optimizers import COUNT, OPTIMIZERS, Descent, remembered
from graphviz_models.picture import Picture, picture
from graphviz_models.picture.plan import plan
from graphviz_models.problem import Problem, Problems
from graphviz_models.program import Level, Program
from graphviz_models.sheet import Sheet, read
from graphviz_models.theme import THEMES
from graphviz_models.trace import Trace, run

Parameters = Mapping[str, np.ndarray[Any, Any]]

SMALL = 400  # nodes of a graph whose last picture is made beforehand
MOST_VIEWS = 16  # of an older file whose moved nodes are compared with the layout


@dataclass(frozen=True, eq=False)
class Meaning:
    """What a text means, or what is wrong with it; `complaint` says what is shown otherwise than was asked for.

    `moves` are those of an older file beside it, None where there are none.
    """

    sheet: Sheet | None = None
    trace: Trace | None = None
    level: str = "variables"
    folded: frozenset[str] = frozenset()
    at: int = 0
    problems: tuple[Problem, ...] = ()
    complaint: str = ""
    homes: Mapping[str, Point] = field(default_factory=dict)
    moves: Moves | None = None


def meaning(
    shown: State,
    wanted: Mapping[str, Any],
    sheet: Sheet | None,
    parameters: Parameters | None,
    training: Training | None,
    *,
    again: bool = True,
    placed: Places = MappingProxyType({}),
) -> Meaning:
    """What the text of `shown` means, seen as `wanted` (fields of the state) asks for.

    The text is read unless its `sheet` is at hand; it is run with `parameters`, unless nothing but the view is another
    one and it need not be run `again`. The picture is laid out here, off the window's thread, and its marks are made:
    both are kept where they are made. `placed` is where a file of an older format has moved nodes.
    """
    asked = replace(shown, **wanted)
    fresh = sheet is None
    try:
        if sheet is None:
            sheet = replace(read(asked.text, str(asked.path or asked.name)), path=asked.path)
        program, complaint = _at_level(sheet, asked)
        folded = asked.folded
        if "folded" not in wanted and program is not shown.program:
            folded = carried(program, shown.folded, shown.program)
        trace = shown.trace
        if again or trace is None or trace.program is not program:
            wish = training or sheet.training
            state = _by_entry(program, parameters)
            trace = run(program, sheet.notation, state, descent=Descent(wish.learning_rate, wish.optimizer, state))
        at = min(asked.at, len(trace.steps))
        if shown.trace is not None and sheet is shown.sheet and program is not shown.program:
            at = same_moment(shown.trace, shown.at, trace)
        asked = replace(asked, trace=trace, level=program.level, folded=folded, at=at)
        folds(program)  # the menu asks for them
        moves = _relative(placed, sheet, asked) if placed else None
        asked = _laid_out(asked if moves is None else replace(asked, moves=moves), fresh=fresh)
        if program is not shown.program and len(program.names) <= SMALL:
            drawn(replace(asked, at=len(trace.steps)))
    except Problems as error:
        if fresh:
            return Meaning(problems=error.problems)
        return Meaning(complaint=f"{error.problems[0].message}.")
    return Meaning(sheet, trace, program.level, asked.folded, asked.at, (), complaint, asked.homes, moves)


def same_moment(before: Trace, at: int, after: Trace) -> int:
    """How many steps of a trace are done when as much is known as after `at` steps of the same model at another level.

    A variable has been computed with the last of its operations or entries, and so has its delta.
    """
    if not 0 < at < len(before.steps):
        return len(after.steps) if at else 0
    step = before.steps[at - 1]
    wanted = step.phase, _variable(before.program, step.node)
    found = [k for k, s in enumerate(after.steps, 1) if (s.phase, _variable(after.program, s.node)) == wanted]
    if not found:
        return min(at, len(after.steps))
    more = any(
        (s.phase, _variable(before.program, s.node)) == wanted for s in before.steps[at:]
    )  # steps of this variable that are still to come
    return found[0] - 1 if more else found[-1]


def _variable(program: Program, node: str) -> str:
    if node in program.given:
        return program.given[node].origin or node
    equation = program.equation.get(node)
    return equation.origin or node if equation is not None else node


def drawn(state: State, *, presenting: bool = False) -> Picture:
    """The picture of a state; ValueError where no model is open. `presenting`: without the ring of the selection."""
    if state.trace is None:
        raise ValueError("no model is open")
    selected = None if presenting else state.selected
    if selected is not None:
        selected = box_of(state.trace.program, state.folded, selected)
    return picture(
        state.trace,
        state.at,
        state.progress,
        theme=THEMES[state.theme],
        show=state.show,
        digits=state.digits,
        direction=state.direction,
        pinned=state.pinned,
        selected=selected,
        folded=state.folded,
    )


def looks_other(before: State, after: State) -> bool:
    """Whether the marks of two states are others, whatever the step."""
    return any(
        getattr(before, name) is not getattr(after, name) and getattr(before, name) != getattr(after, name)
        for name in ("trace", "show", "digits", "viewpoint", "pinned", "theme")
    )


def _laid_out(asked: State, *, fresh: bool) -> State:
    """The state, its picture laid out; a model that has just been read folds as much as it has to for that."""
    try:
        asked = replace(asked, homes=_homes(asked))
        drawn(asked)
    except Problems:
        start = carried(asked.trace.program, frozenset(), None) if asked.trace is not None else frozenset()
        if not fresh or asked.folded >= start:
            raise
        asked = replace(asked, folded=asked.folded | start)
        asked = replace(asked, homes=_homes(asked))
        drawn(asked)
    return asked


def _homes(asked: State) -> Mapping[str, Point]:
    """Where the layout has every box of a state. Raises Problems where there are too many."""
    if asked.trace is None:
        return NOWHERE
    trace = asked.trace
    return plan(trace.program, trace.notation, asked.show, asked.digits, asked.direction, {}, asked.folded).corners


def _relative(placed: Places, sheet: Sheet, asked: State) -> Moves:
    """How far nodes were moved that a file has at one place for each set of folds; what is seen goes first."""
    moves: dict[Plane, dict[str, Point]] = {}
    views = sorted(placed, key=lambda seen: seen != asked.viewpoint)
    for seen in views[:MOST_VIEWS]:
        try:
            program = sheet.program.at_level(cast("Level", seen.level))
            laid = plan(program, sheet.notation, asked.show, asked.digits, seen.direction, {}, seen.folded)
        except Problems:
            continue
        moved = moves.setdefault(seen.plane, {})
        for box, place in placed[seen].items():
            if box in laid.corners:
                moved.setdefault(box, moved_by(laid.corners[box], place))
    return {plane: moved for plane, moved in moves.items() if moved}


def _at_level(sheet: Sheet, asked: State) -> tuple[Program, str]:
    """The sheet's program at the level that is asked for, and why it is at another one, if it is."""
    shown = asked.program
    if sheet is asked.sheet and shown is not None and shown.level == asked.level:
        return shown, ""  # the same program keeps its picture's layout
    try:
        return sheet.program.at_level(cast("Level", asked.level)), ""
    except Problems as error:
        if sheet is asked.sheet:
            raise
        return sheet.program, f"{error.problems[0].message}."


def _by_entry(program: Program, state: Parameters | None) -> Parameters:
    """Parameters, and what is remembered of them, by the program's own names: of neurons every entry has one."""
    if state is None or program.level != "neurons":
        return state or {}
    found = {COUNT: state[COUNT]} if COUNT in state else {}
    kinds = {kind for one in OPTIMIZERS.values() for kind in one.remembers}
    for name, (node, index) in program.entries.items():
        if node in state:
            found[name] = state[node][index]
            for kind in kinds:
                if (kept := remembered(kind, node)) in state:
                    found[remembered(kind, name)] = state[kept][index]
    return found

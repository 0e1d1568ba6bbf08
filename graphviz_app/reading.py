"""From a text to what it means: its sheet, the program at a level, and the trace of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from graphviz_models.picture import picture
from graphviz_models.problem import Problem, Problems
from graphviz_models.program import Level, Program
from graphviz_models.sheet import Sheet, read
from graphviz_models.trace import Trace, run

if TYPE_CHECKING:
    from graphviz_app.session import State, Training

Parameters = Mapping[str, np.ndarray[Any, Any]]

SMALL = 400  # nodes of a graph whose last picture is made beforehand


@dataclass(frozen=True, eq=False)
class Meaning:
    """What a text means, or what is wrong with it; `complaint` says why another level is shown than was asked for."""

    sheet: Sheet | None = None
    trace: Trace | None = None
    level: str = "variables"
    problems: tuple[Problem, ...] = ()
    complaint: str = ""


def plain_rate(optimizer: str, learning_rate: float, iteration: int) -> float | None:
    """The learning rate of an update w − α·∂L/∂w that the trace may show; None where the optimizer does otherwise.

    The first update of momentum is a plain one, as its velocity is the gradient then.
    """
    return learning_rate if optimizer == "sgd" or (optimizer == "momentum" and iteration == 0) else None


def meaning(
    state: State,
    sheet: Sheet | None,
    parameters: Parameters | None,
    training: Training | None,
) -> Meaning:
    """Read the text (unless its `sheet` is at hand), and run it once at the state's level with `parameters`.

    The picture is laid out here as well, off the window's thread, and its numbers are set: both are kept where they
    are made.
    """
    try:
        if sheet is None:
            sheet = replace(read(state.text, str(state.path or state.name)), path=state.path)
        wanted = training or sheet.training
        rate = plain_rate(wanted.optimizer, wanted.learning_rate, training.iteration if training is not None else 0)
        program, complaint = _at_level(sheet, state)
        trace = run(program, sheet.notation, _by_entry(program, parameters), learning_rate=rate)
        if program is not state.program:
            picture(trace, 0, show=state.show, digits=state.digits)
            if len(program.names) <= SMALL:
                picture(trace, len(trace.steps), show=state.show, digits=state.digits)
    except Problems as error:
        return Meaning(problems=error.problems)
    return Meaning(sheet, trace, program.level, (), complaint)


def _at_level(sheet: Sheet, state: State) -> tuple[Program, str]:
    """The sheet's program at the state's level, and why it is at another one, if it is."""
    shown = state.program
    if sheet is state.sheet and shown is not None and shown.level == state.level:
        return shown, ""  # the same program keeps its picture's layout
    try:
        return sheet.program.at_level(cast("Level", state.level)), ""
    except Problems as error:
        return sheet.program, error.problems[0].message


def _by_entry(program: Program, parameters: Parameters | None) -> Parameters | None:
    """Values of the parameters by the program's own names: at the level of neurons every entry has one."""
    if parameters is None or program.level != "neurons":
        return parameters
    return {name: parameters[node][index] for name, (node, index) in program.entries.items() if node in parameters}

"""Models whose steps, groups and recurrences are folded in the tests, and what is measured on their pictures."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from graphviz_models.export import FORMATS
from graphviz_models.fold import folds, recurrence
from graphviz_models.picture import picture
from graphviz_models.program import Program
from graphviz_models.sheet import Sheet, load, read
from graphviz_models.trace import Trace, run

from . import ruler

RNN = """format = 1
title = "A recurrence of thirty steps"
equations = '''
h[0] = 0
for t in range(1, T + 1):
    h[t] = tanh(w*x[t] + u*h[t-1])
y = v*h[T]
L = (y - c)**2
'''
[constants]
T = 30
[inputs]
x = {GIVEN}
[targets]
c = 0.5
[parameters]
w = 0.8
u = 0.9
v = 1.1
"""
LSTM = """format = 1
title = "An LSTM whose cell is a function"
equations = '''
def cell(c, h, x):
    i = sigmoid(W_i @ x + U_i @ h)
    f = sigmoid(W_f @ x + U_f @ h)
    g = tanh(W_g @ x + U_g @ h)
    return f*c + i*g

for t in range(1, T + 1):
    c[t] = cell(c[t-1], h[t-1], x[t])
    o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1])
    h[t] = o[t]*tanh(c[t])
y = dot(v, h[T])
L = (y - d)**2
'''
[constants]
T = 3
[inputs]
x = {1 = [1.0, -0.5], 2 = [0.25, 0.75], 3 = [-1.5, 0.5]}
h = {0 = [0.0, 0.0]}
c = {0 = [0.0, 0.0]}
[targets]
d = 0.5
[parameters]
v = [0.7, -0.4]
"""
GATES = "".join(
    f'{kind}_{gate} = {{shape = [2, 2], init = "glorot", seed = {seed}}}\n'
    for seed, (kind, gate) in enumerate((kind, gate) for kind in "WU" for gate in "ifgo")
)
EXERCISES = ("sheet9-ex1", "sheet9-ex1f", "assignment3-q1", "assignment3-q2", "sheet8-ex3")
MODELS = (*EXERCISES, "rnn", "lstm")


@cache
def sheet(model: str) -> Sheet:
    if model == "lstm":
        return read(LSTM + GATES, model)
    if model.startswith("rnn"):
        steps = int(model[3:] or 30)
        given = ",\n    ".join(f"{k} = {(0.5, -1.0, 0.25, 0.1)[k % 4]}" for k in range(1, steps + 1))
        lines = [f"x.{line.strip().rstrip(',')}" for line in given.splitlines()]
        text = RNN.replace("T = 30", f"T = {steps}").replace("x = {GIVEN}", "\n".join(lines))
        return read(text, model)
    return load(model)


@cache
def trace(model: str, level: str = "variables") -> Trace:
    found = sheet(model)
    return run(found.program.at_level(level), found.notation)  # type: ignore[arg-type]


def sets(program: Program) -> list[frozenset[str]]:
    """Sets of folds: each of a few alone, all of a kind together, kinds mixed."""
    several = folds(program)
    by = {kind: [one.id for one in several if one.kind == kind] for kind in ("recurrence", "span", "step", "group")}
    found = [{one} for one in (*by["recurrence"], *by["span"], *by["step"][:2], *by["step"][-1:], *by["group"][:2])]
    found += [set(by["step"]), set(by["group"]), {*by["recurrence"], *by["group"]}]
    steps = recurrence(program)
    if steps is not None and len(steps.steps) > 3:
        a, b, c, *_, z = steps.steps
        found += [{f"{steps.id}={a}..{b}", f"{steps.id}={c}"}, {f"{steps.id}={b}..{z}"}]
    return [frozenset(one) for one in found if one]


def data(trace_: Trace, at: int, **options: Any) -> dict[str, Any]:
    """The picture as JSON."""
    found: dict[str, Any] = json.loads(FORMATS[".json"].write(picture(trace_, at, **options)))
    return found


def faults(drawn: dict[str, Any]) -> dict[str, list[str]]:
    """Everything that must not be on a picture."""
    found = ruler.faults(ruler.of_picture(drawn)) | {"text outside its box": ruler.outside(drawn)}
    return {kind: rows for kind, rows in found.items() if rows}


def corners(drawn: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """The top left corner of every box by its node."""
    return {box["node"]: (box["x"], box["y"]) for box in drawn["boxes"]}

"""Random small models as text, the same for the same seed: nets of named equations, and recurrences."""

from __future__ import annotations

import random
from typing import Any

from graphviz_models.program import Program, build

_ONE = ["tanh({})", "sigmoid({})", "0.5*{}", "log(1 + exp({}))", "{}**2", "-{}", "1 - {}"]
_TWO = ["{} + {}", "{}*{}", "{} - {}", "{}/(2 + cos({}))", "maximum({}, {})"]


def random_model(seed: int) -> Program:
    """The model of a seed: every other one is a recurrence."""
    r = random.Random(seed)
    return _recurrence(r) if seed % 2 else _net(r)


def _formula(r: random.Random, reads: list[str]) -> str:
    """A sum, product … of all of these."""
    text = reads[0]
    for read in reads[1:]:
        text = r.choice(_TWO).format(text, read)
    return r.choice(_ONE).format(f"({text})") if r.random() < 0.6 else text


def _net(r: random.Random) -> Program:
    inputs = {f"x{i}": 0.3 * i - 0.4 for i in range(r.randint(1, 3))}
    parameters = {f"w{i}": 0.5 - 0.2 * i for i in range(r.randint(1, 4))}
    names, lines = [*inputs, *parameters], []
    for i in range(r.randint(2, 9)):
        recent = names[-4:] if r.random() < 0.7 else names
        reads = r.sample(recent, min(len(recent), r.randint(1, 3)))
        lines.append(f"a{i} = {_formula(r, reads)}")
        names.append(f"a{i}")
    last = [name for name in names if not any(name in line.split(" = ")[1] for line in lines)]
    lines.append(f"L = ({' + '.join([*last, names[-1]])} - t)**2")
    return build("\n".join(lines), inputs, {"t": 0.5}, parameters, {}, "L")


def _recurrence(r: random.Random) -> Program:
    steps, states = r.randint(2, 6), [f"h{'ab'[i]}" for i in range(r.randint(1, 2))]
    parameters = {f"w{i}": 0.5 - 0.2 * i for i in range(r.randint(1, 3))}
    lines = [f"{state}[0] = 0.1" for state in states] + [f"for t in range(1, {steps} + 1):"]
    for k, state in enumerate(states):
        reads = [f"{state}[t-1]", r.choice(list(parameters)), "x[t]" if k == 0 else f"{states[0]}[t]"]
        reads += r.sample(list(parameters), r.randint(0, 1)) + [f"{other}[t-1]" for other in states[:k]]
        lines.append(f"    {state}[t] = {_formula(r, list(dict.fromkeys(reads)))}")
    targets: dict[str, Any] = {"c": 0.5}
    if r.random() < 0.4:
        targets = {"c": {t: 0.1 * t for t in range(1, steps + 1)}}
        lines.append(f"    S[t] = ({states[-1]}[t] - c[t])**2")
        lines.append(f"L = {' + '.join(f'S[{t}]' for t in range(1, steps + 1))}")
    else:
        ends = [f"{states[-1]}[{t}]" for t in (range(1, steps + 1) if r.random() < 0.4 else (steps,))]
        lines += [f"y = {' + '.join(ends)}", "L = (y - c)**2"]
    used = "\n".join(lines)
    inputs: dict[str, Any] = {"x": {t: 0.2 * t - 0.3 for t in range(1, steps + 1)}}
    return build(used, inputs, targets, {name: v for name, v in parameters.items() if name in used}, {}, "L")

"""What adds up one node over all time steps is one sum of the cyclic graph, Σ with the step below."""

from __future__ import annotations

import pytest

from graphviz_models.fold import recurrence, view
from graphviz_models.picture import Picture, picture
from graphviz_models.read import number
from graphviz_models.sheet import read
from graphviz_models.trace import Trace, run

from .folding import data, faults

FOLDED = frozenset({"t"})


def trace(loss: str, level: str = "operations", steps: int = 4) -> Trace:
    sheet = read(f"""format = 1
equations = '''
h[0] = 0
for t in range(1, {steps + 1}):
    h[t] = tanh(w*x[t] + u*h[t-1])
    l[t] = (h[t] - c)**2
L = {loss}
'''
loss = "L"
[inputs]
x = {{{", ".join(f"{t} = {0.5 - 0.3 * t}" for t in range(1, steps + 1))}}}
[targets]
c = 0.5
[parameters]
w = 0.8
u = 0.3
""")
    return run(sheet.program.at_level(level), sheet.notation)  # type: ignore[arg-type]


def edges(drawn: Picture) -> set[tuple[str, str]]:
    node = {box.id: box.node if box.id.startswith("b") else box.id for box in drawn.boxes}
    return {(node[edge.source], node[edge.target]) for edge in drawn.edges}


def outside(drawn: Picture) -> set[str]:
    return {box.node for box in drawn.boxes if box.node.startswith("L") and box.role != "constant"}


MEAN = "(l[1] + l[2] + l[3] + l[4])/4"


def test_a_chain_of_additions_is_one_sum() -> None:
    one = trace(MEAN)
    drawn = picture(one, 0, folded=FOLDED)
    last = next(e.reads[0] for e in one.program.equations if e.name == "L")
    assert outside(drawn) == {"L", last}
    assert {pair for pair in edges(drawn) if pair[1] in (last, "L")} >= {("l[t]", last), (last, "L")}
    sign = next(label for label in drawn.every_label() if label.id.endswith(".symbol") and label.text.startswith("Σ"))
    assert sign.text == "Σ_t"
    assert len(outside(picture(one, 0))) == 4, "unfolded, there is a circle for every one"


@pytest.mark.parametrize("direction", ["right", "down"])
def test_it_shows_what_the_last_addition_gives(direction: str) -> None:
    one = trace(MEAN)
    last = next(e.reads[0] for e in one.program.equations if e.name == "L")
    drawn = picture(one, len(one.steps), folded=FOLDED, direction=direction)
    box = next(box for box in drawn.boxes if box.node == last)
    said = {label.kind: label.text for label in drawn.every_label() if label.of == box.id}
    delta = next(step for step in one.steps if step.phase == "backward" and step.node == last)
    assert said["value"] == number(float(one.values[last]), 4)
    assert said["delta"] == f"∇ {number(float(delta.shown), 4)}"
    assert faults(data(one, len(one.steps), folded=FOLDED, direction=direction)) == {}


def test_every_addition_of_the_chain_lights_it_and_its_edge() -> None:
    one = trace(MEAN)
    last = next(e.reads[0] for e in one.program.equations if e.name == "L")
    several = (last, *view(one.program, FOLDED).sums[last])
    assert len(several) == 3
    for step in one.steps:
        drawn = picture(one, step.index + 1, folded=FOLDED)
        box = next(box for box in drawn.boxes if box.node == last)
        assert (box.state == "active") == (step.node in several)
        if step.node in several and step.phase == "forward":
            assert [edge.source for edge in drawn.edges if edge.target == box.id and edge.active] == ["l[t]"]


@pytest.mark.parametrize(
    ("loss", "left"),
    [
        ("l[1] + l[2] + l[3] + l[4]", 1),  # the sum itself has a name
        ("(l[4] + l[1]) + (l[3] + l[2])", 1),  # in whatever order
        ("l[1] + l[2] + l[3] + l[4] + w**2", 3),  # and something else
        ("l[1] + l[2] + l[4]", 2),  # not every step
        ("l[1] + l[2] + l[3] + h[4]", 3),  # not one node
        ("l[1] + l[2] + l[3] + l[4] + l[4]", 2),  # one step twice
    ],
)
def test_what_is_drawn_as_one(loss: str, left: int) -> None:
    assert len(outside(picture(trace(loss), 0, folded=FOLDED))) == left


def test_the_sum_of_two_steps_is_one_as_well() -> None:
    drawn = picture(trace("l[1] + l[2]", steps=2), 0, folded=FOLDED)
    assert "Σ_t" in {label.text for label in drawn.every_label() if label.kind == "operation"}


def test_a_variable_is_what_it_is_called() -> None:
    one = trace(MEAN, "variables")
    assert outside(picture(one, 0, folded=FOLDED)) == {"L"}
    steps = recurrence(one.program)
    assert steps is not None
    assert not view(one.program, FOLDED).sums

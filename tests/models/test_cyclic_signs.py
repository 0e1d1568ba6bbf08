"""Signs in a folded recurrence: those of all steps with its letter, or that of the step which is shown."""

from __future__ import annotations

import pytest

from graphviz_models.picture import Label, picture
from graphviz_models.sheet import read
from graphviz_models.trace import Trace, run

from .folding import data, faults

CHOSEN = """format = 1
equations = '''
for t in range(1, 4):
    e[t] = E[w[t-1]]
    h[t+1] = tanh(h[t] + t*e[t] + x[t]**(t+1))
    l[t] = -log(softmax(h[t+1]*E)[w[t]])
L = l[1] + l[2] + l[3]
'''
[inputs]
h = {1 = 0.1}
x = {1 = 0.4, 2 = 0.7, 3 = 1.1}
[targets]
w = {0 = 0, 1 = 2, 2 = 1, 3 = 2}
[parameters]
E = [0.5, 0.1, 0.3]
"""
POWERS = """format = 1
equations = '''
h1 = tanh(h0*w + x1**3)
h2 = tanh(h1*w + x2**2)
h3 = tanh(h2*w + x3**11)
L = h3
'''
[inputs]
h0 = 0.3
x1 = 0.4
x2 = 0.7
x3 = 1.1
[parameters]
w = 0.4
"""


def trace(text: str) -> Trace:
    model = read(text)
    return run(model.program.at_level("operations"), model.notation)


def labels(one: Trace, at: int, box: str) -> dict[str, Label]:
    """What is said in a box after so many steps, by its kind."""
    drawn = picture(one, at, folded=frozenset({"t"}))
    return {label.kind: label for label in drawn.every_label() if label.of == box}


def signs(one: Trace, at: int) -> set[str]:
    """The signs in circles that begin with a bracket, and the numbers without a box."""
    drawn = picture(one, at, folded=frozenset({"t"}))
    inner = {box.id for box in drawn.boxes if box.role in ("operation", "constant")}
    texts = {label.text for label in drawn.every_label() if label.of in inner and label.kind == "symbol"}
    return {text for text in texts if text[0] in "([t"}


def test_a_sign_with_the_index_of_the_step_has_the_letter_for_it() -> None:
    one = trace(CHOSEN)
    for at in range(0, len(one.steps) + 1, 5):
        assert labels(one, at, "e[t]")["operation"].text == "[·]_w_t−1"
        assert signs(one, at) == {"[·]_w_t", "t", "(·)^t + 1"}


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_signs_without_anything_in_common_are_those_of_the_step_that_is_shown(turn: int) -> None:
    one = trace(POWERS)
    at = next(step.index for step in one.steps if step.node == f"h{turn}") + 1
    assert signs(one, at) == {("(·)³", "(·)²", "(·)¹¹")[turn - 1]}


def test_a_sign_stands_clear_of_the_symbol_however_long_its_index_is() -> None:
    said = labels(trace(CHOSEN), 0, "h[t+1]")
    symbol, sign = said["symbol"], said["operation"]
    assert symbol.text == "h_t+1"
    assert symbol.x + symbol.width + 3.0 < sign.x


@pytest.mark.parametrize("text", [CHOSEN, POWERS])
@pytest.mark.parametrize("direction", ["right", "down"])
def test_nothing_touches_anything(text: str, direction: str) -> None:
    one = trace(text)
    for at in (0, 4, len(one.steps)):
        assert faults(data(one, at, folded=frozenset({"t"}), direction=direction)) == {}

"""Frames around the calls of a function: around all calls of one or around none, and without strangers."""

from __future__ import annotations

import pytest

from graphviz_models.picture import Picture, picture
from graphviz_models.program import Level
from graphviz_models.sheet import read
from graphviz_models.trace import run

TWO_FUNCTIONS = '''
equations = """
def embed(x):
    h = tanh(W1 @ x + b1)
    return W2 @ h
def above(y):
    s = 2*y
    r = exp(s)
    return r*s
e_a = embed(x_a)
e_b = embed(x_b)
d = norm(e_a - e_b)
L = above(d)
"""
[inputs]
x_a = [0.5, -1.0, 0.2]
x_b = [0.4, -0.8, 0.3]
[parameters]
W1 = {shape = [2, 3], init = "glorot", seed = 1}
b1 = [0.0, 0.1]
W2 = {shape = [2, 2], init = "glorot", seed = 2}
'''
CELLS = '''
equations = """
def cell(h, x):
    g = tanh(w*h + x)
    c = g*h
    return c + x
h[0] = 1.0
for t in range(1, 4):
    h[t] = cell(h[t-1], x[t])
L = h[3]
"""
inputs.x = {1 = 0.5, 2 = -1.0, 3 = 0.25}
parameters = {w = 0.3}
'''


def framed(text: str, level: Level) -> tuple[set[str], Picture]:
    sheet = read(text)
    drawn = picture(run(sheet.program.at_level(level), sheet.notation), 0)
    return {plate.of for plate in drawn.plates if plate.kind == "group"}, drawn


@pytest.mark.parametrize("level", ["variables", "operations"])
def test_all_calls_of_a_function_have_a_frame_or_none_has(level: Level) -> None:
    found, drawn = framed(TWO_FUNCTIONS, level)
    assert found == {"above#1"}
    for plate in (one for one in drawn.plates if one.kind == "group"):
        for box in drawn.boxes:
            x, y = box.x + box.width / 2, box.y + box.height / 2
            within = plate.x < x < plate.x + plate.width and plate.y < y < plate.y + plate.height
            assert within == box.node.startswith(f"{plate.of}."), box.node


def test_every_cell_of_a_recurrence_has_a_frame() -> None:
    assert framed(CELLS, "variables")[0] == {"cell#1", "cell#2", "cell#3"}

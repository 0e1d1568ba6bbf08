"""Names that would look alike in the picture are told apart: one has the symbol, the others are set as typed."""

from __future__ import annotations

import pytest

from graphviz_models.sheet import exercises, load, read

MODEL = """
format = 1
title = "Names"
equations = '''
w_ = w*x1
w__ = tanh(w_)
for t in range(1, 3):
    h[t] = w__*x_1 + epsilon
    h_[t] = h[t] + eps
L = (h[2] + h_[1] + h_[2])**2
'''
[constants]
eps = 0.1
[inputs]
x1 = 0.5
x_1 = 2.0
epsilon = 0.2
[parameters]
w = 2.0
"""


def test_the_shortest_name_has_the_symbol() -> None:
    sheet = read(MODEL, "names")
    said = {name: sheet.notation.symbol(name) for name in (*sheet.program.names, "eps")}
    assert len(set(said.values())) == len(said)
    assert said["w"] == "w"
    assert said["w_"] == r"\mathrm{w\_}"
    assert said["x1"] == "x_1"
    assert said["h[2]"] == "h_2"
    assert said["eps"] == r"\varepsilon"


def test_a_symbol_of_the_file_is_taken_as_it_is() -> None:
    sheet = read(MODEL + "[latex]\nw_ = 'w'\n", "names")
    assert sheet.notation.symbol("w_") == "w"
    assert sheet.notation.symbol("w__") == r"\mathrm{w\_\_}"


@pytest.mark.parametrize("exercise", [row[0] for row in exercises()])
def test_no_two_nodes_of_an_exercise_look_alike(exercise: str) -> None:
    sheet = load(exercise)
    said = [sheet.notation.symbol(name) for name in sheet.program.names if "#" not in name]
    assert len(set(said)) == len(said)

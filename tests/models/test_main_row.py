"""The main row: the longest way from the inputs to the loss is straight; ways of like length meet in the middle."""

from __future__ import annotations

import pytest

from graphviz_models.picture import picture
from graphviz_models.program import Level
from graphviz_models.sheet import load, read
from graphviz_models.trace import run

PENALTY = '''
equations = """
z = X @ w + b
p = sigmoid(z)
D = -mean(y*log(p) + (1 - y)*log(1 - p))
R = 0.05*sum(w**2)
L = D + R
"""
[inputs]
X = [[0.5, -1.0], [1.0, 0.3], [-0.7, 0.8]]
[targets]
y = [1.0, 1.0, 0.0]
[parameters]
w = [0.4, -0.3]
b = 0.1
'''
RESIDUAL = '''
equations = """
h = relu(W @ x)
r = V @ h
s = x + r
L = sum(s**2)
"""
inputs = {x = [0.5, -1.0]}
[parameters]
W = [[0.4, -0.3], [0.2, 0.6], [0.1, -0.5]]
V = [[0.3, 0.1, -0.2], [0.2, -0.4, 0.5]]
'''


def heights(model: str, level: Level, down: bool = False) -> dict[str, float]:
    """The middle of every box, across the drawing."""
    sheet = read(model) if "=" in model else load(model)
    drawn = picture(run(sheet.program.at_level(level), sheet.notation), 0, direction="down" if down else "right")
    return {box.node: box.x + box.width / 2 if down else box.y + box.height / 2 for box in drawn.boxes}


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize(
    ("model", "row", "aside"),
    [
        (PENALTY, ("z", "p", "D", "L"), "R"),
        (RESIDUAL, ("x", "h", "r", "s", "L"), "W"),
        ("assignment3-q4", ("X", "H", "Xt", "J"), "U1"),
    ],
)
def test_the_longest_way_to_the_loss_is_a_row(model: str, row: tuple[str, ...], aside: str, down: bool) -> None:
    at = heights(model, "variables", down)
    assert max(at[node] for node in row) - min(at[node] for node in row) < 1.0
    assert abs(at[aside] - at[row[-1]]) > 20.0


def test_ways_of_like_length_meet_in_the_middle() -> None:
    at = heights("sheet7-ex1c", "operations")
    assert at["a3"] + 30 < at["y"] < at["a4"] - 30
    assert abs(at["y"] - at["l"]) < 1.0

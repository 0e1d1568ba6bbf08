"""Where edges end: at one node in the order of where they come from, each with an arrowhead of its own."""

from __future__ import annotations

from itertools import combinations
from math import dist

import pytest

from graphviz_models.notation import Notation
from graphviz_models.picture import picture
from graphviz_models.program import Program, build
from graphviz_models.sheet import exercises, load
from graphviz_models.trace import run
from tests.models import ruler
from tests.models.drawings import bent, classifier, drawn
from tests.models.random_models import random_model

LEVELS = ["variables", "operations", "neurons"]


def net_with_biases() -> Program:
    """Two inputs, three hidden neurons, two outputs."""
    parameters = {
        "W": [[0.5, 0.4], [-0.3, 0.8], [0.2, 0.6]],
        "b": [0.1, 0.0, -0.2],
        "V": [[1.2, -0.7, 0.3], [0.4, 0.9, -0.5]],
        "c": [0.05, 0.0],
    }
    text = "h = tanh(W@x + b)\ny = V@h + c\nL = sum((y - t)**2)"
    return build(text, {"x": [1.0, -0.5]}, {"t": [1.0, 0.0]}, parameters, {}, "L")


def test_edges_of_a_net_with_biases_end_in_order() -> None:
    net = drawn(net_with_biases(), "neurons")
    assert not ruler.tangles(net)
    for (_, a, one), (_, b, other) in combinations(net.edges, 2):
        assert a != b or dist(one[-1], other[-1]) > 4.0, a
    for (a, _, one), (b, _, other) in combinations(net.edges, 2):
        assert a != b or dist(one[0], other[0]) > 4.0, a


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", [row[0] for row in exercises()])
def test_straight_edges_at_one_box_of_an_exercise_do_not_cross(name: str, level: str) -> None:
    for direction in ("right", "down"):
        assert not ruler.tangles(drawn(load(name).program, level, direction)), direction


@pytest.mark.parametrize("seed", range(40))
def test_straight_edges_at_one_box_of_a_random_model_do_not_cross(seed: int) -> None:
    for level in ("variables", "operations"):
        assert not ruler.tangles(drawn(random_model(seed), level)), level


def test_a_bias_is_in_the_way_of_no_straight_edge() -> None:
    """Three inputs, four hidden neurons: gaps are wide enough for what is steep, too."""
    assert not bent(drawn(classifier(), "neurons"))


def test_weights_that_stand_above_have_straight_edges() -> None:
    text = "h1 = tanh(u1*x1 + u2*x2 + b)\nh2 = tanh(v1*x1 + v2*x2 + c)\ny = sigmoid(a1*h1 + a2*h2 + d)\nL = (y - t)**2"
    parameters = dict.fromkeys(("u1", "u2", "b", "v1", "v2", "c", "a1", "a2", "d"), 0.4)
    program = build(text, {"x1": 1.0, "x2": 0.5}, {"t": 1.0}, parameters, {}, "L")
    drawing = drawn(program, "variables")
    names = {box.id: box.node for box in picture(run(program, Notation("L")), 0).boxes}
    assert not {names[a] for a, _ in bent(drawing)} & {*parameters}


def test_edges_of_a_time_step_end_apart() -> None:
    """A linear dynamical system: its cost reads the cost before, the error and the control of every step."""
    text = (
        "for k in range(1, 5):\n    x[k] = A @ x[k-1] + B*u[k]\n    e[k] = y[k] - dot(C, x[k])\n"
        "    J[k] = J[k-1] + e[k]**2/2 + u[k]**2/10"
    )
    given = {"x": {0: [1.0, 0.0]}, "J": {0: 0.0}, "u": {k: 0.1 * k for k in range(1, 5)}}
    parameters = {"A": [[1.0, 0.1], [-0.1, 0.9]], "B": [0.0, 0.5], "C": [1.0, 0.0]}
    program = build(text, given, {"y": {k: 1.0 / k for k in range(1, 5)}}, parameters, {}, "J[4]")
    for (_, a, one), (_, b, other) in combinations(drawn(program, "variables").edges, 2):
        assert a != b or dist(one[-1], other[-1]) > 4.0, a

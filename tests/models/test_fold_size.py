"""The box of a folded step is not much taller than what is in it, and what leads to it from afar ends at its rim."""

from __future__ import annotations

from typing import Literal

import pytest

from graphviz_models.notation import Notation
from graphviz_models.picture import Show, picture
from graphviz_models.sheet import read
from graphviz_models.trace import run as trace_of

from . import ruler
from .folding import data, faults, trace
from .random_models import random_model

EDGES = """
format = 1
title = "Two detectors of edges"
equations = '''
def layer(s, k):
    u = correlate(s, k)
    return relu(u)
f1 = layer(s, k1)
f2 = layer(s, k2)
m = stack([max(f1), max(f2)])
y = sigmoid(dot(v, m))
L = -log(y)
'''
[inputs]
s = [0.0, 0.2, 1.0, 0.9, 0.1, -0.3, 0.4]
[parameters]
k1 = [-1.0, 0.0, 1.0]
k2 = [1.0, 0.5, -0.5]
v = [0.8, -0.6]
"""
WIDE = {"right": ("y", "height"), "down": ("x", "width")}


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("step", [1, 2])
def test_a_step_of_a_tall_recurrence_is_not_tall(direction: str, step: int) -> None:
    run = trace("assignment3-q1", "operations")
    drawn = data(run, len(run.steps), folded=frozenset({f"t={step}"}), direction=direction)
    box = next(one for one in drawn["boxes"] if one["node"] == f"t={step}")
    open_ = data(run, len(run.steps), direction=direction)
    at, far = WIDE[direction]
    tall = [one for one in open_["boxes"] if one["node"] in (f"L[{step}]", f"h[{step}]", f"x[{step}]")]
    across = max(one[at] + one[far] for one in tall) - min(one[at] for one in tall)
    assert box[far] < 0.65 * across
    assert ruler.faults(ruler.of_picture(drawn)) == {}


def test_a_call_in_a_folded_recurrence_shows_the_value_of_the_step_that_is_worked_on() -> None:
    run = trace("assignment3-q2", "operations")
    at = next(k for k, step in enumerate(run.steps, 1) if step.node == "h[3]" and step.phase == "forward")
    folded = frozenset({"t", "F#1"})
    shown = {}
    for moment in (0, at, len(run.steps)):
        drawn = picture(run, moment, folded=folded)
        box = next(one for one in drawn.boxes if one.id == "F#1")
        labels = [one for one in drawn.every_label() if one.of == "F#1"]
        inside = [box.x <= one.x and one.x + one.width <= box.x + box.width for one in labels]
        assert all(inside)
        shown[moment] = {one.kind: one.text for one in labels}
    assert "value" not in shown[0]
    assert shown[at]["value"] == f"{float(run.steps[at - 1].value):.4g}".replace("-", "−")
    assert "delta" in shown[len(run.steps)]


def test_like_steps_have_like_boxes() -> None:
    run = trace("sheet9-ex1")
    drawn = data(run, len(run.steps), folded=frozenset({"k=1", "k=2"}))
    first, second = (one for one in drawn["boxes"] if one["role"] == "group")
    assert first["height"] == pytest.approx(second["height"])


def test_beside_an_open_step_nothing_moves_when_uneven_steps_are_folded() -> None:
    run = trace("assignment3-q1")
    open_, folded = (data(run, 0, folded=frozenset(one)) for one in ((), ("t=1", "t=2")))
    at = {box["node"]: box["y"] + box["height"] / 2 for box in open_["boxes"]}
    now = {box["node"]: box["y"] + box["height"] / 2 for box in folded["boxes"]}
    shifts = {round(now[node] - at[node], 3) for node in at.keys() & now.keys()}
    assert len(shifts) == 1
    assert ruler.faults(ruler.of_picture(folded)) == {}


@pytest.mark.parametrize(
    ("model", "fold", "node"),
    [("sheet9-ex1", "k=1", "h[1]"), ("sheet9-ex1", "k=2", "h[2]"), ("assignment3-q2", "t=3", "h[3]")],
)
def test_a_low_box_has_room_for_its_name_and_for_what_leaves_it(model: str, fold: str, node: str) -> None:
    run = trace(model)
    drawn = data(run, len(run.steps), folded=frozenset({fold}), direction="down")
    box = next(one["id"] for one in drawn["boxes"] if one["node"] == fold)
    said = [one["text"] for one in drawn["labels"] if one["of"] == box and one["kind"] in ("symbol", "value")]
    assert said[0] == f"{fold[0]} = {fold[2:]}"
    assert said[2] == f"{float(run.values[node]):.4g}".replace("-", "−")
    assert faults(drawn) == {}


@pytest.mark.parametrize("folds", [{"layer#1"}, {"layer#1", "layer#2"}])
def test_a_call_below_its_parameter_has_its_name_beside_its_signal(folds: set[str]) -> None:
    sheet = read(EDGES, "edges")
    run = trace_of(sheet.program, sheet.notation)
    drawn = picture(run, len(run.steps), folded=frozenset(folds))
    assert {box: len([one for one in drawn.tensors if one.of == box]) for box in folds} == dict.fromkeys(folds, 2)
    assert faults(data(run, len(run.steps), folded=frozenset(folds))) == {}


@pytest.mark.parametrize("shown", ["symbol", "number"])
def test_no_derivative_lies_under_the_box_of_a_fold(shown: Literal["symbol", "number"]) -> None:
    """The box is around all that it has taken in, and so may be where a label of another edge was."""
    whole = trace_of(random_model(100125).at_level("operations"), Notation("L"))
    drawn = picture(
        whole, len(whole.steps), show=Show(locals=shown), direction="down", folded=frozenset({"t=1", "t=2"})
    )
    boxes = {box.id: (box.x, box.y, box.x + box.width, box.y + box.height) for box in drawn.boxes}
    for label in drawn.labels:
        if isinstance(label.of, tuple):
            for left, top, right, bottom in boxes.values():
                beside = label.x + label.width <= left or label.x >= right
                assert beside or label.y + label.height <= top or label.y >= bottom, label

"""The box of a folded step is not much taller than what is in it, and what leads to it from afar ends at its rim."""

from __future__ import annotations

import pytest

from graphviz_models.picture import picture

from . import ruler
from .folding import data, trace

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

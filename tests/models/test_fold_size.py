"""The box of a folded step is not much taller than what is in it, and what leads to it from afar ends at its rim."""

from __future__ import annotations

import pytest

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

"""The step that a folded recurrence shows is named at the cycle, where there is no frame to carry the name."""

from __future__ import annotations

from itertools import pairwise

import pytest

from graphviz_models.fold import recurrence
from graphviz_models.picture import Label, Picture, picture
from graphviz_models.sheet import load
from graphviz_models.trace import run

NEAR = 9.0  # points between the name and the edge


def cycle(exercise: str, direction: str) -> Picture:
    sheet = load(exercise)
    trace = run(sheet.program.at_level("operations"), sheet.notation)
    steps = recurrence(trace.program)
    assert steps is not None
    return picture(trace, 3, folded=frozenset({steps.id}), direction=direction)


def from_line(one: Label, points: tuple[tuple[float, float], ...]) -> float:
    """How far a label is from the straight stretches of an edge, along one of the axes."""
    far = []
    for (px, py), (qx, qy) in pairwise(points):
        if abs(py - qy) < 0.5 and min(px, qx) <= one.x and one.x + one.width <= max(px, qx):
            far.append(max(one.y - py, py - one.y - one.height))
        if abs(px - qx) < 0.5 and min(py, qy) <= one.y and one.y + one.height <= max(py, qy):
            far.append(max(one.x - px, px - one.x - one.width))
    return min(far, default=float("inf"))


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("exercise", ["assignment3-q1", "assignment3-q2"])
def test_the_step_stands_along_what_leads_back(exercise: str, direction: str) -> None:
    drawn = cycle(exercise, direction)
    assert not drawn.plates, "parameters outside of it would be joined to it across the loop"
    title = next(one for one in drawn.every_label() if one.kind == "step")
    delay = next(box for box in drawn.boxes if box.title.startswith("z"))
    back = [edge for edge in drawn.edges if edge.target == delay.id]
    assert 0.0 < min(from_line(title, edge.points) for edge in back) < NEAR
    for box in drawn.boxes:
        apart = title.x + title.width < box.x or box.x + box.width < title.x
        assert apart or title.y + title.height < box.y or box.y + box.height < title.y

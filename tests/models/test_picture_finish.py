"""A finished picture lights nothing, unless the last step's result is there to be seen."""

from __future__ import annotations

import pytest

from graphviz_models.picture import Picture, Show, picture
from graphviz_models.sheet import exercises, load
from graphviz_models.trace import Trace, run

INPUTS = Show(input_deltas=True)


def lit(drawn: Picture) -> list[str]:
    return [box.node for box in drawn.boxes if box.state == "active"] + [one.id for one in drawn.edges if one.active]


def _trace(exercise: str, rate: float | None = None) -> Trace:
    sheet = load(exercise)
    return run(sheet.program, sheet.notation, learning_rate=rate)


@pytest.mark.parametrize("exercise", [row[0] for row in exercises()])
def test_what_is_lit_after_the_last_step_shows_its_delta(exercise: str) -> None:
    trace = _trace(exercise)
    drawn = picture(trace, len(trace.steps))
    for node in lit(drawn)[:1]:
        box = next(box for box in drawn.boxes if box.node == node)
        assert any(one.of == box.id and one.kind == "delta" for one in drawn.every_label())


def test_the_last_step_is_lit_on_its_way_and_where_its_result_is_shown() -> None:
    trace = _trace("sheet9-ex1")
    last = len(trace.steps)
    node = trace.steps[-1].node
    assert trace.program.role(node) == "input"
    assert lit(picture(trace, last)) == []
    assert node in lit(picture(trace, last, 0.5))
    assert node in lit(picture(trace, last, show=INPUTS))
    assert trace.steps[-2].node in lit(picture(trace, last - 1))
    assert picture(trace, last).description == picture(trace, last, show=INPUTS).description
    updated = _trace("sheet9-ex1", rate=0.5)
    assert lit(picture(updated, len(updated.steps))) == ["w"]


def test_the_finished_picture_is_the_same_whatever_was_drawn_before() -> None:
    first, second = _trace("sheet9-ex1"), _trace("sheet9-ex1")
    last = len(first.steps)
    for at, progress in ((last, 0.6), (last - 1, 1.0), (last, 1.0)):
        picture(first, at, progress)
    assert picture(first, last).boxes[:] == picture(second, last).boxes[:]
    assert picture(first, last).edges[:] == picture(second, last).edges[:]

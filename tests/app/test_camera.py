"""The camera of a presentation: what it shows of a graph that is too large to be read as a whole."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF

from graphviz_app.camera import following, legible
from graphviz_app.reading import drawn
from graphviz_app.state import State
from graphviz_app.viewing import Viewing
from graphviz_models.picture import Picture
from graphviz_models.sheet import load
from tests.models.sources import traced

from .windows import OpenWindow

WIDTH, HEIGHT = 1920.0, 700.0
LEAST = 1080 / 35, 1080 / 50


def opened(model: str) -> tuple[State, Picture, Viewing]:
    sheet = load(model)
    state = State(name=model, text=sheet.text, sheet=sheet, trace=traced(model))
    picture = drawn(state, presenting=True)
    return state, picture, Viewing.fitting(picture, WIDTH, HEIGHT, 12, 100.0)


def test_a_small_graph_is_shown_whole() -> None:
    _, picture, whole = opened("sheet9-ex1")
    assert whole.zoom > 0.9 * legible(picture, *LEAST)


@pytest.mark.parametrize("model", ["practical1-ex2", "assignment3-q1", "sheet8-ex3"])
def test_every_step_of_a_large_one_is_in_sight_and_as_large_as_there_is_room(model: str) -> None:
    state, picture, whole = opened(model)
    at_least = legible(picture, *LEAST)
    assert whole.zoom < 0.9 * at_least
    canvas = QRectF(0, 0, WIDTH, HEIGHT)
    for at in range(1, len(state.steps)):
        view = following(replace(state, at=at), picture, whole, WIDTH, HEIGHT, at_least)
        assert whole.zoom <= view.zoom <= at_least + 1e-9
        box = picture.box(state.steps[at - 1].node)
        assert box is not None
        assert view.area(canvas).adjusted(-1, -1, 1, 1).contains(QRectF(box.x, box.y, box.width, box.height)), at


def test_the_first_and_the_last_view_are_of_the_whole_graph_and_the_way_between_two_is_smooth() -> None:
    state, picture, whole = opened("practical1-ex2")

    def view(at: int, progress: float = 1.0) -> Viewing:
        return following(
            replace(state, at=at, progress=progress), picture, whole, WIDTH, HEIGHT, legible(picture, *LEAST)
        )

    assert view(0) == whole == view(len(state.steps))
    assert view(5, 0.0) == view(4)
    assert view(4).x > view(5, 0.5).x > view(5).x
    assert view(5, 1e-3).x == pytest.approx(view(4).x, abs=1.0)


def test_a_window_goes_near_when_asked_to_and_stays_where_the_user_has_zoomed(open_window: OpenWindow) -> None:
    window = open_window("practical1-ex2", (1200, 700))
    window.session.go(8)
    whole = window.canvas.zoom
    window.commands.actions["near"].trigger()
    near = window.canvas.view
    assert near.zoom > 1.3 * whole
    window.session.go(12)
    assert window.canvas.view.x != near.x
    window.canvas.zoom_by(1.2)
    zoomed = window.canvas.view
    window.session.go(8)
    assert window.canvas.view == zoomed
    window.commands.actions["near"].trigger()
    assert window.canvas.zoom == whole
    assert window.canvas.fitted
    window.session.apply(saved=window.session.state.text)
    window.close()

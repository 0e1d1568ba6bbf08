"""A window in the hands of a test: opening it, another model in it, and the picture that it shows."""

from typing import Protocol

from graphviz_app.window import Window
from graphviz_models.picture import Picture


class OpenWindow(Protocol):
    """Opens a window of so many pixels on a model: `None` is the one of a first start, sheet9-ex1."""

    def __call__(self, model: str | None = None, size: tuple[int, int] = (1280, 720)) -> Window: ...


def opens(window: Window, model: str) -> None:
    """Open a model file or built-in exercise; it is read when this returns."""
    window.session.open(model)
    assert window.session.wait()


def shown(window: Window) -> Picture:
    """The picture on the canvas."""
    picture = window.canvas.scene.picture
    assert picture is not None
    return picture

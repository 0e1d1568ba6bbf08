"""A window in the hands of a test: opening another model in it, and the picture that it shows."""

from graphviz_app.window import Window
from graphviz_models.picture import Picture


def opens(window: Window, model: str) -> None:
    """Open a model file or built-in exercise; it is read when this returns."""
    window.session.open(model)
    assert window.session.wait()


def shown(window: Window) -> Picture:
    """The picture on the canvas."""
    picture = window.canvas.scene.picture
    assert picture is not None
    return picture

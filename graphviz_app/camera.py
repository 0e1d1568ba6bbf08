"""The camera: shows the whole graph where that can be read, else goes from step to step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF

from graphviz_app.canvas import Canvas
from graphviz_app.folding import box_of
from graphviz_app.player import Player
from graphviz_app.state import State
from graphviz_app.viewing import Viewing
from graphviz_models.picture import Picture
from graphviz_models.trace import Step

AROUND = 30.0  # points around what a step is about


class Camera:
    """Aims a canvas at what a step is about, unless its symbols and numbers are large enough in the whole graph.

    `symbols` and `numbers` are the least sizes, in pixels; `near` says whether it does.
    """

    def __init__(self, canvas: Canvas, player: Player, *, near: bool, symbols: float = 16.0, numbers: float = 11.0):
        self.near, self.symbols, self.numbers = near, symbols, numbers
        self._canvas, self._player = canvas, player
        self._aimed = False
        canvas.disturbed.connect(self._rest)

    def _rest(self) -> None:
        self._aimed = False

    def show_state(self, state: State, near: bool) -> None:
        """Aim at a state's moment; where the user has zoomed since it was asked for, the view stays as it is."""
        if near != self.near:
            self.near, self._aimed = near, True
        if not (self.near or self._aimed):
            return
        canvas, picture = self._canvas, self._canvas.scene.picture
        if picture is None or self._player.gliding or not (self._aimed or canvas.fitted):
            return
        whole = canvas.fitting(picture)
        at = legible(picture, self.symbols, self.numbers)
        self._aimed = self.near and whole.zoom < 0.9 * at
        if self._aimed:
            canvas.set_view(following(state, picture, whole, canvas.width(), canvas.height(), at))
        else:
            canvas.set_view(whole, fitted=True)


def legible(picture: Picture, symbols: float, numbers: float) -> float:
    """The zoom at which no symbol and no number is smaller than that many pixels."""
    letters = min((label.size for label in picture.labels if label.kind == "symbol"), default=20.0)
    entries = [label.size for tensor in picture.tensors for label in tensor.labels]
    values = [label.size for label in picture.labels if label.kind in ("value", "delta")]
    return max(symbols / letters, numbers / min(entries + values, default=12.0))


def following(state: State, picture: Picture, whole: Viewing, width: float, height: float, zoom: float) -> Viewing:
    """The view at a state's moment, `width` by `height` pixels: on the way from one step's view to the next one's.

    It is as large as `zoom`, or less where that does not show what the step is about.

    Before the first step, and after the last one, the graph is shown as a `whole`.
    """
    last = len(state.steps)

    def view(at: int) -> Viewing:
        if not 0 < at <= last or at == last:
            return whole
        rect = _about(state, state.steps[at - 1], picture)
        return whole if rect is None else _showing(rect, picture, whole, width, height, zoom)

    here = view(state.at)
    if state.at == 0 or state.progress >= 1.0:
        return here
    return view(state.at - 1).towards(here, _eased(state.progress))


def _about(state: State, step: Step, picture: Picture) -> QRectF | None:
    """The rectangle around a step's node and the nodes that its value or delta comes from."""
    program = state.program
    assert program is not None
    names = [step.node, *(step.reads if step.phase == "forward" else [c.source for c in step.contributions])]
    boxes = {box_of(program, state.folded, name) for name in names}
    found = [QRectF(b.x, b.y, b.width, b.height) for b in picture.boxes if b.node in boxes]
    return _united(found) if found else None


def _united(rects: Sequence[QRectF]) -> QRectF:
    around = rects[0]
    for rect in rects[1:]:
        around = around.united(rect)
    return around.adjusted(-AROUND, -AROUND, AROUND, AROUND)


def _showing(rect: QRectF, picture: Picture, whole: Viewing, width: float, height: float, legible_at: float) -> Viewing:
    """The view that shows a rectangle, as large as needs be; the picture fills the canvas where it can."""
    fits = min(width / max(rect.width(), 1.0), height / max(rect.height(), 1.0))
    zoom = max(whole.zoom, min(legible_at, fits))
    middle = rect.center()
    x = _within(width / 2 - middle.x() * zoom, width, picture.width * zoom)
    y = _within(height / 2 - middle.y() * zoom, height, picture.height * zoom)
    return Viewing(zoom, x, y)


def _within(start: float, room: float, extent: float) -> float:
    """Where a picture of this extent begins so that no room beside it stays empty; a small one in the middle."""
    return (room - extent) / 2 if extent <= room else min(0.0, max(room - extent, start))


def _eased(progress: float) -> float:
    return progress * progress * (3.0 - 2.0 * progress)

"""The camera of a presentation: the whole graph where it is legible from the last row, else what the step is about."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF

from graphviz_app.folding import box_of
from graphviz_app.state import State
from graphviz_app.viewing import Viewing
from graphviz_models.picture import Picture
from graphviz_models.trace import Step

SYMBOLS, NUMBERS = 35.0, 50.0  # what a symbol's size, a number's size is at least of the screen's height: 1/35, 1/50
AROUND = 30.0  # points around what a step is about


def legible(picture: Picture, screen: float) -> float:
    """The zoom at which all symbols and numbers can be read on a screen so many pixels high."""
    symbols = min((label.size for label in picture.labels if label.kind == "symbol"), default=20.0)
    entries = [label.size for tensor in picture.tensors for label in tensor.labels]
    values = [label.size for label in picture.labels if label.kind in ("value", "delta")]
    return max(screen / SYMBOLS / symbols, screen / NUMBERS / min(entries + values, default=12.0))


def follows(picture: Picture, whole: Viewing, screen: float) -> bool:
    """Whether the fitted graph is too small to be read, so that the camera goes from step to step."""
    return whole.zoom < 0.9 * legible(picture, screen)


def following(state: State, picture: Picture, whole: Viewing, width: float, height: float, screen: float) -> Viewing:
    """The view at a state's moment, `width` by `height` pixels: on the way from one step's view to the next one's.

    Before the first step, and after the last one, the graph is shown as a `whole`.
    """
    last = len(state.steps)

    def view(at: int) -> Viewing:
        if not 0 < at <= last or at == last:
            return whole
        rect = _about(state, state.steps[at - 1], picture)
        return whole if rect is None else _showing(rect, picture, whole, width, height, legible(picture, screen))

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

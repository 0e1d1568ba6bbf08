"""Gliding: how a canvas comes from one layout of a model to the next, every node keeping its identity on the way."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from graphviz_app import collector
from graphviz_app.canvas import Canvas
from graphviz_app.folding import kinship, members
from graphviz_app.player import Player
from graphviz_app.state import State
from graphviz_app.viewing import Viewing
from graphviz_models.picture import Picture
from graphviz_models.transition import Transition, jumps


class Gliding:
    """Shows the pictures of states on a canvas; between two layouts of one document the nodes glide."""

    def __init__(self, canvas: Canvas, player: Player) -> None:
        self._canvas, self._player = canvas, player
        self._shown: State | None = None
        self._jump = False
        self._left: Viewing | None = None  # the view on a fitted picture that has grown since, for a moved node
        canvas.disturbed.connect(lambda: player.settle(self))

    def jump(self) -> None:
        """Show the next layout at once: a node has just been dragged to where it lies in it."""
        self._jump = True

    def show(self, state: State, picture: Picture, *, fit: bool = False) -> None:
        """Show the picture of a state; `fit`: the whole of it, also where the user has zoomed."""
        canvas, before = self._canvas, self._shown
        shown, first = canvas.scene.picture, canvas.view  # on the way, too: from there it goes on
        self._player.settle(self)
        self._shown = state
        jump, self._jump = self._jump, False
        if before is None or shown is None or not _moved(before, state):
            canvas.show_picture(picture)
            if fit:
                canvas.fit()
            return
        whole = canvas.fitted or first == self._left
        fitted = fit or whole
        last = canvas.fitting(picture) if fitted else _held(first, shown, picture, _fixed(before, state))
        if not fit and (jump or _only_put(before, state)):  # nothing but what was moved moves on the canvas
            same = (shown.width, shown.height, shown.origin) == (picture.width, picture.height, picture.origin)
            last = first.moved(_offset(shown, picture) * first.zoom)
            fitted = (canvas.fitted and same) or last.near(canvas.fitting(picture))
        grown = whole and not fitted
        if jump or state.reduced_motion or before.name != state.name or jumps(shown, picture):
            self._land(picture, last, fitted=fitted, grown=grown)
            return
        way = Transition(shown, picture, _kinship(before, shown, state, picture))
        largest = max(first.zoom, last.zoom)

        def frame(progress: float) -> None:
            if progress < 1.0:
                view = canvas.fitting(picture) if fitted else last  # its size may change on the way
                canvas.show_moving(way.at(progress), first.towards(view, progress), largest)
            else:
                self._land(picture, last, fitted=fitted, grown=grown)

        # Every frame makes thousands of marks and lets go of them: looking for cycles among them would take longer.
        collector.hold(collector.GLIDING)
        frame(0.0)
        self._player.glide(self, frame)

    def _land(self, picture: Picture, view: Viewing, *, fitted: bool, grown: bool) -> None:
        collector.release(collector.GLIDING)
        self._canvas.show_picture(picture)
        if fitted:
            self._canvas.fit()
        else:
            self._canvas.set_view(view)
        self._left = self._canvas.view if grown else None


def _moved(before: State, state: State) -> bool:
    """Whether nodes lie elsewhere."""
    return _layout(before) != _layout(state)


def _only_put(before: State, state: State) -> bool:
    """Whether nodes lie elsewhere because they have been put there, or back."""
    return _layout(before)[:-1] == _layout(state)[:-1]


def _layout(state: State) -> tuple[object, ...]:
    return state.name, state.path, state.program, state.show, state.digits, state.viewpoint, state.pinned


def _fixed(before: State, state: State) -> tuple[str, str] | None:
    """The selected node in either picture: it stays under the eyes of who has zoomed in."""
    old, new = before.selected, state.selected
    if old is not None and new is None and before.program is not None:  # a fold that has been opened
        inside = members(before.program, before.folded, old)
        new = inside[1][0] if inside is not None else None
    return (old, new) if old is not None and new is not None else None


def _offset(shown: Picture, picture: Picture) -> QPointF:
    """How far what lies in the same place of the layout lies apart on two pictures, in points."""
    return QPointF(shown.origin[0] - picture.origin[0], shown.origin[1] - picture.origin[1])


def _held(view: Viewing, shown: Picture, picture: Picture, fixed: tuple[str, str] | None) -> Viewing:
    """The view with which a node stays where it is on the canvas; without one, the same view."""
    old, new = (shown.box(fixed[0]), picture.box(fixed[1])) if fixed is not None else (None, None)
    if old is None or new is None:
        return view
    here = view.to_canvas(old.x + old.width / 2, old.y + old.height / 2)
    return view.holding(QPointF(new.x + new.width / 2, new.y + new.height / 2), here)


def _kinship(before: State, shown: Picture, state: State, picture: Picture) -> dict[str, str]:
    views = [(one.program, one.folded, drawn) for one, drawn in ((before, shown), (state, picture))]
    return kinship(*((program, folded, drawn) for program, folded, drawn in views if program is not None))

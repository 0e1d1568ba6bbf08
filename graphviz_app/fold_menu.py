"""The commands of the menu Fold: what they do, when they can, and its rows, one a fold."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from graphviz_app.choice import Choice
from graphviz_app.state import State
from graphviz_models.fold import Fold, folds
from graphviz_models.picture.words import plain

if TYPE_CHECKING:
    from graphviz_app.session import Session
    from graphviz_app.window import Window

MOST = 24  # rows


def tr(text: str) -> str:
    """A text of the menu in the user's language."""
    return QCoreApplication.translate("Fold", text)


def fold(window: Window) -> None:
    """Fold the next larger thing around the selected node or box; without one, around what the pointer is on."""
    node = _chosen(window)
    if node is not None and not window.session.fold(node):
        window.session.tell(tr("Around {0} there is nothing larger to be folded.").replace("{0}", node), "info")


def unfold_one(window: Window) -> None:
    """Unfold the selected box; without one, that which the pointer is on."""
    node = _chosen(window)
    if node is not None and not window.session.fold(node, unfold=True):
        window.session.tell(tr("{0} is no folded box, and in none.").replace("{0}", node), "info")


def _chosen(window: Window) -> str | None:
    return window.session.state.selected or window.session.state.hovered


def fold_groups(window: Window) -> None:
    """One box for every group that lies in no other."""
    state = window.session.state
    window.session.show_folded(state.folded | {fold.id for fold in _of(state, "group")})


def toggle_time(session: Session) -> None:
    """The recurrence as a cycle, or step by step."""
    state = session.state
    time = {fold.id for fold in _of(state, "recurrence")}
    session.show_folded(state.folded - time if is_cyclic(state) else state.folded | time)


def unfold(window: Window) -> None:
    """Every node in its own box."""
    window.session.show_folded(frozenset())


def has_groups(state: State) -> bool:
    """Whether some group is not folded."""
    return any(fold.id not in state.folded for fold in _of(state, "group"))


def has_time(state: State) -> bool:
    """Whether there is a recurrence."""
    return bool(_of(state, "recurrence"))


def is_cyclic(state: State) -> bool:
    """Whether the recurrence is folded."""
    return any(fold.id in state.folded for fold in _of(state, "recurrence"))


def choices(window: Window) -> list[Choice]:
    """The rows, what takes in more first."""
    state = window.session.state
    found = folds(state.program) if state.program is not None else ()
    listed = [fold for fold in found if fold.kind != "recurrence"]
    return [
        Choice(
            plain(fold.label), partial(window.session.show_folded, state.folded ^ {fold.id}), fold.id in state.folded
        )
        for fold in listed[:MOST]
    ]


def _of(state: State, kind: str) -> tuple[Fold, ...]:
    return tuple(fold for fold in folds(state.program) if fold.kind == kind) if state.program is not None else ()

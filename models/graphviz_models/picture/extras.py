"""What a picture shows beside the graph: groups, the selection's ring and the title."""

from __future__ import annotations

from collections.abc import Iterable

from graphviz_models.formula import text
from graphviz_models.theme import Theme

from .frames import NAME, name_of
from .geometry import Rect, bounds
from .marks import Label, Plate
from .places import TITLE, Course, Plan
from .show import Show
from .words import plain


def group_plates(laid: Plan, theme: Theme) -> Iterable[Plate]:
    """A rounded frame around the nodes of each call of a `def`."""
    for name, (x, y, width, height) in laid.groups.items():
        yield Plate(
            f"group.{name}", "group", name, x, y, width, height, 10.0, theme.surface, theme.muted, 0.75, (1.5, 2.5)
        )


def group_names(laid: Plan, theme: Theme) -> Iterable[Label]:
    """The names of the calls in their frames."""
    for group, (x, y, width, height) in laid.names.items():
        formula = name_of(group)
        words = plain(formula.latex)
        yield Label(f"group.{group}.name", "", "group", words, formula, x, y, width, height, NAME, theme.muted)


def ring(laid: Plan, selected: str, courses: Iterable[Course], theme: Theme) -> Iterable[Plate]:
    """The ring around the selected node, or around what stands on one of the `courses` of a parameter without a box."""
    if selected in laid.bodies:
        one, (x, y) = laid.bodies[selected], laid.corners[selected]
        yield _ring(selected, (x, y, one.width, one.height), 3.0, theme)  # less than to the delta beside it
        return
    for course in courses:
        places = [line.place for line in course.lines if line.node == selected]
        if places:
            around = bounds([corner for x, y, w, h in places for corner in ((x, y), (x + w, y + h))])
            yield _ring(selected, around, 4.0, theme)


def _ring(selected: str, around: Rect, clear: float, theme: Theme) -> Plate:
    x, y, width, height = around
    room = x - clear, y - clear, width + 2 * clear, height + 2 * clear
    return Plate("selection", "selection", selected, *room, clear + 4.0, None, theme.selection, 2.0)


def title_label(laid: Plan, show: Show, theme: Theme) -> list[Label]:
    """The title, where there is one."""
    if not show.title or laid.title is None:
        return []
    formula = text(show.title, TITLE)
    x, y = laid.title
    return [Label("title", "", "title", show.title, formula, x, y, formula.width, formula.height, TITLE, theme.text)]

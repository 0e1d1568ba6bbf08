"""What a picture shows beside the graph: groups, the selection's ring and the title."""

from __future__ import annotations

from collections.abc import Iterable

from graphviz_models.formula import text
from graphviz_models.theme import Theme

from .marks import Label, Plate
from .places import TITLE, Plan
from .show import Show


def group_plates(laid: Plan, theme: Theme) -> Iterable[Plate]:
    """A rounded frame around the nodes of each call of a `def`."""
    for name, (x, y, width, height) in laid.groups.items():
        yield Plate(
            f"group.{name}", "group", name, x, y, width, height, 10.0, theme.surface, theme.muted, 0.75, (1.5, 2.5)
        )


def ring(laid: Plan, selected: str | None, theme: Theme) -> Iterable[Plate]:
    """The ring around the selected node."""
    if selected is not None and selected in laid.bodies:
        one, (x, y) = laid.bodies[selected], laid.corners[selected]
        yield Plate(
            "selection",
            "selection",
            selected,
            x - 6,
            y - 6,
            one.width + 12,
            one.height + 12,
            10.0,
            None,
            theme.selection,
            2.0,
        )


def title_label(laid: Plan, show: Show, theme: Theme) -> list[Label]:
    """The title, where there is one."""
    if not show.title or laid.title is None:
        return []
    formula = text(show.title, TITLE)
    x, y = laid.title
    return [Label("title", "", "title", show.title, formula, x, y, formula.width, formula.height, TITLE, theme.text)]

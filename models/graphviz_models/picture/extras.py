"""What a picture shows beside the graph: groups, the selection's ring, the title and the legend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphviz_models.formula import text
from graphviz_models.theme import Theme

from .geometry import arrow
from .marks import Box, Edge, Label, Plate, Shape
from .plan import LEGEND_ROW, TITLE, Plan
from .show import Show

_WORDS = 12.0
_SAMPLE = (26.0, 16.0)
_SHAPES: dict[str, Shape] = {
    "input": "rect",
    "target": "rect",
    "parameter": "diamond",
    "activation": "ellipse",
    "output": "pill",
    "loss": "rect",
    "operation": "circle",
}


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


@dataclass(frozen=True, slots=True)
class Legend:
    """The marks of a legend."""

    boxes: list[Box]
    edges: list[Edge]
    labels: list[Label]
    plates: list[Plate]


def legend(laid: Plan, theme: Theme) -> Legend:
    """A sample of every shape on the picture with its role's name, and of the two directions of edges."""
    made = Legend([], [], [], [])
    if laid.legend is None:
        return made
    x, y, width, height = laid.legend
    made.plates.append(Plate("legend", "legend", "", x, y, width, height, 6.0, theme.background, theme.muted, 0.75))
    for (entry, room), (left, top) in laid.legend_places.items():
        middle = y + top + LEGEND_ROW / 2
        if entry in ("forward", "backward"):
            _phase(made, entry, x + left, middle, theme)
        else:
            made.boxes.append(_sample(entry, x + left, middle, theme))
        formula = text(entry, _WORDS)
        spot = x + left + room, middle - formula.height / 2
        made.labels.append(
            Label(
                f"legend.{entry}",
                f"legend.{entry}",
                "legend",
                entry,
                formula,
                *spot,
                formula.width,
                formula.height,
                _WORDS,
                theme.text,
            )
        )
    return made


def _sample(role: str, x: float, middle: float, theme: Theme) -> Box:
    shape, (width, height) = _SHAPES[role], _SAMPLE
    if shape == "circle":
        x, width = x + (width - height) / 2, height
    return Box(
        f"legend.{role}", "", role, shape, x, middle - height / 2, width, height, "known", theme.fills[role], theme.rim,
        theme.rim_width,
        theme.target_dash if role == "target" else (), role == "loss", width / 2 if shape == "diamond" else 0.0,
        hatch=theme.hatches[role], hatch_ink=theme.hatch_ink,
    )  # fmt: skip


def _phase(made: Legend, phase: str, x: float, middle: float, theme: Theme) -> None:
    """Two dots and the edge between them, as it looks in that phase."""
    ends = (f"legend.{phase}", f"legend.{phase}.end")
    for key, left in zip(ends, (x, x + 38), strict=True):
        made.boxes.append(
            Box(
                key,
                "",
                "operation",
                "circle",
                left,
                middle - 4,
                8,
                8,
                "known",
                theme.background,
                theme.rim,
                theme.rim_width,
            )
        )
    points = ((x + 8, middle), (x + 38, middle))
    shaft, head = arrow(points[::-1] if phase == "backward" else points, 8.5, 3.4)
    made.edges.append(
        Edge(
            f"legend.{phase}.edge",
            *ends,
            points,
            shaft,
            head,
            theme.phase(phase),
            1.75,
            theme.phase_dash(phase),
            False,
            phase == "backward",
        )
    )

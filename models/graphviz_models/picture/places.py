"""Places: where everything in a picture stands, and the frame around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphviz_models.formula import text

from .body import Body
from .cyclebox import Cyclic
from .foldbox import Folded
from .geometry import Rect, bounds
from .legend import Placed, placed
from .lines import Line
from .marks import Point
from .show import Show

MARGIN = 16.0
CLEAR = 2.0  # around what stands beside a body
TITLE = 18.0  # font size


@dataclass(frozen=True, slots=True)
class Course:
    """An edge: its route from rim to rim and the lines of its label.

    `merges`: it shares its end with other edges, so that its dashes have to be counted from there to fall on theirs.
    `crossed`: its label lies on something and needs a plate. `merged` are the edges of the program that it stands for
    where it ends at a fold's box, else it is the one from `source` to `target`. A pulse is on it during the `part` of
    the way that it has to go.
    """

    id: str
    source: str
    target: str
    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    merges: bool = False
    crossed: bool = False
    merged: tuple[tuple[str, str], ...] = ()
    part: tuple[float, float] = (0.0, 1.0)

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """The edges of the program that are drawn here."""
        return self.merged or ((self.source, self.target),)

    def moved(self, right: float, down: float) -> Course:
        """The course so far from here."""
        lines = [
            replace(line, place=(line.place[0] + right, line.place[1] + down, *line.place[2:])) for line in self.lines
        ]
        points = tuple([(x + right, y + down) for x, y in self.points])
        return Course(  # there are thousands: `replace` takes ten times as long
            self.id, self.source, self.target, points, tuple(lines), self.merges, self.crossed, self.merged, self.part
        )


@dataclass(frozen=True, eq=False)
class Plan:
    """All places of a picture: bodies, their top left corners, what stands beside them, courses, groups, the size."""

    bodies: Mapping[str, Body]
    corners: Mapping[str, Point]
    beside: Mapping[str, Rect]
    crossed: frozenset[str]  # the nodes for which that lies on something and needs a plate
    courses: tuple[Course, ...]
    groups: Mapping[str, Rect]
    width: float
    height: float
    title: Point | None = None
    legend: Rect | None = None
    legend_entries: Placed | None = None
    shift: Point = (0.0, 0.0)  # from the layout's coordinates to those of the picture
    aspect: float = 1.0  # width to height that boxes of arrays come near to
    folded: Mapping[str, Folded] = field(default_factory=dict)  # what is in the boxes of folds
    cyclic: Cyclic | None = None
    names: Mapping[str, Rect] = field(default_factory=dict)  # where the names of groups stand
    origin: Point = (0.0, 0.0)  # what of it makes room for nodes that are pinned further left or up than all others


def extent(
    name: str, bodies: Mapping[str, Body], corners: Mapping[str, Point], beside: Mapping[str, Rect]
) -> list[Point]:
    (x, y), one = corners[name], bodies[name]
    points = [(x, y), (x + one.width, y + one.height)]
    if name in beside:
        left, top, width, height = beside[name]
        points += [(left, top), (left + width, top + height)]
    return points


def framed(laid: Plan, show: Show, fixed: Point | None = None) -> Plan:
    """The plan, MARGIN from the edges of the picture, with room for the title above the graph and the legend below it.

    `fixed` is the shift that pinned nodes ask for; it grows only where something would lie outside.
    """
    header = text(show.title, TITLE).height + 14 if show.title else 0.0
    return _with_legend(_shifted(laid, header, fixed), show)


def _with_legend(laid: Plan, show: Show) -> Plan:
    """The plan with room for the title above the graph and the legend below it."""
    title = legend = None
    entries: Placed | None = None
    width, height = laid.width, laid.height
    if show.title:
        title, width = (MARGIN, MARGIN), max(width, text(show.title, TITLE).width + 2 * MARGIN)
    if show.legend:
        carried = any(line.kind == "weight" for course in laid.courses for line in course.lines)
        entries = placed(laid.bodies, width - 2 * MARGIN, carried)
        legend = (MARGIN, height - MARGIN + 18, entries.width, entries.height)
        width, height = max(width, entries.width + 2 * MARGIN), height + legend[3] + 18
    return replace(laid, width=width, height=height, title=title, legend=legend, legend_entries=entries)


def _shifted(laid: Plan, header: float, fixed: Point | None) -> Plan:
    """The plan with everything MARGIN from the edges of the picture, and `header` points free above.

    `fixed` is the shift that pinned nodes ask for; it grows only where something would lie outside.
    """
    points = [point for name in laid.bodies for point in extent(name, laid.bodies, laid.corners, laid.beside)]
    points += [point for course in laid.courses for point in course.points]
    rects = [line.place for course in laid.courses for line in course.lines] + list(laid.groups.values())
    rects += [laid.cyclic.title] if laid.cyclic is not None and laid.cyclic.title is not None else []
    points += [corner for x, y, width, height in rects for corner in ((x, y), (x + width, y + height))]
    left, top, width, height = bounds(points) if points else (0.0, 0.0, 0.0, 0.0)
    least = MARGIN - left, MARGIN + header - top
    right, down = least if fixed is None else (max(fixed[0], least[0]), max(fixed[1], least[1]))
    origin = (0.0, 0.0) if fixed is None else (right - fixed[0], down - fixed[1])

    def moved(rect: Rect) -> Rect:
        return rect[0] + right, rect[1] + down, rect[2], rect[3]

    return replace(
        laid,
        corners={name: (x + right, y + down) for name, (x, y) in laid.corners.items()},
        beside={name: moved(rect) for name, rect in laid.beside.items()},
        courses=tuple([one.moved(right, down) for one in laid.courses]),
        groups={group: moved(rect) for group, rect in laid.groups.items()},
        names={group: moved(rect) for group, rect in laid.names.items()},
        cyclic=laid.cyclic
        and replace(
            laid.cyclic,
            plate=laid.cyclic.plate and moved(laid.cyclic.plate),
            title=laid.cyclic.title and moved(laid.cyclic.title),
        ),
        width=left + width + right + MARGIN,
        height=top + height + down + MARGIN,
        shift=(right, down),
        origin=origin,
    )

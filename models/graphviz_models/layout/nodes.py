"""Nodes as the layout sees them: a shape around its centre, what stands about it, satellites around their node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from graphviz_models.layout.parts import Item, Point, Rect
from graphviz_models.layout.rims import near_ellipse, near_hexagon

CLEAR = 6.0  # the least distance between an edge and a box that is not its end
NOTE_GAP = 3.0  # between a node and its note
_NOTED = 2.0  # between a note and an edge


@dataclass(slots=True)
class Node:
    """A node around the centre of its shape: `w`, `h` the shape's size, `left` … `down` the room it takes, from the
    centre.

    The room includes that of its note. `corner` is the top left of the item's box, `strips` the parts of the box that
    the node's own edges keep clear of, too, all relative to the centre. `nose`: how far the corners of a diamond reach
    along its width; `beneath`: the width of the room of its note, below the shape.
    """

    id: str
    role: str
    shape: str
    w: float
    h: float
    left: float
    right: float
    up: float
    down: float
    corner: Point
    strips: tuple[Rect, ...]
    note: tuple[float, float] | None
    order: int
    column: int | None
    kind: str | None = None
    group: str | None = None
    nose: float = 0.0
    beneath: float = 0.0

    def box(self, at: Point) -> Rect:
        return (at[0] - self.left, at[1] - self.up, self.left + self.right, self.up + self.down)

    def body(self, at: Point) -> Rect:
        return (at[0] - self.w / 2, at[1] - self.h / 2, self.w, self.h)

    @property
    def cornered(self) -> bool:
        """Whether the corners of the box are empty, and edges may run there: by a circle, which is small, none do."""
        return not self.strips and self.shape != "circle" and (self.shape != "diamond" or self.nose > 0)

    def struck(self, at: Point, p: Point, q: Point, margin: float) -> bool:
        """Whether a segment that comes into the box grown by `margin` comes as near as that to the shape or its note,
        and not to the empty corners of a diamond or an ellipse alone.
        """
        if not self.cornered:
            return True
        x, y = at
        beneath = (x - self.beneath / 2, y + self.h / 2, self.beneath, self.down - self.h / 2)
        straight = self.shape not in ("diamond", "ellipse")  # at the sides of such a shape a note has other places
        if self.beneath and hits(p, q, beneath, min(margin, _NOTED) if straight else margin):
            return True
        if straight:
            return hits(p, q, self.body(at), margin)
        p, q = (p[0] - x, p[1] - y), (q[0] - x, q[1] - y)
        near = near_hexagon if self.shape == "diamond" else near_ellipse
        return near(p, q, self.w, self.h, self.nose, margin)


def node(item: Item, shape: str, turned: bool, kind: str | None = None) -> Node:
    """The node of an item; `turned` where the drawing runs downwards: then x and y change places."""
    width, height = item.width, item.height
    x, y, w, h = item.body or (0.0, 0.0, width, height)
    left, right, up, down = x + w / 2, width - x - w / 2, y + h / 2, height - y - h / 2
    strips: list[Rect] = []
    if item.note is not None and turned:  # edges come and go above and below: the note stands beside
        right = max(right, w / 2 + item.note[0] + 2 * NOTE_GAP)
    elif item.note is not None:
        down = max(down, h / 2 + item.note[1] + 2 * NOTE_GAP)
        left, right = max(left, item.note[0] / 2), max(right, item.note[0] / 2)
    else:
        if y > 0.5:
            strips.append((-x - w / 2, -y - h / 2, width, y))
        if height - y - h > 0.5:
            strips.append((-x - w / 2, h / 2, width, height - y - h))
        if not strips:
            strips += [(-x - w / 2, -h / 2, x, h)] if x > 0.5 else []
            strips += [(w / 2, -h / 2, width - x - w, h)] if width - x - w > 0.5 else []
    corner = (-x - w / 2, -y - h / 2)
    if turned:
        w, h, left, right, up, down, corner = h, w, up, down, left, right, (corner[1], corner[0])
        strips = [(b, a, d, c) for a, b, c, d in strips]
    order, column, nose = item.order, item.column, item.nose
    if turned:  # a rhombus is one, too, with x and y in each other's place
        nose = w / 2 if nose == h / 2 else 0.0
    return Node(
        item.id, item.role, shape, w, h, left, right, up, down, corner, tuple(strips), item.note, order, column, kind,
        item.group, nose, item.note[turned] if item.note is not None else 0.0,
    )  # fmt: skip


@dataclass(slots=True)
class Cluster:
    """A node with the satellites that stand around it: `members` are (node, dx, dy) from the first one's centre."""

    members: list[tuple[int, float, float]]
    left: float = 0.0
    right: float = 0.0
    up: float = 0.0
    down: float = 0.0
    above: bool = field(default=False)  # whether something stands above, below the first node
    below: bool = field(default=False)
    hung: Callable[[], Cluster] | None = None  # one with all satellites below, where all of them stand above

    @property
    def main(self) -> int:
        return self.members[0][0]

    def measure(self, nodes: Sequence[Node]) -> None:
        self.left = max(nodes[i].left - dx for i, dx, _ in self.members)
        self.right = max(nodes[i].right + dx for i, dx, _ in self.members)
        self.up = max(nodes[i].up - dy for i, _, dy in self.members)
        self.down = max(nodes[i].down + dy for i, _, dy in self.members)
        main = nodes[self.main]
        self.above = self.up > main.up + 1e-6
        self.below = self.down > main.down + 1e-6

    def add(self, other: Cluster, dx: float, dy: float) -> None:
        self.members += [(i, x + dx, y + dy) for i, x, y in other.members]


def overlap(a: Rect, b: Rect, margin: float = 0.0) -> bool:
    """True where two rectangles come nearer to one another than `margin` both ways."""
    return (
        a[0] < b[0] + b[2] + margin
        and b[0] < a[0] + a[2] + margin
        and a[1] < b[1] + b[3] + margin
        and b[1] < a[1] + a[3] + margin
    )


def around(rects: Iterable[Rect]) -> Rect:
    """The rectangle around rectangles; an empty one at the origin where there are none."""
    rows = list(rects)
    if not rows:
        return (0.0, 0.0, 0.0, 0.0)
    x, y = min([r[0] for r in rows]), min([r[1] for r in rows])
    return (x, y, max([r[0] + r[2] for r in rows]) - x, max([r[1] + r[3] for r in rows]) - y)


def hits(p: Point, q: Point, rect: Rect, margin: float = 0.0) -> bool:
    """True where the segment from `p` to `q` comes into the rectangle grown by `margin`: where neither the sides of the
    rectangle nor the segment separate them.
    """
    x0, y0 = rect[0] - margin, rect[1] - margin
    x1, y1 = rect[0] + rect[2] + margin, rect[1] + rect[3] + margin
    px, py = p
    qx, qy = q
    if (px <= x0 and qx <= x0) or (px >= x1 and qx >= x1) or (py <= y0 and qy <= y0) or (py >= y1 and qy >= y1):
        return False
    dx, dy = qx - px, qy - py
    wide, high = x1 - x0, y1 - y0
    if dx == 0.0 or dy == 0.0 or wide <= 0.0 or high <= 0.0:
        return wide > 0.0 and high > 0.0
    return abs(dx * (y0 + y1 - 2 * py) - dy * (x0 + x1 - 2 * px)) < wide * abs(dy) + high * abs(dx)

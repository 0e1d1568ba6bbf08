"""A ruler for drawings: overlaps, edges through boxes, texts on edges, crossings, measured on what is drawn alone.

It shares no code with the layout that it measures, and works on a layout and on the picture as data alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import acos, cos, degrees, floor, hypot, sin
from typing import Any

from graphviz_models.layout import Item, Layout, Link

Point = tuple[float, float]
Rect = tuple[float, float, float, float]  # x, y, width, height


@dataclass
class Drawing:
    """Boxes (shape and rectangle), what belongs to a box beside it, edges (source, target, points) and texts (owner,
    rectangle).

    A text's owner is a box or an edge's (source, target); texts inside of their own box are left out.
    """

    boxes: dict[str, tuple[str, Rect]]
    edges: list[tuple[str, str, Sequence[Point]]]
    texts: list[tuple[str | tuple[str, str], Rect]] = field(default_factory=list)


def of_layout(items: Sequence[Item], links: Sequence[Link], shapes: Mapping[str, str], laid: Layout) -> Drawing:
    """The drawing of a layout; the strip of a box beside its body is a text of that box."""
    boxes, texts = {}, []
    for item in items:
        x, y = laid.boxes[item.id]
        dx, dy, w, h = item.body or (0.0, 0.0, item.width, item.height)
        boxes[item.id] = (shapes.get(item.id, "rect"), (x + dx, y + dy, w, h))
        if item.note is not None:
            texts.append((item.id, (*laid.notes[item.id], *item.note)))
        elif item.height > dy + h:
            texts.append((item.id, (x, y + dy + h + 1, item.width, item.height - dy - h - 1)))
    edges = [(link.source, link.target, laid.routes[link.key]) for link in links]
    labels = [((k.source, k.target), (*laid.labels[k.key], *k.label)) for k in links if k.label is not None]
    return Drawing(boxes, edges, [*texts, *labels])


def of_picture(data: Mapping[str, Any], plated: bool = False) -> Drawing:
    """The drawing of a picture as data (`export -o FILE.json`), with the texts that stand on no plate, or with the
    others.
    """
    boxes = {b["id"]: (_rim(b), (b["x"], b["y"], b["width"], b["height"])) for b in data["boxes"]}
    edges = [(e["from"], e["to"], [tuple(p) for p in e["points"]]) for e in data["edges"]]
    texts = []
    for label in data["labels"]:
        owner = label["of"] if isinstance(label["of"], str) else tuple(label["of"])
        rect = (label["x"], label["y"], label["width"], label["height"])
        if (owner in boxes and _within(rect, boxes[owner][1])) or (label["plate"] is not None) != plated:
            continue
        texts.append((owner, rect))
    return Drawing(boxes, edges, texts)


def outside(data: Mapping[str, Any]) -> list[str]:
    """What belongs into a box and reaches out of it: symbols, shapes, the values of all but operations, the entries of
    arrays.
    """
    boxes = {b["id"]: b for b in data["boxes"]}
    found = []
    for mark in [*data["labels"], *data["tensors"]]:
        box = boxes.get(mark["of"]) if isinstance(mark["of"], str) else None
        inner = {"symbol", "shape", "operation", "entry", "matrix", "heat", "stems"}
        if box is not None and (mark["kind"] in inner or (mark["kind"] == "value" and box["role"] != "operation")):
            rect = (mark["x"], mark["y"], mark["width"], mark["height"])
            if not _within(rect, (box["x"], box["y"], box["width"], box["height"])):
                found.append(f"{mark['kind']} of {box['node']}")
    return found


def _rim(box: Mapping[str, Any]) -> str:
    return f"{box['shape']} {box['corner']}" if box["shape"] in ("pill", "diamond") and box["corner"] else box["shape"]


def faults(d: Drawing) -> dict[str, list[str]]:
    """Everything that must not be, by kind, in words; empty for a clean drawing."""
    found = {
        "overlap": overlaps(d),
        "edge through box": through(d),
        "end off the rim": [f"{s}→{t}: {gap:.2f}" for s, t, gap in off_rim(d) if gap > 0.6],
        "text on box": texts_on_boxes(d),
        "text on text": texts_on_texts(d),
        "text on edge": texts_on_edges(d),
        "edge on edge": coincident(d),
        "kink": kinks(d),
    }
    return {kind: rows for kind, rows in found.items() if rows}


def overlaps(d: Drawing, margin: float = 4.0) -> list[str]:
    """Pairs of boxes that come nearer to one another than `margin`."""
    near = _Near(((k, rect) for k, (_, rect) in d.boxes.items()), margin)
    return [
        f"{a} {b}"
        for a, (_, rect) in d.boxes.items()
        for b in near.of(rect)
        if a < b and _meet(rect, d.boxes[b][1], margin)
    ]


def through(d: Drawing, margin: float = 2.0) -> list[str]:
    """Edges that touch a box which is not their end, or run through one of their own ends."""
    near = _Near(((k, rect) for k, (_, rect) in d.boxes.items()), margin)
    found = []
    for s, t, points in d.edges:
        hit = {
            b
            for p, q in pairwise(points)
            for b in near.of(_span(p, q))
            if b not in (s, t) and _cuts(p, q, d.boxes[b][1], margin) and _deepest(*d.boxes[b], p, q) > -margin
        }
        for end in {s, t}:
            shape, rect = d.boxes[end]
            inner = [p for p in _fine(points) if _depth(shape, rect, p) > 1.0]
            if inner:
                hit.add(end)
        found += [f"{s}→{t} through {b}" for b in sorted(hit)]
    return found


def off_rim(d: Drawing) -> list[tuple[str, str, float]]:
    """For every edge the greater of the distances (points) of its two ends from the rims of their boxes."""
    return [(s, t, max(abs(_depth(*d.boxes[s], p[0])), abs(_depth(*d.boxes[t], p[-1])))) for s, t, p in d.edges]


def texts_on_boxes(d: Drawing) -> list[str]:
    near = _Near(((k, rect) for k, (_, rect) in d.boxes.items()), 0.0)
    return [f"{owner} on {b}" for owner, rect in d.texts for b in near.of(rect) if _meet(rect, d.boxes[b][1], 0.0)]


def texts_on_texts(d: Drawing) -> list[str]:
    near = _Near(enumerate(rect for _, rect in d.texts), 0.0)
    return [
        f"{d.texts[i][0]} on {d.texts[j][0]}"
        for i, (_, rect) in enumerate(d.texts)
        for j in near.of(rect)
        if i < j and _meet(rect, d.texts[j][1], 0.0)
    ]


def texts_on_edges(d: Drawing, own: bool = False) -> list[str]:
    """Texts that an edge runs through; an edge's own label may lie on it unless `own`."""
    segments = [(k, p, q) for k, (_, _, points) in enumerate(d.edges) for p, q in pairwise(points)]
    near = _Near(((n, _span(p, q)) for n, (_, p, q) in enumerate(segments)), 0.0)
    found = set()
    for owner, rect in d.texts:
        for n in near.of(rect):
            k, p, q = segments[n]
            s, t, _ = d.edges[k]
            if (own or owner != (s, t)) and _cuts(p, q, rect, 0.0):
                found.add(f"{owner} on {s}→{t}")
    return sorted(found)


def strays(d: Drawing, more: float = 0.5) -> list[str]:
    """Edges whose label (the nearest line of it) is farther from them than from another edge, by `more`."""
    nearest: dict[tuple[str, str], tuple[float, float]] = {}
    for owner, rect in d.texts:
        if isinstance(owner, tuple):
            gaps = [(min(_gap(p, q, rect) for p, q in pairwise(points)), (s, t) == owner) for s, t, points in d.edges]
            own, other = (min((gap for gap, mine in gaps if mine is yes), default=1e9) for yes in (True, False))
            nearest[owner] = min(nearest.get(owner, (1e9, 0.0)), (own, other))
    return [f"{s}→{t}: {own:.1f}, {other:.1f}" for (s, t), (own, other) in nearest.items() if own > other + more]


def crossings(d: Drawing) -> int:
    """How often two edges cross that have no end in common.

    Every edge is moved by less than a thousandth of a point, each its own way: in symmetric drawings lines meet exactly
    in their vertices, and rounding would decide whether that counts.
    """
    moved = []
    for k, (s, t, points) in enumerate(d.edges):
        dx, dy = 5e-4 * cos(2.399963 * k), 5e-4 * sin(2.399963 * k)
        moved.append((s, t, [(x + dx, y + dy) for x, y in points]))
    return sum(1 for _ in _meetings(Drawing(d.boxes, moved), _proper))


def tangles(d: Drawing) -> list[str]:
    """Pairs of straight edges at one box that cross: their ends there stand in the wrong order."""
    lines = [(k, points) for k, (_, _, points) in enumerate(d.edges) if len(points) == 2]
    return [
        f"{d.edges[a][:2]} {d.edges[b][:2]}"
        for (a, one), (b, other) in combinations(lines, 2)
        if {*d.edges[a][:2]} & {*d.edges[b][:2]} and _proper(*one, *other)
        if min(hypot(p[0] - q[0], p[1] - q[1]) for p in one for q in other) > 0.5
    ]


def coincident(d: Drawing) -> list[str]:
    """Pairs of edges without a common end, or with both in common, that run on top of one another for six points or
    more.
    """
    return sorted({f"{d.edges[a][:2]} {d.edges[b][:2]}" for a, b in _meetings(d, _along, True)})


def kinks(d: Drawing, most: float = 50.0) -> list[str]:
    """Edges that turn by more than `most` degrees at a single point."""
    found = []
    for s, t, points in d.edges:
        for a, b, c in zip(points, points[1:], points[2:], strict=False):
            u, v = (b[0] - a[0], b[1] - a[1]), (c[0] - b[0], c[1] - b[1])
            long = hypot(*u) * hypot(*v)
            if long > 1e-9 and degrees(acos(max(-1.0, min(1.0, (u[0] * v[0] + u[1] * v[1]) / long)))) > most:
                found.append(f"{s}→{t} at {b[0]:.0f}, {b[1]:.0f}")
    return found


def _meetings(d: Drawing, test: Any, twins: bool = False) -> Iterator[tuple[int, int]]:
    segments = [(k, p, q) for k, (_, _, points) in enumerate(d.edges) for p, q in pairwise(points)]
    near = _Near(((n, _span(p, q)) for n, (_, p, q) in enumerate(segments)), 3.0)
    for n, (a, p, q) in enumerate(segments):
        for m in near.of(_span(p, q)):
            b, r, s = segments[m]
            if m <= n or a == b:
                continue
            common = len({*d.edges[a][:2]} & {*d.edges[b][:2]})
            if (not common or (twins and common == 2)) and test(p, q, r, s):
                yield a, b


def _proper(p: Point, q: Point, r: Point, s: Point) -> bool:
    """A crossing at a vertex of a line counts once: at the beginning of a segment, not at its end."""
    dx, dy, ex, ey = q[0] - p[0], q[1] - p[1], s[0] - r[0], s[1] - r[1]
    area = dx * ey - dy * ex
    if abs(area) < 1e-12:
        return False
    t = ((r[0] - p[0]) * ey - (r[1] - p[1]) * ex) / area
    u = ((r[0] - p[0]) * dy - (r[1] - p[1]) * dx) / area
    return 0 <= t < 1 and 0 <= u < 1


def _along(p: Point, q: Point, r: Point, s: Point) -> bool:
    long = hypot(q[0] - p[0], q[1] - p[1])
    if long < 1e-9:
        return False
    dx, dy = (q[0] - p[0]) / long, (q[1] - p[1]) / long
    on = sorted([(r[0] - p[0]) * dx + (r[1] - p[1]) * dy, (s[0] - p[0]) * dx + (s[1] - p[1]) * dy])
    off = [abs((e[1] - p[1]) * dx - (e[0] - p[0]) * dy) for e in (r, s)]
    return max(off) < 2.0 and min(long, on[1]) - max(0.0, on[0]) > 6.0


def _depth(shape: str, rect: Rect, p: Point) -> float:
    """How deep (points, about) a point lies within a shape; negative outside."""
    x, y, w, h = rect
    u, v = abs(p[0] - x - w / 2), abs(p[1] - y - h / 2)
    kind, _, corner = shape.partition(" ")
    if kind == "diamond":  # a hexagon, flat above and below; a rhombus where its noses meet
        nose = float(corner) if corner else w / 2
        slanted = ((w / 2 - u) * h / 2 - v * nose) / hypot(h / 2, nose)
        return min(slanted, h / 2 - v)
    if shape == "ellipse" or (shape == "circle" and abs(w - h) < 0.01):
        k = hypot(2 * u / w, 2 * v / h)
        return (1 - k) * (hypot(u, v) / k if k > 1e-9 else min(w, h) / 2)
    if kind in ("pill", "rounded", "circle"):
        r = min(w / 2, h / 2, float(corner) if corner else {"pill": 34.0, "rounded": 14.0}.get(kind, w))
        return (
            r - hypot(max(0.0, u - w / 2 + r), max(0.0, v - h / 2 + r)) if max(u - w / 2 + r, v - h / 2 + r) > 0 else r
        )
    return min(w / 2 - u, h / 2 - v) if u <= w / 2 and v <= h / 2 else -hypot(max(0.0, u - w / 2), max(0.0, v - h / 2))


def _deepest(shape: str, rect: Rect, p: Point, q: Point) -> float:
    return max(_depth(shape, rect, point) for point in _fine((p, q), 0.5))


def _fine(points: Sequence[Point], step: float = 4.0) -> Iterator[Point]:
    for p, q in pairwise(points):
        steps = max(1, int(hypot(q[0] - p[0], q[1] - p[1]) / step))
        for k in range(steps):
            yield (p[0] + (q[0] - p[0]) * k / steps, p[1] + (q[1] - p[1]) * k / steps)
    yield points[-1]


def _span(p: Point, q: Point) -> Rect:
    return (min(p[0], q[0]), min(p[1], q[1]), abs(q[0] - p[0]), abs(q[1] - p[1]))


def _meet(a: Rect, b: Rect, margin: float) -> bool:
    return (
        a[0] < b[0] + b[2] + margin
        and b[0] < a[0] + a[2] + margin
        and a[1] < b[1] + b[3] + margin
        and b[1] < a[1] + a[3] + margin
    )


def _gap(p: Point, q: Point, rect: Rect) -> float:
    """The distance of a segment from a rectangle, to a point."""
    steps = max(1, int(hypot(q[0] - p[0], q[1] - p[1])))
    x, y, w, h = rect
    at = [(p[0] + (q[0] - p[0]) * k / steps, p[1] + (q[1] - p[1]) * k / steps) for k in range(steps + 1)]
    return min(hypot(max(x - a, 0.0, a - x - w), max(y - b, 0.0, b - y - h)) for a, b in at)


def _within(a: Rect, b: Rect) -> bool:
    return a[0] >= b[0] - 1 and a[1] >= b[1] - 1 and a[0] + a[2] <= b[0] + b[2] + 1 and a[1] + a[3] <= b[1] + b[3] + 1


def _cuts(p: Point, q: Point, rect: Rect, margin: float) -> bool:
    """Whether a segment enters the rectangle grown by `margin`: it is cut off at each side in turn."""
    x0, y0, x1, y1 = rect[0] - margin, rect[1] - margin, rect[0] + rect[2] + margin, rect[1] + rect[3] + margin
    low, high = 0.0, 1.0
    for a, b, least, most in ((p[0], q[0], x0, x1), (p[1], q[1], y0, y1)):
        if abs(b - a) < 1e-12:
            if not least < a < most:
                return False
        else:
            near, far = sorted(((least - a) / (b - a), (most - a) / (b - a)))
            low, high = max(low, near), min(high, far)
    return low < high


class _Near:
    """Which of many rectangles may lie near another one."""

    def __init__(self, rects: Iterable[tuple[Any, Rect]], margin: float, cell: float = 120.0) -> None:
        self.cell, self.margin = cell, margin
        self.cells: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for key, rect in rects:
            for c in self._of(rect):
                self.cells[c].append(key)

    def _of(self, rect: Rect) -> Iterator[tuple[int, int]]:
        x, y, w, h = rect
        for i in range(floor((x - self.margin) / self.cell), floor((x + w + self.margin) / self.cell) + 1):
            for j in range(floor((y - self.margin) / self.cell), floor((y + h + self.margin) / self.cell) + 1):
                yield i, j

    def of(self, rect: Rect) -> set[Any]:
        return {key for c in self._of(rect) for key in self.cells.get(c, ())}

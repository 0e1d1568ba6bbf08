"""Other layered layouts of the same graph, to measure ours against: Graphviz's dot, where it is installed, and
graphlay.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

import graphlay

from graphviz_models.layout import Item, Link

from . import ruler
from .ruler import Drawing, Point

DOT = shutil.which("dot")
_INCH = 72.0


def least_crossings(items: Sequence[Item], links: Sequence[Link]) -> int:
    """The fewest crossings that another layout has. Edges are followed to the middles of their boxes: where columns
    stand close together, some edges cross under a box.
    """
    found = []
    for drawing in [by_graphlay(items, links), *([by_dot(items, links)] if DOT else [])]:
        middle = {key: (x + w / 2, y + h / 2) for key, (_, (x, y, w, h)) in drawing.boxes.items()}
        edges = [(s, t, [middle[s], *points, middle[t]]) for s, t, points in drawing.edges]
        found.append(ruler.crossings(Drawing(drawing.boxes, edges)))
    return min(found)


def dot_text(items: Sequence[Item], links: Sequence[Link]) -> str:
    """The graph in DOT, from left to right, every box of its own size; edges have the room to cross between ranks."""
    number = {item.id: n for n, item in enumerate(items)}
    lines = ['digraph{rankdir=LR;ranksep=1;node[shape=box,fixedsize=true,label=""];']
    lines += [f"{n}[width={item.width / _INCH:.4f},height={item.height / _INCH:.4f}];" for n, item in enumerate(items)]
    lines += [f"{number[link.source]}->{number[link.target]};" for link in links]
    return "\n".join([*lines, "}"])


def by_dot(items: Sequence[Item], links: Sequence[Link]) -> Drawing:
    """What dot draws, its splines as polylines. Raises CalledProcessError where dot gives up."""
    assert DOT is not None
    plain = subprocess.run([DOT, "-Tplain"], input=dot_text(items, links), capture_output=True, text=True, check=True)
    boxes, edges = {}, []
    names = [item.id for item in items]
    for line in plain.stdout.splitlines():
        words = line.split()
        if words[0] == "node":
            x, y, w, h = (float(word) * _INCH for word in words[2:6])
            boxes[names[int(words[1])]] = ("rect", (x - w / 2, y - h / 2, w, h))
        elif words[0] == "edge":
            at = [float(word) * _INCH for word in words[4 : 4 + 2 * int(words[3])]]
            controls = list(zip(at[::2], at[1::2], strict=True))
            edges.append((names[int(words[1])], names[int(words[2])], _flattened(controls)))
    return Drawing(boxes, edges)


def by_graphlay(items: Sequence[Item], links: Sequence[Link]) -> Drawing:
    """What graphlay draws with straight lines between its bends."""
    graph = graphlay.Graph()
    number = {item.id: graph.node(item.id, width=item.width, height=item.height) for item in items}
    for link in links:
        graph.edge(number[link.source], number[link.target])
    laid = graphlay.layout(graph, options={"routing": {"style": "diagonal"}})
    boxes = {}
    for item, (x, y) in zip(items, laid.positions().values(), strict=True):
        boxes[item.id] = ("rect", (x - item.width / 2, y - item.height / 2, item.width, item.height))
    edges = [
        (link.source, link.target, [(p["x"], p["y"]) for p in edge["points"]])
        for link, edge in zip(links, laid.edges, strict=True)
    ]
    return Drawing(boxes, edges)


def _flattened(controls: Sequence[Point], pieces: int = 8) -> list[Point]:
    """Points on a chain of cubic Béziers with these control points."""
    out = [controls[0]]
    for k in range(0, len(controls) - 3, 3):
        a, b, c, d = controls[k : k + 4]
        for n in range(1, pieces + 1):
            t = n / pieces
            s = 1 - t
            weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
            out.append(
                (
                    sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
                    sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
                )
            )
    return out

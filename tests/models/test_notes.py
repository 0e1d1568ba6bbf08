"""Deltas and values beside nodes: each stands at its own node, or where nothing else is as near."""

from __future__ import annotations

from itertools import pairwise
from math import hypot, inf

from graphviz_models.layout.texts import Texts
from graphviz_models.picture import Picture, picture
from graphviz_models.sheet import read
from graphviz_models.trace import run

from . import ruler

Rect = tuple[float, float, float, float]

ATTENTION = '''
equations = """
a = softmax(s)
y = dot(a, v)
L = (y - t)**2
"""
[inputs]
s = [0.1, 0.7, -0.3, 2.0, -1.0]
v = [1.0, 2.0, -1.0, 0.5, 3.0]
[targets]
t = 1.0
'''


def apart(a: Rect, b: Rect) -> float:
    """The distance of two rectangles."""
    return hypot(max(a[0] - b[0] - b[2], b[0] - a[0] - a[2], 0.0), max(a[1] - b[1] - b[3], b[1] - a[1] - a[3], 0.0))


def distances(drawn: Picture) -> dict[str, tuple[float, float, float]]:
    """By nodes: how far what stands beside each is from it, from the next other box, and from the next edge that is not
    its own.
    """
    boxes = {box.id: (box.x, box.y, box.width, box.height) for box in drawn.boxes}
    found = {}
    for label in drawn.labels:
        if not isinstance(label.of, str) or label.of not in boxes:
            continue
        rect = label.x, label.y, label.width, label.height
        own = apart(rect, boxes[label.of])
        if own:
            edges = [edge.points for edge in drawn.edges if label.of not in (edge.source, edge.target)]
            found[f"{label.of} {label.kind}"] = (
                own,
                min((apart(rect, box) for key, box in boxes.items() if key != label.of), default=inf),
                min((ruler._gap(p, q, rect) for line in edges for p, q in pairwise(line)), default=inf),
            )
    return found


def test_deltas_of_softmax_neurons_stand_at_them_though_the_widest_would_touch_an_edge() -> None:
    sheet = read(ATTENTION)
    trace = run(sheet.program.at_level("neurons"), sheet.notation)
    drawn = picture(trace, len(trace.steps))
    ids = {box.id for box in drawn.boxes if box.node.startswith("a[")}
    near = {key.split()[0]: own for key, (own, _, _) in distances(drawn).items() if key.split()[0] in ids}
    assert near.keys() == ids
    assert max(near.values()) < 6.0
    assert (drawn.width, drawn.height) < (1400.0, 1070.0)


BODY = (0.0, 0.0, 100.0, 40.0)
NOTE = (120.0, 16.0)


def fenced(free: float, right: float = 30.0) -> dict[str, list[tuple[float, float]]]:
    """Lines all around BODY, but for a gap above it that is `free` points wide, and one `right` of that."""
    first, last = 50.0 - free / 2, 50.0 + free / 2
    xs = [first - 30.0 * k for k in range(8)] + [last] + [last + right + 30.0 * k for k in range(8)]
    upright = {f"x{x}": [(x, -300.0), (x, 300.0)] for x in xs}
    return upright | {f"y{y}": [(-400.0, y), (100.0, y)] for y in (-40.0, -25.0, 48.0, 60.0, 75.0, 90.0)}


def test_a_note_stands_between_edges_that_its_ends_alone_would_touch() -> None:
    for free, near in ((126.0, True), (112.0, True), (104.0, False)):
        place = Texts({"n": BODY}, fenced(free, 182.5 - free / 2)).note(BODY, NOTE)  # a far one is at another edge
        assert (place == (-10.0, -19.0)) == near, free


def test_a_note_without_any_free_place_asks_for_room() -> None:
    texts = Texts({"n": BODY}, fenced(112.0))
    texts.note(BODY, NOTE)
    assert texts.crowded == 1


def test_a_note_stands_far_from_its_node_only_where_nothing_else_is_nearly_as_near() -> None:
    for right, far in ((150.0, True), (127.0, False)):
        x, y = Texts({"n": BODY}, fenced(112.0, right)).note(BODY, NOTE)
        assert (x == 111.0) == far, (x, y)
        assert ((x, y) == (-10.0, -19.0)) == (not far)
    box = {"n": BODY, "o": (236.0, 0.0, 30.0, 40.0)}
    assert Texts(box, fenced(112.0, 150.0)).note(BODY, NOTE) == (-10.0, -19.0)

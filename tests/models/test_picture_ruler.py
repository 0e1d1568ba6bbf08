"""A ruler on the picture: no box on a box, no edge through a box, no label on anything, nothing too small to read."""

from __future__ import annotations

import json
from itertools import combinations, pairwise
from typing import Any

import pytest

from graphviz_models.export import FORMATS
from graphviz_models.picture import Show, picture
from graphviz_models.sheet import exercises, load
from graphviz_models.theme import THEMES
from graphviz_models.trace import run

EXERCISES = [exercise[0] for exercise in exercises()]
SMALLEST = 6.0  # points, of a number set smaller to fit
Rect = tuple[float, float, float, float]


def measured(drawn: dict[str, Any]) -> list[str]:
    """Everything that touches what it should not, on a picture as JSON."""
    boxes = {box["id"]: rect(box) for box in drawn["boxes"]}
    nodes = {box["id"]: box["node"] for box in drawn["boxes"]}
    found = [f"{nodes[a]} on {nodes[b]}" for a, b in combinations(boxes, 2) if overlap(boxes[a], boxes[b])]
    for edge in drawn["edges"]:
        for key, box in boxes.items():
            if key not in (edge["from"], edge["to"]) and crosses(edge["points"], box, -1.0):
                found.append(f"{edge['id']} through {nodes[key]}")
    outside = [label for label in drawn["labels"] if not within(label, boxes)]
    for label in outside:
        name, place = f"{label['text']} of {label['of']}", rect(label)
        found += [f"{name} on {nodes[key]}" for key, box in boxes.items() if overlap(place, box)]
        if label["plate"] is None:
            found += [f"{name} on {edge['id']}" for edge in drawn["edges"] if crosses(edge["points"], place, -0.5)]
    for a, b in combinations(outside, 2):
        if a["plate"] is None and b["plate"] is None and overlap(rect(a), rect(b)):
            found.append(f"{a['text']} on {b['text']}")
    return found


def rect(mark: dict[str, Any]) -> Rect:
    return mark["x"], mark["y"], mark["width"], mark["height"]


def within(label: dict[str, Any], boxes: dict[str, Rect]) -> bool:
    if not isinstance(label["of"], str) or label["of"] not in boxes:
        return False
    (x, y, w, h), (left, top, width, height) = rect(label), boxes[label["of"]]
    return x >= left - 0.5 and y >= top - 0.5 and x + w <= left + width + 0.5 and y + h <= top + height + 0.5


def overlap(a: Rect, b: Rect) -> bool:
    return (
        min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]) > 0.5 and min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]) > 0.5
    )


def crosses(points: list[list[float]], place: Rect, gap: float) -> bool:
    """Whether a polyline comes into the rectangle grown by `gap`: by bisection of its segments."""
    x0, y0, x1, y1 = place[0] - gap, place[1] - gap, place[0] + place[2] + gap, place[1] + place[3] + gap
    stack = [(*a, *b) for a, b in pairwise(points)]
    while stack:
        ax, ay, bx, by = stack.pop()
        if max(ax, bx) <= x0 or min(ax, bx) >= x1 or max(ay, by) <= y0 or min(ay, by) >= y1:
            continue
        if x0 < ax < x1 and y0 < ay < y1:
            return True
        if abs(bx - ax) + abs(by - ay) > 0.05:
            mx, my = (ax + bx) / 2, (ay + by) / 2
            stack += [(ax, ay, mx, my), (mx, my, bx, by)]
    return False


def test_the_ruler_sees_what_touches() -> None:
    box = {"id": "b1", "node": "a", "x": 0, "y": 0, "width": 10, "height": 10}
    other = {"id": "b2", "node": "b", "x": 5, "y": 5, "width": 10, "height": 10}
    third = {"id": "b3", "node": "c", "x": 40, "y": 0, "width": 10, "height": 10}
    edge = {"id": "a→c", "from": "b1", "to": "b3", "points": [[10, 8], [40, 8]]}
    label = {"of": ["b1", "b3"], "text": "1", "plate": None, "x": 20, "y": 0, "width": 10, "height": 9}
    drawn = {"boxes": [box, other, third], "edges": [edge], "labels": [label]}
    assert measured(drawn) == ["a on b", "a→c through b", "1 of ['b1', 'b3'] on a→c"]


@pytest.mark.parametrize("locals_", ["off", "symbol", "number"])
@pytest.mark.parametrize("level", ["variables", "operations", "neurons"])
@pytest.mark.parametrize("name", EXERCISES)
def test_nothing_touches_anything(name: str, level: str, locals_: Any) -> None:
    sheet = load(name)
    trace = run(sheet.program.at_level(level), sheet.notation)  # type: ignore[arg-type]
    drawn = json.loads(FORMATS[".json"].write(picture(trace, len(trace.steps), show=Show(locals=locals_))))
    assert measured(drawn) == []
    if level != "neurons":  # among many weights some stand on plates
        assert not [label for label in drawn["labels"] if label["plate"] is not None]
    assert min(label["size"] for label in drawn["labels"]) >= SMALLEST


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_a_theme_moves_nothing(theme: Any) -> None:
    sheet = load("assignment3-q1")
    trace = run(sheet.program, sheet.notation)
    read = [json.loads(FORMATS[".json"].write(picture(trace, 9, theme=one))) for one in (theme, THEMES["light"])]
    first, second = ([[rect(box) for box in one["boxes"]], [edge["points"] for edge in one["edges"]]] for one in read)
    assert first == second

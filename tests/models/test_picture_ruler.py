"""A ruler on the picture: no box on a box, no edge through a box, no text on anything, nothing too small to read, and
no more crossings than the best layouts of others.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from math import dist
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from graphviz_models.export import FORMATS
from graphviz_models.fold import recurrence
from graphviz_models.layout import Item, Link
from graphviz_models.picture import Show, picture
from graphviz_models.program import build
from graphviz_models.sheet import exercises, load
from graphviz_models.theme import THEMES
from graphviz_models.trace import Trace, run
from graphviz_models.views import LEVELS

from . import rivals, ruler
from .random_models import random_model
from .test_random_programs import GIVEN, programs

EXERCISES = [exercise[0] for exercise in exercises()]
SMALLEST = 6.0  # points, of a number set smaller to fit


@cache
def trace_of(name: str, level: str) -> Trace:
    sheet = load(name)
    return run(sheet.program.at_level(level), sheet.notation)  # type: ignore[arg-type]


def data(trace: Trace, at: int, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FORMATS[".json"].write(picture(trace, at, **options)))
    return found


def measured(drawn: dict[str, Any]) -> dict[str, list[str]]:
    """Everything that touches what it should not; a text on a plate may lie on an edge, on a box never."""
    found = ruler.faults(ruler.of_picture(drawn))
    on_plates = ruler.texts_on_boxes(ruler.of_picture(drawn, plated=True))
    rest = {"plate on box": on_plates, "text outside its box": ruler.outside(drawn)}
    return {kind: rows for kind, rows in (found | rest).items() if rows}


def moments(trace: Trace) -> list[int]:
    """The start, the middle of every phase, and the end."""
    return [0, *((first + last) // 2 for _, first, last in trace.phases), len(trace.steps)]


def geometry(drawn: dict[str, Any]) -> tuple[Any, ...]:
    boxes = [(box["id"], box["shape"], box["x"], box["y"], box["width"], box["height"]) for box in drawn["boxes"]]
    edges = {edge["id"]: (edge["from"], edge["to"], edge["points"]) for edge in drawn["edges"]}
    return drawn["width"], drawn["height"], boxes, sorted(edges.items())


def drawing(**changed: Any) -> dict[str, Any]:
    """A picture of two boxes joined by an edge, with a label clear of everything."""
    place = {"role": "activation", "shape": "rect", "corner": 0.0, "width": 20.0, "height": 20.0}
    boxes = [
        {"id": "b1", "node": "a", "x": 0.0, "y": 0.0} | place,
        {"id": "b2", "node": "b", "x": 80.0, "y": 0.0} | place,
    ]
    label = {"of": ["b1", "b2"], "kind": "local", "text": "1", "plate": None} | {"x": 45.0, "y": -20.0}
    label |= {"width": 10.0, "height": 10.0, "size": 10.0}
    edge = {"id": "a→b", "from": "b1", "to": "b2", "points": [[20.0, 10.0], [80.0, 10.0]]}
    return {"boxes": boxes, "edges": [edge], "labels": [label], "tensors": []} | changed


def test_the_ruler_sees_every_kind_of_fault() -> None:
    clean = drawing()
    assert measured(clean) == {}
    box, label, edge = clean["boxes"][0], clean["labels"][0], clean["edges"][0]
    third = box | {"id": "b3", "node": "c"}
    near = [*clean["boxes"], third | {"y": 22.0}]
    assert measured(drawing(boxes=near)).keys() == {"overlap"}
    between = [*clean["boxes"], third | {"x": 40.0, "y": -2.0}]
    assert measured(drawing(boxes=between)).keys() == {"edge through box"}
    assert measured(drawing(edges=[edge | {"points": [[20.0, 10.0], [70.0, 10.0]]}])).keys() == {"end off the rim"}
    bent = [[20.0, 10.0], [50.0, 50.0], [80.0, 10.0]]
    assert measured(drawing(edges=[edge | {"points": bent}])).keys() == {"kink"}
    assert measured(drawing(labels=[label | {"of": ["b2", "b1"], "y": 5.0}])).keys() == {"text on edge"}
    assert measured(drawing(labels=[label | {"x": 15.0, "plate": "white"}])).keys() == set()
    assert measured(drawing(labels=[label | {"x": 15.0, "y": -5.0, "plate": "white"}])).keys() == {"plate on box"}
    assert measured(drawing(labels=[label, label | {"of": ["b2", "b1"]}])).keys() == {"text on text"}
    other = edge | {"from": "b2", "to": "b1", "points": [[80.0, 5.0], [20.0, 5.0]]}
    assert ruler.strays(ruler.of_picture(drawing(edges=[edge, other])))
    assert not ruler.strays(ruler.of_picture(drawing(edges=[edge, other], labels=[label | {"y": 14.0}])))
    inner = {"of": "b1", "kind": "symbol", "x": 15.0, "y": 5.0, "plate": "white"}
    assert "text outside its box" in measured(drawing(labels=[label | inner]))


@pytest.mark.parametrize("locals_", ["off", "symbol", "number"])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_clean(name: str, level: str, locals_: Any) -> None:
    """At the end of the backward pass everything is known and written; in both directions."""
    trace = trace_of(name, level)
    for direction in ("right", "down"):
        drawn = data(trace, len(trace.steps), show=Show(locals=locals_), direction=direction)
        assert measured(drawn) == {}, direction
        if level != "neurons":  # among many weights some stand on plates
            assert not [label for label in drawn["labels"] if label["plate"] is not None]
        assert min(label["size"] for label in drawn["labels"]) >= SMALLEST


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize(("level", "locals_"), [("neurons", "off"), ("variables", "symbol"), ("variables", "number")])
@pytest.mark.parametrize("name", EXERCISES)
def test_no_label_is_nearer_to_another_edge_than_to_its_own(
    name: str, level: str, locals_: Any, direction: str
) -> None:
    trace = trace_of(name, level)
    for at in (0, len(trace.steps)):
        drawn = data(trace, at, show=Show(locals=locals_), direction=direction)
        of = ruler.of_picture(drawn), ruler.of_picture(drawn, plated=True)
        strays = ruler.strays(replace(of[0], texts=of[0].texts + of[1].texts))
        assert len(strays) <= (direction == "down" and level == "neurons"), strays


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", [name for name in EXERCISES if recurrence(load(name).program) is None])
def test_edges_into_one_box_do_not_cross_before_it(name: str, level: str) -> None:
    """But for rails, from which what is shared is let down to its time steps."""
    into: dict[str, list[Any]] = {}
    for _, target, points in ruler.of_picture(data(trace_of(name, level), 0)).edges:
        into.setdefault(target, []).append(points)
    for target, lines in into.items():
        for a, b in combinations(lines, 2):
            crossed = any(ruler._proper(*one, *other) for one in pairwise(a) for other in pairwise(b))
            assert not crossed or dist(a[-1], b[-1]) < 0.5, target


@pytest.mark.parametrize("name", ["assignment3-q3", "practical1-ex1"])
def test_labels_of_two_edges_are_not_read_as_one(name: str) -> None:
    drawn = data(trace_of(name, "neurons"), 0)
    rects = [
        (label["x"], label["y"], label["width"], label["height"])
        for label in drawn["labels"]
        if not isinstance(label["of"], str)
    ]
    assert len(rects) > 10
    assert not [(a, b) for a, b in combinations(rects, 2) if ruler._meet(a, b, 5.5)]


def test_short_labels_lean_towards_their_edge_and_what_stays_is_nearest_to_it() -> None:
    trace = trace_of("sheet9-ex1", "variables")
    drawn = picture(trace, len(trace.steps), show=Show(locals="symbol"))
    edges = {(edge.source, edge.target): edge.points for edge in drawn.edges}
    both: dict[Any, dict[str, Any]] = {}
    for label in drawn.labels:
        if isinstance(label.of, tuple):
            both.setdefault(label.of, {})[label.kind] = label
    assert len(both) == 10
    sides = set()
    for ends, found in both.items():
        gaps = {
            kind: min(ruler._gap(p, q, (one.x, one.y, one.width, one.height)) for p, q in pairwise(edges[ends]))
            for kind, one in found.items()
        }
        local, product = found["local"], found["product"]
        sides.add((local.y > product.y, abs(local.x - product.x) < 1, local.x > product.x))
        assert gaps["local"] <= gaps["product"] + 5
        assert gaps["local"] <= 12
        upper, lower = sorted((local, product), key=lambda label: label.y)
        assert lower.y - upper.y - upper.height >= 3.5
    assert len(sides) >= 3


def test_what_all_steps_share_comes_straight_to_the_middle_of_an_operation() -> None:
    for direction in ("right", "down"):
        drawn = data(trace_of("assignment3-q2", "operations"), 0, direction=direction)
        boxes = {box["id"]: box for box in drawn["boxes"]}
        shared = [edge for edge in drawn["edges"] if boxes[edge["from"]]["role"] == "parameter"]
        assert len(shared) == 12
        for edge in shared:
            (px, py), (qx, qy) = edge["points"][-2:]
            circle = boxes[edge["to"]]
            middle = circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2
            assert circle["shape"] == "circle"
            assert px == qx == pytest.approx(middle[0], abs=0.1) or py == qy == pytest.approx(middle[1], abs=0.1)


@pytest.mark.parametrize("name", EXERCISES)
def test_neither_a_step_nor_a_theme_moves_anything(name: str) -> None:
    """So that what is measured once is true of all; the texts, which do change, are measured at every moment."""
    trace = trace_of(name, "variables")
    want = geometry(data(trace, 0))
    for at in moments(trace):
        drawn = data(trace, at)
        assert geometry(drawn) == want
        assert measured(drawn) == {}, at
    for theme in THEMES.values():
        assert geometry(data(trace, len(trace.steps) // 2, theme=theme)) == want


@pytest.mark.parametrize("level", LEVELS[1:])
@pytest.mark.parametrize("name", EXERCISES)
def test_texts_are_clear_at_every_moment(name: str, level: str) -> None:
    trace = trace_of(name, level)
    for at in moments(trace)[1:-1]:
        assert measured(data(trace, at)) == {}, at


@pytest.mark.parametrize("seed", range(100))
def test_a_random_model_is_clean(seed: int) -> None:
    """Where there is no room, at the level of operations, an edge may run along another for a little way."""
    program = random_model(seed)
    for level, direction in (("variables", "right"), ("variables", "down"), ("operations", "right")):
        trace = run(program.at_level(level))  # type: ignore[arg-type]
        found = measured(data(trace, len(trace.steps), direction=direction))
        assert found.keys() <= ({"edge on edge"} if level == "operations" else set()), (level, direction, found)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(programs())
def test_a_random_program_of_arrays_is_clean(text: str) -> None:
    trace = run(build(text, {}, {}, GIVEN, {}, "L"))
    assert measured(data(trace, len(trace.steps))) == {}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_has_no_more_crossings_than_the_best_of_dot_and_graphlay(name: str, level: str) -> None:
    """In assignment3-q1's operations five parameters and the sum have rails over and under three equal columns, three
    rails on each side: in any order, two of them cross twice, so that twelve crossings are the fewest.
    """
    drawn = data(trace_of(name, level), 0)
    items = [Item(box["id"], box["width"], box["height"]) for box in drawn["boxes"]]
    links = [Link(edge["from"], edge["to"], None, edge["id"]) for edge in drawn["edges"]]
    least = rivals.least_crossings(items, links) + (4 if (name, level) == ("assignment3-q1", "operations") else 0)
    for direction in ("right", "down"):
        ours = ruler.of_picture(data(trace_of(name, level), 0, direction=direction))
        assert ruler.crossings(ours) <= least, direction

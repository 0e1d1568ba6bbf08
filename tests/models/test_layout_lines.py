"""Straight lines of a layout, all together: what they hit, what they run along, and the room their labels need."""

from __future__ import annotations

import random
from math import dist, inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphviz_models.layout import arrange, lines
from graphviz_models.layout.attempt import Task, attempt
from graphviz_models.layout.bends import Way, bent
from graphviz_models.layout.crowding import reach, spread, width
from graphviz_models.layout.lines import alongside, arc, between, centred, direct, straight
from graphviz_models.layout.nodes import hits, node
from graphviz_models.layout.parts import Item
from graphviz_models.layout.rims import near_ellipse, near_hexagon
from graphviz_models.layout.rows import Plan
from graphviz_models.layout.scene import ALONG, Patience, Scene, crossing
from graphviz_models.layout.tangles import untie

from . import graphs, ruler

SHAPES = ("rect", "rounded", "ellipse", "diamond", "pill", "circle")
some = settings(max_examples=40)


def scene(seed: int, count: int = 12) -> Scene:
    """Boxes in a coarse grid, so that lines between them are often level or upright."""
    chance = random.Random(seed)
    nodes, centres = [], {}
    for i in range(count):
        size = chance.choice((30.0, 60.0)), chance.choice((20.0, 44.0))
        body = (chance.choice((0.0, 6.0)), 4.0, *size)
        nose = chance.choice((0.0, 12.0, size[0] / 2 + 6.0))
        item = Item(f"n{i}", size[0] + 12.0, size[1] + 14.0, "", None, None, i, chance.choice((None, body)), nose=nose)
        nodes.append(node(item, chance.choice(SHAPES), False))
        centres[i] = (100.0 * (i % 4) + chance.choice((0.0, 9.0)), 80.0 * (i // 4) + chance.choice((0.0, 7.0)))
    ends = [(a, b) for a in range(count) for b in range(a + 1, count)]
    return Scene(nodes, centres, chance.sample(ends, 30))


@some
@given(st.integers(0, 10**6))
def test_lines_that_are_found_clear_together_are_those_found_one_by_one(seed: int) -> None:
    drawn = scene(seed)
    together = direct(drawn, dict(enumerate(drawn.ends)))
    for k, (a, b) in enumerate(drawn.ends):
        line = straight(drawn, a, b, first_clear=True)
        if k in together:
            assert line is not None
            assert line[1] == together[k]
            assert not drawn.blocked(together[k], a, b)
        elif "diamond" not in (drawn.nodes[a].shape, drawn.nodes[b].shape) and line is not None:
            (ax, ay), (bx, by) = drawn.centres[a], drawn.centres[b]
            (px, py), (qx, qy) = line[1]
            off = max(abs((bx - ax) * (y - ay) - (by - ay) * (x - ax)) for x, y in ((px, py), (qx, qy)))
            assert off > 1.0, "the line between the centres was clear"


@some
@given(st.integers(0, 10**6))
def test_no_line_leaves_a_straight_side_along_it(seed: int) -> None:
    drawn = scene(seed)
    for a, b in drawn.ends:
        first, second = drawn.nodes[a], drawn.nodes[b]
        for _, (p, q) in between(first, second, drawn.centres[a], drawn.centres[b]):
            for box, (x, y), at in ((first, drawn.centres[a], p), (second, drawn.centres[b], q)):
                if abs(abs(at[0] - x) - box.w / 2) < 0.01:
                    assert abs(q[0] - p[0]) > 0.14 * dist(p, q)
                elif abs(abs(at[1] - y) - box.h / 2) < 0.01:
                    assert abs(q[1] - p[1]) > 0.14 * dist(p, q)


@some
@given(st.integers(0, 10**6))
def test_lines_along_others_are_those_that_a_scene_finds(seed: int) -> None:
    chance = random.Random(seed)
    places = [(chance.randrange(0, 60, 4) + 0.0, chance.randrange(0, 12) + 0.0) for _ in range(40)]
    lines = [[p, q] for p, q in zip(places[::2], places[1::2], strict=True) if p != q]
    ends = [(chance.randrange(12), 12 + chance.randrange(12)) for _ in lines]
    item = node(Item("n", 1.0, 1.0), "rect", False)
    drawn = Scene([item] * 24, dict.fromkeys(range(24), (1e4, 1e4)), ends)
    found = 0
    for k, line in enumerate(lines):
        found += drawn.crossed(line, *ends[k]) >= ALONG
        drawn.draw(k, line)
    assert alongside(lines, ends) == found


@pytest.mark.parametrize("widths", [(2, 3, 1), (2, 2, 2), (3, 3, 2), (4, 4, 2), (3, 4, 4, 2)])
@pytest.mark.parametrize("label", [(62.0, 10.0), (110.0, 28.0)])
def test_the_first_attempt_has_room_for_the_weights_of_a_small_net(
    widths: tuple[int, ...], label: tuple[float, float]
) -> None:
    """Or for all but two of them; then the second one has."""
    items, links, shapes = graphs.net(*widths, label=label)
    task = Task(items, links, [None] * len(items), shapes, False, True)
    first, second = (attempt(task, stretch, task.timed, Patience()) for stretch in (1.0, 1.25))
    assert first.crowded <= 2
    assert 0 in (first.crowded, second.crowded)


def test_steeper_lines_and_wider_labels_need_wider_gaps() -> None:
    def lines(rise: float, label: float, high: float = 10.0) -> list[tuple[float, float, tuple[float, float]]]:
        return [(0.0, rise, (label, high)), (rise, 0.0, (label, high)), (0.0, 300.0, (label, high))]

    assert width(lines(100.0, 40.0), True) < width(lines(200.0, 40.0), True) < width(lines(200.0, 60.0), True)
    assert (
        width(lines(200.0, 40.0), True)
        < width(lines(200.0, 40.0, 60.0), True)
        < width(lines(200.0, 40.0, 200.0), True)
        == inf
    )


def test_nodes_are_spread_only_before_ranks_where_labelled_lines_have_to_cross() -> None:
    few, many = [[], [(110.0, 28.0)] * 3], [[], [(110.0, 28.0)] * 6]
    assert spread([[40.0, 40.0], [40.0, 40.0]], few, 34.0) == 1.0
    assert spread([[40.0], [40.0] * 6], many, 34.0) == 1.0
    assert spread([[40.0] * 2, [40.0] * 3], many, 34.0) > 2.0
    assert spread([[200.0] * 2, [200.0] * 3], many, 34.0) == 1.0


@pytest.mark.parametrize("label", [None, (40.0, 10.0)])
def test_full_layers_are_joined_by_straight_lines_and_meet_diamonds_in_their_corners(
    label: tuple[float, float] | None,
) -> None:
    items, links, shapes = graphs.net(4, 8, 8, 3, label=label)
    shapes |= {f"n0[{i}]": "diamond" for i in range(4)}
    laid = arrange(items, links, shapes=shapes)
    assert {len(line) for line in laid.routes.values()} == {2}
    assert ruler.faults(ruler.of_layout(items, links, shapes, laid)).keys() <= {"text on edge"}
    for i in range(4):
        starts = {laid.routes[one.key][0] for one in links if one.source == f"n0[{i}]"}
        assert len(starts) == 1, "the right corner"


def test_layers_that_are_too_high_for_straight_lines_stay_narrow() -> None:
    items, links, shapes = graphs.net(40, 40)
    laid = arrange(items, links, shapes=shapes)
    assert laid.width < laid.height / 2


def test_columns_stand_as_far_apart_as_the_lines_between_them_need() -> None:
    """Past a node 50 below the one where a line starts, whose upper corner lies 20 to the right and 40 down."""
    one = node(Item("n", 40.0, 20.0), "rect", False)
    first, second = [(0.0, 0.0, one), (50.0, 0.0, one)], [(100.0, 0.0, one)]
    assert reach([(first, 0, second, 0)], 0.0) == pytest.approx(20.0 * 100.0 / 40.0)
    assert reach([(first, 1, second, 0)], 0.0) == 0.0


def test_a_bent_link_comes_to_another_place_of_the_rim_than_a_straight_one() -> None:
    nodes = [node(Item(name, 60.0, 44.0), "rect", False) for name in ("p", "q", "L")]
    drawn = Scene(nodes, {0: (0.0, 20.0), 1: (0.0, 200.0), 2: (300.0, 0.0)}, [(0, 2), (1, 2)])
    plan = Plan()
    drawn.draw(0, [(30.0, 18.0), (270.0, 2.0)])
    way = Way(1, 2, [], 0.0, 0.0)
    drawn.draw(1, bent(drawn, plan, way))
    assert crossing(drawn.routes[0], drawn.routes[1])
    untie(drawn, plan, {1: way})
    assert not crossing(drawn.routes[0], drawn.routes[1])
    assert drawn.routes[1][-1][1] > drawn.routes[0][-1][1] + 10.0
    before = dict(drawn.routes)
    untie(drawn, plan, {1: way})
    assert drawn.routes == before


@some
@given(st.integers(0, 10**6))
def test_an_arc_is_the_same_whether_or_not_some_of_its_points_are_looked_at_first(seed: int) -> None:
    drawn = scene(seed)
    for a, b in drawn.ends:
        level = drawn.centres[a][1] + random.Random(seed + a).uniform(-150.0, 150.0)
        found = arc(drawn, a, b, level)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "_hits_one", lambda *_: False)
            assert arc(drawn, a, b, level) == found


@some
@given(st.integers(0, 10**6))
def test_a_line_near_a_shape_is_told_from_one_near_its_box_alone(seed: int) -> None:
    chance = random.Random(seed)
    w, h, margin = chance.uniform(40, 120), chance.uniform(30, 80), chance.uniform(0.5, 8)
    nose = chance.uniform(0.1, 0.5) * w
    p, q = ((chance.uniform(-90, 90), chance.uniform(-70, 70)) for _ in range(2))
    points = [(p[0] + (q[0] - p[0]) * k / 400, p[1] + (q[1] - p[1]) * k / 400) for k in range(401)]

    def deepest(shape: str) -> float:
        return max(ruler._depth(shape, (-w / 2, -h / 2, w, h), point) for point in points)

    hexagon, ellipse = deepest(f"diamond {nose}"), deepest("ellipse")
    if abs(hexagon + margin) > 0.5:  # its own corners apart, the ruler measures from its sides
        assert near_hexagon(p, q, w, h, nose, margin) == (hexagon > -margin) or hexagon < 0
    if ellipse > 0.5:
        assert near_ellipse(p, q, w, h, 0.0, margin)
    if ellipse < -2.5 * margin:
        assert not near_ellipse(p, q, w, h, 0.0, margin)
    if near_hexagon(p, q, w, h, nose, margin) or near_ellipse(p, q, w, h, 0.0, margin):
        assert hits(p, q, (-w / 2, -h / 2, w, h), margin)


def test_a_straight_line_passes_the_empty_corner_of_a_rhombus_and_not_its_note() -> None:
    ends = [Item(name, 20.0, 20.0) for name in "ab"]
    for nose, note, clear in ((50.0, None, True), (0.0, None, False), (10.0, None, False), (50.0, (90.0, 14.0), False)):
        between = Item("p", 100.0, 60.0, note=note, nose=nose)
        nodes = [
            node(one, shape, False) for one, shape in zip((*ends, between), ("rect", "rect", "diamond"), strict=True)
        ]
        drawn = Scene(nodes, {0: (10.0, 60.0), 1: (80.0, -5.0), 2: (0.0, 0.0)}, [(0, 1)])
        line = centred(drawn, 0, 1)
        assert line is not None
        assert (0 in direct(drawn, {0: (0, 1)})) == (not drawn.blocked(line, 0, 1)) == clear, (nose, note)


def test_nodes_are_spread_for_labels_no_farther_than_the_higher_rank_needs() -> None:
    """Two nodes with much above them, beside four: the four have room for eight labels before the two would be apart
    as far.
    """
    labels = [[], [(60.0, 28.0)] * 8]
    four, two = [77.0] * 4, [190.0] * 2
    assert spread([four, two], labels, 34.0) == pytest.approx(spread([four, [77.0] * 2], labels, 34.0))
    assert spread([two, four], labels, 34.0) == pytest.approx(spread([four, two], labels, 34.0))

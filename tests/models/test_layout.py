"""Layout: nothing overlaps, no edge runs through a box, time steps are equal columns, pins stay, and it is repeatable.

Everything is measured on the finished layout by a ruler that shares no code with it.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphviz_models.layout import Item, Layout, Link, arrange
from graphviz_models.layout.attempt import Task, attempt
from graphviz_models.layout.grid import near
from graphviz_models.layout.nodes import hits
from graphviz_models.layout.rails import Rail, _crossings
from graphviz_models.layout.scene import Patience

from . import graphs, ruler
from .graphs import Graph

DIRECTIONS = ("right", "down")
SEEDS = st.integers(0, 10**6)
few = settings(max_examples=25)


def drawn(graph: Graph, **options: Any) -> tuple[Layout, ruler.Drawing]:
    items, links, shapes = graph
    laid = arrange(items, links, shapes=shapes, **options)
    return laid, ruler.of_layout(items, links, shapes, laid)


def faults(drawing: ruler.Drawing, *but: str) -> dict[str, list[str]]:
    return {kind: rows for kind, rows in ruler.faults(drawing).items() if kind not in but}


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("label", [None, (60.0, 18.0)])
@pytest.mark.parametrize("name", graphs.EXERCISES)
def test_an_exercise_is_clean(name: str, label: tuple[float, float] | None, direction: str) -> None:
    assert faults(drawn(graphs.EXERCISES[name](label=label), direction=direction)[1]) == {}


@few
@given(SEEDS, st.sampled_from(DIRECTIONS))
def test_a_random_model_is_clean(seed: int, direction: str) -> None:
    assert faults(drawn(graphs.model(seed), direction=direction)[1], "edge on edge") == {}


@few
@given(SEEDS, st.sampled_from(DIRECTIONS))
def test_a_layout_depends_on_nothing_but_its_arguments(seed: int, direction: str) -> None:
    assert drawn(graphs.model(seed), direction=direction)[0] == drawn(graphs.model(seed), direction=direction)[0]


@few
@given(SEEDS, st.sampled_from(DIRECTIONS), st.floats(-150, 150), st.floats(-150, 150))
def test_a_pinned_box_stays_and_only_what_it_covers_gives_way(seed: int, direction: str, dx: float, dy: float) -> None:
    graph = graphs.model(seed)
    free, _ = drawn(graph, direction=direction)
    one = graph[0][seed % len(graph[0])]
    x, y = free.boxes[one.id]
    laid, drawing = drawn(graph, direction=direction, pinned={one.id: (x + dx, y + dy)})
    assert laid.boxes[one.id] == (x + dx, y + dy)
    assert ruler.overlaps(drawing, 0.0) == []
    assert [end for end in ruler.off_rim(drawing) if end[2] > 0.6] == []
    here = (x + dx, y + dy, one.width, one.height)
    for item in graph[0]:
        there = (*free.boxes[item.id], item.width, item.height)
        if item.id != one.id and not ruler._meet(here, there, 10.0):
            assert laid.boxes[item.id] == free.boxes[item.id]


def test_pins_where_the_boxes_stand_already_change_nothing() -> None:
    graph = graphs.assignment3_q1()
    free, _ = drawn(graph)
    assert drawn(graph, pinned=free.boxes)[0] == free


FAMILIES = {"rnn": graphs.rnn, "operations": graphs.rnn_operations, "lstm": graphs.lstm, "stacked": graphs.stacked}


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("steps", [3, 12, 30])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_steps_of_a_recurrence_are_equal_columns(family: str, steps: int, direction: str) -> None:
    laid, drawing = drawn(FAMILIES[family](steps), direction=direction)
    time, across = (0, 1) if direction == "right" else (1, 0)
    names = [name.replace("[1]", "[{}]") for name in laid.boxes if "[1]" in name]
    for name in names:
        at = [laid.boxes[name.format(t)] for t in range(1, steps + 1)]
        assert {round(place[across], 6) for place in at} == {round(at[0][across], 6)}, name
        apart = {round(b[time] - a[time], 6) for a, b in pairwise(at)}
        first = [laid.boxes[names[0].format(t)][time] for t in (1, 2)]
        assert apart == {round(first[1] - first[0], 6)}, name
    assert ruler.overlaps(drawing) == []
    assert ruler.through(drawing) == []


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_steps_whose_boxes_are_nearly_of_one_size_are_equal_columns(direction: str) -> None:
    """As those of h[111] and h[188], whose digits are not equally high: every edge still ends on its own rim."""
    items, links, shapes = graphs.rnn_operations(40)
    uneven = []
    for k, item in enumerate(items):
        note = (item.note[0] + k % 3, item.note[1]) if item.note else None
        uneven.append(replace(item, width=item.width + 0.9 * (k % 4), height=item.height - 0.9 * (k % 3), note=note))
    laid, drawing = drawn((uneven, links, shapes), direction=direction)
    assert faults(drawing) == {}
    time = 0 if direction == "right" else 1
    size = {item.id: (item.width, item.height)[time] for item in uneven}
    middles = [laid.boxes[f"h[{t}]"][time] + size[f"h[{t}]"] / 2 for t in range(1, 41)]
    assert len({round(b - a, 3) for a, b in pairwise(middles)}) == 1


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("steps", [2, 7, 60])
def test_a_scalar_recurrence_crosses_nothing(steps: int, direction: str) -> None:
    drawing = drawn(graphs.rnn(steps), direction=direction)[1]
    assert faults(drawing) == {}
    assert ruler.crossings(drawing) == 0


def test_inputs_stand_below_and_the_shared_parameter_above() -> None:
    laid, _ = drawn(graphs.rnn(2))
    assert laid.boxes["w"][1] < laid.boxes["h[1]"][1] < laid.boxes["x[1]"][1]
    assert laid.boxes["h[1]"][0] < laid.boxes["h[2]"][0] < laid.boxes["y"][0] < laid.boxes["L"][0]
    assert laid.boxes["c"][1] > laid.boxes["L"][1]


def test_an_edge_that_skips_a_state_is_an_arc() -> None:
    bare = (76.0, 44.0, 0.0, 0.0)
    rows = [("h[0]", "input", 0, bare), ("w", "parameter", None, bare), ("y", "output", None), ("L", "loss", None)]
    rows += [(f"x[{t}]", "input", t, bare) for t in (1, 2)] + [(f"h[{t}]", "activation", t) for t in (1, 2)]
    edges = "h[0]>h[1] w>h[1] x[1]>h[1] h[1]>h[2] w>h[2] x[2]>h[2] h[1]>y h[2]>y y>L"
    laid, drawing = drawn(graphs.graph(rows, edges))
    assert faults(drawing) == {}
    assert ruler.crossings(drawing) == 0
    corners = list(zip(laid.routes["h[1]>y"], laid.routes["h[1]>y"][1:], laid.routes["h[1]>y"][2:], strict=False))
    turns = [(b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) for a, b, c in corners]
    assert len(turns) > 5
    assert all(turn < 0 for turn in turns)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_dense_layers_are_even_columns_joined_by_straight_lines(direction: str) -> None:
    graph = graphs.net(8, 16, 16, 4)
    laid, drawing = drawn(graph, direction=direction)
    assert faults(drawing) == {}
    time, across = (0, 1) if direction == "right" else (1, 0)
    for k, width in enumerate((8, 16, 16, 4)):
        at = [laid.boxes[f"n{k}[{i}]"] for i in range(width)]
        assert len({round(place[time], 6) for place in at}) == 1
        ordered = sorted(place[across] for place in at)
        assert len({round(b - a, 6) for a, b in pairwise(ordered)}) == 1


def convolution(channels: int = 2, kernel: int = 3, width: int = 4) -> Graph:
    """Every entry of a convolution of `channels` signals with as many kernels, compared with targets in one loss."""
    rows, edges = [], set()
    for c in range(channels):
        rows += [(f"x[{c},{i}]", "input", None) for i in range(width)]
        rows += [(f"w[{c},{o},{k}]", "parameter", None) for o in range(channels) for k in range(kernel)]
    for o in range(channels):
        for n in range(width + kernel - 1):
            rows += [(f"z[{o},{n}]", "output", None), (f"d[{o},{n}]", "target", None)]
            edges |= {(f"z[{o},{n}]", "f"), (f"d[{o},{n}]", "f")}
            for c in range(channels):
                for k in range(kernel):
                    if 0 <= n - k < width:
                        edges |= {(f"w[{c},{o},{k}]", f"z[{o},{n}]"), (f"x[{c},{n - k}]", f"z[{o},{n}]")}
    return graphs.graph([*rows, ("f", "loss", None)], sorted(edges))


def test_the_kernels_of_a_convolution_stand_together() -> None:
    laid, drawing = drawn(convolution())
    assert faults(drawing) == {}
    first = sorted((name for name in laid.boxes if name[0] in "wx"), key=lambda name: laid.boxes[name][1])
    kinds = [name[0] + (name.split(",")[1] if name[0] == "w" else "") for name in first]
    assert len(Counter(pairwise(kinds)).keys() - {(k, k) for k in kinds}) == 2
    assert kinds[0][0] == kinds[-1][0] == "w"
    for family in ("wx", "z", "d"):
        at = sorted(y for name, (_, y) in laid.boxes.items() if name[0] in family)
        assert len({round(b - a, 3) for a, b in pairwise(at)}) == 1, family


def test_many_targets_face_the_outputs_across_the_loss() -> None:
    laid, _ = drawn(convolution())
    x, y = laid.boxes["f"]
    outputs = [laid.boxes[name] for name in laid.boxes if name[0] == "z"]
    targets = [laid.boxes[name] for name in laid.boxes if name[0] == "d"]
    assert max(place[0] for place in outputs) < x < min(place[0] for place in targets)
    assert min(place[1] for place in targets) < y < max(place[1] for place in targets)


@few
@given(SEEDS)
def test_out_of_patience_no_edge_runs_through_a_box(seed: int) -> None:
    items, links, shapes = graphs.dag(40 + seed % 40, seed)
    task = Task(items, links, [None] * len(items), shapes, False, True)
    laid = attempt(task, 1.0, False, Patience(0)).layout
    drawing = ruler.of_layout(items, links, shapes, laid)
    assert ruler.overlaps(drawing) == ruler.through(drawing) == []


def test_a_large_graph_is_clean() -> None:
    drawing = drawn(graphs.dag(300))[1]
    assert faults(drawing, "text on edge", "text on text", "edge on edge") == {}


def test_nothing_and_one_node_and_a_loop_are_layouts() -> None:
    assert arrange([], []) == Layout()
    one = Item("a", 40.0, 20.0)
    assert arrange([one], []).boxes == {"a": (0.0, 0.0)}
    again = arrange([one], [Link("a", "a", None, "a>a")])
    assert len(again.routes["a>a"]) > 2


def test_parallel_edges_run_apart() -> None:
    graph = graphs.graph([("a", "input", None), ("b", "loss", None)], "a>b a>b a>b")
    laid, drawing = drawn(graph)
    assert len(set(laid.routes.values())) == 3
    assert ruler.coincident(drawing) == []


def test_an_end_that_is_no_item_is_an_error() -> None:
    with pytest.raises(KeyError):
        arrange([Item("a", 1.0, 1.0)], [Link("a", "b", None, "k")])


def test_a_family_that_is_no_recurrence_is_laid_out_without_time() -> None:
    """Members of a family that read one another at random: in columns of time each edge would be a rail."""
    names = [f"n{i}" for i in range(200)]
    items = [Item(name, 60.0, 40.0, column=i, order=i) for i, name in enumerate(names)]
    chance = random.Random(1)
    links = [Link(names[chance.randrange(max(0, i - 40), i)], names[i], None, f"{i} {k}")
             for i in range(1, 200) for k in range(2)]  # fmt: skip
    laid = arrange(items, links)
    assert len({round(x) for x, _ in laid.boxes.values()}) < 100


def test_rails_cross_as_often_as_their_drops_say() -> None:
    def rail(centre: float, drops: list[float], hub: bool) -> Rail:
        return Rail(0, True, [], hub, centre=centre, drops=drops)

    chance = random.Random(3)
    for _ in range(200):
        inner = rail(chance.randrange(9), [float(chance.randrange(9)) for _ in range(chance.randrange(6))], True)
        outer = rail(chance.randrange(9), [float(chance.randrange(9)) for _ in range(4)], chance.random() < 0.5)
        ends = [*outer.drops] if outer.hub else [*outer.drops, *[outer.centre] * len(outer.drops)]
        c = inner.centre
        assert _crossings(inner, outer) == sum(1 for q in ends for p in inner.drops if c < q < p or p < q < c)


@few
@given(SEEDS)
def test_no_segment_that_touches_a_rectangle_is_passed_over(seed: int) -> None:
    chance = random.Random(seed)
    long = chance.choice((40.0, 400.0, 1e6))

    def place() -> tuple[float, float]:
        return chance.uniform(-long, long), chance.choice((0.0, chance.uniform(-200.0, 200.0)))

    lines = [[place() for _ in range(chance.randint(2, 5))] for _ in range(30)]
    rects = [(*place(), chance.uniform(0.0, 60.0), chance.uniform(0.0, 30.0)) for _ in range(chance.randint(0, 12))]
    segments = [segment for line in lines for segment in pairwise(line)]
    found = near(lines, rects)
    assert {one for one in segments if any(hits(*one, rect) for rect in rects)} <= set(found) <= set(segments)


def test_what_is_far_from_all_rectangles_is_passed_over() -> None:
    lines = [[(0.0, y), (500.0, y), (500.0, y + 400.0)] for y in (0.0, 100.0, 1000.0)]
    assert near(lines, [(480.0, 90.0, 10.0, 15.0)]) == [((0.0, 100.0), (500.0, 100.0))]
    assert near(lines, []) == near([], [(0.0, 0.0, 1.0, 1.0)]) == []

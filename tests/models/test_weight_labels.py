"""Weights on the edges of dense layers: one style in a picture, with their deltas, each clearly nearest to its edge."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
import pytest

from graphviz_models.layout.matching import OFF, OTHER, matched
from graphviz_models.layout.texts import Texts
from graphviz_models.notation import Notation
from graphviz_models.picture import Picture, Show, picture
from graphviz_models.picture.lines import CROWD, LOCAL, MANY, SMALL
from graphviz_models.program import build
from graphviz_models.sheet import load
from graphviz_models.trace import Trace, run

from . import ruler

EXERCISES = ("assignment3-q3", "assignment3-q4", "practical1-ex1", "practical1-ex2", "sheet7-ex1")
NETS = ("3-4-4-2", "3-4-2", "3-4-2 with biases", "4-5-3", "2-3-2 with biases", "8-2")


@cache
def trace_of(name: str) -> Trace:
    if name in EXERCISES:
        sheet = load(name)
        return run(sheet.program.at_level("neurons"), sheet.notation)
    widths, biases = [int(width) for width in name.split()[0].split("-")], "biases" in name
    chance, text, parameters = np.random.default_rng(1), [], {}
    for k, (before, after) in enumerate(pairwise(widths), 1):
        text.append(f"h{k} = tanh(W{k} @ h{k - 1}{f' + b{k}' if biases else ''})".replace("h0", "x"))
        parameters[f"W{k}"] = chance.normal(size=(after, before)).round(2).tolist()
        if biases:
            parameters[f"b{k}"] = [0.1] * after
    text.append(f"L = sum((h{len(widths) - 1} - t)**2)")
    inputs, targets = {"x": [0.5] * widths[0]}, {"t": [0.25] * widths[-1]}
    return run(build("\n".join(text), inputs, targets, parameters, {}, loss="L").at_level("neurons"), Notation("L"))


def labels_of(drawn: Picture) -> dict[tuple[str, str], dict[str, Any]]:
    """What stands on edges with weights, by the ids of their ends and by kind."""
    found: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for label in drawn.labels:
        if isinstance(label.of, tuple):
            found[label.of][label.kind] = label
    return {ends: kinds for ends, kinds in found.items() if any(one.node for one in kinds.values())}


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("name", [*EXERCISES, *NETS])
def test_every_other_edge_is_half_as_far_again_from_a_weight_as_its_own(name: str, direction: str) -> None:
    trace = trace_of(name)
    for at in (0, len(trace.steps)):
        drawn = picture(trace, at, direction=direction)
        lines = {(edge.source, edge.target): edge.points for edge in drawn.edges}
        for ends, kinds in labels_of(drawn).items():
            left, top = (min(getattr(one, side) for one in kinds.values()) for side in "xy")
            right = max(one.x + one.width for one in kinds.values())
            bottom = max(one.y + one.height for one in kinds.values())
            rect = (left, top, right - left, bottom - top)
            far = {key: min(ruler._gap(p, q, rect) for p, q in pairwise(line)) for key, line in lines.items()}
            own = far.pop(ends)
            assert own <= 4 * OFF, (ends, own)
            assert min(far.values(), default=inf) >= 1.5 * own, (ends, own)
            assert all(one.plate is None for one in kinds.values())


@pytest.mark.parametrize("name", ["assignment3-q3", "practical1-ex1", *NETS])
def test_a_weight_stays_and_its_delta_stands_with_it_in_one_style_in_the_whole_picture(name: str) -> None:
    trace = trace_of(name)
    before, after = (labels_of(picture(trace, at)) for at in (0, len(trace.steps)))
    assert before.keys() == after.keys()
    dense = name == "4-5-3"
    for ends, kinds in after.items():
        assert before[ends].keys() == {"weight"}
        assert kinds.keys() == {"weight", "delta"}
        weight, delta = kinds["weight"], kinds["delta"]
        assert weight.text == before[ends]["weight"].text
        assert ("=" in weight.text, "=" in delta.text) == (not dense, not dense)
        assert delta.text.startswith("∇")
        assert weight.size == delta.size == (SMALL if dense else LOCAL)
        assert weight.node == delta.node
        assert trace.program.given[weight.node].role == "parameter"
        written = float(weight.text.split("= ")[-1].replace("−", "-"))
        assert written == pytest.approx(float(trace.program.given[weight.node].value.item()), rel=1e-3)
        assert max(weight.y, delta.y) - min(weight.y + weight.height, delta.y + delta.height) < 6.0


def test_beyond_a_crowd_of_weights_they_stand_without_their_deltas() -> None:
    assert MANY < 36 <= CROWD < 49
    for name, kinds in (("6-6", {"weight", "delta"}), ("7-7", {"weight"})):
        trace = trace_of(name)
        found = labels_of(picture(trace, len(trace.steps)))
        assert {kind for one in found.values() for kind in one} == kinds


def test_without_values_dense_layers_have_deltas_alone_and_others_the_symbols() -> None:
    for name, kinds in (("4-5-3", {"delta"}), ("3-4-2", {"weight", "delta"})):
        trace = trace_of(name)
        found = labels_of(picture(trace, len(trace.steps), show=Show(values=False)))
        assert {kind for one in found.values() for kind in one} == kinds
        assert not any("=" in one["weight"].text for one in found.values() if "weight" in one)


def test_names_on_all_weights_make_a_net_of_three_layers_hardly_wider() -> None:
    """With nothing but numbers on its edges, and the deltas instead of them, it was 1,712 points wide."""
    drawn = picture(trace_of("assignment3-q3"), 0)
    assert drawn.width < 1.2 * 1712
    assert drawn.width > 1.85 * drawn.height, "on a screen the width counts"


def test_local_derivatives_take_no_room_from_the_weights_of_dense_layers() -> None:
    trace = trace_of("assignment3-q3")
    without, drawn = (picture(trace, len(trace.steps), show=Show(locals=way)) for way in ("off", "symbol"))
    assert drawn.width < 1.15 * without.width
    assert all(kinds.keys() == {"weight", "delta"} for kinds in labels_of(drawn).values())
    assert any(label.kind == "local" for label in drawn.labels)


def rungs(gap: float) -> Any:
    """Three level lines one above another."""
    return np.array([[(0.0, gap * k), (200.0, gap * k)] for k in range(3)])


def test_labels_find_places_together_or_not_at_all() -> None:
    size, nothing = np.array([60.0, 20.0]), np.zeros((0, 4))
    room = size[1] + OFF + OTHER
    found = matched(rungs(room + 0.5), size, rungs(room + 0.5), nothing)
    assert found.keys() == {0, 1, 2}
    for k, (x, y) in found.items():
        assert abs(abs(y - k * (room + 0.5)) - OFF - size[1] / 2) < 1e-6
        assert 0.0 <= x - size[0] / 2 < x + size[0] / 2 <= 200.0
    assert matched(rungs(room - 0.5), size, rungs(room - 0.5), nothing).keys() == {0, 2}, "beyond the outer two"
    boxes = np.array([[0.0, -60.0, 200.0, -10.0]])
    assert matched(rungs(room - 0.5), size, rungs(room - 0.5), boxes).keys() == {2}
    short = np.array([[(0.0, 0.0), (40.0, 0.0)]])
    assert matched(short, size, short, nothing) == {}


def test_a_label_that_is_not_clearly_nearest_to_its_edge_asks_for_room() -> None:
    gap = 20.0 + OFF + OTHER - 0.5  # one by one they find places, but another edge is nearly as near
    routes = {f"e{k}": [(x, y) for x, y in line] for k, line in enumerate(rungs(gap).tolist())}
    texts = Texts({}, routes, close=True)
    found = texts.together(dict.fromkeys(routes, (60.0, 20.0)))
    assert found.keys() == {"e0", "e2"}
    assert not texts.cramped
    _, y = texts.label("e1", (60.0, 20.0))
    assert 0.0 < y < 2 * gap
    assert texts.cramped == ["e1"]


def test_the_label_with_one_place_left_gets_it() -> None:
    """The lower line has room above it alone, where the upper one would have some, too."""
    lines, size = np.array([[(0.0, 0.0), (100.0, 0.0)], [(0.0, 40.0), (100.0, 40.0)]]), np.array([50.0, 20.0])
    below = np.array([[-50.0, 41.0, 150.0, 90.0]])
    found = matched(lines, size, lines, below)
    assert found[0][1] < 0.0
    assert 0.0 < found[1][1] < 40.0

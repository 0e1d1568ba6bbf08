"""The picture of a trace: what is drawn when, where, and that nothing jumps, overlaps or is cut off."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from graphviz_models.notation import Notation
from graphviz_models.picture import Picture, Show, picture
from graphviz_models.problem import Problems
from graphviz_models.program import build
from graphviz_models.sheet import exercises, load
from graphviz_models.theme import DARK, LIGHT, THEMES
from graphviz_models.trace import Trace, run
from graphviz_models.views import LEVELS

from .picture_rims import inside, outline

EXERCISES = [exercise[0] for exercise in exercises()]
SHAPES = {
    "input": {"rect"},
    "target": {"rect"},
    "parameter": {"diamond"},
    "activation": {"ellipse", "pill"},
    "output": {"pill"},
    "loss": {"rect"},
    "operation": {"circle", "pill"},
    "constant": {"none"},
}
RECURRENT = """
for t in range(1, T + 1):
    h[t] = w*x[t] + tanh(h[t-1])
y = h[1] + h[2]
L = log(1 + exp(-y*c))
"""


def recurrent(**other: float) -> Trace:
    """The recurrent network of two steps, as the sheet has it."""
    values = {"x1": 0.5, "x2": -1.0, "w": 0.8, "rate": 0.0} | other
    program = build(
        RECURRENT, {"x": {1: values["x1"], 2: values["x2"]}, "h": {0: 0.0}}, {"c": 1.0}, {"w": values["w"]}, {"T": 2}
    )
    notation = Notation("L", {"c": "t"}, {"y": "g", "h[2]": r"\delta_2", "h[1]": r"\delta_1"})
    return run(program, notation, learning_rate=values["rate"] or None)


def after(trace: Trace, phase: str, node: str) -> int:
    """How many steps are done when `node` has had its turn in `phase`."""
    return next(step.index + 1 for step in trace.steps if (step.phase, step.node) == (phase, node))


def words(drawn: Picture, kind: str, node: str) -> list[str]:
    """The texts of one kind at a node."""
    box = drawn.box(node)
    assert box is not None
    return [label.text for label in drawn.labels if label.of == box.id and label.kind == kind]


def places(drawn: Picture) -> list[tuple[object, ...]]:
    boxes = [(box.id, box.x, box.y, box.width, box.height) for box in drawn.boxes]
    return [*boxes, *sorted((edge.id, edge.points) for edge in drawn.edges), (drawn.width, drawn.height)]


@pytest.mark.parametrize("name", EXERCISES)
def test_nothing_moves_from_step_to_step_and_from_value_to_value(name: str) -> None:
    sheet = load(name)
    trace = run(sheet.program, sheet.notation)
    still = places(picture(trace, 0))
    for at in range(len(trace.steps) + 1):
        assert places(picture(trace, at, 0.3)) == still
        assert places(picture(trace, at)) == still
    other = {given.name: given.value * 1000.0 for given in sheet.program.given.values() if not given.integer}
    assert places(picture(run(sheet.program, sheet.notation, other), 3, theme=DARK)) == still


def test_a_picture_is_a_pure_function() -> None:
    first, second = recurrent(), recurrent()
    for at in range(len(first.steps) + 1):
        one, two = picture(first, at, 0.5), picture(second, at, 0.5)
        assert (one.boxes, one.edges, one.labels, one.pulses) == (two.boxes, two.edges, two.labels, two.pulses)
        assert (one.tensors, one.plates, one.description) == (two.tensors, two.plates, two.description)


def test_values_and_deltas_appear_when_their_turn_comes_and_never_as_zero() -> None:
    trace = recurrent()
    start = picture(trace, 0)
    assert words(start, "value", "w") == ["0.8"]
    assert words(start, "value", "h[1]") == []
    assert not [label for label in start.labels if label.kind == "delta"]
    turn = after(trace, "forward", "h[1]")
    assert words(picture(trace, turn, 0.5), "value", "h[1]") == []
    assert words(picture(trace, turn, 0.7), "value", "h[1]") == ["0.4"]
    back = after(trace, "backward", "h[1]")
    assert words(picture(trace, back - 1), "delta", "h[1]") == []
    assert words(picture(trace, back), "delta", "h[1]") == ["δ₁ = −0.9371"]
    assert words(picture(trace, len(trace.steps)), "delta", "w") == ["∂L/∂w = 0.03645"]
    assert words(picture(trace, len(trace.steps)), "delta", "y") == ["g = −0.5050"]


def test_the_sum_of_what_arrives_is_seen_before_its_result() -> None:
    trace = recurrent()
    back = after(trace, "backward", "h[1]")
    assert sorted(words(picture(trace, back, 0.7), "delta", "h[1]")[0].replace("− ", "−").split()) == [
        "−0.4321",
        "−0.5050",
    ]
    assert words(picture(trace, back, 0.9), "delta", "h[1]") == ["δ₁ = −0.9371"]


def test_states_run_from_waiting_over_active_to_known() -> None:
    trace = recurrent()
    turn = after(trace, "forward", "y")
    states = [drawn.box("y").state for drawn in (picture(trace, at) for at in (0, turn, turn + 1))]  # type: ignore[union-attr]
    assert states == ["waiting", "active", "known"]
    active = picture(trace, turn).box("y")
    assert active is not None
    assert (active.stroke, active.stroke_width) == (LIGHT.forward, LIGHT.active_width)
    returning = picture(trace, after(trace, "backward", "y")).box("y")
    assert returning is not None
    assert returning.stroke == LIGHT.backward


def test_a_pulse_runs_along_its_edge_with_the_data_and_back_against_it() -> None:
    trace = recurrent()
    for phase, node, other in (("forward", "h[2]", "h[1]"), ("backward", "h[1]", "h[2]")):
        at = after(trace, phase, node)
        key = "h[1]→h[2]"
        route = next(edge for edge in picture(trace, at).edges if edge.id == key)
        ends = route.points if phase == "forward" else route.points[::-1]
        seen = [next(p for p in picture(trace, at, k / 10).pulses if p.edge == key) for k in range(6)]
        assert (seen[0].x, seen[0].y) == pytest.approx(ends[0])
        gone = [np.hypot(p.x - ends[0][0], p.y - ends[0][1]) for p in seen]
        assert all(a < b for a, b in pairwise(gone)), (phase, other)
        assert picture(trace, at, 0.6).pulses == ()
        assert picture(trace, at).pulses == ()


def test_active_edges_are_thick_and_the_backward_pass_is_dashed_with_its_head_at_the_source() -> None:
    trace = recurrent()
    drawn = picture(trace, after(trace, "backward", "h[1]"))
    active = {edge.id: edge for edge in drawn.edges if edge.active}
    assert set(active) == {"h[1]→h[2]", "h[1]→y"}
    for edge in active.values():
        assert edge.dash == LIGHT.backward_dash
        assert edge.width == LIGHT.active_width
        assert edge.head[0] == edge.points[0]
    forward = picture(trace, after(trace, "forward", "y"))
    assert all(not edge.dash and edge.head[0] == edge.points[-1] for edge in forward.edges)


def test_an_update_shows_the_new_value() -> None:
    trace = recurrent(rate=0.1)
    assert trace.steps[-1].phase == "update"
    assert words(picture(trace, len(trace.steps)), "value", "w") == ["0.7964"]
    assert words(picture(trace, len(trace.steps) - 1), "value", "w") == ["0.8"]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_a_value_that_is_not_finite_is_drawn_as_such(theme: object) -> None:
    program = build("a = exp(x)\nb = a - a\nL = b*w", {"x": 1000.0}, {}, {"w": 1.0}, {})
    trace = run(program)
    drawn = picture(trace, len(trace.steps), theme=theme)  # type: ignore[arg-type]
    box = drawn.box("a")
    assert words(drawn, "value", "a") == ["∞"]
    assert words(drawn, "value", "b") == ["NaN"]
    assert box is not None
    assert box.stroke == theme.wrong  # type: ignore[attr-defined]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_is_sound_at_every_level(name: str, level: str) -> None:
    sheet = load(name)
    trace = run(sheet.program.at_level(level), sheet.notation)  # type: ignore[arg-type]
    for at in {0, len(trace.steps) // 3, len(trace.steps)}:
        drawn = picture(trace, at)
        assert_roles_have_their_shapes(drawn)
        assert_edges_end_at_rims(drawn)
        assert_text_is_inside(drawn)
        assert all("\\" not in label.text and "{" not in label.text for label in drawn.every_label())


def assert_roles_have_their_shapes(drawn: Picture) -> None:
    for box in drawn.boxes:
        assert box.shape in SHAPES[box.role], box
        assert bool(box.dash) == (box.role == "target") or box.state == "active"
        assert box.double == (box.role == "loss")
        assert box.title


def assert_edges_end_at_rims(drawn: Picture) -> None:
    boxes = {box.id: box for box in drawn.boxes}
    for edge in drawn.edges:
        for end, key in ((edge.points[0], edge.source), (edge.points[-1], edge.target)):
            box = boxes[key]
            rim = outline(box.shape, box.x, box.y, box.width, box.height, box.corner)
            assert min(distance(end, a, b) for a, b in pairwise((*rim, rim[0]))) < 0.6, (edge.id, box.node)


def assert_text_is_inside(drawn: Picture) -> None:
    boxes = {box.id: box for box in drawn.boxes}
    for label in drawn.every_label():
        assert label.x >= 0, label
        assert label.y >= 0, label
        assert label.x + label.width <= drawn.width, label
        assert label.y + label.height <= drawn.height, label
        box = boxes[label.of] if isinstance(label.of, str) and label.of else None
        within = label.kind in ("symbol", "entry") or (label.kind == "value" and box and box.role != "operation")
        if box is not None and within:
            rim = outline(box.shape, box.x, box.y, box.width, box.height, box.corner)
            right, bottom = label.x + label.width, label.y + label.height
            for corner in ((label.x, label.y), (right, label.y), (label.x, bottom), (right, bottom)):
                assert inside(rim, corner), (box.node, label.kind, label.text)


def distance(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    (px, py), (ax, ay), (bx, by) = point, a, b
    length = (bx - ax) ** 2 + (by - ay) ** 2
    part = 0.0 if length == 0 else min(1.0, max(0.0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length))
    return float(np.hypot(px - ax - part * (bx - ax), py - ay - part * (by - ay)))


def test_local_derivatives_stand_on_the_edges_with_what_flows_back() -> None:
    trace = recurrent()
    end = len(trace.steps)
    symbols = picture(trace, end, show=Show(locals="symbol"))
    by_edge = {label.id: label.text for label in symbols.labels if label.kind in ("local", "product")}
    assert by_edge["h[1]→h[2].local"] == "1 − tanh²(h₁)"
    assert by_edge["h[1]→h[2].product"] == "← −0.4321"
    numbers = picture(trace, end, show=Show(locals="number"))
    assert {label.id: label.text for label in numbers.labels}["h[1]→h[2].local"] == "0.8556"
    early = picture(trace, after(trace, "forward", "h[1]"), show=Show(locals="number"))
    kinds = [label.kind for label in early.labels if isinstance(label.of, tuple)]
    assert "product" not in kinds
    assert kinds.count("local") == 3  # of the edges into h[1]


def test_neurons_carry_their_weights_on_the_edges() -> None:
    program = build("z = relu(W @ x)\ny = v @ z\nL = (y - t)**2", {"x": [1.0, -2.0]}, {"t": 1.0},
                    {"W": [[0.5, 0.25], [-1.0, 0.75]], "v": [2.0, -3.0]}, {})  # fmt: skip
    trace = run(program.at_level("neurons"))
    drawn = picture(trace, len(trace.steps))
    assert {box.role for box in drawn.boxes} == {"input", "target", "activation", "output", "loss"}
    shown = {label.of: label.text for label in drawn.labels if label.kind == "weight"}
    assert len(shown) == 6
    ends = drawn.box("x[1]").id, drawn.box("z[0]").id  # type: ignore[union-attr]
    assert shown[ends].endswith("= 0.25")
    gradient = float(trace.gradients["W[0,1]"])
    deltas = [label.text for label in drawn.labels if label.of == ends and label.kind == "delta"]
    assert len(deltas) == 1
    assert float(deltas[0].split("= ")[1].replace("−", "-")) == pytest.approx(gradient, rel=1e-3, abs=1e-12)


def test_a_weight_that_is_used_twice_keeps_its_box() -> None:
    program = build("a = w*x\nb = w*a\nL = b", {"x": 1.0}, {}, {"w": 0.5}, {})
    assert picture(run(program.at_level("neurons")), 0).box("w") is not None


def test_switches_take_annotations_away_and_bring_them() -> None:
    trace = recurrent()
    end = len(trace.steps)
    bare = picture(trace, end, show=Show(values=False, deltas=False))
    assert {label.kind for label in bare.labels} == {"symbol"}
    rich = picture(trace, end, show=Show(legend=True, title="Sheet 9"))
    assert [label.text for label in rich.labels if label.kind == "title"] == ["Sheet 9"]
    legend = [label.text for label in rich.labels if label.kind == "legend"]
    assert legend == ["input", "target", "parameter", "activation", "output", "loss", "forward", "backward", "update"]
    assert picture(trace, end, selected="y").box("y").selected  # type: ignore[union-attr]


def test_shapes_stand_beside_the_symbols_of_arrays() -> None:
    program = build("y = W @ x\nL = sum(y)", {"x": [1.0, 2.0, 3.0]}, {}, {"W": [[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]}, {})
    trace = run(program)
    drawn = picture(trace, 0, show=Show(shapes=True))
    assert words(drawn, "shape", "W") == ["2×3"]
    assert words(drawn, "shape", "x") == ["3"]


def test_the_nodes_of_a_call_stand_on_a_plate() -> None:
    text = "def cell(u):\n    s = w*u\n    a = tanh(s)\n    return a\ny = cell(x) + cell(z)\nL = y**2"
    drawn = picture(run(build(text, {"x": 1.0, "z": 2.0}, {}, {"w": 0.5}, {})), 0)
    assert [plate.of for plate in drawn.plates] == ["cell#1", "cell#2"]
    for plate in drawn.plates:
        for box in drawn.boxes:
            holds = plate.x < box.x + box.width / 2 < plate.x + plate.width
            holds = holds and plate.y < box.y + box.height / 2 < plate.y + plate.height
            assert holds == box.node.startswith(plate.of)


def test_a_pinned_node_stays_where_it_was_put() -> None:
    trace = recurrent()
    free = picture(trace, 0)
    box = free.box("w")
    assert box is not None
    for dx, dy in ((40.0, 30.0), (-300.0, -200.0)):
        pinned = picture(trace, 0, pinned={"w": (box.x + dx, box.y + dy)})
        moved = pinned.box("w")
        assert moved is not None
        assert moved.x - pinned.origin[0] == pytest.approx(box.x + dx)
        assert moved.y - pinned.origin[1] == pytest.approx(box.y + dy)
        assert_edges_end_at_rims(pinned)
        assert min(one.x for one in pinned.boxes) >= 0


def test_slanted_edges_end_at_the_rims_of_wide_shapes() -> None:
    values = {"W": np.ones((3, 4)).tolist()}
    trace = run(build("s = W @ x\nz = tanh(s)\nL = sum(z)", {"x": [1.0, 2.0, 3.0, 4.0]}, {}, values, {}))
    corner = picture(trace, 0).box("s")
    assert corner is not None
    for dx, dy in ((-260, -150), (170, -190), (230, 110), (-280, 100)):
        assert_edges_end_at_rims(picture(trace, 0, pinned={"W": (corner.x + dx, corner.y + dy)}))


def test_more_than_five_thousand_boxes_are_refused_with_the_way_out() -> None:
    text = "h[0] = x\nfor t in range(5001):\n    h[t+1] = h[t]*w\nL = h[5001]"
    trace = run(build(text, {"x": 1.0}, {}, {"w": 1.0}, {}))
    with pytest.raises(Problems, match=r"5,00[0-9] boxes.*fold"):
        picture(trace, 0)


def test_the_description_says_what_happens() -> None:
    trace = recurrent()
    at = after(trace, "backward", "h[1]")
    assert picture(trace, at).description == f"Step {at} of {len(trace.steps)}, backward: δ₁ = −0.9371."
    assert re.match(r"Start: 5 nodes are given, 4 ", picture(trace, 0).description)

"""Folds: what can be folded, where it is drawn, what it shows, and that nothing else moves but by a common shift."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphviz_models.fold import folds, initial, inwards, outwards, recurrence, view
from graphviz_models.picture import Picture, Show, picture
from graphviz_models.program import build
from graphviz_models.read import number
from graphviz_models.timeline import LANDING
from graphviz_models.views import LEVELS

from .folding import MODELS, corners, data, faults, sets, sheet, trace

ROUNDED = 0.005  # twice what the last digit of a coordinate is worth


def rnn(steps: int) -> Any:
    return sheet(f"rnn{steps}").program


# -- what can be folded


def test_groups_steps_spans_and_the_recurrence_are_listed_outermost_first() -> None:
    found = folds(sheet("lstm").program)
    assert [one.id for one in found] == ["t", "t=1", "t=2", "t=3", "cell#1", "cell#2", "cell#3"]
    assert [one.kind for one in found] == ["recurrence", *["step"] * 3, *["group"] * 3]
    by = {one.id: one for one in found}
    assert by["cell#2"].members == ("cell#2.i", "cell#2.f", "cell#2.g", "c[2]")
    assert set(by["t=2"].members) == {"x[2]", *by["cell#2"].members, "o[2]", "h[2]"}
    assert (by["cell#2"].label, by["t=2"].label) == (r"\mathrm{cell}_{2}", "t = 2")


def test_nodes_of_different_steps_are_the_same_node_of_the_recurrence() -> None:
    steps = recurrence(sheet("lstm").program)
    assert steps is not None
    assert steps.slot["cell#3.i"].members == {1: "cell#1.i", 2: "cell#2.i", 3: "cell#3.i"}
    assert steps.slot["c[2]"].name == "c[t]"
    assert "h[0]" not in steps.slot
    neurons = recurrence(sheet("assignment3-q1").program.at_level("neurons"))
    assert neurons is not None
    assert neurons.slot["v[2][1]"].members == {1: "v[1][1]", 2: "v[2][1]", 3: "v[3][1]"}
    assert "h[0][1]" not in neurons.slot
    written_out = recurrence(sheet("sheet9-ex1").program)
    assert written_out is not None
    assert (written_out.id, written_out.steps) == ("k", (1, 2))  # t is a node of this model


def test_the_middle_of_a_long_recurrence_is_folded_at_first() -> None:
    assert initial(rnn(8)) == frozenset()
    assert initial(rnn(9)) == {"t=2..8"}
    assert initial(sheet("lstm").program) == frozenset()
    assert folds(build("y = w*x\nL = y**2", {"x": 1.0}, {}, {"w": 2.0}, {})) == ()


def test_one_key_folds_outwards_and_the_other_back_again() -> None:
    program = sheet("lstm").program
    node, folded, seen = "cell#2.f", frozenset[str](), []
    for _ in range(4):
        folded = outwards(program, folded, node)
        node = view(program, folded).box("cell#2.f")  # the box of the fold is the selected one now
        seen.append((node, folded))
    steps = ["cell#2"], ["cell#2", "t=2"], ["cell#2", "t=2", "t"]
    assert seen[:3] == [(box, frozenset(ids)) for box, ids in zip(("cell#2", "t=2", "cell#2"), steps, strict=True)]
    assert seen[3] == seen[2], "there is nothing larger"
    for box, ids in (("cell#1.f", {"t=2", "t"}), ("t=2", {"t=2"}), ("cell#2.f", set())):  # the group, in the cycle
        folded = inwards(program, folded, node)
        node = view(program, folded).box("cell#2.f")
        assert (node, folded) == (box, ids)
    assert inwards(program, folded, node) == folded


def test_what_is_drawn_for_a_node_unfolds() -> None:
    program = sheet("lstm").program
    assert inwards(program, frozenset({"t=2"}), "t=2") == frozenset()
    assert inwards(program, frozenset({"t"}), "h[3]") == frozenset()
    assert inwards(program, frozenset({"t"}), "h[t]") == frozenset()
    assert inwards(program, frozenset({"t"}), "t") == frozenset()
    assert inwards(program, frozenset({"t", "cell#1"}), "cell#1") == {"t"}, "the group opens in the cycle"
    assert inwards(rnn(30), frozenset({"t=2..29"}), "t=2..29") == frozenset()


def test_what_lies_in_nothing_larger_does_not_fold() -> None:
    program = sheet("lstm").program
    for node, folded in (
        ("v", {"t=2"}),
        ("h[t]", {"t"}),
        ("cell#1", {"t", "cell#1"}),
        ("t", {"t"}),
        ("nobody", {"t=2"}),
    ):
        assert outwards(program, frozenset(folded), node) == folded
        if node in ("v", "nobody"):
            assert inwards(program, frozenset(folded), node) == folded
    assert outwards(rnn(30), frozenset({"t=2..29"}), "t=2..29") == {"t=2..29", "t"}
    assert outwards(program, frozenset(), "t=3") == {"t=3"}


def test_what_takes_in_more_goes_first() -> None:
    program = sheet("lstm").program
    assert view(program, {"t", "t=2", "cell#1"}).ids == ("t", "cell#1")
    assert view(program, {"t=2", "cell#2", "cell#3"}).ids == ("cell#3", "t=2")
    assert view(rnn(30), {"t=2..9", "t=4", "t=12", "t=5..6"}).ids == ("t=12", "t=2..9")
    inside = view(program, {"t", "cell#2"})
    assert {inside.box(f"cell#{call}.g") for call in (1, 2, 3)} == {"cell#2"}
    assert inside.box("h[1]") == inside.box("h[3]") == "h[t]"


def test_ids_that_are_none_change_nothing() -> None:
    odd = {"t=2..99", "t=9..2", "t=0..2", "t=", "u=1", "cell", "", "h[1]", "t=1..2..3"}
    assert view(rnn(9), odd).ids == ()
    assert data(trace("rnn9"), 3, folded=frozenset(odd)) == data(trace("rnn9"), 3)


# -- where it is drawn


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("model", MODELS)
def test_nothing_touches_anything(model: str, level: str) -> None:
    run = trace(model, level)
    for folded in sets(run.program):
        for at in (0, len(run.steps) // 2, len(run.steps)):
            assert faults(data(run, at, folded=folded)) == {}, (folded, at)


@pytest.mark.parametrize("options", [{"show": Show(locals="symbol", legend=True)}, {"direction": "down"}])
@pytest.mark.parametrize("model", ["sheet9-ex1", "assignment3-q1", "rnn"])
def test_nothing_touches_anything_whatever_is_shown(model: str, options: dict[str, Any]) -> None:
    run = trace(model)
    for folded in sets(run.program):
        assert faults(data(run, len(run.steps), folded=folded, **options)) == {}, folded


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("model", MODELS)
def test_folding_a_step_moves_everything_else_by_the_common_shift(model: str, level: str) -> None:
    run = trace(model, level)
    steps = recurrence(run.program)
    assert steps is not None
    before = corners(data(run, 0))
    for step in (steps.steps[0], steps.steps[len(steps.steps) // 2], steps.steps[-1]):
        fold = f"{steps.id}={step}"
        drawn = data(run, 0, folded=frozenset({fold}))
        after = corners(drawn)
        box = next((one for one in drawn["boxes"] if one["id"] == fold), None)
        if box is None:  # a step of one node
            continue
        moved = {node: (after[node][0] - x, after[node][1] - y) for node, (x, y) in before.items() if node in after}
        earlier = [x for node, (x, _) in moved.items() if node in steps.column and steps.column[node] < step]
        later = [x for node, (x, _) in moved.items() if node in steps.column and steps.column[node] > step]
        for several in (earlier, later, [y for _, y in moved.values()]):
            assert not several or max(several) - min(several) < ROUNDED
        shifts = [moved[node][0] for node in sorted(moved, key=lambda node: before[node])]
        assert all(a > b - ROUNDED for a, b in pairwise(shifts))  # what lies between is between


def test_a_long_span_of_which_only_the_ends_are_laid_out_moves_the_rest_by_the_common_shift() -> None:
    run = trace("rnn110")
    before, after = (corners(data(run, 0, folded=folded)) for folded in (frozenset(), initial(run.program)))
    for several in (("h[0]", "h[1]", "x[1]", "w", "u"), ("h[110]", "x[110]", "y", "v", "L", "c")):
        for k in (0, 1):
            moved = [after[node][k] - before[node][k] for node in several]
            assert max(moved) - min(moved) < 0.5  # boxes of what is left out may be a little higher


@pytest.mark.parametrize("model", MODELS)
def test_unfolding_brings_back_the_same_picture(model: str) -> None:
    run = trace(model)
    before = data(run, 5)
    for folded in sets(run.program):
        data(run, 5, folded=folded)
        assert data(run, 5) == before


@pytest.mark.parametrize("model", MODELS)
def test_no_step_moves_anything(model: str) -> None:
    run = trace(model)
    for folded in sets(run.program)[:3]:
        places = set()
        for at in range(0, len(run.steps) + 1, 5):
            drawn = picture(run, at, 0.3, folded=folded)
            boxes = tuple((one.id, one.x, one.y, one.width, one.height) for one in drawn.boxes)
            places.add((drawn.width, drawn.height, boxes, tuple(sorted((one.id, one.points) for one in drawn.edges))))
        assert len(places) == 1


def test_a_box_stands_where_it_has_been_put() -> None:
    run = trace("lstm")
    for folded, put in (({"cell#2"}, "cell#2"), ({"cell#2"}, "v"), ({"t"}, "y")):
        x, y = corners(data(run, 0, folded=frozenset(folded)))[put]
        pinned = {put: (x + 40.0, y + 900.0)}
        drawn = data(run, 0, folded=frozenset(folded), pinned=pinned)
        assert corners(drawn)[put] == pytest.approx(pinned[put])
        assert not faults(drawn).get("end off the rim")


# -- what it shows


def boxes(drawn: Picture) -> dict[str, Any]:
    return {one.id: one for one in drawn.boxes}


@pytest.mark.parametrize("model", MODELS)
def test_a_shared_weight_stays_one_node_with_one_edge(model: str) -> None:
    run = trace(model)
    steps = recurrence(run.program)
    assert steps is not None
    drawn = picture(run, 0, folded=frozenset({steps.id}))
    nodes = [one.node for one in drawn.boxes]
    edges = [(one.source, one.target) for one in drawn.edges]
    assert len(set(edges)) == len(edges)
    for name, given_ in run.program.given.items():
        if given_.role == "parameter":
            assert nodes.count(name) == 1
    assert {view(run.program, {steps.id}).box(name) for name in run.program.names} <= {*nodes, *boxes(drawn)}


@pytest.mark.parametrize("model", ["assignment3-q2", "sheet9-ex1", "rnn"])
def test_a_folded_recurrence_shows_the_step_that_is_worked_on(model: str) -> None:
    run = trace(model)
    steps = recurrence(run.program)
    assert steps is not None
    for at, step in enumerate(run.steps[:-1], 1):  # after the last one nothing may be lit
        if step.node not in steps.slot or step.phase == "update":
            continue
        drawn = picture(run, at, folded=frozenset({steps.id}))
        box = boxes(drawn)[steps.slot[step.node].name]
        assert (box.node, box.state) == (step.node, "active")
        said = {one.kind: one.text for one in drawn.labels if one.of == box.id}
        assert said["value"] == number(float(run.values[step.node]), 4)
        if step.phase == "backward" and "delta" in said:
            assert said["delta"].endswith(f" {number(float(step.value), 4)}")
        title = next(one.text for one in drawn.labels if one.kind == "step")
        assert title.startswith(f"{steps.id} = {steps.turn[step.node]} of ")


def test_the_contributions_to_a_shared_weight_arrive_one_after_another() -> None:
    run = trace("assignment3-q2")
    at = run.backward_index["a"] + 1
    seen: list[str] = []
    for k in range(1, 60):
        drawn = picture(run, at, LANDING * k / 60, folded=frozenset({"t"}))
        assert {one.edge for one in drawn.pulses} <= {"a→h[t]"}
        seen += [one.label.text for one in drawn.pulses if one.label is not None and one.label.text not in seen]
    sent = [number(float(one.product), 4) for one in run.steps[at - 1].contributions]
    assert seen == sent[::-1] or seen == sent
    assert len(set(sent)) == 4


def test_a_value_goes_round_through_the_delay() -> None:
    run = trace("assignment3-q2")
    at = run.forward_index["h[2]"] + 1
    ways = []
    for k in (0.1, 0.4, 0.6, 0.9):
        drawn = picture(run, at, LANDING * k, folded=frozenset({"t"}))
        held = [one.edge for one in drawn.pulses if "z^-1" in one.edge]
        ways += held
        assert len(held) == 1
    assert ways == ["h[t]→h[t] z^-1"] * 2 + ["h[t] z^-1→h[t]"] * 2
    drawn = picture(run, at, folded=frozenset({"t"}))
    assert next(one.text for one in drawn.labels if one.kind == "held") == "h₁"


@pytest.mark.parametrize("model", ["lstm", "rnn", "assignment3-q1"])
def test_the_box_of_a_fold_is_active_while_a_node_in_it_is_worked_on(model: str) -> None:
    run = trace(model)
    several = [one for one in folds(run.program) if one.kind != "recurrence"]
    for fold in (several[0], several[-1]):
        inner = [node for node in fold.members if node in run.program.equation]
        for at in range(len(run.steps)):
            box = boxes(picture(run, at, folded=frozenset({fold.id})))[fold.id]
            done = {step.node for step in run.steps[:at] if step.phase == "forward"}
            now = at > 0 and run.steps[at - 1].node in fold.members
            assert (box.node, box.role) == (fold.id, "group")
            assert box.state == ("active" if now else "known" if done.issuperset(inner) else "waiting")


@pytest.mark.parametrize(("model", "folded"), [("rnn", {"t=2..29"}), ("lstm", {"t=2", "cell#3"}), ("rnn", {"t=4"})])
def test_the_edges_that_a_step_runs_along_are_active_also_where_they_are_drawn_as_one(model: str, folded: Any) -> None:
    run = trace(model)
    seen = view(run.program, folded)
    for at, step in enumerate(run.steps[:-1], 1):
        drawn = picture(run, at, folded=frozenset(folded))
        nodes = {one.id: one.node for one in drawn.boxes}
        active = {(nodes[one.source], nodes[one.target]) for one in drawn.edges if one.active}
        forward = step.phase == "forward"
        along = [(read, step.node) for read in step.reads] if forward else []
        along += [] if forward else [(step.node, one.source) for one in step.contributions]
        assert active == {ends for a, b in along if (ends := (seen.box(a), seen.box(b)))[0] != ends[1]}


def test_what_leaves_a_step_shows_the_values_of_the_trace() -> None:
    run = trace("sheet9-ex1")
    drawn = picture(run, len(run.steps), folded=frozenset({"k=1"}))
    said = {one.kind: one.text for one in drawn.labels if one.of == "k=1" and "h[1]" in one.id}
    assert said["value"] == number(float(run.values["h[1]"]), 4)
    assert said["delta"] == f"δ₁ = {number(float(run.gradients['h[1]']), 4)}"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_pressed_every_node_is_drawn_once(draw: st.DataObject) -> None:
    run = trace(draw.draw(st.sampled_from(["lstm", "rnn12", "assignment3-q1", "sheet8-ex3"])))
    folded: frozenset[str] = frozenset()
    pressable = [*run.program.names, *(fold.id for fold in folds(run.program))]
    for node in draw.draw(st.lists(st.sampled_from(pressable), min_size=1, max_size=6)):
        folded = draw.draw(st.sampled_from((outwards, outwards, inwards)))(run.program, folded, node)
    drawn = data(run, draw.draw(st.integers(0, len(run.steps))), folded=folded)
    seen = view(run.program, folded)
    ids = [one["id"] for one in drawn["boxes"]]
    assert len(set(ids)) == len(ids)
    nodes = {one["node"] for one in drawn["boxes"]} | set(ids)
    assert {seen.box(node) for node in run.program.names} <= nodes
    assert faults(drawn) == {}


def test_a_thousand_steps_open_folded_at_once() -> None:
    run = trace("rnn1000")
    spent = time.process_time()
    folded = initial(run.program)
    drawn = picture(run, 0, folded=folded)
    assert time.process_time() - spent < 2.0  # unfolded, this takes several seconds; a tenth of one was measured
    assert len(drawn.boxes) == 12
    spent = time.process_time()
    for at in range(600, 650):
        picture(run, at, folded=folded)
    assert time.process_time() - spent < 1.0


def test_a_family_typed_member_by_member_opens_unfolded() -> None:
    typed = "\n".join(f"h[{t}] = tanh(h[{t - 1}])" for t in range(1, 30))
    looped = "for t in range(1, 30):\n    h[t] = tanh(h[t-1])"
    values = {"h": {0: 0.5}}
    assert initial(build(f"{typed}\nL = h[29]", values, {}, {}, {})) == frozenset()
    assert initial(build(f"{looped}\nL = h[29]", values, {}, {}, {})) == {"t=2..28"}

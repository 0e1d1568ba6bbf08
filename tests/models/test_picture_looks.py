"""The looks of a picture's boxes: roles by shape, sizes of letters, shut gates, patterns, which deltas are drawn."""

from __future__ import annotations

import json
from collections import Counter
from math import ceil

import numpy as np
import pytest

from graphviz_models.export import FORMATS
from graphviz_models.notation import Notation
from graphviz_models.picture import Show, picture
from graphviz_models.picture.legend import placed
from graphviz_models.picture.plan import plan
from graphviz_models.program import Level, build
from graphviz_models.sheet import exercises, load
from graphviz_models.theme import LIGHT, THEMES, Theme, contrast
from graphviz_models.trace import run
from graphviz_models.views import LEVELS

from .ruler import _depth as depth
from .test_picture_ruler import measured

EXERCISES = [exercise[0] for exercise in exercises()]


def test_neurons_whose_gate_is_shut_are_grey_and_the_legend_says_so() -> None:
    text = "s = W @ x\nz = relu(s)\nL = sum(z)"
    trace = run(build(text, {"x": [1.0]}, {}, {"W": [[2.0], [-1.0]]}, {}).at_level("neurons"))
    end = len(trace.steps)
    drawn = picture(trace, end, show=Show(legend=True))
    fills = {box.node: box.fill for box in drawn.boxes}
    assert fills["z[0]"] == LIGHT.fills["output"] != fills["z[1]"]
    grounds = {label.id: label.plate for label in drawn.labels if label.kind == "delta" and isinstance(label.of, str)}
    boxes = {box.node: box.id for box in drawn.boxes}
    assert grounds[f"{boxes['s[1]']}.delta"] is not None
    assert grounds[f"{boxes['s[0]']}.delta"] is None
    assert "gate shut" in {label.text for label in drawn.labels if label.kind == "legend"}
    early = picture(trace, 0).box("z[1]")
    assert early is not None
    assert early.fill != fills["z[1]"]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize("folded", [frozenset(), frozenset({"cell#1"})], ids=["a node", "a fold"])
def test_the_phase_of_the_box_that_is_worked_on_is_told_without_colours(theme: Theme, folded: frozenset[str]) -> None:
    program = build(
        "def cell(u):\n    a = w*u\n    b = tanh(a)\n    return b\nL = cell(x)", {"x": 2.0}, {}, {"w": 1.0}, {}
    )
    trace = run(program, learning_rate=0.1)
    looks: dict[str, set[tuple[float, ...]]] = {}
    for at, step in enumerate(trace.steps, 1):
        drawn = picture(trace, at, theme=theme, folded=folded, show=Show(legend=True))
        for box in drawn.boxes:
            if box.state == "active" and not box.id.startswith("legend"):
                looks.setdefault(step.phase, set()).add((box.stroke_width, *box.dash))
    assert all(len(found) == 1 for found in looks.values())
    assert len(set.union(*looks.values())) == len(looks) == 3
    samples = {box.id: (box.stroke_width, *box.dash) for box in drawn.boxes if box.id.startswith("legend")}
    assert {samples["legend.update"]} == looks["update"]
    assert samples["legend.parameter"] not in looks["update"]


def test_rows_of_a_legend_are_about_equally_wide() -> None:
    sheet = load("practical1-ex2")
    laid = plan(sheet.program, sheet.notation, Show(), 4, "right", {})
    whole = placed(laid.bodies, 5000.0)
    assert len({y for _, y in whole.places.values()}) == 1
    for limit in (whole.width - 1, 0.75 * whole.width, 0.45 * whole.width):
        one = placed(laid.bodies, limit)
        starts = Counter(y for _, y in one.places.values())
        assert one.width <= limit
        assert len(starts) == ceil(whole.width / limit)
        assert list(one.places) == list(whole.places)
        assert max(starts.values()) - min(starts.values()) <= 2


def test_gates_that_are_shut_are_grey() -> None:
    program = build("s = W @ x\nz = relu(s)\nL = sum(z)", {"x": [1.0]}, {}, {"W": [[2.0], [-1.0], [0.0]]}, {})
    trace = run(program)
    drawn = picture(trace, len(trace.steps))
    shut = {(t.node, t.quantity): [cell.fill is not None for cell in t.cells] for t in drawn.tensors}
    assert shut["z", "value"] == shut["s", "delta"] == [False, True, True]
    assert shut["s", "value"] == shut["z", "delta"] == [False, False, False]


def test_shut_gates_have_a_dot_in_a_heat_map() -> None:
    values = np.linspace(-1.0, 1.0, 8)
    program = build("z = relu(s)\nL = sum(z)", {}, {}, {"s": values.tolist()}, {})
    for theme in THEMES.values():
        trace = run(program)
        drawn = picture(trace, len(trace.steps), theme=theme, show=Show(legend=True))
        dots = {(one.node, one.quantity): one.dots for one in drawn.tensors}
        assert len(dots["z", "value"]) == len(dots["s", "delta"]) == 4
        assert not dots["s", "value"]
        assert not dots["z", "delta"]
        legend = {label.text for label in drawn.labels if label.kind == "legend"}
        assert {"gate shut", "•", "− 0 +"} <= legend


def test_a_pattern_never_runs_through_a_number() -> None:
    sheet = load("practical1-ex2")
    trace = run(sheet.program, sheet.notation)
    drawn = picture(trace, len(trace.steps), theme=THEMES["print"])
    hatched = {box.id for box in drawn.boxes if box.hatch}
    entries = [label for tensor in drawn.tensors for label in tensor.labels if tensor.of in hatched]
    values = [label for label in drawn.labels if label.of in hatched and label.kind in ("symbol", "value")]
    assert len(hatched) > 4
    assert all(label.plate == "#ffffff" for label in [*entries, *values])


@pytest.mark.parametrize("name", ["sheet9-ex1", "sheet7-ex1", "sheet7-ex1c"])
def test_a_picture_ends_where_its_last_marks_do(name: str) -> None:
    """The delta of the loss is 1, so it needs no room for more digits."""
    sheet = load(name)
    trace = run(sheet.program, sheet.notation)
    drawn = picture(trace, len(trace.steps))
    marks = [*drawn.boxes, *drawn.labels]
    right = drawn.width - max(mark.x + mark.width for mark in marks)
    assert right == pytest.approx(min(mark.x for mark in marks), abs=4.0)


def test_what_is_empty_is_told_from_the_pattern_around_it() -> None:
    sheet = load("sheet8-ex2")
    theme = THEMES["print"]
    drawn = picture(run(sheet.program, sheet.notation), 0, theme=theme)
    hatched = {box.id for box in drawn.boxes if box.hatch}
    empty = [one for one in drawn.tensors if one.of in hatched and one.quantity == "delta"]
    assert {one.node for one in empty} >= {"x", "w"}
    for one in empty:
        assert min(contrast(stroke.colour, theme.hatch_ink) for stroke in one.strokes) >= 3.0


def test_the_delta_of_an_input_is_drawn_where_the_sheet_asks_for_it_or_on_demand() -> None:
    shown = {}
    for name in ("sheet8-ex2", "practical1-ex2"):
        sheet = load(name)
        trace = run(sheet.program, sheet.notation)
        for show in (Show(), Show(input_deltas=True), Show(input_deltas=True, deltas=False)):
            tensors = picture(trace, len(trace.steps), show=show).tensors
            shown[name, show] = {tensor.node for tensor in tensors if tensor.quantity == "delta"}
    assert shown["sheet8-ex2", Show()] == {"x", "w", "y"}  # it asks for dE/dx
    assert shown["sheet8-ex2", Show(input_deltas=True)] == {"x", "w", "y", "d"}
    assert shown["practical1-ex2", Show()] == {"W", "w", "s1", "z1", "s_out", "y_out", "L"}
    assert shown["practical1-ex2", Show(input_deltas=True)] >= {"x", "y"}
    assert not shown["practical1-ex2", Show(input_deltas=True, deltas=False)]
    notation = Notation("L", {}, {"x": r"\delta_x"})
    program = build("L = w*x*y", {"x": 1.0, "y": 2.0}, {}, {"w": 3.0}, {})
    trace = run(program, notation)
    drawn = picture(trace, len(trace.steps))
    boxes = {box.id: box.node for box in drawn.boxes}
    deltas = {boxes[label.of]: label.text for label in drawn.labels if label.kind == "delta" and label.of in boxes}
    assert deltas["x"].endswith("= 6")
    assert "y" not in deltas


def test_roles_of_arrays_are_told_apart_by_their_shapes() -> None:
    sheet = load("practical1-ex1")
    trace = run(sheet.program, sheet.notation)
    for show in (Show(), Show(values=False), Show(deltas=False)):
        boxes = picture(trace, 0, show=show).boxes
        looks = {box.role: (box.shape, box.corner if box.shape == "pill" else 0.0, box.double) for box in boxes}
        assert len(set(looks.values())) == len(looks) - 1  # a target is a dashed input
        assert looks["activation"] == ("pill", 14.0, False)
        assert looks["output"] == ("pill", 34.0, False)
    bare = {box.role: box.shape for box in picture(trace, 0, show=Show(values=False, deltas=False)).boxes}
    assert bare == {
        "input": "rect", "parameter": "diamond", "activation": "ellipse", "output": "pill", "target": "rect",
        "loss": "rect",
    }  # fmt: skip


def test_operations_are_written_as_a_sheet_writes_them() -> None:
    signs = {}
    for name in ("sheet7-ex2", "sheet8-ex3", "assignment3-q1"):
        sheet = load(name)
        drawn = picture(run(sheet.program.at_level("operations"), sheet.notation), 0)
        nodes = {box.id: box.node for box in drawn.boxes}
        for label in drawn.labels:
            if label.kind in ("symbol", "operation"):
                signs[name, nodes[str(label.of)], label.kind] = label.text
    entries = [sign for (name, node, _), sign in signs.items() if name == "sheet7-ex2" and sign.startswith("[")]
    assert set(entries) == {"[·]₀", "[·]₁", "[·]₀,₀", "[·]₀,₁", "[·]₁,₀", "[·]₁,₁"}
    assert signs["sheet8-ex3", "x[1]#2", "symbol"] == "η"
    assert signs["sheet8-ex3", "a[1]#1", "symbol"] == "·"
    assert signs["assignment3-q1", "v[1]", "operation"] == "+"
    assert not {"@", "index", "eta"} & set(signs.values())
    program = build("a = u * v\nL = sum(3 * a)", {"u": [1.0, 2.0]}, {}, {"v": [2.0, 1.0]}, {}).at_level("operations")
    drawn = picture(run(program), 0)
    assert {label.text for label in drawn.labels if label.kind != "value"} >= {"⊙", "·", "3"}


def test_the_operation_beside_a_symbol_stands_on_its_line_and_can_be_read() -> None:
    for name in ("assignment3-q1", "sheet7-ex1", "practical1-ex2"):
        sheet = load(name)
        labels = picture(run(sheet.program.at_level("operations"), sheet.notation), 0).labels
        symbols = {label.of: label for label in labels if label.kind == "symbol"}
        notes = [label for label in labels if label.kind == "operation"]
        assert len(notes) > 4
        for note in notes:
            symbol = symbols[note.of]
            assert note.y + note.formula.ascent == pytest.approx(symbol.y + symbol.formula.ascent, abs=0.1)
            assert note.size == (symbol.size if note.text in "+−/·⊙" else 12.0)


def test_a_delta_without_a_letter_has_the_same_sign_in_numbers_and_arrays() -> None:
    sheet = load("assignment3-q3")
    trace = run(sheet.program.at_level("operations"), sheet.notation)
    drawn = picture(trace, len(trace.steps))
    inner = {box.id for box in drawn.boxes if box.role == "operation"}
    deltas = [label for label in drawn.labels if label.kind == "delta" and label.of in inner]
    assert all(label.text.startswith("∇") for label in deltas)
    assert {label.formula.latex == r"\nabla" for label in deltas} == {True, False}


@pytest.mark.parametrize("level", ["variables", "operations"])
@pytest.mark.parametrize("name", EXERCISES)
def test_brackets_keep_clear_of_round_rims(name: str, level: Level) -> None:
    sheet = load(name)
    drawn = picture(run(sheet.program.at_level(level), sheet.notation), 0)
    boxes = {box.id: box for box in drawn.boxes if box.shape == "pill"}
    for tensor in drawn.tensors:
        if (box := boxes.get(tensor.of)) is not None:
            rim = f"pill {box.corner}", (box.x, box.y, box.width, box.height)
            assert min(depth(*rim, point) for stroke in tensor.strokes for point in stroke.points) >= 4.0, box.node


@pytest.mark.parametrize("name", EXERCISES)
def test_entries_can_be_read_beside_their_symbols(name: str) -> None:
    sheet = load(name)
    trace = run(sheet.program, sheet.notation)
    drawn = picture(trace, len(trace.steps))
    symbol = max(label.size for label in drawn.labels if label.kind == "symbol")
    sizes = [label.size for label in drawn.every_label() if label.kind in ("entry", "value", "delta")]
    assert np.median(sizes) >= 0.6 * symbol
    assert min(sizes) >= 0.5 * symbol


@pytest.mark.parametrize(
    "show",
    [
        Show(values=False),
        Show(deltas=False),
        Show(values=False, deltas=False),
        Show(shapes=True, legend=True, input_deltas=True, title="A sheet"),
        Show(values=False, shapes=True, locals="number", legend=True),
    ],
    ids=["no values", "no deltas", "bare", "everything", "no values, numbers on edges"],
)
@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("sheet9-ex1", "variables"),
        ("practical1-ex2", "variables"),
        ("practical1-ex2", "neurons"),
        ("sheet7-ex2", "variables"),
        ("sheet8-ex2", "variables"),
    ],
)
def test_no_switch_makes_anything_touch(name: str, level: str, show: Show) -> None:
    sheet = load(name)
    trace = run(sheet.program.at_level(level), sheet.notation)  # type: ignore[arg-type]
    drawn = json.loads(FORMATS[".json"].write(picture(trace, len(trace.steps), show=show)))
    assert measured(drawn) == {}
    assert min(label["size"] for label in drawn["labels"]) >= 8.0


def test_a_target_that_has_chosen_an_entry_is_drawn_at_every_level() -> None:
    sheet = load("assignment3-q1")
    for level in LEVELS:
        trace = run(sheet.program.at_level(level), sheet.notation)
        for folded in (frozenset(), frozenset({"t"})):
            shown = picture(trace, 0, folded=folded)
            targets = [box.id for box in shown.boxes if box.role == "target"]
            assert len(targets) == (1 if folded else 3)
            assert {edge.source for edge in shown.edges} >= {*targets}

"""Whatever is drawn can be seen by weak eyes on a weak projector: contrasts on the very ground it stands on, sizes."""

from __future__ import annotations

from collections.abc import Iterator
from math import dist

import pytest

from graphviz_models.picture import Picture, Show, picture
from graphviz_models.picture.marks import Box, Cell, Label, Plate
from graphviz_models.picture.signs import ink
from graphviz_models.program import Level, build
from graphviz_models.sheet import load
from graphviz_models.theme import ROLES, THEMES, Theme, contrast, mixed
from graphviz_models.trace import Trace, run

from .test_theme import EYES, distance

MODELS: list[tuple[str, Level]] = [
    ("sheet9-ex1", "operations"), ("practical1-ex2", "variables"), ("practical1-ex2", "neurons"),
    ("sheet7-ex2", "variables"), ("sheet7-ex2", "neurons"), ("assignment3-q1", "operations"),
]  # fmt: skip
LETTERS, LETTERS_OF_CONTRAST, LINES, HATCH = 4.5, 7.0, 3.0, 2.0


@pytest.fixture(params=THEMES.values(), ids=list(THEMES))
def theme(request: pytest.FixtureRequest) -> Theme:
    assert isinstance(request.param, Theme)
    return request.param


def traced(name: str, level: Level) -> Trace:
    sheet = load(name)
    return run(sheet.program.at_level(level), sheet.notation, learning_rate=0.1)


def moments(trace: Trace, theme: Theme) -> Iterator[Picture]:
    """Before the first step, in the middle of each phase, and behind the last one."""
    steps = sorted({0, len(trace.steps), *((start + end) // 2 for _, start, end in trace.phases)})
    for step in steps:
        yield picture(trace, step, theme=theme, show=Show(legend=True, shapes=True, locals="symbol"))


def within(mark: Box | Plate | Cell, x: float, y: float) -> bool:
    return mark.x <= x <= mark.x + mark.width and mark.y <= y <= mark.y + mark.height


def ground(drawn: Picture, x: float, y: float) -> str:
    """The colour behind a point, as far as labels and strokes of tensors lie above it."""
    found = drawn.background
    for plate in drawn.plates:
        found = plate.fill if plate.fill and within(plate, x, y) else found
    for box in drawn.boxes:
        found = box.fill if box.shape != "none" and within(box, x, y) else found
    for tensor in drawn.tensors:
        for cell in tensor.cells:
            found = cell.fill if cell.fill and within(cell, x, y) else found
    return found


def behind(drawn: Picture, label: Label) -> str:
    return label.plate or ground(drawn, label.x + label.width / 2, label.y + label.height / 2)


@pytest.mark.parametrize(("name", "level"), MODELS)
def test_everything_on_its_own_ground(theme: Theme, name: str, level: Level) -> None:
    least = LETTERS_OF_CONTRAST if theme.name == "contrast" else LETTERS
    for drawn in moments(traced(name, level), theme):
        for label in drawn.every_label():
            assert contrast(label.colour, behind(drawn, label)) >= least, label.id
        for box in drawn.boxes:
            if box.shape != "none":
                assert min(contrast(box.stroke, box.fill), contrast(box.stroke, drawn.background)) >= LINES, box.id
        grounds = {drawn.background, *(plate.fill for plate in drawn.plates if plate.fill and plate.kind == "group")}
        assert min(contrast(edge.colour, one) for edge in drawn.edges for one in grounds) >= LINES
        for tensor in drawn.tensors:
            for stroke in tensor.strokes:  # brackets and axes, those of what is not yet computed among them
                assert contrast(stroke.colour, ground(drawn, *stroke.points[0])) >= LINES, tensor.id
            for dot in tensor.dots:
                assert contrast(dot.colour, ground(drawn, dot.x, dot.y)) >= LINES, tensor.id


def test_a_heat_map_and_its_shut_gates(theme: Theme) -> None:
    values = [[(r - 4) * (c - 3) / 12 for c in range(8)] for r in range(9)]
    program = build("s = W * 1.0\na = relu(s)\nL = sum(a**2)", {}, {}, {"W": values}, {})
    trace = run(program)
    drawn = picture(trace, len(trace.steps), theme=theme)
    heats = [tensor for tensor in drawn.tensors if tensor.kind == "heat"]
    assert len(heats) >= 4
    assert sum(len(tensor.dots) for tensor in heats) > 40
    for tensor in heats:
        for dot in tensor.dots:
            assert contrast(dot.colour, ground(drawn, dot.x, dot.y)) >= LETTERS
        for label in tensor.labels:
            assert contrast(label.colour, behind(drawn, label)) >= LETTERS
        outline = tensor.strokes[0]
        assert contrast(outline.colour, next(box.fill for box in drawn.boxes if box.id == tensor.of)) >= LETTERS


@pytest.mark.parametrize("eye", EYES)
def test_states_of_edges_and_rims(theme: Theme, eye: str) -> None:
    """At rest or at work: by the width, and by the colour wherever there is one."""
    assert theme.active_width >= 1.7 * max(theme.edge_width, theme.rim_width)
    for phase in ("forward", "backward"):
        assert theme.name == "print" or distance(theme.edge, theme.phase(phase), eye) >= 20.0
        assert theme.name == "print" or distance(theme.rim, theme.phase(phase), eye) >= 20.0
    for role in ROLES:  # the turn of a node has not come: its fill is fainter, and in print it has no hatch
        if theme.fills[role] != theme.background:
            waiting = mixed(theme.fills[role], theme.background, 0.65)
            assert distance(theme.fills[role], waiting, eye) >= 6.0, role


def test_hatches(theme: Theme) -> None:
    assert all(contrast(theme.hatch_ink, theme.fills[role]) >= HATCH for role, hatch in theme.hatches.items() if hatch)


def test_heads_stand_out_from_their_shafts(theme: Theme) -> None:
    for drawn in moments(traced("sheet9-ex1", "variables"), theme):
        for edge in drawn.edges:
            assert dist(*edge.head[1:]) >= 2.7 * edge.width, edge.id


@pytest.mark.parametrize("name", ["sheet9-ex1", "sheet9-ex1f", "assignment3-q2"])
def test_signs_are_in_the_middle_of_their_circles(name: str) -> None:
    drawn = picture(traced(name, "operations"), 0)
    circles = {box.id: box for box in drawn.boxes if box.shape == "circle"}
    signs = [label for label in drawn.labels if label.kind == "symbol" and label.of in circles]
    assert len(signs) > 3
    for sign in signs:
        box = circles[str(sign.of)]
        left, top, right, bottom = ink(sign.formula)
        assert sign.x + (left + right) / 2 == pytest.approx(box.x + box.width / 2, abs=0.1)
        assert sign.y + sign.formula.ascent + (top + bottom) / 2 == pytest.approx(box.y + box.height / 2, abs=0.1)


@pytest.mark.parametrize("name", ["sheet7-ex1", "assignment3-q2", "assignment3-q3"])
def test_the_dot_of_a_product_can_be_seen(name: str) -> None:
    drawn = picture(traced(name, "operations"), 0)
    dots = [label for label in drawn.labels if label.formula.latex == r"\cdot"]
    assert len(dots) > 2
    for label in dots:
        left, top, right, bottom = ink(label.formula)
        assert min(right - left, bottom - top) >= 4.0
        assert top >= -label.formula.ascent - 0.1
        assert right <= label.width + 0.1


def test_the_legend_explains_the_update_of_weights_on_edges(theme: Theme) -> None:
    drawn = picture(traced("practical1-ex1", "neurons"), 0, theme=theme, show=Show(legend=True))
    assert not any(box.role == "parameter" for box in drawn.boxes)
    assert "update" in {label.text for label in drawn.labels if label.kind == "legend"}
    sample = next(edge for edge in drawn.edges if edge.id == "legend.update.edge")
    assert (sample.colour, sample.dash) == (theme.update, theme.update_dash)


def test_a_weight_on_an_edge_shows_that_it_is_updated(theme: Theme) -> None:
    """Its edge does, in the colour and the dashes of the phase, as the rim of a parameter's box would."""
    trace = traced("practical1-ex1", "neurons")
    phase, start, end = trace.phases[-1]
    assert phase == "update"
    for at in range(start + 1, end + 1):
        drawn = picture(trace, at, theme=theme)
        borne = {label.of for label in drawn.labels if label.node == trace.steps[at - 1].node}
        working = [edge for edge in drawn.edges if edge.active]
        assert len(borne) == 1
        assert {(edge.source, edge.target) for edge in working} == borne
        assert {(edge.colour, edge.width) for edge in working} == {(theme.update, theme.active_width)}
        assert working[0].dash == theme.update_dash
        assert not picture(trace, at, 0.5, theme=theme).pulses  # nothing runs along it

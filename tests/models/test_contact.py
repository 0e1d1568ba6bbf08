"""A contact sheet shows whole pictures, beside one another, each mark moved with the rest of its picture."""

import json
from itertools import combinations

import pytest

from graphviz_models.export import FORMATS
from graphviz_models.picture import Picture, picture
from graphviz_models.picture.contact import Strip, contact
from graphviz_models.sheet import load
from graphviz_models.theme import THEMES
from graphviz_models.trace import run
from graphviz_models.views import LEVELS
from tests.models import ruler

MODELS = ("sheet9-ex1", "practical1-ex2", "sheet8-ex3")


def drawn(model: str, level: str) -> Picture:
    sheet = load(model)
    trace = run(sheet.program.at_level(level), sheet.notation)
    return picture(trace, len(trace.steps) - 2, 0.5)  # with a delta on its way


@pytest.fixture(scope="module")
def strips() -> list[Strip]:
    return [Strip(model, tuple((level, drawn(model, level)) for level in LEVELS)) for model in MODELS]


def numbered(marks: Picture, number: int) -> list[tuple[str, float, float]]:
    """Every mark of one picture on a contact sheet: what it is, and where."""
    before = f"{number}/"
    found = [(box.id, box.x, box.y) for box in marks.boxes]
    found += [
        (edge.id + end, *at) for edge in marks.edges for end, at in (("<", edge.points[0]), (">", edge.shaft[-1]))
    ]
    found += [(edge.id + "^", *at) for edge in marks.edges for at in edge.head]
    found += [(label.id, label.x, label.y) for label in marks.every_label()]
    found += [(pulse.id, pulse.x, pulse.y) for pulse in marks.pulses]
    found += [(plate.id, plate.x, plate.y) for plate in marks.plates]
    for tensor in marks.tensors:
        found += [(tensor.id, one.x, one.y) for one in (tensor, *tensor.cells, *tensor.dots)]
        found += [(tensor.id, *at) for stroke in tensor.strokes for at in stroke.points]
    return [(key.removeprefix(before), x, y) for key, x, y in found if number < 0 or key.startswith(before)]


def test_every_mark_moves_with_its_picture(strips: list[Strip]) -> None:
    made = contact(strips, THEMES["light"])
    for number, (_, whole) in enumerate(one for strip in strips for one in strip.pictures):
        here, there = numbered(whole, -1), numbered(made, number)
        assert [key for key, _, _ in here] == [key for key, _, _ in there]
        assert len({(round(b[1] - a[1], 6), round(b[2] - a[2], 6)) for a, b in zip(here, there, strict=True)}) == 1


def test_nothing_touches_anything(strips: list[Strip]) -> None:
    made = contact(strips, THEMES["light"])
    data = json.loads(FORMATS[".json"].write(made))
    assert ruler.outside(data) == []
    assert ruler.faults(ruler.of_picture(data)) == {}
    assert {label["text"] for label in data["labels"]} >= {*MODELS, *LEVELS}


def test_pictures_stand_apart_and_ids_are_told_apart(strips: list[Strip]) -> None:
    made = contact(strips, THEMES["dark"])
    ids = [mark.id for mark in (*made.boxes, *made.edges)]
    assert len(ids) == len(set(ids))
    around = []
    for number in range(9):
        points = [(x, y) for _, x, y in numbered(made, number)]
        around.append((*map(min, zip(*points, strict=True)), *map(max, zip(*points, strict=True))))
    for a, b in combinations(around, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
    assert made.background == THEMES["dark"].background


def test_no_picture_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="needs a picture"):
        contact([Strip("nothing", ())], THEMES["light"])

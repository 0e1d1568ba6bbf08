"""Local derivatives on edges: they stand where there is room, and hardly widen the picture."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from graphviz_models.export import FORMATS
from graphviz_models.fold import folds
from graphviz_models.picture import Picture, Show, picture
from graphviz_models.picture.plan import SCREEN
from graphviz_models.sheet import exercises, load
from graphviz_models.trace import run

from . import ruler

EXERCISES = [exercise[0] for exercise in exercises()]
SMALLER = {("sheet8-ex3", "variables"): 0.65, ("sheet9-ex1f", "operations"): 0.75}  # long products; steps of one gap


def drawn(name: str, level: str, locals_: str) -> Picture:
    sheet = load(name)
    trace = run(sheet.program.at_level(level), sheet.notation)  # type: ignore[arg-type]
    return picture(trace, len(trace.steps), show=Show(locals=locals_))  # type: ignore[arg-type]


def zoom(seen: Picture) -> float:
    return 1 / max(seen.width, SCREEN * seen.height)


@pytest.mark.parametrize("level", ["variables", "operations"])
@pytest.mark.parametrize("name", EXERCISES)
def test_local_derivatives_hardly_make_a_picture_smaller_on_a_screen(name: str, level: str) -> None:
    without, seen = drawn(name, level, "off"), drawn(name, level, "symbol")
    assert zoom(seen) >= SMALLER.get((name, level), 0.84) * zoom(without)
    flows = {(edge.source, edge.target) for edge in seen.edges}
    told = {one.of for one in seen.labels if one.kind == "local"}
    assert told <= flows
    assert len(told) >= 0.7 * len(flows)


@pytest.mark.parametrize("name", EXERCISES)
def test_what_stands_on_an_edge_is_close_to_it_and_apart_from_what_stands_by_a_node(name: str) -> None:
    seen = drawn(name, "variables", "symbol")
    routes = {(edge.source, edge.target): edge.points for edge in seen.edges}
    notes = [one for one in seen.labels if one.kind == "delta" and isinstance(one.of, str)]
    for one in seen.labels:
        if one.kind not in ("local", "product") or isinstance(one.of, str):
            continue
        rect = (one.x, one.y, one.width, one.height)
        assert min(ruler._gap(p, q, rect) for p, q in pairwise(routes[one.of])) <= 36, one.text
        for note in notes:
            beside = (note.x, note.y, note.width, note.height)
            assert not ruler._meet(rect, beside, 3.0), (one.text, note.text)


@pytest.mark.parametrize("level", ["variables", "operations"])
@pytest.mark.parametrize("name", ["assignment3-q1", "assignment3-q2", "sheet8-ex3", "sheet9-ex1", "sheet9-ex1f"])
def test_what_stands_on_edges_stays_clear_and_narrow_beside_a_folded_step(name: str, level: str) -> None:
    sheet = load(name)
    trace = run(sheet.program.at_level(level), sheet.notation)  # type: ignore[arg-type]
    for fold in folds(trace.program)[1:3]:
        shown = [Show(locals="off"), Show(locals="symbol")]
        without, seen = (picture(trace, len(trace.steps), show=one, folded=frozenset({fold.id})) for one in shown)
        assert seen.width <= (1.5 if name == "sheet8-ex3" else 1.3) * without.width, fold.id
        written = json.loads(FORMATS[".json"].write(seen))
        assert ruler.faults(ruler.of_picture(written)) == {}, fold.id

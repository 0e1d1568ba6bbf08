"""Blocks: pictures that follow one another share every mark but those that a step touches."""

from __future__ import annotations

from itertools import chain, pairwise

import pytest

from graphviz_models.fold import initial
from graphviz_models.picture import Edge, Picture, Show, picture
from graphviz_models.picture.blocks import BLOCK, Blocks, cut, recut
from graphviz_models.program import build
from graphviz_models.sheet import load
from graphviz_models.trace import Trace, run

ROWS = ("boxes", "edges", "labels", "tensors")


def chain_of(count: int) -> Trace:
    equations = f"h[0] = x\nfor t in range({count}):\n    h[t+1] = tanh(w*h[t])\nL = h[{count}]"
    return run(build(equations, {"x": 1.0}, {}, {"w": 0.9}, {}))


def others(before: Picture, after: Picture) -> int:
    """How many marks stand in blocks that two pictures do not share."""
    count = 0
    for name in ROWS:
        first, second = getattr(before, name), getattr(after, name)
        assert isinstance(first, Blocks)
        assert isinstance(second, Blocks)
        known = {id(part) for part in first.parts}
        count += sum(len(part) for part in second.parts if id(part) not in known)
    return count


def test_blocks_are_a_sequence() -> None:
    row = tuple(range(3 * BLOCK + 5))
    blocks = Blocks(cut(row))
    assert [len(part) for part in blocks.parts] == [BLOCK, BLOCK, BLOCK, 5]
    assert len(blocks) == len(row)
    assert tuple(blocks) == row
    assert blocks == row
    assert row == blocks
    assert blocks == Blocks([row])
    assert blocks != row[1:]
    assert blocks != list(row)
    assert hash(blocks) == hash(Blocks([row]))
    assert blocks[BLOCK] == BLOCK
    assert blocks[-1] == row[-1]
    assert blocks[60:70] == row[60:70]
    assert repr(blocks) == repr(row)


def test_other_elements_are_put_in_their_blocks() -> None:
    parts = cut(range(3 * BLOCK))
    before = list(parts)
    assert recut(parts, {1: -1, BLOCK - 1: -2, 2 * BLOCK: -3}) == [0, 2]
    assert parts[1] is before[1]
    found = list(chain.from_iterable(parts))
    assert {k: one for k, one in enumerate(found) if one != k} == {1: -1, BLOCK - 1: -2, 2 * BLOCK: -3}


@pytest.mark.parametrize("progress", [0.4, 1.0])
def test_a_step_of_a_large_graph_makes_as_few_marks_as_one_of_a_small_graph(progress: float) -> None:
    counts = []
    for trace in (chain_of(300), chain_of(1500)):
        at = len(trace.steps) // 3
        counts.append(others(picture(trace, at, progress), picture(trace, at + 1, progress)))
    assert counts[1] == pytest.approx(counts[0], rel=0.2)
    assert counts[1] < 12 * BLOCK


@pytest.mark.parametrize("name", ["sheet9-ex1", "sheet8-ex3", "practical1-ex2"])
def test_it_does_not_matter_which_picture_was_made_before(name: str) -> None:
    sheet = load(name)
    folded = initial(sheet.program)
    show = Show(locals="number", legend=True, title=name)
    walked, fresh = run(sheet.program, sheet.notation), run(sheet.program, sheet.notation)
    last = len(walked.steps)
    selected = sheet.program.names[2]
    for at in (last, 1, last // 2, last // 2 + 1, 0, last - 1, 2):
        after = picture(walked, at, 0.5, show=show, folded=folded, selected=selected)
        alone = picture(run(fresh.program, fresh.notation), at, 0.5, show=show, folded=folded, selected=selected)
        for row in (*ROWS, "pulses", "plates"):
            assert list(map(repr, getattr(after, row))) == list(map(repr, getattr(alone, row))), row


def drawn_along(picture_: Picture, x: float, y: float) -> list[Edge]:
    """The edges whose shafts run level through a point."""
    return [
        edge
        for edge in picture_.edges
        if any(a[1] == b[1] == y and min(a[0], b[0]) <= x <= max(a[0], b[0]) for a, b in pairwise(edge.shaft))
    ]


def test_a_rail_is_one_line_however_many_edges_run_there() -> None:
    trace = chain_of(12)
    for at in (0, 3, len(trace.steps) // 2, len(trace.steps)):
        drawn = picture(trace, at)
        rail = [edge for edge in drawn.edges if edge.source == drawn.box("w").id]  # type: ignore[union-attr]
        assert len(rail) == 12
        right = [edge for edge in rail if edge.points[1][0] > edge.points[0][0]]
        x, y = right[0].points[0]
        along = drawn_along(drawn, x + 5, y)
        assert [edge.active for edge in along].count(False) == 1, at
        for edge in right:
            assert edge.points[0] == (x, y)
            assert edge in along or edge.shaft[0] == edge.points[1], edge.id
            assert drawn_along(drawn, edge.points[1][0] - 1, y), "the whole rail is there"


def test_the_end_drawn_ahead_leaves_the_beginning_at_hand() -> None:
    trace = chain_of(300)
    last = len(trace.steps)
    start, end = picture(trace, 0, 1.0), picture(trace, last, 1.0)
    assert others(start, end) > 8 * BLOCK
    assert others(start, picture(trace, 1, 1.0)) <= 4 * BLOCK
    made, fresh = picture(trace, 1, 1.0), picture(chain_of(300), 1, 1.0)
    assert all(tuple(getattr(made, name)) == tuple(getattr(fresh, name)) for name in ROWS)

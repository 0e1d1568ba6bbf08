"""What stands beside or above one another stands in its order: entries of a vector, parameters of one node."""

import re
from collections import defaultdict

import pytest

from graphviz_models.picture import picture
from graphviz_models.sheet import exercises, load, read
from graphviz_models.trace import run

ENTRY = re.compile(r"(.+)\[(\d+)\]")


@pytest.mark.parametrize("model", [model for model, _, _ in exercises()])
def test_entries_stand_in_the_order_of_their_index(model: str) -> None:
    sheet = load(model)
    columns = defaultdict(list)
    for box in picture(run(sheet.program.at_level("neurons"), sheet.notation), 0).boxes:
        if found := ENTRY.fullmatch(box.node):
            columns[found[1], round(box.x + box.width / 2)].append((box.y, int(found[2])))
    for of, entries in columns.items():
        indices = [index for _, index in sorted(entries)]
        assert indices == sorted(indices), of


@pytest.mark.parametrize("weights", [2, 3, 4])
def test_the_parameters_of_one_node_stand_in_a_row_above_it(weights: int) -> None:
    numbers = range(1, weights + 1)
    text = f"equations = 'z = {' + '.join(f'w{k}*x{k}' for k in numbers)} + b\\nL = z**2'\n"
    text = text.replace("'", '"') + "[inputs]\n" + "".join(f"x{k} = 1.0\n" for k in numbers)
    sheet = read(text + "[parameters]\nb = 0.5\n" + "".join(f"w{k} = 0.5\n" for k in numbers))
    drawn = picture(run(sheet.program, sheet.notation), 0)
    boxes = {box.node: box for box in drawn.boxes}
    row = [boxes[name] for name in [*(f"w{k}" for k in numbers), "b"]]
    assert len({box.y for box in row}) == 1
    assert [box.x for box in row] == sorted(box.x for box in row)
    z = boxes["z"]
    assert row[0].y + row[0].height < z.y
    into = [edge for edge in drawn.edges if edge.target == z.id]
    for edge in into:
        (x0, y0), *_, (x1, y1) = edge.points
        assert all(abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) < 1 for x, y in edge.points), edge.source
    heights = [edge.points[0][1] for edge in into if edge.points[0][0] < z.x - 150]
    assert len(heights) == len(set(heights))

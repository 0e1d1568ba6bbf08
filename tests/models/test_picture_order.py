"""What stands beside or above one another stands in its order: entries of a vector, parameters of one node."""

import re
from collections import defaultdict

import pytest

from graphviz_models.picture import picture
from graphviz_models.sheet import Sheet, load, read
from graphviz_models.trace import run
from tests.models.sources import EXERCISES

ENTRY = re.compile(r"(.+)\[(\d+)\]")


CONVOLUTION = """
equations = '''
z = correlate(x, k) + b
a = relu(z)
p = stack([max(a[0:2]), max(a[2:4]), max(a[4:6])])
L = p[0] + 2*p[1] - p[2]
'''
inputs = {x = [0.1, 0.5, -0.3, 0.8, 1.0, -0.6, 0.2, 0.4]}
parameters = {k = [0.5, -1.0, 0.5], b = 0.1}
"""


def columns_of(sheet: Sheet) -> dict[tuple[str, int], list[tuple[float, int]]]:
    """Heights and indices of the entries of every vector in every column."""
    columns = defaultdict(list)
    for box in picture(run(sheet.program.at_level("neurons"), sheet.notation), 0).boxes:
        if found := ENTRY.fullmatch(box.node):
            columns[found[1], round(box.x + box.width / 2)].append((box.y, int(found[2])))
    return columns


@pytest.mark.parametrize("model", [*EXERCISES, CONVOLUTION], ids=[*EXERCISES, "convolution"])
def test_entries_stand_in_the_order_of_their_index(model: str) -> None:
    for of, entries in columns_of(read(model) if model == CONVOLUTION else load(model)).items():
        indices = [index for _, index in sorted(entries)]
        assert indices == sorted(indices), of


def test_entries_that_are_read_once_stand_with_the_others_of_their_array() -> None:
    assert {of: len(entries) for (of, _), entries in columns_of(read(CONVOLUTION)).items()} == {
        "x": 8, "k": 3, "z": 6, "a": 6, "p": 3,
    }  # fmt: skip


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


@pytest.mark.parametrize("outputs", [1, 2, 3, 4])
def test_what_outputs_are_compared_with_is_in_the_way_of_none_of_them(outputs: int) -> None:
    """One or two targets stand below the loss, others on its other side: every line to it is straight."""
    numbers = range(1, outputs + 1)
    lines = [f"y{k} = tanh(u{k}*x)" for k in numbers]
    loss = " + ".join(f"(y{k} - t{k})**2" for k in numbers)
    text = 'equations = """\n' + "\n".join([*lines, f"L = {loss}"]) + '\n"""\n[inputs]\nx = 1.0\n'
    text += "[targets]\n" + "".join(f"t{k} = 1.0\n" for k in numbers)
    sheet = read(text + "[parameters]\n" + "".join(f"u{k} = 0.5\n" for k in numbers))
    for level in ("variables", "neurons"):
        drawn = picture(run(sheet.program.at_level(level), sheet.notation), 0)  # type: ignore[arg-type]
        boxes = {box.node: box for box in drawn.boxes}
        into = [edge for edge in drawn.edges if edge.target == boxes["L"].id]
        assert len(into) == 2 * outputs
        assert {len(edge.points) for edge in into} == {2}, level
        assert (boxes["t1"].x > boxes["L"].x + boxes["L"].width) == (outputs > 2)


def test_what_many_nodes_of_one_rank_lead_to_is_reached_straight_past_their_notes() -> None:
    lines = "\n".join(f"y{k} = x{k} + 0.0" for k in range(12))
    text = f'equations = """\n{lines}\nL = {" + ".join(f"y{k}**2" for k in range(12))}\n"""\n[parameters]\n'
    sheet = read(text + "".join(f"x{k} = 0.5\n" for k in range(12)))
    drawn = picture(run(sheet.program.at_level("neurons"), sheet.notation), 0)
    boxes = {box.node: box for box in drawn.boxes}
    into = [edge for edge in drawn.edges if edge.target == boxes["L"].id]
    assert [len(edge.points) for edge in into] == [2] * 12

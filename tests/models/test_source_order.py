"""Neurons that are given stand array by array, as the vectors that they are entries of."""

from itertools import groupby

from graphviz_models.picture import picture
from graphviz_models.program import build
from graphviz_models.trace import run

from . import sources


def test_given_entries_stand_array_by_array() -> None:
    model = next(path for path in sources.COURSES if path.stem == "softmax_regression")
    trace = sources.traced(str(model), "neurons")
    drawn = picture(trace, 0).boxes
    left = min(box.x + box.width for box in drawn)
    column = sorted((box for box in drawn if box.x < left), key=lambda box: box.y)
    entries = [trace.program.entries[box.node] for box in column]
    arrays = [array.partition("[")[0] for array, _ in entries]
    runs = [array for array, _ in groupby(arrays)]
    assert sorted(runs) == ["W", "b", "x"]
    for array in runs:
        indices = [(whole, index) for whole, index in entries if whole.partition("[")[0] == array]
        assert indices == sorted(indices)


def test_what_is_made_of_parameters_alone_stands_in_the_layers_where_nothing_else_does() -> None:
    names = ("a", "b", "c", "d", "e", "f")
    text = "\n".join(f"{n} = {n}0**2" for n in names) + "\nL = " + " + ".join(names)
    drawn = picture(run(build(text, {}, {}, {f"{n}0": 1.0 for n in names}, {}, "L")), 0)
    for nodes in (names, [f"{n}0" for n in names]):
        assert len({round(box.x + box.width / 2) for box in drawn.boxes if box.node in nodes}) == 1

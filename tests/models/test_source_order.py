"""Neurons that are given stand array by array, as the vectors that they are entries of."""

from itertools import groupby

from graphviz_models.picture import picture

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

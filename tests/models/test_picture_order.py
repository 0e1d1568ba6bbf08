"""Entries of a vector that stand above one another stand in the order of their index, the first one at the top."""

import re
from collections import defaultdict

import pytest

from graphviz_models.picture import picture
from graphviz_models.sheet import exercises, load
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

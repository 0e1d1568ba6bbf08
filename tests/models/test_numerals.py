"""Numbers as a picture draws them: one way for all of them, tiny ones without making others small."""

from __future__ import annotations

import numpy as np
import pytest

from graphviz_models.picture import picture
from graphviz_models.picture.tensors import ENTRY, draw, frame
from graphviz_models.picture.words import numeral, tiny
from graphviz_models.program import build
from graphviz_models.theme import LIGHT
from graphviz_models.trace import run


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("7.784e−4", "7.784·10⁻⁴"),
        ("−1.5e12", "−1.5·10¹²"),
        ("1e−17", "10⁻¹⁷"),
        ("0.25", "0.25"),
        ("∇ 2e−5", "∇ 2·10⁻⁵"),
    ],
)
def test_a_power_of_ten_is_one(words: str, seen: str) -> None:
    assert numeral(words, 14.0).spoken == seen


@pytest.mark.parametrize(
    ("value", "wide", "narrow", "least"),
    [
        (7.784e-4, "7.78e−4", "7.8e−4", "8e−4"),
        (-9.99e-4, "−9.99e−4", "−1e−3", "−1e−3"),
        (-0.005057, "−0.00506", "−0.0051", "−0.005"),
        (-0.0376, "−0.0376", "−0.0376", "−0.0376"),
        (0.274, "0.274", "0.274", "0.274"),
    ],
)
def test_tiny_numbers_have_the_digits_that_there_is_room_for(value: float, wide: str, narrow: str, least: str) -> None:
    assert [tiny(value, 4, room, ENTRY) for room in (90.0, 49.0, 10.0)] == [wide, narrow, least]


def test_a_tiny_entry_makes_no_matrix_small() -> None:
    values = np.array([[0.86, -0.3], [1.33e-17, 0.52]])
    drawn = draw(frame((2, 2)), 0.0, 0.0, values, of="b1", node="Z", quantity="value", theme=LIGHT)
    assert [label.text for label in drawn.labels] == ["0.86", "−0.3", "1e−17", "0.52"]
    assert {label.size for label in drawn.labels} == {ENTRY}


def test_a_value_and_its_delta_are_written_alike() -> None:
    trace = run(build("a = 0.0001234*w\nL = a*1e-3", {}, {}, {"w": 1.0}, {}, "L"))
    spoken = [
        label.formula.spoken for label in picture(trace, len(trace.steps)).labels if label.kind in ("value", "delta")
    ]
    assert any("·10⁻⁴" in one for one in spoken)
    assert not any("e−" in one for one in spoken)

"""Numbers as a picture draws them: one way for all of them, tiny ones without making others small."""

from __future__ import annotations

import numpy as np
import pytest

from graphviz_models.derivation import derivation
from graphviz_models.picture import picture
from graphviz_models.picture.tensors import ENTRY, draw, frame
from graphviz_models.picture.words import numeral, tiny
from graphviz_models.program import build
from graphviz_models.read import number, number_latex
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


@pytest.mark.parametrize(
    ("value", "words", "set_"),
    [
        (-1e9, "−1e9", "-10^{9}"),
        (2e12, "2e12", r"2 \cdot 10^{12}"),
        (100000.0, "100000", "100000"),
        (123400.0, "123400", "123400"),
        (1e6, "1e6", "10^{6}"),
        (1e-5, "1e−5", "10^{-5}"),
        (-1234.0, "−1234", "-1234"),
    ],
)
def test_large_round_numbers_are_powers_of_ten(value: float, words: str, set_: str) -> None:
    assert (number(value), number_latex(value)) == (words, set_)


def test_a_mask_is_as_large_as_other_matrices() -> None:
    values = np.array([[0.0, -1e9], [0.0, 0.0]])
    drawn = draw(frame((2, 2)), 0.0, 0.0, values, of="b1", node="M", quantity="value", theme=LIGHT)
    assert {label.formula.spoken for label in drawn.labels} == {"0", "−10⁹"}
    assert {label.size for label in drawn.labels} == {ENTRY}


def test_the_square_of_a_power_of_ten_has_brackets() -> None:
    trace = run(build("h = tanh(w)\nL = h**2 + w**2", {}, {}, {"w": 1.5e-5}, {}, "L"))
    line = derivation(trace, trace.backward_index["w"])
    assert r"(1.5 \cdot 10^{-5})^2" in line.numeric
    assert r"(1.5 \cdot 10^{-5})^{2}" in derivation(trace, trace.forward_index["L"]).numeric


def test_a_matrix_has_brackets_of_its_own() -> None:
    trace = run(build("y = W @ x\nL = sum(y)", {"x": [1.0]}, {}, {"W": [[1.5e-5]]}, {}, "L"))
    assert r"\left(" not in derivation(trace, trace.forward_index["y"]).numeric

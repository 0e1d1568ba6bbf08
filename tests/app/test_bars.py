"""Whole numbers beside the bars of the cost panel."""

import pytest

from graphviz_app.panels.bars import whole, whole_latex


@pytest.mark.parametrize(
    ("base", "exponent", "text"),
    [
        (0, 1, "0"),
        (1234567, 1, "1,234,567"),
        (10, 15, "1.000 × 10¹⁵"),
        (9999999999999999, 1, "9.999 × 10¹⁵"),
        (2, 20000, "3.980 × 10⁶⁰²⁰"),
    ],
)
def test_whole_numbers_of_any_size_are_written(base: int, exponent: int, text: str) -> None:
    assert whole(base**exponent) == text
    assert whole_latex(base**exponent).replace("{,}", ",").partition(" ")[0] == text.partition(" ")[0]

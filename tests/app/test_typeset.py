"""Formulas that are wrapped: what equals them stands behind their last line, in the order in which it is read."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication

from graphviz_app.typeset import LEADING, Setting, equation_atoms, set_lines

SUM = " - ".join(rf"(-0.8356 \cdot 0.1734 \cdot {k}.0951)" for k in range(1, 6))
PARTS = ("y", SUM, "-0.0083")


def rows(setting: Setting) -> list[list[float]]:
    """The left ends of what stands on each line, from top to bottom."""
    found: dict[float, list[float]] = {}
    for one in setting.placed:
        found.setdefault(round(one.y, 3), []).append(one.x)
    return [found[y] for y in sorted(found)]


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("width", range(200, 620, 30))
def test_a_result_stands_behind_the_last_line_of_what_it_is_the_result_of(
    qapp: QGuiApplication, width: int, centred: bool
) -> None:
    setting = set_lines([equation_atoms(PARTS, 19.0)], width, centred=centred)
    last = setting.placed[-1]
    assert len(rows(setting)) > 1
    assert last.atom.formula is not None
    assert "0.0083" in last.atom.formula.latex
    lowest = max(one.y + glyph.y for one in setting.placed if (f := one.atom.formula) for glyph in f.glyphs)
    assert last.y > lowest - LEADING - 5.0  # but for an index
    assert last.x == max(one.x for one in setting.placed if one.y == last.y)
    assert all(one.x + one.atom.width * one.scale <= width + 0.5 for one in setting.placed)
    assert [one.y for one in setting.placed] == sorted(one.y for one in setting.placed)


def test_further_lines_of_a_formula_are_indented(qapp: QGuiApplication) -> None:
    first, *others = rows(set_lines([equation_atoms((SUM,), 19.0)], 420))
    assert first == [0.0]
    assert all(line == [pytest.approx(38.0)] for line in others)

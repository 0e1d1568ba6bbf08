"""Signs of operations: the + · tanh in a circle or beside a symbol, large enough and in the middle of the circle."""

from __future__ import annotations

from dataclasses import replace
from math import hypot

from graphviz_models.formula import Formula, bounds, typeset

from .geometry import Rect

FUNCTION, STROKE = 14.0, 22.0  # font sizes in a circle: of a function's name, of a sign as small as a letter is
STROKES = frozenset({"+", "-", "/", "*", r"\cdot", r"\odot", r"\otimes", r"\star"})
_DOT = 1.8  # how much larger the dot of a product is than within a line: alone, it is the whole sign


def sign(latex: str, size: float) -> Formula:
    """A sign as a formula; the dot of a product is enlarged around its middle."""
    formula = typeset(latex, size, display=False)
    if latex != r"\cdot":
        return formula
    _, top, _, bottom = ink(formula)
    middle = (top + bottom) / 2
    glyphs, _, _ = formula.moved(0.0, middle * (1 - _DOT), _DOT)
    return replace(formula, width=formula.width * _DOT, ascent=-middle + (bottom - top) / 2 * _DOT, glyphs=glyphs)


def ink(formula: Formula) -> tuple[float, float, float, float]:
    """The left, top, right and bottom of what is painted, in points from the left end of the baseline, y downwards."""
    rects = [
        (g.x + left * g.scale, g.y + top * g.scale, g.x + right * g.scale, g.y + bottom * g.scale)
        for g in formula.glyphs
        for left, top, right, bottom in (bounds(g.outline),)
    ]
    rects += [(x, y, x + width, y + height) for x, y, width, height in formula.rules]
    lefts, tops, rights, bottoms = zip(*rects, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def side(formula: Formula) -> float:
    """The diameter of the circle around a sign, in points."""
    return max(26.0, hypot(formula.width, formula.height) + 6)


def in_circle(formula: Formula, across: float) -> Rect:
    """The place of a formula whose ink is in the middle of a circle of the diameter `across`."""
    left, top, right, bottom = ink(formula)
    x, baseline = (across - left - right) / 2, (across - top - bottom) / 2
    return x, baseline - formula.ascent, formula.width, formula.height

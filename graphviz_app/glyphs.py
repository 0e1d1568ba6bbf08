"""The outlines of glyphs as Qt has them."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath

from graphviz_models.formula import outline


@lru_cache(maxsize=8192)
def glyph_path(key: str) -> QPainterPath:
    """One glyph's outline, in thousandths of its em."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for kind, *numbers in outline(key):
        p = [float(n) for n in numbers]
        if kind == "M":
            path.moveTo(p[0], p[1])
        elif kind == "L":
            path.lineTo(p[0], p[1])
        elif kind == "Q":
            path.quadTo(p[0], p[1], p[2], p[3])
        elif kind == "C":
            path.cubicTo(p[0], p[1], p[2], p[3], p[4], p[5])
        else:
            path.closeSubpath()
    return path

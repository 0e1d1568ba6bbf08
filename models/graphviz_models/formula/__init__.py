r"""Typeset formulas: LaTeX, or plain words and numbers, as glyph outlines with places, rules and symbol boxes.

mathra (with STIX Two Math inside) does the typesetting; this room turns what it draws into plain marks that every
canvas can paint, so that screen, SVG and PDF show the same shapes and no font has to be installed.

Coordinates are points, x to the right, y downwards, with y = 0 on the baseline and x = 0 at the left end. An outline
is in thousandths of its glyph's em, y downwards; a glyph paints its outline's point (u, v) at
(x + scale·u, y + scale·v).
"""

from .lines import wrapped
from .marks import Formula, Glyph
from .outlines import bounds, outline, outline_d
from .rich import rich
from .setting import escape, text, typeset
from .tags import tag, untag

__all__ = [
    "Formula",
    "Glyph",
    "bounds",
    "escape",
    "outline",
    "outline_d",
    "rich",
    "tag",
    "text",
    "typeset",
    "untag",
    "wrapped",
]

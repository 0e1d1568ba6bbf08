r"""Typeset formulas: LaTeX, or plain words and numbers, as glyph outlines with places, rules and symbol boxes.

mathra (with STIX Two Math inside) does the typesetting; this room turns what it draws into plain marks that every
canvas can paint, so that screen, SVG and PDF show the same shapes and no font has to be installed.

Coordinates are points, x to the right, y downwards, with y = 0 on the baseline and x = 0 at the left end. An outline
is in thousandths of its glyph's em, y downwards; a glyph paints its outline's point (u, v) at
(x + scale·u, y + scale·v).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .marks import Formula, Glyph
from .outlines import bounds, learn, outline, outline_d, source
from .rich import rich

if TYPE_CHECKING:
    from .lines import INDENT, broken
    from .setting import escape, text, typeset
    from .tags import tag, untag

__all__ = [
    "INDENT",
    "Formula",
    "Glyph",
    "bounds",
    "broken",
    "escape",
    "learn",
    "outline",
    "outline_d",
    "rich",
    "source",
    "tag",
    "text",
    "typeset",
    "untag",
]

# What sets formulas is imported when it is first asked for: marks that have been kept are drawn without it.
_ROOMS = {
    "INDENT": "lines",
    "broken": "lines",
    "escape": "setting",
    "tag": "tags",
    "text": "setting",
    "typeset": "setting",
    "untag": "tags",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    return found

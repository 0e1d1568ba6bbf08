"""What a typeset formula consists of: glyphs, rules, and the boxes of its symbols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Bounds = tuple[float, float, float, float]  # left, top, right, bottom
Rule = tuple[float, float, float, float]  # x, y, width, height
Symbol = tuple[str, float, float, float, float]  # node, x, y, width, height


class Glyph(NamedTuple):
    """One glyph: the key of its outline, where its origin lies, and points per outline unit."""

    outline: str
    x: float
    y: float
    scale: float


@dataclass(frozen=True)
class Formula:
    """A formula as marks, in points from the left end of its baseline.

    `rules` are filled rectangles, `symbols` the boxes of what `tag` marked; `ascent` and `descent` reach up and down
    from the baseline; `spoken` is what a screen reader says.
    """

    latex: str
    size: float
    width: float
    ascent: float
    descent: float
    glyphs: tuple[Glyph, ...]
    rules: tuple[Rule, ...]
    symbols: tuple[Symbol, ...]
    spoken: str

    @property
    def height(self) -> float:
        """Points from the highest to the lowest mark."""
        return self.ascent + self.descent

    def moved(
        self, dx: float, dy: float, factor: float = 1.0
    ) -> tuple[tuple[Glyph, ...], tuple[Rule, ...], tuple[Symbol, ...]]:
        """Glyphs, rules and symbols `factor` times as large, then moved by (dx, dy)."""
        return (
            tuple(Glyph(g.outline, g.x * factor + dx, g.y * factor + dy, g.scale * factor) for g in self.glyphs),
            tuple((x * factor + dx, y * factor + dy, w * factor, h * factor) for x, y, w, h in self.rules),
            tuple((n, x * factor + dx, y * factor + dy, w * factor, h * factor) for n, x, y, w, h in self.symbols),
        )

    def scaled(self, factor: float) -> Formula:
        """The same formula, `factor` times as large."""
        size, width, ascent, descent = (v * factor for v in (self.size, self.width, self.ascent, self.descent))
        return Formula(self.latex, size, width, ascent, descent, *self.moved(0.0, 0.0, factor), self.spoken)

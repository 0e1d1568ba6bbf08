"""Text and formulas set into lines that fit a width: words in the window's font, formulas as glyph outlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontDatabase, QFontMetricsF, QPainter

from graphviz_app.glyphs import glyph_path
from graphviz_models.formula import INDENT, Formula, broken, rich, typeset

LEADING = 4.0  # pixels between two lines
PARAGRAPH = 7.0  # more between two paragraphs


def paint_formula(painter: QPainter, formula: Formula, x: float, baseline: float, colour: QColor) -> None:
    """Fill the formula's glyphs and rules, its left end at `x`, in one colour."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(colour))
    for glyph in formula.glyphs:
        painter.save()
        painter.translate(x + glyph.x, baseline + glyph.y)
        painter.scale(glyph.scale, glyph.scale)
        painter.drawPath(glyph_path(glyph.outline))
        painter.restore()
    for rx, ry, width, height in formula.rules:
        painter.drawRect(QRectF(x + rx, baseline + ry, width, height))


@dataclass(frozen=True, eq=False)
class Atom:
    """What stays together on a line: a word in a font, or a formula (of `latex`, so that it can be wrapped)."""

    width: float
    ascent: float
    descent: float
    text: str = ""
    font: QFont | None = None
    formula: Formula | None = None
    display: bool = True
    space: float = 0.0  # before it, where it does not begin a line
    sticks: bool = False  # no line may end before it
    code: bool = False
    indent: float = 0.0  # of the line that it begins in any case, where this is not 0


@dataclass(frozen=True, eq=False)
class Placed:
    """An atom at its place: `x` its left end, `y` its baseline, `scale` how much it is shrunk."""

    atom: Atom
    x: float
    y: float
    scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Setting:
    """Lines that are set: everything at its place, and how much room it takes, in pixels."""

    placed: tuple[Placed, ...]
    width: float
    height: float

    def symbols(self) -> Iterator[tuple[str, QRectF]]:
        """Every tagged symbol with its box."""
        for p in self.placed:
            if p.atom.formula is not None:
                for node, x, y, width, height in p.atom.formula.symbols:
                    yield node, QRectF(p.x + x * p.scale, p.y + y * p.scale, width * p.scale, height * p.scale)


def formula_atom(latex: str, size: float, *, space: float = 0.0, display: bool = True, sticks: bool = False) -> Atom:
    """A formula at `size` pixels an em; `display=False` sets it as within a line of text."""
    one = typeset(latex, size, display=display)
    return Atom(one.width, one.ascent, one.descent, "", None, one, display, space, sticks)


def equation_atoms(parts: Sequence[str], size: float) -> list[Atom]:
    """Formulas that equal one another, as atoms; the sign stands before each but the first."""
    # The empty group makes the sign a relation, with the space that TeX gives one.
    return [formula_atom(part if n == 0 else f"{{}}= {part}", size) for n, part in enumerate(parts)]


def word_atom(text: str, font: QFont, space: float, *, sticks: bool = False, code: bool = False) -> Atom:
    """A word in a font; `space` pixels before it."""
    metrics = QFontMetricsF(font)
    return Atom(
        metrics.horizontalAdvance(text),
        metrics.ascent(),
        metrics.descent(),
        text,
        font,
        None,
        True,
        space,
        sticks,
        code,
    )


def text_atoms(source: str, font: QFont, formula_size: float) -> list[list[Atom]]:
    """Text with $mathematics$ as paragraphs of atoms; words in `font`, formulas in `formula_size` pixels an em."""
    gap = QFontMetricsF(font).horizontalAdvance(" ")
    fonts = {kind: _font(font, kind) for kind in ("text", "bold", "code")}
    made = []
    for runs in rich(source):
        row: list[Atom] = []
        spaced = False
        for kind, text in runs:
            if kind == "math":
                row.append(
                    formula_atom(
                        text, formula_size, space=gap if spaced else 0.0, display=False, sticks=bool(row) and not spaced
                    )
                )
                spaced = False
                continue
            spaced = spaced or text[:1].isspace()
            for word in text.split():
                sticks = bool(row) and not spaced
                row.append(word_atom(word, fonts[kind], gap if spaced else 0.0, sticks=sticks, code=kind == "code"))
                spaced = True
            spaced = text[-1:].isspace()
        made.append(row)
    return made


def plain_text(source: str) -> str:
    """The text for a screen reader: words as they are, formulas as they are said."""
    return "\n".join(
        "".join(typeset(text, display=False).spoken if kind == "math" else text for kind, text in runs)
        for runs in rich(source)
    )


def set_lines(paragraphs: Sequence[Sequence[Atom]], width: float, *, centred: bool = False) -> Setting:
    """Break paragraphs into lines of at most `width` pixels; a formula wider than that is wrapped, then shrunk."""
    placed: list[Placed] = []
    y, widest, room = 0.0, 0.0, max(width, 20.0)
    for number, paragraph in enumerate(paragraphs):
        if number and paragraph:
            y += PARAGRAPH
        for line in _broken([piece for atom in paragraph for piece in _fitted(atom, room)], room):
            wide = line[0].indent + sum(a.width for a in line) + sum(a.space for a in line[1:])
            scale = min(1.0, room / wide) if wide > 0 else 1.0
            ascent = max(a.ascent for a in line) * scale
            descent = max(a.descent for a in line) * scale
            x = (max(0.0, (room - wide * scale) / 2) if centred else 0.0) + line[0].indent * scale
            widest = max(widest, wide * scale)
            for n, atom in enumerate(line):
                x += atom.space * scale if n else 0.0
                placed.append(Placed(atom, x, y + ascent, scale))
                x += atom.width * scale
            y += ascent + descent + LEADING
    return Setting(tuple(placed), widest, max(0.0, y - LEADING))


def paint_setting(
    painter: QPainter, setting: Setting, x: float, y: float, colour: QColor, plate: QColor | None = None
) -> None:
    """Paint set lines, their top left corner at `x`, `y`; `plate` is the ground of words that are code."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for p in setting.placed:
        painter.save()
        painter.translate(x + p.x, y + p.y)
        painter.scale(p.scale, p.scale)
        if p.atom.formula is not None:
            paint_formula(painter, p.atom.formula, 0.0, 0.0, colour)
        elif p.atom.font is not None:
            if p.atom.code and plate is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(plate)
                painter.drawRoundedRect(
                    QRectF(-2, -p.atom.ascent, p.atom.width + 4, p.atom.ascent + p.atom.descent), 3, 3
                )
            painter.setFont(p.atom.font)
            painter.setPen(colour)
            painter.drawText(QPointF(0, 0), p.atom.text)
        painter.restore()


def _fitted(atom: Atom, room: float) -> list[Atom]:
    """The atom; of a formula that is too wide, its lines, so that what follows stands behind the last one."""
    if atom.formula is None or atom.width <= room:
        return [atom]
    size = atom.formula.size
    lines = [
        formula_atom(one, size, display=atom.display)
        for one in broken(atom.formula.latex, size, room, display=atom.display)
    ]
    rest = [replace(one, indent=INDENT * size) for one in lines[1:]]
    return [replace(lines[0], space=atom.space, sticks=atom.sticks), *rest]


def _broken(paragraph: Sequence[Atom], room: float) -> list[list[Atom]]:
    lines: list[list[Atom]] = []
    wide = 0.0
    for group in _groups(paragraph):
        width = sum(a.width for a in group) + sum(a.space for a in group[1:])
        if not lines or group[0].indent or wide + group[0].space + width > room:
            lines.append(list(group))
            wide = group[0].indent + width
        else:
            lines[-1].extend(group)
            wide += group[0].space + width
    return lines


def _groups(paragraph: Sequence[Atom]) -> list[list[Atom]]:
    groups: list[list[Atom]] = []
    for atom in paragraph:
        if atom.sticks and groups:
            groups[-1].append(atom)
        else:
            groups.append([atom])
    return groups


def _font(font: QFont, kind: str) -> QFont:
    made = QFont(font)
    if kind == "bold":
        made.setBold(True)
    elif kind == "code":
        made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        if font.pointSizeF() > 0:
            made.setPointSizeF(font.pointSizeF() * 0.95)
    return made

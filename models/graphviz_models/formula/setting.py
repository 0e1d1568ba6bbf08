"""From LaTeX, and from plain words and numbers, to a Formula: what mathra draws, read back as marks."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from math import inf
from typing import Literal

import mathra

from .marks import Bounds, Formula, Glyph, Rule
from .outlines import bounds, learn
from .tags import Tag, edited, tags, untag

Style = Literal["upright", "bold", "sans", "mono"]

# Origin and size of a glyph, its box relative to x = 0, and its colour.
_Place = tuple[float, float, float, float, float, float, str]

MAX_LATEX = 20_000  # characters of one formula
MAX_SOURCE = 400  # characters shown of a formula that cannot be typeset
MAX_PLACES = 4096  # of glyphs, kept for one size

_EM = 1000.0  # mathra's units an em
_BRAILLE = "cmu"  # which nothing here reads: the code that is made soonest
_V = '([^" )]*)'  # numbers, faster to find than as such
_GLYPH = re.compile(r'<use href="#mathra-........-([^"]*)" (?:x="|transform="translate\()([^" ]*)([^>]*)>')
_REST = re.compile(rf'(?:" y="| ){_V}(?:"|\) scale\({_V}\)")(?: fill="{_V}")?/')
_RULE = re.compile(rf'<rect x="{_V}" y="{_V}" width="{_V}" height="{_V}"(?: fill="{_V}")?/>')
_BODY = 'transform="scale(1,-1)">'
_PATH = re.compile(r'<path id="[^"]*-(g\d+)" d="([^"]*)"/>')
_VIEW = 'viewBox="'
_TITLE, _TITLE_END = '-speech">', "</title>"
_NO_WARNING = "</mathra:font></metadata>"  # which stand between these two
_WARNING = re.compile(r'<mathra:warning rule="([^"]*)"')
_MISSING_GLYPH = "E-REC-8"
_NUMBERED = re.compile(r"(\D*_\{)(\d{3,9})\}")
_ESCAPES = {"\\": r"\textbackslash ", "~": r"\textasciitilde ", **{c: "\\" + c for c in "{}#%&$_"}}
# mathra 1.5 sets the digits of these alphabets upright, though the font has them: their own characters come out right.
_DIGITS = {"bb": 0x1D7D8, "bf": 0x1D7CE, "sf": 0x1D7E2, "tt": 0x1D7F6}
_DIGIT_ALPHABET = re.compile(r"\\math(bb|bf|sf|tt)\s*(?:\{\s*(\d+)\s*\}|(\d))")
_STYLES: tuple[tuple[Style, int, str], ...] = (
    ("bold", 0x1D400, "bf"),
    ("sans", 0x1D5A0, "sf"),
    ("mono", 0x1D670, "tt"),
)
# What mathra 1.5 does not put in words.
_SIGNS = {"to the ⊤": "transposed", "⊤": "transposed", "⊙": "times, entry by entry,", "𝟙": "indicator"}
_SIGNS |= {chr(first + i): str(i) for first in _DIGITS.values() for i in range(10)} | {"𝟙": "indicator"}
_SIGN = re.compile("|".join(_SIGNS))
_GROWN = {"✗": 1.6}  # the font draws it half as high as its ✓
_LOWERED = {"✗": 0.05}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ALPHABETS: dict[Style, dict[int, int]] = {
    "upright": {},
    **{
        style: {ord(c): first + i for i, c in enumerate(_LETTERS)}
        | {ord("0") + i: _DIGITS[name] + i for i in range(10)}
        for style, first, name in _STYLES
    },
}


def typeset(latex: str, size: float = 16.0, *, display: bool = True) -> Formula:
    """The formula at `size` points an em; `display=False` sets fractions and sums small, as within a line of text.

    LaTeX that cannot be read, or is longer than `MAX_LATEX` characters, is set as its own source in plain letters;
    nothing is raised.
    """
    return _typeset(latex, float(size), display)


def text(plain: str, size: float = 16.0, *, style: Style = "upright") -> Formula:
    """Words and numbers, one line of Unicode, set in the formulas' letters at `size` points an em.

    A character that the font lacks is set by its compatibility form (ₕ as a lowered h), else as an empty square. Lines
    of one size reach up and down at least as far as digits do, so that numbers do not jump. The other styles cover
    A–Z, a–z and 0–9; further characters stay upright.
    """
    return _text(plain, float(size), style)


def escape(plain: str) -> str:
    r"""Words and numbers as LaTeX: \text{...} with the special characters escaped."""
    return rf"\text{{{''.join(_ESCAPES.get(c, c) for c in plain)}}}"


@lru_cache(maxsize=8192)
def _typeset(latex: str, size: float, display: bool) -> Formula:
    try:
        numbered = _NUMBERED.fullmatch(latex)
        return (numbered and _numbered(numbered[1], numbered[2], size, display)) or _read(latex, size, display)
    except (ValueError, KeyError):
        source = " ".join(untag(latex[: 8 * MAX_SOURCE]).split())
        shown = source if len(source) <= MAX_SOURCE else source[: MAX_SOURCE - 1] + "…"
        return replace(_text(shown, size, "upright"), latex=latex)


def _numbered(head: str, digits: str, size: float, display: bool) -> Formula | None:
    """A symbol with a number as its index, put together from those with two digits: h_{10}, h_{02} and h_{24} make
    h_{1024}, as two digits stand as far apart in every number. None where the digits are not the last glyphs.
    """
    unit = size / _EM
    pairs = [_pair(f"{head}{a}{b}}}", size, display) for a, b in pairwise(digits)]
    glyphs, shift = list(pairs[0].glyphs), 0.0
    count = len(glyphs)
    if any(len(pair.glyphs) != count or count < 2 or pair.rules or pair.symbols for pair in pairs):
        return None
    for pair in pairs[1:]:
        before, last = pair.glyphs[-2:]
        shift = glyphs[-1].x - before.x
        glyphs.append(Glyph(last.outline, round((last.x + shift) / unit, 3) * unit, last.y, last.scale))
    spoken = pairs[0].spoken
    if not spoken.endswith(digits[:2]):
        return None
    width = round((pairs[-1].width + shift) / unit, 3) * unit
    ascent, descent = max([pair.ascent for pair in pairs]), max([pair.descent for pair in pairs])
    return Formula(f"{head}{digits}}}", size, width, ascent, descent, tuple(glyphs), (), (), spoken + digits[2:])


@lru_cache(maxsize=4096)
def _pair(latex: str, size: float, display: bool) -> Formula:
    return _read(latex, size, display)


def _read(latex: str, size: float, display: bool) -> Formula:
    """The formula; ValueError where it is malformed, too long, or needs more than plain marks."""
    if len(latex) > MAX_LATEX:
        raise ValueError(f"a formula of {len(latex)} characters")
    marked = tags(latex)
    # A colour of its own for each symbol: mathra writes it on every mark that belongs to the symbol.
    coloured = latex
    if marked:
        coloured = edited(latex, [(t.start, t.body, rf"\textcolor{{#fe{i:04x}}}{{") for i, t in enumerate(marked)])
    svg = mathra.tex_to_svg(_DIGIT_ALPHABET.sub(_digits, coloured), display=display, braille=_BRAILLE)
    if _NO_WARNING not in svg and any(rule != _MISSING_GLYPH for rule in _WARNING.findall(svg)):
        raise ValueError("malformed LaTeX")
    unit = size / _EM
    glyphs, rules, boxes, (left, top, right, bottom) = _marks(svg, unit)
    above, width, height = _view(svg, size)
    right = max(width, right)  # an accent may stick out
    ascent, descent = max(-above, -top), max(above + height, bottom)
    around = _symbols(boxes, marked) if boxes else ()
    symbols = tuple((marked[i].node, l0, t0, r0 - l0, b0 - t0) for i, (l0, t0, r0, b0) in around)
    title = svg.index(_TITLE) + len(_TITLE)
    spoken = html.unescape(svg[title : svg.index(_TITLE_END, title)])
    if not spoken.isascii():
        spoken = _SIGN.sub(lambda m: _SIGNS[m[0]], spoken)
    formula = Formula(latex, size, right - left, ascent, descent, tuple(glyphs), tuple(rules), symbols, spoken)
    if left < 0.0:
        glyphs_, rules_, symbols_ = formula.moved(-left, 0.0)
        return replace(formula, glyphs=glyphs_, rules=rules_, symbols=symbols_)
    return formula


def _view(svg: str, size: float) -> tuple[float, float, float]:
    """Top, width and height of what mathra drew, at `size` points an em, y downwards."""
    start = svg.index(_VIEW) + len(_VIEW)
    _, y, width, height = svg[start : svg.index('"', start)].split(" ")
    return float(y) / _EM * size, float(width) / _EM * size, float(height) / _EM * size


def _marks(svg: str, unit: float) -> tuple[list[Glyph], list[Rule], list[tuple[str, Bounds]], Bounds]:
    """Glyphs and rules with `unit` for each of mathra's, y downwards; the box of each that has a colour; that of all.

    The last one holds the origin too, but on its right; without marks it ends there at minus infinity.
    """
    end = svg.rindex("</g><text")
    at = svg.rindex(_BODY, 0, end) + len(_BODY)
    drawn, marks = _GLYPH.findall(svg, at, end), svg.count("<", at, end)
    ruled = _RULE.findall(svg, svg.index("<rect", at, end), end) if len(drawn) < marks else []
    if len(drawn) + len(ruled) != marks:
        raise ValueError("a mark that is neither glyph nor rule")
    glyphs: list[Glyph] = []
    rules: list[Rule] = []
    boxes: list[tuple[str, Bounds]] = []
    make, places = tuple.__new__, _places(unit)  # the former does what Glyph(...) does, in half the time
    least_x = least_y = most_y = 0.0
    most_x = -inf
    for key, x, rest in drawn:
        left = float(x) * unit
        try:
            top, size, l0, t0, r0, b0, colour = places[key, rest]
        except KeyError:
            for each, data in _PATH.findall(svg):
                learn(each, data)
            top, size, l0, t0, r0, b0, colour = places[key, rest]
        glyphs.append(make(Glyph, (key, left, top, size)))
        l0 += left
        r0 += left
        if l0 < least_x:
            least_x = l0
        if t0 < least_y:
            least_y = t0
        if r0 > most_x:
            most_x = r0
        if b0 > most_y:
            most_y = b0
        if colour:
            boxes.append((colour, (l0, t0, r0, b0)))
    for x, y, across, high, colour in ruled:
        l0, width, height = float(x) * unit, float(across) * unit, float(high) * unit
        t0 = -float(y) * unit - height
        r0, b0 = l0 + width, t0 + height
        rules.append((l0, t0, width, height))
        least_x, least_y, most_x, most_y = min(least_x, l0), min(least_y, t0), max(most_x, r0), max(most_y, b0)
        if colour:
            boxes.append((colour, (l0, t0, r0, b0)))
    return glyphs, rules, boxes, (least_x, least_y, most_x, most_y)


class _Places(dict[tuple[str, str], _Place]):
    """Of a glyph and how high it lies in mathra's words, each worked out once: formulas differ in x, hardly in these.

    A new one raises KeyError for an outline that has not been learnt, ValueError for other words.
    """

    def __init__(self, unit: float) -> None:
        super().__init__()
        self._unit = unit

    def __missing__(self, glyph: tuple[str, str]) -> _Place:
        key, rest = glyph
        m = _REST.fullmatch(rest)
        if m is None:
            raise ValueError(f"a glyph at {rest}")
        size = float(m[2]) * self._unit if m[2] else self._unit
        top = -float(m[1]) * self._unit
        l0, t0, r0, b0 = bounds(key)
        if len(self) >= MAX_PLACES:
            self.clear()
        found = top, size, l0 * size, top + t0 * size, r0 * size, top + b0 * size, m[3] or ""
        self[glyph] = found
        return found


@lru_cache(maxsize=32)
def _places(unit: float) -> _Places:
    """The places of glyphs with `unit` points for each of mathra's."""
    return _Places(unit)


def _symbols(boxes: list[tuple[str, Bounds]], marked: list[Tag]) -> list[tuple[int, Bounds]]:
    """For each tag that drew something, the box around its marks and around those of the tags within it."""
    around: dict[int, Bounds] = {}
    for colour, (left, top, right, bottom) in boxes:
        i = int(colour[3:], 16) if colour.startswith("#fe") else -1
        while 0 <= i < len(marked):
            l0, t0, r0, b0 = around.get(i, (left, top, right, bottom))
            around[i] = (min(l0, left), min(t0, top), max(r0, right), max(b0, bottom))
            i = marked[i].parent
    return sorted(around.items())


def _digits(match: re.Match[str]) -> str:
    digits = "".join(chr(_DIGITS[match[1]] + int(d)) for d in match[2] or match[3])
    return f"{{{digits}}}" if len(digits) > 1 else digits


@lru_cache(maxsize=8192)
def _text(plain: str, size: float, style: Style) -> Formula:
    x = 0.0
    ascent, descent = _digit_extent() if plain else (0.0, 0.0)
    glyphs: list[Glyph] = []
    for c in unicodedata.normalize("NFC", plain).translate(_ALPHABETS[style]):
        drawn, advance = _character(c)
        for g in drawn:
            _, top, _, bottom = bounds(g.outline)
            ascent, descent = max(ascent, -g.y - top * g.scale), max(descent, g.y + bottom * g.scale)
            glyphs.append(Glyph(g.outline, x + g.x, g.y, g.scale))
        x += advance
    return Formula(escape(plain), 1.0, x, ascent, descent, tuple(glyphs), (), (), plain).scaled(size)


@lru_cache(maxsize=1)
def _digit_extent() -> tuple[float, float]:
    """How far digits reach up and down, in em."""
    digits = [(g.scale, bounds(g.outline)) for c in "0123456789" for g in _character(c)[0]]
    return max(-top * scale for scale, (_, top, _, _) in digits), max(bottom * scale for scale, (*_, bottom) in digits)


@lru_cache(maxsize=4096)
def _character(c: str) -> tuple[tuple[Glyph, ...], float]:
    """The glyphs of one character of a text and how far it advances, in em."""
    category = unicodedata.category(c)
    if category in ("Cc", "Cf") and not c.isspace():
        return (), 0.0
    shown = " " if c.isspace() else "\ufffd" if category == "Cs" else _ESCAPES.get(c, c)
    svg = mathra.tex_to_svg(rf"\text{{{shown}}}")
    form, *codes = unicodedata.decomposition(c).split() or [""]
    grown = _GROWN.get(c, 1.0)
    if _MISSING_GLYPH in svg and form.startswith("<") and len(codes) == 1:
        drawn, advance = _character(chr(int(codes[0], 16)))
        if form not in ("<sub>", "<super>"):
            return drawn, advance
        y = 0.2 if form == "<sub>" else -0.35
        return tuple(Glyph(g.outline, 0.7 * g.x, 0.7 * g.y + y, 0.7 * g.scale) for g in drawn), 0.7 * advance
    lowered = _LOWERED.get(c, 0.0)
    return tuple(g._replace(y=g.y + lowered) for g in _marks(svg, grown / _EM)[0]), _view(svg, grown)[1]

"""Arrays as marks: small ones as matrices of numbers, larger ones as heat-maps, signals as stems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Literal

import numpy as np

from graphviz_models.formula import Formula, text
from graphviz_models.theme import Theme

from .marks import Cell, Dot, Label, Stroke, Tensor
from .words import entry, numeral, tiny

Array = np.ndarray[Any, np.dtype[Any]]
Quantity = Literal["value", "delta"]
Span = tuple[float, float]  # the least and the greatest entry, 0 among them

ENTRY = 14.0  # font size of an entry
SCALE = 11.0  # of the number below a heat-map that says what its strongest colours stand for
_ROW = 17.0  # from row to row of a matrix
_NAMES = 12.0  # font size of the index of a row
_GAP = 7.0  # between the numbers of two columns
_FIGURE = 0.66  # height of a figure in parts of the font size
_BRACKET = 4.0  # how far a bracket's feet reach inwards
_SMALLER = 0.85  # how far entries shrink for one more digit before an exponent
_BLOCK = 5.0  # gap between the matrices of an array of three or more axes
_HEAT, _CELL, _THIN = 120.0, 14.0, 20.0  # longest side of a heat-map, of one of its entries, its shortest side
GATE = 2.0  # radius of the dot on an entry whose gate is shut
_STEM, _LONG, _HEAD = 52.0, 7.0, 3.0  # height of a stem; the room of one in a signal without numbers; its head
_NUMBERED = 10  # signals up to this length carry their numbers
_FINEST = 48  # cells a side, beyond which entries of a heat-map are drawn together


@dataclass(frozen=True, slots=True)
class Frame:
    """How a node's arrays are drawn: rows and columns of entries, `block` rows of them a matrix, the size in points.

    `pitch` is the size of an entry with its share of the gaps, (width, height); `digits` those of a scalar's number;
    `lead` the room for the indices of rows, to the left of them.
    """

    kind: Literal["matrix", "heat", "stems"]
    shape: tuple[int, ...]
    rows: int
    columns: int
    block: int
    width: float
    height: float
    pitch: tuple[float, float]
    digits: int = 4
    lead: float = 0.0


def frame(
    shape: tuple[int, ...], *, row: bool = False, signal: bool = False, whole: bool = False, digits: int = 4
) -> Frame:
    """The frame for an array of `shape` (at least one axis): a vector is a column, or a `row`; a `signal` has stems.

    A column has room for a number between −1 and 1 with one digit less than scalars have, of `whole` numbers for two
    figures: a plan depends on no value. Wider numbers are set smaller.
    """
    columns = shape[-1] if len(shape) > 1 or row or signal else 1
    rows = int(np.prod(shape)) // max(columns, 1) if columns else 1
    block = shape[-2] if len(shape) > 2 else rows
    gaps = (ceil(rows / block) - 1) * _BLOCK if block else 0.0
    widest = "−88" if whole else f"−0.{'8' * max(2, digits - 1)}"
    room = text(widest, ENTRY).width + _GAP
    if signal and rows <= 4 and columns <= 4 * _NUMBERED:
        width, height = (room, _STEM + _ROW) if columns <= _NUMBERED else (_LONG, _STEM)
        lead = text(_row_name(shape, rows - 1), _NAMES).width + _GAP if rows > 1 else 0.0
        return Frame(
            "stems", shape, rows, columns, block, lead + max(columns, 1) * width,
            rows * height + (rows - 1) * _BLOCK, (width, height), digits, lead,
        )  # fmt: skip
    if rows * columns <= 20 and rows <= 6 and columns <= 6:
        width = max(columns, 1) * room + 2 * _BRACKET - _GAP / 2
        return Frame("matrix", shape, rows, columns, block, width, max(rows, 1) * _ROW + gaps + 2, (room, _ROW), digits)
    side = min(_CELL, _HEAT / max(rows, columns))
    width, height = max(columns * side, _THIN), max(rows * side, _THIN)
    least = text(f"±0.0{'8' * digits}", SCALE).width
    pitch = width / max(columns, 1), height / max(rows, 1)
    return Frame("heat", shape, rows, columns, block, max(width, least), height + gaps + SCALE + 3, pitch, digits)


def draw(
    frame: Frame,
    x: float,
    y: float,
    values: Array,
    *,
    of: str,
    node: str,
    quantity: Quantity,
    theme: Theme,
    shut: Array | None = None,
    shade: str = "",
    span: Span | None = None,
) -> Tensor:
    """The tensor of `values`, its top left at (`x`, `y`): values in the forward colour, deltas in the backward one.

    Stems are as long as the `span` asks for that this array and others have, without one as this array alone does.

    Entries whose gate is `shut` (booleans, of the shape of the values) have a ground in the colour `shade`, on which
    letters in the colour of a text can be read on every fill, and coloured ones cannot; in a heat-map they have a dot.
    """
    grid = np.asarray(values, dtype=np.float64).reshape(frame.rows, frame.columns)
    ink = theme.backward_text if quantity == "delta" else theme.forward_text
    key = f"{of}.{quantity}"
    if frame.kind == "stems":
        cells, strokes, dots, labels = _stems(frame, x, y, grid, key, of, ink, theme, span or spanned(grid))
    else:
        paint = {"matrix": _matrix, "heat": _heat}[frame.kind]
        cells, strokes, dots, labels = paint(frame, x, y, grid, key, of, ink, theme)
    if shut is not None and frame.kind == "heat":
        dots = _closed(cells, shut, theme)
    elif shut is not None:
        cells = tuple(replace(cell, fill=shade) if shut[cell.index] else cell for cell in cells)
        if labels:
            pairs = zip(labels[: len(cells)], cells, strict=True)
            entries = tuple(replace(one, colour=theme.text) if shut[cell.index] else one for one, cell in pairs)
            labels = (*entries, *labels[len(cells) :])
    return _tensor(frame, x, y, of, node, quantity, cells, strokes, dots, labels)


def spanned(*arrays: Array) -> Span:
    """The least and the greatest of some arrays' finite entries and 0."""
    finite = [array[np.isfinite(array)] for array in map(np.asarray, arrays)]
    low = min((float(np.min(one, initial=0.0)) for one in finite), default=0.0)
    return low, max((float(np.max(one, initial=0.0)) for one in finite), default=0.0)


def empty(
    frame: Frame, x: float, y: float, *, of: str, node: str, quantity: Quantity, colour: str, span: Span | None = None
) -> Tensor:
    """The same without entries, not yet computed: brackets, a frame or an axis alone, where it will be for a `span`."""
    if frame.kind == "matrix":
        strokes = _brackets(frame, x, y, colour)
    elif frame.kind == "heat":
        strokes = (_outline(frame, x, y, colour),)
    else:
        axis = _Axis.of(frame, span).zero if span is not None else _STEM / 2
        levels = (y + row * (frame.pitch[1] + _BLOCK) + axis for row in range(frame.rows))
        strokes = tuple(Stroke(((x + frame.lead, level), (x + frame.width, level)), colour, 1.0) for level in levels)
    return _tensor(frame, x, y, of, node, quantity, (), strokes, (), ())


def _tensor(
    frame: Frame, x: float, y: float, of: str, node: str, quantity: Quantity, cells: tuple[Cell, ...],
    strokes: tuple[Stroke, ...], dots: tuple[Dot, ...], labels: tuple[Label, ...],
) -> Tensor:  # fmt: skip
    return Tensor(
        f"{of}.{quantity}", of, node, quantity, frame.kind, frame.shape, x, y, frame.width, frame.height, cells,
        strokes, dots, labels,
    )  # fmt: skip


def _brackets(frame: Frame, x: float, y: float, colour: str) -> tuple[Stroke, ...]:
    """The brackets of every matrix: an array of three axes has several."""
    strokes, right = [], x + frame.width
    for first in range(0, max(frame.rows, 1), frame.block or 1):
        top = y + first * frame.pitch[1] + (first // frame.block if frame.block else 0) * _BLOCK
        bottom = top + max(frame.block, 1) * frame.pitch[1] + 2
        for side, foot in ((x, x + _BRACKET), (right, right - _BRACKET)):
            strokes.append(Stroke(((foot, top), (side, top), (side, bottom), (foot, bottom)), colour, 1.25))
    return tuple(strokes)


_Parts = tuple[tuple[Cell, ...], tuple[Stroke, ...], tuple[Dot, ...], tuple[Label, ...]]


def _matrix(frame: Frame, x: float, y: float, grid: Array, key: str, of: str, ink: str, theme: Theme) -> _Parts:
    (width, height), left = frame.pitch, x + (frame.width - frame.columns * frame.pitch[0]) / 2
    tops = [y + 1 + r * height + (r // frame.block) * _BLOCK for r in range(frame.rows)]
    cells = tuple(
        Cell(_index(frame, r, c), left + c * width, tops[r], width, height, None, float(value))
        for r, row in enumerate(grid)
        for c, value in enumerate(row)
    )
    return cells, _brackets(frame, x, y, ink), (), _entries(frame, cells, 0.0, key, of, ink, theme)


def _entries(
    frame: Frame, cells: tuple[Cell, ...], top: float, key: str, of: str, ink: str, theme: Theme
) -> tuple[Label, ...]:
    """The cells' numbers, `top` points below the cells' upper sides, all as large as the widest of them can be.

    Tiny ones, 7.78·10⁻⁴, have no more digits than there is room for, so that they make no other one small.
    """
    room = frame.pitch[0] - _GAP + 1
    words = [tiny(cell.value, frame.digits, room / _SMALLER, ENTRY) for cell in cells]
    set_ = {word: numeral(word, ENTRY) for word in set(words)}
    widest = max((formula.width for formula in set_.values()), default=0.0)
    part = min(1.0, room / widest) if widest else 1.0
    size = ENTRY * part
    scaled = {word: formula.scaled(part) if part < 1 else formula for word, formula in set_.items()}
    labels = []
    for cell, word in zip(cells, words, strict=True):
        formula, height = scaled[word], cell.height - top
        colour = ink if np.isfinite(cell.value) else theme.wrong_text
        baseline = cell.y + top + (height + _FIGURE * size) / 2
        spot = cell.x + (cell.width - formula.width) / 2, baseline - formula.ascent
        labels.append(
            Label(
                f"{key}{list(cell.index)}", of, "entry", word, formula, *spot, formula.width, formula.height, size,
                colour,
            )
        )  # fmt: skip
    return tuple(labels)


def _heat(frame: Frame, x: float, y: float, grid: Array, key: str, of: str, ink: str, theme: Theme) -> _Parts:
    finite = grid[np.isfinite(grid)]
    strongest = float(np.max(np.abs(finite), initial=0.0))
    scale = strongest or 1.0
    (width, height), left = frame.pitch, x + (frame.width - frame.columns * frame.pitch[0]) / 2
    by_row, by_column = ceil(frame.rows / _FINEST) or 1, ceil(frame.columns / _FINEST) or 1
    cells = []
    for r in range(0, frame.rows, by_row):
        for c in range(0, frame.columns, by_column):
            part = grid[r : r + by_row, c : c + by_column]
            value = float(part.flat[int(np.argmax(np.abs(part)))])  # the strongest entry speaks for its neighbours
            top = y + r * height + (r // frame.block) * _BLOCK
            fill = theme.heat_colour(value / scale) if np.isfinite(value) else theme.wrong
            size = part.shape[1] * width, part.shape[0] * height
            cells.append(Cell(_index(frame, r, c), left + c * width, top, *size, fill, value))
    ends = fitted(
        f"{key}.scale", of, "scale", f"±{entry(strongest, frame.digits)}", x,
        y + frame.height - SCALE, frame.width, SCALE, SCALE, ink,
    )  # fmt: skip
    return tuple(cells), (_outline(frame, x, y, ink),), (), (ends,)


def _closed(cells: tuple[Cell, ...], shut: Array, theme: Theme) -> tuple[Dot, ...]:
    """A dot on every entry of a heat-map whose gate is shut, where an entry is large enough for one."""
    return tuple(
        Dot(cell.x + cell.width / 2, cell.y + cell.height / 2, GATE, theme.ink_on(cell.fill or theme.background))
        for cell in cells
        if shut[cell.index] and min(cell.width, cell.height) > 3 * GATE
    )


def _outline(frame: Frame, x: float, y: float, colour: str) -> Stroke:
    """The rim of a heat-map, without the number below it."""
    half, bottom = frame.columns * frame.pitch[0] / 2, y + frame.height - SCALE - 3
    left, right = x + frame.width / 2 - half, x + frame.width / 2 + half
    return Stroke(((left, y), (right, y), (right, bottom), (left, bottom), (left, y)), colour, 1.0)


@dataclass(frozen=True, slots=True)
class _Axis:
    """The axis of stems: how far it is below the top of their room, the radius of heads, the length of `largest`."""

    zero: float
    radius: float
    largest: float
    reach: float

    @staticmethod
    def of(frame: Frame, span: Span) -> _Axis:
        """The axis on which there is room for a span."""
        largest = max(-span[0], span[1]) or 1.0  # in its units nothing is beyond float64
        low, high = span[0] / largest, span[1] / largest
        radius = min(_HEAD, 0.4 * frame.pitch[0])
        reach = (_STEM - 2 * radius) / ((high - low) or 1.0)
        return _Axis(radius + high * reach, radius, largest, reach)


def _stems(
    frame: Frame, x: float, y: float, grid: Array, key: str, of: str, ink: str, theme: Theme, span: Span
) -> _Parts:
    axis = _Axis.of(frame, span)
    room, pitch = frame.pitch
    cells, strokes, dots, names = [], [], [], []
    left = x + frame.lead
    for r, row in enumerate(grid):
        top = y + r * (pitch + _BLOCK)
        zero = top + axis.zero
        strokes.append(Stroke(((left, zero), (x + frame.width, zero)), theme.muted, 1.0))
        if frame.lead:
            name = text(_row_name(frame.shape, r), _NAMES)
            words, spot = _row_name(frame.shape, r), (x, zero - name.ascent + _FIGURE * _NAMES / 2)
            size = name.width, name.height, _NAMES
            names.append(Label(f"{key}.row{r}", of, "shape", words, name, *spot, *size, theme.muted))
        for c, value in enumerate(row):
            centre = left + (c + 0.5) * room
            cells.append(Cell(_index(frame, r, c), centre - room / 2, top, room, pitch, None, float(value)))
            if np.isfinite(value):
                head = zero - float(value) / axis.largest * axis.reach
                strokes.append(Stroke(((centre, zero), (centre, head)), ink, 2.0))
                dots.append(Dot(centre, head, axis.radius, ink))
    numbered = frame.columns <= _NUMBERED
    labels = _entries(frame, tuple(cells), _STEM, key, of, ink, theme) if numbered else ()
    return tuple(cells), tuple(strokes), tuple(dots), (*labels, *names)


def _row_name(shape: tuple[int, ...], row: int) -> str:
    """The index of a row of stems: 0,1 in an array of three axes."""
    return ",".join(str(int(k)) for k in np.unravel_index(row, shape[:-1]))


def levelled(span: Span, beside: Span) -> Span:
    """The span whose axis is as high as that of another one can be, as stems beside one another stand on one line."""
    own, other = max(-span[0], span[1]), max(-beside[0], beside[1])
    if not (own and other):
        return span
    return min(span[0], beside[0] / other * own), max(span[1], beside[1] / other * own)


def _index(frame: Frame, row: int, column: int) -> tuple[int, ...]:
    flat = row * frame.columns + column
    return tuple(int(k) for k in np.unravel_index(flat, frame.shape))


def fitted(
    key: str,
    of: str | tuple[str, str],
    kind: str,
    words: str,
    x: float,
    y: float,
    width: float,
    height: float,
    size: float,
    colour: str,
) -> Label:
    """A line of plain text centred in a rectangle, set smaller where it is too wide for it."""
    formula: Formula = numeral(words, size)
    if formula.width > width - 2 and formula.width > 0:
        size = size * (width - 2) / formula.width
        formula = numeral(words, size)
    left = x + (width - formula.width) / 2
    top = y + (height - formula.ascent - formula.descent) / 2
    return Label(
        key, of, kind, words, formula, left, top, formula.width, formula.ascent + formula.descent, size, colour
    )

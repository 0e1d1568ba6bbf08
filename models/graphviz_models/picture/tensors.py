"""Arrays as marks: small ones as matrices of numbers, larger ones as heat-maps, signals as stems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Literal

import numpy as np

from graphviz_models.formula import text
from graphviz_models.read import number
from graphviz_models.theme import Theme

from .marks import Cell, Dot, Label, Stroke, Tensor

Array = np.ndarray[Any, np.dtype[Any]]
Quantity = Literal["value", "delta"]

ENTRY = 10.0  # font size of an entry
_CELL = (38.0, 14.0)  # an entry of a matrix: room for −0.8888
_BRACKET = 3.5  # how far a bracket's feet reach inwards
_BLOCK = 4.0  # gap between the matrices of an array of three or more axes
_HEAT = 96.0  # longest side of a heat-map
_STEM = (30.0, 34.0)  # room of one stem, its height
_NUMBERED = 10  # signals up to this length carry their numbers
_FINEST = 48  # cells a side, beyond which entries of a heat-map are drawn together


@dataclass(frozen=True, slots=True)
class Frame:
    """How a node's arrays are drawn: rows and columns of entries, `block` rows of them a matrix, the size in points."""

    kind: Literal["matrix", "heat", "stems"]
    shape: tuple[int, ...]
    rows: int
    columns: int
    block: int
    width: float
    height: float


def frame(shape: tuple[int, ...], *, row: bool = False, signal: bool = False) -> Frame:
    """The frame for an array of `shape` (at least one axis): a vector is a column, or a `row`; a `signal` has stems."""
    columns = shape[-1] if len(shape) > 1 or row or signal else 1
    rows = int(np.prod(shape)) // max(columns, 1) if columns else 1
    block = shape[-2] if len(shape) > 2 else rows
    gaps = (ceil(rows / block) - 1) * _BLOCK if block else 0.0
    if signal and rows <= 4 and columns <= 4 * _NUMBERED:
        width = _STEM[0] if columns <= _NUMBERED else 7.0
        height = _STEM[1] + (ENTRY + 2 if columns <= _NUMBERED else 0.0)
        return Frame("stems", shape, rows, columns, block, max(columns, 1) * width, rows * height + (rows - 1) * _BLOCK)
    if rows * columns <= 20 and rows <= 6 and columns <= 6:
        width = max(columns, 1) * _CELL[0] + 2 * _BRACKET
        return Frame("matrix", shape, rows, columns, block, width, max(rows, 1) * _CELL[1] + gaps + 2)
    side = min(12.0, _HEAT / max(rows, columns))
    return Frame("heat", shape, rows, columns, block, max(columns * side, 6.0), max(rows * side, 6.0) + gaps)


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
    digits: int,
    shut: Array | None = None,
    shade: str = "",
) -> Tensor:
    """The tensor of `values`, its top left at (`x`, `y`): values in the forward colour, deltas in the backward one.

    Entries whose gate is `shut` (booleans, of the shape of the values) have a ground in the colour `shade`.
    """
    grid = np.asarray(values, dtype=np.float64).reshape(frame.rows, frame.columns)
    ink = theme.backward_text if quantity == "delta" else theme.forward_text
    paint = {"matrix": _matrix, "heat": _heat, "stems": _stems}[frame.kind]
    cells, strokes, dots, labels = paint(frame, x, y, grid, f"{of}.{quantity}", of, ink, theme, digits)
    if shut is not None and frame.kind != "heat":
        cells = tuple(replace(cell, fill=shade) if shut[cell.index] else cell for cell in cells)
    return Tensor(
        f"{of}.{quantity}",
        of,
        node,
        quantity,
        frame.kind,
        frame.shape,
        x,
        y,
        frame.width,
        frame.height,
        cells,
        strokes,
        dots,
        labels,
    )


def empty(frame: Frame, x: float, y: float, *, of: str, node: str, quantity: Quantity, colour: str) -> Tensor:
    """The same without entries, not yet computed: brackets, a frame or an axis alone."""
    right, bottom = x + frame.width, y + frame.height
    if frame.kind == "matrix":
        strokes = _brackets(frame, x, y, colour)
    elif frame.kind == "heat":
        strokes = (Stroke(((x, y), (right, y), (right, bottom), (x, bottom), (x, y)), colour, 0.75),)
    else:
        pitch = (frame.height + _BLOCK) / frame.rows
        levels = (y + row * pitch + _STEM[1] / 2 for row in range(frame.rows))
        strokes = tuple(Stroke(((x, level), (right, level)), colour, 0.75) for level in levels)
    return Tensor(
        f"{of}.{quantity}", of, node, quantity, frame.kind, frame.shape, x, y, frame.width, frame.height, (), strokes
    )


def _brackets(frame: Frame, x: float, y: float, colour: str) -> tuple[Stroke, ...]:
    right, bottom = x + frame.width, y + frame.height
    feet = (
        ((x + _BRACKET, y), (x, y), (x, bottom), (x + _BRACKET, bottom)),
        ((right - _BRACKET, y), (right, y), (right, bottom), (right - _BRACKET, bottom)),
    )
    return tuple(Stroke(points, colour, 1.0) for points in feet)


_Parts = tuple[tuple[Cell, ...], tuple[Stroke, ...], tuple[Dot, ...], tuple[Label, ...]]


def _matrix(
    frame: Frame, x: float, y: float, grid: Array, key: str, of: str, ink: str, theme: Theme, digits: int
) -> _Parts:
    cells, labels = [], []
    for r, row in enumerate(grid):
        for c, value in enumerate(row):
            left = x + _BRACKET + c * _CELL[0]
            top = y + 1 + r * _CELL[1] + (r // frame.block) * _BLOCK
            index = _index(frame, r, c)
            cells.append(Cell(index, left, top, *_CELL, None, float(value)))
            colour = ink if np.isfinite(value) else theme.wrong_text
            labels.append(
                fitted(f"{key}{list(index)}", of, "entry", number(value, digits), left, top, *_CELL, ENTRY, colour)
            )
    return tuple(cells), _brackets(frame, x, y, ink), (), tuple(labels)


def _heat(
    frame: Frame, x: float, y: float, grid: Array, key: str, of: str, ink: str, theme: Theme, digits: int
) -> _Parts:
    finite = grid[np.isfinite(grid)]
    scale = float(np.max(np.abs(finite), initial=0.0)) or 1.0
    gaps = (ceil(frame.rows / frame.block) - 1) * _BLOCK if frame.block else 0.0
    width, height = frame.width / max(frame.columns, 1), (frame.height - gaps) / max(frame.rows, 1)
    by_row, by_column = ceil(frame.rows / _FINEST) or 1, ceil(frame.columns / _FINEST) or 1
    cells = []
    for r in range(0, frame.rows, by_row):
        for c in range(0, frame.columns, by_column):
            part = grid[r : r + by_row, c : c + by_column]
            value = float(part.flat[int(np.argmax(np.abs(part)))])  # the strongest entry speaks for its neighbours
            top = y + r * height + (r // frame.block) * _BLOCK
            fill = theme.heat_colour(value / scale) if np.isfinite(value) else theme.wrong
            size = part.shape[1] * width, part.shape[0] * height
            cells.append(Cell(_index(frame, r, c), x + c * width, top, *size, fill, value))
    right, bottom = x + frame.width, y + frame.height
    rim = Stroke(((x, y), (right, y), (right, bottom), (x, bottom), (x, y)), ink, 0.75)
    return tuple(cells), (rim,), (), ()


def _stems(
    frame: Frame, x: float, y: float, grid: Array, key: str, of: str, ink: str, theme: Theme, digits: int
) -> _Parts:
    finite = grid[np.isfinite(grid)]
    low, high = float(np.min(finite, initial=0.0)), float(np.max(finite, initial=0.0))
    room, numbered = frame.width / max(frame.columns, 1), frame.columns <= _NUMBERED
    pitch = _STEM[1] + (ENTRY + 2 if numbered else 0.0) + _BLOCK
    radius = min(3.0, 0.4 * room)
    reach = (_STEM[1] - 2 * radius) / ((high - low) or 1.0)
    cells, strokes, dots, labels = [], [], [], []
    for r, row in enumerate(grid):
        top = y + r * pitch
        zero = top + radius + high * reach
        strokes.append(Stroke(((x, zero), (x + frame.width, zero)), theme.muted, 0.75))
        for c, value in enumerate(row):
            centre, index = x + (c + 0.5) * room, _index(frame, r, c)
            cells.append(Cell(index, centre - room / 2, top, room, pitch - _BLOCK, None, float(value)))
            if np.isfinite(value):
                head = zero - float(value) * reach
                strokes.append(Stroke(((centre, zero), (centre, head)), ink, 1.75))
                dots.append(Dot(centre, head, radius, ink))
            if numbered:
                colour = ink if np.isfinite(value) else theme.wrong_text
                spot = (centre - room / 2, top + _STEM[1] + 1, room, ENTRY + 1)
                labels.append(fitted(f"{key}{list(index)}", of, "entry", number(value, digits), *spot, ENTRY, colour))
    return tuple(cells), tuple(strokes), tuple(dots), tuple(labels)


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
    formula = text(words, size)
    if formula.width > width - 2 and formula.width > 0:
        size = size * (width - 2) / formula.width
        formula = text(words, size)
    left = x + (width - formula.width) / 2
    top = y + (height - formula.ascent - formula.descent) / 2
    return Label(
        key, of, kind, words, formula, left, top, formula.width, formula.ascent + formula.descent, size, colour
    )

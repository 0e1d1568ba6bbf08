"""A picture as plain lists, and back: to keep it from one run of a program to the next.

What is read may have been written by anybody: it is checked field by field, and refused as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from graphviz_models.formula import Formula, Glyph, learn, source

from .blocks import Blocks
from .marks import Box, Cell, Dot, Edge, Label, Picture, Plate, Pulse, Stroke, Tensor

FARTHEST = 1e7  # points, of any length
MARKS = (Formula, Box, Cell, Dot, Edge, Stroke, Plate, Label, Pulse, Tensor, Picture)

Reader = Callable[[Any], Any]


def stored(picture: Picture) -> dict[str, Any]:
    """A picture, and the shapes of all its glyphs, as what JSON can hold."""
    shapes = {glyph.outline for label in picture.every_label() for glyph in label.formula.glyphs}
    return {"shapes": {key: source(key) for key in sorted(shapes)}, "picture": _plain(picture)}


def restored(found: Any) -> Picture:
    """The picture that was `stored`. ValueError where it is anything else.

    Its glyphs have keys of their own: what typesetting learns of shapes never comes from a file.
    """
    try:
        for key, data in found["shapes"].items():
            learn(_kept(key), _text(data))
        picture: Picture = _READERS["Picture"](found["picture"])
        for label in picture.every_label():
            for glyph in label.formula.glyphs:
                source(glyph.outline)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this is no picture: {error!r}") from None
    return picture


def _plain(value: Any) -> Any:
    names = _FIELDS.get(type(value))
    if names is not None:
        return [_plain(getattr(value, name)) for name in names]
    if isinstance(value, (tuple, Blocks)):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, float) else value  # NumPy's floats are none to JSON


def _kept(key: Any) -> str:
    return f"kept-{_text(key)}"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _length(value: Any) -> float:
    if not abs(length := _number(value)) <= FARTHEST:
        raise ValueError(f"{value!r} is no length")
    return length


def _index(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is no whole number")
    return value


def _each(read: Reader) -> Reader:
    return lambda value: tuple(map(read, _list(value)))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list")
    return value


def _row(*readers: Reader) -> Reader:
    return lambda value: tuple(read(one) for read, one in zip(readers, _list(value), strict=True))


def _or_none(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _glyph(value: Any) -> Glyph:
    key, x, y, scale = _list(value)
    return Glyph(_kept(key), _length(x), _length(y), _length(scale))


def _mark(kind: type) -> Reader:
    readers = [_number if (kind, one.name) == (Cell, "value") else _READERS[str(one.type)] for one in fields(kind)]
    read = _row(*readers)
    return lambda value: kind(*read(value))


_POINT = _row(_length, _length)
_READERS: dict[str, Reader] = {
    "str": _text,
    "bool": _flag,
    "float": _length,
    "Shape": _text,
    "State": _text,
    "Literal['matrix', 'heat', 'stems']": _text,
    "Literal['value', 'delta']": _text,
    "str | None": _or_none(_text),
    "str | tuple[str, str]": lambda value: _row(_text, _text)(value) if isinstance(value, list) else _text(value),
    "Point": _POINT,
    "tuple[Point, ...]": _each(_POINT),
    "tuple[float, ...]": _each(_length),
    "tuple[int, ...]": _each(_index),
    "tuple[Rule, ...]": _each(_row(*[_length] * 4)),
    "tuple[Symbol, ...]": _each(_row(_text, *[_length] * 4)),
    "tuple[Glyph, ...]": _each(_glyph),
}
_FIELDS: dict[type, list[str]] = {}
for one in MARKS:
    _FIELDS[one] = [field.name for field in fields(one)]
    _READERS[one.__name__] = _mark(one)
    _READERS[f"{one.__name__} | None"] = _or_none(_READERS[one.__name__])
    _READERS[f"tuple[{one.__name__}, ...]"] = _READERS[f"Sequence[{one.__name__}]"] = _each(_READERS[one.__name__])

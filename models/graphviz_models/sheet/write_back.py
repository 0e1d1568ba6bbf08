"""Writes one value back into a model file's text: that number or array changes, everything else stays as typed."""

from __future__ import annotations

import re
import textwrap
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from graphviz_models.problem import Problem, Problems

from .findings import nearest
from .positions import Path, Positions, Span

SECTIONS = ("inputs", "targets", "parameters", "constants")
_MEMBER = re.compile(r"(.+)\[(-?\d+)\]")
_INTEGER = re.compile(r"[+-]?(?:[0-9_]+|0[xob][0-9a-fA-F_]+)")
_WIDTH = 100


def with_value(text: str, node: str, value: Any, entry: Sequence[int] = ()) -> str:
    """The TOML text with another value for a given node or constant, comments and layout kept.

    `node` is a name, ``W``, or a member of a family, ``x[1]``; `value` a number or array, `entry` the place in the
    node's array where only one entry (or row) changes. A whole number stays one where its new value is whole, so that
    an integer target remains one; a generator is replaced by the array.

    Raises:
        Problems: the text is no TOML, or the value is not in it by that name.
        ValueError: the value is not finite.
    """
    array = np.asarray(value)
    if not np.isfinite(array).all():
        raise ValueError(f"a given value must be finite, and {node} would not be: write a number instead of inf or nan")
    try:
        data = tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        raise Problems(Problem(1, 1, f"the text is no valid TOML ({error}): mend that first")) from None
    path = (*_path(data, node), *entry)
    positions = Positions(text)
    span = positions.span(path)
    if span is None:
        line, column = positions.place(path)
        if entry:
            raise Problems(
                Problem(line, column, f"{node} has no entry {list(entry)} in the text: change the whole array")
            )
        message = f"{node} has a section of its own: write it on one line, {path[-1]} = {{shape = …}}, to change it"
        raise Problems(Problem(line, column, message))
    typed = tomllib.loads("value = " + text[slice(*span)].replace("\r\n", "\n"))["value"]
    return text[: span[0]] + _rewritten(positions, span, array, whole=_whole(typed)) + text[span[1] :]


def _whole(typed: object) -> bool:
    return all(map(_whole, typed)) if isinstance(typed, list) else isinstance(typed, int)


def _path(data: dict[str, Any], node: str) -> Path:
    name = unicodedata.normalize("NFKC", node)
    member = _MEMBER.fullmatch(name)
    for section in SECTIONS:
        table = data.get(section)
        if not isinstance(table, dict):
            continue
        for key, raw in table.items():
            called = unicodedata.normalize("NFKC", key)
            if called == name:
                return section, key
            if member and called == member[1] and isinstance(raw, dict):
                for index in raw:
                    if re.fullmatch(r"-?\d{1,20}", index) and int(index) == int(member[2]):
                        return section, key, index
    given = [key for section in SECTIONS if isinstance(data.get(section), dict) for key in data[section]]
    close = nearest(name, given)
    hint = f": did you mean {close}?" if close else ": only inputs, targets, parameters and constants are"
    raise Problems(Problem(1, 1, f"{node} is not given in the file{hint}"))


def _rewritten(positions: Positions, span: Span, array: np.ndarray[Any, Any], *, whole: bool) -> str:
    """The new text of the value at a span; number by number where the shape stays, else `whole` keeps whole numbers."""
    leaves = list(_leaves(positions, span, array))
    text = positions.text
    if any(leaf is None for leaf in leaves):
        return _array(array, whole=whole)
    pieces, at = [], span[0]
    for (start, end), number in leaves:  # type: ignore[misc]
        pieces += [text[at:start], _number(number, whole=bool(_INTEGER.fullmatch(text[start:end])))]
        at = end
    return "".join((*pieces, text[at : span[1]]))


def _leaves(positions: Positions, span: Span, array: np.ndarray[Any, Any]) -> Iterator[tuple[Span, Any] | None]:
    """Each number's span with its new value, None where text and array do not have the same shape."""
    first = positions.text[span[0]]
    if (first == "[") != bool(array.ndim) or first == "{":
        yield None
    elif first != "[":
        yield span, array.item()
    else:
        members = list(positions.members(span))
        if len(members) != len(array):
            yield None
            return
        for member, part in zip(members, array, strict=True):
            yield from _leaves(positions, member, np.asarray(part))


def _number(number: Any, *, whole: bool) -> str:
    if float(number).is_integer() and (whole and abs(number) < 2**63):
        return str(int(number))
    return repr(float(number))


def _array(array: np.ndarray[Any, Any], *, whole: bool) -> str:
    if not array.ndim:
        return _number(array.item(), whole=whole)
    rows = [_array(row, whole=whole) for row in array]
    line = f"[{', '.join(rows)}]"
    if len(line) <= _WIDTH:
        return line
    if array.ndim == 1:
        return "[" + "\n ".join(textwrap.wrap(", ".join(rows), _WIDTH)) + "]"
    return "[" + ",\n".join(textwrap.indent(row, " ") for row in rows)[1:] + "]"

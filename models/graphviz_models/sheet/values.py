"""Values as a model file gives them: numbers, nested arrays, families and generators, as read-only arrays."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from graphviz_models.ops.table import MOST_AXES

from .findings import Findings, shown
from .positions import Path

Array = np.ndarray[Any, np.dtype[Any]]
Value = Array | dict[int, Array]
"""One array, or the members of a family by their index."""

ENTRY_LIMIT = 10_000_000
"""The most array entries that a model's values may have together."""
_INTEGERS = range(-(2**63), 2**63)
_MEMBER = re.compile(r"-?[0-9]+")
_GENERATOR_KEYS = ("shape", "init", "scale", "seed")


class UnusableError(ValueError):
    """A value that cannot be used; the message says why and what to write instead.

    `stand_in` has its shape where that is clear, so that reading can go on.
    """

    def __init__(self, message: str, stand_in: Array | None = None) -> None:
        super().__init__(message)
        self.stand_in = stand_in


@dataclass
class Entries:
    """How many array entries a model's values have so far; more than ENTRY_LIMIT is a mistake."""

    count: int = 0

    def take(self, entries: int) -> None:
        """Count entries before they are made. Raises UnusableError."""
        self.count += entries
        if self.count > ENTRY_LIMIT:
            raise UnusableError(f"the model has more than {ENTRY_LIMIT:,} array entries: make its arrays smaller")


def value(raw: object, path: Path, findings: Findings, entries: Entries, *, integers: bool) -> Value | None:
    """A parsed TOML value as float64 arrays, or as int64 arrays where `integers` allows it and all entries are whole.

    Every mistake goes to `findings`, at the key it belongs to; the result is then a stand-in of the shape that is
    written, None where that is unclear.
    """
    if not isinstance(raw, dict) or _is_generator(raw):
        array = _reported(raw, path, findings, entries)
        return None if array is None else _real_unless(integers, array)
    if not raw:
        findings.add(
            path, f"{_called(path)} is an empty table: write a number, an array, or a family such as {{1 = 0.5}}"
        )
        return None
    members: dict[int, Array] = {}
    sound = True
    for key, inner in raw.items():
        index = _index(key, (*path, key), findings)
        array = _reported(inner, (*path, key), findings, entries)
        if index is None or array is None:
            sound = False
        elif index in members:
            findings.add((*path, key), f"the member {index} of {_called(path)} is given twice: delete one of them")
            sound = False
        else:
            members[index] = array
    if not sound:
        return None
    whole = integers and all(array.dtype == np.int64 for array in members.values())
    return {index: _real_unless(whole, array) for index, array in sorted(members.items())}


def _real_unless(integers: bool, array: Array) -> Array:
    result = array if integers else array.astype(np.float64, copy=False)
    result.flags.writeable = False
    return result


def _called(path: Path) -> str:
    """The node that a path is about."""
    return f"{path[1]}[{path[2]}]" if len(path) > 2 else str(path[-1])


def _index(key: str, path: Path, findings: Findings) -> int | None:
    if not _MEMBER.fullmatch(key):
        hint = (
            findings.nearest(key, _GENERATOR_KEYS)
            or ": the keys of a family are whole numbers, as in {1 = 0.5, 2 = -1.0}"
        )
        findings.add(path, f"{shown(key)} is not the index of a member{hint}")
        return None
    if len(key) > 20 or int(key) not in _INTEGERS:
        findings.add(path, "the index does not fit into 64 bits: write a smaller one")
        return None
    return int(key)


def _is_generator(raw: Mapping[str, object]) -> bool:
    return any(key in raw for key in _GENERATOR_KEYS)


def _reported(raw: object, path: Path, findings: Findings, entries: Entries) -> Array | None:
    try:
        if isinstance(raw, dict):
            if not _is_generator(raw):
                what = "a table inside a family" if raw else "an empty table"
                raise UnusableError(f"{_called(path)} is {what}: write a number, an array or a generator")
            return _generated(raw, path, findings, entries)
        return _typed(raw, entries)
    except UnusableError as mistake:
        findings.add(path, str(mistake))
        return mistake.stand_in


def _typed(raw: object, entries: Entries) -> Array:
    """A number or nested array: int64 where every entry is written as a whole number, else float64."""
    shape: list[int] = []
    level: list[Any] = [raw]
    while level and isinstance(level[0], list):
        if any(not isinstance(entry, list) for entry in level):
            raise UnusableError("numbers and arrays stand side by side: give every row the same number of entries")
        lengths = {len(entry) for entry in level}
        if len(lengths) > 1:
            raise UnusableError(f"the rows have {_spoken(lengths)} entries: give every row the same number")
        shape.append(lengths.pop())
        level = list(chain.from_iterable(level))
        if len(shape) > MOST_AXES:
            raise UnusableError(f"the array has more than {MOST_AXES} axes: write a flatter one")
    kinds = set(map(type, level))
    if not kinds <= {int, float}:
        wrong = next(entry for entry in level if type(entry) not in (int, float))
        raise UnusableError(_not_a_number(wrong, shape), _stand_in(shape))
    entries.take(len(level))
    whole = bool(level) and kinds == {int}
    if int in kinds and any(type(entry) is int and entry not in _INTEGERS for entry in level):
        raise UnusableError(
            "a whole number does not fit into 64 bits: write it with an exponent, as in 1e20", _stand_in(shape)
        )
    array: Array = np.array(level, dtype=np.int64 if whole else np.float64).reshape(shape)
    if not np.isfinite(array).all():
        raise UnusableError("a given value must be finite: write a number instead of inf or nan", _stand_in(shape))
    return array


def _stand_in(shape: list[int]) -> Array:
    return np.zeros(shape)


def _spoken(lengths: set[int]) -> str:
    few = sorted(lengths)[:3]
    return " and ".join(map(str, few)) if len(lengths) <= 3 else f"{', '.join(map(str, few))} and other numbers of"


def _not_a_number(entry: object, shape: list[int]) -> str:
    where = "an array holds" if shape else "expected a number or an array, got"
    if isinstance(entry, bool):
        return f"{where} the truth value {str(entry).lower()}: write 1.0 or 0.0"
    if isinstance(entry, str):
        try:
            number = float(entry)
        except ValueError:
            return f'{where} the text "{shown(entry)}": write a number'
        return f'{where} the text "{shown(entry)}": write {number:g} without the quotation marks'
    if isinstance(entry, list):
        return "numbers and arrays stand side by side: give every row the same number of entries"
    return f"{where} {'a table' if isinstance(entry, dict) else 'a date or time'}: write a number"


def _generated(raw: Mapping[str, object], path: Path, findings: Findings, entries: Entries) -> Array | None:
    unknown = [key for key in raw if key not in _GENERATOR_KEYS]
    for key in unknown:
        findings.add(
            (*path, key),
            f"a generator has no key {shown(key)}{findings.nearest(key, _GENERATOR_KEYS) or ': delete it'}",
        )
    shape = _shape(raw.get("shape"))
    init = raw.get("init")
    if not isinstance(init, str) or init not in INITS:
        hint = findings.nearest(init, INITS, '"{}"') if isinstance(init, str) else ""
        raise UnusableError(f"init must be one of {', '.join(map(repr, INITS))}{hint}".replace("'", '"'))
    scale, seed = raw.get("scale", 1), raw.get("seed", 0)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 <= scale < math.inf:
        raise UnusableError("scale must be a finite number of at least 0, such as 0.5")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise UnusableError("seed must be a whole number from 0 to 2^63 - 1")
    if init == "identity" and len(shape) != 2:
        raise UnusableError("an identity needs two axes: write shape = [3, 3]")
    entries.take(math.prod(shape))
    if unknown:
        return None
    array = INITS[init](np.random.default_rng(seed), shape, float(scale))
    if not np.isfinite(array).all():
        raise UnusableError("the values drawn are not finite: write a smaller scale")
    return array


def _shape(raw: object) -> tuple[int, ...]:
    sizes = [raw] if type(raw) is int else raw
    if (
        not isinstance(sizes, list)
        or any(type(size) is not int or size < 0 for size in sizes)
        or len(sizes) > MOST_AXES
    ):
        raise UnusableError("shape must be an array of whole numbers of at least 0, such as [4, 3]")
    if any(size > ENTRY_LIMIT for size in sizes):
        raise UnusableError(f"the model has more than {ENTRY_LIMIT:,} array entries: make its arrays smaller")
    return tuple(sizes)


def _normal(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> Array:
    return np.asarray(scale * rng.standard_normal(shape))


def _uniform(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> Array:
    if not math.isfinite(2 * scale):
        raise UnusableError("the values drawn are not finite: write a smaller scale")
    return np.asarray(rng.uniform(-scale, scale, shape))


def _glorot(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> Array:
    """Glorot and Bengio 2010, with the last and the first axis as fans."""
    fan_in, fan_out = (shape[-1], shape[0]) if shape else (1, 1)
    return _uniform(rng, shape, scale * math.sqrt(6 / max(fan_in + fan_out, 1)))


Init = Callable[["np.random.Generator", tuple[int, ...], float], Array]  # in quotes: np.random is slow to load
INITS: dict[str, Init] = {
    "normal": _normal,
    "uniform": _uniform,
    "glorot": _glorot,
    "zeros": lambda rng, shape, scale: np.zeros(shape),
    "ones": lambda rng, shape, scale: np.ones(shape),
    "identity": lambda rng, shape, scale: np.eye(shape[0], shape[1]),
}

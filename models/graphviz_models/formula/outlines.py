"""The shapes of glyphs, each stored once: equal keys are equal shapes, for the font never changes within a release."""

from __future__ import annotations

import re
from functools import lru_cache

from .marks import Bounds

Command = tuple[str | float, ...]

#: The left, top, right and bottom of the outlines that have been learnt.
BOUNDS: dict[str, Bounds] = {}
_OUTLINES: dict[str, str] = {}  # path data in thousandths of an em, y upwards
_COMMAND = re.compile(r"([MLQC])((?: ?-?\d+(?:\.\d+)?)+) ?|(Z) ?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def learn(key: str, data: str) -> None:
    """Keep a shape: absolute M, L, Q, C and Z with y upwards. ValueError if it has other commands."""
    if key not in _OUTLINES:
        numbers = [v for command in _commands(data) for v in command if not isinstance(v, str)]
        xs, ys = numbers[0::2], numbers[1::2]
        BOUNDS[key] = (min(xs), min(ys), max(xs), max(ys)) if xs else (0.0, 0.0, 0.0, 0.0)
        _OUTLINES[key] = data


def source(key: str) -> str:
    """What the shape has been learnt from; KeyError if unknown."""
    return _OUTLINES[key]


def outline(key: str) -> tuple[Command, ...]:
    """("M", x, y), ("L", x, y), ("Q", x1, y1, x, y), ("C", x1, y1, x2, y2, x, y) and ("Z",), y downwards.

    Raises KeyError for a key that no formula of this process has.
    """
    return _commands(_OUTLINES[key])


def bounds(key: str) -> Bounds:
    """The left, top, right and bottom of an outline's control points, in thousandths of an em; KeyError if unknown."""
    return BOUNDS[key]


@lru_cache(maxsize=4096)
def outline_d(key: str) -> str:
    """The outline as the data of an SVG path, in relative coordinates, which are the shorter; KeyError if unknown."""
    out: list[str] = []
    at = start = (0.0, 0.0)
    last = ""
    for name, *numbers in outline(key):
        if name == "Z":
            out.append("z")
            at, last = start, ""
            continue
        points = [float(v) for v in numbers]
        steps = [v - at[i % 2] for i, v in enumerate(points)]
        at = (points[-2], points[-1])
        letter = str(name).lower()
        if letter == "l" and not all(steps):  # along an axis, or nowhere
            letter, steps = ("v", steps[1:]) if steps[1] else ("h", steps[:1])
        words = "".join(w if w.startswith("-") else " " + w for w in map(_short, steps))
        out.append(words if letter == last else letter + words.lstrip())
        last = letter
        if name == "M":
            start, last = at, "l"  # points behind the first are those of lines
    return "".join(out)


@lru_cache(maxsize=8192)
def _commands(data: str) -> tuple[Command, ...]:
    out: list[Command] = []
    at = 0
    while at < len(data):
        m = _COMMAND.match(data, at)
        if m is None:
            raise ValueError(f"unknown path command at {data[at : at + 20]!r}")
        at = m.end()
        if m[3]:
            out.append(("Z",))
        else:
            numbers = (float(v) for v in _NUMBER.findall(m[2]))
            out.append((m[1], *(-v if i % 2 else v for i, v in enumerate(numbers))))
    return tuple(out)


def _short(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))

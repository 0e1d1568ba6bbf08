"""The file beside a model: how the model is seen, and how far nodes were moved. It is read with checks, like any file.

Format 1 had the places of moved nodes, for each set of folds anew; from format 2 on it is how far each was moved from
where the layout has it, whatever is folded.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphviz_app.saving import write_whole
from graphviz_app.state import FARTHEST, Moves, Plane, Point, Viewpoint
from graphviz_models.views import DIRECTIONS, LEVELS

FORMAT = 2
OLDER = 1
LARGEST = 1_000_000  # bytes
MOST = 5000  # viewpoints, folds of one, nodes of one
LONGEST = 300  # letters of a name
OUTERMOST = 1e6  # points, of a place

Places = Mapping[Viewpoint, Mapping[str, Point]]  # where nodes were put, of format 1


@dataclass(frozen=True)
class Arrangement:
    """How a model is seen, and how far its nodes were moved, or where an older file has them; `stored` by a file."""

    seen: Viewpoint
    moves: Moves = field(default_factory=dict)
    places: Places = field(default_factory=dict)
    stored: bool = False


def sidecar(path: Path) -> Path:
    """NAME.layout.json beside NAME.toml."""
    return path.with_name(f"{path.stem}.layout.json")


def beside(path: Path) -> Arrangement | None:
    """What lies beside a model, None where nothing does; ValueError, with the reason, where it makes no sense."""
    try:
        with open(sidecar(path), "rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"moved nodes were not read: {error.strerror or error}") from None
    if len(raw) > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes, so the nodes lie where the layout has them")
    try:
        found = json.loads(raw, parse_constant=_refused, parse_int=float)
        if not isinstance(found, dict) or found.get("format") not in (FORMAT, OLDER):
            raise ValueError(f'there is no "format": {FORMAT}')
        seen, moved = _viewpoint(found), _list(found["moved"])
        if found["format"] == OLDER:
            places = {_viewpoint(one): _nodes(one, OUTERMOST) for one in moved}
            return Arrangement(seen, places={where: nodes for where, nodes in places.items() if nodes}, stored=True)
        return Arrangement(seen, {_plane(one): _nodes(one, FARTHEST) for one in moved}, stored=True)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        said = f"{error.args[0]} is missing" if isinstance(error, KeyError) else _sentence(error)
        raise ValueError(f"{said}, so the nodes lie where the layout has them") from None


def keep(path: Path, seen: Viewpoint, moves: Moves) -> None:
    """Write what `beside` reads, whole or not at all. Raises OSError."""
    moved = [
        {**_described(plane), "nodes": {node: [round(x, 6), round(y, 6)] for node, (x, y) in sorted(nodes.items())}}
        for plane, nodes in sorted(moves.items())
    ]
    whole = {"format": FORMAT, **_described(seen.plane), "folded": sorted(seen.folded), "moved": moved}
    write_whole(sidecar(path), json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8") + b"\n")


def moving(now: Moves, then: Moves) -> dict[Plane, list[str]]:
    """The nodes that lie elsewhere, by level and direction."""
    found: dict[Plane, list[str]] = {}
    for plane in {**now, **then}:
        old, new = now.get(plane, {}), then.get(plane, {})
        if old != new:
            found[plane] = [node for node in {**old, **new} if old.get(node) != new.get(node)]
    return found


def _described(plane: Plane) -> dict[str, str]:
    return {"level": plane[0], "direction": plane[1]}


def _plane(found: Mapping[str, Any]) -> Plane:
    level, direction = found["level"], found["direction"]
    if level not in LEVELS or direction not in DIRECTIONS:
        raise ValueError(f"the level is one of {', '.join(LEVELS)}, the direction one of {', '.join(DIRECTIONS)}")
    return level, direction


def _viewpoint(found: Mapping[str, Any]) -> Viewpoint:
    return Viewpoint(*_plane(found), frozenset(_name(one) for one in _list(found["folded"])))


def _nodes(found: Mapping[str, Any], farthest: float) -> dict[str, Point]:
    return {_name(node): _point(place, farthest) for node, place in _few(_table(found["nodes"]).items(), "nodes")}


def _point(place: Any, farthest: float) -> Point:
    x, y = place
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in (x, y)):
        raise ValueError("a place is two numbers")
    if not all(math.isfinite(v) and abs(v) <= farthest for v in (x, y)):
        raise ValueError(f"a place is farther away than {farthest:,.0f} points")
    return float(x), float(y)


def _name(name: Any) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST:
        raise ValueError(f"a name has 1 to {LONGEST} letters")
    name.encode("utf-8")  # half a letter, \ud800, could be read but never written again
    return name


def _table(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError("nodes are a table of places")
    return found


def _list(rows: Any) -> list[Any]:
    if not isinstance(rows, list):
        raise ValueError("what is folded and what is moved are lists")
    return list(_few(rows, "entries"))


def _few(rows: Any, what: str) -> Any:
    if len(rows) > MOST:
        raise ValueError(f"there are more than {MOST:,} {what}")
    return rows


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no place")


def _sentence(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno} is no JSON"
    return (
        str(error)
        if type(error) is ValueError and not str(error).startswith(("not enough", "too many"))
        else ("it does not describe moved nodes")
    )

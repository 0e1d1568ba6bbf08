"""The legend: a sample of every shape on a picture, of the three phases, of shut gates and of heat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf

from graphviz_models.formula import Formula, text
from graphviz_models.layout.rims import RADII
from graphviz_models.theme import ROLES, Theme, mixed

from .body import SHADED, Body
from .geometry import Rect, arrow, head_size
from .marks import Box, Edge, Label, Plate, Point
from .words import plain

_WORDS, _ROW = 14.0, 26.0
_SAMPLE, _WIDE = (28.0, 17.0), 48.0  # of a shape, of an edge or a scale
_BETWEEN, _PAD = 20.0, 12.0
_LEAST = 320.0  # width below which nothing is put into a second row
PHASES = ("forward", "backward")
UPDATE = "update"  # its sample is a parameter that is worked on, an edge where parameters stand on edges alone
GATE, HEAT = "gate shut", "− 0 +"  # what stands beside the samples of the two
FOLDED = {"folded": "group", "a time step later": "delay"}  # and beside those of folds: the roles of their bodies


@dataclass(frozen=True, slots=True)
class Placed:
    """Size and entries of a legend; `samples` has the body that an entry for a role takes its shape from."""

    width: float
    height: float
    places: Mapping[str, Point]
    samples: Mapping[str, Body]
    dotted: bool = False  # whether gates are shown in heat-maps


@dataclass(frozen=True, slots=True)
class Legend:
    """The marks of a legend."""

    boxes: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    plates: list[Plate] = field(default_factory=list)


def placed(bodies: Mapping[str, Body], limit: float, carried: bool = False) -> Placed:
    """The legend of these bodies, at most about `limit` points wide; `carried`: parameters stand on edges."""
    samples: dict[str, Body] = {}
    for one in bodies.values():
        samples.setdefault(one.role, one)
    entries = [role for role in ROLES if role in samples and role != "constant"] + list(PHASES)
    entries += [UPDATE] * (carried or "parameter" in samples)
    entries += [GATE] * any(one.gate for one in bodies.values())
    entries += [HEAT] * any(one.tensor is not None and one.tensor.kind == "heat" for one in bodies.values())
    entries += [entry for entry, role in FOLDED.items() if role in samples]
    rooms = {entry: _room(entry, samples) + text(entry, _WORDS).width for entry in entries}
    y, widest = _PAD / 2, 0.0
    places = {}
    for row in _rows(rooms, max(limit, _LEAST) - 2 * _PAD):
        x = _PAD
        for entry in row:
            places[entry] = x, y
            x += rooms[entry] + _BETWEEN
        widest = max(widest, x - _BETWEEN + _PAD)
        y += _ROW
    dotted = any(one.gate and one.tensor is not None and one.tensor.kind == "heat" for one in bodies.values())
    return Placed(widest, y + _PAD / 2, places, samples, dotted)


def _rows(rooms: Mapping[str, float], limit: float) -> list[list[str]]:
    """The entries in as few rows as fit into `limit`, the rows as equally wide as their order lets them be."""

    def filled(most: float) -> list[list[str]]:
        rows: list[list[str]] = []
        x = inf
        for entry, room in rooms.items():
            if x + room > most:
                rows.append([])
                x = 0.0
            rows[-1].append(entry)
            x += room + _BETWEEN
        return rows

    fewest = filled(limit)
    for width in range(0, int(limit), 10):
        if len(found := filled(width)) == len(fewest):
            return found
    return fewest


def _room(entry: str, samples: Mapping[str, Body]) -> float:
    """From the left of a sample to its word."""
    wide = entry in (*PHASES, HEAT) or (entry == UPDATE and "parameter" not in samples)
    return (_WIDE if wide else _SAMPLE[0]) + 7


def legend(one: Placed, rect: Rect, theme: Theme) -> Legend:
    """The marks of a legend in its rectangle."""
    x, y, width, height = rect
    made = Legend()
    made.plates.append(Plate("legend", "legend", "", x, y, width, height, 6.0, theme.background, theme.muted, 0.75))
    for entry, (left, top) in one.places.items():
        left, middle = x + left, y + top + _ROW / 2
        if entry in PHASES or (entry == UPDATE and "parameter" not in one.samples):
            _phase(made, entry, left, middle, theme)
        elif entry == UPDATE:
            made.boxes.append(_updated(one.samples["parameter"], left, middle, theme))
        elif entry == GATE:
            ground, sign = mixed(theme.muted, theme.background, SHADED), "0"
            if one.dotted:
                ground, sign = theme.heat_colour(0.0), "•"
            made.plates.append(_swatch("gate", left + 5, middle, 18.0, ground, theme))
            _word(made, "gate.zero", sign, left + 5 + (18.0 - text(sign, _WORDS).width) / 2, middle, theme)
        elif entry == HEAT:
            count = len(theme.heat)
            for k, colour in enumerate(theme.heat):
                made.plates.append(_swatch(f"heat{k}", left + k * _WIDE / count, middle, _WIDE / count, colour, theme))
        elif entry in FOLDED:
            _fold(made, one.samples[FOLDED[entry]], left, middle, theme)
        else:
            made.boxes.append(_sample(one.samples[entry], left, middle, theme))
        _word(made, entry, entry, left + _room(entry, one.samples), middle, theme)
    return made


def _word(made: Legend, key: str, words: str, x: float, middle: float, theme: Theme) -> None:
    formula, key = text(words, _WORDS), f"legend.{key}"
    spot = x, middle - 0.34 * _WORDS + 0.68 * _WORDS - formula.ascent
    size = formula.width, formula.height
    of = key if any(box.id == key for box in made.boxes) else ""
    made.labels.append(Label(key, of, "legend", words, formula, *spot, *size, _WORDS, theme.text))


def _swatch(key: str, x: float, middle: float, width: float, fill: str, theme: Theme) -> Plate:
    return Plate(f"legend.{key}", "legend", "", x, middle - 9, width, 18.0, 0.0, fill, theme.muted, 0.5)


def _fold(made: Legend, body: Body, x: float, middle: float, theme: Theme) -> None:
    """The box of a fold, or the square of a delay with its letter."""
    delay, (width, height) = body.role == "delay", _SAMPLE
    fill, key = theme.background if delay else theme.surface, f"legend.{body.role}"
    role, wide = ("operation", 24.0) if delay else ("group", width)
    place = x, middle - height / 2 - 1.5 * delay, wide, height + 3.0 * delay
    made.boxes.append(Box(key, "", role, "rect", *place, "known", fill, theme.rim, theme.rim_width, corner=3.0))
    if delay:
        made.labels.append(_inside(key, body.formula.scaled(12.0 / body.formula.size), place, theme))


def _inside(key: str, formula: Formula, place: Rect, theme: Theme) -> Label:
    x, y = place[0] + (place[2] - formula.width) / 2, place[1] + (place[3] - formula.height) / 2
    size = formula.width, formula.height
    return Label(f"{key}.symbol", key, "symbol", plain(formula.latex), formula, x, y, *size, formula.size, theme.text)


def _sample(body: Body, x: float, middle: float, theme: Theme) -> Box:
    role, shape, (width, height) = body.role, body.form, _SAMPLE
    corner = 0.0
    if shape == "circle":
        x, width = x + (width - height) / 2, height
    elif shape == "pill":
        corner = 4.5 if body.corner == RADII["rounded"] else 0.0
    elif shape == "diamond":
        corner = width / 2 if body.corner > body.width / 3 else 5.0
    return Box(
        f"legend.{role}", "", role, shape, x, middle - height / 2, width, height, "known", theme.fills[role], theme.rim,
        theme.rim_width, theme.target_dash if role == "target" else (), role == "loss", corner,
        hatch=theme.hatches[role], hatch_ink=theme.hatch_ink,
    )  # fmt: skip


def _updated(body: Body, x: float, middle: float, theme: Theme) -> Box:
    """A parameter, as it looks while it gets its new value."""
    rim = theme.phase(UPDATE), theme.active_width, theme.phase_dash(UPDATE)
    sample = _sample(body, x, middle, theme)
    return replace(
        sample, id=f"legend.{UPDATE}", stroke=rim[0], stroke_width=rim[1], dash=rim[2], state="active", hatch=""
    )


def _phase(made: Legend, phase: str, x: float, middle: float, theme: Theme) -> None:
    """Two dots and the edge between them, as it looks in that phase."""
    ends, rim = (f"legend.{phase}", f"legend.{phase}.end"), (theme.rim, theme.rim_width)
    for key, left in zip(ends, (x, x + _WIDE - 8), strict=True):
        made.boxes.append(
            Box(key, "", "operation", "circle", left, middle - 4, 8.0, 8.0, "known", theme.background, *rim)
        )
    points = (x + 8, middle), (x + _WIDE - 8, middle)
    backward = phase == "backward"
    colour, width, dash = theme.phase(phase), theme.active_width, theme.phase_dash(phase)
    shaft, head = arrow(points[::-1] if backward else points, *head_size(width, False))
    made.edges.append(Edge(f"legend.{phase}.edge", *ends, points, shaft, head, colour, width, dash, False, backward))

"""SVG: a picture as one self-contained file, without fonts, styles or scripts, equal byte for byte from run to run.

Every glyph's outline stands in <defs> once, and once more by reference for every size it is used at. Numbers are
rounded to hundredths of a point, points on routes and rims to tenths.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from string import ascii_letters, digits
from xml.sax.saxutils import escape as escape_text

from graphviz_models.formula import Formula, outline_d
from graphviz_models.picture import PLATE, Box, Edge, Label, Picture, Plate, Point, Tensor

NAME = "SVG"
SUFFIXES = (".svg",)

_CONTROL = {code: " " for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: " ", 0xFFFF: " "}
_FEW = 3  # glyphs that are cheaper to place one by one


def write(picture: Picture) -> bytes:
    """The picture as an SVG file in UTF-8, its size in points; every text is escaped."""
    glyphs = Glyphs()
    body = [
        *map(_plate, picture.plates),
        *_edges(picture.edges),
        *_boxes(picture.boxes),
        *(part for tensor in picture.tensors for part in _tensor(tensor, glyphs)),
        *_labels(picture.labels, glyphs),
        *(
            f'<circle cx="{_n(pulse.x)}" cy="{_n(pulse.y)}" r="{_n(pulse.radius)}" fill="{pulse.colour}"/>'
            for pulse in picture.pulses
        ),
        *_labels([pulse.label for pulse in picture.pulses if pulse.label is not None], glyphs),
    ]
    width, height = _n(picture.width), _n(picture.height)
    defs = "".join((*_hatches(picture.boxes), *glyphs.defs))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}" '
        f'role="img" aria-labelledby="t- d-"><title id="t-">{escaped(picture.title or "Computation graph")}</title>'
        f'<desc id="d-">{escaped(picture.description)}</desc><defs>{defs}</defs>'
        f'<path fill="{picture.background}" d="M0 0H{width}V{height}H0z"/>'
    )
    return "\n".join((head, *body, "</svg>\n")).encode("utf-8")


class Glyphs:
    """The outlines that a file uses, as the contents of its <defs>; ids are made of letters and digits."""

    def __init__(self) -> None:
        self.defs: list[str] = []
        self._ids: dict[tuple[str, str], str] = {}

    def id(self, outline: str, scale: float) -> str:
        """The id under which the glyph is defined at that scale (points per outline unit)."""
        size = f"{scale:.5f}".rstrip("0").lstrip("0")
        found = self._ids.get((outline, size))
        if found is None:
            base = self._ids.get((outline, ""))
            if base is None:
                base = self._new(outline, "")
                self.defs.append(f'<path id="{base}" d="{outline_d(outline)}"/>')
            found = self._new(outline, size)
            self.defs.append(f'<use id="{found}" href="#{base}" transform="scale({size})"/>')
        return found

    def _new(self, outline: str, size: str) -> str:
        count = len(self._ids)
        name = ascii_letters[count % 52]
        count //= 52
        while count:
            name, count = name + (ascii_letters + digits)[count % 62], count // 62
        self._ids[outline, size] = name
        return name


def escaped(words: str) -> str:
    """Text for XML: markup escaped, characters that XML forbids replaced by a space."""
    clean = words.translate(_CONTROL).encode("utf-8", "replace").decode("utf-8")
    return escape_text(clean, {'"': "&quot;"})


def _n(number: float, decimals: int = 2) -> str:
    """A number in as few characters as its decimals need."""
    short = f"{number:.{decimals}f}".rstrip("0").rstrip(".")
    if short.startswith("0."):
        return short[1:]
    return "-" + short[2:] if short.startswith("-0.") else "0" if short in ("-0", "") else short


def _path(points: Sequence[Point], closed: bool = False) -> str:
    """Path data in steps from point to point, each rounded so that errors do not add up."""
    x, y = (round(10 * value) for value in points[0])
    data = [f"M{_n(x / 10, 1)} {_n(y / 10, 1)}"]
    for point in points[1:]:
        to_x, to_y = (round(10 * value) for value in point)
        right, down = _n((to_x - x) / 10, 1), _n((to_y - y) / 10, 1)
        if to_y == y:
            data.append(f"h{right}")
        elif to_x == x:
            data.append(f"v{down}")
        else:
            data.append(f"l{right}{'' if down.startswith('-') else ' '}{down}")
        x, y = to_x, to_y
    return "".join(data) + ("z" if closed else "")


def _line(colour: str, width: float, dash: Sequence[float] = ()) -> str:
    dashes = f' stroke-dasharray="{" ".join(map(_n, dash))}"' if dash else ""
    return f'stroke="{colour}" stroke-width="{_n(width)}"{dashes}'


def _rect(x: float, y: float, width: float, height: float, radius: float) -> str:
    """A rectangle's element, its tag still open."""
    corners = f' rx="{_n(radius)}"' if radius > 0 else ""
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"{corners}'


def _plate(plate: Plate) -> str:
    rim = _line(plate.stroke, plate.stroke_width, plate.dash) if plate.stroke else ""
    return f'{_rect(plate.x, plate.y, plate.width, plate.height, plate.radius)} fill="{plate.fill or "none"}" {rim}/>'


def _edges(edges: Iterable[Edge]) -> Iterable[str]:
    """Edges that look alike and follow one another are one path, their heads another."""
    for (colour, width, dash), alike in groupby(edges, key=lambda edge: (edge.colour, edge.width, edge.dash)):
        members = list(alike)
        shafts = "".join(_path(edge.shaft) for edge in members)
        heads = "".join(_path(edge.head, closed=True) for edge in members if edge.head)
        yield f'<path fill="none" stroke-linejoin="round" {_line(colour, width, dash)} d="{shafts}"/>'
        yield f'<path fill="{colour}" d="{heads}"/>'


def _boxes(boxes: Iterable[Box]) -> Iterable[str]:
    """Boxes that look alike and follow one another share a group; a hatch lies over the fill and under the rim."""
    for (fill, stroke, width, dash, hatch, ink), alike in groupby(
        boxes, key=lambda box: (box.fill, box.stroke, box.stroke_width, box.dash, box.hatch, box.hatch_ink)
    ):
        members = list(alike)
        if hatch:
            yield f'<g fill="{fill}">{"".join(f"{_body(box, 0.0)}/>" for box in members)}</g>'
            fill = f"url(#{hatch}-{ink[1:]})"
        elements = []
        for box in members:
            element = _body(box, 0.0) + (' fill="none" stroke="none"' if box.shape == "none" else "")
            title = f"<title>{escaped(box.title)}</title>" if box.title else ""
            elements.append(f"{element}>{title}</{element[1:].partition(' ')[0]}>")
            if box.double:
                elements.append(f'{_body(box, 3.0)} fill="none"/>')
        yield f'<g fill="{fill}" {_line(stroke, width, dash)}>{"".join(elements)}</g>'


def _hatches(boxes: Iterable[Box]) -> Iterable[str]:
    """The patterns of the hatches that occur."""
    for hatch, ink in dict.fromkeys((box.hatch, box.hatch_ink) for box in boxes if box.hatch):
        height, turn, marks = 5, "", "M2.5 0V5"
        if hatch == "dots":
            height, marks = 10, "M2.5 2.5h0M0 7.5h0M5 7.5h0"
        elif hatch in ("horizontal", "grid"):
            marks = "M0 2.5H5" + ("M2.5 0V5" if hatch == "grid" else "")
        elif hatch in ("rising", "falling"):
            turn = f' patternTransform="rotate({45 if hatch == "rising" else -45})"'
        pen = f'{_line(ink, 1.8)} stroke-linecap="round"' if hatch == "dots" else _line(ink, 0.75)
        yield (
            f'<pattern id="{hatch}-{ink[1:]}" width="5" height="{height}" patternUnits="userSpaceOnUse"{turn}>'
            f'<path {pen} d="{marks}"/></pattern>'
        )


def _body(box: Box, inset: float) -> str:
    """The element of the box's shape, `inset` points inside its rim, its tag still open."""
    x, y, width, height = box.x + inset, box.y + inset, box.width - 2 * inset, box.height - 2 * inset
    if box.shape in ("ellipse", "circle"):
        return f'<ellipse cx="{_n(x + width / 2)}" cy="{_n(y + height / 2)}" rx="{_n(width / 2)}" ry="{_n(height / 2)}"'
    if box.shape == "diamond":
        right, bottom, middle = x + width, y + height, y + height / 2
        near, far = x + box.corner, right - box.corner
        points = ((x, middle), (near, y), (far, y), (right, middle), (far, bottom), (near, bottom))
        return f'<path d="{_path(points, closed=True)}"'
    radius = min(width, height) / 2 if box.shape == "pill" else max(0.0, box.corner - inset)
    return _rect(x, y, width, height, radius)


def _tensor(tensor: Tensor, glyphs: Glyphs) -> Iterable[str]:
    filled = "".join(
        f'{_rect(cell.x, cell.y, cell.width, cell.height, 0)} fill="{cell.fill}"/>'
        for cell in tensor.cells
        if cell.fill is not None
    )
    if filled:
        yield f'<g shape-rendering="crispEdges">{filled}</g>'
    for (colour, width), alike in groupby(tensor.strokes, key=lambda stroke: (stroke.colour, stroke.width)):
        yield f'<path fill="none" {_line(colour, width)} d="{"".join(_path(stroke.points) for stroke in alike)}"/>'
    for dot in tensor.dots:
        yield f'<circle cx="{_n(dot.x)}" cy="{_n(dot.y)}" r="{_n(dot.radius)}" fill="{dot.colour}"/>'
    yield from _labels(tensor.labels, glyphs)


def _labels(labels: Iterable[Label], glyphs: Glyphs) -> Iterable[str]:
    """Labels of one colour that follow one another share a group."""
    for colour, alike in groupby(labels, key=lambda label: label.colour):
        elements = []
        for label in alike:
            if label.plate is not None:
                sides = label.width + 2 * PLATE, label.height + 2 * PLATE
                plate = _rect(label.x - PLATE, label.y - PLATE, *sides, PLATE)
                elements.append(f'{plate} fill="{label.plate}"/>')
            elements.append(formula(label.formula, label.x, label.y + label.formula.ascent, glyphs))
        yield f'<g fill="{colour}">{"".join(elements)}</g>'


def formula(marks: Formula, x: float, baseline: float, glyphs: Glyphs) -> str:
    """A formula's marks at (`x`, `baseline`), in the colour of the group that they stand in."""
    apart = len(marks.glyphs) <= _FEW
    left, top = (x, baseline) if apart else (0.0, 0.0)
    uses = "".join(
        f'<use href="#{glyphs.id(glyph.outline, glyph.scale)}"{_at("x", left + glyph.x)}{_at("y", top + glyph.y)}/>'
        for glyph in marks.glyphs
    )
    rules = "".join(f"{_rect(x + a, baseline + b, width, height, 0)}/>" for a, b, width, height in marks.rules)
    return (uses if apart else f'<g transform="translate({_n(x)} {_n(baseline)})">{uses}</g>') + rules


def _at(name: str, value: float) -> str:
    short = _n(value)
    return "" if short == "0" else f' {name}="{short}"'

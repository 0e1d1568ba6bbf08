"""SVG: a picture as one self-contained file, without fonts, styles or scripts, equal byte for byte from run to run.

What stands at several places (a glyph, "h₁ =", an edge with its head, a pill) is written once, in <defs>. Numbers are
rounded to hundredths of a point, points on routes and rims to tenths.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from xml.sax.saxutils import escape as escape_text

from graphviz_models.picture import PLATE, Box, Edge, Label, Picture, Plate, Point, Tensor

from .repeats import Row
from .shapes import FEWEST, Shapes, hundredths, rounded

NAME = "SVG"
SUFFIXES = (".svg",)

_CONTROL = {code: " " for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: " ", 0xFFFF: " "}

Rows = Mapping[int, Row]  # the glyphs of a label, by its identity


def write(picture: Picture) -> bytes:
    """The picture as an SVG file in UTF-8, its size in points; every text is escaped."""
    shapes = Shapes()
    rows = _rows(list(picture.every_label()), shapes)
    body = [
        *map(_plate, picture.plates),
        *_edges(picture.edges, shapes),
        *_boxes(picture.boxes, shapes),
        *(part for tensor in picture.tensors for part in _tensor(tensor, shapes, rows)),
        *_labels(picture.labels, shapes, rows),
        *(
            f'<circle cx="{_n(pulse.x)}" cy="{_n(pulse.y)}" r="{_n(pulse.radius)}" fill="{pulse.colour}"/>'
            for pulse in picture.pulses
        ),
        *_labels([pulse.label for pulse in picture.pulses if pulse.label is not None], shapes, rows),
    ]
    width, height = _n(picture.width), _n(picture.height)
    defs = "".join((*_hatches(picture.boxes), shapes.defs()))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}" '
        f'role="img" aria-labelledby="t- d-"><title id="t-">{escaped(picture.title or "Computation graph")}</title>'
        f'<desc id="d-">{escaped(picture.description)}</desc><defs>{defs}</defs>'
        f'<path fill="{picture.background}" d="M0 0H{width}V{height}H0z"/>'
    )
    return "\n".join((head, *body, "</svg>\n")).encode("utf-8")


def escaped(words: str) -> str:
    """Text for XML: markup escaped, characters that XML forbids replaced by a space."""
    clean = words.translate(_CONTROL).encode("utf-8", "replace").decode("utf-8")
    return escape_text(clean, {'"': "&quot;"})


def _n(length: float) -> str:
    return hundredths(rounded(length))


def _path(points: Sequence[Point], closed: bool = False) -> tuple[str, int, int]:
    """Path data in steps from the first point, and where that is, in tenths, so that roundings do not add up."""
    first_x, first_y = x, y = round(10 * points[0][0]), round(10 * points[0][1])
    data, last = [], ""
    for point in points[1:]:
        to_x, to_y = round(10 * point[0]), round(10 * point[1])
        right, down = hundredths(10 * (to_x - x)), hundredths(10 * (to_y - y))
        before, last = last, "h" if to_y == y else "v" if to_x == x else "l"
        if last == "l":
            data.append(("" if right[0] == "-" else " ") if before == "l" else "l")
            data.append(right + down if down[0] == "-" else f"{right} {down}")
        else:
            data.append(last + (right if last == "h" else down))
        x, y = to_x, to_y
    return "".join(data) + ("z" if closed else ""), first_x, first_y


def _joined(paths: Iterable[tuple[str, int, int]]) -> str:
    """Paths as the data of one."""
    return "".join(f"M{hundredths(10 * x)} {hundredths(10 * y)}{data}" for data, x, y in paths)


def _line(colour: str, width: float, dash: Sequence[float] = ()) -> str:
    dashes = f' stroke-dasharray="{" ".join(map(_n, dash))}"' if dash else ""
    return f'stroke="{colour}" stroke-width="{_n(width)}"{dashes}'


def _rect(x: float, y: float, width: float, height: float, radius: float) -> str:
    """A rectangle's element, its tag still open."""
    corners = f' rx="{_n(radius)}"' if radius > 0 else ""
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"{corners}'


def _square(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as the data of a path."""
    across = _n(width)
    return f"M{_n(x)} {_n(y)}h{across}v{_n(height)}h-{across}z"


def _plate(plate: Plate) -> str:
    rim = _line(plate.stroke, plate.stroke_width, plate.dash) if plate.stroke else ""
    return f'{_rect(plate.x, plate.y, plate.width, plate.height, plate.radius)} fill="{plate.fill or "none"}" {rim}/>'


def _edges(edges: Iterable[Edge], shapes: Shapes) -> Iterable[str]:
    """Edges that look alike and follow one another are one path, their heads another, but for what repeats in them."""
    for (colour, width, dash), alike in groupby(edges, key=lambda edge: (edge.colour, edge.width, edge.dash)):
        ink = f'fill="{colour}" stroke="none" '
        parts: dict[int, tuple[str, bool]] = {}
        row: Row = []
        for edge in alike:
            for points, head in ((edge.shaft, False), (edge.head, True)):
                if len(points) > 1:
                    data, x, y = _path(points, closed=head)
                    style = ink if head else ""
                    shape = shapes.number((style, data), partial(_stroke, style, data), 10 * y)
                    parts[shape] = data, head
                    row.append((shape, 10 * x, 10 * y))
        (row,) = shapes.folded([row])
        single = [(*parts[shape], x // 10, y // 10) for shape, x, y in row if shape in parts]
        shafts = _joined((data, x, y) for data, head, x, y in single if not head)
        heads = _joined((data, x, y) for data, head, x, y in single if head)
        yield (
            f'<g fill="none" stroke-linejoin="round" {_line(colour, width, dash)}>'
            + (f'<path d="{shafts}"/>' if shafts else "")
            + (f'<path {ink}d="{heads}"/>' if heads else "")
            + shapes.uses(place for place in row if place[0] not in parts)
            + "</g>"
        )


def _stroke(style: str, data: str, id_: str, y: str) -> str:
    return f'<path{id_} {style}d="M0 {y}{data}"/>'


def _boxes(boxes: Sequence[Box], shapes: Shapes) -> Iterable[str]:
    """Boxes that look alike and follow one another share a group; a hatch lies over the fill and under the rim."""
    often = Counter(_body(box, 0.0, 0.0, 0.0) for box in boxes)

    def body(box: Box, inset: float = 0.0) -> str:
        key = _body(box, 0.0, 0.0, inset)
        if often[key] < FEWEST:
            return _body(box, box.x, box.y, inset)
        x, y = rounded(box.x), rounded(box.y)
        shape = shapes.number(key, lambda id_, down: _body(box, 0.0, box.y, inset, id_) + "/>", y)
        return f"<use {shapes.at(shape, x, y)}"

    for (fill, stroke, width, dash, hatch, ink), alike in groupby(
        boxes, key=lambda box: (box.fill, box.stroke, box.stroke_width, box.dash, box.hatch, box.hatch_ink)
    ):
        members = list(alike)
        if hatch:
            yield f'<g fill="{fill}">{"".join(f"{body(box)}/>" for box in members)}</g>'
            fill = f"url(#{hatch}-{ink[1:]})"
        elements = []
        for box in members:
            element = body(box) + (' fill="none" stroke="none"' if box.shape == "none" else "")
            title = f"<title>{escaped(box.title)}</title>" if box.title else ""
            elements.append(f"{element}>{title}</{element[1:].partition(' ')[0]}>")
            if box.double:
                elements.append(f'{body(box, 3.0)} fill="none"/>')
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


def _body(box: Box, x: float, y: float, inset: float, id_: str = "") -> str:
    """The element of a box's shape at (`x`, `y`), `inset` points inside its rim, its tag still open."""
    x, y, width, height = x + inset, y + inset, box.width - 2 * inset, box.height - 2 * inset
    if box.shape in ("ellipse", "circle"):
        half, rise = width / 2, height / 2
        return f'<ellipse{id_} cx="{_n(x + half)}" cy="{_n(y + rise)}" rx="{_n(half)}" ry="{_n(rise)}"'
    if box.shape == "diamond":
        right, bottom, middle = x + width, y + height, y + height / 2
        near, far = x + box.corner, right - box.corner
        points = ((x, middle), (near, y), (far, y), (right, middle), (far, bottom), (near, bottom))
        return f'<path{id_} d="{_joined([_path(points, closed=True)])}"'
    radius = max(0.0, box.corner - inset)
    if box.shape == "pill":
        radius = min(width / 2, height / 2, radius if box.corner else width)
    return f"<rect{id_}{_rect(x, y, width, height, radius)[5:]}"


def _tensor(tensor: Tensor, shapes: Shapes, rows: Rows) -> Iterable[str]:
    filled = "".join(
        f'<path fill="{cell.fill}" d="{_square(cell.x, cell.y, cell.width, cell.height)}"/>'
        for cell in tensor.cells
        if cell.fill is not None
    )
    if filled:
        yield f'<g shape-rendering="crispEdges">{filled}</g>'
    for (colour, width), alike in groupby(tensor.strokes, key=lambda stroke: (stroke.colour, stroke.width)):
        yield f'<path fill="none" {_line(colour, width)} d="{_joined(_path(stroke.points) for stroke in alike)}"/>'
    for dot in tensor.dots:
        yield f'<circle cx="{_n(dot.x)}" cy="{_n(dot.y)}" r="{_n(dot.radius)}" fill="{dot.colour}"/>'
    yield from _labels(tensor.labels, shapes, rows)


def _rows(labels: Sequence[Label], shapes: Shapes) -> Rows:
    """The glyphs of each label in thousandths of its em; what several labels begin or end with is one."""
    rows = []
    for label in labels:
        unit = label.formula.size / 1000
        rows.append(
            [
                (
                    shapes.glyph(glyph.outline, glyph.scale / unit),
                    100 * round(glyph.x / unit),
                    100 * round(glyph.y / unit),
                )
                for glyph in label.formula.glyphs
            ]
        )
    return dict(zip(map(id, labels), shapes.folded(rows), strict=True))


def _labels(labels: Iterable[Label], shapes: Shapes, rows: Rows) -> Iterable[str]:
    """Labels as groups; where none overlaps another, those of one colour share one, and those on one baseline too."""
    labels = list(labels)
    free = _apart(labels)
    for colour, alike in groupby(sorted(labels, key=_colour) if free else labels, _colour):
        elements = []
        lines: dict[tuple[int, float], list[Label]] = {}
        for label in alike:
            if label.plate is not None:
                sides = label.width + 2 * PLATE, label.height + 2 * PLATE
                elements.append(f'{_rect(label.x - PLATE, label.y - PLATE, *sides, PLATE)} fill="{label.plate}"/>')
            baseline = rounded(label.y + label.formula.ascent)
            if free:
                lines.setdefault((baseline, label.formula.size), []).append(label)
            else:
                elements.append(_line_of([label], baseline, shapes, rows))
        elements += (_line_of(members, baseline, shapes, rows) for (baseline, _), members in lines.items())
        if len(elements) == 1:
            yield f'<g fill="{colour}"{elements[0][2:]}'
        elif elements:
            yield f'<g fill="{colour}">{"".join(elements)}</g>'


def _line_of(labels: Sequence[Label], baseline: int, shapes: Shapes, rows: Rows) -> str:
    """Labels of one size on one baseline, given in hundredths, in thousandths of their em."""
    unit = labels[0].formula.size / 1000
    left = rounded(labels[0].x)
    inside: list[str] = []
    rules: list[str] = []
    for label in labels:
        x = round((label.x - left / 100) / unit)
        inside.append(shapes.uses(rows[id(label)], 100 * x, 0))
        rules += (
            _square(round(a / unit) + x, *(round(part / unit) for part in rest)) for a, *rest in label.formula.rules
        )
    scale = f"{unit:.6f}".rstrip("0").lstrip("0")
    drawn = "".join(inside) + (f'<path d="{"".join(rules)}"/>' if rules else "")
    return f'<g transform="translate({hundredths(left)} {hundredths(baseline)})scale({scale})">{drawn}</g>'


def _colour(label: Label) -> str:
    return label.colour


def _apart(labels: Sequence[Label]) -> bool:
    """Whether no label, nor its plate, overlaps another one, so that their order does not matter."""
    open_: list[Label] = []
    for label in sorted(labels, key=lambda one: one.x):
        open_ = [one for one in open_ if one.x + one.width + 2 * PLATE > label.x]
        for one in open_:
            if one.y < label.y + label.height + 2 * PLATE and label.y < one.y + one.height + 2 * PLATE:
                return False
        open_.append(label)
    return True

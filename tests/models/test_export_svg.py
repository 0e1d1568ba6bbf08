"""SVG: shapes that are written once and referred to stand where the picture has them, and what repeats is found."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphviz_models.export import FORMATS
from graphviz_models.export.repeats import Row, folded
from graphviz_models.formula import outline_d
from graphviz_models.picture import Picture, Show, picture
from graphviz_models.program import build
from graphviz_models.theme import THEMES
from graphviz_models.trace import run

from .sources import EXERCISES, traced

SVG = "{http://www.w3.org/2000/svg}"
Place = tuple[float, float, float]  # x, y, scale


def drawn(name: str, theme: str = "light") -> Picture:
    trace = traced(name)
    return picture(trace, len(trace.steps) - 2, 0.5, theme=THEMES[theme], show=Show(locals="symbol", legend=True))


def chain(length: int) -> Picture:
    steps = f"h[0] = x\nfor t in range({length}):\n    h[t+1] = tanh(w*h[t])\nL = h[{length}]"
    return picture(run(build(steps, {"x": 1.0}, {}, {"w": 0.9}, {})), 0, show=Show(values=False, deltas=False))


def placed(element: ET.Element, known: dict[str, ET.Element], at: Place) -> Iterator[tuple[ET.Element, Place]]:
    """Everything that is painted under an element, references resolved."""
    x, y, scale = at
    move = re.search(r"translate\(([-.\d]+) ([-.\d]+)\)", element.get("transform", ""))
    if move:
        x, y = x + scale * float(move[1]), y + scale * float(move[2])
    grown = re.search(r"scale\(([.\d]+)\)", element.get("transform", ""))
    scale *= float(grown[1]) if grown else 1.0
    if element.tag == f"{SVG}use":
        moved = x + scale * float(element.get("x", 0)), y + scale * float(element.get("y", 0)), scale
        yield from placed(known[element.get("href", "")[1:]], known, moved)
    elif element.tag == f"{SVG}g":
        for child in element:
            yield from placed(child, known, (x, y, scale))
    else:
        yield element, (x, y, scale)


def painted(written: bytes) -> list[tuple[ET.Element, Place]]:
    tree = ET.fromstring(written)
    known = {name: element for element in tree.iter() if (name := element.get("id"))}
    body = [child for child in tree if child.tag not in (f"{SVG}title", f"{SVG}desc", f"{SVG}defs")]
    return [one for child in body for one in placed(child, known, (0.0, 0.0, 1.0))]


@pytest.mark.parametrize("name", EXERCISES)
def test_every_glyph_stands_where_the_picture_has_it(name: str) -> None:
    shown = drawn(name)
    found: dict[str, list[Place]] = {}
    for element, place in painted(FORMATS[".svg"].write(shown)):
        found.setdefault(element.get("d", ""), []).append(place)
    for label in shown.every_label():
        for glyph in label.formula.glyphs:
            x, y = label.x + glyph.x, label.y + label.formula.ascent + glyph.y
            nearest = min(found[outline_d(glyph.outline)], key=lambda p: abs(p[0] - x) + abs(p[1] - y))
            assert nearest[:2] == pytest.approx((x, y), abs=0.03)
            assert nearest[2] == pytest.approx(glyph.scale, rel=1e-3)
    glyphs = Counter(outline_d(glyph.outline) for label in shown.every_label() for glyph in label.formula.glyphs)
    assert {d: len(found[d]) for d in glyphs} == glyphs


@pytest.mark.parametrize("name", ["sheet9-ex1", "practical1-ex2", "assignment3-q1"])
def test_every_box_and_head_stands_where_the_picture_has_it(name: str) -> None:
    shown = drawn(name, "print")
    ellipses, heads = [], Counter[tuple[float, float]]()
    for element, (x, y, _) in painted(FORMATS[".svg"].write(shown)):
        if element.tag == f"{SVG}ellipse":
            ellipses.append((float(element.get("cx", 0)) + x, float(element.get("cy", 0)) + y))
        for start in re.finditer(r"M([-.\d]+) ([-.\d]+)[^M]*z", element.get("d", "")):
            heads[round(float(start[1]) + x, 1), round(float(start[2]) + y, 1)] += 1
    for box in shown.boxes:
        if box.shape in ("ellipse", "circle"):
            middle = box.x + box.width / 2, box.y + box.height / 2
            assert any(spot == pytest.approx(middle, abs=0.02) for spot in ellipses)
    for edge in shown.edges:
        if edge.head:
            assert heads[round(edge.head[0][0], 1), round(edge.head[0][1], 1)]


def test_a_long_chain_is_no_longer_than_its_words() -> None:
    """A column more costs its label and its title; edges, boxes and letters stand in the file already."""
    short, long = (len(FORMATS[".svg"].write(chain(length))) for length in (100, 200))
    assert long - short < 150 * 100


rows = st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(-3, 3), st.integers(-1, 1)), max_size=30), max_size=5)


@given(rows)
def test_what_was_folded_unfolds_again(rows: list[Row]) -> None:
    made, parts = folded(rows, 3, 10)

    def unfolded(row: Row) -> Row:
        return [
            one
            for shape, x, y in row
            for one in (
                [(part, x + dx, y + dy) for part, dx, dy in unfolded(parts[shape])]
                if shape in parts
                else [(shape, x, y)]
            )
        ]

    assert [unfolded(row) for row in made] == rows
    used = Counter(shape for row in (*made, *parts.values()) for shape, _, _ in row)
    assert all(used[name] >= 3 for name in parts)


def test_what_repeats_is_one_shape() -> None:
    row: Row = [(shape, 10 * k + shape, 0) for k in range(64) for shape in (0, 1)]
    (made,), parts = folded([row], 3, 2)
    assert len(made) + sum(map(len, parts.values())) < 20

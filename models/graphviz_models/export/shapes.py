"""The shapes of an SVG file, each written once in <defs> and referred to wherever it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters, digits

from graphviz_models.formula import outline_d

from .repeats import Placed, Row, folded

FEWEST = 3  # places at which a shape must stand for a reference to be shorter

Element = Callable[[str, str], str]  # id attribute with its space before, y: the element of a shape at x = 0


@lru_cache(maxsize=65536)
def hundredths(count: int) -> str:
    """So many hundredths of a point, in as few characters as it needs."""
    sign, whole, rest = "-" if count < 0 else "", *divmod(abs(count), 100)
    return f"{sign}{whole or ''}.{rest:02}".rstrip("0") if rest else f"{sign}{whole}"


def rounded(length: float) -> int:
    """Points as hundredths."""
    return round(100 * length)


@dataclass(frozen=True, slots=True)
class _Shape:
    element: Element | None  # None: glyphs, and what is made of other shapes
    y: int  # where it stands in <defs>: most of its places need no y then
    glyph: tuple[str, str] = ("", "")  # outline, scale
    parts: tuple[Placed, ...] = ()


class Shapes:
    """All shapes of one file. Ids are made of letters and digits."""

    def __init__(self) -> None:
        self._shapes: list[_Shape] = []
        self._numbers: dict[Hashable, int] = {}
        self._ids: dict[int, str] = {}
        self._count = 0

    def number(self, key: Hashable, element: Element, y: int) -> int:
        """The number of the shape known as `key`, which was first seen at height `y`."""
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self._shapes)
            self._shapes.append(_Shape(element, y))
        return found

    def glyph(self, outline: str, size: float) -> int:
        """The number of a glyph, `size` times as large as its outline; it stands on its origin."""
        key = outline, f"{size:.4f}".rstrip("0").rstrip(".").lstrip("0")
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self._shapes)
            self._shapes.append(_Shape(None, 0, key))
        return found

    def folded(self, rows: list[Row]) -> list[Row]:
        """The rows in as few shapes as possible: what stands side by side again and again becomes one."""
        first = len(self._shapes)
        rows, made = folded(rows, FEWEST, first)
        numbers: dict[int, int] = {}
        for name, row in made.items():
            numbers[name] = len(self._shapes)
            parts = tuple((numbers.get(shape, shape), x, y) for shape, x, y in row)
            y = self._shapes[parts[0][0]].y
            self._shapes.append(_Shape(None, y, parts=parts))
        return [[(numbers.get(shape, shape), x, y) for shape, x, y in row] for row in rows]

    def uses(self, row: Iterable[Placed], x: int = 0, y: int = 0) -> str:
        """References to the shapes of a row, the row as a whole moved by (`x`, `y`)."""
        return "".join(f"<use {self.at(shape, px + x, py + y)}/>" for shape, px, py in row)

    def at(self, shape: int, x: int, y: int) -> str:
        """The attributes of a reference to one shape."""
        y -= self._shapes[shape].y
        across, down = f' x="{hundredths(x)}"' if x else "", f' y="{hundredths(y)}"' if y else ""
        return f'href="#{self._id(shape)}"{across}{down}'

    def defs(self) -> str:
        """The definition of all shapes that have been referred to."""
        out: list[str] = []
        written = 0
        ids = self._ids
        sizes: Counter[str] = Counter()
        while written < len(ids):  # a definition may refer to further shapes
            for shape in list(ids)[written:]:
                written += 1
                one = self._shapes[shape]
                if one.parts:
                    down = one.y
                    out.append(f'<g id="{ids[shape]}">{self.uses(one.parts, 0, down)}</g>')
                elif one.element is not None:
                    out.append(one.element(f' id="{ids[shape]}"', hundredths(one.y)))
                else:
                    sizes[one.glyph[0]] += 1
        whole = {one.glyph[0]: id_ for shape, id_ in ids.items() if (one := self._shapes[shape]).glyph[1] == "1"}
        for shape, id_ in list(ids.items()):
            outline, size = self._shapes[shape].glyph
            if not outline:
                continue
            if size == "1":
                out.append(f'<path id="{id_}" d="{outline_d(outline)}"/>')
            elif sizes[outline] == 1:
                out.append(f'<path id="{id_}" transform="scale({size})" d="{outline_d(outline)}"/>')
            else:
                if outline not in whole:
                    whole[outline] = self._name()
                    out.append(f'<path id="{whole[outline]}" d="{outline_d(outline)}"/>')
                out.append(f'<use id="{id_}" href="#{whole[outline]}" transform="scale({size})"/>')
        return "".join(out)

    def _id(self, shape: int) -> str:
        found = self._ids.get(shape)
        if found is None:
            found = self._ids[shape] = self._name()
        return found

    def _name(self) -> str:
        count = self._count
        self._count += 1
        name = ascii_letters[count % 52]
        count //= 52
        while count:
            name, count = name + (ascii_letters + digits)[count % 62], count // 62
        return name

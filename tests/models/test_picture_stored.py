"""A picture kept from one run to the next is the same picture; what is anything else is refused."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphviz_models.formula import Formula, Glyph, outline
from graphviz_models.picture import Picture, Show, picture
from graphviz_models.picture.stored import restored, stored
from graphviz_models.sheet import exercises, load
from graphviz_models.theme import THEMES
from graphviz_models.trace import run


def drawn(name: str, at: int | None = 0, theme: str = "light") -> Picture:
    sheet = load(name)
    trace = run(sheet.program, sheet.notation)
    at = len(trace.steps) - 2 if at is None else at
    return picture(trace, at, 0.5, theme=THEMES[theme], show=Show(legend=True, locals="symbol", shapes=True))


def same(a: Any, b: Any) -> bool:
    """Whether two marks are equal, but for the names of the shapes of glyphs, which are the same shapes."""
    if isinstance(a, Glyph):
        return a[1:] == b[1:] and outline(a.outline) == outline(b.outline)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, one.name), getattr(b, one.name)) for one in fields(a))
    return bool(a == b)


@pytest.mark.parametrize("name", [exercise[0] for exercise in exercises()])
@pytest.mark.parametrize("at", [0, None])
def test_what_is_kept_is_the_same_picture(name: str, at: int | None) -> None:
    shown = drawn(name, at, "print" if at else "dark")
    assert same(restored(json.loads(json.dumps(stored(shown)))), shown)


def test_no_shape_is_learnt_from_a_file() -> None:
    """A file that has another shape for a glyph changes no formula."""
    shown = drawn("sheet9-ex1")
    glyph = next(glyph for label in shown.labels for glyph in label.formula.glyphs)
    before = outline(glyph.outline)
    found = stored(shown)
    found["shapes"] = dict.fromkeys(found["shapes"], "M0 0L1 1Z")
    restored(found)
    assert outline(glyph.outline) == before


PLAIN = json.loads(json.dumps(stored(drawn("sheet9-ex1"))))
RUBBISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=8), parts, max_size=3),
    max_leaves=8,
)


@given(RUBBISH)
def test_rubbish_is_refused(found: Any) -> None:
    with pytest.raises(ValueError):
        restored(found)


@given(st.data(), RUBBISH)
def test_rubbish_in_a_picture_is_refused_or_a_picture(data: st.DataObject, rubbish: Any) -> None:
    found = json.loads(json.dumps(PLAIN))
    place = found["picture"]
    for _ in range(data.draw(st.integers(0, 4))):
        inner = [one for one in place if isinstance(one, list) and one]
        if not inner:
            break
        place = data.draw(st.sampled_from(inner))
    place[data.draw(st.integers(0, len(place) - 1))] = rubbish
    try:
        made = restored(found)
    except ValueError:
        return
    assert isinstance(made, Picture)
    assert all(isinstance(label.formula, Formula) for label in made.every_label())

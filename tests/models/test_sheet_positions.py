"""Where things stand in a TOML text, against texts made from known places."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphviz_models.sheet import exercises, source
from graphviz_models.sheet.positions import Path, Positions, decoded

TEXT = '''format = 1
title = "x" # ] a comment }
equations = """\r
h[0] = 0
y = "a" \\
   + b\\tc
z
"""
[inputs]
x = {1 = 0.5, "2" = -1.0} # family
a.b."c d" = [1, [2, 3], # foo ]
 4]
[[questions]]
label = 'a'
[[questions]]
label = 'b'
q = [ {a = 1}, {b = [1,2,{c='}'}]}, "]" ]
[questions.sub]
k=1979-05-27 07:32:00
[ 'lit' . "e\\u0041" ]
v = +1.5
'''


@pytest.mark.parametrize(
    ("path", "place", "written"),
    [
        (("format",), (1, 1), "1"),
        (("title",), (2, 1), '"x"'),
        (("inputs",), (9, 2), None),
        (("inputs", "x"), (10, 1), '{1 = 0.5, "2" = -1.0}'),
        (("inputs", "x", "1"), (10, 6), "0.5"),
        (("inputs", "x", "2"), (10, 15), "-1.0"),
        (("inputs", "a", "b", "c d"), (11, 5), "[1, [2, 3], # foo ]\n 4]"),
        (("inputs", "a", "b", "c d", 1, 1), (11, 5), "3"),
        (("inputs", "a", "b", "c d", 2), (11, 5), "4"),
        (("inputs", "a", "b", "c d", 3), (11, 5), None),
        (("questions", 0, "label"), (14, 1), "'a'"),
        (("questions", 1), (15, 3), None),
        (("questions", 1, "q", 1, "b", 2, "c"), (17, 27), "'}'"),
        (("questions", 1, "q", 2), (17, 1), '"]"'),
        (("questions", 1, "sub", "k"), (19, 1), "1979-05-27 07:32:00"),
        (("lit", "eA"), (20, 11), None),
        (("lit", "eA", "v"), (21, 1), "+1.5"),
        (("lit", "missing"), (20, 3), None),
        (("nothing",), (1, 1), None),
    ],
)
def test_keys_and_values_are_found(path: Path, place: tuple[int, int], written: str | None) -> None:
    tomllib.loads(TEXT.replace("\r\n", "\n"))
    positions = Positions(TEXT)
    span = positions.span(path)
    assert positions.place(path) == place
    assert (None if span is None else TEXT[slice(*span)]) == written


@pytest.mark.parametrize(
    ("line", "column", "place"),
    [
        (1, 1, (4, 1)),
        (1, 8, (4, 8)),
        (2, 9, (6, 4)),  # behind the continued line
        (2, 12, (6, 7)),  # the escaped tab
        (2, 13, (6, 9)),
        (3, 1, (7, 1)),
        (3, 99, (7, 2)),
        (9, 1, (8, 1)),
    ],
)
def test_a_place_inside_a_text_is_found_in_the_file(line: int, column: int, place: tuple[int, int]) -> None:
    assert Positions(TEXT).content(("equations",), line, column) == place


def walk(value: Any, path: Path = ()) -> Any:
    """Every value of parsed TOML with its path."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, (*path, index))


def assert_spans_parse_to_their_values(text: str) -> None:
    positions = Positions(text)
    for path, value in walk(tomllib.loads(text.replace("\r\n", "\n"))):
        span = positions.span(path)
        if span is None:
            assert isinstance(value, dict | list)
        else:
            again = tomllib.loads("value = " + text[slice(*span)].replace("\r\n", "\n"))["value"]
            assert repr(again) == repr(value)
            if isinstance(value, str):
                content, offsets = decoded(text, *span)
                assert content == value
                assert len(offsets) == len(content) + 1
                assert offsets == sorted(offsets)


@pytest.mark.parametrize("name", [name for name, _, _ in exercises()])
def test_every_span_of_every_exercise_holds_its_value(name: str) -> None:
    text, _ = source(name)
    assert_spans_parse_to_their_values(text)
    assert_spans_parse_to_their_values(text.replace("\n", "\r\n"))


def test_every_span_holds_its_value() -> None:
    assert_spans_parse_to_their_values(TEXT)


WORD = st.text("ab#[]{}\"'\\=,. \n\tλ", max_size=6)


def quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def literal(word: str) -> str:
    return f"'''\n{word}'''" if "'" not in word else quoted(word)


def long(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{escaped}\\\n   """' if not word.startswith("\n") else quoted(word)


SCALAR = st.one_of(
    st.integers(-99, 99).map(str), st.floats(0, 1).map(repr), st.sampled_from([quoted, literal, long]).flatmap(WORD.map)
)
BLANK = st.sampled_from(["", " ", "\n", ' # ]}"\n', "\r\n\t"])


@st.composite
def arrays(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    members = draw(st.lists(values, max_size=3))
    return "[" + ",".join(draw(BLANK) + member + draw(BLANK) for member in members) + draw(BLANK) + "]"


@st.composite
def tables(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    keys = draw(st.lists(st.text("abc", min_size=1, max_size=2), max_size=3, unique=True))
    return "{" + ", ".join(f"{key} = {draw(values)}" for key in keys) + " }"


VALUE = st.recursive(SCALAR, lambda inner: arrays(inner) | tables(inner), max_leaves=8)


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines = []
    for number in range(draw(st.integers(0, 4))):
        header = draw(st.sampled_from(["", f"[t{number}]", "[[list]]", f"[t{number}.'a b']", "[[list]] # x"]))
        lines.append(header)
        for index, value in enumerate(draw(st.lists(VALUE, max_size=3))):
            lines.append(f"{draw(st.sampled_from(['', 'p.', '   ']))}k{number}{index} = {value} {draw(BLANK).strip()}")
    return "\n".join(lines)


@given(documents())
def test_every_span_of_any_valid_text_holds_its_value(text: str) -> None:
    try:
        tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError:
        return
    assert_spans_parse_to_their_values(text)

"""One value written back into a file's text: that number changes, every other character stays."""

import tomllib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphviz_models.problem import Problems
from graphviz_models.sheet import exercises, read, source, with_value

TEXT = """# my model
equations = "L = sum(W @ x[1]) + w"

[inputs]   # given
x = {1 = [0.5, 2],  -2 = 1e-3}   # a family
[inputs.z]
3 = [ # rows
  [1.0, 2.0],  # first
  [3.0, 4.0], # second
]
[parameters]
w = 0.8 # the weight
"W" = {shape = [2, 2], init = "normal"}  # drawn
[parameters.B]
shape = [2]
init = "ones"
[targets]
c = 2   # a class
"""


def difference(new: str, old: str = TEXT) -> tuple[str, str]:
    """What was there and what is there now, the common beginning and end left out."""
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[start : len(old) - end], new[start : len(new) - end]


@pytest.mark.parametrize(
    ("node", "value", "entry", "line"),
    [
        ("w", -2.5, (), "w = -2.5 # the weight"),
        ("w", 3, (), "w = 3.0 # the weight"),
        ("x[-2]", 7.0, (), "x = {1 = [0.5, 2],  -2 = 7.0}   # a family"),
        ("x[1]", [1.5, 3.0], (), "x = {1 = [1.5, 3],  -2 = 1e-3}   # a family"),
        ("x[1]", 9.5, (0,), "x = {1 = [9.5, 2],  -2 = 1e-3}   # a family"),
        ("x[1]", [1.5, 3.0, 4.0], (), "x = {1 = [1.5, 3.0, 4.0],  -2 = 1e-3}   # a family"),
        ("z[3]", 0.25, (1, 0), "  [0.25, 4.0], # second"),
        ("z[3]", [5.0, 6.0], (0,), "  [5.0, 6.0],  # first"),
        ("W", [[1.0, 2.0], [3.0, 4.5]], (), '"W" = [[1.0, 2.0], [3.0, 4.5]]  # drawn'),
        ("c", 1, (), "c = 1   # a class"),
        ("c", 1.0, (), "c = 1   # a class"),
        ("c", 1.5, (), "c = 1.5   # a class"),
        ("w", 1e300, (), "w = 1e+300 # the weight"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_number_or_array_changes_and_nothing_else(
    node: str, value: Any, entry: tuple[int, ...], line: str, newline: str
) -> None:
    text = TEXT.replace("\n", newline)
    lines, new = text.split(newline), with_value(text, node, value, entry).split(newline)
    assert len(new) == len(lines)
    changed = [number for number, (a, b) in enumerate(zip(lines, new, strict=True)) if a != b]
    assert [new[number] for number in changed] == [line]


def test_a_whole_array_of_the_same_shape_keeps_the_comments_between_its_rows() -> None:
    new = with_value(TEXT, "z[3]", np.array([[1.0, 2.5], [3.0, -4.0]]))
    assert "  [1.0, 2.5],  # first\n  [3.0, -4.0], # second\n]" in new


def test_large_arrays_stay_below_the_longest_line() -> None:
    array = np.random.default_rng(0).standard_normal((100, 100))
    new = with_value(TEXT, "W", array)
    assert max(map(len, new.split("\n"))) <= 120
    np.testing.assert_array_equal(tomllib.loads(new)["parameters"]["W"], array)


@pytest.mark.parametrize(
    ("node", "entry", "line", "said"),
    [
        ("v", (), 1, "v is not given"),
        ("x[9]", (), 1, "not given"),
        ("B", (), 14, "has a section of its own"),
        ("w", (0,), 12, "no entry [0]"),
        ("z[3]", (5,), 7, "no entry [5]"),
    ],
)
def test_what_cannot_be_written_is_a_problem_with_its_place(
    node: str, entry: tuple[int, ...], line: int, said: str
) -> None:
    with pytest.raises(Problems) as caught:
        with_value(TEXT, node, 1.0, entry)
    assert caught.value.problems[0].line == line
    assert said in str(caught.value)


def test_a_value_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="must be finite"):
        with_value(TEXT, "w", np.nan)


def test_a_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(Problems, match="no valid TOML"):
        with_value("w = ", "w", 1.0)


@pytest.mark.parametrize("name", [name for name, _, _ in exercises()])
def test_every_given_value_of_every_exercise_can_be_written(name: str) -> None:
    text, _ = source(name)
    program = read(text).program
    for node, given_node in program.given.items():
        value = np.asarray(given_node.value) + (1 if given_node.integer else 0.125)
        new = with_value(text, node, value)
        after = read_values(new)
        before = read_values(text)
        assert {key for key in before if not np.array_equal(before[key], after[key])} == {node}
        np.testing.assert_array_equal(after[node], value)
        assert len(difference(new, text)[0]) < len(text) // 2


def read_values(text: str) -> dict[str, Any]:
    """The given values as typed, without reading the equations: a class may now lie outside its array."""
    data = tomllib.loads(text)
    found: dict[str, Any] = {}
    for section in ("inputs", "targets", "parameters"):
        for key, raw in data.get(section, {}).items():
            if isinstance(raw, dict) and not {"shape", "init"} & raw.keys():
                found.update({f"{key}[{index}]": member for index, member in raw.items()})
            else:
                found[key] = raw
    return found


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_comes_back_as_it_was(number: float) -> None:
    assert tomllib.loads(with_value(TEXT, "w", number))["parameters"]["w"] == number

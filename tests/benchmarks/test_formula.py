"""How long formulas take: for the first time, again, and against matplotlib's mathtext where that is installed."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import pytest

from graphviz_models.formula import setting, text, typeset

# Within what mathtext can do: no matrices, no underbraces.
LINES = [
    r"\delta_1 = \frac{\partial L}{\partial h_1} = g \cdot \frac{\partial y}{\partial h_1} + \delta_2",
    r"\delta_2 \left(1 - \tanh^2(h_1)\right) = -0.937",
    r"\frac{\partial L}{\partial w} = \delta_2 x_2 + \delta_1 x_1",
    r"W_{hh}^{(k)} + \log\left(1 + e^{-yt}\right)",
]


def forget() -> None:
    """Empty the caches of what was typeset (the outlines of the glyphs stay, as they do in a running program)."""
    for cache in (setting._typeset, setting._text):
        cache.cache_clear()


def milliseconds(work: Callable[[], object], rounds: int = 15) -> float:
    """The median over some rounds."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(1e3 * (time.perf_counter() - start))
    return median(taken)


def first_time() -> None:
    forget()
    for line in LINES:
        typeset(line, 16.0)


def again() -> None:
    for line in LINES:
        typeset(line, 16.0)


def test_first_time() -> None:
    first_time()
    assert milliseconds(first_time) / len(LINES) < 3.0


def test_again_costs_nothing() -> None:
    again()
    assert milliseconds(again) < 0.02 * milliseconds(first_time)


def test_numbers() -> None:
    """A step may put a hundred new numbers on the picture."""

    def numbers() -> None:
        forget()
        for k in range(100):
            text(f"−0.{k:04}", 12.0)

    numbers()
    assert milliseconds(numbers) < 20.0


def test_against_mathtext() -> None:
    """Over a session, in which formulas come again, 50 times as fast as mathtext; 15 times the first time."""
    mathtext = pytest.importorskip("matplotlib.mathtext")
    parser = mathtext.MathTextParser("path")

    def theirs() -> None:
        parser._parse_cached.cache_clear()
        for line in LINES:
            parser.parse(f"${line}$", 72.0)

    def session() -> None:
        forget()
        for _ in range(100):
            again()

    theirs()
    their_time = milliseconds(theirs)
    assert milliseconds(first_time) * 15 <= their_time
    assert milliseconds(session) * 50 <= 100 * their_time

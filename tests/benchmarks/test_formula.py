"""How long formulas take: for the first time, again, and against matplotlib's mathtext where that is installed."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import mathra
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

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


def microseconds(work: Callable[[], object], times: int) -> float:
    """The time that a line takes in so many calls in a row."""
    start = time.process_time()
    for _ in range(times):
        work()
    return 1e6 * (time.process_time() - start) / times / len(LINES)


def first_time() -> None:
    forget()
    for line in LINES:
        typeset(line, 16.0)


def again() -> None:
    for line in LINES:
        typeset(line, 16.0)


def session() -> None:
    """Formulas of a lesson: each comes a hundred times."""
    forget()
    for _ in range(100):
        again()


def test_first_time(benchmark: BenchmarkFixture) -> None:
    first_time()
    benchmark(first_time)


def test_again(benchmark: BenchmarkFixture) -> None:
    again()
    benchmark(again)


def test_numbers(benchmark: BenchmarkFixture) -> None:
    """A step may put a hundred new numbers on the picture."""

    def numbers() -> None:
        forget()
        for k in range(100):
            text(f"−0.{k:04}", 12.0)

    numbers()
    benchmark(numbers)


def test_against_mathtext(benchmark: BenchmarkFixture) -> None:
    """Goal: 50 times as fast as mathtext; mathra alone is about 65 times."""
    mathtext = pytest.importorskip("matplotlib.mathtext")
    parser = mathtext.MathTextParser("path")

    def theirs() -> None:
        parser._parse_cached.cache_clear()
        for line in LINES:
            parser.parse(f"${line}$", 72.0)

    def mathra_alone() -> None:
        for line in LINES:
            mathra.tex_to_svg(line)

    works = {"mathtext": theirs, "first time": first_time, "in a session": session, "mathra alone": mathra_alone}
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(12):
        for name, work in works.items():
            taken[name].append(microseconds(work, 1 if work is theirs else 20))
    found = {name: median(times[1:]) for name, times in taken.items()}
    found["in a session"] /= 100
    benchmark.extra_info |= {f"mathtext over ours, {name}": found["mathtext"] / found[name] for name in found}
    benchmark.extra_info |= {f"microseconds a formula, {name}": one for name, one in found.items()}
    benchmark.pedantic(first_time)

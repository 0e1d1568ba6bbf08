"""How long a picture takes: one step of a sheet after the first one, and an SVG against Graphviz's."""

from __future__ import annotations

import shutil
import subprocess
import time
from statistics import median

import pytest

from graphviz_models.export import FORMATS
from graphviz_models.picture import Show, picture
from graphviz_models.program import build
from graphviz_models.sheet import load
from graphviz_models.trace import Trace, run


def sheet_trace(name: str, level: str = "variables") -> Trace:
    sheet = load(name)
    return run(sheet.program.at_level(level), sheet.notation)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("sheet9-ex1", "variables"),
        ("practical1-ex2", "variables"),
        ("practical1-ex2", "neurons"),
        ("assignment3-q1", "variables"),
    ],
)
def test_a_step_takes_three_milliseconds_at_most(name: str, level: str) -> None:
    trace = sheet_trace(name, level)
    picture(trace, 0)
    taken = []
    for at in range(1, len(trace.steps) + 1):
        for progress in (0.3, 1.0):
            start = time.perf_counter()
            picture(trace, at, progress)
            taken.append(time.perf_counter() - start)
    assert median(taken) < 0.003


def test_a_step_of_a_sheet(benchmark: object) -> None:
    trace = sheet_trace("sheet9-ex1")
    picture(trace, 0)
    benchmark(picture, trace, 8, 0.4)  # type: ignore[operator]


def test_svg_of_a_hundred_nodes_against_dot(benchmark: object) -> None:
    """At least 20 times faster than `dot -Tsvg` and half its size, although ours carries the letters' outlines."""
    trace = run(
        build("h[0] = x\nfor t in range(96):\n    h[t+1] = tanh(w*h[t])\nL = h[96]", {"x": 1.0}, {}, {"w": 0.9}, {})
    )
    drawn = picture(trace, 0, show=Show(values=False, deltas=False))
    assert len(drawn.boxes) == 100
    written = benchmark(FORMATS[".svg"].write, drawn)  # type: ignore[operator]
    if shutil.which("dot") is None:
        pytest.skip("dot is not installed")
    edges = "".join(f'"{edge.source}"->"{edge.target}";' for edge in drawn.edges)
    nodes = "".join(f'"{box.id}"[label="{box.node}"];' for box in drawn.boxes)
    times, sizes = [], []
    for _ in range(3):
        start = time.perf_counter()
        other = subprocess.run(
            ["dot", "-Tsvg"], input=f"digraph{{rankdir=LR;{nodes}{edges}}}".encode(), capture_output=True, check=True
        )
        times.append(time.perf_counter() - start)
        sizes.append(len(other.stdout))
    start = time.perf_counter()
    FORMATS[".svg"].write(drawn)
    own = time.perf_counter() - start
    benchmark.extra_info |= {"bytes": len(written), "dot": f"{1e3 * min(times):.0f} ms, {sizes[0]} bytes"}  # type: ignore[attr-defined]
    assert own * 20 < min(times)
    assert len(written) * 2 <= sizes[0]

"""How long a picture takes: one step of a sheet after the first one, and an SVG against Graphviz's."""

from __future__ import annotations

import shutil
import subprocess
import time
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

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
def test_steps_of_sheets(benchmark: BenchmarkFixture, name: str, level: str) -> None:
    """Goal: 3 ms at most."""
    trace = sheet_trace(name, level)
    picture(trace, 0)
    taken = []
    for at in range(1, len(trace.steps) + 1):
        for progress in (0.3, 1.0):
            start = time.perf_counter()
            picture(trace, at, progress)
            taken.append(time.perf_counter() - start)
    benchmark.extra_info["milliseconds"] = 1e3 * median(taken)
    benchmark.pedantic(picture, (trace, len(trace.steps)))


def test_a_step_of_a_sheet(benchmark: BenchmarkFixture) -> None:
    trace = sheet_trace("sheet9-ex1")
    picture(trace, 0)
    benchmark(picture, trace, 8, 0.4)


def test_svg_of_a_hundred_nodes_against_dot(benchmark: BenchmarkFixture) -> None:
    """Goal: 20 times as fast as `dot -Tsvg` and a fifth of its size, although ours carries the letters' outlines."""
    trace = run(
        build("h[0] = x\nfor t in range(96):\n    h[t+1] = tanh(w*h[t])\nL = h[96]", {"x": 1.0}, {}, {"w": 0.9}, {})
    )
    drawn = picture(trace, 0, show=Show(values=False, deltas=False))
    full = picture(trace, len(trace.steps))
    assert len(drawn.boxes) == 100
    written = benchmark(FORMATS[".svg"].write, drawn)
    assert written == FORMATS[".svg"].write(drawn)
    if shutil.which("dot") is None:
        pytest.skip("dot is not installed")
    edges = "".join(f'"{edge.source}"->"{edge.target}";' for edge in drawn.edges)
    words = {box.id: [box.node] for box in full.boxes}
    for label in full.labels:
        if isinstance(label.of, str) and label.kind != "symbol":
            words[label.of].append(label.text)
    bare, filled = (
        "".join(f'"{name}"[label="{separator.join(lines)}"];' for name, lines in table.items())
        for table, separator in (({name: lines[:1] for name, lines in words.items()}, ""), (words, "\\n"))
    )
    times: dict[str, list[float]] = {"ours": [], "dot": []}
    for _ in range(3):
        start = time.perf_counter()
        other = dot(f"digraph{{rankdir=LR;{bare}{edges}}}")
        middle = time.perf_counter()
        FORMATS[".svg"].write(drawn)
        times["ours"].append(time.perf_counter() - middle)
        times["dot"].append(middle - start)
    benchmark.extra_info |= {
        "size, of dot's": len(written) / len(other),
        "size with values and deltas, of dot's": len(FORMATS[".svg"].write(full))
        / len(dot(f"digraph{{rankdir=LR;{filled}{edges}}}")),
        "times as fast as dot": median(times["dot"]) / median(times["ours"]),
    }


def dot(source: str) -> bytes:
    """What Graphviz makes of a graph."""
    return subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=True).stdout

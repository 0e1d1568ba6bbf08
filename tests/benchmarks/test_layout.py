"""Layouts against Graphviz's dot, where it is installed, and graphlay: processor time and crossings, in turns.

Nothing is asserted of time: the ratios are kept with the benchmark and written where the tests are watched. What is
asserted is what the time was spent for: no edge through a box, and no more crossings than the goal of each graph.
"""

from __future__ import annotations

import importlib
import resource
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from graphviz_models.expr import uncollected
from graphviz_models.layout import Layout, arrange
from graphviz_models.picture import Show
from graphviz_models.sheet import exercises, load
from graphviz_models.views import LEVELS
from tests.models import graphs, rivals, ruler
from tests.models.graphs import Graph
from tests.models.ruler import Drawing

OURS, DOT, GRAPHLAY = "ours", "dot", "graphlay"


def laid(graph: Graph) -> Layout:
    """As a plan of the picture has it laid out: while the garbage collector waits."""
    items, links, shapes = graph
    with uncollected():
        return arrange(items, links, shapes=shapes)


def ours(graph: Graph) -> Drawing:
    items, links, shapes = graph
    return ruler.of_layout(items, links, shapes, laid(graph))


def spent(run: Callable[[], object]) -> float:
    """Seconds of processor time, those of processes that it starts included."""

    def now() -> float:
        others = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + others.ru_utime + others.ru_stime

    start = now()
    run()
    return now() - start


def race(graph: Graph, rounds: int, graphlay: bool = True) -> dict[str, float]:
    """The median time of everyone, in milliseconds, all taking turns."""
    items, links, _ = graph
    runs: dict[str, Callable[[], object]] = {OURS: lambda: laid(graph)}
    if rivals.DOT:
        runs[DOT] = lambda: rivals.by_dot(items, links)
    if graphlay:
        runs[GRAPHLAY] = lambda: rivals.by_graphlay(items, links)
    laid(graph)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(spent(run))
    return {name: 1e3 * median(several) for name, several in times.items()}


def report(title: str, times: dict[str, float], benchmark: Any, capsys: Any, **more: object) -> None:
    ratios = {f"{OURS} by {name}": round(times[OURS] / ms, 5) for name, ms in times.items() if name != OURS}
    benchmark.extra_info.update({"ms": {name: round(ms, 2) for name, ms in times.items()}} | ratios | more)
    with capsys.disabled():
        sys.stdout.write(f"\n{title}: {benchmark.extra_info}\n")


@pytest.mark.parametrize("steps", [30, 100])
def test_an_unrolled_recurrence(steps: int, benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """L1: nothing crosses; the goal at 100 steps is a two-hundredth of dot's time."""
    graph = graphs.rnn(steps)
    drawing = ours(graph)
    assert ruler.crossings(drawing) == 0
    assert ruler.through(drawing) == []
    times = race(graph, 1, graphlay=steps < 100)
    report(f"recurrence, {steps} steps", times, benchmark, capsys)
    benchmark(laid, graph)


@pytest.mark.parametrize("family", [graphs.rnn, graphs.rnn_operations], ids=["variables", "operations"])
def test_a_thousand_steps(family: Callable[[int], Graph], benchmark: Any) -> None:
    """L1: the goal is 20 ms; dot crashes."""
    graph = family(1000)
    assert len(benchmark(laid, graph).routes) == len(graph[1])


@pytest.mark.parametrize("level", LEVELS)
def test_the_sheets(level: str, benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """L2: 5 ms for a sheet."""
    taken: dict[str, dict[str, float]] = {}
    for name, *_ in exercises():
        taken[name] = race(graph_of(name, level), 3)
    slowest = max(taken, key=lambda name: taken[name][OURS])
    middle = {who: median(times[who] for times in taken.values()) for who in taken[slowest]}
    report(f"sheets, {level}", middle, benchmark, capsys, slowest=slowest, slowest_ms=round(taken[slowest][OURS], 2))
    benchmark(laid, graph_of("sheet9-ex1", level))


def graph_of(name: str, level: str) -> Graph:
    """What the picture of an exercise hands to the layout."""
    plans = importlib.import_module("graphviz_models.picture.plan")
    sheet, caught = load(name), []

    def note(items: Any, links: Any, **options: Any) -> Any:
        caught.append((items, links, dict(options["shapes"])))
        return arrange(items, links, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "arrange", note)
        patch.setattr(plans, "_PLANS", {})
        plans.plan(sheet.program.at_level(level), sheet.notation, Show(), 4, "right", {})
    return caught[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("nodes", [300, 1000])
def test_a_random_graph(nodes: int, benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """L4: the goal for 1,000 nodes is dot's crossings at a fifth of its time."""
    graph = graphs.dag(nodes)
    items, links, _ = graph
    drawing = ours(graph)
    assert ruler.through(drawing) == []
    crossings = {OURS: ruler.crossings(drawing)}
    if rivals.DOT:
        other = rivals.by_dot(items, links)
        crossings[DOT] = ruler.crossings(other) + len(ruler.through(other))  # under a box it is hidden
    report(f"random, {nodes} nodes", race(graph, 3, graphlay=nodes < 1000), benchmark, capsys, crossings=crossings)
    benchmark(laid, graph)


DENSE = {"16-64-64-10": (16, 64, 64, 10), "30 seven times": (30,) * 7}


@pytest.mark.parametrize("widths", DENSE.values(), ids=DENSE)
def test_dense_layers(widths: tuple[int, ...], benchmark: Any) -> None:
    graph = graphs.net(*widths)
    assert len(benchmark(laid, graph).routes) == len(graph[1])


def test_five_thousand_nodes(benchmark: Any) -> None:
    """Of the 2 s in which such a graph has to open the layout may take one."""
    assert len(benchmark.pedantic(laid, (graphs.dag(5000),), rounds=3).boxes) == 5000

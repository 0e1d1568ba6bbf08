"""How long the canvas takes: a step against a bare repaint of one node, and 5,000 nodes recoloured, panned, zoomed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from typing import TypeVar

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from pytest_benchmark.fixture import BenchmarkFixture
from pytestqt.qtbot import QtBot

from graphviz_app.canvas import Canvas
from graphviz_app.layer import bounds
from graphviz_models.formula import text
from graphviz_models.picture import Box, Edge, Label, Picture, picture
from graphviz_models.picture.blocks import Blocks, cut, recut
from graphviz_models.program import build
from graphviz_models.trace import Trace, run

SETTLED = 500  # milliseconds, after which nothing is left to be painted or prepared
Mark = TypeVar("Mark")


def nodes(count: int) -> Picture:
    """`count` boxes in a square, each with a number and an edge from its neighbour."""
    columns = int((1.2 * count) ** 0.5)
    boxes, labels, edges = [], [], []
    for i in range(count):
        x, y = 20.0 + i % columns * 140, 20.0 + i // columns * 90
        boxes.append(Box(f"b{i}", f"h{i}", "activation", "pill", x, y, 96.0, 44.0, "known", "#ffffff", "#16191d", 1.25))
        number = text(f"{i / 997:.4f}", 12.0)
        place = x + 20, y + 16, number.width, number.height
        labels.append(Label(f"b{i}.value", f"b{i}", "value", "", number, *place, 12.0, "#005b96"))
        if i % columns:
            shaft = ((x - 44, y + 22), (x, y + 22))
            edges.append(Edge(f"e{i}", f"b{i - 1}", f"b{i}", shaft, shaft, (), "#6b7480", 1.25))
    size = 40.0 + columns * 140, 40.0 + (count // columns + 1) * 90
    return Picture(*size, "#ffffff", Blocks(cut(boxes)), Blocks(cut(edges)), Blocks(cut(labels)))


def shown(qtbot: QtBot, picture: Picture) -> Canvas:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(1280, 800)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.show_picture(picture)
    qtbot.wait(SETTLED)
    return canvas


def milliseconds(work: Callable[[], object]) -> float:
    """The processor time of `work` and of all painting that follows from it."""
    start = time.process_time()
    work()
    QApplication.processEvents()
    return 1e3 * (time.process_time() - start)


@pytest.mark.parametrize("count", [50, 500, 5000])
def test_a_step(qtbot: QtBot, count: int, benchmark: BenchmarkFixture) -> None:
    """One box recoloured, its number changed. Goal: 1.5 times a bare repaint of the node, whatever the graph's size."""
    whole = nodes(count)
    canvas = shown(qtbot, whole)
    canvas.zoom_to(1.0, QPointF(0, 0))
    qtbot.wait(SETTLED)
    i = 2
    steps = []
    for k in range(60):
        number = text(f"−0.{k:04}", 12.0)
        box = replace(whole.boxes[i], fill="#f8ebba" if k % 2 else "#d2f1ff")
        label = replace(whole.labels[i], formula=number, width=number.width)
        steps.append(replace(whole, boxes=other(whole.boxes, i, box), labels=other(whole.labels, i, label)))
    for step in steps:  # every number has been written once
        milliseconds(lambda: canvas.show_picture(step))  # noqa: B023
    area = canvas.view.pixels(*bounds(whole.boxes[i]))
    drawn, bare = [], []
    for step in steps:
        bare.append(milliseconds(lambda: canvas.update(area)))
        drawn.append(milliseconds(lambda: canvas.show_picture(step)))  # noqa: B023
    benchmark.extra_info |= {
        "a step over a bare repaint": median(drawn) / median(bare),
        "milliseconds of a step": median(drawn),
        "milliseconds of a bare repaint": median(bare),
    }
    benchmark.pedantic(lambda: milliseconds(lambda: canvas.show_picture(whole)))


def other(marks: Sequence[Mark], place: int, one: Mark) -> Blocks[Mark]:
    """The row with another mark at a place, as `picture` makes it."""
    assert isinstance(marks, Blocks)
    parts = list(marks.parts)
    recut(parts, {place: one})
    return Blocks(parts)


def recurrence(count: int) -> Trace:
    """A trace of `count` nodes in a row."""
    last = count - 4
    equations = f"h[0] = x\nfor t in range({last}):\n    h[t+1] = tanh(w*h[t])\nL = h[{last}]"
    return run(build(equations, {"x": 1.0}, {}, {"w": 0.9}, {}))


def test_steps_of_a_recurrence(qtbot: QtBot, benchmark: BenchmarkFixture) -> None:
    """Whole steps, picture and canvas, 50 and 4,800 nodes in turn. Goal: the same time, whatever the graph's size."""
    traces = {count: recurrence(count) for count in (50, 4800)}
    shows = {}
    for count, trace in traces.items():
        picture(trace, len(trace.steps))
        canvas = shown(qtbot, picture(trace, 0))
        canvas.zoom_to(0.5)
        qtbot.wait(SETTLED)
        shows[count] = canvas, len(trace.steps) // 4
        canvas.centre_on(trace.steps[shows[count][1]].node)
    taken: dict[tuple[int, float], list[float]] = {}
    for turn in range(3):
        for k in range(10):
            for progress in (0.4, 1.0):
                for count, trace in traces.items():
                    canvas, first = shows[count]
                    spent = milliseconds(lambda: canvas.show_picture(picture(trace, first + k, progress)))  # noqa: B023
                    if turn:  # every mark has been made, every number written once
                        taken.setdefault((count, progress), []).append(spent)
    for progress, name in ((0.4, "on the way"), (1.0, "arrived")):
        short, long = (median(taken[count, progress]) for count in traces)
        benchmark.extra_info |= {f"{name}, 4,800 nodes over 50": long / short, f"milliseconds {name}": long}
    benchmark.pedantic(lambda: picture(traces[4800], 100))


def test_all_nodes_of_a_large_graph(qtbot: QtBot, benchmark: BenchmarkFixture) -> None:
    """5,000 nodes recoloured. Goal: 60 times a second."""
    whole = nodes(5000)
    canvas = shown(qtbot, whole)
    assert canvas.fitted
    fills = ("#f8ebba", "#d2f1ff")
    both = [replace(whole, boxes=Blocks(cut([replace(box, fill=fill) for box in whole.boxes]))) for fill in fills]
    taken = [milliseconds(lambda: canvas.show_picture(both[k % 2])) for k in range(20)]  # noqa: B023
    benchmark.extra_info |= frames(taken)
    benchmark.pedantic(lambda: milliseconds(lambda: canvas.show_picture(both[0])))


@pytest.mark.parametrize("zoom", [0.12, 0.29, 0.35, 1.0])
def test_moving_over_a_large_graph(qtbot: QtBot, zoom: float, benchmark: BenchmarkFixture) -> None:
    """Panning and zooming with 5,000 nodes. Goal: 60 times a second."""
    canvas = shown(qtbot, nodes(5000))
    canvas.zoom_to(zoom)
    qtbot.wait(SETTLED)

    def pan(k: int) -> None:
        canvas.set_view(canvas.view.moved(QPointF(7, 5) if k % 2 else QPointF(-11, -3)))

    panned = [milliseconds(lambda: pan(k)) for k in range(20)]  # noqa: B023
    qtbot.wait(SETTLED)
    zoomed = [milliseconds(lambda: canvas.zoom_to(zoom * (1 + k % 2 / 50))) for k in range(20)]  # noqa: B023
    benchmark.extra_info |= {f"pan: {name}": value for name, value in frames(panned).items()}
    benchmark.extra_info |= {f"zoom: {name}": value for name, value in frames(zoomed[2:]).items()}
    benchmark.pedantic(lambda: milliseconds(lambda: pan(0)))


def frames(taken: list[float]) -> dict[str, float]:
    """The usual and the longest time of a frame, in milliseconds."""
    return {"milliseconds": median(taken), "at most": max(taken)}

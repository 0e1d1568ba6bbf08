"""How long the canvas takes: a step against a bare repaint of one node, and 5,000 nodes coloured anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graphviz_app.canvas import Canvas
from graphviz_models.formula import text
from graphviz_models.picture import Box, Edge, Label, Picture


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
    return Picture(*size, "#ffffff", tuple(boxes), tuple(edges), tuple(labels))


def shown(qtbot: QtBot, picture: Picture) -> Canvas:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(1280, 800)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.show_picture(picture)
    QApplication.processEvents()
    return canvas


def milliseconds(work: Callable[[int], object], rounds: int) -> float:
    """The median time of `work`, which is told the round, and of all painting that follows from it."""
    taken = []
    for k in range(rounds):
        start = time.perf_counter()
        work(k)
        QApplication.processEvents()
        taken.append(1e3 * (time.perf_counter() - start))
    return median(taken)


@pytest.mark.parametrize("count", [50, 5000])
def test_a_step(qtbot: QtBot, count: int, record_property: Callable[[str, object], None]) -> None:
    """One box recoloured, its number changed: how long that takes, whatever the graph's size."""
    picture = nodes(count)
    canvas = shown(qtbot, picture)
    canvas.zoom_to(1.0, QPointF(0, 0))
    i = 2
    steps = []
    for k in range(30):
        number = text(f"−0.{k:04}", 12.0)
        box = replace(picture.boxes[i], fill="#f8ebba" if k % 2 else "#d2f1ff")
        label = replace(picture.labels[i], formula=number, width=number.width)
        boxes = (*picture.boxes[:i], box, *picture.boxes[i + 1 :])
        labels = (*picture.labels[:i], label, *picture.labels[i + 1 :])
        steps.append(replace(picture, boxes=boxes, labels=labels))
    canvas.show_picture(steps[-1])
    QApplication.processEvents()
    record_property("milliseconds", milliseconds(lambda k: canvas.show_picture(steps[k]), len(steps)))


def test_all_nodes_of_a_large_graph(qtbot: QtBot, record_property: Callable[[str, object], None]) -> None:
    """How long 5,000 nodes take to be recoloured."""
    picture = nodes(5000)
    canvas = shown(qtbot, picture)
    assert canvas.fitted
    fills = ("#f8ebba", "#d2f1ff")
    both = [replace(picture, boxes=tuple(replace(box, fill=fill) for box in picture.boxes)) for fill in fills]
    canvas.show_picture(both[0])
    QApplication.processEvents()
    record_property("milliseconds", milliseconds(lambda k: canvas.show_picture(both[(k + 1) % 2]), 12))


def test_panning_a_large_graph(qtbot: QtBot, record_property: Callable[[str, object], None]) -> None:
    canvas = shown(qtbot, nodes(5000))
    canvas.zoom_to(1.0)
    record_property("milliseconds", milliseconds(lambda k: canvas.zoom_to(1.0 + k % 2 / 100), 12))

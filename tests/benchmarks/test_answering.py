"""How long the window keeps an event waiting: while training, against while nothing happens."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytest_benchmark.fixture import BenchmarkFixture
from pytestqt.qtbot import QtBot

from graphviz_app.main import opened, prepare
from graphviz_app.panels.loss_plot import LossPlot
from graphviz_app.session import Session
from graphviz_app.settings import Settings
from graphviz_app.window import Window

TICK = 5  # milliseconds
LONG = """format = 1
equations = '''
h[0] = x
for t in range(1000):
    h[t+1] = tanh(w*h[t])
L = (h[1000] - y)**2
'''
[inputs]
x = 1.0
[targets]
y = 0.5
[parameters]
w = 0.9
"""


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    prepare(qapp)
    made = opened(Session(), Settings(tmp_path / "settings.ini"), None)
    made.resize(1440, 900)
    made.show()
    qtbot.waitUntil(lambda: made.docks.awake)
    made.docks.training.set_plot(LossPlot(made))
    yield made
    made.close()


def waits(qtbot: QtBot, milliseconds: int) -> dict[str, float]:
    """By how much a timer is late, in milliseconds."""
    late: list[float] = []
    before = time.perf_counter()

    def tick() -> None:
        nonlocal before
        now = time.perf_counter()
        late.append(1e3 * (now - before) - TICK)
        before = now

    timer = QTimer(interval=TICK, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start()
    qtbot.wait(milliseconds)
    timer.stop()
    return {"half": float(np.median(late)), "98 %": float(np.percentile(late, 98)), "all": max(late)}


@pytest.mark.parametrize("model", ["sheet9-ex1", "practical1-ex2", "recurrence of 1,000 steps"])
def test_events_wait(window: Window, qtbot: QtBot, model: str, benchmark: BenchmarkFixture) -> None:
    """Goal: 50 ms at most while training."""
    if model.startswith("recurrence"):
        window.session.show_text(LONG, model, None)
    else:
        window.documents.open(model)
    assert window.session.wait(60)
    gc.collect()
    gc.freeze()  # as the program does when it has started
    try:
        qtbot.wait(300)
        found = {"idle": waits(qtbot, 1000)}
        window.trainer.run(10**9)
        qtbot.wait(300)
        found["training"] = waits(qtbot, 3000)
        window.trainer.stop()
        qtbot.waitUntil(lambda: not window.session.state.training.running)
    finally:
        gc.unfreeze()
    for when, late in found.items():
        benchmark.extra_info |= {f"{when}: {part} wait less than, ms": value for part, value in late.items()}
    benchmark.extra_info["iterations"] = window.session.state.training.done
    benchmark.pedantic(QApplication.processEvents)

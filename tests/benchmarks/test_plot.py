"""How long the plot of the loss takes: a frame at ten million iterations against one at ten thousand."""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from pytestqt.qtbot import QtBot

from graphviz_app.panels.loss_plot import LossPlot
from graphviz_app.training import DRAWN
from graphviz_models.expr import Array
from graphviz_models.theme import LIGHT
from graphviz_models.train import Losses

FEW, MANY = 10**4, 10**7


def curve(count: int) -> tuple[Array, Array]:
    """A noisy descent of so many iterations, with one loss far above and one far below all others, thinned."""
    random = np.random.default_rng(0)
    losses = Losses(DRAWN)
    for start in range(0, count, 10**5):
        at = np.arange(start, min(count, start + 10**5))
        part = np.exp(-5 * at / count) + 0.05 * random.random(len(at))
        part[at == count // 3] = 3.0
        part[at == count // 2] = -1.0
        losses.extend(part.tolist())
    return losses.points()


@pytest.fixture
def plot(qtbot: QtBot) -> LossPlot:
    made = LossPlot()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.resize(320, 220)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_a_frame_at_ten_million_iterations(plot: LossPlot, benchmark: BenchmarkFixture) -> None:
    """Goal: 1.3 times a frame at ten thousand at most, and no extremum lost."""
    curves = {count: curve(count) for count in (FEW, MANY)}
    for count, (at, losses) in curves.items():
        assert len(at) <= 4096
        assert (at[losses.argmax()], losses.max()) == (count // 3, 3.0)
        assert (at[losses.argmin()], losses.min()) == (count // 2, -1.0)
    taken: dict[int, list[float]] = {count: [] for count in curves}
    revision = 0

    def frame(count: int) -> None:
        nonlocal revision
        revision += 1
        plot.show_losses(*curves[count], revision)
        plot.show_iteration(revision, count)
        plot.viewport().repaint()

    for _ in range(40):
        for count in curves:
            start = time.process_time()
            frame(count)
            taken[count].append(time.process_time() - start)
    few, many = (median(taken[count][5:]) for count in (FEW, MANY))
    benchmark.extra_info |= {
        "a frame at 10^7 over one at 10^4": many / few,
        "milliseconds at 10^4": 1e3 * few,
        "milliseconds at 10^7": 1e3 * many,
        "points drawn": {str(count): len(at) for count, (at, _) in curves.items()},
    }
    benchmark.pedantic(frame, (MANY,))


def test_a_curve_that_grows(benchmark: BenchmarkFixture) -> None:
    """What a thousand more iterations cost, and the points for the plot, when a million are done."""
    losses = Losses(DRAWN)
    losses.extend(np.random.default_rng(1).random(10**6).tolist())
    more = np.random.default_rng(2).random(1000).tolist()

    def grow() -> None:
        losses.extend(more)
        losses.points()

    benchmark(grow)

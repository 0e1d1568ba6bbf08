"""The panels of single exercises: Jacobians, the cost of a gradient, an autoencoder beside principal components."""

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from graphviz_app.formula_label import FormulaLabel
from graphviz_app.main import load_plot
from graphviz_app.panels.bars import Bars
from graphviz_app.panels.formula_page import HeatMap
from graphviz_app.panels.jacobian import GROWTH, STEPS, TWO
from graphviz_app.panels.panel import Panel
from graphviz_app.window import Window
from graphviz_models.theme import THEMES
from tests.models.sources import EXERCISES, REFERENCE

from .windows import OpenWindow, opens

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
LONG = """format = 1
equations = '''
for t in range(1, T + 1):
    h[t] = tanh(h[t-1] @ W + b)
L = sum(h[T]**2)
'''
[constants]
T = 300
[inputs]
h = {0 = [0.5, -1.0]}
[parameters]
W = [[0.8, -0.4], [0.3, 1.2]]
b = [0.1, -0.2]
"""


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    return open_window("sheet8-ex3", (1440, 900))


def front(window: Window, qtbot: QtBot, id_: str) -> None:
    window.docks.docks[id_].raise_()
    qtbot.waitUntil(lambda: window.docks.docks[id_].widget().seen)


def plotting(window: Window, qtbot: QtBot) -> None:
    load_plot(window)
    qtbot.waitUntil(lambda: window.docks.training.plot is not None, timeout=60_000)


def idle(qtbot: QtBot, *panels: object) -> None:
    for panel in panels:
        for name in ("_work", "_walk"):
            background = getattr(panel, name, None)
            if background is not None:
                qtbot.waitUntil(lambda background=background: not background.busy, timeout=60_000)


def jacobian_sources(window: Window, qtbot: QtBot) -> list[str]:
    front(window, qtbot, "jacobian")
    idle(qtbot, window.docks.jacobian)
    return window.docks.jacobian.page.sources()


# Which panels there are


@pytest.mark.parametrize("id_", ["sheet9-ex1", "assignment3-q3", "assignment3-q4", "practical1-ex2"])
def test_panels_are_there_where_there_is_something_to_show(window: Window, id_: str) -> None:
    opens(window, id_)
    hidden = {name: dock.isHidden() for name, dock in window.docks.docks.items()}
    assert not hidden["jacobian"]
    assert not hidden["counting"]
    assert hidden["subspace"] == (id_ != "assignment3-q4")
    assert hidden["tables"] == (id_ != "practical1-ex2")


def test_a_model_without_parameters_has_no_cost(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "plain.toml"
    path.write_text("format = 1\nequations = '''\nL = x**2\n'''\n[inputs]\nx = 3.0\n", encoding="utf-8")
    opens(window, str(path))
    assert window.docks.docks["counting"].isHidden()
    assert not window.docks.docks["jacobian"].isHidden()


CLOSER = ("assignment3-q1", "assignment3-q4", "practical1-ex2", "sheet8-ex2", "sheet9-ex1")


@pytest.mark.parametrize(
    ("id_", "level"),
    [
        *((id_, "variables") for id_ in EXERCISES),
        *((id_, level) for id_ in CLOSER for level in ("operations", "neurons")),
    ],
)
def test_every_view_shows_every_exercise_at_every_level(window: Window, qtbot: QtBot, id_: str, level: str) -> None:
    opens(window, id_)
    window.session.set_level(level)
    assert window.session.wait()
    docks = window.docks
    for panel in (docks.jacobian, docks.counting, docks.subspace):
        panel.set_seen(True)
    for view in (TWO, STEPS, GROWTH):
        if docks.jacobian.views.isTabVisible(view):
            docks.jacobian.views.setCurrentIndex(view)
            idle(qtbot, docks.jacobian)
            assert docks.jacobian.page.sources()
    idle(qtbot, docks.counting, docks.subspace)
    docks.counting.button.click()
    idle(qtbot, docks.counting)
    assert any("Path" in source for source in docks.counting.page.sources())
    assert window.session.state.lit
    for panel in (docks.jacobian, docks.counting, docks.subspace):
        for label in panel.findChildren(FormulaLabel):
            assert not {"\\", "$", "{"} & set(label.accessibleName()), label.source
    assert docks.subspace.page.sources() or id_ != "assignment3-q4"


@pytest.mark.parametrize("name", ["jacobian", "counting", "subspace"])
def test_the_same_state_twice_changes_nothing(window: Window, qtbot: QtBot, name: str) -> None:
    opens(window, "assignment3-q4")
    front(window, qtbot, name)
    panel = getattr(window.docks, name)
    assert isinstance(panel, Panel)
    idle(qtbot, panel)
    before = [id(row) for row in panel.page._rows]
    panel.show_state(window.session.state)
    idle(qtbot, panel)
    assert [id(row) for row in panel.page._rows] == before


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_colours_all_three(window: Window, qtbot: QtBot, theme: str) -> None:
    opens(window, "assignment3-q4")
    load_plot(window)
    qtbot.waitUntil(lambda: window.docks.training.plot is not None, timeout=60_000)
    for name in ("jacobian", "counting", "subspace"):
        front(window, qtbot, name)
        idle(qtbot, getattr(window.docks, name))
    window.choose_theme(theme)
    assert window.session.wait()
    chart = window.docks.subspace.descent
    assert chart is not None
    assert chart.backgroundBrush().color().name() == THEMES[theme].background


# Jacobians


def test_a_recurrence_begins_with_its_first_step(window: Window, qtbot: QtBot) -> None:
    sources = jacobian_sources(window, qtbot)
    panel = window.docks.jacobian
    assert (panel.of.currentText(), panel.wrt.currentText()) == ("x[1]", "x[0]")
    assert any(r"\partial^{+} {x^{1}}" in s and "0.9 & 0" in s for s in sources)
    assert any(r"\mathrm{d} {x^{1}}" in s and "0.9769 & 0.02883" in s for s in sources)
    assert any(r"\operatorname{diag}(1 - {r_1}^2) \, {W}^{\top}" in s for s in sources)


def test_a_selected_node_is_asked_for_and_a_choice_stays_when_values_change(window: Window, qtbot: QtBot) -> None:
    jacobian_sources(window, qtbot)
    panel = window.docks.jacobian
    window.session.select("r[2]")
    assert (panel.of.currentText(), panel.wrt.currentText()) == ("r[2]", "a[2]")
    window.session.select("W")
    assert (panel.of.currentText(), panel.wrt.currentText()) == ("a[1]", "W")
    panel.of.setCurrentText("E")
    panel.wrt.setCurrentText("x[2]")
    text = window.session.state.text.replace("b = [0.1, -0.2]", "b = [0.1, -0.3]")
    window.session.edit(text, "value")
    assert window.session.wait()
    idle(qtbot, panel)
    assert (panel.of.currentText(), panel.wrt.currentText()) == ("E", "x[2]")


def test_every_step_is_listed_and_immediate_stands_against_total(window: Window, qtbot: QtBot) -> None:
    jacobian_sources(window, qtbot)
    panel = window.docks.jacobian
    panel.views.setCurrentIndex(STEPS)
    panel.step.setValue(3)
    text = "\n".join(jacobian_sources(window, qtbot))
    extra = REFERENCE["s000_ex3"]["cases"][0]["extra"]
    for t in (1, 2, 3):
        first = extra["dx_t_dx_prev"][t - 1][0]
        assert rf"{first[0]:.4f} & {first[1]:.5f}" in text
    immediate, total = extra["dx_t_db_immediate"][2], extra["dxT_db_total"]
    assert rf"{immediate[0][0]:.5f} & 0 \\ 0 & {immediate[1][1]:.5f}" in text
    assert rf"{total[0][0]:.4f} & {total[0][1]:.6f}" in text


def test_gradients_grow_with_the_backward_pass_and_nothing_is_told_before(window: Window, qtbot: QtBot) -> None:
    jacobian_sources(window, qtbot)
    panel, session = window.docks.jacobian, window.session
    panel.views.setCurrentIndex(GROWTH)
    trace = session.state.trace
    assert trace is not None
    counts = []
    for at in (0, trace.backward_index["a[3]"] + 1, trace.backward_index["a[2]"] + 1, len(trace.steps)):
        session.go(at)
        sources = jacobian_sources(window, qtbot)
        counts.append(sum("bmatrix" in s and r"\textstyle\sum" in s for s in sources))
        assert sum(r"\text{?}" in s for s in sources) == 6 - counts[-1]
    assert counts == [0, 2, 4, 6]
    whole_gradient = trace.gradients["W"]
    assert any(f"{whole_gradient[0, 0]:.5f}".replace("-0", "-0") in s for s in sources)


def test_a_large_jacobian_is_a_heat_map_and_a_huge_one_is_refused(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    for n, expected in ((30, True), (120, False)):
        path = tmp_path / f"wide{n}.toml"
        path.write_text(
            f"format = 1\nequations = '''\nh = tanh(W*x)\nL = sum(h**2)\n'''\n[inputs]\nx = {[0.1] * n}\n"
            f"[parameters]\nW = {[0.5] * n}\n",
            encoding="utf-8",
        )
        opens(window, str(path))
        sources = jacobian_sources(window, qtbot)
        maps = [m for row in window.docks.jacobian.page._rows for m in row.findChildren(HeatMap)]
        assert [m.largest > 0 for m in maps] == ([True, True] if expected else [])
        assert any("too large" in s for s in sources) != expected


def test_a_long_recurrence_does_not_hold_the_window_up(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "long.toml"
    path.write_text(LONG, encoding="utf-8")
    opens(window, str(path))
    jacobian_sources(window, qtbot)
    panel = window.docks.jacobian
    for view in (STEPS, GROWTH, TWO):
        panel.views.setCurrentIndex(view)
        panel.step.setValue(290)
        idle(qtbot, panel)
        started = time.thread_time()
        panel.show_state(window.session.state)
        assert time.thread_time() - started < 0.05
        assert panel.page.sources()
    assert panel.step.maximum() == 300


# Cost


def test_counts_stand_beside_their_formulas(window: Window, qtbot: QtBot) -> None:
    opens(window, "assignment3-q3")
    front(window, qtbot, "counting")
    panel = window.docks.counting
    idle(qtbot, panel)
    (bars,) = panel.page.findChildren(Bars)
    assert bars.accessibleName().endswith("backward 70; Multiplications, sum over paths 144; "
                                          "Paths from parameters to the loss 136")  # fmt: skip
    text = "\n".join(panel.page.sources())
    assert text.count("✓") == 4
    assert "✗" not in text
    for value in (36, 70, 120, 136, 144, 360):
        assert f"= {value}" in text


def test_formulas_are_absent_where_they_do_not_hold(window: Window, qtbot: QtBot) -> None:
    front(window, qtbot, "counting")
    panel = window.docks.counting
    idle(qtbot, panel)
    assert panel.page.findChildren(Bars)
    assert "fully connected" not in "\n".join(panel.page.sources())
    assert panel.over.isHidden()


def test_a_path_is_lit_in_the_graph_another_one_each_time_and_goes_out_with_the_model(
    window: Window, qtbot: QtBot
) -> None:
    opens(window, "sheet9-ex1")
    front(window, qtbot, "counting")
    panel, seen = window.docks.counting, set()
    for _ in range(8):
        panel.button.click()
        idle(qtbot, panel)
        seen.add(window.session.state.lit)
        assert window.canvas._path == window.session.state.lit
    assert seen == {("w", "h[1]", "y", "L"), ("w", "h[1]", "h[2]", "y", "L"), ("w", "h[2]", "y", "L")}
    text = "\n".join(panel.page.sources())
    trace = window.session.state.trace
    assert trace is not None
    assert f"{float(trace.gradients['w']):.5f}" in text
    opens(window, "sheet9-ex1f")
    assert window.session.state.lit == ()
    assert window.canvas._path == ()


def test_at_the_neurons_level_the_path_is_one_of_units_and_begins_at_the_edge_of_its_weight(
    window: Window, qtbot: QtBot
) -> None:
    opens(window, "assignment3-q3")
    window.session.set_level("neurons")
    assert window.session.wait()
    front(window, qtbot, "counting")
    idle(qtbot, window.docks.counting)
    window.docks.counting.button.click()
    idle(qtbot, window.docks.counting)
    qtbot.waitUntil(lambda: not window.player.gliding and bool(window.session.state.lit))
    assert window.session.state.lit == ("x[0]", "h[1][0]", "h[2][0]", "y[0]", "J")
    edges = {(e.source, e.target) for e in window.canvas.scene.layer("edges").marks}
    lit = [[box.id for box in window.canvas.scene.boxes_of(node)] for node in window.session.state.lit]
    assert all((first[0], second[0]) in edges for first, second in pairwise(lit))


def test_curves_are_drawn_over_depth_and_width(window: Window, qtbot: QtBot) -> None:
    opens(window, "assignment3-q3")
    plotting(window, qtbot)
    front(window, qtbot, "counting")
    panel = window.docks.counting
    idle(qtbot, panel)
    assert panel.chart is not None
    ends = []
    for n, label in enumerate(("hidden layers L", "units n of a layer")):
        panel.over.setCurrentIndex(n)
        assert panel.chart.plot.getAxis("bottom").labelText == label
        lines = [item for item in panel.chart.plot.listDataItems() if len(item.getData()[0]) > 1]
        ends.append([float(item.getData()[1][-1]) for item in lines])
    assert ends[0][0] == pytest.approx(np.log10(12 + 2 * 16 * 9 + 16 + 40 + 2))
    assert ends[0][1] > 7


# Subspace


def test_training_ends_at_the_sum_of_the_eigenvalues_that_are_left_out(window: Window, qtbot: QtBot) -> None:
    opens(window, "assignment3-q4")
    front(window, qtbot, "subspace")
    panel = window.docks.subspace
    assert panel.train.isVisible()
    text = "\n".join(panel.page.sources())
    assert "J = 1.503" in text
    assert "= 0.8297" in text
    panel.train.click()
    qtbot.waitUntil(lambda: not window.session.state.training.running and window.session.state.training.done > 0,
                    timeout=60_000)  # fmt: skip
    assert window.session.wait()
    qtbot.waitUntil(lambda: "J = 0.8297" in "\n".join(panel.page.sources()), timeout=20_000)
    assert not panel.train.isVisible()
    panel.views.setCurrentIndex(1)
    (angle,) = [s for s in panel.page.sources() if s.startswith("Angle")]
    assert float(angle.split("**")[1].removesuffix("°").replace("−", "-")) < 0.01


def test_the_switches_show_what_centring_changes_and_leave_the_file_alone(window: Window, qtbot: QtBot) -> None:
    opens(window, "assignment3-q4")
    front(window, qtbot, "subspace")
    panel, before = window.docks.subspace, window.session.state.text
    assert "it changes nothing" in "\n".join(panel.page.sources())
    panel.moved.setChecked(True)
    idle(qtbot, panel)
    text = "\n".join(panel.page.sources())
    assert "the mean is (0, 3, 0)" in text
    assert "J = 2.144" in text
    assert r"9.638,\; 1.865,\; 0.2788" in text
    assert "9.354" in text
    panel.centre.setChecked(True)
    idle(qtbot, panel)
    text = "\n".join(panel.page.sources())
    assert r"1.952,\; 0.5522,\; 0.2775" in text
    assert window.session.state.text == before
    panel.moved.setChecked(False)
    assert "Computed aside" not in "\n".join(panel.page.sources())


def test_the_plane_shows_data_reconstructions_and_the_learned_direction(window: Window, qtbot: QtBot) -> None:
    opens(window, "assignment3-q4")
    plotting(window, qtbot)
    front(window, qtbot, "subspace")
    panel = window.docks.subspace
    panel.views.setCurrentIndex(1)
    assert panel.plane is not None
    assert panel.plane.isVisible()
    shown = panel.plane.plot.items
    scattered = [item for item in shown if type(item).__name__ == "ScatterPlotItem"]
    assert [len(item.getData()[0]) for item in scattered] == [4, 4]
    data = np.array([[2.0, -1.0, 0.5, -1.5], [1.0, -0.5, -1.0, 0.5], [0.25, 0.75, -0.5, -0.5]])
    points = np.array(scattered[1].getData())
    assert np.sum(points**2) == pytest.approx(np.sum(data**2) - 4 * 0.27754078652221564)

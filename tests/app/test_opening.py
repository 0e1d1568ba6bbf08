"""The start: the graph of the last one at once, where nothing has changed; everything else after the first painting."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMargins
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from graphviz_app import opening
from graphviz_app.main import Start, begun, furnished, prepare
from graphviz_app.opening import Look, Opening, found, keep
from graphviz_app.settings import Settings
from graphviz_app.window import Window
from graphviz_models.picture import Picture, picture
from graphviz_models.sheet import source
from tests.models.sources import traced

LOOK = Look("light", 4, "right")
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's opening graph is kept."""
    monkeypatch.setenv("GRAPHVIZ_APP_SETTINGS", str(tmp_path))
    return opening.opening_file()


def drawn(model: str) -> Picture:
    return picture(traced(model), 0)


def kept(model: str = "sheet9-ex1") -> None:
    assert keep(model, source(model)[0], Opening(drawn(model), LOOK, (1, 2, 3, 4)))


def test_what_was_kept_is_found(place: Path) -> None:
    kept()
    again = found("sheet9-ex1")
    assert again is not None
    assert again.look == LOOK
    assert again.around == (1, 2, 3, 4)
    assert [box.node for box in again.picture.boxes] == [box.node for box in drawn("sheet9-ex1").boxes]
    assert found("sheet9-ex1f") is None


def test_the_same_is_not_written_twice(place: Path) -> None:
    kept()
    text, _ = source("sheet9-ex1")
    assert not keep("sheet9-ex1", text, Opening(drawn("sheet9-ex1"), LOOK, (1, 2, 3, 4)))
    assert not keep("sheet9-ex1", text + " ", Opening(drawn("sheet9-ex1"), LOOK, (9, 9, 9, 9)))


def test_a_file_that_has_changed_is_read(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(source("sheet9-ex1")[0], "utf-8")
    kept(str(file))
    assert found(str(file)) is not None
    aside = tmp_path / "mine.layout.json"
    aside.write_text("{}", "utf-8")
    assert found(str(file)) is None
    aside.unlink()
    assert found(str(file)) is not None
    file.write_text(file.read_text("utf-8") + "\n", "utf-8")
    assert found(str(file)) is None
    file.unlink()
    assert found(str(file)) is None


def test_another_version_of_the_program_draws_anew(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept()
    monkeypatch.setattr("graphviz_models.__version__", "0.0.0")
    assert found("sheet9-ex1") is None


@pytest.mark.parametrize("damage", [lambda raw: raw[:-20], lambda raw: raw[5:], lambda raw: b"", lambda raw: b"{}\n{}"])
def test_a_damaged_file_is_passed_over(place: Path, damage: object) -> None:
    kept()
    place.write_bytes(damage(place.read_bytes()))  # type: ignore[operator]
    assert found("sheet9-ex1") is None


@pytest.fixture
def settings(qapp: QApplication, settings: Settings) -> Settings:
    prepare(qapp)
    settings.remember(theme="light")
    return settings


@pytest.fixture
def started(settings: Settings, qtbot: QtBot) -> Iterator[list[Start]]:
    starts: list[Start] = []
    yield starts
    for start in starts:
        start.window.close()
        start.end()


def test_a_start_shows_the_kept_graph_and_then_the_rest(
    settings: Settings, started: list[Start], qtbot: QtBot, place: Path
) -> None:
    kept()
    start = Start(settings, "sheet9-ex1", found("sheet9-ex1"))
    started.append(start)
    window = start.window
    first = window.canvas.scene.picture
    assert first is not None
    assert not window.furnished
    assert window.centralWidget().layout().contentsMargins() == QMargins(1, 2, 3, 4)
    window.show()
    qtbot.waitUntil(lambda: window.furnished and window.docks.awake)
    assert window.session.wait()
    assert window.canvas.scene.picture is not first
    assert window.session.state.name == "sheet9-ex1"
    assert window.docks.exercises.isVisible()
    start._keep()  # the panels take another room than was kept
    again = found("sheet9-ex1")
    assert again is not None
    assert again.around != (1, 2, 3, 4)
    assert [box.x for box in again.picture.boxes] == [box.x for box in window.picture().boxes]


def test_panels_take_the_same_room_in_a_window_that_is_seen_already(
    settings: Settings, started: list[Start], qtbot: QtBot, tmp_path: Path
) -> None:
    sizes = []
    for seen in (False, True):
        window = Window(Settings(tmp_path / f"{seen}.ini"))
        qtbot.addWidget(window)
        window.resize(1440, 900)
        window.show_first(drawn("sheet9-ex1"), QMargins(100, 50, 100, 50))
        if seen:
            window.show()
            qtbot.waitExposed(window)
        furnished(window, begun(window.settings, "sheet9-ex1", window))
        window.show()
        qtbot.waitUntil(lambda: window.docks.awake)  # noqa: B023
        assert window.session.wait()
        QApplication.processEvents()
        sizes.append((window.canvas.size(), window.docks.exercises.size(), window.docks.training.size()))
        window.close()
    assert sizes[0] == sizes[1]


def test_nothing_is_seen_of_a_window_that_is_half_furnished(settings: Settings, qtbot: QtBot) -> None:
    window = Window(settings)
    qtbot.addWidget(window)
    window.show_first(drawn("sheet9-ex1"), QMargins(100, 50, 100, 50))
    window.show()
    qtbot.waitExposed(window)
    place, seen = window.canvas.geometry(), shown_in(window)
    for _ in window.furnish(begun(window.settings, "sheet9-ex1", window)):
        QApplication.processEvents()
        assert not window.furnished
        assert window.canvas.geometry() == place
        assert shown_in(window) == seen
    assert window.furnished
    assert window.updatesEnabled()
    assert window.docks.training.isVisible()
    window.close()


def shown_in(window: Window) -> list[QWidget]:
    return [widget for widget in window.findChildren(QWidget) if widget.isVisible()]


def test_a_graph_in_other_looks_is_drawn_anew(settings: Settings, started: list[Start], qtbot: QtBot) -> None:
    kept()
    settings.remember(theme="dark")
    start = Start(settings, "sheet9-ex1", found("sheet9-ex1"))
    started.append(start)
    shown = start.window.canvas.scene.picture
    assert shown is not None
    assert shown.background != drawn("sheet9-ex1").background
    start.window.show()
    qtbot.waitUntil(lambda: start.window.furnished)


def test_a_window_closed_at_once_ends(settings: Settings, started: list[Start], qtbot: QtBot) -> None:
    kept()
    start = Start(settings, "sheet9-ex1", found("sheet9-ex1"))
    start.window.show()
    start.window.close()
    start.end()
    assert not start.window.isVisible()


def test_only_a_graph_as_it_was_opened_is_kept(
    settings: Settings, started: list[Start], qtbot: QtBot, place: Path
) -> None:
    start = Start(settings, "sheet9-ex1", None)
    started.append(start)
    start.window.show()
    qtbot.waitUntil(lambda: start.window.furnished)
    session = start.window.session
    assert session.wait()
    state = session.state
    for other in (
        {"at": 3},
        {"text": state.text + "#"},
        {"selected": "y"},
        {"show": replace(state.show, values=False)},
    ):
        session.state = replace(state, **other)
        start._keep()
        assert not place.exists()
    session.state = state
    start._keep()
    assert place.exists()


def test_nothing_of_the_engine_is_imported_before_the_kept_graph_is_painted(place: Path) -> None:
    kept()
    script = (
        "import sys\n"
        "from graphviz_app import main\n"
        "def painted(window, then):\n"
        "    heavy = [n for n in ('numpy', 'networkx', 'pyqtgraph', 'mathra', 'tomllib') if n in sys.modules]\n"
        "    print(len(window.canvas.scene.picture.boxes), *heavy)\n"
        "main.after_first_paint = painted\n"
        "main.QApplication.exec = lambda *a: 0\n"
        "from graphviz_app.__main__ import main\n"
        "sys.exit(main(['sheet9-ex1']))\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'models'}", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "9\n"), done.stderr


def test_the_source_of_what_is_imported_is_not_read(place: Path) -> None:
    script = (
        "import inspect, sys\n"
        "read, source = [], inspect.getsource\n"
        "inspect.getsource = lambda module: read.append(module.__name__) or source(module)\n"
        "from graphviz_app import imports\n"
        "imports.plainly()\n"
        "read.clear()\n"
        "import graphviz_app.main, graphviz_models.sheet, PySide6.QtSvg\n"
        "from PySide6.QtSvg import QSvgRenderer\n"
        "print(read)\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'models'}"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr

"""What makes way in a narrow window and for large text: nothing lies over anything else, and no name is cut."""

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QComboBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from graphviz_app.window import Window

from .windows import OpenWindow


@pytest.fixture
def narrow(open_window: OpenWindow) -> Iterator[Window]:
    """The least window."""
    window = open_window(None, (900, 600))
    yield window
    window.set_text_scale(1.0)


def parts(window: Window) -> list[QWidget]:
    """What is seen beside the track, and the track."""
    children = window.timeline.children()
    return [c for c in children if isinstance(c, QWidget) and c.isVisible()]


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_the_timeline_makes_way_for_the_names_of_its_phases(narrow: Window, qtbot: QtBot, scale: float) -> None:
    narrow.session.go(10)
    narrow.set_text_scale(scale)
    qtbot.wait(100)
    track = narrow.timeline.track
    for one, other in combinations(parts(narrow), 2):
        assert not one.geometry().intersects(other.geometry())
    metrics = QFontMetricsF(track._caption_font())
    captions = track._captions(metrics)
    names = [phase for phase, _ in captions]
    assert names == (["forward", "backward", "update"] if scale == 1.0 else ["backward"])
    for phase, box in captions:
        assert 0 <= box.left() <= box.right() <= track.width()
        assert box.width() >= metrics.horizontalAdvance(track._name(phase))
    for (_, left), (_, right) in pairwise(captions):
        assert left.right() <= right.left() + 1e-9
    assert not narrow.timeline.findChildren(QComboBox)[0].isVisible(), "the speed has keys, too"


def test_what_made_way_comes_back(narrow: Window, qtbot: QtBot) -> None:
    narrow.set_text_scale(2.0)
    qtbot.wait(50)
    narrow.set_text_scale(1.0)
    narrow.resize(1400, 800)
    qtbot.waitUntil(lambda: all(p.isVisible() for p in narrow.timeline.findChildren(QComboBox)))
    assert sum(isinstance(p, QToolButton) for p in parts(narrow)) == 5


def test_the_equations_grow_with_all_other_text(narrow: Window, qtbot: QtBot) -> None:
    editor = narrow.docks.equations.editor
    size, room = editor.fontMetrics().height(), editor.numbers_width()
    narrow.set_text_scale(2.0)
    qtbot.waitUntil(lambda: editor.fontMetrics().height() >= 1.8 * size)
    assert editor.viewportMargins().left() == editor.numbers_width() > room
    assert editor.fontMetrics().horizontalAdvance("i") == editor.fontMetrics().horizontalAdvance("W")

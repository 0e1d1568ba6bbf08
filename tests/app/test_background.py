"""Work off the window's thread: the latest request counts, and a long piece keeps no other waiting."""

import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from graphviz_app.background import MOST, Background
from graphviz_app.state import State
from graphviz_app.status import Status


class Gate:
    """Work that waits until it is let go."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.open = threading.Event()

    def __call__(self) -> str:
        assert self.open.wait(5)
        return self.name


@pytest.fixture
def heard() -> list[str]:
    return []


def test_of_the_requests_that_wait_only_the_latest_is_done(qapp: object, qtbot: QtBot, heard: list[str]) -> None:
    background = Background()
    first, second, third = Gate("first"), Gate("second"), Gate("third")
    for one in (first, second, third):
        background.submit(one, heard.append)
    third.open.set()
    second.open.set()
    first.open.set()
    assert background.wait(5)
    assert heard == ["third"]


def test_a_long_piece_is_overtaken_and_unheard(qapp: object, qtbot: QtBot, heard: list[str]) -> None:
    background = Background(overtaken=0.05)
    long, other = Gate("long"), Gate("other")
    background.submit(long, heard.append)
    other.open.set()
    background.submit(other, heard.append)
    assert heard == []
    qtbot.waitUntil(lambda: heard == ["other"], timeout=20_000)
    assert not background.busy
    long.open.set()
    qtbot.wait(50)
    assert heard == ["other"]


def test_not_more_pieces_run_at_once_than_the_machine_bears(qapp: object, qtbot: QtBot, heard: list[str]) -> None:
    background = Background(overtaken=0.0)
    gates = [Gate(str(k)) for k in range(MOST + 2)]
    for gate in gates:
        background.submit(gate, heard.append)
    qtbot.wait(50)
    assert sum(thread.name == "graphviz-work" for thread in threading.enumerate()) == MOST
    for gate in gates:
        gate.open.set()
    qtbot.waitUntil(lambda: heard == [str(MOST + 1)], timeout=20_000)


def test_what_fails_is_raised_where_the_window_is(qapp: object, heard: list[str]) -> None:
    background = Background()
    failed: list[bool] = []

    def work() -> str:
        raise RuntimeError("no")

    def asked(failing: Callable[[], object]) -> None:
        background.submit(work, heard.append, patience=1.0, failed=lambda: failed.append(bool(failing)))

    with pytest.raises(RuntimeError, match="no"):
        asked(lambda: None)
    assert failed == [True]
    assert heard == []
    assert not background.busy


def test_the_status_bar_says_that_something_takes_its_time(qapp: object, qtbot: QtBot) -> None:
    status = Status()
    qtbot.addWidget(status)
    told: list[bool] = []
    status.became_late.connect(lambda: told.append(status.late))
    status.show_state(State(reading=True))
    status.show_state(State(reading=False))
    qtbot.wait(20)
    assert told == []
    status.show_state(State(reading=True))
    qtbot.waitUntil(lambda: told == [True], timeout=20_000)
    assert status._model.text() == "Working…"
    status.show_state(State(reading=False))
    assert told == [True, False]
    assert status._model.text() == ""

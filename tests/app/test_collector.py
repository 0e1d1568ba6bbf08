"""The garbage collector: it runs in the window's thread alone, and it is on whenever nothing holds it off."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from graphviz_app import collector
from graphviz_app.background import Background
from graphviz_app.session import Session
from graphviz_app.training import Trainer

from .windows import OpenWindow


@pytest.fixture
def collected() -> Iterator[set[str]]:
    """The names of the threads in which garbage has been looked for."""
    names: set[str] = set()

    def look(phase: str, info: dict[str, int]) -> None:
        names.add(threading.current_thread().name)

    gc.callbacks.append(look)
    yield names
    gc.callbacks.remove(look)


def litter() -> int:
    """Makes cycles, many more than there are between two looks of the collector."""
    for _ in range(20_000):
        cycle: list[object] = []
        cycle.append(cycle)
    return 1


def back_on() -> bool:
    collector.settle()
    return gc.isenabled()


def test_nothing_is_collected_beside_the_windows_thread(qapp: object, qtbot: QtBot, collected: set[str]) -> None:
    background = Background()
    heard: list[int] = []
    for _ in range(3):
        background.submit(litter, heard.append)
        assert background.wait(20)
    assert heard
    litter()
    assert collected == {threading.main_thread().name}
    qtbot.waitUntil(back_on)


def test_readings_and_layouts_collect_nothing(open_window: OpenWindow, collected: set[str]) -> None:
    window = open_window("assignment3-q1")
    window.session.set_level("operations")
    assert window.session.wait()
    assert collected <= {threading.main_thread().name}


def test_what_training_leaves_is_collected_as_it_goes(
    qtbot: QtBot, session: Session, collected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "YOUNG", 100)
    trainer = Trainer(session)
    trainer.run(10**9)
    qtbot.waitUntil(lambda: session.state.training.done > 0)
    qtbot.wait(300)
    trainer.stop()
    qtbot.waitUntil(lambda: not session.state.training.running)
    assert collected == {threading.main_thread().name}
    trainer.close()
    qtbot.waitUntil(back_on)


@pytest.mark.parametrize("reasons", [(collector.START,), (collector.START, collector.GLIDING)])
def test_the_last_reason_turns_it_on(qtbot: QtBot, reasons: tuple[str, ...]) -> None:
    qtbot.waitUntil(back_on)
    for reason in reasons:
        collector.hold(reason)
    for reason in reasons:
        assert not gc.isenabled()
        collector.release(reason)
    assert gc.isenabled()


def test_who_has_turned_it_off_keeps_it_off(qtbot: QtBot) -> None:
    qtbot.waitUntil(back_on)
    gc.disable()
    try:
        collector.hold(collector.START)
        collector.release(collector.START)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_thread_holds_it_off_until_it_has_ended(qtbot: QtBot) -> None:
    gate = threading.Event()
    released: Callable[[], object] = gate.wait
    thread = collector.aside(released, "gate")
    collector.hold(collector.GLIDING)
    collector.release(collector.GLIDING)
    assert not gc.isenabled()
    gate.set()
    thread.join(5)
    qtbot.waitUntil(back_on)


def test_what_a_thread_works_on_is_let_go_of_in_the_windows_thread(qapp: object) -> None:
    ended: list[str] = []

    class Work:
        def __call__(self) -> None:
            pass

        def __del__(self) -> None:
            ended.append(threading.current_thread().name)

    thread = collector.aside(Work(), "work")
    thread.join(5)
    assert not ended
    collector.settle()
    assert ended == [threading.main_thread().name]

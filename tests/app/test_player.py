"""The clock: every key counts, an animation never keeps one waiting, playing comes to its end."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from graphviz_app.player import SPEEDS, Player
from graphviz_app.session import Session


@pytest.fixture
def clock(session: Session) -> Iterator[Player]:
    made = Player(session)
    yield made
    made.pause()


def test_every_press_is_one_step_however_fast(session: Session, clock: Player) -> None:
    for n in range(1, 6):
        clock.next()
        assert session.state.at == n
        assert clock.animating
    clock.previous()
    assert (session.state.at, session.state.progress) == (4, 1.0)


def test_the_animation_runs_from_nothing_to_all(session: Session, clock: Player, qtbot: QtBot) -> None:
    seen: list[float] = []
    session.changed.connect(lambda state: seen.append(state.progress))
    clock.next()
    qtbot.waitUntil(lambda: session.state.progress == 1.0, timeout=20_000)
    assert seen[0] == 0.0
    assert seen == sorted(seen)
    assert len(seen) > 4


def test_the_last_press_ends_the_last_animation(session: Session, clock: Player) -> None:
    clock.last()
    clock.previous()
    clock.next()
    assert clock.animating
    clock.next()
    assert not clock.animating
    assert session.state.at == len(session.state.steps)


def test_playing_goes_to_the_end_and_stops(session: Session, clock: Player, qtbot: QtBot) -> None:
    clock.set_speed(SPEEDS[-1])
    session.go(len(session.state.steps) - 2)
    clock.toggle()
    assert session.state.playing
    qtbot.waitUntil(lambda: not session.state.playing, timeout=20_000)
    assert session.state.at == len(session.state.steps)
    clock.toggle()
    assert session.state.at == 1
    clock.toggle()
    assert not session.state.playing
    assert session.state.progress == 1.0


def test_moving_elsewhere_ends_playing(session: Session, clock: Player) -> None:
    clock.toggle()
    clock.go(5)
    assert (session.state.at, session.state.playing, session.state.progress) == (5, False, 1.0)


def test_phases_are_entered_and_left_at_their_ends(session: Session, clock: Player) -> None:
    ends = [last for _, _, last in session.state.phases()]
    for end in ends:
        clock.next_phase()
        assert session.state.at == end
    starts = [first for _, first, _ in session.state.phases()]
    for start in reversed(starts):
        clock.previous_phase()
        assert session.state.at == start


def test_reduced_motion_jumps(session: Session, clock: Player) -> None:
    session.apply(reduced_motion=True)
    clock.next()
    assert (session.state.at, session.state.progress) == (1, 1.0)


def test_speeds_have_ends(session: Session, clock: Player) -> None:
    for _ in SPEEDS:
        clock.faster()
    assert session.state.speed == SPEEDS[-1]
    for _ in SPEEDS:
        clock.slower()
    assert session.state.speed == SPEEDS[0]

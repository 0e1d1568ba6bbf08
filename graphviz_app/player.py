"""The one clock: it animates steps and transitions, plays one step after the other, and never keeps a key waiting."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer

from graphviz_app.session import Session, State
from graphviz_models import timeline

FRAME = 16  # milliseconds between two frames
HOLD = 0.6  # seconds a step stands still before the next while playing, at speed 1
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


class Player(QObject):
    """Moves the session along its trace. A key that comes while something is animated finishes that at once."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=FRAME, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._since = QElapsedTimer()  # the transitions began
        self._gliding: dict[object, Callable[[float], None]] = {}
        session.changed.connect(self._follow)

    @property
    def at(self) -> int:
        """How many steps are done."""
        return self._session.state.at

    @property
    def animating(self) -> bool:
        """Whether the last step is still on its way."""
        return self._session.state.progress < 1.0

    @property
    def gliding(self) -> bool:
        """Whether a transition is on its way."""
        return bool(self._gliding)

    def glide(self, owner: object, frame: Callable[[float], None]) -> None:
        """Call `frame` with the progress of a transition until it is 1; a new one of its owner takes its place."""
        if self._gliding:
            self._frames()
        self._gliding.pop(owner, None)
        self._since.start()
        self._gliding[owner] = frame
        self._timer.start()

    def settle(self, owner: object | None = None) -> None:
        """Bring all transitions, or one owner's, to their end."""
        for one in [*self._gliding] if owner is None else [owner]:
            if (frame := self._gliding.pop(one, None)) is not None:
                frame(1.0)

    def next(self) -> None:
        """Take the next step."""
        self.settle()
        self.pause()
        self._step()

    def previous(self) -> None:
        """Take the last step back, at once."""
        self.go(self._session.state.at - 1)

    def go(self, at: int) -> None:
        """Show the trace after `at` steps, at once."""
        self.settle()
        self._timer.stop()
        self._session.go(at, playing=False)

    def first(self) -> None:
        """Back to the bare graph."""
        self.go(0)

    def last(self) -> None:
        """To the end of the trace."""
        self.go(len(self._session.state.steps))

    def next_phase(self) -> None:
        """To the end of the phase that the next step belongs to."""
        state = self._session.state
        self.go(next((last for _, _, last in state.phases() if last > state.at), state.at))

    def previous_phase(self) -> None:
        """To the beginning of the phase that the last step belongs to."""
        state = self._session.state
        self.go(next((first for _, first, _ in reversed(state.phases()) if first < state.at), 0))

    def toggle(self) -> None:
        """Play, or stop playing; at the end, play from the beginning."""
        self.settle()
        state = self._session.state
        if state.playing:
            self.pause()
            return
        if not state.steps:
            return
        self._session.apply(playing=True, at=0 if state.at == len(state.steps) else state.at, progress=1.0)
        self._step()

    def pause(self) -> None:
        """Stop playing; the step that is on its way arrives at once."""
        if not self._gliding:
            self._timer.stop()
        state = self._session.state
        if state.playing or state.progress < 1.0:
            self._session.apply(playing=False, progress=1.0)

    def set_speed(self, speed: float) -> None:
        """Play `speed` times as fast as 400 ms a step."""
        if speed != self._session.state.speed:
            self._session.apply(speed=speed)

    def faster(self) -> None:
        """The next higher speed."""
        self.set_speed(next((s for s in SPEEDS if s > self._session.state.speed), SPEEDS[-1]))

    def slower(self) -> None:
        """The next lower speed."""
        self.set_speed(next((s for s in reversed(SPEEDS) if s < self._session.state.speed), SPEEDS[0]))

    def tick(self) -> None:
        """One frame: move the transitions on, or else the step, or begin the next one while playing."""
        if self._gliding:
            self._frames()
            return
        state = self._session.state
        elapsed = self._clock.elapsed() / 1000
        whole = timeline.duration(state.speed, reduced_motion=state.reduced_motion)
        if state.progress < 1.0:
            self._session.apply(progress=timeline.progress(elapsed, whole))
            return
        if not state.playing:
            self._timer.stop()
            return
        motion = timeline.duration(state.speed)
        if elapsed < motion + HOLD / state.speed:
            return
        if state.at >= len(state.steps):
            self.pause()
        else:
            self._step()

    def _step(self) -> None:
        state = self._session.state
        if state.at >= len(state.steps):
            if state.progress < 1.0:
                self._session.apply(progress=1.0)
            return
        self._clock.start()
        self._session.go(state.at + 1, 1.0 if state.reduced_motion else 0.0)
        if not state.reduced_motion or self._session.state.playing:
            self._timer.start()

    def _frames(self) -> None:
        """The transitions' next frame; steps wait for their end."""
        state = self._session.state
        progress = timeline.progress(self._since.elapsed() / 1000, timeline.duration(state.speed))
        if progress >= 1.0:
            self.settle()
            return
        for frame in [*self._gliding.values()]:
            frame(progress)

    def _follow(self, state: State) -> None:
        # Another document, an iteration, the timeline: whoever moves elsewhere ends the animation.
        if self._timer.isActive() and not state.playing and state.progress >= 1.0 and not self._gliding:
            self._timer.stop()

"""Training in a thread of its own: the window asks 30 times a second how far it has come, and never waits for it."""

from __future__ import annotations

import math
import sys
import threading
import time
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer

from graphviz_app.background import Background
from graphviz_app.history import Losses, Stretch
from graphviz_app.session import Session, State
from graphviz_models.compile import CompiledStep, compile_step
from graphviz_models.expr import Array
from graphviz_models.program import Program

POLL = 33  # milliseconds between two looks
SLICE = 0.002  # seconds that the worker computes before it lets the window in
DRAWING = 5  # milliseconds after a change that the window has to paint it
YIELD = 0.05  # seconds that it waits at most for the window to have done its work
SWITCH = 0.0005  # seconds after which Python hands a thread's turn on while training runs
GRAPH_EVERY = 6  # looks between two drawings of the graph while training runs
GRAPH_LARGEST = 400  # nodes; a larger graph is drawn when the training has ended
MOST_AT_ONCE = 4096  # iterations between two looks at whether to stop
REPLAY = 512  # iterations that are computed again before the window is let in


class Course:
    """All training of one program: its stretches and losses. Used by the worker and by the window, under one lock."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lock = threading.Lock()
        self.losses = Losses()
        self.stretches: list[Stretch] = []
        self.done = 0
        self.last: float | None = None  # the loss after the last iteration, once computed
        self.ended = ""  # "", "finished", "stopped", "not finite", "failed"
        self.latest: dict[str, Array] = {}  # parameters after `done` iterations
        # Clear while the window draws. Both threads share one interpreter: every call into Qt would cost it a turn.
        self.idle = threading.Event()
        self.idle.set()
        self._replays: dict[int, CompiledStep] = {}
        self._step: CompiledStep | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the worker is at work."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, optimizer: str, learning_rate: float, iterations: int) -> None:
        """Train on, in a thread."""
        self._stop.clear()
        self.ended = ""
        # A daemon, so that a program that is killed does not hang; closing the window ends the thread properly.
        self._thread = threading.Thread(
            target=self._work, args=(optimizer, learning_rate, iterations), name="graphviz-training", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Ask the worker to end."""
        self._stop.set()

    def join(self, seconds: float) -> bool:
        """Wait for the worker to end; whether it has."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.running

    def parameters(self, iteration: int) -> dict[str, Array]:
        """The parameters after `iteration` iterations, computed again from the nearest state that was kept before."""
        with self.lock:
            if iteration == self.done and self.latest:
                return self.latest
            stretch = next(s for s in reversed(self.stretches) if s.start <= iteration)
            at, state = stretch.before(iteration)
        step = self._replays.get(stretch.start)
        if step is None:
            step = self._replays[stretch.start] = compile_step(self.program, stretch.optimizer)
        step.set_state(state)
        while at < iteration:
            self.idle.wait(YIELD)
            count = min(iteration - at, REPLAY)
            step.advance(count, stretch.learning_rate, [])
            at += count
        return step.parameters()

    def _work(self, optimizer: str, learning_rate: float, iterations: int) -> None:
        before = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        try:
            self._train(optimizer, learning_rate, iterations)
        except BaseException:
            self.ended = "failed"
            raise
        finally:
            sys.setswitchinterval(before)

    def _train(self, optimizer: str, learning_rate: float, iterations: int) -> None:
        step = self._ready(optimizer, learning_rate)
        stretch, goal, many = self.stretches[-1], self.done + iterations, 1
        ended = "finished"
        while self.done < goal:
            self.idle.wait(YIELD)
            if self._stop.is_set():
                ended = "stopped"
                break
            count = min(many, goal - self.done, stretch.until_due(self.done), MOST_AT_ONCE)
            losses: list[float] = []
            began = time.perf_counter()
            step.advance(count, learning_rate, losses)
            took = time.perf_counter() - began
            if took < SLICE / 2 and count == many:
                many *= 2
            elif took > SLICE and many > 1:
                many //= 2
            finite = math.isfinite(losses[-1])
            with self.lock:
                self.losses.extend(losses if finite else losses[:-1])
                self.done = self.losses.count
                self.last = None if finite else losses[-1]
                self.latest = step.parameters()
                if finite and stretch.due(self.done):
                    stretch.keep(self.done, step.state())
            if not finite:
                ended = "not finite"
                break
        if ended != "not finite":
            self.last = step.loss()
        self.ended = ended

    def _ready(self, optimizer: str, learning_rate: float) -> CompiledStep:
        """The generated iteration, and the stretch that it goes on with or begins."""
        last = self.stretches[-1] if self.stretches else None
        step = self._step
        if step is None or last is None or last.optimizer != optimizer:
            parameters = step.parameters() if step is not None else None
            step = self._step = compile_step(self.program, optimizer)
            if parameters is not None:
                step.set_parameters(parameters)
            last = None
        if last is None or last.learning_rate != learning_rate:
            made = Stretch(self.done, optimizer, learning_rate)
            made.keep(self.done, step.state())
            with self.lock:
                self.stretches.append(made)
        return step


class Trainer(QObject):
    """Trains the sheet's program and shows any of its iterations."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._course: Course | None = None
        self._looks = 0
        self._replay = Background(self)
        self._timer = QTimer(self, interval=POLL)
        self._timer.timeout.connect(self._look)
        self._drawn = QTimer(self, singleShot=True, interval=DRAWING)  # runs out when a change has been painted
        self._drawn.timeout.connect(lambda: self._idle(True))
        session.changed.connect(self._follow)

    def run(self, iterations: int | None = None) -> None:
        """Train on from the last iteration done."""
        state = self._session.state
        if state.sheet is None or state.training.running:
            return
        training = state.training
        count = training.iterations if iterations is None else iterations
        course = self._ready(state)
        course.begin(training.optimizer, training.learning_rate, count)
        self._looks = 0
        self._timer.start()
        self._session.train(running=True, begun=course.done, goal=course.done + count, ended="", iterations=count)

    def one(self) -> None:
        """Show the next iteration; train for it where it is not done yet."""
        training = self._session.state.training
        if training.iteration < training.done:
            self.show(training.iteration + 1)
        elif self._session.state.sheet is not None:
            iterations = training.iterations
            self.run(1)
            self._session.train(iterations=iterations)
            if self._course is not None and self._course.join(0.025):
                self._look()

    def stop(self) -> None:
        """Stop; everything up to here is kept."""
        if self._course is not None:
            self._course.stop()

    def reset(self) -> None:
        """The parameters of the file again, and no history."""
        self._end()
        training = self._session.state.training
        self._session.train(running=False, done=0, goal=0, begun=0, revision=training.revision + 1, ended="")
        self._session.show_iteration(0, None)

    def choose(self, **choice: Any) -> None:
        """Another optimizer, learning rate or number of iterations, from here on."""
        self._session.train(**choice)
        if "iterations" not in choice:
            self.show(self._session.state.training.iteration, again=True)

    def show(self, iteration: int, *, again: bool = False) -> None:
        """Show the graph with the values of an iteration."""
        training, course = self._session.state.training, self._course
        iteration = max(0, min(iteration, training.done))
        if iteration == training.iteration and not again:
            return
        self._see_values()
        if course is None or iteration == 0:
            self._session.show_iteration(iteration, None)
            return
        # The line in the plot follows the pointer at once, the graph as soon as it is computed.
        self._session.train(iteration=iteration)
        self._replay.submit(
            lambda: (iteration, course.parameters(iteration)),
            lambda made: self._replayed(course, *made),
            patience=0.002,
        )

    def points(self) -> tuple[Array, Array]:
        """Iterations and losses for the plot, at most a few thousand."""
        course = self._course
        if course is None:
            trace = self._session.state.trace
            known = np.array([trace.loss]) if trace is not None else np.zeros(0)
            return np.zeros(len(known)), known
        with course.lock:
            x, y = course.losses.points()
            if course.last is not None:
                x, y = np.append(x, float(course.done)), np.append(y, course.last)
        return x, y

    def close(self) -> None:
        """End everything; within two seconds no thread is left."""
        self._end()
        self._replay.drop()

    def _idle(self, idle: bool) -> None:
        if self._course is not None:
            (self._course.idle.set if idle else self._course.idle.clear)()

    def _ready(self, state: State) -> Course:
        if self._course is None and state.sheet is not None:
            self._course = Course(state.sheet.program)
        assert self._course is not None
        return self._course

    def _end(self) -> None:
        course, self._course = self._course, None
        self._timer.stop()
        if course is not None:
            course.stop()
            course.join(2.0)

    def _look(self) -> None:
        course = self._course
        if course is None:
            self._timer.stop()
            return
        training = self._session.state.training
        running = course.running
        if not running:
            self._timer.stop()
        self._looks += 1
        done = course.done
        self._session.train(
            done=done, running=running, revision=training.revision + 1, ended="" if running else self._words(course)
        )
        program = self._session.state.program
        small = program is not None and len(program.names) <= GRAPH_LARGEST
        if not running or (small and self._looks % GRAPH_EVERY == 0 and not self._replay.busy):
            self.show(done)

    def _see_values(self) -> None:
        """From the bare graph, which shows nothing of an iteration, go to the end of the backward pass."""
        state = self._session.state
        if state.at == 0:
            self._session.go(max((last for phase, _, last in state.phases() if phase != "update"), default=0))

    def _words(self, course: Course) -> str:
        if course.ended == "not finite":
            self._session.tell(
                self.tr(
                    "Training stopped: the loss is not finite after iteration {0}. Try a smaller learning rate."
                ).replace("{0}", f"{course.done:,}")
            )
        if course.ended == "failed":
            return self.tr("failed")
        return self.tr("stopped") if course.ended in ("stopped", "not finite") else ""

    def _replayed(self, course: Course, iteration: int, parameters: dict[str, Array]) -> None:
        if self._course is course and self._session.state.training.iteration == iteration:
            self._session.show_iteration(iteration, parameters)

    def _follow(self, state: State) -> None:
        # This hears of every change first: the worker makes way until the panels have drawn it.
        if self._course is not None and state.training.running:
            self._idle(False)
            self._drawn.start()
        # Another text means another program: what was trained belongs to the old one.
        if self._course is not None and (state.sheet is None or state.sheet.program is not self._course.program):
            self._end()

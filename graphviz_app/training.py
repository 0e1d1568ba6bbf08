"""Training in a thread of its own: the window asks 30 times a second how far it has come, and never waits for it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer

from graphviz_app import collector
from graphviz_app.background import Background
from graphviz_app.session import Session, State
from graphviz_models.expr import Array
from graphviz_models.program import Program
from graphviz_models.train import Losses, Run

POLL = 33  # milliseconds between two looks
SLICE = 0.002  # seconds that the worker computes before it lets the window in
YIELD = 0.25  # seconds that the worker waits at most for the window to have done its work
DRAWING = 12  # milliseconds after a change until it is painted: Qt itself begins to paint after 5
SWITCH = 0.0005  # seconds after which Python hands a thread's turn on while training runs
GRAPH_EVERY = 6  # looks between two drawings of the graph while training runs
GRAPH_LARGEST = 400  # nodes; a larger graph is drawn when the training has ended
DRAWN = 4096 - 3  # points of the loss curve, to which the last stretch adds three at most


@dataclass(frozen=True, eq=False)
class Snapshot:
    """How far training was at one moment: iterations done, the run's state then, and the curve of the loss so far."""

    done: int = 0
    optimizer: str = "sgd"
    state: Mapping[str, Array] = field(default_factory=dict)
    iterations: Array = field(default_factory=lambda: np.zeros(0))
    losses: Array = field(default_factory=lambda: np.zeros(0))


class Course:
    """All training of one program, run after run.

    The worker publishes a `Snapshot`, complete and frozen; the window only ever reads the last one, without waiting.
    The lock lies around the runs themselves, which one thread may use at a time: the worker, or whoever asks for the
    parameters of an earlier iteration, never the window's thread.

    Another optimizer or learning rate begins another run where the last one is; another optimizer begins with nothing
    remembered of the steps so far, another rate with all of it.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.snapshot = Snapshot()
        self.ended = ""  # "", "finished", "stopped", "not finite", "failed"
        # Clear while the window draws. Both threads share one interpreter: every call into Qt would cost it a turn.
        self.idle = threading.Event()
        self.idle.set()
        self._runs: list[tuple[int, tuple[str, float], Run]] = []  # start, optimizer and learning rate, run
        self._lock = threading.Lock()
        self._asked = threading.Event()  # set while an earlier iteration is asked for: the lock is not a fair one
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
        work = partial(self._work, optimizer, learning_rate, iterations)
        self._thread = collector.aside(work, "graphviz-training")  # closing the window ends it properly

    def stop(self) -> None:
        """Ask the worker to end, also where it makes way for the window."""
        self._stop.set()
        self.idle.set()

    def join(self, seconds: float) -> bool:
        """Wait for the worker to end; whether it has."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.running

    def state(self, iteration: int, optimizer: str) -> dict[str, Array]:
        """The parameters after `iteration` iterations, computed again from a state that was kept before.

        With them comes what the optimizer remembers then, if it was this one; another one would begin with nothing.
        """
        known = self.snapshot
        if iteration == known.done:
            return self._for(optimizer, known.optimizer, known.state)
        self._asked.set()
        try:
            with self._lock:
                start, (used, _), run = next(row for row in reversed(self._runs) if row[0] <= iteration)
                return self._for(optimizer, used, run.state(iteration - start))
        finally:
            self._asked.clear()

    def _for(self, optimizer: str, used: str, state: Mapping[str, Array]) -> dict[str, Array]:
        return {name: a for name, a in state.items() if optimizer == used or name in self.program.given}

    def _publish(self, start: int, run: Run, last: float | None) -> None:
        """Make known how far the worker is; called with the lock held."""
        parts = [(at, *one.losses.points()) for at, _, one in self._runs]
        x = [at + iterations for at, iterations, _ in parts]
        y = [losses for _, _, losses in parts]
        done = start + run.iteration
        if last is not None:
            x.append(np.array([float(done)]))
            y.append(np.array([last]))
        iterations, losses = np.concatenate(x), np.concatenate(y)
        if len(losses) > DRAWN:  # many runs: together they are thinned once more
            curve = Losses(DRAWN)
            curve.extend(losses.tolist())
            kept = curve.points()[0].astype(int)
            iterations, losses = iterations[kept], losses[kept]
        self.snapshot = Snapshot(done, self._runs[-1][1][0], run.state(), iterations, losses)

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
        start, run = self._ready(optimizer, learning_rate)
        goal, ended, published = start + run.iteration + iterations, "finished", 0.0
        while start + run.iteration < goal and run.stopped is None:
            self.idle.wait(YIELD)
            if self._stop.is_set():
                ended = "stopped"
                break
            if self._asked.is_set():
                time.sleep(SLICE)
            with self._lock:
                run.advance(goal - start - run.iteration, SLICE, self._stop.is_set)
                if time.perf_counter() - published >= POLL / 1000:
                    self._publish(start, run, None)
                    published = time.perf_counter()
        with self._lock:
            self._publish(start, run, run.loss if run.stopped is None else None)
        self.ended = ended if run.stopped is None else "not finite"

    def _ready(self, optimizer: str, learning_rate: float) -> tuple[int, Run]:
        """The run to go on with, and the iteration at which it began."""
        settings = (optimizer, learning_rate)
        if self._runs and self._runs[-1][1] == settings:
            return self._runs[-1][0], self._runs[-1][2]
        if self._runs and self._runs[-1][1][0] == optimizer:
            with self._lock:
                remembered = self._runs[-1][2].state()
            run = Run(self.program, optimizer, learning_rate, remembered)
        else:
            known = self.snapshot.state
            given = {n: replace(one, value=known.get(n, one.value)) for n, one in self.program.given.items()}
            run = Run(replace(self.program, given=given), optimizer, learning_rate)
        run.losses = Losses(DRAWN)
        start = self.snapshot.done
        with self._lock:
            self._runs.append((start, settings, run))
        return start, run


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
        self._drawn = QTimer(self, singleShot=True, interval=DRAWING)
        self._drawn.timeout.connect(self._go_on)
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
        self._session.train(
            running=True, begun=course.snapshot.done, goal=course.snapshot.done + count, ended="", iterations=count
        )

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
            lambda: (iteration, course.state(iteration, training.optimizer)),
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
        return course.snapshot.iterations, course.snapshot.losses

    def close(self) -> None:
        """End everything; within two seconds no thread is left."""
        self._end()
        self._replay.drop(2.0)

    def _go_on(self) -> None:
        if self._course is not None:
            self._course.idle.set()

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
        collector.sweep()
        training = self._session.state.training
        running = course.running
        if not running:
            self._timer.stop()
        self._looks += 1
        known = course.snapshot
        done = known.done
        state = self._session.state
        small = state.program is not None and len(state.program.names) <= GRAPH_LARGEST
        drawn = not running or (small and self._looks % GRAPH_EVERY == 0 and not state.reading)
        self._session.train(
            done=done,
            iteration=done if drawn else training.iteration,
            running=running,
            revision=training.revision + 1,
            ended="" if running else self._words(course),
        )
        if drawn and done:
            self._see_values()
            self._session.show_iteration(done, course.state(done, training.optimizer))

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
                ).replace("{0}", f"{course.snapshot.done:,}")
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
            self._course.idle.clear()
            self._drawn.start()
        # Another text means another program: what was trained belongs to the old one.
        if self._course is not None and (state.sheet is None or state.sheet.program is not self._course.program):
            self._end()

"""Training: the losses and parameters of many iterations, any of which can be gone back to.

Every parameter moves by the optimizer's rule; inputs and targets stay. The loss of iteration k is the loss before
update k + 1, so N iterations have N + 1 losses. Training ends at the first loss that is not finite; everything before
it is kept.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .compile import compile_step
from .expr import Array
from .optimizers import OPTIMIZERS
from .program import Program

__all__ = ["OPTIMIZERS", "History", "Losses", "Run", "train"]

#: Points of a loss curve that are kept, states that are kept to go back to, and the bytes that these may take.
MOST_POINTS, MOST_STATES, MOST_BYTES = 20_000, 512, 64_000_000
#: Iterations, and about the seconds, between two looks at whether to stop.
MOST_AT_ONCE, SLICE = 4096, 0.004


@dataclass(frozen=True, eq=False)
class History:
    """What a training left: the loss of every iteration, the parameters after the last.

    `stopped` is the iteration whose loss is not finite, the last one of `losses`; None where all are finite.
    """

    losses: tuple[float, ...]
    parameters: Mapping[str, Array]
    stopped: int | None = None


def train(program: Program, optimizer: str = "sgd", learning_rate: float = 0.1, iterations: int = 100) -> History:
    """Trains from the parameters that the model gives. Raises KeyError for an unknown optimizer."""
    step = compile_step(program, optimizer)
    losses: list[float] = []
    step.advance(iterations, learning_rate, losses)
    if not losses or math.isfinite(losses[-1]):
        losses.append(step.loss())
    stopped = None if math.isfinite(losses[-1]) else len(losses) - 1
    return History(tuple(losses), step.parameters(), stopped)


class Losses:
    """A loss curve of any length in bounded memory: of every stretch of iterations the smallest and the largest loss.

    Stretches are one iteration long until there are too many; then two become one, again and again.
    """

    def __init__(self, most: int = MOST_POINTS) -> None:
        self.count = 0
        self.width = 1
        # A row a stretch: where its smallest loss is, that loss, where its largest one is, that loss.
        self._stretches = np.empty((max(2, most // 4 * 2), 4))
        self._full = 0
        self._rest: list[float] = []

    def extend(self, losses: Sequence[float]) -> None:
        """Adds the losses of the next iterations."""
        self._rest += losses
        self.count += len(losses)
        while len(self._rest) >= self.width:
            take = min(len(self._stretches) - self._full, len(self._rest) // self.width)
            rows = np.asarray(self._rest[: take * self.width]).reshape(take, self.width)
            first = self.count - len(self._rest) + np.arange(take) * self.width
            del self._rest[: take * self.width]
            self._stretches[self._full : self._full + take] = _extremes(first[:, np.newaxis], rows)
            self._full += take
            if self._full == len(self._stretches):
                self._full //= 2
                self._stretches[: self._full] = _joined(self._stretches)
                self.width *= 2

    def points(self) -> tuple[Array, Array]:
        """Iterations and losses in order, at most `most` and three; every extremum and the last loss are among them."""
        rows = self._stretches[: self._full]
        if self._rest:
            before = np.array([self._rest[:-1] or self._rest])  # the last loss may not be finite
            last = [[self.count - 1, self._rest[-1]] * 2]
            rows = np.concatenate((rows, _extremes(self.count - len(self._rest), before), last))
        at, losses = rows[:, 0::2], rows[:, 1::2]
        order = np.argsort(at, axis=1, kind="stable")
        at, losses = (np.take_along_axis(part, order, axis=1).ravel() for part in (at, losses))
        new = np.append(True, at[1:] > at[:-1])[: len(at)]
        return at[new], losses[new]


def _extremes(first: Array | int, rows: Array) -> Array:
    """Where each row, which begins at the iteration `first`, is smallest and largest, each with the loss there."""
    low, high = rows.argmin(axis=1, keepdims=True), rows.argmax(axis=1, keepdims=True)
    losses = np.take_along_axis(rows, low, axis=1), np.take_along_axis(rows, high, axis=1)
    return np.hstack((first + low, losses[0], first + high, losses[1]))


def _joined(stretches: Array) -> Array:
    """Each two stretches as one."""
    a, b = stretches[0::2], stretches[1::2]
    low, high = a[:, 1] <= b[:, 1], a[:, 3] >= b[:, 3]
    return np.hstack((np.where(low[:, np.newaxis], a, b)[:, :2], np.where(high[:, np.newaxis], a, b)[:, 2:]))


class Run:
    """A training that goes on bit by bit. `iteration` updates are done; `stopped` is as in History.

    The same program, optimizer and rate give the same numbers, however the iterations are portioned. States are kept at
    distances that double, so that the parameters of any iteration are soon computed again. Used by one thread at a
    time. With the `state` of another run of this program with this optimizer, training goes on from there, whatever
    the learning rate.
    """

    def __init__(
        self,
        program: Program,
        optimizer: str = "sgd",
        learning_rate: float = 0.1,
        state: Mapping[str, Array] | None = None,
    ) -> None:
        self.learning_rate = float(learning_rate)
        self.losses = Losses()
        self.iteration = 0
        self.stopped: int | None = None
        self._step = compile_step(program, optimizer)
        if state is not None:
            self._step.set_state(state)
        self._states: list[tuple[int, dict[str, Array]]] = []
        self._spacing = 1
        self._keep()

    @property
    def loss(self) -> float:
        """The loss after the last update."""
        return self._step.loss()

    def advance(self, iterations: int, seconds: float = math.inf, cancelled: Callable[[], bool] = lambda: False) -> int:
        """At most so many iterations, in about so many seconds, until `cancelled`; gives how many were done."""
        began, goal, many = self.iteration, self.iteration + iterations, 1
        end = time.perf_counter() + seconds
        while self.iteration < goal and self.stopped is None and not cancelled():
            due = self._states[-1][0] + self._spacing - self.iteration
            count = min(many, goal - self.iteration, due, MOST_AT_ONCE)
            found: list[float] = []
            start = time.perf_counter()
            self._step.advance(count, self.learning_rate, found)
            now = time.perf_counter()
            self.losses.extend(found)
            if math.isfinite(found[-1]):
                self.iteration += len(found)
            else:
                self.iteration += len(found) - 1
                self.stopped = self.iteration
            if self.iteration - self._states[-1][0] >= self._spacing:
                self._keep()
            if count == many and now - start < SLICE / 2:
                many *= 2
            elif now - start > SLICE:
                many = max(1, many // 2)
            if now >= end:
                break
        return self.iteration - began

    def parameters(self, iteration: int | None = None) -> dict[str, Array]:
        """The parameters after that many updates, by default all. Raises IndexError beyond those done."""
        if iteration is None or iteration == self.iteration:
            return self._step.parameters()
        found = self.state(iteration)
        return {name: found.get(name, value) for name, value in self._step.parameters().items()}

    def state(self, iteration: int | None = None) -> dict[str, Array]:
        """The parameters after that many updates, with all that the optimizer remembers of them, by `remembered`.

        Parameters that the loss does not depend on are left out. Raises IndexError as `parameters` does.
        """
        if iteration is None or iteration == self.iteration:
            return self._step.state()
        if not 0 <= iteration < self.iteration:
            raise IndexError(f"{iteration} is none of the iterations 0 to {self.iteration}")
        now = self._step.state()
        at, state = self._states[bisect_right(self._states, iteration, key=lambda kept: kept[0]) - 1]
        self._step.set_state(state)
        self._step.advance(iteration - at, self.learning_rate, [])
        found = self._step.state()
        self._step.set_state(now)
        return found

    def _keep(self) -> None:
        """Keeps the state as it is; where there are too many, every second one goes."""
        state = self._step.state()
        self._states.append((self.iteration, state))
        most = max(4, min(MOST_STATES, MOST_BYTES // max(1, sum(a.nbytes for a in state.values()))))
        while len(self._states) > most:
            del self._states[1::2]
            self._spacing *= 2

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
        self._most = max(2, most // 4 * 2)
        self._full: list[tuple[int, float, int, float]] = []
        self._rest: list[float] = []

    def extend(self, losses: Sequence[float]) -> None:
        """Adds the losses of the next iterations."""
        self._rest += losses
        self.count += len(losses)
        while len(self._rest) >= self.width:
            take = min(self._most - len(self._full), len(self._rest) // self.width)
            start = self.count - len(self._rest)
            rows = np.asarray(self._rest[: take * self.width]).reshape(take, self.width)
            del self._rest[: take * self.width]
            first = start + np.arange(take) * self.width
            low, high = rows.argmin(axis=1), rows.argmax(axis=1)
            each = np.arange(take)
            self._full += zip(
                (first + low).tolist(),
                rows[each, low].tolist(),
                (first + high).tolist(),
                rows[each, high].tolist(),
                strict=True,
            )
            if len(self._full) == self._most:
                self._full = [_both(*self._full[k : k + 2]) for k in range(0, self._most, 2)]
                self.width *= 2

    def points(self) -> tuple[Array, Array]:
        """Iterations and losses in order, at most 20,000 and the last stretch; every extremum is among them."""
        at: dict[int, float] = {}
        for low_at, low, high_at, high in self._full:
            first, second = sorted(((low_at, low), (high_at, high)))
            at[first[0]], at[second[0]] = first[1], second[1]
        at.update(enumerate(self._rest, self.count - len(self._rest)))
        return np.array(list(at), dtype=np.float64), np.array(list(at.values()), dtype=np.float64)


def _both(a: tuple[int, float, int, float], b: tuple[int, float, int, float]) -> tuple[int, float, int, float]:
    """Two stretches as one."""
    low, high = (a if a[1] <= b[1] else b), (a if a[3] >= b[3] else b)
    return low[0], low[1], high[2], high[3]


class Run:
    """A training that goes on bit by bit. `iteration` updates are done; `stopped` is as in History.

    The same program, optimizer and rate give the same numbers, however the iterations are portioned. States are kept at
    distances that double, so that the parameters of any iteration are soon computed again. Used by one thread at a
    time.
    """

    def __init__(self, program: Program, optimizer: str = "sgd", learning_rate: float = 0.1) -> None:
        self.learning_rate = float(learning_rate)
        self.losses = Losses()
        self.iteration = 0
        self.stopped: int | None = None
        self._step = compile_step(program, optimizer)
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
        if not 0 <= iteration < self.iteration:
            raise IndexError(f"{iteration} is none of the iterations 0 to {self.iteration}")
        now = self._step.state()
        at, state = self._states[bisect_right(self._states, iteration, key=lambda kept: kept[0]) - 1]
        self._step.set_state(state)
        self._step.advance(iteration - at, self.learning_rate, [])
        found = self._step.parameters()
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

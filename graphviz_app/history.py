"""What training leaves behind: losses, thinned without losing an extremum, and states to go back to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graphviz_models.expr import Array

BUCKETS = 2048  # at most twice as many points are ever drawn
STATES = 1024  # kept of one stretch of training
MEMORY = 64_000_000  # bytes that they may take
State = Mapping[str, Array]


class Losses:
    """The losses of all iterations in at most `buckets` equal stretches, of each its smallest and its largest.

    A stretch is one iteration long at first; whenever all stretches are full, two become one.
    """

    def __init__(self, buckets: int = BUCKETS) -> None:
        self.count = 0
        self.width = 1
        self._used = 0  # stretches that are full
        self._low = np.empty(buckets)
        self._high = np.empty(buckets)
        self._low_at = np.empty(buckets, dtype=np.int64)
        self._high_at = np.empty(buckets, dtype=np.int64)
        self._rest: list[float] = []  # of the stretch that is not full yet

    def extend(self, losses: Sequence[float]) -> None:
        """Add the losses of the next iterations."""
        values = [*self._rest, *losses]
        start = self.count - len(self._rest)
        self.count += len(losses)
        while len(values) >= self.width:
            free = len(self._low) - self._used
            take = min(free, len(values) // self.width)
            block = np.asarray(values[: take * self.width]).reshape(take, self.width)
            first = start + np.arange(take) * self.width
            where = slice(self._used, self._used + take)
            low, high = block.argmin(axis=1), block.argmax(axis=1)
            rows = np.arange(take)
            self._low[where], self._high[where] = block[rows, low], block[rows, high]
            self._low_at[where], self._high_at[where] = first + low, first + high
            self._used += take
            values = values[take * self.width :]
            start += take * self.width
            if self._used == len(self._low):
                self._halve()
        self._rest = values

    def points(self) -> tuple[Array, Array]:
        """Iterations and losses to be drawn, in order; every extremum is among them."""
        at = np.stack((self._low_at[: self._used], self._high_at[: self._used]), axis=1)
        loss = np.stack((self._low[: self._used], self._high[: self._used]), axis=1)
        swapped = at[:, 0] > at[:, 1]
        at[swapped], loss[swapped] = at[swapped, ::-1], loss[swapped, ::-1]
        x, y = at.ravel(), loss.ravel()
        if self._rest:
            rest = np.asarray(self._rest)
            x = np.concatenate((x, self.count - len(rest) + np.arange(len(rest))))
            y = np.concatenate((y, rest))
        once = np.ones(len(x), dtype=bool)
        once[1:] = x[1:] != x[:-1]
        return x[once].astype(np.float64), y[once]

    def _halve(self) -> None:
        half = self._used // 2
        low, high = self._low[: 2 * half].reshape(half, 2), self._high[: 2 * half].reshape(half, 2)
        rows, lower, higher = np.arange(half), low.argmin(axis=1), high.argmax(axis=1)
        self._low_at[:half] = self._low_at[: 2 * half].reshape(half, 2)[rows, lower]
        self._high_at[:half] = self._high_at[: 2 * half].reshape(half, 2)[rows, higher]
        self._low[:half], self._high[:half] = low[rows, lower], high[rows, higher]
        self._used = half
        self.width *= 2


@dataclass
class Stretch:
    """Iterations with one optimizer and one learning rate, from `start` on, and states kept at equal distances."""

    start: int
    optimizer: str
    learning_rate: float
    spacing: int = 1
    _at: list[int] = field(default_factory=list)
    _states: list[State] = field(default_factory=list)

    def due(self, iteration: int) -> bool:
        """Whether the state after `iteration` iterations is to be kept."""
        return not self._at or iteration - self._at[-1] >= self.spacing

    def until_due(self, iteration: int) -> int:
        """How many iterations there are until a state is to be kept."""
        return max(1, self._at[-1] + self.spacing - iteration) if self._at else 1

    def keep(self, iteration: int, state: State) -> None:
        """Keep a state; where there are too many, every second one goes."""
        self._at.append(iteration)
        self._states.append(state)
        size = sum(a.nbytes for a in state.values())
        if len(self._at) > max(4, min(STATES, MEMORY // max(1, size))):
            del self._at[1::2], self._states[1::2]
            self.spacing *= 2

    def before(self, iteration: int) -> tuple[int, State]:
        """The last state kept at or before an iteration."""
        place = max(0, bisect_right(self._at, iteration) - 1)
        return self._at[place], self._states[place]

"""A moment of a trace: what is known after so many steps, and what is happening in the last of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphviz_models.fold import Recurrence
from graphviz_models.once import once
from graphviz_models.timeline import ADDED, LANDING, travelled
from graphviz_models.trace import Contribution, Step, Trace

from .marks import State
from .tensors import Quantity, Span, spanned

_NEVER = 1 << 60


class Ledger:
    """For every node of a trace: after how many steps its value, its delta and its updated value are known."""

    def __init__(self, trace: Trace) -> None:
        self.steps = trace.steps
        program = trace.program
        constants = [e.name for e in program.equations if not e.reads and e.name != program.loss]
        self.value: dict[str, int] = dict.fromkeys([*program.given, *constants], 0)
        self.delta: dict[str, int] = {}
        self.update: dict[str, int] = {}
        into = {"forward": self.value, "backward": self.delta, "update": self.update}
        for count, step in enumerate(trace.steps, 1):
            into[step.phase].setdefault(step.node, count)
        self._values = trace.values
        self._sums: dict[str, dict[str, Contribution]] = {}

    @staticmethod
    def of(trace: Trace) -> Ledger:
        """The ledger of a trace, made once."""
        return _ledger(trace)

    def contributions(self, node: str) -> dict[str, Contribution]:
        """What arrives at `node` in the backward pass, by the consumer that it comes from."""
        found = self._sums.get(node)
        if found is None:
            count = self.delta.get(node, 0)
            summands = self.steps[count - 1].contributions if count else ()
            found = self._sums[node] = {summand.source: summand for summand in summands}
        return found

    def span(self, node: str, quantity: Quantity) -> Span | None:
        """The least and the greatest entry of the node's value at any step, or of its delta; None where it has none."""
        if quantity == "value":
            updated = [self.value_of(node, True)] if node in self.update else []
            return spanned(self._values[node], *updated)
        return spanned(self.delta_of(node)) if node in self.delta else None

    def value_of(self, node: str, updated: bool) -> np.ndarray[Any, Any]:
        """The node's value, or the one that an update gave it."""
        return self.steps[self.update[node] - 1].value if updated else self._values[node]

    def delta_of(self, node: str) -> np.ndarray[Any, Any]:
        """The node's delta."""
        return self.steps[self.delta[node] - 1].shown


def turns(trace: Trace, steps: Recurrence) -> tuple[int, ...]:
    """The time step that is being worked on after every number of steps of the trace, from 0.

    What belongs to none leaves it where it was: the first before it all begins, the last while the loss is computed.
    """
    found = [steps.steps[0]]
    for step in trace.steps:
        found.append(steps.turn.get(step.node, found[-1]))
    return tuple(found)


_ledger = once(Ledger)


class Moment:
    """What is known after `at` steps, the last of them `progress` (0 to 1) of the way done.

    `resting`: when they all are, nothing is being done any more.
    """

    def __init__(self, trace: Trace, at: int, progress: float, resting: bool = False) -> None:
        self.ledger = Ledger.of(trace)
        self.at = min(max(at, 0), len(trace.steps))
        over = resting and self.at == len(trace.steps) and progress >= 1.0
        self.step: Step | None = trace.steps[self.at - 1] if self.at and not over else None
        self.travelled = travelled(progress) if self.step is not None else 1.0
        self.landed = self.step is None or progress >= LANDING
        self.done = self.at if self.landed else self.at - 1
        self._progress = progress

    def adding(self, node: str) -> bool:
        """Whether the products that have just arrived at the node are being added."""
        arriving = self.step is not None and self.step.node == node and self.step.phase == "backward"
        return arriving and self.landed and self._progress < ADDED and len(self.ledger.contributions(node)) > 1

    def has_value(self, node: str) -> bool:
        """Whether the node's value is known."""
        return self.ledger.value.get(node, _NEVER) <= self.done

    def has_delta(self, node: str) -> bool:
        """Whether the node's delta is known."""
        return self.ledger.delta.get(node, _NEVER) <= self.done

    def has_update(self, node: str) -> bool:
        """Whether the node has been given a new value by an update."""
        return self.ledger.update.get(node, _NEVER) <= self.done

    def state(self, node: str) -> State:
        """Whether the node's turn is still to come, is now, or is over."""
        if self.step is not None and self.step.node == node:
            return "active"
        return "known" if self.has_value(node) else "waiting"

    @property
    def phase(self) -> str:
        """forward, backward or update; empty before the first step."""
        return self.step.phase if self.step is not None else ""

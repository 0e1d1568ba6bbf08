"""Two generated functions: one training iteration, and many in a row with the parameters in local names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from graphviz_models.expr import Array

from .source import Generated, Objects

#: What Python's arithmetic raises where NumPy gives an infinity or NaN.
BEYOND_FLOATS = (OverflowError, ValueError, ZeroDivisionError)


class Code(ABC):
    """The lines of one iteration, from the state's names `old` to the texts `new`.

    `lines` may raise what BEYOND_FLOATS names and change nothing that lasts; `commits` update arrays in place and
    cannot fail; `start` runs once a call. Where the loss is not finite nothing is updated. `held` are the floats `kept`
    of the last iteration of a call.
    """

    quiet = False  #: whether it computes on floats alone, which never warn

    def __init__(
        self,
        objects: Objects,
        old: Sequence[str],
        lines: Sequence[str],
        loss: str,
        new: Sequence[str],
        commits: Sequence[str] = (),
        start: Sequence[str] = (),
        kept: Sequence[str] = (),
    ) -> None:
        self.objects = objects
        self.held: list[float] = []
        self._hold = [f"{objects.name(self.held)}[:] = {', '.join(kept)},"] if kept else []
        self.state: list[float] = [0.0] * len(old)
        self.sources: dict[str, str] = {}
        self._load = [*start, *([f"{', '.join(old)}, = S"] if old else [])]
        self._save = f"S[:] = {', '.join(old)}," if old else "pass"
        self._commit = f"S[:] = {', '.join(new)}," if old else "pass"
        swaps = any(text in old for text in new)
        self._move = (
            [f"{', '.join(old)}, = {', '.join(new)},"]
            if swaps
            else [f"{a} = {b}" for a, b in zip(old, new, strict=True)]
        )
        self._lines = list(lines)
        self._loss = loss
        self._commits = list(commits)
        self._functions: dict[str, Generated] = {}

    def _function(self, name: str, arguments: Sequence[str], lines: Sequence[str]) -> Generated:
        self._functions[name], self.sources[name] = self.objects.function(arguments, lines, name)
        return self._functions[name]

    def once(self, rate: float) -> float:
        """One iteration. Shape (): the loss before it."""
        step = self._functions.get("step") or self._function(
            "step",
            ("S", "rate"),
            [
                *self._load,
                *self._lines,
                *self._hold,
                f"if {self._loss} - {self._loss} != 0.0: return {self._loss}",
                *self._commits,
                self._commit,
                f"return {self._loss}",
            ],
        )
        return step(self.state, rate)  # type: ignore[no-any-return]

    def repeat(self, n: int, rate: float, losses: list[float]) -> None:
        """At most n iterations, each appending its loss; ends early after a loss that is not finite."""
        stop = f"if {self._loss} - {self._loss} != 0.0: break"  # of infinity and NaN the difference is NaN
        body = [*self._lines, f"append({self._loss})", stop, *self._commits, *self._move]
        many = self._functions.get("many") or self._function(
            "many",
            ("S", "rate", "n", "append"),
            [
                *self._load,
                "try:",
                "    for _ in range(n):",
                *[f"        {line}" for line in body],
                *[f"    {line}" for line in self._hold],
                "finally:",
                f"    {self._save}",
            ],
        )
        many(self.state, rate, n, losses.append)

    @property
    def ran(self) -> bool:
        """Whether an iteration has been asked for."""
        return bool(self._functions)

    @property
    def source(self) -> str:
        """The generated Python of the functions used so far."""
        return "\n".join(self.sources.values())

    @abstractmethod
    def get(self, name: str) -> Array:
        """A copy of one array of the state."""

    @abstractmethod
    def set(self, name: str, value: Array) -> None:
        """Replaces one array of the state."""

    @abstractmethod
    def kept(self, name: str) -> Array:
        """A copy of what was recorded under that name in the last iteration."""

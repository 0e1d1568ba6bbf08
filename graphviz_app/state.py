"""The state: everything that the window shows, frozen; the session replaces it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from graphviz_models.expr import Array
from graphviz_models.once import once
from graphviz_models.picture import Show
from graphviz_models.problem import Problem
from graphviz_models.program import Program
from graphviz_models.sheet import Sheet
from graphviz_models.trace import Step, Trace

DIGITS = (2, 17)  # significant digits that numbers can be shown with
FARTHEST = 100_000.0  # points that a node is moved; edges that are longer by far would take minutes to be routed
Point = tuple[float, float]
NOWHERE: Mapping[str, Point] = MappingProxyType({})


@dataclass(frozen=True)
class Viewpoint:
    """How a model is seen: what is a node, where the graph runs to, what is folded."""

    level: str = "variables"
    direction: str = "right"
    folded: frozenset[str] = frozenset()

    @property
    def plane(self) -> Plane:
        """What moved nodes belong to, whatever is folded."""
        return self.level, self.direction


Plane = tuple[str, str]  # level, direction
Moves = Mapping[Plane, Mapping[str, Point]]  # how far nodes were moved from where the layout has them, in points


@dataclass(frozen=True)
class Edit:
    """What undo goes back to."""

    text: str
    moves: Moves
    label: str
    seen: Viewpoint  # where the change was made
    when: float = 0.0


@dataclass(frozen=True)
class Message:
    """A line for the message bar, with what can be done about it; mere information passes by in the status bar."""

    text: str
    kind: str = "warning"  # info, warning, error
    choices: tuple[tuple[str, Callable[[], object]], ...] = ()

    @property
    def passing(self) -> bool:
        """Whether it asks for nothing, and so goes away by itself."""
        return self.kind == "info" and not self.choices


@dataclass(frozen=True)
class Training:
    """How far training has come: what was asked for, what is done, what the graph shows."""

    optimizer: str = "sgd"
    learning_rate: float = 0.1
    iterations: int = 100  # of one run
    running: bool = False
    done: int = 0  # iterations done
    begun: int = 0  # iterations done when the run began
    goal: int = 0  # iterations at which the run ends
    iteration: int = 0  # the one whose values the graph shows
    revision: int = 0  # counts up whenever the history of losses has grown or was cleared
    ended: str = ""  # why it stopped, where that is worth a word


@dataclass(frozen=True, eq=False)
class State:
    """Everything the window shows. A panel that is given the same state twice shows the same."""

    name: str = ""
    path: Path | None = None
    text: str = ""
    saved: str = ""
    sheet: Sheet | None = None  # the last text that could be read
    trace: Trace | None = None  # of that sheet, at `level`, with the parameters of the shown iteration
    problems: tuple[Problem, ...] = ()
    reading: bool = False
    at: int = 0  # steps done
    progress: float = 1.0  # how far the last of them is animated
    playing: bool = False
    speed: float = 1.0
    reduced_motion: bool = False
    level: str = "variables"
    direction: str = "right"  # or down
    folded: frozenset[str] = frozenset()
    moves: Moves = field(default_factory=dict)
    kept: Moves = field(default_factory=dict)  # those that lie beside the file
    homes: Mapping[str, Point] = field(
        default_factory=dict
    )  # where the layout has every box that is seen, its top left, in points
    theme: str = "light"
    theme_choice: str = "system"
    show: Show = field(default_factory=Show)
    digits: int = 4
    text_scale: float = 1.0
    near: bool = False  # whether the view follows the steps where the whole graph cannot be read
    selected: str | None = None
    hovered: str | None = None
    lit: tuple[str, ...] = ()  # the nodes of a path that is shown
    training: Training = field(default_factory=Training)
    checked: Mapping[str, str] = field(default_factory=dict)  # node: what the gradient check found
    message: Message | None = None
    hint: str = ""
    undo: str = ""  # what would be undone, "" where nothing can be
    redo: str = ""

    @property
    def typed(self) -> bool:
        """Whether the text differs from the file's."""
        return self.text != self.saved

    @property
    def unsaved(self) -> bool:
        """Whether there is something to save: text, or moved nodes of a model that has a file of its own."""
        return self.typed or (self.path is not None and self.moves != self.kept)

    @property
    def viewpoint(self) -> Viewpoint:
        """How the model is seen."""
        return Viewpoint(self.level, self.direction, self.folded)

    @property
    def pinned(self) -> Mapping[str, Point]:
        """Where moved nodes lie, of those that are seen like this: they keep to what moves them all, as a fold does."""
        return put(self.homes, self.moved)

    @property
    def moved(self) -> Mapping[str, Point]:
        """How far nodes were moved at this level and in this direction, seen or not."""
        return self.moves.get(self.viewpoint.plane, NOWHERE)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of the trace."""
        return self.trace.steps if self.trace is not None else ()

    @property
    def step(self) -> Step | None:
        """The last step done; None before the first."""
        return self.steps[self.at - 1] if 0 < self.at <= len(self.steps) else None

    @property
    def program(self) -> Program | None:
        """The program that is drawn."""
        return self.trace.program if self.trace is not None else None

    @property
    def dimmed(self) -> bool:
        """Whether what is drawn belongs to an older text."""
        return bool(self.problems)

    def phases(self) -> tuple[tuple[str, int, int], ...]:
        """(phase, first, last) with `first` and `last` the number of steps done before and after each phase."""
        return self.trace.phases if self.trace is not None else ()

    def value(self, node: str) -> Array | None:
        """The value of a node as far as it is known at this step, None before; a parameter's after its update."""
        trace = self.trace
        if trace is None or node not in trace.values:
            return None
        if self.updated(node):
            return trace.steps[_updates(trace)[node]].value
        computed = trace.forward_index.get(node)
        if computed is not None:
            return trace.values[node] if computed < self.at else None
        return trace.values[node]

    def updated(self, node: str) -> bool:
        """Whether the update of a parameter is done, so that its value is no longer what all others come from."""
        return self.trace is not None and _updates(self.trace).get(node, self.at) < self.at

    def delta(self, node: str) -> Array | None:
        """The gradient of the loss by a node, None before its step and where there is none."""
        trace = self.trace
        if trace is None or not trace.backward_index.get(node, self.at) < self.at:
            return None
        return trace.delta_shown(node)


def put(homes: Mapping[str, Point], moves: Mapping[str, Point]) -> dict[str, Point]:
    """Where moved nodes lie, of those that have a place in the layout."""
    return {
        box: (round(homes[box][0] + x, 6), round(homes[box][1] + y, 6)) for box, (x, y) in moves.items() if box in homes
    }


def moved_by(home: Point, place: Point) -> Point:
    """How far a place is from where the layout has a box, but no farther than is sensible: as files keep it."""
    x, y = (max(-FARTHEST, min(FARTHEST, round(a - b, 6))) for a, b in zip(place, home, strict=True))
    return x, y


@once
def _updates(trace: Trace) -> Mapping[str, int]:
    """The place of every update among a trace's steps."""
    first = next((first for phase, first, _ in trace.phases if phase == "update"), len(trace.steps))
    return {step.node: k for k, step in enumerate(trace.steps[first:], first)}

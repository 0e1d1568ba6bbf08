"""The one mutable thing: which text is open, what it means, and where in its trace we are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from graphviz_app.background import Background
from graphviz_app.reading import Meaning, meaning
from graphviz_app.saving import write_whole
from graphviz_models.expr import Array
from graphviz_models.picture import Show
from graphviz_models.problem import Problem, Problems
from graphviz_models.program import Program
from graphviz_models.sheet import Sheet, source
from graphviz_models.trace import Step, Trace

MERGE = 1.0  # seconds: keys typed closer together are undone together
UNDO_LIMIT = 500
CLOSING = 2.0  # seconds that a closing window waits for a text that is being read
DIGITS = (2, 17)  # significant digits that numbers can be shown with
Point = tuple[float, float]


@dataclass(frozen=True)
class Message:
    """A line for the message bar, with what can be done about it."""

    text: str
    kind: str = "warning"  # info, warning, error
    choices: tuple[tuple[str, Callable[[], object]], ...] = ()


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
    theme: str = "light"
    theme_choice: str = "system"
    show: Show = field(default_factory=Show)
    digits: int = 4
    text_scale: float = 1.0
    pinned: Mapping[str, Point] = field(default_factory=dict)
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
    def unsaved(self) -> bool:
        """Whether the text differs from the file's."""
        return self.text != self.saved

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
        updated = next((s for s in reversed(self.steps[: self.at]) if s.phase != "backward" and s.node == node), None)
        if updated is not None:
            return updated.value
        return None if node in trace.forward_index else trace.values[node]

    def delta(self, node: str) -> Array | None:
        """The gradient of the loss by a node, None before its step and where there is none."""
        trace = self.trace
        if trace is None or not trace.backward_index.get(node, self.at) < self.at:
            return None
        return trace.gradients[node]


@dataclass(frozen=True)
class _Edit:
    """What undo goes back to."""

    text: str
    pinned: Mapping[str, Point]
    label: str
    when: float = 0.0


def reason(error: OSError) -> str:
    """Why the system refused, without the path it was asked for."""
    return error.strerror or str(error)


class Session(QObject):
    """Holds the State; every change is one of its transitions, and each emits `changed` with the new State."""

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = State()
        self.parameters: Mapping[str, Array] | None = None  # of the shown iteration; None: as given
        self._past: list[_Edit] = []
        self._future: list[_Edit] = []
        self._reading = Background(self)

    # -- any change ------------------------------------------------------------------------------------------------

    def apply(self, **fields: Any) -> None:
        """Replace some fields of the state and tell everybody once."""
        self.state = replace(self.state, **fields)
        self.changed.emit(self.state)

    def tell(self, text: str, kind: str = "warning", *choices: tuple[str, Callable[[], object]]) -> None:
        """Put a line into the message bar."""
        self.apply(message=Message(text, kind, choices))

    def train(self, **fields: Any) -> None:
        """Replace some fields of the training."""
        self.apply(training=replace(self.state.training, **fields))

    # -- the text --------------------------------------------------------------------------------------------------

    def open(self, model: str) -> bool:
        """Open a file or a built-in exercise; where it cannot be read the message bar says why, and nothing changes."""
        try:
            text, path = source(model)
        except (OSError, Problems) as error:
            said = error.problems[0].message if isinstance(error, Problems) else reason(error)
            self.tell(f"{Path(model).name}: {said}.", "error", (self.tr("Retry"), lambda: self.open(model)))
            return False
        self.show_text(text, path.name if path is not None else model, path)
        return True

    def show_text(self, text: str, name: str, path: Path | None, *, saved: str | None = None) -> None:
        """Make a text the document, at step 0, nothing to undo; `saved` is what its file holds, if not the text."""
        self._past.clear()
        self._future.clear()
        self.parameters = None
        fresh = State()
        self.state = replace(
            self.state,
            name=name,
            path=path,
            text=text,
            saved=text if saved is None else saved,
            sheet=None,
            trace=None,
            problems=(),
            at=0,
            progress=1.0,
            playing=False,
            pinned={},
            selected=None,
            hovered=None,
            lit=(),
            level="variables",
            training=fresh.training,
            message=None,
            undo="",
            redo="",
        )
        self._read()

    def edit(self, text: str, label: str = "") -> None:
        """Change the text; what is typed in one go is one thing to undo."""
        if text == self.state.text:
            return
        self._remember(label or self.tr("typing"), merge=not label)
        self.state = replace(self.state, text=text)
        self._read()

    def move(self, node: str, place: Point) -> None:
        """Pin a node where the user has put it."""
        self._remember(self.tr("move of {0}").replace("{0}", node), merge=False)
        self.apply(pinned={**self.state.pinned, node: place}, **self._undo_labels())

    def undo(self) -> None:
        """Take back the last change of text, value or place."""
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        self._travel(self._future, self._past)

    def save(self, path: Path | None = None) -> bool:
        """Write the text; where that fails the file stands as it was and the message bar says why."""
        target = path or self.state.path
        if target is None:
            return False
        text = self.state.text
        try:
            write_whole(target, text.encode("utf-8"))
        except OSError as error:
            told = self.tr("{0} was not saved: {1}.").replace("{0}", target.name).replace("{1}", reason(error))
            self.tell(told, "error", (self.tr("Retry"), lambda: self.save(target)))
            return False
        self.apply(path=target, name=target.name, saved=text, message=None)
        return True

    # -- where we are ----------------------------------------------------------------------------------------------

    def go(self, at: int, progress: float = 1.0, *, playing: bool | None = None) -> None:
        """Show the trace after `at` steps."""
        at = max(0, min(at, len(self.state.steps)))
        playing = self.state.playing if playing is None else playing
        self.apply(at=at, progress=progress if at else 1.0, playing=playing)

    def select(self, node: str | None) -> None:
        """Make a node the one that the inspector is about."""
        if node != self.state.selected:
            self.apply(selected=node)

    def hover(self, node: str | None) -> None:
        """Light a node and its symbol up."""
        if node != self.state.hovered:
            self.apply(hovered=node)

    def light(self, nodes: tuple[str, ...]) -> None:
        """Light up the nodes of a path, until the model or the level is another one."""
        self.apply(lit=nodes)

    def set_level(self, level: str) -> None:
        """Draw the program as variables, operations or neurons."""
        if level != self.state.level:
            self.apply(level=level, playing=False, lit=())
            self._mean(self.state.sheet)

    def show_iteration(self, iteration: int, parameters: Mapping[str, Array] | None) -> None:
        """Show the values of an iteration; `parameters` are its values of the parameters, None those of the file."""
        self.parameters = parameters
        self.state = replace(self.state, training=replace(self.state.training, iteration=iteration))
        self._mean(self.state.sheet)

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until everything that was asked for has been read."""
        return self._reading.wait(seconds)

    def close(self) -> None:
        """Let go of what is being read."""
        self._reading.drop(CLOSING)

    # -- reading ---------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._mean(None)

    def _mean(self, sheet: Sheet | None) -> None:
        """Find out, off this thread, what the text means; with its `sheet` at hand, only what the values are."""
        self.state = state = replace(self.state, reading=True, **self._undo_labels())
        parameters = self.parameters if sheet is not None else None
        training = state.training if sheet is not None else None

        def work() -> Meaning:
            return meaning(state, sheet, parameters, training)

        def failed() -> None:
            shown = self.state.program
            self.apply(reading=False, level=shown.level if shown is not None else "variables")

        self._reading.submit(work, lambda made: self._understood(made, state.text, fresh=sheet is None), failed=failed)
        if self.state.reading:
            self.changed.emit(self.state)

    def _understood(self, made: Meaning, text: str, *, fresh: bool) -> None:
        fields: dict[str, Any] = {"reading": False, "problems": made.problems}
        if text != self.state.text:
            self._read()
            return
        if made.sheet is not None and made.trace is not None:
            fields |= {"sheet": made.sheet, "trace": made.trace, "level": made.level, "checked": {}}
            fields["at"] = min(self.state.at, len(made.trace.steps))
            if self.state.selected is not None and self.state.selected not in made.trace.program.names:
                fields["selected"] = None
            if fresh:
                self.parameters = None
                fields["lit"] = ()
                wanted = made.sheet.training
                fields["training"] = Training(
                    wanted.optimizer,
                    wanted.learning_rate,
                    wanted.iterations,
                    revision=self.state.training.revision + 1,
                )
        if made.complaint:
            fields["message"] = Message(made.complaint)
        self.apply(**fields)

    # -- undo ------------------------------------------------------------------------------------------------------

    def _remember(self, label: str, *, merge: bool) -> None:
        now = time.monotonic()
        last = self._past[-1] if self._past else None
        self._future.clear()
        if merge and last is not None and last.label == label and now - last.when < MERGE:
            self._past[-1] = replace(last, when=now)
            return
        self._past.append(_Edit(self.state.text, self.state.pinned, label, now))
        del self._past[:-UNDO_LIMIT]

    def _travel(self, source: list[_Edit], other: list[_Edit]) -> None:
        if not source:
            return
        edit = source.pop()
        other.append(_Edit(self.state.text, self.state.pinned, edit.label))
        self.state = replace(self.state, pinned=edit.pinned)
        if edit.text == self.state.text:
            self.apply(**self._undo_labels())
            return
        self.state = replace(self.state, text=edit.text)
        self._read()

    def _undo_labels(self) -> dict[str, Any]:
        return {
            "undo": self._past[-1].label if self._past else "",
            "redo": self._future[-1].label if self._future else "",
        }

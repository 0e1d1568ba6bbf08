"""The one mutable thing: which text is open, what it means, how it is seen, and where in its trace we are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from graphviz_app import arrangement
from graphviz_app.arrangement import Places
from graphviz_app.background import Background
from graphviz_app.folding import revealed, still, within
from graphviz_app.reading import SMALL, Meaning, drawn, looks_other, meaning
from graphviz_app.saving import write_whole
from graphviz_app.state import DIGITS, Edit, Message, Moves, Point, State, Training, Viewpoint, moved_by
from graphviz_models.expr import Array
from graphviz_models.fold import initial, inwards, outwards
from graphviz_models.problem import Problems
from graphviz_models.sheet import Sheet, source

__all__ = ["DIGITS", "Message", "Session", "State", "Training", "reason"]

MERGE = 1.0  # seconds: keys typed closer together are undone together
UNDO_LIMIT = 500
PATIENT = 1.0  # seconds that another model waits at most for one that is being read
AHEAD = 400  # milliseconds, while a new graph is painted, until more of it is drawn than is seen
CLOSING = 2.0  # seconds that a closing window waits for a text that is being read


def reason(error: OSError) -> str:
    """Why the system refused, without the path it was asked for."""
    return error.strerror or str(error)


class Session(QObject):
    """Holds the State; every change is one of its transitions, and each emits `changed` with the new State."""

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = State()
        self.direction = "right"  # where graphs run to whose file does not say otherwise
        self.parameters: Mapping[str, Array] | None = None  # of the shown iteration; None: as given
        self._past: list[Edit] = []
        self._future: list[Edit] = []
        self._reading = Background(self, overtaken=PATIENT)
        self._drawing = Background(self)
        self._ahead = QTimer(self, singleShot=True, interval=AHEAD)
        self._ahead.timeout.connect(self._draw_ahead)
        self._unread = False  # the text is another one than the sheet's
        self._unrun = False  # the parameters are others than the trace's
        self._wanted: dict[str, Any] = {}  # fields of the state that are being laid out
        self._inside = ""  # the node that was folded last, for when its box unfolds
        self._folded: dict[str, frozenset[str]] = {}  # by level, as it was seen last
        self._placed: Places = {}  # where an older file has moved nodes, until the layout is there to compare them with

    # -- any change ------------------------------------------------------------------------------------------------

    def apply(self, **fields: Any) -> None:
        """Replace some fields of the state and tell everybody once."""
        self.state = replace(self.state, **fields)
        self.changed.emit(self.state)

    def tell(self, text: str, kind: str = "warning", *choices: tuple[str, Callable[[], object]]) -> None:
        """Put a line into the message bar; information without a choice passes by in the status bar."""
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
        """Make a text the document, at step 0, nothing to undo; `saved` is what its file holds, if not the text.

        It is seen as the file beside it says.
        """
        self._past.clear()
        self._future.clear()
        self._folded.clear()
        self.parameters = None
        fresh = State()
        found = arrangement.Arrangement(Viewpoint(direction=self.direction))
        message = None
        if path is not None:
            try:
                found = arrangement.beside(path) or found
            except ValueError as error:
                message = Message(f"{arrangement.sidecar(path).name}: {error}.")
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
            moves=found.moves,
            kept=found.moves,
            homes=fresh.homes,
            selected=None,
            hovered=None,
            lit=(),
            level="variables",
            direction=found.seen.direction,
            folded=frozenset(),
            training=fresh.training,
            message=message,
            undo="",
            redo="",
        )
        self._wanted = {"level": found.seen.level}
        if found.stored:
            self._wanted["folded"] = found.seen.folded
        self._placed = found.places
        self._read()

    def edit(self, text: str, label: str = "") -> None:
        """Change the text; what is typed in one go is one thing to undo."""
        if text == self.state.text:
            return
        self._remember(label or self.tr("typing"), merge=not label)
        self.state = replace(self.state, text=text)
        self._read()

    def undo(self) -> None:
        """Take back the last change of text, value or place."""
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        self._travel(self._future, self._past)

    def save(self, path: Path | None = None) -> bool:
        """Write the text, and beside it how it is seen and where nodes were put; the message bar says what fails."""
        target = path or self.state.path
        if target is None:
            return False
        state = self.state
        written = target
        try:
            write_whole(target, state.text.encode("utf-8"))
            written = arrangement.sidecar(target)
            if state.moves or state.viewpoint != self._first() or written.exists():
                arrangement.keep(target, state.viewpoint, state.moves)
        except OSError as error:
            told = self.tr("{0} was not saved: {1}.").replace("{0}", written.name).replace("{1}", reason(error))
            self.tell(told, "error", (self.tr("Retry"), lambda: self.save(target)))
            return False
        self.apply(path=target, name=target.name, saved=state.text, kept=state.moves, message=None)
        return True

    # -- where we are ----------------------------------------------------------------------------------------------

    def go(self, at: int, progress: float = 1.0, *, playing: bool | None = None) -> None:
        """Show the trace after `at` steps."""
        at = max(0, min(at, len(self.state.steps)))
        playing = self.state.playing if playing is None else playing
        self.apply(at=at, progress=progress if at else 1.0, playing=playing)

    def select(self, node: str | None) -> None:
        """Make a node the one that the inspector is about; what it is folded into unfolds."""
        program, folded = self.state.program, self._asked("folded")
        if program is not None and node is not None and folded:
            open_ = revealed(program, folded, node)
            if open_ != folded:
                self.look(folded=open_, selected=node)
                return
        if node != self.state.selected:
            self.apply(selected=node)

    def hover(self, node: str | None) -> None:
        """Light a node and its symbol up."""
        if node != self.state.hovered:
            self.apply(hovered=node)

    def light(self, nodes: tuple[str, ...]) -> None:
        """Light up the nodes of a path, until the model or the level is another one."""
        self.apply(lit=nodes)

    # -- how it is seen --------------------------------------------------------------------------------------------

    def look(self, **wanted: Any) -> None:
        """Replace fields that the picture's layout depends on, as soon as it has been laid out, off this thread."""
        if not self.state.text:
            self.apply(**wanted)
            return
        self._wanted |= wanted
        self._mean(self.state.sheet)

    def set_level(self, level: str) -> None:
        """Draw the program as variables, operations or neurons."""
        if level == self._asked("level"):
            return
        folded = self._folded[self._asked("level")] = self._asked("folded")
        self.look(level=level, folded=self._folded.get(level, folded))

    def fold(self, node: str, *, unfold: bool = False) -> bool:
        """Fold the next larger thing around a node or a box, or unfold the box; whether that changes anything."""
        program, before = self.state.program, self._asked("folded")
        if program is None:
            return False
        folded = (inwards if unfold else outwards)(program, before, node)
        if folded == before:
            return False
        self._inside = within(program, node, self._inside)
        self.show_folded(folded, self._inside if self.state.selected == node else None)
        return True

    def show_folded(self, folded: frozenset[str], selected: str | None = None) -> None:
        """Fold these and no others; the selected node stays so, or the box that it is in now."""
        program = self.state.program
        if program is not None and folded != self._asked("folded"):
            node = selected or self.state.selected
            self.look(folded=folded, selected=still(program, folded, node))

    def move(self, node: str, place: Point) -> None:
        """Keep a node where the user has put it; what is folded or unfolded around it shifts it as everything else."""
        home = self.state.homes.get(node)
        if home is not None:
            self._remember(self.tr("move of {0}").replace("{0}", node), merge=False)
            self._put({**self._moved(), node: moved_by(home, place)})

    def put_back(self, node: str | None = None) -> None:
        """Let all moved nodes, or one, lie where the layout has them, at this level and in this direction."""
        moved = self._moved()
        if node is None and moved:
            self._remember(self.tr("putting back"), merge=False)
            self._put({})
        elif node in moved:
            self._remember(self.tr("putting back {0}").replace("{0}", str(node)), merge=False)
            self._put({name: by for name, by in moved.items() if name != node})

    def show_iteration(self, iteration: int, parameters: Mapping[str, Array] | None) -> None:
        """Show the values of an iteration; `parameters` are its values of the parameters, None those of the file."""
        self.parameters = parameters
        self.state = replace(self.state, training=replace(self.state.training, iteration=iteration))
        self._unrun = True
        self._mean(self.state.sheet)

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until everything that was asked for has been read."""
        return self._reading.wait(seconds)

    def close(self) -> None:
        """Let go of what is being read."""
        self._ahead.stop()
        self._drawing.drop(CLOSING)
        self._reading.drop(CLOSING)

    def _first(self) -> Viewpoint:
        """How the model is seen when nothing lies beside its file."""
        sheet = self.state.sheet
        return Viewpoint(direction=self.direction, folded=initial(sheet.program) if sheet is not None else frozenset())

    def _asked(self, field: str) -> Any:
        """A field of the state, as it will be when all that was asked for has been laid out."""
        return self._wanted.get(field, getattr(self.state, field))

    def _moved(self) -> Mapping[str, Point]:
        moves: Moves = self._asked("moves")
        return moves.get(self.state.viewpoint.plane, {})

    def _put(self, moved: Mapping[str, Point]) -> None:
        moves: Moves = self._asked("moves")
        plane = self.state.viewpoint.plane
        others = {where: nodes for where, nodes in moves.items() if where != plane}
        self.state = replace(self.state, **self._undo_labels())
        self.look(moves={**others, plane: moved} if moved else others)

    # -- reading ---------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._unread = self._unrun = True
        self._mean(None)

    def _mean(self, sheet: Sheet | None) -> None:
        """Find out, off this thread, what the text means; with its `sheet` at hand, only what is shown of it."""
        if self._unread:
            sheet = None
        self.state = state = replace(self.state, reading=True, **self._undo_labels())
        parameters = self.parameters if sheet is not None else None
        training = state.training if sheet is not None else None
        wanted, again, placed = dict(self._wanted), self._unrun, self._placed

        def work() -> Meaning:
            return meaning(state, wanted, sheet, parameters, training, again=again, placed=placed)

        def failed() -> None:
            self._wanted.clear()
            self.apply(reading=False)

        def then(made: Meaning) -> None:
            self._understood(made, state.text, wanted, fresh=sheet is None)

        self._reading.submit(work, then, failed=failed)
        if self.state.reading:
            self.changed.emit(self.state)

    def _understood(self, made: Meaning, text: str, wanted: dict[str, Any], *, fresh: bool) -> None:
        if text != self.state.text:
            self._read()
            return
        self._unread = self._unrun = False
        for name in wanted if not made.problems else ():  # a text with problems keeps waiting for its view
            if self._wanted.get(name) is wanted[name]:
                del self._wanted[name]
        fields: dict[str, Any] = {"reading": False}
        if fresh:
            fields["problems"] = made.problems
        if made.sheet is not None and made.trace is not None:
            fields |= wanted
            fields |= {"sheet": made.sheet, "trace": made.trace, "level": made.level, "folded": made.folded}
            fields["homes"] = made.homes
            if made.moves is not None:
                fields["moves"] = fields["kept"] = made.moves
                self._placed = {}
            self._folded[made.level] = made.folded
            levels = made.sheet is self.state.sheet and made.trace.program is not self.state.program
            fields["at"] = made.at if levels else min(self.state.at, len(made.trace.steps))
            if made.trace.program is not self.state.program:
                fields |= {"checked": {}, "lit": (), "playing": False}
                fields["selected"] = still(made.trace.program, made.folded, fields.get("selected", self.state.selected))
            if fresh:
                self.parameters = None
                wish = made.sheet.training
                revision = self.state.training.revision + 1
                fields["training"] = Training(wish.optimizer, wish.learning_rate, wish.iterations, revision=revision)
        if made.complaint:
            fields["message"] = Message(made.complaint)
        before = self.state
        self.apply(**fields)
        if looks_other(before, self.state):
            self._ahead.start()

    def _draw_ahead(self) -> None:
        """Make the marks of all steps of a large graph: one that is jumped to must not keep the window waiting."""
        state = self.state
        if state.trace is not None and len(state.trace.program.names) > SMALL:
            last = replace(state, at=len(state.steps), progress=1.0)
            self._drawing.submit(lambda: drawn(last), lambda _: None, patience=0.0)

    # -- undo ------------------------------------------------------------------------------------------------------

    def _remember(self, label: str, *, merge: bool) -> None:
        now = time.monotonic()
        last = self._past[-1] if self._past else None
        self._future.clear()
        if merge and last is not None and last.label == label and now - last.when < MERGE:
            self._past[-1] = replace(last, when=now)
            return
        self._past.append(Edit(self.state.text, self._asked("moves"), label, self.state.viewpoint, now))
        del self._past[:-UNDO_LIMIT]

    def _travel(self, source: list[Edit], other: list[Edit]) -> None:
        if not source:
            return
        edit = source.pop()
        before: Moves = self._asked("moves")
        other.append(Edit(self.state.text, before, edit.label, edit.seen))
        self.state = replace(self.state, **self._undo_labels())
        if edit.text == self.state.text:
            moving = arrangement.moving(before, edit.moves)
            here = self.state.homes.keys() & moving.get(self.state.viewpoint.plane, ())
            self.look(moves=edit.moves, **(vars(edit.seen) if moving and not here else {}))
            return
        self._wanted["moves"] = edit.moves
        self.state = replace(self.state, text=edit.text)
        self._read()

    def _undo_labels(self) -> dict[str, Any]:
        return {
            "undo": self._past[-1].label if self._past else "",
            "redo": self._future[-1].label if self._future else "",
        }

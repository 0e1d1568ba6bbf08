"""Every command, once: menus, toolbar, shortcuts and the list of keys are all read from this table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from graphviz_app import dialogs, fold_menu
from graphviz_app.choice import Choice
from graphviz_app.session import DIGITS, State
from graphviz_models.picture import Show

if TYPE_CHECKING:
    from graphviz_app.window import Window

Context = Literal["window", "graph"]


@dataclass(frozen=True)
class Action:
    """A command: where it stands in the menus, its keys, what it does and when it can.

    `menu` is a path, "View/Level". `context` "graph" means: its keys count only while the graph has the focus.
    A row with `choices` is a submenu with those rows; `inline`, they stand in the menu itself, as its last rows.
    """

    id: str
    menu: str
    text: str
    run: Callable[[Window], object]
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    context: Context = "window"
    possible: Callable[[State], bool] = lambda state: True
    checked: Callable[[State], bool] | None = None
    choices: Callable[[Window], Sequence[Choice]] | None = None
    inline: bool = False
    begins: bool = False  # a separator stands before it


def _loaded(state: State) -> bool:
    return state.trace is not None


def _trains(state: State) -> bool:
    return state.sheet is not None and not state.training.running


def _level(level: str) -> Callable[[Window], object]:
    return lambda w: w.session.set_level(level)


def _direction(direction: str) -> Callable[[Window], object]:
    return lambda w: w.choose_direction(direction)


def _theme(name: str) -> Callable[[Window], object]:
    return lambda w: w.choose_theme(name)


def _toggle_locals(w: Window) -> None:
    order: dict[str, Literal["off", "symbol", "number"]] = {"off": "symbol", "symbol": "number", "number": "off"}
    show = w.session.state.show
    w.session.look(show=replace(show, locals=order[show.locals]))


def _toggle(switch: Callable[[Show], Show]) -> Callable[[Window], object]:
    return lambda w: w.session.look(show=switch(w.session.state.show))


def _digits(w: Window, more: int) -> None:
    low, high = DIGITS
    w.session.look(digits=max(low, min(high, w.session.state.digits + more)))


_values = _toggle(lambda show: replace(show, values=not show.values))
_deltas = _toggle(lambda show: replace(show, deltas=not show.deltas))
_input_deltas = _toggle(lambda show: replace(show, input_deltas=not show.input_deltas))
_shapes = _toggle(lambda show: replace(show, shapes=not show.shapes))
_legend = _toggle(lambda show: replace(show, legend=not show.legend))


def mark(text: str) -> str:
    """Marks a text of the table for translation; it is translated where it is shown, in the context "Actions"."""
    return text


# fmt: off
ACTIONS: tuple[Action, ...] = (
    Action("open", "File", mark("&Open…"), lambda w: w.documents.ask_open(), ("Ctrl+O",), mark("Open a model file"),
           "open"),
    Action("exercise", "File", mark("Open &exercise"), lambda w: None,
           choices=lambda w: w.documents.exercise_choices()),
    Action("recent", "File", mark("Open &recent"), lambda w: None, choices=lambda w: w.documents.recent_choices()),
    Action("save", "File", mark("&Save"), lambda w: w.documents.save(), ("Ctrl+S",),
           mark("Write the model to its file"), "save", begins=True),
    Action("save-as", "File", mark("Save &as…"), lambda w: w.documents.ask_save(), ("Ctrl+Shift+S",),
           mark("Write the model to another file")),
    Action("reload", "File", mark("Re&load"), lambda w: w.documents.reload(), ("Ctrl+R",),
           mark("Read the file again from disk"), "reload", possible=lambda s: bool(s.name)),
    Action("export", "File", mark("Export &picture…"), lambda w: w.outputs.ask_export(), ("Ctrl+E",),
           mark("Write the graph, as it is shown, to a picture file"), "export", possible=_loaded, begins=True),
    Action("copy-picture", "File", mark("&Copy picture"), lambda w: w.outputs.copy_picture(), ("Ctrl+Shift+C",),
           mark("Copy the graph, as it is shown"), "copy", possible=_loaded),
    Action("copy-latex", "File", mark("Copy La&TeX of the step"), lambda w: w.outputs.copy_latex(), ("Ctrl+Shift+L",),
           mark("Copy the derivation of the step as LaTeX"), possible=lambda s: s.at > 0),
    Action("close", "File", mark("Close &window"), lambda w: w.close(), ("Ctrl+W",), mark("Close this window"),
           begins=True),
    Action("quit", "File", mark("&Quit"), lambda w: w.quit(), ("Ctrl+Q",), mark("Leave the program")),

    Action("undo", "Edit", mark("&Undo"), lambda w: w.undo(), ("Ctrl+Z",), mark("Take back the last change"), "undo",
           possible=lambda s: bool(s.undo)),
    Action("redo", "Edit", mark("&Redo"), lambda w: w.redo(), ("Ctrl+Shift+Z", "Ctrl+Y"),
           mark("Make the change again"), "redo", possible=lambda s: bool(s.redo)),
    Action("edit-value", "Edit", mark("Edit &value…"), lambda w: dialogs.edit_value(w), ("F2",),
           mark("Change the value of the selected node, in the text"), begins=True,
           possible=lambda s: s.sheet is not None and s.selected in s.sheet.program.given),
    Action("put-back", "Edit", mark("Put all &nodes back"), lambda w: w.session.put_back(), (),
           mark("Let all moved nodes lie where the layout has them"), possible=lambda s: bool(s.moved)),
    Action("find", "Edit", mark("&Find node…"), lambda w: dialogs.find_node(w), ("Ctrl+F",),
           mark("Go to a node by its name"), "find", possible=_loaded),

    Action("zoom-in", "View", mark("Zoom &in"), lambda w: w.canvas.zoom_by(1.25), ("Ctrl++", "Ctrl+="),
           mark("Show the graph larger")),
    Action("zoom-out", "View", mark("Zoom &out"), lambda w: w.canvas.zoom_by(0.8), ("Ctrl+-",),
           mark("Show the graph smaller")),
    Action("zoom-one", "View", mark("&100 %"), lambda w: w.zoom_to_one(), ("Ctrl+1",),
           mark("Show the graph in its own size")),
    Action("fit", "View", mark("&Fit"), lambda w: w.canvas.fit(), ("Ctrl+0",), mark("Show the whole graph"), "fit"),
    Action("near", "View", mark("&Close to the step"), lambda w: w.session.apply(near=not w.session.state.near), ("Z",),
           mark("Follow the steps where the whole graph is too small to be read"), context="graph",
           checked=lambda s: s.near),
    Action("text-larger", "View", mark("Text &larger"), lambda w: w.scale_text(1.1), ("Ctrl+Shift++",),
           mark("Larger text everywhere, up to 300 %"), begins=True, possible=lambda s: s.text_scale < 3.0),
    Action("text-smaller", "View", mark("Text &smaller"), lambda w: w.scale_text(1 / 1.1), ("Ctrl+Shift+-",),
           mark("Smaller text everywhere, down to 75 %"), possible=lambda s: s.text_scale > 0.75),
    Action("values", "View", mark("&Values"), _values, ("V",), mark("Show values on the nodes"),
           context="graph", checked=lambda s: s.show.values, begins=True),
    Action("deltas", "View", mark("&Deltas"), _deltas, ("D",), mark("Show deltas under the nodes"),
           context="graph", checked=lambda s: s.show.deltas),
    Action("input_deltas", "View", mark("Del&tas of inputs"), _input_deltas, (),
           mark("Show the deltas of all inputs and targets, not just of those that the sheet asks for"),
           possible=lambda s: s.show.deltas, checked=lambda s: s.show.input_deltas),
    Action("locals", "View", mark("Local d&erivatives"), _toggle_locals, ("L",),
           mark("Show local derivatives on the edges: as symbols, as numbers, not at all"), context="graph",
           checked=lambda s: s.show.locals != "off"),
    Action("shapes", "View", mark("Sh&apes"), _shapes, ("S",), mark("Show the shapes of arrays"),
           context="graph", checked=lambda s: s.show.shapes),
    Action("legend", "View", mark("Le&gend"), _legend, (), mark("Show what the shapes and colours mean"),
           checked=lambda s: s.show.legend),
    Action("more-digits", "View", mark("&More digits"), lambda w: _digits(w, 1), (),
           mark("Show numbers with one more digit"), possible=lambda s: s.digits < DIGITS[1], begins=True),
    Action("fewer-digits", "View", mark("Fe&wer digits"), lambda w: _digits(w, -1), (),
           mark("Show numbers with one digit less"), possible=lambda s: s.digits > DIGITS[0]),
    Action("level-variables", "View/Level", mark("&Variables"), _level("variables"), (),
           mark("One node a variable, as the sheet draws it"), possible=_loaded,
           checked=lambda s: s.level == "variables", begins=True),
    Action("level-operations", "View/Level", mark("&Operations"), _level("operations"), (),
           mark("One node an operation"), possible=_loaded, checked=lambda s: s.level == "operations"),
    Action("level-neurons", "View/Level", mark("&Neurons"), _level("neurons"), (),
           mark("One node an entry of an array"), possible=_loaded, checked=lambda s: s.level == "neurons"),
    Action("entry", "View/Entries", mark("&Next entry"), lambda w: w.provenance.walk(1), ("E",),
           mark("Where the next entry of the selected node comes from"), context="graph",
           possible=lambda s: s.trace is not None and s.selected is not None),
    Action("entry-back", "View/Entries", mark("&Previous entry"), lambda w: w.provenance.walk(-1), ("Shift+E",),
           mark("Where the entry before it comes from"), context="graph",
           possible=lambda s: s.trace is not None and s.selected is not None),
    Action("fold", "View/Fold", mark("&Fold around it"), fold_menu.fold, ("U",),
           mark("Fold what is around the selected node or box: its group, its time step, the recurrence, one a press"),
           context="graph", possible=lambda s: s.trace is not None and bool(s.selected or s.hovered)),
    Action("unfold-one", "View/Fold", mark("&Unfold it"), fold_menu.unfold_one, ("Shift+U",),
           mark("Unfold the selected box; what was folded in it stays so"), context="graph",
           possible=lambda s: bool(s.folded) and bool(s.selected or s.hovered)),
    Action("fold-groups", "View/Fold", mark("Fold all &groups"), fold_menu.fold_groups, (),
           mark("One box for every call of a function"), possible=fold_menu.has_groups),
    Action("fold-time", "View/Fold", mark("Fold &time"), lambda w: fold_menu.toggle_time(w.session), (),
           mark("The recurrence as a cycle with its delay, or step by step"), possible=fold_menu.has_time,
           checked=fold_menu.is_cyclic),
    Action("unfold", "View/Fold", mark("Unfold &everything"), fold_menu.unfold, (), mark("Every node in its own box"),
           possible=lambda s: bool(s.folded)),
    Action("fold-one", "View/Fold", mark("Folds"), lambda w: None, choices=fold_menu.choices, inline=True, begins=True),
    Action("direction-right", "View/Direction", mark("Left to &right"), _direction("right"), (),
           mark("Data and time run to the right"), checked=lambda s: s.direction == "right"),
    Action("direction-down", "View/Direction", mark("Top to &bottom"), _direction("down"), (),
           mark("Data and time run down"), checked=lambda s: s.direction == "down"),
    Action("theme-system", "View/Theme", mark("&System"), _theme("system"), (),
           mark("Light or dark, as the system says"), checked=lambda s: s.theme_choice == "system"),
    Action("theme-light", "View/Theme", mark("&Light"), _theme("light"), (), mark("Dark on light"),
           checked=lambda s: s.theme_choice == "light"),
    Action("theme-dark", "View/Theme", mark("&Dark"), _theme("dark"), (), mark("Light on dark"),
           checked=lambda s: s.theme_choice == "dark"),
    Action("theme-contrast", "View/Theme", mark("&High contrast"), _theme("contrast"), (), mark("Strongest contrast"),
           checked=lambda s: s.theme_choice == "contrast"),
    Action("theme-print", "View/Theme", mark("&Print"), _theme("print"), (),
           mark("Black on white, patterns for colours"), checked=lambda s: s.theme_choice == "print"),
    Action("panels", "View", mark("&Panels"), lambda w: w.toggle_panels(), ("F9",), mark("Show or hide all panels"),
           begins=True),
    Action("panel", "View", mark("Pa&nel"), lambda w: None, choices=lambda w: w.panel_choices()),
    Action("full-screen", "View", mark("F&ull screen"), lambda w: w.toggle_full_screen(), ("F11",),
           mark("The window without a frame, as large as the screen")),
    Action("present", "View", mark("P&resent"), lambda w: w.present(), ("F5",),
           mark("Graph and derivation alone, large, from the first step"), "present", possible=_loaded, begins=True),
    Action("present-here", "View", mark("Present from &here"), lambda w: w.present(from_here=True), ("Shift+F5",),
           mark("The same, from the step that is shown"), possible=_loaded),

    Action("next", "Step", mark("&Next"), lambda w: w.player.next(), ("Right", "PgDown"), mark("Take the next step"),
           "next", possible=lambda s: s.at < len(s.steps) or s.progress < 1.0),
    Action("previous", "Step", mark("&Previous"), lambda w: w.player.previous(), ("Left", "PgUp"),
           mark("Take the last step back"), "previous", possible=lambda s: s.at > 0),
    Action("play", "Step", mark("P&lay"), lambda w: w.player.toggle(), ("Space",), mark("Play the steps, or pause"),
           "play", possible=lambda s: bool(s.steps)),
    Action("first", "Step", mark("&First"), lambda w: w.player.first(), ("Home",), mark("Back to the bare graph"),
           "first", possible=lambda s: s.at > 0, begins=True),
    Action("last", "Step", mark("L&ast"), lambda w: w.player.last(), ("End",), mark("To the last step"), "last",
           possible=lambda s: s.at < len(s.steps)),
    Action("next-phase", "Step", mark("Ne&xt phase"), lambda w: w.player.next_phase(), ("Ctrl+Right",),
           mark("To the end of the pass"), possible=lambda s: s.at < len(s.steps)),
    Action("previous-phase", "Step", mark("Previous p&hase"), lambda w: w.player.previous_phase(), ("Ctrl+Left",),
           mark("To the beginning of the pass"), possible=lambda s: s.at > 0),
    Action("go-to", "Step", mark("&Go to…"), lambda w: dialogs.ask_step(w), ("Ctrl+G",),
           mark("Go to a step by its number"), possible=lambda s: bool(s.steps)),
    Action("slower", "Step", mark("&Slower"), lambda w: w.player.slower(), ("-",), mark("Steps take longer"),
           begins=True),
    Action("faster", "Step", mark("Fas&ter"), lambda w: w.player.faster(), ("+",), mark("Steps take less time")),
    Action("reduced-motion", "Step", mark("&Reduced motion"),
           lambda w: w.session.apply(reduced_motion=not w.session.state.reduced_motion), (),
           mark("Steps jump, nothing travels along the edges"), checked=lambda s: s.reduced_motion),

    Action("one-iteration", "Train", mark("&One iteration"), lambda w: w.trainer.one(), ("Ctrl+I",),
           mark("Update the parameters once"), "one", possible=_trains),
    Action("run", "Train", mark("&Run…"), lambda w: dialogs.ask_run(w), ("Ctrl+T",),
           mark("Train for many iterations"), "run", possible=_trains),
    Action("stop", "Train", mark("&Stop"), lambda w: w.trainer.stop(), ("Esc", "Ctrl+."),
           mark("Stop training; everything up to here is kept"), "stop", possible=lambda s: s.training.running),
    Action("to-start", "Train", mark("&Back to start"), lambda w: w.trainer.reset(), ("Ctrl+Shift+R",),
           mark("The parameters of the file again, and no history"), "start",
           possible=lambda s: s.training.done > 0 or s.training.running),
    Action("check", "Train", mark("&Gradient check"), lambda w: w.checking.run(), ("F8",),
           mark("Compare every gradient with finite differences"), "check", possible=_trains, begins=True),

    Action("language", "Help", mark("&Equation language"), lambda w: dialogs.show_language(w), (),
           mark("What can be written in a model file")),
    Action("keys", "Help", mark("&Keys"), lambda w: w.show_keys(), ("Ctrl+?",), mark("All commands and their keys"),
           "question"),
    Action("diagnostics", "Help", mark("Copy &diagnostics"), lambda w: w.outputs.copy_diagnostics(), (),
           mark("Copy versions and settings, for a report"), begins=True),
    Action("about", "Help", mark("&About"), lambda w: dialogs.show_about(w), (), mark("What this program is"),
           "info"),
)
# fmt: on

TOOLBAR = (
    "open",
    "save",
    "",
    "undo",
    "redo",
    "",
    "fit",
    "export",
    "",
    "one-iteration",
    "run",
    "stop",
    "stretch",
    "present",
)
CONTEXT = ("fold", "unfold-one", "edit-value", "", "unfold", "put-back", "fit")  # of the graph's own menu
MENUS = ("File", "Edit", "View", "Step", "Train", "Help")
PRESENTING: tuple[tuple[tuple[str, ...], str], ...] = (
    (("Right", "Down", "PgDown", "Space", "N", "Enter", mark("click")), mark("next step")),
    (("Left", "Up", "PgUp", "P", "Backspace"), mark("step back")),
    (("B", "."), mark("black screen")),
    (("W", ","), mark("white screen")),
    ((mark("number, Enter"),), mark("go to that step")),
    (("Home", "End"), mark("first and last step")),
    (("Z",), mark("whole graph, or near the step")),
    (("U",), mark("recurrence as a cycle, or step by step")),
    (("Esc", "F5"), mark("leave")),
)

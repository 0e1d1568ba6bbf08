"""The panels one by one: what they show of a state, and that the same state twice changes nothing."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QPushButton, QTreeWidgetItem, QTreeWidgetItemIterator
from pytestqt.qtbot import QtBot

from graphviz_app.answers import answer_text, erratum_text, formula
from graphviz_app.formula_label import FormulaLabel
from graphviz_app.panels.derivation_line import SIZE
from graphviz_app.panels.derivations import as_latex
from graphviz_app.panels.equations import equations_part
from graphviz_app.panels.exercises import split_source
from graphviz_app.panels.tables import RIGHT, WRONG
from graphviz_app.typeset import equation_atoms, set_lines, text_atoms
from graphviz_app.window import Window
from graphviz_models.sheet import load
from tests.models.sources import EXERCISES

from .windows import OpenWindow, opens

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    return open_window(size=(1440, 900))


def rows(window: Window) -> list[QTreeWidgetItem]:
    found = QTreeWidgetItemIterator(window.docks.tables.tree)
    items = []
    while item := found.value():
        items.append(item)
        found += 1
    return items


@pytest.mark.parametrize("id_", EXERCISES)
def test_no_line_of_any_exercise_is_cut_off(qapp: QApplication, id_: str) -> None:
    sheet = load(id_)
    texts = [sheet.description, *(q.text for q in sheet.questions), *(answer_text(q, sheet) for q in sheet.questions)]
    for text in [*texts, *(erratum_text(e, sheet) for e in sheet.errata)]:
        for width in (200.0, 320.0):
            setting = set_lines(text_atoms(text, QFont(), 15.0), width)
            assert setting.width <= width + 1, text
            for placed in setting.placed:
                assert placed.atom.formula is None or "\\" not in placed.atom.formula.spoken, text
                assert "$" not in placed.atom.text, text


def test_a_long_equation_goes_to_the_next_line(qapp: QApplication) -> None:
    parts = (r"\delta_1", r"g \cdot 1 + \delta_2 (1 - \tanh^2 h_1)", r"-0.5050 - 0.5050 \cdot 0.8556", "-0.9371")
    wide, narrow = (set_lines([equation_atoms(parts, 16.0)], width) for width in (1000.0, 150.0))
    assert len({p.y for p in wide.placed}) == 1
    assert len({p.y for p in narrow.placed}) > 2
    assert narrow.width <= 150


def test_a_symbol_in_a_formula_names_its_node(window: Window, qtbot: QtBot) -> None:
    trace = window.session.state.trace
    assert trace is not None
    window.session.go(trace.backward_index["w"] + 1)
    label = window.derivation_line.label
    qtbot.wait(20)
    symbols = dict(label.setting(label.width()).symbols())
    assert {"w", "h[1]", "h[2]"} <= set(symbols)
    seen: list[str] = []
    label.symbol_hovered.connect(seen.append)
    centre = symbols["h[2]"].center().toPoint() + QPoint(2, 2)
    qtbot.mouseMove(label, centre)
    qtbot.waitUntil(lambda: seen == ["h[2]"])
    assert window.session.state.hovered == "h[2]"


@pytest.mark.parametrize(("model", "part"), [("practical1-ex2", 0.17), ("assignment3-q1", 0.17), ("sheet9-ex1", 0.1)])
def test_the_derivation_line_never_takes_the_graph_its_room(
    window: Window, qtbot: QtBot, model: str, part: float
) -> None:
    """Nor does the graph move from step to step, nor is a step to be scrolled that can be read when it is reduced."""
    opens(window, model)
    line = window.derivation_line
    qtbot.waitUntil(lambda: not line._measuring.isActive())
    height, sizes = line.height(), set()
    assert height <= part * window.height()
    for at in range(len(window.session.state.steps) + 1):
        window.session.go(at)
        qtbot.wait(5)
        assert line.height() == height, at
        assert line.verticalScrollBar().maximum() == 0, at
        sizes.add(line.label.formula_size)
    assert max(sizes) == SIZE, "a low one is written at its size"
    assert window.canvas.height() >= 0.55 * window.height()


def test_the_inspector_shows_nothing_before_its_time(window: Window) -> None:
    panel = window.docks.inspector
    window.session.select("h[1]")
    shown = {name: not label.isHidden() for name, _, label, _ in panel._rows}
    assert shown == {
        "Equation": True, "Value": False, "Gradient": False, "Shape": False, "Computed from": True, "Used by": True,
        "Check": False, "Takes in": False,
    }  # fmt: skip
    window.session.go(len(window.session.state.steps))
    shown = {name: not label.isHidden() for name, _, label, _ in panel._rows}
    assert shown["Value"]
    assert shown["Gradient"]


def test_the_inspector_says_once_what_an_operation_is(window: Window) -> None:
    opens(window, "sheet8-ex3")
    window.session.set_level("operations")
    assert window.session.wait()
    for node, called in (("x[1]#3", "(r_1 - x^{0})"), ("x[1]#2", r"\eta")):
        window.session.select(node)
        trace = window.session.state.trace
        assert trace is not None
        assert trace.notation.symbol(node) == called
        rows = {name: not label.isHidden() for name, _, label, _ in window.docks.inspector._rows}
        assert not rows["Equation"]
        assert rows["Used by"]


def test_the_inspector_shows_what_the_check_found(window: Window, qtbot: QtBot) -> None:
    window.session.select("w")
    window.checking.run()
    qtbot.waitUntil(lambda: "w" in window.session.state.checked)
    assert window.session.state.checked["w"].startswith("✓")
    window.session.edit(window.session.state.text.replace("w = 0.8", "w = 0.7"))
    assert window.session.wait()
    assert window.session.state.checked == {}


def test_answers_stay_hidden_until_asked_for(window: Window) -> None:
    panel = window.docks.questions
    assert len(panel._answers) == 5
    assert all(answer.label.isHidden() for answer in panel._answers)
    button = panel._answers[3].button
    button.click()
    assert not panel._answers[3].label.isHidden()
    assert "truth" in panel._answers[3].label.source
    assert "print" in panel._answers[3].label.source
    assert button.text() == "Hide answer"
    window.session.edit(window.session.state.text + "# more\n")
    assert window.session.wait()
    assert not panel._answers[3].label.isHidden()


def test_an_answer_is_written_in_the_sheets_letters() -> None:
    sheet = load("sheet9-ex1")
    text = formula("g + delta_2*(1 - tanh(h[1])**2)", sheet)
    assert text.startswith("$g")
    assert r"\delta_2" in text
    assert "h_1" in text
    assert formula("see $x$", sheet) == "see $x$"


def test_printed_tables_stand_beside_the_computed_ones(window: Window, qtbot: QtBot) -> None:
    opens(window, "practical1-ex2")
    dock = window.docks.docks["tables"]
    assert not dock.isHidden()
    dock.raise_()
    panel = window.docks.tables
    qtbot.waitUntil(lambda: bool(panel._checks), timeout=20_000)
    assert panel.summary.text().startswith("207 of 210")
    entries = [row for row in rows(window) if row.text(0).startswith("[")]
    assert len(entries) == 210
    wrong = [row for row in entries if row.text(3) == WRONG]
    assert [row.text(1) for row in wrong] == ["−0.4079306", "−0.81650279", "0.07336175"]
    assert [row.text(2)[:9] for row in wrong] == ["0.0607930", "0.1116502", "0.0826638"]
    assert all(row.text(3) == RIGHT for row in entries if row not in wrong)
    opens(window, "sheet9-ex1")
    assert dock.isHidden()


def test_the_outline_mirrors_graph_and_selection(window: Window, qtbot: QtBot) -> None:
    window.docks.docks["outline"].raise_()
    outline = window.docks.outline
    qtbot.waitUntil(lambda: outline.seen and outline.rows.topLevelItemCount() == 9)
    window.session.go(len(window.session.state.steps))
    window.session.select("y")
    assert outline.rows.currentItem().text(0) == "y"
    assert outline.rows.currentItem().text(1) == "output"
    assert outline.rows.currentItem().text(3) == "−0.5050"
    outline.rows.setCurrentItem(outline.rows.topLevelItem(0))
    assert window.session.state.selected == outline.rows.topLevelItem(0).text(0)


def test_all_derivations_are_copied_as_one_environment(window: Window, qtbot: QtBot) -> None:
    state = window.session.state
    assert state.trace is not None
    text = as_latex(state.trace, len(state.steps), 4)
    assert text.count(r"\\" + "\n") == len(state.steps) - 1
    assert text.startswith("\\begin{align*}\n  h_1 &=")
    assert r"\htmlId" not in text
    window.docks.docks["derivations"].raise_()
    window.session.go(6)
    panel = window.docks.derivations
    qtbot.waitUntil(lambda: sum(not label.isHidden() for label in panel._labels) == 6)
    button = next(b for b in panel.findChildren(QPushButton) if b.text() == "Copy all as LaTeX")
    button.click()
    assert QApplication.clipboard().text() == as_latex(state.trace, 6, 4)


def test_an_exercise_is_opened_from_the_list(window: Window, qtbot: QtBot) -> None:
    panel = window.docks.exercises
    assert panel.tree.currentItem().text(0).startswith("Ex 1 (a)–(e)")
    row = panel._rows["sheet9-ex1f"]
    panel.tree.itemClicked.emit(row, 0)
    assert window.session.wait()
    assert window.session.state.name == "sheet9-ex1f"
    assert panel.tree.currentItem() is row
    assert window.canvas.hasFocus()


def test_the_timeline_is_dragged_to_a_step(window: Window, qtbot: QtBot) -> None:
    track = window.timeline.track
    steps = len(window.session.state.steps)
    for at in (0, 5, steps):
        qtbot.mouseClick(track, Qt.MouseButton.LeftButton, pos=QPoint(round(track._x(at)), track.height() - 8))
        assert window.session.state.at == at


def test_the_same_state_twice_draws_nothing(window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    window.session.go(5)
    qtbot.wait(50)
    drawn: list[object] = []
    monkeypatch.setattr(window.canvas, "show_picture", drawn.append)
    for label in window.findChildren(FormulaLabel):
        monkeypatch.setattr(label, "set_latex", drawn.append)
        monkeypatch.setattr(label, "set_markdown", drawn.append)
    window.session.apply()
    assert drawn == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('equations = """\na = 1\nb = 2\n"""\n', "a = 1\nb = 2\n"),
        ("title = 'x'\nequations = '''\na = 1'''\nloss = 'a'", "a = 1"),
        ("# equations = '''\nequations='''a = 1'''", "a = 1"),
        ("equations = 'a = 1'", None),
        ("", None),
    ],
)
def test_the_equations_are_found_in_their_file(text: str, part: str | None) -> None:
    found = equations_part(text)
    assert (text[slice(*found)] if found else None) == part


def test_a_source_is_a_sheet_and_what_of_it() -> None:
    assert split_source("Exercise Sheet 9, Exercise 1 (f)") == ("Exercise Sheet 9", "Exercise 1 (f)")
    assert split_source("My notes") == ("My notes", "")
    assert split_source("") == ("Other", "")

"""How a model is seen: levels, folds, direction, moved nodes, and that a picture is laid out before it is shown."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from graphviz_app import folding, reading
from graphviz_app.reading import drawn, same_moment
from graphviz_app.session import Session
from graphviz_app.state import State
from graphviz_models.fold import folds, initial
from graphviz_models.picture import Picture, Show
from graphviz_models.sheet import Sheet

from .sheets import CELLS, LONG

WIDE = """format = 1
equations = '''
{}
L = sum({})
'''
[inputs]
x = {{init = "ones", shape = [90]}}
""".format("\n".join(f"h{k} = tanh(x)" for k in range(60)), " + ".join(f"h{k}" for k in range(60)))


def show(session: Session, text: str, path: Path | None = None) -> State:
    session.show_text(text, "model", path)
    assert session.wait()
    assert not session.state.problems
    return session.state


def boxes(state: State) -> set[str]:
    return {box.node for box in drawn(state).boxes if box.node}


def test_a_long_recurrence_opens_folded_and_a_short_one_does_not(session: Session) -> None:
    assert session.state.folded == frozenset()
    state = show(session, LONG)
    assert state.program is not None
    assert state.folded == initial(state.program) != frozenset()
    assert "h[1]" in boxes(state)
    assert "h[6]" not in boxes(state)


def test_selecting_a_hidden_node_unfolds_what_hides_it(session: Session) -> None:
    show(session, LONG)
    session.select("h[6]")
    assert session.wait()
    assert session.state.selected == "h[6]"
    assert "h[6]" in boxes(session.state)


def test_a_node_of_a_folded_recurrence_is_seen_in_the_box_of_all_steps(session: Session) -> None:
    state = show(session, LONG)
    assert state.program is not None
    (time,) = (fold.id for fold in folds(state.program) if fold.kind == "recurrence")
    session.show_folded(frozenset({time}))
    assert session.wait()
    assert len({"h[1]", "h[6]", "h[12]"} & boxes(session.state)) == 1
    session.select("h[6]")
    assert session.wait()
    state = session.state
    assert state.program is not None
    assert state.folded == {time}
    (plate,) = (one for one in drawn(state).plates if one.kind == "selection")
    box = folding.shown_as(state.program, state.folded, "h[6]", drawn(state))
    slot = drawn(state).box(box)
    assert slot is not None
    assert plate.x < slot.x < plate.x + plate.width
    assert not session.fold("h[6]")
    assert session.fold("h[6]", unfold=True)
    assert session.wait()
    assert session.state.folded == frozenset()
    assert session.state.selected == "h[6]"


def test_groups_fold_around_the_selected_node_which_becomes_their_box(session: Session) -> None:
    show(session, CELLS)
    session.select("cell#1.c")
    assert session.fold("cell#1.c")
    assert session.wait()
    state = session.state
    assert state.program is not None
    assert state.folded == {"cell#1"}
    assert state.selected == "cell#1"
    assert "cell#1" in boxes(state)
    assert "cell#1.c" not in boxes(state)
    label, members = folding.members(state.program, state.folded, "cell#1") or ("", ())
    assert "cell" in label
    assert "cell#1.c" in members
    assert not session.fold("cell#1")
    assert session.fold("cell#1", unfold=True)
    assert session.wait()
    assert session.state.folded == frozenset()
    assert session.state.selected == "cell#1.c", "the node from which it was folded"
    assert not session.fold("cell#1.c", unfold=True)


def test_no_more_unfolds_than_hides_the_node(session: Session) -> None:
    show(session, CELLS)
    session.show_folded(frozenset({"cell#1", "cell#2"}))
    assert session.wait()
    session.select("cell#1.c")
    assert session.wait()
    assert session.state.folded == {"cell#2"}


def test_another_view_runs_nothing_again(session: Session) -> None:
    trace = session.state.trace
    session.look(direction="down", digits=6)
    assert session.wait()
    assert session.state.trace is trace


def test_what_lies_in_no_group_does_not_fold(session: Session) -> None:
    show(session, CELLS)
    assert not session.fold("L")
    assert session.state.folded == frozenset()


def test_every_level_keeps_its_folds(session: Session) -> None:
    show(session, CELLS)
    session.show_folded(frozenset({"cell#1"}))
    session.set_level("operations")
    assert session.wait()
    assert session.state.folded == {"cell#1"}  # it is there at this level, too
    session.show_folded(frozenset())
    session.set_level("variables")
    assert session.wait()
    assert session.state.folded == {"cell#1"}
    session.set_level("operations")
    assert session.wait()
    assert session.state.folded == frozenset()


def test_typing_keeps_what_is_folded_and_still_there(session: Session) -> None:
    show(session, CELLS)
    session.show_folded(frozenset({"cell#1", "cell#2"}))
    session.wait()
    session.edit(CELLS.replace("z = cell(y, w)", "z = y"), "edit")
    session.wait()
    assert session.state.folded == {"cell#1"}


def test_a_longer_recurrence_folds_its_own_middle_unless_that_was_undone(session: Session) -> None:
    show(session, LONG)
    longer = LONG.replace("13", "15").replace("h[12]", "h[14]")
    session.edit(longer, "edit")
    session.wait()
    assert session.state.program is not None
    assert session.state.folded == initial(session.state.program)
    session.show_folded(frozenset())
    session.wait()
    session.edit(LONG, "edit")
    session.wait()
    assert session.state.folded == frozenset()


def test_a_pin_belongs_to_one_level_and_one_direction(session: Session) -> None:
    show(session, CELLS)
    session.move("y", (200.0, 300.0))
    session.wait()
    assert session.state.pinned == {"y": (200.0, 300.0)}
    for view in ({"level": "operations"}, {"direction": "down"}):
        before = session.state.viewpoint
        session.look(**view)
        session.wait()
        assert session.state.pinned == {}, view
        session.look(level=before.level, direction=before.direction, folded=before.folded)
        session.wait()
        assert session.state.pinned == {"y": (200.0, 300.0)}


def test_a_dropped_node_lies_where_it_was_dropped(session: Session) -> None:
    box = drawn(session.state).box("y")
    assert box is not None
    session.move("y", (box.x - 40.0, box.y + 150.0))
    session.wait()
    picture = drawn(session.state)
    moved = picture.box("y")
    assert moved is not None
    assert (moved.x - picture.origin[0], moved.y - picture.origin[1]) == pytest.approx((box.x - 40.0, box.y + 150.0))


def test_moved_nodes_go_back_one_by_one_or_all_and_come_again(session: Session) -> None:
    session.move("y", (10.0, 20.0))
    session.move("w", (30.0, 40.0))
    session.wait()
    session.put_back("y")
    session.wait()
    assert session.state.pinned == {"w": (30.0, 40.0)}
    session.put_back()
    session.wait()
    assert session.state.pinned == {}
    session.put_back()
    assert session.state.undo == "putting back"
    session.undo()
    session.undo()
    session.wait()
    assert session.state.pinned == {"y": (10.0, 20.0), "w": (30.0, 40.0)}
    session.redo()
    session.wait()
    assert session.state.pinned == {"w": (30.0, 40.0)}


def test_taking_back_a_move_shows_where_it_was_made(session: Session) -> None:
    show(session, CELLS)
    session.move("y", (10.0, 20.0))
    session.wait()
    session.set_level("operations")
    session.look(direction="down")
    session.wait()
    session.undo()
    session.wait()
    assert (session.state.level, session.state.direction, session.state.pinned) == ("variables", "right", {})
    session.redo()
    session.wait()
    assert session.state.pinned == {"y": (10.0, 20.0)}


def test_the_moment_stays_when_the_level_changes(session: Session) -> None:
    trace = session.state.trace
    assert trace is not None
    for at, step in enumerate(trace.steps, 1):
        session.go(at)
        for level in ("operations", "neurons"):
            session.set_level(level)
            session.wait()
            there = session.state.step
            assert there is not None
            assert there.phase == step.phase
            session.set_level("variables")
            session.wait()
            assert session.state.at == at, (level, step.node)


def test_within_a_variable_its_value_is_still_to_come(session: Session) -> None:
    show(session, CELLS)
    variables = session.state.trace
    session.set_level("operations")
    session.wait()
    operations = session.state.trace
    assert variables is not None
    assert operations is not None
    inner = next(k for k, s in enumerate(operations.steps, 1) if s.node == "L#1")
    at = same_moment(operations, inner, variables)
    assert variables.steps[at].node == "L"
    assert same_moment(variables, 0, operations) == 0
    assert same_moment(variables, len(variables.steps), operations) == len(operations.steps)


@pytest.mark.parametrize(
    "view",
    [
        {"level": "operations"},
        {"level": "neurons"},
        {"direction": "down"},
        {"show": Show(locals="symbol")},
        {"digits": 7},
        {"folded": frozenset({"t=2"})},
    ],
    ids=str,
)
def test_every_layout_is_made_off_the_windows_thread(
    session: Session, view: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    real = reading.picture

    def watched(*values: object, **names: object) -> Picture:
        made.append(threading.current_thread().name)
        return real(*values, **names)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "picture", watched)
    seen: list[State] = []
    session.changed.connect(seen.append)
    session.look(**view)
    assert session.wait()
    assert set(made) == {"graphviz-work"}
    # No state in between asks for a layout that is not there yet.
    for state in seen:
        fields = {name: getattr(state, name) for name in view}
        assert state is seen[-1] or fields != view


def test_what_is_typed_while_a_level_is_laid_out_is_read(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    real = reading.read

    def slow(*values: str) -> Sheet:
        time.sleep(0.05)
        return real(*values)

    monkeypatch.setattr(reading, "read", slow)
    session.edit(session.state.text.replace("w = 0.8", "w = 0.5"), "edit")
    session.set_level("operations")
    session.look(direction="down")
    assert session.wait()
    state = session.state
    assert state.trace is not None
    assert state.trace.values["w"] == 0.5
    assert (state.level, state.direction) == ("operations", "down")


def test_problems_stay_while_the_last_valid_graph_is_seen_otherwise(session: Session) -> None:
    session.edit(session.state.text.replace("w = 0.8", "w = "), "edit")
    assert session.wait()
    problems = session.state.problems
    assert problems
    session.look(direction="down", theme="dark")
    session.set_level("operations")
    assert session.wait()
    assert session.state.problems == problems
    assert (session.state.level, session.state.direction, session.state.theme) == ("operations", "down", "dark")


def test_a_level_that_is_too_large_leaves_all_as_it_is(session: Session) -> None:
    show(session, WIDE)
    session.set_level("neurons")
    assert session.wait()
    assert session.state.level == "variables"
    assert session.state.message is not None
    assert session.state.message.text.endswith(".")
    assert not session.state.problems
    session.set_level("operations")
    assert session.wait()
    assert session.state.level == "operations"


def test_belonging_leads_from_operations_and_entries_to_variables_and_into_folds(session: Session) -> None:
    show(session, CELLS)
    session.show_folded(frozenset({"cell#1"}))
    session.wait()
    first = session.state
    session.set_level("operations")
    session.show_folded(frozenset())
    session.wait()
    last = session.state
    assert first.program is not None
    assert last.program is not None
    kin = folding.kinship((first.program, first.folded, drawn(first)), (last.program, last.folded, drawn(last)))
    assert (kin["L#1"], kin["cell#1.c"], kin["cell#1.d"]) == ("L", "cell#1", "cell#1")
    assert "cell#2.c" not in kin

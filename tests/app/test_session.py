"""The session: its transitions, what undo covers, what a wrong text leaves standing, and files that fail."""

import os
from pathlib import Path

import numpy as np
import pytest

from graphviz_app.session import Session, State
from graphviz_models.sheet import with_value

from .sheets import SMALL


def test_a_model_opens_at_its_bare_graph(session: Session) -> None:
    state = session.state
    assert (state.name, state.path, state.at, state.problems) == ("sheet9-ex1", None, 0, ())
    assert [phase for phase, _, _ in state.phases()][:2] == ["forward", "backward"]
    assert state.value("h[1]") is None
    assert state.value("w") is not None


def test_values_and_deltas_are_known_only_after_their_step(session: Session) -> None:
    state = session.state
    assert state.trace is not None
    for node in state.trace.forward_index:
        session.go(state.trace.forward_index[node])
        assert session.state.value(node) is None
        session.go(state.trace.forward_index[node] + 1)
        assert session.state.value(node) is not None
    for node in state.trace.backward_index:
        session.go(state.trace.backward_index[node])
        assert session.state.delta(node) is None
        session.go(state.trace.backward_index[node] + 1)
        assert np.array_equal(session.state.delta(node), state.trace.gradients[node])


def test_one_change_tells_everybody_once(session: Session) -> None:
    told: list[State] = []
    session.changed.connect(told.append)
    session.go(3)
    session.select("w")
    session.select("w")
    assert [(s.at, s.selected) for s in told] == [(3, None), (3, "w")]


def test_going_beyond_the_ends_stays_at_the_ends(session: Session) -> None:
    session.go(10_000)
    assert session.state.at == len(session.state.steps)
    session.go(-5)
    assert session.state.at == 0


def test_a_wrong_text_leaves_the_last_valid_graph(session: Session) -> None:
    session.go(4)
    trace = session.state.trace
    session.edit(session.state.text.replace("y = h[1] + h[2]", "y = h[1] + g2"))
    assert session.wait()
    assert session.state.trace is trace
    assert session.state.at == 4
    assert session.state.dimmed
    (problem,) = session.state.problems
    line = session.state.text.splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith("g2")
    assert "g2" in problem.message
    session.undo()
    assert session.wait()
    assert session.state.problems == ()


def test_what_is_typed_in_one_go_is_undone_together(session: Session) -> None:
    before = session.state.text
    for letter in "# a":
        session.edit(session.state.text + letter)
    session.wait()
    assert session.state.undo
    session.undo()
    session.wait()
    assert session.state.text == before
    assert not session.state.undo
    session.redo()
    session.wait()
    assert session.state.text == before + "# a"


def test_undo_covers_text_values_and_places(session: Session) -> None:
    text = session.state.text
    session.edit(with_value(text, "w", 0.5), "value of w")
    session.wait()
    assert session.state.trace is not None
    assert session.state.trace.values["w"] == 0.5
    session.move("w", (10.0, 20.0))
    session.wait()
    assert session.state.pinned == {"w": (10.0, 20.0)}
    session.undo()
    session.wait()
    assert session.state.pinned == {}
    assert session.state.undo == "value of w"
    session.undo()
    session.wait()
    assert session.state.text == text
    assert session.state.trace.values["w"] == 0.8


def test_a_new_change_forgets_what_could_be_redone(session: Session) -> None:
    session.move("w", (1.0, 1.0))
    session.undo()
    assert session.state.redo
    session.move("y", (1.0, 1.0))
    assert not session.state.redo


def test_a_file_is_opened_changed_and_saved(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, "utf-8")
    assert session.open(str(path))
    assert session.wait()
    assert (session.state.name, session.state.path, session.state.unsaved) == ("small.toml", path, False)
    session.edit(SMALL.replace("3.0", "4.0"))
    assert session.state.unsaved
    assert session.save()
    assert not session.state.unsaved
    assert path.read_text("utf-8") == SMALL.replace("3.0", "4.0")


def test_a_missing_file_is_said_and_changes_nothing(session: Session, tmp_path: Path) -> None:
    text = session.state.text
    assert not session.open(str(tmp_path / "none.toml"))
    assert session.state.text == text
    assert session.state.message is not None
    assert "none.toml" in session.state.message.text
    assert session.state.message.choices[0][0] == "Retry"


def test_a_file_that_cannot_be_written_stays_whole(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "gone" / "small.toml"
    assert not session.save(path)
    assert session.state.message is not None
    assert "small.toml" in session.state.message.text
    assert str(tmp_path) not in session.state.message.text
    assert session.state.path is None
    assert os.listdir(tmp_path) == []


def test_the_same_program_is_kept_for_another_iteration(session: Session) -> None:
    program = session.state.program
    session.show_iteration(3, {"w": np.array(0.1)})
    session.wait()
    assert session.state.program is program
    assert session.state.trace is not None
    assert session.state.trace.values["w"] == 0.1
    assert session.state.training.iteration == 3


@pytest.mark.parametrize("level", ["operations", "neurons", "variables"])
def test_levels_show_the_same_loss(session: Session, level: str) -> None:
    session.open("practical1-ex2")
    session.wait()
    assert session.state.trace is not None
    loss = session.state.trace.loss
    session.set_level(level)
    session.wait()
    assert session.state.level == level
    assert session.state.trace.loss == pytest.approx(loss, rel=1e-12)
    session.show_iteration(1, {"W": np.zeros((2, 3)), "w": np.zeros(3)})
    session.wait()
    assert session.state.trace.loss == pytest.approx(2.0)

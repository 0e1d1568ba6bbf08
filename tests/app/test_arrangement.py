"""Moved nodes beside the model file: kept, found again, and whatever else the file holds said in one sentence."""

from pathlib import Path

import pytest

from graphviz_app import arrangement
from graphviz_app.reading import drawn
from graphviz_app.session import Session
from graphviz_app.state import Viewpoint

from .sheets import CELLS


def test_what_is_seen_lies_beside_the_file(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "cells.toml"
    path.write_text(CELLS, "utf-8")
    assert session.open(str(path))
    session.wait()
    assert session.save()
    assert not arrangement.sidecar(path).exists()  # nothing to keep
    session.show_folded(frozenset({"cell#2"}))
    session.look(direction="down")
    session.wait()
    assert not session.state.unsaved
    session.move("y", (12.5, 300.0))
    session.wait()
    assert session.state.unsaved
    assert session.save()
    assert not session.state.unsaved
    other = Session()
    assert other.open(str(path))
    other.wait()
    assert other.state.viewpoint == Viewpoint("variables", "down", frozenset({"cell#2"}))
    assert other.state.pinned["y"] == pytest.approx((12.5, 300.0), abs=0.01)
    assert not other.state.unsaved
    other.put_back()
    other.wait()
    assert other.save()
    again = arrangement.beside(path)
    assert again is not None
    assert again.moves == {}
    other.close()


def cells(session: Session, folder: Path, layout: str) -> Path:
    """The file of CELLS, opened with this layout beside it."""
    path = folder / "cells.toml"
    path.write_text(CELLS, "utf-8")
    arrangement.sidecar(path).write_text(layout, "utf-8")
    assert session.open(str(path))
    assert session.wait()
    return path


def test_a_model_that_is_opened_again_looks_exactly_as_it_was_saved(session: Session, tmp_path: Path) -> None:
    path = cells(session, tmp_path, OLDER.replace("2.0", "2.0050001"))
    session.move("cell#1.c", (100 / 3, 200.0000049))
    assert session.wait()
    assert session.save()
    moves, boxes = session.state.moves, drawn(session.state).boxes
    assert session.open(str(path))
    assert session.wait()
    assert session.state.moves == moves
    assert list(drawn(session.state).boxes) == list(boxes)


def test_moved_nodes_of_an_exercise_ask_for_no_saving(session: Session) -> None:
    session.move("y", (1.0, 2.0))
    session.wait()
    assert session.state.pinned
    assert not session.state.unsaved


OLDER = """{"format": 1, "level": "variables", "direction": "right", "folded": ["cell#2"], "moved": [
 {"level": "variables", "direction": "right", "folded": [], "nodes": {"y": [1.0, 2.0], "cell#1.c": [90.0, 310.0]}},
 {"level": "variables", "direction": "right", "folded": ["cell#2"], "nodes": {"y": [400.0, 300.0], "gone": [0, 0]}},
 {"level": "operations", "direction": "down", "folded": [], "nodes": {"y": [40.0, 30.0]}}]}"""


def test_a_file_of_the_first_format_has_its_nodes_where_they_were(session: Session, tmp_path: Path) -> None:
    """It has places for each set of folds; those of what is seen go first, and they are written as moves."""
    path = cells(session, tmp_path, OLDER)
    state = session.state
    assert state.message is None
    assert not state.unsaved
    assert state.folded == {"cell#2"}
    assert state.pinned["y"] == pytest.approx((400.0, 300.0))
    session.show_folded(frozenset())
    assert session.wait()
    assert session.state.pinned["cell#1.c"] == pytest.approx((90.0, 310.0))
    assert session.save()
    session.look(level="operations", direction="down", folded=frozenset())
    assert session.wait()
    assert session.state.pinned == {"y": pytest.approx((40.0, 30.0))}
    kept = arrangement.beside(path)
    assert kept is not None
    assert kept.places == {}
    assert kept.moves.keys() == {("variables", "right"), ("operations", "down")}


def test_nodes_are_moved_no_farther_than_their_edges_can_be_routed(session: Session, tmp_path: Path) -> None:
    path = cells(session, tmp_path, OLDER.replace("[400.0, 300.0]", "[900000.0, -900000.0]"))
    assert session.state.moved["y"] == (100_000.0, -100_000.0)
    session.move("cell#1.c", (0.0, 2_000_000.0))
    assert session.wait()
    assert session.state.moved["cell#1.c"][1] == 100_000.0
    assert session.save()
    assert arrangement.beside(path) is not None


BAD = {
    "not json": b"{",
    "not text": b"\xff\xfe\x00",
    "a list": b"[]",
    "another format": b'{"format": 3}',
    "nothing moved": b'{"format": 1, "level": "variables", "direction": "right", "folded": []}',
    "no level": b'{"format": 1, "level": "atoms", "direction": "right", "folded": [], "moved": []}',
    "a number folded": b'{"format": 1, "level": "variables", "direction": "right", "folded": [3], "moved": []}',
    "moved words": b'{"format": 1, "level": "variables", "direction": "right", "folded": [], "moved": "all"}',
    "no place": b'{"format": 1, "level": "variables", "direction": "right", "folded": [], "moved": '
    b'[{"level": "variables", "direction": "right", "folded": [], "nodes": {"y": [1]}}]}',
    "nowhere": b'{"format": 1, "level": "variables", "direction": "right", "folded": [], "moved": '
    b'[{"level": "variables", "direction": "right", "folded": [], "nodes": {"y": [NaN, 1]}}]}',
    "far away": b'{"format": 1, "level": "variables", "direction": "right", "folded": [], "moved": '
    b'[{"level": "variables", "direction": "right", "folded": [], "nodes": {"y": [1e300, 1]}}]}',
    "a truth": b'{"format": 1, "level": "variables", "direction": "right", "folded": [], "moved": '
    b'[{"level": "variables", "direction": "right", "folded": [], "nodes": {"y": [true, 1]}}]}',
    "nodes in a list": b'{"format": 1, "level": "variables", "direction": "right", "folded": [], "moved": '
    b'[{"level": "variables", "direction": "right", "folded": [], "nodes": []}]}',
    "half a letter": b'{"format": 1, "level": "variables", "direction": "right", "folded": ["\\ud800"], "moved": []}',
    "deep": b"[" * 200_000,
    "moved to a level": b'{"format": 2, "level": "variables", "direction": "right", "folded": [], "moved": '
    b'[{"level": "atoms", "direction": "right", "nodes": {"y": [1, 2]}}]}',
    "moved far away": b'{"format": 2, "level": "variables", "direction": "right", "folded": [], "moved": '
    b'[{"level": "variables", "direction": "right", "nodes": {"y": [1, 100001]}}]}',
    "large": b" " * 1_000_001 + b"{}",
    "a long number": b'{"format": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_wrong_file_beside_the_model_is_said_in_a_sentence_and_ignored(
    session: Session, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "cells.toml"
    path.write_text(CELLS, "utf-8")
    arrangement.sidecar(path).write_bytes(content)
    assert session.open(str(path))
    assert session.wait()
    state = session.state
    assert state.trace is not None
    assert state.message is not None
    assert state.message.text.startswith("cells.layout.json: ")
    assert state.message.text.endswith(".")
    assert "\n" not in state.message.text
    assert "set_int_max_str_digits" not in state.message.text
    assert str(tmp_path) not in state.message.text
    assert state.pinned == {}
    assert not state.unsaved


def test_unknown_nodes_and_folds_beside_a_model_do_no_harm(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "cells.toml"
    path.write_text(CELLS, "utf-8")
    seen = Viewpoint("variables", "right", frozenset({"gone#7"}))
    arrangement.keep(path, seen, {seen.plane: {"nobody": (1.0, 2.0)}})
    assert session.open(str(path))
    assert session.wait()
    assert session.state.message is None
    assert drawn(session.state).box("y") is not None


def test_a_folder_that_is_read_only_is_said(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cells.toml"
    path.write_text(CELLS, "utf-8")
    session.open(str(path))
    session.wait()
    session.move("y", (1.0, 2.0))
    session.wait()

    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(arrangement, "write_whole", refused)
    assert not session.save()
    assert session.state.message is not None
    assert session.state.message.text == "cells.layout.json was not saved: No space left on device."
    assert session.state.unsaved

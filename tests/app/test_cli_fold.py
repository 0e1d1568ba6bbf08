"""export --fold: what is folded on the picture of a model, and what is said of what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphviz_app.cli import main

LONG = """format = 1
title = "Ten steps"
equations = '''
h[0] = 0
for t in range(1, 11):
    h[t] = tanh(w*h[t-1] + b)
L = h[10]**2
'''
[parameters]
w = 0.5
b = 0.1
"""


def nodes(tmp_path: Path, model: str, *folds: str) -> set[str]:
    target = tmp_path / "picture.json"
    asked = [word for fold in folds for word in ("--fold", fold)]
    assert main(["export", model, "-o", str(target), *asked]) == 0
    return {box["node"] for box in json.loads(target.read_text(encoding="utf-8"))["boxes"]}


def test_a_fold_is_drawn_as_one_box(tmp_path: Path) -> None:
    assert {"t=2", "h[1]", "h[3]"} <= nodes(tmp_path, "assignment3-q2", "t=2")
    assert "h[2]" not in nodes(tmp_path, "assignment3-q2", "t=2")
    assert {"t=1..2", "t=3"} <= nodes(tmp_path, "assignment3-q2", "t=1..2", "t=3")


def test_the_picture_is_that_of_the_window(tmp_path: Path) -> None:
    model = tmp_path / "long.toml"
    model.write_text(LONG, encoding="utf-8")
    assert nodes(tmp_path, str(model)) == {"w", "b", "h[0]", "h[1]", "t=2..9", "h[10]", "L"}
    assert nodes(tmp_path, str(model), "auto") == nodes(tmp_path, str(model))
    assert {f"h[{t}]" for t in range(11)} <= nodes(tmp_path, str(model), "none")


def test_what_cannot_be_folded_is_said_with_what_can(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "picture.svg"
    assert main(["export", "assignment3-q2", "-o", str(target), "--fold", "cell"]) == 2
    assert "--fold cell" in (said := capsys.readouterr().err)
    assert "one of t, t=1, t=2, t=3, t=4" in said
    assert main(["export", "sheet7-ex2", "-o", str(target), "--fold", "t"]) == 2
    assert "nothing can be folded here" in capsys.readouterr().err
    assert not target.exists()


MOVED = '{"format": 2, "level": "variables", "direction": "right", "folded": [], "moved": ['
MOVED += '{"level": "variables", "direction": "right", "nodes": {"b": [40.0, -25.0], "gone": [1.0, 1.0]}}]}'


def test_moved_nodes_stand_where_the_file_beside_the_model_has_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, target, aside = tmp_path / "m.toml", tmp_path / "m.json", tmp_path / "m.layout.json"
    model.write_text(LONG.replace("11", "3").replace("10", "2"), encoding="utf-8")

    def at(*more: str) -> dict[str, tuple[float, float]]:
        assert main(["export", str(model), "-o", str(target), *more]) == 0
        boxes = json.loads(target.read_text(encoding="utf-8"))["boxes"]
        return {box["node"]: (box["x"], box["y"]) for box in boxes}

    def apart(found: dict[str, tuple[float, float]]) -> tuple[float, float]:
        return found["b"][0] - found["w"][0], found["b"][1] - found["w"][1]

    home, down = at(), at("--direction", "down")
    aside.write_text(MOVED, encoding="utf-8")
    assert apart(at()) == pytest.approx((apart(home)[0] + 40.0, apart(home)[1] - 25.0), abs=0.01)
    assert at("--direction", "down") == down
    assert not capsys.readouterr().err
    aside.write_text("[]", encoding="utf-8")
    assert at() == home
    assert "m.layout.json: warning: " in capsys.readouterr().err

"""The contact sheet from the command line."""

import json
from pathlib import Path

import pytest

from graphviz_app import cli
from graphviz_models.sheet import exercises


def words(path: Path, kind: str) -> list[str]:
    return [label["text"] for label in json.loads(path.read_text("utf-8"))["labels"] if label["kind"] == kind]


def test_all_exercises_at_all_levels(tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    assert cli.main(["contact", "-o", str(path)]) == 0
    assert [heading.rpartition(" (")[2][:-1] for heading in words(path, "title")] == [one for one, _, _ in exercises()]
    assert words(path, "caption") == ["variables", "operations", "neurons"] * len(exercises())


def test_some_models_at_some_levels_before_the_first_step(tmp_path: Path) -> None:
    model = tmp_path / "own.toml"
    model.write_text("equations = 'L = w*x'\n[inputs]\nx = 2.0\n[parameters]\nw = 3.0\n", "utf-8")
    path = tmp_path / "some.json"
    asked = [str(model), "sheet9-ex1", "--level", "operations", "--level", "variables", "--at", "0"]
    assert cli.main(["contact", *asked, "-o", str(path)]) == 0
    assert words(path, "caption") == ["operations", "variables"] * 2
    assert words(path, "delta") == []


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_every_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    assert cli.main(["contact", "sheet9-ex1", "--theme", "print", "-o", str(path)]) == 0
    assert path.stat().st_size > 5000


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["sheet9-ex1", "nothing.toml"], "nothing.toml: error: "),
        (["sheet9-ex1", "--at", "101"], "graphviz-app contact: error: --at 101: write a number from 0 to 100"),
        (["--theme", "pink"], "graphviz-app contact: error: --theme pink: write one of"),
        (["sheet9-ex1", "--scale", "90"], "million: choose a scale below"),
    ],
)
def test_mistakes_are_one_sentence(
    asked: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.png"
    assert cli.main(["contact", *asked, "-o", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not path.exists()

"""The contract of the command line where it is odd but legal: large whole numbers, settings, paths, pipes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from graphviz_app import cli

Model = Callable[[str], str]


@pytest.fixture
def model(tmp_path: Path) -> Model:
    """Writes a model file; gives its path."""

    def write(text: str) -> str:
        path = tmp_path / "a model.toml"
        path.write_text(text, "utf-8")
        return str(path)

    return write


def test_the_largest_integer_target(model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    path = model("equations = 'L = w + 0.0*c'\n[parameters]\nw = 1.0\n[targets]\nc = 9223372036854775807")
    assert cli.main(["evaluate", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["values"]["c"] == 2**63


@pytest.mark.parametrize(
    ("key", "place", "said"),
    [
        ("w = " + "9" * 5000, "3:5", "too many digits: write it with an exponent"),
        ("α = 1.0", "3:1", "stands in quotation marks"),
    ],
)
def test_toml_that_is_none(key: str, place: str, said: str, model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    path = model(f"equations = 'L = w'\n[parameters]\n{key}")
    assert cli.main(["evaluate", path]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{path}:{place}: error: ")
    assert said in line


@pytest.mark.parametrize(("argv", "status"), [(("list",), 3), (("evaluate", "no such file"), 2)])
def test_streams_that_are_closed(argv: tuple[str, ...], status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    assert cli.main(argv) == status


def test_no_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", ""]) == 2
    assert capsys.readouterr().err == ": error: this is no path: name a model file\n"


def test_the_cost_of_too_large_a_graph(model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    path = model("equations = 'L = sum(W*W)'\n[parameters]\nW = {shape = [400, 300], init = 'normal'}")
    assert cli.main(["cost", path]) == 2
    said = "the scalar graph has more than 100,000 nodes, too many to count: give the arrays fewer entries"
    assert capsys.readouterr().err == f"{path}: error: {said}\n"


@pytest.mark.parametrize("entries", ["[1e-320, 0.0, 0.0]", "[1e308, -1e308, 0.0]", "[5e-324, -5e-324, 1.0]"])
def test_pictures_of_the_smallest_and_largest_numbers(entries: str, model: Model, tmp_path: Path) -> None:
    path = model(f"equations = 'y = convolve(v, v)\\nL = sum(y)'\n[inputs]\nv = {entries}".replace("'", '"'))
    assert cli.main(["export", path, "-o", str(tmp_path / "picture.json")]) == 0
    assert cli.main(["export", path, "-o", str(tmp_path / "picture.svg")]) == 0

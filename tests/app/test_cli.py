"""The commands: what they print, and the JSON that scripts rely on."""

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphviz_app import cli
from graphviz_app.commands import COMMANDS
from graphviz_models.sheet import exercises, load
from graphviz_models.trace import run

Run = Callable[..., str]


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command line that must succeed; gives its standard output."""

    def call(*argv: str, status: int = 0) -> str:
        assert cli.main(argv) == status
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out

    return call


def document(text: str) -> Any:
    """JSON as any other program reads it: without NaN and Infinity as literals."""

    def refuse(literal: str) -> None:
        raise ValueError(f"{literal} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture
def model(tmp_path: Path) -> Callable[[str], str]:
    """Writes a model file; gives its path."""

    def write(text: str) -> str:
        path = tmp_path / "model.toml"
        path.write_text(text, "utf-8")
        return str(path)

    return write


def test_list(output: Run) -> None:
    found = document(output("list", "--json"))
    assert [(row["id"], row["title"], row["source"]) for row in found] == list(exercises())
    lines = output("list").splitlines()
    assert [line.split()[0] for line in lines] == [row["id"] for row in found]


@pytest.mark.parametrize("name", [name for name, _, _ in exercises()])
class TestEveryExercise:
    def test_evaluate(self, name: str, output: Run) -> None:
        sheet = load(name)
        trace = run(sheet.program)
        found = document(output("evaluate", name, "--json"))
        assert found["loss"] == trace.loss
        assert list(found["values"]) == list(sheet.program.names)
        assert set(found["gradients"]) == {n for n in sheet.program.names if sheet.program.is_real(n)}
        for node, value in found["values"].items():
            np.testing.assert_array_equal(value, trace.values[node])
        for node, value in found["gradients"].items():
            np.testing.assert_array_equal(value, trace.gradients[node])
        text = output("evaluate", name)
        assert all(any(line.startswith(node) for line in text.splitlines()) for node in sheet.program.names)

    def test_trace(self, name: str, output: Run) -> None:
        steps = document(output("trace", name, "--json"))["steps"]
        program = load(name).program
        assert [step["index"] for step in steps] == list(range(len(steps)))
        phases = [step["phase"] for step in steps]
        assert phases == sorted(phases, key=["forward", "backward"].index)
        assert [step["node"] for step in steps if step["phase"] == "forward"] == list(program.equation)
        assert {step["node"] for step in steps if step["phase"] == "backward"} == {
            node for node in program.names if program.is_real(node)
        }
        for step in steps:
            assert step["latex"]
            if step["phase"] == "backward" and step["node"] != program.loss:
                total = sum(np.array(part["product"], dtype=float) for part in step["contributions"])
                np.testing.assert_allclose(total, step["value"], rtol=1e-12, atol=1e-15)
                assert [part["from"] for part in step["contributions"]]
        assert output("trace", name).count("\n") >= len(steps)

    def test_train(self, name: str, output: Run) -> None:
        found = document(output("train", name, "--iterations", "3", "--json"))
        program = load(name).program
        assert len(found["loss"]) == 4
        assert found["loss"][0] == pytest.approx(run(program).loss, rel=1e-12)
        assert set(found["parameters"]) == {n for n, given in program.given.items() if given.role == "parameter"}
        output("train", name, "--iterations", "1")

    def test_check(self, name: str, output: Run) -> None:
        assert output("check", name).splitlines()[-1].startswith("passed")
        assert document(output("check", name, "--json"))["passed"] is True

    def test_cost(self, name: str, output: Run) -> None:
        found = document(output("cost", name, "--json"))
        assert set(found) == {"parameters", "multiplications", "paths"}
        assert set(found["multiplications"]) == {"backward", "path_sum"}
        assert output("cost", name).count("\n") == 4

    def test_jacobian_of_the_loss_is_the_gradient(self, name: str, output: Run) -> None:
        program = load(name).program
        gradients = document(output("evaluate", name, "--json"))["gradients"]
        for node in gradients:
            found = document(output("jacobian", name, "--of", program.loss, "--wrt", node, "--json"))
            assert found["shape"] == list(program.shape(node))
            np.testing.assert_allclose(found["value"], gradients[node], rtol=1e-9, atol=1e-12)

    def test_export(self, name: str, output: Run, tmp_path: Path) -> None:
        assert output("export", name, "-o", str(tmp_path / "a.json"), "--step", "2") == ""
        picture = document((tmp_path / "a.json").read_text("utf-8"))
        program = load(name).program
        assert {box["node"] for box in picture["boxes"]} >= set(program.equation)
        output("export", name, "-o", str(tmp_path / "a.svg"), "--theme", "dark")
        assert (tmp_path / "a.svg").read_bytes().startswith(b"<svg")


def test_settings_reach_every_command_with_a_model(output: Run) -> None:
    found = document(output("evaluate", "sheet9-ex1", "--set", "x[1]=2", "--set", "w = -1.5", "--json"))
    assert (found["values"]["x[1]"], found["values"]["w"]) == (2.0, -1.5)
    steps = document(output("trace", "sheet9-ex1", "--set", "x[1]=0", "--set", "h[0]=0.0", "--json"))["steps"]
    assert steps[0]["value"] == 0.0
    assert document(output("train", "sheet9-ex1", "--set", "w=2.0", "--iterations", "0", "--json"))["parameters"] == {
        "w": 2
    }


def test_numbers_that_are_not_finite_are_texts(output: Run, model: Callable[[str], str]) -> None:
    equations = '"a = 1e200*w\\nb = a*a\\nc = -b\\nd = b + c\\nL = d + b"'
    path = model(f"equations = {equations}\n[parameters]\nw = 1.0\n")
    found = document(output("evaluate", path, "--json"))
    assert [found["values"][n] for n in "bcd"] == ["Infinity", "-Infinity", "NaN"]
    assert found["loss"] == "NaN"
    assert "the first node that is not finite is b" in output("evaluate", path)
    document(output("trace", path, "--json"))
    document(output("check", path, "--json"))


def test_an_integer_target_has_a_value_and_no_gradient(output: Run, model: Callable[[str], str]) -> None:
    path = model('equations = "L = w[c]"\n[parameters]\nw = [1.0, 2.0]\n[targets]\nc = 1\n')
    text = output("evaluate", path, "--json")
    found = document(text)
    assert found["values"]["c"] == 1
    assert '"c": 1,' in text
    assert set(found["gradients"]) == {"w", "L"}


def test_a_node_that_the_loss_does_not_need_has_the_gradient_zero(output: Run, model: Callable[[str], str]) -> None:
    path = model('loss = "L"\nequations = "z = 2*x\\nL = w*w"\n[parameters]\nw = 1.0\n[inputs]\nx = [1.0, 2.0]\n')
    gradients = document(output("evaluate", path, "--json"))["gradients"]
    assert (gradients["x"], gradients["z"]) == ([0.0, 0.0], [0.0, 0.0])


class TestTraining:
    TEXT = 'equations = "L = w*w*c"\n[parameters]\nw = 1.0\n[constants]\nc = 1.0\n'

    def test_the_sheet_s_settings_are_the_defaults(self, output: Run, model: Callable[[str], str]) -> None:
        assert len(document(output("train", model(self.TEXT), "--json"))["loss"]) == 101
        path = model(self.TEXT + "[training]\niterations = 2\nlearning_rate = 0.25\n")
        assert document(output("train", path, "--json"))["loss"] == [1.0, 0.25, 0.0625]
        found = document(output("train", path, "--json", "--learning-rate", "0.5", "--iterations", "1"))
        assert (found["loss"], found["parameters"]) == ([1.0, 0.0], {"w": 0.0})

    @pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov", "rmsprop", "adam"])
    def test_every_optimizer_descends(self, optimizer: str, output: Run, model: Callable[[str], str]) -> None:
        argv = ("--optimizer", optimizer, "--iterations", "5", "--learning-rate", "0.01", "--json")
        losses = document(output("train", model(self.TEXT), *argv))["loss"]
        assert losses == sorted(losses, reverse=True)

    def test_csv(self, output: Run, model: Callable[[str], str]) -> None:
        rows = list(csv.reader(io.StringIO(output("train", model(self.TEXT), "--csv", "--iterations", "2"))))
        assert rows[0] == ["iteration", "loss"]
        assert [row[0] for row in rows[1:]] == ["0", "1", "2"]
        assert float(rows[1][1]) == 1.0

    def test_a_diverging_training_has_its_losses_and_says_where_it_stopped(
        self, output: Run, model: Callable[[str], str]
    ) -> None:
        path = model('equations = "L = w**4"\n[parameters]\nw = 3.0\n')
        argv = ("train", path, "--learning-rate", "1", "--iterations", "30")
        found = document(output(*argv, "--json"))
        assert len(found["loss"]) == 31
        stopped = found["stopped"]
        assert all(isinstance(loss, float) for loss in found["loss"][:stopped])
        assert set(found["loss"][stopped:]) <= {"Infinity", "NaN"}
        assert f"not finite from iteration {stopped}" in output(*argv)


class TestJacobian:
    def test_immediate_and_total(self, output: Run) -> None:
        argv = ("jacobian", "sheet8-ex3", "--of", "x[3]", "--wrt", "x[1]", "--json")
        total, immediate = (document(output(*argv, *more)) for more in ((), ("--immediate",)))
        assert (total["of"], total["wrt"], total["shape"]) == ("x[3]", "x[1]", [2, 2])
        assert np.count_nonzero(total["value"]) == 4
        assert np.count_nonzero(immediate["value"]) == 0

    def test_for_people(self, output: Run) -> None:
        assert output("jacobian", "sheet9-ex1", "--of", "y", "--wrt", "h[1]").startswith("dy/dh[1] = ")


class TestCheck:
    TEXT = 'equations = "L = tanh(w)"\n[parameters]\nw = 0.5\n[[questions]]\nlabel = "(a)"\nof = "dL/dw"\n'

    def test_a_wrong_answer_has_status_1_and_says_its_line(self, output: Run, model: Callable[[str], str]) -> None:
        path = model(self.TEXT + 'answer = "1 - tanh(w)"\n')
        text = output("check", path, status=1)
        assert "line 4" in text
        assert text.splitlines()[-1] == "failed: 1 of 2 checks"
        assert document(output("check", path, "--json", status=1))["passed"] is False

    def test_an_answer_of_another_shape_is_wrong_and_no_bad_model(
        self, output: Run, model: Callable[[str], str]
    ) -> None:
        assert "it has the shape (2,)" in output("check", model(self.TEXT + 'answer = "ones(2)"\n'), status=1)

    def test_a_kink_is_shown_with_both_slopes(self, output: Run, model: Callable[[str], str]) -> None:
        text = output("check", model('equations = "L = relu(w)"\n[parameters]\nw = 0.0\n'))
        assert "kink (slope 0 from the left, 1 from the right)" in text

    def test_a_sample_says_so(self, output: Run, model: Callable[[str], str]) -> None:
        path = model('equations = "L = sum(w**2)"\n[parameters]\nw = {shape = [50, 60], init = "normal"}\n')
        assert "a sample of 500 of 3,000 entries" in output("check", path)


class TestExport:
    def test_every_format_level_and_switch(self, output: Run, tmp_path: Path) -> None:
        for suffix in ("svg", "json", "png", "pdf"):
            path = tmp_path / f"picture.{suffix}"
            output("export", "sheet9-ex1", "-o", str(path), "--show", "shapes", "--hide", "values", "--digits", "3")
            assert path.stat().st_size > 1000
        for level in ("operations", "neurons"):
            output("export", "practical1-ex2", "-o", str(tmp_path / f"{level}.json"), "--level", level)
        counts = [
            len(document((tmp_path / f"{level}.json").read_text("utf-8"))["boxes"])
            for level in ("operations", "neurons")
        ]
        assert min(counts) > len(load("practical1-ex2").program.names) > 0

    def test_the_width_of_an_image_is_what_is_asked_for(self, output: Run, tmp_path: Path) -> None:
        path = tmp_path / "picture.png"
        output("export", "sheet9-ex1", "-o", str(path), "--width", "640")
        header = path.read_bytes()[16:24]
        assert abs(int.from_bytes(header[:4], "big") - 640) <= 1

    def test_a_graph_runs_down_where_that_is_asked_for(self, output: Run, tmp_path: Path) -> None:
        far = {}
        for direction in ("right", "down"):
            path = tmp_path / f"{direction}.json"
            output("export", "sheet9-ex1", "-o", str(path), "--direction", direction)
            picture = document(path.read_text("utf-8"))
            boxes = {box["node"]: box for box in picture["boxes"]}
            far[direction] = [boxes["y"][axis] - boxes["h[0]"][axis] for axis in ("x", "y")]
        assert far["right"][0] > abs(far["right"][1])
        assert far["down"][1] > abs(far["down"][0])

    def test_before_the_first_step_no_value_is_shown_but_what_is_given(self, output: Run, tmp_path: Path) -> None:
        path = tmp_path / "picture.json"
        output("export", "sheet9-ex1", "-o", str(path), "--step", "0")
        picture = document(path.read_text("utf-8"))
        boxes = {box["id"]: box["node"] for box in picture["boxes"]}
        shown = {
            boxes[label["of"]]
            for label in picture["labels"]
            if label["kind"] == "value" and isinstance(label["of"], str)
        }
        assert shown <= set(load("sheet9-ex1").program.given)


def test_help_and_version_need_no_model(output: Run, capsys: pytest.CaptureFixture[str]) -> None:
    text = output("--help")
    assert all(f"  {name} " in text for name in COMMANDS)
    for name in COMMANDS:
        assert output(name, "--help")
    assert output("--version").startswith("graphviz-app ")


def test_large_whole_numbers_are_exact(output: Run, model: Callable[[str], str]) -> None:
    equations = "h[0] = w*x\\nfor t in range(1, 101):\\n    h[t] = v*h[t-1] + u*h[t-1]\\nL = h[100]"
    path = model(f'equations = "{equations}"\n[parameters]\nw = 1.0\nv = 0.5\nu = 0.25\n[inputs]\nx = 1.0\n')
    paths = document(output("cost", path, "--json"))["paths"]
    assert paths > 2**100
    assert math.log2(paths) < 110

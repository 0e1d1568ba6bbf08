"""A model file read: values, families, generators, notation, training, questions, settings."""

from pathlib import Path

import numpy as np
import pytest

from graphviz_models.problem import Problems
from graphviz_models.sheet import Quantity, Sheet, Training, exercises, load, read
from graphviz_models.trace import run

MODEL = '''format = 1
title  = "Gradients in an RNN, log-loss"
source = "Exercise Sheet 9, Exercise 1 (a)-(e)"
description = "Binary classification of a time series of two steps."

equations = """
h[0] = 0
for t in range(1, T + 1):
    h[t] = w*x[t] + tanh(h[t-1])
y = h[1] + h[2]
L = log(1 + exp(-y*c))
"""
loss = "L"

[constants]
T = 2

[inputs]
x = {1 = 0.5, 2 = -1.0}

[targets]
c = 1.0

[parameters]
w = 0.8

[deltas]
y      = "g"
"h[2]" = "delta_2"
"h[1]" = "delta_1"

[latex]
c = "t"

[training]
optimizer = "sgd"
learning_rate = 0.1
iterations = 200

[[questions]]
label  = "(d)"
text   = "With $\\\\delta_2$ stored, compute $\\\\partial L/\\\\partial h_1$."
of     = "dL/dh[1]"
given  = ["g", "delta_2"]
answer = "g + delta_2*(1 - tanh(h[1])**2)"
printed = "g + tanh(h[1])"
erratum = "The sheet leaves out the derivative of tanh."
'''


def small(sections: str, equations: str = "L = sum(w)") -> Sheet:
    return read(f'equations = """\n{equations}\n"""\n{sections}\n')


def value(sheet: Sheet, name: str) -> np.ndarray:
    return np.asarray(sheet.program.given[name].value)


def test_the_contract_s_own_example_is_read_whole() -> None:
    sheet = read(MODEL, "example")
    assert (sheet.name, sheet.path, sheet.text) == ("example", None, MODEL)
    assert sheet.title == "Gradients in an RNN, log-loss"
    assert sheet.source.startswith("Exercise Sheet 9")
    assert sheet.description.startswith("Binary")
    assert sheet.program.names == ("x[1]", "x[2]", "c", "w", "h[0]", "h[1]", "h[2]", "y", "L")
    assert sheet.program.loss == "L"
    assert sheet.training == Training("sgd", 0.1, 200)
    assert sheet.deltas == {"y": "g", "h[2]": "delta_2", "h[1]": "delta_1"}
    assert sheet.notation.symbol("c") == "t"
    assert sheet.notation.delta("h[2]") == r"\delta_2"
    (question,) = sheet.questions
    assert (question.label, question.of, question.given) == ("(d)", "dL/dh[1]", ("g", "delta_2"))
    assert question.quantity == Quantity("L", "h[1]")
    assert question.printed == "g + tanh(h[1])"
    assert MODEL.splitlines()[question.line - 1] == "[[questions]]"


@pytest.mark.parametrize("form", ["{}", "\ufeff{}"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_any_utf8_file_is_read_alike(form: str, newline: str, tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    path.write_bytes(form.format("").encode() + MODEL.replace("\n", newline).encode())
    sheet = load(str(path))
    assert sheet.path == path
    assert sheet.equations.splitlines() == read(MODEL).equations.splitlines()
    assert run(sheet.program).loss == run(read(MODEL).program).loss


def test_what_is_optional_has_the_contract_s_defaults() -> None:
    sheet = read('equations = "L = w*w"\n[parameters]\nw = 3\n', "folder/some.toml")
    assert sheet.training == Training("sgd", 0.1, 100)
    assert (sheet.title, sheet.source, sheet.questions) == ("some.toml", "", ())


def test_numbers_and_nested_arrays_are_float64() -> None:
    sheet = small("[parameters]\nw = [[1, 2], [3, 4.5]]\n[inputs]\nx = 3\nn = -1e-3\n")
    assert value(sheet, "w").dtype == np.float64
    np.testing.assert_array_equal(value(sheet, "w"), [[1, 2], [3, 4.5]])
    assert value(sheet, "x") == 3.0
    assert not sheet.program.given["x"].integer
    assert not value(sheet, "w").flags.writeable


@pytest.mark.parametrize(
    ("text", "integer"),
    [
        ("c = 2", True),
        ("c = 2.0", False),
        ("c = [0, 2, 1]", True),
        ("c = [0, 2.0, 1]", False),
        ("c = {1 = 0, 2 = 2}", True),
        ("c = {1 = 0, 2 = 2.5}", False),
        ("c = {1 = [0, 1], 2 = [2, 0]}", True),
        ("[targets.c]\n1 = 0\n2 = 1", True),
        ('c = {shape = [2], init = "ones"}', False),
    ],
)
def test_a_target_is_an_integer_where_all_its_entries_are(text: str, integer: bool) -> None:
    sheet = small(f"[parameters]\nw = [1.0]\n[targets]\n{text}\n")
    targets = [given for given in sheet.program.given.values() if given.role == "target"]
    assert targets
    assert {given.integer for given in targets} == {integer}


def test_a_constant_that_is_an_integer_may_be_a_bound() -> None:
    equations = "h[0] = w\nfor t in range(1, T[2] + 1):\n    h[t] = h[t-1]*a\nL = h[3]"
    sheet = small("[constants]\nT = {1 = 1, 2 = 3}\na = 2.0\n[parameters]\nw = 1.0\n", equations)
    assert run(sheet.program).loss == 8.0


@pytest.mark.parametrize(
    "text",
    ["x = {1 = 0.5, -2 = [1, 2]}", "x.1 = 0.5\nx.-2 = [1, 2]", '[inputs.x]\n"1" = 0.5\n-2 = [\n 1, # one\n 2]'],
)
def test_a_family_is_written_in_any_way_that_toml_has(text: str) -> None:
    sheet = small(f"[parameters]\nw = [1.0]\n[inputs]\n{text}\n")
    assert value(sheet, "x[1]") == 0.5
    np.testing.assert_array_equal(value(sheet, "x[-2]"), [1.0, 2.0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{shape = [4, 3], init = "normal", scale = 0.5, seed = 7}',
            0.5 * np.random.default_rng(7).standard_normal((4, 3)),
        ),
        ('{shape = [2], init = "normal"}', np.random.default_rng(0).standard_normal(2)),
        ('{shape = [], init = "normal", seed = 3}', np.random.default_rng(3).standard_normal()),
        ('{shape = [5], init = "uniform", scale = 2}', np.random.default_rng(0).uniform(-2, 2, 5)),
        (
            '{shape = [4, 2, 3], init = "glorot", seed = 1}',
            np.random.default_rng(1).uniform(-np.sqrt(6 / 7), np.sqrt(6 / 7), (4, 2, 3)),
        ),
        ('{shape = [2, 3], init = "zeros", scale = 9}', np.zeros((2, 3))),
        ('{shape = [2, 3], init = "ones", scale = 9}', np.ones((2, 3))),
        ('{shape = [2, 3], init = "identity", scale = 9}', np.eye(2, 3)),
    ],
)
def test_a_generator_draws_what_numpy_draws(text: str, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(value(small(f"[parameters]\nw = {text}\n"), "w"), expected)


def test_members_of_a_family_may_be_drawn() -> None:
    sheet = small('[parameters.w]\n1 = {shape = [2], init = "normal", seed = 4}\n2 = [1.0]\n', "L = sum(w[1])")
    np.testing.assert_array_equal(value(sheet, "w[1]"), np.random.default_rng(4).standard_normal(2))


def test_a_loss_that_is_a_member_is_named_with_its_index() -> None:
    sheet = read('equations = "S[4] = w*w\\nz = w"\nloss = "S[4]"\n[parameters]\nw = 3.0\n')
    assert sheet.program.loss == "S[4]"


def test_a_greek_name_is_one_and_compatible_letters_count_as_the_same() -> None:
    sheet = read('equations = "L = δ*ｗ"\n[parameters]\n"δ" = 2.0\n"ｗ" = 3.0\n')
    assert run(sheet.program).loss == 6.0
    assert set(sheet.program.given) == {"δ", "w"}


def test_latex_is_for_nodes_families_constants_and_the_names_of_gradients() -> None:
    text = MODEL.replace('c = "t"', "h = 's'\n\"h[1]\" = 'H'\nT = 'N'\ng = '\\gamma'")
    notation = read(text).notation
    assert (notation.symbol("h[2]"), notation.symbol("h[1]"), notation.delta("y")) == ("s_2", "H", r"\gamma")


class TestSettings:
    def test_a_node_a_member_and_a_constant_can_be_set(self) -> None:
        sheet = read(MODEL, settings={"w": "0.5", "x[2]": "2"})
        assert (value(sheet, "w"), value(sheet, "x[2]"), value(sheet, "x[1]")) == (0.5, 2.0, 0.5)
        loop = "S[0] = w\nfor t in range(1, T + 1):\n    S[t] = 2*S[t-1]\nL = S[T]"
        text = f'equations = """\n{loop}\n"""\n[constants]\nT = 2\n[parameters]\nw = 1.0\n'
        assert [run(read(text, settings={"T": count}).program).loss for count in ("1", "5")] == [2.0, 32.0]

    def test_a_setting_is_typed_by_the_same_rule_as_the_file(self) -> None:
        targets = "[parameters]\nw = [1.0]\n[targets]\nc = {1 = 0, 2 = 1}\n"
        text = f'equations = "L = sum(w)"\n{targets}'
        assert read(text, settings={"c[1]": "2"}).program.given["c[2]"].integer
        assert not read(text, settings={"c[1]": "2.0"}).program.given["c[2]"].integer

    def test_a_setting_may_be_a_family_or_a_generator(self) -> None:
        sheet = read(MODEL, settings={"x": "{1 = 1.0, 2 = 2.0}"})
        assert value(sheet, "x[2]") == 2.0
        sheet = small("[parameters]\nw = 1.0\n")
        drawn = read(sheet.text, settings={"w": '{shape = [2], init = "ones"}'})
        np.testing.assert_array_equal(value(drawn, "w"), np.ones(2))

    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("v", "1", "the file gives no v"),
            ("h[1]", "1", "only what the file gives"),
            ("x[3]", "1", "set one of x[1], x[2]"),
            ("w[0]", "1", "w is no family"),
            ("w", "abc", "no TOML value"),
            ("w", "1\n[inputs]\nx = 2", "more than one value"),
            ("w", "", "no TOML value"),
            ("w", '"0.8"', "without the quotation marks"),
            ("w", "inf", "must be finite"),
            ("w", "[" * 200 + "]" * 200, "levels of nesting"),
        ],
    )
    def test_a_setting_that_cannot_be_used_is_a_problem(self, name: str, text: str, said: str) -> None:
        with pytest.raises(Problems) as caught:
            read(MODEL, settings={name: text})
        assert said in str(caught.value)
        assert "--set" in str(caught.value)

    def test_a_shape_that_no_longer_fits_is_found_in_the_equations(self) -> None:
        with pytest.raises(Problems) as caught:
            read(
                'equations = "L = W @ x"\n[parameters]\nW = [1.0, 2.0]\n[inputs]\nx = [1.0, 2.0]',
                settings={"x": "[1.0]"},
            )
        assert caught.value.problems[0].line == 1


class TestLibrary:
    def test_every_exercise_has_an_id_a_title_and_a_source(self) -> None:
        assert len(exercises()) >= 3
        for name, title, source in exercises():
            assert name
            assert title
            assert source

    def test_an_exercise_is_loaded_by_its_id(self) -> None:
        sheet = load("sheet9-ex1")
        assert (sheet.name, sheet.path) == ("sheet9-ex1", None)
        assert sheet.title in [title for name, title, _ in exercises() if name == "sheet9-ex1"]

    @pytest.mark.parametrize(
        ("model", "said"), [("sheet9ex1", "did you mean sheet9-ex1?"), ("no.toml", "no such file"), ("\0", "no path")]
    )
    def test_what_is_not_there_is_said_with_the_nearest_id(self, model: str, said: str) -> None:
        with pytest.raises(OSError, match=r"file|path") as caught:
            load(model)
        assert said in str(caught.value)

    def test_a_folder_is_no_model(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="folder"):
            load(str(tmp_path))

    @pytest.mark.parametrize(
        ("data", "line", "said"),
        [
            (b'title = "a"\nsource = "\xe4"\n', 2, "0xE4 is not UTF-8"),
            ("title = 'a'".encode("utf-16"), 1, "UTF-16"),
            (b"#" * (2**20 + 1), 1, "larger than 1,024 KiB"),
        ],
    )
    def test_bytes_that_are_no_model_file(self, data: bytes, line: int, said: str, tmp_path: Path) -> None:
        path = tmp_path / "model.toml"
        path.write_bytes(data)
        with pytest.raises(Problems) as caught:
            load(str(path))
        assert caught.value.problems[0].line == line
        assert said in str(caught.value)

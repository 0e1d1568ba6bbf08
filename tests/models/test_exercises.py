"""The built-in exercises against the sheets: numbers, questions, errors of the print, symbols, training."""

import json
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pytest

from graphviz_models import check, cost, formula, sheet, trace
from graphviz_models.compile import compile_step
from graphviz_models.expr import evaluate
from graphviz_models.program import Program, build, expression

from .sources import DATA, REFERENCE, traced

SECTIONS = {
    "s000_ex2": "sheet8-ex2",
    "s000_ex3": "sheet8-ex3",
    "s001_ex1": "sheet9-ex1",
    "s001_ex1f": "sheet9-ex1f",
    "s002_ex1": "sheet7-ex1",
    "s002_ex1_shared": "sheet7-ex1c",
    "s002_ex2": "sheet7-ex2",
    "s003_ex1": "practical1-ex1",
    "s003_ex2": "practical1-ex2",
    "s004_q1": "assignment3-q1",
    "s004_q2": "assignment3-q2",
    "s004_q3": "assignment3-q3",
    "s004_q4": "assignment3-q4",
}
IDS = sorted(SECTIONS.values())
ERRATA = json.loads((DATA / "errata.json").read_text("utf-8"))["errata"]
CASES = [(section, case["name"]) for section, x in REFERENCE.items() for case in x["cases"] if "program" in case]
# These are about one row of the array that is asked for, or about a table: another shape than in errata.json.
OTHER_SHAPE = {"000-2", "000-3", "002-9", "003-7"}


@cache
def exercise(name: str) -> sheet.Sheet:
    return sheet.load(name)


def number(value: Any) -> np.ndarray:
    """A value of the reference: beyond float64 its numbers are strings."""
    return np.array([number(v) for v in value]) if isinstance(value, list) else np.array(float(value))


def node(names: Any, name: str) -> Any:
    """The reference's x1 is a node x1 or x[1]; its h may be all of h[0], h[1], ..."""
    if name in names:
        return names[name]
    member = re.sub(r"(\d+)$", r"[\1]", name)
    if member in names:
        return names[member]
    members = {int(k[len(name) + 1 : -1]): v for k, v in names.items() if re.fullmatch(re.escape(name) + r"\[\d+\]", k)}
    return np.array([members[k] for k in sorted(members)])


def agree(done: trace.Trace, case: dict[str, Any]) -> None:
    largest = max(1.0, *(float(np.max(np.abs(number(g)))) for g in case["grads"].values()))
    for kind, mine, floor in (("values", done.values, 1e-12), ("grads", done.gradients, 1e-12 * largest)):
        for name, right in case[kind].items():
            got, want = np.asarray(node(mine, name)), number(right)
            assert got.shape == want.shape, (kind, name)
            close = (got == want) | (np.abs(got - want) <= 1e-9 * np.abs(want) + floor)
            assert np.all(close), (kind, name, got, want)


def test_the_thirteen_exercises() -> None:
    assert sorted(name for name, _, _ in sheet.exercises()) == IDS
    for name in IDS:
        found = exercise(name)
        assert all((found.title, found.source, found.description, found.notes, found.questions)), name


@pytest.mark.parametrize("section", [s for s in SECTIONS if s != "s004_q3"])
def test_values_and_gradients_are_those_of_the_reference(section: str) -> None:
    agree(traced(SECTIONS[section]), REFERENCE[section]["cases"][0])


def program_of(section: str, case: dict[str, Any]) -> Program:
    """The case's own program in the equation language, every given value an input unless it is a class index."""
    lines = []
    for line in case["program"]:
        if line == "z = mconv(x, w)":
            rows = (" + ".join(f"convolve(x[{k}], w[{k}, {j}])" for k in range(2)) for j in range(2))
            line = f"z = stack([{', '.join(rows)}])"
        line = re.sub(r"\bconv\(", "convolve(", line)
        line = re.sub(r"\bidentity\(([^()]*)\)", r"(\1)", line)
        lines.append(re.sub(r"\bsigm\(", "sigmoid(", line))
    targets = {k: v for k, v in case["inputs"].items() if re.fullmatch(r"y\d", k)}
    constants = {k: v for k, v in case["inputs"].items() if k in ("N", "sgn", "eta", "alpha")}
    inputs = {k: number(v) for k, v in case["inputs"].items() if k not in targets and k not in constants}
    return build("\n".join(lines), inputs, targets, {}, constants, REFERENCE[section]["differentiated"])


@pytest.mark.parametrize(("section", "name"), CASES)
def test_every_public_case(section: str, name: str) -> None:
    case = next(c for c in REFERENCE[section]["cases"] if c["name"] == name)
    program = program_of(section, case)
    agree(trace.run(program, exercise(SECTIONS[section]).notation), case)


@pytest.mark.parametrize("name", IDS)
def test_gradients_and_answers_are_verified(name: str) -> None:
    found = exercise(name)
    report = check.report(
        found.program, found.questions, found.tables, deltas=found.deltas, learning_rate=found.training.learning_rate
    )
    assert [c.fault for c in report.answers if not c.passed] == []
    assert len(report.answers) == sum(bool(q.answer) for q in found.questions)
    assert report.passed


@pytest.mark.parametrize("name", IDS)
def test_every_question_is_answered(name: str) -> None:
    for question in exercise(name).questions:
        assert question.text
        assert bool(question.answer) != bool(question.answer_text), question.label


def named(name: str) -> set[str]:
    found = exercise(name)
    return {i for part in (*found.questions, *found.tables) for i in part.erratum_ids} | {e.id for e in found.errata}


@pytest.mark.parametrize(("section", "name"), SECTIONS.items())
def test_all_errata_are_told(section: str, name: str) -> None:
    assert named(name) == {e["id"] for e in ERRATA if e["exercise"] == section}
    kinds = {e["id"]: e["kind"] for e in ERRATA}
    for e in exercise(name).errata:
        assert e.kind == kinds[e.id]
        assert e.text
    for part in (*exercise(name).questions, *exercise(name).tables):
        assert bool(part.erratum) == bool(part.erratum_ids), part


def test_there_are_57_errata() -> None:
    assert sum(len(named(name)) for name in IDS) == len(ERRATA) == 57


def value(name: str, text: str) -> np.ndarray:
    """An expression over the exercise's names and the names of its deltas, computed."""
    found, done = exercise(name), traced(name)
    shapes = {called: found.program.shape(at) for at, called in found.deltas.items()}
    values = {**done.values, **{called: done.gradients[at] for at, called in found.deltas.items()}}
    return np.asarray(evaluate(expression(text, found.program, shapes), values))


def wrong_and_right(name: str, erratum: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Printed against right, wherever the exercise gives both as expressions or as a table."""
    found, done = exercise(name), traced(name)
    for q in found.questions:
        if erratum in q.erratum_ids and q.answer and q.printed:
            yield value(name, q.printed), value(name, q.answer)
    for e in found.errata:
        if e.id == erratum and e.printed and e.right and "$" not in e.printed:
            yield value(name, e.printed), value(name, e.right)
    for table in found.tables:
        if erratum in table.erratum_ids and table.update:
            rate = found.training.learning_rate
            yield np.array(table.printed, float), done.values[table.of] - rate * done.gradients[table.of]


@pytest.mark.parametrize("erratum", [e for e in ERRATA if "printed_expr" in e], ids=lambda e: e["id"])
def test_the_printed_formula_gives_another_value(erratum: dict[str, Any]) -> None:
    printed, right = number(erratum["printed_value"]), number(erratum["correct_value"])
    pairs = list(wrong_and_right(SECTIONS[erratum["exercise"]], erratum["id"]))
    assert pairs
    for mine, truth in pairs:
        assert mine.shape != truth.shape or np.max(np.abs(mine - truth)) > 1e-6 * np.max(np.abs(truth))
    alike = [(a, b) for a, b in pairs if a.shape == printed.shape]
    same = any(np.allclose(a, printed, rtol=1e-9) and np.allclose(b, right, rtol=1e-9) for a, b in alike)
    assert same or erratum["id"] in OTHER_SHAPE


def test_the_printed_tables_agree_in_207_of_210_numbers() -> None:
    found = exercise("practical1-ex2")
    rate = found.training.learning_rate
    values: dict[str, Any] = {name: found.program.given[name].value for name in ("W", "w")}
    wrong, count = [], 0
    for iteration in (1, 2, 3):
        done = trace.run(found.program, found.notation, values)
        values = {name: done.values[name] - rate * done.gradients[name] for name in values}
        for table in (t for t in found.tables if t.iteration == iteration):
            of, _, wrt = table.of.partition("/d")
            true = values[of] if table.update else done.gradients[wrt] if wrt else done.values[of]
            assert np.shape(table.printed) == true.shape
            for text, number_ in zip(np.ravel(np.array(table.printed)), true.ravel(), strict=True):
                count += 1
                unit = Decimal(10) ** int(Decimal(str(text)).as_tuple().exponent)
                if abs(Decimal(str(text)) - Decimal(float(number_))) > unit / 2 * (1 + Decimal("1e-9")):
                    wrong.append((table.title, str(text)))
                    assert table.erratum_ids == ("003-7",)
    assert count == 210
    assert len(wrong) == 3


@pytest.mark.parametrize("case", REFERENCE["s004_q3"]["cases"], ids=lambda c: f"{c['d']}-{c['n']}-{c['L']}-{c['c']}")
def test_the_counted_networks(case: dict[str, Any]) -> None:
    d, n, depth, c = (case[k] for k in ("d", "n", "L", "c"))
    sizes = [d, *[n] * depth, c]
    lines = [f"h{k} = tanh(W{k} @ h{k - 1})" for k in range(1, depth + 2)]
    draw = np.random.default_rng(0)
    weights = {f"W{k}": draw.standard_normal((sizes[k], sizes[k - 1])) for k in range(1, depth + 2)}
    loss = f"J = 0.5*sum((h{depth + 1} - t)**2)"
    program = build("\n".join([*lines, loss]), {"h0": np.ones(d)}, {"t": np.zeros(c) + 0.5}, weights, {}, "J")
    counted = cost.cost(program)
    right = case["correct"]
    assert counted.parameters == right["parameters (weights)"]
    assert counted.backward == right["backprop, delta stored"]
    assert counted.path_sum == right["sum over paths (the sheet's scheme)"]


def test_the_numbers_told_in_words_are_the_counted_ones() -> None:
    told = " ".join(q.answer_text or "" for q in exercise("assignment3-q3").questions)
    for case in REFERENCE["s004_q3"]["cases"]:
        row = f"$d, n, L, c = {case['d']}, {case['n']}, {case['L']}, {case['c']}$"
        lines = [line for line in told.split("- ") if line.startswith(row)]
        right, printed = case["correct"], case["as_printed"]
        assert [[int(k) for k in re.findall(r"\d+", line.removeprefix(row).split("(")[0])] for line in lines] == [
            [right["parameters (weights)"]],
            [right["backprop, delta stored"], right["backprop, delta recomputed (the sheet's scheme)"]],
            [right["sum over paths (the sheet's scheme)"], right["sum over paths per weight, nothing reused"]],
        ]
        for line, k in zip(lines, ("parameters", "backprop", "sum over paths"), strict=True):
            assert re.findall(r"\d+", line.split("(")[1].split(")")[0])[-1] == str(printed[k])


def test_the_autoencoder_ends_at_the_eigenvalues_left_out() -> None:
    found = exercise("assignment3-q4")
    x = found.program.given["X"].value
    least = float(np.linalg.eigvalsh(x @ x.T / 4)[:2].sum())
    assert training(found)[-1] == pytest.approx(least, rel=1e-9)


def training(found: sheet.Sheet) -> list[float]:
    """The losses of the file's own training settings: before the first update, after it, and so on."""
    step = compile_step(found.program, found.training.optimizer)
    losses: list[float] = []
    step.advance(found.training.iterations, found.training.learning_rate, losses)
    return [*losses, step.loss()]


@pytest.mark.parametrize("name", IDS)
def test_training_lowers_the_loss(name: str) -> None:
    losses = training(exercise(name))
    assert len(losses) == exercise(name).training.iterations + 1
    assert np.all(np.isfinite(losses))
    assert losses[-1] < losses[0]
    assert abs(losses[-1] - losses[-2]) < 0.01 * (losses[0] - losses[-1]), "not converged"


def typeset(latex: str) -> bool:
    """Whether it is set as a formula; what cannot be read would be set, and spoken, as its own source."""
    made = formula.typeset(latex)
    return bool(made.glyphs) and not re.search(r"[\\{}_^]", made.spoken)


@pytest.mark.parametrize("name", IDS)
def test_symbols_are_typeset(name: str) -> None:
    found = exercise(name)
    for at in found.program.names:
        for latex in (found.notation.symbol(at), found.notation.delta(at)):
            assert typeset(latex), latex


def texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from texts(inner)


@pytest.mark.parametrize("name", IDS)
def test_no_raw_latex_is_left_in_the_texts(name: str) -> None:
    source = (resources.files("graphviz_models") / "exercises" / f"{name}.toml").read_text("utf-8")
    for words in (t for t in texts(tomllib.loads(source)) if "$" in t):
        for paragraph in formula.rich(words):
            for kind, run_of in paragraph:
                if kind == "math":
                    assert typeset(run_of), run_of
                else:
                    assert not re.search(r"[$\\{}]", run_of), run_of

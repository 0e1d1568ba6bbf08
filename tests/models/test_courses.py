"""Exercises of well-known courses, typed as a lecturer would: every value and gradient against HIPS autograd."""

from pathlib import Path

import numpy as np
import pytest

from graphviz_models import check, sheet, trace
from graphviz_models.compile import compile_step

from . import oracle
from .sources import COURSES, traced

TOLERANCE = 1e-9


def _same(mine: object, theirs: object, scale: float) -> bool:
    a, b = np.asarray(mine, float), np.asarray(theirs, float)
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= TOLERANCE * np.maximum(np.abs(b), scale)))


def test_there_are_a_dozen_and_more() -> None:
    assert len(COURSES) >= 12


@pytest.mark.parametrize("path", COURSES, ids=lambda path: path.stem)
def test_values_and_gradients_agree_with_autograd(path: Path) -> None:
    text = path.read_text("utf-8")
    course = sheet.read(text, str(path))
    run = trace.run(course.program, course.notation)
    values, gradients = oracle.evaluate(*oracle.read(text), course.program.loss)
    assert values.keys() <= run.values.keys()
    assert gradients.keys() <= run.gradients.keys()
    largest = max(float(np.max(np.abs(g), initial=0.0)) for g in gradients.values())
    assert [k for k in values if not _same(run.values[k], values[k], 1e-3)] == []
    assert [k for k in gradients if not _same(run.gradients[k], gradients[k], 1e-3 * largest)] == []


@pytest.mark.parametrize("path", COURSES, ids=lambda path: path.stem)
def test_the_gradient_check_passes(path: Path) -> None:
    assert check.report(sheet.load(str(path)).program).passed


@pytest.mark.parametrize("path", COURSES, ids=lambda path: path.stem)
def test_compiled_training_takes_the_steps_of_the_trace(path: Path) -> None:
    course = sheet.load(str(path))
    step = compile_step(course.program)
    parameters = {name: given.value for name, given in course.program.given.items() if given.role == "parameter"}
    for _ in range(3):
        run = trace.run(course.program, course.notation, parameters)
        assert step.step(1e-4) == pytest.approx(run.loss, rel=1e-12)
        parameters = {name: value - 1e-4 * run.gradients[name] for name, value in parameters.items()}
    trained = step.parameters()
    assert [name for name in parameters if not _same(trained[name], parameters[name], 1e-3)] == []


def test_integer_targets_have_no_gradient() -> None:
    for path in COURSES:
        run = traced(str(path))
        integers = {name for name, given in run.program.given.items() if given.integer}
        assert not integers & run.gradients.keys(), path.stem


@pytest.mark.parametrize(
    ("name", "numbers", "digits"),
    [
        ("micrograd", {"a": 138.8338, "b": 645.5773}, 4),
        ("cs231n_circuit", {"w0": -0.20, "w1": -0.39, "w2": 0.20, "x0": 0.39, "x1": -0.59}, 2),
    ],
)
def test_gradients_as_the_course_prints_them(name: str, numbers: dict[str, float], digits: int) -> None:
    run = traced(str(next(path for path in COURSES if path.stem == name)))
    assert {k: round(float(run.gradients[k]), digits) for k in numbers} == numbers

"""What a compiled iteration records against the trace: every value, every delta, however the code is generated."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from graphviz_models.compile import CompiledStep, compile_step
from graphviz_models.compile.entries import NotExpandableError
from graphviz_models.program import Program, build
from graphviz_models.sheet import exercises, load
from graphviz_models.trace import run

from .recurrences import Recurrence, recurrences
from .sources import COURSES
from .test_random_programs import GIVEN, programs

BACKENDS = ["floats", "arrays", None]
SETTINGS = settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


def agrees(step: CompiledStep, parameters: dict[str, Any], where: str = "") -> None:
    """What the last iteration recorded is the trace at the parameters that it began with."""
    trace = run(step.program, values=parameters)
    recorded = step.recorded()
    assert list(recorded.values) == list(trace.values)
    assert recorded.gradients.keys() == trace.gradients.keys()
    if trace.first_non_finite is not None or not all(np.all(np.isfinite(g)) for g in trace.gradients.values()):
        return
    largest = max(1.0, *(float(np.max(np.abs(g), initial=0.0)) for g in trace.gradients.values()))
    for name, value in trace.values.items():
        scale = max(1.0, float(np.max(np.abs(value), initial=0.0)))
        assert recorded.values[name].shape == value.shape
        np.testing.assert_allclose(
            recorded.values[name], value, rtol=1e-11, atol=1e-12 * scale, err_msg=f"{where} {name}\n{step.source}"
        )
    for name, gradient in trace.gradients.items():
        assert recorded.gradients[name].shape == gradient.shape
        np.testing.assert_allclose(
            recorded.gradients[name], gradient, rtol=1e-9, atol=1e-11 * largest, err_msg=f"{where} ∂{name}"
        )


def iterations_agree(program: Program, backend: str | None, optimizer: str = "sgd", rate: float = 1e-3) -> None:
    try:
        step = compile_step(program, optimizer, backend=backend, record=True)
    except NotExpandableError:
        assert backend == "floats"
        return
    plain = compile_step(program, optimizer, backend=backend)
    before = step.parameters()
    losses = [step.step(rate)]
    agrees(step, before, "step")
    step.advance(2, rate, losses)
    before = step.parameters()
    step.advance(1, rate, losses)
    agrees(step, before, "advance by one")
    step.reset()
    repeated: list[float] = []
    step.advance(3, rate, repeated)
    before = step.parameters()
    step.reset()
    step.advance(4, rate, repeated)
    agrees(step, before, "advance by four")
    wanted: list[float] = []
    plain.advance(4, rate, wanted)
    np.testing.assert_allclose(losses, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", [name for name, *_ in exercises()])
def test_an_exercise(name: str, backend: str | None) -> None:
    sheet = load(name)
    iterations_agree(sheet.program, backend, sheet.training.optimizer)


@pytest.mark.parametrize("path", COURSES, ids=lambda path: path.stem)
def test_a_course(path: Path) -> None:
    iterations_agree(load(str(path)).program, None, "adam")


@pytest.mark.parametrize("backend", BACKENDS)
@SETTINGS
@given(text=programs())
def test_random_programs(backend: str | None, text: str) -> None:
    program = build(text, {}, {}, GIVEN, {}, "L")
    loss = run(program).loss
    if np.isfinite(loss) and abs(loss) < 1e6:
        iterations_agree(program, backend, rate=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@SETTINGS
@given(model=recurrences())
def test_random_recurrences(backend: str | None, model: Recurrence) -> None:
    program = model.build()
    loss = run(program).loss
    if np.isfinite(loss) and abs(loss) < 1e6:
        iterations_agree(program, backend, rate=1e-6)


@pytest.mark.parametrize("start", ["0", "a", "-1.5"])
@pytest.mark.parametrize("each", ["h[t]", "S[t-1]*0 + h[t]", "x[t]", "h[t] - 1"])
def test_running_sums(start: str, each: str) -> None:
    text = (
        f"h[0] = 0\nS[0] = {start}\nfor t in range(1, 61):\n    h[t] = w*x[t] + tanh(h[t-1])\n"
        f"    S[t] = S[t-1] + {each}\nL = (S[60]/60 + w)**2"
    )
    x = {t: np.sin(3.0 * t) for t in range(1, 61)}
    iterations_agree(build(text, {"x": x}, {}, {"w": 0.6, "a": 0.25}, {}, "L"), "arrays")


def test_the_long_recurrence_of_the_benchmark() -> None:
    text = "h[0] = 0\ns[0] = 0\nfor t in range(1, T + 1):\n    h[t] = w*x[t] + tanh(h[t-1])\n    s[t] = s[t-1] + h[t]\n"
    x = dict(enumerate(0.1 * np.random.default_rng(0).normal(size=300), 1))
    program = build(text + "y = s[T]/T\nL = log(1 + exp(-y*c))", {"x": x}, {"c": 1.0}, {"w": 0.5}, {"T": 300}, "L")
    iterations_agree(program, None)


@pytest.mark.parametrize("backend", ["floats", "arrays"])
def test_what_floats_cannot_hold_is_recorded_too(backend: str) -> None:
    program = build("a = exp(w)\nL = minimum(a, 5) + w", {}, {}, {"w": 800.0}, {}, "L")
    step = compile_step(program, backend=backend, record=True)
    assert step.step(0.0) == 805.0
    assert step.recorded().values["a"] == np.inf
    assert step.recorded().values["w"] == 800.0
    assert step.recorded().gradients["w"] == 1.0
    step.advance(2, 799.0, [])  # floats hold the second iteration
    assert step.recorded().values["a"] == pytest.approx(np.e)
    for go in (step.step, lambda rate: step.advance(1, rate, [])):
        step.set_state({"w": np.array(800.0)})
        step.step(0.0)
        assert step.recorded().values["a"] == np.inf
        step.set_state({"w": np.array(1.0)})
        go(0.0)
        assert step.recorded().values["a"] == pytest.approx(np.e)


def test_the_last_iteration_is_the_one_whose_loss_is_not_finite() -> None:
    step = compile_step(build("a = w**3\nL = a*a - w", {}, {}, {"w": 2.0}, {}, "L"), backend="floats", record=True)
    losses: list[float] = []
    step.advance(50, 10.0, losses)
    assert not np.isfinite(losses[-1])
    recorded = step.recorded()
    assert not np.isfinite(recorded.values["L"])
    assert recorded.values["w"] == step.parameters()["w"]


def test_records_are_copies() -> None:
    program = build(
        "z = tanh(X@W + b)\nL = sum(z**2)",
        {"X": np.ones((40, 30))},
        {},
        {"W": np.full((30, 20), 0.01), "b": np.zeros(20)},
        {},
    )
    step = compile_step(program, record=True)
    step.step(0.1)
    first = step.recorded()
    values = {name: np.array(value) for name, value in first.values.items()}
    step.step(0.1)
    assert all(np.array_equal(first.values[name], value) for name, value in values.items())
    assert not np.array_equal(step.recorded().values["W"], values["W"])


def test_what_was_not_asked_for_is_not_there() -> None:
    program = build("L = w**2", {}, {}, {"w": 2.0}, {})
    with pytest.raises(ValueError, match="record=True"):
        compile_step(program).recorded()
    with pytest.raises(RuntimeError, match="no iteration"):
        compile_step(program, record=True).recorded()

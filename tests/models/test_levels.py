"""Operations, neurons: the same numbers seen closer."""

import numpy as np
import pytest

from graphviz_models.picture import picture
from graphviz_models.program import Level, build
from graphviz_models.program.levels import parameters
from graphviz_models.program.neurons import scalars
from graphviz_models.sheet import exercises, load
from graphviz_models.trace import run
from graphviz_models.views import LEVELS

MLP = """
s1 = W.T @ x
z1 = relu(s1)
s = w @ z1
y = tanh(s)
L = 0.5*(y - t)**2
J = sum(L)
"""
RNN = """
h[0] = 0
for t in range(1, T + 1):
    h[t] = tanh(w*x[t] + u*h[t-1])
J = log(1 + exp(-h[T]*c))
"""
SIGNAL = "y = convolve(w, x)\nz = correlate(y, w)\np = softmax(z)\nJ = -log(p[k]) + norm(y) + var(y) + max(y)"
MODELS = {
    "mlp": (
        MLP,
        {"x": [[0.75, 0.2, -0.75], [0.8, 0.05, 0.8]]},
        {"t": [1.0, 1.0, -1.0]},
        {"W": [[0.6, 0.7], [0.01, 0.43]], "w": [0.02, 0.9]},
        {},
    ),
    "rows": (
        "a = X @ W + b\nJ = mean((tanh(a) - y)**2)",
        {"X": np.arange(6.0).reshape(3, 2)},
        {"y": np.ones((3, 2))},
        {"W": [[0.1, 0.2], [0.3, -0.4]], "b": [0.5, -0.5]},
        {},
    ),
    "rnn": (RNN, {"x": {1: 0.5, 2: -1.0, 3: 0.25}}, {"c": 1.0}, {"w": 0.8, "u": -0.5}, {"T": 3}),
    "signal": (SIGNAL, {"x": [1.0, 2.0, -1.0]}, {"k": 1}, {"w": [0.5, -1.0]}, {}),
}

EXERCISES = [exercise[0] for exercise in exercises()]


@pytest.mark.parametrize("level", ["operations", "neurons"])
@pytest.mark.parametrize("name", MODELS)
def test_level_has_the_same_loss_and_gradients(name: str, level: Level) -> None:
    program = build(*MODELS[name], "J")
    whole, close = run(program), run(program.at_level(level))
    assert close.loss == pytest.approx(whole.loss, rel=1e-13)
    for parameter in MODELS[name][3]:
        full = whole.gradients[parameter]
        if level == "operations":
            assert np.allclose(close.gradients[parameter], full, rtol=1e-12)
        for at in np.ndindex(*full.shape):
            entry = f"{parameter}[{','.join(map(str, at))}]" if at else parameter
            if level == "neurons":
                assert close.gradients[entry] == pytest.approx(full[at], rel=1e-12, abs=1e-15)


def test_neurons_keep_the_samples_in_one_node() -> None:
    close = build(*MODELS["mlp"], "J").at_level("neurons")
    assert [e.name for e in close.equations] == ["s1[0]", "s1[1]", "z1[0]", "z1[1]", "s", "y", "L", "J"]
    assert close.shape("s1[0]") == (3,)
    rows = build(*MODELS["rows"], "J").at_level("neurons")
    assert rows.shape("a[1]") == (3,)


def test_scalars_split_the_samples() -> None:
    close = scalars(build(*MODELS["mlp"], "J"))
    assert close.shape("s1[0,2]") == ()
    assert run(close).loss == pytest.approx(run(build(*MODELS["mlp"], "J")).loss, rel=1e-13)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_variable_has_its_role_at_every_level(name: str) -> None:
    program = load(name).program
    for level in ("operations", "neurons"):
        seen = program.at_level(level)  # type: ignore[arg-type]
        for node in seen.names:
            origin = seen.given[node].origin if node in seen.given else seen.equation[node].origin
            if seen.role(node) not in ("operation", "constant"):
                assert seen.role(node) == program.role(origin or node), (level, node)


def test_a_state_before_the_loss_is_no_output() -> None:
    program = load("assignment3-q2").program
    assert program.role("h[4]") == "loss"
    assert program.role("h[3]") == "activation"
    assert load("sheet9-ex1").program.at_level("operations").role("y") == "output"


def test_constants_take_no_steps() -> None:
    sheet = load("sheet8-ex3")
    trace = run(sheet.program.at_level("operations"))
    constants = {node for node in trace.program.equation if trace.program.role(node) == "constant"}
    assert len(constants) == 4
    assert not constants & {step.node for step in trace.steps}
    assert {step.index for step in trace.steps} == set(range(len(trace.steps)))
    assert constants <= trace.values.keys()
    for at in (0, len(trace.steps)):
        drawn = picture(trace, at)
        ids = {box.id for box in drawn.boxes if box.role == "constant"}
        assert {box.state for box in drawn.boxes if box.id in ids} == {"known"}
        assert {edge.backward for edge in drawn.edges if edge.source in ids} == {False}


def test_operations_keep_the_names_of_variables() -> None:
    program = build(*MODELS["rnn"], "J")
    close = program.at_level("operations")
    assert set(program.names) <= set(close.names)
    assert close.role("h[1]#1") == "operation"
    assert {e.origin for e in close.equations} == {e.name for e in program.equations}


def test_large_logits_stay_true_at_every_level() -> None:
    program = build("p = softmax(u)\nJ = -log(p[k])", {}, {"k": 1}, {"u": [1000.0, 0.0, -1000.0]}, {})
    for level in LEVELS:
        trace = run(program.at_level(level))
        assert trace.loss == 1000


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_whole_again_from_any_level(name: str, level: Level) -> None:
    program = build(*MODELS[name], "J")
    seen = program.at_level(level)
    found = parameters(seen, run(seen).values)
    expected = {n: g.value for n, g in program.given.items() if g.role == "parameter"}
    assert found.keys() == expected.keys()
    for parameter, value in expected.items():
        assert np.array_equal(found[parameter], value)


def test_a_vector_transposed_is_no_operation() -> None:
    program = build("y = w.T @ x\nL = sum(y)", {"x": [[1.0, 2.0], [3.0, 4.0]]}, {}, {"w": [1.0, -1.0]}, {})
    assert [e.name for e in program.at_level("operations").equations] == ["y", "L"]


def test_a_sum_of_very_many_entries_is_taken_apart() -> None:
    values = np.linspace(-1.0, 1.0, 6000)
    program = build("y = tanh(x)\nL = sum(y*y)", {"x": values}, {}, {}, {}).at_level("neurons")
    trace = run(program)
    assert trace.loss == pytest.approx(float((np.tanh(values) ** 2).sum()))
    assert trace.gradients["x[7]"] == pytest.approx(2 * np.tanh(values[7]) * (1 - np.tanh(values[7]) ** 2))

"""Neurons with a value for each sample: only where nothing mixes the samples, and with the same numbers."""

import numpy as np
import pytest

from graphviz_models.program import build
from graphviz_models.trace import run

RNG = np.random.default_rng(0)
ROWS = {"X": RNG.normal(size=(3, 2))}
COLUMNS = {"X": RNG.normal(size=(2, 4))}
SQUARE = {"X": RNG.normal(size=(3, 3))}
CLASSES = {"Y": np.eye(3)}
W = {"W": RNG.normal(size=(2, 3))}
V = {"W": RNG.normal(size=(3, 2))}
VECTOR = {"w": RNG.normal(size=3)}
#: Equations, inputs, targets, parameters, and how many samples a neuron has a value for.
KEPT = [
    ("A = X*w", SQUARE, {}, VECTOR, 3),
    ("A = X*w", SQUARE, {}, {"w": RNG.normal(size=(1, 3))}, 3),
    ("A = X*w", SQUARE, {}, {"w": RNG.normal(size=(3, 1))}, 3),
    ("A = X*(w @ X)", SQUARE, {}, VECTOR, 3),
    ("A = Y*log(softmax(X @ W, axis=1))", ROWS, CLASSES, W, 3),
    ("A = mean(Y*log_softmax(X @ W, axis=-1), axis=1)", ROWS, CLASSES, W, 3),
    ("A = softmax(W @ X, axis=0)", COLUMNS, {}, V, 4),
    ("Z = X @ W\nA = (Z - mean(Z, axis=1, keepdims=True))/std(Z, axis=1, keepdims=True)*Y", ROWS, CLASSES, W, 3),
    ("Z = W @ X\nA = (Z - mean(Z, axis=0, keepdims=True))/norm(Z, axis=0, keepdims=True)", COLUMNS, {}, V, 4),
    ("A = logsumexp(X @ W, axis=1) + max(X @ W, axis=1) + prod(X @ W, axis=1)", ROWS, {}, W, 3),
    ("A = cumsum(X @ W, axis=1)", ROWS, {}, W, 3),
]
MIXED = [
    ("A = X*W", ROWS, {}, V, 0),
    ("A = X*W", {"X": RNG.normal(size=(2, 3))}, {}, W, 0),
    ("A = X*W", SQUARE, {}, {"W": RNG.normal(size=(3, 3))}, 0),
    ("A = X*(X @ w)", SQUARE, {}, VECTOR, 0),  # NumPy lets the vector meet the columns
    ("A = X @ W - y", ROWS, {"y": RNG.normal(size=3)}, {"W": RNG.normal(size=(2, 1))}, 0),
    ("A = X @ W - y", ROWS, {"y": RNG.normal(size=3)}, W, 0),
    ("A = softmax(W @ X, axis=1)", COLUMNS, {}, V, 0),
    ("A = softmax(X @ W)", ROWS, {}, W, 0),
    ("A = X @ W - mean(X @ W, axis=0, keepdims=True)", ROWS, {}, W, 0),
    ("A = cumsum(X @ W)", ROWS, {}, W, 0),
]


@pytest.mark.parametrize(("text", "inputs", "targets", "parameters", "samples"), KEPT + MIXED)
def test_neurons_have_the_numbers_of_the_variables(
    text: str, inputs: dict[str, object], targets: dict[str, object], parameters: dict[str, object], samples: int
) -> None:
    program = build(f"{text}\nL = sum(A**2) + sum(A)", inputs, targets, parameters, {}, "L")
    close = program.at_level("neurons")
    assert {close.shape(name) for name in close.names} == ({(), (samples,)} if samples else {()})
    whole, seen = run(program), run(close)
    assert seen.loss == pytest.approx(whole.loss, rel=1e-12)
    for name, gradient in whole.gradients.items():
        for at in np.ndindex(*gradient.shape) if name in parameters else ():
            entry = f"{name}[{','.join(map(str, at))}]"
            assert seen.gradients[entry] == pytest.approx(gradient[at], rel=1e-10, abs=1e-13)


def test_large_logits_of_samples_stay_true() -> None:
    inputs = {"X": [[1000.0, -1000.0], [-1.0, 0.0]]}
    text = "P = softmax(X @ W, axis=1)\nL = -sum(Y*log(P))"
    program = build(text, inputs, {"Y": [[0.0, 1.0], [1.0, 0.0]]}, {"W": np.eye(2)}, {}, "L").at_level("neurons")
    trace = run(program)
    assert program.shape("P[0]") == (2,)
    assert trace.loss == pytest.approx(2000 + np.log1p(np.e), rel=1e-14)
    assert trace.gradients["W[0,0]"] == pytest.approx(1000 + 1 / (1 + 1 / np.e), rel=1e-12)

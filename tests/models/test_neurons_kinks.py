"""Norms and deviations of 0 and ties of the largest entries, whose gradients the neurons share as the arrays do."""

from __future__ import annotations

import numpy as np
import pytest

from graphviz_models.notation import Notation
from graphviz_models.program import build
from graphviz_models.trace import Trace, run

ZERO = [0.0, 0.0, 0.0]
ROWS = [[0.0, 0.0], [1.0, 2.0], [3.0, 3.0]]


def traces(text: str, w: object) -> tuple[Trace, Trace]:
    """The traces of a model with the parameter w, by variables and by neurons."""
    program = build(text, {}, {}, {"w": w}, {}, "L")
    return run(program, Notation("L")), run(program.at_level("neurons"), Notation("L"))


@pytest.mark.parametrize(
    ("text", "w"),
    [
        ("n = norm(w)\nL = n + w[1]", ZERO),
        ("n = norm(w, axis=1)\nL = sum(n)", ROWS),
        ("n = norm(w, axis=0, keepdims=True)\nL = sum(n*w)", [[0.0, 1.0], [0.0, 2.0]]),
        ("d = w - w\nL = norm(d) + sum(w)", [1.0, 2.0]),
        ("n = std(w)\nL = n + sum(w)", [1.0, 1.0, 1.0]),
        ("n = std(w, axis=1)\nL = sum(n)", ROWS),
        ("m = max(w)\nL = 6*m", [1.0, 1.0, 1.0]),
        ("m = min(w)\nL = m**2", [2.0, 1.0, 1.0, 1.0, 3.0]),
        ("m = max(w, axis=1)\nL = sum(m**2)", [[2.0, 2.0, 2.0], [0.0, 2.0, 2.0]]),
    ],
)
def test_entries_have_the_gradients_of_their_arrays(text: str, w: object) -> None:
    whole, apart = traces(text, w)
    for node in apart.program.names:
        array, at = apart.program.entries[node]
        assert apart.values[node] == pytest.approx(whole.values[array][at]), node
        assert apart.gradients[node] == pytest.approx(whole.gradients[array][at]), node
    assert all(np.isfinite(gradient).all() for gradient in apart.gradients.values())


def test_samples_of_zeros() -> None:
    text = "s = norm(X @ A, axis=1)\nL = mean((s - t)**2)"
    program = build(text, {"X": ROWS}, {"t": [1.0, 2.0, 3.0]}, {"A": [[1.0, 2.0], [3.0, -1.0]]}, {}, "L")
    whole = run(program, Notation("L")).gradients["A"]
    apart = run(program.at_level("neurons"), Notation("L")).gradients
    assert [apart[f"A[{i},{j}]"] for i in range(2) for j in range(2)] == pytest.approx(whole.ravel())

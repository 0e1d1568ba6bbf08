"""Counts of Assignment 3, question 3, against its closed formulas; exact for any number of paths."""

from itertools import pairwise

import numpy as np
import pytest

from graphviz_models.cost import Cost, cost
from graphviz_models.program import Program, build

TOGETHER = """
h[0] = 1*x
for l in range(1, L + 1):
    h[l] = tanh(W[l] @ h[l-1])
y = tanh(W[L+1] @ h[L])
J = 0.5*sum((y - t)**2)
"""
APART = """
h[0] = 1*x
for l in range(1, L + 1):
    a[l] = W[l] @ h[l-1]
    h[l] = tanh(a[l])
b = W[L+1] @ h[L]
y = tanh(b)
J = 0.5*sum((y - t)**2)
"""


def net(text: str, d: int, n: int, layers: int, c: int) -> Program:
    sizes = [d, *[n] * layers, c]
    weights = {i + 1: np.ones((m, k)) for i, (k, m) in enumerate(pairwise(sizes))}
    return build(text, {"x": np.ones(d)}, {"t": np.ones(c)}, {"W": weights}, {"L": layers})


@pytest.mark.parametrize("text", [TOGETHER, APART])
@pytest.mark.parametrize(("d", "n", "layers", "c"), [(3, 4, 2, 2), (2, 3, 3, 2), (4, 2, 1, 3), (5, 3, 4, 1)])
def test_fully_connected_net(text: str, d: int, n: int, layers: int, c: int) -> None:
    found = cost(net(text, d, n, layers, c))
    weights = d * n + n * n * (layers - 1) + n * c
    backward = n * d + 2 * n * n * (layers - 1) + 2 * n * c + n * layers + c
    path_sum = 2 * weights + sum((layers - i + 1) * c * n ** (layers - i + 1) for i in range(1, layers + 1))
    paths = n * c + d * n * c * n ** (layers - 1) + sum(n * n * c * n ** (layers - i) for i in range(2, layers + 1))
    assert found == Cost(weights, backward, path_sum, paths)


def test_shared_weight_of_a_recurrence_counts_once_as_parameter_and_by_every_path() -> None:
    text = "h[0] = 0\nfor t in range(1, 3):\n    h[t] = w*x[t] + tanh(h[t-1])\ny = h[1] + h[2]\nL = log(1 + exp(-y*c))"
    found = cost(build(text, {"x": {1: 0.5, 2: -1.0}}, {"c": 1.0}, {"w": 0.8}, {}))
    assert found == Cost(parameters=1, backward=3, path_sum=8, paths=3)


def test_paths_are_whole_numbers_however_many() -> None:
    text = "h[0] = w\nfor t in range(1, 2001):\n    h[t] = tanh(h[t-1]) + h[t-1]\nL = h[2000]**2"
    assert cost(build(text, {}, {}, {"w": 1.0}, {})).paths == 2**2000

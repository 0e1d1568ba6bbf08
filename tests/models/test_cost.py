"""Counts of Assignment 3, question 3, against its closed formulas; exact for any number of paths."""

import math
from itertools import pairwise

import numpy as np
import pytest

from graphviz_models.cost import FORMULAS, Cost, Net, Paths, cost, curves, fully_connected
from graphviz_models.problem import Problems
from graphviz_models.program import Program, build
from graphviz_models.sheet import exercises, load
from graphviz_models.trace import run

from .sources import REFERENCE

COUNTED = REFERENCE["s004_q3"]["cases"]

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


@pytest.mark.parametrize("case", COUNTED, ids=lambda case: "{d}-{n}-{L}-{c}".format(**case))
def test_closed_formulas_are_the_reference_counts(case: dict[str, object]) -> None:
    net = Net(*(int(str(case[key])) for key in "dnLc"))
    right = case["counted_by_brute_force"]
    assert isinstance(right, dict)
    assert net.parameters == right["parameters (weights)"]
    assert net.backward == right["backprop, delta stored"]
    assert net.backward_from_scratch == right["backprop, delta recomputed (the sheet's scheme)"]
    assert net.path_sum == right["sum over paths (the sheet's scheme)"]
    assert net.path_sum_per_weight == right["sum over paths per weight, nothing reused"]


@pytest.mark.parametrize("text", [TOGETHER, APART])
@pytest.mark.parametrize("sizes", [(3, 4, 2, 2), (2, 3, 3, 2), (4, 2, 1, 3), (1, 1, 1, 1)])
def test_a_fully_connected_net_is_recognised_and_every_counted_formula_is_its_count(
    text: str, sizes: tuple[int, int, int, int]
) -> None:
    program = net(text, *sizes)
    found = fully_connected(program)
    assert found == Net(*sizes)
    counted = cost(program)
    for formula in FORMULAS:
        if formula.counted is not None:
            assert formula.value(found) == formula.counted(counted), formula.title


ONE_MATRIX = {"W": {1: np.ones((2, 3)), 2: np.ones((2, 2))}}


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("y = W[2] @ tanh(W[1] @ x)\nJ = sum((y - t)**2)", ONE_MATRIX),  # the output is not f(Wx)
        ("y = tanh(W[2] @ tanh(W[1] @ x + b))\nJ = sum((y - t)**2)", {**ONE_MATRIX, "b": np.ones(2)}),
        ("h = tanh(W[1] @ x)\ny = tanh(W[2] @ h)\nJ = sum((y - h)**2)", ONE_MATRIX),  # h is used twice
        ("h = tanh(W[1] @ x)\ny = tanh(W[2] @ tanh(W[2] @ h))\nJ = sum((y - t)**2)", ONE_MATRIX),  # a shared matrix
        ("y = tanh(W[1] @ x)\nJ = sum((y - t)**2)", {"W": {1: np.ones((2, 3))}}),  # no hidden layer
        ("y = tanh(W[2] @ tanh(exp(W[1] @ x)))\nJ = sum((y - t)**2)", ONE_MATRIX),
        ("y = tanh(W[3] @ tanh(W[2] @ tanh(W[1] @ x)))\nJ = sum((y - t)**2)",
         {"W": {1: np.ones((3, 3)), 2: np.ones((4, 3)), 3: np.ones((2, 4))}}),
    ],
)  # fmt: skip
def test_what_the_formulas_do_not_hold_for_is_not_recognised(text: str, parameters: dict[str, object]) -> None:
    assert fully_connected(build(text, {"x": np.ones(3)}, {"t": np.ones(2)}, parameters, {})) is None


def test_rows_and_transposed_matrices_are_the_same_net() -> None:
    rows = "y = tanh(tanh(x @ V) @ W)\nJ = sum((y - t)**2)"
    columns = "y = tanh(W.T @ tanh(V.T @ x))\nJ = sum((y - t)**2)"
    for text in (rows, columns):
        given = {"V": np.ones((3, 4)), "W": np.ones((4, 2))}
        assert fully_connected(build(text, {"x": np.ones(3)}, {"t": np.ones(2)}, given, {})) == Net(3, 4, 1, 2)


def test_only_question_3_of_the_exercises_is_such_a_net() -> None:
    assert [id_ for id_, _, _ in exercises() if fully_connected(load(id_).program)] == ["assignment3-q3"]


def test_curves_pass_through_the_net_and_only_one_of_them_is_exponential() -> None:
    own = Net(3, 4, 2, 2)
    for over, place in (("depth", 2), ("width", 4)):
        found = curves(own, over)  # type: ignore[arg-type]
        assert found.backward[found.at.index(place)] == own.backward == 70
        assert found.path_sum[found.at.index(place)] == own.path_sum == 144
    depth = curves(own, "depth")
    assert np.ptp(np.diff(depth.backward)) == 0
    assert depth.path_sum[-1] > 3.9 * depth.path_sum[-2]


@pytest.mark.parametrize("id_", ["sheet9-ex1", "sheet9-ex1f", "sheet7-ex1c", "assignment3-q3", "assignment3-q4"])
def test_the_products_of_all_paths_from_a_parameter_add_up_to_its_gradient(id_: str) -> None:
    sheet = load(id_)
    paths = Paths(sheet.program)
    gradients = run(sheet.program).gradients
    sums: dict[str, list[float]] = {}
    for number in range(paths.total):
        path = paths.path(number)
        assert math.isclose(path.product, math.prod(link.slope for link in path.links))
        assert path.nodes[-1] == path.origins[-1] == sheet.program.loss
        sums.setdefault(path.nodes[0], []).append(path.product)
        assert path.beside >= len(sums[path.nodes[0]])
    given = [name for name, g in sheet.program.given.items() if g.role == "parameter"]
    expected = [float(v) for name in given for v in np.ravel(gradients[name])]
    assert np.allclose([sum(products) for products in sums.values()], expected, rtol=1e-12)
    for path in (paths.path(0), paths.path(paths.total - 1)):
        assert math.isclose(path.gradient, sum(sums[path.nodes[0]]), rel_tol=1e-12)
        assert path.beside == len(sums[path.nodes[0]])


def test_the_shared_weight_of_sheet_9_has_its_three_paths() -> None:
    paths = Paths(load("sheet9-ex1").program)
    found = {paths.path(k).nodes for k in range(paths.total)}
    assert found == {("w", "h[1]", "y", "L"), ("w", "h[1]", "h[2]", "y", "L"), ("w", "h[2]", "y", "L")}
    with pytest.raises(Problems, match="choose one from 0 to 2"):
        paths.path(3)


def test_one_of_more_paths_than_can_be_written_down() -> None:
    text = "h[0] = w\nfor t in range(1, 200):\n    h[t] = tanh(a[t-1])\n    a[t] = 0.9*h[t] + 0.1*h[t-1]\nL = a[199]**2"
    text = text.replace("h[0] = w", "h[0] = w\na[0] = w")
    paths = Paths(build(text, {}, {}, {"w": 1.0}, {}))
    assert paths.total > 2**60
    assert len(set(paths.path(paths.total // 3).nodes)) == len(paths.path(paths.total // 3).nodes) > 200


def test_paths_follow_the_values_that_are_given() -> None:
    program = build("y = w*x\nL = y**2", {"x": 3.0}, {}, {"w": 1.0}, {})
    assert Paths(program).path(0).product == 18
    assert Paths(program, {"w": 2.0}).path(0).product == 36

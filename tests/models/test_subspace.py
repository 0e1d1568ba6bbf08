"""Linear autoencoders against principal components: reference values, recognition, angles, what centring changes."""

import math

import numpy as np
import pytest

from graphviz_models.expr import Array
from graphviz_models.program import Program, build
from graphviz_models.sheet import exercises, load
from graphviz_models.subspace import (
    Autoencoder,
    angles,
    autoencoder,
    centred,
    cost,
    descend,
    principal,
    safe_rate,
    span,
)
from graphviz_models.trace import run

from .sources import REFERENCE

CASES = REFERENCE["s004_q4"]["cases"]
CENTRED, UNCENTRED = CASES
TEXT = "H = U1 @ X\nXt = U2 @ H\nJ = sum((Xt - X)**2)/N"


def program(text: str = TEXT, data: object = None, **more: object) -> Program:
    given = CENTRED["inputs"]
    parameters = {"U1": given["U1"], "U2": given["U2"], **more}
    return build(text, {"X": given["X"] if data is None else data}, {}, parameters, {"N": 4})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_eigenvalues_and_least_costs_are_the_references(case: dict[str, dict[str, object]]) -> None:
    data, extra = np.array(case["inputs"]["X"]), case["extra"]
    found = principal(data, 1 / 4)
    assert np.allclose(found.values, np.array(extra["eig_second_moment"]), rtol=1e-13)
    least = extra["Jmin_linear_no_bias = sum of the d-k smallest eigenvalues of XX^T/N"]
    assert math.isclose(found.least_cost(1), float(str(least)), rel_tol=1e-13)
    projector = np.outer(found.vectors[:, 0], found.vectors[:, 0])
    assert np.allclose(projector, np.array(extra["projector_second_moment (the optimal U2 U1)"]), atol=1e-13)
    covariance = principal(centred(data), 1 / 4)
    assert np.allclose(covariance.values, np.array(extra["eig_S"]), rtol=1e-13)
    affine = extra["Jmin_affine = sum of the d-k smallest eigenvalues of S"]
    assert math.isclose(covariance.least_cost(1), float(str(affine)), rel_tol=1e-13)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_cost_is_the_loss_and_the_projector_of_the_covariance_misses_the_least(
    case: dict[str, dict[str, object]],
) -> None:
    data = np.array(case["inputs"]["X"])
    model = autoencoder(program(data=data))
    assert model == Autoencoder("U1", "U2", "X", 0.25, 1)
    own = cost(model, data, np.array(case["inputs"]["U1"]), np.array(case["inputs"]["U2"]))
    assert math.isclose(own, float(str(case["values"]["J"])), rel_tol=1e-14)
    v = principal(centred(data), 0.25).vectors[:, :1]
    expected = case["extra"]["J of the PCA projector without adding the mean"]
    assert math.isclose(cost(model, data, v.T, v), float(str(expected)), rel_tol=1e-13)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_descent_ends_at_the_least_cost_in_the_principal_subspace(case: dict[str, dict[str, object]]) -> None:
    data = np.array(case["inputs"]["X"])
    given = program()
    model = autoencoder(given)
    assert model is not None
    found = principal(data, model.scale)
    history = descend(given, model, data, "sgd", safe_rate(0.1, found), 3000)
    assert history.stopped is None
    assert history.losses[0] == pytest.approx(float(str(case["values"]["J"])), rel=1e-13)
    assert history.losses[-1] == pytest.approx(found.least_cost(1), rel=1e-10)
    assert min(history.losses) >= found.least_cost(1) - 1e-12
    assert angles(history.parameters["U2"], found.vectors[:, :1]) == pytest.approx([0.0], abs=1e-4)


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        (TEXT, 0.25),
        ("J = sum((U2 @ U1 @ X - X)**2)/N", 0.25),
        ("J = 0.5*sum((X - U2 @ (U1 @ X))**2)", 0.5),
        ("E = U2 @ U1 @ X - X\nS = E**2\nq = sum(S)\nJ = 2*q/N", 0.5),
        ("J = mean((U2 @ U1 @ X - X)**2)", 1 / 12),
        ("J = sum((U2 @ U1 @ X - X)*(U2 @ U1 @ X - X))", None),  # a product of two differences is not looked into
        ("J = sum(tanh(U2 @ U1 @ X - X)**2)", None),
        ("J = sum((U2 @ tanh(U1 @ X) - X)**2)", None),
        ("J = sum((U2 @ U1 @ X - 2*X)**2)", None),
        ("J = sum((U2 @ U1 @ X - X)**4)", None),
        ("J = sum((U2 @ U1 @ U2 @ U1 @ X - X)**2)", None),
        ("J = sum((U2 @ U1 @ X + U2 @ ones((1, 4)) - X)**2)", None),
        ("J = -1*sum((U2 @ U1 @ X - X)**2)", None),
        ("J = sum(sum((U2 @ U1 @ X - X)**2, axis=0)**2)", None),
    ],
)
def test_recognised_by_its_structure_not_its_names(text: str, scale: float | None) -> None:
    found = autoencoder(program(text))
    if scale is None:
        assert found is None
    else:
        assert found == Autoencoder("U1", "U2", "X", pytest.approx(scale), 1)
        given = program(text)
        values = run(given).values
        assert cost(found, values["X"], values["U1"], values["U2"]) == pytest.approx(float(values["J"]), rel=1e-14)


def test_only_question_4_of_the_exercises_is_one() -> None:
    assert [id_ for id_, _, _ in exercises() if autoencoder(load(id_).program)] == ["assignment3-q4"]


def test_a_chain_of_a_thousand_products_is_looked_at_in_no_time() -> None:
    text = "h[0] = 1*X\nfor t in range(1, 1001):\n    h[t] = U2 @ U1 @ h[t-1]\nJ = sum((h[1000] - X)**2)"
    assert autoencoder(program(text)) is None


def rotated(degrees: float) -> Array:
    turn = np.radians(degrees)
    return np.array([[np.cos(turn)], [np.sin(turn)], [0.0]])


@pytest.mark.parametrize("degrees", [0.0, 1e-7, 1e-3, 30.0, 45.0, 60.0, 89.9999, 90.0])
def test_angles_are_exact_near_0_as_near_90(degrees: float) -> None:
    found = angles(3.0 * rotated(degrees), np.eye(3)[:, :1])
    assert found == pytest.approx([degrees], rel=1e-9, abs=1e-12)


def test_angles_of_planes_and_of_what_is_missing() -> None:
    plane = np.eye(3)[:, :2]
    tilted = np.column_stack([[1.0, 0, 0], [0, np.cos(0.5), np.sin(0.5)]])
    assert angles(plane, tilted @ np.array([[2.0, 1], [0, 3]])) == pytest.approx([0.0, np.degrees(0.5)], abs=1e-6)
    assert angles(plane, np.array([[1.0, 1], [0, 0], [0, 0]])) == pytest.approx([0.0, 90.0], abs=1e-6)
    assert angles(np.zeros((3, 1)), plane[:, :1]).tolist() == [90.0]
    assert span(np.zeros((3, 2))).shape == (3, 0)

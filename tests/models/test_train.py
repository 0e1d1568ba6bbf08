"""Training: optimizers against PyTorch's published formulas, histories, going back to any iteration, stopping."""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphviz_models.compile import compile_step
from graphviz_models.program import Program, build
from graphviz_models.train import MOST_STATES, OPTIMIZERS, Losses, Run, train

Array = np.ndarray[Any, np.dtype[np.float64]]
RATE = 0.05


def model() -> Program:
    """Matrix, vector and scalar parameters."""
    return build(
        "z = tanh(X@W + b)\nL = sum((z - Y)**2) + s*sum(W)/10 + s**2",
        {"X": [[0.5, -1.0], [1.5, 0.3], [-0.7, 0.2]]}, {"Y": [[0.2], [-0.4], [0.9]]},
        {"W": [[0.3], [-0.8]], "b": [0.1], "s": 0.4}, {}, "L",
    )  # fmt: skip


# torch.optim's documentation, written out for one parameter: gradients in, parameters out.


def sgd(p: Array, gradient: Callable[[Array], Array]) -> Iterator[Array]:
    while True:
        p = p - RATE * gradient(p)
        yield p


def momentum(p: Array, gradient: Callable[[Array], Array], *, nesterov: bool = False) -> Iterator[Array]:
    b = None
    while True:
        g = gradient(p)
        b = g if b is None else 0.9 * b + g
        p = p - RATE * (g + 0.9 * b if nesterov else b)
        yield p


def rmsprop(p: Array, gradient: Callable[[Array], Array]) -> Iterator[Array]:
    v = np.zeros_like(p)
    while True:
        g = gradient(p)
        v = 0.99 * v + (1 - 0.99) * g**2
        p = p - RATE * g / (np.sqrt(v) + 1e-8)
        yield p


def adam(p: Array, gradient: Callable[[Array], Array]) -> Iterator[Array]:
    m, v, t = np.zeros_like(p), np.zeros_like(p), 0
    while True:
        g, t = gradient(p), t + 1
        m, v = 0.9 * m + (1 - 0.9) * g, 0.999 * v + (1 - 0.999) * g**2
        p = p - RATE * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        yield p


PUBLISHED: dict[str, Callable[[Array, Callable[[Array], Array]], Iterator[Array]]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": lambda p, gradient: momentum(p, gradient, nesterov=True),
    "rmsprop": rmsprop,
    "adam": adam,
}


def test_every_optimizer_is_compared() -> None:
    assert PUBLISHED.keys() == OPTIMIZERS.keys()


@pytest.mark.parametrize("backend", ["floats", "arrays"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_published_formulas(name: str, backend: str) -> None:
    """On ½ Σ a (p − q)², whose gradient a (p − q) needs no engine."""
    a, q, start = np.array([1.0, 3.0, 0.2]), np.array([0.5, -1.0, 2.0]), np.array([2.0, 0.0, -1.0])
    step = compile_step(
        build("L = sum(a*(p - q)**2)/2", {"a": a, "q": q}, {}, {"p": start}, {}, "L"), name, backend=backend
    )
    published = PUBLISHED[name](start, lambda p: a * (p - q))
    for _ in range(50):
        step.step(RATE)
        np.testing.assert_allclose(step.parameters()["p"], next(published), rtol=1e-12, atol=1e-14)


TORCH = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_pytorch_itself(name: str) -> None:
    torch = pytest.importorskip("torch")
    program = model()
    kind, rest = TORCH[name]
    p = {
        n: torch.tensor(g.value, dtype=torch.float64, requires_grad=g.role == "parameter")
        for n, g in program.given.items()
    }
    optimizer = getattr(torch.optim, kind)([p["W"], p["b"], p["s"]], lr=RATE, **rest)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        z = torch.tanh(p["X"] @ p["W"] + p["b"])
        loss = ((z - p["Y"]) ** 2).sum() + p["s"] * p["W"].sum() / 10 + p["s"] ** 2
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    history = train(program, name, RATE, 30)
    assert history.losses[:-1] == pytest.approx(losses, rel=1e-12)
    for n, value in history.parameters.items():
        np.testing.assert_allclose(value, p[n].detach().numpy(), rtol=1e-11)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_another_learning_rate_forgets_nothing(name: str) -> None:
    """One optimizer whose rate is changed on the way, as PyTorch's `param_groups` are."""
    step = compile_step(model(), name)
    for rate in (0.05, 0.05, 0.05, 0.01, 0.01, 0.2):
        step.step(rate)
    run = Run(model(), name, 0.05)
    run.advance(3)
    for rate, iterations in ((0.01, 2), (0.2, 1)):
        run = Run(model(), name, rate, run.state())
        run.advance(iterations)
    wanted, found = step.parameters(), run.parameters()
    assert all(np.array_equal(found[n], value) for n, value in wanted.items())
    assert not np.array_equal(run.parameters(0)["W"], found["W"])


# ---- histories


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_history_has_one_loss_more_than_updates(name: str) -> None:
    history = train(model(), name, 0.01, 40)
    assert len(history.losses) == 41
    assert history.losses[-1] < history.losses[0]
    assert history.stopped is None
    assert train(model(), name, 0.01, 40).losses == history.losses, "not deterministic"
    assert train(model(), name, 0.01, 0).losses == history.losses[:1]


def test_training_stops_where_the_loss_is_not_finite_and_says_so() -> None:
    program = build("L = w**4", {}, {}, {"w": 3.0}, {}, "L")
    history = train(program, "sgd", 1.0, 1000)
    assert history.stopped == len(history.losses) - 1
    assert not math.isfinite(history.losses[-1])
    assert np.all(np.isfinite(history.losses[:-1]))
    run = Run(program, "sgd", 1.0)
    run.advance(1000)
    assert run.stopped == run.iteration == history.stopped
    assert run.advance(10) == 0
    assert np.array_equal(run.parameters()["w"], history.parameters["w"])
    assert run.parameters(0)["w"] == 3.0


def test_only_parameters_move() -> None:
    assert train(model(), "adam", 0.1, 5).parameters.keys() == {"W", "b", "s"}


# ---- going on bit by bit, and back


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_the_parameters_of_any_iteration_can_be_recovered(name: str) -> None:
    run = Run(model(), name, 0.01)
    while run.iteration < 3000:
        run.advance(min(700, 3000 - run.iteration))
    for iteration in (0, 1, 2, 511, 512, 513, 1000, 2222, 2999, 3000):
        want = train(model(), name, 0.01, iteration).parameters
        assert all(np.array_equal(value, want[n]) for n, value in run.parameters(iteration).items()), iteration
    run.advance(100)
    assert run.loss == train(model(), name, 0.01, 3100).losses[-1], "going back changed what comes after"
    with pytest.raises(IndexError):
        run.parameters(3101)
    with pytest.raises(IndexError):
        run.parameters(-1)


def test_a_million_iterations_stay_small_and_quick_to_go_back_to() -> None:
    run = Run(build("L = (w - 1)**2", {}, {}, {"w": 0.0}, {}, "L"), "adam", 1e-5)
    run.advance(1_000_000)
    assert run.iteration == 1_000_000
    assert len(run.losses.points()[0]) <= 20_000 + 3
    assert len(run._states) <= MOST_STATES
    assert (
        max(b - a for (a, _), (b, _) in zip(run._states, run._states[1:], strict=False)) <= 4 * 1_000_000 / MOST_STATES
    )
    assert 0 < run.parameters(654_321)["w"] <= run.parameters()["w"]


def test_it_stops_when_it_is_told_to() -> None:
    run = Run(model(), "sgd", 1e-6)
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 20

    done = run.advance(10**9, cancelled=cancelled)
    assert done == run.iteration < 10**6
    assert asked == 21


def test_it_stops_after_the_time_it_is_given() -> None:
    run = Run(model(), "sgd", 1e-6)
    start = time.perf_counter()
    assert run.advance(10**9, seconds=0.05) > 0
    assert time.perf_counter() - start < 2.0


# ---- curves


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), max_size=400), st.integers(1, 50), st.integers(4, 30))
def test_a_thinned_curve_keeps_its_extremes_and_its_order(losses: list[float], portion: int, most: int) -> None:
    curve = Losses(most)
    for k in range(0, len(losses), portion):
        curve.extend(losses[k : k + portion])
    at, value = curve.points()
    assert curve.count == len(losses)
    assert len(at) <= max(most, 4) + 3
    assert np.all(np.diff(at) > 0)
    assert [losses[int(i)] for i in at] == value.tolist()
    if losses:
        assert value.max() == max(losses)
        assert value.min() == min(losses)
    if len(losses) < most // 4 * 2:
        assert value.tolist() == losses

"""One training iteration, generated, against NumPy written by hand, a loop over the graph, HIPS autograd, JAX, PyTorch.

All take turns in one process (see `race`, which prints the tables by itself). Nothing is asserted of time: that all of
them train alike is.
"""

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from graphviz_models.compile import compile_step
from graphviz_models.sheet import exercises, load

from .contestants import NETWORKS, scalar_recurrent
from .eager import pytorch
from .networks import Network
from .race import EAGER, OURS, RECORDED, ROUNDS, SLOWLY, TUNED, everyone, race, ratio, table

RATE = 0.01


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Libraries warn of their own deprecations when they are imported."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def report(title: str, times: dict[str, list[float]], reference: str, benchmark: Any, capsys: Any) -> None:
    """The table, kept with the benchmark and written where the tests are watched."""
    ratios = {
        name: ratio(times, name, reference) for name in sorted(times, key=lambda name: ratio(times, name, reference))
    }
    benchmark.extra_info.update({f"{name} by {reference}": round(each, 3) for name, each in ratios.items()})
    if not benchmark.enabled:
        return
    with capsys.disabled():
        medians = {name: sorted(times[name])[len(times[name]) // 2] for name in ratios}
        sys.stdout.write("\n" + table(title, {"us": medians, f"/ {reference}"[:12]: ratios}))


@pytest.mark.parametrize("key", NETWORKS)
def test_an_iteration(key: str, benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    network = NETWORKS[key]()
    found = everyone(network)
    for run, _ in found.values():
        run(3, RATE)
    want = {name: np.asarray(value) for name, value in found[TUNED][1]().items()}
    for name, (_, parameters) in found.items():
        for node, value in parameters().items():
            np.testing.assert_allclose(np.asarray(value), want[node], rtol=1e-9, atol=1e-12, err_msg=f"{name}: {node}")
    times = race({name: run for name, (run, _) in found.items()}, ROUNDS if benchmark.enabled else 1)
    report(f"({key}) {network.title}", times, TUNED, benchmark, capsys)
    benchmark.extra_info["recorded by plain"] = round(ratio(times, RECORDED, OURS), 3)
    benchmark(found[OURS][0], 1, SLOWLY)


@pytest.mark.parametrize("name", [name for name, *_ in exercises()])
def test_an_iteration_of_a_sheet(name: str, benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch")
    program = load(name).program
    network = Network(name, program, {})
    found = {OURS: network.generated(), RECORDED: network.generated(record=True), EAGER: pytorch(program, torch)}
    for run, _ in found.values():
        run(3, 1e-4)
    for node, value in found[OURS][1]().items():
        for other in (RECORDED, EAGER):
            np.testing.assert_allclose(
                found[other][1]()[node], value, rtol=1e-9, atol=1e-12, err_msg=f"{other}: {node}"
            )
    times = race({name: run for name, (run, _) in found.items()}, ROUNDS if benchmark.enabled else 1)
    report(name, times, OURS, benchmark, capsys)
    benchmark(found[OURS][0], 1, SLOWLY)


@pytest.mark.parametrize("steps", [100, 1000, 2000])
def test_from_text_to_first_iteration(steps: int, benchmark: Any) -> None:
    def begin() -> float:
        return compile_step(scalar_recurrent(steps).program).step(RATE)

    benchmark.pedantic(begin, rounds=5, iterations=1, warmup_rounds=1)


@pytest.mark.parametrize("name", [name for name, *_ in exercises()])
def test_from_text_to_first_iteration_of_a_sheet(name: str, benchmark: Any) -> None:
    def begin() -> float:
        return compile_step(load(name).program).step(RATE)

    benchmark.pedantic(begin, rounds=5, iterations=1, warmup_rounds=1)

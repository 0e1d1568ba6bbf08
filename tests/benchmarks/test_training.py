"""One training iteration, generated, against NumPy written by hand, a loop over the graph, HIPS autograd, JAX, PyTorch.

All take turns in one process; what is reported is the median over the rounds of each one's time by that of tuned NumPy.
Nothing is asserted of time: that all of them train alike is.
"""

import gc
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import numpy as np
import pytest

from graphviz_models.compile import compile_step
from graphviz_models.sheet import exercises, load

from .contestants import NETWORKS, scalar_recurrent
from .networks import Network, Parameters, Run

ROUNDS, BUDGET = 15, 0.008
REFERENCE = "NumPy, tuned"
RATE = 0.01
#: The rate of the race: a million iterations leave the parameters where they are (saturated units cost another time).
SLOWLY = 1e-9


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Libraries warn of their own deprecations when they are imported."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def everyone(network: Network) -> dict[str, tuple[Run, Parameters]]:
    """All contestants that are installed."""
    found = {"generated": network.generated(), **network.contestants, "loop over the graph": network.walk()}
    found["HIPS autograd"] = network.autograd()
    for name in ("torch", "jax"):
        try:
            library = __import__(name)
        except ImportError:
            continue
        found[{"torch": "PyTorch", "jax": "JAX"}[name]] = getattr(network, name)(library)
    return found


def race(runners: dict[str, Run], rounds: int) -> dict[str, tuple[float, float]]:
    """Of each the median microseconds of one iteration, and the median by round of its ratio to the reference."""
    counts = {}
    for name, run in runners.items():
        run(1, SLOWLY)
        count = 1
        while True:
            start = time.perf_counter()
            run(count, SLOWLY)
            took = time.perf_counter() - start
            if took > BUDGET / 4:
                break
            count *= 4
        counts[name] = max(1, round(count * BUDGET / took))
    times: dict[str, list[float]] = {name: [] for name in runners}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in runners.items():
                start = time.perf_counter()
                run(counts[name], SLOWLY)
                times[name].append((time.perf_counter() - start) / counts[name] * 1e6)
    finally:
        gc.enable()
    return {
        name: (median(found), median(a / b for a, b in zip(found, times[REFERENCE], strict=True)))
        for name, found in times.items()
    }


def report(title: str, result: dict[str, tuple[float, float]], write: Callable[[str], object]) -> None:
    """The table, fastest first."""
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    write(f"\n{title} (BLAS threads: {threads})\n")
    for name, (microseconds, ratio) in sorted(result.items(), key=lambda item: item[1][1]):
        write(f"  {name:24s} {microseconds:12,.2f} us  {ratio:8.2f} x {REFERENCE}\n")


@pytest.mark.parametrize("key", NETWORKS)
def test_an_iteration(key: str, benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    network = NETWORKS[key]()
    found = everyone(network)
    for run, _ in found.values():
        run(3, RATE)
    want = {name: np.asarray(value) for name, value in found[REFERENCE][1]().items()}
    for name, (_, parameters) in found.items():
        for node, value in parameters().items():
            np.testing.assert_allclose(np.asarray(value), want[node], rtol=1e-9, atol=1e-12, err_msg=f"{name}: {node}")
    result = race({name: run for name, (run, _) in found.items()}, ROUNDS if benchmark.enabled else 1)
    with capsys.disabled():
        report(f"({key}) {network.title}", result, sys.stdout.write)
    benchmark.extra_info.update({name: round(ratio, 3) for name, (_, ratio) in result.items()})
    benchmark(found["generated"][0], 1, SLOWLY)


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

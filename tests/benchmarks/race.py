"""Everyone's training iterations in turns, and the table of it: `python -m tests.benchmarks.race`.

Times are processor times; a ratio is the median over the rounds of one's time by that of another in the same round.
With OPENBLAS_NUM_THREADS=1 in the environment nobody is helped by a second core.
"""

import argparse
import gc
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from statistics import median

import numpy as np

from graphviz_models.compile import compile_step
from graphviz_models.program import Program
from graphviz_models.sheet import exercises, load

from .contestants import NETWORKS, scalar_recurrent
from .eager import pytorch
from .networks import Network, Parameters, Run

OURS, RECORDED, TUNED, EAGER = "generated", "generated, recorded", "NumPy, tuned", "PyTorch"
ROUNDS, BUDGET = 15, 0.008
#: The rate of the race: a million iterations leave the parameters where they are (saturated units cost another time).
SLOWLY = 1e-9


def everyone(network: Network) -> dict[str, tuple[Run, Parameters]]:
    """All contestants that are installed."""
    found = {OURS: network.generated(), RECORDED: network.generated(record=True), **network.contestants}
    found["loop over the graph"] = network.walk()
    found["HIPS autograd"] = network.autograd()
    for name, title, enter in (("torch", EAGER, network.torch), ("jax", "JAX", network.jax)):
        if find_spec(name):
            found[title] = enter(__import__(name))
    return found


def race(runners: Mapping[str, Run], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Of each the microseconds of one iteration, round by round."""
    counts = {}
    for name, run in runners.items():
        run(1, SLOWLY)
        count = 1
        while True:
            start = time.process_time()
            run(count, SLOWLY)
            took = time.process_time() - start
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
                run(1, SLOWLY)  # the caches are full of the one before
                start = time.process_time()
                run(counts[name], SLOWLY)
                times[name].append((time.process_time() - start) / counts[name] * 1e6)
    finally:
        gc.enable()
    return times


def ratio(times: Mapping[str, list[float]], one: str, other: str) -> float:
    """How many times as long as the other, round by round."""
    return median(a / b for a, b in zip(times[one], times[other], strict=True))


def table(title: str, columns: Mapping[str, Mapping[str, float]], unit: str = "") -> str:
    """Rows by name, one column each; what is missing is left empty."""
    rows = list(dict.fromkeys(name for column in columns.values() for name in column))
    lines = [title, " " * 26 + "".join(f"{key:>12}" for key in columns)]
    for row in rows:
        cells = (f"{column[row]:12,.2f}" if row in column else " " * 12 for column in columns.values())
        lines.append(f"{row:26}{''.join(cells)}{unit}")
    return "\n".join(lines) + "\n"


def networks(rounds: int) -> str:
    """The five networks, each against tuned NumPy."""
    times: dict[str, dict[str, float]] = {}
    ratios: dict[str, dict[str, float]] = {}
    for key, make in NETWORKS.items():
        found = race({name: run for name, (run, _) in everyone(make()).items()}, rounds)
        times[f"({key})"] = {name: median(each) for name, each in found.items()}
        ratios[f"({key})"] = {name: ratio(found, name, TUNED) for name in found}
        ratios[f"({key})"]["recorded by plain"] = ratio(found, RECORDED, OURS)
    return table("microseconds an iteration", times) + "\n" + table(f"times {TUNED}", ratios)


def sheets(rounds: int) -> str:
    """Every built-in exercise, where PyTorch is installed as often as that."""
    found: dict[str, dict[str, float]] = {"us": {}, "recorded": {}, "PyTorch": {}, "PyTorch/ours": {}}
    for name, *_ in exercises():
        program = load(name).program
        runners = {OURS: Network(name, program, {}).generated()[0]}
        runners[RECORDED] = Network(name, program, {}).generated(record=True)[0]
        if find_spec("torch"):
            runners[EAGER] = pytorch(program, __import__("torch"))[0]
        times = race(runners, rounds)
        found["us"][name] = median(times[OURS])
        found["recorded"][name] = ratio(times, RECORDED, OURS)
        if EAGER in times:
            found["PyTorch"][name] = median(times[EAGER])
            found["PyTorch/ours"][name] = ratio(times, EAGER, OURS)
    return table("the sheets: microseconds an iteration, times ours", found)


def beginnings(repeats: int = 7) -> str:
    """Milliseconds from the text to the first trained iteration."""
    found: dict[str, float] = {}
    for name, *_ in exercises():
        found[name] = first_iteration(lambda name=name: load(name).program, repeats)
    for steps in (100, 1000, 2000, 4000):
        found[f"scalar RNN, T = {steps}"] = first_iteration(
            lambda steps=steps: scalar_recurrent(steps).program, repeats
        )
    return table("from text to first trained iteration", {"ms": found})


def first_iteration(program: Callable[[], Program], repeats: int) -> float:
    """Milliseconds to make the program and train it once, the median."""
    times = []
    for _ in range(repeats):
        gc.collect()
        start = time.process_time()
        compile_step(program()).step(0.01)
        times.append((time.process_time() - start) * 1e3)
    return median(times)


PARTS = {"networks": networks, "sheets": sheets, "beginnings": lambda rounds: beginnings()}


def main(arguments: Iterable[str]) -> None:
    """Writes the tables that are asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.race", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which tables, all by default")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(list(arguments))
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    sys.stdout.write(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, BLAS threads: {threads}\n")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # libraries warn of their own deprecations
        for part in options.parts or PARTS:
            sys.stdout.write("\n" + PARTS[part](options.rounds))
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

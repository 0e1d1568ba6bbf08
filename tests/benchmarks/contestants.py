"""Five networks, each trained by NumPy written by hand (plain, and tuned), by a walk over the graph, by libraries.

Tuned means Python floats where everything is scalar, output buffers, one matrix product for all time steps, no
dictionary in the loop.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from graphviz_models.program import build

from .networks import Array, Network, Run
from .softmax_network import softmax_recurrent

# ---- scalar recurrent networks


def scalar_recurrent(steps: int) -> Network:
    """h_t = w x_t + tanh(h_{t-1}), y the mean (two steps: the sum) of all h_t, log-loss."""
    x = [1.0, -0.5] if steps == 2 else (0.1 * np.random.default_rng(0).normal(size=steps)).tolist()
    share = 1.0 if steps == 2 else 1.0 / steps
    program = build(
        "h[0] = 0\ns[0] = 0\nfor t in range(1, T + 1):\n    h[t] = w*x[t] + tanh(h[t-1])\n    s[t] = s[t-1] + h[t]\n"
        + ("y = s[T]\n" if steps == 2 else "y = s[T]/T\n")
        + "L = log(1 + exp(-y*c))",
        {"x": dict(enumerate(x, 1))}, {"c": 1.0}, {"w": 0.5}, {"T": steps}, "L",
    )  # fmt: skip

    def loss(m: Any, p: Mapping[str, Any]) -> Any:
        h: Any = 0.0
        y: Any = 0.0
        for t, each in enumerate(x):
            h = p["w"] * each + (m.tanh(h) if t else 0.0)
            y = y + h
        return m.log(1.0 + m.exp(-y * share))

    def scan(m: Any, p: Mapping[str, Any]) -> Any:
        import jax

        def turn(h: Any, each: Any) -> Any:
            h = p["w"] * each + m.tanh(h)
            return h, h

        return m.log(1.0 + m.exp(-m.sum(jax.lax.scan(turn, m.zeros(()), m.asarray(x))[1]) * share))

    network = Network(f"scalar RNN, T={steps}", program, {"w": 0.5}, loss, scan=scan if steps > 2 else None)
    plain, tuned = network.copy(), network.copy()

    def run_plain(n: int, rate: float) -> None:
        losses = []
        for _ in range(n):
            w, h, y, bends = plain["w"], np.float64(0.0), 0.0, []
            for each in x:
                a = np.tanh(h)
                bends.append(a)
                h = w * each + a
                y = y + h
            e = np.exp(-y * share)
            losses.append(np.log(1 + e))
            g = -e / (1 + e) * share
            d, dw = g, g * x[-1]
            for t in range(steps - 2, -1, -1):
                d = g + d * (1 - bends[t + 1] ** 2)
                dw = dw + d * x[t]
            plain["w"] = w - rate * dw

    def run_two(n: int, rate: float) -> None:
        tanh, exp, log = math.tanh, math.exp, math.log
        (x1, x2), w, losses = x, tuned["w"], []
        for _ in range(n):
            h1 = w * x1
            a1 = tanh(h1)
            e = exp(-(h1 + w * x2 + a1))
            losses.append(log(1.0 + e))
            g = -e / (1.0 + e)
            w = w - rate * (g * x2 + (g + g * (1.0 - a1 * a1)) * x1)
        tuned["w"] = w

    def run_many(n: int, rate: float) -> None:
        """Only the two recurrences are loops, on floats; the rest is done on arrays."""
        tanh, inputs, losses = math.tanh, np.array(x), []
        for _ in range(n):
            w, h, bends = tuned["w"], 0.0, []
            keep = bends.append
            drive = w * inputs
            for u in drive.tolist():
                a = tanh(h)
                keep(a)
                h = u + a
            bent = np.array(bends)
            e = math.exp(-(drive.sum() + bent.sum()) * share)
            losses.append(math.log(1.0 + e))
            g = -e / (1.0 + e) * share
            d, deltas = g, [g]
            keep = deltas.append
            for k in (1.0 - bent[:0:-1] ** 2).tolist():
                d = g + d * k
                keep(d)
            tuned["w"] = w - rate * float(np.dot(deltas, inputs[::-1]))

    network.contestants = {
        "NumPy": (run_plain, lambda: plain),
        "NumPy, tuned": (run_two if steps == 2 else run_many, lambda: tuned),
    }
    return network


# ---- fully connected networks


def dense(title: str, sizes: tuple[int, ...], samples: int, bends: tuple[str, ...], *, classes: bool) -> Network:
    """Layers s = a W + b with ReLU or tanh; half the squared error, or the mean log-loss of a softmax."""
    rng = np.random.default_rng(1)
    layers = range(len(bends))
    start: dict[str, Any] = {}
    for k in layers:
        start[f"W{k}"] = rng.normal(size=sizes[k : k + 2]) * (math.sqrt(2.0 / sizes[k]) if classes else 0.5)
        start[f"b{k}"] = np.zeros(sizes[k + 1])
    inputs = rng.normal(size=(samples, sizes[0]))
    wanted = (
        np.eye(sizes[-1])[rng.integers(0, sizes[-1], samples)] if classes else rng.normal(size=(samples, sizes[-1]))
    )
    lines = [f"a{k + 1} = {bends[k]}({'X' if k == 0 else f'a{k}'}@W{k} + b{k})" for k in layers]
    if classes:
        lines += [f"p = softmax(a{len(bends)}, axis=1)", "L = -sum(Y*log(p))/N"]
    else:
        lines += [f"L = sum((a{len(bends)} - Y)**2)/2"]
    program = build("\n".join(lines), {"X": inputs}, {"Y": wanted}, start, {"N": samples}, "L")

    def loss(m: Any, p: Mapping[str, Any]) -> Any:
        torch = m.__name__ == "torch"
        a: Any = m.tensor(inputs) if torch else inputs
        y: Any = m.tensor(wanted) if torch else wanted
        for k in layers:
            a = a @ p[f"W{k}"] + p[f"b{k}"]
            if bends[k] == "tanh":
                a = m.tanh(a)
            elif bends[k] == "relu":
                a = m.relu(a) if torch else m.maximum(a, 0.0)
        if not classes:
            return 0.5 * m.sum((a - y) ** 2)
        if torch:
            return -m.sum(m.log_softmax(a, 1) * y) / samples
        low = a - m.max(a, axis=1, keepdims=True)
        return -m.sum((low - m.log(m.sum(m.exp(low), axis=1, keepdims=True))) * y) / samples

    network = Network(title, program, start, loss)
    plain, tuned = network.copy(), network.copy()

    def run_plain(n: int, rate: float) -> None:
        losses = []
        for _ in range(n):
            values = [inputs]
            for k in layers:
                s = values[-1] @ plain[f"W{k}"] + plain[f"b{k}"]
                values.append(np.maximum(s, 0) if bends[k] == "relu" else np.tanh(s) if bends[k] == "tanh" else s)
            if classes:
                e = np.exp(values[-1] - values[-1].max(axis=1, keepdims=True))
                q = e / e.sum(axis=1, keepdims=True)
                losses.append(-np.sum(wanted * np.log(q)) / samples)
                d = (q - wanted) / samples
            else:
                d = values[-1] - wanted
                losses.append(0.5 * np.sum(d**2))
            for k in reversed(layers):
                if bends[k] == "relu":
                    d = d * (values[k + 1] > 0)
                elif bends[k] == "tanh":
                    d = d * (1 - values[k + 1] ** 2)
                weight, bias = values[k].T @ d, d.sum(axis=0)
                d = d @ plain[f"W{k}"].T if k else d
                plain[f"W{k}"] -= rate * weight
                plain[f"b{k}"] -= rate * bias

    run_tuned = _tuned_dense(tuned, inputs, wanted, sizes, bends, classes=classes)
    network.contestants = {"NumPy": (run_plain, lambda: plain), "NumPy, tuned": (run_tuned, lambda: tuned)}
    return network


def _tuned_dense(
    state: dict[str, Any],
    inputs: Array,
    wanted: Array,
    sizes: tuple[int, ...],
    bends: tuple[str, ...],
    *,
    classes: bool,
) -> Run:
    samples, layers = len(inputs), range(len(bends))
    weights, biases = ([state[f"{kind}{k}"] for k in layers] for kind in "Wb")
    turned = [w.T for w in weights]
    values = [inputs, *(np.empty((samples, size)) for size in sizes[1:])]
    values_turned = [a.T for a in values]
    deltas, spare = ([np.empty((samples, size)) for size in sizes[1:]] for _ in range(2))
    masks = [np.empty((samples, size), dtype=bool) for size in sizes[1:]]
    by_weight, by_bias = [np.empty_like(w) for w in weights], [np.empty_like(b) for b in biases]
    row = np.empty((samples, 1))
    dot, add, subtract, multiply, divide = np.dot, np.add, np.subtract, np.multiply, np.divide
    maximum, greater, tanh, exp, total = np.maximum, np.greater, np.tanh, np.exp, np.add.reduce

    def run(n: int, rate: float) -> None:
        losses = []
        for _ in range(n):
            for k in layers:
                s = dot(values[k], weights[k], values[k + 1])
                add(s, biases[k], s)
                if bends[k] == "relu":
                    maximum(s, 0.0, out=s)
                elif bends[k] == "tanh":
                    tanh(s, s)
            d = deltas[-1]
            if classes:
                maximum.reduce(values[-1], 1, None, row, True)
                subtract(values[-1], row, d)
                exp(d, d)
                total(d, 1, None, row, True)
                divide(d, row, d)
                losses.append(-float(np.log(multiply(d, wanted, spare[-1]).sum(1)).sum()) / samples)
                subtract(d, wanted, d)
                multiply(d, 1.0 / samples, d)
            else:
                subtract(values[-1], wanted, d)
                flat = d.ravel()
                losses.append(0.5 * float(dot(flat, flat)))
            for k in reversed(layers):
                d = deltas[k]
                if bends[k] == "relu":
                    greater(values[k + 1], 0.0, masks[k])
                    multiply(d, masks[k], d)
                elif bends[k] == "tanh":
                    multiply(values[k + 1], values[k + 1], spare[k])
                    subtract(1.0, spare[k], spare[k])
                    multiply(d, spare[k], d)
                dot(values_turned[k], d, by_weight[k])
                total(d, 0, None, by_bias[k])
                if k:
                    dot(d, turned[k], deltas[k - 1])
                for p, g in ((weights[k], by_weight[k]), (biases[k], by_bias[k])):
                    multiply(g, rate, g)
                    subtract(p, g, p)

    return run


NETWORKS: dict[str, Callable[[], Network]] = {
    "i": lambda: scalar_recurrent(2),
    "ii": lambda: dense("MLP 2-3-1, 4 samples", (2, 3, 1), 4, ("relu", "tanh"), classes=False),
    "iii": softmax_recurrent,
    "iv": lambda: dense(
        "MLP 256-256-256-10, 128 samples", (256, 256, 256, 10), 128, ("relu", "relu", ""), classes=True
    ),
    "v": lambda: scalar_recurrent(1000),
}

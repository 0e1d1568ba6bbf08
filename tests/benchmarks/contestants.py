"""Five networks, each trained by NumPy written by hand (plain, and tuned), by a walk over the graph, by libraries.

A contestant is a function that does n iterations of gradient descent at a rate: forward, backward, update, every loss kept. Tuned
means Python floats where everything is scalar, output buffers, one matrix product for all time steps, no dictionary in
the loop.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphviz_models.calculus import delta_name, gradient_program
from graphviz_models.compile import compile_step
from graphviz_models.expr import evaluate
from graphviz_models.program import Program, build

Array = np.ndarray[Any, np.dtype[np.float64]]
Run = Callable[[int, float], None]
Parameters = Callable[[], Mapping[str, Any]]


@dataclass
class Network:
    """One network with its contestants; the loss as a function of the parameters is for the libraries."""

    title: str
    program: Program
    start: dict[str, Any]
    loss: Callable[[Any, Mapping[str, Any]], Any]
    contestants: dict[str, tuple[Run, Parameters]] = field(default_factory=dict)
    scan: Callable[[Any, Mapping[str, Any]], Any] | None = None

    def copy(self) -> dict[str, Any]:
        """The parameters at the start."""
        return {
            name: np.array(value, dtype=float) if np.ndim(value) else float(value) for name, value in self.start.items()
        }

    def generated(self) -> tuple[Run, Parameters]:
        """Ours."""
        step = compile_step(self.program)

        def run(n: int, rate: float) -> None:
            step.advance(n, rate, [])

        return run, step.parameters

    def walk(self) -> tuple[Run, Parameters]:
        """A loop over the graph: every equation and every delta is looked up and computed from its tree."""
        lines = gradient_program(self.program, list(self.start))
        env: dict[str, Any] = {name: given.value for name, given in self.program.given.items()}

        def run(n: int, rate: float) -> None:
            for _ in range(n):
                for name, terms in lines:
                    env[name] = sum((evaluate(t, env) for t in terms[1:]), evaluate(terms[0], env))
                for name in self.start:
                    env[name] = env[name] - rate * env[delta_name(name)]

        return run, lambda: {name: env[name] for name in self.start}

    def autograd(self) -> tuple[Run, Parameters]:
        """HIPS autograd."""
        import autograd
        import autograd.numpy as anp

        state = self.copy()
        both = autograd.value_and_grad(lambda p: self.loss(anp, p))

        def run(n: int, rate: float) -> None:
            for _ in range(n):
                _, gradient = both(state)
                for name in state:
                    state[name] = state[name] - rate * gradient[name]

        return run, lambda: state

    def torch(self, torch: Any) -> tuple[Run, Parameters]:
        """PyTorch, eagerly."""
        torch.set_num_threads(1)
        state = {
            name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in self.start.items()
        }

        def run(n: int, rate: float) -> None:
            for _ in range(n):
                self.loss(torch, state).backward()
                with torch.no_grad():
                    for p in state.values():
                        p -= rate * p.grad
                        p.grad = None

        return run, lambda: {name: p.detach().numpy() for name, p in state.items()}

    def jax(self, jax: Any) -> tuple[Run, Parameters]:
        """JAX, compiled ahead of the race."""
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        state = {"p": {name: jnp.asarray(value, dtype=jnp.float64) for name, value in self.start.items()}}
        both = jax.value_and_grad(lambda p: (self.scan or self.loss)(jnp, p))

        @jax.jit
        def once(p: Any, rate: float) -> Any:
            value, gradient = both(p)
            return value, {name: p[name] - rate * gradient[name] for name in p}

        def run(n: int, rate: float) -> None:
            for _ in range(n):
                value, state["p"] = once(state["p"], rate)
                value.block_until_ready()

        return run, lambda: state["p"]


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


# ---- softmax recurrent network


def softmax_recurrent(width: int = 8, classes: int = 5, steps: int = 10) -> Network:
    """h_t = tanh(W_hx x_t + W_hh h_{t-1} + b_h), a softmax of W_hz h_t + b_z at every step, the sum of log-losses."""
    rng = np.random.default_rng(2)
    start = {
        "W_hx": 0.3 * rng.normal(size=(width, width)), "W_hh": 0.3 * rng.normal(size=(width, width)),
        "b_h": np.zeros(width), "W_hz": 0.3 * rng.normal(size=(classes, width)), "b_z": np.zeros(classes),
    }  # fmt: skip
    x, label = rng.normal(size=(steps, width)), rng.integers(0, classes, steps)
    wanted = np.eye(classes)[label]
    program = build(
        "h[0] = zeros(d)\nS[0] = 0\nfor t in range(1, T + 1):\n    h[t] = tanh(W_hx@x[t] + W_hh@h[t-1] + b_h)\n"
        "    z[t] = softmax(W_hz@h[t] + b_z)\n    L[t] = -log(z[t][k[t]])\n    S[t] = S[t-1] + L[t]\nJ = S[T]",
        {"x": dict(enumerate(x, 1))}, {"k": {t: int(k) for t, k in enumerate(label, 1)}}, start,
        {"T": steps, "d": width}, "J",
    )  # fmt: skip

    def loss(m: Any, p: Mapping[str, Any]) -> Any:
        torch = m.__name__ == "torch"
        h, out = None, 0.0
        for t in range(steps):
            v = p["W_hx"] @ (m.tensor(x[t]) if torch else x[t]) + p["b_h"]
            h = m.tanh(v if h is None else v + p["W_hh"] @ h)
            u = p["W_hz"] @ h + p["b_z"]
            out = out + (m.logsumexp(u, 0) if torch else m.log(m.sum(m.exp(u)))) - u[int(label[t])]
        return out

    network = Network(f"softmax RNN, d={width}, c={classes}, T={steps}", program, start, loss)
    plain, tuned = network.copy(), network.copy()

    def run_plain(n: int, rate: float) -> None:
        losses = []
        for _ in range(n):
            hs, ps, value = [np.zeros(width)], [], 0.0
            for t in range(steps):
                hs.append(np.tanh(plain["W_hx"] @ x[t] + plain["W_hh"] @ hs[-1] + plain["b_h"]))
                u = plain["W_hz"] @ hs[-1] + plain["b_z"]
                e = np.exp(u - u.max())
                ps.append(e / e.sum())
                value -= np.log(ps[-1][label[t]])
            losses.append(value)
            by = {name: np.zeros_like(p) for name, p in plain.items()}
            later = np.zeros(width)
            for t in range(steps - 1, -1, -1):
                du = ps[t] - wanted[t]
                by["W_hz"] += np.outer(du, hs[t + 1])
                by["b_z"] += du
                dv = (plain["W_hz"].T @ du + later) * (1 - hs[t + 1] ** 2)
                by["W_hx"] += np.outer(dv, x[t])
                by["W_hh"] += np.outer(dv, hs[t])
                by["b_h"] += dv
                later = plain["W_hh"].T @ dv
            for name, g in by.items():
                plain[name] -= rate * g

    network.contestants = {
        "NumPy": (run_plain, lambda: plain),
        "NumPy, tuned": (_tuned_recurrent(tuned, x, label, wanted), lambda: tuned),
    }
    return network


def _tuned_recurrent(state: dict[str, Any], x: Array, label: Any, wanted: Array) -> Run:
    """Everything but the two recurrences in one call for all time steps."""
    steps, width = x.shape
    classes = wanted.shape[1]
    by_x, by_h, bias, by_z, bias_z = (state[name] for name in ("W_hx", "W_hh", "b_h", "W_hz", "b_z"))
    h, drive, z = np.zeros((steps + 1, width)), np.empty((steps, width)), np.empty((steps, classes))
    d, slope = np.empty((steps, width)), np.empty((steps, width))
    row, spare, every = np.empty((steps, 1)), np.empty(width), np.arange(steps)
    now, before = h[1:], h[:-1]
    ahead = list(zip(h[:-1], h[1:], drive, strict=True))
    back = list(zip(d[::-1], slope[::-1], [*d[::-1][1:], None], strict=True))
    x_turned, h_turned, z_turned, d_turned, zt = by_x.T, by_h.T, by_z.T, d.T, z.T
    gradients = [np.empty_like(p) for p in (by_x, by_h, bias, by_z, bias_z)]
    pairs = list(zip((by_x, by_h, bias, by_z, bias_z), gradients, strict=True))
    g_x, g_h, g_b, g_z, g_bz = gradients
    dot, add, subtract, multiply, divide = np.dot, np.add, np.subtract, np.multiply, np.divide
    tanh, exp, total, largest = np.tanh, np.exp, np.add.reduce, np.maximum.reduce

    def run(n: int, rate: float) -> None:
        losses = []
        for _ in range(n):
            dot(x, x_turned, drive)
            add(drive, bias, drive)
            for old, new, u in ahead:
                dot(by_h, old, new)
                add(new, u, new)
                tanh(new, new)
            dot(now, z_turned, z)
            add(z, bias_z, z)
            largest(z, 1, None, row, True)
            subtract(z, row, z)
            exp(z, z)
            total(z, 1, None, row, True)
            divide(z, row, z)
            losses.append(-float(np.log(z[every, label]).sum()))
            subtract(z, wanted, z)
            dot(z, by_z, d)
            multiply(now, now, slope)
            subtract(1.0, slope, slope)
            for delta, k, earlier in back:
                multiply(delta, k, delta)
                if earlier is not None:
                    dot(h_turned, delta, spare)
                    add(earlier, spare, earlier)
            dot(d_turned, x, g_x)
            dot(d_turned, before, g_h)
            total(d, 0, None, g_b)
            dot(zt, now, g_z)
            total(z, 0, None, g_bz)
            for p, g in pairs:
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

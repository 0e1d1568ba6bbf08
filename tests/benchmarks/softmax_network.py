"""The softmax recurrent network of Assignment 3, trained by NumPy written by hand, plain or tuned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphviz_models.program import build

from .networks import Array, Network, Run


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

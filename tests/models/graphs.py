"""Computation graphs to lay out: the thirteen exercises as items and links, families that grow, and random models."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from graphviz_models.layout import Item, Link

Graph = tuple[list[Item], list[Link], dict[str, str]]

SHAPES = {
    "input": "rect",
    "target": "rect",
    "parameter": "diamond",
    "activation": "ellipse",
    "output": "pill",
    "loss": "rect",
    "operation": "circle",
    "constant": "rect",
}
Size = tuple[float, float, float, float]  # width, height of the shape; width, height of its note
SCALAR = (76.0, 44.0, 90.0, 18.0)
MATRIX = (150.0, 70.0, 0.0, 0.0)
SIGNAL = (220.0, 90.0, 0.0, 0.0)
OPERATION = (28.0, 28.0, 56.0, 32.0)


def graph(
    nodes: Iterable[tuple[str, str, int | None] | tuple[str, str, int | None, Size]],
    edges: str | Iterable[tuple[str, str]],
    size: Size = SCALAR,
    label: tuple[float, float] | None = None,
    strips: bool = False,
) -> Graph:
    """Items and links from (name, role, column) rows and "a>b c>d" text (or pairs).

    Where `strips`, the note is a part of the box, under the body, not left to the layout.
    """
    items, shapes = [], {}
    for order, row in enumerate(nodes):
        w, h, below, high = row[3] if len(row) > 3 else size  # type: ignore[misc]
        if strips and high:
            wide = max(w, below)
            items.append(Item(row[0], wide, h + high + 2, row[1], row[2], None, order, ((wide - w) / 2, 0.0, w, h)))
        else:
            items.append(Item(row[0], w, h, row[1], row[2], None, order, None, (below, high) if high else None))
        shapes[row[0]] = "pill" if row[1] == "activation" and w > 100 else SHAPES[row[1]]
    pairs = [tuple(e.split(">")) for e in edges.split()] if isinstance(edges, str) else list(edges)
    seen: dict[tuple[str, ...], int] = {}
    links = []
    for pair in pairs:
        k = seen[pair] = seen.get(pair, 0) + 1
        links.append(Link(pair[0], pair[1], label, f"{pair[0]}>{pair[1]}" + (f"#{k}" if k > 1 else "")))
    return items, links, shapes


def _rows(text: str) -> list[tuple[str, str, int | None]]:
    """Rows from "input: x1@1 x2@2; activation: h1@1" text."""
    out: list[tuple[str, str, int | None]] = []
    for part in text.split(";"):
        role, names = part.split(":")
        for name in names.split():
            base, _, column = name.partition("@")
            out.append((base, role.strip(), int(column) if column else None))
    return out


def sheet7_ex1(**kw: object) -> Graph:
    rows = "input: x1 x2; parameter: w13 w24; activation: z3 z4 a3 a4; target: t; output: y; loss: l"
    edges = "x1>z3 w13>z3 x2>z4 w24>z4 z3>a3 z4>a4 a3>y a4>y y>l t>l"
    return graph(_rows(rows), edges, **kw)  # type: ignore[arg-type]


def sheet7_ex1c(**kw: object) -> Graph:
    rows = "input: x1 x2; parameter: v; activation: w13 w24 z3 z4 a3 a4; target: t; output: y; loss: l"
    edges = "v>w13 v>w24 x1>z3 w13>z3 x2>z4 w24>z4 z3>a3 z4>a4 a3>y a4>y y>l t>l"
    return graph(_rows(rows), edges, **kw)  # type: ignore[arg-type]


def sheet7_ex2(**kw: object) -> Graph:
    rows = "input: x[0] x[1]; parameter: w[0] w[1]; activation: z[0] z[1] a[0] a[1]; target: d[0] d[1]; loss: f"
    edges = (
        "x[0]>z[0] x[1]>z[0] w[0]>z[0] x[0]>z[1] x[1]>z[1] w[1]>z[1] z[0]>a[0] z[1]>a[1] a[0]>f a[1]>f d[0]>f d[1]>f"
    )
    return graph(_rows(rows), edges, **({"size": SIGNAL} | kw))  # type: ignore[arg-type]


def sheet7_ex2_joint(**kw: object) -> Graph:
    rows = "input: x; parameter: w; activation: z a; target: d; loss: f"
    return graph(_rows(rows), "x>z w>z z>a a>f d>f", **({"size": SIGNAL} | kw))  # type: ignore[arg-type]


def sheet8_ex2(**kw: object) -> Graph:
    rows = "input: x; parameter: w; activation: y; target: d; loss: E"
    return graph(_rows(rows), "x>y w>y y>E d>E", **({"size": SIGNAL} | kw))  # type: ignore[arg-type]


def sheet8_ex3(steps: int = 3, **kw: object) -> Graph:
    rows: list[tuple[str, str, int | None]] = [("W", "parameter", None), ("b", "parameter", None), ("x[0]", "input", 0)]
    edges = []
    for t in range(1, steps + 1):
        rows += [(f"a[{t}]", "activation", t), (f"r[{t}]", "activation", t), (f"x[{t}]", "activation", t)]
        edges += [(f"x[{t - 1}]", f"a[{t}]"), ("W", f"a[{t}]"), ("b", f"a[{t}]"), (f"a[{t}]", f"r[{t}]")]
        edges += [(f"x[{t - 1}]", f"x[{t}]"), (f"r[{t}]", f"x[{t}]")]
    rows += [("c", "target", None), ("E", "loss", None)]
    edges += [(f"x[{steps}]", "E"), ("c", "E")]
    return graph(rows, edges, **({"size": MATRIX} | kw))  # type: ignore[arg-type]


def sheet9_ex1(**kw: object) -> Graph:
    rows = (
        "constant: h[0]@0; input: x[1]@1 x[2]@2; parameter: w; activation: h[1]@1 h[2]@2; output: y; target: c; loss: L"
    )
    edges = "x[1]>h[1] w>h[1] h[0]>h[1] x[2]>h[2] w>h[2] h[1]>h[2] h[1]>y h[2]>y y>L c>L"
    return graph(_rows(rows), edges, **kw)  # type: ignore[arg-type]


def sheet9_ex1_plain(**kw: object) -> Graph:
    """The same without families: nothing says what a time step is."""
    rows = "input: x1 x2 h0; parameter: w; target: t; activation: h1 h2; output: y; loss: L"
    edges = "x1>h1 w>h1 h0>h1 x2>h2 w>h2 h1>h2 h1>y h2>y y>L t>L"
    return graph(_rows(rows), edges, **kw)  # type: ignore[arg-type]


def practical1_ex1(**kw: object) -> Graph:
    rows = "input: x_in; parameter: W1 W2 Wout; activation: s1 z1 s2 z2 s_out; output: y_out; target: y_gt; loss: L"
    edges = "x_in>s1 W1>s1 s1>z1 z1>s2 W2>s2 s2>z2 z2>s_out Wout>s_out s_out>y_out y_out>L y_gt>L"
    return graph(_rows(rows), edges, **({"size": MATRIX} | kw))  # type: ignore[arg-type]


def practical1_ex2(**kw: object) -> Graph:
    rows = "input: x; parameter: W w; activation: s1 z1 s_out; output: y_out; target: y; activation: L; loss: S"
    edges = "x>s1 W>s1 s1>z1 z1>s_out w>s_out s_out>y_out y_out>L y>L L>S"
    return graph(_rows(rows), edges, **({"size": MATRIX} | kw))  # type: ignore[arg-type]


def net(*widths: int, label: tuple[float, float] | None = None) -> Graph:
    """A fully connected net at neuron level, weights on the edges."""
    rows: list[tuple[str, str, int | None]] = []
    edges = []
    for k, width in enumerate(widths):
        role = "input" if k == 0 else "output" if k == len(widths) - 1 else "activation"
        rows += [(f"n{k}[{i}]", role, None) for i in range(width)]
        if k:
            edges += [(f"n{k - 1}[{i}]", f"n{k}[{j}]") for j in range(width) for i in range(widths[k - 1])]
    rows.append(("J", "loss", None))
    edges += [(f"n{len(widths) - 1}[{i}]", "J") for i in range(widths[-1])]
    return graph(rows, edges, label=label)


def practical1_ex2_neurons(**kw: object) -> Graph:
    """2-3-1 with a neuron's sum and its activation as two nodes; target below the loss."""
    rows = [("x[0]", "input", None), ("x[1]", "input", None)]
    rows += [(f"s1[{j}]", "activation", None) for j in range(3)] + [(f"z1[{j}]", "activation", None) for j in range(3)]
    rows += [("s_out", "activation", None), ("y_out", "output", None), ("y", "target", None), ("L", "loss", None)]
    edges = [(f"x[{i}]", f"s1[{j}]") for j in range(3) for i in range(2)]
    edges += [(f"s1[{j}]", f"z1[{j}]") for j in range(3)] + [(f"z1[{j}]", "s_out") for j in range(3)]
    edges += [("s_out", "y_out"), ("y_out", "L"), ("y", "L")]
    return graph(rows, edges, **kw)  # type: ignore[arg-type]


def assignment3_q1(steps: int = 3, **kw: object) -> Graph:
    rows: list[tuple[str, str, int | None]] = [(p, "parameter", None) for p in ("W_sh", "W_hh", "b_h", "W_hz", "b_z")]
    rows.append(("h[0]", "input", 0))
    edges = []
    for t in range(1, steps + 1):
        rows += [(f"x[{t}]", "input", t), (f"v[{t}]", "activation", t), (f"h[{t}]", "activation", t)]
        rows += [(f"u[{t}]", "activation", t), (f"z[{t}]", "output", t), (f"y[{t}]", "target", t)]
        rows.append((f"S[{t}]", "activation", t))
        edges += [("W_sh", f"v[{t}]"), (f"x[{t}]", f"v[{t}]"), ("W_hh", f"v[{t}]"), (f"h[{t - 1}]", f"v[{t}]")]
        edges += [
            ("b_h", f"v[{t}]"),
            (f"v[{t}]", f"h[{t}]"),
            ("W_hz", f"u[{t}]"),
            (f"h[{t}]", f"u[{t}]"),
            ("b_z", f"u[{t}]"),
        ]
        edges += [(f"u[{t}]", f"z[{t}]"), (f"z[{t}]", f"S[{t}]"), (f"y[{t}]", f"S[{t}]"), (f"S[{t}]", "L")]
    rows.append(("L", "loss", None))
    return graph(rows, edges, **kw)  # type: ignore[arg-type]


def assignment3_q2(steps: int = 4, **kw: object) -> Graph:
    rows: list[tuple[str, str, int | None]] = [
        ("a", "parameter", None),
        ("u", "parameter", None),
        ("b", "parameter", None),
    ]
    rows.append(("h[0]", "input", 0))
    edges = []
    for t in range(1, steps + 1):
        rows += [(f"x[{t}]", "input", t), (f"h[{t}]", "loss" if t == steps else "activation", t)]
        edges += [(p, f"h[{t}]") for p in ("a", f"h[{t - 1}]", "u", f"x[{t}]", "b")]
    return graph(rows, edges, **kw)  # type: ignore[arg-type]


def assignment3_q2_folded(**kw: object) -> Graph:
    rows = "input: h[0] x; parameter: theta; activation: h; output: h[4]"
    return graph(_rows(rows), "h[0]>h x>h theta>h h>h h>h[4]", **kw)  # type: ignore[arg-type]


def assignment3_q4(**kw: object) -> Graph:
    rows = "input: X; parameter: U1 U2; activation: H Xt D; loss: J"
    return graph(_rows(rows), "U1>H X>H U2>Xt H>Xt Xt>D X>D D>J", **({"size": MATRIX} | kw))  # type: ignore[arg-type]


def assignment3_q4_plain(**kw: object) -> Graph:
    rows = "input: X; parameter: U1 U2; activation: H Xt; loss: J"
    return graph(_rows(rows), "U1>H X>H U2>Xt H>Xt Xt>J X>J", **({"size": MATRIX} | kw))  # type: ignore[arg-type]


EXERCISES: dict[str, Callable[..., Graph]] = {
    "sheet7-ex1": sheet7_ex1,
    "sheet7-ex1c": sheet7_ex1c,
    "sheet7-ex2": sheet7_ex2,
    "sheet7-ex2-joint": sheet7_ex2_joint,
    "sheet8-ex2": sheet8_ex2,
    "sheet8-ex3": sheet8_ex3,
    "sheet9-ex1": sheet9_ex1,
    "sheet9-ex1-plain": sheet9_ex1_plain,
    "practical1-ex1": practical1_ex1,
    "practical1-ex2": practical1_ex2,
    "practical1-ex2-neurons": practical1_ex2_neurons,
    "assignment3-q1": assignment3_q1,
    "assignment3-q2": assignment3_q2,
    "assignment3-q2-folded": assignment3_q2_folded,
    "assignment3-q3": lambda **kw: net(3, 4, 4, 2, **kw),
    "assignment3-q4": assignment3_q4,
    "assignment3-q4-plain": assignment3_q4_plain,
}


def rnn(steps: int, *, each: bool = True, label: tuple[float, float] | None = None) -> Graph:
    """The unrolled scalar recurrence of sheet 9; with `each` the output sums every state, else it is the last."""
    rows: list[tuple[str, str, int | None]] = [("h[0]", "constant", 0), ("w", "parameter", None)]
    edges = []
    for t in range(1, steps + 1):
        rows += [(f"x[{t}]", "input", t), (f"h[{t}]", "activation", t)]
        edges += [(f"x[{t}]", f"h[{t}]"), ("w", f"h[{t}]"), (f"h[{t - 1}]", f"h[{t}]")]
        if each or t == steps:
            edges.append((f"h[{t}]", "y"))
    rows += [("y", "output", None), ("c", "target", None), ("L", "loss", None)]
    return graph(rows, [*edges, ("y", "L"), ("c", "L")], label=label)


def rnn_operations(steps: int) -> Graph:
    """The same at the level of operations, the sum as a chain."""
    rows: list[tuple[str, str, int | None]] = [("h[0]", "constant", 0), ("w", "parameter", None)]
    edges: list[tuple[str, str]] = []
    for t in range(1, steps + 1):
        rows += [(f"x[{t}]", "input", t), (f"h[{t}]#1", "operation", t), (f"h[{t}]#2", "operation", t)]
        rows += [(f"h[{t}]", "activation", t), (f"s[{t}]", "activation", t)]
        edges += [("w", f"h[{t}]#1"), (f"x[{t}]", f"h[{t}]#1"), (f"h[{t - 1}]", f"h[{t}]#2")]
        edges += [(f"h[{t}]#1", f"h[{t}]"), (f"h[{t}]#2", f"h[{t}]"), (f"h[{t}]", f"s[{t}]")]
        if t > 1:
            edges.append((f"s[{t - 1}]", f"s[{t}]"))
    rows += [("c", "target", None), ("p", "operation", None), ("L", "loss", None)]
    return graph(rows, [*edges, (f"s[{steps}]", "p"), ("c", "p"), ("p", "L")])


def lstm(steps: int) -> Graph:
    rows: list[tuple[str, str, int | None]] = [("W", "parameter", None), ("h[0]", "input", 0), ("c[0]", "input", 0)]
    edges = []
    for t in range(1, steps + 1):
        rows += [(f"x[{t}]", "input", t)] + [(f"{g}[{t}]", "activation", t) for g in "figoch"]
        for gate in "figo":
            edges += [(f"x[{t}]", f"{gate}[{t}]"), (f"h[{t - 1}]", f"{gate}[{t}]"), ("W", f"{gate}[{t}]")]
        edges += [(f"f[{t}]", f"c[{t}]"), (f"c[{t - 1}]", f"c[{t}]"), (f"i[{t}]", f"c[{t}]"), (f"g[{t}]", f"c[{t}]")]
        edges += [(f"o[{t}]", f"h[{t}]"), (f"c[{t}]", f"h[{t}]")]
    rows += [("t", "target", None), ("L", "loss", None)]
    return graph(rows, [*edges, (f"h[{steps}]", "L"), ("t", "L")])


def stacked(steps: int) -> Graph:
    """Two recurrent layers, the lower feeding the upper, a loss term each step."""
    rows: list[tuple[str, str, int | None]] = [("U", "parameter", None), ("V", "parameter", None)]
    rows += [("g[0]", "input", 0), ("h[0]", "input", 0)]
    edges = []
    for t in range(1, steps + 1):
        rows += [(f"x[{t}]", "input", t), (f"g[{t}]", "activation", t), (f"h[{t}]", "activation", t)]
        rows += [(f"y[{t}]", "target", t), (f"S[{t}]", "activation", t)]
        edges += [(f"x[{t}]", f"g[{t}]"), ("U", f"g[{t}]"), (f"g[{t - 1}]", f"g[{t}]"), (f"g[{t}]", f"h[{t}]")]
        edges += [("V", f"h[{t}]"), (f"h[{t - 1}]", f"h[{t}]"), (f"h[{t}]", f"S[{t}]"), (f"y[{t}]", f"S[{t}]")]
        edges.append((f"S[{t}]", "L"))
    return graph([*rows, ("L", "loss", None)], edges)


def dag(n: int, seed: int = 0) -> Graph:
    """A random computation graph: every node takes one or two inputs, mostly recent ones, some old."""
    r, edges, k = random.Random(seed), set(), max(3, n // 20)
    for v in range(k, n):
        for _ in range(r.choice((1, 2, 2))):
            u = v - 1 - int(r.expovariate(1 / k)) if r.random() < 0.9 else r.randrange(v)
            edges.add((max(0, min(u, v - 1)), v))
    fed = {v for _, v in edges}
    rows = [(str(v), "activation" if v in fed else "input", None) for v in range(n)]
    return graph(rows, [(str(u), str(v)) for u, v in sorted(edges)])


def model(seed: int) -> Graph:
    """A random small model: a net of named equations, or a recurrence with shared parameters, labels, a loss."""
    r = random.Random(seed)
    size = r.choice((SCALAR, MATRIX, SCALAR, OPERATION))
    label = r.choice((None, None, (60.0, 18.0), (30.0, 14.0)))
    rows: list[tuple[str, str, int | None] | tuple[str, str, int | None, Size]] = []
    edges: list[tuple[str, str]] = []
    if r.random() < 0.5:
        given = [f"x{i}" for i in range(r.randint(1, 4))] + [f"w{i}" for i in range(r.randint(0, 4))]
        rows += [(g, "input" if g[0] == "x" else "parameter", None) for g in given]
        names = list(given)
        for i in range(r.randint(2, 12)):
            name = f"a{i}"
            recent = names[-4:] if r.random() < 0.7 else names
            reads = r.sample(recent, min(len(recent), r.randint(1, 3))) + r.sample(
                given, r.randint(0, min(2, len(given)))
            )
            rows.append((name, "activation", None, r.choice((size, size, SCALAR))))
            edges += [(u, name) for u in dict.fromkeys(reads)]
            names.append(name)
        used = {u for u, _ in edges}
        rows += [("t", "target", None), ("L", "loss", None)]
        edges += [(n, "L") for n in names if n not in used] + [("t", "L")]
        return graph(rows, edges, size, label)
    steps, states = r.randint(1, 6), [f"s{i}" for i in range(r.randint(1, 3))]
    shared = [f"W{i}" for i in range(r.randint(1, 5))]
    rows += [(w, "parameter", None) for w in shared] + [(f"{s}[0]", "input", 0) for s in states]
    chain = [f"a{i}" for i in range(r.randint(0, 3))]
    feeds = {w: r.sample(states + chain, r.randint(1, min(2, len(states + chain)))) for w in shared}
    takes = {c: r.sample([*states, *chain[:i]], 1) for i, c in enumerate(chain)}
    lags = {s: r.sample(states, r.randint(0, len(states) - 1)) for s in states}
    extra, out, skip = r.random() < 0.6, r.random() < 0.5, r.random() < 0.3
    for t in range(1, steps + 1):
        rows.append((f"x[{t}]", "input", t))
        for i, s in enumerate(states):
            rows.append((f"{s}[{t}]", "activation", t))
            edges += [(f"{p}[{t - 1}]", f"{s}[{t}]") for p in {s: 0} | dict.fromkeys(lags[s])]
            edges.append((f"x[{t}]" if i == 0 else f"{states[i - 1]}[{t}]", f"{s}[{t}]"))
            if skip and t > 1 and i == 0:
                edges.append((f"{s}[{t - 2}]", f"{s}[{t}]"))
        for c in chain:
            rows.append((f"{c}[{t}]", "activation", t))
            edges += [(f"{p}[{t}]", f"{c}[{t}]") for p in takes[c]]
        edges += [(w, f"{c}[{t}]") for w in shared for c in feeds[w]]
        if extra:
            rows.append((f"y[{t}]", "target", t))
            last = (chain or states)[-1]
            rows.append((f"S[{t}]", "activation", t))
            edges += [(f"{last}[{t}]", f"S[{t}]"), (f"y[{t}]", f"S[{t}]"), (f"S[{t}]", "L")]
    if not extra:
        rows.append(("y", "output", None))
        edges += [(f"{states[-1]}[{t}]", "y") for t in (range(1, steps + 1) if out else (steps,))] + [("y", "L")]
        rows.append(("t", "target", None))
        edges.append(("t", "L"))
    rows.append(("L", "loss", None))
    return graph(rows, list(dict.fromkeys(edges)), size, label)

"""Where entries come from: against what changes when an entry is moved, and as it is written on the board."""

import time
from typing import Any

import numpy as np
import pytest

from graphviz_models.calculus import Delta, jacobian
from graphviz_models.expr import OPS, Apply, Array, Op, Var, evaluate
from graphviz_models.notation import Notation
from graphviz_models.program import build
from graphviz_models.provenance import Entry, Provenance, provenance
from graphviz_models.provenance.entry import Entries
from graphviz_models.provenance.reads import reads
from graphviz_models.trace import Trace, run
from graphviz_models.views import LEVELS

from . import sources
from .test_ops import Case, cases, operands

#: Operations that occur in derivatives alone, and indices of every kind.
MORE: dict[str, list[Case]] = {
    "put": [([(4,)], {"index": (("slice", None, None, 2), ("int", 1)), "shape": (8, 3)})],
    "put_diag": [([(3,)], {"shape": (3, 4), "k": 1}), ([(3,)], {"shape": (3, 3)})],
    "embed": [([(3,)], {"start": 1, "length": 6})],
    "prod_others": [([(2, 3)], {}), ([(2, 3)], {"axis": 1})],
    "max_share": [([(2, 3)], {}), ([(2, 3)], {"axis": 1})],
    "min_share": [([(2, 3)], {}), ([(2, 3)], {"axis": 0})],
    "peak_along": [([(2, 3)], {"axis": 1}), ([(2, 3)], {"axis": 0, "keepdims": True})],
    "cumsum_back": [
        ([(6,)], {"axis": None, "shape": (2, 3)}),
        ([(2, 3)], {"axis": 1, "shape": (2, 3)}),
        ([(2, 3)], {"axis": 0, "shape": (2, 3)}),
    ],
}
#: Functions that are constant almost everywhere: whole numbers meet their steps.
STEPPED = frozenset("where equal not_equal max_share min_share tie_share less less_equal greater greater_equal".split())


def moved(op: Op, shapes: list[tuple[int, ...]], attrs: dict[str, Any]) -> list[Array]:
    """For every operand, of shape (*out, *operand): whether an entry changes when an entry of the operand is moved."""
    out = op.shape(*shapes, **attrs)
    found = [np.zeros((*out, *s), dtype=bool) for s in shapes]
    rng = np.random.default_rng(0)
    for seed in range(24 if op.name in STEPPED else 10):
        values = operands(op, shapes, seed) if seed % 2 else [rng.uniform(-2, 2, s) for s in shapes]
        if op.name in STEPPED:
            values = [np.asarray(rng.integers(-1, 2, s), dtype=np.float64) for s in shapes]
        before = np.asarray(op.value(*values, **attrs))
        for i, s in enumerate(shapes):
            for at in np.ndindex(*s):
                for step in (0.7, 1.0, -1.0, -5.0, 5.0):
                    changed = [v.copy() for v in values]
                    changed[i][at] += step
                    after = np.asarray(op.value(*changed, **attrs))
                    found[i][(..., *at)] |= ~np.equal(after, before) & ~(np.isnan(after) & np.isnan(before))
    return found


@pytest.mark.parametrize("name", OPS)
def test_every_operation_reads_what_changes_it(name: str) -> None:
    op = OPS[name]
    with np.errstate(all="ignore"):
        for shapes, attrs in MORE.get(name) or cases(op):
            out = op.shape(*shapes, **attrs)
            e = Apply(op, tuple(Var(f"a{i}", s) for i, s in enumerate(shapes)), tuple(attrs.items()), out)
            expected = moved(op, shapes, attrs)
            for at in np.ndindex(*out):
                mask = np.zeros(out, dtype=bool)
                mask[at] = True
                for found, one in zip(reads(e, mask, {}), expected, strict=True):
                    assert found.shape == one[at].shape
                    assert np.array_equal(found, one[at]), (name, shapes, attrs, at)


@pytest.mark.parametrize("name", [n for n in OPS if n not in ("max_share", "min_share")])
def test_an_entry_written_out_is_the_entry(name: str) -> None:
    op = OPS[name]
    with np.errstate(all="ignore"):
        for shapes, attrs in MORE.get(name) or cases(op):
            values = {f"a{i}": v for i, v in enumerate(operands(op, shapes))}
            names = tuple(Var(n, v.shape) for n, v in values.items())
            e = Apply(op, names, tuple(attrs.items()), op.shape(*shapes, **attrs))
            whole = np.asarray(evaluate(e, values))
            for at in np.ndindex(*e.shape):
                entries = Entries(values, 100)
                one = entries.entry(e, at)
                env = {n: np.asarray(values[x.node][x.index]) for n, x in entries.met.items()}
                assert evaluate(one, env) == pytest.approx(whole[at], rel=1e-12), (name, shapes, attrs, at)


MODELS = {
    "convolutions": (
        "y = convolve(w, x, mode='same')\nz = correlate(x, w)\nL = sum(y**2) + sum(z*z[0])",
        {"x": np.arange(1.0, 6.0)}, {"w": [0.5, -1.0, 2.0]},
    ),
    "attention": (
        "q = W @ x\ns = q.T @ x\na = softmax(s, axis=1)\no = x @ a.T\nn = norm(o, axis=0)\nL = sum(n) + logsumexp(s)",
        {"x": np.array([[0.5, -1.0, 0.3], [1.5, 0.2, -0.7]])}, {"W": [[0.3, 0.8], [-0.5, 0.9]]},
    ),
    "arranged": (
        ("c = concatenate([x[1:], outer(v, v)[0], zeros(1)])\np = stack([c, c[::-1]])[1, k]\n"
        "m = reshape(W, (4,))*cumsum(c[:4])\nL = sum(p) + max(m) + var(c) + sum(diag(v) @ v)"),
        {"x": np.array([1.0, -0.5, 0.25])}, {"v": [0.5, 2.0], "W": [[1.0, 2.0], [3.0, -1.0]]},
    ),
    "normed": (
        ("m = mean(x, axis=1, keepdims=True)\nd = (x - m)/std(x, axis=1, keepdims=True)\nb = d*g + c\n"
        "r = relu(b)\nL = mean((r - 1)**2)"),
        {"x": np.array([[1.0, 2.0, 4.0], [0.5, -1.0, 0.0]])}, {"g": [[0.7], [1.3]], "c": [[0.1], [-0.2]]},
    ),
}  # fmt: skip


def traced(name: str, seed: int) -> Trace:
    text, inputs, parameters = MODELS[name]
    program = build(text, inputs, {"k": [0, 2, 2]} if "k]" in text else {}, parameters, {})
    rng = np.random.default_rng(seed)
    values = {n: g.value if g.integer else rng.uniform(-2, 2, g.shape) for n, g in program.given.items()}
    return run(program, Notation("L"), values)


@pytest.mark.parametrize("name", MODELS)
def test_what_enters_a_value_is_the_pattern_of_its_jacobian(name: str) -> None:
    traces = [traced(name, seed) for seed in range(8)]
    program = traces[0].program
    for e in program.equations:
        real = [n for n in e.reads if program.is_real(n)]
        pattern = {n: np.zeros((*e.rhs.shape, *program.shape(n)), dtype=bool) for n in real}
        for trace in traces:
            for n, found in pattern.items():
                found |= jacobian(program, e.name, n, trace.values, immediate=True) != 0
        for at in np.ndindex(*e.rhs.shape):
            one = provenance(traces[0], e.name, "value", at)
            assert one is not None
            for n, found in pattern.items():
                given = one.sources.get((n, "value"), np.zeros(program.shape(n), dtype=bool))
                assert np.array_equal(given, found[at]), (e.name, at, n)


@pytest.mark.parametrize("name", MODELS)
def test_which_deltas_enter_a_delta(name: str) -> None:
    traces = [traced(name, seed) for seed in range(6)]
    program = traces[0].program
    for delta in traces[0].deltas.values():
        consumers = {term.source for term in delta.terms}
        shape = program.shape(delta.of)
        changed = {c: np.zeros((*shape, *program.shape(c)), dtype=bool) for c in consumers}
        for trace in traces:
            env = {**trace.values, **{f"∂{n}": g for n, g in trace.gradients.items()}}
            before = sent(delta, env)
            for c, found in changed.items():
                for at in np.ndindex(*program.shape(c)):
                    other = env[f"∂{c}"].copy()
                    other[at] += 3.0
                    found[(..., *at)] |= sent(delta, {**env, f"∂{c}": other}) != before
        for at in np.ndindex(*shape) if consumers - {program.loss} else ():
            one = shown(traces[0], delta.of, "delta", *at)
            for c, found in changed.items():
                given = one.sources.get((c, "delta"), np.zeros(program.shape(c), dtype=bool))
                assert np.array_equal(given, found[at]), (delta.of, at, c)


def sent(delta: Delta, env: dict[str, Array]) -> Array:
    """The sum of what the consumers send."""
    terms = [np.asarray(evaluate(t.product, env)) for t in delta.terms]
    return np.asarray(sum(terms[1:], terms[0])) if terms else np.zeros(())


def shown(trace: Trace, node: str, quantity: str, *at: int) -> Provenance:
    found = provenance(trace, node, quantity, at)  # type: ignore[arg-type]
    assert found is not None
    return found


def sheet(name: str, level: str = "variables") -> Trace:
    return sources.traced(name, level, learning_rate=0.1)  # type: ignore[arg-type]


def met(found: Provenance) -> list[list[str]]:
    """Which entries meet, as h3 for the value and ∂h3 for the delta."""
    sign = {"value": "", "delta": "∂"}
    return [[f"{sign[e.quantity]}{e.node}{','.join(map(str, e.index))}" for e in pair] for pair in found.meetings]


def test_which_kernel_entry_meets_which_signal_entry() -> None:
    trace = sheet("sheet8-ex2")
    y3 = shown(trace, "y", "value", 3)
    assert met(y3) == [["w0", "x3"], ["w1", "x2"], ["w2", "x1"]]
    assert y3.parts == (
        r"y_3 = w_0 \, x_3 + w_1 \, x_2 + w_2 \, x_1", r"0.5 \cdot 0.5 - 1 \cdot (-1) + 2 \cdot 2", "5.25",
    )  # fmt: skip
    w1 = shown(trace, "w", "delta", 1)
    assert met(w1) == [["∂y1", "x0"], ["∂y2", "x1"], ["∂y3", "x2"], ["∂y4", "x3"]]
    assert w1.formal == r"\frac{\partial E}{\partial w_1} = g_1 \, x_0 + g_2 \, x_1 + g_3 \, x_2 + g_4 \, x_3"
    x1 = shown(trace, "x", "delta", 1)
    assert met(x1) == [["∂y1", "w0"], ["∂y2", "w1"], ["∂y3", "w2"]]
    assert set(x1.sources) == {("y", "delta"), ("w", "value")}


def test_channels_of_a_convolution() -> None:
    trace = sheet("sheet7-ex2")
    z = shown(trace, "z", "value", 1, 2)
    assert met(z) == [
        ["x0,0", "w0,1,2"], ["x0,1", "w0,1,1"], ["x0,2", "w0,1,0"],
        ["x1,0", "w1,1,2"], ["x1,1", "w1,1,1"], ["x1,2", "w1,1,0"],
    ]  # fmt: skip
    w = shown(trace, "w", "delta", 1, 0, 2)
    assert met(w) == [["∂z0,2", "x1,0"], ["∂z0,3", "x1,1"], ["∂z0,4", "x1,2"], ["∂z0,5", "x1,3"]]
    gate = shown(trace, "z", "delta", 0, 1)
    assert trace.values["z"][0, 1] < 0
    assert gate.numeric.endswith(r"\cdot 0") or gate.numeric == "0"
    assert gate.result == "0"
    assert gate.formal.endswith(r"\mathbb{1}_{\{z_{0,1} > 0\}}")


def test_rows_meet_columns() -> None:
    trace = sheet("practical1-ex2")
    s = shown(trace, "s1", "value", 2, 1)
    assert met(s) == [["W0,2", "x0,1"], ["W1,2", "x1,1"]]
    assert s.formal == r"s_{1, 2,1} = W_{0,2} \, x_{0,1} + W_{1,2} \, x_{1,1}"
    delta = shown(trace, "s_out", "delta", 0)
    assert delta.formal.startswith(r"\delta_{\mathrm{out}, 0} = ")
    assert delta.formal.endswith(r"(1 - {y_{\mathrm{out}, 0}}^{2})")
    assert ("y_out", "value") in delta.sources
    assert ("s_out", "value") not in delta.sources


def test_a_chosen_entry_and_the_target_that_chooses_it() -> None:
    trace = sheet("assignment3-q1")
    loss = shown(trace, "L2", "value")
    chosen = int(trace.values["y[2]"])
    assert np.flatnonzero(loss.sources["z[2]", "value"]).tolist() == [chosen]
    assert ("y[2]", "value") in loss.sources
    assert loss.formal == rf"L_2 = -\log(z_{{2, {chosen}}})"
    softmax = shown(trace, "u[1]", "delta", 0)
    assert softmax.formal.endswith(r"z_{1, 0} \, \frac{\partial L}{\partial L_1}")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["sheet8-ex3", "practical1-ex2", "sheet9-ex1"])
def test_every_entry_has_an_answer_at_every_level(name: str, level: str) -> None:
    trace = sheet(name, level)
    for node in trace.program.names:
        for quantity, held in (("value", trace.values), ("delta", trace.gradients)):
            for at in np.ndindex(*held[node].shape) if node in held else ():
                found = shown(trace, node, quantity, *at)
                assert found.of == Entry(node, quantity, at)  # type: ignore[arg-type]
                assert found.formal
                assert all(mask.shape == trace.program.shape(n) for (n, _), mask in found.sources.items())


def test_an_updated_parameter() -> None:
    trace = sheet("sheet8-ex2")
    found = provenance(trace, "w", "value", (1,), updated=True)
    assert found is not None
    assert found.formal == r"w_1 \leftarrow w_1 - \alpha \, \frac{\partial E}{\partial w_1}"
    assert set(found.sources) == {("w", "delta")}
    assert shown(trace, "w", "value", 1).sources == {}


def test_long_sums_are_cut() -> None:
    size = 300
    program = build("y = W @ x\nL = sum(y**2)", {"x": np.ones(size)}, {}, {"W": np.ones((40, size))}, {})
    trace = run(program, Notation("L"))
    y = shown(trace, "y", "value", 7)
    assert y.formal.count("W") == 7
    assert y.formal.endswith(r"\cdots + W_{7,299} \, x_{299}")
    assert y.sources["W", "value"].sum() == size
    assert y.meetings == ()


def test_an_entry_takes_ten_milliseconds_at_most() -> None:
    text = "h = relu(W @ x + b)\ny = V @ h\nL = mean(y**2)"
    rng = np.random.default_rng(0)
    parameters = {"W": rng.normal(size=(100, 100)), "b": rng.normal(size=(100, 1)), "V": rng.normal(size=(10, 100))}
    trace = run(build(text, {"x": rng.normal(size=(100, 100))}, {}, parameters, {}), Notation("L"))
    for node in trace.program.names:
        for quantity in ("value", "delta"):
            at = tuple(n // 2 for n in trace.program.shape(node))
            took = []
            for _ in range(3):
                start = time.process_time()
                shown(trace, node, quantity, *at)
                took.append(time.process_time() - start)
            assert min(took) < 0.03, (node, quantity, took)  # three times what it takes on a quiet machine


def test_an_index_by_an_array_tells_what_has_chosen() -> None:
    trace = traced("arranged", 0)
    one = shown(trace, "p", "value", 1)
    assert np.flatnonzero(one.sources["k", "value"]).tolist() == [1]
    assert np.flatnonzero(one.sources["c", "value"]).tolist() == [len(trace.values["c"]) - 1 - 2]


def test_arrays_beyond_all_bounds_have_no_answer() -> None:
    program = build("y = x*w\nL = sum(y)", {"x": np.ones((1500, 1500))}, {}, {"w": 2.0}, {})
    trace = run(program, Notation("L"))
    assert provenance(trace, "y", "value", (0, 0)) is None
    with pytest.raises(IndexError):
        provenance(trace, "y", "value", (1500, 0))
    with pytest.raises(KeyError):
        provenance(trace, "v", "value", ())

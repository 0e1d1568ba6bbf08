"""Neurons of layers that a sheet does not name, of arrays of which little is read, of entries that targets choose."""

import numpy as np
import pytest

from graphviz_models.cost import Paths, cost
from graphviz_models.expr import Array
from graphviz_models.notation import Notation
from graphviz_models.picture import picture
from graphviz_models.program import Program, build
from graphviz_models.program.layers import between, lettered
from graphviz_models.program.levels import parameters
from graphviz_models.program.neurons import scalars
from graphviz_models.provenance import provenance
from graphviz_models.trace import run

RNG = np.random.default_rng(3)
X, Y = np.array([0.5, -1.0]), np.array([0.3, 0.8, -0.4])
W, B, V = RNG.normal(size=(3, 2)), RNG.normal(size=3), RNG.normal(size=(2, 3))
GIVEN = {"x": X, "y": Y}, {"c": 1}, {"W": W, "b": B, "V": V}, {}
#: Equations with an unnamed layer, and the same with a name for it.
LAYERS = {
    "softmax": ("p = softmax(W @ x + b)\nL = -log(p[c])", "n = W @ x + b\np = softmax(n)\nL = -log(p[c])"),
    "in the loss": ("L = -log(softmax(W @ x + b)[c])", "n = W @ x + b\nL = -log(softmax(n)[c])"),
    "log": ("q = log_softmax(W @ x)\nL = -q[c]", "n = W @ x\nq = log_softmax(n)\nL = -q[c]"),
    "entries": ("p = softmax(y*b)\nL = -log(p[c])", "n = y*b\np = softmax(n)\nL = -log(p[c])"),
    "norm": ("L = norm(W @ x + b) + logsumexp(y)", "n = W @ x + b\nL = norm(n) + logsumexp(y)"),
    "hidden": ("o = V @ tanh(W @ x + b)\nL = sum(o**2)", "n = tanh(W @ x + b)\no = V @ n\nL = sum(o**2)"),
    "one output": ("o = dot(b, relu(W @ x))\nL = o**2", "n = relu(W @ x)\no = dot(b, n)\nL = o**2"),
    "bottleneck": ("o = V @ (W @ x)\nL = sum(o**2)", "n = W @ x\no = V @ n\nL = sum(o**2)"),
    "moved": ("o = (V @ tanh(W @ x)[::-1]).T\nL = sum(o**2)", "n = tanh(W @ x)\no = V @ n[::-1]\nL = sum(o**2)"),
    "signals": (
        "o = convolve(y, convolve(b, x))\nL = sum(o**2)",
        "n = convolve(b, x)\no = convolve(y, n)\nL = sum(o**2)",
    ),
    "spelled out": (
        "p = exp(W @ x)/sum(exp(W @ x))\nL = -log(p[c])",
        "n = exp(W @ x)\np = n/sum(n)\nL = -log(p[c])",
    ),
}  # fmt: skip
#: Equations that are drawn as they are typed.
WHOLE = [
    "p = softmax(y/2)\nL = -log(p[c])",
    "q = x.T @ (V @ W) @ x\nL = q**2",
    "q = V @ W @ x\nL = sum(q**2)",
    "q = V @ tanh(y)\nL = sum(q**2)",
    "s = W @ x + b\nL = sum(tanh(s)**2)",
    "s = y/sum(y)\nL = sum(s**2)",
]


def close(text: str, loss: str = "L") -> Program:
    return build(text, *GIVEN, loss).at_level("neurons")


@pytest.mark.parametrize("name", LAYERS)
def test_an_unnamed_layer_has_the_nodes_of_a_named_one(name: str) -> None:
    typed, named = (run(close(text)) for text in LAYERS[name])
    layer = next(iter(typed.program.unnamed))
    assert len(typed.program.unnamed) == 1
    assert {n.replace(layer, "n") for n in typed.program.names} == set(named.program.names)
    for node in typed.program.names:
        other = node.replace(layer, "n")
        if layer in node:
            assert typed.program.role(node) == "activation"
        assert {r.replace(layer, "n") for r in typed.program.consumers[node]} == {
            *named.program.consumers[other]
        } - {node}  # fmt: skip
        assert np.allclose(typed.values[node], named.values[other], rtol=1e-13)
        if node in typed.gradients:
            assert np.allclose(typed.gradients[node], named.gradients[other], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_behind_an_unnamed_layer_are_differences(name: str) -> None:
    program = close(LAYERS[name][0])
    trace = run(program)
    whole = {"x": X, "y": Y, "W": W, "b": B, "V": V}

    def loss(**moved: Array) -> float:
        inputs, targets, weights, constants = GIVEN
        held = {**whole, **moved}
        given = {n: held[n] for n in inputs}, targets, {n: held[n] for n in weights}, constants
        return run(build(LAYERS[name][0], *given, "L")).loss

    for node, (array, at) in program.entries.items():
        if node not in program.given or not program.is_real(node):
            continue
        step = np.zeros_like(whole[array])
        step[at] = 1e-5
        slope = (loss(**{array: whole[array] + step}) - loss(**{array: whole[array] - step})) / 2e-5
        assert trace.gradients[node] == pytest.approx(slope, rel=1e-6, abs=1e-8), node


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_no_layer_stays_whole(text: str) -> None:
    assert not close(text).unnamed


@pytest.mark.parametrize("name", LAYERS)
def test_what_is_counted_stays_as_it_is(name: str) -> None:
    program = build(LAYERS[name][0], *GIVEN, "L")
    assert {e.name.partition("[")[0] for e in scalars(program).equations} == {e.name for e in program.equations}
    assert cost(program).parameters == sum(v.size for v in (W, B, V))
    assert not any("#" in node for node in Paths(program).path(0).nodes)


def letters(text: str, notation: Notation | None = None) -> set[str]:
    program = close(text)
    found = lettered(notation or Notation("L"), program)
    return {found.symbol(node) for node, (array, _) in program.entries.items() if array in program.unnamed}


def test_letters_of_unnamed_layers() -> None:
    assert letters("p = softmax(W @ x + b)\nL = -log(p[c])") == {"z_0", "z_1", "z_2"}
    assert letters("z = softmax(W @ x + b)\nL = -log(z[c])") == {"s_0", "s_1", "s_2"}
    assert letters("p = softmax(W @ x + b)\nL = -log(p[c])", Notation("L", {"p": "z"})) == {"s_0", "s_1", "s_2"}
    assert letters("o = V @ tanh(W @ x)\nL = sum(o**2)") == {"a_0", "a_1", "a_2"}
    two = "p = softmax(V @ tanh(W @ x))\nL = -log(p[c])"
    assert letters(two) == {"a_0", "a_1", "a_2", "z_0", "z_1"}
    words = Notation("L", {"V": r"\log\sigma^2", "y": r"\mathrm{szuv}"})
    assert letters("p = softmax(W @ x)\nL = -log(p[c])", words) == {"z_0", "z_1", "z_2"}
    deep = "p = W @ relu(V @ relu(W @ x))\nL = sum(p**2)"
    assert letters(deep) == {"a_0^{(1)}", "a_1^{(1)}", "a_2^{(1)}", "a_0^{(2)}", "a_1^{(2)}"}
    taken = "z = 1\ns = 1\nu = 1\nv = 1\np = softmax(W @ x)\nL = -log(p[c]) + z + s + u + v"
    assert letters(taken) == {"p_0^{(1)}", "p_1^{(1)}", "p_2^{(1)}"}
    steps = "for t in range(1, 3):\n    l[t] = -log(softmax(W @ x*t)[c])\nL = l[1] + l[2]"
    assert letters(steps) == {f"s_{{{t}, {i}}}" for t in (1, 2) for i in range(3)}
    calls = "def f(a):\n    p = softmax(W @ a)\n    return p[c]\nL = f(x)*f(2*x)"
    notation = Notation("L", repeated=frozenset({"f"}))
    assert letters(calls, notation) == {f"z_{i}^{{({k})}}" for k in (1, 2) for i in range(3)}


def test_entries_of_unnamed_layers_have_formulas() -> None:
    trace = run(close(LAYERS["softmax"][0]), Notation("L"))
    named = run(close(LAYERS["softmax"][1]), Notation("L", {"n": "z"}))
    value = provenance(trace, "p#1[0]", "value", ())
    assert value is not None
    assert value.formal == r"z_0 = W_{0,0} \, x_0 + W_{0,1} \, x_1 + b_0"
    for node in ("x[1]", "W[1,0]", "p#1[0]", "p[1]"):
        for quantity in ("value", "delta"):
            own = provenance(trace, node, quantity, ())  # type: ignore[arg-type]
            other = provenance(named, node.replace("p#1", "n"), quantity, ())  # type: ignore[arg-type]
            assert own is not None
            assert other is not None
            assert own.parts == other.parts
    symbols = {label.text for label in picture(trace, 0).labels if label.kind == "symbol"}
    assert {"z₀", "z₁", "z₂"} <= symbols


def test_entries_that_nothing_reads_are_no_nodes() -> None:
    table = np.arange(12.0).reshape(4, 3)
    given = {"x": [1.0, 2.0, 3.0]}, {"k": 2}, {"E": table, "unused": [1.0, 2.0]}, {}
    program = build("v = E[k]*x[:2][0]\nL = sum(v**2)", *given, "L")
    seen = program.at_level("neurons")
    assert set(seen.given) == {"x[0]", "k", "E[2,0]", "E[2,1]", "E[2,2]", "unused[0]", "unused[1]"}
    trace = run(seen)
    assert {step.node for step in trace.steps} <= set(seen.names)
    found = parameters(seen, trace.values)
    assert np.array_equal(found["E"], table)
    assert np.array_equal(found["unused"], [1.0, 2.0])
    assert not run(program).gradients["E"][[0, 1, 3]].any()


def test_a_target_leads_to_what_it_has_chosen() -> None:
    chosen = np.array([2, 0])
    given = {"X": [[1.0, 2.0], [0.5, -1.0]]}, {"y": chosen, "k": 1}, {"A": RNG.normal(size=(2, 3))}, {"n": [0, 1]}
    text = "P = X @ A\nq = P[n, y]\nr = P[:, k]\nR = P[:, y]\nL = sum(q**2) + sum(r**2) + sum(R**2) + P[0, y[1]]"
    program = build(text, *given, "L").at_level("neurons")
    assert {e.name: e.choosers for e in program.equations if e.choosers} == {
        "q[0]": ("y[0]",), "q[1]": ("y[1]",), "r[0]": ("k",), "r[1]": ("k",),
        "R[0,0]": ("y[0]",), "R[0,1]": ("y[1]",), "R[1,0]": ("y[0]",), "R[1,1]": ("y[1]",), "L": ("y[1]",),
    }  # fmt: skip
    assert program.equation["q[1]"].reads == ("P[1,0]", "y[1]")
    assert program.consumers["k"] == ("r[0]", "r[1]")
    assert program.graph().has_edge("y[0]", "q[0]")
    assert run(program).loss == pytest.approx(run(build(text, *given, "L")).loss)


def test_a_layer_that_a_function_returns_lies_in_its_call() -> None:
    text = "def layer(A, v):\n    return tanh(A @ v)\no = layer(V, layer(W, x))\nL = sum(o**2)"
    program = close(text)
    assert {e.name.partition("[")[0]: e.groups for e in program.equations} == {
        "o#1": ("layer#1",), "o": ("layer#2",), "L": (),
    }  # fmt: skip
    trace = run(program, Notation("L"))
    folded = picture(trace, 0, folded=frozenset({"layer#1"}))
    assert {box.node for box in folded.boxes if box.role == "group"} == {"layer#1"}
    assert not any(box.node.startswith("o#1") for box in folded.boxes)


def test_neurons_of_unnamed_layers_lie_between_what_the_sheet_names() -> None:
    program = close("p = softmax(V @ tanh(W @ x))\nL = -log(p[c])")
    assert [*map(program.entries.get, between(program, "x[0]", "p[1]"))] == [("p#1", (0,)), ("p#2", (1,))]
    assert between(program, "p#2[1]", "p[1]") == between(program, "p[1]", "L") == ()
    assert between(program, "b[0]", "L") == ()


def test_layers_are_found_as_deep_as_a_formula_may_be() -> None:
    text = f"def f(v):\n    return tanh(A @ v + x)\no = {'f(' * 64}x{')' * 64}\nL = sum(o**2)"
    program = build(text, {"x": X}, {}, {"A": [[0.1, 0.5], [-0.3, 0.2]]}, {}, "L")
    seen = program.at_level("neurons")
    assert len(seen.unnamed) == 63
    assert run(seen).loss == pytest.approx(run(program).loss, rel=1e-12)

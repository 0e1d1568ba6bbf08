"""How nodes are written: numbers of calls, indices of members, symbols that the sheet gives."""

from collections.abc import Callable

import pytest

from graphviz_models.derivation import derivation
from graphviz_models.formula import tag, untag
from graphviz_models.jacobians import quotient_latex
from graphviz_models.notation import Notation
from graphviz_models.notation import symbol as automatic
from graphviz_models.picture import picture
from graphviz_models.sheet import read
from graphviz_models.trace import run

TWO = '''
equations = """
def embed(x):
    h = tanh(w*x)
    return v*h
def once(x):
    s = x**2
    return s + x
a = embed(p)
b = embed(q)
L = once(a - b)
"""
inputs = {p = 0.5, q = -1.0}
parameters = {w = 0.3, v = 2.0}
'''
STEPS = '''
equations = """
def cell(h, x):
    g = tanh(w*h + x)
    return g*h + x
h[0] = 1.0
for t in range(1, 5):
    h[t] = cell(h[t-1], x[t])
L = h[4]
"""
inputs.x = {1 = 0.5, 2 = -1.0, 3 = 0.25, 4 = 1.0}
parameters = {w = 0.3}
'''


def test_calls_are_told_apart() -> None:
    sheet = read(TWO)
    symbol = sheet.notation.symbol
    assert (symbol("embed#1.h"), symbol("embed#2.h"), symbol("once#1.s")) == ("h^{(1)}", "h^{(2)}", "s")
    assert sheet.notation.delta("embed#2.h") == r"\frac{\partial L}{\partial h^{(2)}}"
    assert (symbol("embed#2.h#3"), symbol("embed#2.h[0,1]")) == ("h^{(2, 3)}", "h_{0,1}^{(2)}")
    assert sheet.notation.entry("embed#2.h", (0,)) == "h_0^{(2)}"
    shown = {label.formula.latex for label in picture(run(sheet.program, sheet.notation), 0).labels}
    assert {"h^{(1)}", "h^{(2)}", "s"} <= shown
    assert "h" not in shown


def test_the_cyclic_graph_has_the_letter_of_the_loop() -> None:
    sheet = read(STEPS)
    drawn = picture(run(sheet.program, sheet.notation), 0, folded=frozenset({"t"}))
    assert "g^{(t)}" in {label.formula.latex for label in drawn.labels}


@pytest.mark.parametrize(
    ("given", "symbol"), [("z^2", "{z^2}^{(4)}"), (r"\hat{z}", r"\hat{z}^{(4)}"), ("z_{ij}", "z_{ij}^{(4)}")]
)
def test_a_symbol_of_the_sheet_bears_it_too(given: str, symbol: str) -> None:
    notation = Notation("L", {"z": given, "f#5.z": "y"}, repeated=frozenset({"f"}))
    assert notation.symbol("g#1.f#4.z") == symbol
    assert notation.symbol("f#5.z") == "y"
    assert notation.symbol("f#4.g#1.z") == given


def test_operations_have_the_symbol_of_the_node_they_lead_to() -> None:
    notation = Notation("L", {"x[2]": "x^2", "c": "t"})
    assert (notation.symbol("x[2]#3"), notation.symbol("c#1"), notation.symbol("h[1]#2")) == (
        "{x^2}^{(3)}", "t^{(1)}", "h_1^{(2)}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "entry"),
    [
        (r"\pi_\theta", r"\pi_{\theta, 1}"), (r"\pi_{\theta}", r"\pi_{\theta, 1}"), ("W_T", "W_{T, 1}"),
        (r"p_\phi^2", r"p_{\phi, 1}^2"), (r"q_{ij}^{(a)}", r"q_{ij, 1}^{(a)}"), ("x^{a_b}", "[x^{a_b}]_{1}"),
    ],
)  # fmt: skip
def test_an_index_joins_that_of_the_symbol(given: str, entry: str) -> None:
    notation = Notation("L", {"p": given})
    assert notation.symbol("p[1]") == entry
    assert notation.entry("p", (1,)) == entry


SIGNED = r'''
equations = """
r = a*x
L = r**2
M = 3*L + b*L
"""
loss = "M"
inputs = {x = 0.5}
parameters = {a = 0.3, b = 2.0}
[latex]
L = '-\mathrm{ELBO}'
M = '-J'
'''


@pytest.mark.parametrize("mark", [None, tag])
def test_a_symbol_with_a_sign_is_in_brackets_behind_others(mark: Callable[[str, str], str] | None) -> None:
    sheet = read(SIGNED)
    trace = run(sheet.program, sheet.notation)
    assert sheet.notation.inline_delta("r") == r"\partial (-J) / \partial r"
    assert sheet.notation.delta("L") == r"\frac{\partial (-J)}{\partial (-\mathrm{ELBO})}"
    lines = {(step.phase, step.node): derivation(trace, k, tag=mark) for k, step in enumerate(trace.steps)}
    forward, backward = untag(lines["forward", "M"].formal), untag(lines["backward", "r"].formal)
    assert forward.replace(r"\cdot", r"\,") == r"-J = 3 \, (-\mathrm{ELBO}) + b \, (-\mathrm{ELBO})"
    assert backward.endswith(r"\cdot \frac{\partial (-\mathrm{ELBO})}{\partial r}")
    assert untag(quotient_latex(trace, "M", "L", tag=mark)) == r"\frac{\partial (-J)}{\partial (-\mathrm{ELBO})}"


def test_the_delta_of_a_neuron_has_the_letter_of_its_array() -> None:
    notation = Notation("L", deltas={"s1": r"\delta_1", "h[2]": "g"})
    assert notation.delta("s1[0]") == notation.inline_delta("s1[0]") == r"\delta_{1, 0}"
    assert notation.inline_delta("h[2]") == "g"
    assert notation.inline_delta("h[1]") == r"\partial L / \partial h_1"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("WQ", "W_Q"), ("Wg1", "W_{g1}"), ("bd", "b_d"), ("bg1", "b_{g1}"), ("WQ[0]", "W_{Q, 0}"), ("W1", "W_1"),
        ("W_hh", "W_{hh}"), ("lr", r"\mathrm{lr}"), ("dk", r"\mathrm{dk}"), ("Why", r"\mathrm{Why}"),
    ],
)  # fmt: skip
def test_weights_and_biases_of_something_have_it_as_their_index(name: str, written: str) -> None:
    assert automatic(name) == written

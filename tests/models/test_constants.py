"""What no node enters: constants among the operations, initial values, names that look alike."""

from __future__ import annotations

import numpy as np
import pytest

from graphviz_models.calculus import jacobian
from graphviz_models.derivation import derivation
from graphviz_models.fold import recurrence
from graphviz_models.formula import untag
from graphviz_models.notation import Notation, symbol
from graphviz_models.picture import Picture, Show, picture
from graphviz_models.picture.words import plain
from graphviz_models.problem import Problems
from graphviz_models.program import Program, build
from graphviz_models.provenance import provenance
from graphviz_models.sheet import Sheet, load, read
from graphviz_models.trace import Trace, run

ROOTS = "z = w*x/sqrt(2)\nR = 0.5*lam*w**2\nL = log(2*pi)*z + R*x**(1/3)"


def closely(text: str = ROOTS) -> Program:
    return build(text, {"x": 2.0}, {}, {"w": 3.0}, {"lam": 0.1}, "L").at_level("operations")


def traced(program: Program) -> Trace:
    return run(program, Notation("L", {"lam": r"\lambda"}))


def sheet_of(text: str) -> Sheet:
    return read(text, "x.toml")


def locals_of(seen: Picture) -> set[str]:
    return {label.text for label in seen.labels if label.kind == "local"}


def test_a_part_that_reads_no_node_is_one_constant() -> None:
    program = closely()
    written = {node: traced(program).notation.symbol(node) for node in program.numbers}
    assert sorted(written.values()) == sorted([r"\sqrt{2}", r"0.5 \, \lambda", r"\log(2 \, \pi)"])
    assert {program.role(node) for node in written} == {"constant"}
    assert all(program.role(node) != "constant" for node in program.names if node not in written)


def test_a_constant_takes_no_steps_and_has_no_gradient() -> None:
    program = closely()
    trace = traced(program)
    assert not {step.node for step in trace.steps} & program.numbers.keys()
    assert not trace.gradients.keys() & program.numbers.keys()
    with pytest.raises(Problems, match="is a constant and has no derivative"):
        jacobian(program, "L", next(iter(program.numbers)), trace.values)


def test_values_and_gradients_are_those_of_the_variables() -> None:
    near, far = traced(closely()), run(build(ROOTS, {"x": 2.0}, {}, {"w": 3.0}, {"lam": 0.1}, "L"))
    for node in far.values:
        assert np.allclose(near.values[node], far.values[node], rtol=1e-14)
        assert np.allclose(near.gradients[node], far.gradients[node], rtol=1e-14)


def test_no_formula_has_the_number_of_a_constant() -> None:
    program = closely()
    trace = traced(program)
    places = [symbol(node) for node in program.numbers]
    lines = [derivation(trace, step.index).line for step in trace.steps]
    lines += [
        part
        for node in program.names
        for quantity in ("value", "delta")
        if quantity == "value" or node in trace.gradients
        for found in [provenance(trace, node, quantity, ())]
        if found is not None and node not in program.numbers
        for part in found.parts
    ]
    seen = picture(trace, len(trace.steps), show=Show(locals="symbol"))
    lines += [untag(label.formula.latex) for label in seen.labels]
    assert not [line for line in lines if any(place in line for place in places)]


def test_locals_at_operations_have_constants_by_name() -> None:
    program = build("L = 0.5*w*eta", {}, {}, {"w": 2.0}, {"eta": 0.1}, "L").at_level("operations")
    trace = run(program, Notation("L", {"eta": r"\eta"}))
    assert locals_of(picture(trace, len(trace.steps), show=Show(locals="symbol"))) == {"0.5", "η"}


def test_constants_in_formulas_have_the_letters_of_the_sheet() -> None:
    trace = run(build("L = lam*w", {}, {}, {"w": 2.0}, {"lam": 0.1}, "L"), Notation("L", {"lam": r"\Lambda"}))
    assert derivation(trace, 0).formal == r"L = \Lambda \, w"
    assert derivation(trace, trace.backward_index["w"]).substituted == r"\Lambda"


def test_an_array_of_constants_has_no_rim() -> None:
    program = build("L = sum(w - I)", {}, {}, {"w": [[2.0]]}, {"I": [[1.0]]}, "L").at_level("operations")
    box = picture(run(program, Notation("L")), 1).box(next(iter(program.numbers)))
    assert box is not None
    assert (box.role, box.shape) == ("constant", "none")


ELMAN = """
format = 1
equations = '''
h[0] = 0
for t in range(1, T + 1):
    h[t] = tanh(w*x[t] + u*h[t-1])
L = h[3]**2
'''
[constants]
T = 3
[inputs]
x = {1 = 0.5, 2 = -1.0, 3 = 0.25}
[parameters]
w = 0.6
u = 0.8
"""


@pytest.mark.parametrize("level", ["variables", "operations", "neurons"])
def test_an_initial_value_is_drawn_as_an_input(level: str) -> None:
    sheet = sheet_of(ELMAN)
    trace = run(sheet.program.at_level(level), sheet.notation)
    first, last = picture(trace, 0), picture(trace, len(trace.steps))
    for seen in (first, last):
        box = seen.box("h[0]")
        assert box is not None
        assert (box.role, box.shape) == ("input", "rect")
        assert {label.kind for label in seen.labels if label.of == box.id} == {"symbol", "value"}
    found = recurrence(trace.program)
    assert found is not None
    assert found.column["h[0]"] == 0
    assert found.steps == (1, 2, 3)


def test_an_initial_value_has_its_delta_where_the_sheet_names_it() -> None:
    sheet = sheet_of(ELMAN + '[deltas]\n"h[0]" = "delta_0"\n')
    trace = run(sheet.program, sheet.notation)
    seen = picture(trace, len(trace.steps))
    box = seen.box("h[0]")
    assert box is not None
    assert any(label.kind == "delta" for label in seen.labels if label.of == box.id)


def test_an_initial_value_keeps_its_steps_and_its_gradient() -> None:
    trace = run(sheet_of(ELMAN).program)
    assert trace.steps[0].node == "h[0]"
    assert "h[0]" in trace.backward_index
    assert trace.gradients["h[0]"] != 0.0


@pytest.mark.parametrize(("name", "written"), [("x0", r"\mathrm{x0}"), ("x_0", r"\mathrm{x\_0}")])
def test_a_name_that_looks_like_a_member_is_set_as_typed(name: str, written: str) -> None:
    text = f"format = 1\nequations = '''\nx[0] = {name}\nx[1] = w*x[0]\nL = x[1]**2\n'''\n"
    sheet = sheet_of(text + f"[inputs]\n{name} = 1.0\n[parameters]\nw = 2.0\n")
    assert sheet.notation.symbol(name) == written
    assert sheet.notation.symbol("x[0]") == "x_0"
    own = sheet_of(text + f"[inputs]\n{name} = 1.0\n[parameters]\nw = 2.0\n[latex]\n{name} = 'a'\n")
    assert own.notation.symbol(name) == "a"


def test_built_in_sheets_have_no_such_names() -> None:
    assert load("sheet9-ex1").notation.symbol("x[1]") == "x_1"


def test_eps_is_greek() -> None:
    assert symbol("eps") == r"\varepsilon"


def test_operations_are_called_by_what_they_are() -> None:
    program = build("L = 0.5*(w*x - t)**2", {"x": 2.0}, {"t": 1.0}, {"w": 3.0}, {}, "L").at_level("operations")
    trace = run(program, Notation("L"))
    lines = {step.node: derivation(trace, step.index) for step in trace.steps if step.phase == "backward"}
    difference = next(node for node in lines if trace.notation.symbol(node) == r"(w \, x - t)")
    assert lines[difference].substituted == r"2 \, \frac{\partial L}{\partial ((w \, x - t)^{2})} \, (w \, x - t)"
    assert lines[difference].numeric == r"2 \cdot 0.5 \cdot 5"
    assert trace.notation.entry(difference, (1,)) == r"(w \, x - t)_{1}"
    shown = {derivation(trace, step.index).formal for step in trace.steps if step.phase == "forward"}
    assert shown == {r"w \, x", r"w \, x - t", r"(w \, x - t)^{2}", r"L = 0.5 \, (w \, x - t)^{2}"}


def test_a_long_operation_is_called_by_its_place() -> None:
    text = "L = tanh(a*b + c*d + e1*f + g*h)"
    values = dict.fromkeys(("a", "b", "c", "d", "e1", "f", "g", "h"), 0.5)
    program = build(text, {}, {}, values, {}, "L").at_level("operations")
    trace = run(program, Notation("L"))
    places = [node for node in program.names if symbol(node) == trace.notation.symbol(node) and "#" in node]
    assert places == ["L#2", "L#1"]
    assert derivation(trace, trace.forward_index["L#1"]).formal == r"L^{(1)} = L^{(2)} + g \, h"


def test_beside_an_edge_the_delta_of_an_operation_is_a_nabla() -> None:
    program = build("L = sum((w - x)**2)", {"x": [2.0, 1.0]}, {}, {"w": [3.0, 1.0]}, {}, "L").at_level("operations")
    trace = run(program, Notation("L"))
    seen = picture(trace, len(trace.steps), show=Show(locals="symbol"))
    assert locals_of(seen) == {"∇", "−∇", "2 ∇ ⊙ (w − x)", "1"}


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"\frac{\frac{\partial L}{\partial p_3}}{S}", "(∂L/∂p₃)/S"),
        (r"\sqrt{2 \, \pi}", "√(2 π)"),
        (r"\sqrt{2}", "√2"),
        (r"-\frac{e_1}{{S}^{2}}", "−e₁/S²"),
        (r"x \, {\nabla}^{\top}", "x ∇ᵀ"),
        (r"a \odot (1 - {r_1}^2)", "a ⊙ (1 − r₁²)"),
    ],
)
def test_formulas_as_plain_text(latex: str, words: str) -> None:
    assert plain(latex) == words

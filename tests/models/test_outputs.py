"""Outputs: what a model computes in the end, and not the terms of its loss."""

from __future__ import annotations

import pytest

from graphviz_models.picture import picture
from graphviz_models.program import Program, build
from graphviz_models.sheet import read
from graphviz_models.trace import run

X = [0.5, -1.0]
W = [[0.1, 0.2], [0.3, -0.4]]
CODE = "m = V @ x\ns = U @ x\nz = m + exp(s/2)*n\ny = W @ z\nR = sum((x - y)**2)/2\nKL = sum(exp(s) + m**2 - 1 - s)/2\n"
TRIPLET = "a = W @ x\nb = W @ n\nc = W @ q\ndp = sum((a - b)**2)\ndn = sum((a - c)**2)\n"
READING = """
e[1] = tanh(w*x)
d[0] = e[1]
for j in range(1, 3):
    s[j] = tanh(w*t[j-1] + d[j-1])
    d[j] = tanh(u*s[j])
    l[j] = (d[j] - t[j])**2
L = l[1] + l[2]
"""


def program(text: str, *, targets: bool = False) -> Program:
    names = {name: W for name in "WVU" if f"{name} @" in text} | {name: 0.5 for name in "wu" if f"{name}*" in text}
    inputs = dict.fromkeys("xnq", X) if W in names.values() else {"x": 0.5}
    given = {"t": {k: 0.1 * k for k in range(3)} if "t[" in text else 0.5} if targets else {}
    return build(text, inputs, given, names, {"beta": 4.0, "r": 0.1}, loss="L")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (CODE + "L = R + beta*KL", {"y"}),
        (CODE + "S = R/2 + KL\nL = exp(S)", {"y"}),
        (CODE + "P = r*sum(W**2)\nL = R + KL + P", {"y"}),
        (TRIPLET + "L = relu(dp - dn + r)", {"a", "b", "c"}),
        (TRIPLET + "L = maximum(dp - dn + r, 0)", {"a", "b", "c"}),
        ("h = W @ x\ny = V @ h\nL = sum((y - x)**2)", {"y"}),
        ("h = W @ x\nL = sum(h**2)", {"h"}),
        ("h = W @ x\ny = dot(U @ x, h)\nL = y**2", {"y"}),  # no term, as it is not added
        ("h = W @ x\ny = dot(U @ x, h)\nL = y + r", {"y"}),  # nor what has weights of its own
        ("a = tanh(w*x)\nb = tanh(u*a)\nL = a + b", {"a", "b"}),
        ("a = tanh(w*x)\nb = tanh(u*a)\ny = a + b\nL = y + r", {"y"}),
    ],
)
def test_without_a_target_the_last_arrays_before_the_terms_of_the_loss_are_the_output(
    text: str, found: set[str]
) -> None:
    assert program(text).outputs == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (READING, {"d[1]", "d[2]"}),  # and not d[0], which a step reads with the target before
        ("h = tanh(w*x)\nL = (u*h - t)**2", {"h"}),
        ("h = tanh(w*x)\ny = u*h\nL = (y - t)**2", {"y"}),
    ],
)
def test_with_targets_what_is_compared_with_them_is_the_output(text: str, found: set[str]) -> None:
    assert program(text, targets=True).outputs == found


@pytest.mark.parametrize("level", ["operations", "neurons"])
def test_entries_and_operations_have_the_role_of_their_variable(level: str) -> None:
    one = program(CODE + "L = R + beta*KL").at_level(level)  # type: ignore[arg-type]
    found = {name.partition("[")[0] for name in one.names if one.role(name) == "output"}
    assert found == {"y"}


@pytest.mark.parametrize("at", [0, 3, 12])
def test_a_folded_loss_looks_like_a_loss(at: int) -> None:
    model = read("""format = 1
equations = '''
J[0] = 0
for k in range(1, 6):
    x[k] = a*x[k-1]
    J[k] = J[k-1] + (x[k] - y[k])**2
'''
loss = "J[3]"
[inputs]
x = {0 = 1.0}
[targets]
y = {1 = 0.5, 2 = 1.0, 3 = 0.5, 4 = 0.0, 5 = 0.1}
[parameters]
a = 0.9
""")
    drawn = picture(run(model.program, model.notation), at, folded=frozenset({"k"}))
    box = next(box for box in drawn.boxes if box.id == "J[k]")
    assert (box.role, box.double, box.shape) == ("loss", True, "rect")

"""Clearance: what a node has around it is in the way of no straight edge; where it would be, it stands below."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest

from graphviz_models.picture import picture
from graphviz_models.program import Program, build
from graphviz_models.sheet import read
from graphviz_models.trace import run
from tests.models import ruler
from tests.models.drawings import bent, classifier, drawn

HIDDEN = "h1 = tanh(u1*x1 + u2*x2 + b)\nh2 = tanh(v1*x1 + v2*x2 + c)\n"
WEIGHTS = ("u1", "u2", "b"), ("v1", "v2", "c"), ("a1", "a2", "d")


def net(text: str, parameters: tuple[str, ...]) -> Program:
    text = f"{text}L = (y - t)**2"
    return build(text, {"x1": 1.0, "x2": 0.5}, {"t": 1.0}, dict.fromkeys(parameters, 0.4), {}, "L")


def two_two_one() -> Program:
    return net(f"{HIDDEN}y = sigmoid(a1*h1 + a2*h2 + d)\n", tuple(name for several in WEIGHTS for name in several))


def three_neurons() -> Program:
    text = f"{HIDDEN}h3 = tanh(w1*x1 + w2*x2 + d)\ny = h1 + h2 + h3\n"
    return net(text, (*WEIGHTS[0], *WEIGHTS[1], "w1", "w2", "d"))


def heights(drawing: ruler.Drawing) -> Mapping[str, float]:
    return {name: y + h / 2 for name, (_, (_, y, _, h)) in drawing.boxes.items()}


def test_the_lower_neuron_of_a_net_has_its_weights_below() -> None:
    drawing = drawn(two_two_one())
    y = heights(drawing)
    assert y["h1"] < y["h2"]
    assert max(y[w] for w in WEIGHTS[0]) < y["h1"]
    assert y["h2"] < min(y[w] for w in WEIGHTS[1])
    assert max(y[w] for w in WEIGHTS[2]) < y["y"], "a neuron alone in its rank"
    assert not bent(drawing)


@pytest.mark.parametrize("level", ["operations", "neurons"])
@pytest.mark.parametrize("direction", ["right", "down"])
def test_no_edge_of_a_net_bends(level: str, direction: str) -> None:
    assert not bent(drawn(two_two_one(), level, direction))


def test_products_of_the_upper_half_have_their_weights_above_the_others_below() -> None:
    drawing = drawn(three_neurons(), "operations")
    y = heights(drawing)
    products = {a: b for a, b, _ in drawing.edges if a in ("u1", "u2", "v1", "v2", "w1", "w2")}
    order = sorted(products, key=lambda weight: y[products[weight]])
    assert [y[weight] < y[products[weight]] for weight in order] == [True] * 3 + [False] * 3
    assert not bent(drawing)


def test_weights_stand_above_where_nothing_is_in_the_way() -> None:
    """Two neurons that are fed by one input each, and two whose gaps need only be wider."""
    apart = net("h1 = tanh(u1*x1 + b)\nh2 = tanh(v1*x2 + c)\ny = h1 + h2\n", ("u1", "b", "v1", "c"))
    near = net("h1 = tanh(x1 - x2 + b)\nh2 = tanh(x1 + x2 + c)\ny = h1 + h2\n", ("b", "c"))
    for program in (apart, near):
        drawing = drawn(program)
        y = heights(drawing)
        assert y["b"] < y["h1"], program
        assert y["c"] < y["h2"], program
        assert not bent(drawing), program


def test_of_three_neurons_the_lowest_one_has_its_weights_below() -> None:
    drawing = drawn(three_neurons())
    y = heights(drawing)
    below = {h: y[h] < y[w] for h, w in (("h1", "b"), ("h2", "c"), ("h3", "d"))}
    assert sorted(below, key=y.__getitem__) == ["h1", "h2", "h3"]
    assert below == {"h1": False, "h2": False, "h3": True}
    assert not bent(drawing)


def test_gaps_become_wide_for_straight_edges_past_four_weights_of_the_neuron_in_the_middle() -> None:
    neurons = [f"h{i} = relu(w{i}1*x1 + w{i}2*x2 + w{i}3*x3 + b{i})\n" for i in (1, 2, 3)]
    parameters = [f"w{i}{k}" for i in (1, 2, 3) for k in (1, 2, 3)] + ["b1", "b2", "b3"]
    text = f"{''.join(neurons)}y = h1 + h2 + h3\nL = (y - t)**2"
    inputs = {"x1": 0.05, "x2": 0.1, "x3": 0.2}
    program = build(text, inputs, {"t": 0.01}, dict.fromkeys(parameters, 0.25), {}, "L")
    for level in ("variables", "operations"):
        assert not bent(drawn(program, level)), level


def test_activations_stand_level_with_what_has_its_bias_above() -> None:
    y = heights(drawn(classifier(), "neurons"))
    for i in range(4):
        assert y[f"a[{i}]"] == pytest.approx(y[f"o[{i}]"], abs=0.01)
    for i in range(2):
        assert y[f"z[{i}]"] == pytest.approx(y[f"p[{i}]"], abs=0.01)


def test_what_turns_to_its_end_from_below_leaves_its_node_level() -> None:
    gates = "z = sigmoid(wz*x + uz*h0 + bz)\nr = sigmoid(wr*x + ur*h0 + br)\n"
    text = f"{gates}n = tanh(wn*x + un*(r*h0) + bn)\nh = (1 - z)*n + z*h0\nL = (h - t)**2/2"
    parameters = dict.fromkeys(("wz", "uz", "bz", "wr", "ur", "br", "wn", "un", "bn"), 0.4)
    program = build(text, {"x": 0.5, "h0": 0.1}, {"t": 1.0}, parameters, {}, "L")
    (points,) = [points for a, _, points in drawn(program, "operations").edges if len(points) > 2 and a == "n#3"]
    assert points[0][1] == pytest.approx(points[1][1], abs=0.01)
    assert points[1][0] > points[0][0] + 300.0


def test_weights_above_and_below_a_neuron_are_left_at_the_corners_that_face_it() -> None:
    drawing = drawn(two_two_one())
    for a, _, points in drawing.edges:
        if any(a in several for several in WEIGHTS):
            x, _, width, _ = drawing.boxes[a][1]
            assert points[0][0] == pytest.approx(x + width / 2, abs=0.01), a


BATCH_NORM = """
format = 1
title = "Normalized samples"
equations = '''
m = (x[1] + x[2] + x[3] + x[4])/4
v = ((x[1] - m)**2 + (x[2] - m)**2 + (x[3] - m)**2 + (x[4] - m)**2)/4
for i in range(1, 5):
    z[i] = (x[i] - m)/sqrt(v + eps)
    y[i] = gamma*z[i] + beta
l = (y[1] - t[1])**2 + (y[2] - t[2])**2 + (y[3] - t[3])**2 + (y[4] - t[4])**2
'''
[inputs]
x = {1 = 1.0, 2 = 2.0, 3 = 4.0, 4 = 5.0}
[targets]
t = {1 = 0.0, 2 = 0.5, 3 = 1.0, 4 = -1.0}
[parameters]
gamma = 1.2
beta = -0.1
[latex]
m = "\\\\mu"
v = "\\\\sigma^2"
z = "\\\\hat{x}"
eps = "\\\\varepsilon"
[constants]
eps = 1e-5
"""


def test_no_edge_to_a_normalized_sample_swings_to_both_sides() -> None:
    """What leads past the variance to the samples in the middle is an arc above it, or below."""
    sheet = read(BATCH_NORM)
    for a, b, points in drawn(sheet.program, notation=sheet.notation).edges:
        turns = [
            (q[0] - p[0]) * (r[1] - q[1]) - (q[1] - p[1]) * (r[0] - q[0])
            for p, q, r in zip(points, points[1:], points[2:], strict=False)
        ]
        assert not any(t > 0.5 for t in turns) or not any(t < -0.5 for t in turns), (a, b)


ENCODER = """
format = 1
title = "The encoder of a variational autoencoder"
equations = '''
h = tanh(W @ x)
mu = A @ h
logs = B @ h
s = exp(logs)
z = mu + s*e
D = sum(mu**2 + s**2 - 1 - 2*logs)/2
L = sum((z - x)**2) + D
'''
[inputs]
x = [1.0, 0.0]
e = [0.3, -1.2]
[parameters]
W = {shape = [2, 2], init = "glorot", seed = 1}
A = {shape = [2, 2], init = "glorot", seed = 2}
B = {shape = [2, 2], init = "glorot", seed = 3}
"""


def test_what_passes_a_node_is_straight_where_its_weights_are_below() -> None:
    """From h to μ past the logarithm of σ, which stands alone in its rank."""
    sheet = read(ENCODER)
    drawing = drawn(sheet.program, notation=sheet.notation)
    y = heights(drawing)
    assert y["A"] < y["mu"] < y["logs"] < y["B"]
    assert not {("h", "mu"), ("h", "logs")} & {*bent(drawing)}


AUTOENCODER = """
format = 1
title = "Autoencoder 6-3-2-3-6"
equations = '''
h = tanh(A @ x + a)
z = B @ h + b
g = tanh(C @ z + c)
y = D @ g + d
L = sum((y - x)**2)
'''
[inputs]
x = [0.1, 0.5, -0.3, 0.8, 1.0, -0.6]
[parameters]
A = {shape = [3, 6], init = "glorot", seed = 1}
a = {shape = [3], init = "zeros"}
B = {shape = [2, 3], init = "glorot", seed = 2}
b = {shape = [2], init = "zeros"}
C = {shape = [3, 2], init = "glorot", seed = 3}
c = {shape = [3], init = "zeros"}
D = {shape = [6, 3], init = "glorot", seed = 4}
d = {shape = [6], init = "zeros"}
"""


def test_what_passes_dense_layers_is_not_spread_for_their_labels() -> None:
    """Labels between layers set neurons apart, and not the edges that run from the samples past them to the loss."""
    sheet = read(AUTOENCODER)
    found = picture(run(sheet.program.at_level("neurons"), sheet.notation), 0)
    node = {box.id: box.node for box in found.boxes}
    past = [edge.points for edge in found.edges if node[edge.target] == "L" and node[edge.source].startswith("x[")]
    heights = sorted(min(y for _, y in points) for points in past)[:3]
    depths = sorted(max(y for _, y in points) for points in past)[3:]
    for several in (heights, depths):
        assert all(15.0 < b - a < 30.0 for a, b in pairwise(several)), several

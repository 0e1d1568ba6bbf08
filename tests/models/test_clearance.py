"""Clearance: what a node has around it is in the way of no straight edge; where it would be, it stands below."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from graphviz_models.export import FORMATS
from graphviz_models.notation import Notation
from graphviz_models.picture import picture
from graphviz_models.program import Program, build
from graphviz_models.trace import run
from tests.models import ruler

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


def drawn(program: Program, level: str = "variables", direction: str = "right") -> ruler.Drawing:
    trace = run(program.at_level(level), Notation("L"))
    data = json.loads(FORMATS[".json"].write(picture(trace, 0, direction=direction)))
    names = {box["id"]: box["node"] for box in data["boxes"]}
    drawing = ruler.of_picture(data)
    boxes = {names[i]: box for i, box in drawing.boxes.items()}
    return ruler.Drawing(boxes, [(names[a], names[b], points) for a, b, points in drawing.edges])


def heights(drawing: ruler.Drawing) -> Mapping[str, float]:
    return {name: y + h / 2 for name, (_, (_, y, _, h)) in drawing.boxes.items()}


def bent(drawing: ruler.Drawing) -> list[tuple[str, str]]:
    return [(a, b) for a, b, points in drawing.edges if len(points) > 2]


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

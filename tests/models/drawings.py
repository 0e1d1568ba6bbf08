"""Drawings of programs before their first step, with the names of nodes, and a net that several tests draw."""

from __future__ import annotations

import json

from graphviz_models.export import FORMATS
from graphviz_models.notation import Notation
from graphviz_models.picture import picture
from graphviz_models.program import Program, build
from graphviz_models.trace import run
from tests.models import ruler


def drawn(
    program: Program, level: str = "variables", direction: str = "right", notation: Notation | None = None
) -> ruler.Drawing:
    """The boxes and edges of a program, by the names of its nodes."""
    trace = run(program.at_level(level), notation or Notation("L"))
    data = json.loads(FORMATS[".json"].write(picture(trace, 0, direction=direction)))
    names = {box["id"]: box["node"] for box in data["boxes"]}
    drawing = ruler.of_picture(data)
    boxes = {names[i]: box for i, box in drawing.boxes.items()}
    return ruler.Drawing(boxes, [(names[a], names[b], points) for a, b, points in drawing.edges])


def bent(drawing: ruler.Drawing) -> list[tuple[str, str]]:
    """The ends of the edges that are not straight."""
    return [(a, b) for a, b, points in drawing.edges if len(points) > 2]


def classifier() -> Program:
    """Three inputs, four hidden neurons, two classes, with biases."""
    parameters = {
        "W": [[0.2, -0.5, 0.1], [0.7, 0.3, -0.2], [-0.4, 0.6, 0.5], [0.1, 0.1, 0.9]],
        "b": [0.1, 0.0, -0.1, 0.2],
        "V": [[0.5, -0.3, 0.8, 0.1], [-0.6, 0.4, 0.2, 0.7]],
        "c": [0.0, 0.1],
    }
    text = "a = W@x + b\no = relu(a)\nz = V@o + c\np = softmax(z)\nL = -sum(y*log(p))"
    return build(text, {"x": [0.5, -1.0, 2.0]}, {"y": [0.0, 1.0]}, parameters, {}, "L")

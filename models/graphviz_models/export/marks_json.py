"""JSON: a picture's marks as data, everything that is drawn, where it is drawn, in points with y downwards."""

from __future__ import annotations

import json
from math import isfinite, isnan
from typing import Any

from graphviz_models.formula import untag
from graphviz_models.picture import Box, Edge, Label, Picture, Plate, Point, Pulse, Tensor

NAME = "json"
SUFFIXES = (".json",)


def write(picture: Picture) -> bytes:
    """The picture as JSON in UTF-8: boxes, edges, every label, tensors, pulses, plates."""
    document = {
        "width": _n(picture.width),
        "height": _n(picture.height),
        "background": picture.background,
        "title": picture.title,
        "description": picture.description,
        "boxes": [_box(box) for box in picture.boxes],
        "edges": [_edge(edge) for edge in picture.edges],
        "labels": [_label(label) for label in picture.every_label()],
        "tensors": [_tensor(tensor) for tensor in picture.tensors],
        "pulses": [_pulse(pulse) for pulse in picture.pulses],
        "plates": [_plate(plate) for plate in picture.plates],
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n").encode(
        "utf-8", "replace"
    )


def _n(number: float) -> float:
    return round(float(number), 3) + 0.0


def _points(points: tuple[Point, ...]) -> list[list[float]]:
    return [[_n(x), _n(y)] for x, y in points]


def _place(mark: Box | Label | Tensor | Plate) -> dict[str, float]:
    return {"x": _n(mark.x), "y": _n(mark.y), "width": _n(mark.width), "height": _n(mark.height)}


def _box(box: Box) -> dict[str, Any]:
    return {
        "id": box.id,
        "node": box.node,
        "role": box.role,
        "shape": "rect" if box.shape == "none" else box.shape,
        **_place(box),
        "corner": _n(box.corner),
        "state": box.state,
        "fill": None if box.shape == "none" else box.fill,
        "stroke": None if box.shape == "none" else box.stroke,
        "stroke_width": 0.0 if box.shape == "none" else _n(box.stroke_width),
        "dash": list(box.dash),
        "double": box.double,
        "hatch": box.hatch,
        "selected": box.selected,
        "title": box.title,
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "id": edge.id,
        "from": edge.source,
        "to": edge.target,
        "points": _points(edge.points),
        "head": _points(edge.head),
        "colour": edge.colour,
        "width": _n(edge.width),
        "dash": list(edge.dash),
        "active": edge.active,
        "backward": edge.backward,
    }


def _label(label: Label) -> dict[str, Any]:
    return {
        "id": label.id,
        "of": label.of if isinstance(label.of, str) else list(label.of),
        "kind": label.kind,
        "text": label.text,
        **_place(label),
        "size": _n(label.size),
        "colour": label.colour,
        "plate": label.plate,
        "latex": untag(label.formula.latex),
    }


def _tensor(tensor: Tensor) -> dict[str, Any]:
    cells = [
        {
            "index": list(cell.index),
            "x": _n(cell.x),
            "y": _n(cell.y),
            "width": _n(cell.width),
            "height": _n(cell.height),
            "fill": cell.fill,
            "value": cell.value
            if isfinite(cell.value)
            else "NaN"
            if isnan(cell.value)
            else f"{'-' if cell.value < 0 else ''}Infinity",
        }
        for cell in tensor.cells
    ]
    return {
        "id": tensor.id,
        "of": tensor.of,
        "node": tensor.node,
        "quantity": tensor.quantity,
        "kind": tensor.kind,
        "shape": list(tensor.shape),
        **_place(tensor),
        "cells": cells,
        "strokes": [{"points": _points(s.points), "colour": s.colour, "width": _n(s.width)} for s in tensor.strokes],
        "dots": [{"x": _n(d.x), "y": _n(d.y), "radius": _n(d.radius), "colour": d.colour} for d in tensor.dots],
    }


def _pulse(pulse: Pulse) -> dict[str, Any]:
    return {
        "id": pulse.id,
        "edge": pulse.edge,
        "x": _n(pulse.x),
        "y": _n(pulse.y),
        "radius": _n(pulse.radius),
        "colour": pulse.colour,
    }


def _plate(plate: Plate) -> dict[str, Any]:
    return {
        "id": plate.id,
        "kind": plate.kind,
        "of": plate.of,
        **_place(plate),
        "fill": plate.fill,
        "stroke": plate.stroke,
    }

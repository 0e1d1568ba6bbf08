"""Pictures made by hand, for tests of what draws them."""

from dataclasses import replace

from graphviz_models.formula import tag, text, typeset
from graphviz_models.picture import Box, Cell, Edge, Label, Picture, Plate, Pulse, Stroke, Tensor

INK, BLUE = "#16191d", "#005b96"


def box(i: int, x: float, y: float, **changes: object) -> Box:
    one = Box(
        f"b{i}",
        f"h{i}",
        "activation",
        "rect",
        x,
        y,
        96.0,
        44.0,
        "known",
        "#ffffff",
        INK,
        1.25,
        title=f"h{i}, activation",
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def label(box: Box, kind: str, words: str, size: float, dx: float, dy: float) -> Label:
    formula = typeset(tag(box.node, words), size) if kind == "symbol" else text(words, size)
    place = box.x + dx, box.y + dy, formula.width, formula.height
    return Label(f"{box.id}.{kind}", box.id, kind, words, formula, *place, size, INK if kind == "symbol" else BLUE)


def grid(count: int, columns: int = 4) -> Picture:
    """Boxes in rows, each with its symbol and a number, each joined to the one before it in its row."""
    boxes, labels, edges = [], [], []
    for i in range(count):
        x, y = 20.0 + i % columns * 140, 20.0 + i // columns * 90
        one = box(i, x, y)
        boxes.append(one)
        labels += [
            label(one, "symbol", f"h_{{{i}}}", 20.0, 36.0, 4.0),
            label(one, "value", f"{i / 7:.3f}", 12.0, 30.0, 28.0),
        ]
        if i % columns:
            points = ((x - 44, y + 22), (x, y + 22))
            head = ((x, y + 22), (x - 8, y + 18), (x - 8, y + 26))
            edges.append(
                Edge(f"e{i}", f"b{i - 1}", one.id, points, ((x - 44, y + 22), (x - 8, y + 22)), head, "#6b7480", 1.25)
            )
    rows = (count - 1) // columns + 1
    return Picture(
        40.0 + min(count, columns) * 140, 40.0 + rows * 90, "#ffffff", tuple(boxes), tuple(edges), tuple(labels)
    )


def everything() -> Picture:
    """A picture with every kind of mark in it."""
    shapes = ("rect", "ellipse", "diamond", "pill", "circle", "none")
    hatches = ("", "horizontal", "vertical", "rising", "falling", "grid")
    base = grid(6, 3)
    boxes = tuple(
        replace(
            one,
            shape=shape,
            hatch=hatch,
            hatch_ink="#c8c8c8",
            double=i == 0,
            corner=20.0 if shape == "diamond" else 0.0,
        )
        for i, (one, shape, hatch) in enumerate(zip(base.boxes, shapes, hatches, strict=True))
    )
    colours = ("#c24700", "#0072b2")
    cells = tuple(Cell((i,), 30.0 + 12 * i, 210.0, 12.0, 12.0, c, float(i)) for i, c in enumerate(colours))
    rim = Stroke(((30.0, 210.0), (54.0, 210.0)), INK, 0.75)
    tensor = Tensor("b3.value", "b3", "h3", "value", "heat", (2,), 30.0, 210.0, 24.0, 12.0, cells, (rim,))
    number = replace(base.labels[1], id="p.number", x=85.0, y=20.0, plate="#f0e442")
    return replace(
        base,
        height=base.height + 40,
        boxes=boxes,
        labels=tuple(replace(one, plate="#f0e442") for one in base.labels),
        tensors=(tensor,),
        pulses=(Pulse("p", "e1", 138.0, 42.0, 5.0, "#0072b2", number),),
        plates=(Plate("group.f", "group", "f", 10.0, 10.0, 430.0, 70.0, 10.0, "#f4f6f8", INK, 0.75, (1.5, 2.5)),),
        title="Sheet 9, Exercise 1 (é δ)",
        description="Step 1 of 2.",
    )

"""Stages: an encoder and its decoder stand in rows of their own, and between the two is nothing but what one reads."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from graphviz_models.layout import Layout, Link, arrange

from . import graphs, ruler
from .graphs import Graph

DIRECTIONS = ("right", "down")


def encoder_decoder(encoded: int, decoded: int, *, attention: bool = False, context: bool = False) -> Graph:
    """A recurrence e over so many steps, and one d that starts from its last state: with weights q and their mean c of
    all states at every step where there is `attention`, with the last state at every step where it is the `context`.
    """
    rows: list[tuple[str, str, int | None]] = [("e[0]", "constant", 0)]
    rows += [(name, "parameter", None) for name in ("W_e", "U_e", "W_d", "U_d")]
    edges = []
    for i in range(1, encoded + 1):
        rows += [(f"x[{i}]", "input", i), (f"e[{i}]", "activation", i)]
        edges += [(source, f"e[{i}]") for source in (f"x[{i}]", "W_e", "U_e", f"e[{i - 1}]")]
    rows.append(("d[0]", "activation", encoded))
    edges.append((f"e[{encoded}]", "d[0]"))
    for j in range(1, decoded + 1):
        at = encoded + j
        edges += [(source, f"d[{j}]") for source in ("W_d", "U_d", f"d[{j - 1}]")]
        if attention:
            rows += [(f"q[{j}]", "activation", at), (f"c[{j}]", "activation", at)]
            edges += [(f"e[{i}]", f"{to}[{j}]") for i in range(1, encoded + 1) for to in "qc"]
            edges += [(f"d[{j - 1}]", f"q[{j}]"), (f"q[{j}]", f"c[{j}]"), (f"c[{j}]", f"d[{j}]")]
        else:
            rows.append((f"z[{j}]", "input", at))
            edges += [(f"z[{j}]", f"d[{j}]")]
            edges += [(f"e[{encoded}]", f"d[{j}]")] if context else []
        rows += [(f"d[{j}]", "activation", at), (f"l[{j}]", "activation", at), (f"y[{j}]", "target", at)]
        edges += [(f"d[{j}]", f"l[{j}]"), (f"y[{j}]", f"l[{j}]"), (f"l[{j}]", "L")]
    return graphs.graph([*rows, ("L", "loss", None)], edges)


def drawn(graph: Graph, direction: str = "right") -> tuple[Layout, ruler.Drawing]:
    items, links, shapes = graph
    laid = arrange(items, links, shapes=shapes, direction=direction)
    return laid, ruler.of_layout(items, links, shapes, laid)


def heights(graph: Graph, laid: Layout, family: str) -> list[float]:
    """Of the members of a family of nodes: the upper ends of their boxes."""
    return [laid.boxes[i.id][1] for i in graph[0] if i.id.split("[")[0] == family]


@pytest.mark.parametrize(
    ("encoded", "decoded", "direction"),
    [*((n, m, "right") for n, m in ((3, 2), (4, 3), (2, 4), (6, 2), (12, 5))), (3, 2, "down")],
)
def test_attention_runs_straight_from_row_to_row(encoded: int, decoded: int, direction: str) -> None:
    _, drawing = drawn(encoder_decoder(encoded, decoded, attention=True), direction)
    across = [(s, t, p) for s, t, p in drawing.edges if s.startswith("e[") and t[0] in "qcd"]
    assert len(across) == 2 * encoded * decoded + 1
    assert [(s, t) for s, t, points in across if len(points) > 2] == []
    assert ruler.faults(drawing) == {}


def test_between_the_rows_there_is_nothing_but_what_the_decoder_reads() -> None:
    graph = encoder_decoder(4, 3, attention=True)
    laid, _ = drawn(graph)
    rows = [max(heights(graph, laid, family)) for family in ("l", "d", "q", "c", "e", "x", "W_e")]
    assert rows == sorted(rows)
    assert max(*heights(graph, laid, "W_d"), *heights(graph, laid, "U_d")) < min(heights(graph, laid, "l"))
    assert min(heights(graph, laid, "U_e")) > max(heights(graph, laid, "x"))


def test_what_feeds_one_step_only_stands_on_the_side_of_all_inputs() -> None:
    """A parameter, too, that would stand above its node: below those of the encoder, above those of the decoder."""
    items, links, shapes = encoder_decoder(4, 3, attention=True)
    more = [("b", "parameter", "e[2]"), ("r", "input", "q[1]")]
    items = [*items, *(replace(items[1], id=name, role=role, order=90 + k) for k, (name, role, _) in enumerate(more))]
    links = [*links, *(Link(name, to, None, f"{name}>{to}") for name, _, to in more)]
    laid, drawing = drawn((items, links, shapes))
    assert laid.boxes["b"][1] > laid.boxes["e[2]"][1]
    assert laid.boxes["r"][1] < laid.boxes["q[1]"][1]
    assert ruler.faults(drawing) == {}


def test_what_no_later_step_reads_faces_the_encoder_all_the_same() -> None:
    """The distributions of a pointer network, which would stand upon the states of the decoder."""
    items, links, shapes = encoder_decoder(4, 3)
    items = [replace(item, id=item.id.replace("l", "p")) for item in items if item.id[0] != "y"]
    links = [link for link in links if link.source[0] not in "yl" and link.target[0] != "l"]
    for j in (1, 2, 3):
        for source in (f"d[{j}]", *(f"e[{i}]" for i in (1, 2, 3, 4))):
            links.append(Link(source, f"p[{j}]", None, f"{source}>p[{j}]"))
        links.append(Link(f"p[{j}]", "L", None, f"p[{j}]>L"))
    laid, drawing = drawn((items, links, shapes))
    assert laid.boxes["d[1]"][1] < laid.boxes["p[1]"][1] < laid.boxes["e[1]"][1]
    assert {len(points) for s, t, points in drawing.edges if s[0] == "e" and t[0] == "p"} == {2}
    assert ruler.faults(drawing) == {}


def test_states_and_what_is_computed_from_them_are_both_read_in_straight_lines() -> None:
    """Weights q are computed from keys k, which would stand upon the states, means c from the states themselves."""
    items, links, shapes = encoder_decoder(4, 2, attention=True)
    links = [link for link in links if link.source[0] != "e" or link.target[0] != "q"]
    for i in (1, 2, 3, 4):
        items.append(replace(items[-2], id=f"k[{i}]", role="activation", column=i, order=90 + i))
        for source, to in ((f"e[{i}]", f"k[{i}]"), (f"k[{i}]", "q[1]"), (f"k[{i}]", "q[2]")):
            links.append(Link(source, to, None, f"{source}>{to}"))
    _, drawing = drawn((items, links, shapes))
    assert {len(points) for s, t, points in drawing.edges if s[0] + t[0] in ("ec", "kq")} == {2}
    assert ruler.faults(drawing) == {}


def test_the_losses_are_collected_above_all_that_the_steps_share() -> None:
    graph = encoder_decoder(4, 3, attention=True)
    laid, _ = drawn(graph)
    top = min(y for one in ("W_d", "U_d") for _, y in [laid.boxes[one]])
    for j in range(1, 4):
        assert min(y for _, y in laid.routes[f"l[{j}]>L"]) < top


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(("encoded", "decoded"), [(3, 3), (12, 3), (40, 40)])
def test_a_state_is_handed_over_in_one_row(encoded: int, decoded: int, direction: str) -> None:
    graph = encoder_decoder(encoded, decoded)
    laid, drawing = drawn(graph, direction)
    across = 0 if direction == "down" else 1
    row = {round(laid.boxes[one][across], 6) for one in ("e[1]", f"e[{encoded}]", "d[0]", "d[1]", f"d[{decoded}]")}
    assert len(row) == 1
    assert ruler.faults(drawing) == {}
    for family, count in (("e", encoded), ("d", decoded)):
        along = [laid.boxes[f"{family}[{t}]"][1 - across] for t in range(1, count + 1)]
        assert len({round(b - a, 6) for a, b in pairwise(along)}) == 1


@pytest.mark.parametrize(
    ("encoded", "decoded", "direction"), [(3, 3, "right"), (40, 3, "right"), (3, 7, "right"), (3, 3, "down")]
)
def test_a_context_runs_straight_to_every_step(encoded: int, decoded: int, direction: str) -> None:
    _, drawing = drawn(encoder_decoder(encoded, decoded, context=True), direction)
    across = [points for s, t, points in drawing.edges if s == f"e[{encoded}]"]
    assert len(across) == decoded + 1
    assert {len(points) for points in across} == {2}
    assert ruler.faults(drawing) == {}


def test_the_last_state_of_the_way_back_leaves_above_the_encoder() -> None:
    """A bidirectional encoder hands over a state at either end."""
    rows: list[tuple[str, str, int | None]] = [("f[0]", "constant", 0), ("b[4]", "constant", 4)]
    rows += [(name, "parameter", None) for name in ("W_f", "W_b", "W_d")]
    edges = []
    for i in (1, 2, 3):
        rows += [(f"x[{i}]", "input", i), (f"f[{i}]", "activation", i), (f"b[{i}]", "activation", i)]
        edges += [(f"x[{i}]", f"f[{i}]"), (f"x[{i}]", f"b[{i}]"), ("W_f", f"f[{i}]"), ("W_b", f"b[{i}]")]
        edges += [(f"f[{i - 1}]", f"f[{i}]"), (f"b[{i + 1}]", f"b[{i}]")]
    rows.append(("d[0]", "activation", 3))
    edges += [("f[3]", "d[0]"), ("b[1]", "d[0]")]
    for j in (1, 2):
        rows += [(f"z[{j}]", "input", 3 + j), (f"d[{j}]", "activation", 3 + j)]
        edges += [(f"d[{j - 1}]", f"d[{j}]"), (f"z[{j}]", f"d[{j}]"), ("W_d", f"d[{j}]")]
    graph = graphs.graph([*rows, ("L", "loss", None)], [*edges, ("d[2]", "L")])
    laid, drawing = drawn(graph)
    assert len(laid.routes["b[1]>d[0]"]) == len(laid.routes["f[3]>d[0]"]) == 2
    assert max(heights(graph, laid, "d")) < min(heights(graph, laid, "b")) < min(heights(graph, laid, "f"))
    assert ruler.faults(drawing) == {}


def test_what_both_stages_share_leaves_them_one_recurrence() -> None:
    items, links, shapes = encoder_decoder(3, 2, attention=True)
    shared = [replace(link, source="W_e") if link.source == "W_d" else link for link in links]
    laid = arrange(items, shared, shapes=shapes)
    assert ruler.through(ruler.of_layout(items, shared, shapes, laid)) == []

"""The parts of the code generator: simplification, rings of groups, memory side by side, text of numbers."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphviz_models.compile.batch import Grouping, strongly_connected
from graphviz_models.compile.layout import Layout
from graphviz_models.compile.source import Objects
from graphviz_models.compile.ssa import Block
from graphviz_models.compile.sums import reading


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40))
def test_components_are_those_of_networkx_and_operands_come_first(size: int, pairs: list[tuple[int, int]]) -> None:
    edges: dict[int, set[int]] = {v: set() for v in range(size)}
    for a, b in pairs:
        edges[a % size].add(b % size)
    found = strongly_connected(edges)
    graph = nx.DiGraph(edges)
    assert {frozenset(c) for c in found} == {frozenset(c) for c in nx.strongly_connected_components(graph)}
    place = {v: i for i, c in enumerate(found) for v in c}
    assert all(place[b] <= place[a] for a, b in graph.edges)


def scalars(count: int) -> Block:
    """A block of that many different values."""
    block = Block()
    for i in range(count):
        block.leaf(f"x{i}")
    return block


@given(st.lists(st.lists(st.integers(0, 11), min_size=1, max_size=6, unique=True), max_size=8))
def test_every_row_has_one_place_and_a_stack_shows_the_rows_asked_for(requests: list[list[int]]) -> None:
    layout = Layout(scalars(12))
    for values in requests:
        layout.request(values)
    layout.place()
    places = [(id(home), i) for home, i in layout.at.values()]
    assert len(set(places)) == len(places)
    for v, (home, i) in layout.at.items():
        home[i] = v
    for values in requests:
        stack = layout.stack(values)
        if stack is not None:
            assert stack.tolist() == values
    if requests:
        assert layout.stack(requests[0]) is not None, "the first request can always be met"


def test_a_constant_lies_beside_every_neighbour() -> None:
    block = scalars(4)
    c = block.constant(7.0)
    layout = Layout(block)
    layout.request([c, 0, 1])
    layout.request([c, 2, 3])
    layout.place()
    for v in range(4):
        home, i = layout.at[v]
        home[i] = v
    assert [s.tolist() for s in map(layout.stack, ([c, 0, 1], [c, 2, 3], [0, 1])) if s is not None] == [
        [7, 0, 1],
        [7, 2, 3],
        [0, 1],
    ]


def test_sequences_of_one_call_run_the_same_way() -> None:
    layout = Layout(scalars(6))
    layout.request([0, 1, 2])
    layout.request([5, 4, 3])
    layout.request([2, 1, 0], [5, 4, 3])
    layout.place()
    a, b = layout.stack([2, 1, 0]), layout.stack([5, 4, 3])
    assert a is not None
    assert b is not None
    assert (a.strides[0] < 0) == (b.strides[0] < 0)


@given(st.floats())
def test_numbers_are_written_so_that_they_come_back(x: float) -> None:
    objects = Objects()
    found = eval(objects.number(x), {}, dict(objects.names))  # noqa: S307
    assert np.array(found).tobytes() == np.array(x).tobytes()


def test_simplifications() -> None:
    block = Block()
    x, y, m = block.leaf("x"), block.leaf("y"), block.leaf("m", (2, 3))
    zero, one = block.constant(0.0), block.constant(1.0)
    ones = block.constant(np.ones((2, 3)))
    assert (
        block.apply("mul", (x, one))
        == block.apply("add", (zero, x))
        == block.apply("neg", (block.apply("neg", (x,)),))
        == x
    )
    assert block.apply("mul", (x, y)) == block.apply("mul", (y, x))
    assert block.apply("mul", (m, ones)) == m
    assert block.apply("mul", (x, ones)) != x, "the result has another shape"
    assert block.apply("sub", (x, block.apply("neg", (y,)))) == block.apply("add", (x, y))
    assert block.apply("transpose", (block.apply("transpose", (m,), (), (3, 2)),), (), (2, 3)) == m
    assert block.scalar(block.apply("exp", (one,))) == math.e
    assert block.apply("mul", (x, zero)) not in (zero, x), "0·∞ is not 0"


def test_minus_zero_and_zero_are_two_constants() -> None:
    block = Block()
    assert block.constant(0.0) != block.constant(-0.0)
    assert block.constant(0.0) == block.constant(np.float64(0.0))
    assert block.constant(math.inf) != block.constant(-math.inf)


def recurrence(steps: int) -> tuple[Block, list[str], list[int]]:
    """h[t] = tanh(w h[t-1]) + x."""
    block = Block()
    w, x = block.leaf("w"), block.leaf("x")
    names, h = [], [x]
    for t in range(steps):
        block.equation = t
        names.append(f"h[{t}]")
        h.append(block.apply("add", (block.apply("tanh", (block.apply("mul", (w, h[-1])),)), x)))
    return block, names, h


def test_a_recurrence_is_one_loop_and_every_value_comes_after_what_it_reads() -> None:
    block, names, h = recurrence(20)
    read = reading(block, [h[-1]], names)
    pieces = Grouping(block, read.order, read.reads, names, set(h), set()).pieces()
    loops = [piece for piece in pieces if piece.loop]
    assert [len(piece.members) for piece in loops] == [3]
    assert len(loops[0].members[0]) >= 18
    done = set(block.leaves.values())
    for piece in pieces:
        turns = [[v] for step in zip(*piece.members, strict=True) for v in step] if piece.loop else [piece.members[0]]
        for values in turns:
            assert all(set(read.reads[v]) <= done for v in values)
            done.update(values)
    assert set(read.order) <= done


def test_a_sum_of_outer_products_is_never_built() -> None:
    block = Block()
    names = ["∂W"]
    a, b = ([block.leaf(f"{side}{t}", (3,)) for t in range(6)] for side in "ab")
    block.equation = 0
    total = block.total([block.apply("outer", (p, q), (), (3, 3)) for p, q in zip(a, b, strict=True)])
    (part,) = reading(block, [total], names).sums[total]
    assert (part.kind, part.left, part.right) == ("outer", tuple(a), tuple(b))
    assert reading(block, [total], names).order == [total]


@pytest.mark.parametrize("signs", [[0, 0, 1, 0, 1, 1], [1, 1, 1, 1, 1], [0, 1, 0, 1, 0, 1, 0]])
def test_chains_of_plus_and_minus_are_one_sum(signs: list[int]) -> None:
    block = Block()
    terms = [block.apply("sin", (block.leaf(f"x{i}"),)) for i in range(len(signs))]
    out = block.apply("neg", (terms[0],)) if signs[0] else terms[0]
    for minus, term in zip(signs[1:], terms[1:], strict=True):
        out = block.apply("sub" if minus else "add", (out, term))
    parts = reading(block, [out], []).sums[out]
    signed = [(v, part.minus) for part in parts for v in part.left]
    assert sorted(signed) == sorted((t, bool(s)) for t, s in zip(terms, signs, strict=True))

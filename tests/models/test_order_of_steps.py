"""What belongs to one step or call stands together in layered drawings, and the first of them stands above."""

from __future__ import annotations

from graphviz_models.layout.families import gather_steps
from graphviz_models.layout.layered import Layers
from graphviz_models.layout.order import crossings, upright
from graphviz_models.picture import picture
from graphviz_models.sheet import read
from graphviz_models.trace import run

POLICY = '''
equations = """
for t in range(1, 4):
    z[t] = W @ s[t] + b
    p[t] = softmax(z[t])
    V[t] = v @ s[t]
    A[t] = R[t] - V[t]
    l[t] = -log(p[t][a[t]]) + 0.5*A[t]**2
J = (l[1] + l[2] + l[3])/3
"""
[inputs]
s = {1 = [1.0, 0.0], 2 = [0.5, 0.5], 3 = [0.0, 1.0]}
[targets]
a = {1 = 0, 2 = 2, 3 = 1}
R = {1 = 1.0, 2 = 0.5, 3 = -0.2}
[parameters]
W = [[0.4, -0.2], [0.1, 0.5], [-0.3, 0.2]]
b = [0.0, 0.1, -0.1]
v = [0.3, -0.4]
'''


def test_the_parts_of_a_step_stand_together_where_nothing_returns() -> None:
    sheet = read(POLICY)
    drawn = picture(run(sheet.program, sheet.notation), 0)
    at = {box.node: box.y + box.height / 2 for box in drawn.boxes}
    for first, second in (("z", "V"), ("p", "A")):
        order = sorted((f"{name}[{t}]" for name in (first, second) for t in (1, 2, 3)), key=at.__getitem__)
        steps = [name[2] for name in order]
        assert steps in (["1", "1", "2", "2", "3", "3"], ["3", "3", "2", "2", "1", "1"])


def two_ranks(edges: list[tuple[int, int]], count: int) -> Layers:
    """Ranks of `count` vertices each, 0 … above count …, with edges between them."""
    layers = Layers(2)
    for v in range(2 * count):
        layers.add(v // count, 10.0, 10.0, family=(f"n{v}",))
    for u, v in edges:
        layers.link(u, v)
    return layers


def test_a_drawing_upside_down_is_turned_with_all_its_ranks() -> None:
    layers = two_ranks([(0, 3), (1, 4), (2, 5)], 3)
    layers.ranks = [[2, 1, 0], [5, 4, 3]]
    upright(layers)
    assert layers.ranks == [[0, 1, 2], [3, 4, 5]]
    upright(layers)
    assert layers.ranks == [[0, 1, 2], [3, 4, 5]]


def test_groups_are_not_gathered_at_the_cost_of_many_crossings() -> None:
    straight = [(k, k + 8) for k in range(8)]
    layers = two_ranks(straight, 8)
    group = {k: "t=1" if k % 2 else "t=2" for k in range(8)}
    layers.held = {1}
    gather_steps(layers, group, 0)
    assert layers.ranks[0] == list(range(8))
    assert crossings(layers) == 0
    few = two_ranks([(0, 4), (1, 5), (2, 6), (3, 7)], 4)
    gather_steps(few, {0: "t=1", 1: "t=2", 2: "t=1", 3: "t=2"}, 0)
    assert few.ranks[0] == [0, 2, 1, 3]  # the other rank follows
    assert crossings(few) == 0


SOFTMAX = '''
equations = """
z1 = w1*x
z2 = w2*x
z3 = w3*x
e1 = exp(z1)
e2 = exp(z2)
e3 = exp(z3)
S = e1 + e2 + e3
p1 = e1/S
p2 = e2/S
p3 = e3/S
L = -t1*log(p1) - t2*log(p2) - t3*log(p3)
"""
inputs = {x = 0.5}
targets = {t1 = 0.0, t2 = 1.0, t3 = 0.0}
parameters = {w1 = 0.1, w2 = 0.2, w3 = -0.3}
'''


def test_what_differs_in_its_number_alone_stands_in_one_rank() -> None:
    sheet = read(SOFTMAX)
    drawn = picture(run(sheet.program.at_level("operations"), sheet.notation), 0)
    at = {box.node: box.x + box.width / 2 for box in drawn.boxes}
    for name in ("e", "z", "p"):
        places = [at[f"{name}{number}"] for number in (1, 2, 3)]
        assert max(places) - min(places) < 1.0, name

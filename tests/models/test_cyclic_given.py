"""What is given to several steps of a recurrence is one node of the cyclic graph, read now and through a delay."""

from __future__ import annotations

import pytest

from graphviz_models.fold import columns, folds, recurrence, view
from graphviz_models.picture import Picture, picture
from graphviz_models.sheet import Sheet, read
from graphviz_models.trace import run

from .folding import data, faults

FORCED = """format = 1
equations = '''
for t in range(1, 4):
    e[t] = Emb[w[t-1]]
    h[t] = tanh(Rec @ h[t-1] + e[t])
    o[t] = Out @ h[t]
    l[t] = -log(softmax(o[t])[w[t]])
L = (l[1] + l[2] + l[3])/3
'''
[inputs]
h = {0 = [0.0, 0.0]}
[targets]
w = {0 = 0, 1 = 2, 2 = 1, 3 = 2}
[parameters]
Emb = [[0.5, 0.1], [-0.2, 0.6], [0.3, -0.8]]
Out = [[0.5, 0.1], [-0.2, 0.6], [0.3, -0.8]]
Rec = [[0.2, 0.7], [-0.5, 0.1]]
"""
LEVELS = ("variables", "operations", "neurons")


def sheet(loop: str, last: str, given: str) -> Sheet:
    return read(f"""format = 1
equations = '''
for t in range(1, 5):
    {loop}
L = {last}
'''
loss = "L"
[inputs]
h = {{0 = 0.1}}
x = {{{given}}}
[parameters]
u = 0.5
v = 0.2
""")


def cycle(model: Sheet, level: str, at: int = 0) -> Picture:
    program = model.program.at_level(level)  # type: ignore[arg-type]
    return picture(run(program, model.notation), at, folded=frozenset({"t"}))


def edges(drawn: Picture) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in drawn.edges]


@pytest.mark.parametrize("level", LEVELS)
def test_the_word_before_comes_through_a_delay_and_the_word_itself_to_the_loss(level: str) -> None:
    drawn = cycle(read(FORCED), level)
    delay = next(box for box in drawn.boxes if box.id == "w[t] z^-1")
    given = [box for box in drawn.boxes if box.node.startswith("w[")]
    assert sorted(box.node for box in given) == ["w[0]", "w[1]"]
    first, word = (next(box.id for box in given if box.node == node) for node in ("w[0]", "w[1]"))
    found = edges(drawn)
    assert (word, delay.id) in found
    assert (first, delay.id) in found
    assert len([pair for pair in found if word in pair]) == 2
    reader = next(target for source, target in found if source == delay.id)
    assert reader.startswith("e[t]")


@pytest.mark.parametrize("level", ["variables", "operations"])
@pytest.mark.parametrize("direction", ["right", "down"])
def test_it_leads_ahead_and_touches_nothing(level: str, direction: str) -> None:
    model = read(FORCED)
    one = run(model.program.at_level(level), model.notation)  # type: ignore[arg-type]
    drawn = data(one, len(one.steps), folded=frozenset({"t"}), direction=direction)
    assert faults(drawn) == {}
    along = "x" if direction == "right" else "y"
    at = {box["id"]: box[along] for box in drawn["boxes"]}
    assert at["w[t]"] < at["w[t] z^-1"] < at["e[t]"]


def test_the_delay_hands_on_the_word_of_the_step_before() -> None:
    model = read(FORCED)
    trace = run(model.program, model.notation)
    at = next(step.index for step in trace.steps if step.node == "e[3]") + 1
    held = next(label for label in cycle(model, "variables", at).every_label() if label.id == "w[t] z^-1.held")
    assert held.text == "w₂"


def test_unfolded_it_stands_where_it_stood() -> None:
    program = read(FORCED).program
    assert columns(program)["w[1]"] is None
    steps = recurrence(program)
    assert steps is not None
    assert not any("w[" in node for nodes in steps.nodes.values() for node in nodes)
    assert all("w[1]" in fold.members for fold in folds(program) if fold.kind == "recurrence")


@pytest.mark.parametrize(
    ("loop", "last", "given", "slot"),
    [
        ("h[t] = tanh(u*h[t-1] + v*x[t])", "h[4] + x[1] + x[2] + x[3] + x[4]", "1 = 1, 2 = 2, 3 = 3, 4 = 4", "x[t]"),
        ("h[t] = tanh(u*h[t-1] + v*x[t] + x[t+1])", "h[4]", "1 = 1, 2 = 2, 3 = 3, 4 = 4, 5 = 5", "x[t+1]"),
        ("h[t] = tanh(v*h[t-1] + x[t] + x[t-1] + x[t-2])", "h[4]", "-1 = 0, 0 = 0, 1 = 1, 2 = 2, 3 = 2, 4 = 1", "x[t]"),
        ("h[t] = tanh(u*h[t-1] + v*(x[1] + x[2] + x[3] + x[4]))", "h[4]", "1 = 1, 2 = 2, 3 = 3, 4 = 4", None),
    ],
)  # fmt: skip
def test_a_family_is_one_node_where_all_steps_read_it_alike(loop: str, last: str, given: str, slot: str | None) -> None:
    program = sheet(loop, last, given).program
    seen = view(program, {"t"})
    assert {seen.box(f"x[{k}]") for k in (2, 3, 4)} == ({slot} if slot else {"x[2]", "x[3]", "x[4]"})


@pytest.mark.parametrize("direction", ["right", "down"])
def test_what_leads_back_to_a_delay_among_many_edges_is_a_loop(direction: str) -> None:
    tied = """format = 1
equations = '''
for t in range(1, 4):
    emb[t] = Emb[w[t-1]]
    h[t] = tanh(Rec @ h[t-1] + emb[t])
    o[t] = Emb @ h[t]
    ell[t] = -log(softmax(o[t])[w[t]])
L = (ell[1] + ell[2] + ell[3])/3
P = exp(L)
'''
loss = "P"
[inputs]
h = {0 = [0.0, 0.0]}
[targets]
w = {0 = 0, 1 = 2, 2 = 1, 3 = 3}
[parameters]
Emb = [[0.5, 0.1], [-0.2, 0.6], [0.3, -0.8], [0.0, 0.4]]
Rec = [[0.2, 0.7], [-0.5, 0.1]]
"""
    program = read(tied).program.at_level("neurons")
    drawn = picture(run(program), 0, folded=frozenset({"t"}), direction=direction)
    back = [edge for edge in drawn.edges if edge.target == f"{edge.source} z^-1" and edge.source.startswith("h[t]")]
    assert len(back) == 2
    assert all(len(edge.points) > 8 for edge in back), "it has corners, and is no line beside the one ahead"

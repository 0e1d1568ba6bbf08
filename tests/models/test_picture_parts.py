"""The parts of a picture: geometry, arrays as marks, time columns, words, durations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from graphviz_models import timeline
from graphviz_models.fold.columns import columns, member
from graphviz_models.notation import Notation
from graphviz_models.optimizers import Descent
from graphviz_models.picture import Picture, picture, tensors
from graphviz_models.picture.body import _delta_size
from graphviz_models.picture.geometry import along, arrow, rects_overlap
from graphviz_models.picture.room import settle
from graphviz_models.picture.signals import samples, signals
from graphviz_models.picture.words import entry, plain
from graphviz_models.program import build
from graphviz_models.sheet import load
from graphviz_models.theme import LIGHT
from graphviz_models.trace import run

from .picture_rims import inside, outline


@pytest.mark.parametrize("shape", ["rect", "ellipse", "circle", "diamond", "pill"])
def test_outlines_are_flat_to_half_a_point(shape: str) -> None:
    rim = outline(shape, 10, 20, 300, 120, 30)
    assert min(x for x, _ in rim) == pytest.approx(10, abs=0.5)
    assert max(x for x, _ in rim) == pytest.approx(310, abs=0.5)
    assert min(y for _, y in rim) == pytest.approx(20, abs=0.5)
    assert max(y for _, y in rim) == pytest.approx(140, abs=0.5)
    assert inside(rim, (160, 80))
    assert not inside(rim, (9, 80))
    if shape == "ellipse":
        middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(rim, (*rim[1:], rim[0]), strict=True)]
        for x, y in middles:
            radius = math.hypot((x - 160) / 150, (y - 80) / 60)
            assert 150 * (1 - radius) < 1.0


def test_a_point_along_a_route_and_its_arrow() -> None:
    route = [(0.0, 0.0), (30.0, 0.0), (30.0, 10.0)]
    assert along(route, 0.5) == (20.0, 0.0)
    assert along(route, 1.0) == (30.0, 10.0)
    shaft, head = arrow(route, 8.0, 3.0)
    assert head[0] == (30.0, 10.0)
    assert shaft[0] == (0.0, 0.0)
    assert shaft[-1] == pytest.approx((30.0, 3.6))
    assert {round(x) for x, _ in head[1:]} == {27, 33}


def test_what_meets_what() -> None:
    assert rects_overlap((0, 0, 10, 10), (9, 9, 5, 5))
    assert not rects_overlap((0, 0, 10, 10), (10, 0, 5, 5))


def drawn(values: object, **kind: bool) -> tensors.Tensor:
    array = np.asarray(values, dtype=float)
    frame = tensors.frame(array.shape, **kind)
    return tensors.draw(frame, 5, 7, array, of="b1", node="W", quantity="value", theme=LIGHT)


def test_small_arrays_are_matrices_of_numbers() -> None:
    matrix = drawn([[1.0, -0.25], [0.5, 1e-9], [3.0, -1234567.0]])
    assert matrix.kind == "matrix"
    assert [label.text for label in matrix.labels] == ["1", "−0.25", "0.5", "1e−9", "3", "−1.23e6"]
    assert [cell.index for cell in matrix.cells][:3] == [(0, 0), (0, 1), (1, 0)]
    for label, cell in zip(matrix.labels, matrix.cells, strict=True):
        assert cell.x <= label.x
        assert label.x + label.width <= cell.x + cell.width
    assert len(matrix.strokes) == 2
    assert drawn([1.0, 2.0, 3.0]).height > drawn([1.0, 2.0, 3.0], row=True).height
    assert len({label.size for label in matrix.labels}) == 1
    assert {label.size for label in drawn([0.5, -0.123]).labels} == {tensors.ENTRY}
    assert drawn([1.0, 2.0]).width == drawn([-0.000012345, 123456.789]).width
    assert tensors.frame((2,), whole=True).width < tensors.frame((2,)).width < tensors.frame((2,), digits=6).width


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (0.044, 4, "0.044"),
        (0.0440000001, 4, "0.044"),
        (0.12345, 4, "0.123"),
        (0.1205, 4, "0.12"),
        (-2.0004, 4, "−2"),
        (1234.0, 4, "1234"),
        (100.0, 2, "100"),
        (0.000778, 4, "7.78e−4"),
        (0.0007, 6, "7e−4"),
        (0.12345, 1, "0.12"),
        (0.0, 4, "0"),
        (math.inf, 4, "∞"),
    ],
)
def test_entries_have_a_digit_less_than_scalars_and_no_zeros_at_the_end(value: float, digits: int, words: str) -> None:
    assert entry(value, digits) == words


def test_large_arrays_are_heat_maps_that_diverge_around_zero() -> None:
    values = np.linspace(-2.0, 2.0, 81).reshape(9, 9)
    heat = drawn(values)
    assert heat.kind == "heat"
    assert len(heat.cells) == 81
    assert heat.cells[40].fill == LIGHT.heat_colour(0.0)
    assert heat.cells[0].fill == LIGHT.heat[0]
    assert heat.cells[-1].fill == LIGHT.heat[-1]
    assert {cell.fill for cell in drawn(np.zeros((9, 9))).cells} == {LIGHT.heat_colour(0.0)}
    assert drawn(np.linspace(-4.0, -1.0, 81).reshape(9, 9)).cells[-1].fill == LIGHT.heat_colour(-0.25)
    values[3, 4] = np.nan
    assert [cell.index for cell in drawn(values).cells if cell.fill == LIGHT.wrong] == [(3, 4)]
    vast = drawn(np.random.default_rng(0).standard_normal((300, 500)))
    assert len(vast.cells) <= 48 * 48
    assert vast.width <= 121
    assert vast.height <= 140
    assert [label.text for label in heat.labels] == ["±2"]
    thin = drawn(np.linspace(-0.5, 0.25, 100))
    assert [label.text for label in thin.labels] == ["±0.5"]
    assert all(thin.x <= cell.x and cell.x + cell.width <= thin.x + thin.width for cell in thin.cells)
    assert thin.cells[0].width >= 10


def test_signals_are_stems_upwards_and_downwards() -> None:
    stems = drawn([0.5, -1.0, 2.0], signal=True)
    assert stems.kind == "stems"
    axis = stems.strokes[0].points[0][1]
    assert [dot.y < axis for dot in stems.dots] == [True, False, True]
    heights = [axis - dot.y for dot in stems.dots]
    assert heights[2] == pytest.approx(4 * heights[0])
    assert heights[2] == pytest.approx(-2 * heights[1])
    rows = drawn([[[1.0, 2.0]], [[3.0, -4.0]]], signal=True)
    assert [cell.index for cell in rows.cells] == [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 0, 1)]


def test_what_is_not_computed_has_no_entries() -> None:
    for frame in (tensors.frame((2, 2)), tensors.frame((20, 20)), tensors.frame((4,), signal=True)):
        blank = tensors.empty(frame, 0, 0, of="b", node="h", quantity="delta", colour="#777777")
        assert (blank.cells, blank.labels, blank.dots) == ((), (), ())
        assert blank.strokes


def test_time_columns_of_a_loop() -> None:
    program = build(
        "for t in range(1, 4):\n    h[t] = tanh(w*h[t-1] + x[t])\n    z[t] = h[t]*v\nL = z[1] + z[2] + z[3]",
        {"x": {1: 1.0, 2: 2.0, 3: 3.0}, "h": {0: 0.0}}, {}, {"w": 1.0, "v": 1.0}, {},
    )  # fmt: skip
    found = columns(program)
    assert [found[name] for name in ("h[0]", "x[1]", "h[1]", "z[1]", "x[2]", "h[3]", "x[3]")] == [0, 1, 1, 1, 2, 3, 3]
    assert [found[name] for name in ("w", "v", "L")] == [None, None, None]


def test_time_columns_where_the_index_runs_ahead_of_the_loop() -> None:
    text = "for t in range(3):\n    h[t+1] = tanh(w*h[t] + x[t])\nL = h[3]"
    program = build(text, {"x": {0: 1.0, 1: 2.0, 2: 3.0}, "h": {0: 0.0}}, {}, {"w": 1.0}, {})
    found = columns(program)
    assert [found[name] for name in ("h[0]", "x[0]", "h[1]", "x[1]", "h[2]", "h[3]")] == [-1, 0, 0, 1, 1, 2]


def test_time_columns_without_a_loop_follow_the_index() -> None:
    program = build(
        "h1 = w*x1 + tanh(h0)\nh2 = w*x2 + tanh(h1)\nL = h1 + h2", {"x1": 1.0, "x2": 1.0, "h0": 0.0}, {}, {"w": 1.0}, {}
    )
    found = columns(program)
    assert [found[name] for name in ("h0", "x1", "h1", "x2", "h2", "w", "L")] == [0, 1, 1, 2, 2, None, None]


def test_layers_and_independent_turns_are_no_time() -> None:
    layers = build(
        "s1 = W1 @ x\nz1 = tanh(s1)\ns2 = W2 @ z1\nL = sum(s2)", {"x": [1.0]}, {}, {"W1": [[1.0]], "W2": [[1.0]]}, {}
    )
    assert set(columns(layers).values()) == {None}
    channels = build(
        "for k in range(2):\n    z[k] = x[k]*w\nL = z[0] + z[1]", {"x": {0: 1.0, 1: 2.0}}, {}, {"w": 1.0}, {}
    )
    assert set(columns(channels).values()) == {None}
    assert [member(name) for name in ("h[2]", "h2", "h[-1]", "h", "h[1]#3")] == [
        ("h", 2), ("h", 2), ("h", -1), ("h", None), ("h", 1),
    ]  # fmt: skip


def test_signals_and_samples_are_found() -> None:
    program = build(
        "y = convolve(w, x)\na = relu(y)\nE = 0.5*sum((a - d)**2)",
        {"x": [1.0, 2.0]},
        {"d": [0.0, 1.5, 1.0]},
        {"w": [1.0, 2.0]},
        {},
    )
    assert signals(program) == {"x", "w", "y", "a", "d"}
    dense = build("s = W @ x\nL = sum((s - t)**2)", {"x": [[1.0, 2.0, 3.0]]}, {"t": [1.5, 0.0, 0.0]}, {"W": [2.0]}, {})
    assert samples(dense) == {(3,)}
    assert signals(dense) == set()


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"\delta_2", "δ₂"),
        ("W_{hh}", "W_hh"),
        (r"\frac{\partial L}{\partial h_1}", "∂L/∂h₁"),
        (r"\partial \mathcal{L} / \partial w", "∂ℒ/∂ w"),
        (r"y_{\mathrm{out}}", "y_out"),
        (r"1 - \tanh^2(h_1)", "1 − tanh²(h₁)"),
        (r"\delta h_{1, 0}", "δh₁,₀"),
        (r"\left\| w \right\|", "‖w‖"),
    ],
)
def test_formulas_in_plain_words(latex: str, words: str) -> None:
    assert plain(latex).replace(" /", "/").replace("/ ", "/") in (words, words.replace("∂ ", "∂"))
    assert "\\" not in plain(latex)


@pytest.mark.parametrize(
    ("product", "shape", "rows"),
    [("w @ X", (2, 3), {(3,)}), ("X @ w", (3, 2), set()), ("w @ X.T", (3, 2), set()), ("X.T @ w", (2, 3), {(3,)})],
)
def test_a_sample_is_a_column_unless_products_sum_over_the_columns(
    product: str, shape: tuple[int, int], rows: set[tuple[int, ...]]
) -> None:
    program = build(f"z = {product}\nL = sum(z**2)", {"X": np.ones(shape)}, {}, {"w": np.ones(2)}, {}, "L")
    assert samples(program) == rows


def test_durations_and_easing() -> None:
    assert timeline.duration() == pytest.approx(0.4)
    assert timeline.duration(2.0) == pytest.approx(0.2)
    assert timeline.duration(reduced_motion=True) == 0
    assert [timeline.ease(f) for f in (-1, 0, 0.5, 1, 2)] == [0, 0, 0.5, 1, 1]
    assert timeline.progress(0.1, 0.0) == 1
    assert timeline.travelled(timeline.LANDING) == 1
    frames = list(timeline.frames(3, 25))
    assert frames[0] == (0, 1.0)
    assert frames[-1] == (3, 1.0)
    assert [at for at, _ in frames] == sorted(at for at, _ in frames)
    assert len(frames) == 1 + 3 * (10 + 14)
    with pytest.raises(ValueError, match="positive"):
        timeline.duration(0)
    with pytest.raises(ValueError, match="positive"):
        next(timeline.frames(1, 0))


def test_edges_along_one_rail_are_as_much_in_the_way_as_each_of_them() -> None:
    rail = [((0.0, 0.0), (float(x), 0.0), (float(x), 50.0)) for x in (100, 200, 300)]
    notes = {"on": (240.0, -5.0, 20.0, 10.0), "beside": (240.0, 20.0, 20.0, 10.0), "drop": (195.0, 20.0, 10.0, 10.0)}
    crossed, _, _ = settle([], [*rail, ((-50.0, 9.0), (-10.0, 40.0))], notes, {})
    assert crossed == {"on", "drop"}
    gap = [((0.0, 0.0), (90.0, 0.0)), ((110.0, 0.0), (200.0, 0.0))]
    assert settle([], gap, {"gap": (95.0, -5.0, 10.0, 10.0)}, {})[0] == set()


def test_room_for_a_delta_that_is_reckoned_is_the_room_that_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a_long_name[12] = x*1.0\nW_hh = a_long_name[12]*2.0\nq[3] = W_hh\nL = q[3]"
    program = build(text, {"x": 0.3}, {}, {}, {}, loss="L")
    for node in program.names:
        measured = _delta_size(program, Notation("L"), node, 4)
        monkeypatch.setattr("graphviz_models.picture.body.MANY", 0)
        reckoned = _delta_size(program, Notation("L"), node, 4)
        monkeypatch.undo()
        assert measured[0] <= reckoned[0] <= measured[0] + 2
        assert measured[1] - 0.5 <= reckoned[1] <= measured[1] + 5


def axes(drawn: Picture) -> dict[str, set[float]]:
    """The heights at which the axes of every signal's stems run."""
    return {
        one.id: {a[1] for stroke in one.strokes for a, b in [stroke.points] if a[1] == b[1] and a[0] != b[0]}
        for one in drawn.tensors
        if one.kind == "stems"
    }


@pytest.mark.parametrize("name", ["sheet7-ex2", "sheet8-ex2"])
def test_the_axis_of_stems_stands_still_at_all_steps(name: str) -> None:
    sheet = load(name)
    trace = run(sheet.program, sheet.notation, descent=Descent(0.5))
    assert trace.phases[-1][0] == "update"
    first = axes(picture(trace, 0))
    assert first
    for at in range(len(trace.steps) + 1):
        for progress in (0.3, 1.0):
            assert axes(picture(trace, at, progress)) == first, (at, progress)


def test_stems_of_several_arrays_have_one_scale() -> None:
    one = tensors.frame((3,), signal=True)
    span = tensors.spanned(np.array([1.0, np.nan]), np.array([-3.0, np.inf]))
    assert span == (-3.0, 1.0)
    looks = {"of": "b1", "node": "y", "quantity": "value"}
    made = tensors.draw(one, 0.0, 0.0, np.array([0.0, 0.5, 1.0]), **looks, theme=LIGHT, span=span)  # type: ignore[arg-type]
    bare = tensors.empty(one, 0.0, 0.0, **looks, colour="#000000", span=span)  # type: ignore[arg-type]
    axis = made.strokes[0].points[0][1]
    assert bare.strokes[0].points[0][1] == axis
    heads = [axis - dot.y for dot in made.dots]
    assert heads == pytest.approx([0.0, heads[2] / 2, heads[2]])
    assert axis + 3 * heads[2] <= made.y + made.height

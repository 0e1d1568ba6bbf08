"""The scene: what has changed between two pictures, what lies where, and that a part is painted as the whole is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from graphviz_app import painting
from graphviz_app.layer import MANY, bounds
from graphviz_app.scene import COARSE, LAYERS, Scene
from graphviz_models.picture import Picture, picture
from graphviz_models.program import build
from graphviz_models.trace import Trace, run

from .marks import box, everything, grid, label


def shown(picture: Picture) -> Scene:
    scene = Scene()
    assert scene.show(picture) == (None, None)
    for name in LAYERS:
        scene.layer(name).within((0, 0, 1, 1))
    return scene


def recurrence(count: int) -> Trace:
    equations = f"h[0] = x\nfor t in range({count}):\n    h[t+1] = tanh(w*h[t])\nL = h[{count}]"
    return run(build(equations, {"x": 1.0}, {}, {"w": 0.9}, {}))


def painted(scene: Scene, area: QRectF, zoom: float = 1.0) -> QImage:
    picture = scene.picture
    assert picture is not None
    image = QImage(round(picture.width * zoom), round(picture.height * zoom), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    with QPainter(image) as painter:
        painter.scale(zoom, zoom)
        painter.setClipRect(area)
        scene.paint(painter, area, zoom)
    return image


def test_same_picture_changes_nothing() -> None:
    scene = shown(grid(300, 20))
    assert scene.show(replace(grid(300, 20))) == ([], [])
    assert scene.show(grid(300, 20)) == ([], [])


@pytest.mark.parametrize("count", [3, 300, 3000])
def test_a_step_touches_what_it_changes(count: int) -> None:
    before = grid(count, 20)
    scene = shown(before)
    i = count // 2
    changed = replace(before.boxes[i], fill="#ffe0aa")
    number = replace(label(changed, "value", "−0.937", 12.0, 30.0, 28.0))
    after = replace(
        before,
        boxes=(*before.boxes[:i], changed, *before.boxes[i + 1 :]),
        labels=(*before.labels[: 2 * i + 1], number, *before.labels[2 * i + 2 :]),
    )
    behind, others = scene.show(after)
    assert behind == []
    assert others is not None
    left, top, right, bottom = bounds(changed)
    assert len(others) == 1
    assert others[0][0] >= left - 5
    assert others[0][1] >= top - 5
    assert others[0][2] <= right + 5
    assert others[0][3] <= bottom + 5
    assert scene.layer("boxes").get(changed.id) is changed


def test_steps_of_a_trace_are_painted_as_each_alone() -> None:
    trace = recurrence(90)
    picture(trace, len(trace.steps))
    scene = shown(picture(trace, 0))
    whole = QRectF(0, 0, 2000, 400)
    for at, progress in ((20, 0.4), (20, 1.0), (21, 0.4), (150, 1.0), (151, 0.3), (len(trace.steps), 1.0), (3, 1.0)):
        drawn = picture(trace, at, progress)
        scene.show(drawn)
        other = Scene()
        other.show(drawn)
        assert painted(scene, whole, 0.5) == painted(other, whole, 0.5), (at, progress)
        part = QRectF(300, 0, 500, 400)
        assert painted(scene, part, 0.5) == painted(other, part, 0.5), (at, progress)


def test_a_step_of_a_trace_touches_little() -> None:
    trace = recurrence(300)
    picture(trace, len(trace.steps))
    scene = shown(picture(trace, 100))
    behind, others = scene.show(picture(trace, 101, 0.4))
    assert behind is not None
    assert others is not None
    assert 1 <= len(others) < 8
    assert scene.show(picture(trace, 101, 0.4)) == ([], [])


def test_marks_come_and_go() -> None:
    before = grid(40, 8)
    scene = shown(before)
    fewer = replace(before, labels=before.labels[:10] + before.labels[11:20] + before.labels[22:])
    _, others = scene.show(fewer)
    assert others is not None
    for gone in (before.labels[10], before.labels[20], before.labels[21]):
        x, y = gone.x + 1, gone.y + 1
        assert any(a[0] <= x <= a[2] and a[1] <= y <= a[3] for a in others)
        assert gone not in scene.layer("labels").within(bounds(gone))
        assert scene.layer("labels").get(gone.id) is None
    _, others = scene.show(before)
    assert others
    assert scene.layer("labels").within((0.0, 0.0, 1e6, 1e6)) == list(before.labels)


def test_a_moved_mark_is_repainted_where_it_was_and_where_it_is() -> None:
    before = grid(4)
    scene = shown(before)
    moved = replace(before.boxes[0], x=400.0, y=300.0)
    _, others = scene.show(replace(before, boxes=(moved, *before.boxes[1:])))
    assert others is not None
    assert {bounds(before.boxes[0]), bounds(moved)} == set(others)
    assert scene.box_at(448.0, 322.0) is moved
    assert scene.box_at(22.0, 22.0) is None


def test_everything_changed_is_one_repaint() -> None:
    before = grid(2 * MANY, 20)
    scene = shown(before)
    after = replace(before, boxes=tuple(replace(b, fill="#ffe0aa") for b in before.boxes))
    assert scene.show(after) == ([], None)
    assert scene.box_at(22.0, 22.0) is after.boxes[0]
    assert scene.show(replace(after, background="#000000")) == (None, None)


@pytest.mark.parametrize("zoom", [0.7 * COARSE, 1.0, 2.3])
def test_a_part_is_painted_as_the_whole(zoom: float) -> None:
    scene = shown(grid(120, 12))
    picture = scene.picture
    assert picture is not None
    whole = painted(scene, QRectF(0, 0, picture.width, picture.height), zoom)
    area = QRectF(300, 200, 260, 180)
    part = painted(scene, area, zoom)
    left, top = round(area.left() * zoom) + 1, round(area.top() * zoom) + 1
    width, height = round(area.width() * zoom) - 2, round(area.height() * zoom) - 2
    assert part.copy(left, top, width, height) == whole.copy(left, top, width, height)
    blank = part.copy(0, 0, left - 2, top - 2)
    blank.fill(Qt.GlobalColor.white)
    assert part.copy(0, 0, left - 2, top - 2) == blank


def test_painting_stays_within_bounds() -> None:
    """What changes is repainted in its bounds alone, so no mark may paint beyond them."""
    picture = everything()
    for name in LAYERS:
        for mark in getattr(picture, name):
            image = QImage(900, 500, QImage.Format.Format_RGB32)
            image.fill(Qt.GlobalColor.white)
            painter = QPainter(image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(50, 50)
            single = getattr(painting, f"paint_{name}")
            single(painter, [mark], painting.write_outlines) if name in LAYERS[3:] else single(painter, [mark])
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            left, top, right, bottom = bounds(mark)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.fillRect(QRectF(left, top, right - left, bottom - top).toAlignedRect(), Qt.GlobalColor.white)
            painter.end()
            empty = QImage(image.size(), image.format())
            empty.fill(Qt.GlobalColor.white)
            assert image == empty, mark.id


def test_a_long_mark_is_found_everywhere() -> None:
    picture = grid(400, 200)
    edge = replace(
        picture.edges[0], id="long", points=((20.0, 300.0), (27000.0, 5000.0)), shaft=((20.0, 300.0), (27000.0, 5000.0))
    )
    scene = shown(replace(picture, edges=(*picture.edges, edge), height=6000.0))
    assert edge in scene.layer("edges").within((20000.0, 3000.0, 20500.0, 4000.0))
    assert edge not in scene.layer("edges").within((100.0, 0.0, 200.0, 10.0))


def test_active_edges_lie_over_the_others() -> None:
    picture = grid(400, 20)
    active = replace(picture.edges[0], active=True, colour="#c24700")
    scene = shown(picture)
    scene.show(replace(picture, edges=(*picture.edges[1:], active)))
    near = scene.layer("edges").within((0.0, 0.0, 300.0, 150.0))
    assert len(near) > 2
    assert near[-1] is active


def test_hits() -> None:
    picture = everything()
    scene = shown(picture)
    by_shape = {one.shape: one for one in picture.boxes}
    for shape, inside_corner in (
        ("rect", True),
        ("ellipse", False),
        ("diamond", False),
        ("pill", False),
        ("circle", False),
    ):
        one = by_shape[shape]  # type: ignore[index]
        assert scene.box_at(one.x + one.width / 2, one.y + one.height / 2) is one
        assert (scene.box_at(one.x + 1, one.y + 1) is one) is inside_corner, shape
    tensor = picture.tensors[0]
    assert scene.box_at(tensor.x + 13, tensor.y + 5) is picture.boxes[3]
    assert scene.entry_at(tensor.x + 13, tensor.y + 5) == (tensor, tensor.cells[1])
    assert scene.entry_at(tensor.x - 13, tensor.y + 5) is None
    symbol = picture.labels[0]
    assert scene.symbol_at(symbol.x + 3, symbol.y + symbol.height / 2) == "h0"
    assert scene.symbol_at(symbol.x - 9, symbol.y) == ""
    assert scene.boxes_of("h3") == [picture.boxes[3]]
    assert scene.boxes_of("nobody") == []


def test_legend_samples_are_no_nodes() -> None:
    sample = box(9, 20, 20, node="")
    scene = shown(replace(grid(1), boxes=(sample,), labels=()))
    assert scene.box_at(30, 30) is None


def test_letters_are_left_out_when_they_cannot_be_read() -> None:
    scene = shown(grid(4))
    painted(scene, QRectF(0, 0, 600, 140), 1.0)
    assert len(scene.atlas) == 8
    scene = shown(grid(4))
    painted(scene, QRectF(0, 0, 600, 140), 0.05)
    assert len(scene.atlas) == 0


def test_the_atlas_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphviz_app.atlas.MOST_PIXELS", 20_000)
    scene = shown(grid(40, 8))
    for zoom in (1.0, 1.5, 2.0):
        painted(scene, QRectF(0, 0, 2000, 1000), zoom)
    assert 0 < scene.atlas.pixels <= 20_000
    assert len(scene.atlas) < 40


def test_the_atlas_draws_as_outlines_do() -> None:
    """A formula copied from the atlas lies within half a pixel of its true place, and is as dark."""
    picture = grid(1)
    scene = shown(picture)
    area = QRectF(0, 0, picture.width, picture.height)
    copied = painted(scene, area, 2.0).convertToFormat(QImage.Format.Format_Grayscale8)
    exact = QImage(copied.size(), QImage.Format.Format_RGB32)
    painter = QPainter(exact)
    painter.scale(2.0, 2.0)
    painting.paint(painter, picture)
    painter.end()
    exact = exact.convertToFormat(QImage.Format.Format_Grayscale8)
    sums = [sum(255 - b for b in bytes(image.constBits())) for image in (copied, exact)]
    assert sums[0] == pytest.approx(sums[1], rel=0.02)
    assert sums[0] > 50_000


def test_an_index_that_is_made_in_pieces_is_the_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphviz_app.scene.PREPARED", 7)
    pieces, whole = Scene(), shown(grid(60, 10))
    picture = whole.picture
    assert picture is not None
    pieces.show_moving(picture, 1.0)
    assert pieces.prepare()
    assert not pieces.layer("edges").indexed
    pieces.show_moving(replace(picture, edges=picture.edges[::2]), 1.0)  # others than those that were being entered
    while pieces.prepare():
        pass
    area = (100.0, 50.0, 500.0, 300.0)
    for name in LAYERS:
        found = [mark for mark in whole.layer(name).within(area) if name != "edges" or mark in picture.edges[::2]]
        assert pieces.layer(name).within(area) == found

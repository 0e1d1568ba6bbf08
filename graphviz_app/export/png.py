"""PNG: a picture as pixels, painted as on the screen."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from graphviz_app.layer import bounds, touch
from graphviz_app.painting import paint
from graphviz_app.scene import LAYERS
from graphviz_models.picture import Picture
from graphviz_models.problem import Problem, Problems

NAME = "PNG"
SUFFIXES = (".png",)
MOST_PIXELS = 100_000_000
LONGEST = 16_384  # pixels a side, up to which an image is painted as a whole: dashes do not begin anew on its tiles
TILE = 2048  # pixels a side; the larger an image, the longer Qt takes for each long line on it
SCALE = 2.0  # pixels a point, unless asked otherwise


def write(picture: Picture, scale: float | None = None) -> bytes:
    """The picture as a PNG file, `scale` pixels a point; Problems if it would have more than MOST_PIXELS pixels.

    Where no scale is asked for, it is SCALE, or as much as fits.
    """
    if scale is None:
        scale = min(SCALE, _fitting(picture))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image(picture, scale).save(buffer, "PNG"):  # type: ignore[call-overload]  # the stubs want bytes, Qt a name
        raise MemoryError("the PNG file could not be made")
    return bytes(buffer.data().data())


def image(picture: Picture, scale: float) -> QImage:
    """The picture as an image, `scale` pixels a point; Problems if it would have more than MOST_PIXELS pixels."""
    width, height = max(1, ceil(picture.width * scale)), max(1, ceil(picture.height * scale))
    if width * height > MOST_PIXELS:
        raise Problems(
            Problem(
                1,
                1,
                f"the image would have {width:,} × {height:,} pixels, more than {MOST_PIXELS // 1_000_000} million: "
                f"choose a scale below {_fitting(picture):.2g}, fold groups or time steps, or export SVG or PDF",
            )
        )
    if max(width, height) <= LONGEST:
        made = _tile(picture, scale, QRect(0, 0, width, height))
    else:
        made = _blank(width, height)
        with QPainter(made) as painter:
            for left in range(0, width, TILE):
                for top in range(0, height, TILE):
                    room = QRect(left, top, min(TILE, width - left), min(TILE, height - top))
                    painter.drawImage(room.topLeft(), _tile(picture, scale, room))
    made.setDotsPerMeterX(round(scale * 72 / 0.0254))
    made.setDotsPerMeterY(round(scale * 72 / 0.0254))
    return made


def _blank(width: int, height: int) -> QImage:
    """An image; MemoryError where there is no room for it."""
    made = QImage(width, height, QImage.Format.Format_RGB32)
    if made.isNull():
        raise MemoryError(f"no memory for an image of {width:,} × {height:,} pixels")
    return made


def _tile(picture: Picture, scale: float, room: QRect) -> QImage:
    """The part of the image that lies in a rectangle of pixels."""
    area = (room.left() - 1) / scale, (room.top() - 1) / scale, (room.right() + 2) / scale, (room.bottom() + 2) / scale
    rows: dict[str, Any] = {
        name: tuple(mark for mark in getattr(picture, name) if touch(bounds(mark), area)) for name in LAYERS
    }
    tile = _blank(room.width(), room.height())
    tile.fill(QColor(picture.background))
    with QPainter(tile) as painter:
        painter.translate(-room.left(), -room.top())
        painter.scale(scale, scale)
        paint(painter, replace(picture, **rows))
    return tile


def _fitting(picture: Picture) -> float:
    """The scale at which the image has nearly MOST_PIXELS pixels, whole ones in both directions."""
    scale: float = (MOST_PIXELS / (picture.width * picture.height)) ** 0.5
    while ceil(picture.width * scale) * ceil(picture.height * scale) > MOST_PIXELS:
        scale *= 0.999
    return scale

"""PNG: a picture as pixels, painted as on the screen."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage, QPainter

from graphviz_app.painting import paint
from graphviz_models.picture import Picture
from graphviz_models.problem import Problem, Problems

NAME = "PNG"
SUFFIXES = (".png",)
MOST_PIXELS = 100_000_000
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
    made = QImage(width, height, QImage.Format.Format_RGB32)
    if made.isNull():
        raise MemoryError(f"no memory for an image of {width:,} × {height:,} pixels")
    made.fill(QColor(picture.background))
    made.setDotsPerMeterX(round(scale * 72 / 0.0254))
    made.setDotsPerMeterY(round(scale * 72 / 0.0254))
    with QPainter(made) as painter:
        painter.scale(scale, scale)
        paint(painter, picture)
    return made


def _fitting(picture: Picture) -> float:
    """The scale at which the image has nearly MOST_PIXELS pixels, whole ones in both directions."""
    scale: float = (MOST_PIXELS / (picture.width * picture.height)) ** 0.5
    while ceil(picture.width * scale) * ceil(picture.height * scale) > MOST_PIXELS:
        scale *= 0.999
    return scale

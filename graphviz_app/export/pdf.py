"""PDF: a picture as one page of vector graphics, in its own size and without fonts."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

from graphviz_app.painting import paint
from graphviz_models.picture import Picture

NAME = "PDF"
SUFFIXES = (".pdf",)
LONGEST = 14_400.0  # points: what readers accept as the side of a page; larger pictures are reduced
_RESOLUTION = 1440  # dots an inch: coordinates are exact to a twentieth of a point


def write(picture: Picture) -> bytes:
    """The picture as a PDF file."""
    factor = min(1.0, LONGEST / max(picture.width, picture.height, 1.0))
    size = QSizeF(max(picture.width * factor, 1.0), max(picture.height * factor, 1.0))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_RESOLUTION)
    page = QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    writer.setTitle(picture.title)
    with QPainter(writer) as painter:
        painter.scale(_RESOLUTION / 72 * factor, _RESOLUTION / 72 * factor)
        paint(painter, picture)
    return bytes(buffer.data().data())

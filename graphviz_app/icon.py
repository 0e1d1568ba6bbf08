"""The program's own line icons, painted in a theme's text colour."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

SIZES = (20, 40)  # pixels: as large as any button shows them, and for screens of twice the resolution


@lru_cache(maxsize=256)
def icon(name: str, colour: str, faint: str) -> QIcon:
    """The icon `name` of the folder icons, drawn in `colour`, and in `faint` where its action is not possible.

    An unknown name gives an empty icon: a missing drawing must not keep a window from opening.
    """
    drawing = files("graphviz_app").joinpath("icons", f"{name}.svg")
    made = QIcon()
    if not drawing.is_file():
        return made
    text = drawing.read_text("utf-8")
    for mode, paint in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, faint)):
        renderer = QSvgRenderer(QByteArray(text.replace("currentColor", QColor(paint).name()).encode()))
        for size in SIZES:
            pixmap = QPixmap(QSize(size, size))
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            renderer.render(painter)
            painter.end()
            made.addPixmap(pixmap, mode)
    return made

"""Panning: what is painted already moves by whole pixels, and only what comes into sight has to be painted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QPixmap, QRegion
from PySide6.QtWidgets import QWidget


def scrolled(widget: QWidget, pixmaps: Sequence[QPixmap | None], across: float, down: float, frame: int) -> list[QRect]:
    """Move what a widget shows, and pixmaps of the same size, by so many logical pixels.

    Gives the parts of the pixmaps that are to be painted; the widget is told to paint them too, and its frame, `frame`
    pixels wide, which does not move along. Nothing is given, and nothing has moved, where that cannot be done, or where
    there is not the first pixmap.
    """
    dpr, room = widget.devicePixelRatioF(), widget.rect()
    strips = uncovered(room, across, down, dpr) if pixmaps[0] is not None else []
    if strips:
        for one in pixmaps:
            if one is not None:
                one.scroll(round(across * dpr), round(down * dpr), one.rect())
        widget.scroll(round(across), round(down), room)
        if frame:
            rim = QRegion(room) - QRegion(room.adjusted(frame, frame, -frame, -frame))
            widget.update(rim.united(rim.translated(round(across), round(down))))
    return strips


def uncovered(room: QRect, across: float, down: float, dpr: float) -> list[QRect]:
    """What comes into sight in `room` when what it shows moves by so many logical pixels.

    Nothing, if they are not whole pixels of a device that has `dpr` of them each, or if nothing stays in sight.
    """
    if any(not float(shift).is_integer() or not (shift * dpr).is_integer() for shift in (across, down)):
        return []
    x, y, width, height = round(across), round(down), room.width(), room.height()
    if abs(x) >= width or abs(y) >= height:
        return []
    level = QRect(0, 0, width, y) if y > 0 else QRect(0, height + y, width, -y)
    upright = QRect(0, 0, x, height) if x > 0 else QRect(width + x, 0, -x, height)
    return [strip for strip in (level, upright) if not strip.isEmpty()]

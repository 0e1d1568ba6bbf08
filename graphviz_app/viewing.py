"""A view: where a picture lies on a canvas, and how large."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isclose

from PySide6.QtCore import QPointF, QRect, QRectF

from graphviz_models.picture import Picture

SMALLEST, LARGEST = 0.02, 16.0  # zoom
KEPT = 48  # pixels of the picture that stay in sight however far it is panned


@dataclass(frozen=True, slots=True)
class Viewing:
    """One point of the picture is `zoom` logical pixels, its top left lies at (`x`, `y`)."""

    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    @staticmethod
    def fitting(picture: Picture, width: float, height: float, margin: float, largest: float) -> Viewing:
        """The whole picture in the middle of a canvas, not larger than `largest`."""
        room = max(1.0, width - 2 * margin), max(1.0, height - 2 * margin)
        zoom = min(room[0] / max(picture.width, 1e-6), room[1] / max(picture.height, 1e-6), largest)
        return Viewing(zoom, (width - picture.width * zoom) / 2, (height - picture.height * zoom) / 2)

    @property
    def origin(self) -> QPointF:
        """Where the picture's top left lies on the canvas."""
        return QPointF(self.x, self.y)

    def to_canvas(self, x: float, y: float) -> QPointF:
        """Where a point of the picture lies on the canvas."""
        return QPointF(x * self.zoom + self.x, y * self.zoom + self.y)

    def to_picture(self, point: QPointF) -> QPointF:
        """Where a point of the canvas lies on the picture."""
        return (point - self.origin) / self.zoom

    def area(self, rect: QRectF) -> QRectF:
        """What of the picture lies in a rectangle of the canvas."""
        corner = self.to_picture(rect.topLeft())
        return QRectF(corner.x(), corner.y(), rect.width() / self.zoom, rect.height() / self.zoom)

    def pixels(self, left: float, top: float, right: float, bottom: float) -> QRect:
        """The pixels of the canvas that an area of the picture covers, and one more on each side for smoothing."""
        x, y = floor(left * self.zoom + self.x) - 1, floor(top * self.zoom + self.y) - 1
        return QRect(x, y, ceil(right * self.zoom + self.x) + 1 - x, ceil(bottom * self.zoom + self.y) + 1 - y)

    def zoomed(self, zoom: float, around: QPointF) -> Viewing:
        """As large as `zoom` says, within the bounds, a point of the canvas staying where it is."""
        zoom = min(max(zoom, SMALLEST), LARGEST)
        moved = around - (around - self.origin) * (zoom / self.zoom)
        return Viewing(zoom, moved.x(), moved.y())

    def moved(self, by: QPointF) -> Viewing:
        """Shifted on the canvas."""
        return Viewing(self.zoom, self.x + by.x(), self.y + by.y())

    def holding(self, point: QPointF, at: QPointF) -> Viewing:
        """As large, with a point of the picture at a point of the canvas."""
        return self.moved(at - self.to_canvas(point.x(), point.y()))

    def in_sight(self, picture: Picture, width: float, height: float) -> Viewing:
        """Shifted to whole pixels, and so that some of the picture is seen."""
        kept_x, kept_y = min(KEPT, width / 2), min(KEPT, height / 2)
        x = min(max(self.x, kept_x - picture.width * self.zoom), width - kept_x)
        y = min(max(self.y, kept_y - picture.height * self.zoom), height - kept_y)
        return Viewing(self.zoom, round(x), round(y))

    def near(self, other: Viewing) -> bool:
        """Whether two views are the same but for rounding to whole pixels."""
        return isclose(self.zoom, other.zoom) and max(abs(self.x - other.x), abs(self.y - other.y)) < 2.0

    def towards(self, other: Viewing, progress: float) -> Viewing:
        """The view between two: what the canvas shows of the picture goes straight from one area to the other.

        So what is seen at both ends, and goes straight on the picture, does not leave the canvas on the way.
        """
        keep = 1.0 - progress
        zoom = 1.0 / (keep / self.zoom + progress / other.zoom)
        left, top = (
            keep * at / self.zoom + progress * there / other.zoom
            for at, there in ((self.x, other.x), (self.y, other.y))
        )
        return Viewing(zoom, left * zoom, top * zoom)

"""A label of typeset lines: words and formulas that wrap to its width, whose symbols know their nodes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from graphviz_app.typeset import Atom, Setting, equation_atoms, paint_setting, plain_text, set_lines, text_atoms
from graphviz_models.formula import untag

MARGIN = 2
LEAST = 60  # pixels that a label is wide at least
WIDTHS = 4  # settings that are kept
PLATE = 0.25  # how far the colour behind a lit symbol covers


class FormulaLabel(QWidget):
    """Typeset lines, never cut off: they wrap between their parts, and a part that is too wide is shrunk.

    `symbol_hovered` tells the node whose symbol is under the pointer, "" where there is none.
    """

    symbol_hovered = Signal(str)
    symbol_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, size: float = 16.0, centred: bool = False) -> None:
        super().__init__(parent)
        self.formula_size = size
        self.source = ""  # what would be copied: Markdown or LaTeX
        self._centred = centred
        self._paragraphs: Sequence[Sequence[Atom]] = ()
        self._colour: QColor | None = None
        self._settings: dict[float, Setting] = {}  # by width: a layout asks for several
        self._lit = ""
        self._under = ""
        self._latex: tuple[str, ...] | None = None  # parts of an equation, None where it is text
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)

    def set_markdown(self, text: str, colour: str | None = None) -> None:
        """Show text with $mathematics$."""
        self.source, self._latex = text, None
        self.setAccessibleName(plain_text(text))
        self._show(text_atoms(text, self.font(), self.formula_size), colour)

    def set_latex(self, *parts: str, colour: str | None = None) -> None:
        """Show a formula; of several parts each equals the next, and a line may end before the sign between them."""
        self.source, self._latex = untag(" = ".join(parts)), parts
        row = equation_atoms(parts, self.formula_size)
        self.setAccessibleName(" ".join(atom.formula.spoken for atom in row if atom.formula is not None))
        self._show([row], colour)

    def set_size(self, size: float) -> None:
        """Set the size of the formulas anew, in points."""
        if size == self.formula_size:
            return
        self.formula_size = size
        colour = self._colour.name() if self._colour else None
        if self._latex is not None:
            self._show([equation_atoms(self._latex, size)], colour)
        elif self.source:
            self._show(text_atoms(self.source, self.font(), size), colour)

    def light(self, node: str) -> None:
        """Put a plate behind the symbols of `node`."""
        if node != self._lit:
            self._lit = node
            self.update()

    def _show(self, paragraphs: Sequence[Sequence[Atom]], colour: str | None) -> None:
        self._paragraphs = paragraphs
        self._colour = QColor(colour) if colour else None
        self._settings.clear()
        self.updateGeometry()
        self.update()

    def setting(self, width: float) -> Setting:
        """The lines as they are set at a width, in pixels."""
        found = self._settings.get(width)
        if found is None:
            if len(self._settings) >= WIDTHS:
                self._settings.clear()
            found = self._settings[width] = set_lines(self._paragraphs, width - 2 * MARGIN, centred=self._centred)
        return found

    def natural_width(self) -> float:
        """How wide the widest paragraph is on one line, in pixels."""
        rows = [sum(a.width + (a.space if n else 0.0) for n, a in enumerate(row)) for row in self._paragraphs]
        return max(rows, default=0.0) + 2 * MARGIN

    @staticmethod
    def height_of(paragraphs: Sequence[Sequence[Atom]], width: int) -> int:
        """How high a label of `width` pixels would be with other contents."""
        return int(set_lines(paragraphs, width - 2 * MARGIN).height + 2 * MARGIN + 0.999)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return int(self.setting(width).height + 2 * MARGIN + 0.999)

    def sizeHint(self) -> QSize:
        width = max(LEAST, self.width())
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST, self.heightForWidth(max(LEAST, self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        setting = self.setting(self.width())
        text = self._colour or self.palette().color(QPalette.ColorRole.WindowText)
        if self._lit:
            plate = self.palette().color(QPalette.ColorRole.Highlight)
            plate.setAlphaF(PLATE)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(plate)
            for tag, box in setting.symbols():
                if tag == self._lit:
                    painter.drawRoundedRect(box.translated(MARGIN, MARGIN).adjusted(-2, -2, 2, 2), 3, 3)
        paint_setting(painter, setting, MARGIN, MARGIN, text, self.palette().color(QPalette.ColorRole.AlternateBase))
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self._symbol_at(event.position())
        if under != self._under:
            self._under = under
            self.setCursor(Qt.CursorShape.PointingHandCursor if under else Qt.CursorShape.ArrowCursor)
            self.symbol_hovered.emit(under)

    def leaveEvent(self, event: object) -> None:
        if self._under:
            self._under = ""
            self.symbol_hovered.emit("")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        under = self._symbol_at(event.position())
        if under:
            self.symbol_clicked.emit(under)

    def _symbol_at(self, point: QPointF) -> str:
        at = point - QPointF(MARGIN, MARGIN)
        boxes: list[tuple[float, str]] = [
            (box.width() * box.height(), tag)
            for tag, box in self.setting(self.width()).symbols()
            if QRectF(box).contains(at)
        ]
        return min(boxes)[1] if boxes else ""

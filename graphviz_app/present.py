"""The presentation of F5: title, graph and derivation alone, large; driven by keys, a remote or clicks."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QScreen
from PySide6.QtWidgets import QWidget

from graphviz_app import fold_menu
from graphviz_app.camera import Camera
from graphviz_app.canvas import Canvas
from graphviz_app.gliding import Gliding
from graphviz_app.palette import palette
from graphviz_app.player import Player
from graphviz_app.provenance import EntryProvenance
from graphviz_app.reading import drawn
from graphviz_app.session import Session, State
from graphviz_app.typeset import Setting, equation_atoms, paint_setting, set_lines
from graphviz_models.derivation import derivation
from graphviz_models.theme import Theme

HINT, CURSOR = 3000, 2000  # milliseconds until the hint and the pointer hide
SYMBOLS, NUMBERS = 35, 50  # the least size of symbols and numbers is so many parts of the height
MARGIN = 0.025  # of the width, on both sides
TITLE, LINE, TALLEST, SMALL = (
    0.045,
    0.06,
    0.3,
    0.02,
)  # of the height: title, an em of the derivation, its room, the hint

FORWARD = {
    Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_Space, Qt.Key.Key_N,
}  # fmt: skip
BACK = {Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_P, Qt.Key.Key_Backspace}
BLANKS = {Qt.Key.Key_B: "#000000", Qt.Key.Key_Period: "#000000", Qt.Key.Key_W: "#ffffff", Qt.Key.Key_Comma: "#ffffff"}
LEAVE = {Qt.Key.Key_Escape, Qt.Key.Key_F5}


class Presentation(QWidget):
    """One screen full: what a lecturer shows."""

    left = Signal()

    def __init__(self, session: Session, player: Player, theme: Theme) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._session, self._player, self._theme = session, player, theme
        self._blank: QColor | None = None
        self._typed = ""
        self._hint = True
        self._line: Setting | None = None
        self._line_of: tuple[object, ...] = ()
        self._tallest = 0.0  # pixels of the tallest line so far: the graph does not grow again after it
        self._drawn: tuple[object, ...] = ()
        self.setWindowTitle(self.tr("Presentation"))
        self.setAccessibleName(self.tr("Presentation"))
        self.setMouseTracking(True)
        self.canvas = Canvas(self)
        self.canvas.largest_fit = 100.0
        self.gliding = Gliding(self.canvas, player)
        self.camera = Camera(self.canvas, player, near=True)
        self.provenance = EntryProvenance(self.canvas)
        self.canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hint_timer = QTimer(self, singleShot=True, interval=HINT)
        self._hint_timer.timeout.connect(self._hide_hint)
        self._cursor_timer = QTimer(self, singleShot=True, interval=CURSOR)
        self._cursor_timer.timeout.connect(lambda: self.setCursor(Qt.CursorShape.BlankCursor))
        self.set_theme(theme)

    def begin(self, screen: QScreen | None) -> None:
        """Fill a screen."""
        if screen is not None:
            self.setGeometry(screen.geometry())
        self.showFullScreen()
        self.activateWindow()
        self.setFocus()
        self._hint_timer.start()
        self._cursor_timer.start()
        self.show_state(self._session.state)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.setPalette(palette(theme))
        self._line_of = ()
        self.show_state(self._session.state)

    def show_state(self, state: State) -> None:
        """Show the step."""
        if state.trace is None:
            return
        key = (
            state.trace, state.at, state.progress, state.theme, state.show, state.digits, state.viewpoint, state.pinned,
        )  # fmt: skip
        if key != self._drawn:
            self._drawn = key
            shown = drawn(state, presenting=True)
            self.gliding.show(state, shown)
            self.setAccessibleDescription(shown.description)
        self.provenance.size = self.height() * LINE * 0.52 / state.text_scale
        self.provenance.show_state(state)
        line = (state.trace, state.at, state.digits, self.width(), self.height())
        if line != self._line_of:
            self._line_of = line
            self._line = self._set_line(state)
            self._tallest = max(self._tallest, self._line.height if self._line is not None else 0.0)
            self._place()
        self.camera.symbols, self.camera.numbers = self.height() / SYMBOLS, self.height() / NUMBERS
        self.camera.show_state(state, self.camera.near)
        self.update()

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._blank is not None:
            painter.fillRect(self.rect(), self._blank)
            painter.end()
            return
        theme, state = self._theme, self._session.state
        painter.fillRect(self.rect(), QColor(theme.background))
        width, height = self.width(), self.height()
        margin = width * MARGIN
        font = self.font()
        font.setPixelSize(max(12, int(height * TITLE * 0.72)))
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        room = QRectF(margin, height * 0.015, width - 2 * margin, height * TITLE * 1.3)
        title = painter.fontMetrics().elidedText(self._title(state), Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, title)
        if self._line is not None and state.step is not None:
            colour = QColor(theme.phase_text(state.step.phase))
            box = self._line_box()
            scale = min(1.0, box.height() / max(1.0, self._line.height))
            painter.save()
            y = box.top() + max(0.0, (box.height() - self._line.height * scale) / 2)
            painter.translate(box.left() + (box.width() - self._line.width * scale) / 2, y)
            painter.scale(scale, scale)
            paint_setting(painter, self._line, -self._inset(), 0, colour)
            painter.restore()
        self._paint_progress(painter, state)
        painter.end()

    def _inset(self) -> float:
        """How far the set lines stand from the left edge of their room: they are centred in it."""
        return min((p.x for p in self._line.placed), default=0.0) if self._line is not None else 0.0

    def _paint_progress(self, painter: QPainter, state: State) -> None:
        theme = self._theme
        width, height = self.width(), self.height()
        margin, y, thick = width * MARGIN, height * 0.955, max(2.0, height * 0.004)
        whole = width - 2 * margin
        faint = QColor(theme.muted)
        faint.setAlphaF(0.35)
        painter.fillRect(QRectF(margin, y, whole, thick), faint)
        place = state.at - (1.0 - state.progress if state.at else 0.0)
        for phase, first, last in state.phases():
            done = min(place, last) - first
            if done > 0:
                steps = max(1, len(state.steps))
                painter.fillRect(
                    QRectF(margin + whole * first / steps, y, whole * done / steps, thick), QColor(theme.phase(phase))
                )
        font = self.font()
        font.setPixelSize(max(10, int(height * SMALL)))
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        words = f"{state.at} / {len(state.steps)}"
        if self._typed:
            words += "   " + self.tr("go to {0}").replace("{0}", self._typed)
        elif self._hint:
            words += "   " + self.tr("→ next   ← back   Z zoom   B black   Esc leave")
        painter.drawText(QRectF(margin, y + thick, whole, height * 0.035), Qt.AlignmentFlag.AlignVCenter, words)

    def _title(self, state: State) -> str:
        title = state.sheet.title if state.sheet is not None and state.sheet.title else state.name
        passes = {"forward": self.tr("forward pass"), "backward": self.tr("backward pass"), "update": self.tr("update")}
        return f"{title} — {passes[state.step.phase]}" if state.step is not None else title

    def _set_line(self, state: State) -> Setting | None:
        if state.trace is None or state.step is None:
            return None
        parts = derivation(state.trace, state.at - 1, state.digits).parts
        size = self.height() * LINE * 0.6  # capitals with a fraction are as high as 6 % then
        return set_lines([equation_atoms(parts, size)], self.width() * (1 - 2 * MARGIN), centred=True)

    def _line_box(self) -> QRect:
        height = self.height()
        room = int(min(height * TALLEST, max(height * LINE * 2.2, self._tallest)))
        bottom = int(height * 0.94)
        return QRect(int(self.width() * MARGIN), bottom - room, int(self.width() * (1 - 2 * MARGIN)), room)

    def _place(self) -> None:
        top = int(self.height() * TITLE * 1.7)
        box = self._line_box()
        self.canvas.setGeometry(0, top, self.width(), max(1, box.top() - top))

    # -- keys and clicks ---------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self._blank is not None and key not in BLANKS:
            self._set_blank(None)  # any other key brings the picture back, and does no more
            if key not in LEAVE:
                return
        if key in LEAVE:
            self.close()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif event.text().isdigit() and len(self._typed) < 6:
            self._typed += event.text()
            self.update()
        elif key in FORWARD:
            self._player.next()
        elif key in BACK:
            if self._typed:
                self._typed = self._typed[:-1] if key == Qt.Key.Key_Backspace else ""
                self.update()
            else:
                self._player.previous()
        elif key in BLANKS:
            self._set_blank(None if self._blank is not None else QColor(BLANKS[Qt.Key(key)]))
        elif key == Qt.Key.Key_Z:
            self.camera.show_state(self._session.state, not self.camera.near)
        elif key == Qt.Key.Key_U:
            fold_menu.toggle_time(self._session)
        elif key == Qt.Key.Key_Home:
            self._player.first()
        elif key == Qt.Key.Key_End:
            self._player.last()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._blank is not None:
            self._set_blank(None)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._player.next()
        elif event.button() == Qt.MouseButton.RightButton:
            self._player.previous()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._cursor_timer.start()
        self.canvas.hover(QPointF(self.canvas.mapFrom(self, event.position())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._line_of, self._tallest = (), 0.0
        self.show_state(self._session.state)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._hint_timer.stop()
        self._cursor_timer.stop()
        self._player.settle(self.gliding)
        self._player.pause()
        event.accept()
        self.left.emit()

    def _enter(self) -> None:
        if self._typed:
            self._player.go(int(self._typed))
            self._typed = ""
            self.update()
        else:
            self._player.next()

    def _set_blank(self, colour: QColor | None) -> None:
        self._blank = colour
        self.canvas.setVisible(colour is None)
        self.update()

    def _hide_hint(self) -> None:
        self._hint = False
        self.update()

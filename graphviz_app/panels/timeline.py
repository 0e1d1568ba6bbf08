"""The timeline under the graph: buttons, the phases by name, the place that can be dragged, and the speed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from graphviz_app.player import SPEEDS, Player
from graphviz_app.session import State
from graphviz_models.theme import PHASES, Theme

#: What makes way, in this order, where the phases' names need its room; keys and the menu do the same.
YIELDING = (("speed",), ("first", "last"))
BUTTONS = ("first", "previous", "play", "next", "last")
MARGIN, SPACING = 6, 2  # pixels left and right of all, and between two
EDGE = 9.0  # pixels left and right of the track, for the knob


def speed_text(speed: float) -> str:
    """A speed as it is written in the list: 0.5×."""
    return f"{speed:g}×"


class PhaseTrack(QSlider):
    """A slider from the bare graph to the last step, divided into the named phases."""

    scrubbed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._phases: tuple[tuple[str, int, int], ...] = ()
        self._names = {"forward": self.tr("forward"), "backward": self.tr("backward"), "update": self.tr("update")}
        self._colours: dict[str, QColor] = {}
        self._progress = 1.0
        self.setAccessibleName(self.tr("Step"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(self.tr("Drag to any step"))
        self.actionTriggered.connect(lambda _: self.scrubbed.emit(self.sliderPosition()))

    @property
    def phases(self) -> tuple[tuple[str, int, int], ...]:
        """What the track is divided into."""
        return self._phases

    def set_colours(self, theme: Theme) -> None:
        """Take the theme's colours of the phases."""
        self._colours = {phase: QColor(theme.phase(phase)) for phase in PHASES}
        self.update()

    def set_place(self, phases: tuple[tuple[str, int, int], ...], at: int, progress: float) -> None:
        """Show `at` steps done, the last of them `progress` of the way."""
        last = phases[-1][2] if phases else 0
        if (phases, at, progress) == (self._phases, self.value(), self._progress):
            return
        self._phases, self._progress = phases, progress
        self.blockSignals(True)
        self.setRange(0, last)
        self.setPageStep(max(1, last // 10))
        self.setValue(at)
        self.blockSignals(False)
        self.update()

    @property
    def wanted(self) -> int:
        """The pixels that the names of all phases need side by side, and no less than a knob wants to be dragged."""
        metrics = QFontMetricsF(self.font())
        return max(150, 1 + int(sum(self._name_width(phase, metrics) for phase, _, _ in self._phases)))

    def sizeHint(self) -> QSize:
        return QSize(320, int(2 * QFontMetricsF(self.font()).height()) + 12)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._scrub(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        text = palette.color(QPalette.ColorRole.WindowText)
        faint = palette.color(QPalette.ColorRole.Mid)
        metrics = QFontMetricsF(self.font())
        y = metrics.height() + 10.0
        place = self.value() - (1.0 - self._progress if self.value() else 0.0)
        for phase, first, last in self._phases:
            left, right = self._x(first), self._x(last)
            colour = self._colours.get(phase, text)
            painter.setPen(QPen(faint, 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(QPointF(left, y), QPointF(right, y))
            done = min(place, last)
            if done > first:
                painter.setPen(QPen(colour, 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
                painter.drawLine(QPointF(left, y), QPointF(self._x(done), y))
            painter.setPen(QPen(text, 1))
            painter.drawLine(QPointF(right, y - 6), QPointF(right, y + 6))
        font = self._caption_font()
        painter.setFont(font)
        for phase, box in self._captions(QFontMetricsF(font)):
            painter.setPen(self._colours.get(phase, text) if phase == self._active() else text)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._name(phase))
        whole = max(1, self.maximum())
        if (self.width() - 2 * EDGE) / whole >= 6:
            painter.setPen(QPen(faint, 1))
            for step in range(whole + 1):
                painter.drawLine(QPointF(self._x(step), y + 5), QPointF(self._x(step), y + 8))
        painter.setBrush(palette.color(QPalette.ColorRole.Button))
        focused = self.hasFocus()
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight) if focused else text, 2.5 if focused else 1.5))
        painter.drawEllipse(QPointF(self._x(place), y), 6.5, 6.5)
        painter.end()

    def _name(self, phase: str) -> str:
        return self._names.get(phase, phase)

    def _captions(self, metrics: QFontMetricsF) -> list[tuple[str, QRectF]]:
        """Each phase's name over its part of the track; a short part's name pushes its neighbour's aside.

        Where they have no room side by side, the name of the phase that we are in stands alone.
        """
        phases = self._phases
        if self.wanted > self.width():
            phases = tuple(span for span in phases if span[0] == self._active())
        places = []
        for phase, first, last in phases:
            width = self._name_width(phase, metrics)
            places.append([(self._x(first) + self._x(last)) / 2 - width / 2, width])
        for n, place in enumerate(places):
            place[0] = max(place[0], sum(places[n - 1]) if n else 0.0)
        limit = float(self.width())
        for place in reversed(places):
            place[0] = min(place[0], limit - place[1])
            limit = place[0]
        height = metrics.height() + 2
        return [(phase, QRectF(x, 0, width, height)) for (phase, _, _), (x, width) in zip(phases, places, strict=True)]

    def _active(self) -> str:
        """The phase that we are in; before the first step, the first."""
        at = max(1, self.value())
        return next((phase for phase, first, last in self._phases if first < at <= last), "")

    def _caption_font(self) -> QFont:
        """The widget's font, or a smaller one where the phase that we are in has a name wider than the track."""
        font = self.font()
        needed = self._name_width(self._active(), QFontMetricsF(font))
        if needed > self.width():
            font.setPointSizeF(font.pointSizeF() * self.width() / needed * 0.95)
        return font

    def _name_width(self, phase: str, metrics: QFontMetricsF) -> float:
        return metrics.horizontalAdvance(self._name(phase)) + 8

    def _x(self, step: float) -> float:
        return EDGE + (self.width() - 2 * EDGE) * step / max(1, self.maximum())

    def _scrub(self, point: QPointF) -> None:
        share = (point.x() - EDGE) / max(1.0, self.width() - 2 * EDGE)
        self.scrubbed.emit(round(max(0.0, min(1.0, share)) * self.maximum()))


class TimelinePanel(QWidget):
    """Where we are, and how to go elsewhere."""

    def __init__(self, player: Player, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self._shown: tuple[object, ...] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 2, MARGIN, 2)
        row.setSpacing(SPACING)
        self._parts: dict[str, QWidget] = {}
        for id_ in BUTTONS:
            button = self._parts[id_] = QToolButton(self)
            button.setDefaultAction(actions[id_])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setIconSize(QSize(20, 20))
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(actions[id_].toolTip())
            row.addWidget(button)
        self.track = PhaseTrack(self)
        self.track.scrubbed.connect(self._scrub)
        row.addWidget(self.track, 1)
        self._where = QLabel(self)
        self._where.setAccessibleName(self.tr("Where we are"))
        self._where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._where)
        self._speed = self._parts["speed"] = QComboBox(self)
        self._speed.setAccessibleName(self.tr("Speed"))
        self._speed.setToolTip(self.tr("Speed: 1× is 400 ms a step"))
        self._speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for speed in SPEEDS:
            self._speed.addItem(speed_text(speed), speed)
        self._speed.activated.connect(lambda n: player.set_speed(SPEEDS[n]))
        row.addWidget(self._speed)

    def set_theme(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.track.set_colours(theme)

    def show_state(self, state: State) -> None:
        """Show the place and the speed."""
        key = (state.trace, state.at, state.progress, state.speed)
        if key == self._shown:
            return
        phases = state.phases() if not self._shown or state.trace is not self._shown[0] else self.track.phases
        moved = key[:2] != self._shown[:2]
        self._shown = key
        self.track.set_place(phases, state.at, state.progress)
        if moved:
            self._where.setText(self._words(state, compact=True))
            said = self._words(state, compact=False)
            self._where.setToolTip(said)
            self.track.setAccessibleDescription(said)
            widest = QFontMetricsF(self.font()).horizontalAdvance(f"{len(state.steps)} / {len(state.steps)}")
            self._where.setMinimumWidth(int(widest) + 8)
            self._make_way()
        number = min(range(len(SPEEDS)), key=lambda n: abs(SPEEDS[n] - state.speed))
        self._speed.setCurrentIndex(number)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_way()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a part wants other room than before, for larger text
            self._make_way()
        return super().event(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, super().minimumSizeHint().height())

    def _make_way(self) -> None:
        """Show what there is room for beside the track."""
        beside = {id_: part.sizeHint().width() + SPACING for id_, part in self._parts.items()}
        where = max(self._where.minimumWidth(), self._where.sizeHint().width()) + SPACING
        room = self.width() - 2 * MARGIN - where - sum(beside.values())
        for group in YIELDING:
            shown = room >= self.track.wanted
            for id_ in group:
                self._parts[id_].setVisible(shown)
                room += 0 if shown else beside[id_]

    def _words(self, state: State, *, compact: bool) -> str:
        if compact:
            return f"{state.at} / {len(state.steps)}"
        words = self.tr("Step {0} of {1}").replace("{0}", str(state.at)).replace("{1}", str(len(state.steps)))
        return f"{words} · {self.tr(state.step.phase)}" if state.step is not None else words

    def _scrub(self, at: int) -> None:
        if at != self._player.at:
            self._player.go(at)

"""The message bar: one line above the graph for a fault or a question, with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from graphviz_app.announcing import announce
from graphviz_app.session import Message, Session, State

SIGNS = {"info": "ℹ", "warning": "⚠", "error": "✗"}


class MessageBar(QFrame):
    """Shows `state.message`, where it does not pass; a choice closes the bar and runs."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._message: Message | None = None
        self.setObjectName("message_bar")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.setAccessibleName(self.tr("Message"))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 6, 4)
        self._sign = QLabel(self)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._choices = QHBoxLayout()
        self._close = QToolButton(self)
        self._close.setText("×")
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.clicked.connect(self._dismiss)
        row.addWidget(self._sign)
        row.addWidget(self._text, 1)
        row.addLayout(self._choices)
        row.addWidget(self._close)
        self.hide()

    def show_state(self, state: State) -> None:
        """Show the message, or nothing; what is passing by elsewhere closes no question."""
        message = state.message
        if message is self._message or (message is not None and message.passing):
            return
        self._message = message
        while item := self._choices.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        if message is None:
            self.hide()
            return
        self._sign.setText(SIGNS.get(message.kind, SIGNS["warning"]))
        self._text.setText(message.text)
        self._text.setAccessibleName(message.text)
        for label, run in message.choices:
            button = QPushButton(label, self)
            button.setAccessibleName(label)
            button.clicked.connect(lambda _=False, run=run: self._take(run))
            self._choices.addWidget(button)
        self.show()
        announce(self, message.text, at_once=True)

    def _take(self, run: Callable[[], object]) -> None:
        self._dismiss()
        run()

    def _dismiss(self) -> None:
        self._session.apply(message=None)

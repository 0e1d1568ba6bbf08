"""What panels have in common that are costly to fill: they do it only while they can be seen."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from graphviz_app.session import State


class Panel(QWidget):
    """A panel in a dock; behind another tab it only keeps the state, and shows it when it comes to the front."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state: State | None = None
        self.seen = True

    def show_state(self, state: State) -> None:
        """Show a state, now or when the panel comes to the front."""
        self.state = state
        if self.seen:
            self.fill(state)

    def set_seen(self, seen: bool) -> None:
        """Say whether the panel is in front."""
        self.seen = seen
        if seen and self.state is not None:
            self.fill(self.state)

    def fill(self, state: State) -> None:
        """Show a state; what was shown of it already stays."""
        raise NotImplementedError

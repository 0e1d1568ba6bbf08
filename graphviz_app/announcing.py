"""Words said to who listens with a screen reader, at the moment they appear."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(shown_by: QWidget, text: str, *, at_once: bool = False) -> None:
    """Say a text that a widget shows, after what is being said, or at once; nothing happens where nobody listens."""
    if QAccessible.isActive():
        event = QAccessibleAnnouncementEvent(shown_by, text)
        if at_once:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

"""The window's palette from a theme, and which theme "System" is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette

from graphviz_models.theme import DARK, LIGHT, THEMES, Theme, window_colours

_ROLES = {
    "window": QPalette.ColorRole.Window,
    "window_text": QPalette.ColorRole.WindowText,
    "base": QPalette.ColorRole.Base,
    "alternate_base": QPalette.ColorRole.AlternateBase,
    "text": QPalette.ColorRole.Text,
    "placeholder_text": QPalette.ColorRole.PlaceholderText,
    "button": QPalette.ColorRole.Button,
    "button_text": QPalette.ColorRole.ButtonText,
    "tooltip_base": QPalette.ColorRole.ToolTipBase,
    "tooltip_text": QPalette.ColorRole.ToolTipText,
    "highlight": QPalette.ColorRole.Highlight,
    "highlighted_text": QPalette.ColorRole.HighlightedText,
    "accent": QPalette.ColorRole.Accent,
    "link": QPalette.ColorRole.Link,
    "link_visited": QPalette.ColorRole.LinkVisited,
    "light": QPalette.ColorRole.Light,
    "midlight": QPalette.ColorRole.Midlight,
    "mid": QPalette.ColorRole.Mid,
    "dark": QPalette.ColorRole.Dark,
    "shadow": QPalette.ColorRole.Shadow,
}
_TEXTS = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def palette(theme: Theme) -> QPalette:
    """Every colour that Fusion's widgets take, from the theme."""
    colours = window_colours(theme)
    made = QPalette()
    for name, role in _ROLES.items():
        made.setColor(role, QColor(colours[name]))
    for role in _TEXTS:
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours["disabled_text"]))
    return made


def system_is_dark() -> bool:
    """Whether the desktop asks for dark windows; False where it does not say."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def chosen_theme(choice: str) -> Theme:
    """The theme of a choice: one of the table, or "system"."""
    if choice in THEMES:
        return THEMES[choice]
    return DARK if system_is_dark() else LIGHT

"""The page of Help with all commands and their keys, read from the table of actions."""

from __future__ import annotations

import html

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

from graphviz_app.actions import ACTIONS, PRESENTING
from graphviz_app.menus import keys_text, translated


def text() -> str:
    """The page, as HTML."""
    rows = []
    menu = ""
    for action in ACTIONS:
        if not action.shortcuts:
            continue
        top = action.menu.partition("/")[0]
        if top != menu:
            menu = top
            rows.append(_heading(translated(menu)))
        where = tr(" (graph in focus)") if action.context == "graph" else ""
        name = translated(action.text).replace("&", "").rstrip("…")
        rows.append(_row(name + where, keys_text(action)))
    rows.append(_heading(tr("While presenting")))
    for names, does in PRESENTING:
        rows.append(_row(translated(does), ", ".join(map(_shown, names))))
    return f"<table cellspacing='0' cellpadding='3'>{''.join(rows)}</table>"


def tr(text: str) -> str:
    """A text of the page in the user's language."""
    return QCoreApplication.translate("Keys", text)


def _shown(name: str) -> str:
    sequence = QKeySequence(name).toString(QKeySequence.SequenceFormat.NativeText)
    return sequence or translated(name)


def _heading(text: str) -> str:
    return f"<tr><td colspan='2'><b>{html.escape(text)}</b></td></tr>"


def _row(name: str, keys: str) -> str:
    return f"<tr><td>{html.escape(name)}&nbsp;&nbsp;&nbsp;</td><td>{html.escape(keys)}</td></tr>"

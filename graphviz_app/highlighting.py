"""Colours for the equations: names by their role, functions, keywords, numbers, strings and comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from graphviz_models.ops import OPS
from graphviz_models.theme import Theme

_TOKEN = re.compile(
    r"(?P<comment>#.*)|(?P<string>\"[^\"]*\"|'[^']*')|(?P<number>(?<![\w.])\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)"
    r"|(?P<section>^\s*\[\[?[^\]=]*\]\]?\s*$)|(?P<name>[A-Za-z_Α-ω][\w]*)"
)
PIECE = 200  # lines that are coloured between two events
LATER = 100  # milliseconds until the others are begun with: what else has changed is to be painted first
_WORDS = frozenset(("for", "in", "range", "def", "return", "true", "false"))


@dataclass(frozen=True)
class Colours:
    """Text colours by what a word is."""

    comment: str
    string: str
    number: str
    word: str
    function: str
    roles: Mapping[str, str]


def colours_of(theme: Theme) -> Colours:
    """What the equations are coloured in."""
    return Colours(
        comment=theme.muted,
        string=theme.right,
        number=theme.text,
        word=theme.update_text,
        function=theme.update_text,
        roles={
            "input": theme.forward_text,
            "parameter": theme.backward_text,
            "target": theme.right,
            "loss": theme.wrong_text,
        },
    )


class Highlighting(QSyntaxHighlighter):
    """Paints what is typed; which name has which role is known from the last text that could be read."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self._roles: dict[str, str] = {}
        self._functions = frozenset(OPS)
        self._next = 0  # the number of the line from which on the colours are old
        self._left = False  # whether there are such lines
        self._held = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._some)

    def set_colours(self, colours: Colours) -> None:
        """Take the colours of a theme."""
        plain = {
            "comment": colours.comment,
            "string": colours.string,
            "number": colours.number,
            "function": colours.function,
        }
        self._formats = {kind: _format(colour, italic=kind == "comment") for kind, colour in plain.items()}
        self._formats["word"] = self._formats["section"] = _format(colours.word, bold=True)
        self._formats |= {f"role {role}": _format(colour) for role, colour in colours.roles.items()}
        self._renew()

    def set_roles(self, roles: Mapping[str, str]) -> None:
        """Say which node has which role; members of a family have their family's."""
        short = {name.partition("[")[0]: role for name, role in reversed(tuple(roles.items()))}
        if short != self._roles:
            self._roles = short
            self._renew()

    def wait(self) -> None:
        """Very many lines may be about to come: colour them a little later, between events."""
        self._next, self._left = 0, True
        self._begin()

    def hold(self, held: bool) -> None:
        """Leave all but the first lines for later while something else is done that is waited for."""
        if held != self._held:
            self._held = held
            self._begin()

    def _begin(self) -> None:
        if self._left and not self._held:
            self._timer.start(LATER)
        else:
            self._timer.stop()

    def _renew(self) -> None:
        """Colour all lines anew, the first ones at once, the others between events."""
        self.wait()
        self._some()

    def _some(self) -> None:
        self._timer.setInterval(0)
        block = self.document().findBlockByNumber(self._next)
        for _ in range(PIECE):
            if not block.isValid():
                self._left = False
                self._timer.stop()
                return
            self.rehighlightBlock(block)
            block = block.next()
        self._next += PIECE

    def highlightBlock(self, text: str) -> None:
        if self._left and self.currentBlock().blockNumber() >= self._next + PIECE:
            return  # its turn comes
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or ""
            if kind == "name":
                word = match.group()
                if word in _WORDS:
                    kind = "word"
                elif word in self._roles:
                    kind = f"role {self._roles[word]}"
                elif word in self._functions:
                    kind = "function"
            if kind in self._formats:
                self.setFormat(match.start(), match.end() - match.start(), self._formats[kind])


def _format(colour: str, *, bold: bool = False, italic: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(colour))
    if bold:
        made.setFontWeight(QFont.Weight.DemiBold)
    made.setFontItalic(italic)
    return made

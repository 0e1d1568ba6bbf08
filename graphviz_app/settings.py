"""What is remembered between two runs, read with checks: rubbish becomes the default, a bad file is kept aside."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from graphviz_app.place import CONFIG, place
from graphviz_models.views import DIRECTIONS

RECENT = 10  # files kept in the list of recent ones


@dataclass(frozen=True)
class Preferences:
    """The choices of one user; every field has the default that a first start has."""

    theme: str = "system"
    speed: float = 1.0  # steps run this many times faster than 400 ms a step
    reduced_motion: bool = False
    digits: int = 4  # significant digits of numbers
    text_scale: float = 1.0  # 0.75 to 3
    direction: str = "right"  # where graphs run to, or down
    recent: tuple[str, ...] = ()
    steps_taken: bool = False  # whether this user has found out how to step


def _number(low: float, high: float) -> Callable[[Any], float]:
    def read(raw: Any) -> float:
        value = float(raw)
        if not low <= value <= high:
            raise ValueError(raw)
        return value

    return read


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def read(raw: Any) -> int:
        value = int(raw)
        if not low <= value <= high:
            raise ValueError(raw)
        return value

    return read


def _choice(*allowed: str) -> Callable[[Any], str]:
    def read(raw: Any) -> str:
        if raw not in allowed:
            raise ValueError(raw)
        return str(raw)

    return read


def _flag(raw: Any) -> bool:
    return {"true": True, "false": False}[str(raw).lower()]


def _paths(raw: Any) -> tuple[str, ...]:
    rows = [raw] if isinstance(raw, str) else list(raw)
    return tuple(str(row) for row in rows if isinstance(row, str) and 0 < len(row) < 4096)[:RECENT]


THEME_CHOICES = ("system", "light", "dark", "contrast", "print")
READERS: dict[str, Callable[[Any], Any]] = {
    "theme": _choice(*THEME_CHOICES),
    "speed": _number(0.1, 10.0),
    "reduced_motion": _flag,
    "digits": _whole(2, 17),
    "text_scale": _number(0.75, 3.0),
    "direction": _choice(*DIRECTIONS),
    "recent": _paths,
    "steps_taken": _flag,
}


class Settings:
    """One ini file: preferences, and where the window and its docks were."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = place(CONFIG) / "graphviz-app.ini" if path is None else path
        self.complaint = ""
        self._file = self._open()
        self.preferences = self._read()

    def remember(self, **choices: Any) -> None:
        """Keep some preferences, on disk too."""
        self.preferences = replace(self.preferences, **choices)
        for name in choices:
            value = getattr(self.preferences, name)
            self._file.setValue(f"preferences/{name}", list(value) if isinstance(value, tuple) else value)

    def remember_file(self, path: Path) -> None:
        """Put a file at the head of the list of recent ones."""
        one = str(path.resolve())
        self.remember(recent=(one, *(p for p in self.preferences.recent if p != one))[:RECENT])

    def bytes(self, key: str) -> QByteArray:
        """A stored layout, empty where there is none or where it is no layout."""
        raw = self._file.value(f"window/{key}")
        return raw if isinstance(raw, QByteArray) else QByteArray()

    def keep_bytes(self, key: str, value: QByteArray) -> None:
        """Store a layout."""
        self._file.setValue(f"window/{key}", value)

    def sync(self) -> None:
        """Write what has not been written."""
        self._file.sync()

    def _open(self) -> QSettings:
        file = QSettings(str(self.path), QSettings.Format.IniFormat)
        if file.status() == QSettings.Status.FormatError or self._is_rubbish():
            aside = self.path.with_suffix(".bad.ini")
            try:
                os.replace(self.path, aside)
                self.complaint = f"The settings could not be read; they lie in {aside.name}, and the defaults are used."
            except OSError as error:
                self.complaint = f"The settings could not be read: {error.strerror}. The defaults are used."
            file = QSettings(str(self.path), QSettings.Format.IniFormat)
        return file

    def _is_rubbish(self) -> bool:
        # QSettings reads binary rubbish without a complaint and would write its keys back for ever.
        try:
            raw = self.path.read_bytes()
        except OSError:
            return False
        if not raw.strip():
            return False
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return True
        return "\0" in text or not text.lstrip().startswith(("[", ";", "#"))

    def _read(self) -> Preferences:
        found: dict[str, Any] = {}
        bad: list[str] = []
        for field in fields(Preferences):
            raw = self._file.value(f"preferences/{field.name}")
            if raw is None:
                continue
            try:
                found[field.name] = READERS[field.name](raw)
            except (ValueError, TypeError, KeyError):
                bad.append(field.name)
        if bad and not self.complaint:
            self.complaint = f"Settings with values that make no sense are at their defaults: {', '.join(bad)}."
        return Preferences(**found)

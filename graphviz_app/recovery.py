"""Unsaved text outlives a crash: each running copy keeps its own, and the next start offers what was left behind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import QLockFile, QObject, QTimer

from graphviz_app.place import DATA, place
from graphviz_app.saving import write_whole
from graphviz_app.session import Session, State

DELAY = 2000  # milliseconds after a change


@dataclass(frozen=True)
class Leftover:
    """Unsaved text of a copy that ended without saying goodbye."""

    name: str  # of the model
    path: str  # of its file, or empty
    text: str
    file: Path  # where it was kept


class Recovery(QObject):
    """Keeps the unsaved text of this running copy on disk, at most two seconds old."""

    def __init__(self, session: Session, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = place(DATA) / "recovery" if folder is None else folder
        self._file = self.folder / f"{uuid4().hex}.json"
        self._session = session
        self._lock: QLockFile | None = None
        self._known = ("", False)
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self.keep)
        session.changed.connect(self._look)

    def leftovers(self) -> tuple[Leftover, ...]:
        """What copies that crashed have left, newest first; unreadable files are passed over."""
        found = []
        for file in self.folder.glob("*.json"):
            lock = QLockFile(str(file.with_suffix(".lock")))
            lock.setStaleLockTime(0)  # a lock is stale only when its process is gone
            if file == self._file or not lock.tryLock(0):
                continue
            lock.unlock()
            try:
                kept = json.loads(file.read_text("utf-8"))
                found.append((file.stat().st_mtime, Leftover(kept["name"], kept["path"], kept["text"], file)))
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return tuple(leftover for _, leftover in sorted(found, key=lambda row: -row[0]))

    def discard(self, leftover: Leftover) -> None:
        """Forget a leftover for good."""
        leftover.file.unlink(missing_ok=True)

    def keep(self) -> None:
        """Write the unsaved text now; a full disk is not the user's problem here, saving will tell."""
        state = self._session.state
        if not state.typed:
            self.forget()
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = QLockFile(str(self._file.with_suffix(".lock")))
                self._lock.setStaleLockTime(0)
                self._lock.tryLock(0)
            kept = {"name": state.name, "path": str(state.path or ""), "text": state.text}
            write_whole(self._file, json.dumps(kept).encode())
        except OSError:
            return

    def forget(self) -> None:
        """Drop what this copy keeps: its text is saved, or the user let it go."""
        self._timer.stop()
        self._file.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _look(self, state: State) -> None:
        known = (state.text, state.typed)
        if known == self._known:
            return
        self._known = known
        if state.typed:
            self._timer.start()
        else:
            self.forget()

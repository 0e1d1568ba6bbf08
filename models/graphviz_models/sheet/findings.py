"""The mistakes found in one model file, each with its place, and the nearest name where one is misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from graphviz_models.problem import Problem, Problems

from .positions import Path, Positions

_REPORTED = 1000
_SUGGESTED = 30
_CONSIDERED = 500


class Findings:
    """Collects mistakes while a file is read on, so that all of them are reported and not the first alone."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._found: list[Problem] = []
        self._suggestions = 0
        self.written: dict[str, str] = {}
        """How the file writes a top key where that is misspelt."""
        self.prefixes: dict[Path, str] = {}
        """What to say before a mistake of these entries, and of what is inside them."""

    def place(self, path: Path) -> tuple[int, int]:
        """Line and column of the key at `path`."""
        return self._positions.place(self._as_written(path))

    def _as_written(self, path: Path) -> Path:
        return (self.written.get(str(path[0]), path[0]), *path[1:]) if path else path

    def add(self, path: Path, message: str) -> None:
        """A mistake of the entry at `path`, placed at its key."""
        prefix = next((self.prefixes[p] for n in range(len(path), 0, -1) if (p := path[:n]) in self.prefixes), "")
        self.add_at(*self.place(path), prefix + message)

    def add_inside(self, path: Path, line: int, column: int, message: str) -> None:
        """A mistake at a line and column inside the string at `path`."""
        self.add_at(*self._positions.content(self._as_written(path), line, column), message)

    def add_at(self, line: int, column: int, message: str) -> None:
        """A mistake at a line and column of the file."""
        if not message.isprintable():
            message = "".join(c if c.isprintable() else " " for c in message)
        self._found.append(Problem(line, column, message))

    def closest(self, word: str, known: Iterable[str]) -> str | None:
        """The known name that is close to the word, if one is; after many mistakes none is looked for."""
        self._suggestions += 1
        return nearest(word, known) if self._suggestions <= _SUGGESTED else None

    def nearest(self, word: str, known: Iterable[str], form: str = "{}") -> str:
        """``": did you mean [inputs]?"`` where a known name is close to the word, else nothing."""
        close = self.closest(word, known)
        return f": did you mean {form.format(close)}?" if close else ""

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_if_any(self) -> None:
        """Raise all that was found, in the order of its places."""
        if self._found:
            found = sorted(dict.fromkeys(self._found), key=lambda problem: (problem.line, problem.column))
            if len(found) > _REPORTED:
                last = found[_REPORTED]
                more = Problem(
                    last.line, last.column, f"{len(found) - _REPORTED:,} more mistakes follow: mend these first"
                )
                found = [*found[:_REPORTED], more]
            raise Problems(*found)


def shown(text: str, length: int = 40) -> str:
    """A text of the file as a message quotes it: the beginning, where it is long."""
    return text if len(text) <= length else text[: length - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that a misspelt word most likely means, None where nothing is close."""
    names = list(known)[:_CONSIDERED]
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word[:100].casefold(), folded, 1, 0.6)
    return folded[close[0]] if close else None

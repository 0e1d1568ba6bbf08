"""Where things stand in a TOML text: line and column of every key and table, the span of every value.

The standard library's parser says what a file holds, not where. This index reads a text which that parser has accepted,
so it need not look for mistakes. A path is the way through the parsed tables: ``("inputs", "x", "1")``,
``("questions", 0, "answer")``; a whole number counts the members of an array.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

Path = tuple[str | int, ...]
Span = tuple[int, int]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"""[ \t]*(?:("(?:[^"\\\n]|\\.)*")|('[^'\n]*')|([A-Za-z0-9_-]+))[ \t]*""")
_SCALAR = re.compile(r"[^,\]}#\r\n]*")
_TRIMMED = re.compile(r"[ \t]*\r?\n[ \t\r\n]*")
_BRACKET = re.compile(r"#[^\n]*|[\"'\[\]{}]")
# Without possessive quantifiers: before 3.11.5, which Debian 12 has not, CPython matches them wrongly.
_ENDS = {
    '"': re.compile(r'[^"\\]*(?:\\.[^"\\]*)*"'),
    "'": re.compile(r"[^']*'"),
    '"""': re.compile(r'[^"\\]*(?:(?:\\[\s\S]|"{1,2}(?!"))[^"\\]*)*"{3,5}'),
    "'''": re.compile(r"[^']*(?:'{1,2}(?!')[^']*)*'{3,5}"),
}
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


class Positions:
    """The places of a valid TOML text.

    Lines and columns count from 1, columns in characters.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._keys: dict[Path, int] = {}
        self._values: dict[Path, Span] = {}
        self._contents: dict[Span, tuple[list[int], list[int]]] = {}
        self._read()

    def place(self, path: Path) -> tuple[int, int]:
        """Line and column of a key or table, of the nearest one around it where it has no key of its own."""
        while path and path not in self._keys:
            path = path[:-1]
        return self.at(self._keys.get(path, 0))

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def span(self, path: Path) -> Span | None:
        """Start and end offset of a value, of an array's member too; None where the path is a table with a header."""
        if path in self._values:
            return self._values[path]
        if path and isinstance(path[-1], int) and (outer := self.span(path[:-1])) and self.text[outer[0]] == "[":
            for index, span in enumerate(self.members(outer)):
                if index == path[-1]:
                    return span
        return None

    def members(self, span: Span) -> Iterator[Span]:
        """The spans of an array's members."""
        at = self._blank(span[0] + 1)
        while self.text[at] != "]":
            end = self._value_end(at)
            yield at, end
            at = self._blank(end)
            if self.text[at] == ",":
                at = self._blank(at + 1)

    def content(self, path: Path, line: int, column: int) -> tuple[int, int]:
        """Line and column in the file of a line and column inside a string, from 1 as well.

        Escapes, continued lines and the dropped first newline are taken into account. A place beyond the string's end
        is its end; where there is no such string, the place of the key.
        """
        span = self.span(path)
        if span is None or self.text[span[0]] not in "\"'":
            return self.place(path)
        known = self._contents.get(span)
        if known is None:
            content, offsets = decoded(self.text, *span)
            ends = [match.start() for match in re.finditer("\n", content)]
            known = self._contents[span] = [-1, *ends, len(content)], offsets
        ends, offsets = known
        if line >= len(ends):
            return self.at(offsets[-1])
        return self.at(offsets[min(ends[line - 1] + max(column, 1), ends[line])])

    def _read(self) -> None:
        table: Path = ()
        counts: dict[Path, int] = {}
        at = self._blank(0)
        while at < len(self.text):
            if self.text[at] == "[":
                at, table = self._header(at, counts)
            else:
                at = self._pair(at, table)
            at = self._blank(at)

    def _header(self, at: int, counts: dict[Path, int]) -> tuple[int, Path]:
        array = self.text.startswith("[[", at)
        at, parts = self._key(at + (2 if array else 1))
        path: Path = ()
        for index, (name, offset) in enumerate(parts):
            path += (name,)
            last = index == len(parts) - 1
            if array and last:
                counts[path] = counts.get(path, 0) + 1
                self._keys.setdefault(path, offset)
            if path in counts:
                path += (counts[path] - 1,)
            if last:
                self._keys[path] = offset
            else:
                self._keys.setdefault(path, offset)
        return at + (2 if array else 1), path

    def _pair(self, at: int, table: Path) -> int:
        at, parts = self._key(at)
        path = table
        for name, offset in parts:
            path += (name,)
            self._keys.setdefault(path, offset)
        return self._value(self._blank(at + 1), path)

    def _key(self, at: int) -> tuple[int, list[tuple[str, int]]]:
        parts = []
        while True:
            match = _KEY_PART.match(self.text, at)
            assert match is not None, "the text is valid TOML"
            basic, literal, bare = match.groups()
            start = match.start(match.lastindex or 0)
            name = bare or (decoded(self.text, start, start + len(basic))[0] if basic else (literal or "''")[1:-1])
            parts.append((name, start))
            at = match.end()
            if self.text[at] != ".":
                return at, parts
            at += 1

    def _value(self, at: int, path: Path) -> int:
        if self.text[at] == "{":
            end = self._inline_table(at, path)
        elif self.text[at] == "[":
            end = self._array(at, path)
        else:
            end = self._value_end(at)
        self._values[path] = (at, end)
        return end

    def _inline_table(self, at: int, path: Path) -> int:
        at = self._blank(at + 1)
        while self.text[at] != "}":
            at = self._blank(self._pair(at, path))
            if self.text[at] == ",":
                at = self._blank(at + 1)
        return at + 1

    def _array(self, at: int, path: Path) -> int:
        """Only members that hold keys are entered: numbers are found again when they are asked for."""
        end, holds_tables = self._skip(at)
        return self._members_with_keys(at, path) if holds_tables else end

    def _members_with_keys(self, at: int, path: Path) -> int:
        at, index = self._blank(at + 1), 0
        while self.text[at] != "]":
            inner = (*path, index)
            if self.text[at] == "{":
                self._keys[inner] = at
                at = self._value(at, inner)
            elif self.text[at] == "[":
                at = self._members_with_keys(at, inner)
            else:
                at = self._value_end(at)
            at, index = self._blank(at), index + 1
            if self.text[at] == ",":
                at = self._blank(at + 1)
        return at + 1

    def _value_end(self, at: int) -> int:
        first = self.text[at]
        if first in "\"'":
            return _string_end(self.text, at)
        if first in "[{":
            return self._skip(at)[0]
        match = _SCALAR.match(self.text, at)
        assert match is not None
        return at + len(match[0].rstrip())

    def _skip(self, at: int) -> tuple[int, bool]:
        """The end of the array or inline table that starts here, and whether a table stands in it."""
        depth, holds_tables = 0, False
        while True:
            match = _BRACKET.search(self.text, at)
            assert match is not None, "the text is valid TOML"
            token, at = match[0], match.end()
            if token in "\"'":
                at = _string_end(self.text, match.start())
            elif token in "[{":
                depth += 1
                holds_tables = holds_tables or token == "{"
            elif token in "]}":
                depth -= 1
                if not depth:
                    return at, holds_tables

    def _blank(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at


def _string_end(text: str, at: int) -> int:
    quote = text[at] * (3 if text.startswith(text[at] * 3, at) else 1)
    match = _ENDS[quote].match(text, at + len(quote))
    assert match is not None, "the text is valid TOML"
    return match.end()


def decoded(text: str, start: int, end: int) -> tuple[str, list[int]]:
    """A string's content and, for every character of it and its end, the offset in the text that it is written at."""
    quote = text[start]
    long = text.startswith(quote * 3, start) and end - start >= 6
    at, stop = (start + 3, end - 3) if long else (start + 1, end - 1)
    if long and text.startswith("\r\n", at):
        at += 2
    elif long and text.startswith("\n", at):
        at += 1
    characters: list[str] = []
    offsets: list[int] = []
    while at < stop:
        character, width = text[at], 1
        if character == "\r" and text.startswith("\r\n", at):
            character, width = "\n", 2
        elif character == "\\" and quote == '"':
            if trimmed := _TRIMMED.match(text, at + 1, stop):
                at = trimmed.end()
                continue
            character, width = _escape(text, at)
        characters.append(character)
        offsets.append(at)
        at += width
    offsets.append(stop)
    return "".join(characters), offsets


def _escape(text: str, at: int) -> tuple[str, int]:
    digits = {"u": 4, "U": 8}.get(text[at + 1], 0)
    if digits:
        return chr(int(text[at + 2 : at + 2 + digits], 16)), 2 + digits
    return _ESCAPES[text[at + 1]], 2

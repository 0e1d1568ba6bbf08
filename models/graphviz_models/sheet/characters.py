"""The characters of a model file: encoding, size, line length and nesting, looked at before anything parses it."""

from __future__ import annotations

import re
import unicodedata

from graphviz_models.problem import Problem, Problems

FILE_LIMIT = 1024 * 1024
"""The largest model file, in bytes."""
LINE_LIMIT = 10_000
"""The longest line, in characters."""
NESTING_LIMIT = 100
"""The deepest nesting of arrays and tables, and the most parts of a dotted key."""

# Bidirectional controls make a line read differently from what it says; zero-width ones make two names look alike.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_NEWLINE = re.compile("\r\n|\n")
# A text that is not closed matches to its end, so that no pass over the file is made twice.
_TOKEN = re.compile(
    r"""
      \#[^\n]*                                                                   # comment
    | \"{3} [^"\\]* (?: (?: \\[\s\S] | "{1,2}(?!") ) [^"\\]* )* (?: "{3,5} )?     # multi-line string
    | '{3} [^']* (?: '{1,2}(?!') [^']* )* (?: '{3,5} )?                            # multi-line literal
    | " [^"\\\n]* (?: \\. [^"\\\n]* )* "? | ' [^'\n]* '?                          # string, literal
    | [\[\]{}.,=\n]
    """,
    re.VERBOSE,
)


def decoded(data: bytes) -> str:
    """The text of a file's bytes: UTF-8, with or without a byte order mark, which is dropped.

    Raises:
        Problems: the file is too large, or its bytes are not UTF-8.
    """
    if len(data) > FILE_LIMIT:
        raise Problems(Problem(1, 1, _too_large()))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Problems(Problem(1, 1, "the file is in UTF-16: save it as UTF-8"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line, column = place(before, len(before))
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8: save the file as UTF-8"
        raise Problems(Problem(line, column, message)) from None
    return text.removeprefix("\ufeff")


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character offset in a text with LF or CRLF."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def inspect(text: str) -> tuple[Problem, ...]:
    """Everything that forbids parsing the text: its size, long lines, invisible characters, deep nesting."""
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        message = f"the character U+{ord(text[error.start]):04X} is half of a surrogate pair: write the whole character"
        return (Problem(*place(text, error.start), message),)
    if size > FILE_LIMIT:
        return (Problem(1, 1, _too_large()),)
    found = [
        Problem(
            number,
            LINE_LIMIT + 1,
            f"the line has {len(line):,} characters, and {LINE_LIMIT:,} are allowed: break it into several lines",
        )
        for number, line in enumerate(_NEWLINE.split(text), 1)
        if len(line) > LINE_LIMIT
    ]
    found += [
        Problem(*place(text, match.start()), f"the invisible character {_named(match[0])} is not allowed: delete it")
        for match, _ in zip(_INVISIBLE.finditer(text), range(100), strict=False)
    ]
    found += _nesting(text)
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.column)))


def _too_large() -> str:
    example = '{shape = [100, 100], init = "normal"}'
    return f"the file is larger than {FILE_LIMIT // 1024:,} KiB: write large arrays as generators, such as {example}"


def _named(character: str) -> str:
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'unnamed').lower()})"


def _nesting(text: str) -> list[Problem]:
    depth = dots = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "[{":
            depth += 1
            dots = 0
        elif token in "]}":
            depth = max(depth - 1, 0)
        elif token == ".":
            dots += 1
        elif token in ",=\n":
            dots = 0
        if depth > NESTING_LIMIT:
            return [
                Problem(*place(text, match.start()), f"more than {NESTING_LIMIT} levels of nesting: write it flatter")
            ]
        if dots >= NESTING_LIMIT:
            return [Problem(*place(text, match.start()), f"a key of more than {NESTING_LIMIT} parts: write it shorter")]
    return []

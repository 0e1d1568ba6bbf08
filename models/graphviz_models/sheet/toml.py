"""TOML as the standard library parses it, with its complaints turned into what to write instead."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from graphviz_models.problem import Problem, Problems

from .characters import place

_AT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_COMMA = re.compile(r"(?<![\w.])([-+]?\d+),(\d+)(?![\w.]|,\d)")
_DIGITS = re.compile(r"[0-9][0-9_]{4000,}")
_BARE = re.compile(r"([-+]?)\.([0-9]+(?:e[-+]?[0-9]+)?)", re.IGNORECASE)
_TWICE = "this key is given twice: delete one of the two"
_COMPLETE = "this adds to a value that is complete already: write it inside that value"
_UNCLOSED = "a text is not closed: write the closing quotation marks"
_REMEDIES = {
    "Cannot overwrite a value": _TWICE,
    "Duplicate inline table key": _TWICE,
    "Cannot declare": "this section stands here twice, or its name is a key already: delete one of the two",
    "Cannot mutate immutable namespace": _COMPLETE,
    "Cannot redefine namespace": _COMPLETE,
    "Expected newline or end of document": "one entry a line: start a new line here, or put a text in quotation marks",
    "Expected '=' after a key": "a key is followed by = and its value: write name = 1.0",
    "Invalid initial character for a key": "a key is made of letters, digits, _ and -: put any other one in quotation "
    'marks, as in "h[1]"',
    "Invalid value": "this is no TOML value: write a number, a text in quotation marks, an array in [ ] or a table in "
    "{ }",
    "Unclosed array": "an array is not closed: write ] after its last entry, and a comma between entries",
    "Unclosed inline table": "a table is not closed: write } after its last entry, on the same line",
    "Expected ']": "the heading of a section is not closed: write ] after its name",
    "Unterminated string": _UNCLOSED,
    "Expected": _UNCLOSED,
    "Unescaped '\\' in a string": "a backslash in double quotation marks is doubled: write \\\\, or use single "
    "quotation marks",
    "Illegal character '\\n'": "a text is not closed: write the closing quotation mark on the same line, or use three",
    "Illegal character": "this character cannot stand here: close the text before it, or use three quotation marks",
    "Found invalid character": "this character is not allowed here: delete it",
    "Invalid statement": "this is no entry: write name = value, or the heading of a section, [inputs]",
    "Invalid hex value": "\\u is followed by four hexadecimal digits, \\U by eight: write the character itself",
    "Escaped character is not a Unicode scalar": "this escape is no character: write the character itself",
    "Invalid date or datetime": "this is no date: write a number, or a text in quotation marks",
}


def parsed(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises Problems with one problem: behind a mistake nothing can be told for sure."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        match = _AT.fullmatch(str(error))
        said = match[1] if match else str(error)
        message = next((remedy for start, remedy in _REMEDIES.items() if said.startswith(start)), None)
        if message is None:
            message = f"this is no valid TOML ({said[:1].lower()}{said[1:].rstrip('.')}): write name = value"
        line, column = 1, 1
        if "integer string conversion" in said and (digits := _DIGITS.search(text)):
            line, column = place(text, digits.start())
            message = "this whole number has too many digits: write it with an exponent, as in 1e20"
        if match:
            line = int(match[2] or text.count("\n") + 1)
            column = int(match[3] or len(text) - text.rfind("\n"))
            there = text.split("\n")[line - 1]
            if said.startswith(("Expected newline", "Expected '='")):
                message = _decimal(there, column) or message
            if said.startswith("Invalid value") and (bare := _BARE.match(there, column - 1)):
                message = f"a number has a figure before its point: write {bare[1]}0.{bare[2]}"
            if said.startswith("Invalid statement") and there[column - 1 : column].isalpha():
                message = 'a key of letters beyond A to Z stands in quotation marks, as in "α" = 1.0: write it so'
        raise Problems(Problem(line, column, message)) from None


def _decimal(line: str, column: int) -> str:
    """What to write for a number with a decimal comma, where the parser gave up at or right behind it; else nothing."""
    for match in _COMMA.finditer(line):
        if match.start() < column <= match.end() + 1:
            whole, part = match.groups()
            return f"a number has a point, and an array brackets: write {whole}.{part} or [{whole}, {part}]"
    return ""

"""The equations' text as statements; a line that cannot be read is reported, left out, and the rest read."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from dataclasses import dataclass, field

from graphviz_models.parse import DEEPEST
from graphviz_models.problem import Problem

LONGEST_LINE, MOST_PROBLEMS = 10_000, 50
_HIDDEN = re.compile("[\x00-\x08\x0a\x0b\x0d-\x1f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u061c\u00ad]")
_BRACKET = re.compile(r"[()\[\]{}]")
RESERVED = "lambda in is as if or and not from with del pass class def for while return import global yield".split()
LEFT_SIDE = re.compile(r"\s*([^\W\d]\w*)\s*(\[[^\]]*\])?\s*=")
TYPED = {"−": "-", "–": "-", "·": "*", "×": "*", "∙": "*", "⋅": "*", "÷": "/", "²": "**2", "³": "**3", "≤": "<=",
         "≥": ">=", "≠": "!=", "π": "pi", "√": "sqrt(...)", "Σ": "sum(...)", "∑": "sum(...)"}  # fmt: skip
HEADER = re.compile(r"\s*(for|def|if|while|with|class|else|elif|try)\b")
_TAKEN = re.compile(rf"\b({'|'.join(RESERVED)})\[")  # one with an index, as a name has
_NO_WORD = rf"(?!(?:{'|'.join(RESERVED)}|else)\b)"
PRODUCT = re.compile(  # 2q, q z, (x + y)z
    rf"(?:(?<![\w.])\d[\d.]*|\b{_NO_WORD}[^\W\d]\w* +|\d +|[)\]] *){_NO_WORD}([^\W\d]\w*|(?<=[)\]])\(|(?<= )\d[\d.]*)"
)


@dataclass
class Text:
    """What could be read of a text: its statements, its problems, the names whose own lines are wrong."""

    statements: list[ast.stmt] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    broken_families: set[str] = field(default_factory=set)


def statements(text: str) -> Text:
    """Reads `text`; every problem has its line and column there."""
    found = Text()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not _readable(lines, found):
        return found
    indent = _common_indent(lines)
    lines = [line[indent:] for line in lines]
    skipped: set[int] = set()
    for _ in range(MOST_PROBLEMS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found.statements = ast.parse("\n".join(lines)).body
            break
        except SyntaxError as mistake:
            at = min(max(mistake.lineno or 1, 1), len(lines))
            found.problems.append(Problem(at, max(mistake.offset or 1, 1) + indent, _said(mistake, lines[at - 1])))
            if isinstance(mistake, IndentationError) or at in skipped:
                return found
            skipped.add(at)
            lines[at - 1] = _left_out(lines[at - 1], found)
        except (ValueError, MemoryError, RecursionError, UnicodeError):
            at = max(range(len(lines)), key=lambda i: len(lines[i]))
            message = f"nested more than {DEEPEST} levels deep: give parts of it names of their own"
            found.problems.append(Problem(at + 1, 1 + indent, message))
            return found
    _placed(found.statements, skipped, indent, lines)
    return found


def _readable(lines: list[str], found: Text) -> bool:
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            message = f"a line of more than {LONGEST_LINE:,} characters: break it into equations"
            found.problems.append(Problem(number, 1, message))
            return False
        if hidden := _HIDDEN.search(line):
            message = f"an invisible character (U+{ord(hidden[0]):04X}): delete it"
            found.problems.append(Problem(number, hidden.start() + 1, message))
            return False
    return _shallow(lines, found)


def _shallow(lines: list[str], found: Text) -> bool:
    depth = 0
    for number, line in enumerate(lines, 1):
        for bracket in _BRACKET.finditer(line.partition("#")[0]):
            depth = depth + 1 if bracket[0] in "([{" else max(0, depth - 1)
            if depth > DEEPEST:
                message = f"brackets nested more than {DEEPEST} levels deep: give parts of it names of their own"
                found.problems.append(Problem(number, bracket.start() + 1, message))
                return False
    return True


def _common_indent(lines: list[str]) -> int:
    """How far all lines are indented alike."""
    full = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not full:
        return 0
    margin = full[0][: len(full[0]) - len(full[0].lstrip())]
    return len(margin) if all(line.startswith(margin) for line in full) else 0


def _left_out(line: str, found: Text) -> str:
    """What stands for a line that cannot be read, so that what follows it can."""
    indent = line[: len(line) - len(line.lstrip())]
    left = LEFT_SIDE.match(line)
    if left:
        (found.broken_families if left[2] else found.broken).add(left[1])
        found.broken.add(left[1])
    return f"{indent}if 0:" if HEADER.match(line) else f"{indent}pass"


def _placed(body: list[ast.stmt], skipped: set[int], indent: int, lines: list[str]) -> None:
    """Marks the blocks whose first line was left out; puts columns back where they stood, in characters."""
    wide = {number for number, line in enumerate(lines, 1) if not line.isascii()}
    if not skipped and not indent and not wide:
        return
    for top in body:
        for node in ast.walk(top):
            if isinstance(node, ast.If) and node.lineno in skipped:
                node.skipped = True  # type: ignore[attr-defined]
            if hasattr(node, "col_offset") and hasattr(node, "lineno"):
                if node.lineno in wide:  # ast counts in bytes
                    node.col_offset = len(lines[node.lineno - 1].encode()[: node.col_offset].decode(errors="ignore"))
                node.col_offset += indent


def _said(mistake: SyntaxError, line: str) -> str:
    said = str(mistake.msg)
    word = line.split("=")[0].strip().partition("[")[0]
    if word not in RESERVED and not line.lstrip().startswith("for ") and (taken := _TAKEN.search(line)):
        word = taken[1]
    if word in RESERVED:
        return f"{word} is a reserved word: write another name, such as {word}_"
    if re.search(r"\blambda\b", line):
        return "lambda is a reserved word: write another name, such as lam or λ"
    if "indent" in said:
        return f"{said}: indent the lines of a loop or def by four spaces, the others not at all"
    if "never closed" in said or "unmatched" in said or "does not match" in said:
        return f"{said}: every bracket needs its partner"
    if "expected ':'" in said:
        return "a colon is missing: write for t in range(...): or def name(a, b):"
    if "cannot assign" in said or "Maybe you meant '=='" in said:
        return "one name stands on the left of =: write name = expression"
    if "too many nested" in said or "too complex" in said:
        return f"nested more than {DEEPEST} levels deep: give parts of it names of their own"
    if "invalid character" in said or "non-printable character" in said:
        sign = line[(mistake.offset or 1) - 1 : mistake.offset]
        return f"{sign if sign.isprintable() else 'this character'} does not belong to the language: {_typed(sign)}"
    if "integer" in said and "digits" in said:
        return "this number is too large: write one below 1.8e308"
    product = PRODUCT.search(line.partition("#")[0]) if said.startswith("invalid") else None
    if product:
        return f"a sign is missing before {product[1]}: write * for a product"
    return "this cannot be read: write name = expression, for t in range(...): or def name(a, b):"


def no_name(name: str) -> str:
    """Why a word in a formula is no name, and what to write: · is a letter to the parser, as in q·z."""
    sign = next((character for character in name if character in TYPED), "")
    if not sign:
        return f"{name} is no name: use ASCII or Greek letters, digits and _"
    return f"{sign} does not belong to the language: write {name.replace(sign, TYPED[sign])}"


def _typed(sign: str) -> str:
    """What to write instead of a character of typeset mathematics."""
    plain = TYPED.get(sign) or unicodedata.normalize("NFKC", sign)
    if plain == " ":
        return "write a plain space"
    return f"write {plain}" if plain != sign and plain.isascii() else "write letters, digits and + - * / ** @"

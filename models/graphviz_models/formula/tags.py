r"""Marks on the symbols of a formula, which say which node of the graph each stands for: \htmlId{h[1]}{h_1}."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TAG = r"\htmlId{"
_QUOTED = re.compile(r"[%{}\\]")
# Behind these a brace is a script's or a command's argument, and must stay.
_ARGUMENT = re.compile(
    r"(?:[\^_}]|\\(?:[dt]?frac|sqrt|over\w*|under\w*|\w*hat|\w*tilde|bar|vec|dot|math\w+|operatorname\*?))\s*$"
)
_COMMAND_END = re.compile(r"\\[A-Za-z]+$")


@dataclass(frozen=True, slots=True)
class Tag:
    """One mark: its node, where it starts, its body starts and ends, and the mark around it (−1: none)."""

    node: str
    start: int
    body: int
    end: int
    parent: int


def tag(node: str, latex: str) -> str:
    r"""`latex` marked as the symbol of `node`: `typeset` reports its box, `untag` takes the mark off again.

    The mark is KaTeX's \htmlId{node}{latex}; it changes nothing of how the formula looks, and marks may nest.
    """
    name = _QUOTED.sub(lambda m: f"%{ord(m[0]):02X}", node)
    return rf"\htmlId{{{name}}}{{{latex}}}"


def untag(latex: str) -> str:
    """The LaTeX without marks, for copying; of their braces stay only those that a script or a command needs."""
    edits: list[tuple[int, int, str]] = []
    for t in tags(latex):
        before, after = latex[: t.start], latex[t.end + 1 :]
        if _ARGUMENT.search(before[-40:]) or after.lstrip()[:1] in ("^", "_", "'"):
            edits += (t.start, t.body, "{"), (t.end, t.end + 1, "}")
        else:
            joins_before = _COMMAND_END.search(before[-40:]) and latex[t.body].isalpha()
            joins_after = _COMMAND_END.search(latex[t.body : t.end]) and after[:1].isalpha()
            edits += (t.start, t.body, " " if joins_before else ""), (t.end, t.end + 1, " " if joins_after else "")
    return edited(latex, edits)


def tags(latex: str) -> list[Tag]:
    """The marks in the order in which they start; one that never closes is left out."""
    found: list[Tag] = []
    at = latex.find(_TAG)
    while at >= 0:
        name_end = latex.find("}", at)
        end = _closing(latex, name_end + 1) if name_end > 0 else -1
        if end > 0:
            node = re.sub("%([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), latex[at + len(_TAG) : name_end])
            parent = next((i for i in range(len(found) - 1, -1, -1) if found[i].end > at), -1)
            found.append(Tag(node, at, name_end + 2, end, parent))
        at = latex.find(_TAG, at + 1)
    return found


def edited(latex: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """`latex` with each stretch (start, end, replacement) replaced; the stretches do not overlap."""
    out: list[str] = []
    at = 0
    for start, end, new in sorted(edits):
        out += latex[at:start], new
        at = end
    return "".join(out) + latex[at:]


def _closing(latex: str, at: int) -> int:
    """Where the group that opens at `at` closes; −1 if no group opens there or it never closes."""
    if latex[at : at + 1] != "{":
        return -1
    depth = 0
    for m in re.finditer(r"\\.|[{}]", latex[at:], re.DOTALL):
        depth += {"{": 1, "}": -1}.get(m[0], 0)
        if depth == 0:
            return at + m.start()
    return -1

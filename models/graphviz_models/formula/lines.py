"""Long formulas over several lines, broken before relations and before plus and minus outside all brackets."""

from __future__ import annotations

import re
from functools import lru_cache

from .setting import typeset

INDENT = 2.0  # em, of all lines but the first
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|.", re.DOTALL)
_OPENING = {"{", "(", "[", r"\left", r"\begin", r"\{"}
_CLOSING = {"}", ")", "]", r"\right", r"\end", r"\}"}
_RELATIONS = {"=", r"\approx", r"\leftarrow", r"\le", r"\ge", r"\neq", r"\Rightarrow", r"\to"}
_SUMS = {"+", "-", "−", r"\pm"}


@lru_cache(maxsize=1024)
def broken(latex: str, size: float, width: float, *, display: bool = True) -> tuple[str, ...]:
    """The formula in as many lines as it needs to be at most `width` points wide, all lines but the first indented.

    Lines break before relations first; a piece between two that is still too wide breaks before plus and minus. What
    has no such place (one long fraction) stays wider.
    """

    def fits(piece: str, *, first: bool) -> bool:
        return typeset(piece, size, display=display).width <= width - (0.0 if first else INDENT * size)

    lines: list[str] = []
    line = ""
    for relation in _split(latex, _RELATIONS):
        whole = fits(line + relation, first=not lines) or fits(relation, first=False)
        for piece in [relation] if whole else _split(relation, _SUMS):
            if line.strip() and not fits(line + piece, first=not lines):
                lines.append(line)
                line = ""
            line += piece
    return (*lines, line)


def _split(latex: str, before: set[str]) -> list[str]:
    """The formula cut before each of the given tokens that stands outside all brackets, and not at its beginning."""
    out = [""]
    depth = 0
    previous = ""
    for m in _TOKEN.finditer(latex):
        token = m[0]
        if previous not in (r"\left", r"\right"):  # the bracket behind them is theirs
            depth += (token in _OPENING) - (token in _CLOSING)
        if depth == 0 and token in before and out[-1].strip() and previous not in _RELATIONS:
            out.append("")
        out[-1] += token
        if not token.isspace():
            previous = token
    return out

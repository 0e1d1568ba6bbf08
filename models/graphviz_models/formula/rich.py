r"""Descriptions and questions as runs of words, formulas, bold words and code: a small Markdown with $...$ in it."""

from __future__ import annotations

import re
from typing import Literal

Run = tuple[Literal["text", "math", "bold", "code"], str]

# A dollar opens a formula only before a non-space and closes it only behind one: "5 $ and 6 $" stays text.
_RUN = re.compile(
    r"(?P<escaped>\\[\\$*`])|`(?P<code>[^`\n]+)`|\$\$(?P<display>.+?)\$\$|\$(?P<math>(?!\s)(?:\\.|[^$\\])+?)(?<!\s)\$"
    r"|\*\*(?P<bold>(?!\s).+?)(?<!\s)\*\*",
    re.DOTALL,
)
_BULLET = re.compile(r"^\s*[-*+]\s+")


def rich(source: str) -> list[list[Run]]:
    r"""Paragraphs of runs (kind, words or LaTeX).

    Paragraphs are parted by empty lines; a line that begins with a bullet is a paragraph of its own and begins
    with "• ". Within one, $...$ is a formula, **...** bold, `...` code, and \$ \* \` \\ the characters themselves.
    What does not close stays as it stands.
    """
    return [runs for block in paragraphs(source) if (runs := _runs(block))]


def paragraphs(source: str) -> list[str]:
    """The paragraphs of a text, each on one line."""
    out: list[list[str]] = [[]]
    for line in source.splitlines():
        bullet = _BULLET.match(line)
        if bullet:
            out.append(["• " + line[bullet.end() :].strip()])
        elif line.strip():
            out[-1].append(line.strip())
        else:
            out.append([])
    return [" ".join(lines) for lines in out if lines]


def _runs(block: str) -> list[Run]:
    out: list[Run] = []
    at = 0
    for m in _RUN.finditer(block):
        _add_text(out, block[at : m.start()])
        at = m.end()
        if m["escaped"]:
            _add_text(out, m["escaped"][1])
        elif m["code"]:
            out.append(("code", m["code"]))
        elif m["bold"]:
            out.append(("bold", m["bold"]))
        else:
            out.append(("math", (m["math"] or m["display"]).strip()))
    _add_text(out, block[at:])
    return out


def _add_text(out: list[Run], words: str) -> None:
    if words and out and out[-1][0] == "text":
        out[-1] = ("text", out[-1][1] + words)
    elif words:
        out.append(("text", words))

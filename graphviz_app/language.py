"""The page of Help about what can be written in a model file, with all functions of their table."""

from __future__ import annotations

import html

from PySide6.QtCore import QCoreApplication

from graphviz_models.signatures import FUNCTIONS

EXAMPLE = '''format = 1
title  = "Two steps of a recurrent network"
equations = """
h[0] = 0
for t in range(1, T + 1):
    h[t] = w*x[t] + tanh(h[t-1])   # each name is one node
y = h[1] + h[2]
L = log(1 + exp(-y*c))             # the loss: a scalar
"""

[constants]
T = 2

[inputs]
x = {1 = 0.5, 2 = -1.0}            # a family: x[1] and x[2]

[targets]
c = 1.0

[parameters]
w = 0.8

[deltas]                           # what the sheet calls a gradient
y = "g"
"h[2]" = "delta_2"
'''
RULES = (
    "<code>name = expression</code>, one a line; every name on the left is a node, assigned once.",
    "<code>for t in range(1, T + 1):</code> is unrolled; <code>h[t-1]</code> is the member t − 1.",
    "<code>def cell(a, b):</code> with one <code>return</code> makes a group; each call is drawn.",
    "<code>+ - * / ** @</code>, <code>.T</code>, brackets, <code># notes</code>; <code>@</code> is the matrix product.",
    "Brackets on an array take entries, counted from 0: <code>z[0]</code>, <code>W[:, 1]</code>.",
)
SECTIONS = (
    "[inputs]", "[targets]", "[parameters]", "[constants]", "[deltas]", "[latex]", "[training]", "[[questions]]",
)  # fmt: skip


def text() -> str:
    """The page, as HTML."""
    functions = ", ".join(_code(name) for name in sorted(FUNCTIONS))
    sections = ", ".join(_code(name) for name in SECTIONS)
    rules = "".join(f"<li>{tr(rule)}</li>" for rule in RULES)
    return (
        f"<h3>{tr('A whole model file')}</h3><pre>{html.escape(EXAMPLE)}</pre>"
        f"<h3>{tr('Equations')}</h3><ul>{rules}</ul>"
        f"<h3>{tr('Functions')}</h3><p>{functions}.</p><p>{tr('They are called as in NumPy.')}</p>"
        f"<h3>{tr('Sections')}</h3><p>{sections}.</p>"
    )


def _code(word: str) -> str:
    return f"<code>{html.escape(word)}</code>"


def tr(text: str) -> str:
    """A text of the page in the user's language."""
    return QCoreApplication.translate("Language", text)

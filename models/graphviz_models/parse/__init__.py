"""Text to expressions: one expression of the equation language, read from its syntax tree with an allow list.

Nothing of the text is ever executed. What a name means is the business of a `Scope`.
"""

from graphviz_models.parse.expressions import DEEPEST, LARGEST, NAME, check_bounds, check_depth, read
from graphviz_models.parse.integers import whole, whole_or_none
from graphviz_models.parse.scope import Scope, nearest

__all__ = [
    "DEEPEST",
    "LARGEST",
    "NAME",
    "Scope",
    "check_bounds",
    "check_depth",
    "nearest",
    "read",
    "whole",
    "whole_or_none",
]

"""Naive formulas as sheets write them, turned into the operation that is true for arguments of any size.

`log(1 + exp(u))` overflows at u = 800 where its value is 800. Here a formula is replaced by the operation that stands
for it, also where its pieces have names of their own: `p = softmax(u)` followed by `-log(p[k])` is computed from u.
What the sheet wrote is still what is shown.
"""

from graphviz_models.stable.repeated import TrueForms
from graphviz_models.stable.rules import Stable

__all__ = ["Stable", "TrueForms"]

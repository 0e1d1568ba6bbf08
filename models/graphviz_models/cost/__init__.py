"""How much a gradient costs: exact counts for any model, closed formulas for fully connected nets, single paths."""

from .counts import Cost, cost
from .fully_connected import FORMULAS, Curves, Formula, Net, curves, fully_connected
from .paths import Link, Path, Paths

__all__ = [
    "FORMULAS",
    "Cost",
    "Curves",
    "Formula",
    "Link",
    "Net",
    "Path",
    "Paths",
    "cost",
    "curves",
    "fully_connected",
]

"""Every operation of the equation language and of its derivatives, one entry each, in the table OPS.

To add one, add one `op(...)` to the file of its kind. The tests walk the table, so a new operation is compared with
finite differences, at its extremes and for well-formed notation before anyone writes a test for it.
"""

from __future__ import annotations

from graphviz_models.expr import OPS

from . import arithmetic, arrays, functions, probability, reductions, signals

__all__ = ["OPS", "arithmetic", "arrays", "functions", "probability", "reductions", "signals"]

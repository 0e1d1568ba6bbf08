"""The chain rule: deltas of every node, programs of gradients, Jacobians."""

from graphviz_models.calculus.chain import (
    Delta,
    Term,
    carried_name,
    delta_name,
    deltas,
    gradient_program,
)
from graphviz_models.calculus.jacobian import jacobian, sum_of
from graphviz_models.calculus.products import ONE, gathered, pull
from graphviz_models.calculus.written import as_written

__all__ = [
    "ONE",
    "Delta",
    "Term",
    "as_written",
    "carried_name",
    "delta_name",
    "deltas",
    "gathered",
    "gradient_program",
    "jacobian",
    "pull",
    "sum_of",
]

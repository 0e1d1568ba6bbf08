"""The chain rule: deltas of every node, programs of gradients, Jacobians."""

from graphviz_models.calculus.chain import (
    ONE,
    Delta,
    Term,
    carried_name,
    delta_name,
    deltas,
    gathered,
    gradient_program,
    pull,
)
from graphviz_models.calculus.jacobian import jacobian, sum_of

__all__ = [
    "ONE",
    "Delta",
    "Term",
    "carried_name",
    "delta_name",
    "deltas",
    "gathered",
    "gradient_program",
    "jacobian",
    "pull",
    "sum_of",
]

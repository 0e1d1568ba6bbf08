"""Jacobians as a lecturer shows them: with their formula, with states held fixed, step by step along a recurrence."""

from .formula import jacobian_latex, quotient_latex
from .recurrence import Growth, Part, Recurrence, growth, recurrences, shared
from .states import held_fixed, immediate_in_step

__all__ = [
    "Growth",
    "Part",
    "Recurrence",
    "growth",
    "held_fixed",
    "immediate_in_step",
    "jacobian_latex",
    "quotient_latex",
    "recurrences",
    "shared",
]

"""A sheet's equations in order, unrolled, each name bound once, as the graph they make."""

from .build import build, expression
from .levels import at_level
from .types import Equation, Given, Level, Program, Role

__all__ = ["Equation", "Given", "Level", "Program", "Role", "at_level", "build", "expression"]

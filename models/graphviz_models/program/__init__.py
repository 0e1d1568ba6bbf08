"""A sheet's equations in order, unrolled, each name bound once, as the graph they make."""

from graphviz_models.views import Level

from .build import build, expression
from .levels import at_level
from .types import Equation, Given, Program, Role

__all__ = ["Equation", "Given", "Level", "Program", "Role", "at_level", "build", "expression"]

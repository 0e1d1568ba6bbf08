"""The ways in which a program can be looked at: what is a node, where data and time run."""

from typing import Literal, get_args

Level = Literal["variables", "operations", "neurons"]
Direction = Literal["right", "down"]
LEVELS: tuple[Level, ...] = get_args(Level)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

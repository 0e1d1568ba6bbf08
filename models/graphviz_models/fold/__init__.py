"""Folds: what of a program can be drawn as one box, a group, a time step, a span of steps, a whole recurrence."""

from __future__ import annotations

from .clocks import clocks
from .columns import columns
from .folds import Fold, called, folds, initial, inwards, known, outwards
from .recurrence import Recurrence, Slot, alike, recurrence
from .view import View, view

__all__ = [
    "Fold",
    "Recurrence",
    "Slot",
    "View",
    "alike",
    "called",
    "clocks",
    "columns",
    "folds",
    "initial",
    "inwards",
    "known",
    "outwards",
    "recurrence",
    "view",
]

"""Program to code: one training iteration, generated once from the program's own derivatives.

The equations, their deltas and the optimizer's rule become one block of straight-line values (`ssa`). Small programs
run as operations on Python floats (`entries`, `floats`), larger ones as NumPy calls into arrays laid out beforehand
(`arrays`), where equal operations of different time steps are one call (`batch`).
"""

from __future__ import annotations

from .record import Recorded
from .step import CompiledStep, compile_step

__all__ = ["CompiledStep", "Recorded", "compile_step"]

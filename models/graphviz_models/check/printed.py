"""Printed numbers against the engine, each within half a unit of its own last digit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from graphviz_models.expr import Array
from graphviz_models.trace import Trace

from .answers import expected
from .claims import Table

if TYPE_CHECKING:
    from graphviz_models.compile import Recorded


@dataclass(frozen=True)
class Misprint:
    """One printed number that differs from the engine's value."""

    index: tuple[int, ...]
    printed: str
    value: float


@dataclass(frozen=True, eq=False)
class TableCheck:
    """One table: how many of its numbers agree, the engine's values, and those that do not agree.

    A table with an erratum may differ: that is what the erratum says.
    """

    table: Table
    values: Array
    total: int
    misprints: tuple[Misprint, ...] = ()

    @property
    def right(self) -> int:
        """How many printed numbers agree."""
        return self.total - len(self.misprints)

    @property
    def passed(self) -> bool:
        """Whether all agree, or the table says why not."""
        return not self.misprints or self.table.erratum is not None


def agrees(printed: str, value: float) -> bool:
    """Whether a value rounds to a printed decimal number: within half a unit of its last digit."""
    number = Decimal(printed.strip().replace("\N{MINUS SIGN}", "-"))
    exponent = number.as_tuple().exponent
    if not np.isfinite(value) or not isinstance(exponent, int):
        return False
    # A tie is decided by the decimal digits, so the float's own rounding must not tip it.
    return abs(Decimal(value) - number) <= Decimal(5).scaleb(exponent - 1) * (1 + Decimal("1e-9"))


def printed(trace: Trace, tables: tuple[Table, ...], optimizer: str, learning_rate: float) -> tuple[TableCheck, ...]:
    """The check of every table, by the iterations of training that begin at the values of the model file."""
    wanted = {_iteration(table) for table in tables}
    from graphviz_models.compile import compile_step  # only where there is something to train: a start need not wait

    step = compile_step(trace.program, optimizer, record=True)
    at: dict[int, Recorded] = {}
    for number in range(1, max(wanted, default=0) + 1):
        step.step(learning_rate)
        if number in wanted:
            at[number] = step.recorded()
    return tuple(_compared(table, expected(at[_iteration(table)], table.quantity)) for table in tables)


def _iteration(table: Table) -> int:
    """The iteration that begins with the table's values: what an update leaves is there in the next one."""
    return table.iteration + table.update


def _compared(table: Table, values: Array) -> TableCheck:
    leaves = list(_leaves(table.printed, ()))
    misprints = (Misprint(i, text, float(values[i])) for i, text in leaves if not agrees(text, float(values[i])))
    return TableCheck(table, values, len(leaves), tuple(misprints))


def _leaves(rows: object, index: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    if isinstance(rows, str):
        yield index, rows
    elif isinstance(rows, tuple):
        for place, row in enumerate(rows):
            yield from _leaves(row, (*index, place))

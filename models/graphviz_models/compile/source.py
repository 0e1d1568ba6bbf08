"""Python source made from a block, and the function it becomes: the one place that runs generated code.

Nothing from a model file enters the source: names are generated (`v12`, `c3`), numbers are written as Python repeats
them, and everything else is an object bound to a generated name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from .instructions import FUNCTIONS, TEXT, VALUES
from .ssa import CONST, Block

#: Longest expression that is written inside another, in characters, and longest sum written with + signs.
MOST_TEXT, MOST_TERMS = 240, 30

#: Operations on any number of floats.
SUMS = ("total", "beyond_one")

Generated = Callable[..., Any]

#: The functions that each operation's text calls.
CALLED = {op: tuple(name for name in FUNCTIONS if re.search(rf"\b{name}\(", text)) for op, text in TEXT.items()}


class Objects:
    """What generated code refers to besides its own values, each under a generated name."""

    def __init__(self) -> None:
        self.names: dict[str, object] = {}
        self._by_id: dict[int, str] = {}

    def name(self, thing: object, prefix: str = "c") -> str:
        """The name of `thing`, which is kept alive."""
        known = self._by_id.get(id(thing))
        if known is None:
            known = self._by_id[id(thing)] = f"{prefix}{len(self.names)}"
            self.names[known] = thing
        return known

    def number(self, x: float) -> str:
        """A float64 as text that gives the same float64."""
        if not math.isfinite(x):
            return self.name(x)
        return repr(x) if math.copysign(1.0, x) > 0 else f"({x!r})"

    def function(self, arguments: Sequence[str], lines: Sequence[str], name: str) -> tuple[Generated, str]:
        """The function with that body, and its source. Objects are bound as defaults: local names are the fastest."""
        defaults = [f"{n}={n}" for n in self.names]
        source = (
            f"def {name}({', '.join([*arguments, *defaults])}):\n" + "\n".join("    " + line for line in lines) + "\n"
        )
        space: dict[str, Any] = dict(self.names)
        exec(compile(source, f"<generated {name}>", "exec"), space)
        return space[name], source


class Floats:
    """Scalar values as operations on Python floats; a value used once stands inside its user's expression."""

    def __init__(self, block: Block, objects: Objects, uses: Sequence[int], given: dict[int, str]) -> None:
        self.block = block
        self.objects = objects
        self.uses = uses
        self.names = given
        self.pending: dict[int, str] = {}
        self.lines: list[str] = []

    def compute(self, v: int, *, name: bool = False) -> None:
        """Writes the line of value v, or keeps its text for its only user; with `name`, always a line."""
        text = self.text(v)
        if not name and self.uses[v] == 1 and len(text) < MOST_TEXT:
            self.pending[v] = text
            return
        self.names[v] = f"v{v}"
        self.lines.append(f"v{v} = {text}")

    def operand(self, v: int) -> str:
        """How an expression refers to value v."""
        known = self.names.get(v)
        if known is not None:
            return known
        if self.block.ops[v] == CONST:
            number = self.block.scalar(v)
            assert number is not None
            return self.objects.number(number)
        return f"({self.pending.pop(v)})"

    def named(self, v: int) -> str:
        """A name for value v, given to it now where it has none: for a slot that is read twice."""
        if v in self.pending:
            self.names[v] = f"v{v}"
            self.lines.append(f"v{v} = {self.pending.pop(v)}")
        return self.operand(v)

    def text(self, v: int) -> str:
        """The expression for value v in terms of its operands."""
        op, args = self.block.ops[v], self.block.args[v]
        operands = [
            self.named(a) if self.occurs(op, i) > 1 or args.count(a) > 1 else self.operand(a)
            for i, a in enumerate(args)
        ]
        return self.formula(op, operands)

    @staticmethod
    def occurs(op: str, slot: int) -> int:
        """How often the operation's text writes that operand."""
        return TEXT[op].count(f"{{{slot}}}") if op in TEXT else 1

    def formula(self, op: str, operands: Sequence[str]) -> str:
        """The operation on these texts."""
        if op == "total":
            return (
                " + ".join(operands)
                if len(operands) <= MOST_TERMS
                else f"{self.function('sum')}(({', '.join(operands)}))"
            )
        if op == "beyond_one":
            return f"{self.function('fsum')}(({', '.join(operands)}, -1.0))"
        if op not in TEXT:
            return f"float({self.objects.name(VALUES[op], 'f')}({', '.join(operands)}))"
        template = TEXT[op]
        for name in CALLED.get(op, ()):
            template = template.replace(f"{name}(", f"{self.function(name)}(")
        return template.format(*operands)

    def function(self, name: str) -> str:
        """The generated name of a function that texts call."""
        return self.objects.name(FUNCTIONS[name], "f")

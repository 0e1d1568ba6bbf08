"""Homes: in which calls of a `def` the parts of a formula lie that a call has put there."""

from __future__ import annotations

from graphviz_models.expr import Apply, Expr

Calls = tuple[str, ...]  # outermost first


class Homes:
    """What calls return lies in them; what they are given lies where it was written, also where a call has put it."""

    def __init__(self) -> None:
        self._settled: dict[int, tuple[Expr, Calls]] = {}  # with the expression itself, so that its id stays its own

    def settle(self, e: Expr, calls: Calls) -> None:
        """What a call is given or returns, lies in these calls, unless it is known already where it lies."""
        if isinstance(e, Apply):
            self._settled.setdefault(id(e), (e, calls))

    def of(self, e: Expr, calls: Calls) -> Calls:
        """The calls that an equation of this expression lies in, which was read within `calls`."""
        _, found = self._settled.get(id(e), (e, calls))
        return found if found[: len(calls)] == calls else calls

    def within(self, e: Expr) -> tuple[tuple[Expr, Calls], ...]:
        """The parts of an expression that are known to lie elsewhere than it, or may do."""
        if not self._settled:
            return ()
        found: list[tuple[Expr, Calls]] = []
        seen: set[int] = set()
        stack = [e]
        while stack:
            top = stack.pop()
            if not isinstance(top, Apply) or id(top) in seen:
                continue
            seen.add(id(top))
            if (settled := self._settled.get(id(top))) is not None:
                found.append(settled)
            stack += top.args
        return tuple(found)

"""The true forms of many equations: those of one form are rewritten once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from graphviz_models.expr import Apply, Expr, Var
from graphviz_models.forms import LARGEST, Template, form

from .logarithms import Lookup
from .rules import Stable


@dataclass(frozen=True, eq=False)
class _Rewritten:
    """What became of one equation, and what its names were worth to the rules that looked.

    `names` are its own and those that it was found to read behind them; `asked` are the places of the names that were
    looked up, each with what it stood for. Where all of that is alike, so is what comes out.
    """

    names: tuple[Var, ...]
    asked: tuple[tuple[int, Expr | None], ...]
    forms: Template | None
    resolved: tuple[int, ...]
    place: Mapping[str, int]

    def over(self, own: Sequence[Var], e: Expr, lookup: Lookup) -> tuple[Expr, Expr, tuple[str, ...]] | None:
        """The true forms of `e`, whose names are `own`; None where what these stand for is not alike."""
        names = list(own)
        for at, meant in self.asked:
            now = lookup(names[at].name)
            if meant is None or now is None:
                if meant is not now:
                    return None
            elif not self._alike(meant, now, names):
                return None
        if self.forms is None:
            return e, e, ()
        local, computed = self.forms.over(names)
        return local, computed, tuple([names[i].name for i in self.resolved])

    def _alike(self, meant: Expr, now: Expr, names: list[Var]) -> bool:
        """Whether both are equal once the names are put in; adds the names that are new to `names`."""
        if not (type(meant) is Apply and type(now) is Apply and now.size <= LARGEST):
            return meant is now
        first, second = form(meant), form(now)
        if first.key != second.key:
            return False
        for before, after in zip(first.names, second.names, strict=True):
            at = self.place[before.name]
            if at < len(names):
                if names[at].name != after.name:
                    return False
            elif any(v.name == after.name for v in names):
                return False
            else:
                names.append(after)
        return True


class TrueForms:
    """Rewrites equations one after the other; `lookup` is as in `Stable`."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._asked: dict[str, Expr | None] = {}
        self._through = Stable(self._look)
        self._beside = Stable(lambda _: None)
        self._known: dict[tuple[Hashable, ...], _Rewritten] = {}

    def of(self, e: Expr) -> tuple[Expr, Expr, tuple[str, ...]]:
        """The true form over the same names, the true form through names, and the names that this looked through."""
        if type(e) is not Apply or e.size > LARGEST:
            return self._rewritten(e)
        own = form(e)
        known = self._known.get(own.key)
        found = None if known is None else known.over(own.names, e, self._lookup)
        if found is None:
            found = self._rewritten(e)
            remembered = self._remembered(own.names, e, *found)
            if remembered is not None:
                self._known[own.key] = remembered
        return found

    def _look(self, name: str) -> Expr | None:
        found = self._asked[name] = self._lookup(name)
        return found

    def _rewritten(self, e: Expr) -> tuple[Expr, Expr, tuple[str, ...]]:
        self._asked = {}
        self._through.resolved = {}
        computed = self._through.rewrite(e)
        resolved = tuple(self._through.resolved)
        return (self._beside.rewrite(e) if resolved else computed), computed, resolved

    def _remembered(
        self, own: Sequence[Var], e: Expr, local: Expr, computed: Expr, resolved: tuple[str, ...]
    ) -> _Rewritten | None:
        place = {v.name: i for i, v in enumerate(own)}
        names = list(own)
        asked: list[tuple[int, Expr | None]] = []
        for name, meant in self._asked.items():
            asked.append((place[name], meant))
            if type(meant) is Apply:
                if meant.size > LARGEST:
                    return None
                for v in form(meant).names:
                    if v.name not in place:
                        place[v.name] = len(names)
                        names.append(v)
            elif type(meant) is Var and meant.name not in place:
                return None
        forms = None if local is e and computed is e else Template((local, computed), names)
        return _Rewritten(tuple(names), tuple(asked), forms, tuple([place[n] for n in resolved]), place)

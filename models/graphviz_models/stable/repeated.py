"""The true forms of many equations: those of one form are rewritten once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from graphviz_models.expr import Apply, Expr, Var
from graphviz_models.forms import LARGEST, Form, Template, form

from .logarithms import Lookup
from .rules import Stable


@dataclass(frozen=True, eq=False)
class _Rewritten:
    """What became of one equation, and what its names were worth to the rules that looked.

    `known` numbers its names, and those that it was found to read behind them, in their order, and so `places`; `asked`
    are the names that were looked up, each with what it stood for. Where all of that is alike, so is what comes out.
    """

    known: Mapping[str, int]
    places: Mapping[Hashable, int]
    asked: tuple[tuple[int, Expr | None], ...]
    forms: Template | None
    resolved: tuple[int, ...]

    def over(self, own: Form, e: Expr, lookup: Lookup) -> tuple[Expr, Expr, tuple[str, ...]] | None:
        """The true forms of `e`, whose form is `own`; None where what its names stand for is not alike."""
        names, places = list(own.names), list(own.places)
        taken = {v.name for v in names}
        for at, meant in self.asked:
            now = lookup(names[at].name)
            if meant is None or now is None:
                if meant is not now:
                    return None
            elif not self._alike(meant, now, names, taken, places):
                return None
        if self.forms is None:
            return e, e, ()
        local, computed = self.forms.over(names, (), places)
        return local, computed, tuple([names[i].name for i in self.resolved])

    def _alike(self, meant: Expr, now: Expr, names: list[Var], taken: set[str], places: list[Hashable]) -> bool:
        """Whether both are equal once names and places are put in; adds those that are new, names also to `taken`."""
        if not (type(meant) is Apply and type(now) is Apply and now.size <= LARGEST):
            return meant is now
        first, second = form(meant), form(now)
        if first.key != second.key:
            return False
        for before, after in zip(first.names, second.names, strict=True):
            at = self.known[before.name]
            if at < len(names):
                if names[at].name != after.name:
                    return False
            elif after.name in taken:
                return False
            else:
                names.append(after)
                taken.add(after.name)
        for here, there in zip(first.places, second.places, strict=True):
            at = self.places[here]
            if at < len(places):
                if places[at] != there:
                    return False
            elif there in places:
                return False
            else:
                places.append(there)
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
        found = None if known is None else known.over(own, e, self._lookup)
        if found is None:
            found = self._rewritten(e)
            remembered = self._remembered(own, e, *found)
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
        self, own: Form, e: Expr, local: Expr, computed: Expr, resolved: tuple[str, ...]
    ) -> _Rewritten | None:
        known = {v.name: i for i, v in enumerate(own.names)}
        places = {p: i for i, p in enumerate(own.places)}
        names = list(own.names)
        asked: list[tuple[int, Expr | None]] = []
        for name, meant in self._asked.items():
            asked.append((known[name], meant))
            if type(meant) is Apply:
                if meant.size > LARGEST:
                    return None
                behind = form(meant)
                for v in behind.names:
                    if v.name not in known:
                        known[v.name] = len(names)
                        names.append(v)
                for p in behind.places:
                    places.setdefault(p, len(places))
            elif type(meant) is Var and meant.name not in known:
                return None
        forms = None if local is e and computed is e else Template((local, computed), names, (), list(places))
        return _Rewritten(known, places, tuple(asked), forms, tuple([known[n] for n in resolved]))

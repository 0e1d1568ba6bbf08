"""Formulas that differ in nothing but their names: what holds for one of them is written again for all the others.

A loop over a thousand time steps has a thousand equations of one form. What is found out about the first, its true form
or its derivatives, depends on the form alone, so for the rest it is a matter of putting in other names.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Sequence
from typing import NamedTuple

from .expr import Apply, Attrs, Const, Expr, Var, variables

#: The : of x[3, :].
WHOLE = ("slice", None, None, None)
#: Symbols up to which a formula is compared with others.
LARGEST = 400


class Form(NamedTuple):
    """What a formula is but for its names and places: with equal keys, formulas are equal once these are.

    `names` are the distinct ones in the order of their first use; `places` the distinct indices, made of integers that
    are known beforehand, by which entries or rows are chosen: the 3 of x[3].
    """

    key: tuple[Hashable, ...]
    names: tuple[Var, ...]
    places: tuple[Hashable, ...] = ()


def form(e: Apply) -> Form:
    """The form of an expression, found once for each."""
    try:
        return e._form  # type: ignore[return-value]
    except AttributeError:
        e._form = found = _form(e)
        return found


def _form(e: Apply) -> Form:
    key: list[Hashable] = []
    index: dict[str, int] = {}
    names: list[Var] = []
    places: list[Hashable] = []
    stack: list[Expr] = [e]
    while stack:
        top = stack.pop()
        if type(top) is Apply:
            args = top.args
            place = place_of(top.attrs) if top.attrs else None
            if place is None:
                key += (top.op, top.attrs, len(args))
            else:
                if place not in places:
                    places.append(place)
                key += (top.op, places.index(place), top.shape, _elsewhere(top.attrs, None))
            stack.extend(args[::-1])
        elif type(top) is Var:
            at = index.get(top.name)
            if at is None:
                index[top.name] = len(names)
                names.append(top)
                key += (top.shape, top.integer)
            else:
                key.append(at)
        elif isinstance(top, Const):
            if top.shape == ():
                key += (top.value.tobytes(), top.name, top.integer)  # 0 and -0 differ
            else:
                key.append(top)
    return Form(tuple(key), tuple(names), tuple(places))


def place_of(attrs: Attrs) -> Hashable | None:
    """The index that an operation chooses by or puts at, where it is made of integers alone."""
    for name, value in attrs:
        if name == "index":
            plain = all(item[0] == "int" or item == WHOLE for item in value)  # type: ignore[attr-defined]
            return value if plain else None
    return None


def _elsewhere(attrs: Attrs, place: Hashable) -> Attrs:
    """The attributes of an operation at another place."""
    return tuple([(name, place if name == "index" else value) for name, value in attrs])


def names_in(e: Expr) -> list[str]:
    """The distinct names in `e` in the order of their first use."""
    if type(e) is Apply and e.size <= LARGEST:
        return [v.name for v in form(e).names]
    return list(variables(e))


class Template:
    """Formulas over some names, to be written over others. What they share is shared again.

    `parts` of them may be given anew as well, and the `places` that they choose entries at.
    """

    __slots__ = ("_fixed", "_keys", "_out", "_steps")

    def __init__(
        self,
        formulas: Sequence[Expr],
        names: Sequence[Var],
        parts: Sequence[Expr] = (),
        places: Sequence[Hashable] = (),
    ) -> None:
        at = {v.name: i for i, v in enumerate(names)}
        slot = {id(x): len(names) + i for i, x in enumerate(parts)}
        moving = set(slot)  # all in which a name stands
        needed = parts_of(formulas, slot)
        moved = {id(x): places.index(p) for x in needed if type(x) is Apply and (p := place_of(x.attrs)) in places}
        for x in needed:
            if type(x) is Var or id(x) in moved or (type(x) is Apply and any(id(a) in moving for a in x.args)):
                moving.add(id(x))
        self._fixed = [x for x in needed if id(x) not in moving]
        given = len(names) + len(parts)
        slot.update((id(x), given + i) for i, x in enumerate(self._fixed))
        self._steps: list[tuple[Apply, tuple[int, ...], int | None]] = []
        for x in needed:
            if type(x) is Var:
                slot[id(x)] = at[x.name]
            elif type(x) is Apply and id(x) in moving:
                slot[id(x)] = given + len(self._fixed) + len(self._steps)
                self._steps.append((x, tuple([slot[id(a)] for a in x.args]), moved.get(id(x))))
        self._out = [slot[id(x)] for x in formulas]
        self._keys: list[tuple[tuple[Hashable, ...], tuple[int, ...], tuple[int, ...]] | None] = []
        for x in formulas:
            found = form(x) if type(x) is Apply and id(x) in moving and x.size <= LARGEST else None
            if found is None or any(p not in places for p in found.places):
                self._keys.append(None)
            else:
                own = tuple([at[v.name] for v in found.names]), tuple([places.index(p) for p in found.places])
                self._keys.append((found.key, *own))

    def over(self, names: Sequence[Var], parts: Sequence[Expr] = (), places: Sequence[Hashable] = ()) -> list[Expr]:
        """The formulas over these names, as many, of the same shapes and as distinct as the first ones were.

        So are the places.
        """
        made: list[Expr] = [*names, *parts, *self._fixed]
        for like, slots, place in self._steps:
            e = _again(like, tuple([made[i] for i in slots]))
            if place is not None:
                e.attrs = _elsewhere(like.attrs, places[place])
            made.append(e)
        out = [made[i] for i in self._out]
        for formula, known in zip(out, self._keys, strict=True):
            if known is not None:
                own = tuple([names[i] for i in known[1]]), tuple([places[i] for i in known[2]])
                formula._form = Form(known[0], *own)  # type: ignore[attr-defined]
        return out


def parts_of(formulas: Sequence[Expr], known: Container[int] = ()) -> list[Expr]:
    """Every part of the formulas once, operands first; none of those whose ids are `known`, nor what is inside them."""
    found: list[Expr] = []
    done: set[int] = set()
    for e in formulas:
        stack = [e]
        while stack:
            top = stack[-1]
            if id(top) in known:
                stack.pop()
                continue
            waiting = [a for a in top.args if id(a) not in done and id(a) not in known] if type(top) is Apply else []
            if waiting:
                stack += waiting[::-1]
                continue
            stack.pop()
            if id(top) not in done:
                done.add(id(top))
                found.append(top)
    return found


def applied(e: Apply) -> list[Apply]:
    """The operations in `e` in an order that its form fixes, `e` first."""
    found = [e]
    for x in found:
        found += [a for a in x.args if type(a) is Apply]
    return found


def _again(like: Apply, args: tuple[Expr, ...]) -> Apply:
    """The operation over other operands of the same shapes and sizes."""
    e = Apply.__new__(Apply)
    e.op = like.op
    e.args = args
    e.attrs = like.attrs
    e.shape = like.shape
    e.integer = like.integer
    e.size = like.size
    e.depth = like.depth
    return e

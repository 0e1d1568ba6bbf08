"""Right-hand sides that are read again and again: in every turn of a loop, in every call of a def.

What the text says is the same each time, only the members that it names are others. So it is read, and then written
again over the members of this turn. Wherever more than names may differ, it is read anew.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from graphviz_models.expr import Apply, Const, Expr, Var
from graphviz_models.forms import LARGEST, WHOLE, Template, applied, form, place_of
from graphviz_models.parse import check_bounds, whole_or_none
from graphviz_models.problem import MistakeError, SilentError

from .names import Names, member

#: Readings before a text is worth a template, and templates made of one text in vain before it is let be.
FIRST, MOST_TRIES = 2, 8


class Readings:
    """Reads right-hand sides by `read`, those that come again by their templates."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._known: dict[int, _Reading] = {}
        self._read: dict[int, int] = {}

    def again(self, node: ast.expr) -> Expr | None:
        """What the text at `node` says now, as far as that is known from before."""
        known = self._known.get(id(node))
        return None if known is None else known.again(self._names)

    def remember(self, node: ast.expr, e: Expr) -> None:
        """Learns from what was read there just now."""
        times = self._read[id(node)] = self._read.get(id(node), 0) + 1
        if FIRST < times <= FIRST + MOST_TRIES and type(e) is Apply and e.size <= LARGEST:
            found = _reading(node, e, self._names)
            if found is not None:
                self._known[id(node)] = found


@dataclass(frozen=True, eq=False)
class _Site:
    """A place whose meaning may change: a member of the family `base`, or, without an index, a name inside a def.

    A member's index lies `offset` beyond the loop variable `variable`; without one it is worked out anew.
    """

    meant: Expr
    base: str
    index: ast.expr | None = None
    variable: str = ""
    offset: int = 0

    def now(self, names: Names) -> Expr | None:
        """What stands there now; None where the place must be read to know it."""
        if self.index is None:
            _, held, turns = names.frames[-1]
            return held[self.base] if self.base in held else None if self.base in turns else names.vars.get(self.base)
        turn = names.turn(self.variable) if self.variable else None
        if turn is not None:
            return names.vars.get(member(self.base, turn + self.offset))
        try:
            at = whole_or_none(self.index, names)
        except (MistakeError, SilentError):
            return None
        return None if at is None else names.vars.get(member(self.base, at))


@dataclass(frozen=True, eq=False)
class _Entry:
    """Brackets on an array whose integers may change; `sizes` are the lengths of the axes that they choose along."""

    parts: tuple[ast.expr, ...]
    sizes: tuple[int, ...]
    meant: tuple[tuple[object, ...], ...]

    def now(self, names: Names) -> tuple[tuple[object, ...], ...] | None:
        """Which entry they choose now; None where there is none."""
        try:
            found = _place(self.parts, names)
        except (MistakeError, SilentError):
            return None
        if found is None or any(
            type(at) is int and not -size <= at < size for (_, at, *_), size in zip(found, self.sizes, strict=True)
        ):
            return None
        return found


class _Reading:
    """What a right-hand side said, with the places at which it may say something else."""

    def __init__(self, e: Apply, sites: list[_Site], entries: list[_Entry]) -> None:
        _, self._own, self._places = form(e)
        place = {v.name: i for i, v in enumerate(self._own)}
        self._sites = [(s, place.get(s.meant.name, -1) if type(s.meant) is Var else -1) for s in sites]
        self._entries = [(x, self._places.index(x.meant)) for x in entries]
        self._template = Template((e,), self._own, (), self._places)
        self._chooses = bool(_choices(e))

    def again(self, names: Names) -> Expr | None:
        own = list(self._own)
        moved: dict[int, str] = {}
        for site, i in self._sites:
            now, meant = site.now(names), site.meant
            if type(now) is Var and type(meant) is Var:
                if now.shape != meant.shape or now.integer != meant.integer:
                    return None
                if i >= 0:
                    if moved.setdefault(i, now.name) != now.name:
                        return None
                    own[i] = now
            elif not _same(now, meant):
                return None
        if len({v.name for v in own}) < len(own):
            return None
        places = self._places if not self._entries else self._chosen(names)
        if places is None:
            return None
        e = self._template.over(own, (), places)[0]
        return None if self._chooses and not _within(e, names) else e

    def _chosen(self, names: Names) -> Sequence[Hashable] | None:
        """The places that are chosen now."""
        places = list(self._places)
        moved: dict[int, object] = {}
        for entry, i in self._entries:
            now = entry.now(names)
            if now is None or moved.setdefault(i, now) != now:
                return None
            places[i] = now
        return places if len(set(places)) == len(places) else None


def _same(now: Expr | None, meant: Expr) -> bool:
    if now is meant:
        return True
    return (
        type(now) is Const
        and type(meant) is Const
        and now.shape == meant.shape == ()
        and (now.value.tobytes(), now.name, now.integer) == (meant.value.tobytes(), meant.name, meant.integer)
    )


def _choices(e: Expr) -> list[Apply]:
    """The places where an integer of the model chooses an entry."""
    found = []
    stack = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, Apply):
            if top.op.name == "index" and len(top.args) > 1:
                found.append(top)
            stack.extend(top.args)
    return found


def _within(e: Expr, names: Names) -> bool:
    """Whether all integers that choose an entry find one."""
    try:
        for x in _choices(e):
            check_bounds(ast.Pass(), x.args[0], dict(x.attrs)["index"], x.args[1:], names)  # type: ignore[arg-type]
    except MistakeError:
        return False
    return True


def _reading(node: ast.expr, e: Apply, names: Names) -> _Reading | None:
    """The places of `node`, whose meaning is `e`; None where something else than names may change."""
    sites: list[_Site] = []
    entries: list[_Entry] = []
    fixed: set[object] = set()
    stack: list[ast.AST] = [node]
    while stack:
        top = stack.pop()
        match top:
            case ast.Name(id=name):
                if names.turn(name) is not None:
                    return None
                meant = names.value(top)
                if names.frames and (type(meant) is Var or name in names.frames[-1][1]):
                    sites.append(_Site(meant, name))
                elif type(meant) is Var:
                    fixed.add(meant.name)
            case ast.Subscript(value=ast.Name(id=base), slice=index) if names.is_family(base):
                at = whole_or_none(index, names)
                found = None if at is None else names.member(top, base, at)
                if type(found) is not Var:
                    return None
                if _moves(index, names):
                    sites.append(_Site(found, base, index, *_steps(index, names)))
                else:
                    fixed.add(found.name)
            case ast.Subscript(value=array, slice=index):
                parts = tuple(index.elts) if isinstance(index, ast.Tuple) else (index,)
                place = _place(parts, names)
                axes = [x.args[0].shape for x in applied(e) if x.op.name == "index" and place_of(x.attrs) == place]
                stack.append(array)
                if place is None or not axes:
                    stack += parts
                elif any(_moves(part, names) for part in parts):
                    sizes = tuple(map(min, zip(*(shape[: len(parts)] for shape in axes), strict=True)))
                    entries.append(_Entry(parts, sizes, place))
                else:
                    fixed.add(place)
            case ast.Call(func=ast.Name(id=name)):
                if names.defines(name):
                    return None
                stack += [*top.args, *top.keywords]
            case _:
                stack += ast.iter_child_nodes(top)
    if any(type(s.meant) is Var and s.meant.name in fixed for s in sites) or any(x.meant in fixed for x in entries):
        return None
    return _Reading(e, sites, entries)


def _place(parts: tuple[ast.expr, ...], names: Names) -> tuple[tuple[object, ...], ...] | None:
    """What an index of integers and colons chooses; None where it is more than that."""
    found: list[tuple[object, ...]] = []
    for part in parts:
        if isinstance(part, ast.Slice) and part.lower is part.upper is part.step is None:
            found.append(WHOLE)
            continue
        at = whole_or_none(part, names)
        if at is None:
            return None
        found.append(("int", at))
    return tuple(found)


def _moves(index: ast.expr, names: Names) -> bool:
    """Whether an index may be another one the next time."""
    found = [n.id for n in ast.walk(index) if isinstance(n, ast.Name)]
    return any(names.turn(n) is not None or (names.frames and n in names.frames[-1][1]) for n in found)


def _steps(index: ast.expr, names: Names) -> tuple[str, int]:
    """The loop variable that an index goes with and how far from it; no name where it is not as simple as that."""
    match index:
        case ast.Name(id=name):
            offset = 0
        case ast.BinOp(left=ast.Name(id=name), op=ast.Add(), right=ast.Constant(value=int() as offset)):
            pass
        case ast.BinOp(left=ast.Name(id=name), op=ast.Sub(), right=ast.Constant(value=int() as less)):
            offset = -less
        case _:
            return "", 0
    return (name, offset) if names.turn(name) is not None else ("", 0)

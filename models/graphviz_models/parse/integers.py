"""Integers known before anything is computed: indices, bounds of loops, axes, shapes."""

from __future__ import annotations

import ast

from graphviz_models.expr import Const
from graphviz_models.parse.scope import Scope
from graphviz_models.problem import MistakeError, SilentError

INT64 = 2**63


def whole(node: ast.expr, scope: Scope) -> int:
    """An integer expression of constants and loop variables; raises MistakeError."""
    value = whole_or_none(node, scope)
    if value is None:
        unknown = next((n for n in ast.walk(node) if isinstance(n, ast.Name) and scope.whole(n) is None), None)
        what = f"{unknown.id} is no integer here" if unknown else "this is no integer"
        raise MistakeError(unknown or node, f"{what}: write a whole number, an integer constant or a loop variable")
    return value


def whole_or_none(node: ast.expr, scope: Scope) -> int | None:
    """As `whole`, but None where the expression is no such integer."""
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return _bounded(node, value)
        case ast.Name():
            return scope.whole(node)
        case ast.Subscript(value=ast.Name(), slice=index) if (at := whole_or_none(index, scope)) is not None:
            return _known_entry(node, scope, at)
        case ast.UnaryOp(op=ast.USub(), operand=a):
            inner = whole_or_none(a, scope)
            return None if inner is None else _bounded(node, -inner)
        case ast.UnaryOp(op=ast.UAdd(), operand=a):
            return whole_or_none(a, scope)
        case ast.BinOp(left=a, op=operator, right=b):
            x, y = whole_or_none(a, scope), whole_or_none(b, scope)
            return None if x is None or y is None else _arithmetic(node, operator, x, y)
    return None


def _known_entry(node: ast.Subscript, scope: Scope, at: int) -> int | None:
    base = node.value
    if isinstance(base, ast.Name) and not scope.is_family(base.id):
        try:
            held = scope.value(base)
        except (MistakeError, SilentError):
            return None
        if not (isinstance(held, Const) and held.integer and len(held.shape) == 1):
            return None
        if not -held.shape[0] <= at < held.shape[0]:
            raise MistakeError(node, f"{base.id} has {held.shape[0]} entries, counted from 0: there is no {at}")
        return int(held.value[at])
    if isinstance(base, ast.Name):
        found = scope.member(node, base.id, at)
        if isinstance(found, Const) and found.integer and found.shape == ():
            return int(found.value)
    return None


def _bounded(place: ast.AST, value: int) -> int:
    if not -INT64 <= value < INT64:
        raise MistakeError(place, "this integer does not fit in 64 bits: write a smaller one")
    return value


def _arithmetic(place: ast.AST, operator: ast.operator, x: int, y: int) -> int | None:
    match operator:
        case ast.Add():
            return _bounded(place, x + y)
        case ast.Sub():
            return _bounded(place, x - y)
        case ast.Mult():
            return _bounded(place, x * y)
        case ast.FloorDiv() | ast.Mod():
            if y == 0:
                raise MistakeError(place, "division by 0 in an integer: write another divisor")
            return _bounded(place, x // y if isinstance(operator, ast.FloorDiv) else x % y)
        case ast.Pow():
            if y < 0:
                raise MistakeError(place, "an integer power needs an exponent of 0 or more")
            if abs(x) > 1 and y * (abs(x).bit_length() - 1) > 64:
                raise MistakeError(place, "this integer does not fit in 64 bits: write a smaller one")
            return _bounded(place, x**y if abs(x) > 1 else x ** (y % 2 + 2 if y else 0))
    return None

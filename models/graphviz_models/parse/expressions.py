"""Expressions from their syntax trees: an allow list, every refusal with its remedy."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Hashable, Sequence
from typing import NoReturn

import numpy as np

from graphviz_models.expr import OPS, Apply, Const, Expr, MismatchError, Var, evaluate, make
from graphviz_models.ops.table import MOST_AXES
from graphviz_models.parse.integers import whole, whole_or_none
from graphviz_models.parse.scope import Scope
from graphviz_models.problem import MistakeError, SilentError
from graphviz_models.signatures import FUNCTIONS, Signature

NAME = re.compile(r"[A-Za-z_\u0370-\u03ff\u1f00-\u1fff][A-Za-z0-9_\u0370-\u03ff\u1f00-\u1fff]*\Z")
DEEPEST, LARGEST, MOST_ENTRIES = 100, 20_000, 10**7
BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow", ast.MatMult: "matmul"}
COMPARE = {
    ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater", ast.GtE: "greater_equal", ast.Eq: "equal",
    ast.NotEq: "not_equal",
}  # fmt: skip
ARITHMETIC = frozenset({*BINARY.values(), "neg"})
REMEDY = {"ln": "log", "sigm": "sigmoid", "arctanh": "log", "max0": "relu", "Relu": "relu", "ReLU": "relu",
          "power": "**", "multiply": "*", "add": "+", "matmul": "@", "exponential": "exp", "σ": "sigmoid"}  # fmt: skip


def check_depth(tree: ast.AST) -> None:
    """Raises MistakeError where the tree nests deeper than 100 levels; a chain of + or * counts as one."""
    if isinstance(tree, ast.stmt) and tree.lineno == tree.end_lineno and (tree.end_col_offset or 0) <= DEEPEST:
        return  # every level takes a character at least
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > DEEPEST:
            raise MistakeError(node, f"nested more than {DEEPEST} levels deep: give parts of it names of their own")
        for child in _parts(node):
            chain = isinstance(node, ast.BinOp) and child is node.left and isinstance(child, ast.BinOp)
            same = chain and _family(node.op) == _family(child.op)  # type: ignore[attr-defined]
            counts = isinstance(child, ast.expr) and not same
            stack.append((child, depth + counts))


def _parts(node: ast.AST) -> list[ast.AST]:
    """The parts of a syntax tree's node that may have parts themselves, or be too deep."""
    found: list[ast.AST] = []
    for name in node._fields:
        part = getattr(node, name)
        if isinstance(part, list):
            found += [p for p in part if isinstance(p, ast.AST)]
        elif isinstance(part, ast.AST) and part._fields:  # an operator, a context has none
            found.append(part)
    return found


def _family(operator: ast.operator) -> str:
    return "sum" if isinstance(operator, ast.Add | ast.Sub) else type(operator).__name__


def read(node: ast.expr, scope: Scope) -> Expr:
    """The expression that a syntax tree stands for; raises MistakeError with the place and the remedy."""
    try:
        e = _read(node, scope)
    except MismatchError as problem:
        raise MistakeError(node, str(problem)) from None
    if e.size > LARGEST:
        raise MistakeError(node, f"the formula has more than {LARGEST:,} symbols: give parts of it names of their own")
    return e


def _built(place: ast.AST, scope: Scope, name: str, *args: Expr, **attrs: Hashable) -> Expr:
    try:
        e = make(name, *args, **attrs)
    except MismatchError as problem:
        raise MistakeError(place, str(problem)) from None
    if e.size > LARGEST or e.depth > 2 * DEEPEST:
        raise MistakeError(place, f"the formula has more than {LARGEST:,} symbols or {2 * DEEPEST} levels: give parts "
                                  "of it names of their own")  # fmt: skip
    if math.prod(e.shape) > MOST_ENTRIES:
        raise MistakeError(place, f"this has more than {MOST_ENTRIES:,} entries: write smaller arrays")
    if e.ndim > MOST_AXES:
        raise MistakeError(place, f"this has more than {MOST_AXES} axes: write arrays of fewer")
    if e.shape == () and e.size < 100 and not any(isinstance(a, Var) for a in args) and _typed(e):
        _finite(place, e)
    return e


def _typed(e: Expr) -> bool:
    """Whether `e` is arithmetic of typed numbers alone."""
    if isinstance(e, Apply):
        return e.op.name in ARITHMETIC and all(map(_typed, e.args))
    return isinstance(e, Const) and not e.name


def _finite(place: ast.AST, e: Expr) -> None:
    with np.errstate(all="ignore"):
        value = evaluate(e, {})
    if not np.all(np.isfinite(value)):
        raise MistakeError(place, "this constant is too large for a float64 or not defined: write a finite number")


def _read(node: ast.expr, scope: Scope) -> Expr:
    match node:
        case ast.Constant():
            return _number(node)
        case ast.Name():
            return scope.value(node)
        case ast.UnaryOp(op=ast.USub(), operand=a):
            inner = _read(a, scope)
            if isinstance(inner, Const) and not inner.name and inner.shape == () and isinstance(a, ast.Constant):
                return Const(-inner.value, integer=inner.integer)
            return _built(node, scope, "neg", inner)
        case ast.UnaryOp(op=ast.UAdd(), operand=a):
            return _read(a, scope)
        case ast.BinOp():
            return _binary(node, scope)
        case ast.Attribute(value=a, attr="T"):
            return _built(node, scope, "transpose", _read(a, scope))
        case ast.Attribute(value=ast.Name(id="np" | "numpy" | "math" | "torch" | "scipy"), attr=name):
            raise MistakeError(node, f"write {name} without the name of a library before it")
        case ast.Attribute(attr=name):
            raise MistakeError(node, f".{name} is not known: only .T may follow a value, else write {name}(...)")
        case ast.Subscript():
            return _subscript(node, scope)
        case ast.Call():
            return _call(node, scope)
    return _refuse(node)


def _refuse(node: ast.AST) -> NoReturn:
    match node:
        case ast.Compare():
            say = "a comparison stands only inside where: write where(condition, a, b)"
        case ast.List() | ast.Tuple():
            say = "a list stands only as an argument of stack, concatenate, reshape, zeros or ones: write stack([a, b])"
        case ast.IfExp():
            say = "if … else is not known: write where(condition, a, b)"
        case ast.Lambda() | ast.ListComp() | ast.GeneratorExp() | ast.DictComp() | ast.SetComp():
            say = "this is not known: write a for loop or a def of its own"
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            say = "and, or, not are not known: nest where(condition, a, b)"
        case _:
            say = "an equation cannot contain this: write numbers, names, + - * / ** @, brackets or functions"
    raise MistakeError(node, say)


def _number(node: ast.Constant) -> Const:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        shown = "..." if value is Ellipsis else repr(value)
        raise MistakeError(node, f"{shown[:40]} is not a number: write a number or a name")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise MistakeError(node, "this number is too large for a float64: write one below 1.8e308")
    return Const(number, integer=isinstance(value, int))


def _binary(node: ast.BinOp, scope: Scope) -> Expr:
    chain: list[ast.BinOp] = [node]
    while isinstance(chain[-1].left, ast.BinOp) and _family(chain[-1].left.op) == _family(node.op):
        chain.append(chain[-1].left)
    for link in chain:
        if type(link.op) not in BINARY:
            if isinstance(link.op, ast.BitXor):
                raise MistakeError(link, "^ is not a power: write **")
            if isinstance(link.op, ast.FloorDiv | ast.Mod):
                raise MistakeError(link, "// and % stand only in an index or a bound: write / for a quotient")
            raise MistakeError(link, "this operator is not known: write + - * / ** or @")
    first = _read(chain[-1].left, scope)
    rest = [(link, BINARY[type(link.op)], _read(link.right, scope)) for link in reversed(chain)]
    if len(rest) > DEEPEST // 2 and all(name == "add" for _, name, _ in rest):
        return _balanced(node, scope, [first, *(e for _, _, e in rest)])
    if len(rest) > DEEPEST:
        raise MistakeError(node, f"a chain of more than {DEEPEST} operators: give parts of it names of their own")
    for link, name, operand in rest:
        first = _built(link, scope, name, first, operand)
    return first


def _balanced(place: ast.AST, scope: Scope, parts: list[Expr]) -> Expr:
    """A long sum as a shallow tree, so that no walk over it goes deep."""
    while len(parts) > 1:
        paired = [_built(place, scope, "add", a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = paired + parts[len(paired) * 2 :]
    return parts[0]


def _subscript(node: ast.Subscript, scope: Scope) -> Expr:
    if isinstance(node.value, ast.Name) and scope.is_family(node.value.id):
        base = node.value.id
        if isinstance(node.slice, ast.Slice | ast.Tuple):
            raise MistakeError(node, f"{base} is a family: choose one member with an integer, {base}[1]")
        return scope.member(node, base, whole(node.slice, scope))
    array = _read(node.value, scope)
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    chosen: list[Expr] = []
    index = [_index_item(part, scope, chosen) for part in parts]
    e = _built(node, scope, "index", array, *chosen, index=tuple(index))
    check_bounds(node, array, index, chosen, scope)
    return e


def _index_item(part: ast.expr, scope: Scope, chosen: list[Expr]) -> tuple[Hashable, ...]:
    match part:
        case ast.Slice(lower=a, upper=b, step=c):
            step = None if c is None else whole(c, scope)
            if step == 0:
                raise MistakeError(part, "the step of a slice must not be 0")
            return ("slice", None if a is None else whole(a, scope), None if b is None else whole(b, scope), step)
        case ast.Constant(value=None):
            return ("new",)
        case ast.Constant(value=v) if v is Ellipsis:
            return ("all",)
    at = whole_or_none(part, scope)
    if at is not None:
        return ("int", at)
    e = _read(part, scope)
    if not e.integer:
        raise MistakeError(part, "an index must be an integer: write an integer, a loop variable, or an integer target "
                                 "such as c = 2 (not 2.0)")  # fmt: skip
    chosen.append(e)
    return ("arg", len(chosen) - 1)


def check_bounds(
    place: ast.AST, array: Expr, index: Sequence[tuple[Hashable, ...]], chosen: Sequence[Expr], scope: Scope
) -> None:
    """Raises MistakeError where an integer of the model, known beforehand, chooses an entry that is not there."""
    values = [scope.known(e) for e in chosen]
    if chosen and all(v is not None for v in values):
        probe = np.lib.stride_tricks.as_strided(np.zeros(1), shape=array.shape, strides=(0,) * array.ndim)
        try:
            OPS["index"].value(probe, *values, index=tuple(index))
        except IndexError as problem:
            raise MistakeError(place, f"{problem}: indices count from 0") from None


def _call(node: ast.Call, scope: Scope) -> Expr:
    if not isinstance(node.func, ast.Name):
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
            raise MistakeError(node.func, f"write {name}(...) with the value as its argument, without anything before")
        raise MistakeError(node, "only functions can be called: write the name of a function before the brackets")
    name = node.func.id
    if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
        raise MistakeError(node, "* and ** do not unpack here: write the arguments out")
    signature = FUNCTIONS.get(name)
    own = _own_call(node, name, scope)
    if own is not None:
        return own
    if signature is None:
        if name in scope.broken:
            raise SilentError
        if name in scope.suggestions():
            raise MistakeError(node.func, f"{name} is a value, not a function: write {name}*(...) for a product")
        say = f": write {REMEDY[name]}" if name in REMEDY else scope.nearest(name, [*FUNCTIONS, *scope.suggestions()])
        say = say or ": write one of its functions (exp, log, tanh, sum, mean, softmax, …) or define it with def"
        raise MistakeError(node.func, f"{name} is not a function of the language{say}")
    return _applied(node, signature, scope)


def _own_call(node: ast.Call, name: str, scope: Scope) -> Expr | None:
    defined = getattr(scope, "defines", lambda _: False)(name)
    if not defined:
        return None
    if node.keywords:
        raise MistakeError(node, f"{name} takes its arguments by place: leave out the names before =")
    return scope.call(node, name, [_read(a, scope) for a in node.args])


def _applied(node: ast.Call, signature: Signature, scope: Scope) -> Expr:
    """A function of the language applied, its arguments sorted into operands with attributes."""
    bound = signature.bind(node)
    operands: list[Expr] = []
    for kind, part in bound.operands:
        if kind == "condition":
            operands.append(_condition(part, scope))
        elif kind == "sequence":
            operands.extend(_read(p, scope) for p in _elements(part, signature.name))
        elif kind == "bound" and isinstance(part, ast.Constant) and part.value is None:
            operands.append(Const(-math.inf if len(operands) == 1 else math.inf))
        else:
            operands.append(_read(part, scope))
    attrs = {key: _attribute(key, part, scope) for key, part in bound.attributes.items()}
    try:
        name, operands, attrs = signature.finish(operands, attrs)
        if name == "const":
            return operands[0]
    except MismatchError as problem:
        raise MistakeError(node, str(problem)) from None
    return _built(node, scope, name, *operands, **attrs)


def _elements(part: ast.expr, name: str) -> list[ast.expr]:
    if not isinstance(part, ast.List | ast.Tuple):
        raise MistakeError(part, f"{name} needs a list: write {name}([a, b])")
    if not part.elts:
        raise MistakeError(part, f"{name} needs at least one entry in its list")
    return part.elts


def _condition(part: ast.expr, scope: Scope) -> Expr:
    if not isinstance(part, ast.Compare):
        return _read(part, scope)
    sides = [_read(part.left, scope), *(_read(c, scope) for c in part.comparators)]
    tests = []
    for operator, a, b in zip(part.ops, sides, sides[1:], strict=False):
        if type(operator) not in COMPARE:
            raise MistakeError(part, "this comparison is not known: write < <= > >= == or !=")
        tests.append(_built(part, scope, COMPARE[type(operator)], a, b))
    both = tests[0]
    for test in tests[1:]:
        both = _built(part, scope, "mul", both, test)
    return both


def _attribute(key: str, part: ast.expr, scope: Scope) -> Hashable:
    if key in ("axis", "axes", "shape"):
        if isinstance(part, ast.Constant) and part.value is None:
            return None
        if isinstance(part, ast.Tuple | ast.List):
            return tuple(whole(p, scope) for p in part.elts)
        return whole(part, scope)
    if key == "keepdims":
        if isinstance(part, ast.Constant) and isinstance(part.value, bool):
            return part.value
        raise MistakeError(part, "keepdims= is True or False")
    if key == "mode":
        if isinstance(part, ast.Constant) and part.value in ("full", "same", "valid"):
            return str(part.value)
        raise MistakeError(part, "mode= is 'full', 'same' or 'valid'")
    if key == "slope":
        e = _read(part, scope)
        if isinstance(e, Const) and e.shape == ():
            return float(e.value)
        raise MistakeError(part, "slope= is a number or a constant")
    if key == "ord":
        if isinstance(part, ast.Constant) and part.value is None:
            return None
        return whole(part, scope)
    return whole(part, scope)

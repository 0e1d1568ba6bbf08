"""Which arrays are signals, drawn as stems, and which axes count samples."""

from __future__ import annotations

from collections.abc import Iterator

from graphviz_models.expr import Apply, Expr, Var
from graphviz_models.program import Program


def samples(program: Program) -> set[tuple[int, ...]]:
    """Lengths of the sample axis, the columns of matrices of data: vectors of such a length are rows as well.

    A matrix whose rows are multiplied by weights, as in X @ w, has a sample in each row.
    """
    if program.level == "neurons":  # a neuron's vector has a value for each sample
        return {program.shape(name) for name in program.names if program.shape(name)}
    data = [one for one in program.given.values() if one.role in ("input", "target") and one.value.ndim == 2]
    if not data:
        return set()
    features = {name for equation in program.equations for name in _summed_over_columns(equation.rhs)}
    return {one.value.shape[1:] for one in data if one.value.shape[1] > 1 and one.name not in features}


def _summed_over_columns(rhs: Expr) -> set[str]:
    """The names X in products X @ w and w @ X.T of a formula."""
    found: set[str] = set()
    for product in _operations(rhs):
        if product.op.name == "matmul":
            left, right = product.args
            if isinstance(left, Var):
                found.add(left.name)
            if isinstance(right, Apply) and right.op.name == "transpose":
                found.add(_base(right))
    return found


def _operations(rhs: Expr) -> Iterator[Apply]:
    """Every operation of a formula, each once."""
    stack, seen = [rhs], set[int]()
    while stack:
        top = stack.pop()
        if isinstance(top, Apply) and id(top) not in seen:
            seen.add(id(top))
            yield top
            stack.extend(top.args)


def signals(program: Program) -> set[str]:
    """Nodes that are signals or kernels: what convolutions read and make, also through x[k] and entry by entry.

    So are arrays of signals: what x[k], a node of its own, is taken from, and what signals are stacked into.
    """
    found: set[str] = set()
    for equation in program.equations:
        convolves = [one for one in _operations(equation.rhs) if one.op.name in ("convolve", "correlate")]
        found.update(_base(part) for one in convolves for part in one.args)
        if convolves:
            found.add(equation.name)
    for equation in reversed(program.equations):
        if equation.name in found and _does(equation.rhs, "index", "transpose"):
            found.add(_base(equation.rhs))
    for equation in program.equations:  # relu of a signal, a signal minus its target
        if _does(equation.rhs, "stack", "concatenate") and all(read in found for read in equation.reads):
            found.add(equation.name)
        if equation.rhs.shape and any(read in found for read in equation.reads):
            same = [read for read in equation.reads if program.shape(read) == equation.rhs.shape]
            if any(read in found for read in same):
                found.update((equation.name, *same))
    for given in program.given.values():
        fed = program.consumers.get(given.name, ())
        if (
            given.role == "target"
            and given.value.ndim
            and any(
                read in found and program.shape(read) == given.value.shape
                for name in fed
                for read in program.equation[name].reads
            )
        ):
            found.add(given.name)
    return {name for name in found if name and program.shape(name)}


def convolved(product: Expr) -> Expr | None:
    """δ ⋆ w for what flows back through a convolution of several channels, the sum of δ_j ⋆ w_kj; None for others."""
    found: set[Apply] = set()
    terms = [product]
    for term in terms:
        if isinstance(term, Apply) and term.op.name in ("add", "put"):
            terms += [a for a in term.args if a.shape]
        elif isinstance(term, Apply) and term.op.name in ("convolve", "correlate"):
            first, second = (Var(name, (1,)) for name in map(_base, term.args))
            found.add(Apply(term.op, (first, second), (), (1,)))
        else:
            return None
    return found.pop() if len(found) == 1 else None


def _does(rhs: Expr, *operations: str) -> bool:
    return isinstance(rhs, Apply) and rhs.op.name in operations


def _base(expression: Expr) -> str:
    while isinstance(expression, Apply) and expression.op.name in ("index", "transpose") and expression.args:
        expression = expression.args[0]
    return expression.name if isinstance(expression, Var) else ""

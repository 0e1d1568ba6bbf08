"""Linear autoencoders against principal components: the least cost, the learned subspace, what centring changes.

J = s Σ_n |x̃_n − x_n|² with x̃ = U₂U₁x, data in columns. The best U₂U₁ of rank k projects on the k leading eigenvectors
of M = s X Xᵀ and leaves J = Σ_{i>k} λ_i (Assignment 3, question 4). For centred data and s = 1/N, M is the covariance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .expr import Apply, Array, Const, Expr, Var, evaluate
from .program import Program
from .train import History, train

#: A singular value below this share of the largest counts as 0.
RANK = 1e-12


@dataclass(frozen=True)
class Autoencoder:
    """A program that is one: the nodes, the scale s of its cost, the width k of its code."""

    encoder: str
    decoder: str
    data: str
    scale: float
    width: int


@dataclass(frozen=True, eq=False)
class Principal:
    """Eigenvalues of M (d,), the largest first; its orthonormal eigenvectors (d, d), in columns in the same order."""

    values: Array
    vectors: Array

    def least_cost(self, width: int) -> float:
        """The least J with a code of `width` numbers: the sum of the eigenvalues that are left out."""
        return float(np.sum(self.values[width:]))


def autoencoder(program: Program) -> Autoencoder | None:
    """The linear autoencoder that a program is; None where it is another model.

    The loss is sum((x̃ - X)**2), as it is or scaled by a number, or mean((x̃ - X)**2); x̃ = U2 @ U1 @ X in any bracketing
    and by any names, X an input with samples in columns, U1 and U2 the only parameters.
    """
    scale, total = _unscaled(program.equation[program.loss].rhs, program)
    if (
        not isinstance(total, Apply)
        or total.op.name not in ("sum", "mean")
        or dict(total.attrs).get("axis") is not None
    ):
        return None
    difference = _squared(_named(total.args[0], program), program)
    if difference is None or len(difference.shape) != 2:
        return None
    if total.op.name == "mean":
        scale /= difference.shape[0] * difference.shape[1]
    for product, data in (difference.args, difference.args[::-1]):
        factors = _factors(product, program)
        if len(factors) == 3 and isinstance(data, Var) and factors[2] is not None and factors[2].name == data.name:
            decoder, encoder = factors[0], factors[1]
            roles = [program.role(f.name) if f is not None else "" for f in (decoder, encoder, data)]
            if decoder is None or encoder is None or roles != ["parameter", "parameter", "input"]:
                return None
            others = {n for n, g in program.given.items() if g.role == "parameter"} - {decoder.name, encoder.name}
            if others & program.ancestors or decoder.name == encoder.name or not 0 < scale < np.inf:
                return None
            return Autoencoder(encoder.name, decoder.name, data.name, scale, encoder.shape[0])
    return None


def principal(data: Array, scale: float) -> Principal:
    """The eigenvectors of M = scale · data dataᵀ, each with its largest entry positive; data is (d, N)."""
    values, vectors = np.linalg.eigh(scale * (data @ data.T))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    largest = vectors[np.argmax(np.abs(vectors), axis=0), np.arange(len(values))]
    return Principal(values, vectors * np.where(largest < 0, -1.0, 1.0))


def centred(data: Array) -> Array:
    """The data (d, N) less their mean."""
    moved: Array = data - np.mean(data, axis=1, keepdims=True)
    return moved


def cost(model: Autoencoder, data: Array, encoder: Array, decoder: Array) -> float:
    """J of any two matrices, of shapes (k, d) and (d, k)."""
    return float(model.scale * np.sum((decoder @ (encoder @ data) - data) ** 2))


def span(matrix: Array) -> Array:
    """An orthonormal basis, in columns, of what the columns of a matrix span."""
    left, sizes, _ = np.linalg.svd(matrix, full_matrices=False)
    basis: Array = left[:, sizes > RANK * max(1e-300, float(np.max(sizes, initial=0.0)))]
    return basis


def angles(first: Array, second: Array) -> Array:
    """The principal angles between the column spaces of two matrices, in degrees, the smallest first.

    As many as the larger space has dimensions: what the smaller one lacks is at 90°. Small angles are as exact as large
    ones. Source: Björck and Golub, 1973.
    """
    a, b = span(first), span(second)
    if a.shape[1] < b.shape[1]:
        a, b = b, a
    cosines = np.clip(np.linalg.svd(a.T @ b, compute_uv=False), 0.0, 1.0)
    sines = np.clip(np.linalg.svd(b - a @ (a.T @ b), compute_uv=False)[::-1], 0.0, 1.0)
    found = np.where(cosines**2 > 0.5, np.arcsin(sines[: len(cosines)]), np.arccos(cosines))
    whole: Array = np.concatenate([np.degrees(found), np.full(a.shape[1] - b.shape[1], 90.0)])
    return whole


def safe_rate(rate: float, found: Principal) -> float:
    """A learning rate for gradient descent that these data do not make diverge: a quarter of 1/λ₁ at most.

    Near the optimum with U₁ = U₂ᵀ the curvature of J is 4 λ₁ at most.
    """
    return min(rate, 0.25 / float(found.values[0])) if found.values[0] > 0 else rate


def descend(
    program: Program, model: Autoencoder, data: Array, optimizer: str, learning_rate: float, iterations: int
) -> History:
    """The training of the autoencoder on other data of the same shape, from the parameters that the program gives."""
    given = dict(program.given)
    given[model.data] = replace(given[model.data], value=np.asarray(data, dtype=np.float64))
    return train(replace(program, given=given), optimizer, learning_rate, iterations)


def _named(e: Expr, program: Program) -> Expr:
    """What a name of an equation stands for; anything else as it is."""
    while isinstance(e, Var) and e.name in program.equation:
        e = program.equation[e.name].rhs
    return e


def _unscaled(e: Expr, program: Program) -> tuple[float, Expr]:
    """A number and what it multiplies."""
    scale, e = 1.0, _named(e, program)
    while isinstance(e, Apply) and e.op.name in ("mul", "div"):
        a, b = e.args
        first, second = _number(a), _number(b)
        if second is not None and e.op.name == "div":
            scale, e = (scale / second if second else 0.0), a
        elif second is not None:
            scale, e = scale * second, a
        elif first is not None and e.op.name == "mul":
            scale, e = scale * first, b
        else:
            break
        e = _named(e, program)
    return scale, e


def _number(e: Expr) -> float | None:
    """The value of a scalar made of constants alone."""
    stack = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, Var):
            return None
        if isinstance(top, Apply):
            stack.extend(top.args)
    return float(evaluate(e, {})) if e.shape == () else None


def _squared(e: Expr, program: Program) -> Apply | None:
    """The difference whose square `e` is, entry by entry."""
    if not isinstance(e, Apply):
        return None
    exponent = e.args[1] if e.op.name == "pow" else None
    square = e.op.name == "square" or (isinstance(exponent, Const) and exponent.shape == () and exponent.value == 2)
    inner = _named(e.args[0], program) if square else e
    return inner if isinstance(inner, Apply) and inner.op.name == "sub" else None


def _factors(e: Expr, program: Program) -> list[Var | None]:
    """The factors of a matrix product from left to right, at least four where there are more than three.

    None stands for a factor that is no given node.
    """
    found: list[Var | None] = []
    waiting = [e]
    while waiting and len(found) < 4:
        top = _named(waiting.pop(), program)
        if isinstance(top, Apply) and top.op.name == "matmul":
            waiting += reversed(top.args)
        else:
            found.append(top if isinstance(top, Var) else None)
    return found
